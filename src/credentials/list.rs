//! What a list of credentials is asked for, and what it says.
//!
//! A list has to be quick in an enterprise of a hundred thousand credentials, whatever it is filtered by: nothing here
//! counts or sorts more than a bounded number of rows, and where a number would take that, it is not known
//! ([`Tally`]). How that is done is `store::list`'s.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::{Credential, Token, store};
use crate::catalogue::{Answer, CredentialType, Group, Outcome};
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, MemberId, ProjectId, RepositoryId};
use crate::permission::Viewer;
use crate::usage::Day;

/// Which credentials.
#[derive(Clone, Default)]
pub struct Filter {
    /// Only this group.
    pub group: Option<Group>,
    /// Only this type.
    pub credential_type: Option<&'static CredentialType>,
    /// Only these types; none: any.
    pub types: Vec<&'static CredentialType>,
    /// Only the one with this token.
    pub token: Option<Token>,
    /// Only those whose last verification ended so.
    pub health: Option<HealthIs>,
    /// Only those that stand so at this moment.
    pub stands: Option<(Stands, Timestamp)>,
    /// Only those that pipelines of this place may use.
    pub place: Option<InScope>,
    /// Only those that pipelines of this place may not use.
    pub outside: Option<InScope>,
    /// Only these words in name, token, description or plain fields.
    pub search: Option<String>,
    /// Only deleted ones; otherwise only the others.
    pub deleted: bool,
    /// Only those that this member answers for.
    pub responsible: Option<MemberId>,
    /// Only those that somebody of this name or address answers for.
    pub answered_by: Option<String>,
    /// Only those whose responsible person may not sign in any more.
    pub orphaned: bool,
    /// Only active ones that were made before this moment and not used since.
    pub unused_since: Option<Timestamp>,
    /// Only those that the viewer may use, not those that they only see.
    pub usable: bool,
}

/// How a verification ended, as a list is filtered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthIs {
    /// So, for the current version.
    Answered(Answer),
    /// The current version was never asked about.
    Unknown,
}

impl HealthIs {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Answered(Answer::Works),
        Self::Answered(Answer::Refused),
        Self::Answered(Answer::NoVerdict),
        Self::Answered(Answer::Uncheckable),
        Self::Unknown,
    ];

    /// As addresses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered(Answer::Works) => "works",
            Self::Answered(Answer::Refused) => "refused",
            Self::Answered(Answer::NoVerdict) => "no-verdict",
            Self::Answered(Answer::Uncheckable) => "uncheckable",
            Self::Unknown => "unknown",
        }
    }

    /// The stored outcomes that it stands for.
    pub(super) fn outcomes(self) -> Vec<&'static str> {
        let is = |outcome: &Outcome| matches!(self, Self::Answered(answer) if outcome.answer() == answer);
        Outcome::ALL.into_iter().filter(is).map(Outcome::as_str).collect()
    }
}

/// How a credential that is not deleted stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Pipelines get it.
    Active,
    /// Somebody turned it off.
    Disabled,
    /// It ends within [`SOON`].
    Expiring,
    /// It ended.
    Expired,
}

/// Credentials that end within this time are marked.
pub const SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Credentials that nobody used for this time are marked.
pub const UNUSED: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

impl Stands {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Active, Self::Disabled, Self::Expiring, Self::Expired];

    /// As addresses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

/// A place whose pipelines may use a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InScope {
    /// Every repository of the project.
    Project(ProjectId),
    /// This repository, by itself or through its project.
    Repository(RepositoryId, ProjectId),
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// When it was made.
    #[default]
    Created,
    /// What it is called.
    Name,
    /// When a pipeline last got it; never is before everything.
    Used,
    /// When it ends; never is after everything.
    Ends,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Name, Self::Used, Self::Ends];

    /// As addresses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Name => "name",
            Self::Used => "used",
            Self::Ends => "ends",
        }
    }
}

/// In which order: by what, and from which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: Sort,
    /// The greatest first.
    pub down: bool,
}

impl Default for Order {
    /// The newest first.
    fn default() -> Self {
        Self { by: Sort::Created, down: true }
    }
}

/// The line that a stretch ended with. Stays right while others are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is sorted by, of that line: a name, or a number.
    pub(super) key: String,
    pub(super) id: CredentialId,
}

/// Sorts before every id.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

impl Cursor {
    /// Before everything that ends at `at` or later, in a list by [`Sort::Ends`] with the first end first.
    pub fn before_end(at: Timestamp) -> Option<Self> {
        Self::parse(&format!("{}~{}", at.as_millisecond(), NOBODY))
    }

    /// Reads what its `Display` wrote, from an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.rsplit_once('~')?;
        // PostgreSQL takes no zero byte, and no name has one.
        (!key.contains('\0')).then_some(())?;
        Some(Self { key: key.to_owned(), id: CredentialId::parse(id)? })
    }

    /// The number that it is sorted by.
    pub(super) fn number(&self) -> i64 {
        self.key.parse().unwrap_or_default()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.key, self.id)
    }
}

/// A stretch of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub size: i64,
    /// In this order.
    pub order: Order,
    /// Those behind this one.
    pub after: Option<Cursor>,
}

impl Page {
    /// The newest `size`, behind `after`.
    pub fn newest(size: i64, after: Option<Cursor>) -> Self {
        Self { size, order: Order::default(), after }
    }
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
    /// The name as it is sorted.
    pub(super) sort_name: String,
}

impl Listed {
    /// Where a list in this order goes on behind it.
    pub fn cursor(&self, order: Order) -> Cursor {
        let of = &self.credential;
        let millis = |at: Option<Timestamp>, without: i64| at.map_or(without, Timestamp::as_millisecond);
        let key = match order.by {
            Sort::Created => of.created_at.as_millisecond().to_string(),
            Sort::Name => self.sort_name.clone(),
            Sort::Used => millis(of.last_used_at, 0).to_string(),
            Sort::Ends => millis(of.expires_at, i64::MAX).to_string(),
        };
        Cursor { key, id: of.id.clone() }
    }
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

/// No more than so many are counted of a group.
pub(super) const COUNTED: i64 = 1000;

/// How many there are in a group, as far as it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// Exactly so many.
    Exactly(i64),
    /// More than so many.
    MoreThan(i64),
    /// To know it, too many rows would have to be read.
    Unknown,
}

impl Tally {
    /// All groups together.
    pub fn all(groups: [Self; 3]) -> Self {
        groups.into_iter().fold(Self::Exactly(0), Self::and)
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(one), Self::Exactly(other)) => Self::Exactly(one.saturating_add(other)),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::MoreThan(one) | Self::Exactly(one), Self::MoreThan(other) | Self::Exactly(other)) => {
                Self::MoreThan(one.max(other))
            }
        }
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::Exactly(0)
    }
}

/// A stretch of a list, and what is around it.
pub struct Stretch {
    /// The lines.
    pub listed: Vec<Listed>,
    /// Whether there are more behind.
    pub more: bool,
    /// How many there are, in the order of [`Group::ALL`].
    pub tallies: [Tally; 3],
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

/// The credentials that `viewer` may see; and whether there are more behind.
pub fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Listed>, bool), StoreError> {
    let found = store::list(conn, viewer, filter, page)?;
    Ok((found.listed, found.more))
}

/// The same with how many there are in each group.
pub fn stretch(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    page: &Page,
) -> Result<Stretch, StoreError> {
    store::list(conn, viewer, filter, page)
}

/// How many there are in each group, exactly. For filters that leave few, such as by a responsible person.
pub fn counts(conn: &mut Conn, viewer: &Viewer, filter: &Filter) -> Result<Counts, StoreError> {
    store::counts(conn, viewer, filter)
}

/// What happened to the credentials that `viewer` may see, all together, on each of as many days that end with a day.
/// `None`: there is too much of it to be added up while somebody waits.
pub fn used_by_day(
    conn: &mut Conn,
    viewer: &Viewer,
    days: (i32, u16),
) -> Result<Option<Vec<Day>>, StoreError> {
    store::used_by_day(conn, viewer, days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_or_not_at_all() {
        let id = "01890000-0000-7000-8000-000000000001";
        for key in ["5", "a~b 名", ""] {
            let cursor = Cursor { key: key.into(), id: CredentialId::parse(id).unwrap() };
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor), "{key}");
        }
        for nonsense in ["", "5", "~", "5~y", &format!("a\0~{id}")] {
            assert_eq!(Cursor::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn what_is_not_known_of_one_group_is_not_known_of_all() {
        let (two, many) = (Tally::Exactly(2), Tally::MoreThan(COUNTED));
        assert_eq!(two.and(two), Tally::Exactly(4));
        assert_eq!(two.and(many), many);
        assert_eq!(many.and(Tally::Unknown), Tally::Unknown);
    }

    #[test]
    fn every_outcome_is_found_by_one_health() {
        let found: Vec<&str> = HealthIs::ALL.into_iter().flat_map(HealthIs::outcomes).collect();
        assert_eq!(found.len(), Outcome::ALL.len());
    }
}
