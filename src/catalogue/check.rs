//! The check that every submission goes through: names, presence, size, shape, then the type's own rules.
//!
//! Nothing here puts a submitted value, or a submitted name, into an error: what a person pasted into the wrong box
//! may be a secret.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::content::{Content, FieldError, Kept, Submitted, Warning};
use super::field::{Field, Input, Rule};
use super::kinds::{CredentialType, Variant};
use crate::secret::Secret;

/// Content that expires sooner than this is accepted with a warning.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A submission whose fields passed their own rules, in the hands of its type's rules.
pub struct Draft<'a> {
    kind: &'static Variant,
    kept: &'a Kept<'a>,
    now: Timestamp,
    plain: BTreeMap<String, String>,
    secret: BTreeMap<&'static str, Secret<Vec<u8>>>,
    errors: Vec<FieldError>,
    warnings: Vec<Warning>,
    expires_at: Option<Timestamp>,
}

pub(super) fn check(
    of: &'static CredentialType,
    submitted: Submitted,
    kept: &Kept<'_>,
    now: Timestamp,
) -> Result<Content, Vec<FieldError>> {
    let Some(kind) = of.variant(&submitted.variant) else {
        return Err(vec![FieldError::new("", "check-variant")]);
    };
    let (plain, secret) = (BTreeMap::new(), BTreeMap::new());
    let (errors, warnings) = (Vec::new(), Vec::new());
    let mut draft = Draft { kind, kept, now, plain, secret, errors, warnings, expires_at: None };
    draft.refuse_strangers(of, &submitted);
    let Submitted { mut plain, mut secret, strip, .. } = submitted;
    for field in kind.fields.iter().filter(|field| field.is_input()) {
        let value = match field.secret {
            true => secret.remove(field.name),
            false => plain.remove(field.name).map(|text| Secret::new(text.into_bytes())),
        };
        draft.take(field, value.filter(|value| !value.expose().is_empty()), strip);
    }
    if draft.errors.is_empty() {
        draft.take_over_derived();
        (of.rules)(&mut draft);
    }
    draft.finish(of)
}

impl Draft<'_> {
    /// The variant's id.
    pub fn variant(&self) -> &'static str {
        self.kind.id
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A plain value, when there is one.
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// A secret value, when a new one was submitted.
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secret.get(name).and_then(|value| std::str::from_utf8(value.expose()).ok())
    }

    /// Whether the secret field stays as it is in the current version.
    pub fn is_kept(&self, name: &str) -> bool {
        !self.secret.contains_key(name) && self.kept.secret.contains(&name)
    }

    /// Refuses the submission because of that field.
    pub fn refuse(&mut self, field: &'static str, message: &'static str) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Refuses it with arguments for the message.
    pub fn refuse_with(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// Accepts it, but says what looks unusual.
    pub fn warn(&mut self, field: &'static str, message: &'static str) {
        self.warnings.push(Warning { field, message, args: Vec::new() });
    }

    /// Sets a derived fact. Facts are shown in lists, so they are cut to one line of the field's size.
    pub fn derive(&mut self, name: &'static str, value: &str) {
        let Some(field) = self.kind.field(name).filter(|field| field.derived.is_some()) else { return };
        let mut line: String = value.chars().filter(|c| !c.is_control()).collect();
        while line.len() > field.max_bytes {
            line.pop();
        }
        if !line.is_empty() {
            self.plain.insert(name.to_owned(), line);
        }
    }

    /// The content says that it expires then; the earliest said counts.
    pub fn expires_at(&mut self, at: Timestamp) {
        self.expires_at = Some(self.expires_at.map_or(at, |known| known.min(at)));
    }

    /// The expiry was read out of a field that is kept, so the current version's still holds.
    pub fn keep_expiry(&mut self) {
        if let Some(at) = self.kept.content_expires_at {
            self.expires_at(at);
        }
    }

    /// A new identifier rarely comes with the secret of the old one; it may also be a corrected typing error.
    pub(super) fn warn_of_new_id(&mut self, id: &'static str, secret: &str) {
        let changed =
            self.kept.plain.get(id).is_some_and(|before| self.plain(id).is_some_and(|now| now != before));
        if changed && self.is_kept(secret) {
            self.warn(id, "unusual-new-id-old-secret");
        }
    }

    /// Names that the variant does not have. A form without script also sends the inputs of the variants that were
    /// not chosen; empty ones are let pass.
    fn refuse_strangers(&mut self, of: &'static CredentialType, submitted: &Submitted) {
        let plain = submitted.plain.iter().map(|(name, value)| (name, false, value.is_empty()));
        let secret = submitted.secret.iter().map(|(name, value)| (name, true, value.expose().is_empty()));
        for (name, is_secret, is_empty) in plain.chain(secret) {
            let fits = |field: &&Field| field.name == name && field.secret == is_secret && field.is_input();
            if self.kind.fields.iter().any(|field| fits(&field)) {
                continue;
            }
            match of.variants.iter().flat_map(|variant| variant.fields).find(fits) {
                Some(_) if is_empty => {}
                Some(elsewhere) => self.refuse(elsewhere.name, "check-other-variant"),
                None => self.refuse("", "check-unknown-field"),
            }
        }
    }

    /// Checks one value by its field's own rules and takes it in.
    fn take(&mut self, field: &'static Field, value: Option<Secret<Vec<u8>>>, strip: bool) {
        let Some(value) = value else {
            return self.take_nothing(field);
        };
        let Ok(text) = std::str::from_utf8(value.expose()) else {
            return self.refuse(field.name, "check-not-text");
        };
        let text = match self.shaped(field, text, strip) {
            Ok(text) => text,
            Err(error) => return self.errors.push(error),
        };
        for rule in field.rules {
            match rule {
                Rule::Must(holds, message) if !holds(text) => return self.refuse(field.name, message),
                Rule::Usual(holds, message) if !holds(text) => self.warn(field.name, message),
                Rule::Must(..) | Rule::Usual(..) => {}
            }
        }
        match field.secret {
            true => drop(self.secret.insert(field.name, Secret::new(text.as_bytes().to_vec()))),
            false => drop(self.plain.insert(field.name.to_owned(), text.to_owned())),
        }
    }

    fn take_nothing(&mut self, field: &'static Field) {
        match field.input {
            Input::Choice([first, ..]) => drop(self.plain.insert(field.name.to_owned(), (*first).to_owned())),
            _ if field.required && !self.is_kept(field.name) => self.refuse(field.name, "check-required"),
            _ => {}
        }
    }

    /// The value in the shape that its kind of input has, or why it cannot be.
    fn shaped<'t>(
        &mut self,
        field: &'static Field,
        text: &'t str,
        strip: bool,
    ) -> Result<&'t str, FieldError> {
        if text.len() > field.max_bytes {
            let size = vec![("max", field.max_bytes.to_string())];
            return Err(FieldError { args: size, ..FieldError::new(field.name, "check-too-long") });
        }
        if text.contains('\0') {
            return Err(FieldError::new(field.name, "check-nul"));
        }
        match field.input {
            Input::Multiline if text.trim().is_empty() => Err(FieldError::new(field.name, "check-required")),
            Input::Multiline => Ok(text),
            Input::Choice(choices) if choices.contains(&text) => Ok(text),
            Input::Choice(_) => Err(FieldError::new(field.name, "check-choice")),
            Input::Line | Input::Url => self.line(field, text, strip),
        }
    }

    fn line<'t>(&mut self, field: &'static Field, text: &'t str, strip: bool) -> Result<&'t str, FieldError> {
        let inner = text.trim_matches(is_invisible);
        let text = if strip { inner } else { text };
        if inner.is_empty() {
            return Err(FieldError::new(field.name, "check-required"));
        }
        let ends_only_in_blanks = !text.contains(|c: char| c.is_control());
        if text != inner && !(field.outer_space && ends_only_in_blanks) {
            let error = FieldError::new(field.name, "check-outer-white-space");
            return Err(FieldError { strip_helps: true, ..error });
        }
        if text != inner {
            self.warn(field.name, "unusual-outer-white-space");
        }
        match text.contains(|c: char| c.is_control() && c != '\t') {
            true => Err(FieldError::new(field.name, "check-one-line")),
            false => Ok(text),
        }
    }

    /// Facts read out of a field that is kept stay as they are.
    fn take_over_derived(&mut self) {
        for field in self.kind.fields {
            let stays = field.derived.is_some_and(|derived| self.is_kept(derived.from));
            if let Some(value) = self.kept.plain.get(field.name).filter(|_| stays) {
                self.plain.insert(field.name.to_owned(), value.clone());
            }
        }
    }

    fn finish(mut self, of: &'static CredentialType) -> Result<Content, Vec<FieldError>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        if let Some(at) = self.expires_at.filter(|at| self.now.duration_until(*at) < SOON) {
            let message = if at <= self.now { "unusual-expired" } else { "unusual-expires-soon" };
            self.warnings.push(Warning { field: "", message, args: vec![("at", at.to_string())] });
        }
        Ok(Content {
            credential_type: of,
            variant: self.kind.id,
            plain: self.plain,
            secret: self.secret,
            warnings: self.warnings,
            content_expires_at: self.expires_at,
        })
    }
}

/// White space, and the characters without width that come along when text is copied out of chats and documents.
fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}
