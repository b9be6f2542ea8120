//! Feishu, and Lark as it is called outside of China: a custom bot of a group chat, or an application.

use url::Url;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::finding::uncheckable;
use crate::catalogue::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Submitted, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "feishu",
    group: Group::ImCommunication,
    icon: "message-chatbot",
    variants: &[
        Variant {
            id: "bot",
            summary: &["host"],
            probe: uncheckable,
            test_message: None,
            fields: &[
                Field {
                    input: Input::Url,
                    max_bytes: 512,
                    rules: &[
                        Rule::Must(|text| hook(text).is_some(), "check-feishu-webhook"),
                        Rule::Usual(
                            |text| hook(text).is_some_and(|(_, id)| rules::is_word(&id, b"-", 20, 50)),
                            "unusual-feishu-webhook",
                        ),
                    ],
                    placeholder: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
                    env: &["FEISHU_WEBHOOK_URL"],
                    ..Field::secret("webhook_url")
                },
                Field { required: false, env: &["FEISHU_SECRET"], ..Field::secret("sign_secret") },
                Field::derived("host", "webhook_url"),
            ],
        },
        Variant {
            id: "application",
            summary: &["app_id", "site"],
            probe: uncheckable,
            test_message: None,
            fields: &[
                Field {
                    max_bytes: 128,
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(is_usual_app_id, "unusual-feishu-app-id"),
                    ],
                    placeholder: "cli_…",
                    env: &["LARK_APP_ID"],
                    ..Field::plain("app_id")
                },
                Field {
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(|text| rules::is_alphanumeric(text, 32, 32), "unusual-feishu-app-secret"),
                    ],
                    env: &["LARK_APP_SECRET"],
                    ..Field::secret("app_secret")
                },
                Field { input: Input::Choice(&["feishu", "lark"]), ..Field::plain("site") },
            ],
        },
    ],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: Some("bot") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("bot") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("bot") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("application") },
    ],
    files: &[],
    rules: check,
    inner: |opened| match opened.text("webhook_url") {
        Ok(Some(url)) => hook(url).map(|(_, id)| Secret::new(id.into_bytes())).into_iter().collect(),
        _ => Vec::new(),
    },
    sample,
};

fn is_usual_app_id(text: &str) -> bool {
    text.strip_prefix("cli_").is_some_and(|rest| rules::is_alphanumeric(rest, 16, 64))
}

/// The host of a bot's address and the id behind it, which is what makes the address a secret.
fn hook(text: &str) -> Option<(String, String)> {
    let url: Url = rules::address(text, &["https"])?;
    let host = url.host_str().filter(|host| matches!(*host, "open.feishu.cn" | "open.larksuite.com"))?;
    let bare = url.port().is_none() && url.query().is_none() && url.fragment().is_none();
    let id = url.path().strip_prefix("/open-apis/bot/v2/hook/")?;
    (bare && rules::is_word(id, b"-", 1, 256)).then(|| (host.to_owned(), id.to_owned()))
}

fn check(draft: &mut Draft<'_>) {
    if let Some((host, _)) = draft.secret("webhook_url").and_then(hook) {
        draft.derive("host", &host);
    }
    draft.warn_of_new_id("app_id", "app_secret");
}

fn sample(variant: &str) -> Submitted {
    match variant {
        "application" => Submitted::sample(
            variant,
            &[("app_id", "cli_a1sampleofvoucher01")],
            &[("app_secret", "SampleSecretThatOpensNothing0001")],
        ),
        _ => Submitted::sample(
            variant,
            &[],
            &[
                (
                    "webhook_url",
                    "https://open.feishu.cn/open-apis/bot/v2/hook/00000000-5a3b-4e00-8000-0000005a3b1e",
                ),
                ("sign_secret", "SampleSignKey00000001"),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Kept;

    fn said(submitted: Submitted) -> Vec<&'static str> {
        match TYPE.check(submitted, &Kept::nothing(), "2026-11-23T00:00:00Z".parse().unwrap()) {
            Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
            Err(errors) => errors.iter().map(|error| error.message).collect(),
        }
    }

    #[test]
    fn only_addresses_of_feishu_and_lark_bots_are_accepted() {
        const ID: &str = "00000000-5a3b-4e00-8000-0000005a3b1e";
        let refused: &[&str] = &["check-feishu-webhook"];
        for (url, wanted) in [
            (format!("https://open.feishu.cn/open-apis/bot/v2/hook/{ID}"), &[][..]),
            (format!("https://open.larksuite.com/open-apis/bot/v2/hook/{ID}"), &[]),
            ("https://open.feishu.cn/open-apis/bot/v2/hook/abc".into(), &["unusual-feishu-webhook"]),
            (format!("http://open.feishu.cn/open-apis/bot/v2/hook/{ID}"), refused),
            (format!("https://open.feishu.cn:8443/open-apis/bot/v2/hook/{ID}"), refused),
            (format!("https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/{ID}"), refused),
            (format!("https://evil.example/open-apis/bot/v2/hook/{ID}"), refused),
            (format!("https://open.feishu.cn@evil.example/open-apis/bot/v2/hook/{ID}"), refused),
            (format!("https://open.feishu.cn/open-apis/bot/hook/{ID}"), refused),
            (format!("https://open.feishu.cn/open-apis/bot/v2/hook/{ID}?a=b"), refused),
            (format!("https://open.feishu.cn/open-apis/bot/v2/hook/{ID}/.."), refused),
            (format!("https://open.feishu.cn/open-apis/bot/v2/hook/x/{ID}"), refused),
            (format!("open.feishu.cn/open-apis/bot/v2/hook/{ID}"), refused),
            ("https://open.feishu.cn/open-apis/bot/v2/hook/".into(), refused),
            (ID.into(), refused),
        ] {
            assert_eq!(said(Submitted::sample("bot", &[], &[("webhook_url", &url)])), wanted, "{url}");
        }
    }

    #[test]
    fn the_host_is_shown_and_the_id_behind_it_is_hidden_in_logs() {
        let content = TYPE.check(sample("bot"), &Kept::nothing(), jiff::Timestamp::UNIX_EPOCH).ok().unwrap();
        assert_eq!(content.plain["host"], "open.feishu.cn");
        assert_eq!(TYPE.summary("bot", &content.plain), "open.feishu.cn");
        let Submitted { variant, plain, secret, .. } = sample("bot");
        let inner =
            (TYPE.inner)(&crate::catalogue::Opened { credential_type: &TYPE, variant, plain, secret });
        assert_eq!(
            inner.first().map(|id| id.expose().as_slice()),
            Some(&b"00000000-5a3b-4e00-8000-0000005a3b1e"[..])
        );
    }

    #[test]
    fn an_application_is_of_one_of_two_sites() {
        let app = |plain: &[(&str, &str)], secret: &str| {
            said(Submitted::sample("application", plain, &[("app_secret", secret)]))
        };
        const ID: (&str, &str) = ("app_id", "cli_a1sampleofvoucher01");
        const SECRET: &str = "SampleSecretThatOpensNothing0001";
        assert_eq!(app(&[ID, ("site", "lark")], SECRET), [""; 0]);
        assert_eq!(app(&[ID, ("site", "other")], SECRET), ["check-choice"]);
        assert_eq!(app(&[("app_id", "a1")], SECRET), ["unusual-feishu-app-id"]);
        assert_eq!(app(&[("app_id", "a 1")], SECRET), ["check-key-characters"]);
        assert_eq!(app(&[ID], "short"), ["unusual-feishu-app-secret"]);
        let content =
            TYPE.check(sample("application"), &Kept::nothing(), jiff::Timestamp::UNIX_EPOCH).ok().unwrap();
        assert_eq!(content.plain["site"], "feishu");
    }

    #[test]
    fn the_applications_and_keys_of_the_recorded_examples_are_accepted() {
        let text = include_str!("../../../tests/data/providers/feishu.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut seen = 0;
        for inputs in vectors["vectors"].as_array().unwrap().iter().map(|vector| &vector["inputs"]) {
            let of = |name: &str| inputs[name].as_str().filter(|value| rules::is_visible_ascii(value));
            if let (Some(id), Some(secret)) = (of("app_id"), of("app_secret")) {
                let messages =
                    said(Submitted::sample("application", &[("app_id", id)], &[("app_secret", secret)]));
                assert!(messages.iter().all(|message| message.starts_with("unusual-")), "{id}: {messages:?}");
                seen += 1;
            }
        }
        assert!(seen > 2, "{seen}");
    }
}
