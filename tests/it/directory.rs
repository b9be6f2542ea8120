//! Projects, repositories and their members through the pages that people use: what they change, and for whom.

use serde_json::json;
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::world::Sample;

/// The actions of the enterprise's audit records from number `after` on, oldest first.
fn recorded(app: &TestApp, after: i64) -> Vec<String> {
    app.database.texts(&format!(
        "SELECT action || ' ' || object_name AS it FROM audit_records WHERE chain = 'test' AND seq > {after} ORDER BY seq"
    ))
}

fn last_record(app: &TestApp) -> i64 {
    app.database.count("SELECT COALESCE(MAX(seq), 0) FROM audit_records WHERE chain = 'test'")
}

fn shop(app: &TestApp) -> String {
    format!("/projects/{}", app.world.projects["shop"])
}

fn web(app: &TestApp) -> String {
    format!("/repositories/{}", app.world.repositories["shop/web"])
}

#[test]
fn a_project_is_made_once_however_often_its_form_is_sent() {
    on_both(async |app| {
        let administrator = app.member("administrator").await;
        let before = last_record(app);
        let form =
            Form::open(&administrator, "/projects/new").await.fill("name", "商城 2").fill("path", "shop2");
        let first = form.send().await.expect(303);
        assert_eq!(form.send().await.expect(303).location(), first.location());
        let page = administrator.get(first.location()).await.expect(200).text();
        assert!(page.contains("商城 2") && page.contains("shop2"), "{page}");
        assert_eq!(recorded(app, before), ["project.create shop2"]);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'shop2'"), 1);
    });
}

#[test]
fn what_is_wrong_with_a_name_or_a_path_is_said_where_it_was_typed() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let before = app.database.rows();
        let cases = [
            ("", "shop2", 422, "name-error"),
            ("Shop", "", 422, "path-error"),
            ("Shop", "../shop", 422, "path-error"),
            ("Shop", "shop", 409, "path-error"),
            ("Shop", "商城", 422, "path-error"),
        ];
        for (name, path, status, at) in cases {
            let form = Form::open(&owner, "/projects/new").await.fill("name", name).fill("path", path);
            let page = form.send().await.expect(status).text();
            assert!(page.contains(&format!("id=\"{at}\"")), "{name:?} {path:?}: {page}");
            assert!(page.contains(&format!("value=\"{}\"", path)), "{path:?} was forgotten");
        }
        let taken = Form::open(&owner, &format!("{}/repositories/new", shop(app))).await;
        taken.fill("name", "x").fill("path", "plat/deploy").send().await.expect(409);
        let renamed = Form::open(&owner, &format!("{}/rename", shop(app))).await;
        renamed.fill("name", "x").fill("path", "plat").send().await.expect(409);
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn a_manager_looks_after_the_repositories_and_members_of_their_project_and_of_no_other() {
    on_both(async |app| {
        let manager = app.member("manager").await;
        let before = last_record(app);
        let made = Form::open(&manager, &format!("{}/repositories/new", shop(app)))
            .await
            .fill("name", "Docs")
            .fill("path", "shop/docs")
            .send()
            .await
            .expect(303);
        let docs = made.location().to_owned();
        let bystander = app.world.members["bystander"].to_string();
        for (at, role) in [(shop(app), "member"), (shop(app), "manager"), (docs.clone(), "member")] {
            let set = [("member", bystander.as_str()), ("role", role)];
            manager.post(&format!("{at}/members"), &set).await.expect(303);
            manager.post(&format!("{at}/members"), &set).await.expect(303);
        }
        let rename = Form::open(&manager, &format!("{docs}/rename")).await;
        rename.fill("name", "Handbook").fill("path", "shop/handbook").send().await.expect(303);
        manager
            .post(&format!("{}/members", shop(app)), &[("member", &bystander), ("role", "none")])
            .await
            .expect(303);
        assert_eq!(
            recorded(app, before),
            [
                "repository.create shop/docs",
                "project.join shop",
                "project.join shop",
                "repository.join shop/docs",
                "repository.rename shop/docs",
                "project.leave shop",
            ]
        );
        let plat = format!("/projects/{}", app.world.projects["plat"]);
        for path in [plat.clone(), format!("{plat}/members"), format!("{plat}/repositories/new")] {
            manager.get(&path).await.expect(404);
        }
        manager.get("/projects/new").await.expect(403);
        let to = app.world.projects["plat"].to_string();
        manager.post(&format!("{docs}/move"), &[("to", &to)]).await.expect(422);
    });
}

#[test]
fn one_sees_ones_own_places_and_what_is_in_them() {
    on_both(async |app| {
        let sees = async |who: &str, path: &str, what: &[&str], not: &[&str]| {
            let page = app.member(who).await.get(path).await.expect(200).text();
            let page = page.split("<main").nth(1).unwrap();
            for one in what {
                assert!(page.contains(one), "{who} does not see {one} at {path}: {page}");
            }
            for one in not {
                assert!(!page.contains(one), "{who} sees {one} at {path}: {page}");
            }
        };
        sees("owner", "/projects", &["<code>shop</code>", "<code>plat</code>"], &[]).await;
        sees("auditor", "/projects", &["<code>shop</code>", "<code>plat</code>"], &["New project"]).await;
        sees("manager", "/projects", &["<code>shop</code>"], &["<code>plat</code>", "New project"]).await;
        sees("in-scope", "/projects", &["<code>shop</code>"], &["<code>plat</code>"]).await;
        sees("bystander", "/projects", &["No projects yet"], &["<code>"]).await;
        sees("in-scope", &shop(app), &["shop/web"], &["shop/api", "/members", "Rename"]).await;
        sees("manager", &shop(app), &["shop/web", "shop/api", "/members"], &["Rename"]).await;
        sees("in-scope", &web(app), &["in-scope"], &["Rename", "Add members"]).await;
        sees("owner", "/projects?q=PLA", &["<code>plat</code>"], &["<code>shop</code>"]).await;
        sees("owner", "/projects?q=%25", &["Nothing found"], &[]).await;
    });
}

#[test]
fn lists_go_on_where_they_stopped() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            use voucher::directory::{Project, add_project};
            for number in 0..30 {
                let project = Project {
                    id: voucher::ids::ProjectId::new(tools.now, tools.random),
                    slug: format!("p{number}"),
                    // Three have the same name; the id decides among them.
                    name: format!("P~{:02}", number / 3),
                };
                add_project(conn, &world.acme, &project, tools.now).unwrap();
            }
        });
        let owner = app.member("owner").await;
        let (mut path, mut seen) = ("/projects".to_owned(), Vec::new());
        loop {
            let page = owner.get(&path).await.expect(200).text();
            seen.extend(
                page.split("<span class=\"v-token\"><code>")
                    .skip(1)
                    .map(|rest| rest.split('<').next().unwrap().to_owned()),
            );
            let Some(next) = page.split("<a class=\"btn ms-auto\" href=\"").nth(1) else { break };
            path = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!(seen.len(), 32, "{seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 32, "one was shown twice");
        for odd in ["after=x", "after=~~", "after=%00~%00", "q=%00", "after=a~b~c"] {
            owner.get(&format!("/projects?{odd}")).await.expect(200);
        }
    });
}

#[test]
fn renaming_keeps_everything() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample);
            let place = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        });
        let owner = app.member("owner").await;
        let renamed = Form::open(&owner, &format!("{}/rename", shop(app))).await;
        let renamed = renamed.fill("name", "新商城").fill("path", "new/shop").send().await.expect(303);
        assert_eq!(renamed.location(), shop(app));
        let page = owner.get(&shop(app)).await.expect(200).text();
        assert!(page.contains("新商城") && page.contains("new/shop") && page.contains("shop/web"));
        let reply = app.caller(&key).post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await;
        reply.expect(200);
        app.member("manager").await.get(&format!("{}/members", shop(app))).await.expect(200);
    });
}

#[test]
fn deleting_says_what_breaks_and_wants_the_path_typed() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample);
            let place = Place::Repository(world.repositories["shop/web"].clone());
            world.access_key(conn, tools, ("acme", place.clone()), None);
            world.access_key(conn, tools, ("acme", place), None).1
        });
        app.caller(&key).post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await.expect(200);
        let owner = app.member("owner").await;
        let page = owner.get(&format!("{}/delete", shop(app))).await.expect(200).text();
        for said in [
            "2 access keys stop working",
            "1 of them fetched",
            "1 credential names it",
            "<code>login</code>",
            "fetched by 1 of its access keys",
            "its 2 repositories",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let before = app.database.rows();
        for typed in ["", "Shop", "plat"] {
            owner.post(&format!("{}/delete", shop(app)), &[("path", typed)]).await.expect(422);
        }
        assert_eq!(app.database.rows(), before);
        let at = last_record(app);
        owner.post(&format!("{}/delete", shop(app)), &[("path", "shop")]).await.expect(303);
        owner.get(&shop(app)).await.expect(404);
        assert_eq!(
            recorded(app, at),
            [
                "credential.scope_lost login",
                "access_key.delete a key",
                "access_key.delete a key",
                "project.delete shop"
            ]
        );
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_keys"), 0);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credential_projects"), 0);
        app.caller(&key).post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await.expect(401);
        // Nothing of the other enterprise went with it.
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'shop'"), 1);
    });
}

#[test]
fn a_manager_is_not_told_of_credentials_that_they_may_not_see() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            use voucher::credentials::{Reach, Scope};
            // Named by repository only: members of the project are not in its scope.
            let repository = world.repositories["shop/web"].clone();
            let scope = Scope { projects: Reach::none(), repositories: Reach::Chosen([repository].into()) };
            world.credential(conn, tools, &Sample { token: "hidden", scope, ..Sample::default() });
        });
        let page = app.member("manager").await.get(&format!("{}/delete", web(app))).await.expect(200).text();
        assert!(page.contains("1 credential names it") && page.contains("and 1 more"), "{page}");
        assert!(!page.contains("hidden</code>"), "{page}");
        let page = app.member("owner").await.get(&format!("{}/delete", web(app))).await.expect(200).text();
        assert!(page.contains("<code>hidden</code>"), "{page}");
    });
}

#[test]
fn moving_says_first_what_is_lost_and_gained() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            use voucher::credentials::{Reach, Scope};
            for of in ["shop", "plat"] {
                let sample = Sample { token: of, scope: world.in_project(of), ..Sample::default() };
                world.credential(conn, tools, &sample);
            }
            // These go along: by the repository itself, and everywhere.
            let repositories = Reach::Chosen([world.repositories["shop/web"].clone()].into());
            let scope = Scope { repositories, ..world.in_project("shop") };
            world.credential(conn, tools, &Sample { token: "along", scope, ..Sample::default() });
            world.credential(conn, tools, &Sample { token: "everywhere", ..Sample::default() });
        });
        let owner = app.member("owner").await;
        let plat = app.world.projects["plat"].to_string();
        let page = owner.get(&format!("{}/move?to={plat}", web(app))).await.expect(200).text();
        let (before, gained) = page.split_once("Its pipelines get in addition").unwrap();
        let lost = before.split_once("Its pipelines lose").unwrap().1;
        assert!(lost.contains("<code>shop</code>") && !lost.contains("plat</code>"), "{lost}");
        assert!(gained.contains("<code>plat</code>") && !gained.contains("shop</code>"), "{gained}");
        assert!(!page.contains("<code>along</code>") && !page.contains("<code>everywhere</code>"), "{page}");

        let (at, epoch) = (last_record(app), "SELECT policy_epoch FROM enterprises WHERE slug = 'acme'");
        let before = app.database.count(epoch);
        let moving = [("to", plat.as_str())];
        owner.post(&format!("{}/move", web(app)), &moving).await.expect(303);
        assert!(app.database.count(epoch) > before);
        owner.post(&format!("{}/move", web(app)), &moving).await.expect(303);
        assert_eq!(recorded(app, at), ["repository.move shop/web"]);
        for nowhere in ["", "x", app.world.projects["umbrella:shop"].as_str()] {
            owner.post(&format!("{}/move", web(app)), &[("to", nowhere)]).await.expect(422);
        }
        // Who works in the repository sees the project that it is in now, and not the one that it was in.
        let page = app.member("in-scope").await.get("/projects").await.expect(200).text();
        assert!(page.contains("<code>plat</code>") && !page.contains("<code>shop</code>"), "{page}");
    });
}

#[test]
fn nobody_of_another_enterprise_and_nobody_who_left_can_be_added() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            let leaver = &world.members["bystander"];
            voucher::directory::disable(conn, &world.acting("acme", tools), leaver).unwrap();
        });
        let owner = app.member("owner").await;
        let page = owner.get(&format!("{}/members/add", shop(app))).await.expect(200).text();
        assert!(page.contains("responsible") && !page.contains("bystander") && !page.contains("stranger"));
        let before = app.database.rows();
        for who in ["bystander", "stranger"] {
            let member = app.world.members[who].to_string();
            for at in [shop(app), web(app)] {
                let set = [("member", member.as_str()), ("role", "member")];
                owner.post(&format!("{at}/members"), &set).await.expect(409);
            }
        }
        let known = app.world.members["responsible"].to_string();
        for (member, role) in [("", "member"), ("x", "member"), (&known, ""), (&known, "owner")] {
            owner
                .post(&format!("{}/members", shop(app)), &[("member", member), ("role", role)])
                .await
                .expect(400);
        }
        let mut after = app.database.rows();
        // Refused within a transaction that is undone: not even the epoch was raised.
        assert_eq!(after.remove("project_members"), before.get("project_members").cloned());
        assert_eq!(after.get("enterprises"), before.get("enterprises"));
    });
}

#[test]
fn who_loses_their_role_while_a_page_is_open_is_refused() {
    on_both(async |app| {
        let manager = app.member("manager").await;
        let form = Form::open(&manager, &format!("{}/repositories/new", shop(app))).await;
        app.member("owner")
            .await
            .post(
                &format!("{}/members", shop(app)),
                &[("member", app.world.members["manager"].as_str()), ("role", "member")],
            )
            .await
            .expect(303);
        form.fill("name", "x").fill("path", "shop/x").send().await.expect(403);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM repositories WHERE slug = 'shop/x'"), 0);
    });
}

#[test]
fn who_removes_themselves_is_led_to_a_page_that_they_may_see() {
    on_both(async |app| {
        let manager = app.member("manager").await;
        let own = [("member", app.world.members["manager"].as_str()), ("role", "none")];
        let reply = manager.post(&format!("{}/members", shop(app)), &own).await.expect(303);
        let page = manager.get(reply.location()).await.expect(200).text();
        assert!(page.contains("The member was removed"), "{page}");
    });
}
