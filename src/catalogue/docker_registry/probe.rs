//! Whether a registry takes the credential: the way Docker signs in, with the answers looked at more closely.
//!
//! First the API is asked without the credential. It says how to sign in: with the password itself (`Basic`), or with a
//! token that a token service hands out for it (`Bearer`). The protocol is that of
//! <https://distribution.github.io/distribution/spec/auth/>.

use futures_util::future::BoxFuture;

use super::place::{Place, authority};
use super::token_service::{Proof, TokenService, token};
use crate::catalogue::challenge::challenges;
use crate::catalogue::{Finding, Identity, Opened, Outcome, bearer};
use crate::outbound::{Outbound, Reply, Request, Unanswered, basic};
use crate::secret::Secret;

/// The probe of a username with its password.
pub(super) fn password<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        match (opened.needed("username"), opened.needed("password")) {
            (Ok(username), Ok(password)) => {
                verify(opened, &Proof::Password { username, password }, outbound).await
            }
            _ => Finding::of(Outcome::Malformed),
        }
    })
}

/// The probe of an identity token.
pub(super) fn identity_token<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        match opened.needed("identity_token") {
            Ok(token) => verify(opened, &Proof::IdentityToken(token), outbound).await,
            Err(_) => Finding::of(Outcome::Malformed),
        }
    })
}

async fn verify(opened: &Opened, proof: &Proof<'_>, outbound: &Outbound) -> Finding {
    let text = |name| opened.text(name).ok().flatten();
    let Some(place) = text("registry").and_then(Place::parse) else {
        return Finding::of(Outcome::Malformed);
    };
    match knock(&place, outbound).await {
        Ok((api, reply)) => sign_in(&place, (&api, &reply), text("token_service"), proof, outbound)
            .await
            .unwrap_or_else(Into::into),
        Err(finding) => finding,
    }
}

/// Asks the API without the credential, at the first of its addresses that speaks the right language.
async fn knock(place: &Place, outbound: &Outbound) -> Result<(String, Reply), Finding> {
    let mut last = Finding::of(Outcome::Malformed);
    for api in place.api() {
        match outbound.ask(Request::get(&api)?).await {
            Ok(reply) => return Ok((api, reply)),
            Err(why @ Unanswered::NotHttp) => {
                last = why.into();
                if !place.is_loopback() {
                    last = last.remark("remark-docker-not-https");
                }
            }
            Err(why @ Unanswered::Unreachable) => last = why.into(),
            Err(why) => return Err(why.into()),
        }
    }
    Err(last)
}

/// Signs in as the first answer says.
async fn sign_in(
    place: &Place,
    (api, first): (&str, &Reply),
    named: Option<&str>,
    proof: &Proof<'_>,
    outbound: &Outbound,
) -> Result<Finding, Unanswered> {
    match first.status() {
        401 => {}
        200 => return Ok(said(Outcome::Unverifiable, first).remark("remark-docker-open")),
        404 => return Ok(said(Outcome::Indeterminate, first).remark("remark-docker-no-api")),
        _ => return Ok(otherwise(first)),
    }
    let ways = challenges(first.headers("www-authenticate"));
    let services: Vec<TokenService<'_>> = ways.iter().filter_map(TokenService::of).collect();
    if let Some(service) = services.iter().find(|service| place.may_send_to(service.realm(), named)) {
        return by_token(place, (api, service), proof, outbound).await;
    }
    let takes_passwords = ways.iter().any(|way| way.is("basic"));
    Ok(match (proof, services.first()) {
        (Proof::Password { username, password }, _) if takes_passwords => {
            let request = Request::get(api)?.header("authorization", basic(username, password));
            let reply = outbound.ask(request).await?;
            match reply.status() {
                200 => Finding::works(identity(place, username)).from(&reply),
                401 => said(Outcome::InvalidCredential, &reply),
                403 => denied(&reply, identity(place, username)),
                _ => otherwise(&reply),
            }
        }
        // The host stands where a code would, so that the person can see whether it is right.
        (_, Some(elsewhere)) => said(Outcome::Indeterminate, first)
            .code(authority(elsewhere.realm()))
            .remark("remark-docker-token-service"),
        (Proof::IdentityToken(_), None) if takes_passwords => {
            said(Outcome::Indeterminate, first).remark("remark-docker-passwords-only")
        }
        _ => said(Outcome::Indeterminate, first).remark("remark-docker-unknown-sign-in"),
    })
}

async fn by_token(
    place: &Place,
    (api, service): (&str, &TokenService<'_>),
    proof: &Proof<'_>,
    outbound: &Outbound,
) -> Result<Finding, Unanswered> {
    let reply = service.ask(proof, outbound).await?;
    match reply.status() {
        200 => {}
        401 => return Ok(said(Outcome::InvalidCredential, &reply)),
        // An identity token that is not (any longer) one, in the words of OAuth.
        400 if code(&reply).as_deref() == Some("invalid_grant") => {
            return Ok(said(Outcome::InvalidCredential, &reply));
        }
        403 => return refused(place, service, (proof, &reply), outbound).await,
        _ => return Ok(otherwise(&reply)),
    }
    let Some(token) = token(&reply) else { return Ok(said(Outcome::Indeterminate, &reply)) };
    let subject = bearer::subject(token.expose());
    let identity = match proof {
        Proof::Password { username, .. } => identity(place, username),
        // The name beside an identity token is never sent, so it proves nothing.
        Proof::IdentityToken(_) => subject.as_deref().and_then(|name| identity(place, name)),
    };
    let bearer = Secret::new(["Bearer ", token.expose()].concat());
    let reply = outbound.ask(Request::get(api)?.header("authorization", bearer)).await?;
    Ok(match reply.status() {
        // A token that names its owner was not made out to just anybody.
        200 if subject.is_none() && service.lets_strangers_in(proof, outbound).await => {
            said(Outcome::Unverifiable, &reply).remark("remark-docker-unchecked")
        }
        200 => Finding::works(identity).from(&reply),
        401 => {
            let ways = challenges(reply.headers("www-authenticate"));
            match ways.iter().find_map(|way| way.param("error")) {
                Some(error @ "insufficient_scope") => {
                    said(Outcome::PermissionDenied, &reply).code(error).identity(identity)
                }
                Some(error) => said(Outcome::InvalidCredential, &reply).code(error),
                None => said(Outcome::InvalidCredential, &reply),
            }
        }
        403 => denied(&reply, identity),
        _ => otherwise(&reply),
    })
}

/// What a token service means by 403. Some say it to those whom they know and who lack a permission, others (GitHub's,
/// GitLab's) to whoever has the password wrong. What it says to somebody made up tells which.
async fn refused(
    place: &Place,
    service: &TokenService<'_>,
    (proof, reply): (&Proof<'_>, &Reply),
    outbound: &Outbound,
) -> Result<Finding, Unanswered> {
    let known = match proof {
        Proof::Password { username, .. } => identity(place, username),
        Proof::IdentityToken(_) => None,
    };
    let denied = denied(reply, known);
    if denied.outcome != Outcome::PermissionDenied {
        return Ok(denied);
    }
    Ok(match service.ask_as_stranger(proof, outbound).await?.status() {
        400 | 401 => denied,
        403 => said(Outcome::InvalidCredential, reply),
        _ => said(Outcome::Indeterminate, reply),
    })
}

fn identity(place: &Place, name: &str) -> Option<Identity> {
    Identity::new(&format!("{}/{name}", place.name()), name)
}

/// A 403 to somebody who is known, unless its words say otherwise: there is no code for these.
fn denied(reply: &Reply, known: Option<Identity>) -> Finding {
    let words = words(reply);
    match () {
        () if words.contains("client with ip") => said(Outcome::IpNotAllowed, reply),
        () if words.contains("token has expired") || words.contains("token is expired") => {
            said(Outcome::DisabledOrExpired, reply)
        }
        () => said(Outcome::PermissionDenied, reply).identity(known),
    }
}

/// An answer that is about something else than the credential.
fn otherwise(reply: &Reply) -> Finding {
    match reply.status() {
        429 => said(Outcome::RateLimited, reply),
        _ if code(reply).as_deref() == Some("TOOMANYREQUESTS") => said(Outcome::RateLimited, reply),
        300..=399 => said(Outcome::Indeterminate, reply).remark("remark-redirect"),
        403 if words(reply).contains("client with ip") => said(Outcome::IpNotAllowed, reply),
        500..=599 => said(Outcome::ServiceError, reply),
        _ => said(Outcome::Indeterminate, reply),
    }
}

/// The finding with what the registry said of it.
fn said(outcome: Outcome, reply: &Reply) -> Finding {
    let finding = Finding::of(outcome).from(reply).request_id(reply.header("x-request-id"));
    match code(reply) {
        Some(code) => finding.code(code),
        None => finding,
    }
}

/// The code of the first error: `{"errors":[{"code":"DENIED"}]}`, or, of OAuth, `{"error":"invalid_grant"}`.
fn code(reply: &Reply) -> Option<String> {
    let body = reply.json()?;
    let code = match body.get("errors") {
        Some(errors) => errors.get(0)?.get("code")?,
        None => body.get("error")?,
    };
    code.as_str().map(str::to_owned)
}

/// The words of the first error, to be looked at and never kept.
fn words(reply: &Reply) -> String {
    let body = reply.json().unwrap_or_default();
    let error = body.get("errors").and_then(|errors| errors.get(0));
    let message = error.and_then(|error| error.get("message")).and_then(|message| message.as_str());
    message.unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
