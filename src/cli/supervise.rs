//! Starting a command, hiding secrets in what it prints, and passing on what it should hear and how it ended.
//!
//! Where a person sits at a terminal the command gets a terminal too, so that it can ask, draw and be interrupted as
//! usual; elsewhere its two streams stay two. What it prints passes through [`super::masking`] either way.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::masking::{Masking, Masks};
use super::private_files::PrivateFiles;
use super::terminal;
use super::{Code, Error};

/// What else a terminal prints when its command has ended is waited for that long: something that it left running may
/// hold it open for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Signals that are passed on. They are caught from the moment that this is made.
pub(super) struct Signals {
    caught: [(rustix::process::Signal, Signal); 6],
}

impl Signals {
    /// Catches them from now on.
    pub(super) fn catch() -> Result<Self, Error> {
        use rustix::process::Signal as Number;
        let catch = |number: Number, kind: SignalKind| signal(kind).map(|caught| (number, caught));
        let catch = || -> std::io::Result<_> {
            Ok([
                catch(Number::INT, SignalKind::interrupt())?,
                catch(Number::TERM, SignalKind::terminate())?,
                catch(Number::HUP, SignalKind::hangup())?,
                catch(Number::QUIT, SignalKind::quit())?,
                catch(Number::USR1, SignalKind::user_defined1())?,
                catch(Number::USR2, SignalKind::user_defined2())?,
            ])
        };
        let caught = catch().map_err(|error| {
            Error::new(
                Code::Failed,
                format!("cannot catch signals: {error}"),
                "Check the limits of this process.",
            )
        })?;
        Ok(Self { caught })
    }

    /// The next one.
    async fn next(&mut self) -> rustix::process::Signal {
        let [one, two, three, four, five, six] = &mut self.caught;
        tokio::select! {
            _ = one.1.recv() => one.0,
            _ = two.1.recv() => two.0,
            _ = three.1.recv() => three.0,
            _ = four.1.recv() => four.0,
            _ = five.1.recv() => five.0,
            _ = six.1.recv() => six.0,
        }
    }
}

/// Runs the command to its end with this environment and these files; its exit code.
pub(super) async fn supervise(
    command: &[OsString],
    (environment, files): (BTreeMap<String, String>, PrivateFiles),
    masks: Masks,
    signals: Signals,
) -> Result<ExitCode, Error> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Error::new(Code::Failed, "there is no command", "Write it behind two hyphens."))?;
    let mut command = Command::new(program);
    command.args(arguments).envs(environment).kill_on_drop(true);
    // The command gets what it was given, not the means to get everything else.
    for means in
        ["VOUCHER_ACCESS_KEY", "VOUCHER_ACCESS_KEY_FILE", "VOUCHER_ID_TOKEN", "VOUCHER_ID_TOKEN_FILE"]
    {
        command.env_remove(means);
    }
    let is_interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let status = match is_interactive {
        true => at_a_terminal(command, files, masks, signals).await,
        false => by_pipes(command, files, masks, signals).await,
    };
    match status {
        Ok(status) => Ok(exit_code(status)),
        Err(Lost::NotStarted(error)) => Err(Error::new(
            Code::Failed,
            format!("cannot start {}: {error}", program.to_string_lossy()),
            "Check the command behind the two hyphens.",
        )),
        Err(Lost::Lost(error)) => {
            Err(Error::new(Code::Failed, format!("lost the command: {error}"), "Run it again."))
        }
    }
}

/// Why there is no exit status.
enum Lost {
    NotStarted(std::io::Error),
    Lost(std::io::Error),
}

async fn by_pipes(
    mut command: Command,
    files: PrivateFiles,
    masks: Masks,
    mut signals: Signals,
) -> Result<ExitStatus, Lost> {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(Lost::NotStarted)?;
    let masks = Arc::new(masks);
    let out = tokio::spawn(copy(child.stdout.take(), Arc::clone(&masks), std::io::stdout()));
    let err = tokio::spawn(copy(child.stderr.take(), masks, std::io::stderr()));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            passed = signals.next() => pass(&child, passed),
        }
    };
    // Before the rest of the output: whatever the command left running may hold the streams open.
    drop(files);
    let _ = (out.await, err.await);
    status.map_err(Lost::Lost)
}

async fn at_a_terminal(
    command: Command,
    files: PrivateFiles,
    masks: Masks,
    mut signals: Signals,
) -> Result<ExitStatus, Lost> {
    let strange = |error: pty_process::Error| Lost::NotStarted(std::io::Error::other(error));
    let (pty, pts) = pty_process::open().map_err(strange)?;
    let (rows, columns) = terminal::size();
    pty.resize(pty_process::Size::new(rows, columns)).map_err(strange)?;
    let mut resized = signal(SignalKind::window_change()).map_err(Lost::NotStarted)?;
    let mut child = pty_process::Command::from(command).spawn(pts).map_err(strange)?;
    let (from, mut to) = pty.into_split();
    let raw = terminal::Raw::enter();
    let mut typed = terminal::typed();
    let mut out = tokio::spawn(copy(Some(from), Arc::new(masks), std::io::stdout()));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            passed = signals.next() => pass(&child, passed),
            _ = resized.recv() => {
                let (rows, columns) = terminal::size();
                let _ = to.resize(pty_process::Size::new(rows, columns));
            }
            Some(bytes) = typed.recv() => {
                // A command that does not read any more is about to end.
                let _ = tokio::io::AsyncWriteExt::write_all(&mut to, &bytes).await;
            }
        }
    };
    drop(files);
    if tokio::time::timeout(LAST_WORDS, &mut out).await.is_err() {
        out.abort();
    }
    drop(raw);
    status.map_err(Lost::Lost)
}

fn pass(child: &Child, passed: rustix::process::Signal) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process(id, passed);
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
        let length = match from.read(&mut buffer).await {
            Ok(length) => length,
            // So a terminal says that nobody is at its other side any more.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => 0,
            Err(error) => return Err(error),
        };
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
