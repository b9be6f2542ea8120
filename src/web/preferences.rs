//! How a person wants to see the console: language and colours, remembered in cookies of a year.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse, web};

use super::forms::Submitted;
use super::language::{LANGUAGE_COOKIE, Language};
use super::shell::{cookie, https, see_other};

/// The cookie that remembers the colours.
pub const THEME_COOKIE: &str = "voucher-theme";

/// The colours of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the machine is set.
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

    /// The colours to start with; a script corrects them when the machine is set to dark.
    pub fn colours(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Auto | Self::Light => "light",
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

/// `POST /preferences`: remembers `language` and `theme`, whichever is given, and goes back to `return_to`.
pub async fn preferences(req: HttpRequest, form: web::Bytes) -> HttpResponse {
    let form = Submitted::parse(&form);
    let mut response = see_other(local_path(form.one("return_to")));
    let chosen = [
        (LANGUAGE_COOKIE, Language::parse(form.one("language")).map(Language::tag)),
        (THEME_COOKIE, Theme::parse(form.one("theme")).map(Theme::tag)),
    ];
    for (name, tag) in chosen {
        let Some(tag) = tag else { continue };
        let mut cookie = cookie(name, tag.to_owned(), https(&req));
        cookie.set_max_age(Duration::days(365));
        // A name and a tag of ours are always a valid header.
        let _ = response.add_cookie(&cookie);
    }
    response
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
