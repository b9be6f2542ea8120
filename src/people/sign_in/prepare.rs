//! What settings and claims make of a person before they come in: the first administrator of an enterprise, and whatever
//! rules give and take.

use jiff::Timestamp;

use super::admit::{Arrival, display_name};
use super::door::Door;
use super::{end, store};
use crate::audit::{Actor, Draft, Object, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Enterprise, Member, MemberState};
use crate::ids::{EnterpriseId, MemberId};
use crate::people::claims::{self, Newcomer};
use crate::permission::EnterpriseRole;
use crate::seal::Random;

/// Makes somebody's membership of one enterprise what settings and claims say; what to record of it.
pub(super) fn prepare(
    conn: &mut Conn,
    door: &Door,
    arrival: &Arrival,
    random: &Random,
) -> Result<Vec<Draft>, StoreError> {
    let identity = &arrival.identity;
    let first = door.first_administrator.as_ref() == Some(&identity.subject);
    let given = claims::given(&door.rules, &identity.claims);
    let owner = first || given.as_ref().is_some_and(|given| given.role == EnterpriseRole::Owner);
    let enterprise = match directory::enterprise(conn, &door.enterprise)? {
        Some(enterprise) => enterprise.id,
        None if owner => found(conn, door, arrival.now, random)?,
        None => return Ok(Vec::new()),
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
    Ok(drafts)
}

/// The enterprise, which is not there yet.
fn found(conn: &mut Conn, door: &Door, now: Timestamp, random: &Random) -> Result<EnterpriseId, StoreError> {
    let id = EnterpriseId::new(now, random);
    let new = Enterprise { id: id.clone(), slug: door.enterprise.clone(), name: door.name.clone() };
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
