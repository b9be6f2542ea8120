//! Predicates on values that several types share. Each says what passes; what to tell the person is the message that
//! stands beside it in the type's field.

use url::{Host, Url};

/// Printable ASCII without blanks: what can go into a header or a signature unchanged.
pub(crate) fn is_visible_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Only ASCII letters and digits, in a length within `from..=to`.
pub(crate) fn is_alphanumeric(text: &str, from: usize, to: usize) -> bool {
    (from..=to).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Only ASCII digits, and at least one.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Only ASCII letters, digits and `extra`, in a length within `from..=to`.
pub(crate) fn is_word(text: &str, extra: &[u8], from: usize, to: usize) -> bool {
    (from..=to).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
}

/// An address of that scheme with a host, without user information. Spellings that parsers silently mend (blanks, line
/// breaks, other slashes) do not pass, because the tools that get the text as it is may not mend them.
pub(crate) fn address(text: &str, schemes: &[&str]) -> Option<Url> {
    let behind_scheme = text.split_once("://")?.1;
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
        || behind_scheme.starts_with('/')
    {
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

/// The address of an API server: https, and nothing behind the path.
pub(crate) fn is_server(text: &str) -> bool {
    address(text, &["https"]).is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// An address that means the runner's own machine, as local clusters write it.
pub(crate) fn is_loopback(server: &str) -> bool {
    let Some(url) = address(server, &["https"]) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_complete_and_carries_no_name() {
        for (text, wanted) in [
            ("https://a.example", true),
            ("https://a.example:8443/x/y?z=1", true),
            ("https://[2001:db8::1]:6443", true),
            ("http://a.example", false),
            ("https://", false),
            ("https:///x", false),
            ("https:a.example", false),
            ("https:\\\\a.example", false),
            ("https://user@a.example", false),
            ("https://:secret@a.example", false),
            ("https://a.example/with blank", false),
            ("https://a.exa\nmple", false),
            (" https://a.example", false),
            ("a.example", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(address(text, &["https"]).is_some(), wanted, "{text:?}");
        }
    }

    #[test]
    fn loopback_is_known_in_every_spelling() {
        for text in [
            "https://localhost:6443",
            "https://LOCALHOST",
            "https://kind.localhost",
            "https://127.0.0.1:6443",
            "https://127.1",
            "https://0x7f000001",
            "https://0.0.0.0",
            "https://[::1]",
        ] {
            assert!(is_loopback(text), "{text}");
        }
        for text in ["https://localhost.example.com", "https://10.0.0.1", "https://[2001:db8::1]", "nonsense"]
        {
            assert!(!is_loopback(text), "{text}");
        }
    }

    #[test]
    fn host_names_have_whole_labels() {
        for (text, wanted) in [
            ("sts.aliyuncs.com", true),
            ("localhost", false),
            (".aliyuncs.com", false),
            ("a..com", false),
            ("-a.com", false),
            ("a.com/x", false),
            ("a.com:443", false),
            ("a@b.com", false),
            ("", false),
        ] {
            assert_eq!(is_host_name(text), wanted, "{text}");
        }
    }
}
