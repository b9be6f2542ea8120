//! One database per test, of either kind, gone with the test.

use std::fmt;

use diesel::Connection as _;
use diesel::sqlite::SqliteConnection;
use voucher::db::{Conn, DatabaseUrl, Db};

use super::postgres::Postgres;

/// Which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The bundled one, a file.
    Sqlite,
    /// The server that the tests started.
    Postgres,
}

impl Kind {
    /// Both; a test that takes one of them leaves half untested.
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A database that no other test uses.
pub(crate) enum Database {
    /// A file in a directory that goes when this goes.
    Sqlite(tempfile::TempDir),
    /// A database of the shared server.
    Postgres(String),
}

impl Database {
    /// With all tables, without rows.
    pub(crate) fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let database = Self::empty(kind);
                Db::open(&database.url(), 1).unwrap().migrate().unwrap();
                database
            }
            Kind::Postgres => Self::Postgres(Postgres::shared().fresh_database()),
        }
    }

    /// Without tables.
    pub(crate) fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::Builder::new().prefix("voucher-it-").tempdir().unwrap()),
            Kind::Postgres => Self::Postgres(Postgres::shared().empty_database()),
        }
    }

    /// Which kind this is.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// As settings write it.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(directory) => DatabaseUrl::Sqlite(directory.path().join("voucher.db")),
            Self::Postgres(name) => DatabaseUrl::Postgres(Postgres::shared().url(name)),
        }
    }

    /// A connection beside the server's own, to look at rows or to damage them.
    pub(crate) fn connect(&self) -> Conn {
        match self {
            Self::Sqlite(directory) => {
                let path = directory.path().join("voucher.db");
                Conn::Sqlite(SqliteConnection::establish(&path.to_string_lossy()).unwrap())
            }
            Self::Postgres(name) => Conn::Postgres(Postgres::shared().connect(name)),
        }
    }

    /// Every byte that a thief of the database would have.
    pub(crate) fn dump(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(directory) => {
                let mut all = Vec::new();
                for name in ["voucher.db", "voucher.db-wal"] {
                    all.extend(std::fs::read(directory.path().join(name)).unwrap_or_default());
                }
                all
            }
            Self::Postgres(name) => Postgres::shared().dump(name),
        }
    }
}
