//! `/api/v1/projects`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};

use super::{Asked, Program, answer, body, filled, made, name, next, nothing_to_say, path};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory::{self, DirectoryError, NewPlace, Place, Project, Slug};
use crate::ids::{EnterpriseId, ProjectId};
use crate::web::{Answer, Problem};

#[derive(Serialize)]
struct View {
    id: ProjectId,
    path: String,
    name: String,
}

impl From<Project> for View {
    fn from(project: Project) -> Self {
        Self { id: project.id, path: project.slug, name: project.name }
    }
}

#[derive(Serialize)]
struct List {
    projects: Vec<View>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    path: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    path: Option<String>,
    name: Option<String>,
}

pub(crate) async fn list(program: Program, asked: web::Query<Asked>) -> Answer {
    let page = asked.page()?;
    let (listed, more) =
        program.read(move |conn, viewer| directory::list_projects(conn, viewer, &page)).await?;
    let last = listed.last().filter(|_| more).map(|one| (one.project.name.as_str(), one.project.id.as_str()));
    let next = next(last);
    let projects = listed.into_iter().map(|one| one.project.into()).collect();
    answer(StatusCode::OK, &List { projects, next })
}

pub(crate) async fn create(program: Program, bytes: web::Bytes) -> Answer {
    let new: New = body(&bytes)?;
    let slug = path(&new.path)?;
    // What nobody named is called by its path, which may be longer than a name.
    let name = match filled(new.name.as_ref()) {
        Some(given) => name(given)?,
        None => named_by(&slug)?,
    };
    let view: View = program
        .change(move |conn, acting| {
            let id = ProjectId::new(acting.now, &acting.random);
            let new = NewPlace { id, name, slug };
            directory::create_project(conn, acting, &new)?;
            found(conn, &acting.viewer.enterprise, &new.id)
        })
        .await?
        .into();
    made(&format!("/api/v1/projects/{}", view.id), &view)
}

pub(super) fn named_by(slug: &Slug) -> Result<Name, Problem> {
    name(&slug.as_str().chars().take(Name::MAX).collect::<String>())
}

pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let project = program.read(move |conn, viewer| directory::project(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(project.ok_or_else(Problem::not_found)?))
}

pub(crate) async fn rename(program: Program, at: web::Path<String>, bytes: web::Bytes) -> Answer {
    let (id, changes): (_, Changes) = (id(&at)?, body(&bytes)?);
    let slug = changes.path.as_deref().map(path).transpose()?;
    let name = changes.name.as_deref().map(name).transpose()?;
    let project = program
        .change(move |conn, acting| {
            let enterprise = &acting.viewer.enterprise;
            let was = found(conn, enterprise, &id)?;
            let place = Place::Project(id.clone());
            change_names(conn, acting, &place, ((name, slug), (&was.name, &was.slug)))?;
            found(conn, enterprise, &id)
        })
        .await?;
    answer(StatusCode::OK, &View::from(project))
}

/// Name and path, as far as they are given.
pub(super) type NewNames = (Option<Name>, Option<Slug>);

/// Gives a place what is new of name and path, and keeps the rest.
pub(super) fn change_names(
    conn: &mut Conn,
    acting: &crate::permission::Acting,
    place: &Place,
    ((name, slug), (old_name, old_slug)): (NewNames, (&str, &str)),
) -> Result<(), DirectoryError> {
    let bad = || StoreError::Corrupt("name or path of a place".to_owned());
    let name = name.map_or_else(|| Name::parse(old_name).map_err(|_| bad()), Ok)?;
    let slug = slug.map_or_else(|| Slug::parse(old_slug).map_err(|_| bad()), Ok)?;
    directory::rename(conn, acting, place, (&name, &slug))
}

pub(crate) async fn delete(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    program.change(move |conn, acting| directory::delete(conn, acting, &Place::Project(id))).await?;
    nothing_to_say()
}

fn id(text: &str) -> Result<ProjectId, Problem> {
    ProjectId::parse(text).ok_or_else(Problem::not_found)
}

fn found(conn: &mut Conn, enterprise: &EnterpriseId, id: &ProjectId) -> Result<Project, DirectoryError> {
    directory::project(conn, enterprise, id)?.ok_or(DirectoryError::NotFound)
}
