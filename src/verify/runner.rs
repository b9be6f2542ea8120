//! The node's part: takes open questions, opens, asks, and writes down what was found.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::store::Taken;
use super::{Cause, Known, Schedule, open, store, withhold};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome as Recorded};
use crate::catalogue::{Answer, Finding, Opened, Outcome, TEST_MESSAGE};
use crate::clock::Clock;
use crate::credentials::{self, SealedVersion, State, Whose};
use crate::db::{Conn, Db, StoreError};
use crate::ids::CredentialId;
use crate::outbound::Outbound;
use crate::seal::{Opener, Random, Unreadable};

/// How many systems are asked at once.
const AT_ONCE: usize = 8;

/// How many of them may be asked by the schedule's wish, so that there is always a place for people.
const AT_ONCE_BY_SCHEDULE: usize = 5;

/// No verification takes longer, however many requests its type makes. A form waits a little longer than this.
const TOTAL: Duration = Duration::from_secs(15);

/// How often a node looks for questions that nobody told it of: those of other nodes.
const LOOK: Duration = Duration::from_secs(1);

/// How often a node looks for what is due.
const LOOK_FOR_DUE: Duration = Duration::from_secs(20);

/// The verifying part of a node that can open.
#[derive(Clone)]
pub struct Verifier {
    /// The database.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// Opens what is verified.
    pub opener: Arc<Opener>,
    /// The way out.
    pub outbound: Outbound,
    /// The audit chain that this node writes; also its name among the nodes.
    pub chain: ChainId,
    /// When it asks by itself.
    pub schedule: Schedule,
    /// Rung when this process wrote a question down.
    pub bell: Arc<Notify>,
}

/// What is to be asked about, opened.
struct Job {
    opened: Opened,
    asked: Asked,
}

/// What was asked about, as it is recorded.
struct Asked {
    /// The version that it is or would become.
    version: i32,
    object: Object,
}

/// Why there is nothing to ask about.
enum NoJob {
    /// The credential or the candidate is gone.
    Gone,
    /// It does not open. Reason for an alarm.
    Unreadable(Unreadable, Object, i32),
    /// The database failed; the question stays open.
    Store(StoreError),
}

impl From<StoreError> for NoJob {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Verifier {
    /// Works until it is dropped. Everything that fails is tried again later.
    pub async fn run(self) {
        let mut under_way = JoinSet::new();
        let mut look = tokio::time::interval(LOOK);
        let mut look_for_due = tokio::time::interval(LOOK_FOR_DUE);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look_for_due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.bell.notified() => {}
                _ = look.tick() => {}
                _ = look_for_due.tick() => self.ask_what_is_due().await,
                Some(_) = under_way.join_next() => {}
            }
            while under_way.len() < AT_ONCE {
                let Some(taken) = self.take(under_way.len() < AT_ONCE_BY_SCHEDULE).await else { break };
                let verifier = self.clone();
                under_way.spawn(async move { verifier.answer(taken).await });
            }
        }
    }

    /// Writes questions down about what is due by the schedule. [`Verifier::run`] does this now and then.
    pub async fn ask_what_is_due(&self) {
        let (schedule, now, random, chain) =
            (self.schedule, self.clock.now(), self.random.clone(), self.chain.clone());
        if schedule == Schedule::Off {
            return;
        }
        let asked = self.db.write(move |conn| schedule.ask_what_is_due(conn, (now, &random), &chain)).await;
        if let Err(error) = asked {
            tracing::warn!(%error, "could not look for credentials that are due; trying again");
        }
    }

    async fn take(&self, scheduled_too: bool) -> Option<Taken> {
        let (node, now) = (self.chain.clone(), self.clock.now());
        let taken = self.db.write(move |conn| store::take(conn, node.as_str(), now, scheduled_too)).await;
        taken.unwrap_or_else(|error: StoreError| {
            tracing::warn!(%error, "could not look for verifications; trying again");
            None
        })
    }

    /// Answers one question. What cannot be written down is asked again by whoever takes it after the lease.
    async fn answer(&self, taken: Taken) {
        let written = match self.job(&taken).await {
            Ok(job) => {
                let asked = self.ask(&job.opened, taken.cause, taken.message.as_deref());
                let (finding, ()) = tokio::join!(asked, self.learn_who_it_was(&taken));
                self.write_down(taken, Some(job.asked), finding).await
            }
            Err(NoJob::Gone) => self.write_down(taken, None, Finding::of(Outcome::Indeterminate)).await,
            Err(NoJob::Unreadable(why, object, version)) => {
                tracing::error!(credential = taken.credential.as_str(), error = %why, "a sealed version cannot be opened");
                self.alarm(&taken, object.clone()).await;
                let asked = Asked { object, version };
                self.write_down(taken, Some(asked), Finding::of(Outcome::Unreadable)).await
            }
            Err(NoJob::Store(error)) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "could not finish a verification; it is tried again");
        }
    }

    /// What a question is about, opened. A version and its signature may be read on both sides of a move to new keys; that
    /// is cured by reading again, so one failure is not yet an alarm.
    async fn job(&self, taken: &Taken) -> Result<Job, NoJob> {
        match self.job_once(taken).await {
            Err(NoJob::Unreadable(..)) => self.job_once(taken).await,
            other => other,
        }
    }

    async fn job_once(&self, taken: &Taken) -> Result<Job, NoJob> {
        let opener = Arc::clone(&self.opener);
        let taken = taken.clone();
        self.db
            .read(move |conn| {
                if let Some(id) = &taken.candidate {
                    let candidate = credentials::find_candidate(conn, id)?.ok_or(NoJob::Gone)?;
                    // Saved without waiting, it is the stored version by now.
                    if !candidate.is_saved() {
                        return job(&opener, candidate.whose(), &candidate.version, candidate.object());
                    }
                }
                let found = credentials::find(conn, &taken.enterprise, &taken.credential)?;
                let found = found.filter(|found| match found.state {
                    State::Active => true,
                    // Nobody asked for it but the console itself.
                    State::Disabled { .. } => taken.cause != Cause::Schedule && taken.message.is_none(),
                    State::Deleted { .. } => false,
                });
                let found = found.ok_or(NoJob::Gone)?;
                let version = credentials::sealed_version(conn, &taken.credential, found.current_version)?;
                job(&opener, found.whose(), &version.ok_or(NoJob::Gone)?, found.object())
            })
            .await
    }

    /// Asks the system, within the time that there is. A probe that panics found nothing out.
    async fn ask(&self, opened: &Opened, cause: Cause, message: Option<&str>) -> Finding {
        let Some(variant) = opened.credential_type.variant(&opened.variant) else {
            return Finding::of(Outcome::Malformed);
        };
        let probe = match cause {
            Cause::Message => match variant.post {
                Some(post) => post(opened, &self.outbound, message.unwrap_or(TEST_MESSAGE)),
                None => return Finding::of(Outcome::Unverifiable),
            },
            Cause::Form | Cause::Demand | Cause::Schedule => (variant.probe)(opened, &self.outbound),
        };
        let asked = std::panic::AssertUnwindSafe(probe).catch_unwind();
        match tokio::time::timeout(TOTAL, asked).await {
            Ok(Ok(finding)) => withhold::withhold(finding, opened),
            Ok(Err(_)) => Finding::of(Outcome::Indeterminate),
            Err(_) => Finding::of(Outcome::Unreachable),
        }
    }

    /// A candidate is compared with the identity of the version that it would follow. When nobody knows that one, the stored
    /// version is asked about as well, while it still can be; not one that was refused, which may lock an account.
    async fn learn_who_it_was(&self, taken: &Taken) {
        if taken.candidate.is_none() {
            return;
        }
        let credential = taken.credential.clone();
        let Ok(health) = self.db.read(move |conn| store::health(conn, &credential)).await else { return };
        if health.identity.is_some() || health.answer() == Some(Answer::Refused) {
            return;
        }
        let before = Taken { candidate: None, ..taken.clone() };
        let Ok(job) = self.job(&before).await else { return };
        let finding = self.ask(&job.opened, Cause::Form, None).await;
        let (chain, now) = (self.chain.clone(), self.clock.now());
        let noted: Result<(), StoreError> = self
            .db
            .write(move |conn| {
                keep_if_current(conn, &before.credential, (job.asked.version, &finding), now)?;
                audit::append(conn, &chain, &[draft(&before, Some(&job.asked), &finding, now)])
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "could not note the identity of the stored version");
        }
    }

    async fn write_down(
        &self,
        taken: Taken,
        asked: Option<Asked>,
        finding: Finding,
    ) -> Result<(), StoreError> {
        let (chain, now) = (self.chain.clone(), self.clock.now());
        self.db
            .write(move |conn| {
                if !store::finish(conn, &taken, &finding, now)? {
                    // Another node took it after the lease, and its answer is the one that counts.
                    return Ok(());
                }
                // A candidate may have been saved without waiting for this.
                let stored = match &taken.candidate {
                    None => true,
                    Some(id) => credentials::find_candidate(conn, id)?.is_some_and(|one| one.is_saved()),
                };
                if let (Some(asked), true) = (&asked, stored) {
                    keep_if_current(conn, &taken.credential, (asked.version, &finding), now)?;
                }
                audit::append(conn, &chain, &[draft(&taken, asked.as_ref(), &finding, now)])
            })
            .await
    }

    async fn alarm(&self, taken: &Taken, object: Object) {
        let draft = Draft {
            at: self.clock.now(),
            enterprise: Some(taken.enterprise.clone()),
            actor: Actor::System("verify"),
            action: "credential.open",
            object: Some(object),
            outcome: Recorded::Failed,
            reason: Some("sealed_unreadable".to_owned()),
            origin: Origin::default(),
            detail: serde_json::Value::Null,
        };
        let chain = self.chain.clone();
        let recorded: Result<(), StoreError> =
            self.db.write(move |conn| audit::append(conn, &chain, &[draft])).await;
        if let Err(error) = recorded {
            tracing::error!(%error, "could not record that a version does not open");
        }
    }
}

fn job(opener: &Opener, whose: Whose<'_>, version: &SealedVersion, object: Object) -> Result<Job, NoJob> {
    match open::open(opener, whose, version) {
        Ok(opened) => Ok(Job { opened, asked: Asked { version: version.number, object } }),
        Err(why) => Err(NoJob::Unreadable(why, object, version.number)),
    }
}

/// Makes a finding the health of the credential, unless it has other content by now.
fn keep_if_current(
    conn: &mut Conn,
    credential: &CredentialId,
    (version, finding): (i32, &Finding),
    now: Timestamp,
) -> Result<(), StoreError> {
    if !store::is_current(conn, credential, version)? {
        return Ok(());
    }
    let known = Known { finding: finding.clone(), version, at: now, since: now };
    store::keep(conn, credential, &known, now)
}

fn draft(taken: &Taken, asked: Option<&Asked>, finding: &Finding, now: Timestamp) -> Draft {
    let outcome = match finding.outcome.answer() {
        Answer::Works | Answer::Uncheckable => Recorded::Allowed,
        Answer::Refused => Recorded::Refused,
        Answer::NoVerdict => Recorded::Failed,
    };
    Draft {
        at: now,
        enterprise: Some(taken.enterprise.clone()),
        actor: Actor::System("verify"),
        action: if taken.cause == Cause::Message { "credential.messaged" } else { "credential.verified" },
        object: asked.map(|asked| asked.object.clone()),
        outcome,
        reason: Some(finding.outcome.as_str().to_owned()),
        origin: Origin::default(),
        detail: serde_json::json!({
            "cause": if taken.message.is_some() { "reminder" } else { taken.cause.as_str() },
            "version": asked.map(|asked| asked.version),
            "identity": finding.identity.as_ref().map(|identity| &identity.label),
            "status": finding.evidence.status,
            "code": finding.evidence.code,
            "request_id": finding.evidence.request_id,
        }),
    }
}
