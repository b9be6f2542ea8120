//! Feishu and Lark: a bot of a group chat, or an application.

use super::Submitted;
use super::field::Field;
use super::kinds::{CredentialType, Group, Variant};

pub(super) static TYPE: CredentialType = CredentialType {
    id: "feishu",
    group: Group::ImCommunication,
    icon: "message",
    variants: &[
        Variant {
            id: "bot",
            summary: &["host"],
            fields: &[Field::secret("webhook_url"), Field::derived("host", "webhook_url")],
        },
        Variant {
            id: "application",
            summary: &["app_id"],
            fields: &[Field::plain("app_id"), Field::secret("app_secret")],
        },
    ],
    guidance: &[],
    files: &[],
    rules: |_| {},
    inner: |_| Vec::new(),
    sample: |_| Submitted::default(),
};
