//! When credentials are verified by themselves.
//!
//! Each credential has a time at which it is due. Whichever node finds it due moves that time on, in a statement that
//! only one can win, and asks. The interval varies by a tenth, so that what was stored at once is not asked about at
//! once for ever. A system that refused a credential is not asked again until the content changes or somebody wants it:
//! many lock an account after a few wrong passwords.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Cause, store};
use crate::audit::{self, Actor, ChainId, Draft, Object, Origin, Outcome as Recorded};
use crate::catalogue::Answer;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, VerificationId};
use crate::seal::Random;

/// How soon new content is asked about.
pub(super) const SOON: SignedDuration = SignedDuration::from_secs(60);

/// How many are asked about in one go.
const BATCH: i64 = 20;

/// How often each credential is verified by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// Never; only when somebody asks.
    Off,
    /// Once in that time, give or take a tenth.
    Every(Duration),
}

impl Schedule {
    /// Writes questions down about what is due; says how many.
    pub(super) fn ask_what_is_due(
        self,
        conn: &mut Conn,
        (now, random): (Timestamp, &Random),
        chain: &ChainId,
    ) -> Result<usize, StoreError> {
        let Self::Every(interval) = self else { return Ok(0) };
        // What hangs and what is slow must not pile up: who asks is behind.
        if store::open_by_schedule(conn)? > 0 {
            return Ok(0);
        }
        let mut drafts = Vec::new();
        for due in store::due(conn, now, BATCH)? {
            let wait = after(interval, due.answer, random);
            let next = wait.and_then(|wait| now.checked_add(wait).ok()).unwrap_or(store::NEVER);
            if !store::move_on(conn, &due, next)? || due.answer == Some(Answer::Refused) {
                continue;
            }
            let id = VerificationId::new(now, random);
            store::insert(
                conn,
                &store::Question {
                    id: &id,
                    enterprise: &due.enterprise,
                    credential: &due.credential,
                    candidate: None,
                    cause: Cause::Schedule,
                    message: None,
                    asked_by: None,
                    asked_at: now,
                },
            )?;
            if let Some(object) = super::object_of(conn, &due.enterprise, &due.credential)? {
                drafts.push(draft(now, due.enterprise, object));
            }
        }
        audit::append(conn, chain, &drafts)?;
        Ok(drafts.len())
    }
}

fn draft(now: Timestamp, enterprise: EnterpriseId, object: Object) -> Draft {
    Draft {
        at: now,
        enterprise: Some(enterprise),
        actor: Actor::System("schedule"),
        action: "credential.verify",
        object: Some(object),
        outcome: Recorded::Allowed,
        reason: None,
        origin: Origin::default(),
        detail: serde_json::json!({ "cause": Cause::Schedule.as_str() }),
    }
}

/// How long until the next question; `None`: not by itself.
fn after(interval: Duration, last: Option<Answer>, random: &Random) -> Option<SignedDuration> {
    let whole = seconds(interval);
    let jitter = seconds(interval / 10).max(1);
    let varied = whole.saturating_sub(jitter).saturating_add(below(2 * jitter, random));
    match last {
        Some(Answer::Refused) => None,
        // What could not be reached may be back soon.
        Some(Answer::NoVerdict) => Some(SignedDuration::from_secs((varied / 4).max(60))),
        Some(Answer::Works | Answer::Uncheckable) | None => Some(SignedDuration::from_secs(varied)),
    }
}

fn seconds(interval: Duration) -> i64 {
    i64::try_from(interval.as_secs()).unwrap_or(i64::MAX)
}

fn below(end: i64, random: &Random) -> i64 {
    let mut bytes = [0_u8; 8];
    random.fill(&mut bytes);
    (u64::from_be_bytes(bytes) >> 1).cast_signed().checked_rem(end.max(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_varies_by_a_tenth_and_a_refusal_ends_it() {
        let random = Random::system();
        let day = Duration::from_secs(86_400);
        let mut waits = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let wait = after(day, None, &random).unwrap().as_secs();
            assert!((77_760..95_040).contains(&wait), "{wait}");
            waits.insert(wait);
        }
        assert!(waits.len() > 150, "all at once: {waits:?}");
        assert_eq!(after(day, Some(Answer::Refused), &random), None);
        assert!(after(day, Some(Answer::NoVerdict), &random).unwrap().as_secs() < 25_000);
    }
}
