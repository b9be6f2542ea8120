//! The files of one command: in a directory of their own, on memory where the system has such a place, readable by its
//! user alone, and removed when dropped.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::client::Credential;
use super::exec::FileArgument;
use super::{Code, Error};
use crate::secret::Secret;

/// A directory for this command's files, removed when dropped.
pub(super) struct PrivateFiles {
    directory: Option<PathBuf>,
    /// Where each is, by the variable that holds the path.
    pub(super) paths: Vec<(String, PathBuf)>,
}

impl PrivateFiles {
    /// Writes what was asked for.
    pub(super) fn new(wanted: &[FileArgument], got: &BTreeMap<String, Credential>) -> Result<Self, Error> {
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

impl Drop for PrivateFiles {
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
