//! Why somebody may use a credential: the rules that let them, one by one.

use super::{EnterpriseRole, Viewer};
use crate::credentials::{Reach, Scope};
use crate::ids::{MemberId, ProjectId, RepositoryId};

/// A rule that lets a member use a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Their role in the enterprise.
    Role(EnterpriseRole),
    /// They answer for it.
    Responsible,
    /// They are a member of this project, and it is in the scope.
    Project {
        /// Which.
        project: ProjectId,
        /// Because all are.
        all: bool,
    },
    /// They are a member of this repository, and it is in the scope.
    Repository {
        /// Which.
        repository: RepositoryId,
        /// Because all are.
        all: bool,
    },
    /// They are a member of this repository, and its project is in the scope.
    Inside {
        /// Which.
        repository: RepositoryId,
        /// Its project.
        project: ProjectId,
        /// Because all are.
        all: bool,
    },
}

/// Every rule that lets `who` use a credential; none when they may not.
pub fn ways(who: &Viewer, responsible: &MemberId, scope: &Scope) -> Vec<Way> {
    let mut ways = Vec::new();
    if who.rules_everything() {
        ways.push(Way::Role(who.role));
    }
    if *responsible == who.member {
        ways.push(Way::Responsible);
    }
    let all_projects = scope.projects == Reach::All;
    let all_repositories = scope.repositories == Reach::All;
    for (project, _) in &who.projects {
        if scope.projects.includes(project) {
            ways.push(Way::Project { project: project.clone(), all: all_projects });
        }
    }
    for (repository, project, _) in &who.repositories {
        if scope.repositories.includes(repository) {
            ways.push(Way::Repository { repository: repository.clone(), all: all_repositories });
        } else if scope.projects.includes(project) {
            ways.push(Way::Inside {
                repository: repository.clone(),
                project: project.clone(),
                all: all_projects,
            });
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EnterpriseId, SignInId};
    use crate::permission::{Action, LocalRole, Standing, may};

    /// Every role × every membership × every scope: there is a way exactly where the table of permission says "use".
    #[test]
    fn there_is_a_way_exactly_where_the_table_lets_one_use_it() {
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let (project, repository) = (ProjectId::new(at, &random), RepositoryId::new(at, &random));
        let (member, other) = (MemberId::new(at, &random), MemberId::new(at, &random));
        let projects = [Reach::none(), Reach::Chosen([project.clone()].into()), Reach::All];
        let repositories = [Reach::none(), Reach::Chosen([repository.clone()].into()), Reach::All];
        let mut tried = 0;
        for role in EnterpriseRole::ALL {
            for (in_project, in_repository) in [(false, false), (true, false), (false, true), (true, true)] {
                let who = Viewer {
                    member: member.clone(),
                    name: "Li Na".into(),
                    enterprise: EnterpriseId::new(at, &random),
                    enterprise_name: "Aurora".into(),
                    elsewhere: false,
                    role,
                    projects: in_project.then(|| (project.clone(), LocalRole::Member)).into_iter().collect(),
                    repositories: in_repository
                        .then(|| (repository.clone(), project.clone(), LocalRole::Member))
                        .into_iter()
                        .collect(),
                    sign_in: SignInId::new(at, &random),
                };
                for (in_projects, in_repositories) in
                    projects.iter().flat_map(|one| repositories.iter().map(move |other| (one, other)))
                {
                    let scope =
                        Scope { projects: in_projects.clone(), repositories: in_repositories.clone() };
                    for responsible in [&member, &other] {
                        let standing: Standing = who.standing(responsible, &scope);
                        let found = ways(&who, responsible, &scope);
                        assert_eq!(
                            !found.is_empty(),
                            may(role, Action::Use, standing),
                            "{role:?} {scope:?} {standing:?}: {found:?}"
                        );
                        tried += 1;
                    }
                }
            }
        }
        assert_eq!(tried, 4 * 4 * 9 * 2);
    }

    #[test]
    fn each_way_says_through_what() {
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let (project, repository) = (ProjectId::new(at, &random), RepositoryId::new(at, &random));
        let other = MemberId::new(at, &random);
        let mut who = crate::web::look::an_administrator();
        who.role = EnterpriseRole::Auditor;
        who.projects = vec![(project.clone(), LocalRole::Manager)];
        who.repositories = vec![(repository.clone(), project.clone(), LocalRole::Member)];
        let by_project =
            Scope { projects: Reach::Chosen([project.clone()].into()), repositories: Reach::none() };
        assert_eq!(
            ways(&who, &who.member, &by_project),
            [
                Way::Responsible,
                Way::Project { project: project.clone(), all: false },
                Way::Inside { repository: repository.clone(), project: project.clone(), all: false },
            ]
        );
        let everywhere = Scope { projects: Reach::none(), repositories: Reach::All };
        assert_eq!(ways(&who, &other, &everywhere), [Way::Repository { repository, all: true }]);
    }
}
