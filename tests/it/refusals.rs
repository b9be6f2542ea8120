//! Every code that resolve and exchange may refuse with, brought about on a real server, and what a runner's commands
//! make of it. The codes are those of the description that is served: a new one fails here until it has a case.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use voucher::credentials::{self, Conditions, NewConditions};
use voucher::ids::CredentialId;
use voucher::pipelines::{self, Place};
use voucher::seal::AnswerPair;

use crate::support::app::{OtherConsole, TestApp, on_both};
use crate::support::ci::{AUDIENCE, Ci, GRANT, ID_TOKEN, exchange, form};
use crate::support::http::{Client, Reply};
use crate::support::stand_in::{Answered, StandIn};
use crate::support::world::Sample;

const PROGRAM: &str = env!("CARGO_BIN_EXE_voucher");
/// The password of every credential here: it is in no refusal.
const CANARY: &str = "canary-7f3a91c2";
/// The addresses that pipelines ask, and where the description has the codes of each.
const RESOLVES: [(&str, &str); 2] =
    [("post", "/api/v1/resolve"), ("get", "/api/v1/credentials/{token}/{format}")];
const EXCHANGES: [(&str, &str); 1] = [("post", "/oauth/token")];

/// The statuses and codes that the description lists for these addresses.
async fn documented(app: &TestApp, addresses: &[(&str, &str)]) -> BTreeSet<(u16, String)> {
    let document = app.anonymous().get("/openapi.json").await.expect(200).json();
    let mut found = BTreeSet::new();
    for (method, path) in addresses {
        for (status, response) in document["paths"][path][method]["responses"].as_object().unwrap() {
            for code in response["x-codes"].as_array().into_iter().flatten() {
                found.insert((status.parse().unwrap(), code.as_str().unwrap().to_owned()));
            }
        }
    }
    assert!(found.len() > 4, "{found:?}");
    found
}

/// A server in the state in which it refuses with a code, and who asks it what.
struct State {
    server: String,
    key: String,
    tokens: Vec<String>,
    /// The credential and the format that a bare file is asked of.
    file: (String, &'static str),
    /// What the audit log has of it: action, outcome, reason.
    recorded: Option<[&'static str; 3]>,
    /// What is to be undone.
    undo: Option<&'static str>,
    limited: Option<OtherConsole>,
}

fn credential(app: &TestApp, token: &str) -> CredentialId {
    app.make(|world, conn, tools| {
        let sample = Sample { token, secret: &[("password", CANARY)], ..Sample::default() };
        world.credential(conn, tools, &sample)
    })
}

fn key(app: &TestApp) -> (voucher::ids::AccessKeyId, String) {
    app.make(|world, conn, tools| {
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None)
    })
}

/// Brings a real server to refuse with this code; `None` is what no request can bring about.
async fn state(app: &TestApp, ci: &Ci, code: &str) -> Option<State> {
    let (id, key) = key(app);
    let named = credential(app, &format!("of-{code}"));
    let mut state = State {
        server: app.url.clone(),
        key,
        tokens: vec![format!("of-{code}")],
        file: (format!("of-{code}"), "env"),
        recorded: None,
        undo: None,
        limited: None,
    };
    let refused = |reason| Some(["credential.resolve", "refused", reason]);
    match code {
        "unauthenticated" => {
            app.make(|world, conn, tools| {
                pipelines::revoke(conn, &world.acting("acme", tools), &id).unwrap();
            });
            state.recorded = Some(["caller.prove", "refused", "revoked"]);
        }
        "condition_failed" => {
            app.make(|world, conn, tools| {
                let known = credentials::find(conn, &world.acme, &named).unwrap().unwrap();
                let conditions = Conditions { protected: true, ..Conditions::default() };
                let new = NewConditions {
                    credential: named,
                    revision: known.revision,
                    conditions,
                    on_trial: false,
                };
                credentials::set_conditions(conn, &world.acting("acme", tools), &new).unwrap();
            });
            state.recorded = refused("condition_run");
        }
        "sealing_key_mismatch" => {
            let audience = format!("{AUDIENCE}#{}", AnswerPair::generate().thumbprint());
            let given = exchange(app, &ci.token(app, json!({ "aud": audience }))).await.expect(200).json();
            state.key = given["access_token"].as_str().unwrap().to_owned();
            state.recorded = Some(["caller.prove", "refused", "sealing_key"]);
        }
        "not_found" => {
            state.tokens = vec!["nobody".to_owned()];
            state.file.0 = "nobody".to_owned();
            state.recorded = refused("unknown");
        }
        "disabled" => {
            app.make(|world, conn, tools| {
                credentials::disable(conn, &world.acting("acme", tools), &named).unwrap();
            });
            state.recorded = refused("disabled");
        }
        "expired" => {
            state.tokens = vec!["ends".to_owned()];
            state.file.0 = "ends".to_owned();
            app.make(|world, conn, tools| {
                let ends = Some(tools.now + Duration::from_secs(1));
                let secret = &[("password", CANARY)];
                let sample = Sample { token: "ends", expires_at: ends, secret, ..Sample::default() };
                world.credential(conn, tools, &sample);
            });
            app.advance(Duration::from_secs(1));
            state.recorded = refused("expired");
        }
        "rate_limited" => {
            let limited = app.limited(1);
            let client = Client::bearer(&limited.url, &state.key);
            while client.get(&format!("/api/v1/credentials/{}/env", state.file.0)).await.status != 429 {}
            state.server = limited.url.clone();
            state.limited = Some(limited);
            state.recorded = Some(["caller.limit", "refused", "rate_limited"]);
        }
        "sealed_unreadable" => {
            app.database.execute(
                "UPDATE credential_versions SET signature = (SELECT envelope FROM sealed_fields LIMIT 1) \
                 WHERE credential_id = (SELECT id FROM credentials WHERE token = 'of-sealed_unreadable')",
            );
            state.recorded = Some(["credential.resolve", "failed", "sealed_unreadable"]);
        }
        "unavailable" => {
            // What cannot be recorded is not answered, so this alone has no record.
            app.database.execute("ALTER TABLE audit_records RENAME TO audit_records_gone");
            state.undo = Some("ALTER TABLE audit_records_gone RENAME TO audit_records");
        }
        // Too many are nobody's decision; what cannot be delivered so was allowed, and is recorded as that.
        "invalid_request" => {
            state.tokens = (0..51).map(|at| format!("many-{at}")).collect();
            state.file.1 = "kubeconfig";
        }
        // A handler that panics, and none is known to.
        "internal" => return None,
        other => panic!("say here how a server comes to refuse with {other}"),
    }
    Some(state)
}

/// A refusal as its reader needs it: the documented status, both sentences, nothing secret, kept by nobody.
fn is_told(reply: &Reply, code: &str, listed: &BTreeSet<(u16, String)>) -> String {
    let status = reply.status.as_u16();
    assert!(listed.contains(&(status, code.to_owned())), "{status} {code}: {}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store", "{code}");
    assert_eq!([429, 503].contains(&status), !reply.header("retry-after").is_empty(), "{code}");
    let said = reply.json();
    let (got, detail) = match said.get("error") {
        Some(error) => (error, &said["error_description"]),
        None => {
            assert_eq!(reply.header("content-type"), "application/problem+json", "{code}");
            assert_eq!(said["status"], status, "{code}");
            assert!(!said["title"].as_str().unwrap().is_empty(), "{code}");
            assert!(!said["request_id"].as_str().unwrap().is_empty(), "{code}");
            (&said["code"], &said["detail"])
        }
    };
    assert_eq!(got, code);
    let detail = detail.as_str().unwrap();
    assert!(detail.ends_with('.') && detail.len() > 20, "{code}: {detail}");
    detail.to_owned()
}

fn records(app: &TestApp, [action, outcome, reason]: [&str; 3]) -> i64 {
    app.database.count(&format!(
        "SELECT COUNT(*) FROM audit_records WHERE action = '{action}' AND outcome = '{outcome}' AND reason = '{reason}'"
    ))
}

/// What a runner's command is started with.
struct Runner<'a> {
    server: &'a str,
    setting: (&'a str, &'a str),
    arguments: Vec<&'a str>,
}

/// Runs commands at the same time, because those that may ask again wait in between.
async fn run(runners: Vec<Runner<'_>>) -> Vec<(String, Output)> {
    let started = runners.into_iter().map(|runner| {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("VOUCHER_URL", runner.server).env(runner.setting.0, runner.setting.1);
        command.env("VOUCHER_DOCKER_CREDENTIALS", "registry.example.com=login");
        command.args(&runner.arguments).stdin(std::process::Stdio::null());
        let what = runner.arguments.join(" ");
        actix_web::rt::task::spawn_blocking(move || (what, command.output().unwrap()))
    });
    futures_util::future::join_all(started).await.into_iter().map(Result::unwrap).collect()
}

/// Two lines for people and an exit status for scripts; nothing that could be taken for an answer, and nothing secret.
fn is_said(output: &Output, what: &str, status: u16) -> [String; 2] {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{what}: {said}");
    let later = status == 429 || status >= 500;
    assert_eq!(output.status.code(), Some(if later { 5 } else { 4 }), "{what}: {said}");
    assert!(output.stdout.is_empty(), "{what}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(!said.contains(CANARY), "{what}: {said}");
    [lines[0], lines[1]].map(|line| line.strip_prefix("voucher: ").expect(&said).to_owned())
}

#[test]
fn every_code_of_resolve_comes_from_a_real_server_and_reaches_the_runner() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let listed = documented(app, &RESOLVES).await;
        let there = tempfile::tempdir().unwrap();
        let codes: BTreeSet<&str> = listed.iter().map(|(_, code)| code.as_str()).collect();
        for code in codes {
            let Some(state) = state(app, &ci, code).await else { continue };
            let before = state.recorded.map(|record| records(app, record));
            let client = Client::bearer(&state.server, &state.key);
            let batch = client.post_json("/api/v1/resolve", &json!({ "tokens": state.tokens })).await;
            let (named, format) = (state.file.0.as_str(), state.file.1);
            let file = client.get(&format!("/api/v1/credentials/{named}/{format}")).await;
            let kube = client.get(&format!("/api/v1/credentials/{named}/kube-credential")).await;
            for reply in [&batch, &file, &kube] {
                is_told(reply, code, &listed);
                for secret in [CANARY, &state.key, &state.key[17..]] {
                    assert!(!reply.text().contains(secret), "{code}: {}", reply.text());
                }
            }
            let ran = there.path().join(format!("ran-{code}"));
            let ran = ran.to_str().unwrap();
            let wanted: Vec<String> = state.tokens.iter().map(|token| format!("--env={token}")).collect();
            let mut exec = vec!["exec"];
            exec.extend(wanted.iter().map(String::as_str).chain(["--", "touch", ran]));
            let setting = ("VOUCHER_ACCESS_KEY", state.key.as_str());
            let runner = |arguments| Runner { server: &state.server, setting, arguments };
            let said = run(vec![
                runner(exec),
                runner(vec!["resolve", named, "--format", format]),
                runner(vec!["kube-credential", named]),
            ])
            .await;
            for ((what, output), detail) in said.iter().zip([&batch, &file, &kube]) {
                let [failed, todo] = is_said(output, what, detail.status.as_u16());
                assert!(failed.contains(code), "{what}: {failed}");
                assert_eq!(todo, is_told(detail, code, &listed), "{what}");
                assert!(!failed.contains(&state.key[17..]), "{what}: {failed}");
            }
            assert!(!Path::new(ran).exists(), "{code}: the command ran without its credential");
            if let Some(undo) = state.undo {
                app.database.execute(undo);
            }
            match (state.recorded, before) {
                // Of those who come too often, one record is written in all.
                (Some(record), _) if code == "rate_limited" => assert_eq!(records(app, record), 1, "{code}"),
                (Some(record), Some(before)) => {
                    assert_eq!(records(app, record), before + 6, "{code}: each of six has its record");
                }
                _ => {}
            }
            if let Some(limited) = state.limited {
                limited.stop().await;
            }
        }
    });
}

#[test]
fn a_batch_that_is_refused_in_part_starts_no_command_and_says_what_to_do() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let good = credential(app, "good");
        let there = tempfile::tempdir().unwrap();
        let ran = there.path().join("ran");
        let mut sentences = BTreeSet::new();
        let per_credential = ["condition_failed", "disabled", "expired", "not_found", "sealed_unreadable"];
        for code in per_credential {
            let state = state(app, &ci, code).await.unwrap();
            let other = format!("--env={}", state.tokens[0]);
            let setting = ("VOUCHER_ACCESS_KEY", state.key.as_str());
            let arguments = vec!["exec", "--env=good", &other, "--", "touch", ran.to_str().unwrap()];
            let said = run(vec![Runner { server: &state.server, setting, arguments }]).await;
            // Whatever one of them is refused for, another was delivered: it is not the server that failed.
            let [failed, todo] = is_said(&said[0].1, code, 409);
            assert!(failed.contains(&state.tokens[0]) && failed.contains(code), "{failed}");
            assert!(todo.starts_with("The command was not started. "), "{todo}");
            assert!(sentences.insert(todo.clone()), "{code} says what another says: {todo}");
            assert!(!ran.exists(), "{code}");
        }
        let delivered = app.database.count(&format!(
            "SELECT COUNT(*) FROM audit_records WHERE outcome = 'allowed' AND object_id = '{good}' \
             AND action = 'credential.resolve'"
        ));
        assert_eq!(delivered, 5, "what was delivered is recorded, whatever became of it");
    });
}

#[test]
fn every_code_of_exchange_comes_from_a_real_server_and_reaches_the_runner() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let listed = documented(app, &EXCHANGES).await;
        let codes: BTreeSet<&str> = listed.iter().map(|(_, code)| code.as_str()).collect();
        let stranger = ci.token(app, json!({"project_id": "1"}));
        let limited = app.limited(100);
        let post = async |server: &str, pairs: &[(&str, &str)]| {
            let client = Client::new(server);
            client.post_bytes("/oauth/token", "application/x-www-form-urlencoded", form(pairs)).await
        };
        let with = |grant: &'static str, token: &str, audience: &'static str| {
            let mut pairs = vec![
                ("grant_type".to_owned(), grant.to_owned()),
                ("subject_token_type".to_owned(), ID_TOKEN.to_owned()),
                ("subject_token".to_owned(), token.to_owned()),
            ];
            pairs.extend((!audience.is_empty()).then(|| ("audience".to_owned(), audience.to_owned())));
            pairs
        };
        let huge = ["a".repeat(17_000), "b".to_owned(), "c".to_owned()].join(".");
        for code in codes {
            // The server, the form, and the token with which a runner gets the same, if one can.
            let (server, pairs, token) = match code {
                "invalid_request" => (&app.url, with(GRANT, &huge, ""), Some(&huge)),
                "unsupported_grant_type" => (&app.url, with("password", &stranger, ""), None),
                "invalid_grant" => (&app.url, with(GRANT, &stranger, ""), Some(&stranger)),
                "invalid_target" => (&app.url, with(GRANT, &stranger, "https://elsewhere.example"), None),
                "temporarily_unavailable" => {
                    let pairs = with(GRANT, &stranger, "");
                    let pairs: Vec<(&str, &str)> =
                        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                    while post(&limited.url, &pairs).await.status != 429 {}
                    (&limited.url, with(GRANT, &stranger, ""), Some(&stranger))
                }
                // A handler that panics, and none is known to.
                "internal" => continue,
                other => panic!("say here how a server comes to refuse with {other}"),
            };
            let before = records(app, ["identity.exchange", "refused", "no_rule"]);
            let pairs: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let reply = post(server, &pairs).await;
            let detail = is_told(&reply, code, &listed);
            assert!(!reply.text().contains(&pairs[2].1[..40]), "{code} repeats the token");
            let due = i64::from(code == "invalid_grant");
            assert_eq!(records(app, ["identity.exchange", "refused", "no_rule"]), before + due, "{code}");
            let Some(token) = token else { continue };
            let setting = ("VOUCHER_ID_TOKEN", token.as_str());
            let runner = |arguments| Runner { server, setting, arguments };
            let said = run(vec![
                runner(vec!["resolve", "login"]),
                runner(vec!["exec", "--env=login", "--", "true"]),
            ])
            .await;
            for (what, output) in &said {
                let [failed, todo] = is_said(output, what, reply.status.as_u16());
                assert!(failed.contains(code), "{what}: {failed}");
                let own = "Try it in the console at Access, Trusted issuers.";
                assert!(
                    if code == "invalid_grant" { todo.ends_with(own) } else { todo == detail },
                    "{what}: {todo}"
                );
                assert!(!failed.contains(&token[..40]), "{what}: {failed}");
            }
        }
        limited.stop().await;
    });
}

/// What no request can bring about is still told well by every command: here a stand-in answers it.
#[test]
fn whatever_a_server_refuses_with_every_command_says_it_in_two_lines() {
    crate::support::app::on(crate::support::database::Kind::Sqlite, async |app| {
        let (_, key) = key(app);
        let signed = "e30.e30.c2ln";
        for (addresses, setting) in [
            (&RESOLVES[..], ("VOUCHER_ACCESS_KEY", key.as_str())),
            (&EXCHANGES[..], ("VOUCHER_ID_TOKEN", signed)),
        ] {
            for (status, code) in documented(app, addresses).await {
                let detail = format!("What to do about {code}.");
                let oauth = addresses.len() == 1 && code != "internal";
                let body: Value = match oauth {
                    true => json!({ "error": code, "error_description": detail }),
                    false => json!({ "code": code, "detail": detail, "status": status, "title": "T" }),
                };
                let server =
                    StandIn::start(move |_| Answered::json(status, body.clone()).header("retry-after", "0"));
                let url = server.url("");
                let runner = |arguments| Runner { server: &url, setting, arguments };
                let said = run(vec![
                    runner(vec!["resolve", "login"]),
                    runner(vec!["exec", "--env=login", "--", "true"]),
                    runner(vec!["kube-credential", "login"]),
                ])
                .await;
                for (what, output) in &said {
                    let [failed, todo] = is_said(output, what, status);
                    assert!(failed.contains(&code), "{what}: {failed}");
                    assert!(todo == detail || code == "invalid_grant", "{what} {code}: {todo}");
                }
                // Asked again while it may help, and no more than five times.
                let tries = if [429, 503].contains(&status) { 15 } else { 3 };
                assert_eq!(server.received().len(), tries, "{status} {code}");
            }
        }
    });
}
