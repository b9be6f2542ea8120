//! The console's part that looks now and then, for as long as it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::due::{self, Looking};
use super::store;
use crate::audit::ChainId;
use crate::clock::Clock;
use crate::db::{Db, StoreError};
use crate::ids::EnterpriseId;
use crate::seal::Random;

/// How often is looked for enterprises whose time has come.
const LOOK: Duration = Duration::from_secs(20);

/// A console that looks.
#[derive(Clone)]
pub struct Reminder {
    /// The database.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// The audit chain that this node writes.
    pub chain: ChainId,
    /// Where the console is reached from a browser, without a slash at the end.
    pub public_url: Arc<str>,
    /// Rung when a message was handed over, for the part of this process that posts it, if it has one.
    pub bell: Arc<Notify>,
}

impl Reminder {
    /// Works until it is dropped. Everything that fails is tried again later.
    pub async fn run(self) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            self.look().await;
        }
    }

    /// Looks at every enterprise whose time has come. [`Reminder::run`] does this now and then.
    pub async fn look(&self) {
        let now = self.clock.now();
        let due: Result<Vec<EnterpriseId>, StoreError> =
            self.db.read(move |conn| store::due(conn, now)).await;
        match due {
            Ok(due) => {
                for enterprise in due {
                    self.look_at(enterprise).await;
                }
            }
            Err(error) => tracing::warn!(%error, "could not look for reminders that are due; trying again"),
        }
    }

    /// One enterprise that cannot be looked at keeps no other from being reminded.
    async fn look_at(&self, enterprise: EnterpriseId) {
        let this = self.clone();
        let looked: Result<bool, StoreError> = self
            .db
            .write(move |conn| {
                let looking = Looking {
                    now: this.clock.now(),
                    random: &this.random,
                    chain: &this.chain,
                    url: &this.public_url,
                };
                due::look(conn, &enterprise, &looking)
            })
            .await;
        match looked {
            Ok(true) => self.bell.notify_one(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "could not remind of what expires; trying again"),
        }
    }
}
