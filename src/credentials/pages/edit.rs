//! `/credentials/{id}/edit`: name, description, scope, expiry, responsible person.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::edit_plan::to_be_read;
use super::scope::{self, Offered, Present};
use super::{credential_for, id_in, store};
use crate::credentials::forms::{self, Submitter};
use crate::credentials::{self, ChangeError, Credential, State};
use crate::people::SignedIn;
use crate::permission::{Action, Viewer, may};
use crate::web::choices::is_search;
use crate::web::forms::FormState;
use crate::web::{Answer, Console, Problem, Shell, dates, see_other_saying};

#[derive(Template)]
#[template(path = "credentials/edit.html")]
struct EditPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    token: &'a str,
    offered: Offered,
    today: String,
    /// Somebody else changed it since the form was opened: saving again goes over that.
    conflict: bool,
}

pub(crate) async fn edit(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = editable(&console, &viewer, &path).await?;
    let state = forms::edit_state(&credential);
    form(&request, &console, &viewer, (&credential, &state), StatusCode::OK).await
}

pub(crate) async fn save(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let credential = editable(&console, &viewer, &path).await?;
    let submitted = super::submitted(&request, &body)?;
    let shell = Shell::of(&request, Some(&viewer));
    let (now, private_hosts) = (console.clock.now(), &console.private_hosts);
    let by = Submitter { viewer: &viewer, language: shell.language, now, private_hosts };
    let (edit, mut state) = forms::edit(&submitted, &credential, &by);
    // Whoever goes back from what the plan says is as far as whoever searches: nothing is complete yet.
    if is_search(&submitted) || submitted.has("back") {
        state.forgive();
        return form(&request, &console, &viewer, (&credential, &state), StatusCode::OK).await;
    }
    let again = (&credential, &state);
    let Some(edit) = edit else {
        return form(&request, &console, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (of, form_as_sent) = ((&credential, &edit), (&submitted, &state));
    if let Some(plan) = to_be_read(&request, &console, &viewer, of, form_as_sent).await? {
        return Ok(plan);
    }
    let acting = console.acting(&request, viewer.clone());
    let changed = console.db.write(move |conn| credentials::edit(conn, &acting, edit)).await;
    let (field, sentence) = match changed {
        Ok(()) => {
            let to = super::address(&credential.id);
            return Ok(see_other_saying(&request, &to, &["flash-credential-saved"]));
        }
        Err(ChangeError::Conflict) => {
            // What they typed stays; sent again it goes over the other change, which they have now been told of.
            state.set("revision", credential.revision.to_string());
            return form(&request, &console, &viewer, (&credential, &state), StatusCode::CONFLICT).await;
        }
        Err(ChangeError::UnknownPlace) => ("project", "form-unknown-place"),
        Err(ChangeError::UnknownResponsible) => ("responsible", "form-unknown-responsible"),
        Err(other) => return Err(other.into()),
    };
    state.refuse(field, shell.t(sentence));
    form(&request, &console, &viewer, (&credential, &state), StatusCode::UNPROCESSABLE_ENTITY).await
}

/// The credential of the path, when it may be changed and is not thrown away.
pub(super) async fn editable(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Credential, Problem> {
    let credential = credential_for(console, viewer, &id_in(path)?, Action::Edit).await?;
    match credential.state {
        State::Deleted { .. } => Err(Problem::conflict("problem-credential-deleted")),
        State::Active | State::Disabled { .. } => Ok(credential),
    }
}

async fn form(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, state): (&Credential, &FormState),
    status: StatusCode,
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let present = Present {
        scope: credential.scope.clone(),
        responsible: credential.responsible.clone(),
        dispose: may(viewer.role, Action::Dispose, credential.standing(viewer)),
    };
    let (asker, filled) = (viewer.clone(), state.clone());
    let offered =
        console.db.read(move |conn| scope::read(conn, &asker, &present, &filled)).await.map_err(store)?;
    let page = EditPage {
        shell: &shell,
        state,
        href: super::address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        offered,
        today: dates::day(console.clock.now()),
        conflict: status == StatusCode::CONFLICT,
    };
    shell.answer(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_shown_refused_and_in_conflict() {
        let mut refused = FormState::new();
        for field in ["", "name", "description", "expires", "responsible", "project", "repository"] {
            refused.refuse(field, "<wrong>");
        }
        for (state, conflict) in [(FormState::new(), false), (refused, true)] {
            look::in_every_shell(|shell| {
                EditPage {
                    shell,
                    state: &state,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    token: "aliyun-prod",
                    offered: Offered::sample(if conflict { 12 } else { 0 }, &state),
                    today: "2026-11-23".into(),
                    conflict,
                }
                .render()
            });
        }
    }
}
