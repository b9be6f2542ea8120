//! A PostgreSQL server of our own, for as long as this test process lives.
//!
//! It listens on a private socket directory and on no port. A small shell guards it: the shell reads from a pipe
//! that this process holds, and when this process ends, however it ends, the read returns and the shell stops
//! the server and removes its files.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel_migrations::MigrationHarness as _;
use voucher::db::MIGRATIONS_POSTGRES;

/// A running server.
pub(crate) struct Postgres {
    directory: PathBuf,
    _guard: Child,
}

impl Postgres {
    /// The server that all tests of this process share. It does not sync, because no test of ours may crash it;
    /// what the tests are about does not depend on that.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            let server = Self::start();
            server.execute("postgres", "CREATE DATABASE template_voucher");
            let mut conn = server.connect("template_voucher");
            conn.run_pending_migrations(MIGRATIONS_POSTGRES).unwrap();
            server
        })
    }

    /// A server for one test, which may stop or break it.
    pub(crate) fn start() -> Self {
        // Not under target/: the path of a socket may have 107 bytes, and when the tests run as root the server's
        // own user may not be able to reach a home directory.
        let directory = tempfile::Builder::new().prefix("voucher-pg-").tempdir().unwrap().keep();
        let user = Unprivileged::find();
        user.own(&directory);
        let bin = bin_directory();
        let initdb = user
            .command(&bin.join("initdb"))
            .args(["--auth=trust", "--username=voucher", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(directory.join("data"))
            .current_dir(&directory)
            .output()
            .unwrap();
        assert!(initdb.status.success(), "initdb: {}", String::from_utf8_lossy(&initdb.stderr));
        let guard = user
            .command(Path::new("/bin/sh"))
            .args(["-c", GUARD, "guard"])
            .arg(bin.join("postgres"))
            .arg(&directory)
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal must reach the tests and not the guard, or nobody would clear up.
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self { directory, _guard: guard };
        server.wait_until_it_answers();
        server
    }

    /// The address of a database on this server, as settings write it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=voucher", self.directory.display())
    }

    /// Makes a migrated database that no other test uses, and answers its name.
    pub(crate) fn fresh_database(&self) -> String {
        let name = fresh_name();
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template_voucher"));
        name
    }

    /// A migrated database on this server, for a server of its own.
    pub(crate) fn own_database(&self) -> super::database::Database {
        self.execute("postgres", "CREATE DATABASE own");
        self.connect("own").run_pending_migrations(MIGRATIONS_POSTGRES).unwrap();
        super::database::Database::Elsewhere(self.url("own"))
    }

    /// Makes a database without tables, and answers its name.
    pub(crate) fn empty_database(&self) -> String {
        let name = fresh_name();
        self.execute("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// A connection to a database.
    pub(crate) fn connect(&self, database: &str) -> PgConnection {
        PgConnection::establish(&self.url(database)).unwrap()
    }

    /// Everything in a database as text, the way a thief of a backup would see it.
    pub(crate) fn dump(url: &str) -> Vec<u8> {
        let dump = Command::new(bin_directory().join("pg_dump")).arg(url).output().unwrap();
        assert!(dump.status.success(), "pg_dump: {}", String::from_utf8_lossy(&dump.stderr));
        dump.stdout
    }

    /// Stops every process of the server where it is (`STOP`) or lets them go on (`CONT`): it keeps its sockets
    /// open and answers nothing, which no driver notices by itself.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", pid]).output().unwrap();
        let mut pids: Vec<String> =
            String::from_utf8_lossy(&children.stdout).split_whitespace().map(str::to_owned).collect();
        pids.push(pid.to_owned());
        let done = Command::new("kill").arg(format!("-{signal}")).args(pids).status().unwrap();
        assert!(done.success());
    }

    fn execute(&self, database: &str, sql: &str) {
        self.connect(database).batch_execute(sql).unwrap();
    }

    fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while PgConnection::establish(&self.url("postgres")).is_err() {
            let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL did not start:\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Waits for the end of its input, then stops the server at once and removes it.
const GUARD: &str = r#"
"$1" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" -c max_connections=400 \
  -c fsync=off -c full_page_writes=off -c shared_buffers=64MB -c max_wal_senders=0 -c wal_level=minimal \
  >"$2/log" 2>&1 </dev/null &
server=$!
read -r _
kill -CONT "$server" $(ps -o pid= --ppid "$server")
kill -QUIT "$server"
wait "$server"
rm -rf "$2"
"#;

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Debian keeps the server's programs beside those of other versions; elsewhere they are on the path.
fn bin_directory() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| {
        let found = Command::new("pg_config").arg("--bindir").output().expect("PostgreSQL is not installed");
        PathBuf::from(String::from_utf8_lossy(&found.stdout).trim())
    })
}

/// Who the server runs as: it refuses to be root.
struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    fn find() -> Self {
        if !rustix::process::getuid().is_root() {
            return Self(None);
        }
        let id = |flag: &str, name: &str| {
            let said = Command::new("id").args([flag, name]).output().ok()?;
            String::from_utf8_lossy(&said.stdout).trim().parse::<u32>().ok()
        };
        let user = ["postgres", "nobody"].iter().find_map(|name| Some((id("-u", name)?, id("-g", name)?)));
        Self(Some(user.expect("neither postgres nor nobody is a user here")))
    }

    fn own(&self, directory: &Path) {
        if let Some((uid, gid)) = self.0 {
            std::os::unix::fs::chown(directory, Some(uid), Some(gid)).unwrap();
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((uid, gid)) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }
}
