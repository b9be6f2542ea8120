//! What a refusal of Huawei Cloud says of the key.
//!
//! Source: the vendor's references of the API gateway's, IAM's and STS's error codes; the gateway has one code for
//! everything that is wrong with a key.

use serde_json::Value;

use crate::catalogue::cloud::{by_status, text};
use crate::catalogue::{Finding, Outcome};
use crate::outbound::{Outbound, Reply};

/// A refusal, in any of the shapes that the vendor's services give it.
struct Refusal {
    code: String,
    title: String,
    /// In lower case. The vendor's words, which repeat the access key: for looking at, never for keeping.
    message: String,
    request_id: Option<String>,
}

impl Refusal {
    fn read(body: &Value) -> Option<Self> {
        let inner = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
        let code = match ["error_code", "errorCode", "code"].iter().find_map(|name| inner.get(*name))? {
            Value::String(code) => code.clone(),
            Value::Number(code) => code.to_string(),
            _ => return None,
        };
        let message = ["error_msg", "errorMsg", "message"].iter().find_map(|name| text(inner, name));
        Some(Self {
            code,
            title: text(inner, "title").unwrap_or_default().to_owned(),
            message: message.unwrap_or_default().to_ascii_lowercase(),
            request_id: text(body, "request_id").map(str::to_owned),
        })
    }
}

pub(super) fn refusal(reply: &Reply, outbound: &Outbound) -> Finding {
    let refusal = reply.json().as_ref().and_then(Refusal::read);
    let Some(refusal) = refusal.filter(|_| reply.status() >= 400) else {
        return Finding::of(by_status(reply)).from(reply);
    };
    let finding = match (reply.status(), refusal.code.as_str()) {
        (401, _) => unauthenticated(&refusal, reply, outbound),
        (403, "APIGW.0402") => Finding::of(Outcome::IpNotAllowed),
        (403, code) if is_forbidden(code) || refusal.title == "Forbidden" => {
            Finding::of(Outcome::PermissionDenied)
        }
        (429, _) | (_, "APIGW.0308") => Finding::of(Outcome::RateLimited),
        _ => Finding::of(by_status(reply)),
    };
    let request_id = refusal.request_id.as_deref().or_else(|| reply.header("x-request-id"));
    finding.from(reply).code(&refusal.code).request_id(request_id)
}

fn is_forbidden(code: &str) -> bool {
    code == "Forbidden" || code.starts_with("IAM.") || code.starts_with("PAP5.")
}

/// One code stands for everything that is wrong with a key; the words tell what.
fn unauthenticated(refusal: &Refusal, reply: &Reply, outbound: &Outbound) -> Finding {
    let says = |part: &str| refusal.message.contains(part);
    if says("signature expired") {
        return Finding::clock_skew(reply, outbound);
    }
    Finding::of(match () {
        () if says("not exist") => Outcome::InvalidId,
        () if says("signature fail") => Outcome::InvalidSecret,
        () if ["disabled", "inactive", "frozen", "expired"].iter().any(|part| says(part)) => {
            Outcome::DisabledOrExpired
        }
        () => Outcome::InvalidCredential,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::TYPE;
    use super::*;
    use crate::catalogue::Opened;
    use crate::catalogue::cloud::trials::{opened, probed, tries_what_no_vendor_answers};
    use crate::outbound::stand_in::Answered;

    fn sample() -> Opened {
        let secret = ("secret_key", "SampleSecretAccessKeyThatOpensNothing001");
        opened(&TYPE, &[("access_key", "VOUCHERSAMPLEKEY0001")], &[secret])
    }

    fn gateway(status: u16, code: &str, message: &str) -> Answered {
        Answered::json(status, json!({"error_code": code, "error_msg": message, "request_id": "R-2"}))
    }

    async fn answered(answer: impl Fn() -> Answered + Send + Sync + 'static) -> Finding {
        probed(&sample(), &["iam.myhuaweicloud.com"], move |_| answer()).await.0
    }

    #[actix_web::test]
    async fn each_documented_refusal_has_its_outcome() {
        const START: &str = "Incorrect IAM authentication information: ";
        for (status, code, words, wanted) in [
            (401, "APIGW.0301", "Get secretKey failed,ak VOUCHERSAMPLEKEY0001 not exist", Outcome::InvalidId),
            (401, "APIGW.0301", "verify aksk signature fail", Outcome::InvalidSecret),
            (401, "APIGW.0301", "Verify AKSK Signature Fail", Outcome::InvalidSecret),
            (
                401,
                "APIGW.0301",
                "x-sdk-date signature expired, signature time:1,server time:2",
                Outcome::ClockSkew,
            ),
            (401, "APIGW.0301", "the ak is disabled", Outcome::DisabledOrExpired),
            (401, "APIGW.0301", "the account is frozen", Outcome::DisabledOrExpired),
            (401, "APIGW.0301", "the token has expired", Outcome::DisabledOrExpired),
            (401, "APIGW.0301", "decrypt token fail", Outcome::InvalidCredential),
            (401, "APIGW.0301", "something new", Outcome::InvalidCredential),
            (401, "IAM.0001", "something new", Outcome::InvalidCredential),
            (403, "IAM.0002", "You are not authorized", Outcome::PermissionDenied),
            (403, "PAP5.0001", "not allowed", Outcome::PermissionDenied),
            (403, "Forbidden", "not allowed", Outcome::PermissionDenied),
            (403, "APIGW.0402", "the ip is not authorized", Outcome::IpNotAllowed),
            (403, "APIGW.9999", "something new", Outcome::Indeterminate),
            (429, "APIGW.0308", "The throttling threshold has been reached", Outcome::RateLimited),
            (500, "APIGW.0705", "Backend signature calculation failed", Outcome::ServiceError),
            (503, "APIGW.0201", "Backend unavailable", Outcome::ServiceError),
            (404, "APIGW.0101", "The API does not exist", Outcome::Indeterminate),
            (200, "APIGW.0301", "verify aksk signature fail", Outcome::Indeterminate),
            (302, "APIGW.0301", "verify aksk signature fail", Outcome::Indeterminate),
        ] {
            let finding = answered(move || gateway(status, code, &format!("{START}{words}"))).await;
            assert_eq!(finding.outcome, wanted, "{status} {code} {words}");
            let said = (finding.evidence.code.as_deref(), finding.evidence.request_id.as_deref());
            assert_eq!(said, if status < 400 { (None, None) } else { (Some(code), Some("R-2")) });
        }
        tries_what_no_vendor_answers(&sample(), "iam.myhuaweicloud.com", "!iam.myhuaweicloud.com").await;
    }

    #[actix_web::test]
    async fn a_refusal_is_read_in_each_of_its_shapes() {
        let fail = "verify aksk signature fail";
        for (status, body, code, wanted) in [
            (
                401,
                json!({"error_code": "APIGW.0301", "error_msg": fail}),
                "APIGW.0301",
                Outcome::InvalidSecret,
            ),
            (401, json!({"errorCode": "APIGW.0301", "errorMsg": fail}), "APIGW.0301", Outcome::InvalidSecret),
            (401, json!({"code": "APIGW.0301", "message": fail}), "APIGW.0301", Outcome::InvalidSecret),
            (
                401,
                json!({"error": {"code": 401, "message": fail, "title": "Unauthorized"}}),
                "401",
                Outcome::InvalidSecret,
            ),
            (
                403,
                json!({"error": {"code": 403, "message": "no", "title": "Forbidden"}}),
                "403",
                Outcome::PermissionDenied,
            ),
            (
                403,
                json!({"error_code": "PAP5.0012", "error_msg": "no", "encoded_authorization_message": "eJx"}),
                "PAP5.0012",
                Outcome::PermissionDenied,
            ),
        ] {
            let finding = answered(move || Answered::json(status, body.clone())).await;
            assert_eq!((finding.outcome, finding.evidence.code.as_deref()), (wanted, Some(code)));
        }
        for body in [json!({"error": "x"}), json!({"code": null}), json!("APIGW.0301"), json!({"error": {}})]
        {
            let finding = answered(move || Answered::json(401, body.clone())).await;
            assert_eq!((finding.outcome, finding.evidence.code), (Outcome::Indeterminate, None));
        }
    }

    #[actix_web::test]
    async fn a_refused_time_tells_how_far_apart_the_clocks_are() {
        let finding = answered(|| {
            let body = json!({"error_code": "APIGW.0301", "error_msg": "signature expired"});
            Answered::json(401, body).header("date", "Mon, 23 Nov 2026 10:16:00 GMT")
        })
        .await;
        assert_eq!((finding.outcome, finding.evidence.skew_seconds), (Outcome::ClockSkew, Some(960)));
    }
}
