//! Content as the resolver opened it, on its way into a delivery.

use std::collections::BTreeMap;

use super::kinds::{CredentialType, Variant};
use crate::secret::Secret;

/// The opened content of one version.
pub struct Opened {
    /// Its type.
    pub credential_type: &'static CredentialType,
    /// Its variant's id.
    pub variant: String,
    /// Plain fields by name, derived facts included.
    pub plain: BTreeMap<String, String>,
    /// Secret fields by name.
    pub secret: BTreeMap<String, Secret<Vec<u8>>>,
}

/// Why content has no delivery of the wanted form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Undeliverable {
    /// The type has no such file.
    #[error("this credential type has no such format")]
    NotOfThisType,
    /// The type is delivered as a file only.
    #[error("this credential type has no environment variables; ask for `{instead}`")]
    NoEnvironment {
        /// The format to ask for.
        instead: &'static str,
    },
    /// A value that dotenv readers would not read back alike.
    #[error("a value holds characters that dotenv readers do not agree on; ask for `{instead}`")]
    NotQuotable {
        /// The format to ask for.
        instead: &'static str,
    },
    /// An optional field is empty that this file is about.
    #[error("the credential's field `{field}` is empty, and without it this file would be of no use")]
    Lacks {
        /// The field's name.
        field: &'static str,
    },
    /// A value that the tool would not take as it is.
    #[error("a value {change}; ask for `{instead}`")]
    Altered {
        /// What the tool would do.
        change: Change,
        /// The format to ask for.
        instead: &'static str,
    },
    /// The stored content is not what the type says it is.
    #[error("the stored content cannot be delivered in this format")]
    Unfit,
}

/// What a tool does to a value instead of taking it as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It cuts blanks off both ends.
    Trimmed,
    /// It puts something else in place of `${…}`.
    Replaced,
    /// It takes `{…}` for something encrypted.
    Deciphered,
    /// It refuses the whole file because of a character that cannot be in one.
    Broken,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Trimmed => "begins or ends with a blank, which the tool cuts off",
            Self::Replaced => "holds ${…}, which the tool replaces",
            Self::Deciphered => "holds {…} that the tool takes for something encrypted",
            Self::Broken => "holds a character that cannot be in this kind of file",
        })
    }
}

impl Undeliverable {
    /// The stable name of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOfThisType => "format_not_of_this_type",
            Self::NoEnvironment { .. } => "no_environment",
            Self::NotQuotable { .. } => "not_quotable",
            Self::Lacks { .. } => "field_empty",
            Self::Altered { change: Change::Trimmed, .. } => "value_trimmed",
            Self::Altered { change: Change::Replaced, .. } => "value_replaced",
            Self::Altered { change: Change::Deciphered, .. } => "value_deciphered",
            Self::Altered { change: Change::Broken, .. } => "value_not_representable",
            Self::Unfit => "content_unfit",
        }
    }

    /// The format that can carry it.
    pub fn instead(self) -> Option<&'static str> {
        match self {
            Self::NoEnvironment { instead }
            | Self::NotQuotable { instead }
            | Self::Altered { instead, .. } => Some(instead),
            Self::NotOfThisType | Self::Lacks { .. } | Self::Unfit => None,
        }
    }
}

impl Opened {
    /// Its variant.
    pub fn kind(&self) -> Result<&'static Variant, Undeliverable> {
        self.credential_type.variant(&self.variant).ok_or(Undeliverable::Unfit)
    }

    /// The value of a field, plain or secret, when it has one.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Undeliverable> {
        match self.secret.get(name) {
            Some(value) => std::str::from_utf8(value.expose()).map(Some).map_err(|_| Undeliverable::Unfit),
            None => Ok(self.plain.get(name).map(String::as_str)),
        }
    }

    /// The value of a field that the type says is there.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, Undeliverable> {
        self.text(name)?.ok_or(Undeliverable::Unfit)
    }
}
