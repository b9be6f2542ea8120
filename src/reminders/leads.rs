//! Lead times: how many days before its end a credential is reminded of.

use std::fmt;

/// As many can be set.
const MOST: usize = 8;

/// The longest: a year.
const LONGEST: i32 = 366;

/// Days, each once, the longest first; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leads(Vec<i32>);

/// Why a text says no lead times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLeads {
    /// There is none.
    None,
    /// Something is no whole number of days from 1 to a year.
    NotDays,
    /// More than can be set.
    TooMany,
    /// One is there twice.
    Twice,
}

impl BadLeads {
    /// The message id of what to say.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::None => "reminders-leads-none",
            Self::NotDays => "reminders-leads-not-days",
            Self::TooMany => "reminders-leads-too-many",
            Self::Twice => "reminders-leads-twice",
        }
    }
}

impl Leads {
    /// Reads numbers with anything between them that people put there: blanks, commas, also the Chinese ones.
    pub fn parse(text: &str) -> Result<Self, BadLeads> {
        let between = |one: char| one.is_whitespace() || [',', ';', '，', '、', '；'].contains(&one);
        let mut days = Vec::new();
        for word in text.split(between).filter(|word| !word.is_empty()) {
            let day: i32 = word.parse().map_err(|_| BadLeads::NotDays)?;
            if !(1..=LONGEST).contains(&day) || word.starts_with('+') {
                return Err(BadLeads::NotDays);
            }
            if days.contains(&day) {
                return Err(BadLeads::Twice);
            }
            days.push(day);
            if days.len() > MOST {
                return Err(BadLeads::TooMany);
            }
        }
        if days.is_empty() {
            return Err(BadLeads::None);
        }
        days.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self(days))
    }

    /// The shortest first, each with the one that is next shorter, or 0: between them lies what has come closer than the
    /// longer one and not than the shorter.
    pub fn bands(&self) -> impl Iterator<Item = (i32, i32)> {
        let shorter = std::iter::once(0).chain(self.0.iter().rev().copied());
        shorter.zip(self.0.iter().rev().copied())
    }
}

impl Default for Leads {
    /// What a new form offers.
    fn default() -> Self {
        Self(vec![30, 14, 7, 1])
    }
}

impl fmt::Display for Leads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self.0.iter().map(i32::to_string).collect();
        f.write_str(&days.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lead_times_are_read_in_any_order_and_each_is_there_once() {
        for (text, expected) in [
            ("30, 14, 7, 1", Ok("30, 14, 7, 1")),
            ("1 7，30、14", Ok("30, 14, 7, 1")),
            ("366", Ok("366")),
            ("", Err(BadLeads::None)),
            (" , ", Err(BadLeads::None)),
            ("0", Err(BadLeads::NotDays)),
            ("367", Err(BadLeads::NotDays)),
            ("-1", Err(BadLeads::NotDays)),
            ("+1", Err(BadLeads::NotDays)),
            ("7d", Err(BadLeads::NotDays)),
            ("99999999999", Err(BadLeads::NotDays)),
            ("7, 14, 7", Err(BadLeads::Twice)),
            ("7, 07", Err(BadLeads::Twice)),
            ("1 2 3 4 5 6 7 8", Ok("8, 7, 6, 5, 4, 3, 2, 1")),
            ("1 2 3 4 5 6 7 8 9", Err(BadLeads::TooMany)),
        ] {
            let read = Leads::parse(text).map(|leads| leads.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn what_is_stored_is_read_again_and_bands_meet() {
        let leads = Leads::default();
        assert_eq!(Leads::parse(&leads.to_string()), Ok(leads.clone()));
        assert_eq!(leads.bands().collect::<Vec<_>>(), [(0, 1), (1, 7), (7, 14), (14, 30)]);
    }
}
