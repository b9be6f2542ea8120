//! `POST /api/v1/resolve` and `GET /api/v1/credentials/{token}/{format}`.
//!
//! Answers are JSON or the bare file, refusals are RFC 9457 problems with a stable `code`; all of them `no-store`.
//! With `Voucher-Seal-To` what is delivered comes sealed to the caller's key; refusals, which hold no content, do not.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::ask::{self, Parts};
use super::delivery::{self, Format, Undeliverable};
use super::{Ask, Got, NoAnswer, Refusal, Resolver, Unmet};
use crate::credentials::Token;
use crate::ids::RequestId;
use crate::pipelines::{Presented, Unproved};
use crate::seal::{AnswerKey, BadAnswerKey};
use crate::web::origin;

/// The code of what makes no sense, or cannot be delivered the way it was asked for.
const INVALID: &str = "invalid_request";

/// The request header with the key to seal to.
const SEAL_TO: &str = "voucher-seal-to";

/// The request header with what the caller calls its run, where there is no body to say it in.
const RUN: &str = "voucher-run";

/// The media type of a sealed answer; inside is what would have come openly.
const SEALED: &str = "application/vnd.voucher.sealed";

/// The response header with the version that was delivered as a file.
const VERSION: HeaderName = HeaderName::from_static("voucher-version");

/// Answers a batch: 200 when at least one credential was delivered, else the first refusal's own status.
pub async fn resolve(
    request: HttpRequest,
    resolver: web::Data<Resolver>,
    body: web::Payload,
) -> HttpResponse {
    let body = match body.to_bytes_limited(ask::MOST_BYTES).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return invalid(&request, StatusCode::BAD_REQUEST, "The body could not be read."),
        Err(_) => return invalid(&request, StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 64 KiB."),
    };
    let batch = match ask::batch(&body) {
        Ok(batch) => batch,
        Err(bad) => {
            let status = match bad {
                ask::BadAsk::Shape => StatusCode::BAD_REQUEST,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            return invalid(&request, status, &bad.to_string());
        }
    };
    let seal_to = match seal_to(&request) {
        Ok(seal_to) => seal_to,
        Err(bad) => return cannot_seal(&request, bad),
    };
    let ask = Ask {
        presented: presented(&request),
        tokens: batch.tokens,
        formats: batch.parts.describe(),
        sealed_to: seal_to.as_ref().map(AnswerKey::thumbprint),
        run: batch.run,
        origin: origin(&request),
    };
    match resolver.resolve(&ask).await {
        Ok(answers) => batch_answer(&request, (&batch.parts, seal_to.as_ref()), &answers),
        Err(no_answer) => problem_of(&request, no_answer),
    }
}

/// Answers one credential in one format, as the bare file.
pub async fn file(
    request: HttpRequest,
    resolver: web::Data<Resolver>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (token, format) = path.into_inner();
    // What cannot be a token names no credential; asking for it is answered like asking for any other unknown one.
    let (Ok(token), Some(format)) = (Token::parse(&token), Format::parse(&format)) else {
        return refused(&request, Refusal::Unknown);
    };
    let seal_to = match seal_to(&request) {
        Ok(seal_to) => seal_to,
        Err(bad) => return cannot_seal(&request, bad),
    };
    let Ok(run) = run(&request) else {
        return invalid(&request, StatusCode::BAD_REQUEST, &ask::BadAsk::Run.to_string());
    };
    let ask = Ask {
        presented: presented(&request),
        tokens: vec![token],
        formats: format.as_str().to_owned(),
        sealed_to: seal_to.as_ref().map(AnswerKey::thumbprint),
        run,
        origin: origin(&request),
    };
    match resolver.resolve(&ask).await.map(|mut answers| answers.pop()) {
        Ok(Some((_, Ok(got)))) => match delivery::deliver(&got.opened, format) {
            Ok(delivered) => {
                let body = delivered.body.expose().clone();
                let mut response = content(seal_to.as_ref(), delivered.media_type, body);
                response.headers_mut().insert(VERSION, HeaderValue::from(got.version));
                response
            }
            Err(undeliverable) => cannot_deliver(&request, undeliverable),
        },
        Ok(Some((_, Err(refusal)))) => refused(&request, refusal),
        Ok(None) => refused(&request, Refusal::Unknown),
        Err(no_answer) => problem_of(&request, no_answer),
    }
}

/// The key that the caller wants the answer sealed to, if any.
fn seal_to(request: &HttpRequest) -> Result<Option<AnswerKey>, BadAnswerKey> {
    let mut values = request.headers().get_all(SEAL_TO);
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => AnswerKey::parse(text.trim()).map(Some),
        _ => Err(BadAnswerKey::Malformed),
    }
}

/// What the caller calls its run, if it says so.
fn run(request: &HttpRequest) -> Result<Option<String>, ()> {
    let mut values = request.headers().get_all(RUN);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| ())?;
    if values.next().is_some() || !ask::is_run(text) {
        return Err(());
    }
    Ok(Some(text.to_owned()))
}

/// Answered openly it would be read by whom the caller fears.
fn cannot_seal(request: &HttpRequest, bad: BadAnswerKey) -> HttpResponse {
    invalid(request, StatusCode::BAD_REQUEST, &format!("What Voucher-Seal-To holds is {bad}."))
}

/// What is delivered, sealed where the caller wants that.
fn content(seal_to: Option<&AnswerKey>, media_type: &'static str, body: Vec<u8>) -> HttpResponse {
    let (media_type, body) = match seal_to {
        Some(key) => (SEALED, key.seal(body)),
        None => (media_type, body),
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}

/// The key that came with a request.
fn presented(request: &HttpRequest) -> Result<Presented, Unproved> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().ok_or(Unproved::Missing)?;
    if values.next().is_some() {
        return Err(Unproved::Malformed);
    }
    let text = value.to_str().map_err(|_| Unproved::Malformed)?;
    let (scheme, key) = text.split_once(' ').ok_or(Unproved::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Unproved::Malformed);
    }
    Presented::bearer(key.trim()).ok_or(Unproved::Malformed)
}

#[derive(Serialize)]
struct Delivered<'a> {
    token: &'a str,
    #[serde(rename = "type")]
    credential_type: &'a str,
    name: &'a str,
    version: i32,
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<BTreeMap<&'a str, &'a str>>,
    files: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undeliverable: Vec<LeftOut>,
}

/// A format in which this content cannot be delivered.
#[derive(Serialize)]
struct LeftOut {
    format: &'static str,
    code: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct Refused<'a> {
    token: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

fn batch_answer(
    request: &HttpRequest,
    (parts, seal_to): (&Parts, Option<&AnswerKey>),
    answers: &[(Token, Result<Got, Refusal>)],
) -> HttpResponse {
    let (mut made, mut refusals) = (Vec::with_capacity(answers.len()), Vec::new());
    let mut first = None;
    for (token, result) in answers {
        let shapes = match result {
            Ok(got) => Made::of(got, parts).map(|shapes| (got, shapes)).map_err(Withheld::Undeliverable),
            Err(refusal) => Err(Withheld::Refused(*refusal)),
        };
        match shapes {
            Ok((got, shapes)) => made.push((token, got, shapes)),
            Err(withheld) => {
                first.get_or_insert(withheld);
                refusals.push(withheld.of(token.as_str()));
            }
        }
    }
    match first {
        Some(Withheld::Refused(refusal)) if made.is_empty() => return refused(request, refusal),
        Some(Withheld::Undeliverable(why)) if made.is_empty() => return cannot_deliver(request, why),
        Some(_) | None => {}
    }
    match body(&made, &refusals) {
        Ok(body) => content(seal_to, "application/json", body),
        Err(_) => cannot_deliver(request, Undeliverable::Unfit),
    }
}

/// The document of a batch. It is put together here, and not by one structure, because the masks of each credential
/// are JSON already, and by far the largest part.
fn body(made: &[(&Token, &Got, Made)], refusals: &[Refused<'_>]) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = b"{\"credentials\":[".to_vec();
    for (at, (token, got, shapes)) in made.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        let delivered = Delivered {
            token: token.as_str(),
            credential_type: got.opened.credential_type.id,
            name: &got.name,
            version: got.version,
            expires_at: got.expires_at.map(|at| at.to_string()),
            fields: shapes.fields.as_ref().map(by_name),
            env: shapes.env.as_ref().map(by_name),
            files: shapes
                .files
                .iter()
                .filter_map(|(name, body)| Some((*name, std::str::from_utf8(body.expose()).ok()?)))
                .collect(),
            undeliverable: shapes
                .left_out
                .iter()
                .map(|(format, why)| LeftOut { format, code: why.code(), detail: sentence(*why) })
                .collect(),
        };
        serde_json::to_writer(&mut body, &delivered)?;
        // One more member before the brace that ends it.
        body.pop();
        body.extend_from_slice(b",\"mask\":");
        got.write_masks(&mut body);
        body.push(b'}');
    }
    body.extend_from_slice(b"],\"refusals\":");
    serde_json::to_writer(&mut body, refusals)?;
    body.push(b'}');
    Ok(body)
}

fn by_name(pairs: &delivery::Pairs) -> BTreeMap<&str, &str> {
    pairs.iter().map(|(name, value)| (*name, value.expose().as_str())).collect()
}

/// Why one credential of a batch is not in the answer. The others are.
#[derive(Clone, Copy)]
enum Withheld {
    Refused(Refusal),
    Undeliverable(Undeliverable),
}

impl Withheld {
    fn of(self, token: &str) -> Refused<'_> {
        match self {
            Self::Refused(refusal) => Refused { token, code: refusal.code(), detail: None },
            Self::Undeliverable(why) => Refused { token, code: INVALID, detail: Some(sentence(why)) },
        }
    }
}

/// The wanted shapes of one credential, kept while the answer borrows from them.
struct Made {
    fields: Option<delivery::Pairs>,
    env: Option<delivery::Pairs>,
    files: delivery::Files,
    left_out: delivery::LeftOut,
}

impl Made {
    /// What cannot be made is left out and named, unless the caller would get nothing of what they named.
    fn of(got: &Got, parts: &Parts) -> Result<Self, Undeliverable> {
        let opened = &got.opened;
        let (files, left_out) = delivery::files(opened, |name| parts.wants(name))?;
        match left_out.first() {
            Some((_, why)) if files.is_empty() && parts.only_named_files() => return Err(*why),
            Some(_) | None => {}
        }
        Ok(Self {
            fields: parts.fields.then(|| delivery::fields(opened)).transpose()?,
            env: parts.env.then(|| delivery::env(opened)).transpose()?,
            files,
            left_out,
        })
    }
}

/// An RFC 9457 problem.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

fn problem(request: &HttpRequest, status: StatusCode, code: &str, detail: &str) -> HttpResponse {
    let body = Body {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        code,
        detail,
        request_id: request.extensions().get::<RequestId>().map(ToString::to_string),
    };
    let mut response =
        HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

fn invalid(request: &HttpRequest, status: StatusCode, detail: &str) -> HttpResponse {
    problem(request, status, INVALID, detail)
}

fn refused(request: &HttpRequest, refusal: Refusal) -> HttpResponse {
    let (status, detail) = match refusal {
        Refusal::Unknown | Refusal::NotOnKey | Refusal::Deleted | Refusal::OutOfScope => (
            StatusCode::NOT_FOUND,
            "There is no such credential, or it may not be used here. Check the token, and whether the credential's scope includes the project or the repository of this access key, and whether the key may ask for it.",
        ),
        Refusal::ConditionFailed(unmet) => (StatusCode::FORBIDDEN, unproved(unmet)),
        Refusal::Disabled => (
            StatusCode::CONFLICT,
            "The credential is disabled. Whoever is responsible for it can enable it in the console.",
        ),
        Refusal::Expired => (
            StatusCode::CONFLICT,
            "The credential has expired. Rotate it, or give it a later expiry, in the console.",
        ),
        Refusal::SealedUnreadable => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The stored credential cannot be opened. The administrators have been alarmed; rotating the credential replaces it.",
        ),
    };
    problem(request, status, refusal.code(), detail)
}

/// What to do about a condition that is not met.
fn unproved(unmet: Unmet) -> &'static str {
    match unmet {
        Unmet::Run => {
            "The credential is given only to runs that prove what they are. Exchange the run's ID token at /oauth/token instead of using an access key."
        }
        Unmet::Ref => {
            "The credential is not given to runs of this branch or tag. Its conditions are on its page in the console."
        }
        Unmet::Protected => {
            "The credential is given only to runs of protected branches and tags, and this run's ID token does not say that its own is."
        }
        Unmet::Event => {
            "The credential is not given to runs that were started this way. Its conditions are on its page in the console."
        }
        Unmet::Pipeline => {
            "The credential is not given to this pipeline. Its conditions are on its page in the console."
        }
    }
}

fn problem_of(request: &HttpRequest, no_answer: NoAnswer) -> HttpResponse {
    match no_answer {
        NoAnswer::Unauthenticated => {
            let mut response = problem(
                request,
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "The access key is missing, mistyped, unknown, revoked, expired, replaced or not for this address. Send it as `Authorization: Bearer vak_…`.",
            );
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"voucher\""));
            response
        }
        NoAnswer::OtherKey => problem(
            request,
            StatusCode::FORBIDDEN,
            "sealing_key_mismatch",
            "The run's ID token says which key its answers are sealed to, and Voucher-Seal-To is missing or holds another one. Send the key that the token was made for; if you did, something on the way changes requests.",
        ),
        NoAnswer::RateLimited(wait) => {
            let mut response = problem(
                request,
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests. Wait as many seconds as Retry-After says; asking for several tokens at once saves requests.",
            );
            // Rounded up: whoever comes earlier is sent away again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
            response
        }
        NoAnswer::Unavailable => {
            let mut response = problem(
                request,
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The answer could not be decided or recorded now, so there is none. Try again shortly.",
            );
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

fn cannot_deliver(request: &HttpRequest, undeliverable: Undeliverable) -> HttpResponse {
    invalid(request, StatusCode::UNPROCESSABLE_ENTITY, &sentence(undeliverable))
}

fn sentence(undeliverable: Undeliverable) -> String {
    let mut sentence = undeliverable.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence.push('.');
    sentence
}
