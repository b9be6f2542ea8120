//! How a credential is used, by whom, and what is said before a change takes it away from somebody.

use std::time::Duration;

use serde_json::json;
use voucher::ids::CredentialId;
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::{Sample, everywhere};

/// A credential for everybody, and the texts of a key of the project `shop`, of its repository and of another project.
fn things(app: &TestApp) -> (CredentialId, [String; 3]) {
    app.make(|world, conn, tools| {
        let credential = world.credential(conn, tools, &Sample { scope: everywhere(), ..Sample::default() });
        let places = [
            Place::Project(world.projects["shop"].clone()),
            Place::Repository(world.repositories["shop/web"].clone()),
            Place::Project(world.projects["plat"].clone()),
        ];
        (credential, places.map(|place| world.access_key(conn, tools, ("acme", place), None).1))
    })
}

async fn resolve(app: &TestApp, key: &str, status: u16) {
    app.caller(key).post_json("/api/v1/resolve", &json!({"tokens": ["login"]})).await.expect(status);
}

/// The rows of the table of pipelines: place, last day, uses in 30 days, in 90 days, refusals.
fn pipelines(page: &str) -> Vec<Vec<String>> {
    let text = |cell: &str| {
        let parts = cell.split('<').filter_map(|part| part.split_once('>'));
        parts.map(|(_, text)| text).collect::<String>().trim().to_owned()
    };
    let rows = page.split("<tr><th scope=\"row\">").filter(|row| row.contains("access key"));
    rows.map(|row| {
        let row = row.split("</tr>").next().unwrap();
        row.split("<td").skip(1).map(|cell| text(&format!("<td{cell}"))).collect()
    })
    .collect()
}

#[test]
fn uses_and_refusals_are_counted_by_day_and_by_pipeline() {
    on_both(async |app| {
        let (id, [shop, web, _]) = things(app);
        let owner = app.member("owner").await;
        let at = format!("/credentials/{id}/usage");
        let empty = owner.get(&at).await.expect(200).text();
        assert!(empty.contains("No pipeline asked for it in the last 90 days"), "{empty}");
        resolve(app, &web, 200).await;
        app.advance(Duration::from_secs(40 * 24 * 3600));
        let owner = app.member("owner").await;
        for _ in 0..2 {
            resolve(app, &shop, 200).await;
        }
        resolve(app, &web, 200).await;
        owner.post(&format!("/credentials/{id}/disable"), &[]).await.expect(303);
        resolve(app, &web, 409).await;
        let page = owner.get(&at).await.expect(200).text();
        let rows = pipelines(&page);
        let expected = [["shop/web", "2027-01-02", "1", "2", "1"], ["shop", "2027-01-02", "2", "2", "0"]];
        assert_eq!(rows, expected, "{page}");
        assert!(page.contains("4 delivered, 1 refused"), "{page}");
        assert!(page.contains("<td class=\"text-end\">3</td><td class=\"text-end\">1</td>"), "{page}");
        // It is on the credential's own page, too.
        let page = owner.get(&format!("/credentials/{id}")).await.expect(200).text();
        assert!(page.contains("4 delivered, 1 refused"), "{page}");
        // Refused is not used: it counts neither in lists nor for those who would miss it.
        assert_eq!(app.database.count("SELECT CAST(SUM(uses) AS BIGINT) FROM usage_daily"), 4);
        // After its time a use is no longer told of.
        app.advance(Duration::from_secs(60 * 24 * 3600));
        let page = app.member("owner").await.get(&at).await.expect(200).text();
        let rows = pipelines(&page);
        assert_eq!(rows, [["shop", "2027-01-02", "0", "2", "0"], ["shop/web", "2027-01-02", "0", "1", "1"]]);
    });
}

#[test]
fn a_member_is_told_of_their_own_pipelines_and_of_others_only_how_many() {
    on_both(async |app| {
        let (id, [shop, web, plat]) = things(app);
        for key in [&shop, &web, &plat] {
            resolve(app, key, 200).await;
        }
        let at = format!("/credentials/{id}/usage");
        let places = async |member: &str| {
            let page = app.member(member).await.get(&at).await.expect(200).text();
            let mut places: Vec<String> = pipelines(&page).into_iter().map(|row| row[0].clone()).collect();
            places.sort();
            let links = page.matches("href=\"/access/").count();
            (places, links, page)
        };
        for everything in ["owner", "auditor", "responsible"] {
            let (seen, links, page) = places(everything).await;
            assert_eq!(seen, ["plat", "shop", "shop/web"], "{everything}");
            assert_eq!(links > 0, everything != "responsible", "{everything}");
            assert!(!page.contains("not yours asked"), "{page}");
        }
        let (seen, _, page) = places("manager").await;
        assert_eq!(seen, ["shop", "shop/web"]);
        assert!(page.contains("One pipeline of a project or repository that is not yours"), "{page}");
        let (seen, links, page) = places("in-scope").await;
        assert_eq!((seen, links), (vec!["shop/web".to_owned()], 0));
        assert!(page.contains("2 pipelines of projects and repositories that are not yours"), "{page}");
        assert!(!page.contains("plat"), "{page}");
    });
}

#[test]
fn what_a_disabled_or_deleted_credential_breaks_is_said_before() {
    on_both(async |app| {
        let (id, [shop, web, _]) = things(app);
        let owner = app.member("owner").await;
        let ask = async |what: &str| owner.get(&format!("/credentials/{id}/{what}")).await.expect(200).text();
        for what in ["disable", "delete"] {
            assert!(ask(what).await.contains("No pipeline that could ask again"), "{what}");
        }
        resolve(app, &shop, 200).await;
        resolve(app, &web, 200).await;
        // One whose key is revoked has nothing to lose.
        app.database.execute("UPDATE access_keys SET revoked_at = 1 WHERE repository_id IS NOT NULL");
        for what in ["disable", "delete"] {
            let page = ask(what).await;
            assert!(page.contains("One pipeline got it in the last 90 days"), "{what}: {page}");
            assert_eq!(pipelines(&page).len(), 1, "{page}");
        }
        assert_eq!(app.database.texts("SELECT state AS it FROM credentials"), ["active"]);
        let disable = format!("/credentials/{id}/disable");
        owner.post(&disable, &[]).await.expect(303);
        // There is nothing to be asked once it is done.
        owner.get(&disable).await.expect(409);
        owner.post(&disable, &[]).await.expect(409);
        let count = "SELECT COUNT(*) FROM audit_records WHERE action = 'credential.disable'";
        assert_eq!(app.database.count(count), 1);
    });
}

/// The edit form as it is now, with this scope.
async fn edit<'a>(
    app: &TestApp,
    client: &'a Client,
    id: &CredentialId,
    (projects, all): (&[&str], bool),
) -> Form<'a> {
    let mut form = Form::open(client, &format!("/credentials/{id}/edit")).await.fill("name", "login");
    form = form.fill("project-reach", if all { "all" } else { "chosen" }).fill("repository-reach", "chosen");
    form = form.fill("responsible", app.world.members["responsible"].as_str());
    form.fields.extend(projects.iter().map(|project| ("project".to_owned(), (*project).to_owned())));
    form
}

#[test]
fn a_narrowed_scope_is_saved_once_it_was_said_who_loses_the_credential() {
    on_both(async |app| {
        let (id, [shop, web, plat]) = things(app);
        let owner = app.member("owner").await;
        let project = |name: &str| app.world.projects[name].as_str();
        // From nobody it is taken at once.
        edit(app, &owner, &id, (&[], true)).await.send().await.expect(303);
        for key in [&shop, &web, &plat] {
            resolve(app, key, 200).await;
        }
        edit(app, &owner, &id, (&[project("shop"), project("plat")], false)).await.send().await.expect(303);
        let form =
            edit(app, &owner, &id, (&[project("plat")], false)).await.fill("description", "two\r\nlines");
        let before = app.database.rows();
        let told = form.send().await.expect(422).text();
        assert_eq!(app.database.rows(), before, "nothing is saved yet");
        assert!(told.contains("2 pipelines got it in the last 90 days"), "{told}");
        let mut places: Vec<String> = pipelines(&told).into_iter().map(|row| row[0].clone()).collect();
        places.sort();
        assert_eq!(places, ["shop", "shop/web"], "who keeps it is not named");
        // Back leads to the form as it was typed.
        let back = form.clone().fill("back", "1").send().await.expect(200).text();
        assert!(back.contains("two\r\nlines") && back.contains("project-chosen"), "{back}");
        // What the page holds is the whole form: sent back it saves, and sent twice it saves once.
        let mut confirmed = Form { client: &owner, path: form.path.clone(), fields: Vec::new() };
        let known = [
            "revision",
            "name",
            "description",
            "expires",
            "responsible",
            "project-reach",
            "repository-reach",
            "project",
            "repository",
        ];
        confirmed.fields = crate::support::http::inputs(&told)
            .into_iter()
            .filter(|(name, _)| known.contains(&name.as_str()))
            .collect();
        // Fewer than there are by now were not all told of.
        confirmed.clone().fill("confirmed", "1").send().await.expect(422);
        let confirmed = confirmed.fill("confirmed", "2");
        for _ in 0..2 {
            confirmed.send().await.expect(303);
        }
        let edits = "SELECT COUNT(*) FROM audit_records WHERE action = 'credential.edit'";
        assert_eq!(app.database.count(edits), 3);
        assert_eq!(app.database.texts("SELECT description AS it FROM credentials"), ["two\nlines"]);
        resolve(app, &web, 404).await;
        resolve(app, &plat, 200).await;
        // Somebody else changed it in the meantime: that is said, and not what it would break.
        let stale = edit(app, &owner, &id, (&[], false)).await.fill("revision", "1");
        assert!(stale.send().await.expect(409).text().contains("Somebody else changed"));
    });
}

#[test]
fn another_responsible_person_is_named_before_the_edit_is_saved() {
    on_both(async |app| {
        let (id, _) = things(app);
        let owner = app.member("owner").await;
        let to = app.world.members["manager"].as_str();
        let form = edit(app, &owner, &id, (&[], true)).await.fill("responsible", to);
        let told = form.send().await.expect(422).text();
        assert!(told.contains("From now on manager answers for it"), "{told}");
        assert!(told.contains("responsible no longer does") && !told.contains("What breaks"), "{told}");
        // Nobody of ours: the form says so at the field.
        let stranger = app.world.members["stranger"].as_str();
        let refused = form.clone().fill("responsible", stranger).send().await.expect(422).text();
        assert!(refused.contains("responsible-error"), "{refused}");
        // The responsible person works nowhere, so giving it away is not theirs.
        let responsible = app.member("responsible").await;
        let theirs = edit(app, &responsible, &id, (&[], true)).await.fill("responsible", to);
        theirs.send().await.expect(403);
        form.fill("confirmed", "0").send().await.expect(303);
        assert_eq!(app.database.texts("SELECT responsible_id AS it FROM credentials"), [to]);
    });
}

#[test]
fn a_new_credential_is_filled_in_like_another_one_without_its_secrets() {
    on_both(async |app| {
        let id = app.make(|world, conn, tools| {
            let scope = world.in_project("shop");
            world.credential(
                conn,
                tools,
                &Sample { scope, secret: &[("password", "canary-S3CRET")], ..Sample::default() },
            )
        });
        app.database.execute("UPDATE credentials SET description = 'for the <nightly> build'");
        let owner = app.member("owner").await;
        let like = format!("/credentials/new/username-password?like={id}");
        let page = owner.get(&like).await.expect(200).text();
        assert!(page.contains("value=\"login (copy)\""), "{page}");
        assert!(
            page.contains("for the &#60;nightly&#62; build") && page.contains("value=\"builder\""),
            "{page}"
        );
        assert!(!page.contains("canary") && !page.contains("value=\"login\""), "{page}");
        let ticked = format!("value=\"{}\" checked", app.world.projects["shop"]);
        assert!(page.contains(&ticked), "{page}");
        // Of a scope a member gets what is theirs: the manager works in the project, and `in-scope` only in one of
        // its repositories.
        let of = async |member: &str| app.member(member).await.get(&like).await;
        assert!(of("manager").await.expect(200).text().contains(&ticked));
        assert!(!of("in-scope").await.expect(200).text().contains(&ticked));
        // What one may not see is not there; another type, nothing, and what is deleted is not there either.
        let unseen = app.make(|world, conn, tools| {
            world.credential(
                conn,
                tools,
                &Sample { token: "unseen", scope: world.in_project("plat"), ..Sample::default() },
            )
        });
        let hidden = format!("/credentials/new/username-password?like={unseen}");
        app.member("manager").await.get(&hidden).await.expect(404);
        app.member("stranger").await.get(&like).await.expect(404);
        owner.get(&format!("/credentials/new/jenkins?like={id}")).await.expect(404);
        owner.get("/credentials/new/username-password?like=x").await.expect(404);
        owner.post(&format!("/credentials/{id}/delete"), &[("token", "login")]).await.expect(303);
        owner.get(&like).await.expect(404);
    });
}
