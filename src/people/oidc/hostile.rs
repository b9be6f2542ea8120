//! A provider that lies on demand, for the tests of the relying party.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};

/// How the next tokens are made, and what is published.
pub(super) struct Script {
    pub(super) header: Value,
    pub(super) claims: Value,
    /// Replaces the whole answer of the token endpoint.
    pub(super) token_answer: Option<(u16, String)>,
    pub(super) userinfo: Option<Value>,
    pub(super) access_token: &'static str,
    pub(super) discovery: Value,
    /// Seeds of the keys in the key set, with the names that they are published under.
    pub(super) published: Vec<(u8, &'static str)>,
    pub(super) signing_seed: u8,
    pub(super) signature: Signature,
    pub(super) jwks_status: u16,
}

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    Good,
    Flipped,
    Absent,
    /// HS256 with the public key as the secret.
    PublicKeyAsSecret,
}

pub(super) struct Hostile {
    pub(super) url: String,
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) jwks_hits: Arc<AtomicUsize>,
    pub(super) discovery_hits: Arc<AtomicUsize>,
    pub(super) token_hits: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<Script>>,
    jwks_hits: Arc<AtomicUsize>,
    discovery_hits: Arc<AtomicUsize>,
    token_hits: Arc<AtomicUsize>,
}

impl Hostile {
    /// Listens on a loopback port; honest until its script is changed.
    pub(super) fn start(now: i64, nonce: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            header: json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" }),
            claims: json!({
                "iss": url, "aud": "voucher", "sub": "na", "nonce": nonce, "iat": now, "exp": now + 300,
                "name": "Li Na", "email": "na@aurora.example", "sid": "session-1",
            }),
            token_answer: None,
            userinfo: None,
            access_token: "access",
            discovery: json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"),
                "userinfo_endpoint": format!("{url}/userinfo"),
                "jwks_uri": format!("{url}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "HS256", "none"],
            }),
            published: vec![(1, "one")],
            signing_seed: 1,
            signature: Signature::Good,
            jwks_status: 200,
        }));
        let shared = Shared {
            script: Arc::clone(&script),
            jwks_hits: Arc::default(),
            discovery_hits: Arc::default(),
            token_hits: Arc::default(),
        };
        let hostile = Self {
            url,
            script,
            jwks_hits: Arc::clone(&shared.jwks_hits),
            discovery_hits: Arc::clone(&shared.discovery_hits),
            token_hits: Arc::clone(&shared.token_hits),
        };
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(shared.clone()))
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/jwks", web::get().to(jwks))
                .route("/token", web::post().to(token))
                .route("/userinfo", web::get().to(userinfo))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        actix_web::rt::spawn(server);
        hostile
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }
}

async fn discovery(shared: web::Data<Shared>) -> HttpResponse {
    shared.discovery_hits.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().json(&shared.script.lock().unwrap().discovery)
}

async fn jwks(shared: web::Data<Shared>) -> HttpResponse {
    shared.jwks_hits.fetch_add(1, Ordering::SeqCst);
    let script = shared.script.lock().unwrap();
    let keys: Vec<CoreJsonWebKey> =
        script.published.iter().map(|(seed, kid)| key(*seed, kid).as_verification_key()).collect();
    HttpResponse::build(script.jwks_status.try_into().unwrap()).json(json!({ "keys": keys }))
}

async fn token(shared: web::Data<Shared>) -> HttpResponse {
    shared.token_hits.fetch_add(1, Ordering::SeqCst);
    let script = shared.script.lock().unwrap();
    if let Some((status, body)) = &script.token_answer {
        let mut response = HttpResponse::build((*status).try_into().unwrap());
        if *status == 302 {
            response.insert_header(("location", "/elsewhere"));
        }
        return response.content_type("application/json").body(body.clone());
    }
    HttpResponse::Ok().json(json!({
        "access_token": script.access_token, "token_type": "Bearer", "id_token": id_token(&script),
    }))
}

async fn userinfo(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    assert_eq!(request.headers().get("authorization").unwrap(), "Bearer access");
    match &shared.script.lock().unwrap().userinfo {
        Some(claims) => HttpResponse::Ok().json(claims),
        None => HttpResponse::InternalServerError().finish(),
    }
}

fn key(seed: u8, kid: &str) -> CoreEdDsaPrivateSigningKey {
    let prefix =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let document = STANDARD.encode([prefix.as_slice(), &[seed; 32]].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{document}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(kid.to_owned()))).unwrap()
}

fn id_token(script: &Script) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&script.header), encode(&script.claims));
    let signing_key = key(script.signing_seed, "any");
    let mut signature = match script.signature {
        Signature::Absent => Vec::new(),
        Signature::PublicKeyAsSecret => {
            let public = serde_json::to_value(signing_key.as_verification_key()).unwrap();
            let secret = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
            CoreHmacKey::new(secret).sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes()).unwrap()
        }
        Signature::Good | Signature::Flipped => {
            signing_key.sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()).unwrap()
        }
    };
    if script.signature == Signature::Flipped {
        signature[10] ^= 1;
    }
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
