//! Pipeline tasks that need a credential, as Gitee Go has them: what each asks for, and the step that it becomes.
//!
//! The tasks are data ([`ALL`]): fields with where they stand in the step, their rule and what they begin with. The form of
//! a task is read by `forms`, written by `step`, shown by `pages`. Nothing here is stored: the address of a form is all
//! there is to it. A credential is named by its token, so nothing here can hold a secret.

mod all;
pub(super) mod forms;
pub(crate) mod pages;
mod step;

pub use all::ALL;
pub use step::{Node, Step};

/// A kind of step.
#[derive(Debug)]
pub struct Task {
    /// Its name in addresses; messages are named after it.
    pub id: &'static str,
    /// What pipelines call it.
    pub step: &'static str,
    /// What a step of it is called in its stage, until somebody calls it otherwise.
    pub name: &'static str,
    /// The icon's name.
    pub icon: &'static str,
    /// The types of credential that it takes.
    pub types: &'static [&'static str],
    /// Whether it needs one.
    pub needs_credential: bool,
    /// What every step of it says beside its fields.
    pub constants: &'static [(&'static str, &'static str)],
    /// What it asks for, in the order of the form and of the step.
    pub fields: &'static [Field],
}

/// One input of a task.
#[derive(Debug)]
pub struct Field {
    /// The name of the input.
    pub name: &'static str,
    /// Where it stands in the step: names with dots between them; a name with `[]` is a list of one such thing.
    pub at: &'static str,
    /// The end of the id of its label: `task-field-…`.
    pub says: &'static str,
    /// How it is typed in.
    pub input: Input,
    /// What is right.
    pub rule: Rule,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it begins with.
    pub default: &'static str,
    /// It stands in the step only where another field has this value.
    pub when: Option<(&'static str, &'static str)>,
}

/// How a field is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One line.
    Line,
    /// One line, with values that are offered.
    Suggested(&'static [&'static str]),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A check box.
    Flag,
    /// Text of several lines.
    Text,
    /// A list, one a line.
    List,
    /// Names with values, `NAME=value` a line.
    Pairs,
}

/// What is right in a field. A parameter of the pipeline, `${…}`, is right everywhere: nobody knows here what it will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Anything that can be read.
    Any,
    /// What a step is called in its stage.
    Name,
    /// A name in Kubernetes (RFC 1123 label).
    Label,
    /// A number of a version: `v1.16.4`.
    Version,
    /// A path in the repository.
    Path,
    /// Without white space: an image, a tag, an address.
    Word,
    /// A telephone number.
    Phone,
}

/// The longest line.
pub const LINE: usize = 256;
/// The longest text.
pub const TEXT: usize = 4000;

impl Task {
    /// The task of that id.
    pub fn find(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|task| task.id == id)
    }

    /// The message id of what people call it.
    pub fn label(&self) -> String {
        format!("task-{}", self.id)
    }
}

impl Field {
    /// The message id of what people call it.
    pub fn label(&self) -> String {
        format!("task-field-{}", self.says)
    }

    /// At most so many characters.
    pub fn most(&self) -> usize {
        match self.input {
            Input::Text | Input::List | Input::Pairs => TEXT,
            Input::Line | Input::Suggested(_) | Input::Choice(_) | Input::Flag => LINE,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue;

    #[test]
    fn every_task_has_words_for_everything_and_takes_types_that_there_are() {
        let mut ids = BTreeSet::new();
        for task in ALL {
            assert!(ids.insert(task.id), "{} twice", task.id);
            let mut names = BTreeSet::from(["displayName", "name", "certificate", "make", "find", "add"]);
            assert!(task.types.iter().all(|id| catalogue::find(id).is_some()), "{}", task.id);
            assert!(!task.types.is_empty());
            for language in crate::web::Language::ALL {
                assert!(language.knows(&task.label()), "{}", task.label());
                assert!(language.knows(&format!("{}.help", task.label())), "{}", task.label());
                for field in task.fields {
                    assert!(language.knows(&field.label()), "{language:?}: {}", field.label());
                    if field.input != Input::Flag {
                        assert!(language.knows(&format!("{}.help", field.label())), "{}", field.label());
                    }
                }
            }
            for field in task.fields {
                assert!(names.insert(field.name), "{}: {} twice", task.id, field.name);
                if let Some((other, _)) = field.when {
                    assert!(task.fields.iter().any(|field| field.name == other), "{}: {other}", task.id);
                }
            }
        }
        assert_eq!(ids.len(), 10);
    }

    #[test]
    fn what_a_form_begins_with_is_right() {
        for task in ALL {
            for field in task.fields.iter().filter(|field| !field.default.is_empty()) {
                let lines: Vec<&str> = field.default.lines().collect();
                assert!(
                    lines.iter().all(|line| forms::is_right(field.rule, line)),
                    "{} {}",
                    task.id,
                    field.name
                );
            }
        }
    }
}
