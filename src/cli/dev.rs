//! `voucher dev`: everything on this machine, ready to try.
//!
//! SQLite, keys made on the spot, the development issuer, and a demonstration enterprise, all in one directory that a
//! second start finds again. Nothing here is a way around: people sign in at the issuer over HTTP, content is sealed.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Code, Error, migrate, seed, server};
use crate::app::{App, Keys, Setup, Verifying};
use crate::audit::ChainId;
use crate::clock::Clock;
use crate::config;
use crate::db::{DatabaseUrl, Db};
use crate::directory;
use crate::people::OidcSettings;
use crate::people::dev_issuer::{DevIssuer, DevIssuerError};
use crate::resolve::Limits;
use crate::seal::{ConsoleKeys, KeyPairFiles, Random, ResolverKeys};
use crate::web::Proxies;

/// Arguments of `voucher dev`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the console listens; the development issuer takes the next port.
    #[arg(long, default_value = "127.0.0.1:8700", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where keys and data are kept.
    #[arg(long, default_value = "voucher-data", value_name = "DIR")]
    data: PathBuf,
    /// Write what tests and scripts need to know to this file, as JSON, once it serves.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// No demonstration data: whoever signs in first owns an empty enterprise.
    #[arg(long)]
    empty: bool,
    /// How other systems are asked: a file with what the table [verify] of the settings holds.
    #[arg(long, value_name = "FILE")]
    verify: Option<PathBuf>,
    /// An origin whose pages may show the credential picker in a frame; may be given several times.
    #[arg(long, value_name = "ORIGIN")]
    picker_origin: Vec<String>,
}

/// What a second start has to know of the first; lies beside the keys, readable by the owner alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    /// The issuer that vouches for the members in the database.
    issuer: String,
    /// The text of the demonstration access key.
    access_key: Option<String>,
    /// A credential's token, by its type.
    tokens: std::collections::BTreeMap<String, String>,
}

/// This machine, which may be asked whatever the settings say.
const HERE: [&str; 2] = ["127.0.0.0/8", "::1/128"];

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    server::log();
    if !arguments.listen.ip().is_loopback() {
        return Err(Error::setup(
            format!("voucher dev does not listen on {}", arguments.listen.ip()),
            "Its issuer lets anybody be anybody. Use a loopback address here, and `voucher serve` for others.",
        ));
    }
    // What the demonstration credentials claim to be for is left in peace unless somebody asks.
    let verify = match &arguments.verify {
        Some(path) => config::load_verify(path)?,
        None => config::Verify { every_hours: 0, ..config::Verify::default() },
    };
    let private_hosts = verify.private_hosts.clone().into();
    let verifying = server::verifying(verify, &HERE)?;
    let data = Data::open(&arguments.data)?;
    actix_web::rt::System::new().block_on(serve(arguments, data, (verifying, private_hosts)))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    arguments: &Arguments,
    data: Data,
    (verifying, private_hosts): (Verifying, Arc<[String]>),
) -> Result<(), Error> {
    let random = Random::system();
    let (console, resolver) = data.keys(&random)?;
    let sealer = console.sealer();
    let database = DatabaseUrl::Sqlite(data.path("voucher.db"));
    let db = Db::open(&database, 2).map_err(|error| config::unusable(&error.to_string()))?;
    migrate::migrate(&db)?;
    let (listener, address) = listen(arguments.listen)?;
    let url = format!("http://{address}");
    let personas = seed::personas(arguments.empty);
    let issuer = DevIssuer::new(
        personas.clone(),
        "voucher-dev",
        &format!("{url}/auth/callback"),
        Clock::System,
        random.clone(),
    )?;
    let (issuer_server, issuer_url) = issuer.bind(beside(arguments.listen))?;
    let chain = ChainId::parse("dev").ok_or_else(|| Error::new(Code::Failed, "no chain", "Report this."))?;
    let remembered = remember(arguments, &data, &db, (&sealer, &chain, &random), &issuer_url)?;
    drop(db);
    let app = App::build(Setup {
        listen: address,
        listener: Some(listener),
        public_url: Some(url),
        proxies: Proxies::default(),
        database,
        connections: 8,
        chain,
        audit_heads: Some(data.path("audit-heads.jsonl")),
        keys: Keys::All(
            Box::new(console),
            Box::new(resolver),
            vec![OidcSettings {
                issuer: issuer_url.clone(),
                client_id: "voucher-dev".to_owned(),
                client_secret: None,
                scopes: Vec::new(),
                draft_logout: false,
                logout_hint: false,
                enterprise: seed::ENTERPRISE.0.to_owned(),
                name: None,
                first_administrator: arguments.empty.then(|| seed::owner().to_owned()),
                rules: Vec::new(),
            }],
        ),
        open_cache: config::OPEN_CACHE,
        limits: Limits::new(&Clock::System, None),
        verifying,
        issuers: server::egress(Vec::new(), &HERE, "allow")?,
        private_hosts,
        embedders: server::embedders(&arguments.picker_origin, "--picker-origin")?,
        step_up: Some(config::STEP_UP),
        clock: Clock::System,
        workers: std::thread::available_parallelism().map_or(2, usize::from),
    })?;
    let issuer_handle = issuer_server.handle();
    actix_web::rt::spawn(issuer_server);
    greet(&app.url, &issuer_url, &remembered, &arguments.data);
    if let Some(path) = &arguments.ready_file {
        let ready = serde_json::json!({
            "url": app.url,
            "issuer": issuer_url,
            "enterprise": seed::ENTERPRISE.0,
            "personas": personas.iter().map(|persona| &persona.subject).collect::<Vec<_>>(),
            "access_key": remembered.access_key,
            "tokens": remembered.tokens,
        });
        write_private(path, ready.to_string().as_bytes()).map_err(|error| cannot_write(path, &error))?;
    }
    server::run(app, Some(issuer_handle)).await
}

/// Listens at once, and keeps it: the issuer has to know where to send people back to, and a port that was let go in
/// between may be somebody else's by then.
fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let taken = |error: std::io::Error| Error::from(crate::app::StartError::Listen(at, error));
    let listener = TcpListener::bind(at).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok((listener, address))
}

/// The development issuer's address: the next port, or any when the console's is any.
fn beside(listen: SocketAddr) -> SocketAddr {
    let port = if listen.port() == 0 { 0 } else { listen.port().checked_add(1).unwrap_or(0) };
    SocketAddr::new(listen.ip(), port)
}

/// Makes the demonstration data at the first start, and finds it again at the next.
fn remember(
    arguments: &Arguments,
    data: &Data,
    db: &Db,
    (sealer, chain, random): (&crate::seal::Sealer, &ChainId, &Random),
    issuer: &str,
) -> Result<Remembered, Error> {
    let path = data.path("dev.json");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let mut remembered: Remembered = serde_json::from_str(&text).map_err(|_| {
            Error::setup(
                format!("{} is damaged", path.display()),
                "Give another directory with --data, or remove this one to start afresh.",
            )
        })?;
        if remembered.issuer != issuer {
            db.write_here(|conn| directory::move_members(conn, &remembered.issuer, issuer))
                .map_err(broken)?;
            remembered.issuer = issuer.to_owned();
            save(&path, &remembered)?;
        }
        return Ok(remembered);
    }
    let remembered = if arguments.empty {
        Remembered { issuer: issuer.to_owned(), access_key: None, tokens: std::collections::BTreeMap::new() }
    } else {
        let now = Clock::System.now();
        let seeded = db.write_here(|conn| seed::seed(conn, sealer, chain, (now, random), issuer)).map_err(
            |error| Error::new(Code::Failed, error.to_string(), "Report this; --empty starts without it."),
        )?;
        Remembered {
            issuer: issuer.to_owned(),
            access_key: Some(seeded.access_key.expose().clone()),
            tokens: seeded.tokens,
        }
    };
    save(&path, &remembered)?;
    Ok(remembered)
}

fn save(path: &Path, remembered: &Remembered) -> Result<(), Error> {
    let text = serde_json::to_vec_pretty(remembered).unwrap_or_default();
    write_private(path, &text).map_err(|error| cannot_write(path, &error))
}

fn greet(url: &str, issuer: &str, remembered: &Remembered, data: &Path) {
    println!("Voucher is ready at {url}");
    println!();
    println!(
        "Sign in: open {url} and choose a person; the development issuer at {issuer} asks for no password."
    );
    if let (Some(key), Some(token)) = (&remembered.access_key, remembered.tokens.get("kubernetes")) {
        println!();
        println!("Resolve, as a pipeline would:");
        println!();
        println!("  curl -H 'Authorization: Bearer {key}' {url}/api/v1/credentials/{token}/kubeconfig");
    }
    println!();
    println!("Keys and data are kept in {}. Ctrl-C ends it.", data.display());
    let _ = std::io::stdout().flush();
}

/// The data directory, held by this process alone.
struct Data {
    path: PathBuf,
    _held: File,
}

impl Data {
    fn open(path: &Path) -> Result<Self, Error> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| cannot_write(path, &error))?;
        let lock = path.join("lock");
        let held = File::create(&lock).map_err(|error| cannot_write(&lock, &error))?;
        match held.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _held: held }),
            Err(TryLockError::WouldBlock) => Err(Error::setup(
                format!("another Voucher is using {}", path.display()),
                "Stop it, or give another directory with --data.",
            )),
            Err(TryLockError::Error(error)) => Err(cannot_write(&lock, &error)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn keys(&self, random: &Random) -> Result<(ConsoleKeys, ResolverKeys), Error> {
        let files = KeyPairFiles { console: self.path("console.key"), resolver: self.path("resolver.key") };
        let any = files.console.exists() || files.resolver.exists();
        let keys = if any { files.load(None) } else { files.create(None, random) };
        keys.map_err(Error::from)
    }
}

fn broken(error: crate::db::StoreError) -> Error {
    config::unusable(&error.to_string()).into()
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::setup(
        format!("cannot write {}: {error}", path.display()),
        "Give a directory that this user may write to, with --data.",
    )
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Beside and then in place, so that a reader never finds half of it.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

impl From<DevIssuerError> for Error {
    fn from(error: DevIssuerError) -> Self {
        Self::setup(error.to_string(), "Stop what listens there, or choose another address with --listen.")
    }
}
