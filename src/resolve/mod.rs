//! Resolving: caller + token → content, or a refusal.
//!
//! The order is the promise: decide, make the audit record durable, then open, then answer. Everything else here
//! serves that order. Used by [`api`]; the only part of the server that holds an [`Opener`].
//!
//! **Quick and never stale.** Keys and credentials are kept in memory, each stamped with its enterprise's policy epoch.
//! The transaction that records an answer reads the epoch again under a lock; when it has moved, nothing is recorded
//! and the decision is taken afresh from the database. A cached row thus saves its query and cannot outlive a change
//! by one answer.

pub mod api;
mod ask;
mod condition;
mod decide;
pub mod delivery;
mod described;
pub mod exchange;
mod kept;
mod limits;
mod mask;
mod quote;
mod record;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;

use crate::audit::{Actor, Answer, Draft, Journal, Origin, Outcome, Recorded};
use crate::catalogue::Opened;
use crate::clock::Clock;
use crate::credentials::Token;
use crate::db::{Db, StoreError};
use crate::ids::EnterpriseId;
use crate::pipelines::{Caller, Evidence, Family, Presented, Unproved};
use crate::seal::{Context, Manifest, Opener, Thumbprint, Unreadable};
use crate::secret::Secret;

pub use condition::{Unmet, meets};
pub use decide::{Decision, Facts, Refusal, decide};
pub use limits::Limits;

use kept::{Keeping, Kept};
use record::{answer, object};
use store::Known;

/// How often a decision is taken afresh before the caller is told to come back: each time somebody changed something
/// in the same enterprise in the few milliseconds between.
const ATTEMPTS: usize = 8;

/// What a caller asks for.
pub struct Ask {
    /// The key that came with it, or why there is none.
    pub presented: Result<Presented, Unproved>,
    /// The tokens, each once.
    pub tokens: Vec<Token>,
    /// How the caller wants it, for the record.
    pub formats: String,
    /// The key that the answer is to be sealed to, if any.
    pub sealed_to: Option<Thumbprint>,
    /// What the caller calls the run it asks for.
    pub run: Option<String>,
    /// From where.
    pub origin: Origin,
}

/// A credential on its way to a caller.
pub struct Got {
    /// What people call it.
    pub name: String,
    /// Which version.
    pub version: i32,
    /// When it ends, if somebody said so.
    pub expires_at: Option<Timestamp>,
    /// Its content.
    pub opened: Opened,
    kept: Option<Arc<Kept>>,
}

impl Got {
    /// Appends the strings that a runner must hide, as a JSON array.
    fn write_masks(&self, out: &mut Vec<u8>) {
        kept::write_masks(out, &self.opened, self.kept.as_deref());
    }
}

/// Why nothing at all is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The caller did not prove who they are. All reasons look the same from outside.
    Unauthenticated,
    /// Their signed token names the key that answers are sealed to, and they asked for another one or none.
    OtherKey,
    /// It could not be decided or recorded now.
    Unavailable,
    /// They come too often, and should wait that long. Nothing was decided.
    RateLimited(Duration),
}

/// The resolver of this process.
pub struct Resolver {
    db: Db,
    clock: Clock,
    opener: Arc<Opener>,
    keeping: Keeping,
    journal: Journal,
    limits: Arc<Limits>,
    keys: Cache<(Family, String), Arc<(Evidence, i64)>>,
    known: Cache<Place, Arc<Entry>>,
}

/// A token in an enterprise, in its current version or in the one with a number that a run keeps.
type Place = (EnterpriseId, Token, Option<i32>);

/// A credential as it was read, or that there is none, with the epoch of that moment.
struct Entry {
    known: Option<Known>,
    /// Whether signature and hashes are right; checked once per reading.
    sound: Result<(), Unreadable>,
    epoch: i64,
}

impl Resolver {
    /// A resolver with empty caches, which keeps open content in locked memory for `keep_open`.
    pub fn new(
        db: Db,
        clock: Clock,
        (opener, keep_open): (Arc<Opener>, Duration),
        journal: Journal,
        limits: impl Into<Arc<Limits>>,
    ) -> Self {
        let weight = |_: &Place, entry: &Arc<Entry>| {
            let sealed = entry.known.iter().flat_map(|known| &known.fields).map(|field| field.envelope.len());
            u32::try_from(512 + sealed.sum::<usize>()).unwrap_or(u32::MAX)
        };
        Self {
            db,
            clock,
            opener,
            keeping: Keeping::new(keep_open),
            journal,
            limits: limits.into(),
            keys: Cache::new(10_000),
            known: Cache::builder().weigher(weight).max_capacity(32 * 1024 * 1024).build(),
        }
    }

    /// Answers for each token, in the order asked. It returns only when the record of this answer is durable.
    pub async fn resolve(&self, ask: &Ask) -> Result<Vec<(Token, Result<Got, Refusal>)>, NoAnswer> {
        let mut counted = false;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let stored = self.stored(ask).await?;
            let caller = match &ask.presented {
                Ok(presented) => {
                    let from = ask.origin.address.as_deref().and_then(|text| text.parse().ok());
                    Evidence::prove(presented, stored.as_deref().map(|(stored, _)| stored), (from, now))
                        .and_then(|caller| caller.sealing_to(ask.sealed_to.as_ref()))
                }
                Err(unproved) => Err(*unproved),
            };
            if !std::mem::replace(&mut counted, true) {
                self.count(ask, caller.as_ref().ok(), now).await?;
            }
            let caller = match caller {
                Ok(caller) => caller,
                Err(unproved) => match self.refuse_caller(ask, stored.as_deref(), unproved, now).await? {
                    Recorded::Durable if unproved == Unproved::OtherKey => return Err(NoAnswer::OtherKey),
                    Recorded::Durable => return Err(NoAnswer::Unauthenticated),
                    Recorded::Stale => {
                        self.forget(ask, stored.as_deref(), &[]);
                        continue;
                    }
                },
            };
            let entries = self.entries(&caller, ask, now).await?;
            let decisions: Vec<_> = ask
                .tokens
                .iter()
                .zip(&entries)
                .map(|(token, found)| found.entry.decide(&caller, token, now))
                .collect();
            let epoch = stored.as_deref().map(|(_, epoch)| *epoch);
            let answer = answer(ask, (&caller, epoch), (&entries, &decisions), now);
            match self.journal.record(answer).await.map_err(|_| NoAnswer::Unavailable)? {
                Recorded::Durable => return self.open_all(ask, &caller, &entries, decisions).await,
                Recorded::Stale => self.forget(ask, stored.as_deref(), &entries),
            }
        }
        Err(NoAnswer::Unavailable)
    }

    /// Counts a request against who made it, or against where it came from when nobody is proved. That it was too many is
    /// recorded once in a while.
    async fn count(&self, ask: &Ask, caller: Option<&Caller>, now: Timestamp) -> Result<(), NoAnswer> {
        let counted = match caller {
            Some(caller) => self.limits.caller(&caller.id()),
            None => self.limits.stranger(ask.origin.address.as_deref()),
        };
        let Err(limited) = counted else { return Ok(()) };
        if limited.first {
            let draft = Draft {
                at: now,
                enterprise: caller.map(|caller| caller.enterprise.clone()),
                actor: caller.map_or(Actor::Anonymous, Caller::actor),
                action: "caller.limit",
                object: None,
                outcome: Outcome::Refused,
                reason: Some("rate_limited".to_owned()),
                origin: ask.origin.clone(),
                detail: serde_json::Value::Null,
            };
            let answer = Answer { drafts: vec![draft], ..Answer::default() };
            self.journal.record(answer).await.map_err(|_| NoAnswer::Unavailable)?;
        }
        Err(NoAnswer::RateLimited(limited.wait))
    }

    async fn stored(&self, ask: &Ask) -> Result<Option<Arc<(Evidence, i64)>>, NoAnswer> {
        let Ok(presented) = &ask.presented else {
            return Ok(None);
        };
        let id = (presented.family, presented.public_id.clone());
        if let Some(found) = self.keys.get(&id) {
            return Ok(Some(found));
        }
        let looked_up = presented.clone();
        let found = self.db.read(move |conn| store::key(conn, &looked_up)).await.map_err(unavailable)?;
        Ok(found.map(|found| {
            let found = Arc::new(found);
            self.keys.insert(id, Arc::clone(&found));
            found
        }))
    }

    async fn entries(&self, caller: &Caller, ask: &Ask, now: Timestamp) -> Result<Vec<Found>, NoAnswer> {
        let mut entries = Vec::with_capacity(ask.tokens.len());
        for token in &ask.tokens {
            let place = (caller.enterprise.clone(), token.clone(), None);
            let entry = self.entry(&place, now).await?;
            let pinned = self.pinned(caller, ask.run.as_deref(), (&place, &entry), now).await?;
            entries.push(match pinned {
                None => Found { entry, beside: None },
                // What says that the run keeps a version has to hold as long as that version.
                Some((pinned, number)) => Found { beside: Some((number, entry.epoch)), entry: pinned },
            });
        }
        Ok(entries)
    }

    /// The version that this run began with, when that is not the current one any more. Asked only while some run keeps
    /// an older version of this credential.
    async fn pinned(
        &self,
        caller: &Caller,
        run: Option<&str>,
        (place, current): (&Place, &Entry),
        now: Timestamp,
    ) -> Result<Option<(Arc<Entry>, i32)>, NoAnswer> {
        let (Some(run), Some(known)) = (run, &current.known) else { return Ok(None) };
        if !known.runs_behind {
            return Ok(None);
        }
        let (id, run, caller_id) = (known.id.clone(), run.to_owned(), caller.id().as_str().to_owned());
        let kept = self.db.read(move |conn| store::pinned(conn, &id, (&caller_id, &run), now)).await;
        let Some(number) = kept.map_err(unavailable)?.filter(|number| *number != known.version) else {
            return Ok(None);
        };
        let place = (place.0.clone(), place.1.clone(), Some(number));
        let entry = self.entry(&place, now).await?;
        // A version that is gone is kept by nobody.
        Ok(entry.known.is_some().then_some((entry, number)))
    }

    async fn entry(&self, place: &Place, now: Timestamp) -> Result<Arc<Entry>, NoAnswer> {
        if let Some(entry) = self.known.get(place) {
            return Ok(entry);
        }
        let entry = Arc::new(self.read(place, now).await?);
        self.known.insert(place.clone(), Arc::clone(&entry));
        Ok(entry)
    }

    /// Reads a credential and checks its signature. A manifest and its envelopes may be read on both sides of a move to
    /// new keys; that is cured by reading again, so one failure is not yet an alarm.
    async fn read(&self, place: &Place, now: Timestamp) -> Result<Entry, NoAnswer> {
        let mut entry = self.read_once(place.clone(), now).await?;
        if entry.sound.is_err() {
            entry = self.read_once(place.clone(), now).await?;
        }
        Ok(entry)
    }

    async fn read_once(&self, place: Place, now: Timestamp) -> Result<Entry, NoAnswer> {
        let enterprise = place.0.clone();
        let read = move |conn: &mut crate::db::Conn| store::known(conn, &place.0, (&place.1, place.2), now);
        let (known, epoch) = self.db.read(read).await.map_err(unavailable)?;
        let sound = known.as_ref().map_or(Ok(()), |known| self.check(&enterprise, known));
        Ok(Entry { known, sound, epoch })
    }

    fn check(&self, enterprise: &EnterpriseId, known: &Known) -> Result<(), Unreadable> {
        let envelopes: BTreeMap<String, Vec<u8>> =
            known.fields.iter().map(|sealed| (sealed.field.clone(), sealed.envelope.clone())).collect();
        let manifest = Manifest {
            enterprise: enterprise.as_str(),
            credential: known.id.as_str(),
            credential_type: known.credential_type.id,
            number: known.version,
            variant: &known.variant,
            plain: &known.plain,
            envelopes: &envelopes,
        };
        self.opener.check(&manifest, &known.signature)
    }

    /// Drops what a stale decision stood on.
    fn forget(&self, ask: &Ask, stored: Option<&(Evidence, i64)>, entries: &[Found]) {
        if let (Some((stored, _)), Ok(presented)) = (stored, &ask.presented) {
            self.keys.invalidate(&(presented.family, presented.public_id.clone()));
            let enterprise = stored.enterprise();
            for token in &ask.tokens {
                self.known.invalidate(&(enterprise.clone(), token.clone(), None));
            }
            for (token, found) in ask.tokens.iter().zip(entries) {
                if let Some((number, _)) = found.beside {
                    self.known.invalidate(&(enterprise.clone(), token.clone(), Some(number)));
                }
            }
        }
    }

    async fn refuse_caller(
        &self,
        ask: &Ask,
        stored: Option<&(Evidence, i64)>,
        unproved: Unproved,
        now: Timestamp,
    ) -> Result<Recorded, NoAnswer> {
        // A key that is known by its public part alone is not the one who called: anybody can write that part.
        let known = stored.filter(|_| unproved.knows_the_secret());
        let draft = Draft {
            at: now,
            enterprise: known.map(|(stored, _)| stored.enterprise().clone()),
            actor: known.map_or(Actor::Anonymous, |(stored, _)| stored.actor()),
            action: "caller.prove",
            object: known.map(|(stored, _)| stored.object()),
            outcome: Outcome::Refused,
            reason: Some(unproved.as_str().to_owned()),
            origin: ask.origin.clone(),
            detail: serde_json::Value::Null,
        };
        let epochs = known.map(|(stored, epoch)| (stored.enterprise().clone(), *epoch)).into_iter().collect();
        let answer = Answer { drafts: vec![draft], epochs, ..Answer::default() };
        self.journal.record(answer).await.map_err(|_| NoAnswer::Unavailable)
    }

    /// Opens what was allowed, now that it is recorded. What cannot be opened is recorded as an alarm of its own.
    async fn open_all(
        &self,
        ask: &Ask,
        caller: &Caller,
        entries: &[Found],
        decisions: Vec<Decision>,
    ) -> Result<Vec<(Token, Result<Got, Refusal>)>, NoAnswer> {
        let mut answers = Vec::with_capacity(decisions.len());
        let mut alarms = Vec::new();
        for ((token, found), decision) in ask.tokens.iter().zip(entries).zip(decisions) {
            let result = match (&found.entry.known, decision) {
                (_, Err(refusal)) => Err(refusal),
                (None, Ok(_)) => Err(Refusal::Unknown),
                (Some(known), Ok(_)) => self.open(caller, known).map_err(|unreadable| {
                    alarms.push(self.alarm(ask, caller, (known, token), &unreadable));
                    Refusal::SealedUnreadable
                }),
            };
            answers.push((token.clone(), result));
        }
        if !alarms.is_empty() {
            let answer = Answer { drafts: alarms, ..Answer::default() };
            self.journal.record(answer).await.map_err(|_| NoAnswer::Unavailable)?;
        }
        Ok(answers)
    }

    fn open(&self, caller: &Caller, known: &Known) -> Result<Got, Unreadable> {
        let kept = self.keeping.get(known);
        let secret = match &kept {
            Some(kept) => kept.secret(),
            None => self.open_fields(caller, known)?,
        };
        let opened = Opened {
            credential_type: known.credential_type,
            variant: known.variant.clone(),
            plain: known.plain.clone(),
            secret,
        };
        let kept = kept.or_else(|| self.keeping.keep(known, &opened));
        let (name, expires_at) = (known.name.clone(), known.facts.expires_at);
        Ok(Got { name, version: known.version, expires_at, opened, kept })
    }

    fn open_fields(
        &self,
        caller: &Caller,
        known: &Known,
    ) -> Result<BTreeMap<String, Secret<Vec<u8>>>, Unreadable> {
        let mut secret = BTreeMap::new();
        for field in &known.fields {
            let context = Context {
                enterprise: caller.enterprise.as_str(),
                credential: known.id.as_str(),
                credential_type: known.credential_type.id,
                field: &field.field,
            };
            secret.insert(field.field.clone(), self.opener.open(&context, &field.envelope)?);
        }
        Ok(secret)
    }

    fn alarm(&self, ask: &Ask, caller: &Caller, (known, token): (&Known, &Token), why: &Unreadable) -> Draft {
        tracing::error!(credential = known.id.as_str(), version = known.version, error = %why, "a sealed version cannot be opened");
        Draft {
            at: self.clock.now(),
            enterprise: Some(caller.enterprise.clone()),
            actor: caller.actor(),
            action: "credential.open",
            object: Some(object(known, token)),
            outcome: Outcome::Failed,
            reason: Some(Refusal::SealedUnreadable.reason().to_owned()),
            origin: ask.origin.clone(),
            detail: serde_json::json!({ "version": known.version }),
        }
    }
}

/// What a token stands for, for one caller and their run.
struct Found {
    entry: Arc<Entry>,
    /// Of a run that keeps an older version: its number, and the epoch at which the current one was read.
    beside: Option<(i32, i64)>,
}

impl Entry {
    fn decide(&self, caller: &Caller, token: &Token, now: Timestamp) -> Decision {
        if !caller.may_ask(token) {
            return Err(Refusal::NotOnKey);
        }
        let facts = self.known.as_ref().map(|known| &known.facts);
        let tried = decide((&caller.binding, caller.run()), facts, now)?;
        if let Err(why) = &self.sound {
            tracing::error!(error = %why, "a sealed version is not what was signed");
            return Err(Refusal::SealedUnreadable);
        }
        Ok(tried)
    }
}

fn unavailable(error: StoreError) -> NoAnswer {
    tracing::error!(error = %error, "the resolve line cannot read");
    NoAnswer::Unavailable
}
