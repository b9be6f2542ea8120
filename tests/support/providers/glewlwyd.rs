//! Glewlwyd, Debian's package of it, unpacked by `tests/run` and not installed: a process with a configuration, a
//! database and keys of its own, set up through its administration API.
//!
//! Its pages are programs in the browser; what they ask its API is asked here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::{Registered, Visit, node, people, soon};
use crate::support::app::free_address;
use crate::support::http::{Client, Reply};

/// A running one; it ends with this value.
pub(crate) struct Glewlwyd {
    url: String,
    administrator: Client,
    clients: Vec<(&'static str, &'static str)>,
    /// Ends the process when nobody holds its standard input any more.
    guard: Child,
    /// Its settings, its database and its log.
    directory: tempfile::TempDir,
}

const GUARD: &str = r#""$@" >/dev/null 2>&1 & read -r gone; kill -KILL $!"#;
const SCOPES: [&str; 4] = ["openid", "profile", "email", "groups"];

impl Glewlwyd {
    pub(super) async fn start(registered: &[Registered]) -> Self {
        let root = unpacked();
        let directory = tempfile::Builder::new().prefix("voucher-it-glewlwyd-").tempdir().unwrap();
        let database = directory.path().join("database");
        let tables = fs::read_to_string(root.join("share/dbconfig-common/data/glewlwyd/install/sqlite3"));
        let mut conn = SqliteConnection::establish(&database.to_string_lossy()).unwrap();
        conn.batch_execute(&tables.unwrap()).unwrap();
        let address = free_address();
        let url = format!("http://{address}");
        let settings = directory.path().join("settings");
        fs::write(&settings, configuration(address.port(), &url, &root, directory.path())).unwrap();
        let guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(root.join("bin/glewlwyd"))
            .arg(format!("--config-file={}", settings.display()))
            .env("LD_LIBRARY_PATH", libraries(&root))
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let administrator = Client::new(&url);
        let clients = registered.iter().map(|one| (one.client_id, one.algorithm)).collect();
        let glewlwyd = Self { url, administrator, clients, guard, directory };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "Glewlwyd does not serve");
            std::thread::sleep(Duration::from_millis(10));
        }
        glewlwyd.set_up(registered).await;
        glewlwyd
    }

    pub(super) fn issuer(&self) -> String {
        format!("{}/api/oidc", self.url)
    }

    async fn set_up(&self, registered: &[Registered]) {
        let first = json!({ "username": "admin", "password": "password" });
        self.asks(Method::POST, "/auth/", first).await;
        // What it does not know about people and clients by itself.
        let property = |multiple: bool| json!({ "multiple": multiple, "read": true, "write": true, "profile-read": true, "profile-write": false });
        self.changes("/mod/user/database", |module| {
            module["parameters"]["data-format"]["groups"] = property(true);
        })
        .await;
        self.changes("/mod/client/database", |module| {
            let format = &mut module["parameters"]["data-format"];
            format["post_logout_redirect_uris"] = property(true);
            format["sign_kid"] = property(false);
        })
        .await;
        for module in ["user", "client"] {
            self.asks(Method::PUT, &format!("/mod/{module}/database/reset"), Value::Null).await;
        }
        // `openid` is there; whatever else a console asks for has to be.
        for scope in &SCOPES[1..] {
            let scope = json!({ "name": scope, "display_name": scope, "password_required": false });
            self.asks(Method::POST, "/scope/", scope).await;
        }
        for (name, claims) in people().as_object().unwrap() {
            let person = json!({
                "username": name, "password": format!("{name}-password"), "name": name,
                "email": format!("{name}@people.example"), "groups": claims["groups"],
                "enabled": true, "scope": SCOPES,
            });
            self.asks(Method::POST, "/user/", person).await;
        }
        let keys = new_keys();
        let plugin = json!({
            "module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": protocol(&self.issuer(), &keys),
        });
        self.asks(Method::POST, "/mod/plugin/", plugin).await;
        for one in registered {
            let client = json!({
                "client_id": one.client_id, "name": one.client_id, "enabled": true, "confidential": true,
                "client_secret": format!("{}-secret", one.client_id),
                "token_endpoint_auth_method": ["client_secret_basic"],
                "authorization_type": ["code", "id_token", "refresh_token"], "scope": SCOPES,
                "redirect_uri": [format!("{}/auth/callback", one.url)],
                "post_logout_redirect_uris": [format!("{}/signed-out", one.url)],
                "backchannel_logout_uri": format!("{}/auth/backchannel-logout", one.url),
                // A text, and nothing else that is true.
                "backchannel_logout_session_required": "true",
                "sign_kid": key_of(&keys, one.algorithm)["kid"],
            });
            self.asks(Method::POST, "/client/", client).await;
        }
    }

    /// Something of its administration.
    async fn asks(&self, method: Method, path: &str, body: Value) -> Reply {
        ask(&self.administrator, method, path, body).await.expect(200)
    }

    /// Reads something of its administration and writes it back changed.
    async fn changes(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.administrator.get(&format!("/api{path}")).await.expect(200).json();
        change(&mut value);
        self.asks(Method::PUT, path, value).await;
    }

    pub(super) async fn visit(&self, browser: &Client, address: &str, name: &str) -> Visit {
        let at = browser.get(address).await.location().to_owned();
        let Some(page) = self.own(&at) else { return Visit { asked: false, back: at } };
        let onward = format!("{}&g_continue", parameter(&page, "callback_url"));
        if parameter(&page, "prompt") != "login" {
            let at = browser.get(&onward).await.location().to_owned();
            if self.own(&at).is_none() {
                return Visit { asked: false, back: at };
            }
        }
        let password = json!({ "username": name, "password": format!("{name}-password") });
        ask(browser, Method::POST, "/auth/", password).await.expect(200);
        let consent = format!("/auth/grant/{}", parameter(&page, "client_id"));
        let scope = json!({ "scope": parameter(&page, "scope") });
        ask(browser, Method::PUT, &consent, scope).await.expect(200);
        Visit { asked: true, back: browser.get(&onward).await.location().to_owned() }
    }

    pub(super) async fn leave_by(&self, browser: &Client, address: &str) -> String {
        let at = browser.get(address).await.expect(302).location().to_owned();
        let page = self.own(&at).unwrap();
        assert_eq!(parameter(&page, "prompt"), "end_session", "{page}");
        assert!(!parameter(&page, "post_redirect_to").is_empty(), "{page}");
        self.leave(browser).await;
        parameter(&page, "callback_url")
    }

    pub(super) async fn leave(&self, browser: &Client) {
        let session = browser.cookie("GLW_SID").unwrap();
        ask(browser, Method::DELETE, &format!("/oidc/session/{session}"), Value::Null).await.expect(200);
        ask(browser, Method::DELETE, "/auth/", Value::Null).await.expect(200);
    }

    pub(super) async fn roll_keys(&self, keep: bool) {
        let keys = new_keys();
        self.changes("/mod/plugin/oidc", |plugin| {
            let published = plugin["parameters"]["jwks-private"].as_str().unwrap();
            let published: Value = serde_json::from_str(published).unwrap();
            let old = if keep { published["keys"].as_array().unwrap().clone() } else { Vec::new() };
            let all = [keys.clone(), old].concat();
            plugin["parameters"]["jwks-private"] = json!({ "keys": all }).to_string().into();
        })
        .await;
        self.asks(Method::PUT, "/mod/plugin/oidc/reset", Value::Null).await;
        for (client_id, algorithm) in &self.clients {
            self.changes(&format!("/client/{client_id}"), |client| {
                client["sign_kid"] = key_of(&keys, algorithm)["kid"].clone();
            })
            .await;
        }
    }

    pub(super) async fn put_into_groups(&self, name: &str, groups: &[&str]) {
        self.changes(&format!("/user/{name}"), |person| person["groups"] = json!(groups)).await;
    }

    /// Waits until it has written down that a console did not take its logout token.
    pub(crate) async fn was_refused(&self) -> bool {
        soon(async || {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            log.contains("Error backchannel_logout response for client voucher, response status 400")
        })
        .await
    }

    /// The address, when it is one of its own pages.
    fn own(&self, address: &str) -> Option<Url> {
        address.starts_with(&self.url).then(|| Url::parse(address).unwrap())
    }
}

impl Drop for Glewlwyd {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

async fn ask(client: &Client, method: Method, path: &str, body: Value) -> Reply {
    let json = [("content-type", "application/json".to_owned())];
    client.send(method, &format!("/api{path}"), &json, Some(body.to_string().into_bytes())).await
}

fn parameter(address: &Url, name: &str) -> String {
    let found = address.query_pairs().find(|(one, _)| one == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn new_keys() -> Vec<Value> {
    let made = node("keys.mjs").output().unwrap();
    serde_json::from_slice(&made.stdout).unwrap()
}

fn key_of<'k>(keys: &'k [Value], algorithm: &str) -> &'k Value {
    keys.iter().find(|key| key["alg"] == algorithm).unwrap()
}

/// Where `tests/run` unpacked the packages: their `usr`.
fn unpacked() -> PathBuf {
    let target = std::env::current_exe().unwrap();
    let target = target.ancestors().find(|parent| parent.join("tests-glewlwyd").exists());
    let root = target.map(|target| target.join("tests-glewlwyd/usr"));
    root.expect("Debian's package glewlwyd, unpacked in target/tests-glewlwyd, is needed; tests/run does it")
}

/// The one folder of libraries, which is called after the machine.
fn libraries(root: &Path) -> PathBuf {
    let mut inside = fs::read_dir(root.join("lib")).unwrap().map(|entry| entry.unwrap().path());
    inside.find(|path| path.to_string_lossy().ends_with("-linux-gnu")).unwrap()
}

fn configuration(port: u16, url: &str, root: &Path, directory: &Path) -> String {
    let modules = |name: &str| root.join("lib/glewlwyd").join(name).display().to_string();
    // It tries to load whatever lies in the folder of a kind of modules, so that kind without any has an empty one.
    let none = directory.join("none");
    fs::create_dir(&none).unwrap();
    let settings = [
        ("external_url", url.to_owned()),
        ("bind_address", "127.0.0.1".to_owned()),
        ("login_url", "login.html".to_owned()),
        ("api_prefix", "api".to_owned()),
        ("log_mode", "file".to_owned()),
        ("log_level", "WARNING".to_owned()),
        ("log_file", directory.join("log").display().to_string()),
        ("session_key", "GLEWLWYD2_SESSION_ID".to_owned()),
        ("admin_session_authentication", "cookie".to_owned()),
        ("profile_session_authentication", "cookie".to_owned()),
        ("admin_scope", "g_admin".to_owned()),
        ("profile_scope", "g_profile".to_owned()),
        ("user_module_path", modules("user")),
        ("user_middleware_module_path", none.display().to_string()),
        ("client_module_path", modules("client")),
        ("user_auth_scheme_module_path", modules("scheme")),
        ("plugin_module_path", modules("plugin")),
        ("hash_algorithm", "SHA512".to_owned()),
    ];
    let texts: String = settings.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect();
    let database = directory.join("database");
    format!(
        "port={port}\n{texts}cookie_secure=0\nsession_expiration=86400\nlogin_api_enabled=true\n\
         database={{type=\"sqlite3\"\npath=\"{}\"}};\n",
        database.display()
    )
}

/// What its plugin for OpenID Connect is told.
fn protocol(issuer: &str, keys: &[Value]) -> Value {
    json!({
        "iss": issuer, "jwt-type": "rsa", "jwt-key-size": "256", "subject-type": "public",
        "jwks-private": json!({ "keys": keys }).to_string(), "jwks-show": true,
        "client-sign_kid-parameter": "sign_kid",
        "access-token-duration": 3600, "refresh-token-duration": 86_400, "code-duration": 60,
        "refresh-token-rolling": false, "allow-non-oidc": false,
        "auth-type-code-enabled": true, "auth-type-id-token-enabled": true, "auth-type-refresh-enabled": true,
        "pkce-allowed": true, "pkce-required": true, "oauth-as-iss-id": true,
        "session-management-allowed": true, "back-channel-logout-allowed": true,
        "session-cookie-name": "GLW_SID", "session-cookie-expiration": 86_400,
        "name-claim": "mandatory", "email-claim": "mandatory", "scope-claim": "no",
        "address-claim": { "type": "no" },
        "claims": [{ "name": "groups", "user-property": "groups", "type": "string", "mandatory": true, "scope": [] }],
    })
}
