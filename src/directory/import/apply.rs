//! Applying an import: all of it in one transaction, or nothing.

use super::entry;
use super::plan::{self, Plan};
use super::runner::Progress;
use super::store;
use super::table;
use crate::audit::{self, Object, Outcome};
use crate::db::Conn;
use crate::directory::{self, DirectoryError, begin};
use crate::ids::ImportId;
use crate::permission::{Acting, may_rule_directory};

/// Records that are appended at a time, so that progress shows.
const RECORDS: usize = 500;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// Everything that was shown has happened.
    Done,
    /// Something else would happen by now; that is shown, and nothing has.
    Moved,
    /// It is not being applied by this member, or was already.
    Already,
}

/// What an import does, decided while others still read and write, and the policy epoch that it was decided in.
pub(super) struct Prepared {
    epoch: i64,
    plan: Plan,
}

/// Decides an import that was taken before; nothing when it is not being applied. It takes a while for a large one, and
/// pipelines wait for whoever has raised the epoch.
pub(super) fn prepare(
    conn: &mut Conn,
    acting: &Acting,
    id: &ImportId,
) -> Result<Option<Prepared>, DirectoryError> {
    let viewer = &acting.viewer;
    // First of all: a change behind it raises the epoch, and is noticed.
    let epoch = directory::policy_epoch(conn, &viewer.enterprise)?;
    let Some((content, _)) = store::taken(conn, (&viewer.enterprise, &viewer.member), id)? else {
        return Ok(None);
    };
    Ok(Some(Prepared { epoch, plan: decide(conn, acting, id, &content)? }))
}

fn decide(conn: &mut Conn, acting: &Acting, id: &ImportId, content: &str) -> Result<Plan, DirectoryError> {
    // It was read before, when it was uploaded.
    let file = table::read(content.as_bytes()).map_err(|_| DirectoryError::NotFound)?;
    Ok(plan::decide(conn, (acting, id), &entry::read(&file))?)
}

/// Applies an import that was taken before, as it was prepared unless the directory changed meanwhile.
pub(super) fn apply(
    conn: &mut Conn,
    acting: &Acting,
    (id, prepared): (&ImportId, Option<Prepared>),
    progress: &Progress,
) -> Result<Applied, DirectoryError> {
    let acting = begin(conn, acting)?;
    let viewer = &acting.viewer;
    if !may_rule_directory(viewer) {
        return Err(DirectoryError::NotAllowed);
    }
    // Under the lock of the epoch: of two that apply the same import, the second finds it applied.
    let Some((content, shown)) = store::taken(conn, (&viewer.enterprise, &viewer.member), id)? else {
        return Ok(Applied::Already);
    };
    // One higher, because this change raised it.
    let epoch = directory::policy_epoch(conn, &viewer.enterprise)?;
    let plan = match prepared.filter(|prepared| prepared.epoch.checked_add(1) == Some(epoch)) {
        Some(prepared) => prepared.plan,
        None => decide(conn, &acting, id, &content)?,
    };
    if plan.digest().as_slice() != shown.as_slice() || plan.tally().wrong > 0 {
        store::show_again(conn, id, &plan)?;
        return Ok(Applied::Moved);
    }
    progress.expect(plan.acts.rows() + plan.acts.records.len());
    store::write(conn, (&viewer.enterprise, acting.now), &plan.acts, progress)?;
    store::set_applied(conn, id, acting.now)?;
    record(conn, &acting, id, plan, progress)?;
    Ok(Applied::Done)
}

/// One record for each change, and one that says how many there were.
fn record(
    conn: &mut Conn,
    acting: &Acting,
    id: &ImportId,
    plan: Plan,
    progress: &Progress,
) -> Result<(), DirectoryError> {
    let tally = plan.tally();
    for some in plan.acts.records.chunks(RECORDS) {
        audit::append(conn, &acting.chain, some)?;
        progress.advance(some.len());
    }
    let object = Object { object_type: "import", id: id.to_string(), name: String::new() };
    let mut draft = acting.draft("directory.import", Some(object), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "added": tally.added,
        "changed": tally.changed,
        "unchanged": tally.unchanged,
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}
