//! Imports, and what each line of them would do.

mod everything;
mod present;
mod write;

use diesel::prelude::*;
use jiff::Timestamp;

use super::plan::Plan;
use super::{About, Import, Outcome, Owner, Stage, Tally, Trouble, Verdict};
use crate::clock;
use crate::db::{Conn, MultiBackend, StoreError};
use crate::each;
use crate::ids::ImportId;
use crate::permission::Viewer;
use crate::schema::{import_lines as l, imports as i};

pub(super) use everything::{Everything, everything};
pub(super) use present::{Present, present};
pub(super) use write::write;

/// Lines of one statement.
const CHUNK: usize = 500;

/// Keeps an import and what it would do.
pub(super) fn insert(
    conn: &mut Conn,
    (id, viewer, now): (&ImportId, &Viewer, Timestamp),
    content: &str,
    plan: &Plan,
) -> Result<(), StoreError> {
    let tally = plan.tally();
    diesel::insert_into(i::table)
        .values((
            i::id.eq(id.as_str()),
            i::enterprise_id.eq(viewer.enterprise.as_str()),
            i::member_id.eq(viewer.member.as_str()),
            i::state.eq("shown"),
            i::content.eq(content),
            i::digest.eq(plan.digest().as_slice()),
            i::added.eq(tally.added),
            i::changed.eq(tally.changed),
            i::unchanged.eq(tally.unchanged),
            i::wrong.eq(tally.wrong),
            i::created_at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    insert_lines(conn, id, &plan.verdicts)
}

fn insert_lines(conn: &mut Conn, id: &ImportId, verdicts: &[Verdict]) -> Result<(), StoreError> {
    for some in verdicts.chunks(CHUNK) {
        let rows: Vec<_> = some
            .iter()
            .map(|verdict| {
                (
                    l::import_id.eq(id.as_str()),
                    l::line.eq(verdict.line),
                    l::outcome.eq(verdict.outcome.as_str()),
                    l::verdict.eq(about_text(&verdict.about)),
                )
            })
            .collect();
        each!(conn, c => diesel::insert_into(l::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// As stored; also what is hashed.
pub(super) fn about_text(about: &About) -> String {
    // Texts and lists of texts can always be written.
    serde_json::to_string(about).unwrap_or_default()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = i)]
struct Row {
    id: String,
    state: String,
    trouble: Option<String>,
    digest: Vec<u8>,
    added: i64,
    changed: i64,
    unchanged: i64,
    wrong: i64,
    taken_until: Option<i64>,
    applied_at: Option<i64>,
}

impl Row {
    fn read(self, now: Timestamp) -> Result<Import, StoreError> {
        let bad = || StoreError::Corrupt(format!("state of import {}", self.id));
        let stage = match (self.state.as_str(), self.trouble.as_deref()) {
            ("applied", _) => Stage::Applied(self.applied_at.map(clock::from_millis).ok_or_else(bad)?),
            ("applying", _) if self.taken_until.is_some_and(|until| until > now.as_millisecond()) => {
                Stage::Applying
            }
            ("applying", _) => Stage::Shown(Some(Trouble::Interrupted)),
            ("shown", None) => Stage::Shown(None),
            ("shown", Some("moved")) => Stage::Shown(Some(Trouble::Moved)),
            ("shown", Some("failed")) => Stage::Shown(Some(Trouble::Failed)),
            _ => return Err(bad()),
        };
        Ok(Import {
            id: ImportId::parse(&self.id).ok_or_else(bad)?,
            stage,
            tally: Tally {
                added: self.added,
                changed: self.changed,
                unchanged: self.unchanged,
                wrong: self.wrong,
            },
            digest: self.digest,
        })
    }
}

macro_rules! owned {
    ($enterprise:expr, $member:expr, $id:expr) => {
        i::id
            .eq($id.as_str())
            .and(i::enterprise_id.eq($enterprise.as_str()))
            .and(i::member_id.eq($member.as_str()))
    };
}

/// The import with this id, when it is this member's.
pub(super) fn find(
    conn: &mut Conn,
    (enterprise, member): Owner<'_>,
    id: &ImportId,
    now: Timestamp,
) -> Result<Option<Import>, StoreError> {
    let row: Option<Row> =
        i::table.filter(owned!(enterprise, member, id)).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| row.read(now)).transpose()
}

/// A stretch of the lines behind `after`.
pub(super) fn lines(
    conn: &mut Conn,
    id: &ImportId,
    outcome: Option<Outcome>,
    (after, most): (i64, i64),
) -> Result<(Vec<Verdict>, bool), StoreError> {
    let mut query = l::table
        .filter(l::import_id.eq(id.to_string()).and(l::line.gt(after)))
        .select((l::line, l::outcome, l::verdict))
        .into_boxed::<MultiBackend>();
    if let Some(outcome) = outcome {
        query = query.filter(l::outcome.eq(outcome.as_str()));
    }
    let mut rows: Vec<(i64, String, String)> =
        query.order(l::line.asc()).limit(most.saturating_add(1)).load(conn)?;
    let size = usize::try_from(most).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let read = |(line, outcome, about): (i64, String, String)| {
        let bad = || StoreError::Corrupt(format!("line {line} of import {id}"));
        Ok(Verdict {
            line,
            outcome: Outcome::parse(&outcome).ok_or_else(bad)?,
            about: serde_json::from_str(&about).map_err(|_| bad())?,
        })
    };
    Ok((rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, more))
}

/// Takes an import until `until`, when nobody else has it at `now`, it is what `digest` says and no line is wrong.
pub(super) fn take(
    conn: &mut Conn,
    (enterprise, member): Owner<'_>,
    (id, digest): (&ImportId, &[u8]),
    (now, until): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let free = i::state.eq("shown").or(i::state
        .eq("applying")
        .and(i::taken_until.is_not_null())
        .and(i::taken_until.assume_not_null().le(now.as_millisecond())));
    let taken = diesel::update(
        i::table
            .filter(owned!(enterprise, member, id))
            .filter(i::digest.eq(digest).and(i::wrong.eq(0)))
            .filter(free),
    )
    .set((
        i::state.eq("applying"),
        i::trouble.eq(None::<String>),
        i::taken_until.eq(Some(until.as_millisecond())),
    ))
    .execute(conn)?;
    Ok(taken == 1)
}

/// What was uploaded, while it is being applied by this member, and what was shown of it.
pub(super) fn taken(
    conn: &mut Conn,
    (enterprise, member): Owner<'_>,
    id: &ImportId,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let row = i::table
        .filter(owned!(enterprise, member, id).and(i::state.eq("applying")))
        .select((i::content, i::digest));
    Ok(row.first(conn).optional()?)
}

/// Shows an import again: what it would do now, instead of what was shown before.
pub(super) fn show_again(conn: &mut Conn, id: &ImportId, plan: &Plan) -> Result<(), StoreError> {
    let tally = plan.tally();
    diesel::delete(l::table.filter(l::import_id.eq(id.as_str()))).execute(conn)?;
    insert_lines(conn, id, &plan.verdicts)?;
    diesel::update(i::table.filter(i::id.eq(id.as_str())))
        .set((
            i::state.eq("shown"),
            i::trouble.eq(Some("moved")),
            i::taken_until.eq(None::<i64>),
            i::digest.eq(plan.digest().as_slice()),
            i::added.eq(tally.added),
            i::changed.eq(tally.changed),
            i::unchanged.eq(tally.unchanged),
            i::wrong.eq(tally.wrong),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that an import was applied; what was uploaded is not needed any more.
pub(super) fn set_applied(conn: &mut Conn, id: &ImportId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(i::table.filter(i::id.eq(id.as_str())))
        .set((
            i::state.eq("applied"),
            i::content.eq(""),
            i::taken_until.eq(None::<i64>),
            i::applied_at.eq(Some(now.as_millisecond())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that applying failed, unless it was done or somebody else has begun anew.
pub(super) fn set_failed(conn: &mut Conn, id: &ImportId) -> Result<(), StoreError> {
    diesel::update(i::table.filter(i::id.eq(id.as_str()).and(i::state.eq("applying"))))
        .set((i::state.eq("shown"), i::trouble.eq(Some("failed")), i::taken_until.eq(None::<i64>)))
        .execute(conn)?;
    Ok(())
}

/// Removes imports from before `before`.
pub(super) fn purge(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(i::table.filter(i::created_at.lt(before.as_millisecond()))).execute(conn)?;
    Ok(())
}
