//! What expires, as a calendar that other programs subscribe to.
//!
//! A member has at most one address of it in an enterprise. The address is the proof: it is shown once, stored as a hash,
//! and whoever has it reads what its member may see at that moment: names, types, who is responsible and links, never
//! content. So it is decided at each fetch: a member who was disabled or lost a role has nothing there from then on, and an
//! address that was replaced or revoked is as unknown as one that never was.
//!
//! Used by its pages; what is written is `feed`'s. Knows the lists that pages show and no way around them.

mod feed;
pub(crate) mod pages;
mod store;

use jiff::{SignedDuration, Timestamp};

use crate::audit::{self, Object, Outcome};
use crate::catalogue::CredentialType;
use crate::credentials::{self, Cursor, Filter, Order, Page, Sort};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, MemberId, SignInId, SubmissionId};
use crate::permission::{Acting, EnterpriseRole, Viewer, may_see_access, may_see_members};
use crate::pipelines::{self, Family, NewKey, Presented};
use crate::provisioning;
use crate::seal;
use crate::web::Language;

pub use store::find;

/// What ended longer ago is not in the calendar any more.
const PAST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// So many of what ends first are in it.
const MOST: usize = 1000;

/// How exact the last fetch is.
const TOUCHED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The address of a member's calendar, without its secret.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Whose it is.
    pub member: MemberId,
    /// In which enterprise.
    pub enterprise: EnterpriseId,
    /// The part of the address that is not secret.
    pub public_id: String,
    /// In which language it is written.
    pub language: Language,
    /// Since when it is good.
    pub created_at: Timestamp,
    /// When a program last came for it, to the minute.
    pub last_fetched_at: Option<Timestamp>,
}

impl Feed {
    /// As an audit record names it.
    fn object(&self) -> Object {
        Object { object_type: "calendar", id: self.member.to_string(), name: self.public_id.clone() }
    }
}

/// What is stored of an address, to be judged at any time.
struct Stored {
    feed: Feed,
    secret_hash: Vec<u8>,
}

/// Something that ends.
#[derive(Clone)]
pub struct Ending {
    /// What it is.
    pub what: What,
    /// Its id, which stays the same.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The name of who answers for it, or made it.
    pub responsible: String,
    /// When it ends.
    pub at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// How often it was changed, where that is counted.
    pub revision: Option<u32>,
}

/// What kind of thing ends.
#[derive(Clone, Copy)]
pub enum What {
    /// A credential of that type.
    Credential(&'static CredentialType),
    /// An access key.
    AccessKey,
    /// A provisioning key.
    ProvisioningKey,
}

/// Why there is no new address.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// They are no member any more.
    #[error("not allowed")]
    NotAllowed,
    /// The same form made an address before; it was shown then and cannot be shown again.
    #[error("the form was sent twice")]
    Already,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an address for whoever acts, in place of the one that they have. The answer holds the only copy of what is
/// secret in it.
pub fn subscribe(
    conn: &mut Conn,
    acting: &Acting,
    language: Language,
    submission: &SubmissionId,
) -> Result<NewKey, CalendarError> {
    let viewer = in_turn(conn, acting)?;
    if store::is_submitted(conn, &viewer.member, submission)? {
        return Err(CalendarError::Already);
    }
    let made = NewKey::of(Family::Calendar, &acting.random);
    let feed = Feed {
        member: viewer.member.clone(),
        enterprise: viewer.enterprise.clone(),
        public_id: made.public_id.clone(),
        language,
        created_at: acting.now,
        last_fetched_at: None,
    };
    let replaced = store::delete(conn, &viewer.member)?;
    store::insert(conn, &feed, &made.secret_hash, submission)?;
    let mut draft = acting.draft("calendar.subscribe", Some(feed.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "replaced": replaced });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(made)
}

/// Takes the address of whoever acts back: the very next fetch finds nothing. Doing it twice is doing it once.
pub fn revoke(conn: &mut Conn, acting: &Acting) -> Result<(), CalendarError> {
    let viewer = in_turn(conn, acting)?;
    let Some(feed) = store::find(conn, &viewer.member)? else { return Ok(()) };
    store::delete(conn, &viewer.member)?;
    let draft = acting.draft("calendar.revoke", Some(feed.object()), Outcome::Allowed);
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Takes the lock under which changes of an enterprise come one after the other, and looks whether they are still in it.
fn in_turn(conn: &mut Conn, acting: &Acting) -> Result<Viewer, CalendarError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    directory::renewed(conn, &acting.viewer)?.ok_or(CalendarError::NotAllowed)
}

/// Whose calendar is at an address, as they may see it now; `None` when nothing is there, for whatever reason.
pub fn subscriber(conn: &mut Conn, presented: &Presented) -> Result<Option<(Viewer, Language)>, StoreError> {
    let stored = store::presented(conn, &presented.public_id)?;
    // Comparing is done in any case and in constant time, so that time says nothing about an address.
    let known = stored.as_ref().map_or([0_u8; 32].as_slice(), |stored| stored.secret_hash.as_slice());
    let same = seal::same(known, &presented.secret_hash);
    let Some(Stored { feed, .. }) = stored.filter(|_| same) else { return Ok(None) };
    let sign_in = SignInId::parse(feed.member.as_str())
        .ok_or_else(|| StoreError::Corrupt("id of a calendar's member".to_owned()))?;
    let enterprise = directory::find_enterprise(conn, &feed.enterprise)?;
    // Nobody is signed in by an address: the id names no sign-in, and the rows say what they may.
    let before = Viewer {
        member: feed.member,
        name: String::new(),
        enterprise: enterprise.id,
        enterprise_name: enterprise.name,
        elsewhere: false,
        role: EnterpriseRole::Member,
        projects: Vec::new(),
        repositories: Vec::new(),
        sign_in,
    };
    Ok(directory::renewed(conn, &before)?.map(|viewer| (viewer, feed.language)))
}

/// What ends of what `viewer` may see, what ends first before the others, and not more than a calendar holds.
pub fn endings(conn: &mut Conn, viewer: &Viewer, now: Timestamp) -> Result<Vec<Ending>, StoreError> {
    let since = now.checked_sub(PAST).unwrap_or(now);
    let size = i64::try_from(MOST).unwrap_or(i64::MAX);
    let order = Order { by: Sort::Ends, down: false };
    let page = Page { size, order, after: Cursor::before_end(since) };
    let (listed, _) = credentials::list(conn, viewer, &Filter::default(), &page)?;
    let keys = match may_see_access(viewer) {
        true => pipelines::ending(conn, viewer, since, size)?,
        false => Vec::new(),
    };
    let programs = match may_see_members(viewer) {
        true => provisioning::list(conn, &viewer.enterprise)?,
        false => Vec::new(),
    };
    let mut found: Vec<(Ending, MemberId)> = Vec::new();
    for credential in listed.into_iter().map(|one| one.credential) {
        // What does not end stands behind everything that does.
        let Some(at) = credential.expires_at else { break };
        let ending = Ending {
            what: What::Credential(credential.credential_type),
            id: credential.id.to_string(),
            name: credential.name.as_str().to_owned(),
            responsible: String::new(),
            at,
            changed_at: credential.updated_at,
            revision: u32::try_from(credential.revision).ok(),
        };
        found.push((ending, credential.responsible));
    }
    let key = |what, id: String, name, at, changed_at| Ending {
        what,
        id,
        name,
        responsible: String::new(),
        at,
        changed_at,
        revision: None,
    };
    for one in keys {
        let Some(at) = one.expires_at else { continue };
        found.push((
            key(What::AccessKey, one.id.to_string(), one.name, at, one.created_at),
            one.created_by.member,
        ));
    }
    for one in programs {
        let Some(at) = one.expires_at.filter(|at| one.revoked_at.is_none() && *at > since) else { continue };
        let ending = key(What::ProvisioningKey, one.id.to_string(), one.name, at, one.created_at);
        found.push((ending, one.created_by));
    }
    found.sort_by(|(one, _), (other, _)| (one.at, &one.id).cmp(&(other.at, &other.id)));
    found.truncate(MOST);
    let people: Vec<MemberId> = found.iter().map(|(_, person)| person.clone()).collect();
    let names = directory::member_names(conn, &viewer.enterprise, &people)?;
    let named = |(ending, person): (Ending, MemberId)| Ending {
        responsible: names.get(&person).cloned().unwrap_or_default(),
        ..ending
    };
    Ok(found.into_iter().map(named).collect())
}

/// Whether a fetch at `now` is to be noted: one a minute is.
fn is_touch_due(conn: &mut Conn, member: &MemberId, now: Timestamp) -> Result<bool, StoreError> {
    let before = now.saturating_sub(TOUCHED_EVERY).unwrap_or(now);
    let feed = store::find(conn, member)?;
    Ok(feed.is_some_and(|feed| feed.last_fetched_at.is_none_or(|at| at <= before)))
}
