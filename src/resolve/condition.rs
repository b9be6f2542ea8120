//! Whether a run proves what a credential's conditions ask for.
//!
//! It looks at what a signed token says and at nothing else: what a request says of itself proves nothing, and a fact
//! that the token does not state is not proved.

use crate::credentials::Conditions;
use crate::pipelines::{Run, fits};

/// What a run does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// Anything: it came with an access key, which says nothing about runs.
    Run,
    /// A ref that is asked for.
    Ref,
    /// That its ref is protected.
    Protected,
    /// An event that is asked for.
    Event,
    /// A pipeline that is asked for.
    Pipeline,
}

impl Unmet {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Run, Self::Ref, Self::Protected, Self::Event, Self::Pipeline];

    /// The reason in audit records.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Run => "condition_run",
            Self::Ref => "condition_ref",
            Self::Protected => "condition_protected",
            Self::Event => "condition_event",
            Self::Pipeline => "condition_pipeline",
        }
    }
}

/// The first thing that the run does not prove; `run` is `None` where the caller proved nothing about it.
pub fn meets(conditions: &Conditions, run: Option<&Run>) -> Result<(), Unmet> {
    if conditions.is_none() {
        return Ok(());
    }
    let run = run.ok_or(Unmet::Run)?;
    let one_of = |patterns: &[String], fact: Option<&str>| {
        patterns.is_empty() || fact.is_some_and(|fact| patterns.iter().any(|pattern| fits(pattern, fact)))
    };
    if !one_of(&conditions.refs, run.git_ref.as_deref()) {
        return Err(Unmet::Ref);
    }
    if conditions.protected && run.protected != Some(true) {
        return Err(Unmet::Protected);
    }
    let events = &conditions.events;
    if !events.is_empty() && !run.event.as_ref().is_some_and(|event| events.contains(event)) {
        return Err(Unmet::Event);
    }
    if !one_of(&conditions.pipelines, run.pipeline.as_deref()) {
        return Err(Unmet::Pipeline);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn each_fact_that_is_asked_for_has_to_be_proved() {
        let good = Run {
            git_ref: Some("refs/heads/main".into()),
            protected: Some(true),
            event: Some("push".into()),
            pipeline: Some(".gitlab-ci.yml".into()),
            url: None,
            commit: None,
            subject: "s".into(),
            jti: "j".into(),
        };
        let all = Conditions {
            refs: list(&["refs/heads/release/*", "refs/heads/main"]),
            protected: true,
            events: list(&["push", "schedule"]),
            pipelines: list(&[".gitlab-ci.yml", "deploy-*.yml"]),
        };
        assert_eq!(meets(&all, Some(&good)), Ok(()));
        assert_eq!(meets(&all, None), Err(Unmet::Run));
        assert_eq!(meets(&Conditions::default(), None), Ok(()));
        let with = |change: &dyn Fn(&mut Run)| {
            let mut run = good.clone();
            change(&mut run);
            meets(&all, Some(&run))
        };
        for (what, run, unmet) in [
            ("another ref", with(&|run| run.git_ref = Some("refs/heads/x".into())), Unmet::Ref),
            ("a tag of that name", with(&|run| run.git_ref = Some("refs/tags/main".into())), Unmet::Ref),
            ("no ref", with(&|run| run.git_ref = None), Unmet::Ref),
            ("unprotected", with(&|run| run.protected = Some(false)), Unmet::Protected),
            ("who knows", with(&|run| run.protected = None), Unmet::Protected),
            ("another event", with(&|run| run.event = Some("pus".into())), Unmet::Event),
            ("no event", with(&|run| run.event = None), Unmet::Event),
            (
                "another pipeline",
                with(&|run| run.pipeline = Some("x/.gitlab-ci.yml".into())),
                Unmet::Pipeline,
            ),
            ("no pipeline", with(&|run| run.pipeline = None), Unmet::Pipeline),
        ] {
            assert_eq!(run, Err(unmet), "{what}");
        }
        // An event is never a pattern.
        let any = Conditions { events: list(&["*"]), ..Conditions::default() };
        assert_eq!(meets(&any, Some(&good)), Err(Unmet::Event));
        assert_eq!(with(&|run| run.git_ref = Some("refs/heads/release/2".into())), Ok(()));
    }
}
