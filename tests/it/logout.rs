//! The provider signs people out: which sign-ins end, that they end at once and for good, and what a bad token gets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::sign_ins::{Slow, login};
use crate::support::app::{TestApp, on_both};
use crate::support::door::Door;
use crate::support::http::{Client, Reply};

fn open(app: &TestApp) -> Door {
    let door = Door::of(app, |_| {});
    door.moves_in(app);
    door
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/sign-in").await.status.as_u16() == 303
}

/// As a provider sends it: no cookie, no origin.
async fn sends(door: &Door, token: &str) -> Reply {
    let body =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
    let path = "/auth/backchannel-logout";
    Client::new(&door.console.url).send(Method::POST, path, &form, Some(body.into_bytes())).await
}

/// Signs in under one of the provider's sessions.
async fn signed_in(door: &Door, subject: &str, sid: &str) -> Client {
    let client = door.console.anonymous();
    door.announces(subject, json!({ "sid": sid }));
    door.comes(&client).await.expect(303);
    assert!(is_signed_in(&client).await);
    client
}

fn ends(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT actor_name || '>' || object_name AS it FROM audit_records WHERE action = 'sign_in.end' \
         AND enterprise_id IS NOT NULL ORDER BY at, seq",
    )
}

#[test]
fn a_provider_ends_one_session_or_all_of_a_person() {
    on_both(async |app| {
        let door = open(app);
        let (now, names) = (app.now().as_second(), ["one", "two", "three", "four", "five"]);
        let first = signed_in(&door, "manager", "s-1").await;
        let same_session = signed_in(&door, "manager", "s-1").await;
        let second = signed_in(&door, "manager", "s-2").await;
        let somebody_else = signed_in(&door, "auditor", "s-3").await;

        let unknown = door.provider.logout_token(now, names[0], json!({ "sid": "s-9", "sub": "manager" }));
        let reply = sends(&door, &unknown).await.expect(200);
        assert!(reply.body.is_empty() && reply.header("cache-control").contains("no-store"));
        // The session of one, and the name of another: neither.
        let mixed = door.provider.logout_token(now, names[1], json!({ "sid": "s-1", "sub": "auditor" }));
        sends(&door, &mixed).await.expect(200);
        assert!(is_signed_in(&first).await && ends(app).is_empty());

        let session = door.provider.logout_token(now, names[2], json!({ "sid": "s-1" }));
        sends(&door, &session).await.expect(200);
        assert!(!is_signed_in(&first).await && !is_signed_in(&same_session).await);
        assert!(is_signed_in(&second).await && is_signed_in(&somebody_else).await);
        assert_eq!(ends(app), ["identity provider>manager", "identity provider>manager"]);

        let third = signed_in(&door, "manager", "s-4").await;
        let person = door.provider.logout_token(now, names[3], json!({ "sub": "manager" }));
        sends(&door, &person).await.expect(200);
        assert!(!is_signed_in(&second).await && !is_signed_in(&third).await);
        assert!(is_signed_in(&somebody_else).await);
        assert_eq!(ends(app).len(), 4);
        // They may come again.
        let again = signed_in(&door, "manager", "s-4").await;
        assert!(is_signed_in(&again).await);
        door.close().await;
    });
}

#[test]
fn a_logout_token_is_good_once() {
    on_both(async |app| {
        let door = open(app);
        let client = signed_in(&door, "manager", "s-1").await;
        let token = door.provider.logout_token(app.now().as_second(), "one", json!({ "sid": "s-1" }));
        sends(&door, &token).await.expect(200);
        assert!(!is_signed_in(&client).await);
        let client = signed_in(&door, "manager", "s-1").await;
        let reply = sends(&door, &token).await.expect(400);
        assert_eq!(reply.json(), json!({ "error": "invalid_request", "error_description": "replayed" }));
        assert!(is_signed_in(&client).await);
        let kept = app.database.count("SELECT COUNT(*) FROM logout_tokens");
        app.advance(std::time::Duration::from_secs(15 * 60));
        door.provider.change(|script| script.claims["iat"] = json!(app.now().as_second()));
        let token = door.provider.logout_token(app.now().as_second(), "two", json!({ "sid": "s-9" }));
        sends(&door, &token).await.expect(200);
        assert_eq!((kept, app.database.count("SELECT COUNT(*) FROM logout_tokens")), (1, 1), "old ones go");
        door.close().await;
    });
}

#[test]
fn a_bad_logout_token_ends_nothing_and_is_told_why() {
    on_both(async |app| {
        let door = open(app);
        let client = signed_in(&door, "manager", "s-1").await;
        let now = app.now().as_second();
        let before = app.database.count("SELECT COUNT(*) FROM audit_records");
        let made = |changes: Value| {
            let mut all = json!({ "sub": "manager", "sid": "s-1" });
            for (name, value) in changes.as_object().unwrap() {
                all[name] = value.clone();
            }
            door.provider.logout_token(now, "one", all)
        };
        let untyped = json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" });
        let unsigned = json!({ "alg": "none", "typ": "logout+jwt" });
        let other_key = json!({ "alg": "EdDSA", "kid": "two", "typ": "logout+jwt" });
        let mine = json!({ "sub": "manager" });
        for (token, code) in [
            (made(json!({ "iss": "https://evil.example" })), "wrong_issuer"),
            (made(json!({ "aud": "other" })), "wrong_audience"),
            (made(json!({ "iat": now - 3_600, "exp": now - 3_500 })), "wrong_time"),
            (
                made(json!({ "events": "http://schemas.openid.net/event/backchannel-logout" })),
                "not_a_logout_token",
            ),
            (made(json!({ "events": null })), "not_a_logout_token"),
            (made(json!({ "nonce": "x" })), "nonce"),
            (made(json!({ "sub": null, "sid": null })), "bad_subject"),
            (door.provider.odd_logout_token(untyped, now, "one", mine.clone()), "not_a_logout_token"),
            (door.provider.odd_logout_token(unsigned, now, "one", mine.clone()), "bad_algorithm"),
            (door.provider.odd_logout_token(other_key, now, "one", mine), "bad_signature"),
            ("<script>".to_owned(), "unreadable"),
            (String::new(), "unreadable"),
            ("x".repeat(20_000), "too_long"),
        ] {
            let reply = sends(&door, &token).await.expect(400);
            assert_eq!(reply.json(), json!({ "error": "invalid_request", "error_description": code }));
            assert!(reply.headers.get("set-cookie").is_none());
            assert!(reply.header("cache-control").contains("no-store"));
        }
        assert!(is_signed_in(&client).await);
        let after = app.database.count("SELECT COUNT(*) FROM audit_records");
        assert_eq!(after, before, "anybody can send junk; it fills no log that nothing is removed from");
        assert_eq!(
            app.database.count("SELECT COUNT(*) FROM logout_tokens"),
            0,
            "nor is a name used up by it"
        );

        // Somebody's browser is no provider: neither its cookie nor its page makes a difference.
        let form = [
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("sec-fetch-site", "cross-site".to_owned()),
        ];
        let path = "/auth/backchannel-logout";
        let reply =
            client.send(Method::POST, path, &form, Some(b"logout_token=x".to_vec())).await.expect(400);
        assert!(reply.headers.get("set-cookie").is_none());
        assert!(is_signed_in(&client).await);
        let reply = client.get(path).await.expect(405);
        assert_eq!((reply.header("allow"), reply.code().as_str()), ("POST", "method_not_allowed"));
        door.close().await;
    });
}

#[test]
fn while_the_provider_cannot_be_asked_a_logout_is_to_be_tried_again() {
    on_both(async |app| {
        let door = open(app);
        let token = door.provider.logout_token(app.now().as_second(), "one", json!({ "sub": "manager" }));
        door.provider.change(|script| script.discovery = json!({}));
        let reply = sends(&door, &token).await.expect(503);
        assert_eq!(reply.json()["error_description"], "keys_unavailable");
        door.close().await;
    });
}

#[test]
fn slow_requests_do_not_outlive_a_logout_at_the_provider() {
    on_both(async |app| {
        let door = open(app);
        let victim = signed_in(&door, "administrator", "s-1").await;
        let held = victim.cookies();
        let mut slow = Vec::new();
        for at in 0..100 {
            let form = login(app, &format!("late-{at}"));
            slow.push(
                Slow::begin(&door.console.url, "/credentials/new/username-password", &victim, &form).await,
            );
        }
        let token = door.provider.logout_token(app.now().as_second(), "one", json!({ "sid": "s-1" }));
        sends(&door, &token).await.expect(200);
        for slow in slow {
            let answer = slow.finish().await;
            assert!(answer.contains("\r\nlocation: /sign-in?"), "{answer}");
            assert!(!answer.to_lowercase().contains("set-cookie: voucher="), "{answer}");
        }
        let thief = door.console.anonymous();
        for (name, value) in held {
            thief.set_cookie(&name, &value);
        }
        assert!(!is_signed_in(&thief).await);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials"), 0);
        door.close().await;
    });
}
