//! The people and the repositories that a credential's scope, its responsible person and enterprise roles let use it.

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::credentials::{Credential, Reach};
use crate::db::{Conn, MultiBackend, StoreError};
use crate::directory::{self, Member, Page, Repository};
use crate::permission::EnterpriseRole;
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, members as m, project_members as pm,
    repositories as r, repository_members as rm,
};

type OfMembers = Box<dyn BoxableExpression<m::table, MultiBackend, SqlType = Bool>>;
type OfRepositories = Box<dyn BoxableExpression<r::table, MultiBackend, SqlType = Bool>>;

/// Active members who rule the enterprise, answer for the credential, or are members where it may be used.
fn may_use(credential: &Credential) -> OfMembers {
    let id = credential.id.to_string();
    let rulers = [EnterpriseRole::Owner, EnterpriseRole::Administrator].map(EnterpriseRole::as_str);
    let mut may: OfMembers =
        Box::new(m::role.eq_any(rulers).or(m::id.eq(credential.responsible.to_string())));
    // Each a set of members that is made once, not a question asked again for every member.
    let of_projects = || pm::table.select(pm::member_id);
    let of_repositories = || rm::table.inner_join(r::table).select(rm::member_id);
    let projects = cp::table.filter(cp::credential_id.eq(id.clone())).select(cp::project_id);
    let repositories = cr::table.filter(cr::credential_id.eq(id)).select(cr::repository_id);
    match credential.scope.projects {
        // Whoever is a member of anything is so in a project.
        Reach::All => {
            may = Box::new(
                may.or(exists(of_projects().filter(pm::member_id.eq(m::id))))
                    .or(exists(of_repositories().filter(rm::member_id.eq(m::id)))),
            );
        }
        Reach::Chosen(_) => {
            may = Box::new(
                may.or(m::id.eq_any(of_projects().filter(pm::project_id.eq_any(projects.clone()))))
                    .or(m::id.eq_any(of_repositories().filter(r::project_id.eq_any(projects)))),
            );
        }
    }
    match credential.scope.repositories {
        Reach::All => Box::new(may.or(exists(of_repositories().filter(rm::member_id.eq(m::id))))),
        Reach::Chosen(_) => {
            Box::new(may.or(m::id.eq_any(of_repositories().filter(r::id.eq_any(repositories)))))
        }
    }
}

pub(in crate::credentials) fn users(
    conn: &mut Conn,
    credential: &Credential,
    page: &Page,
) -> Result<(Vec<Member>, bool), StoreError> {
    let mut query = m::table
        .filter(m::enterprise_id.eq(credential.enterprise.to_string()).and(m::state.eq("active")))
        .filter(may_use(credential))
        .select(m::id)
        .into_boxed::<MultiBackend>();
    if let Some((name, id)) = page.after.clone() {
        query = query.filter(m::name.gt(name.clone()).or(m::name.eq(name).and(m::id.gt(id))));
    }
    let mut ids: Vec<String> =
        query.order((m::name.asc(), m::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut ids);
    Ok((directory::members_by_id(conn, &credential.enterprise, ids)?, more))
}

pub(in crate::credentials) fn count_users(
    conn: &mut Conn,
    credential: &Credential,
) -> Result<i64, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.eq(credential.enterprise.to_string()).and(m::state.eq("active")))
        .filter(may_use(credential))
        .select(count_star())
        .into_boxed::<MultiBackend>()
        .first(conn)?)
}

/// Repositories in the scope, by themselves or through their project.
fn in_scope(credential: &Credential) -> OfRepositories {
    if credential.scope.projects == Reach::All || credential.scope.repositories == Reach::All {
        return Box::new(r::id.is_not_null());
    }
    let id = credential.id.to_string();
    let projects = cp::table.filter(cp::credential_id.eq(id.clone())).select(cp::project_id);
    let repositories = cr::table.filter(cr::credential_id.eq(id)).select(cr::repository_id);
    Box::new(r::project_id.eq_any(projects).or(r::id.eq_any(repositories)))
}

pub(in crate::credentials) fn repositories(
    conn: &mut Conn,
    credential: &Credential,
    page: &Page,
) -> Result<(Vec<Repository>, bool), StoreError> {
    let mut query = r::table
        .filter(r::enterprise_id.eq(credential.enterprise.to_string()))
        .filter(in_scope(credential))
        .select(r::id)
        .into_boxed::<MultiBackend>();
    if let Some((slug, id)) = page.after.clone() {
        query = query.filter(r::slug.gt(slug.clone()).or(r::slug.eq(slug).and(r::id.gt(id))));
    }
    let mut ids: Vec<String> =
        query.order((r::slug.asc(), r::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut ids);
    Ok((directory::repositories_by_id(conn, &credential.enterprise, ids)?, more))
}

pub(in crate::credentials) fn count_repositories(
    conn: &mut Conn,
    credential: &Credential,
) -> Result<i64, StoreError> {
    Ok(r::table
        .filter(r::enterprise_id.eq(credential.enterprise.to_string()))
        .filter(in_scope(credential))
        .select(count_star())
        .into_boxed::<MultiBackend>()
        .first(conn)?)
}
