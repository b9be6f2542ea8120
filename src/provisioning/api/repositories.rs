//! `/api/v1/repositories`.

use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::described::{self, Any, Clash, Document, Named, Stretch};
use super::projects::{change_names, named_by};
use super::{Asked, Program, answer, body, filled, made, name, next, nothing_to_say, path};
use crate::db::Conn;
use crate::directory::{self, DirectoryError, NewPlace, Place, Repository};
use crate::ids::{EnterpriseId, ProjectId, RepositoryId};
use crate::web::{Answer, Problem};

/// A repository.
#[derive(Serialize, ToSchema)]
#[schema(as = Repository)]
struct View {
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    id: RepositoryId,
    /// The project that it belongs to.
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    project: ProjectId,
    /// What CI systems call it. It can be changed; everything else goes by id.
    path: String,
    /// What people call it.
    name: String,
}

impl From<Repository> for View {
    fn from(repository: Repository) -> Self {
        Self { id: repository.id, project: repository.project, path: repository.slug, name: repository.name }
    }
}

/// A stretch of the repositories.
#[derive(Serialize, ToSchema)]
#[schema(as = Repositories)]
struct List {
    repositories: Vec<View>,
    /// Given as `after`, it gets the stretch behind this one; null behind the last.
    next: Option<String>,
}

/// A repository to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRepository)]
struct New {
    /// The project that it belongs to.
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    project: ProjectId,
    #[schema(schema_with = described::path)]
    path: String,
    #[schema(schema_with = described::name_or_nothing)]
    name: Option<String>,
}

/// What changes; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RepositoryChanges)]
struct Changes {
    /// The project to move it to.
    #[schema(value_type = Option<String>, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    project: Option<ProjectId>,
    #[schema(schema_with = described::path_or_null)]
    path: Option<String>,
    #[schema(schema_with = described::name_or_null)]
    name: Option<String>,
}

/// Which repositories.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those of this project.
    #[param(value_type = String, required = false, format = "uuid")]
    project: Option<String>,
}

/// List repositories
#[utoipa::path(
    get,
    path = "/api/v1/repositories",
    operation_id = "listRepositories",
    tag = "repositories",
    params(Asked, Which),
    responses((status = 200, description = "A stretch of them, by path.", body = List), Stretch, Any)
)]
pub(crate) async fn list(program: Program, asked: web::Query<Asked>, which: web::Query<Which>) -> Answer {
    let page = asked.page()?;
    // A filter that was left empty by mistake must not list everything.
    let project = match &which.project {
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

/// Create a repository
#[utoipa::path(
    post,
    path = "/api/v1/repositories",
    operation_id = "createRepository",
    tag = "repositories",
    request_body = New,
    responses((status = 201, description = "What was made.", body = View, headers(("Location" = String, description = "Its address."))), Document, Clash, Any)
)]
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

/// Show a repository
#[utoipa::path(
    get,
    path = "/api/v1/repositories/{id}",
    operation_id = "getRepository",
    tag = "repositories",
    params(("id" = String, Path, format = "uuid", description = "The repository.")),
    responses((status = 200, description = "The repository.", body = View), Named, Any)
)]
pub(crate) async fn show(program: Program, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    let repository =
        program.read(move |conn, viewer| directory::repository(conn, &viewer.enterprise, &id)).await?;
    answer(StatusCode::OK, &View::from(repository.ok_or_else(Problem::not_found)?))
}

/// Change or move a repository
///
/// It is changed whole or not at all. Moved to another project, it may use what that project may use.
#[utoipa::path(
    patch,
    path = "/api/v1/repositories/{id}",
    operation_id = "changeRepository",
    tag = "repositories",
    params(("id" = String, Path, format = "uuid", description = "The repository.")),
    request_body = Changes,
    responses((status = 200, description = "The repository as it is now.", body = View), Document, Named, Clash, Any)
)]
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

/// Delete a repository
///
/// Its access keys go with it, and it is taken out of every scope.
#[utoipa::path(
    delete,
    path = "/api/v1/repositories/{id}",
    operation_id = "deleteRepository",
    tag = "repositories",
    params(("id" = String, Path, format = "uuid", description = "The repository.")),
    responses((status = 204, description = "It is gone."), Named, Any)
)]
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
