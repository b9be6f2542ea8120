//! A type's fields as a form shows them. A secret one has no value here, only whether one is stored.

use crate::catalogue::{CredentialType, Field, GuidanceForm, Input, Variant, messages};
use crate::credentials::forms::{called_entry, drop_name, input_name};
use crate::web::Shell;
use crate::web::forms::FormState;

/// Inputs that stand together.
pub(super) struct SectionView {
    /// What one of several entries is called; the other inputs have no heading.
    pub(super) title: Option<String>,
    /// It can stay empty, and is folded until there is something to see in it.
    pub(super) folded: Option<Folded>,
    pub(super) fields: Vec<FieldView>,
}

/// A section that can be folded.
pub(super) struct Folded {
    /// Something is in it, or wrong with it.
    pub(super) open: bool,
    /// The id of its title.
    pub(super) id: String,
}

/// An input.
pub(super) struct FieldView {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) help: String,
    /// `line`, `url`, `multiline` or `choice`.
    pub(super) kind: &'static str,
    pub(super) secret: bool,
    pub(super) required: bool,
    pub(super) placeholder: &'static str,
    /// The plain value.
    pub(super) value: String,
    pub(super) error: Option<String>,
    /// Value, label and whether it is chosen.
    pub(super) choices: Vec<(String, String, bool)>,
    /// A value is stored, which stays when nothing is typed.
    pub(super) stored: bool,
    /// The check box that takes the stored value out, and whether it is ticked.
    pub(super) drop: Option<(String, bool)>,
}

/// A variant to choose.
pub(super) struct VariantView {
    pub(super) id: &'static str,
    pub(super) label: String,
    pub(super) current: bool,
}

/// A piece of help beside the form.
pub(super) struct Help {
    pub(super) text: String,
    /// It belongs to a list.
    pub(super) item: bool,
    /// Text to copy, and the name to save it under.
    pub(super) copy: Option<(&'static str, &'static str)>,
    /// The id of that text on the page.
    pub(super) id: String,
}

/// The inputs of a variant. `stored` names the secret fields that have a value already.
pub(super) fn inputs(
    shell: &Shell,
    of: &CredentialType,
    variant: &Variant,
    state: &FormState,
    stored: &[String],
) -> Vec<SectionView> {
    let inputs: Vec<&Field> = variant.fields.iter().filter(|field| field.is_input()).collect();
    let together = |a: &&Field, b: &&Field| number(a) == number(b);
    inputs.chunk_by(together).map(|fields| section(shell, of, fields, state, stored)).collect()
}

fn number(field: &Field) -> Option<u8> {
    field.entry.map(|entry| entry.number)
}

fn section(
    shell: &Shell,
    of: &CredentialType,
    fields: &[&Field],
    state: &FormState,
    stored: &[String],
) -> SectionView {
    let entry = fields.first().and_then(|field| field.entry);
    let optional = fields.iter().all(|field| !field.required);
    let is_stored = |field: &Field| stored.iter().any(|name| name == field.name);
    let views: Vec<FieldView> =
        fields.iter().map(|field| input(shell, of, field, state, is_stored(field))).collect();
    let says = |view: &FieldView| !view.value.is_empty() || view.error.is_some() || view.stored;
    SectionView {
        title: entry.map(|entry| called_entry(shell.language, of, entry)),
        folded: entry
            .filter(|_| optional)
            .map(|entry| Folded { open: views.iter().any(says), id: format!("entry-{}", entry.number) }),
        fields: views,
    }
}

fn input(shell: &Shell, of: &CredentialType, field: &Field, state: &FormState, stored: bool) -> FieldView {
    let name = input_name(field);
    let value = state.value(&name).to_owned();
    let choices = match field.input {
        Input::Choice(choices) => choices,
        _ => &[],
    };
    let chosen = |at: usize, choice: &str| if value.is_empty() { at == 0 } else { value == choice };
    let drop = drop_name(field);
    FieldView {
        label: shell.t(messages::field_label(of, field)),
        help: shell.t(messages::field_help(of, field)),
        kind: match field.input {
            Input::Line => "line",
            Input::Url => "url",
            Input::Multiline => "multiline",
            Input::Choice(_) => "choice",
        },
        secret: field.secret,
        required: field.required && !stored,
        placeholder: field.placeholder,
        error: state.error(&name).map(str::to_owned),
        choices: choices
            .iter()
            .enumerate()
            .map(|(at, choice)| {
                ((*choice).to_owned(), shell.t(messages::choice_label(of, field, choice)), chosen(at, choice))
            })
            .collect(),
        stored,
        drop: (stored && !field.required).then(|| (drop.clone(), state.is(&drop, "on"))),
        value,
        name,
    }
}

/// The variants of a type; none when there is nothing to choose.
pub(super) fn variants(shell: &Shell, of: &CredentialType, current: &Variant) -> Vec<VariantView> {
    if of.variants.len() < 2 {
        return Vec::new();
    }
    let view = |variant: &Variant| VariantView {
        id: variant.id,
        label: shell.t(messages::variant_label(of, variant)),
        current: variant.id == current.id,
    };
    of.variants.iter().map(view).collect()
}

/// What helps to fill the form of a variant.
pub(super) fn guidance(shell: &Shell, of: &CredentialType, variant: &Variant) -> Vec<Help> {
    let numbered = of.guidance.iter().enumerate().map(|(at, piece)| (at + 1, piece));
    numbered
        .filter(|(_, piece)| piece.only.is_none_or(|only| only == variant.id))
        .map(|(number, piece)| Help {
            text: shell.t(messages::guidance(of, number)),
            item: matches!(piece.form, GuidanceForm::Item),
            copy: match &piece.form {
                GuidanceForm::Copy(copyable) => Some((copyable.file_name, copyable.text)),
                GuidanceForm::Paragraph | GuidanceForm::Item => None,
            },
            id: format!("guidance-{number}"),
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A form in which everything is wrong, and the plain values look like markup.
    pub(in crate::credentials::pages) fn refused(variant: &Variant) -> FormState {
        let mut state = FormState::new();
        for field in ["", "name", "token", "description", "expires", "responsible", "project", "repository"] {
            state.set(field, "\"><b>");
            state.refuse(field, "<wrong>");
        }
        for field in variant.fields.iter().filter(|field| field.is_input()) {
            state.set(&input_name(field), "\"><b>");
            state.refuse_called(&input_name(field), "<label>", "<wrong>");
        }
        state.set("offer-strip", "on");
        state
    }
}
