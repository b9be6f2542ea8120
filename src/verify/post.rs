//! Messages that the console itself sends by a bot, such as reminders.
//!
//! Whoever wants one writes it down here, and records why in the same transaction; a node that can open takes it like a
//! question. A message is posted at most once: when a node dies over it, nobody knows whether it arrived, and nobody tries
//! again. Nothing of this is content: what is posted is as readable in the database as in the group.

use jiff::{SignedDuration, Timestamp};

use super::{Cause, store};
use crate::catalogue::Finding;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId, VerificationId};
use crate::seal::Random;

/// A message that no node took for so long is taken back.
const NOBODY: SignedDuration = SignedDuration::from_mins(60);

/// A message that a node took so long ago and did not finish is lost: no node works on one longer than a minute.
const LOST: SignedDuration = SignedDuration::from_mins(10);

/// What is posted, and by which credential.
pub struct Letter<'a> {
    /// Whose it is.
    pub enterprise: &'a EnterpriseId,
    /// The credential of a bot.
    pub credential: &'a CredentialId,
    /// What it says.
    pub text: &'a str,
}

/// What became of a message.
pub enum Fate {
    /// It is not over.
    Waiting,
    /// The other system answered, or could not.
    Answered(Finding),
    /// No node took it, and none will.
    NobodyTook,
    /// A node took it, and nobody knows what came of it.
    Unknown,
}

/// Writes a message down.
pub fn post(
    conn: &mut Conn,
    letter: &Letter<'_>,
    (now, random): (Timestamp, &Random),
) -> Result<VerificationId, StoreError> {
    let id = VerificationId::new(now, random);
    let question = store::Question {
        id: &id,
        enterprise: letter.enterprise,
        credential: letter.credential,
        candidate: None,
        cause: Cause::Message,
        message: Some(letter.text),
        asked_by: None,
        asked_at: now,
    };
    store::insert(conn, &question)?;
    Ok(id)
}

/// What became of it. One that nobody took for too long is taken back by this.
pub fn fate(conn: &mut Conn, id: &VerificationId, now: Timestamp) -> Result<Fate, StoreError> {
    if let Some(finding) = store::finding(conn, id)? {
        return Ok(Fate::Answered(finding));
    }
    let before = |by: SignedDuration| now.checked_sub(by).unwrap_or(now);
    Ok(match store::taken(conn, id)? {
        None => Fate::Unknown,
        Some((_, Some(taken_at))) if taken_at < before(LOST) => Fate::Unknown,
        Some((asked_at, None)) if asked_at < before(NOBODY) && store::take_back(conn, id)? => {
            Fate::NobodyTook
        }
        Some(_) => Fate::Waiting,
    })
}
