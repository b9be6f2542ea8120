//! Looks at rendered pages, for the tests that sit beside them.
//!
//! [`in_every_shell`] renders a page in both languages, as a document and as a fragment, signed in and not, and
//! refuses what must never be on a page: a sentence that is missing, an asset that is not there, anything inline, a
//! form that needs a script, a label that leads nowhere, an id that is given twice.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;

use super::{Language, Shell, Theme};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::permission::{EnterpriseRole, Viewer};
use crate::seal::Random;

/// An administrator of nowhere in particular.
pub(crate) fn an_administrator() -> Viewer {
    let (at, random) = (jiff::Timestamp::UNIX_EPOCH, Random::system());
    Viewer {
        member: MemberId::new(at, &random),
        name: "Li <Na>".into(),
        enterprise: EnterpriseId::new(at, &random),
        enterprise_name: "Aurora & Sons".into(),
        elsewhere: false,
        role: EnterpriseRole::Administrator,
        projects: Vec::new(),
        repositories: Vec::new(),
        sign_in: SignInId::new(at, &random),
    }
}

/// The shell of somebody who reads English.
pub(crate) fn english() -> Shell {
    let request = TestRequest::get().insert_header(("Accept-Language", Language::En.tag()));
    Shell::of(&request.to_http_request(), None)
}

/// Renders a page in every shell and looks at each.
pub(crate) fn in_every_shell(render: impl Fn(&Shell) -> askama::Result<String>) {
    for language in Language::ALL {
        for (viewer, htmx) in
            [(None, false), (Some(an_administrator()), false), (Some(an_administrator()), true)]
        {
            let mut request = TestRequest::get()
                .uri("/credentials?q=%22%3E")
                .insert_header(("Accept-Language", language.tag()));
            if htmx {
                request = request.insert_header(("HX-Request", "true"));
            }
            let shell = Shell::of(&request.to_http_request(), viewer.as_ref());
            assert_eq!((shell.language, shell.theme, shell.fragment), (language, Theme::Auto, htmx));
            let html = render(&shell).unwrap();
            let wrong = what_is_wrong(&html);
            assert!(wrong.is_empty(), "{language:?}: {wrong:#?}\n{html}");
            assert_eq!(html.contains("<!doctype html>"), !htmx);
        }
    }
}

/// Everything that must not be on a page.
pub(crate) fn what_is_wrong(html: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (bad, why) in [
        ('⟦', "a sentence is missing"),
        ('\u{fffd}', "text is damaged"),
        ('\u{2068}', "a value is wrapped in invisible marks"),
    ] {
        if html.contains(bad) {
            wrong.push(why.to_owned());
        }
    }
    if html.contains("/static/missing/") {
        wrong.push("an asset is missing".to_owned());
    }
    let tags = tags(html);
    let mut ids = BTreeSet::new();
    for tag in &tags {
        for name in tag.names() {
            if name == "style" || name.starts_with("on") || name.starts_with("hx-on") {
                wrong.push(format!("inline: {}", tag.text));
            }
        }
        match tag.element() {
            "style" => wrong.push("inline style".to_owned()),
            "script" if tag.value("src").is_none() => wrong.push("inline script".to_owned()),
            "form" if tag.value("method").is_none() || tag.value("action").is_none() => {
                wrong.push(format!("a form that needs a script: {}", tag.text));
            }
            "img" if tag.value("alt").is_none() => {
                wrong.push(format!("a picture without words: {}", tag.text))
            }
            _ => {}
        }
        if let Some(id) = tag.value("id")
            && !ids.insert(id)
        {
            wrong.push(format!("the id {id} is given twice"));
        }
    }
    for tag in &tags {
        for name in ["for", "aria-describedby", "aria-labelledby", "aria-controls", "data-copy-from"] {
            for target in
                tag.value(name).unwrap_or_default().split_whitespace().filter(|id| !ids.contains(id))
            {
                wrong.push(format!("{name} leads nowhere: {target}"));
            }
        }
        let input = matches!(tag.element(), "input" | "select" | "textarea");
        let named = tag.value("aria-label").is_some()
            || tag.value("id").is_some_and(|id| tags.iter().any(|label| label.value("for") == Some(id)))
            || matches!(tag.value("type"), Some("hidden" | "submit"));
        if input && !named {
            wrong.push(format!("an input without a label: {}", tag.text));
        }
    }
    wrong.extend(unbalanced(&tags));
    wrong
}

struct Tag<'a> {
    text: &'a str,
}

impl<'a> Tag<'a> {
    fn element(&self) -> &'a str {
        let inside = self.text.trim_start_matches('<');
        inside
            .split(|c: char| c.is_whitespace() || c == '>' || (c == '/' && !inside.starts_with('/')))
            .next()
            .unwrap()
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let at = self.text.match_indices(name).find(|(at, _)| {
            self.text[..*at].ends_with(char::is_whitespace) && self.text[at + name.len()..].starts_with("=\"")
        })?;
        self.text[at.0 + name.len() + 2..].split('"').next()
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.text
            .split('"')
            .step_by(2)
            .flat_map(|part| part.split_whitespace().skip(1).chain(part.split_whitespace().take(1)))
            .filter_map(|part| part.strip_suffix('='))
    }
}

fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quoted = None;
        let end = rest.find(|c| {
            match quoted {
                None if c == '"' || c == '\'' => quoted = Some(c),
                Some(quote) if c == quote => quoted = None,
                None if c == '>' => return true,
                _ => {}
            }
            false
        });
        let Some(end) = end else { break };
        tags.push(Tag { text: &rest[..=end] });
        rest = &rest[end + 1..];
    }
    tags
}

/// Elements that are closed in another order than they were opened.
fn unbalanced(tags: &[Tag<'_>]) -> Vec<String> {
    let void = ["!doctype", "meta", "link", "input", "br", "hr", "img", "use", "wbr"];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags {
        let element = tag.element();
        if let Some(closed) = element.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return vec![format!("</{closed}> closes something else")];
            }
        } else if !void.contains(&element) && !tag.text.ends_with("/>") {
            open.push(element);
        }
    }
    open.iter().map(|element| format!("<{element}> is never closed")).collect()
}

#[test]
fn the_look_notices_what_is_wrong() {
    let cases = [
        ("<p>⟦nav-x⟧</p>", "sentence"),
        ("<p style=\"color:red\">x</p>", "inline"),
        ("<p class=\"a\" onclick=\"x()\">x</p>", "inline"),
        ("<script>1</script>", "script"),
        ("<form action=\"/x\"></form>", "needs a script"),
        ("<input name=\"a\">", "without a label"),
        ("<label for=\"a\">x</label>", "leads nowhere"),
        ("<b id=\"a\"></b><b id=\"a\"></b>", "twice"),
        ("<div><p></div>", "closes something else"),
        ("<link href=\"/static/missing/x.css\">", "asset"),
    ];
    for (html, expected) in cases {
        let wrong = what_is_wrong(html);
        assert!(wrong.iter().any(|said| said.contains(expected)), "{html}: {wrong:?}");
    }
    let good =
        "<form method=\"post\" action=\"/x\"><label for=\"a\">A</label><input id=\"a\" name=\"a\"></form>";
    assert_eq!(what_is_wrong(good), Vec::<String>::new());
}

/// Every page of the shell has a test beside it that looks at it.
#[test]
fn no_page_goes_unseen() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: &str, ending: &str| {
        let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else if entry.to_string_lossy().ends_with(ending) {
                    found.push((entry.clone(), std::fs::read_to_string(entry).unwrap()));
                }
            }
        }
        found
    };
    let sources = files("src", ".rs");
    let pages: Vec<_> = files("templates", ".html")
        .into_iter()
        .filter(|(_, text)| text.contains("{% extends \"layout.html\" %}"))
        .collect();
    assert!(pages.len() > 10, "the pages were not found");
    for (page, _) in pages {
        let name = page.strip_prefix(root.join("templates")).unwrap().to_str().unwrap();
        let seen = sources.iter().any(|(_, text)| {
            text.contains(&format!("path = \"{name}\"")) && text.contains("in_every_shell(")
        });
        assert!(seen, "nobody looks at {name}");
    }
}
