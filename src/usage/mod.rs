//! How often a credential is used, and by whom.
//!
//! A [`Use`] is one delivery, or one that was refused. The audit writer rolls them up by credential, caller and UTC day,
//! and by enterprise and day, in the transaction that records the answers, so the counts are complete; pages read them. Knows nothing of why a use
//! was allowed.

mod pins;
mod trials;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};
use diesel::upsert::excluded;
use jiff::Timestamp;

use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::{CredentialId, EnterpriseId};
use crate::schema::{enterprise_usage_daily as of_enterprise, usage_daily};

pub use pins::{Pin, any_behind, behind, pin, pinned, purge_pins, unpin};
pub use trials::{Tried, WouldRefuse, forget_trial, record_trials, tried};

/// One delivery of a credential to a caller, or that it asked and was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Whose it is.
    pub enterprise: EnterpriseId,
    /// What was asked for.
    pub credential: CredentialId,
    /// By whom: the id of an access key, or of a rule of a trusted issuer.
    pub caller_id: String,
    /// On which UTC day, as [`day`] counts.
    pub day: i32,
}

/// What happened to a credential on one UTC day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which, as [`day`] counts.
    pub day: i32,
    /// How often it was delivered.
    pub delivered: i64,
    /// How often it was refused.
    pub refused: i64,
}

/// What a caller did with a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByCaller {
    /// Which credential.
    pub credential: CredentialId,
    /// The id of the access key, or of the rule.
    pub caller_id: String,
    /// How often it got it, in all the time asked for.
    pub uses: i64,
    /// How often in the nearer part of it.
    pub recent_uses: i64,
    /// How often it was refused.
    pub refused: i64,
    /// The last day on which it got it, if there is one.
    pub last_day: Option<i32>,
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
    refused: i64,
}

/// Rows of one statement, which then stays prepared.
const CHUNK: usize = 16;

/// Counts what was delivered and what was refused within the caller's transaction. Each node, known by the name of its
/// audit chain, has rows of its own: two nodes that count the same credential never wait for each other.
pub fn record<'a>(
    conn: &mut Conn,
    chain: &str,
    delivered: impl IntoIterator<Item = &'a Use>,
    refused: impl IntoIterator<Item = &'a Use>,
) -> Result<(), StoreError> {
    // Sorted, so that rows are locked in the same order by everybody.
    let mut counts: BTreeMap<(&str, i32, &str), (i64, i64)> = BTreeMap::new();
    let mut together: BTreeMap<(&str, i32), (i64, i64)> = BTreeMap::new();
    for one in delivered {
        counts.entry((one.credential.as_str(), one.day, one.caller_id.as_str())).or_default().0 += 1;
        together.entry((one.enterprise.as_str(), one.day)).or_default().0 += 1;
    }
    for one in refused {
        counts.entry((one.credential.as_str(), one.day, one.caller_id.as_str())).or_default().1 += 1;
        together.entry((one.enterprise.as_str(), one.day)).or_default().1 += 1;
    }
    let rows: Vec<Row> = counts
        .into_iter()
        .map(|((credential_id, day, caller_id), (uses, refused))| Row {
            credential_id: credential_id.to_owned(),
            day,
            caller_id: caller_id.to_owned(),
            chain: chain.to_owned(),
            uses,
            refused,
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
                .set((
                    usage_daily::uses.eq(usage_daily::uses + excluded(usage_daily::uses)),
                    usage_daily::refused.eq(usage_daily::refused + excluded(usage_daily::refused)),
                ))
                .execute(c)?;
        }
        rest = few;
    }
    for row in rest {
        each!(conn, c => diesel::insert_into(usage_daily::table)
            .values(row)
            .on_conflict(KEY)
            .do_update()
            .set((
                usage_daily::uses.eq(usage_daily::uses + excluded(usage_daily::uses)),
                usage_daily::refused.eq(usage_daily::refused + excluded(usage_daily::refused)),
            ))
            .execute(c))?;
    }
    for ((enterprise, day), (uses, refused)) in together {
        let row = (
            of_enterprise::enterprise_id.eq(enterprise),
            of_enterprise::day.eq(day),
            of_enterprise::chain.eq(chain),
            of_enterprise::uses.eq(uses),
            of_enterprise::refused.eq(refused),
        );
        each!(conn, c => diesel::insert_into(of_enterprise::table)
            .values(row)
            .on_conflict((of_enterprise::enterprise_id, of_enterprise::day, of_enterprise::chain))
            .do_update()
            .set((
                of_enterprise::uses.eq(of_enterprise::uses + excluded(of_enterprise::uses)),
                of_enterprise::refused.eq(of_enterprise::refused + excluded(of_enterprise::refused)),
            ))
            .execute(c))?;
    }
    Ok(())
}

const USES: &str = "CAST(SUM(usage_daily.uses) AS BIGINT)";
const REFUSED: &str = "CAST(SUM(usage_daily.refused) AS BIGINT)";

/// As many counts, each of a credential, a day, a caller and a node, are added up while somebody waits.
const ADDED: i64 = 200_000;

/// As many credentials as one statement is asked about.
const CREDENTIALS: usize = 500;

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
        .filter(usage_daily::uses.gt(0))
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

/// What happened to a credential on each of the `days` days that end with `today`, the oldest first; a day without
/// anything is there with nothing.
pub fn daily(
    conn: &mut Conn,
    credential: &CredentialId,
    today: i32,
    days: u16,
) -> Result<Vec<Day>, StoreError> {
    let stretch = stretch(today, days);
    let rows: Vec<OfDay> = usage_daily::table
        .filter(usage_daily::credential_id.eq(credential.as_str()))
        .filter(usage_daily::day.between(*stretch.start(), *stretch.end()))
        .group_by(usage_daily::day)
        .select((usage_daily::day, sql::<BigInt>(USES), sql::<BigInt>(REFUSED)))
        .load(conn)?;
    Ok(filled(stretch, rows))
}

/// The same for some credentials together. `None`: too much would have to be added up while somebody waits for it.
pub fn daily_of(
    conn: &mut Conn,
    credentials: &[String],
    (today, days): (i32, u16),
) -> Result<Option<Vec<Day>>, StoreError> {
    let stretch = stretch(today, days);
    let counts = || {
        let between = usage_daily::day.between(*stretch.start(), *stretch.end());
        usage_daily::table.filter(usage_daily::credential_id.eq_any(credentials)).filter(between)
    };
    let beyond: Option<i32> = counts().select(usage_daily::day).offset(ADDED).first(conn).optional()?;
    if beyond.is_some() {
        return Ok(None);
    }
    let rows: Vec<OfDay> = counts()
        .group_by(usage_daily::day)
        .select((usage_daily::day, sql::<BigInt>(USES), sql::<BigInt>(REFUSED)))
        .load(conn)?;
    Ok(Some(filled(stretch, rows)))
}

/// The same for an enterprise, with what is deleted by now.
pub fn daily_of_enterprise(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (today, days): (i32, u16),
) -> Result<Vec<Day>, StoreError> {
    let stretch = stretch(today, days);
    let sum = |column: &str| sql::<BigInt>(&format!("CAST(SUM(enterprise_usage_daily.{column}) AS BIGINT)"));
    let rows: Vec<OfDay> = of_enterprise::table
        .filter(of_enterprise::enterprise_id.eq(enterprise.as_str()))
        .filter(of_enterprise::day.between(*stretch.start(), *stretch.end()))
        .group_by(of_enterprise::day)
        .select((of_enterprise::day, sum("uses"), sum("refused")))
        .load(conn)?;
    Ok(filled(stretch, rows))
}

/// A day, what was delivered on it, what was refused.
type OfDay = (i32, i64, i64);

fn stretch(today: i32, days: u16) -> RangeInclusive<i32> {
    today.saturating_sub(i32::from(days)).saturating_add(1)..=today
}

fn filled(stretch: RangeInclusive<i32>, rows: Vec<OfDay>) -> Vec<Day> {
    let by_day: HashMap<i32, (i64, i64)> =
        rows.into_iter().map(|(day, delivered, refused)| (day, (delivered, refused))).collect();
    stretch
        .map(|day| {
            let (delivered, refused) = by_day.get(&day).copied().unwrap_or_default();
            Day { day, delivered, refused }
        })
        .collect()
}

/// Who asked for one of these credentials since the day `since`, by credential and caller; `recent` is the day on which
/// the nearer part of that time begins.
pub fn by_caller(
    conn: &mut Conn,
    credentials: &[CredentialId],
    (since, recent): (i32, i32),
) -> Result<Vec<ByCaller>, StoreError> {
    type Sums = (String, String, i64, i64, i64, Option<i32>);
    let recent = format!(
        "CAST(SUM(CASE WHEN usage_daily.day >= {recent} THEN usage_daily.uses ELSE 0 END) AS BIGINT)"
    );
    let last = "MAX(CASE WHEN usage_daily.uses > 0 THEN usage_daily.day END)";
    let mut found = Vec::new();
    for some in credentials.chunks(CREDENTIALS) {
        let rows: Vec<Sums> = usage_daily::table
            .filter(usage_daily::credential_id.eq_any(some.iter().map(CredentialId::as_str)))
            .filter(usage_daily::day.ge(since))
            .group_by((usage_daily::credential_id, usage_daily::caller_id))
            .select((
                usage_daily::credential_id,
                usage_daily::caller_id,
                sql::<BigInt>(USES),
                sql::<BigInt>(&recent),
                sql::<BigInt>(REFUSED),
                sql::<Nullable<Integer>>(last),
            ))
            .load(conn)?;
        for (credential, caller_id, uses, recent_uses, refused, last_day) in rows {
            let credential = CredentialId::parse(&credential)
                .ok_or_else(|| StoreError::Corrupt("credential of a use".to_owned()))?;
            found.push(ByCaller { credential, caller_id, uses, recent_uses, refused, last_day });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixture::{Fixture, databases, now};

    fn used(fixture: &Fixture, credential: usize, caller: &str, day: i32) -> Use {
        let (enterprise, credential) = (fixture.enterprise.clone(), fixture.credentials[credential].clone());
        Use { enterprise, credential, caller_id: caller.to_owned(), day }
    }

    fn count(fixture: &Fixture, chain: &str, uses: &[Use]) {
        fixture.db.write_here(|conn| record(conn, chain, uses, &[])).unwrap();
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
    fn what_an_enterprise_used_is_counted_together_and_apart_from_another() {
        for fixture in databases() {
            let elsewhere = EnterpriseId::parse("00000000-0000-7000-8000-00000000ffff").unwrap();
            count(&fixture, "one", &[used(&fixture, 0, "a", 10), used(&fixture, 1, "b", 10)]);
            count(&fixture, "two", &[used(&fixture, 1, "a", 10), used(&fixture, 0, "a", 8)]);
            refuse(&fixture, &[used(&fixture, 0, "a", 10)]);
            let days = |of: &EnterpriseId| {
                let found = fixture.db.read_here(|conn| daily_of_enterprise(conn, of, (10, 2))).unwrap();
                found.iter().map(|day| (day.day, day.delivered, day.refused)).collect::<Vec<_>>()
            };
            assert_eq!(days(&fixture.enterprise), [(9, 0, 0), (10, 3, 1)]);
            assert_eq!(days(&elsewhere), [(9, 0, 0), (10, 0, 0)]);
            // The same as is counted for each.
            let ids: Vec<String> = fixture.credentials.iter().map(ToString::to_string).collect();
            let each = fixture.db.read_here(|conn| daily_of(conn, &ids, (10, 2))).unwrap().unwrap();
            assert_eq!(each.iter().map(|day| day.delivered).collect::<Vec<_>>(), [0, 3]);
        }
    }

    fn refuse(fixture: &Fixture, uses: &[Use]) {
        fixture.db.write_here(|conn| record(conn, "one", &[], uses)).unwrap();
    }

    #[test]
    fn every_day_is_there_with_what_was_delivered_and_refused_on_it() {
        for fixture in databases() {
            for (caller, day) in [("a", 8), ("a", 10), ("b", 10), ("c", 7), ("c", 11)] {
                count(&fixture, "one", &[used(&fixture, 0, caller, day)]);
                count(&fixture, "two", &[used(&fixture, 0, caller, day)]);
            }
            count(&fixture, "one", &[used(&fixture, 1, "other", 10)]);
            refuse(&fixture, &[used(&fixture, 0, "a", 10), used(&fixture, 0, "d", 9)]);
            refuse(&fixture, &[used(&fixture, 0, "d", 9)]);
            let found = fixture.db.read_here(|conn| daily(conn, &fixture.credentials[0], 10, 4)).unwrap();
            let days: Vec<_> = found.iter().map(|day| (day.day, day.delivered, day.refused)).collect();
            assert_eq!(days, [(7, 2, 0), (8, 2, 0), (9, 0, 2), (10, 4, 1)]);
        }
    }

    #[test]
    fn each_caller_has_its_own_counts_and_a_refusal_is_no_use() {
        for fixture in databases() {
            for (caller, day) in [("a", 8), ("a", 10), ("b", 9), ("b", 3)] {
                count(&fixture, "one", &[used(&fixture, 0, caller, day), used(&fixture, 1, "other", day)]);
            }
            refuse(&fixture, &[used(&fixture, 0, "a", 11), used(&fixture, 0, "d", 9)]);
            let mut found =
                fixture.db.read_here(|conn| by_caller(conn, &fixture.credentials[..1], (8, 10))).unwrap();
            found.sort_by(|one, other| one.caller_id.cmp(&other.caller_id));
            let caller = |caller_id: &str, uses, recent_uses, refused, last_day| ByCaller {
                credential: fixture.credentials[0].clone(),
                caller_id: caller_id.to_owned(),
                uses,
                recent_uses,
                refused,
                last_day,
            };
            let expected =
                [caller("a", 2, 1, 1, Some(10)), caller("b", 1, 0, 0, Some(9)), caller("d", 0, 0, 1, None)];
            assert_eq!(found, expected);
            let totals = fixture.db.read_here(|conn| recent(conn, &fixture.credentials, 11)).unwrap();
            assert!(totals.is_empty(), "who was only refused did not use it");
        }
    }
}
