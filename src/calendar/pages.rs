//! `/calendar`: the address of one's own calendar, made, replaced and revoked; and the calendar itself.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{CalendarError, feed};
use crate::db::StoreError;
use crate::ids::SubmissionId;
use crate::people::SignedIn;
use crate::pipelines::{Family, Presented};
use crate::resolve::Limits;
use crate::web::dates::{self, Moment};
use crate::web::forms::Submitted;
use crate::web::{Answer, Console, Problem, Shell, origin, see_other_saying};

#[derive(Template)]
#[template(path = "calendar/show.html")]
struct CalendarPage<'a> {
    shell: &'a Shell,
    submission: String,
    there: Option<There>,
}

/// The address that they have.
struct There {
    /// How it begins, to know it by.
    begins: String,
    created: String,
    fetched: Option<Moment>,
    /// In which language it is written, by its own name.
    language: &'static str,
}

#[derive(Template)]
#[template(path = "calendar/made.html")]
struct MadePage<'a> {
    shell: &'a Shell,
    /// The one time that the address is in a page. Not a `Secret`: it is what the page is for.
    address: String,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    console: web::Data<Console>,
) -> Answer {
    let member = viewer.member.clone();
    let feed = console.db.read(move |conn| super::find(conn, &member)).await.map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = CalendarPage {
        submission: SubmissionId::new(console.clock.now(), &console.random).to_string(),
        there: feed.map(|feed| There {
            begins: format!("/calendar/vcf_{}_…", feed.public_id),
            created: dates::day(feed.created_at),
            fetched: feed.last_fetched_at.map(Moment::of),
            language: feed.language.own_name(),
        }),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// Makes an address and shows it, this once. The form sent again makes no second one.
pub(crate) async fn subscribe(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let submission = SubmissionId::parse(Submitted::parse(&body).one("submission"));
    let submission = submission.ok_or_else(Problem::invalid)?;
    let shell = Shell::of(&request, Some(&viewer));
    let (acting, language) = (console.acting(&request, viewer), shell.language);
    let made = console.db.write(move |conn| super::subscribe(conn, &acting, language, &submission)).await?;
    let address = format!("{}/calendar/{}.ics", console.public_url, made.text.expose());
    shell.answer(StatusCode::OK, &MadePage { shell: &shell, address })
}

pub(crate) async fn revoke(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    console: web::Data<Console>,
) -> Answer {
    let acting = console.acting(&request, viewer);
    console.db.write(move |conn| super::revoke(conn, &acting)).await?;
    Ok(see_other_saying(&request, "/calendar", &["flash-calendar-revoked"]))
}

/// The calendar of whoever the address is. Programs come for it, which prove nothing else and keep no cookie. What is not
/// there, not any more or not for them is all the same.
pub(crate) async fn fetch(
    request: HttpRequest,
    path: web::Path<String>,
    console: web::Data<Console>,
    limits: web::Data<Limits>,
) -> Answer {
    let now = console.clock.now();
    let found = match Presented::of(Family::Calendar, &path) {
        None => None,
        Some(presented) => console
            .db
            .read(move |conn| {
                let Some((viewer, language)) = super::subscriber(conn, &presented)? else { return Ok(None) };
                let due = super::is_touch_due(conn, &viewer.member, now)?;
                Ok(Some((super::endings(conn, &viewer, now)?, viewer, language, due)))
            })
            .await
            .map_err(store)?,
    };
    let Some((endings, viewer, language, due)) = found else {
        return Err(match limits.guess(origin(&request).address.as_deref()) {
            Ok(()) => Problem::not_found(),
            Err(wait) => Problem::too_many_requests(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)),
        });
    };
    let text = feed::write(&endings, (&viewer.enterprise_name, language), (&console.public_url, now));
    if due {
        let noted = console.db.write(move |conn| super::store::touch(conn, &viewer.member, now)).await;
        if let Err(error) = noted {
            // Whoever subscribed gets their calendar all the same.
            let error: StoreError = error;
            tracing::warn!(%error, "could not note that a calendar was fetched");
        }
    }
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"voucher.ics\""))
        .body(text))
}

fn store(error: StoreError) -> Problem {
    error.into()
}

impl From<CalendarError> for Problem {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::NotAllowed => Self::forbidden(),
            CalendarError::Already => Self::conflict("calendar-already"),
            CalendarError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_pages_can_be_shown() {
        for (there, fetched) in [(false, false), (true, false), (true, true)] {
            look::in_every_shell(|shell| {
                let there = there.then(|| There {
                    begins: "/calendar/vcf_abc_…".into(),
                    created: "2026-11-23".into(),
                    fetched: fetched.then(|| Moment::of(jiff::Timestamp::UNIX_EPOCH)),
                    language: "English",
                });
                CalendarPage { shell, submission: "x".into(), there }.render()
            });
        }
        look::in_every_shell(|shell| {
            MadePage { shell, address: "https://v.example/calendar/vcf_x.ics".into() }.render()
        });
    }
}
