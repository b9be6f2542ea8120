//! The enterprises of one person, and the sign-in by which they go from one to another.

use diesel::prelude::*;
use jiff::Timestamp;

use super::corrupt;
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::directory::MemberState;
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::permission::EnterpriseRole;
use crate::schema::{enterprises as e, members as m, sign_ins as s};

/// An enterprise of which somebody is an active member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::people) struct Elsewhere {
    pub(in crate::people) enterprise: EnterpriseId,
    pub(in crate::people) slug: String,
    pub(in crate::people) name: String,
    pub(in crate::people) role: EnterpriseRole,
    pub(in crate::people) member: MemberId,
}

/// Who somebody has proved to be, and when.
pub(in crate::people::sign_in) struct Proved {
    pub(in crate::people::sign_in) issuer: String,
    pub(in crate::people::sign_in) subject: String,
    pub(in crate::people::sign_in) sid: Option<String>,
    pub(in crate::people::sign_in) created_at: Timestamp,
    pub(in crate::people::sign_in) user_agent: String,
    pub(in crate::people::sign_in) authenticated_at: Option<Timestamp>,
}

/// What a sign-in that has not been ended says.
pub(in crate::people::sign_in) fn proved(
    conn: &mut Conn,
    id: &SignInId,
) -> Result<Option<Proved>, StoreError> {
    type Row = (String, String, Option<String>, i64, String, Option<i64>);
    let row: Option<Row> = s::table
        .filter(s::id.eq(id.as_str()).and(s::revoked_at.is_null()))
        .select((s::issuer, s::subject, s::sid, s::created_at, s::user_agent, s::authenticated_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(issuer, subject, sid, created_at, user_agent, authenticated_at)| Proved {
        issuer,
        subject,
        sid,
        created_at: clock::from_millis(created_at),
        user_agent,
        authenticated_at: authenticated_at.map(clock::from_millis),
    }))
}

/// When the provider says that whoever is behind a sign-in proved who they are, if it says so, and the slug of the
/// enterprise that they are in.
pub(in crate::people) fn confirmation(
    conn: &mut Conn,
    id: &SignInId,
) -> Result<Option<(Option<Timestamp>, String)>, StoreError> {
    let row: Option<(Option<i64>, String)> = s::table
        .inner_join(m::table.on(m::id.eq(s::member_id)))
        .inner_join(e::table.on(e::id.eq(m::enterprise_id)))
        .filter(s::id.eq(id.as_str()))
        .select((s::authenticated_at, e::slug))
        .first(conn)
        .optional()?;
    Ok(row.map(|(at, slug)| (at.map(clock::from_millis), slug)))
}

/// Where a person is an active member, by name.
pub(in crate::people::sign_in) fn everywhere(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
) -> Result<Vec<Elsewhere>, StoreError> {
    let rows: Vec<(String, String, String, String, String)> = m::table
        .inner_join(e::table)
        .filter(m::issuer.eq(issuer).and(m::subject.eq(subject)))
        .filter(m::state.eq(MemberState::Active.as_str()))
        .select((e::id, e::slug, e::name, m::role, m::id))
        .order((e::name.asc(), e::id.asc()))
        .load(conn)?;
    rows.into_iter()
        .map(|(enterprise, slug, name, role, member)| {
            Ok(Elsewhere {
                enterprise: EnterpriseId::parse(&enterprise).ok_or_else(|| corrupt("enterprise id"))?,
                slug,
                name,
                role: EnterpriseRole::parse(&role).ok_or_else(|| corrupt("enterprise role"))?,
                member: MemberId::parse(&member).ok_or_else(|| corrupt("member id"))?,
            })
        })
        .collect()
}

/// Whether a member may be come in as by a proof of that time. Nobody signs them out or disables them before this
/// transaction is over, or it is known here.
pub(in crate::people::sign_in) fn lasting(
    conn: &mut Conn,
    member: &MemberId,
    proved_at: Timestamp,
) -> Result<bool, StoreError> {
    let row = m::table
        .find(member.as_str())
        .filter(m::state.eq(MemberState::Active.as_str()))
        .filter(m::proof_since.lt(proved_at.as_millisecond()))
        .select(m::id);
    let found: Option<String> = match conn {
        Conn::Postgres(c) => row.for_share().first(c).optional()?,
        // The write lock is held.
        Conn::Sqlite(c) => row.first(c).optional()?,
    };
    Ok(found.is_some())
}

/// Ends a sign-in; `false` when it had ended already.
pub(in crate::people::sign_in) fn leave(
    conn: &mut Conn,
    id: &SignInId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = diesel::update(s::table.filter(s::id.eq(id.as_str())).filter(s::revoked_at.is_null()))
        .set(s::revoked_at.eq(now.as_millisecond()))
        .execute(conn)?;
    Ok(rows == 1)
}
