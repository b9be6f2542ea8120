//! `/import/{id}`: what a table would do line by line, applying it, and how far that is.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::words;
use crate::db::StoreError;
use crate::directory::import::{self, Import, Importer, Kind, Outcome, Stage, Tally, Trouble, Verdict};
use crate::directory::pages::{RuleDirectory, store};
use crate::ids::ImportId;
use crate::people::{Fresh, Permit};
use crate::permission::Viewer;
use crate::web::dates::Moment;
use crate::web::forms::Submitted;
use crate::web::lists::address as with_query;
use crate::web::{Answer, Console, Problem, Shell, see_other};

/// Lines of a page.
const PAGE_SIZE: i64 = 100;

/// As long as applying may keep a page waiting; most imports are done by then.
const WAITS: Duration = Duration::from_millis(1500);

/// What serves these pages.
type Served = (web::Data<Console>, web::Data<Importer>);

/// Which lines an address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    show: String,
    after: String,
}

#[derive(Template)]
#[template(path = "directory/import/show.html")]
struct ShowPage<'a> {
    shell: &'a Shell,
    href: &'a str,
    stage: StageView,
    tally: Tally,
    /// What the form says it saw.
    digest: String,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    further: bool,
    first: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "directory/import/progress.html")]
struct ProgressFragment<'a> {
    shell: &'a Shell,
    href: &'a str,
    percent: Option<usize>,
}

/// How far it is, as the page says it.
enum StageView {
    /// The message id of what went wrong last time, if anything did.
    Shown(Option<&'static str>),
    /// How far it is, when this process knows.
    Applying(Option<usize>),
    Applied(Moment),
}

struct Tab {
    label: &'static str,
    href: String,
    count: i64,
    current: bool,
}

struct Line {
    number: i64,
    /// The message id of what it is about; empty when it does not say so.
    kind: &'static str,
    what: String,
    who: String,
    /// The message id of what becomes of it, and its colour.
    outcome: (&'static str, &'static str),
    /// What changes: column, before, after.
    changes: Vec<(String, Option<String>, String)>,
    /// What is wrong, a sentence each.
    faults: Vec<String>,
}

pub(super) fn address(id: &ImportId) -> String {
    format!("/import/{id}")
}

/// `GET /import/{id}`.
pub(crate) async fn show(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    (console, importer): Served,
) -> Answer {
    let found = find(&console, &viewer, &path).await?;
    let after: i64 = asked.after.parse().unwrap_or_default();
    // What is wrong comes first; without that, everything.
    let wanted = match asked.show.as_str() {
        "" if found.tally.wrong > 0 => Some(Outcome::Wrong),
        text => Outcome::parse(text),
    };
    let id = found.id.clone();
    let (lines, more) = console
        .db
        .read(move |conn| -> Result<_, StoreError> { import::lines(conn, &id, wanted, (after, PAGE_SIZE)) })
        .await
        .map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let href = address(&found.id);
    let show = wanted.map_or("all", Outcome::as_str);
    let next = lines.last().filter(|_| more).map(|last| last.line.to_string());
    let page = ShowPage {
        stage: stage(&found, &importer),
        tally: found.tally,
        digest: hex(&found.digest),
        tabs: tabs(&href, &found.tally, wanted),
        lines: lines.iter().map(|verdict| line(&shell, verdict)).collect(),
        further: after > 0,
        first: with_query(&href, &[("show", show)]),
        next: next.map(|after| with_query(&href, &[("show", show), ("after", &after)])),
        href: &href,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// `POST /import/{id}/apply`: applies what was shown. Sent again it leads to what became of it.
pub(crate) async fn apply(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    body: web::Bytes,
    (console, importer): Served,
) -> Answer {
    let viewer = viewer.into_viewer(&format!("/import/{path}"))?;
    let found = find(&console, &viewer, &path).await?;
    let digest = bytes(Submitted::parse(&body).one("shown")).ok_or_else(Problem::invalid)?;
    let (id, now) = (found.id.clone(), console.clock.now());
    let owner = viewer.clone();
    let taken = console
        .db
        .write(move |conn| -> Result<_, StoreError> { import::take(conn, &owner, (&id, &digest), now) })
        .await
        .map_err(store)?;
    if taken {
        let applying = importer.apply(console.acting(&request, viewer), found.id.clone());
        // Longer ones go on without us.
        let _ = tokio::time::timeout(WAITS, applying).await;
    }
    Ok(see_other(&address(&found.id)))
}

/// `GET /import/{id}/progress`: the card that asks for itself while the import is applied.
pub(crate) async fn progress(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    path: web::Path<String>,
    (console, importer): Served,
) -> Answer {
    let found = find(&console, &viewer, &path).await?;
    let href = address(&found.id);
    if found.stage != Stage::Applying {
        let mut done = see_other(&href);
        if request.headers().contains_key("HX-Request") {
            // A redirect would put the whole page into the card.
            done = actix_web::HttpResponse::Ok().insert_header(("HX-Refresh", "true")).finish();
        }
        return Ok(done);
    }
    let shell = Shell::of(&request, Some(&viewer));
    let card = ProgressFragment { shell: &shell, href: &href, percent: importer.percent(&found.id) };
    shell.answer(StatusCode::OK, &card)
}

async fn find(console: &Console, viewer: &Viewer, path: &str) -> Result<Import, Problem> {
    let id = ImportId::parse(path).ok_or_else(Problem::not_found)?;
    let (owner, now) = (viewer.clone(), console.clock.now());
    let found = console
        .db
        .read(move |conn| -> Result<_, StoreError> { import::find(conn, &owner, &id, now) })
        .await
        .map_err(store)?;
    found.ok_or_else(Problem::not_found)
}

fn stage(found: &Import, importer: &Importer) -> StageView {
    match found.stage {
        Stage::Shown(trouble) => StageView::Shown(trouble.map(|trouble| match trouble {
            Trouble::Moved => "import-trouble-moved",
            Trouble::Failed => "import-trouble-failed",
            Trouble::Interrupted => "import-trouble-interrupted",
        })),
        Stage::Applying => StageView::Applying(importer.percent(&found.id)),
        Stage::Applied(at) => StageView::Applied(Moment::of(at)),
    }
}

fn tabs(href: &str, tally: &Tally, wanted: Option<Outcome>) -> Vec<Tab> {
    let all = Tab {
        label: "import-all",
        href: with_query(href, &[("show", "all")]),
        count: tally.lines(),
        current: wanted.is_none(),
    };
    let some = Outcome::ALL.into_iter().map(|outcome| Tab {
        label: words::outcome(outcome).0,
        href: with_query(href, &[("show", outcome.as_str())]),
        count: tally.of(outcome),
        current: wanted == Some(outcome),
    });
    std::iter::once(all).chain(some).collect()
}

fn line(shell: &Shell, verdict: &Verdict) -> Line {
    let about = &verdict.about;
    Line {
        number: verdict.line,
        kind: about.kind.map_or("", words::kind),
        what: about.what.clone(),
        who: about.who.clone(),
        outcome: words::outcome(verdict.outcome),
        changes: about
            .changes
            .iter()
            .map(|change| {
                let is_membership = about.kind == Some(Kind::Membership);
                let say = |value: &str| words::value(shell, change.column, is_membership, value);
                (shell.t(words::column(change.column)), change.from.as_deref().map(say), say(&change.to))
            })
            .collect(),
        faults: about.faults.iter().map(|fault| words::fault(shell, fault)).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || hex.len() != 64 {
        return None;
    }
    (0..32).map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn line(number: i64, outcome: Outcome) -> Line {
        let wrong = outcome == Outcome::Wrong;
        Line {
            number,
            kind: if wrong { "" } else { "import-kind-membership" },
            what: "<b>".into(),
            who: if wrong { String::new() } else { "Li <Na>".into() },
            outcome: words::outcome(outcome),
            changes: match outcome {
                Outcome::Added => vec![("Role".into(), None, "<i>".into())],
                Outcome::Changed => vec![("Role".into(), Some("<b>".into()), "<i>".into())],
                Outcome::Unchanged | Outcome::Wrong => Vec::new(),
            },
            faults: if wrong { vec!["<wrong>".into(), "too".into()] } else { Vec::new() },
        }
    }

    #[test]
    fn an_import_can_be_shown_at_every_stage() {
        let tally = |wrong| Tally { added: 1, changed: 1, unchanged: 1, wrong };
        let nothing = Tally { unchanged: 3, ..Tally::default() };
        let moment = || Moment::of(jiff::Timestamp::UNIX_EPOCH);
        let stages: [(fn() -> StageView, Tally); 8] = [
            (|| StageView::Shown(None), tally(0)),
            (|| StageView::Shown(None), tally(2)),
            (|| StageView::Shown(None), nothing),
            (|| StageView::Shown(Some("import-trouble-moved")), tally(0)),
            (|| StageView::Shown(Some("import-trouble-failed")), tally(0)),
            (|| StageView::Shown(Some("import-trouble-interrupted")), tally(0)),
            (|| StageView::Applying(Some(40)), tally(0)),
            (|| StageView::Applying(None), tally(0)),
        ];
        let applied = || StageView::Applied(Moment::of(jiff::Timestamp::UNIX_EPOCH));
        assert_eq!(moment().text, "1970-01-01 00:00 UTC");
        for (stage, tally) in stages.into_iter().chain([(applied as fn() -> StageView, tally(0))]) {
            for full in [true, false] {
                look::in_every_shell(|shell| {
                    ShowPage {
                        shell,
                        href: "/import/x",
                        stage: stage(),
                        tally,
                        digest: "00".into(),
                        tabs: tabs("/import/x", &tally, full.then_some(Outcome::Wrong)),
                        lines: if full {
                            (2..).zip(Outcome::ALL).map(|(at, outcome)| line(at, outcome)).collect()
                        } else {
                            Vec::new()
                        },
                        further: full,
                        first: "/import/x?show=all".into(),
                        next: full.then(|| "/import/x?show=all&after=5".into()),
                    }
                    .render()
                });
            }
        }
    }

    #[test]
    fn only_a_whole_digest_is_read() {
        let digest = [7_u8; 32];
        assert_eq!(bytes(&hex(&digest)).as_deref(), Some(digest.as_slice()));
        for bad in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(66), &"+1".repeat(32)] {
            let read = bytes(bad);
            assert!(read.is_none() || read.as_deref() != Some(digest.as_slice()), "{bad}");
        }
    }
}
