//! Credentials through the forms that people use: what they make, and what bad input gets.

use std::time::Duration;

use voucher::credentials::{self, Scope};

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::Sample;

const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: c\n  context: {cluster: k, user: u}\nclusters:\n- name: k\n  cluster: {server: \"https://192.0.2.1:6443\"}\nusers:\n- name: u\n  user: {token: \"TOKEN\"}\n";

/// The form of a new credential, as it was shown.
#[derive(Clone)]
pub(crate) struct Form<'a> {
    pub(crate) client: &'a Client,
    pub(crate) path: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl<'a> Form<'a> {
    /// Opens a form and takes over what it holds hidden.
    pub(crate) async fn open(client: &'a Client, path: &str) -> Self {
        let page = client.get(path).await.expect(200);
        let kept = ["submission", "variant", "revision", "based_on", "preset", "audience", "token_minutes"];
        let fields = crate::support::http::inputs(&page.text())
            .into_iter()
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .collect();
        Self { client, path: path.split('?').next().unwrap().to_owned(), fields }
    }

    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn send(&self) -> Reply {
        let fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.client.post(&self.path, &fields).await
    }
}

async fn new_login<'a>(client: &'a Client, token: &str) -> Form<'a> {
    Form::open(client, "/credentials/new/username-password")
        .await
        .fill("name", "A login")
        .fill("token", token)
        .fill("field-username", "robot")
        .fill("field-password", "correct horse")
        .fill("project-reach", "all")
        .fill("repository-reach", "all")
}

fn count(app: &TestApp) -> i64 {
    app.database.count("SELECT COUNT(*) FROM credentials")
}

#[test]
fn a_credential_is_created_seen_edited_rotated_disabled_deleted_and_restored() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let created = new_login(&owner, "robot").await.send().await.expect(303);
        let at = created.location().to_owned();
        let page = owner.get(&at).await.expect(200).text();
        assert!(page.contains("A login") && page.contains("robot"), "{page}");
        assert!(owner.get("/credentials").await.expect(200).text().contains("A login"));

        let edited = Form::open(&owner, &format!("{at}/edit"))
            .await
            .fill("name", "Another name")
            .fill("project-reach", "chosen")
            .fill("repository-reach", "all")
            .send()
            .await;
        edited.expect(303);
        let rotate = Form::open(&owner, &format!("{at}/rotate")).await;
        rotate
            .fill("field-username", "robot")
            .fill("field-password", "battery staple")
            .send()
            .await
            .expect(303);
        let rows =
            |column: &str| app.database.texts(&format!("SELECT {column} AS it FROM credentials"))[0].clone();
        assert_eq!(
            (rows("name"), rows("token"), rows("current_version")),
            ("Another name".into(), "robot".into(), "2".into())
        );

        for (action, state) in [("disable", "disabled"), ("enable", "active")] {
            owner.post(&format!("{at}/{action}"), &[]).await.expect(303);
            assert_eq!(rows("state"), state);
        }
        owner.post(&format!("{at}/delete"), &[("token", "wrong")]).await.expect(422);
        assert_eq!(rows("state"), "active");
        owner.post(&format!("{at}/delete"), &[("token", "robot")]).await.expect(303);
        assert_eq!(rows("state"), "deleted");
        owner.post(&format!("{at}/restore"), &[]).await.expect(303);
        assert_ne!(rows("state"), "deleted");
    });
}

#[test]
fn the_same_form_sent_twice_acts_once() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let form = new_login(&owner, "robot").await;
        let (one, two) = futures_util::future::join(form.send(), form.send()).await;
        let again = form.send().await;
        let at = one.expect(303).location().to_owned();
        assert_eq!(two.expect(303).location(), at);
        assert_eq!(again.expect(303).location(), at);
        assert_eq!(count(app), 1);
        let rotate = Form::open(&owner, &format!("{at}/rotate"))
            .await
            .fill("field-username", "robot")
            .fill("field-password", "battery staple");
        for _ in 0..3 {
            rotate.send().await.expect(303);
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credential_versions"), 2);
        assert_eq!(
            app.database.count("SELECT COUNT(*) FROM audit_records WHERE action = 'credential.create'"),
            1
        );
    });
}

#[test]
fn of_two_who_rotate_at_once_one_gets_a_conflict_and_keeps_what_they_typed() {
    on_both(async |app| {
        let (owner, other) = (app.member("owner").await, app.member("administrator").await);
        let at = new_login(&owner, "robot").await.send().await.expect(303).location().to_owned();
        let form = |client, password: &'static str, username: &'static str| {
            let path = format!("{at}/rotate");
            async move {
                Form::open(client, &path)
                    .await
                    .fill("field-username", username)
                    .fill("field-password", password)
            }
        };
        let first = form(&owner, "first-S3CRET", "robot-one").await;
        let second = form(&other, "second-S3CRET", "robot-two").await;
        first.send().await.expect(303);
        let before = app.database.rows();
        let conflict = second.send().await.expect(409).text();
        assert_eq!(app.database.rows(), before);
        assert!(conflict.contains("robot-two"), "what was typed is gone: {conflict}");
        assert!(!conflict.contains("second-S3CRET"), "the secret came back");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credential_versions"), 2);
    });
}

#[test]
fn of_two_who_edit_at_once_one_gets_a_conflict_and_keeps_what_they_typed() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let at = new_login(&owner, "robot").await.send().await.expect(303).location().to_owned();
        let edit = async |name: &str| {
            Form::open(&owner, &format!("{at}/edit"))
                .await
                .fill("name", name)
                .fill("project-reach", "all")
                .fill("repository-reach", "all")
        };
        let (first, second) = (edit("First").await, edit("Second").await);
        first.send().await.expect(303);
        let before = app.database.rows();
        assert!(second.send().await.expect(409).text().contains("Second"));
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn names_and_tokens_that_cannot_be_are_refused_at_their_field() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        new_login(&owner, "taken").await.send().await.expect(303);
        let before = app.database.rows();
        for (field, value, status) in [
            ("name", "x".repeat(65).as_str(), 422),
            ("name", "   ", 422),
            ("name", "", 422),
            ("name", "\u{200b}\u{2060}", 422),
            ("token", "taken", 409),
            ("token", "-starts-wrong", 422),
            ("token", "has space", 422),
            ("token", "凭证", 422),
            ("token", "t".repeat(65).as_str(), 422),
            ("expires", "2020-01-01", 422),
            ("expires", "soon", 422),
            ("responsible", "nobody", 422),
            ("project", "not-an-id", 422),
            ("project", "01930000-0000-7000-8000-000000000099", 422),
            ("submission", "twice", 422),
        ] {
            let mut form = new_login(&owner, "fresh").await.fill(field, value);
            if field == "project" {
                form = form.fill("project-reach", "chosen");
            }
            let reply = form.send().await;
            assert_eq!(reply.status.as_u16(), status, "{field}={value}: {}", reply.text());
            let page = reply.text();
            assert!(
                page.contains("A login") || field == "name",
                "{field}={value}: the rest of the form is gone"
            );
            assert!(!page.contains("correct horse"), "{field}={value}: the secret came back");
            assert!(page.contains("role=\"alert\""), "{field}={value}: nobody says what is wrong");
        }
        assert_eq!(app.database.rows(), before);
        for name in ["🔑🚀", "生产环境", "x".repeat(64).as_str(), "凭".repeat(64).as_str()] {
            let form = new_login(&owner, "").await.fill("name", name);
            let at = form.send().await.expect(303).location().to_owned();
            assert!(owner.get(&at).await.expect(200).text().contains(name));
        }
    });
}

#[test]
fn a_kubeconfig_that_cannot_work_is_refused_with_a_sentence() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let exec = KUBECONFIG.replace(
            "{token: \"TOKEN\"}",
            "{exec: {command: sh, apiVersion: client.authentication.k8s.io/v1}}",
        );
        let paths = KUBECONFIG.replace(
            "{token: \"TOKEN\"}",
            "{client-certificate: /home/me/c.pem, client-key: /home/me/k.pem}",
        );
        let two = KUBECONFIG
            .replace("current-context: c\n", "")
            .replace("contexts:\n", "contexts:\n- name: d\n  context: {cluster: k, user: u}\n");
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for n in 1..30 {
            let before = format!("*a{},", n - 1).repeat(10);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", before.trim_end_matches(',')));
        }
        let wide = format!("{bomb}{}", "# filler\n".repeat((1 << 20) / 9 - bomb.len() / 9));
        let deep = "[".repeat(500_000);
        let before = app.database.rows();
        for (what, text) in [
            ("not YAML", "{{{"),
            ("a list", "- a\n- b\n"),
            ("exec", exec.as_str()),
            ("file paths", paths.as_str()),
            ("two contexts, none current", two.as_str()),
            ("a bomb", bomb.as_str()),
            ("a bomb of 1 MiB", wide.as_str()),
            ("half a million brackets", deep.as_str()),
        ] {
            let began = std::time::Instant::now();
            let form = Form::open(&owner, "/credentials/new/kubernetes?variant=kubeconfig").await;
            let reply =
                form.fill("name", "k8s").fill("token", "k8s").fill("field-kubeconfig", text).send().await;
            assert_eq!(reply.status.as_u16(), 422, "{what}: {}", reply.text());
            assert!(reply.text().contains("field-kubeconfig-error"), "{what}: no sentence at the field");
            assert!(began.elapsed() < Duration::from_secs(5), "{what} took {:?}", began.elapsed());
        }
        assert_eq!(app.database.rows(), before);
        let form = Form::open(&owner, "/credentials/new/kubernetes?variant=kubeconfig").await;
        form.fill("name", "k8s")
            .fill("token", "k8s")
            .fill("field-kubeconfig", KUBECONFIG)
            .send()
            .await
            .expect(303);
    });
}

#[test]
fn a_form_that_is_too_large_or_no_form_changes_nothing() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let before = app.database.rows();
        let form = new_login(&owner, "big").await.fill("description", &"x".repeat(3 * 1024 * 1024));
        assert_eq!(form.send().await.status.as_u16(), 413);
        let headers = [("origin", app.url.clone()), ("sec-fetch-site", "same-origin".to_owned())];
        for (media_type, body) in
            [("application/json", "{\"name\":1}"), ("text/plain", "name=a"), ("multipart/form-data", "x")]
        {
            let mut headers = headers.to_vec();
            headers.push(("content-type", media_type.to_owned()));
            let path = "/credentials/new/username-password";
            let reply = owner.send(reqwest::Method::POST, path, &headers, Some(body.into())).await;
            assert!(reply.status.is_client_error(), "{media_type}: {}", reply.status);
        }
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn nobody_widens_a_scope_beyond_what_is_theirs() {
    on_both(async |app| {
        let manager = app.member("manager").await;
        let (shop, plat) = (&app.world.projects["shop"], &app.world.projects["plat"]);
        let form = async |reach: &str, project: &str| {
            let form =
                new_login(&manager, "").await.fill("repository-reach", "chosen").fill("project-reach", reach);
            if project.is_empty() { form } else { form.fill("project", project) }
        };
        let before = app.database.rows();
        for (reach, project) in [("all", ""), ("chosen", plat.as_str())] {
            let reply = form(reach, project).await.send().await;
            assert!([403, 422].contains(&reply.status.as_u16()), "{reach} {project}: {}", reply.status);
        }
        assert_eq!(app.database.rows(), before);
        form("chosen", shop.as_str()).await.send().await.expect(303);
    });
}

#[test]
fn a_deleted_credential_is_gone_with_its_content_after_thirty_days_and_its_token_free_again() {
    on_both(async |app| {
        let id = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { scope: Scope::none(), ..Sample::default() })
        });
        app.make(|world, conn, tools| credentials::delete(conn, &world.acting("acme", tools), &id).unwrap());
        let purge =
            || app.make(|_, conn, tools| credentials::purge_deleted(conn, tools.chain, tools.now).unwrap());
        app.advance(Duration::from_secs(29 * 24 * 3600));
        assert_eq!(purge(), 0);
        app.advance(Duration::from_secs(24 * 3600 + 1));
        assert_eq!(purge(), 1);
        for table in ["credentials", "credential_versions", "sealed_fields"] {
            assert_eq!(app.database.count(&format!("SELECT COUNT(*) FROM {table}")), 0, "{table}");
        }
    });
}
