//! Hiding secrets in a child's output, even when one is split across writes.

use std::io::{self, Write};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::secret::Secret;

/// What stands in place of a secret.
const HIDDEN: &[u8] = b"[voucher]";
/// Longer secrets consist of lines, each of which is hidden on its own.
const LONGEST: usize = 8 * 1024;

/// The strings to hide.
pub(super) struct Masks {
    find: AhoCorasick,
    sorted: Vec<Vec<u8>>,
    longest: usize,
}

impl Masks {
    /// Takes the strings that the server said must be hidden.
    pub(super) fn new<'a>(masks: impl Iterator<Item = &'a Secret<String>>) -> Option<Self> {
        let mut sorted: Vec<Vec<u8>> = masks
            .map(|mask| mask.expose().as_bytes().to_vec())
            .filter(|mask| !mask.is_empty() && mask.len() <= LONGEST)
            .collect();
        sorted.sort();
        sorted.dedup();
        let find = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&sorted).ok()?;
        let longest = sorted.iter().map(Vec::len).max().unwrap_or(0);
        Some(Self { find, sorted, longest })
    }

    /// How many bytes at the end of `text` may be the beginning of a secret.
    fn undecided(&self, text: &[u8]) -> usize {
        let most = self.longest.saturating_sub(1).min(text.len());
        (1..=most)
            .rev()
            .find(|length| {
                let tail = text.get(text.len() - length..).unwrap_or_default();
                let at = self.sorted.partition_point(|mask| mask.as_slice() <= tail);
                self.sorted.get(at).is_some_and(|mask| mask.len() > tail.len() && mask.starts_with(tail))
            })
            .unwrap_or(0)
    }
}

/// A stream of output on its way to `out`.
pub(super) struct Masking<'a, W: Write> {
    masks: &'a Masks,
    held: Vec<u8>,
    out: W,
}

impl<'a, W: Write> Masking<'a, W> {
    /// Nothing has passed yet.
    pub(super) fn new(masks: &'a Masks, out: W) -> Self {
        Self { masks, held: Vec::new(), out }
    }

    /// Passes on what is certain to be no part of a secret; holds back only what may be the beginning of one.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        let mut done = 0;
        let decided = self.held.len() - self.masks.undecided(&self.held);
        for found in self.masks.find.find_iter(&self.held) {
            // A longer secret may begin in the same place and end in the next write.
            if found.start() >= decided {
                break;
            }
            self.out.write_all(self.held.get(done..found.start()).unwrap_or_default())?;
            self.out.write_all(HIDDEN)?;
            done = found.end();
        }
        self.held.drain(..done);
        let open = self.masks.undecided(&self.held);
        let certain = self.held.len() - open;
        self.out.write_all(self.held.get(..certain).unwrap_or_default())?;
        self.held.drain(..certain);
        self.out.flush()
    }

    /// Passes on what was held back: there is no more to come.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let mut done = 0;
        for found in self.masks.find.find_iter(&self.held) {
            self.out.write_all(self.held.get(done..found.start()).unwrap_or_default())?;
            self.out.write_all(HIDDEN)?;
            done = found.end();
        }
        self.out.write_all(self.held.get(done..).unwrap_or_default())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(masks: &[&str], writes: &[&[u8]]) -> String {
        let secrets: Vec<Secret<String>> = masks.iter().map(|mask| Secret::new((*mask).to_owned())).collect();
        let masks = Masks::new(secrets.iter()).unwrap();
        let mut out = Vec::new();
        let mut masking = Masking::new(&masks, &mut out);
        for write in writes {
            masking.write(write).unwrap();
        }
        masking.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_split() {
        let text = b"before s3cret-value after";
        for at in 0..text.len() {
            for then in at..text.len() {
                let writes = [&text[..at], &text[at..then], &text[then..]];
                assert_eq!(masked(&["s3cret-value"], &writes), "before [voucher] after", "{at} {then}");
            }
        }
    }

    #[test]
    fn of_two_secrets_the_longer_is_hidden_whole() {
        let masks = ["hunter2", "hunter2-and-more"];
        assert_eq!(masked(&masks, &[b"hunter2", b"-and-more."]), "[voucher].");
        assert_eq!(masked(&masks, &[b"hunter2-and", b"-more."]), "[voucher].");
        assert_eq!(masked(&masks, &[b"hunter2", b"-and-less."]), "[voucher]-and-less.");
        assert_eq!(masked(&["abc", "cX"], &[b"abc", b"X"]), "[voucher]X");
        assert_eq!(masked(&masks, &[b"hunter2"]), "[voucher]");
    }

    #[test]
    fn what_only_begins_like_a_secret_arrives_in_the_end() {
        assert_eq!(masked(&["s3cret-value"], &[b"s3cret-", b"other"]), "s3cret-other");
        assert_eq!(masked(&["s3cret-value"], &[b"s3cret-val"]), "s3cret-val");
        assert_eq!(masked(&["aab"], &[b"a", b"a", b"a", b"b"]), "a[voucher]");
    }

    #[test]
    fn a_line_without_secrets_is_not_held_back() {
        let secrets = [Secret::new("s3cret-value".to_owned())];
        let masks = Masks::new(secrets.iter()).unwrap();
        let mut out = Vec::new();
        Masking::new(&masks, &mut out).write(b"progress 10%\n").unwrap();
        assert_eq!(out, b"progress 10%\n");
    }
}
