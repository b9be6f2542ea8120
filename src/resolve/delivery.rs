//! Opened content → the shape in which a tool takes it.
//!
//! Used by the resolve endpoint once the decision is made and recorded. Pure: knows neither callers nor requests.

pub use crate::catalogue::{Opened, Undeliverable};

use zeroize::Zeroizing;

use super::{mask, quote};
use crate::catalogue;
use crate::secret::Secret;

/// A form of delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// All fields that were typed in, as a JSON object.
    Fields,
    /// Environment variables, as a JSON object.
    Env,
    /// Environment variables, as a dotenv file.
    Dotenv,
    /// Environment variables, as lines for a shell to evaluate.
    Shell,
    /// A file that the type's tools read, by name.
    File(&'static str),
}

/// One credential in one format.
pub struct Delivered {
    /// The bytes.
    pub body: Secret<Vec<u8>>,
    /// Their media type.
    pub media_type: &'static str,
    /// A name to save them under.
    pub file_name: &'static str,
}

/// Files by the names of their formats.
pub type Files = Vec<(&'static str, Secret<Vec<u8>>)>;

/// Names with their values, in the order of the fields.
pub type Pairs = Vec<(&'static str, Secret<String>)>;

impl Format {
    /// Reads a format's name; files are known by the catalogue.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "fields" => Some(Self::Fields),
            "env" => Some(Self::Env),
            "dotenv" => Some(Self::Dotenv),
            "shell" => Some(Self::Shell),
            _ => catalogue::all()
                .iter()
                .flat_map(|known| known.files)
                .find(|file| file.name == text)
                .map(|file| Self::File(file.name)),
        }
    }

    /// The name in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Env => "env",
            Self::Dotenv => "dotenv",
            Self::Shell => "shell",
            Self::File(name) => name,
        }
    }
}

/// The content in that format.
pub fn deliver(opened: &Opened, format: Format) -> Result<Delivered, Undeliverable> {
    const JSON: &str = "application/json";
    const TEXT: &str = "text/plain; charset=utf-8";
    match format {
        Format::Fields => {
            Ok(Delivered { body: json(&fields(opened)?)?, media_type: JSON, file_name: "fields.json" })
        }
        Format::Env => Ok(Delivered { body: json(&env(opened)?)?, media_type: JSON, file_name: "env.json" }),
        Format::Dotenv => {
            let body = lines(opened, quote::dotenv, Undeliverable::NotQuotable { instead: "shell" })?;
            Ok(Delivered { body, media_type: TEXT, file_name: ".env" })
        }
        Format::Shell => {
            let body = lines(opened, quote::shell, Undeliverable::Unfit)?;
            Ok(Delivered { body, media_type: TEXT, file_name: "env.sh" })
        }
        Format::File(name) => {
            let file = opened.credential_type.file(name).ok_or(Undeliverable::NotOfThisType)?;
            Ok(Delivered {
                body: (file.write)(opened)?,
                media_type: file.media_type,
                file_name: file.file_name,
            })
        }
    }
}

/// The fields that were typed in, secret ones included, derived facts left out.
pub fn fields(opened: &Opened) -> Result<Pairs, Undeliverable> {
    let mut pairs = Vec::new();
    for field in opened.kind()?.fields.iter().filter(|field| field.is_input()) {
        if let Some(value) = opened.text(field.name)? {
            pairs.push((field.name, Secret::new(value.to_owned())));
        }
    }
    Ok(pairs)
}

/// The environment variables. Types whose tools read files have none.
pub fn env(opened: &Opened) -> Result<Pairs, Undeliverable> {
    let mut pairs = Vec::new();
    for field in opened.kind()?.fields {
        let Some(value) = opened.text(field.name)? else { continue };
        pairs.extend(field.env.iter().map(|name| (*name, Secret::new(value.to_owned()))));
    }
    Ok(pairs)
}

/// Every file of the type that this content fills, by format name.
pub fn files(opened: &Opened) -> Result<Files, Undeliverable> {
    opened.credential_type.files.iter().map(|file| Ok((file.name, (file.write)(opened)?))).collect()
}

/// The exact strings that a runner must hide: every secret field and every secret inside of one.
pub fn masks(opened: &Opened) -> Vec<Secret<String>> {
    let inner = (opened.credential_type.inner)(opened);
    mask::masks(opened.secret.values().chain(inner.iter()))
}

type Quote = fn(&mut Vec<u8>, &str, &str) -> Option<()>;

/// An empty file would make `eval` succeed and the build fail later, so a type without variables is refused.
fn lines(opened: &Opened, quote: Quote, refused: Undeliverable) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let pairs = env(opened)?;
    if pairs.is_empty() {
        let instead = opened.credential_type.files.first().map_or("fields", |file| file.name);
        return Err(Undeliverable::NoEnvironment { instead });
    }
    // Room for every quote to become four bytes, so that growing leaves no copy behind in freed memory.
    let room = pairs.iter().map(|(name, value)| name.len() + 4 * value.expose().len() + 16).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    for (name, value) in &pairs {
        quote(&mut out, name, value.expose()).ok_or(refused)?;
    }
    Ok(Secret::new(std::mem::take(&mut *out)))
}

fn json(pairs: &Pairs) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let map: std::collections::BTreeMap<&str, &str> =
        pairs.iter().map(|(name, value)| (*name, value.expose().as_str())).collect();
    serde_json::to_vec(&map).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}
