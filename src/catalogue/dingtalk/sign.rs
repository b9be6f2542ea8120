//! The signature of a DingTalk bot (加签): made with the key, over the time and the key, and put into the address.
//!
//! By DingTalk's guide to the security settings of custom bots. Feishu looks alike and swaps key and message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use zeroize::Zeroizing;

/// The signature of that millisecond, in base64.
fn sign(timestamp: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let message = Zeroizing::new([timestamp, "\n", secret].concat());
    STANDARD.encode(hmac::sign(&key, message.as_bytes()))
}

/// A bot's address with the time and the signature behind it.
pub(super) fn signed(hook: &str, milliseconds: i64, secret: &str) -> Zeroizing<String> {
    let timestamp = milliseconds.to_string();
    let sign = utf8_percent_encode(&sign(&timestamp, secret), NON_ALPHANUMERIC).to_string();
    Zeroizing::new([hook, "&timestamp=", &timestamp, "&sign=", &sign].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::chat::fixture;

    #[test]
    fn signatures_and_addresses_equal_every_vector() {
        let vectors = fixture::vectors("dingtalk");
        let mut seen = 0;
        for vector in vectors.iter().filter(|vector| vector["scheme"] == "webhook-sign") {
            let (id, inputs, expected) = (&vector["id"], &vector["inputs"], &vector["expected"]);
            let milliseconds = inputs["timestamp_ms"].as_i64().unwrap();
            let secret = inputs["secret"].as_str().unwrap();
            assert_eq!(sign(&milliseconds.to_string(), secret), expected["sign_base64"], "{id}");
            let token = inputs["access_token"].as_str().unwrap();
            let hook = format!("https://oapi.dingtalk.com/robot/send?access_token={token}");
            assert_eq!(*signed(&hook, milliseconds, secret), expected["url"], "{id}");
            seen += 1;
        }
        assert!(seen > 0);
    }
}
