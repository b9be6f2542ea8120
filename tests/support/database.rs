//! One database per test, of either kind, gone with the test.

use std::collections::BTreeMap;
use std::fmt;

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _};
use voucher::db::{Conn, DatabaseUrl, Db};
use voucher::each;

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
    /// A database of another server, by its address.
    Elsewhere(String),
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

    /// As settings write it.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(directory) => DatabaseUrl::Sqlite(directory.path().join("voucher.db")),
            Self::Postgres(name) => DatabaseUrl::Postgres(Postgres::shared().url(name)),
            Self::Elsewhere(url) => DatabaseUrl::Postgres(url.clone()),
        }
    }

    /// A connection beside the server's own, to look at rows or to damage them.
    pub(crate) fn connect(&self) -> Conn {
        match self {
            Self::Sqlite(directory) => {
                let path = directory.path().join("voucher.db");
                let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                // The server writes when it likes, and so do we.
                connection.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
                Conn::Sqlite(connection)
            }
            Self::Postgres(name) => Conn::Postgres(Postgres::shared().connect(name)),
            Self::Elsewhere(url) => Conn::Postgres(PgConnection::establish(url).unwrap()),
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
            Self::Postgres(name) => Postgres::dump(&Postgres::shared().url(name)),
            Self::Elsewhere(url) => Postgres::dump(url),
        }
    }

    /// Runs one statement, to damage a row or to look behind the server's back.
    pub(crate) fn execute(&self, sql: &str) {
        each!(&mut self.connect(), c => c.batch_execute(sql)).unwrap();
    }

    /// The first column of every row, as text.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let sql = format!("SELECT CAST(x.it AS TEXT) AS it FROM ({sql}) x");
        let rows: Vec<One> = each!(&mut self.connect(), c => diesel::sql_query(sql).load(c)).unwrap();
        rows.into_iter().map(|row| row.it).collect()
    }

    /// A whole number that a query answers.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.texts(&format!("SELECT ({sql}) AS it"))[0].parse().unwrap()
    }

    /// Every row of what people and pipelines decide by. Comparing two of these shows whether anything was changed.
    pub(crate) fn rows(&self) -> BTreeMap<&'static str, Vec<String>> {
        let tables: &[(&str, &[&str])] = &[
            ("enterprises", &["id", "slug", "name", "policy_epoch"]),
            ("projects", &["id", "slug"]),
            ("repositories", &["id", "project_id", "slug"]),
            ("members", &["id", "issuer", "subject", "role", "state"]),
            ("project_members", &["project_id", "member_id", "role"]),
            ("repository_members", &["repository_id", "member_id", "role"]),
            (
                "credentials",
                &[
                    "id",
                    "name",
                    "token",
                    "description",
                    "responsible_id",
                    "state",
                    "expires_at",
                    "current_version",
                    "project_scope",
                    "repository_scope",
                    "summary",
                    "revision",
                ],
            ),
            ("credential_projects", &["credential_id", "project_id"]),
            ("credential_repositories", &["credential_id", "repository_id"]),
            ("credential_versions", &["credential_id", "number", "variant", "plain", "submission"]),
            ("sealed_fields", &["credential_id", "number", "field"]),
            ("candidates", &["id", "saved_at"]),
            ("verifications", &["id", "credential_id", "cause"]),
            ("health", &["credential_id", "version", "outcome"]),
            ("access_keys", &["id", "public_id", "name", "expires_at", "revoked_at", "sources", "tokens"]),
            ("access_key_secrets", &["key_id", "number", "ends_at"]),
            ("provisioning_keys", &["id", "public_id", "name", "expires_at", "revoked_at"]),
        ];
        let mut rows = BTreeMap::new();
        for (table, columns) in tables {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')")).collect();
            let sql = format!("SELECT {} AS it FROM {table}", columns.join(" || '|' || "));
            let mut found = self.texts(&sql);
            found.sort();
            rows.insert(*table, found);
        }
        rows
    }
}

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    it: String,
}
