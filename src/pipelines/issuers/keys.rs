//! The issuers' keys, fetched when first needed and kept.
//!
//! An address is only ever asked because an enterprise trusts it; whoever calls has looked that up before. Who needs a
//! key that is known never waits for the network. A key that nobody knows is asked for once, by one of those who wait,
//! and not again within a minute, whether that went well or not: junk tokens cannot make us hammer an issuer. A failed
//! or an empty answer never replaces keys that we have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use openidconnect::JsonWebKey as _;
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use url::Url;

use super::token::has_key;
use super::{Issuer, KeySource};
use crate::clock::Clock;
use crate::outbound::{Outbound, Request, Unanswered};
use crate::people::is_safe;

const COOL_DOWN: SignedDuration = SignedDuration::from_secs(60);
/// How long keys are used before the issuer is asked whether they are still its own.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// The keys cannot be had at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

/// The keys of every issuer that was asked.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    outbound: Outbound,
    clock: Clock,
    of: Mutex<HashMap<String, Arc<One>>>,
}

/// The keys of one issuer.
#[derive(Default)]
struct One {
    known: Mutex<Known>,
    /// Held while the issuer is asked: whoever needs the same answer waits for it.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default, Clone)]
struct Known {
    keys: Option<Arc<CoreJsonWebKeySet>>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

impl One {
    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Known {
    /// Whether the key is there, and fresh.
    fn has(&self, kid: Option<&str>, now: Timestamp) -> bool {
        self.keys.as_ref().is_some_and(|keys| kid.is_none_or(|kid| has_key(keys, kid)))
            && within(self.fetched_at, now, FRESH)
    }

    fn answer(self) -> Result<Arc<CoreJsonWebKeySet>, Unusable> {
        self.keys.ok_or(Unusable)
    }
}

fn within(at: Option<Timestamp>, now: Timestamp, span: SignedDuration) -> bool {
    at.is_some_and(|at| now.duration_since(at) < span)
}

/// Why an issuer's keys could not be fetched; for the log.
#[derive(Debug, thiserror::Error)]
enum NoKeys {
    #[error("{0}")]
    Unanswered(#[from] Unanswered),
    #[error("status {0}")]
    Status(u16),
    #[error("the answer cannot be read")]
    Unreadable,
    #[error("the issuer in the document is another")]
    Issuer,
    #[error("the address of the keys is not https")]
    Unsafe,
    #[error("the key set is empty")]
    Empty,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    /// Nothing is known yet.
    pub fn new(outbound: Outbound, clock: Clock) -> Self {
        Self(Arc::new(Inner { outbound, clock, of: Mutex::new(HashMap::new()) }))
    }

    /// The keys of an issuer, among them the one called `kid` if it has one with that name.
    pub async fn of(&self, issuer: &Issuer, kid: Option<&str>) -> Result<Arc<CoreJsonWebKeySet>, Unusable> {
        match &issuer.keys {
            KeySource::Uploaded(text) => read(text).map(Arc::new).map_err(|_| Unusable),
            KeySource::Issuer => self.asked(&issuer.url, kid).await,
        }
    }

    async fn asked(&self, url: &str, kid: Option<&str>) -> Result<Arc<CoreJsonWebKeySet>, Unusable> {
        let one = {
            let mut all = self.0.of.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(url.to_owned()).or_default())
        };
        let known = one.known();
        if known.has(kid, self.0.clock.now()) {
            return known.answer();
        }
        let _asking = one.asking.lock().await;
        // Somebody else may have asked meanwhile; or a moment ago, and then it is too soon to ask again.
        let (known, now) = (one.known(), self.0.clock.now());
        if known.has(kid, now) || within(known.asked_at, now, COOL_DOWN) {
            return known.answer();
        }
        // Noted first: a request that is dropped half-way counts as asked.
        one.remember(|known| known.asked_at = Some(now));
        match self.fetch(url).await {
            Ok(keys) => one.remember(|known| {
                known.keys = Some(Arc::new(keys));
                known.fetched_at = Some(now);
            }),
            Err(error) => {
                tracing::warn!(%error, issuer = url, "the keys of a trusted issuer could not be fetched")
            }
        }
        one.known().answer()
    }

    async fn fetch(&self, url: &str) -> Result<CoreJsonWebKeySet, NoKeys> {
        let address = format!("{}/.well-known/openid-configuration", url.trim_end_matches('/'));
        let document: Document =
            serde_json::from_slice(&self.get(&address).await?).map_err(|_| NoKeys::Unreadable)?;
        if document.issuer != url {
            return Err(NoKeys::Issuer);
        }
        if !Url::parse(&document.jwks_uri).is_ok_and(|url| is_safe(&url)) {
            return Err(NoKeys::Unsafe);
        }
        let keys: CoreJsonWebKeySet =
            serde_json::from_slice(&self.get(&document.jwks_uri).await?).map_err(|_| NoKeys::Unreadable)?;
        if keys.keys().is_empty() { Err(NoKeys::Empty) } else { Ok(keys) }
    }

    async fn get(&self, address: &str) -> Result<Vec<u8>, NoKeys> {
        let reply = self.0.outbound.ask(Request::get(address)?).await?;
        match reply.status() {
            200 => Ok(reply.body().to_vec()),
            other => Err(NoKeys::Status(other)),
        }
    }
}

/// Why an uploaded text is no key set to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKeySet {
    /// Not `{"keys": […]}`.
    Unreadable,
    /// It holds a private or a shared key, which has no business here.
    Private,
    /// No key in it can be used: of a known kind, and with a name.
    Empty,
}

/// Reads a key set that somebody uploaded.
pub fn read(text: &str) -> Result<CoreJsonWebKeySet, BadKeySet> {
    #[derive(Deserialize)]
    struct Raw {
        keys: Vec<serde_json::Map<String, serde_json::Value>>,
    }
    let raw: Raw = serde_json::from_str(text).map_err(|_| BadKeySet::Unreadable)?;
    if raw.keys.iter().any(|key| key.contains_key("d") || key.contains_key("k")) {
        return Err(BadKeySet::Private);
    }
    let keys: CoreJsonWebKeySet = serde_json::from_str(text).map_err(|_| BadKeySet::Unreadable)?;
    if keys.keys().iter().any(|key| key.key_id().is_some()) { Ok(keys) } else { Err(BadKeySet::Empty) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uploaded_key_set_holds_public_keys_with_names() {
        let key = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
        let set = |more: &str| format!("{{\"keys\":[{{{key}{more}}}]}}");
        assert!(read(&set(r#","kid":"a""#)).is_ok());
        assert_eq!(read(&set("")).err(), Some(BadKeySet::Empty));
        assert_eq!(read(&set(r#","kid":"a","d":"x""#)).err(), Some(BadKeySet::Private));
        assert_eq!(read(r#"{"keys":[{"kty":"oct","k":"x","kid":"a"}]}"#).err(), Some(BadKeySet::Private));
        assert_eq!(read(r#"{"keys":[]}"#).err(), Some(BadKeySet::Empty));
        for bad in ["", "[]", "{}", "null", r#"{"keys":1}"#] {
            assert_eq!(read(bad).err(), Some(BadKeySet::Unreadable), "{bad}");
        }
    }
}
