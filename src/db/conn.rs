//! A connection to either database.

#![allow(missing_docs, reason = "the derive makes public items that cannot be documented from here")]

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// PostgreSQL (or a database that speaks its protocol), or the bundled SQLite.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}
