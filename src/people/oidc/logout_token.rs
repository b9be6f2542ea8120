//! What a logout token must satisfy before anybody is signed out by it (OpenID Connect Back-Channel Logout 1.0,
//! section 2.6).
//!
//! The library knows no such tokens; its keys verify the signature, the rest is here. A token is looked into only after
//! its signature is good, so nothing is told to somebody who has none.

use jiff::Timestamp;
use openidconnect::core::CoreJsonWebKeySet;
use openidconnect::{ClientId, IssuerUrl};
use serde_json::{Map, Value};

use super::id_token::{ALGORITHMS, Distrust, ISSUED_WITHIN, LEEWAY, is_subject};
use crate::jws::{BadToken, Compact, is_only_for, unverified_claims};

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

/// What the token says, when it is as it must be.
pub(super) fn check(raw: &str, expected: &Expected<'_>) -> Result<LogoutToken, Distrust> {
    let token = Compact::read(raw, &ALGORITHMS)?;
    if !token.is_signed_by(expected.keys) {
        return Err(Distrust::Signature);
    }
    let claims = token.claims()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);

    if text("iss") != Some(expected.issuer.as_str()) {
        return Err(Distrust::Issuer);
    }
    if !is_only_for(claims.get("aud"), expected.client_id) {
        return Err(Distrust::Audience);
    }
    check_kind(&token, &claims, expected.drafts)?;
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
    unverified_claims(raw)?.get("iss")?.as_str().map(ToOwned::to_owned)
}

impl From<BadToken> for Distrust {
    fn from(bad: BadToken) -> Self {
        match bad {
            BadToken::Unreadable => Self::Unreadable,
            BadToken::Algorithm => Self::Algorithm,
        }
    }
}

/// Whether it is a logout token and nothing else: an ID token says nobody's end.
fn check_kind(token: &Compact<'_>, claims: &Map<String, Value>, drafts: bool) -> Result<(), Distrust> {
    let typed = match token.typ().as_deref() {
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
