//! A Jenkins controller: its address, a user, and an API token of that user.
//!
//! Delivered as the variables that Jenkins' own command line reads, as the file that its `-auth @file` names, and as the
//! settings of Jenkins Job Builder.

mod probe;

use zeroize::Zeroizing;

use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Opened, Submitted, Undeliverable, destination, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "jenkins",
    group: Group::Others,
    icon: "tasks",
    variants: &[Variant {
        id: "default",
        summary: &["url", "username"],
        probe: probe::probe,
        post: None,
        fields: FIELDS,
    }],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Paragraph, only: None },
    ],
    files: &[
        FileFormat {
            name: "jenkins-cli-auth",
            file_name: "jenkins-cli-auth",
            media_type: "text/plain; charset=utf-8",
            write: write_auth,
        },
        FileFormat {
            name: "jenkins-jobs",
            file_name: "jenkins_jobs.ini",
            media_type: "text/plain; charset=utf-8",
            write: write_settings,
        },
    ],
    rules: check,
    inner: |_| Vec::new(),
    sample: |variant| {
        Submitted::sample(
            variant,
            &[("url", "https://jenkins.example.com/"), ("username", "pipeline")],
            &[("api_token", "11000000000000000000000000005a3b1e")],
        )
    },
};

const FIELDS: &[Field] = &[
    Field {
        input: Input::Url,
        max_bytes: 1024,
        rules: &[
            Rule::Must(is_address, "check-jenkins-url"),
            Rule::Usual(|text| rules::address(text, &["https"]).is_some(), "unusual-http"),
            Rule::Usual(is_start_page, "unusual-jenkins-page"),
        ],
        placeholder: "https://jenkins.example.com/",
        env: &["JENKINS_URL"],
        ..Field::plain("url")
    },
    Field {
        // Basic authentication ends the name at the first colon.
        rules: &[Rule::Must(|text| !text.contains(':'), "check-username-colon")],
        env: &["JENKINS_USER_ID"],
        ..Field::plain("username")
    },
    Field {
        max_bytes: 1024,
        rules: &[Rule::Usual(is_usual_token, "unusual-jenkins-api-token")],
        env: &["JENKINS_API_TOKEN"],
        ..Field::secret("api_token")
    },
];

fn is_address(text: &str) -> bool {
    rules::address(text, &["https", "http"])
        .is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// Whether it may be where Jenkins starts, rather than one of its pages.
fn is_start_page(text: &str) -> bool {
    let pages = ["job", "view", "computer", "user", "me", "manage", "login"];
    rules::address(text, &["https", "http"])
        .and_then(|url| Some(!url.path_segments()?.any(|step| pages.contains(&step))))
        .unwrap_or(false)
}

/// 34 hexadecimal digits of which `11` are the first, or 32 as versions before 2.129 had them.
fn is_usual_token(text: &str) -> bool {
    let digits = text.strip_prefix("11").filter(|rest| rest.len() == 32).unwrap_or(text);
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn check(draft: &mut Draft<'_>) {
    destination::hold(draft, &["url"], "api_token");
    draft.warn_of_new_id("username", "api_token");
}

/// The file of `jenkins-cli.jar -auth @file`, which has no line feed at its end: not every version strips it.
fn write_auth(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let username = opened.needed("username")?;
    if username.contains(':') {
        return Err(Undeliverable::Unfit);
    }
    let line = [username, ":", opened.needed("api_token")?].concat();
    Ok(Secret::new(line.into_bytes()))
}

/// `jenkins_jobs.ini`. Python's reader strips blanks around values and replaces `%(name)s`.
fn write_settings(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let value = |name: &str| {
        let value = opened.needed(name)?;
        let fits = value.trim() == value && !value.contains(char::is_control);
        fits.then(|| Zeroizing::new(value.replace('%', "%%"))).ok_or(Undeliverable::Unfit)
    };
    let (url, user, password) = (value("url")?, value("username")?, value("api_token")?);
    let parts = ["[jenkins]\nurl=", &url, "\nuser=", &user, "\npassword=", &password, "\n"];
    Ok(Secret::new(parts.concat().into_bytes()))
}

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{Kept, Surroundings};

    const URL: (&str, &str) = ("url", "https://jenkins.example.com/ci/");
    const USER: (&str, &str) = ("username", "admin");
    const TOKEN: &str = "11aabbccddeeff00112233445566778899";

    fn said(plain: &[(&str, &str)], token: &str, kept: &Kept<'_>) -> Vec<(&'static str, &'static str)> {
        let submitted = Submitted::sample("default", plain, &[("api_token", token)]);
        match TYPE.check(submitted, kept, Surroundings::at(jiff::Timestamp::UNIX_EPOCH)) {
            Ok(content) => content.warnings.iter().map(|one| (one.field, one.message)).collect(),
            Err(errors) => errors.iter().map(|one| (one.field, one.message)).collect(),
        }
    }

    #[test]
    fn what_cannot_work_is_refused_and_what_is_unusual_warned_about() {
        const OLD: &str = "aabbccddeeff00112233445566778899";
        for (plain, token, wanted) in [
            (&[URL, USER][..], TOKEN, &[][..]),
            (&[URL, USER], OLD, &[]),
            (&[URL, USER], "1100112233445566778899aabbccddee", &[]),
            (&[("url", "https://[2001:db8::1]:8443"), USER], TOKEN, &[]),
            (&[("url", "http://10.0.0.7:8080/jenkins"), USER], TOKEN, &[("url", "unusual-http")]),
            (&[("url", "https://a.example/job/x/"), USER], TOKEN, &[("url", "unusual-jenkins-page")]),
            (&[("url", "https://a.example/ci/login"), USER], TOKEN, &[("url", "unusual-jenkins-page")]),
            (&[("url", "https://jobs.example/jobs/"), USER], TOKEN, &[]),
            (&[("url", "https://a.example/?x=y"), USER], TOKEN, &[("url", "check-jenkins-url")]),
            (&[("url", "https://a.example/#x"), USER], TOKEN, &[("url", "check-jenkins-url")]),
            (&[("url", "https://a:b@a.example/"), USER], TOKEN, &[("url", "check-jenkins-url")]),
            (&[("url", "a.example"), USER], TOKEN, &[("url", "check-jenkins-url")]),
            (&[("url", "ftp://a.example"), USER], TOKEN, &[("url", "check-jenkins-url")]),
            (&[URL, ("username", "a:b")], TOKEN, &[("username", "check-username-colon")]),
            (&[URL, ("username", "安娜")], "a pass: wörd", &[("api_token", "unusual-jenkins-api-token")]),
            (&[URL, USER], "11aabb", &[("api_token", "unusual-jenkins-api-token")]),
            (
                &[URL, USER],
                "11aabbccddeeff0011223344556677889g",
                &[("api_token", "unusual-jenkins-api-token")],
            ),
            (
                &[URL, USER],
                "11aabbccddeeff00112233445566778899\n",
                &[("api_token", "check-outer-white-space")],
            ),
        ] {
            assert_eq!(said(plain, token, &Kept::nothing()), wanted, "{plain:?} {token:?}");
        }
        let before = BTreeMap::from([URL, USER].map(|(name, value)| (name.to_owned(), value.to_owned())));
        let kept = Kept { secret: &["api_token"], plain: &before, content_expires_at: None };
        assert_eq!(said(&[URL, USER], "", &kept), []);
        let elsewhere = [("url", "https://other.example/"), USER];
        assert_eq!(said(&elsewhere, "", &kept), [("api_token", "check-kept-at-new-address")]);
        let other = [URL, ("username", "other")];
        assert_eq!(said(&other, "", &kept), [("username", "unusual-new-id-old-secret")]);
    }

    #[test]
    fn the_files_are_what_tools_read() {
        let of =
            |username: &str, token: &str, write: fn(&Opened) -> Result<Secret<Vec<u8>>, Undeliverable>| {
                let Submitted { variant, plain, secret, .. } =
                    Submitted::sample("default", &[URL, ("username", username)], &[("api_token", token)]);
                let written = write(&Opened { credential_type: &TYPE, variant, plain, secret });
                written.map(|file| String::from_utf8(file.expose().clone()).unwrap())
            };
        assert_eq!(of("admin", TOKEN, write_auth), Ok(format!("admin:{TOKEN}")));
        assert_eq!(of("安娜", "a: b", write_auth), Ok("安娜:a: b".into()));
        assert_eq!(of("a:b", TOKEN, write_auth), Err(Undeliverable::Unfit));
        assert_eq!(
            of("ad%min", "50%(user)s %% ;#=:\"'\\", write_settings),
            Ok("[jenkins]\nurl=https://jenkins.example.com/ci/\nuser=ad%%min\npassword=50%%(user)s %%%% ;#=:\"'\\\n".into())
        );
        for broken in [" x", "x ", "a\nb"] {
            assert_eq!(of("admin", broken, write_settings), Err(Undeliverable::Unfit), "{broken:?}");
        }
    }
}
