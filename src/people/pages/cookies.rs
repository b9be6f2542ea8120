//! The cookies of sign-in that are not the session's: two that are random and short-lived, and one that remembers where
//! somebody was last.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use crate::people::attempt;
use crate::web::Console;

/// How they are called and made; names and `Secure` depend on whether browsers come by https.
pub(super) struct Cookies {
    https: bool,
}

impl Cookies {
    pub(super) fn of(console: &Console) -> Self {
        Self { https: console.public_url.starts_with("https://") }
    }

    pub(super) fn attempt_name(&self) -> &'static str {
        if self.https { "__Host-voucher-attempt" } else { "voucher-attempt" }
    }

    pub(super) fn signed_out_name(&self) -> &'static str {
        if self.https { "__Host-voucher-signed-out" } else { "voucher-signed-out" }
    }

    pub(super) fn attempt(&self, request: &HttpRequest) -> Option<String> {
        let cookie = request.cookie(self.attempt_name())?;
        attempt::is_random_text(cookie.value()).then(|| cookie.value().to_owned())
    }

    /// The slug of the enterprise that somebody was in last, in this browser. It says where to begin, and nothing about
    /// who may.
    pub(super) fn remembered(&self, request: &HttpRequest) -> Option<String> {
        let cookie = request.cookie(self.enterprise_name())?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let slug = cookie.value();
        ((1..=64).contains(&slug.len()) && slug.bytes().all(plain)).then(|| slug.to_owned())
    }

    /// Remembers it.
    pub(super) fn remember(&self, slug: String) -> Cookie<'static> {
        let mut cookie = self.keep(self.enterprise_name(), slug);
        cookie.set_max_age(time::Duration::days(365));
        cookie
    }

    fn enterprise_name(&self) -> &'static str {
        if self.https { "__Host-voucher-enterprise" } else { "voucher-enterprise" }
    }

    pub(super) fn keep(&self, name: &'static str, value: String) -> Cookie<'static> {
        let lifetime = time::Duration::seconds(attempt::LIFETIME.as_secs());
        Cookie::build(name, value)
            .path("/")
            .secure(self.https)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(lifetime)
            .finish()
    }

    pub(super) fn gone(&self, name: &'static str) -> Cookie<'static> {
        let mut cookie = self.keep(name, String::new());
        cookie.make_removal();
        cookie
    }
}

pub(super) fn set_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    // All that is in it is ours and printable.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_https_no_other_host_and_no_script_has_a_say_in_a_cookie() {
        let cookies = Cookies { https: true };
        for cookie in [
            cookies.keep(cookies.attempt_name(), "x".to_owned()),
            cookies.keep(cookies.signed_out_name(), "x".to_owned()),
            cookies.remember("acme".to_owned()),
            cookies.gone(cookies.attempt_name()),
        ] {
            assert!(cookie.name().starts_with("__Host-voucher-"), "{cookie}");
            let set =
                (cookie.secure(), cookie.http_only(), cookie.same_site(), cookie.path(), cookie.domain());
            assert_eq!(set, (Some(true), Some(true), Some(SameSite::Lax), Some("/"), None), "{cookie}");
        }
        let plain = Cookies { https: false };
        assert_eq!(plain.attempt_name(), "voucher-attempt");
        assert_ne!(plain.keep("a", String::new()).secure(), Some(true));
    }
}
