//! Turning a credential off and on, throwing it away and taking it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{address, credential_for, id_in, store};
use crate::credentials::{self, ChangeError, Credential, Places, Reach, State};
use crate::db::Conn;
use crate::ids::CredentialId;
use crate::people::SignedIn;
use crate::permission::{Acting, Action, Viewer};
use crate::usage;
use crate::web::dates::Moment;
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
    uses: i64,
    callers: usize,
    last_used: Option<Moment>,
    projects: Places,
    repositories: Places,
}

/// An operation on the state of one credential.
type Operation = fn(&mut Conn, &Acting, &CredentialId) -> Result<(), ChangeError>;

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
    let (id, today) = (credential.id.clone(), usage::day(console.clock.now()));
    let insight = console.db.read(move |conn| usage::insight(conn, &id, today, 30)).await.map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    let page = DeletePage {
        shell: &shell,
        state,
        href: address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        uses: insight.days.iter().map(|(_, uses)| uses).sum(),
        callers: insight.callers.len(),
        last_used: credential.last_used_at.map(Moment::of),
        projects: places(&credential.scope.projects),
        repositories: places(&credential.scope.repositories),
    };
    shell.answer(status, &page)
}

fn places<T: Ord>(reach: &Reach<T>) -> Places {
    match reach {
        Reach::All => Places::All,
        Reach::Chosen(items) => Places::Chosen(i64::try_from(items.len()).unwrap_or(i64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_confirmation_says_what_breaks() {
        let mut refused = FormState::new();
        refused.set("token", "<other>");
        refused.refuse("token", "wrong");
        for (state, uses, projects) in [
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
                    uses,
                    callers: 2,
                    last_used: (uses > 0).then(|| Moment::of(jiff::Timestamp::UNIX_EPOCH)),
                    projects,
                    repositories: projects,
                }
                .render()
            });
        }
    }
}
