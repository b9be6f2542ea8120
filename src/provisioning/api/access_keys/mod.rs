//! `/api/v1/access-keys`: access keys for programs whose provisioning key may manage them.
//!
//! The very operations of the pages, with one more way to be sent twice: an `Idempotency-Key` makes one key however often
//! it comes. The text of a key is answered once, when a key is made or given another secret, and can never be read again.

mod document;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, ResponseError as _, web};
use serde::Deserialize;
use utoipa::IntoParams;

pub(super) use self::document::{ALL, ANYWHERE, NEVER};
use self::document::{Changes, List, Made, New, Rotation, View};
use super::described::{self, Any, Clash, Document, Named, Right, Stretch};
use super::{Asked, KeyProgram, answer, body, made, next, nothing_to_say};
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, EnterpriseId, ProjectId, RepositoryId, SubmissionId};
use crate::pipelines::{
    self, AccessError, AccessKey, KeyFacts, KeyFilter, KeySecret, KeyState, NewAccessKey, Place, public_part,
};
use crate::web::{Answer, Problem};

/// The header that makes a repeated request make one key.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Which access keys.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those of this project and of its repositories.
    #[param(value_type = String, required = false, format = "uuid")]
    project: Option<String>,
    /// Only those of this repository.
    #[param(value_type = String, required = false, format = "uuid")]
    repository: Option<String>,
    /// Only those in this state; those that are `expiring` are `active` as well.
    #[param(required = false, schema_with = described::key_state)]
    state: Option<String>,
}

/// Why nothing was done, in the words of this address.
struct Refused(AccessError);

impl From<AccessError> for Refused {
    fn from(error: AccessError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<Refused> for Problem {
    fn from(Refused(error): Refused) -> Self {
        match error {
            AccessError::UnknownPlace => Self::conflict("api-access-place-gone"),
            AccessError::Already(_) => Self::conflict("api-access-already"),
            AccessError::Revoked => Self::conflict("api-access-revoked"),
            AccessError::RotatedMeanwhile => Self::conflict("api-access-rotated"),
            AccessError::NotAllowed => Self::forbidden().saying("api-access-right"),
            other @ (AccessError::NotFound | AccessError::Store(_)) => other.into(),
        }
    }
}

/// List access keys
#[utoipa::path(
    get,
    path = "/api/v1/access-keys",
    operation_id = "listAccessKeys",
    tag = "access-keys",
    params(Asked, Which),
    responses((status = 200, description = "A stretch of them, by name.", body = List), Stretch, Right, Any)
)]
pub(crate) async fn list(
    KeyProgram(program): KeyProgram,
    asked: web::Query<Asked>,
    which: web::Query<Which>,
) -> Answer {
    let page = asked.page()?;
    let now = program.acting.now;
    let filter = KeyFilter {
        // Whoever searches for a whole key gets it by the part that is no secret.
        search: page.search.map(|words| public_part(&words)),
        place: which.place()?,
        // A filter that was left empty by mistake must not list everything.
        state: which.state.as_deref().map(state).transpose()?,
        after: page.after,
        size: page.size,
    };
    let (keys, more, mut secrets) = program
        .read(move |conn, viewer| {
            let (keys, more) = pipelines::list(conn, viewer, &filter, now)?;
            let secrets = pipelines::secrets_of(conn, &keys)?;
            Ok((keys, more, secrets))
        })
        .await?;
    let next = next(keys.last().filter(|_| more).map(|last| (last.name.as_str(), last.id.as_str())));
    let view = |key: AccessKey| {
        let secrets = secrets.remove(&key.id).unwrap_or_default();
        View::of(key, secrets, now)
    };
    answer(StatusCode::OK, &List { access_keys: keys.into_iter().map(view).collect(), next })
}

impl Which {
    fn place(&self) -> Result<Option<Place>, Problem> {
        Ok(match (&self.project, &self.repository) {
            (None, None) => None,
            (project, repository) => Some(place(project.as_deref(), repository.as_deref())?),
        })
    }
}

/// Make an access key
///
/// The answer is the only one that has the text of the key. Asked again with the same `Idempotency-Key` no second one is
/// made: the answer is then 409, and its `Location` names the one that was.
#[utoipa::path(
    post,
    path = "/api/v1/access-keys",
    operation_id = "createAccessKey",
    tag = "access-keys",
    params(("Idempotency-Key" = Option<String>, Header, format = "uuid", description = "A UUID of your own for this key, so that asking again after a broken connection makes no second one.")),
    request_body(content = New, example = json!({
        "name": "nightly builds",
        "project": "019300d2-6f0a-7c3e-9b1f-0242ac120002",
        "expires_at": "2030-12-31T00:00:00Z",
        "sources": ["10.20.0.0/16", "2001:db8::/32"],
        "tokens": "all",
    })),
    responses((status = 201, description = "The key, with its text.", body = Made<'static>, headers(("Location" = String, description = "Its address."))), Document, Right, Clash, Any)
)]
pub(crate) async fn create(
    KeyProgram(program): KeyProgram,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Answer {
    let new: New = body(&bytes)?;
    let now = program.acting.now;
    let submission = match submission(&request)? {
        Some(given) => given,
        None => SubmissionId::new(now, &program.acting.random),
    };
    let place = place(new.project.as_deref(), new.repository.as_deref())?;
    let facts = KeyFacts {
        name: super::name(&new.name)?,
        expires_at: document::end(&new.expires_at, (None, now))?,
        sources: document::sources(&new.sources)?,
        tokens: document::tokens(&new.tokens)?,
    };
    let new = NewAccessKey { facts, place, submission };
    let done = program
        .change(move |conn, acting| -> Result<_, Refused> {
            let (id, text) = match pipelines::create(conn, acting, &new) {
                Err(AccessError::Already(id)) => return Ok(Err(id)),
                made => made?,
            };
            Ok(Ok((found(conn, &acting.viewer.enterprise, &id)?, text)))
        })
        .await?;
    match done {
        Ok(((key, secrets), text)) => {
            let at = address(&key.id);
            made(&at, &Made { access_key: View::of(key, secrets, now), key: text.text.expose() })
        }
        Err(already) => {
            let problem = Problem::from(Refused(AccessError::Already(already.clone())));
            let mut response = problem.error_response();
            if let Ok(at) = address(&already).parse() {
                response.headers_mut().insert(header::LOCATION, at);
            }
            Ok(response)
        }
    }
}

/// Show an access key
#[utoipa::path(
    get,
    path = "/api/v1/access-keys/{id}",
    operation_id = "getAccessKey",
    tag = "access-keys",
    params(("id" = String, Path, format = "uuid", description = "The access key.")),
    responses((status = 200, description = "The access key.", body = View), Right, Named, Any)
)]
pub(crate) async fn show(KeyProgram(program): KeyProgram, at: web::Path<String>) -> Answer {
    let (id, now) = (id(&at)?, program.acting.now);
    let found = program.read(move |conn, viewer| pipelines::find(conn, &viewer.enterprise, &id)).await?;
    let (key, secrets) = found.ok_or_else(Problem::not_found)?;
    answer(StatusCode::OK, &View::of(key, secrets, now))
}

/// Change an access key
///
/// What it is called, when it ends, from where it works and what it may ask for; it holds for the very next resolve. It is
/// changed whole or not at all. Its place is for life.
#[utoipa::path(
    patch,
    path = "/api/v1/access-keys/{id}",
    operation_id = "changeAccessKey",
    tag = "access-keys",
    params(("id" = String, Path, format = "uuid", description = "The access key.")),
    request_body = Changes,
    responses((status = 200, description = "The access key as it is now.", body = View), Document, Right, Named, Clash, Any)
)]
pub(crate) async fn change(
    KeyProgram(program): KeyProgram,
    at: web::Path<String>,
    bytes: web::Bytes,
) -> Answer {
    let (id, changes): (_, Changes) = (id(&at)?, body(&bytes)?);
    let now = program.acting.now;
    let name = changes.name.as_deref().map(super::name).transpose()?;
    let sources = changes.sources.as_ref().map(document::sources).transpose()?;
    let tokens = changes.tokens.as_ref().map(document::tokens).transpose()?;
    // The end that it has may be sent back, though it be over; whether this is that one is seen below.
    let end = changes.expires_at.as_deref().map(document::moment).transpose()?;
    let (key, secrets) = program
        .change(move |conn, acting| -> Result<_, Refused> {
            let (was, _) = found(conn, &acting.viewer.enterprise, &id)?;
            let facts = KeyFacts {
                name: match name {
                    Some(name) => name,
                    None => document::stored_name(&was)?,
                },
                expires_at: match end {
                    Some(end) if end != was.expires_at && document::is_over(end, now) => return Ok(None),
                    Some(end) => end,
                    None => was.expires_at,
                },
                sources: sources.unwrap_or(was.sources),
                tokens: tokens.unwrap_or(was.tokens),
            };
            pipelines::edit(conn, acting, &id, &facts)?;
            Ok(Some(found(conn, &acting.viewer.enterprise, &id)?))
        })
        .await?
        .ok_or_else(|| Problem::unprocessable("api-access-expires"))?;
    answer(StatusCode::OK, &View::of(key, secrets, now))
}

/// Rotate an access key
///
/// Makes another secret, and answers the text that has it, this once. The secret before works on as long as `overlap` says;
/// one that still overlapped with that ends now. `secret` is the number of the one that is current: a request that is sent
/// twice rotates once, and is answered 409 the second time.
#[utoipa::path(
    post,
    path = "/api/v1/access-keys/{id}/rotate",
    operation_id = "rotateAccessKey",
    tag = "access-keys",
    params(("id" = String, Path, format = "uuid", description = "The access key.")),
    request_body = Rotation,
    responses((status = 200, description = "The key, with its new text.", body = Made<'static>), Document, Right, Named, Clash, Any)
)]
pub(crate) async fn rotate(
    KeyProgram(program): KeyProgram,
    at: web::Path<String>,
    bytes: web::Bytes,
) -> Answer {
    let (id, asked): (_, Rotation) = (id(&at)?, body(&bytes)?);
    let (now, overlap) = (program.acting.now, document::overlap(&asked.overlap)?);
    let ((key, secrets), text) = program
        .change(move |conn, acting| -> Result<_, Refused> {
            let (_, text) = pipelines::rotate(conn, acting, &id, (asked.secret, overlap))?;
            Ok((found(conn, &acting.viewer.enterprise, &id)?, text))
        })
        .await?;
    answer(StatusCode::OK, &Made { access_key: View::of(key, secrets, now), key: text.text.expose() })
}

/// End the old secret of a rotated access key
///
/// Ahead of its time: the very next resolve with it is refused. Done twice, or where none works on, it changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/access-keys/{id}/end-old",
    operation_id = "endOldSecret",
    tag = "access-keys",
    params(("id" = String, Path, format = "uuid", description = "The access key.")),
    responses((status = 204, description = "Only the current secret works."), Right, Named, Clash, Any)
)]
pub(crate) async fn end_old(KeyProgram(program): KeyProgram, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    program
        .change(move |conn, acting| -> Result<_, Refused> { Ok(pipelines::end_old(conn, acting, &id)?) })
        .await?;
    nothing_to_say()
}

/// Revoke an access key
///
/// For ever, and at once: the very next resolve with any of its secrets is refused. It stays in the list as `revoked`. Done
/// twice, it changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/access-keys/{id}/revoke",
    operation_id = "revokeAccessKey",
    tag = "access-keys",
    params(("id" = String, Path, format = "uuid", description = "The access key.")),
    responses((status = 204, description = "It opens nothing any more."), Right, Named, Any)
)]
pub(crate) async fn revoke(KeyProgram(program): KeyProgram, at: web::Path<String>) -> Answer {
    let id = id(&at)?;
    program
        .change(move |conn, acting| -> Result<_, Refused> { Ok(pipelines::revoke(conn, acting, &id)?) })
        .await?;
    nothing_to_say()
}

fn id(text: &str) -> Result<AccessKeyId, Problem> {
    AccessKeyId::parse(text).ok_or_else(Problem::not_found)
}

fn address(id: &AccessKeyId) -> String {
    format!("/api/v1/access-keys/{id}")
}

fn state(text: &str) -> Result<KeyState, Problem> {
    KeyState::parse(text).ok_or_else(|| Problem::unprocessable("api-access-state"))
}

/// A project or a repository, one of the two.
fn place(project: Option<&str>, repository: Option<&str>) -> Result<Place, Problem> {
    let place = match (project, repository) {
        (Some(id), None) => ProjectId::parse(id).map(Place::Project),
        (None, Some(id)) => RepositoryId::parse(id).map(Place::Repository),
        (Some(_), Some(_)) | (None, None) => None,
    };
    place.ok_or_else(|| Problem::unprocessable("api-access-place"))
}

/// What names the request, so that it acts once.
fn submission(request: &HttpRequest) -> Result<Option<SubmissionId>, Problem> {
    let bad = || Problem::unprocessable("api-access-submission");
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad())?.to_ascii_lowercase();
    // Two of them name two requests.
    let only = values.next().is_none();
    SubmissionId::parse(text.trim()).filter(|_| only).map(Some).ok_or_else(bad)
}

fn found(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &AccessKeyId,
) -> Result<(AccessKey, Vec<KeySecret>), AccessError> {
    pipelines::find(conn, enterprise, id)?.ok_or(AccessError::NotFound)
}
