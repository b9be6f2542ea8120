//! Alibaba Cloud's signature, version 3 (`ACS3-HMAC-SHA256`).
//!
//! Source: the vendor's page on the V3 request structure and signature, and requests recorded from its own clients
//! (`tests/data/providers/alibaba.json`).

use crate::catalogue::cloud::{Signable, Signed, hex, hmac_sha256};
use crate::secret::Secret;

pub(super) const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Signs a request with an access key.
pub(super) fn sign(id: &str, secret: &str, request: &Signable<'_>) -> Signed {
    let canonical = request.canonical();
    let string_to_sign = format!("{ALGORITHM}\n{}", canonical.hash());
    let signature = hex(hmac_sha256(secret.as_bytes(), &string_to_sign).as_ref());
    let names = canonical.signed_headers;
    let authorization =
        Secret::new(format!("{ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}"));
    Signed { string_to_sign, authorization }
}
