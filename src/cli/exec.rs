//! `voucher exec`: run a command with credentials in its environment and in private files.
//!
//! Its files are [`super::private_files`] and gone when it ends; [`super::supervise`] starts it, hides secrets in what it
//! prints and passes signals and its exit status on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use super::client::{Answers, Credential, Server};
use super::masking::Masks;
use super::private_files::PrivateFiles;
use super::supervise::{Signals, supervise};
use super::{Code, Error};

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

/// A file that the command gets.
#[derive(Clone)]
pub(super) struct FileArgument {
    /// The variable that holds its path.
    pub(super) variable: String,
    /// The credential.
    pub(super) token: String,
    /// Its format, where the credential has several.
    pub(super) format: Option<String>,
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
        // From here on a signal ends the command first, and then us: no file stays behind.
        let signals = Signals::catch()?;
        let private = PrivateFiles::new(&arguments.file, &got)?;
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
        supervise(&arguments.command, (environment, private), masks, signals).await
    })
}

/// A command runs with everything it was promised, or not at all.
fn all_or_nothing(answers: Answers) -> Result<BTreeMap<String, Credential>, Error> {
    if let Some(refused) = answers.refusals.first() {
        return Err(Error::new(
            Code::Refused,
            format!("the server refused {}: {}", refused.token, refused.code),
            format!("The command was not started. {}", what_to_do(&refused.code)),
        ));
    }
    Ok(answers.credentials.into_iter().map(|credential| (credential.token.clone(), credential)).collect())
}

/// Of one that was refused while others were not, the server says the code alone.
fn what_to_do(code: &str) -> &'static str {
    match code {
        "not_found" => {
            "Check the token, and whether the credential's scope includes this project or repository."
        }
        "disabled" => "Whoever is responsible for the credential can enable it in the console.",
        "expired" => "Rotate the credential, or give it a later expiry, in the console.",
        "condition_failed" => {
            "The credential's conditions, on its page in the console, are not proved by this run; an access key proves none."
        }
        "sealed_unreadable" => {
            "The stored credential cannot be opened, and the administrators have been alarmed; rotating it replaces it."
        }
        _ => "The interface for programs, at /api on the server, says what to do about this code.",
    }
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
