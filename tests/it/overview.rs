//! The overview: what needs attention, to those who may see it, and the way to exactly those.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use voucher::pipelines::Place;

use crate::support::app::on_both;
use crate::support::world::Sample;

const DAY: u64 = 24 * 3600;

/// The tokens of a list's lines, in its order.
fn listed(page: &str) -> Vec<String> {
    page.split("<th scope=\"row\"")
        .skip(1)
        .map(|line| line.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned())
        .collect()
}

/// The part of the overview with this name: the tokens that it names, and where it leads.
fn part(page: &str, name: &str) -> Option<(Vec<String>, String)> {
    let section =
        page.split(&format!("aria-labelledby=\"overview-{name}\"")).nth(1)?.split("</section>").next()?;
    let tokens =
        section.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    let href = section.rsplit("href=\"").next()?.split('"').next()?;
    Some((tokens, href.replace("&#38;", "&").replace("&amp;", "&")))
}

#[test]
fn each_part_names_what_it_is_about_and_leads_to_exactly_those() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let page = owner.get("/overview").await.expect(200).text();
        assert!(page.contains("Nothing needs attention"), "{page}");
        let ends = |days: i64| app.now().checked_add(SignedDuration::from_hours(24 * days)).ok();
        for (token, expires_at) in
            [("over", ends(10)), ("soon", ends(100)), ("later", ends(200)), ("idle", None)]
        {
            app.make(|world, conn, tools| {
                world.credential(conn, tools, &Sample { token, expires_at, ..Sample::default() })
            });
        }
        app.advance(Duration::from_secs(91 * DAY));
        let leaver = app.make(|world, conn, tools| {
            let own = Sample { token: "own", responsible: "in-scope", ..Sample::default() };
            world.credential(conn, tools, &own);
            world.members["responsible"].clone()
        });
        let owner = app.member("owner").await;
        owner.post(&format!("/members/{leaver}/disable"), &[]).await.expect(303);
        app.database.execute(&format!(
            "UPDATE health SET version = 1, outcome = 'invalid_secret', checked_at = {} WHERE credential_id = \
             (SELECT id FROM credentials WHERE token = 'later')",
            app.now().as_millisecond()
        ));
        let page = owner.get("/overview").await.expect(200).text();
        for (name, wanted) in [
            ("expired", &["over"][..]),
            ("expiring", &["soon"]),
            ("refused", &["later"]),
            ("unused", &["over", "soon", "later", "idle"]),
            ("responsible", &["idle", "later", "soon", "over"]),
        ] {
            let (mut named, href) = part(&page, name).unwrap_or_else(|| panic!("no {name}: {page}"));
            let mut found = listed(&owner.get(&href).await.expect(200).text());
            assert_eq!(named, found, "{name} {href}");
            let mut wanted: Vec<String> = wanted.iter().map(|token| (*token).to_owned()).collect();
            for tokens in [&mut named, &mut found, &mut wanted] {
                tokens.sort();
            }
            assert_eq!(found, wanted, "{name} {href}");
        }
    });
}

#[test]
fn nobody_reads_there_of_what_they_may_not_see() {
    on_both(async |app| {
        let end = app.now().checked_add(SignedDuration::from_hours(48)).ok();
        app.make(|world, conn, tools| {
            let scope = world.in_project("shop");
            let sample = Sample { token: "secret-plans", scope, expires_at: end, ..Sample::default() };
            world.credential(conn, tools, &sample)
        });
        for (who, sees) in [("auditor", true), ("manager", true), ("bystander", false), ("stranger", false)] {
            let page = app.member(who).await.get("/overview").await.expect(200).text();
            assert_eq!(page.contains("secret-plans"), sees, "{who}");
            assert_eq!(part(&page, "expiring").is_some(), sees, "{who}");
            // Who left is said to those who see everybody.
            assert_eq!(
                page.contains("somebody who answers for it"),
                ["auditor", "stranger"].contains(&who),
                "{who}"
            );
        }
    });
}

/// The tokens that the part about shared values names.
fn shared(page: &str) -> Vec<String> {
    let Some(section) = page.split("aria-labelledby=\"overview-shared\"").nth(1) else { return Vec::new() };
    let section = section.split("</section>").next().unwrap();
    section.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn a_value_that_is_stored_twice_is_told_to_those_who_answer_for_both() {
    on_both(async |app| {
        let make = |(token, enterprise, responsible): (&str, &str, &str), password: &str| {
            app.make(|world, conn, tools| {
                let secret = &[("password", password)][..];
                let sample = Sample { token, enterprise, responsible, secret, ..Sample::default() };
                world.credential(conn, tools, &sample)
            })
        };
        for one in
            [("one", "acme", "responsible"), ("theirs", "acme", "manager"), ("far", "umbrella", "stranger")]
        {
            make(one, "correct-horse");
        }
        make(("alone", "acme", "responsible"), "battery-staple");
        let seen = async |who: &str| {
            let page = app.member(who).await.get("/overview").await.expect(200).text();
            assert!(!page.contains("correct-horse") && !page.contains("battery-staple"), "{page}");
            let said = page.contains("have the same secret");
            let found = shared(&page);
            assert_eq!(said, found.is_empty(), "{who}: {page}");
            found
        };
        assert_eq!(seen("owner").await, ["one", "theirs"]);
        assert_eq!(seen("auditor").await, ["one", "theirs"]);
        // Each sees both, and answers for one of them: that it equals the other would be a guess come true.
        for who in ["responsible", "manager", "in-scope", "bystander", "stranger"] {
            assert!(seen(who).await.is_empty(), "{who}");
        }
        let two = make(("two", "acme", "responsible"), "correct-horse");
        assert_eq!(seen("owner").await, ["one", "theirs", "two"]);
        assert_eq!(seen("responsible").await, ["one", "two"]);
        assert!(seen("manager").await.is_empty());
        // What a version had that is not the current one does not count.
        app.database.execute("UPDATE credentials SET current_version = 2 WHERE token = 'theirs'");
        assert_eq!(seen("owner").await, ["one", "two"]);
        let owner = app.member("owner").await;
        owner.post(&format!("/credentials/{two}/delete"), &[("token", "two")]).await.expect(303);
        assert!(seen("owner").await.is_empty());
        assert!(seen("responsible").await.is_empty());
    });
}

#[test]
fn use_is_added_up_over_what_one_may_see() {
    on_both(async |app| {
        let keys = app.make(|world, conn, tools| {
            ["shop", "plat"].map(|token| {
                let sample = Sample { token, scope: world.in_project(token), ..Sample::default() };
                world.credential(conn, tools, &sample);
                let place = Place::Project(world.projects[token].clone());
                world.access_key(conn, tools, ("acme", place), None).1
            })
        });
        let resolve = async |key: &str, token: &str| {
            let asked = json!({ "tokens": [token] });
            app.caller(key).post_json("/api/v1/resolve", &asked).await.expect(200);
        };
        let said = async |who: &str, what: &str| {
            let page = app.member(who).await.get("/overview").await.expect(200).text();
            assert!(page.contains(what), "{who}, {what}: {page}");
        };
        resolve(&keys[0], "shop").await;
        app.advance(Duration::from_secs(40 * DAY));
        for (key, token) in [(0, "shop"), (1, "plat")] {
            resolve(&keys[key], token).await;
        }
        for (who, what) in [
            ("owner", "3 delivered, 0 refused"),
            ("auditor", "3 delivered, 0 refused"),
            ("responsible", "3 delivered, 0 refused"),
            ("manager", "2 delivered, 0 refused"),
            ("bystander", "Nothing was delivered"),
            ("stranger", "Nothing was delivered"),
        ] {
            said(who, what).await;
        }
        app.advance(Duration::from_secs(60 * DAY));
        said("owner", "2 delivered, 0 refused").await;
        said("manager", "1 delivered, 0 refused").await;
    });
}

#[test]
fn those_who_look_after_everything_begin_there_once_there_is_something() {
    on_both(async |app| {
        let first = async |who: &str| app.member(who).await.get("/").await.expect(303).location().to_owned();
        for who in ["owner", "auditor", "in-scope"] {
            assert_eq!(first(who).await, "/credentials", "{who}, and there is nothing yet");
        }
        app.make(|world, conn, tools| {
            let sample = Sample { token: "one", scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample)
        });
        for who in ["owner", "administrator", "auditor"] {
            assert_eq!(first(who).await, "/overview", "{who}");
        }
        for who in ["manager", "in-scope", "bystander"] {
            assert_eq!(first(who).await, "/credentials", "{who}");
        }
        // A credential of somebody else's enterprise is none of theirs.
        assert_eq!(first("stranger").await, "/credentials");
    });
}
