//! Tencent Cloud: an API key, or the temporary key of a role with its token.

mod probe;
mod sign;

use serde::Serialize;

use crate::catalogue::field::{Field, Rule};
use crate::catalogue::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Opened, Submitted, Undeliverable, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "tencent-cloud",
    group: Group::CloudService,
    icon: "cloud-lines",
    variants: &[Variant {
        id: "default",
        summary: &["secret_id", "region"],
        probe: probe::probe,
        post: None,
        fields: FIELDS,
    }],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Copy(POLICY), only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
    ],
    files: &[
        FileFormat {
            name: "tccli-credential",
            file_name: "default.credential",
            media_type: "application/json",
            write: write_credential,
        },
        FileFormat {
            name: "tccli-configure",
            file_name: "default.configure",
            media_type: "application/json",
            write: write_configure,
        },
    ],
    rules: check,
    inner: |_| Vec::new(),
    sample,
};

const FIELDS: &[Field] = &[
    Field {
        max_bytes: 128,
        rules: &[Rule::Must(|text| rules::is_word(text, b"_-", 10, 128), "check-tencent-secret-id")],
        placeholder: "AKID…",
        env: &["TENCENTCLOUD_SECRET_ID"],
        ..Field::plain("secret_id")
    },
    Field {
        max_bytes: 128,
        rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
        env: &["TENCENTCLOUD_SECRET_KEY"],
        ..Field::secret("secret_key")
    },
    Field {
        required: false,
        max_bytes: 8 * 1024,
        rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
        // The command line reads the first, Terraform's provider only the second.
        env: &["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"],
        ..Field::secret("token")
    },
    Field {
        required: false,
        max_bytes: 64,
        rules: &[Rule::Must(|text| rules::is_word(text, b"-", 2, 64), "check-region")],
        placeholder: "ap-guangzhou",
        env: &["TENCENTCLOUD_REGION"],
        ..Field::plain("region")
    },
];

/// What the permissions of the guidance come to, without any others.
const POLICY: Copyable = Copyable { file_name: "voucher-policy.json", text: include_str!("cam-policy.json") };

/// Keys of the mainland's site begin with the first, those of the international one with the second.
fn is_usual_id(text: &str) -> bool {
    let rest = text.strip_prefix("AKID").or_else(|| text.strip_prefix("IKID"));
    rest.is_some_and(|rest| rules::is_alphanumeric(rest, 32, 32))
}

fn check(draft: &mut Draft<'_>) {
    // Temporary keys look as they like and come with a token; only lasting ones have a usual look.
    if draft.secret("token").is_some() || draft.is_kept("token") {
        draft.warn("token", "unusual-tencent-temporary");
    } else {
        if draft.plain("secret_id").is_some_and(|id| !is_usual_id(id)) {
            draft.warn("secret_id", "unusual-tencent-secret-id");
        }
        if draft.secret("secret_key").is_some_and(|key| !rules::is_alphanumeric(key, 32, 32)) {
            draft.warn("secret_key", "unusual-tencent-secret-key");
        }
    }
    draft.warn_of_new_id("secret_id", "secret_key");
}

/// `~/.tccli/default.credential` of the tccli command line.
fn write_credential(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Credential<'o> {
        secret_id: &'o str,
        secret_key: &'o str,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'o str>,
    }
    let credential = Credential {
        secret_id: opened.needed("secret_id")?,
        secret_key: opened.needed("secret_key")?,
        token: opened.text("token")?,
    };
    serde_json::to_vec_pretty(&credential).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}

/// `~/.tccli/default.configure` beside it. tccli stops at such a file without a region, and makes one up when there is
/// no such file, so there is none without a region.
fn write_configure(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    struct Configure<'o> {
        #[serde(rename = "_sys_param")]
        sys_param: SysParam<'o>,
    }
    #[derive(Serialize)]
    struct SysParam<'o> {
        region: &'o str,
        output: &'o str,
    }
    let region = opened.text("region")?.ok_or(Undeliverable::Lacks { field: "region" })?;
    let configure = Configure { sys_param: SysParam { region, output: "json" } };
    serde_json::to_vec_pretty(&configure).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}

fn sample(variant: &str) -> Submitted {
    Submitted::sample(
        variant,
        &[("secret_id", "AKIDsampleOfVoucherThatOpensNothing0"), ("region", "ap-guangzhou")],
        &[("secret_key", "SampleSecretKeyThatOpensNothing0")],
    )
}

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{Kept, Surroundings};

    const ID: (&str, &str) = ("secret_id", "AKIDsampleOfVoucherThatOpensNothing0");
    const KEY: (&str, &str) = ("secret_key", "SampleSecretKeyThatOpensNothing0");

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
        let token = ("token", "sample+token/of==a-role");
        for (plain, secret, wanted) in [
            (&[ID][..], &[KEY][..], &[][..]),
            (&[("secret_id", "IKIDsampleOfVoucherThatOpensNothing0")], &[KEY], &[]),
            (&[("secret_id", "AKID12345")], &[KEY], &["check-tencent-secret-id"]),
            (&[("secret_id", "AKIDsample.OfVoucher")], &[KEY], &["check-tencent-secret-id"]),
            (&[("secret_id", "AKIDsample OfVoucher")], &[KEY], &["check-tencent-secret-id"]),
            (&[("secret_id", "AKIDsampleOfVoucher")], &[KEY], &["unusual-tencent-secret-id"]),
            (&[("secret_id", "LTAI5tSampleOfVoucher001")], &[KEY], &["unusual-tencent-secret-id"]),
            (&[ID], &[("secret_key", "a b")], &["check-key-characters"]),
            (&[ID], &[("secret_key", "密钥")], &["check-key-characters"]),
            (&[ID], &[("secret_key", "short")], &["unusual-tencent-secret-key"]),
            (&[ID], &[], &["check-required"]),
            (
                &[("secret_id", "AKIDtemporary_-key")],
                &[("secret_key", "k="), token],
                &["unusual-tencent-temporary"],
            ),
            (&[ID], &[KEY, ("token", "a b")], &["check-key-characters"]),
            (&[ID, ("region", "ap-guangzhou")], &[KEY], &[]),
            (&[ID, ("region", "ap guangzhou")], &[KEY], &["check-region"]),
            (&[ID, ("region", "a.evil.example/")], &[KEY], &["check-region"]),
        ] {
            assert_eq!(said(plain, secret, &Kept::nothing()), wanted, "{plain:?} {secret:?}");
        }
        let plain = BTreeMap::from([("secret_id".to_owned(), "AKIDbefore1".to_owned())]);
        let kept = Kept { secret: &["secret_key", "token"], plain: &plain, content_expires_at: None };
        assert_eq!(said(&[ID], &[], &kept), ["unusual-tencent-temporary", "unusual-new-id-old-secret"]);
    }

    #[test]
    fn the_keys_of_the_recorded_requests_are_accepted() {
        let text = include_str!("../../../tests/data/providers/tencent.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut seen = 0;
        for inputs in vectors["vectors"].as_array().unwrap().iter().map(|vector| &vector["inputs"]) {
            let of = |name: &str| inputs[name].as_str().filter(|value| rules::is_visible_ascii(value));
            let (Some(id), Some(key)) = (of("secret_id"), of("secret_key")) else { continue };
            let secrets = [Some((KEY.0, key)), of("token").map(|token| ("token", token))];
            let secrets: Vec<_> = secrets.into_iter().flatten().collect();
            let messages = said(&[(ID.0, id)], &secrets, &Kept::nothing());
            assert!(messages.iter().all(|message| message.starts_with("unusual-")), "{id}: {messages:?}");
            seen += 1;
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn the_policy_grants_what_the_guidance_says_and_no_more() {
        let policy: serde_json::Value = serde_json::from_str(POLICY.text).unwrap();
        let statements = policy["statement"].as_array().unwrap();
        let actions: Vec<&str> = statements
            .iter()
            .flat_map(|one| one["action"].as_array().unwrap())
            .map(|one| one.as_str().unwrap())
            .collect();
        assert_eq!(
            actions,
            [
                "cvm:DescribeInstances",
                "tat:DescribeAutomationAgentStatus",
                "tat:DescribeInvocations",
                "tat:DescribeInvocationTasks",
                "tat:RunCommand",
            ]
        );
        assert!(statements.iter().all(|one| one["effect"] == "allow"));
        for language in ["en", "zh-CN"] {
            let path = format!(
                "{}/templates/language/{language}/catalogue-tencent-cloud.ftl",
                env!("CARGO_MANIFEST_DIR")
            );
            let guidance = std::fs::read_to_string(path).unwrap();
            assert!(actions.iter().all(|action| guidance.contains(action)), "{language}");
        }
    }

    #[test]
    fn the_files_are_what_tccli_reads() {
        let opened = |plain: &[(&str, &str)], secret: &[(&str, &str)]| {
            let Submitted { variant, plain, secret, .. } = Submitted::sample("default", plain, secret);
            Opened { credential_type: &TYPE, variant, plain, secret }
        };
        let json = |written: Result<Secret<Vec<u8>>, Undeliverable>| {
            written.map(|file| serde_json::from_slice::<serde_json::Value>(file.expose()).unwrap())
        };
        let lasting = opened(&[ID, ("region", "ap-shanghai")], &[KEY]);
        assert_eq!(
            json(write_credential(&lasting)),
            Ok(serde_json::json!({"secretId": ID.1, "secretKey": KEY.1}))
        );
        assert_eq!(
            json(write_configure(&lasting)),
            Ok(serde_json::json!({"_sys_param": {"region": "ap-shanghai", "output": "json"}}))
        );
        let temporary = opened(&[ID], &[KEY, ("token", "t\"oken")]);
        assert_eq!(
            json(write_credential(&temporary)),
            Ok(serde_json::json!({"secretId": ID.1, "secretKey": KEY.1, "token": "t\"oken"}))
        );
        assert_eq!(json(write_configure(&temporary)), Err(Undeliverable::Lacks { field: "region" }));
    }
}
