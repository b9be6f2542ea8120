//! The headers of every answer, whoever made it: pages, files, errors, redirects and panics alike.
//!
//! The outermost middleware. It also names the request: the id goes into the request's extensions, the log, the
//! error pages and `X-Request-Id`.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use super::Site;
use crate::ids::RequestId;

/// Starts at nothing and names what pages need: our own scripts, styles, pictures and requests, Tabler's pictures
/// inside of its style, and forms that answer to us. Nothing may frame us, nothing inline runs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
     frame-ancestors 'none'";

/// All off, but for writing to the clipboard, which the copy buttons do.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), clipboard-read=(), clipboard-write=(self), \
     display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Set when the answer has none of its own.
const DEFAULTS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::PERMISSIONS_POLICY, PERMISSIONS_POLICY),
    (header::CACHE_CONTROL, "no-store"),
];

/// Names the request and sets the headers of its answer; `wrap` it last, so that it is outermost.
pub async fn headers(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let site = req.app_data::<web::Data<Site>>().cloned();
    let id = site.as_ref().map(|site| RequestId::new(site.clock.now(), &site.random));
    if let Some(id) = &id {
        req.extensions_mut().insert(id.clone());
    }
    let https = site.is_some_and(|site| site.https);
    match next.call(req).await {
        Ok(response) => {
            let mut response = response.map_into_boxed_body();
            set(response.headers_mut(), id.as_ref(), https);
            Ok(response)
        }
        // The request is gone: a middleware refused, or something panicked. The answer inside of the error is
        // finished all the same.
        Err(error) => {
            let mut response: HttpResponse = error.error_response();
            set(response.headers_mut(), id.as_ref(), https);
            Err(InternalError::from_response("answered", response).into())
        }
    }
}

/// The policy of the one page that another origin may frame: as for every other page, but for that.
pub fn framed_by(origin: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let nobody = "frame-ancestors 'none'";
    HeaderValue::from_str(&CONTENT_SECURITY_POLICY.replace(nobody, &format!("frame-ancestors {origin}")))
}

fn set(headers: &mut HeaderMap, id: Option<&RequestId>, https: bool) {
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if https {
        let a_year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
    headers.append(header::VARY, HeaderValue::from_static("HX-Request"));
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
        headers.insert(REQUEST_ID, id);
    }
}
