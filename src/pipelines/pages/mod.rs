//! The pages under "Access": the access keys one sees, a new one, one with what it did lately, changing, rotating and
//! revoking it.

mod edit;
mod list;
mod new;
pub(super) mod places;
mod revoke;
mod rotate;
mod show;

use std::collections::{BTreeSet, HashMap};

use actix_web::HttpRequest;
use askama::Template;

pub(crate) use edit::{editing, save};
pub(crate) use list::list;
pub(crate) use new::{create, new};
pub(crate) use places::search as search_places;
pub(crate) use revoke::{revocation, revoke};
pub(crate) use rotate::{end_old, ending, rotate, rotation};
pub(crate) use show::show;

use super::{AccessError, AccessKey, Binding, KeySecret, NewKey, sees};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{AccessKeyId, ProjectId, RepositoryId};
use crate::permission::{Viewer, may_manage_access};
use crate::web::{Answer, Console, Problem, Shell};

/// The one page that shows the text of a key.
#[derive(Template)]
#[template(path = "pipelines/created.html")]
struct CreatedPage<'a> {
    shell: &'a Shell,
    /// The message id of what happened.
    title: &'static str,
    name: &'a str,
    /// The one time that the text of a key is in a page. Not a `Secret`: it is what the page is for.
    key: &'a str,
    curl: String,
    href: String,
}

/// Shows a key that was just made, or just given another secret.
fn shown(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (title, id, name, made): (&'static str, &AccessKeyId, &str, &NewKey),
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let key = made.text.expose();
    let curl = format!(
        "curl -H 'Authorization: Bearer {key}' {}/api/v1/credentials/TOKEN/fields",
        console.public_url
    );
    let page = CreatedPage { shell: &shell, title, name, key, curl, href: address(id) };
    shell.answer(actix_web::http::StatusCode::CREATED, &page)
}

/// A key that the viewer sees, its secrets, and the name of its place.
struct Found {
    key: AccessKey,
    secrets: Vec<KeySecret>,
    place: String,
}

impl Found {
    /// Reads the key that a path names.
    async fn read(console: &Console, viewer: &Viewer, path: &str) -> Result<Self, Problem> {
        let id = AccessKeyId::parse(path).ok_or_else(Problem::not_found)?;
        let asking = viewer.clone();
        let found = console
            .db
            .read(move |conn| -> Result<_, StoreError> {
                let found = super::find(conn, &asking.enterprise, &id)?;
                let Some((key, secrets)) = found.filter(|(key, _)| sees(&asking, key)) else {
                    return Ok(None);
                };
                let places = Places::read(conn, &asking, std::iter::once(&key))?;
                Ok(Some(Self { place: places.name(&key.binding), key, secrets }))
            })
            .await?;
        found.ok_or_else(Problem::not_found)
    }

    /// The same for somebody who is about to change it.
    async fn to_change(console: &Console, viewer: &Viewer, path: &str) -> Result<Self, Problem> {
        let found = Self::read(console, viewer, path).await?;
        if !found.is_managed_by(viewer) {
            return Err(Problem::forbidden());
        }
        Ok(found)
    }

    fn is_managed_by(&self, viewer: &Viewer) -> bool {
        may_manage_access(viewer, self.key.binding.project(), self.key.binding.repository())
    }
}

/// The names of places that keys stand for.
struct Places {
    projects: HashMap<ProjectId, String>,
    repositories: HashMap<RepositoryId, String>,
}

impl Places {
    fn read<'a>(
        conn: &mut Conn,
        viewer: &Viewer,
        keys: impl Iterator<Item = &'a AccessKey> + Clone,
    ) -> Result<Self, StoreError> {
        let projects: BTreeSet<ProjectId> = keys.clone().map(|key| key.binding.project().clone()).collect();
        let repositories: BTreeSet<RepositoryId> =
            keys.filter_map(|key| key.binding.repository().cloned()).collect();
        let (projects, repositories): (Vec<_>, Vec<_>) =
            (projects.into_iter().collect(), repositories.into_iter().collect());
        Ok(Self {
            projects: directory::project_names(conn, &viewer.enterprise, &projects)?,
            repositories: directory::repository_names(conn, &viewer.enterprise, &repositories)?,
        })
    }

    fn name(&self, binding: &Binding) -> String {
        let name = match binding.repository() {
            Some(repository) => self.repositories.get(repository),
            None => self.projects.get(binding.project()),
        };
        name.cloned().unwrap_or_default()
    }
}

/// How a key begins: the part that is not secret.
fn begins(key: &AccessKey) -> String {
    format!("vak_{}_…", key.public_id)
}

fn address(id: &AccessKeyId) -> String {
    format!("/access/{id}")
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::not_found(),
            AccessError::NotAllowed => Self::forbidden(),
            AccessError::UnknownPlace => Self::conflict("access-place-gone"),
            AccessError::Already(_) => Self::conflict("access-already-shown"),
            AccessError::Revoked => Self::conflict("access-is-revoked"),
            AccessError::RotatedMeanwhile => Self::conflict("access-rotated-meanwhile"),
            AccessError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn a_key_is_shown_once() {
        for title in ["access-created-title", "access-rotated-title"] {
            look::in_every_shell(|shell| {
                let curl = "curl -H 'x' \"y\"".into();
                CreatedPage { shell, title, name: "<b>", key: "vak_x", curl, href: "/access/x".into() }
                    .render()
            });
        }
    }
}
