//! Sets of addresses, as settings and people write them: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
//!
//! Used wherever an address is let in or out: what a server trusts in front of it, what it may ask, and from where an
//! access key works. Knows nobody.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// A set of addresses: everything in at least one of its networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// What is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a network such as 10.20.0.0/16")]
pub struct BadNetwork(pub String);

impl Networks {
    /// Reads each; the same network written twice, or with bits behind its prefix, is kept once and without them.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, BadNetwork> {
        let mut networks = Vec::new();
        for text in texts {
            let text = text.as_ref().trim();
            let network = network(text).ok_or_else(|| BadNetwork(text.to_owned()))?;
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        Ok(Self(networks))
    }

    /// Whether an address is in one of them, however it is written.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there is none, so that no address is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each of them, as written: a network of one address without its prefix.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|network| match network.prefix_len() == network.max_prefix_len() {
            true => network.addr().to_string(),
            false => network.to_string(),
        })
    }
}

/// As people write them, with a blank between.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, text) in self.texts().enumerate() {
            write!(f, "{}{text}", if at > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// An address of the older kind may be written as one of the newer (`::ffff:192.0.2.0/120`); it is the same one.
fn network(text: &str) -> Option<IpNet> {
    let network =
        text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?.trunc();
    match network.addr().to_canonical() {
        IpAddr::V4(address) if network.max_prefix_len() == 128 => {
            IpNet::new(address.into(), network.prefix_len().checked_sub(96)?).ok()
        }
        _ => Some(network),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_read_and_written_in_one_way() {
        for (text, expected) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            (" 192.0.2.7 ", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                Networks::parse([text]).map(|read| read.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "all", "::/129", "example.com", "10.0.0.1-10.0.0.9"] {
            assert_eq!(Networks::parse([bad]), Err(BadNetwork(bad.to_owned())), "{bad}");
        }
        let twice = Networks::parse(["10.0.0.0/8", "10.9.9.9/8", "::1"]);
        assert_eq!(twice.map(|read| read.to_string()), Ok("10.0.0.0/8 ::1".to_owned()));
    }

    #[test]
    fn an_address_is_in_a_network_however_it_is_written() {
        let networks = Networks::parse(["10.0.0.0/8", "2001:db8::/32"]).unwrap();
        for (address, expected) in [
            ("10.255.0.1", true),
            ("::ffff:10.255.0.1", true),
            ("11.0.0.1", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(networks.contains(address.parse().unwrap()), expected, "{address}");
        }
        assert!(!Networks::default().contains("127.0.0.1".parse().unwrap()), "none means nobody");
    }
}
