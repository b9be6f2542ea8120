//! Those who call: a browser that keeps cookies, and a pipeline that holds an access key.
//!
//! No redirect is followed and no cookie kept unless a test can see it, because both are part of what is tested.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn location(&self) -> &str {
        let location = self.header(LOCATION.as_str());
        assert!(!location.is_empty(), "{} leads nowhere: {}", self.status, self.text());
        location
    }

    /// The code of a problem document.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header(CONTENT_TYPE.as_str()), "application/problem+json", "{}", self.text());
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless the status is this one, and shows what came instead.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}\n{}", self.header("location"), self.text());
        self
    }
}

/// Names and values of the inputs of a page, as written.
pub(crate) fn inputs(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(unescape(tag[from..].split('"').next()?))
    };
    html.split("<input")
        .skip(1)
        .filter_map(|rest| {
            let tag = rest.split('>').next()?;
            Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A person's browser, or a program's client, for one server.
pub(crate) struct Client {
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// Somebody without any cookie.
    pub(crate) fn new(base: &str) -> Self {
        Self { base: base.to_owned(), cookies: Mutex::default(), headers: Vec::new() }
    }

    /// The same, sending a header with every request.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// A pipeline.
    pub(crate) fn bearer(base: &str, key: &str) -> Self {
        Self::new(base).with("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await
    }

    /// A form, sent from a page of the same site, as browsers do.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("origin", self.base.clone()),
            ("sec-fetch-site", "same-origin".to_owned()),
        ];
        self.send(Method::POST, path, &headers, Some(body.into_bytes())).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Reply {
        self.post_bytes(path, "application/json", body.to_string().into_bytes()).await
    }

    /// The status, or nothing when the server is gone.
    pub(crate) async fn try_post_json(&self, path: &str, body: &Value) -> Option<u16> {
        let mut request =
            http().post(format!("{}{path}", self.base)).header(CONTENT_TYPE, "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = request.body(body.to_string()).send().await.ok()?;
        let status = response.status().as_u16();
        // An answer counts once its last byte has arrived.
        response.bytes().await.ok().map(|_| status)
    }

    pub(crate) async fn post_bytes(&self, path: &str, media_type: &str, body: Vec<u8>) -> Reply {
        self.send(Method::POST, path, &[("content-type", media_type.to_owned())], Some(body)).await
    }

    /// Any request at all.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Option<Vec<u8>>,
    ) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = http().request(method, url);
        for (name, value) in self.headers.iter().chain(headers) {
            request = request.header(*name, value);
        }
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        self.keep_cookies(&headers);
        Reply { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for header in headers.get_all(SET_COOKIE) {
            let header = header.to_str().unwrap();
            let (name, rest) = header.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || header.to_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn http() -> &'static reqwest::Client {
    static HTTP: OnceLock<reqwest::Client> = OnceLock::new();
    HTTP.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // Each test has a runtime of its own; a connection kept by another's would be a dead one.
            .pool_max_idle_per_host(0)
            .timeout(std::time::Duration::from_secs(30))
            .build()
            .unwrap()
    })
}
