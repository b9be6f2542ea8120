//! Who can use a credential and why; and for a person or a repository, the reverse.
//!
//! The people and the repositories are found in the database, page by page; the rules that let each are then named
//! by `permission`, which decides the same for every request.

use super::{Credential, Filter, Page, Reach, store};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Member, Repository};
use crate::ids::ProjectId;
use crate::permission::{Viewer, Way, ways};

/// Somebody who can use a credential.
#[derive(Debug, Clone)]
pub struct User {
    /// Who.
    pub member: Member,
    /// Every rule that lets them; at least one.
    pub ways: Vec<Way>,
}

/// A credential that somebody can use, with every rule that lets them.
pub type Usable = (Credential, Vec<Way>);

/// Why pipelines of a repository can use a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineWay {
    /// The repository is in the scope.
    Repository {
        /// Because all are.
        all: bool,
    },
    /// Its project is in the scope.
    Project {
        /// Which.
        project: ProjectId,
        /// Because all are.
        all: bool,
    },
}

/// A stretch of the people who can use `credential`, by name, and whether there are more behind. `asker` is who wants
/// to know.
pub fn users(
    conn: &mut Conn,
    asker: &Viewer,
    credential: &Credential,
    page: &directory::Page,
) -> Result<(Vec<User>, bool), StoreError> {
    let (members, more) = store::users(conn, credential, page)?;
    let viewers = directory::viewers(conn, asker, &members)?;
    let users = members
        .into_iter()
        .zip(viewers)
        .map(|(member, viewer)| User {
            ways: ways(&viewer, &credential.responsible, &credential.scope),
            member,
        })
        .collect();
    Ok((users, more))
}

/// How many people can use `credential`.
pub fn count_users(conn: &mut Conn, credential: &Credential) -> Result<i64, StoreError> {
    store::count_users(conn, credential)
}

/// A stretch of the repositories whose pipelines can use `credential`, by path, and whether there are more behind.
pub fn repositories(
    conn: &mut Conn,
    credential: &Credential,
    page: &directory::Page,
) -> Result<(Vec<(Repository, PipelineWay)>, bool), StoreError> {
    let (repositories, more) = store::repositories(conn, credential, page)?;
    let scope = &credential.scope;
    let with_way = repositories.into_iter().map(|repository| {
        let way = if scope.repositories.includes(&repository.id) {
            PipelineWay::Repository { all: scope.repositories == Reach::All }
        } else {
            PipelineWay::Project { project: repository.project.clone(), all: scope.projects == Reach::All }
        };
        (repository, way)
    });
    Ok((with_way.collect(), more))
}

/// How many repositories' pipelines can use `credential`.
pub fn count_repositories(conn: &mut Conn, credential: &Credential) -> Result<i64, StoreError> {
    store::count_repositories(conn, credential)
}

/// A stretch of the credentials that `who` can use, newest first, each with every rule that lets them; and whether there
/// are more behind.
pub fn usable_by(conn: &mut Conn, who: &Viewer, page: &Page) -> Result<(Vec<Usable>, bool), StoreError> {
    let filter = Filter { usable: true, ..Filter::default() };
    let (listed, more) = super::list(conn, who, &filter, page)?;
    let mut usable = Vec::with_capacity(listed.len());
    for listed in listed {
        // The list does not read scopes; the rules hang on them.
        if let Some(credential) = store::find(conn, &who.enterprise, &listed.credential.id)? {
            let ways = ways(who, &credential.responsible, &credential.scope);
            usable.push((credential, ways));
        }
    }
    Ok((usable, more))
}

/// How many credentials `who` can use.
pub fn count_usable_by(conn: &mut Conn, who: &Viewer) -> Result<i64, StoreError> {
    let filter = Filter { usable: true, ..Filter::default() };
    Ok(store::counts(conn, who, &filter)?.all)
}
