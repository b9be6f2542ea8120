//! How the answers of the resolve line are described. Media types are those of the catalogue, codes those of the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    Content, Object, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Type,
};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use super::answer::{Delivered, Refused, SEALED};
use super::problems::{INVALID, OTHER_KEY, RATE_LIMITED, UNAUTHENTICATED, UNAVAILABLE};
use crate::catalogue;
use crate::resolve::{Refusal, Unmet, described};
use crate::web::described::such_as;
use crate::web::refusals;

/// What was delivered, and what was not.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `answer::body` puts together by hand")]
pub(crate) struct Resolved {
    /// The credentials that were delivered.
    credentials: Vec<ResolvedCredential>,
    /// The ones that were not, and why.
    refusals: Vec<Refused<'static>>,
}

/// A credential that was delivered, with what a runner must hide.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `answer::body` puts together by hand")]
pub(crate) struct ResolvedCredential {
    #[schema(inline)]
    #[serde(flatten)]
    delivered: Delivered<'static>,
    /// The exact strings that a runner has to hide in what it shows: every secret, its long lines, and its usual
    /// encodings. Left out where the caller declined it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mask: Option<Vec<String>>,
}

/// The header that asks for a sealed answer.
pub(super) struct SealTo;

impl IntoParams for SealTo {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = "sT3p7vQmB1cXkWz0uYH8nR5dJ6aLfE2gI4oPqV9tZxw=";
        let key = such_as(text_of((43, 44)), key);
        vec![header(
            "Voucher-Seal-To",
            key,
            "An X25519 public key, 32 bytes in base64. What is delivered then comes as a libsodium sealed box to that key, \
             so that no proxy and no log in between can read it. Refusals, which hold no content, do not.",
        )]
    }
}

/// What the address of a bare file says, and the header that names the run.
pub(super) struct OfFile;

impl IntoParams for OfFile {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let in_path = |name: &str, schema: Object, description: &str| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema))
                .description(Some(description))
                .build()
        };
        vec![
            in_path("token", described::token(), "The credential, by the token that pipelines write."),
            in_path(
                "format",
                described::format(),
                "The format: one of the four that every type has, or a file that the type's tools read.",
            ),
            header(
                "Voucher-Run",
                described::run(),
                "What the caller calls its run. All steps of a run get the same version, for at most 24 hours.",
            ),
        ]
    }
}

/// The answers to a batch.
pub(super) struct BatchAnswers;

impl IntoResponses for BatchAnswers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut open = Content::new(Some(Ref::from_schema_name("Resolved")));
        open.example = Some(a_batch());
        let delivered = ResponseBuilder::new()
            .description("At least one credential was delivered.")
            .content("application/json", open)
            .content(SEALED, sealed());
        let mut all = refused_ways(&[400, 413, 422]);
        all.insert("200".to_owned(), delivered.build().into());
        all
    }
}

/// The answers with a bare file.
pub(super) struct FileAnswers;

impl IntoResponses for FileAnswers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
        let header =
            HeaderBuilder::new().schema(Some(number)).description(Some("The version that was delivered."));
        let mut delivered = ResponseBuilder::new()
            .description("The file. Which media type it has goes with the format.")
            .header("Voucher-Version", header.build());
        let files = catalogue::all().iter().flat_map(|known| known.files).map(|file| file.media_type);
        let text = "text/plain; charset=utf-8";
        let media_types: BTreeSet<&str> = files.chain(["application/json", text]).collect();
        for media_type in media_types {
            // As its reader sees it: a document of names and values, or text. What XML becomes is up to the reader.
            let schema = |of: Type| Some(ObjectBuilder::new().schema_type(of).build());
            let schema = match media_type {
                "application/json" | "application/yaml" => schema(Type::Object),
                text if text.starts_with("text/") => schema(Type::String),
                _ => None,
            };
            delivered = delivered.content(media_type, Content::new(schema));
        }
        let mut all = refused_ways(&[400, 422]);
        all.insert("200".to_owned(), delivered.content(SEALED, sealed()).build().into());
        all
    }
}

/// Every way in which nothing is delivered; `invalid` are the statuses of what makes no sense.
fn refused_ways(invalid: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let code = Refusal::code;
    let mut ways: Vec<(u16, Vec<&str>)> = vec![
        (401, vec![UNAUTHENTICATED]),
        (403, vec![code(Refusal::ConditionFailed(Unmet::Run)), OTHER_KEY]),
        (404, vec![code(Refusal::Unknown)]),
        (409, vec![code(Refusal::Disabled), code(Refusal::Expired)]),
        (429, vec![RATE_LIMITED]),
        (500, vec![code(Refusal::SealedUnreadable), "internal"]),
        (503, vec![UNAVAILABLE]),
    ];
    ways.extend(invalid.iter().map(|status| (*status, vec![INVALID])));
    let ways: Vec<(u16, &[&str])> = ways.iter().map(|(status, codes)| (*status, codes.as_slice())).collect();
    refusals(&ways)
}

/// Every code of the resolve line.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    let refused = Refusal::ALL.into_iter().map(Refusal::code);
    refused.chain([INVALID, OTHER_KEY, UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE])
}

fn sealed() -> Content {
    let bytes = ObjectBuilder::new()
        .schema_type(Type::String)
        .content_media_type("application/octet-stream")
        .description(Some("A libsodium sealed box with what would have come openly."));
    Content::new(Some(bytes.build()))
}

fn header(name: &str, schema: Object, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .schema(Some(schema))
        .description(Some(description))
        .build()
}

fn text_of((shortest, longest): (usize, usize)) -> Object {
    crate::web::described::text((shortest, longest), None)
}

fn a_batch() -> Value {
    json!({
        "credentials": [{
            "token": "k8s-main",
            "type": "kubernetes",
            "name": "Production cluster",
            "version": 3,
            "expires_at": "2027-01-31T00:00:00Z",
            "env": {},
            "files": { "kubeconfig": "apiVersion: v1\nkind: Config\n…" },
            "mask": ["sample-token-that-opens-nothing"],
        }],
        "refusals": [{ "token": "aliyun-prod", "code": Refusal::Unknown.code() }],
    })
}

#[cfg(test)]
mod tests {
    use super::super::{RUN, SEAL_TO, VERSION};
    use super::*;

    #[test]
    fn the_headers_that_are_described_are_those_that_are_read() {
        let names = |params: Vec<Parameter>| {
            params.into_iter().map(|one| one.name.to_lowercase()).collect::<Vec<_>>()
        };
        assert_eq!(names(SealTo::into_params(|| None)), [SEAL_TO]);
        assert_eq!(names(OfFile::into_params(|| None))[2], RUN);
        let responses = serde_json::to_value(FileAnswers::responses()).unwrap();
        assert_eq!(
            responses["200"]["headers"].as_object().unwrap().keys().next().unwrap().to_lowercase(),
            VERSION.as_str()
        );
    }

    #[test]
    fn every_refusal_is_described() {
        let responses = serde_json::to_value(BatchAnswers::responses()).unwrap();
        for (status, code) in [
            ("404", Refusal::OutOfScope.code()),
            ("409", Refusal::Expired.code()),
            ("500", Refusal::SealedUnreadable.code()),
        ] {
            assert!(responses[status]["x-codes"].as_array().unwrap().contains(&json!(code)), "{code}");
        }
    }
}
