//! Whether the process answers, for whoever watches it. Neither asks the database.

use actix_web::HttpResponse;

/// Whether the process is there
///
/// For whoever watches it. It asks nothing else, not even the database.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "health",
    responses((status = 200, description = "It is there.", body = String, content_type = "text/plain; charset=utf-8", example = "ok\n"))
)]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// An empty answer
///
/// The floor that every other figure of a measurement is compared with.
#[utoipa::path(
    get,
    path = "/ping",
    operation_id = "ping",
    tag = "health",
    responses((status = 204, description = "Nothing to say."))
)]
pub async fn ping() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
