//! The form of a new provisioning key: what was submitted, and what it means.

use jiff::Timestamp;

use super::NewProvisioningKey;
use crate::credentials::Name;
use crate::ids::SubmissionId;
use crate::pipelines::forms::name_sentence;
use crate::web::Shell;
use crate::web::dates;
use crate::web::forms::{FormState, Submitted};

/// What a box sends that is ticked.
pub(super) const TICKED: &str = "on";

/// Reads the form.
pub(super) fn read(form: &Submitted, shell: &Shell, now: Timestamp) -> Result<NewProvisioningKey, FormState> {
    let mut state = FormState::new();
    for field in ["name", "last_day", "submission"] {
        state.set(field, form.one(field));
    }
    let manages_access = form.one("manages_access") == TICKED;
    // Only what was ticked is: a form with anything else there gives no right.
    state.set("manages_access", if manages_access { TICKED } else { "" });
    let name = Name::parse(form.one("name"));
    if let Err(bad) = &name {
        state.refuse_called("name", shell.t("access-name"), shell.t(name_sentence(*bad)));
    }
    let expires_at = dates::read_last_day(form.one("last_day"), now);
    if let Err(bad) = &expires_at {
        state.refuse_called("last_day", shell.t("access-last-day"), shell.t(bad.sentence()));
    }
    let submission = SubmissionId::parse(form.one("submission"));
    if submission.is_none() {
        state.refuse("", shell.t("form-stale"));
    }
    match (name, expires_at, submission) {
        (Ok(name), Ok(expires_at), Some(submission)) => {
            Ok(NewProvisioningKey { name, manages_access, expires_at, submission })
        }
        _ => Err(state),
    }
}
