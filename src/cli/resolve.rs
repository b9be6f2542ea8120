//! `voucher resolve`: print one credential, in one format.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Code, Error, client};

/// Arguments of `voucher resolve`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The credential's token.
    token: String,
    /// fields, env, dotenv, shell, or a file that its tools read, such as kubeconfig.
    #[arg(long, default_value = "fields")]
    format: String,
    /// Write to this file, readable by you alone, instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: client::Server,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let client = arguments.server.client()?;
    let body = super::block_on(client.file(&arguments.token, &arguments.format))?;
    let written = match &arguments.output {
        None => std::io::stdout().lock().write_all(body.expose()),
        // A new file, so that neither an old one's permissions nor a link decide who reads it.
        Some(path) => std::fs::remove_file(path)
            .or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
            .and_then(|()| std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path))
            .and_then(|mut file| file.write_all(body.expose())),
    };
    written.map_err(|error| {
        Error::new(Code::Failed, format!("cannot write: {error}"), "Check the path and the disk.")
    })?;
    Ok(ExitCode::SUCCESS)
}
