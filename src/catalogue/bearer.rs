//! Bearer tokens: what they may look like, and when a signed one says that it expires.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// The `exp` of a JSON web token. Anything else has none, and nothing is verified: the date is for people to see.
pub(super) fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let exp = serde_json::from_slice::<Claims>(&claims).ok()?.exp;
    Timestamp::from_duration(jiff::SignedDuration::try_from_secs_f64(exp.floor()).ok()?).ok()
}
