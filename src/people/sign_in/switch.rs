//! From one enterprise into another of which the same person is a member.
//!
//! It is a new sign-in with a new secret, as after any change of rights; it began when the person proved who they are,
//! so switching prolongs nothing. The one that they come from ends. Neither enterprise's record speaks of the other.

use jiff::Timestamp;

use super::door_of;
use super::store::{self, Elsewhere, NewSignIn, Proved};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError, gate};
use crate::ids::{EnterpriseId, SignInId};
use crate::permission::Viewer;
use crate::seal::Random;

/// Why somebody stays where they are.
#[derive(Debug, thiserror::Error)]
pub(in crate::people) enum NoSuchEnterprise {
    /// There is none of which they are a member.
    #[error("not found")]
    NotFound,
    /// They were signed out of it since they proved who they are, and have to do so again. The enterprise's slug.
    #[error("an older proof")]
    ProveAgain(String),
    /// The database failed, or the sign-in has ended.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A step from one enterprise into another.
pub(in crate::people) struct Switch<'a> {
    /// Who, and from where.
    pub(in crate::people) viewer: &'a Viewer,
    /// Where to.
    pub(in crate::people) to: &'a EnterpriseId,
    /// The hash of the secret that the browser holds from now on.
    pub(in crate::people) secret_hash: &'a [u8],
    pub(in crate::people) origin: &'a Origin,
    pub(in crate::people) now: Timestamp,
}

/// The enterprises of which the person behind a member is an active member, by name.
pub(in crate::people) fn enterprises(
    conn: &mut Conn,
    viewer: &Viewer,
) -> Result<(String, Vec<Elsewhere>), StoreError> {
    let Proved { issuer, subject, .. } =
        store::proved(conn, &viewer.sign_in)?.ok_or(StoreError::SignedOut)?;
    let all = store::everywhere(conn, &issuer, &subject)?;
    Ok((issuer, all))
}

/// Goes there; the enterprise's slug. `admits` says of an issuer and a slug whether the settings allow it.
pub(in crate::people) fn switch(
    conn: &mut Conn,
    switch: &Switch<'_>,
    admits: impl Fn(&str, &str) -> bool,
    chain: &ChainId,
    random: &Random,
) -> Result<String, NoSuchEnterprise> {
    let present = &switch.viewer.sign_in;
    let proved = store::proved(conn, present)?.ok_or(StoreError::SignedOut)?;
    // Whoever ends the sign-ins of this person waits, or is waited for: none may slip by unseen.
    gate::enter_shared(conn, &door_of(&proved.issuer))?;
    let there = store::everywhere(conn, &proved.issuer, &proved.subject)?
        .into_iter()
        .find(|there| there.enterprise == *switch.to && admits(&proved.issuer, &there.slug))
        .ok_or(NoSuchEnterprise::NotFound)?;
    if !store::lasting(conn, &there.member, proved.created_at)? {
        return Err(NoSuchEnterprise::ProveAgain(there.slug));
    }
    if !store::leave(conn, present, switch.now)? {
        return Err(StoreError::SignedOut.into());
    }
    let id = SignInId::new(switch.now, random);
    let new = NewSignIn {
        id: &id,
        secret_hash: switch.secret_hash,
        member: &there.member,
        issuer: &proved.issuer,
        subject: &proved.subject,
        sid: proved.sid.as_deref(),
        address: switch.origin.address.as_deref().unwrap_or_default(),
        user_agent: &proved.user_agent,
        created_at: proved.created_at,
        authenticated_at: proved.authenticated_at,
    };
    store::insert(conn, &new, switch.now)?;
    let name = &switch.viewer.name;
    let draft = |action, enterprise: &EnterpriseId, member: String, id: &SignInId, detail| Draft {
        at: switch.now,
        enterprise: Some(enterprise.clone()),
        actor: Actor::Member(member, name.clone()),
        action,
        object: Some(Object { object_type: "sign_in", id: id.to_string(), name: name.clone() }),
        outcome: Outcome::Allowed,
        reason: None,
        // Not by the sign-in that has just ended.
        origin: Origin { sign_in: None, ..switch.origin.clone() },
        detail,
    };
    let left = switch.viewer.member.to_string();
    let proof = serde_json::json!({ "issuer": proved.issuer, "subject": proved.subject });
    let drafts = [
        draft("sign_in.end", &switch.viewer.enterprise, left, present, serde_json::Value::Null),
        draft("sign_in.begin", switch.to, there.member.to_string(), &id, proof),
    ];
    audit::append(conn, chain, &drafts)?;
    Ok(there.slug)
}
