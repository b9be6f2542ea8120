//! What each line of a table says, cell by cell, before anything is looked up.

use super::table::{Line, Table};
use super::{Column, Fault, Kind, Wrong};
use crate::credentials::{BadFact, Name};
use crate::directory::Slug;
use crate::directory::invite::{Email, Subject};
use crate::permission::{EnterpriseRole, LocalRole};

/// As much of a wrong cell is shown.
const SHOWN: usize = 80;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number in the file.
    pub(super) line: i64,
    /// What it is about, when it says so.
    pub(super) kind: Option<Kind>,
    /// What names it on the page, however wrong.
    pub(super) what: String,
    /// What it says, or everything that is wrong with its cells.
    pub(super) says: Result<Says, Vec<Fault>>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// There is a project.
    Project { path: Slug, name: Option<Name> },
    /// There is a repository, in a project.
    Repository { path: Slug, project: Option<Slug>, name: Option<Name> },
    /// There is a member.
    Member { person: Person, name: Option<Name>, email: Option<Email>, role: Option<EnterpriseRole> },
    /// Somebody is a member of a place.
    Membership { who: Who, at: At, role: Option<LocalRole> },
}

/// Somebody, as the identity provider calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) subject: Subject,
    /// The provider; when there is only one it goes without saying.
    pub(super) issuer: Option<String>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// Here or in the file.
    Person(Person),
    /// Here already, whoever it is that has this address.
    Email(Email),
}

/// A place, by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Project(Slug),
    Repository(Slug),
}

impl At {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Project(path) | Self::Repository(path) => path.as_str(),
        }
    }
}

/// Reads every line.
pub(super) fn read(table: &Table) -> Vec<Entry> {
    table.lines.iter().map(|line| Cells { table, line, faults: Vec::new() }.read()).collect()
}

struct Cells<'a> {
    table: &'a Table,
    line: &'a Line,
    faults: Vec<Fault>,
}

impl Cells<'_> {
    fn read(mut self) -> Entry {
        if self.line.beyond {
            self.faults.push(Fault { column: None, wrong: Wrong::TooManyCells, value: String::new() });
        }
        for column in Column::ALL {
            if self.cell(column).contains(['\n', '\r']) {
                self.refuse(column, Wrong::LineBreak);
            }
        }
        let kind = match self.table.kind {
            Some(kind) => Some(kind),
            None => self.kind(),
        };
        let says = kind.and_then(|kind| self.says(kind));
        Entry {
            line: self.line.number,
            kind,
            what: self.what(kind),
            says: says.filter(|_| self.faults.is_empty()).ok_or(self.faults),
        }
    }

    fn cell(&self, column: Column) -> &str {
        self.table.cell(self.line, column)
    }

    fn refuse(&mut self, column: Column, wrong: Wrong) {
        // One thing at a time: a cell of two lines is no path either.
        if self.faults.iter().all(|fault| fault.column != Some(column)) {
            let value = self.cell(column).chars().take(SHOWN).collect();
            self.faults.push(Fault { column: Some(column), wrong, value });
        }
    }

    /// What the line is called on the page.
    fn what(&self, kind: Option<Kind>) -> String {
        let columns: &[Column] = match kind {
            Some(Kind::Project) => &[Column::Project],
            Some(Kind::Repository) => &[Column::Repository],
            Some(Kind::Member) => &[Column::Subject, Column::Email, Column::Name],
            Some(Kind::Membership) => &[Column::Repository, Column::Project, Column::Subject, Column::Email],
            None => &Column::ALL,
        };
        let filled = columns.iter().map(|column| self.cell(*column)).find(|cell| !cell.is_empty());
        filled.unwrap_or_default().chars().take(SHOWN).collect()
    }

    fn kind(&mut self) -> Option<Kind> {
        let kind = match self.cell(Column::Kind).to_ascii_lowercase().as_str() {
            "" => {
                self.refuse(Column::Kind, Wrong::Needed);
                return None;
            }
            "project" | "项目" => Kind::Project,
            "repository" | "仓库" => Kind::Repository,
            "member" | "成员" => Kind::Member,
            "membership" | "成员关系" => Kind::Membership,
            _ => {
                self.refuse(Column::Kind, Wrong::UnknownKind);
                return None;
            }
        };
        Some(kind)
    }

    fn says(&mut self, kind: Kind) -> Option<Says> {
        match kind {
            Kind::Project => {
                use Column::{Email, Issuer, Repository, Role, Subject};
                self.empty(&[Repository, Subject, Issuer, Email, Role]);
                let name = self.name();
                Some(Says::Project { path: self.path(Column::Project)?, name })
            }
            Kind::Repository => {
                self.empty(&[Column::Subject, Column::Issuer, Column::Email, Column::Role]);
                let (name, project) = (self.name(), self.path_if_any(Column::Project));
                Some(Says::Repository { path: self.path(Column::Repository)?, project, name })
            }
            Kind::Member => {
                self.empty(&[Column::Project, Column::Repository]);
                let (name, email) = (self.name(), self.email());
                let role = self.role(enterprise_role);
                Some(Says::Member { person: self.person()?, name, email, role })
            }
            Kind::Membership => {
                self.empty(&[Column::Name]);
                let (who, at) = (self.who(), self.at());
                let role = self.role(local_role);
                Some(Says::Membership { who: who?, at: at?, role })
            }
        }
    }

    /// What would be ignored is refused: somebody filled it for a reason.
    fn empty(&mut self, columns: &[Column]) {
        for column in columns {
            if !self.cell(*column).is_empty() {
                self.refuse(*column, Wrong::NotHere);
            }
        }
    }

    fn path(&mut self, column: Column) -> Option<Slug> {
        if self.cell(column).is_empty() {
            self.refuse(column, Wrong::Needed);
        }
        self.path_if_any(column)
    }

    fn path_if_any(&mut self, column: Column) -> Option<Slug> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return None;
        }
        let path = Slug::parse(cell);
        if path.is_err() {
            self.refuse(column, Wrong::BadPath);
        }
        path.ok()
    }

    fn name(&mut self) -> Option<Name> {
        match Name::parse(self.cell(Column::Name)) {
            Ok(name) => Some(name),
            Err(BadFact::Empty) if self.cell(Column::Name).is_empty() => None,
            Err(_) => {
                self.refuse(Column::Name, Wrong::BadName);
                None
            }
        }
    }

    fn email(&mut self) -> Option<Email> {
        let cell = self.cell(Column::Email);
        if cell.is_empty() {
            return None;
        }
        let email = Email::parse(cell);
        if email.is_none() {
            self.refuse(Column::Email, Wrong::BadEmail);
        }
        email
    }

    fn person(&mut self) -> Option<Person> {
        let (subject, issuer) = (self.cell(Column::Subject), self.cell(Column::Issuer).to_owned());
        if subject.is_empty() {
            self.refuse(Column::Subject, Wrong::Needed);
            return None;
        }
        let Some(subject) = Subject::parse(subject) else {
            self.refuse(Column::Subject, Wrong::BadSubject);
            return None;
        };
        Some(Person { subject, issuer: Some(issuer).filter(|issuer| !issuer.is_empty()) })
    }

    /// The subject counts; an address beside it is for the reader of the file.
    fn who(&mut self) -> Option<Who> {
        let email = self.email();
        if !self.cell(Column::Subject).is_empty() {
            return self.person().map(Who::Person);
        }
        self.empty(&[Column::Issuer]);
        if self.cell(Column::Email).is_empty() {
            self.refuse(Column::Subject, Wrong::Needed);
        }
        email.map(Who::Email)
    }

    fn at(&mut self) -> Option<At> {
        match (self.cell(Column::Project).is_empty(), self.cell(Column::Repository).is_empty()) {
            (false, true) => self.path(Column::Project).map(At::Project),
            (true, false) => self.path(Column::Repository).map(At::Repository),
            (true, true) | (false, false) => {
                self.refuse(Column::Repository, Wrong::OnePlace);
                None
            }
        }
    }

    fn role<R>(&mut self, read: fn(&str) -> Option<R>) -> Option<R> {
        let cell = self.cell(Column::Role).to_ascii_lowercase();
        if cell.is_empty() {
            return None;
        }
        let role = read(&cell);
        if role.is_none() {
            self.refuse(Column::Role, Wrong::UnknownRole);
        }
        role
    }
}

fn enterprise_role(text: &str) -> Option<EnterpriseRole> {
    match text {
        "拥有者" => Some(EnterpriseRole::Owner),
        "管理员" => Some(EnterpriseRole::Administrator),
        "审计员" => Some(EnterpriseRole::Auditor),
        "成员" => Some(EnterpriseRole::Member),
        text => EnterpriseRole::parse(text),
    }
}

fn local_role(text: &str) -> Option<LocalRole> {
    match text {
        "负责人" => Some(LocalRole::Manager),
        "成员" => Some(LocalRole::Member),
        text => LocalRole::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "kind,project,repository,subject,issuer,email,name,role";

    fn faults(line: &str) -> Vec<(Option<Column>, Wrong)> {
        let table = super::super::read(format!("{HEADER}\n{line}\n").as_bytes()).unwrap();
        let entry = read(&table).remove(0);
        entry.says.err().into_iter().flatten().map(|fault| (fault.column, fault.wrong)).collect()
    }

    #[test]
    fn every_kind_is_read_in_both_languages() {
        for line in [
            "project,shop,,,,,Shop,",
            "项目,shop,,,,,,",
            "Repository,shop,shop/web,,,,Web,",
            "仓库,,shop/web,,,,,",
            "member,,,li.na,https://id.example,li@example.org,Li Na,Administrator",
            "成员,,,li.na,,,,审计员",
            "membership,shop,,li.na,,,,manager",
            "成员关系,,shop/web,,,li@example.org,,负责人",
        ] {
            assert_eq!(faults(line), [], "{line}");
        }
    }

    #[test]
    fn every_wrong_cell_of_a_line_is_named() {
        use Column::{Email, Kind, Name, Project, Repository, Role, Subject};
        let long = "n".repeat(65);
        let subject = "s".repeat(256);
        let table: &[(&str, &[(Column, Wrong)])] = &[
            (",shop,,,,,,", &[(Kind, Wrong::Needed)]),
            ("proyect,shop,,,,,,", &[(Kind, Wrong::UnknownKind)]),
            ("project,,,,,,,", &[(Project, Wrong::Needed)]),
            ("project,a b,,,,,,", &[(Project, Wrong::BadPath)]),
            ("project,shop,shop/web,,,,,member", &[(Repository, Wrong::NotHere), (Role, Wrong::NotHere)]),
            (&format!("project,../x,,,,,{long},"), &[(Name, Wrong::BadName), (Project, Wrong::BadPath)]),
            ("repository,shop,,,,,,", &[(Repository, Wrong::Needed)]),
            ("repository,a b,c d,,,,,", &[(Project, Wrong::BadPath), (Repository, Wrong::BadPath)]),
            ("member,,,,,li@example.org,Li,", &[(Subject, Wrong::Needed)]),
            (&format!("member,,,{subject},,,,"), &[(Subject, Wrong::BadSubject)]),
            ("member,,,li,,li.example.org,,king", &[(Email, Wrong::BadEmail), (Role, Wrong::UnknownRole)]),
            ("member,,,li,,,,manager", &[(Role, Wrong::UnknownRole)]),
            ("membership,shop,,,,,,", &[(Subject, Wrong::Needed)]),
            ("membership,,,li,,,,", &[(Repository, Wrong::OnePlace)]),
            ("membership,shop,shop/web,li,,,,", &[(Repository, Wrong::OnePlace)]),
            ("membership,shop,,li,,,,owner", &[(Role, Wrong::UnknownRole)]),
            ("project,\"a\nb\",,,,,,", &[(Project, Wrong::LineBreak)]),
        ];
        for (line, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(column, wrong)| (Some(*column), *wrong)).collect();
            assert_eq!(faults(line), expected, "{line}");
        }
        assert_eq!(faults("project,shop,,,,,Shop,,too"), [(None, Wrong::TooManyCells)]);
    }

    #[test]
    fn what_is_wrong_is_shown_and_not_without_end() {
        let line = format!("project,{},,,,,,", "a b".repeat(100));
        let table = super::super::read(format!("{HEADER}\n{line}\n").as_bytes()).unwrap();
        let entry = read(&table).remove(0);
        assert_eq!(entry.what.chars().count(), SHOWN);
        assert_eq!(entry.says.unwrap_err()[0].value.chars().count(), SHOWN);
    }
}
