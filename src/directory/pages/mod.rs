//! The pages of projects and repositories, and of members.
//!
//! One file per question. Each handler reads what it needs in one go, calls one operation and renders; what a page
//! shows is formatted and permitted before a template sees it.

mod adding;
mod delete;
mod moving;
mod naming;
mod project;
mod projects;
mod repository;

use actix_web::web;
use serde::Deserialize;

pub(crate) use adding::{add_to_project, add_to_repository, set_in_project, set_in_repository};
pub(crate) use delete::{delete_project, delete_repository, deletion_of_project, deletion_of_repository};
pub(crate) use moving::{move_repository, moving};
pub(crate) use naming::{
    create_project, create_repository, new_project, new_repository, rename_project, rename_repository,
    renaming_of_project, renaming_of_repository,
};
pub(crate) use project::{members_of_project, show_project};
pub(crate) use projects::list as projects;
pub(crate) use repository::show as show_repository;

use super::{DirectoryError, Page, Place, Project, Repository};
use crate::db::StoreError;
use crate::ids::{ProjectId, RepositoryId};
use crate::people::Permission;
use crate::permission::{LocalRole, Viewer, may_rule_directory, may_see_project, may_see_repository};
use crate::web::forms::search_words;
use crate::web::{Console, Problem};

/// Lines of a page of a list.
const PAGE_SIZE: i64 = 25;

/// How many days back uses are counted, today among them.
const DAYS: i32 = 30;

/// Create, rename and delete projects, import, and manage members.
pub(crate) enum RuleDirectory {}

impl Permission for RuleDirectory {
    fn granted(viewer: &Viewer) -> bool {
        may_rule_directory(viewer)
    }
}

/// What the address of a list asks for; what cannot be read asks for nothing.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    after: String,
}

impl Asked {
    fn page(&self) -> Page {
        Page { search: search_words(&self.q), after: cursor(&self.after), size: PAGE_SIZE }
    }
}

/// A list's search and where its stretches are, as templates show them.
struct Listing {
    /// Where the list is, without a query.
    path: String,
    /// What is searched for.
    q: String,
    /// Whether this is not the first stretch.
    further: bool,
    first: String,
    next: Option<String>,
}

impl Listing {
    /// `last` is the name and the id of the last line, when there are more behind it.
    fn of(path: String, page: &Page, last: Option<(&str, &str)>) -> Self {
        let q = page.search.clone().unwrap_or_default();
        Self {
            further: page.after.is_some(),
            first: address(&path, &[("q", &q)]),
            next: last.map(|(name, id)| address(&path, &[("q", &q), ("after", &format!("{name}~{id}"))])),
            path,
            q,
        }
    }
}

/// An address with a query of what is not empty.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    let given = query.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// `name~id`: where a stretch ended. A name may have the sign in it, an id not.
fn cursor(text: &str) -> Option<(String, String)> {
    let (name, id) = text.rsplit_once('~')?;
    // PostgreSQL takes no zero byte; no name has one.
    (!name.contains('\0')).then(|| (name.to_owned(), id.replace('\0', "")))
}

/// A project or a repository, as the head of a page and its trail show it.
struct PlaceView {
    /// Where its page is.
    href: String,
    name: String,
    slug: String,
    /// The project that a repository belongs to: its name and where its page is.
    inside: Option<(String, String)>,
}

impl PlaceView {
    fn project(project: &Project) -> Self {
        Self {
            href: project_address(&project.id),
            name: project.name.clone(),
            slug: project.slug.clone(),
            inside: None,
        }
    }

    fn repository(repository: &Repository, project: &Project) -> Self {
        Self {
            href: repository_address(&repository.id),
            name: repository.name.clone(),
            slug: repository.slug.clone(),
            inside: Some((project.name.clone(), project_address(&project.id))),
        }
    }

    /// Where its members are listed.
    fn members(&self) -> String {
        if self.is_repository() { self.href.clone() } else { format!("{}/members", self.href) }
    }

    fn is_repository(&self) -> bool {
        self.inside.is_some()
    }
}

fn project_address(id: &ProjectId) -> String {
    format!("/projects/{id}")
}

fn repository_address(id: &RepositoryId) -> String {
    format!("/repositories/{id}")
}

/// The message id of a role in a project or a repository.
fn local_role(role: LocalRole) -> &'static str {
    match role {
        LocalRole::Manager => "local-role-manager",
        LocalRole::Member => "local-role-member",
    }
}

/// The project of the path, when `viewer` sees it; forbidden when they `may` not do what they came for.
async fn project_for(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
    may: fn(&Viewer, &ProjectId) -> bool,
) -> Result<Project, Problem> {
    let id = ProjectId::parse(path).ok_or_else(Problem::not_found)?;
    let enterprise = viewer.enterprise.clone();
    let found = console.db.read(move |conn| super::project(conn, &enterprise, &id)).await.map_err(store)?;
    let project =
        found.filter(|project| may_see_project(viewer, &project.id)).ok_or_else(Problem::not_found)?;
    if may(viewer, &project.id) { Ok(project) } else { Err(Problem::forbidden()) }
}

/// The repository of the path and its project, in the same way.
async fn repository_for(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
    may: fn(&Viewer, &ProjectId, &RepositoryId) -> bool,
) -> Result<(Repository, Project), Problem> {
    let id = RepositoryId::parse(path).ok_or_else(Problem::not_found)?;
    let enterprise = viewer.enterprise.clone();
    let found = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let Some(repository) = super::repository(conn, &enterprise, &id)? else { return Ok(None) };
            Ok(super::project(conn, &enterprise, &repository.project)?.map(|project| (repository, project)))
        })
        .await
        .map_err(store)?;
    let (repository, project) = found
        .filter(|(repository, project)| may_see_repository(viewer, &project.id, &repository.id))
        .ok_or_else(Problem::not_found)?;
    if may(viewer, &project.id, &repository.id) {
        Ok((repository, project))
    } else {
        Err(Problem::forbidden())
    }
}

/// For those who only look.
fn anybody(_: &Viewer, _: &ProjectId) -> bool {
    true
}

fn store(error: StoreError) -> Problem {
    error.into()
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::NotFound => Self::not_found(),
            DirectoryError::NotAllowed => Self::forbidden(),
            DirectoryError::Taken => Self::conflict("place-path-taken"),
            DirectoryError::UnknownProject => Self::conflict("place-project-gone"),
            DirectoryError::UnknownMember => Self::conflict("member-gone"),
            DirectoryError::LastOwner => Self::conflict("member-last-owner"),
            DirectoryError::Store(error) => error.into(),
        }
    }
}

/// A `Place` with its page, for handlers that serve both kinds.
type Shown = (Place, PlaceView);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_is_searched_for_and_where_one_is() {
        let page =
            Page { search: Some("a&b 名".into()), after: Some(("x".into(), "1".into())), size: PAGE_SIZE };
        let listing = Listing::of("/projects".into(), &page, Some(("商~城", "7")));
        assert!(listing.further);
        assert_eq!(listing.first, "/projects?q=a%26b+%E5%90%8D");
        assert_eq!(
            listing.next.as_deref(),
            Some("/projects?q=a%26b+%E5%90%8D&after=%E5%95%86%7E%E5%9F%8E%7E7")
        );
        assert_eq!(cursor("商~城~7"), Some(("商~城".into(), "7".into())));
        assert_eq!(cursor("nothing"), None);
        assert_eq!(cursor("a\0b~7"), None);
    }
}
