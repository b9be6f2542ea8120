//! Forms with a file in them: `multipart/form-data` (RFC 7578), as browsers send it.
//!
//! The whole body is held in memory, so whoever reads one says how large it may be.

use actix_web::web;
use aho_corasick::AhoCorasick;
use futures_util::StreamExt as _;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUpload {
    /// Larger than allowed.
    #[error("too large")]
    TooLarge,
    /// The connection broke, or it is no such form.
    #[error("broken")]
    Broken,
}

/// A field of such a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the input.
    pub name: String,
    /// Whether it is a file; one that was not chosen has neither name nor content.
    pub is_file: bool,
    /// What was typed or chosen.
    pub content: Vec<u8>,
}

/// Reads a body of at most `most` bytes. A larger one is read on to a multiple of that and dropped: a browser that is
/// answered before it has sent everything shows a broken connection and not the answer.
pub async fn body(mut payload: web::Payload, most: usize) -> Result<Vec<u8>, BadUpload> {
    let (mut body, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BadUpload::Broken)?;
        length = length.saturating_add(chunk.len());
        if length > most {
            body = Vec::new();
        } else {
            body.extend_from_slice(&chunk);
        }
        if length > most.saturating_mul(8) {
            break;
        }
    }
    if length > most { Err(BadUpload::TooLarge) } else { Ok(body) }
}

/// The fields of a body with this content type, in order.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, BadUpload> {
    let boundary = boundary(content_type).ok_or(BadUpload::Broken)?;
    let marks = AhoCorasick::new([format!("--{boundary}")]).map_err(|_| BadUpload::Broken)?;
    let mut parts = Vec::new();
    let mut from: Option<usize> = None;
    for mark in marks.find_iter(body) {
        // A boundary stands at the beginning of a line.
        let before = body.get(..mark.start()).unwrap_or_default();
        if !(before.is_empty() || before.ends_with(b"\r\n")) {
            continue;
        }
        if let Some(from) = from {
            let raw = body.get(from..mark.start().saturating_sub(2)).ok_or(BadUpload::Broken)?;
            parts.extend(part(raw)?);
        }
        let after = body.get(mark.end()..).unwrap_or_default();
        if after.starts_with(b"--") {
            return Ok(parts);
        }
        if !after.starts_with(b"\r\n") {
            return Err(BadUpload::Broken);
        }
        from = Some(mark.end() + 2);
    }
    // It ended before its last boundary.
    Err(BadUpload::Broken)
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';');
    if !parameters.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

/// Headers, an empty line, content. A part without a name is not one of a form and is passed over.
fn part(raw: &[u8]) -> Result<Option<Part>, BadUpload> {
    let end = raw.windows(4).take(4096).position(|four| four == b"\r\n\r\n").ok_or(BadUpload::Broken)?;
    let headers = std::str::from_utf8(raw.get(..end).unwrap_or_default()).map_err(|_| BadUpload::Broken)?;
    let disposition = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let Some(disposition) = disposition else { return Ok(None) };
    let Some(name) = quoted(disposition, "name") else { return Ok(None) };
    Ok(Some(Part {
        name: name.to_owned(),
        is_file: quoted(disposition, "filename").is_some(),
        content: raw.get(end + 4..).unwrap_or_default().to_vec(),
    }))
}

/// `name="value"` among parameters; browsers write a quotation mark in a value as `%22`.
fn quoted<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|parameter| {
        let (given, value) = parameter.split_once('=')?;
        let value = value.trim().strip_prefix('"')?;
        (given.trim() == name).then(|| value.strip_suffix('"').unwrap_or(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----x";

    fn read(body: &str) -> Result<Vec<(String, bool, String)>, BadUpload> {
        let parts = parts(TYPE, body.as_bytes())?;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ok(parts.into_iter().map(|part| (part.name, part.is_file, text(part.content))).collect())
    }

    #[test]
    fn a_form_is_read_field_by_field() {
        let body = "------x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\na,b\r\n------y\r\n\r\n------x\r\n\
                    content-disposition: form-data; name=\"text\"\r\n\r\n\r\n------x--\r\n";
        let expected = [
            ("file".to_owned(), true, "a,b\r\n------y\r\n".to_owned()),
            ("text".to_owned(), false, String::new()),
        ];
        assert_eq!(read(body).unwrap(), expected);
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\""), Some("a b"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for body in [
            "",
            "------x",
            "------x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf",
            "------x\r\nno headers\r\n------x--",
            "------xy\r\n\r\n\r\n------x--",
        ] {
            assert_eq!(read(body), Err(BadUpload::Broken), "{body:?}");
        }
        for content_type in ["", "text/csv", "multipart/form-data", "multipart/form-data; boundary="] {
            assert_eq!(parts(content_type, b"------x--"), Err(BadUpload::Broken), "{content_type}");
        }
        let unnamed = "------x\r\nContent-Type: text/plain\r\n\r\na\r\n------x--";
        assert_eq!(read(unnamed).unwrap(), []);
    }
}
