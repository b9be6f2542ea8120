//! DingTalk: a custom bot of a group chat, or an application of the enterprise.

mod probe;
mod sign;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::webhook::{self, Webhook};
use crate::catalogue::{Draft, Submitted, rules};

/// Where bots are asked, and where applications are.
const BOTS: &str = "oapi.dingtalk.com";
const APPLICATIONS: &str = "api.dingtalk.com";

/// What stands between the host and the token of a bot's address.
const HOOK: &str = "/robot/send?access_token=";

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "dingtalk",
    group: Group::ImCommunication,
    icon: "message-notice",
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
                        Rule::Must(|text| hook(text).is_some(), "check-dingtalk-webhook"),
                        Rule::Usual(
                            |text| hook(text).is_some_and(|hook| is_lower_hex(hook.token, 64)),
                            "unusual-dingtalk-webhook",
                        ),
                    ],
                    placeholder: "https://oapi.dingtalk.com/robot/send?access_token=…",
                    env: &["DINGTALK_WEBHOOK"],
                    ..Field::secret("webhook_url")
                },
                Field {
                    required: false,
                    rules: &[Rule::Usual(is_usual_signing_key, "unusual-dingtalk-sign-secret")],
                    placeholder: "SEC…",
                    env: &["DINGTALK_SECRET"],
                    ..Field::secret("sign_secret")
                },
                Field::derived("host", "webhook_url"),
            ],
        },
        Variant {
            id: "application",
            summary: &["app_key"],
            probe: probe::application,
            post: None,
            fields: &[
                Field {
                    max_bytes: 128,
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(is_usual_app_key, "unusual-dingtalk-app-key"),
                    ],
                    placeholder: "ding…",
                    // DingTalk itself renamed the key to client ID; tools follow at their own pace.
                    env: &["DINGTALK_APP_KEY", "DINGTALK_CLIENT_ID"],
                    ..Field::plain("app_key")
                },
                Field {
                    rules: &[Rule::Must(rules::is_visible_ascii, "check-key-characters")],
                    env: &["DINGTALK_APP_SECRET", "DINGTALK_CLIENT_SECRET"],
                    ..Field::secret("app_secret")
                },
                Field {
                    required: false,
                    max_bytes: 20,
                    rules: &[Rule::Must(rules::is_number, "check-agent-id")],
                    env: &["DINGTALK_AGENT_ID"],
                    ..Field::plain("agent_id")
                },
                Field {
                    required: false,
                    max_bytes: 128,
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(|text| text.starts_with("ding"), "unusual-dingtalk-corp-id"),
                    ],
                    placeholder: "ding…",
                    env: &["DINGTALK_CORP_ID"],
                    ..Field::plain("corp_id")
                },
            ],
        },
    ],
    guidance: &[
        Guidance { form: GuidanceForm::Item, only: Some("bot") },
        Guidance { form: GuidanceForm::Item, only: Some("bot") },
        Guidance { form: GuidanceForm::Item, only: Some("bot") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("bot") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("bot") },
        Guidance { form: GuidanceForm::Item, only: Some("application") },
        Guidance { form: GuidanceForm::Item, only: Some("application") },
        Guidance { form: GuidanceForm::Item, only: Some("application") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("application") },
    ],
    files: &[],
    rules: check,
    inner: |opened| webhook::inner(opened, HOOK),
    sample,
};

fn hook(text: &str) -> Option<Webhook<'_>> {
    Webhook::parse(text, HOOK)
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_usual_signing_key(text: &str) -> bool {
    text.strip_prefix("SEC").is_some_and(|rest| is_lower_hex(rest, 64))
}

fn is_usual_app_key(text: &str) -> bool {
    text.strip_prefix("ding").is_some_and(|rest| {
        (12..=20).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn check(draft: &mut Draft<'_>) {
    webhook::check_host(draft, HOOK, &[BOTS], "check-dingtalk-webhook");
    draft.warn_of_new_id("app_key", "app_secret");
}

fn sample(variant: &str) -> Submitted {
    match variant {
        "application" => Submitted::sample(
            variant,
            &[("app_key", "dingsampleofvoucher1"), ("agent_id", "1000000001"), ("corp_id", "dingsample")],
            &[("app_secret", "SampleSecretThatOpensNothing-DingTalk-0001")],
        ),
        _ => Submitted::sample(
            variant,
            &[],
            &[
                (
                    "webhook_url",
                    "https://oapi.dingtalk.com/robot/send?access_token=00000000000000000000000000000000000000000000000000000000005a3b1e",
                ),
                ("sign_secret", "SEC0000000000000000000000000000000000000000000000000000000000000001"),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Kept, Opened, Surroundings};

    fn said(submitted: Submitted) -> Vec<&'static str> {
        let hosts = ["oapi.dingtalk.acme.example".to_owned()];
        let at = Surroundings { private_hosts: &hosts, ..Surroundings::at(jiff::Timestamp::UNIX_EPOCH) };
        match TYPE.check(submitted, &Kept::nothing(), at) {
            Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
            Err(errors) => errors.iter().map(|error| error.message).collect(),
        }
    }

    #[test]
    fn only_addresses_of_dingtalk_bots_are_accepted() {
        const TOKEN: &str = "00000000000000000000000000000000000000000000000000000000005a3b1e";
        let refused: &[&str] = &["check-dingtalk-webhook"];
        for (url, wanted) in [
            (format!("https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"), &[][..]),
            (format!("https://oapi.dingtalk.acme.example/robot/send?access_token={TOKEN}"), &[]),
            ("https://oapi.dingtalk.com/robot/send?access_token=abc".into(), &["unusual-dingtalk-webhook"]),
            (format!("http://oapi.dingtalk.com/robot/send?access_token={TOKEN}"), refused),
            (format!("https://oapi.dingtalk.com:443/robot/send?access_token={TOKEN}"), refused),
            (format!("https://api.dingtalk.com/robot/send?access_token={TOKEN}"), refused),
            (format!("https://oapi.dingtalk.com.evil.example/robot/send?access_token={TOKEN}"), refused),
            (format!("https://oapi.dingtalk.com@evil.example/robot/send?access_token={TOKEN}"), refused),
            (
                format!("https://oapi.dingtalk.com/robot/send?access_token={TOKEN}&timestamp=1&sign=x"),
                refused,
            ),
            (format!("https://oapi.dingtalk.com/robot/send?access_token={TOKEN}#x"), refused),
            (format!("https://oapi.dingtalk.com/gettoken?access_token={TOKEN}"), refused),
            ("https://oapi.dingtalk.com/robot/send?access_token=".into(), refused),
            (TOKEN.into(), refused),
        ] {
            assert_eq!(said(Submitted::sample("bot", &[], &[("webhook_url", &url)])), wanted, "{url}");
        }
    }

    #[test]
    fn only_what_cannot_work_is_refused() {
        const KEY: (&str, &str) = ("app_key", "dingsampleofvoucher1");
        let app = |plain: &[(&str, &str)]| {
            said(Submitted::sample("application", plain, &[("app_secret", "any-Length_passes")]))
        };
        assert_eq!(app(&[KEY]), [""; 0]);
        assert_eq!(app(&[("app_key", "suite1")]), ["unusual-dingtalk-app-key"]);
        assert_eq!(app(&[("app_key", "ding 1")]), ["check-key-characters"]);
        assert_eq!(app(&[KEY, ("agent_id", "10a")]), ["check-agent-id"]);
        assert_eq!(app(&[KEY, ("corp_id", "ww123")]), ["unusual-dingtalk-corp-id"]);
        let usual = sample("bot").secret;
        let url = std::str::from_utf8(usual["webhook_url"].expose()).unwrap();
        let bot =
            |key: &str| said(Submitted::sample("bot", &[], &[("webhook_url", url), ("sign_secret", key)]));
        assert_eq!(bot("this is secret"), ["unusual-dingtalk-sign-secret"]);
    }

    #[test]
    fn a_new_address_with_the_key_of_the_old_one_is_remarked_upon() {
        let kept = Kept { secret: &["webhook_url", "sign_secret"], ..Kept::nothing() };
        let at = Surroundings::at(jiff::Timestamp::UNIX_EPOCH);
        let warnings = |taken: &[&str]| {
            let mut submitted = sample("bot");
            submitted.secret.retain(|name, _| taken.contains(&name.as_str()));
            let content = TYPE.check(submitted, &kept, at).ok().unwrap();
            content.warnings.iter().map(|warning| warning.message).collect::<Vec<_>>()
        };
        assert_eq!(warnings(&["webhook_url"]), ["unusual-new-webhook-old-key"]);
        assert_eq!(warnings(&["sign_secret"]), [""; 0]);
        assert_eq!(warnings(&["webhook_url", "sign_secret"]), [""; 0]);
    }

    #[test]
    fn the_token_within_the_address_is_hidden_on_its_own() {
        let submitted = sample("bot");
        let (plain, secret) = (submitted.plain, submitted.secret);
        let inner = (TYPE.inner)(&Opened { credential_type: &TYPE, variant: "bot".into(), plain, secret });
        let token = "00000000000000000000000000000000000000000000000000000000005a3b1e";
        assert_eq!(
            inner.iter().map(|token| token.expose().as_slice()).collect::<Vec<_>>(),
            [token.as_bytes()]
        );
    }
}
