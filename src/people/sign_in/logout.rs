//! The provider ends sign-ins: somebody signed out there, was shut out there, or changed their password.

use jiff::{SignedDuration, Timestamp};

use super::{Limits, door_of, store};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError, gate};
use crate::people::oidc::{LogoutToken, Whose};

/// For how long a used token is remembered: longer than any token is accepted.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(15);

/// What became of a logout token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::people) enum Logout {
    /// So many sign-ins have ended; it may be none.
    Done(usize),
    /// It has been used before.
    Replayed,
}

/// Ends what a logout token says, at once, and records each end. A token that comes again changes nothing.
pub(in crate::people) fn log_out(
    conn: &mut Conn,
    token: &LogoutToken,
    now: Timestamp,
    chain: &ChainId,
    origin: &Origin,
) -> Result<Logout, StoreError> {
    // Sign-ins that are just being written wait, or are waited for: none may slip in unseen.
    gate::enter_alone(conn, &door_of(&token.issuer))?;
    let hash = crate::seal::digest("logout token 1", &[token.issuer.as_bytes(), token.jti.as_bytes()]);
    store::forget_logout_tokens(conn, now)?;
    let until = now.saturating_add(REMEMBERED).unwrap_or(Timestamp::MAX);
    if !store::use_logout_token(conn, &hash, until)? {
        return Ok(Logout::Replayed);
    }
    let (sid, subject) = match &token.whose {
        Whose::Session(sid, subject) => (Some(sid.as_str()), subject.as_deref()),
        Whose::Subject(subject) => (None, Some(subject.as_str())),
    };
    let ended = store::end_by_provider(conn, (&token.issuer, sid, subject), &Limits::at(now), now)?;
    let drafts: Vec<Draft> = ended
        .iter()
        .map(|ended| Draft {
            at: now,
            enterprise: Some(ended.enterprise.clone()),
            actor: Actor::System("identity provider"),
            action: "sign_in.end",
            object: Some(Object {
                object_type: "sign_in",
                id: ended.id.to_string(),
                name: ended.name.clone(),
            }),
            outcome: Outcome::Allowed,
            reason: None,
            origin: origin.clone(),
            detail: serde_json::json!({ "member": ended.member, "issuer": token.issuer }),
        })
        .collect();
    if !drafts.is_empty() {
        audit::append(conn, chain, &drafts)?;
    }
    Ok(Logout::Done(drafts.len()))
}
