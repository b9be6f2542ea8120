//! Pipelines that prove themselves with a signed token of their CI system: what is exchanged, and what is not.

use std::time::Duration;

use serde_json::{Value, json};
use voucher::credentials::Name;
use voucher::ids::SubmissionId;
use voucher::pipelines::Place;
use voucher::pipelines::issuers::{self, How, NewRule, Preset};

use crate::support::app::on_both;
use crate::support::ci::{
    AUDIENCE, Ci, GRANT, ID_TOKEN, all_refused, changed, demands, exchange, form, github, given, header,
    new_issuer, post, reasons, resolve,
};
use crate::support::hostile::{Hostile, Signature};
use crate::support::http::Reply;
use crate::support::world::Sample;

#[test]
fn a_run_resolves_with_the_token_of_its_own_ci_system() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let token = ci.token(app, json!({}));
        let reply = exchange(app, &token).await.expect(200);
        assert_eq!(reply.header("cache-control"), "no-store");
        let answer = reply.json();
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["expires_in"], 900);
        assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        let text = answer["access_token"].as_str().unwrap().to_owned();
        assert!(text.starts_with("vst_"), "{text}");

        let caller = given(app, &reply);
        for _ in 0..3 {
            assert_eq!(resolve(&caller).await.expect(200).json()["credentials"][0]["token"], "login");
        }
        app.caller_elsewhere(&text).get("/api/v1/credentials/login/env").await.expect(200);

        let recorded = app.database.texts(
            "SELECT actor_type || '|' || coalesce(actor_id, '') || '|' || actor_name || '|' || detail AS it \
             FROM audit_records WHERE action IN ('identity.exchange', 'credential.resolve')",
        );
        assert_eq!(recorded.len(), 5);
        for record in recorded {
            assert!(record.starts_with(&format!("pipeline|{}|our CI · web on main|", ci.rule)), "{record}");
            for fact in [
                ci.server.url.as_str(),
                "/my-group/my-project/-/pipelines/574",
                "714a629c0b401fdce83e847fc9589983fc6f46bc",
                "refs/heads/feature-branch-1",
            ] {
                assert!(record.contains(fact), "{fact}: {record}");
            }
        }
        let dump = app.database.dump();
        let dump = String::from_utf8_lossy(&dump);
        assert!(!dump.contains(&text[20..]), "the token that was given is stored");
        assert!(!dump.contains(token.split('.').nth(1).unwrap()), "the token that was presented is stored");
        assert_eq!(app.database.count("SELECT CAST(sum(uses) AS BIGINT) FROM usage_daily"), 4);

        app.advance(Duration::from_secs(15 * 60));
        assert_eq!(resolve(&caller).await.expect(401).code(), "unauthenticated");
    });
}

#[test]
fn every_claim_that_is_wrong_is_refused() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let now = app.now().as_second();
        let changes: &[(Value, &str)] = &[
            (json!({"aud": "https://voucher.example/umbrella"}), "wrong_audience"),
            (json!({"aud": [AUDIENCE, "https://elsewhere.example"]}), "wrong_audience"),
            (json!({"aud": []}), "wrong_audience"),
            (json!({"aud": null}), "wrong_audience"),
            (json!({"iss": "https://gitlab.example.com"}), "unknown_issuer"),
            (json!({"iss": format!("{}/", ci.server.url)}), "unknown_issuer"),
            (json!({"iss": null}), "wrong_issuer"),
            (json!({"iss": 7}), "wrong_issuer"),
            (json!({"exp": now - 61, "iat": now - 600, "nbf": now - 600}), "expired"),
            (json!({"exp": "soon"}), "no_time"),
            (json!({"exp": null}), "no_time"),
            (json!({"iat": null}), "no_time"),
            (json!({"nbf": now + 61}), "not_yet_valid"),
            (json!({"nbf": "now"}), "no_time"),
            (json!({"iat": now + 61, "exp": now + 600}), "not_yet_valid"),
            (json!({"exp": now + 3601}), "lives_too_long"),
            (json!({"jti": null}), "no_jti"),
            (json!({"jti": ""}), "no_jti"),
            (json!({"jti": 7}), "no_jti"),
            (json!({"jti": "x".repeat(256)}), "no_jti"),
            (json!({"sub": null}), "no_subject"),
            (json!({"sub": ""}), "no_subject"),
            // Another project that took the name, and all the ways not to be 42.
            (json!({"project_id": "43"}), "no_rule"),
            (json!({"project_id": 42}), "no_rule"),
            (json!({"project_id": ["42"]}), "no_rule"),
            (json!({"project_id": "42 "}), "no_rule"),
            (json!({"project_id": "*"}), "no_rule"),
            (json!({"project_id": null}), "no_rule"),
            (json!({"ref_path": "refs/heads/feature/x"}), "no_rule"),
            (json!({"ref_path": "refs/tags/v1"}), "no_rule"),
            (json!({"ref_path": "REFS/HEADS/main"}), "no_rule"),
            (json!({"ref_path": null}), "no_rule"),
            (json!({"pipeline_source": "merge_request_event"}), "no_rule"),
            (json!({"pipeline_source": null}), "no_rule"),
        ];
        let tokens = changes
            .iter()
            .map(|(change, reason)| (change.to_string(), ci.token(app, change.clone()), *reason));
        all_refused(app, tokens.collect()).await;
        assert_eq!(app.database.count("SELECT COUNT(*) FROM exchanged_tokens"), 0);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM used_identities"), 0);

        // A clock that is off by less than a minute is none of these.
        for (jti, change) in [
            ("a", json!({"exp": now - 59, "iat": now - 600, "nbf": now - 600})),
            ("b", json!({"iat": now + 59, "nbf": now + 59, "exp": now + 600})),
            ("c", json!({"nbf": null, "aud": [AUDIENCE]})),
        ] {
            let mut change = change;
            change["jti"] = jti.into();
            exchange(app, &ci.token(app, change)).await.expect(200);
        }
    });
}

#[test]
fn what_is_signed_otherwise_is_refused() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let good = ci.token(app, json!({}));
        let with = |header: Value| ci.odd_token(app, header, json!({}));
        let parts: Vec<&str> = good.split('.').collect();
        let forged = |signature: Signature, header: Value| {
            ci.server.change(|script| script.signature = signature);
            let token = ci.odd_token(app, header, json!({}));
            ci.server.change(|script| script.signature = Signature::Good);
            token
        };
        let other_key = {
            ci.server.change(|script| script.signing_seed = 9);
            let token = ci.token(app, json!({}));
            ci.server.change(|script| script.signing_seed = 1);
            token
        };
        let tokens = [
            ("flipped", forged(Signature::Flipped, header()), "bad_signature"),
            ("without", forged(Signature::Absent, header()), "bad_signature"),
            ("by another key", other_key, "bad_signature"),
            ("none", forged(Signature::Absent, json!({"alg": "none", "kid": "one"})), "bad_algorithm"),
            ("nOnE", forged(Signature::Absent, json!({"alg": "nOnE", "kid": "one"})), "bad_algorithm"),
            (
                "HS256 with the public key",
                forged(Signature::PublicKeyAsSecret, json!({"alg": "HS256", "kid": "one"})),
                "bad_algorithm",
            ),
            (
                "ES256, which is not among the issuer's",
                with(json!({"alg": "ES256", "kid": "one"})),
                "bad_algorithm",
            ),
            ("RS256 by an Ed25519 key", with(json!({"alg": "RS256", "kid": "one"})), "bad_signature"),
            ("no kid", with(json!({"alg": "EdDSA"})), "no_key_named"),
            ("unknown kid", with(json!({"alg": "EdDSA", "kid": "two"})), "unknown_key"),
            (
                "its own key",
                with(json!({"alg": "EdDSA", "kid": "two", "jwk": {"kty": "OKP"}})),
                "unknown_key",
            ),
            ("extension", with(json!({"alg": "EdDSA", "kid": "one", "crit": ["x"]})), "unreadable"),
            ("nested", with(json!({"alg": "EdDSA", "kid": "one", "cty": "JWT"})), "unreadable"),
            (
                "a logout token",
                with(json!({"alg": "EdDSA", "kid": "one", "typ": "logout+jwt"})),
                "wrong_kind",
            ),
            ("an access token", with(json!({"alg": "EdDSA", "kid": "one", "typ": "at+jwt"})), "wrong_kind"),
            ("two parts", format!("{}.{}", parts[0], parts[1]), "unreadable"),
            ("five parts", format!("{good}.a.b"), "unreadable"),
            ("a word", "hello".to_owned(), "unreadable"),
            ("a token as payload", format!("{}.{}.{}", parts[0], parts[2], parts[2]), "unreadable"),
        ];
        let tokens = tokens.into_iter().map(|(what, token, reason)| (what.to_owned(), token, reason));
        all_refused(app, tokens.collect()).await;
        exchange(app, &good).await.expect(200);
    });
}

#[test]
fn the_form_is_judged_before_the_token() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let token = ci.token(app, json!({}));
        let good =
            [("grant_type", GRANT), ("subject_token_type", ID_TOKEN), ("subject_token", token.as_str())];
        let twice = post(app, &[good[0], good[1], good[2], good[2]]).await.expect(400);
        assert_eq!(twice.json()["error"], "invalid_request");
        let other = post(app, &[("grant_type", "password"), good[1], good[2]]).await.expect(400);
        assert_eq!(other.json()["error"], "unsupported_grant_type");
        let target =
            post(app, &[good[0], good[1], good[2], ("audience", "https://x.example")]).await.expect(400);
        assert_eq!(target.json()["error"], "invalid_target");
        let body = String::from_utf8(form(&good)).unwrap();
        let json = app.anonymous().post_bytes("/oauth/token", "application/json", body.into_bytes()).await;
        assert_eq!(json.expect(400).json()["error"], "invalid_request");
        let big =
            ci.odd_token(app, json!({"alg": "EdDSA", "kid": "one", "x": "x".repeat(100 * 1024)}), json!({}));
        let before = (ci.key_fetches(), reasons(app).len());
        assert_eq!(exchange(app, &big).await.expect(413).json()["error"], "invalid_request");
        assert_eq!((ci.key_fetches(), reasons(app).len()), before);
        post(app, &[good[0], good[1], good[2], ("audience", AUDIENCE)]).await.expect(200);
    });
}

#[test]
fn of_a_hundred_that_exchange_one_token_one_wins() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let token = ci.token(app, json!({}));
        let all = (0..100).map(|_| exchange(app, &token));
        let replies = futures_util::future::join_all(all).await;
        let won: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1);
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (400, &json!("invalid_grant")));
        }
        resolve(&given(app, won[0])).await.expect(200);
        assert_eq!(reasons(app).iter().filter(|reason| *reason == "replayed").count(), 99);
        // Still so when it is trusted anew, and a minute after its end.
        app.advance(Duration::from_secs(3600));
        exchange(app, &token).await.expect(400);
        assert_eq!(reasons(app).last().map(String::as_str), Some("replayed"));
    });
}

#[test]
fn githubs_runs_are_bound_by_the_id_of_their_repository() {
    on_both(async |app| {
        let server = Hostile::start(app.now().as_second(), "");
        app.make(|world, conn, tools| {
            let acting = world.acting("acme", tools);
            let submission = || SubmissionId::new(tools.now, tools.random);
            world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
            let new = new_issuer(&server.url, Preset::GitHub, AUDIENCE, submission());
            let issuer = issuers::trust(conn, &acting, &new).unwrap();
            let more = [("environment", How::Exact, "prod"), ("ref_protected", How::Exact, "true")];
            let new = NewRule {
                name: Name::parse("production").unwrap(),
                place: Place::Project(world.projects["shop"].clone()),
                demands: demands("repository_id", "74", &more),
                submission: submission(),
            };
            issuers::add_rule(conn, &acting, &issuer, &new).unwrap();
        });
        let now = app.now().as_second();
        let token = |changes: Value| server.token(&header(), &changed(github(&server.url, now), changes));
        let mut refused = Vec::new();
        for change in [
            json!({"event_name": "pull_request_target"}),
            json!({"event_name": "workflow_run"}),
            json!({"event_name": null}),
            json!({"repository_id": "75"}),
            json!({"ref_protected": true}),
            json!({"ref_protected": "false"}),
            json!({"environment": "Prod"}),
            json!({"environment": null}),
        ] {
            refused.push((change.to_string(), token(change), "no_rule"));
        }
        all_refused(app, refused).await;
        let reply = exchange(app, &token(json!({"repository": "octo-org/renamed"}))).await.expect(200);
        resolve(&given(app, &reply)).await.expect(200);
        let detail = app.database.texts(
            "SELECT detail AS it FROM audit_records WHERE action = 'identity.exchange' AND outcome = 'allowed'",
        );
        assert!(detail[0].contains("/octo-org/renamed/actions/runs/example-run-id/attempts/2"), "{detail:?}");
        let why = app
            .database
            .texts("SELECT detail AS it FROM audit_records WHERE reason = 'no_rule' ORDER BY chain, seq");
        assert!(why[0].contains(r#""failed":["event_name"]"#), "{why:?}");
    });
}

#[test]
fn whoever_fails_too_often_is_slowed_down_and_not_recorded_each_time() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let limited = app.limited(100);
        let junk = ci.token(app, json!({"project_id": "1"}));
        let body = form(&[("grant_type", GRANT), ("subject_token_type", ID_TOKEN), ("subject_token", &junk)]);
        let mut statuses = Vec::new();
        for _ in 0..40 {
            let client = limited.anonymous();
            let reply =
                client.post_bytes("/oauth/token", "application/x-www-form-urlencoded", body.clone()).await;
            if reply.status == 429 {
                assert!(!reply.header("retry-after").is_empty());
            }
            statuses.push(reply.status.as_u16());
        }
        limited.stop().await;
        assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 20, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 20, "{statuses:?}");
        assert_eq!(reasons(app).len(), 20);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM audit_records WHERE action = 'caller.limit'"), 1);
    });
}
