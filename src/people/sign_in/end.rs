//! Ending sign-ins: one's own by signing out, and from the list those of any of one's browsers or of a member.
//!
//! What has ended is refused from the answer on, because every request reads the row. Each end is recorded once, by
//! whoever's statement found the sign-in still holding.

use jiff::Timestamp;

use super::{Arrival, Limits, store};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::permission::Acting;

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

/// Ends the sign-in with this secret and records it; nothing happens when there is none to end.
pub(in crate::people) fn end(
    conn: &mut Conn,
    secret_hash: &[u8],
    now: Timestamp,
    chain: &ChainId,
    origin: &Origin,
) -> Result<(), StoreError> {
    let ended = revoke(conn, secret_hash, now, origin)?;
    match ended {
        Some(draft) => audit::append(conn, chain, &[draft]),
        None => Ok(()),
    }
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

/// Ends one sign-in of `member`, who is called `name`. One that has ended already stays so.
pub(in crate::people) fn end_one(
    conn: &mut Conn,
    acting: &Acting,
    (member, name): (&MemberId, &str),
    id: &SignInId,
) -> Result<(), NoSuchSignIn> {
    if !store::exists(conn, &acting.viewer.enterprise, member, id)? {
        return Err(NoSuchSignIn::NotFound);
    }
    let which = store::Which { member, only: Some(id), but: None };
    let ended = store::end(conn, &which, &Limits::at(acting.now), acting.now)?;
    record(conn, acting, (member, name), &ended)?;
    Ok(())
}

/// Ends every sign-in of `member`, who is called `name`, but one; says how many.
pub(in crate::people) fn end_all(
    conn: &mut Conn,
    acting: &Acting,
    (member, name): (&MemberId, &str),
    but: Option<&SignInId>,
) -> Result<usize, StoreError> {
    let which = store::Which { member, only: None, but };
    let ended = store::end(conn, &which, &Limits::at(acting.now), acting.now)?;
    record(conn, acting, (member, name), &ended)?;
    Ok(ended.len())
}

/// Ends every sign-in of a member who is one no more because their claim is gone; what to record.
pub(super) fn end_left(
    conn: &mut Conn,
    (member, name): (&MemberId, &str),
    enterprise: &EnterpriseId,
    arrival: &Arrival,
) -> Result<Vec<Draft>, StoreError> {
    let which = store::Which { member, only: None, but: None };
    let ended = store::end(conn, &which, &Limits::at(arrival.now), arrival.now)?;
    let draft = |id: SignInId| Draft {
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

fn record(
    conn: &mut Conn,
    acting: &Acting,
    (member, name): (&MemberId, &str),
    ended: &[SignInId],
) -> Result<(), StoreError> {
    let drafts: Vec<Draft> = ended
        .iter()
        .map(|id| {
            let object = Object { object_type: "sign_in", id: id.to_string(), name: name.to_owned() };
            let mut draft = acting.draft("sign_in.end", Some(object), Outcome::Allowed);
            if *member != acting.viewer.member {
                draft.detail = serde_json::json!({ "member": member });
            }
            if ended.contains(&acting.viewer.sign_in) {
                // It has just ended, by this very change.
                draft.origin.sign_in = None;
            }
            draft
        })
        .collect();
    if drafts.is_empty() { Ok(()) } else { audit::append(conn, &acting.chain, &drafts) }
}
