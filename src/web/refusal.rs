//! What programs are told when something goes wrong: an RFC 9457 problem with a stable code, and how the description
//! of an address lists the problems that it may answer with.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{Content, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type};

use super::language::Language;

/// The media type of a problem.
pub const PROBLEM: &str = "application/problem+json";

/// Where the description of a response lists the codes that come with its status.
pub const CODES: &str = "x-codes";

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// Always `about:blank`: what it is, the code says.
    pub r#type: &'static str,
    /// What went wrong, for people.
    pub title: &'a str,
    /// The status of the answer once more.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What went wrong, for programs. A code keeps its meaning.
    pub code: &'a str,
    /// What to do about it, for people. It never repeats what was sent.
    pub detail: &'a str,
    /// The request, as the server's log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ProblemDocument<'_> {
    /// The type of all of ours.
    pub const TYPE: &'static str = "about:blank";
}

/// The responses of an address that refuses in these ways: each status with the codes that come with it.
pub fn refusals(ways: &[(u16, &[&str])]) -> BTreeMap<String, RefOr<Response>> {
    let problem = |status: u16, codes: &[&str]| {
        let mut content = Content::new(Some(Ref::from_schema_name("Problem")));
        content.example = Some(json!({
            "type": ProblemDocument::TYPE,
            "title": Language::En.t("api-example-title"),
            "status": status,
            "code": codes.first(),
            "detail": Language::En.t("api-example-detail"),
            "request_id": "019300d2-6f0a-7c3e-9b1f-0242ac120002",
        }));
        (PROBLEM, content)
    };
    each(ways, problem)
}

/// As [`refusals`], where what is answered is JSON of another shape.
pub fn refusals_of<T: ToSchema>(ways: &[(u16, &[&str])]) -> BTreeMap<String, RefOr<Response>> {
    each(ways, |_, _| ("application/json", Content::new(Some(Ref::from_schema_name(T::name())))))
}

fn each(
    ways: &[(u16, &[&str])],
    content: impl Fn(u16, &[&str]) -> (&'static str, Content),
) -> BTreeMap<String, RefOr<Response>> {
    let response = |(status, codes): &(u16, &[&str])| {
        let (media_type, content) = content(*status, codes);
        let response = described(*status, codes).content(media_type, content).build();
        (status.to_string(), response.into())
    };
    ways.iter().map(response).collect()
}

/// A response with these codes, without its body: what they mean, and the headers that come with the status.
fn described(status: u16, codes: &[&str]) -> ResponseBuilder {
    let meaning = |code: &&str| format!("`{code}`: {}", Language::En.t(&format!("api-code-{code}")));
    let sentences: Vec<String> = codes.iter().map(meaning).collect();
    let mut response = ResponseBuilder::new().description(sentences.join("\n\n"));
    if [429, 503].contains(&status) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
        let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait."));
        response = response.header("Retry-After", header.build());
    }
    if status == 401 {
        let scheme = ObjectBuilder::new().schema_type(Type::String).build();
        let header =
            HeaderBuilder::new().schema(Some(scheme)).description(Some("Names the scheme, `Bearer`."));
        response = response.header("WWW-Authenticate", header.build());
    }
    response.extensions(Some(ExtensionsBuilder::new().add(CODES, json!(codes)).build()))
}
