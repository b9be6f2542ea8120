//! `GET` and `POST /access/{id}/revoke`: taking an access key back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Found, address};
use crate::ids::AccessKeyId;
use crate::people::{Permit, ReadAccess};
use crate::pipelines;
use crate::web::dates::Moment;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/revoke.html")]
struct RevokePage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    place: &'a str,
    last_used: Option<Moment>,
}

/// Asks before an access key is taken back.
pub(crate) async fn revocation(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let found = Found::to_change(&console, &viewer, &path).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = RevokePage {
        shell: &shell,
        href: address(&found.key.id),
        name: &found.key.name,
        place: &found.place,
        last_used: found.key.last_use.as_ref().map(|used| Moment::of(used.at)),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Takes an access key back.
pub(crate) async fn revoke(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let id = AccessKeyId::parse(&path).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer.into_viewer());
    console.db.write(move |conn| pipelines::revoke(conn, &acting, &id)).await?;
    Ok(see_other_saying(&request, "/access", &["flash-access-revoked"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn a_key_is_taken_back() {
        for used in [false, true] {
            look::in_every_shell(|shell| {
                let last_used = used.then(|| Moment::of(jiff::Timestamp::UNIX_EPOCH));
                RevokePage { shell, href: "/access/x".into(), name: "<b>", place: "p", last_used }.render()
            });
        }
    }
}
