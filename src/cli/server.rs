//! Running a server until it is told to stop, shared by `dev` and `serve`.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Code, Error};
use crate::app::{App, StartError, Verifying};
use crate::config;
use crate::outbound::Egress;
use crate::verify::Schedule;
use crate::web::Origins;

/// Starts to log, to standard error; warnings unless RUST_LOG says otherwise. What carries requests to other systems is
/// never talkative, whatever it says: headers and addresses there may hold secrets.
pub(super) fn log() {
    let filter = config::log_filter().unwrap_or_else(|| "warn".to_owned());
    let quiet = filter_fn(|metadata| {
        let from = metadata.target().split("::").next().unwrap_or_default();
        !CARRIERS.contains(&from) || *metadata.level() <= Level::WARN
    });
    let said = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_filter(tracing_subscriber::EnvFilter::new(filter).and(quiet));
    // Fails only when somebody else in this process logs already, which is as well.
    let _ = tracing_subscriber::registry().with(said).try_init();
}

/// The crates that carry requests to other systems.
const CARRIERS: [&str; 5] = ["h2", "hyper", "hyper_util", "reqwest", "rustls"];

/// Serves until an interrupt or a termination signal; then lets accepted requests end. A second signal ends at once.
pub(super) async fn run(app: App, beside: Option<ServerHandle>) -> Result<(), Error> {
    let handle = app.handle();
    let broken = |error: std::io::Error| {
        Error::new(Code::Failed, format!("the server ended: {error}"), "See the log above.")
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let stopper = actix_web::rt::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        let graceful = handle.stop(true);
        if let Some(beside) = beside {
            beside.stop(false).await;
        }
        tokio::select! {
            () = graceful => {}
            _ = interrupt.recv() => handle.stop(false).await,
            _ = terminate.recv() => handle.stop(false).await,
        }
    });
    let ended = app.run().await.map_err(broken);
    stopper.abort();
    ended
}

/// How other systems are asked, by the settings, and `always` allowed networks beside.
pub(super) fn verifying(settings: config::Verify, always: &[&str]) -> Result<Verifying, Error> {
    let egress = egress(settings.allow, always, "allow in the table [verify]")?;
    let hours = Duration::from_secs(3600).saturating_mul(settings.every_hours);
    let schedule = if hours.is_zero() { Schedule::Off } else { Schedule::Every(hours) };
    Ok(Verifying { egress, relays: settings.relays, schedule })
}

/// Which addresses may be asked: public ones, those of the settings, and `always` ones.
pub(super) fn egress(mut networks: Vec<String>, always: &[&str], setting: &str) -> Result<Egress, Error> {
    networks.extend(always.iter().map(|&network| network.to_owned()));
    Egress::new(&networks)
        .map_err(|error| Error::setup(error.to_string(), format!("Correct {setting}; the README shows it.")))
}

/// Whose pages may show the credential picker.
pub(super) fn embedders(origins: &[String], setting: &str) -> Result<Origins, Error> {
    Origins::parse(origins).map_err(|error| {
        let todo = format!("Correct {setting}: scheme, host and port alone, as in https://git.example.com.");
        Error::setup(error.to_string(), todo)
    })
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        let todo = match &error {
            StartError::Listen(..) => "Stop what listens there, or choose another address with --listen.",
            StartError::Behind(_) => "Run `voucher migrate` with the same settings, then start again.",
            StartError::Database(crate::db::MigrateError::Newer(_)) => {
                "A newer Voucher made this database. Start that version or a later one."
            }
            StartError::Database(_) | StartError::Store(_) => {
                "Check that the database is up and that its address is right."
            }
            StartError::MissingKey(_) => {
                "Give the key files that were in use; without this key its content cannot be read."
            }
            StartError::SignIn(_) => "Check public_url and the table [sign_in] of the settings.",
            StartError::NoWayOut(_) => {
                "Install the certificates of public authorities, such as the package ca-certificates."
            }
            StartError::Writer(_) => "Check the limits of this process.",
        };
        Self::setup(error.to_string(), todo)
    }
}

impl From<config::SettingsError> for Error {
    fn from(error: config::SettingsError) -> Self {
        Self::setup(error.what, error.todo)
    }
}
