//! The rows of access keys and of their secrets.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use jiff::Timestamp;

use super::key_state::soon;
use super::{
    AccessKey, Binding, KeyFacts, KeyFilter, KeySecret, KeyState, LastUse, Maker, Place, Sources, Stored,
    Tokens,
};
use crate::clock;
use crate::credentials::Token;
use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::ids::{
    AccessKeyId, EnterpriseId, MemberId, ProjectId, ProvisioningKeyId, RepositoryId, SubmissionId,
};
use crate::network::Networks;
use crate::permission::{LocalRole, Viewer};
use crate::schema::{access_key_secrets as s, access_keys as k, provisioning_keys as p, repositories};

const ALL: &str = "all";
const THESE: &str = "these";

pub(super) fn insert(conn: &mut Conn, key: &AccessKey, submission: &SubmissionId) -> Result<(), StoreError> {
    let (project, repository) = match &key.binding {
        Binding::Project(project) => (Some(project.as_str()), None),
        Binding::Repository(repository, _) => (None, Some(repository.as_str())),
    };
    let ((source_scope, sources), (token_scope, tokens)) = (sources(&key.sources), tokens(&key.tokens));
    diesel::insert_into(k::table)
        .values((
            k::id.eq(key.id.as_str()),
            k::enterprise_id.eq(key.enterprise.as_str()),
            k::public_id.eq(&key.public_id),
            k::name.eq(&key.name),
            k::project_id.eq(project),
            k::repository_id.eq(repository),
            k::source_scope.eq(source_scope),
            k::sources.eq(sources),
            k::token_scope.eq(token_scope),
            k::tokens.eq(tokens),
            k::expires_at.eq(key.expires_at.map(Timestamp::as_millisecond)),
            k::submission.eq(submission.as_str()),
            k::created_by.eq(key.created_by.member.as_str()),
            k::made_with.eq(key.created_by.program.as_ref().map(ProvisioningKeyId::as_str)),
            k::created_at.eq(key.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_facts(conn: &mut Conn, id: &AccessKeyId, facts: &KeyFacts) -> Result<(), StoreError> {
    let ((source_scope, sources), (token_scope, tokens)) = (sources(&facts.sources), tokens(&facts.tokens));
    diesel::update(k::table.filter(k::id.eq(id.as_str())))
        .set((
            k::name.eq(facts.name.as_str()),
            k::expires_at.eq(facts.expires_at.map(Timestamp::as_millisecond)),
            k::source_scope.eq(source_scope),
            k::sources.eq(sources),
            k::token_scope.eq(token_scope),
            k::tokens.eq(tokens),
        ))
        .execute(conn)?;
    Ok(())
}

fn sources(sources: &Sources) -> (&'static str, String) {
    match sources {
        Sources::Anywhere => (ALL, String::new()),
        Sources::These(networks) => (THESE, networks.to_string()),
    }
}

fn tokens(tokens: &Tokens) -> (&'static str, String) {
    match tokens {
        Tokens::All => (ALL, String::new()),
        Tokens::These(_) => (THESE, tokens.texts().join(" ")),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = k)]
struct Row {
    id: String,
    enterprise_id: String,
    public_id: String,
    name: String,
    project_id: Option<String>,
    repository_id: Option<String>,
    source_scope: String,
    sources: String,
    token_scope: String,
    tokens: String,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    created_by: String,
    created_at: i64,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
    made_with: Option<String>,
}

/// A key's row, and the project of its repository if it is bound to one.
type Joined = (Row, Option<String>);

fn key((row, repository_project): Joined) -> Result<AccessKey, StoreError> {
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of access key {}", row.id));
    let project = |id: Option<&String>| id.and_then(|id| ProjectId::parse(id));
    let binding = match &row.repository_id {
        Some(id) => Binding::Repository(
            RepositoryId::parse(id).ok_or_else(|| bad("repository"))?,
            project(repository_project.as_ref()).ok_or_else(|| bad("project"))?,
        ),
        None => Binding::Project(project(row.project_id.as_ref()).ok_or_else(|| bad("project"))?),
    };
    let sources = match row.source_scope.as_str() {
        ALL => Sources::Anywhere,
        _ => Sources::These(Networks::parse(row.sources.split(' ')).map_err(|_| bad("sources"))?),
    };
    let tokens = match row.token_scope.as_str() {
        ALL => Tokens::All,
        _ => {
            let tokens = row.tokens.split(' ').map(|text| Token::parse(text).map_err(|_| bad("tokens")));
            Tokens::These(Arc::new(tokens.collect::<Result<BTreeSet<_>, _>>()?))
        }
    };
    Ok(AccessKey {
        id: AccessKeyId::parse(&row.id).ok_or_else(|| bad("id"))?,
        enterprise: EnterpriseId::parse(&row.enterprise_id).ok_or_else(|| bad("enterprise"))?,
        created_by: maker(&row.created_by, row.made_with.as_deref()).ok_or_else(|| bad("creator"))?,
        binding,
        sources,
        tokens,
        public_id: row.public_id,
        name: row.name,
        expires_at: row.expires_at.map(clock::from_millis),
        revoked_at: row.revoked_at.map(clock::from_millis),
        created_at: clock::from_millis(row.created_at),
        last_use: row
            .last_used_at
            .map(|at| LastUse { at: clock::from_millis(at), address: row.last_used_address }),
    })
}

fn maker(member: &str, program: Option<&str>) -> Option<Maker> {
    let program = match program {
        Some(id) => Some(ProvisioningKeyId::parse(id)?),
        None => None,
    };
    Some(Maker { member: MemberId::parse(member)?, program })
}

macro_rules! keys {
    () => {
        k::table
            .left_join(repositories::table.on(repositories::id.nullable().eq(k::repository_id)))
            .select((Row::as_select(), repositories::project_id.nullable()))
    };
}

/// The key with this public part, of whatever enterprise and in whatever state, and its secrets.
pub(super) fn presented(conn: &mut Conn, public_id: &str) -> Result<Option<Stored>, StoreError> {
    let row: Option<Joined> = keys!().filter(k::public_id.eq(public_id)).first(conn).optional()?;
    let Some(key) = row.map(key).transpose()? else { return Ok(None) };
    let secrets = secrets(conn, &key.id)?;
    Ok(Some(Stored { key, secrets }))
}

/// The key with this id, when it is this enterprise's, and what is known of its secrets, the newest first.
pub fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &AccessKeyId,
) -> Result<Option<(AccessKey, Vec<KeySecret>)>, StoreError> {
    let row: Option<Joined> = keys!()
        .filter(k::id.eq(id.as_str()).and(k::enterprise_id.eq(enterprise.as_str())))
        .first(conn)
        .optional()?;
    let Some(key) = row.map(key).transpose()? else { return Ok(None) };
    let secrets = secrets(conn, id)?.into_iter().map(|(secret, _)| secret).collect();
    Ok(Some((key, secrets)))
}

/// Number, hash, maker, the program's key, since, end, last use.
type SecretRow = (i32, Vec<u8>, String, Option<String>, i64, Option<i64>, Option<i64>);

/// The secrets of a key with their hashes, the newest first.
fn secrets(conn: &mut Conn, id: &AccessKeyId) -> Result<Vec<(KeySecret, Vec<u8>)>, StoreError> {
    let rows: Vec<SecretRow> = s::table
        .filter(s::key_id.eq(id.as_str()))
        .select((s::number, s::hash, s::made_by, s::made_with, s::since, s::ends_at, s::last_used_at))
        .order(s::number.desc())
        .load(conn)?;
    rows.into_iter().map(|row| secret(id, row)).collect()
}

fn secret(key: &AccessKeyId, row: SecretRow) -> Result<(KeySecret, Vec<u8>), StoreError> {
    let (number, hash, made_by, made_with, since, ends_at, last_used_at) = row;
    let bad = || StoreError::Corrupt(format!("maker of secret {number} of access key {key}"));
    let secret = KeySecret {
        number,
        made_by: maker(&made_by, made_with.as_deref()).ok_or_else(bad)?,
        since: clock::from_millis(since),
        ends_at: ends_at.map(clock::from_millis),
        last_used_at: last_used_at.map(clock::from_millis),
    };
    Ok((secret, hash))
}

/// What is known of the secrets of several keys, the newest of each first.
pub fn secrets_of(
    conn: &mut Conn,
    keys: &[AccessKey],
) -> Result<HashMap<AccessKeyId, Vec<KeySecret>>, StoreError> {
    let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    let rows: Vec<(String, SecretRow)> = s::table
        .filter(s::key_id.eq_any(ids))
        .select((
            s::key_id,
            (s::number, s::hash, s::made_by, s::made_with, s::since, s::ends_at, s::last_used_at),
        ))
        .order((s::key_id, s::number.desc()))
        .load(conn)?;
    let mut found: HashMap<AccessKeyId, Vec<KeySecret>> = HashMap::new();
    for (key, row) in rows {
        let bad = || StoreError::Corrupt("key of a secret".to_owned());
        let key = AccessKeyId::parse(&key).ok_or_else(bad)?;
        let (secret, _) = secret(&key, row)?;
        found.entry(key).or_default().push(secret);
    }
    Ok(found)
}

/// What the provisioning keys are called that made something, by their ids.
pub fn program_names(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: &[ProvisioningKeyId],
) -> Result<HashMap<ProvisioningKeyId, String>, StoreError> {
    let wanted: Vec<&str> = ids.iter().map(ProvisioningKeyId::as_str).collect();
    let rows: Vec<(String, String)> = p::table
        .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::id.eq_any(wanted)))
        .select((p::id, p::name))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, name)| Some((ProvisioningKeyId::parse(&id)?, name))).collect())
}

pub(super) fn add_secret(
    conn: &mut Conn,
    id: &AccessKeyId,
    secret: &KeySecret,
    hash: &[u8],
) -> Result<(), StoreError> {
    diesel::insert_into(s::table)
        .values((
            s::key_id.eq(id.as_str()),
            s::number.eq(secret.number),
            s::hash.eq(hash),
            s::made_by.eq(secret.made_by.member.as_str()),
            s::made_with.eq(secret.made_by.program.as_ref().map(ProvisioningKeyId::as_str)),
            s::since.eq(secret.since.as_millisecond()),
            s::ends_at.eq(secret.ends_at.map(Timestamp::as_millisecond)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn end_secret(
    conn: &mut Conn,
    id: &AccessKeyId,
    (number, ends_at): (i32, Timestamp),
) -> Result<(), StoreError> {
    diesel::update(s::table.filter(s::key_id.eq(id.as_str()).and(s::number.eq(number))))
        .set(s::ends_at.eq(Some(ends_at.as_millisecond())))
        .execute(conn)?;
    Ok(())
}

pub(super) fn remove_secrets_before(
    conn: &mut Conn,
    id: &AccessKeyId,
    number: i32,
) -> Result<(), StoreError> {
    diesel::delete(s::table.filter(s::key_id.eq(id.as_str()).and(s::number.lt(number)))).execute(conn)?;
    Ok(())
}

type Condition = Box<
    dyn BoxableExpression<
            diesel::helper_types::LeftJoinQuerySource<
                k::table,
                repositories::table,
                diesel::dsl::Eq<diesel::dsl::Nullable<repositories::id>, k::repository_id>,
            >,
            MultiBackend,
            SqlType = Nullable<Bool>,
        >,
>;

/// What every list of keys asks: this enterprise, visible to this viewer, in this state, matching the words.
fn conditions(viewer: &Viewer, filter: &KeyFilter, now: Timestamp) -> Vec<Condition> {
    let now_millis = now.as_millisecond();
    let mut all: Vec<Condition> =
        vec![Box::new(k::enterprise_id.eq(viewer.enterprise.to_string()).nullable())];
    if !viewer.sees_everything() {
        let managed = viewer.projects.iter().filter(|(_, role)| *role == LocalRole::Manager);
        let projects: Vec<String> = managed.map(|(id, _)| id.to_string()).collect();
        let managed = viewer.repositories.iter().filter(|(_, _, role)| *role == LocalRole::Manager);
        let own: Vec<String> = managed.map(|(id, _, _)| id.to_string()).collect();
        all.push(Box::new(
            k::project_id
                .eq_any(projects.clone())
                .or(repositories::project_id.nullable().eq_any(projects))
                .or(k::repository_id.eq_any(own)),
        ));
    }
    match &filter.place {
        None => {}
        Some(Place::Project(id)) => all.push(Box::new(
            k::project_id.eq(id.to_string()).or(repositories::project_id.nullable().eq(id.to_string())),
        )),
        Some(Place::Repository(id)) => all.push(Box::new(k::repository_id.eq(id.to_string()))),
    }
    match filter.state {
        None => {}
        Some(KeyState::Revoked) => all.push(Box::new(k::revoked_at.is_not_null().nullable())),
        Some(living) => {
            all.push(Box::new(k::revoked_at.is_null().nullable()));
            match living {
                KeyState::Expired => all.push(Box::new(k::expires_at.le(now_millis))),
                KeyState::Expiring => {
                    let soon = soon(now).as_millisecond();
                    all.push(Box::new(k::expires_at.gt(now_millis).and(k::expires_at.le(soon))));
                }
                // Also those that end soon: they work.
                KeyState::Active | KeyState::Revoked => {
                    all.push(Box::new(k::expires_at.is_null().nullable().or(k::expires_at.gt(now_millis))));
                }
            }
        }
    }
    for pattern in filter.search.iter().flat_map(|search| words::patterns(search)) {
        all.push(Box::new(
            words::lower(k::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(k::public_id).like(pattern).escape('\\'))
                .nullable(),
        ));
    }
    all
}

/// A stretch of the keys that `viewer` sees, by name; and whether there are more behind.
pub fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &KeyFilter,
    now: Timestamp,
) -> Result<(Vec<AccessKey>, bool), StoreError> {
    let mut query = keys!().into_boxed::<MultiBackend>();
    for condition in conditions(viewer, filter, now) {
        query = query.filter(condition);
    }
    if let Some((name, id)) = filter.after.clone() {
        query = query.filter(k::name.gt(name.clone()).or(k::name.eq(name).and(k::id.gt(id))));
    }
    let mut rows: Vec<Joined> =
        query.order((k::name.asc(), k::id.asc())).limit(filter.size.saturating_add(1)).load(conn)?;
    let size = usize::try_from(filter.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    Ok((rows.into_iter().map(key).collect::<Result<_, _>>()?, more))
}

/// The keys that `viewer` sees, that nobody revoked and that end behind `since`, what ends first before the others.
pub fn ending(
    conn: &mut Conn,
    viewer: &Viewer,
    since: Timestamp,
    most: i64,
) -> Result<Vec<AccessKey>, StoreError> {
    let mut query = keys!().into_boxed::<MultiBackend>();
    for condition in conditions(viewer, &KeyFilter::default(), since) {
        query = query.filter(condition);
    }
    let rows: Vec<Joined> = query
        .filter(k::revoked_at.is_null())
        .filter(k::expires_at.gt(since.as_millisecond()))
        .order((k::expires_at.asc(), k::id.asc()))
        .limit(most)
        .load(conn)?;
    rows.into_iter().map(key).collect()
}

/// How many keys `viewer` sees under this filter.
pub fn count(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &KeyFilter,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let mut query = k::table
        .left_join(repositories::table.on(repositories::id.nullable().eq(k::repository_id)))
        .select(diesel::dsl::count_star())
        .into_boxed::<MultiBackend>();
    for condition in conditions(viewer, filter, now) {
        query = query.filter(condition);
    }
    Ok(query.first(conn)?)
}

/// The enterprise's keys that work with a secret which `member` made, newest first: they have seen the text.
pub fn made_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<AccessKey>, StoreError> {
    let seen = s::table
        .filter(s::made_by.eq(member.as_str()))
        .filter(s::ends_at.is_null().or(s::ends_at.assume_not_null().gt(now.as_millisecond())))
        .select(s::key_id);
    let rows: Vec<Joined> = keys!()
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::id.eq_any(seen)))
        .filter(k::revoked_at.is_null())
        .filter(k::expires_at.is_null().or(k::expires_at.assume_not_null().gt(now.as_millisecond())))
        .order((k::created_at.desc(), k::id.desc()))
        .load(conn)?;
    rows.into_iter().map(key).collect()
}

pub(super) fn by_submission(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    submission: &SubmissionId,
) -> Result<Option<AccessKeyId>, StoreError> {
    let id: Option<String> = k::table
        .filter(k::enterprise_id.eq(enterprise.as_str()).and(k::submission.eq(submission.as_str())))
        .select(k::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| AccessKeyId::parse(&id)))
}

pub(super) fn set_revoked(conn: &mut Conn, id: &AccessKeyId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(k::table.filter(k::id.eq(id.as_str())))
        .set(k::revoked_at.eq(Some(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}
