//! The rows of memberships, with where each role comes from.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::held::Held;
use crate::db::{Conn, StoreError};
use crate::directory::MemberState;
use crate::each;
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::schema::{
    members as m, project_members as pm, projects as p, repositories as r, repository_members as rm,
};

/// In `members.by_claim`: the membership was a claim's alone and is over.
const GONE: &str = "gone";

/// A membership as it is.
pub(super) struct Present {
    pub(super) id: MemberId,
    pub(super) held: Held<EnterpriseRole>,
    /// Whether they were shut out because their claim was not made any more.
    pub(super) gone: bool,
    pub(super) active: bool,
}

/// A project or a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Project,
    Repository,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) kind: Kind,
    id: String,
    pub(super) slug: String,
}

type Roles = (String, Option<String>, Option<String>);

pub(super) fn present(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    issuer: &str,
    subject: &str,
) -> Result<Option<Present>, StoreError> {
    let row: Option<(String, String, Roles)> = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .filter(m::issuer.eq(issuer).and(m::subject.eq(subject)))
        .select((m::id, m::state, (m::role, m::by_hand, m::by_claim)))
        .first(conn)
        .optional()?;
    row.map(|(id, state, (role, by_hand, by_claim))| {
        let gone = by_claim.as_deref() == Some(GONE);
        let roles = (role, by_hand, by_claim.filter(|_| !gone));
        Ok(Present {
            id: MemberId::parse(&id).ok_or_else(|| corrupt("member id"))?,
            held: held(&roles, EnterpriseRole::parse)?,
            gone,
            active: state == MemberState::Active.as_str(),
        })
    })
    .transpose()
}

/// Whether the enterprise has an active owner besides this one.
pub(super) fn has_another_owner(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: Option<&MemberId>,
) -> Result<bool, StoreError> {
    let other: Option<String> = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .filter(m::role.eq(EnterpriseRole::Owner.as_str()).and(m::state.eq(MemberState::Active.as_str())))
        .filter(m::id.ne(member.map_or("", MemberId::as_str)))
        .select(m::id)
        .first(conn)
        .optional()?;
    Ok(other.is_some())
}

/// The projects or the repositories of a member.
pub(super) fn held_places(
    conn: &mut Conn,
    kind: Kind,
    member: &MemberId,
) -> Result<BTreeMap<Place, Held<LocalRole>>, StoreError> {
    let rows: Vec<(String, String, Roles)> = match kind {
        Kind::Project => pm::table
            .inner_join(p::table)
            .filter(pm::member_id.eq(member.as_str()))
            .select((p::id, p::slug, (pm::role, pm::by_hand, pm::by_claim)))
            .load(conn)?,
        Kind::Repository => rm::table
            .inner_join(r::table)
            .filter(rm::member_id.eq(member.as_str()))
            .select((r::id, r::slug, (rm::role, rm::by_hand, rm::by_claim)))
            .load(conn)?,
    };
    rows.into_iter()
        .map(|(id, slug, roles)| Ok((Place { kind, id, slug }, held(&roles, LocalRole::parse)?)))
        .collect()
}

/// The project or the repository with this slug.
pub(super) fn place(
    conn: &mut Conn,
    kind: Kind,
    enterprise: &EnterpriseId,
    slug: &str,
) -> Result<Option<Place>, StoreError> {
    let id: Option<String> = match kind {
        Kind::Project => p::table
            .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::slug.eq(slug)))
            .select(p::id)
            .first(conn)
            .optional()?,
        Kind::Repository => r::table
            .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::slug.eq(slug)))
            .select(r::id)
            .first(conn)
            .optional()?,
    };
    Ok(id.map(|id| Place { kind, id, slug: slug.to_owned() }))
}

/// Makes somebody an active member with this role.
pub(super) fn set_membership(
    conn: &mut Conn,
    member: &MemberId,
    held: &Held<EnterpriseRole>,
) -> Result<(), StoreError> {
    diesel::update(m::table.find(member.as_str()))
        .set((
            m::role.eq(held.role.as_str()),
            m::by_hand.eq(held.by_hand.map(EnterpriseRole::as_str)),
            m::by_claim.eq(held.by_claim.map(EnterpriseRole::as_str)),
            m::state.eq(MemberState::Active.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Shuts somebody out whose claim is not made any more. Should people let them in again, it is as a plain member.
pub(super) fn end_membership(conn: &mut Conn, member: &MemberId) -> Result<(), StoreError> {
    diesel::update(m::table.find(member.as_str()))
        .set((
            m::role.eq(EnterpriseRole::Member.as_str()),
            m::by_hand.eq(None::<&str>),
            m::by_claim.eq(Some(GONE)),
            m::state.eq(MemberState::Disabled.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives somebody a place with this role, or takes it away.
pub(super) fn set_place(
    conn: &mut Conn,
    place: &Place,
    member: &MemberId,
    to: Option<&Held<LocalRole>>,
) -> Result<(), StoreError> {
    let (id, member) = (place.id.as_str(), member.as_str());
    let Some(held) = to else {
        match place.kind {
            Kind::Project => diesel::delete(pm::table.find((id, member))).execute(conn)?,
            Kind::Repository => diesel::delete(rm::table.find((id, member))).execute(conn)?,
        };
        return Ok(());
    };
    let role = held.role.as_str();
    let (by_hand, by_claim) = (held.by_hand.map(LocalRole::as_str), held.by_claim.map(LocalRole::as_str));
    match place.kind {
        Kind::Project => {
            let roles = (pm::role.eq(role), pm::by_hand.eq(by_hand), pm::by_claim.eq(by_claim));
            each!(conn, c => diesel::insert_into(pm::table)
                .values((pm::project_id.eq(id), pm::member_id.eq(member), roles))
                .on_conflict((pm::project_id, pm::member_id))
                .do_update()
                .set(roles)
                .execute(c))?;
        }
        Kind::Repository => {
            let roles = (rm::role.eq(role), rm::by_hand.eq(by_hand), rm::by_claim.eq(by_claim));
            each!(conn, c => diesel::insert_into(rm::table)
                .values((rm::repository_id.eq(id), rm::member_id.eq(member), roles))
                .on_conflict((rm::repository_id, rm::member_id))
                .do_update()
                .set(roles)
                .execute(c))?;
        }
    }
    Ok(())
}

fn held<R>(roles: &Roles, parse: fn(&str) -> Option<R>) -> Result<Held<R>, StoreError> {
    let one = |text: &str| parse(text).ok_or_else(|| corrupt("role"));
    let (role, by_hand, by_claim) = roles;
    Ok(Held {
        role: one(role)?,
        by_hand: by_hand.as_deref().map(one).transpose()?,
        by_claim: by_claim.as_deref().map(one).transpose()?,
    })
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in a row"))
}
