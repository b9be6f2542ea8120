//! `GET /credentials/{id}/usage`: how a credential is used, over time and by which pipelines.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::pipelines::{PipelineLine, SHOWN, date_of};
use super::{address, credential_for, id_in, store};
use crate::credentials::{self, LATELY};
use crate::db::StoreError;
use crate::people::SignedIn;
use crate::permission::{Action, may};
use crate::usage::{self, Day};
use crate::web::chart::{Chart, Column};
use crate::web::dates::Moment;
use crate::web::{Answer, Console, Shell};

#[derive(Template)]
#[template(path = "credentials/usage.html")]
struct UsagePage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    last_used: Option<Moment>,
    chart: Chart,
    lines: Vec<PipelineLine>,
    /// How many more there are.
    more: usize,
    /// How many there are that the viewer may not know of.
    others: usize,
    /// Where the records are, for those who may read them.
    records: Option<String>,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::See).await?;
    let (asker, of, now) = (viewer.clone(), credential.clone(), console.clock.now());
    let (days, (pipelines, others)) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let days = usage::daily(conn, &of.id, usage::day(now), LATELY)?;
            Ok((days, credentials::pipelines_of(conn, &asker, &of, now)?))
        })
        .await
        .map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let line = |one| PipelineLine::of(&shell, &viewer, one, String::new());
    let page = UsagePage {
        href: address(&credential.id),
        name: credential.name.as_str(),
        last_used: credential.last_used_at.map(Moment::of),
        chart: chart(&shell, &days),
        lines: pipelines.iter().take(SHOWN).map(line).collect(),
        more: pipelines.len().saturating_sub(SHOWN),
        others,
        records: may(viewer.role, Action::ReadAudit, credential.standing(&viewer))
            .then(|| format!("/audit?object={}", credential.id)),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// The chart of these days.
pub(super) fn chart(shell: &Shell, days: &[Day]) -> Chart {
    let columns: Vec<Column> = days
        .iter()
        .map(|day| Column { label: date_of(day.day), delivered: day.delivered, refused: day.refused })
        .collect();
    Chart::of(shell.language, "usage", shell.t1("usage-chart", "count", days.len()), &columns)
}

#[cfg(test)]
mod tests {
    use super::super::pipelines::tests::line;
    use super::*;
    use crate::web::look;

    #[test]
    fn much_use_and_none_can_be_shown() {
        for (full, others) in [(true, 0), (true, 3), (false, 0), (false, 1)] {
            look::in_every_shell(|shell| {
                let day = |day: i32| Day { day, delivered: i64::from(day), refused: i64::from(day % 2) };
                let days: Vec<Day> = (0..90).map(|at| day(if full { at } else { 0 })).collect();
                UsagePage {
                    shell,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    last_used: full.then(|| Moment::of(jiff::Timestamp::UNIX_EPOCH)),
                    chart: chart(shell, &days),
                    lines: if full { vec![line(true), line(false)] } else { Vec::new() },
                    more: if full { 2 } else { 0 },
                    others,
                    records: full.then(|| "/audit?object=x".into()),
                }
                .render()
            });
        }
    }
}
