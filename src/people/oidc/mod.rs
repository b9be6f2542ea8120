//! The relying party: asking the provider who somebody is.
//!
//! Authorization code with PKCE. [`Provider::ask`] gives the address to send a browser to and what to remember;
//! [`Provider::answer`] turns the code that comes back into an [`Identity`], or says why not. Everything that the
//! provider says is material to judge: its texts go neither to visitors nor, unbounded, to the log.

mod discovery;
mod id_token;
mod logout_token;
mod outbound;
mod types;
mod user_info;

use std::sync::Arc;

use jiff::Timestamp;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndUserName, IssuerUrl, LocalizedClaim,
    LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
};
use url::Url;

use self::discovery::{Discovery, Known};
use self::id_token::{Expected, LEEWAY};
use self::outbound::{Outbound, OutboundError};
use self::types::{Claims, RelyingParty, Token, TokenAnswer};
use super::attempt::random_text;
use super::settings::{OidcSettings, SettingsError, is_safe};
use super::sign_in::{Doors, Identity};
use crate::clock::Clock;
use crate::seal::Random;
use crate::secret::Secret;

/// A configured OpenID Connect provider.
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    signed_out: PostLogoutRedirectUrl,
    scopes: Vec<Scope>,
    draft_logout: bool,
    logout_hint: bool,
    doors: Doors,
    /// Whether there are others, so that an answer that names nobody could be anybody's.
    one_of_several: bool,
    outbound: Outbound,
    discovery: Discovery,
    clock: Clock,
}

pub(super) use self::discovery::Unusable;
pub(super) use self::id_token::Distrust;
pub(super) use self::logout_token::{LogoutToken, Whose, claimed_issuer};

/// How much the provider asks whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// Nothing, where it remembers somebody.
    AsItLikes,
    /// Who is there, even when it remembers somebody.
    Again,
    /// The same, and it has to say when they proved it.
    Confirm,
}

/// Where to send a browser, and what its answer will be held against.
pub(super) struct Question {
    pub(super) address: Url,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Why nobody is signed in. Each is a page of ours, and a line in the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The provider cannot be used at the moment.
    #[error("{0}")]
    Unusable(#[from] Unusable),
    /// The provider would not exchange the code, or its answer cannot be read.
    #[error("the code was not exchanged: {0}")]
    Exchange(String),
    /// The answer comes from somebody else, or does not say from whom.
    #[error("the answer does not come from the configured issuer")]
    MixUp,
    /// The ID token is not believed.
    #[error("the ID token is not believed: {0}")]
    Distrusted(#[from] Distrust),
}

impl Provider {
    /// The provider as configured. Nothing is asked yet: a provider that is down is no reason not to start.
    pub(super) fn new(
        settings: &OidcSettings,
        doors: Doors,
        public_url: &str,
        clock: Clock,
    ) -> Result<Self, SettingsError> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| SettingsError::Issuer)?;
        let plain = issuer.url().query().is_none() && issuer.url().fragment().is_none();
        if !is_safe(issuer.url()) || !plain {
            return Err(SettingsError::Issuer);
        }
        let ours = Url::parse(public_url).ok().filter(is_safe).ok_or(SettingsError::PublicUrl)?;
        let redirect = ours.join("/auth/callback").map_err(|_| SettingsError::PublicUrl)?;
        let signed_out = ours.join("/signed-out").map_err(|_| SettingsError::PublicUrl)?;
        let outbound = Outbound::new(issuer.url())?;
        Ok(Self {
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: settings
                .client_secret
                .as_ref()
                .map(|secret| ClientSecret::new(secret.expose().clone())),
            redirect: RedirectUrl::from_url(redirect),
            signed_out: PostLogoutRedirectUrl::from_url(signed_out),
            scopes: scopes(&settings.scopes),
            draft_logout: settings.draft_logout,
            logout_hint: settings.logout_hint,
            doors,
            one_of_several: false,
            discovery: Discovery::new(issuer.clone(), outbound.clone(), clock.clone()),
            outbound,
            issuer,
            clock,
        })
    }

    /// Its issuer.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The enterprises of its people.
    pub(super) fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Says whether the settings name other providers besides.
    pub(super) fn is_one_of_several(&mut self, it_is: bool) {
        self.one_of_several = it_is;
    }

    /// Whether the provider could be asked at this moment; for readiness.
    pub(super) async fn is_usable(&self) -> bool {
        self.discovery.known().await.is_ok()
    }

    /// A new question for the provider.
    pub(super) async fn ask(&self, random: &Random, prompt: Prompt) -> Result<Question, Failure> {
        let known = self.discovery.known().await?;
        let (state, nonce, verifier) = (random_text(random), random_text(random), random_text(random));
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (sent_state, sent_nonce) = (CsrfToken::new(state.clone()), Nonce::new(nonce.clone()));
        let relying_party = self.relying_party(&known);
        let mut request = relying_party
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || sent_state, move || sent_nonce)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge);
        if prompt != Prompt::AsItLikes {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        if prompt == Prompt::Confirm {
            // It makes `auth_time` a duty. Not zero: one provider takes a second for too long then.
            request = request.set_max_age(LEEWAY.unsigned_abs());
        }
        let (address, _, _) = request.url();
        Ok(Question { address, state, nonce, verifier })
    }

    /// Whether an answer names the right issuer (RFC 9207): always when it names one, and it must when the provider
    /// says that it does, or when there are several providers (RFC 9700, section 4.4). `asked` is the issuer that the attempt was begun with.
    pub(super) async fn check_issuer(&self, asked: &str, stated: Option<&str>) -> Result<(), Failure> {
        if asked != self.issuer.as_str() {
            return Err(Failure::MixUp);
        }
        match stated {
            Some(stated) if stated == self.issuer.as_str() => Ok(()),
            Some(_) => Err(Failure::MixUp),
            None if self.one_of_several => Err(Failure::MixUp),
            None => {
                let known = self.discovery.known().await?;
                let required =
                    known.metadata.additional_metadata().authorization_response_iss_parameter_supported;
                if required == Some(true) { Err(Failure::MixUp) } else { Ok(()) }
            }
        }
    }

    /// Exchanges a code and believes what the ID token says, once it has been checked. The token itself comes along
    /// where the provider wants to see it again.
    pub(super) async fn answer(
        &self,
        code: String,
        nonce: &str,
        verifier: String,
        fresh_since: Option<Timestamp>,
    ) -> Result<(Identity, Option<Secret<String>>), Failure> {
        let known = self.discovery.known().await?;
        let relying_party = self.relying_party(&known);
        let answer: TokenAnswer = relying_party
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Failure::Exchange("the provider names no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&self.outbound)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(error @ OutboundError::NoAnswer(_)) => {
                    Unusable::Token(error).into()
                }
                error => Failure::Exchange(describe(&error)),
            })?;
        let token = answer.id_token().ok_or_else(|| Failure::Exchange("there is no ID token".to_owned()))?;
        let claims = self.checked(&known, token, &answer, nonce).await?;
        if let Some(since) = fresh_since {
            let oldest = since.saturating_sub(LEEWAY).unwrap_or(Timestamp::MIN);
            if authenticated_at(claims, self.clock.now()).is_none_or(|at| at < oldest) {
                return Err(Distrust::NotConfirmed.into());
            }
        }
        let mut identity = Identity {
            issuer: self.issuer.to_string(),
            subject: claims.subject().to_string(),
            sid: claims.additional_claims().sid.clone().filter(|sid| sid.len() <= 255),
            authenticated_at: authenticated_at(claims, self.clock.now()),
            name: claims.name().and_then(plain_name).or_else(|| username(claims)),
            email: claims.email().and_then(|email| shown(email)),
            claims: self.looked_at(claims),
        };
        self.complete(&relying_party, &answer, &mut identity).await?;
        let hint = self.logout_hint.then(|| Secret::new(token.to_string()));
        Ok((identity, hint))
    }

    /// Checks the token; when no key verifies it, fetches the keys once and tries once more.
    async fn checked<'t>(
        &self,
        known: &Arc<Known>,
        token: &'t Token,
        answer: &TokenAnswer,
        nonce: &str,
    ) -> Result<&'t Claims, Distrust> {
        let check = |known: &Known| {
            let expected = Expected {
                issuer: &self.issuer,
                client_id: &self.client_id,
                nonce,
                keys: &known.keys,
                now: self.clock.now(),
            };
            id_token::check(token, answer.access_token(), &expected)
        };
        match check(known) {
            Err(Distrust::Signature) => match self.discovery.with_new_keys(known).await {
                Some(newer) => check(&newer),
                None => Err(Distrust::Signature),
            },
            checked => checked,
        }
    }

    /// Believes what a logout token says, once it has been checked.
    pub(super) async fn logout_token(&self, raw: &str) -> Result<LogoutToken, Failure> {
        let known = self.discovery.known().await?;
        let check = |known: &Known| {
            let expected = logout_token::Expected {
                issuer: &self.issuer,
                client_id: &self.client_id,
                keys: &known.keys,
                now: self.clock.now(),
                drafts: self.draft_logout,
            };
            logout_token::check(raw, &expected)
        };
        match check(&known) {
            Err(Distrust::Signature) => match self.discovery.with_new_keys(&known).await {
                Some(newer) => Ok(check(&newer)?),
                None => Err(Distrust::Signature.into()),
            },
            checked => Ok(checked?),
        }
    }

    /// Where to send somebody who signed out here, so that they are signed out there as well. Their ID token goes along
    /// only where the provider ends no session without, because it then stands in a URL; whoever has none stays here.
    pub(super) async fn end_session(&self, state: &str, hint: Option<&Secret<String>>) -> Option<Url> {
        if self.logout_hint && hint.is_none() {
            return None;
        }
        let known = self.discovery.known().await.ok()?;
        let endpoint = known.metadata.additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(endpoint)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.signed_out.clone())
            .set_state(CsrfToken::new(state.to_owned()));
        let mut address = request.http_get_url();
        if let Some(hint) = hint.filter(|_| self.logout_hint) {
            address.query_pairs_mut().append_pair("id_token_hint", hint.expose());
        }
        Some(address)
    }

    fn relying_party(&self, known: &Known) -> RelyingParty {
        let methods = known.metadata.token_endpoint_auth_methods_supported();
        let posts = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        RelyingParty::from_provider_metadata(
            known.metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone())
        .set_auth_type(if posts { AuthType::RequestBody } else { AuthType::BasicAuth })
    }
}

/// `openid` goes without saying.
fn scopes(more: &[String]) -> Vec<Scope> {
    let always = ["profile", "email"];
    let more = more.iter().map(String::as_str).filter(|scope| *scope != "openid" && !always.contains(scope));
    always.into_iter().chain(more).map(|scope| Scope::new(scope.to_owned())).collect()
}

/// When the provider says that the person proved who they are. Some write 0 where they do not know, and what is yet to
/// come is no proof.
fn authenticated_at(claims: &Claims, now: Timestamp) -> Option<Timestamp> {
    let at = claims.auth_time()?.timestamp();
    let latest = now.saturating_add(LEEWAY).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(at).ok().filter(|stated| at > 0 && *stated <= latest)
}

fn username(claims: &Claims) -> Option<String> {
    claims.preferred_username().and_then(|name| shown(name))
}

fn plain_name(name: &LocalizedClaim<EndUserName>) -> Option<String> {
    name.get(None).or_else(|| name.iter().next().map(|(_, name)| name)).and_then(|name| shown(name))
}

/// A claim for showing: one line, 200 characters at most; `None` when nothing is left.
fn shown(text: &str) -> Option<String> {
    let line: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The library's error for the log: registered error codes by name, nothing that the provider wrote.
fn describe<T>(error: &RequestTokenError<OutboundError, T>) -> String
where
    T: openidconnect::ErrorResponse + AsErrorCode,
{
    match error {
        RequestTokenError::ServerResponse(answer) => format!("refused as {}", answer.code()),
        RequestTokenError::Request(error) => error.to_string(),
        RequestTokenError::Parse(error, _) => format!("the answer cannot be read at {}", error.path()),
        RequestTokenError::Other(_) => "the answer is not JSON, or empty".to_owned(),
    }
}

/// The registered code of a refusal.
trait AsErrorCode {
    fn code(&self) -> &'static str;
}

impl AsErrorCode for openidconnect::StandardErrorResponse<CoreErrorResponseType> {
    fn code(&self) -> &'static str {
        match self.error() {
            CoreErrorResponseType::InvalidClient => "invalid_client",
            CoreErrorResponseType::InvalidGrant => "invalid_grant",
            CoreErrorResponseType::InvalidRequest => "invalid_request",
            CoreErrorResponseType::UnauthorizedClient => "unauthorized_client",
            CoreErrorResponseType::UnsupportedGrantType => "unsupported_grant_type",
            _ => "an unregistered code",
        }
    }
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the integration tests need the rest of it")]
#[path = "../../../tests/support/hostile.rs"]
mod hostile;
#[cfg(test)]
mod logout_tests;
#[cfg(test)]
mod tests;
