//! The two languages of the console, and every sentence in them.
//!
//! Sentences live in `templates/language/{en,zh-CN}/*.ftl`, one file per area, and are compiled in. Templates ask
//! for one by id, through [`crate::web::Shell`]; nothing else of the program holds text for people to read in a
//! browser. A test keeps the two languages equal in ids and variables.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_LANGUAGE;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

/// The cookie that remembers an explicit choice.
pub const LANGUAGE_COOKIE: &str = "voucher-language";

mod sentences {
    fluent_templates::static_loader! {
        pub(super) static SENTENCES = {
            locales: "./templates/language",
            fallback_language: "en",
            // Marks around every variable would be copied together with tokens and names.
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static EN: LanguageIdentifier = langid!("en");
static ZH_CN: LanguageIdentifier = langid!("zh-CN");

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Language {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// As written in `lang`, in the cookie and in forms.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::ZhCn => "简体中文",
        }
    }

    /// Reads a [`Language::tag`].
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The language of a request: `?language=`, else the remembered choice, else what the browser prefers.
    pub fn of(req: &HttpRequest) -> Self {
        let asked = url::form_urlencoded::parse(req.query_string().as_bytes())
            .find(|(name, _)| name == "language")
            .and_then(|(_, tag)| Self::parse(&tag));
        asked
            .or_else(|| req.cookie(LANGUAGE_COOKIE).and_then(|cookie| Self::parse(cookie.value())))
            .unwrap_or_else(|| {
                let header = req.headers().get(ACCEPT_LANGUAGE);
                Self::preferred(header.and_then(|value| value.to_str().ok()).unwrap_or_default())
            })
    }

    /// The best match for an `Accept-Language` header (RFC 9110 §12.5.4); English when none matches.
    pub fn preferred(accept_language: &str) -> Self {
        let mut best = (0, Self::En);
        for range in accept_language.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=").map(thousandths)).unwrap_or(1000);
            let language = match tag.split('-').next() {
                Some("zh") => Self::ZhCn,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The sentence called `id`; `id.attribute` names an attribute of it. An unknown id shows itself, which the
    /// tests of the templates look for.
    pub fn t(self, id: &str) -> String {
        self.look_up(id, None)
    }

    /// The sentence called `id`, with values put in.
    pub fn t_args(self, id: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let args = args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        self.look_up(id, Some(&args))
    }

    /// Whether there is a sentence called `id` that needs no values.
    pub fn knows(self, id: &str) -> bool {
        sentences::SENTENCES.lookup_single_language::<&str>(self.identifier(), id, None).is_ok()
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &EN,
            Self::ZhCn => &ZH_CN,
        }
    }

    fn look_up(self, id: &str, args: Option<&HashMap<Cow<'static, str>, FluentValue<'static>>>) -> String {
        sentences::SENTENCES.lookup_single_language(self.identifier(), id, args).unwrap_or_else(|error| {
            tracing::error!(%error, id, language = self.tag(), "sentence cannot be written");
            format!("⟦{id}⟧")
        })
    }
}

/// A value that can be put into a sentence; templates hand over references.
pub trait Value {
    /// As the sentences take it: numbers stay numbers, so that plurals work.
    fn value(&self) -> FluentValue<'static>;
}

impl Value for str {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_owned())
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.clone())
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Value for $number {
            fn value(&self) -> FluentValue<'static> {
                FluentValue::from(*self)
            }
        }
    )+};
}

numbers!(i32, i64, u32, u64, usize);

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> FluentValue<'static> {
        T::value(self)
    }
}

/// A weight of `Accept-Language` in thousandths, so that no floating point is compared.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = rest.chars().chain("000".chars()).take(3).collect::<String>();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(0), Ok(thousandths)) => thousandths,
        (Ok(_), Ok(_)) => 1000,
        _ => 0,
    }
}
