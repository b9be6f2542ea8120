//! The runner's side of the resolve line, shared by `resolve` and `exec`.

use std::path::PathBuf;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use clap::Args;
use serde::Deserialize;

use super::{Code, Error};
use crate::config::TokenRequest;
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
    /// A file with the signed token of the CI system, when it is not in VOUCHER_ID_TOKEN; used when there is no access key.
    #[arg(long, env = "VOUCHER_ID_TOKEN_FILE", value_name = "FILE")]
    id_token_file: Option<PathBuf>,
    /// The audience to have the CI system sign a token for, where a job can ask for one while it runs, as on GitHub
    /// Actions; used when there is neither a key nor a token.
    #[arg(long, env = "VOUCHER_AUDIENCE", value_name = "AUDIENCE")]
    audience: Option<String>,
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
    proof: Proof,
    /// Answers come sealed to it.
    pair: AnswerPair,
    /// What was given for a signed token; the token is good once, so it is asked for once.
    exchanged: tokio::sync::OnceCell<Secret<String>>,
}

/// What a runner has to prove who it is.
enum Proof {
    /// An access key, or a token that somebody else exchanged.
    Key(Secret<String>),
    /// A signed token of its CI system.
    IdToken(Secret<String>),
    /// Where its CI system signs a token for an audience of the job's choice.
    Asked(TokenRequest, String),
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
    #[serde(alias = "error")]
    code: String,
    #[serde(alias = "error_description")]
    detail: String,
}

#[derive(Deserialize)]
struct Given {
    access_token: Secret<String>,
}

/// What a CI system answers that was asked for a token.
#[derive(Deserialize)]
struct Signed {
    value: Secret<String>,
}

/// Why a request was not answered, and whether it makes sense to ask again.
struct Refused {
    error: Error,
    /// The server's code, if it gave one.
    code: Option<String>,
    again: bool,
    /// When the server wants to be asked again.
    after: Option<Duration>,
}

impl Refused {
    fn at_once(error: Error) -> Self {
        Self { error, code: None, again: false, after: None }
    }
}

impl Server {
    /// Checks the settings; nothing is sent.
    pub(super) fn client(&self) -> Result<Client, Error> {
        let proof = self.proof()?;
        let base = self.url.trim_end_matches('/').to_owned();
        if !is_safe(&base) {
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
        let pair = AnswerPair::generate();
        Ok(Client { http, base, proof, pair, exchanged: tokio::sync::OnceCell::new() })
    }

    /// An access key where there is one, else a signed token, else what can be asked for one.
    fn proof(&self) -> Result<Proof, Error> {
        let key = match &self.access_key_file {
            Some(path) => Some(read(path, "access key")?),
            None => crate::config::access_key(),
        };
        if let Some(key) = key {
            if Presented::bearer(key.expose()).is_none() {
                return Err(Error::new(
                    Code::Refused,
                    "the access key is mistyped: its checksum does not fit",
                    "Copy the whole key again; it begins with vak_ and has 66 characters.",
                ));
            }
            return Ok(Proof::Key(key));
        }
        let token = match &self.id_token_file {
            Some(path) => Some(read(path, "signed token")?),
            None => crate::config::id_token(),
        };
        let Some(token) = token else { return self.asked() };
        if token.expose().split('.').count() != 3 {
            return Err(Error::setup(
                "what is given as the signed token is none",
                "It has three parts with dots between them. Check that the job asks its CI system for an id token.",
            ));
        }
        Ok(Proof::IdToken(token))
    }

    fn asked(&self) -> Result<Proof, Error> {
        let audience = self.audience.as_deref().map(str::trim).filter(|audience| !audience.is_empty());
        match (crate::config::token_request(), audience) {
            (Some(request), Some(audience)) if is_safe(&request.url) => {
                Ok(Proof::Asked(request, audience.to_owned()))
            }
            (Some(_), Some(_)) => Err(Error::setup(
                "ACTIONS_ID_TOKEN_REQUEST_URL is not an https address",
                "It is set by the CI system; something has changed it.",
            )),
            (Some(_), None) => Err(Error::setup(
                "the audience of the token is not known",
                "Set VOUCHER_AUDIENCE to the audience of the trusted issuer; it is in the console at Access, Trusted issuers.",
            )),
            (None, Some(_)) => Err(Error::setup(
                "the CI system signs no token for this job",
                "On GitHub Actions give the job `permissions: id-token: write`. Elsewhere set VOUCHER_ID_TOKEN or VOUCHER_ID_TOKEN_FILE.",
            )),
            (None, None) => Err(Error::setup(
                "there is no access key and no signed token",
                "Set VOUCHER_ACCESS_KEY or VOUCHER_ACCESS_KEY_FILE; or VOUCHER_ID_TOKEN or VOUCHER_ID_TOKEN_FILE where the CI system signs tokens; or VOUCHER_AUDIENCE on GitHub Actions.",
            )),
        }
    }
}

fn read(path: &std::path::Path, what: &str) -> Result<Secret<String>, Error> {
    std::fs::read_to_string(path).map(|text| Secret::new(text.trim().to_owned())).map_err(|error| {
        Error::setup(format!("cannot read the {what} in {}: {error}", path.display()), "Check the path.")
    })
}

impl Client {
    /// One credential in one format, as the bare file.
    pub(super) async fn file(&self, token: &str, format: &str) -> Result<Secret<Vec<u8>>, Error> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "credentials", token, format]);
        }
        let mut request = self.http.get(url);
        if let Some(run) = crate::config::run() {
            request = request.header("Voucher-Run", run);
        }
        self.send(request).await
    }

    /// Several credentials with their environment and files.
    pub(super) async fn batch(&self, tokens: &[String]) -> Result<Answers, Error> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1", "resolve"]);
        }
        let mut body = serde_json::json!({ "tokens": tokens, "formats": ["env", "files"] });
        if let (Some(run), Some(body)) = (crate::config::run(), body.as_object_mut()) {
            body.insert("run".to_owned(), run.into());
        }
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

    /// Asks, and opens the answer, which comes sealed to a pair made for this process: nobody in between reads along.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Secret<Vec<u8>>, Error> {
        let bearer = match &self.proof {
            Proof::Key(key) => key,
            Proof::IdToken(token) => self.exchanged.get_or_try_init(|| self.exchange(token)).await?,
            Proof::Asked(request, audience) => {
                let asked = || async { self.exchange(&self.signed(request, audience).await?).await };
                self.exchanged.get_or_try_init(asked).await?
            }
        };
        let request = request.bearer_auth(bearer.expose()).header("Voucher-Seal-To", self.pair.public());
        let response = self.insist(request).await.map_err(|refused| refused.error)?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        self.pair.open(&bytes).ok_or_else(|| self.not_voucher())
    }

    /// Has the CI system sign who we are, for this server alone, and which key our answers are sealed to: whoever could
    /// change our requests cannot put in a key of theirs.
    async fn signed(&self, request: &TokenRequest, audience: &str) -> Result<Secret<String>, Error> {
        let why = |what: String| {
            Error::new(
                Code::Unavailable,
                format!("the CI system gives no token: {what}"),
                "Check that the job has `permissions: id-token: write`, and try again.",
            )
        };
        let mut url = url::Url::parse(&request.url).map_err(|error| why(error.to_string()))?;
        url.query_pairs_mut().append_pair("audience", &format!("{audience}#{}", self.pair.thumbprint()));
        let asked = self.http.get(url).bearer_auth(request.bearer.expose());
        let response = asked.send().await.map_err(|error| why(error.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(why(format!("it answers {}", response.status())));
        }
        let bytes = response.bytes().await.map_err(|error| why(error.without_url().to_string()))?;
        let signed: Signed =
            serde_json::from_slice(&bytes).map_err(|_| why("it answers without one".to_owned()))?;
        Ok(signed.value)
    }

    /// Gives the signed token away for a short-lived one of the server's own.
    async fn exchange(&self, token: &Secret<String>) -> Result<Secret<String>, Error> {
        let mut url = self.url()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["oauth", "token"]);
        }
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
            .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:id_token")
            .append_pair("subject_token", token.expose())
            .finish();
        let request = self
            .http
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let response = self.insist(request).await.map_err(|refused| match refused.code.as_deref() {
            Some("invalid_grant") => Error::new(
                Code::Refused,
                "the server does not accept the signed token: invalid_grant",
                "It may be over, for another audience, used before, or no rule lets this run in. Try it in the console at Access, Trusted issuers.",
            ),
            // What is wrong is not the token, so its own words say more.
            _ => refused.error,
        })?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        let given: Given = serde_json::from_slice(&bytes).map_err(|_| self.not_voucher())?;
        Ok(given.access_token)
    }

    /// Asks, again where the server says that it cannot answer now (429, 503).
    async fn insist(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Refused> {
        let again = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(TRIES - 1)
            .with_jitter();
        let once = || async {
            let request = request.try_clone().ok_or_else(|| Refused::at_once(self.not_voucher()))?;
            self.ask(request).await
        };
        once.retry(again)
            .when(|refused: &Refused| refused.again)
            .adjust(|refused, wait| wait.map(|wait| refused.after.unwrap_or(wait).min(LONGEST_WAIT)))
            .await
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
        Err(match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => {
                let what = format!("the server refused: {}", problem.code);
                let error = Error::new(code, what, problem.detail);
                Refused { error, code: Some(problem.code), again, after }
            }
            Err(_) => Refused { error: self.not_voucher(), code: None, again, after },
        })
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

/// Whether secrets may be sent there.
fn is_safe(base: &str) -> bool {
    base.starts_with("https://") || is_loopback(base)
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
