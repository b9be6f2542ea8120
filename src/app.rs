//! The composition root: settings → pools, keys, listeners → a running server that knows its own address.
//!
//! Tests start it on port 0; `serve` and `dev` start it where they are told. It is the one place where console and
//! resolver meet, and what keeps them apart is what each is given: pages get a [`Console`], which cannot open, and
//! only the resolve line gets a [`Resolver`].

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{HttpServer, web};
use jiff::SignedDuration;
use tokio::sync::Notify;

use crate::audit::{self, ChainId, Journal};
use crate::clock::Clock;
use crate::credentials;
use crate::db::{DatabaseUrl, Db, MigrateError, SchemaState, StoreError};
use crate::directory::import::{self, Importer};
use crate::outbound::{Egress, NoWayOut, Outbound};
use crate::people::{self, OidcSettings, Providers};
use crate::pipelines::issuers::{self, Keys as IssuerKeys};
use crate::reminders::{self, Reminder};
use crate::resolve::exchange::Exchange;
use crate::resolve::{Limits, Resolver};
use crate::routes::{self, Role};
use crate::seal::{ConsoleKeys, KeyId, Random, ResolverKeys};
use crate::secret::Secret;
use crate::usage;
use crate::verify::{self, Schedule, Verifier};
use crate::web::{Console, Origins, Proxies, Site};

/// What a server is made of.
pub struct Setup {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What listens there already, where somebody had to know the address before everything else was ready.
    pub listener: Option<TcpListener>,
    /// Where browsers reach the console; `None`: where it listens.
    pub public_url: Option<String>,
    /// What stands in front of the server and may say from where a request comes.
    pub proxies: Proxies,
    /// The database, already migrated.
    pub database: DatabaseUrl,
    /// The most connections to it.
    pub connections: u32,
    /// The name of this node's audit chain.
    pub chain: ChainId,
    /// A file outside of the database for signed heads of the chain.
    pub audit_heads: Option<PathBuf>,
    /// The keys; they decide which roles the server has.
    pub keys: Keys,
    /// How long the resolver keeps content open in locked memory; zero: not at all.
    pub open_cache: Duration,
    /// How often the resolve line answers.
    pub limits: Limits,
    /// Hosts of private deployments of chat systems, which a group bot's address may name.
    pub private_hosts: Arc<[String]>,
    /// Whose pages may show the credential picker in a frame.
    pub embedders: Origins,
    /// How long ago people may have proved who they are when they change what others may do; `None`: as long as they
    /// are signed in.
    pub step_up: Option<SignedDuration>,
    /// How other systems are asked.
    pub verifying: Verifying,
    /// Which addresses of trusted issuers may be asked for their keys.
    pub issuers: Egress,
    /// The time.
    pub clock: Clock,
    /// The number of threads that serve requests.
    pub workers: usize,
}

/// How other systems are asked, by a role that can open.
pub struct Verifying {
    /// Which addresses may be asked.
    pub egress: Egress,
    /// Hosts that are asked by way of another address.
    pub relays: BTreeMap<String, url::Url>,
    /// When it happens by itself.
    pub schedule: Schedule,
}

/// The keys of a server, and what only the role that has them needs.
pub enum Keys {
    /// Everything in one process.
    All(Box<ConsoleKeys>, Box<ResolverKeys>, Vec<OidcSettings>),
    /// The console alone; it cannot open anything.
    Console(Box<ConsoleKeys>, Vec<OidcSettings>),
    /// The resolve line alone; it has no pages.
    Resolver(Box<ResolverKeys>),
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there, or the address is not this machine's.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The tables are not there or not up to date.
    #[error("the database is not up to date: {0} steps are missing")]
    Behind(usize),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] MigrateError),
    /// The database was written with keys that the key files do not have.
    #[error("the key files lack {0}, which the database needs")]
    MissingKey(KeyId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The identity provider's settings make no sense.
    #[error(transparent)]
    SignIn(#[from] people::SettingsError),
    /// Other systems cannot be asked at all.
    #[error(transparent)]
    NoWayOut(#[from] NoWayOut),
    /// A thread could not be started.
    #[error("cannot start the audit writer: {0}")]
    Writer(std::io::Error),
}

/// A server that listens, and runs once [`App::run`] is awaited.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where browsers reach it, without a slash at the end.
    pub url: String,
    server: Server,
    journal: Journal,
    verifier: Option<Verifier>,
    reminder: Option<Reminder>,
    db: Db,
    chain: ChainId,
    clock: Clock,
}

/// What each worker is given; cloned for each.
#[derive(Clone)]
struct Parts {
    role: Role,
    site: web::Data<Site>,
    console: Option<(web::Data<Console>, web::Data<Providers>)>,
    limits: web::Data<Limits>,
    importer: web::Data<Importer>,
    resolver: Option<(web::Data<Resolver>, web::Data<Exchange>)>,
    issuer_keys: web::Data<IssuerKeys>,
    /// Of a resolver without a console: a key that nothing is encrypted with.
    cookie_key: Arc<Secret<[u8; 64]>>,
}

impl App {
    /// Listens, opens the database, checks that the keys fit, and starts the audit writer.
    pub fn build(setup: Setup) -> Result<Self, StartError> {
        let bind =
            || TcpListener::bind(setup.listen).map_err(|error| StartError::Listen(setup.listen, error));
        let listener = setup.listener.map_or_else(bind, Ok)?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(setup.listen, error))?;
        let url =
            setup.public_url.unwrap_or_else(|| format!("http://{address}")).trim_end_matches('/').to_owned();
        let db = Db::open(&setup.database, setup.connections)?;
        match db.schema_state()? {
            SchemaState::Current => {}
            SchemaState::Behind(steps) => return Err(StartError::Behind(steps)),
            SchemaState::Newer(version) => return Err(MigrateError::Newer(version).into()),
        }
        let (role, console_keys, resolver_keys, sign_in) = match setup.keys {
            Keys::All(console, resolver, sign_in) => {
                (Role::All, Some(console), Some(resolver), Some(sign_in))
            }
            Keys::Console(console, sign_in) => (Role::Console, Some(console), None, Some(sign_in)),
            Keys::Resolver(resolver) => (Role::Resolver, None, Some(resolver), None),
        };
        let opener = resolver_keys.as_ref().map(|keys| Arc::new(keys.opener()));
        if let Some(opener) = &opener {
            let missing = db.read_here(|conn| credentials::missing_keys(conn, opener))?;
            if let Some(key) = missing.first() {
                return Err(StartError::MissingKey(*key));
            }
        }
        let signer = match (&console_keys, &resolver_keys) {
            (Some(keys), _) => keys.audit_signer(),
            (None, Some(keys)) => keys.audit_signer(),
            (None, None) => return Err(StartError::Writer(std::io::Error::other("no keys"))),
        };
        let journal = Journal::start(audit::Setup {
            db: db.clone(),
            chain: setup.chain.clone(),
            clock: setup.clock.clone(),
            signer,
            heads: setup.audit_heads,
        })
        .map_err(StartError::Writer)?;
        let random = Random::system();
        let bell = Arc::new(Notify::new());
        let asking_issuers = Outbound::new(
            setup.issuers,
            setup.verifying.relays.clone(),
            setup.clock.clone(),
            random.clone(),
        )?;
        let issuer_keys = IssuerKeys::new(asking_issuers, setup.clock.clone());
        let limits = Arc::new(setup.limits);
        let verifier = match &opener {
            Some(opener) => Some(Verifier {
                db: db.clone(),
                clock: setup.clock.clone(),
                random: random.clone(),
                opener: Arc::clone(opener),
                outbound: Outbound::new(
                    setup.verifying.egress,
                    setup.verifying.relays,
                    setup.clock.clone(),
                    random.clone(),
                )?,
                chain: setup.chain.clone(),
                schedule: setup.verifying.schedule,
                bell: Arc::clone(&bell),
            }),
            None => None,
        };
        let sealer = console_keys.as_ref().map(|keys| Arc::new(keys.sealer()));
        let console = match (&sealer, sign_in) {
            (Some(sealer), Some(sign_in)) => {
                let providers = Providers::new(&sign_in, &url, &setup.clock)?;
                let console = Console {
                    bell: Arc::clone(&bell),
                    db: db.clone(),
                    clock: setup.clock.clone(),
                    random: random.clone(),
                    sealer: Arc::clone(sealer),
                    chain: setup.chain.clone(),
                    public_url: url.as_str().into(),
                    private_hosts: setup.private_hosts,
                    embedders: setup.embedders,
                    step_up: setup.step_up,
                };
                Some((web::Data::new(console), web::Data::new(providers)))
            }
            _ => None,
        };
        let reminder = console.as_ref().map(|(console, _)| Reminder {
            db: db.clone(),
            clock: setup.clock.clone(),
            random: random.clone(),
            chain: setup.chain.clone(),
            public_url: Arc::clone(&console.public_url),
            bell: Arc::clone(&bell),
        });
        let parts = Parts {
            role,
            site: web::Data::new(Site {
                clock: setup.clock.clone(),
                random: random.clone(),
                https: url.starts_with("https://"),
                proxies: setup.proxies,
            }),
            console,
            limits: web::Data::from(Arc::clone(&limits)),
            // Apart, so that a large import leaves the connections of requests alone.
            importer: web::Data::new(Importer::new(db.apart(1)?)),
            resolver: opener.map(|opener| {
                let exchange = Exchange {
                    db: db.clone(),
                    clock: setup.clock.clone(),
                    random,
                    keys: issuer_keys.clone(),
                    chain: setup.chain.clone(),
                    journal: journal.clone(),
                    limits: Arc::clone(&limits),
                };
                let resolver = Resolver::new(
                    db.clone(),
                    setup.clock.clone(),
                    (opener, setup.open_cache),
                    journal.clone(),
                    limits,
                );
                (web::Data::new(resolver), web::Data::new(exchange))
            }),
            issuer_keys: web::Data::new(issuer_keys),
            cookie_key: Arc::new(
                sealer.map_or_else(|| Secret::new([0; 64]), |sealer| sealer.derive("cookie")),
            ),
        };
        let server = serve(listener, parts, db.clone(), setup.clock.clone(), setup.workers)
            .map_err(|error| StartError::Listen(address, error))?;
        Ok(Self {
            address,
            url,
            server,
            journal,
            verifier,
            reminder,
            db,
            chain: setup.chain,
            clock: setup.clock,
        })
    }

    /// A handle to stop it with; `stop(true)` lets accepted requests end.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until stopped. Every accepted request is answered and every record written when this returns.
    pub async fn run(self) -> std::io::Result<()> {
        let tidying = actix_web::rt::spawn(tidy(self.db.clone(), self.chain, self.clock));
        let verifying = self.verifier.map(|verifier| actix_web::rt::spawn(verifier.run()));
        let reminding = self.reminder.map(|reminder| actix_web::rt::spawn(reminder.run()));
        let ended = self.server.await;
        tidying.abort();
        if let Some(reminding) = reminding {
            reminding.abort();
        }
        if let Some(verifying) = verifying {
            verifying.abort();
        }
        self.journal.stop();
        ended
    }
}

fn serve(
    listener: TcpListener,
    parts: Parts,
    db: Db,
    clock: Clock,
    workers: usize,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let parts = parts.clone();
        let https = parts.site.https;
        let sessions = people::session_middleware(
            db.clone(),
            clock.clone(),
            parts.site.random.clone(),
            &parts.cookie_key,
            https,
        );
        let is_console = parts.console.is_some();
        actix_web::App::new()
            .wrap(Condition::new(is_console, sessions))
            .wrap(Condition::new(is_console, from_fn(people::cross_site)))
            .wrap(from_fn(crate::web::problems))
            .wrap(from_fn(crate::web::headers))
            .wrap(tracing_actix_web::TracingLogger::<crate::web::RequestSpan>::new())
            .app_data(parts.site.clone())
            .configure(crate::web::extractor_configs)
            .configure(|config| {
                if let Some((console, providers)) = &parts.console {
                    config.app_data(console.clone()).app_data(providers.clone());
                    config.app_data(parts.importer.clone()).app_data(parts.issuer_keys.clone());
                    config.app_data(parts.limits.clone());
                }
                if let Some((resolver, exchange)) = &parts.resolver {
                    config.app_data(resolver.clone()).app_data(exchange.clone());
                }
                routes::configure(config, parts.role);
            })
            .default_service(web::to(crate::web::not_found))
    });
    Ok(server
        .workers(workers)
        // Signals are handled by whoever runs us: actix ends at once on an interrupt, and drops what is under way.
        .disable_signals()
        .shutdown_timeout(20)
        .client_request_timeout(Duration::from_secs(15))
        .listen(listener)?
        .run())
}

/// Removes, every ten minutes, credentials that were deleted too long ago, candidates, questions, imports and
/// exchanged tokens that are over, and what runs began with that ended long ago.
async fn tidy(db: Db, chain: ChainId, clock: Clock) {
    let mut every = tokio::time::interval(Duration::from_secs(600));
    loop {
        every.tick().await;
        let (now, chain) = (clock.now(), chain.clone());
        let removed: Result<(), StoreError> = db
            .write(move |conn| {
                credentials::purge_candidates(conn, now)?;
                usage::purge_pins(conn, now)?;
                verify::purge(conn, now)?;
                reminders::purge(conn, now)?;
                import::purge(conn, now)?;
                issuers::purge(conn, now)?;
                credentials::purge_deleted(conn, &chain, now)?;
                Ok(())
            })
            .await;
        if let Err(error) = removed {
            tracing::warn!(%error, "could not remove what was deleted; trying again later");
        }
    }
}
