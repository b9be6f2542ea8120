//! Sign-ins that a provider ends, and its tokens that have been used.

use diesel::prelude::*;
use jiff::Timestamp;

use super::ended::{Ended, with_members};
use crate::db::{Conn, StoreError};
use crate::each;
use crate::people::sign_in::Limits;
use crate::schema::{logout_tokens as t, sign_ins as s};

/// Notes that a token was used; `false` when it had been before.
pub(in crate::people::sign_in) fn use_logout_token(
    conn: &mut Conn,
    hash: &[u8],
    until: Timestamp,
) -> Result<bool, StoreError> {
    let rows = each!(conn, c => diesel::insert_into(t::table)
        .values((t::token_hash.eq(hash), t::expires_at.eq(until.as_millisecond())))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Throws away tokens that would not be accepted any more for their age.
pub(in crate::people::sign_in) fn forget_logout_tokens(
    conn: &mut Conn,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::delete(t::table.filter(t::expires_at.le(now.as_millisecond()))).execute(conn)?;
    Ok(())
}

/// Ends the sign-ins that this issuer vouched for: of a session, of a subject, or of both.
pub(in crate::people::sign_in) fn end_by_provider(
    conn: &mut Conn,
    (issuer, sid, subject): (&str, Option<&str>, Option<&str>),
    limits: &Limits,
    now: Timestamp,
) -> Result<Vec<Ended>, StoreError> {
    let ended: Vec<(String, String)> = each!(conn, c => {
        let these = s::table
            .filter(s::issuer.eq(issuer).and(s::revoked_at.is_null()))
            .filter(s::created_at.gt(limits.created_after.as_millisecond()))
            .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()));
        let set = s::revoked_at.eq(now.as_millisecond());
        let what = (s::id, s::member_id);
        match (sid, subject) {
            (Some(sid), Some(subject)) => {
                let these = these.filter(s::sid.eq(sid).and(s::subject.eq(subject)));
                diesel::update(these).set(set).returning(what).get_results(c)
            }
            (Some(sid), None) => {
                diesel::update(these.filter(s::sid.eq(sid))).set(set).returning(what).get_results(c)
            }
            (None, Some(subject)) => {
                diesel::update(these.filter(s::subject.eq(subject))).set(set).returning(what).get_results(c)
            }
            (None, None) => Ok(Vec::new()),
        }
    })?;
    with_members(conn, ended)
}
