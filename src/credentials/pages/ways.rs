//! The rules that let somebody use a credential, in words.

use std::collections::HashMap;

use crate::credentials::PipelineWay;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, ProjectId, RepositoryId};
use crate::permission::{EnterpriseRole, Way};
use crate::web::Shell;

/// As many rules are said of one person; somebody may be a member of a hundred repositories.
const SAID: usize = 3;

/// What the projects and repositories of some rules are called.
#[derive(Default)]
pub(crate) struct PlaceNames {
    projects: HashMap<ProjectId, String>,
    repositories: HashMap<RepositoryId, String>,
}

impl PlaceNames {
    /// Reads the names that [`say`] needs for these people, each with all their rules.
    pub(crate) fn of_people<'a>(
        conn: &mut Conn,
        enterprise: &EnterpriseId,
        people: impl IntoIterator<Item = &'a Vec<Way>>,
    ) -> Result<Self, StoreError> {
        let (mut projects, mut repositories) = (Vec::new(), Vec::new());
        for way in people.into_iter().flat_map(|ways| ways.iter().take(SAID)) {
            match way {
                Way::Role(_) | Way::Responsible => {}
                Way::Project { project, .. } => projects.push(project.clone()),
                Way::Repository { repository, .. } => repositories.push(repository.clone()),
                Way::Inside { repository, project, .. } => {
                    projects.push(project.clone());
                    repositories.push(repository.clone());
                }
            }
        }
        Self::read(conn, enterprise, (projects, repositories))
    }

    /// Reads the names that [`say_of_pipelines`] needs.
    pub(super) fn of_pipelines<'a>(
        conn: &mut Conn,
        enterprise: &EnterpriseId,
        ways: impl IntoIterator<Item = &'a PipelineWay>,
    ) -> Result<Self, StoreError> {
        let projects = ways.into_iter().filter_map(|way| match way {
            PipelineWay::Repository { .. } => None,
            PipelineWay::Project { project, .. } => Some(project.clone()),
        });
        Self::read(conn, enterprise, (projects.collect(), Vec::new()))
    }

    fn read(
        conn: &mut Conn,
        enterprise: &EnterpriseId,
        (mut projects, mut repositories): (Vec<ProjectId>, Vec<RepositoryId>),
    ) -> Result<Self, StoreError> {
        projects.sort();
        projects.dedup();
        repositories.sort();
        repositories.dedup();
        Ok(Self {
            projects: directory::project_names(conn, enterprise, &projects)?,
            repositories: directory::repository_names(conn, enterprise, &repositories)?,
        })
    }

    fn project(&self, id: &ProjectId) -> String {
        self.projects.get(id).cloned().unwrap_or_default()
    }

    fn repository(&self, id: &RepositoryId) -> String {
        self.repositories.get(id).cloned().unwrap_or_default()
    }
}

/// The rules of one person, a sentence each.
pub(crate) fn say(shell: &Shell, ways: &[Way], names: &PlaceNames) -> Vec<String> {
    let mut said: Vec<String> = ways.iter().take(SAID).map(|way| one(shell, way, names)).collect();
    if ways.len() > SAID {
        said.push(shell.t1("way-more", "count", ways.len() - SAID));
    }
    said
}

fn one(shell: &Shell, way: &Way, names: &PlaceNames) -> String {
    match way {
        Way::Role(EnterpriseRole::Owner) => shell.t("way-owner"),
        Way::Role(_) => shell.t("way-administrator"),
        Way::Responsible => shell.t("way-responsible"),
        Way::Project { project, all } => {
            shell.t1(if *all { "way-project-all" } else { "way-project" }, "project", names.project(project))
        }
        Way::Repository { repository, all } => {
            let sentence = if *all { "way-repository-all" } else { "way-repository" };
            shell.t1(sentence, "repository", names.repository(repository))
        }
        Way::Inside { repository, project, all } => shell.t2(
            if *all { "way-inside-all" } else { "way-inside" },
            &("repository", names.repository(repository)),
            &("project", names.project(project)),
        ),
    }
}

/// The rule of a repository's pipelines.
pub(super) fn say_of_pipelines(shell: &Shell, way: &PipelineWay, names: &PlaceNames) -> String {
    match way {
        PipelineWay::Repository { all: true } => shell.t("way-pipeline-all-repositories"),
        PipelineWay::Repository { all: false } => shell.t("way-pipeline-repository"),
        PipelineWay::Project { all: true, .. } => shell.t("way-pipeline-all-projects"),
        PipelineWay::Project { project, all: false } => {
            shell.t1("way-pipeline-project", "project", names.project(project))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn every_rule_can_be_said_and_many_are_counted() {
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let (project, repository) = (ProjectId::new(at, &random), RepositoryId::new(at, &random));
        let names = PlaceNames {
            projects: [(project.clone(), "Shop".to_owned())].into(),
            repositories: [(repository.clone(), "Web".to_owned())].into(),
        };
        let mut ways = vec![Way::Role(EnterpriseRole::Owner), Way::Role(EnterpriseRole::Administrator)];
        ways.push(Way::Responsible);
        for all in [false, true] {
            ways.push(Way::Project { project: project.clone(), all });
            ways.push(Way::Repository { repository: repository.clone(), all });
            let (repository, project) = (repository.clone(), project.clone());
            ways.push(Way::Inside { repository, project, all });
        }
        look::in_every_shell(|shell| {
            let said: Vec<String> = ways.iter().map(|way| one(shell, way, &names)).collect();
            let mut different = said.clone();
            different.sort();
            different.dedup();
            assert_eq!(different.len(), ways.len(), "{said:?}");
            assert!(said.iter().all(|one| !one.contains('⟦')), "{said:?}");
            assert!(said[5].contains("Shop") && said[5].contains("Web"), "{said:?}");
            let short = say(shell, &ways, &names);
            assert_eq!(short.len(), SAID + 1);
            assert!(short[SAID].contains('6'), "{short:?}");
            for all in [false, true] {
                let of =
                    [PipelineWay::Repository { all }, PipelineWay::Project { project: project.clone(), all }];
                assert!(of.iter().all(|way| !say_of_pipelines(shell, way, &names).contains('⟦')));
            }
            Ok(if shell.fragment { String::new() } else { "<!doctype html>".to_owned() })
        });
    }
}
