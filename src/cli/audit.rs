//! `voucher audit`: is the log whole, and the log as JSON lines.
//!
//! `verify` needs no running service: the database or a copy of it, a key file, and the heads that were written
//! outside. What it found goes to standard output, chain by chain; a broken chain also makes it fail.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::{Code, Error};
use crate::audit::{self, ChainReport, ExportError, Report, Span, VerifyError};
use crate::config::{self, Settings};
use crate::db::{DatabaseUrl, Db};
use crate::seal::{AuditVerifier, ConsoleKeys, KeyFileError, KeySource, ResolverKeys, read_passphrase};

/// What can be done with the audit log.
#[derive(Debug, clap::Subcommand)]
pub(super) enum AuditCommand {
    /// Check that no record was changed, taken out, put in or moved, and name the first that was
    Verify(Verify),
    /// Print the records as JSON lines
    Export(Export),
}

/// Which database.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Place {
    /// The settings of the installation
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database itself, or a copy: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Arguments of `voucher audit verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
    /// A key file of the installation, the console's or the resolver's; by default the one that the settings name
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    keys: Option<PathBuf>,
    /// A file whose one line is the passphrase that protects the key file
    #[arg(long, value_name = "FILE", requires = "keys")]
    passphrase_file: Option<PathBuf>,
    /// The signed heads that were written outside of the database; by default the file that the settings name
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
}

/// Arguments of `voucher audit export`.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[command(flatten)]
    place: Place,
    /// Only records of this time or later, as in 2026-11-23T08:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only records from before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

/// Does what was asked.
pub(super) fn run(command: &AuditCommand) -> Result<ExitCode, Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        AuditCommand::Verify(arguments) => verify(arguments, &mut out)?,
        AuditCommand::Export(arguments) => export(arguments, &mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(arguments: &Verify, out: &mut dyn Write) -> Result<(), Error> {
    let (db, settings) = open(&arguments.place)?;
    let verifier = verifier(arguments, settings.as_ref())?;
    let configured = settings.as_ref().and_then(|settings| settings.audit_heads.as_deref());
    let heads = arguments.heads.as_deref().or(configured);
    let report = db.read_here(|conn| audit::verify(conn, &verifier, heads)).map_err(|error| match error {
        VerifyError::Store(error) => Error::from(config::unusable(&error.to_string())),
        VerifyError::Heads { .. } => Error::setup(
            error.to_string(),
            "Name the file that the service writes its signed heads to (`audit_heads` in its settings).",
        ),
    })?;
    write!(out, "{}", describe(&report, heads)).and_then(|()| out.flush()).map_err(unwritable)?;
    match report.chains.iter().find_map(|chain| Some((chain, chain.first_break.as_ref()?))) {
        None => Ok(()),
        Some((chain, found)) => Err(Error::new(
            Code::Broken,
            format!("audit chain {} is broken: {found}", chain.chain),
            "Keep this database as it is, and compare it with a backup and with logs of that time.",
        )),
    }
}

fn describe(report: &Report, heads: Option<&Path>) -> String {
    let mut lines: Vec<String> = report.chains.iter().map(describe_chain).collect();
    if report.chains.is_empty() {
        lines.push("There are no audit records.".to_owned());
    }
    if report.unreadable_lines > 0 {
        lines.push(format!(
            "{} lines of the heads file could not be read; a crash can cut one.",
            report.unreadable_lines
        ));
    }
    if heads.is_none() {
        lines.push(
            "No heads file was given: records cut from the end together with their checkpoints would not show."
                .to_owned(),
        );
    }
    lines.push(String::new());
    lines.join("\n")
}

fn describe_chain(chain: &ChainReport) -> String {
    let ChainReport { chain: name, records, signed_up_to, first_break } = chain;
    match first_break {
        None => format!("{name}: ok, {records} records, signed up to {signed_up_to}"),
        Some(found) => format!("{name}: BROKEN at {}: {found}; the {records} before it are ok", found.seq),
    }
}

fn export(arguments: &Export, out: &mut dyn Write) -> Result<(), Error> {
    let (db, _) = open(&arguments.place)?;
    let span = Span { from: arguments.from, until: arguments.until };
    match db.read_here(|conn| audit::export(conn, span, out)) {
        Ok(_) => Ok(()),
        // The reader has seen enough: `voucher audit export … | head`.
        Err(ExportError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(ExportError::Output(error)) => Err(unwritable(error)),
        Err(ExportError::Store(error)) => Err(config::unusable(&error.to_string()).into()),
    }
}

fn open(place: &Place) -> Result<(Db, Option<Settings>), Error> {
    let settings = place.config.as_deref().map(config::load).transpose()?;
    let url = match (&settings, &place.database) {
        (Some(settings), _) => settings.database_url()?,
        (None, text) => DatabaseUrl::parse(text.as_deref().unwrap_or_default()).ok_or_else(|| {
            Error::setup("the database's address cannot be read", "Write sqlite:PATH or postgres://…")
        })?,
    };
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        // Opening it would make an empty one, and an empty log is whole.
        return Err(config::unusable(&format!("there is no file {}", path.display())).into());
    }
    let db = Db::open(&url, 1).map_err(|error| config::unusable(&error.to_string()))?;
    Ok((db, settings))
}

fn verifier(arguments: &Verify, settings: Option<&Settings>) -> Result<AuditVerifier, Error> {
    let (path, passphrase) = match (&arguments.keys, settings) {
        (Some(path), _) => {
            let passphrase =
                arguments.passphrase_file.as_ref().map(|path| read_passphrase(path)).transpose()?;
            (Some(path.clone()), passphrase)
        }
        (None, Some(settings)) => {
            let path = settings.keys.console.clone().or_else(|| settings.keys.resolver.clone());
            (path, settings.passphrase()?)
        }
        (None, None) => (None, None),
    };
    let path = path.ok_or_else(|| {
        Error::setup("no key file is known", "Name one with --keys, or in the table [keys] of the settings.")
    })?;
    let source = KeySource::File(path);
    // Both kinds hold the keys that verify; whichever the file is, the other reading refuses it.
    let console = ConsoleKeys::load(&source, passphrase.as_ref());
    match console {
        Ok(keys) => Ok(keys.audit_verifier()),
        Err(KeyFileError::WrongPurpose { .. }) => {
            Ok(ResolverKeys::load(&source, passphrase.as_ref())?.audit_verifier())
        }
        Err(error) => Err(error.into()),
    }
}

fn unwritable(error: io::Error) -> Error {
    Error::new(
        Code::Failed,
        format!("the output cannot be written: {error}"),
        "Check where it goes, and its disk.",
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::audit::fixture::{databases, node};
    use crate::audit::{Journal, Setup};
    use crate::clock::Clock;
    use crate::seal::{KeyPairFiles, Random};

    #[derive(clap::Parser)]
    struct Line {
        #[command(subcommand)]
        command: AuditCommand,
    }

    fn voucher_audit(arguments: &[&str]) -> (String, Result<(), Error>) {
        let line = Line::try_parse_from(std::iter::once(&"voucher").chain(arguments)).unwrap();
        let mut out = Vec::new();
        let result = match &line.command {
            AuditCommand::Verify(arguments) => verify(arguments, &mut out),
            AuditCommand::Export(arguments) => export(arguments, &mut out),
        };
        (String::from_utf8(out).unwrap(), result)
    }

    #[test]
    fn a_whole_log_is_ok_and_a_changed_record_is_named() {
        let fixture = databases().remove(0);
        let folder = tempfile::tempdir().unwrap();
        let files = KeyPairFiles {
            console: folder.path().join("console.key"),
            resolver: folder.path().join("resolver.key"),
        };
        let (console, _) = files.create(None, &Random::system()).unwrap();
        let heads = folder.path().join("heads.jsonl");
        fixture.append(5);
        let setup = Setup {
            db: fixture.db.clone(),
            chain: node(),
            clock: Clock::System,
            signer: console.audit_signer(),
            heads: Some(heads.clone()),
        };
        Journal::start(setup).unwrap().stop();

        let url = fixture.db.url().to_string();
        for keys in [&files.console, &files.resolver] {
            let keys = keys.to_str().unwrap();
            let (out, result) = voucher_audit(&[
                "verify",
                "--database",
                &url,
                "--keys",
                keys,
                "--heads",
                heads.to_str().unwrap(),
            ]);
            assert!(result.is_ok());
            assert_eq!(out, "node: ok, 5 records, signed up to 5\n");
        }
        fixture.tamper("UPDATE audit_records SET actor_name = 'somebody' WHERE seq = 3");
        let keys = files.console.to_str().unwrap();
        let (out, result) = voucher_audit(&["verify", "--database", &url, "--keys", keys]);
        let error = result.unwrap_err();
        assert_eq!(error.code, Code::Broken);
        assert!(error.what.contains("node") && error.what.contains("record 3 was changed"), "{}", error.what);
        assert!(out.starts_with("node: BROKEN at 3") && out.contains("No heads file"), "{out}");
    }

    #[test]
    fn a_database_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("typo.db").display());
        let (_, result) = voucher_audit(&["export", "--database", &url]);
        assert_eq!(result.unwrap_err().code, Code::Setup);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn an_export_is_cut_to_its_time() {
        let fixture = databases().remove(0);
        fixture.append(2);
        let url = fixture.db.url().to_string();
        let lines = |arguments: &[&str]| {
            let all = [&["export", "--database", &url], arguments].concat();
            voucher_audit(&all).0.lines().count()
        };
        assert_eq!(lines(&[]), 2);
        assert_eq!(lines(&["--from", "2027-01-15T08:00:00Z"]), 2);
        assert_eq!(lines(&["--until", "2027-01-15T08:00:00Z"]), 0);
    }
}
