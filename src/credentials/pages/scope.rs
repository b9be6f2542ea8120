//! Where a credential may be used, and who answers for it, as forms offer it; `GET /credentials/choices/…` searches.
//!
//! Offered is what the viewer may give: everything to whoever rules the enterprise, their own places to others,
//! together with what is in the scope already.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use crate::credentials::{self, Filter, Reach, Scope};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Among, Member, MemberFilter, MemberState, Page, Project, Repository};
use crate::ids::{MemberId, ProjectId, RepositoryId};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_see_members};
use crate::web::choices::{Choice, Choices, Found, List, Pick, SHOWN, sought};
use crate::web::forms::{FormState, search_words};
use crate::web::{Answer, Console, Problem, Shell};

const PROJECTS: List = List {
    name: "project",
    pick: Pick::Any,
    search: "/credentials/choices/projects",
    empty: "reach-project-nowhere",
};
const REPOSITORIES: List = List {
    name: "repository",
    pick: Pick::Any,
    search: "/credentials/choices/repositories",
    empty: "reach-repository-nowhere",
};
const PEOPLE: List = List {
    name: "responsible",
    pick: Pick::One,
    search: "/credentials/choices/people",
    empty: "choices-none-found",
};

/// The lists of a form about a credential.
pub(super) struct Offered {
    /// Projects and repositories.
    pub(super) reaches: [ReachView; 2],
    /// Who may be responsible; nobody when the viewer cannot say.
    pub(super) people: Option<Choices>,
}

/// One of the two lists of a scope.
pub(super) struct ReachView {
    /// `project` or `repository`; inputs are named after it.
    pub(super) of: &'static str,
    pub(super) may_all: bool,
    pub(super) is_all: bool,
    pub(super) choices: Choices,
    pub(super) error: Option<String>,
}

/// What a form stands on: the scope that there is, who answers, and whether the viewer may say who does.
pub(super) struct Present {
    pub(super) scope: Scope,
    pub(super) responsible: MemberId,
    pub(super) dispose: bool,
}

/// Reads what `viewer` may choose, as the form stands.
pub(super) fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    present: &Present,
    state: &FormState,
) -> Result<Offered, StoreError> {
    let rules = viewer.rules_everything();
    let reach = |of: &'static str, was_all: bool, choices: Choices| ReachView {
        of,
        may_all: rules || was_all,
        is_all: state.value(&format!("{of}-reach")) == "all",
        choices,
        error: state.error(of).map(str::to_owned),
    };
    let projects = projects(conn, viewer, &present.scope, state)?;
    let repositories = repositories(conn, viewer, &present.scope, state)?;
    Ok(Offered {
        reaches: [
            reach("project", present.scope.projects == Reach::All, projects),
            reach("repository", present.scope.repositories == Reach::All, repositories),
        ],
        people: if present.dispose { Some(people(conn, viewer, &present.responsible, state)?) } else { None },
    })
}

/// Begins the scope of a new credential with a repository, or with its project where only that is the viewer's to give.
pub(super) async fn begin_with(
    console: &Console,
    viewer: &Viewer,
    repository: RepositoryId,
    state: &mut FormState,
) -> Result<(), Problem> {
    let (enterprise, id) = (viewer.enterprise.clone(), repository.clone());
    let found = console.db.read(move |conn| directory::repository(conn, &enterprise, &id)).await?;
    let Some(project) = found.map(|repository| repository.project) else { return Ok(()) };
    let none = Scope::none();
    if own_repositories(viewer, &none).includes(&repository) {
        state.set("repository-reach", "chosen");
        state.tick(REPOSITORIES.name, [repository.as_str()]);
    } else if own_projects(viewer, &none).includes(&project) {
        state.set("project-reach", "chosen");
        state.tick(PROJECTS.name, [project.as_str()]);
    }
    Ok(())
}

fn projects(
    conn: &mut Conn,
    viewer: &Viewer,
    present: &Scope,
    state: &FormState,
) -> Result<Choices, StoreError> {
    let sought = sought(state, PROJECTS.name);
    let among = own_projects(viewer, present);
    let chosen: Vec<ProjectId> = state.ticked(PROJECTS.name).filter_map(ProjectId::parse).collect();
    let chosen = Among::These(chosen.into_iter().filter(|id| among.includes(id)).collect());
    let (chosen, _) = directory::some_projects(conn, &viewer.enterprise, &chosen, &all())?;
    let page = first(sought.clone());
    let (found, more) = directory::some_projects(conn, &viewer.enterprise, &among, &page)?;
    let (chosen, found) = (chosen.into_iter().map(of_project), found.into_iter().map(of_project));
    Ok(Choices::new(PROJECTS, sought, chosen.collect(), (found.collect(), more)))
}

fn repositories(
    conn: &mut Conn,
    viewer: &Viewer,
    present: &Scope,
    state: &FormState,
) -> Result<Choices, StoreError> {
    let sought = sought(state, REPOSITORIES.name);
    let among = own_repositories(viewer, present);
    let chosen: Vec<RepositoryId> = state.ticked(REPOSITORIES.name).filter_map(RepositoryId::parse).collect();
    let chosen = Among::These(chosen.into_iter().filter(|id| among.includes(id)).collect());
    let (chosen, _) = directory::some_repositories(conn, &viewer.enterprise, (&chosen, &[]), &all())?;
    let page = first(sought.clone());
    let (found, more) = directory::some_repositories(conn, &viewer.enterprise, (&among, &[]), &page)?;
    let (chosen, found) = (chosen.into_iter().map(of_repository), found.into_iter().map(of_repository));
    Ok(Choices::new(REPOSITORIES, sought, chosen.collect(), (found.collect(), more)))
}

fn people(
    conn: &mut Conn,
    viewer: &Viewer,
    otherwise: &MemberId,
    state: &FormState,
) -> Result<Choices, StoreError> {
    let sought = sought(state, PEOPLE.name);
    let chosen = MemberId::parse(state.value(PEOPLE.name)).unwrap_or_else(|| otherwise.clone());
    let chosen = directory::members_by_id(conn, &viewer.enterprise, vec![chosen.to_string()])?;
    let (found, more) = active_people(conn, viewer, first(sought.clone()))?;
    let chosen = chosen.into_iter().map(|member| of_member(viewer, member)).collect();
    Ok(Choices::new(PEOPLE, sought, chosen, (found, more)))
}

/// The active people of whom one is to be chosen, as the form stands; nobody is chosen beforehand.
pub(super) fn choose_people(
    conn: &mut Conn,
    viewer: &Viewer,
    state: &FormState,
) -> Result<Choices, StoreError> {
    let sought = sought(state, PEOPLE.name);
    let chosen: Vec<String> =
        MemberId::parse(state.value(PEOPLE.name)).map(|id| id.to_string()).into_iter().collect();
    let chosen = directory::members_by_id(conn, &viewer.enterprise, chosen)?;
    let (found, more) = active_people(conn, viewer, first(sought.clone()))?;
    let chosen = chosen.into_iter().map(|member| of_member(viewer, member)).collect();
    Ok(Choices::new(PEOPLE, sought, chosen, (found, more)))
}

fn active_people(conn: &mut Conn, viewer: &Viewer, page: Page) -> Result<(Vec<Choice>, bool), StoreError> {
    let active = MemberFilter { state: Some(MemberState::Active), ..MemberFilter::default() };
    let (found, more) = directory::list_members(conn, &viewer.enterprise, &active, &page)?;
    Ok((found.into_iter().map(|found| of_member(viewer, found.member)).collect(), more))
}

/// The projects that `viewer` may put into a scope or leave there.
fn own_projects(viewer: &Viewer, present: &Scope) -> Among<ProjectId> {
    if viewer.rules_everything() {
        return Among::All;
    }
    let own = viewer.projects.iter().map(|(id, _)| id);
    Among::These(own.chain(present.projects.chosen()).cloned().collect())
}

/// The repositories that `viewer` may put into a scope or leave there.
fn own_repositories(viewer: &Viewer, present: &Scope) -> Among<RepositoryId> {
    if viewer.rules_everything() {
        return Among::All;
    }
    let own = viewer.repositories.iter().map(|(id, _, _)| id);
    Among::These(own.chain(present.repositories.chosen()).cloned().collect())
}

fn of_project(project: Project) -> Choice {
    Choice {
        value: project.id.to_string(),
        name: project.name,
        detail: project.slug,
        is: None,
        chosen: false,
    }
}

fn of_repository(repository: Repository) -> Choice {
    Choice {
        value: repository.id.to_string(),
        name: repository.name,
        detail: repository.slug,
        is: None,
        chosen: false,
    }
}

/// Addresses are for those who see the list of members.
fn of_member(viewer: &Viewer, member: Member) -> Choice {
    let detail = member.email.filter(|_| may_see_members(viewer)).unwrap_or_default();
    Choice { value: member.id.to_string(), name: member.name, detail, is: None, chosen: false }
}

/// The first stretch of what fits a search.
fn first(search: Option<String>) -> Page {
    Page { search, after: None, size: SHOWN }
}

/// Everything, where a list of ids says how much that is.
fn all() -> Page {
    Page { search: None, after: None, size: i64::MAX }
}

/// What a script looks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
}

/// `GET /credentials/choices/projects`: those that a new scope of the viewer may have.
pub(crate) async fn search_projects(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let search = |conn: &mut Conn, viewer: &Viewer, page: &Page| {
        let among = own_projects(viewer, &Scope::none());
        let (found, more) = directory::some_projects(conn, &viewer.enterprise, &among, page)?;
        Ok((found.into_iter().map(of_project).collect(), more))
    };
    answer(&request, viewer, &console, (PROJECTS, &asked.q), search).await
}

/// `GET /credentials/choices/repositories`: those that a new scope of the viewer may have.
pub(crate) async fn search_repositories(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let search = |conn: &mut Conn, viewer: &Viewer, page: &Page| {
        let among = own_repositories(viewer, &Scope::none());
        let (found, more) = directory::some_repositories(conn, &viewer.enterprise, (&among, &[]), page)?;
        Ok((found.into_iter().map(of_repository).collect(), more))
    };
    answer(&request, viewer, &console, (REPOSITORIES, &asked.q), search).await
}

/// `GET /credentials/choices/people`: those who may be responsible, for whoever may hand a credential on.
pub(crate) async fn search_people(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let search = |conn: &mut Conn, viewer: &Viewer, page: &Page| {
        let own = Filter { responsible: Some(viewer.member.clone()), ..Filter::default() };
        if !viewer.rules_everything() && credentials::counts(conn, viewer, &own)?.all == 0 {
            return Err(Problem::forbidden());
        }
        Ok(active_people(conn, viewer, page.clone())?)
    };
    answer(&request, viewer, &console, (PEOPLE, &asked.q), search).await
}

async fn answer(
    request: &HttpRequest,
    viewer: Viewer,
    console: &Console,
    (list, wanted): (List, &str),
    search: impl FnOnce(&mut Conn, &Viewer, &Page) -> Result<(Vec<Choice>, bool), Problem> + Send + 'static,
) -> Answer {
    let shell = Shell::of(request, Some(&viewer));
    let sought = search_words(wanted);
    let page = first(sought.clone());
    let found = console.db.read(move |conn| search(conn, &viewer, &page)).await?;
    let choices = Choices::new(list, sought, Vec::new(), found);
    shell.answer(StatusCode::OK, &Found { shell: &shell, choices: &choices })
}

#[cfg(test)]
impl Offered {
    /// So many projects, one repository less, and somebody.
    pub(super) fn sample(count: usize, state: &FormState) -> Self {
        let choice = |number: usize| Choice {
            value: format!("id-{number}"),
            name: "<b>".into(),
            detail: format!("p{number}"),
            is: None,
            chosen: number == 1,
        };
        let choices = |list: List, count: usize| {
            Choices::new(list, None, Vec::new(), ((0..count).map(choice).collect(), count > 10))
        };
        let reach = |list: List, count: usize| ReachView {
            of: list.name,
            may_all: count > 0,
            is_all: false,
            choices: choices(list, count),
            error: state.error(list.name).map(str::to_owned),
        };
        Self {
            reaches: [reach(PROJECTS, count), reach(REPOSITORIES, count.saturating_sub(1))],
            people: (count > 0).then(|| choices(PEOPLE, count)),
        }
    }
}
