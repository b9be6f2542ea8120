//! Opening what is to be verified, after a look at the signature.

use std::collections::BTreeMap;

use crate::catalogue::Opened;
use crate::credentials::{SealedVersion, Whose};
use crate::seal::{Opener, Unreadable};

/// The content of a version.
pub(super) fn open(opener: &Opener, whose: Whose<'_>, version: &SealedVersion) -> Result<Opened, Unreadable> {
    version.check(whose, |manifest, signature| opener.check(manifest, signature))?;
    let mut secret = BTreeMap::new();
    for field in &version.fields {
        secret.insert(field.field.clone(), opener.open(&whose.context(&field.field), &field.envelope)?);
    }
    Ok(Opened {
        credential_type: whose.credential_type,
        variant: version.variant.clone(),
        plain: version.plain.clone(),
        secret,
    })
}
