//! What a file would do, held against what is there: a verdict for each line, and the rows and records to write.
//!
//! Projects come first, then repositories, members and memberships, whatever the order of the lines: a line may name
//! what another line adds. Everything that is looked up was read before, in a few statements for the whole file.

use std::collections::HashMap;

use super::entry::{At, Entry, Person, Says, Who};
use super::store::{self, Present};
use super::{About, Change, Column, Fault, Kind, Outcome, Tally, Verdict, Wrong};
use crate::audit::{Draft, Outcome as Recorded};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory::invite::{self, Email};
use crate::directory::{Member, MemberState, Project, Repository, Slug};
use crate::ids::{ImportId, MemberId, ProjectId, RepositoryId};
use crate::permission::{Acting, EnterpriseRole, LocalRole, may_set_role};
use crate::seal;

/// What a file would do.
pub(super) struct Plan {
    /// A verdict for each line, in the order of the file.
    pub(super) verdicts: Vec<Verdict>,
    /// What to write.
    pub(super) acts: Acts,
}

/// Rows to write: those that are there already get their new name, project or role.
#[derive(Default)]
pub(super) struct Acts {
    pub(super) projects: Vec<Project>,
    pub(super) repositories: Vec<Repository>,
    pub(super) members: Vec<Member>,
    pub(super) of_projects: Vec<(ProjectId, MemberId, LocalRole)>,
    pub(super) of_repositories: Vec<(RepositoryId, MemberId, LocalRole)>,
    /// One for each change, in the order of the rows above.
    pub(super) records: Vec<Draft>,
}

impl Acts {
    /// How many rows there are to write.
    pub(super) fn rows(&self) -> usize {
        self.projects.len()
            + self.repositories.len()
            + self.members.len()
            + self.of_projects.len()
            + self.of_repositories.len()
    }
}

impl Plan {
    /// How many lines of each outcome.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for verdict in &self.verdicts {
            match verdict.outcome {
                Outcome::Added => tally.added += 1,
                Outcome::Changed => tally.changed += 1,
                Outcome::Unchanged => tally.unchanged += 1,
                Outcome::Wrong => tally.wrong += 1,
            }
        }
        tally
    }

    /// All verdicts, hashed: equal when what would happen is.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut lines = Vec::with_capacity(self.verdicts.len());
        for verdict in &self.verdicts {
            lines.push(format!(
                "{} {} {}",
                verdict.line,
                verdict.outcome.as_str(),
                store::about_text(&verdict.about)
            ));
        }
        let parts: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        seal::digest("voucher import 1", &parts)
    }
}

/// Decides every line.
pub(super) fn decide(
    conn: &mut Conn,
    (acting, import): (&Acting, &ImportId),
    entries: &[Entry],
) -> Result<Plan, StoreError> {
    let present = store::present(conn, &acting.viewer.enterprise, entries)?;
    Ok(Planner::new(acting, import, present).plan(entries))
}

/// What a line named, and which line it was.
type Said<'a> = (i64, &'a Says);

/// What becomes of a line, before it is written down.
struct Judged {
    outcome: Outcome,
    who: String,
    changes: Vec<Change>,
}

impl Judged {
    /// Added, changed or unchanged: `added` says whether it is new.
    fn of(added: bool, who: &str, changes: Vec<Change>) -> Self {
        let outcome = match (added, changes.is_empty()) {
            (true, _) => Outcome::Added,
            (false, false) => Outcome::Changed,
            (false, true) => Outcome::Unchanged,
        };
        Self { outcome, who: who.to_owned(), changes }
    }
}

struct Planner<'a> {
    acting: &'a Acting,
    import: &'a ImportId,
    present: Present,
    said: HashMap<(Kind, String, String), Said<'a>>,
    /// Owners who are made something else: place among the lines, and who.
    demoted: Vec<(usize, MemberId)>,
    promoted: usize,
    acts: Acts,
}

impl<'a> Planner<'a> {
    fn new(acting: &'a Acting, import: &'a ImportId, present: Present) -> Self {
        Self {
            acting,
            import,
            present,
            said: HashMap::new(),
            demoted: Vec::new(),
            promoted: 0,
            acts: Acts::default(),
        }
    }

    fn plan(mut self, entries: &'a [Entry]) -> Plan {
        let mut verdicts: Vec<Option<Verdict>> = entries.iter().map(misread).collect();
        for kind in [Kind::Project, Kind::Repository, Kind::Member, Kind::Membership] {
            for (at, (entry, slot)) in entries.iter().zip(&mut verdicts).enumerate() {
                if let (Ok(says), None) = (&entry.says, &slot)
                    && entry.kind == Some(kind)
                {
                    *slot = Some(verdict(entry, self.judge(at, entry.line, says)));
                }
            }
        }
        let mut verdicts: Vec<Verdict> = verdicts.into_iter().flatten().collect();
        self.keep_an_owner(&mut verdicts);
        Plan { verdicts, acts: self.acts }
    }

    fn judge(&mut self, at: usize, line: i64, says: &'a Says) -> Result<Judged, Fault> {
        let key = self.key(says)?;
        if let Some((earlier, said)) = self.said.get(&key) {
            return if same(said, says) {
                Ok(Judged::of(false, "", Vec::new()))
            } else {
                Err(fault(None, Wrong::SaidOtherwise, &earlier.to_string()))
            };
        }
        let judged = match says {
            Says::Project { path, name } => self.project(path, name.as_ref()),
            Says::Repository { path, project, name } => {
                self.repository(path, project.as_ref(), name.as_ref())?
            }
            Says::Member { person, name, email, role } => {
                self.member(at, person, (name.as_ref(), email.as_ref()), *role)?
            }
            Says::Membership { who, at, role } => self.membership(who, at, *role)?,
        };
        self.said.insert(key, (line, says));
        Ok(judged)
    }

    /// What two lines have in common that are about the same.
    fn key(&self, says: &Says) -> Result<(Kind, String, String), Fault> {
        Ok(match says {
            Says::Project { path, .. } => (Kind::Project, path.as_str().to_owned(), String::new()),
            Says::Repository { path, .. } => (Kind::Repository, path.as_str().to_owned(), String::new()),
            Says::Member { person, .. } => {
                (Kind::Member, person.subject.as_str().to_owned(), self.issuer(person)?)
            }
            Says::Membership { who, at, .. } => {
                let place = match at {
                    At::Project(path) => format!("project {}", path.as_str()),
                    At::Repository(path) => format!("repository {}", path.as_str()),
                };
                (Kind::Membership, self.somebody(who)?.id.to_string(), place)
            }
        })
    }

    fn project(&mut self, path: &Slug, name: Option<&Name>) -> Judged {
        let known = self.present.projects.get(path.as_str()).cloned();
        let was = known.as_ref().map(|project| project.name.clone());
        let project = Project {
            id: known.map_or_else(|| ProjectId::new(self.acting.now, &self.acting.random), |known| known.id),
            slug: path.as_str().to_owned(),
            name: new_name(name, was.as_deref(), path),
        };
        let changes = changed([(Column::Name, was.as_deref(), &project.name)]);
        let judged = Judged::of(was.is_none(), "", changes);
        if judged.outcome != Outcome::Unchanged {
            let (action, detail) = match &was {
                None => ("project.create", serde_json::json!({ "name": project.name })),
                Some(was) => {
                    ("project.rename", serde_json::json!({ "name": { "from": was, "to": project.name } }))
                }
            };
            self.record(self.acting.draft(action, Some(project.object()), Recorded::Allowed), detail);
            self.present.projects.insert(project.slug.clone(), project.clone());
            self.acts.projects.push(project);
        }
        judged
    }

    fn repository(
        &mut self,
        path: &Slug,
        project: Option<&Slug>,
        name: Option<&Name>,
    ) -> Result<Judged, Fault> {
        let known = self.present.repositories.get(path.as_str()).cloned();
        let to = match (project, &known) {
            (Some(project), _) => self
                .present
                .projects
                .get(project.as_str())
                .cloned()
                .ok_or_else(|| fault(Some(Column::Project), Wrong::UnknownProject, project.as_str()))?,
            // As it is; only whether it is new counts below.
            (None, Some((_, home))) => home.clone(),
            (None, None) => return Err(fault(Some(Column::Project), Wrong::ProjectNeeded, "")),
        };
        let (was, home) = match known {
            Some((was, home)) => (Some(was), Some(home)),
            None => (None, None),
        };
        let repository = Repository {
            id: was.as_ref().map_or_else(
                || RepositoryId::new(self.acting.now, &self.acting.random),
                |was| was.id.clone(),
            ),
            project: to.id.clone(),
            slug: path.as_str().to_owned(),
            name: new_name(name, was.as_ref().map(|was| was.name.as_str()), path),
        };
        let changes = changed([
            (Column::Project, home.as_ref().map(|home| home.slug.as_str()), &to.slug),
            (Column::Name, was.as_ref().map(|was| was.name.as_str()), &repository.name),
        ]);
        let judged = Judged::of(was.is_none(), "", changes);
        if judged.outcome != Outcome::Unchanged {
            self.record_repository(was.as_ref(), &repository);
            self.present.repositories.insert(repository.slug.clone(), (repository.clone(), to));
            self.acts.repositories.push(repository);
        }
        Ok(judged)
    }

    /// A repository that is renamed and moved has a record of each, as it has when people do it.
    fn record_repository(&mut self, was: Option<&Repository>, is: &Repository) {
        let draft = |action| self.acting.draft(action, Some(is.object()), Recorded::Allowed);
        let mut records = Vec::new();
        match was {
            None => records.push((
                draft("repository.create"),
                serde_json::json!({ "name": is.name, "project": is.project }),
            )),
            Some(was) => {
                if was.name != is.name {
                    let detail = serde_json::json!({ "name": { "from": was.name, "to": is.name } });
                    records.push((draft("repository.rename"), detail));
                }
                if was.project != is.project {
                    let detail = serde_json::json!({ "from": was.project, "to": is.project });
                    records.push((draft("repository.move"), detail));
                }
            }
        }
        for (draft, detail) in records {
            self.record(draft, detail);
        }
    }

    fn member(
        &mut self,
        at: usize,
        person: &Person,
        (name, email): (Option<&Name>, Option<&Email>),
        role: Option<EnterpriseRole>,
    ) -> Result<Judged, Fault> {
        let issuer = self.issuer(person)?;
        let key = (issuer, person.subject.as_str().to_owned());
        let by = self.acting.viewer.role;
        let Some(was) = self.present.members.get(&key).cloned() else {
            let role = role.unwrap_or(EnterpriseRole::Member);
            if !may_set_role(by, EnterpriseRole::Member, role) {
                return Err(fault(Some(Column::Role), Wrong::OwnersOnly, role.as_str()));
            }
            let (issuer, _) = key.clone();
            let member = invite::expected(self.acting, (issuer, &person.subject), (name, email), role);
            let changes = changed([
                (Column::Issuer, None, &member.issuer),
                (Column::Email, None, member.email.as_deref().unwrap_or_default()),
                (Column::Role, None, role.as_str()),
            ]);
            let draft = invite::added(self.acting, &member);
            let detail = draft.detail.clone();
            self.record(draft, detail);
            let judged = Judged::of(true, &member.name, changes);
            self.present.members.insert(key, member.clone());
            self.acts.members.push(member);
            return Ok(judged);
        };
        let to = role.unwrap_or(was.role);
        if to == was.role {
            return Ok(Judged::of(false, &was.name, Vec::new()));
        }
        if !may_set_role(by, was.role, to) {
            return Err(fault(Some(Column::Role), Wrong::OwnersOnly, to.as_str()));
        }
        if was.state == MemberState::Active {
            match (was.role, to) {
                (EnterpriseRole::Owner, _) => self.demoted.push((at, was.id.clone())),
                (_, EnterpriseRole::Owner) => self.promoted += 1,
                _ => {}
            }
        }
        let changes = changed([(Column::Role, Some(was.role.as_str()), to.as_str())]);
        let draft = self.acting.draft("member.role", Some(was.object()), Recorded::Allowed);
        self.record(draft, serde_json::json!({ "role": { "from": was.role.as_str(), "to": to.as_str() } }));
        let member = Member { role: to, ..was };
        let judged = Judged::of(false, &member.name, changes);
        self.present.members.insert(key, member.clone());
        self.acts.members.push(member);
        Ok(judged)
    }

    fn membership(&mut self, who: &Who, at: &At, role: Option<LocalRole>) -> Result<Judged, Fault> {
        let member = self.somebody(who)?;
        let shown = format!("{} ({})", member.name, member.subject);
        let (object, was, action) = match at {
            At::Project(path) => {
                let found = self.present.projects.get(path.as_str());
                let project = found
                    .ok_or_else(|| fault(Some(Column::Project), Wrong::UnknownProject, path.as_str()))?;
                let was = self.present.of_projects.get(&(project.id.clone(), member.id.clone()));
                (project.object(), was.copied(), "project.join")
            }
            At::Repository(path) => {
                let (repository, _) = self.present.repositories.get(path.as_str()).ok_or_else(|| {
                    fault(Some(Column::Repository), Wrong::UnknownRepository, path.as_str())
                })?;
                let was = self.present.of_repositories.get(&(repository.id.clone(), member.id.clone()));
                (repository.object(), was.copied(), "repository.join")
            }
        };
        let to = role.or(was).unwrap_or(LocalRole::Member);
        if was == Some(to) {
            return Ok(Judged::of(false, &shown, Vec::new()));
        }
        if was.is_none() && member.state != MemberState::Active {
            return Err(fault(Some(Column::Subject), Wrong::Disabled, &member.subject));
        }
        let changes = changed([(Column::Role, was.map(LocalRole::as_str), to.as_str())]);
        match at {
            At::Project(_) => {
                if let Some(id) = ProjectId::parse(&object.id) {
                    self.acts.of_projects.push((id, member.id.clone(), to));
                }
            }
            At::Repository(_) => {
                if let Some(id) = RepositoryId::parse(&object.id) {
                    self.acts.of_repositories.push((id, member.id.clone(), to));
                }
            }
        }
        let detail = serde_json::json!({
            "member": member.id,
            "name": member.name,
            "role": to.as_str(),
            "role_before": was.map(LocalRole::as_str),
        });
        self.record(self.acting.draft(action, Some(object), Recorded::Allowed), detail);
        Ok(Judged::of(was.is_none(), &shown, changes))
    }

    fn issuer(&self, person: &Person) -> Result<String, Fault> {
        let known = &self.present.issuers;
        match (&person.issuer, known.as_slice()) {
            (Some(given), known) if known.contains(given) => Ok(given.clone()),
            (Some(given), _) => Err(fault(Some(Column::Issuer), Wrong::UnknownIssuer, given)),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(fault(Some(Column::Issuer), Wrong::IssuerNeeded, "")),
        }
    }

    fn somebody(&self, who: &Who) -> Result<Member, Fault> {
        match who {
            Who::Person(person) => {
                let key = (self.issuer(person)?, person.subject.as_str().to_owned());
                let found = self.present.members.get(&key).cloned();
                found.ok_or_else(|| fault(Some(Column::Subject), Wrong::UnknownMember, &key.1))
            }
            Who::Email(email) => {
                let found = self.present.by_email.get(&email.as_str().to_lowercase());
                match found.map(Vec::as_slice) {
                    Some([only]) => Ok(only.clone()),
                    None | Some([]) => Err(fault(Some(Column::Email), Wrong::UnknownEmail, email.as_str())),
                    Some(_) => Err(fault(Some(Column::Email), Wrong::SharedEmail, email.as_str())),
                }
            }
        }
    }

    fn record(&mut self, mut draft: Draft, mut detail: serde_json::Value) {
        if let Some(facts) = detail.as_object_mut() {
            facts.insert("import".to_owned(), serde_json::json!(self.import));
        }
        draft.detail = detail;
        self.acts.records.push(draft);
    }

    /// Owners that the file itself adds do not count: nobody knows whether they will ever come.
    fn keep_an_owner(&mut self, verdicts: &mut [Verdict]) {
        let left = self.present.owners.saturating_sub(self.demoted.len()) + self.promoted;
        if left > 0 {
            return;
        }
        for (at, _) in &self.demoted {
            if let Some(verdict) = verdicts.get_mut(*at) {
                verdict.outcome = Outcome::Wrong;
                verdict.about.faults.push(fault(Some(Column::Role), Wrong::LastOwner, ""));
            }
        }
    }
}

/// Whether two lines about the same say the same; of a membership it does not matter how its member is named.
fn same(one: &Says, other: &Says) -> bool {
    match (one, other) {
        (Says::Membership { role: one, .. }, Says::Membership { role: other, .. }) => one == other,
        (one, other) => one == other,
    }
}

/// The verdict of a line that cannot even be read.
fn misread(entry: &Entry) -> Option<Verdict> {
    let faults = entry.says.as_ref().err()?;
    Some(Verdict {
        line: entry.line,
        outcome: Outcome::Wrong,
        about: About {
            kind: entry.kind,
            what: entry.what.clone(),
            who: String::new(),
            changes: Vec::new(),
            faults: faults.clone(),
        },
    })
}

fn verdict(entry: &Entry, judged: Result<Judged, Fault>) -> Verdict {
    let (outcome, who, changes, faults) = match judged {
        Ok(judged) => (judged.outcome, judged.who, judged.changes, Vec::new()),
        Err(fault) => (Outcome::Wrong, String::new(), Vec::new(), vec![fault]),
    };
    let what = match &entry.says {
        Ok(Says::Membership { at, .. }) => at.path().to_owned(),
        _ => entry.what.clone(),
    };
    Verdict { line: entry.line, outcome, about: About { kind: entry.kind, what, who, changes, faults } }
}

fn fault(column: Option<Column>, wrong: Wrong, value: &str) -> Fault {
    Fault { column, wrong, value: value.to_owned() }
}

/// The name that the file gives, else the one there is, else the path.
fn new_name(given: Option<&Name>, was: Option<&str>, path: &Slug) -> String {
    given.map(Name::as_str).or(was).unwrap_or(path.as_str()).to_owned()
}

/// What differs, and what is new and not empty.
fn changed<const N: usize>(facts: [(Column, Option<&str>, &str); N]) -> Vec<Change> {
    facts
        .into_iter()
        .filter(|(_, from, to)| *from != Some(*to) && !(from.is_none() && to.is_empty()))
        .map(|(column, from, to)| Change { column, from: from.map(str::to_owned), to: to.to_owned() })
        .collect()
}
