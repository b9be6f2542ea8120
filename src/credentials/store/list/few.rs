//! The few credentials that the index of one condition of a list finds.
//!
//! What is found may be more than the list wants, never less: it is looked at again with everything that was asked.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::texts;
use super::ask::{Ask, By, Condition, types};
use crate::credentials::list::Sight;
use crate::credentials::{HealthIs, InScope, Stands};
use crate::db::{Conn, MultiBackend, StoreError};
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credentials as c, health as h,
};

/// As many are sorted, when the index of a condition finds them.
const SORTED: i64 = 1000;

impl Ask<'_> {
    /// The ids that the index of one condition finds, when those are few; the cheapest conditions are tried first.
    pub(super) fn few(&self, conn: &mut Conn, search: bool) -> Result<Option<Vec<String>>, StoreError> {
        let Self { viewer, filter, .. } = self;
        let mut tried: Vec<Vec<Condition>> = Vec::new();
        if let Some(people) = &self.people {
            tried.push(vec![Box::new(c::responsible_id.eq_any(people.clone()))]);
        }
        if let Some(token) = &filter.token {
            tried.push(vec![Box::new(c::token.eq(token.as_str().to_owned()))]);
        }
        if filter.credential_type.is_some() || !filter.types.is_empty() {
            tried.push(vec![Box::new(c::credential_type.eq_any(types(filter, None)))]);
        }
        if let Some((stands, now)) = filter.stands
            && stands != Stands::Active
        {
            tried.push(vec![self.stands(stands, now, stands != Stands::Disabled && self.sqlite)]);
        }
        tried.extend(filter.unused_since.map(|since| vec![self.unused(since, self.sqlite)]));
        for condition in tried {
            let mut query = c::table.select(c::id).limit(SORTED + 1).into_boxed::<MultiBackend>();
            for condition in condition.into_iter().chain(self.there(By::Order)) {
                query = query.filter(condition);
            }
            if let Some(few) = few(query.load(conn)?) {
                return Ok(Some(few));
            }
        }
        if let Some(place) = &filter.place
            && let Some(few) = self.few_in_scope(conn, place)?
        {
            return Ok(Some(few));
        }
        if let Some(health) = filter.health
            && let Some(few) = self.few_of_health(conn, health)?
        {
            return Ok(Some(few));
        }
        if let Some(few) = self.few_seen(conn)? {
            return Ok(Some(few));
        }
        match &filter.search {
            Some(words) if search => {
                let wanted = (words.as_str(), filter.deleted);
                Ok(few(texts::find(conn, &viewer.enterprise, wanted, SORTED + 1)?))
            }
            _ => Ok(None),
        }
    }

    /// The same by the group that is wanted.
    pub(super) fn few_of_group(&self, conn: &mut Conn) -> Result<Option<Vec<String>>, StoreError> {
        let Some(group) = self.filter.group else { return Ok(None) };
        let of: Condition = Box::new(c::credential_type.eq_any(types(self.filter, Some(group))));
        self.any_of(conn, vec![(of, By::Order)])
    }

    /// The ids of credentials that one of these conditions holds for, each of which has an index of its own.
    fn any_of(
        &self,
        conn: &mut Conn,
        conditions: Vec<(Condition, By)>,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let mut found = HashSet::new();
        for (condition, by) in conditions {
            let mut query =
                c::table.select(c::id).filter(condition).limit(SORTED + 1).into_boxed::<MultiBackend>();
            for condition in self.there(by) {
                query = query.filter(condition);
            }
            found.extend(query.load::<String>(conn)?);
            if i64::try_from(found.len()).is_ok_and(|many| many > SORTED) {
                return Ok(None);
            }
        }
        Ok(Some(found.into_iter().collect()))
    }

    fn few_in_scope(&self, conn: &mut Conn, place: &InScope) -> Result<Option<Vec<String>>, StoreError> {
        let mut any: Vec<(Condition, By)> = vec![(Box::new(c::project_scope.eq("all")), By::Order)];
        let (project, repository) = match place {
            InScope::Project(project) => (project, None),
            InScope::Repository(repository, project) => (project, Some(repository)),
        };
        let chosen = cp::table.filter(cp::project_id.eq(project.to_string())).select(cp::credential_id);
        any.push((Box::new(c::id.eq_any(chosen)), By::Id));
        if let Some(repository) = repository {
            any.push((Box::new(c::repository_scope.eq("all")), By::Order));
            let chosen =
                cr::table.filter(cr::repository_id.eq(repository.to_string())).select(cr::credential_id);
            any.push((Box::new(c::id.eq_any(chosen)), By::Id));
        }
        self.any_of(conn, any)
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
        let mut any: Vec<(Condition, By)> =
            vec![(Box::new(c::responsible_id.eq(member.to_string())), By::Order)];
        if !projects.is_empty() {
            any.push((Box::new(c::project_scope.eq("all")), By::Order));
            let projects: Vec<String> = projects.iter().map(ToString::to_string).collect();
            let chosen = cp::table.filter(cp::project_id.eq_any(projects)).select(cp::credential_id);
            any.push((Box::new(c::id.eq_any(chosen)), By::Id));
        }
        if !repositories.is_empty() {
            any.push((Box::new(c::repository_scope.eq("all")), By::Order));
            let repositories: Vec<String> = repositories.iter().map(ToString::to_string).collect();
            let chosen = cr::table.filter(cr::repository_id.eq_any(repositories)).select(cr::credential_id);
            any.push((Box::new(c::id.eq_any(chosen)), By::Id));
        }
        self.any_of(conn, any)
    }
}

/// Those, when there are few enough to sort.
fn few(found: Vec<String>) -> Option<Vec<String>> {
    i64::try_from(found.len()).is_ok_and(|many| many <= SORTED).then_some(found)
}
