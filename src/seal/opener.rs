//! What the resolver can do with a sealed value: check what the console signed, then open it.

use sodiumoxide::crypto::aead::xchacha20poly1305_ietf as aead;
use sodiumoxide::crypto::sealedbox;

use super::context::Context;
use super::envelope::Envelope;
use super::keys::{KeyId, SealingSecret, SigningSecret};
use super::manifest::Manifest;
use super::random::Random;
use super::sealer::{SealedField, Sealer};
use super::signature::{AuditSigner, ManifestSigners, Signature};
use crate::secret::Secret;

/// Why sealed content was not handed out. None of it names content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Sealed for a key that is not in the key file: nothing is wrong with the data, the key is missing.
    #[error("sealed for key {0}, which is not in the resolver key file")]
    NotMine(KeyId),
    /// Sealed for a key of ours, but damaged, moved or forged. Reason for an alarm.
    #[error("{0}")]
    Broken(&'static str),
    /// Signed with a key that is not in the key file.
    #[error("signed with key {0}, which is not in the key file")]
    UnknownSigner(KeyId),
}

/// The resolver's side of sealing: it opens what any of its sealing keys, current or retired, can open.
pub struct Opener {
    pub(super) sealing: Vec<SealingSecret>,
    pub(super) signers: ManifestSigners,
    pub(super) audit: SigningSecret,
}

impl Opener {
    /// Whether a version is as a console signed it. Nothing of a version may be opened before.
    pub fn check(&self, manifest: &Manifest<'_>, signature: &Signature) -> Result<(), Unreadable> {
        self.signers.check(manifest, signature)
    }

    /// Opens an envelope that was sealed for this very place.
    pub fn open(&self, context: &Context<'_>, envelope: &[u8]) -> Result<Secret<Vec<u8>>, Unreadable> {
        let envelope = Envelope::parse(envelope).map_err(Unreadable::Broken)?;
        let key = self
            .sealing
            .iter()
            .find(|key| key.half.id == envelope.key_id)
            .ok_or(Unreadable::NotMine(envelope.key_id))?;
        let data_key = sealedbox::open(envelope.sealed_key, &key.half.public, &key.secret)
            .map(Secret::new)
            .map_err(|()| Unreadable::Broken("the data key does not open"))?;
        let data_key = aead::Key::from_slice(data_key.expose())
            .ok_or(Unreadable::Broken("the data key has another length"))?;
        let nonce = aead::Nonce(*envelope.nonce);
        aead::open(envelope.ciphertext, Some(&context.associated_data()), &nonce, &data_key)
            .map(Secret::new)
            .map_err(|()| Unreadable::Broken("the content was changed or belongs elsewhere"))
    }

    /// The sealing keys it can open for, the current one first.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.sealing.iter().map(|key| key.half.id).collect()
    }

    /// The keys whose signatures are believed, the current one first.
    pub fn signer_ids(&self) -> Vec<KeyId> {
        self.signers.ids().collect()
    }

    /// What signs the checkpoints of this node's audit chain.
    pub fn audit_signer(&self) -> AuditSigner {
        AuditSigner::new(self.audit.clone())
    }
}

/// Opens an envelope and seals its value again, for the same place and the sealer's current key. Check the
/// version's signature before, and sign the version again after: its manifest names the envelope.
pub fn reseal(
    opener: &Opener,
    sealer: &Sealer,
    random: &Random,
    context: &Context<'_>,
    envelope: &[u8],
) -> Result<SealedField, Unreadable> {
    Ok(sealer.seal(random, context, &opener.open(context, envelope)?))
}
