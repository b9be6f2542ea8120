//! What a Jenkins answers, as recorded in `tests/data/providers/jenkins.json`, and what our probe makes of it.
//!
//! Every vector of the file is tried, whichever they are when the tests run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::TYPE;
use crate::catalogue::{Opened, Outcome, Submitted};
use crate::outbound::for_tests;
use crate::outbound::stand_in::{Answered, StandIn};

#[actix_web::test]
async fn every_jenkins_vector_comes_to_the_outcome_that_it_suggests() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/providers/jenkins.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors.iter().filter(|vector| vector.get("sdk_disagreement").is_none()) {
        let id = vector["id"].as_str().unwrap();
        assert_eq!(vector["scheme"], "jenkins-verify", "{id}: no test for that");
        try_one(id, &vector["inputs"], &vector["expected"]).await;
    }
}

async fn try_one(id: &str, inputs: &Value, expected: &Value) {
    let url = Url::parse(inputs["url"].as_str().unwrap()).unwrap();
    let base = ["/whoAmI/api/json", "/api/json"].into_iter().find_map(|end| url.path().strip_suffix(end));
    let base = base.unwrap_or_else(|| panic!("{id}: {url} is not asked by the probe"));
    let (username, token) = (inputs["username"].as_str(), inputs["api_token"].as_str());
    let sent = inputs["authorization"].as_str().map(str::to_owned);
    let pair = format!("{}:{}", username.unwrap_or_default(), token.unwrap_or_default());
    assert!(sent.as_ref().is_none_or(|sent| *sent == format!("Basic {}", STANDARD.encode(pair))), "{id}");
    let (username, token) = (username.unwrap_or("admin"), token.unwrap_or("x"));

    // The question that was recorded gets the answer that was recorded; the other one an answer that goes with it.
    let (recorded, asked, name) = (expected.clone(), url.path().to_owned(), username.to_owned());
    let query = url.query().unwrap_or_default().to_owned();
    let wanted = sent.clone();
    let stand_in = StandIn::start(move |received| {
        assert!(wanted.is_none() || received.header("authorization") == wanted.as_deref());
        let status: u16 = recorded["status"].as_u64().unwrap().try_into().unwrap();
        let headers = recorded["headers"].as_object();
        let header = |name: &str| headers.and_then(|headers| headers.get(name)).and_then(Value::as_str);
        if received.path == asked {
            assert_eq!(received.query, query);
            let answered = Answered::status(status).body(match &recorded["body"] {
                Value::String(text) => text.clone(),
                body => body.to_string(),
            });
            let headers =
                headers.into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
            return headers.fold(answered, |answered, (name, value)| answered.header(name, value));
        }
        let anonymous = recorded["body"]["anonymous"] == true
            || header("x-you-are-authenticated-as") == Some("anonymous");
        match (received.path.ends_with("/whoAmI/api/json"), status) {
            (true, 401) => Answered::status(401).header("www-authenticate", "Basic realm=\"Jenkins\""),
            (true, _) => Answered::json(200, json!({"name": name, "anonymous": anonymous})),
            (false, _) if anonymous => {
                Answered::status(403).header("x-you-are-authenticated-as", "anonymous")
            }
            (false, _) => Answered::json(200, json!({"mode": "NORMAL"})),
        }
        .header("x-jenkins", "2.462.3")
    });
    let port = url.port_or_known_default().unwrap();
    let plain = [("url", format!("http://127.0.0.1:{port}{base}/")), ("username", username.to_owned())];
    let plain = plain.each_ref().map(|(name, value)| (*name, value.as_str()));
    let Submitted { variant, plain, secret, .. } =
        Submitted::sample("default", &plain, &[("api_token", token)]);
    let opened = Opened { credential_type: &TYPE, variant, plain, secret };
    let outbound = for_tests(&[("127.0.0.1", &stand_in.url(""))]);
    let finding = (TYPE.variants[0].probe)(&opened, &outbound).await;

    let suggested = expected["suggested_outcome"].as_str().unwrap_or_default();
    let outcomes: Vec<Outcome> = suggested
        .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
        .filter_map(|word| Outcome::parse(&word.to_lowercase()))
        .collect();
    match sent {
        Some(_) if !outcomes.is_empty() => assert!(outcomes.contains(&finding.outcome), "{id}: {finding:?}"),
        // Nobody showed anything then, so whatever was answered is no proof.
        _ => assert!(!finding.outcome.proves_identity(), "{id}: {finding:?}"),
    }
}
