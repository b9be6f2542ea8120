//! Members: lists, where they are members, and their changes.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use jiff::Timestamp;

use super::{MemberRow, member};
use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::directory::{
    ListedMember, Member, MemberFilter, MemberState, Membership, Page, Place, PlaceMember, Project,
    Repository,
};
use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId};
use crate::permission::{EnterpriseRole, LocalRole, Viewer};
use crate::schema::{
    credentials as c, members as m, project_members as pm, projects as p, repositories as r,
    repository_members as rm, sign_ins as s,
};

type OfMembers = Box<dyn BoxableExpression<m::table, MultiBackend, SqlType = Bool>>;

fn conditions(enterprise: &EnterpriseId, filter: &MemberFilter, search: Option<&str>) -> Vec<OfMembers> {
    let mut all: Vec<OfMembers> = vec![Box::new(m::enterprise_id.eq(enterprise.to_string()))];
    if let Some(role) = filter.role {
        all.push(Box::new(m::role.eq(role.as_str())));
    }
    if let Some(state) = filter.state {
        all.push(Box::new(m::state.eq(state.as_str())));
    }
    match &filter.outside {
        Some(Place::Project(id)) => all.push(Box::new(
            m::id.ne_all(pm::table.filter(pm::project_id.eq(id.to_string())).select(pm::member_id)),
        )),
        Some(Place::Repository(id)) => all.push(Box::new(
            m::id.ne_all(rm::table.filter(rm::repository_id.eq(id.to_string())).select(rm::member_id)),
        )),
        None => {}
    }
    for pattern in search.into_iter().flat_map(words::patterns) {
        all.push(Box::new(
            words::lower(m::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(m::subject).like(pattern.clone()).escape('\\'))
                .or(m::email
                    .is_not_null()
                    .and(words::lower(m::email.assume_not_null()).like(pattern).escape('\\'))),
        ));
    }
    all
}

/// A stretch of the enterprise's members, by name; and whether there are more behind.
pub fn list_members(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    filter: &MemberFilter,
    page: &Page,
) -> Result<(Vec<ListedMember>, bool), StoreError> {
    let mut query = m::table
        .select((m::id, m::issuer, m::subject, m::name, m::email, m::role, m::state, m::created_at))
        .into_boxed::<MultiBackend>();
    for condition in conditions(enterprise, filter, page.search.as_deref()) {
        query = query.filter(condition);
    }
    if let Some((name, id)) = page.after.clone() {
        query = query.filter(m::name.gt(name.clone()).or(m::name.eq(name).and(m::id.gt(id))));
    }
    let mut rows: Vec<MemberRow> =
        query.order((m::name.asc(), m::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut rows);
    let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let credentials: HashMap<String, i64> = c::table
        .filter(c::responsible_id.eq_any(ids).and(c::state.ne("deleted")))
        .group_by(c::responsible_id)
        .select((c::responsible_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let listed = rows.into_iter().map(|row| {
        let credentials = credentials.get(&row.0).copied().unwrap_or_default();
        Ok(ListedMember { member: member(row)?, credentials })
    });
    Ok((listed.collect::<Result<_, StoreError>>()?, more))
}

/// How many members the enterprise has under this filter and search.
pub fn count_members(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    filter: &MemberFilter,
    search: Option<&str>,
) -> Result<i64, StoreError> {
    let mut query = m::table.select(count_star()).into_boxed::<MultiBackend>();
    for condition in conditions(enterprise, filter, search) {
        query = query.filter(condition);
    }
    Ok(query.first(conn)?)
}

/// The member with this id, when they are this enterprise's.
pub fn find_member(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &MemberId,
) -> Result<Option<Member>, StoreError> {
    let row: Option<MemberRow> = m::table
        .filter(m::id.eq(id.as_str()).and(m::enterprise_id.eq(enterprise.as_str())))
        .select((m::id, m::issuer, m::subject, m::name, m::email, m::role, m::state, m::created_at))
        .first(conn)
        .optional()?;
    row.map(member).transpose()
}

/// The member whom this issuer calls by this subject, if there is one.
pub(in crate::directory) fn member_of(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (issuer, subject): (&str, &str),
) -> Result<Option<MemberId>, StoreError> {
    let id: Option<String> = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .filter(m::issuer.eq(issuer).and(m::subject.eq(subject)))
        .select(m::id)
        .first(conn)
        .optional()?;
    id.map(|id| Ok(id!(MemberId, id))).transpose()
}

/// The issuers that members of the enterprise come from.
pub(in crate::directory) fn issuers(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
) -> Result<Vec<String>, StoreError> {
    Ok(m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .select(m::issuer)
        .distinct()
        .order(m::issuer.asc())
        .load(conn)?)
}

/// The members with these ids, by name, as far as they are this enterprise's.
pub fn members_by_id(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: Vec<String>,
) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<MemberRow> = m::table
        .filter(m::id.eq_any(ids).and(m::enterprise_id.eq(enterprise.as_str())))
        .order((m::name.asc(), m::id.asc()))
        .select((m::id, m::issuer, m::subject, m::name, m::email, m::role, m::state, m::created_at))
        .load(conn)?;
    rows.into_iter().map(member).collect()
}

/// Whether the identity provider gives a member a role in the enterprise, at every sign-in anew.
pub fn has_role_by_claim(conn: &mut Conn, member: &MemberId) -> Result<bool, StoreError> {
    let by_claim: Option<Option<String>> =
        m::table.filter(m::id.eq(member.as_str())).select(m::by_claim).first(conn).optional()?;
    Ok(by_claim.flatten().is_some_and(|role| EnterpriseRole::parse(&role).is_some()))
}

type PlaceRow = (String, String, Option<String>, String, (String, Option<String>));

/// A stretch of the members of a project or a repository, by name; and whether there are more behind.
pub fn list_place_members(
    conn: &mut Conn,
    place: &Place,
    page: &Page,
) -> Result<(Vec<PlaceMember>, bool), StoreError> {
    let (after_name, after_id) = page.after.clone().unwrap_or_default();
    let patterns: Vec<String> = page.search.iter().flat_map(|search| words::patterns(search)).collect();
    let matches = |pattern: &String| -> OfMembers {
        Box::new(
            words::lower(m::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(m::subject).like(pattern.clone()).escape('\\')),
        )
    };
    let behind = m::name.gt(after_name.clone()).or(m::name.eq(after_name).and(m::id.gt(after_id)));
    // The page's members first, by their ids: a boxed condition belongs to one table.
    let mut query = m::table.select((m::id, m::name, m::email, m::state)).into_boxed::<MultiBackend>();
    query = match place {
        Place::Project(id) => query
            .filter(m::id.eq_any(pm::table.filter(pm::project_id.eq(id.to_string())).select(pm::member_id))),
        Place::Repository(id) => query.filter(
            m::id.eq_any(rm::table.filter(rm::repository_id.eq(id.to_string())).select(rm::member_id)),
        ),
    };
    for pattern in &patterns {
        query = query.filter(matches(pattern));
    }
    let mut rows: Vec<(String, String, Option<String>, String)> = query
        .filter(behind)
        .order((m::name.asc(), m::id.asc()))
        .limit(page.size.saturating_add(1))
        .load(conn)?;
    let more = page.cut(&mut rows);
    let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let roles: HashMap<String, (String, Option<String>)> = match place {
        Place::Project(id) => pm::table
            .filter(pm::project_id.eq(id.as_str()).and(pm::member_id.eq_any(ids)))
            .select((pm::member_id, (pm::role, pm::by_claim)))
            .load::<(String, (String, Option<String>))>(conn)?,
        Place::Repository(id) => rm::table
            .filter(rm::repository_id.eq(id.as_str()).and(rm::member_id.eq_any(ids)))
            .select((rm::member_id, (rm::role, rm::by_claim)))
            .load::<(String, (String, Option<String>))>(conn)?,
    }
    .into_iter()
    .collect();
    let listed = rows.into_iter().filter_map(|(id, name, email, state)| {
        let role = roles.get(&id)?.clone();
        Some(place_member((id, name, email, state, role)))
    });
    Ok((listed.collect::<Result<_, StoreError>>()?, more))
}

fn place_member((id, name, email, state, (role, by_claim)): PlaceRow) -> Result<PlaceMember, StoreError> {
    Ok(PlaceMember {
        id: id!(MemberId, id),
        name,
        email,
        state: MemberState::parse(&state),
        role: local_role(&role)?,
        by_claim: by_claim.is_some(),
    })
}

/// The names of the first people who manage a project and may sign in.
pub fn managers(conn: &mut Conn, project: &ProjectId, most: i64) -> Result<Vec<String>, StoreError> {
    Ok(pm::table
        .inner_join(m::table)
        .filter(pm::project_id.eq(project.as_str()).and(pm::role.eq(LocalRole::Manager.as_str())))
        .filter(m::state.eq(MemberState::Active.as_str()))
        .order((m::name.asc(), m::id.asc()))
        .limit(most)
        .select(m::name)
        .load(conn)?)
}

/// How many members a project or a repository has.
pub fn count_place_members(conn: &mut Conn, place: &Place) -> Result<i64, StoreError> {
    Ok(match place {
        Place::Project(id) => {
            pm::table.filter(pm::project_id.eq(id.as_str())).select(count_star()).first(conn)?
        }
        Place::Repository(id) => {
            rm::table.filter(rm::repository_id.eq(id.as_str())).select(count_star()).first(conn)?
        }
    })
}

/// Where somebody is a member: projects by name, then repositories by path.
pub fn memberships(conn: &mut Conn, member: &MemberId) -> Result<Vec<Membership>, StoreError> {
    let projects: Vec<(String, String, String, String)> = pm::table
        .inner_join(p::table)
        .filter(pm::member_id.eq(member.as_str()))
        .order((p::name.asc(), p::id.asc()))
        .select((p::id, p::slug, p::name, pm::role))
        .load(conn)?;
    let repositories: Vec<(String, String, String, String, String)> = rm::table
        .inner_join(r::table)
        .filter(rm::member_id.eq(member.as_str()))
        .order((r::slug.asc(), r::id.asc()))
        .select((r::id, r::project_id, r::slug, r::name, rm::role))
        .load(conn)?;
    let of_projects = projects.into_iter().map(|(id, slug, name, role)| {
        let project = Project { id: id!(ProjectId, id), slug, name };
        Ok(Membership::Project(project, local_role(&role)?))
    });
    let of_repositories = repositories.into_iter().map(|(id, project, slug, name, role)| {
        let repository =
            Repository { id: id!(RepositoryId, id), project: id!(ProjectId, project), slug, name };
        Ok(Membership::Repository(repository, local_role(&role)?))
    });
    of_projects.chain(of_repositories).collect()
}

/// The role of a member in a place, if they have one.
pub(in crate::directory) fn role_in(
    conn: &mut Conn,
    place: &Place,
    member: &MemberId,
) -> Result<Option<LocalRole>, StoreError> {
    let role: Option<String> = match place {
        Place::Project(id) => pm::table
            .filter(pm::project_id.eq(id.as_str()).and(pm::member_id.eq(member.as_str())))
            .select(pm::role)
            .first(conn)
            .optional()?,
        Place::Repository(id) => rm::table
            .filter(rm::repository_id.eq(id.as_str()).and(rm::member_id.eq(member.as_str())))
            .select(rm::role)
            .first(conn)
            .optional()?,
    };
    role.map(|role| local_role(&role)).transpose()
}

pub(in crate::directory) fn set_role_in(
    conn: &mut Conn,
    place: &Place,
    member: &MemberId,
    role: LocalRole,
) -> Result<(), StoreError> {
    match place {
        Place::Project(id) => diesel::update(
            pm::table.filter(pm::project_id.eq(id.as_str()).and(pm::member_id.eq(member.as_str()))),
        )
        .set(pm::role.eq(role.as_str()))
        .execute(conn)?,
        Place::Repository(id) => diesel::update(
            rm::table.filter(rm::repository_id.eq(id.as_str()).and(rm::member_id.eq(member.as_str()))),
        )
        .set(rm::role.eq(role.as_str()))
        .execute(conn)?,
    };
    Ok(())
}

pub(in crate::directory) fn leave(
    conn: &mut Conn,
    place: &Place,
    member: &MemberId,
) -> Result<(), StoreError> {
    match place {
        Place::Project(id) => diesel::delete(
            pm::table.filter(pm::project_id.eq(id.as_str()).and(pm::member_id.eq(member.as_str()))),
        )
        .execute(conn)?,
        Place::Repository(id) => diesel::delete(
            rm::table.filter(rm::repository_id.eq(id.as_str()).and(rm::member_id.eq(member.as_str()))),
        )
        .execute(conn)?,
    };
    Ok(())
}

pub(in crate::directory) fn set_role(
    conn: &mut Conn,
    member: &MemberId,
    role: EnterpriseRole,
) -> Result<(), StoreError> {
    diesel::update(m::table.filter(m::id.eq(member.as_str())))
        .set(m::role.eq(role.as_str()))
        .execute(conn)?;
    Ok(())
}

pub(in crate::directory) fn set_state(
    conn: &mut Conn,
    member: &MemberId,
    state: MemberState,
) -> Result<(), StoreError> {
    diesel::update(m::table.filter(m::id.eq(member.as_str())))
        .set(m::state.eq(state.as_str()))
        .execute(conn)?;
    Ok(())
}

/// Whether somebody else than `member` is an active owner of the enterprise.
pub(in crate::directory) fn has_other_owner(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
) -> Result<bool, StoreError> {
    let others = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()).and(m::id.ne(member.as_str())))
        .filter(m::role.eq(EnterpriseRole::Owner.as_str()))
        .filter(m::state.eq(MemberState::Active.as_str()));
    Ok(diesel::select(exists(others)).get_result(conn)?)
}

/// Ends every sign-in of a member for ever, so that none comes back when they are enabled again, nor by way of another
/// enterprise; says how many rows were still open.
pub(in crate::directory) fn end_sign_ins(
    conn: &mut Conn,
    member: &MemberId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    diesel::update(m::table.find(member.as_str()))
        .set(m::proof_since.eq(now.as_millisecond()))
        .execute(conn)?;
    Ok(diesel::update(s::table.filter(s::member_id.eq(member.as_str()).and(s::revoked_at.is_null())))
        .set(s::revoked_at.eq(now.as_millisecond()))
        .execute(conn)?)
}

/// `viewer` as the rows say now: the role and the memberships that they have in this transaction. None when they are
/// not an active member any more.
pub fn renewed(conn: &mut Conn, viewer: &Viewer) -> Result<Option<Viewer>, StoreError> {
    let found = find_member(conn, &viewer.enterprise, &viewer.member)?;
    match found.filter(|member| member.state == MemberState::Active) {
        Some(member) => Ok(viewers(conn, viewer, &[member])?.pop()),
        None => Ok(None),
    }
}

/// Members as permission sees them, in the same order, to say what they may do. The enterprise and the sign-in are those
/// of `asker`: nobody is signed in by this.
pub fn viewers(conn: &mut Conn, asker: &Viewer, members: &[Member]) -> Result<Vec<Viewer>, StoreError> {
    let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
    let of_projects: Vec<(String, String, String)> = pm::table
        .filter(pm::member_id.eq_any(ids.clone()))
        .select((pm::member_id, pm::project_id, pm::role))
        .load(conn)?;
    let of_repositories: Vec<(String, String, String, String)> = rm::table
        .inner_join(r::table)
        .filter(rm::member_id.eq_any(ids))
        .select((rm::member_id, r::id, r::project_id, rm::role))
        .load(conn)?;
    let mut projects: HashMap<String, Vec<(ProjectId, LocalRole)>> = HashMap::new();
    for (member, project, role) in of_projects {
        projects.entry(member).or_default().push((id!(ProjectId, project), local_role(&role)?));
    }
    let mut repositories: HashMap<String, Vec<(RepositoryId, ProjectId, LocalRole)>> = HashMap::new();
    for (member, repository, project, role) in of_repositories {
        let one = (id!(RepositoryId, repository), id!(ProjectId, project), local_role(&role)?);
        repositories.entry(member).or_default().push(one);
    }
    let mut viewers = Vec::with_capacity(members.len());
    for member in members {
        viewers.push(Viewer {
            member: member.id.clone(),
            name: member.name.clone(),
            role: member.role,
            projects: projects.remove(member.id.as_str()).unwrap_or_default(),
            repositories: repositories.remove(member.id.as_str()).unwrap_or_default(),
            ..asker.clone()
        });
    }
    Ok(viewers)
}

fn local_role(text: &str) -> Result<LocalRole, StoreError> {
    LocalRole::parse(text).ok_or_else(|| StoreError::Corrupt("local role in a row".to_owned()))
}
