//! A provider that lies on demand.
//!
//! It is honest until its script is changed: whoever is sent to it comes back at once with a code, and the code is good
//! for the tokens that the script says. Used by the tests of the relying party and by the integration tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _};
use serde_json::{Value, json};

/// How the next tokens are made, and what is published.
pub struct Script {
    pub header: Value,
    pub claims: Value,
    /// Replaces the whole answer of the token endpoint.
    pub token_answer: Option<(u16, String)>,
    pub userinfo: Option<Value>,
    pub access_token: &'static str,
    pub discovery: Value,
    /// Seeds of the keys in the key set, with the names that they are published under.
    pub published: Vec<(u8, &'static str)>,
    pub signing_seed: u8,
    pub signature: Signature,
    pub jwks_status: u16,
    /// What comes back to the callback, besides `state`; nothing for a code of its own.
    pub authorize_answer: Option<Vec<(&'static str, String)>>,
    /// What the callback is told as `iss`.
    pub authorize_iss: Option<String>,
    /// How long each endpoint takes.
    pub delay: Duration,
    /// Whether tokens carry the nonce that was asked with; otherwise `claims` says.
    pub repeats_nonce: bool,
}

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    Good,
    Flipped,
    Absent,
    /// HS256 with the public key as the secret.
    PublicKeyAsSecret,
}

pub struct Hostile {
    pub url: String,
    pub script: Arc<Mutex<Script>>,
    pub jwks_hits: Arc<AtomicUsize>,
    pub discovery_hits: Arc<AtomicUsize>,
    pub token_hits: Arc<AtomicUsize>,
    pub userinfo_hits: Arc<AtomicUsize>,
    handle: actix_web::dev::ServerHandle,
}

/// What was asked with a code.
struct Granted {
    nonce: String,
    challenge: String,
}

#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<Script>>,
    jwks_hits: Arc<AtomicUsize>,
    discovery_hits: Arc<AtomicUsize>,
    token_hits: Arc<AtomicUsize>,
    userinfo_hits: Arc<AtomicUsize>,
    granted: Arc<Mutex<HashMap<String, Granted>>>,
}

impl Hostile {
    /// Listens on a loopback port; honest until its script is changed.
    pub fn start(now: i64, nonce: &str) -> Self {
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
            authorize_answer: None,
            authorize_iss: Some(url.clone()),
            delay: Duration::ZERO,
            repeats_nonce: false,
        }));
        let shared = Shared {
            script: Arc::clone(&script),
            jwks_hits: Arc::default(),
            discovery_hits: Arc::default(),
            token_hits: Arc::default(),
            userinfo_hits: Arc::default(),
            granted: Arc::default(),
        };
        let (listening, counts) = (url.clone(), shared.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(shared.clone()))
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/jwks", web::get().to(jwks))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token))
                .route("/userinfo", web::get().to(userinfo))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            url: listening,
            script,
            jwks_hits: counts.jwks_hits,
            discovery_hits: counts.discovery_hits,
            token_hits: counts.token_hits,
            userinfo_hits: counts.userinfo_hits,
            handle,
        }
    }

    /// A logout token of now, with some claims changed and those that are null left out.
    pub fn logout_token(&self, now: i64, jti: &str, changes: Value) -> String {
        self.odd_logout_token(json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" }), now, jti, changes)
    }

    /// As [`Hostile::logout_token`], with another header.
    pub fn odd_logout_token(&self, header: Value, now: i64, jti: &str, changes: Value) -> String {
        let script = self.script.lock().unwrap();
        let mut claims = json!({
            "iss": self.url, "aud": "voucher", "iat": now, "exp": now + 120, "jti": jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        signed(&script, &header, &claims)
    }

    /// A token with this header and these claims.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        signed(&self.script.lock().unwrap(), header, claims)
    }

    /// How many tokens were asked for.
    pub fn tokens(&self) -> usize {
        self.token_hits.load(Ordering::SeqCst)
    }

    /// Listens no more.
    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }

    pub fn change(&self, change: impl FnOnce(&mut Script)) {
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

/// Nobody is asked who they are.
async fn authorize(shared: web::Data<Shared>, asked: web::Query<HashMap<String, String>>) -> HttpResponse {
    let script = shared.script.lock().unwrap();
    let code = format!("code-{}", shared.granted.lock().unwrap().len());
    let asked_for = |name: &str| asked.get(name).cloned().unwrap_or_default();
    assert_eq!(
        (asked_for("code_challenge_method"), asked_for("response_type")),
        ("S256".into(), "code".into())
    );
    let granted = Granted { nonce: asked_for("nonce"), challenge: asked_for("code_challenge") };
    shared.granted.lock().unwrap().insert(code.clone(), granted);
    let mut back = url::Url::parse(&asked_for("redirect_uri")).unwrap();
    back.query_pairs_mut()
        .append_pair("state", &asked_for("state"))
        .extend_pairs(script.authorize_iss.iter().map(|iss| ("iss", iss)))
        .extend_pairs(script.authorize_answer.clone().unwrap_or_else(|| vec![("code", code)]));
    HttpResponse::SeeOther().insert_header(("location", back.as_str())).finish()
}

async fn token(shared: web::Data<Shared>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let delay = shared.script.lock().unwrap().delay;
    tokio::time::sleep(delay).await;
    let mut script = shared.script.lock().unwrap();
    shared.token_hits.fetch_add(1, Ordering::SeqCst);
    if let Some((status, body)) = &script.token_answer {
        let mut response = HttpResponse::build((*status).try_into().unwrap());
        if *status == 302 {
            response.insert_header(("location", "/elsewhere"));
        }
        return response.content_type("application/json").body(body.clone());
    }
    if script.repeats_nonce {
        let Some(granted) = shared.granted.lock().unwrap().remove(&form["code"]) else {
            return HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" }));
        };
        let verifier = PkceCodeVerifier::new(form["code_verifier"].clone());
        if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != granted.challenge {
            return HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" }));
        }
        script.claims["nonce"] = json!(granted.nonce);
    }
    HttpResponse::Ok().json(json!({
        "access_token": script.access_token, "token_type": "Bearer", "id_token": id_token(&script),
    }))
}

async fn userinfo(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    shared.userinfo_hits.fetch_add(1, Ordering::SeqCst);
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
    signed(script, &script.header, &script.claims)
}

/// A token with this header and these claims, signed as the script says.
fn signed(script: &Script, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
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
