//! Whether an address that wants HTTP basic authentication lets the two in (RFC 7617).
//!
//! There is no question that every system understands, so only a credential that names an address can be asked about. What
//! proves something is the difference: the address has to refuse who shows nothing, and let in who shows the two.

use futures_util::future::BoxFuture;
use url::Url;

use crate::catalogue::challenge::challenges;
use crate::catalogue::{Finding, Identity, Opened, Outcome};
use crate::outbound::{Outbound, Reply, Request, Unanswered, basic};

/// The probe.
pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let text = |name| opened.text(name).ok().flatten();
        match (text("check_url"), text("username"), text("password")) {
            (None, Some(_), Some(_)) => {
                Finding::of(Outcome::Unverifiable).remark("remark-login-without-address")
            }
            // Basic authentication ends the name at the first colon.
            (Some(_), Some(name), Some(_)) if name.contains(':') => {
                Finding::of(Outcome::Unverifiable).remark("remark-login-colon")
            }
            (Some(url), Some(name), Some(password)) => {
                ask(url, (name, password), outbound).await.unwrap_or_else(Into::into)
            }
            _ => Finding::of(Outcome::Malformed),
        }
    })
}

async fn ask(url: &str, (name, password): (&str, &str), outbound: &Outbound) -> Result<Finding, Unanswered> {
    let first = outbound.ask(Request::get(url)?).await?;
    match first.status() {
        200..=299 => {
            return Ok(Finding::of(Outcome::Unverifiable).from(&first).remark("remark-login-open"));
        }
        401 | 403 | 404 => {}
        _ => return Ok(otherwise(&first)),
    }
    // Who says how to sign in, and does not name this way, is not sent the password in vain.
    let ways = challenges(first.headers("www-authenticate"));
    if !ways.is_empty() && !ways.iter().any(|way| way.is("basic")) {
        return Ok(Finding::of(Outcome::Unverifiable).from(&first).remark("remark-login-other-way"));
    }
    let reply = outbound.ask(Request::get(url)?.header("authorization", basic(name, password))).await?;
    Ok(match reply.status() {
        200..=299 => Finding::works(identity(url, name)).from(&reply),
        401 => Finding::of(Outcome::InvalidCredential).from(&reply),
        // Where nobody may enter anyway, this is not about who asked.
        403 if first.status() == 401 => {
            Finding::of(Outcome::PermissionDenied).from(&reply).identity(identity(url, name))
        }
        _ => otherwise(&reply),
    })
}

/// Somebody is the same wherever at the system they are asked about.
fn identity(url: &str, name: &str) -> Option<Identity> {
    let origin = Url::parse(url).ok()?.origin().ascii_serialization();
    Identity::new(&format!("{origin}/{name}"), name)
}

/// An answer that is about something else than the two.
fn otherwise(reply: &Reply) -> Finding {
    match reply.status() {
        300..=399 => Finding::of(Outcome::Indeterminate).remark("remark-redirect"),
        407 => Finding::of(Outcome::Indeterminate).remark("remark-login-proxy"),
        429 => Finding::of(Outcome::RateLimited),
        500..=599 => Finding::of(Outcome::ServiceError),
        _ => Finding::of(Outcome::Indeterminate),
    }
    .from(reply)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::catalogue::Submitted;
    use crate::catalogue::username_password::TYPE;
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, Received, StandIn};

    /// `echo -n 'alice:pä:ss' | base64`.
    const ALICE: &str = "Basic YWxpY2U6cMOkOnNz";

    fn login(username: &str, password: &str, check_url: Option<&str>) -> Opened {
        let mut pairs = vec![("username", username)];
        pairs.extend(check_url.map(|url| ("check_url", url)));
        let Submitted { variant, plain, secret, .. } =
            Submitted::sample("default", &pairs, &[("password", password)]);
        Opened { credential_type: &TYPE, variant, plain, secret }
    }

    async fn found(opened: &Opened) -> Finding {
        let began = Instant::now();
        let finding = (TYPE.variants[0].probe)(opened, &for_tests(&[])).await;
        assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
        finding
    }

    fn refused() -> Answered {
        Answered::status(401).header("www-authenticate", r#"Basic realm="a, b", charset="UTF-8""#)
    }

    fn redirect() -> Answered {
        Answered::status(302).header("location", "http://169.254.169.254/latest/meta-data/")
    }

    fn huge() -> Answered {
        Answered::status(200).body(vec![b'x'; 10 * 1024 * 1024])
    }

    type Answer = fn() -> Answered;

    /// Answers `first` to who shows nothing, `then` to alice, and a refusal to others.
    fn system(first: Answer, then: Answer) -> StandIn {
        StandIn::start(move |received: &Received| {
            assert_eq!(
                (received.method.as_str(), received.path.as_str(), received.query.as_str()),
                ("GET", "/in/side", "a=b")
            );
            match received.header("authorization") {
                None => first(),
                Some(ALICE) => then(),
                Some(_) => refused(),
            }
        })
    }

    #[actix_web::test]
    async fn only_the_difference_that_the_two_make_proves_something() {
        use Outcome::*;
        let ok: Answer = || Answered::status(200).body("<html>");
        let status_403: Answer = || Answered::status(403);
        let status_404: Answer = || Answered::status(404);
        let bare_401: Answer = || Answered::status(401);
        let cases: Vec<(Answer, Answer, Outcome, Option<&str>, usize)> = vec![
            (refused, ok, Ok, None, 2),
            (refused, || Answered::status(204), Ok, None, 2),
            (bare_401, ok, Ok, None, 2),
            (status_403, ok, Ok, None, 2),
            (status_404, ok, Ok, None, 2),
            (ok, ok, Unverifiable, Some("remark-login-open"), 1),
            (refused, refused, InvalidCredential, None, 2),
            (status_403, refused, InvalidCredential, None, 2),
            (refused, status_403, PermissionDenied, None, 2),
            (status_403, status_403, Indeterminate, None, 2),
            (status_404, status_403, Indeterminate, None, 2),
            (refused, status_404, Indeterminate, None, 2),
            (
                || Answered::status(401).header("www-authenticate", "Negotiate, Bearer realm=\"x\""),
                ok,
                Unverifiable,
                Some("remark-login-other-way"),
                1,
            ),
            (|| Answered::status(407), ok, Indeterminate, Some("remark-login-proxy"), 1),
            (refused, || Answered::status(407), Indeterminate, Some("remark-login-proxy"), 2),
            (redirect, ok, Indeterminate, Some("remark-redirect"), 1),
            (refused, redirect, Indeterminate, Some("remark-redirect"), 2),
            (|| Answered::status(429), ok, RateLimited, None, 1),
            (refused, || Answered::status(429), RateLimited, None, 2),
            (|| Answered::status(502), ok, ServiceError, None, 1),
            (refused, || Answered::status(503), ServiceError, None, 2),
            (|| Answered::status(418), ok, Indeterminate, None, 1),
            (Answered::hang, ok, Unreachable, None, 1),
            (refused, Answered::hang, Unreachable, None, 2),
            (refused, huge, Indeterminate, None, 2),
        ];
        for (at, (first, then, wanted, remark, requests)) in cases.into_iter().enumerate() {
            let system = system(first, then);
            let finding = found(&login("alice", "pä:ss", Some(&system.url("/in/side?a=b")))).await;
            assert_eq!(finding.outcome, wanted, "{at}: {finding:?}");
            assert_eq!(finding.remarks.first().map(String::as_str), remark, "{at}");
            assert_eq!(system.received().len(), requests, "{at}: {finding:?}");
            let identity = finding.identity.map(|identity| (identity.key, identity.label));
            let alice = (format!("http://{}/alice", system.authority()), "alice".to_owned());
            assert_eq!(identity, wanted.proves_identity().then_some(alice), "{at}");
        }
        let system = system(refused, ok);
        let wrong = found(&login("alice", "wrong", Some(&system.url("/in/side?a=b")))).await;
        assert_eq!((wrong.outcome, wrong.evidence.status), (InvalidCredential, Some(401)));
    }

    #[actix_web::test]
    async fn what_cannot_be_asked_about_is_not() {
        for (opened, wanted, remark) in [
            (login("alice", "x", None), Outcome::Unverifiable, Some("remark-login-without-address")),
            (
                login("a:b", "x", Some("http://127.0.0.1:1/")),
                Outcome::Unverifiable,
                Some("remark-login-colon"),
            ),
            (login("alice", "x", Some("http://127.0.0.1:1/")), Outcome::Unreachable, None),
            (login("alice", "x", Some("http://169.254.169.254/latest/")), Outcome::NotAllowed, None),
            (login("alice", "x", Some("ftp://a.example/")), Outcome::Malformed, None),
        ] {
            let finding = found(&opened).await;
            let remarks = finding.remarks.first().map(String::as_str);
            assert_eq!((finding.outcome, remarks), (wanted, remark));
        }
        let mut empty = login("alice", "x", None);
        empty.secret.clear();
        assert_eq!(found(&empty).await.outcome, Outcome::Malformed);
    }
}
