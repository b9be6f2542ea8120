//! Who asks, named in a handler's signature.
//!
//! A handler that takes [`SignedIn`] runs only for a signed-in member; one that takes [`Permit`] only for a member
//! whose role gives that permission. Whoever is not signed in is sent to the sign-in page; whoever lacks the
//! permission is told so. What depends on one credential is decided by `permission::may` inside of the operation.

use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::return_to::ReturnTo;
use super::{session, sign_in};
use crate::permission::{self, Viewer};
use crate::web::{Console, Problem};

/// The member who asks.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Viewer);

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match viewer(&request).await? {
                Some(viewer) if is_meant_elsewhere(&request, &viewer) => {
                    Err(Problem::conflict("people-meant-elsewhere"))
                }
                Some(viewer) => Ok(Self(viewer)),
                None => Err(Problem::sign_in_needed(return_to(&request).as_str())),
            }
        })
    }
}

/// A permission that an enterprise role gives, whatever the object.
pub trait Permission: 'static {
    /// Whether the member has it.
    fn granted(viewer: &Viewer) -> bool;
}

/// The member who asks, and has permission `P`.
#[derive(Debug, Clone)]
pub struct Permit<P> {
    viewer: Viewer,
    permission: PhantomData<P>,
}

impl<P> Permit<P> {
    /// The member.
    pub fn into_viewer(self) -> Viewer {
        self.viewer
    }
}

impl<P> Deref for Permit<P> {
    type Target = Viewer;

    fn deref(&self) -> &Viewer {
        &self.viewer
    }
}

impl<P: Permission> FromRequest for Permit<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = SignedIn::from_request(request, payload);
        Box::pin(async move {
            let SignedIn(viewer) = signed_in.await?;
            if P::granted(&viewer) {
                Ok(Self { viewer, permission: PhantomData })
            } else {
                Err(Problem::forbidden())
            }
        })
    }
}

/// The member who asks, has permission `P`, and changes with it what people or programs may do in the whole enterprise:
/// they have to have proved lately who they are, so that a browser that was left open is not enough.
#[derive(Debug, Clone)]
pub struct Fresh<P> {
    permit: Permit<P>,
    /// Where they prove it once more and come back from to the page that they are on, when that was too long ago.
    stale: Option<Stale>,
}

#[derive(Debug, Clone)]
struct Stale {
    /// The slug of the enterprise that they are in.
    enterprise: Option<String>,
    /// The page that they are on, when their browser says so.
    page: Option<ReturnTo>,
}

impl<P> Fresh<P> {
    /// The member, or that they have to confirm first and come back to `page`.
    pub fn into_viewer(self, page: &str) -> Result<Viewer, Problem> {
        let Some(stale) = self.stale else { return Ok(self.permit.into_viewer()) };
        let back = stale.page.unwrap_or_else(|| ReturnTo::or_home(page));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("confirm", "true").append_pair("return_to", back.as_str());
        query.extend_pairs(stale.enterprise.map(|slug| ("enterprise", slug)));
        Err(Problem::confirmation_needed(format!("/sign-in/start?{}", query.finish())))
    }
}

impl<P: Permission> FromRequest for Fresh<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (permit, request) = (Permit::from_request(request, payload), request.clone());
        Box::pin(async move {
            let permit: Permit<P> = permit.await?;
            let stale = is_stale(&request, &permit).await?;
            Ok(Self { permit, stale })
        })
    }
}

async fn is_stale(request: &HttpRequest, viewer: &Viewer) -> Result<Option<Stale>, Problem> {
    let Some(console) = request.app_data::<web::Data<Console>>() else {
        return Err(Problem::internal("no console in the application"));
    };
    let Some(step_up) = console.step_up else { return Ok(None) };
    let id = viewer.sign_in.clone();
    let found = console.db.read(move |conn| sign_in::confirmation(conn, &id)).await?;
    let (proved_at, enterprise) = found.unzip();
    let is_fresh = proved_at.flatten().is_some_and(|at| console.clock.now().duration_since(at) <= step_up);
    Ok((!is_fresh).then(|| Stale { enterprise, page: page_of_browser(request) }))
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident => $granted:expr),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}

        impl Permission for $name {
            fn granted(viewer: &Viewer) -> bool {
                let granted: fn(&Viewer) -> bool = $granted;
                granted(viewer)
            }
        }
    )+};
}

permissions! {
    /// Change any credential of the enterprise.
    ManageCredentials => Viewer::rules_everything,
    /// See any credential of the enterprise.
    ReadCredentials => Viewer::sees_everything,
    /// Create credentials, at least somewhere.
    CreateCredentials => permission::may_create,
    /// Change any access key of the enterprise.
    ManageAccess => Viewer::rules_everything,
    /// See the page of access keys.
    ReadAccess => permission::may_see_access,
    /// Read the whole audit log.
    ReadAudit => Viewer::sees_everything,
    /// See where a member of the enterprise is signed in.
    ReadSignIns => Viewer::sees_everything,
    /// End the sign-ins of any member of the enterprise.
    EndSignIns => Viewer::rules_everything,
}

/// Who asks, if they are signed in. Looked up once for a request, however many extractors want to know.
pub async fn viewer(request: &HttpRequest) -> Result<Option<Viewer>, Problem> {
    if let Some(viewer) = request.extensions().get::<Viewer>() {
        return Ok(Some(viewer.clone()));
    }
    let Some(secret) = session::sign_in_secret(request) else { return Ok(None) };
    let Some(console) = request.app_data::<web::Data<Console>>() else {
        return Err(Problem::internal("no console in the application"));
    };
    let (hash, now, by_itself) = (secret.hash(), console.clock.now(), is_asked_by_itself(request));
    let viewer = console.db.read(move |conn| sign_in::current(conn, &hash, now, by_itself)).await?;
    if let Some(viewer) = &viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    Ok(viewer)
}

/// Whether a page that is left open asks this again and again: nobody need be there, so it prolongs no sign-in.
fn is_asked_by_itself(request: &HttpRequest) -> bool {
    request
        .match_pattern()
        .is_some_and(|path| matches!(path.as_str(), "/credentials/{id}/health" | "/import/{id}/progress"))
}

/// Who asks, looked up again: for a request that waited for something and acts only then. Whoever was signed out or lost a
/// role meanwhile is so now.
pub async fn viewer_by_now(request: &HttpRequest) -> Result<Viewer, Problem> {
    request.extensions_mut().remove::<Viewer>();
    viewer(request).await?.ok_or_else(|| Problem::sign_in_needed("/"))
}

/// Whether a form was opened in another enterprise than its sender is in by now: somebody who is a member of several can
/// go to another in one tab, and send what they typed in another tab. What names a thing by its id finds nothing there;
/// what makes something new says in the address for which enterprise it was meant.
fn is_meant_elsewhere(request: &HttpRequest, viewer: &Viewer) -> bool {
    request.method() != Method::GET
        && url::form_urlencoded::parse(request.query_string().as_bytes())
            .any(|(name, meant)| name == "in" && meant != viewer.enterprise.as_str())
}

/// Where a person should be after they signed in: on the page that they asked for, or from which htmx asked.
fn return_to(request: &HttpRequest) -> ReturnTo {
    if let Some(page) = page_of_browser(request) {
        return page;
    }
    match request.uri().path_and_query() {
        Some(path) if request.method() == Method::GET => ReturnTo::or_home(path.as_str()),
        _ => ReturnTo::home(),
    }
}

/// The page that a browser shows, as htmx says.
fn page_of_browser(request: &HttpRequest) -> Option<ReturnTo> {
    let page = request.headers().get("hx-current-url")?;
    let page = page.to_str().ok().and_then(|page| url::Url::parse(page).ok());
    Some(page.map_or_else(ReturnTo::home, |page| {
        let query = page.query().map(|query| format!("?{query}")).unwrap_or_default();
        ReturnTo::or_home(&format!("{}{query}", page.path()))
    }))
}
