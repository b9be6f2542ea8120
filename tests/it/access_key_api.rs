//! Access keys made, read, bounded, rotated and revoked by programs: only by those that were given the right, each text
//! answered once, and nothing of another enterprise.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

const KEYS: &str = "/api/v1/access-keys";

fn program(app: &TestApp) -> Client {
    let (_, key) = app.make(|world, conn, tools| world.key_program(conn, tools));
    app.caller(&key)
}

async fn ask(client: &Client, method: Method, path: &str, body: Value) -> Reply {
    let headers = [("content-type", "application/json".to_owned())];
    client.send(method, path, &headers, Some(body.to_string().into_bytes())).await
}

async fn make(client: &Client, body: Value) -> Value {
    ask(client, Method::POST, KEYS, body).await.expect(201).json()
}

/// A key of the project `shop`, for everything and for ever, with what is said otherwise.
fn new(app: &TestApp, more: Value) -> Value {
    let mut body = json!({
        "name": "nightly",
        "project": app.world.projects["shop"].to_string(),
        "expires_at": "never",
        "sources": "anywhere",
        "tokens": "all",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn at(made: &Value) -> String {
    format!("{KEYS}/{}", made["access_key"]["id"].as_str().unwrap())
}

fn text(made: &Value) -> &str {
    made["key"].as_str().unwrap()
}

async fn resolves(app: &TestApp, key: &str) -> u16 {
    let asked = json!({ "tokens": ["login"] });
    app.caller(key).post_json("/api/v1/resolve", &asked).await.status.as_u16()
}

fn login(app: &TestApp) {
    app.make(|world, conn, tools| {
        world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
    });
}

/// Who did what to which access key, in order.
fn records(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT actor_type || ' ' || actor_name || ' ' || action || ' ' || object_name AS it \
         FROM audit_records WHERE action LIKE 'access_key.%' ORDER BY at, seq",
    )
}

#[test]
fn a_key_is_made_answered_once_used_rotated_and_revoked_at_once() {
    on_both(async |app| {
        login(app);
        let program = program(app);
        let reply = ask(&program, Method::POST, KEYS, new(app, json!({}))).await.expect(201);
        assert_eq!(reply.header("cache-control"), "no-store");
        let made = reply.json();
        let location = reply.header("location").to_owned();
        assert_eq!(location, at(&made));
        let first = text(&made).to_owned();
        assert!(first.starts_with(&format!("vak_{}_", made["access_key"]["public_id"].as_str().unwrap())));
        assert!(!String::from_utf8_lossy(&app.database.dump()).contains(&first[20..]), "the text is stored");
        assert_eq!(resolves(app, &first).await, 200);

        let shown = program.get(&location).await.expect(200).json();
        let key = &shown["secrets"][0];
        assert_eq!((&key["number"], &key["ends_at"]), (&json!(1), &Value::Null));
        assert_eq!((&shown["state"], &shown["expires_at"]), (&json!("active"), &json!("never")));
        assert_eq!((&shown["sources"], &shown["tokens"]), (&json!("anywhere"), &json!("all")));
        assert_eq!(shown["last_used_address"], "127.0.0.1");
        let maker = app.database.texts("SELECT id AS it FROM provisioning_keys").remove(0);
        let by = json!({"member": app.world.members["owner"].to_string(), "provisioning_key": maker});
        assert_eq!((&shown["created_by"], &key["made_by"]), (&by, &by));
        assert!(!shown.to_string().contains(&first[20..]));

        let rotate = format!("{location}/rotate");
        let asked = json!({"secret": 1, "overlap": "hour"});
        let rotated = ask(&program, Method::POST, &rotate, asked.clone()).await.expect(200);
        assert_eq!(rotated.header("cache-control"), "no-store");
        let rotated = rotated.json();
        let second = text(&rotated).to_owned();
        assert_eq!((&first[..16], first != second), (&second[..16], true));
        assert_eq!(rotated["access_key"]["secrets"].as_array().unwrap().len(), 2);
        // The same request once more makes no third one.
        assert_eq!(ask(&program, Method::POST, &rotate, asked).await.expect(409).code(), "conflict");
        assert_eq!((resolves(app, &first).await, resolves(app, &second).await), (200, 200));
        for _ in 0..2 {
            ask(&program, Method::POST, &format!("{location}/end-old"), json!({})).await.expect(204);
        }
        assert_eq!((resolves(app, &first).await, resolves(app, &second).await), (401, 200));

        for _ in 0..2 {
            ask(&program, Method::POST, &format!("{location}/revoke"), json!({})).await.expect(204);
        }
        assert_eq!(resolves(app, &second).await, 401);
        let gone = program.get(&location).await.expect(200).json();
        assert_eq!(gone["state"], "revoked");
        ask(&program, Method::PATCH, &location, json!({"name": "again"})).await.expect(409);
        let again = json!({"secret": 2, "overlap": "none"});
        ask(&program, Method::POST, &rotate, again).await.expect(409);
        let by = "provisioning_key Terraform access_key";
        let did: Vec<String> = ["create", "rotate", "end_old", "revoke"]
            .iter()
            .map(|what| format!("{by}.{what} nightly"))
            .collect();
        assert_eq!(records(app), did);
    });
}

#[test]
fn only_a_provisioning_key_that_was_given_the_right_manages_access_keys() {
    on_both(async |app| {
        let place = Place::Project(app.world.projects["shop"].clone());
        let (id, access_key) =
            app.make(|world, conn, tools| world.access_key(conn, tools, ("acme", place), None));
        let (_, plain) = app.make(|world, conn, tools| world.provisioning_key(conn, tools, None));
        let before = app.database.rows();
        let one = format!("{KEYS}/{id}");
        let unknown = format!("{KEYS}/01930000-0000-7000-8000-0000000000ff");
        let asked = |client: Client, status: u16| {
            let (one, unknown) = (one.clone(), unknown.clone());
            async move {
                for (method, path, body) in [
                    (Method::GET, KEYS.to_owned(), json!({})),
                    (Method::POST, KEYS.to_owned(), new(app, json!({}))),
                    (Method::POST, KEYS.to_owned(), json!({})),
                    (Method::GET, one.clone(), json!({})),
                    (Method::GET, unknown, json!({})),
                    (Method::PATCH, one.clone(), json!({"sources": "anywhere"})),
                    (Method::POST, format!("{one}/rotate"), json!({"secret": 1, "overlap": "day"})),
                    (Method::POST, format!("{one}/end-old"), json!({})),
                    (Method::POST, format!("{one}/revoke"), json!({})),
                ] {
                    let reply = ask(&client, method.clone(), &path, body).await;
                    assert_eq!(reply.status.as_u16(), status, "{method} {path}: {}", reply.text());
                    let code = if status == 403 { "forbidden" } else { "unauthenticated" };
                    assert_eq!(reply.code(), code, "{method} {path}");
                    assert!(!reply.text().contains("vak_"), "{}", reply.text());
                }
            }
        };
        asked(app.caller(&plain), 403).await;
        let said = app.caller(&plain).get(KEYS).await.expect(403).json();
        assert!(said["detail"].as_str().unwrap().contains("administrator"), "{said}");
        // An access key manages none, nor does somebody who is signed in, nor nobody.
        asked(app.caller(&access_key), 401).await;
        asked(app.anonymous(), 401).await;
        asked(app.member("owner").await, 401).await;
        let (revoked, text) = app.make(|world, conn, tools| world.key_program(conn, tools));
        let owner = app.member("owner").await;
        owner.post(&format!("/access/provisioning/{revoked}/revoke"), &[]).await.expect(303);
        asked(app.caller(&text), 401).await;
        let mut after = app.database.rows();
        for table in ["provisioning_keys", "enterprises"] {
            after.insert(table, before[table].clone());
        }
        assert_eq!(after, before);
    });
}

#[test]
fn the_right_is_chosen_when_a_key_is_made_and_is_shown_and_recorded() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let path = "/access/provisioning/new";
        for (name, ticked) in [("plain", ""), ("keys", "on"), ("odd", "yes")] {
            let form = Form::open(&owner, path).await.fill("name", name).fill("manages_access", ticked);
            let page = form.send().await.expect(200).text();
            let key = page.split("value=\"vpk_").nth(1).unwrap().split('"').next().unwrap();
            let status = if ticked == "on" { 200 } else { 403 };
            app.caller(&format!("vpk_{key}")).get(KEYS).await.expect(status);
        }
        let list = owner.get("/access/provisioning").await.expect(200).text();
        assert_eq!(list.matches("May manage access keys").count(), 1, "{list}");
        let said = app.database.texts(
            "SELECT object_name || ' ' || detail AS it FROM audit_records \
             WHERE action = 'provisioning_key.create' ORDER BY at, seq",
        );
        for (record, (name, right)) in said.iter().zip([("plain", false), ("keys", true), ("odd", false)]) {
            let (of, detail) = record.split_once(' ').unwrap();
            let detail: Value = serde_json::from_str(detail).unwrap();
            assert_eq!((of, &detail["manages_access"]), (name, &json!(right)), "{record}");
        }
        // A form with something wrong in it comes back ticked as it was.
        let again = Form::open(&owner, path).await.fill("name", "").fill("manages_access", "on");
        let page = again.send().await.expect(422).text();
        assert!(page.contains("aria-describedby=\"manages_access-help\" checked"), "{page}");
        let id = app.database.texts("SELECT id AS it FROM provisioning_keys WHERE name = 'keys'").remove(0);
        let revoking = owner.get(&format!("/access/provisioning/{id}/revoke")).await.expect(200).text();
        assert!(revoking.contains("keep working"), "{revoking}");
    });
}

#[test]
fn bounds_are_changed_and_hold_for_the_very_next_resolve() {
    on_both(async |app| {
        login(app);
        let program = program(app);
        let end = app.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        let made = make(&program, new(app, json!({"sources": ["127.0.0.1", "2001:db8::/32"]}))).await;
        let (at, key) = (at(&made), text(&made).to_owned());
        assert_eq!(made["access_key"]["sources"], json!(["127.0.0.1", "2001:db8::/32"]));
        assert_eq!(resolves(app, &key).await, 200);
        for (changes, status) in [
            (json!({"sources": ["198.51.100.0/24"]}), 401),
            (json!({"sources": "anywhere", "tokens": ["other"]}), 404),
            (json!({"tokens": ["login", "other"], "name": "夜间构建"}), 200),
            (json!({"expires_at": end.to_string()}), 200),
        ] {
            let now = ask(&program, Method::PATCH, &at, changes.clone()).await.expect(200).json();
            for (name, value) in changes.as_object().unwrap() {
                assert_eq!(&now[name], value, "{now}");
            }
            assert_eq!(resolves(app, &key).await, status, "{changes}");
        }
        // What was answered can be sent back as it is, and says nothing new.
        let shown = program.get(&at).await.expect(200).json();
        let same = json!({"name": shown["name"], "expires_at": shown["expires_at"], "sources": shown["sources"], "tokens": shown["tokens"]});
        ask(&program, Method::PATCH, &at, same.clone()).await.expect(200);
        ask(&program, Method::PATCH, &at, json!({})).await.expect(200);
        assert_eq!(records(app).iter().filter(|record| record.contains("access_key.edit")).count(), 4);
        app.advance(Duration::from_secs(3600));
        assert_eq!(resolves(app, &key).await, 401);
        // The end may stay although it is over, but not be another one that is.
        ask(&program, Method::PATCH, &at, same).await.expect(200);
        let past = app.now().checked_sub(jiff::SignedDuration::from_mins(1)).unwrap();
        let past = json!({"name": "half", "expires_at": past.to_string()});
        ask(&program, Method::PATCH, &at, past).await.expect(422);
        assert_eq!(program.get(&at).await.expect(200).json()["name"], "夜间构建");
        ask(&program, Method::PATCH, &at, json!({"expires_at": "never"})).await.expect(200);
        assert_eq!(resolves(app, &key).await, 200);
    });
}

#[test]
fn a_request_that_names_itself_makes_one_key_however_often_it_comes() {
    on_both(async |app| {
        let (_, key) = app.make(|world, conn, tools| world.key_program(conn, tools));
        let program = app.caller(&key);
        let of = |id: &str| app.caller(&key).with("idempotency-key", id);
        let (once, other) = ("0A0616D3-3400-443B-B56B-4F0D0E4F1718", "0a0616d3-3400-443b-b56b-4f0d0e4f1719");
        let made = make(&of(once), new(app, json!({}))).await;
        // Whatever else it says now: what was asked first was done.
        for name in ["nightly", "another"] {
            let again = ask(&of(once), Method::POST, KEYS, new(app, json!({"name": name}))).await.expect(409);
            assert_eq!((again.code(), again.header("location")), ("conflict".into(), at(&made).as_str()));
            assert!(!again.text().contains("vak_"), "{}", again.text());
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_keys"), 1);
        // Many at once make one as well.
        let client = of(other);
        let asked = (0..8).map(|_| ask(&client, Method::POST, KEYS, new(app, json!({}))));
        let replies = futures_util::future::join_all(asked).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        // And many rotations at once rotate once.
        let rotate = format!("{}/rotate", at(&made));
        let asked =
            (0..8).map(|_| ask(&program, Method::POST, &rotate, json!({"secret": 1, "overlap": "day"})));
        let replies = futures_util::future::join_all(asked).await;
        assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 200).count(), 1);
        assert!(replies.iter().all(|reply| [200, 409].contains(&reply.status.as_u16())));
        // Without a name, each makes one.
        make(&program, new(app, json!({}))).await;
        make(&program, new(app, json!({}))).await;
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_keys"), 4);
    });
}

#[test]
fn keys_are_listed_in_stretches_by_place_state_and_words() {
    on_both(async |app| {
        let program = program(app);
        let web = app.world.repositories["shop/web"].to_string();
        let plat = app.world.projects["plat"].to_string();
        for at in 0..5 {
            make(&program, new(app, json!({"name": format!("key {at}")}))).await;
        }
        let mut of_web = new(app, json!({"name": "web", "repository": web}));
        of_web.as_object_mut().unwrap().remove("project");
        let of_web = make(&program, of_web).await;
        make(&program, new(app, json!({"name": "plat", "project": plat}))).await;
        let foreign = Place::Project(app.world.projects["umbrella:shop"].clone());
        app.make(|world, conn, tools| world.access_key(conn, tools, ("umbrella", foreign), None));
        ask(&program, Method::POST, &format!("{}/revoke", at(&of_web)), json!({})).await.expect(204);

        let (mut seen, mut after) = (BTreeSet::new(), String::new());
        for round in 0..20 {
            let listed = program.get(&format!("{KEYS}?limit=2&after={after}")).await.expect(200).json();
            for key in listed["access_keys"].as_array().unwrap() {
                assert!(seen.insert(key["name"].as_str().unwrap().to_owned()), "{key} twice");
                assert_eq!(key["secrets"].as_array().unwrap().len(), 1);
            }
            if round == 1 {
                make(&program, new(app, json!({"name": "a key before the others"}))).await;
            }
            match listed["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 7, "{seen:?}");
        let shop = app.world.projects["shop"].to_string();
        let whole = "vak_".to_owned() + of_web["access_key"]["public_id"].as_str().unwrap() + "_secret";
        for (asked, expected) in [
            (format!("project={shop}"), 7),
            (format!("project={plat}"), 1),
            (format!("repository={web}"), 1),
            ("state=revoked".to_owned(), 1),
            (format!("state=active&project={shop}"), 6),
            ("q=plat".to_owned(), 1),
            (format!("q={whole}"), 1),
            ("q=before%20OTHERS".to_owned(), 1),
            ("project=01930000-0000-7000-8000-0000000000ff".to_owned(), 0),
            (format!("project={}", app.world.projects["umbrella:shop"]), 0),
        ] {
            let listed = program.get(&format!("{KEYS}?{asked}")).await.expect(200).json();
            assert_eq!(listed["access_keys"].as_array().unwrap().len(), expected, "{asked}: {listed}");
        }
        for bad in ["project=", "repository=x", "state=", "state=gone", "limit=0", "after=x"] {
            program.get(&format!("{KEYS}?{bad}")).await.expect(422);
        }
        program.get(&format!("{KEYS}?project={shop}&repository={web}")).await.expect(422);
    });
}

#[test]
fn what_makes_no_sense_or_is_not_there_changes_nothing() {
    on_both(async |app| {
        let (_, key) = app.make(|world, conn, tools| world.key_program(conn, tools));
        let program = app.caller(&key);
        let made = make(&program, new(app, json!({}))).await;
        let at = at(&made);
        let foreign_place = Place::Project(app.world.projects["umbrella:shop"].clone());
        let (foreign, _) =
            app.make(|world, conn, tools| world.access_key(conn, tools, ("umbrella", foreign_place), None));
        let without = |name: &str| {
            let mut body = new(app, json!({}));
            body.as_object_mut().unwrap().remove(name);
            body
        };
        let many = |what: &str| Value::from(vec![what; 101]);
        let (umbrella, web) =
            (app.world.projects["umbrella:shop"].to_string(), app.world.repositories["shop/web"].to_string());
        let mut cases: Vec<(Method, String, Value, u16)> = [
            (json!({"name": ""}), 422),
            (json!({"name": "n".repeat(65)}), 422),
            (json!({"name": "a\u{0}b"}), 422),
            (json!({"name": 7}), 400),
            (json!({"project": umbrella}), 409),
            (json!({"project": "01930000-0000-7000-8000-0000000000ff"}), 409),
            (json!({"project": "shop"}), 422),
            (json!({"project": null}), 400),
            (json!({"repository": web}), 422),
            (json!({"expires_at": null}), 400),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), 422),
            (json!({"expires_at": "tomorrow"}), 422),
            (json!({"sources": []}), 422),
            (json!({"sources": ""}), 422),
            (json!({"sources": null}), 400),
            (json!({"sources": ["10.0.0.0/33"]}), 422),
            (json!({"sources": ["10.0.0.0/8", "10.0.0"]}), 422),
            (json!({"sources": ["2001:db8::/129"]}), 422),
            (json!({"sources": [7]}), 400),
            (json!({"sources": many("10.0.0.0/8")}), 422),
            (json!({"tokens": []}), 422),
            (json!({"tokens": "anywhere"}), 422),
            (json!({"tokens": ["-"]}), 422),
            (json!({"tokens": [""]}), 422),
            (json!({"tokens": many("login")}), 422),
            (json!({"created_by": "somebody"}), 400),
            (json!({"key": "vak_mine"}), 400),
        ]
        .into_iter()
        .map(|(more, status)| (Method::POST, KEYS.to_owned(), new(app, more), status))
        .collect();
        for name in ["name", "expires_at", "sources", "tokens"] {
            cases.push((Method::POST, KEYS.to_owned(), without(name), 400));
        }
        cases.push((Method::POST, KEYS.to_owned(), without("project"), 422));
        for body in [json!([]), json!("x"), json!(null), json!({})] {
            cases.push((Method::POST, KEYS.to_owned(), body, 400));
        }
        cases.push((Method::POST, KEYS.to_owned(), new(app, json!({"name": "n".repeat(3_000_000)})), 413));
        for (changes, status) in [
            (json!({"name": " "}), 422),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), 422),
            (json!({"sources": ["10.0.0.0/8 "], "tokens": ["-"]}), 422),
            (json!({"tokens": null}), 400),
            (json!({"project": web}), 400),
        ] {
            cases.push((Method::PATCH, at.clone(), changes, status));
        }
        for (asked, status) in [
            (json!({}), 400),
            (json!({"secret": 1, "overlap": "year"}), 422),
            (json!({"secret": "1", "overlap": "day"}), 400),
            (json!({"secret": 0, "overlap": "day"}), 409),
            (json!({"secret": 2, "overlap": "day"}), 409),
            (json!({"secret": 99_999_999_999_i64, "overlap": "day"}), 400),
        ] {
            cases.push((Method::POST, format!("{at}/rotate"), asked, status));
        }
        for id in [foreign.as_str(), "01930000-0000-7000-8000-0000000000ff", "x", "%00"] {
            let one = format!("{KEYS}/{id}");
            cases.push((Method::GET, one.clone(), json!({}), 404));
            cases.push((Method::PATCH, one.clone(), json!({"name": "mine"}), 404));
            let rotation = json!({"secret": 1, "overlap": "none"});
            cases.push((Method::POST, format!("{one}/rotate"), rotation, 404));
            cases.push((Method::POST, format!("{one}/end-old"), json!({}), 404));
            cases.push((Method::POST, format!("{one}/revoke"), json!({}), 404));
        }
        cases.push((Method::DELETE, at.clone(), json!({}), 405));
        let before = app.database.rows();
        for (method, path, body, status) in cases {
            let reply = ask(&program, method.clone(), &path, body.clone()).await;
            let mut said = body.to_string();
            said.truncate(200);
            assert_eq!(reply.status.as_u16(), status, "{method} {path} {said}: {}", reply.text());
            assert!(!reply.code().is_empty());
            assert!(!reply.json()["detail"].as_str().unwrap().contains('⟦'), "{}", reply.text());
        }
        for id in ["", "x", "0a0616d3-3400-443b-b56b-4f0d0e4f171", "0a0616d3 3400 443b b56b 4f0d0e4f1718"] {
            let client = app.caller(&key).with("idempotency-key", id);
            ask(&client, Method::POST, KEYS, new(app, json!({}))).await.expect(422);
        }
        let mut after = app.database.rows();
        after.insert("enterprises", before["enterprises"].clone());
        assert_eq!(after, before);
    });
}

#[test]
fn the_pages_say_which_program_made_a_key() {
    on_both(async |app| {
        let made = make(&program(app), new(app, json!({}))).await;
        let owner = app.member("owner").await;
        let id = made["access_key"]["id"].as_str().unwrap();
        let page = owner.get(&format!("/access/{id}")).await.expect(200).text();
        assert_eq!(page.matches("Terraform (provisioning key made by owner)").count(), 2, "{page}");
        assert!(page.contains("Terraform</td>"), "{page}");
        // Whoever made the provisioning key could have seen what was made with it.
        let leaver = format!("/members/{}/hand-over", app.world.members["owner"]);
        let handed = app.member("administrator").await.get(&leaver).await;
        assert!(handed.status.as_u16() != 200 || handed.text().contains("nightly"));
        let list = owner.get("/access").await.expect(200).text();
        assert!(list.contains("href=\"/api\">See the interface for programs</a>"), "{list}");
    });
}
