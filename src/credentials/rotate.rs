//! Rotating: a new version becomes current; the token stays.

use std::collections::BTreeSet;

use super::create::{Contents, Place, add_version};
use super::{Credential, Sealed, State, store};
use crate::audit::{self, Outcome};
use crate::catalogue::Content;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, SubmissionId};
use crate::permission::{Acting, Action, may};
use crate::seal::{Manifest, Sealer};

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
    /// The form, so that sending it twice rotates once.
    pub submission: SubmissionId,
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
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    let credential = super::seen_by(conn, viewer, &rotation.credential)?.ok_or(RotateError::NotFound)?;
    if !may(viewer.role, Action::Edit, credential.standing(viewer)) {
        return Err(RotateError::NotAllowed);
    }
    if matches!(credential.state, State::Deleted { .. }) {
        return Err(RotateError::Deleted);
    }
    if credential.current_version != rotation.based_on {
        return match store::version_by_submission(conn, &credential.id, &rotation.submission)? {
            Some(number) => Ok(number),
            None => Err(RotateError::Conflict { current: credential.current_version }),
        };
    }
    let number = credential.current_version + 1;
    let kept = keep(conn, sealer, &credential, &rotation.kept)?;
    let replaced: Vec<&str> = rotation.content.secret.keys().copied().collect();
    let mut draft = acting.draft("credential.rotate", Some(credential.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "version": number, "replaced": replaced });
    let summary = credential.credential_type.summary(rotation.content.variant, &rotation.content.plain);
    let place = Place {
        sealer,
        enterprise: &credential.enterprise,
        credential: &credential.id,
        credential_type: credential.credential_type,
    };
    let contents = Contents { number, content: rotation.content, kept, submission: rotation.submission };
    add_version(conn, acting, &place, contents)?;
    store::set_current_version(conn, &credential.id, number, &summary, acting.now)?;
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(number)
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
    let number = credential.current_version;
    let fields = store::sealed(conn, &credential.id, number)?;
    let version = store::version(conn, &credential.id, number)?.ok_or(RotateError::NotAsSigned)?;
    let signature = store::signature(conn, &credential.id, number)?;
    let envelopes = fields.iter().map(|sealed| (sealed.field.clone(), sealed.envelope.clone())).collect();
    let manifest = Manifest {
        enterprise: credential.enterprise.as_str(),
        credential: credential.id.as_str(),
        credential_type: credential.credential_type.id,
        number,
        variant: &version.variant,
        plain: &version.plain,
        envelopes: &envelopes,
    };
    sealer.check(&manifest, &signature).map_err(|_| RotateError::NotAsSigned)?;
    Ok(fields.into_iter().filter(|sealed| kept.contains(&sealed.field)).collect())
}
