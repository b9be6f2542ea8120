//! How things are hashed, compared and framed.
//!
//! Every hash and every signature of the house is over *framed* bytes: each part is preceded by its length (u64,
//! little-endian) and the first part names what the bytes are for. Two different lists of parts, or the same
//! list for two purposes, can therefore never give the same bytes.

use sodiumoxide::crypto::generichash;

use super::random::ready;

/// BLAKE2b-256 of `parts`, for one purpose.
///
/// `domain` names the purpose and its version, for example `audit record 1`; hashes of different domains can't
/// be mistaken for each other. It has no key: whoever can guess the parts can compute it, so only hash what
/// cannot be guessed (256 random bits) or need not be hidden.
pub fn digest(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    blake2b(None, domain, parts)
}

/// Whether two byte strings are equal, in a time that does not depend on where they differ. Lengths are not hidden.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    sodiumoxide::utils::memcmp(a, b)
}

/// BLAKE2b of `parts` under a key, for one purpose.
pub(super) fn keyed<const N: usize>(key: &[u8; 32], domain: &str, parts: &[&[u8]]) -> [u8; N] {
    blake2b(Some(key), domain, parts)
}

/// The parts, each preceded by its length.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[expect(
    clippy::expect_used,
    reason = "libsodium refuses only lengths, and these are constants that a test covers"
)]
fn blake2b<const N: usize>(key: Option<&[u8; 32]>, domain: &str, parts: &[&[u8]]) -> [u8; N] {
    ready();
    let hashed = || {
        let mut state = generichash::State::new(Some(N), key.map(|key| key.as_slice()))?;
        for part in std::iter::once(&domain.as_bytes()).chain(parts) {
            state.update(&(part.len() as u64).to_le_bytes())?;
            state.update(part)?;
        }
        <[u8; N]>::try_from(state.finalize()?.as_ref()).map_err(drop)
    };
    hashed().expect("BLAKE2b of a valid length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_blake2b_of_the_framed_parts() {
        let whole = framed(&[b"purpose", b"one", b""]);
        let expected = generichash::hash(&whole, Some(32), None).unwrap();
        assert_eq!(digest("purpose", &[b"one", b""]), expected.as_ref());
        let expected = generichash::hash(&whole, Some(64), Some(&[7; 32])).unwrap();
        assert_eq!(keyed::<64>(&[7; 32], "purpose", &[b"one", b""]), expected.as_ref());
    }

    #[test]
    fn a_digest_known_from_another_implementation_is_reproduced() {
        // Python: hashlib.blake2b(b"\x01" + bytes(7) + b"d" + b"\x02" + bytes(7) + b"ab", digest_size=32)
        let hex: String = digest("d", &[b"ab"]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "2471a61447a544922181e517d49f3cd166c34d1b9534a5c9f09dba7fc03ee5de");
    }

    #[test]
    fn moving_a_byte_between_parts_changes_the_digest() {
        let all: [(&str, &[&[u8]]); 6] = [
            ("d", &[b"ab", b"c"]),
            ("d", &[b"a", b"bc"]),
            ("d", &[b"abc"]),
            ("d", &[b"abc", b""]),
            ("da", &[b"b", b"c"]),
            ("e", &[b"ab", b"c"]),
        ];
        let digests: std::collections::BTreeSet<_> = all.iter().map(|(d, parts)| digest(d, parts)).collect();
        assert_eq!(digests.len(), all.len());
    }

    #[test]
    fn only_equal_bytes_are_the_same() {
        for (a, b, equal) in [("", "", true), ("ab", "ab", true), ("ab", "ac", false), ("ab", "abc", false)] {
            assert_eq!(same(a.as_bytes(), b.as_bytes()), equal, "{a} {b}");
        }
    }
}
