//! Who can use a credential and why: the section on its page, and a page each for all people and all repositories.
//!
//! Whoever may read what happens to the credential sees everybody; others see why they can use it themselves.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::ways::{PlaceNames, say, say_of_pipelines};
use super::{address, credential_for, id_in, store};
use crate::credentials::{self, Credential, PipelineWay, User};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Repository};
use crate::people::SignedIn;
use crate::permission::{Action, Viewer, Way, may, may_see_members, may_see_repository, ways};
use crate::web::lists::{Asked, Listing};
use crate::web::{Answer, Console, Shell};

/// As many are on the credential's own page.
const FIRST: i64 = 20;
/// As many are on a page of all.
const PAGE_SIZE: i64 = 50;

/// What is read for the section.
pub(super) struct WhoCan {
    own: Vec<Way>,
    own_names: PlaceNames,
    everybody: Option<Everybody>,
}

struct Everybody {
    users: Users,
    count_users: i64,
    repositories: Repositories,
    count_repositories: i64,
}

struct Users {
    users: Vec<User>,
    more: bool,
    names: PlaceNames,
}

struct Repositories {
    repositories: Vec<(Repository, PipelineWay)>,
    more: bool,
    names: PlaceNames,
}

impl Users {
    fn read(
        conn: &mut Conn,
        viewer: &Viewer,
        credential: &Credential,
        page: &directory::Page,
    ) -> Result<Self, StoreError> {
        let (users, more) = credentials::users(conn, viewer, credential, page)?;
        let names = PlaceNames::of_people(conn, &viewer.enterprise, users.iter().map(|user| &user.ways))?;
        Ok(Self { users, more, names })
    }

    fn view(&self, shell: &Shell, viewer: &Viewer) -> Vec<UserView> {
        let view = |user: &User| UserView {
            name: user.member.name.clone(),
            href: may_see_members(viewer).then(|| format!("/members/{}", user.member.id)),
            ways: say(shell, &user.ways, &self.names),
        };
        self.users.iter().map(view).collect()
    }
}

impl Repositories {
    fn read(
        conn: &mut Conn,
        viewer: &Viewer,
        credential: &Credential,
        page: &directory::Page,
    ) -> Result<Self, StoreError> {
        let (repositories, more) = credentials::repositories(conn, credential, page)?;
        let names =
            PlaceNames::of_pipelines(conn, &viewer.enterprise, repositories.iter().map(|(_, way)| way))?;
        Ok(Self { repositories, more, names })
    }

    fn view(&self, shell: &Shell, viewer: &Viewer) -> Vec<RepositoryView> {
        let view = |(repository, way): &(Repository, PipelineWay)| RepositoryView {
            name: repository.name.clone(),
            slug: repository.slug.clone(),
            href: may_see_repository(viewer, &repository.project, &repository.id)
                .then(|| format!("/repositories/{}", repository.id)),
            way: say_of_pipelines(shell, way, &self.names),
        };
        self.repositories.iter().map(view).collect()
    }
}

/// Reads what the section says to `viewer`.
pub(super) fn read(conn: &mut Conn, viewer: &Viewer, credential: &Credential) -> Result<WhoCan, StoreError> {
    let own = ways(viewer, &credential.responsible, &credential.scope);
    let first = directory::Page { size: FIRST, ..directory::Page::default() };
    let everybody = if may(viewer.role, Action::ReadAudit, credential.standing(viewer)) {
        Some(Everybody {
            users: Users::read(conn, viewer, credential, &first)?,
            count_users: credentials::count_users(conn, credential)?,
            repositories: Repositories::read(conn, viewer, credential, &first)?,
            count_repositories: credentials::count_repositories(conn, credential)?,
        })
    } else {
        None
    };
    Ok(WhoCan { own_names: PlaceNames::of_people(conn, &viewer.enterprise, [&own])?, own, everybody })
}

/// The section, as `credentials/who.html` shows it.
pub(super) struct WhoView {
    /// Why the viewer can use it; nothing when they cannot.
    pub(super) own: Vec<String>,
    pub(super) everybody: Option<EverybodyView>,
}

pub(super) struct EverybodyView {
    pub(super) users: Vec<UserView>,
    pub(super) count_users: i64,
    /// Where all of them are, when these are not all.
    pub(super) all_users: Option<String>,
    pub(super) repositories: Vec<RepositoryView>,
    pub(super) count_repositories: i64,
    pub(super) all_repositories: Option<String>,
}

pub(super) struct UserView {
    pub(super) name: String,
    pub(super) href: Option<String>,
    pub(super) ways: Vec<String>,
}

pub(super) struct RepositoryView {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) href: Option<String>,
    pub(super) way: String,
}

impl WhoView {
    pub(super) fn of(shell: &Shell, viewer: &Viewer, credential: &Credential, who: &WhoCan) -> Self {
        let href = address(&credential.id);
        Self {
            own: say(shell, &who.own, &who.own_names),
            everybody: who.everybody.as_ref().map(|all| EverybodyView {
                users: all.users.view(shell, viewer),
                count_users: all.count_users,
                all_users: all.users.more.then(|| format!("{href}/users")),
                repositories: all.repositories.view(shell, viewer),
                count_repositories: all.count_repositories,
                all_repositories: all.repositories.more.then(|| format!("{href}/repositories")),
            }),
        }
    }
}

#[cfg(test)]
impl WhoView {
    /// With everybody or only with the viewer's own reasons, and with nobody.
    pub(super) fn sample(everybody: bool, somebody: bool) -> Self {
        let said = || vec!["Member of <b>".to_owned(), "Owner".to_owned()];
        let user = |href: Option<&str>| UserView {
            name: "Li <Na>".into(),
            href: href.map(str::to_owned),
            ways: said(),
        };
        let repository = RepositoryView {
            name: "<b>".into(),
            slug: "shop/web".into(),
            href: Some("/repositories/x".into()),
            way: "All".into(),
        };
        Self {
            own: if somebody { said() } else { Vec::new() },
            everybody: everybody.then(|| EverybodyView {
                users: if somebody { vec![user(Some("/members/x")), user(None)] } else { Vec::new() },
                count_users: if somebody { 21 } else { 0 },
                all_users: somebody.then(|| "/credentials/x/users".into()),
                repositories: if somebody { vec![repository] } else { Vec::new() },
                count_repositories: i64::from(somebody),
                all_repositories: somebody.then(|| "/credentials/x/repositories".into()),
            }),
        }
    }
}

#[derive(Template)]
#[template(path = "credentials/users.html")]
struct UsersPage<'a> {
    shell: &'a Shell,
    name: &'a str,
    href: String,
    listing: Listing,
    users: Vec<UserView>,
    count: i64,
}

#[derive(Template)]
#[template(path = "credentials/repositories.html")]
struct RepositoriesPage<'a> {
    shell: &'a Shell,
    name: &'a str,
    href: String,
    listing: Listing,
    repositories: Vec<RepositoryView>,
    count: i64,
}

/// `GET …/users`: all people who can use it.
pub(crate) async fn users(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::ReadAudit).await?;
    let page = directory::Page { search: None, after: asked.after(), size: PAGE_SIZE };
    let (asker, of, wanted) = (viewer.clone(), credential.clone(), page.clone());
    let (read, count) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            Ok((Users::read(conn, &asker, &of, &wanted)?, credentials::count_users(conn, &of)?))
        })
        .await
        .map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let href = address(&credential.id);
    let last = read.users.last().filter(|_| read.more);
    let last = last.map(|last| (last.member.name.as_str(), last.member.id.as_str()));
    let page = UsersPage {
        shell: &shell,
        name: credential.name.as_str(),
        listing: Listing::of(&format!("{href}/users"), None, &[], page.after.is_some(), last),
        href,
        users: read.view(&shell, &viewer),
        count,
    };
    shell.answer(StatusCode::OK, &page)
}

/// `GET …/repositories`: all repositories whose pipelines can use it.
pub(crate) async fn repositories(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::ReadAudit).await?;
    let page = directory::Page { search: None, after: asked.after(), size: PAGE_SIZE };
    let (asker, of, wanted) = (viewer.clone(), credential.clone(), page.clone());
    let (read, count) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let read = Repositories::read(conn, &asker, &of, &wanted)?;
            Ok((read, credentials::count_repositories(conn, &of)?))
        })
        .await
        .map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let href = address(&credential.id);
    let last = read.repositories.last().filter(|_| read.more);
    let last = last.map(|(last, _)| (last.slug.as_str(), last.id.as_str()));
    let page = RepositoriesPage {
        shell: &shell,
        name: credential.name.as_str(),
        listing: Listing::of(&format!("{href}/repositories"), None, &[], page.after.is_some(), last),
        href,
        repositories: read.view(&shell, &viewer),
        count,
    };
    shell.answer(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn all_people_and_all_repositories_can_be_shown() {
        for somebody in [true, false] {
            let everybody = || WhoView::sample(true, somebody).everybody.unwrap();
            let listing = |path| Listing::of(path, None, &[], somebody, somebody.then_some(("a", "b")));
            look::in_every_shell(|shell| {
                UsersPage {
                    shell,
                    name: "<b>",
                    href: "/credentials/x".into(),
                    listing: listing("/credentials/x/users"),
                    users: everybody().users,
                    count: 2,
                }
                .render()
            });
            look::in_every_shell(|shell| {
                RepositoriesPage {
                    shell,
                    name: "<b>",
                    href: "/credentials/x".into(),
                    listing: listing("/credentials/x/repositories"),
                    repositories: everybody().repositories,
                    count: 1,
                }
                .render()
            });
        }
    }
}
