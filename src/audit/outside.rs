//! Signed heads outside of the database: a file of JSON lines, so that a cut tail or a chain that was computed anew
//! shows even to somebody who has nothing but the database left.
//!
//! Written by the writer thread after each checkpoint, read by `verify`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chain::{Canonical, Hash};
use crate::seal::{AuditSigner, AuditVerifier, KeyId, Signature};

/// Longer lines are not ours; a reader must not be made to hold one.
const LONGEST_LINE: u64 = 4096;

/// Where a chain ended at some time, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The chain.
    pub chain: String,
    /// The number of its last record.
    pub seq: i64,
    /// The hash of that record.
    pub hash: [u8; 32],
    /// When it was signed, in milliseconds since 1970.
    pub at: i64,
    /// By whom.
    pub signature: Signature,
}

impl Head {
    pub(super) fn sign(chain: &str, (seq, hash): (i64, Hash), at: i64, signer: &AuditSigner) -> Self {
        let signature = signer.sign(&signed_bytes(chain, seq, &hash, at));
        Self { chain: chain.to_owned(), seq, hash, at, signature }
    }

    pub(super) fn is_genuine(&self, verifier: &AuditVerifier) -> bool {
        verifier.verify(&self.signature, &signed_bytes(&self.chain, self.seq, &self.hash, self.at))
    }
}

fn signed_bytes(chain: &str, seq: i64, hash: &Hash, at: i64) -> Vec<u8> {
    let mut bytes = Canonical::default();
    bytes.text(chain).number(seq).bytes(hash).number(at);
    bytes.0
}

#[derive(Serialize, Deserialize)]
struct Line {
    chain: String,
    seq: i64,
    hash: String,
    at: i64,
    key: String,
    signature: String,
}

/// Appends one line and waits until it is on the disk. The file is made for its owner alone.
pub(super) fn append(path: &Path, head: &Head) -> io::Result<()> {
    let line = Line {
        chain: head.chain.clone(),
        seq: head.seq,
        hash: hex(&head.hash),
        at: head.at,
        key: head.signature.key_id.to_string(),
        signature: hex(&head.signature.bytes),
    };
    let mut text = serde_json::to_string(&line).map_err(io::Error::other)?;
    text.push('\n');
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
    if ends_mid_line(&mut file)? {
        // The line before was cut by a crash; it stays as it is, and must not take this one with it.
        text.insert(0, '\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn ends_mid_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Every head in the file, in its order, and how many lines could not be read.
pub(super) fn read(path: &Path) -> io::Result<(Vec<Head>, usize)> {
    let mut reader = BufReader::new(File::open(path)?);
    let (mut heads, mut unreadable) = (Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok((heads, unreadable));
        }
        match parse(&line) {
            Some(head) => heads.push(head),
            None if line.trim_ascii().is_empty() => {}
            None => unreadable += 1,
        }
    }
}

fn parse(line: &[u8]) -> Option<Head> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let signature = Signature { key_id: KeyId::parse(&line.key)?, bytes: unhex(&line.signature)? };
    let hash = unhex(&line.hash)?.try_into().ok()?;
    Some(Head { chain: line.chain, seq: line.seq, hash, at: line.at, signature })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::audit::fixture::keys;

    #[test]
    fn heads_come_back_as_they_were_written_even_after_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads.jsonl");
        let (signer, verifier) = keys();
        let one = Head::sign("node-1", (7, [7; 32]), 1_000, &signer);
        let two = Head::sign("node-2", (9, [9; 32]), 2_000, &signer);
        append(&path, &one).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"chain\":\"node-1\",\"se").unwrap();
        append(&path, &two).unwrap();

        let (heads, unreadable) = read(&path).unwrap();
        assert_eq!(heads, [one, two]);
        assert_eq!(unreadable, 1);
        assert!(heads.iter().all(|head| head.is_genuine(&verifier)));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn every_part_of_a_head_is_signed() {
        let (signer, verifier) = keys();
        let head = Head::sign("node-1", (7, [7; 32]), 1_000, &signer);
        let changed = [
            Head { chain: "node-2".to_owned(), ..head.clone() },
            Head { seq: 8, ..head.clone() },
            Head { hash: [8; 32], ..head.clone() },
            Head { at: 1_001, ..head.clone() },
        ];
        assert!(head.is_genuine(&verifier));
        for head in changed {
            assert!(!head.is_genuine(&verifier), "{head:?}");
        }
    }
}
