//! Adding people to a project or a repository, changing their role there, and removing them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{PlaceView, Shown, listing, local_role, project_for, repository_for, store};
use crate::db::StoreError;
use crate::directory::forms::{self, Wanted};
use crate::directory::{self, MemberFilter, MemberState, Place, PlaceMember};
use crate::ids::MemberId;
use crate::people::SignedIn;
use crate::permission::{LocalRole, Viewer, may_manage_project, may_manage_repository_members};
use crate::web::forms::Submitted;
use crate::web::lists::{Asked, Listing, address};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// A member of a place, as its list shows them.
pub(super) struct MemberLine {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    /// The message id of the role.
    pub(super) role: &'static str,
    pub(super) is_manager: bool,
    /// They left the enterprise.
    pub(super) gone: bool,
    /// The viewer.
    pub(super) own: bool,
}

impl MemberLine {
    pub(super) fn of(member: &PlaceMember, viewer: &Viewer) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name.clone(),
            email: member.email.clone().unwrap_or_default(),
            role: local_role(member.role),
            is_manager: member.role == LocalRole::Manager,
            gone: member.state == MemberState::Disabled,
            own: member.id == viewer.member,
        }
    }
}

#[cfg(test)]
impl MemberLine {
    pub(super) fn samples(gone: bool) -> Vec<Self> {
        [true, false]
            .map(|is_manager| Self {
                id: "x".into(),
                name: "Li <Na>".into(),
                email: if gone { String::new() } else { "li@example.org".into() },
                role: local_role(if is_manager { LocalRole::Manager } else { LocalRole::Member }),
                is_manager,
                gone,
                own: is_manager,
            })
            .into()
    }
}

#[derive(Template)]
#[template(path = "directory/adding.html")]
struct AddingPage<'a> {
    shell: &'a Shell,
    place: PlaceView,
    listing: Listing,
    people: Vec<Person>,
}

/// Somebody who could be added.
struct Person {
    id: String,
    name: String,
    email: String,
}

pub(crate) async fn add_to_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shown = of_project(&console, &viewer, &path).await?;
    candidates(&request, &viewer, &console, shown, &asked).await
}

pub(crate) async fn add_to_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shown = of_repository(&console, &viewer, &path).await?;
    candidates(&request, &viewer, &console, shown, &asked).await
}

pub(crate) async fn set_in_project(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = of_project(&console, &viewer, &path).await?;
    set(&request, viewer, &console, shown, &body).await
}

pub(crate) async fn set_in_repository(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let shown = of_repository(&console, &viewer, &path).await?;
    set(&request, viewer, &console, shown, &body).await
}

/// A button beside a member: a role, or none. It leads back to the list that it was pressed in.
async fn set(
    request: &HttpRequest,
    viewer: Viewer,
    console: &Console,
    (place, view): Shown,
    body: &web::Bytes,
) -> Answer {
    let submitted = Submitted::parse(body);
    let member = MemberId::parse(submitted.one("member"));
    let (Some(member), Some(wanted)) = (member, forms::wanted(submitted.one("role"))) else {
        return Err(Problem::invalid());
    };
    let adding = submitted.has("q");
    let to = if adding {
        address(&format!("{}/members/add", view.href), &[("q", submitted.one("q"))])
    } else {
        view.members()
    };
    // Who removes themselves may not see the place any more.
    let away = wanted == Wanted::Nothing && member == viewer.member && !viewer.sees_everything();
    let acting = console.acting(request, viewer);
    let sentence = match wanted {
        Wanted::Role(role) => {
            console.db.write(move |conn| directory::join(conn, &acting, &place, (&member, role))).await?;
            if adding { "flash-member-added" } else { "flash-member-role" }
        }
        Wanted::Nothing => {
            console.db.write(move |conn| directory::leave(conn, &acting, &place, &member)).await?;
            "flash-member-removed"
        }
    };
    Ok(see_other_saying(request, if away { "/projects" } else { &to }, &[sentence]))
}

async fn candidates(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (place, view): Shown,
    asked: &Asked,
) -> Answer {
    let (page, enterprise) = (super::page(asked), viewer.enterprise.clone());
    let wanted = page.clone();
    let filter =
        MemberFilter { state: Some(MemberState::Active), outside: Some(place), ..MemberFilter::default() };
    let (listed, more) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            directory::list_members(conn, &enterprise, &filter, &wanted)
        })
        .await
        .map_err(store)?;
    let last =
        listed.last().filter(|_| more).map(|last| (last.member.name.as_str(), last.member.id.as_str()));
    let shell = Shell::of(request, Some(viewer));
    let page = AddingPage {
        listing: listing(&format!("{}/members/add", view.href), &page, last),
        people: listed
            .iter()
            .map(|listed| Person {
                id: listed.member.id.to_string(),
                name: listed.member.name.clone(),
                email: listed.member.email.clone().unwrap_or_default(),
            })
            .collect(),
        place: view,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

async fn of_project(console: &Console, viewer: &Viewer, path: &web::Path<String>) -> Result<Shown, Problem> {
    let project = project_for(console, viewer, path, may_manage_project).await?;
    let view = PlaceView::project(&project);
    Ok((Place::Project(project.id), view))
}

async fn of_repository(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<Shown, Problem> {
    let (repository, project) = repository_for(console, viewer, path, may_manage_repository_members).await?;
    let view = PlaceView::repository(&repository, &project);
    Ok((Place::Repository(repository.id), view))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Page;
    use crate::web::look;

    #[test]
    fn people_to_add_can_be_shown_and_missed() {
        for (full, inside) in [(true, true), (true, false), (false, true), (false, false)] {
            look::in_every_shell(|shell| {
                let person =
                    Person { id: "x".into(), name: "Li <Na>".into(), email: "li@example.org".into() };
                let page = Page { search: full.then(|| "\"<".to_owned()), after: None, size: 1 };
                AddingPage {
                    shell,
                    place: PlaceView {
                        href: "/projects/x".into(),
                        name: "<b>".into(),
                        slug: "shop".into(),
                        inside: inside.then(|| ("<i>".into(), "/projects/y".into())),
                    },
                    listing: super::super::listing(
                        "/projects/x/members/add",
                        &page,
                        full.then_some(("a", "b")),
                    ),
                    people: if full { vec![person] } else { Vec::new() },
                }
                .render()
            });
        }
    }
}
