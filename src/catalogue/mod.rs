//! The catalogue: which credential types there are, and everything that is known about each.
//!
//! Every type is one file here that holds its fields and their rules, its summary, its deliveries, its guidance
//! and a sample; adding a type is that file, its name in the list below, and its messages. Forms, the list page, the
//! resolver and the demonstration enterprise use the catalogue; it knows nothing of them, of the database, of
//! requests or of pages. What a person reads is named by message ids derived from the ids here ([`messages`]).

mod bearer;
mod certificate;
mod check;
mod content;
mod field;
mod kinds;
mod kubeconfig;
pub mod messages;
mod opened;
mod rules;
mod yaml;

mod alibaba_cloud;
mod feishu;
mod kubernetes;
mod username_password;

pub use check::Draft;
pub use content::{Content, FieldError, Kept, Submitted, Warning};
pub use field::{Derived, Field, Input, Rule};
pub use kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
pub use opened::{Opened, Undeliverable};

// A new type is added here and in the `mod` lines above.
static ALL: &[&CredentialType] =
    &[&alibaba_cloud::TYPE, &feishu::TYPE, &kubernetes::TYPE, &username_password::TYPE];

/// Every credential type, in the order in which the console shows them.
pub fn all() -> &'static [&'static CredentialType] {
    ALL
}

/// The type of that id.
pub fn find(id: &str) -> Option<&'static CredentialType> {
    all().iter().find(|known| known.id == id).copied()
}
