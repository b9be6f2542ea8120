//! Doing one thing to many credentials: what it would break, and doing it to all of them or to none.
//!
//! Permission is decided for each credential as for a single one, and each has an audit record of its own. What is done
//! already is left as it is, so that a form sent twice does it once.

use std::collections::BTreeSet;

use super::{ChangeError, Credential, State, store};
use crate::audit::{self, Draft, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::permission::{Acting, Action, Viewer, may};

/// No more at once.
pub const MOST_AT_ONCE: usize = 500;

/// What is done to each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Turned off.
    Disable,
    /// Turned on again.
    Enable,
    /// Thrown away.
    Delete,
    /// Given to this person; nobody chosen yet.
    Transfer(Option<MemberId>),
}

impl Deed {
    /// What one needs to be allowed.
    fn action(&self) -> Action {
        match self {
            Self::Disable | Self::Enable => Action::Edit,
            Self::Delete | Self::Transfer(_) => Action::Dispose,
        }
    }

    /// As the audit log calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Disable => "credential.disable",
            Self::Enable => "credential.enable",
            Self::Delete => "credential.delete",
            Self::Transfer(_) => "credential.transfer",
        }
    }

    /// How one credential stands to it.
    fn verdict(&self, viewer: &Viewer, credential: &Credential) -> Readiness {
        if !may(viewer.role, self.action(), credential.standing(viewer)) {
            return Readiness::NotAllowed;
        }
        match (self, credential.state) {
            (Self::Disable, State::Disabled { .. })
            | (Self::Enable, State::Active)
            | (Self::Delete, State::Deleted { .. }) => Readiness::Done,
            (_, State::Deleted { .. }) => Readiness::Deleted,
            (Self::Transfer(Some(to)), _) if *to == credential.responsible => Readiness::Done,
            _ => Readiness::Ready,
        }
    }
}

/// Whether it can be done to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It is so already.
    Done,
    /// Whoever asks may see it, and not do this.
    NotAllowed,
    /// A deleted one is restored first.
    Deleted,
}

/// The chosen credentials that `viewer` may see, each with how it stands to the deed, in the order of ids.
pub fn preview(
    conn: &mut Conn,
    viewer: &Viewer,
    (deed, ids): (&Deed, &BTreeSet<CredentialId>),
) -> Result<Vec<(Credential, Readiness)>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(credential) = super::seen_by(conn, viewer, id)? {
            let verdict = deed.verdict(viewer, &credential);
            found.push((credential, verdict));
        }
    }
    Ok(found)
}

/// Does it to all of them or, when it cannot be done to one, to none; says to how many it was done now.
pub fn carry_out(
    conn: &mut Conn,
    acting: &Acting,
    (deed, ids): (&Deed, &BTreeSet<CredentialId>),
) -> Result<usize, ChangeError> {
    let enterprise = &acting.viewer.enterprise;
    directory::raise_epoch(conn, enterprise)?;
    let viewer = directory::renewed(conn, &acting.viewer)?.ok_or(ChangeError::NotAllowed)?;
    if let Deed::Transfer(to) = deed {
        let to = to.as_ref().ok_or(ChangeError::UnknownResponsible)?;
        if !store::is_active_member(conn, enterprise, to)? {
            return Err(ChangeError::UnknownResponsible);
        }
    }
    let found = preview(conn, &viewer, (deed, ids))?;
    if found.len() != ids.len() {
        return Err(ChangeError::NotFound);
    }
    for (_, verdict) in &found {
        match verdict {
            Readiness::Ready | Readiness::Done => {}
            Readiness::NotAllowed => return Err(ChangeError::NotAllowed),
            Readiness::Deleted => return Err(ChangeError::WrongState),
        }
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for (credential, _) in found.iter().filter(|(_, verdict)| *verdict == Readiness::Ready) {
        let since = acting.now;
        match deed {
            Deed::Disable => store::set_state(conn, &credential.id, State::Disabled { since }, since)?,
            Deed::Enable => store::set_state(conn, &credential.id, State::Active, since)?,
            Deed::Delete => store::set_state(conn, &credential.id, State::Deleted { since }, since)?,
            Deed::Transfer(Some(to)) => store::set_responsible(conn, &[&credential.id], to, since)?,
            Deed::Transfer(None) => return Err(ChangeError::UnknownResponsible),
        }
        let mut draft = acting.draft(deed.name(), Some(credential.object()), Outcome::Allowed);
        draft.detail = match deed {
            Deed::Transfer(Some(to)) => {
                serde_json::json!({ "responsible": { "from": credential.responsible, "to": to }, "together": ids.len() })
            }
            _ => serde_json::json!({ "together": ids.len() }),
        };
        drafts.push(draft);
    }
    if !drafts.is_empty() {
        audit::append(conn, &acting.chain, &drafts)?;
    }
    Ok(drafts.len())
}
