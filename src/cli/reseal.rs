//! `voucher keys reseal`: move everything stored to the current keys, while the service runs.
//!
//! It may be stopped at any time and started again; each step is a transaction, and what is not yet moved opens with
//! the older keys as before.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Code, Error};
use crate::clock::Clock;
use crate::config;
use crate::credentials::{ResealError, reseal_some};
use crate::db::Db;
use crate::seal::{KeyPairFiles, Random};

/// Arguments of `voucher keys reseal`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The settings of the installation; they name both key files.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Versions moved in one transaction; short enough that nobody waits for it.
const STEP: i64 = 100;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let settings = config::load(&arguments.config)?;
    let (Some(console), Some(resolver)) = (settings.keys.console.clone(), settings.keys.resolver.clone())
    else {
        return Err(Error::setup(
            "moving to new keys takes both key files",
            "Name console and resolver in the table [keys] of the settings.",
        ));
    };
    let (console, resolver) = KeyPairFiles { console, resolver }.load(settings.passphrase()?.as_ref())?;
    let (sealer, opener) = (console.sealer(), resolver.opener());
    let (chain, random) = (settings.chain()?, Random::system());
    let db = Db::open(&settings.database_url()?, 1).map_err(|error| config::unusable(&error.to_string()))?;
    let mut moved = 0_usize;
    loop {
        let step = db
            .write_here(|conn| {
                reseal_some(conn, &chain, (&opener, &sealer), (Clock::System.now(), &random), STEP)
            })
            .map_err(|error| stopped(&error, moved))?;
        moved += step;
        if step == 0 {
            println!(
                "Everything is sealed for key {}; {moved} versions were moved.",
                sealer.sealing_key_id()
            );
            println!("The retired keys are needed no more; keep them with backups that are older than this.");
            return Ok(ExitCode::SUCCESS);
        }
        println!("{moved} versions moved");
    }
}

fn stopped(error: &ResealError, moved: usize) -> Error {
    let todo = match error {
        ResealError::Unreadable { .. } => {
            "Everything before it was moved. Rotate that credential in the console, or restore it, then run this again."
        }
        ResealError::Store(_) => {
            "What was moved stays moved. Check the database and run this again; it goes on."
        }
    };
    Error::new(Code::Failed, format!("stopped after {moved} versions: {error}"), todo)
}
