//! Codes and access tokens that the development issuer has given out. In memory; each is good once, or for an hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

const CODE_LIVES: SignedDuration = SignedDuration::from_secs(60);
pub(super) const TOKEN_LIVES: SignedDuration = SignedDuration::from_hours(1);

/// What a code stands for.
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) at: Timestamp,
}

#[derive(Default)]
pub(super) struct Grants {
    codes: Mutex<HashMap<String, Grant>>,
    tokens: Mutex<HashMap<String, (String, Timestamp)>>,
}

impl Grants {
    pub(super) fn keep_code(&self, code: String, grant: Grant) {
        let mut codes = locked(&self.codes);
        codes.retain(|_, kept| lives(kept.at, CODE_LIVES, grant.at));
        codes.insert(code, grant);
    }

    /// Uses a code up, whatever comes of it.
    pub(super) fn take_code(&self, code: &str, now: Timestamp) -> Option<Grant> {
        locked(&self.codes).remove(code).filter(|grant| lives(grant.at, CODE_LIVES, now))
    }

    pub(super) fn keep_token(&self, token: String, subject: String, now: Timestamp) {
        let mut tokens = locked(&self.tokens);
        tokens.retain(|_, (_, at)| lives(*at, TOKEN_LIVES, now));
        tokens.insert(token, (subject, now));
    }

    /// Whose access token this is.
    pub(super) fn subject_of(&self, token: &str, now: Timestamp) -> Option<String> {
        let tokens = locked(&self.tokens);
        tokens.get(token).filter(|(_, at)| lives(*at, TOKEN_LIVES, now)).map(|(subject, _)| subject.clone())
    }
}

fn lives(at: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(at) <= span
}

/// Each change is a single step, so a thread that died in one left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
