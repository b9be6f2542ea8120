//! Why nothing is delivered, said as a problem with a stable code.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use crate::ids::RequestId;
use crate::resolve::delivery::Undeliverable;
use crate::resolve::{NoAnswer, Refusal, Unmet};
use crate::web::{PROBLEM, ProblemDocument};

/// The code of what makes no sense, or cannot be delivered the way it was asked for.
pub(super) const INVALID: &str = "invalid_request";
/// The code of who did not prove who they are.
pub(super) const UNAUTHENTICATED: &str = "unauthenticated";
/// The code of who asks for an answer sealed to another key than their token says.
pub(super) const OTHER_KEY: &str = "sealing_key_mismatch";
/// The code of who comes too often.
pub(super) const RATE_LIMITED: &str = "rate_limited";
/// The code of what cannot be decided or recorded now.
pub(super) const UNAVAILABLE: &str = "unavailable";

fn problem(request: &HttpRequest, status: StatusCode, code: &str, detail: &str) -> HttpResponse {
    let body = ProblemDocument {
        r#type: ProblemDocument::TYPE,
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        code,
        detail,
        request_id: request.extensions().get::<RequestId>().map(ToString::to_string),
    };
    let mut response =
        HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response
}

pub(super) fn invalid(request: &HttpRequest, status: StatusCode, detail: &str) -> HttpResponse {
    problem(request, status, INVALID, detail)
}

pub(super) fn refused(request: &HttpRequest, refusal: Refusal) -> HttpResponse {
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

pub(super) fn problem_of(request: &HttpRequest, no_answer: NoAnswer) -> HttpResponse {
    match no_answer {
        NoAnswer::Unauthenticated => {
            let mut response = problem(
                request,
                StatusCode::UNAUTHORIZED,
                UNAUTHENTICATED,
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
            OTHER_KEY,
            "The run's ID token says which key its answers are sealed to, and Voucher-Seal-To is missing or holds another one. Send the key that the token was made for; if you did, something on the way changes requests.",
        ),
        NoAnswer::RateLimited(wait) => {
            let mut response = problem(
                request,
                StatusCode::TOO_MANY_REQUESTS,
                RATE_LIMITED,
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
                UNAVAILABLE,
                "The answer could not be decided or recorded now, so there is none. Try again shortly.",
            );
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

pub(super) fn cannot_deliver(request: &HttpRequest, undeliverable: Undeliverable) -> HttpResponse {
    invalid(request, StatusCode::UNPROCESSABLE_ENTITY, &sentence(undeliverable))
}

pub(super) fn sentence(undeliverable: Undeliverable) -> String {
    let mut sentence = undeliverable.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence.push('.');
    sentence
}
