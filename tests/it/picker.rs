//! The credential picker: it offers exactly what a resolve delivers, to exactly those who may use it, and tells nobody else
//! anything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use voucher::credentials::{self, Reach, Scope};
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::many::Many;
use crate::support::world::{Sample, World, everywhere};

/// How much longer a picker among ten thousand may take than one among a thousand.
const AT_MOST: f64 = 6.0;

/// Every item of a picker, stretch after stretch.
async fn items(client: &Client, query: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/api/v1/picker?{query}&after={after}")).await.expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(!items.is_empty() || all.is_empty(), "an empty stretch behind another");
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => after = url::form_urlencoded::byte_serialize(next.as_bytes()).collect(),
            None => return all,
        }
    }
}

fn tokens(items: &[Value], fits: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    items.iter().filter(|item| fits(item)).map(|item| item["token"].as_str().unwrap().to_owned()).collect()
}

/// The code of each refusal by token; of what was delivered, `ok`.
async fn resolved(caller: &Client, tokens: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for token in tokens {
        let answer = caller.post_json("/api/v1/resolve", &json!({"tokens": [token]})).await;
        let code = if answer.status.as_u16() == 200 {
            assert_eq!(answer.json()["credentials"][0]["token"], json!(token));
            "ok".to_owned()
        } else {
            answer.code()
        };
        said.insert(token.clone(), code);
    }
    said
}

/// Every scope there is around `shop/web`, each in every state.
fn scopes(world: &World) -> Vec<(&'static str, Scope)> {
    let projects = |name: &str| Reach::Chosen([world.projects[name].clone()].into());
    let repositories = |name: &str| Reach::Chosen([world.repositories[name].clone()].into());
    vec![
        ("nowhere", Scope::none()),
        ("everywhere", everywhere()),
        ("projects", Scope { projects: Reach::All, repositories: Reach::none() }),
        ("repositories", Scope { projects: Reach::none(), repositories: Reach::All }),
        ("shop", Scope { projects: projects("shop"), repositories: Reach::none() }),
        ("plat", Scope { projects: projects("plat"), repositories: Reach::none() }),
        ("web", Scope { projects: Reach::none(), repositories: repositories("shop/web") }),
        ("api", Scope { projects: Reach::none(), repositories: repositories("shop/api") }),
        ("both", Scope { projects: projects("plat"), repositories: repositories("shop/web") }),
    ]
}

fn make_all(app: &TestApp) {
    app.make(|world, conn, tools| {
        let soon = tools.now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        for (name, scope) in scopes(world) {
            for (state, expires_at) in [("on", None), ("off", None), ("over", Some(soon))] {
                for credential_type in ["username-password", "kubernetes"] {
                    let token = format!("{name}-{state}-{credential_type}");
                    let sample = Sample {
                        credential_type,
                        token: &token,
                        scope: scope.clone(),
                        expires_at,
                        ..Sample::default()
                    };
                    let id = world.credential(conn, tools, &sample);
                    if state == "off" {
                        credentials::disable(conn, &world.acting("acme", tools), &id).unwrap();
                    }
                }
            }
        }
        let sample = Sample {
            enterprise: "umbrella",
            token: "another-enterprise",
            responsible: "stranger",
            ..Sample::default()
        };
        world.credential(conn, tools, &sample);
    });
    app.advance(Duration::from_secs(2 * 3600));
}

#[test]
fn what_the_picker_calls_usable_is_what_a_resolve_delivers_there_and_nothing_else() {
    on_both(async |app| {
        make_all(app);
        for (path, name) in
            [("shop%2Fweb", "shop/web"), ("shop%2Fapi", "shop/api"), ("plat%2Fdeploy", "plat/deploy")]
        {
            let key = app.make(|world, conn, tools| {
                let place = Place::Repository(world.repositories[name].clone());
                world.access_key(conn, tools, ("acme", place), None).1
            });
            let caller = app.caller(&key);
            for (person, sees_all) in
                [("owner", true), ("in-scope", false), ("manager", false), ("responsible", false)]
            {
                let client = app.member(person).await;
                let query = format!("repository={path}&limit=7");
                let first = client.get(&format!("/api/v1/picker?{query}")).await;
                if !sees_all && first.status.as_u16() == 404 {
                    continue;
                }
                let items = items(&client, &query).await;
                let listed = tokens(&items, |_| true);
                assert_eq!(listed.len(), items.len(), "listed twice");
                assert!(!listed.contains("another-enterprise"));
                let usable = tokens(&items, |item| item["usable"] == true);
                let said = resolved(&caller, &listed).await;
                let delivered: BTreeSet<String> =
                    said.iter().filter(|(_, code)| *code == "ok").map(|(token, _)| token.clone()).collect();
                assert_eq!(usable, delivered, "{person} in {name}");
                for item in &items {
                    let token = item["token"].as_str().unwrap();
                    let expected = match item["reason"].as_str() {
                        None | Some("failing") => "ok",
                        Some("not_in_scope") => "not_found",
                        Some(reason) => reason,
                    };
                    assert_eq!(said[token], expected, "{person} in {name}: {item}");
                }
                if sees_all {
                    assert_eq!(listed.len(), scopes(&app.world).len() * 6, "an administrator sees all");
                    assert!(usable.len() > 2 && usable.len() < listed.len() / 3);
                    let after = items.iter().skip_while(|item| item["reason"] != "not_in_scope");
                    assert!(
                        after.clone().count() > 3
                            && after.clone().all(|item| item["reason"] == "not_in_scope")
                    );
                }
            }
        }
    });
}

#[test]
fn the_picker_says_how_each_fares_and_never_what_is_in_it() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            let secret = [("password", "sEcReT-cOnTeNt-4711")];
            let id = world.credential(
                conn,
                tools,
                &Sample { token: "robot", secret: &secret, ..Sample::default() },
            );
            world.credential(
                conn,
                tools,
                &Sample { token: "k8s", credential_type: "kubernetes", ..Sample::default() },
            );
            id
        });
        app.database.execute(&format!(
            "UPDATE health SET version = 1, outcome = 'invalid_secret', checked_at = {} WHERE credential_id = \
             (SELECT id FROM credentials WHERE token = 'robot')",
            app.now().as_millisecond()
        ));
        let member = app.member("in-scope").await;
        let repository = app.world.repositories["shop/web"].clone();
        let found = items(&member, &format!("repository={repository}&type=username-password")).await;
        assert_eq!(found.len(), 1);
        let expected = json!({
            "token": "robot", "name": "robot", "type": "username-password", "group": "others", "description": "",
            "health": {"state": "refused", "checked_at": app.now().to_string()}, "expires_at": null, "usable": true,
            "reason": "failing", "conditional": false, "last_used_at": null,
        });
        assert_eq!(found[0], expected);
        assert_eq!(items(&member, "repository=shop/web").await.len(), 2);
        assert_eq!(
            tokens(&items(&member, "repository=shop/web&q=K8").await, |_| true),
            ["k8s".to_owned()].into()
        );
        for page in [
            format!("/api/v1/picker?repository={repository}"),
            format!("/picker?repository={repository}&value=robot"),
            format!("/repositories/{repository}/credentials"),
            format!("/repositories/{repository}/tasks/host-deploy?certificate=robot"),
        ] {
            let reply = member.get(&page).await.expect(200);
            assert!(reply.text().contains("robot"), "{page}");
            crate::secrecy::assert_without("sEcReT-cOnTeNt-4711", &page, &reply.body);
        }
        // A condition in force is said: the key of a repository alone proves nothing.
        app.database.execute(
            "INSERT INTO credential_conditions (credential_id, standing, conditions, since) SELECT id, 'in_force', \
             '{\"refs\":[\"refs/heads/main\"]}', 0 FROM credentials WHERE token = 'k8s'",
        );
        let found = items(&member, "repository=shop/web&type=kubernetes").await;
        assert_eq!((&found[0]["conditional"], &found[0]["usable"]), (&json!(true), &json!(true)));
    });
}

#[test]
fn whose_repository_it_is_not_is_told_that_there_is_none() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let ours = app.world.repositories["shop/web"].clone();
        let theirs = app.world.repositories["umbrella:shop/web"].clone();
        let elsewhere = app.world.repositories["plat/deploy"].clone();
        let told = |reply: &Reply| (reply.status.as_u16(), reply.header("content-type").to_owned());
        for (person, repository) in [
            ("owner", theirs.as_str()),
            ("in-scope", elsewhere.as_str()),
            ("in-scope", "plat/deploy"),
            ("manager", "plat/deploy"),
            ("in-scope", "shop/api"),
            ("bystander", ours.as_str()),
            ("stranger", ours.as_str()),
            ("owner", "shop"),
            ("owner", "no/such"),
            ("owner", "a%00b"),
        ] {
            let client = app.member(person).await;
            let reply = client.get(&format!("/api/v1/picker?repository={repository}")).await;
            assert_eq!(told(&reply), (404, "application/problem+json".into()), "{person} {repository}");
            client.get(&format!("/picker?repository={repository}")).await.expect(404);
            if !repository.contains(['/', '%']) && repository != "shop" {
                for page in ["credentials", "tasks", "tasks/k8s-deploy?add=kubernetes"] {
                    client.get(&format!("/repositories/{repository}/{page}")).await.expect(404);
                }
            }
        }
        let project = app.world.projects["plat"].clone();
        app.member("manager").await.get(&format!("/projects/{project}/credentials")).await.expect(404);
        // An auditor sees the repository, and uses nothing there.
        let auditor = app.member("auditor").await;
        assert!(items(&auditor, &format!("repository={ours}")).await.is_empty());
    });
}

#[test]
fn only_a_person_at_a_page_of_ours_is_answered_by_the_api() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            let place = Place::Repository(world.repositories["shop/web"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        });
        let path = "/api/v1/picker?repository=shop/web";
        assert_eq!(app.anonymous().get(path).await.expect(401).code(), "unauthenticated");
        assert_eq!(app.caller(&key).get(path).await.expect(401).code(), "unauthenticated");
        let owner = app.member("owner").await;
        let site = async |site: &str| {
            let header = [("sec-fetch-site", site.to_owned())];
            owner.send(reqwest::Method::GET, path, &header, None).await
        };
        assert_eq!(site("same-origin").await.status.as_u16(), 200);
        assert_eq!(site("none").await.status.as_u16(), 200);
        for other in ["same-site", "cross-site", "nonsense"] {
            assert_eq!(site(other).await.expect(403).code(), "cross_site", "{other}");
        }
        let allowed = owner.get(path).await.expect(200);
        assert_eq!(allowed.header("cache-control"), "no-store");
        assert_eq!(allowed.header("access-control-allow-origin"), "");
        for bad in ["", "?repository=", "?repository=shop/web&type=nonsense", "?repository=shop/web&after=x"]
        {
            let reply = owner.get(&format!("/api/v1/picker{bad}")).await.expect(422);
            assert_eq!(reply.code(), "invalid_request", "{bad}");
        }
        // Everything else of the API still takes no cookie.
        assert_eq!(owner.get("/api/v1/projects").await.status.as_u16(), 401);
    });
}

#[test]
fn a_picker_among_ten_thousand_takes_about_as_long_as_one_among_a_thousand() {
    on_both(async |app| {
        let mut many = Many::default();
        many.grow(app, 1_000);
        let (owner, member) = (app.member("owner").await, app.member("in-scope").await);
        let quickest = async |client: &Client, path: &str| {
            let mut best = Duration::MAX;
            for _ in 0..10 {
                let from = Instant::now();
                client.get(path).await.expect(200);
                best = best.min(from.elapsed());
            }
            best
        };
        let id = &app.world.repositories["shop/web"];
        let task = format!("/repositories/{id}/tasks/k8s-deploy?displayName=x&certificate=many-1000");
        let paths = [
            "/api/v1/picker?repository=shop/web".to_owned(),
            "/api/v1/picker?repository=shop/web&type=kubernetes".to_owned(),
            "/api/v1/picker?repository=shop/web&q=many-99".to_owned(),
            "/api/v1/picker?repository=shop/web&q=nothing-like-it".to_owned(),
            "/api/v1/picker?repository=shop/web&after=elsewhere~".to_owned(),
            "/picker?repository=shop/web&type=kubernetes,docker-registry".to_owned(),
            task,
            format!("/repositories/{id}/credentials"),
        ];
        let mut small = Vec::new();
        for path in &paths {
            small.push((quickest(&owner, path).await, quickest(&member, path).await));
        }
        many.grow(app, 10_000);
        let mut slow = Vec::new();
        for (path, (owners, members)) in paths.iter().zip(small) {
            for (who, client, before) in [("owner", &owner, owners), ("member", &member, members)] {
                let mut now = quickest(client, path).await;
                if now.as_secs_f64() > before.as_secs_f64() * AT_MOST {
                    // Something else may have been going on.
                    now = now.min(quickest(client, path).await);
                }
                let times = now.as_secs_f64() / before.as_secs_f64();
                println!("{times:5.2} × {before:>9.1?} = {now:>9.1?}  {who}: {path}");
                if times > AT_MOST {
                    slow.push((who, path));
                }
            }
        }
        assert!(slow.is_empty(), "grow with what is behind them: {slow:#?}");
    });
}
