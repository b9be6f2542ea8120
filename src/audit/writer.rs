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
    Answer(Box<Waiting>),
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
        let message = Message::Answer(Box::new(Waiting { answer, reply }));
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
        // A pool of one: the writer never waits for a connection that a page holds.
        let db = Db::open(setup.db.url(), 1).unwrap_or(setup.db);
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
    fn settle_without_panic(&mut self, batch: Vec<Box<Waiting>>) -> Option<End> {
        catch_unwind(AssertUnwindSafe(|| self.settle(batch, &mut ATTEMPTS.clone()))).unwrap_or_else(|_| {
            tracing::error!("the audit writer panicked; the answers of its batch were refused");
            None
        })
    }

    /// Writes the batch and answers everybody in it. Says where the chain ends, when this moved it.
    fn settle(&mut self, batch: Vec<Box<Waiting>>, attempts: &mut usize) -> Option<End> {
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

    fn write(&mut self, batch: &[Box<Waiting>]) -> Result<Written, StoreError> {
        let answers: Vec<&Answer> = batch.iter().map(|waiting| &waiting.answer).collect();
        let now = self.clock.now().as_millisecond();
        let mut written =
            self.db.write_here(|conn| batch::write(conn, &self.chain, &answers, (&self.touched, now)))?;
        self.touched.remember(std::mem::take(&mut written.touched), now);
        Ok(written)
    }
}
