//! Whether a Jenkins controller knows the user by that token.
//!
//! `whoAmI` tells, and it is open to everybody: what counts is whom it names. A second question finds out whether that user
//! may see anything. Jenkins challenges nobody, so both requests carry the credential from the start.

use futures_util::future::BoxFuture;
use url::Url;

use crate::catalogue::challenge::challenges;
use crate::catalogue::{Finding, Identity, Opened, Outcome, rules};
use crate::outbound::{Outbound, Reply, Request, Unanswered, basic};

/// The credential.
#[derive(Clone, Copy)]
struct Login<'a> {
    url: &'a Url,
    username: &'a str,
    api_token: &'a str,
}

/// Whom `whoAmI` names.
enum Named {
    /// The user.
    User(Option<Identity>),
    /// Nobody: it did not look at the credential.
    Anonymous,
}

/// The probe.
pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let text = |name| opened.text(name).ok().flatten();
        let url = text("url").and_then(|text| rules::address(text, &["https", "http"]));
        let (Some(url), Some(username), Some(api_token)) = (url, text("username"), text("api_token")) else {
            return Finding::of(Outcome::Malformed);
        };
        ask(Login { url: &url, username, api_token }, outbound).await.unwrap_or_else(Into::into)
    })
}

async fn ask(login: Login<'_>, outbound: &Outbound) -> Result<Finding, Unanswered> {
    let first = login.ask("whoAmI/api/json", None, outbound).await?;
    if first.status() != 200 {
        return Ok(refused(&first, login, None));
    }
    if !is_jenkins(&first) {
        return Ok(said(Outcome::Indeterminate, &first).remark("remark-jenkins-none"));
    }
    let known = match login.named_in(&first) {
        Some(Named::User(identity)) => identity,
        Some(Named::Anonymous) => return anonymous(login, outbound).await,
        None => return Ok(said(Outcome::Indeterminate, &first).remark("remark-jenkins-another")),
    };
    // Whatever else may be wrong with the second answer, the first has proven the credential.
    Ok(match login.ask("api/json", Some("tree=mode"), outbound).await {
        Ok(second) if [401, 403].contains(&second.status()) => refused(&second, login, known),
        _ => Finding::works(known).from(&first),
    })
}

/// Somebody between dropped the credential, or this Jenkins asks nobody who they are.
async fn anonymous(login: Login<'_>, outbound: &Outbound) -> Result<Finding, Unanswered> {
    let second = login.ask("api/json", Some("tree=mode"), outbound).await?;
    Ok(match second.status() {
        200 if is_jenkins(&second) => said(Outcome::Unverifiable, &second).remark("remark-jenkins-open"),
        _ => refused(&second, login, None),
    })
}

impl Login<'_> {
    async fn ask(self, path: &str, query: Option<&str>, outbound: &Outbound) -> Result<Reply, Unanswered> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url.set_query(query);
        let request = Request::get(url.as_str())?;
        outbound.ask(request.header("authorization", basic(self.username, self.api_token))).await
    }

    /// Whom the answer of `whoAmI` names; `None` when that is not an answer, or somebody else.
    fn named_in(self, reply: &Reply) -> Option<Named> {
        #[derive(serde::Deserialize)]
        struct WhoAmI {
            name: String,
            anonymous: bool,
        }
        let who: WhoAmI = serde_json::from_slice(reply.body()).ok()?;
        match who.anonymous {
            true => Some(Named::Anonymous),
            false => self.is_called(&who.name).then(|| Named::User(self.identity(&who.name))),
        }
    }

    /// Jenkins takes names in any case.
    fn is_called(self, name: &str) -> bool {
        self.username.to_lowercase() == name.to_lowercase()
    }

    fn identity(self, name: &str) -> Option<Identity> {
        let origin = self.url.origin().ascii_serialization();
        let path = self.url.path().trim_end_matches('/');
        Identity::new(&format!("{origin}{path}/{}", name.to_lowercase()), name)
    }
}

/// An answer that lets nobody in.
fn refused(reply: &Reply, login: Login<'_>, known: Option<Identity>) -> Finding {
    let taken_for = reply.header("x-you-are-authenticated-as");
    match (reply.status(), taken_for) {
        (401, _) if is_jenkins(reply) => said(Outcome::InvalidCredential, reply),
        (403, Some(name)) if login.is_called(name) => {
            said(Outcome::PermissionDenied, reply).identity(known.or_else(|| login.identity(name)))
        }
        (403, Some("anonymous")) => said(Outcome::InvalidCredential, reply),
        (403, None) if known.is_some() => said(Outcome::PermissionDenied, reply).identity(known),
        (403, Some(_)) => said(Outcome::Indeterminate, reply).remark("remark-jenkins-another"),
        (401 | 403 | 404, _) => said(Outcome::Indeterminate, reply).remark("remark-jenkins-none"),
        (300..=399, _) => said(Outcome::Indeterminate, reply).remark("remark-redirect"),
        (429, _) => said(Outcome::RateLimited, reply),
        (500..=599, _) => said(Outcome::ServiceError, reply),
        _ => said(Outcome::Indeterminate, reply),
    }
}

/// The finding with the permission that Jenkins misses, which is the nearest to a code that it has.
fn said(outcome: Outcome, reply: &Reply) -> Finding {
    let finding = Finding::of(outcome).from(reply);
    match reply.header("x-required-permission") {
        Some(permission) => finding.code(permission),
        None => finding,
    }
}

/// Whether Jenkins answered, or something in front of it. A refusal of the password comes without the usual header in
/// some versions, but always with the realm.
fn is_jenkins(reply: &Reply) -> bool {
    let ways = challenges(reply.headers("www-authenticate"));
    let is_realm = |realm: &str| realm.eq_ignore_ascii_case("jenkins");
    reply.header("x-jenkins").is_some()
        || ways.iter().any(|way| way.is("basic") && way.param("realm").is_some_and(is_realm))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;
    use crate::catalogue::Submitted;
    use crate::catalogue::jenkins::TYPE;
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, StandIn};

    /// `echo -n 'Admin:11aabbccddeeff00112233445566778899' | base64 -w0`.
    const ADMIN: &str = "Basic QWRtaW46MTFhYWJiY2NkZGVlZmYwMDExMjIzMzQ0NTU2Njc3ODg5OQ==";

    type Answer = fn() -> Answered;

    fn login(url: &str, token: &str) -> Opened {
        let plain = [("url", url), ("username", "Admin")];
        let Submitted { variant, plain, secret, .. } =
            Submitted::sample("default", &plain, &[("api_token", token)]);
        Opened { credential_type: &TYPE, variant, plain, secret }
    }

    async fn found(opened: &Opened) -> Finding {
        let began = Instant::now();
        let finding = (TYPE.variants[0].probe)(opened, &for_tests(&[])).await;
        assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
        assert!(finding.identity.is_none() || finding.outcome.proves_identity(), "{finding:?}");
        finding
    }

    fn jenkins(status: u16) -> Answered {
        Answered::status(status).header("x-jenkins", "2.462.3")
    }

    fn who(name: &str, anonymous: bool) -> Answered {
        let body = json!({"_class": "hudson.security.WhoAmI", "name": name, "anonymous": anonymous,
            "authenticated": true, "authorities": ["authenticated"], "details": null, "toString": ""});
        Answered::json(200, body).header("x-jenkins", "2.462.3")
    }

    fn wrong() -> Answered {
        Answered::status(401).header("www-authenticate", "Basic realm=\"Jenkins\"").body("<html>")
    }

    fn may_not(taken_for: &str) -> Answered {
        jenkins(403)
            .header("x-you-are-authenticated-as", taken_for)
            .header("x-required-permission", "hudson.model.Hudson.Read")
    }

    fn redirect() -> Answered {
        Answered::status(302).header("location", "http://169.254.169.254/latest/meta-data/")
    }

    fn huge() -> Answered {
        jenkins(200).body(vec![b'{'; 10 * 1024 * 1024])
    }

    /// A Jenkins below `/ci` whose two answers to the admin are given; it refuses everybody else.
    fn controller(first: Answer, second: Answer) -> StandIn {
        StandIn::start(move |received| {
            let asked = (received.method.as_str(), received.path.as_str(), received.query.as_str());
            match (received.header("authorization"), asked) {
                (Some(ADMIN), ("GET", "/ci/whoAmI/api/json", "")) => first(),
                (Some(ADMIN), ("GET", "/ci/api/json", "tree=mode")) => second(),
                (Some(_), _) => wrong(),
                (None, _) => panic!("asked without the credential"),
            }
        })
    }

    #[actix_web::test]
    async fn only_a_jenkins_that_names_the_user_proves_something() {
        use Outcome::*;
        let admin: Answer = || who("admin", false);
        let mode: Answer = || Answered::json(200, json!({"mode": "NORMAL"})).header("x-jenkins", "2");
        let cases: Vec<(Answer, Answer, Outcome, Option<&str>)> = vec![
            (admin, mode, Ok, None),
            (admin, || may_not("admin"), PermissionDenied, None),
            (admin, || jenkins(403), PermissionDenied, None),
            (admin, || may_not("anonymous"), InvalidCredential, None),
            (admin, wrong, InvalidCredential, None),
            // What the first answer has proven stays proven.
            (admin, || Answered::status(503), Ok, None),
            (admin, Answered::hang, Ok, None),
            (admin, huge, Ok, None),
            (|| who("anonymous", true), mode, Unverifiable, Some("remark-jenkins-open")),
            (|| who("anonymous", true), || may_not("anonymous"), InvalidCredential, None),
            (|| who("anonymous", true), redirect, Indeterminate, Some("remark-redirect")),
            (|| who("anonymous", true), || Answered::json(200, json!({})), Indeterminate, None),
            (|| who("admin", true), mode, Unverifiable, Some("remark-jenkins-open")),
            (|| who("other", false), mode, Indeterminate, Some("remark-jenkins-another")),
            (
                || jenkins(200).body("{\"name\":\"admin\"}"),
                mode,
                Indeterminate,
                Some("remark-jenkins-another"),
            ),
            (|| jenkins(200).body("<html>"), mode, Indeterminate, Some("remark-jenkins-another")),
            (
                || Answered::json(200, json!({"name": "admin", "anonymous": false})),
                mode,
                Indeterminate,
                Some("remark-jenkins-none"),
            ),
            (wrong, mode, InvalidCredential, None),
            (|| jenkins(401), mode, InvalidCredential, None),
            (
                || Answered::status(401).header("www-authenticate", "Basic realm=\"nginx\""),
                mode,
                Indeterminate,
                Some("remark-jenkins-none"),
            ),
            (|| may_not("admin"), mode, PermissionDenied, None),
            (|| may_not("anonymous"), mode, InvalidCredential, None),
            (|| may_not("other"), mode, Indeterminate, Some("remark-jenkins-another")),
            (|| Answered::status(403), mode, Indeterminate, Some("remark-jenkins-none")),
            (|| Answered::status(404), mode, Indeterminate, Some("remark-jenkins-none")),
            (redirect, mode, Indeterminate, Some("remark-redirect")),
            (|| Answered::status(429), mode, RateLimited, None),
            (|| jenkins(503).body("Jenkins is getting ready to work"), mode, ServiceError, None),
            (|| Answered::status(418), mode, Indeterminate, None),
            (Answered::hang, mode, Unreachable, None),
            (huge, mode, Indeterminate, None),
        ];
        for (at, (first, second, wanted, remark)) in cases.into_iter().enumerate() {
            let controller = controller(first, second);
            let finding = found(&login(&controller.url("/ci/"), "11aabbccddeeff00112233445566778899")).await;
            assert_eq!(finding.outcome, wanted, "{at}: {finding:?}");
            assert_eq!(finding.remarks.first().map(String::as_str), remark, "{at}");
            if wanted.proves_identity() {
                let key = format!("http://{}/ci/admin", controller.authority());
                let identity = finding.identity.map(|identity| (identity.key, identity.label.to_lowercase()));
                assert_eq!(identity, Some((key, "admin".to_owned())), "{at}");
            }
        }
    }

    #[actix_web::test]
    async fn a_wrong_token_is_tried_once() {
        let controller = controller(|| who("admin", false), || jenkins(200));
        let finding = found(&login(&controller.url("/ci"), "wrong")).await;
        assert_eq!((finding.outcome, controller.received().len()), (Outcome::InvalidCredential, 1));
        let denied = super::tests::controller(|| who("admin", false), || may_not("admin"));
        let finding = found(&login(&denied.url("/ci"), "11aabbccddeeff00112233445566778899")).await;
        assert_eq!(finding.evidence.code.as_deref(), Some("hudson.model.Hudson.Read"));
    }

    #[actix_web::test]
    async fn what_cannot_be_asked_about_is_not() {
        for (url, wanted) in [
            ("", Outcome::Malformed),
            ("ftp://a.example/", Outcome::Malformed),
            ("http://127.0.0.1:1/", Outcome::Unreachable),
            ("http://169.254.169.254/latest/", Outcome::NotAllowed),
        ] {
            assert_eq!(found(&login(url, "x")).await.outcome, wanted, "{url}");
        }
        let mut empty = login("https://a.example/", "x");
        empty.secret.clear();
        assert_eq!(found(&empty).await.outcome, Outcome::Malformed);
    }
}
