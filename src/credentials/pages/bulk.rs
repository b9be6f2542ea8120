//! `GET /credentials/bulk` shows what one thing done to the chosen credentials would break; `POST` does it.
//!
//! The chosen ones stand in the address, or a filter of the list does and means all that fit it. What is then done is
//! what was shown: the form carries the ids.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::asked::{Asked, in_scope};
use super::scope::choose_people;
use super::store;
use crate::credentials::{self, ChangeError, Credential, Deed, MOST_AT_ONCE, Pipeline, Readiness};
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::usage;
use crate::web::choices::{self, Choices};
use crate::web::dates;
use crate::web::forms::{FormState, Submitted};
use crate::web::lists::grouped;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// Pipelines are looked for so many days back.
const DAYS: i32 = 90;

/// So many lines are written out; the rest is counted.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "credentials/bulk.html")]
struct BulkPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    /// `disable`, `enable`, `transfer` or `delete`.
    deed: &'static str,
    /// What it can be done to, and the rest of these that are not written out.
    ready: Vec<Line>,
    ready_count: usize,
    ids: Vec<String>,
    /// What it cannot be done to, and why.
    left: Vec<(Line, &'static str)>,
    pipelines: Vec<PipelineLine>,
    pipelines_count: usize,
    people: Option<Choices>,
    /// More fit the filter than can be changed at once.
    too_many: bool,
    most: usize,
}

struct Line {
    href: String,
    name: String,
    token: String,
}

struct PipelineLine {
    key: String,
    place: String,
    token: String,
    uses: String,
    day: String,
}

/// What is asked for: by the address of the preview, or by its form.
struct Wanted {
    deed: Deed,
    ids: BTreeSet<CredentialId>,
    /// Everything that this fits.
    all: Option<Asked>,
}

impl Wanted {
    fn read(form: &Submitted) -> Option<Self> {
        let deed = match form.one("do") {
            "disable" => Deed::Disable,
            "enable" => Deed::Enable,
            "delete" => Deed::Delete,
            "transfer" => Deed::Transfer(MemberId::parse(form.one("responsible"))),
            _ => return None,
        };
        Some(Self { deed, ids: form.all("id").filter_map(CredentialId::parse).collect(), all: None })
    }
}

fn called(deed: &Deed) -> &'static str {
    match deed {
        Deed::Disable => "disable",
        Deed::Enable => "enable",
        Deed::Delete => "delete",
        Deed::Transfer(_) => "transfer",
    }
}

pub(crate) async fn preview(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let form = Submitted::parse(request.query_string().as_bytes());
    let Some(mut wanted) = Wanted::read(&form) else {
        return Ok(see_other_saying(&request, "/credentials", &["unusual-nothing-chosen"]));
    };
    if form.one("every") == "1" {
        wanted.all = Some(asked.into_inner().tidy(&viewer));
    } else if wanted.ids.is_empty() {
        return Ok(see_other_saying(&request, "/credentials", &["unusual-nothing-chosen"]));
    }
    show(&request, &console, &viewer, (wanted, FormState::new()), StatusCode::OK).await
}

pub(crate) async fn carry_out(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let form = super::submitted(&request, &body)?;
    let Some(wanted) = Wanted::read(&form).filter(|wanted| !wanted.ids.is_empty()) else {
        return Err(Problem::invalid());
    };
    let mut state = FormState::new();
    state.set("responsible", form.one("responsible"));
    choices::remember(&form, &mut state, "responsible");
    if choices::is_search(&form) {
        return show(&request, &console, &viewer, (wanted, state), StatusCode::OK).await;
    }
    let shell = Shell::of(&request, Some(&viewer));
    let counted = wanted.ids.len().to_string();
    if wanted.deed == Deed::Delete && form.one("count") != counted {
        state.set("count", form.one("count"));
        state.refuse("count", shell.t1("bulk-count-differs", "count", counted));
        return show(&request, &console, &viewer, (wanted, state), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if wanted.ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid());
    }
    let acting = console.acting(&request, viewer.clone());
    let (deed, ids) = (wanted.deed.clone(), wanted.ids.clone());
    match console.db.write(move |conn| credentials::carry_out(conn, &acting, (&deed, &ids))).await {
        Ok(_) => {
            let sentence = match wanted.deed {
                Deed::Disable => "flash-bulk-disabled",
                Deed::Enable => "flash-bulk-enabled",
                Deed::Delete => "flash-bulk-deleted",
                Deed::Transfer(_) => "flash-bulk-transferred",
            };
            Ok(see_other_saying(&request, "/credentials", &[sentence]))
        }
        Err(ChangeError::UnknownResponsible) => {
            state.refuse("responsible", shell.t("form-unknown-responsible"));
            show(&request, &console, &viewer, (wanted, state), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        // None was changed. What can be and what cannot is shown as it is by now.
        Err(ChangeError::NotAllowed | ChangeError::WrongState | ChangeError::NotFound) => {
            state.refuse("", shell.t("bulk-changed-meanwhile"));
            show(&request, &console, &viewer, (wanted, state), StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What is read for the page, in one go.
struct Read {
    found: Vec<(Credential, Readiness)>,
    pipelines: Vec<Pipeline>,
    people: Option<Choices>,
    too_many: bool,
}

async fn show(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (wanted, state): (Wanted, FormState),
    status: StatusCode,
) -> Answer {
    let (now, asker, form) = (console.clock.now(), viewer.clone(), state.clone());
    let deed = wanted.deed.clone();
    let read = console.db.read(move |conn| read(conn, &asker, (&wanted, &form), now)).await.map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    let page = page(&shell, &deed, read, &state);
    shell.answer(status, &page)
}

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    (wanted, state): (&Wanted, &FormState),
    now: jiff::Timestamp,
) -> Result<Read, StoreError> {
    let mut ids = wanted.ids.clone();
    if let Some(asked) = &wanted.all {
        let mut filter = asked.filter(now);
        if !asked.place.is_empty() {
            filter.place = in_scope(conn, viewer, &asked.place)?;
        }
        if asked.place.is_empty() || filter.place.is_some() {
            let most = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
            let page = credentials::Page { size: most, after: None, ..asked.page() };
            let (listed, more) = credentials::list(conn, viewer, &filter, &page)?;
            if more {
                return Ok(Read { found: Vec::new(), pipelines: Vec::new(), people: None, too_many: true });
            }
            ids = listed.into_iter().map(|one| one.credential.id).collect();
        }
    }
    if ids.len() > MOST_AT_ONCE {
        return Ok(Read { found: Vec::new(), pipelines: Vec::new(), people: None, too_many: true });
    }
    let found = credentials::preview(conn, viewer, (&wanted.deed, &ids))?;
    let ready: Vec<CredentialId> = found
        .iter()
        .filter(|(_, verdict)| *verdict == Readiness::Ready)
        .map(|(credential, _)| credential.id.clone())
        .collect();
    let breaks = matches!(wanted.deed, Deed::Disable | Deed::Delete);
    Ok(Read {
        pipelines: if breaks {
            credentials::pipelines(conn, viewer, &ready, usage::day(now) - DAYS + 1)?
        } else {
            Vec::new()
        },
        people: match wanted.deed {
            Deed::Transfer(_) if !ready.is_empty() => Some(choose_people(conn, viewer, state)?),
            _ => None,
        },
        found,
        too_many: false,
    })
}

fn page<'a>(shell: &'a Shell, deed: &Deed, read: Read, state: &'a FormState) -> BulkPage<'a> {
    let line = |credential: &Credential| Line {
        href: super::address(&credential.id),
        name: credential.name.as_str().to_owned(),
        token: credential.token.as_str().to_owned(),
    };
    let token = |id: &CredentialId| {
        let found = read.found.iter().find(|(credential, _)| credential.id == *id);
        found.map(|(credential, _)| credential.token.as_str().to_owned()).unwrap_or_default()
    };
    let ready: Vec<&Credential> =
        read.found.iter().filter(|(_, verdict)| *verdict == Readiness::Ready).map(|(one, _)| one).collect();
    let why = |verdict: &Readiness| match verdict {
        Readiness::Ready => None,
        Readiness::Done => Some("bulk-left-done"),
        Readiness::NotAllowed => Some("bulk-left-not-allowed"),
        Readiness::Deleted => Some("bulk-left-deleted"),
    };
    BulkPage {
        shell,
        state,
        deed: called(deed),
        ready_count: ready.len(),
        ids: ready.iter().map(|one| one.id.to_string()).collect(),
        ready: ready.into_iter().take(SHOWN).map(line).collect(),
        left: read
            .found
            .iter()
            .filter_map(|(credential, verdict)| Some((line(credential), why(verdict)?)))
            .take(SHOWN)
            .collect(),
        pipelines_count: read.pipelines.len(),
        pipelines: read
            .pipelines
            .iter()
            .take(SHOWN)
            .map(|one| PipelineLine {
                key: one.key.clone(),
                place: one.place.clone().unwrap_or_default(),
                token: token(&one.credential),
                uses: grouped(one.uses),
                day: dates::day(crate::clock::from_millis(
                    i64::from(one.last_day).saturating_mul(86_400_000),
                )),
            })
            .collect(),
        people: read.people,
        too_many: read.too_many,
        most: MOST_AT_ONCE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_preview_can_be_shown_for_every_deed_full_and_empty() {
        let mut refused = FormState::new();
        refused.set("count", "<b>");
        refused.refuse("count", "wrong");
        refused.refuse("", "changed");
        let line = || Line { href: "/credentials/x".into(), name: "<b>".into(), token: "t".into() };
        for deed in ["disable", "enable", "transfer", "delete"] {
            for (full, state) in [(false, FormState::new()), (true, refused.clone())] {
                look::in_every_shell(|shell| {
                    BulkPage {
                        shell,
                        state: &state,
                        deed,
                        ready: if full { vec![line(), line()] } else { Vec::new() },
                        ready_count: if full { 200 } else { 0 },
                        ids: if full { vec!["a".into()] } else { Vec::new() },
                        left: if full {
                            vec![
                                (line(), "bulk-left-done"),
                                (line(), "bulk-left-not-allowed"),
                                (line(), "bulk-left-deleted"),
                            ]
                        } else {
                            Vec::new()
                        },
                        pipelines: if full {
                            vec![PipelineLine {
                                key: "<k>".into(),
                                place: "shop/web".into(),
                                token: "t".into(),
                                uses: "1,000".into(),
                                day: "2026-11-23".into(),
                            }]
                        } else {
                            Vec::new()
                        },
                        pipelines_count: if full { 300 } else { 0 },
                        people: None,
                        too_many: !full,
                        most: MOST_AT_ONCE,
                    }
                    .render()
                });
            }
        }
    }
}
