//! Who comes in, once the provider has said who they are.

use jiff::{SignedDuration, Timestamp};

use super::store::{self, NewSignIn};
use super::{before, end};
use crate::audit::{Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Enterprise, Member, MemberState};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::people::settings::OidcSettings;
use crate::permission::EnterpriseRole;
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
    pub(in crate::people) name: Option<String>,
    pub(in crate::people) email: Option<String>,
}

/// Somebody at the door.
pub(in crate::people) struct Arrival {
    pub(in crate::people) identity: Identity,
    /// The hash of the secret that their browser will hold.
    pub(in crate::people) secret_hash: Vec<u8>,
    /// The hash of the sign-in that this browser still holds; it ends now.
    pub(in crate::people) previous: Option<Vec<u8>>,
    pub(in crate::people) user_agent: String,
    pub(in crate::people) origin: Origin,
    pub(in crate::people) now: Timestamp,
}

/// Whether they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::people) enum Admission {
    Admitted,
    NotAMember,
    Disabled,
}

/// The enterprise that comes first, and who may come in even when the directory does not know them yet.
#[derive(Clone)]
pub(in crate::people) struct Door {
    pub(in crate::people) enterprise: String,
    pub(in crate::people) first_administrator: Option<String>,
}

impl Door {
    pub(in crate::people) fn of(settings: &OidcSettings) -> Self {
        Self {
            enterprise: settings.enterprise.clone(),
            first_administrator: settings.first_administrator.clone().filter(|subject| !subject.is_empty()),
        }
    }
}

/// Lets a member in: takes over their name, begins a sign-in and records it. Refusals are recorded as well.
pub(in crate::people) fn admit(
    conn: &mut Conn,
    door: &Door,
    arrival: &Arrival,
    chain: &ChainId,
    random: &Random,
) -> Result<Admission, StoreError> {
    let configured = directory::enterprise(conn, &door.enterprise)?.map(|enterprise| enterprise.id);
    let mut known = store::memberships(conn, &arrival.identity.issuer, &arrival.identity.subject)?;
    // Who is in several enterprises comes into the configured one, else into the one that they joined first.
    known.sort_by_key(|member| (!member.active, Some(&member.enterprise) != configured.as_ref()));
    let first = door.first_administrator.as_ref() == Some(&arrival.identity.subject);
    match known.into_iter().next() {
        Some(member) if member.active => {
            let name = display_name(&arrival.identity);
            store::rename(conn, &member.id, &name, arrival.identity.email.as_deref())?;
            begin(conn, arrival, (member.enterprise, member.id, name), chain, random)
        }
        Some(member) => {
            refuse(conn, arrival, Some(member.enterprise), "member_disabled", chain)?;
            Ok(Admission::Disabled)
        }
        None if first => {
            let (enterprise, member) = found(conn, door, configured, arrival, random)?;
            begin(conn, arrival, (enterprise, member, display_name(&arrival.identity)), chain, random)
        }
        None => {
            refuse(conn, arrival, configured, "not_a_member", chain)?;
            Ok(Admission::NotAMember)
        }
    }
}

/// The first administrator becomes owner, of a new enterprise when there is none.
fn found(
    conn: &mut Conn,
    door: &Door,
    enterprise: Option<EnterpriseId>,
    arrival: &Arrival,
    random: &Random,
) -> Result<(EnterpriseId, MemberId), StoreError> {
    let enterprise = match enterprise {
        Some(id) => id,
        None => {
            let id = EnterpriseId::new(arrival.now, random);
            let new =
                Enterprise { id: id.clone(), slug: door.enterprise.clone(), name: door.enterprise.clone() };
            directory::add_enterprise(conn, &new, arrival.now)?;
            id
        }
    };
    let member = Member {
        id: MemberId::new(arrival.now, random),
        issuer: arrival.identity.issuer.clone(),
        subject: arrival.identity.subject.clone(),
        name: display_name(&arrival.identity),
        email: arrival.identity.email.clone(),
        role: EnterpriseRole::Owner,
        state: MemberState::Active,
        created_at: arrival.now,
    };
    directory::add_member(conn, &enterprise, &member)?;
    Ok((enterprise, member.id))
}

fn begin(
    conn: &mut Conn,
    arrival: &Arrival,
    (enterprise, member, name): (EnterpriseId, MemberId, String),
    chain: &ChainId,
    random: &Random,
) -> Result<Admission, StoreError> {
    let id = SignInId::new(arrival.now, random);
    let new = NewSignIn {
        id: &id,
        secret_hash: &arrival.secret_hash,
        member: &member,
        issuer: &arrival.identity.issuer,
        subject: &arrival.identity.subject,
        sid: arrival.identity.sid.as_deref(),
        address: arrival.origin.address.as_deref().unwrap_or_default(),
        user_agent: &arrival.user_agent,
    };
    store::insert(conn, &new, arrival.now)?;
    store::purge(conn, before(arrival.now, KEPT))?;
    let mut begun = draft(arrival, Some(enterprise), Outcome::Allowed, None);
    begun.actor = Actor::Member(member.to_string(), name.clone());
    begun.object = Some(Object { object_type: "sign_in", id: id.to_string(), name });
    let ended = match &arrival.previous {
        Some(previous) => end::revoke(conn, previous, arrival.now, &arrival.origin)?,
        None => None,
    };
    // Last, as everywhere: the head of the chain is the lock that all transactions want.
    let drafts: Vec<Draft> = ended.into_iter().chain([begun]).collect();
    crate::audit::append(conn, chain, &drafts)?;
    Ok(Admission::Admitted)
}

fn refuse(
    conn: &mut Conn,
    arrival: &Arrival,
    enterprise: Option<EnterpriseId>,
    reason: &str,
    chain: &ChainId,
) -> Result<(), StoreError> {
    let draft = draft(arrival, enterprise, Outcome::Refused, Some(reason.to_owned()));
    crate::audit::append(conn, chain, &[draft])?;
    Ok(())
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
    pub(in crate::people) origin: Origin,
    pub(in crate::people) now: Timestamp,
}

/// Records a sign-in that the provider refused, or whose answer could not be trusted.
pub(in crate::people) fn record_failure(
    conn: &mut Conn,
    door: &Door,
    failed: &FailedSignIn,
    chain: &ChainId,
) -> Result<(), StoreError> {
    let draft = Draft {
        at: failed.now,
        enterprise: directory::enterprise(conn, &door.enterprise)?.map(|enterprise| enterprise.id),
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
fn display_name(identity: &Identity) -> String {
    identity.name.as_ref().or(identity.email.as_ref()).unwrap_or(&identity.subject).clone()
}
