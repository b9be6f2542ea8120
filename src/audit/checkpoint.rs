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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::fixture::{Fixture, databases, keys, node, now};

    const COUNT: &str = "SELECT count(*) AS number FROM audit_checkpoints";

    fn checkpoints(clock: &Clock, signer: AuditSigner, file: Option<PathBuf>) -> Checkpoints {
        Checkpoints::new(node(), clock.clone(), signer, file)
    }

    fn end(fixture: &Fixture) -> Option<End> {
        fixture.db.read_here(|conn| read_end(conn, &node())).unwrap()
    }

    #[test]
    fn a_checkpoint_comes_after_a_thousand_records_or_an_hour() {
        for fixture in databases() {
            let clock = Clock::manual(now());
            let mut checkpoints = checkpoints(&clock, keys().0, None);
            checkpoints.sign_if_due(&fixture.db, None);
            let drafts = |count: usize| -> Vec<_> { (0..count).map(|_| fixture.draft("t")).collect() };
            let hour = Duration::from_secs(3_600);
            // records appended, time that passes, checkpoints afterwards
            let steps = [
                (999, Duration::ZERO, 0),
                (1, Duration::ZERO, 1),
                (10, hour / 2, 1),
                (0, hour / 2, 2),
                (0, hour, 2),
                (1, Duration::ZERO, 3),
            ];
            for (step, (records, passes, expected)) in steps.into_iter().enumerate() {
                let drafts = drafts(records);
                fixture.db.write_here(|conn| super::super::append(conn, &node(), &drafts)).unwrap();
                clock.advance(passes);
                checkpoints.sign_if_due(&fixture.db, end(&fixture));
                assert_eq!(fixture.number(COUNT), expected, "step {step}");
            }
        }
    }

    #[test]
    fn what_the_console_appends_is_found_by_a_quiet_node() {
        for fixture in databases() {
            let clock = Clock::manual(now());
            let mut checkpoints = checkpoints(&clock, keys().0, None);
            checkpoints.sign_if_due(&fixture.db, None);
            fixture.append(1);
            for _ in 0..61 {
                clock.advance(Duration::from_secs(60));
                checkpoints.sign_if_due(&fixture.db, None);
            }
            assert_eq!(fixture.number(COUNT), 1);
        }
    }

    #[test]
    fn a_start_signs_what_moved_and_every_start_writes_the_head_outside() {
        for fixture in databases() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("heads.jsonl");
            fixture.append(3);
            for _ in 0..2 {
                let clock = Clock::manual(now());
                checkpoints(&clock, keys().0, Some(file.clone())).sign_if_due(&fixture.db, None);
            }
            assert_eq!(fixture.number(COUNT), 1);
            let (heads, _) = outside::read(&file).unwrap();
            assert_eq!(heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [3, 3]);
        }
    }

    #[test]
    fn a_head_that_could_not_be_written_outside_is_written_later() {
        for fixture in databases() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("later").join("heads.jsonl");
            let clock = Clock::manual(now());
            let mut checkpoints = checkpoints(&clock, keys().0, Some(file.clone()));
            fixture.append(3);
            checkpoints.sign_if_due(&fixture.db, None);
            std::fs::create_dir(folder.path().join("later")).unwrap();
            clock.advance(Duration::from_secs(60));
            checkpoints.sign_if_due(&fixture.db, None);
            assert_eq!(outside::read(&file).unwrap().0.len(), 1);
        }
    }

    #[test]
    fn an_orderly_end_signs_the_rest() {
        for fixture in databases() {
            let clock = Clock::manual(now());
            let mut checkpoints = checkpoints(&clock, keys().0, None);
            checkpoints.sign_if_due(&fixture.db, None);
            fixture.append(2);
            checkpoints.sign_now(&fixture.db);
            checkpoints.sign_now(&fixture.db);
            assert_eq!(fixture.number("SELECT seq AS number FROM audit_checkpoints"), 2);
        }
    }
}
