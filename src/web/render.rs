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
        let programs = ["/api/", "/oauth/", "/static/", "/ping", "/healthz", "/openapi.json"];
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
    HttpResponse::build(problem.status_code()).content_type("application/problem+json").body(
        serde_json::json!({
            "type": "about:blank",
            "title": say(problem.sentence),
            "status": problem.status_code().as_u16(),
            "code": problem.code(),
            "detail": say(&format!("{}.hint", problem.sentence)),
            "request_id": request_id,
        })
        .to_string(),
    )
}
