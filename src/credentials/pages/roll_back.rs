//! `/credentials/{id}/versions/{number}/roll-back`: what comes back with an older version, and bringing it back.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::{address, credential_for, store};
use crate::audit;
use crate::catalogue::{Answer as Found, CredentialType, Outcome, messages};
use crate::credentials::{
    self, Credential, Difference, Held, RollBack, RollBackError, RotateError, Runs, State, Version, forms,
};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId, SubmissionId};
use crate::people::SignedIn;
use crate::permission::{Action, Viewer};
use crate::usage;
use crate::verify;
use crate::web::dates::{self, Moment};
use crate::web::forms::FormState;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// So many of the last findings are looked through for one about the version.
const FINDINGS: u16 = 200;

#[derive(Template)]
#[template(path = "credentials/roll_back.html")]
struct RollBackPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    token: &'a str,
    /// The version whose content comes back, and the one that is current.
    number: i32,
    current: i32,
    made: Moment,
    made_by: String,
    changes: Vec<Change>,
    /// When the old content itself ended.
    ended: Option<String>,
    /// How the old content verified the last time, when it did not work: in words, and when.
    failed: Option<(String, Moment)>,
    /// Runs under way, by the version that each keeps.
    runs: Vec<(i32, i64)>,
    /// Somebody else made a new version since the form was opened.
    conflict: bool,
}

/// A field that would be another one.
struct Change {
    label: String,
    now: Value,
    then: Value,
    /// With which version it became what it is, when, and who made that.
    since: i32,
    at: Option<Moment>,
    by: String,
}

/// What a field holds.
enum Value {
    Nothing,
    Plain(String),
    Secret,
}

/// What the page is about, read in one go.
struct Read {
    older: Version,
    versions: Vec<Version>,
    differences: Vec<Difference>,
    names: HashMap<MemberId, String>,
    failed: Option<(Outcome, Timestamp)>,
    runs: Vec<(i32, i64)>,
}

/// `GET …`: what would be different.
pub(crate) async fn look(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<(String, String)>,
    console: web::Data<Console>,
) -> Answer {
    let (credential, number) = rollable(&console, &viewer, &path).await?;
    let mut state = FormState::new();
    let submission = SubmissionId::new(console.clock.now(), &console.random);
    state.set("submission", submission.as_str());
    state.set("based_on", credential.current_version.to_string());
    page(&request, &console, &viewer, (&credential, number, &state), StatusCode::OK).await
}

/// `POST …`: brings it back.
pub(crate) async fn roll_back(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<(String, String)>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let (credential, number) = rollable(&console, &viewer, &path).await?;
    let form = super::submitted(&request, &body)?;
    let submission = SubmissionId::parse(form.one("submission")).ok_or_else(Problem::invalid)?;
    let based_on = form.one("based_on").parse().map_err(|_| Problem::invalid())?;
    let runs = if form.has("runs-follow") { Runs::Follow } else { Runs::Keep };
    let mut state = FormState::new();
    state.set("submission", submission.as_str());
    state.set("runs-follow", if runs == Runs::Follow { "on" } else { "" });
    state.set("based_on", credential.current_version.to_string());
    let back = RollBack { credential: credential.id.clone(), to: number, based_on, runs, submission };
    let (acting, sealer) = (console.acting(&request, viewer.clone()), console.sealer.clone());
    let done = console.db.write(move |conn| credentials::roll_back(conn, &acting, &sealer, &back)).await;
    let shell = Shell::of(&request, Some(&viewer));
    let sentence = match done {
        Ok(_) | Err(RollBackError::Rotate(RotateError::Already(_))) => {
            let to = address(&credential.id);
            return Ok(see_other_saying(&request, &to, &["flash-credential-rolled-back"]));
        }
        // What is shown again is what comes back over the version that is current by now.
        Err(RollBackError::Rotate(RotateError::Conflict { current })) => {
            state.set("based_on", current.to_string());
            let id = &credential.id;
            let credential = reread(&console, &viewer, id).await?.ok_or_else(Problem::not_found)?;
            let again = (&credential, number, &state);
            return page(&request, &console, &viewer, again, StatusCode::CONFLICT).await;
        }
        Err(RollBackError::NoSuchVersion | RollBackError::Rotate(RotateError::NotFound)) => {
            return Err(Problem::not_found());
        }
        Err(RollBackError::Rotate(RotateError::NotAllowed)) => return Err(Problem::forbidden()),
        Err(RollBackError::Rotate(RotateError::Deleted)) => {
            return Err(Problem::conflict("problem-credential-deleted"));
        }
        Err(RollBackError::Rotate(RotateError::Store(error))) => return Err(error.into()),
        Err(RollBackError::NothingNew) => "roll-back-nothing-new",
        Err(error @ RollBackError::Rotate(RotateError::NotAsSigned)) => {
            let id = &credential.id;
            tracing::error!(request_id = shell.request_id, credential = %id, version = number, %error, "not rolled back");
            "roll-back-not-as-signed"
        }
    };
    state.refuse("", shell.t(sentence));
    let again = (&credential, number, &state);
    page(&request, &console, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// The credential of the path, when it may be rotated, and the number of the version.
async fn rollable(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<(String, String)>,
) -> Result<(Credential, i32), Problem> {
    let id = CredentialId::parse(&path.0).ok_or_else(Problem::not_found)?;
    let credential = credential_for(console, viewer, &id, Action::Edit).await?;
    if matches!(credential.state, State::Deleted { .. }) {
        return Err(Problem::conflict("problem-credential-deleted"));
    }
    let number = path.1.parse().map_err(|_| Problem::not_found())?;
    if number == credential.current_version {
        return Err(Problem::conflict("problem-version-current"));
    }
    Ok((credential, number))
}

async fn reread(
    console: &Console,
    viewer: &Viewer,
    id: &CredentialId,
) -> Result<Option<Credential>, Problem> {
    let (asker, id) = (viewer.clone(), id.clone());
    console.db.read(move |conn| credentials::seen_by(conn, &asker, &id)).await.map_err(store)
}

async fn page(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, number, state): (&Credential, i32, &FormState),
    status: StatusCode,
) -> Answer {
    let (of, now) = (credential.clone(), console.clock.now());
    let found = console.db.read(move |conn| read(conn, &of, number, now)).await.map_err(store)?;
    let Read { older, versions, differences, names, failed, runs } = found.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(request, Some(viewer));
    let name_of = |id: &MemberId| names.get(id).cloned().unwrap_or_default();
    let change = |difference: Difference| {
        let since = versions.iter().find(|version| version.number == difference.since);
        Change {
            label: label(&shell, credential.credential_type, (&older, &versions), &difference.field),
            now: value(&shell, credential.credential_type, &difference.field, difference.now),
            then: value(&shell, credential.credential_type, &difference.field, difference.then),
            since: difference.since,
            at: since.map(|version| Moment::of(version.created_at)),
            by: since.map(|version| name_of(&version.created_by)).unwrap_or_default(),
        }
    };
    let page = RollBackPage {
        state,
        href: address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        number,
        current: credential.current_version,
        made: Moment::of(older.created_at),
        made_by: name_of(&older.created_by),
        changes: differences.into_iter().map(change).collect(),
        ended: older.content_expires_at.filter(|end| *end <= now).map(dates::day),
        failed: failed.map(|(outcome, at)| {
            (shell.t(format!("verdict-{}", outcome.as_str().replace('_', "-"))), Moment::of(at))
        }),
        runs,
        conflict: status == StatusCode::CONFLICT,
        shell: &shell,
    };
    shell.answer(status, &page)
}

fn read(
    conn: &mut Conn,
    credential: &Credential,
    number: i32,
    now: Timestamp,
) -> Result<Option<Read>, StoreError> {
    let (id, current) = (&credential.id, credential.current_version);
    let versions = credentials::versions(conn, id)?;
    let older = versions.iter().find(|version| version.number == number).cloned();
    // One that the type no longer knows cannot be delivered.
    let older = older.filter(|older| credential.credential_type.variant(&older.variant).is_some());
    let Some(older) = older else { return Ok(None) };
    let people: Vec<MemberId> = versions.iter().map(|version| version.created_by.clone()).collect();
    Ok(Some(Read {
        differences: credentials::differences(conn, id, (number, current))?,
        names: directory::member_names(conn, &credential.enterprise, &people)?,
        failed: failed(conn, credential, number)?,
        // Those that began with what is current now will be behind, too.
        runs: usage::behind(conn, id, current.saturating_add(1), now)?,
        older,
        versions,
    }))
}

/// How a version verified the last time that it was asked about, when the other system refused it.
fn failed(
    conn: &mut Conn,
    credential: &Credential,
    number: i32,
) -> Result<Option<(Outcome, Timestamp)>, StoreError> {
    let last = verify::health(conn, &credential.id)?.last.filter(|known| known.version == number);
    let found = match last {
        Some(known) => Some((known.finding.outcome, known.at)),
        None => {
            let objects = audit::Objects::These(vec![credential.id.to_string()]);
            let action_prefix = Some("credential.verified".to_owned());
            let filter = audit::Filter { objects, action_prefix, ..audit::Filter::default() };
            let page = audit::list(conn, &credential.enterprise, &filter, (None, FINDINGS))?;
            let about = |entry: &audit::Entry| entry.detail.get("version") == Some(&number.into());
            page.entries.into_iter().find(about).and_then(|entry| {
                let outcome = Outcome::parse(entry.reason.as_deref().unwrap_or_default())?;
                Some((outcome, entry.at))
            })
        }
    };
    Ok(found.filter(|(outcome, _)| outcome.answer() == Found::Refused))
}

/// What a field is called, in whichever version has it.
fn label(
    shell: &Shell,
    of: &CredentialType,
    (older, versions): (&Version, &[Version]),
    field: &str,
) -> String {
    if field.is_empty() {
        return shell.t("credential-variant");
    }
    let variants = std::iter::once(older).chain(versions).filter_map(|version| of.variant(&version.variant));
    let found = variants.filter_map(|variant| variant.field(field)).next();
    found.map_or_else(|| field.to_owned(), |found| forms::called(shell.language, of, found))
}

fn value(shell: &Shell, of: &CredentialType, field: &str, held: Held) -> Value {
    match held {
        Held::Nothing => Value::Nothing,
        Held::Sealed => Value::Secret,
        Held::Plain(id) if field.is_empty() => Value::Plain(match of.variant(&id) {
            Some(variant) => shell.t(messages::variant_label(of, variant)),
            None => id,
        }),
        Held::Plain(value) => Value::Plain(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn what_comes_back_can_be_shown_with_every_warning_and_with_none() {
        let mut refused = FormState::new();
        refused.refuse("", "<wrong>");
        let moment = || Moment::of(Timestamp::UNIX_EPOCH);
        for (full, state) in [(false, FormState::new()), (true, refused)] {
            let change = |now, then| Change {
                label: "<field>".into(),
                now,
                then,
                since: 3,
                at: full.then(moment),
                by: "Li <Na>".into(),
            };
            look::in_every_shell(|shell| {
                RollBackPage {
                    shell,
                    state: &state,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    token: "aliyun-prod",
                    number: 2,
                    current: 4,
                    made: moment(),
                    made_by: "Li".into(),
                    changes: match full {
                        false => Vec::new(),
                        true => vec![
                            change(Value::Secret, Value::Secret),
                            change(Value::Plain("<a>\nb".into()), Value::Nothing),
                            change(Value::Nothing, Value::Plain("b".into())),
                            change(Value::Secret, Value::Plain("b".into())),
                        ],
                    },
                    ended: full.then(|| "2026-11-01".into()),
                    failed: full.then(|| (shell.t("verdict-invalid-secret"), moment())),
                    runs: if full { vec![(4, 2), (3, 1)] } else { Vec::new() },
                    conflict: full,
                }
                .render()
            });
        }
    }
}
