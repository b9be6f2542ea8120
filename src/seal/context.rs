//! Where a sealed value belongs. An envelope that was moved elsewhere does not open.

use super::digest::framed;
use super::envelope::FORMAT;

/// The one place a secret value was sealed for.
///
/// The version's number is not part of it: a value that a rotation leaves alone moves on to the next version
/// without being opened. The signed [`Manifest`](super::Manifest) says which versions it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// Id of the enterprise.
    pub enterprise: &'a str,
    /// Id of the credential.
    pub credential: &'a str,
    /// Name of the credential type, for example `kubernetes`.
    pub credential_type: &'a str,
    /// Name of the secret field, for example `kubeconfig`.
    pub field: &'a str,
}

impl Context<'_> {
    /// The associated data of an envelope: format, enterprise, credential, type, field; each length-prefixed.
    pub(super) fn associated_data(&self) -> Vec<u8> {
        framed(&[
            &FORMAT,
            self.enterprise.as_bytes(),
            self.credential.as_bytes(),
            self.credential_type.as_bytes(),
            self.field.as_bytes(),
        ])
    }
}
