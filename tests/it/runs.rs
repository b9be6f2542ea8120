//! A run that names itself keeps the version it began with, whoever rotates in between, and no longer than it should.

use std::time::Duration;

use serde_json::{Value, json};
use voucher::ids::CredentialId;
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

/// The credential `login`, and the texts of two keys that may use it.
fn begin(app: &TestApp) -> (CredentialId, [String; 2]) {
    app.make(|world, conn, tools| {
        let mut key = || {
            let place = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        };
        let keys = [key(), key()];
        (world.credential(conn, tools, &Sample::default()), keys)
    })
}

async fn ask(caller: &Client, run: Option<&str>) -> Reply {
    caller.post_json("/api/v1/resolve", &json!({ "tokens": ["login"], "run": run })).await
}

/// The version and the password that a run gets.
async fn got(caller: &Client, run: Option<&str>) -> (i64, String) {
    let body = ask(caller, run).await.expect(200).json();
    let one = &body["credentials"][0];
    (one["version"].as_i64().unwrap(), one["fields"]["password"].as_str().unwrap().to_owned())
}

async fn rotate(app: &TestApp, credential: &CredentialId, password: &str, more: &[(&str, &str)]) {
    let owner = app.member("owner").await;
    let mut form = Form::open(&owner, &format!("/credentials/{credential}/rotate"))
        .await
        .fill("field-username", "builder")
        .fill("field-password", password);
    for (name, value) in more {
        form = form.fill(name, value);
    }
    form.send().await.expect(303);
}

fn pins(app: &TestApp) -> i64 {
    app.database.count("SELECT COUNT(*) FROM run_pins")
}

#[test]
fn a_run_keeps_the_version_that_it_began_with() {
    on_both(async |app| {
        let (credential, [first, second]) = begin(app);
        let (here, elsewhere) = (app.caller(&first), app.caller_elsewhere(&first));
        assert_eq!(got(&here, Some("run 1")).await.0, 1);
        assert_eq!(got(&here, None).await.0, 1);
        assert_eq!(pins(app), 1, "a run without a name keeps nothing");
        rotate(app, &credential, "the-second-password", &[]).await;
        for node in [&here, &elsewhere, &here] {
            let (version, password) = got(node, Some("run 1")).await;
            assert_eq!(version, 1);
            assert_ne!(password, "the-second-password");
            assert_eq!(got(node, Some("run 2")).await, (2, "the-second-password".to_owned()));
            assert_eq!(got(node, None).await.0, 2);
            // Another caller may call its runs alike.
            assert_eq!(got(&app.caller(&second), Some("run 1")).await.0, 2);
        }
        let named = |run: &str| app.caller(&first).with("voucher-run", run);
        let file = named("run 1").get("/api/v1/credentials/login/fields").await;
        assert_eq!(file.expect(200).header("voucher-version"), "1");
        named(&"x".repeat(129)).get("/api/v1/credentials/login/fields").await.expect(400);
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/{credential}")).await.expect(200).text();
        assert!(page.contains("1 run is still on version 1."), "{page}");
        let recorded = "SELECT detail AS it FROM audit_records WHERE action = 'credential.resolve'";
        let of_run_1: Vec<Value> = app
            .database
            .texts(recorded)
            .iter()
            .map(|detail| serde_json::from_str(detail).unwrap())
            .filter(|detail: &Value| detail["run"] == "run 1" && detail["version"] == 1)
            .collect();
        assert_eq!(of_run_1.len(), 5, "records say which version was delivered");
        // A day after it began, it is over; what others began later is not.
        app.advance(Duration::from_secs(24 * 3600));
        assert_eq!(got(&here, Some("run 1")).await.0, 2);
    });
}

#[test]
fn an_old_version_is_refused_whenever_the_credential_is() {
    on_both(async |app| {
        let (credential, [key, _]) = begin(app);
        let caller = app.caller(&key);
        got(&caller, Some("run")).await;
        rotate(app, &credential, "the-second-password", &[]).await;
        assert_eq!(got(&caller, Some("run")).await.0, 1);
        let owner = app.member("owner").await;
        let at = format!("/credentials/{credential}");
        owner.post(&format!("{at}/disable"), &[]).await.expect(303);
        assert_eq!(ask(&caller, Some("run")).await.expect(409).code(), "disabled");
        owner.post(&format!("{at}/enable"), &[]).await.expect(303);
        assert_eq!(got(&caller, Some("run")).await.0, 1);
        // Whoever damages the old version damages it for its runs, and for nobody else.
        let damaged = "(SELECT signature FROM credential_versions LIMIT 1)";
        app.database.execute(&format!("UPDATE sealed_fields SET envelope = {damaged} WHERE number = 1"));
        let elsewhere = app.caller_elsewhere(&key);
        assert_eq!(ask(&elsewhere, Some("run")).await.expect(500).code(), "sealed_unreadable");
        assert_eq!(got(&elsewhere, Some("other")).await.0, 2);
    });
}

#[test]
fn a_rotation_that_cannot_wait_takes_runs_under_way_along() {
    on_both(async |app| {
        let (credential, [key, _]) = begin(app);
        let (here, elsewhere) = (app.caller(&key), app.caller_elsewhere(&key));
        got(&here, Some("run")).await;
        rotate(app, &credential, "the-second-password", &[]).await;
        assert_eq!(got(&elsewhere, Some("run")).await.0, 1);
        rotate(app, &credential, "the-third-password", &[("runs-follow", "on")]).await;
        for node in [&here, &elsewhere] {
            assert_eq!(got(node, Some("run")).await, (3, "the-third-password".to_owned()));
        }
        let detail =
            "SELECT detail AS it FROM audit_records WHERE action = 'credential.rotate' ORDER BY at, seq";
        let last: Value = serde_json::from_str(app.database.texts(detail).last().unwrap()).unwrap();
        assert_eq!(last["runs_moved"], 1);
    });
}
