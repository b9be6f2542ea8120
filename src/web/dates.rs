//! Dates as pages write and read them: always UTC, the same in both languages.
//!
//! An expiry is typed in as the last day on which something may be used; what is stored is the moment after it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A moment, for `<time>`: to the minute for people, exact in the attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// `2026-11-23 14:05 UTC`.
    pub text: String,
    /// `2026-11-23T14:05:09Z`.
    pub exact: String,
}

impl Moment {
    /// Writes a moment.
    pub fn of(at: Timestamp) -> Self {
        let exact = at.round(jiff::Unit::Second).unwrap_or(at).to_string();
        Self { text: at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string(), exact }
    }
}

/// Why a day was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDay {
    /// Not a date as `2026-11-23`.
    #[error("not a date")]
    NotADate,
    /// Over already.
    #[error("in the past")]
    Past,
}

impl BadDay {
    /// The message id.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotADate => "date-not-a-date",
            Self::Past => "date-past",
        }
    }
}

/// Reads the last day of something; empty means that it does not end.
pub fn read_last_day(text: &str, now: Timestamp) -> Result<Option<Timestamp>, BadDay> {
    if text.is_empty() {
        return Ok(None);
    }
    let day: Date = text.parse().map_err(|_| BadDay::NotADate)?;
    let end = day
        .checked_add(1.day())
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_err(|_| BadDay::NotADate)?
        .timestamp();
    if end <= now { Err(BadDay::Past) } else { Ok(Some(end)) }
}

/// The last day before `end`, as a form shows it and reads it again.
pub fn last_day(end: Timestamp) -> String {
    let last = end.checked_sub(1.millisecond()).unwrap_or(end);
    last.to_zoned(TimeZone::UTC).date().to_string()
}

/// The day of a moment.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_counts_to_its_end() {
        let now = at("2026-11-23T14:05:00Z");
        let cases = [
            ("", Ok(None)),
            ("2026-11-23", Ok(Some("2026-11-24T00:00:00Z"))),
            ("2028-02-28", Ok(Some("2028-02-29T00:00:00Z"))),
            ("2026-11-22", Err(BadDay::Past)),
            ("23.11.2026", Err(BadDay::NotADate)),
            ("2026-02-30", Err(BadDay::NotADate)),
            ("9999-12-31", Err(BadDay::NotADate)),
        ];
        for (text, expected) in cases {
            assert_eq!(read_last_day(text, now), expected.map(|end| end.map(at)), "{text}");
        }
    }

    #[test]
    fn a_day_that_is_shown_is_read_as_the_same_end() {
        let end = at("2026-12-01T00:00:00Z");
        assert_eq!(last_day(end), "2026-11-30");
        assert_eq!(read_last_day(&last_day(end), at("2026-11-23T00:00:00Z")), Ok(Some(end)));
    }

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = Moment::of(at("2026-11-23T14:05:09.8Z"));
        assert_eq!(
            (moment.text.as_str(), moment.exact.as_str()),
            ("2026-11-23 14:05 UTC", "2026-11-23T14:05:10Z")
        );
    }
}
