//! `/access/{id}/rotate` and `/access/{id}/end-old`: another secret for a key, and the end of the one before.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::edit::living;
use super::{address, shown};
use crate::ids::AccessKeyId;
use crate::people::{Permit, ReadAccess};
use crate::pipelines::{self, Overlap, forms};
use crate::web::dates::Moment;
use crate::web::forms::Submitted;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/rotate.html")]
struct RotatePage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    place: &'a str,
    /// The number of the secret that is replaced.
    secret: i32,
    /// Every overlap: its value and its message id.
    overlaps: Vec<(&'static str, &'static str)>,
    /// Until when the one before that works, which ends now if one goes on.
    older_until: Option<Moment>,
}

#[derive(Template)]
#[template(path = "pipelines/end_old.html")]
struct EndPage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    /// Until when the old secret would work.
    until: Moment,
    last_used: Option<Moment>,
}

/// Asks how long the present secret works on.
pub(crate) async fn rotation(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (viewer, now) = (viewer.into_viewer(), console.clock.now());
    let found = living(&console, &viewer, &path).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let older = found.secrets.iter().find_map(|secret| secret.ends_at.filter(|end| *end > now));
    let page = RotatePage {
        shell: &shell,
        href: address(&found.key.id),
        name: &found.key.name,
        place: &found.place,
        secret: found.secrets.first().map_or(0, |secret| secret.number),
        overlaps: Overlap::ALL.map(|overlap| (overlap.as_str(), sentence(overlap))).into(),
        older_until: older.map(Moment::of),
    };
    shell.answer(StatusCode::OK, &page)
}

fn sentence(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::None => "access-overlap-none",
        Overlap::Hour => "access-overlap-hour",
        Overlap::Day => "access-overlap-day",
        Overlap::Week => "access-overlap-week",
    }
}

/// Makes another secret and shows it, this once. The form sent again makes no third one.
pub(crate) async fn rotate(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let found = living(&console, &viewer, &path).await?;
    let wanted = forms::read_rotation(&Submitted::parse(&body)).ok_or_else(Problem::invalid)?;
    let (acting, id) = (console.acting(&request, viewer.clone()), found.key.id.clone());
    let (key, made) = console.db.write(move |conn| pipelines::rotate(conn, &acting, &id, wanted)).await?;
    shown(&request, &viewer, &console, ("access-rotated-title", &key.id, &key.name, &made))
}

/// Asks before the old secret is ended ahead of its time.
pub(crate) async fn ending(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (viewer, now) = (viewer.into_viewer(), console.clock.now());
    let found = living(&console, &viewer, &path).await?;
    let old = found.secrets.iter().find_map(|old| Some((old.ends_at.filter(|end| *end > now)?, old)));
    // Over by itself meanwhile: there is nothing to ask.
    let Some((until, old)) = old else {
        return Ok(see_other_saying(&request, &address(&found.key.id), &["flash-access-old-ended"]));
    };
    let shell = Shell::of(&request, Some(&viewer));
    let page = EndPage {
        shell: &shell,
        href: address(&found.key.id),
        name: &found.key.name,
        until: Moment::of(until),
        last_used: old.last_used_at.map(Moment::of),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Ends the old secret: the very next resolve with it is refused.
pub(crate) async fn end_old(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let id = AccessKeyId::parse(&path).ok_or_else(Problem::not_found)?;
    let (acting, to) = (console.acting(&request, viewer.into_viewer()), address(&id));
    console.db.write(move |conn| pipelines::end_old(conn, &acting, &id)).await?;
    Ok(see_other_saying(&request, &to, &["flash-access-old-ended"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn a_key_is_rotated_and_its_old_secret_ended() {
        let moment = || Moment::of(jiff::Timestamp::UNIX_EPOCH);
        for full in [false, true] {
            look::in_every_shell(|shell| {
                RotatePage {
                    shell,
                    href: "/access/x".into(),
                    name: "<b>",
                    place: "p & q",
                    secret: 2,
                    overlaps: Overlap::ALL.map(|overlap| (overlap.as_str(), sentence(overlap))).into(),
                    older_until: full.then(moment),
                }
                .render()
            });
            look::in_every_shell(|shell| {
                let (until, last_used) = (moment(), full.then(moment));
                EndPage { shell, href: "/access/x".into(), name: "<b>", until, last_used }.render()
            });
        }
    }
}
