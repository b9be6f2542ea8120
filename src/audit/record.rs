//! What a record says.

use jiff::Timestamp;

use crate::ids::{EnterpriseId, RequestId, SignInId};

/// The name of a node's chain: 1-64 of letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(String);

impl ChainId {
    /// Reads a name from the settings or a row.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        ((1..=64).contains(&text.len()) && text.bytes().all(ok)).then(|| Self(text.to_owned()))
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in member: id and name at that time.
    Member(String, String),
    /// A pipeline: the id and the name of its access key.
    AccessKey(String, String),
    /// A pipeline with a signed token: the id of the rule that bound it, and the names of its issuer and of the rule.
    Pipeline(String, String),
    /// A program with a provisioning key: its id, its name.
    ProvisioningKey(String, String),
    /// Somebody who did not prove who they are.
    Anonymous,
    /// The program itself: a schedule, a command; which one.
    System(&'static str),
}

impl Actor {
    /// As stored: type, id, name.
    pub fn parts(&self) -> (&'static str, Option<&str>, &str) {
        match self {
            Self::Member(id, name) => ("member", Some(id), name),
            Self::AccessKey(id, name) => ("access_key", Some(id), name),
            Self::Pipeline(id, name) => ("pipeline", Some(id), name),
            Self::ProvisioningKey(id, name) => ("provisioning_key", Some(id), name),
            Self::Anonymous => ("anonymous", None, ""),
            Self::System(what) => ("system", None, what),
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// `credential`, `access_key`, `member`, `sign_in`, `key`.
    pub object_type: &'static str,
    /// Its id.
    pub id: String,
    /// What people call it: a credential's token, an access key's name.
    pub name: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Allowed,
    /// It was not, and that is the right answer.
    Refused,
    /// It should have been, and something broke.
    Failed,
}

impl Outcome {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address.
    pub address: Option<String>,
    /// The request's id, as in logs and on error pages.
    pub request: Option<RequestId>,
    /// The sign-in by which a member does it. It is not stored: it must still hold when the record is appended. None
    /// where nobody is signed in, and for what ends the sign-in itself.
    pub sign_in: Option<SignInId>,
}

/// A record before it has its place in a chain.
#[derive(Debug, Clone)]
pub struct Draft {
    /// When.
    pub at: Timestamp,
    /// In which enterprise; none for what happens before one is known.
    pub enterprise: Option<EnterpriseId>,
    /// Who.
    pub actor: Actor,
    /// What: `credential.create`, `credential.resolve`, `sign_in.begin`, …
    pub action: &'static str,
    /// To what.
    pub object: Option<Object>,
    /// With which outcome.
    pub outcome: Outcome,
    /// Why it was refused or failed: a stable code.
    pub reason: Option<String>,
    /// From where.
    pub origin: Origin,
    /// Facts of this action: version delivered, fields replaced, format, run. Never content.
    pub detail: serde_json::Value,
}
