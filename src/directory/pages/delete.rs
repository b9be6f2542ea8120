//! Deleting a project or a repository: what breaks, and the path to type.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{DAYS, PlaceView, Shown, project_for, repository_for, store};
use crate::credentials;
use crate::db::{Conn, StoreError};
use crate::directory::{self, Place};
use crate::ids::{ProjectId, RepositoryId};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_manage_project, may_rule_directory};
use crate::usage;
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// As many credentials are named.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "directory/delete.html")]
struct DeletePage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    place: &'a PlaceView,
    stakes: StakesView,
}

/// What hangs on the place.
struct StakesView {
    credentials: usize,
    named: Vec<Named>,
    /// Credentials beyond those that are named.
    more: usize,
    keys: usize,
    /// How many of the keys fetched one of the credentials lately.
    pipelines: usize,
    repositories: usize,
}

struct Named {
    href: String,
    token: String,
    pipelines: usize,
}

pub(crate) async fn deletion_of_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let shown = deletable_project(&console, &viewer, &path).await?;
    confirm(&request, &viewer, &console, (&shown, &FormState::new()), StatusCode::OK).await
}

pub(crate) async fn delete_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = deletable_project(&console, &viewer, &path).await?;
    delete(&request, &viewer, &console, (shown, "/projects".to_owned()), &body).await
}

pub(crate) async fn deletion_of_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let shown = deletable_repository(&console, &viewer, &path).await?;
    confirm(&request, &viewer, &console, (&shown, &FormState::new()), StatusCode::OK).await
}

pub(crate) async fn delete_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = deletable_repository(&console, &viewer, &path).await?;
    let to = shown.1.inside.as_ref().map_or("/projects".to_owned(), |(_, project)| project.clone());
    delete(&request, &viewer, &console, (shown, to), &body).await
}

async fn delete(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (shown, to): (Shown, String),
    body: &web::Bytes,
) -> Answer {
    let submitted = Submitted::parse(body);
    if submitted.one("path") != shown.1.slug {
        let mut state = FormState::new();
        state.set("path", submitted.one("path"));
        state.refuse("path", Shell::of(request, Some(viewer)).t("place-delete-differs"));
        let again = (&shown, &state);
        return confirm(request, viewer, console, again, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let (acting, (place, view)) = (console.acting(request, viewer.clone()), shown);
    console.db.write(move |conn| directory::delete(conn, &acting, &place)).await?;
    let sentence = if view.is_repository() { "flash-repository-deleted" } else { "flash-project-deleted" };
    Ok(see_other_saying(request, &to, &[sentence]))
}

async fn deletable_project(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Shown, Problem> {
    let rules = |viewer: &Viewer, _: &ProjectId| may_rule_directory(viewer);
    let project = project_for(console, viewer, path, rules).await?;
    let view = PlaceView::project(&project);
    Ok((Place::Project(project.id), view))
}

async fn deletable_repository(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Shown, Problem> {
    let manages =
        |viewer: &Viewer, project: &ProjectId, _: &RepositoryId| may_manage_project(viewer, project);
    let (repository, project) = repository_for(console, viewer, path, manages).await?;
    let view = PlaceView::repository(&repository, &project);
    Ok((Place::Repository(repository.id), view))
}

async fn confirm(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    ((place, view), state): (&Shown, &FormState),
    status: StatusCode,
) -> Answer {
    let (asker, place) = (viewer.clone(), place.clone());
    let since = usage::day(console.clock.now()) - DAYS + 1;
    let stakes = console.db.read(move |conn| read(conn, &asker, &place, since)).await.map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    shell.answer(status, &DeletePage { shell: &shell, state, place: view, stakes })
}

/// Names the credentials that `viewer` may see; a manager of the project may not see all that name its repository.
fn read(conn: &mut Conn, viewer: &Viewer, place: &Place, since_day: i32) -> Result<StakesView, StoreError> {
    let stakes = directory::stakes(conn, place, since_day)?;
    let mut named = Vec::new();
    for stake in stakes.credentials.iter().take(NAMED) {
        if credentials::seen_by(conn, viewer, &stake.credential)?.is_some() {
            named.push(Named {
                href: format!("/credentials/{}", stake.credential),
                token: stake.token.clone(),
                pipelines: stake.pipelines,
            });
        }
    }
    Ok(StakesView {
        credentials: stakes.credentials.len(),
        more: stakes.credentials.len() - named.len(),
        named,
        keys: stakes.keys.len(),
        pipelines: stakes.pipelines,
        repositories: stakes.repositories,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_confirmation_says_what_breaks() {
        let mut refused = FormState::new();
        refused.set("path", "<other>");
        refused.refuse("path", "wrong");
        for (state, count, inside) in [
            (FormState::new(), 0, false),
            (FormState::new(), 1, true),
            (refused.clone(), 3, false),
            (refused, 3, true),
        ] {
            look::in_every_shell(|shell| {
                let place = PlaceView {
                    href: "/projects/x".into(),
                    name: "<b>".into(),
                    slug: "shop".into(),
                    inside: inside.then(|| ("<i>".into(), "/projects/y".into())),
                };
                let named = (0..count).map(|pipelines| Named {
                    href: "/credentials/x".into(),
                    token: "aliyun-prod".into(),
                    pipelines,
                });
                let stakes = StakesView {
                    credentials: count,
                    named: named.collect(),
                    more: count / 2,
                    keys: count,
                    pipelines: count,
                    repositories: count,
                };
                DeletePage { shell, state: &state, place: &place, stakes }.render()
            });
        }
    }
}
