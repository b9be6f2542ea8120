//! Turns a problem into what its reader can use: a page, a fragment for htmx, or a problem document (RFC 9457) for
//! programs.
//!
//! The middleware next to the outermost one. It also answers for whatever else refuses: actix's own bare statuses,
//! a middleware that returned an error, a handler that panicked.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use askama::Template;
use futures_util::FutureExt;

use super::Shell;
use super::language::Language;
use super::problem::{Kind, Problem};
use super::refusal::{PROBLEM, ProblemDocument};
use super::shell::request_id;
use crate::permission::Viewer;

/// Where a person is sent to sign in.
const SIGN_IN: &str = "/sign-in";

/// Renders every problem; `wrap` it right before [`crate::web::headers`].
pub async fn problems(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reader = Reader::of(&req);
    match AssertUnwindSafe(next.call(req)).catch_unwind().await {
        Ok(Ok(response)) => Ok(rendered(response.map_into_boxed_body(), &reader)),
        Ok(Err(error)) => {
            let response = error.error_response();
            let problem = problem_in(&response).unwrap_or_else(|| Problem::of_status(response.status()));
            Err(InternalError::from_response("answered", reader.answer(&problem, None)).into())
        }
        Err(_) => {
            let problem = Problem::internal("a handler panicked");
            Err(InternalError::from_response("panicked", reader.answer(&problem, None)).into())
        }
    }
}

fn rendered(response: ServiceResponse<BoxBody>, reader: &Reader) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match problem_in(response.response()) {
        Some(problem) => problem,
        None if is_bare(response.response()) => Problem::of_status(status),
        None => return response,
    };
    let viewer = response.request().extensions().get::<Viewer>().cloned();
    let answer = reader.answer(&problem, viewer.as_ref());
    let (req, old) = response.into_parts();
    let mut new = answer;
    // What a middleware in between has set stays, such as the removal of a session's cookie.
    for (name, value) in old.headers() {
        if !new.headers().contains_key(name) || *name == header::SET_COOKIE {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(req, new)
}

fn problem_in<B>(response: &HttpResponse<B>) -> Option<Problem> {
    response.extensions().get::<Problem>().cloned()
}

/// A failure that says nothing for itself: actix's bare statuses, and its plain text, which may repeat what was sent.
fn is_bare<B>(response: &HttpResponse<B>) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_none_or(|content_type| content_type.starts_with("text/plain"))
}

/// Who is to be told: a program, or a person, whose shell is taken down before the request goes on its way.
enum Reader {
    Program { request_id: String },
    Person(Box<Shell>),
}

impl Reader {
    fn of(req: &ServiceRequest) -> Self {
        let programs = [
            "/api/",
            "/oauth/",
            "/auth/backchannel-logout",
            "/static/",
            "/ping",
            "/healthz",
            "/openapi.json",
        ];
        if programs.iter().any(|place| req.path().starts_with(place)) {
            Self::Program { request_id: request_id(req.request()) }
        } else {
            Self::Person(Box::new(Shell::of(req.request(), None)))
        }
    }

    fn answer(&self, problem: &Problem, viewer: Option<&Viewer>) -> HttpResponse {
        let mut response = match self {
            Self::Program { request_id } => {
                problem.log(request_id);
                document(problem, request_id)
            }
            Self::Person(shell) => {
                problem.log(&shell.request_id);
                let mut shell = shell.clone();
                shell.show(viewer);
                page(problem, &shell)
            }
        };
        let headers = response.headers_mut();
        if let Some(seconds) = problem.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if problem.kind == Kind::KeyNeeded {
            let scheme = HeaderValue::from_static("Bearer realm=\"voucher\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Kind::MethodNotAllowed { allow } = problem.kind {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    shell: &'a Shell,
    sentence: &'a str,
    hint: String,
    status: u16,
    sign_in: bool,
    /// Where to prove once more that it is them.
    confirm: Option<&'a str>,
}

fn page(problem: &Problem, shell: &Shell) -> HttpResponse {
    if let Kind::SignInNeeded { return_to } = &problem.kind {
        return to_sign_in(shell, return_to);
    }
    let page = ProblemPage {
        shell,
        sentence: problem.sentence,
        hint: format!("{}.hint", problem.sentence),
        status: problem.status_code().as_u16(),
        sign_in: shell.viewer.is_none() && problem.kind == Kind::Forbidden,
        confirm: match &problem.kind {
            Kind::ConfirmationNeeded { start } => Some(start),
            _ => None,
        },
    };
    shell.answer(problem.status_code(), &page).unwrap_or_else(|error| {
        tracing::error!(request_id = shell.request_id, ?error, "the problem page cannot be written");
        HttpResponse::new(problem.status_code())
    })
}

/// A page leads on to the sign-in by itself; what was to be sent by a form cannot be sent again after it, so the
/// way back is the page that held the form.
fn to_sign_in(shell: &Shell, return_to: &str) -> HttpResponse {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    let to = format!("{SIGN_IN}?{query}");
    if shell.fragment {
        return HttpResponse::Unauthorized().insert_header(("HX-Redirect", to)).finish();
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

fn document(problem: &Problem, request_id: &str) -> HttpResponse {
    let say = |id: &str| Language::En.t(id);
    let status = problem.status_code();
    let (title, detail) = (say(problem.sentence), say(&format!("{}.hint", problem.sentence)));
    let document = ProblemDocument {
        r#type: ProblemDocument::TYPE,
        title: &title,
        status: status.as_u16(),
        code: problem.code(),
        detail: &detail,
        request_id: Some(request_id.to_owned()),
    };
    let mut response = HttpResponse::build(status).json(document);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::{App, test as server, web};

    use super::*;
    use crate::clock::Clock;
    use crate::seal::Random;
    use crate::web::{Proxies, Site, extractor_configs, headers, look, not_allowed, not_found};

    #[derive(serde::Deserialize)]
    struct Ttl {
        #[expect(dead_code, reason = "only whether it can be read matters")]
        ttl: u32,
    }

    async fn number(_: web::Path<u32>) -> &'static str {
        "fine"
    }

    async fn query(_: web::Query<Ttl>) -> &'static str {
        "fine"
    }

    async fn json(_: web::Json<Ttl>) -> &'static str {
        "fine"
    }

    async fn form(_: web::Form<Ttl>) -> &'static str {
        "fine"
    }

    async fn panics() -> &'static str {
        panic!("canary S3CRET")
    }

    async fn breaks() -> crate::web::Answer {
        Err(Problem::internal("canary S3CRET"))
    }

    async fn busy() -> crate::web::Answer {
        Err(crate::db::StoreError::Busy("canary S3CRET".to_owned()).into())
    }

    async fn sign_in() -> crate::web::Answer {
        Err(Problem::sign_in_needed("/credentials?q=a&b"))
    }

    async fn refuses_early(
        req: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        if req.path() == "/early" {
            return Err(Problem::cross_site().into());
        }
        Ok(next.call(req).await?.map_into_boxed_body())
    }

    /// Asks a server with every kind of failure; the status, the headers and the body.
    async fn ask(request: server::TestRequest) -> (StatusCode, header::HeaderMap, String) {
        let site =
            Site { clock: Clock::System, random: Random::system(), https: true, proxies: Proxies::default() };
        let app = App::new()
            .app_data(web::Data::new(site))
            .configure(extractor_configs)
            .wrap(from_fn(refuses_early))
            .wrap(from_fn(problems))
            .wrap(from_fn(headers))
            .route("/number/{n}", web::get().to(number))
            .route("/query", web::get().to(query))
            .route("/json", web::post().to(json))
            .route("/form", web::post().to(form))
            .route("/panics", web::get().to(panics))
            .route("/api/panics", web::get().to(panics))
            .route("/breaks", web::get().to(breaks))
            .route("/api/breaks", web::get().to(breaks))
            .route("/busy", web::get().to(busy))
            .route("/sign-in-needed", web::get().to(sign_in))
            .route("/text", web::get().to(|| async { "fine" }))
            .service(
                web::resource("/one")
                    .route(web::get().to(|| async { "x" }))
                    .default_service(not_allowed("GET")),
            )
            .default_service(web::to(not_found));
        let app = server::init_service(app).await;
        match server::try_call_service(&app, request.to_request()).await {
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, String::from_utf8(server::read_body(response).await.to_vec()).unwrap())
            }
            // As the server does with an error that nobody answered.
            Err(error) => {
                let response = error.error_response();
                let (status, headers) = (response.status(), response.headers().clone());
                let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
                (status, headers, String::from_utf8(body.to_vec()).unwrap())
            }
        }
    }

    fn get(path: &str) -> server::TestRequest {
        server::TestRequest::get().uri(path)
    }

    fn post(path: &str, content_type: &str, body: &'static str) -> server::TestRequest {
        server::TestRequest::post().uri(path).insert_header(("Content-Type", content_type)).set_payload(body)
    }

    #[actix_web::test]
    async fn whatever_goes_wrong_has_its_status_the_headers_and_no_word_of_what_was_sent() {
        let json = |body| Some(("application/json", body));
        let text = |body| Some(("text/plain", body));
        let cases = [
            ("/nowhere/S3CRET", None, 404),
            ("/number/S3CRET", None, 404),
            ("/query?ttl=S3CRET", None, 400),
            ("/json", json("{\"ttl\":\"S3CRET\"}"), 400),
            ("/json", text("S3CRET"), 415),
            ("/form", Some(("application/x-www-form-urlencoded", "ttl=S3CRET")), 400),
            ("/one", text("S3CRET"), 405),
            ("/panics", None, 500),
            ("/api/panics", None, 500),
            ("/breaks", None, 500),
            ("/api/breaks", None, 500),
            ("/busy", None, 503),
            ("/early", None, 403),
            ("/api/nowhere/S3CRET", None, 404),
        ];
        for (path, sent, expected) in cases {
            let request =
                sent.map_or_else(|| get(path), |(content_type, body)| post(path, content_type, body));
            let (status, headers, body) = ask(request).await;
            assert_eq!(status.as_u16(), expected, "{path}");
            // The path of the page is in its form, to come back to.
            let beside_the_path = body.replace(&path.replace('&', "&amp;"), "");
            assert!(!beside_the_path.contains("S3CRET"), "{path}: {body}");
            for name in [
                "content-security-policy",
                "x-content-type-options",
                "strict-transport-security",
                "x-request-id",
            ] {
                assert!(headers.contains_key(name), "{path} has no {name}");
            }
            assert_eq!(headers.get("cache-control").unwrap(), "no-store", "{path}");
            let id = headers.get("x-request-id").unwrap().to_str().unwrap();
            assert!(body.contains(id), "{path} does not show the request id: {body}");
            if path.starts_with("/api/") {
                assert_eq!(headers.get("content-type").unwrap(), "application/problem+json");
                let document: serde_json::Value = serde_json::from_str(&body).unwrap();
                assert_eq!(document["status"], expected);
            } else {
                assert_eq!(headers.get("content-type").unwrap(), "text/html; charset=utf-8");
                assert_eq!(look::what_is_wrong(&body), Vec::<String>::new());
            }
        }
    }

    #[actix_web::test]
    async fn what_is_allowed_and_when_to_try_again_is_said_in_headers() {
        let (_, headers, _) = ask(post("/one", "text/plain", "")).await;
        assert_eq!(headers.get("allow").unwrap(), "GET");
        let (_, headers, _) = ask(get("/busy")).await;
        assert_eq!(headers.get("retry-after").unwrap(), "2");
    }

    #[actix_web::test]
    async fn who_is_not_signed_in_is_led_to_the_sign_in_and_back() {
        let to = "/sign-in?return_to=%2Fcredentials%3Fq%3Da%26b";
        let (status, headers, _) = ask(get("/sign-in-needed")).await;
        assert_eq!((status.as_u16(), headers.get("location").unwrap().to_str().unwrap()), (303, to));
        let (status, headers, _) = ask(get("/sign-in-needed").insert_header(("HX-Request", "true"))).await;
        assert_eq!((status.as_u16(), headers.get("hx-redirect").unwrap().to_str().unwrap()), (401, to));
    }

    #[actix_web::test]
    async fn htmx_gets_the_inside_of_the_page_and_is_told_not_to_remember_it() {
        let (status, headers, body) = ask(get("/nowhere").insert_header(("HX-Request", "true"))).await;
        assert_eq!(status.as_u16(), 404);
        assert!(!body.contains("<html") && body.contains("id=\"page\""), "{body}");
        assert_eq!(headers.get("hx-push-url").unwrap(), "false");
        assert!(headers.get_all("vary").any(|name| name == "HX-Request"));
    }

    #[actix_web::test]
    async fn a_page_is_compressed_for_whoever_takes_it() {
        let request = get("/nowhere").insert_header(("Accept-Encoding", "gzip, br"));
        let app = App::new().wrap(from_fn(problems)).default_service(web::to(not_found));
        let response = server::call_service(&server::init_service(app).await, request.to_request()).await;
        assert_eq!(response.headers().get("content-encoding").unwrap(), "gzip");
        let body = server::read_body(response).await;
        assert!(body.starts_with(&[0x1f, 0x8b]) && body.len() < 2_000, "{} bytes", body.len());
        let (_, headers, _) = ask(get("/nowhere").insert_header(("Accept-Encoding", "gzip;q=0"))).await;
        assert!(!headers.contains_key("content-encoding"));
        let vary: Vec<_> = headers.get_all("vary").collect();
        assert_eq!(vary, ["Accept-Encoding", "HX-Request"]);
    }

    #[actix_web::test]
    async fn what_is_fine_is_left_alone() {
        let (status, headers, body) = ask(get("/text")).await;
        assert_eq!((status.as_u16(), body.as_str()), (200, "fine"));
        assert_eq!(headers.get("referrer-policy").unwrap(), "no-referrer");
    }

    #[test]
    fn every_problem_can_be_shown() {
        let all = [
            Problem::not_found(),
            Problem::forbidden(),
            Problem::conflict("problem-conflict"),
            Problem::gone(),
            Problem::invalid(),
            Problem::too_large(),
            Problem::unsupported_media_type(),
            Problem::too_many_requests(9),
            Problem::method_not_allowed("GET"),
            Problem::unavailable(),
            Problem::cross_site(),
            Problem::internal("x"),
            Problem::sign_in_needed("/"),
            Problem::key_needed(),
            Problem::unprocessable("api-path"),
            Problem::confirmation_needed("/sign-in/start".to_owned()),
        ];
        for problem in all {
            assert!(Problem::ALL_CODES.contains(&problem.code()), "{}", problem.code());
            look::in_every_shell(|shell| {
                let hint = format!("{}.hint", problem.sentence);
                let confirm = Some("/sign-in/start?confirm=true&return_to=%2F\"x");
                let sentence = problem.sentence;
                ProblemPage { shell, sentence, hint, status: 400, sign_in: true, confirm }.render()
            });
        }
    }
}
