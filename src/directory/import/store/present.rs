//! What is there already of what a file mentions, read in a few statements however many lines it has.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::{Conn, StoreError, words};
use crate::directory::import::entry::{At, Entry, Person, Says, Who};
use crate::directory::store::{self, MemberRow};
use crate::directory::{Member, MemberState, Project, Repository};
use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::schema::{
    members as m, project_members as pm, projects as p, repositories as r, repository_members as rm,
};

/// As many keys as one statement is given.
const CHUNK: usize = 500;

/// What is there.
#[derive(Default)]
pub(in crate::directory::import) struct Present {
    /// By path.
    pub(in crate::directory::import) projects: HashMap<String, Project>,
    /// By path, each with its project.
    pub(in crate::directory::import) repositories: HashMap<String, (Repository, Project)>,
    /// By issuer and subject.
    pub(in crate::directory::import) members: HashMap<(String, String), Member>,
    /// Everybody who has an address, in lower case.
    pub(in crate::directory::import) by_email: HashMap<String, Vec<Member>>,
    /// Who vouches for members of the enterprise.
    pub(in crate::directory::import) issuers: Vec<String>,
    /// How many owners may sign in.
    pub(in crate::directory::import) owners: usize,
    /// The roles of these members in projects.
    pub(in crate::directory::import) of_projects: HashMap<(ProjectId, MemberId), LocalRole>,
    /// The roles of these members in repositories.
    pub(in crate::directory::import) of_repositories: HashMap<(RepositoryId, MemberId), LocalRole>,
}

/// What a file mentions.
#[derive(Default)]
struct Mentioned<'a> {
    projects: BTreeSet<&'a str>,
    repositories: BTreeSet<&'a str>,
    subjects: BTreeSet<&'a str>,
    emails: BTreeSet<String>,
}

impl<'a> Mentioned<'a> {
    fn by(entries: &'a [Entry]) -> Self {
        let mut all = Self::default();
        for says in entries.iter().filter_map(|entry| entry.says.as_ref().ok()) {
            match says {
                Says::Project { path, .. } => {
                    all.projects.insert(path.as_str());
                }
                Says::Repository { path, project, .. } => {
                    all.repositories.insert(path.as_str());
                    all.projects.extend(project.as_ref().map(|project| project.as_str()));
                }
                Says::Member { person, .. } => all.person(person),
                Says::Membership { who, at, .. } => {
                    match who {
                        Who::Person(person) => all.person(person),
                        Who::Email(email) => {
                            all.emails.insert(email.as_str().to_lowercase());
                        }
                    }
                    match at {
                        At::Project(path) => all.projects.insert(path.as_str()),
                        At::Repository(path) => all.repositories.insert(path.as_str()),
                    };
                }
            }
        }
        all
    }

    fn person(&mut self, person: &'a Person) {
        self.subjects.insert(person.subject.as_str());
    }
}

/// Reads what is there of what `entries` mention.
pub(in crate::directory::import) fn present(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    entries: &[Entry],
) -> Result<Present, StoreError> {
    let mentioned = Mentioned::by(entries);
    let mut present = Present {
        issuers: store::issuers(conn, enterprise)?,
        owners: owners(conn, enterprise)?,
        ..Present::default()
    };
    places(conn, enterprise, &mentioned, &mut present)?;
    people(conn, enterprise, &mentioned, &mut present)?;
    memberships(conn, &mut present)?;
    Ok(present)
}

fn owners(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<usize, StoreError> {
    let count: i64 = m::table
        .filter(m::enterprise_id.eq(enterprise.as_str()))
        .filter(m::role.eq(EnterpriseRole::Owner.as_str()).and(m::state.eq(MemberState::Active.as_str())))
        .select(count_star())
        .first(conn)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

fn places(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    mentioned: &Mentioned<'_>,
    present: &mut Present,
) -> Result<(), StoreError> {
    type Row = (String, String, String);
    let project = |(id, slug, name): Row| -> Result<Project, StoreError> {
        Ok(Project { id: ProjectId::parse(&id).ok_or_else(|| bad("project"))?, slug, name })
    };
    let paths: Vec<&str> = mentioned.projects.iter().copied().collect();
    for some in paths.chunks(CHUNK) {
        let rows: Vec<Row> = p::table
            .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::slug.eq_any(some)))
            .select((p::id, p::slug, p::name))
            .load(conn)?;
        for row in rows {
            let found = project(row)?;
            present.projects.insert(found.slug.clone(), found);
        }
    }
    let paths: Vec<&str> = mentioned.repositories.iter().copied().collect();
    for some in paths.chunks(CHUNK) {
        let rows: Vec<(Row, Row)> = r::table
            .inner_join(p::table)
            .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::slug.eq_any(some)))
            .select(((r::id, r::slug, r::name), (p::id, p::slug, p::name)))
            .load(conn)?;
        for ((id, slug, name), home) in rows {
            let home = project(home)?;
            let found = Repository {
                id: RepositoryId::parse(&id).ok_or_else(|| bad("repository"))?,
                project: home.id.clone(),
                slug: slug.clone(),
                name,
            };
            present.repositories.insert(slug, (found, home));
        }
    }
    Ok(())
}

fn people(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    mentioned: &Mentioned<'_>,
    present: &mut Present,
) -> Result<(), StoreError> {
    let subjects: Vec<&str> = mentioned.subjects.iter().copied().collect();
    for some in subjects.chunks(CHUNK) {
        let rows: Vec<MemberRow> = m::table
            .filter(m::enterprise_id.eq(enterprise.as_str()).and(m::subject.eq_any(some)))
            .select((m::id, m::issuer, m::subject, m::name, m::email, m::role, m::state, m::created_at))
            .load(conn)?;
        for row in rows {
            let found = store::member(row)?;
            present.members.insert((found.issuer.clone(), found.subject.clone()), found);
        }
    }
    let emails: Vec<&String> = mentioned.emails.iter().collect();
    for some in emails.chunks(CHUNK) {
        let rows: Vec<MemberRow> = m::table
            .filter(m::enterprise_id.eq(enterprise.as_str()).and(m::email.is_not_null()))
            .filter(words::lower(m::email.assume_not_null()).eq_any(some.iter().map(|email| email.as_str())))
            .select((m::id, m::issuer, m::subject, m::name, m::email, m::role, m::state, m::created_at))
            .load(conn)?;
        for row in rows {
            let found = store::member(row)?;
            let email = found.email.as_deref().unwrap_or_default().to_lowercase();
            present.by_email.entry(email).or_default().push(found);
        }
    }
    Ok(())
}

/// What the members who were found are members of.
fn memberships(conn: &mut Conn, present: &mut Present) -> Result<(), StoreError> {
    let found = present.members.values().chain(present.by_email.values().flatten());
    let ids: BTreeSet<String> = found.map(|member| member.id.to_string()).collect();
    let ids: Vec<&String> = ids.iter().collect();
    for some in ids.chunks(CHUNK) {
        let some: Vec<&str> = some.iter().map(|id| id.as_str()).collect();
        let rows: Vec<(String, String, String)> = pm::table
            .filter(pm::member_id.eq_any(&some))
            .select((pm::project_id, pm::member_id, pm::role))
            .load(conn)?;
        for (project, member, role) in rows {
            let project = ProjectId::parse(&project).ok_or_else(|| bad("project"))?;
            present.of_projects.insert((project, id_of(&member)?), role_of(&role)?);
        }
        let rows: Vec<(String, String, String)> = rm::table
            .filter(rm::member_id.eq_any(&some))
            .select((rm::repository_id, rm::member_id, rm::role))
            .load(conn)?;
        for (repository, member, role) in rows {
            let repository = RepositoryId::parse(&repository).ok_or_else(|| bad("repository"))?;
            present.of_repositories.insert((repository, id_of(&member)?), role_of(&role)?);
        }
    }
    Ok(())
}

fn id_of(member: &str) -> Result<MemberId, StoreError> {
    MemberId::parse(member).ok_or_else(|| bad("member"))
}

fn role_of(role: &str) -> Result<LocalRole, StoreError> {
    LocalRole::parse(role).ok_or_else(|| bad("role"))
}

fn bad(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in a row of the directory"))
}
