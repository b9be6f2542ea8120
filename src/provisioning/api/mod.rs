//! `/api/v1/projects`, `/api/v1/repositories`, `/api/v1/members` and who is a member where, for programs; and
//! `/api/v1/access-keys` for those that may manage access keys.
//!
//! JSON in and out; what goes wrong is an RFC 9457 problem with a stable `code`; nothing may be kept by caches. Lists come
//! in stretches: `next` is given as `after` to get the following one, and is null behind the last.

pub(crate) mod access_keys;
mod described;
pub(crate) mod members;
pub(crate) mod memberships;
pub(crate) mod projects;
pub(crate) mod repositories;

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory::{Page, Slug};
use crate::permission::{Acting, Proof, Viewer};
use crate::pipelines::{Presented, Unproved};
use crate::web::forms::{object, search_words};
use crate::web::lists::cursor;
use crate::web::{Answer, Console, Problem};

/// Lines of a stretch, unless another number is asked for.
const USUAL: i64 = 100;
/// At most as many.
const MOST: i64 = 500;

/// A program that has proved by a provisioning key for whom it acts.
pub(crate) struct Program {
    console: web::Data<Console>,
    presented: Arc<Presented>,
    acting: Acting,
}

impl FromRequest for Program {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let console = request
                .app_data::<web::Data<Console>>()
                .cloned()
                .ok_or_else(|| Problem::internal("no console serves this"))?;
            let presented = presented(&request).ok_or_else(Problem::key_needed)?;
            let (presented, now) = (Arc::new(presented), console.clock.now());
            let asked = Arc::clone(&presented);
            let proved = console
                .db
                .read(move |conn| -> Result<_, StoreError> { super::prove(conn, &asked, now) })
                .await
                .map_err(Problem::from)?;
            let (viewer, key) = proved.map_err(|unproved| refused(unproved, &presented))?;
            let mut acting = console.acting(&request, viewer);
            acting.proof = Proof::Key(key);
            // Nobody is signed in, so there is no sign-in that could end on the way.
            acting.origin.sign_in = None;
            Ok(Self { console, presented, acting })
        })
    }
}

/// All of them get the same answer; the log says which it was, and of which key.
fn refused(unproved: Unproved, presented: &Presented) -> Problem {
    Problem::key_needed().because(format!("{} key vpk_{}", unproved.as_str(), presented.public_id))
}

fn presented(request: &HttpRequest) -> Option<Presented> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().filter(|_| values.next().is_none())?;
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    super::presented(key.trim())
}

/// A program whose provisioning key may manage access keys too. Told apart before anything of the request is read, so
/// that a program without the right learns nothing of the keys that there are.
pub(crate) struct KeyProgram(Program);

impl FromRequest for KeyProgram {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let proved = Program::from_request(request, payload);
        Box::pin(async move {
            let program = proved.await?;
            match &program.acting.proof {
                Proof::Key(key) if key.manages_access => Ok(Self(program)),
                Proof::Key(_) | Proof::SignIn => {
                    let of = format!(
                        "provisioning key {} may not manage access keys",
                        program.acting.viewer.member
                    );
                    Err(Problem::forbidden().saying("api-access-right").because(of))
                }
            }
        })
    }
}

/// Why a change was not made.
enum Failed<E> {
    /// The key does not hold any more.
    Unproved,
    /// What was to be done was refused.
    Refused(E),
}

impl<E: From<StoreError>> From<StoreError> for Failed<E> {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Program {
    /// Reads something.
    async fn read<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn, &Viewer) -> Result<T, StoreError> + Send + 'static,
    {
        let (viewer, presented, now) =
            (self.acting.viewer.clone(), Arc::clone(&self.presented), self.acting.now);
        let (found, due) = self
            .console
            .db
            .read(move |conn| -> Result<_, StoreError> {
                let due = super::is_touch_due(conn, &presented, now)?;
                Ok((work(conn, &viewer)?, due))
            })
            .await
            .map_err(Problem::from)?;
        if due {
            let presented = Arc::clone(&self.presented);
            let noted: Result<(), StoreError> =
                self.console.db.write(move |conn| super::touch(conn, &presented, now)).await;
            // Who only reads must not fail because this could not be written down.
            if let Err(error) = noted {
                tracing::warn!(%error, "could not note when a provisioning key was last used");
            }
        }
        Ok(found)
    }

    /// Changes something, in one transaction that judges the key again.
    async fn change<T, E, F>(self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: From<StoreError> + Into<Problem> + Send + 'static,
        F: FnOnce(&mut Conn, &Acting) -> Result<T, E> + Send + 'static,
    {
        let (acting, presented) = (self.acting, self.presented);
        let done = self
            .console
            .db
            .write(move |conn| -> Result<T, Failed<E>> {
                if !super::still_holds(conn, &presented, &acting)? {
                    return Err(Failed::Unproved);
                }
                super::touch(conn, &presented, acting.now)?;
                work(conn, &acting).map_err(Failed::Refused)
            })
            .await;
        done.map_err(|failed| match failed {
            Failed::Unproved => Problem::key_needed(),
            Failed::Refused(error) => error.into(),
        })
    }
}

/// Which stretch of a list.
#[derive(Debug, Default, serde::Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only what has these words in it.
    #[param(required = false)]
    q: String,
    /// Where the stretch begins: the `next` of the one before.
    #[param(required = false)]
    after: String,
    /// At most so many.
    #[param(required = false, schema_with = described::limit)]
    limit: Option<i64>,
}

impl Asked {
    fn page(&self) -> Result<Page, Problem> {
        let after = match self.after.as_str() {
            "" => None,
            text => Some(read_cursor(text).ok_or_else(|| Problem::unprocessable("api-after"))?),
        };
        let size = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&size) {
            return Err(Problem::unprocessable("api-limit"));
        }
        Ok(Page { search: search_words(&self.q), after, size })
    }
}

fn read_cursor(text: &str) -> Option<(String, String)> {
    cursor(&String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?)
}

/// Where the next stretch begins: behind this name and id.
fn next(last: Option<(&str, &str)>) -> Option<String> {
    last.map(|(name, id)| URL_SAFE_NO_PAD.encode(format!("{name}~{id}")))
}

/// The document of a body; what it does not know is refused.
fn body<T: DeserializeOwned>(bytes: &web::Bytes) -> Result<T, Problem> {
    object(bytes).ok_or_else(|| Problem::invalid().saying("api-shape"))
}

fn name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(|_| Problem::unprocessable("api-name"))
}

fn path(text: &str) -> Result<Slug, Problem> {
    Slug::parse(text).map_err(|_| Problem::unprocessable("api-path"))
}

/// Text where there is some; an absent one and an empty one are the same.
fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn answer(status: StatusCode, document: &impl Serialize) -> Answer {
    Ok(HttpResponse::build(status).json(document))
}

fn made(at: &str, document: &impl Serialize) -> Answer {
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(document))
}

fn nothing_to_say() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_asked_for_within_bounds() {
        let after = next(Some(("商~城", "7"))).unwrap();
        let asked = Asked { after, limit: Some(500), ..Asked::default() };
        let page = asked.page().unwrap();
        assert_eq!((page.after, page.size), (Some(("商~城".into(), "7".into())), 500));
        assert_eq!(Asked::default().page().unwrap().size, USUAL);
        for limit in [0, -1, 501] {
            assert!(Asked { limit: Some(limit), ..Asked::default() }.page().is_err(), "{limit}");
        }
        for after in ["x", "!", "eA"] {
            assert!(Asked { after: after.into(), ..Asked::default() }.page().is_err(), "{after}");
        }
    }
}
