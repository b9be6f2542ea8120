//! The rows of trusted issuers, of their rules, of what was used up and of what was given for it.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Algorithm, Demands, Issuer, KeySource, Preset, Rule, StoredToken};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::each;
use crate::ids::{EnterpriseId, IssuerId, MemberId, ProjectId, RepositoryId, RuleId, SubmissionId};
use crate::pipelines::{Binding, Caller, Identity, NewKey, Proof, Run};
use crate::schema::{
    exchanged_tokens as x, identity_rules as r, repositories, trusted_issuers as i, usage_daily as u,
    used_identities as d,
};
use crate::seal::{self, Thumbprint};

#[derive(Queryable, Selectable)]
#[diesel(table_name = i)]
struct Row {
    id: String,
    enterprise_id: String,
    name: String,
    preset: String,
    url: String,
    audience: String,
    bound_claim: Option<String>,
    algorithms: String,
    key_set: Option<String>,
    token_minutes: i32,
    key_bound: bool,
    disabled_at: Option<i64>,
    revision: i32,
    created_by: String,
    created_at: i64,
}

fn issuer(row: Row) -> Result<Issuer, StoreError> {
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of trusted issuer {}", row.id));
    let algorithms = row.algorithms.split(' ').map(Algorithm::parse);
    Ok(Issuer {
        id: IssuerId::parse(&row.id).ok_or_else(|| bad("id"))?,
        enterprise: EnterpriseId::parse(&row.enterprise_id).ok_or_else(|| bad("enterprise"))?,
        preset: Preset::parse(&row.preset).ok_or_else(|| bad("preset"))?,
        algorithms: algorithms.collect::<Option<_>>().ok_or_else(|| bad("algorithms"))?,
        created_by: MemberId::parse(&row.created_by).ok_or_else(|| bad("creator"))?,
        name: row.name,
        url: row.url,
        audience: row.audience,
        bound_claim: row.bound_claim,
        keys: row.key_set.map_or(KeySource::Issuer, KeySource::Uploaded),
        token_minutes: row.token_minutes,
        key_bound: row.key_bound,
        disabled_at: row.disabled_at.map(clock::from_millis),
        revision: row.revision,
        created_at: clock::from_millis(row.created_at),
    })
}

pub(super) fn insert(conn: &mut Conn, issuer: &Issuer, submission: &SubmissionId) -> Result<(), StoreError> {
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    diesel::insert_into(i::table)
        .values((
            i::id.eq(issuer.id.as_str()),
            i::enterprise_id.eq(issuer.enterprise.as_str()),
            i::name.eq(&issuer.name),
            i::preset.eq(issuer.preset.as_str()),
            i::url.eq(&issuer.url),
            i::audience.eq(&issuer.audience),
            i::bound_claim.eq(issuer.bound_claim.as_deref()),
            i::algorithms.eq(algorithms.join(" ")),
            i::key_set.eq(key_set(&issuer.keys)),
            i::token_minutes.eq(issuer.token_minutes),
            i::key_bound.eq(issuer.key_bound),
            i::revision.eq(issuer.revision),
            i::submission.eq(submission.as_str()),
            i::created_by.eq(issuer.created_by.as_str()),
            i::created_at.eq(issuer.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

fn key_set(keys: &KeySource) -> Option<&str> {
    match keys {
        KeySource::Issuer => None,
        KeySource::Uploaded(text) => Some(text),
    }
}

/// Whether its enterprise trusts the same issuer for the same audience.
pub(super) fn is_trusted(conn: &mut Conn, issuer: &Issuer) -> Result<bool, StoreError> {
    let same = i::table
        .filter(i::enterprise_id.eq(issuer.enterprise.as_str()))
        .filter(i::url.eq(&issuer.url).and(i::audience.eq(&issuer.audience)));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

pub(super) fn by_submission(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<IssuerId>, StoreError> {
    let id: Option<String> = i::table
        .filter(i::enterprise_id.eq(enterprise.as_str()).and(i::submission.eq(submission.as_str())))
        .select(i::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| IssuerId::parse(&id)))
}

/// The issuer with this id, when this enterprise trusts it.
pub fn find(conn: &mut Conn, enterprise: &EnterpriseId, id: &IssuerId) -> Result<Option<Issuer>, StoreError> {
    let row: Option<Row> = i::table
        .filter(i::id.eq(id.as_str()).and(i::enterprise_id.eq(enterprise.as_str())))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(issuer).transpose()
}

/// The issuers that the enterprise trusts, by name.
pub fn list(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<Issuer>, StoreError> {
    let rows: Vec<Row> = i::table
        .filter(i::enterprise_id.eq(enterprise.as_str()))
        .order((i::name.asc(), i::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(issuer).collect()
}

/// Whoever trusts the issuer that names itself so, in any enterprise and in whatever state.
pub fn by_url(conn: &mut Conn, url: &str) -> Result<Vec<Issuer>, StoreError> {
    let rows: Vec<Row> =
        i::table.filter(i::url.eq(url)).order(i::id.asc()).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(issuer).collect()
}

pub(super) fn set_disabled(conn: &mut Conn, id: &IssuerId, at: Option<Timestamp>) -> Result<(), StoreError> {
    diesel::update(i::table.filter(i::id.eq(id.as_str())))
        .set((i::disabled_at.eq(at.map(Timestamp::as_millisecond)), i::revision.eq(i::revision + 1)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_keys(conn: &mut Conn, id: &IssuerId, keys: &KeySource) -> Result<(), StoreError> {
    diesel::update(i::table.filter(i::id.eq(id.as_str())))
        .set((i::key_set.eq(key_set(keys)), i::revision.eq(i::revision + 1)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, id: &IssuerId) -> Result<(), StoreError> {
    diesel::delete(i::table.filter(i::id.eq(id.as_str()))).execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = r)]
struct RuleRow {
    id: String,
    issuer_id: String,
    name: String,
    project_id: Option<String>,
    repository_id: Option<String>,
    demands: String,
    created_at: i64,
}

/// A rule's row, and the project of its repository if it stands for one.
type JoinedRule = (RuleRow, Option<String>);

fn rule((row, repository_project): JoinedRule) -> Result<Rule, StoreError> {
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of identity rule {}", row.id));
    let project = |id: Option<&String>| id.and_then(|id| ProjectId::parse(id));
    let binding = match &row.repository_id {
        Some(id) => Binding::Repository(
            RepositoryId::parse(id).ok_or_else(|| bad("repository"))?,
            project(repository_project.as_ref()).ok_or_else(|| bad("project"))?,
        ),
        None => Binding::Project(project(row.project_id.as_ref()).ok_or_else(|| bad("project"))?),
    };
    let demands: Demands = serde_json::from_str(&row.demands).map_err(|_| bad("demands"))?;
    Ok(Rule {
        id: RuleId::parse(&row.id).ok_or_else(|| bad("id"))?,
        issuer: IssuerId::parse(&row.issuer_id).ok_or_else(|| bad("issuer"))?,
        name: row.name,
        binding,
        demands,
        created_at: clock::from_millis(row.created_at),
    })
}

pub(super) fn insert_rule(
    conn: &mut Conn,
    rule: &Rule,
    by: &MemberId,
    submission: &SubmissionId,
) -> Result<(), StoreError> {
    let (project, repository) = match &rule.binding {
        Binding::Project(project) => (Some(project.as_str()), None),
        Binding::Repository(repository, _) => (None, Some(repository.as_str())),
    };
    let demands = serde_json::to_string(&rule.demands)
        .map_err(|_| StoreError::Corrupt(format!("demands of identity rule {}", rule.id)))?;
    diesel::insert_into(r::table)
        .values((
            r::id.eq(rule.id.as_str()),
            r::issuer_id.eq(rule.issuer.as_str()),
            r::name.eq(&rule.name),
            r::project_id.eq(project),
            r::repository_id.eq(repository),
            r::demands.eq(demands),
            r::submission.eq(submission.as_str()),
            r::created_by.eq(by.as_str()),
            r::created_at.eq(rule.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

macro_rules! rules {
    () => {
        r::table
            .left_join(repositories::table.on(repositories::id.nullable().eq(r::repository_id)))
            .select((RuleRow::as_select(), repositories::project_id.nullable()))
    };
}

/// The rules of an issuer, oldest first.
pub fn rules(conn: &mut Conn, issuer: &IssuerId) -> Result<Vec<Rule>, StoreError> {
    let rows: Vec<JoinedRule> = rules!()
        .filter(r::issuer_id.eq(issuer.as_str()))
        .order((r::created_at.asc(), r::id.asc()))
        .load(conn)?;
    rows.into_iter().map(rule).collect()
}

/// One rule of an issuer.
pub fn find_rule(conn: &mut Conn, issuer: &IssuerId, id: &RuleId) -> Result<Option<Rule>, StoreError> {
    let row: Option<JoinedRule> = rules!()
        .filter(r::id.eq(id.as_str()).and(r::issuer_id.eq(issuer.as_str())))
        .first(conn)
        .optional()?;
    row.map(rule).transpose()
}

pub(super) fn rule_by_submission(
    conn: &mut Conn,
    issuer: &IssuerId,
    submission: &SubmissionId,
) -> Result<Option<RuleId>, StoreError> {
    let id: Option<String> = r::table
        .filter(r::issuer_id.eq(issuer.as_str()).and(r::submission.eq(submission.as_str())))
        .select(r::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| RuleId::parse(&id)))
}

pub(super) fn delete_rule(conn: &mut Conn, id: &RuleId) -> Result<(), StoreError> {
    diesel::delete(r::table.filter(r::id.eq(id.as_str()))).execute(conn)?;
    Ok(())
}

/// How often what these rules let in was given something since `since_day`, and on which day last.
pub fn uses_of_rules(
    conn: &mut Conn,
    rules: &[RuleId],
    since_day: i32,
) -> Result<HashMap<RuleId, (i64, i32)>, StoreError> {
    let ids: Vec<&str> = rules.iter().map(RuleId::as_str).collect();
    let rows: Vec<(String, i32, i64)> = u::table
        .filter(u::caller_id.eq_any(ids).and(u::day.ge(since_day)).and(u::uses.gt(0)))
        .select((u::caller_id, u::day, u::uses))
        .load(conn)?;
    let mut found: HashMap<RuleId, (i64, i32)> = HashMap::new();
    for (id, day, uses) in rows {
        if let Some(id) = RuleId::parse(&id) {
            let one = found.entry(id).or_insert((0, day));
            *one = (one.0 + uses, one.1.max(day));
        }
    }
    Ok(found)
}

/// Uses a token up, by its issuer, its audience and its name; `false` when it was used before. Of any number that try
/// at once one gets `true`.
pub fn use_up(conn: &mut Conn, issuer: &Issuer, jti: &str, until: Timestamp) -> Result<bool, StoreError> {
    let digest = digest(issuer, jti);
    let row = (d::digest.eq(digest.as_slice()), d::expires_at.eq(until.as_millisecond()));
    let rows =
        each!(conn, c => diesel::insert_into(d::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(rows == 1)
}

/// Whether a token was used up some time ago.
pub fn is_used(conn: &mut Conn, issuer: &Issuer, jti: &str) -> Result<bool, StoreError> {
    let same = d::table.filter(d::digest.eq(digest(issuer, jti).to_vec()));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

fn digest(issuer: &Issuer, jti: &str) -> [u8; 32] {
    let parts = [issuer.url.as_bytes(), issuer.audience.as_bytes(), jti.as_bytes()];
    seal::digest("voucher used identity 1", &parts)
}

/// What is given for a token.
pub struct Given<'g> {
    /// The new one.
    pub key: &'g NewKey,
    /// Who signed what it was given for.
    pub issuer: &'g Issuer,
    /// What let it in.
    pub rule: &'g Rule,
    /// What was signed.
    pub run: &'g Run,
    /// The only key that answers may be sealed to, where the token said so.
    pub sealing_key: Option<Thumbprint>,
    /// From when and until when it is good.
    pub span: (Timestamp, Timestamp),
}

/// Stores what is given.
pub fn give(conn: &mut Conn, given: &Given<'_>) -> Result<(), StoreError> {
    let run =
        serde_json::to_string(given.run).map_err(|_| StoreError::Corrupt("facts of a run".to_owned()))?;
    diesel::insert_into(x::table)
        .values((
            x::public_id.eq(&given.key.public_id),
            x::secret_hash.eq(given.key.secret_hash.as_slice()),
            x::rule_id.eq(given.rule.id.as_str()),
            x::issuer_revision.eq(given.issuer.revision),
            x::run.eq(run),
            x::sealing_key.eq(given.sealing_key.as_ref().map(Thumbprint::as_bytes)),
            x::expires_at.eq(given.span.1.as_millisecond()),
            x::created_at.eq(given.span.0.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = x)]
struct TokenRow {
    secret_hash: Vec<u8>,
    rule_id: String,
    issuer_revision: i32,
    run: String,
    sealing_key: Option<Vec<u8>>,
    expires_at: i64,
}

/// What is stored of a token that was given. It ends with every change of its issuer.
pub fn exchanged(conn: &mut Conn, public_id: &str) -> Result<Option<StoredToken>, StoreError> {
    let found: Option<TokenRow> =
        x::table.filter(x::public_id.eq(public_id)).select(TokenRow::as_select()).first(conn).optional()?;
    let Some(row) = found else { return Ok(None) };
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of exchanged token {public_id}"));
    let run: Run = serde_json::from_str(&row.run).map_err(|_| bad("run"))?;
    let sealing_key = row.sealing_key.as_deref().map(|bytes| Thumbprint::from_bytes(bytes).ok_or(bad("key")));
    let sealing_key = sealing_key.transpose()?;
    let joined: Option<JoinedRule> = rules!().filter(r::id.eq(&row.rule_id)).first(conn).optional()?;
    let Some(rule) = joined.map(rule).transpose()? else { return Ok(None) };
    let trusted: Option<Row> =
        i::table.filter(i::id.eq(rule.issuer.as_str())).select(Row::as_select()).first(conn).optional()?;
    let Some(issuer) = trusted.map(issuer).transpose()? else { return Ok(None) };
    let object = issuer.object();
    let caller = Caller {
        name: format!("{} · {}", issuer.name, rule.name),
        enterprise: issuer.enterprise,
        binding: rule.binding,
        proof: Proof::Identity(Arc::new(Identity {
            issuer: issuer.id,
            issuer_url: issuer.url,
            rule: rule.id,
            sealing_key,
            run,
        })),
    };
    Ok(Some(StoredToken {
        caller,
        object,
        secret_hash: row.secret_hash,
        ended: issuer.disabled_at.is_some() || issuer.revision != row.issuer_revision,
        expires_at: clock::from_millis(row.expires_at),
    }))
}

/// Forgets what is over: tokens that could not be used again anyway, and what was given and has long ended.
pub fn purge(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    const KEPT: i64 = 24 * 60 * 60 * 1000;
    let now = now.as_millisecond();
    diesel::delete(d::table.filter(d::expires_at.lt(now))).execute(conn)?;
    diesel::delete(x::table.filter(x::expires_at.lt(now - KEPT))).execute(conn)?;
    Ok(())
}
