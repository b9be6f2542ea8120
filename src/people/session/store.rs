//! The rows of sessions.

use diesel::prelude::*;
use jiff::Timestamp;

use crate::db::{Conn, StoreError};
use crate::schema::sessions as s;

/// What a key is stored as. Keys have 256 random bits, so a plain hash says nothing about them.
pub(super) fn key_hash(key: &str) -> Vec<u8> {
    crate::seal::digest("session key 1", &[key.as_bytes()]).to_vec()
}

/// The state of a session that has not expired.
pub(super) fn load(conn: &mut Conn, hash: &[u8], now: Timestamp) -> Result<Option<String>, StoreError> {
    Ok(s::table
        .filter(s::id_hash.eq(hash))
        .filter(s::expires_at.gt(now.as_millisecond()))
        .select(s::state)
        .first(conn)
        .optional()?)
}

/// A new session.
pub(super) fn insert(conn: &mut Conn, hash: &[u8], state: &str, expires_at: i64) -> Result<(), StoreError> {
    diesel::insert_into(s::table)
        .values((s::id_hash.eq(hash), s::state.eq(state), s::expires_at.eq(expires_at)))
        .execute(conn)?;
    Ok(())
}

/// Replaces the state of a session that is still there, and says whether it was.
pub(super) fn update(conn: &mut Conn, hash: &[u8], state: &str, now: Timestamp) -> Result<bool, StoreError> {
    let rows =
        diesel::update(s::table.filter(s::id_hash.eq(hash)).filter(s::expires_at.gt(now.as_millisecond())))
            .set(s::state.eq(state))
            .execute(conn)?;
    Ok(rows == 1)
}

/// Ends a session.
pub(super) fn delete(conn: &mut Conn, hash: &[u8]) -> Result<(), StoreError> {
    diesel::delete(s::table.filter(s::id_hash.eq(hash))).execute(conn)?;
    Ok(())
}

/// Throws away what has expired.
pub(super) fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    diesel::delete(s::table.filter(s::expires_at.le(now.as_millisecond()))).execute(conn)?;
    Ok(())
}
