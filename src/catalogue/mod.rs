//! The catalogue: which credential types there are, and everything that is known about each.
//!
//! Every type is one folder here that holds its fields and their rules, its summary, its deliveries, its guidance,
//! how it is verified, and a sample; adding a type is that folder, its name in the list below, and its messages. Forms,
//! the list page, the resolver, verification and the demonstration enterprise use the catalogue; it knows nothing of
//! them, of the database or of pages, and asks other systems only through the [`crate::outbound`] that it is handed.
//! What a person reads is named by message ids derived from the ids here ([`messages`]).

mod bearer;
mod challenge;
mod chat;
mod check;
mod cloud;
mod content;
mod destination;
mod field;
mod finding;
mod kinds;
pub mod messages;
mod opened;
mod rules;
mod webhook;

mod alibaba_cloud;
mod dingtalk;
mod docker_registry;
mod feishu;
mod huawei_cloud;
mod jenkins;
mod kubernetes;
mod maven_settings;
mod tencent_cloud;
mod username_password;
mod wechat_work;

pub use chat::TEST_MESSAGE;
pub use check::Draft;
pub use content::{Content, FieldError, Kept, Submitted, Surroundings, Warning};
pub use field::{Derived, Entry, Field, Input, Part, Rule};
pub use finding::{Answer, Evidence, Finding, Identity, Outcome, Post, Probe};
pub use kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
pub use opened::{Change, Opened, Undeliverable};

// A new type is added here and in the `mod` lines above.
static ALL: &[&CredentialType] = &[
    &alibaba_cloud::TYPE,
    &tencent_cloud::TYPE,
    &huawei_cloud::TYPE,
    &feishu::TYPE,
    &dingtalk::TYPE,
    &wechat_work::TYPE,
    &kubernetes::TYPE,
    &docker_registry::TYPE,
    &username_password::TYPE,
    &jenkins::TYPE,
    &maven_settings::TYPE,
];

/// Every credential type, in the order in which the console shows them.
pub fn all() -> &'static [&'static CredentialType] {
    ALL
}

/// The one spelling of a container registry's name, by which credential helpers look for it; `None` when it is none.
pub fn registry_name(text: &str) -> Option<String> {
    docker_registry::name(text)
}

/// The type of that id.
pub fn find(id: &str) -> Option<&'static CredentialType> {
    all().iter().find(|known| known.id == id).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_templates::{ArcLoader, langid};
    use jiff::Timestamp;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_sample_is_accepted_without_a_warning_and_says_what_it_is() {
        for known in all() {
            for variant in known.variants {
                let at = format!("{} {}", known.id, variant.id);
                let content =
                    match known.check(known.sample(variant.id), &Kept::nothing(), Surroundings::at(now())) {
                        Ok(content) => content,
                        Err(errors) => panic!("{at}: {errors:?}"),
                    };
                assert_eq!(content.warnings, [], "{at}");
                assert!(!known.summary(variant.id, &content.plain).is_empty(), "{at}");
                assert!(!content.secret.is_empty(), "{at}");
            }
        }
    }

    #[test]
    fn ids_are_unique_and_fit_for_addresses_and_messages() {
        let ids: BTreeSet<&str> = all().iter().map(|known| known.id).collect();
        assert_eq!(ids.len(), all().len());
        let kebab = |id: &str| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let snake = |id: &str| {
            id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        for known in all() {
            assert!(kebab(known.id) && !known.variants.is_empty(), "{}", known.id);
            assert_eq!(find(known.id).map(|found| found.id), Some(known.id));
            for variant in known.variants {
                let names: BTreeSet<&str> = variant.fields.iter().map(|field| field.name).collect();
                assert_eq!(names.len(), variant.fields.len(), "{} {}", known.id, variant.id);
                assert!(kebab(variant.id) && names.iter().all(|name| snake(name)));
                assert!(variant.summary.iter().all(|name| names.contains(name)), "{}", known.id);
                let secrets = variant.fields.iter().filter(|field| field.secret && field.is_input());
                assert!(secrets.count() > 0, "{} {}", known.id, variant.id);
                for field in variant.fields {
                    let from = field.derived.map(|derived| derived.from);
                    assert!(from.is_none_or(|from| variant.field(from).is_some_and(Field::is_input)));
                    assert!(!field.secret || field.derived.is_none(), "derived facts are plain");
                }
            }
            for only in known.guidance.iter().filter_map(|guidance| guidance.only) {
                assert!(known.variant(only).is_some(), "{} {only}", known.id);
            }
        }
        assert!(find("no-such-type").is_none());
    }

    #[test]
    fn no_summary_and_no_plain_field_shows_a_secret() {
        for known in all() {
            for variant in known.variants {
                let Ok(content) =
                    known.check(known.sample(variant.id), &Kept::nothing(), Surroundings::at(now()))
                else {
                    panic!("{}", known.id)
                };
                for secret in content.secret.values() {
                    let secret = std::str::from_utf8(secret.expose()).unwrap();
                    assert!(!known.summary(variant.id, &content.plain).contains(secret));
                    assert!(content.plain.values().all(|plain| !plain.contains(secret)), "{}", known.id);
                }
            }
        }
    }

    /// Every id that is derived from the types here.
    fn derived_ids() -> BTreeSet<String> {
        let mut ids: BTreeSet<String> = Group::ALL.into_iter().map(Group::label).collect();
        for known in all() {
            ids.extend([messages::type_label(known), messages::type_help(known)]);
            ids.extend((1..=known.guidance.len()).map(|number| messages::guidance(known, number)));
            for variant in known.variants {
                if known.variants.len() > 1 {
                    ids.insert(messages::variant_label(known, variant));
                }
                for field in variant.fields {
                    if field.entry.is_some() {
                        ids.insert(messages::entry_label(known));
                    }
                    ids.insert(messages::field_label(known, field));
                    if field.is_input() {
                        ids.insert(messages::field_help(known, field));
                    }
                    if let Input::Choice(choices) = field.input {
                        ids.extend(choices.iter().map(|choice| messages::choice_label(known, field, choice)));
                    }
                }
            }
        }
        ids
    }

    /// Every id that a check or a probe can answer with, found in the text of this folder.
    fn answered_ids() -> BTreeSet<String> {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue")];
        let mut ids = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if file.is_dir() {
                    folders.push(file);
                } else if file.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&file).unwrap();
                    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                    let is_id = |part: &&str| {
                        ["check-", "unusual-", "remark-"].iter().any(|start| part.starts_with(start))
                    };
                    ids.extend(code.split('"').filter(is_id).map(str::to_owned));
                }
            }
        }
        ids
    }

    #[test]
    fn both_languages_have_every_message_and_no_other() {
        let wanted: BTreeSet<String> = derived_ids().union(&answered_ids()).cloned().collect();
        assert!(wanted.len() > 100, "the ids were not found: {wanted:?}");
        for language in ["en", "zh-CN"] {
            let folder = format!("{}/templates/language/{language}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let is_ours = |file: &std::path::PathBuf| {
                file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("catalogue"))
            };
            let texts: Vec<String> =
                files.filter(is_ours).map(|file| std::fs::read_to_string(file).unwrap()).collect();
            let text = texts.join("\n");
            let is_message = |line: &&str| !line.starts_with(['#', ' ']) && line.contains('=');
            let defined: Vec<String> = text
                .lines()
                .filter(is_message)
                .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
                .collect();
            let unique: BTreeSet<String> = defined.iter().cloned().collect();
            assert_eq!(unique.len(), defined.len(), "{language}: an id is defined twice");
            assert_eq!(
                wanted.difference(&unique).collect::<Vec<_>>(),
                Vec::<&String>::new(),
                "{language} lacks"
            );
            assert_eq!(
                unique.difference(&wanted).collect::<Vec<_>>(),
                Vec::<&String>::new(),
                "{language} has unused"
            );
        }
    }

    #[test]
    fn every_message_can_be_read_by_the_program_in_both_languages() {
        let folder = format!("{}/templates/language", env!("CARGO_MANIFEST_DIR"));
        let loader = ArcLoader::builder(&folder, langid!("en")).build().unwrap();
        let args = ["max", "at", "line", "number"].map(|name| (name, "7".into()));
        let args = std::collections::HashMap::from(args);
        for language in [langid!("en"), langid!("zh-CN")] {
            for id in derived_ids().union(&answered_ids()) {
                let text = loader.lookup_no_default_fallback(&language, id.as_str(), Some(&args));
                let text = text.unwrap_or_else(|| panic!("{language}: {id}"));
                assert!(
                    !text.is_empty() && !text.contains("{$") && !text.contains("Unknown"),
                    "{id}: {text}"
                );
            }
        }
    }

    #[test]
    fn the_readme_lists_every_variable_and_file() {
        let readme = include_str!("../../README.md");
        for known in all() {
            let fields = known.variants.iter().flat_map(|variant| variant.fields);
            let variables = fields
                .flat_map(|field| field.env.iter().copied().chain(field.env_parts.iter().map(|part| part.0)));
            for name in variables.chain(known.files.iter().map(|file| file.name)) {
                assert!(readme.contains(&format!("`{name}`")), "{}: {name}", known.id);
            }
        }
    }

    #[test]
    fn a_summary_leaves_out_what_is_not_known() {
        let plain = BTreeMap::from([("access_key_id".to_owned(), "LTAI123".to_owned())]);
        assert_eq!(find("alibaba-cloud").unwrap().summary("default", &plain), "LTAI123");
        assert_eq!(find("alibaba-cloud").unwrap().summary("gone", &plain), "");
    }
}
