//! Lists of check boxes and radio buttons for places and people, of which there can be thousands.
//!
//! What is chosen is always in the form. Of the rest the first stretch is, and more can be searched for: with script
//! as one types, without it by a button that sends the form round and saves nothing.

use askama::Template;

use super::Shell;
use super::forms::{FormState, Submitted, search_words};

/// As many can be chosen without searching.
pub const SHOWN: i64 = 50;

/// The button that sends a form round to search; the value does not matter.
const FIND: &str = "find";

/// Whether the form was only sent to search in its lists.
pub fn is_search(form: &Submitted) -> bool {
    form.has(FIND)
}

/// Remembers what is looked for in the list `name`, for [`sought`].
pub fn remember(form: &Submitted, state: &mut FormState, name: &str) {
    let input = input_name(name);
    state.set(&input, form.one(&input));
}

/// What is looked for in the list `name` of a form.
pub fn sought(state: &FormState, name: &str) -> Option<String> {
    search_words(state.value(&input_name(name)))
}

fn input_name(name: &str) -> String {
    format!("{name}-q")
}

/// How many of a list can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Any number: check boxes.
    Any,
    /// One: radio buttons.
    One,
}

/// What is the same for a list wherever it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// What the input is called; ids begin with it.
    pub name: &'static str,
    /// How many can be chosen.
    pub pick: Pick,
    /// Where a script searches.
    pub search: &'static str,
    /// The message id of the sentence when there is nothing to choose.
    pub empty: &'static str,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// Its name for people.
    pub name: String,
    /// What tells it from others of the same name; empty when the name says it all.
    pub detail: String,
    /// An icon and the message id of what it is, where a list holds different things.
    pub is: Option<(&'static str, &'static str)>,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A list in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// What the input is called; ids begin with it.
    pub name: &'static str,
    /// How many can be chosen.
    pub pick: Pick,
    /// What is chosen, and then what else can be.
    pub options: Vec<Choice>,
    /// Whether there is more than is here.
    pub more: bool,
    /// Where a script searches, when not everything is here.
    pub search: Option<&'static str>,
    /// What was looked for.
    pub sought: String,
    /// The message id of the sentence for a list in which there is nothing at all.
    pub empty: &'static str,
}

/// What a search in a list answers.
#[derive(Template)]
#[template(path = "parts/choices_found.html")]
pub struct Found<'a> {
    /// In the reader's language.
    pub shell: &'a Shell,
    /// The list.
    pub choices: &'a Choices,
}

impl Choices {
    /// What is `chosen` first, then what was `found`; `more` says that not everything was.
    pub fn new(
        List { name, pick, search, empty }: List,
        sought: Option<String>,
        chosen: Vec<Choice>,
        (found, more): (Vec<Choice>, bool),
    ) -> Self {
        let mut options: Vec<Choice> =
            chosen.into_iter().map(|choice| Choice { chosen: true, ..choice }).collect();
        for choice in found {
            if !options.iter().any(|there| there.value == choice.value) {
                options.push(choice);
            }
        }
        let search = (more || sought.is_some()).then_some(search);
        Self { name, pick, options, more, search, sought: sought.unwrap_or_default(), empty }
    }

    /// Whether only one can be chosen.
    pub fn is_single(&self) -> bool {
        self.pick == Pick::One
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(value: &str) -> Choice {
        Choice { value: value.into(), name: value.into(), detail: String::new(), is: None, chosen: false }
    }

    #[test]
    fn what_is_chosen_comes_first_and_once() {
        let found = || vec![choice("a"), choice("b")];
        let list = |sought: Option<&str>, more| {
            let of = List { name: "project", pick: Pick::Any, search: "/search", empty: "empty" };
            Choices::new(of, sought.map(str::to_owned), vec![choice("b")], (found(), more))
        };
        let all = list(None, false);
        let seen: Vec<_> = all.options.iter().map(|one| (one.value.as_str(), one.chosen)).collect();
        assert_eq!(seen, [("b", true), ("a", false)]);
        assert_eq!(all.search, None, "there is nothing more to find");
        assert_eq!(list(None, true).search, Some("/search"));
        assert_eq!(
            list(Some("x"), false).search,
            Some("/search"),
            "or what was left out could not come back"
        );
    }

    #[test]
    fn a_form_that_searches_is_told_by_its_button() {
        let form = Submitted::parse(b"project-q=+shop%00+&find=on");
        assert!(is_search(&form) && !is_search(&Submitted::parse(b"project-q=shop")));
        let mut state = FormState::new();
        remember(&form, &mut state, "project");
        assert_eq!(sought(&state, "project").as_deref(), Some("shop"));
        assert_eq!(sought(&state, "repository"), None);
    }
}
