//! Members through the pages of administrators: roles, leaving, and handing over what leavers answer for.

use serde_json::json;
use voucher::ids::{CredentialId, MemberId};
use voucher::pipelines::Place;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

fn member(app: &TestApp, who: &str) -> String {
    format!("/members/{}", app.world.members[who])
}

fn role_of(app: &TestApp, who: &str) -> String {
    let id = &app.world.members[who];
    app.database.texts(&format!("SELECT role || ' ' || state AS it FROM members WHERE id = '{id}'"))[0]
        .clone()
}

async fn give(client: &Client, app: &TestApp, who: &str, role: &str, status: u16) -> String {
    client.post(&format!("{}/role", member(app, who)), &[("role", role)]).await.expect(status).text()
}

#[test]
fn roles_are_given_and_owners_are_made_and_unmade_by_owners() {
    on_both(async |app| {
        let (owner, administrator) = (app.member("owner").await, app.member("administrator").await);
        give(&administrator, app, "bystander", "auditor", 303).await;
        assert_eq!(role_of(app, "bystander"), "auditor active");
        give(&administrator, app, "bystander", "owner", 403).await;
        give(&administrator, app, "owner", "member", 403).await;
        administrator.post(&format!("{}/disable", member(app, "owner")), &[]).await.expect(403);
        give(&owner, app, "bystander", "owner", 303).await;
        assert_eq!(role_of(app, "bystander"), "owner active");
        give(&owner, app, "bystander", "", 400).await;
        give(&owner, app, "bystander", "king", 400).await;
        let auditor = app.member("auditor").await;
        give(&auditor, app, "manager", "auditor", 403).await;
        assert_eq!(role_of(app, "manager"), "member active");
    });
}

#[test]
fn the_last_owner_stays_an_owner_who_can_sign_in() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        for (path, fields) in [("role", &[("role", "member")][..]), ("disable", &[][..])] {
            let page =
                owner.post(&format!("{}/{path}", member(app, "owner")), fields).await.expect(409).text();
            assert!(page.contains("The enterprise needs an owner"), "{page}");
        }
        // Another owner who was disabled does not count.
        give(&owner, app, "bystander", "owner", 303).await;
        owner.post(&format!("{}/disable", member(app, "bystander")), &[]).await.expect(303);
        give(&owner, app, "owner", "member", 409).await;
        owner.post(&format!("{}/enable", member(app, "bystander")), &[]).await.expect(303);
        give(&owner, app, "owner", "administrator", 303).await;
        assert_eq!(role_of(app, "owner"), "administrator active");
    });
}

#[test]
fn of_two_administrators_who_demote_each_other_one_is_too_late() {
    on_both(async |app| {
        for _ in 0..4 {
            let first = app.member("administrator").await;
            let owner = app.member("owner").await;
            give(&owner, app, "manager", "administrator", 303).await;
            let second = app.member("manager").await;
            let (one, other) = (
                format!("{}/role", member(app, "manager")),
                format!("{}/role", member(app, "administrator")),
            );
            let demoting = [("role", "member")];
            let (a, b) =
                futures_util::future::join(first.post(&one, &demoting), second.post(&other, &demoting)).await;
            let mut statuses = [a.status.as_u16(), b.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [303, 403]);
            let mut roles = [role_of(app, "administrator"), role_of(app, "manager")];
            roles.sort();
            assert_eq!(roles, ["administrator active", "member active"]);
            give(&owner, app, "administrator", "administrator", 303).await;
        }
    });
}

#[test]
fn of_two_owners_who_disable_each_other_one_stays() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        give(&owner, app, "administrator", "owner", 303).await;
        let other = app.member("administrator").await;
        let (a, b) = futures_util::future::join(
            owner.post(&format!("{}/disable", member(app, "administrator")), &[]),
            other.post(&format!("{}/disable", member(app, "owner")), &[]),
        )
        .await;
        // Whoever is too late may be signed out by then, and is led to the sign-in.
        let done = |reply: &Reply| reply.status == 303 && !reply.location().starts_with("/sign-in");
        assert_ne!(done(&a), done(&b), "{} {}", a.text(), b.text());
        let owners = "SELECT COUNT(*) FROM members m JOIN enterprises e ON e.id = m.enterprise_id \
                      WHERE e.slug = 'acme' AND m.role = 'owner' AND m.state = 'active'";
        assert_eq!(app.database.count(owners), 1);
    });
}

#[test]
fn who_is_disabled_is_out_at_once_and_their_credentials_go_on() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            world.credential(conn, tools, &sample);
            let place = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None).1
        });
        let (owner, leaver) = (app.member("owner").await, app.member("responsible").await);
        leaver.get("/credentials").await.expect(200);
        let page = owner.get(&format!("{}/disable", member(app, "responsible"))).await.expect(200).text();
        assert!(page.contains("They answer for 1 credential"), "{page}");
        owner.post(&format!("{}/disable", member(app, "responsible")), &[]).await.expect(303);
        leaver.get("/credentials").await.expect(303);
        assert_eq!(role_of(app, "responsible"), "member disabled");
        app.caller(&key).post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await.expect(200);

        // Enabled again they sign in anew: no sign-in of before comes back.
        owner.post(&format!("{}/enable", member(app, "responsible")), &[]).await.expect(303);
        leaver.get("/credentials").await.expect(303);
        app.member("responsible").await.get("/credentials").await.expect(200);

        // Who disables themselves is out as well, and it is recorded.
        give(&owner, app, "administrator", "owner", 303).await;
        owner.post(&format!("{}/disable", member(app, "owner")), &[]).await.expect(303);
        owner.get("/members").await.expect(303);
        let records = app.database.texts(
            "SELECT object_name AS it FROM audit_records WHERE action = 'member.disable' ORDER BY chain, seq",
        );
        assert_eq!(records, ["responsible", "owner"]);
    });
}

#[test]
fn members_are_found_by_name_role_and_state() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            let gone = world.another_member(conn, tools, "Zoë 100%");
            voucher::directory::disable(conn, &world.acting("acme", tools), &gone).unwrap();
        });
        let auditor = app.member("auditor").await;
        let found = async |query: &str| -> Vec<String> {
            let page = auditor.get(&format!("/members{query}")).await.expect(200).text();
            let names = page.split("<a class=\"v-name\" href=\"/members/").skip(1);
            names.map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
        };
        assert_eq!(found("").await.len(), 8);
        assert_eq!(found("?q=SCOPE").await, ["in-scope"]);
        assert_eq!(found("?q=100%25").await, ["Zoë 100%"]);
        assert_eq!(found("?q=%40acme.example+100").await, ["Zoë 100%"]);
        assert_eq!(found("?role=owner").await, ["owner"]);
        assert_eq!(found("?state=disabled").await, ["Zoë 100%"]);
        assert_eq!(found("?role=owner&state=disabled").await, Vec::<String>::new());
        assert_eq!(found("?role=nonsense&state=x").await.len(), 8);
        let page = auditor.get("/members").await.expect(200).text();
        assert!(!page.contains("hand-over") && !page.contains("stranger"), "{page}");
    });
}

fn responsible_for(app: &TestApp, token: &str) -> String {
    app.database.texts(&format!(
        "SELECT m.name AS it FROM credentials c JOIN members m ON m.id = c.responsible_id \
         WHERE c.token = '{token}' AND c.enterprise_id = '{}'",
        app.world.acme
    ))[0]
        .clone()
}

fn three(app: &TestApp) -> Vec<CredentialId> {
    app.make(|world, conn, tools| {
        let make = |token| {
            let sample = Sample { token, ..Sample::default() };
            world.credential(conn, tools, &sample)
        };
        ["one", "two", "three"].map(make).into()
    })
}

#[test]
fn what_a_leaver_answers_for_needs_attention_until_it_is_handed_over() {
    on_both(async |app| {
        three(app);
        let owner = app.member("owner").await;
        let calm = owner.get("/credentials").await.expect(200).text();
        assert!(!calm.contains("attention=responsible"), "{calm}");
        owner.post(&format!("{}/disable", member(app, "responsible")), &[]).await.expect(303);
        let page = owner.get("/credentials").await.expect(200).text();
        assert!(page.contains("3 credentials have a responsible person who was disabled"), "{page}");
        let page = owner.get("/credentials?attention=responsible").await.expect(200).text();
        let hand_over = format!("{}/hand-over", member(app, "responsible"));
        assert_eq!(page.matches(&hand_over).count(), 3, "{page}");
        let member_sees = app.member("in-scope").await.get("/credentials").await.expect(200).text();
        assert!(!member_sees.contains("attention=responsible"), "{member_sees}");

        let page = owner.get(&hand_over).await.expect(200).text();
        let to = format!("{hand_over}?to={}", app.world.members["administrator"]);
        assert!(page.contains(&to.replace('&', "&amp;")), "{page}");
        assert!(!page.contains(&format!("?to={}", app.world.members["responsible"])), "a leaver takes over");
        let form = owner.get(&to).await.expect(200).text();
        assert!(form.contains("administrator takes over") && form.contains("All: 3 credentials"), "{form}");
        let taker = app.world.members["administrator"].to_string();
        let fields = [("to", taker.as_str()), ("which", "all")];
        for _ in 0..2 {
            let reply = owner.post(&hand_over, &fields).await.expect(303);
            assert_eq!(reply.location(), hand_over);
        }
        for token in ["one", "two", "three"] {
            assert_eq!(responsible_for(app, token), "administrator");
        }
        let transfers = "SELECT COUNT(*) FROM audit_records WHERE action = 'credential.transfer'";
        assert_eq!(app.database.count(transfers), 3, "one record for each, once");
        let page = owner.get("/credentials").await.expect(200).text();
        assert!(!page.contains("attention=responsible"), "{page}");
    });
}

#[test]
fn only_the_chosen_ones_are_handed_over_and_only_to_somebody_who_may_hold_them() {
    on_both(async |app| {
        let ids = three(app);
        let foreign = app.make(|world, conn, tools| {
            let sample = Sample {
                enterprise: "umbrella",
                token: "theirs",
                responsible: "stranger",
                ..Sample::default()
            };
            world.credential(conn, tools, &sample)
        });
        let owner = app.member("owner").await;
        let hand_over = format!("{}/hand-over", member(app, "responsible"));
        let post = async |to: &str, which: &str, chosen: &[&CredentialId], status: u16| {
            let mut fields = vec![("to", to), ("which", which)];
            fields.extend(chosen.iter().map(|id| ("credential", id.as_str())));
            owner.post(&hand_over, &fields).await.expect(status).text()
        };
        let taker = app.world.members["bystander"].to_string();
        let before = app.database.rows();
        post(&taker, "chosen", &[], 422).await;
        post("", "all", &[], 422).await;
        post("x", "all", &[], 422).await;
        post(app.world.members["stranger"].as_str(), "all", &[], 422).await;
        post(app.world.members["responsible"].as_str(), "all", &[], 422).await;
        assert_eq!(app.database.rows(), before);
        owner.post(&format!("{}/disable", member(app, "manager")), &[]).await.expect(303);
        post(app.world.members["manager"].as_str(), "all", &[], 422).await;
        // What is not theirs stays whose it is.
        post(&taker, "chosen", &[&ids[1], &foreign], 303).await;
        assert_eq!(
            ["one", "two", "three"].map(|token| responsible_for(app, token)),
            ["responsible", "bystander", "responsible"]
        );
        let stranger = &app.world.members["stranger"];
        let kept = format!("SELECT COUNT(*) FROM credentials WHERE responsible_id = '{stranger}'");
        assert_eq!(app.database.count(&kept), 1);
        // Who took over may edit it, and who handed it over does not see it any more where they are not in scope.
        let taker = app.member("bystander").await;
        taker.get(&format!("/credentials/{}/edit", ids[1])).await.expect(200);
    });
}

#[test]
fn what_a_leaver_entered_stays_listed_until_it_is_rotated() {
    on_both(async |app| {
        let ids = three(app);
        // They were all entered by the owner, whoever answers for them.
        let administrator = app.member("administrator").await;
        let page = format!("{}/hand-over", member(app, "owner"));
        let shown = administrator.get(&page).await.expect(200).text();
        for id in &ids {
            assert!(shown.contains(&format!("/credentials/{id}/rotate")), "{shown}");
        }
        let rotate =
            crate::credentials::Form::open(&administrator, &format!("/credentials/{}/rotate", ids[0])).await;
        rotate.fill("field-username", "robot").fill("field-password", "another one").send().await.expect(303);
        let shown = administrator.get(&page).await.expect(200).text();
        assert!(!shown.contains(&format!("/credentials/{}/rotate", ids[0])), "{shown}");
        assert!(shown.contains(&format!("/credentials/{}/rotate", ids[1])), "{shown}");

        let (key, _) = app.make(|world, conn, tools| {
            let place = Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None)
        });
        let revoke = format!("/access/{key}/revoke");
        assert!(administrator.get(&page).await.expect(200).text().contains(&revoke));
        administrator.post(&revoke, &[]).await.expect(303);
        assert!(!administrator.get(&page).await.expect(200).text().contains(&revoke));

        // What programs look after the directory with counts too.
        let owner = app.member("owner").await;
        let form = crate::credentials::Form::open(&owner, "/access/provisioning/new").await;
        form.fill("name", "sync").send().await.expect(200);
        let key = app.database.texts("SELECT id AS it FROM provisioning_keys").remove(0);
        let revoke = format!("/access/provisioning/{key}/revoke");
        assert!(administrator.get(&page).await.expect(200).text().contains(&revoke));
        administrator.post(&revoke, &[]).await.expect(303);
        assert!(!administrator.get(&page).await.expect(200).text().contains(&revoke));
    });
}

#[test]
fn a_form_that_was_opened_before_a_hand_over_is_not_saved_over_it() {
    on_both(async |app| {
        let ids = three(app);
        let owner = app.member("owner").await;
        let form = crate::credentials::Form::open(&owner, &format!("/credentials/{}/edit", ids[0])).await;
        let (taker, from): (&MemberId, &str) = (&app.world.members["bystander"], "responsible");
        let fields = [("to", taker.as_str()), ("which", "all")];
        owner.post(&format!("{}/hand-over", member(app, from)), &fields).await.expect(303);
        let form = form
            .fill("name", "Renamed")
            .fill("responsible", app.world.members["responsible"].as_str())
            .fill("project-reach", "all")
            .fill("repository-reach", "all");
        form.send().await.expect(409);
        assert_eq!(responsible_for(app, "one"), "bystander");
    });
}
