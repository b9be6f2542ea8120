//! Making, changing, rotating and revoking access keys. Each takes the enterprise's lock first, so that the very next
//! resolve knows it, and leaves its audit record in the same transaction.

use jiff::{SignedDuration, Timestamp};

use super::{AccessKey, Binding, KeySecret, Maker, NewKey, Place, Sources, Tokens, sees, store};
use crate::audit::{self, Object, Outcome};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{AccessKeyId, EnterpriseId, SubmissionId};
use crate::permission::{Acting, Proof, Viewer, may_manage_access};

/// What people say of a key, and may say otherwise later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// What they call it.
    pub name: Name,
    /// When it ends, if somebody says so.
    pub expires_at: Option<Timestamp>,
    /// From where it works.
    pub sources: Sources,
    /// What it may ask for.
    pub tokens: Tokens,
}

/// What the form of a new access key says, checked.
#[derive(Debug)]
pub struct NewAccessKey {
    /// What is said of it.
    pub facts: KeyFacts,
    /// Whose pipelines it stands for: a project, or a repository whose project is looked up.
    pub place: Place,
    /// The form, so that sending it twice makes one key.
    pub submission: SubmissionId,
}

/// How long the old secret still works after a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Not at all.
    None,
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// Seven days.
    Week,
}

impl Overlap {
    /// Every one, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::None, Self::Hour, Self::Day, Self::Week];

    /// As a form says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Reads what [`Overlap::as_str`] says.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlap| overlap.as_str() == text)
    }

    fn end(self, now: Timestamp) -> Timestamp {
        let hours = match self {
            Self::None => 0,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        };
        now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now)
    }
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
    /// The key was revoked, which is for ever.
    #[error("the key is revoked")]
    Revoked,
    /// It was rotated since the form was opened, perhaps by this very form.
    #[error("the key was rotated meanwhile")]
    RotatedMeanwhile,
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
    let viewer = renewed(conn, acting)?;
    if let Some(id) = store::by_submission(conn, &viewer.enterprise, &new.submission)? {
        return Err(AccessError::Already(id));
    }
    let binding = bind(conn, &viewer.enterprise, &new.place)?.ok_or(AccessError::UnknownPlace)?;
    if !may_manage_access(&viewer, binding.project(), binding.repository()) {
        return Err(AccessError::NotAllowed);
    }
    let made = NewKey::generate(&acting.random);
    let key = AccessKey {
        id: AccessKeyId::new(acting.now, &acting.random),
        enterprise: viewer.enterprise.clone(),
        public_id: made.public_id.clone(),
        name: new.facts.name.as_str().to_owned(),
        binding,
        sources: new.facts.sources.clone(),
        tokens: new.facts.tokens.clone(),
        expires_at: new.facts.expires_at,
        revoked_at: None,
        created_by: Maker::of(acting),
        created_at: acting.now,
        last_use: None,
    };
    store::insert(conn, &key, &new.submission)?;
    store::add_secret(conn, &key.id, &KeySecret::new(1, acting), &made.secret_hash)?;
    let detail = serde_json::json!({
        "public_id": key.public_id,
        "project": key.binding.project(),
        "repository": key.binding.repository(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "sources": sources_said(&key.sources),
        "tokens": tokens_said(&key.tokens),
    });
    record(conn, acting, ("access_key.create", key.object()), detail)?;
    Ok((key.id, made))
}

/// Says otherwise what a key is called, when it ends, from where it works and what it may ask for.
pub fn edit(conn: &mut Conn, acting: &Acting, id: &AccessKeyId, facts: &KeyFacts) -> Result<(), AccessError> {
    let (was, _) = living(conn, acting, id)?;
    let mut changed = serde_json::Map::new();
    let mut note = |what: &str, was: serde_json::Value, now: serde_json::Value| {
        if was != now {
            changed.insert(what.to_owned(), serde_json::json!({ "was": was, "is": now }));
        }
    };
    let end = |at: Option<Timestamp>| at.map(|at| at.to_string()).into();
    note("name", was.name.as_str().into(), facts.name.as_str().into());
    note("expires_at", end(was.expires_at), end(facts.expires_at));
    note("sources", sources_said(&was.sources), sources_said(&facts.sources));
    note("tokens", tokens_said(&was.tokens), tokens_said(&facts.tokens));
    if changed.is_empty() {
        return Ok(());
    }
    store::set_facts(conn, id, facts)?;
    let object = Object { name: facts.name.as_str().to_owned(), ..was.object() };
    record(conn, acting, ("access_key.edit", object), changed.into())
}

/// Gives a key a new secret. The one before works on for a while; one that still overlapped with that ends now.
/// `rotated_from` is the number of the secret that the form was opened with: a form that is sent twice rotates once.
pub fn rotate(
    conn: &mut Conn,
    acting: &Acting,
    id: &AccessKeyId,
    (rotated_from, overlap): (i32, Overlap),
) -> Result<(AccessKey, NewKey), AccessError> {
    let (key, secrets) = living(conn, acting, id)?;
    let current = secrets.first().filter(|current| current.number == rotated_from);
    let current = current.ok_or(AccessError::RotatedMeanwhile)?;
    let made = NewKey::another(&key.public_id, &acting.random);
    let ends_at = overlap.end(acting.now);
    store::remove_secrets_before(conn, id, current.number)?;
    store::end_secret(conn, id, (current.number, ends_at))?;
    let new = KeySecret::new(current.number.saturating_add(1), acting);
    store::add_secret(conn, id, &new, &made.secret_hash)?;
    let detail = serde_json::json!({ "secret": new.number, "old_ends_at": ends_at.to_string() });
    record(conn, acting, ("access_key.rotate", key.object()), detail)?;
    Ok((key, made))
}

/// Ends the old secret of a key that was rotated, now. Doing it twice is doing it once.
pub fn end_old(conn: &mut Conn, acting: &Acting, id: &AccessKeyId) -> Result<(), AccessError> {
    let (key, secrets) = living(conn, acting, id)?;
    let Some(old) = secrets.iter().find(|secret| secret.ends_at.is_some_and(|end| end > acting.now)) else {
        return Ok(());
    };
    store::end_secret(conn, id, (old.number, acting.now))?;
    let detail = serde_json::json!({ "secret": old.number });
    record(conn, acting, ("access_key.end_old", key.object()), detail)
}

/// Takes a key back: the very next resolve with it is refused. Doing it twice is doing it once.
pub fn revoke(conn: &mut Conn, acting: &Acting, id: &AccessKeyId) -> Result<(), AccessError> {
    let (key, _) = managed(conn, acting, id)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    store::set_revoked(conn, id, acting.now)?;
    record(conn, acting, ("access_key.revoke", key.object()), serde_json::Value::Null)
}

/// Takes the lock; who acts, as they may by now. Who is no active member any more is not signed in either.
fn renewed(conn: &mut Conn, acting: &Acting) -> Result<Viewer, AccessError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    match &acting.proof {
        Proof::SignIn => {
            directory::renewed(conn, &acting.viewer)?.ok_or(AccessError::Store(StoreError::SignedOut))
        }
        // Judged in this transaction already, under the same lock; no row of a member says anything about it.
        Proof::Key(key) if key.manages_access => Ok(acting.viewer.clone()),
        Proof::Key(_) => Err(AccessError::NotAllowed),
    }
}

/// A key that whoever acts manages by now, and its secrets, the newest first.
fn managed(
    conn: &mut Conn,
    acting: &Acting,
    id: &AccessKeyId,
) -> Result<(AccessKey, Vec<KeySecret>), AccessError> {
    let viewer = renewed(conn, acting)?;
    let (key, secrets) = store::find(conn, &viewer.enterprise, id)?
        .filter(|(key, _)| sees(&viewer, key))
        .ok_or(AccessError::NotFound)?;
    if !may_manage_access(&viewer, key.binding.project(), key.binding.repository()) {
        return Err(AccessError::NotAllowed);
    }
    Ok((key, secrets))
}

fn living(
    conn: &mut Conn,
    acting: &Acting,
    id: &AccessKeyId,
) -> Result<(AccessKey, Vec<KeySecret>), AccessError> {
    let found = managed(conn, acting, id)?;
    if found.0.revoked_at.is_some() { Err(AccessError::Revoked) } else { Ok(found) }
}

fn record(
    conn: &mut Conn,
    acting: &Acting,
    (action, object): (&'static str, Object),
    detail: serde_json::Value,
) -> Result<(), AccessError> {
    let mut draft = acting.draft(action, Some(object), Outcome::Allowed);
    draft.detail = detail;
    Ok(audit::append(conn, &acting.chain, &[draft])?)
}

fn sources_said(sources: &Sources) -> serde_json::Value {
    match sources {
        Sources::Anywhere => "anywhere".into(),
        Sources::These(_) => sources.texts().into(),
    }
}

fn tokens_said(tokens: &Tokens) -> serde_json::Value {
    match tokens {
        Tokens::All => "all".into(),
        Tokens::These(_) => tokens.texts().into(),
    }
}

pub(super) fn bind(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    place: &Place,
) -> Result<Option<Binding>, StoreError> {
    Ok(match place {
        Place::Project(id) => {
            directory::project(conn, enterprise, id)?.map(|project| Binding::Project(project.id))
        }
        Place::Repository(id) => directory::project_of(conn, enterprise, id)?
            .map(|project| Binding::Repository(id.clone(), project)),
    })
}
