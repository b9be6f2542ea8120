//! Who may do what. The one place that decides.
//!
//! Pure: a [`Viewer`] is everything known about who asks, a [`Standing`] how a credential lies to them, and
//! [`may`] answers. Handlers ask it, stores filter by [`Viewer::sees_everything`] and the viewer's memberships.
//! What a viewer may not see is answered as if it did not exist.

use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId, SignInId};

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
    /// With which role there.
    pub role: EnterpriseRole,
    /// Their projects.
    pub projects: Vec<(ProjectId, LocalRole)>,
    /// Their repositories, each with the project it belongs to.
    pub repositories: Vec<(RepositoryId, ProjectId, LocalRole)>,
    /// The sign-in that proves it.
    pub sign_in: SignInId,
}
