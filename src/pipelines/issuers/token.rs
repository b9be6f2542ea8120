//! The checks on a token before any rule looks at it (RFC 8725, OpenID Connect Core 3.1.3.7).
//!
//! All of them are done and each has its answer, so that "try a token" shows what an exchange would decide; an exchange
//! goes by the first that fails.

use jiff::Timestamp;
use openidconnect::JsonWebKey as _;
use openidconnect::core::CoreJsonWebKeySet;

use super::Issuer;
use super::keys::Unusable;
use super::preset::{Claims, told};
use crate::jws::{BadToken, Compact, sole_audience};
use crate::seal::Thumbprint;

/// How far the issuer's clock may be off, in seconds.
pub(super) const LEEWAY: i64 = 60;
/// The longest that a token may live, in seconds: what lives longer is not made for one run.
const LONGEST_LIFE: f64 = 3600.0;
const LONGEST_JTI: usize = 255;
/// GitHub puts a whole ref into it.
const LONGEST_SUBJECT: usize = 1024;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It is a signed token of a kind that we take.
    Form,
    /// It is from this issuer.
    Issuer,
    /// It is for us alone.
    Audience,
    /// A key of the issuer signed it.
    Signature,
    /// It is valid now.
    Time,
    /// It has a name of its own and a subject.
    Name,
}

/// Why a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Not a signed token, or one inside another.
    Unreadable,
    /// Signed by an algorithm that this issuer may not use, or not at all.
    Algorithm,
    /// A token made for something else.
    Kind,
    /// It does not name the key that signed it.
    NoKeyNamed,
    /// From another issuer.
    Issuer,
    /// For somebody else, or for others as well.
    Audience,
    /// It does not say which key the answers are sealed to, and this issuer's runs have to.
    KeyNotBound,
    /// The issuer's keys cannot be had now.
    KeysUnavailable,
    /// The issuer has no key with that name.
    UnknownKey,
    /// The signature is not the named key's.
    Signature,
    /// Over.
    Expired,
    /// Not valid yet, or issued later than now.
    NotYet,
    /// Without an end or a beginning.
    NoTime,
    /// It lives longer than an hour.
    TooLong,
    /// Without a name of its own, by which it could be used up.
    NoJti,
    /// Without a subject.
    NoSubject,
}

impl Check {
    /// The message id of what is checked.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Form => "identity-check-form",
            Self::Issuer => "identity-check-issuer",
            Self::Audience => "identity-check-audience",
            Self::Signature => "identity-check-signature",
            Self::Time => "identity-check-time",
            Self::Name => "identity-check-name",
        }
    }
}

impl Flaw {
    /// The reason in the audit record.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Algorithm => "bad_algorithm",
            Self::Kind => "wrong_kind",
            Self::NoKeyNamed => "no_key_named",
            Self::Issuer => "wrong_issuer",
            Self::Audience => "wrong_audience",
            Self::KeyNotBound => "key_not_bound",
            Self::KeysUnavailable => "keys_unavailable",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "bad_signature",
            Self::Expired => "expired",
            Self::NotYet => "not_yet_valid",
            Self::NoTime => "no_time",
            Self::TooLong => "lives_too_long",
            Self::NoJti => "no_jti",
            Self::NoSubject => "no_subject",
        }
    }

    /// The message id of what is wrong.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unreadable => "identity-flaw-unreadable",
            Self::Algorithm => "identity-flaw-algorithm",
            Self::Kind => "identity-flaw-kind",
            Self::NoKeyNamed => "identity-flaw-no-key-named",
            Self::Issuer => "identity-flaw-issuer",
            Self::Audience => "identity-flaw-audience",
            Self::KeyNotBound => "identity-flaw-key-not-bound",
            Self::KeysUnavailable => "identity-flaw-keys-unavailable",
            Self::UnknownKey => "identity-flaw-unknown-key",
            Self::Signature => "identity-flaw-signature",
            Self::Expired => "identity-flaw-expired",
            Self::NotYet => "identity-flaw-not-yet",
            Self::NoTime => "identity-flaw-no-time",
            Self::TooLong => "identity-flaw-too-long",
            Self::NoJti => "identity-flaw-no-jti",
            Self::NoSubject => "identity-flaw-no-subject",
        }
    }
}

/// What was found.
pub struct Inspection {
    /// Each check, in order.
    pub checks: Vec<(Check, Result<(), Flaw>)>,
    /// What it claims; to be believed only when every check passes.
    pub claims: Claims,
    sealing_key: Option<Thumbprint>,
}

/// A token that passed every check.
pub struct Believed {
    /// What it claims.
    pub claims: Claims,
    /// Its subject.
    pub subject: String,
    /// Its own name.
    pub jti: String,
    /// The only key that answers to this run may be sealed to, where the token says so.
    pub sealing_key: Option<Thumbprint>,
    /// Until when it could be used again if it were not used up.
    pub usable_until: Timestamp,
}

impl Inspection {
    /// The first check that fails.
    pub fn flaw(&self) -> Option<(Check, Flaw)> {
        self.checks.iter().find_map(|(check, result)| result.err().map(|flaw| (*check, flaw)))
    }

    /// What may be believed.
    pub fn believed(self) -> Result<Believed, Flaw> {
        if let Some((_, flaw)) = self.flaw() {
            return Err(flaw);
        }
        let text = |name: &str| told(&self.claims, name).map(str::to_owned);
        let (Some(subject), Some(jti)) = (text("sub"), text("jti")) else { return Err(Flaw::NoJti) };
        let end = number(&self.claims, "exp").ok_or(Flaw::NoTime)?;
        // Rounded up, and past the leeway that an exchange allows.
        let end = (end.ceil() as i64).saturating_add(LEEWAY).saturating_add(1);
        let usable_until = Timestamp::from_second(end).map_err(|_| Flaw::NoTime)?;
        let sealing_key = self.sealing_key;
        Ok(Believed { claims: self.claims, subject, jti, sealing_key, usable_until })
    }
}

/// The key that a token names, where it can be read at all.
pub fn named_key(raw: &str, issuer: &Issuer) -> Option<String> {
    Compact::read(raw, &issuer.core_algorithms()).ok()?.kid().map(str::to_owned)
}

/// Checks a token against one issuer.
pub fn inspect(
    raw: &str,
    issuer: &Issuer,
    keys: Result<&CoreJsonWebKeySet, Unusable>,
    now: Timestamp,
) -> Inspection {
    let token = Compact::read(raw, &issuer.core_algorithms());
    let claims = crate::jws::unverified_claims(raw).unwrap_or_default();
    let from = told(&claims, "iss") == Some(issuer.url.as_str());
    let audience = audience(&claims, issuer);
    let checks = vec![
        (Check::Form, form(&token)),
        (Check::Issuer, if from { Ok(()) } else { Err(Flaw::Issuer) }),
        (Check::Audience, audience.map(drop)),
        (Check::Signature, signature(&token, keys)),
        (Check::Time, time(&claims, now)),
        (Check::Name, name(&claims)),
    ];
    Inspection { checks, claims, sealing_key: audience.ok().flatten() }
}

/// Whether a token says to be for the audience of this issuer, and for nobody else.
pub fn is_for(claims: &Claims, issuer: &Issuer) -> bool {
    audience(claims, issuer) != Err(Flaw::Audience)
}

/// Behind the audience, after a `#`, a run may have its CI system sign which key its answers are sealed to. Whoever can
/// change a request on its way can then not put in a key of their own.
fn audience(claims: &Claims, issuer: &Issuer) -> Result<Option<Thumbprint>, Flaw> {
    let sole = sole_audience(claims.get("aud")).ok_or(Flaw::Audience)?;
    match sole.strip_prefix(issuer.audience.as_str()).ok_or(Flaw::Audience)? {
        "" if issuer.key_bound => Err(Flaw::KeyNotBound),
        "" => Ok(None),
        rest => rest.strip_prefix('#').and_then(Thumbprint::parse).map(Some).ok_or(Flaw::Audience),
    }
}

fn form(token: &Result<Compact<'_>, BadToken>) -> Result<(), Flaw> {
    let token = token.as_ref().map_err(|bad| match bad {
        BadToken::Unreadable => Flaw::Unreadable,
        BadToken::Algorithm => Flaw::Algorithm,
    })?;
    if token.is_nested() || token.claims().is_err() {
        return Err(Flaw::Unreadable);
    }
    // A logout token, or an access token for an API, is no statement about a run.
    if token.typ().is_some_and(|typ| typ != "jwt") {
        return Err(Flaw::Kind);
    }
    match token.kid() {
        Some(kid) if !kid.is_empty() => Ok(()),
        _ => Err(Flaw::NoKeyNamed),
    }
}

fn signature(
    token: &Result<Compact<'_>, BadToken>,
    keys: Result<&CoreJsonWebKeySet, Unusable>,
) -> Result<(), Flaw> {
    let Ok(token) = token else { return Err(Flaw::Signature) };
    let kid = token.kid().ok_or(Flaw::NoKeyNamed)?;
    let keys = keys.map_err(|_| Flaw::KeysUnavailable)?;
    if !has_key(keys, kid) {
        return Err(Flaw::UnknownKey);
    }
    if token.is_signed_by(keys) { Ok(()) } else { Err(Flaw::Signature) }
}

/// Whether the set has a key with that name.
pub(super) fn has_key(keys: &CoreJsonWebKeySet, kid: &str) -> bool {
    keys.keys().iter().any(|key| key.key_id().is_some_and(|id| id.as_str() == kid))
}

fn number(claims: &Claims, name: &str) -> Option<f64> {
    claims.get(name)?.as_f64()
}

fn time(claims: &Claims, now: Timestamp) -> Result<(), Flaw> {
    let (now, leeway) = (now.as_millisecond() as f64 / 1000.0, LEEWAY as f64);
    let (Some(end), Some(issued)) = (number(claims, "exp"), number(claims, "iat")) else {
        return Err(Flaw::NoTime);
    };
    let begin = match claims.get("nbf") {
        None => issued,
        Some(value) => value.as_f64().ok_or(Flaw::NoTime)?,
    };
    if end + leeway <= now {
        return Err(Flaw::Expired);
    }
    if begin > now + leeway || issued > now + leeway {
        return Err(Flaw::NotYet);
    }
    if end - issued > LONGEST_LIFE {
        return Err(Flaw::TooLong);
    }
    Ok(())
}

fn name(claims: &Claims) -> Result<(), Flaw> {
    let is_name = |text: &&str, longest: usize| text.len() <= longest && !text.chars().any(char::is_control);
    told(claims, "jti").filter(|jti| is_name(jti, LONGEST_JTI)).ok_or(Flaw::NoJti)?;
    told(claims, "sub").filter(|sub| is_name(sub, LONGEST_SUBJECT)).ok_or(Flaw::NoSubject)?;
    Ok(())
}
