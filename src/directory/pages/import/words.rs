//! Verdicts in words.

use crate::directory::import::{BadFile, Column, Fault, Kind, MOST_BYTES, MOST_LINES, Outcome, Wrong};
use crate::directory::pages::{enterprise_role, local_role};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::web::Shell;

/// The message id of what a line is about.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Project => "import-kind-project",
        Kind::Repository => "import-kind-repository",
        Kind::Member => "import-kind-member",
        Kind::Membership => "import-kind-membership",
    }
}

/// The message id of what becomes of a line, and its colour.
pub(super) fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Added => ("import-outcome-added", "green"),
        Outcome::Changed => ("import-outcome-changed", "blue"),
        Outcome::Unchanged => ("import-outcome-unchanged", "secondary"),
        Outcome::Wrong => ("import-outcome-wrong", "red"),
    }
}

/// The message id of what a column is called in sentences.
pub(super) fn column(column: Column) -> &'static str {
    match column {
        Column::Kind => "import-name-kind",
        Column::Project => "import-name-project",
        Column::Repository => "import-name-repository",
        Column::Subject => "import-name-subject",
        Column::Issuer => "import-name-issuer",
        Column::Email => "import-name-email",
        Column::Name => "import-name-name",
        Column::Role => "import-name-role",
    }
}

/// A value as people read it: roles by their names, everything else as it is.
pub(super) fn value(shell: &Shell, column: Column, is_membership: bool, value: &str) -> String {
    let role = match (column, is_membership) {
        (Column::Role, true) => LocalRole::parse(value).map(local_role),
        (Column::Role, false) => EnterpriseRole::parse(value).map(enterprise_role),
        _ => None,
    };
    role.map_or_else(|| value.to_owned(), |role| shell.t(role))
}

/// What is wrong with a line and what to do about it, and in which column.
pub(super) fn fault(shell: &Shell, fault: &Fault) -> String {
    let sentence = shell.t1(sentence(fault.wrong), "value", fault.value.as_str());
    match fault.column {
        Some(at) => shell.t2("import-fault-in", &("column", shell.t(column(at))), &("sentence", sentence)),
        None => sentence,
    }
}

fn sentence(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::TooManyCells => "import-fault-too-many-cells",
        Wrong::LineBreak => "import-fault-line-break",
        Wrong::UnknownKind => "import-fault-unknown-kind",
        Wrong::Needed => "import-fault-needed",
        Wrong::NotHere => "import-fault-not-here",
        Wrong::BadPath => "import-fault-bad-path",
        Wrong::BadName => "import-fault-bad-name",
        Wrong::BadSubject => "import-fault-bad-subject",
        Wrong::BadEmail => "import-fault-bad-email",
        Wrong::UnknownRole => "import-fault-unknown-role",
        Wrong::OnePlace => "import-fault-one-place",
        Wrong::ProjectNeeded => "import-fault-project-needed",
        Wrong::UnknownProject => "import-fault-unknown-project",
        Wrong::UnknownRepository => "import-fault-unknown-repository",
        Wrong::UnknownMember => "import-fault-unknown-member",
        Wrong::UnknownEmail => "import-fault-unknown-email",
        Wrong::SharedEmail => "import-fault-shared-email",
        Wrong::IssuerNeeded => "import-fault-issuer-needed",
        Wrong::UnknownIssuer => "import-fault-unknown-issuer",
        Wrong::Disabled => "import-fault-disabled",
        Wrong::OwnersOnly => "import-fault-owners-only",
        Wrong::LastOwner => "import-fault-last-owner",
        Wrong::SaidOtherwise => "import-fault-said-otherwise",
    }
}

/// Why a file cannot be read, and what to do.
pub(super) fn bad_file(shell: &Shell, bad: &BadFile) -> String {
    match bad {
        BadFile::Empty => shell.t("import-file-empty"),
        BadFile::TooLarge => shell.t1("import-file-too-large", "mebibytes", MOST_BYTES / (1024 * 1024)),
        BadFile::NotUtf8 => shell.t("import-file-not-utf8"),
        BadFile::TooManyLines => shell.t1("import-file-too-many-lines", "lines", MOST_LINES),
        BadFile::UnknownColumn(name) if name.is_empty() => shell.t("import-file-unnamed-column"),
        BadFile::UnknownColumn(name) => shell.t1("import-file-unknown-column", "column", name.as_str()),
        BadFile::ColumnTwice(column) => shell.t1("import-file-column-twice", "column", column.as_str()),
        BadFile::NoHeader => shell.t("import-file-no-header"),
        BadFile::NoLines => shell.t("import-file-no-lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_called_by_what_it_is_a_role_in() {
        crate::web::look::in_every_shell(|shell| {
            assert_ne!(value(shell, Column::Role, true, "manager"), "manager");
            assert_ne!(value(shell, Column::Role, false, "owner"), "owner");
            assert_eq!(value(shell, Column::Name, false, "owner"), "owner");
            let document = if shell.fragment { "" } else { "<!doctype html>" };
            Ok(document.to_owned())
        });
    }
}
