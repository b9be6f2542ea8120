//! Verification through the pages that people use and the nodes that ask: what is saved, what is not, who gets to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use voucher::catalogue::Outcome;
use voucher::credentials;
use voucher::ids::CredentialId;
use voucher::outbound::{Egress, Outbound};
use voucher::verify::{self, Schedule, Verifier};

use super::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::stand_in::{Answered, StandIn};
use crate::support::world::Sample;

/// A system that lets `robot` and `other` in with one password, and says so to nobody else.
fn system() -> StandIn {
    StandIn::start(|received| {
        let known = ["robot:correct horse", "other:correct horse"].map(|pair| STANDARD.encode(pair));
        match received.header("authorization").and_then(|value| value.strip_prefix("Basic ")) {
            Some(pair) if known.iter().any(|known| known == pair) => Answered::status(200),
            _ => Answered::status(401).header("www-authenticate", "Basic realm=\"it\""),
        }
    })
}

async fn login<'a>(client: &'a Client, check_url: &str, username: &str, password: &str) -> Form<'a> {
    Form::open(client, "/credentials/new/username-password")
        .await
        .fill("name", "A login")
        .fill("token", "robot")
        .fill("field-username", username)
        .fill("field-password", password)
        .fill("field-check_url", check_url)
        .fill("project-reach", "all")
        .fill("repository-reach", "all")
}

/// The address by which the candidate of a page is saved.
fn candidate_of(page: &Reply) -> String {
    let text = page.text();
    let from = text.find("/credentials/candidates/").unwrap_or_else(|| panic!("nothing to save: {text}"));
    text[from..].split('"').next().unwrap().to_owned()
}

fn actions(app: &TestApp) -> Vec<String> {
    let sql = "SELECT action || ' ' || outcome AS it FROM audit_records \
               WHERE action LIKE 'credential.%' ORDER BY at, chain, seq";
    app.database.texts(sql)
}

fn stored(app: &TestApp) -> i64 {
    app.database.count("SELECT COUNT(*) FROM credentials")
}

/// Waits until every question is answered.
async fn all_answered(app: &TestApp) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while app.database.count("SELECT COUNT(*) FROM verifications WHERE finished_at IS NULL") > 0 {
        assert!(std::time::Instant::now() < deadline, "a question stays open");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn what_works_is_saved_and_its_identity_shown() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/status"), "robot", "correct horse").await.fill("verify", "on");
        let at = form.send().await.expect(303).location().to_owned();
        let page = owner.get(&at).await.expect(200).text();
        assert!(page.contains("It works as robot"), "{page}");
        assert!(owner.get("/credentials").await.text().contains(">Works<"));
        let records = actions(app);
        for wanted in
            ["credential.verify allowed", "credential.verified allowed", "credential.create allowed"]
        {
            assert!(records.iter().any(|record| record == wanted), "{wanted} is not in {records:?}");
        }
        // The form sent again leads to the same credential.
        form.send().await.expect(303);
        assert_eq!(stored(app), 1);
    });
}

#[test]
fn what_is_refused_is_not_saved_until_somebody_has_seen_it() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/"), "robot", "hunter2hunter2").await.fill("verify", "on");
        let page = form.send().await.expect(422);
        let text = page.text();
        assert!(text.contains("Refused by the other system") && text.contains("HTTP 401"), "{text}");
        assert!(text.contains("value=\"robot\"") && !text.contains("hunter2"), "{text}");
        assert_eq!(stored(app), 0);
        let save = candidate_of(&page);

        // Nobody else can save it, and an unknown one looks the same.
        let other = app.member("administrator").await;
        other.post(&save, &[]).await.expect(404);
        let at = owner.post(&save, &[]).await.expect(303).location().to_owned();
        assert_eq!(owner.post(&save, &[]).await.expect(303).location(), at, "twice is once");
        assert_eq!(stored(app), 1);
        let page = owner.get(&at).await.expect(200).text();
        assert!(page.contains("Refused by the other system"), "{page}");
        assert!(owner.get("/credentials").await.text().contains(">Refused<"));

        // Sealed like any other: pipelines get what was typed.
        let dump = app.database.dump();
        assert!(!dump.windows(14).any(|bytes| bytes == b"hunter2hunter2"));
    });
}

#[test]
fn a_candidate_is_good_for_an_hour_and_only_as_it_was_signed() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/"), "robot", "wrong").await.fill("verify", "on");
        let save = candidate_of(&form.send().await.expect(422));
        app.database.execute("UPDATE candidates SET content = replace(content, 'robot', 'r0b0t')");
        owner.post(&save, &[]).await.expect(404);
        app.database.execute("UPDATE candidates SET content = replace(content, 'r0b0t', 'robot')");
        app.advance(Duration::from_secs(3601));
        let owner = app.member("owner").await;
        let gone = owner.post(&save, &[]).await.expect(404).text();
        assert!(gone.contains("can no longer be saved"), "{gone}");
        assert_eq!(stored(app), 0);
    });
}

#[test]
fn a_rotation_to_somebody_else_is_asked_about() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let created =
            login(&owner, &system.url("/"), "robot", "correct horse").await.send().await.expect(303);
        let at = created.location().to_owned();
        // Never verified so far: whom the stored version works as is found out on the way.
        let rotate = async |username: &str| {
            Form::open(&owner, &format!("{at}/rotate"))
                .await
                .fill("field-username", username)
                .fill("field-check_url", &system.url("/"))
                .fill("verify", "on")
                .send()
                .await
        };
        let page = rotate("other").await.expect(422);
        let text = page.text();
        assert!(text.contains("It works as other"), "{text}");
        assert!(text.contains("The current version works as robot"), "{text}");
        let version = "SELECT MAX(number) FROM credential_versions";
        assert_eq!(app.database.count(version), 1);
        owner.post(&candidate_of(&page), &[]).await.expect(303);
        assert_eq!(app.database.count(version), 2);
        // Somebody rotated since: what was proposed before no longer fits.
        let stale = rotate("robot").await.expect(422);
        let fresh = rotate("robot").await.expect(422);
        owner.post(&candidate_of(&fresh), &[]).await.expect(303);
        owner.post(&candidate_of(&stale), &[]).await.expect(409);
        // The same identity needs no second look; the password that nobody typed again was verified with it.
        rotate("robot").await.expect(422);
        let same = Form::open(&owner, &format!("{at}/rotate"))
            .await
            .fill("field-username", "robot")
            .fill("field-check_url", &system.url("/other"))
            .fill("verify", "on");
        same.send().await.expect(303);
        assert_eq!(app.database.count(version), 4);
    });
}

#[test]
fn a_credential_is_verified_on_demand() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/"), "robot", "wrong").await;
        let at = form.send().await.expect(303).location().to_owned();
        let id = CredentialId::parse(at.rsplit('/').next().unwrap()).unwrap();
        assert!(owner.get(&at).await.text().contains("Nobody has checked yet"));
        owner.post(&format!("{at}/verify"), &[]).await.expect(303);
        all_answered(app).await;
        let health = app.db.read_here(|conn| verify::health(conn, &id)).unwrap();
        assert_eq!(health.last.unwrap().finding.outcome, Outcome::InvalidCredential);
        assert!(owner.get(&format!("{at}/health")).await.expect(200).text().contains("Refused by the other"));
        // A test message is for bots.
        let refused = owner.post(&format!("{at}/verify"), &[("message", "on")]).await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
        // Deleted, it is asked about no more.
        owner.post(&format!("{at}/delete"), &[("token", "robot")]).await.expect(303);
        owner.post(&format!("{at}/verify"), &[]).await.expect(409);
    });
}

#[test]
fn a_system_that_is_gone_says_nothing_about_the_credential() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &format!("http://{closed}/"), "robot", "x").await.fill("verify", "on");
        let text = form.send().await.expect(422).text();
        assert!(text.contains("could not be reached"), "{text}");
        let inside = login(&owner, "http://169.254.169.254/latest/", "robot", "x").await.fill("verify", "on");
        let text = inside.send().await.expect(422).text();
        assert!(text.contains("This address may not be asked"), "{text}");
    });
}

#[test]
fn nobody_asks_without_end() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/"), "robot", "wrong").await;
        let at = form.send().await.expect(303).location().to_owned();
        for _ in 0..20 {
            owner.post(&format!("{at}/verify"), &[]).await.expect(303);
        }
        let refused = owner.post(&format!("{at}/verify"), &[]).await.expect(429);
        assert!(!refused.header("retry-after").is_empty());
        app.advance(Duration::from_secs(61));
        owner.post(&format!("{at}/verify"), &[]).await.expect(303);
        all_answered(app).await;
    });
}

#[test]
fn two_nodes_ask_once_about_each() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let system = StandIn::start(move |received| {
        counted.fetch_add(usize::from(received.header("authorization").is_some()), Ordering::SeqCst);
        Answered::status(401)
    });
    on_both(async |app| {
        asked.store(0, Ordering::SeqCst);
        let ids: Vec<CredentialId> = app.make(|world, conn, tools| {
            let id = |number: usize| {
                let token = format!("login-{number}");
                world.credential(conn, tools, &Sample { token: &token, ..Sample::default() })
            };
            (0..12).map(id).collect()
        });
        let owner = app.member("owner").await;
        for id in &ids {
            let rotate = Form::open(&owner, &format!("/credentials/{id}/rotate")).await;
            rotate
                .fill("field-username", "robot")
                .fill("field-password", "typed in again")
                .fill("field-check_url", &system.url("/"))
                .send()
                .await
                .expect(303);
        }
        let nodes: Vec<Verifier> = ["one", "two", "three"].map(|name| node(app, name)).into();
        // Nothing is due before its time, and what is new is not asked about at once.
        for node in &nodes {
            node.ask_what_is_due().await;
        }
        let questions = "SELECT COUNT(*) FROM verifications";
        assert_eq!(app.database.count(questions), 0);
        app.advance(Duration::from_secs(120));
        futures_util::future::join_all(nodes.iter().map(Verifier::ask_what_is_due)).await;
        assert_eq!(app.database.count(questions), 12);
        all_answered(app).await;
        assert_eq!(asked.load(Ordering::SeqCst), 12, "somebody asked twice");
        // Refused once, they are left in peace, however long.
        app.advance(Duration::from_secs(40 * 24 * 3600));
        futures_util::future::join_all(nodes.iter().map(Verifier::ask_what_is_due)).await;
        futures_util::future::join_all(nodes.iter().map(Verifier::ask_what_is_due)).await;
        assert_eq!(app.database.count(questions), 12);
    });
}

/// A node beside the server, over the same database.
fn node(app: &TestApp, name: &str) -> Verifier {
    let egress = Egress::new(&["127.0.0.0/8".to_owned()]).unwrap();
    let outbound =
        Outbound::new(egress, std::collections::BTreeMap::new(), app.clock.clone(), app.random.clone());
    Verifier {
        db: app.db.clone(),
        clock: app.clock.clone(),
        random: app.random.clone(),
        opener: Arc::new(app.keys().1.opener()),
        outbound: outbound.unwrap(),
        chain: voucher::audit::ChainId::parse(name).unwrap(),
        schedule: Schedule::Every(Duration::from_secs(24 * 3600)),
        bell: Arc::default(),
    }
}

#[test]
fn a_version_that_was_changed_in_the_database_is_not_shown_to_anybody() {
    let system = system();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = login(&owner, &system.url("/"), "robot", "correct horse").await;
        let at = form.send().await.expect(303).location().to_owned();
        // Whoever can write the database must not learn a password by having it sent elsewhere.
        let elsewhere = StandIn::start(|_| Answered::status(401));
        app.database.execute(&format!(
            "UPDATE credential_versions SET plain = replace(plain, '{}', '{}')",
            system.authority(),
            elsewhere.authority()
        ));
        owner.post(&format!("{at}/verify"), &[]).await.expect(303);
        all_answered(app).await;
        assert!(elsewhere.received().is_empty(), "{:?}", elsewhere.received());
        assert!(actions(app).contains(&"credential.open failed".to_owned()), "{:?}", actions(app));
        let id = CredentialId::parse(at.rsplit('/').next().unwrap()).unwrap();
        let found = app.db.read_here(|conn| credentials::find(conn, &app.world.acme, &id)).unwrap();
        assert!(found.is_some());
    });
}
