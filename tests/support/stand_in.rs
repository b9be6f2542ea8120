//! A system of somebody else, as far as a request can tell: a server on a port of its own that answers as it is told and
//! remembers what it was asked.
//!
//! Used by the probes' own tests and by the integration tests.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// As it stands in the request line, still escaped.
    pub path: String,
    /// What follows the question mark, still escaped.
    pub query: String,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What it answers.
pub struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    hangs: bool,
}

/// The server; it ends with this value.
pub struct StandIn {
    authority: String,
    scheme: &'static str,
    received: Arc<Mutex<Vec<Received>>>,
    handle: actix_web::dev::ServerHandle,
}

type Answerer = Arc<dyn Fn(&Received) -> Answered + Send + Sync>;

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The decoded pairs of the query.
    pub fn pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }
}

impl Answered {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), hangs: false }
    }

    pub fn json(status: u16, body: serde_json::Value) -> Self {
        Self::status(status).header("content-type", "application/json").body(body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Takes the request and says nothing.
    pub fn hang() -> Self {
        Self { hangs: true, ..Self::status(200) }
    }
}

impl StandIn {
    /// A server without encryption on loopback.
    pub fn start(answer: impl Fn(&Received) -> Answered + Send + Sync + 'static) -> Self {
        Self::serve(Arc::new(answer), None)
    }

    /// A server with encryption on loopback.
    pub fn start_tls(
        tls: rustls::ServerConfig,
        answer: impl Fn(&Received) -> Answered + Send + Sync + 'static,
    ) -> Self {
        Self::serve(Arc::new(answer), Some(tls))
    }

    fn serve(answer: Answerer, tls: Option<rustls::ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let received = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&received);
        let (sender, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let (answer, received) = (Arc::clone(&answer), Arc::clone(&remembered));
                    let respond = move |request: HttpRequest, body: web::Bytes| {
                        respond(request, body, Arc::clone(&answer), Arc::clone(&received))
                    };
                    App::new()
                        .app_data(web::PayloadConfig::new(16 * 1024 * 1024))
                        .default_service(web::to(respond))
                })
                .workers(1)
                .disable_signals();
                let server = match tls {
                    Some(tls) => server.listen_rustls_0_23(listener, tls).unwrap(),
                    None => server.listen(listener).unwrap(),
                };
                let server = server.run();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { authority, scheme, received, handle: started.recv().unwrap() }
    }

    /// `127.0.0.1:1234`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Its address with that path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// What it was asked so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn respond(
    request: HttpRequest,
    body: web::Bytes,
    answer: Answerer,
    received: Arc<Mutex<Vec<Received>>>,
) -> HttpResponse {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let asked = Received {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    };
    let answered = answer(&asked);
    received.lock().unwrap().push(asked);
    if answered.hangs {
        actix_web::rt::time::sleep(Duration::from_secs(60)).await;
    }
    let mut response = HttpResponse::build(actix_web::http::StatusCode::from_u16(answered.status).unwrap());
    for (name, value) in answered.headers {
        response.append_header((name, value));
    }
    response.body(answered.body)
}
