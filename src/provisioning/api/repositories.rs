//! `/api/v1/repositories`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};

use super::projects::{change_names, named_by};
use super::{Asked, Program, answer, body, filled, made, name, next, nothing_to_say, path};
use crate::db::Conn;
use crate::directory::{self, DirectoryError, NewPlace, Place, Repository};
use crate::ids::{EnterpriseId, ProjectId, RepositoryId};
use crate::web::{Answer, Problem};

#[derive(Serialize)]
struct View {
    id: RepositoryId,
    project: ProjectId,
    path: String,
    name: String,
}

impl From<Repository> for View {
    fn from(repository: Repository) -> Self {
        Self { id: repository.id, project: repository.project, path: repository.slug, name: repository.name }
    }
}

#[derive(Serialize)]
struct List {
    repositories: Vec<View>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    project: ProjectId,
    path: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    project: Option<ProjectId>,
    path: Option<String>,
    name: Option<String>,
}

pub(crate) async fn list(program: Program, asked: web::Query<Asked>) -> Answer {
    let page = asked.page()?;
    let project = match filled(asked.project.as_ref()) {
        Some(text) => Some(ProjectId::parse(text).ok_or_else(|| Problem::unprocessable("api-project"))?),
        None => None,
    };
    let (listed, more) = program
        .read(move |conn, viewer| directory::list_repositories(conn, viewer, project.as_ref(), &page))
        .await?;
    let last = listed.last().filter(|_| more).map(|one| &one.repository);
    let next = next(last.map(|last| (last.slug.as_str(), last.id.as_str())));
    let repositories = listed.into_iter().map(|one| one.repository.into()).collect();
    answer(StatusCode::OK, &List { repositories, next })
}

pub(crate) async fn create(program: Program, bytes: web::Bytes) -> Answer {
    let new: New = body(&bytes)?;
    let slug = path(&new.path)?;
    let name = match filled(new.name.as_ref()) {
        Some(given) => name(given)?,
        None => named_by(&slug)?,
    };
    let project = new.project;
    let view: View = program
        .change(move |conn, acting| {
            let new = NewPlace { id: RepositoryId::new(acting.now, &acting.random), name, slug };
            match directory::create_repository(conn, acting, &project, &new) {
                // The address is right; it is the project that is not there.
                Err(DirectoryError::NotFound) => return Err(DirectoryError::UnknownProject),
                made => made?,
            }
            found(conn, &acting.viewer.enterprise, &new.id)
        })
        .await?
        .into();
    made(&format!("/api/v1/repositories/{}", view.id), &view)
}

pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let repository =
        program.read(move |conn, viewer| directory::repository(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(repository.ok_or_else(Problem::not_found)?))
}

/// Renames, moves, or both: all or nothing.
pub(crate) async fn change(program: Program, at: web::Path<String>, bytes: web::Bytes) -> Answer {
    let (id, changes): (_, Changes) = (id(&at)?, body(&bytes)?);
    let slug = changes.path.as_deref().map(path).transpose()?;
    let name = changes.name.as_deref().map(name).transpose()?;
    let repository = program
        .change(move |conn, acting| {
            let enterprise = &acting.viewer.enterprise;
            let was = found(conn, enterprise, &id)?;
            let place = Place::Repository(id.clone());
            change_names(conn, acting, &place, ((name, slug), (&was.name, &was.slug)))?;
            if let Some(project) = changes.project {
                directory::move_repository(conn, acting, &id, &project)?;
            }
            found(conn, enterprise, &id)
        })
        .await?;
    answer(StatusCode::OK, &View::from(repository))
}

pub(crate) async fn delete(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    program.change(move |conn, acting| directory::delete(conn, acting, &Place::Repository(id))).await?;
    nothing_to_say()
}

fn id(text: &str) -> Result<RepositoryId, Problem> {
    RepositoryId::parse(text).ok_or_else(Problem::not_found)
}

fn found(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &RepositoryId,
) -> Result<Repository, DirectoryError> {
    directory::repository(conn, enterprise, id)?.ok_or(DirectoryError::NotFound)
}
