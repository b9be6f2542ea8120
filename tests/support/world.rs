//! Two enterprises to try everything in, made by the operations that the console uses.
//!
//! Acme has the projects `shop` (repositories `shop/web`, `shop/api`) and `plat` (`plat/deploy`), and a member for
//! each way to stand to a credential. Umbrella has the same names inside and one owner, the stranger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use voucher::audit::{ChainId, Origin};
use voucher::catalogue::{self, Kept, Surroundings};
use voucher::credentials::{self, Description, Name, NewCredential, Reach, Scope, Token};
use voucher::db::{Conn, StoreError};
use voucher::directory::{self, Enterprise, Member, MemberState, Project, Repository};
use voucher::ids::{
    AccessKeyId, CandidateId, CredentialId, EnterpriseId, ImportId, IssuerId, MemberId, ProjectId,
    ProvisioningKeyId, RepositoryId, RuleId, SignInId, SubmissionId,
};
use voucher::permission::{Acting, EnterpriseRole, LocalRole, Proof, Viewer};
use voucher::pipelines::issuers::{self, NewRule, Preset};
use voucher::pipelines::{self, KeyFacts, NewAccessKey, Place, Sources, Tokens};
use voucher::provisioning::{self, NewProvisioningKey};
use voucher::seal::{Random, Sealer};

/// Who there is: subject at the issuer, enterprise, role.
pub(crate) const CAST: &[(&str, &str, EnterpriseRole)] = &[
    ("owner", "acme", EnterpriseRole::Owner),
    ("administrator", "acme", EnterpriseRole::Administrator),
    ("auditor", "acme", EnterpriseRole::Auditor),
    // Answers for credentials, manages nothing.
    ("responsible", "acme", EnterpriseRole::Member),
    // Manages the project `shop`.
    ("manager", "acme", EnterpriseRole::Member),
    // Works in the repository `shop/web`.
    ("in-scope", "acme", EnterpriseRole::Member),
    // Works nowhere.
    ("bystander", "acme", EnterpriseRole::Member),
    ("stranger", "umbrella", EnterpriseRole::Owner),
];

/// The ids of what was made.
pub(crate) struct World {
    pub(crate) acme: EnterpriseId,
    pub(crate) umbrella: EnterpriseId,
    pub(crate) members: BTreeMap<&'static str, MemberId>,
    pub(crate) projects: BTreeMap<&'static str, ProjectId>,
    pub(crate) repositories: BTreeMap<&'static str, RepositoryId>,
}

/// What making something needs besides the world.
pub(crate) struct Tools<'a> {
    pub(crate) sealer: &'a Sealer,
    pub(crate) chain: &'a ChainId,
    pub(crate) random: &'a Random,
    pub(crate) now: Timestamp,
}

impl World {
    /// Makes both enterprises; each has an issuer that vouches for its members.
    pub(crate) fn create(
        conn: &mut Conn,
        tools: &Tools<'_>,
        (acme_issuer, umbrella_issuer): (&str, &str),
    ) -> Result<Self, StoreError> {
        let (now, random) = (tools.now, tools.random);
        let acme = enterprise(conn, ("acme", "Acme"), tools)?;
        let umbrella = enterprise(conn, ("umbrella", "Umbrella"), tools)?;
        let mut members = BTreeMap::new();
        for (subject, of, role) in CAST {
            let (enterprise, issuer) =
                if *of == "acme" { (&acme, acme_issuer) } else { (&umbrella, umbrella_issuer) };
            let new = Member {
                id: MemberId::new(now, random),
                issuer: issuer.to_owned(),
                subject: (*subject).to_owned(),
                name: (*subject).to_owned(),
                email: None,
                role: *role,
                state: MemberState::Active,
                created_at: now,
            };
            directory::add_member(conn, enterprise, &new)?;
            members.insert(*subject, new.id);
        }
        let mut projects = BTreeMap::new();
        let mut repositories = BTreeMap::new();
        for (of, name, slug, inside) in [
            (&acme, "shop", "shop", &[("shop/web", "shop/web"), ("shop/api", "shop/api")][..]),
            (&acme, "plat", "plat", &[("plat/deploy", "plat/deploy")][..]),
            (&umbrella, "umbrella:shop", "shop", &[("umbrella:shop/web", "shop/web")][..]),
        ] {
            let project = Project { id: ProjectId::new(now, random), slug: slug.into(), name: slug.into() };
            directory::add_project(conn, of, &project, now)?;
            for (name, slug) in inside {
                let repository = Repository {
                    id: RepositoryId::new(now, random),
                    project: project.id.clone(),
                    slug: (*slug).into(),
                    name: (*slug).into(),
                };
                directory::add_repository(conn, of, &repository, now)?;
                repositories.insert(*name, repository.id);
            }
            projects.insert(name, project.id);
        }
        directory::join_project(conn, &projects["shop"], &members["manager"], LocalRole::Manager)?;
        directory::join_repository(conn, &repositories["shop/web"], &members["in-scope"], LocalRole::Member)?;
        Ok(Self { acme, umbrella, members, projects, repositories })
    }

    /// One more member of Acme, who never signs in.
    pub(crate) fn another_member(&self, conn: &mut Conn, tools: &Tools<'_>, name: &str) -> MemberId {
        let new = Member {
            id: MemberId::new(tools.now, tools.random),
            issuer: "https://elsewhere.example".to_owned(),
            subject: name.to_owned(),
            name: name.to_owned(),
            email: Some(format!("{name}@acme.example")),
            role: EnterpriseRole::Member,
            state: MemberState::Active,
            created_at: tools.now,
        };
        directory::add_member(conn, &self.acme, &new).unwrap();
        new.id
    }

    /// An import that the owner looks at.
    pub(crate) fn import(&self, conn: &mut Conn, tools: &Tools<'_>, text: &str) -> ImportId {
        let acting = self.acting("acme", tools);
        let file = directory::import::read(text.as_bytes()).unwrap();
        let shown = directory::import::look(conn, &acting, &file).unwrap();
        directory::import::keep(conn, &acting.viewer, tools.now, &shown).unwrap()
    }

    /// Everything open to an owner.
    pub(crate) fn acting(&self, as_owner_of: &str, tools: &Tools<'_>) -> Acting {
        let (enterprise, member) = match as_owner_of {
            "umbrella" => (&self.umbrella, "stranger"),
            _ => (&self.acme, "owner"),
        };
        Acting {
            viewer: Viewer {
                member: self.members[member].clone(),
                name: member.to_owned(),
                enterprise: enterprise.clone(),
                enterprise_name: as_owner_of.to_owned(),
                elsewhere: false,
                role: EnterpriseRole::Owner,
                projects: Vec::new(),
                repositories: Vec::new(),
                sign_in: SignInId::new(tools.now, tools.random),
            },
            proof: Proof::SignIn,
            now: tools.now,
            chain: tools.chain.clone(),
            origin: Origin::default(),
            random: tools.random.clone(),
        }
    }

    /// A credential with the sample of its type.
    pub(crate) fn credential(&self, conn: &mut Conn, tools: &Tools<'_>, new: &Sample<'_>) -> CredentialId {
        let acting = self.acting(new.enterprise, tools);
        credentials::create(conn, &acting, tools.sealer, self.new_credential(&acting, tools, new)).unwrap()
    }

    /// The same as a candidate, which the owner can save.
    pub(crate) fn candidate(&self, conn: &mut Conn, tools: &Tools<'_>, new: &Sample<'_>) -> CandidateId {
        let acting = self.acting(new.enterprise, tools);
        let new = self.new_credential(&acting, tools, new);
        credentials::propose(conn, &acting, tools.sealer, new).unwrap().id
    }

    fn new_credential(&self, acting: &Acting, tools: &Tools<'_>, new: &Sample<'_>) -> NewCredential {
        let of = catalogue::find(new.credential_type).unwrap();
        let mut submitted = of.sample(of.variants[0].id);
        for (field, value) in new.secret {
            submitted.secret.insert((*field).to_owned(), voucher::secret::Secret::new((*value).into()));
        }
        let content =
            of.check(submitted, &Kept::nothing(), Surroundings::at(tools.now)).map_err(drop).unwrap();
        NewCredential {
            credential_type: of,
            name: Name::parse(new.token).unwrap(),
            token: Some(Token::parse(new.token).unwrap()),
            description: Description::parse("").unwrap(),
            content,
            scope: new.scope.clone(),
            expires_at: new.expires_at,
            responsible: self.members.get(new.responsible).cloned().unwrap_or(acting.viewer.member.clone()),
            submission: SubmissionId::new(tools.now, tools.random),
        }
    }

    /// An access key of a place, and its text.
    pub(crate) fn access_key(
        &self,
        conn: &mut Conn,
        tools: &Tools<'_>,
        (enterprise, place): (&str, Place),
        expires_at: Option<Timestamp>,
    ) -> (AccessKeyId, String) {
        let new = NewAccessKey {
            facts: KeyFacts {
                name: Name::parse("a key").unwrap(),
                expires_at,
                sources: Sources::Anywhere,
                tokens: Tokens::All,
            },
            place,
            submission: SubmissionId::new(tools.now, tools.random),
        };
        let (id, made) = pipelines::create(conn, &self.acting(enterprise, tools), &new).unwrap();
        (id, made.text.expose().clone())
    }

    /// A provisioning key of Acme, and its text.
    pub(crate) fn provisioning_key(
        &self,
        conn: &mut Conn,
        tools: &Tools<'_>,
        expires_at: Option<Timestamp>,
    ) -> (ProvisioningKeyId, String) {
        self.new_provisioning_key(conn, tools, ("HR", false, expires_at))
    }

    /// The same, that may manage access keys.
    pub(crate) fn key_program(&self, conn: &mut Conn, tools: &Tools<'_>) -> (ProvisioningKeyId, String) {
        self.new_provisioning_key(conn, tools, ("Terraform", true, None))
    }

    fn new_provisioning_key(
        &self,
        conn: &mut Conn,
        tools: &Tools<'_>,
        (name, manages_access, expires_at): (&str, bool, Option<Timestamp>),
    ) -> (ProvisioningKeyId, String) {
        let new = NewProvisioningKey {
            name: Name::parse(name).unwrap(),
            manages_access,
            expires_at,
            submission: SubmissionId::new(tools.now, tools.random),
        };
        let (id, made) = provisioning::create(conn, &self.acting("acme", tools), &new).unwrap();
        (id, made.text.expose().clone())
    }

    /// An issuer that Acme trusts, and a rule of it for the project `shop`.
    pub(crate) fn trusted_issuer(&self, conn: &mut Conn, tools: &Tools<'_>) -> (IssuerId, RuleId) {
        let acting = self.acting("acme", tools);
        let submission = || SubmissionId::new(tools.now, tools.random);
        let new = super::ci::new_issuer(
            "https://gitlab.example",
            Preset::GitLab,
            "https://voucher.example/acme",
            submission(),
        );
        let issuer = issuers::trust(conn, &acting, &new).unwrap();
        let new = NewRule {
            name: Name::parse("a rule").unwrap(),
            place: Place::Project(self.projects["shop"].clone()),
            demands: super::ci::demands("project_id", "42", &[]),
            submission: submission(),
        };
        let rule = issuers::add_rule(conn, &acting, &issuer, &new).unwrap();
        (issuer, rule)
    }

    /// Usable by the project.
    pub(crate) fn in_project(&self, name: &str) -> Scope {
        Scope { projects: Reach::Chosen([self.projects[name].clone()].into()), repositories: Reach::none() }
    }
}

/// Usable by everybody in the enterprise.
pub(crate) fn everywhere() -> Scope {
    Scope { projects: Reach::All, repositories: Reach::All }
}

/// A credential to be made.
pub(crate) struct Sample<'a> {
    pub(crate) enterprise: &'a str,
    pub(crate) credential_type: &'a str,
    pub(crate) token: &'a str,
    pub(crate) scope: Scope,
    pub(crate) responsible: &'a str,
    pub(crate) expires_at: Option<Timestamp>,
    /// Secret fields that differ from the type's sample.
    pub(crate) secret: &'a [(&'a str, &'a str)],
}

impl Default for Sample<'_> {
    fn default() -> Self {
        Self {
            enterprise: "acme",
            credential_type: "username-password",
            token: "login",
            scope: everywhere(),
            responsible: "responsible",
            expires_at: None,
            secret: &[],
        }
    }
}

fn enterprise(
    conn: &mut Conn,
    (slug, name): (&str, &str),
    tools: &Tools<'_>,
) -> Result<EnterpriseId, StoreError> {
    let new = Enterprise {
        id: EnterpriseId::new(tools.now, tools.random),
        slug: slug.to_owned(),
        name: name.to_owned(),
    };
    directory::add_enterprise(conn, &new, tools.now)?;
    Ok(new.id)
}
