//! Pipelines as pages show them: who used a credential, and who would fail without it.
//!
//! Every page that is about to take a credential away from pipelines says so with [`Breaks`]; the page of a credential's
//! use lists them with the same lines.

use jiff::Timestamp;

use crate::credentials::{self, Pipeline, ProvedBy};
use crate::db::{Conn, StoreError};
use crate::ids::CredentialId;
use crate::permission::{Viewer, may_see_inside, may_see_repository};
use crate::reminders;
use crate::web::lists::grouped;
use crate::web::{Shell, dates};

/// So many are written out; the rest is counted.
pub(super) const SHOWN: usize = 100;

/// A pipeline, ready to be shown (`credentials/pipelines.html`).
pub(super) struct PipelineLine {
    pub(super) name: String,
    /// Where its key or its issuer is, for those who may look.
    pub(super) href: Option<String>,
    /// How it proves who it is.
    pub(super) proof: String,
    /// It cannot ask any more.
    pub(super) ended: bool,
    pub(super) place: String,
    pub(super) place_href: Option<String>,
    /// The token of the credential, where several are looked at.
    pub(super) token: String,
    pub(super) uses: String,
    pub(super) recent_uses: String,
    pub(super) refused: String,
    /// The last day on which it got it; empty: it never did.
    pub(super) day: String,
}

impl PipelineLine {
    pub(super) fn of(shell: &Shell, viewer: &Viewer, pipeline: &Pipeline, token: String) -> Self {
        let sees_access = viewer.sees_everything();
        let (href, proof, ended) = match &pipeline.proof {
            ProvedBy::Key { id, ended, .. } => {
                (Some(format!("/access/{id}")), shell.t("pipeline-key"), *ended)
            }
            ProvedBy::Rule { issuer, issuer_name, ended, .. } => {
                let said = shell.t1("pipeline-rule", "issuer", issuer_name.as_str());
                (Some(format!("/access/issuers/{issuer}")), said, *ended)
            }
            ProvedBy::Gone(_) => (None, shell.t("pipeline-gone"), true),
        };
        let place_href = pipeline.place.as_ref().and_then(|place| match &place.repository {
            Some(repository) => may_see_repository(viewer, &place.project, repository)
                .then(|| format!("/repositories/{repository}")),
            None => may_see_inside(viewer, &place.project).then(|| format!("/projects/{}", place.project)),
        });
        Self {
            name: pipeline.name().to_owned(),
            href: href.filter(|_| sees_access),
            proof,
            ended,
            place: pipeline.place.as_ref().map(|place| place.slug.clone()).unwrap_or_default(),
            place_href,
            token,
            uses: grouped(pipeline.uses),
            recent_uses: grouped(pipeline.recent_uses),
            refused: grouped(pipeline.refused),
            day: pipeline.last_day.map(date_of).unwrap_or_default(),
        }
    }
}

/// The pipelines that a change would break.
pub(super) struct Breaks {
    /// As many as are written out.
    pub(super) lines: Vec<PipelineLine>,
    /// How many there are.
    pub(super) count: usize,
    /// Whether the change is about several credentials, so that each line says which.
    pub(super) several: bool,
    /// Whether nobody would be reminded of what expires.
    pub(super) reminders: bool,
}

/// Who would miss some credentials.
pub(super) struct Dependents {
    pub(super) pipelines: Vec<Pipeline>,
    /// Whether one of them is the bot that says what is about to expire.
    pub(super) reminders: bool,
}

/// Who would miss these credentials, as far as the viewer may know.
pub(super) fn dependents(
    conn: &mut Conn,
    viewer: &Viewer,
    ids: &[CredentialId],
    now: Timestamp,
) -> Result<Dependents, StoreError> {
    let reminders = reminders::settings(conn, &viewer.enterprise)?;
    Ok(Dependents {
        pipelines: credentials::dependents(conn, viewer, ids, now)?,
        reminders: reminders.is_some_and(|settings| ids.contains(&settings.bot)),
    })
}

impl Breaks {
    /// Of one credential.
    pub(super) fn of_one(shell: &Shell, viewer: &Viewer, pipelines: &[Pipeline]) -> Self {
        Self { several: false, ..Self::of_several(shell, viewer, pipelines, |_| String::new()) }
    }

    /// Of several; `token` says what each is called.
    pub(super) fn of_several(
        shell: &Shell,
        viewer: &Viewer,
        pipelines: &[Pipeline],
        token: impl Fn(&CredentialId) -> String,
    ) -> Self {
        let line = |one: &Pipeline| PipelineLine::of(shell, viewer, one, token(&one.credential));
        Self {
            lines: pipelines.iter().take(SHOWN).map(line).collect(),
            count: pipelines.len(),
            several: true,
            reminders: false,
        }
    }

    /// The same, with whether reminders stop too.
    pub(super) fn and_reminders(self, reminders: bool) -> Self {
        Self { reminders, ..self }
    }

    /// How many are not written out.
    pub(super) fn more(&self) -> usize {
        self.count - self.lines.len()
    }
}

/// The day that has this number.
pub(super) fn date_of(day: i32) -> String {
    dates::day(crate::clock::from_millis(i64::from(day).saturating_mul(86_400_000)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A line in which everything is there, or as little as can be.
    pub(in crate::credentials::pages) fn line(full: bool) -> PipelineLine {
        let some = |text: &str| if full { text.to_owned() } else { String::new() };
        PipelineLine {
            name: "<deploy>".into(),
            href: full.then(|| "/access/x".into()),
            proof: "<key>".into(),
            ended: !full,
            place: some("shop/<web>"),
            place_href: full.then(|| "/repositories/x".into()),
            token: some("aliyun-prod"),
            uses: "1,000".into(),
            recent_uses: "10".into(),
            refused: if full { "3" } else { "0" }.into(),
            day: some("2026-11-23"),
        }
    }

    /// So many pipelines, of which at most two are written out.
    pub(in crate::credentials::pages) fn breaks(count: usize, several: bool) -> Breaks {
        let lines = (0..count.min(2)).map(|at| line(at == 0)).collect();
        Breaks { lines, count, several, reminders: count > 0 }
    }
}
