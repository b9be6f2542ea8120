//! `GET /access`: the access keys that the viewer sees.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Places, address, begins};
use crate::db::StoreError;
use crate::people::{Permit, ReadAccess};
use crate::permission::{may_make_access, may_see_members};
use crate::pipelines::{self, AccessKey, KeyFilter, KeyState, public_part};
use crate::web::dates::{self, Moment};
use crate::web::forms::search_words;
use crate::web::lists::{Listing, cursor};
use crate::web::{Answer, Console, Shell};

const PAGE_SIZE: i64 = 50;

/// What an address asks for; what cannot be read asks for nothing.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    state: String,
    after: String,
}

#[derive(Template)]
#[template(path = "pipelines/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    listing: Listing,
    /// Every state: its value, its message id, whether it is asked for.
    states: Vec<(&'static str, &'static str, bool)>,
    keys: Vec<Line>,
    count: i64,
    /// Whether there is no key at all, whatever is asked for.
    none_yet: bool,
    may_create: bool,
    /// Whether the keys of programs that look after the directory are theirs to see.
    sees_provisioning: bool,
}

/// An access key, as the list shows it.
struct Line {
    href: String,
    name: String,
    begins: String,
    place: String,
    /// Whether it stands for one repository, not for a whole project.
    is_repository: bool,
    created: String,
    last_day: Option<String>,
    last_used: Option<Moment>,
    state: KeyState,
}

pub(crate) async fn list(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let (viewer, now) = (viewer.into_viewer(), console.clock.now());
    let filter = KeyFilter {
        search: search_words(&asked.q).map(|words| public_part(&words)),
        state: KeyState::parse(&asked.state),
        place: None,
        after: cursor(&asked.after),
        size: PAGE_SIZE,
    };
    let (asking, wanted) = (viewer.clone(), filter.clone());
    let (keys, more, count, places) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let (keys, more) = pipelines::list(conn, &asking, &wanted, now)?;
            let count = pipelines::count(conn, &asking, &wanted, now)?;
            let places = Places::read(conn, &asking, keys.iter())?;
            Ok((keys, more, count, places))
        })
        .await?;
    let last = keys.last().filter(|_| more).map(|last| (last.name.as_str(), last.id.as_str()));
    let of_state = [("state", filter.state.map(KeyState::as_str).unwrap_or_default())];
    let shell = Shell::of(&request, Some(&viewer));
    let page = ListPage {
        listing: Listing::of("/access", filter.search.as_deref(), &of_state, filter.after.is_some(), last),
        states: KeyState::ALL
            .map(|state| (state.as_str(), state.message(), filter.state == Some(state)))
            .into(),
        none_yet: count == 0 && filter.search.is_none() && filter.state.is_none(),
        keys: keys.into_iter().map(|key| line(key, &places, now)).collect(),
        count,
        may_create: may_make_access(&viewer),
        sees_provisioning: may_see_members(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn line(key: AccessKey, places: &Places, now: Timestamp) -> Line {
    Line {
        href: address(&key.id),
        begins: begins(&key),
        place: places.name(&key.binding),
        is_repository: key.binding.repository().is_some(),
        created: dates::day(key.created_at),
        last_day: key.expires_at.map(dates::last_day),
        last_used: key.last_use.as_ref().map(|used| Moment::of(used.at)),
        state: key.state(now),
        name: key.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_list_can_be_shown_full_filtered_and_empty() {
        let line = |state: KeyState| Line {
            href: "/access/x".into(),
            name: "<builds>".into(),
            begins: "vak_abc_…".into(),
            place: "storefront & web".into(),
            is_repository: state == KeyState::Active,
            created: "2026-11-23".into(),
            last_day: (state != KeyState::Active).then(|| "2026-12-31".into()),
            last_used: (state == KeyState::Active).then(|| Moment::of(Timestamp::UNIX_EPOCH)),
            state,
        };
        for (full, none_yet) in [(true, false), (false, false), (false, true)] {
            look::in_every_shell(|shell| {
                let keys = if full { KeyState::ALL.map(line).into() } else { Vec::new() };
                ListPage {
                    shell,
                    listing: Listing::of("/access", Some("\"<"), &[], full, full.then_some(("a", "b"))),
                    states: KeyState::ALL.map(|state| (state.as_str(), state.message(), full)).into(),
                    keys,
                    count: 2,
                    none_yet,
                    may_create: full,
                    sees_provisioning: full,
                }
                .render()
            });
        }
    }

    #[test]
    fn a_key_that_is_searched_for_is_cut_to_what_is_no_secret() {
        for (words, expected) in [
            ("nightly builds", "nightly builds"),
            ("vak_abcdefABCDEF_0123456789secret", "abcdefABCDEF"),
            ("x vak_abc", "x abc"),
        ] {
            assert_eq!(public_part(words), expected);
        }
    }
}
