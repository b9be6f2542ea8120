//! Alibaba Cloud: an access key, or the temporary key of a role with its security token.

use super::Submitted;
use super::field::Field;
use super::kinds::{CredentialType, Group, Variant};

pub(super) static TYPE: CredentialType = CredentialType {
    id: "alibaba-cloud",
    group: Group::CloudService,
    icon: "cloud",
    variants: &[Variant { id: "default", summary: &["access_key_id", "region"], fields: FIELDS }],
    guidance: &[],
    files: &[],
    rules: |_| {},
    inner: |_| Vec::new(),
    sample: |_| Submitted::default(),
};

const FIELDS: &[Field] = &[
    Field { max_bytes: 128, env: &["ALIBABA_CLOUD_ACCESS_KEY_ID"], ..Field::plain("access_key_id") },
    Field { max_bytes: 128, env: &["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], ..Field::secret("access_key_secret") },
];
