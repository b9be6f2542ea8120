//! `POST /credentials/export`: what the filter of the list leaves, as a table for spreadsheets. Facts only, no content.
//!
//! Written as it is read, a stretch at a time; that it was asked for is recorded first. No cell is a formula.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::try_unfold;

use super::asked::{Asked, in_scope};
use super::verdict::badge;
use crate::audit::{self, Outcome};
use crate::credentials::{self, Cursor, Filter, Listed, Page, Places};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::usage;
use crate::verify;
use crate::web::dates;
use crate::web::{Answer, Console, Language, Problem, Shell};

/// Lines that are held at a time.
const STRETCH: i64 = 500;

/// The message ids of the columns' heads.
const COLUMNS: [&str; 15] = [
    "credential-name",
    "credential-token",
    "column-type",
    "column-group",
    "column-state",
    "column-health",
    "column-responsible",
    "column-projects",
    "column-repositories",
    "column-created-day",
    "column-last-used",
    "column-uses",
    "credential-expires",
    "credential-description",
    "column-id",
];

pub(crate) async fn export(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Form<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let language = Shell::of(&request, Some(&viewer)).language;
    let asked = Asked { after: String::new(), ..asked.into_inner().tidy(&viewer) };
    let acting = console.acting(&request, viewer.clone());
    let now = console.clock.now();
    let page = Page { size: STRETCH, ..asked.page() };
    let filter = console
        .db
        .write(move |conn| -> Result<_, StoreError> {
            let mut filter = asked.filter(now);
            if !asked.place.is_empty() {
                filter.place = in_scope(conn, &acting.viewer, &asked.place)?;
            }
            let nowhere = !asked.place.is_empty() && filter.place.is_none();
            let mut draft = acting.draft("credential.export", None, Outcome::Allowed);
            let said = asked.query(&[]).into_iter().filter(|(_, value)| !value.is_empty());
            let said: serde_json::Map<_, _> =
                said.map(|(name, value)| (name.to_owned(), value.into())).collect();
            draft.detail = said.into();
            audit::append(conn, &acting.chain, &[draft])?;
            Ok((!nowhere).then_some(filter))
        })
        .await?;
    let begin = Reading { console, viewer, language, filter, page, now, next: Next::Heads };
    let body = try_unfold(begin, |reading| async move { reading.stretch().await });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"credentials.csv\""))
        .streaming(body))
}

/// What is written next.
enum Next {
    Heads,
    Behind(Option<Cursor>),
    Nothing,
}

struct Reading {
    console: web::Data<Console>,
    viewer: Viewer,
    language: Language,
    /// `None` when it names a place that is not there.
    filter: Option<Filter>,
    page: Page,
    now: jiff::Timestamp,
    next: Next,
}

impl Reading {
    async fn stretch(mut self) -> Result<Option<(web::Bytes, Self)>, actix_web::Error> {
        let after = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Heads => {
                // The mark tells spreadsheets that it is UTF-8.
                let heads = COLUMNS.map(|column| self.language.t(column));
                let text = format!("\u{FEFF}{}", written(&[heads]));
                self.next = Next::Behind(None);
                return Ok(Some((web::Bytes::from(text), self)));
            }
            Next::Behind(after) => after,
        };
        let Some(filter) = self.filter.clone() else { return Ok(None) };
        let page = Page { after, ..self.page.clone() };
        let (order, language, now, viewer) = (page.order, self.language, self.now, self.viewer.clone());
        let read = move |conn: &mut Conn| read(conn, &viewer, (&filter, &page), (language, now));
        let (lines, last, more) = self.console.db.read(read).await.map_err(Problem::from)?;
        if let Some(last) = last.filter(|_| more) {
            self.next = Next::Behind(Some(last.cursor(order)));
        }
        Ok(Some((web::Bytes::from(written(&lines)), self)))
    }
}

type Cells = [String; COLUMNS.len()];

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    (filter, page): (&Filter, &Page),
    (language, now): (Language, jiff::Timestamp),
) -> Result<(Vec<Cells>, Option<Listed>, bool), StoreError> {
    let (listed, more) = credentials::list(conn, viewer, filter, page)?;
    let ids: Vec<CredentialId> = listed.iter().map(|one| one.credential.id.clone()).collect();
    let people: Vec<MemberId> = listed.iter().map(|one| one.credential.responsible.clone()).collect();
    let uses = usage::recent(conn, &ids, usage::day(now) - 29)?;
    let names = directory::member_names(conn, &viewer.enterprise, &people)?;
    let outcomes: HashMap<_, _> = verify::outcomes(conn, &ids)?.into_iter().collect();
    let places = |places: Places| match places {
        Places::All => language.t("all"),
        Places::Chosen(count) => count.to_string(),
    };
    let lines = listed
        .iter()
        .map(|one| {
            let of = &one.credential;
            let status = super::list::Status::of(of.state, of.expires_at, now);
            [
                of.name.as_str().to_owned(),
                of.token.as_str().to_owned(),
                language.t(&of.credential_type.label()),
                language.t(&of.credential_type.group.label()),
                language.t(status.sentence),
                language.t(badge(outcomes.get(&of.id).copied()).0),
                names.get(&of.responsible).cloned().unwrap_or_default(),
                places(one.projects),
                places(one.repositories),
                dates::day(of.created_at),
                of.last_used_at.map(dates::day).unwrap_or_default(),
                uses.get(&of.id).copied().unwrap_or_default().to_string(),
                status.day.unwrap_or_default(),
                of.description.as_str().to_owned(),
                of.id.to_string(),
            ]
        })
        .collect();
    Ok((lines, listed.into_iter().last(), more))
}

/// Lines of a table, in which no cell is a formula.
fn written(lines: &[Cells]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        // Memory takes everything.
        let _ = writer.write_record(line.iter().map(|cell| directory::import::guarded(cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
