//! The description of what programs can ask, and whether what is answered looks as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::Sample;

async fn document(app: &TestApp) -> Value {
    let reply = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()
}

/// The names of an object's members, and of those that must be there, wherever they are written.
fn names(document: &Value, schema: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let (mut all, mut needed) = (BTreeSet::new(), BTreeSet::new());
    all.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    needed.extend(
        schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()),
    );
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, also) = names(document, part);
        all.extend(more);
        needed.extend(also);
    }
    (all, needed)
}

fn fits(document: &Value, schema: &Value, answered: &Value) {
    let (all, needed) = names(document, schema);
    let got: BTreeSet<String> = answered.as_object().unwrap().keys().cloned().collect();
    assert!(!all.is_empty() && got.is_subset(&all), "not described: {:?}", got.difference(&all));
    assert!(needed.is_subset(&got), "missing: {:?}", needed.difference(&got));
}

#[test]
fn what_is_delivered_and_refused_looks_as_described() {
    on_both(async |app| {
        let document = document(app).await;
        let (_, key) = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
            let place = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None)
        });
        let asked = json!({ "tokens": ["login", "nobody"] });
        let answer = app.caller(&key).post_json("/api/v1/resolve", &asked).await.expect(200).json();
        let schemas = &document["components"]["schemas"];
        fits(&document, &schemas["Resolved"], &answer);
        fits(
            &document,
            &schemas["Resolved"]["properties"]["credentials"]["items"],
            &answer["credentials"][0],
        );
        fits(&document, &schemas["Resolved"]["properties"]["refusals"]["items"], &answer["refusals"][0]);
        // Both kinds of problem: those of the resolve line, and those that are made around the handlers.
        let refused =
            app.caller(&key).post_json("/api/v1/resolve", &json!({ "tokens": ["nobody"] })).await.expect(404);
        fits(&document, &schemas["Problem"], &refused.json());
        fits(
            &document,
            &schemas["Problem"],
            &app.anonymous().get("/api/v1/projects").await.expect(401).json(),
        );
    });
}

#[test]
fn a_body_is_an_object_and_a_filter_is_not_empty() {
    on_both(async |app| {
        let (_, program) = app.make(|world, conn, tools| world.provisioning_key(conn, tools, None));
        let program = app.caller(&program);
        for empty in ["repositories?project=", "members?role=", "members?state="] {
            program.get(&format!("/api/v1/{empty}")).await.expect(422);
        }
        let before = app.database.rows();
        // The values in their order, which a parser takes for the object when it is not asked to be strict.
        let list = json!(["books", null]);
        program.post_json("/api/v1/projects", &list).await.expect(400);
        program.post_json("/api/v1/projects", &json!({ "path": "books", "owner": true })).await.expect(400);
        assert_eq!(app.database.rows(), before);
        program.post_json("/api/v1/projects", &json!({ "path": "books" })).await.expect(201);
    });
}

#[test]
fn everybody_can_read_it() {
    on_both(async |app| {
        let chinese = Client::new(&app.url).with("accept-language", "zh-CN");
        for (client, language, heading) in [
            (app.anonymous(), "en", "Interface for programs"),
            (chinese, "zh-CN", "程序接口"),
            (app.member("in-scope").await, "en", "Interface for programs"),
        ] {
            let page = client.get("/api").await.expect(200).text();
            for part in [heading, "/api/v1/resolve", "vak_…", "sealed_unreadable", "id=\"setProjectMember\""]
            {
                assert!(page.contains(part), "{language}: {part}");
            }
        }
        let members = app.member("administrator").await.get("/access/provisioning").await.expect(200).text();
        assert!(members.contains("href=\"/api\""));
    });
}
