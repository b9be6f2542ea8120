//! What forms share: reading what was submitted, and showing it again with a sentence at each field that is wrong.
//!
//! A submitted value is either plain, and then shown again, or secret, and then not: [`FormState`] has no place
//! for a secret, and [`Submitted`] hands one over once, as a [`Secret`], and has no printable form itself.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use crate::secret::Secret;

/// The largest body that a form or a document may have: content of half a mebibyte, every byte escaped, and its rest.
pub const FORM_LIMIT: usize = 2 * 1024 * 1024;

/// Reads a JSON object. A list of its values in the order of their declaration would pass for it otherwise.
pub fn object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    // The reason may repeat what was sent, so nobody gets it.
    (*first == b'{').then(|| serde_json::from_slice(body).ok()).flatten()
}

/// A body of `application/x-www-form-urlencoded`, with names that may be repeated. Wiped when dropped.
pub struct Submitted(Vec<(String, String)>);

impl Submitted {
    /// Reads a body. Every body can be read; one of another type just has none of the expected names.
    pub fn parse(body: &[u8]) -> Self {
        Self(
            url::form_urlencoded::parse(body)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// The first value of a plain field, without white space around it; empty when it is not there.
    pub fn one(&self, name: &str) -> &str {
        self.raw(name).unwrap_or_default().trim()
    }

    /// The first value of a plain field as it was sent, for fields of several lines.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a repeated plain field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.trim())
    }

    /// Whether a check box was ticked or a button pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }

    /// Takes a secret value out, as it was sent: `None` when it is not there or empty. Browsers send line ends as
    /// CR LF whatever was typed or pasted (HTML §form-submission); they are taken back to LF.
    pub fn take_secret(&mut self, name: &str) -> Option<Secret<String>> {
        let (_, value) = self.0.iter_mut().find(|(given, _)| given == name)?;
        let mut sent = std::mem::take(value);
        if sent.is_empty() {
            return None;
        }
        if !sent.contains("\r\n") {
            return Some(Secret::new(sent));
        }
        let secret = Secret::new(sent.replace("\r\n", "\n"));
        sent.zeroize();
        Some(secret)
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

/// A form as it is shown: plain values that were typed, and what is wrong with which field.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    values: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

/// A sentence at a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the input; empty for the form as a whole.
    pub field: String,
    /// What the input is called on the page, for the list of everything that is wrong; may be empty.
    pub label: String,
    /// What is wrong and what would be right, in the reader's language; never the value.
    pub sentence: String,
}

impl FormState {
    /// A form with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows `value` in the plain field `name`.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Ticks `values` in the group of check boxes `name`.
    pub fn tick<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<&str> = values.into_iter().collect();
        self.set(name, values.join(" "));
    }

    /// Puts a sentence at a field.
    pub fn refuse(&mut self, field: &str, sentence: impl Into<String>) {
        self.refuse_called(field, "", sentence);
    }

    /// As [`FormState::refuse`]; the list of everything that is wrong calls the field `label`.
    pub fn refuse_called(&mut self, field: &str, label: impl Into<String>, sentence: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            label: label.into(),
            sentence: sentence.into(),
        });
    }

    /// What to show in the plain field `name`.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether `value` is ticked in the group of check boxes `name`, or chosen in a list.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.ticked(name).any(|ticked| ticked == value)
    }

    /// The ticked values of the group of check boxes `name`.
    pub fn ticked(&self, name: &str) -> impl Iterator<Item = &str> {
        self.value(name).split(' ').filter(|value| !value.is_empty())
    }

    /// Takes every sentence away: the form was not meant to be complete yet.
    pub fn forgive(&mut self) {
        self.errors.clear();
    }

    /// What is wrong with a field, if anything.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.sentence.as_str())
    }

    /// Everything that is wrong, in the order in which it was found.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Whether anything is wrong.
    pub fn is_refused(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The field that the page should lead the reader to.
    pub fn first_refused(&self) -> Option<&str> {
        self.errors.iter().map(|error| error.field.as_str()).find(|field| !field.is_empty())
    }
}

/// What an address asks to search for: nothing invisible, which PostgreSQL would not even take, and not without end.
pub fn search_words(text: &str) -> Option<String> {
    let words: String = text.chars().filter(|letter| !letter.is_control()).take(200).collect();
    Some(words.trim().to_owned()).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_has_nothing_invisible_in_it() {
        for (text, expected) in [("", None), (" \0 ", None), (" a\0b ", Some("ab")), ("名 x", Some("名 x"))]
        {
            assert_eq!(search_words(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(search_words(&"名".repeat(300)).unwrap().chars().count(), 200);
    }

    #[test]
    fn a_name_may_be_repeated() {
        let form = Submitted::parse(b"project=a&project=b&name=%20x%20&all=on");
        assert_eq!(form.all("project").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(form.one("name"), "x");
        assert_eq!(form.one("missing"), "");
        assert!(form.has("all") && !form.has("none"));
    }

    #[test]
    fn a_secret_is_taken_byte_for_byte_once_and_with_its_own_line_ends() {
        let mut form = Submitted::parse(b"k=%20a%0D%0Ab%0A%20&e=");
        assert_eq!(form.take_secret("k").unwrap().expose(), " a\nb\n ");
        assert!(form.take_secret("k").is_none());
        assert!(form.take_secret("e").is_none());
        assert!(form.take_secret("missing").is_none());
    }

    #[test]
    fn an_error_belongs_to_its_field() {
        let mut form = FormState::new();
        form.refuse("", "all of it");
        form.refuse("token", "is taken");
        assert_eq!(form.error("token"), Some("is taken"));
        assert_eq!(form.error("name"), None);
        assert_eq!(form.first_refused(), Some("token"));
    }
}
