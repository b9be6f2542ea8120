//! `GET /credentials`: what there is, under its groups.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::store;
use super::verdict::badge;
use crate::catalogue::{Group, Outcome};
use crate::clock::from_millis;
use crate::credentials::{self, Counts, Filter, Listed, Page, Places, State};
use crate::db::StoreError;
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::{may_create, may_rule_directory};
use crate::usage;
use crate::verify;
use crate::web::dates::{self, Moment};
use crate::web::forms::search_words;
use crate::web::{Answer, Console, Shell};

const PAGE_SIZE: i64 = 25;

/// Credentials that end within so many days are marked.
const SOON: i64 = 30;

/// What an address asks for; everything that cannot be read means the whole list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    group: String,
    q: String,
    deleted: String,
    attention: String,
    after: String,
}

#[derive(Template)]
#[template(path = "credentials/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    tabs: Vec<Tab>,
    /// What is searched for.
    q: String,
    group: &'static str,
    deleted: bool,
    lines: Vec<Line>,
    /// Whether this is not the first stretch of the list.
    further: bool,
    next: Option<String>,
    first: String,
    /// Where the deleted ones are, or the others.
    other: String,
    may_create: bool,
    /// Nothing to show because there is nothing at all, not because nothing matches.
    bare: bool,
    /// How many have a responsible person who left, for those who can do something about it.
    orphans: i64,
    /// Only those are shown.
    orphaned: bool,
}

struct Tab {
    label: String,
    href: String,
    count: i64,
    current: bool,
}

struct Line {
    href: String,
    name: String,
    token: String,
    summary: String,
    icon: &'static str,
    type_label: String,
    projects: Places,
    repositories: Places,
    responsible: String,
    created: String,
    last_used: Option<Moment>,
    uses: i64,
    status: Status,
    /// The message id of the health badge, and its colour.
    health: (&'static str, &'static str),
    may_edit: bool,
    /// Where it is handed over, in the list of those whose responsible person left.
    hand_over: Option<String>,
}

/// How a credential stands, in one word and a colour.
pub(super) struct Status {
    /// The message id.
    pub(super) sentence: &'static str,
    /// A colour of the badge.
    pub(super) colour: &'static str,
    /// The day on which it ends or ended.
    pub(super) day: Option<String>,
}

impl Status {
    pub(super) fn of(state: State, expires_at: Option<jiff::Timestamp>, now: jiff::Timestamp) -> Self {
        let day = expires_at.map(dates::last_day);
        let left = expires_at.map(|end| end.duration_since(now).as_hours() / 24);
        let (sentence, colour) = match (state, left) {
            (State::Deleted { .. }, _) => ("state-deleted", "secondary"),
            (State::Disabled { .. }, _) => ("state-disabled", "secondary"),
            (State::Active, Some(_)) if expires_at.is_some_and(|end| end <= now) => ("state-expired", "red"),
            (State::Active, Some(left)) if left < SOON => ("state-expiring", "yellow"),
            (State::Active, _) => ("state-active", "green"),
        };
        Self { sentence, colour, day }
    }
}

pub(crate) async fn list(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let filter = Filter {
        group: Group::parse(&asked.group),
        search: search_words(&asked.q),
        deleted: asked.deleted == "1",
        orphaned: asked.attention == "responsible" && viewer.sees_everything(),
        ..Filter::default()
    };
    let page = Page { size: PAGE_SIZE, after: cursor(&asked.after) };
    let now = console.clock.now();
    let (wanted, further, asker) = (filter.clone(), page.after.is_some(), viewer.clone());
    let found = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let counts = credentials::counts(conn, &asker, &wanted)?;
            let (listed, more) = credentials::list(conn, &asker, &wanted, &page)?;
            let ids: Vec<CredentialId> = listed.iter().map(|one| one.credential.id.clone()).collect();
            let uses = usage::recent(conn, &ids, usage::day(now) - 29)?;
            let people: Vec<MemberId> = listed.iter().map(|one| one.credential.responsible.clone()).collect();
            let names = directory::member_names(conn, &asker.enterprise, &people)?;
            let outcomes: HashMap<_, _> = verify::outcomes(conn, &ids)?.into_iter().collect();
            let facts = Facts { uses, names, outcomes };
            let orphans = if asker.sees_everything() && !wanted.orphaned && !wanted.deleted {
                let orphaned = Filter { orphaned: true, ..Filter::default() };
                credentials::counts(conn, &asker, &orphaned)?.all
            } else {
                0
            };
            Ok((counts, listed, more, facts, orphans))
        })
        .await
        .map_err(store)?;
    let (counts, listed, more, facts, orphans) = found;
    let next = listed.last().filter(|_| more).map(|last| {
        let after = format!("{}~{}", last.credential.created_at.as_millisecond(), last.credential.id);
        href(filter.group, &filter, &[("after", &after)])
    });
    let hand_over = |one: &Listed| {
        (filter.orphaned && may_rule_directory(&viewer))
            .then(|| format!("/members/{}/hand-over", one.credential.responsible))
    };
    let lines = listed
        .into_iter()
        .map(|one| Line { hand_over: hand_over(&one), ..line(&shell, one, &facts, now) })
        .collect::<Vec<_>>();
    let unfiltered = filter.search.is_none() && !filter.deleted && !filter.orphaned;
    let page = ListPage {
        tabs: tabs(&shell, &filter, counts),
        group: filter.group.map(Group::as_str).unwrap_or_default(),
        deleted: filter.deleted,
        bare: counts.all == 0 && unfiltered,
        lines,
        further,
        next,
        first: href(filter.group, &filter, &[]),
        other: href(None, &Filter { deleted: !filter.deleted, ..Filter::default() }, &[]),
        may_create: may_create(&viewer),
        orphans,
        orphaned: filter.orphaned,
        q: filter.search.unwrap_or_default(),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// What is known of the credentials on a page beside their rows.
struct Facts {
    uses: HashMap<CredentialId, i64>,
    names: HashMap<MemberId, String>,
    outcomes: HashMap<CredentialId, Outcome>,
}

fn line(shell: &Shell, one: Listed, facts: &Facts, now: jiff::Timestamp) -> Line {
    let Listed { credential, projects, repositories, may_edit } = one;
    Line {
        href: super::address(&credential.id),
        icon: credential.credential_type.icon,
        type_label: shell.t(credential.credential_type.label()),
        projects,
        repositories,
        responsible: facts.names.get(&credential.responsible).cloned().unwrap_or_default(),
        created: dates::day(credential.created_at),
        last_used: credential.last_used_at.map(Moment::of),
        uses: facts.uses.get(&credential.id).copied().unwrap_or_default(),
        status: Status::of(credential.state, credential.expires_at, now),
        health: badge(facts.outcomes.get(&credential.id).copied()),
        hand_over: None,
        may_edit: may_edit && !matches!(credential.state, State::Deleted { .. }),
        name: credential.name.as_str().to_owned(),
        token: credential.token.as_str().to_owned(),
        summary: credential.summary,
    }
}

fn tabs(shell: &Shell, filter: &Filter, counts: Counts) -> Vec<Tab> {
    let all = Tab {
        label: shell.t("all"),
        href: href(None, filter, &[]),
        count: counts.all,
        current: filter.group.is_none(),
    };
    let groups = Group::ALL.into_iter().map(|group| Tab {
        label: shell.t(group.label()),
        href: href(Some(group), filter, &[]),
        count: match group {
            Group::CloudService => counts.cloud_service,
            Group::ImCommunication => counts.im_communication,
            Group::Others => counts.others,
        },
        current: filter.group == Some(group),
    });
    std::iter::once(all).chain(groups).collect()
}

/// The address of a list: a group, what `filter` says beside it, and more.
fn href(group: Option<Group>, filter: &Filter, more: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(group) = group {
        query.append_pair("group", group.as_str());
    }
    if let Some(search) = &filter.search {
        query.append_pair("q", search);
    }
    if filter.deleted {
        query.append_pair("deleted", "1");
    }
    if filter.orphaned {
        query.append_pair("attention", "responsible");
    }
    query.extend_pairs(more);
    let query = query.finish();
    if query.is_empty() { "/credentials".to_owned() } else { format!("/credentials?{query}") }
}

fn cursor(text: &str) -> Option<(jiff::Timestamp, CredentialId)> {
    let (at, id) = text.split_once('~')?;
    Some((from_millis(at.parse().ok()?), CredentialId::parse(id)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn line(status: Status, projects: Places, may_edit: bool) -> Line {
        let used = jiff::Timestamp::UNIX_EPOCH;
        Line {
            href: "/credentials/x".into(),
            name: "<b>&\"名".into(),
            token: "aliyun-prod".into(),
            summary: "a \u{b7} b".into(),
            icon: "cloud",
            type_label: "Type".into(),
            projects,
            repositories: Places::All,
            responsible: "Li Na".into(),
            created: "2026-11-23".into(),
            last_used: may_edit.then(|| Moment::of(used)),
            uses: 2,
            status,
            health: badge(may_edit.then_some(Outcome::Ok)),
            may_edit,
            hand_over: may_edit.then(|| "/members/x/hand-over".into()),
        }
    }

    #[test]
    fn the_list_can_be_shown_full_empty_and_bare() {
        let states = [
            (State::Active, None),
            (State::Active, Some("2026-11-24T00:00:00Z")),
            (State::Active, Some("2020-01-01T00:00:00Z")),
            (State::Disabled { since: jiff::Timestamp::UNIX_EPOCH }, None),
            (State::Deleted { since: jiff::Timestamp::UNIX_EPOCH }, None),
        ];
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        for (bare, full, deleted) in
            [(true, false, false), (false, false, false), (false, true, false), (false, true, true)]
        {
            look::in_every_shell(|shell| {
                let lines = states.iter().enumerate().map(|(at, (state, end))| {
                    let status = Status::of(*state, end.map(|end| end.parse().unwrap()), now);
                    line(status, Places::Chosen(i64::try_from(at).unwrap()), at % 2 == 0)
                });
                ListPage {
                    shell,
                    tabs: tabs(shell, &Filter::default(), Counts { all: 5, ..Counts::default() }),
                    q: "\"><script>".into(),
                    group: "others",
                    deleted,
                    lines: if full { lines.collect() } else { Vec::new() },
                    further: full,
                    next: Some("/credentials?after=1~x".into()),
                    first: "/credentials".into(),
                    other: "/credentials?deleted=1".into(),
                    may_create: full,
                    bare,
                    orphans: if deleted { 0 } else { 2 },
                    orphaned: full,
                }
                .render()
            });
        }
    }

    #[test]
    fn an_address_keeps_what_is_searched_for_and_a_cursor_is_read_or_ignored() {
        let filter = Filter { search: Some("a&b 名".into()), deleted: true, ..Filter::default() };
        let href = href(Some(Group::Others), &filter, &[("after", "1~x")]);
        assert_eq!(href, "/credentials?group=others&q=a%26b+%E5%90%8D&deleted=1&after=1%7Ex");
        let id = "01890000-0000-7000-8000-000000000001";
        assert_eq!(cursor(&format!("5~{id}")), Some((from_millis(5), CredentialId::parse(id).unwrap())));
        for nonsense in ["", "5", "~", &format!("x~{id}"), "5~y"] {
            assert_eq!(cursor(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn every_symbol_of_a_type_is_drawn() {
        let symbols = include_str!("../../../static/icons.svg");
        for of in crate::catalogue::all() {
            assert!(symbols.contains(&format!("<symbol id=\"{}\"", of.icon)), "{}", of.icon);
        }
    }
}
