//! Walking the chains, offline: does every record still stand where and as it was written?
//!
//! Used by `voucher audit verify`. It believes the hashes, the signatures and the heads outside of the database, in
//! rising order, and nothing that the tables say about themselves. It may run beside a node that is writing: whatever a
//! later step looks for was committed before an earlier step looked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::chain::{BEGINNING, Hash, Row};
use super::outside::{self, Head};
use super::store;
use crate::db::{Conn, StoreError};
use crate::seal::AuditVerifier;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each chain that the database or the heads file knows, by name.
    pub chains: Vec<ChainReport>,
    /// Lines of the heads file that are not heads: cut by a crash, or by a hand.
    pub unreadable_lines: usize,
}

impl Report {
    /// Whether every chain is whole.
    pub fn is_whole(&self) -> bool {
        self.chains.iter().all(|chain| chain.first_break.is_none())
    }
}

/// How one chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Its name.
    pub chain: String,
    /// How many records from its beginning are as they were written.
    pub records: i64,
    /// The last of them that a signature covers; who can write the database could have made the later ones.
    pub signed_up_to: i64,
    /// Where it stops to be true; nothing is said about what comes after.
    pub first_break: Option<Break>,
}

/// The first place where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The number of the record.
    pub seq: i64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// How a chain can be broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The record is not the one that was hashed, or the one before was replaced and hashed anew.
    Changed,
    /// There is no record of this number, but later ones.
    Missing,
    /// No chain has a record of this number; it was put in.
    PutIn,
    /// The record that belongs here stands elsewhere: records were put in another order, or one was put in.
    OutOfOrder {
        /// The number under which it stands.
        stands_at: i64,
    },
    /// The records up to here fit together, but a signed hash says otherwise: they were computed anew.
    Rewritten {
        /// The last record that a signature vouches for.
        genuine_up_to: i64,
    },
    /// A checkpoint or head at this record does not carry the signature that it claims.
    Signature,
    /// A checkpoint or head at this record is signed with a key that is not in the key file.
    UnknownKey,
    /// The last records are gone: this number was reached once.
    TailCut {
        /// The last record that is there.
        ends_at: i64,
    },
    /// The head row does not say where the chain ends.
    Head,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match &self.fault {
            Fault::Changed => write!(
                f,
                "record {seq} was changed: it does not match its hash (or record {} was replaced and hashed anew)",
                seq - 1
            ),
            Fault::Missing => write!(f, "record {seq} is missing"),
            Fault::PutIn => write!(f, "record {seq} was put in: numbers begin at 1"),
            Fault::OutOfOrder { stands_at } => {
                write!(f, "record {seq} is out of order: it stands at {stands_at}")
            }
            Fault::Rewritten { genuine_up_to } => write!(
                f,
                "record {seq} was rewritten: its signed hash is another one; records up to {genuine_up_to} are vouched for"
            ),
            Fault::Signature => write!(f, "the signature at record {seq} is wrong"),
            Fault::UnknownKey => {
                write!(f, "the signature at record {seq} is by a key that is not in the key file")
            }
            Fault::TailCut { ends_at } => {
                write!(f, "the end was cut: record {seq} was written once, the last one is {ends_at}")
            }
            Fault::Head => write!(f, "the head of the chain does not match its last record, {seq}"),
        }
    }
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The heads file cannot be read.
    #[error("the heads file {} cannot be read: {error}", path.display())]
    Heads {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Verifies every chain in the database, against its checkpoints and against the heads in `heads`.
pub fn verify(
    conn: &mut Conn,
    verifier: &AuditVerifier,
    heads: Option<&Path>,
) -> Result<Report, VerifyError> {
    // Before the database: what is in the file was in the database first.
    let (heads, unreadable_lines) = match heads {
        Some(path) => {
            outside::read(path).map_err(|error| VerifyError::Heads { path: path.to_path_buf(), error })?
        }
        None => (Vec::new(), 0),
    };
    let mut names: BTreeSet<String> = heads.iter().map(|head| head.chain.clone()).collect();
    names.extend(store::chain_names(conn)?);
    let mut by_chain: BTreeMap<String, Vec<Head>> = BTreeMap::new();
    for head in heads {
        by_chain.entry(head.chain.clone()).or_default().push(head);
    }
    let mut chains = Vec::new();
    for name in names {
        let heads = by_chain.remove(&name).unwrap_or_default();
        chains.push(verify_chain(conn, verifier, name, heads)?);
    }
    Ok(Report { chains, unreadable_lines })
}

fn verify_chain(
    conn: &mut Conn,
    verifier: &AuditVerifier,
    chain: String,
    heads: Vec<Head>,
) -> Result<ChainReport, StoreError> {
    let mut walk = Walk { verifier, previous: BEGINNING, seq: 0, signed_up_to: 0 };
    let mut vouched = store::checkpoints(conn, &chain)?;
    vouched.extend(heads);
    vouched.sort_by_key(|head| head.seq);
    let first_break = match walk.records(conn, &chain, &vouched)? {
        Some(found) => Some(found),
        None => walk.end(conn, &chain, &vouched)?,
    };
    Ok(ChainReport { chain, records: walk.seq, signed_up_to: walk.signed_up_to, first_break })
}

/// How far one chain has been found whole.
struct Walk<'a> {
    verifier: &'a AuditVerifier,
    previous: Hash,
    seq: i64,
    signed_up_to: i64,
}

impl Walk<'_> {
    fn records(
        &mut self,
        conn: &mut Conn,
        chain: &str,
        vouched: &[Head],
    ) -> Result<Option<Break>, StoreError> {
        let mut vouched = vouched.iter().peekable();
        // There is no record 0, so nobody signs one.
        if let Some(head) = vouched.next_if(|head| head.seq <= 0) {
            return Ok(Some(Break { seq: head.seq, fault: Fault::Signature }));
        }
        if let Some(seq) = store::before_the_beginning(conn, chain)? {
            return Ok(Some(Break { seq, fault: Fault::PutIn }));
        }
        loop {
            let page = store::page(conn, chain, self.seq)?;
            if page.is_empty() {
                return Ok(None);
            }
            for (at, row) in page.iter().enumerate() {
                if let Some(fault) = self.link(row, page.get(at..).unwrap_or_default()) {
                    return Ok(Some(Break { seq: self.seq + 1, fault }));
                }
                (self.seq, self.previous) = (row.seq, row.hash_after(&self.previous));
                while let Some(head) = vouched.next_if(|head| head.seq == row.seq) {
                    if let Some(fault) = self.vouch(head) {
                        self.seq -= 1;
                        return Ok(Some(Break { seq: row.seq, fault }));
                    }
                    self.signed_up_to = row.seq;
                }
            }
        }
    }

    /// What is wrong with `row` as the next record; `rest` begins with it.
    fn link(&self, row: &Row, rest: &[Row]) -> Option<Fault> {
        let seq = self.seq + 1;
        if row.seq == seq && row.hash == row.hash_after(&self.previous) {
            return None;
        }
        // A record that was moved still has the hash it had in its own place.
        let moved = rest.iter().find(|row| row.hash == row.hash_at(seq, &self.previous));
        Some(match moved {
            Some(moved) => Fault::OutOfOrder { stands_at: moved.seq },
            None if row.seq == seq => Fault::Changed,
            None => Fault::Missing,
        })
    }

    fn vouch(&self, head: &Head) -> Option<Fault> {
        self.signature(head).or_else(|| {
            (head.hash != self.previous).then_some(Fault::Rewritten { genuine_up_to: self.signed_up_to })
        })
    }

    fn signature(&self, head: &Head) -> Option<Fault> {
        if !self.verifier.knows(head.signature.key_id) {
            return Some(Fault::UnknownKey);
        }
        (!head.is_genuine(self.verifier)).then_some(Fault::Signature)
    }

    /// What is wrong with the end, after every record was found in its place.
    fn end(&mut self, conn: &mut Conn, chain: &str, vouched: &[Head]) -> Result<Option<Break>, StoreError> {
        let ends_at = self.seq;
        if let Some(head) = vouched.iter().find(|head| head.seq > ends_at) {
            let fault = self.signature(head).unwrap_or(Fault::TailCut { ends_at });
            return Ok(Some(Break { seq: head.seq, fault }));
        }
        // A node may have appended since the last page: the head may be ahead, if the records are there.
        let Some((seq, hash)) = store::head(conn, chain)? else {
            return Ok(Some(Break { seq: ends_at, fault: Fault::Head }));
        };
        if seq == ends_at && hash == self.previous {
            return Ok(None);
        }
        if seq <= ends_at {
            return Ok(Some(Break { seq: ends_at, fault: Fault::Head }));
        }
        if let Some(found) = self.records(conn, chain, &[])? {
            return Ok(Some(found));
        }
        if self.seq < seq {
            return Ok(Some(Break { seq, fault: Fault::TailCut { ends_at: self.seq } }));
        }
        let same_place = self.seq == seq;
        Ok((same_place && hash != self.previous).then_some(Break { seq, fault: Fault::Head }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::checkpoint::Checkpoints;
    use crate::audit::fixture::{Fixture, databases, keys, node, now};
    use crate::clock::Clock;
    use crate::seal::{AuditSigner, AuditVerifier};

    /// Ten records, signed at 5 and at 10, the heads outside too.
    fn signed(fixture: &Fixture, signer: AuditSigner, heads: &Path) {
        let mut checkpoints =
            Checkpoints::new(node(), Clock::manual(now()), signer, Some(heads.to_path_buf()));
        for _ in 0..2 {
            fixture.append(5);
            checkpoints.sign_now(&fixture.db);
        }
    }

    fn first_break(
        fixture: &Fixture,
        verifier: &AuditVerifier,
        heads: Option<&Path>,
    ) -> Option<(i64, Fault)> {
        let report = fixture.db.read_here(|conn| verify(conn, verifier, heads)).unwrap();
        assert_eq!(report.chains.len(), 1);
        let found = report.chains[0].first_break.clone();
        assert_eq!(report.is_whole(), found.is_none());
        found.map(|found| (found.seq, found.fault))
    }

    /// Computes the hashes of all records anew, and the head row, as somebody who owns the database can.
    fn recompute(fixture: &Fixture) {
        fixture
            .db
            .write_here(|conn| {
                let (mut previous, mut seq) = (BEGINNING, 0);
                for row in store::page(conn, "node", 0)? {
                    (previous, seq) = (row.hash_after(&previous), row.seq);
                    set_hash(conn, seq, &previous)?;
                }
                use crate::schema::audit_chains;
                use diesel::prelude::*;
                diesel::update(audit_chains::table)
                    .set((audit_chains::seq.eq(seq), audit_chains::hash.eq(previous.as_slice())))
                    .execute(conn)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    fn set_hash(conn: &mut Conn, seq: i64, hash: &Hash) -> Result<(), StoreError> {
        use crate::schema::audit_records;
        use diesel::prelude::*;
        diesel::update(audit_records::table.filter(audit_records::seq.eq(seq)))
            .set(audit_records::hash.eq(hash.as_slice()))
            .execute(conn)?;
        Ok(())
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        for fixture in databases() {
            let (signer, verifier) = keys();
            let folder = tempfile::tempdir().unwrap();
            let heads = folder.path().join("heads");
            signed(&fixture, signer, &heads);
            fixture.append(1);
            let report = fixture.db.read_here(|conn| verify(conn, &verifier, Some(&heads))).unwrap();
            let chain =
                ChainReport { chain: "node".to_owned(), records: 11, signed_up_to: 10, first_break: None };
            assert_eq!(report, Report { chains: vec![chain], unreadable_lines: 0 });
        }
    }

    #[test]
    fn an_empty_database_is_whole() {
        for fixture in databases() {
            let report = fixture.db.read_here(|conn| verify(conn, &keys().1, None)).unwrap();
            assert!(report.is_whole() && report.chains.is_empty());
        }
    }

    #[test]
    fn the_first_break_is_named() {
        let edit_hash = "UPDATE audit_records SET hash = (SELECT hash FROM audit_records WHERE seq = 3)";
        let swap = "UPDATE audit_records SET seq = 100 WHERE seq = 4; UPDATE audit_records SET seq = 4 WHERE seq = 7;
                    UPDATE audit_records SET seq = 7 WHERE seq = 100";
        let make_room = "UPDATE audit_records SET seq = seq + 100 WHERE seq >= 4;
                         UPDATE audit_records SET seq = seq - 99 WHERE seq >= 100;
                         INSERT INTO audit_records SELECT chain, 4, at, enterprise_id, actor_type, actor_id, actor_name,
                           action, object_type, object_id, 'forged', outcome, reason, address, request_id, detail, hash
                           FROM audit_records WHERE seq = 5";
        let copy_to = |seq: i64| {
            format!(
                "INSERT INTO audit_records SELECT chain, {seq}, at, enterprise_id, actor_type, actor_id, actor_name,
                   action, object_type, object_id, object_name, outcome, reason, address, request_id, detail, hash
                 FROM audit_records WHERE seq = 1"
            )
        };
        let cases: Vec<(&str, String, i64, Fault)> = vec![
            ("edit", "UPDATE audit_records SET outcome = 'refused' WHERE seq = 4".into(), 4, Fault::Changed),
            ("a null", "UPDATE audit_records SET address = NULL WHERE seq = 1".into(), 1, Fault::Changed),
            ("a hash", format!("{edit_hash} WHERE seq = 8"), 8, Fault::Changed),
            ("delete", "DELETE FROM audit_records WHERE seq = 6".into(), 6, Fault::Missing),
            ("delete the first", "DELETE FROM audit_records WHERE seq <= 2".into(), 1, Fault::Missing),
            ("swap", swap.into(), 4, Fault::OutOfOrder { stands_at: 7 }),
            ("insert", make_room.into(), 4, Fault::OutOfOrder { stands_at: 5 }),
            ("insert before", copy_to(-3), -3, Fault::PutIn),
            ("insert behind", copy_to(11), 11, Fault::Changed),
            ("cut", "DELETE FROM audit_records WHERE seq > 8".into(), 10, Fault::TailCut { ends_at: 8 }),
            ("all", "DELETE FROM audit_records".into(), 5, Fault::TailCut { ends_at: 0 }),
            ("head lower", "UPDATE audit_chains SET seq = 9".into(), 10, Fault::Head),
            ("head higher", "UPDATE audit_chains SET seq = 12".into(), 12, Fault::TailCut { ends_at: 10 }),
            (
                "head hash",
                "UPDATE audit_chains SET hash = (SELECT hash FROM audit_records WHERE seq = 1)".into(),
                10,
                Fault::Head,
            ),
            ("no head", "DELETE FROM audit_chains".into(), 10, Fault::Head),
            (
                "checkpoint time",
                "UPDATE audit_checkpoints SET at = at + 1 WHERE seq = 5".into(),
                5,
                Fault::Signature,
            ),
            (
                "checkpoint moved",
                "UPDATE audit_checkpoints SET seq = 6 WHERE seq = 5".into(),
                6,
                Fault::Signature,
            ),
        ];
        for (name, sql, seq, fault) in cases {
            for fixture in databases() {
                let (signer, verifier) = keys();
                let folder = tempfile::tempdir().unwrap();
                signed(&fixture, signer, &folder.path().join("heads"));
                fixture.tamper(&sql);
                assert_eq!(first_break(&fixture, &verifier, None), Some((seq, fault.clone())), "{name}");
            }
        }
    }

    #[test]
    fn a_chain_computed_anew_shows_at_the_next_checkpoint() {
        for fixture in databases() {
            let (signer, verifier) = keys();
            let folder = tempfile::tempdir().unwrap();
            signed(&fixture, signer, &folder.path().join("heads"));
            fixture.tamper("UPDATE audit_records SET outcome = 'refused' WHERE seq = 7");
            recompute(&fixture);
            let expected = (10, Fault::Rewritten { genuine_up_to: 5 });
            assert_eq!(first_break(&fixture, &verifier, None), Some(expected));
        }
    }

    #[test]
    fn what_nothing_inside_shows_the_heads_outside_show() {
        let cases = [
            ("DELETE FROM audit_records WHERE seq > 7", 10, Fault::TailCut { ends_at: 7 }),
            (
                "UPDATE audit_records SET outcome = 'failed' WHERE seq = 2",
                5,
                Fault::Rewritten { genuine_up_to: 0 },
            ),
            ("DELETE FROM audit_records", 5, Fault::TailCut { ends_at: 0 }),
        ];
        for (sql, seq, fault) in cases {
            for fixture in databases() {
                let (signer, verifier) = keys();
                let folder = tempfile::tempdir().unwrap();
                let heads = folder.path().join("heads");
                signed(&fixture, signer, &heads);
                fixture.tamper(sql);
                fixture.tamper("DELETE FROM audit_checkpoints");
                recompute(&fixture);
                assert_eq!(first_break(&fixture, &verifier, None), None, "{sql}");
                assert_eq!(
                    first_break(&fixture, &verifier, Some(&heads)),
                    Some((seq, fault.clone())),
                    "{sql}"
                );
            }
        }
    }

    #[test]
    fn a_whole_chain_that_is_gone_shows_in_the_heads_outside() {
        for fixture in databases() {
            let (signer, verifier) = keys();
            let folder = tempfile::tempdir().unwrap();
            let heads = folder.path().join("heads");
            signed(&fixture, signer, &heads);
            fixture
                .tamper("DELETE FROM audit_records; DELETE FROM audit_checkpoints; DELETE FROM audit_chains");
            assert_eq!(
                first_break(&fixture, &verifier, Some(&heads)),
                Some((5, Fault::TailCut { ends_at: 0 }))
            );
        }
    }

    #[test]
    fn a_checkpoint_by_an_unknown_key_is_not_believed() {
        for fixture in databases() {
            let ((_, verifier), (stranger, _)) = (keys(), keys());
            let folder = tempfile::tempdir().unwrap();
            signed(&fixture, stranger, &folder.path().join("heads"));
            assert_eq!(first_break(&fixture, &verifier, None), Some((5, Fault::UnknownKey)));
        }
    }

    #[test]
    fn a_chain_longer_than_a_page_is_walked_to_its_end() {
        for fixture in databases() {
            let drafts: Vec<_> = (0..2_500).map(|_| fixture.draft("t")).collect();
            fixture.db.write_here(|conn| super::super::append(conn, &node(), &drafts)).unwrap();
            assert_eq!(first_break(&fixture, &keys().1, None), None);
            fixture.tamper("DELETE FROM audit_records WHERE seq = 2000");
            assert_eq!(first_break(&fixture, &keys().1, None), Some((2_000, Fault::Missing)));
        }
    }
}
