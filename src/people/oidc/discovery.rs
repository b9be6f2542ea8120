//! What the provider says about itself, fetched when first needed and kept.
//!
//! A provider that is down is asked again after a minute, not by every visitor; and it is no reason for us not to
//! start. Its keys are fetched anew when a signature does not verify, because providers roll them: once, by one of the
//! waiting requests, and not again within a minute, so that junk tokens cannot make us hammer the provider. A failed
//! or an empty answer never replaces keys that we have.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::CoreJsonWebKeySet;
use openidconnect::{DiscoveryError, IssuerUrl};
use tokio::sync::Mutex;

use super::outbound::{Outbound, OutboundError};
use super::types::Metadata;
use crate::clock::Clock;
use crate::people::settings::is_safe;

const COOL_DOWN: SignedDuration = SignedDuration::from_secs(60);
/// How long a discovery document is believed; afterwards it is fetched again, and kept while that fails.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// Why the provider cannot be used at the moment. For the log.
#[derive(Debug, thiserror::Error)]
pub(in crate::people) enum Unusable {
    /// It could not be asked, or its answer could not be read.
    #[error("discovery failed: {0}")]
    Discovery(String),
    /// It failed less than a minute ago.
    #[error("discovery failed a moment ago")]
    CoolingDown,
    /// It sent somebody back with a code, and could not be asked what that is good for.
    #[error("the code could not be exchanged: {0}")]
    Token(OutboundError),
    /// Claims that rules look at are told at its user info endpoint, and that gives no answer.
    #[error("user info could not be read")]
    UserInfo,
    /// It wants something that we will not do.
    #[error("the provider {0}")]
    Unacceptable(&'static str),
}

/// What is known about the provider: its document and its keys, at one moment.
pub(super) struct Known {
    pub(super) metadata: Metadata,
    pub(super) keys: CoreJsonWebKeySet,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Known>>,
    discovered_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    keys_asked_at: Option<Timestamp>,
}

/// The provider's document and keys, shared by all requests.
pub(super) struct Discovery {
    issuer: IssuerUrl,
    outbound: Outbound,
    clock: Clock,
    // Held while the provider is asked: whoever comes meanwhile waits for the same answer.
    state: Mutex<State>,
}

impl Discovery {
    pub(super) fn new(issuer: IssuerUrl, outbound: Outbound, clock: Clock) -> Self {
        Self { issuer, outbound, clock, state: Mutex::new(State::default()) }
    }

    /// What is known, asking the provider when nothing is, or when it is old.
    pub(super) async fn known(&self) -> Result<Arc<Known>, Unusable> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        let fresh = state.discovered_at.is_some_and(|at| within(at, now, FRESH));
        let cooling = state.failed_at.is_some_and(|at| within(at, now, COOL_DOWN));
        if let Some(known) = &state.known
            && (fresh || cooling)
        {
            return Ok(Arc::clone(known));
        }
        if cooling {
            return Err(Unusable::CoolingDown);
        }
        match self.discover().await {
            Ok(known) => {
                let known = Arc::new(known);
                *state = State {
                    known: Some(Arc::clone(&known)),
                    discovered_at: Some(now),
                    failed_at: None,
                    keys_asked_at: state.keys_asked_at,
                };
                Ok(known)
            }
            Err(error) => {
                state.failed_at = Some(now);
                match &state.known {
                    Some(known) => {
                        tracing::warn!(error = %error, "the provider's document could not be renewed");
                        Ok(Arc::clone(known))
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// The provider after its keys were fetched again, for a signature that `seen` could not verify. `None` when that
    /// was tried a moment ago, failed, or gave no keys.
    pub(super) async fn with_new_keys(&self, seen: &Arc<Known>) -> Option<Arc<Known>> {
        let mut state = self.state.lock().await;
        if let Some(known) = &state.known
            && !Arc::ptr_eq(known, seen)
        {
            return Some(Arc::clone(known));
        }
        let now = self.clock.now();
        if state.keys_asked_at.is_some_and(|at| within(at, now, COOL_DOWN)) {
            return None;
        }
        state.keys_asked_at = Some(now);
        match CoreJsonWebKeySet::fetch_async(seen.metadata.jwks_uri(), &self.outbound).await {
            Ok(keys) if !keys.keys().is_empty() => {
                let known = Arc::new(Known { metadata: seen.metadata.clone(), keys });
                state.known = Some(Arc::clone(&known));
                Some(known)
            }
            Ok(_) => {
                tracing::warn!("the provider's key set is empty");
                None
            }
            Err(error) => {
                tracing::warn!(error = %describe(error), "the provider's keys could not be fetched");
                None
            }
        }
    }

    async fn discover(&self) -> Result<Known, Unusable> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.outbound)
            .await
            .map_err(|error| Unusable::Discovery(describe(error)))?;
        acceptable(&metadata)?;
        let keys = metadata.jwks().clone();
        Ok(Known { metadata, keys })
    }
}

fn acceptable(metadata: &Metadata) -> Result<(), Unusable> {
    let more = metadata.additional_metadata();
    let lacks_s256 = more
        .code_challenge_methods_supported
        .as_ref()
        .is_some_and(|methods| !methods.iter().any(|method| method == "S256"));
    let Some(token) = metadata.token_endpoint() else {
        return Err(Unusable::Unacceptable("names no token endpoint"));
    };
    // The rest is asked by `Outbound`, which looks for itself; these two are opened by a browser.
    let opened = [
        Some(metadata.authorization_endpoint().url()),
        more.end_session_endpoint.as_ref().map(|url| url.url()),
    ];
    if lacks_s256 {
        Err(Unusable::Unacceptable("does not offer PKCE with S256"))
    } else if !is_safe(token.url()) || opened.into_iter().flatten().any(|url| !is_safe(url)) {
        Err(Unusable::Unacceptable("names an endpoint that is not https"))
    } else {
        Ok(())
    }
}

/// The library's error for the log, without the provider's own text, which may be of any length and content.
fn describe(error: DiscoveryError<OutboundError>) -> String {
    match error {
        DiscoveryError::Request(error) => error.to_string(),
        DiscoveryError::Parse(error) => format!("the answer cannot be read at {}", error.path()),
        DiscoveryError::Response(status, _, _) => format!("status {status}, or not JSON"),
        DiscoveryError::Validation(_) => "the issuer in the answer is not the configured one".to_owned(),
        DiscoveryError::UrlParse(_) | DiscoveryError::Other(_) => "the address cannot be asked".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn within(at: Timestamp, now: Timestamp, span: SignedDuration) -> bool {
    now.duration_since(at) < span
}
