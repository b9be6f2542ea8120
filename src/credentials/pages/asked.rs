//! What the address of a list asks for, and the addresses of its other views.
//!
//! An address says everything: it can be kept, shared and gone back to. What cannot be read asks for nothing.

use jiff::Timestamp;
use serde::Deserialize;

use crate::catalogue::{self, Group};
use crate::credentials::{Cursor, Filter, HealthIs, InScope, Order, Page, Sort, Stands};
use crate::db::{Conn, StoreError};
use crate::directory::{self, PlaceCalled};
use crate::permission::{Viewer, may_see_project, may_see_repository};
use crate::web::forms::search_words;
use crate::web::lists::address;

/// The sizes of a page that are offered; the first one is what an address without one means.
pub(super) const SIZES: [i64; 3] = [25, 50, 100];

/// As addresses write the deleted ones, beside [`Stands`].
pub(super) const DELETED: &str = "deleted";

/// As addresses write what needs attention: nobody answers for it, nobody uses it.
const ORPHANED: &str = "responsible";
const UNUSED: &str = "unused";

/// The query of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(super) group: String,
    pub(super) q: String,
    #[serde(rename = "type")]
    pub(super) credential_type: String,
    pub(super) health: String,
    pub(super) state: String,
    /// The path of a project or a repository.
    pub(super) place: String,
    /// The name or the address of responsible people.
    pub(super) person: String,
    pub(super) attention: String,
    pub(super) sort: String,
    pub(super) size: String,
    pub(super) after: String,
    /// Another way to write `state=deleted`.
    pub(super) deleted: String,
}

impl Asked {
    /// The same with nothing in it that cannot be read.
    pub(super) fn tidy(self, viewer: &Viewer) -> Self {
        let deleted = self.state == DELETED || self.deleted == "1";
        let state = Stands::ALL.map(Stands::as_str).into_iter().find(|state| *state == self.state);
        let words = |text: &str| search_words(text).unwrap_or_default();
        Self {
            group: Group::parse(&self.group).map(Group::as_str).unwrap_or_default().to_owned(),
            q: words(&self.q),
            credential_type: catalogue::find(&self.credential_type).map_or("", |of| of.id).to_owned(),
            health: health(&self.health).map_or("", HealthIs::as_str).to_owned(),
            state: if deleted { DELETED } else { state.unwrap_or_default() }.to_owned(),
            place: words(&self.place),
            person: words(&self.person),
            attention: match self.attention.as_str() {
                UNUSED => self.attention,
                ORPHANED if viewer.sees_everything() => self.attention,
                _ => String::new(),
            },
            sort: if order(&self.sort) == Order::default() { String::new() } else { self.sort },
            size: self
                .size
                .parse()
                .ok()
                .filter(|size| SIZES.get(1..).is_some_and(|all| all.contains(size)))
                .map(|size: i64| size.to_string())
                .unwrap_or_default(),
            after: Cursor::parse(&self.after).map(|cursor| cursor.to_string()).unwrap_or_default(),
            deleted: String::new(),
        }
    }

    /// What is asked for, but for the place, which [`in_scope`] looks up.
    pub(super) fn filter(&self, now: Timestamp) -> Filter {
        Filter {
            group: Group::parse(&self.group),
            credential_type: catalogue::find(&self.credential_type),
            health: health(&self.health),
            stands: Stands::ALL
                .into_iter()
                .find(|stands| stands.as_str() == self.state)
                .map(|stands| (stands, now)),
            search: search_words(&self.q),
            deleted: self.is_deleted(),
            answered_by: search_words(&self.person),
            orphaned: self.is_orphaned(),
            unused_since: (self.attention == UNUSED)
                .then(|| now.checked_sub(crate::credentials::UNUSED).unwrap_or(Timestamp::MIN)),
            ..Filter::default()
        }
    }

    pub(super) fn page(&self) -> Page {
        let size = self.size.parse().unwrap_or(SIZES.first().copied().unwrap_or(25));
        Page { size, order: self.order(), after: Cursor::parse(&self.after) }
    }

    pub(super) fn order(&self) -> Order {
        order(&self.sort)
    }

    /// Whether those are asked for whose responsible person left.
    pub(super) fn is_orphaned(&self) -> bool {
        self.attention == ORPHANED
    }

    /// The same as an address with these parts.
    pub(super) fn of(query: &[(&str, &str)]) -> Self {
        let given = |name: &str| {
            query
                .iter()
                .find(|(other, _)| *other == name)
                .map(|(_, value)| (*value).to_owned())
                .unwrap_or_default()
        };
        Self {
            health: given("health"),
            state: given("state"),
            attention: given("attention"),
            sort: given("sort"),
            ..Self::default()
        }
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.state == DELETED
    }

    /// How many filters are set beside the group and the words.
    pub(super) fn filters(&self) -> usize {
        [&self.credential_type, &self.health, &self.place, &self.person]
            .into_iter()
            .filter(|value| !value.is_empty())
            .count()
            + usize::from(!self.state.is_empty() && !self.is_deleted())
    }

    /// Whether everything there is is asked for, deleted ones aside.
    pub(super) fn is_unfiltered(&self) -> bool {
        self.filters() == 0 && self.q.is_empty() && self.attention.is_empty() && !self.is_deleted()
    }

    /// The query, with `changed` in place of what is there. Another view begins at its beginning.
    pub(super) fn query<'a>(&'a self, changed: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
        let here = [
            ("group", self.group.as_str()),
            ("q", &self.q),
            ("type", &self.credential_type),
            ("health", &self.health),
            ("state", &self.state),
            ("place", &self.place),
            ("person", &self.person),
            ("attention", &self.attention),
            ("sort", &self.sort),
            ("size", &self.size),
        ];
        let given = |name: &str| changed.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let mut query: Vec<_> =
            here.into_iter().map(|(name, value)| (name, given(name).unwrap_or(value))).collect();
        query.extend(changed.iter().filter(|(name, _)| *name == "after"));
        query
    }

    pub(super) fn href(&self, changed: &[(&'static str, &str)]) -> String {
        address("/credentials", &self.query(changed))
    }
}

/// The place that a path names, when the viewer may see it.
pub(super) fn in_scope(conn: &mut Conn, viewer: &Viewer, path: &str) -> Result<Option<InScope>, StoreError> {
    Ok(match directory::place_called(conn, &viewer.enterprise, path)? {
        Some(PlaceCalled::Project(project)) if may_see_project(viewer, &project) => {
            Some(InScope::Project(project))
        }
        Some(PlaceCalled::Repository(repository, project))
            if may_see_repository(viewer, &project, &repository) =>
        {
            Some(InScope::Repository(repository, project))
        }
        _ => None,
    })
}

fn health(text: &str) -> Option<HealthIs> {
    HealthIs::ALL.into_iter().find(|health| health.as_str() == text)
}

/// `name`, or `-name` for the other way round.
fn order(text: &str) -> Order {
    let by = |text: &str| Sort::ALL.into_iter().find(|by| by.as_str() == text);
    match text.strip_prefix('-') {
        Some(rest) => by(rest).map(|by| Order { by, down: true }),
        None => by(text).map(|by| Order { by, down: false }),
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn asked(query: &str) -> Asked {
        serde_urlencoded(query).tidy(&look::an_administrator())
    }

    fn serde_urlencoded(query: &str) -> Asked {
        actix_web::web::Query::<Asked>::from_query(query).unwrap().into_inner()
    }

    #[test]
    fn an_address_says_again_what_it_was_read_as() {
        for (query, again) in [
            ("", ""),
            ("group=others&q=a%26b+%E5%90%8D", "?group=others&q=a%26b+%E5%90%8D"),
            ("deleted=1", "?state=deleted"),
            (
                "state=expiring&type=kubernetes&health=refused",
                "?type=kubernetes&health=refused&state=expiring",
            ),
            (
                "place=shop%2Fweb&person=li&sort=-used&size=100",
                "?place=shop%2Fweb&person=li&sort=-used&size=100",
            ),
            ("sort=-created&size=25", ""),
            ("group=x&type=x&health=x&state=x&sort=x&size=9&attention=x&after=x", ""),
        ] {
            assert_eq!(asked(query).href(&[]), format!("/credentials{again}"), "{query}");
        }
    }

    #[test]
    fn another_view_keeps_the_rest_and_begins_at_its_beginning() {
        let here = asked("q=x&sort=name&after=n~01890000-0000-7000-8000-000000000001");
        assert!(here.page().after.is_some());
        assert_eq!(here.href(&[("sort", "-name")]), "/credentials?q=x&sort=-name");
        assert_eq!(here.href(&[("after", "n~1")]), "/credentials?q=x&sort=name&after=n%7E1");
        assert_eq!(here.href(&[("q", "")]), "/credentials?sort=name");
        assert!(!here.is_unfiltered() && asked("sort=name").is_unfiltered());
        assert_eq!(asked("type=kubernetes&state=active").filters(), 2);
    }

    #[test]
    fn whoever_does_not_see_everything_is_not_asked_about_those_who_left() {
        let mut viewer = look::an_administrator();
        viewer.role = crate::permission::EnterpriseRole::Member;
        assert_eq!(serde_urlencoded("attention=responsible").tidy(&viewer).href(&[]), "/credentials");
        let unused = serde_urlencoded("attention=unused").tidy(&viewer);
        assert_eq!(unused.href(&[]), "/credentials?attention=unused");
        assert!(unused.filter(Timestamp::UNIX_EPOCH).unused_since.is_some() && !unused.is_orphaned());
    }
}
