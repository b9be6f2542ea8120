//! Giving the credentials of one person to another, in one step.
//!
//! For people who leave. Pipelines notice nothing: the token, the content and the scope stay.

use std::collections::BTreeSet;

use super::{ChangeError, Credential, create, store};
use crate::audit::{self, Draft, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, EnterpriseId, MemberId};
use crate::permission::{Acting, may_rule_directory};

/// Which credentials of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them, with those that are deleted and can be restored.
    All,
    /// These, as far as they still are that person's.
    These(BTreeSet<CredentialId>),
}

/// What the form says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Who answers for them now.
    pub from: MemberId,
    /// Who answers for them from now on.
    pub to: MemberId,
    /// Which ones.
    pub which: Which,
}

/// Hands over; says how many. Sent again it finds nothing left to do. Each credential has its own record.
pub fn hand_over(conn: &mut Conn, acting: &Acting, hand: &HandOver) -> Result<usize, ChangeError> {
    let enterprise = &acting.viewer.enterprise;
    directory::raise_epoch(conn, enterprise)?;
    let viewer = directory::renewed(conn, &acting.viewer)?.ok_or(ChangeError::NotAllowed)?;
    if !may_rule_directory(&viewer) {
        return Err(ChangeError::NotAllowed);
    }
    if directory::find_member(conn, enterprise, &hand.from)?.is_none() {
        return Err(ChangeError::NotFound);
    }
    if hand.from == hand.to || !store::is_active_member(conn, enterprise, &hand.to)? {
        return Err(ChangeError::UnknownResponsible);
    }
    let mut theirs = store::answered_for_by(conn, enterprise, &hand.from)?;
    if let Which::These(chosen) = &hand.which {
        theirs.retain(|(id, _)| chosen.contains(id));
    }
    let ids: Vec<&CredentialId> = theirs.iter().map(|(id, _)| id).collect();
    store::set_responsible(conn, &ids, &hand.to, acting.now)?;
    let drafts: Vec<Draft> = theirs
        .iter()
        .map(|(id, token)| {
            let object = Some(create::object(id, token));
            let mut draft = acting.draft("credential.transfer", object, Outcome::Allowed);
            draft.detail = serde_json::json!({ "responsible": { "from": hand.from, "to": hand.to } });
            draft
        })
        .collect();
    if !drafts.is_empty() {
        audit::append(conn, &acting.chain, &drafts)?;
    }
    Ok(drafts.len())
}

/// The credentials whose present content a member entered, the newest content first, at most `most`. They could have
/// kept a copy; rotating ends that. Scopes are not read.
pub fn entered_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    most: i64,
) -> Result<Vec<Credential>, StoreError> {
    store::entered_by(conn, enterprise, member, most)
}
