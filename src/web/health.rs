//! Whether the process answers, for whoever watches it. Neither asks the database.

use actix_web::HttpResponse;

/// `GET /healthz`: the process is there.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /ping`: an empty answer, the floor that every other figure is compared with.
pub async fn ping() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
