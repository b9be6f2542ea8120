//! Moving a repository to another project: first what its pipelines lose and gain, then the move.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{PlaceView, repository_for, store};
use crate::db::{Conn, StoreError};
use crate::directory::{self, DirectoryError, Project, Repository};
use crate::ids::{CredentialId, ProjectId, RepositoryId};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_manage_project};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// As many credentials are named on each side.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "directory/moving.html")]
struct MovingPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    place: PlaceView,
    /// Where it may go: id, name, whether it is the chosen one.
    projects: Vec<(String, String, bool)>,
    /// What the move does, once a project is chosen.
    effect: Option<Effect>,
}

struct Effect {
    to: String,
    name: String,
    lost: Change,
    gained: Change,
}

/// Credentials on one side of the move.
struct Change {
    /// Where the page of each is, and its token.
    named: Vec<(String, String)>,
    more: usize,
}

impl Change {
    fn of(credentials: &[(CredentialId, String)]) -> Self {
        Self {
            named: credentials
                .iter()
                .take(NAMED)
                .map(|(id, token)| (format!("/credentials/{id}"), token.clone()))
                .collect(),
            more: credentials.len().saturating_sub(NAMED),
        }
    }
}

/// The chosen project.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    to: String,
}

pub(crate) async fn moving(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let (repository, project) = movable(&console, &viewer, &path).await?;
    let shown = (&repository, &project, asked.to.as_str());
    form(&request, &viewer, &console, (shown, &FormState::new()), StatusCode::OK).await
}

pub(crate) async fn move_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let (repository, project) = movable(&console, &viewer, &path).await?;
    let submitted = Submitted::parse(&body);
    let to = submitted.one("to");
    let moved = match ProjectId::parse(to) {
        Some(to) => {
            let (acting, id) = (console.acting(&request, viewer.clone()), repository.id.clone());
            console.db.write(move |conn| directory::move_repository(conn, &acting, &id, &to)).await
        }
        None => Err(DirectoryError::UnknownProject),
    };
    match moved {
        Ok(()) => {
            let to = super::repository_address(&repository.id);
            Ok(see_other_saying(&request, &to, &["flash-repository-moved"]))
        }
        Err(DirectoryError::UnknownProject) => {
            let mut state = FormState::new();
            state.refuse("to", Shell::of(&request, Some(&viewer)).t("moving-choose-one"));
            let again = ((&repository, &project, ""), &state);
            form(&request, &viewer, &console, again, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn movable(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<(Repository, Project), Problem> {
    let manages =
        |viewer: &Viewer, project: &ProjectId, _: &RepositoryId| may_manage_project(viewer, project);
    repository_for(console, viewer, path, manages).await
}

async fn form(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    ((repository, project, to), state): ((&Repository, &Project, &str), &FormState),
    status: StatusCode,
) -> Answer {
    let (asker, moved, to) = (viewer.clone(), repository.clone(), to.to_owned());
    let (projects, effect) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let mut projects = directory::projects(conn, &asker.enterprise)?;
            projects.retain(|one| one.id != moved.project && may_manage_project(&asker, &one.id));
            let effect = match projects.iter().find(|one| one.id.as_str() == to) {
                Some(to) => Some(effect(conn, &moved, to)?),
                None => None,
            };
            Ok((projects, effect))
        })
        .await
        .map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    let chosen = effect.as_ref().map(|effect| effect.to.clone()).unwrap_or_default();
    let page = MovingPage {
        shell: &shell,
        state,
        place: PlaceView::repository(repository, project),
        projects: projects
            .into_iter()
            .map(|one| {
                let is_chosen = one.id.as_str() == chosen;
                (one.id.into(), one.name, is_chosen)
            })
            .collect(),
        effect,
    };
    shell.answer(status, &page)
}

fn effect(conn: &mut Conn, repository: &Repository, to: &Project) -> Result<Effect, StoreError> {
    let lost = directory::lost_by_moving(conn, &repository.id, &repository.project, &to.id)?;
    let gained = directory::lost_by_moving(conn, &repository.id, &to.id, &repository.project)?;
    Ok(Effect {
        to: to.id.to_string(),
        name: to.name.clone(),
        lost: Change::of(&lost),
        gained: Change::of(&gained),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_move_says_what_is_lost_and_gained() {
        let mut refused = FormState::new();
        refused.refuse("to", "<wrong>");
        let named = |count: usize| Change {
            named: (0..count).map(|_| ("/credentials/x".to_owned(), "aliyun-prod".to_owned())).collect(),
            more: count.saturating_sub(1),
        };
        for (state, somewhere, count) in
            [(FormState::new(), false, 0), (refused, true, 0), (FormState::new(), true, 2)]
        {
            look::in_every_shell(|shell| {
                MovingPage {
                    shell,
                    state: &state,
                    place: PlaceView {
                        href: "/repositories/x".into(),
                        name: "<b>".into(),
                        slug: "shop/web".into(),
                        inside: Some(("<i>".into(), "/projects/x".into())),
                    },
                    projects: if somewhere { vec![("x".into(), "<b>".into(), true)] } else { Vec::new() },
                    effect: somewhere.then(|| Effect {
                        to: "x".into(),
                        name: "<b>".into(),
                        lost: named(count),
                        gained: named(2 - count),
                    }),
                }
                .render()
            });
        }
    }
}
