//! The rows of questions, and of what is known of each credential's health.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Cause, Health, Known, note};
use crate::catalogue::{Answer, Finding, Identity, Outcome};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{CandidateId, CredentialId, EnterpriseId, MemberId, VerificationId};
use crate::schema::{credentials as c, health as h, verifications as q};

/// A time that does not come.
pub(super) const NEVER: Timestamp = Timestamp::MAX;

/// A question to be written down.
pub(super) struct Question<'a> {
    pub(super) id: &'a VerificationId,
    pub(super) enterprise: &'a EnterpriseId,
    pub(super) credential: &'a CredentialId,
    pub(super) candidate: Option<&'a CandidateId>,
    pub(super) cause: Cause,
    pub(super) asked_by: Option<&'a MemberId>,
    pub(super) asked_at: Timestamp,
}

/// A question that this node answers.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) id: VerificationId,
    pub(super) enterprise: EnterpriseId,
    pub(super) credential: CredentialId,
    pub(super) candidate: Option<CandidateId>,
    pub(super) cause: Cause,
    /// Until when; part of what proves that nobody took it since.
    pub(super) until: i64,
}

/// A credential that is due.
pub(super) struct Due {
    pub(super) credential: CredentialId,
    pub(super) enterprise: EnterpriseId,
    /// What the last finding about its present content was.
    pub(super) answer: Option<Answer>,
    due_at: i64,
}

pub(super) fn insert(conn: &mut Conn, question: &Question<'_>) -> Result<(), StoreError> {
    diesel::insert_into(q::table)
        .values((
            q::id.eq(question.id.as_str()),
            q::enterprise_id.eq(question.enterprise.as_str()),
            q::credential_id.eq(question.credential.as_str()),
            q::candidate_id.eq(question.candidate.map(CandidateId::as_str)),
            q::cause.eq(question.cause.as_str()),
            q::asked_by.eq(question.asked_by.map(MemberId::as_str)),
            q::asked_at.eq(question.asked_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn asked_by_since(
    conn: &mut Conn,
    member: &MemberId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(q::table
        .filter(q::asked_by.eq(member.as_str()).and(q::asked_at.gt(since.as_millisecond())))
        .count()
        .get_result(conn)?)
}

/// Takes the oldest question that nobody answers. Two nodes may look at the same one; only one of them gets it.
pub(super) fn take(
    conn: &mut Conn,
    node: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Taken>, StoreError> {
    type Open = (String, String, String, Option<String>, String);
    let (now, until) = (now.as_millisecond(), until.as_millisecond());
    let free = || q::taken_until.is_null().or(q::taken_until.lt(now));
    let open: Vec<Open> = q::table
        .filter(q::finished_at.is_null().and(free()))
        .order((q::asked_at.asc(), q::id.asc()))
        .limit(4)
        .select((q::id, q::enterprise_id, q::credential_id, q::candidate_id, q::cause))
        .load(conn)?;
    for (id, enterprise, credential, candidate, cause) in open {
        let mine = diesel::update(q::table.filter(q::id.eq(&id).and(q::finished_at.is_null()).and(free())))
            .set((q::taken_by.eq(node), q::taken_until.eq(until)))
            .execute(conn)?;
        if mine == 1 {
            let bad = || StoreError::Corrupt(format!("verification {id}"));
            return Ok(Some(Taken {
                id: VerificationId::parse(&id).ok_or_else(bad)?,
                enterprise: EnterpriseId::parse(&enterprise).ok_or_else(bad)?,
                credential: CredentialId::parse(&credential).ok_or_else(bad)?,
                candidate: candidate.map(|id| CandidateId::parse(&id).ok_or_else(bad)).transpose()?,
                cause: Cause::parse(&cause).ok_or_else(bad)?,
                until,
            }));
        }
    }
    Ok(None)
}

/// Writes the answer down; `false`: somebody else has taken it since.
pub(super) fn finish(
    conn: &mut Conn,
    taken: &Taken,
    finding: &Finding,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mine = q::table.filter(
        q::id.eq(taken.id.as_str()).and(q::taken_until.eq(taken.until)).and(q::finished_at.is_null()),
    );
    let written = diesel::update(mine)
        .set((q::finished_at.eq(now.as_millisecond()), q::finding.eq(note::write(finding))))
        .execute(conn)?;
    Ok(written == 1)
}

pub(super) fn finding(conn: &mut Conn, id: &VerificationId) -> Result<Option<Finding>, StoreError> {
    let text: Option<Option<String>> =
        q::table.filter(q::id.eq(id.as_str())).select(q::finding).first(conn).optional()?;
    Ok(text.flatten().and_then(|text| note::read(&text)))
}

/// The last finding about a candidate, and when it was made.
pub(super) fn finding_about(
    conn: &mut Conn,
    candidate: &CandidateId,
) -> Result<Option<(Finding, Timestamp)>, StoreError> {
    let found: Option<(Option<String>, Option<i64>)> = q::table
        .filter(q::candidate_id.eq(candidate.as_str()).and(q::finished_at.is_not_null()))
        .filter(q::cause.ne(Cause::Message.as_str()))
        .order(q::finished_at.desc())
        .select((q::finding, q::finished_at))
        .first(conn)
        .optional()?;
    Ok(found.and_then(|(text, at)| Some((note::read(&text?)?, clock::from_millis(at?)))))
}

/// Since when a question about the stored version is open.
pub(super) fn asking_since(
    conn: &mut Conn,
    credential: &CredentialId,
) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = q::table
        .filter(q::credential_id.eq(credential.as_str()))
        .filter(q::finished_at.is_null().and(q::candidate_id.is_null()))
        .select(q::asked_at)
        .order(q::asked_at.desc())
        .first(conn)
        .optional()?;
    Ok(at.map(clock::from_millis))
}

pub(super) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(q::table.filter(q::asked_at.lt(before.as_millisecond()))).execute(conn)?;
    Ok(())
}

type HealthRow = (Option<i32>, Option<String>, Option<i64>, Option<i64>, Option<String>, Option<String>);

pub(super) fn health(conn: &mut Conn, credential: &CredentialId) -> Result<Health, StoreError> {
    let row: Option<HealthRow> = h::table
        .filter(h::credential_id.eq(credential.as_str()))
        .select((h::version, h::finding, h::checked_at, h::since, h::identity_key, h::identity_label))
        .first(conn)
        .optional()?;
    let Some((version, finding, at, since, key, label)) = row else {
        return Ok(Health::default());
    };
    let known = || {
        let at = clock::from_millis(at?);
        Some(Known {
            finding: note::read(&finding?)?,
            version: version?,
            at,
            since: since.map_or(at, clock::from_millis),
        })
    };
    let identity = key.zip(label).and_then(|(key, label)| Identity::new(&key, &label));
    Ok(Health { last: known(), identity, asking_since: None })
}

pub(super) fn outcomes(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<Vec<(CredentialId, Outcome)>, StoreError> {
    let ids: Vec<&str> = credentials.iter().map(CredentialId::as_str).collect();
    let rows: Vec<(String, Option<String>)> =
        h::table.filter(h::credential_id.eq_any(ids)).select((h::credential_id, h::outcome)).load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, outcome)| Some((CredentialId::parse(&id)?, Outcome::parse(&outcome?)?)))
        .collect())
}

/// Makes a finding the credential's health.
pub(super) fn keep(
    conn: &mut Conn,
    credential: &CredentialId,
    known: &Known,
    now: Timestamp,
) -> Result<(), StoreError> {
    begin_health(conn, credential, now.checked_add(super::schedule::SOON).unwrap_or(now))?;
    let outcome = known.finding.outcome.as_str();
    let before: (Option<String>, Option<i64>, Option<i32>) = h::table
        .filter(h::credential_id.eq(credential.as_str()))
        .select((h::outcome, h::since, h::version))
        .first(conn)?;
    let since = match before {
        (Some(same), Some(since), Some(version)) if same == outcome && version == known.version => since,
        _ => known.since.as_millisecond(),
    };
    let row = h::table.filter(h::credential_id.eq(credential.as_str()));
    diesel::update(row)
        .set((
            h::version.eq(known.version),
            h::outcome.eq(outcome),
            h::finding.eq(note::write(&known.finding)),
            h::checked_at.eq(known.at.as_millisecond()),
            h::since.eq(since),
        ))
        .execute(conn)?;
    if let Some(identity) = &known.finding.identity {
        diesel::update(row)
            .set((
                h::identity_key.eq(&identity.key),
                h::identity_label.eq(&identity.label),
                h::identity_version.eq(known.version),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Makes sure that a credential has a row; one that is there stays as it is.
pub(super) fn begin_health(
    conn: &mut Conn,
    credential: &CredentialId,
    due: Timestamp,
) -> Result<(), StoreError> {
    crate::each!(conn, c => diesel::insert_into(h::table)
        .values((h::credential_id.eq(credential.as_str()), h::due_at.eq(due.as_millisecond())))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub(super) fn make_due(conn: &mut Conn, credential: &CredentialId, at: Timestamp) -> Result<(), StoreError> {
    diesel::update(h::table.filter(h::credential_id.eq(credential.as_str())))
        .set(h::due_at.eq(at.as_millisecond()))
        .execute(conn)?;
    Ok(())
}

pub(super) fn is_current(
    conn: &mut Conn,
    credential: &CredentialId,
    version: i32,
) -> Result<bool, StoreError> {
    let query = c::table.filter(c::id.eq(credential.as_str()).and(c::current_version.eq(version)));
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(conn)?)
}

/// Active credentials that nothing is known of, with when they were made.
pub(super) fn without_health(
    conn: &mut Conn,
    most: i64,
) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> = c::table
        .left_join(h::table)
        .filter(h::credential_id.is_null().and(c::state.eq("active")))
        .select((c::id, c::created_at))
        .limit(most)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, at)| Some((CredentialId::parse(&id)?, clock::from_millis(at))))
        .collect())
}

pub(super) fn due(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<Due>, StoreError> {
    type Row = (String, String, i64, Option<String>, Option<i32>, i32);
    let rows: Vec<Row> = h::table
        .inner_join(c::table)
        .filter(h::due_at.le(now.as_millisecond()).and(c::state.eq("active")))
        .order(h::due_at.asc())
        .limit(most)
        .select((c::id, c::enterprise_id, h::due_at, h::outcome, h::version, c::current_version))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, enterprise, due_at, outcome, version, current)| {
            Some(Due {
                credential: CredentialId::parse(&id)?,
                enterprise: EnterpriseId::parse(&enterprise)?,
                answer: outcome
                    .filter(|_| version == Some(current))
                    .and_then(|outcome| Outcome::parse(&outcome))
                    .map(Outcome::answer),
                due_at,
            })
        })
        .collect())
}

/// Moves a credential's time on; `false`: another node did.
pub(super) fn move_on(conn: &mut Conn, due: &Due, next: Timestamp) -> Result<bool, StoreError> {
    let row = h::table.filter(h::credential_id.eq(due.credential.as_str()).and(h::due_at.eq(due.due_at)));
    Ok(diesel::update(row).set(h::due_at.eq(next.as_millisecond())).execute(conn)? == 1)
}
