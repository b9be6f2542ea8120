//! The last look at a finding before it is written down: a system that repeats what it was sent must not make us keep it.
//!
//! Probes take only codes, ids and names out of answers, and cut those to a short line. But the other system chooses them,
//! and one that is broken or hostile may give the password for a code.

use crate::catalogue::{Finding, Opened};
use crate::resolve::delivery;

/// From this length on, text that stands in a secret is a part of it and not a name that happens to be there as well.
const LONG: usize = 100;

/// The finding without what holds a secret of `opened` in any form that a runner would hide.
pub(super) fn withhold(mut finding: Finding, opened: &Opened) -> Finding {
    let masks = delivery::masks(opened);
    // What is too short to hide in a log is still recognised when it stands alone.
    let is_secret = |text: &str| opened.secret.values().any(|value| value.expose() == text.as_bytes());
    // A label was cut to its size before it came here, so a long one may be the beginning of a secret.
    let begins = |text: &str| text.len() >= LONG && masks.iter().any(|mask| mask.expose().contains(text));
    let is_clean = |text: &str| {
        !is_secret(text) && !begins(text) && masks.iter().all(|mask| !text.contains(mask.expose().as_str()))
    };
    finding.evidence.code = finding.evidence.code.filter(|code| is_clean(code));
    finding.evidence.request_id = finding.evidence.request_id.filter(|id| is_clean(id));
    finding.identity =
        finding.identity.filter(|identity| is_clean(&identity.key) && is_clean(&identity.label));
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, Identity};

    #[test]
    fn what_repeats_a_secret_is_not_kept() {
        let credential_type = catalogue::find("username-password").unwrap();
        let sample = credential_type.sample("default");
        let opened =
            Opened { credential_type, variant: "default".into(), plain: sample.plain, secret: sample.secret };
        let password = "sample-password-that-opens-nothing";
        let echo = |text: &str| {
            let finding = Finding::works(Identity::named(text)).code(text).request_id(Some(text));
            let found = withhold(finding, &opened);
            (found.evidence.code, found.evidence.request_id, found.identity)
        };
        assert_eq!(echo(password), (None, None, None));
        assert_eq!(echo(&format!("E.{password}.1")), (None, None, None));
        assert_eq!(echo("c2FtcGxlLXBhc3N3b3JkLXRoYXQtb3BlbnMtbm90aGluZw=="), (None, None, None));
        assert_eq!(echo("builder").2, Identity::named("builder"));
    }
}
