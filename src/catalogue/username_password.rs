//! A username and a password, for anything that has no type of its own.

use super::field::{Field, Input, Rule};
use super::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use super::{Draft, Submitted, rules};

pub(super) static TYPE: CredentialType = CredentialType {
    id: "username-password",
    group: Group::Others,
    icon: "key",
    variants: &[Variant {
        id: "default",
        summary: &["username", "check_url"],
        fields: &[
            Field { max_bytes: 256, env: &["VOUCHER_USERNAME"], ..Field::plain("username") },
            Field {
                max_bytes: 4 * 1024,
                // Whoever chose a password may have meant the blank at its end.
                outer_space: true,
                env: &["VOUCHER_PASSWORD"],
                ..Field::secret("password")
            },
            Field {
                required: false,
                input: Input::Url,
                max_bytes: 1024,
                rules: &[
                    Rule::Must(|text| rules::address(text, &["https", "http"]).is_some(), "check-address"),
                    Rule::Usual(|text| rules::address(text, &["https"]).is_some(), "unusual-http"),
                ],
                placeholder: "https://nexus.example.com/service/rest/v1/status",
                ..Field::plain("check_url")
            },
        ],
    }],
    guidance: &[Guidance { form: GuidanceForm::Paragraph, only: None }],
    files: &[],
    rules: check,
    inner: |_| Vec::new(),
    sample: |variant| {
        Submitted::sample(
            variant,
            &[("username", "builder")],
            &[("password", "sample-password-that-opens-nothing")],
        )
    },
};

fn check(draft: &mut Draft<'_>) {
    // Basic authentication ends the name at the first colon.
    if draft.plain("check_url").is_some() && draft.plain("username").is_some_and(|name| name.contains(':')) {
        draft.warn("username", "unusual-colon");
    }
}
