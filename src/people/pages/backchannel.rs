//! Where the provider says that somebody signed out (OpenID Connect Back-Channel Logout 1.0, section 2.5).
//!
//! Not a page: a program asks, and is answered in JSON. No cookie is read, and the session that a browser may have is
//! neither looked at nor touched. A token that is good ends sign-ins, and answers 200 even when there were none; a token
//! that is not is answered 400 with a stable code, and costs a look at keys that we have: no row, no record.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::origin;
use crate::db::StoreError;
use crate::people::Providers;
use crate::people::oidc::{Distrust, Failure, claimed_issuer};
use crate::people::sign_in::{self, Logout};
use crate::web::forms::Submitted;
use crate::web::{Answer, Console, Problem};

/// As long as a form with a token may be.
const LONGEST: usize = 16 * 1024;

pub(crate) async fn backchannel_logout(
    request: HttpRequest,
    body: web::Payload,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let Ok(Ok(body)) = body.to_bytes_limited(LONGEST).await else {
        return Ok(refused(StatusCode::BAD_REQUEST, "too_long"));
    };
    let form = Submitted::parse(&body);
    let raw = form.one("logout_token");
    // Only for finding whom to ask: the token is believed by nobody yet.
    let provider = match (providers.only(), claimed_issuer(raw)) {
        (Some(only), _) => only,
        (None, Some(issuer)) => match providers.of_issuer(&issuer) {
            Some((_, provider)) => provider,
            None => return Ok(refused(StatusCode::BAD_REQUEST, Distrust::Issuer.code())),
        },
        (None, None) => return Ok(refused(StatusCode::BAD_REQUEST, Distrust::Unreadable.code())),
    };
    let token = match provider.logout_token(raw).await {
        Ok(token) => token,
        Err(failure) => {
            tracing::warn!(%failure, "a logout token was refused");
            return Ok(match failure {
                Failure::Distrusted(why) => refused(StatusCode::BAD_REQUEST, why.code()),
                // Our side of it: the provider's keys are not known here. Asking again later may help.
                _ => refused(StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable"),
            });
        }
    };
    let (now, chain, origin) = (console.clock.now(), console.chain.clone(), origin(&request));
    let logout = console
        .db
        .write(move |conn| sign_in::log_out(conn, &token, now, &chain, &origin))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    Ok(match logout {
        Logout::Done(ended) => {
            tracing::info!(ended, "the provider signed somebody out");
            HttpResponse::Ok().finish()
        }
        Logout::Replayed => {
            tracing::warn!("a logout token came again");
            refused(StatusCode::BAD_REQUEST, "replayed")
        }
    })
}

/// A refusal in the form of the specification's section 2.8; what is wrong is in the description.
fn refused(status: StatusCode, code: &'static str) -> HttpResponse {
    HttpResponse::build(status)
        .json(serde_json::json!({ "error": "invalid_request", "error_description": code }))
}
