//! The calendar of what expires: who reads what at an address, and for how long.

use std::time::Duration;

use jiff::SignedDuration;
use voucher::ids::CredentialId;
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply, inputs};
use crate::support::world::Sample;

const DAY: u64 = 24 * 3600;

/// What the form of the page sends.
async fn form(client: &Client) -> Vec<(String, String)> {
    let page = client.get("/calendar").await.expect(200).text();
    inputs(&page).into_iter().filter(|(name, _)| name == "submission").collect()
}

async fn send(client: &Client, form: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post("/calendar", &fields).await
}

/// The path of the address in the page that shows it.
fn address(page: &Reply) -> String {
    let text = page.text();
    let from = text.find("/calendar/vcf_").unwrap_or_else(|| panic!("no address: {text}"));
    text[from..].split('"').next().unwrap().to_owned()
}

async fn subscribe(client: &Client) -> String {
    address(&send(client, &form(client).await).await.expect(200))
}

/// The names that a calendar speaks of, in its order.
async fn names(app: &TestApp, address: &str) -> Vec<String> {
    let text = app.anonymous().get(address).await.expect(200).text().replace("\r\n ", "");
    let named =
        |line: &str| line.strip_prefix("SUMMARY:").map(|it| it.split(" (").next().unwrap().to_owned());
    text.split("\r\n").filter_map(named).collect()
}

fn ends(app: &TestApp, days: i64) -> Option<jiff::Timestamp> {
    app.now().checked_add(SignedDuration::from_hours(24 * days)).ok()
}

fn credential(app: &TestApp, token: &str, days: i64) -> CredentialId {
    let expires_at = ends(app, days);
    app.make(|world, conn, tools| {
        let scope = world.in_project("shop");
        world.credential(
            conn,
            tools,
            &Sample { token, scope, expires_at, responsible: "owner", ..Sample::default() },
        )
    })
}

#[test]
fn a_calendar_holds_what_its_member_may_see_and_nothing_else() {
    on_both(async |app| {
        for (token, days) in [("later", 40), ("soon", 5), ("long-over", 2)] {
            credential(app, token, days);
        }
        app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { token: "endless", ..Sample::default() });
            let scope = world.in_project("plat");
            let own = Sample { token: "own", scope, expires_at: ends(app, 9), ..Sample::default() };
            world.credential(conn, tools, &own);
            world.provisioning_key(conn, tools, ends(app, 6));
            let shop = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", shop), ends(app, 7));
        });
        for (who, wanted) in [
            ("owner", &["long-over", "soon", "HR", "a key", "own", "later"][..]),
            ("auditor", &["long-over", "soon", "HR", "a key", "own", "later"]),
            ("manager", &["long-over", "soon", "a key", "later"]),
            ("in-scope", &["long-over", "soon", "later"]),
            ("responsible", &["own"]),
            ("bystander", &[]),
            ("stranger", &[]),
        ] {
            let address = subscribe(&app.member(who).await).await;
            assert_eq!(names(app, &address).await, wanted, "{who}");
        }
        // What ended long ago is over, and what is deleted is gone.
        app.advance(Duration::from_secs(93 * DAY));
        let owner = app.member("owner").await;
        let address = subscribe(&owner).await;
        assert_eq!(names(app, &address).await, ["soon", "HR", "a key", "own", "later"]);
        let id = app.database.texts("SELECT id AS it FROM credentials WHERE token = 'soon'").remove(0);
        owner.post(&format!("/credentials/{id}/delete"), &[("token", "soon")]).await.expect(303);
        assert_eq!(names(app, &address).await, ["HR", "a key", "own", "later"]);
    });
}

#[test]
fn it_is_decided_at_each_fetch() {
    on_both(async |app| {
        credential(app, "soon", 5);
        let manager = app.member("manager").await;
        let address = subscribe(&manager).await;
        let reply = app.anonymous().get(&address).await.expect(200);
        assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(reply.header("cache-control"), "private, no-store");
        assert!(reply.header("set-cookie").is_empty());
        assert!(!reply.text().contains("correct horse") && reply.text().contains("\r\nURL:"));
        assert_eq!(names(app, &address).await, ["soon"]);
        let member = app.world.members["manager"].clone();
        app.database.execute(&format!("DELETE FROM project_members WHERE member_id = '{member}'"));
        assert_eq!(names(app, &address).await, [""; 0], "a role that was lost");
        let owner = app.member("owner").await;
        owner.post(&format!("/members/{member}/disable"), &[]).await.expect(303);
        let answer = async |path: &str| {
            let reply = app.anonymous().get(path).await.expect(404);
            let request = reply.header("x-request-id").to_owned();
            reply.text().replace(&request, "").replace(path, "")
        };
        assert_eq!(answer(&address).await, answer("/calendar/vcf_x.ics").await);
    });
}

#[test]
fn an_address_is_shown_once_and_another_or_none_takes_its_place_at_once() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let sent = form(&owner).await;
        let first = address(&send(&owner, &sent).await.expect(200));
        send(&owner, &sent).await.expect(409);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM calendar_feeds"), 1);
        let secret = first.rsplit('_').next().unwrap().trim_end_matches(".ics")[..43].to_owned();
        let page = owner.get("/calendar").await.expect(200).text();
        assert!(!page.contains(&secret) && page.contains("Never"), "{page}");
        let dump = app.database.dump();
        assert!(!dump.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "stored as it is");
        app.anonymous().get(&first).await.expect(200);
        let page = owner.get("/calendar").await.expect(200).text();
        assert!(page.contains("2026-11-23 09:00 UTC"), "{page}");

        let second = subscribe(&owner).await;
        app.anonymous().get(&first).await.expect(404);
        app.anonymous().get(&second).await.expect(200);
        // The right public part with another secret is nobody's.
        let mixed =
            format!("{}_{}", &second[..second.rfind('_').unwrap()], first.rsplit('_').next().unwrap());
        app.anonymous().get(&mixed).await.expect(404);
        owner.post("/calendar/revoke", &[]).await.expect(303);
        owner.post("/calendar/revoke", &[]).await.expect(303);
        app.anonymous().get(&second).await.expect(404);
        let records = app.database.texts(
            "SELECT action || ' ' || outcome AS it FROM audit_records WHERE action LIKE 'calendar.%' ORDER BY seq",
        );
        let subscribed = "calendar.subscribe allowed";
        assert_eq!(records, [subscribed, subscribed, "calendar.revoke allowed"]);
        let told = app.database.count(&format!(
            "SELECT COUNT(*) FROM audit_records WHERE detail LIKE '%{secret}%' OR object_name LIKE '%{secret}%'"
        ));
        assert_eq!(told, 0);
    });
}

#[test]
fn guessing_addresses_is_slowed_and_the_right_one_is_answered() {
    on_both(async |app| {
        let address = subscribe(&app.member("owner").await).await;
        let server = app.limited(1_000);
        let other = server.anonymous();
        for _ in 0..20 {
            other.get("/calendar/vcf_guess.ics").await.expect(404);
        }
        let slowed = other.get("/calendar/vcf_guess.ics").await.expect(429);
        assert!(!slowed.header("retry-after").is_empty());
        other.get(&address).await.expect(200);
        server.stop().await;
    });
}

#[test]
fn it_is_written_in_the_language_of_whoever_made_the_address() {
    on_both(async |app| {
        credential(app, "soon", 5);
        let chinese = app.member("owner").await;
        chinese.set_cookie("voucher-language", "zh-CN");
        let text = app.anonymous().get(&subscribe(&chinese).await).await.expect(200).text();
        assert!(text.contains("到期日历") && !text.contains("expires"), "{text}");
    });
}
