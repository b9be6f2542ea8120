//! `GET /projects`: the projects that the viewer sees.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{listing, local_role, project_address, store};
use crate::db::StoreError;
use crate::directory::{self, ListedProject};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_rule_directory};
use crate::web::lists::{Asked, Listing};
use crate::web::{Answer, Console, Shell};

#[derive(Template)]
#[template(path = "directory/projects.html")]
struct ProjectsPage<'a> {
    shell: &'a Shell,
    listing: Listing,
    lines: Vec<Line>,
    projects: i64,
    repositories: i64,
    may_rule: bool,
}

struct Line {
    href: String,
    name: String,
    slug: String,
    repositories: i64,
    /// None: not theirs to know.
    members: Option<i64>,
    /// The message id of the viewer's own role in it.
    role: Option<&'static str>,
}

pub(crate) async fn list(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let (page, asker) = (super::page(&asked), viewer.clone());
    let wanted = page.clone();
    let (listed, more, projects, repositories) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let (listed, more) = directory::list_projects(conn, &asker, &wanted)?;
            let projects = directory::count_projects(conn, &asker, wanted.search.as_deref())?;
            let repositories = directory::count_repositories(conn, &asker, None, None)?;
            Ok((listed, more, projects, repositories))
        })
        .await
        .map_err(store)?;
    let last =
        listed.last().filter(|_| more).map(|last| (last.project.name.as_str(), last.project.id.as_str()));
    let page = ProjectsPage {
        listing: listing("/projects", &page, last),
        lines: listed.iter().map(|listed| line(listed, &viewer)).collect(),
        projects,
        repositories,
        may_rule: may_rule_directory(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn line(listed: &ListedProject, viewer: &Viewer) -> Line {
    let project = &listed.project;
    Line {
        href: project_address(&project.id),
        name: project.name.clone(),
        slug: project.slug.clone(),
        repositories: listed.repositories,
        members: listed.members,
        role: viewer.projects.iter().find(|(id, _)| *id == project.id).map(|(_, role)| local_role(*role)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Page;
    use crate::web::look;

    #[test]
    fn the_list_can_be_shown_full_and_empty() {
        let line = |members| Line {
            href: "/projects/x".into(),
            name: "<b>".into(),
            slug: "shop".into(),
            repositories: 1,
            members,
            role: members.map(|_| "local-role-manager"),
        };
        for (full, searched, may_rule) in
            [(true, true, true), (false, true, false), (false, false, true), (false, false, false)]
        {
            look::in_every_shell(|shell| {
                let search = searched.then(|| "\"><b>".to_owned());
                let page = Page { search, after: None, size: 1 };
                ProjectsPage {
                    shell,
                    listing: super::super::listing("/projects", &page, full.then_some(("a", "b"))),
                    lines: if full { vec![line(Some(2)), line(None)] } else { Vec::new() },
                    projects: 2,
                    repositories: 1,
                    may_rule,
                }
                .render()
            });
        }
    }
}
