//! What asking the three clouds has in common: the canonical form that they sign requests in, the hosts that are tried,
//! and what a status says when the answer's own code says nothing.
//!
//! Used by the probes of the cloud types. It knows no vendor: algorithms, headers and codes are theirs.

use ring::{digest, hmac};
use serde_json::Value;
use zeroize::Zeroizing;

use super::finding::Outcome;
use crate::outbound::{Outbound, Reply, Request, Unanswered};
use crate::secret::Secret;

/// A request as far as it is signed.
pub(super) struct Signable<'a> {
    /// The method, in capitals.
    pub(super) method: &'a str,
    /// The path, already escaped.
    pub(super) path: &'a str,
    /// The query, already escaped and in the order that is signed.
    pub(super) query: &'a str,
    /// The headers to sign, in any order.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// What stands for the body.
    pub(super) payload_hash: &'a str,
}

/// The canonical form of a request.
pub(super) struct Canonical {
    /// The form itself. A security token may be among its headers.
    pub(super) text: Zeroizing<String>,
    /// The names of the signed headers, as the `Authorization` header lists them.
    pub(super) signed_headers: String,
}

/// A signature over a request.
pub(super) struct Signed {
    /// What was signed. Holds no secret.
    pub(super) string_to_sign: String,
    /// The `Authorization` header.
    pub(super) authorization: Secret<String>,
}

impl Signable<'_> {
    /// Method, path, query, a block of headers, their names, and the hash of the body; one per line, in that order.
    pub(super) fn canonical(&self) -> Canonical {
        let mut headers: Vec<(String, &str)> =
            self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let signed_headers = names.join(";");
        let mut parts = vec![self.method, "\n", self.path, "\n", self.query, "\n"];
        for (name, value) in &headers {
            parts.extend([name.as_str(), ":", *value, "\n"]);
        }
        parts.extend(["\n", signed_headers.as_str(), "\n", self.payload_hash]);
        // Made in one piece, so that growing leaves no copy behind in freed memory.
        let text = Zeroizing::new(parts.concat());
        Canonical { text, signed_headers }
    }
}

impl Canonical {
    /// Its hash, which is what ends up in the string to sign.
    pub(super) fn hash(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }
}

/// The SHA-256 of these bytes, in hexadecimal digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// The HMAC-SHA256 of a message.
pub(super) fn hmac_sha256(key: &[u8], message: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes())
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks the first of these hosts to which there is a connection. The host of a region comes before the vendor's central
/// one: not every region has a host of its own, and a region that somebody mistyped has none either.
pub(super) async fn ask_first_reachable<T>(
    outbound: &Outbound,
    hosts: &[String],
    request: impl Fn(&str) -> Result<(Request, T), Unanswered>,
) -> Result<(Reply, T), Unanswered> {
    let mut why = Unanswered::Malformed;
    for host in hosts {
        let (request, beside) = request(host)?;
        match outbound.ask(request).await {
            Ok(reply) => return Ok((reply, beside)),
            Err(unanswered @ Unanswered::Unreachable) => why = unanswered,
            Err(unanswered) => return Err(unanswered),
        }
    }
    Err(why)
}

/// What the status says of an answer whose own code is unknown or missing.
pub(super) fn by_status(reply: &Reply) -> Outcome {
    match reply.status() {
        429 => Outcome::RateLimited,
        500..=599 => Outcome::ServiceError,
        _ => Outcome::Indeterminate,
    }
}

/// A member of an answer that is text and not empty.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
pub(super) mod trials;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_canonical_form_whatever_the_order_of_its_headers() {
        let canonical = Signable {
            method: "GET",
            path: "/a",
            query: "b=c",
            headers: &[("X-Date", " 1 "), ("host", "a.example"), ("Content-Type", "t")],
            payload_hash: "00",
        }
        .canonical();
        assert_eq!(canonical.signed_headers, "content-type;host;x-date");
        assert_eq!(
            canonical.text.as_str(),
            "GET\n/a\nb=c\ncontent-type:t\nhost:a.example\nx-date:1\n\ncontent-type;host;x-date\n00"
        );
    }
}
