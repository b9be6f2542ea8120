//! Docker registries: Debian's own `docker-registry` is asked, in each of the ways in which it has people sign in.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::rt::System;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use voucher::catalogue::{self, Finding, Opened, Outcome};
use voucher::clock::Clock;
use voucher::outbound::{Egress, Outbound};
use voucher::seal::Random;
use voucher::secret::Secret;

use crate::support::stand_in::{Answered, StandIn};

/// A registry with an empty storage; it ends with this value.
struct Registry {
    process: Child,
    authority: String,
    /// Its settings and its storage.
    _directory: tempfile::TempDir,
}

impl Registry {
    /// `auth` is that part of its settings, with `DIRECTORY` for where `files` lie.
    fn start(auth: &str, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("voucher-it-registry-").tempdir().unwrap();
        let at = directory.path().to_str().unwrap().to_owned();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let authority = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let settings = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {at}/storage}}}}\nhttp: {{addr: '{authority}'}}\n{}",
            auth.replace("DIRECTORY", &at)
        );
        fs::write(directory.path().join("settings.yml"), settings).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(directory.path().join("settings.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("Debian's package docker-registry is needed: {error}"));
        let mut registry = Self { process, authority, _directory: directory };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&registry.authority).is_err() {
            let ended = registry.process.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "the registry does not serve: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        registry
    }

    /// With a list of passwords: that of alice is `p@ss:word1`.
    fn with_passwords() -> Self {
        let made = Command::new("htpasswd").args(["-Bbn", "alice", "p@ss:word1"]).output();
        let made = made.unwrap_or_else(|error| panic!("Debian's package apache2-utils is needed: {error}"));
        let list = String::from_utf8(made.stdout).unwrap();
        Self::start("auth: {htpasswd: {realm: it, path: DIRECTORY/htpasswd}}\n", &[("htpasswd", &list)])
    }

    /// What the probe finds out about a login there, or about an identity token.
    fn asked(&self, variant: &str, username: &str, secret: (&str, &str)) -> Finding {
        let credential_type = catalogue::find("docker-registry").unwrap();
        let plain = [("registry", self.authority.as_str()), ("username", username)];
        let opened = Opened {
            credential_type,
            variant: variant.to_owned(),
            plain: BTreeMap::from(plain.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            secret: BTreeMap::from([(secret.0.to_owned(), Secret::new(secret.1.as_bytes().to_vec()))]),
        };
        let egress = Egress::new(&["127.0.0.0/8".to_owned()]).unwrap();
        System::new().block_on(async {
            let outbound = Outbound::new(egress, BTreeMap::new(), Clock::System, Random::system()).unwrap();
            (credential_type.variant(variant).unwrap().probe)(&opened, &outbound).await
        })
    }

    fn login(&self, username: &str, password: &str) -> Finding {
        self.asked("password", username, ("password", password))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_registry_with_passwords_knows_alice_by_hers() {
    let registry = Registry::with_passwords();
    let found = registry.login("alice", "p@ss:word1");
    let label = found.identity.map(|identity| identity.label);
    assert_eq!((found.outcome, label.as_deref()), (Outcome::Ok, Some("alice")));
    for (username, password) in [("alice", "wrong"), ("zoe", "p@ss:word1")] {
        let found = registry.login(username, password);
        assert_eq!(found.outcome, Outcome::InvalidCredential, "{username}");
        assert_eq!(found.evidence.code.as_deref(), Some("UNAUTHORIZED"));
    }
    let found = registry.asked("identity-token", "alice", ("identity_token", "refresh-alice"));
    assert_eq!(found.outcome, Outcome::Indeterminate, "it has no token service");
}

#[test]
fn a_registry_that_is_open_proves_nothing() {
    let found = Registry::start("", &[]).login("alice", "p@ss:word1");
    assert_eq!((found.outcome, found.identity), (Outcome::Unverifiable, None));
}

#[test]
fn a_registry_with_a_token_service_takes_the_tokens_of_that_one_alone() {
    let of = || rcgen::generate_simple_self_signed(vec!["token.it".to_owned()]).unwrap();
    let (own, other) = (of(), of());
    let good = token(&own, "registry");
    let tokens = [token(&other, "registry"), token(&own, "another"), good.replace('.', ".x")];
    let mut wanted = vec![Outcome::Ok];
    wanted.extend(tokens.iter().map(|_| Outcome::InvalidCredential));
    for (token, wanted) in std::iter::once(&good).chain(&tokens).zip(wanted) {
        let token = token.clone();
        let service = StandIn::start(move |received| {
            let alice = format!("Basic {}", STANDARD.encode("alice:p@ss:word1"));
            let by_form = received.body.ends_with(b"&refresh_token=refresh-alice");
            match received.header("authorization") == Some(&alice) || by_form {
                true => Answered::json(200, serde_json::json!({ "token": token })),
                false => Answered::status(401),
            }
        });
        let auth = format!(
            "auth: {{token: {{realm: '{}', service: registry, issuer: it, rootcertbundle: DIRECTORY/ca.pem}}}}\n",
            service.url("/token")
        );
        let registry = Registry::start(&auth, &[("ca.pem", &own.cert.pem())]);
        assert_eq!(registry.login("alice", "p@ss:word1").outcome, wanted);
        let by_token = registry.asked("identity-token", "alice", ("identity_token", "refresh-alice"));
        assert_eq!(by_token.outcome, wanted);
        assert_eq!(by_token.identity.is_some(), wanted == Outcome::Ok, "the token names alice");
        assert_eq!(registry.login("alice", "wrong").outcome, Outcome::InvalidCredential);
        let unknown = registry.asked("identity-token", "alice", ("identity_token", "refresh-zoe"));
        assert_eq!(unknown.outcome, Outcome::InvalidCredential);
    }
}

/// What a token service signs: ES256, with its certificate in the header.
fn token(by: &rcgen::CertifiedKey<rcgen::KeyPair>, audience: &str) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header =
        part(serde_json::json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(by.cert.der())]}));
    let claims = part(serde_json::json!({
        "iss": "it", "sub": "alice", "aud": audience, "jti": "1", "access": [],
        "iat": 1, "nbf": 1, "exp": 4_102_444_800_u64,
    }));
    let random = SystemRandom::new();
    let pkcs8 = by.signing_key.serialize_der();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random).unwrap();
    let signed = format!("{header}.{claims}");
    let signature = key.sign(&random, signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
