//! Who is a member of a project or a repository, and in which role.

use super::{
    DirectoryError, Member, MemberState, Place, begin, find_member, join_project, join_repository, project,
    repository, store,
};
use crate::audit::{self, Object, Outcome};
use crate::db::Conn;
use crate::ids::MemberId;
use crate::permission::{
    Acting, LocalRole, may_manage_project, may_manage_repository_members, may_see_project, may_see_repository,
};

/// Makes somebody a member of a place, or gives them another role there. Doing it twice is doing it once.
pub fn join(
    conn: &mut Conn,
    acting: &Acting,
    place: &Place,
    (member, role): (&MemberId, LocalRole),
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let object = manageable(conn, &acting, place)?;
    let before = store::role_in(conn, place, member)?;
    if before == Some(role) {
        return Ok(());
    }
    let who = known(conn, &acting, member)?;
    if before.is_none() && who.state != MemberState::Active {
        return Err(DirectoryError::UnknownMember);
    }
    match (before, place) {
        (Some(_), _) => store::set_role_in(conn, place, member, role)?,
        (None, Place::Project(id)) => join_project(conn, id, member, role)?,
        (None, Place::Repository(id)) => join_repository(conn, id, member, role)?,
    }
    let action = match place {
        Place::Project(_) => "project.join",
        Place::Repository(_) => "repository.join",
    };
    let mut draft = acting.draft(action, Some(object), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "member": who.id,
        "name": who.name,
        "role": role.as_str(),
        "role_before": before.map(LocalRole::as_str),
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Ends a membership. Doing it twice is doing it once.
pub fn leave(
    conn: &mut Conn,
    acting: &Acting,
    place: &Place,
    member: &MemberId,
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let object = manageable(conn, &acting, place)?;
    let Some(role) = store::role_in(conn, place, member)? else { return Ok(()) };
    let who = known(conn, &acting, member)?;
    store::leave(conn, place, member)?;
    let action = match place {
        Place::Project(_) => "project.leave",
        Place::Repository(_) => "repository.leave",
    };
    let mut draft = acting.draft(action, Some(object), Outcome::Allowed);
    draft.detail = serde_json::json!({ "member": who.id, "name": who.name, "role_before": role.as_str() });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

fn known(conn: &mut Conn, acting: &Acting, member: &MemberId) -> Result<Member, DirectoryError> {
    find_member(conn, &acting.viewer.enterprise, member)?.ok_or(DirectoryError::UnknownMember)
}

/// The place, when the acting member may say who its members are.
fn manageable(conn: &mut Conn, acting: &Acting, place: &Place) -> Result<Object, DirectoryError> {
    let viewer = &acting.viewer;
    let (object, may) = match place {
        Place::Project(id) => {
            let found = project(conn, &viewer.enterprise, id)?
                .filter(|found| may_see_project(viewer, &found.id))
                .ok_or(DirectoryError::NotFound)?;
            (found.object(), may_manage_project(viewer, id))
        }
        Place::Repository(id) => {
            let found = repository(conn, &viewer.enterprise, id)?
                .filter(|found| may_see_repository(viewer, &found.project, id))
                .ok_or(DirectoryError::NotFound)?;
            (found.object(), may_manage_repository_members(viewer, &found.project, id))
        }
    };
    if may { Ok(object) } else { Err(DirectoryError::NotAllowed) }
}
