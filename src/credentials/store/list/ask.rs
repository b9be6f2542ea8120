//! What a list is asked for, as conditions for the database.
//!
//! SQLite keeps no statistics and takes every index for a good one; where `list` decides the way, columns that it must
//! not choose an index by are wrapped.

use diesel::dsl::{exists, max, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::USED;
use crate::catalogue::{self, Group};
use crate::credentials::list::Sight;
use crate::credentials::{Filter, HealthIs, InScope, SOON, Stands};
use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::ids::ProjectId;
use crate::permission::Viewer;
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credential_texts as t, credentials as c,
    health as h, members as m,
};

diesel::define_sql_function! {
    /// The first of two that is there.
    fn coalesce(text: Text, other: Text) -> Text;
}

pub(super) type Condition = Box<dyn BoxableExpression<c::table, MultiBackend, SqlType = Bool>>;
type OfMembers = Box<dyn BoxableExpression<m::table, MultiBackend, SqlType = Bool>>;

/// More people than anybody looks through at once.
const MOST_PEOPLE: i64 = 1000;

/// When a credential ends, as the index has it.
pub(super) const ENDS: &str = "COALESCE(credentials.expires_at, 9223372036854775807)";

/// Which columns an index may be chosen by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Any that the database likes.
    Any,
    /// That of the order: the enterprise is its first column.
    Order,
    /// The ids alone.
    Id,
}

/// A condition on a column that, where `$aside`, must not be looked up by.
macro_rules! on {
    ($aside:expr, $column:expr, $is:ident($($value:expr)?)) => {
        if $aside {
            Box::new(coalesce($column, "").$is($($value)?)) as Condition
        } else {
            Box::new($column.$is($($value)?)) as Condition
        }
    };
}

/// Where one looks from: the database, the viewer, what they want.
pub(super) struct Ask<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) filter: &'a Filter,
    pub(super) people: Option<Vec<String>>,
    pub(super) sqlite: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn new(conn: &mut Conn, viewer: &'a Viewer, filter: &'a Filter) -> Result<Self, StoreError> {
        let people = people(conn, viewer, filter)?;
        Ok(Self { viewer, filter, people, sqlite: matches!(conn, Conn::Sqlite(_)) })
    }

    /// What every list asks: this enterprise, deleted or not.
    pub(super) fn there(&self, by: By) -> [Condition; 2] {
        let (aside, enterprise) = (self.sqlite && by != By::Any, self.viewer.enterprise.to_string());
        [
            on!(self.sqlite && by == By::Id, c::enterprise_id, eq(enterprise)),
            if self.filter.deleted {
                on!(aside, c::state, eq("deleted"))
            } else {
                on!(aside, c::state, ne("deleted"))
            },
        ]
    }

    /// Everything that is asked for, and that this viewer may see it.
    pub(super) fn conditions(&self, by: By, group: Option<Group>) -> Vec<Condition> {
        let filter = self.filter;
        let aside = self.sqlite && by != By::Any;
        let mut all: Vec<Condition> = self.there(by).into();
        if let Some(people) = &self.people {
            all.push(on!(aside, c::responsible_id, eq_any(people.clone())));
        }
        for pattern in filter.search.iter().flat_map(|text| words::patterns(text)) {
            let has = t::table
                .filter(t::credential_id.eq(c::id).and(t::folded.like(pattern).escape('\\')))
                .select(t::number);
            all.push(Box::new(exists(has)));
        }
        if let Some(token) = &filter.token {
            all.push(on!(aside, c::token, eq(token.as_str().to_owned())));
        }
        if group.is_some() || filter.credential_type.is_some() || !filter.types.is_empty() {
            all.push(on!(aside, c::credential_type, eq_any(types(filter, group))));
        }
        all.extend(filter.stands.map(|(stands, now)| self.stands(stands, now, aside)));
        all.extend(filter.unused_since.map(|since| self.unused(since, aside)));
        all.extend(filter.health.map(health));
        all.extend(filter.place.as_ref().map(in_scope));
        if let Some(place) = &filter.outside {
            all.push(Box::new(diesel::dsl::not(in_scope(place))));
        }
        all.extend(seen(&Sight::of(self.viewer, filter)));
        all
    }

    pub(super) fn stands(&self, stands: Stands, now: jiff::Timestamp, aside: bool) -> Condition {
        let (soon, now) = (now.checked_add(SOON).unwrap_or(now).as_millisecond(), now.as_millisecond());
        let active = || on!(aside, c::state, eq("active"));
        match stands {
            Stands::Active => Box::new(active().and(sql::<BigInt>(ENDS).gt(now))),
            Stands::Disabled => on!(aside, c::state, eq("disabled")),
            Stands::Expiring => {
                Box::new(active().and(sql::<BigInt>(ENDS).gt(now)).and(sql::<BigInt>(ENDS).le(soon)))
            }
            Stands::Expired => Box::new(active().and(sql::<BigInt>(ENDS).le(now))),
        }
    }
}

impl Ask<'_> {
    /// Active, made before a moment and not used since, as the index of the last use has it. The day on which it was made
    /// is no way to look it up by.
    pub(super) fn unused(&self, since: jiff::Timestamp, aside: bool) -> Condition {
        let since = since.as_millisecond();
        let made = sql::<BigInt>("(credentials.created_at + 0)").le(since);
        Box::new(on!(aside, c::state, eq("active")).and(sql::<BigInt>(USED).le(since)).and(made))
    }
}

/// Not used since a moment, or made before it and never used, as the index of what is quiet has it.
pub(super) fn quiet_since(since: jiff::Timestamp) -> Condition {
    Box::new(
        sql::<BigInt>("COALESCE(credentials.last_used_at, credentials.created_at)")
            .le(since.as_millisecond()),
    )
}

/// The types that are wanted: those of a group, or the one.
pub(super) fn types(filter: &Filter, group: Option<Group>) -> Vec<&'static str> {
    catalogue::all()
        .iter()
        .filter(|of| group.is_none_or(|group| of.group == group))
        .filter(|of| filter.credential_type.is_none_or(|wanted| wanted.id == of.id))
        .filter(|of| filter.types.is_empty() || filter.types.iter().any(|wanted| wanted.id == of.id))
        .map(|of| of.id)
        .collect()
}

/// The ids of those whose credentials are wanted; `None`: of everybody.
fn people(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<Option<Vec<String>>, StoreError> {
    if let Some(member) = &filter.responsible {
        return Ok(Some(vec![member.to_string()]));
    }
    if !filter.orphaned && filter.answered_by.is_none() {
        return Ok(None);
    }
    // Whether they answer for anything, asked of the index once for each person and not of each credential.
    let answers = c::table.filter(c::responsible_id.eq(m::id)).select(max(c::responsible_id)).single_value();
    let mut all: Vec<OfMembers> =
        vec![Box::new(m::enterprise_id.eq(viewer.enterprise.to_string())), Box::new(answers.is_not_null())];
    if filter.orphaned {
        all.push(Box::new(m::state.ne("active")));
    }
    for pattern in filter.answered_by.iter().flat_map(|called| words::patterns(called)) {
        all.push(Box::new(words::lower(m::name).like(pattern.clone()).escape('\\').or(
            m::email.is_not_null().and(words::lower(m::email.assume_not_null()).like(pattern).escape('\\')),
        )));
    }
    let mut query = m::table.select(m::id).limit(MOST_PEOPLE).into_boxed::<MultiBackend>();
    for condition in all {
        query = query.filter(condition);
    }
    Ok(Some(query.load(conn)?))
}

fn health(wanted: HealthIs) -> Condition {
    let of = || h::table.filter(h::credential_id.eq(c::id)).select(h::credential_id);
    match wanted {
        HealthIs::Unknown => Box::new(exists(of().filter(h::outcome.is_null()))),
        HealthIs::Answered(_) => Box::new(exists(
            of().filter(h::outcome.eq_any(wanted.outcomes()))
                .filter(h::version.eq(c::current_version.nullable())),
        )),
    }
}

fn in_scope(place: &InScope) -> Condition {
    let chosen = |project: &ProjectId| {
        exists(cp::table.filter(cp::credential_id.eq(c::id)).filter(cp::project_id.eq(project.to_string())))
    };
    match place {
        InScope::Project(project) => Box::new(c::project_scope.eq("all").or(chosen(project))),
        InScope::Repository(repository, project) => {
            let repository = exists(
                cr::table
                    .filter(cr::credential_id.eq(c::id))
                    .filter(cr::repository_id.eq(repository.to_string())),
            );
            Box::new(
                c::project_scope
                    .eq("all")
                    .or(c::repository_scope.eq("all"))
                    .or(chosen(project))
                    .or(repository),
            )
        }
    }
}

/// What a viewer may see; `None`: everything.
fn seen(sight: &Sight) -> Option<Condition> {
    let Sight::Own { member, projects, repositories } = sight else { return None };
    let chosen_project = exists(
        cp::table
            .filter(cp::credential_id.eq(c::id))
            .filter(cp::project_id.eq_any(projects.iter().map(ToString::to_string).collect::<Vec<_>>())),
    );
    let chosen_repository =
        exists(cr::table.filter(cr::credential_id.eq(c::id)).filter(
            cr::repository_id.eq_any(repositories.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ));
    // "All" reaches a member through whatever they are a member of; a list that holds nobody's place says no.
    let any_project = if projects.is_empty() { "nothing" } else { "all" };
    let any_repository = if repositories.is_empty() { "nothing" } else { "all" };
    Some(Box::new(
        c::responsible_id
            .eq(member.to_string())
            .or(c::project_scope.eq(any_project))
            .or(c::repository_scope.eq(any_repository))
            .or(c::project_scope.eq("chosen").and(chosen_project))
            .or(c::repository_scope.eq("chosen").and(chosen_repository)),
    ))
}
