//! Changing a credential's facts and its state.

use jiff::Timestamp;

use super::create::scope_detail;
use super::{Credential, DELETED_FOR, Description, Name, Scope, State, store};
use crate::audit::{self, ChainId, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::permission::{Acting, Action, may, may_set_scope};

/// What the edit form says, checked.
#[derive(Debug)]
pub struct Edit {
    /// Which credential.
    pub credential: CredentialId,
    /// The revision that the form was opened on.
    pub revision: i64,
    /// What people call it from now on.
    pub name: Name,
    /// What it is for.
    pub description: Description,
    /// Who answers for it.
    pub responsible: MemberId,
    /// Where it may be used.
    pub scope: Scope,
    /// When it ends, if somebody says so.
    pub expires_at: Option<Timestamp>,
}

/// Why it was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Not there, or not for them to see.
    #[error("not found")]
    NotFound,
    /// They may see it, but not do this.
    #[error("not allowed")]
    NotAllowed,
    /// Its state does not allow it: a deleted one is restored first, only a deleted one can be restored.
    #[error("not in this state")]
    WrongState,
    /// Somebody else changed it since the form was opened.
    #[error("changed meanwhile")]
    Conflict,
    /// A chosen project or repository is not there.
    #[error("a chosen place does not exist")]
    UnknownPlace,
    /// The responsible person is not an active member.
    #[error("the responsible person does not exist")]
    UnknownResponsible,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes name, description, responsible person, scope and expiry.
pub fn edit(conn: &mut Conn, acting: &Acting, edit: Edit) -> Result<(), ChangeError> {
    let viewer = &acting.viewer;
    let before = begin(conn, acting, &edit.credential, Action::Edit)?;
    if matches!(before.state, State::Deleted { .. }) {
        return Err(ChangeError::WrongState);
    }
    if before.revision != edit.revision {
        // The same form sent twice is no conflict with oneself.
        return if changed(&before, &edit).as_object().is_some_and(serde_json::Map::is_empty) {
            Ok(())
        } else {
            Err(ChangeError::Conflict)
        };
    }
    if !may_set_scope(viewer, &before.scope, &edit.scope) {
        return Err(ChangeError::NotAllowed);
    }
    if before.responsible != edit.responsible {
        if !may(viewer.role, Action::Dispose, before.standing(viewer)) {
            return Err(ChangeError::NotAllowed);
        }
        if !store::is_active_member(conn, &viewer.enterprise, &edit.responsible)? {
            return Err(ChangeError::UnknownResponsible);
        }
    }
    if !store::places_exist(conn, &viewer.enterprise, &edit.scope)? {
        return Err(ChangeError::UnknownPlace);
    }
    store::update_facts(conn, &edit, acting.now)?;
    if before.scope != edit.scope {
        store::set_scope(conn, &edit.credential, &edit.scope)?;
    }
    let mut draft = acting.draft("credential.edit", Some(before.object()), Outcome::Allowed);
    draft.detail = changed(&before, &edit);
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// What an edit changed, as the record holds it.
fn changed(before: &Credential, edit: &Edit) -> serde_json::Value {
    let mut detail = serde_json::Map::new();
    let mut note = |what: &str, from: serde_json::Value, to: serde_json::Value| {
        if from != to {
            detail.insert(what.to_owned(), serde_json::json!({ "from": from, "to": to }));
        }
    };
    note("name", before.name.as_str().into(), edit.name.as_str().into());
    note("responsible", before.responsible.as_str().into(), edit.responsible.as_str().into());
    note("scope", scope_detail(&before.scope), scope_detail(&edit.scope));
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).into();
    note("expires_at", time(before.expires_at), time(edit.expires_at));
    if before.description != edit.description {
        detail.insert("description".to_owned(), "changed".into());
    }
    detail.into()
}

/// Turns it off: the very next resolve is refused.
pub fn disable(conn: &mut Conn, acting: &Acting, id: &CredentialId) -> Result<(), ChangeError> {
    transition(conn, acting, id, (Action::Edit, "credential.disable"), |state, now| match state {
        State::Active => Some(State::Disabled { since: now }),
        State::Disabled { .. } | State::Deleted { .. } => None,
    })
}

/// Turns it on again.
pub fn enable(conn: &mut Conn, acting: &Acting, id: &CredentialId) -> Result<(), ChangeError> {
    transition(conn, acting, id, (Action::Edit, "credential.enable"), |state, _| match state {
        State::Disabled { .. } => Some(State::Active),
        State::Active | State::Deleted { .. } => None,
    })
}

/// Throws it away; it can be restored for [`DELETED_FOR`].
pub fn delete(conn: &mut Conn, acting: &Acting, id: &CredentialId) -> Result<(), ChangeError> {
    transition(conn, acting, id, (Action::Dispose, "credential.delete"), |state, now| match state {
        State::Active | State::Disabled { .. } => Some(State::Deleted { since: now }),
        State::Deleted { .. } => None,
    })
}

/// Takes it back. It comes back disabled: whoever restores it decides when pipelines get it again.
pub fn restore(conn: &mut Conn, acting: &Acting, id: &CredentialId) -> Result<(), ChangeError> {
    transition(conn, acting, id, (Action::Dispose, "credential.restore"), |state, now| match state {
        State::Deleted { .. } => Some(State::Disabled { since: now }),
        State::Active | State::Disabled { .. } => None,
    })
}

/// Removes what was deleted too long ago, with its sealed versions, a hundred at a time; says how many.
pub fn purge_deleted(conn: &mut Conn, chain: &ChainId, now: Timestamp) -> Result<usize, StoreError> {
    let before = now.checked_sub(DELETED_FOR).unwrap_or(Timestamp::MIN);
    let gone = store::deleted_before(conn, before, 100)?;
    for credential in &gone {
        store::remove(conn, &credential.id)?;
    }
    let drafts: Vec<_> = gone
        .iter()
        .map(|credential| audit::Draft {
            at: now,
            enterprise: Some(credential.enterprise.clone()),
            actor: audit::Actor::System("purge"),
            action: "credential.purge",
            object: Some(credential.object()),
            outcome: Outcome::Allowed,
            reason: None,
            origin: audit::Origin::default(),
            detail: serde_json::Value::Null,
        })
        .collect();
    if !drafts.is_empty() {
        audit::append(conn, chain, &drafts)?;
    }
    Ok(gone.len())
}

fn transition(
    conn: &mut Conn,
    acting: &Acting,
    id: &CredentialId,
    (action, name): (Action, &'static str),
    next: impl FnOnce(State, Timestamp) -> Option<State>,
) -> Result<(), ChangeError> {
    let before = begin(conn, acting, id, action)?;
    let after = next(before.state, acting.now).ok_or(ChangeError::WrongState)?;
    store::set_state(conn, id, after, acting.now)?;
    audit::append(conn, &acting.chain, &[acting.draft(name, Some(before.object()), Outcome::Allowed)])?;
    Ok(())
}

/// What every change begins with: the lock, the credential, the permission.
pub(super) fn begin(
    conn: &mut Conn,
    acting: &Acting,
    id: &CredentialId,
    action: Action,
) -> Result<Credential, ChangeError> {
    directory::raise_epoch(conn, &acting.viewer.enterprise)?;
    let credential = super::seen_by(conn, &acting.viewer, id)?.ok_or(ChangeError::NotFound)?;
    if !may(acting.viewer.role, action, credential.standing(&acting.viewer)) {
        return Err(ChangeError::NotAllowed);
    }
    Ok(credential)
}
