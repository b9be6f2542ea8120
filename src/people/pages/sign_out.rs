//! Signing out: here first, then at the provider.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::cookies::{Cookies, set_cookie};
use super::{hint, lead_away, origin};
use crate::db::StoreError;
use crate::people::{Providers, attempt, session, sign_in};
use crate::web::{Answer, Console, Problem, Shell};

#[derive(Template)]
#[template(path = "people/signed_out.html")]
struct SignedOutPage<'a> {
    shell: &'a Shell,
    /// Where the provider ends its own session.
    provider: Option<&'a str>,
}

/// Ends the sign-in before anything else: whatever fails afterwards, it is over.
pub(crate) async fn sign_out(
    request: HttpRequest,
    session: Session,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let mut issuer = None;
    if let Some(secret) = session::sign_in_secret(&request) {
        let (hash, now, chain, origin) =
            (secret.hash(), console.clock.now(), console.chain.clone(), origin(&request));
        issuer = console
            .db
            .write(move |conn| sign_in::end(conn, &hash, now, &chain, &origin))
            .await
            .map_err(|error: StoreError| Problem::from(error))?;
    }
    session.purge();
    let mut response = lead_away(&request, "/signed-out");
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), clear);
    let cookies = Cookies::of(&console);
    // Which provider has a session of its own to end, where there are several.
    let place =
        issuer.as_deref().and_then(|issuer| providers.of_issuer(issuer)).map_or(0, |(place, _)| place);
    let state = format!("{place}.{}", attempt::random_text(&console.random));
    set_cookie(&mut response, &cookies.keep(cookies.signed_out_name(), state));
    Ok(response)
}

#[derive(Deserialize)]
pub(crate) struct FromProvider {
    state: Option<String>,
}

/// Comes twice when the provider ends sessions: before it is asked to, and when it sends people back. The way there is
/// a `Refresh`, because the policy for forms also covers where a form's answer redirects to.
pub(crate) async fn signed_out(
    request: HttpRequest,
    query: web::Query<FromProvider>,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let cookies = Cookies::of(&console);
    let cookie = request.cookie(cookies.signed_out_name());
    let kept = cookie.as_ref().and_then(|cookie| cookie.value().split_once('.'));
    let state = kept.map(|(_, state)| state.to_owned());
    let provider = kept.and_then(|(place, _)| providers.at(place.parse().ok()?));
    let shell = Shell::of(&request, None);
    let onward = match (&state, provider, &query.state) {
        (Some(state), Some(provider), None) if attempt::is_random_text(state) => {
            provider.end_session(state, hint::kept(&console, &request).as_ref()).await
        }
        _ => None,
    };
    let page = SignedOutPage { shell: &shell, provider: onward.as_ref().map(url::Url::as_str) };
    let mut response = shell.answer(StatusCode::OK, &page)?;
    match &onward {
        Some(address) => {
            if let Ok(refresh) = HeaderValue::from_str(&format!("0; url={address}")) {
                response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
            }
            set_cookie(&mut response, &hint::gone(&console));
        }
        None if state.is_some() => {
            if query.state != state {
                tracing::warn!("the provider's answer to a sign-out names another");
            }
            set_cookie(&mut response, &cookies.gone(cookies.signed_out_name()));
        }
        None => {}
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_page_after_signing_out_can_be_shown() {
        for provider in [None, Some("https://id.example/end?a=b&c=\"d\"")] {
            look::in_every_shell(|shell| SignedOutPage { shell, provider }.render());
        }
    }
}
