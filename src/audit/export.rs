//! The records as JSON lines, for another system to keep: every column, so that hashes can be computed again elsewhere.
//!
//! Used by `voucher audit export`. Chain by chain, each in its order.

use std::io::Write;

use jiff::Timestamp;
use serde_json::json;

use super::chain::Row;
use super::outside::hex;
use super::store;
use crate::db::{Conn, StoreError};

/// From when until when; the default is everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

impl Span {
    fn covers(&self, at: i64) -> bool {
        self.from.is_none_or(|from| at >= from.as_millisecond())
            && self.until.is_none_or(|until| at < until.as_millisecond())
    }
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lines cannot be written.
    #[error("the records cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

/// Writes every record of `span` to `out`, one line each, and says how many.
pub fn export(conn: &mut Conn, span: Span, out: &mut dyn Write) -> Result<u64, ExportError> {
    let mut written = 0;
    let mut names = store::chain_names(conn)?;
    names.sort_unstable();
    names.dedup();
    for chain in names {
        let mut after = i64::MIN;
        loop {
            let page = store::page(conn, &chain, after)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for row in page.iter().filter(|row| span.covers(row.at)) {
                writeln!(out, "{}", line(row))?;
                written += 1;
            }
        }
    }
    out.flush()?;
    Ok(written)
}

/// `detail` stays the text that was hashed; JSON read and written again may differ.
pub(super) fn line(row: &Row) -> serde_json::Value {
    json!({
        "chain": row.chain,
        "seq": row.seq,
        "at": row.at,
        "enterprise_id": row.enterprise_id,
        "actor_type": row.actor_type,
        "actor_id": row.actor_id,
        "actor_name": row.actor_name,
        "action": row.action,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "object_name": row.object_name,
        "outcome": row.outcome,
        "reason": row.reason,
        "address": row.address,
        "request_id": row.request_id,
        "detail": row.detail,
        "hash": hex(&row.hash),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::fixture::{databases, node, now};
    use crate::audit::{ChainId, Draft, append};

    #[test]
    fn an_export_has_one_line_for_each_record_of_its_time() {
        for fixture in databases() {
            let second = Duration::from_secs(1);
            let drafts: Vec<Draft> = (0..1_100u32)
                .map(|number| Draft { at: now() + second * number, ..fixture.draft("line\nbreak") })
                .collect();
            fixture.db.write_here(|conn| append(conn, &node(), &drafts)).unwrap();
            let other = ChainId::parse("another").unwrap();
            fixture.db.write_here(|conn| append(conn, &other, &[fixture.draft("x")])).unwrap();

            let lines = |span: Span| {
                let mut out = Vec::new();
                let count = fixture.db.read_here(|conn| export(conn, span, &mut out)).unwrap();
                let lines: Vec<serde_json::Value> = out
                    .trim_ascii()
                    .split(|byte| *byte == b'\n')
                    .map(|line| serde_json::from_slice(line).unwrap())
                    .collect();
                assert_eq!(count, lines.len() as u64);
                lines
            };
            let all = lines(Span::default());
            assert_eq!(all.len(), 1_101);
            assert_eq!((&all[0]["chain"], &all[1]["seq"]), (&json!("another"), &json!(1)));
            assert_eq!(all[1]["hash"].as_str().unwrap().len(), 64);
            let span = Span { from: Some(now() + second * 10), until: Some(now() + second * 12) };
            let some: Vec<_> = lines(span).iter().map(|line| line["seq"].as_i64().unwrap()).collect();
            assert_eq!(some, [11, 12]);
        }
    }
}
