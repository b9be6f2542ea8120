//! Answers that only the runner that asked can read: a libsodium sealed box to a key that it made for the purpose.
//!
//! Nobody in between, a proxy that ends TLS or a log of answers, sees content. A sealed box does not say who made it,
//! and whoever can change the request can put in another key: this keeps out who reads, not who writes. Against those
//! who write, a run has its CI system sign the [`Thumbprint`] of its key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sodiumoxide::crypto::hash::sha256;
use sodiumoxide::crypto::scalarmult::{GroupElement, Scalar, scalarmult};
use sodiumoxide::crypto::{box_, sealedbox};
use zeroize::Zeroize as _;

use super::random::ready;
use crate::secret::Secret;

/// The key that a runner wants its answer sealed to.
#[derive(Clone)]
pub struct AnswerKey(box_::PublicKey);

/// The SHA-256 of such a key, by which a signed token can name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint([u8; sha256::DIGESTBYTES]);

impl Thumbprint {
    /// Reads 64 lower-case hexadecimal digits: one way to write each.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !digits || text.len() != 2 * sha256::DIGESTBYTES {
            return None;
        }
        let mut bytes = [0; sha256::DIGESTBYTES];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads what was stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn of(key: &box_::PublicKey) -> Self {
        Self(sha256::hash(&key.0).0)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a text is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAnswerKey {
    /// Not 32 bytes in base64.
    Malformed,
    /// A point of low order, such as all zeros: everybody could open what is sealed to it.
    Weak,
}

impl fmt::Display for BadAnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not an X25519 public key: 32 bytes in base64",
            Self::Weak => "a weak key: everybody could open what is sealed to it",
        })
    }
}

impl AnswerKey {
    /// Reads 32 bytes in base64, with padding, and refuses points that make no secret.
    pub fn parse(text: &str) -> Result<Self, BadAnswerKey> {
        ready();
        let bytes = STANDARD.decode(text).map_err(|_| BadAnswerKey::Malformed)?;
        let key = box_::PublicKey::from_slice(&bytes).ok_or(BadAnswerKey::Malformed)?;
        // Any scalar shows it: times a point of low order it is zero, which libsodium reports.
        let (_, box_::SecretKey(scalar)) = box_::gen_keypair();
        let _shared = scalarmult(&Scalar(scalar), &GroupElement(key.0)).map_err(|()| BadAnswerKey::Weak)?;
        Ok(Self(key))
    }

    /// What a signed token names it by.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.0)
    }

    /// Seals an answer and wipes it.
    pub fn seal(&self, mut answer: Vec<u8>) -> Vec<u8> {
        let sealed = sealedbox::seal(&answer, &self.0);
        answer.zeroize();
        sealed
    }
}

/// A pair that a runner makes for what it is about to ask, and forgets afterwards.
pub struct AnswerPair {
    public: box_::PublicKey,
    secret: box_::SecretKey,
}

impl AnswerPair {
    /// A new pair.
    pub fn generate() -> Self {
        ready();
        let (public, secret) = box_::gen_keypair();
        Self { public, secret }
    }

    /// The public half, as the request carries it.
    pub fn public(&self) -> String {
        STANDARD.encode(self.public.0)
    }

    /// What the public half is named by where a CI system signs it.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.public)
    }

    /// What was sealed to this pair; `None` when it was not, or was changed on the way.
    pub fn open(&self, sealed: &[u8]) -> Option<Secret<Vec<u8>>> {
        sealedbox::open(sealed, &self.public, &self.secret).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_to_a_pair_is_opened_by_it_alone_and_only_unchanged() {
        let (pair, other) = (AnswerPair::generate(), AnswerPair::generate());
        let mut sealed = AnswerKey::parse(&pair.public()).unwrap().seal(b"content".to_vec());
        assert!(!sealed.windows(7).any(|window| window == b"content"));
        assert_eq!(pair.open(&sealed).unwrap().expose(), b"content");
        assert!(other.open(&sealed).is_none());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(pair.open(&sealed).is_none());
    }

    #[test]
    fn a_thumbprint_is_the_sha_256_of_the_raw_key_and_has_one_spelling() {
        let key = AnswerKey::parse(&STANDARD.encode([9_u8; 32])).unwrap();
        // printf '\t%.0s' $(seq 32) | sha256sum
        let text = "8c0cc17a04942cc4f8e0fe0b302606d3108860c126428ba2ceeb5f9ed41c2b05";
        assert_eq!(key.thumbprint().to_string(), text);
        assert_eq!(Thumbprint::parse(text), Some(key.thumbprint()));
        assert_eq!(Thumbprint::from_bytes(key.thumbprint().as_bytes()), Some(key.thumbprint()));
        for other in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('f', "g")] {
            assert_eq!(Thumbprint::parse(other), None, "{other}");
        }
        let pair = AnswerPair::generate();
        assert_eq!(pair.thumbprint(), AnswerKey::parse(&pair.public()).unwrap().thumbprint());
    }

    #[test]
    fn what_is_no_key_and_points_of_low_order_are_refused() {
        for text in ["", "AAAA", &STANDARD.encode([9_u8; 31]), &STANDARD.encode([9_u8; 33]), "*"] {
            assert_eq!(AnswerKey::parse(text).err(), Some(BadAnswerKey::Malformed), "{text}");
        }
        // Without padding, or in the other alphabet: one way to write each key.
        let text = STANDARD.encode([9_u8; 32]);
        assert_eq!(AnswerKey::parse(text.trim_end_matches('=')).err(), Some(BadAnswerKey::Malformed));
        // RFC 7748 and https://cr.yp.to/ecdh.html: the points whose multiples are few, and their other spellings.
        let one = |first: u8| {
            let mut point = [0_u8; 32];
            point[0] = first;
            point
        };
        let around_p = |first: u8| {
            let mut point = [0xff_u8; 32];
            (point[0], point[31]) = (first, 0x7f);
            point
        };
        let order_8 = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ]
        .map(|hex| {
            let byte = |at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap();
            std::array::from_fn(byte)
        });
        let weak = [one(0), one(1), around_p(0xec), around_p(0xed), around_p(0xee)];
        for point in weak.into_iter().chain(order_8) {
            assert_eq!(
                AnswerKey::parse(&STANDARD.encode(point)).err(),
                Some(BadAnswerKey::Weak),
                "{point:x?}"
            );
        }
    }
}
