//! Huawei Cloud's signature (`SDK-HMAC-SHA256`).
//!
//! Source: the vendor's guide to signing requests with AK/SK, and requests recorded from its own clients
//! (`tests/data/providers/huawei.json`).

use crate::catalogue::cloud::{Canonical, Signable, Signed, hex, hmac_sha256};
use crate::secret::Secret;

const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The canonical form. Unlike the address itself, the path in it always ends in a slash.
pub(super) fn canonical(request: &Signable<'_>) -> Canonical {
    let slash = if request.path.ends_with('/') { "" } else { "/" };
    let path = [request.path, slash].concat();
    Signable { path: &path, ..*request }.canonical()
}

/// Signs a request with an access key. `date` is the value of its `X-Sdk-Date`.
pub(super) fn sign(access_key: &str, secret_key: &str, date: &str, request: &Signable<'_>) -> Signed {
    let canonical = canonical(request);
    let string_to_sign = format!("{ALGORITHM}\n{date}\n{}", canonical.hash());
    let signature = hex(hmac_sha256(secret_key.as_bytes(), &string_to_sign).as_ref());
    let names = canonical.signed_headers;
    let authorization =
        Secret::new(format!("{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"));
    Signed { string_to_sign, authorization }
}
