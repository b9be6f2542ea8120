//! The exact strings that a runner must hide in its output, for each secret.
//!
//! A log shows a secret as it is, line by line, or as some tool wrote it: in JSON, in an address, in base64 (at any of
//! the three offsets it can have inside of a longer text) or in hex. Strings under 6 characters are left out: hiding
//! them would blot out innocent output, and tell by the holes what they are.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::secret::Secret;

/// Fewer characters than this are never hidden.
const SHORTEST: usize = 6;
/// A line of a longer text is hidden on its own from this length on; shorter ones are structure, like `kind: Config`.
const LONG_LINE: usize = 16;
/// Longer values are hidden as they are and line by line, but not in encodings: all of them together take about
/// twenty times the value.
const LARGE: usize = 64 * 1024;

/// Every form in which one of `values` could show up in a log, longest first, so that a runner which replaces one after
/// the other leaves no rest of a longer one.
pub(super) fn masks<'a>(values: impl Iterator<Item = &'a Secret<Vec<u8>>>) -> Vec<Secret<String>> {
    let mut found = Vec::new();
    for value in values {
        add(&mut found, value.expose());
    }
    found.retain(|form: &Secret<String>| form.expose().chars().nth(SHORTEST - 1).is_some());
    found.sort_unstable_by(|a, b| {
        let (a, b) = (a.expose(), b.expose());
        b.len().cmp(&a.len()).then_with(|| a.cmp(b))
    });
    found.dedup_by(|a, b| a.expose() == b.expose());
    found
}

fn add(found: &mut Vec<Secret<String>>, value: &[u8]) {
    let text = std::str::from_utf8(value).ok();
    // The encodings of something that is too short to hide would only hide too much elsewhere.
    if text.map_or(value.len(), |text| text.chars().count()) < SHORTEST {
        return;
    }
    let mut push = |form: String| found.push(Secret::new(form));
    if let Some(text) = text {
        push(text.to_owned());
        // A runner that works by lines never sees the line feed at the end of a file.
        push(text.trim().to_owned());
        if text.contains(['\n', '\r']) {
            let lines = text.lines().map(str::trim).filter(|line| line.chars().nth(LONG_LINE - 1).is_some());
            lines.for_each(|line| push(line.to_owned()));
        }
    }
    if value.len() > LARGE {
        return;
    }
    if let Some(text) = text {
        push(json(text));
        // Most secrets have one form in JSON.
        if !text.is_ascii() {
            push(json_ascii(text));
        }
        if text.contains(['<', '>', '&']) {
            push(json_html(text));
        }
    }
    base64(value, &mut push);
    [percent(value, b"-._~", "%20"), percent(value, b"-._~!*'()", "%20"), percent(value, b"-._*", "+")]
        .into_iter()
        .for_each(&mut push);
    [hex(value, b"0123456789abcdef"), hex(value, b"0123456789ABCDEF")].into_iter().for_each(&mut push);
}

/// Within a longer text the value starts at one of three places of a base64 quantum. Characters that also hold bits
/// of its neighbours are cut off, as those may be anything.
fn base64(value: &[u8], push: &mut impl FnMut(String)) {
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        // Alone; the padding that may follow gives nothing away.
        push(engine.encode(value));
        for offset in 0..3 {
            let mut shifted = zeroize::Zeroizing::new(Vec::with_capacity(offset + value.len()));
            shifted.resize(offset, 0);
            shifted.extend_from_slice(value);
            let encoded = Secret::new(engine.encode(&*shifted));
            let first = (offset * 8).div_ceil(6);
            let end = shifted.len() * 8 / 6;
            push(encoded.expose().get(first..end).unwrap_or_default().to_owned());
        }
    }
}

/// As in a JSON string, without the quotes.
fn json(text: &str) -> String {
    let mut quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.pop();
    if !quoted.is_empty() {
        quoted.remove(0);
    }
    quoted
}

/// As writers do that keep to ASCII, like Python's.
fn json_ascii(text: &str) -> String {
    let escaped = Secret::new(json(text));
    let mut out = String::with_capacity(6 * escaped.expose().len());
    for c in escaped.expose().chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")))
            }
        }
    }
    out
}

/// As writers do that expect to stand in a page, like Go's.
fn json_html(text: &str) -> String {
    let escaped = Secret::new(json(text));
    let mut out = String::with_capacity(6 * escaped.expose().len());
    for c in escaped.expose().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            other => out.push(other),
        }
    }
    out
}

/// Percent-encoded but for letters, digits and `kept`.
fn percent(value: &[u8], kept: &[u8], blank: &str) -> String {
    let mut out = Vec::with_capacity(3 * value.len());
    for byte in value {
        match byte {
            b' ' => out.extend_from_slice(blank.as_bytes()),
            byte if byte.is_ascii_alphanumeric() || kept.contains(byte) => out.push(*byte),
            byte => {
                let [high, low] = hex_of(*byte, b"0123456789ABCDEF");
                out.extend_from_slice(&[b'%', high, low]);
            }
        }
    }
    text(out)
}

fn hex(value: &[u8], digits: &[u8; 16]) -> String {
    let mut out = Vec::with_capacity(2 * value.len());
    value.iter().for_each(|byte| out.extend_from_slice(&hex_of(*byte, digits)));
    text(out)
}

fn hex_of(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|nibble| digits.get(usize::from(nibble)).copied().unwrap_or_default())
}

/// Bytes that are ASCII by how they were made; no copy of them is left behind.
fn text(ascii: Vec<u8>) -> String {
    String::from_utf8(ascii).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Vec<String> {
        let value = Secret::new(value.as_bytes().to_vec());
        masks([&value].into_iter()).iter().map(|mask| mask.expose().clone()).collect()
    }

    #[test]
    fn every_usual_form_of_a_secret_is_hidden() {
        let masks = of("pa ss/<wört>\"1");
        for form in [
            "pa ss/<wört>\"1",
            r#"pa ss/<wört>\"1"#,
            r#"pa ss/<w\u00f6rt>\"1"#,
            r#"pa ss/\u003cwört\u003e\"1"#,
            "cGEgc3MvPHfDtnJ0PiIx",
            "pa%20ss%2F%3Cw%C3%B6rt%3E%221",
            "pa+ss%2F%3Cw%C3%B6rt%3E%221",
            "70612073732f3c77c3b672743e2231",
            "70612073732F3C77C3B672743E2231",
        ] {
            assert!(masks.iter().any(|mask| mask == form), "{form} in {masks:#?}");
        }
    }

    #[test]
    fn base64_of_a_text_that_contains_the_secret_is_hidden_at_every_offset() {
        let secret = "hunter2-and-more?>";
        let masks = of(secret);
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{secret}{}", "\u{7f}".repeat(before), "\u{7f}".repeat(after));
                for encoded in [
                    base64::engine::general_purpose::STANDARD.encode(&text),
                    base64::engine::general_purpose::URL_SAFE.encode(&text),
                ] {
                    let hidden = masks.iter().find(|mask| encoded.contains(mask.as_str()));
                    // At most a character on either side, which is shared with the neighbours, stays.
                    assert!(hidden.is_some_and(|mask| mask.len() >= secret.len() * 8 / 6 - 2), "{encoded}");
                }
            }
        }
    }

    #[test]
    fn nothing_short_is_hidden() {
        for short in ["", "a", "12345", "密钥密钥密"] {
            assert!(of(short).is_empty(), "{short}");
        }
        let masks = of("123456");
        assert!(masks.contains(&"123456".to_owned()));
        assert!(masks.iter().all(|mask| mask.chars().count() >= 6), "{masks:?}");
    }

    #[test]
    fn long_lines_are_hidden_on_their_own_and_structure_is_not() {
        let masks = of("kind: Config\r\n    token: abcdefghijklmnop\r\n");
        assert!(masks.contains(&"token: abcdefghijklmnop".to_owned()), "{masks:#?}");
        assert!(
            !masks.iter().any(|mask| mask.contains("kind: Config") && !mask.contains("token")),
            "{masks:#?}"
        );
    }

    #[test]
    fn longer_forms_come_first_and_none_twice() {
        let masks = of("abcdef-abcdef\nabcdef-abcdef-ghi\nabcdef-abcdef-ghi");
        assert!(masks.windows(2).all(|pair| pair[0].len() >= pair[1].len()), "{masks:#?}");
        let mut unique = masks.clone();
        unique.dedup();
        assert_eq!(unique, masks);
    }

    #[test]
    fn a_large_value_is_hidden_without_its_encodings() {
        let value = Secret::new("0123456789abcdef\n".repeat(8 * 1024).into_bytes());
        let masks = masks([&value].into_iter());
        assert_eq!(masks.len(), 3);
    }
}
