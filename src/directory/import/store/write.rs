//! Writing what an import adds and changes, many rows with one statement.
//!
//! A row that is there already gets its new name, project or role and keeps the rest: `by_hand` and `by_claim` too, as
//! when people change a role on a page.

use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::Timestamp;

use crate::db::{Conn, StoreError};
use crate::directory::import::plan::Acts;
use crate::directory::import::runner::Progress;
use crate::each;
use crate::ids::EnterpriseId;
use crate::schema::{
    members as m, project_members as pm, projects as p, repositories as r, repository_members as rm,
};

/// Rows of one statement.
const CHUNK: usize = 500;

/// Writes all rows of `acts`.
pub(in crate::directory::import) fn write(
    conn: &mut Conn,
    (enterprise, now): (&EnterpriseId, Timestamp),
    acts: &Acts,
    progress: &Progress,
) -> Result<(), StoreError> {
    let (enterprise, now) = (enterprise.as_str(), now.as_millisecond());
    for some in acts.projects.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|project| {
                (
                    p::id.eq(project.id.as_str()),
                    p::enterprise_id.eq(enterprise),
                    p::slug.eq(project.slug.as_str()),
                    p::name.eq(project.name.as_str()),
                    p::created_at.eq(now),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(p::table)
            .values(&rows)
            .on_conflict(p::id)
            .do_update()
            .set(p::name.eq(excluded(p::name)))
            .execute(c))?;
        progress.advance(some.len());
    }
    for some in acts.repositories.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|repository| {
                (
                    r::id.eq(repository.id.as_str()),
                    r::enterprise_id.eq(enterprise),
                    r::project_id.eq(repository.project.as_str()),
                    r::slug.eq(repository.slug.as_str()),
                    r::name.eq(repository.name.as_str()),
                    r::created_at.eq(now),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(r::table)
            .values(&rows)
            .on_conflict(r::id)
            .do_update()
            .set((r::name.eq(excluded(r::name)), r::project_id.eq(excluded(r::project_id))))
            .execute(c))?;
        progress.advance(some.len());
    }
    members(conn, enterprise, acts, progress)?;
    memberships(conn, acts, progress)
}

fn members(conn: &mut Conn, enterprise: &str, acts: &Acts, progress: &Progress) -> Result<(), StoreError> {
    for some in acts.members.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|member| {
                (
                    m::id.eq(member.id.as_str()),
                    m::enterprise_id.eq(enterprise),
                    m::issuer.eq(member.issuer.as_str()),
                    m::subject.eq(member.subject.as_str()),
                    m::name.eq(member.name.as_str()),
                    m::email.eq(member.email.as_deref()),
                    m::role.eq(member.role.as_str()),
                    m::state.eq(member.state.as_str()),
                    m::created_at.eq(member.created_at.as_millisecond()),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(m::table)
            .values(&rows)
            .on_conflict(m::id)
            .do_update()
            .set(m::role.eq(excluded(m::role)))
            .execute(c))?;
        progress.advance(some.len());
    }
    Ok(())
}

fn memberships(conn: &mut Conn, acts: &Acts, progress: &Progress) -> Result<(), StoreError> {
    for some in acts.of_projects.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|(project, member, role)| {
                (
                    pm::project_id.eq(project.as_str()),
                    pm::member_id.eq(member.as_str()),
                    pm::role.eq(role.as_str()),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(pm::table)
            .values(&rows)
            .on_conflict((pm::project_id, pm::member_id))
            .do_update()
            .set(pm::role.eq(excluded(pm::role)))
            .execute(c))?;
        progress.advance(some.len());
    }
    for some in acts.of_repositories.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|(repository, member, role)| {
                (
                    rm::repository_id.eq(repository.as_str()),
                    rm::member_id.eq(member.as_str()),
                    rm::role.eq(role.as_str()),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(rm::table)
            .values(&rows)
            .on_conflict((rm::repository_id, rm::member_id))
            .do_update()
            .set(rm::role.eq(excluded(rm::role)))
            .execute(c))?;
        progress.advance(some.len());
    }
    Ok(())
}
