//! Bringing the tables up to date. The migrations are part of the program.

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource as _, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::{Conn, DatabaseUrl, Db, connect};

/// The steps for SQLite, oldest first.
pub const MIGRATIONS_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// The steps for PostgreSQL, oldest first.
pub const MIGRATIONS_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How the tables stand to this program.
#[derive(Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// Nothing to do.
    Current,
    /// This many steps are missing.
    Behind(usize),
    /// A newer program has been here; the version is one this program does not know.
    Newer(String),
}

/// Why the tables could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Unreachable(String),
    /// A newer program has been here.
    #[error("the database has step {0}, which this program does not know")]
    Newer(String),
    /// A step failed and was undone.
    #[error("a step failed and was undone: {0}")]
    Failed(String),
}

impl Db {
    /// Looks, without changing anything.
    pub fn schema_state(&self) -> Result<SchemaState, MigrateError> {
        let mut conn = open(&self.url)?;
        state(&mut conn)
    }

    /// Runs the missing steps, each in a transaction of its own, and says how many. Two programs that start at once
    /// take turns.
    pub fn migrate(&self) -> Result<usize, MigrateError> {
        let mut conn = open(&self.url)?;
        let _turn = match &self.url {
            DatabaseUrl::Sqlite(path) => Some(lock_file(path)?),
            DatabaseUrl::Postgres(_) => None,
        };
        if let Conn::Postgres(c) = &mut conn {
            // The number is ours alone; the lock ends with the connection.
            c.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(5137062108)",
            )
            .map_err(|error| MigrateError::Failed(error.to_string()))?;
        }
        match state(&mut conn)? {
            SchemaState::Newer(version) => Err(MigrateError::Newer(version)),
            SchemaState::Current => Ok(0),
            SchemaState::Behind(_) => run(&mut conn),
        }
    }
}

fn open(url: &DatabaseUrl) -> Result<Conn, MigrateError> {
    connect::connect(url).map_err(|error| MigrateError::Unreachable(error.to_string()))
}

fn lock_file(database: &std::path::Path) -> Result<std::fs::File, MigrateError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let failed = |error: std::io::Error| MigrateError::Unreachable(error.to_string());
    let file = std::fs::File::create(name).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

fn run(conn: &mut Conn) -> Result<usize, MigrateError> {
    let ran = match conn {
        Conn::Sqlite(c) => c.run_pending_migrations(MIGRATIONS_SQLITE),
        Conn::Postgres(c) => c.run_pending_migrations(MIGRATIONS_POSTGRES),
    };
    ran.map(|steps| steps.len()).map_err(|error| MigrateError::Failed(error.to_string()))
}

fn state(conn: &mut Conn) -> Result<SchemaState, MigrateError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Failed(error.to_string());
    let (applied, known) = match conn {
        Conn::Sqlite(c) => {
            (c.applied_migrations().map_err(failed)?, versions::<diesel::sqlite::Sqlite>(MIGRATIONS_SQLITE))
        }
        Conn::Postgres(c) => {
            (c.applied_migrations().map_err(failed)?, versions::<diesel::pg::Pg>(MIGRATIONS_POSTGRES))
        }
    };
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        return Ok(SchemaState::Newer(unknown.to_string()));
    }
    match known.len().saturating_sub(applied.len()) {
        0 => Ok(SchemaState::Current),
        missing => Ok(SchemaState::Behind(missing)),
    }
}

fn versions<DB: diesel::backend::Backend>(source: EmbeddedMigrations) -> Vec<MigrationVersion<'static>> {
    let steps: Vec<Box<dyn Migration<DB>>> = source.migrations().unwrap_or_default();
    steps.iter().map(|step| step.name().version().as_owned()).collect()
}
