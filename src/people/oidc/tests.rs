//! The relying party against a provider that lies, over real loopback ports.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::hostile::{Hostile, Script, Signature};
use super::*;
use crate::people::fixture::settings;

struct Pair {
    hostile: Hostile,
    provider: Provider,
    clock: Clock,
}

fn pair() -> Pair {
    let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let clock = Clock::manual(now);
    let hostile = Hostile::start(now.as_second(), "the nonce");
    let provider = provider(&hostile.url, clock.clone());
    Pair { hostile, provider, clock }
}

fn provider(issuer: &str, clock: Clock) -> Provider {
    let settings = settings(issuer);
    let doors = Doors::of(std::slice::from_ref(&settings), issuer);
    Provider::new(&settings, doors, "https://voucher.example", clock).unwrap()
}

impl Pair {
    async fn answer(&self) -> Result<Identity, Failure> {
        let answered = self.provider.answer("code".to_owned(), "the nonce", "v".repeat(43), None).await;
        answered.map(|(identity, _)| identity)
    }

    fn hits(&self) -> (usize, usize) {
        (self.hostile.discovery_hits.load(Ordering::SeqCst), self.hostile.jwks_hits.load(Ordering::SeqCst))
    }
}

#[actix_web::test]
async fn an_honest_provider_is_believed() {
    let pair = pair();
    let identity = pair.answer().await.unwrap();
    assert_eq!(
        identity,
        Identity {
            authenticated_at: None,
            issuer: pair.hostile.url.clone(),
            subject: "na".to_owned(),
            sid: Some("session-1".to_owned()),
            name: Some("Li Na".to_owned()),
            email: Some("na@aurora.example".to_owned()),
            claims: serde_json::Map::new(),
        }
    );
    pair.answer().await.unwrap();
    assert_eq!(pair.hits(), (1, 1), "the document and the keys are asked for once");
}

fn set(name: &'static str, value: Value) -> impl Fn(&mut Script) {
    move |script| script.claims[name] = value.clone()
}

fn without(name: &'static str) -> impl Fn(&mut Script) {
    move |script| drop(script.claims.as_object_mut().unwrap().remove(name))
}

#[actix_web::test]
async fn no_fault_of_an_id_token_is_overlooked() {
    let now = 1_795_420_800_i64;
    assert_eq!("2026-11-23T08:00:00Z".parse::<Timestamp>().unwrap().as_second(), now);
    type Fault = (&'static str, Box<dyn Fn(&mut Script)>, Option<Distrust>);
    let faults: Vec<Fault> = vec![
        ("bad signature", Box::new(|s| s.signature = Signature::Flipped), Some(Distrust::Signature)),
        ("another key under the same name", Box::new(|s| s.signing_seed = 2), Some(Distrust::Signature)),
        (
            "a key of its own in the header",
            Box::new(|s| {
                s.signing_seed = 2;
                s.header["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w" });
            }),
            Some(Distrust::Signature),
        ),
        ("an unknown key", Box::new(|s| s.header["kid"] = json!("two")), Some(Distrust::Signature)),
        (
            "no algorithm",
            Box::new(|s| {
                s.header = json!({ "alg": "none" });
                s.signature = Signature::Absent;
            }),
            None,
        ),
        (
            "no algorithm, written oddly",
            Box::new(|s| {
                s.header = json!({ "alg": "nOnE" });
                s.signature = Signature::Absent;
            }),
            None,
        ),
        (
            "a good algorithm and no signature",
            Box::new(|s| s.signature = Signature::Absent),
            Some(Distrust::Signature),
        ),
        (
            "the public key as a secret",
            Box::new(|s| {
                s.header["alg"] = json!("HS256");
                s.signature = Signature::PublicKeyAsSecret;
            }),
            Some(Distrust::Algorithm),
        ),
        (
            "an algorithm that we do not take",
            Box::new(|s| s.header["alg"] = json!("RS512")),
            Some(Distrust::Algorithm),
        ),
        ("a critical header", Box::new(|s| s.header["crit"] = json!(["x"])), Some(Distrust::Unreadable)),
        (
            "a token of another kind",
            Box::new(|s| s.header["typ"] = json!("logout+jwt")),
            Some(Distrust::Unreadable),
        ),
        ("another issuer", Box::new(set("iss", json!("https://evil.example"))), Some(Distrust::Issuer)),
        (
            "the issuer with a slash",
            Box::new(|s| {
                s.claims["iss"] = json!(format!("{}/", s.claims["iss"].as_str().unwrap()));
            }),
            Some(Distrust::Issuer),
        ),
        ("no issuer", Box::new(without("iss")), None),
        ("another audience", Box::new(set("aud", json!("other"))), Some(Distrust::Audience)),
        ("a further audience", Box::new(set("aud", json!(["voucher", "other"]))), Some(Distrust::Audience)),
        ("no audience", Box::new(without("aud")), Some(Distrust::Audience)),
        ("another nonce", Box::new(set("nonce", json!("another"))), Some(Distrust::Nonce)),
        ("no nonce", Box::new(without("nonce")), Some(Distrust::Nonce)),
        ("expired", Box::new(set("exp", json!(now - 61))), Some(Distrust::Time)),
        ("no expiry", Box::new(without("exp")), None),
        ("no time of issue", Box::new(without("iat")), None),
        ("issued in the future", Box::new(set("iat", json!(now + 301))), Some(Distrust::Time)),
        ("issued long ago", Box::new(set("iat", json!(now - 301))), Some(Distrust::Time)),
        ("not valid yet", Box::new(set("nbf", json!(now + 61))), Some(Distrust::Time)),
        ("not valid before nonsense", Box::new(set("nbf", json!("soon"))), None),
        ("for another client", Box::new(set("azp", json!("other"))), Some(Distrust::AuthorizedParty)),
        ("about nobody", Box::new(set("sub", json!(""))), Some(Distrust::Subject)),
        ("about a space", Box::new(set("sub", json!(" "))), Some(Distrust::Subject)),
        (
            "about somebody with a long name",
            Box::new(set("sub", json!("a".repeat(256)))),
            Some(Distrust::Subject),
        ),
        ("about somebody with a line break", Box::new(set("sub", json!("a\nb"))), Some(Distrust::Subject)),
        ("no subject", Box::new(without("sub")), None),
        (
            "of another access token",
            Box::new(set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
            Some(Distrust::AccessTokenHash),
        ),
    ];
    for (name, fault, expected) in faults {
        let pair = pair();
        pair.hostile.change(|script| fault(script));
        match (pair.answer().await, expected) {
            (Err(Failure::Distrusted(why)), Some(expected)) => assert_eq!(why, expected, "{name}"),
            (Err(Failure::Distrusted(_) | Failure::Exchange(_)), None) => {}
            (Err(other), _) => panic!("{name}: {other}"),
            (Ok(_), _) => panic!("{name}: believed"),
        }
    }
}

#[actix_web::test]
async fn what_is_unusual_and_right_is_accepted() {
    let now = 1_795_420_800_i64;
    type Change = Box<dyn Fn(&mut Script)>;
    let changes: Vec<(&str, Change)> = vec![
        ("a clock that is fifty seconds behind", Box::new(set("exp", json!(now - 50)))),
        ("a clock that is ahead", Box::new(set("iat", json!(now + 299)))),
        ("valid in a moment", Box::new(set("nbf", json!(now + 50)))),
        ("we are the authorised party", Box::new(set("azp", json!("voucher")))),
        ("the audience as a list", Box::new(set("aud", json!(["voucher"])))),
        ("one key and no name for it", Box::new(|s| drop(s.header.as_object_mut().unwrap().remove("kid")))),
        ("the longest subject", Box::new(set("sub", json!("a".repeat(255))))),
        // SHA-512 of "access", the first half (OpenID Connect Core, section 3.1.3.6; EdDSA with Ed25519).
        (
            "the hash of the access token",
            Box::new(set("at_hash", json!("kyd4-h3ZoV2sH212kLKbcOnCBajStKQ38Ae_bfT-PFI"))),
        ),
    ];
    for (name, change) in changes {
        let pair = pair();
        pair.hostile.change(|script| change(script));
        if let Err(failure) = pair.answer().await {
            panic!("{name}: {failure}");
        }
    }
}

#[actix_web::test]
async fn an_unknown_key_is_asked_for_exactly_once_a_minute() {
    let pair = pair();
    pair.answer().await.unwrap();
    pair.hostile.change(|script| script.header["kid"] = json!("bogus"));
    for _ in 0..50 {
        assert!(matches!(pair.answer().await, Err(Failure::Distrusted(Distrust::Signature))));
    }
    assert_eq!(pair.hits(), (1, 2));
    let many = (0..20).map(|_| pair.answer());
    pair.clock.advance(Duration::from_secs(60));
    pair.hostile.change(|script| script.claims["iat"] = json!(1_795_420_860));
    futures_util::future::join_all(many).await;
    assert_eq!(pair.hits(), (1, 3), "one of many waiting requests asks");
}

#[actix_web::test]
async fn a_provider_may_roll_its_keys() {
    let pair = pair();
    pair.answer().await.unwrap();
    pair.hostile.change(|script| {
        script.published = vec![(2, "two")];
        script.signing_seed = 2;
        script.header["kid"] = json!("two");
    });
    pair.answer().await.unwrap();
    assert_eq!(pair.hits(), (1, 2));
    pair.answer().await.unwrap();
    assert_eq!(pair.hits(), (1, 2));
}

#[actix_web::test]
async fn keys_that_we_have_outlive_a_failed_or_empty_answer() {
    for (status, published) in [(500, vec![(1, "one")]), (200, vec![])] {
        let pair = pair();
        pair.answer().await.unwrap();
        pair.hostile.change(|script| {
            script.jwks_status = status;
            script.published = published;
            script.header["kid"] = json!("bogus");
        });
        assert!(pair.answer().await.is_err());
        pair.hostile.change(|script| script.header["kid"] = json!("one"));
        pair.answer().await.unwrap();
    }
}

#[actix_web::test]
async fn a_provider_that_is_not_the_configured_one_is_not_used() {
    type Change = fn(&mut Value, &str);
    let changes: [(&str, Change); 6] = [
        ("issuer in the answer", |document, _| document["issuer"] = json!("https://evil.example")),
        ("issuer in the answer", |document, url| document["issuer"] = json!(format!("{url}/"))),
        ("PKCE with S256", |document, _| document["code_challenge_methods_supported"] = json!(["plain"])),
        ("not https", |document, _| document["token_endpoint"] = json!("http://id.example/token")),
        ("not https", |document, _| document["authorization_endpoint"] = json!("http://id.example/a")),
        ("may not be asked", |document, _| document["jwks_uri"] = json!("http://id.example/jwks")),
    ];
    for (expected, change) in changes {
        let pair = pair();
        let url = pair.hostile.url.clone();
        pair.hostile.change(|script| change(&mut script.discovery, &url));
        match pair.answer().await {
            Err(failure @ Failure::Unusable(_)) => {
                assert!(failure.to_string().contains(expected), "{failure}")
            }
            _ => panic!("{expected}"),
        }
        assert_eq!(pair.hostile.token_hits.load(Ordering::SeqCst), 0, "{expected}");
    }
}

#[actix_web::test]
async fn a_provider_that_is_down_is_asked_again_after_a_minute() {
    let pair = pair();
    let good = pair.hostile.script.lock().unwrap().discovery.clone();
    pair.hostile.change(|script| script.discovery = json!({}));
    for _ in 0..5 {
        assert!(pair.provider.ask(&Random::system(), Prompt::AsItLikes).await.is_err());
    }
    assert_eq!(pair.hits().0, 1);
    pair.hostile.change(|script| script.discovery = good);
    assert!(!pair.provider.is_usable().await);
    pair.clock.advance(Duration::from_secs(60));
    assert!(pair.provider.is_usable().await);
    assert_eq!(pair.hits().0, 2);
    // Once known it is used on, however long it is down.
    pair.hostile.change(|script| script.discovery = json!({}));
    pair.clock.advance(Duration::from_hours(2));
    assert!(pair.provider.is_usable().await);
    assert_eq!(pair.hits().0, 3);
}

#[actix_web::test]
async fn answers_of_the_token_endpoint_are_bounded_and_not_repeated() {
    let evil = "<script>alert(1)</script>";
    for (expected, status, body) in [
        ("invalid_grant", 400, json!({ "error": "invalid_grant", "error_description": evil }).to_string()),
        ("unregistered", 403, json!({ "error": evil }).to_string()),
        ("no ID token", 200, json!({ "access_token": "a", "token_type": "Bearer" }).to_string()),
        ("cannot be read", 200, evil.to_owned()),
        ("empty", 302, String::new()),
        ("too long", 200, format!("{{\"access_token\":\"{}\"}}", "a".repeat(1024 * 1024))),
    ] {
        let pair = pair();
        pair.hostile.change(|script| script.token_answer = Some((status, body)));
        match pair.answer().await {
            Err(failure @ Failure::Exchange(_)) => {
                let said = failure.to_string();
                assert!(said.contains(expected) && !said.contains("script"), "{expected}: {said}");
            }
            _ => panic!("{expected}"),
        }
    }
}

#[actix_web::test]
async fn name_and_address_are_asked_for_where_the_token_has_none() {
    let bare = |script: &mut Script| {
        script.claims.as_object_mut().unwrap().remove("name");
        script.claims.as_object_mut().unwrap().remove("email");
    };
    let pair = pair();
    pair.hostile.change(|script| {
        bare(script);
        script.userinfo =
            Some(json!({ "sub": "na", "name": "Na\u{7} of old\n", "email": "na@aurora.example" }));
    });
    let identity = pair.answer().await.unwrap();
    assert_eq!(
        (identity.name.as_deref(), identity.email.as_deref()),
        (Some("Na of old"), Some("na@aurora.example"))
    );
    // Without an answer they come in as their subject.
    pair.hostile.change(|script| script.userinfo = None);
    assert_eq!(pair.answer().await.unwrap().name, None);
    pair.hostile.change(|script| script.userinfo = Some(json!({ "sub": "somebody else", "name": "Owner" })));
    assert!(matches!(pair.answer().await, Err(Failure::Distrusted(Distrust::Subject))));
    // The library would panic over a token that cannot stand in a header.
    pair.hostile.change(|script| script.access_token = "acc\ness");
    assert_eq!(pair.answer().await.unwrap().name, None);
}

#[actix_web::test]
async fn an_answer_names_its_issuer() {
    let pair = pair();
    let issuer = pair.hostile.url.clone();
    for (advertised, asked, stated, good) in [
        (json!(null), issuer.as_str(), None, true),
        (json!(false), &issuer, None, true),
        (json!(true), &issuer, None, false),
        (json!(true), &issuer, Some(issuer.as_str()), true),
        (json!(null), &issuer, Some(issuer.as_str()), true),
        (json!(null), &issuer, Some("https://evil.example"), false),
        (json!(null), &issuer, Some(""), false),
        (json!(null), "https://former.example", Some(issuer.as_str()), false),
    ] {
        pair.hostile
            .change(|s| s.discovery["authorization_response_iss_parameter_supported"] = advertised.clone());
        pair.clock.advance(Duration::from_hours(2));
        assert_eq!(
            pair.provider.check_issuer(asked, stated).await.is_ok(),
            good,
            "{advertised} {asked} {stated:?}"
        );
    }
}

#[test]
fn an_issuer_is_an_address_where_tokens_are_safe() {
    for (issuer, public_url, good) in [
        ("https://id.example/realms/a", "https://voucher.example", true),
        ("http://127.0.0.1:8701", "http://127.0.0.1:8700", true),
        ("http://id.example", "https://voucher.example", false),
        ("https://id.example?a=b", "https://voucher.example", false),
        ("https://id.example#a", "https://voucher.example", false),
        ("id.example", "https://voucher.example", false),
        ("https://id.example", "http://voucher.example", false),
    ] {
        assert_eq!(
            Provider::new(&settings(issuer), Doors::default(), public_url, Clock::System).is_ok(),
            good,
            "{issuer} {public_url}"
        );
    }
}

#[actix_web::test]
async fn a_question_carries_pkce_state_and_nonce() {
    let pair = pair();
    let question = pair.provider.ask(&Random::system(), Prompt::Again).await.unwrap();
    let sent: std::collections::HashMap<_, _> = question.address.query_pairs().into_owned().collect();
    let value = |name: &str| sent.get(name).map(String::as_str);
    assert!(question.address.as_str().starts_with(&format!("{}/authorize?", pair.hostile.url)));
    assert_eq!(value("state"), Some(question.state.as_str()));
    assert_eq!(value("nonce"), Some(question.nonce.as_str()));
    assert_eq!(value("code_challenge_method"), Some("S256"));
    assert_eq!(value("redirect_uri"), Some("https://voucher.example/auth/callback"));
    assert_eq!((value("response_type"), value("scope")), (Some("code"), Some("openid profile email")));
    assert_eq!((value("prompt"), value("client_id")), (Some("login"), Some("voucher")));
    assert!(!question.address.as_str().contains(&question.verifier));
    assert!([&question.state, &question.nonce, &question.verifier].into_iter().all(|text| text.len() == 43));
}
