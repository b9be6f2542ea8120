//! The credential picker: what somebody may pick for the pipelines of a repository, and why not others.
//!
//! Used by the forms of pipeline tasks, by other editors, and by the lists of what is usable somewhere.
//! What it says is what a resolve would decide: a test asks both. It knows no content and no version; whether one may see
//! a credential at all is decided where every list decides it.

pub(crate) mod api;
pub(crate) mod pages;

use std::collections::{HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;

use crate::catalogue::{self, Answer, CredentialType, Outcome};
use crate::credentials::{
    self, Credential, Cursor, Filter, HealthIs, InScope, Order, Page, Sort, State, Token,
};
use crate::db::{Conn, StoreError};
use crate::directory::{self, PlaceCalled, Project, Repository};
use crate::ids::{CredentialId, RepositoryId};
use crate::permission::{Viewer, may_see_repository};
use crate::verify;

/// A repository that somebody picks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// It.
    pub repository: Repository,
    /// The project it belongs to.
    pub project: Project,
}

impl Here {
    /// As lists are filtered by it.
    pub fn scope(&self) -> InScope {
        InScope::Repository(self.repository.id.clone(), self.project.id.clone())
    }
}

/// The repository of that id or path, when `viewer` sees it.
pub fn here(conn: &mut Conn, viewer: &Viewer, text: &str) -> Result<Option<Here>, StoreError> {
    if text.contains('\0') {
        return Ok(None);
    }
    let id = match RepositoryId::parse(text) {
        Some(id) => id,
        None => match directory::place_called(conn, &viewer.enterprise, text)? {
            Some(PlaceCalled::Repository(id, _)) => id,
            Some(PlaceCalled::Project(_)) | None => return Ok(None),
        },
    };
    let Some(repository) = directory::repository(conn, &viewer.enterprise, &id)? else { return Ok(None) };
    if !may_see_repository(viewer, &repository.project, &repository.id) {
        return Ok(None);
    }
    let project = directory::project(conn, &viewer.enterprise, &repository.project)?;
    Ok(project.map(|project| Here { repository, project }))
}

/// What is remarkable about a credential that could be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It may not be used in this repository.
    NotInScope,
    /// Somebody turned it off.
    Disabled,
    /// It is over.
    Expired,
    /// Pipelines get it, but the system it is for refused it when it was last asked.
    Failing,
}

impl Reason {
    /// As answers write it, and with `-` as message ids end.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotInScope => "not_in_scope",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Failing => "failing",
        }
    }

    /// Whether pipelines get it all the same.
    pub fn lets_it_be_used(self) -> bool {
        self == Self::Failing
    }
}

/// A credential that could be picked.
#[derive(Clone)]
pub struct Offer {
    /// It; its scope's chosen places are not read.
    pub credential: Credential,
    /// What is remarkable about it, first of all why pipelines here do not get it.
    pub reason: Option<Reason>,
    /// Whether a run has to prove something besides where it belongs.
    pub conditional: bool,
    /// How the last verification of its current version ended, and when.
    pub health: Option<(Outcome, Timestamp)>,
}

impl Offer {
    /// How it fares, as lists are filtered by it.
    pub fn health_is(&self) -> HealthIs {
        self.health.map_or(HealthIs::Unknown, |(outcome, _)| HealthIs::Answered(outcome.answer()))
    }

    /// Whether a pipeline of the place gets it, provided that its run meets the conditions.
    pub fn is_usable(&self) -> bool {
        self.reason.is_none_or(Reason::lets_it_be_used)
    }
}

/// What is wanted of a picker.
#[derive(Clone)]
pub struct Wanted {
    /// Pipelines of which place are to use it.
    pub place: InScope,
    /// Only these types; none: any.
    pub types: Vec<&'static CredentialType>,
    /// Only these words in name, token, description or plain fields.
    pub search: Option<String>,
    /// Whether those that cannot be used there are listed behind those that can.
    pub elsewhere: bool,
    /// Behind which one to begin.
    pub after: Option<After>,
    /// At most so many.
    pub size: i64,
}

/// Where a stretch of a picker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Among those in scope, behind this one.
    Here(Cursor),
    /// Among the others, behind this one or at their beginning.
    Elsewhere(Option<Cursor>),
}

impl After {
    /// Reads what its `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('~')? {
            ("here", cursor) => Cursor::parse(cursor).map(Self::Here),
            ("elsewhere", "") => Some(Self::Elsewhere(None)),
            ("elsewhere", cursor) => Cursor::parse(cursor).map(|cursor| Self::Elsewhere(Some(cursor))),
            _ => None,
        }
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(cursor) => write!(f, "here~{cursor}"),
            Self::Elsewhere(None) => f.write_str("elsewhere~"),
            Self::Elsewhere(Some(cursor)) => write!(f, "elsewhere~{cursor}"),
        }
    }
}

/// A stretch of a picker.
pub struct Offers {
    /// Those in scope by name, then the others by name.
    pub offers: Vec<Offer>,
    /// Where it goes on, if it does.
    pub next: Option<After>,
}

/// By name.
const ORDER: Order = Order { by: Sort::Name, down: false };

/// What `viewer` may pick, and what else they may see and cannot use there.
pub fn offers(
    conn: &mut Conn,
    viewer: &Viewer,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Offers, StoreError> {
    let asked = Filter {
        types: wanted.types.clone(),
        search: wanted.search.clone(),
        usable: true,
        ..Filter::default()
    };
    let mut found: Vec<(Credential, bool)> = Vec::new();
    let mut next = None;
    if !matches!(wanted.after, Some(After::Elsewhere(_))) {
        let after = match &wanted.after {
            Some(After::Here(cursor)) => Some(cursor.clone()),
            _ => None,
        };
        let filter = Filter { place: Some(wanted.place.clone()), ..asked.clone() };
        let (listed, more) =
            credentials::list(conn, viewer, &filter, &Page { size: wanted.size, order: ORDER, after })?;
        next = listed.last().filter(|_| more).map(|last| After::Here(last.cursor(ORDER)));
        found.extend(listed.into_iter().map(|one| (one.credential, true)));
    }
    let left = wanted.size.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
    if wanted.elsewhere && next.is_none() {
        let after = match &wanted.after {
            Some(After::Elsewhere(cursor)) => cursor.clone(),
            _ => None,
        };
        let filter = Filter { outside: Some(wanted.place.clone()), ..asked };
        // One is looked for even where none fits any more, so that nobody is led to an empty stretch.
        let page = Page { size: left.max(1), order: ORDER, after };
        let (listed, more) = credentials::list(conn, viewer, &filter, &page)?;
        if left > 0 {
            let last = listed.last().filter(|_| more);
            next = last.map(|last| After::Elsewhere(Some(last.cursor(ORDER))));
            found.extend(listed.into_iter().map(|one| (one.credential, false)));
        } else if !listed.is_empty() {
            next = Some(After::Elsewhere(None));
        }
    }
    Ok(Offers { offers: with_facts(conn, found, now)?, next })
}

/// The one with that token, when `viewer` may see that it is there.
pub fn offer(
    conn: &mut Conn,
    viewer: &Viewer,
    (place, token): (&InScope, &str),
    now: Timestamp,
) -> Result<Option<Offer>, StoreError> {
    let Ok(token) = Token::parse(token) else { return Ok(None) };
    let asked = Filter { token: Some(token), usable: true, ..Filter::default() };
    let page = Page { size: 1, order: ORDER, after: None };
    let within = Filter { place: Some(place.clone()), ..asked.clone() };
    let (mut listed, _) = credentials::list(conn, viewer, &within, &page)?;
    let in_scope = !listed.is_empty();
    if !in_scope {
        (listed, _) = credentials::list(conn, viewer, &asked, &page)?;
    }
    let found = listed.into_iter().map(|one| (one.credential, in_scope)).collect();
    Ok(with_facts(conn, found, now)?.pop())
}

fn with_facts(
    conn: &mut Conn,
    found: Vec<(Credential, bool)>,
    now: Timestamp,
) -> Result<Vec<Offer>, StoreError> {
    let ids: Vec<CredentialId> = found.iter().map(|(credential, _)| credential.id.clone()).collect();
    let answers = verify::last_answers(conn, &ids)?.into_iter().map(|(id, outcome, at)| (id, (outcome, at)));
    let answers: HashMap<CredentialId, (Outcome, Timestamp)> = answers.collect();
    let conditional: HashSet<CredentialId> = credentials::conditional(conn, &ids)?;
    let offer = |(credential, in_scope): (Credential, bool)| {
        let health = answers.get(&credential.id).copied();
        Offer {
            reason: reason(&credential, in_scope, health.map(|(outcome, _)| outcome), now),
            conditional: conditional.contains(&credential.id),
            health,
            credential,
        }
    };
    Ok(found.into_iter().map(offer).collect())
}

/// In the order in which a resolve decides.
fn reason(
    credential: &Credential,
    in_scope: bool,
    health: Option<Outcome>,
    now: Timestamp,
) -> Option<Reason> {
    if !in_scope {
        return Some(Reason::NotInScope);
    }
    match credential.state {
        State::Active if credential.expires_at.is_some_and(|end| end <= now) => Some(Reason::Expired),
        State::Active if health.is_some_and(|outcome| outcome.answer() == Answer::Refused) => {
            Some(Reason::Failing)
        }
        State::Active => None,
        State::Disabled { .. } | State::Deleted { .. } => Some(Reason::Disabled),
    }
}

/// The types that a list of ids names, separated by commas; `None` when one of them is none.
pub fn types(text: &str) -> Option<Vec<&'static CredentialType>> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(catalogue::find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_picker_is_read_as_it_was_written_or_not_at_all() {
        let id = "01890000-0000-7000-8000-000000000001";
        for text in [format!("here~a~b 名~{id}"), "elsewhere~".into(), format!("elsewhere~x~{id}")] {
            assert_eq!(After::parse(&text).map(|after| after.to_string()), Some(text));
        }
        for nonsense in ["", "here", "here~", "there~", "elsewhere~x", "here~a\0~x"] {
            assert_eq!(After::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn types_are_named_by_their_ids() {
        let ids = |text: &str| types(text).map(|all| all.iter().map(|of| of.id).collect::<Vec<_>>());
        assert_eq!(ids(""), Some(vec![]));
        assert_eq!(ids("kubernetes, feishu"), Some(vec!["kubernetes", "feishu"]));
        assert_eq!(ids("kubernetes,nonsense"), None);
    }
}
