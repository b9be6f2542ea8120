//! What Maven does to a value in a settings file instead of taking it as it is.
//!
//! Measured with Maven 3.8 (`tests/data/providers/maven.json`): every value is trimmed, then everything in it that looks
//! like `${…}` is replaced if Maven knows it, then passwords with something encrypted in braces are decrypted if the
//! runner has the master password. None of the three can be escaped.

use super::xml;
use crate::catalogue::Change;

/// What would happen to the value; `None`: nothing.
pub(super) fn change(value: &str) -> Option<Change> {
    if !value.chars().all(xml::may_hold) || value.contains('\r') {
        Some(Change::Broken)
    } else if trimmed(value) != value {
        Some(Change::Trimmed)
    } else if is_replaced(value) {
        Some(Change::Replaced)
    } else {
        None
    }
}

/// As [`change`], for a password.
pub(super) fn change_of_password(value: &str) -> Option<Change> {
    change(value).or_else(|| is_deciphered(value).then_some(Change::Deciphered))
}

/// The value without the blanks and control characters at its ends that Java cuts off; wider blanks stay.
pub(super) fn trimmed(value: &str) -> &str {
    value.trim_matches(|c: char| c <= ' ')
}

/// Whether something in it is a name for something else. Which names Maven knows depends on the runner.
pub(super) fn is_replaced(value: &str) -> bool {
    value.split_once("${").is_some_and(|(_, rest)| rest.chars().skip(1).any(|c| c == '}'))
}

/// Whether Maven could take a part in braces for something encrypted: base64 of at least salt and one block. Shorter
/// ones it fails to decrypt, and then leaves alone.
pub(super) fn is_deciphered(value: &str) -> bool {
    let in_base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let inside = value.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
    inside.is_some_and(|(inside, _)| inside.chars().filter(in_base64).count() >= 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_maven_was_seen_to_change_is_known() {
        const ENCRYPTED: &str = "{QS1yycly0HEH5mcJ9q6+PyWyMUVb7NOh+HXjmqCABZg=}";
        for (value, wanted) in [
            ("Simple1", None),
            ("s3cr&t<x>\"é'\\%$x", None),
            ("密钥😀", None),
            ("", None),
            (" x", Some(Change::Trimmed)),
            ("x ", Some(Change::Trimmed)),
            ("\tx", Some(Change::Trimmed)),
            ("\u{a0}x\u{3000}", None),
            ("a b\tc", None),
            ("a${java.version}b", Some(Change::Replaced)),
            ("${env.HOME}", Some(Change::Replaced)),
            ("${anything}", Some(Change::Replaced)),
            ("$${x}", Some(Change::Replaced)),
            ("${密}", Some(Change::Replaced)),
            ("${}x}", Some(Change::Replaced)),
            ("${", None),
            ("${}", None),
            ("${x", None),
            ("}${", None),
            ("$ {x}", None),
            ("{brace}", None),
            ("a{b}c", None),
            (ENCRYPTED, Some(Change::Deciphered)),
            ("comment {QS1yycly0HEH5mcJ9q6+PyWyMUVb7NOh+HXjmqCABZg=} on it", Some(Change::Deciphered)),
            ("\u{ffff}", Some(Change::Broken)),
            ("a\rb", Some(Change::Broken)),
        ] {
            assert_eq!(change_of_password(value), wanted, "{value:?}");
        }
        assert_eq!(change(ENCRYPTED), None, "names are not decrypted");
    }
}
