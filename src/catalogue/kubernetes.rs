//! Kubernetes.

use super::Submitted;
use super::field::{Field, Input};
use super::kinds::{CredentialType, Group, Variant};

pub(super) static TYPE: CredentialType = CredentialType {
    id: "kubernetes",
    group: Group::Others,
    icon: "kubernetes",
    variants: &[Variant {
        id: "kubeconfig",
        summary: &["server", "context", "user"],
        fields: &[
            Field { input: Input::Multiline, max_bytes: 1 << 20, ..Field::secret("kubeconfig") },
            Field::derived("server", "kubeconfig"),
        ],
    }],
    guidance: &[],
    files: &[],
    rules: |_| {},
    inner: |_| Vec::new(),
    sample: |_| Submitted::default(),
};
