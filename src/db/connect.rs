//! How a connection is made, and when it is thrown away.

use std::fmt;
use std::path::PathBuf;

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection as _};
use diesel::sqlite::SqliteConnection;

use super::Conn;

/// Where the database is: `sqlite:PATH`, or `postgres://…` as libpq reads it.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, made when it is not there.
    Sqlite(PathBuf),
    /// An address with user, perhaps password, and options; never printed.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a setting; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Sqlite(PathBuf::from(path)));
        }
        (text.starts_with("postgres://") || text.starts_with("postgresql://"))
            .then(|| Self::Postgres(text.to_owned()))
    }
}

/// Says which kind and, for a file, where; an address may hold a password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

/// Makes connections for the pool. Not diesel's own: that one tries each database in turn, and would take a
/// PostgreSQL address for the name of an SQLite file when the server is down.
pub(super) struct Manager {
    url: DatabaseUrl,
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl) -> Self {
        Self { url }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        connect(&self.url)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Self::Error> {
        crate::each!(conn, c => c.ping()).map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || crate::each!(conn, c => c.is_broken())
    }
}

/// Makes one connection outside of any pool.
pub(super) fn connect(url: &DatabaseUrl) -> Result<Conn, diesel::r2d2::Error> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())
                .map_err(diesel::r2d2::Error::ConnectionError)?;
            // busy_timeout first: changing the journal mode may have to wait for another process. FULL syncs each
            // commit, without which an acknowledged write can be lost with the power.
            conn.batch_execute(
                "PRAGMA busy_timeout = 4000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000;",
            )
            .map_err(diesel::r2d2::Error::QueryError)?;
            Ok(Conn::Sqlite(conn))
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(&with_time_limits(url))
                .map_err(diesel::r2d2::Error::ConnectionError)?;
            conn.batch_execute(
                "SET statement_timeout = '5s'; SET lock_timeout = '4s'; SET idle_in_transaction_session_timeout = '15s'; \
                 SET synchronous_commit = on; SET client_min_messages = warning;",
            )
            .map_err(diesel::r2d2::Error::QueryError)?;
            Ok(Conn::Postgres(conn))
        }
    }
}

/// Without these libpq waits for minutes on a server that has vanished.
fn with_time_limits(url: &str) -> String {
    let mut url = url.to_owned();
    for (option, value) in [("connect_timeout", "3"), ("tcp_user_timeout", "8000")] {
        if !url.contains(option) {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}{option}={value}");
        }
    }
    url
}

/// The pool reports every failed attempt to connect. The text of libpq names host and user but no password.
#[derive(Debug)]
pub(super) struct QuietErrors;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for QuietErrors {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::warn!(error = %error, "no connection to the database");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_two_kinds() {
        assert!(
            DatabaseUrl::parse("sqlite:data/voucher.db")
                == Some(DatabaseUrl::Sqlite("data/voucher.db".into()))
        );
        assert!(
            DatabaseUrl::parse("sqlite:///var/lib/v.db") == Some(DatabaseUrl::Sqlite("/var/lib/v.db".into()))
        );
        assert!(matches!(DatabaseUrl::parse("postgres://u:p@h/d"), Some(DatabaseUrl::Postgres(_))));
        assert!(DatabaseUrl::parse("mysql://h/d").is_none());
        assert!(DatabaseUrl::parse("sqlite:").is_none());
    }

    #[test]
    fn a_password_is_not_printed() {
        let url = DatabaseUrl::parse("postgres://u:hunter2@h/d").unwrap();
        assert_eq!(url.to_string(), "postgres");
    }
}
