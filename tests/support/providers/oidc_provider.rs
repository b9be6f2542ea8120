//! `oidc-provider`, an engine that is certified by the OpenID Foundation, in a process of `oidc_provider.mjs`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::{Registered, Visit, node, people};
use crate::support::http::{Client, Reply, inputs};

/// A running one; it ends with this value.
pub(crate) struct OidcProvider {
    issuer: String,
    settings: Value,
    process: Child,
    line: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl OidcProvider {
    pub(super) fn start(registered: &[Registered]) -> Self {
        let consoles: Map<String, Value> = registered
            .iter()
            .map(|one| (one.client_id.to_owned(), json!({ "url": one.url, "alg": one.algorithm })))
            .collect();
        Self::with(json!({ "port": 0, "consoles": consoles, "people": people() }))
    }

    /// After it was killed: at the same address, with other keys, and without a memory of anybody.
    pub(crate) fn started_again(&self) -> Self {
        let mut settings = self.settings.clone();
        settings["port"] = json!(url::Url::parse(&self.issuer).unwrap().port());
        Self::with(settings)
    }

    fn with(settings: Value) -> Self {
        let mut process = node("oidc_provider.mjs")
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut provider = Self { issuer: String::new(), settings, process, line: Mutex::new(line) };
        provider.issuer = provider.heard()["issuer"].as_str().unwrap().to_owned();
        provider
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    fn heard(&self) -> Value {
        let mut said = String::new();
        self.line.lock().unwrap().1.read_line(&mut said).unwrap();
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("the provider said {said:?}: {error}"))
    }

    fn tell(&self, order: &Value) -> Value {
        writeln!(self.line.lock().unwrap().0, "{order}").unwrap();
        self.heard()
    }

    pub(super) async fn visit(&self, browser: &Client, address: &str, name: &str) -> Visit {
        let (mut at, mut asked) = (address.to_owned(), false);
        while at.starts_with('/') || at.starts_with(&self.issuer) {
            let mut reply = browser.get(&at).await;
            if reply.status == 200 {
                asked = true;
                let password = format!("{name}-password");
                reply = browser.post(&at, &[("name", name), ("password", &password)]).await;
            }
            at = reply.location().to_owned();
        }
        Visit { asked, back: at }
    }

    /// Goes as far as the page that wants a password, and cancels there.
    pub(crate) async fn visit_and_cancel(&self, browser: &Client, address: &str) -> String {
        let page = browser.get(address).await.location().to_owned();
        let mut at = browser.post(&page, &[("cancel", "yes")]).await.location().to_owned();
        while at.starts_with(&self.issuer) {
            at = browser.get(&at).await.location().to_owned();
        }
        at
    }

    pub(super) async fn leave_by(&self, browser: &Client, address: &str) -> String {
        self.confirmed(browser, address).await.location().to_owned()
    }

    pub(super) async fn leave(&self, browser: &Client) {
        let done = self.confirmed(browser, "/session/end").await;
        browser.get(done.location()).await.expect(200);
    }

    /// Reads the page that asks whether they mean it, and sends its form.
    async fn confirmed(&self, browser: &Client, address: &str) -> Reply {
        let page = browser.get(address).await.expect(200).text();
        let mut fields = inputs(&page);
        fields.push(("logout".to_owned(), "yes".to_owned()));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post("/session/end/confirm", &fields).await
    }

    pub(super) fn roll_keys(&self, keep: bool) {
        self.tell(&json!({ "do": "roll", "keep": keep }));
    }

    pub(super) fn put_into_groups(&self, name: &str, groups: &[&str]) {
        self.tell(&json!({ "do": "person", "name": name, "claims": { "groups": groups } }));
    }

    /// Whether claims are in the ID token, or at user info only.
    pub(crate) fn claims_in_token(&self, in_token: bool) {
        self.tell(&json!({ "do": "claims", "in_token": in_token }));
    }

    /// Every answer of its token endpoint so far, in `issued`, and what became of its logout tokens, in `told`.
    pub(crate) fn said(&self) -> Value {
        self.tell(&json!({ "do": "said" }))
    }

    /// Stops the process where it is (`STOP`), lets it go on (`CONT`), or ends it (`KILL`).
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
