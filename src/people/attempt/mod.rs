//! A sign-in under way: Begun → Consumed, once.
//!
//! Between the redirect to the provider and the answer there is a row of ours. It is found by the hash of `state`,
//! belongs to the browser that began it (by the hash of a cookie), lives ten minutes, and is used up by whoever
//! consumes it first: of two answers with the same `state` one goes on and the other is told to start afresh.

mod store;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::return_to::ReturnTo;
use crate::db::{Conn, StoreError};
use crate::seal::Random;

/// How long a person may take at the provider.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What the provider's answer is checked against.
pub(super) struct Attempt {
    /// Who was asked; an answer from elsewhere is not for this attempt.
    pub(super) issuer: String,
    /// Comes back inside of the ID token.
    pub(super) nonce: String,
    /// The PKCE secret whose hash the provider has.
    pub(super) verifier: String,
    /// Where the person wanted to go.
    pub(super) return_to: ReturnTo,
    /// The slug of the enterprise that they want to come into.
    pub(super) wanted: Option<String>,
    /// When somebody was asked to confirm that it is them: they must have done so since.
    pub(super) fresh_since: Option<Timestamp>,
}

/// Keeps an attempt until the answer comes, and throws away those that took too long.
pub(super) fn keep(
    conn: &mut Conn,
    state: &str,
    browser: &str,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), StoreError> {
    store::purge(conn, oldest(now))?;
    store::insert(conn, &hash("state", state), &hash("browser", browser), attempt, now)
}

/// What an answer finds.
pub(super) enum Consumed {
    /// The attempt that it belongs to.
    Fits(Attempt),
    /// An attempt that is not to be answered so.
    Spoilt(Attempt, Spoilt),
    /// None, or none any more.
    Unknown,
}

/// Why an attempt is not to be answered so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoilt {
    /// It has been answered before.
    Used,
    /// Another browser began it: somebody was sent a link to it, perhaps.
    OtherBrowser,
    /// More than ten minutes ago.
    TooLate,
}

impl Spoilt {
    /// The stable code in audit records.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Used => "attempt_used",
            Self::OtherBrowser => "attempt_of_another_browser",
            Self::TooLate => "attempt_too_late",
        }
    }
}

/// Takes the attempt that an answer belongs to; used up afterwards, whether the answer fits or not.
pub(super) fn consume(
    conn: &mut Conn,
    state: &str,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<Consumed, StoreError> {
    let Some(taken) = store::take(conn, &hash("state", state), now)? else { return Ok(Consumed::Unknown) };
    let same_browser =
        browser.is_some_and(|browser| crate::seal::same(&hash("browser", browser), &taken.browser_hash));
    let spoilt = if taken.again {
        Some(Spoilt::Used)
    } else if !same_browser {
        Some(Spoilt::OtherBrowser)
    } else {
        (taken.created_at <= oldest(now)).then_some(Spoilt::TooLate)
    };
    Ok(match spoilt {
        None => Consumed::Fits(taken.attempt),
        Some(spoilt) => Consumed::Spoilt(taken.attempt, spoilt),
    })
}

/// 256 random bits as text for cookies, addresses and forms: 43 characters of base64url.
pub(super) fn random_text(random: &Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a text could have come from [`random_text`].
pub(super) fn is_random_text(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn oldest(now: Timestamp) -> Timestamp {
    now.saturating_sub(LIFETIME).unwrap_or(Timestamp::MIN)
}

fn hash(what: &str, value: &str) -> Vec<u8> {
    crate::seal::digest("sign-in attempt 1", &[what.as_bytes(), value.as_bytes()]).to_vec()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::people::fixture::Fixture;

    fn attempt() -> Attempt {
        Attempt {
            issuer: "https://id.example".to_owned(),
            nonce: "nonce".to_owned(),
            verifier: "verifier".to_owned(),
            return_to: ReturnTo::or_home("/credentials"),
            wanted: None,
            fresh_since: None,
        }
    }

    fn kept(fixture: &Fixture, state: &'static str) {
        let now = fixture.console.clock.now();
        fixture.write(move |conn| keep(conn, state, "browser", &attempt(), now));
    }

    fn consumed(
        fixture: &Fixture,
        state: &'static str,
        browser: Option<&'static str>,
    ) -> Result<Attempt, Option<Spoilt>> {
        let now = fixture.console.clock.now();
        match fixture.write(move |conn| consume(conn, state, browser, now)) {
            Consumed::Fits(attempt) => Ok(attempt),
            Consumed::Spoilt(_, why) => Err(Some(why)),
            Consumed::Unknown => Err(None),
        }
    }

    #[test]
    fn an_attempt_is_used_once() {
        let fixture = Fixture::new();
        kept(&fixture, "state");
        let attempt = consumed(&fixture, "state", Some("browser")).unwrap();
        assert_eq!((attempt.nonce.as_str(), attempt.verifier.as_str()), ("nonce", "verifier"));
        assert_eq!(attempt.return_to.as_str(), "/credentials");
        assert_eq!(consumed(&fixture, "state", Some("browser")).err(), Some(Some(Spoilt::Used)));
    }

    #[test]
    fn of_many_answers_at_once_one_wins() {
        let fixture = Fixture::new();
        for state in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"] {
            kept(&fixture, state);
            let won: usize = std::thread::scope(|scope| {
                let answers: Vec<_> = (0..4)
                    .map(|_| scope.spawn(|| consumed(&fixture, state, Some("browser")).is_ok()))
                    .collect();
                answers.into_iter().map(|answer| usize::from(answer.join().unwrap())).sum()
            });
            assert_eq!(won, 1);
        }
    }

    #[test]
    fn an_attempt_belongs_to_one_browser_and_is_gone_after_another_tried() {
        for browser in [None, Some("another"), Some("")] {
            let fixture = Fixture::new();
            kept(&fixture, "state");
            assert_eq!(consumed(&fixture, "another", Some("browser")).err(), Some(None));
            assert_eq!(consumed(&fixture, "state", browser).err(), Some(Some(Spoilt::OtherBrowser)));
            assert_eq!(consumed(&fixture, "state", Some("browser")).err(), Some(Some(Spoilt::Used)));
        }
    }

    #[test]
    fn an_attempt_lasts_ten_minutes() {
        for (seconds, why) in
            [(599, None), (600, Some(Some(Spoilt::TooLate))), (86_400, Some(Some(Spoilt::TooLate)))]
        {
            let fixture = Fixture::new();
            kept(&fixture, "state");
            fixture.console.clock.advance(Duration::from_secs(seconds));
            assert_eq!(consumed(&fixture, "state", Some("browser")).err(), why, "{seconds}");
        }
    }
}
