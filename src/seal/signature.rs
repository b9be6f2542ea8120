//! Who signed, and for what. Manifests and audit checkpoints have key pairs of their own: a resolver may sign
//! checkpoints of its audit chain, but can't make a version.

use sodiumoxide::crypto::sign;

use super::digest::framed;
use super::keyring::Ring;
use super::keys::{KeyId, SigningPublic, SigningSecret};
use super::manifest::Manifest;
use super::opener::Unreadable;

/// A signature (Ed25519, 64 bytes) and the key it was made with, as rows hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The signing key.
    pub key_id: KeyId,
    /// The signature itself.
    pub bytes: Vec<u8>,
}

pub(super) fn sign(key: &SigningSecret, bytes: &[u8]) -> Signature {
    let bytes = sign::sign_detached(bytes, &key.secret).to_bytes().to_vec();
    Signature { key_id: key.half.id, bytes }
}

/// Public halves, looked up by id. `None`: signed by somebody else.
struct Known(Vec<SigningPublic>);

impl Known {
    fn verify(&self, signature: &Signature, bytes: &[u8]) -> Option<bool> {
        let key = self.0.iter().find(|key| key.id == signature.key_id)?;
        // Any 64 bytes are a signature here; whether it holds is libsodium's to say.
        let Ok(signature) = sign::Signature::from_bytes(&signature.bytes) else { return Some(false) };
        Some(sign::verify_detached(&signature, bytes, &key.public))
    }
}

/// The keys whose manifests are believed; both sides hold them.
pub(super) struct ManifestSigners(Known);

impl ManifestSigners {
    pub(super) fn new(keys: Vec<SigningPublic>) -> Self {
        Self(Known(keys))
    }

    pub(super) fn check(&self, manifest: &Manifest<'_>, signature: &Signature) -> Result<(), Unreadable> {
        match self.0.verify(signature, &manifest.to_bytes()) {
            Some(true) => Ok(()),
            Some(false) => Err(Unreadable::Broken("the version does not match its signature")),
            None => Err(Unreadable::UnknownSigner(signature.key_id)),
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.0.iter().map(|key| key.id)
    }
}

/// Signs checkpoints of an audit chain. Every node has one, console or resolver.
pub struct AuditSigner(SigningSecret);

impl AuditSigner {
    pub(super) fn new(key: SigningSecret) -> Self {
        Self(key)
    }

    /// Signs the bytes of a checkpoint.
    pub fn sign(&self, checkpoint: &[u8]) -> Signature {
        sign(&self.0, &checkpoint_bytes(checkpoint))
    }

    /// The key it signs with.
    pub fn key_id(&self) -> KeyId {
        self.0.half.id
    }
}

/// Verifies checkpoints of audit chains, by current and retired keys.
pub struct AuditVerifier(Known);

impl AuditVerifier {
    pub(super) fn new(audit: &Ring<SigningSecret, SigningPublic>) -> Self {
        let current = std::iter::once(audit.current.half.clone());
        Self(Known(current.chain(audit.retired.iter().cloned()).collect()))
    }

    /// Whether the checkpoint was signed by a key of ours. False also for a key that is not in the key file;
    /// [`AuditVerifier::knows`] tells the two apart.
    pub fn verify(&self, signature: &Signature, checkpoint: &[u8]) -> bool {
        self.0.verify(signature, &checkpoint_bytes(checkpoint)) == Some(true)
    }

    /// Whether the key is one of ours.
    pub fn knows(&self, key: KeyId) -> bool {
        self.0.0.iter().any(|known| known.id == key)
    }
}

fn checkpoint_bytes(checkpoint: &[u8]) -> Vec<u8> {
    framed(&[b"voucher audit checkpoint 1", checkpoint])
}
