//! What programs ask the development issuer: discovery, keys, tokens, user info.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IdTokenClaims, IssuerUrl,
    LocalizedClaim, Nonce, PkceCodeChallenge, PkceCodeVerifier, StandardClaims, SubjectIdentifier,
};
use serde::Deserialize;
use serde_json::json;

use super::grants::{Grant, TOKEN_LIVES};
use super::{Issuer, Persona};
use crate::people::attempt::random_text;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/.well-known/openid-configuration", web::get().to(discovery))
        .route("/jwks", web::get().to(jwks))
        .route("/token", web::post().to(token))
        .route("/userinfo", web::get().to(userinfo));
}

async fn discovery(issuer: web::Data<Issuer>) -> HttpResponse {
    let url = &issuer.url;
    HttpResponse::Ok().json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/jwks"),
        "end_session_endpoint": format!("{url}/end_session"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "name", "email"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(issuer: web::Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(issuer.key.public())
}

#[derive(Deserialize)]
struct TokenForm {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    client_id: Option<String>,
    code_verifier: Option<String>,
}

async fn token(request: HttpRequest, issuer: web::Data<Issuer>, form: web::Form<TokenForm>) -> HttpResponse {
    let form = form.into_inner();
    let client = client_of(&request).or(form.client_id);
    if client.as_deref() != Some(issuer.client_id.as_str()) {
        return refused("invalid_client");
    }
    if form.grant_type.as_deref() != Some("authorization_code") {
        return refused("unsupported_grant_type");
    }
    let now = issuer.clock.now();
    let grant = form.code.as_deref().and_then(|code| issuer.grants.take_code(code, now));
    let redirect_fits = form.redirect_uri.as_deref() == Some(issuer.redirect.as_str());
    let (Some(grant), Some(verifier), true) = (grant, form.code_verifier, redirect_fits) else {
        return refused("invalid_grant");
    };
    if !fits(verifier, &grant.challenge) {
        return refused("invalid_grant");
    }
    let Some(persona) = issuer.persona(&grant.subject) else { return refused("invalid_grant") };
    let access_token = AccessToken::new(random_text(&issuer.random));
    let signed = claims(&issuer, persona, &grant).and_then(|claims| issuer.key.sign(claims, &access_token));
    let id_token = match signed {
        Ok(token) => token,
        Err(error) => {
            tracing::error!(%error, "the development issuer could not sign");
            return HttpResponse::InternalServerError().finish();
        }
    };
    issuer.grants.keep_token(access_token.secret().clone(), grant.subject, now);
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({
        "access_token": access_token.secret(),
        "token_type": "Bearer",
        "expires_in": TOKEN_LIVES.as_secs(),
        "scope": grant.scope,
        "id_token": id_token,
    }))
}

fn claims(
    issuer: &Issuer,
    persona: &Persona,
    grant: &Grant,
) -> Result<IdTokenClaims<EmptyAdditionalClaims, openidconnect::core::CoreGenderClaim>, String> {
    let now =
        chrono::DateTime::from_timestamp_millis(issuer.clock.now().as_millisecond()).unwrap_or_default();
    let mut name = LocalizedClaim::new();
    name.insert(None, EndUserName::new(persona.name.clone()));
    let about = StandardClaims::new(SubjectIdentifier::new(persona.subject.clone()))
        .set_name(Some(name))
        .set_email(Some(EndUserEmail::new(persona.email.clone())));
    let url = IssuerUrl::new(issuer.url.clone()).map_err(|error| error.to_string())?;
    Ok(IdTokenClaims::new(
        url,
        vec![Audience::new(issuer.client_id.clone())],
        now + chrono::TimeDelta::seconds(300),
        now,
        about,
        EmptyAdditionalClaims {},
    )
    .set_nonce(grant.nonce.clone().map(Nonce::new))
    // Whoever comes here is always asked, and the code is redeemed at once.
    .set_auth_time(Some(now)))
}

async fn userinfo(request: HttpRequest, issuer: web::Data<Issuer>) -> HttpResponse {
    let subject = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| issuer.grants.subject_of(token, issuer.clock.now()));
    match subject.and_then(|subject| issuer.persona(&subject)) {
        Some(persona) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({
            "sub": persona.subject,
            "name": persona.name,
            "email": persona.email,
        })),
        None => HttpResponse::Unauthorized().insert_header(("www-authenticate", "Bearer")).finish(),
    }
}

/// Whether a verifier is one (RFC 7636, section 4.1; the library panics at other lengths) and hashes to the challenge.
fn fits(verifier: String, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier)).as_str()
            == challenge
}

fn refused(code: &str) -> HttpResponse {
    let mut response =
        if code == "invalid_client" { HttpResponse::Unauthorized() } else { HttpResponse::BadRequest() };
    response.insert_header((CACHE_CONTROL, "no-store")).json(json!({ "error": code }))
}

/// The client's name in `Authorization: Basic` (RFC 6749, section 2.3.1). Here any password will do.
fn client_of(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (name, _) = pair.split_once(':')?;
    url::form_urlencoded::parse(format!("n={name}").as_bytes()).next().map(|(_, name)| name.into_owned())
}
