//! The real server in this process: a real port, a real database, a development issuer over HTTP, and a clock that
//! stands still until a test moves it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use jiff::Timestamp;
use voucher::app::{App, Keys, Setup, Verifying};
use voucher::audit::ChainId;
use voucher::clock::Clock;
use voucher::config::ProxyHeader;
use voucher::db::{Conn, Db, StoreError};
use voucher::network::Networks;
use voucher::outbound::Egress;
use voucher::people::OidcSettings;
use voucher::people::dev_issuer::{DevIssuer, Persona};
use voucher::permission::EnterpriseRole;
use voucher::resolve::Limits;
use voucher::seal::{ConsoleKeys, KeyPairFiles, Random, ResolverKeys, Sealer};
use voucher::verify::Schedule;
use voucher::web::{Origins, Proxies};

use super::database::{Database, Kind};
use super::http::{Client, inputs};
use super::world::{CAST, Tools, World};

/// The two enterprises and the server that serves them.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) issuer: String,
    pub(crate) database: Database,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) world: World,
    pub(crate) sealer: Sealer,
    pub(crate) chain: ChainId,
    pub(crate) random: Random,
    /// Serves the other enterprise's members: each console has one enterprise that people sign in to.
    strangers: String,
    strangers_issuer: String,
    handles: Vec<ServerHandle>,
    keys: tempfile::TempDir,
}

/// The origin whose pages may show the credential picker.
pub(crate) const EMBEDDER: &str = "https://git.example.com";

/// Runs a test on SQLite and then on PostgreSQL, each time with a world of its own.
#[track_caller]
pub(crate) fn on_both(test: impl AsyncFn(&TestApp)) {
    for kind in Kind::BOTH {
        on(kind, &test);
    }
}

/// Runs a test on one of them, when the other has nothing to do with it.
#[track_caller]
pub(crate) fn on(kind: Kind, test: impl AsyncFn(&TestApp)) {
    println!("on {kind}:");
    System::new().block_on(async {
        let app = TestApp::start(kind).await;
        test(&app).await;
        app.stop().await;
    });
}

impl TestApp {
    async fn start(kind: Kind) -> Self {
        Self::start_on(Database::fresh(kind)).await
    }

    /// Over a migrated database without rows.
    pub(crate) async fn start_on(database: Database) -> Self {
        Self::start_at(database, "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap()).await
    }

    /// With a clock that stands still at the present, for tests with systems that have a clock of their own.
    pub(crate) async fn start_now(kind: Kind) -> Self {
        Self::start_at(Database::fresh(kind), Clock::System.now()).await
    }

    async fn start_at(database: Database, now: Timestamp) -> Self {
        let clock = Clock::manual(now);
        let random = Random::system();
        let keys = tempfile::Builder::new().prefix("voucher-it-keys-").tempdir().unwrap();
        let files = key_files(&keys);
        let (console, _) = files.create(None, &random).map_err(|error| error.to_string()).unwrap();
        let sealer = console.sealer();
        let chain = ChainId::parse("test").unwrap();
        let db = Db::open(&database.url(), 2).unwrap();

        let mut handles = Vec::new();
        let (acme, umbrella) = (free_address(), free_address());
        let (issuer, handle) = start_issuer(acme, &clock, &random);
        handles.push(handle);
        let (strangers_issuer, handle) = start_issuer(umbrella, &clock, &random);
        handles.push(handle);

        let tools = Tools { sealer: &sealer, chain: &chain, random: &random, now: clock.now() };
        let world = db.write_here(|conn| World::create(conn, &tools, (&issuer, &strangers_issuer))).unwrap();
        let mut app = Self {
            url: format!("http://{acme}"),
            issuer,
            database,
            db,
            clock,
            world,
            sealer,
            chain,
            random,
            strangers: format!("http://{umbrella}"),
            strangers_issuer,
            handles,
            keys,
        };
        app.serve(acme, "acme", &app.issuer.clone());
        app.serve(umbrella, "umbrella", &app.strangers_issuer.clone());
        app
    }

    fn serve(&mut self, listen: SocketAddr, enterprise: &str, issuer: &str) {
        let chain = if enterprise == "acme" { "test" } else { "umbrella" };
        let handle = self.start_console(listen, chain, vec![settings(enterprise, issuer)], Limits::none());
        self.handles.push(handle);
    }

    /// One more console over the same database, with other settings for signing in.
    pub(crate) fn console(&self, sign_in: OidcSettings) -> OtherConsole {
        self.console_of(vec![sign_in])
    }

    /// The same for several enterprises.
    pub(crate) fn console_of(&self, sign_in: Vec<OidcSettings>) -> OtherConsole {
        self.start_other(free_address(), sign_in)
    }

    /// The same at an address that its provider has been told before.
    pub(crate) fn console_at(&self, address: SocketAddr, sign_in: OidcSettings) -> OtherConsole {
        self.start_other(address, vec![sign_in])
    }

    fn start_other(&self, address: SocketAddr, sign_in: Vec<OidcSettings>) -> OtherConsole {
        let chain = format!("console-{}", address.port());
        let handle = self.start_console(address, &chain, sign_in, Limits::none());
        OtherConsole { url: format!("http://{address}"), handle }
    }

    /// One more server over the same database, which answers each access key so many times a second.
    pub(crate) fn limited(&self, per_second: u32) -> OtherConsole {
        let address = free_address();
        let chain = format!("limited-{}", address.port());
        let limits = Limits::new(&self.clock, std::num::NonZeroU32::new(per_second));
        let handle = self.start_console(address, &chain, vec![settings("acme", &self.issuer)], limits);
        OtherConsole { url: format!("http://{address}"), handle }
    }

    /// One more server over the same database, which keeps nothing open between two answers.
    pub(crate) fn opening_each_time(&self) -> OtherConsole {
        let address = free_address();
        let (chain, sign_in) = (format!("opening-{}", address.port()), vec![settings("acme", &self.issuer)]);
        let around = (&self.clock, Limits::none(), Proxies::default(), embedders());
        let setup = setup((address, &chain), &self.database, self.keys(), sign_in, around);
        let app = App::build(Setup { open_cache: Duration::ZERO, ..setup }).unwrap();
        let handle = app.handle();
        actix_web::rt::spawn(app.run());
        OtherConsole { url: format!("http://{address}"), handle }
    }

    /// One more server over the same database, behind a proxy on this machine that writes this header.
    pub(crate) fn behind_proxy(&self, header: ProxyHeader) -> OtherConsole {
        let address = free_address();
        let (chain, sign_in) = (format!("behind-{}", address.port()), vec![settings("acme", &self.issuer)]);
        let proxies = Proxies { trusted: Networks::parse(["127.0.0.1"]).unwrap(), header };
        let around = (&self.clock, Limits::new(&self.clock, None), proxies, embedders());
        let app = build((address, &chain), &self.database, self.keys(), sign_in, around);
        let handle = app.handle();
        actix_web::rt::spawn(app.run());
        OtherConsole { url: format!("http://{address}"), handle }
    }

    /// One more server over the same database, whose settings let nobody embed anything.
    pub(crate) fn not_embedded(&self) -> OtherConsole {
        let address = free_address();
        let (chain, sign_in) = (format!("alone-{}", address.port()), vec![settings("acme", &self.issuer)]);
        let around = (&self.clock, Limits::none(), Proxies::default(), Origins::default());
        let app = build((address, &chain), &self.database, self.keys(), sign_in, around);
        let handle = app.handle();
        actix_web::rt::spawn(app.run());
        OtherConsole { url: format!("http://{address}"), handle }
    }

    fn start_console(
        &self,
        listen: SocketAddr,
        chain: &str,
        sign_in: Vec<OidcSettings>,
        limits: Limits,
    ) -> ServerHandle {
        let around = (&self.clock, limits, Proxies::default(), embedders());
        let app = build((listen, chain), &self.database, self.keys(), sign_in, around);
        let handle = app.handle();
        actix_web::rt::spawn(app.run());
        handle
    }

    pub(crate) async fn stop(self) {
        for handle in self.handles {
            handle.stop(false).await;
        }
    }

    /// The key files of the running server, read again.
    pub(crate) fn keys(&self) -> (ConsoleKeys, ResolverKeys) {
        key_files(&self.keys).load(None).map_err(|error| error.to_string()).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Makes something through the operations of the console, beside the server.
    pub(crate) fn make<T>(&self, work: impl FnOnce(&World, &mut Conn, &Tools<'_>) -> T) -> T {
        let tools = Tools { sealer: &self.sealer, chain: &self.chain, random: &self.random, now: self.now() };
        self.db.write_here(|conn| Ok::<_, StoreError>(work(&self.world, conn, &tools))).unwrap()
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url).with("accept-language", "en")
    }

    /// A pipeline with this access key, at another node over the same database.
    pub(crate) fn caller_elsewhere(&self, key: &str) -> Client {
        Client::bearer(&self.strangers, key)
    }

    /// A pipeline with this access key.
    pub(crate) fn caller(&self, key: &str) -> Client {
        Client::bearer(&self.url, key)
    }

    /// A member, signed in at the issuer the way a browser is led there.
    pub(crate) async fn member(&self, subject: &str) -> Client {
        if subject != "stranger" {
            let client = self.anonymous();
            self.sign_in(&client, subject).await;
            return client;
        }
        // Signs in at their own enterprise's console; the cookie is good for the row, and the row says who they are.
        let there = Client::new(&self.strangers).with("accept-language", "en");
        sign_in(&there, &Client::new(&self.strangers_issuer), subject).await;
        let here = self.anonymous();
        for (name, value) in there.cookies() {
            here.set_cookie(&name, &value);
        }
        here
    }

    /// Signs in with a client that may already have cookies.
    pub(crate) async fn sign_in(&self, client: &Client, subject: &str) {
        sign_in(client, &Client::new(&self.issuer), subject).await;
    }
}

/// A console besides the one that most tests use.
pub(crate) struct OtherConsole {
    pub(crate) url: String,
    handle: ServerHandle,
}

impl OtherConsole {
    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url).with("accept-language", "en")
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// A server over a database without rows, as `voucher serve` starts for the first time: an issuer, and the subject of
/// whoever will own the enterprise `newco`.
pub(crate) struct NewApp {
    pub(crate) url: String,
    issuer: String,
    pub(crate) database: Database,
    handles: Vec<ServerHandle>,
    _keys: tempfile::TempDir,
}

/// Who owns the enterprise of a [`NewApp`] as soon as they sign in.
pub(crate) const FOUNDER: &str = "founder";

/// As [`on_both`], over a database without rows.
#[track_caller]
pub(crate) fn on_both_new(test: impl AsyncFn(&NewApp)) {
    for kind in Kind::BOTH {
        println!("on {kind}:");
        System::new().block_on(async {
            let app = NewApp::start(Database::fresh(kind));
            test(&app).await;
            for handle in app.handles {
                handle.stop(false).await;
            }
        });
    }
}

impl NewApp {
    fn start(database: Database) -> Self {
        let clock = Clock::manual("2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap());
        let random = Random::system();
        let directory = tempfile::Builder::new().prefix("voucher-it-keys-").tempdir().unwrap();
        let keys = key_files(&directory).create(None, &random).map_err(|error| error.to_string()).unwrap();
        let listen = free_address();
        let (issuer, handle) = start_issuer(listen, &clock, &random);
        let first_administrator = Some(FOUNDER.to_owned());
        let sign_in = OidcSettings { first_administrator, ..settings("newco", &issuer) };
        let around = (&clock, Limits::none(), Proxies::default(), embedders());
        let app = build((listen, "new"), &database, keys, vec![sign_in], around);
        let handles = vec![handle, app.handle()];
        actix_web::rt::spawn(app.run());
        Self { url: format!("http://{listen}"), issuer, database, handles, _keys: directory }
    }

    /// Somebody, signed in.
    pub(crate) async fn member(&self, subject: &str) -> Client {
        let client = Client::new(&self.url).with("accept-language", "en");
        sign_in(&client, &Client::new(&self.issuer), subject).await;
        client
    }
}

/// Members of one enterprise, vouched for by one issuer.
pub(crate) fn settings(enterprise: &str, issuer: &str) -> OidcSettings {
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "voucher".to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        draft_logout: false,
        logout_hint: false,
        enterprise: enterprise.to_owned(),
        name: None,
        first_administrator: None,
        rules: Vec::new(),
    }
}

fn embedders() -> Origins {
    Origins::parse([EMBEDDER]).unwrap()
}

fn build(
    (listen, chain): (SocketAddr, &str),
    database: &Database,
    (console, resolver): (ConsoleKeys, ResolverKeys),
    sign_in: Vec<OidcSettings>,
    around: (&Clock, Limits, Proxies, Origins),
) -> App {
    App::build(setup((listen, chain), database, (console, resolver), sign_in, around)).unwrap()
}

fn setup(
    (listen, chain): (SocketAddr, &str),
    database: &Database,
    (console, resolver): (ConsoleKeys, ResolverKeys),
    sign_in: Vec<OidcSettings>,
    (clock, limits, proxies, embedders): (&Clock, Limits, Proxies, Origins),
) -> Setup {
    Setup {
        listen,
        listener: None,
        public_url: None,
        proxies,
        database: database.url(),
        connections: 8,
        chain: ChainId::parse(chain).unwrap(),
        issuers: Egress::new(&["127.0.0.0/8".to_owned(), "::1/128".to_owned()]).unwrap(),
        verifying: Verifying {
            egress: Egress::new(&["127.0.0.0/8".to_owned(), "::1/128".to_owned()]).unwrap(),
            relays: super::lark::relays(),
            schedule: Schedule::Off,
        },
        audit_heads: None,
        keys: Keys::All(Box::new(console), Box::new(resolver), sign_in),
        clock: clock.clone(),
        open_cache: voucher::config::OPEN_CACHE,
        limits,
        private_hosts: std::sync::Arc::default(),
        embedders,
        step_up: Some(voucher::config::STEP_UP),
        workers: 2,
    }
}

/// Follows the way of a browser: start, the issuer's page, a person chosen there, and back.
async fn sign_in(client: &Client, at_issuer: &Client, subject: &str) {
    let start = client.get("/sign-in/start").await;
    let page = at_issuer.get(start.location()).await.expect(200);
    let mut fields = inputs(&page.text());
    fields.push(("persona".to_owned(), subject.to_owned()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let chosen = at_issuer.post("/authorize", &fields).await;
    let back = client.get(chosen.location()).await;
    assert_eq!(back.status.as_u16(), 303, "{subject} was not let in: {}", back.text());
}

fn start_issuer(console: SocketAddr, clock: &Clock, random: &Random) -> (String, ServerHandle) {
    let everybody = CAST.iter().map(|(subject, of, role)| (*subject, *of, *role));
    let personas = everybody
        .chain([(FOUNDER, "newco", EnterpriseRole::Owner)])
        .map(|(subject, of, role)| Persona {
            subject: subject.to_owned(),
            name: subject.to_owned(),
            email: format!("{subject}@{of}.example"),
            role: role.as_str().to_owned(),
            description_en: String::new(),
            description_zh: String::new(),
        })
        .collect();
    let redirect = format!("http://{console}/auth/callback");
    let issuer = DevIssuer::new(personas, "voucher", &redirect, clock.clone(), random.clone()).unwrap();
    let (server, url) = issuer.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (url, handle)
}

fn key_files(directory: &tempfile::TempDir) -> KeyPairFiles {
    KeyPairFiles {
        console: directory.path().join("console.key"),
        resolver: directory.path().join("resolver.key"),
    }
}

/// A port that nobody has: the issuer must know the console's address before the console listens. Below the ports
/// that the system gives to outgoing connections, or one of the other tests' clients might take it in between.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 1_000) as u16 * 16;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % (32_000 - first);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
