//! The rows of credentials, their versions and their scope.

pub(super) mod candidate;
mod hand_over;
mod list;
mod pipelines;
mod reseal;
mod shared;
mod texts;
mod uses;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Credential, Description, Edit, Name, Reach, Scope, Sealed, SealedVersion, State, Token};
use crate::catalogue::{self, CredentialType};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId, MemberId, ProjectId, RepositoryId, SubmissionId};
use crate::permission::Acting;
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credential_versions as v, credentials as c,
    members, needed_keys, projects, repositories, sealed_fields as f,
};
use crate::seal::{KeyId, Signature};

pub(super) use hand_over::{answered_for_by, entered_by, set_responsible};
pub(super) use list::{counts, list, used_by_day};
pub(super) use pipelines::pipelines;
pub(super) use reseal::{forget_all_but, needed, replace, stale};
pub(super) use shared::{Among, shared_values};
pub(super) use uses::{count_repositories, count_users, repositories, users};
pub(super) use versions::contents;
pub use versions::{version, versions};

/// A new credential's row.
pub(super) struct NewRow<'a> {
    pub(super) id: &'a CredentialId,
    pub(super) enterprise: &'a EnterpriseId,
    pub(super) credential_type: &'static CredentialType,
    pub(super) name: &'a Name,
    pub(super) token: &'a Token,
    pub(super) description: &'a Description,
    pub(super) responsible: &'a MemberId,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) scope: &'a Scope,
    pub(super) summary: &'a str,
    pub(super) submission: &'a SubmissionId,
    pub(super) created_by: &'a MemberId,
    pub(super) now: Timestamp,
}

pub(super) fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Result<(), StoreError> {
    let now = new.now.as_millisecond();
    diesel::insert_into(c::table)
        .values((
            c::id.eq(new.id.as_str()),
            c::enterprise_id.eq(new.enterprise.as_str()),
            c::credential_type.eq(new.credential_type.id),
            c::name.eq(new.name.as_str()),
            c::sort_name.eq(new.name.as_str().to_lowercase()),
            c::token.eq(new.token.as_str()),
            c::description.eq(new.description.as_str()),
            c::responsible_id.eq(new.responsible.as_str()),
            c::state.eq(State::Active.as_str()),
            c::state_changed_at.eq(now),
            c::expires_at.eq(new.expires_at.map(Timestamp::as_millisecond)),
            c::current_version.eq(1),
            c::project_scope.eq(new.scope.projects.as_str()),
            c::repository_scope.eq(new.scope.repositories.as_str()),
            c::summary.eq(new.summary),
            c::revision.eq(1_i64),
            c::submission.eq(new.submission.as_str()),
            c::created_by.eq(new.created_by.as_str()),
            c::created_at.eq(now),
            c::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores a version, made by whoever acts.
pub(super) fn insert_version(
    conn: &mut Conn,
    acting: &Acting,
    credential: &CredentialId,
    (version, submission): (&SealedVersion, &SubmissionId),
) -> Result<(), StoreError> {
    diesel::insert_into(v::table)
        .values((
            v::credential_id.eq(credential.as_str()),
            v::number.eq(version.number),
            v::variant.eq(&version.variant),
            v::plain.eq(serde_json::json!(version.plain).to_string()),
            v::content_expires_at.eq(version.content_expires_at.map(Timestamp::as_millisecond)),
            v::signing_key_id.eq(version.signature.key_id.as_bytes().to_vec()),
            v::signature.eq(version.signature.bytes.clone()),
            v::submission.eq(submission.as_str()),
            v::created_by.eq(acting.viewer.member.as_str()),
            v::created_at.eq(acting.now.as_millisecond()),
        ))
        .execute(conn)?;
    need_key(conn, &version.signature.key_id, "signing", acting.now)?;
    for field in &version.fields {
        diesel::insert_into(f::table)
            .values((
                f::credential_id.eq(credential.as_str()),
                f::number.eq(version.number),
                f::field.eq(&field.field),
                f::key_id.eq(field.key_id.as_bytes().to_vec()),
                f::envelope.eq(&field.envelope),
                f::fingerprint.eq(&field.fingerprint),
            ))
            .execute(conn)?;
        need_key(conn, &field.key_id, "sealing", acting.now)?;
    }
    if version.number == 1 {
        // Later ones are searched for when they become the current one.
        texts::note(conn, credential)?;
    }
    Ok(())
}

/// Notes both keys that everything new is sealed and signed with.
pub(super) fn need_keys(
    conn: &mut Conn,
    sealing: &KeyId,
    signing: &KeyId,
    now: Timestamp,
) -> Result<(), StoreError> {
    need_key(conn, sealing, "sealing", now)?;
    need_key(conn, signing, "signing", now)
}

/// Notes that this database cannot be served without the key.
fn need_key(conn: &mut Conn, key: &KeyId, purpose: &str, now: Timestamp) -> Result<(), StoreError> {
    crate::each!(conn, c => diesel::insert_into(needed_keys::table)
        .values((
            needed_keys::key_id.eq(key.as_bytes().to_vec()),
            needed_keys::purpose.eq(purpose),
            needed_keys::first_used_at.eq(now.as_millisecond()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Replaces the places of a credential's scope; whether it is "all" stands in the credential's row.
pub(super) fn set_scope(conn: &mut Conn, id: &CredentialId, scope: &Scope) -> Result<(), StoreError> {
    diesel::delete(cp::table.filter(cp::credential_id.eq(id.as_str()))).execute(conn)?;
    diesel::delete(cr::table.filter(cr::credential_id.eq(id.as_str()))).execute(conn)?;
    for project in scope.projects.chosen() {
        diesel::insert_into(cp::table)
            .values((cp::credential_id.eq(id.as_str()), cp::project_id.eq(project.as_str())))
            .execute(conn)?;
    }
    for repository in scope.repositories.chosen() {
        diesel::insert_into(cr::table)
            .values((cr::credential_id.eq(id.as_str()), cr::repository_id.eq(repository.as_str())))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether every chosen place is one of this enterprise's.
pub(super) fn places_exist(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    scope: &Scope,
) -> Result<bool, StoreError> {
    for project in scope.projects.chosen() {
        let query = projects::table
            .filter(projects::id.eq(project.as_str()).and(projects::enterprise_id.eq(enterprise.as_str())));
        if !diesel::select(diesel::dsl::exists(query)).get_result::<bool>(conn)? {
            return Ok(false);
        }
    }
    for repository in scope.repositories.chosen() {
        let query = repositories::table.filter(
            repositories::id.eq(repository.as_str()).and(repositories::enterprise_id.eq(enterprise.as_str())),
        );
        if !diesel::select(diesel::dsl::exists(query)).get_result::<bool>(conn)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether this is a member of the enterprise who has not left.
pub(super) fn is_active_member(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
) -> Result<bool, StoreError> {
    let query = members::table
        .filter(members::id.eq(member.as_str()))
        .filter(members::enterprise_id.eq(enterprise.as_str()))
        .filter(members::state.eq("active"));
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(conn)?)
}

/// A credential's row, as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = c)]
pub(super) struct Row {
    pub(super) id: String,
    enterprise_id: String,
    credential_type: String,
    name: String,
    token: String,
    description: String,
    responsible_id: String,
    state: String,
    state_changed_at: i64,
    expires_at: Option<i64>,
    current_version: i32,
    pub(super) project_scope: String,
    pub(super) repository_scope: String,
    summary: String,
    revision: i64,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    last_used_at: Option<i64>,
    sort_name: String,
}

impl Row {
    /// Turns the row into a credential with the scope that was read beside it.
    pub(super) fn with_scope(self, scope: Scope) -> Result<Credential, StoreError> {
        let bad = |what: &str| StoreError::Corrupt(format!("{what} of credential {}", self.id));
        let since = clock::from_millis(self.state_changed_at);
        let state = match self.state.as_str() {
            "active" => State::Active,
            "disabled" => State::Disabled { since },
            "deleted" => State::Deleted { since },
            _ => return Err(bad("state")),
        };
        Ok(Credential {
            id: CredentialId::parse(&self.id).ok_or_else(|| bad("id"))?,
            enterprise: EnterpriseId::parse(&self.enterprise_id).ok_or_else(|| bad("enterprise"))?,
            credential_type: catalogue::find(&self.credential_type).ok_or_else(|| bad("type"))?,
            name: Name::parse(&self.name).map_err(|_| bad("name"))?,
            token: Token::parse(&self.token).map_err(|_| bad("token"))?,
            description: Description::parse(&self.description).map_err(|_| bad("description"))?,
            responsible: MemberId::parse(&self.responsible_id).ok_or_else(|| bad("responsible person"))?,
            state,
            expires_at: self.expires_at.map(clock::from_millis),
            current_version: self.current_version,
            scope,
            created_by: MemberId::parse(&self.created_by).ok_or_else(|| bad("creator"))?,
            summary: self.summary,
            revision: self.revision,
            created_at: clock::from_millis(self.created_at),
            updated_at: clock::from_millis(self.updated_at),
            last_used_at: self.last_used_at.map(clock::from_millis),
        })
    }
}

/// The credential with this id, when it is this enterprise's; whatever its state.
pub fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &CredentialId,
) -> Result<Option<Credential>, StoreError> {
    let row: Option<Row> = c::table
        .filter(c::id.eq(id.as_str()).and(c::enterprise_id.eq(enterprise.as_str())))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    let scope = Scope {
        projects: reach(&row.project_scope, || chosen_projects(conn, id))?,
        repositories: reach(&row.repository_scope, || chosen_repositories(conn, id))?,
    };
    row.with_scope(scope).map(Some)
}

fn reach<T: Ord>(
    stored: &str,
    chosen: impl FnOnce() -> Result<BTreeSet<T>, StoreError>,
) -> Result<Reach<T>, StoreError> {
    if stored == "all" { Ok(Reach::All) } else { chosen().map(Reach::Chosen) }
}

fn chosen_projects(conn: &mut Conn, id: &CredentialId) -> Result<BTreeSet<ProjectId>, StoreError> {
    let ids: Vec<String> =
        cp::table.filter(cp::credential_id.eq(id.as_str())).select(cp::project_id).load(conn)?;
    ids.iter().map(|id| ProjectId::parse(id).ok_or_else(|| StoreError::Corrupt("scope".to_owned()))).collect()
}

fn chosen_repositories(conn: &mut Conn, id: &CredentialId) -> Result<BTreeSet<RepositoryId>, StoreError> {
    let ids: Vec<String> =
        cr::table.filter(cr::credential_id.eq(id.as_str())).select(cr::repository_id).load(conn)?;
    ids.iter()
        .map(|id| RepositoryId::parse(id).ok_or_else(|| StoreError::Corrupt("scope".to_owned())))
        .collect()
}

pub(super) fn by_submission(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<CredentialId>, StoreError> {
    let id: Option<String> = c::table
        .filter(c::enterprise_id.eq(enterprise.as_str()).and(c::submission.eq(submission.as_str())))
        .select(c::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| CredentialId::parse(&id)))
}

/// Whether a credential of the enterprise has this token, perhaps a deleted one.
pub(super) fn token_is_taken(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    token: &Token,
) -> Result<bool, StoreError> {
    let query = c::table.filter(c::enterprise_id.eq(enterprise.as_str()).and(c::token.eq(token.as_str())));
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(conn)?)
}

pub(super) fn version_by_submission(
    conn: &mut Conn,
    id: &CredentialId,
    submission: &SubmissionId,
) -> Result<Option<i32>, StoreError> {
    Ok(v::table
        .filter(v::credential_id.eq(id.as_str()).and(v::submission.eq(submission.as_str())))
        .select(v::number)
        .first(conn)
        .optional()?)
}

/// Reads the plain fields out of a row.
pub(crate) fn plain_fields(json: &str) -> Result<BTreeMap<String, String>, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Corrupt("plain fields of a version".to_owned()))
}

/// One version with everything that is needed to check and to open it.
pub fn sealed_version(
    conn: &mut Conn,
    id: &CredentialId,
    number: i32,
) -> Result<Option<SealedVersion>, StoreError> {
    type Stored = (String, String, Option<i64>, Vec<u8>, Vec<u8>);
    let found: Option<Stored> = v::table
        .filter(v::credential_id.eq(id.as_str()).and(v::number.eq(number)))
        .select((v::variant, v::plain, v::content_expires_at, v::signing_key_id, v::signature))
        .first(conn)
        .optional()?;
    let Some((variant, plain, content_expires_at, key_id, bytes)) = found else {
        return Ok(None);
    };
    Ok(Some(SealedVersion {
        number,
        variant,
        plain: plain_fields(&plain)?,
        content_expires_at: content_expires_at.map(clock::from_millis),
        signature: Signature { key_id: read_key_id(&key_id)?, bytes },
        fields: sealed(conn, id, number)?,
    }))
}

/// Field, key, envelope, fingerprint.
type SealedRow = (String, Vec<u8>, Vec<u8>, Vec<u8>);

/// The sealed fields of one version.
pub fn sealed(conn: &mut Conn, id: &CredentialId, number: i32) -> Result<Vec<Sealed>, StoreError> {
    let rows: Vec<SealedRow> = f::table
        .filter(f::credential_id.eq(id.as_str()).and(f::number.eq(number)))
        .order(f::field.asc())
        .select((f::field, f::key_id, f::envelope, f::fingerprint))
        .load(conn)?;
    rows.into_iter()
        .map(|(field, key_id, envelope, fingerprint)| {
            let key_id = read_key_id(&key_id)?;
            Ok(Sealed { field, key_id, envelope, fingerprint })
        })
        .collect()
}

/// Reads a key's id out of a row.
pub(crate) fn read_key_id(bytes: &[u8]) -> Result<KeyId, StoreError> {
    bytes.try_into().map(KeyId::from_bytes).map_err(|_| StoreError::Corrupt("key id".to_owned()))
}

pub(super) fn set_current_version(
    conn: &mut Conn,
    id: &CredentialId,
    number: i32,
    summary: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(c::table.filter(c::id.eq(id.as_str())))
        .set((
            c::current_version.eq(number),
            c::summary.eq(summary),
            c::revision.eq(c::revision + 1),
            c::updated_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    texts::note(conn, id)
}

pub(super) fn update_facts(conn: &mut Conn, edit: &Edit, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(c::table.filter(c::id.eq(edit.credential.as_str())))
        .set((
            c::name.eq(edit.name.as_str()),
            c::sort_name.eq(edit.name.as_str().to_lowercase()),
            c::description.eq(edit.description.as_str()),
            c::responsible_id.eq(edit.responsible.as_str()),
            c::project_scope.eq(edit.scope.projects.as_str()),
            c::repository_scope.eq(edit.scope.repositories.as_str()),
            c::expires_at.eq(edit.expires_at.map(Timestamp::as_millisecond)),
            c::revision.eq(c::revision + 1),
            c::updated_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    texts::note(conn, &edit.credential)
}

pub(super) fn set_state(
    conn: &mut Conn,
    id: &CredentialId,
    state: State,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(c::table.filter(c::id.eq(id.as_str())))
        .set((
            c::state.eq(state.as_str()),
            c::state_changed_at.eq(now.as_millisecond()),
            c::revision.eq(c::revision + 1),
            c::updated_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn deleted_before(
    conn: &mut Conn,
    before: Timestamp,
    most: i64,
) -> Result<Vec<Credential>, StoreError> {
    let rows: Vec<Row> = c::table
        .filter(c::state.eq("deleted").and(c::state_changed_at.le(before.as_millisecond())))
        .order(c::id.asc())
        .limit(most)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| row.with_scope(Scope::none())).collect()
}

/// Removes a credential with everything that hangs on it.
pub(super) fn remove(conn: &mut Conn, id: &CredentialId) -> Result<(), StoreError> {
    diesel::delete(c::table.filter(c::id.eq(id.as_str()))).execute(conn)?;
    Ok(())
}
