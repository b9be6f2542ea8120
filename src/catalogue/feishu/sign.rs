//! The signature of a Feishu bot: made with the time and the key, over nothing.
//!
//! By Feishu's guide to custom bots. DingTalk looks alike and swaps key and message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use zeroize::Zeroizing;

/// The `sign` of a message of that second.
pub(super) fn sign(timestamp: &str, secret: &str) -> String {
    let key = Zeroizing::new([timestamp, "\n", secret].concat());
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, b""))
}
