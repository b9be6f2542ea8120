//! How what a caller sends is described: by the bounds that the code checks, and the formats of the catalogue.

use std::collections::BTreeSet;

use utoipa::openapi::schema::{Array, ArrayBuilder, SchemaType};
use utoipa::openapi::{Object, Type};

use super::ask::{LONGEST_RUN, MOST_TOKENS};
use super::delivery::Format;
use crate::catalogue;
use crate::web::described::{saying, such_as, text, text_or_null, words};

/// What [`crate::credentials::Token`] reads.
const TOKEN: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

/// Whatever can be shown.
const SHOWN: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// A token.
pub(super) fn token() -> Object {
    such_as(text((1, 64), Some(TOKEN)), "k8s-main")
}

/// The tokens of a batch.
pub(super) fn tokens() -> Array {
    let most = usize::try_from(MOST_TOKENS).ok();
    let sentence =
        "The credentials, by the tokens that pipelines write. One that is named twice is answered once.";
    let tokens = ArrayBuilder::new().items(token()).min_items(Some(1)).max_items(most);
    tokens.description(Some(sentence)).build()
}

/// The name of a run, in a header.
pub(super) fn run() -> Object {
    such_as(text((1, LONGEST_RUN), Some("^[ -~]*$")), "build-4711")
}

/// The name of a run, in a body.
pub(super) fn run_of_body() -> Object {
    let sentence =
        "What the caller calls its run. All steps of a run get the same version, for at most 24 hours.";
    saying(such_as(text_or_null((1, LONGEST_RUN), Some(SHOWN)), "build-4711"), sentence)
}

/// What may be asked of each credential of a batch.
pub(super) fn formats() -> Array {
    let names = [Format::Fields.as_str(), Format::Env.as_str(), "files"];
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(words(names.into_iter().chain(files())))
        .description(Some(
            "What is wanted of each: `fields`, `env`, all `files`, or files by their names. Everything, when it is left out.",
        ))
        .build()
}

/// The formats of a bare file.
pub(super) fn format() -> Object {
    let names = [Format::Fields, Format::Env, Format::Dotenv, Format::Shell].map(Format::as_str);
    such_as(words(names.into_iter().chain(files())), "kubeconfig")
}

/// The names of all files that tools read.
fn files() -> BTreeSet<&'static str> {
    catalogue::all().iter().flat_map(|known| known.files).map(|file| file.name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_format_that_is_described_is_known_and_every_file_is_described() {
        let described = serde_json::to_value(format()).unwrap();
        let names: Vec<&str> =
            described["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(names.len() > 4 && names.iter().all(|name| Format::parse(name).is_some()), "{names:?}");
        let batch = serde_json::to_value(formats()).unwrap();
        assert!(batch["items"]["enum"].as_array().unwrap().contains(&json!("files")));
        assert!(!batch["items"]["enum"].as_array().unwrap().contains(&json!("shell")));
    }
}
