//! A value that must not be printed.
//!
//! [`Secret`] holds what a person typed into a secret field, a key, or anything else whose appearance in a
//! page, a log or an error would be an incident. It has no `Debug`, `Display`, `Serialize` or `Clone`, so a
//! template or a log line that names one does not compile. The one way to the value is [`Secret::expose`],
//! which `grep` finds. The memory is overwritten when the value is dropped.

use zeroize::Zeroize;

/// A value without a printable form, wiped when dropped.
///
/// ```compile_fail
/// let secret = voucher::secret::Secret::new(String::from("s3cret"));
/// println!("{secret}");
/// ```
/// ```compile_fail
/// let secret = voucher::secret::Secret::new(String::from("s3cret"));
/// println!("{secret:?}");
/// ```
/// ```compile_fail
/// let secret = voucher::secret::Secret::new(String::from("s3cret"));
/// let copy = secret.clone();
/// ```
/// ```compile_fail
/// let secret = voucher::secret::Secret::new(String::from("s3cret"));
/// serde_json::to_string(&secret).ok();
/// ```
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in; from here on it only leaves through [`Secret::expose`].
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Submitted forms and documents may carry a secret in; nothing carries one out.
impl<'de, T: Zeroize + serde::Deserialize<'de>> serde::Deserialize<'de> for Secret<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}
