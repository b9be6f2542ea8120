//! How often a credential is used, and by whom.
//!
//! A [`Use`] is one delivery. The audit writer rolls uses up by credential, caller and UTC day in the transaction that
//! records the answers, so the counts are complete; pages read them. Knows nothing of why a use was allowed.

mod pins;
mod trials;

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::upsert::excluded;
use jiff::Timestamp;

use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::CredentialId;
use crate::schema::usage_daily;

pub use pins::{Pin, any_behind, behind, pin, pinned, purge_pins, unpin};
pub use trials::{Tried, WouldRefuse, forget_trial, record_trials, tried};

/// One delivery of a credential to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What was delivered.
    pub credential: CredentialId,
    /// To whom: the id of an access key, or of a rule of a trusted issuer.
    pub caller_id: String,
    /// On which UTC day, as [`day`] counts.
    pub day: i32,
}

/// How often a caller used a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByCaller {
    /// The id of the access key, or of the rule.
    pub caller_id: String,
    /// Deliveries in the time asked for.
    pub uses: i64,
    /// The last day with one.
    pub last_day: i32,
}

/// The uses of one credential over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// One entry for each day of the time asked for, oldest first; a day without a use is there with 0.
    pub days: Vec<(i32, i64)>,
    /// Most uses first.
    pub callers: Vec<ByCaller>,
}

/// The UTC day of a time: days since 1970-01-01.
pub fn day(at: Timestamp) -> i32 {
    i32::try_from(at.as_second().div_euclid(86_400)).unwrap_or(i32::MAX)
}

#[derive(Insertable)]
#[diesel(table_name = usage_daily)]
struct Row {
    credential_id: String,
    day: i32,
    caller_id: String,
    chain: String,
    uses: i64,
}

/// Rows of one statement, which then stays prepared.
const CHUNK: usize = 16;

/// Counts `uses` within the caller's transaction. Each node, known by the name of its audit chain, has rows of its own: two nodes that
/// count the same credential never wait for each other.
pub fn record<'a>(
    conn: &mut Conn,
    chain: &str,
    uses: impl IntoIterator<Item = &'a Use>,
) -> Result<(), StoreError> {
    // Sorted, so that rows are locked in the same order by everybody.
    let mut counts: BTreeMap<(&str, i32, &str), i64> = BTreeMap::new();
    for one in uses {
        *counts.entry((one.credential.as_str(), one.day, one.caller_id.as_str())).or_default() += 1;
    }
    let rows: Vec<Row> = counts
        .into_iter()
        .map(|((credential_id, day, caller_id), uses)| Row {
            credential_id: credential_id.to_owned(),
            day,
            caller_id: caller_id.to_owned(),
            chain: chain.to_owned(),
            uses,
        })
        .collect();
    let mut rest = rows.as_slice();
    if let Conn::Postgres(c) = conn {
        // Fewer round trips; SQLite has none, and diesel cannot do this there.
        let (full, few) = rows.as_chunks::<CHUNK>();
        for rows in full {
            diesel::insert_into(usage_daily::table)
                .values(rows)
                .on_conflict(KEY)
                .do_update()
                .set(usage_daily::uses.eq(usage_daily::uses + excluded(usage_daily::uses)))
                .execute(c)?;
        }
        rest = few;
    }
    for row in rest {
        each!(conn, c => diesel::insert_into(usage_daily::table)
            .values(row)
            .on_conflict(KEY)
            .do_update()
            .set(usage_daily::uses.eq(usage_daily::uses + excluded(usage_daily::uses)))
            .execute(c))?;
    }
    Ok(())
}

const KEY: (usage_daily::credential_id, usage_daily::day, usage_daily::caller_id, usage_daily::chain) =
    (usage_daily::credential_id, usage_daily::day, usage_daily::caller_id, usage_daily::chain);

/// The uses since `since_day` of each of `credentials`; one without any is not in the answer. For list pages.
pub fn recent(
    conn: &mut Conn,
    credentials: &[CredentialId],
    since_day: i32,
) -> Result<HashMap<CredentialId, i64>, StoreError> {
    let ids: Vec<&str> = credentials.iter().map(CredentialId::as_str).collect();
    let rows: Vec<(String, i64)> = usage_daily::table
        .filter(usage_daily::credential_id.eq_any(ids).and(usage_daily::day.ge(since_day)))
        .select((usage_daily::credential_id, usage_daily::uses))
        .load(conn)?;
    let mut totals = HashMap::new();
    for (id, uses) in rows {
        if let Some(id) = CredentialId::parse(&id) {
            *totals.entry(id).or_default() += uses;
        }
    }
    Ok(totals)
}

/// The uses of one credential on the `days` days that end with `today`, by day and by caller.
pub fn insight(
    conn: &mut Conn,
    credential: &CredentialId,
    today: i32,
    days: u16,
) -> Result<Insight, StoreError> {
    let first = today.saturating_sub(i32::from(days)).saturating_add(1);
    let rows: Vec<(i32, String, i64)> = usage_daily::table
        .filter(usage_daily::credential_id.eq(credential.as_str()))
        .filter(usage_daily::day.between(first, today))
        .select((usage_daily::day, usage_daily::caller_id, usage_daily::uses))
        .load(conn)?;
    let mut by_day: BTreeMap<i32, i64> = (first..=today).map(|day| (day, 0)).collect();
    let mut by_caller: BTreeMap<String, (i64, i32)> = BTreeMap::new();
    for (day, caller, uses) in rows {
        *by_day.entry(day).or_default() += uses;
        let caller = by_caller.entry(caller).or_insert((0, day));
        *caller = (caller.0 + uses, caller.1.max(day));
    }
    let mut callers: Vec<ByCaller> = by_caller
        .into_iter()
        .map(|(caller_id, (uses, last_day))| ByCaller { caller_id, uses, last_day })
        .collect();
    callers.sort_by(|a, b| b.uses.cmp(&a.uses).then_with(|| a.caller_id.cmp(&b.caller_id)));
    Ok(Insight { days: by_day.into_iter().collect(), callers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixture::{Fixture, databases, now};

    fn used(fixture: &Fixture, credential: usize, caller: &str, day: i32) -> Use {
        Use { credential: fixture.credentials[credential].clone(), caller_id: caller.to_owned(), day }
    }

    fn count(fixture: &Fixture, chain: &str, uses: &[Use]) {
        fixture.db.write_here(|conn| record(conn, chain, uses)).unwrap();
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (at, expected) in [(0, 0), (86_399, 0), (86_400, 1), (-1, -1), (1_800_000_000, 20_833)] {
            assert_eq!(day(Timestamp::from_second(at).unwrap()), expected, "{at}");
        }
        assert_eq!(day(now()), 20_833);
    }

    #[test]
    fn uses_add_up_over_batches_and_nodes() {
        for fixture in databases() {
            let many: Vec<Use> = (0..40).map(|caller| used(&fixture, 1, &format!("c{caller}"), 10)).collect();
            count(&fixture, "one", &[used(&fixture, 0, "a", 10), used(&fixture, 0, "a", 10)]);
            count(&fixture, "one", &[used(&fixture, 0, "a", 10), used(&fixture, 0, "b", 9)]);
            count(&fixture, "two", &[used(&fixture, 0, "a", 10)]);
            count(&fixture, "one", &many);
            count(&fixture, "one", &many);
            let totals = fixture.db.read_here(|conn| recent(conn, &fixture.credentials, 10)).unwrap();
            assert_eq!(totals.get(&fixture.credentials[0]), Some(&4));
            assert_eq!(totals.get(&fixture.credentials[1]), Some(&80));
            assert_eq!(totals.len(), 2, "a credential without a use is not listed");
        }
    }

    #[test]
    fn the_insight_has_every_day_and_the_busiest_caller_first() {
        for fixture in databases() {
            let uses = [("a", 8), ("a", 10), ("b", 10), ("b", 10), ("b", 9), ("c", 7), ("c", 11)];
            for (caller, day) in uses {
                count(&fixture, "one", &[used(&fixture, 0, caller, day)]);
            }
            count(&fixture, "one", &[used(&fixture, 1, "other", 10)]);
            let found = fixture.db.read_here(|conn| insight(conn, &fixture.credentials[0], 10, 3)).unwrap();
            assert_eq!(found.days, [(8, 1), (9, 1), (10, 3)]);
            let caller = |caller_id: &str, uses, last_day| ByCaller {
                caller_id: caller_id.to_owned(),
                uses,
                last_day,
            };
            assert_eq!(found.callers, [caller("b", 3, 10), caller("a", 2, 10)]);
        }
    }
}
