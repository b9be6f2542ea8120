//! A username and a password for anything that has no type of its own.

use super::Submitted;
use super::field::Field;
use super::kinds::{CredentialType, Group, Variant};

pub(super) static TYPE: CredentialType = CredentialType {
    id: "username-password",
    group: Group::Others,
    icon: "key",
    variants: &[Variant {
        id: "default",
        summary: &["username"],
        fields: &[
            Field { env: &["VOUCHER_USERNAME"], ..Field::plain("username") },
            Field { env: &["VOUCHER_PASSWORD"], max_bytes: 4096, ..Field::secret("password") },
        ],
    }],
    guidance: &[],
    files: &[],
    rules: |_| {},
    inner: |_| Vec::new(),
    sample: |_| Submitted::default(),
};
