//! From where a request comes is what a trusted proxy says, and nothing that anybody else writes.

use serde_json::json;
use voucher::config::ProxyHeader;
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::Sample;

fn key(app: &TestApp) -> String {
    app.make(|world, conn, tools| {
        world.credential(conn, tools, &Sample::default());
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    })
}

async fn resolve(caller: &Client, status: u16) {
    caller.post_json("/api/v1/resolve", &json!({ "tokens": ["login"] })).await.expect(status);
}

fn recorded(app: &TestApp, action: &str, address: &str) -> i64 {
    app.database.count(&format!(
        "SELECT COUNT(*) FROM audit_records WHERE action = '{action}' AND address = '{address}'"
    ))
}

#[test]
fn a_header_from_somebody_who_is_not_trusted_changes_nothing() {
    on_both(async |app| {
        let key = key(app);
        let forged = Client::bearer(&app.url, &key)
            .with("x-forwarded-for", "198.51.100.7")
            .with("forwarded", "for=198.51.100.7");
        resolve(&forged, 200).await;
        assert_eq!(recorded(app, "credential.resolve", "127.0.0.1"), 1);
        assert_eq!(recorded(app, "credential.resolve", "198.51.100.7"), 0);
    });
}

#[test]
fn records_and_sign_ins_say_whom_the_proxy_was_called_by() {
    on_both(async |app| {
        let key = key(app);
        let server = app.behind_proxy(ProxyHeader::XForwardedFor);
        // What stands on the left is the caller's own invention.
        resolve(&Client::bearer(&server.url, &key).with("x-forwarded-for", "10.9.9.9, 198.51.100.7"), 200)
            .await;
        resolve(&Client::bearer(&server.url, &key).with("x-forwarded-for", "198.51.100.7, nonsense"), 200)
            .await;
        resolve(&Client::bearer(&server.url, &key).with("forwarded", "for=198.51.100.9"), 200).await;
        assert_eq!(recorded(app, "credential.resolve", "198.51.100.7"), 1);
        assert_eq!(recorded(app, "credential.resolve", "127.0.0.1"), 2);
        let owner = app.member("owner").await;
        let page = Client::new(&server.url)
            .with("accept-language", "en")
            .with("x-forwarded-for", "[2001:db8::7]:99");
        for (name, value) in owner.cookies() {
            page.set_cookie(&name, &value);
        }
        page.post("/sign-out", &[]).await;
        let signed_out = "SELECT COUNT(*) FROM audit_records WHERE address = '2001:db8::7'";
        assert_eq!(app.database.count(signed_out), 1);
        server.stop().await;

        let server = app.behind_proxy(ProxyHeader::Forwarded);
        let caller = Client::bearer(&server.url, &key).with("x-forwarded-for", "203.0.113.1");
        resolve(&caller.with("forwarded", "for=\"[2001:db8::8]\";proto=https"), 200).await;
        assert_eq!(recorded(app, "credential.resolve", "2001:db8::8"), 1);
        server.stop().await;
    });
}

#[test]
fn guessing_through_a_proxy_slows_whoever_guesses_and_nobody_else() {
    on_both(async |app| {
        let server = app.behind_proxy(ProxyHeader::XForwardedFor);
        let from = |address: &str| Client::bearer(&server.url, "nonsense").with("x-forwarded-for", address);
        for host in 0..20 {
            resolve(&from(&format!("2001:db8:0:1::{host}")), 401).await;
        }
        resolve(&from("2001:db8:0:1:ffff::1"), 429).await;
        resolve(&from("2001:db8:0:2::1"), 401).await;
        resolve(&from("198.51.100.7"), 401).await;
        server.stop().await;
    });
}
