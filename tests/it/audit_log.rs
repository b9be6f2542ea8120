//! The audit log as people read it: who reads what, filters, one record, pages and downloads; and that it stays quick.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::Sample;

/// The actions, the objects and where each record of a page is.
fn lines(page: &str) -> Vec<(String, String)> {
    page.split("<tr>")
        .filter(|row| row.contains("href=\"/audit/"))
        .map(|row| {
            let href = row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            let what =
                row.split("data-label=\"What\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
            (href, what)
        })
        .collect()
}

async fn log(client: &Client, query: &str) -> Vec<(String, String)> {
    lines(&client.get(&format!("/audit?{query}")).await.expect(200).text())
}

async fn whats(client: &Client, query: &str) -> Vec<String> {
    log(client, query).await.into_iter().map(|(_, what)| what).collect()
}

fn credentials(app: &TestApp) -> Vec<String> {
    app.make(|world, conn, tools| {
        [("one", "responsible"), ("two", "owner")]
            .map(|(token, responsible)| {
                let scope = world.in_project("shop");
                world
                    .credential(conn, tools, &Sample { token, responsible, scope, ..Sample::default() })
                    .to_string()
            })
            .into()
    })
}

#[test]
fn administrators_and_auditors_read_everything_and_others_what_they_answer_for() {
    on_both(async |app| {
        let ids = credentials(app);
        let owner = app.member("owner").await;
        owner.post(&format!("/credentials/{}/disable", ids[0]), &[]).await.expect(303);
        for subject in ["owner", "administrator", "auditor"] {
            let all = whats(&app.member(subject).await, "").await;
            for what in ["Credential created", "Credential disabled", "Signed in"] {
                assert!(all.iter().any(|found| found == what), "{subject}: {all:?}");
            }
        }
        let responsible = app.member("responsible").await;
        let own = log(&responsible, "").await;
        let words: Vec<&str> = own.iter().map(|(_, what)| what.as_str()).collect();
        assert_eq!(words, ["Credential disabled", "Credential created"]);
        responsible.get(&own[0].0).await.expect(200);
        let all = log(&owner, "").await;
        let others: Vec<_> = all.iter().filter(|line| !own.contains(line)).collect();
        assert!(others.len() > 2);
        for (href, what) in others {
            assert_eq!(responsible.get(href).await.status.as_u16(), 404, "{what}");
        }
        for subject in ["manager", "in-scope", "bystander"] {
            assert!(log(&app.member(subject).await, "").await.is_empty(), "{subject}");
        }
        // Another enterprise has a log of its own.
        let stranger = app.member("stranger").await;
        assert!(whats(&stranger, "").await.iter().all(|what| what == "Signed in"));
        assert_eq!(stranger.get(&all[0].0).await.status.as_u16(), 404);
        assert!(log(&stranger, &format!("object={}", ids[0])).await.is_empty());
    });
}

#[test]
fn each_filter_leaves_what_it_says() {
    on_both(async |app| {
        let ids = credentials(app);
        let owner = app.member("owner").await;
        owner.post(&format!("/credentials/{}/disable", ids[1]), &[]).await.expect(303);
        app.advance(Duration::from_secs(24 * 3600));
        let owner = app.member("owner").await;
        let auditor = app.member("auditor").await;
        let count = async |query: &str| log(&auditor, query).await.len();
        assert_eq!(
            whats(&auditor, "token=two&action=credential.").await,
            ["Credential disabled", "Credential created"]
        );
        assert_eq!(
            whats(&auditor, &format!("object={}&action=credential.disable", ids[1])).await,
            ["Credential disabled"]
        );
        assert_eq!(count("token=no-such").await, 0);
        assert_eq!(count("who=nobody-at-all").await, 0);
        assert_eq!(whats(&auditor, "who=AUDITOR").await, ["Signed in"]);
        assert_eq!(count("action=credential.resolve").await, 0);
        assert_eq!(count("outcome=refused").await, 0);
        let all = count("").await;
        assert_eq!(count("outcome=allowed").await, all);
        // 2026-11-23 is the first day, and both ends of a range count.
        let first = count("until=2026-11-23").await;
        let second = count("from=2026-11-24").await;
        assert!(first > 0 && second > 0, "{first} {second}");
        assert_eq!(first + second, all);
        assert_eq!(count("from=2026-11-23&until=2026-11-24").await, all);
        // The page of a credential leads to its records.
        let page = owner.get(&format!("/credentials/{}", ids[0])).await.expect(200).text();
        assert!(page.contains(&format!("/audit?object={}", ids[0])), "{page}");
    });
}

#[test]
fn a_refusal_is_found_with_its_reason_and_its_place_in_the_chain() {
    on_both(async |app| {
        let ids = credentials(app);
        let (_, key) = app.make(|world, conn, tools| {
            let place = voucher::pipelines::Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None)
        });
        let owner = app.member("owner").await;
        owner.post(&format!("/credentials/{}/disable", ids[0]), &[]).await.expect(303);
        let body = serde_json::json!({"tokens": ["one"]});
        app.caller(&key).post_json("/api/v1/resolve", &body).await;
        let refused = log(&owner, "outcome=refused&who=a+key").await;
        assert_eq!(refused.len(), 1);
        let page = owner.get(&refused[0].0).await.expect(200).text();
        for said in [
            "The credential is disabled",
            "<code>disabled</code>",
            "a key",
            "one",
            "Hash",
            "<code>test</code>",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        for nothing in ["/audit/test~0", "/audit/test~99999", "/audit/nowhere~1", "/audit/x"] {
            assert_eq!(owner.get(nothing).await.status.as_u16(), 404, "{nothing}");
        }
    });
}

#[test]
fn a_download_has_what_the_filter_leaves_and_is_recorded() {
    on_both(async |app| {
        credentials(app);
        fill(app, 0, 2_500);
        let owner = app.member("owner").await;
        let reply = owner.post("/audit/export", &[("action", "credential.create")]).await.expect(200);
        assert!(reply.header("content-disposition").contains("audit.jsonl"));
        let found: Vec<Value> =
            reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .all(|line| line["action"] == "credential.create"
                    && line["hash"].as_str().unwrap().len() == 64)
        );
        // More than one stretch.
        let reply = owner.post("/audit/export", &[("action", "credential.resolve")]).await.expect(200);
        assert_eq!(reply.text().lines().count(), 2_500);
        assert_eq!(whats(&owner, "").await[..2], ["Audit log downloaded", "Audit log downloaded"]);
        let responsible = app.member("responsible").await;
        let own = responsible.post("/audit/export", &[]).await.expect(200).text();
        assert_eq!(own.lines().count(), 1, "{own}");
        assert!(own.contains("\"object_name\":\"one\""));
    });
}

/// Deliveries by a key, one each second of long ago; one in a thousand is refused.
fn fill(app: &TestApp, from: usize, to: usize) {
    app.database.execute(&format!(
        "INSERT INTO audit_records (chain, seq, at, enterprise_id, actor_type, actor_id, actor_name, action, object_type, \
         object_id, object_name, outcome, reason, detail, hash) \
         WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) \
         SELECT 'filled', i, i * 1000, '{acme}', 'access_key', 'key-' || CAST(i % 50 AS TEXT), 'CI', 'credential.resolve', \
         'credential', 'credential-' || CAST(i % 2000 AS TEXT), 'many', CASE i % 1000 WHEN 0 THEN 'refused' ELSE 'allowed' END, \
         CASE i % 1000 WHEN 0 THEN 'disabled' END, '{{}}', {hash} FROM n",
        first = from + 1,
        acme = app.world.acme,
        hash = if matches!(app.database, crate::support::database::Database::Sqlite(_)) { "x'00'" } else { "'\\x00'::bytea" },
    ));
}

#[test]
fn pages_follow_each_other_through_all_records() {
    on_both(async |app| {
        fill(app, 0, 230);
        let owner = app.member("owner").await;
        let (mut path, mut seen) = ("/audit?action=credential.resolve".to_owned(), Vec::new());
        loop {
            let page = owner.get(&path).await.expect(200).text();
            seen.extend(lines(&page).into_iter().map(|(href, _)| href));
            let Some(next) = page
                .split("class=\"v-pages\"")
                .nth(1)
                .and_then(|rest| rest.split("ms-auto\" href=\"").nth(1))
            else {
                break;
            };
            path = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        }
        let expected: Vec<String> = (1..=230).rev().map(|number| format!("/audit/filled~{number}")).collect();
        assert_eq!(seen, expected);
    });
}

#[test]
fn a_long_log_takes_about_as_long_as_a_short_one() {
    on_both(async |app| {
        credentials(app);
        let owner = app.member("owner").await;
        let views = [
            "",
            "action=credential.create",
            "action=credential.resolve",
            "outcome=refused",
            "outcome=failed",
            "who=owner",
            "who=key-7",
            "token=one",
            "object=credential-7",
            "until=1970-01-01",
        ];
        let quickest = async |view: &str| {
            let mut best = Duration::MAX;
            for _ in 0..8 {
                let from = Instant::now();
                owner.get(&format!("/audit?{view}")).await.expect(200);
                best = best.min(from.elapsed());
            }
            best
        };
        fill(app, 0, 5_000);
        let mut small = Vec::new();
        for view in views {
            small.push(quickest(view).await);
        }
        fill(app, 5_000, 100_000);
        if !matches!(app.database, crate::support::database::Database::Sqlite(_)) {
            app.database.execute("ANALYZE");
        }
        let mut slow = Vec::new();
        for (view, small) in views.into_iter().zip(small) {
            let large = quickest(view).await;
            let times = large.as_secs_f64() / small.as_secs_f64();
            println!("{times:5.2} × {small:>9.1?} = {large:>9.1?}  /audit?{view}");
            if times > 4.0 {
                slow.push(view);
            }
        }
        assert!(slow.is_empty(), "grow with what is behind them: {slow:?}");
    });
}
