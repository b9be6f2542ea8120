//! A username and a password, for anything that has no type of its own.

mod probe;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{CredentialType, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Submitted, destination, rules};

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "username-password",
    group: Group::Others,
    icon: "key",
    variants: &[Variant {
        id: "default",
        summary: &["username", "check_url"],
        probe: probe::probe,
        post: None,
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
    destination::hold(draft, &["check_url"], "password");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Kept, Surroundings};

    #[test]
    fn any_password_of_one_line_is_accepted() {
        for (plain, password, wanted) in [
            (&[("username", "a")][..], "x", &[][..]),
            (&[("username", "密码")], "pässwörd ' \" $(id) `id` \\ !", &[]),
            (&[("username", "a")], " x ", &["unusual-outer-white-space"]),
            (&[("username", "a")], "x\n", &["check-outer-white-space"]),
            (&[("username", "a")], "x\ny", &["check-one-line"]),
            (&[("username", "a")], "x\ry", &["check-one-line"]),
            (&[("username", "a")], "x\0", &["check-nul"]),
            (&[("username", "a")], "", &["check-required"]),
            (&[], "x", &["check-required"]),
            (&[("username", "a:b")], "x", &[]),
            (&[("username", "a:b"), ("check_url", "https://a.example")], "x", &["unusual-colon"]),
            (&[("username", "a"), ("check_url", "http://a.example")], "x", &["unusual-http"]),
            (&[("username", "a"), ("check_url", "ftp://a.example")], "x", &["check-address"]),
            (&[("username", "a"), ("check_url", "https://a:b@a.example")], "x", &["check-address"]),
        ] {
            let submitted = Submitted::sample("default", plain, &[("password", password)]);
            let said: Vec<&str> = match TYPE.check(
                submitted,
                &Kept::nothing(),
                Surroundings::at(jiff::Timestamp::UNIX_EPOCH),
            ) {
                Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
                Err(errors) => errors.iter().map(|error| error.message).collect(),
            };
            assert_eq!(said, wanted, "{plain:?} {password:?}");
        }
    }
}
