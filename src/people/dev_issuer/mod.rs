//! The development issuer: an OpenID provider that lets anybody be anybody, for `voucher dev` alone.
//!
//! To the console it is a provider like any other: it is reached over HTTP at an address of its own, and nothing in the
//! console knows that it is in the same process. It keeps codes and tokens in memory, signs with a key made at start,
//! and listens on a loopback address or not at all, because whoever reaches it is let in.

mod grants;
mod key;
mod pages;
mod protocol;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use url::Url;

use self::grants::Grants;
use self::key::SigningKey;
use crate::clock::Clock;
use crate::permission::EnterpriseRole;
use crate::seal::Random;
use crate::web::Language;

/// Somebody to be.
#[derive(Debug, Clone)]
pub struct Persona {
    /// What the issuer calls them in tokens; the member's subject.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their role, as the page shows it: `owner`, `administrator`, `auditor`, `member`.
    pub role: String,
    /// What they are for, in English.
    pub description_en: String,
    /// What they are for, in Chinese.
    pub description_zh: String,
}

impl Persona {
    /// The message id of their role.
    fn role_text(&self) -> &'static str {
        match EnterpriseRole::parse(&self.role) {
            Some(EnterpriseRole::Owner) => "role-owner",
            Some(EnterpriseRole::Administrator) => "role-administrator",
            Some(EnterpriseRole::Auditor) => "role-auditor",
            Some(EnterpriseRole::Member) | None => "role-member",
        }
    }

    fn description(&self, language: Language) -> &str {
        match language {
            Language::En => &self.description_en,
            Language::ZhCn => &self.description_zh,
        }
    }
}

/// Why the development issuer does not start.
#[derive(Debug, thiserror::Error)]
pub enum DevIssuerError {
    /// The address can be reached from elsewhere.
    #[error("the development issuer lets anybody in, so it listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("the development issuer cannot listen on {0}: {1}")]
    Bind(SocketAddr, std::io::Error),
    /// The console's address cannot be read.
    #[error("the redirect address is not an address")]
    Redirect,
    /// No key could be made.
    #[error("no key for the development issuer: {0}")]
    Key(String),
}

/// A provider that is not listening yet.
pub struct DevIssuer {
    personas: Vec<Persona>,
    client_id: String,
    redirect: Url,
    signed_out: Url,
    clock: Clock,
    random: Random,
}

/// A listening provider, as its handlers know it.
struct Issuer {
    url: String,
    host: String,
    personas: Vec<Persona>,
    client_id: String,
    redirect: Url,
    signed_out: Url,
    key: SigningKey,
    grants: Grants,
    clock: Clock,
    random: Random,
}

impl DevIssuer {
    /// A provider for one client, which is sent back to `redirect_uri` and, after signing out, to `/signed-out` there.
    pub fn new(
        personas: Vec<Persona>,
        client_id: &str,
        redirect_uri: &str,
        clock: Clock,
        random: Random,
    ) -> Result<Self, DevIssuerError> {
        let redirect = Url::parse(redirect_uri).map_err(|_| DevIssuerError::Redirect)?;
        let signed_out = redirect.join("/signed-out").map_err(|_| DevIssuerError::Redirect)?;
        Ok(Self { personas, client_id: client_id.to_owned(), redirect, signed_out, clock, random })
    }

    /// Listens, and says at which issuer address. The server runs once it is awaited or spawned; it leaves signals to
    /// whoever composed it.
    pub fn bind(self, address: SocketAddr) -> Result<(Server, String), DevIssuerError> {
        if !address.ip().is_loopback() {
            return Err(DevIssuerError::NotLoopback(address));
        }
        let failed = |error| DevIssuerError::Bind(address, error);
        let listener = TcpListener::bind(address).map_err(failed)?;
        let host = listener.local_addr().map_err(failed)?.to_string();
        let url = format!("http://{host}");
        let issuer = web::Data::from(Arc::new(Issuer {
            key: SigningKey::new(&self.random).map_err(DevIssuerError::Key)?,
            grants: Grants::default(),
            url: url.clone(),
            host,
            personas: self.personas,
            client_id: self.client_id,
            redirect: self.redirect,
            signed_out: self.signed_out,
            clock: self.clock,
            random: self.random,
        }));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(issuer.clone())
                .wrap(actix_web::middleware::from_fn(pages::dressed))
                .configure(protocol::routes)
                .configure(pages::routes)
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)
        .map_err(failed)?
        .run();
        Ok((server, url))
    }
}

impl Issuer {
    fn persona(&self, subject: &str) -> Option<&Persona> {
        self.personas.iter().find(|persona| persona.subject == subject)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
    use serde_json::Value;

    use super::*;

    const REDIRECT: &str = "http://127.0.0.1:8700/auth/callback";

    fn issuer(clock: Clock) -> DevIssuer {
        let persona = Persona {
            subject: "na".to_owned(),
            name: "Li Na".to_owned(),
            email: "na@aurora.example".to_owned(),
            role: "owner".to_owned(),
            description_en: "Owns everything.".to_owned(),
            description_zh: "拥有一切。".to_owned(),
        };
        DevIssuer::new(vec![persona], "voucher", REDIRECT, clock, Random::system()).unwrap()
    }

    fn started(clock: Clock) -> (String, reqwest::Client) {
        let (server, url) = issuer(clock).bind("127.0.0.1:0".parse().unwrap()).unwrap();
        actix_web::rt::spawn(server);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        (url, client)
    }

    fn clock() -> Clock {
        Clock::manual("2026-11-23T08:00:00Z".parse().unwrap())
    }

    fn question(url: &str, changes: &[(&str, &str)]) -> Url {
        let verifier = PkceCodeVerifier::new("v".repeat(43));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let mut asked = Url::parse(&format!("{url}/authorize")).unwrap();
        for (name, value) in [
            ("client_id", "voucher"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("persona", "na"),
        ] {
            let value =
                changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| value);
            if !value.is_empty() {
                asked.query_pairs_mut().append_pair(name, value);
            }
        }
        asked
    }

    async fn exchange(
        client: &reqwest::Client,
        url: &str,
        code: &str,
        changes: &[(&str, &str)],
    ) -> (u16, Value) {
        let verifier = "v".repeat(43);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", "voucher"),
            ("code_verifier", &verifier),
        ]
        .map(|(name, value)| {
            (name, changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| *value))
        });
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request =
            client.post(format!("{url}/token")).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn code(client: &reqwest::Client, url: &str) -> String {
        let response = client.get(question(url, &[])).send().await.unwrap();
        let back = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    #[actix_web::test]
    async fn it_listens_on_loopback_or_not_at_all() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
            let bound = issuer(clock()).bind(address.parse().unwrap());
            assert!(matches!(bound, Err(DevIssuerError::NotLoopback(_))), "{address}");
        }
    }

    #[actix_web::test]
    async fn it_answers_to_its_own_name_only() {
        let (url, client) = started(clock());
        let asked = client.get(question(&url, &[])).header("host", "rebound.example").send().await.unwrap();
        assert_eq!(asked.status().as_u16(), 421);
    }

    #[actix_web::test]
    async fn its_page_speaks_both_languages_and_runs_nothing() {
        let (url, client) = started(clock());
        for (language, word) in [("en", "Owns everything."), ("zh-CN,zh;q=0.9", "拥有一切。")] {
            let request = client.get(question(&url, &[("persona", "")])).header("accept-language", language);
            let response = request.send().await.unwrap();
            let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
            assert!(policy.contains("form-action 'self' http://127.0.0.1:8700;"), "{policy}");
            let body = response.text().await.unwrap();
            assert!(body.contains(word) && !body.contains("<script") && !body.contains('⟦'), "{body}");
        }
    }

    #[actix_web::test]
    async fn a_question_that_is_not_right_gets_no_code() {
        let (url, client) = started(clock());
        for (change, expected) in [
            (("client_id", "other"), None),
            (("redirect_uri", "https://evil.example"), None),
            (("redirect_uri", "http://127.0.0.1:8700/auth/callback/"), None),
            (("response_type", "token"), Some("unsupported_response_type")),
            (("scope", "profile"), Some("invalid_scope")),
            (("code_challenge_method", "plain"), Some("invalid_request")),
            (("code_challenge", ""), Some("invalid_request")),
            (("persona", "nobody"), Some("access_denied")),
        ] {
            let response = client.get(question(&url, &[change])).send().await.unwrap();
            let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
            match (expected, location) {
                (None, None) => assert_eq!(response.status().as_u16(), 400, "{change:?}"),
                (Some(error), Some(location)) => {
                    let back = Url::parse(&location).unwrap();
                    let sent: std::collections::HashMap<_, _> = back.query_pairs().into_owned().collect();
                    assert_eq!(
                        (sent["error"].as_str(), sent["state"].as_str()),
                        (error, "the state"),
                        "{change:?}"
                    );
                    assert_eq!((sent.get("code"), &sent["iss"]), (None, &url));
                }
                (expected, location) => panic!("{change:?}: {expected:?} {location:?}"),
            }
        }
    }

    #[actix_web::test]
    async fn a_code_is_good_once_for_a_minute_and_with_its_verifier() {
        let clock = clock();
        let (url, client) = started(clock.clone());
        for (change, error) in [
            (("client_id", "other"), "invalid_client"),
            (("grant_type", "password"), "unsupported_grant_type"),
            (("redirect_uri", "https://evil.example"), "invalid_grant"),
            (("code_verifier", "another"), "invalid_grant"),
            (("code", "another"), "invalid_grant"),
        ] {
            let code = code(&client, &url).await;
            let (status, answer) = exchange(&client, &url, &code, &[change]).await;
            assert!(status >= 400 && answer["error"] == error, "{change:?}: {answer}");
        }
        let good = code(&client, &url).await;
        let (status, answer) = exchange(&client, &url, &good, &[]).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(exchange(&client, &url, &good, &[]).await.1["error"], "invalid_grant");
        let late = code(&client, &url).await;
        clock.advance(Duration::from_secs(61));
        assert_eq!(exchange(&client, &url, &late, &[]).await.1["error"], "invalid_grant");

        let about = |token: String| client.get(format!("{url}/userinfo")).bearer_auth(token).send();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        assert_eq!(about(token).await.unwrap().json::<Value>().await.unwrap()["sub"], "na");
        assert_eq!(about("another".to_owned()).await.unwrap().status().as_u16(), 401);
    }
}
