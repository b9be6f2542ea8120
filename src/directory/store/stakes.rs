//! What hangs on a project or a repository, for whoever is about to delete or move it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::db::{Conn, StoreError};
use crate::directory::{Place, Stake, Stakes};
use crate::ids::{AccessKeyId, CredentialId, ProjectId, RepositoryId};
use crate::schema::{
    access_keys as k, credential_projects as cp, credential_repositories as cr, credentials as c,
    repositories as r, usage_daily as u,
};

/// As many ids as one statement is given.
const CHUNK: usize = 500;

/// What hangs on `place`; uses count from `since_day` on.
pub fn stakes(conn: &mut Conn, place: &Place, since_day: i32) -> Result<Stakes, StoreError> {
    let (of_project, of_repository) = match place {
        Place::Project(id) => (Some(id.as_str()), None),
        Place::Repository(id) => (None, Some(id.as_str())),
    };
    let inside: Vec<String> = match of_project {
        Some(project) => r::table.filter(r::project_id.eq(project)).select(r::id).load(conn)?,
        None => of_repository.map(str::to_owned).into_iter().collect(),
    };
    let mut credentials = BTreeMap::new();
    let mut keep = |rows: Vec<(String, String)>| credentials.extend(rows);
    if let Some(project) = of_project {
        keep(
            cp::table
                .inner_join(c::table)
                .filter(cp::project_id.eq(project).and(c::state.ne("deleted")))
                .select((c::id, c::token))
                .load(conn)?,
        );
    }
    let mut keys = BTreeMap::new();
    if let Some(project) = of_project {
        let rows: Vec<(String, String)> =
            k::table.filter(k::project_id.eq(project)).select((k::id, k::name)).load(conn)?;
        keys.extend(rows);
    }
    for some in inside.chunks(CHUNK) {
        keep(
            cr::table
                .inner_join(c::table)
                .filter(cr::repository_id.eq_any(some).and(c::state.ne("deleted")))
                .select((c::id, c::token))
                .load(conn)?,
        );
        let rows: Vec<(String, String)> =
            k::table.filter(k::repository_id.eq_any(some)).select((k::id, k::name)).load(conn)?;
        keys.extend(rows);
    }
    let ids: Vec<&String> = credentials.keys().collect();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for some in ids.chunks(CHUNK) {
        let used: Vec<(String, String)> = u::table
            .filter(u::credential_id.eq_any(some.iter().map(|id| id.as_str())).and(u::day.ge(since_day)))
            .filter(u::uses.gt(0))
            .select((u::credential_id, u::caller_id))
            .distinct()
            .load(conn)?;
        for (credential, caller) in used.into_iter().filter(|(_, caller)| keys.contains_key(caller)) {
            users.entry(credential).or_default().insert(caller);
        }
    }
    let all_users: BTreeSet<&String> = users.values().flatten().collect();
    let pipelines = all_users.len();
    let mut stakes = Vec::with_capacity(credentials.len());
    for (id, token) in credentials {
        let pipelines = users.get(&id).map_or(0, BTreeSet::len);
        stakes.push(Stake { credential: id!(CredentialId, id), token, pipelines });
    }
    // What would be missed most comes first.
    stakes.sort_by(|a, b| b.pipelines.cmp(&a.pipelines).then_with(|| a.token.cmp(&b.token)));
    let keys = keys.into_iter().map(|(id, name)| Ok((id!(AccessKeyId, id), name)));
    Ok(Stakes {
        credentials: stakes,
        keys: keys.collect::<Result<_, StoreError>>()?,
        pipelines,
        repositories: if of_project.is_some() { inside.len() } else { 0 },
    })
}

/// The credentials that pipelines of a repository can use in project `from` and could not use in project `to`, with
/// their tokens.
pub fn lost_by_moving(
    conn: &mut Conn,
    repository: &RepositoryId,
    from: &ProjectId,
    to: &ProjectId,
) -> Result<Vec<(CredentialId, String)>, StoreError> {
    let in_to = cp::table.filter(cp::project_id.eq(to.as_str())).select(cp::credential_id);
    let by_itself = cr::table.filter(cr::repository_id.eq(repository.as_str())).select(cr::credential_id);
    let in_from = cp::table.filter(cp::project_id.eq(from.as_str())).select(cp::credential_id);
    let rows: Vec<(String, String)> = c::table
        .filter(c::id.eq_any(in_from).and(c::state.ne("deleted")))
        .filter(c::project_scope.eq("chosen").and(c::repository_scope.eq("chosen")))
        .filter(c::id.ne_all(in_to).and(c::id.ne_all(by_itself)))
        .order((c::token.asc(), c::id.asc()))
        .select((c::id, c::token))
        .load(conn)?;
    rows.into_iter().map(|(id, token)| Ok((id!(CredentialId, id), token))).collect()
}
