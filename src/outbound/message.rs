//! What is asked and what comes back.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use url::Url;

use crate::secret::Secret;

/// How it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Read.
    Get,
    /// Read the headers only.
    Head,
    /// Everything else.
    Post,
}

/// One request.
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, Secret<String>)>,
    pub(super) body: Option<Secret<Vec<u8>>>,
    pub(super) tls: Option<Tls>,
}

/// What a system has of its own.
#[derive(Default)]
pub(super) struct Tls {
    /// The authorities that vouch for it, in PEM; nobody else does.
    pub(super) authority: Option<Vec<u8>>,
    /// Our certificates and key there, in PEM.
    pub(super) client: Option<Secret<Vec<u8>>>,
    /// The name that its certificate is for, where that is not the one in the address.
    pub(super) name: Option<String>,
}

/// Why there is no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unanswered {
    /// The address is one that may not be asked.
    #[error("the address may not be asked")]
    NotAllowed,
    /// No connection, or a broken one.
    #[error("no connection")]
    Unreachable,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// Its certificate is not trusted, has expired, or is another's.
    #[error("its certificate is not trusted")]
    Untrusted,
    /// It says that our client certificate's time is over.
    #[error("it refused the client certificate as expired")]
    CertificateExpired,
    /// It does not take our client certificate, or misses one.
    #[error("it refused the client certificate")]
    CertificateRefused,
    /// More than a mebibyte.
    #[error("the answer is too long")]
    TooLong,
    /// Something that is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The request cannot be made: an address, a header or a certificate that is none.
    #[error("the request cannot be made")]
    Malformed,
}

/// An answer of any status.
pub struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    /// A request of that address, which has to be complete and http or https.
    pub fn new(method: Method, url: &str) -> Result<Self, Unanswered> {
        let url = Url::parse(url).map_err(|_| Unanswered::Malformed)?;
        if !["https", "http"].contains(&url.scheme()) || !url.has_host() {
            return Err(Unanswered::Malformed);
        }
        Ok(Self { method, url, headers: Vec::new(), body: None, tls: None })
    }

    /// A `GET`.
    pub fn get(url: &str) -> Result<Self, Unanswered> {
        Self::new(Method::Get, url)
    }

    /// A `POST` of JSON text, which is sent as it is.
    pub fn post_json(url: &str, body: Secret<Vec<u8>>) -> Result<Self, Unanswered> {
        let request = Self::new(Method::Post, url)?;
        Ok(request
            .body(body)
            .header("content-type", Secret::new("application/json; charset=utf-8".to_owned())))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: Secret<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Secret<Vec<u8>>) -> Self {
        self.body = Some(body);
        self
    }

    /// Trusting these authorities (PEM) and no others.
    #[must_use]
    pub fn trusting(mut self, authority: Vec<u8>) -> Self {
        self.tls.get_or_insert_default().authority = Some(authority);
        self
    }

    /// Holding its certificate to that name in place of the address's own. It goes to the address all the same.
    #[must_use]
    pub fn certified_as(mut self, name: &str) -> Self {
        self.tls.get_or_insert_default().name = Some(name.to_owned());
        self
    }

    /// With a client certificate: its chain and its key, both PEM, one after the other.
    #[must_use]
    pub fn presenting(mut self, chain_and_key: Secret<Vec<u8>>) -> Self {
        self.tls.get_or_insert_default().client = Some(chain_and_key);
        self
    }
}

impl Reply {
    pub(super) fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self { status, headers, body }
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header's first value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    /// Its bytes. They come from outside and may repeat what was sent.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Its body as JSON, if it is that.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// How many seconds its clock is ahead of `now`, by its `Date` header.
    pub fn ahead_of(&self, now: Timestamp) -> Option<i64> {
        let date = DateTimeParser::new().parse_timestamp(self.header("date")?).ok()?;
        Some(date.as_second().saturating_sub(now.as_second()))
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Head => Self::HEAD,
            Method::Post => Self::POST,
        }
    }
}

/// Who is to blame for a failed handshake: we refused them, or they refused us.
pub(super) fn tls_failure(error: &rustls::Error) -> Unanswered {
    use rustls::AlertDescription as Alert;
    match error {
        rustls::Error::AlertReceived(alert) => match alert {
            Alert::CertificateExpired => Unanswered::CertificateExpired,
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::UnsupportedCertificate
            | Alert::DecryptError
            | Alert::AccessDenied => Unanswered::CertificateRefused,
            _ => Unanswered::Untrusted,
        },
        rustls::Error::InvalidMessage(_) => Unanswered::NotHttp,
        _ => Unanswered::Untrusted,
    }
}
