//! Reading chains row by row, for those who walk them: `verify` and `export`.

use diesel::dsl::min;
use diesel::prelude::*;

use super::chain::{Hash, Row};
use super::outside::Head;
use crate::db::{Conn, StoreError};
use crate::schema::{audit_chains, audit_checkpoints, audit_records};
use crate::seal::{KeyId, Signature};

/// Records that are held at a time.
const PAGE: i64 = 1_000;

/// Every chain that any table knows, however little is left of it.
pub(super) fn chain_names(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut names: Vec<String> = audit_chains::table.select(audit_chains::chain).load(conn)?;
    names.extend(audit_checkpoints::table.select(audit_checkpoints::chain).distinct().load::<String>(conn)?);
    // From one name to the next through the index; the records themselves are too many to look at.
    let mut next: Option<String> = audit_records::table.select(min(audit_records::chain)).first(conn)?;
    while let Some(name) = next {
        next = audit_records::table
            .filter(audit_records::chain.gt(&name))
            .select(min(audit_records::chain))
            .first(conn)?;
        names.push(name);
    }
    Ok(names)
}

/// The records of `chain` after number `after`, a page of them.
pub(super) fn page(conn: &mut Conn, chain: &str, after: i64) -> Result<Vec<Row>, StoreError> {
    let rows = audit_records::table
        .filter(audit_records::chain.eq(chain).and(audit_records::seq.gt(after)))
        .order(audit_records::seq)
        .limit(PAGE)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows)
}

/// The number of a record that stands before the first.
pub(super) fn before_the_beginning(conn: &mut Conn, chain: &str) -> Result<Option<i64>, StoreError> {
    let seq = audit_records::table
        .filter(audit_records::chain.eq(chain).and(audit_records::seq.le(0)))
        .select(min(audit_records::seq))
        .first(conn)?;
    Ok(seq)
}

/// The head row as it is, however wrong.
pub(super) fn head(conn: &mut Conn, chain: &str) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let row = audit_chains::table
        .find(chain)
        .select((audit_chains::seq, audit_chains::hash))
        .first(conn)
        .optional()?;
    Ok(row)
}

type CheckpointRow = (i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

/// The signed checkpoints of a chain. One whose hash or key id has another length was not written by us, and keeps
/// zeros in its place, which nothing matches.
pub(super) fn checkpoints(conn: &mut Conn, chain: &str) -> Result<Vec<Head>, StoreError> {
    let rows: Vec<CheckpointRow> = audit_checkpoints::table
        .filter(audit_checkpoints::chain.eq(chain))
        .order(audit_checkpoints::seq)
        .select((
            audit_checkpoints::seq,
            audit_checkpoints::hash,
            audit_checkpoints::at,
            audit_checkpoints::key_id,
            audit_checkpoints::signature,
        ))
        .load(conn)?;
    let read = |(seq, hash, at, key_id, bytes): CheckpointRow| Head {
        chain: chain.to_owned(),
        seq,
        hash: Hash::try_from(hash).unwrap_or_default(),
        at,
        signature: Signature { key_id: KeyId::from_bytes(key_id.try_into().unwrap_or_default()), bytes },
    };
    Ok(rows.into_iter().map(read).collect())
}
