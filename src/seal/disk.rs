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

/// A guess costs most of a second; anything shorter is still found.
const SHORTEST_PASSPHRASE: usize = 8;

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

/// Reads a passphrase from a file with mode 0600. The line break that an editor leaves at its end is not part of it.
pub fn read_passphrase(path: &Path) -> Result<Secret<String>, KeyFileError> {
    let text = read(path)?;
    let line = text.expose().strip_suffix('\n').unwrap_or(text.expose());
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.chars().count() < SHORTEST_PASSPHRASE {
        return Err(KeyFileError::ShortPassphrase(path.display().to_string(), SHORTEST_PASSPHRASE));
    }
    Ok(Secret::new(line.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn files(directory: &tempfile::TempDir) -> KeyPairFiles {
        KeyPairFiles {
            console: directory.path().join("console.key"),
            resolver: directory.path().join("resolver.key"),
        }
    }

    fn made() -> (tempfile::TempDir, KeyPairFiles) {
        let directory = tempfile::tempdir().unwrap();
        let files = files(&directory);
        files.create(None, &Random::system()).unwrap();
        (directory, files)
    }

    fn names(directory: &tempfile::TempDir) -> Vec<String> {
        let entries = directory.path().read_dir().unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn chmod(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn refused(path: &Path) -> KeyFileError {
        ConsoleKeys::load(&KeySource::File(path.to_owned()), None).err().expect("refused")
    }

    #[test]
    fn new_files_are_the_owners_alone_and_read_back() {
        let (directory, files) = made();
        for path in [&files.console, &files.resolver] {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        }
        assert_eq!(names(&directory), ["console.key", "resolver.key"]);
        let (console, resolver) = files.load(None).unwrap();
        assert_eq!(console.list(), resolver.list());
    }

    #[test]
    fn files_that_are_there_are_not_written_over() {
        for there in ["console.key", "resolver.key"] {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join(there), "mine").unwrap();
            let error = files(&directory).create(None, &Random::system()).err().unwrap();
            assert!(matches!(error, KeyFileError::Exists(name) if name.ends_with(there)));
            assert_eq!(names(&directory), [there]);
            assert_eq!(std::fs::read(directory.path().join(there)).unwrap(), b"mine");
        }
    }

    #[test]
    fn when_the_second_file_cannot_be_made_the_first_does_not_stay() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = files(&directory);
        files.console = directory.path().join("missing").join("console.key");
        let error = files.create(None, &Random::system()).err().unwrap();
        assert!(matches!(error, KeyFileError::Unwritable(..)));
        assert!(names(&directory).is_empty());
        files.console = files.resolver.clone();
        let error = files.create(None, &Random::system()).err().unwrap();
        assert!(matches!(error, KeyFileError::Exists(_)));
        assert!(names(&directory).is_empty());
    }

    #[test]
    fn a_file_that_others_may_use_is_refused_with_the_command_that_closes_it() {
        let (_directory, files) = made();
        for mode in [0o640, 0o604, 0o620, 0o610, 0o601, 0o644, 0o777] {
            chmod(&files.console, mode);
            let error = refused(&files.console);
            assert!(error.to_string().contains(&format!("{mode:04o}")), "{error}");
            assert_eq!(error.hint(), format!("Close it: chmod 600 {}", files.console.display()));
        }
        for mode in [0o600, 0o400] {
            chmod(&files.console, mode);
            assert!(files.load(None).is_ok());
        }
    }

    #[test]
    fn what_is_not_a_key_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        assert!(matches!(refused(&path), KeyFileError::Missing(_)));
        assert!(matches!(refused(directory.path()), KeyFileError::Unreadable(..)));
        for content in [&b""[..], b"\xff\xfe", &[b'#'; LONGEST as usize + 1]] {
            std::fs::write(&path, content).unwrap();
            chmod(&path, 0o600);
            assert!(matches!(refused(&path), KeyFileError::UnknownFormat(_)));
        }
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(refused(&path), KeyFileError::Unreadable(..)));
    }

    #[test]
    fn keys_may_come_as_text() {
        let (_directory, files) = made();
        let text = std::fs::read_to_string(&files.resolver).unwrap();
        let keys = ResolverKeys::load(&KeySource::Text(Secret::new(text.clone())), None).unwrap();
        assert_eq!(keys.list(), files.load(None).unwrap().1.list());
        let error = ConsoleKeys::load(&KeySource::Text(Secret::new(text)), None).err().unwrap();
        assert!(error.to_string().starts_with("the given key text is a voucher resolver key file 1"));
    }

    #[test]
    fn a_rotation_replaces_both_files_through_links_and_for_their_owner() {
        let (directory, mut files) = made();
        let link = directory.path().join("link.key");
        std::os::unix::fs::symlink(&files.console, &link).unwrap();
        let target = std::mem::replace(&mut files.console, link.clone());
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&target, Some(65534), Some(65534)).unwrap();
        }
        let owner = target.metadata().unwrap().uid();
        let before = files.load(None).unwrap().0.list();
        let rotated = files.rotate(None, &Random::system()).unwrap();
        let (console, resolver) = files.load(None).unwrap();
        assert_eq!(console.list(), resolver.list());
        assert_eq!(console.sealer().sealing_key_id(), rotated.sealing);
        assert_eq!(before[0].id, rotated.sealing_before);
        assert!(link.symlink_metadata().unwrap().is_symlink());
        let about = target.metadata().unwrap();
        assert_eq!((about.uid(), about.permissions().mode() & 0o7777), (owner, 0o600));
        assert_eq!(names(&directory), ["console.key", "link.key", "resolver.key"]);
    }

    #[test]
    fn files_of_two_pairs_are_neither_loaded_nor_rotated() {
        let (_one, mut files) = made();
        let (_two, others) = made();
        files.console = others.console;
        let before = std::fs::read(&files.resolver).unwrap();
        assert!(matches!(files.load(None), Err(KeyFileError::NotAPair(_))));
        assert!(matches!(files.rotate(None, &Random::system()), Err(KeyFileError::NotAPair(_))));
        assert_eq!(std::fs::read(&files.resolver).unwrap(), before);
    }

    #[test]
    fn protected_files_need_their_passphrase_and_stay_protected() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(&directory);
        let (right, wrong) = (Secret::new("correct horse".into()), Secret::new("wrong horse".into()));
        files.create(Some(&right), &Random::system()).unwrap();
        assert!(matches!(files.load(None), Err(KeyFileError::Locked(_))));
        assert!(matches!(files.load(Some(&wrong)), Err(KeyFileError::WrongPassphrase(_))));
        files.rotate(Some(&right), &Random::system()).unwrap();
        assert!(matches!(files.load(None), Err(KeyFileError::Locked(_))));
        assert_eq!(files.load(Some(&right)).unwrap().1.list().len(), 6);
        let (_plain, plain) = made();
        assert!(matches!(plain.load(Some(&right)), Err(KeyFileError::NotLocked(_))));
    }

    #[test]
    fn a_passphrase_is_read_without_its_line_break() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passphrase");
        for (content, read) in [
            ("correct horse", Some("correct horse")),
            ("correct horse\n", Some("correct horse")),
            ("correct horse\r\n", Some("correct horse")),
            ("correct horse \n\n", Some("correct horse \n")),
            ("正确的马电池订书", Some("正确的马电池订书")),
            ("seven c\n", None),
            ("", None),
        ] {
            std::fs::write(&path, content).unwrap();
            chmod(&path, 0o600);
            let found = read_passphrase(&path);
            assert_eq!(found.as_ref().ok().map(|found| found.expose().as_str()), read, "{content:?}");
        }
        chmod(&path, 0o644);
        assert!(matches!(read_passphrase(&path), Err(KeyFileError::Exposed(..))));
    }
}
