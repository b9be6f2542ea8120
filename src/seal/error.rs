//! Why keys could not be read or written. The text says what failed, [`KeyFileError::hint`] what to do about it.

use super::keyring::NotAPair;

/// Names files, lines and key ids; never what stands in a file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// No such file.
    #[error("the file {0} is not there")]
    Missing(String),
    /// The file can't be read.
    #[error("the file {0} cannot be read: {1}")]
    Unreadable(String, std::io::Error),
    /// The file is open to the group or to everybody.
    #[error("the file {0} is open to other users (mode {1:04o})")]
    Exposed(String, u32),
    /// There is a file where a new one should go.
    #[error("there already is a file {0}")]
    Exists(String),
    /// The file can't be written.
    #[error("the file {0} cannot be written: {1}")]
    Unwritable(String, std::io::Error),
    /// Keys of the other side.
    #[error("{name} is a {found}, and a {wanted} is needed")]
    WrongPurpose {
        /// The file.
        name: String,
        /// What it says it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Not a key file, or one of a newer version.
    #[error("{0} is not a key file of a format that this version knows")]
    UnknownFormat(String),
    /// A key file, but not as it was written.
    #[error("{0} is damaged: {1}")]
    Damaged(String, String),
    /// Protected, and no passphrase was given.
    #[error("{0} is protected by a passphrase")]
    Locked(String),
    /// Not protected, although a passphrase was given.
    #[error("{0} is not protected by a passphrase, but one was given")]
    NotLocked(String),
    /// The passphrase is another one, or the file was changed.
    #[error("the passphrase does not open {0}")]
    WrongPassphrase(String),
    /// Nothing that protects anything.
    #[error("the passphrase in {0} is shorter than {1} characters")]
    ShortPassphrase(String, usize),
    /// The passphrase can't be worked on.
    #[error("there is not enough memory to work on the passphrase of {0}")]
    NoMemory(String),
    /// The two files were not made together.
    #[error(transparent)]
    NotAPair(#[from] NotAPair),
}

impl KeyFileError {
    /// What the reader can do about it, as one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing(_) => {
                "Check the path, or make keys with `voucher keys generate --console FILE --resolver FILE`."
                    .into()
            }
            Self::Unreadable(..) => {
                "Run as the user that owns the file, and check that the path leads to a file.".into()
            }
            Self::Exposed(path, _) => format!("Close it: chmod 600 {path}"),
            Self::Exists(_) => {
                "Choose another path; to renew keys that are in use, run `voucher keys rotate`.".into()
            }
            Self::Unwritable(..) => {
                "Check that the directory exists, may be written to and has space left.".into()
            }
            Self::WrongPurpose { .. } => {
                "Check which path is which; the console never gets the resolver's keys.".into()
            }
            Self::UnknownFormat(_) => "Check the path; a newer file needs a newer voucher.".into(),
            Self::Damaged(..) => "Put back the file from a backup; keys are not edited by hand.".into(),
            Self::Locked(_) => "Give the passphrase in a file: --passphrase-file FILE".into(),
            Self::NotLocked(_) => "Leave the passphrase out, or use the protected file.".into(),
            Self::WrongPassphrase(_) => "Check the passphrase; without it the keys are lost.".into(),
            Self::ShortPassphrase(..) => "Write a longer one into the file, on one line.".into(),
            Self::NoMemory(_) => "Protecting and opening a key file takes 256 MiB for a moment.".into(),
            Self::NotAPair(_) => "Use the two files that were made together.".into(),
        }
    }
}
