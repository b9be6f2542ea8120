//! Signing in at the issuer over HTTP and out again, and everything that must end a sign-in.

use std::time::Duration;

use reqwest::Method;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply, inputs};
use crate::support::world::{Sample, everywhere};

/// The page that offers to sign in sends whoever has done so onward.
async fn is_signed_in(client: &Client) -> bool {
    match client.get("/sign-in").await.status.as_u16() {
        200 => false,
        303 => true,
        other => panic!("status {other}"),
    }
}

/// The way of a browser up to the address that the issuer sends it back to.
async fn up_to_the_callback(app: &TestApp, client: &Client, subject: &str, return_to: &str) -> String {
    let start = client.get(&format!("/sign-in/start?return_to={return_to}")).await;
    let issuer = Client::new(&app.issuer);
    let page = issuer.get(start.location()).await.expect(200);
    let mut fields = inputs(&page.text());
    fields.push(("persona".to_owned(), subject.to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    issuer.post("/authorize", &fields).await.location().to_owned()
}

fn session_cookie(reply: &Reply) -> String {
    reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .find(|cookie| cookie.starts_with("voucher="))
        .unwrap_or_default()
}

#[test]
fn a_member_signs_in_at_the_issuer_and_out_again() {
    on_both(async |app| {
        let client = app.anonymous();
        assert!(!is_signed_in(&client).await);
        let back = up_to_the_callback(app, &client, "owner", "/").await;
        assert!(back.starts_with(&format!("{}/auth/callback?", app.url)), "{back}");
        let welcome = client.get(&back).await.expect(303);
        let cookie = session_cookie(&welcome);
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part} is not in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(is_signed_in(&client).await);

        let held = client.cookies();
        client.post("/sign-out", &[]).await.expect(303);
        assert!(!is_signed_in(&client).await);
        let thief = app.anonymous();
        for (name, value) in held {
            thief.set_cookie(&name, &value);
        }
        assert!(!is_signed_in(&thief).await, "a cookie from before signing out still works");
        let records =
            app.database.texts("SELECT action AS it FROM audit_records WHERE action LIKE 'sign_in%' OR action LIKE 'sign_out%' ORDER BY seq");
        assert!(records.len() >= 2, "{records:?}");
    });
}

#[test]
fn a_sign_in_gets_a_new_session_whatever_the_browser_held_before() {
    on_both(async |app| {
        let client = app.member("owner").await;
        let before = client.cookie("voucher").unwrap();
        app.sign_in(&client, "auditor").await;
        let after = client.cookie("voucher").unwrap();
        assert_ne!(before, after);
        let old = app.anonymous();
        old.set_cookie("voucher", &before);
        assert!(!is_signed_in(&old).await, "the session from before is still alive");
    });
}

#[test]
fn a_callback_works_once_and_only_in_the_browser_that_began() {
    on_both(async |app| {
        let (client, other) = (app.anonymous(), app.anonymous());
        let back = up_to_the_callback(app, &client, "owner", "/").await;
        other.get(&back).await.expect(400);
        assert!(!is_signed_in(&other).await);

        let client = app.anonymous();
        let back = up_to_the_callback(app, &client, "owner", "/").await;
        client.get(&back).await.expect(303);
        client.get(&back).await.expect(400);
        assert!(is_signed_in(&client).await, "a reload of the callback signed them out");

        let late = app.anonymous();
        let back = up_to_the_callback(app, &late, "owner", "/").await;
        app.advance(Duration::from_secs(10 * 60 + 1));
        late.get(&back).await.expect(400);
        assert!(!is_signed_in(&late).await);

        let forged = app.anonymous();
        up_to_the_callback(app, &forged, "owner", "/").await;
        forged.get("/auth/callback?code=x&state=y").await.expect(400);
        forged.get("/auth/callback").await.expect(400);
        assert!(!is_signed_in(&forged).await);
    });
}

#[test]
fn people_are_led_back_to_pages_of_ours_and_nowhere_else() {
    on_both(async |app| {
        for (wanted, expected) in [
            ("%2Faccess%3Fx%3D1", "/access?x=1"),
            ("https%3A%2F%2Fevil.example", "/"),
            ("%2F%2Fevil.example", "/"),
            ("%2F%5Cevil.example", "/"),
            ("%5C%5Cevil.example", "/"),
            ("%2F%09%2Fevil.example", "/"),
            ("javascript%3Aalert(1)", "/"),
        ] {
            let client = app.anonymous();
            let back = up_to_the_callback(app, &client, "owner", wanted).await;
            assert_eq!(client.get(&back).await.expect(303).location(), expected, "{wanted}");
        }
    });
}

#[test]
fn a_sign_in_ends_when_idle_and_in_any_case_after_twelve_hours() {
    on_both(async |app| {
        let (idle, busy) = (app.member("owner").await, app.member("auditor").await);
        for _ in 0..25 {
            app.advance(Duration::from_secs(29 * 60));
            if !is_signed_in(&busy).await {
                break;
            }
        }
        assert!(!is_signed_in(&idle).await);
        assert!(!is_signed_in(&busy).await, "twelve hours have passed");
        let fresh = app.member("owner").await;
        app.advance(Duration::from_secs(29 * 60));
        assert!(is_signed_in(&fresh).await);
        app.advance(Duration::from_secs(31 * 60));
        assert!(!is_signed_in(&fresh).await);
    });
}

#[test]
fn whoever_is_disabled_is_out_at_once_and_does_not_come_in_again() {
    on_both(async |app| {
        let client = app.member("bystander").await;
        assert!(is_signed_in(&client).await);
        app.database.execute("UPDATE members SET state = 'disabled' WHERE subject = 'bystander'");
        assert!(!is_signed_in(&client).await);
        let back = up_to_the_callback(app, &client, "bystander", "/").await;
        client.get(&back).await.expect(403);
        assert!(!is_signed_in(&client).await);
    });
}

#[test]
fn whom_the_enterprise_does_not_know_stays_outside() {
    on_both(async |app| {
        // The issuer vouches for them, but they are a member of the other enterprise alone.
        let client = app.anonymous();
        let back = up_to_the_callback(app, &client, "stranger", "/").await;
        client.get(&back).await.expect(403);
        assert!(!is_signed_in(&client).await);
        let refused = app.database.count("SELECT COUNT(*) FROM audit_records WHERE reason = 'not_a_member'");
        assert_eq!(refused, 1);
    });
}

#[test]
fn forms_of_other_sites_are_refused() {
    on_both(async |app| {
        let client = app.member("owner").await;
        let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
        for headers in [
            vec![("sec-fetch-site", "cross-site".to_owned()), ("origin", app.url.clone())],
            vec![("sec-fetch-site", "same-site".to_owned())],
            vec![("sec-fetch-site", "none".to_owned())],
            vec![("origin", "https://evil.example".to_owned())],
            vec![("origin", "null".to_owned())],
            vec![],
        ] {
            let headers: Vec<_> = headers.into_iter().chain([form.clone()]).collect();
            let reply = client.send(Method::POST, "/sign-out", &headers, Some(Vec::new())).await;
            assert_eq!(reply.status.as_u16(), 403, "{headers:?}");
            assert!(is_signed_in(&client).await, "{headers:?} signed them out");
        }
        let ours = [("origin", app.url.clone()), form];
        client.send(Method::POST, "/sign-out", &ours, Some(Vec::new())).await.expect(303);
    });
}

#[test]
fn a_cookie_opens_nothing_at_the_resolve_line_and_a_key_opens_no_page() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let reply = owner.post_json("/api/v1/resolve", &serde_json::json!({"tokens": ["a"]})).await;
        assert_eq!(reply.expect(401).code(), "unauthenticated");
        let with_both = app.anonymous().with("authorization", "Bearer vak_x");
        for (name, value) in owner.cookies() {
            with_both.set_cookie(&name, &value);
        }
        assert!(!is_signed_in(&with_both).await);
    });
}

#[test]
fn a_page_that_asks_by_itself_keeps_nobody_signed_in() {
    on_both(async |app| {
        let credential = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { scope: everywhere(), ..Sample::default() })
        });
        let left_open = app.member("owner").await;
        let poll = format!("/credentials/{credential}/health");
        for _ in 0..29 {
            app.advance(Duration::from_secs(60));
            left_open.get(&poll).await.expect(200);
        }
        app.advance(Duration::from_secs(60));
        left_open.get(&poll).await.expect(303);
        assert!(!is_signed_in(&left_open).await);
    });
}

#[test]
fn whoever_loses_a_role_while_a_form_is_open_changes_nothing_with_it() {
    on_both(async |app| {
        let client = app.member("administrator").await;
        let page = client.get("/projects/new").await.expect(200).text();
        let submission = inputs(&page).into_iter().find(|(name, _)| name == "submission").unwrap().1;
        let owner = app.member("owner").await;
        let path = format!("/members/{}/role", app.world.members["administrator"]);
        owner.post(&path, &[("role", "member")]).await.expect(303);
        let form = [("submission", submission.as_str()), ("name", "Late"), ("path", "late")];
        client.post("/projects/new", &form).await.expect(403);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'late'"), 0);
        owner.post(&path, &[("role", "administrator")]).await.expect(303);
        client.post("/projects/new", &form).await.expect(303);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'late'"), 1);
    });
}
