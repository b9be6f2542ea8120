//! Whom conditions would refuse for certain, said before they are in force: an access key proves nothing of a run.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::Timestamp;

use super::pipelines::Breaks;
use super::{address, store};
use crate::credentials::{self, Credential};
use crate::db::StoreError;
use crate::permission::Viewer;
use crate::web::{Console, Problem, Shell};

#[derive(Template)]
#[template(path = "credentials/conditions_plan.html")]
struct PlanPage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    /// Where the form goes, below the page of the credential.
    action: &'static str,
    /// What it says again.
    fields: Vec<(&'static str, String)>,
    breaks: Breaks,
    /// Pipelines of which it is not known.
    others: usize,
}

/// The page that says whom it refuses, unless that is nobody who gets the credential now, or whoever decides has read
/// it: `confirmed` is how many pipelines they were told of. `trial` is since when what is to be in force was tried; a
/// decision about another trial is refused elsewhere.
pub(super) async fn to_be_read(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, trial, confirmed): (&Credential, Option<Timestamp>, Option<usize>),
    (action, fields): (&'static str, Vec<(&'static str, String)>),
) -> Result<Option<HttpResponse>, Problem> {
    let (asker, id, now) = (viewer.clone(), credential.id.clone(), console.clock.now());
    let (demanded, users) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let users = credentials::dependents(conn, &asker, std::slice::from_ref(&id), now)?;
            Ok((credentials::conditions(conn, &id)?, users))
        })
        .await
        .map_err(store)?;
    let (refused, others): (Vec<_>, Vec<_>) = users.into_iter().partition(|user| user.has_key());
    if trial.is_some() && demanded.trial.map(|trial| trial.since) != trial {
        return Ok(None);
    }
    // Where something is asked for already, keys have nothing to lose.
    if !demanded.in_force.is_none() || refused.len() <= confirmed.unwrap_or_default() {
        return Ok(None);
    }
    let shell = Shell::of(request, Some(viewer));
    let page = PlanPage {
        href: address(&credential.id),
        name: credential.name.as_str(),
        action,
        fields,
        breaks: Breaks::of_one(&shell, viewer, &refused),
        others: others.len(),
        shell: &shell,
    };
    shell.answer(StatusCode::UNPROCESSABLE_ENTITY, &page).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::pipelines::tests::breaks;
    use super::*;
    use crate::web::look;

    #[test]
    fn the_plan_can_be_shown() {
        for others in [0, 1, 5] {
            look::in_every_shell(|shell| {
                PlanPage {
                    shell,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    action: "conditions/trial",
                    fields: vec![("refs", "<a>\nb".into()), ("revision", "1".into())],
                    breaks: breaks(3, false),
                    others,
                }
                .render()
            });
        }
    }
}
