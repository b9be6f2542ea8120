//! Pipelines exchange tokens for content: what they get, what they are refused, and what bad input gets. Whatever
//! is refused changes no row.

use std::time::Duration;

use serde_json::{Value, json};
use voucher::credentials::{self, Scope};
use voucher::pipelines::{self, Place};
use voucher::seal::AnswerPair;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::{Sample, everywhere};

/// A key of `shop`.
fn shop_key(app: &TestApp) -> String {
    app.make(|world, conn, tools| {
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    })
}

async fn ask(client: &Client, token: &str) -> Reply {
    client.post_json("/api/v1/resolve", &json!({ "tokens": [token] })).await
}

#[test]
fn a_pipeline_gets_what_it_asks_for() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            world.credential(
                conn,
                tools,
                &Sample {
                    credential_type: "kubernetes",
                    token: "k8s",
                    scope: world.in_project("shop"),
                    ..Sample::default()
                },
            );
            world.credential(
                conn,
                tools,
                &Sample { token: "login", secret: &[("password", "pa ss'\"$`\\word")], ..Sample::default() },
            );
            let cloud = Sample { credential_type: "alibaba-cloud", token: "cloud", ..Sample::default() };
            world.credential(conn, tools, &cloud);
        });
        let caller = app.caller(&shop_key(app));

        let reply =
            caller.post_json("/api/v1/resolve", &json!({"tokens": ["k8s", "login"]})).await.expect(200);
        assert_eq!(reply.header("cache-control"), "no-store");
        let answer = reply.json();
        assert_eq!(answer["refusals"], json!([]));
        let [k8s, login] = answer["credentials"].as_array().unwrap().as_slice() else { panic!("{answer}") };
        assert_eq!((k8s["token"].as_str(), k8s["type"].as_str()), (Some("k8s"), Some("kubernetes")));
        assert_eq!(k8s["version"], 1);
        let kubeconfig = k8s["files"]["kubeconfig"].as_str().unwrap();
        assert!(kubeconfig.contains("apiVersion: v1"), "{kubeconfig}");
        assert_eq!(k8s["fields"]["kubeconfig"].as_str(), Some(kubeconfig));
        assert!(!k8s["mask"].as_array().unwrap().is_empty());
        assert_eq!(login["fields"]["password"], "pa ss'\"$`\\word");
        let unmasked = json!({"tokens": ["k8s"], "formats": ["kubeconfig"], "mask": false});
        let unmasked = caller.post_json("/api/v1/resolve", &unmasked).await.expect(200).json();
        let unmasked = &unmasked["credentials"][0];
        assert_eq!(
            (&unmasked["files"]["kubeconfig"], unmasked.get("mask")),
            (&k8s["files"]["kubeconfig"], None)
        );

        let file = caller.get("/api/v1/credentials/k8s/kubeconfig").await.expect(200);
        assert_eq!(file.text(), kubeconfig);
        assert_eq!(file.header("cache-control"), "no-store");
        assert_eq!(file.header("voucher-version"), "1");
        for format in ["fields", "env"] {
            caller.get(&format!("/api/v1/credentials/login/{format}")).await.expect(200).json();
        }
        let dotenv = caller.get("/api/v1/credentials/cloud/dotenv").await.expect(200).text();
        assert!(dotenv.lines().count() >= 2 && dotenv.lines().all(|line| line.contains('=')), "{dotenv}");
        // Readers of that format disagree about such a value; nobody gets a wrong one.
        assert_eq!(
            caller.get("/api/v1/credentials/login/dotenv").await.expect(422).code(),
            "invalid_request"
        );
        let shell = caller.get("/api/v1/credentials/login/shell").await.expect(200).text();
        let echoed = std::process::Command::new("sh")
            .args(["-c", &format!("{shell}\nenv")])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        let echoed = String::from_utf8(echoed.stdout).unwrap();
        assert!(echoed.contains("=pa ss'\"$`\\word\n"), "the shell read {shell} as {echoed}");

        let only_env = caller
            .post_json("/api/v1/resolve", &json!({"tokens": ["login"], "formats": ["env"]}))
            .await
            .json();
        assert!(only_env["credentials"][0]["fields"].is_null());
        assert!(only_env["credentials"][0]["env"].is_object());
    });
}

#[test]
fn a_refusal_of_one_does_not_fail_the_others() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let caller = app.caller(&shop_key(app));
        let answer = caller
            .post_json("/api/v1/resolve", &json!({"tokens": ["nobody", "login", "login"]}))
            .await
            .expect(200)
            .json();
        assert_eq!(answer["credentials"].as_array().unwrap().len(), 1, "asked twice, answered once");
        assert_eq!(answer["refusals"], json!([{"token": "nobody", "code": "not_found"}]));
    });
}

#[test]
fn what_may_not_be_used_looks_like_what_does_not_exist() {
    on_both(async |app| {
        let (disabled, deleted) = app.make(|world, conn, tools| {
            let sample = |token, scope| Sample { token, scope, ..Sample::default() };
            world.credential(conn, tools, &sample("elsewhere", world.in_project("plat")));
            world.credential(conn, tools, &sample("nowhere", Scope::none()));
            let foreign =
                Sample { enterprise: "umbrella", responsible: "stranger", ..sample("foreign", everywhere()) };
            world.credential(conn, tools, &foreign);
            let disabled =
                world.credential(conn, tools, &sample("disabled-elsewhere", world.in_project("plat")));
            (disabled, world.credential(conn, tools, &sample("deleted", everywhere())))
        });
        app.make(|world, conn, tools| {
            let acting = world.acting("acme", tools);
            credentials::disable(conn, &acting, &disabled).unwrap();
            credentials::delete(conn, &acting, &deleted).unwrap();
        });
        let caller = app.caller(&shop_key(app));
        let before = app.database.rows();
        let without_ids = |reply: Reply| {
            let mut problem = reply.expect(404).json();
            assert_eq!(problem["code"], "not_found");
            problem.as_object_mut().unwrap().remove("request_id");
            problem
        };
        let unknown = without_ids(ask(&caller, "unknown").await);
        let unknown_file = without_ids(caller.get("/api/v1/credentials/unknown/env").await);
        for token in ["elsewhere", "nowhere", "foreign", "disabled-elsewhere", "deleted"] {
            assert_eq!(without_ids(ask(&caller, token).await), unknown, "{token}");
            let file = caller.get(&format!("/api/v1/credentials/{token}/env")).await;
            assert_eq!(without_ids(file), unknown_file, "{token}");
        }
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn who_may_use_it_learns_that_it_is_disabled_or_over() {
    on_both(async |app| {
        let off = app.make(|world, conn, tools| {
            let ends = tools.now + Duration::from_secs(60);
            world.credential(
                conn,
                tools,
                &Sample { token: "ends", expires_at: Some(ends), ..Sample::default() },
            );
            world.credential(conn, tools, &Sample { token: "off", ..Sample::default() })
        });
        app.make(|world, conn, tools| {
            credentials::disable(conn, &world.acting("acme", tools), &off).unwrap()
        });
        let caller = app.caller(&shop_key(app));
        ask(&caller, "ends").await.expect(200);
        app.advance(Duration::from_secs(60));
        for (token, code) in [("off", "disabled"), ("ends", "expired")] {
            let reply = ask(&caller, token).await.expect(409);
            assert_eq!(reply.code(), code);
            assert!(reply.json()["detail"].as_str().unwrap().ends_with('.'));
            assert_eq!(
                caller.get(&format!("/api/v1/credentials/{token}/env")).await.expect(409).code(),
                code
            );
        }
    });
}

#[test]
fn every_key_that_proves_nothing_gets_the_same_answer() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let good = shop_key(app);
        let shop = |world: &crate::support::world::World| Place::Project(world.projects["shop"].clone());
        let (expired, revoked) = app.make(|world, conn, tools| {
            let end = tools.now + Duration::from_secs(1);
            let (_, expired) = world.access_key(conn, tools, ("acme", shop(world)), Some(end));
            let (id, revoked) = world.access_key(conn, tools, ("acme", shop(world)), None);
            pipelines::revoke(conn, &world.acting("acme", tools), &id).unwrap();
            (expired, revoked)
        });
        app.advance(Duration::from_secs(1));
        // A key of the right form whose secret is another's: the public part of one, the rest of the other.
        let before = app.database.rows();
        let mut answers = Vec::new();
        for (what, authorization) in [
            ("expired", format!("Bearer {expired}")),
            ("revoked", format!("Bearer {revoked}")),
            ("cut", format!("Bearer {}", &good[..good.len() - 1])),
            ("upper case", format!("Bearer {}", good.to_uppercase())),
            ("nothing", "Bearer ".to_owned()),
            ("another scheme", format!("Basic {good}")),
            ("no scheme", good.clone()),
            ("a word", "Bearer hunter2".to_owned()),
        ] {
            let client = Client::new(&app.url).with("authorization", &authorization);
            let reply = ask(&client, "login").await.expect(401);
            assert_eq!(reply.code(), "unauthenticated", "{what}");
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{what}");
            let mut problem = reply.json();
            problem.as_object_mut().unwrap().remove("request_id");
            answers.push(problem);
            client.get("/api/v1/credentials/login/env").await.expect(401);
        }
        let missing = ask(&Client::new(&app.url), "login").await.expect(401);
        assert_eq!(missing.code(), "unauthenticated");
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        assert_eq!(app.database.rows(), before);
        ask(&app.caller(&good), "login").await.expect(200);
    });
}

#[test]
fn a_key_of_another_enterprise_sees_its_own_alone() {
    on_both(async |app| {
        let key = app.make(|world, conn, tools| {
            world.credential(conn, tools, &Sample { token: "both", ..Sample::default() });
            world.credential(
                conn,
                tools,
                &Sample {
                    enterprise: "umbrella",
                    responsible: "stranger",
                    token: "both",
                    secret: &[("password", "theirs")],
                    ..Sample::default()
                },
            );
            world.credential(conn, tools, &Sample { token: "ours", ..Sample::default() });
            let place = Place::Project(world.projects["umbrella:shop"].clone());
            world.access_key(conn, tools, ("umbrella", place), None).1
        });
        let caller = app.caller(&key);
        let got = ask(&caller, "both").await.expect(200).json();
        assert_eq!(got["credentials"][0]["fields"]["password"], "theirs");
        assert_eq!(ask(&caller, "ours").await.expect(404).code(), "not_found");
    });
}

#[test]
fn bad_input_gets_a_status_a_code_and_a_sentence_and_changes_nothing() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let caller = app.caller(&shop_key(app));
        let before = app.database.rows();
        let many: Vec<&str> = vec!["login"; 51];
        let canary = "hunter2-S3CRET";
        let table: Vec<(&str, Vec<u8>, u16)> = vec![
            ("not JSON", b"tokens=login".to_vec(), 400),
            ("nothing", Vec::new(), 400),
            ("a string for a list", json!({ "tokens": canary }).to_string().into_bytes(), 400),
            ("a number for a token", json!({"tokens": [7]}).to_string().into_bytes(), 400),
            ("an unknown member", json!({"tokens": ["login"], canary: 1}).to_string().into_bytes(), 400),
            ("not UTF-8", b"{\"tokens\":[\"\xff\xfe\"]}".to_vec(), 400),
            ("deep", [vec![b'['; 100_000 / 2], vec![b']'; 100_000 / 2]].concat(), 413),
            ("no token", json!({"tokens": []}).to_string().into_bytes(), 422),
            ("51 tokens", json!({ "tokens": many }).to_string().into_bytes(), 422),
            (
                "a token with a space",
                json!({"tokens": [format!("{canary} x")]}).to_string().into_bytes(),
                422,
            ),
            ("a format", json!({"tokens": ["login"], "formats": [canary]}).to_string().into_bytes(), 422),
            (
                "a run of 129",
                json!({"tokens": ["login"], "run": "r".repeat(129)}).to_string().into_bytes(),
                422,
            ),
            ("2 MiB", vec![b' '; 2 * 1024 * 1024], 413),
        ];
        for (what, body, status) in table {
            let reply = caller.post_bytes("/api/v1/resolve", "application/json", body).await;
            assert_eq!(reply.status.as_u16(), status, "{what}: {}", reply.text());
            assert_eq!(reply.code(), "invalid_request", "{what}");
            let sentence = reply.json()["detail"].as_str().unwrap().to_owned();
            assert!(sentence.ends_with('.') && sentence.len() > 10, "{what}: {sentence}");
            assert!(!reply.text().contains(canary), "{what}: what was sent came back: {}", reply.text());
        }
        for path in [
            "/api/v1/credentials/login/pdf",
            "/api/v1/credentials/lo%20gin/env",
            "/api/v1/credentials/%FF/env",
        ] {
            let reply = caller.get(path).await;
            assert!([400, 404].contains(&reply.status.as_u16()), "{path}: {}", reply.status);
            assert!(!reply.code().is_empty(), "{path}");
        }
        assert_eq!(
            caller.get("/api/v1/credentials/login/kubeconfig").await.expect(422).code(),
            "invalid_request"
        );
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn every_answer_has_its_record_and_every_delivery_its_use() {
    on_both(async |app| {
        app.make(|world, conn, tools| world.credential(conn, tools, &Sample::default()));
        let caller = app.caller(&shop_key(app));
        let records = |action: &str, outcome: &str| {
            app.database.count(&format!(
                "SELECT COUNT(*) FROM audit_records WHERE action = '{action}' AND outcome = '{outcome}'"
            ))
        };
        for _ in 0..3 {
            ask(&caller, "login").await.expect(200);
        }
        ask(&caller, "nobody").await.expect(404);
        ask(&app.caller("vak_nonsense"), "login").await.expect(401);
        assert_eq!(records("credential.resolve", "allowed"), 3);
        assert_eq!(records("credential.resolve", "refused"), 1);
        assert_eq!(records("caller.prove", "refused"), 1);
        assert_eq!(app.database.count("SELECT SUM(uses) FROM usage_daily"), 3);
        let detail: Vec<Value> = app
            .database
            .texts("SELECT detail AS it FROM audit_records WHERE action = 'credential.resolve' AND outcome = 'allowed'")
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        assert!(detail.iter().all(|detail| detail["version"] == 1), "{detail:?}");
        let (console, _) = app.keys();
        let report = app
            .db
            .read_here(|conn| {
                Ok::<_, voucher::db::StoreError>(voucher::audit::verify(
                    conn,
                    &console.audit_verifier(),
                    None,
                ))
            })
            .unwrap()
            .unwrap();
        assert!(report.is_whole(), "{report:?}");
    });
}

#[test]
fn content_that_was_moved_or_edited_in_the_database_is_never_delivered() {
    for (what, damage) in [
        (
            "an envelope of another credential",
            "UPDATE sealed_fields SET envelope = (SELECT envelope FROM sealed_fields s, credentials c \
             WHERE s.credential_id = c.id AND c.token = 'other' LIMIT 1)",
        ),
        (
            "a plain field",
            "UPDATE credential_versions SET plain = REPLACE(plain, '\"username\":\"', '\"username\":\"x')",
        ),
        (
            "a signature",
            "UPDATE credential_versions SET signature = (SELECT envelope FROM sealed_fields LIMIT 1)",
        ),
        ("a type", "UPDATE credentials SET credential_type = 'feishu'"),
    ] {
        on_both(async |app| {
            app.make(|world, conn, tools| {
                world.credential(conn, tools, &Sample::default());
                world.credential(
                    conn,
                    tools,
                    &Sample { token: "other", secret: &[("password", "of-other")], ..Sample::default() },
                );
            });
            let caller = app.caller(&shop_key(app));
            app.database.execute(damage);
            let reply = ask(&caller, "login").await;
            assert_eq!(reply.status.as_u16(), 500, "{what}: {}", reply.text());
            assert_eq!(reply.code(), "sealed_unreadable", "{what}");
            let alarms = app.database.count(
                "SELECT COUNT(*) FROM audit_records WHERE outcome = 'failed' AND reason = 'sealed_unreadable'",
            );
            assert!(alarms > 0, "{what}: nobody was alarmed");
        });
    }
}

#[test]
fn an_answer_can_be_had_sealed_and_a_key_that_seals_nothing_is_refused() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            let secret = &[("password", "a sealed password")][..];
            world.credential(conn, tools, &Sample { token: "login", secret, ..Sample::default() });
        });
        let key = shop_key(app);
        let pair = AnswerPair::generate();
        let sealing = |to: &str| Client::bearer(&app.url, &key).with("voucher-seal-to", to);
        let caller = sealing(&pair.public());

        let reply = ask(&caller, "login").await.expect(200);
        assert_eq!(reply.header("content-type"), "application/vnd.voucher.sealed");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(!reply.text().contains("sealed password"));
        let opened = pair.open(&reply.body).expect("sealed to this pair");
        let inside: Value = serde_json::from_slice(opened.expose()).unwrap();
        assert_eq!(inside["credentials"][0]["fields"]["password"], "a sealed password");
        assert!(AnswerPair::generate().open(&reply.body).is_none());

        let reply = caller.get("/api/v1/credentials/login/fields").await.expect(200);
        assert_eq!(reply.header("voucher-version"), "1");
        let opened = pair.open(&reply.body).expect("sealed to this pair");
        assert!(String::from_utf8_lossy(opened.expose()).contains("a sealed password"));

        // Refusals hold no content, and are read by whoever debugs a pipeline.
        assert_eq!(ask(&caller, "nobody").await.expect(404).code(), "not_found");

        let before = app.database.count("SELECT COUNT(*) FROM audit_records");
        let zeros = "A".repeat(43) + "=";
        let nine = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
        for bad in ["", "x", &zeros, &nine[..40], nine.trim_end_matches('='), &format!("{nine}, {nine}")] {
            let caller = sealing(bad);
            assert_eq!(ask(&caller, "login").await.expect(400).code(), "invalid_request", "{bad}");
            let file = caller.get("/api/v1/credentials/login/fields").await.expect(400);
            assert_eq!(file.code(), "invalid_request", "{bad}");
        }
        let twice = sealing(nine).with("voucher-seal-to", nine);
        assert_eq!(ask(&twice, "login").await.expect(400).code(), "invalid_request");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM audit_records"), before, "nothing was decided");
        ask(&sealing(nine), "login").await.expect(200);
    });
}
