//! What the resolve line reads: facts, the current version and its envelopes, stamped with the policy epoch.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::decide::Facts;
use crate::catalogue::{self, CredentialType};
use crate::clock;
use crate::credentials::{Reach, Scope, Sealed, State, Token, conditions, plain_fields, read_key_id, sealed};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, EnterpriseId, ProjectId, RepositoryId};
use crate::pipelines::{self, Evidence, Presented};
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credential_versions as v, credentials as c,
};
use crate::seal::Signature;
use crate::usage;

/// A credential as the resolve line knows it.
pub(super) struct Known {
    pub(super) id: CredentialId,
    pub(super) credential_type: &'static CredentialType,
    pub(super) name: String,
    pub(super) facts: Facts,
    pub(super) version: i32,
    pub(super) variant: String,
    pub(super) plain: BTreeMap<String, String>,
    pub(super) signature: Signature,
    pub(super) fields: Vec<Sealed>,
    /// Whether some run keeps an older version than this current one, so that each has to be asked about.
    pub(super) runs_behind: bool,
}

/// A caller's key with the epoch it was read at.
pub(super) fn key(conn: &mut Conn, presented: &Presented) -> Result<Option<(Evidence, i64)>, StoreError> {
    let Some(found) = pipelines::find_presented(conn, presented)? else {
        return Ok(None);
    };
    // The epoch is read first and the row again behind it: a change in between leaves the older epoch on the newer
    // row, and the decision is merely taken afresh. The other way round, an old row could carry the new epoch.
    let epoch = directory::policy_epoch(conn, found.enterprise())?;
    Ok(pipelines::find_presented(conn, presented)?.map(|stored| (stored, epoch)))
}

/// The credential with this token in its current version, or in the one with this number, with the epoch it was read at.
/// `None` inside: there is none, or no such version.
pub(super) fn known(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (token, version): (&Token, Option<i32>),
    now: Timestamp,
) -> Result<(Option<Known>, i64), StoreError> {
    let epoch = directory::policy_epoch(conn, enterprise)?;
    macro_rules! with {
        ($number:expr) => {
            c::table
                .inner_join(v::table.on(v::credential_id.eq(c::id).and(v::number.eq($number))))
                .filter(c::enterprise_id.eq(enterprise.as_str()).and(c::token.eq(token.as_str())))
                .select((
                    c::id,
                    c::credential_type,
                    c::name,
                    c::state,
                    c::state_changed_at,
                    c::expires_at,
                    c::project_scope,
                    c::repository_scope,
                    v::number,
                    v::variant,
                    v::plain,
                    v::signing_key_id,
                    v::signature,
                ))
                .first(conn)
                .optional()?
        };
    }
    let row: Option<Row> = match version {
        None => with!(c::current_version),
        Some(number) => with!(number),
    };
    let Some(row) = row else {
        return Ok((None, epoch));
    };
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of credential {}", row.id));
    let id = CredentialId::parse(&row.id).ok_or_else(|| bad("id"))?;
    let scope = Scope {
        projects: reach(&row.project_scope, || {
            let ids: Vec<String> =
                cp::table.filter(cp::credential_id.eq(&row.id)).select(cp::project_id).load(conn)?;
            Ok(ids.iter().filter_map(|id| ProjectId::parse(id)).collect())
        })?,
        repositories: reach(&row.repository_scope, || {
            let ids: Vec<String> =
                cr::table.filter(cr::credential_id.eq(&row.id)).select(cr::repository_id).load(conn)?;
            Ok(ids.iter().filter_map(|id| RepositoryId::parse(id)).collect())
        })?,
    };
    let since = clock::from_millis(row.state_changed_at);
    let state = match row.state.as_str() {
        "active" => State::Active,
        "disabled" => State::Disabled { since },
        "deleted" => State::Deleted { since },
        _ => return Err(bad("state")),
    };
    let fields = sealed(conn, &id, row.number)?;
    let demanded = conditions(conn, &id)?;
    let runs_behind = version.is_none() && usage::any_behind(conn, &id, row.number, now)?;
    let known = Known {
        credential_type: catalogue::find(&row.credential_type).ok_or_else(|| bad("type"))?,
        facts: Facts { state, expires_at: row.expires_at.map(clock::from_millis), scope, demanded },
        version: row.number,
        plain: plain_fields(&row.plain)?,
        signature: Signature { key_id: read_key_id(&row.signing_key_id)?, bytes: row.signature },
        id,
        name: row.name,
        variant: row.variant,
        fields,
        runs_behind,
    };
    Ok((Some(known), epoch))
}

fn reach<T: Ord>(
    stored: &str,
    chosen: impl FnOnce() -> Result<BTreeSet<T>, StoreError>,
) -> Result<Reach<T>, StoreError> {
    if stored == "all" { Ok(Reach::All) } else { chosen().map(Reach::Chosen) }
}

/// The credential's row with its current version's.
#[derive(Queryable)]
struct Row {
    id: String,
    credential_type: String,
    name: String,
    state: String,
    state_changed_at: i64,
    expires_at: Option<i64>,
    project_scope: String,
    repository_scope: String,
    number: i32,
    variant: String,
    plain: String,
    signing_key_id: Vec<u8>,
    signature: Vec<u8>,
}

/// The version that a run began with and keeps.
pub(super) fn pinned(
    conn: &mut Conn,
    id: &CredentialId,
    run: (&str, &str),
    now: Timestamp,
) -> Result<Option<i32>, StoreError> {
    usage::pinned(conn, id, run, now)
}
