//! The credential picker in a frame: only origins of the settings may frame it, only this page, and each only for itself.

use reqwest::Method;

use crate::support::app::{EMBEDDER, TestApp, on_both};
use crate::support::http::Client;
use crate::support::world::Sample;

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn path(origin: &str) -> String {
    format!("/picker/embed?origin={}&repository=shop%2Fweb&type=username-password", escaped(origin))
}

/// Who may frame an answer, as it says itself.
fn ancestors(client: &crate::support::http::Reply) -> String {
    let policy = client.header("content-security-policy");
    let said = policy.split(';').map(str::trim).find(|part| part.starts_with("frame-ancestors "));
    said.unwrap_or_default().trim_start_matches("frame-ancestors ").to_owned()
}

async fn app_with_login(app: &TestApp) -> Client {
    app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
    app.member("in-scope").await
}

#[test]
fn an_origin_of_the_settings_may_frame_the_picker_and_no_other_page() {
    on_both(async |app| {
        let member = app_with_login(app).await;
        let framed = member.get(&path(EMBEDDER)).await.expect(200);
        assert_eq!(ancestors(&framed), EMBEDDER);
        let policy = framed.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(framed.header("cache-control"), "no-store");
        let page = framed.text();
        assert!(
            page.contains(&format!("data-parent=\"{EMBEDDER}\"")) && page.contains("value=\"login\""),
            "{page}"
        );
        // Nothing in the frame changes anything, and whatever makes something opens a window of its own.
        assert!(!page.contains("method=\"post\""), "{page}");
        let add = page.split("<a ").find(|tag| tag.contains("/credentials/new/")).unwrap();
        assert!(add.contains("target=\"_blank\"") && add.contains("rel=\"noopener\""), "{add}");
        for other in [
            "/credentials",
            "/picker?repository=shop/web",
            "/sign-in",
            "/api/v1/picker?repository=shop/web",
            "/no-such-page",
            "/ping",
        ] {
            let reply = member
                .get(&format!(
                    "{other}{}origin={}",
                    if other.contains('?') { "&" } else { "?" },
                    escaped(EMBEDDER)
                ))
                .await;
            assert_eq!(ancestors(&reply), "'none'", "{other}");
        }
    });
}

#[test]
fn an_origin_that_is_not_named_exactly_is_told_nothing() {
    on_both(async |app| {
        let member = app_with_login(app).await;
        for other in [
            "",
            "*",
            "null",
            "https://evil.example",
            "https://git.example.com.evil.example",
            "https://git.example.com/",
            "https://git.example.com:8443",
            "http://git.example.com",
            "HTTPS://git.example.com",
            "https://git.example.com https://evil.example",
            "https://git.example.com; script-src *",
        ] {
            for client in [&member, &app.anonymous()] {
                let reply = client.get(&path(other)).await.expect(404);
                assert_eq!(ancestors(&reply), "'none'", "{other}");
                assert!(
                    !reply.text().contains("login")
                        || other.is_empty()
                        || !reply.text().contains("data-parent")
                );
            }
        }
        let without = app.not_embedded();
        let there = without.anonymous();
        for (name, value) in member.cookies() {
            there.set_cookie(&name, &value);
        }
        there.get("/credentials").await.expect(200);
        let reply = there.get(&path(EMBEDDER)).await.expect(404);
        assert_eq!(ancestors(&reply), "'none'");
        without.stop().await;
    });
}

#[test]
fn the_frame_says_when_nobody_is_signed_in_or_there_is_nothing_for_them() {
    on_both(async |app| {
        let member = app_with_login(app).await;
        let out = app.anonymous().get(&path(EMBEDDER)).await.expect(401);
        assert_eq!(ancestors(&out), EMBEDDER);
        assert!(out.text().contains("Nobody is signed in") && out.text().contains("target=\"_blank\""));
        for (repository, status) in [("plat%2Fdeploy", 404), ("no%2Fsuch", 404), ("", 422)] {
            let at = format!("/picker/embed?origin={}&repository={repository}", escaped(EMBEDDER));
            let reply = member.get(&at).await.expect(status);
            assert_eq!(ancestors(&reply), EMBEDDER);
            assert!(reply.text().contains("a repository that does not exist here"), "{repository}");
        }
        // Without a script the choice is shown to be copied.
        let chosen =
            member.get(&format!("{}&certificate=login&choose=1", path(EMBEDDER))).await.expect(200).text();
        assert!(chosen.contains("<code id=\"chosen\">login</code>"), "{chosen}");
        // A frame only reads.
        let origin = [("origin", EMBEDDER.to_owned()), ("sec-fetch-site", "same-site".to_owned())];
        let post = member.send(Method::POST, &path(EMBEDDER), &origin, Some(Vec::new())).await;
        assert!([403, 405].contains(&post.status.as_u16()), "{}", post.status);
    });
}
