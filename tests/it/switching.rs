//! Going from one enterprise into another of which one is a member too, and what that must not open.

use std::time::Duration;

use serde_json::json;
use voucher::routes::{Access, Entry, ROUTES};

use crate::enterprises::{announce, comes, is_signed_in, shared, ways};
use crate::support::app::on_both;
use crate::support::http::Client;
use crate::support::world::{Sample, everywhere};

#[test]
fn a_person_of_two_enterprises_chooses_and_goes_from_one_to_the_other() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        app.make(|world, conn, tools| {
            for (enterprise, token) in [("acme", "of-acme"), ("umbrella", "of-umbrella")] {
                let responsible = if enterprise == "acme" { "owner" } else { "stranger" };
                let scope = everywhere();
                world.credential(
                    conn,
                    tools,
                    &Sample { enterprise, token, scope, responsible, ..Sample::default() },
                );
            }
        });
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let client = console.anonymous();
        let welcome = comes(&console, &client, "/sign-in/start").await.expect(303);
        assert_eq!(welcome.location(), "/enterprises", "nobody knows yet where they want to");
        let page = client.get("/enterprises").await.expect(200).text();
        assert!(page.contains("You are here"), "{page}");
        let there = ways(&page);
        assert_eq!(there.len(), 1);
        assert_eq!(there[0].0, "Umbrella");

        let sees = async |client: &Client| {
            let list = client.get("/credentials").await.expect(200).text();
            (list.contains("of-acme"), list.contains("of-umbrella"))
        };
        assert_eq!(sees(&client).await, (true, false));
        let old = client.cookie("voucher").unwrap();
        client.post(&there[0].1, &[]).await.expect(303);
        assert_eq!(sees(&client).await, (false, true));
        assert_ne!(client.cookie("voucher").unwrap(), old);
        let thief = console.anonymous();
        thief.set_cookie("voucher", &old);
        assert!(!is_signed_in(&thief).await, "the sign-in that was left goes on");

        // Neither enterprise's record speaks of the other.
        let records = |of: &str| {
            app.database.texts(&format!(
                "SELECT a.action AS it FROM audit_records a JOIN enterprises e ON e.id = a.enterprise_id \
                 WHERE e.slug = '{of}' AND a.action LIKE 'sign_in%' ORDER BY a.at, a.seq"
            ))
        };
        assert_eq!(
            (records("acme"), records("umbrella")),
            (vec!["sign_in.begin".to_owned(), "sign_in.end".to_owned()], vec!["sign_in.begin".to_owned()],)
        );
        for (of, other) in [("acme", &app.world.umbrella), ("umbrella", &app.world.acme)] {
            let speaks = app.database.count(&format!(
                "SELECT COUNT(*) FROM audit_records a JOIN enterprises e ON e.id = a.enterprise_id \
                 WHERE e.slug = '{of}' AND (a.detail LIKE '%{other}%' OR a.object_id = '{other}')"
            ));
            assert_eq!(speaks, 0, "{of}");
        }

        // The next time they come into where they were last.
        client.post("/sign-out", &[]).await.expect(303);
        let welcome = comes(&console, &client, "/sign-in/start").await.expect(303);
        assert_eq!((welcome.location(), sees(&client).await), ("/", (false, true)));
        // A page that was wanted goes first, where it says so.
        let other = console.anonymous();
        let start = "/sign-in/start?return_to=%2Faccess&enterprise=umbrella";
        assert_eq!(comes(&console, &other, start).await.location(), "/access");
        assert_eq!(sees(&other).await, (false, true));
        console.stop().await;
    });
}

#[test]
fn whoever_is_in_one_enterprise_learns_of_no_other() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "one", json!(["acme"]));
        let client = console.anonymous();
        assert_eq!(comes(&console, &client, "/sign-in/start").await.expect(303).location(), "/");
        let page = client.get("/enterprises").await.expect(200).text();
        assert!(ways(&page).is_empty() && !page.contains("Umbrella"), "{page}");
        assert!(
            !client.get("/credentials").await.text().contains("/enterprises"),
            "there is nothing to switch"
        );
        let enter = async |id: &str| {
            let reply = client.post(&format!("/enterprises/{id}/enter"), &[]).await.expect(404);
            let request = reply.header("x-request-id").to_owned();
            reply.text().replace(&request, "").replace(id, "")
        };
        let theirs = enter(app.world.umbrella.as_str()).await;
        assert_eq!(theirs, enter("01930000-0000-7000-8000-0000000000ff").await);
        assert!(is_signed_in(&client).await);
        // Wanting to go there is no way in.
        let other = console.anonymous();
        comes(&console, &other, "/sign-in/start?enterprise=umbrella").await.expect(303);
        assert!(!other.get("/enterprises").await.text().contains("Umbrella"));
        // Nor is having been there.
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let former = console.anonymous();
        comes(&console, &former, "/sign-in/start").await.expect(303);
        let there = ways(&former.get("/enterprises").await.text());
        app.database.execute(
            "UPDATE members SET state = 'disabled' WHERE subject = 'both' AND role = 'administrator' \
             AND enterprise_id = (SELECT id FROM enterprises WHERE slug = 'umbrella')",
        );
        former.post(&there[0].1, &[]).await.expect(404);
        assert!(ways(&former.get("/enterprises").await.text()).is_empty());
        console.stop().await;
    });
}

#[test]
fn switching_prolongs_nothing() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let client = console.anonymous();
        comes(&console, &client, "/sign-in/start").await.expect(303);
        let begun = app.now();
        // To and fro every twenty minutes: never idle, and over after twelve hours.
        while app.now().as_second() - begun.as_second() < 12 * 3_600 - 1_200 {
            app.advance(Duration::from_secs(1_200));
            let there = ways(&client.get("/enterprises").await.expect(200).text());
            client.post(&there[0].1, &[]).await.expect(303);
        }
        assert!(is_signed_in(&client).await);
        app.advance(Duration::from_secs(1_200));
        assert!(!is_signed_in(&client).await);
        console.stop().await;
    });
}

#[test]
fn of_two_who_switch_at_once_one_goes_and_no_sign_in_is_left_over() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        for _ in 0..10 {
            let client = console.anonymous();
            comes(&console, &client, "/sign-in/start").await.expect(303);
            let there = ways(&client.get("/enterprises").await.text());
            let tabs: Vec<Client> = (0..4)
                .map(|_| {
                    let tab = console.anonymous();
                    for (name, value) in client.cookies() {
                        tab.set_cookie(&name, &value);
                    }
                    tab
                })
                .collect();
            futures_util::future::join_all(tabs.iter().map(|tab| tab.post(&there[0].1, &[]))).await;
            let alive = "SELECT COUNT(*) FROM sign_ins WHERE subject = 'both' AND revoked_at IS NULL";
            assert_eq!(app.database.count(alive), 1);
            app.database.execute("UPDATE sign_ins SET revoked_at = 1 WHERE subject = 'both'");
        }
        console.stop().await;
    });
}

#[test]
fn a_form_that_was_opened_in_another_enterprise_makes_nothing() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let client = console.anonymous();
        comes(&console, &client, "/sign-in/start").await.expect(303);
        let page = client.get("/credentials/new/username-password").await.expect(200).text();
        let action = page.split("<form method=\"post\" action=\"/credentials/new/").nth(1).unwrap();
        let action = format!("/credentials/new/{}", action.split('"').next().unwrap());
        assert!(action.ends_with(app.world.acme.as_str()), "{action}");
        let form = crate::sign_ins::login(app, "meant-for-acme");
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let there = ways(&client.get("/enterprises").await.text());
        client.post(&there[0].1, &[]).await.expect(303);
        let refused = client.post(&action, &form).await.expect(409).text();
        assert!(refused.contains("opened in another enterprise"), "{refused}");
        client.post(&format!("/access/new?in={}", app.world.acme), &[]).await.expect(409);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials"), 0);
        let back = ways(&client.get("/enterprises").await.text());
        client.post(&back[0].1, &[]).await.expect(303);
        client.post(&action, &form).await.expect(303);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials"), 1);
        console.stop().await;
    });
}

#[test]
fn every_form_that_makes_something_new_says_in_which_enterprise() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        // Without a bot there is nothing to choose for reminders.
        app.make(|world, conn, tools| {
            let url = "https://open.feishu.cn/open-apis/bot/v2/hook/01930000-0000-7000-8000-000000000000";
            let secret = &[("webhook_url", url)][..];
            let bot = Sample { credential_type: "feishu", token: "alerts", secret, ..Sample::default() };
            world.credential(conn, tools, &bot)
        });
        let mut seen = Vec::new();
        // A program's key is good in one enterprise.
        let by_people = |entry: &&Entry| {
            entry.method == "POST" && !matches!(entry.access, Access::Provisions | Access::ProvisionsAccess)
        };
        for entry in ROUTES.iter().filter(by_people) {
            let path = entry.path.replace("{type}", "username-password");
            // What is named by ids is not found in another enterprise; what has no page of its own makes nothing.
            let has_page = ROUTES.iter().any(|other| other.path == entry.path && other.method == "GET");
            if path.contains('{') || !has_page || path == "/credentials/bulk" {
                continue;
            }
            let page = owner.get(&path).await.expect(200).text();
            let action = format!("action=\"{path}?in={}\"", app.world.acme);
            assert!(page.contains(&action), "the form of {path} is not sent to {action}");
            let elsewhere = format!("{path}?in={}", app.world.umbrella);
            let refused = owner.post(&elsewhere, &[]).await.expect(409).text();
            assert!(refused.contains("opened in another enterprise"), "{refused}");
            seen.push(path);
        }
        assert!(seen.len() >= 3, "{seen:?}");
    });
}

#[test]
fn pages_of_an_enterprise_are_not_there_while_one_is_in_another() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let client = console.anonymous();
        comes(&console, &client, "/sign-in/start").await.expect(303);
        let credential = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { scope: everywhere(), ..Sample::default() })
        });
        let pages = [
            format!("/credentials/{credential}"),
            format!("/credentials/{credential}/edit"),
            format!("/projects/{}", app.world.projects["shop"]),
            format!("/repositories/{}", app.world.repositories["shop/web"]),
            format!("/members/{}", app.world.members["owner"]),
            format!("/members/{}/sign-ins", app.world.members["owner"]),
        ];
        for page in &pages {
            client.get(page).await.expect(200);
        }
        let there = ways(&client.get("/enterprises").await.text());
        client.post(&there[0].1, &[]).await.expect(303);
        let welcome = client.get("/credentials").await.expect(200).text();
        assert!(welcome.contains("You have switched to this enterprise."), "{welcome}");
        let plain =
            |reply: String, request: String, path: &str| reply.replace(&request, "").replace(path, "");
        for page in &pages {
            let id = page.split('/').nth(2).unwrap();
            let nowhere = page.replace(id, "01930000-0000-7000-8000-0000000000ff");
            let mut answers = Vec::new();
            for path in [page, &nowhere] {
                let reply = client.get(path).await.expect(404);
                let request = reply.header("x-request-id").to_owned();
                let id = path.split('/').nth(2).unwrap();
                answers.push(plain(reply.text(), request, id));
            }
            assert_eq!(answers[0], answers[1], "{page}");
        }
        console.stop().await;
    });
}

#[test]
fn ones_own_sign_ins_are_listed_and_ended_in_whatever_enterprise_they_are() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let (here, there) = (console.anonymous(), console.anonymous());
        comes(&console, &here, "/sign-in/start?enterprise=acme").await.expect(303);
        comes(&console, &there, "/sign-in/start?enterprise=umbrella").await.expect(303);
        let page = here.get("/sign-ins").await.expect(200).text();
        assert!(page.contains(">Acme</span>") && page.contains(">Umbrella</span>"), "{page}");
        here.post("/sign-ins/end-others", &[]).await.expect(303);
        assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
        // It is on record where it was, by the member of that enterprise.
        let ended = app.database.texts(
            "SELECT e.slug || ' ' || m.enterprise_id || ' ' || a.enterprise_id AS it FROM audit_records a \
             JOIN enterprises e ON e.id = a.enterprise_id JOIN members m ON m.id = a.actor_id \
             WHERE a.action = 'sign_in.end'",
        );
        assert_eq!(ended, [format!("umbrella {0} {0}", app.world.umbrella)]);
        // An administrator sees and ends those in their own enterprise alone.
        comes(&console, &there, "/sign-in/start?enterprise=umbrella").await.expect(303);
        let member = app.database.texts(&format!(
            "SELECT id AS it FROM members WHERE subject = 'both' AND enterprise_id = '{}'",
            app.world.acme
        ));
        let owner = app.member("owner").await;
        let list = owner.get(&format!("/members/{}/sign-ins", member[0])).await.expect(200).text();
        assert_eq!(list.matches("<th scope=\"row\"").count(), 1);
        assert!(!list.contains("Umbrella"), "{list}");
        console.stop().await;
    });
}

#[test]
fn whose_sign_ins_an_administrator_ended_does_not_come_back_by_way_of_another_enterprise() {
    on_both(async |app| {
        let (provider, console) = shared(app);
        announce(&provider, app, "both", json!(["acme", "umbrella"]));
        let member = |of: &str| {
            let sql = format!(
                "SELECT m.id AS it FROM members m JOIN enterprises e ON e.id = m.enterprise_id \
                 WHERE m.subject = 'both' AND e.slug = '{of}'"
            );
            app.database.texts(&sql).remove(0)
        };
        let owner = app.member("owner").await;
        for way in ["sign-ins/end-all", "disable"] {
            let client = console.anonymous();
            comes(&console, &client, "/sign-in/start?enterprise=umbrella").await.expect(303);
            app.advance(Duration::from_secs(1));
            let path = format!("/members/{}", member("acme"));
            owner.post(&format!("{path}/{way}"), &[]).await.expect(303);
            if way == "disable" {
                owner.post(&format!("{path}/enable"), &[]).await.expect(303);
            }
            let back = format!("/enterprises/{}/enter", app.world.acme);
            let refused = client.post(&back, &[]).await.expect(403).text();
            assert!(refused.contains("Sign in again to go there"), "{refused}");
            assert!(refused.contains("/sign-in/start?again=true&#38;enterprise=acme"), "{refused}");
            assert!(is_signed_in(&client).await, "where they are, nobody ended anything");
            app.advance(Duration::from_secs(1));
            announce(&provider, app, "both", json!(["acme", "umbrella"]));
            comes(&console, &client, "/sign-in/start?again=true&enterprise=acme").await.expect(303);
            let there = ways(&client.get("/enterprises").await.text());
            client.post(&there[0].1, &[]).await.expect(303);
            client.post(&back, &[]).await.expect(303);
        }
        console.stop().await;
    });
}
