//! The forms of access keys, new and old: what was submitted, and what it means.

use jiff::Timestamp;

use super::{BadList, KeyFacts, NewAccessKey, Overlap, Place, Sources, Tokens};
use crate::credentials::{BadFact, Name};
use crate::ids::{ProjectId, RepositoryId, SubmissionId};
use crate::web::Shell;
use crate::web::choices;
use crate::web::dates;
use crate::web::forms::{FormState, Submitted};

/// What says that only some are meant, in both choices.
const THESE: &str = "these";

/// The fields of a key's facts, in the order of the page.
const FACTS: [&str; 6] = ["name", "last_day", "source_scope", "sources", "token_scope", "tokens"];

/// The form as it was filled.
pub(super) fn again(form: &Submitted) -> FormState {
    let mut state = FormState::new();
    for field in FACTS.iter().chain(&["place", "submission"]) {
        state.set(field, form.one(field));
    }
    choices::remember(form, &mut state, "place");
    state
}

/// The form as it is filled before anybody has touched it.
pub(super) fn filled(state: &mut FormState, facts: Option<&KeyFacts>) {
    let (sources, tokens) = facts.map_or((Vec::new(), Vec::new()), |facts| {
        state.set("name", facts.name.as_str());
        state.set("last_day", facts.expires_at.map(dates::last_day).unwrap_or_default());
        (facts.sources.texts(), facts.tokens.texts())
    });
    for (scope, list, texts) in [("source_scope", "sources", sources), ("token_scope", "tokens", tokens)] {
        state.set(scope, if texts.is_empty() { "all" } else { THESE });
        state.set(list, texts.join("\n"));
    }
}

/// Reads the form of a new key; what is wrong stands in the state, which never holds a secret: this form has none.
pub(super) fn read(form: &Submitted, shell: &Shell, now: Timestamp) -> Result<NewAccessKey, FormState> {
    let mut state = again(form);
    let place = place(form.one("place"));
    let facts = facts(form, shell, &mut state, (None, now));
    if place.is_none() {
        state.refuse_called("place", shell.t("access-place"), shell.t("access-place-missing"));
    }
    let submission = SubmissionId::parse(form.one("submission"));
    if submission.is_none() {
        state.refuse("", shell.t("form-stale"));
    }
    match (facts, place, submission) {
        (Some(facts), Some(place), Some(submission)) => Ok(NewAccessKey { facts, place, submission }),
        _ => Err(state),
    }
}

/// Reads what is said anew of a key that ends when `present` says; that may stay although it is in the past.
pub(super) fn read_facts(
    form: &Submitted,
    shell: &Shell,
    present: (Option<Timestamp>, Timestamp),
) -> Result<KeyFacts, FormState> {
    let mut state = again(form);
    facts(form, shell, &mut state, present).ok_or(state)
}

fn facts(
    form: &Submitted,
    shell: &Shell,
    state: &mut FormState,
    (present, now): (Option<Timestamp>, Timestamp),
) -> Option<KeyFacts> {
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        state.refuse_called("name", shell.t("access-name"), shell.t(name_sentence(*bad)));
    }
    let last_day = form.one("last_day");
    let expires_at = match present.filter(|end| dates::last_day(*end) == last_day) {
        Some(end) => Ok(Some(end)),
        None => dates::read_last_day(last_day, now),
    };
    if let Err(bad) = &expires_at {
        state.refuse_called("last_day", shell.t("access-last-day"), shell.t(bad.sentence()));
    }
    let sources = match form.one("source_scope") {
        THESE => Sources::these(form.raw("sources").unwrap_or_default()),
        _ => Ok(Sources::Anywhere),
    };
    if let Err(bad) = &sources {
        state.refuse_called("sources", shell.t("access-sources"), list_sentence(shell, "sources", bad));
    }
    let tokens = match form.one("token_scope") {
        THESE => Tokens::these(form.raw("tokens").unwrap_or_default()),
        _ => Ok(Tokens::All),
    };
    if let Err(bad) = &tokens {
        state.refuse_called("tokens", shell.t("access-tokens"), list_sentence(shell, "tokens", bad));
    }
    Some(KeyFacts {
        name: name.ok()?,
        expires_at: expires_at.ok()?,
        sources: sources.ok()?,
        tokens: tokens.ok()?,
    })
}

/// Reads the form of a rotation: which secret it was opened with, and how long that works on.
pub(super) fn read_rotation(form: &Submitted) -> Option<(i32, Overlap)> {
    Some((form.one("secret").parse().ok()?, Overlap::parse(form.one("overlap"))?))
}

/// What is wrong with the name of a key, of whichever kind.
pub(crate) fn name_sentence(bad: BadFact) -> &'static str {
    match bad {
        BadFact::Empty => "access-name-empty",
        BadFact::TooLong => "access-name-too-long",
        BadFact::BadCharacter => "access-name-bad-character",
    }
}

fn list_sentence(shell: &Shell, list: &str, bad: &BadList) -> String {
    match bad {
        BadList::Empty => shell.t(format!("access-{list}-missing")),
        BadList::TooLong => shell.t1("access-list-too-long", "most", super::MOST_LISTED),
        BadList::Not(text) => {
            // Quoted, because among many it must be found; but not without end.
            let text: String = text.chars().take(80).collect();
            shell.t1(format!("access-{list}-not-one"), "text", text)
        }
    }
}

/// How a form names a place: `project:ID` or `repository:ID`.
pub(super) fn place_value(place: &Place) -> String {
    match place {
        Place::Project(id) => format!("project:{id}"),
        Place::Repository(id) => format!("repository:{id}"),
    }
}

/// Reads what [`place_value`] writes.
pub(super) fn place(text: &str) -> Option<Place> {
    let (of, id) = text.split_once(':')?;
    match of {
        "project" => ProjectId::parse(id).map(Place::Project),
        "repository" => RepositoryId::parse(id).map(Place::Repository),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn a_place_is_a_project_or_a_repository() {
        let id = "01a20616-3400-743b-b56b-4f0d0e4f1718";
        assert_eq!(place(&format!("project:{id}")), ProjectId::parse(id).map(Place::Project));
        assert_eq!(place(&format!("repository:{id}")), RepositoryId::parse(id).map(Place::Repository));
        for bad in ["", id, "project:", "project:1", &format!("member:{id}")] {
            assert_eq!(place(bad), None, "{bad}");
        }
        let there = Place::Project(ProjectId::parse(id).unwrap());
        assert_eq!(place(&place_value(&there)), Some(there));
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let wrong = |body: &str, present: Option<Timestamp>| {
            let shell = look::english();
            match read_facts(&Submitted::parse(body.as_bytes()), &shell, (present, now)) {
                Ok(_) => Vec::new(),
                Err(state) => state.errors().iter().map(|error| error.field.clone()).collect(),
            }
        };
        let past = "2026-11-22T00:00:00Z".parse().ok();
        for (body, present, expected) in [
            ("name=x", None, &[][..]),
            ("name=x&source_scope=these&sources=10.0.0.0/8&token_scope=these&tokens=a", None, &[]),
            // What is not chosen is not read.
            ("name=x&source_scope=all&sources=nonsense&tokens=-", None, &[]),
            ("source_scope=these&token_scope=these", None, &["name", "sources", "tokens"]),
            ("name=x&source_scope=these&sources=10.0.0.0/99", None, &["sources"]),
            ("name=x&token_scope=these&tokens=a+b!", None, &["tokens"]),
            ("name=x&last_day=2026-11-21", None, &["last_day"]),
            // The end of a key that is over may stay as it is.
            ("name=x&last_day=2026-11-21", past, &[]),
            ("name=x&last_day=2026-11-20", past, &["last_day"]),
        ] {
            assert_eq!(wrong(body, present), expected, "{body}");
        }
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_shown_changes_nothing() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let facts = KeyFacts {
            name: Name::parse("nightly & builds").unwrap(),
            expires_at: "2026-12-01T00:00:00Z".parse().ok(),
            sources: Sources::these("10.0.0.0/8 2001:db8::/32").unwrap(),
            tokens: Tokens::these("a b").unwrap(),
        };
        let mut state = FormState::new();
        filled(&mut state, Some(&facts));
        let body =
            FACTS.iter().fold(url::form_urlencoded::Serializer::new(String::new()), |mut body, field| {
                body.append_pair(field, state.value(field));
                body
            });
        let sent = Submitted::parse({ body }.finish().as_bytes());
        assert_eq!(read_facts(&sent, &look::english(), (facts.expires_at, now)).ok(), Some(facts));
    }
}
