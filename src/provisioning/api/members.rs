//! `/api/v1/members`. Members are never deleted, because what they did and answer for names them; they are disabled.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::described::{self, Any, Clash, Document, Named, Owners, STATES, Stretch};
use super::{Asked, Program, answer, body, filled, made, name, next};
use crate::db::Conn;
use crate::directory::{self, DirectoryError, Email, Member, MemberFilter, MemberState, NewMember, Subject};
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::EnterpriseRole;
use crate::web::{Answer, Problem};

/// A member.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
struct View {
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    id: MemberId,
    /// The identity provider that vouches for them.
    issuer: String,
    /// What it calls them; it never changes.
    subject: String,
    /// What people call them.
    name: String,
    /// For showing only: an address makes nobody a member.
    email: Option<String>,
    #[schema(schema_with = described::role)]
    role: &'static str,
    #[schema(schema_with = described::state)]
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

/// A stretch of the members.
#[derive(Serialize, ToSchema)]
#[schema(as = Members)]
struct List {
    members: Vec<View>,
    /// Given as `after`, it gets the stretch behind this one; null behind the last.
    next: Option<String>,
}

/// A member to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
struct New {
    /// The identity provider; it may be left out where all members come from one.
    #[schema(example = "https://id.example.com")]
    issuer: Option<String>,
    /// What it calls them.
    #[schema(min_length = 1, max_length = 255, example = "248289761001")]
    subject: String,
    #[schema(schema_with = described::name_or_nothing)]
    name: Option<String>,
    #[schema(schema_with = described::email_or_nothing)]
    email: Option<String>,
    #[schema(schema_with = described::role_or_null)]
    role: Option<String>,
}

/// What changes; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChanges)]
struct Changes {
    #[schema(schema_with = described::role_or_null)]
    role: Option<String>,
    #[schema(schema_with = described::state_or_null)]
    state: Option<String>,
}

/// Which members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those with this role.
    #[param(required = false, schema_with = described::role)]
    role: Option<String>,
    /// Only those in this state.
    #[param(required = false, schema_with = described::state)]
    state: Option<String>,
}

/// List members
#[utoipa::path(
    get,
    path = "/api/v1/members",
    operation_id = "listMembers",
    tag = "members",
    params(Asked, Which),
    responses((status = 200, description = "A stretch of them, by name.", body = List), Stretch, Any)
)]
pub(crate) async fn list(program: Program, asked: web::Query<Asked>, which: web::Query<Which>) -> Answer {
    let page = asked.page()?;
    let filter = MemberFilter {
        // A filter that was left empty by mistake must not list everybody.
        role: which.role.as_deref().map(role).transpose()?,
        state: which.state.as_deref().map(state).transpose()?,
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

/// Add a member
///
/// Before they first sign in: they are known by issuer and subject.
#[utoipa::path(
    post,
    path = "/api/v1/members",
    operation_id = "createMember",
    tag = "members",
    request_body = New,
    responses((status = 201, description = "Who was added.", body = View, headers(("Location" = String, description = "Their address."))), Document, Owners, Clash, Any)
)]
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
        role: new.role.as_deref().map(role).transpose()?.unwrap_or(EnterpriseRole::Member),
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

/// Show a member
#[utoipa::path(
    get,
    path = "/api/v1/members/{id}",
    operation_id = "getMember",
    tag = "members",
    params(("id" = String, Path, format = "uuid", description = "The member.")),
    responses((status = 200, description = "The member.", body = View), Named, Any)
)]
pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let member =
        program.read(move |conn, viewer| directory::find_member(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(member.ok_or_else(Problem::not_found)?))
}

/// Change, disable or enable a member
///
/// They are changed whole or not at all. Nobody is deleted, because what they did and answer for names them.
#[utoipa::path(
    patch,
    path = "/api/v1/members/{id}",
    operation_id = "changeMember",
    tag = "members",
    params(("id" = String, Path, format = "uuid", description = "The member.")),
    request_body = Changes,
    responses((status = 200, description = "The member as they are now.", body = View), Document, Named, Owners, Any)
)]
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
    STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| Problem::unprocessable("api-state"))
}

fn found(conn: &mut Conn, enterprise: &EnterpriseId, id: &MemberId) -> Result<Member, DirectoryError> {
    directory::find_member(conn, enterprise, id)?.ok_or(DirectoryError::NotFound)
}
