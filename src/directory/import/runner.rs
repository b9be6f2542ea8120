//! Applying imports beside the requests: a large one takes longer than a page may.
//!
//! Whoever asked may leave; the page shows how far it is. Progress is in the memory of the process that applies,
//! because nothing of an open transaction can be seen from outside: pages of another process say only that it is being
//! applied. When the process ends on the way, the database has undone everything, and the page says so once the lease
//! is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::apply::{self, Applied};
use super::store;
use crate::db::{Db, StoreError};
use crate::directory::DirectoryError;
use crate::ids::ImportId;
use crate::permission::Acting;

/// How far an import is.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Progress {
    /// Says how many steps there will be.
    pub(super) fn expect(&self, steps: usize) {
        self.of.store(steps, Ordering::Relaxed);
    }

    /// Counts steps as done.
    pub(super) fn advance(&self, steps: usize) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// Whole hundredths, of what is known yet.
    pub fn percent(&self) -> usize {
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        done.saturating_mul(100).checked_div(of).unwrap_or(0).min(100)
    }
}

/// Applies imports, and knows how far each is.
#[derive(Clone)]
pub struct Importer {
    db: Db,
    running: Arc<Mutex<HashMap<ImportId, Arc<Progress>>>>,
}

impl Importer {
    /// One that works on this database.
    pub fn new(db: Db) -> Self {
        Self { db, running: Arc::default() }
    }

    /// How far an import is, when this process applies it.
    pub fn percent(&self, id: &ImportId) -> Option<usize> {
        self.running().get(id).map(|progress| progress.percent())
    }

    /// Applies an import that was taken, on a thread of its own. The handle can be waited for, or dropped.
    pub fn apply(&self, acting: Acting, id: ImportId) -> tokio::task::JoinHandle<()> {
        let importer = self.clone();
        let progress = Arc::new(Progress::default());
        self.running().insert(id.clone(), Arc::clone(&progress));
        tokio::task::spawn_blocking(move || {
            importer.run(&acting, &id, &progress);
            importer.running().remove(&id);
        })
    }

    fn run(&self, acting: &Acting, id: &ImportId, progress: &Progress) {
        let applied = self.db.read_here(|conn| apply::prepare(conn, acting, id)).and_then(|prepared| {
            self.db.write_here(|conn| apply::apply(conn, acting, (id, prepared), progress))
        });
        let failed = match applied {
            Ok(Applied::Done | Applied::Moved | Applied::Already) => return,
            // Signed out, disabled or demoted on the way: nothing to be alarmed about.
            Err(DirectoryError::NotAllowed | DirectoryError::Store(StoreError::SignedOut)) => None,
            Err(error) => Some(error),
        };
        if let Some(error) = failed {
            tracing::error!(import = %id, %error, "an import could not be applied");
        }
        if let Err(error) = self.db.write_here(|conn| store::set_failed(conn, id)) {
            // Its lease runs out, and then the page says that it was interrupted.
            tracing::warn!(import = %id, %error, "could not note that an import failed");
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ImportId, Arc<Progress>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_hundredths() {
        let progress = Progress::default();
        assert_eq!(progress.percent(), 0);
        progress.expect(3);
        progress.advance(2);
        assert_eq!(progress.percent(), 66);
        progress.advance(9);
        assert_eq!(progress.percent(), 100);
    }
}
