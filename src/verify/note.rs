//! A finding as text in a row, and back. The text is ours: what an older program wrote must stay readable.

use serde::{Deserialize, Serialize};

use crate::catalogue::{Evidence, Finding, Identity, Outcome};

#[derive(Serialize, Deserialize)]
struct Note {
    outcome: String,
    identity: Option<[String; 2]>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    skew_seconds: Option<i64>,
    #[serde(default)]
    remarks: Vec<String>,
}

/// Writes it.
pub(super) fn write(finding: &Finding) -> String {
    let note = Note {
        outcome: finding.outcome.as_str().to_owned(),
        identity: finding.identity.as_ref().map(|identity| [identity.key.clone(), identity.label.clone()]),
        status: finding.evidence.status,
        code: finding.evidence.code.clone(),
        request_id: finding.evidence.request_id.clone(),
        skew_seconds: finding.evidence.skew_seconds,
        remarks: finding.remarks.clone(),
    };
    serde_json::to_string(&note).unwrap_or_default()
}

/// Reads it. An outcome that is no longer known proves nothing.
pub(super) fn read(text: &str) -> Option<Finding> {
    let note: Note = serde_json::from_str(text).ok()?;
    Some(Finding {
        outcome: Outcome::parse(&note.outcome).unwrap_or(Outcome::Indeterminate),
        identity: note.identity.and_then(|[key, label]| Identity::new(&key, &label)),
        evidence: Evidence {
            status: note.status,
            code: note.code,
            request_id: note.request_id,
            skew_seconds: note.skew_seconds,
        },
        remarks: note.remarks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_read_back_as_it_was_written() {
        let mut finding = Finding::works(Identity::new("acs:1", "builder")).code("E.1").request_id(Some("r"));
        finding.evidence.skew_seconds = Some(-7);
        assert_eq!(read(&write(&finding)), Some(finding));
        assert_eq!(
            read(r#"{"outcome":"brilliant"}"#).map(|found| found.outcome),
            Some(Outcome::Indeterminate)
        );
        assert_eq!(read("[]"), None);
    }
}
