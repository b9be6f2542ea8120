//! Reminders through the page that sets them, the consoles that look, and a group that hears them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use voucher::ids::CredentialId;
use voucher::reminders::Reminder;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::lark::Bot;
use crate::support::world::Sample;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A bot of the group, and its credential.
fn bot(app: &TestApp) -> (Bot, CredentialId) {
    let bot = Bot::new();
    let secret = [("webhook_url", bot.url())];
    let id = app.make(|world, conn, tools| {
        let secret = [(secret[0].0, secret[0].1.as_str())];
        let of = Sample { credential_type: "feishu", token: "alerts", secret: &secret, ..Sample::default() };
        world.credential(conn, tools, &of)
    });
    (bot, id)
}

fn ending_at(app: &TestApp, token: &str, at: Timestamp) -> CredentialId {
    app.make(|world, conn, tools| {
        let sample = Sample { token, expires_at: Some(at), ..Sample::default() };
        world.credential(conn, tools, &sample)
    })
}

fn ending(app: &TestApp, token: &str, days: i64) -> CredentialId {
    ending_at(app, token, app.now().checked_add(SignedDuration::from_hours(24 * days)).unwrap())
}

async fn send(client: &Client, bot: &CredentialId, leads: &str) -> Reply {
    client.post("/reminders", &[("bot", bot.as_str()), ("leads", leads), ("language", "en")]).await
}

async fn set(app: &TestApp, bot: &CredentialId, leads: &str) {
    send(&app.member("administrator").await, bot, leads).await.expect(303);
}

/// A console beside the server, over the same database.
fn node(app: &TestApp, name: &str) -> Reminder {
    Reminder {
        db: app.db.clone(),
        clock: app.clock.clone(),
        random: app.random.clone(),
        chain: voucher::audit::ChainId::parse(name).unwrap(),
        public_url: "https://voucher.example".into(),
        bell: Arc::default(),
    }
}

/// Lets three nodes look at once, and once more when every message has been answered.
async fn look(app: &TestApp) {
    let nodes = ["one", "two", "three"].map(|name| node(app, name));
    join_all(nodes.iter().map(Reminder::look)).await;
    answered(app).await;
    app.advance(Duration::from_secs(31));
    join_all(nodes.iter().map(Reminder::look)).await;
}

async fn answered(app: &TestApp) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while app.database.count("SELECT COUNT(*) FROM verifications WHERE finished_at IS NULL") > 0 {
        assert!(std::time::Instant::now() < deadline, "a message stays open");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

/// After that time.
async fn look_after(app: &TestApp, seconds: u64) {
    app.advance(Duration::from_secs(seconds));
    look(app).await;
}

/// The tokens that a message names, which are the names as well.
fn named(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split_once(" (Username")).map(|(name, _)| name).collect()
}

async fn page(app: &TestApp, path: &str) -> String {
    app.member("administrator").await.get(path).await.expect(200).text()
}

#[test]
fn each_credential_is_said_once_for_each_lead_time_by_however_many_nodes() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        for (token, days) in [("soon", 5), ("later", 20), ("far", 100), ("off", 4)] {
            ending(app, token, days);
        }
        app.database.execute("UPDATE credentials SET state = 'disabled' WHERE token = 'off'");
        ending_at(app, "over", app.now().checked_add(SignedDuration::from_mins(1)).unwrap());
        app.advance(Duration::from_secs(2 * MINUTE));
        set(app, &bot, "30, 14, 7, 1").await;
        look(app).await;
        let heard = group.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(named(&heard[0]), ["soon", "later"]);
        assert!(heard[0].contains("2 credentials are about to expire"), "{heard:?}");
        assert!(heard[0].contains("https://"), "{heard:?}");
        for _ in 0..3 {
            look_after(app, HOUR).await;
        }
        assert_eq!(group.heard().len(), 1);
        // Four days on, one of them comes closer than a day, and later the other than two weeks.
        look_after(app, 4 * DAY).await;
        assert_eq!(named(&group.heard()[1]), ["soon"]);
        look_after(app, 2 * DAY).await;
        assert_eq!(named(&group.heard()[2]), ["later"]);
        // A later expiry is another one.
        let later = app.now().as_millisecond() + 3 * 24 * 3_600_000;
        app.database.execute(&format!("UPDATE credentials SET expires_at = {later} WHERE token = 'soon'"));
        look_after(app, HOUR).await;
        assert_eq!(named(&group.heard()[3]), ["soon"]);
        assert_eq!(group.heard().len(), 4);
        let records = app.database.texts(
            "SELECT action || ' ' || actor_name AS it FROM audit_records \
             WHERE action IN ('credential.remind', 'credential.messaged') ORDER BY at, action DESC",
        );
        assert_eq!(records.iter().filter(|it| *it == "credential.remind reminders").count(), 4);
        assert_eq!(records.iter().filter(|it| *it == "credential.messaged verify").count(), 4);
        let text = page(app, "/reminders").await;
        assert!(text.contains(">Posted<") && !text.contains("role=\"alert\""), "{text}");
    });
}

#[test]
fn a_day_begins_at_midnight_in_utc() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        ending_at(app, "day", "2026-12-01T00:00:00Z".parse().unwrap());
        set(app, &bot, "7").await;
        app.advance(Duration::from_secs(14 * HOUR + 59 * MINUTE + 59));
        node(app, "one").look().await;
        answered(app).await;
        assert_eq!(group.heard().len(), 0);
        look_after(app, HOUR).await;
        let heard = group.heard();
        assert!(heard.len() == 1 && heard[0].contains("7 days left, last day 2026-11-30 (UTC)"), "{heard:?}");
    });
}

#[test]
fn what_was_refused_is_said_later_and_not_for_ever() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        ending(app, "soon", 300);
        group.answers(19001);
        set(app, &bot, "366").await;
        look(app).await;
        let text = page(app, "/reminders").await;
        assert!(
            text.contains("The chat system refused the bot") && text.contains("role=\"alert\""),
            "{text}"
        );
        assert!(page(app, "/overview").await.contains("Nobody is reminded of what expires"));
        let auditor = app.member("auditor").await.get("/overview").await.expect(200).text();
        assert!(!auditor.contains("Nobody is reminded"), "it concerns those who can do something");
        look_after(app, MINUTE).await;
        assert_eq!(group.heard().len(), 1, "too soon");
        // What was said to nobody is said again, also about what came up since.
        ending(app, "another", 200);
        group.answers(19024);
        look_after(app, 5 * MINUTE).await;
        assert_eq!(named(&group.heard()[1]), ["another", "soon"]);
        assert!(page(app, "/reminders").await.contains("wants one of its keywords"));
        for _ in 0..12 {
            look_after(app, DAY).await;
        }
        assert_eq!(group.heard().len(), 8, "somebody tries for ever");
        assert!(page(app, "/reminders").await.contains("has stopped trying"));
        // A test message that arrives begins anew.
        let administrator = app.member("administrator").await;
        administrator.post("/reminders/test", &[]).await.expect(303);
        group.answers(0);
        administrator.post("/reminders/test", &[]).await.expect(303);
        look(app).await;
        let heard = group.heard();
        assert_eq!(heard.len(), 11, "{heard:?}");
        assert_eq!(named(&heard[10]), ["another", "soon"]);
        look_after(app, DAY).await;
        assert_eq!(group.heard().len(), 11);
        assert!(!page(app, "/overview").await.contains("Nobody is reminded of what expires"));
    });
}

#[test]
fn a_bot_that_is_disabled_expired_or_gone_is_not_opened_and_the_page_says_so() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        ending(app, "soon", 5);
        set(app, &bot, "7").await;
        let long_ago = app.now().as_millisecond() - 1;
        for (change, undo, says) in [
            ("state = 'disabled'", "state = 'active'", "The bot is disabled"),
            (&*format!("expires_at = {long_ago}"), "expires_at = NULL", "The bot itself has expired"),
            ("state = 'deleted'", "state = 'active'", "The bot was deleted"),
        ] {
            app.database.execute(&format!("UPDATE credentials SET {change} WHERE id = '{bot}'"));
            look_after(app, HOUR).await;
            let text = page(app, "/reminders").await;
            assert!(text.contains(says), "{says}: {text}");
            assert_eq!(app.database.count("SELECT COUNT(*) FROM verifications"), 0, "{says}");
            app.database.execute(&format!("UPDATE credentials SET {undo} WHERE id = '{bot}'"));
        }
        look_after(app, HOUR).await;
        assert_eq!(group.heard().len(), 1);
        assert!(!page(app, "/reminders").await.contains("role=\"alert\""));
    });
}

#[test]
fn other_lead_times_say_only_what_they_reach() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        ending(app, "soon", 20);
        set(app, &bot, "30").await;
        look(app).await;
        for (leads, said) in [("30, 14", 1), ("60, 30", 1), ("14, 7", 1), ("30, 25", 2), ("30", 2)] {
            set(app, &bot, leads).await;
            look_after(app, HOUR).await;
            assert_eq!(group.heard().len(), said, "{leads}");
        }
        let administrator = app.member("administrator").await;
        administrator.post("/reminders/stop", &[]).await.expect(303);
        administrator.post("/reminders/stop", &[]).await.expect(303);
        ending(app, "other", 20);
        look_after(app, HOUR).await;
        assert_eq!(group.heard().len(), 2);
    });
}

#[test]
fn a_message_whose_fate_nobody_knows_is_not_repeated() {
    on_both(async |app| {
        let (group, bot) = bot(app);
        ending(app, "soon", 20);
        set(app, &bot, "30").await;
        node(app, "one").look().await;
        answered(app).await;
        // As if the node had died after it posted and before it wrote that down.
        app.database.execute("UPDATE verifications SET finished_at = NULL, finding = NULL");
        app.advance(Duration::from_secs(11 * MINUTE));
        node(app, "one").look().await;
        assert!(page(app, "/reminders").await.contains("Nobody knows whether the last message arrived"));
        app.advance(Duration::from_secs(DAY));
        node(app, "one").look().await;
        assert_eq!(group.heard().len(), 1);
    });
}

#[test]
fn the_form_takes_a_bot_of_the_enterprise_and_days_and_nothing_else() {
    on_both(async |app| {
        let administrator = app.member("administrator").await;
        let empty = administrator.get("/reminders").await.expect(200).text();
        assert!(empty.contains("There is no group bot yet"), "{empty}");
        let (_, bot) = bot(app);
        let other = ending(app, "login", 20);
        let theirs = app.make(|world, conn, tools| {
            let of = Sample { enterprise: "umbrella", credential_type: "feishu", ..Sample::default() };
            world.credential(conn, tools, &Sample { responsible: "stranger", ..of })
        });
        let offered = administrator.get("/reminders").await.expect(200).text();
        assert!(offered.contains(bot.as_str()) && !offered.contains(other.as_str()), "{offered}");
        for (bot, leads, says) in [
            (&bot, "", "at least one number"),
            (&bot, "0", "whole numbers of days"),
            (&bot, "7, 7", "is there twice"),
            (&other, "7", "Choose a group bot"),
            (&theirs, "7", "Choose a group bot"),
        ] {
            let page = send(&administrator, bot, leads).await.expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
        administrator.post("/reminders/test", &[]).await.expect(409);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM reminder_settings"), 0);
        send(&administrator, &bot, "7 1").await.expect(303);
        send(&administrator, &bot, "7 1").await.expect(303);
        let page = administrator.get("/reminders").await.expect(200).text();
        assert!(page.contains("value=\"7, 1\""), "{page}");
        let set = "SELECT COUNT(*) FROM audit_records WHERE action = 'reminders.set'";
        assert_eq!(app.database.count(set), 2);
        let found = administrator.get("/reminders/choices?q=alerts").await.expect(200).text();
        assert!(found.contains(bot.as_str()), "{found}");
    });
}

#[test]
fn whoever_takes_the_bot_away_is_told_that_reminders_stop() {
    on_both(async |app| {
        let (_bot, id) = bot(app);
        let other = ending(app, "other", 60);
        let administrator = app.member("administrator").await;
        let says = async |path: String| {
            administrator.get(&path).await.expect(200).text().contains("are posted by this bot")
        };
        assert!(!says(format!("/credentials/{id}/disable")).await);
        set(app, &id, "7").await;
        for page in ["disable", "delete"] {
            assert!(says(format!("/credentials/{id}/{page}")).await, "{page}");
            assert!(!says(format!("/credentials/{other}/{page}")).await, "{page}");
        }
        for deed in ["disable", "delete"] {
            assert!(says(format!("/credentials/bulk?do={deed}&id={other}&id={id}")).await, "{deed}");
            assert!(!says(format!("/credentials/bulk?do={deed}&id={other}")).await, "{deed}");
        }
    });
}
