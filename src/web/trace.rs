//! What the log says of a request: method, path and id, never the query, which may carry a sign-in's code, nor the rest of
//! a path that is itself a secret.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use crate::ids::RequestId;

/// A path as the log may say it. Whoever has an address under this one may read what is there: it is as good as a key.
fn spoken(path: &str) -> &str {
    if path.starts_with("/calendar/") && path != "/calendar/revoke" { "/calendar/…" } else { path }
}

/// Makes the span that surrounds a request, for `tracing_actix_web::TracingLogger`.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        tracing::info_span!(
            "request",
            method = request.method().as_str(),
            path = spoken(request.path()),
            request_id = tracing::field::Empty,
            status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => {
                if let Some(id) = response.request().extensions().get::<RequestId>() {
                    span.record("request_id", id.as_str());
                }
                response.status()
            }
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_a_secret_is_not_in_the_log() {
        for (path, said) in [
            ("/calendar/vcf_abcdefABCDEF_x.ics", "/calendar/…"),
            ("/calendar", "/calendar"),
            ("/calendar/revoke", "/calendar/revoke"),
            ("/credentials/x", "/credentials/x"),
        ] {
            assert_eq!(spoken(path), said);
        }
    }
}
