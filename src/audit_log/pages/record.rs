//! `GET /audit/{id}`: one record with everything that it says, and where it stands in its chain.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Line, line};
use crate::audit::{self, ChainId, Entry, Filter, Objects};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::web::dates::Moment;
use crate::web::lists::grouped;
use crate::web::{Answer, Console, Problem, Shell};

#[derive(Template)]
#[template(path = "audit/record.html")]
struct RecordPage<'a> {
    shell: &'a Shell,
    line: Line,
    action: String,
    /// The code of the reason, as programs know it.
    code: Option<String>,
    actor_id: Option<String>,
    object_id: Option<String>,
    /// Where the credential is, when it is about one.
    credential: Option<String>,
    address: Option<String>,
    request: Option<String>,
    /// The detail, a fact in each line.
    facts: Vec<(String, String)>,
    chain: String,
    seq: String,
    hash: String,
    /// The number that is signed for and when, once a signature covers it.
    signed: Option<(String, Moment)>,
}

pub(crate) async fn record(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (chain, seq) = place(&path).ok_or_else(Problem::not_found)?;
    let asker = viewer.clone();
    let found = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let Some(entry) = seen(conn, &asker, &chain, seq)? else { return Ok(None) };
            let signed = audit::signed_at(conn, &entry.chain, entry.seq)?;
            Ok(Some((entry, signed)))
        })
        .await?;
    let (entry, signed) = found.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = page(&shell, entry, signed);
    shell.answer(StatusCode::OK, &page)
}

/// `chain~number`
fn place(text: &str) -> Option<(ChainId, i64)> {
    let (chain, seq) = text.rsplit_once('~')?;
    Some((ChainId::parse(chain)?, seq.parse().ok()?))
}

/// The record, when `viewer` may read it.
fn seen(conn: &mut Conn, viewer: &Viewer, chain: &ChainId, seq: i64) -> Result<Option<Entry>, StoreError> {
    let Some(entry) = audit::find(conn, &viewer.enterprise, chain, seq)? else { return Ok(None) };
    if viewer.sees_everything() {
        return Ok(Some(entry));
    }
    // What was done to a credential is read by whoever answers for it: the log, asked for that credential, says so.
    let filter = Filter {
        objects: Objects::AnsweredForBy(viewer.member.clone()),
        about: entry.object_id.clone(),
        ..Filter::default()
    };
    let theirs = entry.object_id.is_some()
        && !audit::list(conn, &viewer.enterprise, &filter, (None, 1))?.entries.is_empty();
    Ok(theirs.then_some(entry))
}

fn page(shell: &Shell, entry: Entry, signed: Option<(i64, jiff::Timestamp)>) -> RecordPage<'_> {
    let mut facts = Vec::new();
    flatten("", &entry.detail, &mut facts);
    let is_credential = entry.object_type.as_deref() == Some("credential");
    RecordPage {
        shell,
        action: entry.action.clone(),
        code: entry.reason.clone(),
        actor_id: entry.actor_id.clone(),
        credential: entry
            .object_id
            .as_deref()
            .filter(|_| is_credential)
            .map(|id| format!("/credentials/{id}")),
        object_id: entry.object_id.clone(),
        address: entry.address.clone(),
        request: entry.request_id.clone(),
        facts,
        chain: entry.chain.clone(),
        seq: grouped(entry.seq),
        hash: entry.hash.clone(),
        signed: signed.map(|(seq, at)| (grouped(seq), Moment::of(at))),
        line: line(shell.language, entry),
    }
}

/// A document as names and values: `scope.projects` = `all`.
fn flatten(name: &str, value: &serde_json::Value, facts: &mut Vec<(String, String)>) {
    use serde_json::Value;
    match value {
        Value::Null => {}
        Value::Object(inside) => {
            for (key, value) in inside {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, facts);
            }
        }
        Value::Array(all) => {
            let all: Vec<String> =
                all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
            facts.push((name.to_owned(), all.join(", ")));
        }
        Value::String(text) => facts.push((name.to_owned(), text.clone())),
        other => facts.push((name.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::web::look;

    #[test]
    fn a_record_can_be_shown_signed_and_not_yet() {
        for (outcome, signed) in [("allowed", None), ("refused", Some((9, jiff::Timestamp::UNIX_EPOCH)))] {
            look::in_every_shell(|shell| page(shell, sample("credential.resolve", outcome), signed).render());
        }
    }

    #[test]
    fn a_detail_is_read_as_names_and_values() {
        let mut facts = Vec::new();
        let detail = serde_json::json!({ "a": { "b": ["x", 1], "c": null }, "d": true, "e": "y" });
        flatten("", &detail, &mut facts);
        let facts: Vec<_> = facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(facts, [("a.b", "x, 1"), ("d", "true"), ("e", "y")]);
    }

    #[test]
    fn only_a_place_is_read_as_one() {
        assert_eq!(place("a-b~7"), Some((ChainId::parse("a-b").unwrap(), 7)));
        for nonsense in ["", "a", "a~", "~1", "a b~1", "a~x"] {
            assert_eq!(place(nonsense), None, "{nonsense}");
        }
    }
}
