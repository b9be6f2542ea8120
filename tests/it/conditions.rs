//! What a run has to prove: set at once or tried first, and decided on every resolve.

use serde_json::{Value, json};
use voucher::credentials::{self, Conditions, NewConditions};
use voucher::ids::CredentialId;
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::ci::{Ci, exchange, given};
use crate::support::http::{Client, inputs};
use crate::support::world::Sample;

/// The credential `login`, and the text of a key of `shop/web`.
fn things(app: &TestApp) -> (CredentialId, String) {
    app.make(|world, conn, tools| {
        let credential = world.credential(conn, tools, &Sample::default());
        let place = Place::Repository(world.repositories["shop/web"].clone());
        (credential, world.access_key(conn, tools, ("acme", place), None).1)
    })
}

fn input(page: &str, name: &str) -> String {
    let found = inputs(page).into_iter().find(|(given, _)| given == name);
    found.unwrap_or_else(|| panic!("no {name} in {page}")).1
}

async fn page(client: &Client, id: &CredentialId) -> String {
    client.get(&format!("/credentials/{id}/conditions")).await.expect(200).text()
}

/// Fills the form in as it is now and sends it.
async fn set(client: &Client, id: &CredentialId, fields: &[(&str, &str)], status: u16) -> String {
    let revision = input(&page(client, id).await, "revision");
    let all = [&[("revision", revision.as_str())], fields].concat();
    client.post(&format!("/credentials/{id}/conditions"), &all).await.expect(status).text()
}

async fn resolve(app: &TestApp, key: &str, status: u16) -> serde_json::Value {
    let mut last = json!(null);
    for node in [app.caller(key), app.caller_elsewhere(key)] {
        let reply = node.post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await;
        assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
        last = reply.json();
    }
    last
}

#[test]
fn a_condition_is_tried_first_and_then_put_in_force() {
    on_both(async |app| {
        let (id, key) = things(app);
        let owner = app.member("owner").await;
        resolve(app, &key, 200).await;
        set(&owner, &id, &[("refs", "main\nrelease/*"), ("how", "trial")], 303).await;
        let shown = page(&owner, &id).await;
        assert!(shown.contains("refs/heads/release/*") && shown.contains("<strong>0</strong>"), "{shown}");
        resolve(app, &key, 200).await;
        resolve(app, &key, 200).await;
        let shown = page(&owner, &id).await;
        assert!(shown.contains("<strong>4</strong>"), "both nodes count: {shown}");
        assert!(shown.contains("a key") && shown.contains("it uses an access key"), "{shown}");
        let noted = "SELECT COUNT(*) FROM audit_records WHERE action = 'credential.resolve' AND outcome = 'allowed' \
                     AND detail LIKE '%\"would_refuse\":\"condition_run\"%'";
        assert_eq!(app.database.count(noted), 4);

        // Others are tried: what was counted of the first says nothing of them.
        set(&owner, &id, &[("events", "push"), ("how", "trial")], 303).await;
        let old = input(&shown, "shown");
        let trial = format!("/credentials/{id}/conditions/trial");
        app.advance(std::time::Duration::from_millis(5));
        set(&owner, &id, &[("refs", "main"), ("protected", "on"), ("how", "trial")], 303).await;
        let shown = page(&owner, &id).await;
        assert!(shown.contains("<strong>0</strong>"), "{shown}");
        let put = |shown: &str| [("shown", shown.to_owned()), ("verdict", "put-in-force".to_owned())];
        let send = async |fields: [(&str, String); 2], status: u16| {
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            owner.post(&trial, &fields).await.expect(status);
        };
        send(put(&old), 409).await;
        send(put("nonsense"), 400).await;
        resolve(app, &key, 200).await;
        // First it is said whom that refuses for certain; then it is so.
        send(put(&input(&shown, "shown")), 422).await;
        resolve(app, &key, 200).await;
        let told = [
            ("shown", input(&shown, "shown")),
            ("verdict", "put-in-force".into()),
            ("confirmed", "1".into()),
        ];
        let told = told.each_ref().map(|(name, value)| (*name, value.as_str()));
        owner.post(&trial, &told).await.expect(303);
        let problem = resolve(app, &key, 403).await;
        assert_eq!(problem["code"], "condition_failed");
        assert!(problem["detail"].as_str().unwrap().contains("/oauth/token"), "{problem}");
        let refused = "SELECT COUNT(*) FROM audit_records WHERE action = 'credential.resolve' \
                       AND outcome = 'refused' AND reason = 'condition_run'";
        assert_eq!(app.database.count(refused), 2);
        // It is over: there is nothing to decide twice.
        send(put(&input(&shown, "shown")), 409).await;
        let shown = owner.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(
            shown.contains("Only protected branches and tags") && shown.contains("refs/heads/main"),
            "{shown}"
        );

        set(&owner, &id, &[("how", "in-force")], 303).await;
        resolve(app, &key, 200).await;
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credential_conditions"), 0);
        let changes = app.database.texts(
            "SELECT action AS it FROM audit_records WHERE action LIKE 'credential.condition%' ORDER BY seq",
        );
        assert_eq!(
            changes,
            ["_try", "_try", "_try", "", ""].map(|what| format!("credential.condition{what}"))
        );
    });
}

#[test]
fn conditions_in_force_stay_while_others_are_tried_and_discarded() {
    on_both(async |app| {
        let (id, key) = things(app);
        let responsible = app.member("responsible").await;
        set(&responsible, &id, &[("events", "push"), ("how", "in-force")], 303).await;
        resolve(app, &key, 403).await;
        set(&responsible, &id, &[("events", "schedule"), ("how", "trial")], 303).await;
        let shown = page(&responsible, &id).await;
        resolve(app, &key, 403).await;
        let discard = [("shown", input(&shown, "shown")), ("verdict", "discard".to_owned())];
        let discard = discard.each_ref().map(|(name, value)| (*name, value.as_str()));
        responsible.post(&format!("/credentials/{id}/conditions/trial"), &discard).await.expect(303);
        let shown = page(&responsible, &id).await;
        assert!(shown.contains("<code>push</code>") && !shown.contains("On trial"), "{shown}");
        resolve(app, &key, 403).await;
        assert_eq!(app.database.count("SELECT COUNT(*) FROM condition_trials"), 0);

        // Who may only use it sees what is asked and has nothing to press.
        let member = app.member("in-scope").await;
        let shown = page(&member, &id).await;
        assert!(shown.contains("<code>push</code>") && !shown.contains("name=\"revision\""), "{shown}");
    });
}

#[test]
fn what_makes_no_condition_is_said_at_the_field_and_stays_typed() {
    on_both(async |app| {
        let (id, key) = things(app);
        let owner = app.member("owner").await;
        let many: String = (0..21).map(|at| format!("b{at}\n")).collect();
        for (field, value, sentence) in [
            ("refs", "two words", "has a space"),
            ("pipelines", "a..b", "has a space"),
            ("events", many.as_str(), "at most 20"),
            ("refs", &"x".repeat(256), "at most 255"),
            ("refs", " \n", "nothing to try"),
        ] {
            let shown = set(&owner, &id, &[(field, value), ("how", "trial")], 422).await;
            assert!(
                shown.contains(sentence) && shown.contains(&format!("{field}-error")),
                "{field}: {shown}"
            );
            assert!(shown.contains(value.trim().lines().last().unwrap_or_default()), "{field}: {shown}");
        }
        // A form that was opened before another change.
        let revision = input(&page(&owner, &id).await, "revision");
        set(&owner, &id, &[("refs", "main"), ("how", "in-force")], 303).await;
        let stale = [("revision", revision.as_str()), ("refs", "canary"), ("how", "in-force")];
        let shown = owner.post(&format!("/credentials/{id}/conditions"), &stale).await.expect(409).text();
        assert!(shown.contains("in the meantime") && shown.contains("canary"), "{shown}");
        // The same sent twice is no conflict with oneself.
        let twice = [("revision", revision.as_str()), ("refs", "main"), ("how", "in-force")];
        owner.post(&format!("/credentials/{id}/conditions"), &twice).await.expect(303);
        owner.post(&format!("/credentials/{id}/conditions"), &[("refs", "main")]).await.expect(400);
        resolve(app, &key, 403).await;
        app.make(|world, conn, tools| {
            voucher::credentials::delete(conn, &world.acting("acme", tools), &id).unwrap();
        });
        owner.post(&format!("/credentials/{id}/conditions"), &twice).await.expect(409);
        resolve(app, &key, 404).await;
    });
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn what_the_token_of_a_run_says_decides() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let id = app.database.texts("SELECT id AS it FROM credentials WHERE token = 'login'").remove(0);
        let id = CredentialId::parse(&id).unwrap();
        let ask = |conditions: Conditions| {
            app.make(|world, conn, tools| {
                let known = credentials::find(conn, &world.acme, &id).unwrap().unwrap();
                let new = NewConditions {
                    credential: id.clone(),
                    revision: known.revision,
                    conditions,
                    on_trial: false,
                };
                credentials::set_conditions(conn, &world.acting("acme", tools), &new).unwrap();
            });
        };
        let run = async |jti: &str, changes: Value| {
            let mut claims = changes;
            claims["jti"] = json!(jti);
            given(app, &exchange(app, &ci.token(app, claims)).await.expect(200))
        };
        let on_main = json!({"ref_path": "refs/heads/main", "ref": "main", "ref_protected": "true"});
        let main = run("main", on_main).await;
        let branch = run("branch", json!({})).await;
        let nightly = run("nightly", json!({"pipeline_source": "schedule"})).await;
        let gets = async |caller: &Client| {
            let reply = caller.post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await;
            let status = reply.status.as_u16();
            if status == 403 {
                assert_eq!(reply.code(), "condition_failed");
            }
            status
        };
        let none = Conditions::default;
        for (what, conditions, expected) in [
            ("nothing", none(), [200, 200, 200]),
            ("refs", Conditions { refs: texts(&["refs/heads/main"]), ..none() }, [200, 403, 403]),
            ("a pattern", Conditions { refs: texts(&["refs/heads/*"]), ..none() }, [200, 200, 200]),
            ("protected", Conditions { protected: true, ..none() }, [200, 403, 403]),
            ("events", Conditions { events: texts(&["schedule"]), ..none() }, [403, 403, 200]),
            ("pipelines", Conditions { pipelines: texts(&["other.yml"]), ..none() }, [403, 403, 403]),
            (
                "each of them",
                Conditions { protected: true, events: texts(&["schedule"]), ..none() },
                [403, 403, 403],
            ),
            ("nothing again", none(), [200, 200, 200]),
        ] {
            // The bearers were given before: what was asked for then does not matter.
            ask(conditions);
            assert_eq!([gets(&main).await, gets(&branch).await, gets(&nightly).await], expected, "{what}");
        }
        let reasons = app.database.texts(
            "SELECT DISTINCT reason AS it FROM audit_records WHERE action = 'credential.resolve' \
             AND outcome = 'refused' ORDER BY it",
        );
        assert_eq!(
            reasons,
            ["event", "pipeline", "protected", "ref"].map(|what| format!("condition_{what}"))
        );
    });
}
