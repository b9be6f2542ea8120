//! Who comes in, once the provider has said who they are.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::door::Doors;
use super::prepare::prepare;
use super::store::{self, NewSignIn};
use super::{before, door_of, end};
use crate::audit::{Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError, gate};
use crate::directory;
use crate::ids::{EnterpriseId, SignInId};
use crate::seal::Random;

/// Sign-ins that ended stay to be looked at for this long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Somebody whom the provider vouches for. The account is issuer and subject; name and e-mail are for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) struct Identity {
    pub(in crate::people) issuer: String,
    pub(in crate::people) subject: String,
    /// The provider's name for its own session, by which it can end ours.
    pub(in crate::people) sid: Option<String>,
    /// When they proved who they are, if the provider says so.
    pub(in crate::people) authenticated_at: Option<Timestamp>,
    pub(in crate::people) name: Option<String>,
    pub(in crate::people) email: Option<String>,
    /// The claims that rules look at, as far as the provider makes them.
    pub(in crate::people) claims: Map<String, Value>,
}

/// Somebody at the door.
pub(in crate::people) struct Arrival {
    pub(in crate::people) identity: Identity,
    /// The hash of the secret that their browser will hold.
    pub(in crate::people) secret_hash: Vec<u8>,
    /// The hash of the sign-in that this browser still holds; it ends now.
    pub(in crate::people) previous: Option<Vec<u8>>,
    /// The slug of the enterprise that they want to come into.
    pub(in crate::people) wanted: Option<String>,
    pub(in crate::people) user_agent: String,
    pub(in crate::people) origin: Origin,
    pub(in crate::people) now: Timestamp,
}

/// Whether they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) enum Admission {
    /// Into the enterprise with this slug; they may be in several.
    Admitted {
        slug: String,
        several: bool,
    },
    NotAMember,
    Disabled,
}

/// Lets a member in: gives and takes what their claims say, takes over their name, begins a sign-in and records it all.
/// Refusals are recorded as well.
pub(in crate::people) fn admit(
    conn: &mut Conn,
    doors: &Doors,
    arrival: &Arrival,
    chain: &ChainId,
    random: &Random,
) -> Result<Admission, StoreError> {
    let identity = &arrival.identity;
    gate::enter_shared(conn, &door_of(&identity.issuer))?;
    let mut drafts = Vec::new();
    for door in &doors.open {
        drafts.extend(prepare(conn, door, arrival, random)?);
    }
    store::rename(conn, identity, &display_name(identity))?;
    let mut known = store::memberships(conn, &identity.issuer, &identity.subject)?;
    known.retain(|member| !doors.closed.contains(&member.slug));
    // Where they want to, else where the settings lead first, else where they have been longest.
    let wanted = arrival.wanted.as_deref();
    let place = |slug: &str| doors.open.iter().position(|door| door.enterprise == slug);
    known.sort_by_key(|member| {
        let later = place(&member.slug).unwrap_or(usize::MAX);
        (!member.active, wanted != Some(member.slug.as_str()), later)
    });
    let several = known.iter().filter(|member| member.active).count() > 1;
    let (admission, draft) = match known.into_iter().next() {
        Some(member) if member.active => {
            if let Some(previous) = &arrival.previous {
                drafts.extend(end::revoke(conn, previous, arrival.now, &arrival.origin)?);
            }
            let slug = member.slug.clone();
            (Admission::Admitted { slug, several }, begin(conn, arrival, member, random)?)
        }
        Some(member) => (Admission::Disabled, refusal(arrival, Some(member.enterprise), "member_disabled")),
        None => (Admission::NotAMember, refusal(arrival, aimed_at(conn, doors, wanted)?, "not_a_member")),
    };
    drafts.push(draft);
    // Last, as everywhere: the head of the chain is the lock that all transactions want.
    crate::audit::append(conn, chain, &drafts)?;
    Ok(admission)
}

/// The enterprise whose record tells of an attempt that came to nothing, if it is there.
fn aimed_at(
    conn: &mut Conn,
    doors: &Doors,
    wanted: Option<&str>,
) -> Result<Option<EnterpriseId>, StoreError> {
    match doors.aimed_at(wanted) {
        Some(slug) => Ok(directory::enterprise(conn, slug)?.map(|enterprise| enterprise.id)),
        None => Ok(None),
    }
}

/// Begins a sign-in of this member; what to record.
fn begin(
    conn: &mut Conn,
    arrival: &Arrival,
    member: store::Known,
    random: &Random,
) -> Result<Draft, StoreError> {
    let (id, name) = (SignInId::new(arrival.now, random), display_name(&arrival.identity));
    let new = NewSignIn {
        id: &id,
        secret_hash: &arrival.secret_hash,
        member: &member.id,
        issuer: &arrival.identity.issuer,
        subject: &arrival.identity.subject,
        sid: arrival.identity.sid.as_deref(),
        address: arrival.origin.address.as_deref().unwrap_or_default(),
        user_agent: &arrival.user_agent,
        created_at: arrival.now,
        authenticated_at: arrival.identity.authenticated_at,
    };
    store::insert(conn, &new, arrival.now)?;
    store::purge(conn, before(arrival.now, KEPT))?;
    let mut begun = draft(arrival, Some(member.enterprise), Outcome::Allowed, None);
    begun.actor = Actor::Member(member.id.to_string(), name.clone());
    begun.object = Some(Object { object_type: "sign_in", id: id.to_string(), name });
    Ok(begun)
}

fn refusal(arrival: &Arrival, enterprise: Option<EnterpriseId>, reason: &str) -> Draft {
    draft(arrival, enterprise, Outcome::Refused, Some(reason.to_owned()))
}

fn draft(
    arrival: &Arrival,
    enterprise: Option<EnterpriseId>,
    outcome: Outcome,
    reason: Option<String>,
) -> Draft {
    Draft {
        at: arrival.now,
        enterprise,
        actor: Actor::Anonymous,
        action: "sign_in.begin",
        object: None,
        outcome,
        reason,
        origin: arrival.origin.clone(),
        detail: serde_json::json!({ "issuer": arrival.identity.issuer, "subject": arrival.identity.subject }),
    }
}

/// A sign-in that failed before anybody was known.
pub(in crate::people) struct FailedSignIn {
    pub(in crate::people) outcome: Outcome,
    pub(in crate::people) reason: &'static str,
    pub(in crate::people) issuer: String,
    pub(in crate::people) wanted: Option<String>,
    pub(in crate::people) origin: Origin,
    pub(in crate::people) now: Timestamp,
}

/// Records a sign-in that the provider refused, or whose answer could not be trusted.
pub(in crate::people) fn record_failure(
    conn: &mut Conn,
    doors: &Doors,
    failed: &FailedSignIn,
    chain: &ChainId,
) -> Result<(), StoreError> {
    let draft = Draft {
        at: failed.now,
        enterprise: aimed_at(conn, doors, failed.wanted.as_deref())?,
        actor: Actor::Anonymous,
        action: "sign_in.begin",
        object: None,
        outcome: failed.outcome,
        reason: Some(failed.reason.to_owned()),
        origin: failed.origin.clone(),
        detail: serde_json::json!({ "issuer": failed.issuer }),
    };
    crate::audit::append(conn, chain, &[draft])?;
    Ok(())
}

/// What others call somebody: their name, else their e-mail address, else what the provider calls them.
pub(super) fn display_name(identity: &Identity) -> String {
    identity.name.as_ref().or(identity.email.as_ref()).unwrap_or(&identity.subject).clone()
}
