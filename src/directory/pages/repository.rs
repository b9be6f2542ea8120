//! `GET /repositories/{id}`: one repository and its members.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::adding::MemberLine;
use super::{PlaceView, listing, repository_for, store};
use crate::directory::{self, Place};
use crate::people::SignedIn;
use crate::permission::{may_manage_project, may_manage_repository_members};
use crate::web::lists::{Asked, Listing};
use crate::web::{Answer, Console, Shell};

#[derive(Template)]
#[template(path = "directory/repository.html")]
struct RepositoryPage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    listing: Listing,
    lines: Vec<MemberLine>,
    /// Rename, move and delete it.
    may_manage: bool,
    /// Say who its members are.
    may_manage_members: bool,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let (repository, project) = repository_for(&console, &viewer, &path, |_, _, _| true).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let (page, of) = (super::page(&asked), Place::Repository(repository.id.clone()));
    let wanted = page.clone();
    let (listed, more) = console
        .db
        .read(move |conn| directory::list_place_members(conn, &of, &wanted))
        .await
        .map_err(store)?;
    let last = listed.last().filter(|_| more).map(|last| (last.name.as_str(), last.id.as_str()));
    let place = PlaceView::repository(&repository, &project);
    let page = RepositoryPage {
        listing: listing(&place.members(), &page, last),
        lines: listed.iter().map(|member| MemberLine::of(member, &viewer)).collect(),
        place,
        may_manage: may_manage_project(&viewer, &project.id),
        may_manage_members: may_manage_repository_members(&viewer, &project.id, &repository.id),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Page;
    use crate::web::look;

    #[test]
    fn a_repository_can_be_shown_with_and_without_members() {
        for (full, may) in [(true, true), (true, false), (false, true), (false, false)] {
            look::in_every_shell(|shell| {
                let page = Page { search: full.then(|| "x".to_owned()), after: None, size: 1 };
                RepositoryPage {
                    shell,
                    place: PlaceView {
                        href: "/repositories/x".into(),
                        name: "<b>".into(),
                        slug: "shop/web".into(),
                        inside: Some(("<i>".into(), "/projects/x".into())),
                    },
                    listing: super::super::listing("/repositories/x", &page, full.then_some(("a", "b"))),
                    lines: if full { MemberLine::samples(may) } else { Vec::new() },
                    may_manage: may,
                    may_manage_members: may,
                }
                .render()
            });
        }
    }
}
