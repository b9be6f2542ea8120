//! `/access/issuers/try`: a sample token, which check and which rule it passes, and why not.
//!
//! The token is neither stored nor used up, stands in no log and is not shown again. Its signature is checked as far as
//! keys can be had; rules are shown for a token that is over as well, because that is what people have at hand.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde_json::Value;

use super::{how, said};
use crate::db::StoreError;
use crate::jws;
use crate::people::{Permit, ReadAccess};
use crate::permission::Viewer;
use crate::pipelines::issuers::{self, Flaw, Found, Inspection, Issuer, Keys, Rule, sees_rule};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Shell};

/// As long as the exchange takes.
const LONGEST: usize = 16 * 1024;

#[derive(Template)]
#[template(path = "pipelines/issuers/try.html")]
struct TryPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    tried: Option<Tried>,
}

/// What became of a token.
struct Tried {
    issuer: String,
    href: String,
    is_disabled: bool,
    /// The message id of each check, and of what is wrong, if anything.
    checks: Vec<(&'static str, Option<&'static str>)>,
    rules: Vec<TriedRule>,
    /// The name of the rule that would let it in, were its checks all passed.
    chosen: Option<String>,
    passes: bool,
    /// Rules that are there and not the viewer's to see.
    unseen: usize,
}

struct TriedRule {
    name: String,
    passes: bool,
    demands: Vec<TriedDemand>,
    /// What the run was set off by, where that alone keeps it out.
    foreign: Option<String>,
}

struct TriedDemand {
    claim: String,
    how: &'static str,
    values: String,
    /// The message id of why nothing is compared.
    silent: Option<&'static str>,
    found: String,
    passes: bool,
}

/// The form to paste a token into.
pub(crate) async fn form(request: HttpRequest, viewer: Permit<ReadAccess>) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let page = TryPage { shell: &shell, state: &FormState::new(), tried: None };
    shell.answer(StatusCode::OK, &page)
}

/// Tries a token.
pub(crate) async fn run(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    keys: web::Data<Keys>,
    body: web::Bytes,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let mut state = FormState::new();
    // Held as a secret: it may still be good for something.
    let token = Submitted::parse(&body).take_secret("token");
    let tried = match token.as_ref().map(|token| token.expose().trim()) {
        None | Some("") => Err("try-missing"),
        Some(token) if token.len() > LONGEST => Err("try-too-long"),
        Some(token) => judge(&viewer, &console, &keys, token).await?,
    };
    match tried {
        Ok(tried) => {
            let page = TryPage { shell: &shell, state: &state, tried: Some(tried) };
            shell.answer(StatusCode::OK, &page)
        }
        Err(sentence) => {
            state.refuse_called("token", shell.t("try-token"), shell.t(sentence));
            let page = TryPage { shell: &shell, state: &state, tried: None };
            shell.answer(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// What becomes of a token, or why it is none of ours.
async fn judge(
    viewer: &Viewer,
    console: &Console,
    keys: &Keys,
    raw: &str,
) -> Result<Result<Tried, &'static str>, StoreError> {
    let Some(claims) = jws::unverified_claims(raw) else { return Ok(Err("try-unreadable")) };
    let Some(url) = claims.get("iss").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(Err("try-no-issuer"));
    };
    let enterprise = viewer.enterprise.clone();
    let found = console
        .db
        .read(move |conn| {
            let mut ours = issuers::by_url(conn, &url)?;
            ours.retain(|issuer| issuer.enterprise == enterprise);
            let meant = |issuer: &&Issuer| issuers::is_for(&claims, issuer);
            let Some(issuer) = ours.iter().find(meant).or_else(|| ours.first()).cloned() else {
                return Ok(None);
            };
            let rules = issuers::rules(conn, &issuer.id)?;
            Ok::<_, StoreError>(Some((issuer, rules)))
        })
        .await?;
    let Some((issuer, rules)) = found else { return Ok(Err("try-unknown-issuer")) };
    let set = match issuers::named_key(raw, &issuer) {
        Some(kid) => keys.of(&issuer, Some(&kid)).await,
        None => Err(issuers::Unusable),
    };
    let set = set.as_deref().map_err(|unusable| *unusable);
    let inspection = issuers::inspect(raw, &issuer, set, console.clock.now());
    Ok(Ok(tried(viewer, &issuer, &rules, &inspection)))
}

fn tried(viewer: &Viewer, issuer: &Issuer, rules: &[Rule], inspection: &Inspection) -> Tried {
    let seen: Vec<&Rule> = rules.iter().filter(|rule| sees_rule(viewer, rule)).collect();
    let chosen = issuers::choose(rules, issuer.preset, &inspection.claims);
    Tried {
        issuer: issuer.name.clone(),
        href: super::address(&issuer.id),
        is_disabled: issuer.disabled_at.is_some(),
        checks: inspection
            .checks
            .iter()
            .map(|(check, result)| (check.sentence(), result.err().map(Flaw::sentence)))
            .collect(),
        unseen: rules.len() - seen.len(),
        rules: seen.iter().map(|rule| tried_rule(issuer, rule, inspection)).collect(),
        chosen: chosen.filter(|rule| sees_rule(viewer, rule)).map(|rule| rule.name.clone()),
        passes: inspection.flaw().is_none() && chosen.is_some() && issuer.disabled_at.is_none(),
    }
}

fn tried_rule(issuer: &Issuer, rule: &Rule, inspection: &Inspection) -> TriedRule {
    let judged = rule.demands.judge(issuer.preset, &inspection.claims);
    TriedRule {
        name: rule.name.clone(),
        passes: judged.passes(),
        foreign: judged.foreign.as_ref().map(|found| said(found).unwrap_or_default()),
        demands: judged
            .each
            .iter()
            .map(|met| TriedDemand {
                claim: met.demand.claim.clone(),
                how: how(met.demand.how),
                values: met.demand.values.join(", "),
                silent: match met.found {
                    Found::Absent => Some("try-absent"),
                    Found::NotText => Some("try-not-text"),
                    Found::Text(_) => None,
                },
                found: said(&met.found).unwrap_or_default(),
                passes: met.passes,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipelines::issuers::Check;
    use crate::web::look;

    #[test]
    fn every_verdict_can_be_shown() {
        let checks =
            [Check::Form, Check::Issuer, Check::Audience, Check::Signature, Check::Time, Check::Name];
        let flaws = [
            Flaw::Unreadable,
            Flaw::Algorithm,
            Flaw::Kind,
            Flaw::NoKeyNamed,
            Flaw::Issuer,
            Flaw::Audience,
            Flaw::KeyNotBound,
            Flaw::KeysUnavailable,
            Flaw::UnknownKey,
            Flaw::Signature,
            Flaw::Expired,
            Flaw::NotYet,
            Flaw::NoTime,
            Flaw::TooLong,
            Flaw::NoJti,
            Flaw::NoSubject,
        ];
        let mut refused = FormState::new();
        refused.refuse("token", "<wrong>");
        for state in [FormState::new(), refused] {
            look::in_every_shell(|shell| TryPage { shell, state: &state, tried: None }.render());
        }
        let demand = |silent: Option<&'static str>, passes| TriedDemand {
            claim: "ref".into(),
            how: "rule-how-pattern",
            values: "<a>".into(),
            silent,
            found: "<b>".into(),
            passes,
        };
        for (passes, some) in [(true, true), (false, true), (false, false)] {
            look::in_every_shell(|shell| {
                let rule = |foreign: Option<String>| TriedRule {
                    name: "<main>".into(),
                    passes,
                    demands: vec![
                        demand(None, true),
                        demand(None, false),
                        demand(Some("try-absent"), false),
                        demand(Some("try-not-text"), false),
                    ],
                    foreign,
                };
                let tried = Tried {
                    issuer: "<CI>".into(),
                    href: "/access/issuers/x".into(),
                    is_disabled: !passes,
                    checks: checks
                        .iter()
                        .map(|check| (check.sentence(), None))
                        .chain(flaws.iter().map(|flaw| (Check::Form.sentence(), Some(flaw.sentence()))))
                        .collect(),
                    rules: if some {
                        vec![rule(None), rule(Some("x".into())), rule(Some(String::new()))]
                    } else {
                        vec![]
                    },
                    chosen: passes.then(|| "<main>".into()),
                    passes,
                    unseen: usize::from(!some),
                };
                TryPage { shell, state: &FormState::new(), tried: Some(tried) }.render()
            });
        }
    }
}
