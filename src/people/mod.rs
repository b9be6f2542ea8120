//! Sign-in: OpenID Connect, sessions, and the development issuer.
//!
//! A person proves who they are to a configured provider ([`Providers`]); what remains of it here is a row of ours,
//! the *sign-in*, which every request reads ([`SignedIn`]). The cookie carries an opaque key of a session, and the
//! session's state carries the secret half of the sign-in and nothing else. Handlers name [`SignedIn`] or
//! [`Permit`] in their signature; the composition root wires [`session_middleware`], [`cross_site`] and `pages`.
//!
//! It knows members (through the directory) and audit records; it knows nothing of credentials, pipelines and keys.

mod attempt;
mod browser;
mod claims;
mod cross_site;
pub mod dev_issuer;
mod oidc;
pub(crate) mod pages;
mod providers;
mod return_to;
mod session;
mod settings;
mod sign_in;
mod signed_in;

pub use claims::{Rule, RuleError, WrittenRule};
pub use cross_site::cross_site;
pub use providers::Providers;
pub use return_to::ReturnTo;
pub use session::{Sessions, session_middleware};
pub use settings::{OidcSettings, SettingsError, is_safe};
pub use signed_in::{
    CreateCredentials, EndSignIns, Fresh, ManageAccess, ManageCredentials, Permission, Permit, ReadAccess,
    ReadAudit, ReadCredentials, ReadSignIns, SignedIn, viewer, viewer_by_now,
};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod journey;
