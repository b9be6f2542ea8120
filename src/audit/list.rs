//! The log as people read it: newest first, filtered, page by page.
//!
//! Used by the console's audit log and a credential's activity. Who may see which entries is decided by the caller,
//! who says so in the [`Filter`].

use std::fmt;

use diesel::prelude::*;
use jiff::Timestamp;

use super::chain::Row;
use super::record::{ChainId, Outcome};
use crate::clock::from_millis;
use crate::db::{Conn, StoreError};
use crate::ids::EnterpriseId;
use crate::schema::audit_records as records;

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
}

/// About which objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Objects {
    /// About all, and what is about none.
    #[default]
    All,
    /// Only about those with these ids.
    These(Vec<String>),
}

/// Which entries are wanted; the default is all of the enterprise.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// About which objects.
    pub objects: Objects,
    /// By this actor's id.
    pub actor_id: Option<String>,
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
    let mut query = records::table
        .filter(records::enterprise_id.eq(enterprise.as_str()))
        .order((records::at.desc(), records::chain.desc(), records::seq.desc()))
        .select(Row::as_select())
        .limit(i64::from(limit) + 1)
        .into_boxed();
    if let Objects::These(ids) = &filter.objects {
        query = query.filter(records::object_id.eq_any(ids));
    }
    if let Some(id) = &filter.actor_id {
        query = query.filter(records::actor_id.eq(id));
    }
    if let Some(prefix) = &filter.action_prefix {
        query = query.filter(records::action.like(beginning_with(prefix)).escape('\\'));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(records::outcome.eq(outcome.as_str()));
    }
    if let Some(from) = filter.from {
        query = query.filter(records::at.ge(from.as_millisecond()));
    }
    if let Some(until) = filter.until {
        query = query.filter(records::at.lt(until.as_millisecond()));
    }
    if let Some(Cursor { at, chain, seq }) = after {
        let chain = chain.as_str();
        let same_time = records::chain.lt(chain).or(records::chain.eq(chain).and(records::seq.lt(*seq)));
        // The first condition is what the index can begin with.
        query = query.filter(records::at.le(*at)).filter(records::at.lt(*at).or(same_time));
    }
    let mut rows: Vec<Row> = query.load(conn)?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let next = match rows.last() {
        Some(last) if more => {
            ChainId::parse(&last.chain).map(|chain| Cursor { at: last.at, chain, seq: last.seq })
        }
        _ => None,
    };
    Ok(Page { entries: rows.into_iter().map(Entry::from).collect(), next })
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
            outcome: row.outcome,
            reason: row.reason,
            address: row.address,
            request_id: row.request_id,
            detail: serde_json::from_str(&row.detail).unwrap_or(serde_json::Value::String(row.detail)),
        }
    }
}
