//! The check that every submission goes through: names, presence, size, shape, then the type's own rules.
//!
//! Nothing here puts a submitted value, or a submitted name, into an error: what a person pasted into the wrong box
//! may be a secret.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::content::{Content, FieldError, Kept, Submitted, Surroundings, Warning};
use super::field::{Field, Input, Rule};
use super::kinds::{CredentialType, Variant};
use crate::secret::Secret;

/// Content that expires sooner than this is accepted with a warning.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A submission whose fields passed their own rules, in the hands of its type's rules.
pub struct Draft<'a> {
    kind: &'static Variant,
    kept: &'a Kept<'a>,
    surroundings: Surroundings<'a>,
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
    surroundings: Surroundings<'_>,
) -> Result<Content, Vec<FieldError>> {
    let Some(kind) = of.variant(&submitted.variant) else {
        return Err(vec![FieldError::new("", "check-variant")]);
    };
    let (plain, secret) = (BTreeMap::new(), BTreeMap::new());
    let (errors, warnings) = (Vec::new(), Vec::new());
    let mut draft = Draft { kind, kept, surroundings, plain, secret, errors, warnings, expires_at: None };
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
        self.surroundings.now
    }

    /// Whether that host, as an address spells it, is one of the private deployments that the settings name.
    pub fn is_private_host(&self, host: &str) -> bool {
        self.surroundings.private_hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// A plain value, when there is one.
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// Puts a plain value into the one spelling that is stored.
    pub(super) fn respell(&mut self, name: &str, spelling: String) {
        if let Some(value) = self.plain.get_mut(name) {
            *value = spelling;
        }
    }

    /// A secret value, when a new one was submitted.
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secret.get(name).and_then(|value| std::str::from_utf8(value.expose()).ok())
    }

    /// Whether the secret field stays as it is in the current version.
    pub fn is_kept(&self, name: &str) -> bool {
        !self.secret.contains_key(name) && self.kept.secret.contains(&name)
    }

    /// The plain value of the version that is rotated, when there is one.
    pub fn before(&self, name: &str) -> Option<&str> {
        self.kept.plain.get(name).map(String::as_str)
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
        if let Some(at) = self.expires_at.filter(|at| self.now().duration_until(*at) < SOON) {
            let message = if at <= self.now() { "unusual-expired" } else { "unusual-expires-soon" };
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

#[cfg(test)]
mod tests {
    use super::super::{Derived, Finding, Group, Outcome};
    use super::*;

    static TYPE: CredentialType = CredentialType {
        id: "test",
        group: Group::Others,
        icon: "",
        variants: &[
            Variant {
                id: "one",
                summary: &[],
                probe: |_, _| Box::pin(async { Finding::of(Outcome::Unverifiable) }),
                post: None,
                fields: &[
                    Field { max_bytes: 12, ..Field::plain("name") },
                    Field {
                        rules: &[
                            Rule::Must(|text| text != "bad", "check-bad"),
                            Rule::Usual(|text| text != "odd", "unusual-odd"),
                        ],
                        max_bytes: 64,
                        ..Field::secret("key")
                    },
                    Field { required: false, outer_space: true, ..Field::secret("phrase") },
                    Field { required: false, input: Input::Multiline, ..Field::secret("text") },
                    Field { input: Input::Choice(&["red", "blue"]), ..Field::plain("colour") },
                    Field {
                        required: false,
                        derived: Some(Derived { from: "key" }),
                        max_bytes: 8,
                        ..Field::plain("length")
                    },
                ],
            },
            Variant {
                id: "two",
                summary: &[],
                probe: |_, _| Box::pin(async { Finding::of(Outcome::Unverifiable) }),
                post: None,
                fields: &[Field::secret("other"), Field::plain("length")],
            },
        ],
        guidance: &[],
        files: &[],
        rules: |draft| {
            if let Some(length) = draft.secret("key").map(|key| key.len().to_string()) {
                draft.derive("length", &length);
                draft.derive("key", "not a derived field");
                draft.expires_at(draft.now() + SignedDuration::from_hours(30 * 24));
            } else {
                draft.keep_expiry();
            }
            draft.warn_of_new_id("name", "key");
        },
        inner: |_| Vec::new(),
        sample: |_| Submitted::default(),
    };

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn one(plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Submitted {
        Submitted::sample("one", plain, secret)
    }

    /// What was accepted, or the messages of what was not.
    fn checked(submitted: Submitted, kept: &Kept<'_>) -> Result<Content, Vec<(&'static str, &'static str)>> {
        TYPE.check(submitted, kept, Surroundings::at(now()))
            .map_err(|errors| errors.iter().map(|error| (error.field, error.message)).collect())
    }

    fn refusals(submitted: Submitted) -> Vec<(&'static str, &'static str)> {
        checked(submitted, &Kept::nothing()).err().unwrap_or_default()
    }

    #[test]
    fn each_way_to_submit_nonsense_has_its_answer() {
        const NAME: (&str, &str) = ("name", "n");
        const KEY: (&str, &str) = ("key", "k");
        for (plain, secret, wanted) in [
            (&[NAME][..], &[KEY][..], &[][..]),
            (&[], &[], &[("name", "check-required"), ("key", "check-required")]),
            (&[("name", "")], &[("key", "")], &[("name", "check-required"), ("key", "check-required")]),
            (&[("name", " \t\n")], &[KEY], &[("name", "check-required")]),
            (&[("name", "\u{200b}")], &[KEY], &[("name", "check-required")]),
            (&[("name", "密密密密密")], &[KEY], &[("name", "check-too-long")]),
            (&[("name", "a\0b")], &[KEY], &[("name", "check-nul")]),
            (&[("name", "a\nb")], &[KEY], &[("name", "check-one-line")]),
            (&[("name", "a\u{1b}[0m")], &[KEY], &[("name", "check-one-line")]),
            (&[("name", "a\u{85}b")], &[KEY], &[("name", "check-one-line")]),
            (&[("name", "n ")], &[KEY], &[("name", "check-outer-white-space")]),
            (&[NAME], &[("key", "k\r\n")], &[("key", "check-outer-white-space")]),
            (&[NAME], &[("key", "\u{feff}k")], &[("key", "check-outer-white-space")]),
            (&[NAME], &[("key", "k\u{a0}")], &[("key", "check-outer-white-space")]),
            (&[NAME], &[("key", "bad")], &[("key", "check-bad")]),
            (&[NAME], &[KEY, ("phrase", "p\n")], &[("phrase", "check-outer-white-space")]),
            (&[NAME], &[KEY, ("text", " \n \n")], &[("text", "check-required")]),
            (&[NAME], &[KEY, ("text", "a\0")], &[("text", "check-nul")]),
            (&[NAME, ("colour", "green")], &[KEY], &[("colour", "check-choice")]),
            (&[NAME, ("stranger", "")], &[KEY], &[("", "check-unknown-field")]),
            (&[NAME], &[KEY, ("stranger", "s")], &[("", "check-unknown-field")]),
            (&[NAME, ("key", "k")], &[KEY], &[("", "check-unknown-field")]),
            (&[NAME], &[KEY, ("name", "n")], &[("", "check-unknown-field")]),
            (&[NAME, ("length", "9")], &[KEY], &[("length", "check-other-variant")]),
            (&[NAME, ("length", "")], &[KEY, ("other", "")], &[]),
            (&[NAME], &[KEY, ("other", "o")], &[("other", "check-other-variant")]),
        ] {
            assert_eq!(refusals(one(plain, secret)), wanted, "{plain:?} {secret:?}");
        }
        let missing = Submitted::sample("three", &[NAME], &[KEY]);
        assert_eq!(refusals(missing), [("", "check-variant")]);
        let mut binary = one(&[NAME], &[]);
        binary.secret.insert("key".into(), Secret::new(vec![0xff, 0xfe]));
        assert_eq!(refusals(binary), [("key", "check-not-text")]);
    }

    #[test]
    fn an_error_never_repeats_what_was_submitted() {
        let long = "hunter2".repeat(100);
        for value in ["hunter2\0", " hunter2", "hunter2\nhunter2", long.as_str()] {
            let submitted = one(&[("name", value), ("hunter2", value), ("colour", value)], &[("key", value)]);
            let errors =
                TYPE.check(submitted, &Kept::nothing(), Surroundings::at(now())).err().unwrap_or_default();
            assert!(errors.len() >= 3 && !format!("{errors:?}").contains("hunter2"), "{errors:?}");
        }
    }

    #[test]
    fn white_space_is_stripped_when_the_person_says_so() {
        let submitted = || one(&[("name", " n\n")], &[("key", "\tk k\u{feff}\r\n"), ("phrase", "p ")]);
        let errors =
            TYPE.check(submitted(), &Kept::nothing(), Surroundings::at(now())).err().unwrap_or_default();
        assert_eq!(errors.iter().map(|error| error.strip_helps).collect::<Vec<_>>(), [true, true]);
        let content = checked(Submitted { strip: true, ..submitted() }, &Kept::nothing());
        let content = content.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(content.plain["name"], "n");
        assert_eq!(content.secret["key"].expose(), b"k k");
        assert_eq!(content.secret["phrase"].expose(), b"p");
    }

    #[test]
    fn a_blank_that_may_be_meant_and_text_of_several_lines_are_kept_to_the_byte() {
        let text = "\r\n  a\t\r b\n\n";
        let content = checked(
            one(&[("name", "n")], &[("key", "odd"), ("phrase", " p "), ("text", text)]),
            &Kept::nothing(),
        );
        let content = content.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(content.secret["phrase"].expose(), b" p ");
        assert_eq!(content.secret["text"].expose(), text.as_bytes());
        let warnings: Vec<_> =
            content.warnings.iter().map(|warning| (warning.field, warning.message)).collect();
        assert_eq!(warnings, [("key", "unusual-odd"), ("phrase", "unusual-outer-white-space")]);
    }

    #[test]
    fn a_choice_has_a_first_option_and_facts_are_derived() {
        let content = checked(one(&[("name", "n")], &[("key", "four")]), &Kept::nothing());
        let content = content.unwrap_or_else(|errors| panic!("{errors:?}"));
        let plain: Vec<_> =
            content.plain.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(plain, [("colour", "red"), ("length", "4"), ("name", "n")]);
        assert_eq!(content.content_expires_at, "2026-12-23T00:00:00Z".parse().ok());
        assert!(content.warnings.is_empty());
    }

    #[test]
    fn what_is_kept_need_not_be_sent_and_keeps_its_facts() {
        let plain = BTreeMap::from(
            [("name", "before"), ("length", "7"), ("colour", "blue")].map(|(n, v)| (n.into(), v.into())),
        );
        let at = "2026-11-25T00:00:00Z".parse().ok();
        let kept = Kept { secret: &["key"], plain: &plain, content_expires_at: at };
        let content = checked(one(&[("name", "after")], &[("key", "")]), &kept);
        let content = content.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert!(content.secret.is_empty());
        assert_eq!((content.plain["length"].as_str(), content.content_expires_at), ("7", at));
        assert_eq!(content.plain["colour"], "red", "plain fields are submitted anew each time");
        let warnings: Vec<_> = content.warnings.iter().map(|warning| warning.message).collect();
        assert_eq!(warnings, ["unusual-new-id-old-secret", "unusual-expires-soon"]);

        let content = checked(one(&[("name", "after")], &[("key", "new")]), &kept);
        let content = content.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!((content.plain["length"].as_str(), content.secret.len()), ("3", 1));
        assert_ne!(content.content_expires_at, at);
        assert!(content.warnings.is_empty());
    }

    #[test]
    fn a_derived_fact_is_one_short_line() {
        let kept = Kept::nothing();
        let (plain, secret) = (BTreeMap::new(), BTreeMap::new());
        let (errors, warnings) = (Vec::new(), Vec::new());
        let kind = TYPE.variant("one").unwrap();
        let mut draft = Draft {
            kind,
            kept: &kept,
            surroundings: Surroundings::at(now()),
            plain,
            secret,
            errors,
            warnings,
            expires_at: None,
        };
        draft.derive("length", "a\nb\u{1b}密密密");
        assert_eq!(draft.plain["length"], "ab密密");
    }
}
