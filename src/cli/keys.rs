//! `voucher keys`: make, show and renew the key files. Prints ids, never keys.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Error;
use crate::seal::{ConsoleKeys, KeyLine, KeyPairFiles, KeySource, Random, ResolverKeys, read_passphrase};
use crate::secret::Secret;

/// What can be done with key files.
#[derive(Debug, clap::Subcommand)]
pub(super) enum KeysCommand {
    /// Make new key files for the console and for the resolver
    Generate(BothFiles),
    /// Show the ids of the keys in a file, and which are in use
    List(SomeFiles),
    /// Make new keys and keep the old ones for what was sealed and signed with them
    Rotate(BothFiles),
    /// Move everything stored to the current keys, while the service runs
    Reseal(super::reseal::Arguments),
}

/// The two files of a pair.
#[derive(Debug, clap::Args)]
pub(super) struct BothFiles {
    /// The console key file: it can seal, not open
    #[arg(long, value_name = "FILE")]
    console: PathBuf,
    /// The resolver key file: it can open
    #[arg(long, value_name = "FILE")]
    resolver: PathBuf,
    /// A file whose one line is the passphrase that protects the key files
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// One file of a pair, or both.
#[derive(Debug, clap::Args)]
pub(super) struct SomeFiles {
    /// The console key file
    #[arg(long, value_name = "FILE", required_unless_present = "resolver")]
    console: Option<PathBuf>,
    /// The resolver key file
    #[arg(long, value_name = "FILE")]
    resolver: Option<PathBuf>,
    /// A file whose one line is the passphrase that protects the key files
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Does what was asked, and prints ids.
pub(super) fn run(command: &KeysCommand) -> Result<ExitCode, Error> {
    if let KeysCommand::Reseal(arguments) = command {
        return super::reseal::run(arguments);
    }
    print!("{}", on_files(command)?);
    Ok(ExitCode::SUCCESS)
}

/// What concerns the key files alone; answers with the text to print.
fn on_files(command: &KeysCommand) -> Result<String, Error> {
    let random = Random::system();
    match command {
        KeysCommand::Generate(files) => generate(files, &random),
        KeysCommand::List(files) => list(files),
        KeysCommand::Rotate(files) => rotate(files, &random),
        KeysCommand::Reseal(_) => Ok(String::new()),
    }
}

fn generate(files: &BothFiles, random: &Random) -> Result<String, Error> {
    let passphrase = passphrase(files.passphrase_file.as_ref())?;
    let (console, _) = pair(files).create(passphrase.as_ref(), random)?;
    Ok(format!(
        "Made {} (for consoles) and {} (for resolvers).\n{}\
         Keep a copy of both apart from the backups of the database: without the resolver's nothing opens.\n",
        files.console.display(),
        files.resolver.display(),
        table(&console.list()),
    ))
}

fn list(files: &SomeFiles) -> Result<String, Error> {
    let passphrase = passphrase(files.passphrase_file.as_ref())?;
    let mut text = String::new();
    if let Some(path) = &files.console {
        let keys = ConsoleKeys::load(&KeySource::File(path.clone()), passphrase.as_ref())?;
        let _ = write!(text, "{} (console)\n{}", path.display(), table(&keys.list()));
    }
    if let Some(path) = &files.resolver {
        let keys = ResolverKeys::load(&KeySource::File(path.clone()), passphrase.as_ref())?;
        let _ = write!(text, "{} (resolver)\n{}", path.display(), table(&keys.list()));
    }
    Ok(text)
}

fn rotate(files: &BothFiles, random: &Random) -> Result<String, Error> {
    let passphrase = passphrase(files.passphrase_file.as_ref())?;
    let rotated = pair(files).rotate(passphrase.as_ref(), random)?;
    Ok(format!(
        "New values are sealed for key {} and signed with key {} once consoles have started with {}.\n\
         1. Give {} to every resolver and restart them.\n\
         2. Then give {} to every console and restart them.\n\
         3. Then run `voucher keys reseal` to move what is sealed for key {}; until then it opens as before.\n",
        rotated.sealing,
        rotated.signing,
        files.console.display(),
        files.resolver.display(),
        files.console.display(),
        rotated.sealing_before,
    ))
}

fn pair(files: &BothFiles) -> KeyPairFiles {
    KeyPairFiles { console: files.console.clone(), resolver: files.resolver.clone() }
}

fn passphrase(path: Option<&PathBuf>) -> Result<Option<Secret<String>>, Error> {
    Ok(path.map(|path| read_passphrase(path)).transpose()?)
}

fn table(lines: &[KeyLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "  {:<8} {:<8} {}", line.purpose, line.state, line.id);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: KeysCommand,
    }

    /// Runs `keys ARGUMENTS`, with `DIR` standing for the directory.
    fn keys(directory: &tempfile::TempDir, arguments: &str) -> Result<String, Error> {
        let arguments = arguments.replace("DIR", directory.path().to_str().unwrap());
        let line = Line::try_parse_from(std::iter::once("keys").chain(arguments.split(' '))).unwrap();
        on_files(&line.command)
    }

    /// The text with whatever is base64 and long enough to be a key.
    fn key_strings(path: PathBuf) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        text.split('"').filter(|part| part.len() == 44).map(str::to_owned).collect()
    }

    #[test]
    fn keys_are_made_listed_and_renewed_without_showing_one() {
        let directory = tempfile::tempdir().unwrap();
        let both = "--console DIR/c.key --resolver DIR/r.key";
        let made = keys(&directory, &format!("generate {both}")).unwrap();
        let first = keys(&directory, &format!("list {both}")).unwrap();
        let rotated = keys(&directory, &format!("rotate {both}")).unwrap();
        let listed = keys(&directory, &format!("list {both}")).unwrap();
        for (purpose, ids) in [("sealing", 2), ("signing", 2), ("audit", 2)] {
            for (state, count) in [("current", 2), ("retired", ids)] {
                let line = format!("  {purpose:<8} {state:<8} ");
                assert_eq!(listed.matches(&line).count(), count, "{line}");
                let count = if state == "current" { 2 } else { 0 };
                assert_eq!(first.matches(&line).count(), count, "{line}");
            }
        }
        let id = first.lines().nth(1).unwrap().split(' ').next_back().unwrap();
        assert!(made.contains(id) && rotated.contains(id) && listed.contains(id));
        for file in ["c.key", "r.key"] {
            let secrets = key_strings(directory.path().join(file));
            assert!(secrets.len() >= 6);
            for secret in secrets {
                assert!(![&made, &first, &rotated, &listed].iter().any(|text| text.contains(&secret)));
            }
        }
    }

    #[test]
    fn what_fails_says_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let both = "--console DIR/c.key --resolver DIR/r.key";
        keys(&directory, &format!("generate {both}")).unwrap();
        std::fs::write(directory.path().join("open"), "correct horse").unwrap();
        for (arguments, what, todo) in [
            (&*format!("generate {both}"), "there already is a file", "keys rotate"),
            ("list --console DIR/x.key", "x.key is not there", "keys generate"),
            ("list --console DIR/r.key", "is a voucher resolver key file 1", "which path is which"),
            (
                "rotate --console DIR/c.key --resolver DIR/c.key",
                "is a voucher console",
                "which path is which",
            ),
            ("list --console DIR/c.key --passphrase-file DIR/open", "open to other users", "chmod 600"),
        ] {
            let error = keys(&directory, arguments).unwrap_err();
            assert!(error.what.contains(what), "{}", error.what);
            assert!(error.todo.contains(todo), "{}", error.todo);
            assert_eq!(error.to_string().lines().count(), 2);
        }
    }

    #[test]
    fn a_list_of_nothing_is_refused() {
        assert!(Line::try_parse_from(["keys", "list"]).is_err());
        assert!(Line::try_parse_from(["keys", "list", "--passphrase-file", "x"]).is_err());
        assert!(Line::try_parse_from(["keys", "generate", "--console", "x"]).is_err());
    }
}
