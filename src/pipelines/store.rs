//! The rows of access keys.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{AccessKey, Binding, Stored};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, EnterpriseId, MemberId, ProjectId, RepositoryId, SubmissionId};
use crate::schema::{access_keys as k, repositories};

pub(super) fn insert(
    conn: &mut Conn,
    key: &AccessKey,
    secret_hash: &[u8],
    submission: &SubmissionId,
) -> Result<(), StoreError> {
    let (project, repository) = match &key.binding {
        Binding::Project(project) => (Some(project.as_str()), None),
        Binding::Repository(repository, _) => (None, Some(repository.as_str())),
    };
    diesel::insert_into(k::table)
        .values((
            k::id.eq(key.id.as_str()),
            k::enterprise_id.eq(key.enterprise.as_str()),
            k::public_id.eq(&key.public_id),
            k::name.eq(&key.name),
            k::secret_hash.eq(secret_hash),
            k::project_id.eq(project),
            k::repository_id.eq(repository),
            k::expires_at.eq(key.expires_at.map(Timestamp::as_millisecond)),
            k::submission.eq(submission.as_str()),
            k::created_by.eq(key.created_by.as_str()),
            k::created_at.eq(key.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = k)]
struct Row {
    id: String,
    enterprise_id: String,
    public_id: String,
    name: String,
    secret_hash: Vec<u8>,
    project_id: Option<String>,
    repository_id: Option<String>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    created_by: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

/// A key's row, and the project of its repository if it is bound to one.
type Joined = (Row, Option<String>);

fn stored((row, repository_project): Joined) -> Result<Stored, StoreError> {
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of access key {}", row.id));
    let project = |id: Option<&String>| id.and_then(|id| ProjectId::parse(id));
    let binding = match &row.repository_id {
        Some(id) => Binding::Repository(
            RepositoryId::parse(id).ok_or_else(|| bad("repository"))?,
            project(repository_project.as_ref()).ok_or_else(|| bad("project"))?,
        ),
        None => Binding::Project(project(row.project_id.as_ref()).ok_or_else(|| bad("project"))?),
    };
    Ok(Stored {
        key: AccessKey {
            id: AccessKeyId::parse(&row.id).ok_or_else(|| bad("id"))?,
            enterprise: EnterpriseId::parse(&row.enterprise_id).ok_or_else(|| bad("enterprise"))?,
            created_by: MemberId::parse(&row.created_by).ok_or_else(|| bad("creator"))?,
            binding,
            public_id: row.public_id,
            name: row.name,
            expires_at: row.expires_at.map(clock::from_millis),
            revoked_at: row.revoked_at.map(clock::from_millis),
            created_at: clock::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(clock::from_millis),
        },
        secret_hash: row.secret_hash,
    })
}

macro_rules! keys {
    () => {
        k::table
            .left_join(repositories::table.on(repositories::id.nullable().eq(k::repository_id)))
            .select((Row::as_select(), repositories::project_id.nullable()))
    };
}

/// The key with this public part, of whatever enterprise and in whatever state.
pub fn presented(conn: &mut Conn, public_id: &str) -> Result<Option<Stored>, StoreError> {
    let row: Option<Joined> = keys!().filter(k::public_id.eq(public_id)).first(conn).optional()?;
    row.map(stored).transpose()
}

/// The key with this id, when it is this enterprise's.
pub fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &AccessKeyId,
) -> Result<Option<AccessKey>, StoreError> {
    let row: Option<Joined> = keys!()
        .filter(k::id.eq(id.as_str()).and(k::enterprise_id.eq(enterprise.as_str())))
        .first(conn)
        .optional()?;
    row.map(|row| stored(row).map(|stored| stored.key)).transpose()
}

/// The enterprise's keys, newest first.
pub fn list(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<AccessKey>, StoreError> {
    let rows: Vec<Joined> = keys!()
        .filter(k::enterprise_id.eq(enterprise.as_str()))
        .order((k::created_at.desc(), k::id.desc()))
        .load(conn)?;
    rows.into_iter().map(|row| stored(row).map(|stored| stored.key)).collect()
}

/// The enterprise's keys that `member` made and that still work, newest first: they have seen the text.
pub fn made_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<AccessKey>, StoreError> {
    let rows: Vec<Joined> = keys!()
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::created_by.eq(member.as_str())))
        .filter(k::revoked_at.is_null())
        .filter(k::expires_at.is_null().or(k::expires_at.assume_not_null().gt(now.as_millisecond())))
        .order((k::created_at.desc(), k::id.desc()))
        .load(conn)?;
    rows.into_iter().map(|row| stored(row).map(|stored| stored.key)).collect()
}

pub(super) fn by_submission(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<AccessKeyId>, StoreError> {
    let id: Option<String> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::submission.eq(submission.as_str())))
        .select(k::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| AccessKeyId::parse(&id)))
}

pub(super) fn set_revoked(conn: &mut Conn, id: &AccessKeyId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(k::table.filter(k::id.eq(id.as_str())))
        .set(k::revoked_at.eq(Some(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}
