//! What the identity provider's claims give: a role in the enterprise, places in projects and repositories.
//!
//! Rules in the settings say which claim gives what. They are applied at every sign-in ([`settle`]): what a claim gave,
//! its absence takes away; what people gave by hand stays, and of both the stronger counts. A claim can never take the
//! last owner from an enterprise.
//!
//! A claim that is not of the expected shape gives nothing. What a token says is judged by equality alone: no patterns,
//! no ignoring of case, no text that merely contains another.

mod held;
mod settle;
mod store;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::held::stronger;
use crate::permission::{EnterpriseRole, LocalRole};

pub(super) use self::settle::{Newcomer, settle};

/// More entries than any list of groups that is meant; a longer one gives nothing.
const MOST_ENTRIES: usize = 1_000;
/// More characters than the name of a group has; a list with a longer one gives nothing.
const LONGEST_ENTRY: usize = 256;

/// One rule of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    claim: Path,
    wanted: Wanted,
    gives: Gives,
}

/// Where a claim is: the name of one, or the steps into one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path(Vec<String>);

/// What a claim has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// It is a list of texts, and this is one of them.
    Has(String),
    /// It is this text.
    Is(String),
}

/// What a rule gives. Whoever gets anything is a member.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gives {
    role: EnterpriseRole,
    project: Option<(String, LocalRole)>,
    repository: Option<(String, LocalRole)>,
}

/// A rule as the settings write it.
#[derive(Debug, Clone, Default)]
pub struct WrittenRule {
    /// `groups`, or the steps of a JSON pointer: `/realm_access/roles`.
    pub claim: String,
    /// The claim is a list of texts with this among them.
    pub has: Option<String>,
    /// The claim is this text.
    pub is: Option<String>,
    /// The role in the enterprise.
    pub role: Option<String>,
    /// The slug of a project.
    pub project: Option<String>,
    /// The slug of a repository.
    pub repository: Option<String>,
    /// The role in them: `manager` or `member`.
    pub place_role: Option<String>,
}

/// Why a rule makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Neither a name nor a JSON pointer.
    #[error("claim is neither the name of a claim nor a path such as /realm_access/roles")]
    Claim,
    /// None or both of `has` and `is`, or an empty one.
    #[error("say either has (a list holds this text) or is (a text equals it)")]
    Wanted,
    /// Gives nothing.
    #[error("say what it gives: role, project or repository")]
    GivesNothing,
    /// Not a role of enterprises.
    #[error("role is owner, administrator, auditor or member")]
    Role,
    /// Not a role of projects, or without one.
    #[error("as is manager or member, and goes with project or repository")]
    PlaceRole,
}

impl Rule {
    /// Reads a rule.
    pub fn parse(written: WrittenRule) -> Result<Self, RuleError> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let wanted = match (written.has, written.is) {
            (Some(has), None) if !has.is_empty() => Wanted::Has(has),
            (None, Some(is)) if !is.is_empty() => Wanted::Is(is),
            _ => return Err(RuleError::Wanted),
        };
        let (project, repository) = (filled(written.project), filled(written.repository));
        if written.role.is_none() && project.is_none() && repository.is_none() {
            return Err(RuleError::GivesNothing);
        }
        if written.place_role.is_some() && project.is_none() && repository.is_none() {
            return Err(RuleError::PlaceRole);
        }
        let role = written.role.as_deref().unwrap_or(EnterpriseRole::Member.as_str());
        let place_role = written.place_role.as_deref().unwrap_or(LocalRole::Member.as_str());
        let place_role = LocalRole::parse(place_role).ok_or(RuleError::PlaceRole)?;
        Ok(Self {
            claim: Path::parse(&written.claim).ok_or(RuleError::Claim)?,
            wanted,
            gives: Gives {
                role: EnterpriseRole::parse(role).ok_or(RuleError::Role)?,
                project: project.map(|slug| (slug, place_role)),
                repository: repository.map(|slug| (slug, place_role)),
            },
        })
    }

    /// The name of the claim that it looks at, or into.
    pub(super) fn claim_name(&self) -> &str {
        self.claim.0.first().map_or("", String::as_str)
    }

    fn holds(&self, claims: &Map<String, Value>) -> bool {
        let Some(value) = self.claim.find(claims) else { return false };
        match &self.wanted {
            Wanted::Is(text) => value.as_str() == Some(text),
            Wanted::Has(text) => entries(value).is_some_and(|entries| entries.contains(&text.as_str())),
        }
    }

    /// As an audit record names it.
    fn described(&self) -> String {
        let path = self.claim.0.join("/");
        match &self.wanted {
            Wanted::Has(text) => format!("{path} has {text}"),
            Wanted::Is(text) => format!("{path} is {text}"),
        }
    }
}

impl Path {
    fn parse(text: &str) -> Option<Self> {
        let steps: Vec<String> = match text.strip_prefix('/') {
            // RFC 6901, section 4: `~1` first, or `~01` would become a slash.
            Some(rest) => rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None => vec![text.to_owned()],
        };
        (!steps.iter().any(String::is_empty)).then_some(Self(steps))
    }

    fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, step| value.as_object()?.get(step))
    }
}

/// The entries of a list of texts; nothing for whatever else it is, or when it is too long to be meant.
fn entries(value: &Value) -> Option<Vec<&str>> {
    let list = value.as_array().filter(|list| list.len() <= MOST_ENTRIES)?;
    list.iter().map(|entry| entry.as_str().filter(|text| text.chars().count() <= LONGEST_ENTRY)).collect()
}

/// What claims give in one enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) role: EnterpriseRole,
    /// By slug.
    pub(super) projects: BTreeMap<String, LocalRole>,
    /// By slug.
    pub(super) repositories: BTreeMap<String, LocalRole>,
    /// The rules that hold, for the record.
    pub(super) because: Vec<String>,
}

/// What the rules make of the claims; nothing when no rule holds.
pub(super) fn given(rules: &[Rule], claims: &Map<String, Value>) -> Option<Given> {
    let mut given: Option<Given> = None;
    for rule in rules.iter().filter(|rule| rule.holds(claims)) {
        let given = given.get_or_insert_with(|| Given {
            role: EnterpriseRole::Member,
            projects: BTreeMap::new(),
            repositories: BTreeMap::new(),
            because: Vec::new(),
        });
        given.role = stronger(given.role, rule.gives.role);
        for (places, place) in
            [(&mut given.projects, &rule.gives.project), (&mut given.repositories, &rule.gives.repository)]
        {
            if let Some((slug, role)) = place {
                places.entry(slug.clone()).and_modify(|held| *held = stronger(*held, *role)).or_insert(*role);
            }
        }
        given.because.push(rule.described());
    }
    given
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(claim: &str, has: &str, role: &str) -> Rule {
        let written = WrittenRule {
            claim: claim.to_owned(),
            has: Some(has.to_owned()),
            role: Some(role.to_owned()),
            ..WrittenRule::default()
        };
        Rule::parse(written).unwrap()
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_list_gives_what_one_of_its_texts_equals_and_nothing_else_does() {
        let rules = [rule("groups", "admins", "administrator")];
        let many = |count: usize| -> Vec<String> {
            (1..count).map(|at| format!("g{at}")).chain(["admins".to_owned()]).collect()
        };
        for (groups, holds) in [
            (json!(["dev", "admins"]), true),
            (json!(["admins", "admins"]), true),
            (json!(many(1_000)), true),
            (json!(many(1_001)), false),
            (json!(["admins", "a".repeat(256)]), true),
            (json!(["admins", "凭".repeat(256)]), true),
            (json!(["admins", "a".repeat(257)]), false),
            (json!("admins"), false),
            (json!("dev,admins"), false),
            (json!({ "admins": true }), false),
            (json!({ "0": "admins" }), false),
            (json!(["Admins"]), false),
            (json!(["admins "]), false),
            (json!(["my-admins"]), false),
            (json!(["*"]), false),
            (json!(["admins", 1]), false),
            (json!([["admins"]]), false),
            (json!([]), false),
            (json!(null), false),
            (json!(true), false),
        ] {
            let given = given(&rules, &claims(json!({ "groups": groups })));
            assert_eq!(given.is_some(), holds, "{groups}");
        }
        assert_eq!(given(&rules, &Map::new()), None);
    }

    #[test]
    fn a_text_gives_what_it_equals() {
        let written = WrittenRule {
            claim: "department".to_owned(),
            is: Some("platform".to_owned()),
            role: Some("auditor".to_owned()),
            ..WrittenRule::default()
        };
        let rules = [Rule::parse(written).unwrap()];
        for (value, holds) in [
            (json!("platform"), true),
            (json!("Platform"), false),
            (json!("platform team"), false),
            (json!(["platform"]), false),
            (json!(null), false),
        ] {
            let given = given(&rules, &claims(json!({ "department": value })));
            assert_eq!(given.map(|given| given.role), holds.then_some(EnterpriseRole::Auditor), "{value}");
        }
    }

    #[test]
    fn a_claim_is_named_or_pointed_at() {
        let nested = claims(json!({
            "realm_access": { "roles": ["admin"] },
            "https://id.example/roles": ["admin"],
            "a/b": { "c~d": ["admin"] },
            "realm_access.roles": ["other"],
        }));
        for (claim, holds) in [
            ("/realm_access/roles", true),
            ("https://id.example/roles", true),
            ("/a~1b/c~0d", true),
            ("realm_access.roles", false),
            ("/realm_access", false),
            ("/realm_access/roles/0", false),
            ("roles", false),
        ] {
            assert_eq!(given(&[rule(claim, "admin", "member")], &nested).is_some(), holds, "{claim}");
        }
    }

    #[test]
    fn of_several_rules_the_strongest_role_counts_and_places_add_up() {
        let place = |has: &str, project: Option<&str>, repository: Option<&str>, place_role: Option<&str>| {
            Rule::parse(WrittenRule {
                claim: "groups".to_owned(),
                has: Some(has.to_owned()),
                project: project.map(ToOwned::to_owned),
                repository: repository.map(ToOwned::to_owned),
                place_role: place_role.map(ToOwned::to_owned),
                ..WrittenRule::default()
            })
            .unwrap()
        };
        let rules = [
            rule("groups", "audit", "auditor"),
            rule("groups", "staff", "member"),
            place("leads", Some("shop"), None, Some("manager")),
            place("staff", Some("shop"), Some("shop/web"), None),
            place("elsewhere", Some("plat"), None, None),
        ];
        let given = given(&rules, &claims(json!({ "groups": ["staff", "leads", "audit"] }))).unwrap();
        assert_eq!(given.role, EnterpriseRole::Auditor);
        assert_eq!(given.projects, BTreeMap::from([("shop".to_owned(), LocalRole::Manager)]));
        assert_eq!(given.repositories, BTreeMap::from([("shop/web".to_owned(), LocalRole::Member)]));
        assert_eq!(
            given.because,
            ["groups has audit", "groups has staff", "groups has leads", "groups has staff"]
        );
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        let some = |text: &str| Some(text.to_owned());
        let good = WrittenRule {
            claim: "groups".to_owned(),
            has: some("a"),
            role: some("member"),
            ..WrittenRule::default()
        };
        assert!(Rule::parse(good.clone()).is_ok());
        for (written, expected) in [
            (WrittenRule { claim: String::new(), ..good.clone() }, RuleError::Claim),
            (WrittenRule { claim: "/".to_owned(), ..good.clone() }, RuleError::Claim),
            (WrittenRule { claim: "/a//b".to_owned(), ..good.clone() }, RuleError::Claim),
            (WrittenRule { has: None, ..good.clone() }, RuleError::Wanted),
            (WrittenRule { has: some(""), ..good.clone() }, RuleError::Wanted),
            (WrittenRule { is: some("b"), ..good.clone() }, RuleError::Wanted),
            (WrittenRule { role: None, ..good.clone() }, RuleError::GivesNothing),
            (WrittenRule { role: some("root"), ..good.clone() }, RuleError::Role),
            (WrittenRule { role: some("Owner"), ..good.clone() }, RuleError::Role),
            (WrittenRule { place_role: some("manager"), ..good.clone() }, RuleError::PlaceRole),
            (
                WrittenRule { project: some("shop"), place_role: some("owner"), ..good.clone() },
                RuleError::PlaceRole,
            ),
        ] {
            assert_eq!(Rule::parse(written.clone()).unwrap_err(), expected, "{written:?}");
        }
    }
}
