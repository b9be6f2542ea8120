//! What a caller sends, read strictly. Errors say where, never what.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::delivery::Format;
use super::described;
use crate::credentials::Token;

/// The most tokens that one request may name.
pub(super) const MOST_TOKENS: u64 = 50;
/// The largest request, in bytes.
pub(super) const MOST_BYTES: usize = 64 * 1024;

/// Why a request makes no sense: a sentence for the caller.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadAsk {
    /// Not JSON, or not of this shape.
    #[error(
        "The body is not the JSON object that this address expects: {{\"tokens\": [\"…\"], \"formats\": [\"…\"], \"mask\": true, \"run\": \"…\"}}."
    )]
    Shape,
    /// No token at all.
    #[error("`tokens` is empty. Name at least one credential.")]
    NoTokens,
    /// Too many.
    #[error("`tokens` names more than {MOST_TOKENS} credentials. Ask for the rest in another request.")]
    TooManyTokens,
    /// One of them cannot be a token; its place, counted from 0.
    #[error(
        "tokens[{0}] is not a token. A token has 1 to 64 letters, digits, `.`, `_` or `-` and begins with a letter or a digit."
    )]
    NotAToken(usize),
    /// One of the formats is not known; its place, counted from 0.
    #[error(
        "formats[{0}] is not a format. Known are `fields`, `env`, `files` and the names of files, such as `kubeconfig`."
    )]
    NotAFormat(usize),
    /// The name of the run cannot be recorded.
    #[error("`run` has more than 128 characters, or characters that cannot be shown.")]
    Run,
}

/// Which credentials are wanted, and how.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resolve)]
pub(super) struct Body {
    #[validate(length(min = 1, max = "MOST_TOKENS"))]
    #[schema(schema_with = described::tokens)]
    tokens: Vec<String>,
    #[schema(schema_with = described::formats)]
    formats: Option<Vec<String>>,
    /// Whether the strings are wanted that a runner must hide, by far the largest part of an answer. They come unless
    /// this says `false`, as it should for a program that shows nothing of what it is given.
    #[schema(default = true)]
    mask: Option<bool>,
    #[validate(length(min = 1, max = 128), non_control_character)]
    #[schema(schema_with = described::run_of_body)]
    run: Option<String>,
}

/// The longest name of a run, in characters.
pub(super) const LONGEST_RUN: usize = 128;

/// Whether a run may be called so.
pub(super) fn is_run(text: &str) -> bool {
    (1..=LONGEST_RUN).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Which parts of the answer are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// The fields that were typed in.
    pub(super) fields: bool,
    /// The environment.
    pub(super) env: bool,
    /// The files: all, or these.
    pub(super) files: Files,
    /// What a runner must hide.
    pub(super) mask: bool,
}

/// Which files are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Files {
    /// Whatever the type has.
    All,
    /// The ones with these names.
    Named(Vec<&'static str>),
}

impl Parts {
    fn everything() -> Self {
        Self { fields: true, env: true, files: Files::All, mask: true }
    }

    /// Whether this file is wanted.
    pub(super) fn wants(&self, file: &str) -> bool {
        match &self.files {
            Files::All => true,
            Files::Named(names) => names.contains(&file),
        }
    }

    /// Whether nothing but files with certain names is wanted.
    pub(super) fn only_named_files(&self) -> bool {
        !self.fields && !self.env && matches!(self.files, Files::Named(_))
    }

    /// As the audit record says it.
    pub(super) fn describe(&self) -> String {
        let mut names = Vec::new();
        names.extend(self.fields.then_some("fields"));
        names.extend(self.env.then_some("env"));
        match &self.files {
            Files::All => names.push("files"),
            Files::Named(files) => names.extend(files),
        }
        names.join(",")
    }
}

/// A batch, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The tokens, each once, in the order asked.
    pub(super) tokens: Vec<Token>,
    /// The parts.
    pub(super) parts: Parts,
    /// The run.
    pub(super) run: Option<String>,
}

/// Reads the body of `POST /api/v1/resolve`.
pub(super) fn batch(body: &[u8]) -> Result<Batch, BadAsk> {
    // A list of the values in their order would pass for the object otherwise.
    let body: Body = crate::web::forms::object(body).ok_or(BadAsk::Shape)?;
    body.validate().map_err(|errors| match errors.field_errors().contains_key("tokens") {
        true if body.tokens.is_empty() => BadAsk::NoTokens,
        true => BadAsk::TooManyTokens,
        false => BadAsk::Run,
    })?;
    let mut tokens = Vec::with_capacity(body.tokens.len());
    for (at, text) in body.tokens.iter().enumerate() {
        let token = Token::parse(text).map_err(|_| BadAsk::NotAToken(at))?;
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    Ok(Batch {
        tokens,
        parts: Parts { mask: body.mask.unwrap_or(true), ..parts(body.formats.as_deref())? },
        run: body.run,
    })
}

fn parts(formats: Option<&[String]>) -> Result<Parts, BadAsk> {
    let Some(formats) = formats else {
        return Ok(Parts::everything());
    };
    let mut parts = Parts { fields: false, env: false, files: Files::Named(Vec::new()), mask: true };
    for (at, name) in formats.iter().enumerate() {
        match (name.as_str(), Format::parse(name), &mut parts.files) {
            ("files", _, files) => *files = Files::All,
            (_, Some(Format::Fields), _) => parts.fields = true,
            (_, Some(Format::Env), _) => parts.env = true,
            (_, Some(Format::File(name)), Files::Named(names)) => names.push(name),
            (_, Some(Format::File(_)), Files::All) => {}
            (_, Some(Format::Dotenv | Format::Shell) | None, _) => return Err(BadAsk::NotAFormat(at)),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_strictly() {
        let many = |n: usize| format!(r#"{{"tokens":[{}]}}"#, vec![r#""a""#; n].join(","));
        let table = [
            ("", BadAsk::Shape),
            ("[]", BadAsk::Shape),
            (r#"{"tokens":"a"}"#, BadAsk::Shape),
            (r#"{"tokens":["a"],"role":"owner"}"#, BadAsk::Shape),
            (r#"{"tokens":[1]}"#, BadAsk::Shape),
            (r#"{"tokens":["a"],"mask":"no"}"#, BadAsk::Shape),
            (r#"[["a"],null,null]"#, BadAsk::Shape),
            (r#"{"tokens":[]}"#, BadAsk::NoTokens),
            (&many(51), BadAsk::TooManyTokens),
            (r#"{"tokens":["a","b c"]}"#, BadAsk::NotAToken(1)),
            (r#"{"tokens":["a"],"formats":["env","pdf"]}"#, BadAsk::NotAFormat(1)),
            (r#"{"tokens":["a"],"run":""}"#, BadAsk::Run),
            (r#"{"tokens":["a"],"run":"a\nb"}"#, BadAsk::Run),
        ];
        for (body, expected) in table {
            assert_eq!(batch(body.as_bytes()), Err(expected), "{body}");
        }
        assert!(batch(many(50).as_bytes()).is_ok());
    }

    #[test]
    fn a_token_asked_twice_is_answered_once() {
        let tokens = batch(br#"{"tokens":["b","a","b"]}"#).unwrap().tokens;
        assert_eq!(tokens.iter().map(Token::as_str).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn formats_choose_the_parts() {
        let parts = |formats: &str| {
            batch(format!(r#"{{"tokens":["a"],"formats":{formats}}}"#).as_bytes()).unwrap().parts
        };
        assert_eq!(parts(r#"["fields","env","files"]"#), Parts::everything());
        assert!(parts(r#"["kubeconfig"]"#).wants("kubeconfig"));
        assert!(!parts(r#"["fields"]"#).wants("kubeconfig"));
        assert_eq!(parts(r#"["env","kubeconfig"]"#).describe(), "env,kubeconfig");
    }

    #[test]
    fn what_must_be_hidden_comes_unless_it_is_declined() {
        let mask = |more: &str| batch(format!(r#"{{"tokens":["a"]{more}}}"#).as_bytes()).unwrap().parts.mask;
        assert!(mask("") && mask(r#","mask":null,"formats":["env"]"#) && mask(r#","mask":true"#));
        assert!(!mask(r#","mask":false"#) && !mask(r#","mask":false,"formats":["kubeconfig"]"#));
    }

    #[test]
    fn an_error_does_not_repeat_what_was_sent() {
        for body in [
            r#"{"tokens":["hunter2 s3cret"]}"#,
            r#"{"tokens":["a"],"formats":["hunter2"]}"#,
            r#"{"hunter2":1}"#,
        ] {
            assert!(!batch(body.as_bytes()).unwrap_err().to_string().contains("hunter2"), "{body}");
        }
    }
}
