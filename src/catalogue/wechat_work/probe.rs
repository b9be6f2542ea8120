//! Asking WeChat Work about an application or a bot.
//!
//! An application is asked for a token, which is dropped. A bot gets a message of a kind that does not exist, which it
//! refuses as such once it has taken the key of its address. The vendor says to decide on codes and never on words.

use std::fmt::Write as _;

use futures_util::future::BoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use zeroize::Zeroizing;

use super::HOST;
use crate::catalogue::chat::{self, BotAsked, Shape};
use crate::catalogue::{Finding, Identity, Opened, Outcome};
use crate::outbound::{Outbound, Request, Unanswered};

const SHAPE: Shape = Shape { codes: &["errcode"], words: "errmsg" };

/// What RFC 3986 has escaped in a query's value.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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
    let (corp_id, secret) = (chat::needed(opened, "corp_id")?, chat::needed(opened, "corp_secret")?);
    let reply = outbound.ask(Request::get(&token_url(corp_id, secret)?)?).await?;
    Ok(chat::judge(&reply, &SHAPE, |code, _, json| match code {
        0 if chat::has_token(json, "access_token") => Finding::works(Identity::named(corp_id)),
        40013 => Finding::of(Outcome::InvalidId),
        40001 | 40091 => Finding::of(Outcome::InvalidSecret),
        41002 | 41004 => Finding::of(Outcome::Malformed),
        code => Finding::of(common(code)),
    }))
}

/// Where a token is asked for. The vendor takes the secret in the address and nowhere else.
fn token_url(corp_id: &str, secret: &str) -> Result<Zeroizing<String>, Unanswered> {
    // Room for every byte to become three, so that growing leaves no copy behind in freed memory.
    let mut url = Zeroizing::new(String::with_capacity(128 + 3 * (corp_id.len() + secret.len())));
    let (corp_id, secret) = (utf8_percent_encode(corp_id, ESCAPED), utf8_percent_encode(secret, ESCAPED));
    write!(url, "https://{HOST}/cgi-bin/gettoken?corpid={corp_id}&corpsecret={secret}")
        .map_err(|_| Unanswered::Malformed)?;
    Ok(url)
}

async fn ask_bot(opened: &Opened, outbound: &Outbound, text: Option<&str>) -> Result<Finding, Unanswered> {
    let hook = chat::needed(opened, "webhook_url")?;
    let reply = outbound.ask(request(hook, text)?).await?;
    let asked = BotAsked { reply: &reply, outbound, signed: false, posted: text.is_some() };
    Ok(chat::judge(&reply, &SHAPE, |code, _, _| match code {
        0 => asked.accepted(),
        93000 => Finding::of(Outcome::InvalidId),
        40008 | 44004 => asked.content_refused(),
        code => Finding::of(common(code)),
    }))
}

/// What a code means wherever it comes from.
fn common(code: i64) -> Outcome {
    match code {
        60020 => Outcome::IpNotAllowed,
        45009 | 45033 => Outcome::RateLimited,
        -1 => Outcome::ServiceError,
        _ => Outcome::Indeterminate,
    }
}

/// A request to a bot; without a text it is of a kind that no bot posts.
fn request(hook: &str, text: Option<&str>) -> Result<Request, Unanswered> {
    super::hook(hook).ok_or(Unanswered::Malformed)?;
    let body = match text {
        Some(text) => json!({ "msgtype": "text", "text": { "content": text } }),
        None => json!({ "msgtype": "none" }),
    };
    Request::post_json(hook, chat::body(&body)?)
}

#[cfg(test)]
mod tests {
    use super::super::TYPE;
    use super::*;
    use crate::catalogue::chat::fixture;
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, Received, StandIn};

    const KEY: &str = "00000000-5a3b-4e00-8000-0000005a3b1e";

    fn app(corp_id: &str, secret: &str) -> Opened {
        fixture::opened(&TYPE, "application", &[("corp_id", corp_id)], &[("corp_secret", secret)])
    }

    fn a_bot(host: &str, key: &str) -> Opened {
        let url = format!("https://{host}/cgi-bin/webhook/send?key={key}");
        fixture::opened(&TYPE, "bot", &[], &[("webhook_url", &url)])
    }

    /// A bot as WeChat Work has them: it looks at the key and then at the message.
    fn wechat_work(received: &Received) -> Answered {
        let said = |code: i64, words: &str| Answered::json(200, json!({"errcode": code, "errmsg": words}));
        if received.path != "/cgi-bin/webhook/send" || received.query != format!("key={KEY}") {
            return said(93000, "invalid webhook url, hint: [1700000000_1_x], from ip: 192.0.2.7");
        }
        match received.json() {
            body if body["msgtype"] != "text" => said(40008, "invalid message type"),
            body if body["text"]["content"].as_str().is_none_or(str::is_empty) => {
                said(44004, "empty content")
            }
            _ => said(0, "ok"),
        }
    }

    #[actix_web::test]
    async fn a_bot_is_asked_without_posting_and_posts_a_test_message_once() {
        let other = KEY.replace("5a3b1e", "5a3b1f");
        // At the vendor's, and at a private deployment, which is asked where it is.
        for host in [HOST, "qyapi.acme.example"] {
            for (key, outcome, code, remarks) in [
                (KEY, Outcome::Ok, "40008", vec!["remark-bot-address-only"]),
                (&other, Outcome::InvalidId, "93000", vec![]),
            ] {
                let stand_in = StandIn::start(wechat_work);
                let outbound = for_tests(&[(host, &stand_in.url(""))]);
                let finding = bot(&a_bot(host, key), &outbound).await;
                assert_eq!(finding.outcome, outcome, "{host} {key}");
                assert_eq!(finding.evidence.code.as_deref(), Some(code), "{host} {key}");
                assert_eq!(finding.remarks, remarks, "{host} {key}");
                assert_eq!(stand_in.received()[0].json(), json!({"msgtype": "none"}));
                let finding = post(&a_bot(host, key), &outbound, chat::TEST_MESSAGE).await;
                assert_eq!((finding.outcome, finding.remarks.len()), (outcome, 0), "{host} {key}");
                let [_, sent] = &stand_in.received()[..] else { panic!("{host} {key}") };
                let text = sent.json()["text"]["content"].as_str().unwrap().to_owned();
                assert!(text.contains("测试消息") && text.contains("test message from Voucher"), "{text}");
            }
        }
        let at = |url: &str| fixture::opened(&TYPE, "bot", &[], &[("webhook_url", url)]);
        for broken in [format!("http://{HOST}/cgi-bin/webhook/send?key={KEY}"), String::new()] {
            assert_eq!(bot(&at(&broken), &for_tests(&[])).await.outcome, Outcome::Malformed, "{broken}");
        }
    }

    #[actix_web::test]
    async fn every_code_of_a_bot_has_its_outcome() {
        for (status, code, asked, posted) in [
            (200, 0, Outcome::Ok, Outcome::Ok),
            (400, 0, Outcome::Indeterminate, Outcome::Indeterminate),
            (200, 40008, Outcome::Ok, Outcome::Indeterminate),
            (200, 44004, Outcome::Ok, Outcome::Indeterminate),
            (200, 93000, Outcome::InvalidId, Outcome::InvalidId),
            (200, 45009, Outcome::RateLimited, Outcome::RateLimited),
            (200, 45033, Outcome::RateLimited, Outcome::RateLimited),
            (200, 60020, Outcome::IpNotAllowed, Outcome::IpNotAllowed),
            (200, -1, Outcome::ServiceError, Outcome::ServiceError),
            (200, 40014, Outcome::Indeterminate, Outcome::Indeterminate),
        ] {
            let stand_in = StandIn::start(move |_| Answered::json(status, json!({"errcode": code})));
            let outbound = for_tests(&[(HOST, &stand_in.url(""))]);
            let finding = bot(&a_bot(HOST, KEY), &outbound).await;
            assert_eq!(finding.outcome, asked, "{status} {code}");
            assert_eq!(finding.remarks.len(), usize::from(asked == Outcome::Ok), "{status} {code}");
            assert_eq!(finding.evidence.code, Some(code.to_string()));
            assert_eq!(
                post(&a_bot(HOST, KEY), &outbound, chat::TEST_MESSAGE).await.outcome,
                posted,
                "{status} {code}"
            );
        }
    }

    #[actix_web::test]
    async fn every_code_of_an_application_has_its_outcome() {
        let token = json!({"errcode": 0, "errmsg": "ok", "access_token": "sample", "expires_in": 7200});
        let refused = |code: i64| json!({"errcode": code, "errmsg": "x"});
        for (status, body, outcome) in [
            (200, token.clone(), Outcome::Ok),
            (404, token, Outcome::Indeterminate),
            (200, refused(0), Outcome::Indeterminate),
            (200, json!({"errcode": 0, "access_token": ""}), Outcome::Indeterminate),
            (200, json!({"access_token": "sample"}), Outcome::Indeterminate),
            (200, refused(40013), Outcome::InvalidId),
            (200, refused(40001), Outcome::InvalidSecret),
            (200, refused(40091), Outcome::InvalidSecret),
            (200, refused(41002), Outcome::Malformed),
            (200, refused(41004), Outcome::Malformed),
            (200, refused(60020), Outcome::IpNotAllowed),
            (200, refused(45009), Outcome::RateLimited),
            (200, refused(45033), Outcome::RateLimited),
            (200, refused(-1), Outcome::ServiceError),
            (200, refused(40014), Outcome::Indeterminate),
            (200, refused(42001), Outcome::Indeterminate),
            (200, refused(93000), Outcome::Indeterminate),
        ] {
            let at = format!("{status} {body}");
            let answer = body.clone();
            let stand_in = StandIn::start(move |_| Answered::json(status, answer.clone()));
            let outbound = for_tests(&[(HOST, &stand_in.url(""))]);
            let finding = application(&app("wwsample", "secret"), &outbound).await;
            assert_eq!(finding.outcome, outcome, "{at}");
            assert_eq!(finding.evidence.code, body["errcode"].as_i64().map(|code| code.to_string()), "{at}");
            let identity = (outcome == Outcome::Ok).then(|| Identity::named("wwsample").unwrap());
            assert_eq!(finding.identity, identity, "{at}");
        }
    }

    #[actix_web::test]
    async fn trouble_on_the_way_is_told_apart() {
        fixture::assert_trouble_is_told_apart(application, &app("wwsample", "secret"), HOST).await;
        fixture::assert_trouble_is_told_apart(bot, &a_bot(HOST, KEY), HOST).await;
    }

    #[actix_web::test]
    async fn requests_equal_every_vector() {
        for vector in fixture::vectors("wecom") {
            let (id, inputs) = (&vector["id"], &vector["inputs"]);
            let of = |name: &str| inputs[name].as_str().unwrap();
            let answer = vector["canned_response"].clone();
            let stand_in = StandIn::start(move |_| {
                let status = answer["status"].as_u64().unwrap_or(200) as u16;
                Answered::json(status, answer["body"].clone())
            });
            let outbound = for_tests(&[(HOST, &stand_in.url(""))]);
            match vector["scheme"].as_str().unwrap() {
                "gettoken" => {
                    let finding = application(&app(of("corpid"), of("corpsecret")), &outbound).await;
                    let token = vector["canned_response"]["body"]["access_token"].is_string();
                    assert_eq!(finding.outcome == Outcome::Ok, token, "{id}: {finding:?}");
                }
                "webhook-send" => {
                    let hook = format!("https://{HOST}/cgi-bin/webhook/send?key={}", of("key"));
                    outbound.ask(request(&hook, Some(of("text"))).unwrap()).await.unwrap();
                }
                unknown => panic!("{id}: {unknown} is not a scheme that is known here"),
            }
            fixture::assert_sent(&stand_in, &vector);
        }
    }

    #[actix_web::test]
    async fn a_secret_in_an_address_is_escaped_and_not_kept_in_a_finding() {
        let stand_in = StandIn::start(|received| {
            Answered::json(200, json!({"errcode": 40001, "errmsg": received.query.clone()}))
        });
        let outbound = for_tests(&[(HOST, &stand_in.url(""))]);
        let finding = application(&app("ww&corpsecret=x", "hunter2+/=&#? %"), &outbound).await;
        assert_eq!(finding.outcome, Outcome::InvalidSecret);
        assert!(!format!("{finding:?}").contains("hunter2"), "{finding:?}");
        let wanted = [("corpid", "ww&corpsecret=x"), ("corpsecret", "hunter2+/=&#? %")];
        assert_eq!(stand_in.received()[0].pairs(), wanted.map(|(name, value)| (name.into(), value.into())));
    }
}
