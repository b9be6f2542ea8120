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
