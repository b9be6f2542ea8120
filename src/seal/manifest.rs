//! Which bytes of a version are signed: everything that says what the version is and which envelopes are its own.

use std::collections::BTreeMap;

use super::digest::{digest, framed};

/// One version of a credential, as its signature covers it. A row that was edited, or moved to another
/// credential, version or enterprise, no longer matches.
///
/// The signed bytes are framed (see `digest`): `voucher manifest 1`, enterprise, credential, type, number (i32,
/// little-endian), variant, count of plain fields (u64, little-endian), name and value of each, count of
/// envelopes, field and `digest("voucher envelope 1", envelope)` of each. Maps go in the order of their names.
#[derive(Clone, Copy)]
pub struct Manifest<'a> {
    /// Id of the enterprise.
    pub enterprise: &'a str,
    /// Id of the credential.
    pub credential: &'a str,
    /// Name of the credential type.
    pub credential_type: &'a str,
    /// Number of the version.
    pub number: i32,
    /// Variant of the type that the content follows; empty where the type has one shape only.
    pub variant: &'a str,
    /// The plain fields.
    pub plain: &'a BTreeMap<String, String>,
    /// The envelope of each secret field.
    pub envelopes: &'a BTreeMap<String, Vec<u8>>,
}

impl Manifest<'_> {
    /// The digest of what is signed. Two versions with the same one are the same in every respect, so what was
    /// checked and opened for one may be kept under it.
    pub fn digest(&self) -> [u8; 32] {
        digest("voucher manifest digest 1", &[&self.to_bytes()])
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let number = self.number.to_le_bytes();
        let plain = (self.plain.len() as u64).to_le_bytes();
        let sealed = (self.envelopes.len() as u64).to_le_bytes();
        let hashes: Vec<(&String, [u8; 32])> = self
            .envelopes
            .iter()
            .map(|(field, envelope)| (field, digest("voucher envelope 1", &[envelope])))
            .collect();
        let mut parts: Vec<&[u8]> = vec![
            b"voucher manifest 1",
            self.enterprise.as_bytes(),
            self.credential.as_bytes(),
            self.credential_type.as_bytes(),
            &number,
            self.variant.as_bytes(),
            &plain,
        ];
        parts.extend(self.plain.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        parts.push(&sealed);
        parts.extend(hashes.iter().flat_map(|(field, hash)| [field.as_bytes(), hash.as_slice()]));
        framed(&parts)
    }
}
