//! The rules of the house that no compiler knows: who may know whom, what files are called, how long they are,
//! what templates leave out. Each rule is a function from the files to what is wrong with them, and each is
//! tried on a house that breaks it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::arrows::{ALL, ARROWS};

/// One file of the repository.
#[derive(Debug)]
struct File {
    path: String,
    text: String,
    /// It belongs to a module that is only there for tests.
    for_tests: bool,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), for_tests: false }
    }

    /// The lines that ship: no comments, and nothing from the tests at the bottom of the file on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let text = if self.for_tests { "" } else { self.text.as_str() };
        text.lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// `credentials` for `src/credentials/store.rs`, `app` for `src/app.rs`.
    fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        Some(inside.split('/').next()?.trim_end_matches(".rs"))
    }

    /// `store.rs` for `src/credentials/store.rs`.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }
}

/// Whether `line` names `word` as a whole word.
fn names(line: &str, word: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_a_name) && !after.is_some_and(part_of_a_name)
    })
}

fn arrows_between_modules(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is(".rs")) {
        let Some(module) = file.module() else { continue };
        let Some((_, may_know)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: say in ARROWS whom the new module {module} may know", file.path));
            continue;
        };
        for (at, line) in file.code() {
            for known in line.split("crate::").skip(1) {
                let known: String = known.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_module = ARROWS.iter().any(|(name, _)| *name == known);
                let permitted =
                    known == module || *may_know == ALL || may_know.split(' ').any(|one| one == known);
                if is_module && !permitted {
                    wrong.push(format!("{}:{at}: {module} must not know {known}", file.path));
                }
            }
        }
    }
    wrong
}

/// Inside a feature arrows run `pages, api → forms → mod → store → schema`.
fn arrows_inside_a_feature(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is(".rs") && file.module().is_some()) {
        let inside = |folder: &str| file.path.contains(&format!("/{folder}/"));
        let must_not_know: &[&str] = match file.name() {
            name if ["pages.rs", "api.rs"].contains(&name) || inside("pages") || inside("api") => &["schema"],
            "forms.rs" => &["schema", "store", "pages", "api"],
            name if name == "store.rs" || inside("store") => &["pages", "api", "forms"],
            "mod.rs" => &["pages", "api", "forms"],
            _ => continue,
        };
        for (at, line) in file.code() {
            for part in must_not_know {
                let used = ["self::", "super::", "crate::"].iter().any(|root| {
                    line.split(root).skip(1).any(|path| {
                        path.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                            .next()
                            .is_some_and(|path| path.split("::").any(|step| step == *part))
                    })
                }) || names(line, &format!("{part}::{{"))
                    || line.trim_start().starts_with(&format!("use {part}::"));
                if used {
                    wrong.push(format!("{}:{at}: {} must not know {part}", file.path, file.name()));
                }
            }
        }
    }
    wrong
}

/// Whether a file is of a room where a word may be said.
type Room = fn(&File) -> bool;

/// Where a word of one concern may be said at all.
fn each_concern_has_its_room(files: &[File]) -> Vec<String> {
    let rooms: &[(&str, Room)] = &[
        ("sodiumoxide", |file| file.path.starts_with("src/seal/")),
        ("diesel", speaks_sql),
        ("schema", speaks_sql),
        ("Opener", may_open),
        ("ResolverKeys", may_open),
        ("reseal_some", |file| may_open(file) || file.path == "src/credentials/mod.rs"),
        ("actix_web", speaks_http),
        ("actix_session", speaks_http),
        ("askama", |file| {
            file.name() == "pages.rs"
                || file.path.contains("/pages/")
                || file.path.starts_with("src/web/")
                || file.path.starts_with("src/people/dev_issuer")
        }),
    ];
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is(".rs") && file.path.starts_with("src/")) {
        for (word, may_say_it) in rooms {
            if may_say_it(file) {
                continue;
            }
            for (at, line) in file.code() {
                let said = match *word {
                    // The word is also plain English; only the path is meant.
                    "schema" => line.contains("crate::schema"),
                    word => names(line, word),
                };
                if said {
                    wrong.push(format!("{}:{at}: {word} is not for this room", file.path));
                }
            }
        }
    }
    wrong
}

fn speaks_sql(file: &File) -> bool {
    file.name() == "store.rs"
        || file.path.contains("/store/")
        || ["src/schema.rs", "src/lib.rs"].contains(&file.path.as_str())
        || ["src/db/", "src/audit/", "src/usage/"].iter().any(|room| file.path.starts_with(room))
}

/// Opening is for the resolve line, and for the command that moves content to a new key. The console is neither.
fn may_open(file: &File) -> bool {
    ["src/app.rs", "src/credentials/reseal.rs"].contains(&file.path.as_str())
        || ["src/seal/", "src/resolve/", "src/verify/", "src/cli/"]
            .iter()
            .any(|room| file.path.starts_with(room))
}

fn speaks_http(file: &File) -> bool {
    ["pages.rs", "api.rs", "extract.rs"].contains(&file.name())
        || ["/pages/", "/api/"].iter().any(|folder| file.path.contains(folder))
        || ["src/web/", "src/cli/", "src/people/"].iter().any(|room| file.path.starts_with(room))
        || ["src/app.rs", "src/routes.rs"].contains(&file.path.as_str())
}

fn names_say_what_is_inside(files: &[File]) -> Vec<String> {
    let says_nothing =
        ["utils", "util", "helpers", "helper", "manager", "service", "services", "common", "misc"];
    let mut wrong = Vec::new();
    for file in files {
        for step in file.path.split('/') {
            if says_nothing.contains(&step.split('.').next().unwrap_or_default()) {
                wrong.push(format!("{}: \"{step}\" says nothing", file.path));
            }
        }
    }
    wrong
}

fn files_are_short_and_introduce_themselves(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is(".rs")) {
        let lines = file.text.lines().count();
        if lines > 500 {
            wrong.push(format!("{}: {lines} lines; split it by question", file.path));
        }
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{}: begins without saying what it is for", file.path));
        }
    }
    wrong
}

fn exceptions_have_reasons(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is(".rs")) {
        for opening in ["allow(", "expect("] {
            for (at, _) in file.text.match_indices(opening) {
                let line_start = file.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
                let before = file.text[line_start..at].trim_start();
                let attribute = (before.starts_with("#[") || before.starts_with("#!["))
                    && ["#[", "#![", ", "].iter().any(|edge| before.ends_with(edge));
                let rest = &file.text[at..];
                let end = rest.find(")]").unwrap_or(rest.len());
                if attribute && !rest[..end].contains("reason") {
                    let line = file.text[..at].lines().count().max(1);
                    wrong.push(format!("{}:{line}: an exception without a reason", file.path));
                }
            }
        }
        for (at, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("#[ignore") {
                wrong.push(format!("{}:{}: a test nobody runs", file.path, at + 1));
            }
        }
    }
    wrong
}

fn templates_are_plain(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("templates/")) {
        for (at, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let mut say = |what: &str| wrong.push(format!("{}:{}: {what}", file.path, at + 1));
            if lower.contains("|safe") || lower.contains("| safe") || lower.contains("|escape(\"none\")") {
                say("|safe puts unescaped text on a page");
            }
            if lower.contains("<style") || has_attribute(&lower, |name| name == "style") {
                say("a style in the page; put it into app.css");
            }
            if lower.match_indices("<script").any(|(start, _)| {
                let tag = lower[start..].split('>').next().unwrap_or_default();
                !tag.contains(" src=")
            }) {
                say("a script in the page");
            }
            if has_attribute(&lower, |name| {
                (name.starts_with("on")
                    && name.len() > 2
                    && name[2..].chars().all(|c| c.is_ascii_alphabetic()))
                    || name.starts_with("hx-on")
            }) {
                say("a script in an attribute");
            }
            if lower.contains("javascript:") || lower.contains("js:{") {
                say("a script in an address");
            }
        }
    }
    wrong
}

/// Whether a line has an attribute whose name passes.
fn has_attribute(line: &str, passes: impl Fn(&str) -> bool) -> bool {
    line.match_indices("=\"").any(|(at, _)| {
        let name = line[..at].rsplit(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default();
        passes(name)
    })
}

fn migrations_come_in_pairs(files: &[File]) -> Vec<String> {
    let of = |database: &str| -> BTreeSet<&str> {
        let folder = format!("migrations/{database}/");
        files.iter().filter_map(|file| file.path.strip_prefix(folder.as_str())).collect()
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    let mut wrong: Vec<String> = sqlite
        .symmetric_difference(&postgres)
        .map(|step| format!("migrations: {step} exists for one database only"))
        .collect();
    let steps: BTreeSet<&str> = sqlite.union(&postgres).filter_map(|path| path.split('/').next()).collect();
    for step in steps {
        for part in ["up.sql", "down.sql"] {
            if !sqlite.contains(format!("{step}/{part}").as_str()) {
                wrong.push(format!("migrations: {step} has no {part}"));
            }
        }
        let data = format!("tests/data/migrations/{step}.sql");
        if !files.iter().any(|file| file.path == data) {
            wrong.push(format!("{data}: each step ships rows for the next one to meet"));
        }
    }
    wrong
}

/// Finds what is wrong.
type Rule = fn(&[File]) -> Vec<String>;

const RULES: &[(&str, Rule)] = &[
    ("arrows between modules", arrows_between_modules),
    ("arrows inside a feature", arrows_inside_a_feature),
    ("each concern has its room", each_concern_has_its_room),
    ("names say what is inside", names_say_what_is_inside),
    ("files are short and introduce themselves", files_are_short_and_introduce_themselves),
    ("exceptions have reasons", exceptions_have_reasons),
    ("templates are plain", templates_are_plain),
    ("migrations come in pairs", migrations_come_in_pairs),
];

#[test]
fn the_house_is_tidy() {
    let files = the_house();
    assert!(files.len() > 30, "found only {} files: looking in the wrong place", files.len());
    let wrong: Vec<String> = RULES
        .iter()
        .flat_map(|(rule, check)| check(&files).into_iter().map(move |found| format!("{found}   [{rule}]")))
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_rule_notices_when_it_is_broken() {
    let broken: &[(&str, &str, &str)] = &[
        ("arrows between modules", "src/permission/mod.rs", "//! P.\nuse crate::db::Db;\n"),
        ("arrows between modules", "src/seal/open.rs", "//! P.\nfn f() { crate::web::x() }\n"),
        ("arrows between modules", "src/brandnew/mod.rs", "//! P.\n"),
        ("arrows inside a feature", "src/credentials/store.rs", "//! P.\nuse super::forms::New;\n"),
        ("arrows inside a feature", "src/credentials/mod.rs", "//! P.\nuse self::pages::list;\n"),
        ("arrows inside a feature", "src/credentials/mod.rs", "//! P.\nuse pages::list;\n"),
        (
            "arrows inside a feature",
            "src/credentials/forms.rs",
            "//! P.\nuse crate::credentials::store::insert;\n",
        ),
        ("each concern has its room", "src/credentials/mod.rs", "//! P.\nuse diesel::prelude::*;\n"),
        ("each concern has its room", "src/credentials/mod.rs", "//! P.\nuse actix_web::web;\n"),
        ("each concern has its room", "src/credentials/forms.rs", "//! P.\nuse askama::Template;\n"),
        ("each concern has its room", "src/cli/keys.rs", "//! P.\nuse sodiumoxide::crypto;\n"),
        (
            "each concern has its room",
            "src/credentials/pages.rs",
            "//! P.\nuse crate::seal::{Opener, Sealer};\n",
        ),
        ("names say what is inside", "src/credentials/helpers.rs", "//! P.\n"),
        ("names say what is inside", "src/common/mod.rs", "//! P.\n"),
        ("files are short and introduce themselves", "src/ids.rs", "use std::fmt;\n"),
        ("exceptions have reasons", "src/ids.rs", "//! P.\n#[allow(clippy::panic)]\nfn f() {}\n"),
        ("exceptions have reasons", "src/ids.rs", "//! P.\n#![expect(\n    unused\n)]\n"),
        ("exceptions have reasons", "tests/it/x.rs", "//! P.\n#[test]\n#[ignore = \"slow\"]\nfn f() {}\n"),
        ("templates are plain", "templates/a.html", "{{ x|safe }}"),
        ("templates are plain", "templates/a.html", "<p style=\"color: red\">"),
        ("templates are plain", "templates/a.html", "<style>p{}</style>"),
        ("templates are plain", "templates/a.html", "<script>alert(1)</script>"),
        ("templates are plain", "templates/a.html", "<a onclick=\"f()\">"),
        ("templates are plain", "templates/a.html", "<a hx-on:click=\"f()\">"),
        ("migrations come in pairs", "migrations/sqlite/2030-01-01-000000_x/up.sql", "SELECT 1;"),
    ];
    for (rule, path, text) in broken {
        let (_, check) = RULES.iter().find(|(name, _)| name == rule).unwrap();
        let file = File::new(path, text);
        assert!(!check(&[file]).is_empty(), "[{rule}] did not notice {path}: {text}");
    }
    let long = File::new("src/ids.rs", &"//! P.\n".repeat(501));
    assert!(!files_are_short_and_introduce_themselves(&[long]).is_empty());
}

#[test]
fn no_rule_cries_wolf() {
    let fine = [
        ("src/credentials/store.rs", "//! P.\nuse diesel::prelude::*;\nuse crate::schema::credentials;\n"),
        ("src/credentials/mod.rs", "//! P.\nmod pages;\nmod store;\npub use store::Row;\n// actix_web\n"),
        ("src/credentials/mod.rs", "//! P.\n#[cfg(test)]\nmod tests { use diesel::x; }\n"),
        ("src/ids.rs", "//! P.\n#[allow(clippy::panic, reason = \"so\")]\nfn f() { x.expect(\"y\") }\n"),
        ("templates/a.html", "<script src=\"/a.js\" defer></script><a data-confirm=\"x\" content=\"y\">"),
    ];
    for (path, text) in fine {
        let file = File::new(path, text);
        for (rule, check) in RULES {
            let found = check(std::slice::from_ref(&file));
            assert!(found.is_empty(), "[{rule}] cried wolf about {path}: {found:?}");
        }
    }
}

#[test]
fn modules_that_are_there_for_tests_only_are_known() {
    let mut files = [
        File::new("src/people/mod.rs", "//! P.\n#[cfg(test)]\nmod fixture;\nmod store;\n"),
        File::new("src/people/fixture.rs", "//! P.\n"),
        File::new("src/people/fixture/more.rs", "//! P.\n"),
        File::new("src/people/fixtures.rs", "//! P.\n"),
        File::new("src/people/store.rs", "//! P.\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod inline {}\n"),
        File::new("src/people/store/tests.rs", "//! P.\n"),
        File::new("src/people/store/inline.rs", "//! P.\n"),
    ];
    mark_tests(&mut files);
    let marked: Vec<&str> =
        files.iter().filter(|file| file.for_tests).map(|file| file.path.as_str()).collect();
    assert_eq!(marked, ["src/people/fixture.rs", "src/people/fixture/more.rs", "src/people/store/tests.rs"]);
}

/// Every file of ours, with its path from the top.
fn the_house() -> Vec<File> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for room in ["src", "templates", "migrations", "tests"] {
        walk(&top.join(room), &mut |path| {
            if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
                files.push(File::new(&path, &text));
            }
        });
    }
    mark_tests(&mut files);
    files
}

/// Marks the files of modules that their parents declare for tests only, and what lies in the folders of these.
fn mark_tests(files: &mut [File]) {
    let mut modules = BTreeSet::new();
    for file in files.iter().filter(|file| file.is(".rs")) {
        // The folder of a file's modules is its own in the case of mod.rs, and else has the file's name.
        let inside = file.path.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("/lib");
        for declared in file.text.split("#[cfg(test)]\nmod ").skip(1) {
            let name =
                declared.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            if declared[name.len()..].starts_with(';') {
                modules.insert(format!("{inside}/{name}"));
            }
        }
    }
    for file in files.iter_mut() {
        let own = file.path.trim_end_matches(".rs");
        file.for_tests = modules.iter().any(|module| own == module || own.starts_with(&format!("{module}/")));
    }
}

fn walk(folder: &Path, visit: &mut impl FnMut(PathBuf)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if path.ends_with("node_modules") || path.ends_with("tests/output") => {}
            true => walk(&path, visit),
            false => visit(path),
        }
    }
}
