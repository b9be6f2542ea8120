//! Creating a credential.

use jiff::Timestamp;

use super::sealed::{Place, SealedVersion};
use super::store::{self, NewRow};
use super::{Description, Name, Scope, Token};
use crate::audit::{self, Draft, Object, Outcome};
use crate::catalogue::{Content, CredentialType};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, EnterpriseId, MemberId, SubmissionId};
use crate::permission::{Acting, may_create, may_set_scope};
use crate::seal::{Random, Sealer};
use crate::verify;

/// What the form of a new credential says, checked.
pub struct NewCredential {
    /// Its type.
    pub credential_type: &'static CredentialType,
    /// What people call it.
    pub name: Name,
    /// What pipelines call it; `None` generates one.
    pub token: Option<Token>,
    /// What it is for.
    pub description: Description,
    /// What the type made of the submitted fields.
    pub content: Content,
    /// Where it may be used.
    pub scope: Scope,
    /// When it ends, if somebody says so.
    pub expires_at: Option<Timestamp>,
    /// Who answers for it.
    pub responsible: MemberId,
    /// The form, so that sending it twice creates once.
    pub submission: SubmissionId,
}

/// Why it was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// They may not create one, or not with this scope or responsible person.
    #[error("not allowed")]
    NotAllowed,
    /// Another credential of the enterprise has this token, perhaps a deleted one.
    #[error("the token is taken")]
    TokenTaken,
    /// A chosen project or repository is not there.
    #[error("a chosen place does not exist")]
    UnknownPlace,
    /// The responsible person is not an active member.
    #[error("the responsible person does not exist")]
    UnknownResponsible,
    /// The same form was sent before and made this credential.
    #[error("the form was sent twice")]
    Already(CredentialId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything about a new credential but its content.
pub(super) struct Plan {
    pub(super) credential_type: &'static CredentialType,
    pub(super) name: Name,
    pub(super) token: Token,
    pub(super) description: Description,
    pub(super) scope: Scope,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) responsible: MemberId,
    pub(super) submission: SubmissionId,
}

impl NewCredential {
    /// The plan, with a token, and the content.
    pub(super) fn split(self, random: &Random) -> (Plan, Content) {
        let plan = Plan {
            credential_type: self.credential_type,
            name: self.name,
            token: self.token.unwrap_or_else(|| Token::generate(random)),
            description: self.description,
            scope: self.scope,
            expires_at: self.expires_at,
            responsible: self.responsible,
            submission: self.submission,
        };
        (plan, self.content)
    }
}

/// Creates a credential with its first version.
pub fn create(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    new: NewCredential,
) -> Result<CredentialId, CreateError> {
    let (plan, content) = new.split(&acting.random);
    let id = CredentialId::new(acting.now, &acting.random);
    let place = Place {
        sealer,
        enterprise: &acting.viewer.enterprise,
        credential: &id,
        credential_type: plan.credential_type,
    };
    let version = place.seal(&acting.random, 1, content, Vec::new());
    let draft = insert(conn, acting, &id, &plan, &version)?;
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(id)
}

/// Whether `acting` may carry out the plan, and whether everything that it names is there.
pub(super) fn admit(conn: &mut Conn, acting: &Acting, plan: &Plan) -> Result<(), CreateError> {
    let viewer = &acting.viewer;
    if !may_create(viewer) || !may_set_scope(viewer, &Scope::none(), &plan.scope) {
        return Err(CreateError::NotAllowed);
    }
    if plan.responsible != viewer.member && !viewer.rules_everything() {
        return Err(CreateError::NotAllowed);
    }
    if let Some(id) = created_by(conn, &viewer.enterprise, &plan.submission)? {
        return Err(CreateError::Already(id));
    }
    if !store::places_exist(conn, &viewer.enterprise, &plan.scope)? {
        return Err(CreateError::UnknownPlace);
    }
    if !store::is_active_member(conn, &viewer.enterprise, &plan.responsible)? {
        return Err(CreateError::UnknownResponsible);
    }
    if store::token_is_taken(conn, &viewer.enterprise, &plan.token)? {
        return Err(CreateError::TokenTaken);
    }
    Ok(())
}

/// Carries out the plan with a version that is sealed for `id`. What it hands back is to be appended to the chain, last.
pub(super) fn insert(
    conn: &mut Conn,
    acting: &Acting,
    id: &CredentialId,
    plan: &Plan,
    version: &SealedVersion,
) -> Result<Draft, CreateError> {
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    admit(conn, acting, plan)?;
    let inserted = store::insert(
        conn,
        &NewRow {
            id,
            enterprise: &viewer.enterprise,
            credential_type: plan.credential_type,
            name: &plan.name,
            token: &plan.token,
            description: &plan.description,
            responsible: &plan.responsible,
            expires_at: plan.expires_at,
            scope: &plan.scope,
            summary: &plan.credential_type.summary(&version.variant, &version.plain),
            submission: &plan.submission,
            created_by: &viewer.member,
            now: acting.now,
        },
    );
    match inserted {
        Err(error) if error.conflicts_on("credentials", &["enterprise_id", "token"]) => {
            return Err(CreateError::TokenTaken);
        }
        other => other?,
    }
    store::set_scope(conn, id, &plan.scope)?;
    store::insert_version(conn, acting, id, (version, &plan.submission))?;
    verify::begin(conn, id, acting.now)?;
    let mut draft = acting.draft("credential.create", Some(object(id, &plan.token)), Outcome::Allowed);
    draft.detail = serde_json::json!({ "type": plan.credential_type.id, "scope": scope_detail(&plan.scope) });
    Ok(draft)
}

/// As an audit record names it.
pub(super) fn object(id: &CredentialId, token: &Token) -> Object {
    Object { object_type: "credential", id: id.to_string(), name: token.as_str().to_owned() }
}

/// The credential that a form made, if it was sent before.
pub fn created_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<CredentialId>, StoreError> {
    store::by_submission(conn, enterprise, submission)
}

/// A scope as audit records hold it: `"all"`, or how many and which.
pub(super) fn scope_detail(scope: &Scope) -> serde_json::Value {
    let projects = match &scope.projects {
        super::Reach::All => serde_json::json!("all"),
        super::Reach::Chosen(ids) => serde_json::json!(ids),
    };
    let repositories = match &scope.repositories {
        super::Reach::All => serde_json::json!("all"),
        super::Reach::Chosen(ids) => serde_json::json!(ids),
    };
    serde_json::json!({ "projects": projects, "repositories": repositories })
}
