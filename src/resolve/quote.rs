//! How a value is written so that a shell or a dotenv reader gives back exactly that value.
//!
//! Shells agree: single quotes, each `'` written as `'\''`. Dotenv readers have no common dialect; what all of
//! those measured (`tests/data/providers/envquote.json`) read back alike is `'value'` without `'`, CR and `${`. The
//! rest is refused, never mangled.

/// Appends `export NAME='value'` and a line feed. `None`, and nothing appended, when the name is not one a shell
/// accepts or the value holds NUL, which no environment can carry.
#[must_use]
pub(super) fn shell(out: &mut Vec<u8>, name: &str, value: &str) -> Option<()> {
    if !is_name(name) || value.contains('\0') {
        return None;
    }
    out.extend_from_slice(b"export ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"='");
    for (at, part) in value.split('\'').enumerate() {
        if at > 0 {
            out.extend_from_slice(b"'\\''");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"'\n");
    Some(())
}

/// Appends `NAME='value'` and a line feed. `None`, and nothing appended, when dotenv readers would not agree on it.
#[must_use]
pub(super) fn dotenv(out: &mut Vec<u8>, name: &str, value: &str) -> Option<()> {
    if !is_name(name) || value.contains(['\'', '\r', '\0']) || value.contains("${") {
        return None;
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"='");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"'\n");
    Some(())
}

/// Whether shells accept it as the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
