//! The pages under "Access", "Trusted issuers": the list, one issuer with its rules, and what changes them.

mod changes;
mod create;
mod rules;
mod try_out;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

pub(crate) use changes::{ask_disable, ask_remove, disable, enable, keys, remove, set_keys};
pub(crate) use create::{create, new};
pub(crate) use rules::{
    add as add_rule, ask_remove as ask_remove_rule, new as new_rule, remove as remove_rule,
};
pub(crate) use try_out::{form as try_form, run as try_token};

use super::{Found, How, Issuer, IssuerError, KeySource, Preset, Rule, key_names, sees_rule};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{IssuerId, RuleId};
use crate::people::{Permit, ReadAccess};
use crate::permission::{self, Viewer, may_make_access, may_manage_access};
use crate::usage;
use crate::web::{Answer, Console, Problem, Shell, dates};

#[derive(Template)]
#[template(path = "pipelines/issuers/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    issuers: Vec<Line>,
    may_trust: bool,
    sees_provisioning: bool,
}

/// An issuer, as the list shows it.
struct Line {
    href: String,
    name: String,
    url: String,
    preset: &'static str,
    rules: usize,
    is_disabled: bool,
}

#[derive(Template)]
#[template(path = "pipelines/issuers/show.html")]
struct ShowPage<'a> {
    shell: &'a Shell,
    issuer: Facts,
    rules: Vec<RuleLine>,
    may_rule: bool,
    may_add: bool,
    snippet: String,
}

/// An issuer, as its page shows it.
struct Facts {
    href: String,
    name: String,
    url: String,
    audience: String,
    preset: &'static str,
    algorithms: String,
    minutes: i32,
    key_bound: bool,
    /// The names of uploaded keys; none when the issuer is asked.
    keys: Option<String>,
    is_disabled: bool,
    made: String,
}

/// A rule, as pages show it.
struct RuleLine {
    href: String,
    name: String,
    place: String,
    is_repository: bool,
    demands: Vec<DemandLine>,
    /// Whether runs that work for somebody else's change are let in.
    foreign: bool,
    /// Deliveries in 30 days.
    uses: i64,
    last_used: Option<String>,
    may_remove: bool,
}

struct DemandLine {
    claim: String,
    /// The message id of how it is compared.
    how: &'static str,
    values: String,
    is_broad: bool,
}

/// The list of trusted issuers.
pub(crate) async fn list(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let asking = viewer.clone();
    let issuers = console
        .db
        .read(move |conn| {
            let mut lines = Vec::new();
            for issuer in super::list(conn, &asking.enterprise)? {
                let rules = super::rules(conn, &issuer.id)?;
                let rules = rules.iter().filter(|rule| sees_rule(&asking, rule)).count();
                lines.push(Line {
                    href: address(&issuer.id),
                    name: issuer.name,
                    url: issuer.url,
                    preset: preset_name(issuer.preset),
                    rules,
                    is_disabled: issuer.disabled_at.is_some(),
                });
            }
            Ok::<_, StoreError>(lines)
        })
        .await?;
    let page = ListPage {
        issuers,
        may_trust: viewer.rules_everything(),
        sees_provisioning: permission::may_see_members(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// One issuer with its rules, as far as they are the viewer's to see.
pub(crate) async fn show(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let (issuer, rules) = read(&viewer, &console, &path).await?;
    let page = ShowPage {
        may_rule: viewer.rules_everything(),
        may_add: may_make_access(&viewer),
        snippet: snippet(&issuer, &console.public_url),
        issuer: facts(&issuer),
        rules,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// The issuer that a path names, with what the viewer may see of its rules.
async fn read(viewer: &Viewer, console: &Console, id: &str) -> Result<(Issuer, Vec<RuleLine>), Problem> {
    let id = IssuerId::parse(id).ok_or_else(Problem::not_found)?;
    let (asking, now) = (viewer.clone(), console.clock.now());
    let found = console
        .db
        .read(move |conn| {
            let Some(issuer) = super::find(conn, &asking.enterprise, &id)? else { return Ok(None) };
            let mut rules = super::rules(conn, &id)?;
            rules.retain(|rule| sees_rule(&asking, rule));
            let lines = rule_lines(conn, &asking, rules, now)?;
            Ok::<_, StoreError>(Some((issuer, lines)))
        })
        .await?;
    found.ok_or_else(Problem::not_found)
}

fn rule_lines(
    conn: &mut Conn,
    viewer: &Viewer,
    rules: Vec<Rule>,
    now: Timestamp,
) -> Result<Vec<RuleLine>, StoreError> {
    let ids: Vec<RuleId> = rules.iter().map(|rule| rule.id.clone()).collect();
    let uses = super::uses_of_rules(conn, &ids, usage::day(now) - 29)?;
    let projects: Vec<_> = rules.iter().map(|rule| rule.binding.project().clone()).collect();
    let repositories: Vec<_> = rules.iter().filter_map(|rule| rule.binding.repository().cloned()).collect();
    let projects = directory::project_names(conn, &viewer.enterprise, &projects)?;
    let repositories = directory::repository_names(conn, &viewer.enterprise, &repositories)?;
    let lines = rules.into_iter().map(|rule| {
        let place = match rule.binding.repository() {
            Some(repository) => repositories.get(repository),
            None => projects.get(rule.binding.project()),
        };
        let used = uses.get(&rule.id);
        RuleLine {
            href: format!("{}/rules/{}", address(&rule.issuer), rule.id),
            place: place.cloned().unwrap_or_default(),
            is_repository: rule.binding.repository().is_some(),
            demands: demand_lines(&rule),
            foreign: rule.demands.foreign_runs,
            uses: used.map_or(0, |(uses, _)| *uses),
            last_used: used.map(|(_, day)| dates::day(clock::from_millis(i64::from(*day) * 86_400_000))),
            may_remove: may_manage_access(viewer, rule.binding.project(), rule.binding.repository()),
            name: rule.name,
        }
    });
    Ok(lines.collect())
}

fn demand_lines(rule: &Rule) -> Vec<DemandLine> {
    let all = rule.demands.ids.iter().chain(&rule.demands.more);
    let lines = all.map(|demand| DemandLine {
        claim: demand.claim.clone(),
        how: how(demand.how),
        values: demand.values.join(", "),
        is_broad: demand.is_broad(),
    });
    lines.collect()
}

fn how(how: How) -> &'static str {
    match how {
        How::Exact => "rule-how-exact",
        How::Pattern => "rule-how-pattern",
    }
}

/// What a token says in a claim, short enough for a page.
fn said(found: &Found) -> Option<String> {
    const MOST: usize = 120;
    match found {
        Found::Absent | Found::NotText => None,
        Found::Text(text) if text.chars().count() > MOST => {
            Some(text.chars().take(MOST).chain(['…']).collect())
        }
        Found::Text(text) => Some(text.clone()),
    }
}

fn facts(issuer: &Issuer) -> Facts {
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    Facts {
        href: address(&issuer.id),
        name: issuer.name.clone(),
        url: issuer.url.clone(),
        audience: issuer.audience.clone(),
        preset: preset_name(issuer.preset),
        algorithms: algorithms.join(", "),
        minutes: issuer.token_minutes,
        key_bound: issuer.key_bound,
        keys: match &issuer.keys {
            KeySource::Issuer => None,
            KeySource::Uploaded(text) => Some(key_names(text).join(", ")),
        },
        is_disabled: issuer.disabled_at.is_some(),
        made: dates::day(issuer.created_at),
    }
}

/// The message id of a preset.
fn preset_name(preset: Preset) -> &'static str {
    match preset {
        Preset::GitLab => "preset-gitlab",
        Preset::GitHub => "preset-github",
        Preset::Gitee => "preset-gitee",
        Preset::Generic => "preset-generic",
    }
}

/// What to write into a pipeline so that `voucher` finds the token.
fn snippet(issuer: &Issuer, public_url: &str) -> String {
    let audience = &issuer.audience;
    match issuer.preset {
        Preset::GitLab => format!(
            "deploy:\n  id_tokens:\n    VOUCHER_ID_TOKEN:\n      aud: {audience}\n  variables:\n    VOUCHER_URL: {public_url}\n  script:\n    - voucher exec --env TOKEN -- ./deploy.sh"
        ),
        Preset::GitHub => format!(
            "permissions:\n  id-token: write\nsteps:\n  - run: voucher exec --env TOKEN -- ./deploy.sh\n    env:\n      VOUCHER_URL: {public_url}\n      VOUCHER_AUDIENCE: {audience}"
        ),
        Preset::Gitee | Preset::Generic => format!(
            "export VOUCHER_URL={public_url}\n# aud: {audience}\nexport VOUCHER_ID_TOKEN_FILE=/path/to/id-token\nvoucher exec --env TOKEN -- ./deploy.sh"
        ),
    }
}

fn address(id: &IssuerId) -> String {
    format!("/access/issuers/{id}")
}

impl From<IssuerError> for Problem {
    fn from(error: IssuerError) -> Self {
        match error {
            IssuerError::NotFound => Self::not_found(),
            IssuerError::NotAllowed => Self::forbidden(),
            IssuerError::UnknownPlace => Self::conflict("access-place-gone"),
            IssuerError::Trusted => Self::conflict("issuer-trusted"),
            IssuerError::BadRule => Self::conflict("rule-no-id"),
            IssuerError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;

    pub(super) fn rule(full: bool) -> RuleLine {
        RuleLine {
            href: "/access/issuers/x/rules/y".into(),
            name: "<main>".into(),
            place: "shop & web".into(),
            is_repository: full,
            demands: vec![DemandLine {
                claim: "ref_path".into(),
                how: "rule-how-pattern",
                values: "refs/heads/*".into(),
                is_broad: full,
            }],
            foreign: full,
            uses: if full { 12 } else { 0 },
            last_used: full.then(|| "2026-11-23".into()),
            may_remove: full,
        }
    }

    pub(super) fn facts(full: bool) -> Facts {
        Facts {
            href: "/access/issuers/x".into(),
            name: "<CI>".into(),
            url: "https://gitlab.example".into(),
            audience: "https://voucher.example/acme".into(),
            preset: "preset-gitlab",
            algorithms: "RS256".into(),
            minutes: 15,
            key_bound: full,
            keys: full.then(|| "one, two".into()),
            is_disabled: full,
            made: "2026-11-23".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn issuers_can_be_listed_and_shown() {
        for full in [false, true] {
            look::in_every_shell(|shell| {
                let line = |is_disabled| Line {
                    href: "/access/issuers/x".into(),
                    name: "<CI>".into(),
                    url: "https://gitlab.example".into(),
                    preset: "preset-generic",
                    rules: 2,
                    is_disabled,
                };
                let issuers = if full { vec![line(false), line(true)] } else { Vec::new() };
                ListPage { shell, issuers, may_trust: full, sees_provisioning: full }.render()
            });
            for rules in [0, 2] {
                look::in_every_shell(|shell| {
                    ShowPage {
                        shell,
                        issuer: samples::facts(full),
                        rules: (0..rules).map(|_| samples::rule(full)).collect(),
                        may_rule: full,
                        may_add: full,
                        snippet: "a <b>".into(),
                    }
                    .render()
                });
            }
        }
    }
}
