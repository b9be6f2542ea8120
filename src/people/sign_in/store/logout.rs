//! Sign-ins that a provider ends, and its tokens that have been used.

use std::collections::HashMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::corrupt;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::people::sign_in::Limits;
use crate::schema::{logout_tokens as t, members as m, sign_ins as s};

/// A sign-in that has just ended, and whose it was.
pub(in crate::people::sign_in) struct Ended {
    pub(in crate::people::sign_in) id: SignInId,
    pub(in crate::people::sign_in) member: MemberId,
    pub(in crate::people::sign_in) name: String,
    pub(in crate::people::sign_in) enterprise: EnterpriseId,
}

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
    let ids: Vec<&str> = ended.iter().map(|(_, member)| member.as_str()).collect();
    let members: Vec<(String, String, String)> =
        m::table.filter(m::id.eq_any(ids)).select((m::id, m::name, m::enterprise_id)).load(conn)?;
    let members: HashMap<String, (String, String)> =
        members.into_iter().map(|(id, name, enterprise)| (id, (name, enterprise))).collect();
    ended
        .into_iter()
        .map(|(id, member)| {
            let (name, enterprise) = members.get(&member).ok_or_else(|| corrupt("member"))?;
            Ok(Ended {
                id: SignInId::parse(&id).ok_or_else(|| corrupt("sign-in id"))?,
                member: MemberId::parse(&member).ok_or_else(|| corrupt("member id"))?,
                name: name.clone(),
                enterprise: EnterpriseId::parse(enterprise).ok_or_else(|| corrupt("enterprise id"))?,
            })
        })
        .collect()
}
