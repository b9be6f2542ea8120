//! What stays open for a moment, so that the next resolve of the same version need not open it again.
//!
//! It saves the public-key work, never the decision: only what was allowed and recorded asks here. Values lie in locked
//! memory; when the system allows no more of that, nothing is kept and every resolve opens anew.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use moka::sync::Cache;
use zeroize::Zeroizing;

use super::delivery;
use super::store::Known;
use crate::catalogue::Opened;
use crate::ids::CredentialId;
use crate::seal::Locked;
use crate::secret::Secret;

/// A version, and the signature over its manifest.
type Key = (CredentialId, i32, Vec<u8>);

/// Open content.
pub(super) struct Keeping {
    cache: Option<Cache<Key, Arc<Kept>>>,
}

/// The open content of one version.
pub(super) struct Kept {
    fields: Vec<(String, Locked)>,
    /// The strings that a runner must hide, as a JSON array.
    masks: OnceLock<Option<Locked>>,
}

impl Keeping {
    /// Keeps for this long; not at all when it is zero.
    pub(super) fn new(time: Duration) -> Self {
        let cache =
            (!time.is_zero()).then(|| Cache::builder().max_capacity(10_000).time_to_live(time).build());
        Self { cache }
    }

    /// What is kept of this version.
    pub(super) fn get(&self, known: &Known) -> Option<Arc<Kept>> {
        self.cache.as_ref()?.get(&key(known))
    }

    /// Keeps what was just opened, if it can be locked.
    pub(super) fn keep(&self, known: &Known, opened: &Opened) -> Option<Arc<Kept>> {
        let cache = self.cache.as_ref()?;
        let lock =
            |(name, value): (&String, &Secret<Vec<u8>>)| Some((name.clone(), Locked::new(value.expose())?));
        let fields = opened.secret.iter().map(lock).collect::<Option<Vec<_>>>()?;
        let kept = Arc::new(Kept { fields, masks: OnceLock::new() });
        cache.insert(key(known), Arc::clone(&kept));
        Some(kept)
    }
}

fn key(known: &Known) -> Key {
    (known.id.clone(), known.version, known.signature.bytes.clone())
}

impl Kept {
    /// The secret fields, copied out.
    pub(super) fn secret(&self) -> BTreeMap<String, Secret<Vec<u8>>> {
        self.fields.iter().map(|(name, value)| (name.clone(), Secret::new(value.expose().to_vec()))).collect()
    }
}

/// Appends the strings that a runner must hide, as a JSON array. Worked out once for what is kept: they take about
/// twenty times the content, and most of the time of an answer would go into writing them anew.
pub(super) fn write_masks(out: &mut Vec<u8>, opened: &Opened, kept: Option<&Kept>) {
    if let Some(Some(locked)) = kept.and_then(|kept| kept.masks.get()) {
        out.extend_from_slice(locked.expose());
        return;
    }
    let made = masks(opened);
    out.extend_from_slice(made.expose());
    if let Some(kept) = kept {
        // Where no more can be locked that is remembered too.
        kept.masks.get_or_init(|| Locked::new(made.expose()));
    }
}

fn masks(opened: &Opened) -> Secret<Vec<u8>> {
    let masks = delivery::masks(opened);
    let texts: Vec<&str> = masks.iter().map(|mask| mask.expose().as_str()).collect();
    // Room for every character to be escaped, so that growing leaves no copy behind in freed memory.
    let room = texts.iter().map(|text| 2 * text.len() + 3).sum::<usize>() + 2;
    let mut array = Zeroizing::new(Vec::with_capacity(room));
    if serde_json::to_writer(&mut *array, &texts).is_err() {
        array.clear();
        array.extend_from_slice(b"[]");
    }
    Secret::new(std::mem::take(&mut *array))
}
