//! What surrounds every page: language, theme, who is signed in, where they are, what just happened.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;

use super::language::{Language, Value};
use super::preferences::Theme;
use super::{Answer, Site};
use crate::ids::RequestId;
use crate::permission::{EnterpriseRole, Viewer, may_see_access, may_see_members};

/// The cookie that carries the id of one sentence to the page after a redirect.
const FLASH_COOKIE: &str = "voucher-flash";

/// What the layout shows. Templates hold a reference and ask it for sentences.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The language of the page.
    pub language: Language,
    /// The colours of the page.
    pub theme: Theme,
    /// Who is signed in.
    pub viewer: Option<Person>,
    /// Path and query of this page, to come back to.
    pub path: String,
    /// What can be reached from everywhere.
    pub nav: Vec<NavItem>,
    /// What just happened, and what was unusual about it.
    pub flash: Vec<Flash>,
    /// The request, as the log names it.
    pub request_id: String,
    /// Whether htmx asked, for what is inside of the page.
    pub fragment: bool,
    read: Vec<&'static str>,
    https: bool,
    gzip: bool,
}

/// Who is signed in, as far as the layout shows it.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their enterprise.
    pub enterprise: String,
    /// Its id.
    pub enterprise_id: String,
    /// Whether they are a member of another one too.
    pub elsewhere: bool,
    /// The message id of their role.
    pub role: &'static str,
}

/// A sentence about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// Its message id.
    pub sentence: String,
    /// Whether it warns.
    pub warns: bool,
}

/// A place in the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// The message id of its name.
    pub name: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Its symbol in the sprite.
    pub icon: &'static str,
    /// Whether the page is in there.
    pub current: bool,
}

impl Shell {
    /// The shell for a request. `viewer` is who is signed in, when somebody is.
    pub fn of(req: &HttpRequest, viewer: Option<&Viewer>) -> Self {
        let mut shell = Self {
            language: Language::of(req),
            theme: Theme::of(req),
            viewer: None,
            nav: Vec::new(),
            path: req.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            flash: flash(req),
            request_id: request_id(req),
            fragment: wants_fragment(req),
            read: super::preferences::explanations_read(req),
            https: https(req),
            gzip: super::assets::takes_gzip(req),
        };
        shell.show(viewer);
        shell
    }

    /// Shows who is signed in, and where they can go.
    pub(super) fn show(&mut self, viewer: Option<&Viewer>) {
        let path = self.path.split('?').next().unwrap_or_default();
        self.nav = viewer.map(|viewer| nav(viewer, path)).unwrap_or_default();
        self.viewer = viewer.map(Person::of);
    }

    /// The sentence called `id`.
    pub fn t(&self, id: impl AsRef<str>) -> String {
        self.language.t(id.as_ref())
    }

    /// The sentence called `id`, with one value put in.
    pub fn t1(&self, id: impl AsRef<str>, name: &'static str, value: impl Value) -> String {
        self.language.t_args(id.as_ref(), &[(name, value.value())])
    }

    /// The sentence called `id`, with two named values put in.
    pub fn t2(
        &self,
        id: &str,
        one: &(&'static str, impl Value),
        other: &(&'static str, impl Value),
    ) -> String {
        self.language.t_args(id, &[(one.0, one.1.value()), (other.0, other.1.value())])
    }

    /// Where an asset is served, with its content's hash in the path.
    pub fn asset(&self, name: &str) -> String {
        super::asset_path(name)
    }

    /// The enterprise that the page is about. A form that makes something new carries it along as `in`, so that it is
    /// refused after its sender has gone to another enterprise in another tab.
    pub fn here(&self) -> &str {
        self.viewer.as_ref().map_or("", |viewer| viewer.enterprise_id.as_str())
    }

    /// Whether an explanation is still to be shown.
    pub fn explains(&self, name: &str) -> bool {
        !self.read.contains(&name)
    }

    /// Every theme, and whether it is the chosen one.
    pub fn themes(&self) -> impl Iterator<Item = (Theme, bool)> {
        let here = self.theme;
        Theme::ALL.into_iter().map(move |theme| (theme, theme == here))
    }

    /// Answers with a page. The template holds this shell.
    pub fn answer(&self, status: StatusCode, page: &impl Template) -> Answer {
        let body = page.render()?;
        let mut response = HttpResponse::build(status);
        response.content_type("text/html; charset=utf-8");
        if self.fragment && status.is_client_error() {
            // A form that is shown again is no place to come back to.
            response.insert_header(("HX-Push-Url", "false"));
        }
        if !self.flash.is_empty() {
            response.cookie(ended(cookie(FLASH_COOKIE, String::new(), self.https)));
        }
        response.insert_header((header::VARY, "Accept-Encoding"));
        match self.gzip.then(|| super::assets::gzip(body.as_bytes(), flate2::Compression::fast())).flatten() {
            Some(small) => Ok(response.insert_header(header::ContentEncoding::Gzip).body(small)),
            None => Ok(response.body(body)),
        }
    }
}

impl Person {
    /// What stands in the circle beside their name.
    pub fn initial(&self) -> String {
        self.name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default()
    }

    fn of(viewer: &Viewer) -> Self {
        Self {
            name: viewer.name.clone(),
            enterprise: viewer.enterprise_name.clone(),
            enterprise_id: viewer.enterprise.to_string(),
            elsewhere: viewer.elsewhere,
            role: match viewer.role {
                EnterpriseRole::Owner => "role-owner",
                EnterpriseRole::Administrator => "role-administrator",
                EnterpriseRole::Auditor => "role-auditor",
                EnterpriseRole::Member => "role-member",
            },
        }
    }
}

/// Leads on to another page after something was done; with htmx the browser follows just the same.
pub fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

/// As [`see_other`]; the next page says the sentences, whose ids start with `flash-`, or with `unusual-` for a warning.
/// A sentence that needs values is left out: a cookie carries none.
pub fn see_other_saying(req: &HttpRequest, to: &str, sentences: &[&'static str]) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .cookie(cookie(FLASH_COOKIE, sentences.join("."), https(req)))
        .finish()
}

/// A cookie of the shell: it says how to show things, never who somebody is.
pub(super) fn cookie(name: &'static str, value: String, https: bool) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(https).same_site(SameSite::Lax).finish()
}

pub(super) fn https(req: &HttpRequest) -> bool {
    req.app_data::<web::Data<Site>>().is_some_and(|site| site.https)
}

/// Whether htmx asked for the inside of a page; going back in history it asks for all of it.
pub(super) fn wants_fragment(req: &HttpRequest) -> bool {
    let is = |name: &str, value: &str| req.headers().get(name).is_some_and(|given| given == value);
    is("HX-Request", "true") && !is("HX-History-Restore-Request", "true") && !is("HX-Request-Type", "full")
}

/// The request, as the log names it.
pub(super) fn request_id(req: &HttpRequest) -> String {
    req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

fn ended(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.make_removal();
    cookie
}

/// The sentences that the cookie names, as far as they are ours: a cookie can be planted, a sentence cannot.
fn flash(req: &HttpRequest) -> Vec<Flash> {
    let cookie = req.cookie(FLASH_COOKIE);
    let ids = cookie.as_ref().map(|cookie| cookie.value()).unwrap_or_default().split('.').take(8);
    ids.filter_map(|id| {
        let warns = id.starts_with("unusual-");
        ((warns || id.starts_with("flash-")) && Language::En.knows(id))
            .then(|| Flash { sentence: id.to_owned(), warns })
    })
    .collect()
}

fn nav(viewer: &Viewer, path: &str) -> Vec<NavItem> {
    let under =
        |href: &str| path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
    let item = |name, href, icon| NavItem { name, href, icon, current: under(href) };
    let projects = item("nav-projects", "/projects", "folder");
    let projects =
        NavItem { current: projects.current || under("/repositories") || under("/import"), ..projects };
    let overview = item("nav-overview", "/overview", "pulse");
    let overview =
        NavItem { current: overview.current || under("/calendar") || under("/reminders"), ..overview };
    let mut items = vec![overview, item("nav-credentials", "/credentials", "key"), projects];
    if may_see_members(viewer) {
        items.push(item("nav-members", "/members", "person"));
    }
    if may_see_access(viewer) {
        items.push(item("nav-access", "/access", "robot"));
    }
    if viewer.sees_everything() {
        items.push(item("nav-audit", "/audit", "tasks"));
    }
    items
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::look;

    #[test]
    fn a_planted_cookie_says_only_sentences_of_ours() {
        let said = |cookie: &str| {
            let request =
                TestRequest::get().cookie(Cookie::new(FLASH_COOKIE, cookie.to_owned())).to_http_request();
            let flash = Shell::of(&request, None).flash;
            flash.into_iter().map(|flash| (flash.sentence, flash.warns)).collect::<Vec<_>>()
        };
        assert_eq!(said("flash-credential-saved"), [("flash-credential-saved".to_owned(), false)]);
        assert_eq!(
            said("flash-credential-created.unusual-http"),
            [("flash-credential-created".to_owned(), false), ("unusual-http".to_owned(), true)]
        );
        for planted in [
            "",
            "product",
            "flash-<b>",
            "flash-",
            "problem-internal",
            "unusual-expired",
            "Call us at evil.example",
        ] {
            assert_eq!(said(planted), [], "{planted}");
        }
    }

    #[test]
    fn a_sentence_is_said_once() {
        let request =
            TestRequest::get().cookie(Cookie::new(FLASH_COOKIE, "flash-credential-saved")).to_http_request();
        #[derive(Template)]
        #[template(source = "x", ext = "html")]
        struct Page;
        let response = Shell::of(&request, None).answer(StatusCode::OK, &Page).unwrap();
        let removed = response.cookies().find(|cookie| cookie.name() == FLASH_COOKIE).unwrap();
        assert_eq!((removed.value(), removed.max_age()), ("", Some(actix_web::cookie::time::Duration::ZERO)));
    }

    #[test]
    fn the_navigation_shows_where_one_is_and_what_one_may() {
        let at = |path: &str, viewer: &Viewer| {
            let nav = Shell::of(&TestRequest::get().uri(path).to_http_request(), Some(viewer)).nav;
            nav.into_iter().map(|item| (item.href, item.current)).collect::<Vec<_>>()
        };
        let administrator = look::an_administrator();
        let current = |path: &str| {
            let (all, current): (Vec<_>, Vec<_>) =
                at(path, &administrator).into_iter().partition(|(_, current)| !current);
            assert!(all.len() + current.len() > 2);
            current.into_iter().map(|(href, _)| href).collect::<Vec<_>>()
        };
        assert_eq!(current("/credentials/x/edit?a=b"), ["/credentials"]);
        assert_eq!(current("/access"), ["/access"]);
        assert_eq!(current("/accessories"), Vec::<&str>::new());
        assert_eq!(current("/projects/x"), ["/projects"]);
        assert_eq!(current("/members/x/uses"), ["/members"]);
        assert_eq!(current("/repositories/x"), ["/projects"]);
        let member = Viewer { role: EnterpriseRole::Member, ..administrator };
        assert_eq!(
            at("/credentials", &member),
            [("/overview", false), ("/credentials", true), ("/projects", false)]
        );
    }
}
