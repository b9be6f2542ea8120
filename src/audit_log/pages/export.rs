//! `POST /audit/export`: what the filter leaves as JSON lines, newest first.
//!
//! Written as it is read, a stretch at a time, so that a large log needs no memory; that it was asked for is recorded
//! first. Each line holds what its hash is over, as `voucher audit export` writes it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::try_unfold;

use super::asked::Asked;
use crate::audit::{self, Cursor, Filter, Outcome};
use crate::db::StoreError;
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::web::{Answer, Console};

/// Records that are held at a time.
const STRETCH: u16 = 1000;

pub(crate) async fn export(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Form<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let asked = Asked { after: String::new(), ..asked.into_inner().tidy() };
    let acting = console.acting(&request, viewer.clone());
    let filter = console
        .db
        .write(move |conn| -> Result<_, StoreError> {
            let filter = asked.filter(conn, &acting.viewer)?;
            let mut draft = acting.draft("audit.export", None, Outcome::Allowed);
            let asked: serde_json::Map<_, _> = asked
                .query()
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            draft.detail = asked.into();
            audit::append(conn, &acting.chain, &[draft])?;
            Ok(filter)
        })
        .await?;
    let begin = Reading { console, viewer, filter, next: Some(None) };
    let body = try_unfold(begin, |reading| async move { reading.stretch().await });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""))
        .streaming(body))
}

/// Where the reading is: behind which record; `None` when it is over.
struct Reading {
    console: web::Data<Console>,
    viewer: Viewer,
    filter: Option<Filter>,
    next: Option<Option<Cursor>>,
}

impl Reading {
    async fn stretch(mut self) -> Result<Option<(web::Bytes, Self)>, actix_web::Error> {
        let (Some(filter), Some(after)) = (self.filter.clone(), self.next.take()) else { return Ok(None) };
        let enterprise = self.viewer.enterprise.clone();
        let (lines, next) = self
            .console
            .db
            .read(move |conn| audit::lines(conn, &enterprise, &filter, (after.as_ref(), STRETCH)))
            .await
            .map_err(crate::web::Problem::from)?;
        self.next = next.map(Some);
        Ok(Some((web::Bytes::from(lines), self)))
    }
}
