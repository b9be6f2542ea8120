//! `POST /api/v1/resolve` and `GET /api/v1/credentials/{token}/{format}`.
//!
//! Answers are JSON or the bare file, refusals are RFC 9457 problems with a stable `code`; all of them `no-store`.
//! With `Voucher-Seal-To` what is delivered comes sealed to the caller's key; refusals, which hold no content, do not.

mod answer;
mod described;
mod problems;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::ask;
use super::delivery::{self, Format};
use super::{Ask, Refusal, Resolver};
use crate::credentials::Token;
use crate::pipelines::{Presented, Unproved};
use crate::seal::{AnswerKey, BadAnswerKey};
use crate::web::origin;

use answer::{batch_answer, content};
use described::{BatchAnswers, FileAnswers, OfFile, SealTo};
pub(crate) use described::{Resolved, codes};
use problems::{cannot_deliver, invalid, problem_of, refused};

/// The request header with the key to seal to.
const SEAL_TO: &str = "voucher-seal-to";

/// The request header with what the caller calls its run, where there is no body to say it in.
const RUN: &str = "voucher-run";

/// The response header with the version that was delivered as a file.
const VERSION: HeaderName = HeaderName::from_static("voucher-version");

/// Resolve several credentials at once
///
/// The status is 200 when at least one credential was delivered, and the others are listed as refusals; otherwise it
/// is the first refusal's own. What cannot be used here and what does not exist get the same answer.
#[utoipa::path(
    post,
    path = "/api/v1/resolve",
    operation_id = "resolve",
    tag = "resolve",
    params(SealTo),
    request_body(content = ask::Body, example = json!({
        "tokens": ["aliyun-prod", "k8s-main"], "formats": ["env", "files"], "run": "build-4711"
    })),
    responses(BatchAnswers)
)]
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

/// Resolve one credential, as the bare file
///
/// For `curl` and for tools that read a file: the body is the file and nothing else, and `Voucher-Version` says which
/// version of the credential it is.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/{token}/{format}",
    operation_id = "resolveFile",
    tag = "resolve",
    params(OfFile, SealTo),
    responses(FileAnswers)
)]
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
