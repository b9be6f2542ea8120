//! The pages of Credential Management.
//!
//! One file per question: the list, a new credential, one credential, changing it, rotating it, turning it off and
//! throwing it away. Each handler reads what it needs in one go, calls one operation and renders; what a page shows
//! is formatted and permitted before a template sees it. Nothing here can open content.

mod alike;
mod asked;
mod bulk;
pub(crate) mod conditions;
mod conditions_plan;
mod create;
mod edit;
mod edit_plan;
mod export;
mod fields;
mod list;
pub(crate) mod overview;
mod pipelines;
mod recipes;
mod roll_back;
mod rotate;
mod scope;
mod show;
mod state;
mod usage;
mod verdict;
mod verify;
pub(crate) mod ways;
mod who;

use actix_web::{HttpRequest, web};

pub(crate) use bulk::{carry_out as carry_out_bulk, preview as preview_bulk};
pub(crate) use create::{choose_type, create, new};
pub(crate) use edit::{edit, save};
pub(crate) use export::export;
pub(crate) use list::list;
pub(crate) use roll_back::{look as rolling_back, roll_back};
pub(crate) use rotate::{rotate, rotation};
pub(crate) use scope::{search_people, search_projects, search_repositories};
pub(crate) use show::show;
pub(crate) use state::{delete, deletion, disable, disabling, enable, restore};
pub(crate) use usage::show as usage;
pub(crate) use verify::{health, save_candidate, verify};
pub(crate) use who::{repositories, users};

use super::{ChangeError, Credential, Filter, Page};
use crate::ids::CredentialId;
use crate::people::SignedIn;
use crate::permission::{Action, Viewer, may};
use crate::web::{Answer, Console, Problem, see_other};

/// `GET /`: the first page of whoever is signed in. Those who look after all credentials begin with what needs attention,
/// once there is something that could; everybody else begins with the list, which teaches while it is empty.
pub(crate) async fn home(SignedIn(viewer): SignedIn, console: web::Data<Console>) -> Answer {
    if !viewer.sees_everything() {
        return Ok(see_other("/credentials"));
    }
    let (listed, _) = console
        .db
        .read(move |conn| super::list(conn, &viewer, &Filter::default(), &Page::newest(1, None)))
        .await
        .map_err(store)?;
    Ok(see_other(if listed.is_empty() { "/credentials" } else { "/overview" }))
}

/// The credential of the path, when the viewer may do `action` with it.
async fn credential_for(
    console: &Console,
    viewer: &Viewer,
    id: &CredentialId,
    action: Action,
) -> Result<Credential, Problem> {
    let (asker, wanted) = (viewer.clone(), id.clone());
    let found = console.db.read(move |conn| super::seen_by(conn, &asker, &wanted)).await.map_err(store)?;
    let credential = found.ok_or_else(Problem::not_found)?;
    if may(viewer.role, action, credential.standing(viewer)) {
        Ok(credential)
    } else {
        Err(Problem::forbidden())
    }
}

/// The id in a path; one that is none names nothing.
fn id_in(path: &web::Path<String>) -> Result<CredentialId, Problem> {
    CredentialId::parse(path).ok_or_else(Problem::not_found)
}

fn address(id: &CredentialId) -> String {
    format!("/credentials/{id}")
}

fn store(error: crate::db::StoreError) -> Problem {
    error.into()
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::NotAllowed => Self::forbidden(),
            ChangeError::WrongState => Self::conflict("problem-credential-state"),
            ChangeError::Conflict => Self::conflict("problem-conflict"),
            ChangeError::UnknownPlace | ChangeError::UnknownResponsible => Self::invalid(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

/// A form of several fields has a body of our own reading, because names may be repeated.
fn submitted(request: &HttpRequest, body: &web::Bytes) -> Result<crate::web::forms::Submitted, Problem> {
    let is_form = request
        .headers()
        .get(actix_web::http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        Ok(crate::web::forms::Submitted::parse(body))
    } else {
        Err(Problem::unsupported_media_type())
    }
}
