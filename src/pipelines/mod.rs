//! How a pipeline proves who it is: access keys, and the [`Caller`] that one proves.
//!
//! Used by the pages under "Access" and by the resolve line; knows nothing of credentials.

mod caller;
mod forms;
mod key;
pub(crate) mod pages;
mod store;

use jiff::Timestamp;

use crate::audit::{self, Object, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{AccessKeyId, EnterpriseId, MemberId, ProjectId, RepositoryId, SubmissionId};
use crate::permission::{Acting, Viewer, may_manage_access};
use crate::seal;

pub use crate::directory::Place;
pub use caller::{Caller, CallerId, Identity, Proof, Run};
pub use key::{Family, NewKey, Presented};
pub use store::{find, list, made_by, presented as find_presented};

/// Whose pipelines an access key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// Every pipeline of a project.
    Project(ProjectId),
    /// The pipelines of one repository, in its project.
    Repository(RepositoryId, ProjectId),
}

impl Binding {
    /// The project, in either case.
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Project(project) | Self::Repository(_, project) => project,
        }
    }

    /// The repository, if it is bound to one.
    pub fn repository(&self) -> Option<&RepositoryId> {
        match self {
            Self::Project(_) => None,
            Self::Repository(repository, _) => Some(repository),
        }
    }
}

/// An access key, without its secret.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// Its id inside.
    pub id: AccessKeyId,
    /// Its owner.
    pub enterprise: EnterpriseId,
    /// The part of its text that is not secret.
    pub public_id: String,
    /// What people call it.
    pub name: String,
    /// Whose pipelines it stands for.
    pub binding: Binding,
    /// When it ends, if somebody said so.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl AccessKey {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "access_key", id: self.id.to_string(), name: self.name.clone() }
    }
}

/// Why somebody with a key is nobody. All of them get the same answer; the audit record says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproved {
    /// No `Authorization: Bearer` at all.
    Missing,
    /// Not an access key.
    Malformed,
    /// No such key, or another secret.
    Unknown,
    /// Taken back.
    Revoked,
    /// Over.
    Expired,
}

impl Unproved {
    /// The reason in the audit record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// What is stored of a key that was presented, to be judged at any time.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The key.
    pub key: AccessKey,
    /// The hash to compare with.
    pub secret_hash: Vec<u8>,
}

/// Judges a presented key. Comparing is done first and in constant time, so that time says nothing about a key whose
/// secret one does not have.
pub fn prove(presented: &Presented, stored: Option<&Stored>, now: Timestamp) -> Result<Caller, Unproved> {
    let known = stored.map_or([0_u8; 32].as_slice(), |stored| stored.secret_hash.as_slice());
    let same = seal::same(known, &presented.secret_hash);
    let Some(stored) = stored.filter(|_| same) else {
        return Err(Unproved::Unknown);
    };
    let key = &stored.key;
    if key.revoked_at.is_some() {
        return Err(Unproved::Revoked);
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Unproved::Expired);
    }
    Ok(Caller {
        proof: Proof::AccessKey(key.id.clone()),
        name: key.name.clone(),
        enterprise: key.enterprise.clone(),
        binding: key.binding.clone(),
    })
}

/// What the form of a new access key says, checked.
#[derive(Debug)]
pub struct NewAccessKey {
    /// What people call it.
    pub name: crate::credentials::Name,
    /// Whose pipelines it stands for: a project, or a repository whose project is looked up.
    pub place: Place,
    /// When it ends, if somebody says so.
    pub expires_at: Option<Timestamp>,
    /// The form, so that sending it twice makes one key.
    pub submission: SubmissionId,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Not there, or not for them to see.
    #[error("not found")]
    NotFound,
    /// They do not manage the project or the repository.
    #[error("not allowed")]
    NotAllowed,
    /// The project or the repository is not there.
    #[error("the place does not exist")]
    UnknownPlace,
    /// The same form made this key before; its secret was shown then and cannot be shown again.
    #[error("the form was sent twice")]
    Already(AccessKeyId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an access key; the answer holds the only copy of its text.
pub fn create(
    conn: &mut Conn,
    acting: &Acting,
    new: &NewAccessKey,
) -> Result<(AccessKeyId, NewKey), AccessError> {
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    if let Some(id) = store::by_submission(conn, &viewer.enterprise, &new.submission)? {
        return Err(AccessError::Already(id));
    }
    let binding = bind(conn, &viewer.enterprise, &new.place)?.ok_or(AccessError::UnknownPlace)?;
    if !may_manage_access(viewer, binding.project(), binding.repository()) {
        return Err(AccessError::NotAllowed);
    }
    let made = NewKey::generate(&acting.random);
    let key = AccessKey {
        id: AccessKeyId::new(acting.now, &acting.random),
        enterprise: viewer.enterprise.clone(),
        public_id: made.public_id.clone(),
        name: new.name.as_str().to_owned(),
        binding,
        expires_at: new.expires_at,
        revoked_at: None,
        created_by: viewer.member.clone(),
        created_at: acting.now,
        last_used_at: None,
    };
    store::insert(conn, &key, &made.secret_hash, &new.submission)?;
    let mut draft = acting.draft("access_key.create", Some(key.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "public_id": key.public_id,
        "project": key.binding.project(),
        "repository": key.binding.repository(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok((key.id, made))
}

/// Takes a key back: the very next resolve with it is refused. Doing it twice is doing it once.
pub fn revoke(conn: &mut Conn, acting: &Acting, id: &AccessKeyId) -> Result<(), AccessError> {
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    let key = store::find(conn, &viewer.enterprise, id)?
        .filter(|key| sees(viewer, key))
        .ok_or(AccessError::NotFound)?;
    if !may_manage_access(viewer, key.binding.project(), key.binding.repository()) {
        return Err(AccessError::NotAllowed);
    }
    if key.revoked_at.is_none() {
        store::set_revoked(conn, id, acting.now)?;
        let draft = acting.draft("access_key.revoke", Some(key.object()), Outcome::Allowed);
        audit::append(conn, &acting.chain, &[draft])?;
    }
    Ok(())
}

/// Whether `viewer` sees this key in the list.
pub fn sees(viewer: &Viewer, key: &AccessKey) -> bool {
    viewer.sees_everything() || may_manage_access(viewer, key.binding.project(), key.binding.repository())
}

fn bind(conn: &mut Conn, enterprise: &EnterpriseId, place: &Place) -> Result<Option<Binding>, StoreError> {
    Ok(match place {
        Place::Project(id) => {
            directory::project(conn, enterprise, id)?.map(|project| Binding::Project(project.id))
        }
        Place::Repository(id) => directory::project_of(conn, enterprise, id)?
            .map(|project| Binding::Repository(id.clone(), project)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Random;

    #[test]
    fn a_key_is_judged_by_secret_then_state_then_time() {
        let random = Random::system();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let earlier = Timestamp::from_second(1_700_000_000).unwrap();
        let made = NewKey::generate(&random);
        let other = NewKey::generate(&random);
        let stored = |revoked_at, expires_at| Stored {
            key: AccessKey {
                id: AccessKeyId::new(now, &random),
                enterprise: EnterpriseId::new(now, &random),
                public_id: made.public_id.clone(),
                name: "build".into(),
                binding: Binding::Project(ProjectId::new(now, &random)),
                expires_at,
                revoked_at,
                created_by: MemberId::new(now, &random),
                created_at: earlier,
                last_used_at: None,
            },
            secret_hash: made.secret_hash.to_vec(),
        };
        let right = Presented { public_id: made.public_id.clone(), secret_hash: made.secret_hash };
        let wrong = Presented { public_id: made.public_id.clone(), secret_hash: other.secret_hash };
        assert!(prove(&right, Some(&stored(None, None)), now).is_ok());
        assert_eq!(prove(&right, None, now), Err(Unproved::Unknown));
        assert_eq!(prove(&wrong, Some(&stored(Some(earlier), None)), now), Err(Unproved::Unknown));
        assert_eq!(prove(&right, Some(&stored(Some(earlier), None)), now), Err(Unproved::Revoked));
        assert_eq!(prove(&right, Some(&stored(None, Some(now))), now), Err(Unproved::Expired));
        assert!(prove(&right, Some(&stored(None, Some(now))), earlier).is_ok());
    }
}
