//! The providers of an installation, found by whom one wants to come to and by who answers.
//!
//! Most have one. Where there are several, each lets people into enterprises of its own, and the sign-in page names none
//! that the settings do not want it to: who is in which enterprise is nobody else's business.

use std::collections::BTreeSet;

use super::oidc::Provider;
use super::settings::{OidcSettings, SettingsError};
use super::sign_in::Doors;
use crate::clock::Clock;

/// Every provider that the settings name.
pub struct Providers {
    all: Vec<Provider>,
    entrances: Vec<Entrance>,
}

/// An enterprise as the sign-in page may know it.
struct Entrance {
    enterprise: String,
    /// What the sign-in page calls it for everybody to see.
    listed_as: Option<String>,
    /// Which provider vouches for its people.
    provider: usize,
}

impl Providers {
    /// The providers as configured; one table of the settings for each enterprise.
    pub fn new(settings: &[OidcSettings], public_url: &str, clock: &Clock) -> Result<Self, SettingsError> {
        let (mut all, mut entrances): (Vec<Provider>, Vec<Entrance>) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        let issuers: BTreeSet<&str> = settings.iter().map(|one| one.issuer.as_str()).collect();
        for one in settings {
            if !seen.insert(one.enterprise.as_str()) {
                return Err(SettingsError::EnterpriseTwice(one.enterprise.clone()));
            }
            let provider = match all.iter().position(|provider| provider.issuer() == one.issuer) {
                Some(known) => known,
                None => {
                    let doors = Doors::of(settings, &one.issuer);
                    let mut provider = Provider::new(one, doors, public_url, clock.clone())?;
                    provider.is_one_of_several(issuers.len() > 1);
                    all.push(provider);
                    all.len() - 1
                }
            };
            let first = settings.iter().find(|other| other.issuer == one.issuer);
            if first.is_some_and(|first| !first.is_same_client(one)) {
                return Err(SettingsError::TwoClients(one.issuer.clone()));
            }
            let (enterprise, listed_as) = (one.enterprise.clone(), one.name.clone());
            entrances.push(Entrance { enterprise, listed_as, provider });
        }
        if all.is_empty() { Err(SettingsError::None) } else { Ok(Self { all, entrances }) }
    }

    /// The one provider, where there is but one.
    pub(super) fn only(&self) -> Option<&Provider> {
        match self.all.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The provider of an enterprise's people.
    pub(super) fn of_enterprise(&self, slug: &str) -> Option<&Provider> {
        let entrance = self.entrances.iter().find(|entrance| entrance.enterprise == slug)?;
        self.all.get(entrance.provider)
    }

    /// The provider with this issuer, and at which place it is.
    pub(super) fn of_issuer(&self, issuer: &str) -> Option<(usize, &Provider)> {
        self.all.iter().enumerate().find(|(_, provider)| provider.issuer() == issuer)
    }

    /// The provider at a place that [`Providers::of_issuer`] gave.
    pub(super) fn at(&self, place: usize) -> Option<&Provider> {
        self.all.get(place)
    }

    /// The enterprises that the sign-in page offers to everybody: slug and name.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entrances
            .iter()
            .filter_map(|entrance| Some((entrance.enterprise.as_str(), entrance.listed_as.as_deref()?)))
    }

    /// Whether there are enterprises that the sign-in page does not offer.
    pub(super) fn some_are_unlisted(&self) -> bool {
        self.entrances.iter().any(|entrance| entrance.listed_as.is_none())
    }

    /// Whether people could sign in at this moment, by whatever provider.
    pub(super) async fn are_usable(&self) -> bool {
        for provider in &self.all {
            if !provider.is_usable().await {
                return false;
            }
        }
        true
    }

    /// Whether a person whom this issuer vouches for may be in the enterprise with this slug.
    pub(super) fn admits(&self, issuer: &str, slug: &str) -> bool {
        self.of_issuer(issuer).is_some_and(|(_, provider)| !provider.doors().closed.contains(slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::fixture::settings;

    fn block(enterprise: &str, issuer: &str) -> OidcSettings {
        OidcSettings { enterprise: enterprise.to_owned(), ..settings(issuer) }
    }

    fn made(settings: &[OidcSettings]) -> Result<Providers, SettingsError> {
        Providers::new(settings, "https://voucher.example", &Clock::System)
    }

    #[test]
    fn enterprises_share_a_provider_or_have_their_own() {
        let one = "https://one.example";
        let other = "https://other.example";
        let providers = made(&[block("acme", one), block("umbrella", other), block("aurora", one)]).unwrap();
        assert!(providers.only().is_none());
        let issuer = |slug: &str| providers.of_enterprise(slug).map(|provider| provider.issuer().to_owned());
        assert_eq!(issuer("acme").as_deref(), Some(one));
        assert_eq!(issuer("aurora").as_deref(), Some(one));
        assert_eq!(issuer("umbrella").as_deref(), Some(other));
        assert_eq!(issuer("unknown"), None);
        let doors = providers.of_enterprise("acme").unwrap().doors();
        assert_eq!(
            doors.open.iter().map(|door| door.enterprise.as_str()).collect::<Vec<_>>(),
            ["acme", "aurora"]
        );
        assert_eq!((doors.aimed_at(Some("aurora")), doors.aimed_at(None)), (Some("aurora"), Some("acme")));
        assert_eq!(doors.aimed_at(Some("umbrella")), Some("acme"));
        for (issuer, slug, expected) in [
            (one, "acme", true),
            (one, "aurora", true),
            (one, "umbrella", false),
            (one, "of-the-directory-alone", true),
            (other, "umbrella", true),
            (other, "acme", false),
        ] {
            assert_eq!(providers.admits(issuer, slug), expected, "{issuer} {slug}");
        }
        assert!(made(&[block("acme", one), block("aurora", one)]).unwrap().only().is_some());
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let one = "https://one.example";
        assert!(matches!(made(&[]), Err(SettingsError::None)));
        let twice = made(&[block("acme", one), block("acme", "https://other.example")]);
        assert!(matches!(twice, Err(SettingsError::EnterpriseTwice(slug)) if slug == "acme"));
        for differs in [
            OidcSettings { client_id: "other".to_owned(), ..block("aurora", one) },
            OidcSettings { scopes: vec!["groups".to_owned()], ..block("aurora", one) },
            OidcSettings { draft_logout: true, ..block("aurora", one) },
            OidcSettings { logout_hint: true, ..block("aurora", one) },
            OidcSettings {
                client_secret: Some(crate::secret::Secret::new("x".to_owned())),
                ..block("aurora", one)
            },
        ] {
            let made = made(&[block("acme", one), differs]);
            assert!(matches!(made, Err(SettingsError::TwoClients(issuer)) if issuer == one));
        }
    }
}
