//! Maven settings through the form and the resolve line: several servers in one credential, each password on its own,
//! and a value that no settings file can carry.

use serde_json::{Value, json};
use voucher::pipelines::Place;

use super::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;

fn shop_key(app: &TestApp) -> String {
    app.make(|world, conn, tools| {
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    })
}

async fn two_servers<'a>(client: &'a Client, second_password: &str) -> Form<'a> {
    Form::open(client, "/credentials/new/maven-settings")
        .await
        .fill("name", "Maven")
        .fill("token", "maven")
        .fill("project-reach", "all")
        .fill("repository-reach", "all")
        .fill("field-server_1_id", "releases")
        .fill("field-server_1_username", "deployer")
        .fill("field-server_1_password", "first-password")
        .fill("field-server_1_release_url", "https://nexus.example.com/releases/")
        .fill("field-server_2_id", "snapshots")
        .fill("field-server_2_username", "deployer")
        .fill("field-server_2_password", second_password)
}

async fn batch(caller: &Client, tokens: &[&str], formats: Option<&[&str]>) -> Value {
    let mut body = json!({ "tokens": tokens });
    if let Some(formats) = formats {
        body["formats"] = json!(formats);
    }
    caller.post_json("/api/v1/resolve", &body).await.expect(200).json()
}

#[test]
fn each_of_several_passwords_is_replaced_alone() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let at = two_servers(&owner, "second-password").await.send().await.expect(303).location().to_owned();
        let page = owner.get(&at).await.expect(200).text();
        assert!(page.contains("Server 2 · Server ID") && page.contains("releases"), "{page}");
        assert!(!page.contains("first-password"), "a secret on the page");

        let form = owner.get(&format!("{at}/rotate")).await.expect(200).text();
        assert_eq!(form.matches("<details class=\"v-entry\"").count(), 4, "{form}");
        assert_eq!(form.matches("<details class=\"v-entry\" open>").count(), 1, "only the one that is used");
        let rotate = async || {
            Form::open(&owner, &format!("{at}/rotate"))
                .await
                .fill("field-server_1_id", "releases")
                .fill("field-server_1_username", "deployer")
                .fill("field-server_1_release_url", "https://nexus.example.com/releases/")
        };
        rotate()
            .await
            .fill("field-server_2_id", "snapshots")
            .fill("field-server_2_username", "deployer")
            .fill("field-server_2_password", "third-password")
            .send()
            .await
            .expect(303);
        let caller = app.caller(&shop_key(app));
        let fields = &batch(&caller, &["maven"], None).await["credentials"][0]["fields"];
        assert_eq!(fields["server_1_password"], "first-password");
        assert_eq!(fields["server_2_password"], "third-password");

        let left = rotate().await.send().await.expect(422).text();
        assert!(left.contains("Server 2 · Server ID: A password is still stored"), "{left}");
        rotate().await.fill("drop-server_2_password", "on").send().await.expect(303);
        let answer = batch(&caller, &["maven"], None).await;
        assert_eq!(answer["credentials"][0]["fields"]["server_2_password"], Value::Null);
        let file = answer["credentials"][0]["files"]["maven-settings"].as_str().unwrap();
        assert!(file.contains("first-password") && !file.contains("snapshots</id>"), "{file}");

        let moved = rotate().await.fill("field-server_1_release_url", "https://evil.example/");
        let refused = moved.fill("verify", "on").send().await.expect(422).text();
        assert!(refused.contains("field-server_1_password-error"), "{refused}");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM verifications"), 0, "nobody was asked");
    });
}

#[test]
fn what_one_file_cannot_carry_keeps_nothing_else_back() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        two_servers(&owner, "a${env.HOME}b").await.send().await.expect(303);
        let other = Form::open(&owner, "/credentials/new/username-password").await;
        let other = other.fill("name", "Other").fill("token", "other").fill("project-reach", "all");
        other.fill("field-username", "u").fill("field-password", "hunter2").send().await.expect(303);
        let caller = app.caller(&shop_key(app));

        let answer = batch(&caller, &["maven", "other"], None).await;
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 2, "{answer}");
        let maven = &answer["credentials"][0];
        assert_eq!(maven["fields"]["server_2_password"], "a${env.HOME}b");
        assert_eq!(maven["files"], json!({}));
        let [left_out] = maven["undeliverable"].as_array().unwrap().as_slice() else { panic!("{maven}") };
        assert_eq!(
            (&left_out["format"], &left_out["code"]),
            (&json!("maven-settings"), &json!("value_replaced"))
        );
        assert!(left_out["detail"].as_str().unwrap().ends_with("ask for `fields`."), "{left_out}");
        assert_eq!(answer["credentials"][1]["undeliverable"], Value::Null);

        // Who asked for nothing but that file gets no empty answer for it.
        let answer = batch(&caller, &["maven", "other"], Some(&["maven-settings"])).await;
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 1);
        let [refusal] = answer["refusals"].as_array().unwrap().as_slice() else { panic!("{answer}") };
        assert_eq!((&refusal["token"], &refusal["code"]), (&json!("maven"), &json!("invalid_request")));
        assert!(refusal["detail"].as_str().unwrap().contains("`fields`"), "{refusal}");
        let alone = json!({ "tokens": ["maven"], "formats": ["maven-settings"] });
        let alone = caller.post_json("/api/v1/resolve", &alone).await.expect(422);
        assert_eq!(alone.code(), "invalid_request");
        let bare = caller.get("/api/v1/credentials/maven/maven-settings").await.expect(422);
        assert!(bare.text().contains("ask for `fields`"), "{}", bare.text());
        assert!(!bare.text().contains("env.HOME") && !alone.text().contains("env.HOME"));
    });
}
