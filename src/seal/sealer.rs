//! What the console can do with a secret: seal it, sign for it, recognise it. Nothing here can open.

use sodiumoxide::crypto::aead::xchacha20poly1305_ietf as aead;
use sodiumoxide::crypto::sealedbox;

use super::context::Context;
use super::digest::keyed;
use super::envelope::{Envelope, SEALED_KEY};
use super::keys::{KeyId, SealingPublic, SigningSecret};
use super::manifest::Manifest;
use super::opener::Unreadable;
use super::random::Random;
use super::signature::{AuditSigner, ManifestSigners, Signature, sign};
use crate::secret::Secret;

/// One secret field as rows hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedField {
    /// The sealing key that opens it.
    pub key_id: KeyId,
    /// The envelope; its format is in `envelope`.
    pub envelope: Vec<u8>,
    /// See [`Sealer::fingerprint`].
    pub fingerprint: [u8; 32],
}

/// The console's side of sealing. It holds the public half of the sealing pair only, so there is no way for it
/// to open an envelope, not even one that it has just made. What a resolver may write, a console may not:
///
/// ```
/// fn resolve(opener: &voucher::seal::Opener, context: &voucher::seal::Context<'_>, envelope: &[u8]) {
///     let _ = opener.open(context, envelope);
/// }
/// fn start(keys: &voucher::seal::ResolverKeys) {
///     let _ = keys.opener();
/// }
/// ```
/// ```compile_fail,E0599
/// fn peek(sealer: &voucher::seal::Sealer, context: &voucher::seal::Context<'_>, envelope: &[u8]) {
///     let _ = sealer.open(context, envelope);
/// }
/// ```
/// ```compile_fail,E0599
/// fn peek(keys: &voucher::seal::ConsoleKeys) {
///     let _ = keys.opener();
/// }
/// ```
pub struct Sealer {
    pub(super) sealing: SealingPublic,
    pub(super) signing: SigningSecret,
    pub(super) signers: ManifestSigners,
    pub(super) fingerprint: Secret<[u8; 32]>,
    pub(super) audit: SigningSecret,
}

impl Sealer {
    /// Seals a value for the resolver and for one place only.
    pub fn seal(&self, random: &Random, context: &Context<'_>, value: &Secret<Vec<u8>>) -> SealedField {
        let data_key = aead::Key(random.array());
        let nonce = aead::Nonce(random.array());
        let ciphertext = aead::seal(value.expose(), Some(&context.associated_data()), &nonce, &data_key);
        let boxed = sealedbox::seal(&data_key.0, &self.sealing.public);
        let mut sealed_key = [0; SEALED_KEY];
        sealed_key.copy_from_slice(&boxed);
        let envelope = Envelope {
            key_id: self.sealing.id,
            sealed_key: &sealed_key,
            nonce: &nonce.0,
            ciphertext: &ciphertext,
        };
        SealedField {
            key_id: self.sealing.id,
            envelope: envelope.to_bytes(),
            fingerprint: self.fingerprint(context.enterprise, value),
        }
    }

    /// Signs a version.
    pub fn sign(&self, manifest: &Manifest<'_>) -> Signature {
        sign(&self.signing, &manifest.to_bytes())
    }

    /// Whether a version is as a console signed it. Ask before carrying its envelopes into a new version: they
    /// come from the database, and the new signature would vouch for them.
    pub fn check(&self, manifest: &Manifest<'_>, signature: &Signature) -> Result<(), Unreadable> {
        self.signers.check(manifest, signature)
    }

    /// What a value is recognised by, within one enterprise: equal values of two enterprises can't be compared,
    /// and without the fingerprint key a guess can't be tried.
    pub fn fingerprint(&self, enterprise: &str, value: &Secret<Vec<u8>>) -> [u8; 32] {
        keyed(self.fingerprint.expose(), "voucher fingerprint 1", &[enterprise.as_bytes(), value.expose()])
    }

    /// A key for another purpose of the console (its cookies), the same on every node that has these keys.
    pub fn derive(&self, purpose: &str) -> Secret<[u8; 64]> {
        Secret::new(keyed(self.fingerprint.expose(), "voucher derived key 1", &[purpose.as_bytes()]))
    }

    /// The key that new envelopes are sealed for.
    pub fn sealing_key_id(&self) -> KeyId {
        self.sealing.id
    }

    /// The key that new versions are signed with.
    pub fn signing_key_id(&self) -> KeyId {
        self.signing.half.id
    }

    /// The keys whose signatures are believed, current and retired.
    pub fn signer_ids(&self) -> Vec<KeyId> {
        self.signers.ids().collect()
    }

    /// What signs the checkpoints of this node's audit chain.
    pub fn audit_signer(&self) -> AuditSigner {
        AuditSigner::new(self.audit.clone())
    }
}
