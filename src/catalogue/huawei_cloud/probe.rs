//! Asks Huawei Cloud whose key it is: first IAM, which names the account, and when IAM may not tell, the newer Security
//! Token Service.
//!
//! Source: what the vendor's own SDK asks to find the account of a key, and the vendor's references of IAM, STS and the
//! API gateway's error codes.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::refusal::refusal;
use super::sign::sign;
use crate::catalogue::cloud::{Signable, Signed, ask_first_reachable, sha256_hex, text};
use crate::catalogue::{Finding, Identity, Opened, Outcome, Undeliverable};
use crate::outbound::{Outbound, Reply, Request, Unanswered};
use crate::secret::Secret;

/// Where the SDK asks when it was told no region.
const STS_REGION: &str = "cn-north-4";
const CONTENT_TYPE: &str = "application/json";

struct Key<'o> {
    access_key: &'o str,
    secret_key: &'o str,
    token: Option<&'o str>,
    region: Option<&'o str>,
    domain_id: Option<&'o str>,
}

pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Ok(key) = read(opened) else { return Finding::of(Outcome::Malformed) };
        let reply = match ask(&key, &key.iam(), "/v3/auth/domains", outbound).await {
            Ok(reply) => reply,
            Err(unanswered) => return unanswered.into(),
        };
        match account(&reply, &key) {
            Account::Told(finding) => finding,
            Account::NotAnAnswer => refusal(&reply, outbound),
            Account::Withheld => match ask(&key, &key.sts(), "/v5/caller-identity", outbound).await {
                Ok(reply) => caller(&reply, &key, outbound),
                Err(unanswered) => unanswered.into(),
            },
        }
    })
}

fn read(opened: &Opened) -> Result<Key<'_>, Undeliverable> {
    Ok(Key {
        access_key: opened.needed("access_key")?,
        secret_key: opened.needed("secret_key")?,
        token: opened.text("security_token")?,
        region: opened.text("region")?,
        domain_id: opened.text("domain_id")?,
    })
}

impl Key<'_> {
    /// Keys of the European site are known there only.
    fn iam(&self) -> Vec<String> {
        match self.region {
            Some(region @ "eu-west-101") => vec![format!("iam.{region}.myhuaweicloud.eu")],
            Some(region) => {
                vec![format!("iam.{region}.myhuaweicloud.com"), "iam.myhuaweicloud.com".to_owned()]
            }
            None => vec!["iam.myhuaweicloud.com".to_owned()],
        }
    }

    fn sts(&self) -> Vec<String> {
        match self.region {
            Some(region @ "eu-west-101") => vec![format!("sts.{region}.myhuaweicloud.eu")],
            Some(region) if region != STS_REGION => {
                [region, STS_REGION].map(|region| format!("sts.{region}.myhuaweicloud.com")).to_vec()
            }
            _ => vec![format!("sts.{STS_REGION}.myhuaweicloud.com")],
        }
    }
}

async fn ask(key: &Key<'_>, hosts: &[String], path: &str, outbound: &Outbound) -> Result<Reply, Unanswered> {
    let asked = ask_first_reachable(outbound, hosts, |host| request(key, host, path, outbound)).await;
    asked.map(|(reply, _)| reply)
}

/// Neither the project nor the account of the form is sent along: a wrong one would be answered like a wrong key.
fn request(
    key: &Key<'_>,
    host: &str,
    path: &str,
    outbound: &Outbound,
) -> Result<(Request, Signed), Unanswered> {
    let date = outbound.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut headers = vec![("content-type", CONTENT_TYPE), ("x-sdk-date", &date)];
    headers.extend(key.token.map(|token| ("x-security-token", token)));
    let mut request = Request::get(&format!("https://{host}{path}"))?;
    for (name, value) in &headers {
        request = request.header(name, Secret::new((*value).to_owned()));
    }
    headers.push(("host", host));
    let signed = sign(
        key.access_key,
        key.secret_key,
        &date,
        &Signable { method: "GET", path, query: "", headers: &headers, payload_hash: &sha256_hex(b"") },
    );
    let authorization = Secret::new(signed.authorization.expose().clone());
    Ok((request.header("authorization", authorization), signed))
}

/// What IAM said.
enum Account {
    Told(Finding),
    /// It let us in and may not say who we are.
    Withheld,
    NotAnAnswer,
}

fn account(reply: &Reply, key: &Key<'_>) -> Account {
    let body = reply.json().unwrap_or_default();
    let Some(domains) = body.get("domains").and_then(Value::as_array).filter(|_| reply.status() == 200)
    else {
        return Account::NotAnAnswer;
    };
    let Some(first) = domains.first() else { return Account::Withheld };
    let (Some(id), Some(name)) = (text(first, "id"), text(first, "name")) else {
        return Account::NotAnAnswer;
    };
    let finding = Finding::works(Identity::new(id, name)).from(reply);
    Account::Told(in_that_account(finding, id, key).request_id(reply.header("x-request-id")))
}

/// Not every region has this service, so that it is missing says nothing of the key.
fn caller(reply: &Reply, key: &Key<'_>, outbound: &Outbound) -> Finding {
    let body = reply.json().unwrap_or_default();
    let [account, principal, urn] =
        ["account_id", "principal_id", "principal_urn"].map(|name| text(&body, name));
    match (reply.status(), account, principal, urn) {
        (200, Some(account), Some(principal), Some(urn)) => {
            // Of an agency, what follows the colon is the session, which changes with every token.
            let principal = principal.split(':').next().unwrap_or(principal);
            let finding = Finding::works(Identity::new(&format!("{account}/{principal}"), urn)).from(reply);
            in_that_account(finding, account, key).request_id(reply.header("x-request-id"))
        }
        (404, ..) => Finding::of(Outcome::Unverifiable).from(reply).remark("remark-huawei-no-identity"),
        _ => refusal(reply, outbound),
    }
}

/// Tools would use the account of the form, and be refused.
fn in_that_account(finding: Finding, account: &str, key: &Key<'_>) -> Finding {
    match key.domain_id {
        Some(of_the_form) if of_the_form != account => finding.remark("remark-huawei-other-account"),
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::TYPE;
    use crate::catalogue::cloud::trials::{DATE, NOW, key, opened, probed};
    use crate::catalogue::cloud::{hex, hmac_sha256, sha256_hex};
    use crate::catalogue::{Finding, Opened, Outcome};
    use crate::outbound::stand_in::{Answered, Received};

    const AK: &str = "VOUCHERSAMPLEKEY0001";
    const SK: &str = "SampleSecretAccessKeyThatOpensNothing001";
    const TOKEN: &str = "ggpjbi1ub3J0aC00+sample/token==";
    const HOSTS: &[&str] = &["iam.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"];

    fn lasting(access_key: &str, secret_key: &str) -> Opened {
        opened(&TYPE, &[("access_key", access_key)], &[("secret_key", secret_key)])
    }

    fn temporary(secret_key: &str, token: &str) -> Opened {
        let secrets = [("secret_key", secret_key), ("security_token", token)];
        opened(&TYPE, &[("access_key", "TEMPORARYSAMPLEKEY01")], &secrets)
    }

    fn gateway(status: u16, code: &str, message: &str) -> Answered {
        let body = json!({"error_code": code, "error_msg": message, "request_id": "R-2"});
        Answered::json(status, body).header("date", DATE)
    }

    /// The vendor's side, written from its guide: knows three keys, checks the date and then the signature. One key may
    /// not ask IAM who it is.
    fn vendor(asked: &Received) -> Answered {
        let header = |name: &str| asked.header(name).unwrap_or_default();
        assert_eq!((asked.method.as_str(), asked.query.as_str(), asked.body.len()), ("GET", "", 0));
        let authorization = header("authorization").strip_prefix("SDK-HMAC-SHA256 ").unwrap();
        let parts: Vec<(&str, &str)> =
            authorization.split(", ").map(|part| part.split_once('=').unwrap()).collect();
        let [("Access", access_key), ("SignedHeaders", names), ("Signature", signature)] = parts[..] else {
            panic!("{parts:?}")
        };
        let (secret_key, token) = match access_key {
            AK | "WITHOUTPERMISSION001" => (SK, None),
            "TEMPORARYSAMPLEKEY01" => ("TemporaryKey", Some(TOKEN)),
            other => {
                let message = format!(
                    "Incorrect IAM authentication information: Get secretKey failed,ak {other} not exist"
                );
                return gateway(401, "APIGW.0301", &message);
            }
        };
        let now: String = NOW.chars().filter(|c| !"-:".contains(*c)).collect();
        if header("x-sdk-date") != now {
            return gateway(401, "APIGW.0301", "Incorrect IAM authentication information: signature expired");
        }
        for name in ["host", "x-sdk-date", "x-security-token"] {
            assert!(asked.header(name).is_none() || names.split(';').any(|signed| signed == name), "{name}");
        }
        let mut canonical = format!("GET\n{}/\n\n", asked.path);
        for name in names.split(';') {
            canonical += &format!("{name}:{}\n", header(name));
        }
        canonical += &format!("\n{names}\n{}", sha256_hex(b""));
        let string = format!("SDK-HMAC-SHA256\n{now}\n{}", sha256_hex(canonical.as_bytes()));
        if hex(hmac_sha256(secret_key.as_bytes(), &string).as_ref()) != signature {
            return gateway(
                401,
                "APIGW.0301",
                "Incorrect IAM authentication information: verify aksk signature fail",
            );
        }
        if token.is_some_and(|token| header("x-security-token") != token) {
            return gateway(
                401,
                "APIGW.0301",
                "Incorrect IAM authentication information: decrypt token fail",
            );
        }
        let agency = access_key.starts_with("TEMPORARY");
        match asked.path.as_str() {
            "/v3/auth/domains" if access_key == AK => Answered::json(
                200,
                json!({"domains": [
                {"id": "d0a1", "name": "acme", "enabled": true, "links": {"self": "https://iam/v3/domains/d0a1"}}], "links": {}}),
            ),
            "/v3/auth/domains" => Answered::json(200, json!({"domains": [], "links": {}})),
            "/v5/caller-identity" if agency => Answered::json(
                200,
                json!({"account_id": "d0a1",
                "principal_urn": "sts::d0a1:assumed-agency:deploy/build-1", "principal_id": "a9e7:build-1"}),
            ),
            "/v5/caller-identity" => Answered::json(
                200,
                json!({"account_id": "d0a1",
                "principal_urn": "iam::d0a1:user:ci", "principal_id": "u5e4"}),
            ),
            path => panic!("{path}"),
        }
    }

    #[actix_web::test]
    async fn a_key_is_who_the_vendor_says_when_it_checks_the_signature_itself() {
        for (opened, wanted, identity, asked) in [
            (lasting(AK, SK), Outcome::Ok, Some("d0a1"), 1),
            (lasting(AK, "another"), Outcome::InvalidSecret, None, 1),
            (lasting("UNKNOWNTOTHEVENDOR01", SK), Outcome::InvalidId, None, 1),
            (lasting("WITHOUTPERMISSION001", SK), Outcome::Ok, Some("d0a1/u5e4"), 2),
            (temporary("TemporaryKey", TOKEN), Outcome::Ok, Some("d0a1/a9e7"), 2),
            (temporary("another", TOKEN), Outcome::InvalidSecret, None, 1),
            (temporary("TemporaryKey", "another"), Outcome::InvalidCredential, None, 1),
        ] {
            let (finding, received) = probed(&opened, HOSTS, vendor).await;
            assert_eq!((finding.outcome, key(&finding), received.len()), (wanted, identity, asked));
            assert!(!format!("{finding:?}").contains("UNKNOWNTOTHEVENDOR01"), "the vendor's words were kept");
        }
        let (finding, _) = probed(&lasting(AK, SK), HOSTS, vendor).await;
        assert_eq!((finding.identity.unwrap().label.as_str(), finding.remarks.len()), ("acme", 0));
    }

    async fn answered(answer: impl Fn() -> Answered + Send + Sync + 'static) -> Finding {
        probed(&lasting(AK, SK), HOSTS, move |_| answer()).await.0
    }

    /// IAM lets the key in and does not say whose it is; then that is what STS answers.
    async fn withheld(answer: impl Fn() -> Answered + Send + Sync + 'static) -> Finding {
        let answer = move |asked: &Received| match asked.path.as_str() {
            "/v3/auth/domains" => Answered::json(200, json!({"domains": []})),
            _ => answer(),
        };
        probed(&lasting(AK, SK), HOSTS, answer).await.0
    }

    #[actix_web::test]
    async fn where_iam_does_not_tell_the_token_service_decides() {
        let identity = |status: u16, body: Value| withheld(move || Answered::json(status, body.clone()));
        let whole =
            json!({"account_id": "d0a1", "principal_urn": "iam::d0a1:user:ci", "principal_id": "u5e4"});
        assert_eq!(key(&identity(200, whole.clone()).await), Some("d0a1/u5e4"));
        let missing = identity(404, json!({"error_code": "APIGW.0101", "error_msg": "no such API"})).await;
        assert_eq!(
            (missing.outcome, missing.remarks),
            (Outcome::Unverifiable, vec!["remark-huawei-no-identity".to_owned()])
        );
        for (status, body, wanted) in [
            (200, json!({"account_id": "d0a1"}), Outcome::Indeterminate),
            (
                200,
                json!({"account_id": "d0a1", "principal_urn": "", "principal_id": "u"}),
                Outcome::Indeterminate,
            ),
            (302, whole, Outcome::Indeterminate),
            (403, json!({"error_code": "PAP5.0012", "error_msg": "no"}), Outcome::PermissionDenied),
            (500, json!({"error_code": "STS5.0001", "error_msg": "broken"}), Outcome::ServiceError),
        ] {
            let finding = identity(status, body.clone()).await;
            assert_eq!((finding.outcome, finding.identity), (wanted, None), "{body}");
        }
        assert_eq!(withheld(Answered::hang).await.outcome, Outcome::Unreachable);
    }

    #[actix_web::test]
    async fn an_account_of_the_form_that_is_not_the_keys_is_remarked_on() {
        for (access_key, domain_id, wanted) in [
            (AK, "d0a1", vec![]),
            (AK, "another", vec!["remark-huawei-other-account".to_owned()]),
            ("WITHOUTPERMISSION001", "d0a1", vec![]),
            ("WITHOUTPERMISSION001", "another", vec!["remark-huawei-other-account".to_owned()]),
        ] {
            let plain = [("access_key", access_key), ("domain_id", domain_id), ("project_id", "p")];
            let (finding, received) =
                probed(&opened(&TYPE, &plain, &[("secret_key", SK)]), HOSTS, vendor).await;
            assert_eq!((finding.outcome, finding.remarks), (Outcome::Ok, wanted));
            assert!(received.iter().all(|asked| asked.header("x-domain-id").is_none()));
        }
    }

    #[actix_web::test]
    async fn half_an_account_is_none() {
        for body in [
            json!({"domains": [{"id": "d0a1"}]}),
            json!({"domains": [{"id": "", "name": "acme"}]}),
            json!({"domains": ["d0a1"]}),
            json!({"domains": {"id": "d0a1", "name": "acme"}}),
            json!({"domain": []}),
        ] {
            let finding = answered(move || Answered::json(200, body.clone())).await;
            assert_eq!((finding.outcome, finding.identity), (Outcome::Indeterminate, None));
        }
        let moved = answered(|| Answered::json(302, json!({"domains": [{"id": "d", "name": "n"}]}))).await;
        assert_eq!(moved.outcome, Outcome::Indeterminate);
    }

    #[actix_web::test]
    async fn the_region_is_asked_or_else_the_centre_and_europe_only_itself() {
        let all = &[
            "iam.myhuaweicloud.com",
            "iam.ap-southeast-3.myhuaweicloud.com",
            "iam.eu-west-101.myhuaweicloud.eu",
            "sts.cn-north-4.myhuaweicloud.com",
            "sts.ap-southeast-3.myhuaweicloud.com",
            "sts.eu-west-101.myhuaweicloud.eu",
        ][..];
        let only_central = &[
            "iam.myhuaweicloud.com",
            "!iam.ap-southeast-3.myhuaweicloud.com",
            "sts.cn-north-4.myhuaweicloud.com",
            "!sts.ap-southeast-3.myhuaweicloud.com",
            "!iam.eu-west-101.myhuaweicloud.eu",
        ][..];
        for (region, hosts, wanted) in [
            (
                "ap-southeast-3",
                all,
                &["iam.ap-southeast-3.myhuaweicloud.com", "sts.ap-southeast-3.myhuaweicloud.com"][..],
            ),
            ("ap-southeast-3", only_central, &["iam.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"]),
            ("eu-west-101", all, &["iam.eu-west-101.myhuaweicloud.eu", "sts.eu-west-101.myhuaweicloud.eu"]),
            ("eu-west-101", only_central, &[]),
        ] {
            let plain = [("access_key", "WITHOUTPERMISSION001"), ("region", region)];
            let (_, received) = probed(&opened(&TYPE, &plain, &[("secret_key", SK)]), hosts, vendor).await;
            let asked: Vec<&str> = received.iter().map(|asked| asked.header("host").unwrap()).collect();
            assert_eq!(asked, wanted, "{region}");
        }
    }
}
