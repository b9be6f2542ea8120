//! `GET /credentials`: what there is, under its groups.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::asked::{Asked, DELETED, SIZES, in_scope};
use super::store;
use super::verdict::badge;
use crate::catalogue::{self, Group, Outcome};
use crate::credentials::{self, Filter, HealthIs, Listed, Places, SOON, Sort, Stands, State, Stretch, Tally};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::{Viewer, may_create, may_rule_directory};
use crate::usage;
use crate::verify;
use crate::web::dates::{self, Moment};
use crate::web::lists::grouped;
use crate::web::{Answer, Console, Shell};

#[derive(Template)]
#[template(path = "credentials/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    tabs: Vec<Tab>,
    asked: &'a Asked,
    form: Filters,
    lines: Vec<Line>,
    heads: Heads,
    /// Whether this is not the first stretch of the list.
    further: bool,
    next: Option<String>,
    first: String,
    /// The whole list, in the same order.
    clear: String,
    may_create: bool,
    /// Nothing to show because there is nothing at all, not because nothing matches.
    bare: bool,
    /// How many have a responsible person who left, for those who can do something about it.
    orphans: i64,
    /// The path that was asked for names no place.
    unknown_place: bool,
    /// Whether something can be done to some of them.
    may_change: bool,
}

/// One choice of a list in the form of filters.
struct Pick {
    value: String,
    label: String,
    chosen: bool,
}

/// The lists in the form of filters.
struct Filters {
    types: Vec<Pick>,
    healths: Vec<Pick>,
    states: Vec<Pick>,
    sorts: Vec<Pick>,
    sizes: Vec<Pick>,
}

/// The heads of columns that the list can be sorted by.
struct Heads {
    name: Head,
    created: Head,
    used: Head,
    ends: Head,
}

struct Head {
    label: String,
    href: String,
    /// For `aria-sort`; empty when the list is sorted by something else.
    sorted: &'static str,
}

struct Tab {
    label: String,
    href: String,
    /// How many; empty when it is not known.
    count: String,
    current: bool,
}

struct Line {
    id: String,
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
            (State::Active, Some(left)) if left < SOON.as_hours() / 24 => ("state-expiring", "yellow"),
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
    let asked = asked.into_inner().tidy(&viewer);
    let now = console.clock.now();
    let (wanted, asker) = (asked.clone(), viewer.clone());
    let read = console.db.read(move |conn| read(conn, &asker, &wanted, now)).await.map_err(store)?;
    let Read { stretch, facts, orphans, unknown_place } = read;
    let order = asked.order();
    let next = stretch.listed.last().filter(|_| stretch.more).map(|last| last.cursor(order).to_string());
    let hand_over = |one: &Listed| {
        (asked.is_orphaned() && may_rule_directory(&viewer))
            .then(|| format!("/members/{}/hand-over", one.credential.responsible))
    };
    let bare = asked.is_unfiltered() && stretch.tallies.iter().all(|tally| tally.is_none());
    let lines = stretch
        .listed
        .into_iter()
        .map(|one| Line { hand_over: hand_over(&one), ..line(&shell, one, &facts, now) })
        .collect::<Vec<_>>();
    let clear = Asked { sort: asked.sort.clone(), size: asked.size.clone(), ..Asked::default() };
    let kept = if asked.is_deleted() { DELETED } else { "" };
    let page = ListPage {
        tabs: tabs(&shell, &asked, stretch.tallies),
        form: filters(&shell, &asked),
        bare,
        may_change: lines.iter().any(|line| line.may_edit),
        lines,
        heads: heads(&shell, &asked),
        further: !asked.after.is_empty(),
        next: next.map(|next| asked.href(&[("after", &next)])),
        first: asked.href(&[]),
        clear: clear.href(&[("state", kept)]),
        may_create: may_create(&viewer),
        orphans,
        unknown_place,
        asked: &asked,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// What is read for the page, in one go.
struct Read {
    stretch: Stretch,
    facts: Facts,
    orphans: i64,
    unknown_place: bool,
}

fn read(conn: &mut Conn, viewer: &Viewer, asked: &Asked, now: jiff::Timestamp) -> Result<Read, StoreError> {
    let mut filter = asked.filter(now);
    let mut unknown_place = false;
    if !asked.place.is_empty() {
        filter.place = in_scope(conn, viewer, &asked.place)?;
        unknown_place = filter.place.is_none();
    }
    let stretch = if unknown_place {
        Stretch { listed: Vec::new(), more: false, tallies: [Tally::Exactly(0); 3] }
    } else {
        credentials::stretch(conn, viewer, &filter, &asked.page())?
    };
    let ids: Vec<CredentialId> = stretch.listed.iter().map(|one| one.credential.id.clone()).collect();
    let people: Vec<MemberId> = stretch.listed.iter().map(|one| one.credential.responsible.clone()).collect();
    let facts = Facts {
        uses: usage::recent(conn, &ids, usage::day(now) - 29)?,
        names: directory::member_names(conn, &viewer.enterprise, &people)?,
        outcomes: verify::outcomes(conn, &ids)?.into_iter().collect(),
    };
    let orphans = if viewer.sees_everything() && asked.is_unfiltered() {
        let orphaned = Filter { orphaned: true, ..Filter::default() };
        credentials::counts(conn, viewer, &orphaned)?.all
    } else {
        0
    };
    Ok(Read { stretch, facts, orphans, unknown_place })
}

/// What is known of the credentials on a page beside their rows.
struct Facts {
    uses: HashMap<CredentialId, i64>,
    names: HashMap<MemberId, String>,
    outcomes: HashMap<CredentialId, Outcome>,
}

fn line(shell: &Shell, one: Listed, facts: &Facts, now: jiff::Timestamp) -> Line {
    let Listed { credential, projects, repositories, may_edit, .. } = one;
    Line {
        id: credential.id.to_string(),
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

fn tabs(shell: &Shell, asked: &Asked, tallies: [Tally; 3]) -> Vec<Tab> {
    let count = |tally: Tally| match tally {
        Tally::Exactly(number) => grouped(number),
        Tally::MoreThan(number) => format!("{}+", grouped(number)),
        Tally::Unknown => String::new(),
    };
    let all = Tab {
        label: shell.t("all"),
        href: asked.href(&[("group", "")]),
        count: count(Tally::all(tallies)),
        current: asked.group.is_empty(),
    };
    let groups = Group::ALL.into_iter().zip(tallies).map(|(group, tally)| Tab {
        label: shell.t(group.label()),
        href: asked.href(&[("group", group.as_str())]),
        count: count(tally),
        current: asked.group == group.as_str(),
    });
    std::iter::once(all).chain(groups).collect()
}

fn filters(shell: &Shell, asked: &Asked) -> Filters {
    let pick = |value: &str, label: String, here: &str| Pick {
        chosen: value == here,
        value: value.to_owned(),
        label,
    };
    let any = |here: &str| pick("", shell.t("filter-any"), here);
    let types = catalogue::all().iter().map(|of| pick(of.id, shell.t(of.label()), &asked.credential_type));
    let healths = HealthIs::ALL
        .into_iter()
        .map(|health| pick(health.as_str(), shell.t(format!("health-{}", health.as_str())), &asked.health));
    let states = Stands::ALL.map(Stands::as_str).into_iter().chain([DELETED]);
    let states = states.map(|state| pick(state, shell.t(format!("state-{state}")), &asked.state));
    let here = if asked.sort.is_empty() { "-created" } else { asked.sort.as_str() };
    let sorts = ["-created", "created", "name", "-name", "-used", "used", "ends", "-ends"];
    let sorts = sorts.map(|sort| {
        let (by, way) = sort.strip_prefix('-').map_or((sort, "up"), |by| (by, "down"));
        pick(sort, shell.t(format!("sort-{by}-{way}")), here)
    });
    let size = asked.page().size.to_string();
    Filters {
        types: std::iter::once(any(&asked.credential_type)).chain(types).collect(),
        healths: std::iter::once(any(&asked.health)).chain(healths).collect(),
        states: std::iter::once(pick("", shell.t("filter-any-state"), &asked.state)).chain(states).collect(),
        sorts: sorts.into(),
        sizes: SIZES
            .map(|of| of.to_string())
            .into_iter()
            .map(|of| pick(&of, shell.t1("page-size", "count", of.parse::<i64>().unwrap_or(0)), &size))
            .collect(),
    }
}

fn heads(shell: &Shell, asked: &Asked) -> Heads {
    let order = asked.order();
    // What is pressed first: names from A, the last that was used, the first that ends.
    let head = |by: Sort, label: &str, first_down: bool| {
        let here = order.by == by;
        let down = if here { !order.down } else { first_down };
        let sort = format!("{}{}", if down { "-" } else { "" }, by.as_str());
        Head {
            label: shell.t(label),
            href: asked.href(&[("sort", if sort == "-created" { "" } else { &sort })]),
            sorted: match (here, order.down) {
                (false, _) => "",
                (true, true) => "descending",
                (true, false) => "ascending",
            },
        }
    };
    Heads {
        name: head(Sort::Name, "column-credential", false),
        created: head(Sort::Created, "column-created", true),
        used: head(Sort::Used, "column-used", true),
        ends: head(Sort::Ends, "column-state-health", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn line(status: Status, projects: Places, may_edit: bool) -> Line {
        let used = jiff::Timestamp::UNIX_EPOCH;
        Line {
            id: "x".into(),
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
                let asked = Asked {
                    q: "\"><script>".into(),
                    group: "others".into(),
                    state: if deleted { DELETED } else { "" }.into(),
                    place: if full { "shop/web" } else { "" }.into(),
                    attention: if full { "responsible" } else { "" }.into(),
                    ..Asked::default()
                };
                ListPage {
                    shell,
                    tabs: tabs(shell, &asked, [Tally::Exactly(5), Tally::MoreThan(1000), Tally::Unknown]),
                    form: filters(shell, &asked),
                    lines: if full { lines.collect() } else { Vec::new() },
                    heads: heads(shell, &asked),
                    further: full,
                    next: Some("/credentials?after=1~x".into()),
                    first: "/credentials".into(),
                    clear: "/credentials?state=deleted".into(),
                    may_create: full,
                    may_change: full,
                    bare,
                    orphans: if deleted { 0 } else { 2 },
                    unknown_place: !full,
                    asked: &asked,
                }
                .render()
            });
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
