//! `voucher exec`: run a command with credentials in its environment and in private files.
//!
//! Files lie in a directory of their own, on memory where the system has such a place, and are gone when the command
//! ends. Its output passes through [`super::masking`]; its signals and its exit status pass through us.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::client::{Answers, Credential, Server};
use super::masking::{Masking, Masks};
use super::{Code, Error};
use crate::secret::Secret;

/// Arguments of `voucher exec`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A credential whose environment variables the command gets.
    #[arg(long, value_name = "TOKEN")]
    env: Vec<String>,
    /// A credential whose file the command gets; the variable holds the file's path.
    #[arg(long, value_name = "VAR=TOKEN[:FORMAT]")]
    file: Vec<FileArgument>,
    #[command(flatten)]
    server: Server,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

#[derive(Clone)]
struct FileArgument {
    variable: String,
    token: String,
    format: Option<String>,
}

impl std::str::FromStr for FileArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (variable, credential) = text.split_once('=').ok_or("write VAR=TOKEN or VAR=TOKEN:FORMAT")?;
        let named = |c: char| c == '_' || c.is_ascii_alphanumeric();
        if variable.is_empty()
            || !variable.chars().all(named)
            || variable.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(
                "the name of a variable has letters, digits and underscores, and does not begin with a digit",
            );
        }
        let (token, format) = match credential.split_once(':') {
            Some((token, format)) => (token, Some(format.to_owned())),
            None => (credential, None),
        };
        Ok(Self { variable: variable.to_owned(), token: token.to_owned(), format })
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let client = arguments.server.client()?;
    super::block_on(async {
        let mut tokens: Vec<String> = arguments.env.clone();
        tokens.extend(arguments.file.iter().map(|file| file.token.clone()));
        tokens.dedup();
        let answers = if tokens.is_empty() { None } else { Some(client.batch(&tokens).await?) };
        let got = answers.map(all_or_nothing).transpose()?.unwrap_or_default();
        let private = Private::new(&arguments.file, &got)?;
        let mut environment = BTreeMap::new();
        for token in &arguments.env {
            for (name, value) in got.get(token).into_iter().flat_map(|credential| &credential.env) {
                environment.insert(name.clone(), value.expose().clone());
            }
        }
        for (variable, path) in &private.paths {
            environment.insert(variable.clone(), path.to_string_lossy().into_owned());
        }
        let masks = Masks::new(got.values().flat_map(|credential| &credential.mask)).ok_or_else(|| {
            Error::new(Code::Failed, "the secrets to hide are too many", "Ask for fewer credentials.")
        })?;
        let status = supervise(&arguments.command, environment, masks).await?;
        drop(private);
        Ok(exit_code(status))
    })
}

/// A command runs with everything it was promised, or not at all.
fn all_or_nothing(answers: Answers) -> Result<BTreeMap<String, Credential>, Error> {
    if let Some(refused) = answers.refusals.first() {
        return Err(Error::new(
            Code::Refused,
            format!("the server refused {}: {}", refused.token, refused.code),
            "The command was not started. Check the token, and the scope and state of the credential.",
        ));
    }
    Ok(answers.credentials.into_iter().map(|credential| (credential.token.clone(), credential)).collect())
}

/// A directory for this command's files, removed when dropped.
struct Private {
    directory: Option<PathBuf>,
    paths: Vec<(String, PathBuf)>,
}

impl Private {
    fn new(wanted: &[FileArgument], got: &BTreeMap<String, Credential>) -> Result<Self, Error> {
        let mut private = Self { directory: None, paths: Vec::new() };
        for file in wanted {
            let (name, body) = choose(file, got)?;
            let directory = match &private.directory {
                Some(directory) => directory.clone(),
                None => {
                    let made = make_directory().map_err(cannot_write)?;
                    private.directory.insert(made).clone()
                }
            };
            let path = directory.join(format!("{}-{name}", private.paths.len()));
            std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .and_then(|mut file| file.write_all(body.expose().as_bytes()))
                .map_err(cannot_write)?;
            private.paths.push((file.variable.clone(), path));
        }
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory
            && let Err(error) = std::fs::remove_dir_all(directory)
        {
            eprintln!("voucher: could not remove {}: {error}", directory.display());
        }
    }
}

fn cannot_write(error: std::io::Error) -> Error {
    Error::new(
        Code::Failed,
        format!("cannot write a private file: {error}"),
        "Check the space in /dev/shm or the temporary directory.",
    )
}

/// Which file was meant: the named one, or the only one.
fn choose<'a>(
    wanted: &FileArgument,
    got: &'a BTreeMap<String, Credential>,
) -> Result<(&'a str, &'a Secret<String>), Error> {
    let credential = got.get(&wanted.token);
    let files = credential.map(|credential| &credential.files);
    let mut files = files.into_iter().flatten().map(|(name, body)| (name.as_str(), body));
    let left_out = credential.map(|credential| credential.undeliverable.as_slice()).unwrap_or_default();
    let (found, why) = match &wanted.format {
        Some(format) => (
            files.find(|(name, _)| name == format),
            left_out.iter().find(|left_out| left_out.format == *format),
        ),
        None => match (files.next(), files.next()) {
            (None, None) => (None, left_out.first()),
            (Some(only), None) => (Some(only), None),
            (_, Some(_)) => (None, None),
        },
    };
    found.ok_or_else(|| {
        let todo =
            "Name the file's format behind the token, as in KUBECONFIG=k8s-main:kubeconfig, or use --env.";
        Error::new(
            Code::Refused,
            format!(
                "{} is not delivered as {}",
                wanted.token,
                wanted.format.as_deref().unwrap_or("a single file")
            ),
            why.map_or(todo, |why| why.detail.as_str()),
        )
    })
}

/// On memory where there is such a place, so that nothing reaches a disk.
fn make_directory() -> std::io::Result<PathBuf> {
    let candidates =
        [crate::config::runtime_directory(), Some(PathBuf::from("/dev/shm")), Some(std::env::temp_dir())];
    let mut failed = std::io::Error::other("no directory");
    for parent in candidates.into_iter().flatten().filter(|parent| parent.is_dir()) {
        match private_directory(&parent) {
            Ok(directory) => return Ok(directory),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn private_directory(parent: &Path) -> std::io::Result<PathBuf> {
    let random = crate::seal::Random::system();
    let mut bytes = [0_u8; 12];
    random.fill(&mut bytes);
    let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = parent.join(format!("voucher-{name}"));
    std::fs::DirBuilder::new().mode(0o700).create(&path)?;
    // The mask of the process may have taken bits away, never added some; say exactly what is meant.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

/// Starts the command, passes its output through the masks and signals to it, and waits for its end.
async fn supervise(
    command: &[OsString],
    environment: BTreeMap<String, String>,
    masks: Masks,
) -> Result<ExitStatus, Error> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Error::new(Code::Failed, "there is no command", "Write it behind two hyphens."))?;
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment)
        // The command gets what it was given, not the means to get everything else.
        .env_remove("VOUCHER_ACCESS_KEY")
        .env_remove("VOUCHER_ACCESS_KEY_FILE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Error::new(
                Code::Failed,
                format!("cannot start {}: {error}", program.to_string_lossy()),
                "Check the command behind the two hyphens.",
            )
        })?;
    let masks = Arc::new(masks);
    let out = tokio::spawn(copy(child.stdout.take(), Arc::clone(&masks), std::io::stdout()));
    let err = tokio::spawn(copy(child.stderr.take(), masks, std::io::stderr()));
    let status = wait(&mut child).await;
    let _ = (out.await, err.await);
    status.map_err(|error| Error::new(Code::Failed, format!("lost the command: {error}"), "Run it again."))
}

async fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        let passed = tokio::select! {
            status = child.wait() => return status,
            _ = interrupt.recv() => rustix::process::Signal::INT,
            _ = terminate.recv() => rustix::process::Signal::TERM,
            _ = hang_up.recv() => rustix::process::Signal::HUP,
        };
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, passed);
        }
    }
}

async fn copy<R: AsyncRead + Unpin>(
    from: Option<R>,
    masks: Arc<Masks>,
    to: impl std::io::Write,
) -> std::io::Result<()> {
    let Some(mut from) = from else {
        return Ok(());
    };
    let mut masking = Masking::new(&masks, to);
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return masking.finish();
        }
        masking.write(buffer.get(..length).unwrap_or_default())?;
    }
}

/// The child's own; 128 and the signal's number when a signal ended it, as shells say it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_argument_names_variable_token_and_format() {
        let parse =
            |text: &str| text.parse::<FileArgument>().map(|file| (file.variable, file.token, file.format));
        assert_eq!(parse("KUBECONFIG=k8s").unwrap(), ("KUBECONFIG".into(), "k8s".into(), None));
        assert_eq!(parse("A=b:kubeconfig").unwrap(), ("A".into(), "b".into(), Some("kubeconfig".into())));
        for bad in ["", "k8s", "=k8s", "1A=k8s", "A-B=k8s"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
