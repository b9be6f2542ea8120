//! Which version a run began with: a run that names itself keeps it until 24 hours have passed, so that what it signs
//! with at its end is what it signed with at its beginning, whoever rotates in between.
//!
//! The audit writer notes a pin in the transaction that records the answer. Pins of older versions come into being
//! only by a rotation, which moves the policy epoch; whoever has read at an epoch that there is none need not ask again
//! while that epoch holds.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, exists, select};
use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::CredentialId;
use crate::schema::run_pins as p;

/// So long a run keeps the version that it began with.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The version that a run began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Of which credential.
    pub credential: CredentialId,
    /// Who the run proved to be: two callers may call their runs alike.
    pub caller_id: String,
    /// What the caller calls the run.
    pub run: String,
    /// Which version.
    pub version: i32,
}

/// What began before then keeps nothing any more.
fn oldest(now: Timestamp) -> i64 {
    now.saturating_sub(KEPT).unwrap_or(now).as_millisecond()
}

/// Notes pins within the caller's transaction; a run that has one already keeps it.
pub fn pin<'a>(
    conn: &mut Conn,
    pins: impl IntoIterator<Item = &'a Pin>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Sorted, so that rows are locked in the same order by everybody.
    let mut sorted: BTreeMap<(&str, &str, &str), i32> = BTreeMap::new();
    for one in pins {
        sorted.entry((one.credential.as_str(), &one.caller_id, &one.run)).or_insert(one.version);
    }
    for ((credential, caller_id, run), version) in sorted {
        let row = (
            p::credential_id.eq(credential),
            p::caller_id.eq(caller_id),
            p::run.eq(run),
            p::version.eq(version),
            p::since.eq(now.as_millisecond()),
        );
        each!(conn, c => diesel::insert_into(p::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// Whether some run still keeps another version than `current`.
pub fn any_behind(
    conn: &mut Conn,
    credential: &CredentialId,
    current: i32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let behind = p::table
        .filter(p::credential_id.eq(credential.as_str()).and(p::version.ne(current)))
        .filter(p::since.gt(oldest(now)));
    Ok(select(exists(behind)).get_result(conn)?)
}

/// The version that a run keeps, if it keeps one.
pub fn pinned(
    conn: &mut Conn,
    credential: &CredentialId,
    (caller_id, run): (&str, &str),
    now: Timestamp,
) -> Result<Option<i32>, StoreError> {
    Ok(p::table
        .find((credential.as_str(), caller_id, run))
        .filter(p::since.gt(oldest(now)))
        .select(p::version)
        .first(conn)
        .optional()?)
}

/// How many runs still keep which version other than `current`, the newest version first.
pub fn behind(
    conn: &mut Conn,
    credential: &CredentialId,
    current: i32,
    now: Timestamp,
) -> Result<Vec<(i32, i64)>, StoreError> {
    let mut versions: Vec<(i32, i64)> = p::table
        .filter(p::credential_id.eq(credential.as_str()).and(p::version.ne(current)))
        .filter(p::since.gt(oldest(now)))
        .group_by(p::version)
        .select((p::version, count_star()))
        .load(conn)?;
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    Ok(versions)
}

/// Takes every run's pin away: each goes on with the current version. For a rotation that cannot wait.
pub fn unpin(conn: &mut Conn, credential: &CredentialId) -> Result<usize, StoreError> {
    Ok(diesel::delete(p::table.filter(p::credential_id.eq(credential.as_str()))).execute(conn)?)
}

/// Removes the pins of runs whose time is over.
pub fn purge_pins(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(p::table.filter(p::since.le(oldest(now)))).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::fixture::{databases, now};

    #[test]
    fn a_run_keeps_the_version_that_it_began_with_for_a_day() {
        for fixture in databases() {
            let credential = &fixture.credentials[0];
            let of = |caller_id: &str, run: &str, version: i32| Pin {
                credential: credential.clone(),
                caller_id: caller_id.to_owned(),
                run: run.to_owned(),
                version,
            };
            let write = |pins: &[Pin], at: Timestamp| {
                fixture.db.write_here(|conn| pin(conn, pins, at)).unwrap();
            };
            let kept = |caller_id: &str, run: &str, at: Timestamp| {
                fixture.db.read_here(|conn| pinned(conn, credential, (caller_id, run), at)).unwrap()
            };
            write(&[of("a", "1", 1), of("a", "1", 1), of("b", "1", 1)], now());
            write(&[of("a", "1", 2), of("a", "2", 2)], now() + Duration::from_secs(60));
            assert_eq!(kept("a", "1", now()), Some(1), "the first one counts");
            assert_eq!(kept("a", "2", now()), Some(2));
            assert_eq!((kept("a", "3", now()), kept("c", "1", now())), (None, None));
            let behind = |current: i32, at: Timestamp| {
                fixture
                    .db
                    .read_here(|conn| {
                        let any = any_behind(conn, credential, current, at)?;
                        let behind = behind(conn, credential, current, at)?;
                        assert_eq!(any, !behind.is_empty());
                        Ok::<_, StoreError>(behind)
                    })
                    .unwrap()
            };
            assert_eq!(behind(2, now()), [(1, 2)]);
            assert_eq!(behind(3, now()), [(2, 1), (1, 2)]);
            let day = now() + Duration::from_secs(24 * 3600);
            assert_eq!((kept("a", "1", day), kept("a", "2", day)), (None, Some(2)));
            assert_eq!(behind(3, day), [(2, 1)]);
            let removed = fixture.db.write_here(|conn| purge_pins(conn, day)).unwrap();
            assert_eq!(removed, 2);
            assert_eq!(fixture.db.write_here(|conn| unpin(conn, credential)).unwrap(), 1);
            assert_eq!(kept("a", "2", now()), None);
        }
    }
}
