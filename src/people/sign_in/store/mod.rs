//! The rows of sign-ins, and of the member behind one.

mod elsewhere;
mod ended;
mod list;
mod logout;

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Identity, Limits};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::directory::MemberState;
use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId, SignInId};
use crate::permission::{EnterpriseRole, LocalRole, Viewer};
use crate::schema::{
    enterprises as e, members as m, project_members as pm, repositories as r, repository_members as rm,
    sign_ins as s,
};

pub(in crate::people) use elsewhere::{Elsewhere, confirmation};
pub(super) use elsewhere::{Proved, everywhere, lasting, leave, proved};
pub(super) use ended::Ended;
pub(in crate::people) use list::{Holding, holding};
pub(super) use list::{Which, end, exists, want_new_proof};
pub(super) use logout::{end_by_provider, forget_logout_tokens, use_logout_token};

/// A sign-in about to be written.
pub(super) struct NewSignIn<'a> {
    pub(super) id: &'a SignInId,
    pub(super) secret_hash: &'a [u8],
    pub(super) member: &'a MemberId,
    pub(super) issuer: &'a str,
    pub(super) subject: &'a str,
    pub(super) sid: Option<&'a str>,
    pub(super) address: &'a str,
    pub(super) user_agent: &'a str,
    /// When the person proved who they are.
    pub(super) created_at: Timestamp,
    /// The same as the provider tells it, if it does.
    pub(super) authenticated_at: Option<Timestamp>,
}

/// A membership as sign-in needs it.
pub(super) struct Known {
    pub(super) id: MemberId,
    pub(super) enterprise: EnterpriseId,
    /// The enterprise's.
    pub(super) slug: String,
    pub(super) active: bool,
}

type ViewerRow = (String, i64, (String, String, String), (String, String), bool);

/// Who is behind a sign-in that still holds, and when they were last seen.
pub(super) fn viewer(
    conn: &mut Conn,
    secret_hash: &[u8],
    limits: &Limits,
) -> Result<Option<(Viewer, Timestamp)>, StoreError> {
    let other = diesel::alias!(crate::schema::members as other);
    let elsewhere = diesel::dsl::exists(
        other
            .filter(other.field(m::issuer).eq(s::issuer).and(other.field(m::subject).eq(s::subject)))
            .filter(other.field(m::state).eq(MemberState::Active.as_str()))
            .filter(other.field(m::id).ne(s::member_id)),
    );
    let row: Option<ViewerRow> = s::table
        .inner_join(m::table.inner_join(e::table))
        .filter(s::secret_hash.eq(secret_hash))
        .filter(s::revoked_at.is_null())
        .filter(s::created_at.gt(limits.created_after.as_millisecond()))
        .filter(s::last_seen_at.gt(limits.seen_after.as_millisecond()))
        .filter(m::state.eq(MemberState::Active.as_str()))
        .select((s::id, s::last_seen_at, (m::id, m::name, m::role), (e::id, e::name), elsewhere))
        .first(conn)
        .optional()?;
    let Some((sign_in, last_seen_at, person, (enterprise, enterprise_name), elsewhere)) = row else {
        return Ok(None);
    };
    let (member, name, role) = person;
    let viewer = Viewer {
        projects: projects_of(conn, &member)?,
        repositories: repositories_of(conn, &member)?,
        member: MemberId::parse(&member).ok_or_else(|| corrupt("member id"))?,
        name,
        enterprise: EnterpriseId::parse(&enterprise).ok_or_else(|| corrupt("enterprise id"))?,
        enterprise_name,
        elsewhere,
        role: EnterpriseRole::parse(&role).ok_or_else(|| corrupt("enterprise role"))?,
        sign_in: SignInId::parse(&sign_in).ok_or_else(|| corrupt("sign-in id"))?,
    };
    Ok(Some((viewer, clock::from_millis(last_seen_at))))
}

fn projects_of(conn: &mut Conn, member: &str) -> Result<Vec<(ProjectId, LocalRole)>, StoreError> {
    let rows: Vec<(String, String)> =
        pm::table.filter(pm::member_id.eq(member)).select((pm::project_id, pm::role)).load(conn)?;
    rows.into_iter()
        .map(|(project, role)| {
            Ok((ProjectId::parse(&project).ok_or_else(|| corrupt("project id"))?, local_role(&role)?))
        })
        .collect()
}

fn repositories_of(
    conn: &mut Conn,
    member: &str,
) -> Result<Vec<(RepositoryId, ProjectId, LocalRole)>, StoreError> {
    let rows: Vec<(String, String, String)> = rm::table
        .inner_join(r::table)
        .filter(rm::member_id.eq(member))
        .select((r::id, r::project_id, rm::role))
        .load(conn)?;
    rows.into_iter()
        .map(|(repository, project, role)| {
            Ok((
                RepositoryId::parse(&repository).ok_or_else(|| corrupt("repository id"))?,
                ProjectId::parse(&project).ok_or_else(|| corrupt("project id"))?,
                local_role(&role)?,
            ))
        })
        .collect()
}

/// Notes that a member was seen. A sign-in that ended meanwhile is left as it is.
pub(super) fn seen(conn: &mut Conn, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(s::table.filter(s::id.eq(id.as_str())).filter(s::revoked_at.is_null()))
        .set(s::last_seen_at.eq(now.as_millisecond()))
        .execute(conn)?;
    Ok(())
}

pub(super) fn insert(conn: &mut Conn, new: &NewSignIn<'_>, now: Timestamp) -> Result<(), StoreError> {
    diesel::insert_into(s::table)
        .values((
            s::id.eq(new.id.as_str()),
            s::secret_hash.eq(new.secret_hash),
            s::member_id.eq(new.member.as_str()),
            s::issuer.eq(new.issuer),
            s::subject.eq(new.subject),
            s::sid.eq(new.sid),
            s::created_at.eq(new.created_at.as_millisecond()),
            s::last_seen_at.eq(now.as_millisecond()),
            s::address.eq(new.address),
            s::user_agent.eq(new.user_agent),
            s::authenticated_at.eq(new.authenticated_at.map(Timestamp::as_millisecond)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Who vouched for the member behind a sign-in, whether it still holds or not.
pub(super) fn issuer(conn: &mut Conn, secret_hash: &[u8]) -> Result<Option<String>, StoreError> {
    Ok(s::table.filter(s::secret_hash.eq(secret_hash)).select(s::issuer).first(conn).optional()?)
}

/// Ends a sign-in for ever.
pub(super) fn revoke(conn: &mut Conn, secret_hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    diesel::update(s::table.filter(s::secret_hash.eq(secret_hash)).filter(s::revoked_at.is_null()))
        .set(s::revoked_at.eq(now.as_millisecond()))
        .execute(conn)?;
    Ok(())
}

/// Every membership of whom the provider calls `subject`, oldest first.
pub(super) fn memberships(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Vec<Known>, StoreError> {
    let rows: Vec<(String, String, String, String)> = m::table
        .inner_join(e::table)
        .filter(m::issuer.eq(issuer))
        .filter(m::subject.eq(subject))
        .select((m::id, e::id, e::slug, m::state))
        .order((m::created_at.asc(), m::id.asc()))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, enterprise, slug, state)| {
            Ok(Known {
                id: MemberId::parse(&id).ok_or_else(|| corrupt("member id"))?,
                enterprise: EnterpriseId::parse(&enterprise).ok_or_else(|| corrupt("enterprise id"))?,
                slug,
                // Anything but "active" keeps them out.
                active: state == MemberState::Active.as_str(),
            })
        })
        .collect()
}

/// Whether the provider's `subject` is a member of this enterprise, in whatever state.
pub(super) fn is_known(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    issuer: &str,
    subject: &str,
) -> Result<bool, StoreError> {
    let found: Option<String> = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .filter(m::issuer.eq(issuer).and(m::subject.eq(subject)))
        .select(m::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Takes over how the provider calls somebody now, wherever they are an active member.
pub(super) fn rename(conn: &mut Conn, identity: &Identity, name: &str) -> Result<(), StoreError> {
    let theirs = m::table
        .filter(m::issuer.eq(&identity.issuer).and(m::subject.eq(&identity.subject)))
        .filter(m::state.eq(MemberState::Active.as_str()));
    diesel::update(theirs).set((m::name.eq(name), m::email.eq(identity.email.as_deref()))).execute(conn)?;
    Ok(())
}

/// Throws away sign-ins that nobody can ask about any more.
pub(super) fn purge(conn: &mut Conn, oldest: Timestamp) -> Result<(), StoreError> {
    diesel::delete(s::table.filter(s::created_at.lt(oldest.as_millisecond()))).execute(conn)?;
    Ok(())
}

fn local_role(text: &str) -> Result<LocalRole, StoreError> {
    LocalRole::parse(text).ok_or_else(|| corrupt("local role"))
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in a row"))
}

/// What tests change and look at behind everybody's back.
#[cfg(test)]
pub(in crate::people) mod rows {
    use super::*;
    use crate::schema::audit_records as a;

    /// Disables a member, as an administrator would.
    pub(in crate::people) fn disable(conn: &mut Conn, subject: &str) -> Result<(), StoreError> {
        diesel::update(m::table.filter(m::subject.eq(subject))).set(m::state.eq("disabled")).execute(conn)?;
        Ok(())
    }

    /// Action, outcome and reason of every audit record, oldest first.
    pub(in crate::people) fn audit(
        conn: &mut Conn,
    ) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
        Ok(a::table.select((a::action, a::outcome, a::reason)).order(a::seq.asc()).load(conn)?)
    }
}
