//! The projects and repositories that an access key can stand for; `GET /access/choices` searches them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use crate::db::{Conn, StoreError};
use crate::directory::{self, Among, Page, Project, Repository};
use crate::ids::{ProjectId, RepositoryId};
use crate::people::{Permit, ReadAccess};
use crate::permission::{LocalRole, Viewer, may_make_access, may_manage_access};
use crate::pipelines::Place;
use crate::pipelines::forms::{place, place_value};
use crate::web::choices::{Choice, Choices, Found, List, Pick, SHOWN, sought};
use crate::web::forms::{FormState, search_words};
use crate::web::{Answer, Console, Problem, Shell};

const PLACES: List =
    List { name: "place", pick: Pick::One, search: "/access/choices", empty: "access-no-places" };

/// Reads what `viewer` may choose, as the form stands.
pub(in crate::pipelines) fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    state: &FormState,
) -> Result<Choices, StoreError> {
    let sought = sought(state, PLACES.name);
    let chosen = match place(state.value(PLACES.name)) {
        Some(chosen) => named(conn, viewer, &chosen)?,
        None => None,
    };
    let found = find(conn, viewer, sought.as_deref())?;
    Ok(Choices::new(PLACES, sought, chosen.into_iter().collect(), found))
}

/// Projects first, then repositories, as many as are shown; and whether there are more.
fn find(conn: &mut Conn, viewer: &Viewer, sought: Option<&str>) -> Result<(Vec<Choice>, bool), StoreError> {
    let page = Page { search: sought.map(str::to_owned), after: None, size: SHOWN };
    let projects = managed_projects(viewer);
    let (found, more_projects) = directory::some_projects(conn, &viewer.enterprise, &projects, &page)?;
    let of_projects = match &projects {
        Among::All => &[],
        Among::These(these) => these.as_slice(),
    };
    // Half of the list at least is for repositories, or one would not know of them.
    let left = SHOWN.saturating_sub(i64::try_from(found.len()).unwrap_or(SHOWN)).max(SHOWN / 2);
    let among = (&managed_repositories(viewer), of_projects);
    let page = Page { size: left, ..page };
    let (repositories, more) = directory::some_repositories(conn, &viewer.enterprise, among, &page)?;
    let repositories = repositories.into_iter().map(of_repository);
    Ok((found.into_iter().map(of_project).chain(repositories).collect(), more || more_projects))
}

/// A place that was chosen already, when it is one that `viewer` may choose.
fn named(conn: &mut Conn, viewer: &Viewer, place: &Place) -> Result<Option<Choice>, StoreError> {
    Ok(match place {
        Place::Project(id) => directory::project(conn, &viewer.enterprise, id)?
            .filter(|project| may_manage_access(viewer, &project.id, None))
            .map(of_project),
        Place::Repository(id) => directory::repository(conn, &viewer.enterprise, id)?
            .filter(|repository| may_manage_access(viewer, &repository.project, Some(&repository.id)))
            .map(of_repository),
    })
}

fn managed_projects(viewer: &Viewer) -> Among<ProjectId> {
    if viewer.rules_everything() {
        return Among::All;
    }
    let managed = viewer.projects.iter().filter(|(_, role)| *role == LocalRole::Manager);
    Among::These(managed.map(|(id, _)| id.clone()).collect())
}

fn managed_repositories(viewer: &Viewer) -> Among<RepositoryId> {
    if viewer.rules_everything() {
        return Among::All;
    }
    let managed = viewer.repositories.iter().filter(|(_, _, role)| *role == LocalRole::Manager);
    Among::These(managed.map(|(id, _, _)| id.clone()).collect())
}

fn of_project(project: Project) -> Choice {
    let value = place_value(&Place::Project(project.id));
    let is = Some(("folder", "choices-project"));
    Choice { value, name: project.name, detail: project.slug, is, chosen: false }
}

fn of_repository(repository: Repository) -> Choice {
    let value = place_value(&Place::Repository(repository.id));
    let is = Some(("branch", "choices-repository"));
    Choice { value, name: repository.name, detail: repository.slug, is, chosen: false }
}

/// What a script looks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
}

/// `GET /access/choices`: the places that the viewer manages.
pub(crate) async fn search(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    if !may_make_access(&viewer) {
        return Err(Problem::forbidden());
    }
    let shell = Shell::of(&request, Some(&viewer));
    let sought = search_words(&asked.q);
    let wanted = sought.clone();
    let found = console.db.read(move |conn| find(conn, &viewer, wanted.as_deref())).await?;
    let choices = Choices::new(PLACES, sought, Vec::new(), found);
    shell.answer(StatusCode::OK, &Found { shell: &shell, choices: &choices })
}

#[cfg(test)]
pub(in crate::pipelines) fn sample(some: bool) -> Choices {
    let choice = |value: &str| Choice {
        value: value.into(),
        name: "<b>".into(),
        detail: "shop".into(),
        is: Some(("folder", "choices-project")),
        chosen: false,
    };
    let found = if some { vec![choice("project:x"), choice("repository:x")] } else { Vec::new() };
    Choices::new(PLACES, None, Vec::new(), (found, some))
}
