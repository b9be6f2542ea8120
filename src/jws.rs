//! Compact signed tokens (RFC 7515): their three parts, and whether a key of a set made the signature.
//!
//! Used for logout tokens and for the tokens of CI systems. It says nothing about what a token claims: whoever reads
//! claims before the signature is good must treat them as anybody's words. Keys that a token brings along or points at
//! (`jwk`, `jku`, `x5u`) are not looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKeySet, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Why a text is no token that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not three parts, not JSON, or with extensions that must be understood.
    #[error("not a signed token")]
    Unreadable,
    /// An algorithm that is not accepted, or none.
    #[error("the algorithm is not accepted")]
    Algorithm,
}

#[derive(Deserialize)]
struct Header {
    /// Read apart: a name that nobody knows is a bad algorithm, not an unreadable token.
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<String>,
    crit: Option<Value>,
}

/// A token in its parts. Nothing is verified yet.
pub struct Compact<'t> {
    /// What was signed.
    message: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
    algorithm: CoreJwsSigningAlgorithm,
    header: Header,
}

impl<'t> Compact<'t> {
    /// Takes a token apart; `accepted` are the algorithms of which its must be one.
    pub fn read(raw: &'t str, accepted: &[CoreJwsSigningAlgorithm]) -> Result<Self, BadToken> {
        let mut parts = raw.split('.');
        let (Some(first), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadToken::Unreadable);
        };
        let (message, _) = raw.rsplit_once('.').ok_or(BadToken::Unreadable)?;
        let header: Header = serde_json::from_slice(&decoded(first)?).map_err(|_| BadToken::Unreadable)?;
        if header.crit.is_some() {
            return Err(BadToken::Unreadable);
        }
        let algorithm = serde_json::from_value(Value::String(header.alg.clone()))
            .ok()
            .filter(|algorithm| accepted.contains(algorithm))
            .ok_or(BadToken::Algorithm)?;
        Ok(Self { message, payload, signature: decoded(signature)?, algorithm, header })
    }

    /// The name of the key that it says to be signed with.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Its type, in lower case.
    pub fn typ(&self) -> Option<String> {
        self.header.typ.as_deref().map(str::to_ascii_lowercase)
    }

    /// Whether it says to hold another token.
    pub fn is_nested(&self) -> bool {
        self.header.cty.is_some()
    }

    /// Whether a key of the set made the signature: the named one, or any when none is named.
    pub fn is_signed_by(&self, keys: &CoreJsonWebKeySet) -> bool {
        keys.keys().iter().any(|key| {
            let named = self.kid().is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid));
            let signs = key.key_use().is_none_or(|purpose| *purpose == CoreJsonWebKeyUse::Signature);
            let message = self.message.as_bytes();
            named && signs && key.verify_signature(&self.algorithm, message, &self.signature).is_ok()
        })
    }

    /// What it claims.
    pub fn claims(&self) -> Result<Map<String, Value>, BadToken> {
        serde_json::from_slice(&decoded(self.payload)?).map_err(|_| BadToken::Unreadable)
    }
}

/// What a token claims, before anything of it is checked; for finding out who to ask about it.
pub fn unverified_claims(raw: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decoded(raw.split('.').nth(1)?).ok()?).ok()
}

fn decoded(part: &str) -> Result<Vec<u8>, BadToken> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Unreadable)
}

/// Whom `aud` names, when it names one and nobody else.
pub fn sole_audience(audience: Option<&Value>) -> Option<&str> {
    match audience? {
        Value::String(one) => Some(one),
        Value::Array(all) => match all.as_slice() {
            [Value::String(one)] => Some(one),
            _ => None,
        },
        _ => None,
    }
}

/// Whether `aud` names `ours`, and nobody else.
pub fn is_only_for(audience: Option<&Value>, ours: &str) -> bool {
    sole_audience(audience) == Some(ours)
}
