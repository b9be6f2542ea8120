//! Where the password goes, and where it does not.

use super::*;

type Answer = fn() -> Answered;

#[actix_web::test]
async fn the_first_answer_decides_whether_the_password_is_sent_at_all() {
    use Outcome::*;
    let none: &[&str] = &[];
    let cases: Vec<(Answer, Shown, Outcome, &[&str])> = vec![
        (|| Answered::json(200, json!({})), alice, Unverifiable, &["remark-docker-open"]),
        (|| Answered::status(404), alice, Indeterminate, &["remark-docker-no-api"]),
        (|| Answered::status(403), alice, Indeterminate, none),
        (|| error(429, "TOOMANYREQUESTS"), alice, RateLimited, none),
        (|| Answered::status(502), alice, ServiceError, none),
        (redirect, alice, Indeterminate, &["remark-redirect"]),
        (Answered::hang, alice, Unreachable, none),
        (huge, alice, Indeterminate, none),
        (|| Answered::status(401), alice, Indeterminate, &["remark-docker-unknown-sign-in"]),
        (|| challenge("Negotiate"), alice, Indeterminate, &["remark-docker-unknown-sign-in"]),
        (
            || challenge(r#"Bearer realm="https://registry.example.com/t"#),
            alice,
            Indeterminate,
            &["remark-docker-unknown-sign-in"],
        ),
        (
            || challenge(r#"Bearer realm="file:///etc/passwd""#),
            alice,
            Indeterminate,
            &["remark-docker-unknown-sign-in"],
        ),
        (
            || challenge(r#"Bearer realm="https://a:b@registry.example.com/t""#),
            alice,
            Indeterminate,
            &["remark-docker-unknown-sign-in"],
        ),
        (
            || challenge(r#"Bearer realm="https://evil.example/t",service="s""#),
            alice,
            Indeterminate,
            &["remark-docker-token-service"],
        ),
        (
            || challenge(r#"Bearer realm="http://registry.example.com/t",service="s""#),
            alice,
            Indeterminate,
            &["remark-docker-token-service"],
        ),
        (
            || challenge(r#"Bearer realm="http://169.254.169.254/latest/",service="s""#),
            alice,
            Indeterminate,
            &["remark-docker-token-service"],
        ),
        (
            || challenge(r#"Bearer realm="http://127.0.0.1:1/t",service="s""#),
            token_of_alice,
            Indeterminate,
            &["remark-docker-token-service"],
        ),
        (
            || challenge(r#"Basic realm="r""#),
            token_of_alice,
            Indeterminate,
            &["remark-docker-passwords-only"],
        ),
    ];
    for (first, opened, wanted, remarks) in cases {
        let stand_in = StandIn::start(move |_| first());
        let finding = found(&opened(), &stand_in).await;
        assert_eq!(
            (finding.outcome, finding.remarks.iter().map(String::as_str).collect()),
            (wanted, remarks.to_vec()),
            "{finding:?}"
        );
        let received = stand_in.received();
        assert_eq!(received.len(), 1, "{finding:?}");
        assert!(received[0].header("authorization").is_none() && received[0].body.is_empty());
    }
}

#[actix_web::test]
async fn a_token_service_elsewhere_needs_a_person_to_name_it() {
    const THERE: &str =
        r#"Bearer realm="https://login.example.com/token?tenant=a%20b",service="the, registry""#;
    let stand_in = || StandIn::start(|received| ByToken { challenge: THERE, ..WORKS }.answer(received));
    let refused = found(&alice(), &stand_in()).await;
    assert_eq!(refused.evidence.code.as_deref(), Some(ELSEWHERE), "it is shown where it should have gone");
    let named = opened("password", ("password", "p@ss:word1"), &[("token_service", ELSEWHERE)]);
    let there = stand_in();
    assert_eq!(found(&named, &there).await.outcome, Outcome::Ok);
    assert_eq!(there.received()[1].header("host"), Some(ELSEWHERE));
}

#[actix_web::test]
async fn where_a_registry_offers_both_ways_the_password_stays_with_the_registry_when_it_must() {
    let stand_in = StandIn::start(|received| match received.header("authorization") {
        Some(ALICE) => Answered::json(200, json!({})),
        _ => Answered::status(401)
            .header("www-authenticate", r#"Bearer realm="https://evil.example/token",service="s""#)
            .header("www-authenticate", r#"Basic realm="r""#),
    });
    assert_eq!(found(&alice(), &stand_in).await.outcome, Outcome::Ok);
    assert!(stand_in.received().iter().all(|received| received.path == "/v2/"));
}

#[actix_web::test]
async fn docker_hub_is_asked_where_it_lives() {
    const HUB: &str = r#"Bearer realm="https://auth.docker.io/token?tenant=a%20b",service="the, registry""#;
    let stand_in = StandIn::start(|received| ByToken { challenge: HUB, ..WORKS }.answer(received));
    let hub = opened("password", ("password", "p@ss:word1"), &[("registry", "docker.io")]);
    let finding = found(&hub, &stand_in).await;
    assert_eq!((finding.outcome, finding.identity.unwrap().key), (Outcome::Ok, "docker.io/alice".to_owned()));
    let hosts: Vec<String> =
        stand_in.received().iter().map(|received| received.header("host").unwrap().to_owned()).collect();
    assert_eq!(hosts, ["registry-1.docker.io", "auth.docker.io", "registry-1.docker.io", "auth.docker.io"]);
}

#[actix_web::test]
async fn only_this_machine_may_do_without_encryption() {
    let stand_in = StandIn::start(|received| by_password(received, || Answered::json(200, json!({}))));
    let near = opened("password", ("password", "p@ss:word1"), &[("registry", stand_in.authority())]);
    assert_eq!(found(&near, &stand_in).await.outcome, Outcome::Ok);
    for (registry, wanted) in [
        ("", Outcome::Malformed),
        ("a/b", Outcome::Malformed),
        ("no-such-host.invalid", Outcome::Unreachable),
        ("10.1.2.3", Outcome::NotAllowed),
        ("169.254.169.254:80", Outcome::NotAllowed),
    ] {
        let far = opened("password", ("password", "p@ss:word1"), &[("registry", registry)]);
        assert_eq!(found(&far, &stand_in).await.outcome, wanted, "{registry}");
    }
}
