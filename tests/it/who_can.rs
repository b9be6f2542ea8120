//! Who can use a credential and why: what the pages say agrees with what pipelines and people are allowed.

use serde_json::json;
use voucher::credentials::{Reach, Scope};
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::world::{Sample, World, everywhere};

/// The first cells of a page's tables of people or repositories, in order.
fn named(page: &str) -> Vec<String> {
    let rows = page.split("<tr><th scope=\"row\">").skip(1);
    rows.map(|row| {
        let cell = row.split("</th>").next().unwrap();
        let text = cell.split('>').nth(usize::from(cell.starts_with("<a"))).unwrap();
        text.split('<').next().unwrap().to_owned()
    })
    .collect()
}

type Made = fn(&World) -> Scope;

/// Each scope with who can use it besides owner, administrator and responsible person, and with the repositories.
const SCOPES: &[(&str, Made, &[&str], &[&str])] = &[
    ("nowhere", |_| Scope::none(), &[], &[]),
    ("everywhere", |_| everywhere(), &["in-scope", "manager"], &["plat/deploy", "shop/api", "shop/web"]),
    ("shop", |world| world.in_project("shop"), &["in-scope", "manager"], &["shop/api", "shop/web"]),
    ("plat", |world| world.in_project("plat"), &[], &["plat/deploy"]),
    (
        "web",
        |world| {
            let web = world.repositories["shop/web"].clone();
            Scope { projects: Reach::none(), repositories: Reach::Chosen([web].into()) }
        },
        &["in-scope"],
        &["shop/web"],
    ),
    (
        "repositories",
        |_| Scope { projects: Reach::none(), repositories: Reach::All },
        &["in-scope"],
        &["plat/deploy", "shop/api", "shop/web"],
    ),
    (
        "projects",
        |_| Scope { projects: Reach::All, repositories: Reach::none() },
        &["in-scope", "manager"],
        &["plat/deploy", "shop/api", "shop/web"],
    ),
];

#[test]
fn the_people_who_are_named_are_those_who_may_and_the_repositories_those_that_get_it() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        for (token, scope, people, repositories) in SCOPES {
            let id = app.make(|world, conn, tools| {
                world.credential(conn, tools, &Sample { token, scope: scope(world), ..Sample::default() })
            });
            let mut expected: Vec<&str> = ["administrator", "owner", "responsible"].to_vec();
            expected.extend(*people);
            expected.sort_unstable();
            let page = owner.get(&format!("/credentials/{id}/users")).await.expect(200).text();
            assert_eq!(named(&page), expected, "{token}");
            let page = owner.get(&format!("/credentials/{id}/repositories")).await.expect(200).text();
            assert_eq!(named(&page), *repositories, "{token}");
            // The section on the credential's own page says the same.
            let page = owner.get(&format!("/credentials/{id}")).await.expect(200).text();
            let section = page.split("Who can use it and why").nth(1).unwrap();
            let section = section.split("</section>").next().unwrap();
            let all: Vec<&str> = expected.iter().chain(*repositories).copied().collect();
            assert_eq!(named(section), all, "{token}");

            // And so do the pipelines.
            for repository in ["plat/deploy", "shop/api", "shop/web"] {
                let key = app.make(|world, conn, tools| {
                    let place = Place::Repository(world.repositories[repository].clone());
                    world.access_key(conn, tools, ("acme", place), None).1
                });
                let reply = app.caller(&key).post_json("/api/v1/resolve", &json!({"tokens": [token]})).await;
                let gets_it = reply.status.as_u16() == 200;
                assert_eq!(gets_it, repositories.contains(&repository), "{token} in {repository}");
            }
            // And the reverse: each member's page names exactly what names them.
            for who in
                ["owner", "administrator", "auditor", "responsible", "manager", "in-scope", "bystander"]
            {
                let page =
                    owner.get(&format!("/members/{}/uses", app.world.members[who])).await.expect(200).text();
                assert_eq!(
                    named(&page).contains(&(*token).to_owned()),
                    expected.contains(&who),
                    "{token}: {who}"
                );
            }
        }
    });
}

#[test]
fn the_rule_is_said() {
    on_both(async |app| {
        let id = app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample)
        });
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/{id}/users")).await.expect(200).text();
        let reason = |who: &str| {
            let row = page.split("<tr>").find(|row| row.contains(&format!(">{who}</a></th>"))).unwrap();
            row.split("<td>").nth(1).unwrap().to_owned()
        };
        assert!(reason("owner").contains("Owner of the enterprise"));
        assert!(reason("administrator").contains("Administrator of the enterprise"));
        assert!(reason("responsible").contains("Answers for it"));
        assert!(reason("manager").contains("Member of the project shop, which is in the scope"));
        assert!(
            reason("in-scope")
                .contains("Member of the repository shop/web; its project shop is in the scope")
        );
    });
}

#[test]
fn who_may_only_use_it_learns_their_own_rule_and_nobody_elses() {
    on_both(async |app| {
        let id = app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample)
        });
        let page = app.member("in-scope").await.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(page.contains("You can use it in pipeline forms"), "{page}");
        assert!(page.contains("its project shop is in the scope"), "{page}");
        assert!(!page.contains("shop/api") && !page.contains(">manager<"), "{page}");
        // An auditor sees everybody, and uses nothing.
        let auditor = app.member("auditor").await;
        let page = auditor.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(page.contains(">manager<") && !page.contains("You can use it in pipeline forms"), "{page}");
        let page =
            auditor.get(&format!("/members/{}", app.world.members["auditor"])).await.expect(200).text();
        assert!(page.contains("They can use no credential"), "{page}");
    });
}

#[test]
fn who_is_disabled_is_not_among_those_who_can() {
    on_both(async |app| {
        let id = app.make(|world, conn, tools| {
            let id = world.credential(conn, tools, &Sample::default());
            let leaver = &world.members["manager"];
            voucher::directory::disable(conn, &world.acting("acme", tools), leaver).unwrap();
            id
        });
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/{id}/users")).await.expect(200).text();
        assert!(!named(&page).contains(&"manager".to_owned()), "{page}");
        let page = owner.get(&format!("/members/{}", app.world.members["manager"])).await.expect(200).text();
        assert!(page.contains("Nothing while they are disabled"), "{page}");
    });
}

#[test]
fn long_lists_of_people_and_repositories_go_on_where_they_stopped() {
    on_both(async |app| {
        let id = many(app);
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(page.contains("All 73 people") && page.contains("All 63 repositories"), "{page}");
        for (list, count) in [("users", 73), ("repositories", 63)] {
            let (mut path, mut seen) = (format!("/credentials/{id}/{list}"), Vec::new());
            loop {
                let page = owner.get(&path).await.expect(200).text();
                seen.extend(named(&page));
                let Some(next) = page.split("<a class=\"btn ms-auto\" href=\"").nth(1) else { break };
                path = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            }
            assert_eq!(seen.len(), count, "{list}: {seen:?}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "{list}: one was shown twice");
        }
    });
}

/// A credential for everywhere, 60 repositories more, and 68 more people in one of them.
fn many(app: &TestApp) -> voucher::ids::CredentialId {
    use voucher::directory::{Repository, add_repository, join_repository};
    use voucher::ids::RepositoryId;
    app.make(|world, conn, tools| {
        for number in 0..60 {
            let repository = Repository {
                id: RepositoryId::new(tools.now, tools.random),
                project: world.projects["plat"].clone(),
                slug: format!("plat/r{number}"),
                name: format!("plat/r{number}"),
            };
            add_repository(conn, &world.acme, &repository, tools.now).unwrap();
        }
        let deploy = &world.repositories["plat/deploy"];
        for number in 0..68 {
            let member = world.another_member(conn, tools, &format!("m{number}"));
            join_repository(conn, deploy, &member, voucher::permission::LocalRole::Member).unwrap();
        }
        world.credential(conn, tools, &Sample::default())
    })
}
