//! `voucher docker-credential`, also as `docker-credential-voucher`: a credential helper by which Docker, Podman, skopeo,
//! buildkit and the like sign in to registries.
//!
//! The helper is told the registry and answers with its login, which it fetches at that moment; nothing is kept on the
//! runner. Which token is for which registry stands in a setting.

use std::io::Read as _;
use std::process::ExitCode;

use serde::Deserialize;

use super::{Code, Error, client};
use crate::catalogue::registry_name;
use crate::secret::Secret;

/// Longer than any registry's address.
const MOST_BYTES: u64 = 4096;

/// By these words, on standard output, tools know that they should go on without a login.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// Arguments of `voucher docker-credential`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What the tool wants; the registry, or the login to store, comes by standard input.
    action: Action,
    /// Which token is for which registry: `registry.example.com=TOKEN`, several with commas between.
    #[arg(long, env = "VOUCHER_DOCKER_CREDENTIALS", value_name = "REGISTRY=TOKEN,…", default_value = "")]
    credentials: String,
    #[command(flatten)]
    server: client::Server,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    /// Print the login of a registry.
    Get,
    /// Print which registries there are logins for.
    List,
    /// Refused: logins are kept in the console.
    Store,
    /// Refused: logins are kept in the console.
    Erase,
}

/// The part of a login that says whose it is.
#[derive(Deserialize)]
struct Login {
    #[serde(rename = "ServerURL")]
    server_url: String,
}

/// A registry's name and the token of its credential.
type Entry = (String, String);

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let done = act(arguments);
    if let Err(error) = &done {
        // Tools show what stands here; what stands on standard error many of them drop.
        println!("{}: {}", error.what, error.todo);
    }
    done
}

fn act(arguments: &Arguments) -> Result<ExitCode, Error> {
    let entries = entries(&arguments.credentials)?;
    match arguments.action {
        Action::Get => match token_for(&entries, &asked()?) {
            Some((registry, token)) => get(arguments, registry, token),
            None => {
                print!("{NOT_FOUND}");
                Ok(ExitCode::FAILURE)
            }
        },
        Action::List => {
            // The names of the users would have to be resolved first; nobody who lists needs them.
            let listed: serde_json::Map<_, _> =
                entries.into_iter().map(|(registry, _)| (registry, "".into())).collect();
            println!("{}", serde_json::Value::Object(listed));
            Ok(ExitCode::SUCCESS)
        }
        Action::Store | Action::Erase => Err(Error::new(
            Code::Refused,
            "logins are kept in the console of Voucher, not here",
            "Create or delete the credential there, and name its token in VOUCHER_DOCKER_CREDENTIALS.",
        )),
    }
}

fn get(arguments: &Arguments, registry: &str, token: &str) -> Result<ExitCode, Error> {
    let client = arguments.server.client()?;
    let body = super::block_on(client.file(token, "docker-credential"))?;
    let login = printable(&body, registry, token)?;
    println!("{login}");
    Ok(ExitCode::SUCCESS)
}

/// The login, when it is one for the registry that was asked for: another's password would be sent to this one.
fn printable<'a>(body: &'a Secret<Vec<u8>>, registry: &str, token: &str) -> Result<&'a str, Error> {
    let login: Option<Login> = serde_json::from_slice(body.expose()).ok();
    let of = login.and_then(|login| registry_name(&login.server_url));
    if of.as_deref() != Some(registry) {
        let of = of.unwrap_or_else(|| "another registry".to_owned());
        return Err(Error::new(
            Code::Refused,
            format!("the credential {token} is for {of}, not for {registry}"),
            "It was given to nobody. Correct VOUCHER_DOCKER_CREDENTIALS.",
        ));
    }
    std::str::from_utf8(body.expose())
        .map_err(|_| Error::new(Code::Unavailable, "the answer is not text", "Check VOUCHER_URL."))
}

/// The registry that the tool wants to sign in to.
fn asked() -> Result<String, Error> {
    let mut text = String::new();
    std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text).map_err(|error| {
        Error::setup(format!("cannot read which registry is asked for: {error}"), "Send its address.")
    })?;
    Ok(text.trim().to_owned())
}

fn token_for<'e>(entries: &'e [Entry], asked: &str) -> Option<(&'e str, &'e str)> {
    let name = registry_name(asked)?;
    let found = entries.iter().find(|(registry, _)| *registry == name)?;
    Some((&found.0, &found.1))
}

/// Reads the setting.
fn entries(setting: &str) -> Result<Vec<Entry>, Error> {
    let pieces = setting.split([',', ' ', '\n']).map(str::trim).filter(|piece| !piece.is_empty());
    let entry = |piece: &str| {
        let (registry, token) = piece.rsplit_once('=')?;
        Some((registry_name(registry)?, Some(token.to_owned()).filter(|token| !token.is_empty())?))
    };
    pieces.map(entry).collect::<Option<_>>().ok_or_else(|| {
        Error::setup(
            "VOUCHER_DOCKER_CREDENTIALS cannot be read",
            "Write registry.example.com=TOKEN, several with commas between.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_found_by_any_spelling_of_its_name() {
        let entries =
            entries("registry.example.com=images, docker.io=hub\n127.0.0.1:5000=here").ok().unwrap();
        for (asked, token) in [
            ("registry.example.com", Some("images")),
            ("https://Registry.example.com/v2/", Some("images")),
            ("https://index.docker.io/v1/", Some("hub")),
            ("127.0.0.1:5000", Some("here")),
            ("registry.example.com:5000", None),
            ("example.com", None),
            ("", None),
        ] {
            assert_eq!(token_for(&entries, asked).map(|(_, token)| token), token, "{asked}");
        }
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_refused() {
        for bad in ["images", "=images", "registry.example.com=", "a/b=c"] {
            assert!(entries(bad).is_err(), "{bad}");
        }
        assert!(entries(" , ").is_ok_and(|entries| entries.is_empty()));
    }

    #[test]
    fn the_login_of_another_registry_is_given_to_nobody() {
        let body = |of: &str| {
            Secret::new(format!(r#"{{"ServerURL":"{of}","Username":"u","Secret":"s"}}"#).into_bytes())
        };
        assert!(printable(&body("https://index.docker.io/v1/"), "docker.io", "hub").is_ok());
        for of in ["registry.example.com:5000", "", "evil.example"] {
            assert!(printable(&body(of), "registry.example.com", "images").is_err(), "{of}");
        }
        assert!(printable(&Secret::new(b"{}".to_vec()), "docker.io", "hub").is_err());
    }
}
