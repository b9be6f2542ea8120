//! The runner's side of the resolve line, shared by `resolve` and `exec`.

use std::path::PathBuf;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use clap::Args;
use serde::Deserialize;

use super::{Code, Error};
use crate::pipelines::Presented;
use crate::seal::AnswerPair;
use crate::secret::Secret;

/// Where the server is and who we are; usually set in the environment of the runner.
#[derive(Args)]
pub(super) struct Server {
    /// The server's address, such as https://voucher.example.com.
    #[arg(long, env = "VOUCHER_URL", value_name = "URL")]
    url: String,
    /// A file with the access key, when it is not in VOUCHER_ACCESS_KEY.
    #[arg(long, env = "VOUCHER_ACCESS_KEY_FILE", value_name = "FILE")]
    access_key_file: Option<PathBuf>,
    /// The certificates to trust instead of the machine's, in PEM.
    #[arg(long, env = "VOUCHER_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// How often a server is asked that says that it cannot answer now.
const TRIES: usize = 5;

/// The longest that is waited between two of them, whatever the server says.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A server that can be asked.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: Secret<String>,
}

/// A credential as it was answered.
#[derive(Deserialize)]
pub(super) struct Credential {
    pub(super) token: String,
    #[serde(default)]
    pub(super) env: std::collections::BTreeMap<String, Secret<String>>,
    #[serde(default)]
    pub(super) files: std::collections::BTreeMap<String, Secret<String>>,
    #[serde(default)]
    pub(super) undeliverable: Vec<LeftOut>,
    #[serde(default)]
    pub(super) mask: Vec<Secret<String>>,
}

/// A format in which a credential cannot be had.
#[derive(Deserialize)]
pub(super) struct LeftOut {
    pub(super) format: String,
    pub(super) detail: String,
}

/// A credential of a batch that was not delivered.
#[derive(Deserialize)]
pub(super) struct NotDelivered {
    pub(super) token: String,
    pub(super) code: String,
}

#[derive(Deserialize)]
pub(super) struct Answers {
    pub(super) credentials: Vec<Credential>,
    pub(super) refusals: Vec<NotDelivered>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

/// Why a request was not answered, and whether it makes sense to ask again.
struct Refused {
    error: Error,
    again: bool,
    /// When the server wants to be asked again.
    after: Option<Duration>,
}

impl Refused {
    fn at_once(error: Error) -> Self {
        Self { error, again: false, after: None }
    }
}

impl Server {
    /// Checks the settings; nothing is sent.
    pub(super) fn client(&self) -> Result<Client, Error> {
        let key = self.key()?;
        if Presented::parse(key.expose()).is_none() {
            return Err(Error::new(
                Code::Refused,
                "the access key is mistyped: its checksum does not fit",
                "Copy the whole key again; it begins with vak_ and has 66 characters.",
            ));
        }
        let base = self.url.trim_end_matches('/').to_owned();
        if !base.starts_with("https://") && !is_loopback(&base) {
            return Err(Error::setup(
                format!("{base} is not an https address"),
                "Secrets are only taken over https. Plain http is for 127.0.0.1 and localhost.",
            ));
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("voucher/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &self.ca_file {
            let unreadable = |error: String| {
                Error::setup(
                    format!("cannot read the certificates in {}: {error}", path.display()),
                    "Give a PEM file.",
                )
            };
            let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
            let certificates =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(error.to_string()))?;
            builder = builder.tls_certs_only(certificates);
        }
        // A second provider in one process is refused; the first one stays, and is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = builder.build().map_err(|error| {
            Error::new(Code::Failed, format!("cannot start: {error}"), "Check --ca-file.")
        })?;
        Ok(Client { http, base, key })
    }

    fn key(&self) -> Result<Secret<String>, Error> {
        if let Some(path) = &self.access_key_file {
            return std::fs::read_to_string(path).map(|text| Secret::new(text.trim().to_owned())).map_err(
                |error| {
                    Error::setup(
                        format!("cannot read the access key in {}: {error}", path.display()),
                        "Check the path.",
                    )
                },
            );
        }
        crate::config::access_key().ok_or_else(|| {
            Error::setup("there is no access key", "Set VOUCHER_ACCESS_KEY, or VOUCHER_ACCESS_KEY_FILE.")
        })
    }
}

impl Client {
    /// One credential in one format, as the bare file.
    pub(super) async fn file(&self, token: &str, format: &str) -> Result<Secret<Vec<u8>>, Error> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "credentials", token, format]);
        }
        self.send(self.http.get(url)).await
    }

    /// Several credentials with their environment and files.
    pub(super) async fn batch(&self, tokens: &[String]) -> Result<Answers, Error> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "resolve"]);
        }
        let body = serde_json::json!({ "tokens": tokens, "formats": ["env", "files"] });
        let answer = self.send(self.http.post(url).json(&body)).await?;
        serde_json::from_slice(answer.expose()).map_err(|_| self.not_voucher())
    }

    fn url(&self) -> Result<url::Url, Error> {
        url::Url::parse(&self.base).map_err(|_| {
            Error::setup(
                "VOUCHER_URL is not an address",
                "Set it to something like https://voucher.example.com.",
            )
        })
    }

    /// Asks, again where the server says that it cannot answer now (429, 503), and opens the answer, which comes sealed
    /// to a pair made for it: nobody in between reads along.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Secret<Vec<u8>>, Error> {
        let pair = AnswerPair::generate();
        let request = request.bearer_auth(self.key.expose()).header("Voucher-Seal-To", pair.public());
        let again = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(TRIES - 1)
            .with_jitter();
        let once = || async {
            let request = request.try_clone().ok_or_else(|| Refused::at_once(self.not_voucher()))?;
            self.ask(request).await
        };
        let response = once
            .retry(again)
            .when(|refused: &Refused| refused.again)
            .adjust(|refused, wait| wait.map(|wait| refused.after.unwrap_or(wait).min(LONGEST_WAIT)))
            .await
            .map_err(|refused| refused.error)?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        pair.open(&bytes).ok_or_else(|| self.not_voucher())
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Refused> {
        let response = request.send().await.map_err(|error| Refused::at_once(self.unreachable(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let again = matches!(
            status,
            reqwest::StatusCode::TOO_MANY_REQUESTS | reqwest::StatusCode::SERVICE_UNAVAILABLE
        );
        let code = if again || status.is_server_error() { Code::Unavailable } else { Code::Refused };
        let after = response.headers().get(reqwest::header::RETRY_AFTER);
        let after = after.and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let bytes = response.bytes().await.map_err(|error| Refused::at_once(self.unreachable(&error)))?;
        let error = match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Error::new(code, format!("the server refused: {}", problem.code), problem.detail),
            Err(_) => self.not_voucher(),
        };
        Err(Refused { error, again, after })
    }

    fn not_voucher(&self) -> Error {
        Error::new(
            Code::Unavailable,
            format!("what answers at {} is not Voucher", self.base),
            "Check VOUCHER_URL, and any proxy in between.",
        )
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            causes.push(inner.to_string());
            cause = inner.source();
        }
        let why = causes.pop().unwrap_or_else(|| "no answer".to_owned());
        let todo = if why.to_lowercase().contains("certificate") {
            "The server's certificate is not trusted here. Give its authority with VOUCHER_CA_FILE."
        } else {
            "Check VOUCHER_URL, the network between, and whether the server is up."
        };
        Error::new(Code::Unavailable, format!("cannot reach {}: {why}", self.base), todo)
    }
}

fn is_loopback(base: &str) -> bool {
    url::Url::parse(base).is_ok_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(url::Host::Domain(name)) => name == "localhost",
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn plain_http_is_for_this_machine() {
        for here in ["http://127.0.0.1:8700", "http://localhost", "http://[::1]:1"] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
