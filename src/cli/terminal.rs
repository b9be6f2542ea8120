//! The terminal that this process was started at.
//!
//! While a command has a terminal of its own, ours only passes bytes on: what is typed is neither shown nor understood
//! here, and interrupts reach the command as they would without us.

use std::io::Read as _;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::mpsc;

/// Our terminal, passing bytes on until this is dropped.
pub(super) struct Raw {
    before: Option<Termios>,
}

impl Raw {
    /// Begins to pass bytes on. A terminal that cannot stays as it is.
    pub(super) fn enter() -> Self {
        let before = tcgetattr(rustix::stdio::stdin()).ok().filter(|before| {
            let mut raw = before.clone();
            raw.make_raw();
            tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &raw).is_ok()
        });
        Self { before }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, before);
        }
    }
}

/// Rows and columns.
pub(super) fn size() -> (u16, u16) {
    match tcgetwinsize(rustix::stdio::stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => (size.ws_row, size.ws_col),
        _ => (24, 80),
    }
}

/// What is typed from now on. A thread of its own waits for it, which ends with the process: a read at a terminal cannot
/// be given up.
pub(super) fn typed() -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        while let Ok(length @ 1..) = std::io::stdin().lock().read(&mut buffer) {
            if send.blocking_send(buffer.get(..length).unwrap_or_default().to_vec()).is_err() {
                return;
            }
        }
    });
    receive
}
