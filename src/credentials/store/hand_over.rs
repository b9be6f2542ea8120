//! Whose credentials these are, and which content somebody entered.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Row;
use crate::credentials::{Credential, Scope, Token};
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId, MemberId};
use crate::schema::{credential_versions as v, credentials as c};

/// As many ids as one statement is given.
const CHUNK: usize = 500;

/// Every credential that a member answers for, deleted ones too, in the order of ids.
pub(in crate::credentials) fn answered_for_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
) -> Result<Vec<(CredentialId, Token)>, StoreError> {
    let rows: Vec<(String, String)> = c::table
        .filter(c::responsible_id.eq(member.as_str()).and(c::enterprise_id.eq(enterprise.as_str())))
        .order(c::id.asc())
        .select((c::id, c::token))
        .load(conn)?;
    let bad = || StoreError::Corrupt("credential of a responsible person".to_owned());
    rows.into_iter()
        .map(|(id, token)| {
            Ok((CredentialId::parse(&id).ok_or_else(bad)?, Token::parse(&token).map_err(|_| bad())?))
        })
        .collect()
}

pub(in crate::credentials) fn set_responsible(
    conn: &mut Conn,
    credentials: &[&CredentialId],
    to: &MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for some in credentials.chunks(CHUNK) {
        diesel::update(c::table.filter(c::id.eq_any(some.iter().map(|id| id.as_str()))))
            .set((
                c::responsible_id.eq(to.as_str()),
                c::revision.eq(c::revision + 1),
                c::updated_at.eq(now.as_millisecond()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The credentials whose present content a member entered, newest content first, at most `most` of them; their scopes
/// are not read.
pub(in crate::credentials) fn entered_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    most: i64,
) -> Result<Vec<Credential>, StoreError> {
    let rows: Vec<Row> = v::table
        .inner_join(c::table)
        .filter(v::created_by.eq(member.as_str()).and(v::number.eq(c::current_version)))
        .filter(c::enterprise_id.eq(enterprise.as_str()).and(c::state.ne("deleted")))
        .order((v::created_at.desc(), c::id.desc()))
        .limit(most)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(|row| row.with_scope(Scope::none())).collect()
}
