//! `GET` and `POST /access/{id}/edit`: what people say of a key, said otherwise.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Found, address};
use crate::credentials::Name;
use crate::people::{Permit, ReadAccess};
use crate::permission::Viewer;
use crate::pipelines::{self, AccessKey, KeyFacts, KeyState, forms};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, dates, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/edit.html")]
struct EditPage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    place: &'a str,
    form: FormState,
    today: String,
}

/// The form, as the key is.
pub(crate) async fn editing(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let found = living(&console, &viewer, &path).await?;
    let mut form = FormState::new();
    forms::filled(&mut form, Some(&facts(&found.key)?));
    page(&request, &viewer, &console, (&found, StatusCode::OK, form))
}

/// Changes it: the very next resolve is decided by what is said now.
pub(crate) async fn save(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let found = living(&console, &viewer, &path).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let present = (found.key.expires_at, console.clock.now());
    let facts = match forms::read_facts(&Submitted::parse(&body), &shell, present) {
        Ok(facts) => facts,
        Err(form) => {
            return page(&request, &viewer, &console, (&found, StatusCode::UNPROCESSABLE_ENTITY, form));
        }
    };
    let (acting, id) = (console.acting(&request, viewer), found.key.id);
    let to = address(&id);
    console.db.write(move |conn| pipelines::edit(conn, &acting, &id, &facts)).await?;
    Ok(see_other_saying(&request, &to, &["flash-access-edited"]))
}

/// The key, when it can still be changed.
pub(super) async fn living(console: &Console, viewer: &Viewer, path: &str) -> Result<Found, Problem> {
    let found = Found::to_change(console, viewer, path).await?;
    match found.key.state(console.clock.now()) {
        KeyState::Revoked => Err(Problem::conflict("access-is-revoked")),
        KeyState::Active | KeyState::Expiring | KeyState::Expired => Ok(found),
    }
}

fn facts(key: &AccessKey) -> Result<KeyFacts, Problem> {
    Ok(KeyFacts {
        name: Name::parse(&key.name).map_err(|_| Problem::internal("the name of an access key is none"))?,
        expires_at: key.expires_at,
        sources: key.sources.clone(),
        tokens: key.tokens.clone(),
    })
}

fn page(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (found, status, form): (&Found, StatusCode, FormState),
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let page = EditPage {
        shell: &shell,
        href: address(&found.key.id),
        name: &found.key.name,
        place: &found.place,
        form,
        today: dates::day(console.clock.now()),
    };
    shell.answer(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_filled_and_refused() {
        let mut refused = FormState::new();
        for field in ["", "name", "last_day", "sources", "tokens"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        for form in [FormState::new(), refused] {
            look::in_every_shell(|shell| {
                let (href, today) = ("/access/x".into(), "2026-11-23".into());
                EditPage { shell, href, name: "<b>", place: "shop & web", form: form.clone(), today }.render()
            });
        }
    }
}
