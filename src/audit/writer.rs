//! The group-commit writer: many waiting answers share one durable commit.
//!
//! One thread per process, with a connection of its own, takes every answer that waits, writes all of them in one
//! transaction and only then lets them go. The resolve line calls [`Journal::record`] and answers its caller when that
//! says [`Recorded::Durable`], and at no other time (promise 3). Must not know what a decision is made of: it only
//! compares epochs (promise 4).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::ChainId;
use super::batch::{self, Answer, Touched, Written};
use super::chain::End;
use super::checkpoint::Checkpoints;
use crate::clock::Clock;
use crate::db::{Db, StoreError};
use crate::seal::AuditSigner;

/// Answers that may wait; beyond it callers are told at once that the service is not available.
const WAITING: usize = 4096;
/// Answers of one transaction, so that no answer waits for a transaction of unknown length.
const BATCH: usize = 512;
/// How long an answer waits for its record.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long the thread sleeps at most before it looks whether a checkpoint is due.
const TICK: Duration = Duration::from_secs(1);
/// Transactions that one failed batch may be split into.
const ATTEMPTS: usize = 64;

/// What the writer works with.
pub struct Setup {
    /// The database.
    pub db: Db,
    /// This node's chain; no other process may use it.
    pub chain: ChainId,
    /// The time.
    pub clock: Clock,
    /// Signs checkpoints.
    pub signer: AuditSigner,
    /// The file outside of the database that signed heads are appended to.
    pub heads: Option<PathBuf>,
}

/// What became of an answer; only a durable one may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Its records are on the disk.
    Durable,
    /// Something that the decision stood on has changed; nothing was recorded. Decide afresh.
    Stale,
}

/// Why an answer may not be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrecorded {
    /// It could not be recorded, or not in time. It may still turn up in the log.
    #[error("the audit record could not be written")]
    Unavailable,
}

/// A handle to the writer; clones share it.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    sender: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Answer(Waiting),
    Stop,
}

struct Waiting {
    answer: Answer,
    reply: oneshot::Sender<Result<Recorded, Unrecorded>>,
}

impl Journal {
    /// Starts the thread. It signs what was not signed when the process last ended, and goes on.
    pub fn start(setup: Setup) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || Writer::new(setup).run(&receiver))?;
        Ok(Self { shared: Arc::new(Shared { sender, thread: Mutex::new(Some(thread)) }) })
    }

    /// Records `answer` and says when that is durable. Answers within five seconds, at once when too many wait.
    pub async fn record(&self, answer: Answer) -> Result<Recorded, Unrecorded> {
        let (reply, replied) = oneshot::channel();
        let message = Message::Answer(Waiting { answer, reply });
        self.shared.sender.try_send(message).map_err(|_| Unrecorded::Unavailable)?;
        match tokio::time::timeout(DEADLINE, replied).await {
            Ok(Ok(result)) => result,
            // Too late, or the writer ended: it drops what it has not written.
            Ok(Err(_)) | Err(_) => Err(Unrecorded::Unavailable),
        }
    }

    /// Writes what waits, signs the head and ends the thread. Blocks until that is done; later answers are refused.
    pub fn stop(&self) {
        // The lock is held until the end, so that a second caller does not return before the work is done.
        let mut thread = self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // An error means that the thread is gone already.
            let _ = self.shared.sender.send(Message::Stop);
            if thread.join().is_err() {
                tracing::error!("the audit writer ended in a panic");
            }
        }
    }
}

struct Writer {
    db: Db,
    chain: ChainId,
    clock: Clock,
    touched: Touched,
    checkpoints: Checkpoints,
}

impl Writer {
    fn new(setup: Setup) -> Self {
        // The writer never waits for a connection that a page holds.
        let db = setup.db.apart(1).unwrap_or(setup.db);
        let checkpoints =
            Checkpoints::new(setup.chain.clone(), setup.clock.clone(), setup.signer, setup.heads);
        Self { db, chain: setup.chain, clock: setup.clock, touched: Touched::default(), checkpoints }
    }

    fn run(mut self, receiver: &Receiver<Message>) {
        self.checkpoints.sign_if_due(&self.db, None);
        let mut stopping = false;
        while !stopping {
            let first = match receiver.recv_timeout(TICK) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut batch = Vec::new();
            for message in first.into_iter().chain(std::iter::from_fn(|| receiver.try_recv().ok())) {
                match message {
                    Message::Answer(waiting) => batch.push(waiting),
                    // What was sent before is ahead in the queue and therefore already here.
                    Message::Stop => stopping = true,
                }
                if stopping || batch.len() == BATCH {
                    break;
                }
            }
            let end = self.settle_without_panic(batch);
            self.checkpoints.sign_if_due(&self.db, end);
        }
        self.checkpoints.sign_now(&self.db);
    }

    /// A panic counts as a failure to record, and must not end the thread that every later answer needs.
    fn settle_without_panic(&mut self, batch: Vec<Waiting>) -> Option<End> {
        catch_unwind(AssertUnwindSafe(|| self.settle(batch, &mut ATTEMPTS.clone()))).unwrap_or_else(|_| {
            tracing::error!("the audit writer panicked; the answers of its batch were refused");
            None
        })
    }

    /// Writes the batch and answers everybody in it. Says where the chain ends, when this moved it.
    fn settle(&mut self, batch: Vec<Waiting>, attempts: &mut usize) -> Option<End> {
        // Who gave up is not answered, so needs no record.
        let mut batch: Vec<_> = batch.into_iter().filter(|waiting| !waiting.reply.is_closed()).collect();
        if batch.is_empty() {
            return None;
        }
        *attempts = attempts.saturating_sub(1);
        let error = match self.write(&batch) {
            Ok(written) => {
                for (waiting, holds) in batch.into_iter().zip(written.holds) {
                    let recorded = if holds { Recorded::Durable } else { Recorded::Stale };
                    let _ = waiting.reply.send(Ok(recorded));
                }
                return written.end;
            }
            Err(error) => error,
        };
        // When the database is there and refused, one answer may be the reason: the others are tried without it.
        if batch.len() > 1 && *attempts > 0 && !matches!(error, StoreError::Busy(_)) {
            let second = batch.split_off(batch.len() / 2);
            let end = self.settle(batch, attempts);
            return self.settle(second, attempts).or(end);
        }
        tracing::error!(answers = batch.len(), %error, "audit records could not be written; the answers were refused");
        for waiting in batch {
            let _ = waiting.reply.send(Err(Unrecorded::Unavailable));
        }
        None
    }

    fn write(&mut self, batch: &[Waiting]) -> Result<Written, StoreError> {
        let answers: Vec<&Answer> = batch.iter().map(|waiting| &waiting.answer).collect();
        let now = self.clock.now().as_millisecond();
        let mut written =
            self.db.write_here(|conn| batch::write(conn, &self.chain, &answers, (&self.touched, now)))?;
        self.touched.remember(std::mem::take(&mut written.touched), now);
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
    use std::task::Poll;

    use super::*;
    use crate::audit::fixture::{Fixture, databases, keys, node};
    use crate::audit::verify;
    use crate::ids::CredentialId;

    const RECORDS: &str = "SELECT count(*) AS number FROM audit_records";

    fn start(fixture: &Fixture) -> Journal {
        Journal::start(Setup {
            db: fixture.db.clone(),
            chain: node(),
            clock: Clock::System,
            signer: keys().0,
            heads: None,
        })
        .unwrap()
    }

    fn assert_whole(fixture: &Fixture, journal: &Journal) {
        journal.stop();
        fixture.tamper("DELETE FROM audit_checkpoints");
        let report = fixture.db.read_here(|conn| verify(conn, &keys().1, None)).unwrap();
        assert!(report.is_whole(), "{report:?}");
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
            .block_on(work)
    }

    #[test]
    fn a_durable_answer_has_its_records_and_a_stale_one_has_none() {
        for fixture in databases() {
            let journal = start(&fixture);
            assert_eq!(run(journal.record(fixture.answer("t", 1))), Ok(Recorded::Durable));
            assert_eq!(fixture.number(RECORDS), 1);
            fixture.raise_epoch();
            assert_eq!(run(journal.record(fixture.answer("t", 1))), Ok(Recorded::Stale));
            assert_eq!(fixture.number(RECORDS), 1);
            assert_eq!(run(journal.record(fixture.answer("t", 2))), Ok(Recorded::Durable));
            assert_whole(&fixture, &journal);
        }
    }

    #[test]
    fn no_answer_outlives_a_change_that_was_acknowledged_before_it() {
        for fixture in databases() {
            let journal = start(&fixture);
            let acknowledged = AtomicI64::new(fixture.epoch());
            let (durable, stale) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let done = AtomicBool::new(false);
            let durable_count = || durable.load(Ordering::SeqCst);
            let gave_up = || done.load(Ordering::SeqCst);
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    // Until both outcomes have been seen often enough to mean something. Some answers get through
                    // between changes, or all of them would be stale for ever.
                    for round in 1.. {
                        if gave_up() {
                            break;
                        }
                        acknowledged.store(fixture.raise_epoch(), Ordering::SeqCst);
                        let (durable, stale) = (durable.load(Ordering::SeqCst), stale.load(Ordering::SeqCst));
                        if durable >= 2_000 && stale >= 200 {
                            break;
                        }
                        while durable_count() < round * 20 && !gave_up() {
                            std::thread::yield_now();
                        }
                    }
                    done.store(true, Ordering::SeqCst);
                });
                let tasks = (0..64).map(|_| async {
                    // What this task believes, as a cache does: looked up again only when it proved stale.
                    let mut believed = acknowledged.load(Ordering::SeqCst);
                    while !done.load(Ordering::SeqCst) {
                        let before = acknowledged.load(Ordering::SeqCst);
                        match journal.record(fixture.answer("t", believed)).await {
                            Ok(Recorded::Durable) => {
                                done.fetch_or(believed < before, Ordering::SeqCst);
                                assert!(believed >= before, "{believed} answered after {before}");
                                durable.fetch_add(1, Ordering::SeqCst);
                            }
                            Ok(Recorded::Stale) => {
                                stale.fetch_add(1, Ordering::SeqCst);
                                believed = acknowledged.load(Ordering::SeqCst);
                            }
                            Err(error) => {
                                done.store(true, Ordering::SeqCst);
                                panic!("{error}");
                            }
                        }
                    }
                });
                run(futures_util::future::join_all(tasks));
            });
            let durable = i64::try_from(durable.into_inner()).unwrap();
            assert_eq!(fixture.number(RECORDS), durable);
            let uses = fixture.number("SELECT CAST(sum(uses) AS BIGINT) AS number FROM usage_daily");
            assert_eq!(uses, durable);
            assert_whole(&fixture, &journal);
        }
    }

    #[test]
    fn an_answer_that_cannot_be_written_does_not_take_others_with_it() {
        for fixture in databases() {
            let journal = start(&fixture);
            let answers = (0..20).map(|number| {
                let mut answer = fixture.answer("t", 1);
                if number % 7 == 3 {
                    answer.uses[0].credential =
                        CredentialId::parse("00000000-0000-7000-8000-00000000dead").unwrap();
                }
                journal.record(answer)
            });
            let results = run(futures_util::future::join_all(answers));
            for (number, result) in results.into_iter().enumerate() {
                let expected =
                    if number % 7 == 3 { Err(Unrecorded::Unavailable) } else { Ok(Recorded::Durable) };
                assert_eq!(result, expected, "{number}");
            }
            assert_eq!(fixture.number(RECORDS), 17);
            assert_whole(&fixture, &journal);
        }
    }

    #[test]
    fn a_database_that_refuses_means_unavailable_until_it_recovers() {
        for fixture in databases() {
            let journal = start(&fixture);
            fixture.tamper("ALTER TABLE audit_records RENAME TO audit_records_gone");
            let answers = (0..10).map(|_| journal.record(fixture.answer("t", 1)));
            let results = run(futures_util::future::join_all(answers));
            assert_eq!(results, vec![Err(Unrecorded::Unavailable); 10]);
            fixture.tamper("ALTER TABLE audit_records_gone RENAME TO audit_records");
            assert_eq!(run(journal.record(fixture.answer("t", 1))), Ok(Recorded::Durable));
            assert_eq!(fixture.number(RECORDS), 1);
            assert_whole(&fixture, &journal);
        }
    }

    #[test]
    fn too_many_waiting_answers_are_refused_at_once() {
        for fixture in databases() {
            let journal = start(&fixture);
            assert_eq!(run(journal.record(fixture.answer("t", 1))), Ok(Recorded::Durable));
            let (locked, is_locked) = std::sync::mpsc::channel();
            let (release, released) = std::sync::mpsc::channel::<()>();
            let results = std::thread::scope(|threads| {
                threads.spawn(|| {
                    let released = released;
                    let locked = locked;
                    fixture
                        .db
                        .write_here(|conn| {
                            super::super::append(conn, &node(), &[fixture.draft("slow")])?;
                            locked.send(()).unwrap();
                            released.recv().unwrap();
                            Ok::<_, StoreError>(())
                        })
                        .unwrap();
                });
                is_locked.recv().unwrap();
                let many = WAITING + BATCH + 200;
                let refused = AtomicUsize::new(0);
                let answers = (0..many).map(|_| async {
                    let result = journal.record(fixture.answer("t", 1)).await;
                    if result.is_err() && refused.fetch_add(1, Ordering::SeqCst) == 0 {
                        // While everything is still held up: this refusal did not wait for the database.
                        release.send(()).unwrap();
                    }
                    result
                });
                run(futures_util::future::join_all(answers))
            });
            let durable = results.iter().filter(|result| **result == Ok(Recorded::Durable)).count();
            assert!(durable >= WAITING && durable < results.len(), "{durable}");
            assert_eq!(fixture.number(RECORDS), i64::try_from(durable).unwrap() + 2);
            assert_whole(&fixture, &journal);
        }
    }

    #[test]
    fn a_stop_writes_what_waits_and_refuses_what_comes_later() {
        for fixture in databases() {
            let journal = start(&fixture);
            run(async {
                let mut waiting: Vec<_> =
                    (0..1_500).map(|_| Box::pin(journal.record(fixture.answer("t", 1)))).collect();
                for one in &mut waiting {
                    // Polled once, it is in the queue.
                    let polled =
                        std::future::poll_fn(|context| Poll::Ready(one.as_mut().poll(context))).await;
                    assert!(polled.is_pending());
                }
                journal.stop();
                for result in futures_util::future::join_all(waiting).await {
                    assert_eq!(result, Ok(Recorded::Durable));
                }
                let late = journal.record(fixture.answer("t", 1)).await;
                assert_eq!(late, Err(Unrecorded::Unavailable));
            });
            assert_eq!(fixture.number(RECORDS), 1_500);
            assert_eq!(fixture.number("SELECT max(seq) AS number FROM audit_checkpoints"), 1_500);
            journal.stop();
        }
    }
}
