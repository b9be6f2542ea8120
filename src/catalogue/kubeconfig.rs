//! Kubeconfig files of strangers.
//!
//! Such a file can make the tool that reads it run a program, read local files or send its traffic elsewhere, so only
//! inline data is accepted, and that in every context, not just the current one. Used by the Kubernetes type; knows
//! nothing of fields. The format is that of `clientcmd.k8s.io` `v1.Config`.

use jiff::Timestamp;
use url::Host;

use super::yaml::{self, Node, Unreadable};
use super::{bearer, certificate, rules};
use crate::secret::Secret;

/// What an accepted file says, about its current context.
pub(super) struct Facts {
    /// The address of the API server.
    pub(super) server: String,
    /// The context's name.
    pub(super) context: String,
    /// The user's name in the file; for a client certificate the name that it certifies.
    pub(super) user: String,
    /// The namespace; may be empty.
    pub(super) namespace: String,
    /// When the first of the user's client certificate and token expires.
    pub(super) expires_at: Option<Timestamp>,
    /// What looks unusual.
    pub(super) warnings: Vec<&'static str>,
}

/// Why a file is refused: a message, and the line where it shows if that is known.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Refused {
    pub(super) message: &'static str,
    pub(super) line: Option<u64>,
}

/// Reads the file, or gives every reason against it.
pub(super) fn read(text: &str, now: Timestamp) -> Result<Facts, Vec<Refused>> {
    let root = yaml::read(text).map_err(|error| match error {
        Unreadable::TooComplex => vec![refused("check-yaml-too-complex")],
        Unreadable::Malformed(None) => vec![refused("check-yaml")],
        Unreadable::Malformed(line) => vec![Refused { message: "check-yaml-at-line", line }],
    })?;
    if root.get("kind").and_then(Node::text) != Some("Config")
        || root.get("apiVersion").and_then(Node::text) != Some("v1")
    {
        return Err(vec![refused("check-kubeconfig")]);
    }
    let mut reader = Reader { now, refused: Vec::new(), warnings: Vec::new() };
    let facts = reader.config(&root);
    match facts {
        Some(facts) if reader.refused.is_empty() => Ok(Facts { warnings: reader.warnings, ..facts }),
        _ => Err(reader.refused.into_iter().map(refused).collect()),
    }
}

/// The secrets in a file that was accepted: tokens and private keys, as written and as they are used.
pub(super) fn secrets(text: &str) -> Vec<Secret<Vec<u8>>> {
    let Ok(root) = yaml::read(text) else { return Vec::new() };
    let mut found = Vec::new();
    for user in root.get("users").and_then(Node::list).unwrap_or_default() {
        let Some(user) = user.get("user") else { continue };
        for name in ["token", "client-key-data"] {
            let Some(value) = user.get(name).and_then(Node::text) else { continue };
            found.push(Secret::new(value.as_bytes().to_vec()));
            if name == "client-key-data" {
                found.extend(certificate::pem(value).map(|mut pem| Secret::new(std::mem::take(&mut *pem))));
            }
        }
    }
    found
}

fn refused(message: &'static str) -> Refused {
    Refused { message, line: None }
}

struct Reader {
    now: Timestamp,
    refused: Vec<&'static str>,
    warnings: Vec<&'static str>,
}

/// The names and contents of one of the three lists.
type Named<'n> = Vec<(&'n str, &'n Node)>;

impl Reader {
    fn config(&mut self, root: &Node) -> Option<Facts> {
        let known = [
            "apiVersion",
            "kind",
            "preferences",
            "clusters",
            "contexts",
            "users",
            "current-context",
            "extensions",
        ];
        if root.keys().any(|key| !known.contains(&key)) {
            self.warn("unusual-kubeconfig-entry");
        }
        let clusters = self.named(root, "clusters", "cluster");
        let users = self.named(root, "users", "user");
        let contexts = self.named(root, "contexts", "context");
        for (_, cluster) in &clusters {
            self.cluster(cluster);
        }
        let users: Vec<(&str, Option<User>)> =
            users.iter().map(|(name, user)| (*name, self.user(user))).collect();
        let (context_name, context) = self.current(root, &contexts)?;
        for (_, context) in &contexts {
            self.known_keys(context, &["cluster", "user", "namespace", "extensions"]);
        }
        let in_context = |key| context.get(key).and_then(Node::text).unwrap_or_default();
        let cluster = clusters.iter().find(|(name, _)| *name == in_context("cluster"));
        let user = users.into_iter().find(|(name, _)| *name == in_context("user"));
        let (Some((_, cluster)), Some((user_name, user))) = (cluster, user) else {
            self.refuse("check-kubeconfig-context-dangling");
            return None;
        };
        let user = user?;
        if !user.has_credential {
            self.refuse("check-kubeconfig-no-credential");
        }
        self.warnings.extend(user.warnings);
        let server = cluster.get("server").and_then(Node::text)?;
        if is_loopback(server) {
            self.warn("unusual-server-loopback");
        }
        Some(Facts {
            server: server.to_owned(),
            context: context_name.to_owned(),
            user: if user.common_name.is_empty() { user_name.to_owned() } else { user.common_name },
            namespace: in_context("namespace").to_owned(),
            expires_at: user.expires_at,
            warnings: Vec::new(),
        })
    }

    /// The context that tools use when they are told nothing.
    fn current<'n>(&mut self, root: &'n Node, contexts: &Named<'n>) -> Option<(&'n str, &'n Node)> {
        let Some(current) = root.get("current-context") else {
            self.refuse(match contexts.len() {
                0 => "check-kubeconfig-no-context",
                1 => "check-kubeconfig-none-current",
                _ => "check-kubeconfig-several-none-current",
            });
            return None;
        };
        let found = current.text().and_then(|current| contexts.iter().find(|(name, _)| *name == current));
        if found.is_none() {
            self.refuse("check-kubeconfig-current-unknown");
        }
        found.copied()
    }

    /// The entries of a list like `clusters`, each `{name, cluster: {…}}`.
    fn named<'n>(&mut self, root: &'n Node, list: &str, inside: &str) -> Named<'n> {
        let Some(entries) = root.get(list) else { return Vec::new() };
        let mut named: Named<'n> = Vec::new();
        for entry in entries.list().unwrap_or_default() {
            self.known_keys(entry, &["name", inside]);
            let Some(name) = entry.get("name").and_then(Node::text) else {
                self.refuse("check-kubeconfig");
                continue;
            };
            if named.iter().any(|(known, _)| *known == name) {
                self.refuse("check-kubeconfig-duplicate-name");
            }
            named.push((name, entry.get(inside).unwrap_or(&Node::Null)));
        }
        if named.is_empty() {
            self.refuse("check-kubeconfig");
        }
        named
    }

    fn cluster(&mut self, cluster: &Node) {
        for (key, message) in
            [("proxy-url", "check-kubeconfig-proxy"), ("certificate-authority", "check-kubeconfig-file-path")]
        {
            if cluster.get(key).is_some() {
                self.refuse(message);
            }
        }
        match cluster.get("insecure-skip-tls-verify") {
            None | Some(Node::Bool(false)) => {}
            Some(_) => self.refuse("check-kubeconfig-insecure"),
        }
        let known =
            ["server", "certificate-authority-data", "tls-server-name", "disable-compression", "extensions"];
        let named = ["proxy-url", "certificate-authority", "insecure-skip-tls-verify"];
        self.known_keys(cluster, &[&known[..], &named[..]].concat());
        match cluster.get("server").map(Node::text) {
            None => self.refuse("check-kubeconfig-no-server"),
            Some(server) if server.is_some_and(is_server) => {}
            Some(_) => self.refuse("check-server"),
        }
        let authority = self.data(cluster, "certificate-authority-data", "check-authority");
        match authority.map(|pem| certificate::authority(&pem, self.now)) {
            Some(Ok(warnings)) => warnings.into_iter().for_each(|warning| self.warn(warning)),
            Some(Err(_)) => self.refuse("check-authority"),
            None => {}
        }
    }

    fn user(&mut self, user: &Node) -> Option<User> {
        const REFUSED: [(&str, &str); 13] = [
            ("exec", "check-kubeconfig-exec"),
            ("auth-provider", "check-kubeconfig-auth-provider"),
            ("tokenFile", "check-kubeconfig-token-file"),
            ("client-certificate", "check-kubeconfig-file-path"),
            ("client-key", "check-kubeconfig-file-path"),
            ("username", "check-kubeconfig-password"),
            ("password", "check-kubeconfig-password"),
            ("as", "check-kubeconfig-impersonation"),
            ("as-uid", "check-kubeconfig-impersonation"),
            ("as-groups", "check-kubeconfig-impersonation"),
            ("as-user-extra", "check-kubeconfig-impersonation"),
            ("impersonate", "check-kubeconfig-impersonation"),
            ("impersonate-groups", "check-kubeconfig-impersonation"),
        ];
        let mut accepted = vec!["token", "client-certificate-data", "client-key-data", "extensions"];
        for (key, message) in REFUSED {
            accepted.push(key);
            if user.get(key).is_some() {
                self.refuse(message);
            }
        }
        self.known_keys(user, &accepted);
        let mut facts = User::default();
        self.token(user, &mut facts);
        self.client_certificate(user, &mut facts);
        Some(facts)
    }

    fn token(&mut self, user: &Node, facts: &mut User) {
        match user.get("token").map(Node::text) {
            None => {}
            Some(Some(token)) if rules::is_visible_ascii(token) => {
                facts.has_credential = true;
                facts.expires(bearer::expiry(token));
            }
            Some(_) => self.refuse("check-bearer"),
        }
    }

    fn client_certificate(&mut self, user: &Node, facts: &mut User) {
        let certificate = self.data(user, "client-certificate-data", "check-certificate");
        let key = self.data(user, "client-key-data", "check-private-key");
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return,
            _ => return self.refuse("check-kubeconfig-half-pair"),
        };
        match certificate::client(&certificate, self.now) {
            Ok(client) => {
                facts.has_credential = true;
                facts.expires(Some(client.not_after));
                facts.common_name = client.common_name;
                facts.warnings.extend(client.warnings);
            }
            Err(message) => return self.refuse(message),
        }
        let pair =
            certificate::private_key(&key).and_then(|key| certificate::belong_together(&certificate, key));
        if let Err(message) = pair {
            self.refuse(message);
        }
    }

    /// The decoded value of a `…-data` entry. What cannot be decoded is refused and given as empty, so that the
    /// entry still counts as present.
    fn data(&mut self, of: &Node, key: &str, message: &'static str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let decoded =
            of.get(key)?.text().and_then(|text| certificate::pem(text).filter(|_| !text.contains("-----")));
        if decoded.is_none() {
            self.refuse(message);
        }
        Some(decoded.unwrap_or_default())
    }

    /// An entry that we do not know may be the next one that runs a program: refused where tools act on it.
    fn known_keys(&mut self, node: &Node, known: &[&str]) {
        if node.keys().any(|key| !known.contains(&key)) {
            self.refuse("check-kubeconfig-unknown-entry");
        }
    }

    fn refuse(&mut self, message: &'static str) {
        if !self.refused.contains(&message) {
            self.refused.push(message);
        }
    }

    fn warn(&mut self, message: &'static str) {
        if !self.warnings.contains(&message) {
            self.warnings.push(message);
        }
    }
}

/// What a user entry can sign in with.
#[derive(Default)]
struct User {
    has_credential: bool,
    common_name: String,
    expires_at: Option<Timestamp>,
    warnings: Vec<&'static str>,
}

impl User {
    fn expires(&mut self, at: Option<Timestamp>) {
        self.expires_at = [self.expires_at, at].into_iter().flatten().min();
    }
}

/// The address of an API server: https, and nothing behind the path.
pub(super) fn is_server(text: &str) -> bool {
    rules::address(text, &["https"]).is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// An address that means the runner's own machine, as local clusters write it.
pub(super) fn is_loopback(server: &str) -> bool {
    let Some(url) = rules::address(server, &["https"]) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}
