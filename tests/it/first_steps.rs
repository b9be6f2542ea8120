//! The way from an empty installation to a secret in a pipeline, by pages alone.

use crate::support::app::{FOUNDER, on_both_new};
use crate::support::http::{Client, Reply};

/// Fills the form at `path` the way a browser does: what it holds hidden, and what is typed.
async fn fill(client: &Client, path: &str, typed: &[(&str, &str)]) -> Reply {
    let page = client.get(path).await.expect(200).text();
    let hidden = crate::support::http::inputs(&page);
    let mut fields: Vec<(&str, &str)> = hidden
        .iter()
        .filter(|(name, _)| ["submission", "variant"].contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend(typed);
    client.post(path, &fields).await
}

/// The address of the link with these words in it.
fn link<'a>(page: &'a str, words: &str) -> &'a str {
    let link = page
        .split("<a ")
        .skip(1)
        .find(|rest| rest.split("</a>").next().unwrap().contains(words))
        .unwrap_or_else(|| panic!("no link says {words}: {page}"));
    link.split("href=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn from_the_first_sign_in_to_a_working_access_key() {
    on_both_new(async |app| {
        let founder = app.member(FOUNDER).await;
        let home = founder.get("/credentials").await.expect(200).text();

        let projects = founder.get(link(&home, "Projects and repositories")).await.expect(200).text();
        let made =
            fill(&founder, link(&projects, "New project"), &[("name", "Shop 商城"), ("path", "shop")]).await;
        let project = founder.get(made.expect(303).location()).await.expect(200).text();
        let new_repository = link(&project, "New repository").to_owned();
        let made = fill(&founder, &new_repository, &[("name", "Web"), ("path", "shop/web")]).await;
        founder.get(made.expect(303).location()).await.expect(200);

        // The repository is offered where access keys are made and where credentials get their scope.
        let keys = founder.get(link(&project, "Access")).await.expect(200).text();
        let new_key = link(&keys, "New access key");
        let form = founder.get(new_key).await.expect(200).text();
        let place = form.split("value=\"repository:").nth(1).expect("a repository to choose");
        let repository = place.split('"').next().unwrap().to_owned();
        let place = format!("repository:{repository}");
        let shown =
            fill(&founder, new_key, &[("name", "nightly"), ("place", &place)]).await.expect(201).text();
        let key = shown.split("value=\"vak_").nth(1).unwrap().split('"').next().unwrap();

        let stored = fill(
            &founder,
            "/credentials/new/username-password",
            &[
                ("name", "A login"),
                ("token", "login"),
                ("field-username", "robot"),
                ("field-password", "correct horse"),
                ("project-reach", "chosen"),
                ("repository-reach", "chosen"),
                ("repository", &repository),
            ],
        )
        .await;
        stored.expect(303);

        let pipeline = Client::bearer(&app.url, &format!("vak_{key}"));
        let delivered = pipeline.get("/api/v1/credentials/login/fields").await.expect(200).json();
        assert_eq!(delivered["password"], "correct horse", "{delivered}");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects"), 1);
    });
}

#[test]
fn who_starts_with_nothing_is_told_what_to_do() {
    on_both_new(async |app| {
        let founder = app.member(FOUNDER).await;
        let page = founder.get("/projects").await.expect(200).text();
        assert!(page.contains("No projects yet") && page.contains("New project"), "{page}");
        let made = fill(&founder, "/projects/new", &[("name", "Shop"), ("path", "shop")]).await.expect(303);
        let page = founder.get(made.location()).await.expect(200).text();
        assert!(page.contains("No repositories yet") && page.contains("New access key"), "{page}");
    });
}
