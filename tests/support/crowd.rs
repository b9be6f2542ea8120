//! A large enterprise: projects with repositories, members, and memberships spread over them.

use voucher::credentials::{Reach, Scope};
use voucher::db::Conn;
use voucher::directory::{self, Member, MemberState, Project, Repository};
use voucher::ids::{MemberId, ProjectId, RepositoryId};
use voucher::permission::{EnterpriseRole, LocalRole};

use super::world::{Sample, Tools, World};

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) projects: usize,
    pub(crate) repositories: usize,
    pub(crate) members: usize,
    /// Of projects and of repositories together.
    pub(crate) memberships: usize,
    pub(crate) credentials: usize,
}

impl Size {
    /// A fraction of it.
    pub(crate) fn divided_by(self, by: usize) -> Self {
        Self {
            projects: self.projects / by,
            repositories: self.repositories / by,
            members: self.members / by,
            memberships: self.memberships / by,
            credentials: self.credentials / by,
        }
    }
}

/// Who and what is in the crowd; [`Crowd::grow`] adds to it.
#[derive(Default)]
pub(crate) struct Crowd {
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) repositories: Vec<RepositoryId>,
    pub(crate) members: Vec<MemberId>,
    memberships: usize,
    pub(crate) credentials: Vec<voucher::ids::CredentialId>,
}

impl Crowd {
    /// Adds to Acme until there is this much. The first member belongs to as many places as there are projects.
    pub(crate) fn grow(&mut self, world: &World, conn: &mut Conn, tools: &Tools<'_>, to: Size) {
        let (now, random) = (tools.now, tools.random);
        for number in self.projects.len()..to.projects {
            let slug = format!("crowd-{number}");
            let project = Project { id: ProjectId::new(now, random), name: format!("Crowd {number}"), slug };
            directory::add_project(conn, &world.acme, &project, now).unwrap();
            self.projects.push(project.id);
        }
        for number in self.repositories.len()..to.repositories {
            let of = number % self.projects.len();
            let repository = Repository {
                id: RepositoryId::new(now, random),
                project: self.projects[of].clone(),
                slug: format!("crowd-{of}/service-{number}"),
                name: format!("Service {number}"),
            };
            directory::add_repository(conn, &world.acme, &repository, now).unwrap();
            self.repositories.push(repository.id);
        }
        for number in self.members.len()..to.members {
            let member = Member {
                id: MemberId::new(now, random),
                issuer: "https://crowd.example".to_owned(),
                subject: format!("crowd-{number}"),
                name: format!("Person {number:05}"),
                email: Some(format!("person-{number}@acme.example")),
                role: EnterpriseRole::Member,
                state: MemberState::Active,
                created_at: now,
            };
            directory::add_member(conn, &world.acme, &member).unwrap();
            self.members.push(member.id);
        }
        // One after the other, each member into the next place, so that no pair comes twice while there are fewer
        // memberships than members times places.
        let places = self.projects.len() + self.repositories.len();
        for number in self.memberships..to.memberships {
            let member = &self.members[number % self.members.len()];
            let round = number / self.members.len();
            let place = (number * 7 + round * 13) % places;
            let role = if number % 10 == 0 { LocalRole::Manager } else { LocalRole::Member };
            let joined = match place.checked_sub(self.projects.len()) {
                None => directory::join_project(conn, &self.projects[place], member, role),
                Some(place) => directory::join_repository(conn, &self.repositories[place], member, role),
            };
            joined.unwrap();
        }
        self.memberships = to.memberships;
        for number in self.credentials.len()..to.credentials {
            let some =
                |all: &[ProjectId]| (0..20).map(|n| all[(number + n * 7) % all.len()].clone()).collect();
            let scope = Scope {
                projects: Reach::Chosen(some(&self.projects)),
                repositories: Reach::Chosen(
                    (0..20)
                        .map(|n| self.repositories[(number * 3 + n * 11) % self.repositories.len()].clone())
                        .collect(),
                ),
            };
            let token = format!("crowd-{number}");
            let sample = Sample { token: &token, scope, ..Sample::default() };
            self.credentials.push(world.credential(conn, tools, &sample));
        }
    }
}
