//! The probe against repositories that look at the login themselves.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::TYPE;
use super::*;
use crate::catalogue::Submitted;
use crate::outbound::for_tests;
use crate::outbound::stand_in::{Answered, Received, StandIn};

const PASSWORD: &str = "hunter2-hünter2";

/// The name and the password that came with a request.
fn login_of(received: &Received) -> Option<(String, String)> {
    let packed = received.header("authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap();
    let (name, password) = pair.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn closed() -> Answered {
    Answered::status(401).header("www-authenticate", "BASIC realm=\"Sonatype Nexus\"")
}

/// A repository that `deployer` may read.
fn nexus(received: &Received) -> Answered {
    match login_of(received) {
        Some((name, password)) if name == "deployer" && password == PASSWORD => Answered::status(200),
        _ => closed(),
    }
}

fn then(received: &Received, status: u16) -> Answered {
    if login_of(received).is_none() { closed() } else { Answered::status(status) }
}

fn opened(variant: &str, plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Opened {
    let Submitted { variant, plain, secret, .. } = Submitted::sample(variant, plain, secret);
    Opened { credential_type: &TYPE, variant, plain, secret }
}

fn one(url: &str, password: &str) -> Opened {
    let plain = [("server_1_id", "a"), ("server_1_username", "deployer"), ("server_1_release_url", url)];
    opened("servers", &plain, &[("server_1_password", password)])
}

#[actix_web::test]
async fn every_answer_of_a_repository_has_its_outcome() {
    use Outcome::*;
    type Row = (&'static str, fn(&Received) -> Answered, Outcome, &'static [&'static str], usize);
    let table: [Row; 23] = [
        ("good", nexus, Ok, &[], 2),
        ("a folder that is not there", |received| then(received, 404), Ok, &[], 2),
        ("wrong password", |_| closed(), InvalidCredential, &[], 2),
        ("may not read", |received| then(received, 403), PermissionDenied, &["remark-maven-forbidden"], 2),
        ("open", |_| Answered::status(200), Unverifiable, &["remark-maven-open"], 1),
        ("open, and nothing there", |_| Answered::status(404), Unverifiable, &["remark-maven-open"], 1),
        (
            "nobody may, somebody may",
            |received| {
                if login_of(received).is_none() { Answered::status(403) } else { Answered::status(200) }
            },
            Ok,
            &[],
            2,
        ),
        ("neither may", |_| Answered::status(403), Indeterminate, &[], 2),
        (
            "without HEAD",
            |received| if received.method == "HEAD" { Answered::status(405) } else { nexus(received) },
            Ok,
            &[],
            4,
        ),
        (
            "another kind of login",
            |_| Answered::status(401).header("www-authenticate", "Bearer realm=\"basic\", Negotiate"),
            Indeterminate,
            &["remark-maven-no-basic"],
            1,
        ),
        (
            "one of several kinds of login",
            |received| match login_of(received) {
                None => {
                    Answered::status(401).header("www-authenticate", "Bearer realm=\"x\", Basic realm=\"y\"")
                }
                Some(_) => nexus(received),
            },
            Ok,
            &[],
            2,
        ),
        (
            "a kind that is not said",
            |received| if login_of(received).is_none() { Answered::status(401) } else { nexus(received) },
            Ok,
            &[],
            2,
        ),
        ("throttled at once", |_| Answered::status(429), RateLimited, &[], 1),
        ("throttled then", |received| then(received, 429), RateLimited, &[], 2),
        ("broken at once", |_| Answered::status(502), ServiceError, &[], 1),
        ("broken then", |received| then(received, 500), ServiceError, &[], 2),
        ("a proxy's login", |_| Answered::status(407), Indeterminate, &[], 1),
        (
            "redirect inside",
            |_| Answered::status(302).header("location", "http://169.254.169.254/latest/meta-data/"),
            Indeterminate,
            &[],
            1,
        ),
        (
            "redirect inside then",
            |received| match login_of(received) {
                None => closed(),
                Some(_) => Answered::status(302).header("location", "http://169.254.169.254/"),
            },
            Indeterminate,
            &[],
            2,
        ),
        ("hanging", |_| Answered::hang(), Unreachable, &[], 1),
        (
            "hanging then",
            |received| if login_of(received).is_none() { closed() } else { Answered::hang() },
            Unreachable,
            &[],
            2,
        ),
        (
            "10 MiB without HEAD",
            |received| match received.method.as_str() {
                "HEAD" => Answered::status(501),
                _ => Answered::status(200).body(vec![b' '; 10 * 1024 * 1024]),
            },
            Indeterminate,
            &[],
            2,
        ),
        ("gone", |received| then(received, 410), Indeterminate, &[], 2),
    ];
    let outbound = for_tests(&[]);
    for (name, answer, outcome, remarks, questions) in table {
        let stand_in = StandIn::start(answer);
        let began = Instant::now();
        let finding = servers(&one(&stand_in.url("/repository/releases"), PASSWORD), &outbound).await;
        assert_eq!(finding.outcome, outcome, "{name}: {finding:?}");
        assert_eq!(finding.remarks, remarks, "{name}");
        let who = finding.identity.as_ref().map(|identity| identity.key.as_str());
        let wanted = format!("deployer @ {}", stand_in.url(""));
        assert_eq!(who, outcome.proves_identity().then_some(wanted.as_str()), "{name}");
        assert!(!format!("{finding:?}").contains("hunter2"), "{name}: {finding:?}");
        assert!(began.elapsed() < Duration::from_secs(4), "{name} took {:?}", began.elapsed());
        let received = stand_in.received();
        assert_eq!(received.len(), questions, "{name}");
        assert!(received.iter().all(|one| one.path == "/repository/releases/"), "{name}");
        assert_eq!(login_of(&received[0]), None, "{name}: nobody is asked for first");
    }
}

#[actix_web::test]
async fn a_wrong_password_is_refused_and_no_connection_is_no_refusal() {
    let (stand_in, outbound) = (StandIn::start(nexus), for_tests(&[]));
    let found = servers(&one(&stand_in.url("/x/"), "wrong"), &outbound).await;
    assert_eq!((found.outcome, found.evidence.status), (Outcome::InvalidCredential, Some(401)));
    for (url, outcome) in [
        ("http://127.0.0.1:1/", Outcome::Unreachable),
        ("http://no-such-host.invalid/", Outcome::Unreachable),
        ("http://10.0.0.1/", Outcome::NotAllowed),
        ("http://169.254.169.254/latest/", Outcome::NotAllowed),
    ] {
        assert_eq!(servers(&one(url, PASSWORD), &outbound).await.outcome, outcome, "{url}");
    }
}

#[actix_web::test]
async fn several_servers_come_to_one_finding_that_says_which() {
    let (closed, open, outbound) =
        (StandIn::start(nexus), StandIn::start(|_| Answered::status(200)), for_tests(&[]));
    let (closed_url, open_url) = (closed.url("/r/"), open.url("/r/"));
    let of = |logins: &[(&str, &str)]| {
        let (mut plain, mut secret) = (BTreeMap::new(), BTreeMap::new());
        for ((url, password), names) in logins.iter().zip(super::super::NAMES) {
            plain.insert(names.id.to_owned(), format!("id-{}", names.number));
            plain.insert(names.username.to_owned(), "deployer".to_owned());
            if !url.is_empty() {
                plain.insert(names.snapshot_url.to_owned(), (*url).to_owned());
            }
            let password = crate::secret::Secret::new(password.as_bytes().to_vec());
            secret.insert(names.password.to_owned(), password);
        }
        Opened { credential_type: &TYPE, variant: "servers".to_owned(), plain, secret }
    };
    let (good, wrong) = ((closed_url.as_str(), PASSWORD), (closed_url.as_str(), "wrong"));
    let (anybody, nowhere, down) = ((open_url.as_str(), "x"), ("", "x"), ("http://127.0.0.1:1/", "x"));
    for (logins, outcome, remarks, asked) in [
        (&[good, good][..], Outcome::Ok, &[][..], 4),
        (&[good, wrong, good], Outcome::InvalidCredential, &["remark-maven-server-2"], 4),
        (&[wrong, good], Outcome::InvalidCredential, &["remark-maven-server-1"], 2),
        (&[good, down], Outcome::Unreachable, &["remark-maven-server-2"], 2),
        (&[anybody, nowhere, good], Outcome::Ok, &["remark-maven-some-unchecked"], 2),
        (&[good, nowhere], Outcome::Ok, &["remark-maven-some-unchecked"], 2),
        (&[anybody, nowhere], Outcome::Unverifiable, &["remark-maven-open"], 0),
        (&[nowhere], Outcome::Unverifiable, &["remark-maven-no-address"], 0),
        (&[], Outcome::Malformed, &[], 0),
    ] {
        let before = closed.received().len();
        let found = servers(&of(logins), &outbound).await;
        assert_eq!(
            (found.outcome, found.remarks.iter().map(String::as_str).collect::<Vec<_>>()),
            (outcome, remarks.to_vec())
        );
        assert_eq!(closed.received().len() - before, asked, "{logins:?}");
    }
}

#[actix_web::test]
async fn of_a_whole_file_the_first_server_is_asked_about_that_can_be() {
    let (stand_in, outbound) = (StandIn::start(nexus), for_tests(&[]));
    let url = stand_in.url("/r");
    let server = |id: &str, password: &str| {
        format!("<server><id>{id}</id><username>deployer</username><password>{password}</password></server>")
    };
    let mirror =
        format!("<mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors>");
    let repository = format!(
        "<profiles><profile><repositories><repository><id>r</id><url>{url}</url></repository></repositories></profile></profiles>"
    );
    let elsewhere = "<mirrors><mirror><id>m</id><url>${env.MIRROR}</url></mirror></mirrors>";
    let encrypted = "{QS1yycly0HEH5mcJ9q6+PyWyMUVb7NOh+HXjmqCABZg=}";
    for (servers, places, outcome, remarks) in [
        (server("m", PASSWORD), mirror.as_str(), Outcome::Ok, &[][..]),
        (server("r", PASSWORD), &repository, Outcome::Ok, &[]),
        (server("r", "wrong"), &repository, Outcome::InvalidCredential, &[]),
        (
            server("x", "wrong") + &server("m", PASSWORD),
            &mirror,
            Outcome::Ok,
            &["remark-maven-some-unchecked"],
        ),
        (
            server("m", "${env.PASSWORD}") + &server("r", PASSWORD),
            &format!("{mirror}{repository}"),
            Outcome::Ok,
            &["remark-maven-some-unchecked"],
        ),
        (server("m", "${env.PASSWORD}"), &mirror, Outcome::Unverifiable, &["remark-maven-elsewhere"]),
        (server("m", encrypted), &mirror, Outcome::Unverifiable, &["remark-maven-elsewhere"]),
        (server("m", PASSWORD), elsewhere, Outcome::Unverifiable, &["remark-maven-elsewhere"]),
        (server("x", PASSWORD), &mirror, Outcome::Unverifiable, &["remark-maven-no-address"]),
        ("<server><id>m</id></server>".into(), &mirror, Outcome::Unverifiable, &["remark-maven-no-address"]),
        (String::new(), "", Outcome::Unverifiable, &["remark-maven-no-address"]),
    ] {
        let text = format!("<settings><servers>{servers}</servers>{places}</settings>");
        let found = settings(&opened("settings", &[], &[("settings", &text)]), &outbound).await;
        assert_eq!(found.outcome, outcome, "{text}: {found:?}");
        assert_eq!(found.remarks, remarks, "{text}");
    }
    let broken = settings(&opened("settings", &[], &[("settings", "<settings")]), &outbound).await;
    assert_eq!(broken.outcome, Outcome::Malformed);
}
