//! The enterprises of somebody who is a member of several, and the way from one to another.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::cookies::{Cookies, set_cookie};
use super::not_signed_in::NotSignedIn;
use super::origin;
use crate::db::StoreError;
use crate::ids::EnterpriseId;
use crate::people::sign_in::{self, NoSuchEnterprise, SignInSecret, Switch};
use crate::people::{Providers, SignedIn, session};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "people/enterprises.html")]
struct EnterprisesPage<'a> {
    shell: &'a Shell,
    lines: Vec<Line>,
}

/// An enterprise, as the page shows it.
struct Line {
    id: String,
    name: String,
    /// The message id of their role there.
    role: String,
    /// Whether they are in it now.
    here: bool,
}

/// The enterprises that the viewer may be in.
pub(crate) async fn enterprises(
    request: HttpRequest,
    viewer: SignedIn,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let SignedIn(viewer) = viewer;
    let asking = viewer.clone();
    let (issuer, all) = console
        .db
        .read(move |conn| sign_in::enterprises(conn, &asking))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    let lines = all
        .into_iter()
        .filter(|one| one.enterprise == viewer.enterprise || providers.admits(&issuer, &one.slug))
        .map(|one| Line {
            here: one.enterprise == viewer.enterprise,
            id: one.enterprise.to_string(),
            name: one.name,
            role: format!("role-{}", one.role.as_str()),
        })
        .collect();
    let shell = Shell::of(&request, Some(&viewer));
    shell.answer(StatusCode::OK, &EnterprisesPage { shell: &shell, lines })
}

/// Goes into another one.
pub(crate) async fn enter(
    request: HttpRequest,
    viewer: SignedIn,
    session: Session,
    console: web::Data<Console>,
    (path, providers): (web::Path<String>, web::Data<Providers>),
) -> Answer {
    let SignedIn(viewer) = viewer;
    let to = EnterpriseId::parse(&path).ok_or_else(Problem::not_found)?;
    let secret = SignInSecret::new(&console.random);
    let (hash, now, origin) = (secret.hash(), console.clock.now(), origin(&request));
    let (chain, random) = (console.chain.clone(), console.random.clone());
    let goes = viewer.clone();
    let went = console
        .db
        .write(move |conn| {
            let step = Switch { viewer: &goes, to: &to, secret_hash: &hash, origin: &origin, now };
            sign_in::switch(conn, &step, |issuer, slug| providers.admits(issuer, slug), &chain, &random)
        })
        .await;
    let slug = match went {
        Ok(slug) => slug,
        Err(NoSuchEnterprise::ProveAgain(slug)) => {
            return NotSignedIn::ProveAgain.page(&request, Some(&viewer), Some(&slug));
        }
        Err(NoSuchEnterprise::NotFound) => return Err(Problem::not_found()),
        Err(NoSuchEnterprise::Store(error)) => return Err(error.into()),
    };
    session::begin(&session, &secret);
    let mut response = see_other_saying(&request, "/", &["flash-enterprise-entered"]);
    set_cookie(&mut response, &Cookies::of(&console).remember(slug));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_enterprises_can_be_shown() {
        let line = |here, role: &str| Line {
            id: "x".into(),
            name: "Aurora & <Sons>".into(),
            role: format!("role-{role}"),
            here,
        };
        for several in [false, true] {
            look::in_every_shell(|shell| {
                let mut lines = vec![line(true, "owner")];
                if several {
                    lines.extend(["administrator", "auditor", "member"].map(|role| line(false, role)));
                }
                EnterprisesPage { shell, lines }.render()
            });
        }
    }
}
