//! The pages of projects and repositories, and of members.
//!
//! One file per question. Each handler reads what it needs in one go, calls one operation and renders; what a page
//! shows is formatted and permitted before a template sees it.

mod adding;
mod delete;
mod hand_over;
mod import;
mod member;
mod members;
mod moving;
mod naming;
mod project;
mod projects;
mod repository;
mod standing;
mod usable;

use actix_web::web;

pub(crate) use adding::{add_to_project, add_to_repository, set_in_project, set_in_repository};
pub(crate) use delete::{delete_project, delete_repository, deletion_of_project, deletion_of_repository};
pub(crate) use hand_over::{choose as choose_hand_over, hand_over};
pub(crate) use import::{
    apply as apply_import, export as export_directory, new as new_import, progress as progress_of_import,
    sample as sample_import, show as show_import, upload as upload_import,
};
pub(crate) use member::{show as show_member, uses as uses_of_member};
pub(crate) use members::list as members;
pub(crate) use moving::{move_repository, moving};
pub(crate) use naming::{
    create_project, create_repository, new_project, new_repository, rename_project, rename_repository,
    renaming_of_project, renaming_of_repository,
};
pub(crate) use project::{members_of_project, show_project};
pub(crate) use projects::list as projects;
pub(crate) use repository::show as show_repository;
pub(crate) use standing::{disable, disabling, enable, set_role};
pub(crate) use usable::{usable_in_project, usable_in_repository};

use super::{DirectoryError, Member, Page, Place, Project, Repository};
use crate::db::StoreError;
use crate::ids::{MemberId, ProjectId, RepositoryId};
use crate::people::Permission;
use crate::permission::{
    EnterpriseRole, LocalRole, Viewer, may_rule_directory, may_see_members, may_see_project,
    may_see_repository,
};
use crate::web::lists::{Asked, Listing};
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

/// See the members of the enterprise.
pub(crate) enum ReadMembers {}

impl Permission for ReadMembers {
    fn granted(viewer: &Viewer) -> bool {
        may_see_members(viewer)
    }
}

/// The stretch of a list that an address asks for.
fn page(asked: &Asked) -> Page {
    Page { search: asked.search(), after: asked.after(), size: PAGE_SIZE }
}

/// The list at `path`; `last` is the name and the id of its last line, when there are more behind it.
fn listing(path: &str, page: &Page, last: Option<(&str, &str)>) -> Listing {
    Listing::of(path, page.search.as_deref(), &[], page.after.is_some(), last)
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

fn member_address(id: &MemberId) -> String {
    format!("/members/{id}")
}

/// The message id of a role in the enterprise.
fn enterprise_role(role: EnterpriseRole) -> &'static str {
    match role {
        EnterpriseRole::Owner => "role-owner",
        EnterpriseRole::Administrator => "role-administrator",
        EnterpriseRole::Auditor => "role-auditor",
        EnterpriseRole::Member => "role-member",
    }
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

/// The member of the path, when they are of the viewer's enterprise.
async fn member_for(console: &Console, viewer: &Viewer, path: &web::Path<String>) -> Result<Member, Problem> {
    let id = MemberId::parse(path).ok_or_else(Problem::not_found)?;
    let enterprise = viewer.enterprise.clone();
    let found =
        console.db.read(move |conn| super::find_member(conn, &enterprise, &id)).await.map_err(store)?;
    found.ok_or_else(Problem::not_found)
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
            DirectoryError::AlreadyMember(_) => Self::conflict("member-already"),
            DirectoryError::UnknownIssuer => Self::conflict("member-issuer-unknown"),
            DirectoryError::IssuerNeeded => Self::conflict("member-issuer-needed"),
            DirectoryError::LastOwner => Self::conflict("member-last-owner"),
            DirectoryError::Store(error) => error.into(),
        }
    }
}

/// A `Place` with its page, for handlers that serve both kinds.
type Shown = (Place, PlaceView);
