//! The forms of projects and repositories: what was submitted, and what it means.

use super::{BadSlug, NewPlace, Slug};
use crate::credentials::{BadFact, Name};
use crate::permission::LocalRole;
use crate::web::Shell;
use crate::web::forms::{FormState, Submitted};

/// Reads the form of a new place. `id` reads the hidden id that the form was shown with.
pub(super) fn new_place<Id>(
    form: &Submitted,
    shell: &Shell,
    id: impl FnOnce(&str) -> Option<Id>,
) -> Result<NewPlace<Id>, FormState> {
    let mut state = FormState::new();
    state.set("submission", form.one("submission"));
    let id = id(form.one("submission"));
    if id.is_none() {
        state.refuse("", shell.t("form-stale"));
    }
    match (id, names(form, shell, &mut state)) {
        (Some(id), Some((name, slug))) => Ok(NewPlace { id, name, slug }),
        _ => Err(state),
    }
}

/// Reads the form that renames a place.
pub(super) fn renamed(form: &Submitted, shell: &Shell) -> Result<(Name, Slug), FormState> {
    let mut state = FormState::new();
    names(form, shell, &mut state).ok_or(state)
}

/// The name and the path; an empty path is refused like any other that cannot be one.
fn names(form: &Submitted, shell: &Shell, state: &mut FormState) -> Option<(Name, Slug)> {
    state.set("name", form.one("name"));
    state.set("path", form.one("path"));
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        state.refuse_called("name", shell.t("place-name"), shell.t(name_sentence(*bad)));
    }
    let slug = Slug::parse(form.one("path"));
    if let Err(bad) = &slug {
        state.refuse_called("path", shell.t("place-path"), shell.t(slug_sentence(*bad)));
    }
    name.ok().zip(slug.ok())
}

/// What is wrong with a name.
pub(super) fn name_sentence(bad: BadFact) -> &'static str {
    match bad {
        BadFact::Empty => "fact-name-empty",
        BadFact::TooLong => "fact-name-too-long",
        BadFact::BadCharacter => "fact-name-bad-character",
    }
}

/// What is wrong with a path.
pub(super) fn slug_sentence(bad: BadSlug) -> &'static str {
    match bad {
        BadSlug::Empty => "place-path-empty",
        BadSlug::TooLong => "place-path-too-long",
        BadSlug::NotAPath => "place-path-not-a-path",
    }
}

/// What a button beside a member asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// They are a member with this role.
    Role(LocalRole),
    /// They are no member.
    Nothing,
}

/// Reads a button beside a member.
pub(super) fn wanted(text: &str) -> Option<Wanted> {
    match text {
        "none" => Some(Wanted::Nothing),
        role => LocalRole::parse(role).map(Wanted::Role),
    }
}
