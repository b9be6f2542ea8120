//! Where random bytes come from. Passed as an argument to whoever needs some, so that a signature shows it.

use std::sync::Once;

/// Randomness as an argument: libsodium's generator.
#[derive(Clone)]
pub struct Random(());

impl Random {
    /// The generator of this process.
    pub fn system() -> Self {
        ready();
        Self(())
    }

    /// Fills `bytes` with random ones.
    pub fn fill(&self, bytes: &mut [u8]) {
        sodiumoxide::randombytes::randombytes_into(bytes);
    }

    /// As many random bytes as the caller's type says.
    pub(super) fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// Makes libsodium safe for threads and lets it choose the quick implementations for this processor. It fails
/// only when the kernel gives no entropy at all; the generator then ends the process by itself.
pub(super) fn ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        let _ = sodiumoxide::init();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let random = Random::system();
        assert_ne!(random.array::<32>(), random.array::<32>());
    }
}
