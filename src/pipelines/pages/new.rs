//! `GET` and `POST /access/new`: a new access key.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{places, shown};
use crate::ids::SubmissionId;
use crate::people::{Permit, ReadAccess};
use crate::permission::{Viewer, may_make_access};
use crate::pipelines::{self, forms};
use crate::web::choices::{Choices, is_search};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, dates};

#[derive(Template)]
#[template(path = "pipelines/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    form: FormState,
    places: Choices,
    today: String,
}

/// The form of a new access key.
pub(crate) async fn new(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let mut form = FormState::new();
    forms::filled(&mut form, None);
    form.set("submission", SubmissionId::new(console.clock.now(), &console.random).as_str());
    form_page(&request, &viewer, &console, (StatusCode::OK, form)).await
}

/// Makes an access key and shows its text, this once. The form sent again makes no second one.
pub(crate) async fn create(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    body: web::Bytes,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let submitted = Submitted::parse(&body);
    if is_search(&submitted) {
        let form = forms::again(&submitted);
        return form_page(&request, &viewer, &console, (StatusCode::OK, form)).await;
    }
    let new = match forms::read(&submitted, &shell, console.clock.now()) {
        Ok(new) => new,
        Err(form) => {
            return form_page(&request, &viewer, &console, (StatusCode::UNPROCESSABLE_ENTITY, form)).await;
        }
    };
    let acting = console.acting(&request, viewer.clone());
    let name = new.facts.name.as_str().to_owned();
    let (id, made) = console.db.write(move |conn| pipelines::create(conn, &acting, &new)).await?;
    shown(&request, &viewer, &console, ("access-created-title", &id, &name, &made))
}

async fn form_page(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (status, form): (StatusCode, FormState),
) -> Answer {
    // An auditor only looks.
    if !may_make_access(viewer) {
        return Err(Problem::forbidden());
    }
    let shell = Shell::of(request, Some(viewer));
    let (asking, filled) = (viewer.clone(), form.clone());
    let places = console.db.read(move |conn| places::read(conn, &asking, &filled)).await?;
    let today = dates::day(console.clock.now());
    shell.answer(status, &NewPage { shell: &shell, form, places, today })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_filled_and_refused() {
        let mut refused = FormState::new();
        for field in ["", "name", "place", "last_day", "sources", "tokens"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        let mut these = FormState::new();
        these.set("source_scope", "these");
        these.set("token_scope", "these");
        for (form, some) in [(FormState::new(), false), (these, true), (refused, true)] {
            look::in_every_shell(|shell| {
                let (places, today) = (places::sample(some), "2026-11-23".into());
                NewPage { shell, form: form.clone(), places, today }.render()
            });
        }
    }
}
