//! Whom an enterprise trusts to say which pipeline is running: whose keys are asked for and when, and that whatever ends
//! the trust is felt by the very next resolve.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use voucher::credentials::Name;
use voucher::ids::SubmissionId;
use voucher::pipelines::Place;
use voucher::pipelines::issuers::{self, Change, KeySource, NewRule, Preset};

use crate::support::app::{TestApp, on_both};
use crate::support::ci::{
    Ci, all_refused, change, demands, exchange, gitlab, given, header, new_issuer, resolve,
};
use crate::support::hostile::Hostile;
use crate::support::http::Client;

type Way = fn(&TestApp, &Ci);

const WAYS: &[(&str, Way)] = &[
    ("disabled", |app, ci| change(app, ci, &Change::Disable)),
    ("disabled and enabled", |app, ci| {
        change(app, ci, &Change::Disable);
        change(app, ci, &Change::Enable);
    }),
    ("given other keys", |app, ci| {
        change(app, ci, &Change::Keys(KeySource::Uploaded(r#"{"keys":[]}"#.into())))
    }),
    ("removed", |app, ci| change(app, ci, &Change::Remove)),
    ("rule removed", |app, ci| {
        app.make(|world, conn, tools| {
            issuers::remove_rule(conn, &world.acting("acme", tools), (&ci.issuer, &ci.rule)).unwrap();
        });
    }),
    ("repository deleted", |app, _| {
        app.make(|world, conn, tools| {
            let place = Place::Repository(world.repositories["shop/web"].clone());
            voucher::directory::delete(conn, &world.acting("acme", tools), &place).unwrap();
        });
    }),
];

#[test]
fn whatever_ends_the_trust_is_felt_by_the_very_next_resolve() {
    for (name, way) in WAYS {
        println!("{name}");
        on_both(async |app| {
            let ci = Ci::start(app).await;
            let reply = exchange(app, &ci.token(app, json!({}))).await.expect(200);
            let here = given(app, &reply);
            let elsewhere = app.caller_elsewhere(reply.json()["access_token"].as_str().unwrap());
            for caller in [&here, &elsewhere] {
                resolve(caller).await.expect(200);
            }
            way(app, &ci);
            for caller in [&here, &elsewhere] {
                assert_eq!(resolve(caller).await.expect(401).code(), "unauthenticated", "{name}");
            }
            let again = exchange(app, &ci.token(app, json!({"jti": "again"}))).await;
            assert_eq!(again.status == 200, *name == "disabled and enabled", "{name}: {}", again.text());
        });
    }
}

#[test]
fn one_enterprises_token_is_nothing_to_another() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let theirs = "https://voucher.example/umbrella";
        app.make(|world, conn, tools| {
            let acting = world.acting("umbrella", tools);
            let submission = || SubmissionId::new(tools.now, tools.random);
            let issuer = issuers::trust(
                conn,
                &acting,
                &new_issuer(&ci.server.url, Preset::GitLab, theirs, submission()),
            );
            let new = NewRule {
                name: Name::parse("theirs").unwrap(),
                place: Place::Repository(world.repositories["umbrella:shop/web"].clone()),
                demands: demands("project_id", "42", &[]),
                submission: submission(),
            };
            let issuer = issuer.unwrap();
            issuers::add_rule(conn, &acting, &issuer, &new).unwrap();
            // A rule for a place of somebody else's cannot be made.
            let new = NewRule {
                place: Place::Repository(world.repositories["shop/web"].clone()),
                submission: submission(),
                ..new
            };
            issuers::add_rule(conn, &acting, &issuer, &new).unwrap_err();
        });
        let ours = exchange(app, &ci.token(app, json!({}))).await.expect(200);
        resolve(&given(app, &ours)).await.expect(200);
        // The same run with a token for them is theirs, and finds nothing of ours.
        let other = exchange(app, &ci.token(app, json!({"aud": theirs, "jti": "other"}))).await.expect(200);
        assert_eq!(resolve(&given(app, &other)).await.expect(404).code(), "not_found");
        let enterprises: BTreeSet<String> = app
            .database
            .texts("SELECT enterprise_id AS it FROM audit_records WHERE action = 'identity.exchange'")
            .into_iter()
            .collect();
        assert_eq!(enterprises.len(), 2);
    });
}

#[test]
fn keys_are_fetched_once_and_again_for_a_new_one_but_not_for_junk() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        for jti in ["a", "b", "c"] {
            exchange(app, &ci.token(app, json!({ "jti": jti }))).await.expect(200);
        }
        assert_eq!(ci.key_fetches(), 1);

        // A new key is published. It is not asked for at once: the last time was a moment ago.
        ci.server.change(|script| {
            script.published = vec![(2, "two"), (1, "one")];
            script.signing_seed = 2;
        });
        let two = json!({"alg": "EdDSA", "kid": "two"});
        app.advance(Duration::from_secs(61));
        exchange(app, &ci.odd_token(app, two.clone(), json!({"jti": "d"}))).await.expect(200);
        assert_eq!(ci.key_fetches(), 2);

        for number in 0..300 {
            let header = json!({"alg": "EdDSA", "kid": format!("junk-{number}")});
            exchange(app, &ci.odd_token(app, header, json!({}))).await.expect(400);
        }
        assert_eq!(ci.key_fetches(), 2);
        app.advance(Duration::from_secs(61));
        let junk = (0..50).map(|number| {
            let header = json!({"alg": "EdDSA", "kid": format!("more-{number}")});
            let token = ci.odd_token(app, header, json!({}));
            async move { exchange(app, &token).await.expect(400) }
        });
        futures_util::future::join_all(junk).await;
        assert_eq!(ci.key_fetches(), 3, "one of those who wait asks");

        // The key is dropped, and believed until the issuer is asked again.
        ci.server.change(|script| script.published = vec![(3, "three")]);
        exchange(app, &ci.odd_token(app, two.clone(), json!({"jti": "e"}))).await.expect(200);
        app.advance(Duration::from_secs(3601));
        all_refused(
            app,
            vec![("dropped".to_owned(), ci.odd_token(app, two, json!({"jti": "f"})), "unknown_key")],
        )
        .await;
    });
}

#[test]
fn an_issuer_that_is_down_is_no_end_of_keys_that_are_known() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        ci.server.change(|script| script.jwks_status = 500);
        let early = ci.token(app, json!({"jti": "early"}));
        for _ in 0..3 {
            let reply = exchange(app, &early).await.expect(503);
            assert_eq!(reply.json()["error"], "temporarily_unavailable");
            assert_eq!(reply.header("retry-after"), "60");
        }
        assert_eq!(ci.key_fetches(), 1, "a failure is not asked after for a minute");
        ci.server.change(|script| script.jwks_status = 200);
        app.advance(Duration::from_secs(61));
        exchange(app, &early).await.expect(200);

        ci.server.change(|script| script.jwks_status = 500);
        app.advance(Duration::from_secs(3601));
        exchange(app, &ci.token(app, json!({"jti": "cached"}))).await.expect(200);
        ci.server.change(|script| {
            script.jwks_status = 200;
            script.published = Vec::new();
        });
        app.advance(Duration::from_secs(61));
        exchange(app, &ci.token(app, json!({"jti": "empty"}))).await.expect(200);
        ci.server.stop().await;
        app.advance(Duration::from_secs(61));
        exchange(app, &ci.token(app, json!({"jti": "gone"}))).await.expect(200);
    });
}

#[test]
fn nobody_is_asked_whom_nobody_trusts() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let stranger = Hostile::start(app.now().as_second(), "");
        let claims = gitlab(&stranger.url, app.now().as_second());
        all_refused(
            app,
            vec![("another issuer".to_owned(), stranger.token(&header(), &claims), "unknown_issuer")],
        )
        .await;
        let asked =
            stranger.discovery_hits.load(Ordering::SeqCst) + stranger.jwks_hits.load(Ordering::SeqCst);
        assert_eq!(asked, 0);
        // Nor is one who is trusted, for a token that is for somebody else or that names no key.
        exchange(app, &ci.token(app, json!({"aud": "x"}))).await.expect(400);
        exchange(app, &ci.odd_token(app, json!({"alg": "EdDSA"}), json!({}))).await.expect(400);
        assert_eq!((ci.server.discovery_hits.load(Ordering::SeqCst), ci.key_fetches()), (0, 0));

        // An issuer that calls itself otherwise is not believed.
        ci.server.change(|script| script.discovery["issuer"] = json!("https://other.example"));
        exchange(app, &ci.token(app, json!({}))).await.expect(503);
    });
}

#[test]
fn keys_that_were_uploaded_are_used_and_nobody_is_asked() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let keys = reqwest_keys(&ci.server.url).await;
        let before = ci.key_fetches();
        change(app, &ci, &Change::Keys(KeySource::Uploaded(keys)));
        ci.server.change(|script| script.jwks_status = 500);
        exchange(app, &ci.token(app, json!({}))).await.expect(200);
        assert_eq!(ci.key_fetches(), before);
    });
}

async fn reqwest_keys(url: &str) -> String {
    Client::new(url).get("/jwks").await.expect(200).text()
}
