//! What a key pair and its id are. Secret halves have no printable form and are wiped when dropped.

use std::fmt;

use sodiumoxide::crypto::{box_, sign};

use super::digest::digest;
use super::random::{Random, ready};
use crate::secret::Secret;

/// Names a key pair: the first eight bytes of a digest of its public half. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// Reads the sixteen lower-case hexadecimal digits that [`Display`](fmt::Display) writes, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !well_formed {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }

    /// The id as envelopes and rows hold it.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The id as envelopes and rows hold it.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    fn of(domain: &str, public: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = digest(domain, &[public]);
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The half of a sealing pair (X25519) that closes.
#[derive(Clone)]
pub(super) struct SealingPublic {
    pub(super) id: KeyId,
    pub(super) public: box_::PublicKey,
}

impl SealingPublic {
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { id: KeyId::of("voucher sealing key 1", &bytes), public: box_::PublicKey(bytes) }
    }
}

/// A sealing pair: this half opens.
#[derive(Clone)]
pub(super) struct SealingSecret {
    pub(super) half: SealingPublic,
    pub(super) secret: box_::SecretKey,
}

impl SealingSecret {
    pub(super) fn generate(random: &Random) -> Self {
        Self::from_bytes(&Secret::new(random.array()))
    }

    pub(super) fn from_bytes(bytes: &Secret<[u8; 32]>) -> Self {
        ready();
        let secret = box_::SecretKey(*bytes.expose());
        Self { half: SealingPublic::from_bytes(secret.public_key().0), secret }
    }

    pub(super) fn to_bytes(&self) -> Secret<[u8; 32]> {
        Secret::new(self.secret.0)
    }
}

/// What a signing pair signs. The id says it too, so a key of one use is never taken for one of the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    Manifests,
    Checkpoints,
}

impl Signs {
    fn domain(self) -> &'static str {
        match self {
            Self::Manifests => "voucher signing key 1",
            Self::Checkpoints => "voucher audit key 1",
        }
    }
}

/// The half of a signing pair (Ed25519) that verifies.
#[derive(Clone)]
pub(super) struct SigningPublic {
    pub(super) id: KeyId,
    pub(super) public: sign::PublicKey,
}

impl SigningPublic {
    pub(super) fn from_bytes(signs: Signs, bytes: [u8; 32]) -> Self {
        Self { id: KeyId::of(signs.domain(), &bytes), public: sign::PublicKey(bytes) }
    }
}

/// A signing pair: this half signs.
#[derive(Clone)]
pub(super) struct SigningSecret {
    pub(super) half: SigningPublic,
    pub(super) secret: sign::SecretKey,
    seed: sign::Seed,
}

impl SigningSecret {
    pub(super) fn generate(signs: Signs, random: &Random) -> Self {
        Self::from_bytes(signs, &Secret::new(random.array()))
    }

    /// From the seed of RFC 8032, which is what key files hold.
    pub(super) fn from_bytes(signs: Signs, seed: &Secret<[u8; 32]>) -> Self {
        ready();
        let seed = sign::Seed(*seed.expose());
        let (public, secret) = sign::keypair_from_seed(&seed);
        Self { half: SigningPublic::from_bytes(signs, public.0), secret, seed }
    }

    pub(super) fn to_bytes(&self) -> Secret<[u8; 32]> {
        Secret::new(self.seed.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_only_as_it_is_written() {
        let id = KeyId::from_bytes([0, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd]);
        assert_eq!(id.to_string(), "000123456789abcd");
        assert_eq!(KeyId::parse("000123456789abcd"), Some(id));
        for bad in ["", "123456789abcd", "000123456789ABCD", "+00123456789abcd", "000123456789abcd0", "００"]
        {
            assert_eq!(KeyId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_id_of_a_pair_is_the_id_of_its_public_half_and_of_its_use() {
        let random = Random::system();
        let sealing = SealingSecret::generate(&random);
        assert_eq!(SealingPublic::from_bytes(sealing.half.public.0).id, sealing.half.id);
        let seed = Secret::new(random.array());
        let manifests = SigningSecret::from_bytes(Signs::Manifests, &seed);
        let checkpoints = SigningSecret::from_bytes(Signs::Checkpoints, &seed);
        assert_eq!(manifests.half.public, checkpoints.half.public);
        assert_ne!(manifests.half.id, checkpoints.half.id);
    }

    #[test]
    fn a_pair_survives_its_bytes() {
        let random = Random::system();
        let sealing = SealingSecret::generate(&random);
        assert_eq!(SealingSecret::from_bytes(&sealing.to_bytes()).half.id, sealing.half.id);
        let signing = SigningSecret::generate(Signs::Manifests, &random);
        assert_eq!(SigningSecret::from_bytes(Signs::Manifests, &signing.to_bytes()).half.id, signing.half.id);
    }
}
