//! Who may do what. The one place that decides.
//!
//! Pure: a [`Viewer`] is everything known about who asks, a [`Standing`] how a credential lies to them, and
//! [`may`] answers. Handlers ask it, stores filter by [`Viewer::sees_everything`] and the viewer's memberships.
//! What a viewer may not see is answered as if it did not exist.

mod places;
mod ways;

use crate::audit::{Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::credentials::Scope;
use crate::ids::{EnterpriseId, MemberId, ProjectId, ProvisioningKeyId, RepositoryId, SignInId};

pub use places::{
    may_change_member, may_manage_project, may_manage_repository_members, may_rule_directory, may_see_inside,
    may_see_members, may_see_project, may_see_repository, may_set_role,
};
pub use ways::{Way, ways};

/// A member's role in an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnterpriseRole {
    /// Everything, and the enterprise itself.
    Owner,
    /// Everything about credentials.
    Administrator,
    /// Reads everything but content.
    Auditor,
    /// What projects, repositories and responsibility give.
    Member,
}

impl EnterpriseRole {
    /// All of them, for tables and forms.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Administrator, Self::Auditor, Self::Member];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Member => "member",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A member's role in a project or a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalRole {
    /// Also manages it.
    Manager,
    /// Works in it.
    Member,
}

impl LocalRole {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Member => "member",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Manager, Self::Member].into_iter().find(|role| role.as_str() == text)
    }
}

/// A signed-in member, as permission sees them.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub member: MemberId,
    /// The name shown to others.
    pub name: String,
    /// In which enterprise.
    pub enterprise: EnterpriseId,
    /// What the enterprise is called.
    pub enterprise_name: String,
    /// Whether they are a member of another enterprise too.
    pub elsewhere: bool,
    /// With which role there.
    pub role: EnterpriseRole,
    /// Their projects.
    pub projects: Vec<(ProjectId, LocalRole)>,
    /// Their repositories, each with the project it belongs to.
    pub repositories: Vec<(RepositoryId, ProjectId, LocalRole)>,
    /// The sign-in that proves it.
    pub sign_in: SignInId,
}

impl Viewer {
    /// Whether the enterprise role alone shows every credential.
    pub fn sees_everything(&self) -> bool {
        self.role != EnterpriseRole::Member
    }

    /// Whether the enterprise role alone allows every change.
    pub fn rules_everything(&self) -> bool {
        matches!(self.role, EnterpriseRole::Owner | EnterpriseRole::Administrator)
    }

    /// How a credential lies to this member.
    pub fn standing(&self, responsible: &MemberId, scope: &Scope) -> Standing {
        let in_scope = self.projects.iter().any(|(project, _)| scope.projects.includes(project))
            || self
                .repositories
                .iter()
                .any(|(repository, project, _)| scope.admits(project, Some(repository)));
        Standing {
            responsible: *responsible == self.member,
            in_scope,
            within_own: self.holds(&Scope::none(), scope),
        }
    }

    /// Whether every place that `wanted` adds to `present` is one of this member's own.
    fn holds(&self, present: &Scope, wanted: &Scope) -> bool {
        let own_project = |id: &ProjectId| self.projects.iter().any(|(project, _)| project == id);
        let own_repository =
            |id: &RepositoryId| self.repositories.iter().any(|(repository, _, _)| repository == id);
        wanted.projects.beyond(&present.projects).is_some_and(|added| added.into_iter().all(own_project))
            && wanted
                .repositories
                .beyond(&present.repositories)
                .is_some_and(|added| added.into_iter().all(own_repository))
    }
}

/// How a credential lies to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// They are its responsible person.
    pub responsible: bool,
    /// They are a member of a project or a repository where it may be used.
    pub in_scope: bool,
    /// Every place where it may be used is one of theirs.
    pub within_own: bool,
}

/// What somebody wants to do with one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See it in lists and read its plain facts.
    See,
    /// Pick it in a pipeline form.
    Use,
    /// Change its plain facts, rotate it, verify it, disable and enable it.
    Edit,
    /// Give it to another responsible person, delete it, restore it.
    Dispose,
    /// Read its audit records.
    ReadAudit,
}

/// Whether `role` may do `action` with a credential that stands so to them.
pub fn may(role: EnterpriseRole, action: Action, standing: Standing) -> bool {
    match role {
        EnterpriseRole::Owner | EnterpriseRole::Administrator => true,
        EnterpriseRole::Auditor => match action {
            Action::See | Action::ReadAudit => true,
            // What an auditor may change or use, they may as anybody: by being responsible for it or a member of its place.
            Action::Use | Action::Edit | Action::Dispose => may_as_member(action, standing),
        },
        EnterpriseRole::Member => may_as_member(action, standing),
    }
}

fn may_as_member(action: Action, standing: Standing) -> bool {
    match action {
        Action::See | Action::Use => standing.responsible || standing.in_scope,
        Action::Edit | Action::ReadAudit => standing.responsible,
        Action::Dispose => standing.responsible && standing.within_own,
    }
}

/// Whether `viewer` may give a credential the scope `wanted`, in place of `present` ([`Scope::none`] for a new one).
/// Narrowing is an edit like any other; what is added must be theirs.
pub fn may_set_scope(viewer: &Viewer, present: &Scope, wanted: &Scope) -> bool {
    viewer.rules_everything() || viewer.holds(present, wanted)
}

/// Whether `viewer` may create credentials at all: members can where they are members of something.
pub fn may_create(viewer: &Viewer) -> bool {
    viewer.rules_everything() || !(viewer.projects.is_empty() && viewer.repositories.is_empty())
}

/// Whether `viewer` may make and revoke access keys bound to a project, or to a repository in it.
pub fn may_manage_access(viewer: &Viewer, project: &ProjectId, repository: Option<&RepositoryId>) -> bool {
    let manages_project =
        viewer.projects.iter().any(|(id, role)| id == project && *role == LocalRole::Manager);
    let manages_repository = repository.is_some_and(|wanted| {
        viewer.repositories.iter().any(|(id, _, role)| id == wanted && *role == LocalRole::Manager)
    });
    viewer.rules_everything() || manages_project || manages_repository
}

/// Whether there is any place that `viewer` may make an access key for.
pub fn may_make_access(viewer: &Viewer) -> bool {
    viewer.rules_everything()
        || viewer.projects.iter().any(|(_, role)| *role == LocalRole::Manager)
        || viewer.repositories.iter().any(|(_, _, role)| *role == LocalRole::Manager)
}

/// Whether `viewer` sees the page of access keys: whoever may make one, and auditors.
pub fn may_see_access(viewer: &Viewer) -> bool {
    viewer.sees_everything() || may_make_access(viewer)
}

/// What proves who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A member is signed in.
    SignIn,
    /// A program has a provisioning key; the viewer's member is the id of the key, and their name its name.
    Key(ProgramKey),
}

/// What is to be known of a program beside what its viewer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramKey {
    /// The provisioning key.
    pub id: ProvisioningKeyId,
    /// The member who made it, and saw its text.
    pub made_by: MemberId,
    /// Whether it may make, change and revoke access keys.
    pub manages_access: bool,
}

/// Somebody doing something, now: what every operation of the console is given.
#[derive(Clone)]
pub struct Acting {
    /// Who.
    pub viewer: Viewer,
    /// What proves it.
    pub proof: Proof,
    /// When.
    pub now: jiff::Timestamp,
    /// In whose audit chain it is recorded.
    pub chain: ChainId,
    /// From where.
    pub origin: Origin,
    /// Where randomness comes from.
    pub random: crate::seal::Random,
}

impl Acting {
    /// The audit record of something that they did.
    pub fn draft(&self, action: &'static str, object: Option<Object>, outcome: Outcome) -> Draft {
        Draft {
            at: self.now,
            enterprise: Some(self.viewer.enterprise.clone()),
            actor: match &self.proof {
                Proof::SignIn => Actor::Member(self.viewer.member.to_string(), self.viewer.name.clone()),
                Proof::Key(_) => {
                    Actor::ProvisioningKey(self.viewer.member.to_string(), self.viewer.name.clone())
                }
            },
            action,
            object,
            outcome,
            reason: None,
            origin: self.origin.clone(),
            detail: serde_json::Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Reach;

    /// DESIGN's table, a line per role and standing: see, use, edit, dispose, audit.
    #[test]
    fn the_table_of_who_may_do_what() {
        use EnterpriseRole::{Administrator, Auditor, Member, Owner};
        let own = Standing { responsible: true, in_scope: false, within_own: false };
        let own_places = Standing { responsible: true, in_scope: true, within_own: true };
        let near = Standing { responsible: false, in_scope: true, within_own: true };
        let far = Standing { responsible: false, in_scope: false, within_own: false };
        let table = [
            (Owner, far, [true, true, true, true, true]),
            (Administrator, far, [true, true, true, true, true]),
            (Auditor, far, [true, false, false, false, true]),
            (Auditor, near, [true, true, false, false, true]),
            (Auditor, own, [true, true, true, false, true]),
            (Member, far, [false, false, false, false, false]),
            (Member, near, [true, true, false, false, false]),
            (Member, own, [true, true, true, false, true]),
            (Member, own_places, [true, true, true, true, true]),
        ];
        let actions = [Action::See, Action::Use, Action::Edit, Action::Dispose, Action::ReadAudit];
        for (role, standing, expected) in table {
            let answers = actions.map(|action| may(role, action, standing));
            assert_eq!(answers, expected, "{role:?} {standing:?}");
        }
    }

    fn viewer(role: EnterpriseRole) -> (Viewer, [ProjectId; 2], [RepositoryId; 2]) {
        let random = crate::seal::Random::system();
        let at = jiff::Timestamp::UNIX_EPOCH;
        let projects = [ProjectId::new(at, &random), ProjectId::new(at, &random)];
        let repositories = [RepositoryId::new(at, &random), RepositoryId::new(at, &random)];
        let viewer = Viewer {
            member: MemberId::new(at, &random),
            name: "Li Na".into(),
            enterprise: EnterpriseId::new(at, &random),
            enterprise_name: "Aurora".into(),
            elsewhere: false,
            role,
            projects: vec![(projects[0].clone(), LocalRole::Manager)],
            repositories: vec![(repositories[0].clone(), projects[1].clone(), LocalRole::Member)],
            sign_in: SignInId::new(at, &random),
        };
        (viewer, projects, repositories)
    }

    #[test]
    fn a_member_adds_only_their_own_places_to_a_scope() {
        let (member, projects, repositories) = viewer(EnterpriseRole::Member);
        let chosen = |p: &[ProjectId], r: &[RepositoryId]| Scope {
            projects: Reach::Chosen(p.iter().cloned().collect()),
            repositories: Reach::Chosen(r.iter().cloned().collect()),
        };
        let none = Scope::none();
        let everything = Scope { projects: Reach::All, repositories: Reach::none() };
        assert!(may_set_scope(&member, &none, &chosen(&projects[..1], &repositories[..1])));
        assert!(!may_set_scope(&member, &none, &chosen(&projects, &[])));
        assert!(!may_set_scope(&member, &none, &chosen(&[], &repositories)));
        assert!(!may_set_scope(&member, &none, &everything));
        // What was there already may stay, and be taken away.
        assert!(may_set_scope(&member, &chosen(&projects, &repositories), &chosen(&projects, &[])));
        assert!(may_set_scope(&member, &everything, &everything));
        assert!(may_set_scope(&viewer(EnterpriseRole::Administrator).0, &none, &everything));
        assert!(!may_set_scope(&viewer(EnterpriseRole::Auditor).0, &none, &everything));
    }

    #[test]
    fn a_member_of_a_repository_is_in_scope_through_its_project() {
        let (member, projects, _) = viewer(EnterpriseRole::Member);
        let by_project = |project: &ProjectId| Scope {
            projects: Reach::Chosen([project.clone()].into()),
            repositories: Reach::none(),
        };
        let stranger = MemberId::new(jiff::Timestamp::UNIX_EPOCH, &crate::seal::Random::system());
        assert!(member.standing(&stranger, &by_project(&projects[1])).in_scope);
        assert!(!member.standing(&stranger, &Scope::none()).in_scope);
        assert!(member.standing(&member.member.clone(), &Scope::none()).responsible);
    }

    #[test]
    fn access_keys_are_made_by_managers() {
        let (member, projects, repositories) = viewer(EnterpriseRole::Member);
        assert!(may_manage_access(&member, &projects[0], None));
        assert!(may_manage_access(&member, &projects[0], Some(&repositories[1])));
        assert!(!may_manage_access(&member, &projects[1], Some(&repositories[0])));
        assert!(!may_manage_access(&viewer(EnterpriseRole::Auditor).0, &projects[1], None));
    }
}
