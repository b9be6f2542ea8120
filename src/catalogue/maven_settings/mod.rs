//! Maven settings: the logins of repositories, typed in one by one, or a whole settings file.
//!
//! Both are delivered as a settings file for `mvn -s`. There are no environment variables: Maven reads none, and a file
//! that names some would have its values changed on the way (see [`verbatim`]).

mod probe;
mod servers;
mod settings;
mod verbatim;
mod xml;

use quick_xml::escape::escape;

use crate::catalogue::field::{Entry, Field, Input, Rule};
use crate::catalogue::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, FieldError, Opened, Submitted, Undeliverable, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "maven-settings",
    group: Group::Others,
    icon: "jar",
    variants: &[
        Variant {
            id: "servers",
            summary: &[
                "server_1_id",
                "server_2_id",
                "server_3_id",
                "server_4_id",
                "server_5_id",
                "server_1_username",
            ],
            probe: probe::servers,
            post: None,
            fields: FIELDS,
        },
        Variant {
            id: "settings",
            summary: &["server_ids", "mirror_ids", "repository_ids"],
            probe: probe::settings,
            post: None,
            fields: &[
                Field {
                    input: Input::Multiline,
                    max_bytes: 256 * 1024,
                    placeholder: "<settings>\n  <servers>\n  …",
                    ..Field::secret("settings")
                },
                Field::derived("server_ids", "settings"),
                Field::derived("mirror_ids", "settings"),
                Field::derived("repository_ids", "settings"),
            ],
        },
    ],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance { form: GuidanceForm::Item, only: None },
        Guidance {
            form: GuidanceForm::Copy(Copyable { file_name: "pom.xml", text: DISTRIBUTION }),
            only: None,
        },
        Guidance { form: GuidanceForm::Copy(Copyable { file_name: "deploy.sh", text: DEPLOY }), only: None },
        Guidance { form: GuidanceForm::Paragraph, only: Some("servers") },
        Guidance { form: GuidanceForm::Paragraph, only: Some("settings") },
    ],
    files: &[FileFormat {
        name: "maven-settings",
        file_name: "settings.xml",
        media_type: "application/xml",
        write,
    }],
    rules: |draft| match draft.variant() {
        "settings" => check_settings(draft),
        _ => servers::check(draft),
    },
    inner,
    sample,
};

/// The names of the fields of one server.
struct Names {
    number: u8,
    id: &'static str,
    username: &'static str,
    password: &'static str,
    release_url: &'static str,
    snapshot_url: &'static str,
}

macro_rules! numbered {
    ($($number:literal),+) => {
        const NAMES: &[Names] = &[$(Names {
            number: $number,
            id: concat!("server_", $number, "_id"),
            username: concat!("server_", $number, "_username"),
            password: concat!("server_", $number, "_password"),
            release_url: concat!("server_", $number, "_release_url"),
            snapshot_url: concat!("server_", $number, "_snapshot_url"),
        }),+];
        const FIELDS: &[Field] = &[$(
            id($number, concat!("server_", $number, "_id")),
            username($number, concat!("server_", $number, "_username")),
            password($number, concat!("server_", $number, "_password")),
            url($number, concat!("server_", $number, "_release_url"), "release_url", RELEASES),
            url($number, concat!("server_", $number, "_snapshot_url"), "snapshot_url", SNAPSHOTS)
        ),+];
    };
}

numbered!(1, 2, 3, 4, 5);

const RELEASES: &str = "https://nexus.example.com/repository/maven-releases/";
const SNAPSHOTS: &str = "https://nexus.example.com/repository/maven-snapshots/";

const fn id(number: u8, name: &'static str) -> Field {
    Field {
        required: number == 1,
        max_bytes: 128,
        rules: &[
            Rule::Must(|text| !verbatim::is_replaced(text), "check-maven-server-id"),
            Rule::Usual(|text| rules::is_word(text, b"._-", 1, 128), "unusual-maven-server-id"),
        ],
        placeholder: "releases",
        entry: Some(Entry { number, name: "id" }),
        ..Field::plain(name)
    }
}

const fn username(number: u8, name: &'static str) -> Field {
    Field {
        required: number == 1,
        rules: &[Rule::Usual(|text| !verbatim::is_replaced(text), "unusual-maven-replaced")],
        placeholder: "deployer",
        entry: Some(Entry { number, name: "username" }),
        ..Field::plain(name)
    }
}

const fn password(number: u8, name: &'static str) -> Field {
    Field {
        required: number == 1,
        max_bytes: 4 * 1024,
        // Whoever chose a password may have meant the blank at its end.
        outer_space: true,
        rules: &[
            Rule::Usual(|text| verbatim::trimmed(text) == text, "unusual-maven-trimmed"),
            Rule::Usual(|text| !verbatim::is_replaced(text), "unusual-maven-replaced"),
            Rule::Usual(|text| !verbatim::is_deciphered(text), "unusual-maven-deciphered"),
        ],
        entry: Some(Entry { number, name: "password" }),
        ..Field::secret(name)
    }
}

const fn url(number: u8, name: &'static str, known_as: &'static str, placeholder: &'static str) -> Field {
    Field {
        required: false,
        input: Input::Url,
        max_bytes: 1024,
        rules: &[
            Rule::Must(is_repository, "check-maven-url"),
            Rule::Usual(|text| rules::address(text, &["https"]).is_some(), "unusual-maven-http"),
        ],
        placeholder,
        entry: Some(Entry { number, name: known_as }),
        ..Field::plain(name)
    }
}

const DISTRIBUTION: &str = "\
<distributionManagement>
  <repository>
    <id>releases</id>
    <url>https://nexus.example.com/repository/maven-releases/</url>
  </repository>
  <snapshotRepository>
    <id>snapshots</id>
    <url>https://nexus.example.com/repository/maven-snapshots/</url>
  </snapshotRepository>
</distributionManagement>
";

const DEPLOY: &str = "mvn --batch-mode --settings \"$MAVEN_SETTINGS\" deploy\n";

/// The address of a repository, as far as Maven and the probe can ask it.
fn is_repository(text: &str) -> bool {
    let url = rules::address(text, &["https", "http"]);
    url.is_some_and(|url| url.query().is_none() && url.fragment().is_none()) && !verbatim::is_replaced(text)
}

fn check_settings(draft: &mut Draft<'_>) {
    let Some(text) = draft.secret("settings") else { return };
    let read = match settings::read(text) {
        Ok(read) => read,
        Err(reasons) => {
            for reason in reasons {
                draft.refuse_with(FieldError {
                    field: "settings",
                    message: reason.message,
                    args: reason.line.map(|line| ("line", line.to_string())).into_iter().collect(),
                    strip_helps: false,
                });
            }
            return;
        }
    };
    let servers: Vec<&str> = read.servers().map(|server| server.id).collect();
    let listed = |ids: &[&str]| ids.join(", ");
    draft.derive("server_ids", &listed(&servers));
    draft.derive("mirror_ids", &listed(&read.mirrors().map(|(id, _)| id).collect::<Vec<_>>()));
    draft.derive("repository_ids", &listed(&read.repositories().map(|(id, _)| id).collect::<Vec<_>>()));
    let any = |is: fn(&str) -> bool| {
        read.servers().any(|server| [server.username, server.password].into_iter().flatten().any(is))
    };
    for (is_so, warning) in [
        (servers.is_empty(), "unusual-maven-no-server"),
        (any(verbatim::is_replaced), "unusual-maven-variable"),
        (any(verbatim::is_deciphered), "unusual-maven-encrypted"),
    ] {
        if is_so {
            draft.warn("settings", warning);
        }
    }
}

fn write(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    match opened.variant.as_str() {
        "settings" => Ok(Secret::new(opened.needed("settings")?.as_bytes().to_vec())),
        _ => servers::write(opened),
    }
}

/// The passwords inside of a file, and those that look different in one.
fn inner(opened: &Opened) -> Vec<Secret<Vec<u8>>> {
    match opened.variant.as_str() {
        "settings" => opened.text("settings").ok().flatten().map(settings::secrets).unwrap_or_default(),
        _ => {
            let passwords = NAMES.iter().filter_map(|names| opened.text(names.password).ok().flatten());
            passwords.flat_map(as_written).collect()
        }
    }
}

/// A secret as it is, and as it stands in XML.
fn as_written(value: &str) -> Vec<Secret<Vec<u8>>> {
    let mut forms = vec![Secret::new(value.as_bytes().to_vec())];
    if let std::borrow::Cow::Owned(escaped) = escape(value) {
        forms.push(Secret::new(escaped.into_bytes()));
    }
    forms
}

fn sample(variant: &str) -> Submitted {
    const PASSWORD: &str = "sample-password-that-opens-nothing";
    if variant == "settings" {
        let file = format!(
            "<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\">\n  <servers>\n    <server>\n      \
             <id>nexus</id>\n      <username>deployer</username>\n      <password>{PASSWORD}</password>\n    \
             </server>\n  </servers>\n  <mirrors>\n    <mirror>\n      <id>nexus</id>\n      \
             <mirrorOf>*</mirrorOf>\n      <url>https://nexus.example.com/repository/maven-public/</url>\n    \
             </mirror>\n  </mirrors>\n</settings>\n"
        );
        return Submitted::sample(variant, &[], &[("settings", &file)]);
    }
    let plain = [
        ("server_1_id", "releases"),
        ("server_1_username", "deployer"),
        ("server_1_release_url", RELEASES),
        ("server_2_id", "snapshots"),
        ("server_2_username", "deployer"),
        ("server_2_snapshot_url", SNAPSHOTS),
    ];
    Submitted::sample(
        variant,
        &plain,
        &[("server_1_password", PASSWORD), ("server_2_password", "another-sample-that-opens-nothing")],
    )
}

#[cfg(test)]
mod tests;
