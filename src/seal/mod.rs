//! Sealing; the only user of libsodium.

/// Randomness as an argument: libsodium's generator.
#[derive(Clone)]
pub struct Random(());

impl Random {
    /// The generator of this process.
    pub fn system() -> Self {
        // Makes the generator safe for threads; it fails only when the kernel gives no entropy at all.
        let _ = sodiumoxide::init();
        Self(())
    }

    /// Fills `bytes` with random ones.
    pub fn fill(&self, bytes: &mut [u8]) {
        sodiumoxide::randombytes::randombytes_into(bytes);
    }
}

/// Seals.
pub struct Sealer(());
