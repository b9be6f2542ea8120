//! Logout tokens that are good, and every way in which one is not.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::hostile::{Hostile, Signature};
use super::*;
use crate::people::fixture::settings;

const NOW: i64 = 1_795_420_800;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn pair(draft_logout: bool) -> (Hostile, Provider) {
    let clock = Clock::manual(jiff::Timestamp::from_second(NOW).unwrap());
    let hostile = Hostile::start(NOW, "");
    let settings = OidcSettings { draft_logout, ..settings(&hostile.url) };
    let provider = Provider::new(&settings, Doors::default(), "https://voucher.example", clock).unwrap();
    (hostile, provider)
}

async fn judged(provider: &Provider, token: &str) -> Result<Whose, Distrust> {
    match provider.logout_token(token).await {
        Ok(token) => Ok(token.whose),
        Err(Failure::Distrusted(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

#[actix_web::test]
async fn a_good_token_says_whose_sign_ins_end() {
    let (hostile, provider) = pair(false);
    let session = |subject: Option<&str>| Whose::Session("s-1".to_owned(), subject.map(ToOwned::to_owned));
    for (changes, expected) in [
        (json!({ "sid": "s-1" }), session(None)),
        (json!({ "sid": "s-1", "sub": "na" }), session(Some("na"))),
        (json!({ "sub": "na" }), Whose::Subject("na".to_owned())),
        (json!({ "sub": "na", "aud": ["voucher"] }), Whose::Subject("na".to_owned())),
        (json!({ "sub": "na", "iat": NOW - 299, "exp": NOW - 59 }), Whose::Subject("na".to_owned())),
        (json!({ "sub": "na", "iat": NOW + 299 }), Whose::Subject("na".to_owned())),
        (
            json!({ "sub": "na", "events": { EVENT: { "more": 1 }, "other": {} } }),
            Whose::Subject("na".to_owned()),
        ),
    ] {
        let token = hostile.logout_token(NOW, "one", changes.clone());
        assert_eq!(judged(&provider, &token).await, Ok(expected), "{changes}");
    }
    for typ in ["logout+jwt", "Logout+JWT", "application/logout+jwt"] {
        let header = json!({ "alg": "EdDSA", "kid": "one", "typ": typ });
        let token = hostile.odd_logout_token(header, NOW, "one", json!({ "sub": "na" }));
        assert!(judged(&provider, &token).await.is_ok(), "{typ}");
    }
    let without_name = json!({ "alg": "EdDSA", "typ": "logout+jwt" });
    let token = hostile.odd_logout_token(without_name, NOW, "one", json!({ "sub": "na" }));
    assert!(judged(&provider, &token).await.is_ok());
}

#[actix_web::test]
async fn no_fault_of_a_logout_token_is_overlooked() {
    let (hostile, provider) = pair(false);
    let faults = [
        (json!({ "iss": "https://evil.example" }), Distrust::Issuer),
        (json!({ "iss": format!("{}/", hostile.url) }), Distrust::Issuer),
        (json!({ "iss": null }), Distrust::Issuer),
        (json!({ "aud": "other" }), Distrust::Audience),
        (json!({ "aud": ["voucher", "other"] }), Distrust::Audience),
        (json!({ "aud": [] }), Distrust::Audience),
        (json!({ "aud": null }), Distrust::Audience),
        (json!({ "events": null }), Distrust::Kind),
        (json!({ "events": EVENT }), Distrust::Kind),
        (json!({ "events": [EVENT] }), Distrust::Kind),
        (json!({ "events": {} }), Distrust::Kind),
        (json!({ "events": { EVENT: true } }), Distrust::Kind),
        (json!({ "events": { "http://schemas.openid.net/event/other": {} } }), Distrust::Kind),
        (json!({ "jti": null }), Distrust::Kind),
        (json!({ "jti": "" }), Distrust::Kind),
        (json!({ "jti": 7 }), Distrust::Kind),
        (json!({ "nonce": "any" }), Distrust::Nonce),
        (json!({ "nonce": "" }), Distrust::Nonce),
        (json!({ "iat": NOW - 301 }), Distrust::Time),
        (json!({ "iat": NOW + 301 }), Distrust::Time),
        (json!({ "iat": null }), Distrust::Time),
        (json!({ "iat": "now" }), Distrust::Time),
        (json!({ "exp": NOW - 60 }), Distrust::Time),
        (json!({ "exp": null }), Distrust::Time),
        (json!({ "exp": "later" }), Distrust::Time),
        (json!({ "nbf": NOW + 61 }), Distrust::Time),
        (json!({ "sub": null }), Distrust::Subject),
        (json!({ "sub": "" }), Distrust::Subject),
        (json!({ "sub": "a".repeat(256) }), Distrust::Subject),
        (json!({ "sub": "a\nb" }), Distrust::Subject),
        (json!({ "sid": "" }), Distrust::Subject),
        (json!({ "sid": 7 }), Distrust::Subject),
    ];
    for (fault, expected) in faults {
        let mut changes = json!({ "sub": "na" });
        for (name, value) in fault.as_object().unwrap() {
            changes[name] = value.clone();
        }
        let token = hostile.logout_token(NOW, "one", changes);
        assert_eq!(judged(&provider, &token).await, Err(expected), "{fault}");
    }
    let headers = [
        (json!({ "alg": "EdDSA", "kid": "one" }), Distrust::Kind),
        (json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" }), Distrust::Kind),
        (json!({ "alg": "EdDSA", "kid": "one", "typ": "at+jwt" }), Distrust::Kind),
        (json!({ "alg": "EdDSA", "kid": "two", "typ": "logout+jwt" }), Distrust::Signature),
        (json!({ "alg": "RS256", "kid": "one", "typ": "logout+jwt" }), Distrust::Signature),
        (json!({ "alg": "HS256", "kid": "one", "typ": "logout+jwt" }), Distrust::Algorithm),
        (json!({ "alg": "RS512", "kid": "one", "typ": "logout+jwt" }), Distrust::Algorithm),
        (json!({ "alg": "none", "typ": "logout+jwt" }), Distrust::Algorithm),
        (json!({ "alg": "nOnE", "typ": "logout+jwt" }), Distrust::Algorithm),
        (json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt", "crit": ["x"] }), Distrust::Unreadable),
        (json!({ "kid": "one", "typ": "logout+jwt" }), Distrust::Unreadable),
    ];
    for (header, expected) in headers {
        let token = hostile.odd_logout_token(header.clone(), NOW, "one", json!({ "sub": "na" }));
        assert_eq!(judged(&provider, &token).await, Err(expected), "{header}");
    }
    let good = hostile.logout_token(NOW, "one", json!({ "sub": "na" }));
    let (message, signature) = good.rsplit_once('.').unwrap();
    for (token, expected) in [
        (format!("{message}."), Distrust::Signature),
        (format!("{message}.{signature}="), Distrust::Unreadable),
        (format!("{message}.{signature}.x"), Distrust::Unreadable),
        (message.to_owned(), Distrust::Unreadable),
        (String::new(), Distrust::Unreadable),
        ("..".to_owned(), Distrust::Unreadable),
    ] {
        assert_eq!(judged(&provider, &token).await, Err(expected), "{token}");
    }
    for signature in [Signature::Flipped, Signature::Absent, Signature::PublicKeyAsSecret] {
        hostile.change(|script| script.signature = signature);
        let token = hostile.logout_token(NOW, "one", json!({ "sub": "na" }));
        assert_eq!(judged(&provider, &token).await, Err(Distrust::Signature));
    }
}

#[actix_web::test]
async fn an_id_token_signs_nobody_out_and_a_logout_token_signs_nobody_in() {
    let (hostile, provider) = pair(true);
    let id_token: Value = hostile.script.lock().unwrap().claims.clone();
    let mut changes = id_token;
    changes["events"] = Value::Null;
    let header = json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" });
    let token = hostile.odd_logout_token(header, NOW, "one", changes);
    assert_eq!(judged(&provider, &token).await, Err(Distrust::Kind));

    hostile.change(|script| {
        script.header["typ"] = json!("logout+jwt");
        script.claims["events"] = json!({ EVENT: {} });
    });
    let answer = provider.answer("code".to_owned(), "", "v".repeat(43), None).await;
    assert!(matches!(answer, Err(Failure::Distrusted(Distrust::Unreadable))));
}

#[actix_web::test]
async fn tokens_of_drafts_are_taken_where_the_settings_say_so() {
    let (hostile, provider) = pair(true);
    let without_end = json!({ "sub": "na", "exp": null });
    for header in [
        json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" }),
        json!({ "alg": "EdDSA", "kid": "one" }),
        json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" }),
    ] {
        let token = hostile.odd_logout_token(header.clone(), NOW, "one", without_end.clone());
        assert!(judged(&provider, &token).await.is_ok(), "{header}");
        // Without an end, its age decides.
        let old = json!({ "sub": "na", "exp": null, "iat": NOW - 301 });
        let token = hostile.odd_logout_token(header, NOW, "one", old);
        assert_eq!(judged(&provider, &token).await, Err(Distrust::Time));
    }
    let header = json!({ "alg": "EdDSA", "kid": "one", "typ": "at+jwt" });
    let token = hostile.odd_logout_token(header, NOW, "one", without_end);
    assert_eq!(judged(&provider, &token).await, Err(Distrust::Kind));
}

#[actix_web::test]
async fn junk_makes_nobody_hammer_the_provider() {
    let (hostile, provider) = pair(false);
    for number in 0..1_000 {
        let header = json!({ "alg": "EdDSA", "kid": format!("bogus-{number}"), "typ": "logout+jwt" });
        let token = hostile.odd_logout_token(header, NOW, "one", json!({ "sub": "na" }));
        assert_eq!(judged(&provider, &token).await, Err(Distrust::Signature));
    }
    assert_eq!(hostile.jwks_hits.load(Ordering::SeqCst), 2, "once to begin with, once for the first of them");
}

#[actix_web::test]
async fn new_keys_are_fetched_for_a_logout_token_too() {
    let (hostile, provider) = pair(false);
    assert!(provider.is_usable().await);
    hostile.change(|script| {
        script.published = vec![(2, "two")];
        script.signing_seed = 2;
    });
    let header = json!({ "alg": "EdDSA", "kid": "two", "typ": "logout+jwt" });
    let token = hostile.odd_logout_token(header, NOW, "one", json!({ "sub": "na" }));
    assert!(judged(&provider, &token).await.is_ok());
}
