//! A member's role in the enterprise, and whether they may sign in.
//!
//! An enterprise always has an owner who can sign in: the last one can be neither demoted nor disabled. Owners are
//! made and unmade by owners alone.

use super::{DirectoryError, Member, MemberState, begin, find_member, store};
use crate::audit::{self, Outcome};
use crate::db::Conn;
use crate::ids::MemberId;
use crate::permission::{Acting, EnterpriseRole, may_change_member, may_see_members, may_set_role};

/// Gives a member another role. Doing it twice is doing it once.
pub fn set_role(
    conn: &mut Conn,
    acting: &Acting,
    id: &MemberId,
    role: EnterpriseRole,
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let member = visible(conn, &acting, id)?;
    if !may_set_role(acting.viewer.role, member.role, role) {
        return Err(DirectoryError::NotAllowed);
    }
    if member.role == role {
        return Ok(());
    }
    if member.role == EnterpriseRole::Owner {
        keep_an_owner(conn, &acting, id)?;
    }
    store::set_role(conn, id, role)?;
    let mut draft = acting.draft("member.role", Some(member.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "role": { "from": member.role.as_str(), "to": role.as_str() } });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Keeps a member out from now on and ends their sign-ins. What they answer for goes on working.
pub fn disable(conn: &mut Conn, acting: &Acting, id: &MemberId) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let member = changeable(conn, &acting, id)?;
    if member.state == MemberState::Disabled {
        return Ok(());
    }
    if member.role == EnterpriseRole::Owner {
        keep_an_owner(conn, &acting, id)?;
    }
    store::set_state(conn, id, MemberState::Disabled)?;
    let ended = store::end_sign_ins(conn, id, acting.now)?;
    let mut draft = acting.draft("member.disable", Some(member.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "sign_ins_ended": ended });
    if *id == acting.viewer.member {
        // Theirs has just ended, by this very change.
        draft.origin.sign_in = None;
    }
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Lets a member in again. They sign in anew.
pub fn enable(conn: &mut Conn, acting: &Acting, id: &MemberId) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let member = changeable(conn, &acting, id)?;
    if member.state == MemberState::Active {
        return Ok(());
    }
    store::set_state(conn, id, MemberState::Active)?;
    let draft = acting.draft("member.enable", Some(member.object()), Outcome::Allowed);
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

fn visible(conn: &mut Conn, acting: &Acting, id: &MemberId) -> Result<Member, DirectoryError> {
    if !may_see_members(&acting.viewer) {
        return Err(DirectoryError::NotAllowed);
    }
    find_member(conn, &acting.viewer.enterprise, id)?.ok_or(DirectoryError::NotFound)
}

fn changeable(conn: &mut Conn, acting: &Acting, id: &MemberId) -> Result<Member, DirectoryError> {
    let member = visible(conn, acting, id)?;
    if may_change_member(acting.viewer.role, member.role) {
        Ok(member)
    } else {
        Err(DirectoryError::NotAllowed)
    }
}

fn keep_an_owner(conn: &mut Conn, acting: &Acting, id: &MemberId) -> Result<(), DirectoryError> {
    if store::has_other_owner(conn, &acting.viewer.enterprise, id)? {
        Ok(())
    } else {
        Err(DirectoryError::LastOwner)
    }
}
