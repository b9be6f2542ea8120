//! What goes into a check and what comes out of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::kinds::CredentialType;
use crate::secret::Secret;

/// What a form or a program gave. An empty value is the same as an absent one.
///
/// Browsers send the lines of a text area separated by CR LF, whatever was pasted; who reads a form turns that back
/// into LF before it comes here, because from here on multi-line content is kept byte for byte.
#[derive(Default)]
pub struct Submitted {
    /// The variant's id.
    pub variant: String,
    /// Plain fields by name.
    pub plain: BTreeMap<String, String>,
    /// Secret fields by name.
    pub secret: BTreeMap<String, Secret<Vec<u8>>>,
    /// The person accepted the offer to strip white space around single lines.
    pub strip: bool,
}

impl Submitted {
    /// Obviously fake content, for the types' samples.
    pub(super) fn sample(variant: &str, plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variant: variant.to_owned(),
            plain: plain.iter().map(owned).collect(),
            secret: secret
                .iter()
                .map(owned)
                .map(|(name, value)| (name, Secret::new(value.into_bytes())))
                .collect(),
            strip: false,
        }
    }
}

/// What a check has to know beside the submission.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The present.
    pub now: Timestamp,
    /// Hosts of private deployments of chat systems, which a group bot's address may name beside the vendor's own.
    pub private_hosts: &'a [String],
}

impl Surroundings<'_> {
    /// That moment, where nobody has a private deployment.
    pub fn at(now: Timestamp) -> Self {
        Self { now, private_hosts: &[] }
    }
}

/// What a rotation keeps of the current version. [`Kept::nothing`] for a new credential.
///
/// Only meaningful while the variant stays the same; the kept values themselves are not known here.
pub struct Kept<'a> {
    /// The secret fields whose sealed values stay, unless a new one was submitted.
    pub secret: &'a [&'a str],
    /// The plain fields of the current version; what was derived from a kept field is taken over.
    pub plain: &'a BTreeMap<String, String>,
    /// When the current version's content expires.
    pub content_expires_at: Option<Timestamp>,
}

impl Kept<'_> {
    /// Nothing is kept: a new credential, or one whose content is replaced as a whole.
    pub fn nothing() -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Self { secret: &[], plain: &NONE, content_expires_at: None }
    }
}

/// Content that passed every rule.
pub struct Content {
    /// Its type.
    pub credential_type: &'static CredentialType,
    /// Its variant's id.
    pub variant: &'static str,
    /// Plain fields that have a value, derived facts included.
    pub plain: BTreeMap<String, String>,
    /// The secret fields that were submitted; kept ones are not here.
    pub secret: BTreeMap<&'static str, Secret<Vec<u8>>>,
    /// What looks unusual and is accepted all the same.
    pub warnings: Vec<Warning>,
    /// When the content itself says that it expires.
    pub content_expires_at: Option<Timestamp>,
}

/// Why a field was refused. Never holds anything that was submitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// The field's name; empty when the submission as a whole is meant.
    pub field: &'static str,
    /// The message's id.
    pub message: &'static str,
    /// The message's arguments.
    pub args: Vec<(&'static str, String)>,
    /// Stripping white space would help: offer it.
    pub strip_helps: bool,
}

impl FieldError {
    pub(super) fn new(field: &'static str, message: &'static str) -> Self {
        Self { field, message, args: Vec::new(), strip_helps: false }
    }
}

/// What looks unusual. Never holds anything that was submitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// The field's name.
    pub field: &'static str,
    /// The message's id.
    pub message: &'static str,
    /// The message's arguments.
    pub args: Vec<(&'static str, String)>,
}
