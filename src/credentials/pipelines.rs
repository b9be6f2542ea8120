//! Which pipelines asked for a credential lately, and which of them would lose it.
//!
//! For whoever looks at a credential's use, and for the pages that say what a change breaks before it is made. What
//! was asked for is `usage`'s to count; here it is said by whom, and who may know that.

use jiff::Timestamp;

use super::{Credential, Scope, store};
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, CredentialId, IssuerId, ProjectId, RepositoryId};
use crate::permission::{Action, Viewer, may, may_see_inside, may_see_repository};
use crate::usage;

/// Pipelines are looked for so many days back.
pub const LATELY: u16 = 90;

/// The nearer part of that time.
pub const RECENTLY: u16 = 30;

/// A pipeline that asked for a credential lately, by what it proved who it is with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Which credential.
    pub credential: CredentialId,
    /// How it proved who it is.
    pub proof: ProvedBy,
    /// Where it belongs; not known any more when its proof is gone.
    pub place: Option<PipelinePlace>,
    /// How often it got it in the last [`LATELY`] days.
    pub uses: i64,
    /// How often in the last [`RECENTLY`].
    pub recent_uses: i64,
    /// How often it was refused in the last [`LATELY`].
    pub refused: i64,
    /// The last day on which it got it, as [`usage::day`] counts.
    pub last_day: Option<i32>,
}

/// How a pipeline proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProvedBy {
    /// By an access key.
    Key {
        /// Which.
        id: AccessKeyId,
        /// What people call it.
        name: String,
        /// It was revoked, or it has ended.
        ended: bool,
    },
    /// By a signed token of a trusted issuer, which a rule binds to a place.
    Rule {
        /// Which issuer.
        issuer: IssuerId,
        /// What people call that.
        issuer_name: String,
        /// What people call the rule.
        name: String,
        /// The issuer is turned off.
        ended: bool,
    },
    /// By something that was removed since; this was its id.
    Gone(String),
}

/// Where a pipeline belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelinePlace {
    /// In which project.
    pub project: ProjectId,
    /// In which repository, unless it is a pipeline of the project itself.
    pub repository: Option<RepositoryId>,
    /// The path of the one or the other.
    pub slug: String,
}

impl Pipeline {
    /// What people call it, for sorting.
    pub fn name(&self) -> &str {
        match &self.proof {
            ProvedBy::Key { name, .. } | ProvedBy::Rule { name, .. } => name,
            ProvedBy::Gone(id) => id,
        }
    }

    /// Whether it got the credential lately and could again: only such a one has something to lose.
    pub fn lives(&self) -> bool {
        let alive = match &self.proof {
            ProvedBy::Key { ended, .. } | ProvedBy::Rule { ended, .. } => !ended,
            ProvedBy::Gone(_) => false,
        };
        alive && self.uses > 0
    }

    /// Whether it proves only that it has a key: nothing of its run, which conditions ask for.
    pub fn has_key(&self) -> bool {
        matches!(self.proof, ProvedBy::Key { .. })
    }

    /// Whether `before` lets it have the credential and `after` does not.
    fn loses(&self, before: &Scope, after: &Scope) -> bool {
        self.place.as_ref().is_some_and(|place| {
            let within = |scope: &Scope| scope.admits(&place.project, place.repository.as_ref());
            within(before) && !within(after)
        })
    }
}

/// The pipelines that asked for this credential lately, as far as `viewer` may know of them, the busiest first; and how
/// many there are that they may not know of.
pub fn pipelines_of(
    conn: &mut Conn,
    viewer: &Viewer,
    credential: &Credential,
    now: Timestamp,
) -> Result<(Vec<Pipeline>, usize), StoreError> {
    let mut found = read(conn, viewer, std::slice::from_ref(&credential.id), now)?;
    let all = found.len();
    if !may(viewer.role, Action::ReadAudit, credential.standing(viewer)) {
        found.retain(|pipeline| {
            pipeline.place.as_ref().is_some_and(|place| match &place.repository {
                Some(repository) => may_see_repository(viewer, &place.project, repository),
                None => may_see_inside(viewer, &place.project),
            })
        });
    }
    let others = all - found.len();
    Ok((found, others))
}

/// The pipelines that got one of these credentials lately and would fail without it, the busiest first. `viewer` may
/// change each of them.
pub fn dependents(
    conn: &mut Conn,
    viewer: &Viewer,
    ids: &[CredentialId],
    now: Timestamp,
) -> Result<Vec<Pipeline>, StoreError> {
    let mut found = read(conn, viewer, ids, now)?;
    found.retain(Pipeline::lives);
    Ok(found)
}

/// Of the pipelines that got the credential lately, those that would fail if its scope were `wanted`.
pub fn losing(
    conn: &mut Conn,
    viewer: &Viewer,
    (credential, wanted): (&Credential, &Scope),
    now: Timestamp,
) -> Result<Vec<Pipeline>, StoreError> {
    if credential.scope == *wanted {
        return Ok(Vec::new());
    }
    let mut found = dependents(conn, viewer, std::slice::from_ref(&credential.id), now)?;
    found.retain(|pipeline| pipeline.loses(&credential.scope, wanted));
    Ok(found)
}

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    ids: &[CredentialId],
    now: Timestamp,
) -> Result<Vec<Pipeline>, StoreError> {
    let today = usage::day(now);
    let first = |days: u16| today.saturating_sub(i32::from(days)).saturating_add(1);
    let counted = usage::by_caller(conn, ids, (first(LATELY), first(RECENTLY)))?;
    let mut found = store::pipelines(conn, &viewer.enterprise, counted, now)?;
    found.sort_by(|one, other| {
        (other.uses, other.refused)
            .cmp(&(one.uses, one.refused))
            .then_with(|| one.name().cmp(other.name()))
            .then_with(|| one.credential.cmp(&other.credential))
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Reach;
    use crate::seal::Random;

    #[test]
    fn who_loses_it_is_in_the_scope_before_and_not_after() {
        let (at, random) = (Timestamp::UNIX_EPOCH, Random::system());
        let (project, other) = (ProjectId::new(at, &random), ProjectId::new(at, &random));
        let repository = RepositoryId::new(at, &random);
        let pipeline = |repository: Option<RepositoryId>| Pipeline {
            credential: CredentialId::new(at, &random),
            proof: ProvedBy::Gone(String::new()),
            place: Some(PipelinePlace { project: project.clone(), repository, slug: String::new() }),
            uses: 1,
            recent_uses: 0,
            refused: 0,
            last_day: None,
        };
        let scope = |project: Reach<ProjectId>, repository: Reach<RepositoryId>| Scope {
            projects: project,
            repositories: repository,
        };
        let (of_project, of_repository) = (pipeline(None), pipeline(Some(repository.clone())));
        let both = scope(Reach::Chosen([project.clone()].into()), Reach::Chosen([repository.clone()].into()));
        let everywhere = scope(Reach::All, Reach::All);
        let only_repository = scope(Reach::none(), Reach::Chosen([repository.clone()].into()));
        let elsewhere = scope(Reach::Chosen([other].into()), Reach::none());
        // before, after, whether a pipeline of the project loses it, whether one of the repository does
        let table = [
            (&both, &both, false, false),
            (&everywhere, &both, false, false),
            (&both, &only_repository, true, false),
            (&both, &elsewhere, true, true),
            (&both, &Scope::none(), true, true),
            (&elsewhere, &Scope::none(), false, false),
            (&only_repository, &elsewhere, false, true),
        ];
        for (before, after, project_loses, repository_loses) in table {
            assert_eq!(of_project.loses(before, after), project_loses, "{before:?} {after:?}");
            assert_eq!(of_repository.loses(before, after), repository_loses, "{before:?} {after:?}");
        }
        let nowhere = Pipeline { place: None, ..of_project };
        assert!(!nowhere.loses(&both, &Scope::none()), "what is gone has nothing to lose");
    }
}
