//! From which address a request comes, when proxies stand in front of the server.
//!
//! The one place that decides it: for audit records, sign-ins, limits, and the address ranges of access keys. Anybody can
//! write a header, so one is believed only as far as trusted proxies wrote it. Each of them adds whom it was called by
//! on the right; the first from there that is not a proxy of ours made the request. What stands further left is theirs
//! to write and is not even read.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage as _, HttpRequest, web};

use super::Site;
use crate::audit::Origin;
use crate::config::ProxyHeader;
use crate::ids::RequestId;
use crate::network::Networks;

/// The proxies in front of the server.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are. None: nothing is believed.
    pub trusted: Networks,
    /// How they speak. The other header is never read: a proxy that does not write it passes on what anybody wrote.
    pub header: ProxyHeader,
}

/// Where a request comes from, as audit records say it, of nobody who is signed in.
pub fn origin(request: &HttpRequest) -> Origin {
    Origin {
        sign_in: None,
        address: address(request).map(|address| address.to_string()),
        request: request.extensions().get::<RequestId>().cloned(),
    }
}

fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let site = request.app_data::<web::Data<Site>>();
    Some(site.map_or(peer, |site| site.proxies.behind(peer, request.headers())))
}

impl Proxies {
    /// Who called, when `peer` passed it on with these headers. What cannot be read is the peer's own doing, and counts
    /// as its own request.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusted.contains(peer) {
            return peer;
        }
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ProxyHeader::XForwardedFor => ("x-forwarded-for", node),
            ProxyHeader::Forwarded => ("forwarded", forwarded),
        };
        // Cut at every comma, from the right, even within quotes: what the nearest proxy added holds none, and a quote
        // that somebody opened further left must not swallow it.
        let lines: Vec<_> = headers.get_all(name).collect();
        let steps = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let mut nearest = peer;
        for step in steps {
            match std::str::from_utf8(step).ok().and_then(|step| read(step.trim())) {
                Some(address) if self.trusted.contains(address) => nearest = address,
                Some(address) => return address,
                None => return peer,
            }
        }
        nearest
    }
}

/// The `for` of one step: `for=192.0.2.7;proto=https`.
fn forwarded(step: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in step.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    let value = found?;
    match value.strip_prefix('"') {
        Some(quoted) => node(quoted.strip_suffix('"')?),
        None => node(value),
    }
}

/// An address, with or without a port: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(inside) => inside.parse().ok().map(IpAddr::V6),
        None => text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip())),
    };
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn behind(header: ProxyHeader, peer: &str, lines: &[(&'static str, &[u8])]) -> String {
        let trusted = Networks::parse(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        }
        Proxies { trusted, header }.behind(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_made_the_request() {
        for (peer, line, expected) in [
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
            ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
            ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
            ("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
            ("fd00::1", "198.51.100.7", "198.51.100.7"),
            // What the caller wrote stands on the left.
            ("10.0.0.1", "10.9.9.9, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.1, 198.51.100.7, 192.0.2.1, 10.0.0.2", "198.51.100.7"),
            ("10.0.0.1", "rubbish\", 198.51.100.7", "198.51.100.7"),
            // Nobody but proxies: the farthest of them asks for itself.
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            // Unreadable by those who are trusted to write it.
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7, ", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7, 10.0.0.2, nonsense", "10.0.0.1"),
            ("10.0.0.1", "[198.51.100.7]", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7:99999", "10.0.0.1"),
            // Nobody trusts the peer, so nobody believes it.
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ] {
            let lines: [(_, &[u8]); 1] = [("x-forwarded-for", line.as_bytes())];
            assert_eq!(behind(ProxyHeader::XForwardedFor, peer, &lines), expected, "{peer}: {line}");
        }
        assert_eq!(behind(ProxyHeader::XForwardedFor, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(
            behind(ProxyHeader::XForwardedFor, "10.0.0.1", &[("x-forwarded-for", b"\xff")]),
            "10.0.0.1"
        );
        let two: [(_, &[u8]); 2] = [("x-forwarded-for", b"10.9.9.9"), ("x-forwarded-for", b"198.51.100.7")];
        assert_eq!(behind(ProxyHeader::XForwardedFor, "10.0.0.1", &two), "198.51.100.7");
    }

    #[test]
    fn the_other_header_is_not_read() {
        let both: [(_, &[u8]); 2] = [("x-forwarded-for", b"198.51.100.7"), ("forwarded", b"for=203.0.113.5")];
        assert_eq!(behind(ProxyHeader::XForwardedFor, "10.0.0.1", &both), "198.51.100.7");
        assert_eq!(behind(ProxyHeader::Forwarded, "10.0.0.1", &both), "203.0.113.5");
        assert_eq!(behind(ProxyHeader::Forwarded, "10.0.0.1", &both[..1]), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_is_read_by_its_steps() {
        for (line, expected) in [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"198.51.100.7:4711\"; proto=https;by=10.0.0.1", "198.51.100.7"),
            ("proto=http;for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=203.0.113.1, for=198.51.100.7, for=10.0.0.2", "198.51.100.7"),
            // A quote that the caller opened does not reach what the proxy wrote.
            ("for=\"x, for=198.51.100.7", "198.51.100.7"),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden", "10.0.0.1"),
            ("for=\"198.51.100.7", "10.0.0.1"),
            ("for=198.51.100.7;for=10.9.9.9", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("198.51.100.7", "10.0.0.1"),
        ] {
            let lines: [(_, &[u8]); 1] = [("forwarded", line.as_bytes())];
            assert_eq!(behind(ProxyHeader::Forwarded, "10.0.0.1", &lines), expected, "{line}");
        }
    }
}
