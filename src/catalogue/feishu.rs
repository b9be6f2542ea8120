//! Feishu, and Lark as it is called outside of China: a custom bot of a group chat, or an application.

use url::Url;

use super::field::{Field, Input, Rule};
use super::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use super::{Draft, Submitted, rules};
use crate::secret::Secret;

pub(super) static TYPE: CredentialType = CredentialType {
    id: "feishu",
    group: Group::ImCommunication,
    icon: "message-chatbot",
    variants: &[
        Variant {
            id: "bot",
            summary: &["host"],
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
