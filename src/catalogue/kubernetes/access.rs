//! What signing in to a cluster takes, read out of any of the three variants.
//!
//! Used by the probe and by what kubectl's plugin delivers. A kubeconfig is read by our own reader and nothing else, so that nothing it names is ever run,
//! opened or followed; what the check refuses when it is saved is not looked at here.

use jiff::Timestamp;

use super::yaml::{self, Node};
use super::{bearer, certificate};
use crate::catalogue::Opened;
use crate::outbound::{Request, Unanswered};
use crate::secret::Secret;

/// The way into one cluster.
pub(super) struct Access {
    /// The server's address, without a slash at its end.
    pub(super) server: String,
    /// The authorities that vouch for the server, in PEM.
    authority: Option<Vec<u8>>,
    /// The name in the server's certificate, where that is not the one in its address.
    certified_as: Option<String>,
    pub(super) token: Option<Secret<String>>,
    pub(super) client: Option<Client>,
}

/// A client certificate, in PEM.
pub(super) struct Client {
    /// The certificate and those between it and its authority.
    pub(super) chain: Vec<u8>,
    pub(super) key: Secret<Vec<u8>>,
}

impl Access {
    /// The access that the content gives; `None` when it gives none.
    pub(super) fn of(opened: &Opened) -> Option<Self> {
        let text = |name| opened.text(name).ok().flatten();
        if opened.variant == "kubeconfig" {
            return in_kubeconfig(text("kubeconfig")?);
        }
        let authority = match text("certificate_authority") {
            Some(given) => Some(certificate::pem(given)?.to_vec()),
            None => None,
        };
        let client = match opened.variant.as_str() {
            "certificate" => Some(pair(text("client_certificate")?, text("client_key")?)?),
            _ => None,
        };
        let token = text("token").map(|token| Secret::new(token.to_owned()));
        Self::new(text("server")?, authority, (token, client))
    }

    fn new(
        server: &str,
        authority: Option<Vec<u8>>,
        (token, client): (Option<Secret<String>>, Option<Client>),
    ) -> Option<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let some = token.is_some() || client.is_some();
        some.then_some(Self { server, authority, certified_as: None, token, client })
    }

    /// A `POST` of that JSON to a path of the server.
    pub(super) fn post(&self, path: &str, body: &serde_json::Value) -> Result<Request, Unanswered> {
        let body = Secret::new(body.to_string().into_bytes());
        let mut request = Request::post_json(&format!("{}{path}", self.server), body)?
            .header("accept", Secret::new("application/json".to_owned()));
        if let Some(authority) = &self.authority {
            request = request.trusting(authority.clone());
        }
        if let Some(name) = &self.certified_as {
            request = request.certified_as(name);
        }
        if let Some(client) = &self.client {
            request = request.presenting(client.both());
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", Secret::new(format!("Bearer {}", token.expose())));
        }
        Ok(request)
    }

    /// Whether the token or the certificate says itself that its time is over.
    pub(super) fn is_past(&self, now: Timestamp) -> bool {
        let token = self.token.as_ref().and_then(|token| bearer::expiry(token.expose()));
        let certificate = self.client.as_ref().map(|client| certificate::client(&client.chain, now));
        token.is_some_and(|at| at <= now)
            || certificate.is_some_and(|read| read.err() == Some("check-certificate-expired"))
    }
}

/// The access of the current context.
fn in_kubeconfig(text: &str) -> Option<Access> {
    let root = yaml::read(text).ok()?;
    let context = named(&root, ("contexts", "context"), root.get("current-context")?.text()?)?;
    let cluster = named(&root, ("clusters", "cluster"), context.get("cluster")?.text()?)?;
    let user = named(&root, ("users", "user"), context.get("user")?.text()?)?;
    let of = |node: &Node, key| node.get(key).and_then(Node::text).map(str::to_owned);
    let authority = match of(cluster, "certificate-authority-data") {
        Some(packed) => Some(certificate::pem(&packed)?.to_vec()),
        None => None,
    };
    let client = match user.get("client-certificate-data").and_then(Node::text) {
        Some(chain) => Some(pair(chain, user.get("client-key-data")?.text()?)?),
        None => None,
    };
    let token = of(user, "token").map(Secret::new);
    let access = Access::new(cluster.get("server")?.text()?, authority, (token, client))?;
    Some(Access { certified_as: of(cluster, "tls-server-name"), ..access })
}

/// The content of the entry of that name in one of the three lists.
fn named<'n>(root: &'n Node, (list, inside): (&str, &str), name: &str) -> Option<&'n Node> {
    let is_it = |entry: &&Node| entry.get("name").and_then(Node::text) == Some(name);
    root.get(list)?.list()?.iter().find(is_it)?.get(inside)
}

fn pair(chain: &str, key: &str) -> Option<Client> {
    let (chain, mut key) = (certificate::pem(chain)?, certificate::pem(key)?);
    Some(Client { chain: chain.to_vec(), key: Secret::new(std::mem::take(&mut *key)) })
}

impl Client {
    /// Certificates and key one after the other.
    fn both(&self) -> Secret<Vec<u8>> {
        let key = self.key.expose();
        let mut both = Vec::with_capacity(self.chain.len() + 1 + key.len());
        both.extend_from_slice(&self.chain);
        both.push(b'\n');
        both.extend_from_slice(key);
        Secret::new(both)
    }
}

#[cfg(test)]
mod tests {
    use super::super::TYPE;
    use super::*;
    use crate::catalogue::Submitted;

    fn sampled(variant: &str) -> Opened {
        let Submitted { plain, secret, .. } = TYPE.sample(variant);
        Opened { credential_type: &TYPE, variant: variant.to_owned(), plain, secret }
    }

    #[test]
    fn every_variant_gives_the_same_kind_of_access() {
        for (variant, by_token) in [("kubeconfig", true), ("token", true), ("certificate", false)] {
            let access = Access::of(&sampled(variant)).unwrap();
            assert_eq!(access.server, "https://k8s.example.com:6443");
            assert_eq!((access.token.is_some(), access.client.is_some()), (by_token, !by_token), "{variant}");
            assert_eq!(
                access.authority.as_deref(),
                Some(&include_bytes!("samples/authority.pem")[..]),
                "{variant}"
            );
        }
    }

    #[test]
    fn only_the_current_context_counts_and_nothing_is_followed() {
        let with = |text: &str| {
            let mut opened = sampled("kubeconfig");
            opened.secret.insert("kubeconfig".into(), Secret::new(text.as_bytes().to_vec()));
            Access::of(&opened)
        };
        let file = "current-context: b
clusters: [{name: c, cluster: {server: 'https://c.example/', tls-server-name: d.example}}]
users:
- {name: a, user: {token: of-a}}
- {name: b, user: {token: of-b}}
- {name: run, user: {exec: {command: touch, args: [/tmp/voucher-ran]}}}
contexts:
- {name: a, context: {cluster: c, user: a}}
- {name: b, context: {cluster: c, user: b}}
- {name: run, context: {cluster: c, user: run}}
- {name: gone, context: {cluster: c, user: gone}}
";
        let access = with(file).unwrap();
        assert_eq!(access.token.as_ref().map(|token| token.expose().as_str()), Some("of-b"));
        assert_eq!(
            (access.server.as_str(), access.certified_as.as_deref()),
            ("https://c.example", Some("d.example"))
        );
        for current in ["run", "gone", "nobody", "''"] {
            let text = file.replace("current-context: b", &format!("current-context: {current}"));
            assert!(with(&text).is_none(), "{current}");
        }
        assert!(with("]").is_none());
    }

    #[test]
    fn what_is_past_says_so() {
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        for (exp, wanted) in [(1_700_000_000, true), (1_900_000_000, false)] {
            let mut opened = sampled("token");
            let claims = base64::Engine::encode(
                &base64::engine::general_purpose::URL_SAFE_NO_PAD,
                format!("{{\"exp\":{exp}}}"),
            );
            opened.secret.insert("token".into(), Secret::new(format!("e30.{claims}.c2ln").into_bytes()));
            assert_eq!(Access::of(&opened).unwrap().is_past(now), wanted);
        }
        let certificate = Access::of(&sampled("certificate")).unwrap();
        assert!(!certificate.is_past(now));
        assert!(certificate.is_past("2121-01-01T00:00:00Z".parse().unwrap()));
    }
}
