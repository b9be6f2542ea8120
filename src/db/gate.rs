//! A fair queue in front of a row that many share and some must change.
//!
//! PostgreSQL lets those who share a row lock in as long as somebody holds it shared: with several nodes committing
//! without pause, whoever wants to change the row waits for ever. Its advisory locks do queue, so both sides pass one
//! first. It only decides who goes next: whoever forgets it is not fair, but still correct, because the row lock
//! follows. SQLite has one write lock (`db::turn`) and needs none of this.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Conn, StoreError};

/// Waits with those who will share the row called `name`; ends with the transaction.
pub fn enter_shared(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    pass(conn, "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 5137062108))", name)
}

/// Waits to change the row called `name`: those who come later to share it wait behind. Ends with the transaction.
pub fn enter_alone(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    pass(conn, "SELECT pg_advisory_xact_lock(hashtextextended($1, 5137062108))", name)
}

fn pass(conn: &mut Conn, statement: &str, name: &str) -> Result<(), StoreError> {
    if let Conn::Postgres(c) = conn {
        diesel::sql_query(statement).bind::<Text, _>(name).execute(c)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::audit::fixture::databases;

    #[test]
    fn who_comes_later_to_share_waits_behind_who_wants_to_change() {
        for fixture in databases().into_iter().filter(|fixture| fixture.is_postgres()) {
            let waiting = |count: i64| {
                let sql = "SELECT count(*) AS number FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                           WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()";
                let deadline = Instant::now() + Duration::from_secs(3);
                while fixture.number(sql) < count {
                    assert!(Instant::now() < deadline, "nobody waits");
                }
            };
            let (passed, order) = channel();
            std::thread::scope(|threads| {
                let (entered, has_entered) = channel();
                let (leave, may_leave) = channel::<()>();
                let db = &fixture.db;
                threads.spawn(move || {
                    db.write_here(|conn| {
                        enter_shared(conn, "row")?;
                        entered.send(()).unwrap();
                        may_leave.recv().unwrap();
                        Ok::<_, StoreError>(())
                    })
                });
                has_entered.recv().unwrap();
                let changer = passed.clone();
                threads.spawn(move || {
                    db.write_here(|conn| {
                        enter_alone(conn, "row")?;
                        changer.send("changer").unwrap();
                        Ok::<_, StoreError>(())
                    })
                });
                waiting(1);
                threads.spawn(move || {
                    db.write_here(|conn| {
                        enter_shared(conn, "row")?;
                        passed.send("sharer").unwrap();
                        Ok::<_, StoreError>(())
                    })
                });
                waiting(2);
                leave.send(()).unwrap();
            });
            assert_eq!(order.try_iter().collect::<Vec<_>>(), ["changer", "sharer"]);
        }
    }
}
