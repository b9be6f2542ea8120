//! Whether a member who changes something is still signed in at the end of it.
//!
//! A request may be slow: its body comes in drips, or it waits for others to write. When its member's sign-in is ended
//! meanwhile, what it was about to change must not happen any more, and the place that every change passes last is its
//! record. The row is locked, so whoever ends a sign-in is answered after the changes that were quicker.

use diesel::prelude::*;

use super::Draft;
use crate::db::{Conn, StoreError};
use crate::ids::SignInId;
use crate::schema::{members, sign_ins};

/// Refuses when a sign-in that one of the drafts names has ended, or its member was disabled.
pub(super) fn check(conn: &mut Conn, drafts: &[Draft]) -> Result<(), StoreError> {
    let mut named: Vec<&SignInId> = drafts.iter().filter_map(|draft| draft.origin.sign_in.as_ref()).collect();
    named.sort();
    named.dedup();
    for sign_in in named {
        if !holds(conn, sign_in)? {
            return Err(StoreError::SignedOut);
        }
    }
    Ok(())
}

fn holds(conn: &mut Conn, sign_in: &SignInId) -> Result<bool, StoreError> {
    let row = sign_ins::table
        .filter(sign_ins::id.eq(sign_in.as_str()).and(sign_ins::revoked_at.is_null()))
        .select(sign_ins::member_id);
    let member: Option<String> = match conn {
        Conn::Postgres(c) => row.for_share().first(c).optional()?,
        // The write lock is held: nobody else ends anything before this transaction is over.
        Conn::Sqlite(c) => row.first(c).optional()?,
    };
    let Some(member) = member else { return Ok(false) };
    let state: String = members::table.find(member).select(members::state).first(conn)?;
    Ok(state == "active")
}
