//! The forms of a new project and a new repository, and those that rename them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{
    PlaceView, RuleDirectory, Shown, project_address, project_for, repository_address, repository_for,
};
use crate::credentials::Name;
use crate::directory::{self, DirectoryError, Place, Project, Slug, forms};
use crate::ids::{ProjectId, RepositoryId};
use crate::people::{Permit, SignedIn};
use crate::permission::{Viewer, may_manage_project};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "directory/naming.html")]
struct NamingPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    /// What is made or renamed.
    task: Task,
    /// Where the form is sent.
    action: String,
}

/// What a form of names is for.
enum Task {
    NewProject,
    /// In this project.
    NewRepository(PlaceView),
    Rename(PlaceView),
}

pub(crate) async fn new_project(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    console: web::Data<Console>,
) -> Answer {
    let mut state = FormState::new();
    state.set("submission", ProjectId::new(console.clock.now(), &console.random).as_str());
    form(&request, &viewer, (Task::NewProject, &state), StatusCode::OK)
}

pub(crate) async fn create_project(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let submitted = Submitted::parse(&body);
    let shell = Shell::of(&request, Some(&viewer));
    let new = match forms::new_place(&submitted, &shell, ProjectId::parse) {
        Ok(new) => new,
        Err(state) => {
            let again = (Task::NewProject, &state);
            return form(&request, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let (acting, to) = (console.acting(&request, viewer.clone()), project_address(&new.id));
    match console.db.write(move |conn| directory::create_project(conn, &acting, &new)).await {
        Ok(()) => Ok(see_other_saying(&request, &to, &["flash-project-created"])),
        Err(DirectoryError::Taken) => {
            let state = taken(&submitted, &shell);
            form(&request, &viewer, (Task::NewProject, &state), StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn new_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let project = project_for(&console, &viewer, &path, may_manage_project).await?;
    let mut state = FormState::new();
    state.set("submission", RepositoryId::new(console.clock.now(), &console.random).as_str());
    state.set("path", format!("{}/", project.slug));
    form(&request, &viewer, (inside(&project), &state), StatusCode::OK)
}

pub(crate) async fn create_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let project = project_for(&console, &viewer, &path, may_manage_project).await?;
    let submitted = Submitted::parse(&body);
    let shell = Shell::of(&request, Some(&viewer));
    let new = match forms::new_place(&submitted, &shell, RepositoryId::parse) {
        Ok(new) => new,
        Err(state) => {
            let again = (inside(&project), &state);
            return form(&request, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let (acting, of) = (console.acting(&request, viewer.clone()), project.id.clone());
    let to = repository_address(&new.id);
    match console.db.write(move |conn| directory::create_repository(conn, &acting, &of, &new)).await {
        Ok(()) => Ok(see_other_saying(&request, &to, &["flash-repository-created"])),
        Err(DirectoryError::Taken) => {
            let state = taken(&submitted, &shell);
            form(&request, &viewer, (inside(&project), &state), StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn renaming_of_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (_, view) = nameable_project(&console, &viewer, &path).await?;
    let state = present(&view);
    form(&request, &viewer, (Task::Rename(view), &state), StatusCode::OK)
}

pub(crate) async fn rename_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = nameable_project(&console, &viewer, &path).await?;
    rename(&request, &viewer, &console, shown, &body).await
}

pub(crate) async fn renaming_of_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (_, view) = nameable_repository(&console, &viewer, &path).await?;
    let state = present(&view);
    form(&request, &viewer, (Task::Rename(view), &state), StatusCode::OK)
}

pub(crate) async fn rename_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = nameable_repository(&console, &viewer, &path).await?;
    rename(&request, &viewer, &console, shown, &body).await
}

async fn rename(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (place, view): Shown,
    body: &web::Bytes,
) -> Answer {
    let submitted = Submitted::parse(body);
    let shell = Shell::of(request, Some(viewer));
    let (name, slug): (Name, Slug) = match forms::renamed(&submitted, &shell) {
        Ok(names) => names,
        Err(state) => {
            let again = (Task::Rename(view), &state);
            return form(request, viewer, again, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let acting = console.acting(request, viewer.clone());
    match console.db.write(move |conn| directory::rename(conn, &acting, &place, (&name, &slug))).await {
        Ok(()) => Ok(see_other_saying(request, &view.href, &["flash-place-renamed"])),
        Err(DirectoryError::Taken) => {
            let state = taken(&submitted, &shell);
            form(request, viewer, (Task::Rename(view), &state), StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

async fn nameable_project(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Shown, crate::web::Problem> {
    let rules = |viewer: &Viewer, _: &ProjectId| crate::permission::may_rule_directory(viewer);
    let project = project_for(console, viewer, path, rules).await?;
    let view = PlaceView::project(&project);
    Ok((Place::Project(project.id), view))
}

async fn nameable_repository(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Shown, crate::web::Problem> {
    let manages =
        |viewer: &Viewer, project: &ProjectId, _: &RepositoryId| may_manage_project(viewer, project);
    let (repository, project) = repository_for(console, viewer, path, manages).await?;
    let view = PlaceView::repository(&repository, &project);
    Ok((Place::Repository(repository.id), view))
}

fn inside(project: &Project) -> Task {
    Task::NewRepository(PlaceView::project(project))
}

/// The form as it is before anybody types.
fn present(view: &PlaceView) -> FormState {
    let mut state = FormState::new();
    state.set("name", view.name.clone());
    state.set("path", view.slug.clone());
    state
}

/// What was typed, and that the path belongs to another one.
fn taken(submitted: &Submitted, shell: &Shell) -> FormState {
    let mut state = FormState::new();
    for field in ["submission", "name", "path"] {
        state.set(field, submitted.one(field));
    }
    state.refuse_called("path", shell.t("place-path"), shell.t("place-path-taken.field"));
    state
}

fn form(
    request: &HttpRequest,
    viewer: &Viewer,
    (task, state): (Task, &FormState),
    status: StatusCode,
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let action = match &task {
        Task::NewProject => format!("/projects/new?in={}", shell.here()),
        Task::NewRepository(project) => format!("{}/repositories/new", project.href),
        Task::Rename(place) => format!("{}/rename", place.href),
    };
    shell.answer(status, &NamingPage { shell: &shell, state, task, action })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_shown_for_every_task_and_refused() {
        let view = |inside: bool| PlaceView {
            href: "/projects/x".into(),
            name: "<b>".into(),
            slug: "shop".into(),
            inside: inside.then(|| ("<i>".into(), "/projects/y".into())),
        };
        let tasks: [fn(PlaceView) -> Task; 3] = [|_| Task::NewProject, Task::NewRepository, Task::Rename];
        let mut refused = FormState::new();
        for field in ["", "name", "path"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        for state in [FormState::new(), refused] {
            for task in tasks {
                for inside in [false, true] {
                    look::in_every_shell(|shell| {
                        let (task, action) = (task(view(inside)), "/x".into());
                        NamingPage { shell, state: &state, task, action }.render()
                    });
                }
            }
        }
    }
}
