//! The demonstration enterprise of `voucher dev`: people, projects, repositories, one credential of each type, an
//! access key, and a second enterprise to see that neither sees the other.
//!
//! It goes through the operations that the console uses, so what it makes is sealed, signed and recorded.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::{ChainId, Origin};
use crate::catalogue::{self, CredentialType, Kept, Surroundings};
use crate::credentials::{self, Description, Name, NewCredential, Reach, Scope, Token};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Enterprise, Member, MemberState, Project, Repository};
use crate::ids::{EnterpriseId, MemberId, ProjectId, RepositoryId, SignInId, SubmissionId};
use crate::people::dev_issuer::Persona;
use crate::permission::{Acting, EnterpriseRole, LocalRole, Proof, Viewer};
use crate::pipelines::{self, KeyFacts, NewAccessKey, Place, Sources, Tokens};
use crate::seal::{Random, Sealer};
use crate::secret::Secret;
use crate::web::Language;

/// The first enterprise: its slug and its name.
pub(super) const ENTERPRISE: (&str, &str) = ("aurora", "Aurora 极光科技");
const OTHER: (&str, &str) = ("borealis", "Borealis 北辰数据");

/// Somebody to sign in as.
struct Cast {
    subject: &'static str,
    name: &'static str,
    enterprise: &'static str,
    role: EnterpriseRole,
    en: &'static str,
    zh: &'static str,
}

const CAST: [Cast; 7] = [
    Cast {
        subject: "lin-yue",
        name: "Lin Yue 林月",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Owner,
        en: "Owner of Aurora. May do everything.",
        zh: "极光科技的所有者，拥有全部权限。",
    },
    Cast {
        subject: "chen-wei",
        name: "Chen Wei 陈伟",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Administrator,
        en: "Administrator. Creates, scopes and rotates credentials.",
        zh: "管理员，负责创建凭证、设置授权范围和轮换。",
    },
    Cast {
        subject: "zhao-min",
        name: "Zhao Min 赵敏",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Auditor,
        en: "Auditor of Aurora and of Borealis. Sees everything but content, changes nothing.",
        zh: "极光科技和北辰数据的审计员，可查看除内容以外的一切，不能修改。",
    },
    Cast {
        subject: "wang-hao",
        name: "Wang Hao 王浩",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Member,
        en: "Manages the project Storefront. Makes access keys for it.",
        zh: "「商城」项目的负责人，可为该项目创建访问密钥。",
    },
    Cast {
        subject: "li-na",
        name: "Li Na 李娜",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Member,
        en: "Works in the repository storefront/web. Sees what can be used there.",
        zh: "仓库 storefront/web 的成员，只能看到可在该仓库使用的凭证。",
    },
    Cast {
        subject: "guo-ran",
        name: "Guo Ran 郭然",
        enterprise: ENTERPRISE.0,
        role: EnterpriseRole::Member,
        en: "A member without any project. Sees nothing.",
        zh: "未加入任何项目的成员，什么也看不到。",
    },
    Cast {
        subject: "sun-qi",
        name: "Sun Qi 孙琪",
        enterprise: OTHER.0,
        role: EnterpriseRole::Owner,
        en: "Owner of another enterprise, Borealis. Cannot tell that Aurora exists.",
        zh: "另一家企业「北辰数据」的所有者，无从得知极光科技的存在。",
    },
];

/// The people to sign in as; of an empty installation, its owner alone.
pub(super) fn personas(empty: bool) -> Vec<Persona> {
    CAST.iter()
        .take(if empty { 1 } else { CAST.len() })
        .map(|cast| Persona {
            subject: cast.subject.to_owned(),
            name: cast.name.to_owned(),
            email: format!("{}@{}.example", cast.subject, cast.enterprise),
            role: cast.role.as_str().to_owned(),
            description_en: cast.en.to_owned(),
            description_zh: cast.zh.to_owned(),
        })
        .collect()
}

/// The subject of the first owner.
pub(super) fn owner() -> &'static str {
    CAST.first().map_or("", |cast| cast.subject)
}

/// What was made.
pub(super) struct Seeded {
    /// The text of the demonstration access key.
    pub(super) access_key: Secret<String>,
    /// A credential's token, by its type.
    pub(super) tokens: BTreeMap<String, String>,
}

/// Why it was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeedError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of our own samples was refused; a defect.
    #[error("the demonstration data was refused: {0}")]
    Refused(String),
}

fn refused(why: impl std::fmt::Display) -> SeedError {
    SeedError::Refused(why.to_string())
}

/// Makes both enterprises, in one transaction. `issuer` vouches for the people.
pub(super) fn seed(
    conn: &mut Conn,
    sealer: &Sealer,
    chain: &ChainId,
    (now, random): (Timestamp, &Random),
    issuer: &str,
) -> Result<Seeded, SeedError> {
    let aurora = enterprise(conn, ENTERPRISE, (now, random))?;
    let borealis = enterprise(conn, OTHER, (now, random))?;
    let mut members = BTreeMap::new();
    for cast in &CAST {
        let of = if cast.enterprise == ENTERPRISE.0 { &aurora } else { &borealis };
        members.insert(cast.subject, member(conn, of, cast, issuer, (now, random))?);
    }
    // One person in both, to show how one goes from one to the other.
    for cast in CAST.iter().filter(|cast| cast.role == EnterpriseRole::Auditor) {
        member(conn, &borealis, cast, issuer, (now, random))?;
    }
    let storefront = project(conn, &aurora, ("storefront", "Storefront 商城"), (now, random))?;
    let platform = project(conn, &aurora, ("platform", "Platform 平台"), (now, random))?;
    let web = repository(conn, &aurora, &storefront, "storefront/web", (now, random))?;
    repository(conn, &aurora, &storefront, "storefront/api", (now, random))?;
    repository(conn, &aurora, &platform, "platform/deploy", (now, random))?;
    let elsewhere = project(conn, &borealis, ("research", "Research 研究"), (now, random))?;
    if let Some(id) = members.get("wang-hao") {
        directory::join_project(conn, &storefront, id, LocalRole::Manager)?;
    }
    if let Some(id) = members.get("li-na") {
        directory::join_repository(conn, &web, id, LocalRole::Member)?;
    }
    let acting = |enterprise: &EnterpriseId, (slug, name): (&str, &str), subject: &str| {
        let member = members.get(subject).ok_or_else(|| refused(slug))?;
        Ok::<_, SeedError>(acting(enterprise, name, member, chain, (now, random)))
    };
    let lin = acting(&aurora, ENTERPRISE, "lin-yue")?;
    let everywhere = Scope { projects: Reach::All, repositories: Reach::All };
    let in_storefront =
        Scope { projects: Reach::Chosen([storefront.clone()].into()), repositories: Reach::none() };
    // Also by repository, for those who work only there; the demonstration access key is the project's.
    let in_web = Scope {
        projects: Reach::Chosen([storefront.clone()].into()),
        repositories: Reach::Chosen([web].into()),
    };
    let mut tokens = BTreeMap::new();
    for (at, of) in catalogue::all().iter().enumerate() {
        let scope = [&in_storefront, &everywhere, &in_storefront, &in_web].into_iter().cycle().nth(at);
        let token = credential(conn, sealer, &lin, of, scope.unwrap_or(&everywhere).clone())?;
        tokens.insert(of.id.to_owned(), token);
    }
    let sun = acting(&borealis, OTHER, "sun-qi")?;
    if let Some(of) = catalogue::all().first() {
        credential(conn, sealer, &sun, of, everywhere)?;
    }
    access_key(conn, &sun, elsewhere, "research builds")?;
    let access_key = access_key(conn, &lin, storefront, "storefront builds")?;
    Ok(Seeded { access_key, tokens })
}

fn enterprise(
    conn: &mut Conn,
    (slug, name): (&str, &str),
    (now, random): (Timestamp, &Random),
) -> Result<EnterpriseId, StoreError> {
    let new = Enterprise { id: EnterpriseId::new(now, random), slug: slug.to_owned(), name: name.to_owned() };
    directory::add_enterprise(conn, &new, now)?;
    Ok(new.id)
}

fn member(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    cast: &Cast,
    issuer: &str,
    (now, random): (Timestamp, &Random),
) -> Result<MemberId, StoreError> {
    let new = Member {
        id: MemberId::new(now, random),
        issuer: issuer.to_owned(),
        subject: cast.subject.to_owned(),
        name: cast.name.to_owned(),
        email: None,
        role: cast.role,
        state: MemberState::Active,
        created_at: now,
    };
    directory::add_member(conn, enterprise, &new)?;
    Ok(new.id)
}

fn project(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (slug, name): (&str, &str),
    (now, random): (Timestamp, &Random),
) -> Result<ProjectId, StoreError> {
    let new = Project { id: ProjectId::new(now, random), slug: slug.to_owned(), name: name.to_owned() };
    directory::add_project(conn, enterprise, &new, now)?;
    Ok(new.id)
}

fn repository(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    project: &ProjectId,
    slug: &str,
    (now, random): (Timestamp, &Random),
) -> Result<RepositoryId, StoreError> {
    let new = Repository {
        id: RepositoryId::new(now, random),
        project: project.clone(),
        slug: slug.to_owned(),
        name: slug.to_owned(),
    };
    directory::add_repository(conn, enterprise, &new, now)?;
    Ok(new.id)
}

fn acting(
    enterprise: &EnterpriseId,
    enterprise_name: &str,
    member: &MemberId,
    chain: &ChainId,
    (now, random): (Timestamp, &Random),
) -> Acting {
    Acting {
        viewer: Viewer {
            member: member.clone(),
            name: "voucher dev".to_owned(),
            enterprise: enterprise.clone(),
            enterprise_name: enterprise_name.to_owned(),
            elsewhere: false,
            role: EnterpriseRole::Owner,
            projects: Vec::new(),
            repositories: Vec::new(),
            sign_in: SignInId::new(now, random),
        },
        proof: Proof::SignIn,
        now,
        chain: chain.clone(),
        origin: Origin::default(),
        random: random.clone(),
    }
}

fn credential(
    conn: &mut Conn,
    sealer: &Sealer,
    acting: &Acting,
    of: &'static CredentialType,
    scope: Scope,
) -> Result<String, SeedError> {
    let variant = of.variants.first().map_or("", |variant| variant.id);
    let content = of
        .check(of.sample(variant), &Kept::nothing(), Surroundings::at(acting.now))
        .map_err(|errors| refused(format!("{}: {errors:?}", of.id)))?;
    let token = format!("{}-demo", of.id);
    let new = NewCredential {
        credential_type: of,
        name: Name::parse(&name(of)).map_err(refused)?,
        token: Some(Token::parse(&token).map_err(refused)?),
        description: Description::parse("Made by voucher dev. Its content is made up.").map_err(refused)?,
        content,
        scope,
        expires_at: None,
        responsible: acting.viewer.member.clone(),
        submission: SubmissionId::new(acting.now, &acting.random),
    };
    credentials::create(conn, acting, sealer, new).map_err(refused)?;
    Ok(token)
}

/// What people of both languages call it.
fn name(of: &CredentialType) -> String {
    let [zh, en] = [Language::ZhCn, Language::En].map(|language| language.t(&of.label()));
    if zh == en { format!("{en} (demo)") } else { format!("{zh} {en} (demo)") }
}

fn access_key(
    conn: &mut Conn,
    acting: &Acting,
    project: ProjectId,
    name: &str,
) -> Result<Secret<String>, SeedError> {
    let new = NewAccessKey {
        facts: KeyFacts {
            name: Name::parse(name).map_err(refused)?,
            expires_at: None,
            sources: Sources::Anywhere,
            tokens: Tokens::All,
        },
        place: Place::Project(project),
        submission: SubmissionId::new(acting.now, &acting.random),
    };
    let (_, made) = pipelines::create(conn, acting, &new).map_err(refused)?;
    Ok(made.text)
}
