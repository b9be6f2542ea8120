//! Access keys from being made to being taken back: from where they work, what they may ask for, two secrets at a
//! time, and who sees which of them.

use std::time::Duration;

use serde_json::json;
use voucher::config::ProxyHeader;
use voucher::ids::AccessKeyId;
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply, inputs};
use crate::support::world::Sample;

/// A key of the project `shop`, and its text.
fn key(app: &TestApp) -> (AccessKeyId, String) {
    app.make(|world, conn, tools| {
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None)
    })
}

fn credentials(app: &TestApp, tokens: &[&str]) {
    app.make(|world, conn, tools| {
        for token in tokens {
            world.credential(conn, tools, &Sample { token, ..Sample::default() });
        }
    });
}

async fn resolve(caller: &Client, tokens: &[&str]) -> Reply {
    caller.post_json("/api/v1/resolve", &json!({ "tokens": tokens })).await
}

/// The text that a page shows once.
fn text_on(page: &Reply) -> String {
    let page = page.text();
    let at = page.find("value=\"vak_").expect("no key on the page") + 7;
    page[at..].split('"').next().unwrap().to_owned()
}

fn reasons(app: &TestApp, action: &str) -> Vec<String> {
    let sql = format!(
        "SELECT reason AS it FROM audit_records WHERE action = '{action}' AND reason IS NOT NULL ORDER BY at, seq"
    );
    app.database.texts(&sql)
}

fn count(app: &TestApp, action: &str) -> i64 {
    app.database.count(&format!("SELECT COUNT(*) FROM audit_records WHERE action = '{action}'"))
}

#[test]
fn a_key_with_ranges_works_from_nowhere_else() {
    on_both(async |app| {
        credentials(app, &["login"]);
        let (id, text) = key(app);
        let owner = app.member("owner").await;
        let edit = format!("/access/{id}/edit");
        let form = |sources: &'static str| {
            [("name", "nightly"), ("source_scope", "these"), ("sources", sources), ("token_scope", "all")]
        };
        for bad in ["", "10.0.0.0/99", "anywhere"] {
            let page = owner.post(&edit, &form(bad)).await.expect(422).text();
            assert!(page.contains("sources-error"), "{bad}");
        }
        owner.post(&edit, &form("10.0.0.0/8\r\n2001:db8::/32")).await.expect(303);
        let server = app.behind_proxy(ProxyHeader::XForwardedFor);
        for (address, status) in [
            ("10.200.1.1", 200),
            ("2001:db8:9::1", 200),
            ("::ffff:10.1.1.1", 200),
            ("198.51.100.7", 401),
            ("2001:db9::1", 401),
            ("10.1.1.1, 198.51.100.7", 401),
        ] {
            let caller = Client::bearer(&server.url, &text).with("x-forwarded-for", address);
            let reply = resolve(&caller, &["login"]).await.expect(status);
            assert!(status == 200 || reply.code() == "unauthenticated", "{address}");
        }
        // Nobody is believed here, so the address is this machine's.
        let forged = app.caller(&text).with("x-forwarded-for", "10.1.1.1");
        resolve(&forged, &["login"]).await.expect(401);
        assert_eq!(reasons(app, "caller.prove"), ["address"; 4]);
        let by = "SELECT actor_name AS it FROM audit_records WHERE action = 'caller.prove'";
        assert_eq!(app.database.texts(by), ["nightly"; 4], "it is known whose key it was");
        let page = owner.get(&format!("/access/{id}")).await.expect(200).text();
        for said in ["10.0.0.0/8", "2001:db8::/32", "198.51.100.7", "10.1.1.1", "resolved login"] {
            assert!(page.contains(said), "{said} in {page}");
        }
        server.stop().await;
    });
}

#[test]
fn a_key_with_a_list_of_tokens_learns_nothing_of_others() {
    on_both(async |app| {
        credentials(app, &["login", "other"]);
        let (id, text) = key(app);
        let owner = app.member("owner").await;
        let caller = app.caller(&text);
        resolve(&caller, &["login", "other"]).await.expect(200);
        let form = |tokens: &'static str| {
            [("name", "k"), ("source_scope", "all"), ("token_scope", "these"), ("tokens", tokens)]
        };
        let edit = format!("/access/{id}/edit");
        owner.post(&edit, &form(" ")).await.expect(422);
        owner.post(&edit, &form("login -")).await.expect(422);
        owner.post(&edit, &form("login, missing")).await.expect(303);
        let both = resolve(&caller, &["login", "other"]).await.expect(200).json();
        assert_eq!(both["credentials"].as_array().unwrap().len(), 1);
        assert_eq!(both["refusals"], json!([{ "token": "other", "code": "not_found" }]));
        let (left, right) =
            (resolve(&caller, &["other"]).await.expect(404), resolve(&caller, &["missing"]).await);
        let body = |reply: &Reply| {
            let mut body = reply.json();
            body.as_object_mut().unwrap().remove("request_id");
            body
        };
        assert_eq!(
            body(&left),
            body(&right.expect(404)),
            "what is not on the list looks like what is not there"
        );
        assert_eq!(reasons(app, "credential.resolve"), ["not_on_key", "not_on_key", "unknown"]);
        owner
            .post(&edit, &[("name", "k"), ("source_scope", "all"), ("token_scope", "all")])
            .await
            .expect(303);
        resolve(&caller, &["other"]).await.expect(200);
        assert_eq!(count(app, "access_key.edit"), 2);
    });
}

#[test]
fn two_secrets_work_until_the_old_one_ends() {
    on_both(async |app| {
        credentials(app, &["login"]);
        let (id, old) = key(app);
        let owner = app.member("owner").await;
        let rotate = format!("/access/{id}/rotate");
        let asked = inputs(&owner.get(&rotate).await.expect(200).text());
        assert!(asked.contains(&("secret".to_owned(), "1".to_owned())), "{asked:?}");
        let form = |secret: &'static str, overlap: &'static str| [("secret", secret), ("overlap", overlap)];
        owner.post(&rotate, &form("1", "for ever")).await.expect(400);
        let new = text_on(&owner.post(&rotate, &form("1", "day")).await.expect(201));
        assert_eq!(old[..16], new[..16], "the public part stays");
        // The same form once more makes nothing.
        owner.post(&rotate, &form("1", "none")).await.expect(409);
        for text in [&old, &new, &old] {
            resolve(&app.caller(text), &["login"]).await.expect(200);
        }
        let page = owner.get(&format!("/access/{id}")).await.expect(200).text();
        for said in ["No. 1", "No. 2", "Still works", "Current", "2026-11-24 09:00 UTC", "127.0.0.1"] {
            assert!(page.contains(said), "{said}");
        }
        assert!(!page.contains(&new) && !page.contains(&old), "a key is shown once");
        app.advance(Duration::from_secs(24 * 3600 - 1));
        resolve(&app.caller(&old), &["login"]).await.expect(200);
        app.advance(Duration::from_secs(1));
        resolve(&app.caller(&old), &["login"]).await.expect(401);
        resolve(&app.caller(&new), &["login"]).await.expect(200);
        assert_eq!(reasons(app, "caller.prove"), ["replaced"]);
        assert_eq!(count(app, "access_key.rotate"), 1);
    });
}

#[test]
fn an_old_secret_is_ended_at_once_and_by_the_next_rotation() {
    on_both(async |app| {
        credentials(app, &["login"]);
        let (id, first) = key(app);
        let owner = app.member("owner").await;
        let rotate = format!("/access/{id}/rotate");
        let rotated = async |from: &str, overlap: &str| {
            text_on(&owner.post(&rotate, &[("secret", from), ("overlap", overlap)]).await.expect(201))
        };
        let second = rotated("1", "week").await;
        resolve(&app.caller(&first), &["login"]).await.expect(200);
        let end = format!("/access/{id}/end-old");
        owner.get(&end).await.expect(200);
        owner.post(&end, &[]).await.expect(303);
        owner.post(&end, &[]).await.expect(303);
        assert_eq!(count(app, "access_key.end_old"), 1);
        resolve(&app.caller(&first), &["login"]).await.expect(401);
        resolve(&app.caller_elsewhere(&second), &["login"]).await.expect(200);
        let third = rotated("2", "hour").await;
        assert!(owner.get(&rotate).await.expect(200).text().contains("ends at once when you rotate again"));
        let fourth = rotated("3", "none").await;
        for (text, status) in [(&first, 401), (&second, 401), (&third, 401), (&fourth, 200)] {
            resolve(&app.caller(text), &["login"]).await.expect(status);
            resolve(&app.caller_elsewhere(text), &["login"]).await.expect(status);
        }
        owner.post(&format!("/access/{id}/revoke"), &[]).await.expect(303);
        resolve(&app.caller(&fourth), &["login"]).await.expect(401);
        for path in ["edit", "rotate", "end-old"] {
            owner.get(&format!("/access/{id}/{path}")).await.expect(409);
        }
        owner.post(&rotate, &[("secret", "4"), ("overlap", "none")]).await.expect(409);
    });
}

#[test]
fn the_list_is_searched_filtered_and_read_in_stretches() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let ids: Vec<AccessKeyId> = (0..53).map(|_| key(app).0).collect();
        for (at, id) in ids.iter().enumerate() {
            let name = format!("key {at:02}");
            let day = match at {
                0 => "2026-11-24",
                1 => "2026-12-20",
                _ => "",
            };
            let form =
                [("name", name.as_str()), ("last_day", day), ("source_scope", "all"), ("token_scope", "all")];
            owner.post(&format!("/access/{id}/edit"), &form).await.expect(303);
        }
        owner.post(&format!("/access/{}/revoke", ids[2]), &[]).await.expect(303);
        let names = async |path: &str| {
            let page = owner.get(path).await.expect(200).text();
            (0..53_usize).filter(|at| page.contains(&format!("key {at:02}<"))).collect::<Vec<_>>()
        };
        assert_eq!(names("/access").await, (0..50).collect::<Vec<_>>());
        let first = owner.get("/access").await.expect(200).text();
        let next = first.split("href=\"").find(|rest| rest.starts_with("/access?after=")).unwrap();
        let next = next.split('"').next().unwrap().replace("&amp;", "&");
        assert_eq!(names(&next).await, [50, 51, 52]);
        // The public part, which is random, is searched too.
        let public = app.database.texts("SELECT public_id AS it FROM access_keys ORDER BY name");
        let with_51: Vec<usize> = (0..53).filter(|at| *at == 51 || public[*at].contains("51")).collect();
        assert_eq!(names("/access?q=KEY+51").await, with_51);
        assert_eq!(names("/access?q=100%25").await, Vec::<usize>::new());
        assert_eq!(names("/access?state=expiring").await, [0]);
        assert_eq!(names("/access?state=revoked").await, [2]);
        assert_eq!(names("/access?state=expired").await, Vec::<usize>::new());
        app.advance(Duration::from_secs(3 * 24 * 3600));
        let owner = app.member("owner").await;
        let page = owner.get("/access?state=expired").await.expect(200).text();
        assert!(page.contains("key 00<") && !page.contains("key 01<"));
    });
}

#[test]
fn keys_are_for_those_who_manage_their_place_and_for_auditors() {
    on_both(async |app| {
        let (of_shop, of_web, of_elsewhere) = app.make(|world, conn, tools| {
            let mut key = |place| world.access_key(conn, tools, ("acme", place), None).0;
            (
                key(Place::Project(world.projects["shop"].clone())),
                key(Place::Repository(world.repositories["shop/web"].clone())),
                key(Place::Project(world.projects["plat"].clone())),
            )
        });
        // The manager of `shop` sees its key and that of its repository, and no other.
        let manager = app.member("manager").await;
        let list = manager.get("/access").await.expect(200).text();
        for (id, seen) in [(&of_shop, true), (&of_web, true), (&of_elsewhere, false)] {
            assert_eq!(list.contains(id.as_str()), seen, "{id}");
            for path in ["", "/edit", "/rotate", "/revoke"] {
                manager.get(&format!("/access/{id}{path}")).await.expect(if seen { 200 } else { 404 });
            }
        }
        for path in ["/edit", "/rotate", "/end-old", "/revoke"] {
            manager.post(&format!("/access/{of_elsewhere}{path}"), &[("name", "x")]).await.expect(404);
        }
        let auditor = app.member("auditor").await;
        let list = auditor.get("/access").await.expect(200).text();
        assert!([&of_shop, &of_web, &of_elsewhere].iter().all(|id| list.contains(id.as_str())));
        assert!(!auditor.get(&format!("/access/{of_shop}")).await.expect(200).text().contains("/rotate"));
        auditor.get(&format!("/access/{of_shop}/rotate")).await.expect(403);
        app.member("stranger").await.get(&format!("/access/{of_shop}")).await.expect(404);
    });
}

#[test]
fn a_key_is_made_with_its_bounds() {
    on_both(async |app| {
        credentials(app, &["login"]);
        let owner = app.member("owner").await;
        let asked = inputs(&owner.get("/access/new").await.expect(200).text());
        let submission = asked.iter().find(|(name, _)| name == "submission").unwrap().1.clone();
        let project = app.make(|world, _, _| format!("project:{}", world.projects["shop"]));
        let form = [
            ("submission", submission.as_str()),
            ("name", "bound"),
            ("place", project.as_str()),
            ("source_scope", "these"),
            ("sources", "127.0.0.1"),
            ("token_scope", "these"),
            ("tokens", "login"),
        ];
        let text = text_on(&owner.post("/access/new", &form).await.expect(201));
        resolve(&app.caller(&text), &["login"]).await.expect(200);
        resolve(&app.caller(&text), &["missing"]).await.expect(404);
        owner.post("/access/new", &form).await.expect(409);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_keys WHERE name = 'bound'"), 1);
        // Whoever rotates has seen a text that works, too.
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_key_secrets"), 1);
    });
}
