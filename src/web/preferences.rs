//! How a person wants to see the console: language and colours, remembered in cookies of a year.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse, web};

use super::forms::Submitted;
use super::language::{LANGUAGE_COOKIE, Language};
use super::shell::{cookie, https, see_other};

/// The cookie that remembers the colours.
pub const THEME_COOKIE: &str = "voucher-theme";

/// The cookie that remembers which explanations a person has read.
const READ_COOKIE: &str = "voucher-read";

/// The explanations that can be dismissed, by name.
const EXPLANATIONS: [&str; 2] = ["credentials", "access"];

/// The colours of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the machine is set; the style follows it by itself.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// As written in the cookie, in forms and in `data-bs-theme`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The message id of its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "theme-auto",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }

    /// Reads a [`Theme::tag`].
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.tag() == tag)
    }

    /// The remembered choice, else as the machine is set.
    pub fn of(req: &HttpRequest) -> Self {
        req.cookie(THEME_COOKIE).and_then(|cookie| Self::parse(cookie.value())).unwrap_or(Self::Auto)
    }
}

/// The explanations that this browser need not show any more.
pub(super) fn explanations_read(req: &HttpRequest) -> Vec<&'static str> {
    let cookie = req.cookie(READ_COOKIE);
    let read = cookie.as_ref().map(|cookie| cookie.value()).unwrap_or_default();
    EXPLANATIONS.into_iter().filter(|name| read.split('.').any(|one| one == *name)).collect()
}

/// `POST /preferences`: remembers `language`, `theme` and `read` (the name of an explanation), whichever is given,
/// and goes back to `return_to`.
pub async fn preferences(req: HttpRequest, form: web::Bytes) -> HttpResponse {
    let form = Submitted::parse(&form);
    let mut response = see_other(local_path(form.one("return_to")));
    let chosen = [
        (LANGUAGE_COOKIE, Language::parse(form.one("language")).map(|language| language.tag().to_owned())),
        (THEME_COOKIE, Theme::parse(form.one("theme")).map(|theme| theme.tag().to_owned())),
        (READ_COOKIE, read_as_well(&req, form.one("read"))),
    ];
    for (name, value) in chosen {
        let Some(value) = value else { continue };
        let mut cookie = cookie(name, value, https(&req));
        cookie.set_max_age(Duration::days(365));
        // A name and a tag of ours are always a valid header.
        let _ = response.add_cookie(&cookie);
    }
    response
}

fn read_as_well(req: &HttpRequest, name: &str) -> Option<String> {
    let name = EXPLANATIONS.into_iter().find(|known| *known == name)?;
    let mut read = explanations_read(req);
    if !read.contains(&name) {
        read.push(name);
    }
    Some(read.join("."))
}

/// A path of this site, else the first page: the form's field must not lead elsewhere.
fn local_path(path: &str) -> &str {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_is_chosen_is_remembered_and_nothing_else() {
        let cases = [
            ("language=zh-CN&return_to=/credentials", "/credentials", vec![("voucher-language", "zh-CN")]),
            ("theme=dark&language=xx", "/", vec![("voucher-theme", "dark")]),
            ("read=access", "/", vec![("voucher-read", "credentials.access")]),
            ("read=<b>&theme=&return_to=//evil.example", "/", vec![]),
        ];
        for (body, to, expected) in cases {
            let before = actix_web::cookie::Cookie::new(READ_COOKIE, "credentials.nonsense");
            let request = actix_web::test::TestRequest::post().cookie(before).to_http_request();
            let response = preferences(request, web::Bytes::from_static(body.as_bytes())).await;
            assert_eq!(response.headers().get("location").unwrap(), to, "{body}");
            let cookies: Vec<_> = response.cookies().collect();
            let set: Vec<_> = cookies.iter().map(|cookie| (cookie.name(), cookie.value())).collect();
            assert_eq!(set, expected, "{body}");
            assert!(cookies.iter().all(|cookie| cookie.http_only() == Some(true)));
        }
    }

    #[test]
    fn one_returns_only_to_a_path_of_this_site() {
        let cases = [
            ("/credentials?q=a%20b", "/credentials?q=a%20b"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example/", "/"),
            ("/a\r\nSet-Cookie: x=y", "/"),
            ("javascript:alert(1)", "/"),
            ("", "/"),
        ];
        for (given, expected) in cases {
            assert_eq!(local_path(given), expected, "{given}");
        }
    }
}
