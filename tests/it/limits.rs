//! Who asks too often is told when to come back, at no one else's cost, and fills nothing up.

use std::time::Duration;

use serde_json::json;
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

fn key(app: &TestApp) -> String {
    app.make(|world, conn, tools| {
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    })
}

async fn ask(caller: &Client) -> Reply {
    caller.post_json("/api/v1/resolve", &json!({ "tokens": ["login"] })).await
}

fn records(app: &TestApp, action: &str) -> i64 {
    app.database.count(&format!("SELECT COUNT(*) FROM audit_records WHERE action = '{action}'"))
}

#[test]
fn a_key_that_is_used_too_often_waits_and_another_does_not() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let server = app.limited(2);
        let (busy, quiet) = (Client::bearer(&server.url, &key(app)), Client::bearer(&server.url, &key(app)));
        for _ in 0..10 {
            ask(&busy).await.expect(200);
        }
        for _ in 0..5 {
            let limited = ask(&busy).await.expect(429);
            assert_eq!(limited.header("retry-after"), "1");
            assert_eq!(limited.header("cache-control"), "no-store");
            assert_eq!(limited.code(), "rate_limited");
        }
        let file = busy.get("/api/v1/credentials/login/fields").await.expect(429);
        assert_eq!(file.code(), "rate_limited");
        ask(&quiet).await.expect(200);
        // Everything that was decided has its record, and the limit one in all.
        assert_eq!((records(app, "credential.resolve"), records(app, "caller.limit")), (11, 1));

        app.advance(Duration::from_secs(1));
        for _ in 0..2 {
            ask(&busy).await.expect(200);
        }
        ask(&busy).await.expect(429);
        server.stop().await;
    });
}

#[test]
fn guessing_is_slowed_and_locks_nobody_out() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let server = app.limited(1_000);
        let good = key(app);
        let honest = Client::bearer(&server.url, &good);
        ask(&honest).await.expect(200);
        // The public half is no secret: guesses name the very key that somebody else uses.
        let guess = Client::bearer(&server.url, &with_another_secret(&good));
        for _ in 0..20 {
            ask(&guess).await.expect(401);
        }
        for _ in 0..30 {
            let limited = ask(&guess).await.expect(429);
            assert_eq!(limited.header("retry-after"), "3");
        }
        // From the same address, with the same key, proved.
        ask(&honest).await.expect(200);
        assert_eq!((records(app, "caller.prove"), records(app, "caller.limit")), (20, 1));
        app.advance(Duration::from_secs(3));
        ask(&guess).await.expect(401);
        ask(&guess).await.expect(429);
        server.stop().await;
    });
}

/// A key with the same public half and a good checksum.
fn with_another_secret(key: &str) -> String {
    let (public, rest) = key.rsplit_once('_').unwrap();
    let secret: String = rest[..43].chars().rev().collect();
    let body = format!("{public}_{secret}");
    let mut sum = crc32fast::hash(body.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(sum % 62) as usize]);
        sum /= 62;
    }
    digits.reverse();
    format!("{body}{}", String::from_utf8(digits).unwrap())
}
