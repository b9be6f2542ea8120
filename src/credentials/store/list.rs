//! The list of credentials, filtered in the database to what the viewer may see.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Row;
use crate::catalogue::{self, Group};
use crate::credentials::list::Sight;
use crate::credentials::{Counts, Filter, Listed, Page, Places, Scope};
use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::permission::{Action, Viewer, may};
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credentials as c, members as m,
};

type Condition = Box<dyn BoxableExpression<c::table, MultiBackend, SqlType = Bool>>;

/// What every list asks: this enterprise, visible to this viewer, matching the words, deleted or not.
fn conditions(viewer: &Viewer, filter: &Filter) -> Vec<Condition> {
    let mut all: Vec<Condition> = vec![Box::new(c::enterprise_id.eq(viewer.enterprise.to_string()))];
    if filter.deleted {
        all.push(Box::new(c::state.eq("deleted")));
    } else {
        all.push(Box::new(c::state.ne("deleted")));
    }
    if let Some(responsible) = &filter.responsible {
        all.push(Box::new(c::responsible_id.eq(responsible.to_string())));
    }
    if filter.orphaned {
        let gone = m::table
            .filter(m::enterprise_id.eq(viewer.enterprise.to_string()).and(m::state.ne("active")))
            .select(m::id);
        all.push(Box::new(c::responsible_id.eq_any(gone)));
    }
    for pattern in filter.search.iter().flat_map(|text| words::patterns(text)) {
        all.push(Box::new(
            words::lower(c::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(c::token).like(pattern.clone()).escape('\\'))
                .or(words::lower(c::description).like(pattern.clone()).escape('\\'))
                .or(words::lower(c::summary).like(pattern).escape('\\')),
        ));
    }
    if let Sight::Own { member, projects, repositories } = Sight::of(viewer, filter) {
        let chosen_project = exists(
            cp::table
                .filter(cp::credential_id.eq(c::id))
                .filter(cp::project_id.eq_any(projects.iter().map(ToString::to_string).collect::<Vec<_>>())),
        );
        let chosen_repository = exists(cr::table.filter(cr::credential_id.eq(c::id)).filter(
            cr::repository_id.eq_any(repositories.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ));
        // "All" reaches a member through whatever they are a member of; a list that holds nobody's place says no.
        let any_project = if projects.is_empty() { "nothing" } else { "all" };
        let any_repository = if repositories.is_empty() { "nothing" } else { "all" };
        all.push(Box::new(
            c::responsible_id
                .eq(member.to_string())
                .or(c::project_scope.eq(any_project))
                .or(c::repository_scope.eq(any_repository))
                .or(c::project_scope.eq("chosen").and(chosen_project))
                .or(c::repository_scope.eq("chosen").and(chosen_repository)),
        ));
    }
    all
}

fn types_of(group: Group) -> Vec<&'static str> {
    catalogue::all().iter().filter(|of| of.group == group).map(|of| of.id).collect()
}

pub(in crate::credentials) fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Listed>, bool), StoreError> {
    let mut query = c::table.select(Row::as_select()).into_boxed::<MultiBackend>();
    for condition in conditions(viewer, filter) {
        query = query.filter(condition);
    }
    if let Some(group) = filter.group {
        query = query.filter(c::credential_type.eq_any(types_of(group)));
    }
    if let Some((at, id)) = &page.after {
        let at = at.as_millisecond();
        query = query.filter(c::created_at.lt(at).or(c::created_at.eq(at).and(c::id.lt(id.to_string()))));
    }
    let mut rows: Vec<Row> =
        query.order((c::created_at.desc(), c::id.desc())).limit(page.size.saturating_add(1)).load(conn)?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let projects: HashMap<String, i64> = cp::table
        .filter(cp::credential_id.eq_any(ids.clone()))
        .group_by(cp::credential_id)
        .select((cp::credential_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let repositories: HashMap<String, i64> = cr::table
        .filter(cr::credential_id.eq_any(ids))
        .group_by(cr::credential_id)
        .select((cr::credential_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let places = |scope: &str, chosen: Option<&i64>| match scope {
        "all" => Places::All,
        _ => Places::Chosen(chosen.copied().unwrap_or(0)),
    };
    let listed = rows.into_iter().map(|row| {
        let projects = places(&row.project_scope, projects.get(&row.id));
        let repositories = places(&row.repository_scope, repositories.get(&row.id));
        let credential = row.with_scope(Scope::none())?;
        // Editing hangs on the role and on being responsible alone, so the scope need not be read.
        let may_edit = may(viewer.role, Action::Edit, credential.standing(viewer));
        Ok(Listed { credential, projects, repositories, may_edit })
    });
    Ok((listed.collect::<Result<_, StoreError>>()?, more))
}

pub(in crate::credentials) fn counts(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
) -> Result<Counts, StoreError> {
    let mut query = c::table
        .group_by(c::credential_type)
        .select((c::credential_type, count_star()))
        .into_boxed::<MultiBackend>();
    for condition in conditions(viewer, filter) {
        query = query.filter(condition);
    }
    let rows: Vec<(String, i64)> = query.load(conn)?;
    let mut counts = Counts::default();
    for (credential_type, number) in rows {
        counts.all += number;
        match catalogue::find(&credential_type).map(|of| of.group) {
            Some(Group::CloudService) => counts.cloud_service += number,
            Some(Group::ImCommunication) => counts.im_communication += number,
            Some(Group::Others) | None => counts.others += number,
        }
    }
    Ok(counts)
}
