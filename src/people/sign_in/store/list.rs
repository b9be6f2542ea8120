//! The sign-ins of one member that still hold.

use diesel::prelude::*;
use jiff::Timestamp;

use super::corrupt;
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::people::sign_in::Limits;
use crate::schema::{members as m, sign_ins as s};

/// More sign-ins than anybody has at a time; what is beyond is not shown, and ended with the others.
const MOST: i64 = 200;

/// A sign-in that still holds, as its member and administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) struct Holding {
    pub(in crate::people) id: SignInId,
    pub(in crate::people) created_at: Timestamp,
    /// To the minute.
    pub(in crate::people) last_seen_at: Timestamp,
    /// From where it began.
    pub(in crate::people) address: String,
    pub(in crate::people) user_agent: String,
}

/// Which sign-ins are meant.
pub(in crate::people::sign_in) struct Which<'a> {
    pub(in crate::people::sign_in) member: &'a MemberId,
    pub(in crate::people::sign_in) only: Option<&'a SignInId>,
    pub(in crate::people::sign_in) but: Option<&'a SignInId>,
}

/// The sign-ins of a member of this enterprise, the last seen first.
pub(in crate::people) fn holding(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<Holding>, StoreError> {
    type Row = (String, i64, i64, String, String);
    let limits = Limits::at(now);
    let rows: Vec<Row> = s::table
        .inner_join(m::table)
        .filter(s::member_id.eq(member.as_str()).and(m::enterprise_id.eq(enterprise.as_str())))
        .filter(s::revoked_at.is_null())
        .filter(s::created_at.gt(limits.created_after.as_millisecond()))
        .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()))
        .order((s::last_seen_at.desc(), s::id.desc()))
        .select((s::id, s::created_at, s::last_seen_at, s::address, s::user_agent))
        .limit(MOST)
        .load(conn)?;
    rows.into_iter()
        .map(|(id, created_at, last_seen_at, address, user_agent)| {
            Ok(Holding {
                id: SignInId::parse(&id).ok_or_else(|| corrupt("sign-in id"))?,
                created_at: clock::from_millis(created_at),
                last_seen_at: clock::from_millis(last_seen_at),
                address,
                user_agent,
            })
        })
        .collect()
}

/// Whether this is a sign-in of this member of this enterprise, whether it still holds or not.
pub(in crate::people::sign_in) fn exists(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    id: &SignInId,
) -> Result<bool, StoreError> {
    let found: Option<String> = s::table
        .inner_join(m::table)
        .filter(s::id.eq(id.as_str()).and(s::member_id.eq(member.as_str())))
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .select(s::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Ends those that still hold; which they were.
pub(in crate::people::sign_in) fn end(
    conn: &mut Conn,
    which: &Which<'_>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Vec<SignInId>, StoreError> {
    let (only, but) = (which.only.map(SignInId::as_str), which.but.map_or("", SignInId::as_str));
    // One statement that says what it changed, so that of two that end the same sign-in one records it.
    let ended: Vec<String> = each!(conn, c => {
        let these = s::table
            .filter(s::member_id.eq(which.member.as_str()))
            .filter(s::id.ne(but).and(s::revoked_at.is_null()))
            .filter(s::created_at.gt(limits.created_after.as_millisecond()))
            .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()));
        let set = s::revoked_at.eq(now.as_millisecond());
        match only {
            Some(id) => diesel::update(these.filter(s::id.eq(id))).set(set).returning(s::id).get_results(c),
            None => diesel::update(these).set(set).returning(s::id).get_results(c),
        }
    })?;
    ended.into_iter().map(|id| SignInId::parse(&id).ok_or_else(|| corrupt("sign-in id"))).collect()
}
