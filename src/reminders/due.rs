//! One look at an enterprise: what became of the last message, what came closer to its end, and a message about it.
//!
//! All of it is one transaction. Whoever moves the settings' time on looks; every other node finds it moved.

use jiff::{SignedDuration, Timestamp};

use super::message::{self, Nearing};
use super::{Settings, Trouble, store};
use crate::audit::{self, Actor, ChainId, Draft, Origin, Outcome as Recorded};
use crate::catalogue::{Answer, Finding, Outcome};
use crate::credentials::{self, Credential};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, VerificationId};
use crate::seal::Random;
use crate::verify::{self, Fate, Letter};

/// How often is looked while nothing is wrong.
const EVERY: SignedDuration = SignedDuration::from_mins(60);

/// How soon it is looked what became of a message.
const SOON: SignedDuration = SignedDuration::from_secs(30);

/// After so many messages that failed, one after the other, nobody looks until somebody does something about it.
pub(super) const MOST_FAILURES: i32 = 8;

/// What a look works with.
pub(super) struct Looking<'a> {
    pub(super) now: Timestamp,
    pub(super) random: &'a Random,
    pub(super) chain: &'a ChainId,
    /// Where the console is reached.
    pub(super) url: &'a str,
}

/// Looks at one enterprise; whether a message was handed over.
pub(super) fn look(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    looking: &Looking<'_>,
) -> Result<bool, StoreError> {
    let now = looking.now;
    let Some(settings) = store::settings(conn, enterprise)? else { return Ok(false) };
    if settings.due_at > now || !store::move_on(conn, &settings, later(now, EVERY))? {
        return Ok(false);
    }
    if let Some(message) = store::under_way(conn, enterprise)? {
        match became(verify::fate(conn, &message, now)?) {
            None => {
                store::set_due(conn, enterprise, later(now, SOON))?;
                return Ok(false);
            }
            Some(Ok(())) => {
                store::end(conn, &message, Ok(()), now)?;
                store::fares_well(conn, enterprise)?;
            }
            Some(Err(trouble)) => {
                // What was surely not said is said again, together with what came up since.
                if trouble != Trouble::Unknown {
                    store::forget(conn, &message)?;
                }
                store::end(conn, &message, Err(trouble), now)?;
                let failures = settings.failures.saturating_add(1);
                store::fares_ill(conn, enterprise, (failures, trouble), now)?;
                store::set_due(conn, enterprise, after(failures, now))?;
                return Ok(false);
            }
        }
    }
    say(conn, &settings, looking)
}

/// Hands a message over about what came closer to its end and was not reminded of.
fn say(conn: &mut Conn, settings: &Settings, looking: &Looking<'_>) -> Result<bool, StoreError> {
    let (now, enterprise) = (looking.now, &settings.enterprise);
    let bot = match bot(conn, settings, now)? {
        Ok(bot) => bot,
        Err(trouble) => {
            // Looking costs nothing here, so it goes on: somebody may enable the bot again.
            store::fares_ill(conn, enterprise, (settings.failures, trouble), now)?;
            return Ok(false);
        }
    };
    if settings.trouble.is_some_and(|(trouble, _)| trouble.is_of_the_bot()) {
        store::fares_well(conn, enterprise)?;
    }
    let nearing = store::nearing(conn, settings, now)?;
    if nearing.is_empty() {
        return Ok(false);
    }
    let called = directory::find_enterprise(conn, enterprise)?;
    let text = message::write(&nearing, (&called.name, settings.language), (looking.url, now));
    let letter = Letter { enterprise, credential: &bot.id, text: &text };
    let id = verify::post(conn, &letter, (now, looking.random))?;
    store::begin(conn, enterprise, &id, nearing.len(), now)?;
    store::remember(conn, &id, &nearing)?;
    store::set_due(conn, enterprise, later(now, SOON))?;
    audit::append(conn, looking.chain, &[draft(settings, &bot, (&id, &nearing), now)])?;
    Ok(true)
}

fn bot(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
) -> Result<Result<Credential, Trouble>, StoreError> {
    let Some(bot) = credentials::find(conn, &settings.enterprise, &settings.bot)? else {
        return Ok(Err(Trouble::Gone));
    };
    Ok(match super::trouble_of(conn, &bot, now)? {
        Some(trouble) => Err(trouble),
        None => Ok(bot),
    })
}

/// The console uses the bot: that is written down before anything is opened for it.
fn draft(
    settings: &Settings,
    bot: &Credential,
    (id, nearing): (&VerificationId, &[Nearing]),
    now: Timestamp,
) -> Draft {
    Draft {
        at: now,
        enterprise: Some(settings.enterprise.clone()),
        actor: Actor::System("reminders"),
        action: "credential.remind",
        object: Some(bot.object()),
        outcome: Recorded::Allowed,
        reason: None,
        origin: Origin::default(),
        detail: serde_json::json!({ "message": id.as_str(), "credentials": nearing.len() }),
    }
}

/// What became of a message; `None`: nobody knows yet.
fn became(fate: Fate) -> Option<Result<(), Trouble>> {
    Some(match fate {
        Fate::Waiting => return None,
        Fate::Answered(finding) => judge(&finding),
        Fate::NobodyTook => Err(Trouble::NobodySends),
        Fate::Unknown => Err(Trouble::Unknown),
    })
}

pub(super) fn judge(finding: &Finding) -> Result<(), Trouble> {
    // The group took the request and posted nothing.
    if finding.remarks.iter().any(|remark| remark == "remark-bot-keyword") {
        return Err(Trouble::Keyword);
    }
    match (finding.outcome.answer(), finding.outcome) {
        (Answer::Works, _) => Ok(()),
        (Answer::Refused, _) | (_, Outcome::IpNotAllowed) => Err(Trouble::Refused),
        (_, Outcome::Unreachable | Outcome::NotAllowed | Outcome::TlsError) => Err(Trouble::Unreachable),
        (_, Outcome::RateLimited | Outcome::ServiceError) => Err(Trouble::Unreachable),
        _ => Err(Trouble::Unclear),
    }
}

/// When is looked after so many failures: sooner at first, then rarely, then not at all.
fn after(failures: i32, now: Timestamp) -> Timestamp {
    let minutes: i64 = match failures {
        ..=1 => 5,
        2 => 15,
        3 => 60,
        4 => 4 * 60,
        failures if failures < MOST_FAILURES => 24 * 60,
        _ => return store::NEVER,
    };
    later(now, SignedDuration::from_mins(minutes))
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_again_ever_more_rarely_and_not_for_ever() {
        let now = Timestamp::UNIX_EPOCH;
        let waits: Vec<i64> = (1..MOST_FAILURES).map(|failures| after(failures, now).as_second()).collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert_eq!((waits[0], after(MOST_FAILURES, now)), (300, store::NEVER));
    }

    #[test]
    fn only_what_was_posted_counts_as_said() {
        let judged = |outcome| judge(&Finding::of(outcome));
        assert_eq!(judge(&Finding::works(None)), Ok(()));
        assert_eq!(judge(&Finding::works(None).remark("remark-bot-keyword")), Err(Trouble::Keyword));
        for outcome in Outcome::ALL {
            assert_eq!(judged(outcome).is_ok(), outcome.answer() == Answer::Works, "{outcome:?}");
        }
        assert_eq!(judged(Outcome::InvalidId), Err(Trouble::Refused));
        assert_eq!(judged(Outcome::Unreachable), Err(Trouble::Unreachable));
        assert_eq!(judged(Outcome::Unreadable), Err(Trouble::Unclear));
    }
}
