//! The overview: what needs attention, to those who may see it, and the way to exactly those.

use std::time::Duration;

use jiff::SignedDuration;

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
        let page = owner.get("/overview").await.expect(200).text();
        for (name, wanted) in [
            ("expired", &["over"][..]),
            ("expiring", &["soon"]),
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
        assert!(part(&page, "refused").is_none());
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
