//! The shell that pages share.

use std::sync::Arc;

use crate::audit::ChainId;
use crate::clock::Clock;
use crate::db::Db;
use crate::seal::{Random, Sealer};

/// What console handlers work with. It can seal; it cannot open: no field of it, nor of theirs, holds an opening key.
#[derive(Clone)]
pub struct Console {
    /// The database.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// Seals and signs new content.
    pub sealer: Arc<Sealer>,
    /// The audit chain that this node writes.
    pub chain: ChainId,
    /// Where the console is reached from a browser, without a slash at the end.
    pub public_url: Arc<str>,
}
