//! Requests to the provider: encrypted unless they stay on this machine, bounded in time and size, never redirected.
//!
//! What a provider answers decides who comes in, so nothing that it names (an endpoint, a key set) is asked by looser
//! rules than the provider itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Once;
use std::time::Duration;

use openidconnect::http::Response;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::Url;

use crate::people::settings::{SettingsError, is_loopback, is_safe};

const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(10);
const MOST: usize = 1024 * 1024;

/// Why the provider gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::people) enum OutboundError {
    /// The address is neither https nor on this machine.
    #[error("an address that may not be asked")]
    Unsafe,
    /// No connection, no answer in time, or a broken one.
    #[error("no answer: {0}")]
    NoAnswer(reqwest::Error),
    /// More than a mebibyte.
    #[error("the answer is too long")]
    TooLong,
    /// Not an HTTP message.
    #[error("not an HTTP message")]
    Malformed,
}

/// The client that all requests to one provider go through.
#[derive(Clone)]
pub(in crate::people) struct Outbound(reqwest::Client);

impl Outbound {
    /// A client for the provider at `issuer`.
    pub(in crate::people) fn new(issuer: &Url) -> Result<Self, SettingsError> {
        install_ring();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("voucher/", env!("CARGO_PKG_VERSION")));
        // A proxy that the machine is told to use has no way to a loopback address of ours.
        if is_loopback(issuer) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(|error| SettingsError::Outbound(error.to_string()))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| OutboundError::Malformed)?;
        if !is_safe(&url) {
            return Err(OutboundError::Unsafe);
        }
        // The address may carry parameters; it stays out of errors, and so out of logs.
        let no_answer = |error: reqwest::Error| OutboundError::NoAnswer(error.without_url());
        let mut answer = self
            .0
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .map_err(no_answer)?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = answer.headers().clone();
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
            if body.len().saturating_add(chunk.len()) > MOST {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|_| OutboundError::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// TLS needs to be told once per process which cryptography to use; somebody else may have been first.
fn install_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
