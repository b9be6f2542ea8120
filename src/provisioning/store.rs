//! The rows of provisioning keys.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{ProvisioningKey, Stored};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, MemberId, ProvisioningKeyId, SubmissionId};
use crate::schema::provisioning_keys as k;

pub(super) fn insert(
    conn: &mut Conn,
    key: &ProvisioningKey,
    secret_hash: &[u8],
    submission: &SubmissionId,
) -> Result<(), StoreError> {
    diesel::insert_into(k::table)
        .values((
            k::id.eq(key.id.as_str()),
            k::enterprise_id.eq(key.enterprise.as_str()),
            k::public_id.eq(&key.public_id),
            k::name.eq(&key.name),
            k::manages_access.eq(key.manages_access),
            k::secret_hash.eq(secret_hash),
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
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    created_by: String,
    created_at: i64,
    last_used_at: Option<i64>,
    manages_access: bool,
}

fn stored(row: Row) -> Result<Stored, StoreError> {
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of provisioning key {}", row.id));
    Ok(Stored {
        key: ProvisioningKey {
            id: ProvisioningKeyId::parse(&row.id).ok_or_else(|| bad("id"))?,
            enterprise: EnterpriseId::parse(&row.enterprise_id).ok_or_else(|| bad("enterprise"))?,
            created_by: MemberId::parse(&row.created_by).ok_or_else(|| bad("creator"))?,
            public_id: row.public_id,
            name: row.name,
            manages_access: row.manages_access,
            expires_at: row.expires_at.map(clock::from_millis),
            revoked_at: row.revoked_at.map(clock::from_millis),
            created_at: clock::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(clock::from_millis),
        },
        secret_hash: row.secret_hash,
    })
}

/// The key with this public part, of whatever enterprise and in whatever state.
pub(super) fn presented(conn: &mut Conn, public_id: &str) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> =
        k::table.filter(k::public_id.eq(public_id)).select(Row::as_select()).first(conn).optional()?;
    row.map(stored).transpose()
}

/// The key with this id, when it is this enterprise's.
pub fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &ProvisioningKeyId,
) -> Result<Option<ProvisioningKey>, StoreError> {
    let row: Option<Row> = k::table
        .filter(k::id.eq(id.as_str()).and(k::enterprise_id.eq(enterprise.as_str())))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(|row| stored(row).map(|stored| stored.key)).transpose()
}

/// The enterprise's keys, newest first.
pub fn list(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<ProvisioningKey>, StoreError> {
    let rows: Vec<Row> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()))
        .order((k::created_at.desc(), k::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| stored(row).map(|stored| stored.key)).collect()
}

/// The enterprise's keys that `member` made and that still work, newest first: they have seen the text.
pub fn made_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<ProvisioningKey>, StoreError> {
    let rows: Vec<Row> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::created_by.eq(member.as_str())))
        .filter(k::revoked_at.is_null())
        .filter(k::expires_at.is_null().or(k::expires_at.assume_not_null().gt(now.as_millisecond())))
        .order((k::created_at.desc(), k::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| stored(row).map(|stored| stored.key)).collect()
}

pub(super) fn is_submitted(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<bool, StoreError> {
    let id: Option<String> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::submission.eq(submission.as_str())))
        .select(k::id)
        .first(conn)
        .optional()?;
    Ok(id.is_some())
}

pub(super) fn set_revoked(conn: &mut Conn, id: &ProvisioningKeyId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(k::table.filter(k::id.eq(id.as_str())))
        .set(k::revoked_at.eq(Some(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}

/// Notes a use at `now`, unless one after `before` is noted already.
pub(super) fn touch(
    conn: &mut Conn,
    public_id: &str,
    (before, now): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let due = k::last_used_at
        .is_null()
        .or(k::last_used_at.is_not_null().and(k::last_used_at.assume_not_null().le(before.as_millisecond())));
    diesel::update(k::table.filter(k::public_id.eq(public_id)).filter(due))
        .set(k::last_used_at.eq(Some(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}
