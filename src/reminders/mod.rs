//! Reminders: a group chat hears in time of credentials that are about to expire.
//!
//! An enterprise names one of its own group bots and some lead times. A console looks now and then for what came closer to
//! its end than one of them, and writes a message down for `verify`, which is the part that may open a bot's address and
//! posts it, as it does with test messages. The console never opens anything for this.
//!
//! Each credential is reminded of once for each lead time and each end: which ones were is in rows with a unique key,
//! written in the transaction that hands the message over, and of all nodes only one gets to look at a time. What the other
//! system refused was not said, so it is said again, in a new message and only so often. When nobody knows whether a
//! message arrived it is not repeated, and the page says so.
//!
//! Used by its pages, the overview, and the composition root.

mod due;
mod forms;
mod leads;
mod message;
pub(crate) mod pages;
mod runner;
mod store;

use jiff::{SignedDuration, Timestamp};

use crate::audit::{self, Object, Outcome};
use crate::catalogue::Finding;
use crate::credentials::{self, Credential, State};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, EnterpriseId};
use crate::permission::{Acting, Proof, Viewer, may_rule_directory};
use crate::web::Language;

pub use leads::{BadLeads, Leads};
pub use runner::Reminder;

/// What an enterprise wants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose they are.
    pub enterprise: EnterpriseId,
    /// The bot that says it.
    pub bot: CredentialId,
    /// How long before the end.
    pub leads: Leads,
    /// In which language.
    pub language: Language,
    /// When a console looks next; in the far future when it gave up.
    pub due_at: Timestamp,
    /// How many messages failed one after the other.
    pub failures: i32,
    /// What is wrong: a [`Trouble`] as stored, and since when.
    pub trouble: Option<(Trouble, Timestamp)>,
}

impl Settings {
    /// Whether nobody looks any more until somebody does something.
    pub fn gave_up(&self) -> bool {
        self.failures >= due::MOST_FAILURES
    }
}

/// Why the group does not hear of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The credential is deleted or gone.
    Gone,
    /// It is disabled.
    Disabled,
    /// It has expired itself.
    Expired,
    /// It is not a group bot any more.
    NoBot,
    /// The group wants one of its keywords in each message.
    Keyword,
    /// The chat system refused it.
    Refused,
    /// The chat system could not be reached, or is broken or busy.
    Unreachable,
    /// It answered what is not known here, or what is stored does not open.
    Unclear,
    /// No node took the message up.
    NobodySends,
    /// Nobody knows whether the message arrived.
    Unknown,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Gone,
        Self::Disabled,
        Self::Expired,
        Self::NoBot,
        Self::Keyword,
        Self::Refused,
        Self::Unreachable,
        Self::Unclear,
        Self::NobodySends,
        Self::Unknown,
    ];

    /// As stored, and as the end of message ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::NoBot => "no-bot",
            Self::Keyword => "keyword",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Unclear => "unclear",
            Self::NobodySends => "nobody-sends",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it can be seen without asking anybody, and is over when it is not seen any more.
    fn is_of_the_bot(self) -> bool {
        matches!(self, Self::Gone | Self::Disabled | Self::Expired | Self::NoBot)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.as_str() == text)
    }
}

/// A message that was handed over.
#[derive(Debug, Clone)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Of how many credentials it speaks.
    pub credentials: i32,
    /// What became of it; none yet: it is under way.
    pub became: Option<Result<(), Trouble>>,
}

/// What the form says, checked.
#[derive(Debug)]
pub struct Wanted {
    /// The bot.
    pub bot: CredentialId,
    /// How long before the end.
    pub leads: Leads,
    /// In which language.
    pub language: Language,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ReminderError {
    /// They do not rule the enterprise.
    #[error("not allowed")]
    NotAllowed,
    /// The credential is no bot of the enterprise that can say something.
    #[error("no such bot")]
    NoSuchBot,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an enterprise wants, if it wants something.
pub fn settings(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Option<Settings>, StoreError> {
    store::settings(conn, enterprise)
}

/// The last messages, the newest first.
pub fn said(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<Said>, StoreError> {
    store::said(conn, enterprise)
}

/// Sets what the enterprise wants; a console looks soon. Saved twice is saved once. What failed before is tried again.
pub fn set(conn: &mut Conn, acting: &Acting, wanted: &Wanted) -> Result<(), ReminderError> {
    let viewer = ruling(conn, acting)?;
    let bot = credentials::find(conn, &viewer.enterprise, &wanted.bot)?.ok_or(ReminderError::NoSuchBot)?;
    if trouble_of(conn, &bot, acting.now)?.is_some() {
        return Err(ReminderError::NoSuchBot);
    }
    store::set(conn, &viewer.enterprise, wanted, acting.now)?;
    let mut draft = acting.draft("reminders.set", Some(object(&viewer)), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "bot": bot.token.as_str(),
        "days": wanted.leads.to_string(),
        "language": wanted.language.tag(),
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// No more reminders. Doing it twice is doing it once.
pub fn stop(conn: &mut Conn, acting: &Acting) -> Result<(), ReminderError> {
    let viewer = ruling(conn, acting)?;
    if store::delete(conn, &viewer.enterprise)? {
        let draft = acting.draft("reminders.stop", Some(object(&viewer)), Outcome::Allowed);
        audit::append(conn, &acting.chain, &[draft])?;
    }
    Ok(())
}

/// A test message arrived: what failed before is forgotten, and a console looks soon.
pub fn works_again(conn: &mut Conn, enterprise: &EnterpriseId, now: Timestamp) -> Result<(), StoreError> {
    store::fares_well(conn, enterprise)?;
    store::set_due(conn, enterprise, now)
}

/// Whether a message that was answered so is in the group.
pub fn was_posted(finding: &Finding) -> bool {
    due::judge(finding).is_ok()
}

/// Forgets what was said long ago, and of which ends that are over.
pub fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    store::purge(conn, now.checked_sub(SignedDuration::from_hours(400 * 24)).unwrap_or(now))
}

/// Why this credential cannot say anything now, if it cannot.
pub fn trouble_of(conn: &mut Conn, bot: &Credential, now: Timestamp) -> Result<Option<Trouble>, StoreError> {
    match bot.state {
        State::Deleted { .. } => return Ok(Some(Trouble::Gone)),
        State::Disabled { .. } => return Ok(Some(Trouble::Disabled)),
        State::Active if bot.expires_at.is_some_and(|end| end <= now) => return Ok(Some(Trouble::Expired)),
        State::Active => {}
    }
    let version = credentials::version(conn, &bot.id, bot.current_version)?;
    let variant = version.and_then(|version| bot.credential_type.variant(&version.variant));
    Ok(variant.is_none_or(|variant| variant.post.is_none()).then_some(Trouble::NoBot))
}

fn object(viewer: &Viewer) -> Object {
    Object {
        object_type: "reminders",
        id: viewer.enterprise.to_string(),
        name: viewer.enterprise_name.clone(),
    }
}

/// Takes the lock, and makes sure that whoever acts rules the enterprise by now, and is a person.
fn ruling(conn: &mut Conn, acting: &Acting) -> Result<Viewer, ReminderError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    let viewer = directory::renewed(conn, &acting.viewer)?.filter(may_rule_directory);
    viewer.filter(|_| acting.proof == Proof::SignIn).ok_or(ReminderError::NotAllowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_is_read_as_it_was_stored_and_has_its_sentences() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::parse(trouble.as_str()), Some(trouble));
            for language in Language::ALL {
                let sentence = format!("reminders-trouble-{}", trouble.as_str());
                assert!(language.knows(&sentence), "{sentence}");
                let todo = language.t(&format!("{sentence}.todo"));
                assert!(!todo.contains('⟦'), "{todo}");
            }
        }
    }
}
