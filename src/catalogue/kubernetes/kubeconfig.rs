//! Kubeconfig files of strangers.
//!
//! Such a file can make the tool that reads it run a program, read local files or send its traffic elsewhere, so only
//! inline data is accepted, and that in every context, not just the current one. Used by the Kubernetes type; knows
//! nothing of fields. The format is that of `clientcmd.k8s.io` `v1.Config`.

use jiff::Timestamp;

use super::certificate;
use super::yaml::{self, Node, Unreadable};
use crate::catalogue::{bearer, rules};
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
        if rules::is_loopback(server) {
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
            Some(server) if server.is_some_and(rules::is_server) => {}
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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const GOOD: &str = "apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: east
  cluster: {server: 'https://k8s.example.com:6443/k8s/a', certificate-authority-data: AUTHORITY}
- name: west
  cluster: {server: 'https://127.0.0.1:6443'}
users:
- name: jane
  user: {client-certificate-data: CERTIFICATE, client-key-data: KEY}
- name: robot
  user: {token: hunter2-hunter2}
contexts:
- name: prod
  context: {cluster: east, user: jane, namespace: web}
- name: test
  context: {cluster: west, user: robot}
";

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn filled(text: &str) -> String {
        text.replace("AUTHORITY", &STANDARD.encode(include_str!("samples/authority.pem")))
            .replace("CERTIFICATE", &STANDARD.encode(include_str!("samples/certificate.pem")))
            .replace("KEY", &STANDARD.encode(include_str!("samples/key.pem")))
    }

    fn refusals(text: &str) -> Vec<&'static str> {
        let refused = read(&filled(text), now()).err().unwrap_or_default();
        refused.into_iter().map(|refused| refused.message).collect()
    }

    #[test]
    fn the_current_context_is_what_is_shown() {
        let facts = read(&filled(GOOD), now()).unwrap_or_else(|refused| panic!("{refused:?}"));
        assert_eq!(facts.server, "https://k8s.example.com:6443/k8s/a");
        assert_eq!((facts.context.as_str(), facts.namespace.as_str()), ("prod", "web"));
        assert_eq!(facts.user, "sample-deployer", "the name that the certificate certifies");
        assert_eq!(facts.expires_at, "2120-01-01T00:00:00Z".parse().ok());
        assert!(facts.warnings.is_empty());

        let facts = read(&filled(GOOD).replace("current-context: prod", "current-context: test"), now());
        let facts = facts.unwrap_or_else(|refused| panic!("{refused:?}"));
        assert_eq!((facts.user.as_str(), facts.expires_at), ("robot", None));
        assert_eq!(facts.warnings, ["unusual-server-loopback"]);
    }

    #[test]
    fn the_expiry_of_a_signed_token_is_read() {
        let claims =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"exp":1893456000,"sub":"x"}"#);
        let text = filled(GOOD)
            .replace("current-context: prod", "current-context: test")
            .replace("hunter2-hunter2", &format!("e30.{claims}.c2ln"));
        let facts = read(&text, now()).unwrap_or_else(|refused| panic!("{refused:?}"));
        assert_eq!(facts.expires_at, "2030-01-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn each_thing_that_cannot_work_has_its_own_answer() {
        let user = "user: {token: hunter2-hunter2}";
        let token = |extra: &str| format!("user: {{token: hunter2-hunter2, {extra}}}");
        let west = "cluster: {server: 'https://127.0.0.1:6443'}";
        let cluster = |extra: &str| format!("cluster: {{server: 'https://127.0.0.1:6443', {extra}}}");
        let table: [(&str, String, &[&str]); 43] = [
            (user, "user: {exec: {command: sh, args: [-c, id]}}".into(), &["check-kubeconfig-exec"]),
            (user, "user: {exec: {}, token: hunter2}".into(), &[]),
            (user, "user: {exec: null, token: hunter2, tokenFile: ''}".into(), &[]),
            (user, "user: {Exec: {command: sh}}".into(), &["check-kubeconfig-unknown-entry"]),
            (user, token("auth-provider: {name: gcp}"), &["check-kubeconfig-auth-provider"]),
            (user, token("tokenFile: /etc/passwd"), &["check-kubeconfig-token-file"]),
            (user, token("client-certificate: a.crt"), &["check-kubeconfig-file-path"]),
            (user, token("client-key: a.key"), &["check-kubeconfig-file-path"]),
            (user, token("username: a, password: hunter2"), &["check-kubeconfig-password"]),
            (user, token("as: root"), &["check-kubeconfig-impersonation"]),
            (user, token("as-groups: ['system:masters']"), &["check-kubeconfig-impersonation"]),
            (user, token("as-uid: '0'"), &["check-kubeconfig-impersonation"]),
            (user, token("as-user-extra: {a: [b]}"), &["check-kubeconfig-impersonation"]),
            (user, "user: {token: 12345}".into(), &["check-bearer"]),
            (user, "user: {token: 'two words'}".into(), &["check-bearer"]),
            (user, "user: {token: [a]}".into(), &["check-bearer"]),
            (user, token("client-key-data: KEY"), &["check-kubeconfig-half-pair"]),
            (user, token("client-certificate-data: CERTIFICATE"), &["check-kubeconfig-half-pair"]),
            (west, cluster("proxy-url: 'http://10.0.0.1'"), &["check-kubeconfig-proxy"]),
            (west, cluster("certificate-authority: /ca.crt"), &["check-kubeconfig-file-path"]),
            (west, cluster("certificate-authority-data: bm90IHBlbQ=="), &["check-authority"]),
            (west, cluster("certificate-authority-data: KEY"), &["check-authority"]),
            (west, cluster("certificate-authority-data: 'no base64!'"), &["check-authority"]),
            (west, cluster("insecure-skip-tls-verify: true"), &["check-kubeconfig-insecure"]),
            (west, cluster("insecure-skip-tls-verify: 'true'"), &["check-kubeconfig-insecure"]),
            (west, cluster("insecure-skip-tls-verify: false"), &[]),
            (west, cluster("tls-server-name: a.example"), &[]),
            (west, cluster("cool-new-hook: id"), &["check-kubeconfig-unknown-entry"]),
            (west, "cluster: {server: 'http://10.0.0.1:6443'}".into(), &["check-server"]),
            (west, "cluster: {server: 'https://a:b@10.0.0.1'}".into(), &["check-server"]),
            (west, "cluster: {server: 'https://10.0.0.1/?a=b'}".into(), &["check-server"]),
            (west, "cluster: {server: 'https://'}".into(), &["check-server"]),
            (west, "cluster: {server: 6443}".into(), &["check-server"]),
            (west, "cluster: {}".into(), &["check-kubeconfig-no-server"]),
            ("name: west\n", "name: east\n".into(), &["check-kubeconfig-duplicate-name"]),
            ("name: robot\n", "name: jane\n".into(), &["check-kubeconfig-duplicate-name"]),
            ("name: test\n", "name: prod\n".into(), &["check-kubeconfig-duplicate-name"]),
            ("current-context: prod\n", String::new(), &["check-kubeconfig-several-none-current"]),
            ("current-context: prod", "current-context: gone".into(), &["check-kubeconfig-current-unknown"]),
            (
                "cluster: east, user: jane",
                "cluster: gone, user: jane".into(),
                &["check-kubeconfig-context-dangling"],
            ),
            (
                "cluster: east, user: jane",
                "cluster: east, user: gone".into(),
                &["check-kubeconfig-context-dangling"],
            ),
            ("cluster: east, user: jane", "cluster: east".into(), &["check-kubeconfig-context-dangling"]),
            ("data: CERTIFICATE", "data: AUTHORITY".into(), &["check-private-key-of-another"]),
        ];
        for (place, instead, wanted) in table {
            assert!(GOOD.contains(place), "{place}");
            assert_eq!(refusals(&GOOD.replacen(place, &instead, 1)), wanted, "{instead}");
        }
        let one = "apiVersion: v1\nkind: Config\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n";
        let none = "apiVersion: v1\nkind: Config\n";
        assert_eq!(refusals(one), ["check-kubeconfig-none-current"]);
        assert_eq!(refusals(none), ["check-kubeconfig-no-context"]);
        let bare = format!(
            "{one}current-context: a\nusers: [{{name: a}}]\nclusters: [{{name: a, cluster: {{server: 'https://a.example'}}}}]"
        );
        assert_eq!(refusals(&bare), ["check-kubeconfig-no-credential"]);
    }

    #[test]
    fn what_is_not_a_kubeconfig_is_refused_and_never_repeated() {
        let twice = GOOD.replace("kind: Config\n", "kind: Config\nkind: Config\n");
        let merged = GOOD.replace("user: {token: hunter2-hunter2}", "user: {<<: {token: a}}");
        let deep = format!("apiVersion: v1\nkind: Config\nx: {}1{}", "[".repeat(40), "]".repeat(40));
        for (text, wanted) in [
            ("", "check-kubeconfig"),
            ("hunter2", "check-kubeconfig"),
            ("{}", "check-kubeconfig"),
            ("[1, 2]", "check-kubeconfig"),
            ("apiVersion: v1\nkind: Secret", "check-kubeconfig"),
            ("apiVersion: v2\nkind: Config", "check-kubeconfig"),
            ("apiVersion: v1\nkind: Config\nclusters: hunter2\ncurrent-context: a", "check-kubeconfig"),
            ("apiVersion: v1\nkind: Config\nclusters: [hunter2]\ncurrent-context: a", "check-kubeconfig"),
            ("a: b: c: hunter2", "check-yaml-at-line"),
            ("a: *hunter2", "check-yaml-at-line"),
            ("a:\n\tb: c", "check-yaml-at-line"),
            (&twice, "check-yaml-at-line"),
            (&merged, "check-yaml-at-line"),
            (&deep, "check-yaml-too-complex"),
            (&format!("{GOOD}---\n{GOOD}"), "check-yaml-too-complex"),
        ] {
            let refused = read(&filled(text), now()).err().unwrap_or_else(|| panic!("accepted: {text}"));
            assert_eq!(refused[0].message, wanted, "{text:.60}");
            assert!(!format!("{refused:?}").contains("hunter2"));
        }
    }

    #[test]
    fn the_secrets_inside_are_found_for_hiding() {
        let found = secrets(&filled(GOOD));
        let found: Vec<&[u8]> = found.iter().map(|secret| secret.expose().as_slice()).collect();
        let key = include_str!("samples/key.pem");
        assert_eq!(found, [STANDARD.encode(key).as_bytes(), key.as_bytes(), b"hunter2-hunter2"]);
        assert!(secrets("]").is_empty());
    }
}
