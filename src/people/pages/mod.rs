//! Signing in and out, as people see it.
//!
//! `GET /sign-in` offers it; `/sign-in/start` is a plain link, so that no form leads to another site; the provider
//! sends people back to `/auth/callback`. Whatever goes wrong on the way is a page of ours with a sentence of ours: a
//! provider's texts are never shown.

mod backchannel;
mod cookies;
mod hint;
mod not_signed_in;
mod sign_ins;
mod sign_out;

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use self::cookies::{Cookies, set_cookie};
use self::not_signed_in::NotSignedIn;
use super::attempt::{self, Attempt};
use super::oidc::{Failure, Provider};
use super::return_to::ReturnTo;
use super::sign_in::{self, Admission, Arrival, FailedSignIn, Identity, SignInSecret};
use super::{session, signed_in};
use crate::audit::{Origin, Outcome};
use crate::db::StoreError;
use crate::ids::RequestId;
use crate::secret::Secret;
use crate::web::{Answer, Console, Problem, Shell, see_other};

pub(crate) use self::backchannel::backchannel_logout;
pub(crate) use self::sign_ins::{
    end_other_sign_ins, end_own_sign_in, end_sign_in_of_member, end_sign_ins_of_member, own_sign_ins,
    sign_ins_of_member,
};
pub(crate) use self::sign_out::{sign_out, signed_out};

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignInPage<'a> {
    shell: &'a Shell,
    start: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    return_to: String,
    /// To be asked by the provider even when it remembers somebody.
    #[serde(default)]
    again: bool,
}

pub(crate) async fn sign_in_page(request: HttpRequest, wanted: web::Query<Wanted>) -> Answer {
    let return_to = ReturnTo::or_home(&wanted.return_to);
    if signed_in::viewer(&request).await?.is_some() {
        return Ok(see_other(return_to.as_str()));
    }
    let query: String = url::form_urlencoded::byte_serialize(return_to.as_str().as_bytes()).collect();
    let shell = Shell::of(&request, None);
    shell.answer(
        StatusCode::OK,
        &SignInPage { shell: &shell, start: format!("/sign-in/start?return_to={query}") },
    )
}

pub(crate) async fn start(
    request: HttpRequest,
    wanted: web::Query<Wanted>,
    console: web::Data<Console>,
    provider: web::Data<Provider>,
) -> Answer {
    let question = match provider.ask(&console.random, wanted.again).await {
        Ok(question) => question,
        Err(failure) => {
            tracing::warn!(%failure, "nobody can sign in");
            return NotSignedIn::ProviderDown.page(&request, None);
        }
    };
    // One name for a browser, however many attempts it makes at once.
    let cookies = Cookies::of(&console);
    let browser = cookies.attempt(&request).unwrap_or_else(|| attempt::random_text(&console.random));
    let attempt = Attempt {
        issuer: provider.issuer().to_owned(),
        nonce: question.nonce,
        verifier: question.verifier,
        return_to: ReturnTo::or_home(&wanted.return_to),
    };
    let (now, name) = (console.clock.now(), browser.clone());
    console.db.write(move |conn| attempt::keep(conn, &question.state, &name, &attempt, now)).await?;
    let mut response = lead_away(&request, question.address.as_str());
    set_cookie(&mut response, &cookies.keep(cookies.attempt_name(), browser));
    Ok(response)
}

/// What a provider sends back. Its error text and address are not even read.
#[derive(Deserialize)]
pub(crate) struct ProvidersAnswer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

pub(crate) async fn callback(
    request: HttpRequest,
    session: Session,
    answer: web::Query<ProvidersAnswer>,
    console: web::Data<Console>,
    provider: web::Data<Provider>,
) -> Answer {
    let cookies = Cookies::of(&console);
    let now = console.clock.now();
    let (state, browser) = (answer.state.clone().unwrap_or_default(), cookies.attempt(&request));
    let attempt = console
        .db
        .write(move |conn| attempt::consume(conn, &state, browser.as_deref(), now))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    let Some(attempt) = attempt else {
        let viewer = signed_in::viewer(&request).await?;
        return NotSignedIn::Used.page(&request, viewer.as_ref());
    };
    let return_to = attempt.return_to.clone();
    let (identity, hint) = match identify(&provider, attempt, answer.into_inner()).await {
        Ok(identity) => identity,
        Err(refusal) => return fail(&request, &console, &provider, refusal).await,
    };
    let secret = SignInSecret::new(&console.random);
    let admission = admit(&request, &console, &provider, (identity, &secret)).await?;
    let mut response = match admission {
        Admission::Admitted => {
            session::begin(&session, &secret);
            let mut response = see_other(return_to.as_str());
            if let Some(token) = hint {
                set_cookie(&mut response, &hint::keep(&console, &token));
            }
            response
        }
        Admission::NotAMember => NotSignedIn::NotAMember.page(&request, None)?,
        Admission::Disabled => NotSignedIn::Disabled.page(&request, None)?,
    };
    set_cookie(&mut response, &cookies.gone(cookies.attempt_name()));
    Ok(response)
}

/// Who the provider says has come.
async fn identify(
    provider: &Provider,
    attempt: Attempt,
    answer: ProvidersAnswer,
) -> Result<(Identity, Option<Secret<String>>), NotSignedIn> {
    let identified = async {
        provider.check_issuer(&attempt.issuer, answer.iss.as_deref()).await?;
        match (answer.error, answer.code) {
            (Some(error), _) if error == "access_denied" => Ok(Err(NotSignedIn::Denied)),
            (Some(_), _) | (None, None) => Ok(Err(NotSignedIn::ProviderRefused)),
            (None, Some(code)) => provider.answer(code, &attempt.nonce, attempt.verifier).await.map(Ok),
        }
    };
    match identified.await {
        Ok(answered) => answered,
        Err(failure) => {
            tracing::warn!(%failure, "a sign-in failed");
            Err(match failure {
                Failure::Unusable(_) => NotSignedIn::ProviderDown,
                Failure::Exchange(_) => NotSignedIn::ProviderRefused,
                Failure::MixUp | Failure::Distrusted(_) => NotSignedIn::Distrusted,
            })
        }
    }
}

async fn admit(
    request: &HttpRequest,
    console: &Console,
    provider: &Provider,
    (identity, secret): (Identity, &SignInSecret),
) -> Result<Admission, StoreError> {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let arrival = Arrival {
        identity,
        secret_hash: secret.hash(),
        previous: session::sign_in_secret(request).map(|secret| secret.hash()),
        user_agent: user_agent.unwrap_or_default().chars().take(200).collect(),
        origin: origin(request),
        now: console.clock.now(),
    };
    let (door, chain, random) = (provider.door().clone(), console.chain.clone(), console.random.clone());
    console.db.write(move |conn| sign_in::admit(conn, &door, &arrival, &chain, &random)).await
}

/// Records a sign-in that came to nothing, and says so.
async fn fail(request: &HttpRequest, console: &Console, provider: &Provider, refusal: NotSignedIn) -> Answer {
    let failed = FailedSignIn {
        outcome: if refusal == NotSignedIn::ProviderDown { Outcome::Failed } else { Outcome::Refused },
        reason: refusal.reason(),
        issuer: provider.issuer().to_owned(),
        origin: origin(request),
        now: console.clock.now(),
    };
    let (door, chain) = (provider.door().clone(), console.chain.clone());
    console
        .db
        .write(move |conn| sign_in::record_failure(conn, &door, &failed, &chain))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    refusal.page(request, None)
}

/// Leads to another page or site. htmx would fetch the place and swap it in; it is told to go there instead.
fn lead_away(request: &HttpRequest, to: &str) -> HttpResponse {
    if request.headers().contains_key("hx-request") {
        return HttpResponse::NoContent().insert_header(("HX-Redirect", to)).finish();
    }
    see_other(to)
}

/// From where a request comes, for audit records.
fn origin(request: &HttpRequest) -> Origin {
    Origin {
        sign_in: None,
        address: request.peer_addr().map(|peer| peer.ip().to_string()),
        request: request.extensions().get::<RequestId>().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_sign_in_page_can_be_shown() {
        let start = || "/sign-in/start?return_to=%2F&\"x\"".to_owned();
        look::in_every_shell(|shell| SignInPage { shell, start: start() }.render());
    }
}
