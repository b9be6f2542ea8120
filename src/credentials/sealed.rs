//! A version as it lies in the database: sealed field by field, signed as a whole.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::catalogue::{Content, CredentialType};
use crate::ids::{CredentialId, EnterpriseId};
use crate::seal::{Context, KeyId, Manifest, Random, Sealer, Signature, Unreadable};

/// A secret field as it lies in the database.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The field's name.
    pub field: String,
    /// The key it is sealed to.
    pub key_id: KeyId,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// For "where else is this value used".
    pub fingerprint: Vec<u8>,
}

/// A whole version.
#[derive(Debug, Clone)]
pub struct SealedVersion {
    /// Its number.
    pub number: i32,
    /// Which of the type's variants.
    pub variant: String,
    /// The plain fields.
    pub plain: BTreeMap<String, String>,
    /// When the content itself ends, read out of it.
    pub content_expires_at: Option<Timestamp>,
    /// The console's signature over all of it.
    pub signature: Signature,
    /// The secret fields.
    pub fields: Vec<Sealed>,
}

/// Whose version it is: a part of every context and of the manifest.
#[derive(Clone, Copy)]
pub struct Whose<'a> {
    /// The owner.
    pub enterprise: &'a EnterpriseId,
    /// The credential.
    pub credential: &'a CredentialId,
    /// Its type.
    pub credential_type: &'static CredentialType,
}

impl SealedVersion {
    /// Asks `check` whether the signature is right for `whose`.
    pub fn check(
        &self,
        whose: Whose<'_>,
        check: impl FnOnce(&Manifest<'_>, &Signature) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        let envelopes = envelopes(&self.fields);
        check(&whose.manifest(self.number, (&self.variant, &self.plain), &envelopes), &self.signature)
    }
}

impl<'a> Whose<'a> {
    /// The context of one field's envelope.
    pub fn context(&self, field: &'a str) -> Context<'a> {
        Context {
            enterprise: self.enterprise.as_str(),
            credential: self.credential.as_str(),
            credential_type: self.credential_type.id,
            field,
        }
    }

    fn manifest(
        &self,
        number: i32,
        (variant, plain): (&'a str, &'a BTreeMap<String, String>),
        envelopes: &'a BTreeMap<String, Vec<u8>>,
    ) -> Manifest<'a> {
        Manifest {
            enterprise: self.enterprise.as_str(),
            credential: self.credential.as_str(),
            credential_type: self.credential_type.id,
            number,
            variant,
            plain,
            envelopes,
        }
    }
}

/// Whose content is sealed, and by whom.
pub(super) struct Place<'a> {
    pub(super) sealer: &'a Sealer,
    pub(super) enterprise: &'a EnterpriseId,
    pub(super) credential: &'a CredentialId,
    pub(super) credential_type: &'static CredentialType,
}

impl Place<'_> {
    /// Seals what is new, keeps what is kept, and signs the whole.
    pub(super) fn seal(
        &self,
        random: &Random,
        number: i32,
        content: Content,
        kept: Vec<Sealed>,
    ) -> SealedVersion {
        let whose = self.whose();
        let mut fields = kept;
        for (field, value) in &content.secret {
            let sealed = self.sealer.seal(random, &whose.context(field), value);
            fields.push(Sealed {
                field: (*field).to_owned(),
                key_id: sealed.key_id,
                envelope: sealed.envelope,
                fingerprint: sealed.fingerprint.to_vec(),
            });
        }
        let signature = self.sign(number, (content.variant, &content.plain), &fields);
        SealedVersion {
            number,
            variant: content.variant.to_owned(),
            plain: content.plain,
            content_expires_at: content.content_expires_at,
            signature,
            fields,
        }
    }

    /// Vouches for the content of a version.
    pub(super) fn sign(
        &self,
        number: i32,
        (variant, plain): (&str, &BTreeMap<String, String>),
        fields: &[Sealed],
    ) -> Signature {
        let envelopes = envelopes(fields);
        self.sealer.sign(&self.whose().manifest(number, (variant, plain), &envelopes))
    }

    fn whose(&self) -> Whose<'_> {
        Whose {
            enterprise: self.enterprise,
            credential: self.credential,
            credential_type: self.credential_type,
        }
    }
}

fn envelopes(fields: &[Sealed]) -> BTreeMap<String, Vec<u8>> {
    fields.iter().map(|sealed| (sealed.field.clone(), sealed.envelope.clone())).collect()
}
