//! Enterprises, projects, repositories and members: where credentials may be used, and by whom.
//!
//! Used by nearly everything. What decides and what is stored here knows nobody but the database and the permission
//! table; only the pages know credentials, to say what hangs on a place.
//!
//! Every change raises the policy epoch first. That makes decisions taken before it worthless (a moved repository, a
//! deleted project), and, because it locks the enterprise's row, changes of one enterprise come one after the other:
//! of two administrators who demote each other the second is refused, because each is judged in their own transaction
//! by what the rows say then ([`renewed`]), not by what they were when the page was opened.

pub(crate) mod forms;
pub mod import;
mod invite;
mod join;
pub(crate) mod pages;
mod person;
mod place;
mod slug;
mod store;

use jiff::Timestamp;

use crate::audit::Object;
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, CredentialId, EnterpriseId, MemberId, ProjectId, RepositoryId};
use crate::permission::{Acting, EnterpriseRole, LocalRole, Proof};

pub use invite::{Email, NewMember, Subject, invite};
pub use join::{join, leave};
pub use person::{disable, enable, set_role};
pub use place::{NewPlace, create_project, create_repository, delete, move_repository, rename};
pub use slug::{BadSlug, Slug};
pub use store::{
    PlaceCalled, add_enterprise, add_member, add_project, add_repository, count_members, count_place_members,
    count_projects, count_repositories, enterprise, enterprises, find_enterprise, find_member,
    has_role_by_claim, join_project, join_repository, list_members, list_place_members, list_projects,
    list_repositories, lost_by_moving, managers, member_names, members_by_id, memberships, move_members,
    place_called, policy_epoch, project, project_names, project_of, projects, raise_epoch, renewed,
    repositories_by_id, repository, repository_names, some_projects, some_repositories, stakes, viewers,
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

impl Enterprise {
    /// What an ID token for it names as its audience, where the console is reached at `public_url`: nobody else's is the
    /// same, and no CI system uses it for anything else.
    pub fn audience(&self, public_url: &str) -> String {
        format!("{public_url}/{}", self.slug)
    }
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

/// A project or a repository, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A project.
    Project(ProjectId),
    /// A repository.
    Repository(RepositoryId),
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

    /// Reads the stored form. Anything but "active" keeps them out.
    pub fn parse(text: &str) -> Self {
        if text == Self::Active.as_str() { Self::Active } else { Self::Disabled }
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

impl Project {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "project", id: self.id.to_string(), name: self.slug.clone() }
    }
}

impl Repository {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "repository", id: self.id.to_string(), name: self.slug.clone() }
    }
}

impl Member {
    /// As an audit record names them.
    pub fn object(&self) -> Object {
        Object { object_type: "member", id: self.id.to_string(), name: self.name.clone() }
    }
}

/// Which of the things there are in an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among<T> {
    /// All of them.
    All,
    /// Only these.
    These(Vec<T>),
}

impl<T: PartialEq> Among<T> {
    /// Whether this is one of them.
    pub fn includes(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(one),
        }
    }
}

/// A stretch of a list that is in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Only what has these words in it.
    pub search: Option<String>,
    /// Only what is behind this one: its name (of a repository, its path) and its id. Stable while others are added.
    pub after: Option<(String, String)>,
    /// At most so many.
    pub size: i64,
}

impl Page {
    /// Cuts `rows`, of which one more than wanted was read, to the page; whether there are more behind.
    pub(crate) fn cut<T>(&self, rows: &mut Vec<T>) -> bool {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        more
    }
}

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProject {
    /// The project.
    pub project: Project,
    /// How many of its repositories the viewer sees.
    pub repositories: i64,
    /// How many members it has, for those who may see inside.
    pub members: Option<i64>,
}

/// A repository in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRepository {
    /// The repository.
    pub repository: Repository,
    /// How many members it has of its own.
    pub members: i64,
}

/// Which members of an enterprise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// Only those with this role.
    pub role: Option<EnterpriseRole>,
    /// Only those in this state.
    pub state: Option<MemberState>,
    /// Only those who are not members of this place.
    pub outside: Option<Place>,
}

/// A member in the enterprise's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMember {
    /// The member.
    pub member: Member,
    /// How many credentials they answer for.
    pub credentials: i64,
}

/// A member in the list of a project or a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceMember {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Whether they may sign in.
    pub state: MemberState,
    /// Their role there.
    pub role: LocalRole,
    /// Whether the identity provider gives a role there, at every sign-in anew.
    pub by_claim: bool,
}

/// Where somebody is a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Of a project.
    Project(Project, LocalRole),
    /// Of a repository.
    Repository(Repository, LocalRole),
}

/// What hangs on a project or a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stakes {
    /// The credentials whose scope names it or one of its repositories, the most used first.
    pub credentials: Vec<Stake>,
    /// The access keys that stand for it or one of its repositories, with their names.
    pub keys: Vec<(AccessKeyId, String)>,
    /// How many of these keys fetched one of these credentials lately.
    pub pipelines: usize,
    /// How many repositories are in it.
    pub repositories: usize,
}

/// A credential that hangs on a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stake {
    /// The credential.
    pub credential: CredentialId,
    /// Its token.
    pub token: String,
    /// How many access keys of the place fetched it lately.
    pub pipelines: usize,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Not there, or not for them to see.
    #[error("not found")]
    NotFound,
    /// They may see it, but not do this.
    #[error("not allowed")]
    NotAllowed,
    /// Another project or repository of the enterprise has this path.
    #[error("the path is taken")]
    Taken,
    /// The project to move to is not there.
    #[error("the project does not exist")]
    UnknownProject,
    /// The person to add is not an active member of the enterprise.
    #[error("the member does not exist")]
    UnknownMember,
    /// Such a member is there already.
    #[error("already a member")]
    AlreadyMember(MemberId),
    /// Nobody of the enterprise comes from this issuer.
    #[error("the issuer is not known")]
    UnknownIssuer,
    /// Members come from several issuers, and none was named.
    #[error("the issuer must be named")]
    IssuerNeeded,
    /// The enterprise would be left without an owner.
    #[error("the last owner")]
    LastOwner,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What every change begins with: the lock, and who acts as the rows say now.
fn begin(conn: &mut Conn, acting: &Acting) -> Result<Acting, DirectoryError> {
    raise_epoch(conn, &acting.viewer.enterprise)?;
    if let Proof::Key(_) = acting.proof {
        // Judged in this transaction already, under the same lock; no row of a member says anything about it.
        return Ok(acting.clone());
    }
    let viewer = renewed(conn, &acting.viewer)?.ok_or(DirectoryError::NotAllowed)?;
    Ok(Acting { viewer, ..acting.clone() })
}
