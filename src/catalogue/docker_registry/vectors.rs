//! What real registries, token services, clients and credential helpers said to each other, as recorded in
//! `tests/data/providers/docker.json`: our probe and our deliveries have to fit in.
//!
//! Every vector of the file is tried, whichever they are when the tests run.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::parse as pairs_of;

use super::{NO_NAME, Place, TYPE, write_config, write_helper};
use crate::catalogue::challenge::challenges;
use crate::catalogue::{Finding, Kept, Opened, Outcome, Submitted, Surroundings};
use crate::outbound::for_tests;
use crate::outbound::stand_in::{Answered, Received, StandIn};

const TOKEN_SERVICE: &str = "127.0.0.1:15002";

fn file() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/providers/docker.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[actix_web::test]
async fn every_docker_vector_fits_in() {
    let file = file();
    let vectors = file["vectors"].as_array().unwrap();
    let mut tried = BTreeMap::<&str, usize>::new();
    for vector in vectors.iter().filter(|vector| vector.get("sdk_disagreement").is_none()) {
        let id = vector["id"].as_str().unwrap();
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let scheme = vector["scheme"].as_str().unwrap();
        match scheme {
            "registry-ping" => ping(id, inputs, expected, vectors).await,
            "token-request" => token_request(id, inputs, expected).await,
            "credential-helper" => credential_helper(id, inputs, expected),
            unknown => panic!("{id}: no test for {unknown}"),
        }
        *tried.entry(scheme).or_default() += 1;
    }
    assert_eq!(tried.len(), 3, "{tried:?}");
}

#[test]
fn the_vector_of_an_identity_token_is_what_docker_itself_writes() {
    let plain = [("registry", "127.0.0.1:15001"), ("username", "alice")];
    let opened = opened("identity-token", &plain, ("identity_token", "refresh-alice"));
    assert_eq!(
        json(write_config(&opened).ok().unwrap().expose()),
        file()["docker_login_identitytoken_config"]
    );
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn opened(variant: &str, plain: &[(&str, &str)], secret: (&str, &str)) -> Opened {
    let Submitted { variant, plain, secret, .. } = Submitted::sample(variant, plain, &[secret]);
    Opened { credential_type: &TYPE, variant, plain, secret }
}

/// A login at that registry.
fn login(registry: &str, (username, password): (&str, &str)) -> Opened {
    opened("password", &[("registry", registry), ("username", username)], ("password", password))
}

/// The name and the password in an `Authorization` header.
fn decoded(header: &str) -> Option<(String, String)> {
    let pair = STANDARD.decode(header.strip_prefix("Basic ")?).unwrap();
    let (name, password) = std::str::from_utf8(&pair).unwrap().split_once(':').unwrap();
    Some((name.to_owned(), password.to_owned()))
}

async fn found(opened: &Opened, stand_in: &StandIn) -> Finding {
    let outbound = for_tests(&[("127.0.0.1", &stand_in.url(""))]);
    (TYPE.variant(&opened.variant).unwrap().probe)(opened, &outbound).await
}

fn authority(url: &str) -> String {
    super::place::authority(&Url::parse(url).unwrap())
}

/// The registry answers as it did, and the token service hands out what was sent to the registry then.
async fn ping(id: &str, inputs: &Value, expected: &Value, all: &[Value]) {
    let url = inputs["url"].as_str().unwrap().to_owned();
    let header = expected["www_authenticate"].as_str();
    let read = challenges(header.into_iter());
    if let Some(wanted) = expected["challenge"].as_object() {
        assert_eq!(read.len(), 1, "{id}");
        assert!(read[0].is(&wanted["scheme"].as_str().unwrap().to_lowercase()), "{id}");
        for (name, value) in wanted.iter().filter(|(name, _)| *name != "scheme") {
            assert_eq!(read[0].param(name), value.as_str(), "{id} {name}");
        }
        for name in ["realm", "service", "scope", "error"] {
            assert_eq!(read[0].param(name), wanted.get(name).and_then(Value::as_str), "{id} {name}");
        }
    }
    // The probe asks no deeper address; of one only the challenge is of interest.
    let Some(place) = Place::parse(&url) else { return };
    assert_eq!((place.name(), inputs["method"].as_str()), (authority(&url).as_str(), Some("GET")), "{id}");
    let sent = inputs["authorization"].as_str().map(str::to_owned);
    let first = all.iter().find(|vector| {
        vector["inputs"]["url"].as_str() == Some(&url) && vector["inputs"]["authorization"].is_null()
    });
    let first = first.unwrap_or_else(|| panic!("{id}: nobody asked {url} first"))["expected"].clone();
    let by_token =
        !challenges(first["www_authenticate"].as_str().into_iter()).iter().any(|way| way.is("basic"));
    let (then, wanted) = (expected.clone(), sent.clone());
    let stand_in = StandIn::start(move |received| {
        let token = wanted.as_deref().and_then(|sent| sent.strip_prefix("Bearer "));
        match (received.header("authorization"), received.header("host").unwrap()) {
            (_, TOKEN_SERVICE) => match token {
                Some(token) if received.pairs().contains(&("account".into(), "alice".into())) => {
                    Answered::json(200, serde_json::json!({ "token": token }))
                }
                _ => Answered::status(401),
            },
            (None, _) => replay(&first),
            (Some(sent), _) if Some(sent) == wanted.as_deref() => replay(&then),
            (Some(_), _) => replay(&first),
        }
    });
    let (name, password) =
        sent.as_deref().and_then(decoded).unwrap_or_else(|| ("alice".into(), "p@ss:word1".into()));
    let finding = found(&login(&authority(&url), (&name, &password)), &stand_in).await;
    let received = stand_in.received();
    let to_registry: Vec<&str> = received
        .iter()
        .filter(|received| received.header("host") != Some(TOKEN_SERVICE))
        .filter_map(|received| received.header("authorization"))
        .collect();
    match sent.as_deref() {
        // A password that the registry itself takes, or a token.
        Some(sent) if by_token == sent.starts_with("Bearer ") => {
            assert_eq!(to_registry, [sent], "{id}");
            let wanted = match expected["status"].as_u64().unwrap() {
                200 => Outcome::Ok,
                401 => Outcome::InvalidCredential,
                other => panic!("{id}: {other}"),
            };
            assert_eq!(finding.outcome, wanted, "{id}: {finding:?}");
            let error = read.first().and_then(|way| way.param("error"));
            assert!(error.is_none() || finding.evidence.code.as_deref() == error, "{id}: {finding:?}");
        }
        // A password that belongs to the token service never goes to the registry.
        Some(_) => assert_eq!((to_registry.len(), finding.outcome), (0, Outcome::InvalidCredential), "{id}"),
        None if expected["status"] == 200 => assert_eq!(finding.outcome, Outcome::Unverifiable, "{id}"),
        None => assert!(received.len() == 2 && !finding.outcome.proves_identity(), "{id}: {finding:?}"),
    }
}

fn replay(recorded: &Value) -> Answered {
    let status = recorded["status"].as_u64().unwrap().try_into().unwrap();
    let answered = Answered::json(status, recorded["body"].clone());
    match recorded["www_authenticate"].as_str() {
        Some(header) => answered.header("www-authenticate", header),
        None => answered,
    }
}

/// Real clients asked the token service in some way; ours asks it for the same with the same proof, and comes to the same
/// end.
async fn token_request(id: &str, inputs: &Value, expected: &Value) {
    let succeeded = expected["exit_code"] == 0;
    let command = inputs["command"].as_str().unwrap();
    // The last word is a registry, or an image in one.
    let last = command.rsplit(' ').next().unwrap();
    let registry = last.trim_start_matches("docker://").split('/').next().unwrap();
    let requests = expected["token_endpoint_requests"].as_array().unwrap();
    for request in requests {
        let mut line = request["line"].as_str().unwrap().split(' ');
        let (method, target) = (line.next().unwrap(), line.next().unwrap());
        let url = Url::parse(&format!("http://{TOKEN_SERVICE}{target}")).unwrap();
        let form = request["body"].as_str().unwrap_or_default();
        let asked: BTreeMap<String, String> =
            url.query_pairs().chain(pairs_of(form.as_bytes())).map(|(a, b)| (a.into(), b.into())).collect();
        let basic = request["auth"].as_str().and_then(decoded);
        let given = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let (ours, by_form) = match (basic, asked.get("refresh_token")) {
            (Some((name, password)), _) => (login(registry, (&name, &password)), false),
            (None, Some(token)) => {
                (opened("identity-token", &[("registry", registry)], ("identity_token", token)), true)
            }
            // The other grant of OAuth, for which we send the header.
            (None, None) if asked.contains_key("password") => {
                (login(registry, (&given("username"), &given("password"))), false)
            }
            // An anonymous token proves nothing, so we never ask for one.
            (None, None) => continue,
        };
        let challenge =
            format!(r#"Bearer realm="http://{TOKEN_SERVICE}{}",service="{}""#, url.path(), given("service"));
        let stand_in = StandIn::start(move |received: &Received| {
            match (received.header("host").unwrap(), received.header("authorization")) {
                // It names its owner, so that no stranger is asked about.
                (TOKEN_SERVICE, _) if succeeded => {
                    Answered::json(200, serde_json::json!({"token": "e30.eyJzdWIiOiJhbGljZSJ9.c2ln"}))
                }
                (TOKEN_SERVICE, _) => Answered::status(401),
                (_, None) => Answered::status(401).header("www-authenticate", &challenge),
                (_, Some(_)) => Answered::json(200, serde_json::json!({})),
            }
        });
        let finding = found(&ours, &stand_in).await;
        let wanted = if succeeded { Outcome::Ok } else { Outcome::InvalidCredential };
        assert_eq!(finding.outcome, wanted, "{id}: {finding:?}");
        let received = stand_in.received();
        let sent: Vec<_> =
            received.iter().filter(|received| received.header("host") == Some(TOKEN_SERVICE)).collect();
        assert_eq!(sent.len(), 1, "{id}");
        let same_way = method == sent[0].method || asked.contains_key("password");
        assert!(same_way && sent[0].path == url.path(), "{id}: {} {}", sent[0].method, sent[0].path);
        let our_form = if by_form { sent[0].body.as_slice() } else { sent[0].query.as_bytes() };
        let our: BTreeMap<String, String> = pairs_of(our_form).into_owned().collect();
        for name in ["account", "service", "grant_type", "refresh_token"] {
            if asked.contains_key(name) && !asked.contains_key("password") {
                assert_eq!(our.get(name), asked.get(name), "{id} {name}");
            }
        }
        if let Some(auth) = request["auth"].as_str() {
            assert_eq!(sent[0].header("authorization"), Some(auth), "{id}");
        }
        if let Some(kind) = request["ct"].as_str().filter(|_| by_form) {
            assert_eq!(sent[0].header("content-type"), Some(kind), "{id}");
        }
    }
}

/// What a helper prints is what we deliver, and what one is given to store is content that we accept.
fn credential_helper(id: &str, inputs: &Value, expected: &Value) {
    let verb = inputs["argv1"].as_str().unwrap();
    let (given, printed) =
        (inputs["stdin"].as_str().unwrap_or_default(), expected["stdout"].as_str().unwrap());
    let succeeded = expected["exit_code"] == 0;
    let credential = match verb {
        "get" if succeeded => printed,
        "store" => given,
        // Only names of servers go in, and only those and names of users come out.
        "get" | "erase" => {
            assert!(Place::parse(given).is_some() || !succeeded, "{id}: {given}");
            return assert!(serde_json::from_str::<Value>(printed).is_err(), "{id}: {printed}");
        }
        "list" if succeeded => {
            for (server, user) in json(printed.as_bytes()).as_object().unwrap() {
                assert!(Place::parse(server).is_some() && user.is_string(), "{id}: {server}");
            }
            return;
        }
        "list" => return,
        unknown => panic!("{id}: no test for {unknown}"),
    };
    let credential = json(credential.as_bytes());
    let of = |name: &str| credential[name].as_str().unwrap();
    let submitted = match of("Username") {
        NO_NAME => Submitted::sample(
            "identity-token",
            &[("registry", of("ServerURL"))],
            &[("identity_token", of("Secret"))],
        ),
        name => Submitted::sample(
            "password",
            &[("registry", of("ServerURL")), ("username", name)],
            &[("password", of("Secret"))],
        ),
    };
    let checked = TYPE.check(submitted, &Kept::nothing(), Surroundings::at(jiff::Timestamp::UNIX_EPOCH));
    // Some helpers print nothing in three fields when they know nothing.
    let Ok(content) = checked else { return assert_eq!(of("Secret"), "", "{id}: {credential}") };
    let secret = content.secret.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let opened =
        Opened { credential_type: &TYPE, variant: content.variant.to_owned(), plain: content.plain, secret };
    assert_eq!(json(write_helper(&opened).ok().unwrap().expose()), credential, "{id}");
}
