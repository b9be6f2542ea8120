//! Where the provider sends people back to: whoever it says has come is let in, or told why not.

use actix_session::Session;
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::cookies::{Cookies, set_cookie};
use super::not_signed_in::NotSignedIn;
use super::{hint, origin};
use crate::audit::Outcome;
use crate::db::StoreError;
use crate::people::attempt::{self, Attempt, Consumed};
use crate::people::oidc::{Distrust, Failure, Provider};
use crate::people::return_to::ReturnTo;
use crate::people::sign_in::{self, Admission, Arrival, FailedSignIn, Identity, SignInSecret};
use crate::people::{Providers, session, signed_in};
use crate::secret::Secret;
use crate::web::{Answer, Console, Problem, see_other};

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
    providers: web::Data<Providers>,
) -> Answer {
    let cookies = Cookies::of(&console);
    let now = console.clock.now();
    let (state, browser) = (answer.state.clone().unwrap_or_default(), cookies.attempt(&request));
    let attempt = console
        .db
        .write(move |conn| attempt::consume(conn, &state, browser.as_deref(), now))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    let (attempt, spoilt) = match attempt {
        Consumed::Fits(attempt) => (attempt, None),
        Consumed::Spoilt(attempt, why) => (attempt, Some(why)),
        // Anybody can make an address up: nothing is recorded, or it would fill a log that nothing is removed from.
        Consumed::Unknown => {
            let viewer = signed_in::viewer(&request).await?;
            return NotSignedIn::Used.page(&request, viewer.as_ref(), None);
        }
    };
    let (return_to, wanted) = (attempt.return_to.clone(), attempt.wanted.clone());
    let confirms = attempt.fresh_since.is_some();
    let Some((_, provider)) = providers.of_issuer(&attempt.issuer) else {
        // The settings have changed since the attempt began.
        return NotSignedIn::Used.page(&request, None, None);
    };
    if let Some(why) = spoilt {
        record(&request, &console, provider, (Outcome::Refused, why.reason(), wanted.clone())).await?;
        let viewer = signed_in::viewer(&request).await?;
        return NotSignedIn::Used.page(&request, viewer.as_ref(), wanted.as_deref());
    }
    let (identity, hint) = match identify(provider, attempt, answer.into_inner()).await {
        Ok(identity) => identity,
        Err(refusal) => {
            let failed = refusal == NotSignedIn::ProviderDown;
            let outcome = if failed { Outcome::Failed } else { Outcome::Refused };
            record(&request, &console, provider, (outcome, refusal.reason(), wanted.clone())).await?;
            if confirms {
                // Whoever is signed in still is.
                let viewer = signed_in::viewer(&request).await?;
                let again = (wanted.as_deref(), &return_to);
                return refusal.page_of_confirmation(&request, viewer.as_ref(), again);
            }
            return refusal.page(&request, None, wanted.as_deref());
        }
    };
    let secret = SignInSecret::new(&console.random);
    let admission = admit(&request, &console, provider, (identity, wanted.clone(), &secret)).await?;
    let mut response = match admission {
        Admission::Admitted { slug, several } => {
            session::begin(&session, &secret);
            // Who is in several enterprises and did not say where to is asked, unless a page was wanted.
            let choose = several && wanted.is_none() && return_to == ReturnTo::home();
            let mut response = see_other(if choose { "/enterprises" } else { return_to.as_str() });
            if several || providers.only().is_none() {
                set_cookie(&mut response, &cookies.remember(slug));
            }
            if let Some(token) = hint {
                set_cookie(&mut response, &hint::keep(&console, &token));
            }
            response
        }
        Admission::NotAMember => NotSignedIn::NotAMember.page(&request, None, wanted.as_deref())?,
        Admission::Disabled => NotSignedIn::Disabled.page(&request, None, wanted.as_deref())?,
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
            (None, Some(code)) => {
                provider.answer(code, &attempt.nonce, attempt.verifier, attempt.fresh_since).await.map(Ok)
            }
        }
    };
    match identified.await {
        Ok(answered) => answered,
        Err(failure) => {
            tracing::warn!(%failure, "a sign-in failed");
            Err(match failure {
                Failure::Unusable(_) => NotSignedIn::ProviderDown,
                Failure::Exchange(_) => NotSignedIn::ProviderRefused,
                Failure::Distrusted(Distrust::NotConfirmed) => NotSignedIn::NotConfirmed,
                Failure::MixUp | Failure::Distrusted(_) => NotSignedIn::Distrusted,
            })
        }
    }
}

async fn admit(
    request: &HttpRequest,
    console: &Console,
    provider: &Provider,
    (identity, wanted, secret): (Identity, Option<String>, &SignInSecret),
) -> Result<Admission, StoreError> {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let arrival = Arrival {
        identity,
        secret_hash: secret.hash(),
        wanted,
        previous: session::sign_in_secret(request).map(|secret| secret.hash()),
        user_agent: user_agent.unwrap_or_default().chars().take(200).collect(),
        origin: origin(request),
        now: console.clock.now(),
    };
    let (doors, chain, random) = (provider.doors().clone(), console.chain.clone(), console.random.clone());
    console.db.write(move |conn| sign_in::admit(conn, &doors, &arrival, &chain, &random)).await
}

/// Records a sign-in that came to nothing.
pub(super) async fn record(
    request: &HttpRequest,
    console: &Console,
    provider: &Provider,
    (outcome, reason, wanted): (Outcome, &'static str, Option<String>),
) -> Result<(), Problem> {
    let failed = FailedSignIn {
        outcome,
        reason,
        issuer: provider.issuer().to_owned(),
        wanted,
        origin: origin(request),
        now: console.clock.now(),
    };
    let (doors, chain) = (provider.doors().clone(), console.chain.clone());
    console
        .db
        .write(move |conn| sign_in::record_failure(conn, &doors, &failed, &chain))
        .await
        .map_err(|error: StoreError| Problem::from(error))
}
