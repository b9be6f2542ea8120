//! Asks Alibaba Cloud whose key it is: `GetCallerIdentity` of its Security Token Service, which needs no permission.
//!
//! Source: the vendor's reference of STS 2015-04-01 and of its common error codes.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::sign::{self, ALGORITHM};
use crate::catalogue::cloud::{Signable, Signed, ask_first_reachable, by_status, sha256_hex, text};
use crate::catalogue::{Finding, Identity, Opened, Outcome, Undeliverable};
use crate::outbound::{Method, Outbound, Reply, Request, Unanswered};
use crate::secret::Secret;

const CENTRAL: &str = "sts.aliyuncs.com";

struct Key<'o> {
    id: &'o str,
    secret: &'o str,
    token: Option<&'o str>,
}

pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Ok((key, hosts)) = read(opened) else { return Finding::of(Outcome::Malformed) };
        let mut finding = ask(&key, &hosts, outbound).await;
        // Somebody else had the same nonce: chance, and the only answer that asking again can change.
        if finding.evidence.code.as_deref() == Some("SignatureNonceUsed") {
            finding = ask(&key, &hosts, outbound).await;
        }
        finding
    })
}

/// The key, and whom to ask with it. An endpoint that was typed in is the only one; who did that has a reason.
fn read(opened: &Opened) -> Result<(Key<'_>, Vec<String>), Undeliverable> {
    let key = Key {
        id: opened.needed("access_key_id")?,
        secret: opened.needed("access_key_secret")?,
        token: opened.text("security_token")?,
    };
    let hosts = match (opened.text("endpoint")?, opened.text("region")?) {
        (Some(endpoint), _) => vec![endpoint.to_owned()],
        (None, Some(region)) => vec![format!("sts.{region}.aliyuncs.com"), CENTRAL.to_owned()],
        (None, None) => vec![CENTRAL.to_owned()],
    };
    Ok((key, hosts))
}

async fn ask(key: &Key<'_>, hosts: &[String], outbound: &Outbound) -> Finding {
    match ask_first_reachable(outbound, hosts, |host| request(key, host, outbound)).await {
        Ok((reply, signed)) => {
            judge(&reply, &Sent { signed: &signed, temporary: key.token.is_some(), outbound })
        }
        Err(unanswered) => unanswered.into(),
    }
}

fn request(key: &Key<'_>, host: &str, outbound: &Outbound) -> Result<(Request, Signed), Unanswered> {
    let date = outbound.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (nonce, payload_hash) = (outbound.nonce(), sha256_hex(b""));
    let mut headers = vec![
        ("x-acs-action", "GetCallerIdentity"),
        ("x-acs-version", "2015-04-01"),
        ("x-acs-date", &date),
        ("x-acs-signature-nonce", &nonce),
        ("x-acs-content-sha256", &payload_hash),
    ];
    if let Some(token) = key.token {
        headers.extend([("x-acs-accesskey-id", key.id), ("x-acs-security-token", token)]);
    }
    let mut request = Request::new(Method::Post, &format!("https://{host}/"))?
        .body(Secret::new(Vec::new()))
        .header("accept", Secret::new("application/json".to_owned()));
    for (name, value) in &headers {
        request = request.header(name, Secret::new((*value).to_owned()));
    }
    headers.push(("host", host));
    let signed = sign::sign(
        key.id,
        key.secret,
        &Signable { method: "POST", path: "/", query: "", headers: &headers, payload_hash: &payload_hash },
    );
    let authorization = Secret::new(signed.authorization.expose().clone());
    Ok((request.header("authorization", authorization), signed))
}

/// What was sent, as far as a refusal is about it.
struct Sent<'s> {
    signed: &'s Signed,
    temporary: bool,
    outbound: &'s Outbound,
}

fn judge(reply: &Reply, sent: &Sent<'_>) -> Finding {
    let body = reply.json().unwrap_or_default();
    let code = text(&body, "Code");
    let finding = match (reply.status(), code) {
        (200, None) => caller(&body).unwrap_or_else(|| Finding::of(Outcome::Indeterminate)),
        (400..=599, Some(code)) => refusal(code, &body, reply, sent),
        _ => Finding::of(by_status(reply)),
    };
    let finding = finding.from(reply).request_id(text(&body, "RequestId"));
    match code {
        Some(code) => finding.code(code),
        None => finding,
    }
}

/// Users keep their id when they are renamed. Of a role, the session in the name changes with every token.
fn caller(body: &Value) -> Option<Finding> {
    let (account, arn) = (text(body, "AccountId")?, text(body, "Arn")?);
    let kind = text(body, "IdentityType")?;
    let id = text(body, "RoleId").filter(|_| kind == "AssumedRoleUser").or_else(|| text(body, "UserId"));
    let finding = Finding::works(Identity::new(&format!("{account}/{}", id.unwrap_or(arn)), arn));
    Some(if kind == "Account" { finding.remark("remark-alibaba-root") } else { finding })
}

fn refusal(code: &str, body: &Value, reply: &Reply, sent: &Sent<'_>) -> Finding {
    let outcome = match code {
        // A temporary key is forgotten when its time is over.
        "InvalidAccessKeyId" | "InvalidAccessKeyId.NotFound" if sent.temporary => Outcome::DisabledOrExpired,
        "InvalidAccessKeyId" | "InvalidAccessKeyId.NotFound" => Outcome::InvalidId,
        "InvalidAccessKeyId.Inactive" | "InvalidSecurityToken.Expired" => Outcome::DisabledOrExpired,
        "InvalidSecurityToken.Malformed" | "InvalidSecurityToken.MismatchWithAccessKey" => {
            Outcome::InvalidSecret
        }
        "SignatureDoesNotMatch" => mismatch(text(body, "Message").unwrap_or_default(), sent.signed),
        "InvalidTimeStamp.Expired" | "InvalidTimeStamp.Format" | "IllegalTimestamp" => {
            return Finding::clock_skew(reply, sent.outbound);
        }
        "NoPermission" | "Forbidden" | "Forbidden.RAM" => Outcome::PermissionDenied,
        "Throttling" => Outcome::RateLimited,
        _ if code.starts_with("Throttling.") => Outcome::RateLimited,
        "InternalError" | "ServiceUnavailable" | "ServiceUnavailableTemporary" => Outcome::ServiceError,
        _ => by_status(reply),
    };
    Finding::of(outcome)
}

/// The answer repeats the string that the vendor signed. When that is ours, only the secret can differ; when it is
/// another, somebody changed the request on its way, and the secret may be right.
fn mismatch(message: &str, signed: &Signed) -> Outcome {
    let hash = signed.string_to_sign.rsplit('\n').next().unwrap_or_default();
    let lower = message.to_ascii_lowercase();
    let repeats = lower.contains("string to sign") || lower.contains("stringtosign");
    match message.contains(ALGORITHM) && message.contains(hash) {
        false if repeats => Outcome::Indeterminate,
        _ => Outcome::InvalidSecret,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::TYPE;
    use crate::catalogue::cloud::trials::{DATE, NOW, key, opened, probed, tries_what_no_vendor_answers};
    use crate::catalogue::cloud::{hex, hmac_sha256, sha256_hex};
    use crate::catalogue::{Finding, Opened, Outcome};
    use crate::outbound::stand_in::{Answered, Received};

    const ID: &str = "LTAI5tSampleOfVoucher001";
    const SECRET: &str = "SampleSecretThatOpensNothing01";
    const TOKEN: &str = "CAISsample+token/of==a-role";
    const STS: &[&str] = &["sts.aliyuncs.com"];

    fn lasting(id: &str, secret: &str) -> Opened {
        opened(&TYPE, &[("access_key_id", id)], &[("access_key_secret", secret)])
    }

    fn temporary(secret: &str, token: &str) -> Opened {
        let secrets = [("access_key_secret", secret), ("security_token", token)];
        opened(&TYPE, &[("access_key_id", "STS.NUsampleOfVoucher01")], &secrets)
    }

    fn refusal(status: u16, code: &str, message: &str) -> Answered {
        let body = json!({"Code": code, "Message": message, "RequestId": "R-2", "HostId": "sts.aliyuncs.com",
            "Recommend": "https://api.aliyun.com/troubleshoot"});
        Answered::json(status, body).header("date", DATE)
    }

    fn caller(body: serde_json::Value) -> Answered {
        Answered::json(200, body)
    }

    /// The vendor's side, written from its reference: knows two keys, checks the date and then the signature.
    fn vendor(asked: &Received) -> Answered {
        let header = |name: &str| asked.header(name).unwrap_or_default();
        assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.query.as_str()), ("POST", "/", ""));
        assert_eq!((header("x-acs-action"), header("x-acs-version")), ("GetCallerIdentity", "2015-04-01"));
        assert!(header("x-acs-signature-nonce").len() >= 16 && asked.body.is_empty());
        let parts: Vec<&str> =
            header("authorization").strip_prefix("ACS3-HMAC-SHA256 ").unwrap().split(',').collect();
        let part = |at: usize, name: &str| parts[at].strip_prefix(name).unwrap().to_owned();
        let (id, names, signature) =
            (part(0, "Credential="), part(1, "SignedHeaders="), part(2, "Signature="));
        let (secret, token) = match id.as_str() {
            ID => (SECRET, None),
            "STS.NUsampleOfVoucher01" => ("TemporarySecret", Some(TOKEN)),
            _ => return refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
        };
        if header("x-acs-date") != NOW {
            return refusal(
                400,
                "InvalidTimeStamp.Expired",
                "Specified time stamp or date value is expired.",
            );
        }
        let all: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
        for name in all.iter().filter(|name| name.starts_with("x-acs-") || **name == "host") {
            assert!(names.split(';').any(|signed| signed == *name), "{name} is not signed");
        }
        let block: String = names.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
        let hash = header("x-acs-content-sha256");
        assert_eq!(hash, sha256_hex(&asked.body));
        let string = format!(
            "ACS3-HMAC-SHA256\n{}",
            sha256_hex(format!("POST\n/\n\n{block}\n{names}\n{hash}").as_bytes())
        );
        if hex(hmac_sha256(secret.as_bytes(), &string).as_ref()) != signature {
            let message = format!(
                "Specified signature does not match our calculation. server StringToSign is [{string}]"
            );
            return refusal(400, "SignatureDoesNotMatch", &message);
        }
        match token {
            None => {
                caller(json!({"IdentityType": "RAMUser", "AccountId": "196813200012", "RequestId": "R-1",
                "PrincipalId": "28877424437521", "UserId": "216959339000", "Arn": "acs:ram::196813200012:user/ci"}))
            }
            Some(token) if header("x-acs-security-token") != token => {
                refusal(400, "InvalidSecurityToken.Malformed", "The specified SecurityToken is malformed.")
            }
            Some(_) => caller(json!({"IdentityType": "AssumedRoleUser", "AccountId": "196813200012",
                "RequestId": "R-1", "PrincipalId": "33537620082992:build-1", "RoleId": "33537620082992",
                "Arn": "acs:ram::196813200012:assumed-role/deploy/build-1"})),
        }
    }

    #[actix_web::test]
    async fn a_key_is_who_the_vendor_says_when_it_checks_the_signature_itself() {
        for (opened, wanted, identity) in [
            (lasting(ID, SECRET), Outcome::Ok, Some("196813200012/216959339000")),
            (lasting(ID, "another"), Outcome::InvalidSecret, None),
            (lasting("LTAI5tUnknownToTheVendor", SECRET), Outcome::InvalidId, None),
            (temporary("TemporarySecret", TOKEN), Outcome::Ok, Some("196813200012/33537620082992")),
            (temporary("another", TOKEN), Outcome::InvalidSecret, None),
            (temporary("TemporarySecret", "another"), Outcome::InvalidSecret, None),
        ] {
            let (finding, received) = probed(&opened, STS, vendor).await;
            assert_eq!((finding.outcome, key(&finding)), (wanted, identity));
            assert_eq!(received.len(), 1);
            assert!(finding.evidence.request_id.is_some() && finding.remarks.is_empty());
        }
        let (finding, _) = probed(&lasting(ID, SECRET), STS, vendor).await;
        assert_eq!(finding.identity.unwrap().label, "acs:ram::196813200012:user/ci");
    }

    async fn answered(answer: impl Fn() -> Answered + Send + Sync + 'static) -> Finding {
        probed(&lasting(ID, SECRET), STS, move |_| answer()).await.0
    }

    #[actix_web::test]
    async fn each_documented_refusal_has_its_outcome() {
        for (status, code, wanted) in [
            (404, "InvalidAccessKeyId.NotFound", Outcome::InvalidId),
            (400, "InvalidAccessKeyId", Outcome::InvalidId),
            (403, "InvalidAccessKeyId.Inactive", Outcome::DisabledOrExpired),
            (400, "SignatureDoesNotMatch", Outcome::InvalidSecret),
            (400, "InvalidTimeStamp.Expired", Outcome::ClockSkew),
            (400, "InvalidTimeStamp.Format", Outcome::ClockSkew),
            (400, "IllegalTimestamp", Outcome::ClockSkew),
            (400, "InvalidSecurityToken.Expired", Outcome::DisabledOrExpired),
            (400, "InvalidSecurityToken.Malformed", Outcome::InvalidSecret),
            (400, "InvalidSecurityToken.MismatchWithAccessKey", Outcome::InvalidSecret),
            (403, "NoPermission", Outcome::PermissionDenied),
            (403, "Forbidden.RAM", Outcome::PermissionDenied),
            (403, "Forbidden", Outcome::PermissionDenied),
            (400, "Throttling", Outcome::RateLimited),
            (429, "Throttling.User", Outcome::RateLimited),
            (503, "Throttling.Api", Outcome::RateLimited),
            (500, "InternalError", Outcome::ServiceError),
            (503, "ServiceUnavailable", Outcome::ServiceError),
            (503, "ServiceUnavailableTemporary", Outcome::ServiceError),
            (400, "MissingParameter", Outcome::Indeterminate),
            (400, "IncompleteSignature", Outcome::Indeterminate),
            (403, "SomethingNew", Outcome::Indeterminate),
            (200, "NoPermission", Outcome::Indeterminate),
            (302, "NoPermission", Outcome::Indeterminate),
        ] {
            let finding = answered(move || refusal(status, code, "in words")).await;
            assert_eq!(finding.outcome, wanted, "{status} {code}");
            assert_eq!(finding.evidence.code.as_deref(), Some(code));
            assert_eq!(
                (finding.evidence.status, finding.evidence.request_id.as_deref()),
                (Some(status), Some("R-2"))
            );
        }
        let (finding, _) = probed(&temporary("TemporarySecret", TOKEN), STS, |_| {
            refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        })
        .await;
        assert_eq!(finding.outcome, Outcome::DisabledOrExpired, "a temporary key is forgotten at its end");
        tries_what_no_vendor_answers(&lasting(ID, SECRET), "sts.aliyuncs.com", "!sts.aliyuncs.com").await;
    }

    #[actix_web::test]
    async fn a_refused_time_tells_how_far_apart_the_clocks_are() {
        let body = json!({"Code": "InvalidTimeStamp.Expired", "Message": "expired", "RequestId": "R-2"});
        let finding = answered(move || {
            Answered::json(400, body.clone()).header("date", "Mon, 23 Nov 2026 10:20:00 GMT")
        })
        .await;
        assert_eq!(finding.evidence.skew_seconds, Some(1200));
    }

    #[actix_web::test]
    async fn a_signature_over_another_request_does_not_accuse_the_secret() {
        let other = "0".repeat(64);
        for message in [
            format!(
                "Specified signature is not matched with our calculation. server string to sign is:ACS3-HMAC-SHA256\n{other}"
            ),
            format!(
                "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n{other}]"
            ),
            "server string to sign is:GET&%2F&AccessKeyId%3D".to_owned(),
        ] {
            let finding = answered(move || refusal(400, "SignatureDoesNotMatch", &message)).await;
            assert_eq!(finding.outcome, Outcome::Indeterminate);
        }
    }

    #[actix_web::test]
    async fn a_key_of_the_root_account_is_remarked_on() {
        let finding = answered(|| {
            caller(json!({"IdentityType": "Account", "AccountId": "196813200012", "UserId": "196813200012",
                "PrincipalId": "196813200012", "Arn": "acs:ram::196813200012:root", "RequestId": "R-1"}))
        })
        .await;
        assert_eq!((finding.outcome, finding.remarks), (Outcome::Ok, vec!["remark-alibaba-root".to_owned()]));
    }

    #[actix_web::test]
    async fn half_an_identity_is_none() {
        for body in [
            json!({"IdentityType": "RAMUser", "AccountId": "1", "RequestId": "R-1"}),
            json!({"IdentityType": "RAMUser", "Arn": "acs:ram::1:user/ci"}),
            json!({"IdentityType": "RAMUser", "AccountId": "", "Arn": "acs:ram::1:user/ci"}),
            json!({"AccountId": 1, "Arn": 2, "IdentityType": 3}),
        ] {
            let finding = answered(move || caller(body.clone())).await;
            assert_eq!((finding.outcome, finding.identity), (Outcome::Indeterminate, None));
        }
    }

    #[actix_web::test]
    async fn a_nonce_that_was_used_is_replaced_once() {
        let (finding, received) = probed(&lasting(ID, SECRET), STS, |_| {
            refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        })
        .await;
        assert_eq!((finding.outcome, received.len()), (Outcome::Indeterminate, 2));
        assert_ne!(received[0].header("x-acs-signature-nonce"), received[1].header("x-acs-signature-nonce"));
        assert_ne!(received[0].header("authorization"), received[1].header("authorization"));
    }

    #[actix_web::test]
    async fn the_endpoint_is_asked_or_else_the_region_or_else_the_centre() {
        let with = |plain: &[(&str, &str)]| {
            let plain: Vec<_> = [("access_key_id", ID)].into_iter().chain(plain.iter().copied()).collect();
            opened(&TYPE, &plain, &[("access_key_secret", SECRET)])
        };
        let everywhere: &[&'static str] =
            &["sts.aliyuncs.com", "sts.cn-hangzhou.aliyuncs.com", "sts-vpc.cn-hangzhou.aliyuncs.com"];
        let hangzhou = ("region", "cn-hangzhou");
        let vpc = ("endpoint", "sts-vpc.cn-hangzhou.aliyuncs.com");
        for (opened, hosts, wanted) in [
            (with(&[]), everywhere, Some("sts.aliyuncs.com")),
            (with(&[hangzhou]), everywhere, Some("sts.cn-hangzhou.aliyuncs.com")),
            (
                with(&[hangzhou]),
                &["sts.aliyuncs.com", "!sts.cn-hangzhou.aliyuncs.com"],
                Some("sts.aliyuncs.com"),
            ),
            (with(&[hangzhou, vpc]), everywhere, Some("sts-vpc.cn-hangzhou.aliyuncs.com")),
            (with(&[vpc]), &["sts.aliyuncs.com", "!sts-vpc.cn-hangzhou.aliyuncs.com"], None),
        ] {
            let (finding, received) = probed(&opened, hosts, vendor).await;
            assert_eq!(received.first().and_then(|asked| asked.header("host")), wanted);
            assert_eq!(finding.outcome == Outcome::Ok, wanted.is_some(), "{:?}", finding.outcome);
        }
    }
}
