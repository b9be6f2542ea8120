//! What the provider's claims give and take: roles and places by rules, at every sign-in, against a provider that says
//! whatever a test wants.

use serde_json::{Value, json};
use voucher::people::{Rule, WrittenRule};

use crate::support::app::{TestApp, on_both};
use crate::support::door::Door;
use crate::support::http::Client;

fn rule(has: &str, change: impl FnOnce(&mut WrittenRule)) -> Rule {
    let mut written =
        WrittenRule { claim: "groups".to_owned(), has: Some(has.to_owned()), ..WrittenRule::default() };
    change(&mut written);
    Rule::parse(written).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn rules() -> Vec<Rule> {
    vec![
        rule("owners", |rule| rule.role = some("owner")),
        rule("admins", |rule| rule.role = some("administrator")),
        rule("auditors", |rule| rule.role = some("auditor")),
        rule("staff", |rule| rule.role = some("member")),
        rule("shop-leads", |rule| {
            rule.project = some("shop");
            rule.place_role = some("manager");
        }),
        rule("shop", |rule| rule.project = some("shop")),
        rule("web", |rule| rule.repository = some("shop/web")),
        rule("nowhere", |rule| rule.project = some("no-such-project")),
    ]
}

fn open(app: &TestApp, rules: Vec<Rule>) -> Door {
    Door::of(app, |settings| settings.rules = rules)
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/sign-in").await.status.as_u16() == 303
}

/// Role, state and places of a member: `administrator active shop:manager shop/web:member`.
fn standing(app: &TestApp, subject: &str) -> String {
    let all = app.database.texts(&format!(
        "SELECT it FROM (SELECT 0 AS part, role || ' ' || state AS it FROM members WHERE subject = '{subject}' \
         UNION ALL SELECT 1, p.slug || ':' || x.role FROM project_members x JOIN projects p ON p.id = x.project_id \
         JOIN members m ON m.id = x.member_id WHERE m.subject = '{subject}' \
         UNION ALL SELECT 2, r.slug || ':' || x.role FROM repository_members x \
         JOIN repositories r ON r.id = x.repository_id \
         JOIN members m ON m.id = x.member_id WHERE m.subject = '{subject}') AS y ORDER BY part, it"
    ));
    all.join(" ")
}

fn records(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT action || ' ' || outcome || COALESCE(' ' || reason, '') AS it FROM audit_records \
         WHERE action LIKE 'member.%' ORDER BY at, seq",
    )
}

fn epoch(app: &TestApp) -> i64 {
    app.database.count("SELECT policy_epoch FROM enterprises WHERE slug = 'acme'")
}

#[test]
fn what_a_claim_gives_its_absence_takes_away() {
    on_both(async |app| {
        let door = open(app, rules());
        assert_eq!(door.signs_in("zoe", json!([])).await.1, 403);
        assert_eq!(door.signs_in("zoe", json!(["nobody-knows"])).await.1, 403);
        assert_eq!((standing(app, "zoe"), records(app)), (String::new(), vec![]));

        let (first, status) = door.signs_in("zoe", json!(["web"])).await;
        assert_eq!((status, standing(app, "zoe").as_str()), (303, "member active shop/web:member"));
        assert_eq!(records(app), ["member.add allowed"]);
        let because = app.database.texts(
            "SELECT actor_name || '|' || object_name || '|' || detail AS it FROM audit_records \
             WHERE action = 'member.add'",
        );
        let expected = "sign-in rules|zoe|{\"because\":[\"groups has web\"],\"by\":\"claims\",\
                        \"repositories\":{\"shop/web\":\"member\"},\"role\":{\"from\":null,\"to\":\"member\"}}";
        assert_eq!(because, [expected]);
        first.get("/access/new").await.expect(403);

        // Nothing new: nothing is changed, recorded or locked.
        let before = epoch(app);
        door.signs_in("zoe", json!(["web", "unknown"])).await;
        assert_eq!((epoch(app), records(app).len()), (before, 1));

        let (_, status) = door.signs_in("zoe", json!(["admins", "shop-leads", "shop", "nowhere"])).await;
        assert_eq!((status, standing(app, "zoe").as_str()), (303, "administrator active shop:manager"));
        assert_eq!(epoch(app), before + 1);
        // Where they are signed in already it holds from the next request on.
        first.get("/access/new").await.expect(200);

        door.signs_in("zoe", json!(["staff", "shop"])).await;
        assert_eq!(standing(app, "zoe"), "member active shop:member");
        first.get("/access/new").await.expect(403);

        // Only claims made them a member.
        let (last, status) = door.signs_in("zoe", json!([])).await;
        assert_eq!((status, standing(app, "zoe").as_str()), (403, "member disabled"));
        assert!(!is_signed_in(&first).await && !is_signed_in(&last).await);
        let alive = "SELECT COUNT(*) FROM sign_ins WHERE subject = 'zoe' AND revoked_at IS NULL";
        assert_eq!(app.database.count(alive), 0);
        let ended =
            "SELECT COUNT(*) FROM audit_records WHERE action = 'sign_in.end' AND actor_type = 'system'";
        assert_eq!(app.database.count(ended), 4);

        let (_, status) = door.signs_in("zoe", json!(["web"])).await;
        assert_eq!((status, standing(app, "zoe").as_str()), (303, "member active shop/web:member"));
        assert_eq!(
            records(app),
            ["add", "change", "change", "disable", "enable"].map(|what| format!("member.{what} allowed"))
        );
        door.close().await;
    });
}

#[test]
fn what_people_gave_by_hand_stays() {
    on_both(async |app| {
        let door = open(app, rules());
        door.moves_in(app);
        // A manager by hand: a claim of less takes nothing, and its absence neither.
        for groups in [json!(["shop"]), json!([]), json!(["staff"])] {
            assert_eq!(door.signs_in("manager", groups.clone()).await.1, 303, "{groups}");
            assert_eq!(standing(app, "manager"), "member active shop:manager", "{groups}");
        }
        // A member by hand: a claim of more counts while it is made.
        for (groups, expected) in [
            (json!(["admins", "shop", "web"]), "administrator active shop:member shop/web:member"),
            (json!(["shop"]), "member active shop:member shop/web:member"),
            (json!([]), "member active shop/web:member"),
        ] {
            assert_eq!(door.signs_in("in-scope", groups.clone()).await.1, 303);
            assert_eq!(standing(app, "in-scope"), expected, "{groups}");
        }
        // What people change of what a claim gave is theirs from then on.
        door.signs_in("bystander", json!(["auditors", "shop"])).await;
        app.database.execute("UPDATE members SET role = 'administrator' WHERE subject = 'bystander'");
        app.database.execute(
            "UPDATE project_members SET role = 'manager' \
             WHERE member_id = (SELECT id FROM members WHERE subject = 'bystander')",
        );
        door.signs_in("bystander", json!([])).await;
        assert_eq!(standing(app, "bystander"), "administrator active shop:manager");
        door.close().await;
    });
}

#[test]
fn whom_people_shut_out_no_claim_lets_in() {
    on_both(async |app| {
        let door = open(app, rules());
        door.signs_in("zoe", json!(["admins"])).await;
        door.moves_in(app);
        for subject in ["zoe", "bystander"] {
            app.database
                .execute(&format!("UPDATE members SET state = 'disabled' WHERE subject = '{subject}'"));
            for groups in [json!(["admins", "shop"]), json!([]), json!(["owners"])] {
                let before = standing(app, subject);
                assert_eq!(door.signs_in(subject, groups).await.1, 403, "{subject}");
                assert_eq!(standing(app, subject), before, "{subject}");
            }
        }
        // Whom a missing claim shut out, people can let in again by hand, as a plain member.
        door.signs_in("yan", json!(["admins", "shop"])).await;
        door.signs_in("yan", json!([])).await;
        app.database.execute("UPDATE members SET state = 'active' WHERE subject = 'yan'");
        assert_eq!(door.signs_in("yan", json!([])).await.1, 303);
        assert_eq!(standing(app, "yan"), "member active");
        door.close().await;
    });
}

#[test]
fn the_last_owner_is_not_taken_away_by_a_claim() {
    on_both(async |app| {
        let door = open(app, rules());
        door.signs_in("zoe", json!(["owners"])).await;
        door.signs_in("yan", json!(["owners", "staff"])).await;
        app.database.execute("UPDATE members SET role = 'member' WHERE subject = 'owner'");
        // Two owners by claim, who lose it: one of them remains.
        assert_eq!(door.signs_in("zoe", json!([])).await.1, 403);
        for groups in [json!(["staff"]), json!([])] {
            assert_eq!(door.signs_in("yan", groups).await.1, 303);
            assert_eq!(standing(app, "yan"), "owner active");
        }
        let last = records(app).pop();
        assert_eq!(last.as_deref(), Some("member.change refused last_owner"));
        // Once there is another, they are an owner no more.
        app.database.execute("UPDATE members SET role = 'owner' WHERE subject = 'owner'");
        door.signs_in("yan", json!(["staff"])).await;
        assert_eq!(standing(app, "yan"), "member active");
        door.close().await;
    });
}

#[test]
fn of_two_owners_who_lose_it_at_once_one_remains() {
    on_both(async |app| {
        for _ in 0..5 {
            let door = open(app, rules());
            app.database.execute("UPDATE members SET role = 'member' WHERE subject = 'owner'");
            let mut backs = Vec::new();
            for subject in ["zoe", "yan"] {
                assert_eq!(door.signs_in(subject, json!(["owners"])).await.1, 303);
                let client = door.console.anonymous();
                let back = door.up_to_the_callback(&client).await;
                backs.push((client, back));
            }
            // The provider speaks of one person at a time: the second goes on when the first has their token.
            let (one, other) = (&backs[0], &backs[1]);
            door.announces("zoe", json!({ "groups": [] }));
            let first = one.0.get(&one.1);
            let second = async {
                while door.provider.tokens() < 3 {
                    tokio::task::yield_now().await;
                }
                door.announces("yan", json!({ "groups": [] }));
                other.0.get(&other.1).await
            };
            futures_util::future::join(first, second).await;
            let owners = "SELECT COUNT(*) FROM members WHERE role = 'owner' AND state = 'active' \
                          AND enterprise_id = (SELECT id FROM enterprises WHERE slug = 'acme')";
            assert_eq!(app.database.count(owners), 1);
            app.database.execute("UPDATE members SET role = 'owner' WHERE subject = 'owner'");
            door.close().await;
        }
    });
}

#[test]
fn the_first_administrator_stays_owner_whatever_is_claimed() {
    on_both(async |app| {
        let door = Door::of(app, |settings| {
            settings.rules = rules();
            settings.first_administrator = Some("root".to_owned());
        });
        for groups in [json!(["staff"]), json!([]), json!(["auditors", "web"]), json!([])] {
            assert_eq!(door.signs_in("root", groups.clone()).await.1, 303, "{groups}");
            assert!(standing(app, "root").starts_with("owner active"), "{groups}");
        }
        assert_eq!(standing(app, "root"), "owner active");
        door.close().await;
    });
}

#[test]
fn a_claim_of_another_shape_gives_nothing() {
    on_both(async |app| {
        let door = open(app, rules());
        for groups in [
            json!("admins"),
            json!({ "admins": "admins" }),
            json!([["admins"]]),
            json!(["admins", 7]),
            json!((0..5_000).map(|at| format!("g{at}")).chain(["admins".to_owned()]).collect::<Vec<_>>()),
            json!(["admins", "x".repeat(300)]),
            json!(true),
        ] {
            assert_eq!(door.signs_in("zoe", groups.clone()).await.1, 403, "{groups}");
        }
        assert_eq!(standing(app, "zoe"), "");
        door.close().await;
    });
}

#[test]
fn user_info_is_asked_for_a_claim_that_the_token_lacks_and_its_silence_is_no_sign_in() {
    on_both(async |app| {
        let door = open(app, rules());
        door.announces("zoe", json!({}));
        let told = |groups: Value| json!({ "sub": "zoe", "groups": groups });
        door.provider.change(|script| script.userinfo = Some(told(json!(["admins"]))));
        let client = door.console.anonymous();
        assert_eq!(door.comes(&client).await.status.as_u16(), 303);
        assert_eq!(standing(app, "zoe"), "administrator active");

        // Down: nobody comes in, and nobody loses anything.
        door.provider.change(|script| script.userinfo = None);
        let page = door.comes(&door.console.anonymous()).await.expect(503).text();
        assert!(page.contains("not possible at the moment"), "{page}");
        assert_eq!(standing(app, "zoe"), "administrator active");
        assert!(is_signed_in(&client).await);
        let last = app.database.texts(
            "SELECT outcome || ' ' || reason AS it FROM audit_records WHERE action = 'sign_in.begin' \
             AND reason IS NOT NULL",
        );
        assert_eq!(last, ["failed provider_unavailable"]);

        // About somebody else: an attack.
        door.provider.change(|script| {
            script.userinfo = Some(json!({ "sub": "root", "groups": ["owners"] }));
        });
        door.comes(&door.console.anonymous()).await.expect(403);
        assert_eq!(standing(app, "zoe"), "administrator active");

        // What the token says goes first.
        door.announces("zoe", json!({ "groups": ["staff"] }));
        door.provider.change(|script| {
            script.claims.as_object_mut().unwrap().remove("name");
            script.userinfo = Some(told(json!(["owners"])));
        });
        assert_eq!(door.comes(&door.console.anonymous()).await.status.as_u16(), 303);
        assert_eq!(standing(app, "zoe"), "member active");

        // Answered, and without the claim: it is not made.
        door.announces("zoe", json!({}));
        door.provider.change(|script| script.userinfo = Some(json!({ "sub": "zoe" })));
        door.comes(&door.console.anonymous()).await.expect(403);
        assert_eq!(standing(app, "zoe"), "member disabled");
        door.close().await;
    });
}

#[test]
fn an_enterprise_that_is_not_there_yet_is_made_for_an_owner_only() {
    on_both(async |app| {
        let door = Door::of(app, |settings| {
            settings.rules = rules();
            settings.enterprise = "newco".to_owned();
        });
        assert_eq!(door.signs_in("zoe", json!(["admins"])).await.1, 403);
        let enterprises = "SELECT COUNT(*) FROM enterprises WHERE slug = 'newco'";
        assert_eq!(app.database.count(enterprises), 0);
        assert_eq!(door.signs_in("yan", json!(["owners"])).await.1, 303);
        assert_eq!(door.signs_in("zoe", json!(["admins"])).await.1, 303);
        assert_eq!(app.database.count(enterprises), 1);
        assert_eq!(standing(app, "zoe"), "administrator active");
        door.close().await;
    });
}
