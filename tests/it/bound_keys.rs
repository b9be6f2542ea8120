//! Runs whose CI system signed which key their answers are sealed to: nobody on the way can put in another.

use serde_json::json;
use voucher::ids::SubmissionId;
use voucher::pipelines::issuers::{self, Change, Preset};
use voucher::seal::AnswerPair;

use crate::support::app::{TestApp, on_both};
use crate::support::ci::{AUDIENCE, Ci, all_refused, change, exchange, new_issuer, reasons};
use crate::support::http::{Client, Reply};

const FILE: &str = "/api/v1/credentials/login/env";

/// Somebody with this bearer who wants answers sealed so.
fn sealing(app: &TestApp, bearer: &str, to: Option<&AnswerPair>) -> Client {
    let client = Client::bearer(&app.url, bearer);
    match to {
        Some(pair) => client.with("voucher-seal-to", &pair.public()),
        None => client,
    }
}

async fn batch(client: &Client) -> Reply {
    client.post_json("/api/v1/resolve", &json!({ "tokens": ["login"] })).await
}

fn bearer(reply: &Reply) -> String {
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn answers_are_sealed_to_the_key_that_the_token_names_and_to_no_other() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let (own, other) = (AnswerPair::generate(), AnswerPair::generate());
        let audience = format!("{AUDIENCE}#{}", own.thumbprint());
        let reply = exchange(app, &ci.token(app, json!({ "aud": audience }))).await.expect(200);
        let bearer = bearer(&reply);
        for wrong in [None, Some(&other)] {
            let client = sealing(app, &bearer, wrong);
            for reply in [batch(&client).await, client.get(FILE).await] {
                assert_eq!(reply.expect(403).code(), "sealing_key_mismatch");
            }
        }
        let refused = app.database.texts(
            "SELECT reason || '|' || actor_type AS it FROM audit_records WHERE action = 'caller.prove'",
        );
        assert_eq!(refused, vec!["sealing_key|pipeline"; 4]);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM usage_daily"), 0, "nothing was opened");

        let client = sealing(app, &bearer, Some(&own));
        let answer = batch(&client).await.expect(200);
        let opened = own.open(&answer.body).unwrap();
        assert!(String::from_utf8_lossy(opened.expose()).contains("\"login\""));
        assert!(own.open(&client.get(FILE).await.expect(200).body).is_some());
        let given = app.database.texts(
            "SELECT detail AS it FROM audit_records WHERE action = 'identity.exchange' AND outcome = 'allowed'",
        );
        assert!(given[0].contains(&own.thumbprint().to_string()), "{given:?}");
    });
}

#[test]
fn a_run_that_names_no_key_may_seal_to_any() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let bearer = bearer(&exchange(app, &ci.token(app, json!({}))).await.expect(200));
        let pair = AnswerPair::generate();
        batch(&sealing(app, &bearer, None)).await.expect(200);
        assert!(pair.open(&batch(&sealing(app, &bearer, Some(&pair))).await.expect(200).body).is_some());
    });
}

#[test]
fn there_is_one_way_to_name_a_key() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let print = AnswerPair::generate().thumbprint().to_string();
        let base64 = "LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564";
        let endings = [
            String::new(),
            print[..63].to_owned(),
            format!("{print}0"),
            print.to_uppercase(),
            format!("{print}#{print}"),
            format!("#{print}"),
            format!(" {print}"),
            base64.to_owned(),
        ];
        let named = endings.map(|ending| format!("{AUDIENCE}#{ending}"));
        // Another enterprise's audience does not become ours by what stands behind it.
        let others =
            [format!("https://voucher.example/umbrella#{AUDIENCE}"), format!("{AUDIENCE}/x#{print}")];
        let tokens = named
            .into_iter()
            .chain(others)
            .map(|audience| (audience.clone(), ci.token(app, json!({ "aud": audience })), "wrong_audience"));
        all_refused(app, tokens.collect()).await;
    });
}

#[test]
fn an_issuer_can_be_trusted_only_for_runs_that_name_their_key() {
    on_both(async |app| {
        let ci = Ci::start(app).await;
        let (other, sample) = (format!("{AUDIENCE}/bound"), ci.rule.clone());
        let rule = app.make(|world, conn, tools| {
            let acting = world.acting("acme", tools);
            let mut new = new_issuer(
                &ci.server.url,
                Preset::GitLab,
                &other,
                SubmissionId::new(tools.now, tools.random),
            );
            new.key_bound = true;
            let issuer = issuers::trust(conn, &acting, &new).unwrap();
            let rule = issuers::find_rule(conn, &ci.issuer, &sample).unwrap().unwrap();
            let new = issuers::NewRule {
                name: new.name,
                place: voucher::pipelines::Place::Repository(world.repositories["shop/web"].clone()),
                demands: rule.demands,
                submission: SubmissionId::new(tools.now, tools.random),
            };
            issuers::add_rule(conn, &acting, &issuer, &new).unwrap()
        });
        exchange(app, &ci.token(app, json!({ "aud": other }))).await.expect(400);
        assert_eq!(reasons(app).last().map(String::as_str), Some("key_not_bound"));
        let pair = AnswerPair::generate();
        let audience = format!("{other}#{}", pair.thumbprint());
        let reply = exchange(app, &ci.token(app, json!({ "aud": audience }))).await.expect(200);
        assert!(
            pair.open(&batch(&sealing(app, &bearer(&reply), Some(&pair))).await.expect(200).body).is_some()
        );
        // What one audience demands, the other does not; and the other's trust ends by itself.
        change(app, &ci, &Change::Disable);
        batch(&sealing(app, &bearer(&reply), Some(&pair))).await.expect(200);
        let by = app
            .database
            .texts("SELECT actor_id AS it FROM audit_records WHERE action = 'credential.resolve'");
        assert_eq!(by, vec![rule.to_string(); 2]);
    });
}
