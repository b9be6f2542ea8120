//! The text of a key: an access key; a provisioning key, which begins with `vpk_` instead; a token that was given for a
//! signed one, which begins with `vst_`; or what is secret in the address of a calendar, which begins with `vcf_`.
//!
//! `vak_` + 12 base62 characters (public, what a look-up goes by) + `_` + 43 base62 characters (256 random bits) + 6
//! base62 characters: the CRC-32 of everything before them, so that a mistyped key is dropped without a look-up and a
//! scanner recognises one in a file. The checksum is no protection; the secret is.

use crate::seal::{self, Random};
use crate::secret::Secret;

/// What a key is for. One kind never passes for another: prefix and hash differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Pipelines resolve with it.
    Access,
    /// Programs look after the directory with it.
    Provisioning,
    /// Given for a signed token of a CI system; pipelines resolve with it for some minutes.
    Exchanged,
    /// The address of somebody's calendar; whoever has it reads what expires, as that person may.
    Calendar,
}

impl Family {
    fn prefix(self) -> &'static str {
        match self {
            Self::Access => "vak_",
            Self::Provisioning => "vpk_",
            Self::Exchanged => "vst_",
            Self::Calendar => "vcf_",
        }
    }

    fn domain(self) -> &'static str {
        match self {
            Self::Access => "voucher access key 1",
            Self::Provisioning => "voucher provisioning key 1",
            Self::Exchanged => "voucher exchanged token 1",
            Self::Calendar => "voucher calendar address 1",
        }
    }
}

const ID: usize = 12;
const SECRET: usize = 43;
const CHECK: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key: shown once, stored as a hash.
pub struct NewKey {
    /// The whole text, to be shown once.
    pub text: Secret<String>,
    /// The part that is stored as it is.
    pub public_id: String,
    /// What is stored of the rest.
    pub secret_hash: [u8; 32],
}

/// A key as a caller presented it, well formed.
#[derive(Clone)]
pub struct Presented {
    /// Which kind.
    pub family: Family,
    /// What to look up.
    pub public_id: String,
    /// What to compare.
    pub secret_hash: [u8; 32],
}

impl NewKey {
    /// Makes an access key.
    pub fn generate(random: &Random) -> Self {
        Self::of(Family::Access, random)
    }

    /// Makes one.
    pub fn of(family: Family, random: &Random) -> Self {
        Self::with(family, base62(random, ID), random)
    }

    /// Makes another secret for an access key that is there: only that differs.
    pub fn another(public_id: &str, random: &Random) -> Self {
        Self::with(Family::Access, public_id.to_owned(), random)
    }

    fn with(family: Family, public_id: String, random: &Random) -> Self {
        let secret = base62(random, SECRET);
        let text = format!("{}{public_id}_{secret}", family.prefix());
        let check = checksum(text.as_bytes());
        let secret_hash = hash(family, &secret);
        // Dropping the parts as secrets wipes them.
        let (secret, whole) = (Secret::new(secret), Secret::new(text));
        drop(secret);
        Self { text: Secret::new(format!("{}{check}", whole.expose())), public_id, secret_hash }
    }
}

impl Presented {
    /// Reads a presented access key; `None` when it is not one, by form or by checksum.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(Family::Access, text)
    }

    /// Reads what pipelines resolve with: an access key, or what was given for a signed token.
    pub fn bearer(text: &str) -> Option<Self> {
        Self::of(Family::Access, text).or_else(|| Self::of(Family::Exchanged, text))
    }

    /// Reads a presented key of a family in the same way.
    pub fn of(family: Family, text: &str) -> Option<Self> {
        let (body, check) = text.split_at_checked(text.len().checked_sub(CHECK)?)?;
        let (public_id, secret) = body.strip_prefix(family.prefix())?.split_once('_')?;
        let base62 = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !base62(public_id, ID) || !base62(secret, SECRET) || checksum(body.as_bytes()) != check {
            return None;
        }
        Some(Self { family, public_id: public_id.to_owned(), secret_hash: hash(family, secret) })
    }
}

fn hash(family: Family, secret: &str) -> [u8; 32] {
    seal::digest(family.domain(), &[secret.as_bytes()])
}

/// Random characters without bias: bytes past the last whole multiple of 62 are thrown away.
fn base62(random: &Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        let usable = bytes.iter().filter(|byte| **byte < 248);
        let letters = usable.filter_map(|byte| BASE62.get(usize::from(byte % 62)).copied());
        text.extend(letters.take(length - text.len()).map(char::from));
    }
    text
}

fn checksum(body: &[u8]) -> String {
    let mut rest = crc32fast::hash(body);
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// Whoever searches for a whole key has pasted a secret: only the part that is none is looked for and shown again.
pub fn public_part(words: &str) -> String {
    let part = |word: &str| match word.strip_prefix("vak_") {
        Some(rest) => rest.split('_').next().unwrap_or_default().to_owned(),
        None => word.to_owned(),
    };
    words.split_whitespace().map(part).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_recognised_and_no_other_is() {
        let random = Random::system();
        let key = NewKey::generate(&random);
        let text = key.text.expose();
        assert_eq!(text.len(), 4 + 12 + 1 + 43 + 6);
        let presented = Presented::parse(text).unwrap();
        assert_eq!(presented.public_id, key.public_id);
        assert_eq!(presented.secret_hash, key.secret_hash);
        assert_ne!(NewKey::generate(&random).text.expose(), text);
    }

    #[test]
    fn every_mistyped_character_is_noticed() {
        let key = NewKey::generate(&Random::system());
        let text = key.text.expose();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            assert!(Presented::parse(std::str::from_utf8(&bytes).unwrap()).is_none(), "{at}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_none() {
        let key = NewKey::generate(&Random::system());
        let text = key.text.expose();
        for bad in [
            "",
            "vak_",
            "vak__",
            "é",
            "ééé",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text} "),
            &text.to_uppercase(),
        ] {
            assert!(Presented::parse(bad).is_none(), "{bad}");
        }
    }
}
