//! Every kind of signature that a CI system may use, made by other code than the one that checks it.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};
use voucher::credentials::Name;
use voucher::ids::SubmissionId;
use voucher::pipelines::Place;
use voucher::pipelines::issuers::{self, Algorithm, KeySource, NewRule, Preset};

use crate::support::app::{TestApp, on_both};
use crate::support::ci::{AUDIENCE, all_refused, demands, exchange, gitlab, given, new_issuer, resolve};
use crate::support::world::Sample;

const ISSUER: &str = "https://gitlab.example.com";

/// A signing key of each kind.
struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    random: SystemRandom,
}

impl Keys {
    fn generate() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ec =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        let made = Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER"])
            .output()
            .expect("openssl makes the RSA key");
        // PKCS #8 or PKCS #1, as the version of openssl likes.
        let rsa =
            RsaKeyPair::from_pkcs8(&made.stdout).or_else(|_| RsaKeyPair::from_der(&made.stdout)).unwrap();
        Self { rsa, ec, random }
    }

    fn set(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let point = self.ec.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({ "keys": [
            { "kty": "RSA", "kid": "rsa", "use": "sig", "n": encode(&rsa.n), "e": encode(&rsa.e) },
            { "kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256", "x": encode(x), "y": encode(y) },
        ]})
        .to_string()
    }

    fn token(&self, app: &TestApp, (says, signed): (&str, &str), kid: &str, jti: &str) -> String {
        let mut claims = gitlab(ISSUER, app.now().as_second());
        claims["jti"] = jti.into();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": says, "kid": kid })), part(&claims));
        let rsa = |how: &'static dyn RsaEncoding| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(how, &self.random, message.as_bytes(), &mut signature).unwrap();
            signature
        };
        let signature = match signed {
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "PS256" => rsa(&RSA_PSS_SHA256),
            _ => self.ec.sign(&self.random, message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Trusts the keys, for these signatures.
fn trust(app: &TestApp, keys: &Keys, algorithms: &[Algorithm]) {
    app.make(|world, conn, tools| {
        let acting = world.acting("acme", tools);
        let submission = || SubmissionId::new(tools.now, tools.random);
        world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
        let mut new = new_issuer(ISSUER, Preset::GitLab, AUDIENCE, submission());
        new.algorithms = algorithms.to_vec();
        new.keys = KeySource::Uploaded(keys.set());
        let issuer = issuers::trust(conn, &acting, &new).unwrap();
        let new = NewRule {
            name: Name::parse("web").unwrap(),
            place: Place::Repository(world.repositories["shop/web"].clone()),
            demands: demands("project_id", "42", &[]),
            submission: submission(),
        };
        issuers::add_rule(conn, &acting, &issuer, &new).unwrap();
    });
}

#[test]
fn rsa_and_elliptic_curve_signatures_are_believed() {
    on_both(async |app| {
        let keys = Keys::generate();
        trust(app, &keys, &Algorithm::ALL);
        for (algorithm, kid) in [("RS256", "rsa"), ("PS256", "rsa"), ("ES256", "ec")] {
            let token = keys.token(app, (algorithm, algorithm), kid, algorithm);
            let reply = exchange(app, &token).await;
            assert_eq!(reply.status, 200, "{algorithm}: {}", reply.text());
            resolve(&given(app, &reply)).await.expect(200);
        }
        let tokens = [
            ("RS256", "PS256", "rsa"),
            ("PS256", "RS256", "rsa"),
            ("RS256", "ES256", "ec"),
            ("ES256", "RS256", "rsa"),
            ("ES256", "ES256", "rsa"),
            ("RS256", "RS256", "ec"),
        ];
        let tokens = tokens.map(|(says, signed, kid)| {
            (format!("{says} {signed} {kid}"), keys.token(app, (says, signed), kid, "x"), "bad_signature")
        });
        all_refused(app, tokens.to_vec()).await;
        // A byte of the payload, which the signature does not cover any more.
        let good = keys.token(app, ("ES256", "ES256"), "ec", "y");
        let (head, signature) = good.rsplit_once('.').unwrap();
        let claims = gitlab(ISSUER, app.now().as_second());
        let mut other = claims.clone();
        other["project_id"] = "43".into();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let swapped = format!("{}.{}.{signature}", head.split('.').next().unwrap(), part(&other));
        all_refused(app, vec![("swapped".into(), swapped, "bad_signature")]).await;
    });
}

#[test]
fn a_signature_that_was_not_chosen_is_refused_though_its_key_is_there() {
    on_both(async |app| {
        let keys = Keys::generate();
        trust(app, &keys, &[Algorithm::Rs256]);
        let refused = ["PS256", "ES256", "RS384", "RS512", "ES384", "HS256"].map(|algorithm| {
            let (signed, kid) = match algorithm {
                "PS256" => ("PS256", "rsa"),
                "ES256" | "ES384" => ("ES256", "ec"),
                _ => ("RS256", "rsa"),
            };
            (algorithm.to_owned(), keys.token(app, (algorithm, signed), kid, "x"), "bad_algorithm")
        });
        all_refused(app, refused.to_vec()).await;
        exchange(app, &keys.token(app, ("RS256", "RS256"), "rsa", "y")).await.expect(200);
    });
}
