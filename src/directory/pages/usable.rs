//! `GET /projects/{id}/credentials` and `/repositories/{id}/credentials`: what pipelines there may use.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::project::Tabs;
use super::{PAGE_SIZE, PlaceView, anybody, project_for, repository_for, store};
use crate::credentials::InScope;
use crate::people::SignedIn;
use crate::permission::{Viewer, may_create, may_manage_project, may_rule_directory, may_see_inside};
use crate::picker::pages::OptionView;
use crate::picker::{self, After, Wanted};
use crate::web::dates::Moment;
use crate::web::forms::search_words;
use crate::web::lists::{Listing, address};
use crate::web::{Answer, Console, Problem, Shell};

#[derive(Template)]
#[template(path = "directory/usable.html")]
struct UsablePage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    /// Of a project.
    tabs: Option<Tabs>,
    listing: Listing,
    lines: Vec<Line>,
    may_rule: bool,
    may_manage: bool,
    may_create: bool,
}

struct Line {
    href: String,
    option: OptionView,
    last_used: Option<Moment>,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    after: String,
}

pub(crate) async fn usable_in_project(
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
    let (asker, id) = (viewer.clone(), project.id.clone());
    let tabs = console.db.read(move |conn| Tabs::read(conn, &asker, &id)).await.map_err(store)?;
    let may_manage = may_manage_project(&viewer, &project.id);
    let scope = InScope::Project(project.id.clone());
    let of = (PlaceView::project(&project), Some(tabs), may_manage);
    answer(&request, &console, &viewer, (of, scope), asked.into_inner()).await
}

pub(crate) async fn usable_in_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let (repository, project) = repository_for(&console, &viewer, &path, |_, _, _| true).await?;
    let scope = InScope::Repository(repository.id.clone(), project.id.clone());
    let of = (PlaceView::repository(&repository, &project), None, false);
    answer(&request, &console, &viewer, (of, scope), asked.into_inner()).await
}

async fn answer(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    ((place, tabs, may_manage), scope): ((PlaceView, Option<Tabs>, bool), InScope),
    asked: Asked,
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let (search, after) = (search_words(&asked.q), After::parse(&asked.after));
    let further = after.is_some();
    let wanted = Wanted {
        place: scope,
        types: Vec::new(),
        search: search.clone(),
        elsewhere: false,
        after,
        size: PAGE_SIZE,
    };
    let (asker, now) = (viewer.clone(), console.clock.now());
    let found =
        console.db.read(move |conn| picker::offers(conn, &asker, &wanted, now)).await.map_err(store)?;
    let path = format!("{}/credentials", place.href);
    let q = search.unwrap_or_default();
    let listing = Listing {
        first: address(&path, &[("q", &q)]),
        next: found.next.map(|next| address(&path, &[("q", &q), ("after", &next.to_string())])),
        path,
        q,
        further,
    };
    let line = |offer: &picker::Offer| Line {
        href: format!("/credentials/{}", offer.credential.id),
        last_used: offer.credential.last_used_at.map(Moment::of),
        option: OptionView::of(&shell, offer, false),
    };
    let page = UsablePage {
        lines: found.offers.iter().map(line).collect(),
        place,
        tabs,
        listing,
        may_rule: may_rule_directory(viewer),
        may_manage,
        may_create: may_create(viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picker::pages::PickerView;
    use crate::web::look;

    #[test]
    fn what_is_usable_can_be_shown_of_a_project_and_of_a_repository() {
        for (full, of_project, may) in
            [(true, true, true), (true, false, false), (false, true, false), (false, false, true)]
        {
            look::in_every_shell(|shell| {
                let line = |option: OptionView| Line {
                    href: "/credentials/x".into(),
                    last_used: option.usable.then(|| Moment::of(jiff::Timestamp::UNIX_EPOCH)),
                    option,
                };
                UsablePage {
                    shell,
                    place: PlaceView {
                        href: "/projects/x".into(),
                        name: "<b>".into(),
                        slug: "shop".into(),
                        inside: (!of_project).then(|| ("<i>".into(), "/projects/y".into())),
                    },
                    tabs: of_project.then(Tabs::sample),
                    listing: Listing::of("/x", full.then_some("\"<"), &[], full, full.then_some(("a", "b"))),
                    lines: PickerView::sample(full, false).options.into_iter().map(line).collect(),
                    may_rule: may,
                    may_manage: may,
                    may_create: may,
                }
                .render()
            });
        }
    }
}
