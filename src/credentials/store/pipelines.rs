//! What is known of the pipelines that asked for credentials: their keys and rules, and where those are bound.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use jiff::Timestamp;

use crate::credentials::{Pipeline, PipelinePlace, ProvedBy};
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, EnterpriseId, IssuerId, ProjectId, RepositoryId};
use crate::schema::{
    access_keys as k, identity_rules as u, projects as p, repositories as r, trusted_issuers as i,
};
use crate::usage::ByCaller;

/// As many ids as one statement is given.
const CHUNK: usize = 500;

/// Project, repository: what a key or a rule is bound to.
type Bound = (Option<String>, Option<String>);

/// What proved who a caller is, and what that is bound to.
type Proofs = HashMap<String, (ProvedBy, Bound)>;

/// Names the callers that were counted.
pub(in crate::credentials) fn pipelines(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    counted: Vec<ByCaller>,
    now: Timestamp,
) -> Result<Vec<Pipeline>, StoreError> {
    let callers: BTreeSet<&str> = counted.iter().map(|one| one.caller_id.as_str()).collect();
    let callers: Vec<&str> = callers.into_iter().collect();
    let mut proofs = Proofs::new();
    for some in callers.chunks(CHUNK) {
        keys(conn, enterprise, (some, now), &mut proofs)?;
        rules(conn, enterprise, some, &mut proofs)?;
    }
    let places = Places::read(conn, enterprise, &proofs)?;
    counted
        .into_iter()
        .map(|one| {
            let found = proofs.get(&one.caller_id).cloned();
            let (proof, bound) = found.unwrap_or((ProvedBy::Gone(one.caller_id), (None, None)));
            Ok(Pipeline {
                credential: one.credential,
                proof,
                place: places.find(&bound)?,
                uses: one.uses,
                recent_uses: one.recent_uses,
                refused: one.refused,
                last_day: one.last_day,
            })
        })
        .collect()
}

fn bad(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} of a pipeline"))
}

/// Id, name, project, repository, end, revoked.
type Key = (String, String, Option<String>, Option<String>, Option<i64>, Option<i64>);

fn keys(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (ids, now): (&[&str], Timestamp),
    proofs: &mut Proofs,
) -> Result<(), StoreError> {
    let rows: Vec<Key> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::id.eq_any(ids)))
        .select((k::id, k::name, k::project_id, k::repository_id, k::expires_at, k::revoked_at))
        .load(conn)?;
    for (id, name, project, repository, expires_at, revoked_at) in rows {
        let ended = revoked_at.is_some() || expires_at.is_some_and(|end| end <= now.as_millisecond());
        let key = AccessKeyId::parse(&id).ok_or_else(|| bad("key"))?;
        proofs.insert(id, (ProvedBy::Key { id: key, name, ended }, (project, repository)));
    }
    Ok(())
}

/// Id, name, project, repository, issuer, its name, when it was turned off.
type Rule = (String, String, Option<String>, Option<String>, String, String, Option<i64>);

fn rules(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: &[&str],
    proofs: &mut Proofs,
) -> Result<(), StoreError> {
    let rows: Vec<Rule> = u::table
        .inner_join(i::table)
        .filter(i::enterprise_id.eq(enterprise.as_str()).and(u::id.eq_any(ids)))
        .select((u::id, u::name, u::project_id, u::repository_id, i::id, i::name, i::disabled_at))
        .load(conn)?;
    for (id, name, project, repository, issuer, issuer_name, disabled_at) in rows {
        let issuer = IssuerId::parse(&issuer).ok_or_else(|| bad("issuer"))?;
        let proof = ProvedBy::Rule { issuer, issuer_name, name, ended: disabled_at.is_some() };
        proofs.insert(id, (proof, (project, repository)));
    }
    Ok(())
}

/// The paths of projects, and those of repositories with the project that each is in.
struct Places {
    projects: HashMap<String, String>,
    repositories: HashMap<String, (String, String)>,
}

impl Places {
    fn read(conn: &mut Conn, enterprise: &EnterpriseId, proofs: &Proofs) -> Result<Self, StoreError> {
        let bound = || proofs.values().map(|(_, bound)| bound);
        let projects: BTreeSet<&str> = bound().filter_map(|(project, _)| project.as_deref()).collect();
        let repositories: BTreeSet<&str> =
            bound().filter_map(|(_, repository)| repository.as_deref()).collect();
        let mut places = Self { projects: HashMap::new(), repositories: HashMap::new() };
        for some in projects.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
            let rows: Vec<(String, String)> = p::table
                .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::id.eq_any(some)))
                .select((p::id, p::slug))
                .load(conn)?;
            places.projects.extend(rows);
        }
        for some in repositories.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
            let rows: Vec<(String, String, String)> = r::table
                .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::id.eq_any(some)))
                .select((r::id, r::project_id, r::slug))
                .load(conn)?;
            places.repositories.extend(rows.into_iter().map(|(id, project, slug)| (id, (project, slug))));
        }
        Ok(places)
    }

    fn find(&self, bound: &Bound) -> Result<Option<PipelinePlace>, StoreError> {
        let project = |id: &str| ProjectId::parse(id).ok_or_else(|| bad("project"));
        Ok(match bound {
            (_, Some(id)) => match self.repositories.get(id) {
                Some((of, slug)) => Some(PipelinePlace {
                    project: project(of)?,
                    repository: Some(RepositoryId::parse(id).ok_or_else(|| bad("repository"))?),
                    slug: slug.clone(),
                }),
                None => None,
            },
            (Some(id), None) => match self.projects.get(id) {
                Some(slug) => {
                    Some(PipelinePlace { project: project(id)?, repository: None, slug: slug.clone() })
                }
                None => None,
            },
            (None, None) => None,
        })
    }
}
