//! Signed checkpoints: every 1,000 records and every hour the end of this node's chain is signed, stored beside the
//! records and written outside of the database.
//!
//! Driven by the writer thread, which hands it the connection. It reads the head from the database, so records that
//! the console appended are covered as well as the writer's own.

use std::path::PathBuf;

use diesel::prelude::*;

use super::ChainId;
use super::chain::{End, read_end};
use super::outside::{self, Head};
use crate::clock::Clock;
use crate::db::{Conn, Db, StoreError};
use crate::each;
use crate::schema::audit_checkpoints;
use crate::seal::AuditSigner;

const EVERY_RECORDS: i64 = 1_000;
const EVERY_MILLIS: i64 = 3_600_000;
/// How often a quiet node looks whether the console has moved the head.
const LOOK_EVERY_MILLIS: i64 = 60_000;

/// Signs the end of one chain when it is due.
pub(super) struct Checkpoints {
    chain: ChainId,
    clock: Clock,
    signer: AuditSigner,
    file: Option<PathBuf>,
    /// The last number that was signed; `None` until the database has been asked.
    signed: Option<i64>,
    signed_at: i64,
    looked_at: Option<i64>,
    /// A head that is in the database but could not yet be written outside.
    outstanding: Option<Head>,
}

impl Checkpoints {
    pub(super) fn new(chain: ChainId, clock: Clock, signer: AuditSigner, file: Option<PathBuf>) -> Self {
        Self { chain, clock, signer, file, signed: None, signed_at: 0, looked_at: None, outstanding: None }
    }

    /// Signs when enough records or enough time have passed. `end` is where the chain now ends, if the caller knows.
    ///
    /// A failure is logged and tried again later; answers do not wait for it.
    pub(super) fn sign_if_due(&mut self, db: &Db, end: Option<End>) {
        let now = self.now();
        let look = self.looked_at.is_none_or(|at| now - at >= LOOK_EVERY_MILLIS || at > now);
        let due = match (self.signed, end) {
            (Some(signed), Some(end)) => self.is_due(end.seq - signed, now),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if look || due {
            self.looked_at = Some(now);
            self.look(db, false);
        }
    }

    /// Signs whatever has not been signed yet; for an orderly end.
    pub(super) fn sign_now(&mut self, db: &Db) {
        self.look(db, true);
    }

    fn is_due(&self, unsigned: i64, now: i64) -> bool {
        let waited = now - self.signed_at;
        unsigned >= EVERY_RECORDS || (unsigned > 0 && !(0..EVERY_MILLIS).contains(&waited))
    }

    fn look(&mut self, db: &Db, force: bool) {
        match db.write_here(|conn| self.sign(conn, force)) {
            Ok(Some(head)) => {
                (self.signed, self.signed_at) = (Some(head.seq), head.at);
                self.outstanding = Some(head);
            }
            Ok(None) if self.signed.is_none() => (self.signed, self.signed_at) = (Some(0), self.now()),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(chain = self.chain.as_str(), %error, "the audit chain could not be signed; it will be tried again");
            }
        }
        self.write_outside();
    }

    /// On the first look there is no telling what happened while this node was down: what has moved is signed at once,
    /// and the last head is written outside again, because a crash may have come between.
    fn sign(&self, conn: &mut Conn, force: bool) -> Result<Option<Head>, StoreError> {
        let Some(end) = read_end(conn, &self.chain)?.filter(|end| end.seq > 0) else { return Ok(None) };
        let signed = match self.signed {
            Some(signed) => signed,
            None => self.last_signed(conn)?,
        };
        let first = self.signed.is_none();
        let now = self.now();
        if end.seq > signed && (first || force || self.is_due(end.seq - signed, now)) {
            let head = Head::sign(self.chain.as_str(), (end.seq, end.hash), now, &self.signer);
            insert(conn, &head)?;
            return Ok(Some(head));
        }
        Ok(first.then(|| Head::sign(self.chain.as_str(), (end.seq, end.hash), now, &self.signer)))
    }

    fn last_signed(&self, conn: &mut Conn) -> Result<i64, StoreError> {
        let last: Option<i64> = audit_checkpoints::table
            .filter(audit_checkpoints::chain.eq(self.chain.as_str()))
            .select(diesel::dsl::max(audit_checkpoints::seq))
            .first(conn)?;
        Ok(last.unwrap_or(0))
    }

    fn write_outside(&mut self) {
        let (Some(path), Some(head)) = (&self.file, &self.outstanding) else {
            self.outstanding = None;
            return;
        };
        match outside::append(path, head) {
            Ok(()) => self.outstanding = None,
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the audit head could not be written outside of the database; it will be tried again");
            }
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

fn insert(conn: &mut Conn, head: &Head) -> Result<(), StoreError> {
    let row = (
        audit_checkpoints::chain.eq(head.chain.as_str()),
        audit_checkpoints::seq.eq(head.seq),
        audit_checkpoints::hash.eq(head.hash.as_slice()),
        audit_checkpoints::at.eq(head.at),
        audit_checkpoints::key_id.eq(head.signature.key_id.as_bytes().as_slice()),
        audit_checkpoints::signature.eq(head.signature.bytes.as_slice()),
    );
    each!(conn, c => diesel::insert_into(audit_checkpoints::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
