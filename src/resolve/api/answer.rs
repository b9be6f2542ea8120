//! What is delivered: the document of a batch, or a bare file, sealed where the caller wants that.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::{INVALID, cannot_deliver, refused, sentence};
use crate::credentials::Token;
use crate::resolve::ask::Parts;
use crate::resolve::delivery::{self, Undeliverable};
use crate::resolve::{Got, Refusal};
use crate::seal::AnswerKey;

/// The media type of a sealed answer; inside is what would have come openly.
pub(super) const SEALED: &str = "application/vnd.voucher.sealed";

/// What is delivered, sealed where the caller wants that.
pub(super) fn content(seal_to: Option<&AnswerKey>, media_type: &'static str, body: Vec<u8>) -> HttpResponse {
    let (media_type, body) = match seal_to {
        Some(key) => (SEALED, key.seal(body)),
        None => (media_type, body),
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}

/// A credential that was delivered.
#[derive(Serialize, ToSchema)]
pub(super) struct Delivered<'a> {
    /// What the pipeline calls it.
    token: &'a str,
    /// Its credential type.
    #[serde(rename = "type")]
    credential_type: &'a str,
    /// What people call it.
    name: &'a str,
    /// The version that was delivered. Runs that name themselves keep the one that they first resolved.
    #[schema(minimum = 1)]
    version: i32,
    /// When it ends, if it does.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The fields that were typed in, where `formats` asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<BTreeMap<&'a str, &'a str>>,
    /// Environment variables, where `formats` asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<BTreeMap<&'a str, &'a str>>,
    /// The files that tools read, by the names of their formats.
    files: BTreeMap<&'a str, &'a str>,
    /// The files that cannot be made of this content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undeliverable: Vec<LeftOut>,
}

/// A format in which this content cannot be delivered.
#[derive(Serialize, ToSchema)]
struct LeftOut {
    /// The format.
    format: &'static str,
    /// Why, for programs.
    code: &'static str,
    /// Why, for people.
    detail: String,
}

/// A credential that was not delivered.
#[derive(Serialize, ToSchema)]
pub(super) struct Refused<'a> {
    /// What the pipeline calls it.
    token: &'a str,
    /// Why; the codes are those of a problem.
    code: &'a str,
    /// What to do, where the code alone does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

pub(super) fn batch_answer(
    request: &HttpRequest,
    (parts, seal_to): (&Parts, Option<&AnswerKey>),
    answers: &[(Token, Result<Got, Refusal>)],
) -> HttpResponse {
    let (mut made, mut refusals) = (Vec::with_capacity(answers.len()), Vec::new());
    let mut first = None;
    for (token, result) in answers {
        let shapes = match result {
            Ok(got) => Made::of(got, parts).map(|shapes| (got, shapes)).map_err(Withheld::Undeliverable),
            Err(refusal) => Err(Withheld::Refused(*refusal)),
        };
        match shapes {
            Ok((got, shapes)) => made.push((token, got, shapes)),
            Err(withheld) => {
                first.get_or_insert(withheld);
                refusals.push(withheld.of(token.as_str()));
            }
        }
    }
    match first {
        Some(Withheld::Refused(refusal)) if made.is_empty() => return refused(request, refusal),
        Some(Withheld::Undeliverable(why)) if made.is_empty() => return cannot_deliver(request, why),
        Some(_) | None => {}
    }
    match body((&made, parts.mask), &refusals) {
        Ok(body) => content(seal_to, "application/json", body),
        Err(_) => cannot_deliver(request, Undeliverable::Unfit),
    }
}

/// The document of a batch. It is put together here, and not by one structure, because the masks of each credential
/// are JSON already, and by far the largest part.
fn body(
    (made, mask): (&[(&Token, &Got, Made)], bool),
    refusals: &[Refused<'_>],
) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = b"{\"credentials\":[".to_vec();
    for (at, (token, got, shapes)) in made.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        let delivered = Delivered {
            token: token.as_str(),
            credential_type: got.opened.credential_type.id,
            name: &got.name,
            version: got.version,
            expires_at: got.expires_at.map(|at| at.to_string()),
            fields: shapes.fields.as_ref().map(by_name),
            env: shapes.env.as_ref().map(by_name),
            files: shapes
                .files
                .iter()
                .filter_map(|(name, body)| Some((*name, std::str::from_utf8(body.expose()).ok()?)))
                .collect(),
            undeliverable: shapes
                .left_out
                .iter()
                .map(|(format, why)| LeftOut { format, code: why.code(), detail: sentence(*why) })
                .collect(),
        };
        serde_json::to_writer(&mut body, &delivered)?;
        if mask {
            // One more member before the brace that ends it.
            body.pop();
            body.extend_from_slice(b",\"mask\":");
            got.write_masks(&mut body);
            body.push(b'}');
        }
    }
    body.extend_from_slice(b"],\"refusals\":");
    serde_json::to_writer(&mut body, refusals)?;
    body.push(b'}');
    Ok(body)
}

fn by_name(pairs: &delivery::Pairs) -> BTreeMap<&str, &str> {
    pairs.iter().map(|(name, value)| (*name, value.expose().as_str())).collect()
}

/// Why one credential of a batch is not in the answer. The others are.
#[derive(Clone, Copy)]
enum Withheld {
    Refused(Refusal),
    Undeliverable(Undeliverable),
}

impl Withheld {
    fn of(self, token: &str) -> Refused<'_> {
        match self {
            Self::Refused(refusal) => Refused { token, code: refusal.code(), detail: None },
            Self::Undeliverable(why) => Refused { token, code: INVALID, detail: Some(sentence(why)) },
        }
    }
}

/// The wanted shapes of one credential, kept while the answer borrows from them.
struct Made {
    fields: Option<delivery::Pairs>,
    env: Option<delivery::Pairs>,
    files: delivery::Files,
    left_out: delivery::LeftOut,
}

impl Made {
    /// What cannot be made is left out and named, unless the caller would get nothing of what they named.
    fn of(got: &Got, parts: &Parts) -> Result<Self, Undeliverable> {
        let opened = &got.opened;
        let (files, left_out) = delivery::files(opened, |name| parts.wants(name))?;
        match left_out.first() {
            Some((_, why)) if files.is_empty() && parts.only_named_files() => return Err(*why),
            Some(_) | None => {}
        }
        Ok(Self {
            fields: parts.fields.then(|| delivery::fields(opened)).transpose()?,
            env: parts.env.then(|| delivery::env(opened)).transpose()?,
            files,
            left_out,
        })
    }
}
