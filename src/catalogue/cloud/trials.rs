//! What every cloud's probe is tried with: a stand-in under the vendor's host names that answers as it likes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalogue::{CredentialType, Finding, Identity, Opened, Outcome, Submitted};
use crate::outbound::for_tests;
use crate::outbound::stand_in::{Answered, Received, StandIn};

/// When the tests' requests are made, and the same as vendors say it.
pub(in crate::catalogue) const NOW: &str = "2026-11-23T10:00:00Z";
pub(in crate::catalogue) const DATE: &str = "Mon, 23 Nov 2026 10:00:00 GMT";

/// Content of that type.
pub(in crate::catalogue) fn opened(
    credential_type: &'static CredentialType,
    plain: &[(&str, &str)],
    secret: &[(&str, &str)],
) -> Opened {
    let Submitted { variant, plain, secret, .. } = Submitted::sample("default", plain, secret);
    Opened { credential_type, variant, plain, secret }
}

/// What the type's probe finds out, and what was asked, when the stand-in answers for these hosts. To a host with a `!`
/// before its name there is no connection. Every host that a test may come to has to be named, or it would be asked.
pub(in crate::catalogue) async fn probed(
    opened: &Opened,
    hosts: &[&'static str],
    answer: impl Fn(&Received) -> Answered + Send + Sync + 'static,
) -> (Finding, Vec<Received>) {
    let stand_in = StandIn::start(answer);
    let address = stand_in.url("");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{closed}");
    let relay = |host: &'static str| match host.strip_prefix('!') {
        Some(host) => (host, nobody.clone()),
        None => (host, address.clone()),
    };
    let relays: Vec<(&str, String)> = hosts.iter().copied().map(relay).collect();
    let relays: Vec<(&str, &str)> = relays.iter().map(|(host, to)| (*host, to.as_str())).collect();
    let outbound = for_tests(&relays);
    let before = Instant::now();
    let finding = (opened.kind().unwrap().probe)(opened, &outbound).await;
    assert!(before.elapsed() < Duration::from_secs(3), "took {:?}", before.elapsed());
    assert!(finding.identity.is_none() || finding.outcome.proves_identity(), "{finding:?}");
    for secret in opened.secret.values() {
        let secret = std::str::from_utf8(secret.expose()).unwrap();
        assert!(!format!("{finding:?}").contains(secret), "the finding repeats a secret");
    }
    (finding, stand_in.received())
}

/// Answers that are no answer, the same for every vendor.
pub(in crate::catalogue) async fn tries_what_no_vendor_answers(
    opened: &Opened,
    host: &'static str,
    dead: &'static str,
) {
    let metadata = "http://169.254.169.254/latest/meta-data/";
    type Answer = fn(&str) -> Answered;
    let cases: [(&str, Answer, Outcome); 14] = [
        ("hangs", |_| Answered::hang(), Outcome::Unreachable),
        ("10 MiB", |_| Answered::status(200).body(vec![b'{'; 10 * 1024 * 1024]), Outcome::Indeterminate),
        ("redirect 301", |to| Answered::status(301).header("location", to), Outcome::Indeterminate),
        ("redirect 302", |to| Answered::status(302).header("location", to), Outcome::Indeterminate),
        ("redirect 307", |to| Answered::status(307).header("location", to), Outcome::Indeterminate),
        ("nothing", |_| Answered::status(200), Outcome::Indeterminate),
        ("a page", |_| Answered::status(200).body("<html>Sign in"), Outcome::Indeterminate),
        ("bytes", |_| Answered::status(200).body(vec![0xff, 0xfe, 0]), Outcome::Indeterminate),
        ("an empty object", |_| Answered::json(200, json!({})), Outcome::Indeterminate),
        ("an array", |_| Answered::json(200, json!([{"Arn": "x"}])), Outcome::Indeterminate),
        ("a page, 403", |_| Answered::status(403).body("<html>Forbidden"), Outcome::Indeterminate),
        ("a page, 404", |_| Answered::status(404).body("<html>Not found"), Outcome::Indeterminate),
        ("a page, 429", |_| Answered::status(429).body("<html>Slow down"), Outcome::RateLimited),
        ("a page, 502", |_| Answered::status(502).body("<html>Bad gateway"), Outcome::ServiceError),
    ];
    for (name, answer, wanted) in cases {
        let (finding, received) = probed(opened, &[host], move |_| answer(metadata)).await;
        assert_eq!(finding.outcome, wanted, "{name}");
        assert_eq!(received.len(), 1, "{name}: asked again");
    }
    let nobody = probed(opened, &[dead], |_| Answered::status(200)).await.0;
    assert_eq!(nobody.outcome, Outcome::Unreachable);
}

/// Keys of the finding's identity.
pub(in crate::catalogue) fn key(finding: &Finding) -> Option<&str> {
    finding.identity.as_ref().map(|Identity { key, .. }| key.as_str())
}

/// The recorded requests of a provider, read from their file now, so that whatever lies there is tried. Those on which
/// the vendors' own code disagrees are left out.
pub(in crate::catalogue) fn vectors(provider: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/providers/{provider}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(mut all) = document["vectors"].take() else { panic!("{provider}: no vectors") };
    all.retain(|vector| vector.get("sdk_disagreement").is_none());
    assert!(!all.is_empty(), "{provider}: no vectors");
    all
}

/// The text of a member, empty when it is missing or null.
pub(in crate::catalogue) fn said<'v>(of: &'v Value, name: &str) -> &'v str {
    of[name].as_str().unwrap_or_default()
}

/// Compares every member that is expected; one that is not known here fails.
pub(in crate::catalogue) fn compare(vector: &Value, made: &[(&str, &str)], beside: &[&str]) {
    let expected = vector["expected"].as_object().unwrap();
    assert!(expected.len() > 1, "{}", vector["id"]);
    for (name, wanted) in expected {
        match made.iter().find(|(known, _)| known == name) {
            Some((_, made)) => assert_eq!(wanted.as_str(), Some(*made), "{} {name}", vector["id"]),
            None => assert!(beside.contains(&name.as_str()), "{}: nobody compares {name}", vector["id"]),
        }
    }
}

/// RFC 3986: everything but unreserved characters is escaped, byte by byte.
pub(in crate::catalogue) fn escaped(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A value of a query as the vendors' code writes it.
pub(in crate::catalogue) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
