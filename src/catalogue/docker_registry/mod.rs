//! A registry of container images: a username with a password or an access token, or an identity token.
//!
//! Delivered as the `config.json` that every tool of containers reads, and as what a credential helper answers. There is no
//! variable for the file: `REGISTRY_AUTH_FILE` and `DOCKER_CONFIG` are paths, which only the runner knows.

mod place;
mod probe;
mod token_service;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::catalogue::field::{Field, Rule};
use crate::catalogue::kinds::{CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, Opened, Submitted, Undeliverable, bearer, destination};
use crate::secret::Secret;
use place::Place;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "docker-registry",
    group: Group::Others,
    icon: "boxes",
    variants: &[
        Variant {
            id: "password",
            summary: &["registry", "username"],
            probe: probe::password,
            post: None,
            fields: &[
                REGISTRY,
                // Terraform's provider reads the second name of each.
                Field { env: &["DOCKER_USERNAME", "DOCKER_REGISTRY_USER"], ..USERNAME },
                Field {
                    max_bytes: 16 * 1024,
                    // Whoever chose a password may have meant the blank at its end.
                    outer_space: true,
                    env: &["DOCKER_PASSWORD", "DOCKER_REGISTRY_PASS"],
                    ..Field::secret("password")
                },
                TOKEN_SERVICE,
            ],
        },
        Variant {
            id: "identity-token",
            summary: &["registry", "username"],
            probe: probe::identity_token,
            post: None,
            fields: &[
                REGISTRY,
                Field { required: false, ..USERNAME },
                Field {
                    max_bytes: 16 * 1024,
                    rules: &[Rule::Must(crate::catalogue::rules::is_visible_ascii, "check-key-characters")],
                    env: &["DOCKER_IDENTITY_TOKEN"],
                    ..Field::secret("identity_token")
                },
                TOKEN_SERVICE,
            ],
        },
    ],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Item, only: Some("password") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("identity-token") },
        Guidance { form: GuidanceForm::Paragraph, only: None },
    ],
    files: &[
        FileFormat {
            name: "docker-config",
            file_name: "config.json",
            media_type: "application/json",
            write: write_config,
        },
        FileFormat {
            name: "docker-credential",
            file_name: "docker-credential.json",
            media_type: "application/json",
            write: write_helper,
        },
    ],
    rules: check,
    // What stands in config.json reads nothing like the password.
    inner: |opened| pair(opened).map(|pair| Secret::new(pair.to_string().into_bytes())).into_iter().collect(),
    sample,
};

/// The one spelling of a registry's name.
pub(super) fn name(text: &str) -> Option<String> {
    Place::parse(text).map(|place| place.name().to_owned())
}

const REGISTRY: Field = Field {
    max_bytes: 512,
    rules: &[Rule::Must(|text| Place::parse(text).is_some(), "check-docker-registry")],
    placeholder: "registry.example.com",
    env: &["DOCKER_REGISTRY"],
    ..Field::plain("registry")
};

const USERNAME: Field = Field {
    // Basic authentication ends the name at the first colon.
    rules: &[Rule::Must(|text| !text.contains(':'), "check-username-colon")],
    ..Field::plain("username")
};

const TOKEN_SERVICE: Field = Field {
    required: false,
    max_bytes: 512,
    rules: &[Rule::Must(|text| Place::parse(text).is_some(), "check-docker-token-service")],
    placeholder: "gitlab.example.com",
    ..Field::plain("token_service")
};

fn check(draft: &mut Draft<'_>) {
    for name in ["registry", "token_service"] {
        if let Some(place) = draft.plain(name).and_then(Place::parse) {
            draft.respell(name, place.name().to_owned());
            if name == "registry" && place.is_loopback() {
                draft.warn(name, "unusual-docker-loopback");
            }
        }
    }
    let secret = if draft.variant() == "password" { "password" } else { "identity_token" };
    destination::hold(draft, &["registry", "token_service"], secret);
    match draft.secret(secret).map(bearer::expiry) {
        Some(Some(at)) => draft.expires_at(at),
        Some(None) => {}
        None => draft.keep_expiry(),
    }
    draft.warn_of_new_id("username", secret);
}

/// `auth` of a configuration file: the username and the password, which is empty where an identity token takes its
/// place. Readers skip an entry whose `auth` has no colon, so there always is one.
fn pair(opened: &Opened) -> Result<Zeroizing<String>, Undeliverable> {
    let (username, password) = match opened.variant.as_str() {
        "password" => (opened.needed("username")?, opened.needed("password")?),
        "identity-token" => (opened.text("username")?.unwrap_or(NO_NAME), ""),
        _ => return Err(Undeliverable::Unfit),
    };
    if username.contains(':') {
        return Err(Undeliverable::Unfit);
    }
    let both = Zeroizing::new([username, ":", password].concat());
    Ok(Zeroizing::new(STANDARD.encode(both.as_bytes())))
}

/// By this name Docker knows that the secret is an identity token.
const NO_NAME: &str = "<token>";

fn place(opened: &Opened) -> Result<Place, Undeliverable> {
    Place::parse(opened.needed("registry")?).ok_or(Undeliverable::Unfit)
}

/// `~/.docker/config.json`.
fn write_config(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    struct Config<'o> {
        auths: BTreeMap<&'o str, Auth<'o>>,
    }
    #[derive(Serialize)]
    struct Auth<'o> {
        auth: &'o str,
        #[serde(skip_serializing_if = "Option::is_none")]
        identitytoken: Option<&'o str>,
    }
    let (place, auth) = (place(opened)?, pair(opened)?);
    let identitytoken = opened.text("identity_token")?;
    let entry = Auth { auth: &auth, identitytoken };
    let config = Config { auths: BTreeMap::from([(place.key(), entry)]) };
    json(&config, &[place.key(), &auth, identitytoken.unwrap_or_default()])
}

/// What a credential helper prints when it is asked for this registry.
fn write_helper(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'o> {
        #[serde(rename = "ServerURL")]
        server_url: &'o str,
        username: &'o str,
        secret: &'o str,
    }
    let place = place(opened)?;
    let (username, secret) = match opened.text("identity_token")? {
        Some(token) => (NO_NAME, token),
        None => (opened.needed("username")?, opened.needed("password")?),
    };
    json(&Answer { server_url: place.key(), username, secret }, &[place.key(), username, secret])
}

/// With room for everything from the start, so that growing leaves no copy behind in freed memory. JSON writes a byte as
/// six at most.
fn json(value: &impl Serialize, parts: &[&str]) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let room = parts.iter().map(|part| 6 * part.len()).sum::<usize>() + 256;
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer_pretty(&mut *out, value).map_err(|_| Undeliverable::Unfit)?;
    Ok(Secret::new(std::mem::take(&mut *out)))
}

fn sample(variant: &str) -> Submitted {
    let registry = ("registry", "registry.example.com");
    match variant {
        "identity-token" => Submitted::sample(
            variant,
            &[registry, ("username", "builder")],
            &[("identity_token", "sample-identity-token-that-opens-nothing")],
        ),
        _ => Submitted::sample(
            variant,
            &[registry, ("username", "builder")],
            &[("password", "sample-password-that-opens-nothing")],
        ),
    }
}

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::{Content, FieldError, Kept, Surroundings};

    fn checked(submitted: Submitted) -> Result<Content, Vec<FieldError>> {
        TYPE.check(submitted, &Kept::nothing(), Surroundings::at("2026-11-23T00:00:00Z".parse().unwrap()))
    }

    fn said(
        variant: &str,
        plain: &[(&str, &str)],
        secret: (&str, &str),
    ) -> Vec<(&'static str, &'static str)> {
        match checked(Submitted::sample(variant, plain, &[secret])) {
            Ok(content) => content.warnings.iter().map(|one| (one.field, one.message)).collect(),
            Err(errors) => errors.iter().map(|one| (one.field, one.message)).collect(),
        }
    }

    fn opened(variant: &str, plain: &[(&str, &str)], secret: (&str, &str)) -> Opened {
        let Submitted { variant, plain, secret, .. } = Submitted::sample(variant, plain, &[secret]);
        Opened { credential_type: &TYPE, variant, plain, secret }
    }

    const REGISTRY: (&str, &str) = ("registry", "registry.example.com");
    const ALICE: (&str, &str) = ("username", "alice");
    const PASSWORD: (&str, &str) = ("password", "p@ss:word1");
    const TOKEN: (&str, &str) = ("identity_token", "refresh-alice");

    #[test]
    fn what_cannot_work_is_refused_and_what_is_unusual_warned_about() {
        for (variant, plain, secret, wanted) in [
            ("password", &[REGISTRY, ALICE][..], PASSWORD, &[][..]),
            ("password", &[("registry", "docker.io"), ("username", "爱丽丝")], ("password", "密码 \"'"), &[]),
            ("password", &[REGISTRY], PASSWORD, &[("username", "check-required")]),
            ("password", &[REGISTRY, ("username", "a:b")], PASSWORD, &[("username", "check-username-colon")]),
            (
                "password",
                &[("registry", "r.example/team"), ALICE],
                PASSWORD,
                &[("registry", "check-docker-registry")],
            ),
            (
                "password",
                &[("registry", "localhost:5000"), ALICE],
                PASSWORD,
                &[("registry", "unusual-docker-loopback")],
            ),
            (
                "password",
                &[REGISTRY, ALICE],
                ("password", " x"),
                &[("password", "unusual-outer-white-space")],
            ),
            ("password", &[REGISTRY, ALICE], ("password", "x\n"), &[("password", "check-outer-white-space")]),
            (
                "password",
                &[REGISTRY, ALICE, ("token_service", "a b")],
                PASSWORD,
                &[("token_service", "check-docker-token-service")],
            ),
            (
                "password",
                &[REGISTRY, ALICE],
                TOKEN,
                &[("identity_token", "check-other-variant"), ("password", "check-required")],
            ),
            ("identity-token", &[REGISTRY], TOKEN, &[]),
            (
                "identity-token",
                &[REGISTRY],
                ("identity_token", "a b"),
                &[("identity_token", "check-key-characters")],
            ),
            // A token that expired on 2001-09-09.
            (
                "identity-token",
                &[REGISTRY],
                ("identity_token", "e30.eyJleHAiOjFlOX0.c2ln"),
                &[("", "unusual-expired")],
            ),
        ] {
            assert_eq!(said(variant, plain, secret), wanted, "{plain:?} {secret:?}");
        }
    }

    #[test]
    fn a_registry_is_stored_in_its_one_spelling() {
        let plain = [
            ("registry", "https://Registry.Example.com/v2/"),
            ALICE,
            ("token_service", "https://GitLab.example.com"),
        ];
        let content = checked(Submitted::sample("password", &plain, &[PASSWORD])).ok().unwrap();
        assert_eq!(content.plain["registry"], "registry.example.com");
        assert_eq!(content.plain["token_service"], "gitlab.example.com");
        assert_eq!(TYPE.summary("password", &content.plain), "registry.example.com · alice");
    }

    #[test]
    fn a_kept_password_stays_at_its_registry_and_another_user_is_warned_about() {
        let plain = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let before: BTreeMap<String, String> = plain(&[REGISTRY, ALICE]);
        let kept = Kept { secret: &["password"], plain: &before, content_expires_at: None };
        for (now, wanted) in [
            // Another spelling of the same registry is no change.
            ([("registry", "https://REGISTRY.example.com/"), ALICE], &[][..]),
            ([("registry", "other.example.com"), ALICE], &["check-kept-at-new-address"]),
            ([REGISTRY, ("username", "bob")], &["unusual-new-id-old-secret"]),
        ] {
            let submitted = Submitted::sample("password", &now, &[]);
            let said: Vec<&str> =
                match TYPE.check(submitted, &kept, Surroundings::at(jiff::Timestamp::UNIX_EPOCH)) {
                    Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
                    Err(errors) => errors.iter().map(|error| error.message).collect(),
                };
            assert_eq!(said, wanted);
        }
    }

    #[test]
    fn the_files_are_what_tools_read() {
        let of = |opened: &Opened, write: fn(&Opened) -> Result<Secret<Vec<u8>>, Undeliverable>| {
            write(opened).map(|file| serde_json::from_slice::<serde_json::Value>(file.expose()).unwrap())
        };
        let login = opened("password", &[("registry", "127.0.0.1:15000"), ALICE], PASSWORD);
        // As a real skopeo writes it for this login.
        let auth = "YWxpY2U6cEBzczp3b3JkMQ==";
        assert_eq!(of(&login, write_config), Ok(json!({"auths": {"127.0.0.1:15000": {"auth": auth}}})));
        let masked: Vec<_> = (TYPE.inner)(&login).iter().map(|inner| inner.expose().clone()).collect();
        assert_eq!(masked, [auth.as_bytes()]);
        let hub = opened("password", &[("registry", "docker.io"), ALICE], ("password", "密\"码"));
        let auth = STANDARD.encode("alice:密\"码");
        assert_eq!(
            of(&hub, write_config),
            Ok(json!({"auths": {"https://index.docker.io/v1/": {"auth": auth}}}))
        );
        let nameless = opened("identity-token", &[REGISTRY], TOKEN);
        let auth = STANDARD.encode("<token>:");
        assert_eq!(
            of(&nameless, write_config),
            Ok(json!({"auths": {"registry.example.com": {"auth": auth, "identitytoken": "refresh-alice"}}}))
        );
        assert_eq!(
            of(&nameless, write_helper),
            Ok(
                json!({"ServerURL": "registry.example.com", "Username": "<token>", "Secret": "refresh-alice"})
            )
        );
        for broken in [
            opened("password", &[REGISTRY, ("username", "a:b")], PASSWORD),
            opened("password", &[("registry", "a/b"), ALICE], PASSWORD),
            opened("password", &[REGISTRY], PASSWORD),
            opened("gone", &[REGISTRY, ALICE], PASSWORD),
        ] {
            assert_eq!(of(&broken, write_config), Err(Undeliverable::Unfit));
        }
    }
}
