//! Requests that other sites make browsers send.
//!
//! One middleware, outside of the session's: a request with an `Authorization` header is judged by that alone and
//! loses its cookies; any other that may change something must come from a page of ours. Browsers say so themselves
//! (`Sec-Fetch-Site`, else `Origin`), so no form carries a hidden token. Modelled on the rule of Go's
//! `CrossOriginProtection`.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use url::Url;

use super::session::NoCookies;
use crate::web::{Console, Problem};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It goes on as it is.
    Pass,
    /// It goes on without its cookies.
    WithoutCookies,
    /// Another site made the browser send it, or nobody says who did.
    Refused,
}

/// The middleware: `.wrap(actix_web::middleware::from_fn(people::cross_site))`, added after (so: around) the session's.
pub async fn cross_site<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let origin = request.app_data::<web::Data<Console>>().and_then(|console| origin_of(&console.public_url));
    // Programs prove themselves in the header or not at all: there a cookie means nothing, wherever it comes from.
    // A provider's logout tokens and a pipeline's own are signed, and come from no browser.
    let signed = ["/auth/backchannel-logout", "/oauth/token"].contains(&request.path());
    // One address of the API is for the person at the browser, who has nothing but the cookie.
    let for_people = request.path() == "/api/v1/picker";
    let verdict = if (request.path().starts_with("/api/") && !for_people) || signed {
        Verdict::WithoutCookies
    } else {
        judge(request.method(), request.headers(), origin.as_deref())
    };
    match verdict {
        Verdict::Pass => {}
        Verdict::WithoutCookies => {
            request.headers_mut().remove(COOKIE);
            request.extensions_mut().insert(NoCookies);
        }
        Verdict::Refused => {
            tracing::warn!(path = request.path(), "a request from another site was refused");
            return Ok(request.error_response(Problem::cross_site()).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn judge(method: &Method, headers: &HeaderMap, origin: Option<&str>) -> Verdict {
    if headers.contains_key(AUTHORIZATION) {
        return Verdict::WithoutCookies;
    }
    if method == Method::GET || method == Method::HEAD {
        return Verdict::Pass;
    }
    let ours = match only(headers, &SEC_FETCH_SITE) {
        Said::Nothing => match only(headers, &ORIGIN) {
            Said::One(said) => origin == Some(said),
            Said::Nothing | Said::Unclear => false,
        },
        Said::One(said) => said == "same-origin",
        Said::Unclear => false,
    };
    if ours { Verdict::Pass } else { Verdict::Refused }
}

enum Said<'a> {
    Nothing,
    One(&'a str),
    Unclear,
}

/// The value of a header that must not be there twice.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Said<'a> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Said::Nothing,
        (Some(value), None) => value.to_str().map_or(Said::Unclear, Said::One),
        (Some(_), Some(_)) => Said::Unclear,
    }
}

/// As browsers write it in `Origin`: scheme, host, and the port unless it is the usual one.
fn origin_of(public_url: &str) -> Option<String> {
    Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const OURS: &str = "https://voucher.example";

    #[test]
    fn every_kind_of_request_is_judged_by_where_it_came_from() {
        use Verdict::{Pass, Refused};
        let unsafe_ones = [
            // Sec-Fetch-Site decides alone when it is there, whatever Origin says.
            (Some("same-origin"), None, Pass),
            (Some("same-origin"), Some("https://evil.example"), Pass),
            (Some("same-site"), Some(OURS), Refused),
            (Some("cross-site"), Some(OURS), Refused),
            (Some("none"), Some(OURS), Refused),
            (Some(""), Some(OURS), Refused),
            (Some("Same-Origin"), None, Refused),
            (None, Some(OURS), Pass),
            (None, Some("null"), Refused),
            (None, Some("http://voucher.example"), Refused),
            (None, Some("https://voucher.example:8443"), Refused),
            (None, Some("https://voucher.example.evil"), Refused),
            (None, Some("https://a.voucher.example"), Refused),
            (None, Some(""), Refused),
            (None, None, Refused),
        ];
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let safe = method == Method::GET || method == Method::HEAD;
            for (site, origin, expected) in unsafe_ones {
                let mut headers = HeaderMap::new();
                for (name, value) in [(SEC_FETCH_SITE, site), (ORIGIN, origin)] {
                    if let Some(value) = value {
                        headers.insert(name, HeaderValue::from_static(value));
                    }
                }
                let verdict = judge(&method, &headers, Some(OURS));
                assert_eq!(verdict, if safe { Pass } else { expected }, "{method} {site:?} {origin:?}");
                headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
                assert_eq!(
                    judge(&method, &headers, Some(OURS)),
                    Verdict::WithoutCookies,
                    "{method} {site:?}"
                );
            }
        }
    }

    #[test]
    fn a_header_given_twice_is_believed_by_nobody() {
        let mut headers = HeaderMap::new();
        headers.append(SEC_FETCH_SITE, HeaderValue::from_static("same-origin"));
        headers.append(SEC_FETCH_SITE, HeaderValue::from_static("cross-site"));
        assert_eq!(judge(&Method::POST, &headers, Some(OURS)), Verdict::Refused);
        assert_eq!(judge(&Method::POST, &HeaderMap::new(), None), Verdict::Refused);
    }

    #[test]
    fn an_origin_has_no_usual_port_and_no_path() {
        for (url, expected) in [
            ("https://voucher.example", "https://voucher.example"),
            ("https://voucher.example:443/x", "https://voucher.example"),
            ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
            ("https://VOUCHER.example/", "https://voucher.example"),
        ] {
            assert_eq!(origin_of(url).as_deref(), Some(expected));
        }
    }
}
