//! The forms of a new issuer, of its keys and of a rule: what was submitted, and what it means.

use url::Url;

use super::{
    Algorithm, BadKeySet, BadRule, Demand, Demands, How, Issuer, KeySource, NewIssuer, NewRule, Preset,
    read_key_set,
};
use crate::credentials::Name;
use crate::ids::SubmissionId;
use crate::people::is_safe;
use crate::pipelines::forms::{name_sentence, place};
use crate::web::Shell;
use crate::web::choices;
use crate::web::forms::{FormState, Submitted};

/// As many demands as a rule's form has room for, besides the ids.
pub(super) const ROWS: usize = 4;
const LONGEST: usize = 255;
const LONGEST_KEY_SET: usize = 64 * 1024;
/// How long a token of ours may live, in minutes.
const MINUTES: std::ops::RangeInclusive<i32> = 5..=30;
/// Claims that are no project's.
const NO_IDS: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];

/// Reads the form of a new issuer.
pub(super) fn read_issuer(form: &Submitted, shell: &Shell, ours: &str) -> Result<NewIssuer, FormState> {
    let mut state = FormState::new();
    for field in
        ["preset", "name", "url", "audience", "bound_claim", "token_minutes", "key_set", "submission"]
    {
        state.set(field, form.one(field));
    }
    state.tick("algorithms", form.all("algorithms"));
    state.tick("key_bound", form.all("key_bound"));
    let mut refuse = |field: &str, label: &str, sentence: &str| {
        state.refuse_called(field, shell.t(label), shell.t(sentence));
    };
    let preset = Preset::parse(form.one("preset"));
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        refuse("name", "issuer-name", name_sentence(*bad));
    }
    let url = form.one("url");
    if !is_issuer(url) {
        refuse("url", "issuer-url", "issuer-url-bad");
    }
    let audience = form.one("audience");
    let fits = audience.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // Behind a `#` a token names the key of its run.
    let plain = !audience.chars().any(|c| c == '#' || c.is_control() || c.is_whitespace());
    if !fits || !plain || audience.len() > LONGEST {
        refuse("audience", "issuer-audience", "issuer-audience-bad");
    }
    let bound_claim = Some(form.one("bound_claim")).filter(|_| preset == Some(Preset::Generic));
    if bound_claim.is_some_and(|claim| !is_claim(claim) || NO_IDS.contains(&claim)) {
        refuse("bound_claim", "issuer-bound-claim", "issuer-bound-claim-bad");
    }
    let algorithms: Option<Vec<Algorithm>> = form.all("algorithms").map(Algorithm::parse).collect();
    let algorithms = algorithms.filter(|chosen| !chosen.is_empty());
    if algorithms.is_none() {
        refuse("algorithms", "issuer-algorithms", "issuer-algorithms-none");
    }
    let minutes = form.one("token_minutes").parse().ok().filter(|minutes| MINUTES.contains(minutes));
    if minutes.is_none() {
        refuse("token_minutes", "issuer-minutes", "issuer-minutes-bad");
    }
    let keys = keys(form.one("key_set"));
    if let Err(bad) = &keys {
        refuse("key_set", "issuer-key-set", bad);
    }
    let submission = SubmissionId::parse(form.one("submission"));
    if submission.is_none() || preset.is_none() {
        refuse("", "form-stale", "form-stale");
    }
    if state.is_refused() {
        return Err(state);
    }
    match (preset, name, algorithms, minutes, keys, submission) {
        (Some(preset), Ok(name), Some(algorithms), Some(token_minutes), Ok(keys), Some(submission)) => {
            Ok(NewIssuer {
                name,
                preset,
                url: url.to_owned(),
                audience: audience.to_owned(),
                bound_claim: bound_claim.map(str::to_owned),
                algorithms,
                keys,
                token_minutes,
                key_bound: form.has("key_bound"),
                submission,
            })
        }
        _ => Err(state),
    }
}

/// Reads the form of an issuer's keys; an empty one says that the issuer is asked.
pub(super) fn read_keys(form: &Submitted, shell: &Shell) -> Result<KeySource, FormState> {
    keys(form.one("key_set")).map_err(|bad| {
        let mut state = FormState::new();
        state.set("key_set", form.one("key_set"));
        state.refuse_called("key_set", shell.t("issuer-key-set"), shell.t(bad));
        state
    })
}

fn keys(text: &str) -> Result<KeySource, &'static str> {
    if text.is_empty() {
        return Ok(KeySource::Issuer);
    }
    if text.len() > LONGEST_KEY_SET {
        return Err("issuer-key-set-unreadable");
    }
    match read_key_set(text) {
        Ok(_) => Ok(KeySource::Uploaded(text.to_owned())),
        Err(BadKeySet::Unreadable) => Err("issuer-key-set-unreadable"),
        Err(BadKeySet::Private) => Err("issuer-key-set-private"),
        Err(BadKeySet::Empty) => Err("issuer-key-set-empty"),
    }
}

/// Whether an issuer may name itself so.
fn is_issuer(url: &str) -> bool {
    let plain = !url.contains(['?', '#']) && !url.chars().any(|c| c.is_control() || c.is_whitespace());
    plain
        && url.len() <= LONGEST
        && Url::parse(url).is_ok_and(|url| is_safe(&url) && url.username().is_empty())
}

fn is_claim(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && !name.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The form of a rule as it was filled.
pub(super) fn rule_again(form: &Submitted, issuer: &Issuer) -> FormState {
    let mut state = FormState::new();
    for field in ["name", "place", "foreign_runs", "submission"] {
        state.set(field, form.one(field));
    }
    for id in issuer.ids() {
        let field = format!("id-{id}");
        state.set(&field, form.one(&field));
    }
    for row in 1..=ROWS {
        for part in ["claim", "how", "values"] {
            let field = format!("{part}-{row}");
            state.set(&field, form.one(&field));
        }
    }
    choices::remember(form, &mut state, "place");
    state
}

/// Reads the form of a rule.
pub(super) fn read_rule(form: &Submitted, shell: &Shell, issuer: &Issuer) -> Result<NewRule, FormState> {
    let mut state = rule_again(form, issuer);
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        state.refuse_called("name", shell.t("rule-name"), shell.t(name_sentence(*bad)));
    }
    let place = place(form.one("place"));
    if place.is_none() {
        state.refuse_called("place", shell.t("access-place"), shell.t("access-place-missing"));
    }
    let demands = demands(form, issuer);
    if let Err(bad) = demands.check(&issuer.ids()) {
        let first = issuer.ids().first().map_or(String::new(), |id| format!("id-{id}"));
        let field = if is_of_ids(bad, &demands, issuer) { first } else { "claim-1".to_owned() };
        state.refuse_called(&field, shell.t("rule-demands"), shell.t(sentence(bad)));
    }
    let submission = SubmissionId::parse(form.one("submission"));
    if submission.is_none() {
        state.refuse("", shell.t("form-stale"));
    }
    if state.is_refused() {
        return Err(state);
    }
    match (name, place, submission) {
        (Ok(name), Some(place), Some(submission)) => Ok(NewRule { name, place, demands, submission }),
        _ => Err(state),
    }
}

fn demands(form: &Submitted, issuer: &Issuer) -> Demands {
    let ids = issuer.ids().into_iter().filter_map(|id| {
        let values: Vec<String> = form
            .one(&format!("id-{id}"))
            .split([',', ' ', '\n'])
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        (!values.is_empty()).then(|| Demand { claim: id.to_owned(), how: How::Exact, values })
    });
    let more = (1..=ROWS).filter_map(|row| {
        let claim = form.one(&format!("claim-{row}"));
        let values: Vec<String> = form
            .one(&format!("values-{row}"))
            .lines()
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        let how = if form.one(&format!("how-{row}")) == "pattern" { How::Pattern } else { How::Exact };
        let filled = !claim.is_empty() || !values.is_empty();
        filled.then(|| Demand { claim: claim.to_owned(), how, values })
    });
    Demands { ids: ids.collect(), more: more.collect(), foreign_runs: form.has("foreign_runs") }
}

/// Whether it is the ids that are wrong.
fn is_of_ids(bad: BadRule, demands: &Demands, issuer: &Issuer) -> bool {
    let ids_alone = Demands { more: Vec::new(), ..demands.clone() };
    ids_alone.check(&issuer.ids()) == Err(bad)
}

fn sentence(bad: BadRule) -> &'static str {
    match bad {
        BadRule::NoId => "rule-no-id",
        BadRule::WildcardInId => "rule-wildcard-in-id",
        BadRule::Claim => "rule-claim-bad",
        BadRule::SpokenFor => "rule-spoken-for",
        BadRule::Values => "rule-values-bad",
        BadRule::PatternOfId => "rule-pattern-of-id",
        BadRule::Star => "rule-star",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_names_itself_by_an_address() {
        for good in ["https://gitlab.com", "https://git.example/_services/token", "http://127.0.0.1:8080"] {
            assert!(is_issuer(good), "{good}");
        }
        for bad in [
            "",
            "gitlab.com",
            "http://gitlab.com",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://u@a.example",
            "https://a.example/ b",
            "ftp://a.example",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
    }
}
