//! Alibaba Cloud: an access key, or the temporary key of a role with its security token.

mod probe;
mod sign;

use serde::Serialize;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Opened, Submitted, Undeliverable, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "alibaba-cloud",
    group: Group::CloudService,
    icon: "cloud",
    variants: &[Variant {
        id: "default",
        summary: &["access_key_id", "region"],
        probe: probe::probe,
        post: None,
        fields: FIELDS,
    }],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
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
const POLICY: Copyable = Copyable { file_name: "voucher-policy.json", text: include_str!("ram-policy.json") };

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

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{Kept, Surroundings};

    const ID: (&str, &str) = ("access_key_id", "LTAI5tSampleOfVoucher001");
    const SECRET: (&str, &str) = ("access_key_secret", "SampleSecretThatOpensNothing01");

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
        let sts = ("access_key_id", "STS.NUsampleOfVoucher01");
        let token = ("security_token", "CAIS+sample/token==");
        for (plain, secret, wanted) in [
            (&[ID][..], &[SECRET][..], &[][..]),
            (&[("access_key_id", "LTAI5t")], &[SECRET], &["check-access-key-id"]),
            (&[("access_key_id", "LTAI5t sample of 1")], &[SECRET], &["check-access-key-id"]),
            (&[("access_key_id", "AKIDsampleofanother1")], &[SECRET], &["unusual-alibaba-access-key-id"]),
            (&[("access_key_id", "LTAI5tSampleOf-Voucher01")], &[SECRET], &["unusual-alibaba-access-key-id"]),
            (&[ID], &[("access_key_secret", "a b")], &["check-key-characters"]),
            (&[ID], &[("access_key_secret", "密钥")], &["check-key-characters"]),
            (&[ID], &[("access_key_secret", "short")], &["unusual-alibaba-access-key-secret"]),
            (&[ID], &[SECRET, token], &["unusual-alibaba-security-token"]),
            (&[sts], &[SECRET], &["check-alibaba-security-token"]),
            (&[sts], &[SECRET, token], &["unusual-alibaba-temporary"]),
            (&[ID, ("region", "cn-hangzhou")], &[SECRET], &[]),
            (&[ID, ("region", "cn hangzhou")], &[SECRET], &["check-region"]),
            (&[ID, ("endpoint", "sts-vpc.cn-hangzhou.aliyuncs.com")], &[SECRET], &[]),
            (&[ID, ("endpoint", "https://sts.aliyuncs.com")], &[SECRET], &["check-alibaba-endpoint"]),
            (&[ID, ("endpoint", "sts.aliyuncs.com.evil.example")], &[SECRET], &["check-alibaba-endpoint"]),
            (&[ID, ("endpoint", "evil-aliyuncs.com")], &[SECRET], &["check-alibaba-endpoint"]),
            (&[ID, ("endpoint", "100.100.100.200")], &[SECRET], &["check-alibaba-endpoint"]),
        ] {
            assert_eq!(said(plain, secret, &Kept::nothing()), wanted, "{plain:?} {secret:?}");
        }
        let plain = BTreeMap::from([(sts.0.to_owned(), sts.1.to_owned())]);
        let kept = Kept {
            secret: &["access_key_secret", "security_token"],
            plain: &plain,
            content_expires_at: None,
        };
        assert_eq!(said(&[sts], &[], &kept), ["unusual-alibaba-temporary"]);
        assert_eq!(said(&[ID], &[], &kept), ["unusual-alibaba-security-token", "unusual-new-id-old-secret"]);
    }

    #[test]
    fn the_ids_and_secrets_of_the_vendors_own_examples_are_accepted() {
        let text = include_str!("../../../tests/data/providers/alibaba.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut seen = 0;
        for vector in vectors["vectors"].as_array().unwrap() {
            let of = |name: &str| vector["inputs"][name].as_str().filter(|value| !value.is_empty());
            // Below field rules: some vectors try the signer with blanks and umlauts.
            let (Some(id), Some(secret)) = (of("access_key_id"), of("access_key_secret")) else { continue };
            if id.len() < 10 || !rules::is_visible_ascii(secret) {
                continue;
            }
            let secrets =
                [Some((SECRET.0, secret)), of("security_token").map(|token| ("security_token", token))];
            let secrets: Vec<_> = secrets.into_iter().flatten().collect();
            let messages = said(&[(ID.0, id)], &secrets, &Kept::nothing());
            assert!(messages.iter().all(|message| message.starts_with("unusual-")), "{id}: {messages:?}");
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn the_policy_grants_the_six_permissions_and_no_more() {
        let policy: serde_json::Value = serde_json::from_str(POLICY.text).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let mut actions: Vec<&str> = statements
            .iter()
            .flat_map(|one| one["Action"].as_array().unwrap())
            .map(|one| one.as_str().unwrap())
            .collect();
        actions.sort_unstable();
        assert_eq!(
            actions,
            [
                "ecs:DescribeCloudAssistantStatus",
                "ecs:DescribeInstances",
                "ecs:DescribeInvocationResults",
                "ecs:DescribeInvocations",
                "ecs:InstallCloudAssistant",
                "ecs:InvokeCommand",
                "ecs:RebootInstance",
                "ecs:RebootInstances",
                "ecs:RunCommand",
            ]
        );
        assert!(statements.iter().all(|one| one["Effect"] == "Allow" && one["Resource"] != "*"));
    }

    #[test]
    fn the_configuration_file_has_the_mode_of_the_key() {
        let opened = |plain: &[(&str, &str)], secret: &[(&str, &str)]| {
            let Submitted { variant, plain, secret, .. } = Submitted::sample("default", plain, secret);
            let written = write(&Opened { credential_type: &TYPE, variant, plain, secret }).ok().unwrap();
            serde_json::from_slice::<serde_json::Value>(written.expose()).unwrap()
        };
        let config = opened(&[ID, ("region", "cn-hangzhou")], &[SECRET]);
        assert_eq!(
            config,
            serde_json::json!({"current": "default", "profiles": [{
                "name": "default", "mode": "AK", "access_key_id": ID.1, "access_key_secret": SECRET.1,
                "region_id": "cn-hangzhou", "output_format": "json", "language": "en"}]})
        );
        let config = opened(&[ID], &[SECRET, ("security_token", "t\"oken")]);
        let profile = &config["profiles"][0];
        assert_eq!((&profile["mode"], &profile["sts_token"]), (&"StsToken".into(), &"t\"oken".into()));
        assert_eq!(profile["region_id"], "");
    }
}
