//! Programs that look after the directory: their keys on the pages, and what they may do with one.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

fn program(app: &TestApp) -> Client {
    let (_, key) = app.make(|world, conn, tools| world.provisioning_key(conn, tools, None));
    app.caller(&key)
}

async fn ask(client: &Client, method: Method, path: &str, body: Value) -> Reply {
    let headers = [("content-type", "application/json".to_owned())];
    client.send(method, &format!("/api/v1{path}"), &headers, Some(body.to_string().into_bytes())).await
}

async fn get(client: &Client, path: &str) -> Value {
    client.get(&format!("/api/v1{path}")).await.expect(200).json()
}

#[test]
fn a_key_is_made_shown_once_used_and_taken_back_at_once() {
    on_both(async |app| {
        let administrator = app.member("administrator").await;
        let form = Form::open(&administrator, "/access/provisioning/new").await.fill("name", "HR 人事");
        let page = form.send().await.expect(200).text();
        let key = page.split("value=\"vpk_").nth(1).unwrap().split('"').next().unwrap();
        let key = format!("vpk_{key}");
        form.send().await.expect(409);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM provisioning_keys"), 1);
        assert!(!String::from_utf8_lossy(&app.database.dump()).contains(&key[20..]), "the key is stored");

        let program = app.caller(&key);
        let made = ask(&program, Method::POST, "/projects", json!({"path": "books"})).await.expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        let list = administrator.get("/access/provisioning").await.expect(200).text();
        assert!(list.contains("HR 人事") && !list.contains("Never used") && !list.contains(&key), "{list}");
        let recorded = app.database.texts(
            "SELECT actor_type || ' ' || actor_name || ' ' || action || ' ' || object_name AS it \
             FROM audit_records WHERE action = 'project.create'",
        );
        assert_eq!(recorded, ["provisioning_key HR 人事 project.create books"]);

        let id = &app.database.texts("SELECT id AS it FROM provisioning_keys")[0];
        administrator.get(&format!("/access/provisioning/{id}/revoke")).await.expect(200);
        for _ in 0..2 {
            administrator.post(&format!("/access/provisioning/{id}/revoke"), &[]).await.expect(303);
        }
        let refused = program.get("/api/v1/projects").await.expect(401);
        assert_eq!(refused.code(), "unauthenticated");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
        let actions = "SELECT action AS it FROM audit_records WHERE action LIKE 'provisioning_key%' ORDER BY chain, seq";
        assert_eq!(app.database.texts(actions), ["provisioning_key.create", "provisioning_key.revoke"]);
    });
}

#[test]
fn a_key_that_is_over_or_wrong_opens_nothing() {
    on_both(async |app| {
        let end = app.now().checked_add(SignedDuration::from_hours(1)).unwrap();
        let (_, key) = app.make(|world, conn, tools| world.provisioning_key(conn, tools, Some(end)));
        let program = app.caller(&key);
        get(&program, "/projects").await;
        app.advance(std::time::Duration::from_secs(3600));
        assert_eq!(program.get("/api/v1/projects").await.expect(401).code(), "unauthenticated");
        let mistyped = format!("{}x", &key[..key.len() - 1]);
        for key in ["", "vpk_nonsense", &mistyped, &key.replace("vpk_", "vak_")] {
            app.caller(key).get("/api/v1/projects").await.expect(401);
        }
        app.anonymous().get("/api/v1/members").await.expect(401);
        // The cookie of an owner is no key.
        app.member("owner").await.get("/api/v1/members").await.expect(401);
    });
}

#[test]
fn projects_and_repositories_are_made_changed_moved_and_deleted() {
    on_both(async |app| {
        let program = program(app);
        let made = ask(&program, Method::POST, "/projects", json!({"path": "books", "name": "书"})).await;
        let made = made.expect(201);
        let location = made.header("location").to_owned();
        let project = made.json();
        assert_eq!((&project["path"], &project["name"]), (&json!("books"), &json!("书")));
        assert_eq!(program.get(&location).await.expect(200).json(), project);
        let again = ask(&program, Method::POST, "/projects", json!({"path": "books"})).await;
        assert_eq!(again.expect(409).code(), "conflict");
        let at = format!("/projects/{}", project["id"].as_str().unwrap());
        let renamed = ask(&program, Method::PATCH, &at, json!({"name": "Books"})).await.expect(200).json();
        assert_eq!((&renamed["path"], &renamed["name"]), (&json!("books"), &json!("Books")));

        let new = json!({"project": project["id"], "path": "books/web"});
        let repository = ask(&program, Method::POST, "/repositories", new).await.expect(201).json();
        let of = format!("/repositories/{}", repository["id"].as_str().unwrap());
        let shop = app.world.projects["shop"].to_string();
        let changed = json!({"project": shop, "path": "shop/books", "name": "Web"});
        let moved = ask(&program, Method::PATCH, &of, changed).await.expect(200).json();
        assert_eq!((&moved["project"], &moved["path"]), (&json!(shop), &json!("shop/books")));
        // Both or neither: the path is taken, so it is not moved back either.
        let neither = json!({"project": project["id"], "path": "shop/web"});
        ask(&program, Method::PATCH, &of, neither).await.expect(409);
        assert_eq!(get(&program, &of).await, moved);
        let inside = get(&program, &format!("/repositories?project={shop}")).await;
        assert_eq!(inside["repositories"].as_array().unwrap().len(), 3);

        ask(&program, Method::DELETE, &of, json!({})).await.expect(204);
        ask(&program, Method::DELETE, &at, json!({})).await.expect(204);
        assert_eq!(program.get(&format!("/api/v1{at}")).await.expect(404).code(), "not_found");
        ask(&program, Method::DELETE, &at, json!({})).await.expect(404);
        let foreign = app.world.projects["umbrella:shop"].to_string();
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            ask(&program, method, &format!("/projects/{foreign}"), json!({})).await.expect(404);
        }
    });
}

#[test]
fn members_are_added_changed_and_given_places_but_owners_are_not_touched() {
    on_both(async |app| {
        let program = program(app);
        let new = json!({"subject": "li.na", "name": "Li Na", "email": "li@acme.example", "role": "auditor"});
        let member = ask(&program, Method::POST, "/members", new.clone()).await.expect(201).json();
        assert_eq!((&member["issuer"], &member["state"]), (&json!(app.issuer), &json!("active")));
        assert_eq!(ask(&program, Method::POST, "/members", new).await.expect(409).code(), "conflict");
        let other = json!({"subject": "li.na", "issuer": "https://typo.example"});
        ask(&program, Method::POST, "/members", other).await.expect(409);
        let at = format!("/members/{}", member["id"].as_str().unwrap());
        let changed = json!({"role": "member", "state": "disabled"});
        let changed = ask(&program, Method::PATCH, &at, changed).await.expect(200).json();
        assert_eq!((&changed["role"], &changed["state"]), (&json!("member"), &json!("disabled")));
        ask(&program, Method::PATCH, &at, json!({"state": "active"})).await.expect(200);

        let shop = format!("/projects/{}", app.world.projects["shop"]);
        let web = format!("/repositories/{}", app.world.repositories["shop/web"]);
        let id = member["id"].as_str().unwrap();
        for role in ["member", "manager", "manager"] {
            for place in [&shop, &web] {
                let path = format!("{place}/members/{id}");
                ask(&program, Method::PUT, &path, json!({"role": role})).await.expect(204);
            }
        }
        let places = get(&program, &format!("{at}/memberships")).await;
        assert_eq!(places["memberships"][0]["path"], "shop");
        assert_eq!(places["memberships"][1]["role"], "manager");
        let inside = get(&program, &format!("{shop}/members")).await;
        assert_eq!(inside["members"].as_array().unwrap().len(), 2);
        for _ in 0..2 {
            ask(&program, Method::DELETE, &format!("{web}/members/{id}"), json!({})).await.expect(204);
        }
        assert_eq!(get(&program, &format!("{web}/members")).await["members"].as_array().unwrap().len(), 1);

        let owner = format!("/members/{}", app.world.members["owner"]);
        let before = app.database.rows();
        for changes in [json!({"role": "member"}), json!({"state": "disabled"})] {
            ask(&program, Method::PATCH, &owner, changes).await.expect(403);
        }
        ask(&program, Method::PATCH, &at, json!({"role": "owner"})).await.expect(403);
        ask(&program, Method::POST, "/members", json!({"subject": "king", "role": "owner"}))
            .await
            .expect(403);
        let stranger = format!("/members/{}", app.world.members["stranger"]);
        ask(&program, Method::PATCH, &stranger, json!({"role": "member"})).await.expect(404);
        ask(&program, Method::DELETE, &at, json!({})).await.expect(405);
        let mut after = app.database.rows();
        let mut before = before;
        assert!(after.remove("enterprises").is_some() && before.remove("enterprises").is_some());
        assert_eq!(after, before);
    });
}

#[test]
fn who_is_disabled_by_a_program_is_out_at_once() {
    on_both(async |app| {
        let (program, leaver) = (program(app), app.member("responsible").await);
        leaver.get("/credentials").await.expect(200);
        let at = format!("/members/{}", app.world.members["responsible"]);
        ask(&program, Method::PATCH, &at, json!({"state": "disabled"})).await.expect(200);
        leaver.get("/credentials").await.expect(303);
    });
}

#[test]
fn lists_come_in_stretches_that_miss_nothing_while_others_are_added() {
    on_both(async |app| {
        let program = program(app);
        let (mut seen, mut after) = (BTreeSet::new(), String::new());
        for round in 0..20 {
            let listed = get(&program, &format!("/members?limit=2&after={after}")).await;
            let members = listed["members"].as_array().unwrap();
            assert!(members.len() <= 2);
            for member in members {
                assert!(seen.insert(member["subject"].as_str().unwrap().to_owned()), "{member} twice");
            }
            if round == 1 {
                let early = json!({"subject": "early", "name": "A"});
                ask(&program, Method::POST, "/members", early).await.expect(201);
            }
            match listed["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 7, "{seen:?}");
        let found = get(&program, "/members?role=owner&state=active&q=own").await;
        assert_eq!(found["members"].as_array().unwrap().len(), 1);
        assert_eq!(found["members"][0]["subject"], "owner");
    });
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    on_both(async |app| {
        let program = program(app);
        let shop = format!("/projects/{}", app.world.projects["shop"]);
        let bystander = &app.world.members["bystander"];
        let cases = [
            (Method::POST, "/projects".to_owned(), json!({"path": "a b"}), 422),
            (Method::POST, "/projects".to_owned(), json!({"path": "ok", "name": "n".repeat(65)}), 422),
            (Method::POST, "/projects".to_owned(), json!({"path": "ok", "nmae": "x"}), 400),
            (Method::POST, "/projects".to_owned(), json!([]), 400),
            (Method::POST, "/repositories".to_owned(), json!({"project": "x", "path": "ok"}), 400),
            (
                Method::POST,
                "/repositories".to_owned(),
                json!({"project": app.world.projects["umbrella:shop"], "path": "ok"}),
                409,
            ),
            (Method::POST, "/members".to_owned(), json!({"subject": ""}), 422),
            (Method::POST, "/members".to_owned(), json!({"subject": "x", "email": "x"}), 422),
            (Method::POST, "/members".to_owned(), json!({"subject": "x", "role": "king"}), 422),
            (Method::PUT, format!("{shop}/members/{bystander}"), json!({"role": "owner"}), 422),
            (Method::PUT, format!("{shop}/members/x"), json!({"role": "member"}), 404),
            (
                Method::PUT,
                format!("{shop}/members/{}", app.world.members["stranger"]),
                json!({"role": "member"}),
                409,
            ),
            (Method::GET, "/projects?limit=0".to_owned(), json!({}), 422),
            (Method::GET, "/projects?limit=x".to_owned(), json!({}), 400),
            (Method::GET, "/members?after=x".to_owned(), json!({}), 422),
            (Method::GET, "/members?role=king".to_owned(), json!({}), 422),
        ];
        let before = app.database.rows();
        for (method, path, body, status) in cases {
            let reply = ask(&program, method, &path, body.clone()).await;
            assert_eq!(reply.status.as_u16(), status, "{path} {body}: {}", reply.text());
            assert!(!reply.code().is_empty());
            assert!(!reply.json()["detail"].as_str().unwrap().contains('⟦'), "{}", reply.text());
        }
        let mut after = app.database.rows();
        after.insert("enterprises", before["enterprises"].clone());
        assert_eq!(after, before);
    });
}

#[test]
fn a_key_reads_no_credential_and_makes_no_key() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let program = program(app);
        program.post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await.expect(401);
        program.get("/api/v1/credentials/login/env").await.expect(401);
        for page in ["/credentials", "/access/new", "/access/provisioning/new", "/import"] {
            program.get(page).await.expect(303);
        }
    });
}
