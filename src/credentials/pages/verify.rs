//! Having a credential verified: before it is saved, and any time later.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::create::made;
use super::verdict::{Banner, HealthView, other_identity};
use super::{address, credential_for, id_in, store};
use crate::catalogue::{Answer as Said, Finding};
use crate::credentials::{self, Candidate, CreateError, Credential, RotateError, SaveError, State};
use crate::db::StoreError;
use crate::ids::{CandidateId, VerificationId};
use crate::people::{SignedIn, viewer_by_now};
use crate::permission::{Action, Viewer, may};
use crate::verify::{self, AskError, Cause, Health, Subject};
use crate::web::{Answer, Console, Problem, Shell, see_other, see_other_saying};

/// How long a form waits. Whoever takes the question gives up sooner.
const FORM_WAITS: Duration = Duration::from_secs(20);

/// How long a page waits before it shows that somebody is asking.
const PAGE_WAITS: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "credentials/health.html")]
struct HealthFragment<'a> {
    shell: &'a Shell,
    href: String,
    health: HealthView,
}

/// `POST /credentials/{id}/verify`, with `message` for a test message.
pub(crate) async fn verify(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::Edit).await?;
    if matches!(credential.state, State::Deleted { .. }) {
        return Err(Problem::conflict("problem-credential-deleted"));
    }
    let cause = match body.is_empty() || !super::submitted(&request, &body)?.has("message") {
        true => Cause::Demand,
        false if sends_messages(&console, &credential).await? => Cause::Message,
        false => return Err(Problem::invalid()),
    };
    let (acting, id, object) =
        (console.acting(&request, viewer.clone()), credential.id.clone(), credential.object());
    let question =
        console.db.write(move |conn| verify::ask(conn, &acting, Subject::Stored(&id, object), cause)).await?;
    console.bell.notify_one();
    let found = verify::found_within(&console.db, &question, PAGE_WAITS).await.map_err(store)?;
    let unseen = |found: &Finding| found.remarks.iter().any(|remark| remark == "remark-bot-keyword");
    let say = match found.as_ref().map(|found| found.outcome.answer()) {
        None => "flash-verify-asking",
        Some(Said::Works) if cause == Cause::Message && found.as_ref().is_some_and(unseen) => {
            "unusual-message-keyword"
        }
        Some(Said::Works) if cause == Cause::Message => "flash-message-sent",
        Some(Said::Works) => "flash-verify-works",
        Some(Said::Refused) => "unusual-verify-refused",
        Some(Said::NoVerdict) => "unusual-verify-no-verdict",
        Some(Said::Uncheckable) => "unusual-verify-uncheckable",
    };
    Ok(see_other_saying(&request, &address(&credential.id), &[say]))
}

/// `GET /credentials/{id}/health`: the card of the page, which asks for itself while a question is open.
pub(crate) async fn health(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::See).await?;
    let id = credential.id.clone();
    let health = console.db.read(move |conn| verify::health(conn, &id)).await.map_err(store)?;
    let may_message = sends_messages(&console, &credential).await?;
    let shell = Shell::of(&request, Some(&viewer));
    let view = view(&shell, &viewer, &credential, &health, may_message);
    let page = HealthFragment { shell: &shell, href: address(&credential.id), health: view };
    shell.answer(StatusCode::OK, &page)
}

/// `POST /credentials/candidates/{id}/save`: somebody has seen how it verified and saves it all the same.
pub(crate) async fn save_candidate(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let id = CandidateId::parse(&path).ok_or_else(Problem::not_found)?;
    let submitted = if body.is_empty() { None } else { Some(super::submitted(&request, &body)?) };
    let return_to = submitted.as_ref().map_or("", |form| form.one("return_to"));
    save(&request, &console, viewer, (id, &[], return_to)).await
}

/// The health of a credential as `viewer` sees it; whether its kind sends messages.
pub(super) fn view(
    shell: &Shell,
    viewer: &Viewer,
    credential: &Credential,
    health: &Health,
    sends_messages: bool,
) -> HealthView {
    let alive = !matches!(credential.state, State::Deleted { .. });
    let may_verify = alive && may(viewer.role, Action::Edit, credential.standing(viewer));
    HealthView::of(shell, health, credential.current_version, (may_verify, sends_messages))
}

/// Whether the current version is of a kind that a test message can be sent with.
async fn sends_messages(console: &Console, credential: &Credential) -> Result<bool, Problem> {
    let (id, number) = (credential.id.clone(), credential.current_version);
    let version =
        console.db.read(move |conn| credentials::version(conn, &id, number)).await.map_err(store)?;
    let variant = version.and_then(|version| credential.credential_type.variant(&version.variant));
    Ok(variant.is_some_and(|variant| variant.post.is_some()))
}

/// What came of "verify and save".
pub(super) enum Tried {
    /// It works as whom it should: it is saved.
    Saved(actix_web::HttpResponse),
    /// Somebody has to look: the form is shown again under this.
    Look(Box<Banner>),
}

/// Waits for what is found about a candidate, and saves it when it works as the same identity as before.
pub(super) async fn verify_and_save(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (candidate, question): (Candidate, VerificationId),
    (warnings, return_to): (&[&'static str], &str),
) -> Result<Tried, Problem> {
    console.bell.notify_one();
    let found = verify::found_within(&console.db, &question, FORM_WAITS).await.map_err(store)?;
    let before = match candidate.follows() {
        None => None,
        Some(_) => {
            let id = candidate.credential.clone();
            console.db.read(move |conn| verify::health(conn, &id)).await.map_err(store)?.identity
        }
    };
    let good = found.as_ref().is_some_and(|found| {
        found.outcome.proves_identity() && other_identity(found, before.as_ref()).is_none()
    });
    if good {
        let by_now = viewer_by_now(request).await?;
        return save(request, console, by_now, (candidate.id, warnings, return_to)).await.map(Tried::Saved);
    }
    let shell = Shell::of(request, Some(viewer));
    let mut banner = Banner::of(&shell, &candidate.id, found.as_ref(), before.as_ref());
    // A warning that needs values is left out, as in the sentence after saving.
    let said = warnings.iter().filter(|warning| shell.language.knows(warning));
    banner.warnings = said.map(|warning| shell.t(warning)).collect();
    Ok(Tried::Look(Box::new(banner)))
}

async fn save(
    request: &HttpRequest,
    console: &Console,
    viewer: Viewer,
    (id, warnings, return_to): (CandidateId, &[&'static str], &str),
) -> Answer {
    let enterprise = viewer.enterprise.clone();
    let (acting, sealer) = (console.acting(request, viewer), console.sealer.clone());
    let saved = console.db.write(move |conn| credentials::save(conn, &acting, &sealer, &id)).await;
    match saved {
        Ok(saved) => {
            let say = if saved.is_new { "flash-credential-created" } else { "flash-credential-rotated" };
            let say: Vec<_> = std::iter::once(say).chain(warnings.iter().copied()).collect();
            made(request, console, &enterprise, (saved.credential, return_to), &say).await
        }
        Err(SaveError::Create(CreateError::Already(id))) if return_to.is_empty() => {
            Ok(see_other(&address(&id)))
        }
        Err(SaveError::Create(CreateError::Already(id))) => {
            made(request, console, &enterprise, (id, return_to), &[]).await
        }
        Err(error) => Err(error.into()),
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooMany => Self::too_many_requests(60).saying("problem-too-many-verifications"),
            AskError::Store(error) => error.into(),
        }
    }
}

impl From<SaveError> for Problem {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Gone => Self::not_found().saying("problem-candidate-gone"),
            SaveError::Create(error) => match error {
                CreateError::NotAllowed => Self::forbidden(),
                CreateError::TokenTaken => Self::conflict("problem-candidate-token"),
                CreateError::UnknownPlace | CreateError::UnknownResponsible => {
                    Self::conflict("problem-candidate-place")
                }
                CreateError::Already(_) => Self::conflict("problem-conflict"),
                CreateError::Store(error) => error.into(),
            },
            SaveError::Rotate(error) => match error {
                RotateError::NotFound => Self::not_found(),
                RotateError::NotAllowed => Self::forbidden(),
                RotateError::Deleted => Self::conflict("problem-credential-deleted"),
                RotateError::NotAsSigned => Self::internal(error),
                RotateError::Already(_) => Self::conflict("problem-conflict"),
                RotateError::Conflict { .. } => Self::conflict("problem-candidate-rotated"),
                RotateError::Store(error) => error.into(),
            },
            SaveError::Store(error) => error.into(),
        }
    }
}

/// Why a proposal or its question was not written down.
pub(super) enum NotProposed<E> {
    /// The proposal is wrong.
    Refused(E),
    /// The question was not written down.
    Ask(AskError),
}

impl<E> From<StoreError> for NotProposed<E> {
    fn from(error: StoreError) -> Self {
        Self::Ask(error.into())
    }
}

/// Writes a question about a candidate down.
pub(super) fn ask_about<E>(
    conn: &mut crate::db::Conn,
    acting: &crate::permission::Acting,
    candidate: Result<Candidate, E>,
) -> Result<(Candidate, VerificationId), NotProposed<E>> {
    let candidate = candidate.map_err(NotProposed::Refused)?;
    let subject = Subject::Candidate(&candidate.id, &candidate.credential, candidate.object());
    let question = verify::ask(conn, acting, subject, Cause::Form).map_err(NotProposed::Ask)?;
    Ok((candidate, question))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::pages::verdict::tests::healths;
    use crate::web::look;

    #[test]
    fn the_card_can_be_shown_in_every_health() {
        for mut health in healths() {
            for asking in [false, true] {
                health.asking_since = asking.then_some(jiff::Timestamp::UNIX_EPOCH);
                for may in [(true, true), (false, false)] {
                    look::in_every_shell(|shell| {
                        let health = HealthView::of(shell, &health, 3, may);
                        let html =
                            HealthFragment { shell, href: "/credentials/x".into(), health }.render()?;
                        // The card alone is no document; what surrounds it is not its business.
                        Ok(if shell.fragment { html } else { format!("<!doctype html>{html}") })
                    });
                }
            }
        }
    }
}
