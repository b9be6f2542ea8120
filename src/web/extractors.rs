//! What actix refuses by itself, said in our words.
//!
//! Its stock errors repeat the value that did not fit, which may be a secret typed into the wrong place. Ours never
//! look at the value.

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError, UrlencodedError};
use actix_web::{Error, HttpRequest, Responder, Route, web};

use super::forms::FORM_LIMIT;
use super::problem::Problem;

/// Sets how extractors refuse, for `App::configure`.
pub fn extractor_configs(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(FORM_LIMIT).error_handler(json))
        .app_data(web::FormConfig::default().limit(FORM_LIMIT).error_handler(form))
        .app_data(web::QueryConfig::default().error_handler(query))
        .app_data(web::PathConfig::default().error_handler(path))
        .app_data(web::PayloadConfig::default().limit(FORM_LIMIT));
}

/// For `App::default_service`: an address that does not exist.
pub async fn not_found() -> impl Responder {
    Err::<&'static str, _>(Problem::not_found())
}

/// For `Resource::default_service`: an address that takes other methods, listed in `allow` as `GET, POST`.
pub fn not_allowed(allow: &'static str) -> Route {
    web::to(move || async move { Err::<&'static str, _>(Problem::method_not_allowed(allow)) })
}

fn json(error: JsonPayloadError, _: &HttpRequest) -> Error {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            Problem::too_large()
        }
        JsonPayloadError::ContentType => Problem::unsupported_media_type(),
        _ => Problem::invalid(),
    }
    .into()
}

fn form(error: UrlencodedError, _: &HttpRequest) -> Error {
    match error {
        UrlencodedError::Overflow { .. } => Problem::too_large(),
        UrlencodedError::ContentType => Problem::unsupported_media_type(),
        _ => Problem::invalid(),
    }
    .into()
}

fn query(_: QueryPayloadError, _: &HttpRequest) -> Error {
    Problem::invalid().into()
}

/// A path that cannot be read names nothing.
fn path(_: PathError, _: &HttpRequest) -> Error {
    Problem::not_found().into()
}
