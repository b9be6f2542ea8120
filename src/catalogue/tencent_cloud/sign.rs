//! Tencent Cloud's signature, version 3 (`TC3-HMAC-SHA256`).
//!
//! Source: the vendor's page on signature method v3, and requests recorded from its own clients
//! (`tests/data/providers/tencent.json`).

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::catalogue::cloud::{Signable, Signed, hex, hmac_sha256};
use crate::secret::Secret;

const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// Signs a request to a service with an API key. The day in it is that of the same moment, never read anew: around
/// midnight the two would not fit.
pub(super) fn sign(id: &str, key: &str, at: Timestamp, service: &str, request: &Signable<'_>) -> Signed {
    let canonical = request.canonical();
    let (seconds, day) = (at.as_second(), at.strftime("%Y-%m-%d").to_string());
    let scope = format!("{day}/{service}/tc3_request");
    let string_to_sign = format!("{ALGORITHM}\n{seconds}\n{scope}\n{}", canonical.hash());
    let first = Zeroizing::new(["TC3", key].concat());
    let of_day = hmac_sha256(first.as_bytes(), &day);
    let of_service = hmac_sha256(of_day.as_ref(), service);
    let of_request = hmac_sha256(of_service.as_ref(), "tc3_request");
    let signature = hex(hmac_sha256(of_request.as_ref(), &string_to_sign).as_ref());
    let names = canonical.signed_headers;
    let authorization = Secret::new(format!(
        "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
    ));
    Signed { string_to_sign, authorization }
}
