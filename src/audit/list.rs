//! The log as people read it: newest first, filtered, page by page.
//!
//! Used by the console's audit log and a credential's activity. Who may see which entries is decided by the caller,
//! who says so in the [`Filter`].

use std::fmt;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use jiff::Timestamp;

use super::chain::Row;
use super::record::{ChainId, Outcome};
use crate::clock::from_millis;
use crate::db::{Conn, MultiBackend, StoreError};
use crate::ids::{EnterpriseId, MemberId};
use crate::schema::{audit_records as records, credentials};

/// A record as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// In which chain.
    pub chain: String,
    /// Under which number.
    pub seq: i64,
    /// What kind of actor: `member`, `access_key`, `anonymous`, `system`.
    pub actor_type: String,
    /// The actor's id, if it has one.
    pub actor_id: Option<String>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_type: Option<String>,
    /// The object's id.
    pub object_id: Option<String>,
    /// The object's name at that time.
    pub object_name: Option<String>,
    /// `allowed`, `refused` or `failed`.
    pub outcome: String,
    /// Why it was refused or failed.
    pub reason: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// Facts of the action; a string when the row does not hold JSON.
    pub detail: serde_json::Value,
    /// The record's hash in hexadecimal.
    pub hash: String,
}

/// About which objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Objects {
    /// About all, and what is about none.
    #[default]
    All,
    /// Only about those with these ids.
    These(Vec<String>),
    /// Only about credentials that this member answers for now.
    AnsweredForBy(MemberId),
}

/// Which entries are wanted; the default is all of the enterprise.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// About which objects; what a reader may see.
    pub objects: Objects,
    /// Of those, only about the one with this id.
    pub about: Option<String>,
    /// By actors with one of these ids.
    pub actors: Option<Vec<String>>,
    /// Whose action begins so: `credential.` or `credential.resolve`.
    pub action_prefix: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// The entry that a page ended with. Stays right while new entries come in, because those are before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    chain: ChainId,
    seq: i64,
}

impl Cursor {
    /// Reads what [`Cursor`]'s `Display` wrote, from an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, rest) = text.split_once('~')?;
        let (seq, chain) = rest.split_once('~')?;
        Some(Self { at: at.parse().ok()?, seq: seq.parse().ok()?, chain: ChainId::parse(chain)? })
    }
}

impl Cursor {
    fn behind(row: &Row) -> Option<Self> {
        ChainId::parse(&row.chain).map(|chain| Self { at: row.at, chain, seq: row.seq })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}~{}", self.at, self.seq, self.chain.as_str())
    }
}

/// Some entries, newest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// The entries of one enterprise that `filter` wants, at most `limit` of them, those older than `after`.
pub fn list(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    filter: &Filter,
    (after, limit): (Option<&Cursor>, u16),
) -> Result<Page, StoreError> {
    let mut rows = rows(conn, enterprise, filter, (after, limit))?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let next = rows.last().filter(|_| more).and_then(Cursor::behind);
    Ok(Page { entries: rows.into_iter().map(Entry::from).collect(), next })
}

/// The same as JSON lines, with everything that the hashes are over; and where they go on.
pub fn lines(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    filter: &Filter,
    (after, limit): (Option<&Cursor>, u16),
) -> Result<(String, Option<Cursor>), StoreError> {
    let mut rows = rows(conn, enterprise, filter, (after, limit))?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let mut lines = String::new();
    for row in &rows {
        lines.push_str(&super::export::line(row).to_string());
        lines.push('\n');
    }
    Ok((lines, rows.last().filter(|_| more).and_then(Cursor::behind)))
}

/// One more than `limit`, when there are more.
fn rows(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    filter: &Filter,
    (after, limit): (Option<&Cursor>, u16),
) -> Result<Vec<Row>, StoreError> {
    let mut query = records::table
        .order((records::at.desc(), records::chain.desc(), records::seq.desc()))
        .select(Row::as_select())
        .limit(i64::from(limit) + 1)
        .into_boxed::<MultiBackend>();
    query = if filter.actors.is_some() && matches!(conn, Conn::Sqlite(_)) {
        // SQLite would walk the whole enterprise; the sign keeps it from looking up by this column.
        let of = sql::<Bool>("+audit_records.enterprise_id = ");
        query.filter(of.bind::<Text, _>(enterprise.to_string()))
    } else {
        query.filter(records::enterprise_id.eq(enterprise.to_string()))
    };
    match &filter.objects {
        Objects::All => {}
        Objects::These(ids) => query = query.filter(records::object_id.eq_any(ids.clone())),
        Objects::AnsweredForBy(member) => {
            let theirs = credentials::table
                .filter(credentials::enterprise_id.eq(enterprise.to_string()))
                .filter(credentials::responsible_id.eq(member.to_string()))
                .select(credentials::id.nullable());
            query = query.filter(records::object_id.eq_any(theirs));
        }
    }
    if let Some(id) = &filter.about {
        query = query.filter(records::object_id.eq(id.clone()));
    }
    if let Some(ids) = &filter.actors {
        // Of one, the index has the records in their order.
        query = match ids.as_slice() {
            [one] => query.filter(records::actor_id.eq(one.clone())),
            ids => query.filter(records::actor_id.eq_any(ids.to_vec())),
        };
    }
    if let Some(prefix) = &filter.action_prefix {
        query = query.filter(records::action.like(beginning_with(prefix)).escape('\\'));
        if !"credential.resolve".starts_with(prefix.as_str()) {
            // As the index of what is no delivery has it: those are few beside the others.
            query = query.filter(sql::<Bool>("audit_records.action <> 'credential.resolve'"));
        }
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(records::outcome.eq(outcome.as_str()));
        if outcome != Outcome::Allowed {
            query = query.filter(sql::<Bool>("audit_records.outcome <> 'allowed'"));
        }
    }
    if let Some(from) = filter.from {
        query = query.filter(records::at.ge(from.as_millisecond()));
    }
    if let Some(until) = filter.until {
        query = query.filter(records::at.lt(until.as_millisecond()));
    }
    if let Some(Cursor { at, chain, seq }) = after {
        let chain = chain.as_str().to_owned();
        let same_time =
            records::chain.lt(chain.clone()).or(records::chain.eq(chain).and(records::seq.lt(*seq)));
        // The first condition is what the index can begin with.
        query = query.filter(records::at.le(*at)).filter(records::at.lt(*at).or(same_time));
    }
    Ok(query.load(conn)?)
}

/// One entry of the enterprise, by its place.
pub fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    chain: &ChainId,
    seq: i64,
) -> Result<Option<Entry>, StoreError> {
    let row: Option<Row> = records::table
        .find((chain.as_str(), seq))
        .filter(records::enterprise_id.eq(enterprise.as_str()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Entry::from))
}

fn beginning_with(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for letter in prefix.chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            at: from_millis(row.at),
            chain: row.chain,
            seq: row.seq,
            actor_type: row.actor_type,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            action: row.action,
            object_type: row.object_type,
            object_id: row.object_id,
            object_name: row.object_name,
            hash: super::outside::hex(&row.hash),
            outcome: row.outcome,
            reason: row.reason,
            address: row.address,
            request_id: row.request_id,
            detail: serde_json::from_str(&row.detail).unwrap_or(serde_json::Value::String(row.detail)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::fixture::{Fixture, databases, node, now};
    use crate::audit::{Actor, Draft, append};

    fn add(fixture: &Fixture, chain: &str, drafts: &[Draft]) {
        let chain = ChainId::parse(chain).unwrap();
        fixture.db.write_here(|conn| append(conn, &chain, drafts)).unwrap();
    }

    fn names(fixture: &Fixture, filter: &Filter) -> Vec<String> {
        let page = fixture.db.read_here(|conn| list(conn, &fixture.enterprise, filter, (None, 100))).unwrap();
        assert!(page.next.is_none());
        page.entries.into_iter().map(|entry| entry.object_name.unwrap()).collect()
    }

    #[test]
    fn pages_follow_each_other_while_new_entries_come_in() {
        for fixture in databases() {
            for number in 0..7 {
                let chain = if number % 2 == 0 { "a" } else { "b" };
                // Several at the same time, in two chains.
                let at = now() + Duration::from_secs(number / 3);
                add(&fixture, chain, &[Draft { at, ..fixture.draft(&number.to_string()) }]);
            }
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let page = fixture
                    .db
                    .read_here(|conn| {
                        list(conn, &fixture.enterprise, &Filter::default(), (cursor.as_ref(), 2))
                    })
                    .unwrap();
                assert!(page.entries.len() <= 2);
                seen.extend(page.entries.into_iter().map(|entry| entry.object_name.unwrap()));
                let Some(next) = page.next else { break };
                // Through an address and back.
                cursor = Some(Cursor::parse(&next.to_string()).unwrap());
                add(&fixture, "b", &[Draft { at: now() + Duration::from_secs(9), ..fixture.draft("new") }]);
            }
            assert_eq!(seen, ["6", "5", "3", "4", "1", "2", "0"]);
        }
    }

    #[test]
    fn a_filter_keeps_what_it_says() {
        for fixture in databases() {
            let second = Duration::from_secs(1);
            let create = Draft {
                action: "credential.create",
                actor: Actor::Member("m1".to_owned(), "Lin".to_owned()),
                ..fixture.draft("create")
            };
            let refused = Draft {
                outcome: Outcome::Refused,
                reason: Some("disabled".to_owned()),
                at: now() + second,
                ..fixture.draft("refused")
            };
            let mut other = Draft { at: now() + second * 2, ..fixture.draft("other") };
            other.object.as_mut().unwrap().id = "o2".to_owned();
            let foreign = Draft { enterprise: None, ..fixture.draft("foreign") };
            add(&fixture, "a", &[create, refused, other, foreign]);

            let all = Filter::default;
            let one = fixture.credentials[0].to_string();
            let cases: Vec<(Filter, &[&str])> = vec![
                (all(), &["other", "refused", "create"]),
                (Filter { objects: Objects::These(vec!["o2".to_owned()]), ..all() }, &["other"]),
                (Filter { objects: Objects::These(vec![one]), ..all() }, &["refused", "create"]),
                (Filter { objects: Objects::These(Vec::new()), ..all() }, &[]),
                (Filter { actors: Some(vec!["m1".to_owned()]), ..all() }, &["create"]),
                (Filter { action_prefix: Some("credential.c".to_owned()), ..all() }, &["create"]),
                (Filter { action_prefix: Some("credential%".to_owned()), ..all() }, &[]),
                (Filter { action_prefix: Some("credential_".to_owned()), ..all() }, &[]),
                (Filter { actors: Some(Vec::new()), ..all() }, &[]),
                (Filter { about: Some("o2".to_owned()), ..all() }, &["other"]),
                (Filter { outcome: Some(Outcome::Refused), ..all() }, &["refused"]),
                (Filter { from: Some(now() + second), ..all() }, &["other", "refused"]),
                (Filter { until: Some(now() + second), ..all() }, &["create"]),
            ];
            for (filter, expected) in cases {
                assert_eq!(names(&fixture, &filter), expected, "{filter:?}");
            }
        }
    }

    #[test]
    fn an_entry_of_another_enterprise_is_not_found() {
        for fixture in databases() {
            fixture.append(1);
            let find = |enterprise: &EnterpriseId, seq| {
                fixture.db.read_here(|conn| find(conn, enterprise, &node(), seq)).unwrap()
            };
            let entry = find(&fixture.enterprise, 1).unwrap();
            assert_eq!(entry.detail["version"], 3);
            assert_eq!(find(&fixture.enterprise, 2), None);
            let other = EnterpriseId::parse("00000000-0000-7000-8000-00000000ffff").unwrap();
            assert_eq!(find(&other, 1), None);
        }
    }

    #[test]
    fn only_a_cursor_is_read_as_one() {
        for bad in ["", "1", "1~2", "x~2~node", "1~x~node", "1~2~", "1~2~no de"] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
