//! Trusted issuers: whose signed tokens say which pipeline is running, and the rules that bind them to a place of ours.
//!
//! Administrators trust an issuer; whoever manages the access of a project or a repository adds rules for it. The
//! resolver exchanges a token that meets a rule for a short-lived one of ours. Knows nothing of credentials.

mod forms;
mod keys;
pub(crate) mod pages;
mod preset;
mod rule;
mod store;
mod token;

use jiff::Timestamp;
use openidconnect::core::CoreJwsSigningAlgorithm;

use super::change::bind;
use super::{Binding, Caller, Place, Presented, Unproved};
use crate::audit::{self, Object, Outcome};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, IssuerId, MemberId, RuleId, SubmissionId};
use crate::permission::{Acting, Viewer, may_manage_access};
use crate::seal;

pub use keys::{BadKeySet, Keys, Unusable, read as read_key_set};
pub use preset::{Claims, Preset};
pub use rule::{BadRule, Demand, Demands, Found, How, Judged, Met};
pub use store::{
    Given, by_url, exchanged, find, find_rule, give, is_used, list, purge, rules, use_up, uses_of_rules,
};
pub use token::{Believed, Check, Flaw, Inspection, inspect, is_for, named_key};

/// The issuer of signed tokens that an enterprise trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its id inside.
    pub id: IssuerId,
    /// Who trusts it.
    pub enterprise: EnterpriseId,
    /// What people call it.
    pub name: String,
    /// Whose claims its tokens have.
    pub preset: Preset,
    /// As it names itself, byte for byte.
    pub url: String,
    /// Whom its tokens must be for, and nobody else.
    pub audience: String,
    /// The claim with an immutable id, where the preset does not know one.
    pub bound_claim: Option<String>,
    /// What it may sign with.
    pub algorithms: Vec<Algorithm>,
    /// Where its keys come from.
    pub keys: KeySource,
    /// How long a token of ours lives that is given for one of its.
    pub token_minutes: i32,
    /// Whether its tokens have to say which key the answers are sealed to.
    pub key_bound: bool,
    /// When it was turned off.
    pub disabled_at: Option<Timestamp>,
    /// Raised by every change.
    pub revision: i32,
    /// Who trusted it.
    pub created_by: MemberId,
    /// When.
    pub created_at: Timestamp,
}

/// Where an issuer's keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The issuer is asked.
    Issuer,
    /// Somebody uploaded them, as JSON: it cannot be reached.
    Uploaded(String),
}

/// A signature that an issuer may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// All that can be chosen. None with a shared secret is among them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Es256, Self::Ps256, Self::EdDsa];

    /// As stored, and as a token's header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads what [`Algorithm::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

impl Issuer {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "trusted_issuer", id: self.id.to_string(), name: self.name.clone() }
    }

    /// The claims with immutable ids.
    pub fn ids(&self) -> Vec<&str> {
        let own = self.bound_claim.as_deref();
        self.preset.ids().iter().copied().chain(own).collect()
    }

    fn core_algorithms(&self) -> Vec<CoreJwsSigningAlgorithm> {
        let core = |algorithm: &Algorithm| match algorithm {
            Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        };
        self.algorithms.iter().map(core).collect()
    }
}

/// What a token must say to stand for a project or a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Of which issuer.
    pub issuer: IssuerId,
    /// What people call it.
    pub name: String,
    /// What it stands for.
    pub binding: Binding,
    /// What it demands.
    pub demands: Demands,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What is stored of a token that was given for a signed one.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// Whom it proves.
    pub caller: Caller,
    /// The trusted issuer, as an audit record names it.
    pub object: Object,
    /// The hash to compare with.
    pub secret_hash: Vec<u8>,
    /// Whether the issuer was changed since.
    pub ended: bool,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Judges a token that was given for a signed one. Comparing is done first and in constant time, whatever there is.
pub fn prove(
    presented: &Presented,
    stored: Option<&StoredToken>,
    now: Timestamp,
) -> Result<Caller, Unproved> {
    let hash = stored.map_or([0_u8; 32].as_slice(), |stored| stored.secret_hash.as_slice());
    let same = seal::same(hash, &presented.secret_hash);
    let stored = stored.filter(|_| same).ok_or(Unproved::Unknown)?;
    if stored.ended {
        return Err(Unproved::Revoked);
    }
    if stored.expires_at <= now {
        return Err(Unproved::Expired);
    }
    Ok(stored.caller.clone())
}

/// The first of `rules` that lets a token in; those of a repository come before those of a whole project.
pub fn choose<'r>(rules: &'r [Rule], preset: Preset, claims: &Claims) -> Option<&'r Rule> {
    let passing = || rules.iter().filter(|rule| rule.demands.judge(preset, claims).passes());
    passing().find(|rule| rule.binding.repository().is_some()).or_else(|| passing().next())
}

/// What the form of a new issuer says, checked.
#[derive(Debug)]
pub struct NewIssuer {
    /// What people call it.
    pub name: Name,
    /// Whose claims its tokens have.
    pub preset: Preset,
    /// As it names itself.
    pub url: String,
    /// Whom its tokens must be for.
    pub audience: String,
    /// The claim with an immutable id.
    pub bound_claim: Option<String>,
    /// What it may sign with; at least one.
    pub algorithms: Vec<Algorithm>,
    /// Where its keys come from.
    pub keys: KeySource,
    /// How long a token of ours lives.
    pub token_minutes: i32,
    /// Whether its tokens have to say which key the answers are sealed to.
    pub key_bound: bool,
    /// The form, so that sending it twice trusts one issuer.
    pub submission: SubmissionId,
}

/// What the form of a new rule says, checked.
#[derive(Debug)]
pub struct NewRule {
    /// What people call it.
    pub name: Name,
    /// What it stands for.
    pub place: Place,
    /// What it demands.
    pub demands: Demands,
    /// The form.
    pub submission: SubmissionId,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// Not there, or not for them to see.
    #[error("not found")]
    NotFound,
    /// Not theirs to change.
    #[error("not allowed")]
    NotAllowed,
    /// The project or the repository is not there.
    #[error("the place does not exist")]
    UnknownPlace,
    /// The enterprise trusts this issuer for this audience already.
    #[error("trusted already")]
    Trusted,
    /// A rule that binds nothing.
    #[error("the rule binds nothing")]
    BadRule,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Trusts an issuer. The form sent again trusts no second one.
pub fn trust(conn: &mut Conn, acting: &Acting, new: &NewIssuer) -> Result<IssuerId, IssuerError> {
    let viewer = &acting.viewer;
    if !viewer.rules_everything() {
        return Err(IssuerError::NotAllowed);
    }
    directory::raise_epoch(conn, &viewer.enterprise)?;
    if let Some(id) = store::by_submission(conn, &viewer.enterprise, &new.submission)? {
        return Ok(id);
    }
    let issuer = Issuer {
        id: IssuerId::new(acting.now, &acting.random),
        enterprise: viewer.enterprise.clone(),
        name: new.name.as_str().to_owned(),
        preset: new.preset,
        url: new.url.clone(),
        audience: new.audience.clone(),
        bound_claim: new.bound_claim.clone(),
        algorithms: new.algorithms.clone(),
        keys: new.keys.clone(),
        token_minutes: new.token_minutes,
        key_bound: new.key_bound,
        disabled_at: None,
        revision: 1,
        created_by: viewer.member.clone(),
        created_at: acting.now,
    };
    if store::is_trusted(conn, &issuer)? {
        return Err(IssuerError::Trusted);
    }
    store::insert(conn, &issuer, &new.submission)?;
    let mut draft = acting.draft("trusted_issuer.create", Some(issuer.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "url": issuer.url,
        "audience": issuer.audience,
        "preset": issuer.preset.as_str(),
        "bound_claim": issuer.bound_claim,
        "algorithms": issuer.algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Vec<_>>(),
        "keys": keys_detail(&issuer.keys),
        "token_minutes": issuer.token_minutes,
        "key_bound": issuer.key_bound,
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(issuer.id)
}

/// A change of an issuer. What was given for its tokens before is refused from then on.
#[derive(Debug, Clone)]
pub enum Change {
    /// Turned off.
    Disable,
    /// Turned on again.
    Enable,
    /// Other keys.
    Keys(KeySource),
    /// Trusted no more; its rules go with it.
    Remove,
}

/// Changes an issuer. Turning off what is off is done already.
pub fn change(conn: &mut Conn, acting: &Acting, id: &IssuerId, change: &Change) -> Result<(), IssuerError> {
    let viewer = &acting.viewer;
    if !viewer.rules_everything() {
        return Err(IssuerError::NotAllowed);
    }
    directory::raise_epoch(conn, &viewer.enterprise)?;
    let issuer = store::find(conn, &viewer.enterprise, id)?.ok_or(IssuerError::NotFound)?;
    let (action, detail) = match change {
        Change::Disable if issuer.disabled_at.is_some() => return Ok(()),
        Change::Enable if issuer.disabled_at.is_none() => return Ok(()),
        Change::Disable => {
            store::set_disabled(conn, id, Some(acting.now))?;
            ("trusted_issuer.disable", serde_json::Value::Null)
        }
        Change::Enable => {
            store::set_disabled(conn, id, None)?;
            ("trusted_issuer.enable", serde_json::Value::Null)
        }
        Change::Keys(keys) => {
            store::set_keys(conn, id, keys)?;
            ("trusted_issuer.keys", serde_json::json!({ "keys": keys_detail(keys) }))
        }
        Change::Remove => {
            let rules: Vec<String> = store::rules(conn, id)?.into_iter().map(|rule| rule.name).collect();
            store::delete(conn, id)?;
            ("trusted_issuer.remove", serde_json::json!({ "url": issuer.url, "rules": rules }))
        }
    };
    let mut draft = acting.draft(action, Some(issuer.object()), Outcome::Allowed);
    draft.detail = detail;
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Which keys, as an audit record says it: the names, not the keys.
fn keys_detail(keys: &KeySource) -> serde_json::Value {
    match keys {
        KeySource::Issuer => "issuer".into(),
        KeySource::Uploaded(text) => key_names(text).into(),
    }
}

/// The names of the keys in an uploaded set.
pub fn key_names(text: &str) -> Vec<String> {
    use openidconnect::JsonWebKey as _;
    let Ok(keys) = keys::read(text) else { return Vec::new() };
    keys.keys().iter().filter_map(|key| key.key_id().map(|id| id.to_string())).collect()
}

/// Adds a rule. The form sent again adds no second one.
pub fn add_rule(
    conn: &mut Conn,
    acting: &Acting,
    issuer: &IssuerId,
    new: &NewRule,
) -> Result<RuleId, IssuerError> {
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    let issuer = store::find(conn, &viewer.enterprise, issuer)?.ok_or(IssuerError::NotFound)?;
    if let Some(id) = store::rule_by_submission(conn, &issuer.id, &new.submission)? {
        return Ok(id);
    }
    new.demands.check(&issuer.ids()).map_err(|_| IssuerError::BadRule)?;
    let binding = bind(conn, &viewer.enterprise, &new.place)?.ok_or(IssuerError::UnknownPlace)?;
    if !may_manage_access(viewer, binding.project(), binding.repository()) {
        return Err(IssuerError::NotAllowed);
    }
    let rule = Rule {
        id: RuleId::new(acting.now, &acting.random),
        issuer: issuer.id.clone(),
        name: new.name.as_str().to_owned(),
        binding,
        demands: new.demands.clone(),
        created_at: acting.now,
    };
    store::insert_rule(conn, &rule, &viewer.member, &new.submission)?;
    let mut draft = acting.draft("trusted_issuer.add_rule", Some(issuer.object()), Outcome::Allowed);
    draft.detail = rule.detail();
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(rule.id)
}

/// Takes a rule away: the very next resolve with what it let in is refused.
pub fn remove_rule(
    conn: &mut Conn,
    acting: &Acting,
    (issuer, rule): (&IssuerId, &RuleId),
) -> Result<(), IssuerError> {
    let viewer = &acting.viewer;
    directory::raise_epoch(conn, &viewer.enterprise)?;
    let issuer = store::find(conn, &viewer.enterprise, issuer)?.ok_or(IssuerError::NotFound)?;
    let rule = store::find_rule(conn, &issuer.id, rule)?
        .filter(|rule| sees_rule(viewer, rule))
        .ok_or(IssuerError::NotFound)?;
    if !may_manage_access(viewer, rule.binding.project(), rule.binding.repository()) {
        return Err(IssuerError::NotAllowed);
    }
    store::delete_rule(conn, &rule.id)?;
    let mut draft = acting.draft("trusted_issuer.remove_rule", Some(issuer.object()), Outcome::Allowed);
    draft.detail = rule.detail();
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Whether `viewer` sees this rule: auditors see all, others those of places whose access they manage.
pub fn sees_rule(viewer: &Viewer, rule: &Rule) -> bool {
    viewer.sees_everything() || may_manage_access(viewer, rule.binding.project(), rule.binding.repository())
}

impl Rule {
    fn detail(&self) -> serde_json::Value {
        serde_json::json!({
            "rule": self.id,
            "name": self.name,
            "project": self.binding.project(),
            "repository": self.binding.repository(),
            "demands": self.demands,
        })
    }
}
