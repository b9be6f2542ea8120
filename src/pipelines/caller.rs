//! A pipeline that has proved who it is, and how it did.
//!
//! Whoever decides about a caller looks at its enterprise and where it belongs; what may also depend on the run (a
//! branch, an event) looks at [`Run`], which only a signed token gives. Knows neither keys' texts nor tokens.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Binding, Tokens, Unproved};
use crate::audit::Actor;
use crate::credentials::Token;
use crate::ids::{AccessKeyId, EnterpriseId, IssuerId, RuleId};
use crate::seal::Thumbprint;

/// A pipeline that has proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// How it proved it.
    pub proof: Proof,
    /// What people call what proved it: an access key's name, or a trusted issuer's and its rule's.
    pub name: String,
    /// In which enterprise.
    pub enterprise: EnterpriseId,
    /// Where it belongs.
    pub binding: Binding,
}

/// How a caller proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// With an access key. It says nothing about the run.
    AccessKey(ProvedKey),
    /// With a signed token of its CI system.
    Identity(Arc<Identity>),
}

/// What an access key proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedKey {
    /// The key.
    pub id: AccessKeyId,
    /// Which of its secrets, by number.
    pub secret: i32,
    /// What it may ask for, of what may be used where it belongs.
    pub tokens: Tokens,
}

/// What a signed token proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who signed it.
    pub issuer: IssuerId,
    /// The issuer as it names itself.
    pub issuer_url: String,
    /// The rule that bound it to a project or a repository.
    pub rule: RuleId,
    /// The only key that its answers may be sealed to, where the token names one.
    pub sealing_key: Option<Thumbprint>,
    /// What the token says about the run.
    pub run: Run,
}

/// The signed facts of one run, in the same words whichever CI system signed them. A fact that the token does not state
/// is `None`, and what needs it must then refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The git ref in its full form: `refs/heads/main`, `refs/tags/v1`.
    pub git_ref: Option<String>,
    /// Whether that ref is protected.
    pub protected: Option<bool>,
    /// What set it off, as the CI system calls it: `push`, `schedule`, `merge_request_event`.
    pub event: Option<String>,
    /// Which pipeline: the path of the workflow or of the CI configuration, without the ref that it was read at.
    pub pipeline: Option<String>,
    /// Where a person can look at the run.
    pub url: Option<String>,
    /// The commit that it is of.
    pub commit: Option<String>,
    /// `sub` of the token. It may be put together from names; nothing is bound to it.
    pub subject: String,
    /// `jti` of the token.
    pub jti: String,
}

/// Who a caller is for limits and for counting uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallerId {
    /// An access key.
    AccessKey(AccessKeyId),
    /// A rule of a trusted issuer; all runs that it binds are one caller.
    Rule(RuleId),
}

impl CallerId {
    /// As counted.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessKey(key) => key.as_str(),
            Self::Rule(rule) => rule.as_str(),
        }
    }
}

impl Caller {
    /// Who it is for limits and for counting.
    pub fn id(&self) -> CallerId {
        match &self.proof {
            Proof::AccessKey(key) => CallerId::AccessKey(key.id.clone()),
            Proof::Identity(identity) => CallerId::Rule(identity.rule.clone()),
        }
    }

    /// As an audit record names it.
    pub fn actor(&self) -> Actor {
        match &self.proof {
            Proof::AccessKey(key) => Actor::AccessKey(key.id.to_string(), self.name.clone()),
            Proof::Identity(identity) => Actor::Pipeline(identity.rule.to_string(), self.name.clone()),
        }
    }

    /// Whether it may ask for a token at all, before anything is said about the credential.
    pub fn may_ask(&self, token: &Token) -> bool {
        match &self.proof {
            Proof::AccessKey(key) => key.tokens.admits(token),
            Proof::Identity(_) => true,
        }
    }

    /// The same caller, unless its token names the key that its answers are sealed to and they are to be sealed to another
    /// one or not at all: then somebody on the way has changed the request.
    pub fn sealing_to(self, key: Option<&Thumbprint>) -> Result<Self, Unproved> {
        match &self.proof {
            Proof::Identity(identity)
                if identity.sealing_key.as_ref().is_some_and(|own| key != Some(own)) =>
            {
                Err(Unproved::OtherKey)
            }
            Proof::Identity(_) | Proof::AccessKey(_) => Ok(self),
        }
    }

    /// What its token says about the run; nothing when it has none.
    pub fn run(&self) -> Option<&Run> {
        match &self.proof {
            Proof::AccessKey(_) => None,
            Proof::Identity(identity) => Some(&identity.run),
        }
    }

    /// Adds to an audit record's detail what the actor alone does not say: which issuer, which run.
    pub fn describe(&self, detail: &mut Map<String, Value>) {
        if let Proof::Identity(identity) = &self.proof {
            detail.insert("issuer".to_owned(), identity.issuer_url.clone().into());
            detail.insert("rule".to_owned(), identity.rule.as_str().into());
            detail.insert("signed_run".to_owned(), identity.run.detail());
        }
    }
}

impl Run {
    /// As an audit record holds it.
    pub fn detail(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
