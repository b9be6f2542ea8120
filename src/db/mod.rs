//! The one door to the database.
//!
//! SQLite and PostgreSQL behind one connection type, [`Conn`]. Features hand a closure to [`Db::read`] or
//! [`Db::write`]; it runs on a blocking thread, with a connection of its own, under a deadline that holds even
//! when the database hangs without closing its socket. [`Db::write`] is one transaction: on SQLite it takes the
//! write lock first (`BEGIN IMMEDIATE`), so a reader never has to be upgraded half-way.
//!
//! A store returns [`StoreError`]; absence is `Option`, by `.optional()`.

mod conn;
mod connect;
pub mod gate;
mod migrate;
mod turn;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::Pool;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub use conn::{Conn, MultiBackend};
pub use connect::DatabaseUrl;
pub use migrate::{MIGRATIONS_POSTGRES, MIGRATIONS_SQLITE, MigrateError, SchemaState};

/// Runs one expression on the concrete connection, for what diesel cannot do through [`Conn`]: upserts,
/// batch inserts, `returning`, row locks.
#[macro_export]
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

/// What can go wrong in a store. A variant exists only because somebody acts differently on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection or no answer in time; trying again later may work.
    #[error("the database did not answer in time: {0}")]
    Busy(String),
    /// A unique constraint refused the row; its name is `table_column_column`.
    #[error("constraint {0} refused the row")]
    Conflict(String),
    /// A row that this program did not write, or that was damaged.
    #[error("row cannot be read: {0}")]
    Corrupt(String),
    /// The member who changes something was signed out before the change was complete.
    #[error("signed out meanwhile")]
    SignedOut,
    /// Anything else the driver reports.
    #[error(transparent)]
    Other(DieselError),
}

impl StoreError {
    /// Whether a unique constraint over `columns` of `table` refused the row.
    pub fn conflicts_on(&self, table: &str, columns: &[&str]) -> bool {
        matches!(self, Self::Conflict(name) if *name == format!("{table}_{}", columns.join("_")))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Conflict(constraint_name(info.constraint_name(), info.message()))
            }
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::UnableToSendCommand,
                info,
            ) => Self::Busy(info.message().to_owned()),
            DieselError::DatabaseError(_, info) if is_busy(info.message()) => {
                Self::Busy(info.message().to_owned())
            }
            DieselError::BrokenTransactionManager => Self::Busy("the connection broke".to_owned()),
            other => Self::Other(other),
        }
    }
}

/// The database, shared by everything in the process.
#[derive(Clone)]
pub struct Db {
    pool: Pool<connect::Manager>,
    url: DatabaseUrl,
    deadline: Duration,
    /// On SQLite, who writes next.
    turns: Option<Arc<turn::Turns>>,
}

impl Db {
    /// How long a request may wait for the database before it is told that it is not available.
    pub const DEADLINE: Duration = Duration::from_secs(5);

    /// Opens a pool; connections are made when first used, so a database that is down is no reason not to start.
    pub fn open(url: &DatabaseUrl, connections: u32) -> Result<Self, StoreError> {
        let turns = matches!(url, DatabaseUrl::Sqlite(_)).then(Arc::default);
        Self::pooled(url, connections, turns)
    }

    /// The same database through `connections` connections of its own, which nobody else can hold up. Writers still
    /// take turns with those of `self`.
    pub fn apart(&self, connections: u32) -> Result<Self, StoreError> {
        Self::pooled(&self.url, connections, self.turns.clone())
    }

    fn pooled(
        url: &DatabaseUrl,
        connections: u32,
        turns: Option<Arc<turn::Turns>>,
    ) -> Result<Self, StoreError> {
        let pool = Pool::builder()
            .max_size(connections)
            // None ahead of need: two that meet on a new file fight over its journal mode, and one loses.
            .min_idle(Some(0))
            .connection_timeout(Self::DEADLINE)
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .error_handler(Box::new(connect::QuietErrors))
            .build_unchecked(connect::Manager::new(url.clone()));
        Ok(Self { pool, url: url.clone(), deadline: Self::DEADLINE, turns })
    }

    /// Which database this is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Runs `work` with a connection, outside of a transaction.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let pool = self.pool.clone();
        self.on_a_blocking_thread(move || work(&mut *connection(&pool)?)).await
    }

    /// Runs `work` in one transaction: all of it is durable when this returns `Ok`, none of it when it returns `Err`.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let db = self.clone();
        self.on_a_blocking_thread(move || db.write_here(work)).await
    }

    /// As [`Db::write`], for threads that may block: the command line, the audit writer.
    pub fn write_here<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        // Before the connection: who waits for a turn leaves the connections to readers.
        let _turn = match &self.turns {
            Some(turns) => Some(turns.take(self.deadline).ok_or_else(|| {
                StoreError::Busy("others were writing until the deadline passed".to_owned())
            })?),
            None => None,
        };
        transaction(&mut *connection(&self.pool)?, work)
    }

    /// As [`Db::read`], for threads that may block.
    pub fn read_here<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        work(&mut *connection(&self.pool)?)
    }

    async fn on_a_blocking_thread<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        // The database's own time limits cannot be trusted to fire: a stopped server keeps the socket open.
        match tokio::time::timeout(self.deadline, tokio::task::spawn_blocking(work)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::Corrupt("database work panicked".to_owned()).into()),
            Err(_) => Err(StoreError::Busy("deadline passed".to_owned()).into()),
        }
    }
}

type Pooled = diesel::r2d2::PooledConnection<connect::Manager>;

fn connection(pool: &Pool<connect::Manager>) -> Result<Pooled, StoreError> {
    pool.get().map_err(|error| StoreError::Busy(error.to_string()))
}

/// Runs `work` in one transaction on `conn`.
pub fn transaction<T, E, F>(conn: &mut Conn, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut Conn) -> Result<T, E>,
{
    match conn {
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction(c),
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
    .map_err(StoreError::from)?;
    match work(conn) {
        Ok(value) => {
            each!(conn, c => AnsiTransactionManager::commit_transaction(c)).map_err(StoreError::from)?;
            Ok(value)
        }
        Err(error) => {
            // SQLite has already rolled back after a full disk, and then refuses to do so again; what matters is
            // the error that brought us here. A connection whose state is unknown is not put back into the pool.
            if let Err(rollback) = each!(conn, c => AnsiTransactionManager::rollback_transaction(c)) {
                tracing::warn!(error = %rollback, "could not roll back");
            }
            Err(error)
        }
    }
}

fn is_busy(message: &str) -> bool {
    message.contains("database is locked") || message.contains("database table is locked")
}

/// One name for a constraint on both databases: SQLite lists `table.column, table.column`, PostgreSQL gives
/// `table_column_column_key`.
fn constraint_name(given: Option<&str>, message: &str) -> String {
    if let Some(name) = given {
        return name.trim_end_matches("_key").trim_end_matches("_pkey").to_owned();
    }
    let listed = message.rsplit("failed: ").next().unwrap_or_default();
    let mut name = String::new();
    for (at, column) in listed.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if at == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::constraint_name;

    #[test]
    fn a_constraint_has_one_name_on_both_databases() {
        let sqlite = "UNIQUE constraint failed: credentials.enterprise_id, credentials.token";
        assert_eq!(constraint_name(None, sqlite), "credentials_enterprise_id_token");
        assert_eq!(
            constraint_name(Some("credentials_enterprise_id_token_key"), ""),
            "credentials_enterprise_id_token"
        );
    }
}
