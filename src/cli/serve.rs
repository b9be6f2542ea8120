//! `voucher serve`: serve an installation.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Error, server};
use crate::app::{App, Keys, Setup};
use crate::clock::Clock;
use crate::config::{self, Settings, SignIn, SignInRule, SignIns};
use crate::network::Networks;
use crate::people::{OidcSettings, Rule, WrittenRule};
use crate::resolve::Limits;
use crate::routes::Role;
use crate::seal::{ConsoleKeys, KeyFileError, KeySource, ResolverKeys};
use crate::web::Proxies;

/// Arguments of `voucher serve`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The settings of the installation.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// What this process does; the console cannot open what it seals.
    #[arg(long, value_enum, default_value = "all")]
    role: Role,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    server::log();
    let settings = config::load(&arguments.config)?;
    let setup = Setup {
        listen: settings.listen,
        listener: None,
        public_url: Some(settings.public_url.clone()),
        proxies: proxies(&settings)?,
        database: settings.database_url()?,
        connections: settings.connections,
        chain: settings.chain()?,
        audit_heads: settings.audit_heads.clone(),
        keys: keys(&settings, arguments.role)?,
        open_cache: std::time::Duration::from_secs(settings.open_cache_seconds),
        limits: Limits::new(&Clock::System, NonZeroU32::new(settings.resolves_per_second)),
        private_hosts: settings.verify.private_hosts.clone().into(),
        embedders: server::embedders(&settings.picker.origins, "origins in the table [picker]")?,
        step_up: settings.step_up(),
        verifying: server::verifying(settings.verify, &[])?,
        issuers: server::egress(settings.identity.allow, &[], "allow in the table [identity]")?,
        clock: Clock::System,
        workers: std::thread::available_parallelism().map_or(2, usize::from),
    };
    actix_web::rt::System::new().block_on(async {
        let app = App::build(setup)?;
        println!("Voucher serves {} on {}.", app.url, app.address);
        server::run(app, None).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn proxies(settings: &Settings) -> Result<Proxies, Error> {
    let trusted = Networks::parse(&settings.proxy.trusted).map_err(|error| {
        Error::setup(error.to_string(), "Correct trusted in the table [proxy]; the README shows it.")
    })?;
    Ok(Proxies { trusted, header: settings.proxy.header })
}

fn keys(settings: &Settings, role: Role) -> Result<Keys, Error> {
    let passphrase = settings.passphrase()?;
    let console = || {
        ConsoleKeys::load(&source("console", settings.keys.console.as_deref())?, passphrase.as_ref())
            .map_err(Error::from)
    };
    let resolver = || {
        ResolverKeys::load(&source("resolver", settings.keys.resolver.as_deref())?, passphrase.as_ref())
            .map_err(Error::from)
    };
    Ok(match role {
        Role::All => Keys::All(Box::new(console()?), Box::new(resolver()?), sign_in(&settings.sign_in)?),
        Role::Console => Keys::Console(Box::new(console()?), sign_in(&settings.sign_in)?),
        Role::Resolver => Keys::Resolver(Box::new(resolver()?)),
    })
}

fn source(name: &str, path: Option<&Path>) -> Result<KeySource, Error> {
    path.map(|path| KeySource::File(path.to_owned())).ok_or_else(|| {
        Error::setup(
            format!("the settings name no {name} key file"),
            format!("Set {name} in the table [keys]; `voucher keys generate` makes the files."),
        )
    })
}

fn sign_in(settings: &SignIns) -> Result<Vec<OidcSettings>, Error> {
    if settings.0.is_empty() {
        return Err(Error::setup(
            "the settings name no identity provider",
            "Fill the table [sign_in]; the README shows one.",
        ));
    }
    settings.0.iter().map(enterprise).collect()
}

fn enterprise(settings: &SignIn) -> Result<OidcSettings, Error> {
    Ok(OidcSettings {
        issuer: settings.issuer.clone(),
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret_file.as_deref().map(config::read_secret).transpose()?,
        scopes: settings.scopes.clone(),
        draft_logout: settings.draft_logout,
        logout_hint: settings.logout_hint,
        enterprise: settings.enterprise.clone(),
        name: settings.name.clone(),
        first_administrator: settings.first_administrator.clone(),
        rules: settings.rules.iter().enumerate().map(rule).collect::<Result<_, _>>()?,
    })
}

fn rule((at, rule): (usize, &SignInRule)) -> Result<Rule, Error> {
    let written = WrittenRule {
        claim: rule.claim.clone(),
        has: rule.has.clone(),
        is: rule.is.clone(),
        role: rule.role.clone(),
        project: rule.project.clone(),
        repository: rule.repository.clone(),
        place_role: rule.place_role.clone(),
    };
    Rule::parse(written).map_err(|error| {
        Error::setup(format!("sign-in rule {} makes no sense", at + 1), format!("In it, {error}."))
    })
}

impl From<KeyFileError> for Error {
    fn from(error: KeyFileError) -> Self {
        let todo = error.hint();
        Self::setup(error.to_string(), todo)
    }
}
