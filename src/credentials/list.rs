//! What a list of credentials is asked for, and what it says.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Credential, store};
use crate::catalogue::Group;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, MemberId, ProjectId, RepositoryId};
use crate::permission::Viewer;

/// Which credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this group.
    pub group: Option<Group>,
    /// Only these words in name, token, description or summary.
    pub search: Option<String>,
    /// Only deleted ones; otherwise only the others.
    pub deleted: bool,
    /// Only those that this member answers for.
    pub responsible: Option<MemberId>,
    /// Only those whose responsible person may not sign in any more.
    pub orphaned: bool,
    /// Only those that the viewer may use, not those that they only see.
    pub usable: bool,
}

/// A stretch of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub size: i64,
    /// Those behind this one: its time of creation and its id. Stable while others are added.
    pub after: Option<(Timestamp, CredentialId)>,
}

/// How many places: all, or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// All there are or will be.
    All,
    /// So many chosen ones.
    Chosen(i64),
}

/// A line of the list.
#[derive(Clone)]
pub struct Listed {
    /// The credential; its scope's chosen places are not read, see the counts beside.
    pub credential: Credential,
    /// In how many projects it may be used.
    pub projects: Places,
    /// In how many repositories.
    pub repositories: Places,
    /// Whether `viewer` may change it; needs no second look.
    pub may_edit: bool,
}

/// How many credentials there are, by group, under one filter without its group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All groups together.
    pub all: i64,
    /// Cloud services.
    pub cloud_service: i64,
    /// Chat systems.
    pub im_communication: i64,
    /// The rest.
    pub others: i64,
}

/// What of the list a viewer may see, for the database to filter by.
pub(super) enum Sight {
    /// Everything in the enterprise.
    Everything,
    /// What they answer for, and what may be used where they are members.
    Own { member: MemberId, projects: BTreeSet<ProjectId>, repositories: BTreeSet<RepositoryId> },
}

impl Sight {
    pub(super) fn of(viewer: &Viewer, filter: &Filter) -> Self {
        let everything = if filter.usable { viewer.rules_everything() } else { viewer.sees_everything() };
        if everything {
            return Self::Everything;
        }
        let through_repositories = viewer.repositories.iter().map(|(_, project, _)| project.clone());
        Self::Own {
            member: viewer.member.clone(),
            projects: viewer.projects.iter().map(|(id, _)| id.clone()).chain(through_repositories).collect(),
            repositories: viewer.repositories.iter().map(|(id, _, _)| id.clone()).collect(),
        }
    }
}

/// The credentials that `viewer` may see, newest first; and whether there are more behind.
pub fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Listed>, bool), StoreError> {
    store::list(conn, viewer, filter, page)
}

/// How many there are in each group.
pub fn counts(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<Counts, StoreError> {
    store::counts(conn, viewer, filter)
}
