//! What the ID token leaves out: many providers tell name, e-mail address and groups only at their user info endpoint.
//!
//! It is asked when something is missing. An answer about somebody else is an attack. No answer costs somebody their
//! name; but where rules look at a claim, it is no sign-in: an endpoint that is down must not look like somebody who
//! lost their groups.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{OAuth2TokenResponse as _, SubjectIdentifier, UserInfoClaims};
use serde::Serialize;
use serde_json::{Map, Value};

use super::discovery::Unusable;
use super::id_token::Distrust;
use super::types::{OtherClaims, RelyingParty, TokenAnswer};
use super::{Failure, Provider, plain_name, shown};
use crate::people::sign_in::Identity;

type UserInfo = UserInfoClaims<OtherClaims, CoreGenderClaim>;

impl Provider {
    /// The claims that rules look at, as far as they are made.
    pub(super) fn looked_at(&self, claims: &impl Serialize) -> Map<String, Value> {
        let looks_at = |name: &str| self.doors().rules().any(|rule| rule.claim_name() == name);
        let all = match serde_json::to_value(claims) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        all.into_iter().filter(|(name, value)| !value.is_null() && looks_at(name)).collect()
    }

    /// Completes an identity from user info, where the ID token left something out.
    pub(super) async fn complete(
        &self,
        relying_party: &RelyingParty,
        answer: &TokenAnswer,
        identity: &mut Identity,
    ) -> Result<(), Failure> {
        let needed = self.doors().rules().any(|rule| !identity.claims.contains_key(rule.claim_name()));
        if !needed && identity.name.is_some() && identity.email.is_some() {
            return Ok(());
        }
        let Ok(request) = relying_party.user_info(answer.access_token().clone(), None) else {
            // There is no such endpoint; what is not in the token is not claimed.
            return Ok(());
        };
        // The library takes for granted that the token can stand in a header.
        let can_be_sent = answer.access_token().secret().bytes().all(|byte| byte.is_ascii_graphic());
        let asked: Option<UserInfo> =
            if can_be_sent { request.request_async(&self.outbound).await.ok() } else { None };
        let Some(claims) = asked else {
            tracing::warn!("the provider's user info could not be read");
            return if needed { Err(Unusable::UserInfo.into()) } else { Ok(()) };
        };
        if *claims.subject() != SubjectIdentifier::new(identity.subject.clone()) {
            return Err(Distrust::Subject.into());
        }
        if identity.name.is_none() {
            identity.name = claims
                .name()
                .and_then(plain_name)
                .or_else(|| claims.preferred_username().and_then(|name| shown(name)));
        }
        if identity.email.is_none() {
            identity.email = claims.email().and_then(|email| shown(email));
        }
        for (name, value) in self.looked_at(&claims) {
            // What the token says is signed, and goes first.
            identity.claims.entry(name).or_insert(value);
        }
        Ok(())
    }
}
