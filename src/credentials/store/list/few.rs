//! The few credentials that the index of one condition of a list finds.
//!
//! What is found may be more than the list wants, never less: it is looked at again with everything that was asked.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::texts;
use super::ask::{Ask, By, Condition, quiet_since, types};
use crate::credentials::list::Sight;
use crate::credentials::{HealthIs, InScope, Stands};
use crate::db::{Conn, MultiBackend, StoreError};
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credentials as c, health as h,
};

/// As many are sorted, when the index of a condition finds them.
const SORTED: i64 = 1000;

/// Before so many are looked at, words are looked up.
const MANY: usize = 200;

/// So few are looked at more quickly than another condition is tried.
const ENOUGH: usize = 50;

impl Ask<'_> {
    /// The ids that the index of one condition finds, when those are few: of the condition that finds fewest.
    pub(super) fn few(&self, conn: &mut Conn) -> Result<Option<Vec<String>>, StoreError> {
        let filter = self.filter;
        let mut tried: Vec<Condition> = Vec::new();
        if let Some(people) = &self.people {
            tried.push(Box::new(c::responsible_id.eq_any(people.clone())));
        }
        if let Some(token) = &filter.token {
            tried.push(Box::new(c::token.eq(token.as_str().to_owned())));
        }
        if filter.deleted {
            tried.push(Box::new(c::state.eq("deleted")));
        }
        if filter.credential_type.is_some() || !filter.types.is_empty() {
            tried.push(Box::new(c::credential_type.eq_any(types(filter, None))));
        }
        if let Some((stands, now)) = filter.stands
            && stands != Stands::Active
        {
            tried.push(self.stands(stands, now, stands != Stands::Disabled && self.sqlite));
        }
        tried.extend(filter.unused_since.map(quiet_since));
        let mut fewest = Fewest::default();
        for condition in tried {
            if fewest.or(few(self.where_it_holds(conn, condition)?)) {
                return Ok(fewest.0);
            }
        }
        if let Some(place) = &filter.place
            && fewest.or(self.few_in_scope(conn, place)?)
        {
            return Ok(fewest.0);
        }
        if let Some(health) = filter.health
            && fewest.or(self.few_of_health(conn, health)?)
        {
            return Ok(fewest.0);
        }
        if !fewest.or(self.few_seen(conn)?) && fewest.0.as_ref().is_some_and(|fewest| fewest.len() > MANY) {
            fewest.or(self.few_found(conn)?);
        }
        Ok(fewest.0)
    }

    /// The same by the words that are searched for, which takes longer.
    pub(super) fn few_found(&self, conn: &mut Conn) -> Result<Option<Vec<String>>, StoreError> {
        let Some(words) = &self.filter.search else { return Ok(None) };
        let wanted = (words.as_str(), self.filter.deleted);
        Ok(few(texts::find(conn, &self.viewer.enterprise, wanted, SORTED + 1)?))
    }

    /// The same by the group that is wanted.
    pub(super) fn few_of_group(&self, conn: &mut Conn) -> Result<Option<Vec<String>>, StoreError> {
        let Some(group) = self.filter.group else { return Ok(None) };
        let of: Condition = Box::new(c::credential_type.eq_any(types(self.filter, Some(group))));
        self.any_of(conn, vec![Road::Where(of)])
    }

    /// The ids of credentials that one of these ways leads to.
    fn any_of(&self, conn: &mut Conn, roads: Vec<Road>) -> Result<Option<Vec<String>>, StoreError> {
        let mut found = HashSet::new();
        for road in roads {
            found.extend(match road {
                Road::Where(condition) => self.where_it_holds(conn, condition)?,
                // Of every state: those that are not wanted are left out when the ids are looked up.
                Road::Projects(projects) => cp::table
                    .filter(cp::project_id.eq_any(projects))
                    .select(cp::credential_id)
                    .limit(SORTED + 1)
                    .load::<String>(conn)?,
                Road::Repositories(repositories) => cr::table
                    .filter(cr::repository_id.eq_any(repositories))
                    .select(cr::credential_id)
                    .limit(SORTED + 1)
                    .load::<String>(conn)?,
            });
            if i64::try_from(found.len()).is_ok_and(|many| many > SORTED) {
                return Ok(None);
            }
        }
        Ok(Some(found.into_iter().collect()))
    }

    /// The ids that the index of a condition finds, as far as they are few.
    fn where_it_holds(&self, conn: &mut Conn, condition: Condition) -> Result<Vec<String>, StoreError> {
        let mut query =
            c::table.select(c::id).filter(condition).limit(SORTED + 1).into_boxed::<MultiBackend>();
        for condition in self.there(By::Order) {
            query = query.filter(condition);
        }
        Ok(query.load(conn)?)
    }

    fn few_in_scope(&self, conn: &mut Conn, place: &InScope) -> Result<Option<Vec<String>>, StoreError> {
        let (project, repository) = match place {
            InScope::Project(project) => (project, None),
            InScope::Repository(repository, project) => (project, Some(repository)),
        };
        let mut roads = vec![
            Road::Where(Box::new(c::project_scope.eq("all"))),
            Road::Projects(vec![project.to_string()]),
        ];
        if let Some(repository) = repository {
            roads.push(Road::Where(Box::new(c::repository_scope.eq("all"))));
            roads.push(Road::Repositories(vec![repository.to_string()]));
        }
        self.any_of(conn, roads)
    }

    fn few_of_health(&self, conn: &mut Conn, health: HealthIs) -> Result<Option<Vec<String>>, StoreError> {
        let mut query = h::table.select(h::credential_id).limit(SORTED + 1).into_boxed::<MultiBackend>();
        query = match health {
            HealthIs::Unknown => query.filter(h::outcome.is_null()),
            HealthIs::Answered(_) => query.filter(h::outcome.eq_any(health.outcomes())),
        };
        // Of every enterprise: those of others are left out when the ids are looked up.
        Ok(few(query.load(conn)?))
    }

    fn few_seen(&self, conn: &mut Conn) -> Result<Option<Vec<String>>, StoreError> {
        let Sight::Own { member, projects, repositories } = Sight::of(self.viewer, self.filter) else {
            return Ok(None);
        };
        let mut roads = vec![Road::Where(Box::new(c::responsible_id.eq(member.to_string())))];
        if !projects.is_empty() {
            roads.push(Road::Where(Box::new(c::project_scope.eq("all"))));
            roads.push(Road::Projects(projects.iter().map(ToString::to_string).collect()));
        }
        if !repositories.is_empty() {
            roads.push(Road::Where(Box::new(c::repository_scope.eq("all"))));
            roads.push(Road::Repositories(repositories.iter().map(ToString::to_string).collect()));
        }
        self.any_of(conn, roads)
    }
}

/// A way to credentials that has an index of its own.
enum Road {
    /// A condition on their row.
    Where(Condition),
    /// One of these projects was chosen for them.
    Projects(Vec<String>),
    /// One of these repositories was.
    Repositories(Vec<String>),
}

/// The fewest that any condition found.
#[derive(Default)]
struct Fewest(Option<Vec<String>>);

impl Fewest {
    /// Takes what another condition found, when it found fewer. Whether looking for still fewer is not worth it.
    fn or(&mut self, found: Option<Vec<String>>) -> bool {
        let fewer = |found: &Vec<String>| self.0.as_ref().is_none_or(|fewest| found.len() < fewest.len());
        if let Some(found) = found.filter(fewer) {
            self.0 = Some(found);
        }
        self.0.as_ref().is_some_and(|fewest| fewest.len() <= ENOUGH)
    }
}

/// Those, when there are few enough to sort.
fn few(found: Vec<String>) -> Option<Vec<String>> {
    i64::try_from(found.len()).is_ok_and(|many| many <= SORTED).then_some(found)
}
