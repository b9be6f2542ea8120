//! What a run has to prove before it gets a credential, beyond belonging where the credential may be used.
//!
//! Conditions are decided by `resolve` on what a pipeline's signed token says; a caller that cannot prove it is refused.
//! New ones can be tried first: then nobody is refused, and whoever would have been is counted. This module keeps and
//! changes them, and knows nothing of tokens.

mod store;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use super::change::{ChangeError, begin};
use crate::audit::{self, Outcome};
use crate::db::Conn;
use crate::ids::CredentialId;
use crate::permission::{Acting, Action};
use crate::usage;

pub use store::{conditional, conditions};

/// As many values as one condition may list.
const MOST: usize = 20;
/// As many characters as one value may have.
const LONGEST: usize = 255;

/// What a run has to prove. Of a list any one is enough; an empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Patterns of full git refs: `refs/heads/main`, `refs/heads/release/*`.
    #[serde(default)]
    pub refs: Vec<String>,
    /// Whether the ref has to be protected.
    #[serde(default)]
    pub protected: bool,
    /// What set the run off, as the CI system calls it.
    #[serde(default)]
    pub events: Vec<String>,
    /// Patterns of pipelines: the path of a workflow or of a CI configuration.
    #[serde(default)]
    pub pipelines: Vec<String>,
}

impl Conditions {
    /// Whether they ask for nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The conditions of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demanded {
    /// Whoever does not meet them is refused.
    pub in_force: Conditions,
    /// Whoever would not meet them is counted.
    pub trial: Option<Trial>,
}

/// Conditions that are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What would be asked for.
    pub conditions: Conditions,
    /// Since when it is counted.
    pub since: Timestamp,
}

/// Why a value is none of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadValue {
    /// More than twenty.
    TooMany,
    /// Longer than 255 characters.
    TooLong,
    /// White space, control characters, or what no ref and no path has in it.
    Strange,
}

/// Reads patterns of refs, one a line. What does not begin with `refs/` names branches.
pub fn read_refs(text: &str) -> Result<Vec<String>, BadValue> {
    let read = read_lines(text)?;
    let full = |name: String| if name.starts_with("refs/") { name } else { format!("refs/heads/{name}") };
    Ok(read.into_iter().map(full).collect())
}

/// Reads values, one a line; each counts once.
pub fn read_lines(text: &str) -> Result<Vec<String>, BadValue> {
    let mut values: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.chars().count() > LONGEST {
            return Err(BadValue::TooLong);
        }
        // What git takes in no ref, and nobody wants in a path.
        if line.chars().any(|c| c.is_whitespace() || c.is_control() || "\\~^:?[".contains(c))
            || line.contains("..")
        {
            return Err(BadValue::Strange);
        }
        if !values.iter().any(|value| value == line) {
            values.push(line.to_owned());
        }
    }
    if values.len() > MOST { Err(BadValue::TooMany) } else { Ok(values) }
}

/// What the form says, checked.
#[derive(Debug)]
pub struct NewConditions {
    /// Of which credential.
    pub credential: CredentialId,
    /// The revision that the form was opened on.
    pub revision: i64,
    /// What to ask for from now on.
    pub conditions: Conditions,
    /// Whether nobody is refused yet.
    pub on_trial: bool,
}

/// What becomes of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// From now on whoever does not meet them is refused.
    PutInForce,
    /// They are forgotten.
    Discard,
}

/// Asks for something, at once or on trial; asking for nothing at once takes away what was asked for.
pub fn set_conditions(conn: &mut Conn, acting: &Acting, new: &NewConditions) -> Result<(), ChangeError> {
    let before = begin(conn, acting, &new.credential, Action::Edit)?;
    if matches!(before.state, State::Deleted { .. }) {
        return Err(ChangeError::WrongState);
    }
    let demanded = store::conditions(conn, &before.id)?;
    let (standing, action, now_there) = match new.on_trial {
        false => ("in_force", "credential.condition", demanded.in_force),
        true => {
            let trial = demanded.trial.map(|trial| trial.conditions).unwrap_or_default();
            ("trial", "credential.condition_try", trial)
        }
    };
    if now_there == new.conditions {
        return Ok(());
    }
    if before.revision != new.revision {
        return Err(ChangeError::Conflict);
    }
    store::put(conn, &before.id, (standing, &new.conditions), acting.now)?;
    if new.on_trial {
        usage::forget_trial(conn, &before.id)?;
    }
    let mut draft = acting.draft(action, Some(before.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "from": now_there, "to": new.conditions });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Ends a trial. `shown` is since when it was tried, as whoever decides saw it: another one is not theirs to decide.
pub fn end_trial(
    conn: &mut Conn,
    acting: &Acting,
    (id, shown): (&CredentialId, Timestamp),
    verdict: Verdict,
) -> Result<(), ChangeError> {
    let before = begin(conn, acting, id, Action::Edit)?;
    if matches!(before.state, State::Deleted { .. }) {
        return Err(ChangeError::WrongState);
    }
    let demanded = store::conditions(conn, id)?;
    let Some(trial) = demanded.trial.filter(|trial| trial.since == shown) else {
        return Err(ChangeError::Conflict);
    };
    store::put(conn, id, ("trial", &Conditions::default()), acting.now)?;
    usage::forget_trial(conn, id)?;
    let (action, detail) = match verdict {
        Verdict::PutInForce => {
            store::put(conn, id, ("in_force", &trial.conditions), acting.now)?;
            let detail = serde_json::json!({ "from": demanded.in_force, "to": trial.conditions });
            ("credential.condition", detail)
        }
        Verdict::Discard => ("credential.condition_discard", serde_json::json!({ "from": trial.conditions })),
    };
    let mut draft = acting.draft(action, Some(before.object()), Outcome::Allowed);
    draft.detail = detail;
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_a_branch_and_each_value_counts_once() {
        let read = |text: &str| read_refs(text).unwrap();
        assert_eq!(read("main\r\n release/* \n\nmain"), ["refs/heads/main", "refs/heads/release/*"]);
        assert_eq!(read("refs/tags/v*\nrefs/heads/main"), ["refs/tags/v*", "refs/heads/main"]);
        assert_eq!(read(" \n"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_value_is_said_to_be_none() {
        let long = "x".repeat(LONGEST + 1);
        let many: String = (0..=MOST).map(|at| format!("b{at}\n")).collect();
        for (text, why) in [
            (long.as_str(), BadValue::TooLong),
            (many.as_str(), BadValue::TooMany),
            ("two words", BadValue::Strange),
            ("a..b", BadValue::Strange),
            ("a?b", BadValue::Strange),
            ("a\u{7}b", BadValue::Strange),
        ] {
            assert_eq!(read_lines(text), Err(why), "{text}");
        }
        assert_eq!(read_lines(&"x".repeat(LONGEST)).unwrap().len(), 1);
    }
}
