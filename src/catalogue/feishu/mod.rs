//! Feishu, and Lark as it is called outside of China: a custom bot of a group chat, or an application.

mod probe;
mod sign;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::webhook::{self, Webhook};
use crate::catalogue::{Draft, Submitted, rules};

/// Where the site in China is asked, and where the other one is.
const FEISHU: &str = "open.feishu.cn";
const LARK: &str = "open.larksuite.com";

/// What stands between the host and the token of a bot's address.
const HOOK: &str = "/open-apis/bot/v2/hook/";

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "feishu",
    group: Group::ImCommunication,
    icon: "message-chatbot",
    variants: &[
        Variant {
            id: "bot",
            summary: &["host"],
            probe: probe::bot,
            post: Some(probe::post),
            fields: &[
                Field {
                    input: Input::Url,
                    max_bytes: 512,
                    rules: &[
                        Rule::Must(|text| hook(text).is_some(), "check-feishu-webhook"),
                        Rule::Usual(
                            |text| hook(text).is_some_and(|hook| rules::is_word(hook.token, b"-", 20, 50)),
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
            probe: probe::application,
            post: None,
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
    inner: |opened| webhook::inner(opened, HOOK),
    sample,
};

fn is_usual_app_id(text: &str) -> bool {
    text.strip_prefix("cli_").is_some_and(|rest| rules::is_alphanumeric(rest, 16, 64))
}

fn hook(text: &str) -> Option<Webhook<'_>> {
    Webhook::parse(text, HOOK)
}

fn check(draft: &mut Draft<'_>) {
    webhook::check_host(draft, HOOK, &[FEISHU, LARK], "check-feishu-webhook");
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
    use crate::catalogue::{Kept, Surroundings};

    fn said(submitted: Submitted) -> Vec<&'static str> {
        match TYPE.check(
            submitted,
            &Kept::nothing(),
            Surroundings::at("2026-11-23T00:00:00Z".parse().unwrap()),
        ) {
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
    fn a_private_deployment_is_accepted_where_the_settings_name_its_host() {
        let hosts = ["open.feishu.acme.example".to_owned()];
        let check = |url: &str| {
            let at = Surroundings { private_hosts: &hosts, ..Surroundings::at(jiff::Timestamp::UNIX_EPOCH) };
            let submitted = Submitted::sample("bot", &[], &[("webhook_url", url)]);
            let content = TYPE.check(submitted, &Kept::nothing(), at);
            content.map(|content| content.plain["host"].clone()).map_err(|errors| errors[0].message)
        };
        const PATH: &str = "/open-apis/bot/v2/hook/00000000-5a3b-4e00-8000-0000005a3b1e";
        let own = Ok("open.feishu.acme.example".to_owned());
        for (origin, wanted) in [
            ("https://open.feishu.acme.example", own.clone()),
            ("https://Open.Feishu.Acme.example", own),
            ("https://open.feishu.cn", Ok("open.feishu.cn".to_owned())),
            ("http://open.feishu.acme.example", Err("check-feishu-webhook")),
            ("https://open.feishu.acme.example:8443", Err("check-feishu-webhook")),
            ("https://acme.example", Err("check-feishu-webhook")),
            ("https://x.open.feishu.acme.example", Err("check-feishu-webhook")),
        ] {
            assert_eq!(check(&format!("{origin}{PATH}")), wanted, "{origin}");
        }
    }

    #[test]
    fn the_host_is_shown_and_the_id_behind_it_is_hidden_in_logs() {
        let content = TYPE
            .check(sample("bot"), &Kept::nothing(), Surroundings::at(jiff::Timestamp::UNIX_EPOCH))
            .ok()
            .unwrap();
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
        let content = TYPE
            .check(sample("application"), &Kept::nothing(), Surroundings::at(jiff::Timestamp::UNIX_EPOCH))
            .ok()
            .unwrap();
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
