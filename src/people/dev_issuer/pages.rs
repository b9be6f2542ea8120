//! What people see of the development issuer: a page to choose who to be, and one after signing out.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use url::Url;

use super::grants::Grant;
use super::{Issuer, Persona};
use crate::people::attempt::random_text;
use crate::web::Language;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/authorize", web::get().to(authorize))
        .route("/authorize", web::post().to(choose))
        .route("/end_session", web::get().to(end_session))
        .route("/dev-issuer.css", web::get().to(style));
}

/// What a client asks with; the form on the page carries it along.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
    prompt: String,
    /// Who to be, once somebody has chosen; programs may say so at once.
    persona: Option<String>,
}

#[derive(Template)]
#[template(path = "people/dev_issuer.html")]
struct ChoosePage<'a> {
    language: Language,
    client: &'a str,
    asked: &'a Asked,
    personas: &'a [Persona],
}

#[derive(Template)]
#[template(path = "people/dev_issuer_note.html")]
struct NotePage<'a> {
    language: Language,
    note: &'a str,
}

async fn authorize(
    request: HttpRequest,
    issuer: web::Data<Issuer>,
    asked: web::Query<Asked>,
) -> HttpResponse {
    answer(&request, &issuer, &asked)
}

async fn choose(request: HttpRequest, issuer: web::Data<Issuer>, asked: web::Form<Asked>) -> HttpResponse {
    answer(&request, &issuer, &asked)
}

fn answer(request: &HttpRequest, issuer: &Issuer, asked: &Asked) -> HttpResponse {
    let language = Language::of(request);
    // Without the right address there is nobody to send an error to.
    if asked.client_id != issuer.client_id || asked.redirect_uri != issuer.redirect.as_str() {
        return page(HttpResponse::BadRequest(), &NotePage { language, note: "people-dev-unknown-client" });
    }
    let challenge_fits = asked.code_challenge_method == "S256" && asked.code_challenge.len() == 43;
    let error = if asked.response_type != "code" {
        Some("unsupported_response_type")
    } else if !asked.scope.split(' ').any(|scope| scope == "openid") {
        Some("invalid_scope")
    } else if !challenge_fits {
        Some("invalid_request")
    } else if asked.prompt == "none" && asked.persona.is_none() {
        Some("login_required")
    } else {
        None
    };
    if let Some(error) = error {
        return back(issuer, asked, "error", error);
    }
    let Some(chosen) = &asked.persona else {
        let page_of =
            ChoosePage { language, client: issuer.redirect.authority(), asked, personas: &issuer.personas };
        return page(HttpResponse::Ok(), &page_of);
    };
    let Some(persona) = issuer.persona(chosen) else { return back(issuer, asked, "error", "access_denied") };
    let code = random_text(&issuer.random);
    let grant = Grant {
        subject: persona.subject.clone(),
        nonce: asked.nonce.clone(),
        challenge: asked.code_challenge.clone(),
        scope: asked.scope.clone(),
        at: issuer.clock.now(),
    };
    issuer.grants.keep_code(code.clone(), grant);
    back(issuer, asked, "code", &code)
}

fn back(issuer: &Issuer, asked: &Asked, name: &str, value: &str) -> HttpResponse {
    let mut address = issuer.redirect.clone();
    address
        .query_pairs_mut()
        .append_pair(name, value)
        .append_pair("state", &asked.state)
        .append_pair("iss", &issuer.url);
    see_other(&address)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndSession {
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// There is no session here to end; only the way back is checked.
async fn end_session(
    request: HttpRequest,
    issuer: web::Data<Issuer>,
    asked: web::Query<EndSession>,
) -> HttpResponse {
    if asked.post_logout_redirect_uri.as_deref() != Some(issuer.signed_out.as_str()) {
        let note = NotePage { language: Language::of(&request), note: "people-dev-signed-out" };
        return page(HttpResponse::Ok(), &note);
    }
    let mut address = issuer.signed_out.clone();
    if let Some(state) = &asked.state {
        address.query_pairs_mut().append_pair("state", state);
    }
    see_other(&address)
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("dev_issuer.css"))
}

fn page(mut response: actix_web::HttpResponseBuilder, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(body) => response.content_type("text/html; charset=utf-8").body(body),
        Err(error) => {
            tracing::error!(%error, "a page of the development issuer could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn see_other(address: &Url) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address.as_str())).finish()
}

/// Headers for every answer, and nothing for requests that were sent to another name: a page elsewhere whose name was
/// made to point here must not be able to choose a persona.
pub(super) async fn dressed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(issuer) = request.app_data::<web::Data<Issuer>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()).map_into_right_body());
    };
    let asked_of = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if asked_of != Some(issuer.host.as_str()) {
        return Ok(request.into_response(HttpResponse::MisdirectedRequest().finish()).map_into_right_body());
    }
    let mut response = next.call(request).await?.map_into_left_body();
    let headers = response.headers_mut();
    // The form's answer is a redirect to the console, which Chromium counts as the form's target.
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        issuer.redirect.origin().ascii_serialization()
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    Ok(response)
}
