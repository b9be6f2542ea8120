//! The rows of attempts.

use diesel::prelude::*;
use jiff::Timestamp;

use super::Attempt;
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::people::return_to::ReturnTo;
use crate::schema::sign_in_attempts as a;

/// An attempt that is no longer in the table.
pub(super) struct Taken {
    pub(super) attempt: Attempt,
    pub(super) browser_hash: Vec<u8>,
    pub(super) created_at: Timestamp,
}

type Row = (Vec<u8>, String, String, String, String, i64);

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
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes and reads in one statement, so that two answers at once cannot both have it.
pub(super) fn take(conn: &mut Conn, state_hash: &[u8]) -> Result<Option<Taken>, StoreError> {
    let row: Option<Row> = each!(conn, c => diesel::delete(a::table.filter(a::state_hash.eq(state_hash)))
        .returning((a::browser_hash, a::issuer, a::nonce, a::verifier, a::return_to, a::created_at))
        .get_result(c)
        .optional())?;
    Ok(row.map(|(browser_hash, issuer, nonce, verifier, return_to, created_at)| Taken {
        attempt: Attempt { issuer, nonce, verifier, return_to: ReturnTo::or_home(&return_to) },
        browser_hash,
        created_at: clock::from_millis(created_at),
    }))
}

pub(super) fn purge(conn: &mut Conn, oldest: Timestamp) -> Result<(), StoreError> {
    diesel::delete(a::table.filter(a::created_at.le(oldest.as_millisecond()))).execute(conn)?;
    Ok(())
}
