//! The rule by which message ids are derived from types, variants and fields, so that no id is written twice.
//!
//! Pages look the ids up; the texts are in `templates/language/*/catalogue*.ftl`, a type's own in `catalogue-<type>.ftl`.

use super::field::Field;
use super::kinds::{CredentialType, Variant};

/// The name of a type.
pub fn type_label(of: &CredentialType) -> String {
    format!("type-{}", of.id)
}

/// One sentence about a type, for its card.
pub fn type_help(of: &CredentialType) -> String {
    format!("type-{}-help", of.id)
}

/// The name of a variant; only types with several have one.
pub fn variant_label(of: &CredentialType, variant: &Variant) -> String {
    format!("variant-{}-{}", of.id, variant.id)
}

/// The label of a field.
pub fn field_label(of: &CredentialType, field: &Field) -> String {
    format!("field-{}-{}", of.id, field.known_as())
}

/// The help under a field; derived facts have none.
pub fn field_help(of: &CredentialType, field: &Field) -> String {
    format!("field-{}-{}-help", of.id, field.known_as())
}

/// The label of one choice of a field.
pub fn choice_label(of: &CredentialType, field: &Field, choice: &str) -> String {
    format!("choice-{}-{}-{choice}", of.id, field.known_as())
}

/// What one of several entries is called; its argument `number` says which.
pub fn entry_label(of: &CredentialType) -> String {
    format!("entry-{}", of.id)
}

/// A piece of guidance, counted from 1.
pub fn guidance(of: &CredentialType, number: usize) -> String {
    format!("guidance-{}-{number}", of.id)
}
