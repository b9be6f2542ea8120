//! What people see and what is on record when their provider lies, is slow or is gone: a page that says what happened
//! and what to do, in both languages, no session, and a record.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use voucher::people::{Rule, WrittenRule};

use crate::support::app::{TestApp, on_both};
use crate::support::door::Door;
use crate::support::hostile::{Script, Signature};
use crate::support::http::{Client, Reply};

/// How a sign-in ends that comes to nothing: status, outcome and reason on record, and what the page says.
type End = (u16, &'static str, [&'static str; 2]);

const DISTRUSTED: End = (403, "refused provider_not_trusted", ["could not be trusted", "返回的结果不可信"]);
const UNFINISHED: End = (502, "refused provider_refused", ["did not complete the sign-in", "未能完成登录"]);
const DOWN: End =
    (503, "failed provider_unavailable", ["Signing in is not possible at the moment", "暂时无法登录"]);
const CANCELLED: End = (403, "refused denied", ["cancelled or refused", "被取消或拒绝"]);
const NO_MEMBER: End = (
    403,
    "refused not_a_member",
    ["You are not a member of an enterprise here", "您还不是这里任何企业的成员"],
);
const USED: [&str; 2] = ["This sign-in cannot be used any more", "本次登录已失效"];
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

fn door(app: &TestApp) -> Door {
    let staff = WrittenRule {
        claim: "groups".to_owned(),
        has: Some("staff".to_owned()),
        role: Some("member".to_owned()),
        ..WrittenRule::default()
    };
    let door = Door::of(app, |settings| settings.rules = vec![Rule::parse(staff).unwrap()]);
    door.announces("zoe", json!({ "groups": ["staff"] }));
    door
}

/// Somebody who reads this language.
fn reader(door: &Door, language: &str) -> Client {
    Client::new(&door.console.url).with("accept-language", language)
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/sign-in").await.status.as_u16() == 303
}

fn records(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT outcome || COALESCE(' ' || reason, '') AS it FROM audit_records \
         WHERE action = 'sign_in.begin' ORDER BY at, seq",
    )
}

/// The page says what happened in the reader's language and offers a way on, and nobody is signed in.
async fn assert_outside(what: &str, reply: &Reply, client: &Client, (status, sentence): (u16, &str)) {
    let text = reply.text();
    assert_eq!(reply.status.as_u16(), status, "{what}: {text}");
    assert!(text.contains(sentence), "{what}: {sentence} is not in {text}");
    assert!(text.contains("href=\"/sign-in/start?"), "{what}: no way on in {text}");
    // The page's own address is in it, encoded, for coming back after changing the language.
    let mut pieces = text.split("name=\"return_to\" value=\"");
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.map(|piece| piece.split_once('"').map_or(piece, |(_, rest)| rest));
    let said: String = std::iter::once(first).chain(rest).collect();
    assert!(!said.contains("canary"), "{what}: the provider's words are on the page: {said}");
    assert!(!is_signed_in(client).await, "{what}");
}

fn set(name: &'static str, value: Value) -> Box<dyn Fn(&mut Script)> {
    Box::new(move |script| script.claims[name] = value.clone())
}

fn header(header: Value, signature: Signature) -> Box<dyn Fn(&mut Script)> {
    Box::new(move |script| {
        script.header = header.clone();
        script.signature = signature;
    })
}

fn answer(status: u16, body: String) -> Box<dyn Fn(&mut Script)> {
    Box::new(move |script| script.token_answer = Some((status, body.clone())))
}

type Fault = (&'static str, Box<dyn Fn(&mut Script)>, End);

fn forged() -> Vec<Fault> {
    vec![
        ("bad signature", Box::new(|s| s.signature = Signature::Flipped), DISTRUSTED),
        ("another key", Box::new(|s| s.signing_seed = 2), DISTRUSTED),
        ("no algorithm", header(json!({ "alg": "none" }), Signature::Absent), DISTRUSTED),
        ("no algorithm, oddly written", header(json!({ "alg": "nOnE" }), Signature::Absent), UNFINISHED),
        (
            "the public key as a secret",
            header(json!({ "alg": "HS256", "kid": "one" }), Signature::PublicKeyAsSecret),
            DISTRUSTED,
        ),
        ("an unknown key", header(json!({ "alg": "EdDSA", "kid": "two" }), Signature::Good), DISTRUSTED),
        (
            "no key named, where there are two",
            Box::new(|s| {
                s.header = json!({ "alg": "EdDSA" });
                s.published = vec![(1, "one"), (2, "two")];
            }),
            DISTRUSTED,
        ),
        (
            "a logout token",
            header(json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" }), Signature::Good),
            DISTRUSTED,
        ),
    ]
}

fn misdirected(now: i64) -> Vec<Fault> {
    vec![
        ("another audience", set("aud", json!("other")), DISTRUSTED),
        ("a further audience", set("aud", json!(["voucher", "other"])), DISTRUSTED),
        ("another issuer", set("iss", json!("https://canary.example")), DISTRUSTED),
        ("for another client", set("azp", json!("other")), DISTRUSTED),
        ("of another access token", set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")), DISTRUSTED),
        ("expired", set("exp", json!(now - 61)), DISTRUSTED),
        ("issued in the future", set("iat", json!(now + 301)), DISTRUSTED),
        ("issued long ago", set("iat", json!(now - 301)), DISTRUSTED),
        ("not valid yet", set("nbf", json!(now + 61)), DISTRUSTED),
        ("about nobody", set("sub", json!("")), DISTRUSTED),
        (
            "another nonce",
            Box::new(|s| {
                s.repeats_nonce = false;
                s.claims["nonce"] = json!("another");
            }),
            DISTRUSTED,
        ),
        (
            "the answer of another issuer",
            Box::new(|s| s.authorize_iss = Some("https://canary.example".to_owned())),
            DISTRUSTED,
        ),
        (
            "user info about somebody else",
            Box::new(|s| {
                s.claims.as_object_mut().unwrap().remove("groups");
                s.userinfo = Some(json!({ "sub": "root", "groups": ["staff"] }));
            }),
            DISTRUSTED,
        ),
        ("groups as a text", set("groups", json!("staff")), NO_MEMBER),
        ("groups as an object", set("groups", json!({ "staff": "staff" })), NO_MEMBER),
    ]
}

fn broken() -> Vec<Fault> {
    let refusal = json!({ "error": "invalid_grant", "error_description": "<b>canary</b>" });
    vec![
        ("a refused code", answer(400, refusal.to_string()), UNFINISHED),
        (
            "no ID token",
            answer(200, json!({ "access_token": "a", "token_type": "Bearer" }).to_string()),
            UNFINISHED,
        ),
        ("a page", answer(200, "<html>canary</html>".to_owned()), UNFINISHED),
        ("an error of its own", answer(500, "canary".to_owned()), UNFINISHED),
        ("a redirect", answer(302, String::new()), UNFINISHED),
        (
            "twenty megabytes",
            answer(200, format!("{{\"access_token\":\"{}\"}}", "a".repeat(20 * 1024 * 1024))),
            UNFINISHED,
        ),
        (
            "no user info, where a rule looks at it",
            Box::new(|s| drop(s.claims.as_object_mut().unwrap().remove("groups"))),
            DOWN,
        ),
        (
            "cancelled",
            Box::new(|s| {
                let said = [("error", "access_denied"), ("error_description", "<script>canary</script>")];
                s.authorize_answer = Some(said.map(|(name, value)| (name, value.to_owned())).to_vec());
            }),
            CANCELLED,
        ),
        (
            "an error that nobody knows",
            Box::new(|s| s.authorize_answer = Some(vec![("error", "<b>canary</b>".to_owned())])),
            UNFINISHED,
        ),
        ("neither code nor error", Box::new(|s| s.authorize_answer = Some(Vec::new())), UNFINISHED),
    ]
}

#[test]
fn whatever_a_provider_does_wrong_is_said_and_recorded_and_lets_nobody_in() {
    on_both(async |app| {
        let now = app.now().as_second();
        for (what, fault, (status, record, sentences)) in
            forged().into_iter().chain(misdirected(now)).chain(broken())
        {
            let door = door(app);
            door.provider.change(|script| fault(script));
            for (language, sentence) in LANGUAGES.into_iter().zip(sentences) {
                let before = records(app).len();
                let known = records(app).iter().filter(|it| *it == record).count();
                let client = reader(&door, language);
                let back = door.up_to_the_callback(&client).await;
                let reply = client.get(&back).await;
                assert_outside(what, &reply, &client, (status, sentence)).await;
                let recorded = records(app).iter().filter(|it| *it == record).count();
                assert_eq!((recorded, records(app).len()), (known + 1, before + 1), "{what}");
            }
            door.close().await;
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM sign_ins WHERE subject = 'zoe'"), 0);
        // The same provider, when it is honest.
        let door = door(app);
        let client = door.console.anonymous();
        door.comes(&client).await.expect(303);
        assert!(is_signed_in(&client).await);
        door.close().await;
    });
}

#[test]
fn an_answer_that_comes_again_or_elsewhere_is_recorded_and_lets_nobody_in() {
    on_both(async |app| {
        let door = door(app);
        for (language, sentence) in LANGUAGES.into_iter().zip(USED) {
            let somebody = || reader(&door, language);
            let begun = records(app).len();
            let (client, thief) = (somebody(), somebody());
            let back = door.up_to_the_callback(&client).await;
            client.get(&back).await.expect(303);
            let again = client.get(&back).await.expect(400).text();
            assert!(again.contains(sentence), "{again}");
            assert!(is_signed_in(&client).await, "a reload signs nobody out");
            let stolen = thief.get(&back).await;
            assert_outside("a stolen answer", &stolen, &thief, (400, sentence)).await;

            let (sender, victim) = (somebody(), somebody());
            let back = door.up_to_the_callback(&sender).await;
            let planted = victim.get(&back).await;
            assert_outside("an answer to another browser", &planted, &victim, (400, sentence)).await;
            let expected = [
                "allowed",
                "refused attempt_used",
                "refused attempt_used",
                "refused attempt_of_another_browser",
            ];
            assert_eq!(records(app)[begun..], expected);

            // What nobody began is no record.
            let invented = victim.get("/auth/callback?code=x&state=y").await;
            assert_outside("an invented answer", &invented, &victim, (400, sentence)).await;
            victim.get(&format!("{back}&state=z")).await.expect(400);
            assert_eq!(records(app).len(), begun + expected.len());
        }
        door.close().await;
    });
}

#[test]
fn a_code_is_good_once_and_for_the_attempt_that_it_was_given_to() {
    on_both(async |app| {
        let door = door(app);
        let code = |back: &str| {
            let back = url::Url::parse(back).unwrap();
            back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
        };
        let (first, second, third) =
            (door.console.anonymous(), door.console.anonymous(), door.console.anonymous());
        let back = door.up_to_the_callback(&first).await;
        first.get(&back).await.expect(303);
        // One that was used, and one that somebody else was given.
        let unused = door.up_to_the_callback(&third).await;
        for foreign in [code(&back), code(&unused)] {
            let own = door.up_to_the_callback(&second).await;
            let reply = second.get(&own.replace(&code(&own), &foreign)).await;
            assert_outside(&foreign, &reply, &second, (UNFINISHED.0, UNFINISHED.2[0])).await;
            assert_eq!(records(app).last().map(String::as_str), Some(UNFINISHED.1));
        }
        door.close().await;
    });
}

#[test]
fn a_provider_that_is_down_is_on_record_once_a_minute_and_stops_nobody_who_is_in() {
    on_both(async |app| {
        let (good, inside) = (door(app), app.member("owner").await);
        let bad = door(app);
        bad.provider.change(|script| script.discovery = json!({}));
        for (at, language) in ["en", "zh-CN", "en"].into_iter().enumerate() {
            let visitor = reader(&bad, language);
            let reply = visitor.get("/sign-in/start").await;
            assert_outside("down", &reply, &visitor, (DOWN.0, DOWN.2[at % 2])).await;
        }
        assert_eq!(records(app).iter().filter(|record| *record == DOWN.1).count(), 1);
        let health = async |door: &Door| {
            let reply = door.console.anonymous().get("/healthz/sign-in").await;
            (reply.status.as_u16(), reply.json())
        };
        assert_eq!(health(&bad).await, (503, json!({ "sign_in": "unavailable" })));
        assert_eq!(health(&good).await, (200, json!({ "sign_in": "available" })));
        bad.console.anonymous().get("/healthz").await.expect(200);
        inside.get("/credentials").await.expect(200);
        good.close().await;
        bad.close().await;
    });
}

#[test]
fn a_slow_provider_is_waited_for_and_one_that_is_too_slow_is_not() {
    on_both(async |app| {
        let door = door(app);
        door.provider.change(|script| script.delay = Duration::from_millis(500));
        let patient = door.console.anonymous();
        door.comes(&patient).await.expect(303);
        door.provider.change(|script| script.delay = Duration::from_secs(30));
        let (client, began) = (door.console.anonymous(), Instant::now());
        let reply = door.comes(&client).await;
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
        assert_outside("too slow", &reply, &client, (DOWN.0, DOWN.2[0])).await;
        assert_eq!(records(app).last().map(String::as_str), Some(DOWN.1));
        door.close().await;
    });
}
