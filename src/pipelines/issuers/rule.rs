//! What a rule demands of a token, and whether a token meets it.
//!
//! Every demand must be met. A claim that is absent, or is not text, meets none. Texts are compared byte for byte; a
//! pattern is a kind of its own, in which `*` stands for anything but `/`, and ids are never compared with one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::preset::{Claims, Preset};
use crate::pipelines::fits;

/// As many values as one demand may list, and as many bytes as one of them may have.
const MOST_VALUES: usize = 20;
const LONGEST: usize = 255;
/// Claims that every token has and that are checked before any rule.
const SPOKEN_FOR: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];

/// What a rule demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demands {
    /// Immutable ids; at least one.
    pub ids: Vec<Demand>,
    /// Whatever narrows it further.
    pub more: Vec<Demand>,
    /// Whether runs that may work for somebody else's change are let in.
    pub foreign_runs: bool,
}

/// What one claim must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Its name.
    pub claim: String,
    /// How it is compared.
    pub how: How,
    /// With any of these.
    pub values: Vec<String>,
}

/// How a claim is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It is one of the values.
    Exact,
    /// It fits one of the values, in which `*` stands for anything but `/`.
    Pattern,
}

/// Why a rule cannot be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRule {
    /// Nothing in it is an immutable id.
    NoId,
    /// `*` in an id.
    WildcardInId,
    /// A demand without a claim, or whose name cannot be one.
    Claim,
    /// A claim that is checked by itself.
    SpokenFor,
    /// A demand without values, with too many or too long ones.
    Values,
    /// A pattern where only whole values are compared.
    PatternOfId,
    /// `*` in a value that is compared as it stands.
    Star,
}

/// How a token meets one demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// What was demanded.
    pub demand: Demand,
    /// What the token says.
    pub found: Found,
    /// Whether that is enough.
    pub passes: bool,
}

/// What a token says in a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// Something that is not text.
    NotText,
    /// This.
    Text(String),
}

/// How a token meets a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Each demand.
    pub each: Vec<Met>,
    /// The event of a run that may work for somebody else's change, which this rule does not let in; or that the token
    /// does not say.
    pub foreign: Option<Found>,
}

impl Judged {
    /// Whether the rule lets it in.
    pub fn passes(&self) -> bool {
        self.foreign.is_none() && self.each.iter().all(|met| met.passes)
    }
}

impl Demands {
    /// Checks that these demands bind something; `ids` are the claims with immutable ids.
    pub fn check(&self, ids: &[&str]) -> Result<(), BadRule> {
        if self.ids.is_empty() {
            return Err(BadRule::NoId);
        }
        for id in &self.ids {
            if !ids.contains(&id.claim.as_str()) || id.how != How::Exact {
                return Err(BadRule::NoId);
            }
            if id.values.iter().any(|value| value.contains('*')) {
                return Err(BadRule::WildcardInId);
            }
            id.check_values()?;
        }
        for demand in &self.more {
            let name = demand.claim.as_str();
            if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) {
                return Err(BadRule::Claim);
            }
            if SPOKEN_FOR.contains(&name) {
                return Err(BadRule::SpokenFor);
            }
            let is_id = ids.contains(&name) || name == "sub" || name.ends_with("_id");
            if demand.how == How::Pattern && is_id {
                return Err(BadRule::PatternOfId);
            }
            if demand.how == How::Exact && demand.values.iter().any(|value| value.contains('*')) {
                return Err(BadRule::Star);
            }
            demand.check_values()?;
        }
        Ok(())
    }

    /// How a token meets them.
    pub fn judge(&self, preset: Preset, claims: &Claims) -> Judged {
        let each = self.ids.iter().chain(&self.more).map(|demand| demand.judge(claims)).collect();
        let foreign = preset.foreign_runs().filter(|_| !self.foreign_runs).and_then(|(claim, refused)| {
            match found(claims, claim) {
                Found::Text(event) if !refused.contains(&event.as_str()) => None,
                found => Some(found),
            }
        });
        Judged { each, foreign }
    }

    /// The demands that hardly narrow anything.
    pub fn broad(&self) -> impl Iterator<Item = &Demand> {
        self.more.iter().filter(|demand| demand.is_broad())
    }
}

impl Demand {
    fn check_values(&self) -> Result<(), BadRule> {
        let is_short = |value: &String| {
            !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control)
        };
        if self.values.is_empty() || self.values.len() > MOST_VALUES || !self.values.iter().all(is_short) {
            return Err(BadRule::Values);
        }
        Ok(())
    }

    fn judge(&self, claims: &Claims) -> Met {
        let found = found(claims, &self.claim);
        let passes = match &found {
            Found::Text(text) => self.values.iter().any(|value| match self.how {
                How::Exact => value == text,
                How::Pattern => fits(value, text),
            }),
            Found::Absent | Found::NotText => false,
        };
        Met { demand: self.clone(), found, passes }
    }

    /// Whether it is a pattern that nearly everything fits: `*`, every branch, every tag.
    pub fn is_broad(&self) -> bool {
        let broad = |value: &String| {
            let rest =
                ["refs/heads/", "refs/tags/", "refs/"].iter().find_map(|start| value.strip_prefix(start));
            rest.unwrap_or(value).chars().all(|c| c == '*' || c == '/')
        };
        self.how == How::Pattern && self.values.iter().any(broad)
    }
}

fn found(claims: &Claims, name: &str) -> Found {
    match claims.get(name) {
        None => Found::Absent,
        Some(Value::String(text)) => Found::Text(text.clone()),
        Some(_) => Found::NotText,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn demand(claim: &str, how: How, values: &[&str]) -> Demand {
        Demand { claim: claim.into(), how, values: values.iter().map(|value| (*value).into()).collect() }
    }

    #[test]
    fn a_rule_without_an_immutable_id_cannot_be_saved() {
        let ids = ["project_id", "namespace_id"];
        let id = || demand("project_id", How::Exact, &["42"]);
        let rule = |ids: Vec<Demand>, more: Vec<Demand>| Demands { ids, more, foreign_runs: false };
        let table = [
            (rule(vec![], vec![]), Err(BadRule::NoId)),
            (rule(vec![demand("project_path", How::Exact, &["a/b"])], vec![]), Err(BadRule::NoId)),
            (rule(vec![demand("project_id", How::Pattern, &["4*"])], vec![]), Err(BadRule::NoId)),
            (rule(vec![demand("project_id", How::Exact, &["*"])], vec![]), Err(BadRule::WildcardInId)),
            (rule(vec![demand("project_id", How::Exact, &[])], vec![]), Err(BadRule::Values)),
            (rule(vec![id()], vec![demand("", How::Exact, &["x"])]), Err(BadRule::Claim)),
            (rule(vec![id()], vec![demand("aud", How::Exact, &["x"])]), Err(BadRule::SpokenFor)),
            (rule(vec![id()], vec![demand("ref", How::Exact, &[""])]), Err(BadRule::Values)),
            (rule(vec![id()], vec![demand("user_id", How::Pattern, &["1*"])]), Err(BadRule::PatternOfId)),
            (rule(vec![id()], vec![demand("sub", How::Pattern, &["repo:*"])]), Err(BadRule::PatternOfId)),
            (rule(vec![id()], vec![demand("ref", How::Exact, &["rel*"])]), Err(BadRule::Star)),
            (rule(vec![id()], vec![demand("ref", How::Pattern, &["rel*"])]), Ok(())),
            (rule(vec![id()], vec![]), Ok(())),
        ];
        for (rule, expected) in table {
            assert_eq!(rule.check(&ids), expected, "{rule:?}");
        }
    }

    #[test]
    fn every_demand_is_met_or_the_rule_is_not() {
        let rule = Demands {
            ids: vec![demand("project_id", How::Exact, &["42", "43"])],
            more: vec![demand("ref_path", How::Pattern, &["refs/heads/release/*", "refs/heads/main"])],
            foreign_runs: false,
        };
        let good = json!({"project_id": "42", "ref_path": "refs/heads/main", "pipeline_source": "push"});
        let with = |name: &str, value: Value| {
            let mut claims = good.as_object().unwrap().clone();
            claims.insert(name.into(), value);
            claims
        };
        assert!(rule.judge(Preset::GitLab, good.as_object().unwrap()).passes());
        assert!(rule.judge(Preset::GitLab, &with("project_id", json!("43"))).passes());
        for (name, value) in [
            ("project_id", json!("44")),
            ("project_id", json!(42)),
            ("project_id", json!(["42"])),
            ("project_id", Value::Null),
            ("ref_path", json!("refs/heads/Main")),
            ("ref_path", json!("refs/heads/release/a/b")),
            ("pipeline_source", json!("merge_request_event")),
            ("pipeline_source", json!(1)),
        ] {
            assert!(!rule.judge(Preset::GitLab, &with(name, value.clone())).passes(), "{name} {value}");
        }
        let mut absent = good.as_object().unwrap().clone();
        absent.remove("project_id");
        assert!(!rule.judge(Preset::GitLab, &absent).passes());
        let open = Demands { foreign_runs: true, ..rule };
        assert!(open.judge(Preset::GitLab, &with("pipeline_source", json!("merge_request_event"))).passes());
    }

    #[test]
    fn patterns_that_nearly_everything_fits_are_noticed() {
        for (pattern, expected) in [
            ("*", true),
            ("*/*", true),
            ("refs/heads/*", true),
            ("refs/*/*", true),
            ("refs/tags/*", true),
            ("refs/heads/release/*", false),
            ("v*", false),
        ] {
            assert_eq!(demand("ref", How::Pattern, &[pattern]).is_broad(), expected, "{pattern}");
        }
    }
}
