//! Credentials: named authentication information, its versions and its scope.
//!
//! Pages and the command line call the operations here, each inside one transaction of [`crate::db::Db::write`];
//! its audit record is part of it. Content goes in sealed and is never read back here: nothing in this module can
//! open it. Resolving is `resolve`'s.
//!
//! Every operation raises the enterprise's policy epoch first. That makes a decision taken before the change
//! worthless, and, because it locks the enterprise's row, changes of one enterprise come one after the other.

mod bulk;
mod candidate;
mod change;
mod conditions;
mod create;
mod facts;
pub mod forms;
mod hand_over;
mod list;
pub(crate) mod pages;
mod pipelines;
mod reseal;
mod roll_back;
mod rotate;
mod scope;
mod sealed;
mod shared;
mod store;
mod uses;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::Object;
use crate::catalogue::CredentialType;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId, MemberId};
use crate::permission::{Standing, Viewer};

pub use bulk::{Deed, MOST_AT_ONCE, Readiness, carry_out, preview};
pub use candidate::{
    Candidate, SaveError, Saved, find as find_candidate, propose, propose_rotation,
    purge as purge_candidates, save,
};
pub use change::{ChangeError, Edit, delete, disable, edit, enable, purge_deleted, restore};
pub use conditions::{
    BadValue, Conditions, Demanded, NewConditions, Trial, Verdict, conditional, conditions, end_trial,
    read_lines, read_refs, set_conditions,
};
pub use create::{CreateError, NewCredential, create, created_by};
pub use facts::{BadFact, Description, Name, Token};
pub use hand_over::{HandOver, Which, entered_by, hand_over};
pub use list::{
    Counts, Cursor, Filter, HealthIs, InScope, Listed, Order, Page, Places, SOON, Sort, Stands, Stretch,
    Tally, UNUSED, counts, list, stretch, used_by_day,
};
pub use pipelines::{LATELY, Pipeline, PipelinePlace, ProvedBy, RECENTLY, dependents, losing, pipelines_of};
pub use reseal::{ResealError, missing_keys, reseal_some};
pub use roll_back::{Difference, Held, RollBack, RollBackError, differences, roll_back};
pub use rotate::{RotateError, Rotation, Runs, rotate};
pub use scope::{Reach, Scope};
pub use sealed::{Sealed, SealedVersion, Whose};
pub use shared::{Holder, SharedValue, SharedValues, shared_values};
pub use store::{find, sealed, sealed_version, version, versions};
pub(crate) use store::{plain_fields, read_key_id};
pub use uses::{
    PipelineWay, Usable, User, count_repositories, count_usable_by, count_users, repositories, usable_by,
    users,
};

/// How long a deleted credential can be restored.
pub const DELETED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Whether a credential can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It can.
    Active,
    /// Somebody turned it off.
    Disabled {
        /// When.
        since: Timestamp,
    },
    /// Somebody threw it away; it can be restored for [`DELETED_FOR`].
    Deleted {
        /// When.
        since: Timestamp,
    },
}

impl State {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled { .. } => "disabled",
            Self::Deleted { .. } => "deleted",
        }
    }
}

/// A credential without its content.
#[derive(Clone)]
pub struct Credential {
    /// Its id inside.
    pub id: CredentialId,
    /// Its owner.
    pub enterprise: EnterpriseId,
    /// Its type, fixed.
    pub credential_type: &'static CredentialType,
    /// What people call it.
    pub name: Name,
    /// What pipelines call it, fixed.
    pub token: Token,
    /// What it is for.
    pub description: Description,
    /// Who answers for it.
    pub responsible: MemberId,
    /// Whether it can be used.
    pub state: State,
    /// When it ends, if somebody said so.
    pub expires_at: Option<Timestamp>,
    /// The number of its current version.
    pub current_version: i32,
    /// Where it may be used.
    pub scope: Scope,
    /// The type's one-line summary of the current version's plain fields.
    pub summary: String,
    /// Raised by every change; a form opened on an older one gets a conflict.
    pub revision: i64,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When a pipeline last got it, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Credential {
    /// How it lies to `viewer`.
    pub fn standing(&self, viewer: &Viewer) -> Standing {
        viewer.standing(&self.responsible, &self.scope)
    }

    /// Whose envelopes its versions hold.
    pub fn whose(&self) -> Whose<'_> {
        Whose { enterprise: &self.enterprise, credential: &self.id, credential_type: self.credential_type }
    }

    /// As an audit record names it.
    pub fn object(&self) -> Object {
        create::object(&self.id, &self.token)
    }
}

/// One numbered content of a credential, without its secrets.
#[derive(Debug, Clone)]
pub struct Version {
    /// Counted from 1.
    pub number: i32,
    /// Which of the type's variants.
    pub variant: String,
    /// The plain fields.
    pub plain: BTreeMap<String, String>,
    /// The names of the secret fields that are sealed.
    pub secret_fields: Vec<String>,
    /// When the content itself ends, read out of it.
    pub content_expires_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub created_at: Timestamp,
}

/// The credential, when `viewer` may see it; otherwise as if it were not there.
pub fn seen_by(
    conn: &mut Conn,
    viewer: &Viewer,
    id: &CredentialId,
) -> Result<Option<Credential>, StoreError> {
    use crate::permission::{Action, may};
    let found = find(conn, &viewer.enterprise, id)?;
    Ok(found.filter(|credential| may(viewer.role, Action::See, credential.standing(viewer))))
}
