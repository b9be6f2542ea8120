//! `/access/provisioning`: the provisioning keys of the enterprise, a new one, shown once, and taking one back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::{ProvisioningError, ProvisioningKey, forms};
use crate::ids::{ProvisioningKeyId, SubmissionId};
use crate::people::{Fresh, Permission, Permit};
use crate::permission::{Viewer, may_rule_directory, may_see_members};
use crate::pipelines::KeyState;
use crate::web::dates::{self, Moment};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// See the keys: owners and administrators, and auditors, who only look.
pub(crate) enum See {}

impl Permission for See {
    fn granted(viewer: &Viewer) -> bool {
        may_see_members(viewer)
    }
}

/// Make keys and take them back.
pub(crate) enum Rule {}

impl Permission for Rule {
    fn granted(viewer: &Viewer) -> bool {
        may_rule_directory(viewer)
    }
}

#[derive(Template)]
#[template(path = "provisioning/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    keys: Vec<Line>,
    may_rule: bool,
}

/// A key, as the list shows it.
struct Line {
    href: String,
    name: String,
    /// The part that is not secret, as it begins a key.
    begins: String,
    /// Whether it may manage access keys.
    manages_access: bool,
    created: String,
    last_day: Option<String>,
    last_used: Option<Moment>,
    state: KeyState,
    may_revoke: bool,
}

#[derive(Template)]
#[template(path = "provisioning/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    today: String,
}

#[derive(Template)]
#[template(path = "provisioning/created.html")]
struct CreatedPage<'a> {
    shell: &'a Shell,
    name: &'a str,
    /// The one time that the text of a key is in a page. Not a `Secret`: it is what the page is for.
    key: &'a str,
    curl: String,
}

#[derive(Template)]
#[template(path = "provisioning/revoke.html")]
struct RevokePage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    /// Whether access keys may be there that it made, and that work on.
    manages_access: bool,
    last_used: Option<Moment>,
}

pub(crate) async fn list(request: HttpRequest, viewer: Permit<See>, console: web::Data<Console>) -> Answer {
    let (enterprise, now) = (viewer.enterprise.clone(), console.clock.now());
    let may_rule = may_rule_directory(&viewer);
    let keys = console.db.read(move |conn| super::list(conn, &enterprise)).await.map_err(Problem::from)?;
    let shell = Shell::of(&request, Some(&viewer));
    let keys = keys.into_iter().map(|key| line(key, may_rule, now)).collect();
    shell.answer(StatusCode::OK, &ListPage { shell: &shell, keys, may_rule })
}

fn line(key: ProvisioningKey, may_rule: bool, now: Timestamp) -> Line {
    Line {
        href: address(&key.id),
        begins: format!("vpk_{}_…", key.public_id),
        manages_access: key.manages_access,
        created: dates::day(key.created_at),
        last_day: key.expires_at.map(dates::last_day),
        last_used: key.last_used_at.map(Moment::of),
        may_revoke: may_rule && key.revoked_at.is_none(),
        state: KeyState::of(key.revoked_at, key.expires_at, now),
        name: key.name,
    }
}

/// Where the form of a new key is.
const NEW: &str = "/access/provisioning/new";

pub(crate) async fn new(request: HttpRequest, viewer: Fresh<Rule>, console: web::Data<Console>) -> Answer {
    // Before anything is typed.
    let viewer = viewer.into_viewer(NEW)?;
    let mut state = FormState::new();
    state.set("submission", SubmissionId::new(console.clock.now(), &console.random).as_str());
    form(&request, &viewer, &console, (&state, StatusCode::OK))
}

/// Makes a key and shows its text, this once. The form sent again makes no second one.
pub(crate) async fn create(
    request: HttpRequest,
    viewer: Fresh<Rule>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer(NEW)?;
    let shell = Shell::of(&request, Some(&viewer));
    let new = match forms::read(&Submitted::parse(&body), &shell, console.clock.now()) {
        Ok(new) => new,
        Err(state) => {
            return form(&request, &viewer, &console, (&state, StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let (acting, name) = (console.acting(&request, viewer), new.name.as_str().to_owned());
    let (_, made) = console.db.write(move |conn| super::create(conn, &acting, &new)).await?;
    let key = made.text.expose();
    let curl = format!("curl -H 'Authorization: Bearer {key}' {}/api/v1/projects", console.public_url);
    shell.answer(StatusCode::OK, &CreatedPage { shell: &shell, name: &name, key, curl })
}

fn form(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (state, status): (&FormState, StatusCode),
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    shell.answer(status, &NewPage { shell: &shell, state, today: dates::day(console.clock.now()) })
}

pub(crate) async fn revocation(
    request: HttpRequest,
    viewer: Permit<Rule>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let id = ProvisioningKeyId::parse(&path).ok_or_else(Problem::not_found)?;
    let enterprise = viewer.enterprise.clone();
    let found =
        console.db.read(move |conn| super::find(conn, &enterprise, &id)).await.map_err(Problem::from)?;
    let key = found.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = RevokePage {
        href: address(&key.id),
        name: &key.name,
        manages_access: key.manages_access,
        last_used: key.last_used_at.map(Moment::of),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

pub(crate) async fn revoke(
    request: HttpRequest,
    viewer: Permit<Rule>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let id = ProvisioningKeyId::parse(&path).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer.into_viewer());
    console.db.write(move |conn| super::revoke(conn, &acting, &id)).await?;
    Ok(see_other_saying(&request, "/access/provisioning", &["flash-provisioning-revoked"]))
}

fn address(id: &ProvisioningKeyId) -> String {
    format!("/access/provisioning/{id}")
}

impl From<ProvisioningError> for Problem {
    fn from(error: ProvisioningError) -> Self {
        match error {
            ProvisioningError::NotFound => Self::not_found(),
            ProvisioningError::NotAllowed => Self::forbidden(),
            ProvisioningError::Already => Self::conflict("access-already-shown"),
            ProvisioningError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn keys_can_be_listed_made_shown_and_taken_back() {
        let moment = || Moment::of(Timestamp::UNIX_EPOCH);
        let line = |state: KeyState, used: bool| Line {
            href: "/access/provisioning/x".into(),
            name: "<HR>".into(),
            begins: "vpk_abc_…".into(),
            manages_access: used,
            created: "2026-11-23".into(),
            last_day: used.then(|| "2026-12-31".into()),
            last_used: used.then(moment),
            state,
            may_revoke: used,
        };
        for full in [true, false] {
            look::in_every_shell(|shell| {
                let keys = if full {
                    KeyState::ALL.map(|state| line(state, state.holds().is_ok())).into()
                } else {
                    Vec::new()
                };
                ListPage { shell, keys, may_rule: full }.render()
            });
            look::in_every_shell(|shell| {
                let last_used = full.then(moment);
                RevokePage {
                    shell,
                    href: "/access/provisioning/x".into(),
                    name: "<b>",
                    manages_access: full,
                    last_used,
                }
                .render()
            });
        }
        let mut refused = FormState::new();
        for field in ["", "name", "last_day"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        refused.set("manages_access", forms::TICKED);
        for state in [FormState::new(), refused] {
            look::in_every_shell(|shell| {
                NewPage { shell, state: &state, today: "2026-11-23".into() }.render()
            });
        }
        look::in_every_shell(|shell| {
            CreatedPage { shell, name: "<b>", key: "vpk_x", curl: "curl -H 'x' \"y\"".into() }.render()
        });
    }
}
