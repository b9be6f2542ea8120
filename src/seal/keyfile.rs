//! How keys are written as text: TOML, one table per key, current first. Keys are base64 of 32 bytes: the X25519
//! scalar or point, the Ed25519 seed of RFC 8032 or point. Ids are written for people and checked when read.
//!
//! ```toml
//! format = "voucher console key file 1"       # or "voucher resolver key file 1"
//! fingerprint = "…"                           # console only
//! [[sealing]]                                 # console: public; resolver: secret
//! id = "0f5e…"
//! state = "current"                           # or "retired"
//! public = "…"
//! [[signing]]                                 # console: secret when current, else public; resolver: public
//! [[audit]]                                   # secret when current, else public
//! ```
//!
//! Errors name a line or a key id, never what the parser saw: that could be a key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::error::KeyFileError;
use super::keyring::{ConsoleKeys, Purpose, ResolverKeys, Ring, State};
use super::keys::{KeyId, SealingPublic, SealingSecret, SigningPublic, SigningSecret, Signs};
use super::lock;
use crate::secret::Secret;

const CONSOLE: &str = "voucher console key file 1";
const RESOLVER: &str = "voucher resolver key file 1";

#[derive(Deserialize)]
struct Head {
    format: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsoleText {
    #[serde(rename = "format")]
    _format: String,
    fingerprint: Secret<String>,
    sealing: Vec<Entry>,
    signing: Vec<Entry>,
    audit: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResolverText {
    #[serde(rename = "format")]
    _format: String,
    sealing: Vec<Entry>,
    signing: Vec<Entry>,
    audit: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    state: State,
    public: Option<String>,
    secret: Option<Secret<String>>,
}

impl ConsoleKeys {
    /// Reads the keys from text; `name` is what errors call it.
    pub(super) fn from_text(name: &str, text: &Secret<String>) -> Result<Self, KeyFileError> {
        let file: ConsoleText = parse(name, text, CONSOLE)?;
        let read = || -> Result<Self, String> {
            Ok(Self {
                fingerprint: secret_bytes(&file.fingerprint)
                    .ok_or("the fingerprint key is not 32 bytes of base64")?,
                sealing: ring(Purpose::Sealing, &file.sealing, sealing_public, sealing_public)?,
                signing: ring(
                    Purpose::Signing,
                    &file.signing,
                    signing_secret(Signs::Manifests),
                    signing_public(Signs::Manifests),
                )?,
                audit: audit_ring(&file.audit)?,
            })
        };
        read().map_err(|what| KeyFileError::Damaged(name.to_owned(), what))
    }

    /// The keys as text.
    pub(super) fn to_text(&self) -> Secret<String> {
        let mut text = Writer::new(CONSOLE, "They seal and sign; they do not open.");
        text.secret_line("fingerprint", &self.fingerprint);
        let sealing = &self.sealing.current;
        text.public(Purpose::Sealing, State::Current, sealing.id, &sealing.public.0);
        for key in &self.sealing.retired {
            text.public(Purpose::Sealing, State::Retired, key.id, &key.public.0);
        }
        text.signing_ring(Purpose::Signing, &self.signing);
        text.signing_ring(Purpose::Audit, &self.audit);
        text.finish()
    }
}

impl ResolverKeys {
    /// Reads the keys from text; `name` is what errors call it.
    pub(super) fn from_text(name: &str, text: &Secret<String>) -> Result<Self, KeyFileError> {
        let file: ResolverText = parse(name, text, RESOLVER)?;
        let read = || -> Result<Self, String> {
            let signing = signing_public(Signs::Manifests);
            Ok(Self {
                sealing: ring(Purpose::Sealing, &file.sealing, sealing_secret, sealing_secret)?,
                signing: ring(Purpose::Signing, &file.signing, &signing, &signing)?,
                audit: audit_ring(&file.audit)?,
            })
        };
        read().map_err(|what| KeyFileError::Damaged(name.to_owned(), what))
    }

    /// The keys as text.
    pub(super) fn to_text(&self) -> Secret<String> {
        let mut text = Writer::new(RESOLVER, "They open every secret: keep them where only resolvers read.");
        let sealing = &self.sealing.current;
        text.secret(Purpose::Sealing, State::Current, sealing.half.id, &sealing.to_bytes());
        for key in &self.sealing.retired {
            text.secret(Purpose::Sealing, State::Retired, key.half.id, &key.to_bytes());
        }
        let signing = &self.signing.current;
        text.public(Purpose::Signing, State::Current, signing.id, &signing.public.0);
        for key in &self.signing.retired {
            text.public(Purpose::Signing, State::Retired, key.id, &key.public.0);
        }
        text.signing_ring(Purpose::Audit, &self.audit);
        text.finish()
    }
}

fn parse<T: serde::de::DeserializeOwned>(
    name: &str,
    text: &Secret<String>,
    wanted: &'static str,
) -> Result<T, KeyFileError> {
    let head: Head =
        toml::from_str(text.expose()).map_err(|_| KeyFileError::UnknownFormat(name.to_owned()))?;
    if head.format != wanted {
        let found = [CONSOLE, RESOLVER].into_iter().find(|known| *known == head.format);
        return Err(match found {
            Some(found) => KeyFileError::WrongPurpose { name: name.to_owned(), found, wanted },
            None if head.format == lock::FORMAT => KeyFileError::Locked(name.to_owned()),
            None => KeyFileError::UnknownFormat(name.to_owned()),
        });
    }
    toml::from_str(text.expose()).map_err(|error| {
        let before = error.span().and_then(|span| text.expose().get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        KeyFileError::Damaged(name.to_owned(), format!("line {line} is not as it was written"))
    })
}

/// The keys of one purpose: exactly one current, no id twice.
fn ring<C, R>(
    purpose: Purpose,
    entries: &[Entry],
    current: impl Fn(&Entry) -> Option<(KeyId, C)>,
    retired: impl Fn(&Entry) -> Option<(KeyId, R)>,
) -> Result<Ring<C, R>, String> {
    let mut found = None;
    let mut others = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (at, entry) in entries.iter().enumerate() {
        // The id as it stands in the file is only repeated once it is known to be one.
        let bad = || format!("the {purpose} key number {} does not hold together", at + 1);
        let id = KeyId::parse(&entry.id).ok_or_else(bad)?;
        let actual = match entry.state {
            State::Current => {
                let (actual, key) = current(entry).ok_or_else(bad)?;
                if found.replace(key).is_some() {
                    return Err(format!("it has two current {purpose} keys"));
                }
                actual
            }
            State::Retired => {
                let (actual, key) = retired(entry).ok_or_else(bad)?;
                others.push(key);
                actual
            }
        };
        if actual != id {
            return Err(format!("the {purpose} key {id} is not the key of that id"));
        }
        if !seen.insert(id) {
            return Err(format!("it has the {purpose} key {id} twice"));
        }
    }
    let current = found.ok_or_else(|| format!("it has no current {purpose} key"))?;
    Ok(Ring { current, retired: others })
}

fn audit_ring(entries: &[Entry]) -> Result<Ring<SigningSecret, SigningPublic>, String> {
    ring(Purpose::Audit, entries, signing_secret(Signs::Checkpoints), signing_public(Signs::Checkpoints))
}

fn sealing_public(entry: &Entry) -> Option<(KeyId, SealingPublic)> {
    let key = SealingPublic::from_bytes(public_half(entry)?);
    Some((key.id, key))
}

fn sealing_secret(entry: &Entry) -> Option<(KeyId, SealingSecret)> {
    let key = SealingSecret::from_bytes(&secret_half(entry)?);
    Some((key.half.id, key))
}

fn signing_public(signs: Signs) -> impl Fn(&Entry) -> Option<(KeyId, SigningPublic)> {
    move |entry| {
        let key = SigningPublic::from_bytes(signs, public_half(entry)?);
        Some((key.id, key))
    }
}

fn signing_secret(signs: Signs) -> impl Fn(&Entry) -> Option<(KeyId, SigningSecret)> {
    move |entry| {
        let key = SigningSecret::from_bytes(signs, &secret_half(entry)?);
        Some((key.half.id, key))
    }
}

/// The public key of an entry that has a public key only.
fn public_half(entry: &Entry) -> Option<[u8; 32]> {
    match (&entry.public, &entry.secret) {
        (Some(public), None) => BASE64.decode(public).ok()?.try_into().ok(),
        _ => None,
    }
}

/// The secret key of an entry that has a secret key only.
fn secret_half(entry: &Entry) -> Option<Secret<[u8; 32]>> {
    match (&entry.public, &entry.secret) {
        (None, Some(secret)) => secret_bytes(secret),
        _ => None,
    }
}

/// Thirty-two bytes of base64, and not all zero, which is what a wiped file reads as.
fn secret_bytes(text: &Secret<String>) -> Option<Secret<[u8; 32]>> {
    let bytes = Secret::new(BASE64.decode(text.expose()).ok()?);
    let bytes: [u8; 32] = bytes.expose().as_slice().try_into().ok()?;
    (bytes != [0; 32]).then(|| Secret::new(bytes))
}

/// Key text under way. Room is made once: text that grows is moved, and leaves its old place unwiped.
struct Writer(String);

impl Writer {
    fn new(format: &str, what: &str) -> Self {
        let mut text = Self(String::with_capacity(64 * 1024));
        text.append(&["# Voucher keys. ", what, "\n"]);
        text.append(&["# Made by `voucher keys`; not for editing, and never for a repository.\n"]);
        text.line("format", format);
        text
    }

    fn append(&mut self, parts: &[&str]) {
        for part in parts {
            self.0.push_str(part);
        }
    }

    fn line(&mut self, name: &str, value: &str) {
        self.append(&[name, " = \"", value, "\"\n"]);
    }

    fn secret_line(&mut self, name: &str, bytes: &Secret<[u8; 32]>) {
        let encoded = Secret::new(BASE64.encode(bytes.expose()));
        self.line(name, encoded.expose());
    }

    fn head(&mut self, purpose: Purpose, state: State, id: KeyId) {
        self.append(&["\n[[", &purpose.to_string(), "]]\n"]);
        self.line("id", &id.to_string());
        self.line("state", &state.to_string());
    }

    fn public(&mut self, purpose: Purpose, state: State, id: KeyId, bytes: &[u8; 32]) {
        self.head(purpose, state, id);
        self.line("public", &BASE64.encode(bytes));
    }

    fn secret(&mut self, purpose: Purpose, state: State, id: KeyId, bytes: &Secret<[u8; 32]>) {
        self.head(purpose, state, id);
        self.secret_line("secret", bytes);
    }

    fn signing_ring(&mut self, purpose: Purpose, keys: &Ring<SigningSecret, SigningPublic>) {
        self.secret(purpose, State::Current, keys.current.half.id, &keys.current.to_bytes());
        for key in &keys.retired {
            self.public(purpose, State::Retired, key.id, &key.public.0);
        }
    }

    fn finish(self) -> Secret<String> {
        Secret::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::keyring::{generate, rotate};
    use crate::seal::random::Random;

    fn pair() -> (ConsoleKeys, ResolverKeys) {
        let random = Random::system();
        let (mut console, mut resolver) = generate(&random);
        rotate(&mut console, &mut resolver, &random).unwrap();
        (console, resolver)
    }

    fn refused<T>(result: Result<T, KeyFileError>) -> String {
        let error = result.err().expect("refused");
        format!("{error} / {}", error.hint())
    }

    #[test]
    fn keys_survive_their_text() {
        let (console, resolver) = pair();
        let read = ConsoleKeys::from_text("c", &console.to_text()).unwrap();
        assert_eq!(read.list(), console.list());
        assert_eq!(read.to_text().expose(), console.to_text().expose());
        let read = ResolverKeys::from_text("r", &resolver.to_text()).unwrap();
        assert_eq!(read.list(), resolver.list());
        assert_eq!(read.to_text().expose(), resolver.to_text().expose());
    }

    #[test]
    fn the_consoles_text_has_no_key_that_opens() {
        let (console, resolver) = pair();
        let text = console.to_text();
        for key in std::iter::once(&resolver.sealing.current).chain(&resolver.sealing.retired) {
            let secret = key.to_bytes();
            let base64 = BASE64.encode(secret.expose());
            assert!(resolver.to_text().expose().contains(&base64));
            assert!(!text.expose().contains(&base64));
            // Nor under any other name: none of its 32-byte strings is the secret half of a sealing pair.
            for quoted in text.expose().split('"').filter_map(|part| BASE64.decode(part).ok()) {
                assert_ne!(quoted.as_slice(), secret.expose());
            }
        }
        // Nor does the resolver's have the one that makes versions, or the one that recognises values.
        for secret in [&console.signing.current.to_bytes(), &console.fingerprint] {
            let base64 = BASE64.encode(secret.expose());
            assert!(text.expose().contains(&base64));
            assert!(!resolver.to_text().expose().contains(&base64));
        }
    }

    #[test]
    fn one_sides_keys_are_not_taken_for_the_others() {
        let (console, resolver) = pair();
        let error = refused(ConsoleKeys::from_text("a.key", &resolver.to_text()));
        assert!(error.starts_with(
            "a.key is a voucher resolver key file 1, and a voucher console key file 1 is needed"
        ));
        assert!(ResolverKeys::from_text("b", &console.to_text()).is_err());
        // Not even when only the first line is changed.
        let renamed = Secret::new(resolver.to_text().expose().replace(RESOLVER, CONSOLE));
        assert!(ConsoleKeys::from_text("c", &renamed).is_err());
        let renamed = Secret::new(console.to_text().expose().replace(CONSOLE, RESOLVER));
        assert!(ResolverKeys::from_text("d", &renamed).is_err());
    }

    #[test]
    fn text_that_was_changed_is_refused_without_repeating_a_key() {
        let (_, resolver) = pair();
        let good = resolver.to_text();
        let good = good.expose().as_str();
        let canary = BASE64.encode(resolver.sealing.current.to_bytes().expose());
        let short = BASE64.encode([1; 31]);
        let zero = BASE64.encode([0; 32]);
        let other = BASE64.encode([1; 32]);
        let id = resolver.sealing.current.half.id.to_string();
        let sealing_tables = good.matches("[[sealing]]").count();
        assert_eq!(sealing_tables, 2);
        for (what, text, says) in [
            ("empty", String::new(), "format"),
            ("not toml", format!("key = {canary}"), "format"),
            ("newer", good.replace("file 1", "file 2"), "format"),
            ("unknown field", good.replace(RESOLVER, &format!("{RESOLVER}\"\nmore = \"{canary}")), "line 4"),
            ("wrong type", good.replace(&format!("\"{canary}\""), "5"), "line 8"),
            ("unquoted key", good.replace(&format!("\"{canary}\""), &canary), "format"),
            ("unknown state", good.replace("\"current\"", &format!("\"{canary}\"")), "line 7"),
            ("short key", good.replace(&canary, &short), "number 1"),
            ("wiped key", good.replace(&canary, &zero), "number 1"),
            ("not base64", good.replace(&canary, "%"), "number 1"),
            ("another key", good.replace(&canary, &other), &id),
            ("bad id", good.replacen(&id, &canary, 1), "number 1"),
            ("secret called public", good.replacen("secret =", "public =", 1), "number 1"),
            ("two current", good.replacen("\"retired\"", "\"current\"", 1), "two current sealing"),
            ("none current", good.replacen("\"current\"", "\"retired\"", 1), "no current sealing"),
        ] {
            let error = refused(ResolverKeys::from_text("r.key", &Secret::new(text)));
            assert!(error.contains(says), "{what}: {error}");
            assert!(!error.contains(&canary), "{what}");
        }
        let table = good.split("\n\n").nth(2).unwrap();
        let twice = Secret::new(format!("{good}\n{table}\n"));
        assert!(refused(ResolverKeys::from_text("r.key", &twice)).contains("twice"));
    }
}
