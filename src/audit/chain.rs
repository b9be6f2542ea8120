//! A chain of records: how a record is hashed, and how records are appended.
//!
//! The hash of record *n* covers the hash of record *n-1* and every column of record *n*, each with its length, so that
//! no two records have the same bytes. The head row says where the chain ends; whoever appends locks it, so
//! numbers have no gaps and the order of numbers is the order of commits.

use diesel::prelude::*;

use super::{ChainId, Draft, standing};
use crate::db::{Conn, StoreError};
use crate::each;
use crate::schema::{audit_chains, audit_records};
use crate::seal;

/// A hash as stored.
pub(super) type Hash = [u8; 32];

/// What the first record of every chain follows.
pub(super) const BEGINNING: Hash = [0; 32];

const RECORD_DOMAIN: &str = "voucher audit record 1";

/// Rows of one statement. SQLite allows 32,766 variables; a statement of fixed size stays prepared.
const CHUNK: usize = 32;

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// The number of the last record; 0 before the first.
    pub(super) seq: i64,
    /// Its hash.
    pub(super) hash: Hash,
}

/// A record as stored. It owns its texts: diesel keeps a statement of many rows prepared only when they borrow nothing.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_records, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub(super) chain: String,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) enterprise_id: Option<String>,
    pub(super) actor_type: String,
    pub(super) actor_id: Option<String>,
    pub(super) actor_name: String,
    pub(super) action: String,
    pub(super) object_type: Option<String>,
    pub(super) object_id: Option<String>,
    pub(super) object_name: Option<String>,
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) address: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) detail: String,
    pub(super) hash: Vec<u8>,
}

impl Row {
    fn new(chain: &ChainId, end: End, draft: &Draft) -> Self {
        let (actor_type, actor_id, actor_name) = draft.actor.parts();
        Self {
            chain: chain.as_str().to_owned(),
            seq: end.seq + 1,
            at: draft.at.as_millisecond(),
            enterprise_id: draft.enterprise.as_ref().map(|id| id.as_str().to_owned()),
            actor_type: actor_type.to_owned(),
            actor_id: actor_id.map(storable),
            actor_name: storable(actor_name),
            action: draft.action.to_owned(),
            object_type: draft.object.as_ref().map(|object| object.object_type.to_owned()),
            object_id: draft.object.as_ref().map(|object| storable(&object.id)),
            object_name: draft.object.as_ref().map(|object| storable(&object.name)),
            outcome: draft.outcome.as_str().to_owned(),
            reason: draft.reason.as_deref().map(storable),
            address: draft.origin.address.as_deref().map(storable),
            request_id: draft.origin.request.as_ref().map(|id| id.as_str().to_owned()),
            detail: draft.detail.to_string(),
            hash: Vec::new(),
        }
    }

    /// The hash that this record has when it follows the one whose hash is `previous`.
    pub(super) fn hash_after(&self, previous: &Hash) -> Hash {
        self.hash_at(self.seq, previous)
    }

    /// The same, had the record the number `seq`.
    pub(super) fn hash_at(&self, seq: i64, previous: &Hash) -> Hash {
        let mut bytes = Canonical::default();
        bytes.text(&self.chain).number(seq).number(self.at).optional(&self.enterprise_id);
        bytes.text(&self.actor_type).optional(&self.actor_id).text(&self.actor_name);
        bytes.text(&self.action);
        bytes.optional(&self.object_type).optional(&self.object_id).optional(&self.object_name);
        bytes.text(&self.outcome).optional(&self.reason);
        bytes.optional(&self.address).optional(&self.request_id).text(&self.detail);
        seal::digest(RECORD_DOMAIN, &[previous, &bytes.0])
    }
}

/// PostgreSQL's text cannot hold a zero byte, and what callers send ends up in records: one such byte
/// must not make a record impossible.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Bytes that only one sequence of values has: each value carries its kind and its length.
#[derive(Default)]
pub(super) struct Canonical(pub(super) Vec<u8>);

impl Canonical {
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.push(1);
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn optional(&mut self, text: &Option<String>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => {
                self.0.push(0);
                self
            }
        }
    }

    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }
}

/// Appends `drafts` to `chain` within the caller's transaction ([`crate::db::Db::write`]), in the order given.
///
/// The last thing a transaction does: see the lock order in the module's comment. Outside of a transaction the
/// numbers of two writers would collide, and the second would get [`StoreError::Conflict`].
///
/// A change by a member whose sign-in ended meanwhile is refused with [`StoreError::SignedOut`].
pub fn append(conn: &mut Conn, chain: &ChainId, drafts: &[Draft]) -> Result<(), StoreError> {
    standing::check(conn, drafts)?;
    append_each(conn, chain, drafts.iter()).map(|_| ())
}

/// As [`append`], for drafts from several places; says where the chain now ends.
pub(super) fn append_each<'a>(
    conn: &mut Conn,
    chain: &ChainId,
    drafts: impl Iterator<Item = &'a Draft>,
) -> Result<End, StoreError> {
    let begin = lock_end(conn, chain)?;
    let mut end = begin;
    let mut rows = Vec::new();
    for draft in drafts {
        let mut row = Row::new(chain, end, draft);
        end = End { seq: row.seq, hash: row.hash_after(&end.hash) };
        row.hash = end.hash.to_vec();
        rows.push(row);
        if rows.len() == CHUNK {
            insert(conn, &rows)?;
            rows.clear();
        }
    }
    insert(conn, &rows)?;
    if end != begin {
        diesel::update(audit_chains::table.find(chain.as_str()))
            .set((audit_chains::seq.eq(end.seq), audit_chains::hash.eq(end.hash.as_slice())))
            .execute(conn)?;
    }
    Ok(end)
}

fn insert(conn: &mut Conn, rows: &[Row]) -> Result<(), StoreError> {
    if let Ok(full) = <&[Row; CHUNK]>::try_from(rows) {
        each!(conn, c => diesel::insert_into(audit_records::table).values(full).execute(c))?;
        return Ok(());
    }
    for row in rows {
        diesel::insert_into(audit_records::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Reads where the chain ends and keeps others from appending until the transaction is over. Makes the head of a new
/// chain; of two that do so at once, the second waits for the first and then sees its row.
fn lock_end(conn: &mut Conn, chain: &ChainId) -> Result<End, StoreError> {
    if let Some(end) = read_locked(conn, chain)? {
        return Ok(end);
    }
    let row = (
        audit_chains::chain.eq(chain.as_str()),
        audit_chains::seq.eq(0),
        audit_chains::hash.eq(BEGINNING.as_slice()),
    );
    each!(conn, c => diesel::insert_into(audit_chains::table).values(row).on_conflict_do_nothing().execute(c))?;
    read_locked(conn, chain)?
        .ok_or_else(|| StoreError::Corrupt(format!("audit chain {} has no head", chain.as_str())))
}

fn read_locked(conn: &mut Conn, chain: &ChainId) -> Result<Option<End>, StoreError> {
    let head = audit_chains::table.find(chain.as_str()).select((audit_chains::seq, audit_chains::hash));
    let row: Option<(i64, Vec<u8>)> = match conn {
        Conn::Postgres(c) => head.for_update().first(c).optional()?,
        // The transaction began with the write lock of the whole database.
        Conn::Sqlite(c) => head.first(c).optional()?,
    };
    row.map(|(seq, hash)| stored_end(chain, seq, &hash)).transpose()
}

/// Where the chain ends, as committed; `None` before its first record.
pub(super) fn read_end(conn: &mut Conn, chain: &ChainId) -> Result<Option<End>, StoreError> {
    let row: Option<(i64, Vec<u8>)> = audit_chains::table
        .find(chain.as_str())
        .select((audit_chains::seq, audit_chains::hash))
        .first(conn)
        .optional()?;
    row.map(|(seq, hash)| stored_end(chain, seq, &hash)).transpose()
}

fn stored_end(chain: &ChainId, seq: i64, hash: &[u8]) -> Result<End, StoreError> {
    let hash = hash.try_into().map_err(|_| {
        StoreError::Corrupt(format!("the head of audit chain {} has no hash", chain.as_str()))
    })?;
    Ok(End { seq, hash })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixture::{databases, keys, node, now};
    use crate::audit::{Actor, Origin, Outcome, verify};

    fn row() -> Row {
        let draft = Draft {
            at: now(),
            enterprise: None,
            actor: Actor::Anonymous,
            action: "credential.resolve",
            object: None,
            outcome: Outcome::Refused,
            reason: None,
            origin: Origin::default(),
            detail: serde_json::json!({}),
        };
        Row::new(&node(), End { seq: 0, hash: BEGINNING }, &draft)
    }

    #[test]
    fn every_column_is_in_the_hash() {
        let some = || Some("x".to_owned());
        let changed = [
            Row { chain: "x".to_owned(), ..row() },
            Row { seq: 2, ..row() },
            Row { at: 1, ..row() },
            Row { enterprise_id: some(), ..row() },
            Row { actor_type: "x".to_owned(), ..row() },
            Row { actor_id: some(), ..row() },
            Row { actor_name: "x".to_owned(), ..row() },
            Row { action: "x".to_owned(), ..row() },
            Row { object_type: some(), ..row() },
            Row { object_id: some(), ..row() },
            Row { object_name: some(), ..row() },
            Row { outcome: "x".to_owned(), ..row() },
            Row { reason: some(), ..row() },
            Row { reason: Some(String::new()), ..row() },
            Row { address: some(), ..row() },
            Row { request_id: some(), ..row() },
            Row { detail: "x".to_owned(), ..row() },
        ];
        let mut hashes: std::collections::BTreeSet<Hash> =
            changed.iter().map(|row| row.hash_after(&BEGINNING)).collect();
        hashes.insert(row().hash_after(&BEGINNING));
        hashes.insert(row().hash_after(&[1; 32]));
        assert_eq!(hashes.len(), changed.len() + 2);
    }

    #[test]
    fn the_hash_of_a_record_stays_what_it_is() {
        // Python: hashlib.blake2b over the framed parts, digest_size=32. Chains of earlier versions must verify forever.
        let hex = super::super::outside::hex(&row().hash_after(&BEGINNING));
        assert_eq!(hex, "bb780e346d7643ab164030fb68248cc5ee30ddc10d08d7f48f632dbc1c620d86");
    }

    #[test]
    fn one_transaction_appends_any_number_in_order_or_none() {
        for fixture in databases() {
            let drafts: Vec<Draft> = (0..CHUNK * 2 + 3).map(|at| fixture.draft(&at.to_string())).collect();
            let refused: Result<(), StoreError> = fixture.db.write_here(|conn| {
                append(conn, &node(), &drafts)?;
                Err(StoreError::Busy("something later failed".to_owned()))
            });
            assert!(refused.is_err());
            assert_eq!(fixture.number("SELECT count(*) AS number FROM audit_records"), 0);
            fixture.db.write_here(|conn| append(conn, &node(), &drafts)).unwrap();
            fixture.db.write_here(|conn| append(conn, &node(), &[])).unwrap();
            let in_order = "SELECT count(*) AS number FROM audit_records \
                            WHERE object_name = CAST(seq - 1 AS TEXT)";
            assert_eq!(fixture.number(in_order), 67);
            assert_eq!(fixture.number("SELECT seq AS number FROM audit_chains"), 67);
        }
    }

    #[test]
    fn what_a_caller_sends_can_always_be_recorded() {
        for fixture in databases() {
            let draft = fixture.draft("zero \0 byte");
            fixture.db.write_here(|conn| append(conn, &node(), &[draft])).unwrap();
            let (_, verifier) = keys();
            assert!(fixture.db.read_here(|conn| verify(conn, &verifier, None)).unwrap().is_whole());
        }
    }

    #[test]
    fn many_can_begin_a_chain_at_once() {
        for fixture in databases() {
            std::thread::scope(|threads| {
                for _ in 0..8 {
                    threads.spawn(|| fixture.append(10));
                }
            });
            let (_, verifier) = keys();
            let report = fixture.db.read_here(|conn| verify(conn, &verifier, None)).unwrap();
            assert!(report.is_whole(), "{report:?}");
            assert_eq!(report.chains[0].records, 80);
        }
    }
}
