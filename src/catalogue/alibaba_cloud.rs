//! Alibaba Cloud: an access key, or the temporary key of a role with its security token.

use serde::Serialize;

use super::field::{Field, Input, Rule};
use super::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use super::{Draft, Opened, Submitted, Undeliverable, rules};
use crate::secret::Secret;

pub(super) static TYPE: CredentialType = CredentialType {
    id: "alibaba-cloud",
    group: Group::CloudService,
    icon: "cloud",
    variants: &[Variant { id: "default", summary: &["access_key_id", "region"], fields: FIELDS }],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Copy(POLICY), only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
    ],
    files: &[FileFormat {
        name: "aliyun-config",
        file_name: "config.json",
        media_type: "application/json",
        write,
    }],
    rules: check,
    inner: |_| Vec::new(),
    sample,
};

const FIELDS: &[Field] = &[
    Field {
        max_bytes: 128,
        rules: &[
            Rule::Must(|text| rules::is_word(text, b"._-", 10, 128), "check-access-key-id"),
            Rule::Usual(is_usual_id, "unusual-alibaba-access-key-id"),
        ],
        placeholder: "LTAI…",
        env: &["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        ..Field::plain("access_key_id")
    },
    Field {
        max_bytes: 128,
        rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
        env: &["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        ..Field::secret("access_key_secret")
    },
    Field {
        required: false,
        max_bytes: 8 * 1024,
        rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
        // The CLI and the SDKs read the first, Terraform's provider only the second.
        env: &["ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN"],
        ..Field::secret("security_token")
    },
    Field {
        required: false,
        max_bytes: 64,
        rules: &[Rule::Must(|text| rules::is_word(text, b"-", 2, 64), "check-region")],
        placeholder: "cn-hangzhou",
        // The CLI reads the first, Terraform's provider the second.
        env: &["ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION"],
        ..Field::plain("region")
    },
    Field {
        required: false,
        input: Input::Line,
        max_bytes: 253,
        // Requests to it are signed with the key, so it may only be the vendor's.
        rules: &[Rule::Must(is_endpoint, "check-alibaba-endpoint")],
        placeholder: "sts.cn-hangzhou.aliyuncs.com",
        ..Field::plain("endpoint")
    },
];

/// What the six permissions of the guidance come to, without any others.
const POLICY: Copyable =
    Copyable { file_name: "voucher-policy.json", text: include_str!("alibaba-ram-policy.json") };

fn is_usual_id(text: &str) -> bool {
    let rest = text.strip_prefix("LTAI").map(|rest| rules::is_alphanumeric(rest, 12, 26));
    rest.unwrap_or_else(|| is_temporary(text))
}

/// Keys of a role that end after hours and come with a security token.
fn is_temporary(access_key_id: &str) -> bool {
    access_key_id.starts_with("STS.")
}

fn is_endpoint(text: &str) -> bool {
    rules::is_host_name(text) && text.ends_with(".aliyuncs.com")
}

fn check(draft: &mut Draft<'_>) {
    let temporary = draft.plain("access_key_id").is_some_and(is_temporary);
    let token = draft.secret("security_token").is_some() || draft.is_kept("security_token");
    match (temporary, token) {
        (true, false) => draft.refuse("security_token", "check-alibaba-security-token"),
        (true, true) => draft.warn("access_key_id", "unusual-alibaba-temporary"),
        (false, true) => draft.warn("security_token", "unusual-alibaba-security-token"),
        (false, false) => {}
    }
    if draft.secret("access_key_secret").is_some_and(|secret| !rules::is_alphanumeric(secret, 30, 30))
        && !temporary
    {
        draft.warn("access_key_secret", "unusual-alibaba-access-key-secret");
    }
    draft.warn_of_new_id("access_key_id", "access_key_secret");
}

/// `~/.aliyun/config.json` of the aliyun command line. A region that is not known stays empty: the command line
/// then takes it from its environment, where one written here would win.
fn write(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    struct Config<'o> {
        current: &'o str,
        profiles: [Profile<'o>; 1],
    }
    #[derive(Serialize)]
    struct Profile<'o> {
        name: &'o str,
        mode: &'o str,
        access_key_id: &'o str,
        access_key_secret: &'o str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sts_token: Option<&'o str>,
        region_id: &'o str,
        output_format: &'o str,
        language: &'o str,
    }
    let sts_token = opened.text("security_token")?;
    let profile = Profile {
        name: "default",
        mode: if sts_token.is_some() { "StsToken" } else { "AK" },
        access_key_id: opened.needed("access_key_id")?,
        access_key_secret: opened.needed("access_key_secret")?,
        sts_token,
        region_id: opened.text("region")?.unwrap_or_default(),
        output_format: "json",
        language: "en",
    };
    let config = Config { current: "default", profiles: [profile] };
    serde_json::to_vec_pretty(&config).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}

fn sample(variant: &str) -> Submitted {
    Submitted::sample(
        variant,
        &[("access_key_id", "LTAI5tSampleOfVoucher001"), ("region", "cn-hangzhou")],
        &[("access_key_secret", "SampleSecretThatOpensNothing01")],
    )
}
