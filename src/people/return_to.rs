//! Where a person wanted to go when they were asked to sign in.
//!
//! Holding a [`ReturnTo`] is the proof that it leads nowhere but into this console: the text comes from an address
//! bar, and a sign-in that ends on somebody else's page would lend them our name (RFC 9700, section 2.1).

use url::Url;

/// A path of this console, with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Longer than any address of ours; what is longer was not made by us.
    const MOST: usize = 1024;
    /// The same for an address that holds a form, and is stored nowhere.
    const MOST_WITH_FORM: usize = 32 * 1024;

    /// The first page.
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path as a browser would send it: `/` and then neither `/` nor `\`, printable ASCII only, no fragment.
    /// Paths of the sign-in itself are refused too; going back there would go round in circles.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text, Self::MOST)
    }

    /// Reads the path of a page whose query is a form that somebody filled in.
    pub fn to_form(text: &str) -> Option<Self> {
        Self::read(text, Self::MOST_WITH_FORM)
    }

    fn read(text: &str, most: usize) -> Option<Self> {
        let printable =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>');
        if text.len() > most || !text.starts_with('/') || !text.bytes().all(printable) {
            return None;
        }
        // What a browser makes of it decides, not what it looks like: dot segments may hide a second slash.
        let base = Url::parse("https://console.invalid").ok()?;
        let there = base.join(text).ok()?;
        let ours =
            there.origin() == base.origin() && !there.path().starts_with("//") && !text.starts_with("//");
        let circular = ["/sign-in", "/sign-out", "/signed-out", "/auth"].into_iter().any(|start| {
            there.path().strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        (ours && !circular).then(|| Self(text.to_owned()))
    }

    /// Reads what a query or a row says; what cannot be followed leads to the first page.
    pub fn or_home(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(Self::home)
    }

    /// The same with one value of its query set.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let (path, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let others = url::form_urlencoded::parse(query.as_bytes()).filter(|(given, _)| given != name);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair(name, value)
            .finish();
        Self(format!("{path}?{query}"))
    }

    /// The path, for a `Location` or a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_console_are_followed() {
        let good = [
            "/",
            "/credentials",
            "/credentials?q=a%20b&page=2",
            "/a/b.c/~d",
            "/authority",
            "/?a=//evil.example",
        ];
        for text in good {
            assert_eq!(ReturnTo::parse(text).map(|path| path.0).as_deref(), Some(text));
        }
        let long = format!("/{}", "a".repeat(1024));
        let bad = [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https://evil.example",
            "http:/evil.example",
            "evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " /a",
            "/ /evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            "/\u{0}/evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/a/..//evil.example",
            "/%2e%2e//evil.example",
            "/.\\evil.example",
            "///evil.example",
            "/\u{2f}/evil.example",
            "／evil.example",
            "/凭证",
            "/a#b",
            "/a\"b",
            "/a<b",
            "/sign-in",
            "/sign-in?return_to=/",
            "/sign-in/start",
            "/sign-out",
            "/signed-out",
            "/auth/callback?code=a",
            "/x/../sign-out",
            &long,
        ];
        for text in bad {
            assert_eq!(ReturnTo::parse(text), None, "{text:?}");
            assert_eq!(ReturnTo::or_home(text), ReturnTo::home());
            assert!(ReturnTo::to_form(text).is_none() || text == long, "{text:?}");
        }
        assert_eq!(ReturnTo::to_form(&format!("/{}", "a".repeat(40_000))), None);
    }

    #[test]
    fn one_value_is_set_and_the_others_stay() {
        let set = |text: &str| ReturnTo::to_form(text).unwrap().with("certificate", "a.b").0;
        assert_eq!(set("/x"), "/x?certificate=a.b");
        assert_eq!(set("/x?certificate=old&name=%E5%90%8D+%26"), "/x?name=%E5%90%8D+%26&certificate=a.b");
    }
}
