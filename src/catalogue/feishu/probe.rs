//! Asking Feishu or Lark about an application or a bot.
//!
//! An application is asked for a token, which is dropped. A bot gets a request without a message: it looks at the token
//! of its address first, then at the signature, then at what there is to post, and says so in its refusal.

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, json};

use super::sign::sign;
use super::{FEISHU, LARK};
use crate::catalogue::chat::{self, BotAsked, Shape};
use crate::catalogue::{Finding, Identity, Opened, Outcome};
use crate::outbound::{Outbound, Reply, Request, Unanswered};

/// A bot's success also has the older `StatusCode`, and some installations have nothing else.
const SHAPE: Shape = Shape { codes: &["code", "StatusCode"], words: "msg" };

#[derive(Serialize)]
struct Application<'a> {
    app_id: &'a str,
    app_secret: &'a str,
}

/// Asks for a token of the application.
pub(super) fn application<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move { ask_application(opened, outbound).await.unwrap_or_else(Into::into) })
}

/// Asks a bot without posting.
pub(super) fn bot<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move { ask_bot(opened, outbound, None).await.unwrap_or_else(Into::into) })
}

/// Posts a message.
pub(super) fn post<'a>(opened: &'a Opened, outbound: &'a Outbound, text: &'a str) -> BoxFuture<'a, Finding> {
    Box::pin(async move { ask_bot(opened, outbound, Some(text)).await.unwrap_or_else(Into::into) })
}

async fn ask_application(opened: &Opened, outbound: &Outbound) -> Result<Finding, Unanswered> {
    let (app_id, app_secret) = (chat::needed(opened, "app_id")?, chat::needed(opened, "app_secret")?);
    let host = match opened.text("site") {
        Ok(Some("lark")) => LARK,
        _ => FEISHU,
    };
    let url = format!("https://{host}/open-apis/auth/v3/tenant_access_token/internal");
    let request = Request::post_json(&url, chat::body(&Application { app_id, app_secret })?)?;
    let reply = outbound.ask(request).await?;
    let finding = chat::judge(&reply, &SHAPE, |code, words, json| match code {
        0 if chat::has_token(json, "tenant_access_token") => {
            Finding::works(Identity::new(&format!("{host}/{app_id}"), app_id))
        }
        10003 => Finding::of(Outcome::InvalidId),
        10014 => Finding::of(Outcome::InvalidSecret),
        10012 | 10013 | 10015..10100 if is_turned_off(words) => Finding::of(Outcome::DisabledOrExpired),
        10012 | 10013 | 10015 => Finding::of(Outcome::InvalidCredential),
        99_991_400 => Finding::of(Outcome::RateLimited),
        2200 => Finding::of(Outcome::ServiceError),
        _ => Finding::of(Outcome::Indeterminate),
    });
    Ok(finding.request_id(log_id(&reply)))
}

fn is_turned_off(words: &str) -> bool {
    ["disable", "inactive", "suspend", "expired", "停用", "禁用"].iter().any(|word| words.contains(word))
}

fn log_id(reply: &Reply) -> Option<&str> {
    reply.header("x-tt-logid").or_else(|| reply.header("x-request-id"))
}

async fn ask_bot(opened: &Opened, outbound: &Outbound, text: Option<&str>) -> Result<Finding, Unanswered> {
    let hook = chat::needed(opened, "webhook_url")?;
    let secret = opened.text("sign_secret").map_err(|_| Unanswered::Malformed)?;
    let reply = outbound.ask(request(hook, secret, outbound.now().as_second(), text)?).await?;
    let asked = BotAsked { reply: &reply, outbound, signed: secret.is_some(), posted: text.is_some() };
    let finding = chat::judge(&reply, &SHAPE, |code, words, _| match code {
        0 => asked.accepted(),
        19001 => Finding::of(Outcome::InvalidId),
        19021 => asked.signature_refused(),
        19022 => Finding::of(Outcome::IpNotAllowed),
        19024 => asked.keyword_missing(),
        11232 => Finding::of(Outcome::RateLimited),
        9499 if words.contains("too many") => Finding::of(Outcome::RateLimited),
        9499 | 19002 => asked.content_refused(),
        _ => Finding::of(Outcome::Indeterminate),
    });
    Ok(finding.request_id(log_id(&reply)))
}

/// A request to a bot; without a text there is nothing in it that could be posted.
fn request(
    hook: &str,
    secret: Option<&str>,
    seconds: i64,
    text: Option<&str>,
) -> Result<Request, Unanswered> {
    super::hook(hook).ok_or(Unanswered::Malformed)?;
    let mut body = Map::new();
    if let Some(text) = text {
        body.insert("msg_type".to_owned(), json!("text"));
        body.insert("content".to_owned(), json!({ "text": text }));
    }
    if let Some(secret) = secret {
        let timestamp = seconds.to_string();
        body.insert("sign".to_owned(), json!(sign(&timestamp, secret)));
        body.insert("timestamp".to_owned(), json!(timestamp));
    }
    Request::post_json(hook, chat::body(&body)?)
}

#[cfg(test)]
mod tests {
    use super::super::TYPE;
    use super::*;
    use crate::catalogue::chat::fixture::{self, DATE};
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, Received, StandIn};

    const HOOK: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/00000000-5a3b-4e00-8000-0000005a3b1e";

    fn app(id: &str, secret: &str, site: &str) -> Opened {
        fixture::opened(&TYPE, "application", &[("app_id", id), ("site", site)], &[("app_secret", secret)])
    }

    fn a_bot(url: &str, key: &str) -> Opened {
        let secret = [("webhook_url", url), ("sign_secret", key)];
        fixture::opened(&TYPE, "bot", &[], if key.is_empty() { &secret[..1] } else { &secret })
    }

    /// A bot as Feishu has them: it looks at the token, at the signature, and at the message, in this order.
    fn feishu(received: &Received, key: Option<&str>, date: &str) -> Answered {
        let refuse = |code: i64, msg: &str| {
            Answered::json(200, json!({"code": code, "msg": msg, "data": {}})).header("date", date)
        };
        let body = received.json();
        if received.path != "/open-apis/bot/v2/hook/00000000-5a3b-4e00-8000-0000005a3b1e" {
            return refuse(19001, "param invalid: incoming webhook access token invalid");
        }
        if let Some(key) = key {
            let now: jiff::Timestamp =
                jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
            let said = body["timestamp"].as_str().unwrap_or("0");
            let signature = fixture::hmac_by_hand(format!("{said}\n{key}").as_bytes(), b"");
            let apart = said.parse::<i64>().unwrap().abs_diff(now.as_second());
            if body["sign"] != signature || apart > 3600 {
                return refuse(
                    19021,
                    "sign match fail or timestamp is not within one hour from current time",
                );
            }
        }
        match body["msg_type"].as_str() {
            Some("text") if body["content"]["text"].is_string() => Answered::json(
                200,
                json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success", "data": {}}),
            ),
            _ => refuse(19002, "params error, msg_type need"),
        }
    }

    #[actix_web::test]
    async fn a_bot_is_asked_without_posting_and_its_refusal_says_what_is_wrong() {
        const KEY: &str = "SampleSignKey00000001";
        const LATE: &str = "Mon, 23 Nov 2026 11:30:00 GMT";
        let other = HOOK.replace("5a3b1e", "5a3b1f");
        let address_only = vec!["remark-bot-address-only"];
        let no_key = vec!["remark-bot-signing-key-missing"];
        for (url, stored, key, date, outcome, code, remarks) in [
            (HOOK, KEY, Some(KEY), DATE, Outcome::Ok, "19002", address_only.clone()),
            (HOOK, "", None, DATE, Outcome::Ok, "19002", address_only.clone()),
            (HOOK, KEY, None, DATE, Outcome::Ok, "19002", address_only),
            (&other, KEY, Some(KEY), DATE, Outcome::InvalidId, "19001", vec![]),
            (HOOK, "another", Some(KEY), DATE, Outcome::InvalidSecret, "19021", vec![]),
            (HOOK, "", Some(KEY), DATE, Outcome::InvalidSecret, "19021", no_key),
            (HOOK, KEY, Some(KEY), LATE, Outcome::ClockSkew, "19021", vec![]),
        ] {
            let stand_in = StandIn::start(move |received| feishu(received, key, date));
            let outbound = for_tests(&[(FEISHU, &stand_in.url(""))]);
            let at = format!("{url} {stored:?} {key:?} {date}");
            let finding = bot(&a_bot(url, stored), &outbound).await;
            assert_eq!(finding.outcome, outcome, "{at}");
            assert_eq!(finding.evidence.code.as_deref(), Some(code), "{at}");
            assert_eq!(finding.remarks, remarks, "{at}");
            assert_eq!(finding.identity, None, "{at}");
            let skew = (outcome == Outcome::ClockSkew).then_some(5400);
            assert_eq!(finding.evidence.skew_seconds, skew, "{at}");
            let received = stand_in.received();
            assert!(received.len() == 1 && received[0].json().get("content").is_none(), "{at}");
        }
    }

    #[actix_web::test]
    async fn a_test_message_is_posted_once_signed_and_in_both_languages() {
        const KEY: &str = "SampleSignKey00000001";
        for (stored, key, outcome) in [
            (KEY, Some(KEY), Outcome::Ok),
            ("", None, Outcome::Ok),
            ("another", Some(KEY), Outcome::InvalidSecret),
        ] {
            let stand_in = StandIn::start(move |received| feishu(received, key, DATE));
            let outbound = for_tests(&[(FEISHU, &stand_in.url(""))]);
            let finding = post(&a_bot(HOOK, stored), &outbound, chat::TEST_MESSAGE).await;
            assert_eq!((finding.outcome, finding.remarks.len()), (outcome, 0), "{stored}");
            let [sent] = &stand_in.received()[..] else { panic!("{stored}") };
            let text = sent.json()["content"]["text"].as_str().unwrap().to_owned();
            assert!(text.contains("测试消息") && text.contains("test message from Voucher"), "{text}");
            assert_eq!(sent.json().get("sign").is_some(), !stored.is_empty());
        }
    }

    #[actix_web::test]
    async fn a_bot_of_a_private_deployment_is_asked_there() {
        let stand_in = StandIn::start(|received| feishu(received, None, DATE));
        let outbound = for_tests(&[("feishu.acme.example", &stand_in.url(""))]);
        let url = HOOK.replace(FEISHU, "feishu.acme.example");
        assert_eq!(bot(&a_bot(&url, ""), &outbound).await.outcome, Outcome::Ok);
        assert_eq!(post(&a_bot(&url, ""), &outbound, chat::TEST_MESSAGE).await.outcome, Outcome::Ok);
        assert_eq!(stand_in.received().len(), 2);
        for broken in ["http://open.feishu.cn/open-apis/bot/v2/hook/x", "https://open.feishu.cn/x", ""] {
            assert_eq!(bot(&a_bot(broken, ""), &outbound).await.outcome, Outcome::Malformed, "{broken}");
        }
    }

    #[actix_web::test]
    async fn every_code_of_a_bot_has_its_outcome() {
        let keyword = &["remark-bot-address-only", "remark-bot-keyword"][..];
        let address = &["remark-bot-address-only"][..];
        for (body, asked, posted, remarks) in [
            (json!({"code": 0, "StatusCode": 0}), Outcome::Ok, Outcome::Ok, address),
            (json!({"StatusCode": 0, "StatusMessage": "success"}), Outcome::Ok, Outcome::Ok, address),
            (json!({"code": 9499, "msg": "Bad Request"}), Outcome::Ok, Outcome::Indeterminate, address),
            (json!({"code": 19002, "msg": "x"}), Outcome::Ok, Outcome::Indeterminate, address),
            (json!({"code": 19024, "msg": "Key Words Not Found"}), Outcome::Ok, Outcome::Ok, keyword),
            (json!({"code": 19001}), Outcome::InvalidId, Outcome::InvalidId, &[]),
            (json!({"code": 19021}), Outcome::InvalidSecret, Outcome::InvalidSecret, &[]),
            (
                json!({"code": 19022, "msg": "Ip Not Allowed"}),
                Outcome::IpNotAllowed,
                Outcome::IpNotAllowed,
                &[],
            ),
            (json!({"code": 11232}), Outcome::RateLimited, Outcome::RateLimited, &[]),
            (
                json!({"code": 9499, "msg": "too many request"}),
                Outcome::RateLimited,
                Outcome::RateLimited,
                &[],
            ),
            (json!({"code": 42, "StatusCode": 0}), Outcome::Indeterminate, Outcome::Indeterminate, &[]),
            (json!({"msg": "success"}), Outcome::Indeterminate, Outcome::Indeterminate, &[]),
        ] {
            let at = body.to_string();
            let stand_in = StandIn::start(move |_| {
                Answered::json(200, body.clone()).header("date", DATE).header("X-Tt-Logid", "20261123")
            });
            let outbound = for_tests(&[(FEISHU, &stand_in.url(""))]);
            let opened = a_bot(HOOK, "SampleSignKey00000001");
            let finding = bot(&opened, &outbound).await;
            assert_eq!(finding.outcome, asked, "{at}");
            assert_eq!(finding.remarks, remarks, "{at}");
            assert_eq!(finding.evidence.request_id.as_deref(), Some("20261123"));
            assert_eq!(finding.evidence.status, Some(200));
            assert_eq!(post(&opened, &outbound, chat::TEST_MESSAGE).await.outcome, posted, "{at}");
        }
    }

    #[actix_web::test]
    async fn every_code_of_an_application_has_its_outcome() {
        let token = json!({"code": 0, "msg": "ok", "tenant_access_token": "t-sample", "expire": 7200});
        for (status, body, outcome) in [
            (200, token.clone(), Outcome::Ok),
            (400, token, Outcome::Indeterminate),
            (200, json!({"code": 0, "msg": "ok"}), Outcome::Indeterminate),
            (200, json!({"code": 0, "tenant_access_token": ""}), Outcome::Indeterminate),
            (200, json!({"code": 10003, "msg": "invalid param"}), Outcome::InvalidId),
            (400, json!({"code": 10003, "msg": "invalid param"}), Outcome::InvalidId),
            (200, json!({"code": 10014, "msg": "app secret invalid"}), Outcome::InvalidSecret),
            (200, json!({"code": 10012, "msg": "app is Disabled"}), Outcome::DisabledOrExpired),
            (200, json!({"code": 10013, "msg": "应用已停用"}), Outcome::DisabledOrExpired),
            (200, json!({"code": 10015, "msg": "mismatch"}), Outcome::InvalidCredential),
            (200, json!({"code": 10016, "msg": "app disabled"}), Outcome::DisabledOrExpired),
            (200, json!({"code": 10016, "msg": "something else"}), Outcome::Indeterminate),
            (429, json!({"code": 99991400, "msg": "request trigger frequency limit"}), Outcome::RateLimited),
            (400, json!({"code": 99991400, "msg": "request trigger frequency limit"}), Outcome::RateLimited),
            (200, json!({"code": 2200, "msg": "Internal Error"}), Outcome::ServiceError),
            (200, json!({"code": 1, "msg": "disabled"}), Outcome::Indeterminate),
        ] {
            let at = format!("{status} {body}");
            let answer = body.clone();
            let stand_in = StandIn::start(move |_| Answered::json(status, answer.clone()));
            let outbound = for_tests(&[(FEISHU, &stand_in.url(""))]);
            let finding = application(&app("cli_a1", "secret", "feishu"), &outbound).await;
            assert_eq!(finding.outcome, outcome, "{at}");
            assert_eq!(finding.evidence.code, Some(body["code"].to_string()), "{at}");
            let key = finding.identity.map(|identity| (identity.key, identity.label));
            let wanted = ("open.feishu.cn/cli_a1".to_owned(), "cli_a1".to_owned());
            assert_eq!(key, (outcome == Outcome::Ok).then_some(wanted), "{at}");
        }
    }

    #[actix_web::test]
    async fn trouble_on_the_way_is_told_apart() {
        let application_of_lark = app("cli_a1", "secret", "lark");
        fixture::assert_trouble_is_told_apart(application, &application_of_lark, LARK).await;
        let bot_of_feishu = a_bot(HOOK, "key");
        fixture::assert_trouble_is_told_apart(bot, &bot_of_feishu, FEISHU).await;
    }

    #[actix_web::test]
    async fn requests_and_signatures_equal_every_vector() {
        for vector in fixture::vectors("feishu") {
            let (id, inputs) = (&vector["id"], &vector["inputs"]);
            let of = |name: &str| inputs[name].as_str().unwrap();
            let answer = vector["canned_response"].clone();
            let stand_in = StandIn::start(move |_| {
                let status = answer["status"].as_u64().unwrap_or(200) as u16;
                Answered::json(status, answer["body"].clone())
            });
            let outbound = for_tests(&[(FEISHU, &stand_in.url("")), (LARK, &stand_in.url(""))]);
            match vector["scheme"].as_str().unwrap() {
                "webhook-sign" => {
                    assert_eq!(sign(of("timestamp"), of("secret")), vector["expected"]["sign"], "{id}");
                }
                "tenant_access_token/internal" => {
                    let site = if of("base_url") == format!("https://{LARK}") { "lark" } else { "feishu" };
                    let opened = app(of("app_id"), of("app_secret"), site);
                    let finding = application(&opened, &outbound).await;
                    let token = vector["canned_response"]["body"]["tenant_access_token"].is_string();
                    assert_eq!(finding.outcome == Outcome::Ok, token, "{id}: {finding:?}");
                    fixture::assert_sent(&stand_in, &vector);
                }
                "webhook-send" => {
                    let hook = format!("https://{FEISHU}/open-apis/bot/v2/hook/{}", of("webhook_token"));
                    let secret = inputs["secret"].as_str().filter(|secret| !secret.is_empty());
                    let seconds =
                        inputs["timestamp"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
                    let request = request(&hook, secret, seconds, Some(of("text"))).unwrap();
                    outbound.ask(request).await.unwrap();
                    fixture::assert_sent(&stand_in, &vector);
                }
                unknown => panic!("{id}: {unknown} is not a scheme that is known here"),
            }
        }
    }

    #[actix_web::test]
    async fn the_words_of_a_refusal_are_not_kept_because_they_may_repeat_what_was_sent() {
        for code in [19001, 19021, 10014, 424_242] {
            let stand_in = StandIn::start(move |_| {
                Answered::json(200, json!({"code": code, "msg": "hunter2"})).header("date", DATE)
            });
            let outbound = for_tests(&[(FEISHU, &stand_in.url(""))]);
            let opened = app("cli_a1", "hunter2", "feishu");
            let findings = [application(&opened, &outbound).await, bot(&a_bot(HOOK, "key"), &outbound).await];
            assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
        }
    }
}
