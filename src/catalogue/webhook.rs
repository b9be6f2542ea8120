//! The address of a group bot: what the three chat systems have in common about it.
//!
//! Who has the address may post, so all of it is one secret field. It is read from the text itself and not from a parsed
//! URL: parsers mend spellings, and the tools that get the text as it is may mend them differently, or not at all. Which
//! path a vendor's addresses have, and which hosts are the vendor's own, its type says.

use super::{Draft, Opened, rules};
use crate::secret::Secret;

/// A bot's address, in the parts that matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Webhook<'a> {
    /// Where it is.
    pub(super) host: &'a str,
    /// What makes it a secret.
    pub(super) token: &'a str,
}

impl<'a> Webhook<'a> {
    /// Reads `https://<host><path><token>`: no user information, no port, nothing behind the token.
    pub(super) fn parse(text: &'a str, path: &str) -> Option<Self> {
        let behind_scheme = text.strip_prefix("https://")?;
        let (host, rest) = behind_scheme.split_at_checked(behind_scheme.find('/')?)?;
        let token = rest.strip_prefix(path)?;
        let fits = rules::is_word(host, b"-.", 1, 253) && rules::is_word(token, b"-_", 1, 256);
        fits.then_some(Self { host, token })
    }
}

/// Refuses an address whose host is neither one of the vendor's nor of a private deployment that the settings name, and
/// shows the host in lists. Warns when the signing key of the old address stays, because every bot has its own. To be called
/// from a type's rules.
pub(super) fn check_host(draft: &mut Draft<'_>, path: &str, vendor: &[&str], refusal: &'static str) {
    let Some(hook) = draft.secret("webhook_url").and_then(|text| Webhook::parse(text, path)) else { return };
    let host = hook.host.to_ascii_lowercase();
    match vendor.contains(&host.as_str()) || draft.is_private_host(&host) {
        true => draft.derive("host", &host),
        false => draft.refuse("webhook_url", refusal),
    }
    if draft.is_kept("sign_secret") {
        draft.warn("webhook_url", "unusual-new-webhook-old-key");
    }
}

/// The token within a stored address, so that a runner hides it on its own as well.
pub(super) fn inner(opened: &Opened, path: &str) -> Vec<Secret<Vec<u8>>> {
    let Ok(Some(text)) = opened.text("webhook_url") else { return Vec::new() };
    Webhook::parse(text, path).map(|hook| Secret::new(hook.token.as_bytes().to_vec())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_stands_and_nothing_is_mended() {
        for (text, wanted) in [
            ("https://a.example/send?key=x-1_Z", Some(("a.example", "x-1_Z"))),
            ("https://A.Example/send?key=x", Some(("A.Example", "x"))),
            ("https://10.1.2.3/send?key=x", Some(("10.1.2.3", "x"))),
            ("http://a.example/send?key=x", None),
            ("HTTPS://a.example/send?key=x", None),
            ("https://a.example:443/send?key=x", None),
            ("https://a.example:/send?key=x", None),
            ("https://user@a.example/send?key=x", None),
            ("https://user:password@a.example/send?key=x", None),
            ("https://a.example\\@b.example/send?key=x", None),
            ("https://a%2eexample/send?key=x", None),
            ("https://ａ.example/send?key=x", None),
            ("https:///a.example/send?key=x", None),
            ("https:a.example/send?key=x", None),
            ("https://a.example/x/../send?key=x", None),
            ("https://a.example//send?key=x", None),
            ("https://a.example/send/?key=x", None),
            ("https://a.example/send?key=", None),
            ("https://a.example/send?key=x#top", None),
            ("https://a.example/send?key=x&debug=1", None),
            ("https://a.example/send?key=x%00", None),
            ("https://a.example/send?key=x\n", None),
            (" https://a.example/send?key=x", None),
            ("https://a.example", None),
            ("", None),
        ] {
            let read = Webhook::parse(text, "/send?key=").map(|hook| (hook.host, hook.token));
            assert_eq!(read, wanted, "{text:?}");
        }
    }
}
