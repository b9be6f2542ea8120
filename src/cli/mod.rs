//! The command line: one file per command.
//!
//! Errors are two lines, what failed and what to do, on standard error; exit codes are listed in [`Error`]. This is
//! the one part of the library that prints.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on its standard streams")]

mod audit;
mod client;
mod dev;
mod docker_credential;
mod exec;
mod keys;
mod kube_credential;
mod masking;
mod migrate;
mod openapi;
mod private_files;
mod reseal;
mod resolve;
mod seed;
mod serve;
mod server;
mod supervise;
mod terminal;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Credential management for enterprises that ship through pipelines.
#[derive(Parser)]
#[command(name = "voucher", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try it: a console on this machine, with its own issuer and a demonstration enterprise.
    Dev(dev::Arguments),
    /// Serve an installation.
    Serve(serve::Arguments),
    /// Bring the tables of a database up to date.
    Migrate(migrate::Arguments),
    /// Make, list, renew and use up the keys that seal.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Check and export the audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Print the description of what programs can ask, an OpenAPI document.
    Openapi,
    /// Print one credential, in one format.
    Resolve(resolve::Arguments),
    /// Run a command with credentials in its environment and in private files.
    Exec(exec::Arguments),
    /// Answer Docker and its kin as their credential helper; also as docker-credential-voucher.
    DockerCredential(docker_credential::Arguments),
    /// Answer kubectl as the plugin that signs in.
    KubeCredential(kube_credential::Arguments),
}

/// The name under which Docker looks for the helper; a link to the program is enough.
const DOCKER_HELPER: &str = "docker-credential-voucher";

/// Why a command failed: what, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{what}\n{todo}")]
pub struct Error {
    /// What failed, one line.
    pub what: String,
    /// What to do, one line.
    pub todo: String,
    /// The exit code.
    pub code: Code,
}

/// The exit codes besides 0 and those of a child (`exec`). 2 is clap's, for arguments that make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something broke.
    Failed = 1,
    /// A setting, a file, a port or a database is not as it must be.
    Setup = 3,
    /// The server refused: the key, the token, the format.
    Refused = 4,
    /// The server cannot be reached or cannot answer now; trying again later may work.
    Unavailable = 5,
    /// A check found what must not be: a broken audit chain.
    Broken = 6,
}

impl Error {
    /// An error with its two lines.
    pub fn new(code: Code, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what: what.into(), todo: todo.into(), code }
    }

    /// A setting, a file, a port or a database is not as it must be.
    pub fn setup(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::new(Code::Setup, what, todo)
    }
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse_from(arguments()).command {
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Keys(command) => keys::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Openapi => openapi::run(),
        Command::Resolve(arguments) => resolve::run(&arguments),
        Command::Exec(arguments) => exec::run(&arguments),
        Command::DockerCredential(arguments) => docker_credential::run(&arguments),
        Command::KubeCredential(arguments) => kube_credential::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("voucher: {}", error.what);
        eprintln!("voucher: {}", error.todo);
        ExitCode::from(error.code as u8)
    })
}

/// What the program was called with; under the helper's name it is the helper.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let called = arguments.first().and_then(|name| Path::new(name).file_name());
    if called.is_some_and(|name| name == DOCKER_HELPER) {
        arguments.insert(1, "docker-credential".into());
    }
    arguments
}

/// Runs a future to its end on this thread.
fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(Code::Failed, format!("cannot start: {error}"), "Check the limits of this process.")
        })?
        .block_on(work)
}
