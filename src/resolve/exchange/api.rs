//! `POST /oauth/token`: OAuth 2.0 token exchange (RFC 8693), with the errors of RFC 6749, section 5.2.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Exchange, NotExchanged, Offer};
use crate::secret::Secret;
use crate::web::origin;

/// The largest body, in bytes. A token of a CI system has two or three thousand.
const MOST_BYTES: usize = 16 * 1024;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TYPES: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"];

/// Exchanges the token of a CI system for one that the resolve line takes.
pub async fn exchange(
    request: HttpRequest,
    exchange: web::Data<Exchange>,
    body: web::Payload,
) -> HttpResponse {
    let body = match body.to_bytes_limited(MOST_BYTES).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return invalid("The body could not be read."),
        Err(_) => {
            return error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "The body is larger than 16 KiB.",
            );
        }
    };
    if request.content_type() != "application/x-www-form-urlencoded" {
        return invalid("The body has to be application/x-www-form-urlencoded.");
    }
    let (token, audience) = match read(&body) {
        Ok(read) => read,
        Err((code, sentence)) => return error(StatusCode::BAD_REQUEST, code, sentence),
    };
    let offer = Offer { token, audience, origin: origin(&request) };
    match exchange.exchange(&offer).await {
        Ok(exchanged) => answer(
            StatusCode::OK,
            &json!({
                "access_token": exchanged.text.expose(),
                "issued_token_type": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": exchanged.lasts.as_secs(),
            }),
        ),
        Err(not) => not_exchanged(not),
    }
}

/// The code of an error, and a sentence.
type Bad = (&'static str, &'static str);

/// The token, and the audience if one is named. A parameter may be there once, whichever it is.
fn read(body: &[u8]) -> Result<(Secret<String>, Option<String>), Bad> {
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if sent.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(("invalid_request", "A parameter is there twice."));
        }
    }
    let is =
        |name: &str, wanted: &[&str]| sent.get(name).is_some_and(|value| wanted.contains(&value.as_str()));
    if !sent.contains_key("grant_type") {
        return Err(("invalid_request", "grant_type is missing."));
    }
    if !is("grant_type", &[GRANT]) {
        return Err((
            "unsupported_grant_type",
            "grant_type has to be urn:ietf:params:oauth:grant-type:token-exchange.",
        ));
    }
    if !is("subject_token_type", &SUBJECT_TYPES) {
        return Err((
            "invalid_request",
            "subject_token_type has to be urn:ietf:params:oauth:token-type:id_token or urn:ietf:params:oauth:token-type:jwt.",
        ));
    }
    if sent.contains_key("requested_token_type") && !is("requested_token_type", &[ACCESS_TOKEN]) {
        return Err((
            "invalid_request",
            "requested_token_type can only be urn:ietf:params:oauth:token-type:access_token.",
        ));
    }
    if sent.contains_key("actor_token") {
        return Err(("invalid_request", "Nobody can act for a pipeline: leave actor_token out."));
    }
    let audience = sent.remove("audience");
    let token = sent.remove("subject_token").filter(|token| !token.is_empty());
    let token = token.ok_or(("invalid_request", "subject_token is missing."))?;
    Ok((Secret::new(token), audience))
}

fn not_exchanged(not: NotExchanged) -> HttpResponse {
    let with_wait = |mut response: HttpResponse, seconds: u64| {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds.max(1)));
        response
    };
    match not {
        NotExchanged::Refused => error(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "The token is not accepted: its issuer, audience, signature, time or claims are not what a trusted issuer and its rules demand, or it was used before. The audit log says which; an administrator can try a token at Access, Trusted issuers.",
        ),
        NotExchanged::WrongTarget => {
            error(StatusCode::BAD_REQUEST, "invalid_target", "audience is not the one that the token is for.")
        }
        NotExchanged::Unavailable => with_wait(
            error(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The token could not be checked or recorded now. Try again in a minute.",
            ),
            60,
        ),
        NotExchanged::RateLimited(wait) => with_wait(
            error(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                "Too many tokens from there were not accepted. Wait as many seconds as Retry-After says.",
            ),
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        ),
    }
}

fn invalid(sentence: &str) -> HttpResponse {
    error(StatusCode::BAD_REQUEST, "invalid_request", sentence)
}

fn error(status: StatusCode, code: &str, sentence: &str) -> HttpResponse {
    answer(status, &json!({ "error": code, "error_description": sentence }))
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .json(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let form = |pairs: &[(&str, &str)]| {
            let mut text = url::form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(pairs);
            read(text.finish().as_bytes())
                .map(|(token, audience)| (token.expose().clone(), audience))
                .map_err(|(code, _)| code)
        };
        let good = [("grant_type", GRANT), ("subject_token", "t"), ("subject_token_type", SUBJECT_TYPES[0])];
        assert_eq!(form(&good), Ok(("t".into(), None)));
        let with = |more: &[(&'static str, &'static str)]| form(&[&good, more].concat());
        assert_eq!(with(&[("audience", "a"), ("scope", "x")]), Ok(("t".into(), Some("a".into()))));
        for twice in ["subject_token", "audience", "anything"] {
            assert_eq!(with(&[(twice, "a"), (twice, "a")]), Err("invalid_request"), "{twice}");
        }
        assert_eq!(with(&[("requested_token_type", SUBJECT_TYPES[0])]), Err("invalid_request"));
        assert_eq!(with(&[("actor_token", "x")]), Err("invalid_request"));
        for missing in 0..good.len() {
            let mut less = good.to_vec();
            less.remove(missing);
            assert_eq!(form(&less), Err("invalid_request"), "{missing}");
        }
        let other = [("grant_type", "client_credentials"), good[1], good[2]];
        assert_eq!(form(&other), Err("unsupported_grant_type"));
    }
}
