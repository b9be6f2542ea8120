//! Programs that look after the directory: provisioning keys, and what may be done with one.
//!
//! A provisioning key acts like an administrator over projects, repositories, members and their places, through the very
//! operations that the pages use, and over nothing else: it reads no credential, makes no provisioning key and touches no
//! owner. Whoever has an access key can read what its place may use, so managing those is a right of its own, which has
//! to be given when the provisioning key is made and cannot be added later. Owners and administrators make one under
//! *Access*. Its text is shown once and stored as a hash; revoking it holds for the very next change, because the key is
//! judged again in the transaction of each.
//!
//! Knows the directory, access keys, and nothing of credentials but what a name is.

pub(crate) mod api;
mod forms;
pub(crate) mod pages;
mod store;

use jiff::{SignedDuration, Timestamp};

use crate::audit::{self, Object, Outcome};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, MemberId, ProvisioningKeyId, SignInId, SubmissionId};
use crate::permission::{Acting, EnterpriseRole, ProgramKey, Proof, Viewer, may_rule_directory};
use crate::pipelines::{self, KeyState, NewKey, Presented, Unproved};
use crate::seal;

pub use store::{find, list, made_by};

/// How exact the last use is.
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A provisioning key, without its secret.
#[derive(Debug, Clone)]
pub struct ProvisioningKey {
    /// Its id inside.
    pub id: ProvisioningKeyId,
    /// Its owner.
    pub enterprise: EnterpriseId,
    /// The part of its text that is not secret.
    pub public_id: String,
    /// What people call it.
    pub name: String,
    /// Whether it may make, change and revoke access keys.
    pub manages_access: bool,
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

impl ProvisioningKey {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "provisioning_key", id: self.id.to_string(), name: self.name.clone() }
    }

    /// What operations are told of the program that holds it.
    fn program(&self) -> Result<(Viewer, ProgramKey), StoreError> {
        let (id, made_by) = (self.id.clone(), self.created_by.clone());
        Ok((self.viewer()?, ProgramKey { id, made_by, manages_access: self.manages_access }))
    }

    /// The program that holds it, as permission sees it: an administrator who is nobody among the members.
    fn viewer(&self) -> Result<Viewer, StoreError> {
        // An id of ours is unique whatever it names, so this one names no member and no sign-in.
        let bad = || StoreError::Corrupt("id of a provisioning key".to_owned());
        Ok(Viewer {
            member: MemberId::parse(self.id.as_str()).ok_or_else(bad)?,
            name: self.name.clone(),
            enterprise: self.enterprise.clone(),
            enterprise_name: String::new(),
            elsewhere: false,
            role: EnterpriseRole::Administrator,
            projects: Vec::new(),
            repositories: Vec::new(),
            sign_in: SignInId::parse(self.id.as_str()).ok_or_else(bad)?,
        })
    }
}

/// What is stored of a key, to be judged at any time.
#[derive(Debug, Clone)]
struct Stored {
    key: ProvisioningKey,
    secret_hash: Vec<u8>,
}

/// Reads the text of a provisioning key; `None` when it is not one, by form or by checksum.
pub fn presented(text: &str) -> Option<Presented> {
    Presented::of(pipelines::Family::Provisioning, text)
}

/// Whose key it is that was presented, judged now.
pub fn prove(
    conn: &mut Conn,
    presented: &Presented,
    now: Timestamp,
) -> Result<Result<(Viewer, ProgramKey), Unproved>, StoreError> {
    let stored = store::presented(conn, &presented.public_id)?;
    match judge(presented, stored.as_ref(), now) {
        Ok(key) => key.program().map(Ok),
        Err(unproved) => Ok(Err(unproved)),
    }
}

/// Comparing is done first and in constant time, so that time says nothing about a key whose secret one does not have.
fn judge<'a>(
    presented: &Presented,
    stored: Option<&'a Stored>,
    now: Timestamp,
) -> Result<&'a ProvisioningKey, Unproved> {
    let known = stored.map_or([0_u8; 32].as_slice(), |stored| stored.secret_hash.as_slice());
    let same = seal::same(known, &presented.secret_hash);
    let key = &stored.filter(|_| same).ok_or(Unproved::Unknown)?.key;
    KeyState::of(key.revoked_at, key.expires_at, now).holds()?;
    Ok(key)
}

/// In the transaction of a change: the lock that every change of the directory takes, and whether the key still holds.
fn still_holds(conn: &mut Conn, presented: &Presented, acting: &Acting) -> Result<bool, StoreError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    Ok(prove(conn, presented, acting.now)?.is_ok_and(|(viewer, _)| viewer.member == acting.viewer.member))
}

/// Whether the last use of a key is to be noted.
fn is_touch_due(conn: &mut Conn, presented: &Presented, now: Timestamp) -> Result<bool, StoreError> {
    let before = now.saturating_sub(TOUCHED_EVERY).unwrap_or(now);
    let stored = store::presented(conn, &presented.public_id)?;
    Ok(stored.is_some_and(|stored| stored.key.last_used_at.is_none_or(|at| at <= before)))
}

/// Notes that a key was used, once a minute.
fn touch(conn: &mut Conn, presented: &Presented, now: Timestamp) -> Result<(), StoreError> {
    let before = now.saturating_sub(TOUCHED_EVERY).unwrap_or(now);
    store::touch(conn, &presented.public_id, (before, now))
}

/// What the form of a new key says, checked.
#[derive(Debug)]
pub struct NewProvisioningKey {
    /// What people call it.
    pub name: Name,
    /// Whether it may make, change and revoke access keys.
    pub manages_access: bool,
    /// When it ends, if somebody says so.
    pub expires_at: Option<Timestamp>,
    /// The form, so that sending it twice makes one key.
    pub submission: SubmissionId,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ProvisioningError {
    /// Not there.
    #[error("not found")]
    NotFound,
    /// They do not rule the directory.
    #[error("not allowed")]
    NotAllowed,
    /// The same form made a key before; its text was shown then and cannot be shown again.
    #[error("the form was sent twice")]
    Already,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a key; the answer holds the only copy of its text.
pub fn create(
    conn: &mut Conn,
    acting: &Acting,
    new: &NewProvisioningKey,
) -> Result<(ProvisioningKeyId, NewKey), ProvisioningError> {
    let viewer = ruling(conn, acting)?;
    if store::is_submitted(conn, &viewer.enterprise, &new.submission)? {
        return Err(ProvisioningError::Already);
    }
    let made = NewKey::of(pipelines::Family::Provisioning, &acting.random);
    let key = ProvisioningKey {
        id: ProvisioningKeyId::new(acting.now, &acting.random),
        enterprise: viewer.enterprise.clone(),
        public_id: made.public_id.clone(),
        name: new.name.as_str().to_owned(),
        manages_access: new.manages_access,
        expires_at: new.expires_at,
        revoked_at: None,
        created_by: viewer.member.clone(),
        created_at: acting.now,
        last_used_at: None,
    };
    store::insert(conn, &key, &made.secret_hash, &new.submission)?;
    let mut draft = acting.draft("provisioning_key.create", Some(key.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "public_id": key.public_id,
        "manages_access": key.manages_access,
        "expires_at": key.expires_at.map(|at| at.to_string()),
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok((key.id, made))
}

/// Takes a key back: the very next request with it is refused. Doing it twice is doing it once.
pub fn revoke(conn: &mut Conn, acting: &Acting, id: &ProvisioningKeyId) -> Result<(), ProvisioningError> {
    let viewer = ruling(conn, acting)?;
    let key = store::find(conn, &viewer.enterprise, id)?.ok_or(ProvisioningError::NotFound)?;
    if key.revoked_at.is_none() {
        store::set_revoked(conn, id, acting.now)?;
        let draft = acting.draft("provisioning_key.revoke", Some(key.object()), Outcome::Allowed);
        audit::append(conn, &acting.chain, &[draft])?;
    }
    Ok(())
}

/// Takes the lock, and makes sure that whoever acts rules the directory by now. A key makes no keys.
fn ruling(conn: &mut Conn, acting: &Acting) -> Result<Viewer, ProvisioningError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    let viewer = directory::renewed(conn, &acting.viewer)?.filter(may_rule_directory);
    viewer.filter(|_| acting.proof == Proof::SignIn).ok_or(ProvisioningError::NotAllowed)
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
        let made = NewKey::of(pipelines::Family::Provisioning, &random);
        let text = made.text.expose();
        assert!(text.starts_with("vpk_"), "{text}");
        let right = presented(text).unwrap();
        let wrong = Presented {
            family: pipelines::Family::Provisioning,
            public_id: made.public_id.clone(),
            secret_hash: [7; 32],
        };
        let stored = |revoked_at, expires_at| Stored {
            key: ProvisioningKey {
                id: ProvisioningKeyId::new(now, &random),
                enterprise: EnterpriseId::new(now, &random),
                public_id: made.public_id.clone(),
                name: "HR".into(),
                manages_access: false,
                expires_at,
                revoked_at,
                created_by: MemberId::new(now, &random),
                created_at: earlier,
                last_used_at: None,
            },
            secret_hash: made.secret_hash.to_vec(),
        };
        let judged =
            |presented: &Presented, stored: Option<&Stored>| judge(presented, stored, now).map(|_| ());
        assert_eq!(judged(&right, Some(&stored(None, None))), Ok(()));
        assert_eq!(judged(&right, None), Err(Unproved::Unknown));
        assert_eq!(judged(&wrong, Some(&stored(Some(earlier), None))), Err(Unproved::Unknown));
        assert_eq!(judged(&right, Some(&stored(Some(earlier), None))), Err(Unproved::Revoked));
        assert_eq!(judged(&right, Some(&stored(None, Some(now)))), Err(Unproved::Expired));
    }

    #[test]
    fn neither_kind_of_key_passes_for_the_other() {
        let random = Random::system();
        let access = NewKey::generate(&random);
        let provisioning = NewKey::of(pipelines::Family::Provisioning, &random);
        assert!(presented(access.text.expose()).is_none());
        assert!(Presented::parse(provisioning.text.expose()).is_none());
        assert!(presented(provisioning.text.expose()).is_some());
    }
}
