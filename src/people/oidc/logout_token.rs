//! What a logout token must satisfy before anybody is signed out by it (OpenID Connect Back-Channel Logout 1.0,
//! section 2.6).
//!
//! The library knows no such tokens; its keys verify the signature, the rest is here. A token is looked into only after
//! its signature is good, so nothing is told to somebody who has none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use openidconnect::core::{CoreJsonWebKeySet, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use openidconnect::{ClientId, IssuerUrl, JsonWebKey as _};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::id_token::{ALGORITHMS, Distrust, ISSUED_WITHIN, LEEWAY, is_subject};

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// As many characters as a session's name or a token's name may have.
const LONGEST_NAME: usize = 255;

/// Whose sign-ins a provider ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) struct LogoutToken {
    pub(in crate::people) issuer: String,
    /// The token's own name; it is good once.
    pub(in crate::people) jti: String,
    pub(in crate::people) whose: Whose,
}

/// One session of the provider's, or all of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) enum Whose {
    /// The session with this name, and its person where the token says who it is.
    Session(String, Option<String>),
    /// Every session of this subject.
    Subject(String),
}

/// What a token is held against.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a ClientId,
    pub(super) keys: &'a CoreJsonWebKeySet,
    pub(super) now: Timestamp,
    /// Whether it may be as in drafts of the specification: without a type of its own, and without an end.
    pub(super) drafts: bool,
}

#[derive(Deserialize)]
struct Header {
    /// Read apart: a name that nobody knows is a bad algorithm, not an unreadable token.
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// What the token says, when it is as it must be.
pub(super) fn check(raw: &str, expected: &Expected<'_>) -> Result<LogoutToken, Distrust> {
    let parts: Vec<&str> = raw.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return Err(Distrust::Unreadable) };
    let (message, _) = raw.rsplit_once('.').ok_or(Distrust::Unreadable)?;
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Distrust::Unreadable)?;
    if header.crit.is_some() {
        return Err(Distrust::Unreadable);
    }
    let algorithm = serde_json::from_value(Value::String(header.alg.clone()))
        .ok()
        .filter(|algorithm| ALGORITHMS.contains(algorithm))
        .ok_or(Distrust::Algorithm)?;
    if !is_signed(message, &decoded(signature)?, (&algorithm, header.kid.as_deref()), expected.keys) {
        return Err(Distrust::Signature);
    }
    let claims: Map<String, Value> =
        serde_json::from_slice(&decoded(payload)?).map_err(|_| Distrust::Unreadable)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);

    if text("iss") != Some(expected.issuer.as_str()) {
        return Err(Distrust::Issuer);
    }
    if !is_for(claims.get("aud"), expected.client_id) {
        return Err(Distrust::Audience);
    }
    check_kind(&header, &claims, expected.drafts)?;
    check_time(&claims, expected)?;
    let name = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().filter(|text| is_name(text)).map(Some).ok_or(Distrust::Subject),
    };
    let subject = name("sub")?.map(ToOwned::to_owned);
    if subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
        return Err(Distrust::Subject);
    }
    let whose = match (name("sid")?, subject) {
        (Some(sid), subject) => Whose::Session(sid.to_owned(), subject),
        (None, Some(subject)) => Whose::Subject(subject),
        (None, None) => return Err(Distrust::Subject),
    };
    let jti = text("jti").filter(|jti| is_name(jti)).ok_or(Distrust::Kind)?.to_owned();
    Ok(LogoutToken { issuer: expected.issuer.to_string(), jti, whose })
}

/// Whom a token says to be from, before anything of it is checked.
pub(in crate::people) fn claimed_issuer(raw: &str) -> Option<String> {
    let payload = raw.split('.').nth(1)?;
    let claims: Map<String, Value> = serde_json::from_slice(&decoded(payload).ok()?).ok()?;
    claims.get("iss")?.as_str().map(ToOwned::to_owned)
}

fn decoded(part: &str) -> Result<Vec<u8>, Distrust> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Distrust::Unreadable)
}

/// Whether a key of the set made the signature: the named one, or any when none is named. Keys that the token
/// brings along or points at are not looked at.
fn is_signed(
    message: &str,
    signature: &[u8],
    (algorithm, kid): (&CoreJwsSigningAlgorithm, Option<&str>),
    keys: &CoreJsonWebKeySet,
) -> bool {
    keys.keys().iter().any(|key| {
        let named = kid.is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid));
        let signs = key.key_use().is_none_or(|purpose| *purpose == CoreJsonWebKeyUse::Signature);
        named && signs && key.verify_signature(algorithm, message.as_bytes(), signature).is_ok()
    })
}

/// Whether it is for us, and for nobody else.
fn is_for(audience: Option<&Value>, client_id: &ClientId) -> bool {
    match audience {
        Some(Value::String(one)) => one == client_id.as_str(),
        Some(Value::Array(all)) => {
            matches!(all.as_slice(), [Value::String(one)] if one == client_id.as_str())
        }
        _ => false,
    }
}

/// Whether it is a logout token and nothing else: an ID token says nobody's end.
fn check_kind(header: &Header, claims: &Map<String, Value>, drafts: bool) -> Result<(), Distrust> {
    let typ = header.typ.as_deref().map(|typ| typ.to_ascii_lowercase());
    let typed = match typ.as_deref() {
        Some("logout+jwt" | "application/logout+jwt") => true,
        None | Some("jwt") => drafts,
        Some(_) => false,
    };
    let event = claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
    if !typed || !event {
        return Err(Distrust::Kind);
    }
    if claims.contains_key("nonce") {
        return Err(Distrust::Nonce);
    }
    Ok(())
}

fn check_time(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Distrust> {
    let now = expected.now.as_second() as f64;
    let leeway = LEEWAY.as_secs() as f64;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Distrust::Time),
    };
    let issued_at = time("iat")?.ok_or(Distrust::Time)?;
    if (now - issued_at).abs() > ISSUED_WITHIN.as_secs() as f64 {
        return Err(Distrust::Time);
    }
    match time("exp")? {
        Some(end) if end + leeway <= now => return Err(Distrust::Time),
        None if !expected.drafts => return Err(Distrust::Time),
        _ => {}
    }
    match time("nbf")? {
        Some(begin) if begin > now + leeway => Err(Distrust::Time),
        _ => Ok(()),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)
}
