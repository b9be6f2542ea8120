//! Signing in by providers that others wrote, so that our idea of the protocol is held against somebody else's.
//!
//! What no honest provider does is tested with a hostile one, in `sign_in`, `claims` and `logout`.

use std::time::{Duration, Instant};

use futures_util::future::join;
use serde_json::json;
use url::Url;
use voucher::people::OidcSettings;
use voucher::pipelines::Place;

use crate::secrecy::assert_without;
use crate::support::app::TestApp;
use crate::support::http::Client;
use crate::support::providers::{Browser, House, Make, Provider, at, at_each, at_with};
use crate::support::world::Sample;

/// Role, state and projects of a member: `administrator active shop`.
fn standing(app: &TestApp, name: &str) -> String {
    let all = app.database.texts(&format!(
        "SELECT it FROM (SELECT 0 AS part, role || ' ' || state AS it FROM members WHERE name = '{name}' \
         UNION ALL SELECT 1, p.slug FROM project_members x JOIN projects p ON p.id = x.project_id \
         JOIN members m ON m.id = x.member_id WHERE m.name = '{name}') AS y ORDER BY part, it"
    ));
    all.join(" ")
}

/// The parameter of an address.
fn parameter(address: &str, name: &str) -> Option<String> {
    let address = Url::parse(address).unwrap();
    address.query_pairs().find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
}

/// The address with another value of a parameter, or without it.
fn with(address: &str, name: &str, value: Option<&str>) -> String {
    let mut changed = Url::parse(address).unwrap();
    let kept: Vec<(String, String)> = changed
        .query_pairs()
        .filter(|(one, _)| one != name)
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    changed.into()
}

#[test]
fn people_come_in_whichever_way_their_tokens_are_signed() {
    at_each(async |app, house| {
        for (console, name) in [(&house.rs256, "alice"), (&house.es256, "bob")] {
            let browser = house.browser_at(console);
            let start = browser.at_console.get("/sign-in/start?return_to=/sign-ins").await.expect(303);
            let asked = start.location();
            assert_eq!(parameter(asked, "code_challenge_method").as_deref(), Some("S256"), "{asked}");
            assert!(parameter(asked, "nonce").is_some_and(|nonce| nonce.len() >= 22), "{asked}");
            let visit = house.provider.visit(&browser.at_provider, asked, name).await;
            assert!(visit.asked);
            assert_eq!(parameter(&visit.back, "iss"), Some(house.provider.issuer()), "{}", visit.back);
            let welcome = browser.at_console.get(&visit.back).await.expect(303);
            assert_eq!(welcome.location(), "/sign-ins");
            assert!(browser.at_console.get("/sign-ins").await.expect(200).text().contains(name));
            assert_eq!(standing(app, name), "member active");
        }
        let stored = app.database.texts("SELECT issuer AS it FROM members WHERE name = 'alice'");
        assert_eq!(stored, [house.provider.issuer()]);
    });
}

#[test]
fn what_is_changed_on_the_way_lets_nobody_in() {
    const OTHER: Option<&str> = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    at_each(async |app, house| {
        // On the way to the provider.
        for (name, value, status) in
            [("code_challenge", OTHER, 502), ("nonce", OTHER, 403), ("state", OTHER, 400)]
        {
            let browser = house.browser();
            let start = browser.at_console.get("/sign-in/start").await.expect(303);
            let address = with(start.location(), name, value);
            let visit = house.provider.visit(&browser.at_provider, &address, "alice").await;
            let reply = browser.at_console.get(&visit.back).await;
            assert_eq!(reply.status.as_u16(), status, "{name} {value:?}: {}", reply.text());
            assert!(!browser.is_signed_in().await, "{name} {value:?}");
        }
        // On the way back.
        let evil = Some("https://evil.example");
        let unnamed = if house.provider.promises_iss() { 403 } else { 303 };
        for (name, value, status) in [
            ("iss", evil, 403),
            ("iss", None, unnamed),
            ("state", OTHER, 400),
            ("state", None, 400),
            ("code", OTHER, 502),
        ] {
            let browser = house.browser();
            let visit = house.up_to_the_callback(&browser, "alice").await;
            let reply = browser.at_console.get(&with(&visit.back, name, value)).await;
            assert_eq!(reply.status.as_u16(), status, "{name} {value:?}: {}", reply.text());
            assert_eq!(browser.is_signed_in().await, status == 303, "{name} {value:?}");
        }
        let known = app.database.count("SELECT COUNT(*) FROM members WHERE name = 'alice'");
        assert_eq!(known == 0, house.provider.promises_iss());
    });
}

#[test]
fn whoever_confirms_is_asked_again_and_counts_where_the_provider_dates_it() {
    const ADMINISTRATORS_ONLY: &str = "/access/provisioning/new";
    at_each(async |_, house| {
        house.provider.put_into_groups("alice", &["voucher-admins"]).await;
        let browser = house.member("alice").await;
        // The other one writes 0 into `auth_time`, whatever it did.
        let status =
            if matches!(house.provider, Provider::OidcProvider(_)) { (303, 200) } else { (403, 403) };
        for time in ["first", "second"] {
            let start = format!("/sign-in/start?confirm=true&return_to={ADMINISTRATORS_ONLY}");
            let asked = browser.at_console.get(&start).await.expect(303).location().to_owned();
            let visit = house.provider.visit(&browser.at_provider, &asked, "alice").await;
            assert!(visit.asked, "{time}: the provider remembers them");
            let back = browser.at_console.get(&visit.back).await.status.as_u16();
            let then = browser.at_console.get(ADMINISTRATORS_ONLY).await.status.as_u16();
            assert_eq!((back, then), status, "{time}");
            assert!(browser.is_signed_in().await, "{time}");
        }
    });
}

#[test]
fn who_cancels_is_not_signed_in() {
    at(Make::OidcProvider, async |_, house| {
        let browser = house.browser();
        let start = browser.at_console.get("/sign-in/start").await.expect(303);
        let back = house.oidc_provider().visit_and_cancel(&browser.at_provider, start.location()).await;
        assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
        let page = browser.at_console.get(&back).await.expect(403).text();
        assert!(page.contains("cancelled or refused") && !page.contains("they would not"), "{page}");
        assert!(!browser.is_signed_in().await);
    });
}

/// What groups give is there after a sign-in, and gone after the next.
async fn gives_and_takes(app: &TestApp, house: &House) {
    house.provider.put_into_groups("alice", &["voucher-admins", "shop", "unknown"]).await;
    let first = house.member("alice").await;
    assert_eq!(standing(app, "alice"), "administrator active shop");
    first.at_console.get("/access/new").await.expect(200);

    house.provider.put_into_groups("alice", &["staff"]).await;
    let second = house.member("alice").await;
    assert_eq!(standing(app, "alice"), "member active");
    for browser in [&first, &second] {
        browser.at_console.get("/access/new").await.expect(403);
    }

    house.provider.put_into_groups("alice", &[]).await;
    let third = house.browser();
    house.comes(&third, "alice").await.expect(403);
    assert_eq!(standing(app, "alice"), "member disabled");
    assert!(!first.is_signed_in().await && !second.is_signed_in().await && !third.is_signed_in().await);
}

#[test]
fn groups_give_and_take_at_each_sign_in() {
    at_each(gives_and_takes);
}

#[test]
fn claims_may_be_told_at_user_info_alone() {
    at(Make::OidcProvider, async |app, house| {
        house.oidc_provider().claims_in_token(false);
        gives_and_takes(app, house).await;
    });
}

#[test]
fn keys_that_are_rolled_stop_nobody() {
    at_each(async |app, house| {
        let first = house.member("alice").await;
        for keep in [true, false] {
            house.provider.roll_keys(keep).await;
            house.member("alice").await;
            let by_es256 = house.browser_at(&house.es256);
            house.comes(&by_es256, "bob").await.expect(303);
            assert!(first.is_signed_in().await);
            app.advance(Duration::from_secs(61));
        }
        // Between the question and its answer.
        let browser = house.browser();
        let visit = house.up_to_the_callback(&browser, "bob").await;
        house.provider.roll_keys(false).await;
        browser.at_console.get(&visit.back).await.expect(303);
    });
}

#[test]
fn a_logout_is_believed_by_a_key_that_is_new() {
    at_each(async |_, house| {
        let (browser, other) = (house.member("alice").await, house.member("alice").await);
        house.provider.roll_keys(false).await;
        house.provider.leave(&browser.at_provider).await;
        assert!(browser.is_soon_signed_out().await && other.is_signed_in().await);
    });
}

#[test]
fn signing_out_here_signs_out_there_and_wherever_else_that_session_was_used() {
    at_each(async |_, house| {
        let (browser, somebody_else) = (house.member("alice").await, house.member("bob").await);
        // The provider remembers her, until it is told not to.
        assert!(!house.up_to_the_callback(&browser, "alice").await.asked);
        let again = browser.at_console.get("/sign-in/start?again=true").await.expect(303);
        assert!(house.provider.visit(&browser.at_provider, again.location(), "alice").await.asked);
        let elsewhere = Browser { at_console: house.es256.anonymous(), at_provider: browser.at_provider };
        let visit = house.up_to_the_callback(&elsewhere, "alice").await;
        assert!(!visit.asked);
        elsewhere.at_console.get(&visit.back).await.expect(303);
        let here = browser.at_console;

        here.post("/sign-out", &[]).await.expect(303);
        let page = here.get("/signed-out").await.expect(200);
        let onward = page.header("refresh").strip_prefix("0; url=").unwrap();
        let back = house.provider.leave_by(&elsewhere.at_provider, onward).await;
        assert!(back.starts_with(&format!("{}/signed-out?", house.rs256.url)), "{back}");
        let last = here.get(&back).await.expect(200);
        assert_eq!(last.header("refresh"), "");
        assert_eq!(here.cookie("voucher"), None);

        assert!(elsewhere.is_soon_signed_out().await, "the other console was not told");
        assert!(somebody_else.is_signed_in().await);
        assert!(house.up_to_the_callback(&elsewhere, "alice").await.asked, "the provider remembers her");
    });
}

#[test]
fn signing_out_there_ends_the_sign_in_here_at_once() {
    at_each(async |app, house| {
        let (first, second) = (house.member("alice").await, house.member("alice").await);
        let somebody_else = house.member("bob").await;
        house.provider.leave(&first.at_provider).await;
        assert!(first.is_soon_signed_out().await);
        assert!(second.is_signed_in().await && somebody_else.is_signed_in().await);
        let ended = app.database.texts(
            "SELECT actor_name || '>' || object_name AS it FROM audit_records \
             WHERE action = 'sign_in.end' AND enterprise_id IS NOT NULL",
        );
        assert_eq!(ended, ["identity provider>alice"]);
    });
}

#[test]
fn a_logout_token_as_in_drafts_is_believed_only_where_the_settings_say_so() {
    let strict = |settings: &mut OidcSettings| settings.draft_logout = false;
    at_with(Make::Glewlwyd, strict, async |_, house| {
        let browser = house.member("alice").await;
        house.provider.leave(&browser.at_provider).await;
        assert!(house.glewlwyd().was_refused().await);
        assert!(browser.is_signed_in().await);
    });
}

#[test]
fn who_has_no_id_token_to_show_stays_here_after_signing_out() {
    at(Make::Glewlwyd, async |app, house| {
        let browser = house.member("alice").await;
        browser.at_console.post("/sign-out", &[]).await.expect(303);
        let page = browser.at_console.get("/signed-out").await.expect(200);
        let onward = page.header("refresh").strip_prefix("0; url=").unwrap();
        let token = parameter(onward, "id_token_hint").unwrap();
        assert_eq!(browser.at_console.cookie("voucher-hint"), None, "it is shown once");

        // Nobody but the provider can read it.
        let browser = house.member("alice").await;
        let kept = browser.at_console.cookie("voucher-hint").unwrap();
        // As every token of this provider begins. Three letters would be found in what is random, now and then.
        assert!(!kept.contains(&token[..16]), "{kept}");
        let dump = app.database.dump();
        for part in token.split('.') {
            assert_without(part, "the database", &dump);
        }
        browser.at_console.set_cookie("voucher-hint", &token);
        browser.at_console.post("/sign-out", &[]).await.expect(303);
        let page = browser.at_console.get("/signed-out").await.expect(200);
        assert_eq!(page.header("refresh"), "");
        assert!(!page.text().contains("as well"), "{}", page.text());
    });
}

#[test]
fn no_token_of_the_provider_is_kept() {
    at(Make::OidcProvider, async |app, house| {
        let browser = house.member("alice").await;
        house.comes(&house.browser_at(&house.es256), "bob").await.expect(303);
        let code = parameter(&house.up_to_the_callback(&browser, "alice").await.back, "code").unwrap();
        let said = house.oidc_provider().said();
        let issued = said["issued"].as_array().unwrap();
        assert_eq!(issued.len(), 2);
        let dump = app.database.dump();
        assert!(
            String::from_utf8_lossy(&dump).contains("alice@people.example"),
            "what is kept is not in the dump"
        );
        assert_without(&code, "the database", &dump);
        for answer in issued {
            for name in ["access_token", "refresh_token", "id_token"] {
                let token = answer[name].as_str().unwrap();
                for part in token.split('.') {
                    assert_without(part, "the database", &dump);
                }
            }
        }
    });
}

fn resolves(app: &TestApp) -> Client {
    let key = app.make(|world, conn, tools| {
        world.credential(conn, tools, &Sample::default());
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    });
    app.caller(&key)
}

/// Whoever is signed in goes on working, and so do pipelines; none of it takes as long as waiting for a provider does.
async fn others_go_on(browser: &Browser, pipeline: &Client) {
    let began = Instant::now();
    browser.at_console.get("/sign-ins").await.expect(200);
    pipeline.post_json("/api/v1/resolve", &json!({ "tokens": ["login"] })).await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[test]
fn a_provider_that_hangs_or_is_gone_stops_nobody_but_those_who_sign_in() {
    at(Make::OidcProvider, async |app, house| {
        let provider = house.oidc_provider();
        let (signed_in, pipeline) = (house.member("alice").await, resolves(app));
        let (one, other) = (house.browser(), house.browser());
        let started_meanwhile = app.console(house.provider.settings("voucher"));
        let visitor = started_meanwhile.anonymous();
        let down = "Signing in is not possible at the moment";

        let back = house.up_to_the_callback(&one, "bob").await.back;
        provider.signal("STOP");
        let began = Instant::now();
        let waiting = join(one.at_console.get(&back), visitor.get("/sign-in/start"));
        let (answers, ()) = join(waiting, others_go_on(&signed_in, &pipeline)).await;
        for answer in [answers.0, answers.1] {
            assert!(answer.expect(503).text().contains(down));
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        // Whoever comes next does not wait for the same again.
        let began = Instant::now();
        assert!(visitor.get("/sign-in/start").await.expect(503).text().contains(down));
        assert!(began.elapsed() < Duration::from_secs(6));
        let failed =
            "SELECT COUNT(*) FROM audit_records WHERE outcome = 'failed' AND reason = 'provider_unavailable'";
        // The one who came back and the one who began; whoever came next was told without asking, and adds nothing.
        assert_eq!(app.database.count(failed), 2);
        provider.signal("CONT");
        house.comes(&one, "bob").await.expect(303);
        app.advance(Duration::from_secs(61));
        visitor.get("/sign-in/start").await.expect(303);

        let back = house.up_to_the_callback(&other, "bob").await.back;
        provider.signal("KILL");
        assert!(other.at_console.get(&back).await.expect(503).text().contains(down));
        others_go_on(&signed_in, &pipeline).await;
        signed_in.at_console.post("/sign-out", &[]).await.expect(303);
        assert!(!signed_in.is_signed_in().await);
        signed_in.at_console.get("/signed-out").await.expect(200);
        // With other keys, and without a memory of anybody.
        let successor = provider.started_again();
        assert!(house.up_to_the_callback(&one, "bob").await.asked);
        house.comes(&other, "bob").await.expect(303);
        drop(successor);
        started_meanwhile.stop().await;
    });
}
