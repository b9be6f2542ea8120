//! `/openapi.json`, the document itself, and `/api`, the page that shows the same document to people.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::reading::{self, Code, Group};
use crate::people;
use crate::web::{Answer, Problem, Shell};

#[derive(Template)]
#[template(path = "openapi/show.html")]
struct ApiPage<'a> {
    shell: &'a Shell,
    groups: Vec<Group>,
    codes: Vec<(Code, Vec<String>)>,
}

/// The document.
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(super::json())
}

/// The page.
pub(crate) async fn show(request: HttpRequest) -> Answer {
    let viewer = people::viewer(&request).await?;
    let shell = Shell::of(&request, viewer.as_ref());
    let document = serde_json::from_str(super::json()).map_err(Problem::internal)?;
    let groups = reading::groups(&document);
    let codes = reading::codes(&groups);
    shell.answer(StatusCode::OK, &ApiPage { shell: &shell, groups, codes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_page_shows_every_address_in_every_shell() {
        let document: serde_json::Value = serde_json::from_str(super::super::json()).unwrap();
        look::in_every_shell(|shell| {
            let groups = reading::groups(&document);
            let codes = reading::codes(&groups);
            ApiPage { shell, groups, codes }.render()
        });
        let groups = reading::groups(&document);
        let codes = reading::codes(&groups);
        let html = ApiPage { shell: &look::english(), groups, codes }.render().unwrap();
        for (path, _) in document["paths"].as_object().unwrap() {
            assert!(html.contains(path.as_str()), "{path}");
        }
    }
}
