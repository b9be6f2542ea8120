//! Rolling back to an older version: what pipelines get, and who may.

use serde_json::json;
use voucher::ids::CredentialId;
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::Sample;

/// The credential `login` with the password `first`, and the text of a key that may use it.
fn things(app: &TestApp) -> (CredentialId, String) {
    app.make(|world, conn, tools| {
        let sample = Sample { secret: &[("password", "first-S3CRET")], ..Sample::default() };
        let credential = world.credential(conn, tools, &sample);
        let place = Place::Project(world.projects["shop"].clone());
        (credential, world.access_key(conn, tools, ("acme", place), None).1)
    })
}

/// The version, the user name and the password that a pipeline gets.
async fn got(app: &TestApp, key: &str, run: Option<&str>) -> (i64, String, String) {
    let asked = json!({"tokens": ["login"], "run": run});
    let mut last = None;
    for node in [app.caller(key), app.caller_elsewhere(key)] {
        let body = node.post_json("/api/v1/resolve", &asked).await.expect(200).json();
        let one = &body["credentials"][0];
        let field = |name: &str| one["fields"][name].as_str().unwrap().to_owned();
        let got = (one["version"].as_i64().unwrap(), field("username"), field("password"));
        assert!(last.is_none_or(|before| before == got), "both nodes give the same");
        last = Some(got);
    }
    last.unwrap()
}

async fn rotate(app: &TestApp, id: &CredentialId, username: &str, password: &str) {
    let owner = app.member("owner").await;
    let form = Form::open(&owner, &format!("/credentials/{id}/rotate")).await;
    form.fill("field-username", username).fill("field-password", password).send().await.expect(303);
}

async fn open<'a>(client: &'a Client, id: &CredentialId, number: i32) -> Form<'a> {
    Form::open(client, &format!("/credentials/{id}/versions/{number}/roll-back")).await
}

fn versions(app: &TestApp) -> i64 {
    app.database.count("SELECT COUNT(*) FROM credential_versions")
}

#[test]
fn the_content_of_an_older_version_comes_back_as_a_new_one() {
    on_both(async |app| {
        let (id, key) = things(app);
        let first = got(app, &key, None).await;
        rotate(app, &id, "other-robot", "second-S3CRET").await;
        assert_eq!(got(app, &key, Some("run 1")).await.2, "second-S3CRET");
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/{id}/versions/1/roll-back")).await.expect(200).text();
        assert!(page.contains("other-robot") && page.contains(&first.1), "{page}");
        assert!(page.contains("another value, sealed") && page.contains("Version 2"), "{page}");
        assert!(page.contains("1 run is still on version 2."), "{page}");
        assert!(!page.contains("S3CRET"), "{page}");
        let form = open(&owner, &id, 1).await;
        form.send().await.expect(303);
        assert_eq!(got(app, &key, None).await, (3, first.1.clone(), "first-S3CRET".to_owned()));
        // A run keeps what it began with.
        assert_eq!(got(app, &key, Some("run 1")).await.0, 2);
        // Sent twice it rolls back once.
        for _ in 0..2 {
            form.send().await.expect(303);
        }
        assert_eq!(versions(app), 3);
        let records = app
            .database
            .texts("SELECT detail AS it FROM audit_records WHERE action = 'credential.roll_back'");
        assert_eq!(records.len(), 1);
        let detail: serde_json::Value = serde_json::from_str(&records[0]).unwrap();
        assert_eq!((&detail["version"], &detail["content_of"]), (&json!(3), &json!(1)));
        assert_eq!(detail["replaced"], json!(["password"]));
        // And forth again, with the runs under way.
        let form = open(&owner, &id, 2).await.fill("runs-follow", "on");
        form.send().await.expect(303);
        assert_eq!(got(app, &key, Some("run 1")).await, (4, "other-robot".into(), "second-S3CRET".into()));
        let page = owner.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(page.contains("rolled it back") && page.contains("/versions/3/roll-back"), "{page}");
        assert!(!page.contains("/versions/4/roll-back"), "{page}");
    });
}

#[test]
fn of_two_who_roll_back_at_once_one_is_told_that_there_is_another_version() {
    on_both(async |app| {
        let (id, key) = things(app);
        rotate(app, &id, "robot", "second-S3CRET").await;
        let (owner, other) = (app.member("owner").await, app.member("responsible").await);
        let (one, two) = (open(&owner, &id, 1).await, open(&other, &id, 1).await);
        let (one, two) = futures_util::future::join(one.send(), two.send()).await;
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        assert_eq!(versions(app), 3);
        let lost = if one.status.as_u16() == 409 { one } else { two }.text();
        assert!(lost.contains("Version 3 is current by now"), "{lost}");
        assert!(lost.contains("the content is the same as that of version 3"), "{lost}");
        // What would change nothing is not done.
        let again = open(&owner, &id, 1).await;
        assert!(again.send().await.expect(422).text().contains("Nothing would change"));
        assert_eq!(versions(app), 3);
        assert_eq!(got(app, &key, None).await.0, 3);
    });
}

#[test]
fn only_a_version_of_this_credential_comes_back_and_only_as_it_was_signed() {
    on_both(async |app| {
        let (id, key) = things(app);
        rotate(app, &id, "robot", "second-S3CRET").await;
        let another = app.make(|world, conn, tools| {
            let sample =
                Sample { token: "another", secret: &[("password", "planted-S3CRET")], ..Sample::default() };
            world.credential(conn, tools, &sample)
        });
        let owner = app.member("owner").await;
        let form = open(&owner, &id, 1).await;
        let refused = async |why: &str, restore: &str| {
            let told = form.send().await.expect(422).text();
            assert!(told.contains("is not what was signed"), "{why}: {told}");
            assert_eq!(versions(app), 3, "{why}");
            app.database.execute(restore);
        };
        app.database.execute("CREATE TABLE kept_fields AS SELECT * FROM sealed_fields");
        app.database.execute("CREATE TABLE kept_versions AS SELECT * FROM credential_versions");
        let field = |column: &str, of: &CredentialId, number: i32| {
            format!(
                "(SELECT {column} FROM kept_fields WHERE credential_id = '{of}' AND number = {number} AND field = 'password')"
            )
        };
        let mine = format!("WHERE credential_id = '{id}' AND number = 1");
        let restore_field = format!(
            "UPDATE sealed_fields SET envelope = {} {mine} AND field = 'password'",
            field("envelope", &id, 1)
        );
        // Another credential's envelope, and one of another version.
        for envelope in [field("envelope", &another, 1), field("envelope", &id, 2)] {
            app.database.execute(&format!(
                "UPDATE sealed_fields SET envelope = {envelope} {mine} AND field = 'password'"
            ));
            refused("an envelope of another place", &restore_field).await;
        }
        let restore = |column: &str| {
            format!(
                "UPDATE credential_versions SET {column} = (SELECT k.{column} FROM kept_versions k \
                 WHERE k.credential_id = '{id}' AND k.number = 1) {mine}"
            )
        };
        app.database.execute(&format!(
            "UPDATE credential_versions SET plain = '{{\"username\":\"mallory\"}}' {mine}"
        ));
        refused("another plain value", &restore("plain")).await;
        let signature = format!(
            "UPDATE credential_versions SET signature = (SELECT k.signature FROM kept_versions k \
             WHERE k.credential_id = '{another}') {mine}"
        );
        app.database.execute(&signature);
        refused("a signature of another credential", &restore("signature")).await;
        app.database.execute(&format!("DELETE FROM sealed_fields {mine}"));
        refused(
            "content that is gone",
            &format!("INSERT INTO sealed_fields SELECT * FROM kept_fields {mine}"),
        )
        .await;
        assert_eq!(got(app, &key, None).await.0, 2);
        form.send().await.expect(303);
        assert_eq!(got(app, &key, None).await.2, "first-S3CRET");
    });
}

#[test]
fn what_is_no_older_version_cannot_come_back_and_not_everybody_may() {
    on_both(async |app| {
        let (id, _) = things(app);
        rotate(app, &id, "robot", "second-S3CRET").await;
        let owner = app.member("owner").await;
        let address = |number: &str| format!("/credentials/{id}/versions/{number}/roll-back");
        for (number, status) in
            [("2", 409), ("3", 404), ("0", 404), ("-1", 404), ("x", 404), ("99999999999", 404)]
        {
            owner.get(&address(number)).await.expect(status);
            let form = open(&owner, &id, 1).await;
            Form { path: address(number), ..form }.send().await.expect(status);
        }
        let form = open(&owner, &id, 1).await;
        for (name, value) in [("submission", "x"), ("based_on", "many")] {
            form.clone().fill(name, value).send().await.expect(400);
        }
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for (member, status) in
            [("stranger", 404), ("bystander", 404), ("auditor", 403), ("manager", 403), ("in-scope", 403)]
        {
            let somebody = app.member(member).await;
            somebody.get(&address("1")).await.expect(status);
            somebody.post(&address("1"), &fields).await.expect(status);
        }
        assert_eq!(versions(app), 2);
        owner.post(&format!("/credentials/{id}/delete"), &[("token", "login")]).await.expect(303);
        form.send().await.expect(409);
        assert_eq!(versions(app), 2);
    });
}

#[test]
fn a_version_that_was_refused_the_last_time_is_warned_of() {
    on_both(async |app| {
        let (id, _) = things(app);
        rotate(app, &id, "robot", "second-S3CRET").await;
        let owner = app.member("owner").await;
        let page =
            async || owner.get(&format!("/credentials/{id}/versions/1/roll-back")).await.expect(200).text();
        assert!(!page().await.contains("The other system refused this version"));
        let note = |version: i32, reason: &str, at: i64| {
            app.database.execute(&format!(
                "INSERT INTO audit_records (chain, seq, at, enterprise_id, actor_type, actor_name, action, object_type, \
                 object_id, outcome, reason, detail, hash) SELECT 'other', {at}, {at}, enterprise_id, 'system', 'verify', \
                 'credential.verified', 'credential', id, 'refused', '{reason}', '{{\"version\":{version}}}', signature \
                 FROM credentials JOIN credential_versions ON credential_id = id WHERE number = 1"
            ));
        };
        note(2, "invalid_secret", 10);
        assert!(!page().await.contains("The other system refused this version"), "another version was");
        note(1, "invalid_secret", 20);
        assert!(page().await.contains("The other system refused this version"));
        note(1, "ok", 30);
        assert!(!page().await.contains("The other system refused this version"), "it worked since");
    });
}
