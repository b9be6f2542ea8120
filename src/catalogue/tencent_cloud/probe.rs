//! Asks Tencent Cloud whose key it is: `GetCallerIdentity` of its Security Token Service.
//!
//! Every refusal comes with status 200, so only the body counts. Source: the vendor's reference of STS 2018-08-13 and of
//! its common error codes.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::sign::sign;
use crate::catalogue::cloud::{Signable, Signed, ask_first_reachable, by_status, sha256_hex, text};
use crate::catalogue::{Finding, Identity, Opened, Outcome, Undeliverable};
use crate::outbound::{Method, Outbound, Reply, Request, Unanswered};
use crate::secret::Secret;

const CENTRAL: &str = "sts.tencentcloudapi.com";
const BODY: &str = "{}";
/// Sent to the last byte as it is signed.
const CONTENT_TYPE: &str = "application/json";
/// Who somebody is does not depend on the region, and not every region has this service.
const REGION: &str = "ap-guangzhou";

struct Key<'o> {
    id: &'o str,
    key: &'o str,
    token: Option<&'o str>,
}

pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Ok((key, hosts)) = read(opened) else { return Finding::of(Outcome::Malformed) };
        match ask_first_reachable(outbound, &hosts, |host| request(&key, host, outbound)).await {
            Ok((reply, _)) => judge(&reply, outbound),
            Err(unanswered) => unanswered.into(),
        }
    })
}

fn read(opened: &Opened) -> Result<(Key<'_>, Vec<String>), Undeliverable> {
    let key = Key {
        id: opened.needed("secret_id")?,
        key: opened.needed("secret_key")?,
        token: opened.text("token")?,
    };
    let regional = opened.text("region")?.map(|region| format!("sts.{region}.tencentcloudapi.com"));
    Ok((key, regional.into_iter().chain([CENTRAL.to_owned()]).collect()))
}

fn request(key: &Key<'_>, host: &str, outbound: &Outbound) -> Result<(Request, Signed), Unanswered> {
    let at = outbound.now();
    let signed = sign(
        key.id,
        key.key,
        at,
        "sts",
        &Signable {
            method: "POST",
            path: "/",
            query: "",
            headers: &[("content-type", CONTENT_TYPE), ("host", host)],
            payload_hash: &sha256_hex(BODY.as_bytes()),
        },
    );
    let plain = |text: &str| Secret::new(text.to_owned());
    let mut request = Request::new(Method::Post, &format!("https://{host}/"))?
        .body(Secret::new(BODY.as_bytes().to_vec()))
        .header("content-type", plain(CONTENT_TYPE))
        .header("x-tc-action", plain("GetCallerIdentity"))
        .header("x-tc-version", plain("2018-08-13"))
        .header("x-tc-timestamp", Secret::new(at.as_second().to_string()))
        .header("x-tc-region", plain(REGION))
        .header("authorization", plain(signed.authorization.expose()));
    if let Some(token) = key.token {
        request = request.header("x-tc-token", plain(token));
    }
    Ok((request, signed))
}

fn judge(reply: &Reply, outbound: &Outbound) -> Finding {
    let body = reply.json().unwrap_or_default();
    let response = body.get("Response").unwrap_or(&Value::Null);
    let error = response.get("Error");
    let code = error.and_then(|error| text(error, "Code"));
    let finding = match (reply.status(), error, code) {
        (300..=399, ..) => Finding::of(Outcome::Indeterminate),
        (_, Some(_), Some(code)) => refusal(code, reply, outbound),
        (200, None, _) => caller(response).unwrap_or_else(|| Finding::of(Outcome::Indeterminate)),
        _ => Finding::of(by_status(reply)),
    };
    let finding = finding.from(reply).request_id(text(response, "RequestId"));
    match code {
        Some(code) => finding.code(code),
        None => finding,
    }
}

/// Of a role, what follows the colon is the session, which changes with every token.
fn caller(response: &Value) -> Option<Finding> {
    let [account, arn, user] = ["AccountId", "Arn", "UserId"].map(|name| text(response, name));
    let (account, arn, user) = (account?, arn?, user?);
    let role = user.split_once(':').map(|(role, _)| role).filter(|_| arn.contains(":assumed-role/"));
    let finding = Finding::works(Identity::new(&format!("{account}/{}", role.unwrap_or(user)), arn));
    Some(if user == account { finding.remark("remark-tencent-root") } else { finding })
}

fn refusal(code: &str, reply: &Reply, outbound: &Outbound) -> Finding {
    let is =
        |family: &str| code.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    Finding::of(match code {
        "AuthFailure.SignatureExpire" => return Finding::clock_skew(reply, outbound),
        // Deleted, turned off or mistyped; the vendor does not tell which.
        "AuthFailure.SecretIdNotFound" | "AuthFailure.InvalidSecretId" | "AuthFailure.AccessKeyIllegal" => {
            Outcome::InvalidId
        }
        "AuthFailure.SignatureFailure" => Outcome::InvalidSecret,
        "AuthFailure.TokenFailure" => Outcome::DisabledOrExpired,
        "AuthFailure.UnauthorizedOperation"
        | "AuthFailure.MFAFailure"
        | "FailedOperation.TempKeyNotAllowed" => Outcome::PermissionDenied,
        _ if is("UnauthorizedOperation") => Outcome::PermissionDenied,
        "IpInBlacklist" | "IpNotInWhitelist" => Outcome::IpNotAllowed,
        "LimitExceeded" | "InvalidParameter.OverLimit" => Outcome::RateLimited,
        _ if code.starts_with("RequestLimitExceeded") => Outcome::RateLimited,
        "ServiceUnavailable" | "ResourceUnavailable" => Outcome::ServiceError,
        _ if is("InternalError") => Outcome::ServiceError,
        _ => by_status(reply),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::TYPE;
    use crate::catalogue::cloud::trials::{DATE, NOW, key, opened, probed, tries_what_no_vendor_answers};
    use crate::catalogue::cloud::{hex, hmac_sha256, sha256_hex};
    use crate::catalogue::{Finding, Opened, Outcome};
    use crate::outbound::stand_in::{Answered, Received};

    const ID: &str = "AKIDsampleOfVoucherThatOpensNothing0";
    const KEY: &str = "SampleSecretKeyThatOpensNothing0";
    const TOKEN: &str = "sample+token/of==a-role";
    const STS: &[&str] = &["sts.tencentcloudapi.com"];

    fn lasting(id: &str, key: &str) -> Opened {
        opened(&TYPE, &[("secret_id", id)], &[("secret_key", key)])
    }

    fn temporary(key: &str, token: &str) -> Opened {
        opened(&TYPE, &[("secret_id", "AKIDtemporary_-key")], &[("secret_key", key), ("token", token)])
    }

    fn response(response: Value) -> Answered {
        Answered::json(200, json!({"Response": response})).header("date", DATE)
    }

    fn refusal(code: &str) -> Answered {
        response(json!({"Error": {"Code": code, "Message": "in words"}, "RequestId": "R-2"}))
    }

    /// The vendor's side, written from its reference: knows two keys, checks the time, the signature and the token.
    fn vendor(asked: &Received) -> Answered {
        let header = |name: &str| asked.header(name).unwrap_or_default();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/"));
        assert_eq!((header("x-tc-action"), header("x-tc-version")), ("GetCallerIdentity", "2018-08-13"));
        assert!(!header("x-tc-region").is_empty());
        let authorization = header("authorization").replace(", ", " ");
        let words: Vec<&str> = authorization.split(' ').collect();
        let [algorithm, credential, names, signature] = words[..] else { panic!("{words:?}") };
        let credential: Vec<&str> = credential.strip_prefix("Credential=").unwrap().split('/').collect();
        let names = names.strip_prefix("SignedHeaders=").unwrap();
        assert!(names.contains("content-type") && names.contains("host"));
        let (key, token) = match credential[0] {
            ID => (KEY, None),
            "AKIDtemporary_-key" => ("TemporaryKey", Some(TOKEN)),
            _ => return refusal("AuthFailure.SecretIdNotFound"),
        };
        let now: jiff::Timestamp = NOW.parse().unwrap();
        if header("x-tc-timestamp") != now.as_second().to_string() {
            return refusal("AuthFailure.SignatureExpire");
        }
        let block: Vec<String> = names.split(';').map(|name| format!("{name}:{}", header(name))).collect();
        let canonical = format!("POST\n/\n\n{}\n\n{names}\n{}", block.join("\n"), sha256_hex(&asked.body));
        let day = NOW.split('T').next().unwrap();
        let string = [
            algorithm,
            header("x-tc-timestamp"),
            &format!("{day}/sts/tc3_request"),
            &sha256_hex(canonical.as_bytes()),
        ]
        .join("\n");
        let chain = [day, "sts", "tc3_request", &string];
        let made = chain.iter().fold(format!("TC3{key}").into_bytes(), |key, message| {
            hmac_sha256(&key, message).as_ref().to_vec()
        });
        if signature != format!("Signature={}", hex(&made)) {
            return refusal("AuthFailure.SignatureFailure");
        }
        match token {
            None => {
                response(json!({"Type": "CAMUser", "AccountId": "100026200001", "UserId": "100026100009",
                "PrincipalId": "100026100009", "Arn": "qcs::cam::uin/100026200001:uin/100026100009", "RequestId": "R-1"}))
            }
            Some(token) if header("x-tc-token") != token => refusal("AuthFailure.TokenFailure"),
            Some(_) => response(json!({"Type": "CAMRole", "AccountId": "100026200001",
                "UserId": "461168601842741:build-1", "PrincipalId": "100026200001",
                "Arn": "qcs::sts:100026200001:assumed-role/461168601842741", "RequestId": "R-1"})),
        }
    }

    #[actix_web::test]
    async fn a_key_is_who_the_vendor_says_when_it_checks_the_signature_itself() {
        for (opened, wanted, identity) in [
            (lasting(ID, KEY), Outcome::Ok, Some("100026200001/100026100009")),
            (lasting(ID, "another"), Outcome::InvalidSecret, None),
            (lasting("AKIDunknownToTheVendor", KEY), Outcome::InvalidId, None),
            (temporary("TemporaryKey", TOKEN), Outcome::Ok, Some("100026200001/461168601842741")),
            (temporary("another", TOKEN), Outcome::InvalidSecret, None),
            (temporary("TemporaryKey", "another"), Outcome::DisabledOrExpired, None),
        ] {
            let (finding, received) = probed(&opened, STS, vendor).await;
            assert_eq!((finding.outcome, key(&finding)), (wanted, identity));
            assert_eq!(received.len(), 1);
            assert!(finding.evidence.request_id.is_some() && finding.remarks.is_empty());
        }
        let (finding, _) = probed(&lasting(ID, KEY), STS, vendor).await;
        assert_eq!(finding.identity.unwrap().label, "qcs::cam::uin/100026200001:uin/100026100009");
    }

    async fn answered(answer: impl Fn() -> Answered + Send + Sync + 'static) -> Finding {
        probed(&lasting(ID, KEY), STS, move |_| answer()).await.0
    }

    #[actix_web::test]
    async fn each_documented_refusal_has_its_outcome_although_the_status_is_200() {
        for (code, wanted) in [
            ("AuthFailure.SecretIdNotFound", Outcome::InvalidId),
            ("AuthFailure.InvalidSecretId", Outcome::InvalidId),
            ("AuthFailure.AccessKeyIllegal", Outcome::InvalidId),
            ("AuthFailure.SignatureFailure", Outcome::InvalidSecret),
            ("AuthFailure.SignatureExpire", Outcome::ClockSkew),
            ("AuthFailure.TokenFailure", Outcome::DisabledOrExpired),
            ("AuthFailure.UnauthorizedOperation", Outcome::PermissionDenied),
            ("AuthFailure.MFAFailure", Outcome::PermissionDenied),
            ("UnauthorizedOperation", Outcome::PermissionDenied),
            ("UnauthorizedOperation.CamNoAuth", Outcome::PermissionDenied),
            ("FailedOperation.TempKeyNotAllowed", Outcome::PermissionDenied),
            ("IpInBlacklist", Outcome::IpNotAllowed),
            ("IpNotInWhitelist", Outcome::IpNotAllowed),
            ("RequestLimitExceeded", Outcome::RateLimited),
            ("RequestLimitExceeded.UinLimitExceeded", Outcome::RateLimited),
            ("LimitExceeded", Outcome::RateLimited),
            ("InvalidParameter.OverLimit", Outcome::RateLimited),
            ("InternalError", Outcome::ServiceError),
            ("InternalError.DbError", Outcome::ServiceError),
            ("ServiceUnavailable", Outcome::ServiceError),
            ("ResourceUnavailable", Outcome::ServiceError),
            ("AuthFailure.InvalidAuthorization", Outcome::Indeterminate),
            ("InvalidAction", Outcome::Indeterminate),
            ("MissingParameter", Outcome::Indeterminate),
            ("NoSuchVersion", Outcome::Indeterminate),
            ("UnauthorizedOperations", Outcome::Indeterminate),
            ("SomethingNew", Outcome::Indeterminate),
        ] {
            let finding = answered(move || refusal(code)).await;
            assert_eq!(finding.outcome, wanted, "{code}");
            assert_eq!(finding.evidence.code.as_deref(), Some(code));
            assert_eq!(
                (finding.evidence.status, finding.evidence.request_id.as_deref()),
                (Some(200), Some("R-2"))
            );
        }
        tries_what_no_vendor_answers(
            &lasting(ID, KEY),
            "sts.tencentcloudapi.com",
            "!sts.tencentcloudapi.com",
        )
        .await;
    }

    #[actix_web::test]
    async fn a_refused_time_tells_how_far_apart_the_clocks_are() {
        let finding = answered(|| {
            let error =
                json!({"Response": {"Error": {"Code": "AuthFailure.SignatureExpire", "Message": ""}}});
            Answered::json(200, error).header("date", "Mon, 23 Nov 2026 09:50:00 GMT")
        })
        .await;
        assert_eq!((finding.outcome, finding.evidence.skew_seconds), (Outcome::ClockSkew, Some(-600)));
    }

    #[actix_web::test]
    async fn a_key_of_the_root_account_is_remarked_on() {
        let finding = answered(|| {
            response(json!({"Type": "CAMUser", "AccountId": "100026200001", "UserId": "100026200001",
                "PrincipalId": "100026200001", "Arn": "qcs::cam::uin/100026200001:root", "RequestId": "R-1"}))
        })
        .await;
        assert_eq!((finding.outcome, finding.remarks), (Outcome::Ok, vec!["remark-tencent-root".to_owned()]));
    }

    #[actix_web::test]
    async fn half_an_identity_or_one_beside_an_error_is_none() {
        let whole = json!({"AccountId": "1", "UserId": "2", "Arn": "qcs::cam::uin/1:uin/2"});
        for change in [
            json!({"Arn": ""}),
            json!({"AccountId": null}),
            json!({"UserId": 2}),
            json!({"Error": {"Message": "without a code"}}),
            json!({"Error": {"Code": "SomethingNew"}}),
            json!({"Error": "in words"}),
        ] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let finding = answered(move || response(body.clone())).await;
            assert_eq!((finding.outcome, finding.identity), (Outcome::Indeterminate, None), "{change}");
        }
        let finding = answered(move || Answered::json(302, json!({"Response": whole}))).await;
        assert_eq!((finding.outcome, finding.identity), (Outcome::Indeterminate, None));
    }

    #[actix_web::test]
    async fn the_region_is_asked_or_else_the_centre() {
        let opened = opened(&TYPE, &[("secret_id", ID), ("region", "ap-shanghai")], &[("secret_key", KEY)]);
        for (hosts, wanted) in [
            (
                &["sts.tencentcloudapi.com", "sts.ap-shanghai.tencentcloudapi.com"][..],
                "sts.ap-shanghai.tencentcloudapi.com",
            ),
            (&["sts.tencentcloudapi.com", "!sts.ap-shanghai.tencentcloudapi.com"], "sts.tencentcloudapi.com"),
        ] {
            let (finding, received) = probed(&opened, hosts, vendor).await;
            assert_eq!(finding.outcome, Outcome::Ok);
            assert_eq!(received[0].header("host"), Some(wanted));
        }
    }
}
