//! Which addresses may be asked: the public ones, and the networks that an administrator lets be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::network::{BadNetwork, Networks};

/// Which addresses may be asked.
pub struct Egress {
    allowed: Networks,
}

impl Egress {
    /// Public addresses, and those in `networks` (`10.20.0.0/16`, or a single address).
    pub fn new(networks: &[String]) -> Result<Self, BadNetwork> {
        Networks::parse(networks).map(|allowed| Self { allowed })
    }

    /// Whether that address may be asked. A network that is allowed wins over every rule.
    pub(super) fn lets_through(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.contains(address)
            || match address {
                IpAddr::V4(address) => is_public_v4(address),
                IpAddr::V6(address) => is_public_v6(address),
            }
    }
}

/// The address that a URL names without a name.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// The special-purpose blocks of RFC 6890, and 100.64.0.0/10, where Alibaba Cloud keeps its metadata service.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_broadcast()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224)
}

/// Global unicast, without what carries an IPv4 address inside (6to4, Teredo) or is for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (0x2000..0x4000).contains(&first)
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        && !(first == 0x3fff && second < 0x1000)
}

/// A name has addresses, and none of them may be asked.
#[derive(Debug, thiserror::Error)]
#[error("the address may not be asked")]
pub(super) struct Denied;

/// Resolves names, and hands only addresses on that may be asked. The connection goes to just these, so a name that
/// resolves differently a moment later changes nothing.
pub(super) struct Guarded(pub(super) Arc<Egress>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = Arc::clone(&self.0);
        Box::pin(async move {
            let allowed = egress.look_up(name.as_str()).await?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Egress {
    /// The addresses of a name that may be asked, without ports.
    pub(super) async fn look_up(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
        let some = !found.is_empty();
        let allowed: Vec<SocketAddr> =
            found.into_iter().filter(|address| self.lets_through(address.ip())).collect();
        if some && allowed.is_empty() {
            return Err(Denied.into());
        }
        Ok(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_let_through_unless_a_network_is_allowed() {
        let strict = Egress::new(&[]).unwrap();
        for (text, wanted) in [
            ("8.8.8.8", true),
            ("47.100.0.1", true),
            ("2400:3200::1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("100.100.100.200", false),
            ("127.0.0.1", false),
            ("127.255.0.9", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("192.0.0.192", false),
            ("192.0.2.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
            ("2001:0:1::", false),
            ("2001:db8::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(strict.lets_through(text.parse().unwrap()), wanted, "{text}");
        }
        let wide = Egress::new(&["10.20.0.0/16".into(), "fd00::/8".into(), "192.168.7.7".into()]).unwrap();
        for (text, wanted) in [
            ("10.20.30.40", true),
            ("::ffff:10.20.30.40", true),
            ("10.21.0.1", false),
            ("fd12::1", true),
            ("192.168.7.7", true),
            ("192.168.7.8", false),
        ] {
            assert_eq!(wide.lets_through(text.parse().unwrap()), wanted, "{text}");
        }
        for text in ["", "10.0.0.0/33", "localhost", "10.0.0.*"] {
            assert!(Egress::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
