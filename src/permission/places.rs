//! Who may do what with projects, repositories and members.
//!
//! | | owner | administrator | auditor | manager of the project | member of the project | manager of the repository | member of the repository |
//! |---|---|---|---|---|---|---|---|
//! | see the project | all | all | all | yes | yes | only their repositories in it | only their repositories in it |
//! | create, rename, delete a project | yes | yes | - | - | - | - | - |
//! | create, rename, move, delete its repositories | yes | yes | - | yes | - | - | - |
//! | add and remove members of the project | yes | yes | - | yes | - | - | - |
//! | add and remove members of a repository | yes | yes | - | yes | - | yes | - |
//! | see the members of the enterprise | yes | yes | yes | - | - | - | - |
//! | change roles, disable, hand over, import | yes | yes, but not owners | - | - | - | - | - |

use super::{EnterpriseRole, LocalRole, Viewer};
use crate::ids::{ProjectId, RepositoryId};

/// Whether `viewer` sees that there is this project: everything to whoever sees everything, else their own and those
/// of their repositories.
pub fn may_see_project(viewer: &Viewer, project: &ProjectId) -> bool {
    may_see_inside(viewer, project) || viewer.repositories.iter().any(|(_, of, _)| of == project)
}

/// Whether `viewer` sees all that is in a project: every repository, and its members.
pub fn may_see_inside(viewer: &Viewer, project: &ProjectId) -> bool {
    viewer.sees_everything() || viewer.projects.iter().any(|(id, _)| id == project)
}

/// Whether `viewer` sees a repository of a project.
pub fn may_see_repository(viewer: &Viewer, project: &ProjectId, repository: &RepositoryId) -> bool {
    may_see_inside(viewer, project) || viewer.repositories.iter().any(|(id, _, _)| id == repository)
}

/// Whether `viewer` may create, rename and delete projects, import, and manage members of the enterprise.
pub fn may_rule_directory(viewer: &Viewer) -> bool {
    viewer.rules_everything()
}

/// Whether `viewer` manages what is in a project: its repositories and its members.
pub fn may_manage_project(viewer: &Viewer, project: &ProjectId) -> bool {
    viewer.rules_everything()
        || viewer.projects.iter().any(|(id, role)| id == project && *role == LocalRole::Manager)
}

/// Whether `viewer` may add and remove members of a repository.
pub fn may_manage_repository_members(
    viewer: &Viewer,
    project: &ProjectId,
    repository: &RepositoryId,
) -> bool {
    may_manage_project(viewer, project)
        || viewer.repositories.iter().any(|(id, _, role)| id == repository && *role == LocalRole::Manager)
}

/// Whether `viewer` sees the members of the enterprise.
pub fn may_see_members(viewer: &Viewer) -> bool {
    viewer.sees_everything()
}

/// Whether somebody with the role `by` may give `to` to somebody who has `from`. Owners are made and unmade by owners.
pub fn may_set_role(by: EnterpriseRole, from: EnterpriseRole, to: EnterpriseRole) -> bool {
    may_change_member(by, from) && may_change_member(by, to)
}

/// Whether somebody with the role `by` may disable and enable somebody with the role `of`.
pub fn may_change_member(by: EnterpriseRole, of: EnterpriseRole) -> bool {
    match by {
        EnterpriseRole::Owner => true,
        EnterpriseRole::Administrator => of != EnterpriseRole::Owner,
        EnterpriseRole::Auditor | EnterpriseRole::Member => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EnterpriseId, MemberId, SignInId};

    /// The table above, a line per kind of viewer: see, see inside, see the repository, rule, manage, manage the members of the repository, see members.
    #[test]
    fn the_table_of_projects_and_repositories() {
        use EnterpriseRole::{Administrator, Auditor, Member, Owner};
        use LocalRole::{Manager, Member as Works};
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let (project, repository) = (ProjectId::new(at, &random), RepositoryId::new(at, &random));
        let elsewhere = (ProjectId::new(at, &random), RepositoryId::new(at, &random));
        let viewer = |role, in_project: Option<LocalRole>, in_repository: Option<LocalRole>| Viewer {
            member: MemberId::new(at, &random),
            name: "Li Na".into(),
            enterprise: EnterpriseId::new(at, &random),
            enterprise_name: "Aurora".into(),
            elsewhere: false,
            role,
            projects: in_project.map(|role| (project.clone(), role)).into_iter().collect(),
            repositories: in_repository
                .map(|role| (repository.clone(), project.clone(), role))
                .into_iter()
                .collect(),
            sign_in: SignInId::new(at, &random),
        };
        let table = [
            (viewer(Owner, None, None), [true; 7]),
            (viewer(Administrator, None, None), [true; 7]),
            (viewer(Auditor, None, None), [true, true, true, false, false, false, true]),
            (viewer(Member, Some(Manager), None), [true, true, true, false, true, true, false]),
            (viewer(Member, Some(Works), None), [true, true, true, false, false, false, false]),
            (viewer(Member, None, Some(Manager)), [true, false, true, false, false, true, false]),
            (viewer(Member, None, Some(Works)), [true, false, true, false, false, false, false]),
            (viewer(Member, None, None), [false; 7]),
        ];
        for (viewer, expected) in table {
            let answers = [
                may_see_project(&viewer, &project),
                may_see_inside(&viewer, &project),
                may_see_repository(&viewer, &project, &repository),
                may_rule_directory(&viewer),
                may_manage_project(&viewer, &project),
                may_manage_repository_members(&viewer, &project, &repository),
                may_see_members(&viewer),
            ];
            assert_eq!(
                answers, expected,
                "{:?} {:?} {:?}",
                viewer.role, viewer.projects, viewer.repositories
            );
            if viewer.role == Member {
                assert!(!may_see_project(&viewer, &elsewhere.0));
                assert!(!may_see_repository(&viewer, &elsewhere.0, &elsewhere.1));
                assert!(!may_manage_project(&viewer, &elsewhere.0));
            }
        }
    }

    #[test]
    fn owners_are_made_and_unmade_by_owners() {
        use EnterpriseRole::{Administrator, Auditor, Member, Owner};
        let table = [
            (Owner, Owner, Member, true),
            (Owner, Member, Owner, true),
            (Administrator, Member, Administrator, true),
            (Administrator, Administrator, Member, true),
            (Administrator, Member, Owner, false),
            (Administrator, Owner, Member, false),
            (Auditor, Member, Auditor, false),
            (Member, Member, Member, false),
        ];
        for (by, from, to, expected) in table {
            assert_eq!(may_set_role(by, from, to), expected, "{by:?}: {from:?} to {to:?}");
        }
        assert!(may_change_member(Administrator, Administrator));
        assert!(!may_change_member(Administrator, Owner));
    }
}
