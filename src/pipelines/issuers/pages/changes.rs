//! What administrators change about an issuer: its keys, whether it is trusted now, whether it is trusted at all.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{RuleLine, address, read};
use crate::ids::IssuerId;
use crate::people::{Fresh, ManageAccess, Permit};
use crate::permission::Viewer;
use crate::pipelines::issuers::{self, Change, IssuerError, KeySource, forms};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/issuers/confirm.html")]
pub(super) struct ConfirmPage<'a> {
    pub(super) shell: &'a Shell,
    /// The message id of the title, which takes a name.
    pub(super) title: &'static str,
    pub(super) name: String,
    /// The message id of what happens.
    pub(super) effect: &'static str,
    /// The message id of the button.
    pub(super) button: &'static str,
    pub(super) action: String,
    pub(super) back: String,
    /// Whose runs are refused from then on.
    pub(super) rules: Vec<RuleLine>,
    pub(super) state: &'a FormState,
}

#[derive(Template)]
#[template(path = "pipelines/issuers/keys.html")]
struct KeysPage<'a> {
    shell: &'a Shell,
    href: String,
    name: String,
    state: &'a FormState,
}

/// Asks before an issuer is turned off.
pub(crate) async fn ask_disable(
    request: HttpRequest,
    viewer: Permit<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    confirm(&request, viewer, &console, (&path, Step::Disable, &FormState::new())).await
}

/// Turns an issuer off.
pub(crate) async fn disable(
    request: HttpRequest,
    viewer: Permit<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    change(&request, viewer.into_viewer(), &console, (&path, Change::Disable)).await
}

/// Turns an issuer on again.
pub(crate) async fn enable(
    request: HttpRequest,
    viewer: Permit<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    change(&request, viewer.into_viewer(), &console, (&path, Change::Enable)).await
}

/// Asks before an issuer is trusted no more.
pub(crate) async fn ask_remove(
    request: HttpRequest,
    viewer: Permit<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    confirm(&request, viewer, &console, (&path, Step::Remove, &FormState::new())).await
}

/// Trusts an issuer no more, when it is said twice: its rules cannot be brought back.
pub(crate) async fn remove(
    request: HttpRequest,
    viewer: Permit<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    if !Submitted::parse(&body).has("sure") {
        let state = unsure(&request);
        return confirm(&request, viewer, &console, (&path, Step::Remove, &state)).await;
    }
    change(&request, viewer.into_viewer(), &console, (&path, Change::Remove)).await
}

/// The form of an issuer's keys.
pub(crate) async fn keys(
    request: HttpRequest,
    viewer: Fresh<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    // Before anything is typed.
    let viewer = viewer.into_viewer(&keys_page(&path))?;
    let (issuer, _) = read(&viewer, &console, &path).await?;
    let mut state = FormState::new();
    if let KeySource::Uploaded(text) = &issuer.keys {
        state.set("key_set", text);
    }
    let shell = Shell::of(&request, Some(&viewer));
    let page = KeysPage { href: address(&issuer.id), name: issuer.name, state: &state, shell: &shell };
    shell.answer(StatusCode::OK, &page)
}

/// Replaces an issuer's keys, or has it asked for them.
pub(crate) async fn set_keys(
    request: HttpRequest,
    viewer: Fresh<ManageAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let viewer = viewer.into_viewer(&keys_page(&path))?;
    let shell = Shell::of(&request, Some(&viewer));
    match forms::read_keys(&Submitted::parse(&body), &shell) {
        Ok(keys) => change(&request, viewer, &console, (&path, Change::Keys(keys))).await,
        Err(state) => {
            let (issuer, _) = read(&viewer, &console, &path).await?;
            let page =
                KeysPage { href: address(&issuer.id), name: issuer.name, state: &state, shell: &shell };
            shell.answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Where the keys of an issuer are changed.
fn keys_page(id: &str) -> String {
    format!("/access/issuers/{id}/keys")
}

/// What is asked about.
enum Step {
    Disable,
    Remove,
}

/// A form that was sent without its tick.
pub(super) fn unsure(request: &HttpRequest) -> FormState {
    let mut state = FormState::new();
    state.refuse("sure", Shell::of(request, None).t("issuer-unsure"));
    state
}

async fn confirm(
    request: &HttpRequest,
    viewer: Permit<ManageAccess>,
    console: &Console,
    (id, step, state): (&str, Step, &FormState),
) -> Answer {
    let viewer = viewer.into_viewer();
    let (issuer, rules) = read(&viewer, console, id).await?;
    let shell = Shell::of(request, Some(&viewer));
    let back = address(&issuer.id);
    let (title, effect, button, action) = match step {
        Step::Disable => ("issuer-disable-title", "issuer-disable-effect", "issuer-disable", "disable"),
        Step::Remove => ("issuer-remove-title", "issuer-remove-effect", "issuer-remove", "remove"),
    };
    let page = ConfirmPage {
        shell: &shell,
        title,
        name: issuer.name,
        effect,
        button,
        action: format!("{back}/{action}"),
        back,
        rules,
        state,
    };
    let status = if state.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    shell.answer(status, &page)
}

async fn change(
    request: &HttpRequest,
    viewer: Viewer,
    console: &Console,
    (id, change): (&str, Change),
) -> Answer {
    let id = IssuerId::parse(id).ok_or_else(Problem::not_found)?;
    let acting = console.acting(request, viewer);
    let (said, to) = match &change {
        Change::Disable => ("flash-issuer-disabled", address(&id)),
        Change::Enable => ("flash-issuer-enabled", address(&id)),
        Change::Keys(_) => ("flash-issuer-keys", address(&id)),
        Change::Remove => ("flash-issuer-removed", "/access/issuers".to_owned()),
    };
    let changed = console.db.write(move |conn| issuers::change(conn, &acting, &id, &change)).await;
    changed.map_err(|error: IssuerError| Problem::from(error))?;
    Ok(see_other_saying(request, &to, &[said]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipelines::issuers::pages::samples;
    use crate::web::look;

    #[test]
    fn what_breaks_is_said_before_it_does() {
        let mut unsure = FormState::new();
        unsure.refuse("sure", "<tick>");
        for (state, full) in [(FormState::new(), false), (FormState::new(), true), (unsure, true)] {
            for (title, effect, button) in [
                ("issuer-disable-title", "issuer-disable-effect", "issuer-disable"),
                ("issuer-remove-title", "issuer-remove-effect", "issuer-remove"),
                ("rule-remove-title", "rule-remove-effect", "rule-remove"),
            ] {
                look::in_every_shell(|shell| {
                    let (action, back) = ("/access/issuers/x/remove".into(), "/access/issuers/x".into());
                    let rules = (0..2).map(|_| samples::rule(full)).collect();
                    let name = "<CI>".into();
                    ConfirmPage { shell, title, name, effect, button, action, back, rules, state: &state }
                        .render()
                });
            }
            look::in_every_shell(|shell| {
                let mut state = state.clone();
                state.set("key_set", "{\"keys\": []}</textarea>");
                let (href, name) = ("/access/issuers/x".into(), "<CI>".into());
                KeysPage { shell, href, name, state: &state }.render()
            });
        }
    }
}
