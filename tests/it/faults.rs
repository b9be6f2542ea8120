//! What happens when things break: the program is killed in the middle, the database is gone or hangs. Nothing that
//! was answered is lost, and what cannot be recorded is not answered.
//!
//! These run the program itself, `voucher dev`, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::rt::System;
use serde_json::{Value, json};
use voucher::db::{DatabaseUrl, Db, StoreError};
use voucher::seal::{ConsoleKeys, KeySource};

use crate::support::app::{TestApp, on};
use crate::support::database::Kind;
use crate::support::http::Client;
use crate::support::world::Sample;

const PROGRAM: &str = env!("CARGO_BIN_EXE_voucher");

/// `voucher dev` over a directory; killed when dropped.
struct Dev {
    process: Child,
    url: String,
    key: String,
    token: String,
}

impl Dev {
    fn start(data: &Path) -> Self {
        let ready = data.with_extension("ready");
        let _ = std::fs::remove_file(&ready);
        let process = Command::new(PROGRAM)
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let said = loop {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                break serde_json::from_str::<Value>(&text).unwrap();
            }
            assert!(Instant::now() < deadline, "voucher dev did not become ready");
            std::thread::sleep(Duration::from_millis(10));
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            process,
            url: text(&said["url"]),
            key: text(&said["access_key"]),
            token: text(&said["tokens"]["kubernetes"]),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How many resolves the database has a record of, after checking that every chain is whole.
fn recorded(data: &Path) -> usize {
    let db = Db::open(&DatabaseUrl::Sqlite(data.join("voucher.db")), 1).unwrap();
    let keys = ConsoleKeys::load(&KeySource::File(data.join("console.key")), None)
        .map_err(|error| error.to_string())
        .unwrap();
    db.read_here(|conn| {
        let report =
            voucher::audit::verify(conn, &keys.audit_verifier(), Some(&data.join("audit-heads.jsonl")));
        let report = report.unwrap();
        assert!(report.is_whole(), "{report:?}");
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let url = data.join("voucher.db");
    let mut conn =
        <diesel::SqliteConnection as diesel::Connection>::establish(&url.to_string_lossy()).unwrap();
    let counted: Count = diesel::RunQueryDsl::get_result(
        diesel::sql_query(
            "SELECT COUNT(*) AS it FROM audit_records WHERE action = 'credential.resolve' AND outcome = 'allowed'",
        ),
        &mut conn,
    )
    .unwrap();
    usize::try_from(counted.it).unwrap()
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    it: i64,
}

/// Eight pipelines ask as fast as they can until the program is gone; says how many were answered.
fn storm(dev: &Dev, until: &AtomicBool, answered: &AtomicUsize) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                System::new().block_on(async {
                    let client = Client::bearer(&dev.url, &dev.key);
                    let body = json!({"tokens": [dev.token]});
                    while !until.load(Ordering::SeqCst) {
                        match client.try_post_json("/api/v1/resolve", &body).await {
                            Some(200) => answered.fetch_add(1, Ordering::SeqCst),
                            Some(other) => panic!("status {other}"),
                            None => break,
                        };
                    }
                });
            });
        }
    });
}

#[test]
fn every_answered_resolve_has_its_record_through_fifty_kills() {
    let directory = tempfile::Builder::new().prefix("voucher-it-").tempdir().unwrap();
    let data = directory.path().join("data");
    let mut answered_before = 0;
    for round in 0..50 {
        let dev = Dev::start(&data);
        let (until, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| storm(&dev, &until, &answered));
            // Killed after some answers, at another moment of the work in each round.
            let deadline = Instant::now() + Duration::from_secs(30);
            while answered.load(Ordering::SeqCst) < 5 + round {
                assert!(Instant::now() < deadline, "round {round}: nobody answers");
                std::hint::spin_loop();
            }
            let pid = rustix::process::Pid::from_child(&dev.process);
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        until.store(true, Ordering::SeqCst);
        dev.kill();
        let answered = answered_before + answered.load(Ordering::SeqCst);
        let recorded = recorded(&data);
        assert!(recorded >= answered, "round {round}: {answered} were answered, {recorded} recorded");
        // At most one answer per connection was recorded and not yet given.
        assert!(
            recorded - answered <= 8 * (round + 1),
            "round {round}: {recorded} recorded, {answered} answered"
        );
        answered_before = recorded;
    }
}

#[test]
fn the_disk_is_told_to_keep_a_record_before_its_resolve_is_answered() {
    let directory = tempfile::Builder::new().prefix("voucher-it-").tempdir().unwrap();
    let data = directory.path().join("data");
    let dev = Dev::start(&data);
    let mut tracer = Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-p", &dev.process.id().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is not installed");
    let synced = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&synced);
    let lines = BufReader::new(tracer.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            // A call that another thread's interrupts is printed twice; the one that ends it counts.
            let ended = line.contains("= 0") || line.contains("resumed>");
            if ended && (line.contains("fsync") || line.contains("fdatasync")) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    System::new().block_on(async {
        let client = Client::bearer(&dev.url, &dev.key);
        let body = json!({"tokens": [dev.token]});
        // Until the tracer has found its process, nothing is counted.
        let deadline = Instant::now() + Duration::from_secs(20);
        while synced.load(Ordering::SeqCst) == 0 {
            client.post_json("/api/v1/resolve", &body).await.expect(200);
            assert!(Instant::now() < deadline, "a resolve was answered, and nothing was synced");
        }
        for round in 0..50 {
            let before = synced.load(Ordering::SeqCst);
            client.post_json("/api/v1/resolve", &body).await.expect(200);
            // The tracer's own line may arrive a little after the answer.
            let deadline = Instant::now() + Duration::from_secs(5);
            while synced.load(Ordering::SeqCst) == before {
                assert!(Instant::now() < deadline, "round {round}: answered without a sync");
                std::thread::yield_now();
            }
        }
    });
    // Had the syncs of fifty answers been those of timers and neighbours, there would be fewer.
    assert!(synced.load(Ordering::SeqCst) >= 50);
    dev.kill();
    tracer.wait().unwrap();
    reader.join().unwrap();
}

async fn is_unavailable(app: &TestApp, client: &Client) {
    let began = Instant::now();
    let reply = client.post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await;
    assert_eq!(reply.status.as_u16(), 503, "{}", reply.text());
    assert_eq!(reply.code(), "unavailable");
    assert!(!reply.header("retry-after").is_empty());
    assert!(began.elapsed() < Duration::from_secs(12), "took {:?}", began.elapsed());
    // What needs no database goes on.
    app.anonymous().get("/ping").await.expect(204);
}

#[test]
fn a_resolve_that_cannot_be_recorded_is_not_answered() {
    for kind in Kind::BOTH {
        on(kind, async |app| {
            let key = app.make(|world, conn, tools| {
                world.credential(conn, tools, &Sample::default());
                let place = voucher::pipelines::Place::Project(world.projects["shop"].clone());
                world.access_key(conn, tools, ("acme", place), None).1
            });
            let client = app.caller(&key);
            let body = json!({"tokens": ["login"]});
            client.post_json("/api/v1/resolve", &body).await.expect(200);
            let before = app.database.count("SELECT COUNT(*) FROM audit_records");
            app.database.execute("ALTER TABLE audit_records RENAME TO audit_records_gone");
            is_unavailable(app, &client).await;
            app.database.execute("ALTER TABLE audit_records_gone RENAME TO audit_records");
            client.post_json("/api/v1/resolve", &body).await.expect(200);
            assert_eq!(app.database.count("SELECT COUNT(*) FROM audit_records"), before + 1);
        });
    }
}

#[test]
fn a_database_that_hangs_is_answered_for_in_time_and_found_again() {
    let server = crate::support::postgres::Postgres::start();
    System::new().block_on(async {
        let app = TestApp::start_on(server.own_database()).await;
        let key = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample::default());
            let place = voucher::pipelines::Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        });
        let client = app.caller(&key);
        let body = json!({"tokens": ["login"]});
        client.post_json("/api/v1/resolve", &body).await.expect(200);
        server.signal("STOP");
        is_unavailable(&app, &client).await;
        server.signal("CONT");
        let deadline = Instant::now() + Duration::from_secs(30);
        while client.post_json("/api/v1/resolve", &body).await.status.as_u16() != 200 {
            assert!(Instant::now() < deadline, "the database is back, and nobody notices");
        }
        app.stop().await;
    });
}
