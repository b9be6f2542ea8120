//! Tokens that say something of themselves: JSON web tokens, whose claims anybody may read.
//!
//! Nothing is verified here. When a token says that it expires is for people to see, and whom it is for counts only where
//! the token came straight from the system that knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// The `exp` of a JSON web token. Anything else has none.
pub(super) fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: f64,
    }
    let exp = claims::<Claims>(token)?.exp;
    Timestamp::from_duration(jiff::SignedDuration::try_from_secs_f64(exp.floor()).ok()?).ok()
}

/// The `sub` of a JSON web token, when it names somebody.
pub(super) fn subject(token: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Claims {
        sub: String,
    }
    claims::<Claims>(token).map(|claims| claims.sub).filter(|sub| !sub.is_empty())
}

fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_token_says_when_it_expires() {
        let signed = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let at = |text: &str| text.parse::<Timestamp>().ok();
        for (token, wanted) in [
            (signed(r#"{"exp":1893456000}"#), at("2030-01-01T00:00:00Z")),
            (signed(r#"{"exp":1893456000.9,"iat":"x"}"#), at("2030-01-01T00:00:00Z")),
            (signed(r#"{"exp":-1}"#), at("1969-12-31T23:59:59Z")),
            (signed("{}"), None),
            (signed(r#"{"exp":"1893456000"}"#), None),
            (signed(r#"{"exp":1e300}"#), None),
            (signed(r#"{"exp":null}"#), None),
            (signed("[]"), None),
            (String::new(), None),
            ("a.b".into(), None),
            ("a.b.c".into(), None),
            ("e30.e30.e30.e30".into(), None),
            ("opaque-token".into(), None),
        ] {
            assert_eq!(expiry(&token), wanted, "{token}");
        }
    }

    #[test]
    fn only_a_web_token_says_whom_it_is_for() {
        let signed = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        for (token, wanted) in [
            (signed(r#"{"sub":"alice"}"#), Some("alice")),
            (signed(r#"{"sub":""}"#), None),
            (signed(r#"{"sub":null}"#), None),
            (signed(r#"{"sub":7}"#), None),
            (signed("{}"), None),
            ("opaque".into(), None),
        ] {
            assert_eq!(subject(&token).as_deref(), wanted, "{token}");
        }
    }
}
