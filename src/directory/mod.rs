//! Enterprises, projects, repositories and members: where credentials may be used, and by whom.
//!
//! Used by nearly everything; knows nobody but the database.

mod store;

use jiff::Timestamp;

use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId};
use crate::permission::EnterpriseRole;

pub use store::{
    add_enterprise, add_member, add_project, add_repository, enterprise, enterprises, join_project,
    join_repository, member_names, members, move_members, policy_epoch, project_of, projects, raise_epoch,
    repositories,
};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// Its name in addresses and settings.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// A repository of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its id.
    pub id: RepositoryId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its path, as in `group/name`.
    pub slug: String,
    /// Its name for people.
    pub name: String,
}

/// Whether a member may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// They may.
    Active,
    /// They left; what they answer for goes on.
    Disabled,
}

impl MemberState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// A person in an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their id here.
    pub id: MemberId,
    /// Who vouches for them.
    pub issuer: String,
    /// Their name there, which never changes.
    pub subject: String,
    /// Their name for people.
    pub name: String,
    /// Their e-mail address, for showing.
    pub email: Option<String>,
    /// Their role in the enterprise.
    pub role: EnterpriseRole,
    /// Whether they may sign in.
    pub state: MemberState,
    /// Since when they are here.
    pub created_at: Timestamp,
}
