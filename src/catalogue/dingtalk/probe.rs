//! Asking DingTalk about an application or a bot.
//!
//! An application is asked for a token, which is dropped. A bot gets a message of a kind that does not exist, which it
//! refuses as such once it has taken the token of its address.

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::APPLICATIONS;
use super::sign::signed;
use crate::catalogue::chat::{self, BotAsked, Shape};
use crate::catalogue::{Finding, Identity, Opened, Outcome};
use crate::outbound::{Outbound, Request, Unanswered};

const BOT: Shape = Shape { codes: &["errcode"], words: "errmsg" };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Application<'a> {
    app_key: &'a str,
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
    let (app_key, app_secret) = (chat::needed(opened, "app_key")?, chat::needed(opened, "app_secret")?);
    let url = format!("https://{APPLICATIONS}/v1.0/oauth2/accessToken");
    let request = Request::post_json(&url, chat::body(&Application { app_key, app_secret })?)?;
    let reply = outbound.ask(request).await?;
    let json = reply.json().unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(|text| text.as_str());
    let code = text("code").unwrap_or_default();
    let finding = chat::by_status(&reply).unwrap_or_else(|| match reply.status() {
        200 if code.is_empty() && chat::has_token(&json, "accessToken") => {
            Finding::works(Identity::named(app_key))
        }
        _ => Finding::of(refusal(&code.to_ascii_lowercase())),
    });
    Ok(finding.from(&reply).code(code).request_id(text("requestid")))
}

/// What a code of the application's API means; it is given in lower case.
fn refusal(code: &str) -> Outcome {
    match code {
        "invalidclientidorsecret" => Outcome::InvalidCredential,
        "missingappkey" | "missingappsecret" => Outcome::Malformed,
        "unknownerror" | "serviceunavailable" => Outcome::ServiceError,
        code if code.contains("ipnotinwhitelist") => Outcome::IpNotAllowed,
        code if code.contains("qpslimit") => Outcome::RateLimited,
        _ => Outcome::Indeterminate,
    }
}

async fn ask_bot(opened: &Opened, outbound: &Outbound, text: Option<&str>) -> Result<Finding, Unanswered> {
    let hook = chat::needed(opened, "webhook_url")?;
    let secret = opened.text("sign_secret").map_err(|_| Unanswered::Malformed)?;
    let reply = outbound.ask(request(hook, secret, outbound.now().as_millisecond(), text)?).await?;
    let asked = BotAsked { reply: &reply, outbound, signed: secret.is_some(), posted: text.is_some() };
    Ok(chat::judge(&reply, &BOT, |code, words, _| match code {
        0 => asked.accepted(),
        300_001 | 300_005 | 400_101 => Finding::of(Outcome::InvalidId),
        40035 | 400_105 => asked.content_refused(),
        310_000 => not_secure(asked, words),
        400_013 | 400_102 | 400_106 => Finding::of(Outcome::DisabledOrExpired),
        130_101 | 410_100 | 660_026 => Finding::of(Outcome::RateLimited),
        -1 => Finding::of(Outcome::ServiceError),
        _ => Finding::of(Outcome::Indeterminate),
    }))
}

/// One code stands for all of a bot's security settings, so the words have to tell them apart. The Chinese ones come with
/// advice that speaks of more than the mistake; what they say first is looked for first.
fn not_secure(asked: BotAsked<'_>, words: &str) -> Finding {
    let says = |wanted: &[&str]| wanted.iter().any(|word| words.contains(word));
    if says(&["invalid timestamp", "签名过期"]) {
        return Finding::clock_skew(asked.reply, asked.outbound);
    }
    if says(&["keyword", "关键词"]) {
        return asked.keyword_missing();
    }
    if says(&["sign", "签名"]) {
        return asked.signature_refused();
    }
    let address = says(&["whitelist", "white list", "白名单"]) || words.split(' ').any(|word| word == "ip");
    Finding::of(if address { Outcome::IpNotAllowed } else { Outcome::Indeterminate })
}

/// A request to a bot; without a text it is of a kind that no bot posts.
fn request(
    hook: &str,
    secret: Option<&str>,
    milliseconds: i64,
    text: Option<&str>,
) -> Result<Request, Unanswered> {
    super::hook(hook).ok_or(Unanswered::Malformed)?;
    let body = match text {
        Some(text) => json!({ "msgtype": "text", "text": { "content": text } }),
        None => json!({ "msgtype": "none" }),
    };
    let url = match secret {
        Some(secret) => signed(hook, milliseconds, secret),
        None => Zeroizing::new(hook.to_owned()),
    };
    Request::post_json(&url, chat::body(&body)?)
}

#[cfg(test)]
mod tests {
    use super::super::{BOTS, TYPE};
    use super::*;
    use crate::catalogue::chat::fixture::{self, DATE};
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, Received, StandIn};

    const TOKEN: &str = "00000000000000000000000000000000000000000000000000000000005a3b1e";

    fn app(key: &str, secret: &str) -> Opened {
        fixture::opened(&TYPE, "application", &[("app_key", key)], &[("app_secret", secret)])
    }

    fn a_bot(token: &str, key: &str) -> Opened {
        let url = format!("https://{BOTS}/robot/send?access_token={token}");
        let secret = [("webhook_url", url.as_str()), ("sign_secret", key)];
        fixture::opened(&TYPE, "bot", &[], if key.is_empty() { &secret[..1] } else { &secret })
    }

    /// A bot as DingTalk has them: it looks at the token, at the signature, and at the message, in this order.
    fn dingtalk(received: &Received, key: Option<&str>, date: &str) -> Answered {
        let refuse = |code: i64, words: &str| {
            Answered::json(200, json!({"errcode": code, "errmsg": words})).header("date", date)
        };
        let pairs = received.pairs();
        let of = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        if received.path != "/robot/send" || of("access_token") != TOKEN {
            return refuse(300_005, "token is not exist");
        }
        if let Some(key) = key {
            let now = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).unwrap();
            let said = of("timestamp");
            if of("sign") != fixture::hmac_by_hand(key.as_bytes(), format!("{said}\n{key}").as_bytes()) {
                return refuse(310_000, "sign not match, more: [https://ding-doc.dingtalk.com]");
            }
            if said.parse::<i64>().unwrap().abs_diff(now.as_millisecond()) > 3_600_000 {
                return refuse(310_000, "invalid timestamp, more: [https://ding-doc.dingtalk.com]");
            }
        }
        if received.header("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
            return refuse(43004, "无效的HTTP HEADER Content-Type");
        }
        match received.json() {
            body if body["msgtype"] == "text" && body["text"]["content"].is_string() => refuse(0, "ok"),
            _ => refuse(400_105, "unsupported msgtype"),
        }
    }

    #[actix_web::test]
    async fn a_bot_is_asked_without_posting_and_its_refusal_says_what_is_wrong() {
        const KEY: &str = "SEC0000000000000000000000000000000000000000000000000000000000000001";
        const LATE: &str = "Mon, 23 Nov 2026 11:30:00 GMT";
        let other = TOKEN.replace('5', "6");
        let address_only = vec!["remark-bot-address-only"];
        let no_key = vec!["remark-bot-signing-key-missing"];
        for (token, stored, key, date, outcome, code, remarks) in [
            (TOKEN, KEY, Some(KEY), DATE, Outcome::Ok, "400105", address_only.clone()),
            (TOKEN, "", None, DATE, Outcome::Ok, "400105", address_only.clone()),
            (TOKEN, KEY, None, DATE, Outcome::Ok, "400105", address_only),
            (&other, KEY, Some(KEY), DATE, Outcome::InvalidId, "300005", vec![]),
            (TOKEN, "SECother", Some(KEY), DATE, Outcome::InvalidSecret, "310000", vec![]),
            (TOKEN, "", Some(KEY), DATE, Outcome::InvalidSecret, "310000", no_key),
            (TOKEN, KEY, Some(KEY), LATE, Outcome::ClockSkew, "310000", vec![]),
        ] {
            let stand_in = StandIn::start(move |received| dingtalk(received, key, date));
            let outbound = for_tests(&[(BOTS, &stand_in.url(""))]);
            let at = format!("{token} {stored:?} {key:?} {date}");
            let finding = bot(&a_bot(token, stored), &outbound).await;
            assert_eq!(finding.outcome, outcome, "{at}");
            assert_eq!(finding.evidence.code.as_deref(), Some(code), "{at}");
            assert_eq!(finding.remarks, remarks, "{at}");
            let skew = (outcome == Outcome::ClockSkew).then_some(5400);
            assert_eq!(finding.evidence.skew_seconds, skew, "{at}");
            let received = stand_in.received();
            assert!(received.len() == 1 && received[0].json()["msgtype"] == "none", "{at}");
        }
    }

    #[actix_web::test]
    async fn a_test_message_is_posted_once_signed_and_in_both_languages() {
        const KEY: &str = "SEC0000000000000000000000000000000000000000000000000000000000000001";
        for (stored, key, outcome) in [
            (KEY, Some(KEY), Outcome::Ok),
            ("", None, Outcome::Ok),
            ("SECother", Some(KEY), Outcome::InvalidSecret),
        ] {
            let stand_in = StandIn::start(move |received| dingtalk(received, key, DATE));
            let outbound = for_tests(&[(BOTS, &stand_in.url(""))]);
            let finding = post(&a_bot(TOKEN, stored), &outbound, chat::TEST_MESSAGE).await;
            assert_eq!((finding.outcome, finding.remarks.len()), (outcome, 0), "{stored}");
            let [sent] = &stand_in.received()[..] else { panic!("{stored}") };
            let text = sent.json()["text"]["content"].as_str().unwrap().to_owned();
            assert!(text.contains("测试消息") && text.contains("test message from Voucher"), "{text}");
            assert_eq!(sent.pairs().len(), if stored.is_empty() { 1 } else { 3 });
        }
    }

    #[actix_web::test]
    async fn a_bot_of_a_private_deployment_is_asked_there() {
        let stand_in = StandIn::start(|received| dingtalk(received, None, DATE));
        let outbound = for_tests(&[("dingtalk.acme.example", &stand_in.url(""))]);
        let at = |url: &str| fixture::opened(&TYPE, "bot", &[], &[("webhook_url", url)]);
        let own = at(&format!("https://dingtalk.acme.example/robot/send?access_token={TOKEN}"));
        assert_eq!(bot(&own, &outbound).await.outcome, Outcome::Ok);
        assert_eq!(post(&own, &outbound, chat::TEST_MESSAGE).await.outcome, Outcome::Ok);
        for broken in ["http://oapi.dingtalk.com/robot/send?access_token=x", "https://oapi.dingtalk.com/", ""]
        {
            assert_eq!(bot(&at(broken), &outbound).await.outcome, Outcome::Malformed, "{broken}");
        }
        assert_eq!(stand_in.received().len(), 2);
    }

    #[actix_web::test]
    async fn every_code_of_a_bot_has_its_outcome() {
        let address = &["remark-bot-address-only"][..];
        let keyword = &["remark-bot-address-only", "remark-bot-keyword"][..];
        for (code, words, asked, posted, remarks) in [
            (0, "ok", Outcome::Ok, Outcome::Ok, address),
            (400_105, "unsupported msgtype", Outcome::Ok, Outcome::Indeterminate, address),
            (40035, "缺少参数", Outcome::Ok, Outcome::Indeterminate, address),
            (310_000, "keywords not in content, more: [x]", Outcome::Ok, Outcome::Ok, keyword),
            (
                310_000,
                "错误描述:关键词不匹配;解决方案:请联系群管理员查看此机器人的关键词",
                Outcome::Ok,
                Outcome::Ok,
                keyword,
            ),
            (300_005, "token is not exist", Outcome::InvalidId, Outcome::InvalidId, &[]),
            (300_001, "token is not exist", Outcome::InvalidId, Outcome::InvalidId, &[]),
            (400_101, "access_token不存在", Outcome::InvalidId, Outcome::InvalidId, &[]),
            (310_000, "sign not match, more: [x]", Outcome::InvalidSecret, Outcome::InvalidSecret, &[]),
            (
                310_000,
                "错误描述:机器人发送签名不匹配;解决方案:请确认签名和生成签名的时间戳必须都放在调用的网址中",
                Outcome::InvalidSecret,
                Outcome::InvalidSecret,
                &[],
            ),
            (310_000, "invalid timestamp, more: [x]", Outcome::ClockSkew, Outcome::ClockSkew, &[]),
            (310_000, "错误描述:机器人发送签名过期;解决方案:x", Outcome::ClockSkew, Outcome::ClockSkew, &[]),
            (310_000, "ip 192.0.2.7 not in whitelist", Outcome::IpNotAllowed, Outcome::IpNotAllowed, &[]),
            (310_000, "错误描述:IP不在白名单内", Outcome::IpNotAllowed, Outcome::IpNotAllowed, &[]),
            (310_000, "something else", Outcome::Indeterminate, Outcome::Indeterminate, &[]),
            (400_013, "群已被解散", Outcome::DisabledOrExpired, Outcome::DisabledOrExpired, &[]),
            (400_102, "机器人已停用", Outcome::DisabledOrExpired, Outcome::DisabledOrExpired, &[]),
            (400_106, "机器人不存在", Outcome::DisabledOrExpired, Outcome::DisabledOrExpired, &[]),
            (130_101, "send too fast", Outcome::RateLimited, Outcome::RateLimited, &[]),
            (410_100, "发送速度太快而限流", Outcome::RateLimited, Outcome::RateLimited, &[]),
            (660_026, "x", Outcome::RateLimited, Outcome::RateLimited, &[]),
            (-1, "系统繁忙", Outcome::ServiceError, Outcome::ServiceError, &[]),
            (43004, "无效的HTTP HEADER", Outcome::Indeterminate, Outcome::Indeterminate, &[]),
            (88, "x", Outcome::Indeterminate, Outcome::Indeterminate, &[]),
        ] {
            let stand_in = StandIn::start(move |_| {
                Answered::json(200, json!({"errcode": code, "errmsg": words})).header("date", DATE)
            });
            let outbound = for_tests(&[(BOTS, &stand_in.url(""))]);
            let opened = a_bot(TOKEN, "SECkey");
            let finding = bot(&opened, &outbound).await;
            assert_eq!(finding.outcome, asked, "{code} {words}");
            assert_eq!(finding.remarks, remarks, "{code} {words}");
            assert_eq!(finding.evidence.code, Some(code.to_string()));
            assert_eq!(post(&opened, &outbound, chat::TEST_MESSAGE).await.outcome, posted, "{code} {words}");
        }
    }

    #[actix_web::test]
    async fn every_code_of_an_application_has_its_outcome() {
        let code = |code: &str| json!({"code": code, "requestid": "R-7", "message": "x"});
        let token = json!({"accessToken": "sample", "expireIn": 7200});
        for (status, body, outcome) in [
            (200, token.clone(), Outcome::Ok),
            (400, token, Outcome::Indeterminate),
            (200, json!({"expireIn": 7200}), Outcome::Indeterminate),
            (200, json!({"accessToken": ""}), Outcome::Indeterminate),
            (200, code("invalidClientIdOrSecret"), Outcome::InvalidCredential),
            (400, code("invalidClientIdOrSecret"), Outcome::InvalidCredential),
            (400, code("MissingappKey"), Outcome::Malformed),
            (400, code("MissingappSecret"), Outcome::Malformed),
            (400, code("Missingbody"), Outcome::Indeterminate),
            (403, code("Forbidden.AccessDenied.IpNotInWhiteList"), Outcome::IpNotAllowed),
            (403, code("Forbidden.AccessDenied.QpsLimitForApi"), Outcome::RateLimited),
            (403, code("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), Outcome::RateLimited),
            (403, code("Forbidden.AccessDenied.Other"), Outcome::Indeterminate),
            (429, code("x"), Outcome::RateLimited),
            (500, code("unknownError"), Outcome::ServiceError),
            (400, code("unknownError"), Outcome::ServiceError),
            (503, code("ServiceUnavailable"), Outcome::ServiceError),
            (302, code("invalidClientIdOrSecret"), Outcome::Indeterminate),
        ] {
            let at = format!("{status} {body}");
            let answer = body.clone();
            let stand_in = StandIn::start(move |_| Answered::json(status, answer.clone()));
            let outbound = for_tests(&[(APPLICATIONS, &stand_in.url(""))]);
            let finding = application(&app("dingsample", "secret"), &outbound).await;
            assert_eq!(finding.outcome, outcome, "{at}");
            assert_eq!(finding.evidence.code.as_deref(), body["code"].as_str(), "{at}");
            assert_eq!(finding.evidence.request_id.as_deref(), body["requestid"].as_str(), "{at}");
            let identity = (outcome == Outcome::Ok).then(|| Identity::named("dingsample").unwrap());
            assert_eq!(finding.identity, identity, "{at}");
        }
    }

    #[actix_web::test]
    async fn trouble_on_the_way_is_told_apart() {
        fixture::assert_trouble_is_told_apart(application, &app("dingsample", "secret"), APPLICATIONS).await;
        fixture::assert_trouble_is_told_apart(bot, &a_bot(TOKEN, "SECkey"), BOTS).await;
    }

    #[actix_web::test]
    async fn requests_equal_every_vector() {
        for vector in fixture::vectors("dingtalk") {
            let (id, inputs) = (&vector["id"], &vector["inputs"]);
            let of = |name: &str| inputs[name].as_str().unwrap();
            let answer = vector["canned_response"].clone();
            let stand_in = StandIn::start(move |_| {
                let status = answer["status"].as_u64().unwrap_or(200) as u16;
                Answered::json(status, answer["body"].clone())
            });
            let outbound = for_tests(&[(APPLICATIONS, &stand_in.url("")), (BOTS, &stand_in.url(""))]);
            match vector["scheme"].as_str().unwrap() {
                "oauth2/accessToken" => {
                    let finding = application(&app(of("app_key"), of("app_secret")), &outbound).await;
                    let token = vector["canned_response"]["body"]["accessToken"].is_string();
                    assert_eq!(finding.outcome == Outcome::Ok, token, "{id}: {finding:?}");
                    fixture::assert_sent(&stand_in, &vector);
                }
                "webhook-sign" => {
                    let hook = format!("https://{BOTS}/robot/send?access_token={}", of("access_token"));
                    let milliseconds = inputs["timestamp_ms"].as_i64().unwrap();
                    let request = request(&hook, Some(of("secret")), milliseconds, None).unwrap();
                    outbound.ask(request).await.unwrap();
                    let sent = &stand_in.received()[0];
                    let url = format!("https://{BOTS}{}?{}", sent.path, sent.query);
                    assert_eq!(url, vector["expected"]["url"], "{id}");
                }
                unknown => panic!("{id}: {unknown} is not a scheme that is known here"),
            }
        }
    }

    #[actix_web::test]
    async fn the_words_of_a_refusal_are_not_kept_because_they_may_repeat_what_was_sent() {
        for code in [310_000, 300_005, 424_242] {
            let code_of_applications = "invalidClientIdOrSecret";
            let body = json!({
                "errcode": code, "errmsg": "hunter2", "code": code_of_applications, "message": "hunter2"
            });
            let stand_in = StandIn::start(move |_| Answered::json(200, body.clone()));
            let outbound = for_tests(&[(BOTS, &stand_in.url("")), (APPLICATIONS, &stand_in.url(""))]);
            let opened = app("dingsample", "hunter2");
            let findings =
                [application(&opened, &outbound).await, bot(&a_bot(TOKEN, "SECkey"), &outbound).await];
            assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
        }
    }
}
