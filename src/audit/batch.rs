//! One transaction for many answers: which of them still hold, their records, and what they used.
//!
//! Used by the writer. Nothing here is answered to anybody before the transaction is committed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::chain::{End, append_each};
use super::{ChainId, Draft};
use crate::clock::from_millis;
use crate::db::{Conn, StoreError, gate};
use crate::ids::{AccessKeyId, EnterpriseId};
use crate::schema::{access_key_secrets, access_keys, credentials, enterprises};
use crate::{each, usage};

/// What a pipeline is about to be told, and what that stands on.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// One record for each token, delivered or refused.
    pub drafts: Vec<Draft>,
    /// The policy epochs that the decision was made from. When one has moved, nothing of the answer is recorded.
    pub epochs: Vec<(EnterpriseId, i64)>,
    /// What it delivers.
    pub uses: Vec<usage::Use>,
    /// What was asked for and not delivered.
    pub refusals: Vec<usage::Use>,
    /// What it delivers and conditions on trial would have refused.
    pub would_refuse: Vec<usage::WouldRefuse>,
    /// Which versions a run began with.
    pub pins: Vec<usage::Pin>,
    /// The access keys that proved who calls; their last use is shown.
    pub used_keys: Vec<KeyUse>,
}

/// That somebody came with an access key.
#[derive(Debug, Clone)]
pub struct KeyUse {
    /// Which key.
    pub key: AccessKeyId,
    /// Which of its secrets, by number.
    pub secret: i32,
    /// From which address.
    pub address: Option<String>,
}

/// When the last use of a row was written, so that it is written at most once in a while.
///
/// Another node may have written it in between; the `UPDATE` looks again.
#[derive(Default)]
pub(super) struct Touched {
    at: HashMap<String, i64>,
}

impl Touched {
    const EVERY_MILLIS: i64 = 60_000;
    const ROWS: usize = 100_000;

    fn is_due(&self, id: &str, now: i64) -> bool {
        self.at.get(id).is_none_or(|at| at.saturating_add(Self::EVERY_MILLIS) <= now || *at > now)
    }

    /// Remembers, once the transaction that wrote them is committed.
    pub(super) fn remember(&mut self, ids: Vec<String>, now: i64) {
        if self.at.len().saturating_add(ids.len()) > Self::ROWS {
            self.at.clear();
        }
        self.at.extend(ids.into_iter().map(|id| (id, now)));
    }
}

/// What a committed batch did.
pub(super) struct Written {
    /// For each answer, whether its epochs still held; those that did not are not recorded.
    pub(super) holds: Vec<bool>,
    /// Where the chain now ends; `None` when nothing was appended.
    pub(super) end: Option<End>,
    /// The rows whose last use was written.
    pub(super) touched: Vec<String>,
}

/// Writes `answers` within the caller's transaction, in the lock order of the module's comment.
pub(super) fn write(
    conn: &mut Conn,
    chain: &ChainId,
    answers: &[&Answer],
    (touched, now): (&Touched, i64),
) -> Result<Written, StoreError> {
    let epochs = lock_epochs(conn, answers)?;
    let holds: Vec<bool> = answers
        .iter()
        .map(|answer| answer.epochs.iter().all(|(id, epoch)| epochs.get(id.as_str()) == Some(epoch)))
        .collect();
    let holding = || answers.iter().zip(&holds).filter_map(|(answer, holds)| holds.then_some(*answer));

    let keys = holding().flat_map(|answer| &answer.used_keys);
    let mut due = touch_access_keys(conn, keys, (touched, now))?;
    let used = holding().flat_map(|answer| &answer.uses).map(|used| used.credential.as_str());
    due.extend(touch_credentials(conn, used, (touched, now))?);
    let uses = holding().flat_map(|answer| &answer.uses);
    usage::record(conn, chain.as_str(), uses, holding().flat_map(|answer| &answer.refusals))?;
    usage::record_trials(conn, chain.as_str(), holding().flat_map(|answer| &answer.would_refuse))?;

    usage::pin(conn, holding().flat_map(|answer| &answer.pins), from_millis(now))?;
    let mut drafts = holding().flat_map(|answer| &answer.drafts).peekable();
    let end = match drafts.peek() {
        Some(_) => Some(append_each(conn, chain, drafts)?),
        None => None,
    };
    Ok(Written { holds, end, touched: due })
}

/// Reads the epochs that the batch stands on and keeps them from moving until it is committed: a change that is
/// acknowledged afterwards comes after these answers, one that was acknowledged before is seen here.
fn lock_epochs(conn: &mut Conn, answers: &[&Answer]) -> Result<BTreeMap<String, i64>, StoreError> {
    let ids: BTreeSet<&str> =
        answers.iter().flat_map(|answer| &answer.epochs).map(|(id, _)| id.as_str()).collect();
    let mut epochs = BTreeMap::new();
    // One statement each, in order: there are few enterprises, and the statement stays prepared.
    for id in ids {
        gate::enter_shared(conn, id)?;
        let row = enterprises::table.find(id).select(enterprises::policy_epoch);
        let epoch: Option<i64> = match conn {
            Conn::Postgres(c) => row.for_share().first(c).optional()?,
            // The transaction began with the write lock of the whole database.
            Conn::Sqlite(c) => row.first(c).optional()?,
        };
        epochs.extend(epoch.map(|epoch| (id.to_owned(), epoch)));
    }
    Ok(epochs)
}

/// Each secret is touched by itself: whoever ends the old one wants to know that it has been quiet.
fn touch_access_keys<'a>(
    conn: &mut Conn,
    uses: impl Iterator<Item = &'a KeyUse>,
    (touched, now): (&Touched, i64),
) -> Result<Vec<String>, StoreError> {
    let mut due: BTreeMap<String, &KeyUse> = BTreeMap::new();
    for used in uses {
        let id = format!("{}#{}", used.key, used.secret);
        if touched.is_due(&id, now) {
            due.insert(id, used);
        }
    }
    for used in due.values() {
        let before = now - Touched::EVERY_MILLIS;
        let last = access_keys::last_used_at;
        let rows = access_keys::table.find(used.key.as_str()).filter(last.is_null().or(last.lt(before)));
        let set = (last.eq(now), access_keys::last_used_address.eq(used.address.as_deref()));
        each!(conn, c => diesel::update(rows).set(set).execute(c))?;
        let last = access_key_secrets::last_used_at;
        let rows = access_key_secrets::table
            .find((used.key.as_str(), used.secret))
            .filter(last.is_null().or(last.lt(before)));
        each!(conn, c => diesel::update(rows).set(last.eq(now)).execute(c))?;
    }
    Ok(due.into_keys().collect())
}

fn touch_credentials<'a>(
    conn: &mut Conn,
    ids: impl Iterator<Item = &'a str>,
    (touched, now): (&Touched, i64),
) -> Result<Vec<String>, StoreError> {
    let due: BTreeSet<&str> = ids.filter(|id| touched.is_due(id, now)).collect();
    for id in &due {
        let last = credentials::last_used_at;
        let rows =
            credentials::table.find(id).filter(last.is_null().or(last.lt(now - Touched::EVERY_MILLIS)));
        each!(conn, c => diesel::update(rows).set(last.eq(now)).execute(c))?;
    }
    Ok(due.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixture::{Fixture, databases, node};

    fn commit(fixture: &Fixture, answers: &[&Answer], touched: &mut Touched, now: i64) -> Written {
        let mut written =
            fixture.db.write_here(|conn| write(conn, &node(), answers, (touched, now))).unwrap();
        touched.remember(std::mem::take(&mut written.touched), now);
        written
    }

    #[test]
    fn only_answers_whose_epochs_all_hold_are_written() {
        for fixture in databases() {
            let holds = fixture.answer("t", 1);
            let older = fixture.answer("t", 0);
            let mut one_of_two = fixture.answer("t", 1);
            let nobody = EnterpriseId::parse("00000000-0000-7000-8000-00000000ffff").unwrap();
            one_of_two.epochs.push((nobody, 1));
            let stands_on_nothing = Answer { drafts: vec![fixture.draft("who")], ..Answer::default() };
            let answers = [&older, &holds, &one_of_two, &stands_on_nothing];
            let written = commit(&fixture, &answers, &mut Touched::default(), 1);
            assert_eq!(written.holds, [false, true, false, true]);
            assert_eq!(written.end.unwrap().seq, 2);
            assert_eq!(fixture.number("SELECT count(*) AS number FROM audit_records"), 2);
            assert_eq!(fixture.number("SELECT CAST(sum(uses) AS BIGINT) AS number FROM usage_daily"), 1);
            assert_eq!(fixture.epoch(), 1, "a use is no change of policy");
        }
    }

    #[test]
    fn nothing_is_touched_by_answers_that_do_not_hold() {
        for fixture in databases() {
            let written = commit(&fixture, &[&fixture.answer("t", 9)], &mut Touched::default(), 1);
            assert!(written.end.is_none());
            for table in ["access_keys", "access_key_secrets", "credentials"] {
                let sql = format!("SELECT count(*) AS number FROM {table} WHERE last_used_at IS NOT NULL");
                assert_eq!(fixture.number(&sql), 0, "{table}");
            }
        }
    }

    #[test]
    fn each_secret_of_a_key_is_touched_by_itself() {
        for fixture in databases() {
            let mut touched = Touched::default();
            fixture.tamper(
                "INSERT INTO access_key_secrets (key_id, number, hash, made_by, since)
                 SELECT key_id, 2, '', made_by, 0 FROM access_key_secrets",
            );
            let last = |number: i32| {
                let sql = "SELECT COALESCE(last_used_at, 0) AS number FROM access_key_secrets WHERE number =";
                fixture.number(&format!("{sql} {number}"))
            };
            let (mut old, mut new) = (fixture.answer("t", 1), fixture.answer("t", 1));
            (old.used_keys[0].secret, new.used_keys[0].secret) = (1, 2);
            commit(&fixture, &[&old], &mut touched, 100_000);
            assert_eq!((last(1), last(2)), (100_000, 0));
            // Within the same minute, and yet the first use of this one.
            commit(&fixture, &[&new], &mut touched, 110_000);
            assert_eq!((last(1), last(2)), (100_000, 110_000));
            let from = "SELECT count(*) AS number FROM access_keys WHERE last_used_address = '192.0.2.7'";
            assert_eq!(fixture.number(from), 1);
        }
    }

    #[test]
    fn the_last_use_is_written_once_a_minute() {
        for fixture in databases() {
            let mut touched = Touched::default();
            let last = |sql: &str| fixture.number(&format!("SELECT last_used_at AS number FROM {sql}"));
            let key = "access_keys";
            let credential = format!("credentials WHERE id = '{}'", fixture.credentials[0]);
            let holds = fixture.answer("t", 1);
            for (now, expected) in [(100_000, 100_000), (159_999, 100_000), (160_001, 160_001)] {
                commit(&fixture, &[&holds, &holds], &mut touched, now);
                assert_eq!((last(key), last(&credential)), (expected, expected), "{now}");
            }
            // Another node has no memory of ours, and finds the row fresh enough.
            commit(&fixture, &[&holds], &mut Touched::default(), 170_000);
            assert_eq!((last(key), last(&credential)), (160_001, 160_001));
        }
    }

    #[test]
    fn an_epoch_does_not_move_while_a_batch_that_stands_on_it_is_written() {
        // SQLite has but one writer.
        for fixture in databases().into_iter().filter(|fixture| fixture.is_postgres()) {
            let (written, is_written) = std::sync::mpsc::channel();
            let (release, released) = std::sync::mpsc::channel::<()>();
            std::thread::scope(|threads| {
                let (fixture, holds) = (&fixture, fixture.answer("t", 1));
                threads.spawn(move || {
                    fixture.db.write_here(|conn| {
                        let done = write(conn, &node(), &[&holds], (&Touched::default(), 1))?;
                        written.send(done.holds).unwrap();
                        released.recv().unwrap();
                        Ok::<_, StoreError>(())
                    })
                });
                assert_eq!(is_written.recv().unwrap(), [true]);
                // Without passing the gate first: the row itself must hold.
                threads.spawn(|| fixture.tamper("UPDATE enterprises SET policy_epoch = 2"));
                let waits = "SELECT count(*) AS number FROM pg_stat_activity
                             WHERE wait_event_type = 'Lock' AND datname = current_database()";
                let deadline = std::time::Instant::now() + std::time::Duration::from_secs(3);
                while fixture.number(waits) == 0 && std::time::Instant::now() < deadline {}
                let meanwhile = fixture.epoch();
                release.send(()).unwrap();
                assert_eq!(meanwhile, 1);
            });
            assert_eq!(fixture.epoch(), 2);
        }
    }
}
