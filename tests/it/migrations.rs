//! Every step of the tables, with rows in them when the next one comes, on both databases.
//!
//! `tests/data/migrations/STEP.sql` is loaded right after STEP, and never changes after a release: it is what a
//! customer's database looked like then.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource as _};
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl as _};
use diesel_migrations::MigrationHarness as _;
use voucher::db::{Conn, Db, MIGRATIONS_POSTGRES, MIGRATIONS_SQLITE, MigrateError, SchemaState};
use voucher::each;

use crate::support::database::{Database, Kind};

#[test]
fn every_step_meets_the_rows_of_the_steps_before() {
    for kind in Kind::BOTH {
        let database = Database::empty(kind);
        let mut conn = database.connect();
        for step in steps(kind) {
            run_next(&mut conn, &step);
            load(&mut conn, &step);
        }
        let counts = rows_by_table(&mut conn);
        assert!(counts.len() > 10, "{kind}: found only {counts:?}");
        for (table, rows) in &counts {
            assert!(
                *rows > 0,
                "{kind}: no data of a step fills {table}, so no later step would meet a row of it"
            );
        }
        assert_references_hold(&mut conn, kind);
    }
}

#[test]
fn the_last_step_can_be_undone_and_done_again() {
    for kind in Kind::BOTH {
        let database = Database::empty(kind);
        let mut conn = database.connect();
        let steps = steps(kind);
        for step in &steps {
            run_next(&mut conn, step);
            load(&mut conn, step);
        }
        let before = (columns(&mut conn), indexes(&mut conn));
        undo_last(&mut conn);
        let undone = (columns(&mut conn), indexes(&mut conn));
        assert_ne!(undone, before, "{kind}: undoing {} changed nothing", steps.last().unwrap());
        run_next(&mut conn, steps.last().unwrap());
        let again = (columns(&mut conn), indexes(&mut conn));
        assert_eq!(again, before, "{kind}: doing it again made other tables");
    }
}

#[test]
fn every_step_can_be_undone() {
    for kind in Kind::BOTH {
        let database = Database::fresh(kind);
        let mut conn = database.connect();
        for _ in steps(kind) {
            undo_last(&mut conn);
        }
        assert!(columns(&mut conn).is_empty(), "{kind}: {:?} stayed", columns(&mut conn).keys());
    }
}

#[test]
fn both_databases_get_the_same_tables() {
    let of = |kind| columns(&mut Database::fresh(kind).connect());
    let (sqlite, postgres) = (of(Kind::Sqlite), of(Kind::Postgres));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (table, in_sqlite) in &sqlite {
        assert_eq!(in_sqlite, &postgres[table], "{table}");
    }
}

#[test]
fn a_database_that_is_up_to_date_is_left_alone() {
    for kind in Kind::BOTH {
        let database = Database::fresh(kind);
        let db = Db::open(&database.url(), 1).unwrap();
        assert_eq!(db.schema_state().unwrap(), SchemaState::Current, "{kind}");
        assert_eq!(db.migrate().unwrap(), 0, "{kind}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    for kind in Kind::BOTH {
        let database = Database::fresh(kind);
        each!(&mut database.connect(), c => c.batch_execute(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')"
        ))
        .unwrap();
        let db = Db::open(&database.url(), 1).unwrap();
        assert_eq!(db.schema_state().unwrap(), SchemaState::Newer("99991231000000".to_owned()), "{kind}");
        let before = columns(&mut database.connect());
        assert!(matches!(db.migrate(), Err(MigrateError::Newer(_))), "{kind}");
        assert_eq!(columns(&mut database.connect()), before, "{kind}");
    }
}

#[test]
fn programs_that_start_at_once_take_turns() {
    for kind in Kind::BOTH {
        let database = Database::empty(kind);
        let ran: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| Db::open(&database.url(), 1).unwrap().migrate().unwrap()))
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(ran, steps(kind).len(), "{kind}: steps ran twice or not at all");
    }
}

fn steps(kind: Kind) -> Vec<String> {
    let mut names: Vec<String> = match kind {
        Kind::Sqlite => {
            let steps: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
                MIGRATIONS_SQLITE.migrations().unwrap();
            steps.iter().map(|step| step.name().to_string()).collect()
        }
        Kind::Postgres => {
            let steps: Vec<Box<dyn Migration<diesel::pg::Pg>>> = MIGRATIONS_POSTGRES.migrations().unwrap();
            steps.iter().map(|step| step.name().to_string()).collect()
        }
    };
    names.sort();
    names
}

fn run_next(conn: &mut Conn, step: &str) {
    match conn {
        Conn::Sqlite(c) => c.run_next_migration(MIGRATIONS_SQLITE).map(drop),
        Conn::Postgres(c) => c.run_next_migration(MIGRATIONS_POSTGRES).map(drop),
    }
    .unwrap_or_else(|error| panic!("{step}: {error}"));
}

fn undo_last(conn: &mut Conn) {
    match conn {
        Conn::Sqlite(c) => c.revert_last_migration(MIGRATIONS_SQLITE).map(drop),
        Conn::Postgres(c) => c.revert_last_migration(MIGRATIONS_POSTGRES).map(drop),
    }
    .unwrap();
}

/// The files write bytes as standard SQL and SQLite do, `x'00ff'`; PostgreSQL wants `'\x00ff'`.
fn load(conn: &mut Conn, step: &str) {
    let path = format!("{}/tests/data/migrations/{step}.sql", env!("CARGO_MANIFEST_DIR"));
    let mut sql = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    if matches!(conn, Conn::Postgres(_)) {
        sql = sql.replace(" x'", " '\\x").replace("(x'", "('\\x");
    }
    each!(conn, c => c.batch_execute(&sql)).unwrap_or_else(|error| panic!("{path}: {error}"));
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Integer)]
    required: i32,
}

/// For each of our tables, its columns and whether they must have a value.
fn columns(conn: &mut Conn) -> BTreeMap<String, Vec<(String, bool)>> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name, c.\"notnull\" AS required \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text, column_name::text, \
             CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS required \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let rows: Vec<Column> = each!(conn, c => diesel::sql_query(sql).load(c)).unwrap();
    let mut tables: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for row in rows {
        // SQLite keeps its index of words in tables of its own; PostgreSQL has an index for it.
        if row.table_name.starts_with("credential_grams") {
            continue;
        }
        if row.table_name != "__diesel_schema_migrations" && !row.table_name.starts_with("sqlite_") {
            tables.entry(row.table_name).or_default().push((row.column_name, row.required == 1));
        }
    }
    for columns in tables.values_mut() {
        columns.sort();
    }
    tables
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The indexes that there are.
fn indexes(conn: &mut Conn) -> Vec<String> {
    let sql = match conn {
        Conn::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'index'",
        Conn::Postgres(_) => "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = 'public'",
    };
    let rows: Vec<Index> = each!(conn, c => diesel::sql_query(sql).load(c)).unwrap();
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
    names.sort();
    names
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn rows_by_table(conn: &mut Conn) -> BTreeMap<String, i64> {
    let count = |conn: &mut Conn, table: &str| -> i64 {
        let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
        let counted: Count = each!(conn, c => diesel::sql_query(sql).get_result(c)).unwrap();
        counted.rows
    };
    columns(conn).into_keys().map(|table| (table.clone(), count(conn, &table))).collect()
}

/// PostgreSQL checks references as rows come; SQLite has to be asked.
fn assert_references_hold(conn: &mut Conn, kind: Kind) {
    if let Conn::Sqlite(c) = conn {
        let broken: Count =
            diesel::sql_query("SELECT COUNT(*) AS rows FROM pragma_foreign_key_check").get_result(c).unwrap();
        assert_eq!(broken.rows, 0, "{kind}: rows that refer to nothing");
    }
}
