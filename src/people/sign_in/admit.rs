//! Who comes in, once the provider has said who they are.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::store::{self, NewSignIn};
use super::{before, door_of, end};
use crate::audit::{Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError, gate};
use crate::directory::{self, Enterprise, Member, MemberState};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::people::claims::{self, Newcomer, Rule};
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
    pub(in crate::people) rules: Arc<[Rule]>,
}

impl Door {
    pub(in crate::people) fn of(settings: &OidcSettings) -> Self {
        Self {
            enterprise: settings.enterprise.clone(),
            first_administrator: settings.first_administrator.clone().filter(|subject| !subject.is_empty()),
            rules: settings.rules.clone().into(),
        }
    }

    /// Whether a rule looks at the claim with this name.
    pub(in crate::people) fn looks_at(&self, claim: &str) -> bool {
        self.rules.iter().any(|rule| rule.claim_name() == claim)
    }
}

/// Lets a member in: gives and takes what their claims say, takes over their name, begins a sign-in and records it all.
/// Refusals are recorded as well.
pub(in crate::people) fn admit(
    conn: &mut Conn,
    door: &Door,
    arrival: &Arrival,
    chain: &ChainId,
    random: &Random,
) -> Result<Admission, StoreError> {
    let identity = &arrival.identity;
    gate::enter_shared(conn, &door_of(&identity.issuer))?;
    let (configured, mut drafts) = prepare(conn, door, arrival, random)?;
    store::rename(conn, identity, &display_name(identity))?;
    let mut known = store::memberships(conn, &identity.issuer, &identity.subject)?;
    // Who is in several enterprises comes into the configured one, else into the one that they joined first.
    known.sort_by_key(|member| (!member.active, Some(&member.enterprise) != configured.as_ref()));
    let (admission, draft) = match known.into_iter().next() {
        Some(member) if member.active => {
            if let Some(previous) = &arrival.previous {
                drafts.extend(end::revoke(conn, previous, arrival.now, &arrival.origin)?);
            }
            (Admission::Admitted, begin(conn, arrival, member, random)?)
        }
        Some(member) => (Admission::Disabled, refusal(arrival, Some(member.enterprise), "member_disabled")),
        None => (Admission::NotAMember, refusal(arrival, configured, "not_a_member")),
    };
    drafts.push(draft);
    // Last, as everywhere: the head of the chain is the lock that all transactions want.
    crate::audit::append(conn, chain, &drafts)?;
    Ok(admission)
}

/// Makes the configured enterprise's memberships what settings and claims say; what to record of it.
fn prepare(
    conn: &mut Conn,
    door: &Door,
    arrival: &Arrival,
    random: &Random,
) -> Result<(Option<EnterpriseId>, Vec<Draft>), StoreError> {
    let identity = &arrival.identity;
    let first = door.first_administrator.as_ref() == Some(&identity.subject);
    let given = claims::given(&door.rules, &identity.claims);
    let owner = first || given.as_ref().is_some_and(|given| given.role == EnterpriseRole::Owner);
    let enterprise = match directory::enterprise(conn, &door.enterprise)? {
        Some(enterprise) => enterprise.id,
        None if owner => found(conn, door, arrival.now, random)?,
        None => return Ok((None, Vec::new())),
    };
    let mut drafts = Vec::new();
    if first && !store::is_known(conn, &enterprise, &identity.issuer, &identity.subject)? {
        drafts.push(add_first_administrator(conn, &enterprise, arrival, random)?);
    }
    let newcomer = Newcomer {
        enterprise: &enterprise,
        issuer: &identity.issuer,
        subject: &identity.subject,
        name: &display_name(identity),
        email: identity.email.as_deref(),
        origin: &arrival.origin,
        now: arrival.now,
    };
    let settled = claims::settle(conn, &newcomer, given.as_ref(), random)?;
    drafts.extend(settled.record);
    if let Some(left) = settled.left {
        drafts.extend(end::end_left(conn, (&left, newcomer.name), &enterprise, arrival)?);
    }
    Ok((Some(enterprise), drafts))
}

/// The configured enterprise, which is not there yet.
fn found(conn: &mut Conn, door: &Door, now: Timestamp, random: &Random) -> Result<EnterpriseId, StoreError> {
    let id = EnterpriseId::new(now, random);
    let new = Enterprise { id: id.clone(), slug: door.enterprise.clone(), name: door.enterprise.clone() };
    directory::add_enterprise(conn, &new, now)?;
    Ok(id)
}

/// Whom the settings name first becomes an owner.
fn add_first_administrator(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    arrival: &Arrival,
    random: &Random,
) -> Result<Draft, StoreError> {
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
    directory::add_member(conn, enterprise, &member)?;
    let role = serde_json::json!({ "from": null, "to": member.role.as_str() });
    Ok(Draft {
        at: arrival.now,
        enterprise: Some(enterprise.clone()),
        actor: Actor::System("settings"),
        action: "member.add",
        object: Some(Object { object_type: "member", id: member.id.to_string(), name: member.name }),
        outcome: Outcome::Allowed,
        reason: None,
        origin: arrival.origin.clone(),
        detail: serde_json::json!({ "by": "first_administrator", "role": role }),
    })
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
