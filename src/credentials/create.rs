//! Creating a credential.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::store::{self, NewRow, NewVersion};
use super::{Description, Name, Scope, Sealed, Token};
use crate::audit::{self, Object, Outcome};
use crate::catalogue::{Content, CredentialType};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, EnterpriseId, MemberId, SubmissionId};
use crate::permission::{Acting, may_create, may_set_scope};
use crate::seal::{Context, Manifest, Sealer};

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

/// Creates a credential with its first version.
pub fn create(
    conn: &mut Conn,
    acting: &Acting,
    sealer: &Sealer,
    new: NewCredential,
) -> Result<CredentialId, CreateError> {
    let viewer = &acting.viewer;
    if !may_create(viewer) || !may_set_scope(viewer, &Scope::none(), &new.scope) {
        return Err(CreateError::NotAllowed);
    }
    if new.responsible != viewer.member && !viewer.rules_everything() {
        return Err(CreateError::NotAllowed);
    }
    directory::raise_epoch(conn, &viewer.enterprise)?;
    if let Some(id) = created_by(conn, &viewer.enterprise, &new.submission)? {
        return Err(CreateError::Already(id));
    }
    if !store::places_exist(conn, &viewer.enterprise, &new.scope)? {
        return Err(CreateError::UnknownPlace);
    }
    if !store::is_active_member(conn, &viewer.enterprise, &new.responsible)? {
        return Err(CreateError::UnknownResponsible);
    }
    let id = CredentialId::new(acting.now, &acting.random);
    let token = new.token.unwrap_or_else(|| Token::generate(&acting.random));
    let inserted = store::insert(
        conn,
        &NewRow {
            id: &id,
            enterprise: &viewer.enterprise,
            credential_type: new.credential_type,
            name: &new.name,
            token: &token,
            description: &new.description,
            responsible: &new.responsible,
            expires_at: new.expires_at,
            scope: &new.scope,
            summary: &new.credential_type.summary(new.content.variant, &new.content.plain),
            submission: &new.submission,
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
    store::set_scope(conn, &id, &new.scope)?;
    let place = Place {
        sealer,
        enterprise: &viewer.enterprise,
        credential: &id,
        credential_type: new.credential_type,
    };
    let contents = Contents { number: 1, content: new.content, kept: Vec::new(), submission: new.submission };
    add_version(conn, acting, &place, contents)?;
    let mut draft = acting.draft(
        "credential.create",
        Some(Object { object_type: "credential", id: id.to_string(), name: token.as_str().to_owned() }),
        Outcome::Allowed,
    );
    draft.detail = serde_json::json!({ "type": new.credential_type.id, "scope": scope_detail(&new.scope) });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(id)
}

/// The credential that a form made, if it was sent before.
pub fn created_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<CredentialId>, StoreError> {
    store::by_submission(conn, enterprise, submission)
}

/// Whose content is sealed, and by whom: the context of every envelope.
pub(super) struct Place<'a> {
    pub(super) sealer: &'a Sealer,
    pub(super) enterprise: &'a EnterpriseId,
    pub(super) credential: &'a CredentialId,
    pub(super) credential_type: &'static CredentialType,
}

/// What a version is made of: new values, and envelopes kept from the one before.
pub(super) struct Contents {
    pub(super) number: i32,
    pub(super) content: Content,
    pub(super) kept: Vec<Sealed>,
    pub(super) submission: SubmissionId,
}

/// Seals what is new, keeps what is kept, signs the manifest and stores the version.
pub(super) fn add_version(
    conn: &mut Conn,
    acting: &Acting,
    place: &Place<'_>,
    contents: Contents,
) -> Result<(), StoreError> {
    let Contents { number, content, kept, submission } = contents;
    let mut fields = kept;
    for (field, value) in &content.secret {
        let context = Context {
            enterprise: place.enterprise.as_str(),
            credential: place.credential.as_str(),
            credential_type: place.credential_type.id,
            field,
        };
        let sealed = place.sealer.seal(&acting.random, &context, value);
        fields.push(Sealed {
            field: (*field).to_owned(),
            key_id: sealed.key_id,
            envelope: sealed.envelope,
            fingerprint: sealed.fingerprint.to_vec(),
        });
    }
    let envelopes: BTreeMap<String, Vec<u8>> =
        fields.iter().map(|sealed| (sealed.field.clone(), sealed.envelope.clone())).collect();
    let signature = place.sealer.sign(&Manifest {
        enterprise: place.enterprise.as_str(),
        credential: place.credential.as_str(),
        credential_type: place.credential_type.id,
        number,
        variant: content.variant,
        plain: &content.plain,
        envelopes: &envelopes,
    });
    store::insert_version(
        conn,
        &NewVersion {
            credential: place.credential,
            number,
            variant: content.variant,
            plain: &content.plain,
            content_expires_at: content.content_expires_at,
            signature: &signature,
            submission: &submission,
            created_by: &acting.viewer.member,
            now: acting.now,
        },
        &fields,
    )
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
