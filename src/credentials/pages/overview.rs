//! `GET /overview`: what needs attention, each with the way to all of it, and how much is used.
//!
//! Every part is a list of credentials as the list itself shows it, so it holds what the viewer may see and nothing else,
//! and its link leads to exactly those.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::asked::Asked;
use super::usage::chart;
use crate::credentials::{self, Holder, LATELY, Listed, Page, SharedValues, Stretch, Tally};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_create, may_rule_directory};
use crate::reminders;
use crate::usage::{self, Day};
use crate::web::chart::Chart;
use crate::web::dates;
use crate::web::lists::grouped;
use crate::web::{Answer, Console, Problem, Shell};

/// As many of each are named; the others are in the list.
const NAMED: i64 = 5;

/// What is looked at: its name in message ids, and what the address of the list asks for.
const PARTS: [(&str, &[(&str, &str)]); 5] = [
    ("expired", &[("state", "expired"), ("sort", "-ends")]),
    ("expiring", &[("state", "expiring"), ("sort", "ends")]),
    ("refused", &[("health", "refused")]),
    ("responsible", &[("attention", "responsible")]),
    ("unused", &[("attention", "unused"), ("sort", "used")]),
];

#[derive(Template)]
#[template(path = "credentials/overview.html")]
struct OverviewPage<'a> {
    shell: &'a Shell,
    /// What there is something of.
    parts: Vec<Part>,
    /// Of what there is nothing.
    fine: Vec<&'static str>,
    shared: Shared,
    /// How all of them together were used; `None` when there is too much of it.
    chart: Option<Chart>,
    may_create: bool,
    /// Whether they set who reminds of what expires, and whether that fails.
    reminders: Option<bool>,
}

/// The same value in more than one credential.
struct Shared {
    values: Vec<Value>,
    more: bool,
    only_newest: bool,
    /// Whether every credential was looked at, and not only those that the viewer answers for.
    of_all: bool,
}

struct Value {
    lines: Vec<Line>,
    more: bool,
}

struct Part {
    /// Its name in message ids.
    name: &'static str,
    /// How many; empty when it is not known.
    count: String,
    href: String,
    lines: Vec<Line>,
    /// Whether there are more than are named.
    more: bool,
}

/// A part, what its link asks for, and what that finds.
type Found = (&'static str, Asked, Stretch);

/// Each part, the values that are shared, the days of the chart, and whether reminders fail, for whom that concerns.
type Read = (Vec<Found>, SharedValues, Option<Vec<Day>>, Option<bool>);

struct Line {
    href: String,
    name: String,
    token: String,
    /// The day that it is about, if it is about one.
    day: Option<String>,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    console: web::Data<Console>,
) -> Answer {
    let (asker, now) = (viewer.clone(), console.clock.now());
    let read = console.db.read(move |conn| read(conn, &asker, now)).await.map_err(Problem::from)?;
    let (read, shared, days, reminders) = read;
    let (mut parts, mut fine) = (Vec::new(), Vec::new());
    for (name, asked, stretch) in read {
        if stretch.listed.is_empty() {
            fine.push(name);
        } else {
            parts.push(part(name, &asked, stretch));
        }
    }
    let shell = Shell::of(&request, Some(&viewer));
    let chart = days.map(|days| chart(&shell, &days));
    let shared = Shared::of(shared, &viewer);
    let may_create = may_create(&viewer);
    let page = OverviewPage { shell: &shell, parts, fine, shared, chart, may_create, reminders };
    shell.answer(StatusCode::OK, &page)
}

/// Each part with what its link asks for and the first of what is there; shared values; and the days of the chart.
fn read(conn: &mut Conn, viewer: &Viewer, now: Timestamp) -> Result<Read, StoreError> {
    let mut read = Vec::new();
    for (name, query) in PARTS {
        let asked = Asked::of(query).tidy(viewer);
        // Who left is shown to those who can see everybody.
        if asked.is_unfiltered() {
            continue;
        }
        let page = Page { size: NAMED, ..asked.page() };
        let stretch = credentials::stretch(conn, viewer, &asked.filter(now), &page)?;
        read.push((name, asked, stretch));
    }
    let shared = credentials::shared_values(conn, viewer)?;
    let reminders = match may_rule_directory(viewer) {
        true => Some(fails(reminders::settings(conn, &viewer.enterprise)?)),
        false => None,
    };
    Ok((read, shared, credentials::used_by_day(conn, viewer, (usage::day(now), LATELY))?, reminders))
}

fn fails(settings: Option<reminders::Settings>) -> bool {
    settings.is_some_and(|settings| settings.trouble.is_some())
}

fn part(name: &'static str, asked: &Asked, stretch: Stretch) -> Part {
    Part {
        name,
        count: match Tally::all(stretch.tallies) {
            Tally::Exactly(number) => grouped(number),
            Tally::MoreThan(number) => format!("{}+", grouped(number)),
            Tally::Unknown => String::new(),
        },
        href: asked.href(&[]),
        lines: stretch.listed.into_iter().map(|one| line(name, one)).collect(),
        more: stretch.more,
    }
}

impl Shared {
    fn of(found: SharedValues, viewer: &Viewer) -> Self {
        let line = |Holder { id, name, token }| Line {
            href: super::address(&id),
            name: name.as_str().to_owned(),
            token: token.as_str().to_owned(),
            day: None,
        };
        let value = |one: credentials::SharedValue| Value {
            lines: one.holders.into_iter().map(line).collect(),
            more: one.more,
        };
        Self {
            values: found.values.into_iter().map(value).collect(),
            more: found.more,
            only_newest: found.only_newest,
            of_all: viewer.sees_everything(),
        }
    }
}

fn line(part: &str, Listed { credential, .. }: Listed) -> Line {
    Line {
        href: super::address(&credential.id),
        day: match part {
            "expired" | "expiring" => credential.expires_at.map(dates::last_day),
            "unused" => credential.last_used_at.map(dates::day),
            _ => None,
        },
        name: credential.name.as_str().to_owned(),
        token: credential.token.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn it_can_be_shown_with_everything_and_with_nothing() {
        for (full, counted) in [(true, true), (false, true), (true, false)] {
            look::in_every_shell(|shell| {
                let day = |day: i32| Day { day, delivered: i64::from(day), refused: i64::from(day % 2) };
                let days: Vec<Day> = (0..90).map(|at| day(if full { at } else { 0 })).collect();
                let names = PARTS.map(|(name, _)| name);
                let lines = || {
                    let line = |day| Line {
                        href: "/credentials/x".into(),
                        name: "<b>&\"名".into(),
                        token: "aliyun-prod".into(),
                        day,
                    };
                    vec![line(None), line(Some("2026-11-23".to_owned()))]
                };
                let value = |more| Value { lines: lines(), more };
                let part = |name: &'static str| Part {
                    name,
                    count: if name == "unused" { String::new() } else { "2".into() },
                    href: "/credentials?attention=unused".into(),
                    lines: lines(),
                    more: name == "unused",
                };
                OverviewPage {
                    shell,
                    parts: if full { names.map(part).into() } else { Vec::new() },
                    fine: if full { Vec::new() } else { names.into() },
                    shared: Shared {
                        values: if full { vec![value(false), value(true)] } else { Vec::new() },
                        more: counted,
                        only_newest: counted,
                        of_all: full,
                    },
                    chart: counted.then(|| chart(shell, &days)),
                    may_create: full,
                    reminders: full.then_some(counted),
                }
                .render()
            });
        }
    }

    #[test]
    fn every_part_asks_the_list_for_something() {
        for (name, query) in PARTS {
            let asked = Asked::of(query).tidy(&look::an_administrator());
            assert!(!asked.is_unfiltered(), "{name}");
            for (key, value) in query {
                assert!(asked.href(&[]).contains(&format!("{key}={value}")), "{name}: {}", asked.href(&[]));
            }
        }
    }
}
