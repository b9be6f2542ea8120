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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn the_browser_is_answered_in_the_language_it_prefers() {
        let cases = [
            ("", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::ZhCn),
            ("en-GB,zh;q=0.9", Language::En),
            ("fr,zh;q=0.5,en;q=0.4", Language::ZhCn),
            ("en;q=0,zh;q=0.1", Language::ZhCn),
            ("zh-TW", Language::ZhCn),
            ("*;q=x,de", Language::En),
            ("en;q=0.5,zh;q=1.000", Language::ZhCn),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }

    #[test]
    fn a_sentence_takes_its_values_and_an_unknown_one_shows_itself() {
        assert_eq!(Language::En.t("product"), "Voucher");
        assert_eq!(Language::En.t("no-such-sentence"), "⟦no-such-sentence⟧");
        assert_eq!(Language::ZhCn.t("problem-gone.hint"), "它已被删除，管理员或许可以恢复。");
    }

    fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else if entry.to_string_lossy().ends_with(ending) {
                    found.push(entry);
                }
            }
        }
        found.sort();
        found
    }

    /// Every id (and `id.attribute`) of a language with the variables that its sentence uses.
    fn sentences_of(language: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut sentences = BTreeMap::<String, BTreeSet<String>>::new();
        for file in files(&format!("templates/language/{language}"), ".ftl") {
            let (mut id, mut at) = (String::new(), String::new());
            for line in std::fs::read_to_string(&file).unwrap().lines().filter(|line| !line.starts_with('#'))
            {
                let defines = line.split_once(" =").map(|(name, _)| name.trim());
                if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                    id = defines.unwrap().to_owned();
                    at = id.clone();
                    assert!(!sentences.contains_key(&at), "{language}: {at} is there twice");
                } else if let Some(attribute) = defines.and_then(|name| name.strip_prefix('.')) {
                    at = format!("{id}.{attribute}");
                }
                let variables = line.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
                });
                sentences.entry(at.clone()).or_default().extend(variables);
            }
        }
        sentences
    }

    #[test]
    fn both_languages_say_the_same_things_about_the_same_values() {
        let (en, zh) = (sentences_of("en"), sentences_of("zh-CN"));
        assert!(en.len() > 40, "the sentences were not found");
        let differing: Vec<_> = en.iter().filter(|(id, variables)| zh.get(*id) != Some(variables)).collect();
        assert!(differing.is_empty(), "not so in Chinese: {differing:?}");
        let only: Vec<_> = zh.keys().filter(|id| !en.contains_key(*id)).collect();
        assert!(only.is_empty(), "only in Chinese: {only:?}");
    }

    #[test]
    fn every_sentence_that_is_asked_for_by_name_exists() {
        let (en, mut asked) = (sentences_of("en"), 0);
        let askers =
            [".t(\"", ".t1(\"", ".t2(\"", ".t_args(\"", "saying(\"", "conflict(\"", "\"problem-", "\"flash-"];
        for file in files("templates", ".html").into_iter().chain(files("src", ".rs")) {
            let text = std::fs::read_to_string(&file).unwrap();
            let shipped = text.split("#[cfg(test)]").next().unwrap();
            for asker in askers {
                for (at, _) in shipped.match_indices(asker) {
                    let from = at + asker.find('"').unwrap() + 1;
                    let id = shipped[from..].split('"').next().unwrap();
                    if id.ends_with('-') || id.contains('{') {
                        continue;
                    }
                    asked += 1;
                    assert!(en.contains_key(id), "{}: {id}", file.display());
                }
            }
        }
        assert!(asked > 25, "only {asked} were found: looking in the wrong place");
    }
}
