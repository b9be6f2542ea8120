//! The probe against a cluster of the tests, which speaks TLS and knows its users by token or by certificate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::super::TYPE;
use super::*;
use crate::catalogue::{Kept, Surroundings};
use crate::outbound::stand_in::{Answered, Received, StandIn};
use crate::outbound::{Egress, for_tests};
use crate::secret::Secret;

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Who vouches for the cluster, and for its users.
struct Authorities {
    server: Issuer,
    server_pem: String,
    users: Issuer,
}

/// A certificate and its key, in PEM.
struct Pair {
    certificate: String,
    key: String,
}

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issued(by: &Issuer, name: &str, hosts: &[&str], until: i32) -> Pair {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, by).unwrap();
    Pair { certificate: certificate.pem(), key: key.serialize_pem() }
}

impl Authorities {
    fn new() -> Self {
        let server = authority("cluster");
        Self { server_pem: server.pem(), server, users: authority("users") }
    }

    /// The cluster's side of TLS, under these names. `demands`: nobody comes in without a certificate.
    fn tls(&self, hosts: &[&str], demands: bool) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.users.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let verifier = if demands { verifier } else { verifier.allow_unauthenticated() };
        let own = issued(&self.server, "server", hosts, 2100);
        let chain = vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()];
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(chain, PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap())
            .unwrap()
    }

    fn start(&self, demands: bool, answer: fn(&Received) -> Answered) -> StandIn {
        StandIn::start_tls(self.tls(&["127.0.0.1"], demands), answer)
    }

    fn by_token(&self, stand_in: &StandIn, token: &str) -> Opened {
        opened("token", &[("server", &stand_in.url("")), self.trusted()], ("token", token))
    }

    fn by_certificate(&self, stand_in: &StandIn, pair: &Pair) -> Opened {
        let plain =
            [("server", &*stand_in.url("")), ("client_certificate", &pair.certificate), self.trusted()];
        opened("certificate", &plain, ("client_key", &pair.key))
    }

    fn trusted(&self) -> (&'static str, &str) {
        ("certificate_authority", &self.server_pem)
    }

    /// A kubeconfig with that user.
    fn kubeconfig(&self, server: &str, user: &str) -> String {
        let authority = STANDARD.encode(&self.server_pem);
        format!(
            "{{apiVersion: v1, kind: Config, current-context: c, \
             clusters: [{{name: c, cluster: {{server: '{server}', certificate-authority-data: {authority}}}}}], \
             users: [{{name: u, user: {{{user}}}}}], contexts: [{{name: c, context: {{cluster: c, user: u}}}}]}}"
        )
    }
}

fn opened(variant: &str, plain: &[(&str, &str)], secret: (&str, &str)) -> Opened {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Opened {
        credential_type: &TYPE,
        variant: variant.to_owned(),
        plain: plain.iter().map(owned).collect(),
        secret: BTreeMap::from([(secret.0.to_owned(), Secret::new(secret.1.as_bytes().to_vec()))]),
    }
}

/// What an API server says of a refusal.
fn status(code: u16, reason: &str, message: &str) -> Answered {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
        "message": message});
    Answered::json(code, body).header("audit-id", "5a3b0000-0000-4000-8000-000000000001")
}

fn review_of(user: &str) -> Answered {
    let status = json!({"userInfo": {"username": user, "uid": "42", "groups": ["system:authenticated"]}});
    let review =
        json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "status": status});
    Answered::json(201, review).header("audit-id", "5a3b0000-0000-4000-8000-000000000001")
}

/// A cluster that knows `good-token`; who comes in by certificate was known before.
fn cluster(received: &Received) -> Answered {
    let sent = received.json();
    match (received.method.as_str(), received.path.as_str(), received.header("authorization")) {
        ("POST", WHO_AM_I, None | Some("Bearer good-token"))
            if sent["kind"] == "SelfSubjectReview" && sent["apiVersion"] == "authentication.k8s.io/v1" =>
        {
            review_of("jane")
        }
        ("POST", WHO_AM_I, _) => status(401, "Unauthorized", "Unauthorized"),
        _ => status(404, "NotFound", "the server could not find the requested resource"),
    }
}

/// A cluster of before 1.28.
fn older(received: &Received) -> Answered {
    let sent = received.json();
    let asked = &sent["spec"]["resourceAttributes"]["verb"];
    match (received.path.as_str(), received.header("authorization")) {
        (_, authorization) if authorization != Some("Bearer good-token") => {
            status(401, "Unauthorized", "Unauthorized")
        }
        (MAY_I, _) if sent["kind"] == "SelfSubjectAccessReview" && asked.is_string() => Answered::json(
            201,
            json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "status": {"allowed": false}}),
        ),
        _ => status(404, "NotFound", "the server could not find the requested resource"),
    }
}

#[actix_web::test]
async fn every_answer_of_a_cluster_has_its_outcome() {
    use Outcome::*;
    let forbidden = "selfsubjectreviews.authentication.k8s.io is forbidden: User \"system:serviceaccount:web:bot\" \
        cannot create resource \"selfsubjectreviews\" in API group \"authentication.k8s.io\" at the cluster scope";
    assert_eq!(user_in(forbidden), Some("system:serviceaccount:web:bot"));
    type Row = (&'static str, fn(&Received) -> Answered, Outcome, Option<&'static str>, Option<&'static str>);
    let table: [Row; 24] = [
        ("good", cluster, Ok, None, Some("jane")),
        ("older, not allowed", older, Ok, None, None),
        (
            "unknown",
            |_| status(401, "Unauthorized", "good-token"),
            InvalidCredential,
            Some("Unauthorized"),
            None,
        ),
        ("401 of something in between", |_| Answered::status(401), InvalidCredential, None, None),
        (
            "may not review",
            |_| {
                status(
                    403,
                    "Forbidden",
                    "x is forbidden: User \"system:serviceaccount:web:bot\" cannot create y",
                )
            },
            PermissionDenied,
            Some("Forbidden"),
            Some("system:serviceaccount:web:bot"),
        ),
        (
            "anonymous may not review",
            |_| status(403, "Forbidden", "x is forbidden: User \"system:anonymous\" cannot create y"),
            InvalidCredential,
            Some("Forbidden"),
            None,
        ),
        ("anonymous may review", |_| review_of("system:anonymous"), InvalidCredential, None, None),
        ("403 of nobody", |_| status(403, "Forbidden", "no"), Indeterminate, Some("Forbidden"), None),
        (
            "403 of something in between",
            |_| Answered::status(403).body("User \"jane\""),
            Indeterminate,
            None,
            None,
        ),
        (
            "throttled",
            |_| status(429, "TooManyRequests", "slow down"),
            RateLimited,
            Some("TooManyRequests"),
            None,
        ),
        ("broken", |_| status(500, "InternalError", "good-token"), ServiceError, Some("InternalError"), None),
        ("starting", |_| Answered::status(503), ServiceError, None, None),
        ("a page", |_| Answered::status(200).body("<html>"), Indeterminate, None, None),
        (
            "200 with a review",
            |_| Answered::json(200, json!({"status": {"allowed": true}})),
            Indeterminate,
            None,
            None,
        ),
        (
            "created something else",
            |_| Answered::json(201, json!({"status": {"userInfo": {"username": "jane"}}})),
            Indeterminate,
            None,
            None,
        ),
        ("nobody in particular", |_| review_of(""), Indeterminate, None, None),
        ("created garbage", |_| Answered::status(201).body("\u{0}{"), Indeterminate, None, None),
        ("not a cluster", |_| Answered::status(404), Indeterminate, None, None),
        (
            "older, and says nothing",
            |received| match received.path.as_str() {
                MAY_I => Answered::json(201, json!({"kind": "SelfSubjectAccessReview", "status": {}})),
                _ => Answered::status(404),
            },
            Indeterminate,
            None,
            None,
        ),
        (
            "older, and refuses",
            |received| match received.path.as_str() {
                MAY_I => status(401, "Unauthorized", "Unauthorized"),
                _ => Answered::status(404),
            },
            InvalidCredential,
            Some("Unauthorized"),
            None,
        ),
        (
            "redirect inside",
            |_| Answered::status(307).header("location", "http://169.254.169.254/latest/meta-data/"),
            Indeterminate,
            None,
            None,
        ),
        ("hanging", |_| Answered::hang(), Unreachable, None, None),
        ("10 MiB", |_| Answered::status(201).body(vec![b' '; 10 * 1024 * 1024]), Indeterminate, None, None),
        ("an upgrade", |_| Answered::status(426), Indeterminate, None, None),
    ];
    let (authorities, outbound) = (Authorities::new(), for_tests(&[]));
    for (name, answer, outcome, code, user) in table {
        let stand_in = authorities.start(false, answer);
        let began = Instant::now();
        let finding = probe(&authorities.by_token(&stand_in, "good-token"), &outbound).await;
        assert_eq!(finding.outcome, outcome, "{name}: {finding:?}");
        assert_eq!(finding.evidence.code.as_deref(), code, "{name}");
        let wanted = user.map(|user| format!("{user} @ {}", stand_in.url("")));
        assert_eq!(finding.identity.as_ref().map(|identity| &identity.key), wanted.as_ref(), "{name}");
        assert!(!format!("{finding:?}").contains("good-token"), "{name}: {finding:?}");
        assert!(began.elapsed() < Duration::from_secs(4), "{name} took {:?}", began.elapsed());
        let most =
            if user.is_none() && stand_in.received().iter().any(|one| one.path == MAY_I) { 2 } else { 1 };
        assert_eq!(stand_in.received().len(), most, "{name}: one question, or two of an older cluster");
        assert!(
            stand_in.received().iter().all(|one| one.header("authorization") == Some("Bearer good-token"))
        );
    }
}

#[actix_web::test]
async fn the_cluster_demands_a_certificate_of_its_own_users() {
    let (authorities, outbound) = (Authorities::new(), for_tests(&[]));
    let demanding = authorities.start(true, cluster);
    let of_users = |until| issued(&authorities.users, "jane", &[], until);
    let (good, expired) = (of_users(2100), of_users(2021));
    let foreign = issued(&authority("users"), "jane", &[], 2100);
    for (name, pair, outcome) in [
        ("good", &good, Outcome::Ok),
        ("expired", &expired, Outcome::DisabledOrExpired),
        ("foreign", &foreign, Outcome::InvalidCredential),
    ] {
        let finding = probe(&authorities.by_certificate(&demanding, pair), &outbound).await;
        assert_eq!(finding.outcome, outcome, "{name}: {finding:?}");
        let user = format!(
            "-data: {}, client-key-data: {}",
            STANDARD.encode(&pair.certificate),
            STANDARD.encode(&pair.key)
        );
        let file = authorities.kubeconfig(&demanding.url(""), &format!("client-certificate{user}"));
        let finding = probe(&opened("kubeconfig", &[], ("kubeconfig", &file)), &outbound).await;
        assert_eq!(finding.outcome, outcome, "{name} in a kubeconfig: {finding:?}");
    }
    assert_eq!(demanding.received().len(), 2, "only the good one got through");
    let none = probe(&authorities.by_token(&demanding, "good-token"), &outbound).await;
    assert_eq!(none.outcome, Outcome::InvalidCredential, "{none:?}");
}

#[actix_web::test]
async fn a_past_token_is_said_to_be_past_and_an_older_cluster_to_be_old() {
    let (authorities, outbound) = (Authorities::new(), for_tests(&[]));
    let stand_in = authorities.start(false, cluster);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"exp":1700000000}"#);
    let past = probe(&authorities.by_token(&stand_in, &format!("e30.{claims}.c2ln")), &outbound).await;
    assert_eq!(
        (past.outcome, past.remarks),
        (Outcome::InvalidCredential, vec!["remark-kubernetes-past".to_owned()])
    );
    let wrong = probe(&authorities.by_token(&stand_in, "bad-token"), &outbound).await;
    assert_eq!((wrong.outcome, wrong.remarks), (Outcome::InvalidCredential, vec![]));
    assert_eq!(wrong.evidence.request_id.as_deref(), Some("5a3b0000-0000-4000-8000-000000000001"));
    let older = authorities.start(false, older);
    let found = probe(&authorities.by_token(&older, "good-token"), &outbound).await;
    assert_eq!((found.outcome, found.remarks), (Outcome::Ok, vec!["remark-kubernetes-older".to_owned()]));
    let refused = probe(&authorities.by_token(&older, "bad-token"), &outbound).await;
    assert_eq!(refused.outcome, Outcome::InvalidCredential);
}

#[actix_web::test]
async fn only_the_cluster_itself_is_told_the_token() {
    let (authorities, outbound) = (Authorities::new(), for_tests(&[]));
    let stand_in = authorities.start(false, cluster);
    let named = StandIn::start_tls(authorities.tls(&["kubernetes.example"], false), cluster);
    let other = Authorities::new();
    let plain = StandIn::start(cluster);
    let unencrypted =
        opened("token", &[("server", &plain.url("").replace("http", "https"))], ("token", "good-token"));
    for (name, opened, outcome) in [
        ("another authority", other.by_token(&stand_in, "good-token"), Outcome::TlsError),
        ("another name", authorities.by_token(&named, "good-token"), Outcome::TlsError),
        ("no encryption", unencrypted, Outcome::Indeterminate),
        (
            "an authority that nobody said",
            self::opened("token", &[("server", &stand_in.url(""))], ("token", "good-token")),
            Outcome::TlsError,
        ),
        (
            "nobody there",
            self::opened("token", &[("server", "https://127.0.0.1:1")], ("token", "good-token")),
            Outcome::Unreachable,
        ),
        (
            "nothing to show",
            self::opened("token", &[("server", "https://a.example")], ("x", "y")),
            Outcome::Malformed,
        ),
    ] {
        let finding = probe(&opened, &outbound).await;
        assert_eq!(finding.outcome, outcome, "{name}: {finding:?}");
    }
    assert_eq!(stand_in.received().len() + named.received().len() + plain.received().len(), 0);

    let file = authorities.kubeconfig(&named.url(""), "token: good-token");
    let file = file.replace("cluster: {server", "cluster: {tls-server-name: kubernetes.example, server");
    let finding = probe(&opened("kubeconfig", &[], ("kubeconfig", &file)), &outbound).await;
    assert_eq!(finding.outcome, Outcome::Ok, "the name of the certificate is said: {finding:?}");
    let wrong = file.replace("name: kubernetes.example", "name: another.example");
    let finding = probe(&opened("kubeconfig", &[], ("kubeconfig", &wrong)), &outbound).await;
    assert_eq!(finding.outcome, Outcome::TlsError, "{finding:?}");
}

#[actix_web::test]
async fn a_cluster_inside_is_not_asked_unless_that_is_allowed() {
    let strict = crate::outbound::Outbound::new(
        Egress::new(&[]).unwrap(),
        BTreeMap::new(),
        crate::clock::Clock::System,
        crate::seal::Random::system(),
    )
    .unwrap();
    let authorities = Authorities::new();
    for server in [
        "https://127.0.0.1:6443",
        "https://10.0.0.1:6443",
        "https://localhost:6443",
        "https://169.254.169.254",
    ] {
        let by_token = opened("token", &[("server", server), authorities.trusted()], ("token", "good-token"));
        assert_eq!(probe(&by_token, &strict).await.outcome, Outcome::NotAllowed, "{server}");
        let file = authorities.kubeconfig(server, "token: good-token");
        for (name, outcome) in [("a.example", Outcome::NotAllowed), ("8.8.8.8", Outcome::Malformed)] {
            let file =
                file.replace("cluster: {server", &format!("cluster: {{tls-server-name: {name}, server"));
            let finding = probe(&opened("kubeconfig", &[], ("kubeconfig", &file)), &strict).await;
            assert!(
                [outcome, Outcome::NotAllowed].contains(&finding.outcome),
                "{server} as {name}: {finding:?}"
            );
        }
    }
}

#[actix_web::test]
async fn every_vector_ends_as_kubectl_saw_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/providers/kubernetes.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (authorities, outbound) = (Authorities::new(), for_tests(&[]));
    let jane = |until| issued(&authorities.users, "jane", &[], until);
    let mut tried = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let id = vector["id"].as_str().unwrap();
        assert_eq!(vector["scheme"], "kubectl-whoami", "{id}");
        let expected = &vector["expected"];
        let of = |name: &str| vector["inputs"][name].as_str().unwrap();
        let stand_in =
            authorities.start(expected["requests"][0]["peer"] == true || id.contains("exp"), cluster);
        let by_certificate = |pair: &Pair| authorities.by_certificate(&stand_in, pair);
        // What kubectl could also do, and a file of ours may not: it is refused before anything is asked.
        let refused = |user: &str| {
            let file = authorities.kubeconfig("https://k8s.example.com", user);
            let submitted = crate::catalogue::Submitted::sample("kubeconfig", &[], &[("kubeconfig", &file)]);
            let errors = TYPE
                .check(submitted, &Kept::nothing(), Surroundings::at(jiff::Timestamp::UNIX_EPOCH))
                .err()
                .unwrap();
            errors.iter().map(|error| error.message).collect::<Vec<_>>()
        };
        let opened = match of("credential") {
            "static token" => authorities.by_token(&stand_in, "good-token"),
            "wrong token" => authorities.by_token(&stand_in, "nope"),
            "client certificate" => by_certificate(&jane(2100)),
            "expired client certificate" => by_certificate(&jane(2021)),
            said if said.starts_with("username/password") => {
                assert!(refused("username: u, password: p").contains(&"check-kubeconfig-password"), "{id}");
                tried += 1;
                continue;
            }
            said if said.starts_with("exec plugin") => {
                let user =
                    "exec: {apiVersion: client.authentication.k8s.io/v1, command: /usr/local/bin/plugin.sh}";
                assert!(refused(user).contains(&"check-kubeconfig-exec"), "{id}");
                tried += 1;
                continue;
            }
            other => panic!("{id}: no such credential is known: {other}"),
        };
        let finding = probe(&opened, &outbound).await;
        assert_eq!(finding.outcome.proves_identity(), expected["exit_code"] == 0, "{id}: {finding:?}");
        let user = finding.identity.and_then(|identity| Some(identity.label.split_once(" @ ")?.0.to_owned()));
        assert_eq!(user.as_deref(), expected["username"].as_str(), "{id}");
        let seen: Vec<(String, Option<String>)> = stand_in
            .received()
            .iter()
            .map(|one| {
                (
                    format!("{} {} HTTP/1.1", one.method, one.path),
                    one.header("authorization").map(str::to_owned),
                )
            })
            .collect();
        let wanted: Vec<(String, Option<String>)> = expected["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["line"].as_str().unwrap().to_owned(), one["auth"].as_str().map(str::to_owned)))
            .collect();
        assert_eq!(seen, wanted, "{id}");
        tried += 1;
    }
    assert!(tried >= 9, "{tried}");
}
