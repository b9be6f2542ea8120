//! Ending sign-ins: one's own by signing out, and from the list those of any of one's browsers or of a member.
//!
//! What has ended is refused from the answer on, because every request reads the row. Each end is recorded once, by
//! whoever's statement found the sign-in still holding.

use jiff::Timestamp;

use super::store::{self, Ended};
use super::{Arrival, Limits, door_of};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError, gate};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::permission::{Acting, Viewer};

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub(in crate::people) enum NoSuchSignIn {
    /// There is no such sign-in of this member, or no such member in the enterprise.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends the sign-in with this secret and records it; nothing happens when there is none to end. Says whose people it was
/// one of: the issuer.
pub(in crate::people) fn end(
    conn: &mut Conn,
    secret_hash: &[u8],
    now: Timestamp,
    chain: &ChainId,
    origin: &Origin,
) -> Result<Option<String>, StoreError> {
    let issuer = store::issuer(conn, secret_hash)?;
    if let Some(draft) = revoke(conn, secret_hash, now, origin)? {
        audit::append(conn, chain, &[draft])?;
    }
    Ok(issuer)
}

/// Ends the sign-in with this secret; what to record, when it still held.
pub(super) fn revoke(
    conn: &mut Conn,
    secret_hash: &[u8],
    now: Timestamp,
    origin: &Origin,
) -> Result<Option<Draft>, StoreError> {
    let viewer = store::viewer(conn, secret_hash, &Limits::at(now))?.map(|(viewer, _)| viewer);
    store::revoke(conn, secret_hash, now)?;
    Ok(viewer.map(|viewer| Draft {
        at: now,
        enterprise: Some(viewer.enterprise),
        actor: Actor::Member(viewer.member.to_string(), viewer.name.clone()),
        action: "sign_in.end",
        object: Some(Object { object_type: "sign_in", id: viewer.sign_in.to_string(), name: viewer.name }),
        outcome: Outcome::Allowed,
        reason: None,
        origin: origin.clone(),
        detail: serde_json::Value::Null,
    }))
}

/// The memberships of the person behind a member, of every enterprise: where their own sign-ins may be.
pub(in crate::people) fn own_memberships(
    conn: &mut Conn,
    viewer: &Viewer,
) -> Result<Vec<MemberId>, StoreError> {
    let proved = store::proved(conn, &viewer.sign_in)?.ok_or(StoreError::SignedOut)?;
    let known = store::memberships(conn, &proved.issuer, &proved.subject)?;
    Ok(known.into_iter().map(|known| known.id).collect())
}

/// Ends one sign-in of these members, who are one person. One that has ended already stays so.
pub(in crate::people) fn end_one(
    conn: &mut Conn,
    acting: &Acting,
    members: &[MemberId],
    id: &SignInId,
) -> Result<(), NoSuchSignIn> {
    if !store::exists(conn, members, id)? {
        return Err(NoSuchSignIn::NotFound);
    }
    let which = store::Which { members, only: Some(id), but: None };
    let ended = store::end(conn, &which, &Limits::at(acting.now), acting.now)?;
    record(conn, acting, &ended)?;
    Ok(())
}

/// Ends every own sign-in but the one that asks, in whatever enterprise; says how many.
pub(in crate::people) fn end_others(conn: &mut Conn, acting: &Acting) -> Result<usize, StoreError> {
    let proved = store::proved(conn, &acting.viewer.sign_in)?.ok_or(StoreError::SignedOut)?;
    // One that is just switching to another enterprise is over, or is seen there.
    gate::enter_alone(conn, &door_of(&proved.issuer))?;
    let members = own_memberships(conn, &acting.viewer)?;
    let which = store::Which { members: &members, only: None, but: Some(&acting.viewer.sign_in) };
    let ended = store::end(conn, &which, &Limits::at(acting.now), acting.now)?;
    record(conn, acting, &ended)?;
    Ok(ended.len())
}

/// Ends every sign-in of a member of the enterprise; says how many. Who is in another one at the moment has to sign in
/// anew to come back.
pub(in crate::people) fn end_all(
    conn: &mut Conn,
    acting: &Acting,
    member: &MemberId,
) -> Result<usize, StoreError> {
    store::want_new_proof(conn, member, acting.now)?;
    let which = store::Which { members: std::slice::from_ref(member), only: None, but: None };
    let ended = store::end(conn, &which, &Limits::at(acting.now), acting.now)?;
    record(conn, acting, &ended)?;
    Ok(ended.len())
}

/// Ends every sign-in of a member who is one no more because their claim is gone; what to record.
pub(super) fn end_left(
    conn: &mut Conn,
    (member, name): (&MemberId, &str),
    enterprise: &EnterpriseId,
    arrival: &Arrival,
) -> Result<Vec<Draft>, StoreError> {
    let which = store::Which { members: std::slice::from_ref(member), only: None, but: None };
    let ended = store::end(conn, &which, &Limits::at(arrival.now), arrival.now)?;
    let draft = |Ended { id, .. }: Ended| Draft {
        at: arrival.now,
        enterprise: Some(enterprise.clone()),
        actor: Actor::System("sign-in rules"),
        action: "sign_in.end",
        object: Some(Object { object_type: "sign_in", id: id.to_string(), name: name.to_owned() }),
        outcome: Outcome::Allowed,
        reason: None,
        origin: arrival.origin.clone(),
        detail: serde_json::json!({ "member": member }),
    };
    Ok(ended.into_iter().map(draft).collect())
}

fn record(conn: &mut Conn, acting: &Acting, ended: &[Ended]) -> Result<(), StoreError> {
    let own = ended.iter().any(|ended| ended.id == acting.viewer.sign_in);
    let drafts: Vec<Draft> = ended
        .iter()
        .map(|ended| {
            let (id, name) = (ended.id.to_string(), ended.name.clone());
            let mut draft = acting.draft(
                "sign_in.end",
                Some(Object { object_type: "sign_in", id, name }),
                Outcome::Allowed,
            );
            if ended.enterprise != acting.viewer.enterprise {
                // One's own in another enterprise: there it is the member of that one who ends it.
                draft.enterprise = Some(ended.enterprise.clone());
                draft.actor = Actor::Member(ended.member.to_string(), ended.name.clone());
            } else if ended.member != acting.viewer.member {
                draft.detail = serde_json::json!({ "member": ended.member });
            }
            if own {
                // It has just ended, by this very change.
                draft.origin.sign_in = None;
            }
            draft
        })
        .collect();
    if drafts.is_empty() { Ok(()) } else { audit::append(conn, &acting.chain, &drafts) }
}
