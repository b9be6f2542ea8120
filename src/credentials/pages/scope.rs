//! Where a credential may be used, and who answers for it, as forms offer it.
//!
//! Offered is what the viewer may give: everything to whoever rules the enterprise, their own places to others,
//! together with what is in the scope already.

use crate::credentials::Reach;
use crate::credentials::Scope;
use crate::db::{Conn, StoreError};
use crate::directory::{self, Member, MemberState, Project, Repository};
use crate::ids::MemberId;
use crate::permission::Viewer;
use crate::web::forms::FormState;

/// The places and people of an enterprise that a viewer may name in a form.
#[derive(Default)]
pub(super) struct Choices {
    projects: Vec<Project>,
    repositories: Vec<Repository>,
    people: Vec<Member>,
    all_projects: bool,
    all_repositories: bool,
}

#[cfg(test)]
impl Choices {
    /// So many projects, and one repository less.
    pub(super) fn sample(count: usize) -> Self {
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let project = |number: usize| Project {
            id: crate::ids::ProjectId::new(at, &random),
            slug: format!("p{number}"),
            name: "<b>".into(),
        };
        let projects: Vec<Project> = (0..count).map(project).collect();
        let repository = |project: &Project| Repository {
            id: crate::ids::RepositoryId::new(at, &random),
            project: project.id.clone(),
            slug: "p/r".into(),
            name: "p/r".into(),
        };
        Self {
            repositories: projects.iter().skip(1).map(repository).collect(),
            all_projects: count > 0,
            projects,
            ..Self::default()
        }
    }
}

/// One of the two lists of a scope.
pub(super) struct ReachView {
    /// `project` or `repository`; inputs are named after it.
    pub(super) of: &'static str,
    pub(super) may_all: bool,
    pub(super) is_all: bool,
    pub(super) places: Vec<PlaceView>,
    pub(super) error: Option<String>,
}

/// A project or a repository to tick.
pub(super) struct PlaceView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) ticked: bool,
}

impl Choices {
    /// Reads what `viewer` may choose; `present` is the scope that there is already, and `dispose` whether they may
    /// give the credential to somebody else.
    pub(super) fn read(
        conn: &mut Conn,
        viewer: &Viewer,
        present: &Scope,
        dispose: bool,
    ) -> Result<Self, StoreError> {
        let rules = viewer.rules_everything();
        let own_project = |project: &Project| viewer.projects.iter().any(|(id, _)| *id == project.id);
        let own_repository =
            |repository: &Repository| viewer.repositories.iter().any(|(id, _, _)| *id == repository.id);
        let chosen = |reach: bool, chosen: bool| chosen && !reach;
        let mut projects = directory::projects(conn, &viewer.enterprise)?;
        projects.retain(|project| {
            let there = present.projects.includes(&project.id);
            rules || own_project(project) || chosen(present.projects == Reach::All, there)
        });
        let mut repositories = directory::repositories(conn, &viewer.enterprise)?;
        repositories.retain(|repository| {
            let there = present.repositories.includes(&repository.id);
            rules || own_repository(repository) || chosen(present.repositories == Reach::All, there)
        });
        let mut people = if dispose { directory::members(conn, &viewer.enterprise)? } else { Vec::new() };
        people.retain(|member| member.state == MemberState::Active);
        Ok(Self {
            projects,
            repositories,
            people,
            all_projects: rules || present.projects == Reach::All,
            all_repositories: rules || present.repositories == Reach::All,
        })
    }

    /// The two lists, as the form stands.
    pub(super) fn reaches(&self, state: &FormState) -> [ReachView; 2] {
        let projects = self.projects.iter().map(|project| PlaceView {
            id: project.id.to_string(),
            name: project.name.clone(),
            detail: project.slug.clone(),
            ticked: state.is("project", project.id.as_str()),
        });
        let repositories = self.repositories.iter().map(|repository| PlaceView {
            id: repository.id.to_string(),
            name: repository.name.clone(),
            detail: repository.slug.clone(),
            ticked: state.is("repository", repository.id.as_str()),
        });
        [
            reach("project", self.all_projects, projects.collect(), state),
            reach("repository", self.all_repositories, repositories.collect(), state),
        ]
    }

    /// Who may be responsible: id, name, whether it is them. Empty when there is no choice.
    pub(super) fn people(&self, state: &FormState, otherwise: &MemberId) -> Vec<(String, String, bool)> {
        let chosen =
            Some(state.value("responsible")).filter(|id| !id.is_empty()).unwrap_or(otherwise.as_str());
        self.people
            .iter()
            .map(|member| (member.id.to_string(), member.name.clone(), member.id.as_str() == chosen))
            .collect()
    }
}

fn reach(of: &'static str, may_all: bool, places: Vec<PlaceView>, state: &FormState) -> ReachView {
    let is_all = state.value(&format!("{of}-reach")) == "all";
    ReachView { of, may_all, is_all, places, error: state.error(of).map(str::to_owned) }
}
