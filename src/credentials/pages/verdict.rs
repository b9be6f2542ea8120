//! How a verification ended, in words: beside a form that waits to be saved, on the page of a credential, in the list.

use crate::catalogue::{Answer, Finding, Identity, Outcome};
use crate::ids::CandidateId;
use crate::verify::Health;
use crate::web::Shell;
use crate::web::dates::Moment;

/// A state that began no longer than this before the last look is not worth a date of its own.
const HARDLY: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// A finding in words.
pub(super) struct Verdict {
    /// The colour of what it stands in: `success`, `danger`, `warning`, `info`.
    pub(super) colour: &'static str,
    pub(super) icon: &'static str,
    pub(super) title: String,
    /// What it means and what to do.
    pub(super) todo: String,
    pub(super) remarks: Vec<String>,
    /// What the other system called it, to look it up there; may be empty.
    pub(super) evidence: String,
}

/// What stands above a form whose content was verified and not saved.
pub(super) struct Banner {
    /// `None`: nobody answered in time.
    pub(super) verdict: Option<Verdict>,
    /// Whom the present version works as, when the new content works as somebody else.
    pub(super) instead_of: Option<String>,
    /// What looks unusual about the content, whoever answers what.
    pub(super) warnings: Vec<String>,
    /// What can be saved all the same.
    pub(super) candidate: String,
    /// The form that it is made for, to go back to; may be empty.
    pub(super) return_to: String,
}

/// The health of a stored credential.
pub(super) struct HealthView {
    pub(super) colour: &'static str,
    /// The message id of the badge.
    pub(super) sentence: &'static str,
    pub(super) verdict: Option<Verdict>,
    pub(super) checked: Option<Moment>,
    pub(super) since: Option<Moment>,
    /// The finding is about an older version.
    pub(super) outdated: bool,
    /// A question is open.
    pub(super) asking: bool,
    /// Whether the viewer may have it asked.
    pub(super) may_verify: bool,
    /// Whether a test message can be sent.
    pub(super) may_message: bool,
}

impl Verdict {
    pub(super) fn of(shell: &Shell, finding: &Finding) -> Self {
        let outcome = finding.outcome;
        let sentence = format!("verdict-{}", outcome.as_str().replace('_', "-"));
        let (colour, icon) = match outcome.answer() {
            Answer::Works => ("success", "check"),
            Answer::Refused => ("danger", "warning"),
            Answer::NoVerdict => ("warning", "warning"),
            Answer::Uncheckable => ("info", "info"),
        };
        let title = match &finding.identity {
            Some(identity) if outcome.proves_identity() => {
                shell.t1(format!("{sentence}-as"), "identity", identity.label.clone())
            }
            Some(_) | None => shell.t(&sentence),
        };
        let todo = match finding.evidence.skew_seconds {
            Some(seconds) if outcome == Outcome::ClockSkew && seconds.saturating_abs() > 60 => {
                shell.t1("verdict-clock-skew.by", "seconds", seconds.saturating_abs())
            }
            Some(_) | None => shell.t(format!("{sentence}.todo")),
        };
        let known = |remark: &&String| shell.language.knows(remark);
        Self {
            colour,
            icon,
            title,
            todo,
            remarks: finding.remarks.iter().filter(known).map(|remark| shell.t(remark)).collect(),
            evidence: evidence(shell, finding),
        }
    }
}

fn evidence(shell: &Shell, finding: &Finding) -> String {
    let said = &finding.evidence;
    let status = said.status.map(|status| format!("HTTP {status}"));
    let request = said.request_id.as_ref().map(|id| shell.t1("verdict-request-id", "id", id.clone()));
    [status, said.code.clone(), request].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

impl Banner {
    /// What to say above a form: `before` is the identity of the version that the candidate would follow.
    pub(super) fn of(
        shell: &Shell,
        candidate: &CandidateId,
        finding: Option<&Finding>,
        before: Option<&Identity>,
    ) -> Self {
        let instead_of = finding.and_then(|finding| other_identity(finding, before)).map(str::to_owned);
        Self {
            verdict: finding.map(|finding| {
                let mut verdict = Verdict::of(shell, finding);
                if instead_of.is_some() {
                    (verdict.colour, verdict.icon) = ("warning", "warning");
                }
                verdict
            }),
            instead_of,
            warnings: Vec::new(),
            candidate: candidate.to_string(),
            return_to: String::new(),
        }
    }
}

/// Whom the version before works as, when that is somebody else than the finding says.
pub(super) fn other_identity<'i>(finding: &Finding, before: Option<&'i Identity>) -> Option<&'i str> {
    let before = before?;
    // It works and names nobody: nobody can tell whether it is the same.
    let same = finding.identity.as_ref().is_some_and(|now| now.key == before.key);
    (finding.outcome.proves_identity() && !same).then_some(before.label.as_str())
}

/// The badge of an outcome: message id and colour. Never asked about: `None`.
pub(super) fn badge(outcome: Option<Outcome>) -> (&'static str, &'static str) {
    match outcome.map(Outcome::answer) {
        Some(Answer::Works) => ("health-works", "green"),
        Some(Answer::Refused) => ("health-refused", "red"),
        Some(Answer::NoVerdict) => ("health-no-verdict", "yellow"),
        Some(Answer::Uncheckable) => ("health-uncheckable", "secondary"),
        None => ("health-unknown", "secondary"),
    }
}

impl HealthView {
    /// The health of a credential whose current version is `version`.
    pub(super) fn of(
        shell: &Shell,
        health: &Health,
        version: i32,
        (may_verify, may_message): (bool, bool),
    ) -> Self {
        let last = health.last.as_ref();
        // What an older version did says nothing of this one.
        let present = last.filter(|known| known.version == version);
        let (sentence, colour) = badge(present.map(|known| known.finding.outcome));
        Self {
            colour,
            sentence,
            verdict: last.map(|known| Verdict::of(shell, &known.finding)),
            checked: last.map(|known| Moment::of(known.at)),
            since: last
                .filter(|known| known.at.duration_since(known.since) > HARDLY)
                .map(|known| Moment::of(known.since)),
            outdated: last.is_some_and(|known| known.version != version),
            asking: health.asking_since.is_some(),
            may_verify,
            may_message: may_verify && may_message,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::verify::Known;
    use crate::web::Language;

    /// A health of each outcome, and one of nothing.
    pub(in crate::credentials::pages) fn healths() -> Vec<Health> {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let mut healths = vec![Health::default()];
        for outcome in Outcome::ALL {
            let identity = Identity::new("k", "acs:ram::1:user/<ci>").filter(|_| outcome.proves_identity());
            let mut finding =
                Finding::of(outcome).code("E.1").request_id(Some("R")).identity(identity.clone());
            finding.evidence.skew_seconds = (outcome == Outcome::ClockSkew).then_some(-900);
            let (at, since) = (at("2026-11-23T09:00:00Z"), at("2026-11-22T09:00:00Z"));
            let last = Some(Known { finding, version: 2, at, since });
            healths.push(Health { last, identity, asking_since: None });
        }
        healths
    }

    #[test]
    fn every_outcome_has_words_in_both_languages() {
        for language in Language::ALL {
            for outcome in Outcome::ALL {
                let sentence = format!("verdict-{}", outcome.as_str().replace('_', "-"));
                assert!(language.knows(&sentence), "{sentence}");
                assert!(language.knows(&format!("{sentence}.todo")), "{sentence}.todo");
                if outcome.proves_identity() {
                    let said = language.t_args(&format!("{sentence}-as"), &[("identity", "robot".into())]);
                    assert!(said.contains("robot"), "{sentence}-as: {said}");
                }
            }
        }
    }

    #[test]
    fn only_another_proved_identity_needs_a_second_look() {
        let identity = |key: &str| Identity::new(key, key);
        let (a, b) = (identity("a"), identity("b"));
        assert_eq!(other_identity(&Finding::works(a.clone()), b.as_ref()), Some("b"));
        assert_eq!(other_identity(&Finding::works(a.clone()), a.as_ref()), None);
        assert_eq!(other_identity(&Finding::works(a), None), None);
        assert_eq!(other_identity(&Finding::of(Outcome::Ok), b.as_ref()), Some("b"), "it names nobody");
        assert_eq!(other_identity(&Finding::of(Outcome::InvalidId), b.as_ref()), None);
    }
}
