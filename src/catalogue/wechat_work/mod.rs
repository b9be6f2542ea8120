//! WeChat Work (企业微信): a bot of a group chat, or an application of the enterprise.

mod probe;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::webhook::{self, Webhook};
use crate::catalogue::{Draft, Submitted, rules};

/// Where bots and applications are asked.
const HOST: &str = "qyapi.weixin.qq.com";

/// What stands between the host and the key of a bot's address.
const HOOK: &str = "/cgi-bin/webhook/send?key=";

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "wechat-work",
    group: Group::ImCommunication,
    icon: "messages",
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
                        Rule::Must(|text| hook(text).is_some(), "check-wechat-work-webhook"),
                        Rule::Usual(
                            |text| hook(text).is_some_and(|hook| is_uuid(hook.token)),
                            "unusual-wechat-work-webhook",
                        ),
                    ],
                    placeholder: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
                    env: &["WECOM_WEBHOOK_URL"],
                    env_parts: &[("WECOM_WEBHOOK_KEY", key)],
                    ..Field::secret("webhook_url")
                },
                Field::derived("host", "webhook_url"),
            ],
        },
        Variant {
            id: "application",
            summary: &["corp_id", "agent_id"],
            probe: probe::application,
            post: None,
            fields: &[
                Field {
                    max_bytes: 128,
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(is_usual_corp_id, "unusual-wechat-work-corp-id"),
                    ],
                    placeholder: "ww…",
                    env: &["WECOM_CORP_ID"],
                    ..Field::plain("corp_id")
                },
                Field {
                    required: false,
                    max_bytes: 20,
                    rules: &[Rule::Must(rules::is_number, "check-agent-id")],
                    placeholder: "1000002",
                    env: &["WECOM_AGENT_ID"],
                    ..Field::plain("agent_id")
                },
                Field {
                    rules: &[
                        Rule::Must(rules::is_visible_ascii, "check-key-characters"),
                        Rule::Usual(
                            |text| rules::is_word(text, b"-_", 43, 43),
                            "unusual-wechat-work-corp-secret",
                        ),
                    ],
                    env: &["WECOM_CORP_SECRET"],
                    ..Field::secret("corp_secret")
                },
            ],
        },
    ],
    guidance: &[
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

/// The key alone, which is what some tools want instead of the address.
fn key(text: &str) -> Option<&str> {
    hook(text).map(|hook| hook.token)
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_usual_corp_id(text: &str) -> bool {
    text.strip_prefix("ww").or_else(|| text.strip_prefix("wx")).is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn check(draft: &mut Draft<'_>) {
    webhook::check_host(draft, HOOK, &[HOST], "check-wechat-work-webhook");
    draft.warn_of_new_id("corp_id", "corp_secret");
}

fn sample(variant: &str) -> Submitted {
    match variant {
        "application" => Submitted::sample(
            variant,
            &[("corp_id", "wwsampleofvoucher1"), ("agent_id", "1000002")],
            &[("corp_secret", "SampleSecretThatOpensNothing_00000000000001")],
        ),
        _ => Submitted::sample(
            variant,
            &[],
            &[(
                "webhook_url",
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-5a3b-4e00-8000-0000005a3b1e",
            )],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Kept, Opened, Surroundings};

    fn said(submitted: Submitted) -> Vec<&'static str> {
        let hosts = ["qyapi.acme.example".to_owned()];
        let at = Surroundings { private_hosts: &hosts, ..Surroundings::at(jiff::Timestamp::UNIX_EPOCH) };
        match TYPE.check(submitted, &Kept::nothing(), at) {
            Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
            Err(errors) => errors.iter().map(|error| error.message).collect(),
        }
    }

    #[test]
    fn only_addresses_of_wechat_work_bots_are_accepted() {
        const KEY: &str = "00000000-5a3b-4e00-8000-0000005a3b1e";
        let refused: &[&str] = &["check-wechat-work-webhook"];
        let unusual: &[&str] = &["unusual-wechat-work-webhook"];
        for (url, wanted) in [
            (format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"), &[][..]),
            (format!("https://qyapi.acme.example/cgi-bin/webhook/send?key={KEY}"), &[]),
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc".into(), unusual),
            (format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=X{}", &KEY[1..]), unusual),
            (format!("http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"), refused),
            (format!("https://qyapi.weixin.qq.com:443/cgi-bin/webhook/send?key={KEY}"), refused),
            (format!("https://weixin.qq.com/cgi-bin/webhook/send?key={KEY}"), refused),
            (format!("https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key={KEY}"), refused),
            (format!("https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key={KEY}"), refused),
            (format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}&debug=1"), refused),
            (format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}#x"), refused),
            (format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/upload_media?key={KEY}"), refused),
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=".into(), refused),
            (KEY.into(), refused),
        ] {
            assert_eq!(said(Submitted::sample("bot", &[], &[("webhook_url", &url)])), wanted, "{url}");
        }
    }

    #[test]
    fn only_what_cannot_work_is_refused() {
        const CORP: (&str, &str) = ("corp_id", "wwsampleofvoucher1");
        const SECRET: &str = "SampleSecretThatOpensNothing_00000000000001";
        let app = |plain: &[(&str, &str)], secret: &str| {
            said(Submitted::sample("application", plain, &[("corp_secret", secret)]))
        };
        assert_eq!(app(&[CORP], SECRET), [""; 0]);
        assert_eq!(app(&[("corp_id", "wxsampleofvoucher1")], SECRET), [""; 0]);
        assert_eq!(app(&[("corp_id", "ww1")], SECRET), ["unusual-wechat-work-corp-id"]);
        assert_eq!(app(&[("corp_id", "ww 1")], SECRET), ["check-key-characters"]);
        assert_eq!(app(&[CORP, ("agent_id", "agent")], SECRET), ["check-agent-id"]);
        assert_eq!(app(&[CORP], "short"), ["unusual-wechat-work-corp-secret"]);
        assert_eq!(app(&[CORP], "a b"), ["check-key-characters"]);
    }

    #[test]
    fn the_key_within_the_address_is_hidden_on_its_own() {
        let submitted = sample("bot");
        let (plain, secret) = (submitted.plain, submitted.secret);
        let inner = (TYPE.inner)(&Opened { credential_type: &TYPE, variant: "bot".into(), plain, secret });
        let key = b"00000000-5a3b-4e00-8000-0000005a3b1e";
        assert_eq!(inner.iter().map(|key| key.expose().as_slice()).collect::<Vec<_>>(), [key.as_slice()]);
    }
}
