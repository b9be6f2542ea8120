//! How a passphrase protects key text: Argon2id makes a key of it, `secretbox` closes the whole text with that.
//!
//! ```toml
//! format = "voucher locked key file 1"
//! operations = 3            # Argon2id passes
//! memory = 268435456        # bytes
//! salt = "…"                # base64, 16 bytes
//! nonce = "…"               # base64, 24 bytes
//! body = "…"                # base64, XSalsa20-Poly1305 of the text
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use sodiumoxide::crypto::pwhash::argon2id13 as argon2;
use sodiumoxide::crypto::secretbox;

use super::error::KeyFileError;
use super::random::{Random, ready};
use crate::secret::Secret;

/// What protected text says it is.
pub(super) const FORMAT: &str = "voucher locked key file 1";

/// What libsodium calls moderate: most of a second, and 256 MiB, for each guess. Tests guess nothing.
const COST: Cost = if cfg!(test) { Cost { operations: 1, memory: 8 << 20 } } else { MODERATE };
const MODERATE: Cost = Cost { operations: 3, memory: 256 << 20 };

/// A file may ask for less than today's cost (an older one does), but not for what would stop the machine.
const MOST: Cost = Cost { operations: 10, memory: 1 << 30 };

#[derive(Clone, Copy)]
struct Cost {
    operations: usize,
    memory: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockedText {
    format: String,
    operations: usize,
    memory: usize,
    salt: String,
    nonce: String,
    body: String,
}

/// Closes key text under a passphrase. `name` is what errors call it.
pub(super) fn lock(
    name: &str,
    text: &Secret<String>,
    passphrase: &Secret<String>,
    random: &Random,
) -> Result<Secret<String>, KeyFileError> {
    let salt = argon2::Salt(random.array());
    let nonce = secretbox::Nonce(random.array());
    let key = stretch(COST, name, passphrase, &salt)?;
    let body = secretbox::seal(text.expose().as_bytes(), &nonce, &key);
    Ok(Secret::new(format!(
        "# Voucher keys, protected by a passphrase.\nformat = \"{FORMAT}\"\noperations = {}\nmemory = {}\n\
         salt = \"{}\"\nnonce = \"{}\"\nbody = \"{}\"\n",
        COST.operations,
        COST.memory,
        BASE64.encode(salt.0),
        BASE64.encode(nonce.0),
        BASE64.encode(body),
    )))
}

/// The key text behind a passphrase.
pub(super) fn unlock(
    name: &str,
    text: &Secret<String>,
    passphrase: &Secret<String>,
) -> Result<Secret<String>, KeyFileError> {
    let damaged = |what: &str| KeyFileError::Damaged(name.to_owned(), what.to_owned());
    let locked: LockedText = match toml::from_str(text.expose()) {
        Ok(locked) => locked,
        Err(_) if is_locked(text) => return Err(damaged("it is not as it was written")),
        Err(_) => return Err(KeyFileError::NotLocked(name.to_owned())),
    };
    let cost = Cost { operations: locked.operations, memory: locked.memory };
    if locked.format != FORMAT || cost.operations > MOST.operations || cost.memory > MOST.memory {
        return Err(damaged("it asks for work that no key file asks for"));
    }
    let salt = BASE64.decode(&locked.salt).ok().and_then(|bytes| argon2::Salt::from_slice(&bytes));
    let nonce = BASE64.decode(&locked.nonce).ok().and_then(|bytes| secretbox::Nonce::from_slice(&bytes));
    let (Some(salt), Some(nonce), Ok(body)) = (salt, nonce, BASE64.decode(&locked.body)) else {
        return Err(damaged("it is not as it was written"));
    };
    let key = stretch(cost, name, passphrase, &salt)?;
    let opened = secretbox::open(&body, &nonce, &key)
        .map(Secret::new)
        .map_err(|()| KeyFileError::WrongPassphrase(name.to_owned()))?;
    let text = std::str::from_utf8(opened.expose()).map_err(|_| damaged("it is not text"))?;
    Ok(Secret::new(text.to_owned()))
}

/// Whether the text says that it is protected.
pub(super) fn is_locked(text: &Secret<String>) -> bool {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    toml::from_str::<Head>(text.expose()).is_ok_and(|head| head.format == FORMAT)
}

fn stretch(
    cost: Cost,
    name: &str,
    passphrase: &Secret<String>,
    salt: &argon2::Salt,
) -> Result<secretbox::Key, KeyFileError> {
    ready();
    let mut key = secretbox::Key([0; secretbox::KEYBYTES]);
    let passphrase = passphrase.expose().as_bytes();
    let (operations, memory) = (argon2::OpsLimit(cost.operations), argon2::MemLimit(cost.memory));
    match argon2::derive_key(&mut key.0, passphrase, salt, operations, memory) {
        Ok(_) => Ok(key),
        Err(()) => Err(KeyFileError::NoMemory(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn error(result: Result<Secret<String>, KeyFileError>) -> KeyFileError {
        result.err().expect("refused")
    }

    #[test]
    fn protected_text_opens_with_its_passphrase_only() {
        let locked = lock("k", &secret("the keys"), &secret("correct horse"), &Random::system()).unwrap();
        assert!(is_locked(&locked));
        assert!(!locked.expose().contains("the keys"));
        assert_eq!(unlock("k", &locked, &secret("correct horse")).unwrap().expose(), "the keys");
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert!(matches!(
                error(unlock("k", &locked, &secret(wrong))),
                KeyFileError::WrongPassphrase(name) if name == "k"
            ));
        }
    }

    #[test]
    fn outside_of_tests_a_guess_is_dear() {
        assert_eq!(MODERATE.operations, argon2::OPSLIMIT_MODERATE.0);
        assert_eq!(MODERATE.memory, argon2::MEMLIMIT_MODERATE.0);
    }

    #[test]
    fn protected_text_that_was_changed_is_refused() {
        let locked = lock("k", &secret("the keys"), &secret("correct horse"), &Random::system()).unwrap();
        let text = locked.expose();
        let other_salt = {
            let (head, tail) = text.split_once("salt = \"").unwrap();
            let flipped = if tail.starts_with('A') { "B" } else { "A" };
            format!("{head}salt = \"{flipped}{}", &tail[1..])
        };
        for (changed, says) in [
            (text.replace("memory = 8388608", "memory = 99999999999"), "no key file asks for"),
            (text.replace("operations = 1", "operations = 11"), "no key file asks for"),
            (text.replace("operations = 1", "operations = 2"), "does not open"),
            (text.replace("salt = \"", "salt = \"AAAA"), "as it was written"),
            (text.replace("body = \"", "body = \"%"), "as it was written"),
            (text.replace("body = \"", "body = \"AAAA"), "does not open"),
            (text.replace("body", "more = 1\nbody"), "as it was written"),
            (other_salt, "does not open"),
            ("format = \"voucher console key file 1\"".to_owned(), "not protected"),
        ] {
            let said = error(unlock("k", &secret(&changed), &secret("correct horse"))).to_string();
            assert!(said.contains(says), "{said}: {changed}");
        }
    }
}
