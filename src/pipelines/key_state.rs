//! How a key stands: what its dates make of it. The same for access keys and provisioning keys.

use jiff::{SignedDuration, Timestamp};

use super::Unproved;

/// So long before its end a key is said to end soon.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It works.
    Active,
    /// It works, and ends within two weeks.
    Expiring,
    /// It is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl KeyState {
    /// Every state, in the order in which a list offers them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Expiring, Self::Expired, Self::Revoked];

    /// The state that these dates make.
    pub fn of(revoked_at: Option<Timestamp>, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match (revoked_at, expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(end)) if end <= now => Self::Expired,
            (None, Some(end)) if end <= soon(now) => Self::Expiring,
            (None, _) => Self::Active,
        }
    }

    /// Whether a key in this state proves anything.
    pub fn holds(self) -> Result<(), Unproved> {
        match self {
            Self::Active | Self::Expiring => Ok(()),
            Self::Expired => Err(Unproved::Expired),
            Self::Revoked => Err(Unproved::Revoked),
        }
    }

    /// As an address says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Reads what [`KeyState::as_str`] says.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The message id of its name.
    pub fn message(self) -> &'static str {
        match self {
            Self::Active => "access-state-active",
            Self::Expiring => "access-state-expiring",
            Self::Expired => "access-state-expired",
            Self::Revoked => "access-state-revoked",
        }
    }

    /// The colour of its badge.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Active => "green",
            Self::Expiring => "yellow",
            Self::Expired | Self::Revoked => "secondary",
        }
    }
}

/// What ends before then ends soon.
pub(super) fn soon(now: Timestamp) -> Timestamp {
    now.saturating_add(SOON).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_of_a_key_make_its_state() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |days: i64| Some(now + SignedDuration::from_hours(24 * days));
        for (revoked_at, expires_at, expected, works) in [
            (None, None, KeyState::Active, Ok(())),
            (None, at(15), KeyState::Active, Ok(())),
            (None, at(14), KeyState::Expiring, Ok(())),
            (None, at(0), KeyState::Expired, Err(Unproved::Expired)),
            (at(-1), at(15), KeyState::Revoked, Err(Unproved::Revoked)),
            (at(-1), at(-2), KeyState::Revoked, Err(Unproved::Revoked)),
        ] {
            let state = KeyState::of(revoked_at, expires_at, now);
            assert_eq!((state, state.holds()), (expected, works));
            assert_eq!(KeyState::parse(state.as_str()), Some(state));
        }
        assert_eq!(KeyState::parse("gone"), None);
    }
}
