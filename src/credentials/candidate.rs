//! Content that waits to be saved until somebody has seen how it verified.
//!
//! "Verify and save" seals what was typed like any version, under the number and the credential that it is meant for, and
//! puts it aside as a candidate; a node that can open verifies it there. So the console opens nothing, not even what
//! was typed a second ago, and "save it anyway" needs no secret typed again. A candidate is its maker's alone, changes no
//! decision, and can be saved for an hour.

use jiff::{SignedDuration, Timestamp};

use super::create::{self, Plan};
use super::rotate::{self, Prepared, RotateError, Rotation, Runs};
use super::sealed::{Place, SealedVersion};
use super::store::candidate as store;
use super::{CreateError, Credential, NewCredential, Sealed, Token, Whose};
use crate::audit::{self, Object};
use crate::catalogue::CredentialType;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CandidateId, CredentialId, EnterpriseId, MemberId, SubmissionId};
use crate::permission::Acting;
use crate::seal::Sealer;
use crate::verify;

/// How long a candidate can be saved.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A candidate.
pub struct Candidate {
    /// Its id.
    pub id: CandidateId,
    /// Whose credential it becomes.
    pub enterprise: EnterpriseId,
    /// The credential that it is for; of a new one, the id that it will have.
    pub credential: CredentialId,
    /// Its type.
    pub credential_type: &'static CredentialType,
    /// The version that it would become.
    pub version: SealedVersion,
    pub(super) member: MemberId,
    pub(super) plan: Planned,
    pub(super) submission: SubmissionId,
    pub(super) created_at: Timestamp,
    pub(super) saved_at: Option<Timestamp>,
}

/// What it is to become.
pub(super) enum Planned {
    /// A new credential.
    New(Box<Plan>),
    /// The next version of one that is there. Its token is what records call it.
    Rotation(Token, Runs),
}

/// What was saved.
#[derive(Debug)]
pub struct Saved {
    /// The credential.
    pub credential: CredentialId,
    /// Whether it is new.
    pub is_new: bool,
}

/// Why a candidate was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It is not there (any more), or not theirs, or sealed with a key that is no longer the current one.
    #[error("the candidate is gone")]
    Gone,
    /// It would have been a new credential, and that is not possible.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// It would have been the next version, and that is not possible.
    #[error(transparent)]
    Rotate(#[from] RotateError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Candidate {
    /// Whose envelopes its version holds.
    pub fn whose(&self) -> Whose<'_> {
        Whose {
            enterprise: &self.enterprise,
            credential: &self.credential,
            credential_type: self.credential_type,
        }
    }

    /// As an audit record names it.
    pub fn object(&self) -> Object {
        let token = match &self.plan {
            Planned::New(plan) => &plan.token,
            Planned::Rotation(token, _) => token,
        };
        create::object(&self.credential, token)
    }

    /// The version that it would follow; `None`: it would be the first.
    pub fn follows(&self) -> Option<i32> {
        (self.version.number > 1).then_some(self.version.number - 1)
    }
}

/// Puts a new credential aside.
pub fn propose(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    new: NewCredential,
) -> Result<Candidate, CreateError> {
    let (plan, content) = new.split(&acting.random);
    create::admit(conn, acting, &plan)?;
    let credential = CredentialId::new(acting.now, &acting.random);
    let enterprise = &acting.viewer.enterprise;
    let credential_type = plan.credential_type;
    let place = Place { sealer, enterprise, credential: &credential, credential_type };
    let version = place.seal(&acting.random, 1, content, Vec::new());
    let submission = plan.submission.clone();
    let parts = (credential, credential_type, version);
    Ok(put_aside(conn, acting, parts, (Planned::New(Box::new(plan)), submission))?)
}

/// Puts the next version of a credential aside.
pub fn propose_rotation(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    rotation: Rotation,
) -> Result<Candidate, RotateError> {
    match rotate::prepare(conn, acting, sealer, rotation)? {
        Prepared::Already(number) => Err(RotateError::Already(number)),
        Prepared::Ready { credential, version, runs, submission } => {
            let Credential { id, credential_type, token, .. } = *credential;
            let planned = Planned::Rotation(token, runs);
            Ok(put_aside(conn, acting, (id, credential_type, *version), (planned, submission))?)
        }
    }
}

/// Saves a candidate, whatever its verification said; whoever asks has seen it. Saving twice saves once.
pub fn save(conn: &mut Conn, acting: &Acting, sealer: &Sealer, id: &CandidateId) -> Result<Saved, SaveError> {
    // First of all: of two who save at once, the second sees what the first did.
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    let found = store::find(conn, id)?.filter(|candidate| candidate.is_of(acting));
    let candidate = found.ok_or(SaveError::Gone)?;
    let is_new = matches!(candidate.plan, Planned::New(_));
    let saved = Saved { credential: candidate.credential.clone(), is_new };
    if candidate.saved_at.is_some() {
        return Ok(saved);
    }
    if candidate.created_at.checked_add(LIFETIME).is_ok_and(|end| end <= acting.now) {
        return Err(SaveError::Gone);
    }
    // Signed with the current key, it was sealed with the current one; what it keeps of an older version is looked at below.
    let signed = candidate.version.signature.key_id == sealer.signing_key_id()
        && candidate
            .version
            .check(candidate.whose(), |manifest, signature| sealer.check(manifest, signature))
            .is_ok();
    if !signed {
        return Err(SaveError::Gone);
    }
    let mut draft = match &candidate.plan {
        Planned::New(plan) => create::insert(conn, acting, &candidate.credential, plan, &candidate.version)?,
        Planned::Rotation(_, runs) => {
            let credential = rotate::rotatable(conn, acting, &candidate.credential)?;
            if Some(credential.current_version) != candidate.follows() {
                return match store::is_stored(conn, &candidate.credential, &candidate.submission)? {
                    true => Ok(saved),
                    false => Err(RotateError::Conflict { current: credential.current_version }.into()),
                };
            }
            // A move to new keys may have replaced an envelope that was kept; the old one would open no more.
            let before = super::sealed(conn, &credential.id, credential.current_version)?;
            let key = sealer.sealing_key_id();
            let still_good = |field: &Sealed| {
                field.key_id == key || before.iter().any(|known| known.envelope == field.envelope)
            };
            if !candidate.version.fields.iter().all(still_good) {
                return Err(SaveError::Gone);
            }
            rotate::add(conn, acting, &credential, (&candidate.version, *runs, &candidate.submission))?
        }
    };
    store::mark_saved(conn, id, acting.now)?;
    let became = (&candidate.credential, candidate.version.number);
    // What somebody saw and saved all the same is worth remembering.
    if let (Some(found), Some(detail)) =
        (verify::carry_over(conn, id, became, acting.now)?, draft.detail.as_object_mut())
    {
        detail.insert("verified".to_owned(), found.outcome.as_str().into());
        detail.insert("identity".to_owned(), found.identity.map(|identity| identity.label).into());
    }
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(saved)
}

/// The candidate of that id, for whoever verifies it.
pub fn find(conn: &mut Conn, id: &CandidateId) -> Result<Option<Candidate>, StoreError> {
    store::find(conn, id)
}

/// Removes what can no longer be saved.
pub fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    store::delete_before(conn, now.checked_sub(LIFETIME).unwrap_or(now))
}

impl Candidate {
    /// Whether it was saved.
    pub fn is_saved(&self) -> bool {
        self.saved_at.is_some()
    }

    fn is_of(&self, acting: &Acting) -> bool {
        self.member == acting.viewer.member && self.enterprise == acting.viewer.enterprise
    }
}

fn put_aside(
    conn: &mut Conn,
    acting: &Acting,
    (credential, credential_type, version): (CredentialId, &'static CredentialType, SealedVersion),
    (plan, submission): (Planned, SubmissionId),
) -> Result<Candidate, StoreError> {
    let candidate = Candidate {
        id: CandidateId::new(acting.now, &acting.random),
        enterprise: acting.viewer.enterprise.clone(),
        credential,
        credential_type,
        version,
        member: acting.viewer.member.clone(),
        plan,
        submission,
        created_at: acting.now,
        saved_at: None,
    };
    store::make_room(conn, &candidate.member, &candidate.submission)?;
    store::insert(conn, &candidate)?;
    Ok(candidate)
}
