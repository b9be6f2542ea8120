//! The exact strings that a runner must hide in its output, for each secret.

use crate::secret::Secret;

/// Every form in which one of `values` could show up in a log.
pub(super) fn masks<'a>(values: impl Iterator<Item = &'a Secret<Vec<u8>>>) -> Vec<Secret<String>> {
    values.filter_map(|value| String::from_utf8(value.expose().clone()).ok()).map(Secret::new).collect()
}
