//! Revocation is immediate: whatever takes a credential away, the very next resolve is refused, on the node where
//! it was done and on every other, although both answered from memory a moment before.

use serde_json::json;
use voucher::credentials::{self, Description, Edit, Name, Scope};
use voucher::directory;
use voucher::ids::{AccessKeyId, CredentialId};
use voucher::pipelines::{self, Place};

use crate::support::app::{TestApp, on_both};
use crate::support::world::Sample;

/// One way to take it away.
type Way = fn(&TestApp, &CredentialId, &AccessKeyId);

const WAYS: &[(&str, Way, u16)] = &[
    (
        "disabled",
        |app, credential, _| {
            app.make(|world, conn, tools| {
                credentials::disable(conn, &world.acting("acme", tools), credential).unwrap();
            });
        },
        409,
    ),
    (
        "deleted",
        |app, credential, _| {
            app.make(|world, conn, tools| {
                credentials::delete(conn, &world.acting("acme", tools), credential).unwrap();
            });
        },
        404,
    ),
    (
        "scope emptied",
        |app, credential, _| {
            app.make(|world, conn, tools| {
                let acting = world.acting("acme", tools);
                let known = credentials::find(conn, &world.acme, credential).unwrap().unwrap();
                let edit = Edit {
                    credential: credential.clone(),
                    revision: known.revision,
                    name: Name::parse("login").unwrap(),
                    description: Description::parse("").unwrap(),
                    responsible: world.members["responsible"].clone(),
                    scope: Scope::none(),
                    expires_at: None,
                };
                credentials::edit(conn, &acting, edit).unwrap();
            });
        },
        404,
    ),
    (
        "key revoked",
        |app, _, key| {
            app.make(|world, conn, tools| {
                pipelines::revoke(conn, &world.acting("acme", tools), key).unwrap();
            });
        },
        401,
    ),
    (
        "repository deleted",
        |app, _, _| {
            app.make(|world, conn, tools| {
                let place = Place::Repository(world.repositories["shop/web"].clone());
                directory::delete(conn, &world.acting("acme", tools), &place).unwrap();
            });
        },
        401,
    ),
    (
        "project deleted",
        |app, _, _| {
            app.make(|world, conn, tools| {
                let place = Place::Project(world.projects["shop"].clone());
                directory::delete(conn, &world.acting("acme", tools), &place).unwrap();
            });
        },
        401,
    ),
];

#[test]
fn the_very_next_resolve_on_any_node_is_refused() {
    for (what, take_away, status) in WAYS {
        on_both(async |app| {
            let (credential, (key_id, key)) = app.make(|world, conn, tools| {
                let credential = world.credential(conn, tools, &Sample::default());
                let place = Place::Repository(world.repositories["shop/web"].clone());
                (credential, world.access_key(conn, tools, ("acme", place), None))
            });
            let nodes = [app.caller(&key), app.caller_elsewhere(&key)];
            let body = json!({"tokens": ["login"]});
            for node in &nodes {
                for _ in 0..3 {
                    node.post_json("/api/v1/resolve", &body).await.expect(200);
                }
            }
            take_away(app, &credential, &key_id);
            for (at, node) in nodes.iter().enumerate() {
                let reply = node.post_json("/api/v1/resolve", &body).await;
                assert_eq!(reply.status.as_u16(), *status, "{what}, node {at}: {}", reply.text());
            }
        });
    }
}

#[test]
fn the_very_next_resolve_delivers_what_was_rotated_in_and_what_was_enabled_again() {
    on_both(async |app| {
        let (credential, key) = app.make(|world, conn, tools| {
            let credential = world.credential(conn, tools, &Sample::default());
            let place = Place::Repository(world.repositories["shop/web"].clone());
            (credential, world.access_key(conn, tools, ("acme", place), None).1)
        });
        let nodes = [app.caller(&key), app.caller_elsewhere(&key)];
        let body = json!({"tokens": ["login"]});
        for node in &nodes {
            node.post_json("/api/v1/resolve", &body).await.expect(200);
        }
        app.make(|world, conn, tools| {
            credentials::disable(conn, &world.acting("acme", tools), &credential).unwrap();
        });
        for node in &nodes {
            node.post_json("/api/v1/resolve", &body).await.expect(409);
        }
        app.make(|world, conn, tools| {
            credentials::enable(conn, &world.acting("acme", tools), &credential).unwrap();
        });
        for node in &nodes {
            node.post_json("/api/v1/resolve", &body).await.expect(200);
        }
    });
}

#[test]
fn a_repository_that_moves_leaves_the_credentials_of_its_project_and_gets_those_of_the_next() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            for of in ["shop", "plat"] {
                let sample = Sample { token: of, scope: world.in_project(of), ..Sample::default() };
                world.credential(conn, tools, &sample);
            }
            let place = Place::Repository(world.repositories["shop/web"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        });
        let nodes = [app.caller(&key), app.caller_elsewhere(&key)];
        let ask = async |token: &str, status: u16| {
            for node in &nodes {
                let reply = node.post_json("/api/v1/resolve", &json!({"tokens": [token]})).await;
                assert_eq!(reply.status.as_u16(), status, "{token}: {}", reply.text());
            }
        };
        ask("shop", 200).await;
        ask("plat", 404).await;
        app.make(|world, conn, tools| {
            let (repository, to) = (&world.repositories["shop/web"], &world.projects["plat"]);
            directory::move_repository(conn, &world.acting("acme", tools), repository, to).unwrap();
        });
        ask("shop", 404).await;
        ask("plat", 200).await;
    });
}
