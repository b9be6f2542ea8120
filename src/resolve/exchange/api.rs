//! `POST /oauth/token`: OAuth 2.0 token exchange (RFC 8693), with the errors of RFC 6749, section 5.2.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::openapi::{Object, RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::{Exchange, NotExchanged, Offer};
use crate::secret::Secret;
use crate::web::described::words;
use crate::web::{origin, refusals, refusals_of};

/// The largest body, in bytes. A token of a CI system has two or three thousand.
const MOST_BYTES: usize = 16 * 1024;
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The code of a request that makes no sense.
const INVALID: &str = "invalid_request";
/// The code of a token that is not accepted.
const INVALID_GRANT: &str = "invalid_grant";
/// The code of a token that is for another audience.
const INVALID_TARGET: &str = "invalid_target";
/// The code of what cannot be answered now.
const LATER: &str = "temporarily_unavailable";
const SUBJECT_TYPES: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"];

/// The form of a token exchange.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `read` takes out of a form")]
pub(crate) struct TokenExchange {
    #[schema(schema_with = only_grant)]
    grant_type: String,
    /// The token that the CI system signed for the run. It is used up by the exchange.
    #[schema(min_length = 1, example = "eyJhbGciOi…")]
    subject_token: String,
    #[schema(schema_with = subject_types)]
    subject_token_type: String,
    /// What the new token shall be for; if it is named at all, the audience of the trusted issuer.
    audience: Option<String>,
    #[schema(schema_with = only_access_token)]
    requested_token_type: Option<String>,
}

fn only_grant() -> Object {
    words([GRANT])
}

fn subject_types() -> Object {
    words(SUBJECT_TYPES)
}

fn only_access_token() -> Object {
    words([ACCESS_TOKEN])
}

/// A token that was given.
#[derive(Serialize, ToSchema)]
struct ExchangedToken<'a> {
    /// Used as a bearer on the resolve line, like an access key.
    #[schema(example = "vst_…")]
    access_token: &'a str,
    issued_token_type: &'static str,
    token_type: &'static str,
    /// Seconds: 5 to 30 minutes.
    #[schema(minimum = 1)]
    expires_in: i64,
}

/// Why none was given (RFC 6749, section 5.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct ExchangeError<'a> {
    /// Why, for programs.
    error: &'a str,
    /// Why and what to do, for people.
    error_description: &'a str,
}

/// How an exchange fails: the statuses with their codes.
struct NotGiven;

impl IntoResponses for NotGiven {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bad = [INVALID, "unsupported_grant_type", INVALID_GRANT, INVALID_TARGET];
        let mut all = refusals_of::<ExchangeError<'_>>(&[
            (400, &bad),
            (413, &[INVALID]),
            (429, &[LATER]),
            (503, &[LATER]),
        ]);
        all.extend(refusals(&[(500, &["internal"])]));
        all
    }
}

/// Exchange a CI system's token
///
/// OAuth 2.0 token exchange (RFC 8693): a run proves by the token that its CI system signed for it what it is, and gets
/// a token that is used like an access key for 5 to 30 minutes. No key needs to be stored. Whatever is wrong with the
/// token, the answer is `invalid_grant`; the audit log says what it was.
#[utoipa::path(
    post,
    path = "/oauth/token",
    operation_id = "exchangeToken",
    tag = "resolve",
    request_body(content = TokenExchange, content_type = "application/x-www-form-urlencoded", example = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "subject_token": "eyJhbGciOi…"
    })),
    responses(
        (status = 200, description = "A token for the resolve line.", body = ExchangedToken, example = json!({
            "access_token": "vst_…",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 600
        })),
        NotGiven
    )
)]
pub async fn exchange(
    request: HttpRequest,
    exchange: web::Data<Exchange>,
    body: web::Payload,
) -> HttpResponse {
    let body = match body.to_bytes_limited(MOST_BYTES).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return invalid("The body could not be read."),
        Err(_) => {
            return error(StatusCode::PAYLOAD_TOO_LARGE, INVALID, "The body is larger than 16 KiB.");
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
            &ExchangedToken {
                access_token: exchanged.text.expose(),
                issued_token_type: ACCESS_TOKEN,
                token_type: "Bearer",
                expires_in: exchanged.lasts.as_secs(),
            },
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
            return Err((INVALID, "A parameter is there twice."));
        }
    }
    let is =
        |name: &str, wanted: &[&str]| sent.get(name).is_some_and(|value| wanted.contains(&value.as_str()));
    if !sent.contains_key("grant_type") {
        return Err((INVALID, "grant_type is missing."));
    }
    if !is("grant_type", &[GRANT]) {
        return Err((
            "unsupported_grant_type",
            "grant_type has to be urn:ietf:params:oauth:grant-type:token-exchange.",
        ));
    }
    if !is("subject_token_type", &SUBJECT_TYPES) {
        return Err((
            INVALID,
            "subject_token_type has to be urn:ietf:params:oauth:token-type:id_token or urn:ietf:params:oauth:token-type:jwt.",
        ));
    }
    if sent.contains_key("requested_token_type") && !is("requested_token_type", &[ACCESS_TOKEN]) {
        return Err((
            INVALID,
            "requested_token_type can only be urn:ietf:params:oauth:token-type:access_token.",
        ));
    }
    if sent.contains_key("actor_token") {
        return Err((INVALID, "Nobody can act for a pipeline: leave actor_token out."));
    }
    let audience = sent.remove("audience");
    let token = sent.remove("subject_token").filter(|token| !token.is_empty());
    let token = token.ok_or((INVALID, "subject_token is missing."))?;
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
            INVALID_GRANT,
            "The token is not accepted: its issuer, audience, signature, time or claims are not what a trusted issuer and its rules demand, or it was used before. The audit log says which; an administrator can try a token at Access, Trusted issuers.",
        ),
        NotExchanged::WrongTarget => {
            error(StatusCode::BAD_REQUEST, INVALID_TARGET, "audience is not the one that the token is for.")
        }
        NotExchanged::Unavailable => with_wait(
            error(
                StatusCode::SERVICE_UNAVAILABLE,
                LATER,
                "The token could not be checked or recorded now. Try again in a minute.",
            ),
            60,
        ),
        NotExchanged::RateLimited(wait) => with_wait(
            error(
                StatusCode::TOO_MANY_REQUESTS,
                LATER,
                "Too many tokens from there were not accepted. Wait as many seconds as Retry-After says.",
            ),
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        ),
    }
}

fn invalid(sentence: &str) -> HttpResponse {
    error(StatusCode::BAD_REQUEST, INVALID, sentence)
}

fn error(status: StatusCode, code: &str, sentence: &str) -> HttpResponse {
    answer(status, &ExchangeError { error: code, error_description: sentence })
}

fn answer(status: StatusCode, body: &impl Serialize) -> HttpResponse {
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
