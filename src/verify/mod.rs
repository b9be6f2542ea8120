//! Verification: asking the external system whether a credential works, and as whom.
//!
//! A console [`ask`]s: it writes a question down. A node that can open takes it ([`Verifier`]), opens the version or the
//! candidate, lets the type's probe ask the system, and writes the [`crate::catalogue::Finding`] down; the console
//! reads it. So verification needs no opening key in the console, and any number of nodes share the work. The schedule
//! asks by itself, each credential once in its interval, whichever node gets to it first.
//!
//! Opening is recorded before it happens (`credential.verify`, by whoever asked) and the outcome after it
//! (`credential.verified`). A finding never holds content. Messages that the console itself sends by a bot go the same way
//! ([`post()`]). Used by the pages of credentials, by reminders and by the composition root; knows nothing of actix or of
//! pages.

mod note;
mod open;
mod post;
mod runner;
mod schedule;
mod store;
mod withhold;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::audit::{self, Object, Outcome as Recorded};
use crate::catalogue::{Answer, Finding, Identity, Outcome};
use crate::db::{Conn, Db, StoreError};
use crate::ids::{CandidateId, CredentialId, EnterpriseId, VerificationId};
use crate::permission::Acting;

pub use post::{Fate, Letter, fate, post};
pub use runner::Verifier;
pub use schedule::Schedule;

/// How many questions one member may ask in a minute: enough for people, too few for guessing.
const MOST_A_MINUTE: i64 = 20;

/// How many questions of one member may be open, so that one slow system does not keep everybody else waiting.
const MOST_AT_ONCE: i64 = 4;

/// Why a question is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Somebody fills the form and wants to know before saving.
    Form,
    /// Somebody wants to know now.
    Demand,
    /// It was time.
    Schedule,
    /// A message is to be posted: somebody wants to see a test message, or the console has something to say.
    Message,
}

/// What is asked about.
pub enum Subject<'a> {
    /// The current version of a credential.
    Stored(&'a CredentialId, Object),
    /// A candidate, which becomes a version of that credential.
    Candidate(&'a CandidateId, &'a CredentialId, Object),
}

/// Why nothing is asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// They asked too often in the last minute.
    #[error("too many verifications in a minute")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a credential fares.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// The last finding, and about which version; none: it was never asked about.
    pub last: Option<Known>,
    /// The last identity that was proved.
    pub identity: Option<Identity>,
    /// A question about the stored version is open since then.
    pub asking_since: Option<Timestamp>,
}

/// A finding as it is kept.
#[derive(Clone, Debug)]
pub struct Known {
    /// What was found.
    pub finding: Finding,
    /// About which version.
    pub version: i32,
    /// When.
    pub at: Timestamp,
    /// Since when every finding has been the same outcome.
    pub since: Timestamp,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Demand => "demand",
            Self::Schedule => "schedule",
            Self::Message => "message",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Form, Self::Demand, Self::Schedule, Self::Message]
            .into_iter()
            .find(|cause| cause.as_str() == text)
    }
}

impl Health {
    /// Which of the four answers the last finding gave.
    pub fn answer(&self) -> Option<Answer> {
        self.last.as_ref().map(|known| known.finding.outcome.answer())
    }
}

/// Writes a question down; [`finding`] has the answer once it is there. Whoever acts must be allowed to have it asked.
pub fn ask(
    conn: &mut Conn,
    acting: &Acting,
    subject: Subject<'_>,
    cause: Cause,
) -> Result<VerificationId, AskError> {
    let viewer = &acting.viewer;
    let since = acting.now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(acting.now);
    if store::asked_by_since(conn, &viewer.member, since)? >= MOST_A_MINUTE {
        return Err(AskError::TooMany);
    }
    if store::open_of(conn, &viewer.member)? >= MOST_AT_ONCE {
        return Err(AskError::TooMany);
    }
    if let Subject::Stored(credential, _) = &subject
        && let Some(open) = store::already_open(conn, credential, cause)?
    {
        return Ok(open);
    }
    let id = VerificationId::new(acting.now, &acting.random);
    let (candidate, credential, object) = match subject {
        Subject::Stored(credential, object) => (None, credential, object),
        Subject::Candidate(candidate, credential, object) => (Some(candidate), credential, object),
    };
    store::insert(
        conn,
        &store::Question {
            id: &id,
            enterprise: &viewer.enterprise,
            credential,
            candidate,
            cause,
            message: None,
            asked_by: Some(&viewer.member),
            asked_at: acting.now,
        },
    )?;
    let mut draft = acting.draft("credential.verify", Some(object), Recorded::Allowed);
    draft.detail = serde_json::json!({ "cause": cause.as_str() });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(id)
}

/// What was found, once it is.
pub fn finding(conn: &mut Conn, id: &VerificationId) -> Result<Option<Finding>, StoreError> {
    store::finding(conn, id)
}

/// What was found, as soon as it is; `None`: nobody answered in time.
pub async fn found_within(
    db: &Db,
    question: &VerificationId,
    most: Duration,
) -> Result<Option<Finding>, StoreError> {
    let wait = async {
        let mut look = tokio::time::interval(Duration::from_millis(120));
        loop {
            look.tick().await;
            let id = question.clone();
            let found = db.read(move |conn| finding(conn, &id)).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
    };
    tokio::time::timeout(most, wait).await.unwrap_or(Ok(None))
}

/// How a credential fares.
pub fn health(conn: &mut Conn, credential: &CredentialId) -> Result<Health, StoreError> {
    let mut health = store::health(conn, credential)?;
    health.asking_since = store::asking_since(conn, credential)?;
    Ok(health)
}

/// The last outcome about the current version of each of those credentials, where there is one.
pub fn outcomes(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<Vec<(CredentialId, Outcome)>, StoreError> {
    store::outcomes(conn, credentials)
}

/// The same with when each was found.
pub fn last_answers(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<Vec<(CredentialId, Outcome, Timestamp)>, StoreError> {
    store::last_answers(conn, credentials)
}

/// A credential is new: the schedule asks about it soon.
pub fn begin(conn: &mut Conn, credential: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
    store::begin_health(conn, credential, now.checked_add(schedule::SOON).unwrap_or(now))
}

/// A credential has other content than the finding was about: the schedule asks again soon.
pub fn content_changed(conn: &mut Conn, credential: &CredentialId, now: Timestamp) -> Result<(), StoreError> {
    store::make_due(conn, credential, now.checked_add(schedule::SOON).unwrap_or(now))
}

/// What was found about a candidate, if it was found already, is now the health of the version that it became.
pub fn carry_over(
    conn: &mut Conn,
    candidate: &CandidateId,
    (credential, version): (&CredentialId, i32),
    now: Timestamp,
) -> Result<Option<Finding>, StoreError> {
    let Some((finding, at)) = store::finding_about(conn, candidate)? else { return Ok(None) };
    let known = Known { finding: finding.clone(), version, at, since: at };
    store::keep(conn, credential, &known, now)?;
    Ok(Some(finding))
}

/// Forgets questions that were asked before, and the finding with them; health and audit records stay.
pub fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    store::delete_before(conn, now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now))
}

/// As an audit record names a credential that is only known by its row.
fn object_of(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &CredentialId,
) -> Result<Option<Object>, StoreError> {
    Ok(crate::credentials::find(conn, enterprise, id)?.map(|credential| credential.object()))
}
