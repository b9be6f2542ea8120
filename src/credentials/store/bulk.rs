//! Which pipelines got which credentials lately.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use crate::credentials::Pipeline;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId};
use crate::schema::{access_keys as k, projects as p, repositories as r, usage_daily as u};

/// As many ids as one statement is given.
const CHUNK: usize = 500;

/// Key, project, repository: what a caller's key is called and bound to.
type Key = (String, String, Option<String>, Option<String>);

pub(in crate::credentials) fn pipelines(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    credentials: &[CredentialId],
    since_day: i32,
) -> Result<Vec<Pipeline>, StoreError> {
    let mut used: BTreeMap<(String, String), (i64, i32)> = BTreeMap::new();
    for some in credentials.chunks(CHUNK) {
        let rows: Vec<(String, String, i32, i64)> = u::table
            .filter(u::credential_id.eq_any(some.iter().map(CredentialId::as_str)))
            .filter(u::day.ge(since_day))
            .select((u::credential_id, u::caller_id, u::day, u::uses))
            .load(conn)?;
        for (credential, caller, day, uses) in rows {
            let entry = used.entry((credential, caller)).or_insert((0, day));
            *entry = (entry.0.saturating_add(uses), entry.1.max(day));
        }
    }
    let mut callers: Vec<&str> = used.keys().map(|(_, caller)| caller.as_str()).collect();
    callers.sort_unstable();
    callers.dedup();
    let mut keys: HashMap<String, (String, Option<String>)> = HashMap::new();
    for some in callers.chunks(CHUNK) {
        let rows: Vec<Key> = k::table
            .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::id.eq_any(some)))
            .select((k::id, k::name, k::project_id, k::repository_id))
            .load(conn)?;
        for (id, name, project, repository) in rows {
            let place: Option<String> = match (repository, project) {
                (Some(id), _) => r::table.find(id).select(r::slug).first(conn).optional()?,
                (None, Some(id)) => p::table.find(id).select(p::slug).first(conn).optional()?,
                (None, None) => None,
            };
            keys.insert(id, (name, place));
        }
    }
    let mut found = Vec::with_capacity(used.len());
    for ((credential, caller), (uses, last_day)) in used {
        let credential = CredentialId::parse(&credential)
            .ok_or_else(|| StoreError::Corrupt("credential of a use".to_owned()))?;
        let (key, place) = keys.get(&caller).cloned().unwrap_or((caller, None));
        found.push(Pipeline { credential, key, place, uses, last_day });
    }
    found.sort_by(|one, other| other.uses.cmp(&one.uses).then_with(|| one.key.cmp(&other.key)));
    Ok(found)
}
