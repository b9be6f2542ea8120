//! The settings of an installation, and the one place where the environment is read.
//!
//! `voucher serve --config FILE` reads a TOML file; each setting may be overridden by an environment variable,
//! `VOUCHER_SERVE_` and its name in upper case, with `__` between a table and its entry
//! (`VOUCHER_SERVE_SIGN_IN__CLIENT_SECRET_FILE`). Secrets are named by files, which may be systemd credentials.

mod sign_in;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::audit::ChainId;
use crate::db::DatabaseUrl;
use crate::secret::Secret;

pub use sign_in::{SignIn, SignInRule, SignIns};

/// Why the settings cannot be used: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct SettingsError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub todo: String,
}

impl SettingsError {
    fn new(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what: what.into(), todo: todo.into() }
    }
}

/// The settings, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where to listen.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Where browsers reach the console: `https://…` without a path.
    pub public_url: String,
    /// `sqlite:PATH` or `postgres://…`.
    database: Option<String>,
    /// A file with the database's address, when it holds a password.
    database_file: Option<PathBuf>,
    /// The most connections to the database.
    #[serde(default = "default_connections")]
    pub connections: u32,
    /// The name of this node's audit chain; no two nodes that run at once have the same.
    #[serde(default = "default_node")]
    node: String,
    /// The key files.
    pub keys: KeyFiles,
    /// Who lets people into which enterprise; the resolver role needs none.
    #[serde(default)]
    pub sign_in: SignIns,
    /// How long a resolver keeps content open in locked memory; 0: not at all.
    #[serde(default = "default_open_cache")]
    pub open_cache_seconds: u64,
    /// How often a resolver answers one access key; 0: as often as it asks.
    #[serde(default = "default_resolves")]
    pub resolves_per_second: u32,
    /// How many minutes ago people may have proved who they are when they change what others may do; 0: as long as they
    /// are signed in.
    #[serde(default = "default_step_up")]
    step_up_minutes: u32,
    /// What stands in front of the server.
    #[serde(default)]
    pub proxy: Proxy,
    /// How other systems are asked whether credentials work.
    #[serde(default)]
    pub verify: Verify,
    /// How trusted issuers of pipelines' tokens are asked for their keys.
    #[serde(default)]
    pub identity: Identity,
    /// Who else shows the credential picker.
    #[serde(default)]
    pub picker: Picker,
    /// A file outside of the database that each signed head of the audit chain is appended to.
    pub audit_heads: Option<PathBuf>,
}

/// What stands in front of the server.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proxy {
    /// Networks whose word counts for who called: `10.0.0.0/8`, or a single address. None: nobody's does.
    pub trusted: Vec<String>,
    /// The header that they write.
    pub header: ProxyHeader,
}

/// The header in which proxies say by whom they were called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For: 192.0.2.7, 10.0.0.2`.
    #[default]
    XForwardedFor,
    /// RFC 7239: `Forwarded: for=192.0.2.7, for="[2001:db8::1]:4711";proto=https`.
    Forwarded,
}

/// Where the keys are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The console's key file.
    pub console: Option<PathBuf>,
    /// The resolver's key file.
    pub resolver: Option<PathBuf>,
    /// A file with the passphrase that protects them, if one does.
    pub passphrase: Option<PathBuf>,
}

/// How other systems are asked whether credentials work.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    /// Networks that may be asked although they are not public: `10.20.0.0/16`, or a single address.
    pub allow: Vec<String>,
    /// Host → the address by whose way it is asked, for installations whose only way out is a relay.
    pub relays: BTreeMap<String, url::Url>,
    /// Hosts of private deployments of Feishu, DingTalk and WeChat Work, whose bots may be stored like the vendors' own.
    pub private_hosts: Vec<String>,
    /// Every so many hours each credential is verified by itself; 0: never.
    pub every_hours: u32,
}

/// How trusted issuers of pipelines' tokens are asked for their keys.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// Networks that may be asked although they are not public, where one's own CI system is: `10.20.0.0/16`, or a
    /// single address.
    pub allow: Vec<String>,
}

/// Who else shows the credential picker.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Picker {
    /// Origins whose pages may show it in a frame: `https://git.example.com`. None: nobody's may.
    pub origins: Vec<String>,
}

impl Default for Verify {
    fn default() -> Self {
        Self { allow: Vec::new(), relays: BTreeMap::new(), private_hosts: Vec::new(), every_hours: 24 }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8700))
}

fn default_connections() -> u32 {
    16
}

/// How long a resolver keeps content open unless the settings say otherwise.
pub const OPEN_CACHE: Duration = Duration::from_secs(60);

/// How fresh a proof has to be unless the settings say otherwise.
pub const STEP_UP: SignedDuration = SignedDuration::from_mins(60);

fn default_step_up() -> u32 {
    60
}

fn default_open_cache() -> u64 {
    OPEN_CACHE.as_secs()
}

fn default_resolves() -> u32 {
    100
}

fn default_node() -> String {
    "main".to_owned()
}

/// Reads the settings from a file and the environment.
pub fn load(path: &Path) -> Result<Settings, SettingsError> {
    if !path.is_file() {
        return Err(SettingsError::new(
            format!("there is no settings file {}", path.display()),
            "Give its path with --config; the README shows one.",
        ));
    }
    Figment::new()
        .merge(Toml::file_exact(path))
        .merge(Env::prefixed("VOUCHER_SERVE_").split("__"))
        .extract()
        .map_err(|error| mistake(path, &error))
}

/// Reads a file that holds only what the table `[verify]` of the settings does.
pub fn load_verify(path: &Path) -> Result<Verify, SettingsError> {
    Figment::new().merge(Toml::file_exact(path)).extract().map_err(|error| mistake(path, &error))
}

/// Only the place and the kind of a mistake: a value may be a password.
fn mistake(path: &Path, error: &figment::Error) -> SettingsError {
    let place = error.path.join(".");
    let what = match &error.kind {
        figment::error::Kind::MissingField(name) => format!("the setting {name} is missing"),
        figment::error::Kind::UnknownField(name, _) => format!("there is no setting {name}"),
        _ if place.is_empty() => format!("{} is not a settings file", path.display()),
        _ => format!("the setting {place} has a value that it cannot have"),
    };
    SettingsError::new(what, "The README lists the settings and their values.")
}

impl Settings {
    /// Which database.
    pub fn database_url(&self) -> Result<DatabaseUrl, SettingsError> {
        let text = match (&self.database, &self.database_file) {
            (Some(text), None) => text.clone(),
            (None, Some(path)) => read_secret(path)?.expose().clone(),
            _ => {
                return Err(SettingsError::new(
                    "the settings name no database, or two",
                    "Set either database or database_file.",
                ));
            }
        };
        DatabaseUrl::parse(&text).ok_or_else(|| {
            SettingsError::new(
                "the address of the database is neither sqlite: nor postgres://",
                "Write sqlite:/var/lib/voucher/voucher.db, or postgres://user@host/database?sslmode=verify-full.",
            )
        })
    }

    /// How fresh a proof has to be, if it has to.
    pub fn step_up(&self) -> Option<SignedDuration> {
        (self.step_up_minutes > 0).then(|| SignedDuration::from_mins(self.step_up_minutes.into()))
    }

    /// This node's audit chain.
    pub fn chain(&self) -> Result<ChainId, SettingsError> {
        ChainId::parse(&self.node).ok_or_else(|| {
            SettingsError::new(
                "the setting node is not a name",
                "Use 1 to 64 letters, digits, dots, hyphens or underscores.",
            )
        })
    }

    /// The passphrase of the key files, if they have one.
    pub fn passphrase(&self) -> Result<Option<Secret<String>>, SettingsError> {
        self.keys.passphrase.as_deref().map(read_secret).transpose()
    }
}

/// A database that cannot be used: what the driver said, and what to do.
pub fn unusable(why: &str) -> SettingsError {
    SettingsError::new(
        format!("the database cannot be used: {why}"),
        "Check its address, that it is up, and that this user may read and write it.",
    )
}

/// Reads a secret of one line from a file; the line's end is not part of it.
pub fn read_secret(path: &Path) -> Result<Secret<String>, SettingsError> {
    std::fs::read_to_string(path)
        .map(|text| Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        .map_err(|error| {
            SettingsError::new(
                format!("cannot read {}: {error}", path.display()),
                "Check the path and who may read it.",
            )
        })
}

/// The access key of a runner, from `VOUCHER_ACCESS_KEY`.
pub fn access_key() -> Option<Secret<String>> {
    environment("VOUCHER_ACCESS_KEY")
        .map(|text| Secret::new(text.trim().to_owned()))
        .filter(|key| !key.expose().is_empty())
}

/// What the CI system calls the run that this is part of, so that all of its steps get the same versions: `VOUCHER_RUN`,
/// or what GitLab, GitHub and Jenkins set in every job.
pub fn run() -> Option<String> {
    name_of_run(environment)
}

fn name_of_run(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| environment(name).filter(|text| !text.trim().is_empty());
    let gitlab = || {
        // The number is the installation's own; the address of a job says whose, and which project.
        let (job, pipeline) = (set("CI_JOB_URL")?, set("CI_PIPELINE_ID")?);
        Some(format!("{} {pipeline}", job.split("/-/").next().unwrap_or_default()))
    };
    let github = || {
        let attempt = set("GITHUB_RUN_ATTEMPT").unwrap_or_else(|| "1".to_owned());
        let repository = set("GITHUB_REPOSITORY").unwrap_or_default();
        Some(format!("github {repository} {} {attempt}", set("GITHUB_RUN_ID")?))
    };
    let named = set("VOUCHER_RUN").or_else(gitlab).or_else(github).or_else(|| set("BUILD_TAG"))?;
    // What tells runs apart stands at the end.
    let shown: Vec<char> = named.trim().chars().filter(|letter| (' '..='~').contains(letter)).collect();
    let last: String = shown.get(shown.len().saturating_sub(128)..).unwrap_or_default().iter().collect();
    Some(last.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Where a runner keeps private files that do not outlive it, if the system says so.
pub fn runtime_directory() -> Option<PathBuf> {
    environment("XDG_RUNTIME_DIR").map(PathBuf::from)
}

/// The signed token of a runner's CI system, from `VOUCHER_ID_TOKEN`.
pub fn id_token() -> Option<Secret<String>> {
    environment("VOUCHER_ID_TOKEN")
        .map(|text| Secret::new(text.trim().to_owned()))
        .filter(|token| !token.expose().is_empty())
}

/// Where a CI system signs a token for an audience that its job chooses while it runs.
pub struct TokenRequest {
    /// Where to ask.
    pub url: String,
    /// What the job proves itself with there.
    pub bearer: Secret<String>,
}

/// What GitHub Actions sets for a job that may ask for a token.
pub fn token_request() -> Option<TokenRequest> {
    let url = environment("ACTIONS_ID_TOKEN_REQUEST_URL").filter(|url| !url.is_empty())?;
    let bearer = environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN").filter(|token| !token.is_empty())?;
    Some(TokenRequest { url, bearer: Secret::new(bearer) })
}

/// What to log, in the syntax of `tracing`; `RUST_LOG`.
pub fn log_filter() -> Option<String> {
    environment("RUST_LOG")
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_run_is_called_as_its_ci_system_calls_it() {
        let run = |set: &[(&str, &str)]| {
            name_of_run(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
            })
        };
        let job = ("CI_JOB_URL", "https://gitlab.example.com/shop/web/-/jobs/7");
        for (set, expected) in [
            (&[][..], None),
            (&[("VOUCHER_RUN", " "), ("BUILD_TAG", "")], None),
            (&[("VOUCHER_RUN", "mine"), ("BUILD_TAG", "jenkins-web-3")], Some("mine")),
            (&[job, ("CI_PIPELINE_ID", "4711")], Some("https://gitlab.example.com/shop/web 4711")),
            (&[("CI_PIPELINE_ID", "4711")], None),
            (
                &[("GITHUB_RUN_ID", "9"), ("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_REPOSITORY", "shop/web")],
                Some("github shop/web 9 2"),
            ),
            (&[("BUILD_TAG", "jenkins-web-3\n")], Some("jenkins-web-3")),
            (&[("VOUCHER_RUN", "名-7")], Some("-7")),
        ] {
            assert_eq!(run(set).as_deref(), expected, "{set:?}");
        }
        let long = "x".repeat(200) + "-7";
        let name = run(&[("VOUCHER_RUN", &long)]).unwrap_or_default();
        assert!(name.ends_with("x-7") && name.len() == 128, "{name}");
    }

    #[test]
    fn a_file_is_read_and_mistakes_are_named_without_values() {
        let good =
            write("public_url = 'https://v.example.com'\ndatabase = 'sqlite:v.db'\n[keys]\nconsole = 'c'\n");
        let settings = load(good.path()).unwrap_or_else(|error| panic!("{error}"));
        assert!(settings.database_url().is_ok());
        for (text, expected) in [
            ("", "public_url is missing"),
            ("public_url = 'x'\nkeys = {}\nhunter2 = 1", "no setting hunter2"),
            ("public_url = 'x'\nkeys = {}\nconnections = 'hunter2'", "connections has a value"),
            ("= hunter2", "is not a settings file"),
            ("public_url = 'x'\nkeys = {}\n[sign_in]\nissuer = 'x'", "client_id is missing"),
            ("public_url = 'x'\nkeys = {}\n[[sign_in]]\nissuer = 'x'", "client_id is missing"),
            ("public_url = 'x'\nkeys = {}\n[sign_in]\nhunter2 = 'x'", "no setting hunter2"),
            ("public_url = 'x'\nkeys = {}\nsign_in = 'hunter2'", "sign_in has a value"),
        ] {
            let error = load(write(text).path()).err().map(|error| error.what).unwrap_or_default();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn one_enterprise_or_several_let_people_in() {
        let table =
            |of: &str| format!("issuer = 'https://{of}.example'\nclient_id = 'v'\nenterprise = '{of}'\n");
        let rule = "[[sign_in.rules]]\nclaim = 'groups'\nhas = 'a'\nrole = 'owner'\n";
        let rules = |text: &str| {
            let file = write(&format!("public_url = 'x'\nkeys = {{}}\n{text}"));
            let settings = load(file.path()).unwrap_or_else(|error| panic!("{text}: {error}"));
            settings.sign_in.0.iter().map(|one| (one.enterprise.clone(), one.rules.len())).collect::<Vec<_>>()
        };
        let named = |all: &[(&str, usize)]| {
            all.iter().map(|(name, rules)| ((*name).to_owned(), *rules)).collect::<Vec<_>>()
        };
        assert_eq!(rules(""), []);
        assert_eq!(rules(&format!("[sign_in]\n{}", table("a"))), named(&[("a", 0)]));
        assert_eq!(rules(&format!("[sign_in]\n{}{rule}{rule}", table("a"))), named(&[("a", 2)]));
        let several = format!("[[sign_in]]\n{}{rule}[[sign_in]]\n{}{rule}{rule}", table("a"), table("b"));
        assert_eq!(rules(&several), named(&[("a", 1), ("b", 2)]));
    }
}
