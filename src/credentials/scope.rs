//! Where a credential may be used.
//!
//! Two lists at once: projects and repositories. "All" is a value of its own; an empty list means nowhere.

use std::collections::BTreeSet;

use crate::ids::{ProjectId, RepositoryId};

/// All of something, or a chosen few, which may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach<T: Ord> {
    /// Every one there is or will be.
    All,
    /// Exactly these.
    Chosen(BTreeSet<T>),
}

impl<T: Ord> Reach<T> {
    /// Nowhere.
    pub fn none() -> Self {
        Self::Chosen(BTreeSet::new())
    }

    /// Whether `item` is within.
    pub fn includes(&self, item: &T) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(items) => items.contains(item),
        }
    }

    /// As stored: `all` or `chosen`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Chosen(_) => "chosen",
        }
    }

    /// The chosen ones; none when it is all.
    pub fn chosen(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::All => None,
            Self::Chosen(items) => Some(items.iter()),
        }
        .into_iter()
        .flatten()
    }

    /// What `self` has and `other` has not: `None` when that cannot be listed, because it is "all".
    pub fn beyond<'a>(&'a self, other: &Self) -> Option<Vec<&'a T>> {
        match (self, other) {
            (_, Self::All) => Some(Vec::new()),
            (Self::All, Self::Chosen(_)) => None,
            (Self::Chosen(mine), Self::Chosen(theirs)) => {
                Some(mine.iter().filter(|item| !theirs.contains(item)).collect())
            }
        }
    }
}

/// The projects and the repositories where a credential may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Pipelines of every repository of these projects.
    pub projects: Reach<ProjectId>,
    /// Pipelines of these repositories.
    pub repositories: Reach<RepositoryId>,
}

impl Scope {
    /// Usable by nobody.
    pub fn none() -> Self {
        Self { projects: Reach::none(), repositories: Reach::none() }
    }

    /// Whether a pipeline of `repository` in `project` may use it. A pipeline of the project itself has no repository.
    pub fn admits(&self, project: &ProjectId, repository: Option<&RepositoryId>) -> bool {
        self.projects.includes(project)
            || repository.is_some_and(|repository| self.repositories.includes(repository))
    }
}
