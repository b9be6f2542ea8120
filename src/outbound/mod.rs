//! Asking other people's systems: the one guarded way out.
//!
//! Probes of the catalogue and everything else that asks an address which somebody typed go through [`Outbound`]. It
//! resolves names itself and connects only to addresses that [`Egress`] lets through, so that no form is a door into the
//! network behind it; it never follows a redirect, never retries, never waits longer than ten seconds, and never reads
//! more than a mebibyte. It knows nothing of credentials. Addresses may carry a secret, so none is ever put into an
//! error or a log.

mod egress;
mod message;

#[cfg(test)]
#[allow(dead_code, missing_docs, reason = "each of those who include it needs another part of it")]
#[path = "../../tests/support/stand_in.rs"]
pub mod stand_in;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use url::{Host, Url};

use crate::clock::Clock;
use crate::seal::Random;
use crate::secret::Secret;

pub use egress::Egress;
pub use message::{Method, Reply, Request, Unanswered};

use egress::{Denied, Guarded};

const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(10);
const MOST: usize = 1024 * 1024;

/// The guarded way out. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    egress: Arc<Egress>,
    relays: BTreeMap<String, Url>,
    guarded: Client,
    relayed: Client,
    clock: Clock,
    random: Random,
    limits: Limits,
}

/// How long is waited.
#[derive(Clone, Copy)]
struct Limits {
    connect: Duration,
    total: Duration,
}

/// The program cannot make requests at all: the machine's trusted certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot make requests to other systems: {0}")]
pub struct NoWayOut(String);

impl Outbound {
    /// A way out that follows `egress`. A request to a host of `relays` goes to the address given there instead, with the
    /// `Host` header unchanged: for installations whose only way out is a relay.
    pub fn new(
        egress: Egress,
        relays: BTreeMap<String, Url>,
        clock: Clock,
        random: Random,
    ) -> Result<Self, NoWayOut> {
        Self::with_limits(egress, relays, (clock, random), Limits { connect: CONNECT, total: TOTAL })
    }

    fn with_limits(
        egress: Egress,
        relays: BTreeMap<String, Url>,
        (clock, random): (Clock, Random),
        limits: Limits,
    ) -> Result<Self, NoWayOut> {
        let egress = Arc::new(egress);
        let broken = |error: reqwest::Error| NoWayOut(error.to_string());
        let guarded = client(limits).dns_resolver(Guarded(Arc::clone(&egress))).build().map_err(broken)?;
        let relayed = client(limits).build().map_err(broken)?;
        Ok(Self(Arc::new(Inner { egress, relays, guarded, relayed, clock, random, limits })))
    }

    /// The present, for requests that carry it.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// 32 random hexadecimal digits, for requests that must be unlike any other.
    pub fn nonce(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.0.random.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Makes one request. An answer of any status is a reply; a redirect is one as well and is not followed.
    pub async fn ask(&self, request: Request) -> Result<Reply, Unanswered> {
        let (url, client, host) = self.route(&request).await?;
        let mut sent = client.request(request.method.into(), url);
        if let Some(host) = host {
            sent = sent.header(reqwest::header::HOST, host);
        }
        for (name, value) in &request.headers {
            let mut value =
                HeaderValue::from_bytes(value.expose().as_bytes()).map_err(|_| Unanswered::Malformed)?;
            value.set_sensitive(true);
            sent = sent.header(*name, value);
        }
        if let Some(body) = &request.body {
            sent = sent.body(body.expose().clone());
        }
        // Who complains of an expired certificate means ours only when we showed one.
        let presented = request.tls.as_ref().is_some_and(|tls| tls.client.is_some());
        let why = |error: reqwest::Error| match why(&error) {
            Unanswered::CertificateExpired if !presented => Unanswered::Untrusted,
            why => why,
        };
        let mut reply = sent.send().await.map_err(why)?;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(why)? {
            if body.len().saturating_add(chunk.len()) > MOST {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply::new(status, headers, body))
    }

    /// Where a request really goes, by which client, and the `Host` header where that is another.
    async fn route(&self, request: &Request) -> Result<(Url, Client, Option<String>), Unanswered> {
        let url = &request.url;
        let host = url.host_str().ok_or(Unanswered::Malformed)?;
        if let Some(relay) = self.0.relays.get(host) {
            // A relay ends the connection, so neither an authority nor a client certificate would reach the system.
            if request.tls.is_some() {
                return Err(Unanswered::Malformed);
            }
            let mut to = relay.clone();
            to.set_path(url.path());
            to.set_query(url.query());
            return Ok((to, self.0.relayed.clone(), Some(authority(url, host))));
        }
        // Names are looked at when they are resolved; an address is never resolved.
        if let Some(address) = egress::literal(url)
            && !self.0.egress.lets_through(address)
        {
            return Err(Unanswered::NotAllowed);
        }
        let Some(tls) = &request.tls else {
            return Ok((url.clone(), self.0.guarded.clone(), None));
        };
        let builder = self.special(tls)?;
        let built = |builder: ClientBuilder| builder.build().map_err(|_| Unanswered::Malformed);
        let Some(name) = &tls.name else {
            return Ok((url.clone(), built(builder)?, None));
        };
        let (to, found) = self.under_another_name(url, name).await?;
        let builder = builder.resolve_to_addrs(to.host_str().unwrap_or(name), &found);
        Ok((to, built(builder)?, Some(authority(url, host))))
    }

    /// The address with that name in it, and where its own name leads: the name is for the certificate only.
    async fn under_another_name(&self, url: &Url, name: &str) -> Result<(Url, Vec<SocketAddr>), Unanswered> {
        // A numeric address would be gone to, past what was looked up.
        let Ok(Host::Domain(_)) = Host::parse(name) else { return Err(Unanswered::Malformed) };
        let found = match (egress::literal(url), url.host_str()) {
            (Some(address), _) => vec![SocketAddr::new(address, 0)],
            (None, Some(host)) => {
                let found = tokio::time::timeout(self.0.limits.connect, self.0.egress.look_up(host)).await;
                found.map_err(|_| Unanswered::TimedOut)?.map_err(|error| match error.is::<Denied>() {
                    true => Unanswered::NotAllowed,
                    false => Unanswered::Unreachable,
                })?
            }
            (None, None) => return Err(Unanswered::Malformed),
        };
        let mut to = url.clone();
        to.set_host(Some(name)).map_err(|_| Unanswered::Malformed)?;
        Ok((to, found))
    }

    /// A client for a system with an authority or a client certificate of its own.
    fn special(&self, tls: &message::Tls) -> Result<ClientBuilder, Unanswered> {
        let mut builder = client(self.0.limits).dns_resolver(Guarded(Arc::clone(&self.0.egress)));
        if let Some(pem) = &tls.authority {
            let authorities = Certificate::from_pem_bundle(pem).map_err(|_| Unanswered::Malformed)?;
            builder = builder.tls_certs_only(authorities);
        }
        if let Some(pem) = &tls.client {
            let identity = reqwest::Identity::from_pem(pem.expose()).map_err(|_| Unanswered::Malformed)?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

/// Host and port as a `Host` header says them.
fn authority(url: &Url, host: &str) -> String {
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn client(limits: Limits) -> ClientBuilder {
    install_ring();
    Client::builder()
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .redirect(redirect::Policy::none())
        .referer(false)
        // A proxy would resolve names itself, past the guard.
        .no_proxy()
        .pool_max_idle_per_host(0)
        .user_agent(concat!("voucher/", env!("CARGO_PKG_VERSION")))
}

/// Why there is no reply, read off the chain of causes. The chain itself may name the address and is dropped.
fn why(error: &reqwest::Error) -> Unanswered {
    let mut cause = error.source();
    while let Some(at) = cause {
        let inner = innermost(at);
        if inner.is::<Denied>() {
            return Unanswered::NotAllowed;
        }
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return message::tls_failure(tls);
        }
        cause = at.source();
    }
    match error {
        error if error.is_timeout() => Unanswered::TimedOut,
        error if error.is_builder() => Unanswered::Malformed,
        error if error.is_connect() => Unanswered::Unreachable,
        error if error.is_decode() => Unanswered::NotHttp,
        _ => Unanswered::Unreachable,
    }
}

/// What I/O errors are wrapped around. Their `source` skips it, and connectors wrap one into another.
fn innermost<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut at = error;
    while let Some(inner) = at.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        at = inner;
    }
    at
}

/// TLS needs to be told once per process which cryptography to use; somebody else may have been first.
fn install_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A way out for tests: loopback is allowed, and nobody waits long.
#[cfg(test)]
pub(crate) fn for_tests(relays: &[(&str, &str)]) -> Outbound {
    let relays = relays.iter().map(|(host, to)| ((*host).to_owned(), to.parse().unwrap())).collect();
    let egress = Egress::new(&["127.0.0.0/8".to_owned(), "::1/128".to_owned()]).unwrap();
    let clock = Clock::manual("2026-11-23T10:00:00Z".parse().unwrap());
    let limits = Limits { connect: Duration::from_millis(500), total: Duration::from_millis(800) };
    Outbound::with_limits(egress, relays, (clock, Random::system()), limits).unwrap()
}

/// `Basic` with a user name and a password (RFC 7617, in UTF-8).
pub fn basic(username: &str, password: &str) -> Secret<String> {
    use base64::Engine as _;
    let pair = zeroize::Zeroizing::new(format!("{username}:{password}"));
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::stand_in::{Answered, StandIn};
    use super::*;

    fn get(url: &str) -> Request {
        Request::get(url).unwrap()
    }

    #[actix_web::test]
    async fn a_reply_of_any_status_is_a_reply_and_a_redirect_is_not_followed() {
        let stand_in = StandIn::start(|received| match received.path.as_str() {
            "/moved" => Answered::status(302).header("location", "http://169.254.169.254/latest/meta-data/"),
            _ => Answered::status(503).body("{\"a\":1}").header("x-id", "7"),
        });
        let outbound = for_tests(&[]);
        let reply = outbound.ask(get(&stand_in.url("/x?y=1"))).await.unwrap();
        assert_eq!(
            (reply.status(), reply.header("X-Id"), reply.json().unwrap()["a"].as_i64()),
            (503, Some("7"), Some(1))
        );
        assert_eq!(outbound.ask(get(&stand_in.url("/moved"))).await.unwrap().status(), 302);
        assert_eq!(stand_in.received().len(), 2);
        assert_eq!(stand_in.received()[0].query, "y=1");
    }

    #[actix_web::test]
    async fn who_hangs_talks_too_much_or_is_not_there_is_given_up_on() {
        let stand_in = StandIn::start(|received| match received.path.as_str() {
            "/hang" => Answered::hang(),
            _ => Answered::status(200).body(vec![b'x'; 10 * 1024 * 1024]),
        });
        let outbound = for_tests(&[]);
        assert_eq!(outbound.ask(get(&stand_in.url("/hang"))).await.err(), Some(Unanswered::TimedOut));
        assert_eq!(outbound.ask(get(&stand_in.url("/huge"))).await.err(), Some(Unanswered::TooLong));
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let nobody = format!("http://{closed}/");
        assert_eq!(outbound.ask(get(&nobody)).await.err(), Some(Unanswered::Unreachable));
        assert_eq!(
            outbound.ask(get("http://no-such-host.invalid/")).await.err(),
            Some(Unanswered::Unreachable)
        );
    }

    #[actix_web::test]
    async fn addresses_inside_are_not_asked_however_they_are_written() {
        let strict =
            Outbound::new(Egress::new(&[]).unwrap(), BTreeMap::new(), Clock::System, Random::system())
                .unwrap();
        for url in [
            "http://127.0.0.1:1/",
            "http://localhost:1/",
            "http://2130706433:1/",
            "http://0x7f.1:1/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]:1/",
            "http://0.0.0.0:1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.100.100.200/",
            "http://10.1.2.3/",
            "http://[fd00:ec2::254]/",
        ] {
            assert_eq!(strict.ask(get(url)).await.err(), Some(Unanswered::NotAllowed), "{url}");
        }
    }

    #[actix_web::test]
    async fn a_relay_gets_the_request_of_its_host_unchanged() {
        let stand_in = StandIn::start(|_| Answered::status(200));
        let outbound = for_tests(&[("sts.aliyuncs.com", &stand_in.url(""))]);
        outbound.ask(get("https://sts.aliyuncs.com/a?b=c")).await.unwrap();
        let received = &stand_in.received()[0];
        assert_eq!((received.path.as_str(), received.query.as_str()), ("/a", "b=c"));
        assert_eq!(received.header("host"), Some("sts.aliyuncs.com"));
    }

    #[actix_web::test]
    async fn who_shows_a_certificate_of_nobody_we_know_is_told_nothing() {
        let of = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let outbound = for_tests(&[]);
        for (name, versions) in [
            ("127.0.0.1", rustls::ALL_VERSIONS),
            ("127.0.0.1", &[&rustls::version::TLS12]),
            ("another.example", rustls::ALL_VERSIONS),
        ] {
            let (own, other) = (of(name), of("127.0.0.1"));
            let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
            install_ring();
            let tls = rustls::ServerConfig::builder_with_protocol_versions(versions)
                .with_no_client_auth()
                .with_single_cert(vec![own.cert.der().clone()], key)
                .unwrap();
            let stand_in = StandIn::start_tls(tls, |_| Answered::status(200));
            let of_other = get(&stand_in.url("/")).trusting(other.cert.pem().into_bytes());
            let of_own = get(&stand_in.url("/")).trusting(own.cert.pem().into_bytes());
            let (by_other, by_own) = (outbound.ask(of_other).await.err(), outbound.ask(of_own).await.err());
            assert_eq!(by_other, Some(Unanswered::Untrusted), "{name} {versions:?}");
            assert_eq!(by_own, (name != "127.0.0.1").then_some(Unanswered::Untrusted), "{name}");
            let public = outbound.ask(get(&stand_in.url("/"))).await.err();
            assert_eq!(
                public,
                Some(Unanswered::Untrusted),
                "the machine's own authorities do not vouch for it"
            );
            assert_eq!(stand_in.received().len(), usize::from(by_own.is_none()));
        }
    }

    #[test]
    fn a_nonce_is_unlike_any_other() {
        let outbound = for_tests(&[]);
        assert_eq!(outbound.nonce().len(), 32);
        assert_ne!(outbound.nonce(), outbound.nonce());
    }
}
