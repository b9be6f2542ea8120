//! `GET /overview`: what needs attention, each with the way to all of it.
//!
//! Every part is a list of credentials as the list itself shows it, so it holds what the viewer may see and nothing else,
//! and its link leads to exactly those.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::asked::Asked;
use crate::credentials::{self, Listed, Page, Stretch, Tally};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_create};
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
    may_create: bool,
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
    let (mut parts, mut fine) = (Vec::new(), Vec::new());
    for (name, asked, stretch) in read {
        if stretch.listed.is_empty() {
            fine.push(name);
        } else {
            parts.push(part(name, &asked, stretch));
        }
    }
    let shell = Shell::of(&request, Some(&viewer));
    shell
        .answer(StatusCode::OK, &OverviewPage { shell: &shell, parts, fine, may_create: may_create(&viewer) })
}

/// Each part with what its link asks for, and the first of what is there.
fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    now: Timestamp,
) -> Result<Vec<(&'static str, Asked, Stretch)>, StoreError> {
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
    Ok(read)
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
        for full in [true, false] {
            look::in_every_shell(|shell| {
                let names = PARTS.map(|(name, _)| name);
                let part = |name: &'static str| Part {
                    name,
                    count: if name == "unused" { String::new() } else { "2".into() },
                    href: "/credentials?attention=unused".into(),
                    lines: [None, Some("2026-11-23".to_owned())]
                        .into_iter()
                        .map(|day| Line {
                            href: "/credentials/x".into(),
                            name: "<b>&\"名".into(),
                            token: "aliyun-prod".into(),
                            day,
                        })
                        .collect(),
                    more: name == "unused",
                };
                OverviewPage {
                    shell,
                    parts: if full { names.map(part).into() } else { Vec::new() },
                    fine: if full { Vec::new() } else { names.into() },
                    may_create: full,
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
