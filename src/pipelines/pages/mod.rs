//! The pages under "Access": the list of access keys, a new one, shown once, and taking one back.

mod places;

use std::collections::{BTreeSet, HashMap};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

pub(crate) use places::search as search_places;

use super::{AccessError, AccessKey, Binding, NewKey, forms, sees};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{AccessKeyId, ProjectId, RepositoryId, SubmissionId};
use crate::people::{Permit, ReadAccess};
use crate::permission::{self, Viewer, may_manage_access};
use crate::web::choices::{Choices, is_search};
use crate::web::dates::Moment;
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, dates, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    keys: Vec<Line>,
    may_create: bool,
    /// Whether the keys of programs that look after the directory are theirs to see.
    sees_provisioning: bool,
}

/// An access key, as the list shows it.
struct Line {
    id: String,
    name: String,
    /// The part that is not secret, as it begins a key.
    begins: String,
    place: String,
    /// Whether it stands for one repository, not for a whole project.
    is_repository: bool,
    created: String,
    last_day: Option<String>,
    last_used: Option<Moment>,
    /// The message id of its state: active, expired, revoked.
    state: &'static str,
    may_revoke: bool,
}

#[derive(Template)]
#[template(path = "pipelines/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    form: FormState,
    places: Choices,
}

#[derive(Template)]
#[template(path = "pipelines/created.html")]
struct CreatedPage<'a> {
    shell: &'a Shell,
    name: &'a str,
    /// The one time that the text of a key is in a page. Not a `Secret`: it is what the page is for.
    key: &'a str,
    curl: String,
}

#[derive(Template)]
#[template(path = "pipelines/revoke.html")]
struct RevokePage<'a> {
    shell: &'a Shell,
    id: &'a str,
    name: &'a str,
    place: String,
    last_used: Option<Moment>,
}

/// The names of places that keys stand for.
struct Places {
    projects: HashMap<ProjectId, String>,
    repositories: HashMap<RepositoryId, String>,
}

impl Places {
    fn read<'a>(
        conn: &mut Conn,
        viewer: &Viewer,
        keys: impl Iterator<Item = &'a AccessKey> + Clone,
    ) -> Result<Self, StoreError> {
        let projects: BTreeSet<ProjectId> = keys.clone().map(|key| key.binding.project().clone()).collect();
        let repositories: BTreeSet<RepositoryId> =
            keys.filter_map(|key| key.binding.repository().cloned()).collect();
        let (projects, repositories): (Vec<_>, Vec<_>) =
            (projects.into_iter().collect(), repositories.into_iter().collect());
        Ok(Self {
            projects: directory::project_names(conn, &viewer.enterprise, &projects)?,
            repositories: directory::repository_names(conn, &viewer.enterprise, &repositories)?,
        })
    }

    fn name(&self, binding: &Binding) -> String {
        let name = match binding.repository() {
            Some(repository) => self.repositories.get(repository),
            None => self.projects.get(binding.project()),
        };
        name.cloned().unwrap_or_default()
    }
}

/// The list of access keys.
pub(crate) async fn list(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let now = console.clock.now();
    let asking = viewer.clone();
    let (keys, places) = console
        .db
        .read(move |conn| {
            let mut keys = super::list(conn, &asking.enterprise)?;
            keys.retain(|key| sees(&asking, key));
            let places = Places::read(conn, &asking, keys.iter())?;
            Ok::<_, StoreError>((keys, places))
        })
        .await?;
    let keys = keys.into_iter().map(|key| line(key, &places, &viewer, now));
    let page = ListPage {
        keys: keys.collect(),
        may_create: may_create(&viewer),
        sees_provisioning: permission::may_see_members(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// The form of a new access key.
pub(crate) async fn new(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let mut form = FormState::new();
    form.set("submission", SubmissionId::new(console.clock.now(), &console.random).as_str());
    form_page(&request, &viewer, &console, (StatusCode::OK, form)).await
}

/// Makes an access key and shows its text, this once. The form sent again makes no second one.
pub(crate) async fn create(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    body: web::Bytes,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let submitted = Submitted::parse(&body);
    if is_search(&submitted) {
        let form = forms::again(&submitted);
        return form_page(&request, &viewer, &console, (StatusCode::OK, form)).await;
    }
    let new = match forms::read(&submitted, &shell, console.clock.now()) {
        Ok(new) => new,
        Err(form) => {
            return form_page(&request, &viewer, &console, (StatusCode::UNPROCESSABLE_ENTITY, form)).await;
        }
    };
    let acting = console.acting(&request, viewer);
    let name = new.name.as_str().to_owned();
    match console.db.write(move |conn| super::create(conn, &acting, &new)).await {
        Ok((_, key)) => shell.answer(StatusCode::CREATED, &created(&shell, &name, &key, &console)),
        Err(AccessError::Already(_)) => Err(Problem::conflict("access-already-shown")),
        Err(error) => Err(error.into()),
    }
}

/// Asks before an access key is taken back.
pub(crate) async fn revocation(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let id = AccessKeyId::parse(&path).ok_or_else(Problem::not_found)?;
    let (asking, wanted) = (viewer.clone(), id.clone());
    let (key, places) = console
        .db
        .read(move |conn| {
            let key = super::find(conn, &asking.enterprise, &wanted)?;
            let places = Places::read(conn, &asking, key.iter())?;
            Ok::<_, StoreError>((key, places))
        })
        .await?;
    let key = key.filter(|key| sees(&viewer, key)).ok_or_else(Problem::not_found)?;
    if !may_manage_access(&viewer, key.binding.project(), key.binding.repository()) {
        return Err(Problem::forbidden());
    }
    let page = RevokePage {
        shell: &shell,
        id: id.as_str(),
        name: &key.name,
        place: places.name(&key.binding),
        last_used: key.last_used_at.map(Moment::of),
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
    console.db.write(move |conn| super::revoke(conn, &acting, &id)).await?;
    Ok(see_other_saying(&request, "/access", &["flash-access-revoked"]))
}

async fn form_page(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (status, form): (StatusCode, FormState),
) -> Answer {
    if !may_create(viewer) {
        return Err(Problem::forbidden());
    }
    let shell = Shell::of(request, Some(viewer));
    let (asking, filled) = (viewer.clone(), form.clone());
    let places = console.db.read(move |conn| places::read(conn, &asking, &filled)).await?;
    shell.answer(status, &NewPage { shell: &shell, form, places })
}

fn created<'a>(shell: &'a Shell, name: &'a str, key: &'a NewKey, console: &Console) -> CreatedPage<'a> {
    let key = key.text.expose();
    let curl = format!(
        "curl -H 'Authorization: Bearer {key}' {}/api/v1/credentials/TOKEN/fields",
        console.public_url
    );
    CreatedPage { shell, name, key, curl }
}

fn line(key: AccessKey, places: &Places, viewer: &Viewer, now: Timestamp) -> Line {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "access-state-revoked",
        (None, Some(end)) if end <= now => "access-state-expired",
        (None, _) => "access-state-active",
    };
    Line {
        id: key.id.to_string(),
        begins: format!("vak_{}_…", key.public_id),
        place: places.name(&key.binding),
        is_repository: key.binding.repository().is_some(),
        created: dates::day(key.created_at),
        last_day: key.expires_at.map(dates::last_day),
        last_used: key.last_used_at.map(Moment::of),
        may_revoke: key.revoked_at.is_none()
            && may_manage_access(viewer, key.binding.project(), key.binding.repository()),
        state,
        name: key.name,
    }
}

/// Whether there is any place that this member could make a key for; an auditor only looks.
fn may_create(viewer: &Viewer) -> bool {
    permission::may_make_access(viewer)
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::not_found(),
            AccessError::NotAllowed => Self::forbidden(),
            AccessError::UnknownPlace => Self::conflict("access-place-gone"),
            AccessError::Already(_) => Self::conflict("access-already-shown"),
            AccessError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn line(state: &'static str, used: bool) -> Line {
        Line {
            id: "x".into(),
            name: "<builds>".into(),
            begins: "vak_abc_…".into(),
            place: "storefront & web".into(),
            is_repository: used,
            created: "2026-11-23".into(),
            last_day: used.then(|| "2026-12-31".into()),
            last_used: used.then(|| Moment::of(Timestamp::UNIX_EPOCH)),
            state,
            may_revoke: used,
        }
    }

    #[test]
    fn the_list_can_be_shown_full_and_empty() {
        for full in [false, true] {
            look::in_every_shell(|shell| {
                let states = ["access-state-active", "access-state-expired", "access-state-revoked"];
                let keys = if full {
                    states.map(|state| line(state, state.ends_with("active"))).into()
                } else {
                    Vec::new()
                };
                ListPage { shell, keys, may_create: full, sees_provisioning: full }.render()
            });
        }
    }

    #[test]
    fn the_form_can_be_filled_and_refused() {
        let mut refused = FormState::new();
        for field in ["", "name", "place", "last_day"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        for (form, some) in [(FormState::new(), false), (FormState::new(), true), (refused, true)] {
            look::in_every_shell(|shell| {
                NewPage { shell, form: form.clone(), places: places::sample(some) }.render()
            });
        }
    }

    #[test]
    fn a_key_is_shown_and_taken_back() {
        look::in_every_shell(|shell| {
            CreatedPage { shell, name: "<b>", key: "vak_x", curl: "curl -H 'x' \"y\"".into() }.render()
        });
        for used in [false, true] {
            look::in_every_shell(|shell| {
                let last_used = used.then(|| Moment::of(Timestamp::UNIX_EPOCH));
                RevokePage { shell, id: "x", name: "<b>", place: "p".into(), last_used }.render()
            });
        }
    }
}
