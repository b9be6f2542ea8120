//! What the address of the log asks for. What cannot be read asks for nothing.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan, civil};
use serde::Deserialize;

use crate::audit::{Cursor, Filter, Objects, Outcome};
use crate::db::{Conn, StoreError};
use crate::permission::Viewer;
use crate::web::forms::search_words;
use crate::web::lists::address;

/// The beginnings of actions that are offered, in the order in which they are; each has a sentence `audit-kind-…`.
pub(super) const KINDS: [&str; 12] = [
    "credential.resolve",
    "credential.create",
    "credential.edit",
    "credential.rotate",
    "credential.disable",
    "credential.delete",
    "credential.transfer",
    "credential.",
    "access_key.",
    "sign_in.",
    "member.",
    "project.",
];

/// The outcomes, as they are offered.
pub(super) const OUTCOMES: [Outcome; 3] = [Outcome::Allowed, Outcome::Refused, Outcome::Failed];

/// The query of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Names or an id of who did it.
    pub(super) who: String,
    /// The token of a credential.
    pub(super) token: String,
    /// The id of what it was done to.
    pub(super) object: String,
    pub(super) action: String,
    pub(super) outcome: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) after: String,
}

impl Asked {
    /// The same with nothing in it that cannot be read.
    pub(super) fn tidy(self) -> Self {
        let words = |text: &str| search_words(text).unwrap_or_default();
        let day = |text: String| if text.parse::<Date>().is_ok() { text } else { String::new() };
        Self {
            who: words(&self.who),
            token: words(&self.token),
            object: words(&self.object),
            action: if KINDS.contains(&self.action.as_str()) { self.action } else { String::new() },
            outcome: outcome(&self.outcome).map_or("", Outcome::as_str).to_owned(),
            from: day(self.from),
            until: day(self.until),
            after: Cursor::parse(&self.after).map(|cursor| cursor.to_string()).unwrap_or_default(),
        }
    }

    /// What is asked for, as far as `viewer` may read it; `None` when it names what is not there.
    pub(super) fn filter(&self, conn: &mut Conn, viewer: &Viewer) -> Result<Option<Filter>, StoreError> {
        let mut filter = Filter {
            objects: if viewer.sees_everything() {
                Objects::All
            } else {
                Objects::AnsweredForBy(viewer.member.clone())
            },
            about: Some(self.object.clone()).filter(|id| !id.is_empty()),
            action_prefix: Some(self.action.clone()).filter(|action| !action.is_empty()),
            outcome: outcome(&self.outcome),
            from: midnight(&self.from, 0),
            until: midnight(&self.until, 1),
            ..Filter::default()
        };
        if !self.who.is_empty() {
            filter.actors = Some(crate::audit::actors_called(conn, &viewer.enterprise, &self.who)?);
        }
        if !self.token.is_empty() {
            match crate::audit::credential_called(conn, &viewer.enterprise, &self.token)? {
                Some(id) => filter.about = Some(id),
                None => return Ok(None),
            }
        }
        Ok(Some(filter))
    }

    /// Whether anything is filtered by.
    pub(super) fn is_filtered(&self) -> bool {
        *self != Self { after: self.after.clone(), ..Self::default() }
    }

    /// Everything that is asked for but where to go on.
    pub(super) fn query(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("who", &self.who),
            ("token", &self.token),
            ("object", &self.object),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    pub(super) fn href(&self, after: &str) -> String {
        let mut query = self.query();
        query.push(("after", after));
        address("/audit", &query)
    }
}

fn outcome(text: &str) -> Option<Outcome> {
    OUTCOMES.into_iter().find(|outcome| outcome.as_str() == text)
}

/// The beginning of a day, or of the one `later` days after it.
fn midnight(day: &str, later: i64) -> Option<Timestamp> {
    let day: civil::Date = day.parse().ok()?;
    let day = day.checked_add(later.days()).ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_again_what_it_was_read_as() {
        let read =
            |query: &str| actix_web::web::Query::<Asked>::from_query(query).unwrap().into_inner().tidy();
        for (query, again) in [
            ("", ""),
            ("who=Li+Na&token=k8s&outcome=refused", "?who=Li+Na&token=k8s&outcome=refused"),
            (
                "action=credential.&from=2026-11-01&until=2026-11-02",
                "?action=credential.&from=2026-11-01&until=2026-11-02",
            ),
            ("action=x&outcome=x&from=x&until=2026-02-30&after=x", ""),
        ] {
            assert_eq!(read(query).href(""), format!("/audit{again}"), "{query}");
        }
        assert!(read("who=x").is_filtered() && !read("after=1~1~a").is_filtered());
    }

    #[test]
    fn the_last_day_is_read_to_its_end() {
        assert_eq!(midnight("2026-11-23", 0).unwrap().to_string(), "2026-11-23T00:00:00Z");
        assert_eq!(midnight("2026-11-30", 1).unwrap().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(midnight("9999-12-31", 1), None);
    }
}
