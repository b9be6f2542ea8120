//! `/api/v1/projects`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::described::{self, Any, Clash, Document, Named, Stretch};
use super::{Asked, Program, answer, body, filled, made, name, next, nothing_to_say, path};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory::{self, DirectoryError, NewPlace, Place, Project, Slug};
use crate::ids::{EnterpriseId, ProjectId};
use crate::web::{Answer, Problem};

/// A project.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
struct View {
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    id: ProjectId,
    /// What CI systems call it. It can be changed; everything else goes by id.
    path: String,
    /// What people call it.
    name: String,
}

impl From<Project> for View {
    fn from(project: Project) -> Self {
        Self { id: project.id, path: project.slug, name: project.name }
    }
}

/// A stretch of the projects.
#[derive(Serialize, ToSchema)]
#[schema(as = Projects)]
struct List {
    projects: Vec<View>,
    /// Given as `after`, it gets the stretch behind this one; null behind the last.
    next: Option<String>,
}

/// A project to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProject)]
struct New {
    #[schema(schema_with = described::path)]
    path: String,
    #[schema(schema_with = described::name_or_nothing)]
    name: Option<String>,
}

/// What changes; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProjectChanges)]
struct Changes {
    #[schema(schema_with = described::path_or_null)]
    path: Option<String>,
    #[schema(schema_with = described::name_or_null)]
    name: Option<String>,
}

/// List projects
#[utoipa::path(
    get,
    path = "/api/v1/projects",
    operation_id = "listProjects",
    tag = "projects",
    params(Asked),
    responses((status = 200, description = "A stretch of them, by name.", body = List), Stretch, Any)
)]
pub(crate) async fn list(program: Program, asked: web::Query<Asked>) -> Answer {
    let page = asked.page()?;
    let (listed, more) =
        program.read(move |conn, viewer| directory::list_projects(conn, viewer, &page)).await?;
    let last = listed.last().filter(|_| more).map(|one| (one.project.name.as_str(), one.project.id.as_str()));
    let next = next(last);
    let projects = listed.into_iter().map(|one| one.project.into()).collect();
    answer(StatusCode::OK, &List { projects, next })
}

/// Create a project
#[utoipa::path(
    post,
    path = "/api/v1/projects",
    operation_id = "createProject",
    tag = "projects",
    request_body = New,
    responses((status = 201, description = "What was made.", body = View, headers(("Location" = String, description = "Its address."))), Document, Clash, Any)
)]
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

/// Show a project
#[utoipa::path(
    get,
    path = "/api/v1/projects/{id}",
    operation_id = "getProject",
    tag = "projects",
    params(("id" = String, Path, format = "uuid", description = "The project.")),
    responses((status = 200, description = "The project.", body = View), Named, Any)
)]
pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let project = program.read(move |conn, viewer| directory::project(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(project.ok_or_else(Problem::not_found)?))
}

/// Change a project
///
/// It is changed whole or not at all.
#[utoipa::path(
    patch,
    path = "/api/v1/projects/{id}",
    operation_id = "changeProject",
    tag = "projects",
    params(("id" = String, Path, format = "uuid", description = "The project.")),
    request_body = Changes,
    responses((status = 200, description = "The project as it is now.", body = View), Document, Named, Clash, Any)
)]
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

/// Delete a project
///
/// Its repositories and access keys go with it, and it is taken out of every scope.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{id}",
    operation_id = "deleteProject",
    tag = "projects",
    params(("id" = String, Path, format = "uuid", description = "The project.")),
    responses((status = 204, description = "It is gone."), Named, Any)
)]
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
