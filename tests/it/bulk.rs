//! One thing done to many credentials: what the preview says, that all or none are changed, and the list as a table.

use crate::support::app::{TestApp, on_both};
use crate::support::http::inputs;
use crate::support::world::Sample;

/// Credentials of the project `shop`: for each a token and who answers for it.
fn make(app: &TestApp, all: &[(&str, &str)]) -> Vec<String> {
    app.make(|world, conn, tools| {
        let one = |(token, responsible): &(&str, &str)| {
            let scope = world.in_project("shop");
            let sample = Sample { token, responsible, scope, ..Sample::default() };
            world.credential(conn, tools, &sample).to_string()
        };
        all.iter().map(one).collect()
    })
}

fn states(app: &TestApp) -> Vec<String> {
    app.database.texts("SELECT token || ' ' || state AS it FROM credentials ORDER BY token")
}

/// What the form of a preview would send.
fn form(page: &str) -> Vec<(String, String)> {
    inputs(page).into_iter().filter(|(name, _)| name == "do" || name == "id").collect()
}

fn records(app: &TestApp, action: &str) -> i64 {
    app.database.count(&format!("SELECT COUNT(*) FROM audit_records WHERE action = '{action}'"))
}

#[test]
fn the_chosen_are_disabled_enabled_and_deleted_and_each_is_recorded() {
    on_both(async |app| {
        let ids = make(app, &[("a", "owner"), ("b", "responsible"), ("c", "owner")]);
        let owner = app.member("owner").await;
        let chosen = format!("id={}&id={}", ids[0], ids[1]);
        let page = owner.get(&format!("/credentials/bulk?do=disable&{chosen}")).await.expect(200).text();
        assert!(page.contains("2 credentials") && page.contains("No pipeline got any of them"), "{page}");
        let form = form(&page);
        let fields: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(states(app), ["a active", "b active", "c active"], "a preview changes nothing");
        owner.post("/credentials/bulk", &fields).await.expect(303);
        assert_eq!(states(app), ["a disabled", "b disabled", "c active"]);
        // Sent twice it is done once.
        owner.post("/credentials/bulk", &fields).await.expect(303);
        assert_eq!(records(app, "credential.disable"), 2);
        let with = |deed: &'static str| [("do", deed), ("id", ids[0].as_str()), ("id", ids[2].as_str())];
        owner.post("/credentials/bulk", &with("enable")).await.expect(303);
        assert_eq!(states(app), ["a active", "b disabled", "c active"]);
        assert_eq!(records(app, "credential.enable"), 1, "what was active stays so without a record");
        owner.post("/credentials/bulk", &with("delete")).await.expect(422);
        let mut counted = with("delete").to_vec();
        counted.push(("count", "2"));
        owner.post("/credentials/bulk", &counted).await.expect(303);
        assert_eq!(states(app), ["a deleted", "b disabled", "c deleted"]);
        owner.post(&format!("/credentials/{}/restore", ids[0]), &[]).await.expect(303);
    });
}

#[test]
fn all_or_none_and_nothing_that_is_not_theirs() {
    on_both(async |app| {
        let ids = make(app, &[("mine", "responsible"), ("other", "owner")]);
        let responsible = app.member("responsible").await;
        let address = format!("/credentials/bulk?do=disable&id={}&id={}", ids[0], ids[1]);
        let page = responsible.get(&address).await.expect(200).text();
        assert!(
            page.contains("mine") && !page.contains("<code>other</code>"),
            "what they may not see is not there"
        );
        let both = [("do", "disable"), ("id", ids[0].as_str()), ("id", ids[1].as_str())];
        responsible.post("/credentials/bulk", &both).await.expect(409);
        assert_eq!(states(app), ["mine active", "other active"]);
        // A member in scope sees both and may change none.
        let member = app.member("manager").await;
        let page = member.get(&address).await.expect(200).text();
        assert!(page.contains("is not yours to change"), "{page}");
        member.post("/credentials/bulk", &both).await.expect(409);
        let stranger = app.member("stranger").await;
        stranger.post("/credentials/bulk", &both).await.expect(409);
        assert!(!stranger.get(&address).await.expect(200).text().contains("mine"));
        assert_eq!(states(app), ["mine active", "other active"]);
        responsible.post("/credentials/bulk", &both[..2]).await.expect(303);
        assert_eq!(states(app), ["mine disabled", "other active"]);
    });
}

#[test]
fn the_preview_names_the_pipelines_that_would_fail() {
    on_both(async |app| {
        let ids = make(app, &[("used", "owner"), ("unused", "owner")]);
        let (_, key) = app.make(|world, conn, tools| {
            let place = voucher::pipelines::Place::Project(world.projects["shop"].clone());
            world.access_key(conn, tools, ("acme", place), None)
        });
        let body = serde_json::json!({"tokens": ["used"]});
        app.caller(&key).post_json("/api/v1/resolve", &body).await.expect(200);
        let owner = app.member("owner").await;
        let page = owner.get(&format!("/credentials/bulk?do=delete&id={}", ids[0])).await.expect(200).text();
        assert!(page.contains("a key") && page.contains("shop") && page.contains("One pipeline"), "{page}");
        let page = owner.get(&format!("/credentials/bulk?do=delete&id={}", ids[1])).await.expect(200).text();
        assert!(page.contains("No pipeline got any of them"), "{page}");
    });
}

#[test]
fn all_that_match_are_handed_over() {
    on_both(async |app| {
        make(app, &[("x-1", "owner"), ("x-2", "owner"), ("y", "owner")]);
        let owner = app.member("owner").await;
        let page = owner.get("/credentials/bulk?do=transfer&every=1&q=x-").await.expect(200).text();
        let mut form = form(&page);
        assert_eq!(form.len(), 3, "{form:?}");
        let fields: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        owner.post("/credentials/bulk", &fields).await.expect(422);
        form.push(("responsible".to_owned(), app.world.members["responsible"].to_string()));
        let mut fields: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        // First it is said who takes over from whom; then it is done.
        let said = owner.post("/credentials/bulk", &fields).await.expect(422).text();
        assert!(said.contains("From now on responsible answers for 2 credentials"), "{said}");
        assert!(said.contains("owner no longer answers for 2 of them"), "{said}");
        assert_eq!(records(app, "credential.transfer"), 0);
        let back = [&fields[..], &[("back", "1")]].concat();
        assert!(owner.post("/credentials/bulk", &back).await.expect(200).text().contains("radio"));
        let mut nobody: Vec<(&str, &str)> = fields.clone();
        nobody.retain(|(name, _)| *name != "responsible");
        nobody.push(("responsible", app.world.members["stranger"].as_str()));
        owner.post("/credentials/bulk", &nobody).await.expect(422);
        nobody.push(("confirmed", "on"));
        owner.post("/credentials/bulk", &nobody).await.expect(422);
        fields.push(("confirmed", "on"));
        owner.post("/credentials/bulk", &fields).await.expect(303);
        let theirs = app.database.texts(&format!(
            "SELECT token AS it FROM credentials WHERE responsible_id = '{}' ORDER BY token",
            app.world.members["responsible"]
        ));
        assert_eq!(theirs, ["x-1", "x-2"]);
        assert_eq!(owner.get("/credentials/bulk").await.location(), "/credentials");
    });
}

#[test]
fn the_list_is_taken_away_as_a_table_without_formulas() {
    on_both(async |app| {
        let ids = make(app, &[("a", "owner"), ("b", "responsible")]);
        app.database.execute(&format!(
            "UPDATE credentials SET name = '=1+1', description = '@x, \"y\"' WHERE id = '{}'",
            ids[0]
        ));
        let owner = app.member("owner").await;
        let reply = owner.post("/credentials/export", &[]).await.expect(200);
        assert!(reply.header("content-disposition").contains("credentials.csv"));
        let text = reply.text();
        let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
        let lines: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        assert_eq!(lines.len(), 2, "{text}");
        let a = lines.iter().find(|line| &line[1] == "a").unwrap();
        assert_eq!((&a[0], &a[13], &a[14]), ("'=1+1", "'@x, \"y\"", ids[0].as_str()));
        let one = owner
            .post("/credentials/export", &[("q", "b"), ("person", "responsible")])
            .await
            .expect(200)
            .text();
        assert_eq!(one.lines().count(), 2, "{one}");
        assert_eq!(records(app, "credential.export"), 2);
        let bystander =
            app.member("bystander").await.post("/credentials/export", &[]).await.expect(200).text();
        assert_eq!(bystander.lines().count(), 1, "{bystander}");
    });
}
