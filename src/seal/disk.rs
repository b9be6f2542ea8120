//! How key files are read and written safely: only the owner may read one, and a write that is cut off leaves
//! what was there before.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::KeyFileError;
use super::keyring::{self, ConsoleKeys, ResolverKeys, Rotated};
use super::lock;
use super::random::Random;
use crate::secret::Secret;

/// Nothing that `voucher keys` writes comes near this.
const LONGEST: u64 = 1 << 20;

/// Where keys come from.
pub enum KeySource {
    /// A file with mode 0600.
    File(PathBuf),
    /// The text itself, out of an environment variable or a credential of the service's supervisor.
    Text(Secret<String>),
}

impl KeySource {
    /// What errors call it, and the text.
    fn read(&self, passphrase: Option<&Secret<String>>) -> Result<(String, Secret<String>), KeyFileError> {
        let (name, text) = match self {
            Self::File(path) => (path.display().to_string(), read(path)?),
            Self::Text(text) => ("the given key text".to_owned(), Secret::new(text.expose().clone())),
        };
        let text = match passphrase {
            Some(passphrase) => lock::unlock(&name, &text, passphrase)?,
            None => text,
        };
        Ok((name, text))
    }
}

impl ConsoleKeys {
    /// Reads a console key file. A passphrase is needed exactly when the file is protected by one.
    pub fn load(source: &KeySource, passphrase: Option<&Secret<String>>) -> Result<Self, KeyFileError> {
        let (name, text) = source.read(passphrase)?;
        Self::from_text(&name, &text)
    }
}

impl ResolverKeys {
    /// Reads a resolver key file. A passphrase is needed exactly when the file is protected by one.
    pub fn load(source: &KeySource, passphrase: Option<&Secret<String>>) -> Result<Self, KeyFileError> {
        let (name, text) = source.read(passphrase)?;
        Self::from_text(&name, &text)
    }
}

/// The two key files that are made and renewed together.
#[derive(Clone, Debug)]
pub struct KeyPairFiles {
    /// The console key file.
    pub console: PathBuf,
    /// The resolver key file.
    pub resolver: PathBuf,
}

impl KeyPairFiles {
    /// New keys for both sides, in memory only.
    pub fn generate(random: &Random) -> (ConsoleKeys, ResolverKeys) {
        keyring::generate(random)
    }

    /// Makes both files, or neither. A file that is there is never written over.
    pub fn create(
        &self,
        passphrase: Option<&Secret<String>>,
        random: &Random,
    ) -> Result<(ConsoleKeys, ResolverKeys), KeyFileError> {
        // Asked first, so that the usual mistake costs no work; `create` decides.
        for path in [&self.console, &self.resolver] {
            if path.symlink_metadata().is_ok() {
                return Err(KeyFileError::Exists(path.display().to_string()));
            }
        }
        let (console, resolver) = keyring::generate(random);
        let console_text = closed(&self.console, console.to_text(), passphrase, random)?;
        let resolver_text = closed(&self.resolver, resolver.to_text(), passphrase, random)?;
        create(&self.resolver, &resolver_text)?;
        if let Err(error) = create(&self.console, &console_text) {
            // Ours, made a moment ago: without its console it is of no use and would stand in the way.
            let _ = std::fs::remove_file(&self.resolver);
            return Err(error);
        }
        Ok((console, resolver))
    }

    /// Reads both files and makes sure that they belong together.
    pub fn load(
        &self,
        passphrase: Option<&Secret<String>>,
    ) -> Result<(ConsoleKeys, ResolverKeys), KeyFileError> {
        let console = ConsoleKeys::load(&KeySource::File(self.console.clone()), passphrase)?;
        let resolver = ResolverKeys::load(&KeySource::File(self.resolver.clone()), passphrase)?;
        console.pairs_with(&resolver)?;
        Ok((console, resolver))
    }

    /// Renews the keys in memory; see [`KeyPairFiles::rotate`].
    pub fn renew(
        console: &mut ConsoleKeys,
        resolver: &mut ResolverKeys,
        random: &Random,
    ) -> Result<Rotated, KeyFileError> {
        Ok(keyring::rotate(console, resolver, random)?)
    }

    /// Renews the keys of both files: new seals and signatures use the new ones, what was made with the old
    /// ones stays readable.
    pub fn rotate(
        &self,
        passphrase: Option<&Secret<String>>,
        random: &Random,
    ) -> Result<Rotated, KeyFileError> {
        let (mut console, mut resolver) = self.load(passphrase)?;
        let rotated = keyring::rotate(&mut console, &mut resolver, random)?;
        self.save(&console, &resolver, passphrase, random)?;
        Ok(rotated)
    }

    /// Writes changed keys over both files, each at once or not at all.
    pub fn save(
        &self,
        console: &ConsoleKeys,
        resolver: &ResolverKeys,
        passphrase: Option<&Secret<String>>,
        random: &Random,
    ) -> Result<(), KeyFileError> {
        let console_text = closed(&self.console, console.to_text(), passphrase, random)?;
        let resolver_text = closed(&self.resolver, resolver.to_text(), passphrase, random)?;
        // The resolver first: cut off in between, it knows more keys than it needs, and nothing is sealed for
        // a key that nobody has.
        replace(&self.resolver, &resolver_text)?;
        replace(&self.console, &console_text)
    }
}

fn closed(
    path: &Path,
    text: Secret<String>,
    passphrase: Option<&Secret<String>>,
    random: &Random,
) -> Result<Secret<String>, KeyFileError> {
    match passphrase {
        Some(passphrase) => lock::lock(&path.display().to_string(), &text, passphrase, random),
        None => Ok(text),
    }
}

fn read(path: &Path) -> Result<Secret<String>, KeyFileError> {
    let name = || path.display().to_string();
    let unreadable = |cause: std::io::Error| match cause.kind() {
        ErrorKind::NotFound => KeyFileError::Missing(name()),
        _ => KeyFileError::Unreadable(name(), cause),
    };
    // Without waiting: the path may lead to a pipe that nobody writes to.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = File::options().read(true).custom_flags(nonblock).open(path).map_err(unreadable)?;
    // Asked of the open file, so that the answer is about the bytes that are read.
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(KeyFileError::Unreadable(name(), std::io::Error::other("it is not a file")));
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed(name(), mode));
    }
    if about.len() > LONGEST {
        return Err(KeyFileError::UnknownFormat(name()));
    }
    // One byte more than it holds, so that reading to the end does not move the text to a larger place.
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0).saturating_add(1));
    file.take(LONGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let bytes = Secret::new(bytes);
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| KeyFileError::UnknownFormat(name()))?;
    Ok(Secret::new(text.to_owned()))
}

/// Makes a file that was not there.
fn create(path: &Path, text: &Secret<String>) -> Result<(), KeyFileError> {
    let unwritable = |cause| KeyFileError::Unwritable(path.display().to_string(), cause);
    let written = written_beside(path, text).map_err(unwritable)?;
    written.persist_noclobber(path).map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => KeyFileError::Exists(path.display().to_string()),
        _ => unwritable(error.error),
    })?;
    sync_directory(path).map_err(unwritable)
}

/// Puts new text in the place of a file's, for the same owner.
fn replace(path: &Path, text: &Secret<String>) -> Result<(), KeyFileError> {
    let unwritable = |cause| KeyFileError::Unwritable(path.display().to_string(), cause);
    // A link stays a link: what it leads to is replaced.
    let path = &path.canonicalize().map_err(unwritable)?;
    let owner = path.metadata().map_err(unwritable)?;
    let written = written_beside(path, text).map_err(unwritable)?;
    let own = written.as_file().metadata().map_err(unwritable)?;
    if (own.uid(), own.gid()) != (owner.uid(), owner.gid()) {
        // Run by root for a service of another user: the service must still be able to read it.
        std::os::unix::fs::fchown(written.as_file(), Some(owner.uid()), Some(owner.gid()))
            .map_err(unwritable)?;
    }
    written.persist(path).map_err(|error| unwritable(error.error))?;
    sync_directory(path).map_err(unwritable)
}

/// The text in a new file of the same directory, 0600 from its first moment, on disk when this returns.
fn written_beside(path: &Path, text: &Secret<String>) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".voucher-keys-")
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(directory(path))?;
    file.write_all(text.expose().as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(directory(path))?.sync_all()
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
