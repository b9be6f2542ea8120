//! The pages of trusted issuers: who trusts one, whose rules are whose, what is said before something breaks, and what
//! becomes of a token that somebody tries.

use serde_json::json;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::ci::{Ci, exchange, given, resolve};
use crate::support::hostile::Hostile;
use crate::support::http::Client;
use crate::support::world::Sample;

fn audience(app: &TestApp) -> String {
    format!("{}/acme", app.url)
}

fn actions(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT action AS it FROM audit_records WHERE action LIKE 'trusted_issuer.%' ORDER BY chain, seq",
    )
}

/// Trusts a CI system on the page; the address of the issuer.
async fn trust(app: &TestApp, administrator: &Client, url: &str) -> String {
    let form = Form::open(administrator, "/access/issuers/new?preset=gitlab").await;
    let form = form.fill("name", "GitLab <研发>").fill("url", url).fill("algorithms", "EdDSA");
    let to = form.send().await.expect(303).location().to_owned();
    // The form sent again trusts no second one.
    assert_eq!(form.send().await.expect(303).location(), to);
    assert_eq!(app.database.count("SELECT COUNT(*) FROM trusted_issuers"), 1);
    to
}

#[test]
fn an_issuer_is_trusted_a_rule_added_a_run_let_in_and_all_of_it_taken_back() {
    on_both(async |app| {
        let ci = Hostile::start(app.now().as_second(), "");
        app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
        });
        let administrator = app.member("administrator").await;
        let empty = administrator.get("/access/issuers").await.expect(200).text();
        assert!(empty.contains("No trusted issuers yet"), "{empty}");
        let issuer = trust(app, &administrator, &ci.url).await;
        let page = administrator.get(&issuer).await.expect(200).text();
        assert!(page.contains("GitLab &#60;研发&#62;") && page.contains(&audience(app)), "{page}");

        // Whoever manages the project adds the rule.
        let manager = app.member("manager").await;
        let shop = app.world.projects["shop"].clone();
        let form = Form::open(&manager, &format!("{issuer}/rules/new")).await;
        let form = form.fill("name", "shop").fill("place", &format!("project:{shop}"));
        let refused = form.send().await.expect(422).text();
        assert!(refused.contains("Give at least one immutable id"), "{refused}");
        let form = form.fill("id-project_id", "42, 43").fill("claim-1", "ref_path");
        let form = form.fill("how-1", "pattern").fill("values-1", "refs/heads/*");
        for _ in 0..2 {
            assert_eq!(form.send().await.expect(303).location(), issuer);
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM identity_rules"), 1);
        let page = manager.get(&issuer).await.expect(200).text();
        assert!(page.contains("fits nearly everything"), "{page}");
        // A place that is not theirs is none for them.
        let plat = app.world.projects["plat"].clone();
        let form = Form::open(&manager, &format!("{issuer}/rules/new")).await;
        let form = form.fill("name", "plat").fill("place", &format!("project:{plat}"));
        form.fill("id-project_id", "42").send().await.expect(403);

        let now = app.now().as_second();
        let header = json!({"alg": "EdDSA", "kid": "one", "typ": "JWT"});
        let token = |jti: &str| {
            let claims = json!({
                "iss": ci.url, "aud": audience(app), "sub": "x", "jti": jti, "iat": now, "exp": now + 300,
                "project_id": "42", "project_path": "my-group/<web>", "ref_path": "refs/heads/main",
                "pipeline_source": "push",
            });
            ci.token(&header, &claims)
        };
        let caller = given(app, &exchange(app, &token("a")).await.expect(200));
        resolve(&caller).await.expect(200);

        let id = &app.database.texts("SELECT id AS it FROM identity_rules")[0];
        let removal = format!("{issuer}/rules/{id}/remove");
        let page = manager.get(&removal).await.expect(200).text();
        assert!(page.contains("1 deliveries") && page.contains("2026-11-23"), "{page}");
        manager.post(&removal, &[]).await.expect(422);
        resolve(&caller).await.expect(200);
        manager.post(&removal, &[("sure", "on")]).await.expect(303);
        resolve(&caller).await.expect(401);
        manager.post(&removal, &[("sure", "on")]).await.expect(404);

        administrator.get(&format!("{issuer}/disable")).await.expect(200);
        administrator.post(&format!("{issuer}/disable"), &[]).await.expect(303);
        administrator.post(&format!("{issuer}/disable"), &[]).await.expect(303);
        let page = administrator.get(&issuer).await.expect(200).text();
        assert!(page.contains("none of its tokens is taken"), "{page}");
        administrator.post(&format!("{issuer}/enable"), &[]).await.expect(303);
        administrator.post(&format!("{issuer}/remove"), &[]).await.expect(422);
        administrator.post(&format!("{issuer}/remove"), &[("sure", "on")]).await.expect(303);
        administrator.get(&issuer).await.expect(404);
        assert_eq!(
            actions(app),
            ["create", "add_rule", "remove_rule", "disable", "enable", "remove"]
                .map(|what| format!("trusted_issuer.{what}"))
        );
    });
}

#[test]
fn an_issuer_that_could_be_anybodys_cannot_be_saved() {
    on_both(async |app| {
        let administrator = app.member("administrator").await;
        let open = async || Form::open(&administrator, "/access/issuers/new?preset=generic").await;
        let good = open().await.fill("name", "CI").fill("url", "https://ci.example");
        let good = good.fill("bound_claim", "job_id").fill("algorithms", "RS256");
        let mut wrong = Vec::new();
        for (field, value) in [
            ("audience", ""),
            ("audience", "https://github.com/octo-org"),
            ("audience", &format!("{}x", audience(app))),
            ("audience", &format!("{}/umbrella", app.url)),
            ("url", "http://ci.example"),
            ("url", ""),
            ("bound_claim", ""),
            ("bound_claim", "iss"),
            ("algorithms", "HS256"),
            ("algorithms", "none"),
            ("token_minutes", "4"),
            ("token_minutes", "31"),
            ("token_minutes", "soon"),
            ("key_set", "{}"),
            ("key_set", r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#),
            ("name", ""),
        ] {
            let reply = good.clone().fill(field, value).send().await;
            if reply.status != 422 {
                wrong.push(format!("{field} {value}: {}", reply.status));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM trusted_issuers"), 0);
        let more = format!("{}/staging", audience(app));
        good.clone().fill("audience", &more).send().await.expect(303);
        let again = open().await.fill("name", "CI").fill("url", "https://ci.example");
        again
            .fill("bound_claim", "job_id")
            .fill("algorithms", "RS256")
            .fill("audience", &more)
            .send()
            .await
            .expect(409);
    });
}

#[test]
fn a_token_that_is_tried_is_judged_and_neither_kept_nor_used_up() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let auditor = app.member("auditor").await;
        let tried = async |token: &str| auditor.post("/access/issuers/try", &[("token", token)]).await;
        let good = ci.token(app, json!({}));
        for _ in 0..2 {
            let page = tried(&good).await.expect(200).text();
            assert!(page.contains("This token would be taken.") && page.contains("web on main"), "{page}");
            let parts = good.split('.').collect::<Vec<_>>();
            assert!(!page.contains(&good) && !page.contains(parts[1]) && !page.contains(parts[2]));
        }
        let over = ci.token(app, json!({"exp": 1_700_000_300, "iat": 1_700_000_000, "nbf": null}));
        let page = tried(&over).await.expect(200).text();
        assert!(
            page.contains("This token would not be taken.") && page.contains("the token is over"),
            "{page}"
        );
        assert!(page.contains("applies."), "rules are shown all the same: {page}");
        for (change, sentence) in [
            (json!({"project_id": "43"}), "<code>43</code>"),
            (json!({"project_id": 42}), "not as text"),
            (json!({"project_id": null}), "does not have this claim"),
            (json!({"pipeline_source": "merge_request_event"}), "Runs of this kind are not let in"),
            (json!({"aud": "https://elsewhere.example"}), "not exactly the audience"),
        ] {
            let page = tried(&ci.token(app, change.clone())).await.expect(200).text();
            assert!(page.contains("would not be taken") && page.contains(sentence), "{change}: {page}");
        }
        for (token, sentence) in [
            ("", "Paste a token"),
            ("hunter2", "This is no signed token"),
            (ci.token(app, json!({"iss": "https://other.example"})).as_str(), "Nobody here trusts"),
        ] {
            let page = tried(token).await.expect(422).text();
            assert!(page.contains(sentence) && !page.contains("hunter2"), "{sentence}: {page}");
        }
        // Another enterprise's issuer is nobody's here.
        let stranger = app.member("stranger").await;
        stranger.post("/access/issuers/try", &[("token", &good)]).await.expect(422);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM used_identities"), 0);
        let dump = app.database.dump();
        assert!(!String::from_utf8_lossy(&dump).contains(good.split('.').nth(1).unwrap()));
        exchange(app, &good).await.expect(200);

        // A manager of another project learns of no rule that is not theirs.
        let manager = app.member("manager").await;
        let page = manager.get(&format!("/access/issuers/{}", ci.issuer)).await.expect(200).text();
        assert!(page.contains("web on main"), "their project's repository: {page}");
    });
}
