//! What people are told when something goes wrong.
//!
//! A [`Problem`] has two messages. The reader gets a sentence of ours with a hint what to do, in their language, and
//! the request id. The log gets the cause, once, with the same id. The second can never reach the first: the cause
//! has no way into a template. `ResponseError` cannot see the request, so it answers bare and leaves the problem in
//! the response's extensions, where [`crate::web::problems`] finds it.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::db::StoreError;

/// What goes wrong for a person in front of a browser, or for a program in front of `/api/`.
#[derive(Clone)]
pub struct Problem {
    pub(super) kind: Kind,
    pub(super) sentence: &'static str,
    cause: Option<String>,
}

/// What a problem is; each has one status and one stable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    NotFound,
    Forbidden,
    CrossSite,
    SignInNeeded { return_to: String },
    KeyNeeded,
    ConfirmationNeeded { start: String },
    MethodNotAllowed { allow: &'static str },
    Conflict,
    Gone,
    Invalid,
    Unprocessable,
    TooLarge,
    UnsupportedMediaType,
    TooManyRequests { retry_after: u32 },
    Unavailable,
    Internal,
}

/// Seconds after which asking again makes sense when the database was busy.
const RETRY_AFTER: u32 = 2;

impl Problem {
    /// Every code that [`Problem::code`] says.
    pub const ALL_CODES: [&'static str; 13] = [
        "not_found",
        "forbidden",
        "cross_site",
        "unauthenticated",
        "confirmation_needed",
        "method_not_allowed",
        "conflict",
        "gone",
        "invalid_request",
        "too_large",
        "rate_limited",
        "unavailable",
        "internal",
    ];

    /// It does not exist, or the reader may not know that it does.
    pub fn not_found() -> Self {
        Self::of(Kind::NotFound, "problem-not-found")
    }

    /// The reader may see it and may not do this.
    pub fn forbidden() -> Self {
        Self::of(Kind::Forbidden, "problem-forbidden")
    }

    /// Somebody else was quicker, or the state does not allow it. `sentence` is a message id with a `.hint`.
    pub fn conflict(sentence: &'static str) -> Self {
        Self::of(Kind::Conflict, sentence)
    }

    /// It was there and is not any more.
    pub fn gone() -> Self {
        Self::of(Kind::Gone, "problem-gone")
    }

    /// The request cannot be understood. Not for forms: those are shown again with a sentence at each field.
    pub fn invalid() -> Self {
        Self::of(Kind::Invalid, "problem-invalid")
    }

    /// A program sent what can be understood and cannot be done. `sentence` is a message id with a `.hint`.
    pub fn unprocessable(sentence: &'static str) -> Self {
        Self::of(Kind::Unprocessable, sentence)
    }

    /// A program has to prove who it is, by a key that holds.
    pub fn key_needed() -> Self {
        Self::of(Kind::KeyNeeded, "api-key-needed")
    }

    /// The body is larger than this address takes.
    pub fn too_large() -> Self {
        Self::of(Kind::TooLarge, "problem-too-large")
    }

    /// The body is of a type that this address does not take.
    pub fn unsupported_media_type() -> Self {
        Self::of(Kind::UnsupportedMediaType, "problem-unsupported-media-type")
    }

    /// Too many requests; how many seconds to wait.
    pub fn too_many_requests(retry_after: u32) -> Self {
        Self::of(Kind::TooManyRequests { retry_after }, "problem-too-many-requests")
    }

    /// The address takes other methods; `allow` lists them as the header does.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::of(Kind::MethodNotAllowed { allow }, "problem-method-not-allowed")
    }

    /// The database or something else that is needed does not answer; trying later may help.
    pub fn unavailable() -> Self {
        Self::of(Kind::Unavailable, "problem-unavailable")
    }

    /// Nobody is signed in; a person is led to the sign-in and then to `return_to`, a path of this site.
    pub fn sign_in_needed(return_to: &str) -> Self {
        Self::of(Kind::SignInNeeded { return_to: return_to.to_owned() }, "problem-sign-in-needed")
    }

    /// They have to prove once more that it is them; `start` is where that begins.
    pub fn confirmation_needed(start: String) -> Self {
        Self::of(Kind::ConfirmationNeeded { start }, "problem-confirmation-needed")
    }

    /// Another site made the browser send this.
    pub fn cross_site() -> Self {
        Self::of(Kind::CrossSite, "problem-cross-site")
    }

    /// Our fault. The cause goes to the log and nowhere else.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::of(Kind::Internal, "problem-internal").because(cause)
    }

    /// The problem that a bare status stands for.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Self::forbidden(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(""),
            StatusCode::CONFLICT => Self::conflict("problem-conflict"),
            StatusCode::GONE => Self::gone(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type(),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many_requests(RETRY_AFTER),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Self::unavailable(),
            status if status.is_client_error() => Self::invalid(),
            status => Self::internal(status),
        }
    }

    /// Adds what the log should know.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Says `sentence`, a message id with a `.hint`, in place of the usual one.
    #[must_use]
    pub fn saying(mut self, sentence: &'static str) -> Self {
        self.sentence = sentence;
        self
    }

    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::NotFound => "not_found",
            Kind::Forbidden => "forbidden",
            Kind::CrossSite => "cross_site",
            Kind::SignInNeeded { .. } | Kind::KeyNeeded => "unauthenticated",
            Kind::ConfirmationNeeded { .. } => "confirmation_needed",
            Kind::MethodNotAllowed { .. } => "method_not_allowed",
            Kind::Conflict => "conflict",
            Kind::Gone => "gone",
            Kind::Invalid | Kind::Unprocessable | Kind::UnsupportedMediaType => "invalid_request",
            Kind::TooLarge => "too_large",
            Kind::TooManyRequests { .. } => "rate_limited",
            Kind::Unavailable => "unavailable",
            Kind::Internal => "internal",
        }
    }

    /// Seconds after which to try again, where that makes sense.
    pub(super) fn retry_after(&self) -> Option<u32> {
        match self.kind {
            Kind::TooManyRequests { retry_after } => Some(retry_after),
            Kind::Unavailable => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// Writes the cause down. Called once per problem, by the middleware that renders it.
    pub(super) fn log(&self, request_id: &str) {
        let (code, cause) = (self.code(), self.cause.as_deref());
        if self.status_code().is_server_error() {
            tracing::error!(request_id, code, cause, "answered with a problem");
        } else if cause.is_some() || matches!(self.kind, Kind::CrossSite) {
            tracing::warn!(request_id, code, cause, "answered with a problem");
        } else {
            tracing::debug!(request_id, code, "answered with a problem");
        }
    }

    fn of(kind: Kind, sentence: &'static str) -> Self {
        Self { kind, sentence, cause: None }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Forbidden | Kind::CrossSite | Kind::ConfirmationNeeded { .. } => StatusCode::FORBIDDEN,
            Kind::SignInNeeded { .. } | Kind::KeyNeeded => StatusCode::UNAUTHORIZED,
            Kind::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Gone => StatusCode::GONE,
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// For logs only: nothing that answers a request prints a problem.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({}, {:?})", self.code(), self.cause)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::unavailable().because(error),
            StoreError::SignedOut => Self::sign_in_needed("/"),
            _ => Self::internal(error),
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_is_worth_another_try_and_a_broken_one_is_not() {
        let busy = Problem::from(StoreError::Busy("locked".to_owned()));
        assert_eq!((busy.status_code().as_u16(), busy.retry_after()), (503, Some(2)));
        let broken = Problem::from(StoreError::Corrupt("row".to_owned()));
        assert_eq!((broken.status_code().as_u16(), broken.retry_after()), (500, None));
    }

    #[test]
    fn the_cause_is_for_the_log() {
        let problem = Problem::internal("disk on fire");
        assert!(!problem.to_string().contains("fire"));
        assert!(format!("{problem:?}").contains("fire"));
    }
}
