//! Memory that the system does not write to disk: not swapped out, left out of core dumps, wiped when dropped.
//!
//! Used by the resolver for what it keeps open for a moment. Each value has pages of its own, because unlocking is by
//! page and would take a neighbour's lock away.

/// Bytes in locked pages.
pub struct Locked {
    pages: Vec<u8>,
    /// Where the locked pages begin, and how much of them is the value.
    start: usize,
    length: usize,
    locked: usize,
}

impl Locked {
    /// Copies `value` into locked pages; `None` when the system allows no more of them, in which case the value had
    /// better not be kept at all.
    pub fn new(value: &[u8]) -> Option<Self> {
        let page = rustix::param::page_size();
        let locked = value.len().max(1).checked_next_multiple_of(page)?;
        let mut pages = vec![0_u8; locked.checked_add(page)?];
        // The vector is never grown, so its buffer stays where it is.
        let start = pages.as_ptr().align_offset(page);
        let region = pages.get_mut(start..start.checked_add(locked)?)?;
        sodiumoxide::utils::mlock(region).ok()?;
        region.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { pages, start, length: value.len(), locked })
    }

    /// The value. Every call is a place to look at in a review.
    pub fn expose(&self) -> &[u8] {
        self.pages.get(self.start..self.start + self.length).unwrap_or_default()
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Some(region) = self.pages.get_mut(self.start..self.start + self.locked) {
            // Overwrites with zeros before it unlocks.
            let _ = sodiumoxide::utils::munlock(region);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_whatever_its_length() {
        for length in [0, 1, 4095, 4096, 4097, 70_000] {
            let value: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let locked = Locked::new(&value).expect("the limit of locked memory allows 70 kB");
            assert_eq!(locked.expose(), value, "{length}");
        }
    }

    #[test]
    fn the_kernel_counts_it_as_locked() {
        let of_this_process = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find(|line| line.starts_with("VmLck")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
        };
        let values: Vec<_> = (0..64).map(|_| Locked::new(&[7; 4096]).unwrap()).collect();
        assert!(of_this_process() >= 256, "64 pages of 4 KiB");
        drop(values);
    }
}
