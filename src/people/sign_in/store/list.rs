//! The sign-ins of one person that still hold.

use diesel::prelude::*;
use jiff::Timestamp;

use super::corrupt;
use super::ended::{Ended, with_members};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::{MemberId, SignInId};
use crate::people::sign_in::Limits;
use crate::schema::{enterprises as e, members as m, sign_ins as s};

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
    /// What the enterprise is called that it is in.
    pub(in crate::people) enterprise_name: String,
}

/// Which sign-ins are meant. Several members are one person's memberships of several enterprises.
pub(in crate::people::sign_in) struct Which<'a> {
    pub(in crate::people::sign_in) members: &'a [MemberId],
    pub(in crate::people::sign_in) only: Option<&'a SignInId>,
    pub(in crate::people::sign_in) but: Option<&'a SignInId>,
}

/// The sign-ins of these members, the last seen first.
pub(in crate::people) fn holding(
    conn: &mut Conn,
    members: &[MemberId],
    now: Timestamp,
) -> Result<Vec<Holding>, StoreError> {
    type Row = (String, i64, i64, String, String, String);
    let limits = Limits::at(now);
    let rows: Vec<Row> = s::table
        .inner_join(m::table.inner_join(e::table))
        .filter(s::member_id.eq_any(members.iter().map(MemberId::as_str)))
        .filter(s::revoked_at.is_null())
        .filter(s::created_at.gt(limits.created_after.as_millisecond()))
        .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()))
        .order((s::last_seen_at.desc(), s::id.desc()))
        .select((s::id, s::created_at, s::last_seen_at, s::address, s::user_agent, e::name))
        .limit(MOST)
        .load(conn)?;
    rows.into_iter()
        .map(|(id, created_at, last_seen_at, address, user_agent, enterprise_name)| {
            Ok(Holding {
                id: SignInId::parse(&id).ok_or_else(|| corrupt("sign-in id"))?,
                created_at: clock::from_millis(created_at),
                last_seen_at: clock::from_millis(last_seen_at),
                address,
                user_agent,
                enterprise_name,
            })
        })
        .collect()
}

/// Whether this is a sign-in of one of these members, whether it still holds or not.
pub(in crate::people::sign_in) fn exists(
    conn: &mut Conn,
    members: &[MemberId],
    id: &SignInId,
) -> Result<bool, StoreError> {
    let found: Option<String> = s::table
        .filter(s::id.eq(id.as_str()))
        .filter(s::member_id.eq_any(members.iter().map(MemberId::as_str)))
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
) -> Result<Vec<Ended>, StoreError> {
    let (only, but) = (which.only.map(SignInId::as_str), which.but.map_or("", SignInId::as_str));
    let members: Vec<&str> = which.members.iter().map(MemberId::as_str).collect();
    // One statement that says what it changed, so that of two that end the same sign-in one records it.
    let ended: Vec<(String, String)> = each!(conn, c => {
        let these = s::table
            .filter(s::member_id.eq_any(members))
            .filter(s::id.ne(but).and(s::revoked_at.is_null()))
            .filter(s::created_at.gt(limits.created_after.as_millisecond()))
            .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()));
        let (set, what) = (s::revoked_at.eq(now.as_millisecond()), (s::id, s::member_id));
        match only {
            Some(id) => diesel::update(these.filter(s::id.eq(id))).set(set).returning(what).get_results(c),
            None => diesel::update(these).set(set).returning(what).get_results(c),
        }
    })?;
    with_members(conn, ended)
}

/// From now on nobody comes in as this member by what they proved before.
pub(in crate::people::sign_in) fn want_new_proof(
    conn: &mut Conn,
    member: &MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(m::table.find(member.as_str()))
        .set(m::proof_since.eq(now.as_millisecond()))
        .execute(conn)?;
    Ok(())
}
