//! `GET /credentials/bulk` shows what one thing done to the chosen credentials would break; `POST` does it.
//!
//! The chosen ones stand in the address, or a filter of the list does and means all that fit it. What is then done is
//! what was shown: the form carries the ids.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::asked::{Asked, in_scope};
use super::pipelines::{Breaks, Dependents, dependents};
use super::scope::choose_people;
use super::store;
use crate::credentials::{self, ChangeError, Credential, Deed, MOST_AT_ONCE, Readiness};
use crate::db::{Conn, StoreError};
use crate::directory::{self, MemberState};
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::web::choices::{self, Choices};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

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
    /// What would fail, where that is asked.
    breaks: Option<Breaks>,
    people: Option<Choices>,
    /// Who answers for them from now on, once somebody is chosen.
    heir: Option<Heir>,
    /// More fit the filter than can be changed at once.
    too_many: bool,
    most: usize,
}

/// Who takes over, and from whom how many.
struct Heir {
    id: String,
    name: String,
    from: Vec<(String, usize)>,
}

struct Line {
    href: String,
    name: String,
    token: String,
}

/// What is asked for: by the address of the preview, or by its form.
struct Wanted {
    deed: Deed,
    ids: BTreeSet<CredentialId>,
    /// Everything that this fits.
    all: Option<Asked>,
    /// Whether it is to be said who takes over, before anything is done.
    names_heir: bool,
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
        Some(Self {
            deed,
            ids: form.all("id").filter_map(CredentialId::parse).collect(),
            all: None,
            names_heir: false,
        })
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
    let Some(mut wanted) = Wanted::read(&form).filter(|wanted| !wanted.ids.is_empty()) else {
        return Err(Problem::invalid());
    };
    let mut state = FormState::new();
    state.set("responsible", form.one("responsible"));
    choices::remember(&form, &mut state, "responsible");
    if choices::is_search(&form) || form.has("back") {
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
    if matches!(wanted.deed, Deed::Transfer(Some(_))) && !form.has("confirmed") {
        wanted.names_heir = true;
        return show(&request, &console, &viewer, (wanted, state), StatusCode::UNPROCESSABLE_ENTITY).await;
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
    lost: Option<Dependents>,
    people: Option<Choices>,
    heir: Option<Heir>,
    too_many: bool,
}

async fn show(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (wanted, mut state): (Wanted, FormState),
    status: StatusCode,
) -> Answer {
    let names_heir = wanted.names_heir;
    let (now, asker, form) = (console.clock.now(), viewer.clone(), state.clone());
    let deed = wanted.deed.clone();
    let read = console.db.read(move |conn| read(conn, &asker, (&wanted, &form), now)).await.map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    if names_heir && read.heir.is_none() {
        state.refuse("responsible", shell.t("form-unknown-responsible"));
    }
    let page = page((&shell, viewer), &deed, read, &state);
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
                return Ok(Read { found: Vec::new(), lost: None, people: None, heir: None, too_many: true });
            }
            ids = listed.into_iter().map(|one| one.credential.id).collect();
        }
    }
    if ids.len() > MOST_AT_ONCE {
        return Ok(Read { found: Vec::new(), lost: None, people: None, heir: None, too_many: true });
    }
    let found = credentials::preview(conn, viewer, (&wanted.deed, &ids))?;
    let ready: Vec<CredentialId> = found
        .iter()
        .filter(|(_, verdict)| *verdict == Readiness::Ready)
        .map(|(credential, _)| credential.id.clone())
        .collect();
    let heir = match &wanted.deed {
        Deed::Transfer(Some(to)) if wanted.names_heir => heir(conn, viewer, (to, &found))?,
        _ => None,
    };
    let breaks = matches!(wanted.deed, Deed::Disable | Deed::Delete);
    Ok(Read {
        lost: if breaks { Some(dependents(conn, viewer, &ready, now)?) } else { None },
        people: match wanted.deed {
            Deed::Transfer(_) if !ready.is_empty() && heir.is_none() => {
                Some(choose_people(conn, viewer, state)?)
            }
            _ => None,
        },
        heir,
        found,
        too_many: false,
    })
}

/// Who takes over; `None`: there is no such person.
fn heir(
    conn: &mut Conn,
    viewer: &Viewer,
    (to, found): (&MemberId, &[(Credential, Readiness)]),
) -> Result<Option<Heir>, StoreError> {
    let member = directory::find_member(conn, &viewer.enterprise, to)?;
    let Some(member) = member.filter(|member| member.state == MemberState::Active) else { return Ok(None) };
    let mut counts: BTreeMap<&MemberId, usize> = BTreeMap::new();
    for (credential, _) in found.iter().filter(|(_, verdict)| *verdict == Readiness::Ready) {
        *counts.entry(&credential.responsible).or_default() += 1;
    }
    let ids: Vec<MemberId> = counts.keys().map(|id| (*id).clone()).collect();
    let names = directory::member_names(conn, &viewer.enterprise, &ids)?;
    let from = counts.into_iter().filter_map(|(id, count)| Some((names.get(id)?.clone(), count)));
    Ok(Some(Heir { id: member.id.to_string(), name: member.name, from: from.collect() }))
}

fn page<'a>(
    (shell, viewer): (&'a Shell, &Viewer),
    deed: &Deed,
    read: Read,
    state: &'a FormState,
) -> BulkPage<'a> {
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
        breaks: read.lost.as_ref().map(|lost| {
            Breaks::of_several(shell, viewer, &lost.pipelines, token).and_reminders(lost.reminders)
        }),
        people: read.people,
        heir: read.heir,
        too_many: read.too_many,
        most: MOST_AT_ONCE,
    }
}

#[cfg(test)]
mod tests {
    use super::super::pipelines::tests::breaks;
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
                        breaks: full.then(|| breaks(300, true)),
                        people: None,
                        heir: (full && deed == "transfer").then(|| Heir {
                            id: "x".into(),
                            name: "<Li>".into(),
                            from: vec![("<Wang>".into(), 2)],
                        }),
                        too_many: !full,
                        most: MOST_AT_ONCE,
                    }
                    .render()
                });
            }
        }
    }
}
