//! Other origins that may show something of ours inside of their pages.
//!
//! Named in the settings, one by one: whoever is here can lay their own page around a frame of the console. An origin goes
//! into a header and to a script as its address to talk to, so what is not exactly one is refused when the settings are
//! read.

use std::fmt;
use std::sync::Arc;

use url::{Host, Url};

/// Origins that are named in the settings; usually none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Arc<[String]>);

/// What is no origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an origin")]
pub struct NoOrigin(String);

impl Origins {
    /// Reads origins as browsers write them: `https://git.example.com`, with a port unless it is the usual one, and with
    /// plain http only on this machine.
    pub fn parse<I: IntoIterator<Item = T>, T: AsRef<str>>(all: I) -> Result<Self, NoOrigin> {
        let read = |text: T| {
            let text = text.as_ref();
            if is_origin(text) { Ok(text.to_owned()) } else { Err(NoOrigin(text.to_owned())) }
        };
        Ok(Self(all.into_iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The one that is named so, byte for byte.
    pub fn named(&self, origin: &str) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|known| *known == origin)
    }
}

fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let by_tls = url.scheme() == "https";
    // Whatever else an address may have, its origin has not, so the two differ.
    (by_tls || (url.scheme() == "http" && here))
        && url.origin().ascii_serialization() == text
        && is_plain(text)
}

/// Nothing that means something in a header of several values.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte))
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_origin_as_browsers_write_it_is_one() {
        for good in [
            "https://git.example.com",
            "https://git.example.com:8443",
            "http://127.0.0.1:3000",
            "http://localhost:3000",
            "http://[::1]:3000",
            "https://xn--fiqs8s.example",
        ] {
            let origins = Origins::parse([good]).unwrap();
            assert_eq!(origins.named(good), Some(good));
            assert_eq!(origins.named(&format!("{good}/")), None);
        }
        for bad in [
            "",
            "*",
            "null",
            "'self'",
            "git.example.com",
            "https://git.example.com/",
            "https://git.example.com:443",
            "https://GIT.example.com",
            "https://*.example.com",
            "https://a.example https://b.example",
            "https://a.example; script-src *",
            "https://user@git.example.com",
            "https://git.example.com/path",
            "https://git.example.com?x",
            "http://git.example.com",
            "http://127.0.0.1.example.com",
            "https://中国.example",
            "file:///x",
            "data:text/html,x",
        ] {
            assert_eq!(Origins::parse([bad]), Err(NoOrigin(bad.into())), "{bad}");
        }
        assert_eq!(Origins::default().named(""), None);
    }
}
