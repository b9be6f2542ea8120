//! Predicates on values that several types share. Each says what passes; what to tell the person is the message that
//! stands beside it in the type's field.

use url::Url;

/// Printable ASCII without blanks: what can go into a header or a signature unchanged.
pub(crate) fn is_visible_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Only ASCII letters and digits, in a length within `from..=to`.
pub(crate) fn is_alphanumeric(text: &str, from: usize, to: usize) -> bool {
    (from..=to).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Only ASCII letters, digits and `extra`, in a length within `from..=to`.
pub(crate) fn is_word(text: &str, extra: &[u8], from: usize, to: usize) -> bool {
    (from..=to).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
}

/// An address of that scheme with a host, without user information; blanks and line breaks, which parsers silently
/// drop, do not pass.
pub(crate) fn address(text: &str, schemes: &[&str]) -> Option<Url> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (schemes.contains(&url.scheme()) && url.has_host() && plain).then_some(url)
}

/// A host name: labels of letters, digits and hyphens, with at least one dot.
pub(crate) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| is_word(label, b"-", 1, 63) && !label.starts_with('-') && !label.ends_with('-');
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}
