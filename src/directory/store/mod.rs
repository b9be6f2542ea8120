//! The directory's rows.

use std::collections::HashMap;

use diesel::prelude::*;
use jiff::Timestamp;

use crate::clock;
use crate::db::{Conn, StoreError, gate};
use crate::directory::{Enterprise, Member, MemberState, Project, Repository};
use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::schema::{
    enterprises as e, members as m, project_members, projects as p, repositories as r, repository_members,
};

/// Reads an id of ours out of a row.
macro_rules! id {
    ($type:ident, $text:expr) => {
        $type::parse(&$text)
            .ok_or_else(|| StoreError::Corrupt(concat!(stringify!($type), " in a row").to_owned()))?
    };
}

mod choices;
mod members;
mod places;
mod stakes;

pub use choices::{PlaceCalled, place_called, some_projects, some_repositories};
pub use members::{
    count_members, count_place_members, find_member, has_role_by_claim, list_members, list_place_members,
    managers, members_by_id, memberships, renewed, viewers,
};
pub(in crate::directory) use members::{
    end_sign_ins, has_other_owner, issuers, leave, member_of, role_in, set_role, set_role_in, set_state,
};
pub use places::{
    count_projects, count_repositories, list_projects, list_repositories, project, project_names,
    repositories_by_id, repository, repository_names,
};
pub(in crate::directory) use places::{delete, rename, set_project};
pub use stakes::{lost_by_moving, stakes};

/// Adds an enterprise; its slug is unique in the installation.
pub fn add_enterprise(conn: &mut Conn, new: &Enterprise, now: Timestamp) -> Result<(), StoreError> {
    diesel::insert_into(e::table)
        .values((
            e::id.eq(new.id.as_str()),
            e::slug.eq(&new.slug),
            e::name.eq(&new.name),
            e::policy_epoch.eq(1_i64),
            e::created_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every enterprise of the installation, by name.
pub fn enterprises(conn: &mut Conn) -> Result<Vec<Enterprise>, StoreError> {
    let rows: Vec<(String, String, String)> =
        e::table.select((e::id, e::slug, e::name)).order(e::name.asc()).load(conn)?;
    rows.into_iter()
        .map(|(id, slug, name)| Ok(Enterprise { id: id!(EnterpriseId, id), slug, name }))
        .collect()
}

/// The enterprise with this slug.
pub fn enterprise(conn: &mut Conn, slug: &str) -> Result<Option<Enterprise>, StoreError> {
    Ok(enterprises(conn)?.into_iter().find(|enterprise| enterprise.slug == slug))
}

/// The enterprise with this id.
pub fn find_enterprise(conn: &mut Conn, id: &EnterpriseId) -> Result<Enterprise, StoreError> {
    let (slug, name) = e::table.find(id.as_str()).select((e::slug, e::name)).first(conn)?;
    Ok(Enterprise { id: id.clone(), slug, name })
}

/// The number that every change of a decision raises.
pub fn policy_epoch(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<i64, StoreError> {
    Ok(e::table.filter(e::id.eq(enterprise.as_str())).select(e::policy_epoch).first(conn)?)
}

/// Raises the policy epoch. Call it in the transaction of every change that can alter a decision: a credential's
/// state, version or scope, an access key, a repository's project. It locks the enterprise's row until the end of the
/// transaction, so do it before the audit record is appended; the order of locks is the same everywhere.
pub fn raise_epoch(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<(), StoreError> {
    // Or resolves that share the row on several nodes would keep a revocation waiting.
    gate::enter_alone(conn, enterprise.as_str())?;
    diesel::update(e::table.filter(e::id.eq(enterprise.as_str())))
        .set(e::policy_epoch.eq(e::policy_epoch + 1))
        .execute(conn)?;
    Ok(())
}

/// Adds a project.
pub fn add_project(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    new: &Project,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(p::table)
        .values((
            p::id.eq(new.id.as_str()),
            p::enterprise_id.eq(enterprise.as_str()),
            p::slug.eq(&new.slug),
            p::name.eq(&new.name),
            p::created_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The enterprise's projects, by name.
pub fn projects(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<Project>, StoreError> {
    let rows: Vec<(String, String, String)> = p::table
        .filter(p::enterprise_id.eq(enterprise.as_str()))
        .select((p::id, p::slug, p::name))
        .order((p::name.asc(), p::id.asc()))
        .load(conn)?;
    rows.into_iter().map(|(id, slug, name)| Ok(Project { id: id!(ProjectId, id), slug, name })).collect()
}

/// Adds a repository to a project of the same enterprise.
pub fn add_repository(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    new: &Repository,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(r::table)
        .values((
            r::id.eq(new.id.as_str()),
            r::enterprise_id.eq(enterprise.as_str()),
            r::project_id.eq(new.project.as_str()),
            r::slug.eq(&new.slug),
            r::name.eq(&new.name),
            r::created_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The project of a repository, when both are of this enterprise.
pub fn project_of(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    repository: &RepositoryId,
) -> Result<Option<ProjectId>, StoreError> {
    let project: Option<String> = r::table
        .filter(r::id.eq(repository.as_str()).and(r::enterprise_id.eq(enterprise.as_str())))
        .select(r::project_id)
        .first(conn)
        .optional()?;
    project.map(|project| Ok(id!(ProjectId, project))).transpose()
}

/// Adds a member.
pub fn add_member(conn: &mut Conn, enterprise: &EnterpriseId, new: &Member) -> Result<(), StoreError> {
    diesel::insert_into(m::table)
        .values((
            m::id.eq(new.id.as_str()),
            m::enterprise_id.eq(enterprise.as_str()),
            m::issuer.eq(&new.issuer),
            m::subject.eq(&new.subject),
            m::name.eq(&new.name),
            m::email.eq(new.email.as_deref()),
            m::role.eq(new.role.as_str()),
            m::state.eq(new.state.as_str()),
            m::created_at.eq(new.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::directory) type MemberRow =
    (String, String, String, String, Option<String>, String, String, i64);

/// The names of some members, whoever they are by now. For lists.
pub fn member_names(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: &[MemberId],
) -> Result<HashMap<MemberId, String>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(MemberId::as_str).collect();
    let rows: Vec<(String, String)> = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()).and(m::id.eq_any(ids)))
        .select((m::id, m::name))
        .load(conn)?;
    rows.into_iter().map(|(id, name)| Ok((id!(MemberId, id), name))).collect()
}

pub(in crate::directory) fn member(
    (id, issuer, subject, name, email, role, state, created_at): MemberRow,
) -> Result<Member, StoreError> {
    Ok(Member {
        id: id!(MemberId, id),
        issuer,
        subject,
        name,
        email,
        role: EnterpriseRole::parse(&role).ok_or_else(|| StoreError::Corrupt("role in a row".to_owned()))?,
        state: MemberState::parse(&state),
        created_at: clock::from_millis(created_at),
    })
}

/// Makes a member one of a project's.
pub fn join_project(
    conn: &mut Conn,
    project: &ProjectId,
    member: &MemberId,
    role: LocalRole,
) -> Result<(), StoreError> {
    diesel::insert_into(project_members::table)
        .values((
            project_members::project_id.eq(project.as_str()),
            project_members::member_id.eq(member.as_str()),
            project_members::role.eq(role.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes a member one of a repository's.
pub fn join_repository(
    conn: &mut Conn,
    repository: &RepositoryId,
    member: &MemberId,
    role: LocalRole,
) -> Result<(), StoreError> {
    diesel::insert_into(repository_members::table)
        .values((
            repository_members::repository_id.eq(repository.as_str()),
            repository_members::member_id.eq(member.as_str()),
            repository_members::role.eq(role.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Says that another issuer vouches for the members of one: its address has changed.
pub fn move_members(conn: &mut Conn, from: &str, to: &str) -> Result<(), StoreError> {
    diesel::update(m::table.filter(m::issuer.eq(from))).set(m::issuer.eq(to)).execute(conn)?;
    Ok(())
}
