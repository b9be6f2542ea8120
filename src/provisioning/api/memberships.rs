//! `/api/v1/projects/{id}/members`, the same of repositories, and `/api/v1/members/{id}/memberships`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::described::{self, Any, Clash, Document, Named, Stretch};
use super::{Asked, Program, answer, body, members, next, nothing_to_say};
use crate::db::StoreError;
use crate::directory::{self, Membership, Place};
use crate::ids::{MemberId, ProjectId, RepositoryId};
use crate::permission::LocalRole;
use crate::web::{Answer, Problem};

/// A member of a place.
#[derive(Serialize, ToSchema)]
#[schema(as = PlaceMember)]
struct Line {
    /// Who.
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    member: MemberId,
    /// What people call them.
    name: String,
    /// For showing only.
    email: Option<String>,
    #[schema(schema_with = described::state)]
    state: &'static str,
    #[schema(schema_with = described::local_role)]
    role: &'static str,
}

/// A stretch of the members of a place.
#[derive(Serialize, ToSchema)]
#[schema(as = PlaceMembers)]
struct List {
    members: Vec<Line>,
    /// Given as `after`, it gets the stretch behind this one; null behind the last.
    next: Option<String>,
}

/// Where somebody is a member: `project` or `repository` holds an id.
#[derive(Serialize, ToSchema)]
#[schema(as = Membership)]
struct At {
    /// The project, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    project: Option<ProjectId>,
    /// The repository, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    repository: Option<RepositoryId>,
    /// What CI systems call it.
    path: String,
    /// What people call it.
    name: String,
    #[schema(schema_with = described::local_role)]
    role: &'static str,
}

/// Where somebody is a member.
#[derive(Serialize, ToSchema)]
struct Memberships {
    memberships: Vec<At>,
}

/// A role in a project or a repository.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaceRole)]
struct Role {
    #[schema(schema_with = described::local_role)]
    role: String,
}

/// List the members of a project
#[utoipa::path(
    get,
    path = "/api/v1/projects/{id}/members",
    operation_id = "listProjectMembers",
    tag = "members",
    params(("id" = String, Path, format = "uuid", description = "The project."), Asked),
    responses((status = 200, description = "A stretch of them, by name.", body = List), Stretch, Named, Any)
)]
pub(crate) async fn of_project(program: Program, at: web::Path<String>, asked: web::Query<Asked>) -> Answer {
    list(program, project(&at)?, &asked).await
}

/// List the members of a repository
#[utoipa::path(
    get,
    path = "/api/v1/repositories/{id}/members",
    operation_id = "listRepositoryMembers",
    tag = "members",
    params(("id" = String, Path, format = "uuid", description = "The repository."), Asked),
    responses((status = 200, description = "A stretch of them, by name.", body = List), Stretch, Named, Any)
)]
pub(crate) async fn of_repository(
    program: Program,
    at: web::Path<String>,
    asked: web::Query<Asked>,
) -> Answer {
    list(program, repository(&at)?, &asked).await
}

async fn list(program: Program, place: Place, asked: &Asked) -> Answer {
    let page = asked.page()?;
    let listed = program
        .read(move |conn, viewer| -> Result<_, StoreError> {
            // A place of another enterprise is not there.
            let is_there = match &place {
                Place::Project(id) => directory::project(conn, &viewer.enterprise, id)?.is_some(),
                Place::Repository(id) => directory::repository(conn, &viewer.enterprise, id)?.is_some(),
            };
            if is_there { directory::list_place_members(conn, &place, &page).map(Some) } else { Ok(None) }
        })
        .await?;
    let (listed, more) = listed.ok_or_else(Problem::not_found)?;
    let next = next(listed.last().filter(|_| more).map(|last| (last.name.as_str(), last.id.as_str())));
    let line = |member: directory::PlaceMember| Line {
        member: member.id,
        name: member.name,
        email: member.email,
        state: member.state.as_str(),
        role: member.role.as_str(),
    };
    answer(StatusCode::OK, &List { members: listed.into_iter().map(line).collect(), next })
}

/// Add a member to a project, or give them another role
#[utoipa::path(
    put,
    path = "/api/v1/projects/{id}/members/{member}",
    operation_id = "setProjectMember",
    tag = "members",
    params(
        ("id" = String, Path, format = "uuid", description = "The project."),
        ("member" = String, Path, format = "uuid", description = "The member.")
    ),
    request_body = Role,
    responses((status = 204, description = "They have this role now."), Document, Named, Clash, Any)
)]
pub(crate) async fn set_in_project(
    program: Program,
    at: web::Path<(String, String)>,
    bytes: web::Bytes,
) -> Answer {
    set(program, project(&at.0)?, members::id(&at.1)?, &bytes).await
}

/// Add a member to a repository, or give them another role
#[utoipa::path(
    put,
    path = "/api/v1/repositories/{id}/members/{member}",
    operation_id = "setRepositoryMember",
    tag = "members",
    params(
        ("id" = String, Path, format = "uuid", description = "The repository."),
        ("member" = String, Path, format = "uuid", description = "The member.")
    ),
    request_body = Role,
    responses((status = 204, description = "They have this role now."), Document, Named, Clash, Any)
)]
pub(crate) async fn set_in_repository(
    program: Program,
    at: web::Path<(String, String)>,
    bytes: web::Bytes,
) -> Answer {
    set(program, repository(&at.0)?, members::id(&at.1)?, &bytes).await
}

async fn set(program: Program, place: Place, member: MemberId, bytes: &web::Bytes) -> Answer {
    let wanted: Role = body(bytes)?;
    let role = LocalRole::parse(&wanted.role).ok_or_else(|| Problem::unprocessable("api-local-role"))?;
    program.change(move |conn, acting| directory::join(conn, acting, &place, (&member, role))).await?;
    nothing_to_say()
}

/// Take a member out of a project
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{id}/members/{member}",
    operation_id = "removeProjectMember",
    tag = "members",
    params(
        ("id" = String, Path, format = "uuid", description = "The project."),
        ("member" = String, Path, format = "uuid", description = "The member.")
    ),
    responses((status = 204, description = "They are not a member of it any more."), Named, Any)
)]
pub(crate) async fn remove_from_project(program: Program, at: web::Path<(String, String)>) -> Answer {
    remove(program, project(&at.0)?, members::id(&at.1)?).await
}

/// Take a member out of a repository
#[utoipa::path(
    delete,
    path = "/api/v1/repositories/{id}/members/{member}",
    operation_id = "removeRepositoryMember",
    tag = "members",
    params(
        ("id" = String, Path, format = "uuid", description = "The repository."),
        ("member" = String, Path, format = "uuid", description = "The member.")
    ),
    responses((status = 204, description = "They are not a member of it any more."), Named, Any)
)]
pub(crate) async fn remove_from_repository(program: Program, at: web::Path<(String, String)>) -> Answer {
    remove(program, repository(&at.0)?, members::id(&at.1)?).await
}

async fn remove(program: Program, place: Place, member: MemberId) -> Answer {
    program.change(move |conn, acting| directory::leave(conn, acting, &place, &member)).await?;
    nothing_to_say()
}

/// List where somebody is a member
#[utoipa::path(
    get,
    path = "/api/v1/members/{id}/memberships",
    operation_id = "listMemberships",
    tag = "members",
    params(("id" = String, Path, format = "uuid", description = "The member.")),
    responses((status = 200, description = "Where they are a member.", body = Memberships), Named, Any)
)]
pub(crate) async fn of_member(program: Program, at: web::Path<String>) -> Answer {
    let id = members::id(&at)?;
    let found = program
        .read(move |conn, viewer| -> Result<_, StoreError> {
            match directory::find_member(conn, &viewer.enterprise, &id)? {
                Some(member) => directory::memberships(conn, &member.id).map(Some),
                None => Ok(None),
            }
        })
        .await?;
    let memberships = found.ok_or_else(Problem::not_found)?.into_iter().map(|membership| match membership {
        Membership::Project(project, role) => At {
            project: Some(project.id),
            repository: None,
            path: project.slug,
            name: project.name,
            role: role.as_str(),
        },
        Membership::Repository(repository, role) => At {
            project: None,
            repository: Some(repository.id),
            path: repository.slug,
            name: repository.name,
            role: role.as_str(),
        },
    });
    answer(StatusCode::OK, &Memberships { memberships: memberships.collect() })
}

fn project(text: &str) -> Result<Place, Problem> {
    ProjectId::parse(text).map(Place::Project).ok_or_else(Problem::not_found)
}

fn repository(text: &str) -> Result<Place, Problem> {
    RepositoryId::parse(text).map(Place::Repository).ok_or_else(Problem::not_found)
}
