//! `GET /repositories/{id}/tasks`: the tasks that need a credential.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::PlaceView;
use crate::ids::RepositoryId;
use crate::people::SignedIn;
use crate::picker;
use crate::pipelines::tasks::{ALL, Task};
use crate::web::{Answer, Console, Problem, Shell};

#[derive(Template)]
#[template(path = "pipelines/tasks/list.html")]
struct TasksPage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    cards: Vec<Card>,
}

struct Card {
    href: String,
    icon: &'static str,
    label: String,
    help: String,
}

impl Card {
    fn of(shell: &Shell, place: &PlaceView, task: &Task) -> Self {
        Self {
            href: format!("{}/tasks/{}", place.href, task.id),
            icon: task.icon,
            label: shell.t(task.label()),
            help: shell.t(format!("{}.help", task.label())),
        }
    }
}

pub(crate) async fn list(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let id = RepositoryId::parse(&path).ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&request, Some(&viewer));
    let found = console.db.read(move |conn| picker::here(conn, &viewer, id.as_str())).await?;
    let place = PlaceView::of(&found.ok_or_else(Problem::not_found)?);
    let cards = ALL.iter().map(|task| Card::of(&shell, &place, task)).collect();
    shell.answer(StatusCode::OK, &TasksPage { shell: &shell, place, cards })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_tasks_can_be_shown() {
        look::in_every_shell(|shell| {
            let place = PlaceView::sample();
            let cards = ALL.iter().map(|task| Card::of(shell, &place, task)).collect();
            TasksPage { shell, place, cards }.render()
        });
    }
}
