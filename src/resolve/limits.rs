//! How often the resolve line answers: each access key, and each rule of a trusted issuer, so many times a second, and those who prove nothing rarely.
//!
//! Secrets of 256 bits are not guessed; limits keep one runaway pipeline from everybody else's answers, and keep
//! guessing from filling the audit log. What strangers do never counts against a key: a key is not locked by those who
//! do not have it. What is limited was not decided, so it tells nothing and has no record of its own; that it began
//! has one.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::pipelines::CallerId;

/// A key may be used this many times as often for a moment as it may be for long.
const BURST: u32 = 5;
/// So often a source may fail to prove anything before it is slowed down, and then again after each pause.
const FAILURES: NonZeroU32 = NonZeroU32::new(20).unwrap();
const PAUSE: Duration = Duration::from_secs(3);
/// At most so often it is recorded that somebody is being limited.
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// As many keys or sources are remembered before those that have long been quiet are forgotten.
const MOST: usize = 10_000;

/// Our clock, as the library reads it.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = u64::try_from(self.0.now().as_millisecond()).unwrap_or_default();
        Nanos::new(millis.saturating_mul(1_000_000))
    }
}

/// Somebody who must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limited {
    /// How long.
    pub(super) wait: Duration,
    /// Whether that has not been recorded lately.
    pub(super) first: bool,
}

/// What a source is: an address, or of the longer ones the network that one subscriber has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    Network([u16; 4]),
    Unknown,
}

impl Source {
    fn of(address: Option<&str>) -> Self {
        match address.and_then(|text| text.parse::<IpAddr>().ok()).map(|address| address.to_canonical()) {
            Some(IpAddr::V6(long)) => {
                let [a, b, c, d, ..] = long.segments();
                Self::Network([a, b, c, d])
            }
            Some(short) => Self::Address(short),
            None => Self::Unknown,
        }
    }
}

/// The limits of a resolver.
pub struct Limits {
    callers: Option<Keyed<CallerId>>,
    strangers: Option<Keyed<Source>>,
}

impl Limits {
    /// Each key `per_second` times a second, or as often as it likes; and strangers rarely.
    pub fn new(clock: &Clock, per_second: Option<NonZeroU32>) -> Self {
        let callers = per_second.map(|rate| {
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
            Keyed::new(clock, Quota::per_second(rate).allow_burst(burst))
        });
        let strangers = Quota::with_period(PAUSE).map(|quota| Keyed::new(clock, quota.allow_burst(FAILURES)));
        Self { callers, strangers }
    }

    /// No limits at all, where time stands still.
    pub fn none() -> Self {
        Self { callers: None, strangers: None }
    }

    /// Counts a request of a caller.
    pub(super) fn caller(&self, caller: &CallerId) -> Result<(), Limited> {
        self.callers.as_ref().map_or(Ok(()), |callers| callers.count(caller))
    }

    /// Counts a failure to prove anything with what is not a key but as secret as one; how long to wait when there were
    /// too many from there.
    pub fn guess(&self, address: Option<&str>) -> Result<(), Duration> {
        self.stranger(address).map_err(|limited| limited.wait)
    }

    /// Counts a failure to prove anything, from there.
    pub(super) fn stranger(&self, address: Option<&str>) -> Result<(), Limited> {
        self.strangers.as_ref().map_or(Ok(()), |strangers| strangers.count(&Source::of(address)))
    }
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// A limit for each key, and when it was last told that one was reached.
struct Keyed<K: Hash + Eq + Clone> {
    limiter: Limiter<K>,
    told: Limiter<K>,
    clock: Ticks,
    tidied_at: AtomicI64,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(clock: &Clock, quota: Quota) -> Self {
        let ticks = Ticks(clock.clone());
        let rarely = Quota::with_period(TOLD_AGAIN).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota, ticks.clone()),
            told: RateLimiter::dashmap_with_clock(rarely, ticks.clone()),
            clock: ticks,
            tidied_at: AtomicI64::new(0),
        }
    }

    fn count(&self, key: &K) -> Result<(), Limited> {
        self.tidy();
        self.limiter.check_key(key).map_err(|until| Limited {
            wait: until.wait_time_from(self.clock.now()),
            first: self.told.check_key(key).is_ok(),
        })
    }

    /// Forgets whom there is nothing to say about any more; at most once a second, so that many new ones cost little.
    fn tidy(&self) {
        if self.limiter.len() <= MOST {
            return;
        }
        let (now, last) = (self.clock.0.now().as_second(), self.tidied_at.load(Ordering::Relaxed));
        let mine = self.tidied_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed);
        if now > last && mine.is_ok() {
            self.limiter.retain_recent();
            self.told.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::ids::AccessKeyId;
    use crate::seal::Random;

    fn clock() -> Clock {
        Clock::manual("2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap())
    }

    fn key(clock: &Clock) -> CallerId {
        CallerId::AccessKey(AccessKeyId::new(clock.now(), &Random::system()))
    }

    #[test]
    fn a_key_has_its_rate_and_no_other_key_pays_for_it() {
        let clock = clock();
        let limits = Limits::new(&clock, NonZeroU32::new(10));
        let (busy, quiet) = (key(&clock), key(&clock));
        let allowed = (0..200).filter(|_| limits.caller(&busy).is_ok()).count();
        assert_eq!(allowed, 50, "the burst");
        let limited = limits.caller(&busy).unwrap_err();
        assert!(!limited.wait.is_zero() && limited.wait <= Duration::from_millis(100), "{limited:?}");
        assert_eq!(limits.caller(&quiet), Ok(()));
        clock.advance(Duration::from_secs(1));
        let allowed = (0..200).filter(|_| limits.caller(&busy).is_ok()).count();
        assert_eq!(allowed, 10, "the rate");
    }

    #[test]
    fn that_somebody_is_limited_is_told_once_a_minute() {
        let clock = clock();
        let limits = Limits::new(&clock, NonZeroU32::new(1));
        let key = key(&clock);
        let first =
            || (0..50).filter_map(|_| limits.caller(&key).err()).filter(|limited| limited.first).count();
        assert_eq!(first(), 1);
        assert_eq!(first(), 0);
        clock.advance(TOLD_AGAIN);
        assert_eq!(first(), 1);
    }

    #[test]
    fn strangers_are_slowed_by_where_they_are() {
        let clock = clock();
        let limits = Limits::new(&clock, None);
        let fails = |address: &str| (0..100).filter(|_| limits.stranger(Some(address)).is_ok()).count();
        assert_eq!(fails("192.0.2.1"), 20);
        assert_eq!(fails("::ffff:192.0.2.1"), 0, "the same in another spelling");
        assert_eq!(fails("192.0.2.2"), 20);
        assert_eq!(fails("2001:db8:0:1::1"), 20);
        assert_eq!(fails("2001:db8:0:1:ffff::2"), 0, "one subscriber has all of a /64");
        assert_eq!(fails("2001:db8:0:2::1"), 20);
        clock.advance(PAUSE);
        assert_eq!(fails("192.0.2.1"), 1);
        assert!((0..100).all(|_| limits.caller(&key(&clock)).is_ok()), "no key is counted");
    }

    #[test]
    fn those_who_have_been_quiet_are_forgotten() {
        let clock = clock();
        let limits = Limits::new(&clock, None);
        let flood = |from: u32| {
            for number in from..from + 15_000 {
                let _ = limits.stranger(Some(&std::net::Ipv4Addr::from_bits(number).to_string()));
            }
        };
        flood(0);
        let remembered = || limits.strangers.as_ref().unwrap().limiter.len();
        assert!(remembered() > MOST);
        clock.advance(Duration::from_secs(120));
        flood(1 << 20);
        assert!(remembered() <= 15_001, "{}", remembered());
    }
}
