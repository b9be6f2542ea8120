//! Which bytes an envelope is made of. There is one way to write each envelope, and parsing accepts only that.
//!
//! ```text
//! offset  length  what
//!      0       4  "VCH1"
//!      4       8  id of the sealing key
//!     12      80  the data key (32 bytes), as a libsodium sealed box to the sealing key
//!     92      24  nonce
//!    116    16 +  XChaCha20-Poly1305 (IETF) of the value under the data key, tag last;
//!                 associated data: the framed context, see `context`
//! ```

use super::keys::KeyId;

/// Name and version of the format; also the first part of the associated data.
pub(super) const FORMAT: [u8; 4] = *b"VCH1";
pub(super) const SEALED_KEY: usize = 80;
pub(super) const NONCE: usize = 24;
const TAG: usize = 16;

/// The parts of an envelope, borrowed from its bytes.
pub(super) struct Envelope<'a> {
    pub(super) key_id: KeyId,
    pub(super) sealed_key: &'a [u8; SEALED_KEY],
    pub(super) nonce: &'a [u8; NONCE],
    pub(super) ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// The parts, or what is wrong with the bytes.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let (format, rest) = bytes.split_first_chunk::<4>().ok_or("the envelope is cut short")?;
        if format != &FORMAT {
            return Err("not an envelope of a known format");
        }
        let (key_id, rest) = rest.split_first_chunk::<8>().ok_or("the envelope is cut short")?;
        let (sealed_key, rest) = rest.split_first_chunk().ok_or("the envelope is cut short")?;
        let (nonce, ciphertext) = rest.split_first_chunk().ok_or("the envelope is cut short")?;
        if ciphertext.len() < TAG {
            return Err("the envelope is cut short");
        }
        Ok(Self { key_id: KeyId::from_bytes(*key_id), sealed_key, nonce, ciphertext })
    }

    /// The one way to write these parts.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&FORMAT[..], self.key_id.as_bytes(), self.sealed_key, self.nonce, self.ciphertext].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_parsed_is_written_back_byte_for_byte() {
        let bytes: Vec<u8> = FORMAT.into_iter().chain((0..=200).map(|n| n as u8)).collect();
        let envelope = Envelope::parse(&bytes).unwrap();
        assert_eq!(envelope.key_id.as_bytes(), &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(envelope.ciphertext.len(), bytes.len() - 116);
        assert_eq!(envelope.to_bytes(), bytes);
    }

    #[test]
    fn anything_shorter_than_an_empty_value_or_of_another_format_is_refused() {
        let shortest: Vec<u8> = FORMAT.into_iter().chain([0; 8 + SEALED_KEY + NONCE + TAG]).collect();
        assert!(Envelope::parse(&shortest).is_ok());
        for length in 0..shortest.len() {
            assert!(Envelope::parse(&shortest[..length]).is_err(), "{length}");
        }
        for format in [b"VCH0", b"VCH2", b"vch1", b"\0\0\0\0"] {
            let other: Vec<u8> = format.iter().copied().chain([0; 200]).collect();
            assert_eq!(Envelope::parse(&other).err(), Some("not an envelope of a known format"));
        }
    }
}
