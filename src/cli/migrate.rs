//! `voucher migrate`: bring the tables of a database up to date.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Error;
use crate::config;
use crate::db::{Db, MigrateError};

/// Arguments of `voucher migrate`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The settings of the installation.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let settings = config::load(&arguments.config)?;
    let db = Db::open(&settings.database_url()?, 1).map_err(|error| config::unusable(&error.to_string()))?;
    match migrate(&db)? {
        0 => println!("The tables are up to date."),
        steps => println!("Ran {steps} steps; the tables are up to date."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs what is missing.
pub(super) fn migrate(db: &Db) -> Result<usize, Error> {
    db.migrate().map_err(|error| match error {
        MigrateError::Unreachable(why) => config::unusable(&why).into(),
        MigrateError::Newer(version) => Error::setup(
            format!("the database was made by a newer Voucher (it has step {version})"),
            "Start that version or a later one; this one would not understand the data.",
        ),
        MigrateError::Failed(why) => Error::setup(
            format!("the tables could not be brought up to date: {why}"),
            "Nothing was changed by the failed step. Check the database's rights and disk, and run it again.",
        ),
    })
}
