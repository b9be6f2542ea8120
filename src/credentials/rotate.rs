//! Rotating: a new version becomes current; the token stays.

use std::collections::BTreeSet;

use super::sealed::Place;
use super::{Credential, Sealed, SealedVersion, State, store};
use crate::audit::{self, Draft, Outcome};
use crate::catalogue::Content;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, SubmissionId};
use crate::permission::{Acting, Action, may};
use crate::seal::Sealer;
use crate::usage;
use crate::verify;

/// What the form of a rotation says, checked.
pub struct Rotation {
    /// Which credential.
    pub credential: CredentialId,
    /// The version that was current when the form was opened.
    pub based_on: i32,
    /// What the type made of the submitted fields; secret fields that it names are replaced.
    pub content: Content,
    /// The secret fields that stay as they are.
    pub kept: BTreeSet<String>,
    /// What becomes of runs that began with an older version.
    pub runs: Runs,
    /// The form, so that sending it twice rotates once.
    pub submission: SubmissionId,
}

/// What becomes of runs under way when a credential is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// Each keeps the version that it began with, for at most a day.
    Keep,
    /// They go on with the new version at once: the old content may have leaked.
    Follow,
}

/// Why it was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Not there, or not for them to see.
    #[error("not found")]
    NotFound,
    /// They may see it but not change it.
    #[error("not allowed")]
    NotAllowed,
    /// Deleted credentials are restored first.
    #[error("deleted")]
    Deleted,
    /// What is stored is not what was signed; nothing of it may be carried over. Every secret has to be typed anew.
    #[error("the stored version is not what was signed")]
    NotAsSigned,
    /// Somebody else rotated it since the form was opened.
    #[error("version {current} is current by now")]
    Conflict {
        /// The version that is current by now.
        current: i32,
    },
    /// The same form was sent before and made this version.
    #[error("the form was sent twice and made version {0}")]
    Already(i32),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a version and makes it current; says its number. A form sent twice answers as it did the first time.
pub fn rotate(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    rotation: Rotation,
) -> Result<i32, RotateError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    match prepare(conn, acting, sealer, rotation)? {
        Prepared::Already(number) => Ok(number),
        Prepared::Ready { credential, version, runs, submission } => {
            let draft = add(conn, acting, &credential, (&version, runs, &submission))?;
            audit::append(conn, &acting.chain, &[draft])?;
            Ok(version.number)
        }
    }
}

/// A rotation that may be carried out.
pub(super) enum Prepared {
    /// The form was sent before and made this version.
    Already(i32),
    /// The next version, sealed.
    Ready { credential: Box<Credential>, version: Box<SealedVersion>, runs: Runs, submission: SubmissionId },
}

/// Checks that `acting` may rotate and that nobody else did meanwhile, and seals the next version.
pub(super) fn prepare(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    rotation: Rotation,
) -> Result<Prepared, RotateError> {
    let credential = rotatable(conn, acting, &rotation.credential)?;
    if credential.current_version != rotation.based_on {
        return match store::version_by_submission(conn, &credential.id, &rotation.submission)? {
            Some(number) => Ok(Prepared::Already(number)),
            None => Err(RotateError::Conflict { current: credential.current_version }),
        };
    }
    let kept = keep(conn, sealer, &credential, &rotation.kept)?;
    let place = Place {
        sealer,
        enterprise: &credential.enterprise,
        credential: &credential.id,
        credential_type: credential.credential_type,
    };
    let version = place.seal(&acting.random, credential.current_version + 1, rotation.content, kept);
    let (credential, version) = (Box::new(credential), Box::new(version));
    Ok(Prepared::Ready { credential, version, runs: rotation.runs, submission: rotation.submission })
}

/// The credential, when `acting` may rotate it.
pub(super) fn rotatable(
    conn: &mut Conn,
    acting: &Acting,
    id: &CredentialId,
) -> Result<Credential, RotateError> {
    let viewer = &acting.viewer;
    let credential = super::seen_by(conn, viewer, id)?.ok_or(RotateError::NotFound)?;
    if !may(viewer.role, Action::Edit, credential.standing(viewer)) {
        return Err(RotateError::NotAllowed);
    }
    if matches!(credential.state, State::Deleted { .. }) {
        return Err(RotateError::Deleted);
    }
    Ok(credential)
}

/// Makes a sealed version the current one. What it hands back is to be appended to the chain, last.
pub(super) fn add(
    conn: &mut Conn,
    acting: &Acting,
    credential: &Credential,
    (version, runs, submission): (&SealedVersion, Runs, &SubmissionId),
) -> Result<Draft, StoreError> {
    let before = store::sealed(conn, &credential.id, credential.current_version)?;
    let is_kept = |field: &Sealed| before.iter().any(|known| known.envelope == field.envelope);
    let replaced: Vec<&str> =
        version.fields.iter().filter(|field| !is_kept(field)).map(|field| field.field.as_str()).collect();
    let mut draft = acting.draft("credential.rotate", Some(credential.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "version": version.number, "replaced": replaced });
    if runs == Runs::Follow {
        let moved = usage::unpin(conn, &credential.id)?;
        if let Some(detail) = draft.detail.as_object_mut() {
            detail.insert("runs_moved".to_owned(), moved.into());
        }
    }
    let summary = credential.credential_type.summary(&version.variant, &version.plain);
    store::insert_version(conn, acting, &credential.id, (version, submission))?;
    store::set_current_version(conn, &credential.id, version.number, &summary, acting.now)?;
    verify::content_changed(conn, &credential.id, acting.now)?;
    Ok(draft)
}

/// The envelopes that stay, after a look at the signature over them: otherwise a new version would sign whatever the
/// database was made to hold.
fn keep(
    conn: &mut Conn,
    sealer: &Sealer,
    credential: &Credential,
    kept: &BTreeSet<String>,
) -> Result<Vec<Sealed>, RotateError> {
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let version = store::sealed_version(conn, &credential.id, credential.current_version)?;
    let version = version.ok_or(RotateError::NotAsSigned)?;
    version
        .check(credential.whose(), |manifest, signature| sealer.check(manifest, signature))
        .map_err(|_| RotateError::NotAsSigned)?;
    Ok(version.fields.into_iter().filter(|sealed| kept.contains(&sealed.field)).collect())
}
