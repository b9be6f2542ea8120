//! What the console has to be told about its OpenID Connect provider.

use url::{Host, Url};

use super::claims::Rule;
use crate::secret::Secret;

/// One enterprise, and the provider that vouches for its people. The configuration fills it in; several enterprises may
/// have the same provider.
pub struct OidcSettings {
    /// The provider's issuer identifier, byte for byte as in its discovery document.
    pub issuer: String,
    /// Our name at the provider.
    pub client_id: String,
    /// Our password there; a public client has none and is protected by PKCE alone.
    pub client_secret: Option<Secret<String>>,
    /// What to ask for besides `openid`, `profile` and `email`, so that the provider makes the claims that rules look at.
    pub scopes: Vec<String>,
    /// Whether logout tokens may be as in drafts of their specification: without a type of their own, without an end.
    pub draft_logout: bool,
    /// Whether the provider ends somebody's session only when it is shown their ID token.
    pub logout_hint: bool,
    /// The slug of the enterprise.
    pub enterprise: String,
    /// What it is called; where there are several providers, the sign-in page then offers it to everybody.
    pub name: Option<String>,
    /// The subject of who becomes owner when they sign in without being a member yet; makes the enterprise when there
    /// is none.
    pub first_administrator: Option<String>,
    /// What the provider's claims give there.
    pub rules: Vec<Rule>,
}

impl OidcSettings {
    /// Whether both describe the same client of the same provider.
    pub(super) fn is_same_client(&self, other: &Self) -> bool {
        let secret = |settings: &Self| {
            settings
                .client_secret
                .as_ref()
                .map(|secret| crate::seal::digest("client secret 1", &[secret.expose().as_bytes()]))
        };
        self.client_id == other.client_id
            && self.scopes == other.scopes
            && self.draft_logout == other.draft_logout
            && self.logout_hint == other.logout_hint
            && secret(self) == secret(other)
    }
}

/// Why the provider cannot be used as configured. Shown at start-up, never to visitors.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The issuer is not an address, or not one that may be used.
    #[error(
        "the issuer must be an https address without query and fragment (http only on a loopback address)"
    )]
    Issuer,
    /// The console's own address is not one that a provider could send people back to.
    #[error("the public address must be an https address (http only on a loopback address)")]
    PublicUrl,
    /// No provider is named.
    #[error("nobody could sign in: no provider is named")]
    None,
    /// Two tables are about the same enterprise.
    #[error("the enterprise {0} is in two tables; each enterprise has one provider")]
    EnterpriseTwice(String),
    /// One provider would know us as two clients.
    #[error(
        "the provider {0} is in two tables that differ in client_id, client_secret_file, scopes, draft_logout or logout_hint"
    )]
    TwoClients(String),
    /// The client for outbound requests could not be made.
    #[error("requests to the provider cannot be made: {0}")]
    Outbound(String),
}

/// Whether an address may carry tokens: encrypted, or never leaving this machine.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether an address leads to this machine and no further.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_travel_encrypted_or_not_at_all() {
        for (text, expected) in [
            ("https://id.example", true),
            ("https://id.example/realms/a", true),
            ("http://127.0.0.1:9000", true),
            ("http://[::1]:9000", true),
            ("http://localhost:9000", true),
            ("http://id.example", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
            ("ftp://127.0.0.1", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_safe(&Url::parse(text).unwrap()), expected, "{text}");
        }
    }
}
