//! Importing projects, repositories, members and memberships from a table.
//!
//! A file is uploaded, read line by line (`table`, `entry`) and held against what is there (`plan`); what would
//! happen is kept and shown. Applying decides afresh, in the transaction that changes: when the outcome is not what was
//! shown, because somebody changed the directory meanwhile, nothing is changed and the new outcome is shown. All lines
//! are applied or none. An import adds and changes; it never deletes or disables, and what the file does not mention
//! stays as it is. So applying the same file again changes nothing.
//!
//! People are who the sign-in says they are: issuer and subject. An e-mail address is a claim that somebody made; it
//! only finds somebody who is in the directory already, for a membership, and only when nobody else has the same.
//!
//! Used by the pages; knows neither actix nor askama.

mod apply;
mod entry;
mod export;
mod plan;
mod runner;
mod store;
mod table;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::DirectoryError;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, ImportId, MemberId};
use crate::permission::{Acting, Viewer, may_rule_directory};

pub use export::{SAMPLE, SAMPLE_IN_CHINESE, export};
pub use runner::{Importer, Progress};
pub use table::{BadFile, Table, guarded, read};

use plan::Plan;

/// The largest file, in bytes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The most lines of a file.
pub const MOST_LINES: usize = 50_000;

/// How long a preview, and the account of what was applied, can be looked at.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// For how long somebody who applies is believed to be still at it.
const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A project.
    Project,
    /// A repository in a project.
    Repository,
    /// A member of the enterprise.
    Member,
    /// A member of a project or a repository.
    Membership,
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// What the line is about.
    Kind,
    /// The path of a project.
    Project,
    /// The path of a repository.
    Repository,
    /// A person's name at the identity provider.
    Subject,
    /// The identity provider.
    Issuer,
    /// An e-mail address.
    Email,
    /// A name for people.
    Name,
    /// A role, in the enterprise or in a place.
    Role,
}

impl Column {
    /// In the order of the sample and of the export.
    pub const ALL: [Self; 8] = [
        Self::Kind,
        Self::Project,
        Self::Repository,
        Self::Subject,
        Self::Issuer,
        Self::Email,
        Self::Name,
        Self::Role,
    ];

    /// As a file writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Project => "project",
            Self::Repository => "repository",
            Self::Subject => "subject",
            Self::Issuer => "issuer",
            Self::Email => "email",
            Self::Name => "name",
            Self::Role => "role",
        }
    }

    /// As a file in Chinese writes it.
    pub fn in_chinese(self) -> &'static str {
        match self {
            Self::Kind => "类型",
            Self::Project => "项目",
            Self::Repository => "仓库",
            Self::Subject => "登录标识",
            Self::Issuer => "身份提供方",
            Self::Email => "邮箱",
            Self::Name => "名称",
            Self::Role => "角色",
        }
    }
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something new.
    Added,
    /// Something is there and will be otherwise.
    Changed,
    /// All of it is so already.
    Unchanged,
    /// It cannot be done; then nothing of the file is.
    Wrong,
}

impl Outcome {
    /// In the order of the page.
    pub const ALL: [Self; 4] = [Self::Wrong, Self::Added, Self::Changed, Self::Unchanged];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Wrong => "wrong",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// What is wrong with a cell or a line; the message id is `import-fault-` and this in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// More cells than the header has.
    TooManyCells,
    /// A cell of several lines: perhaps a quotation mark is missing.
    LineBreak,
    /// Not a kind.
    UnknownKind,
    /// The cell must be filled.
    Needed,
    /// The cell must be empty for this kind.
    NotHere,
    /// Not a path.
    BadPath,
    /// Not a name.
    BadName,
    /// Not a name that an identity provider gives.
    BadSubject,
    /// Not an e-mail address.
    BadEmail,
    /// Not a role.
    UnknownRole,
    /// Both or neither of a project and a repository are named.
    OnePlace,
    /// A new repository needs a project.
    ProjectNeeded,
    /// No such project, neither here nor in the file.
    UnknownProject,
    /// No such repository, neither here nor in the file.
    UnknownRepository,
    /// No such member, neither here nor in the file.
    UnknownMember,
    /// Nobody here has this e-mail address.
    UnknownEmail,
    /// Several people here have this e-mail address.
    SharedEmail,
    /// Members come from several identity providers, so one must be named.
    IssuerNeeded,
    /// Nobody here comes from this identity provider.
    UnknownIssuer,
    /// The member was disabled.
    Disabled,
    /// Only owners make and unmake owners.
    OwnersOnly,
    /// The enterprise would be left without an owner.
    LastOwner,
    /// An earlier line says something else about the same; the value is its number.
    SaidOtherwise,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// In which column, when it is in one.
    pub column: Option<Column>,
    /// What.
    pub wrong: Wrong,
    /// What stands there, cut to what fits a page; for [`Wrong::SaidOtherwise`] the number of the other line.
    pub value: String,
}

/// A fact that a line changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub column: Column,
    /// What it is; nothing when it is new.
    pub from: Option<String>,
    /// What it will be.
    pub to: String,
}

/// What becomes of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Its number in the file; the header's is 1.
    pub line: i64,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The rest.
    pub about: About,
}

/// What a verdict is about; stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What the line is about, when it says so.
    pub kind: Option<Kind>,
    /// The path of the place, or the member's name at the identity provider.
    pub what: String,
    /// The person, by name, where there is one.
    pub who: String,
    /// What changes, or what is added.
    pub changes: Vec<Change>,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
}

/// How many lines of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Something new.
    pub added: i64,
    /// Something changes.
    pub changed: i64,
    /// All is so already.
    pub unchanged: i64,
    /// It cannot be done.
    pub wrong: i64,
}

impl Tally {
    /// How many there are of one outcome.
    pub fn of(&self, outcome: Outcome) -> i64 {
        match outcome {
            Outcome::Added => self.added,
            Outcome::Changed => self.changed,
            Outcome::Unchanged => self.unchanged,
            Outcome::Wrong => self.wrong,
        }
    }

    /// All lines.
    pub fn lines(&self) -> i64 {
        self.added + self.changed + self.unchanged + self.wrong
    }

    /// Whether it can be applied and that would do something.
    pub fn does_something(&self) -> bool {
        self.wrong == 0 && self.added + self.changed > 0
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is shown; why the last attempt to apply it changed nothing, if there was one.
    Shown(Option<Trouble>),
    /// It is being applied.
    Applying,
    /// It was applied.
    Applied(Timestamp),
}

/// Why an attempt to apply changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The directory changed meanwhile, and with it the outcome.
    Moved,
    /// Something broke, or whoever applied it was signed out or lost their role.
    Failed,
    /// The process that applied it ended.
    Interrupted,
}

/// An import as its page shows it.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// How far it is.
    pub stage: Stage,
    /// How many lines of each outcome.
    pub tally: Tally,
    /// What would happen, hashed: the form that applies it says what it saw.
    pub digest: Vec<u8>,
}

/// Says what a file would do, and keeps it to be shown and applied. Nothing else changes.
pub fn look(conn: &mut Conn, acting: &Acting, file: &Table) -> Result<Shown, DirectoryError> {
    if !may_rule_directory(&acting.viewer) {
        return Err(DirectoryError::NotAllowed);
    }
    let id = ImportId::new(acting.now, &acting.random);
    let entries = entry::read(file);
    let plan = plan::decide(conn, (acting, &id), &entries)?;
    Ok(Shown { id, content: file.text().to_owned(), plan })
}

/// What a file would do, not yet kept.
pub struct Shown {
    id: ImportId,
    content: String,
    plan: Plan,
}

/// Keeps what a file would do.
pub fn keep(conn: &mut Conn, viewer: &Viewer, now: Timestamp, shown: &Shown) -> Result<ImportId, StoreError> {
    store::insert(conn, (&shown.id, viewer, now), &shown.content, &shown.plan)?;
    Ok(shown.id.clone())
}

/// The import with this id, when it is this member's.
pub fn find(
    conn: &mut Conn,
    viewer: &Viewer,
    id: &ImportId,
    now: Timestamp,
) -> Result<Option<Import>, StoreError> {
    store::find(conn, (&viewer.enterprise, &viewer.member), id, now)
}

/// A stretch of its lines behind the line numbered `after`, of one outcome or of all; whether there are more behind.
pub fn lines(
    conn: &mut Conn,
    id: &ImportId,
    outcome: Option<Outcome>,
    (after, most): (i64, i64),
) -> Result<(Vec<Verdict>, bool), StoreError> {
    store::lines(conn, id, outcome, (after, most))
}

/// Takes an import to apply it, when it still is what `digest` says. False: it is being applied, was, or is not.
pub fn take(
    conn: &mut Conn,
    viewer: &Viewer,
    (id, digest): (&ImportId, &[u8]),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let until = now.saturating_add(LEASE).unwrap_or(now);
    store::take(conn, (&viewer.enterprise, &viewer.member), (id, digest), (now, until))
}

/// Forgets imports that are too old to be looked at.
pub fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    store::purge(conn, now.saturating_sub(KEPT).unwrap_or(now))
}

/// Whose an import is.
type Owner<'a> = (&'a EnterpriseId, &'a MemberId);
