//! `/api/v1/members`. Members are never deleted, because what they did and answer for names them; they are disabled.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};

use super::{Asked, Program, answer, body, filled, made, name, next};
use crate::db::Conn;
use crate::directory::{self, DirectoryError, Email, Member, MemberFilter, MemberState, NewMember, Subject};
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::EnterpriseRole;
use crate::web::{Answer, Problem};

#[derive(Serialize)]
struct View {
    id: MemberId,
    issuer: String,
    subject: String,
    name: String,
    email: Option<String>,
    role: &'static str,
    state: &'static str,
}

impl From<Member> for View {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            issuer: member.issuer,
            subject: member.subject,
            name: member.name,
            email: member.email,
            role: member.role.as_str(),
            state: member.state.as_str(),
        }
    }
}

#[derive(Serialize)]
struct List {
    members: Vec<View>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    issuer: Option<String>,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    role: Option<String>,
    state: Option<String>,
}

pub(crate) async fn list(program: Program, asked: web::Query<Asked>) -> Answer {
    let page = asked.page()?;
    let filter = MemberFilter {
        role: filled(asked.role.as_ref()).map(role).transpose()?,
        state: filled(asked.state.as_ref()).map(state).transpose()?,
        ..MemberFilter::default()
    };
    let (listed, more) = program
        .read(move |conn, viewer| directory::list_members(conn, &viewer.enterprise, &filter, &page))
        .await?;
    let last = listed.last().filter(|_| more).map(|one| &one.member);
    let next = next(last.map(|last| (last.name.as_str(), last.id.as_str())));
    let members = listed.into_iter().map(|one| one.member.into()).collect();
    answer(StatusCode::OK, &List { members, next })
}

pub(crate) async fn create(program: Program, bytes: web::Bytes) -> Answer {
    let new: New = body(&bytes)?;
    let new = NewMember {
        issuer: filled(new.issuer.as_ref()).map(str::to_owned),
        subject: Subject::parse(&new.subject).ok_or_else(|| Problem::unprocessable("api-subject"))?,
        name: filled(new.name.as_ref()).map(name).transpose()?,
        email: match filled(new.email.as_ref()) {
            Some(text) => Some(Email::parse(text).ok_or_else(|| Problem::unprocessable("api-email"))?),
            None => None,
        },
        role: filled(new.role.as_ref()).map(role).transpose()?.unwrap_or(EnterpriseRole::Member),
    };
    let view: View = program
        .change(move |conn, acting| {
            let id = directory::invite(conn, acting, &new)?;
            found(conn, &acting.viewer.enterprise, &id)
        })
        .await?
        .into();
    made(&format!("/api/v1/members/{}", view.id), &view)
}

pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let member =
        program.read(move |conn, viewer| directory::find_member(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(member.ok_or_else(Problem::not_found)?))
}

/// Gives another role, disables or enables: all or nothing.
pub(crate) async fn change(program: Program, at: web::Path<String>, bytes: web::Bytes) -> Answer {
    let (id, changes): (_, Changes) = (id(&at)?, body(&bytes)?);
    let role = changes.role.as_deref().map(role).transpose()?;
    let state = changes.state.as_deref().map(state).transpose()?;
    let member = program
        .change(move |conn, acting| {
            // Who is not there is so whatever is to be changed.
            found(conn, &acting.viewer.enterprise, &id)?;
            if let Some(role) = role {
                directory::set_role(conn, acting, &id, role)?;
            }
            match state {
                Some(MemberState::Active) => directory::enable(conn, acting, &id)?,
                Some(MemberState::Disabled) => directory::disable(conn, acting, &id)?,
                None => {}
            }
            found(conn, &acting.viewer.enterprise, &id)
        })
        .await?;
    answer(StatusCode::OK, &View::from(member))
}

pub(super) fn id(text: &str) -> Result<MemberId, Problem> {
    MemberId::parse(text).ok_or_else(Problem::not_found)
}

fn role(text: &str) -> Result<EnterpriseRole, Problem> {
    EnterpriseRole::parse(text).ok_or_else(|| Problem::unprocessable("api-role"))
}

fn state(text: &str) -> Result<MemberState, Problem> {
    let known = [MemberState::Active, MemberState::Disabled];
    known.into_iter().find(|state| state.as_str() == text).ok_or_else(|| Problem::unprocessable("api-state"))
}

fn found(conn: &mut Conn, enterprise: &EnterpriseId, id: &MemberId) -> Result<Member, DirectoryError> {
    directory::find_member(conn, enterprise, id)?.ok_or(DirectoryError::NotFound)
}
