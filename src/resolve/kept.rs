//! What stays open for a moment, so that the next resolve of the same version need not open it again.
//!
//! It saves the public-key work, never the decision: only what was allowed and recorded asks here. Values lie in locked
//! memory; when the system allows no more of that, nothing is kept and every resolve opens anew.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use moka::sync::Cache;

use super::delivery;
use super::store::Known;
use crate::catalogue::Opened;
use crate::ids::CredentialId;
use crate::seal::Locked;
use crate::secret::Secret;

/// Separates the strings to hide in one locked value. Content holds no NUL, nor does any form of it.
const SEPARATOR: char = '\0';

/// A version, and the signature over its manifest.
type Key = (CredentialId, i32, Vec<u8>);

/// Open content.
pub(super) struct Keeping {
    cache: Option<Cache<Key, Arc<Kept>>>,
}

/// The open content of one version.
pub(super) struct Kept {
    fields: Vec<(String, Locked)>,
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

/// The strings that a runner must hide.
pub(super) struct Masks(Secret<String>);

impl Masks {
    /// Those of `opened`; worked out once for what is kept.
    pub(super) fn of(opened: &Opened, kept: Option<&Kept>) -> Self {
        let work_out = || {
            let masks = delivery::masks(opened);
            let room = masks.iter().map(|mask| mask.expose().len() + 1).sum();
            let mut joined = String::with_capacity(room);
            for mask in &masks {
                joined.push_str(mask.expose());
                joined.push(SEPARATOR);
            }
            Secret::new(joined)
        };
        let Some(kept) = kept else {
            return Self(work_out());
        };
        let locked = kept.masks.get_or_init(|| Locked::new(work_out().expose().as_bytes()));
        match locked.as_ref().and_then(|locked| std::str::from_utf8(locked.expose()).ok()) {
            Some(text) => Self(Secret::new(text.to_owned())),
            None => Self(work_out()),
        }
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.expose().split_terminator(SEPARATOR)
    }
}
