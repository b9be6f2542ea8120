//! `GET /api/v1/picker`: what the signed-in person may pick for a repository's pipelines, for editors.
//!
//! JSON for scripts of the console's own origin and for whoever has the console's cookie; there is no other way to prove
//! who asks, because what can be picked is a person's. Another origin gets nothing: it embeds the picker instead. What
//! goes wrong is an RFC 9457 problem with a stable `code`.

use std::collections::BTreeMap;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use super::{After, Offer, Wanted};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::web::forms::search_words;
use crate::web::{Answer, Console, Problem, refusals};

/// Lines of a stretch, unless another number is asked for.
const USUAL: i64 = 50;
/// At most as many.
const MOST: i64 = 100;

/// What is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The repository, by its id or its path.
    #[param(required = true, min_length = 1)]
    repository: String,
    /// Ids of credential types, separated by commas; empty: any.
    #[serde(rename = "type")]
    #[param(required = false)]
    types: String,
    /// Words to search for in name, token, description and plain fields.
    #[param(required = false)]
    q: String,
    /// The `next` of the stretch before.
    #[param(required = false)]
    after: String,
    /// At most so many, up to 100.
    #[param(required = false, value_type = i64)]
    limit: Option<i64>,
}

/// A stretch of what can be picked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Picker {
    repository: RepositoryFacts,
    /// Those in scope by name, then others that the person may see, by name.
    items: Vec<Item>,
    /// Give it as `after` to get what follows; null behind the last.
    next: Option<String>,
}

/// The repository that is picked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RepositoryFacts {
    id: String,
    path: String,
    name: String,
}

/// A credential that could be picked. Never its content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// What pipelines call it; not a secret.
    token: String,
    name: String,
    /// The id of its type.
    #[serde(rename = "type")]
    credential_type: &'static str,
    group: &'static str,
    description: String,
    health: HealthFacts,
    /// When it ends, if somebody said so.
    expires_at: Option<String>,
    /// Whether pipelines of the repository get it.
    usable: bool,
    /// Why they do not: `not_in_scope`, `disabled` or `expired`; `failing`: they do, but the system it is for refuses it.
    reason: Option<&'static str>,
    /// Whether a run has to prove something besides where it belongs, such as its branch.
    conditional: bool,
    /// When a pipeline last got it, to the minute.
    last_used_at: Option<String>,
}

/// How the last verification ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthFacts {
    /// `works`, `refused`, `no-verdict`, `uncheckable` or `unknown`.
    state: &'static str,
    checked_at: Option<String>,
}

impl Item {
    fn of(offer: Offer) -> Self {
        let (usable, state) = (offer.is_usable(), offer.health_is().as_str());
        let Offer { credential, reason, conditional, health } = offer;
        Self {
            token: credential.token.as_str().to_owned(),
            name: credential.name.as_str().to_owned(),
            credential_type: credential.credential_type.id,
            group: credential.credential_type.group.as_str(),
            description: credential.description.as_str().to_owned(),
            health: HealthFacts { state, checked_at: health.map(|(_, at)| at.to_string()) },
            expires_at: credential.expires_at.map(|at| at.to_string()),
            usable,
            reason: reason.map(super::Reason::as_str),
            conditional,
            last_used_at: credential.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// How the picker refuses.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[
            (400, &["invalid_request"]),
            (401, &["unauthenticated"]),
            (403, &["cross_site"]),
            (404, &["not_found"]),
            (422, &["invalid_request"]),
            (500, &["internal"]),
            (503, &["unavailable"]),
        ])
    }
}

/// Pick a credential for a repository
///
/// What the signed-in person may pick for the pipelines of a repository: those in scope by name, then others that they may
/// see, with the reason why they cannot be used there. For scripts of the console's own origin.
#[utoipa::path(
    get,
    path = "/api/v1/picker",
    operation_id = "pick",
    tag = "picker",
    params(Asked),
    responses((status = 200, description = "A stretch of what can be picked.", body = Picker), Refusals)
)]
pub(crate) async fn pick(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    if !is_our_own(&request) {
        return Err(Problem::cross_site());
    }
    let asked = asked.into_inner();
    let invalid = || Problem::unprocessable("picker-invalid");
    let types = super::types(&asked.types).ok_or_else(invalid)?;
    let after = match asked.after.as_str() {
        "" => None,
        text => Some(After::parse(text).ok_or_else(invalid)?),
    };
    if asked.repository.is_empty() {
        return Err(invalid());
    }
    let (size, now) = (asked.limit.unwrap_or(USUAL).clamp(1, MOST), console.clock.now());
    let search = search_words(&asked.q);
    let found = console
        .db
        .read(move |conn: &mut Conn| -> Result<_, StoreError> {
            let Some(here) = super::here(conn, &viewer, &asked.repository)? else { return Ok(None) };
            let wanted = Wanted { place: here.scope(), types, search, elsewhere: true, after, size };
            Ok(Some((super::offers(conn, &viewer, &wanted, now)?, here)))
        })
        .await?;
    let (offers, here) = found.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(Picker {
        repository: RepositoryFacts {
            id: here.repository.id.to_string(),
            path: here.repository.slug,
            name: here.repository.name,
        },
        items: offers.offers.into_iter().map(Item::of).collect(),
        next: offers.next.map(|after| after.to_string()),
    }))
}

/// Whether a page of ours asks, or no page at all. Without our saying so by CORS others could not read the answer
/// anyway; this makes sure of it in browsers that have said so themselves.
fn is_our_own(request: &HttpRequest) -> bool {
    let name = HeaderName::from_static("sec-fetch-site");
    let mut said = request.headers().get_all(name);
    match (said.next(), said.next()) {
        (None, _) => true,
        (Some(site), None) => site == "same-origin" || site == "none",
        (Some(_), Some(_)) => false,
    }
}
