//! Turning a credential off and on, throwing it away and taking it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::pipelines::{Breaks, Dependents, dependents};
use super::{address, credential_for, id_in, store};
use crate::credentials::{self, ChangeError, Credential, Places, Reach, State};
use crate::db::Conn;
use crate::ids::CredentialId;
use crate::people::SignedIn;
use crate::permission::{Acting, Action, Viewer};
use crate::web::forms::FormState;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "credentials/delete.html")]
struct DeletePage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    token: &'a str,
    breaks: Breaks,
    projects: Places,
    repositories: Places,
}

#[derive(Template)]
#[template(path = "credentials/disable.html")]
struct DisablePage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    token: &'a str,
    breaks: Breaks,
}

/// An operation on the state of one credential.
type Operation = fn(&mut Conn, &Acting, &CredentialId) -> Result<(), ChangeError>;

/// `GET …/disable`: what will break.
pub(crate) async fn disabling(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::Edit).await?;
    if credential.state != State::Active {
        return Err(Problem::conflict("problem-credential-state"));
    }
    let lost = lost(&console, &viewer, &credential).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = DisablePage {
        shell: &shell,
        href: address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        breaks: Breaks::of_one(&shell, &viewer, &lost.pipelines).and_reminders(lost.reminders),
    };
    shell.answer(StatusCode::OK, &page)
}

pub(crate) async fn disable(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    apply(&request, viewer, &id_in(&path)?, &console, (credentials::disable, "flash-credential-disabled"))
        .await
}

pub(crate) async fn enable(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    apply(&request, viewer, &id_in(&path)?, &console, (credentials::enable, "flash-credential-enabled")).await
}

pub(crate) async fn restore(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    apply(&request, viewer, &id_in(&path)?, &console, (credentials::restore, "flash-credential-restored"))
        .await
}

/// `GET …/delete`: what will break, and the token to type.
pub(crate) async fn deletion(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = disposable(&console, &viewer, &path).await?;
    confirm(&request, &console, &viewer, (&credential, &FormState::new()), StatusCode::OK).await
}

/// `POST …/delete`, with the token typed.
pub(crate) async fn delete(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let credential = disposable(&console, &viewer, &path).await?;
    let submitted = super::submitted(&request, &body)?;
    if submitted.one("token") != credential.token.as_str() {
        let mut state = FormState::new();
        state.set("token", submitted.one("token"));
        state.refuse("token", Shell::of(&request, Some(&viewer)).t("delete-token-differs"));
        let again = (&credential, &state);
        return confirm(&request, &console, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    apply(&request, viewer, &credential.id, &console, (credentials::delete, "flash-credential-deleted")).await
}

async fn apply(
    request: &HttpRequest,
    viewer: Viewer,
    id: &CredentialId,
    console: &Console,
    (operation, sentence): (Operation, &'static str),
) -> Answer {
    let (acting, of) = (console.acting(request, viewer), id.clone());
    console.db.write(move |conn| operation(conn, &acting, &of)).await?;
    Ok(see_other_saying(request, &address(id), &[sentence]))
}

async fn disposable(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Credential, Problem> {
    let credential = credential_for(console, viewer, &id_in(path)?, Action::Dispose).await?;
    match credential.state {
        State::Deleted { .. } => Err(Problem::conflict("problem-credential-deleted")),
        State::Active | State::Disabled { .. } => Ok(credential),
    }
}

async fn confirm(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, state): (&Credential, &FormState),
    status: StatusCode,
) -> Answer {
    let lost = lost(console, viewer, credential).await?;
    let shell = Shell::of(request, Some(viewer));
    let page = DeletePage {
        shell: &shell,
        state,
        href: address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        breaks: Breaks::of_one(&shell, viewer, &lost.pipelines).and_reminders(lost.reminders),
        projects: places(&credential.scope.projects),
        repositories: places(&credential.scope.repositories),
    };
    shell.answer(status, &page)
}

/// What would fail without it.
async fn lost(console: &Console, viewer: &Viewer, credential: &Credential) -> Result<Dependents, Problem> {
    let (asker, ids, now) = (viewer.clone(), [credential.id.clone()], console.clock.now());
    console.db.read(move |conn| dependents(conn, &asker, &ids, now)).await.map_err(store)
}

fn places<T: Ord>(reach: &Reach<T>) -> Places {
    match reach {
        Reach::All => Places::All,
        Reach::Chosen(items) => Places::Chosen(i64::try_from(items.len()).unwrap_or(i64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pipelines::tests::breaks;
    use super::*;
    use crate::web::look;

    #[test]
    fn the_confirmation_says_what_breaks() {
        let mut refused = FormState::new();
        refused.set("token", "<other>");
        refused.refuse("token", "wrong");
        for (state, count, projects) in [
            (FormState::new(), 0, Places::All),
            (refused.clone(), 1, Places::Chosen(0)),
            (refused, 9, Places::Chosen(2)),
        ] {
            look::in_every_shell(|shell| {
                DeletePage {
                    shell,
                    state: &state,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    token: "aliyun-prod",
                    breaks: breaks(count, false),
                    projects,
                    repositories: projects,
                }
                .render()
            });
            look::in_every_shell(|shell| {
                DisablePage {
                    shell,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    token: "aliyun-prod",
                    breaks: breaks(count, false),
                }
                .render()
            });
        }
    }
}
