//! Whom conditions on trial would have refused.
//!
//! Counted by credential, caller and reason in the transaction that records the answers, like uses; forgotten when the
//! trial ends or others are tried.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::Timestamp;

use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::CredentialId;
use crate::schema::condition_trials as t;

/// One delivery that conditions on trial would have refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WouldRefuse {
    /// What was delivered.
    pub credential: CredentialId,
    /// To whom: the id of an access key, or of a rule of a trusted issuer.
    pub caller_id: String,
    /// What people call the caller.
    pub caller_name: String,
    /// What the caller did not prove.
    pub unmet: &'static str,
    /// When.
    pub at: Timestamp,
}

/// What a trial says of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What people called the caller the last time.
    pub caller_name: String,
    /// What it did not prove.
    pub unmet: String,
    /// How often.
    pub times: i64,
    /// When for the last time.
    pub last_at: Timestamp,
}

/// Counts within the caller's transaction.
pub fn record_trials<'a>(
    conn: &mut Conn,
    chain: &str,
    refused: impl IntoIterator<Item = &'a WouldRefuse>,
) -> Result<(), StoreError> {
    // Sorted, so that rows are locked in the same order by everybody.
    let mut counts: BTreeMap<(&str, &str, &str), (i64, i64, &str)> = BTreeMap::new();
    for one in refused {
        let at = one.at.as_millisecond();
        let count = counts.entry((one.credential.as_str(), one.caller_id.as_str(), one.unmet)).or_insert((
            0,
            at,
            &one.caller_name,
        ));
        *count = (count.0 + 1, count.1.max(at), &one.caller_name);
    }
    for ((credential, caller, unmet), (times, last_at, name)) in counts {
        let row = (
            t::credential_id.eq(credential),
            t::caller_id.eq(caller),
            t::unmet.eq(unmet),
            t::chain.eq(chain),
            t::caller_name.eq(name),
            t::times.eq(times),
            t::last_at.eq(last_at),
        );
        each!(conn, c => diesel::insert_into(t::table)
            .values(row)
            .on_conflict((t::credential_id, t::caller_id, t::unmet, t::chain))
            .do_update()
            .set((
                t::times.eq(t::times + excluded(t::times)),
                t::last_at.eq(excluded(t::last_at)),
                t::caller_name.eq(excluded(t::caller_name)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// What was counted of the trial of a credential, most first, and at most so many.
pub fn tried(conn: &mut Conn, credential: &CredentialId, most: usize) -> Result<Vec<Tried>, StoreError> {
    let rows: Vec<(String, String, String, i64, i64)> = t::table
        .filter(t::credential_id.eq(credential.as_str()))
        .select((t::caller_id, t::unmet, t::caller_name, t::times, t::last_at))
        .load(conn)?;
    let mut by_caller: BTreeMap<(String, String), Tried> = BTreeMap::new();
    for (caller, unmet, caller_name, times, last_at) in rows {
        let last_at = clock::from_millis(last_at);
        let sum = by_caller.entry((caller, unmet.clone())).or_insert_with(|| Tried {
            caller_name: caller_name.clone(),
            unmet,
            times: 0,
            last_at,
        });
        sum.times += times;
        if last_at > sum.last_at {
            (sum.last_at, sum.caller_name) = (last_at, caller_name);
        }
    }
    let mut tried: Vec<Tried> = by_caller.into_values().collect();
    tried.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.caller_name.cmp(&b.caller_name)));
    tried.truncate(most);
    Ok(tried)
}

/// Forgets what was counted.
pub fn forget_trial(conn: &mut Conn, credential: &CredentialId) -> Result<(), StoreError> {
    diesel::delete(t::table.filter(t::credential_id.eq(credential.as_str()))).execute(conn)?;
    Ok(())
}
