//! Huawei Cloud: an access key, or temporary security credentials with their security token.

mod files;
mod probe;
mod refusal;
mod sign;

use crate::catalogue::field::{Field, Rule};
use crate::catalogue::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Submitted, rules};

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "huawei-cloud",
    group: Group::CloudService,
    icon: "cloud-server",
    variants: &[Variant {
        id: "default",
        summary: &["access_key", "region"],
        probe: probe::probe,
        post: None,
        fields: FIELDS,
    }],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Copy(POLICY), only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
    ],
    files: &[
        FileFormat {
            name: "huaweicloud-credentials",
            file_name: "credentials",
            media_type: "text/plain; charset=utf-8",
            write: files::credentials,
        },
        FileFormat {
            name: "hcloud-config",
            file_name: "config.json",
            media_type: "application/json",
            write: files::hcloud_config,
        },
    ],
    rules: check,
    inner: |_| Vec::new(),
    sample,
};

const FIELDS: &[Field] = &[
    Field {
        max_bytes: 128,
        rules: &[
            Rule::Must(|text| rules::is_alphanumeric(text, 10, 128), "check-huawei-access-key"),
            Rule::Usual(is_usual_access_key, "unusual-huawei-access-key"),
        ],
        // Terraform's provider reads the first, the SDKs the second; so on below.
        env: &["HW_ACCESS_KEY", "HUAWEICLOUD_SDK_AK"],
        ..Field::plain("access_key")
    },
    Field {
        max_bytes: 256,
        rules: &[
            Rule::Must(rules::is_visible_ascii, "check-key-characters"),
            Rule::Usual(|text| rules::is_alphanumeric(text, 40, 40), "unusual-huawei-secret-key"),
        ],
        env: &["HW_SECRET_KEY", "HUAWEICLOUD_SDK_SK"],
        ..Field::secret("secret_key")
    },
    Field {
        required: false,
        max_bytes: 16 * 1024,
        rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
        env: &["HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"],
        ..Field::secret("security_token")
    },
    Field {
        required: false,
        max_bytes: 64,
        rules: &[Rule::Must(|text| rules::is_word(text, b"-", 2, 64), "check-region")],
        placeholder: "cn-north-4",
        env: &["HW_REGION_NAME"],
        ..Field::plain("region")
    },
    Field { env: &["HUAWEICLOUD_SDK_PROJECT_ID"], ..id_of("project_id") },
    Field { env: &["HUAWEICLOUD_SDK_DOMAIN_ID"], ..id_of("domain_id") },
];

/// What the guidance's example allows, without anything else.
const POLICY: Copyable = Copyable { file_name: "voucher-policy.json", text: include_str!("iam-policy.json") };

/// An id of a project or an account.
const fn id_of(name: &'static str) -> Field {
    Field {
        required: false,
        max_bytes: 64,
        rules: &[
            Rule::Must(|text| rules::is_word(text, b"_-", 1, 64), "check-huawei-id"),
            Rule::Usual(is_usual_id, "unusual-huawei-id"),
        ],
        ..Field::plain(name)
    }
}

fn is_usual_access_key(text: &str) -> bool {
    rules::is_alphanumeric(text, 20, 20) && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn is_usual_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn check(draft: &mut Draft<'_>) {
    if draft.secret("security_token").is_some() || draft.is_kept("security_token") {
        draft.warn("security_token", "unusual-huawei-temporary");
    }
    draft.warn_of_new_id("access_key", "secret_key");
}

fn sample(variant: &str) -> Submitted {
    Submitted::sample(
        variant,
        &[("access_key", "VOUCHERSAMPLEKEY0001"), ("region", "cn-north-4")],
        &[("secret_key", "SampleSecretAccessKeyThatOpensNothing001")],
    )
}

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{Kept, Surroundings};

    const AK: (&str, &str) = ("access_key", "VOUCHERSAMPLEKEY0001");
    const SK: (&str, &str) = ("secret_key", "SampleSecretAccessKeyThatOpensNothing001");

    /// The messages of errors, or else of warnings.
    fn said(plain: &[(&str, &str)], secret: &[(&str, &str)], kept: &Kept<'_>) -> Vec<&'static str> {
        let submitted = Submitted::sample("default", plain, secret);
        match TYPE.check(submitted, kept, Surroundings::at("2026-11-23T00:00:00Z".parse().unwrap())) {
            Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
            Err(errors) => errors.iter().map(|error| error.message).collect(),
        }
    }

    #[test]
    fn what_cannot_work_is_refused_and_what_is_unusual_warned_about() {
        let token = ("security_token", "ggpjbi1ub3J0aC00+sample/token==");
        let id = "0123456789abcdef0123456789abcdef";
        for (plain, secret, wanted) in [
            (&[AK][..], &[SK][..], &[][..]),
            (&[("access_key", "SHORT1234")], &[SK], &["check-huawei-access-key"]),
            (&[("access_key", "VOUCHER-SAMPLEKEY001")], &[SK], &["check-huawei-access-key"]),
            (&[("access_key", "VOUCHER SAMPLEKEY001")], &[SK], &["check-huawei-access-key"]),
            (&[("access_key", "VOUCHERSAMPLEKEY001")], &[SK], &["unusual-huawei-access-key"]),
            (&[("access_key", "vouchersamplekey0001")], &[SK], &["unusual-huawei-access-key"]),
            (&[AK], &[("secret_key", "a b")], &["check-key-characters"]),
            (&[AK], &[("secret_key", "密钥")], &["check-key-characters"]),
            (&[AK], &[("secret_key", "short")], &["unusual-huawei-secret-key"]),
            (&[AK], &[], &["check-required"]),
            (&[AK], &[SK, token], &["unusual-huawei-temporary"]),
            (&[AK, ("region", "cn-north-4"), ("project_id", id), ("domain_id", id)], &[SK], &[]),
            (&[AK, ("region", "cn north")], &[SK], &["check-region"]),
            (&[AK, ("region", "a.evil.example/")], &[SK], &["check-region"]),
            (&[AK, ("project_id", "cn-north-4")], &[SK], &["unusual-huawei-id"]),
            (&[AK, ("domain_id", "my account")], &[SK], &["check-huawei-id"]),
        ] {
            assert_eq!(said(plain, secret, &Kept::nothing()), wanted, "{plain:?} {secret:?}");
        }
        let plain = BTreeMap::from([("access_key".to_owned(), "BEFORE0001".to_owned())]);
        let kept =
            Kept { secret: &["secret_key", "security_token"], plain: &plain, content_expires_at: None };
        assert_eq!(said(&[AK], &[], &kept), ["unusual-huawei-temporary", "unusual-new-id-old-secret"]);
    }

    #[test]
    fn the_keys_of_the_recorded_requests_are_accepted() {
        let text = include_str!("../../../tests/data/providers/huawei.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut seen = 0;
        for inputs in vectors["vectors"].as_array().unwrap().iter().map(|vector| &vector["inputs"]) {
            let of = |name: &str| inputs[name].as_str().filter(|value| rules::is_visible_ascii(value));
            let (Some(id), Some(key)) = (of("access_key"), of("secret_key")) else { continue };
            let secrets = [Some((SK.0, key)), of("security_token").map(|token| ("security_token", token))];
            let secrets: Vec<_> = secrets.into_iter().flatten().collect();
            let messages = said(&[(AK.0, id)], &secrets, &Kept::nothing());
            assert!(messages.iter().all(|message| message.starts_with("unusual-")), "{id}: {messages:?}");
            seen += 1;
        }
        assert!(seen > 8, "{seen}");
    }

    #[test]
    fn the_example_policy_allows_to_find_and_restart_servers_and_no_more() {
        let policy: serde_json::Value = serde_json::from_str(POLICY.text).unwrap();
        assert_eq!(
            policy,
            serde_json::json!({"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": [
                "ecs:cloudServers:list", "ecs:cloudServers:get", "ecs:cloudServers:reboot"]}]})
        );
    }
}
