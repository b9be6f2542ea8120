//! The rows of attempts.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Attempt;
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::people::return_to::ReturnTo;
use crate::schema::sign_in_attempts as a;

/// An attempt that has been answered.
pub(super) struct Taken {
    pub(super) attempt: Attempt,
    pub(super) browser_hash: Vec<u8>,
    pub(super) created_at: Timestamp,
    /// Whether it had been answered before.
    pub(super) again: bool,
}

type Row = (Vec<u8>, String, String, String, String, i64, Option<String>, bool);

const COLUMNS: (
    a::browser_hash,
    a::issuer,
    a::nonce,
    a::verifier,
    a::return_to,
    a::created_at,
    a::enterprise,
    a::fresh,
) = (a::browser_hash, a::issuer, a::nonce, a::verifier, a::return_to, a::created_at, a::enterprise, a::fresh);

pub(super) fn insert(
    conn: &mut Conn,
    state_hash: &[u8],
    browser_hash: &[u8],
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(a::table)
        .values((
            a::state_hash.eq(state_hash),
            a::browser_hash.eq(browser_hash),
            a::issuer.eq(&attempt.issuer),
            a::nonce.eq(&attempt.nonce),
            a::verifier.eq(&attempt.verifier),
            a::return_to.eq(attempt.return_to.as_str()),
            a::created_at.eq(now.as_millisecond()),
            a::enterprise.eq(attempt.wanted.as_deref()),
            a::fresh.eq(attempt.fresh_since.is_some()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Marks and reads in one statement, so that of two answers at once one finds it marked.
pub(super) fn take(conn: &mut Conn, state_hash: &[u8], now: Timestamp) -> Result<Option<Taken>, StoreError> {
    let this = a::table.filter(a::state_hash.eq(state_hash));
    let first: Option<Row> = each!(conn, c => diesel::update(this.filter(a::used_at.is_null()))
        .set(a::used_at.eq(now.as_millisecond()))
        .returning(COLUMNS)
        .get_result(c)
        .optional())?;
    let (row, again) = match first {
        Some(row) => (Some(row), false),
        None => (this.select(COLUMNS).first::<Row>(conn).optional()?, true),
    };
    Ok(row.map(|(browser_hash, issuer, nonce, verifier, return_to, created_at, wanted, fresh)| Taken {
        attempt: Attempt {
            issuer,
            nonce,
            verifier,
            return_to: ReturnTo::or_home(&return_to),
            wanted,
            fresh_since: fresh.then(|| clock::from_millis(created_at)),
        },
        browser_hash,
        created_at: clock::from_millis(created_at),
        again,
    }))
}

pub(super) fn purge(conn: &mut Conn, oldest: Timestamp) -> Result<(), StoreError> {
    diesel::delete(a::table.filter(a::created_at.le(oldest.as_millisecond()))).execute(conn)?;
    Ok(())
}
