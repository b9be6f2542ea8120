//! `/api/v1/projects/{id}/members`, the same of repositories, and `/api/v1/members/{id}/memberships`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};

use super::{Asked, Program, answer, body, members, next, nothing_to_say};
use crate::db::StoreError;
use crate::directory::{self, Membership, Place};
use crate::ids::{MemberId, ProjectId, RepositoryId};
use crate::permission::LocalRole;
use crate::web::{Answer, Problem};

/// A member of a place.
#[derive(Serialize)]
struct Line {
    member: MemberId,
    name: String,
    email: Option<String>,
    state: &'static str,
    role: &'static str,
}

#[derive(Serialize)]
struct List {
    members: Vec<Line>,
    next: Option<String>,
}

/// Where somebody is a member: `project` or `repository` holds an id.
#[derive(Serialize)]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<RepositoryId>,
    path: String,
    name: String,
    role: &'static str,
}

#[derive(Serialize)]
struct Memberships {
    memberships: Vec<At>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    role: String,
}

pub(crate) async fn of_project(program: Program, at: web::Path<String>, asked: web::Query<Asked>) -> Answer {
    list(program, project(&at)?, &asked).await
}

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

pub(crate) async fn set_in_project(
    program: Program,
    at: web::Path<(String, String)>,
    bytes: web::Bytes,
) -> Answer {
    set(program, project(&at.0)?, members::id(&at.1)?, &bytes).await
}

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

pub(crate) async fn remove_from_project(program: Program, at: web::Path<(String, String)>) -> Answer {
    remove(program, project(&at.0)?, members::id(&at.1)?).await
}

pub(crate) async fn remove_from_repository(program: Program, at: web::Path<(String, String)>) -> Answer {
    remove(program, repository(&at.0)?, members::id(&at.1)?).await
}

async fn remove(program: Program, place: Place, member: MemberId) -> Answer {
    program.change(move |conn, acting| directory::leave(conn, acting, &place, &member)).await?;
    nothing_to_say()
}

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
