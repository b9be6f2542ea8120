//! The probe against a stand-in for the registry and its token service, which looks at what it is sent on its own.

mod places;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;
use crate::catalogue::Submitted;
use crate::catalogue::docker_registry::TYPE;
use crate::outbound::for_tests;
use crate::outbound::stand_in::{Answered, Received, StandIn};

const REGISTRY: &str = "registry.example.com";
const ELSEWHERE: &str = "login.example.com";
/// What a real skopeo sends for alice and `p@ss:word1`.
const ALICE: &str = "Basic YWxpY2U6cEBzczp3b3JkMQ==";
const IDENTITY_TOKEN: &str = "refresh+alice/==";

fn opened(variant: &str, secret: (&str, &str), more: &[(&str, &str)]) -> Opened {
    let plain = [&[("registry", REGISTRY), ("username", "alice")][..], more].concat();
    let Submitted { variant, plain, secret, .. } = Submitted::sample(variant, &plain, &[secret]);
    Opened { credential_type: &TYPE, variant, plain, secret }
}

/// Makes what is shown.
type Shown = fn() -> Opened;

fn alice() -> Opened {
    opened("password", ("password", "p@ss:word1"), &[])
}

fn mallory() -> Opened {
    opened("password", ("password", "wrong"), &[])
}

fn token_of_alice() -> Opened {
    opened("identity-token", ("identity_token", IDENTITY_TOKEN), &[])
}

async fn found(opened: &Opened, stand_in: &StandIn) -> Finding {
    let to = stand_in.url("");
    let outbound = for_tests(&[
        (REGISTRY, &to),
        (ELSEWHERE, &to),
        ("registry-1.docker.io", &to),
        ("auth.docker.io", &to),
    ]);
    let began = Instant::now();
    let probe = TYPE.variant(&opened.variant).unwrap().probe;
    let finding = probe(opened, &outbound).await;
    assert!(began.elapsed() < Duration::from_secs(3), "it took {:?}", began.elapsed());
    assert!(finding.identity.is_none() || finding.outcome.proves_identity(), "{finding:?}");
    finding
}

fn error(status: u16, code: &str) -> Answered {
    Answered::json(status, json!({"errors": [{"code": code, "message": "in words", "detail": null}]}))
}

fn challenge(header: &str) -> Answered {
    error(401, "UNAUTHORIZED").header("www-authenticate", header)
}

fn redirect() -> Answered {
    Answered::status(302).header("location", "http://169.254.169.254/latest/meta-data/")
}

fn huge() -> Answered {
    Answered::status(200).body(vec![b'{'; 10 * 1024 * 1024])
}

fn signed(claims: &serde_json::Value) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A registry with a list of passwords.
fn by_password(received: &Received, granted: fn() -> Answered) -> Answered {
    assert_eq!((received.method.as_str(), received.path.as_str()), ("GET", "/v2/"));
    match received.header("authorization") {
        Some(ALICE) => granted(),
        _ => challenge("Basic realm=\"Registry of \\\"Acme\\\", and others\""),
    }
}

const BEARER: &str =
    r#"Bearer realm="https://registry.example.com/token?tenant=a%20b",service="the, registry""#;

/// A registry with a token service, and what either answers where it decides.
#[derive(Clone, Copy)]
struct ByToken {
    challenge: &'static str,
    /// To whoever has shown the right proof, to others, and to them with the scope.
    granted: fn() -> Answered,
    refused: fn() -> Answered,
    /// From the registry, to the token.
    taken: fn() -> Answered,
}

fn opaque() -> Answered {
    Answered::json(200, json!({"token": "opaque-token", "access_token": "", "expires_in": 300}))
}

const WORKS: ByToken = ByToken {
    challenge: BEARER,
    granted: opaque,
    refused: || Answered::json(401, json!({"details": "incorrect username or password"})),
    taken: || Answered::json(200, json!({})),
};

impl ByToken {
    fn answer(&self, received: &Received) -> Answered {
        match (received.path.as_str(), received.header("authorization")) {
            ("/v2/", None) => challenge(self.challenge),
            ("/v2/", Some("Bearer opaque-token")) => (self.taken)(),
            ("/v2/", Some(other)) if other.starts_with("Bearer e30.") => (self.taken)(),
            ("/token", Some(ALICE)) if received.method == "GET" => {
                let wanted = ["tenant=a b", "account=alice", "service=the, registry"];
                let pairs: Vec<String> =
                    received.pairs().iter().map(|(name, value)| format!("{name}={value}")).collect();
                assert_eq!(pairs.get(..3).unwrap(), wanted);
                (self.granted)()
            }
            ("/token", Some(basic)) => {
                let pair = STANDARD.decode(basic.strip_prefix("Basic ").unwrap()).unwrap();
                assert_ne!(pair, b"alice:p@ss:word1");
                (self.refused)()
            }
            ("/token", None) => {
                assert_eq!(received.header("content-type"), Some("application/x-www-form-urlencoded"));
                let form = String::from_utf8(received.body.clone()).unwrap();
                assert!(
                    form.starts_with("grant_type=refresh_token&client_id=voucher&service=the%2C+registry"),
                    "{form}"
                );
                match form.ends_with("&refresh_token=refresh%2Balice%2F%3D%3D") {
                    true => (self.granted)(),
                    false => (self.refused)(),
                }
            }
            (path, _) => panic!("asked for {path}"),
        }
    }
}

#[actix_web::test]
async fn a_password_is_taken_or_refused_by_the_registry_itself() {
    use Outcome::*;
    let ok: fn() -> Answered = || Answered::json(200, json!({}));
    for (granted, opened, wanted) in [
        (ok, alice(), Ok),
        (ok, mallory(), InvalidCredential),
        (|| error(403, "DENIED"), alice(), PermissionDenied),
        (
            || {
                Answered::json(
                    403,
                    json!({"errors": [{"code": "DENIED", "message": "Your authorization token has expired."}]}),
                )
            },
            alice(),
            DisabledOrExpired,
        ),
        (
            || {
                Answered::json(
                    403,
                    json!({"errors": [{"code": "DENIED", "message": "Client with IP '1.2.3.4' is not allowed access."}]}),
                )
            },
            alice(),
            IpNotAllowed,
        ),
        (|| error(429, "TOOMANYREQUESTS"), alice(), RateLimited),
        (|| error(400, "TOOMANYREQUESTS"), alice(), RateLimited),
        (|| error(404, "UNSUPPORTED"), alice(), Indeterminate),
        (|| Answered::status(204), alice(), Indeterminate),
        (|| Answered::status(503).body("<html>"), alice(), ServiceError),
        (redirect, alice(), Indeterminate),
        (Answered::hang, alice(), Unreachable),
        (huge, alice(), Indeterminate),
    ] {
        let stand_in = StandIn::start(move |received| by_password(received, granted));
        let finding = found(&opened, &stand_in).await;
        assert_eq!(finding.outcome, wanted, "{finding:?}");
        let named = finding.identity.map(|identity| (identity.key, identity.label));
        let alice = ("registry.example.com/alice".to_owned(), "alice".to_owned());
        assert_eq!(named, wanted.proves_identity().then_some(alice));
        assert_eq!(stand_in.received().len(), 2, "one attempt, no more");
    }
}

#[actix_web::test]
async fn a_token_service_takes_or_refuses_the_proof() {
    use Outcome::*;
    const DENIED: fn() -> Answered = || error(403, "DENIED");
    let cases: Vec<(&str, ByToken, Shown, Outcome, Option<&str>)> = vec![
        ("works", WORKS, alice, Ok, None),
        ("wrong password", WORKS, mallory, InvalidCredential, None),
        ("an identity token", WORKS, token_of_alice, Ok, None),
        (
            "an unknown identity token",
            WORKS,
            || opened("identity-token", ("identity_token", "old"), &[]),
            InvalidCredential,
            None,
        ),
        (
            "an identity token that OAuth refuses",
            ByToken { refused: || Answered::json(400, json!({"error": "invalid_grant"})), ..WORKS },
            || opened("identity-token", ("identity_token", "old"), &[]),
            InvalidCredential,
            Some("invalid_grant"),
        ),
        (
            "another mistake of ours",
            ByToken { granted: || Answered::json(400, json!({"error": "invalid_request"})), ..WORKS },
            token_of_alice,
            Indeterminate,
            Some("invalid_request"),
        ),
        (
            "the other name of a token",
            ByToken { granted: || Answered::json(200, json!({"access_token": "opaque-token"})), ..WORKS },
            alice,
            Ok,
            None,
        ),
        (
            "denied, though known",
            ByToken { granted: DENIED, ..WORKS },
            alice,
            PermissionDenied,
            Some("DENIED"),
        ),
        (
            "denied as anybody is with a wrong password",
            ByToken { granted: DENIED, refused: DENIED, ..WORKS },
            alice,
            InvalidCredential,
            Some("DENIED"),
        ),
        (
            "denied, and strangers are an odd matter",
            ByToken { granted: DENIED, refused: || error(404, "X"), ..WORKS },
            alice,
            Indeterminate,
            Some("DENIED"),
        ),
        ("open to strangers", ByToken { refused: opaque, ..WORKS }, alice, Unverifiable, None),
        (
            "no token",
            ByToken { granted: || Answered::json(200, json!({"token": ""})), ..WORKS },
            alice,
            Indeterminate,
            None,
        ),
        (
            "a token that no header carries",
            ByToken { granted: || Answered::json(200, json!({"token": "a\nb"})), ..WORKS },
            alice,
            Indeterminate,
            None,
        ),
        (
            "garbage",
            ByToken { granted: || Answered::status(200).body("<html>"), ..WORKS },
            alice,
            Indeterminate,
            None,
        ),
        (
            "throttled",
            ByToken { granted: || error(429, "TOOMANYREQUESTS"), ..WORKS },
            alice,
            RateLimited,
            Some("TOOMANYREQUESTS"),
        ),
        ("broken", ByToken { granted: || Answered::status(500), ..WORKS }, alice, ServiceError, None),
        ("not found", ByToken { granted: || Answered::status(404), ..WORKS }, alice, Indeterminate, None),
        ("redirected", ByToken { granted: redirect, ..WORKS }, alice, Indeterminate, None),
        ("hanging", ByToken { granted: Answered::hang, ..WORKS }, alice, Unreachable, None),
        ("10 MiB", ByToken { granted: huge, ..WORKS }, alice, Indeterminate, None),
        (
            "the token is too little",
            ByToken { taken: || challenge(r#"Bearer realm="x",error="insufficient_scope""#), ..WORKS },
            alice,
            PermissionDenied,
            Some("insufficient_scope"),
        ),
        (
            "the token is none",
            ByToken { taken: || challenge(r#"Bearer realm="x",error="invalid_token""#), ..WORKS },
            alice,
            InvalidCredential,
            Some("invalid_token"),
        ),
        (
            "the token is not looked at",
            ByToken { taken: || challenge(BEARER), ..WORKS },
            alice,
            InvalidCredential,
            Some("UNAUTHORIZED"),
        ),
        (
            "the token may nothing",
            ByToken { taken: DENIED, ..WORKS },
            alice,
            PermissionDenied,
            Some("DENIED"),
        ),
        (
            "the registry is broken",
            ByToken { taken: || Answered::status(502), ..WORKS },
            alice,
            ServiceError,
            None,
        ),
        ("the registry redirects", ByToken { taken: redirect, ..WORKS }, alice, Indeterminate, None),
    ];
    for (what, registry, opened, wanted, code) in cases {
        let stand_in = StandIn::start(move |received| registry.answer(received));
        let finding = found(&opened(), &stand_in).await;
        assert_eq!(
            (finding.outcome, finding.evidence.code.as_deref()),
            (wanted, code),
            "{what}: {finding:?}"
        );
        let as_alice = |received: &&Received| received.header("authorization") == Some(ALICE);
        assert!(stand_in.received().iter().filter(as_alice).count() <= 1, "{what}: asked again");
    }
}

#[actix_web::test]
async fn a_token_that_names_its_owner_is_believed_without_asking_a_stranger() {
    let of = |claims: serde_json::Value| {
        StandIn::start(move |received| {
            // Nobody is refused: a stranger who was asked would show.
            let named = claims.clone();
            let granted = move || Answered::json(200, json!({"token": signed(&named)}));
            match received.path.as_str() {
                "/token" => granted(),
                _ => WORKS.answer(received),
            }
        })
    };
    let named = of(json!({"sub": "robot-7"}));
    let finding = found(&alice(), &named).await;
    assert_eq!((finding.outcome, named.received().len()), (Outcome::Ok, 3));
    assert_eq!(finding.identity.unwrap().label, "alice");
    let finding = found(&token_of_alice(), &named).await;
    let identity = finding.identity.map(|identity| (identity.key, identity.label));
    let robot = Some(("registry.example.com/robot-7".to_owned(), "robot-7".to_owned()));
    assert_eq!((finding.outcome, identity), (Outcome::Ok, robot));
    assert_eq!(found(&alice(), &of(json!({"sub": ""}))).await.outcome, Outcome::Unverifiable);
}

#[actix_web::test]
async fn a_scope_that_is_refused_is_left_out_as_docker_does() {
    const SCOPED: &str = r#"Bearer realm="https://registry.example.com/token?tenant=a%20b",service="the, registry",scope="repository:user/image:pull,push""#;
    let stand_in = StandIn::start(|received| {
        let scope = received.pairs().into_iter().find(|(name, _)| name == "scope").map(|(_, scope)| scope);
        match scope.as_deref() {
            Some("repository:user/image:pull,push") => error(403, "DENIED"),
            Some(other) => panic!("{other}"),
            None => ByToken { challenge: SCOPED, ..WORKS }.answer(received),
        }
    });
    assert_eq!(found(&alice(), &stand_in).await.outcome, Outcome::Ok);
}
