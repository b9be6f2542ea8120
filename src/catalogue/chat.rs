//! What asking the three chat systems has in common.
//!
//! All of them answer with a code inside of JSON, mostly under the status 200, so that a status alone is never a good
//! sign. Used by the probes of Feishu, DingTalk and WeChat Work; which code means what, each of them knows itself.

use std::io::{self, Write};

use serde::Serialize;

use super::finding::{Finding, Outcome};
use super::opened::Opened;
use crate::outbound::{Outbound, Reply, Unanswered};
use crate::secret::Secret;

/// What a test message says: in both languages, because who reads the group need not be who sent it.
pub const TEST_MESSAGE: &str = "这是来自 Voucher 的测试消息，用于确认该机器人可以正常使用，请忽略。\n\
    This is a test message from Voucher. It shows that this bot works; please ignore it.";

/// How far a bot's signature may be from the system's time, in seconds.
const SIGNATURE_WINDOW: u64 = 60 * 60;

/// A field that the variant always has. Content without it cannot be asked about.
pub(super) fn needed<'a>(opened: &'a Opened, name: &str) -> Result<&'a str, Unanswered> {
    opened.needed(name).map_err(|_| Unanswered::Malformed)
}

/// JSON text that holds a secret, written into memory of the right size so that growing leaves no copy behind.
pub(super) fn body(value: &impl Serialize) -> Result<Secret<Vec<u8>>, Unanswered> {
    let mut size = Size(0);
    serde_json::to_writer(&mut size, value).map_err(|_| Unanswered::Malformed)?;
    let mut text = Vec::with_capacity(size.0);
    serde_json::to_writer(&mut text, value).map_err(|_| Unanswered::Malformed)?;
    Ok(Secret::new(text))
}

/// Counts what would be written.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a status decides, whatever the body says.
pub(super) fn by_status(reply: &Reply) -> Option<Finding> {
    match reply.status() {
        300..400 => Some(Finding::of(Outcome::Indeterminate)),
        429 => Some(Finding::of(Outcome::RateLimited)),
        500.. => Some(Finding::of(Outcome::ServiceError)),
        _ => None,
    }
}

/// Where a system puts its code, the first of these that is there, and its words.
pub(super) struct Shape {
    pub(super) codes: &'static [&'static str],
    pub(super) words: &'static str,
}

/// Judges a reply by its status where that decides, else by its code and its words in lower case. The words come from
/// outside and may repeat what was sent: they are looked at and not kept.
pub(super) fn judge(
    reply: &Reply,
    shape: &Shape,
    by_code: impl FnOnce(i64, &str, &serde_json::Value) -> Finding,
) -> Finding {
    let json = reply.json().unwrap_or_default();
    let code = shape.codes.iter().find_map(|name| json.get(name)?.as_i64());
    let words = json.get(shape.words).and_then(|words| words.as_str()).unwrap_or_default().to_lowercase();
    let finding = by_status(reply).unwrap_or_else(|| match code {
        None => Finding::of(Outcome::Indeterminate),
        Some(0) if reply.status() != 200 => Finding::of(Outcome::Indeterminate),
        Some(code) => by_code(code, &words, &json),
    });
    match code {
        Some(code) => finding.from(reply).code(code.to_string()),
        None => finding.from(reply),
    }
}

/// Whether a token for the application came along. It is not looked at any further.
pub(super) fn has_token(json: &serde_json::Value, name: &str) -> bool {
    json.get(name).and_then(|token| token.as_str()).is_some_and(|token| !token.is_empty())
}

/// How a group bot was asked, which decides what its answer shows.
#[derive(Clone, Copy)]
pub(super) struct BotAsked<'a> {
    pub(super) reply: &'a Reply,
    pub(super) outbound: &'a Outbound,
    /// A signing key is stored, so the request was signed.
    pub(super) signed: bool,
    /// A message was to be posted.
    pub(super) posted: bool,
}

impl BotAsked<'_> {
    /// It took the request.
    pub(super) fn accepted(self) -> Finding {
        let finding = Finding::works(None);
        if self.posted { finding } else { finding.remark("remark-bot-address-only") }
    }

    /// It refused only what the request said. A probe says nothing on purpose; a message of ours should have passed.
    pub(super) fn content_refused(self) -> Finding {
        if self.posted { Finding::of(Outcome::Indeterminate) } else { self.accepted() }
    }

    /// It wants one of its keywords in each message, which nobody here knows.
    pub(super) fn keyword_missing(self) -> Finding {
        self.accepted().remark("remark-bot-keyword")
    }

    /// It refused the signature: because of our clock where that is too far off, else because of the key.
    pub(super) fn signature_refused(self) -> Finding {
        let ahead = self.reply.ahead_of(self.outbound.now());
        if self.signed && ahead.is_some_and(|seconds| seconds.unsigned_abs() >= SIGNATURE_WINDOW) {
            return Finding::clock_skew(self.reply, self.outbound);
        }
        let finding = Finding::of(Outcome::InvalidSecret);
        if self.signed { finding } else { finding.remark("remark-bot-signing-key-missing") }
    }
}

/// What the tests of the three types share.
#[cfg(test)]
pub(super) mod fixture {
    use std::time::{Duration, Instant};

    use ring::digest;

    use super::*;
    use crate::catalogue::{CredentialType, Probe};
    use crate::outbound::for_tests;
    use crate::outbound::stand_in::{Answered, StandIn};

    /// The time of [`for_tests`], as a `Date` header.
    pub(in crate::catalogue) const DATE: &str = "Mon, 23 Nov 2026 10:00:00 GMT";

    /// Content of that variant, with nothing but these fields.
    pub(in crate::catalogue) fn opened(
        credential_type: &'static CredentialType,
        variant: &str,
        plain: &[(&str, &str)],
        secret: &[(&str, &str)],
    ) -> Opened {
        let submitted = crate::catalogue::Submitted::sample(variant, plain, secret);
        let (plain, secret) = (submitted.plain, submitted.secret);
        Opened { credential_type, variant: variant.to_owned(), plain, secret }
    }

    /// A recorded vector file.
    pub(in crate::catalogue) fn vectors(provider: &str) -> Vec<serde_json::Value> {
        let path = format!("{}/tests/data/providers/{provider}.json", env!("CARGO_MANIFEST_DIR"));
        let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let vectors = file["vectors"].as_array().unwrap().clone();
        assert!(!vectors.is_empty());
        vectors.into_iter().filter(|vector| vector.get("sdk_disagreement").is_none()).collect()
    }

    /// What a stand-in received is what the vector says that the vendor's own code sends.
    pub(in crate::catalogue) fn assert_sent(stand_in: &StandIn, vector: &serde_json::Value) {
        let (id, expected) = (&vector["id"], &vector["expected"]);
        let received = stand_in.received();
        let [sent] = received.as_slice() else { panic!("{id}: {} requests", received.len()) };
        assert_eq!(sent.method, expected["method"], "{id}");
        assert_eq!(sent.header("host").unwrap(), expected["host"], "{id}");
        assert_eq!(sent.path, expected["path"], "{id}");
        assert_eq!(serde_json::to_value(sent.pairs()).unwrap(), expected["query"], "{id}");
        match expected["body_utf8"].as_str().unwrap_or_default() {
            "" => assert_eq!(sent.body, b"", "{id}"),
            text => {
                assert_eq!(sent.json(), serde_json::from_str::<serde_json::Value>(text).unwrap(), "{id}");
                assert_eq!(sent.header("content-type"), Some("application/json; charset=utf-8"), "{id}");
            }
        }
    }

    /// HMAC-SHA256 spelled out (RFC 2104), so that a signature is not checked by what made it.
    pub(in crate::catalogue) fn hmac_by_hand(key: &[u8], message: &[u8]) -> String {
        let hash = |bytes: &[u8]| digest::digest(&digest::SHA256, bytes).as_ref().to_vec();
        let mut block = if key.len() > 64 { hash(key) } else { key.to_vec() };
        block.resize(64, 0);
        let padded = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
        let inner = hash(&[&padded(0x36), message].concat());
        let outer = hash(&[padded(0x5c), inner].concat());
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, outer)
    }

    /// A system that is broken, busy, hostile or gone is none of our credential's fault, and is told apart in time.
    pub(in crate::catalogue) async fn assert_trouble_is_told_apart(
        probe: Probe,
        opened: &Opened,
        host: &str,
    ) {
        let metadata = "http://169.254.169.254/latest/meta-data/";
        let ok = r#"{"code":0,"errcode":0,"tenant_access_token":"t","access_token":"t"}"#;
        type Trouble = fn() -> Answered;
        let troubles: &[(Trouble, Outcome)] = &[
            (|| Answered::status(500), Outcome::ServiceError),
            (|| Answered::status(502).body("<html>Bad Gateway</html>"), Outcome::ServiceError),
            (|| Answered::json(503, serde_json::json!({"code": 0, "errcode": 0})), Outcome::ServiceError),
            (|| Answered::status(429), Outcome::RateLimited),
            (|| Answered::status(200), Outcome::Indeterminate),
            (|| Answered::status(200).body("<html>Welcome</html>"), Outcome::Indeterminate),
            (|| Answered::status(200).body("{\"code\":\"0\",\"errcode\":\"0\""), Outcome::Indeterminate),
            (|| Answered::status(200).body("[]"), Outcome::Indeterminate),
            (|| Answered::status(200).body("{\"code\":424242,\"errcode\":424242}"), Outcome::Indeterminate),
            (|| Answered::status(404).body("not found"), Outcome::Indeterminate),
            (|| Answered::status(200).body(vec![b'x'; 10 * 1024 * 1024]), Outcome::Indeterminate),
            (Answered::hang, Outcome::Unreachable),
        ];
        for (number, (answer, wanted)) in troubles.iter().enumerate() {
            let stand_in = StandIn::start(move |_| answer());
            let began = Instant::now();
            let finding = probe(opened, &for_tests(&[(host, &stand_in.url(""))])).await;
            assert_eq!(finding.outcome, *wanted, "{host}, trouble {number}");
            assert!(began.elapsed() < Duration::from_secs(3), "{host}, trouble {number}");
            assert_eq!(stand_in.received().len(), 1, "{host}, trouble {number}: asked once and not again");
            assert_eq!(finding.identity, None);
        }
        for status in [301, 302, 307, 308] {
            let stand_in =
                StandIn::start(move |_| Answered::status(status).header("location", metadata).body(ok));
            let finding = probe(opened, &for_tests(&[(host, &stand_in.url(""))])).await;
            assert_eq!(finding.outcome, Outcome::Indeterminate, "{host} {status}");
            assert_eq!(stand_in.received().len(), 1, "{host} {status}");
        }
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let finding = probe(opened, &for_tests(&[(host, &format!("http://{closed}"))])).await;
        assert_eq!(finding.outcome, Outcome::Unreachable, "{host}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_written_without_growing() {
        let text = "\u{1}\"\\密".repeat(100);
        let written = body(&serde_json::json!({ "a": text })).unwrap();
        let read: serde_json::Value = serde_json::from_slice(written.expose()).unwrap();
        assert_eq!(read["a"], text);
        assert_eq!(written.expose().capacity(), written.expose().len());
    }

    #[test]
    fn a_signature_by_hand_is_that_of_the_standard() {
        // RFC 4231, test cases 2 and 6.
        use base64::Engine as _;
        let hex = |text: &str| {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!(
            hex(&fixture::hmac_by_hand(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long =
            fixture::hmac_by_hand(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
