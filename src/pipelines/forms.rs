//! The form of a new access key: what was submitted, and what it means.

use jiff::Timestamp;

use super::{NewAccessKey, Place};
use crate::credentials::{BadFact, Name};
use crate::ids::{ProjectId, RepositoryId, SubmissionId};
use crate::web::Shell;
use crate::web::choices;
use crate::web::dates;
use crate::web::forms::{FormState, Submitted};

/// The form as it was filled.
pub(super) fn again(form: &Submitted) -> FormState {
    let mut state = FormState::new();
    for field in ["name", "place", "last_day", "submission"] {
        state.set(field, form.one(field));
    }
    choices::remember(form, &mut state, "place");
    state
}

/// Reads the form; what is wrong stands in the state, which never holds a secret: this form has none.
pub(super) fn read(form: &Submitted, shell: &Shell, now: Timestamp) -> Result<NewAccessKey, FormState> {
    let mut state = again(form);
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        state.refuse("name", shell.t(name_sentence(*bad)));
    }
    let place = place(form.one("place"));
    if place.is_none() {
        state.refuse("place", shell.t("access-place-missing"));
    }
    let expires_at = dates::read_last_day(form.one("last_day"), now);
    if let Err(bad) = &expires_at {
        state.refuse("last_day", shell.t(bad.sentence()));
    }
    let submission = SubmissionId::parse(form.one("submission"));
    if submission.is_none() {
        state.refuse("", shell.t("problem-invalid"));
    }
    match (name, place, expires_at, submission) {
        (Ok(name), Some(place), Ok(expires_at), Some(submission)) => {
            Ok(NewAccessKey { name, place, expires_at, submission })
        }
        _ => Err(state),
    }
}

/// What is wrong with a name.
fn name_sentence(bad: BadFact) -> &'static str {
    match bad {
        BadFact::Empty => "access-name-empty",
        BadFact::TooLong => "access-name-too-long",
        BadFact::BadCharacter => "access-name-bad-character",
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
}
