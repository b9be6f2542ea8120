//! The service at which a registry has people exchange a credential for a token, and what it is asked.
//!
//! Used by the probe, which knows what the answers mean.

use url::Url;
use url::form_urlencoded::Serializer;

use crate::catalogue::challenge::Challenge;
use crate::catalogue::rules;
use crate::outbound::{Method, Outbound, Reply, Request, Unanswered, basic};
use crate::secret::Secret;

/// What is shown to it.
pub(super) enum Proof<'a> {
    /// In the header of a `GET`.
    Password { username: &'a str, password: &'a str },
    /// In the form of a `POST`, as OAuth's refresh token.
    IdentityToken(&'a str),
}

/// A token service, as a challenge names it.
pub(super) struct TokenService<'a> {
    realm: Url,
    service: Option<&'a str>,
    scope: Option<&'a str>,
}

impl<'a> TokenService<'a> {
    /// The one that a challenge names.
    pub(super) fn of(challenge: &'a Challenge) -> Option<Self> {
        let realm = challenge.is("bearer").then(|| challenge.param("realm")).flatten()?;
        let realm = rules::address(realm, &["https", "http"]).filter(|realm| realm.fragment().is_none())?;
        Some(Self { realm, service: challenge.param("service"), scope: challenge.param("scope") })
    }

    /// Its address.
    pub(super) fn realm(&self) -> &Url {
        &self.realm
    }

    /// Asks for a token.
    pub(super) async fn ask(&self, proof: &Proof<'_>, outbound: &Outbound) -> Result<Reply, Unanswered> {
        let reply = outbound.ask(self.request(proof, self.scope)?).await?;
        // GitHub's registry names an image that does not exist as the scope of signing in, which may be refused to those
        // it knows. Docker asks for no scope at this point.
        match reply.status() == 403 && self.scope.is_some() {
            true => outbound.ask(self.request(proof, None)?).await,
            false => Ok(reply),
        }
    }

    /// Asks in the same way as somebody made up, never as the real user: that could lock them out.
    pub(super) async fn ask_as_stranger(
        &self,
        proof: &Proof<'_>,
        outbound: &Outbound,
    ) -> Result<Reply, Unanswered> {
        let (username, password) = (format!("voucher-{}", outbound.nonce()), outbound.nonce());
        let stranger = match proof {
            Proof::Password { .. } => Proof::Password { username: &username, password: &password },
            Proof::IdentityToken(_) => Proof::IdentityToken(&password),
        };
        outbound.ask(self.request(&stranger, None)?).await
    }

    /// Whether it has a token for somebody made up, too.
    pub(super) async fn lets_strangers_in(&self, proof: &Proof<'_>, outbound: &Outbound) -> bool {
        let reply = self.ask_as_stranger(proof, outbound).await;
        reply.is_ok_and(|reply| reply.status() == 200 && token(&reply).is_some())
    }

    fn request(&self, proof: &Proof<'_>, scope: Option<&str>) -> Result<Request, Unanswered> {
        let wanted = [("service", self.service), ("scope", scope)];
        let wanted = wanted.into_iter().filter_map(|(name, value)| Some((name, value?)));
        match proof {
            Proof::Password { username, password } => {
                let mut url = self.realm.clone();
                url.query_pairs_mut().append_pair("account", username).extend_pairs(wanted);
                Ok(Request::get(url.as_str())?.header("authorization", basic(username, password)))
            }
            Proof::IdentityToken(token) => {
                // Room for every byte of the token to be escaped, so that growing leaves no copy behind.
                let mut form = Serializer::new(String::with_capacity(3 * token.len() + 4096));
                form.append_pair("grant_type", "refresh_token").append_pair("client_id", "voucher");
                form.extend_pairs(wanted).append_pair("refresh_token", token);
                let body = Secret::new(form.finish().into_bytes());
                let kind = Secret::new("application/x-www-form-urlencoded".to_owned());
                let request = Request::new(Method::Post, self.realm.as_str())?;
                Ok(request.header("content-type", kind).body(body))
            }
        }
    }
}

/// The token in its answer. The specification has two names for it.
pub(super) fn token(reply: &Reply) -> Option<Secret<String>> {
    #[derive(serde::Deserialize)]
    struct Answer {
        token: Option<Secret<String>>,
        access_token: Option<Secret<String>>,
    }
    let answer: Answer = serde_json::from_slice(reply.body()).ok()?;
    let fits = |token: &Secret<String>| rules::is_visible_ascii(token.expose());
    answer.token.filter(fits).or(answer.access_token.filter(fits))
}
