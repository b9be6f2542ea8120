//! The ID token of whoever is signed in, for providers that want to see it when they sign out.
//!
//! No table has it. Their own browser keeps it, encrypted, in a cookie that comes back to the page after signing out and
//! to no other.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, Key, SameSite, time};

use crate::secret::Secret;
use crate::web::Console;

/// As long as a sign-in can last.
const LIFETIME: time::Duration = time::Duration::hours(12);
/// Browsers keep no more than 4096 bytes of a cookie, and encryption makes four out of three.
const LONGEST: usize = 2_900;

/// Has the browser keep a token; one that it would not keep takes the place of an earlier one all the same.
pub(super) fn keep(console: &Console, token: &Secret<String>) -> Cookie<'static> {
    if token.expose().len() > LONGEST {
        tracing::warn!("an ID token is too long to be kept for signing out");
        return gone(console);
    }
    let mut jar = CookieJar::new();
    jar.private_mut(&key(console)).add(bare(console, token.expose().clone()));
    jar.get(name(console)).cloned().unwrap_or_else(|| gone(console))
}

/// The token that the browser kept.
pub(super) fn kept(console: &Console, request: &HttpRequest) -> Option<Secret<String>> {
    let mut jar = CookieJar::new();
    jar.add_original(request.cookie(name(console))?);
    jar.private(&key(console)).get(name(console)).map(|cookie| Secret::new(cookie.value().to_owned()))
}

/// Has it forgotten.
pub(super) fn gone(console: &Console) -> Cookie<'static> {
    let mut cookie = bare(console, String::new());
    cookie.make_removal();
    cookie
}

fn bare(console: &Console, value: String) -> Cookie<'static> {
    Cookie::build(name(console), value)
        .path("/signed-out")
        .secure(is_https(console))
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(LIFETIME)
        .finish()
}

fn name(console: &Console) -> &'static str {
    // A path of its own rules the other prefix out.
    if is_https(console) { "__Secure-voucher-hint" } else { "voucher-hint" }
}

fn is_https(console: &Console) -> bool {
    console.public_url.starts_with("https://")
}

fn key(console: &Console) -> Key {
    Key::from(console.sealer.derive("logout hint").expose())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::people::fixture::Fixture;

    #[test]
    fn a_token_comes_back_from_the_browser_that_kept_it_and_nobody_can_read_it_there() {
        let console = Fixture::new().console;
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJuYSJ9.c2lnbmF0dXJl".to_owned();
        let cookie = keep(&console, &Secret::new(token.clone()));
        assert!(!cookie.to_string().contains("eyJ"), "{cookie}");
        assert_eq!((cookie.path(), cookie.http_only()), (Some("/signed-out"), Some(true)));
        let sent = |cookie: Cookie<'static>| TestRequest::default().cookie(cookie).to_http_request();
        let back = kept(&console, &sent(cookie.clone()));
        assert_eq!(back.map(|token| token.expose().clone()), Some(token));
        let mut changed = cookie;
        changed.set_value(format!("A{}", changed.value().get(1..).unwrap()));
        assert!(kept(&console, &sent(changed)).is_none());
    }

    #[test]
    fn a_token_that_no_browser_keeps_is_not_sent_to_one() {
        let console = Fixture::new().console;
        let of = |length: usize| keep(&console, &Secret::new("x".repeat(length)));
        let longest = of(LONGEST);
        assert!(longest.name().len() + longest.value().len() <= 4_096 && !longest.value().is_empty());
        assert_eq!(of(LONGEST + 1).value(), "");
    }
}
