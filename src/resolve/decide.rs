//! The decision: may this caller have this credential, now?
//!
//! One pure function over facts that were read before. It knows no database, no clock and no content.

use jiff::Timestamp;

use super::condition::{Unmet, meets};
use crate::credentials::{Demanded, Scope, State};
use crate::pipelines::{Binding, Run};

/// What the decision looks at. The token was looked up in the caller's own enterprise, so another enterprise's
/// credential is no facts at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether it is turned on.
    pub state: State,
    /// When somebody said it ends.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used.
    pub scope: Scope,
    /// What a run has to prove, and what is tried.
    pub demanded: Demanded,
}

/// Why a caller does not get a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is none with this token. So it is told for all of these four.
    Unknown,
    /// The access key may not ask for it.
    NotOnKey,
    /// It is deleted.
    Deleted,
    /// It may not be used where the caller belongs.
    OutOfScope,
    /// The run does not prove what the credential's conditions ask for.
    ConditionFailed(Unmet),
    /// It is turned off.
    Disabled,
    /// It is over.
    Expired,
    /// It is damaged, forged or sealed to a key that is not here.
    SealedUnreadable,
}

impl Refusal {
    /// One of each.
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::NotOnKey,
        Self::Deleted,
        Self::OutOfScope,
        Self::ConditionFailed(Unmet::Run),
        Self::Disabled,
        Self::Expired,
        Self::SealedUnreadable,
    ];

    /// The code that the caller is told. What may not be used and what does not exist have the same one.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown | Self::NotOnKey | Self::Deleted | Self::OutOfScope => "not_found",
            Self::ConditionFailed(_) => "condition_failed",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::SealedUnreadable => "sealed_unreadable",
        }
    }

    /// The reason in the audit record.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotOnKey => "not_on_key",
            Self::Deleted => "deleted",
            Self::OutOfScope => "out_of_scope",
            Self::ConditionFailed(unmet) => unmet.reason(),
            Self::Disabled | Self::Expired | Self::SealedUnreadable => self.code(),
        }
    }
}

/// What is decided of one credential. When it is allowed: what conditions on trial would have refused it for.
pub type Decision = Result<Option<Unmet>, Refusal>;

/// Decides. Nobody learns of a credential's state who may not use it: scope comes before everything else, and what a run
/// has to prove before whether it is turned on.
pub fn decide((binding, run): (&Binding, Option<&Run>), facts: Option<&Facts>, now: Timestamp) -> Decision {
    let facts = facts.ok_or(Refusal::Unknown)?;
    if !facts.scope.admits(binding.project(), binding.repository()) {
        return Err(Refusal::OutOfScope);
    }
    if let State::Deleted { .. } = facts.state {
        return Err(Refusal::Deleted);
    }
    meets(&facts.demanded.in_force, run).map_err(Refusal::ConditionFailed)?;
    if let State::Disabled { .. } = facts.state {
        return Err(Refusal::Disabled);
    }
    if facts.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::Expired);
    }
    Ok(facts.demanded.trial.as_ref().and_then(|trial| meets(&trial.conditions, run).err()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{Conditions, Reach, Trial};
    use crate::ids::{ProjectId, RepositoryId};
    use crate::seal::Random;

    /// Scope × binding × state, each pair written out.
    #[test]
    fn the_table_of_decisions() {
        let random = Random::system();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (p, other_p) = (ProjectId::new(now, &random), ProjectId::new(now, &random));
        let (r, other_r) = (RepositoryId::new(now, &random), RepositoryId::new(now, &random));
        let projects = |ids: &[&ProjectId]| Reach::Chosen(ids.iter().map(|id| (*id).clone()).collect());
        let repositories =
            |ids: &[&RepositoryId]| Reach::Chosen(ids.iter().map(|id| (*id).clone()).collect());
        let of_project = Binding::Project(p.clone());
        let of_repository = Binding::Repository(r.clone(), p.clone());
        // scope, then: does a key of project P get it, does a key of repository R in P get it
        let scopes = [
            ("nowhere", Scope::none(), false, false),
            ("all projects", Scope { projects: Reach::All, repositories: Reach::none() }, true, true),
            ("all repositories", Scope { projects: Reach::none(), repositories: Reach::All }, false, true),
            ("everywhere", Scope { projects: Reach::All, repositories: Reach::All }, true, true),
            ("P", Scope { projects: projects(&[&p]), repositories: Reach::none() }, true, true),
            (
                "another project",
                Scope { projects: projects(&[&other_p]), repositories: Reach::none() },
                false,
                false,
            ),
            ("R", Scope { projects: Reach::none(), repositories: repositories(&[&r]) }, false, true),
            (
                "another repository",
                Scope { projects: Reach::none(), repositories: repositories(&[&other_r]) },
                false,
                false,
            ),
            (
                "another project and R",
                Scope { projects: projects(&[&other_p]), repositories: repositories(&[&r]) },
                false,
                true,
            ),
            (
                "P and another repository",
                Scope { projects: projects(&[&p]), repositories: repositories(&[&other_r]) },
                true,
                true,
            ),
        ];
        let (past, future) = (Some(Timestamp::UNIX_EPOCH), Some(Timestamp::MAX));
        let since = Timestamp::UNIX_EPOCH;
        // state and expiry, then what somebody in scope is told, and what who does not meet a condition
        let failed = Err(Refusal::ConditionFailed(Unmet::Run));
        let states = [
            (State::Active, None, Ok(None), failed),
            (State::Active, future, Ok(None), failed),
            (State::Active, past, Err(Refusal::Expired), failed),
            (State::Active, Some(now), Err(Refusal::Expired), failed),
            (State::Disabled { since }, None, Err(Refusal::Disabled), failed),
            (State::Disabled { since }, past, Err(Refusal::Disabled), failed),
            (State::Deleted { since }, None, Err(Refusal::Deleted), Err(Refusal::Deleted)),
            (State::Deleted { since }, past, Err(Refusal::Deleted), Err(Refusal::Deleted)),
        ];
        let protected = Conditions { protected: true, ..Conditions::default() };
        let demanding = Demanded { in_force: protected.clone(), trial: None };
        let trying = Demanded { trial: Some(Trial { conditions: protected, since }), ..Demanded::default() };
        for (name, scope, project_gets, repository_gets) in scopes {
            for (state, expires_at, told, told_unmet) in states {
                let facts = |demanded: &Demanded| Facts {
                    state,
                    expires_at,
                    scope: scope.clone(),
                    demanded: demanded.clone(),
                };
                for (binding, gets) in [(&of_project, project_gets), (&of_repository, repository_gets)] {
                    for (what, demanded, told) in [
                        ("nothing asked", &Demanded::default(), told),
                        ("asked", &demanding, told_unmet),
                        ("tried", &trying, told.map(|_| Some(Unmet::Run))),
                    ] {
                        let expected = if gets { told } else { Err(Refusal::OutOfScope) };
                        assert_eq!(
                            decide((binding, None), Some(&facts(demanded)), now),
                            expected,
                            "{name}, {state:?}, {binding:?}, {what}"
                        );
                    }
                }
            }
        }
        assert_eq!(decide((&of_project, None), None, now), Err(Refusal::Unknown));
    }

    #[test]
    fn what_may_not_be_used_is_told_like_what_does_not_exist() {
        for refusal in [Refusal::Unknown, Refusal::NotOnKey, Refusal::Deleted, Refusal::OutOfScope] {
            assert_eq!(refusal.code(), "not_found");
        }
    }
}
