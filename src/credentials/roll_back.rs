//! Rolling back: the content of an older version becomes current again, as a new version.
//!
//! The console cannot open the old content and need not: an envelope belongs to a credential and a field, not to a
//! version. So the old envelopes are carried over as they are, once the signature over the old version has been looked
//! at, and a new manifest vouches for them under the next number. Versions stay a history that only grows, runs keep
//! what they began with, and the token is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::sealed::Place;
use super::{RotateError, Runs, SealedVersion, rotate, store};
use crate::audit;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, SubmissionId};
use crate::permission::Acting;
use crate::seal::Sealer;

/// What the form says, checked.
#[derive(Debug)]
pub struct RollBack {
    /// Which credential.
    pub credential: CredentialId,
    /// The version whose content comes back.
    pub to: i32,
    /// The version that was current when the form was opened.
    pub based_on: i32,
    /// What becomes of runs that began with an older version.
    pub runs: Runs,
    /// The form, so that sending it twice rolls back once.
    pub submission: SubmissionId,
}

/// Why it was not rolled back.
#[derive(Debug, thiserror::Error)]
pub enum RollBackError {
    /// For a reason that a rotation has too.
    #[error(transparent)]
    Rotate(#[from] RotateError),
    /// There is no such version, or nothing that can deliver it any more.
    #[error("no such version")]
    NoSuchVersion,
    /// What is current is the same already.
    #[error("nothing would change")]
    NothingNew,
}

impl From<StoreError> for RollBackError {
    fn from(error: StoreError) -> Self {
        Self::Rotate(error.into())
    }
}

/// What a field holds in a version, as far as the console knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// This plain value.
    Plain(String),
    /// Something sealed.
    Sealed,
}

/// A field that is not the same in the current version and in an older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name; empty for the variant, which is the form of the content.
    pub field: String,
    /// What it holds now.
    pub now: Held,
    /// What it held then.
    pub then: Held,
    /// The version with which it became what it is now.
    pub since: i32,
}

/// Makes a new version of the content of an older one; says its number. A form sent twice answers as it did the first
/// time.
pub fn roll_back(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    back: &RollBack,
) -> Result<i32, RollBackError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    let credential = rotate::rotatable(conn, acting, &back.credential)?;
    let current = credential.current_version;
    if current != back.based_on {
        return match store::version_by_submission(conn, &credential.id, &back.submission)? {
            Some(number) => Ok(number),
            None => Err(RotateError::Conflict { current }.into()),
        };
    }
    let older = store::sealed_version(conn, &credential.id, back.to)?.filter(|older| older.number < current);
    let older = older.ok_or(RollBackError::NoSuchVersion)?;
    if credential.credential_type.variant(&older.variant).is_none() {
        return Err(RollBackError::NoSuchVersion);
    }
    // Before its envelopes are vouched for again: they come out of the database.
    older
        .check(credential.whose(), |manifest, signature| sealer.check(manifest, signature))
        .map_err(|_| RotateError::NotAsSigned)?;
    if differences(conn, &credential.id, (back.to, current))?.is_empty() {
        return Err(RollBackError::NothingNew);
    }
    let place = Place {
        sealer,
        enterprise: &credential.enterprise,
        credential: &credential.id,
        credential_type: credential.credential_type,
    };
    let version = place.sign_again(current + 1, older);
    let mut draft = rotate::add(conn, acting, &credential, (&version, back.runs, &back.submission))?;
    draft.action = "credential.roll_back";
    if let Some(detail) = draft.detail.as_object_mut() {
        detail.insert("content_of".to_owned(), back.to.into());
    }
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(version.number)
}

/// What is not the same in version `then` and in version `now`, which is a later one.
pub fn differences(
    conn: &mut Conn,
    id: &CredentialId,
    (then, now): (i32, i32),
) -> Result<Vec<Difference>, StoreError> {
    let versions = store::contents(conn, id, (then, now))?;
    let (Some(older), Some(current)) = (versions.get(&then), versions.get(&now)) else {
        return Ok(Vec::new());
    };
    let fields: BTreeSet<&String> = older.keys().chain(current.keys()).collect();
    let differ = fields.into_iter().filter(|field| older.get(*field) != current.get(*field));
    Ok(differ
        .map(|field| {
            let is_now = current.get(field);
            // Backwards, as long as it is what it is now.
            let same = versions.iter().rev().take_while(|(_, content)| content.get(field) == is_now);
            Difference {
                field: field.clone(),
                now: held(is_now),
                then: held(older.get(field)),
                since: same.last().map_or(now, |(number, _)| *number),
            }
        })
        .collect())
}

/// What a field of a version is, without its value where that is secret: equal values have equal fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trace {
    Plain(String),
    Fingerprint(Vec<u8>),
}

/// The fields of some versions.
pub(super) type Contents = BTreeMap<i32, BTreeMap<String, Trace>>;

fn held(trace: Option<&Trace>) -> Held {
    match trace {
        None => Held::Nothing,
        Some(Trace::Plain(value)) => Held::Plain(value.clone()),
        Some(Trace::Fingerprint(_)) => Held::Sealed,
    }
}

impl Place<'_> {
    /// The content of an older version under another number. Its signature was looked at before.
    fn sign_again(&self, number: i32, older: SealedVersion) -> SealedVersion {
        let signature = self.sign(number, (&older.variant, &older.plain), &older.fields);
        SealedVersion { number, signature, ..older }
    }
}
