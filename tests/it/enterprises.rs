//! Several enterprises in one installation: people of one, people of two, and borders between them.

use serde_json::{Value, json};
use voucher::people::{OidcSettings, Rule, WrittenRule};

use crate::support::app::{OtherConsole, TestApp, on_both, settings};
use crate::support::hostile::Hostile;
use crate::support::http::{Client, Reply};

fn rule(has: &str, role: &str) -> Rule {
    Rule::parse(WrittenRule {
        claim: "groups".to_owned(),
        has: Some(has.to_owned()),
        role: Some(role.to_owned()),
        ..WrittenRule::default()
    })
    .unwrap()
}

fn provider(app: &TestApp) -> Hostile {
    let provider = Hostile::start(app.now().as_second(), "");
    provider.change(|script| script.repeats_nonce = true);
    provider
}

pub(crate) fn announce(provider: &Hostile, app: &TestApp, subject: &str, groups: Value) {
    let now = app.now().as_second();
    provider.change(|script| {
        for (name, value) in [
            ("sub", json!(subject)),
            ("name", json!(subject)),
            ("groups", groups),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
        ] {
            script.claims[name] = value;
        }
    });
}

/// One provider for both enterprises of the world: `acme` and `umbrella`.
pub(crate) fn shared(app: &TestApp) -> (Hostile, OtherConsole) {
    let provider = provider(app);
    let block =
        |enterprise: &str, rules: Vec<Rule>| OidcSettings { rules, ..settings(enterprise, &provider.url) };
    let console = app.console_of(vec![
        block("acme", vec![rule("acme", "administrator"), rule("acme-staff", "member")]),
        block("umbrella", vec![rule("umbrella", "administrator")]),
    ]);
    (provider, console)
}

/// Follows the way of a browser from a link to the answer that it gets in the end.
pub(crate) async fn comes(console: &OtherConsole, client: &Client, start: &str) -> Reply {
    let asked = client.get(start).await.expect(303);
    let back = Client::new(&console.url).get(asked.location()).await.expect(303);
    client.get(back.location()).await
}

pub(crate) async fn is_signed_in(client: &Client) -> bool {
    client.get("/sign-in").await.status.as_u16() == 303
}

/// The addresses that the forms of the page of enterprises are sent to, by what their button says.
pub(crate) fn ways(html: &str) -> Vec<(String, String)> {
    html.split("<form class=\"mt-2\" method=\"post\" action=\"")
        .skip(1)
        .map(|rest| {
            let name = rest.split("visually-hidden\"> ").nth(1).unwrap().split('<').next().unwrap();
            (name.to_owned(), rest.split('"').next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn what_a_provider_says_counts_in_each_enterprise_for_itself() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        let standing = || {
            app.database.texts(
                "SELECT e.slug || ' ' || m.role || ' ' || m.state AS it FROM members m \
                 JOIN enterprises e ON e.id = m.enterprise_id WHERE m.subject = 'both' ORDER BY e.slug",
            )
        };
        for (groups, expected) in [
            (json!(["acme-staff"]), vec!["acme member active"]),
            (json!(["umbrella"]), vec!["acme member disabled", "umbrella administrator active"]),
            (json!(["acme", "umbrella"]), vec!["acme administrator active", "umbrella administrator active"]),
            (json!([]), vec!["acme member disabled", "umbrella member disabled"]),
        ] {
            announce(&provider, app, "both", groups.clone());
            comes(&console, &console.anonymous(), "/sign-in/start").await;
            assert_eq!(standing(), expected, "{groups}");
        }
        console.stop().await;
    });
}

/// A provider for each enterprise.
fn apart(app: &TestApp, names: [Option<&str>; 2]) -> (Hostile, Hostile, OtherConsole) {
    let (ours, theirs) = (provider(app), provider(app));
    let [acme, umbrella] = names.map(|name| name.map(ToOwned::to_owned));
    let console = app.console_of(vec![
        OidcSettings { name: acme, rules: vec![rule("staff", "member")], ..settings("acme", &ours.url) },
        OidcSettings {
            name: umbrella,
            rules: vec![rule("staff", "member")],
            ..settings("umbrella", &theirs.url)
        },
    ]);
    (ours, theirs, console)
}

#[test]
fn each_enterprise_has_its_own_provider_and_the_page_tells_nobody_of_the_others() {
    on_both(async |app| {
        let (ours, theirs, console) = apart(app, [None, None]);
        let client = console.anonymous();
        let page = client.get("/sign-in").await.expect(200).text();
        assert!(!page.contains("acme") && !page.contains("umbrella") && !page.contains("/sign-in/start"));
        assert!(page.contains("name=\"enterprise\""), "{page}");
        // Without a name there is no way to guess.
        let asked = client.get("/sign-in/start").await.expect(303);
        assert!(asked.location().starts_with("/sign-in?"), "{}", asked.location());
        let unknown = client.get("/sign-in?enterprise=nobody").await.expect(422).text();
        assert!(unknown.contains("There is no sign-in under this name"), "{unknown}");
        let asked = client.get("/sign-in/start?enterprise=nobody").await.expect(303);
        assert!(asked.location().contains("enterprise=nobody"));

        for (slug, provider) in [("acme", &ours), ("umbrella", &theirs)] {
            let client = console.anonymous();
            let page = client.get(&format!("/sign-in?enterprise={slug}")).await.expect(200).text();
            assert!(page.contains(&format!("enterprise={slug}")), "{page}");
            let asked = client.get(&format!("/sign-in/start?enterprise={slug}")).await.expect(303);
            assert!(asked.location().starts_with(&provider.url), "{slug}: {}", asked.location());
            announce(provider, app, "somebody", json!(["staff"]));
            comes(&console, &client, &format!("/sign-in/start?enterprise={slug}")).await.expect(303);
            let of = format!(
                "SELECT COUNT(*) FROM members m JOIN enterprises e ON e.id = m.enterprise_id \
                 WHERE m.subject = 'somebody' AND e.slug = '{slug}'"
            );
            assert_eq!(app.database.count(&of), 1);
            // Signing out leads to the provider that they came from; next time this browser knows where to go.
            client.post("/sign-out", &[]).await.expect(303);
            let page = client.get("/sign-in").await.expect(200).text();
            assert!(page.contains(&format!("enterprise={slug}")), "{page}");
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM members WHERE subject = 'somebody'"), 2);
        console.stop().await;

        let (_, _, console) = apart(app, [Some("Acme AG"), None]);
        let page = console.anonymous().get("/sign-in").await.text();
        assert!(page.contains("Sign in to Acme AG") && !page.contains("umbrella"), "{page}");
        console.stop().await;
    });
}

#[test]
fn one_provider_s_people_do_not_come_into_the_enterprise_of_another() {
    on_both(async |app| {
        let (ours, theirs, console) = apart(app, [None, None]);
        // The directory of umbrella names somebody whom only our provider vouches for, by mistake or by malice.
        app.database
            .execute(&format!("UPDATE members SET issuer = '{}' WHERE subject = 'stranger'", ours.url));
        announce(&ours, app, "stranger", json!([]));
        for start in ["/sign-in/start?enterprise=acme", "/sign-in/start?enterprise=umbrella"] {
            let client = console.anonymous();
            let asked = client.get(start).await.expect(303);
            if asked.location().starts_with(&ours.url) {
                comes(&console, &client, start).await.expect(403);
            }
            assert!(!is_signed_in(&client).await);
        }
        // As a member of acme they still do not get over.
        announce(&ours, app, "stranger", json!(["staff"]));
        let client = console.anonymous();
        comes(&console, &client, "/sign-in/start?enterprise=acme").await.expect(303);
        assert!(!client.get("/enterprises").await.text().contains("Umbrella"));
        client.post(&format!("/enterprises/{}/enter", app.world.umbrella), &[]).await.expect(404);

        // The same subject of the other provider is somebody else.
        announce(&theirs, app, "stranger", json!([]));
        let client = console.anonymous();
        comes(&console, &client, "/sign-in/start?enterprise=umbrella").await.expect(403);
        console.stop().await;
    });
}

#[test]
fn with_several_providers_an_answer_says_whose_it_is() {
    on_both(async |app| {
        let (ours, theirs, console) = apart(app, [None, None]);
        announce(&ours, app, "somebody", json!(["staff"]));
        let start = "/sign-in/start?enterprise=acme";
        for (iss, status) in [
            (Some(theirs.url.clone()), 403),
            (None, 403),
            (Some(String::new()), 403),
            (Some(ours.url.clone()), 303),
        ] {
            ours.change(|script| script.authorize_iss.clone_from(&iss));
            let client = console.anonymous();
            let reply = comes(&console, &client, start).await;
            assert_eq!(reply.status.as_u16(), status, "{iss:?}");
            assert_eq!(is_signed_in(&client).await, status == 303, "{iss:?}");
        }
        let mixed_up = "SELECT COUNT(*) FROM audit_records WHERE reason = 'provider_not_trusted'";
        assert_eq!(app.database.count(mixed_up), 3);
        assert_eq!(ours.tokens(), 1, "a code of unknown origin was handed on");
        assert_eq!(theirs.tokens(), 0);
        console.stop().await;
    });
}

#[test]
fn each_provider_signs_out_its_own_people() {
    on_both(async |app| {
        let (ours, theirs, console) = apart(app, [None, None]);
        ours.change(|script| (script.published, script.signing_seed) = (vec![(3, "one")], 3));
        let mut clients = Vec::new();
        for (slug, provider) in [("acme", &ours), ("umbrella", &theirs)] {
            announce(provider, app, "somebody", json!(["staff"]));
            let client = console.anonymous();
            comes(&console, &client, &format!("/sign-in/start?enterprise={slug}")).await.expect(303);
            clients.push(client);
        }
        let now = app.now().as_second();
        let sends = async |token: String| {
            let body = format!("logout_token={token}").into_bytes();
            let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
            let path = "/auth/backchannel-logout";
            Client::new(&console.url).send(reqwest::Method::POST, path, &form, Some(body)).await
        };
        // In the name of the other one, and in nobody's.
        let forged = ours.logout_token(now, "one", json!({ "sub": "somebody", "iss": theirs.url }));
        assert_eq!(sends(forged).await.expect(400).json()["error_description"], "bad_signature");
        let unknown =
            ours.logout_token(now, "one", json!({ "sub": "somebody", "iss": "https://evil.example" }));
        assert_eq!(sends(unknown).await.expect(400).json()["error_description"], "wrong_issuer");
        assert!(is_signed_in(&clients[0]).await && is_signed_in(&clients[1]).await);

        let good = theirs.logout_token(now, "one", json!({ "sub": "somebody" }));
        sends(good).await.expect(200);
        assert!(is_signed_in(&clients[0]).await && !is_signed_in(&clients[1]).await);
        console.stop().await;
    });
}
