//! Proving once more that it is oneself, before one changes what others may do.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use voucher::people::{Rule, WrittenRule};

use crate::support::app::{TestApp, on_both};
use crate::support::door::Door;
use crate::support::http::{Client, Reply};

/// A console whose provider vouches for administrators, and says when they proved who they are.
fn door(app: &TestApp) -> Door {
    let ruling = WrittenRule {
        claim: "groups".to_owned(),
        has: Some("ruling".to_owned()),
        role: Some("administrator".to_owned()),
        ..WrittenRule::default()
    };
    let door = Door::of(app, |settings| settings.rules = vec![Rule::parse(ruling).unwrap()]);
    proves(&door, app, 0);
    door
}

/// From now on the provider says that they proved who they are so many seconds from now.
fn proves(door: &Door, app: &TestApp, later: i64) {
    says(door, app, json!(app.now().as_second() + later));
}

fn says(door: &Door, app: &TestApp, auth_time: Value) {
    let now = app.now().as_second();
    door.announces(
        "zoe",
        json!({ "groups": ["ruling"], "auth_time": auth_time, "iat": now, "exp": now + 300 }),
    );
}

/// Follows the way of a browser from a link to the answer that it gets in the end.
async fn comes(door: &Door, client: &Client, start: &str) -> Reply {
    let asked = client.get(start).await.expect(303);
    let back = Client::new(&door.console.url).get(asked.location()).await.expect(303);
    client.get(back.location()).await
}

/// Time passes, and they go on reading.
async fn read_for_an_hour_and_a_minute(app: &TestApp, client: &Client) {
    for minutes in [20, 20, 21] {
        app.advance(Duration::from_secs(minutes * 60));
        client.get("/members").await.expect(200);
    }
}

async fn upload(door: &Door, client: &Client, csv: &str) -> Reply {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{csv}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"text\"\r\n\r\n\r\n--b--\r\n"
    );
    let headers = [
        ("content-type", "multipart/form-data; boundary=b".to_owned()),
        ("origin", door.console.url.clone()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    client.send(Method::POST, "/import", &headers, Some(body.into_bytes())).await
}

fn way_to_confirm(page: &str) -> String {
    let at =
        page.find("/sign-in/start?confirm=true").unwrap_or_else(|| panic!("no way to confirm in {page}"));
    page[at..].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

fn role(app: &TestApp, who: &str) -> String {
    let id = &app.world.members[who];
    app.database.texts(&format!("SELECT role || ' ' || state AS it FROM members WHERE id = '{id}'"))[0]
        .clone()
}

fn records(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT outcome || COALESCE(' ' || reason, '') AS it FROM audit_records \
         WHERE action = 'sign_in.begin' AND reason IS NOT NULL ORDER BY at, seq",
    )
}

#[test]
fn whoever_changes_roles_has_proved_lately_who_they_are() {
    on_both(async |app| {
        let door = door(app);
        let client = door.console.anonymous();
        comes(&door, &client, "/sign-in/start").await.expect(303);
        let bystander = format!("/members/{}", app.world.members["bystander"]);
        client.post(&format!("{bystander}/role"), &[("role", "auditor")]).await.expect(303);
        assert_eq!(role(app, "bystander"), "auditor active");

        read_for_an_hour_and_a_minute(app, &client).await;
        let handed = format!("{bystander}/hand-over");
        let to = app.world.members["owner"].as_str();
        for (path, fields, page) in [
            (format!("{bystander}/role"), &[("role", "administrator")][..], bystander.as_str()),
            (format!("{bystander}/disable"), &[], &bystander),
            (format!("{bystander}/enable"), &[], &bystander),
            (handed.clone(), &[("which", "all"), ("to", to)], &handed),
            ("/access/provisioning/new".to_owned(), &[("name", "sync")], "/access/provisioning/new"),
            ("/access/issuers/new".to_owned(), &[("name", "CI")], "/access/issuers/new"),
        ] {
            let refused = client.post(&path, fields).await.expect(403).text();
            assert!(refused.contains("Please confirm that it is you"), "{path}: {refused}");
            let back: String =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", page).finish();
            assert!(way_to_confirm(&refused).contains(&back), "{path}: {refused}");
        }
        client.get("/access/provisioning/new").await.expect(403);
        client.get("/access/issuers/new").await.expect(403);
        assert_eq!(role(app, "bystander"), "auditor active");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM provisioning_keys"), 0);
        // What does not change what others may do goes on.
        client.get(&bystander).await.expect(200);
        client.get("/credentials/new").await.expect(200);

        proves(&door, app, 0);
        let refused = client.post(&format!("{bystander}/disable"), &[]).await.expect(403).text();
        let old = client.cookie("voucher").unwrap();
        let way = way_to_confirm(&refused);
        let asked = client.get(&way).await.expect(303).location().to_owned();
        assert!(asked.contains("prompt=login") && asked.contains("max_age=60"), "{asked}");
        let back = comes(&door, &client, &way).await.expect(303);
        assert_eq!(back.location(), bystander);
        assert_ne!(client.cookie("voucher").unwrap(), old, "the proof has a sign-in of its own");
        client.post(&format!("{bystander}/disable"), &[]).await.expect(303);
        assert_eq!(role(app, "bystander"), "auditor disabled");
        let thief = door.console.anonymous();
        thief.set_cookie("voucher", &old);
        assert_eq!(thief.get("/members").await.status.as_u16(), 303, "the sign-in before it goes on");
        door.console.stop().await;
    });
}

#[test]
fn a_provider_that_does_not_date_the_proof_confirms_nothing() {
    on_both(async |app| {
        let door = door(app);
        let client = door.console.anonymous();
        // Zero is how some say that they do not know.
        says(&door, app, json!(0));
        comes(&door, &client, "/sign-in/start").await.expect(303);
        let bystander = format!("/members/{}", app.world.members["bystander"]);
        let change = async |status: u16| {
            client.post(&format!("{bystander}/role"), &[("role", "auditor")]).await.expect(status).text()
        };
        let way = way_to_confirm(&change(403).await);
        let (day, year) = (24 * 3600, 365 * 24 * 3600);
        for (what, auth_time) in [
            ("none", Value::Null),
            ("unknown", json!(0)),
            ("of before", json!(app.now().as_second() - 120)),
            ("of yesterday", json!(app.now().as_second() - day)),
            ("of the future", json!(app.now().as_second() + 120)),
            ("of next year", json!(app.now().as_second() + year)),
            ("negative", json!(-5)),
        ] {
            says(&door, app, auth_time);
            let before = records(app).len();
            let page = comes(&door, &client, &way).await.expect(403).text();
            assert!(page.contains("It was not confirmed that it is you"), "{what}: {page}");
            assert!(page.contains("You are signed in."), "{what}: {page}");
            assert!(way_to_confirm(&page).contains("return_to=%2Fmembers%2F"), "{what}: {page}");
            assert_eq!(records(app)[before..], ["refused not_confirmed"], "{what}");
            change(403).await;
        }
        assert_eq!(role(app, "bystander"), "member active");
        // Clocks differ a little.
        proves(&door, app, 50);
        comes(&door, &client, &way).await.expect(303);
        change(303).await;
        assert_eq!(role(app, "bystander"), "auditor active");
        door.console.stop().await;
    });
}

#[test]
fn an_import_waits_for_the_confirmation_and_is_not_lost() {
    on_both(async |app| {
        let door = door(app);
        let client = door.console.anonymous();
        comes(&door, &client, "/sign-in/start").await.expect(303);
        let csv =
            "kind,project,repository,subject,issuer,email,name,role\nproject,fresh-from-a-file,,,,,Fresh,\n";
        let preview = upload(&door, &client, csv).await.expect(303).location().to_owned();
        let page = client.get(&preview).await.expect(200).text();
        let shown =
            crate::support::http::inputs(&page).into_iter().find(|(name, _)| name == "shown").unwrap().1;
        read_for_an_hour_and_a_minute(app, &client).await;
        let refused = client.post(&format!("{preview}/apply"), &[("shown", &shown)]).await.expect(403).text();
        let projects = "SELECT COUNT(*) FROM projects WHERE slug = 'fresh-from-a-file'";
        assert_eq!(app.database.count(projects), 0);
        proves(&door, app, 0);
        let back = comes(&door, &client, &way_to_confirm(&refused)).await.expect(303);
        assert_eq!(back.location(), preview);
        client.post(&format!("{preview}/apply"), &[("shown", &shown)]).await.expect(303);
        assert_eq!(app.database.count(projects), 1);
        door.console.stop().await;
    });
}
