//! `GET /projects/{id}` and `…/members`: what is in one project.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::adding::MemberLine;
use super::{PlaceView, anybody, listing, project_for, repository_address, store};
use crate::db::StoreError;
use crate::directory::{self, Place};
use crate::ids::ProjectId;
use crate::people::SignedIn;
use crate::permission::{Viewer, may_make_access, may_manage_project, may_rule_directory, may_see_inside};
use crate::web::lists::{Asked, Listing};
use crate::web::{Answer, Console, Problem, Shell};

#[derive(Template)]
#[template(path = "directory/project.html")]
struct ProjectPage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    tabs: Option<Tabs>,
    listing: Listing,
    lines: Vec<Line>,
    /// Rename and delete it.
    may_rule: bool,
    /// Make repositories in it.
    may_manage: bool,
    may_make_access: bool,
}

struct Line {
    href: String,
    name: String,
    slug: String,
    members: i64,
}

#[derive(Template)]
#[template(path = "directory/project_members.html")]
struct ProjectMembersPage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    tabs: Tabs,
    listing: Listing,
    lines: Vec<MemberLine>,
    may_rule: bool,
    may_manage: bool,
}

/// The two lists of a project, for those who may see inside.
pub(super) struct Tabs {
    pub(super) repositories: i64,
    pub(super) members: i64,
}

impl Tabs {
    pub(super) fn read(
        conn: &mut crate::db::Conn,
        viewer: &Viewer,
        id: &ProjectId,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            repositories: directory::count_repositories(conn, viewer, Some(id), None)?,
            members: directory::count_place_members(conn, &Place::Project(id.clone()))?,
        })
    }
}

#[cfg(test)]
impl Tabs {
    pub(super) fn sample() -> Self {
        Self { repositories: 1, members: 2 }
    }
}

pub(crate) async fn show_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let project = project_for(&console, &viewer, &path, anybody).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let inside = may_see_inside(&viewer, &project.id);
    let (page, asker, id) = (super::page(&asked), viewer.clone(), project.id.clone());
    let wanted = page.clone();
    let (listed, more, tabs) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let (listed, more) = directory::list_repositories(conn, &asker, Some(&id), &wanted)?;
            let tabs = if inside { Some(Tabs::read(conn, &asker, &id)?) } else { None };
            Ok((listed, more, tabs))
        })
        .await
        .map_err(store)?;
    let last = listed
        .last()
        .filter(|_| more)
        .map(|last| (last.repository.slug.as_str(), last.repository.id.as_str()));
    let place = PlaceView::project(&project);
    let page = ProjectPage {
        listing: listing(&place.href, &page, last),
        lines: listed
            .iter()
            .map(|listed| Line {
                href: repository_address(&listed.repository.id),
                name: listed.repository.name.clone(),
                slug: listed.repository.slug.clone(),
                members: listed.members,
            })
            .collect(),
        place,
        tabs,
        may_rule: may_rule_directory(&viewer),
        may_manage: may_manage_project(&viewer, &project.id),
        may_make_access: may_make_access(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

pub(crate) async fn members_of_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let project = project_for(&console, &viewer, &path, anybody).await?;
    if !may_see_inside(&viewer, &project.id) {
        return Err(Problem::not_found());
    }
    let shell = Shell::of(&request, Some(&viewer));
    let (page, asker, id) = (super::page(&asked), viewer.clone(), project.id.clone());
    let wanted = page.clone();
    let (listed, more, tabs) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let (listed, more) = directory::list_place_members(conn, &Place::Project(id.clone()), &wanted)?;
            Ok((listed, more, Tabs::read(conn, &asker, &id)?))
        })
        .await
        .map_err(store)?;
    let last = listed.last().filter(|_| more).map(|last| (last.name.as_str(), last.id.as_str()));
    let place = PlaceView::project(&project);
    let page = ProjectMembersPage {
        listing: listing(&place.members(), &page, last),
        lines: listed.iter().map(|member| MemberLine::of(member, &viewer)).collect(),
        place,
        tabs,
        may_rule: may_rule_directory(&viewer),
        may_manage: may_manage_project(&viewer, &project.id),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Page;
    use crate::web::look;

    fn place() -> PlaceView {
        PlaceView { href: "/projects/x".into(), name: "<b>".into(), slug: "shop".into(), inside: None }
    }

    fn listing(full: bool) -> Listing {
        let page = Page { search: full.then(|| "\"<".to_owned()), after: None, size: 1 };
        super::super::listing("/projects/x", &page, full.then_some(("a", "b")))
    }

    #[test]
    fn a_project_can_be_shown_with_and_without_repositories_and_members() {
        for (full, may) in [(true, true), (true, false), (false, true), (false, false)] {
            look::in_every_shell(|shell| {
                let line = Line {
                    href: "/repositories/x".into(),
                    name: "<b>".into(),
                    slug: "shop/web".into(),
                    members: 1,
                };
                ProjectPage {
                    shell,
                    place: place(),
                    tabs: may.then_some(Tabs { repositories: 1, members: 2 }),
                    listing: listing(full),
                    lines: if full { vec![line] } else { Vec::new() },
                    may_rule: may,
                    may_manage: may,
                    may_make_access: may,
                }
                .render()
            });
            look::in_every_shell(|shell| {
                ProjectMembersPage {
                    shell,
                    place: place(),
                    tabs: Tabs { repositories: 1, members: 2 },
                    listing: listing(full),
                    lines: if full { MemberLine::samples(may) } else { Vec::new() },
                    may_rule: may,
                    may_manage: may,
                }
                .render()
            });
        }
    }
}
