//! The rows of questions, and of what is known of each credential's health.

use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::{Cause, Health, Known, note};
use crate::catalogue::{Answer, Finding, Identity, Outcome};
use crate::clock;
use crate::db::{Conn, MultiBackend, StoreError};
use crate::ids::{CandidateId, CredentialId, EnterpriseId, MemberId, VerificationId};
use crate::schema::{credentials as c, health as h, verifications as q};

/// After this long a question counts as lost and may be taken by another node; longer than any node works on one.
const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// After this long a test message counts as lost; by then the question is gone.
const LEASE_OF_MESSAGES: SignedDuration = SignedDuration::from_hours(48);

/// A question that was taken so often and never answered is given up.
const MOST_ATTEMPTS: i32 = 2;

/// When something that somebody had verified is asked about again, unless the schedule says so sooner.
const NEXT: SignedDuration = SignedDuration::from_hours(24);

/// A time that does not come.
pub(super) const NEVER: Timestamp = Timestamp::MAX;

/// A question to be written down.
pub(super) struct Question<'a> {
    pub(super) id: &'a VerificationId,
    pub(super) enterprise: &'a EnterpriseId,
    pub(super) credential: &'a CredentialId,
    pub(super) candidate: Option<&'a CandidateId>,
    pub(super) cause: Cause,
    /// What is posted, when it is not the test message.
    pub(super) message: Option<&'a str>,
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
    /// What is posted, when it is not the test message.
    pub(super) message: Option<String>,
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
            q::message.eq(question.message),
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

/// How many questions of that member are open.
pub(super) fn open_of(conn: &mut Conn, member: &MemberId) -> Result<i64, StoreError> {
    Ok(q::table
        .filter(q::asked_by.eq(member.as_str()).and(q::finished_at.is_null()))
        .count()
        .get_result(conn)?)
}

/// A question for the same reason about the stored version that is open already.
pub(super) fn already_open(
    conn: &mut Conn,
    credential: &CredentialId,
    cause: Cause,
) -> Result<Option<VerificationId>, StoreError> {
    let id: Option<String> = q::table
        .filter(q::credential_id.eq(credential.as_str()).and(q::candidate_id.is_null()))
        .filter(q::finished_at.is_null().and(q::cause.eq(cause.as_str())).and(q::message.is_null()))
        .select(q::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| VerificationId::parse(&id)))
}

/// How many questions of the schedule are open.
pub(super) fn open_by_schedule(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(q::table
        .filter(q::cause.eq(Cause::Schedule.as_str()).and(q::finished_at.is_null()))
        .count()
        .get_result(conn)?)
}

/// Id, enterprise, credential, candidate, cause, attempts, message.
type Open = (String, String, String, Option<String>, String, i32, Option<String>);

/// Takes the oldest question that nobody answers, people's before the schedule's. Two nodes may look at the same one;
/// only one of them gets it. One that was taken too often, or cannot be read, is closed, so that it holds up nobody.
pub(super) fn take(
    conn: &mut Conn,
    node: &str,
    now: Timestamp,
    scheduled_too: bool,
) -> Result<Option<Taken>, StoreError> {
    let at = now.as_millisecond();
    let free = || q::finished_at.is_null().and(q::taken_until.is_null().or(q::taken_until.lt(at)));
    for scheduled in [false, true].into_iter().take(if scheduled_too { 2 } else { 1 }) {
        let mut open = q::table
            .select((
                q::id,
                q::enterprise_id,
                q::credential_id,
                q::candidate_id,
                q::cause,
                q::attempts,
                q::message,
            ))
            .into_boxed::<MultiBackend>()
            .filter(free());
        open = match scheduled {
            true => open.filter(q::cause.eq(Cause::Schedule.as_str())),
            false => open.filter(q::cause.ne(Cause::Schedule.as_str())),
        };
        let open: Vec<Open> = open.order((q::asked_at.asc(), q::id.asc())).limit(4).load(conn)?;
        for open in open {
            // Nobody wants a message twice: one whose fate is not known stays unknown.
            let lease = if open.4 == Cause::Message.as_str() { LEASE_OF_MESSAGES } else { LEASE };
            let until = now.checked_add(lease).unwrap_or(now).as_millisecond();
            let mine = diesel::update(q::table.filter(q::id.eq(&open.0).and(free())))
                .set((q::taken_by.eq(node), q::taken_until.eq(until), q::attempts.eq(q::attempts + 1)))
                .execute(conn)?;
            if mine != 1 {
                continue;
            }
            match Taken::read(&open, until).filter(|_| open.5 < MOST_ATTEMPTS) {
                Some(taken) => return Ok(Some(taken)),
                None => close(conn, &open.0, now)?,
            }
        }
    }
    Ok(None)
}

impl Taken {
    fn read((id, enterprise, credential, candidate, cause, _, message): &Open, until: i64) -> Option<Self> {
        Some(Self {
            id: VerificationId::parse(id)?,
            enterprise: EnterpriseId::parse(enterprise)?,
            credential: CredentialId::parse(credential)?,
            candidate: match candidate {
                Some(id) => Some(CandidateId::parse(id)?),
                None => None,
            },
            cause: Cause::parse(cause)?,
            message: message.clone(),
            until,
        })
    }
}

fn close(conn: &mut Conn, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let finding = note::write(&Finding::of(Outcome::Indeterminate));
    diesel::update(q::table.filter(q::id.eq(id)))
        .set((q::finished_at.eq(now.as_millisecond()), q::finding.eq(finding)))
        .execute(conn)?;
    Ok(())
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

/// When an open question was asked, and when a node took it, if one did.
pub(super) fn taken(
    conn: &mut Conn,
    id: &VerificationId,
) -> Result<Option<(Timestamp, Option<Timestamp>)>, StoreError> {
    let row: Option<(i64, Option<i64>)> =
        q::table.find(id.as_str()).select((q::asked_at, q::taken_until)).first(conn).optional()?;
    let taken_at = |until| clock::from_millis(until).checked_sub(LEASE_OF_MESSAGES).ok();
    Ok(row.map(|(asked, until)| (clock::from_millis(asked), until.and_then(taken_at))))
}

/// Removes a question that no node has taken; `false`: one has by now.
pub(super) fn take_back(conn: &mut Conn, id: &VerificationId) -> Result<bool, StoreError> {
    let row = q::table.filter(q::id.eq(id.as_str()).and(q::attempts.eq(0)));
    Ok(diesel::delete(row).execute(conn)? == 1)
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

/// What is known of a credential's health. An identity counts only when the current version proved it.
pub(super) fn health(conn: &mut Conn, credential: &CredentialId) -> Result<Health, StoreError> {
    type Row = (Option<i32>, Option<String>, Option<i64>, Option<i64>);
    type Proved = (Option<String>, Option<String>, Option<i32>);
    let row: Option<(Row, Proved, i32)> = h::table
        .inner_join(c::table)
        .filter(h::credential_id.eq(credential.as_str()))
        .select((
            (h::version, h::finding, h::checked_at, h::since),
            (h::identity_key, h::identity_label, h::identity_version),
            c::current_version,
        ))
        .first(conn)
        .optional()?;
    let Some(((version, finding, at, since), (key, label, proved_by), current)) = row else {
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
    let identity = key.zip(label).filter(|_| proved_by == Some(current));
    let identity = identity.and_then(|(key, label)| Identity::new(&key, &label));
    Ok(Health { last: known(), identity, asking_since: None })
}

/// The last outcome about the current version of each.
pub(super) fn outcomes(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<Vec<(CredentialId, Outcome)>, StoreError> {
    let ids: Vec<&str> = credentials.iter().map(CredentialId::as_str).collect();
    let rows: Vec<(String, Option<String>)> = h::table
        .inner_join(c::table)
        .filter(h::credential_id.eq_any(ids).and(h::version.eq(c::current_version.nullable())))
        .select((h::credential_id, h::outcome))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, outcome)| Some((CredentialId::parse(&id)?, Outcome::parse(&outcome?)?)))
        .collect())
}

/// The same with when each was found.
pub(super) fn last_answers(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<Vec<(CredentialId, Outcome, Timestamp)>, StoreError> {
    let ids: Vec<&str> = credentials.iter().map(CredentialId::as_str).collect();
    let rows: Vec<(String, Option<String>, Option<i64>)> = h::table
        .inner_join(c::table)
        .filter(h::credential_id.eq_any(ids).and(h::version.eq(c::current_version.nullable())))
        .select((h::credential_id, h::outcome, h::checked_at))
        .load(conn)?;
    let read = |(id, outcome, at): (String, Option<String>, Option<i64>)| {
        Some((CredentialId::parse(&id)?, Outcome::parse(&outcome?)?, clock::from_millis(at?)))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Makes a finding the credential's health.
pub(super) fn keep(
    conn: &mut Conn,
    credential: &CredentialId,
    known: &Known,
    now: Timestamp,
) -> Result<(), StoreError> {
    let next = now.checked_add(NEXT).unwrap_or(now);
    begin_health(conn, credential, next)?;
    // The schedule has put its own time already; what it gave up, or was about to ask, need not be asked right away.
    if known.finding.outcome.answer() != Answer::Refused {
        let soon = now.checked_add(super::schedule::SOON).unwrap_or(now).as_millisecond();
        let given_up = h::due_at.eq(NEVER.as_millisecond()).or(h::due_at.le(soon));
        diesel::update(h::table.filter(h::credential_id.eq(credential.as_str()).and(given_up)))
            .set(h::due_at.eq(next.as_millisecond()))
            .execute(conn)?;
    }
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

pub(super) fn due(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<Due>, StoreError> {
    type Row = (String, String, i64, Option<String>, Option<i32>, i32);
    let rows: Vec<Row> = h::table
        .inner_join(c::table)
        .filter(h::due_at.le(now.as_millisecond()).and(c::state.eq("active")))
        .order((h::due_at.asc(), h::credential_id.asc()))
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
