//! What is recorded of an answer before it is given, and what that stands on.

use jiff::Timestamp;

use super::store::Known;
use super::{Ask, Decision, Found, Refusal};
use crate::audit::{Answer, Draft, KeyUse, Object, Outcome};
use crate::credentials::{State, Token};
use crate::pipelines::{Caller, Proof};
use crate::usage::{self, Pin, Use, WouldRefuse};

/// The records of an answer, its uses, and the epochs that must still hold.
pub(super) fn answer(
    ask: &Ask,
    (caller, epoch): (&Caller, Option<i64>),
    (entries, decisions): (&[Found], &[Decision]),
    now: Timestamp,
) -> Answer {
    let (day, caller_id) = (usage::day(now), caller.id());
    let mut answer = Answer {
        drafts: Vec::with_capacity(decisions.len()),
        epochs: epoch.map(|epoch| (caller.enterprise.clone(), epoch)).into_iter().collect(),
        uses: Vec::new(),
        refusals: Vec::new(),
        would_refuse: Vec::new(),
        pins: Vec::new(),
        used_keys: used_keys(ask, caller),
    };
    for ((token, found), decision) in ask.tokens.iter().zip(entries).zip(decisions) {
        let entry = &found.entry;
        let epochs = [Some(entry.epoch), found.beside.map(|(_, epoch)| epoch)];
        answer.epochs.extend(epochs.into_iter().flatten().map(|epoch| (caller.enterprise.clone(), epoch)));
        let mut detail = serde_json::Map::new();
        detail.insert("formats".to_owned(), ask.formats.clone().into());
        if let Some(run) = &ask.run {
            detail.insert("run".to_owned(), run.clone().into());
        }
        caller.describe(&mut detail);
        match (&entry.known, decision) {
            (Some(known), Ok(tried)) => {
                detail.insert("version".to_owned(), known.version.into());
                let (credential, caller_id) = (known.id.clone(), caller_id.as_str().to_owned());
                if let Some(unmet) = tried {
                    let unmet = unmet.reason();
                    detail.insert("would_refuse".to_owned(), unmet.into());
                    let (credential, caller_id) = (credential.clone(), caller_id.clone());
                    let caller_name = caller.name.clone();
                    answer.would_refuse.push(WouldRefuse {
                        credential,
                        caller_id,
                        caller_name,
                        unmet,
                        at: now,
                    });
                }
                if let Some(run) = &ask.run {
                    let (credential, caller_id, run) = (credential.clone(), caller_id.clone(), run.clone());
                    answer.pins.push(Pin { credential, caller_id, run, version: known.version });
                }
                answer.uses.push(Use { enterprise: caller.enterprise.clone(), credential, caller_id, day });
            }
            // A deleted one may be gone for good when this is written, and a count hangs on its credential.
            (Some(known), Err(_)) if !matches!(known.facts.state, State::Deleted { .. }) => {
                let (credential, caller_id) = (known.id.clone(), caller_id.as_str().to_owned());
                answer.refusals.push(Use {
                    enterprise: caller.enterprise.clone(),
                    credential,
                    caller_id,
                    day,
                });
            }
            (Some(_), Err(_)) => {}
            (None, _) => {
                detail.insert("token".to_owned(), token.as_str().into());
            }
        }
        answer.drafts.push(Draft {
            at: now,
            enterprise: Some(caller.enterprise.clone()),
            actor: caller.actor(),
            action: "credential.resolve",
            object: entry.known.as_ref().map(|known| object(known, token)),
            outcome: match decision {
                Ok(_) => Outcome::Allowed,
                Err(Refusal::SealedUnreadable) => Outcome::Failed,
                Err(_) => Outcome::Refused,
            },
            reason: decision.err().map(|refusal| refusal.reason().to_owned()),
            origin: ask.origin.clone(),
            detail: detail.into(),
        });
    }
    answer
}

/// The keys whose last use is shown.
fn used_keys(ask: &Ask, caller: &Caller) -> Vec<KeyUse> {
    match &caller.proof {
        Proof::AccessKey(key) => {
            let (key, secret) = (key.id.clone(), key.secret);
            vec![KeyUse { key, secret, address: ask.origin.address.clone() }]
        }
        Proof::Identity(_) => Vec::new(),
    }
}

/// The credential, as a record names it.
pub(super) fn object(known: &Known, token: &Token) -> Object {
    Object { object_type: "credential", id: known.id.to_string(), name: token.as_str().to_owned() }
}
