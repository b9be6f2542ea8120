//! The rows of reminders: what enterprises want, what was said, and of which credentials.

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::{SignedDuration, Timestamp};

use super::message::Nearing;
use super::{Leads, Said, Settings, Trouble, Wanted};
use crate::catalogue;
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, EnterpriseId, VerificationId};
use crate::schema::{
    credentials as c, members as m, reminded as d, reminder_messages as r, reminder_settings as s,
};
use crate::web::Language;

/// A time that does not come.
pub(super) const NEVER: Timestamp = Timestamp::MAX;

/// No message speaks of more of one lead time; the others follow in the next.
const MOST: i64 = 500;

/// No look is at more enterprises.
const ENTERPRISES: i64 = 100;

/// So many of the last messages are shown.
const SHOWN: i64 = 10;

/// When it ends, as the index has it.
const ENDS: &str = "COALESCE(credentials.expires_at, 9223372036854775807)";

/// Bot, leads, language, due, failures, trouble, since.
type Row = (String, String, String, i64, i32, Option<String>, Option<i64>);

pub(super) fn settings(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Option<Settings>, StoreError> {
    let row: Option<Row> = s::table
        .find(enterprise.as_str())
        .select((s::bot_id, s::leads, s::language, s::due_at, s::failures, s::trouble, s::trouble_since))
        .first(conn)
        .optional()?;
    let Some((bot, leads, language, due_at, failures, trouble, since)) = row else { return Ok(None) };
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of the reminders of {enterprise}"));
    let trouble = trouble.as_deref().map(|text| Trouble::parse(text).ok_or_else(|| bad("trouble")));
    Ok(Some(Settings {
        enterprise: enterprise.clone(),
        bot: CredentialId::parse(&bot).ok_or_else(|| bad("bot"))?,
        leads: Leads::parse(&leads).map_err(|_| bad("lead times"))?,
        language: Language::parse(&language).ok_or_else(|| bad("language"))?,
        due_at: clock::from_millis(due_at),
        failures,
        trouble: trouble.transpose()?.zip(since.map(clock::from_millis)),
    }))
}

/// Writes what is wanted, due at once, as if nothing had failed yet.
pub(super) fn set(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(), StoreError> {
    delete(conn, enterprise)?;
    diesel::insert_into(s::table)
        .values((
            s::enterprise_id.eq(enterprise.as_str()),
            s::bot_id.eq(wanted.bot.as_str()),
            s::leads.eq(wanted.leads.to_string()),
            s::language.eq(wanted.language.tag()),
            s::due_at.eq(now.as_millisecond()),
            s::failures.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether there was something.
pub(super) fn delete(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<bool, StoreError> {
    Ok(diesel::delete(s::table.find(enterprise.as_str())).execute(conn)? == 1)
}

/// The enterprises whose time has come.
pub(super) fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<EnterpriseId>, StoreError> {
    let ids: Vec<String> = s::table
        .filter(s::due_at.le(now.as_millisecond()))
        .order((s::due_at.asc(), s::enterprise_id.asc()))
        .limit(ENTERPRISES)
        .select(s::enterprise_id)
        .load(conn)?;
    Ok(ids.iter().filter_map(|id| EnterpriseId::parse(id)).collect())
}

/// Moves the time of what was read on; `false`: another node did, or somebody set something else.
pub(super) fn move_on(conn: &mut Conn, settings: &Settings, next: Timestamp) -> Result<bool, StoreError> {
    let row = s::table.filter(
        s::enterprise_id.eq(settings.enterprise.as_str()).and(s::due_at.eq(settings.due_at.as_millisecond())),
    );
    Ok(diesel::update(row).set(s::due_at.eq(next.as_millisecond())).execute(conn)? == 1)
}

pub(super) fn set_due(conn: &mut Conn, enterprise: &EnterpriseId, at: Timestamp) -> Result<(), StoreError> {
    diesel::update(s::table.find(enterprise.as_str()))
        .set(s::due_at.eq(at.as_millisecond()))
        .execute(conn)?;
    Ok(())
}

/// The last message was posted.
pub(super) fn fares_well(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<(), StoreError> {
    diesel::update(s::table.find(enterprise.as_str()))
        .set((s::failures.eq(0), s::trouble.eq(None::<String>), s::trouble_since.eq(None::<i64>)))
        .execute(conn)?;
    Ok(())
}

/// Something is wrong; since when it is stays while it is the same.
pub(super) fn fares_ill(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (failures, trouble): (i32, Trouble),
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = s::table.filter(s::enterprise_id.eq(enterprise.as_str()));
    diesel::update(row).set(s::failures.eq(failures)).execute(conn)?;
    let other = s::trouble.is_null().or(s::trouble.is_not_null().and(s::trouble.ne(trouble.as_str())));
    diesel::update(row.filter(other))
        .set((s::trouble.eq(trouble.as_str()), s::trouble_since.eq(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}

/// What came closer to its end than a lead time and was not reminded of at that one or a shorter one, what ends first
/// before the others. An end that was moved is another end.
pub(super) fn nearing(
    conn: &mut Conn,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<Nearing>, StoreError> {
    type Row = (String, String, String, String, i64);
    let mut found = Vec::new();
    for (shorter, lead) in settings.leads.bands() {
        let until = |days: i32| {
            let by = SignedDuration::from_hours(24 * i64::from(days));
            now.checked_add(by).unwrap_or(Timestamp::MAX).as_millisecond()
        };
        let reminded = d::table
            .filter(d::credential_id.eq(c::id).and(d::expires_at.nullable().eq(c::expires_at)))
            .filter(d::lead.le(lead));
        let rows: Vec<Row> = c::table
            .inner_join(m::table.on(m::id.eq(c::responsible_id)))
            .filter(c::enterprise_id.eq(settings.enterprise.as_str()).and(c::state.eq("active")))
            .filter(sql::<BigInt>(ENDS).gt(until(shorter)))
            .filter(sql::<BigInt>(ENDS).le(until(lead)))
            .filter(not(exists(reminded)))
            .order((sql::<BigInt>(ENDS).asc(), c::id.asc()))
            .limit(MOST)
            .select((c::id, c::name, c::credential_type, m::name, c::expires_at.assume_not_null()))
            .load(conn)?;
        for (id, name, of, responsible, expires_at) in rows {
            let bad = |what: &str| StoreError::Corrupt(format!("{what} of credential {id}"));
            found.push(Nearing {
                id: CredentialId::parse(&id).ok_or_else(|| bad("id"))?,
                credential_type: catalogue::find(&of).ok_or_else(|| bad("type"))?,
                name,
                responsible,
                expires_at: clock::from_millis(expires_at),
                lead,
            });
        }
    }
    Ok(found)
}

/// A message is under way.
pub(super) fn begin(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &VerificationId,
    credentials: usize,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(r::table)
        .values((
            r::id.eq(id.as_str()),
            r::enterprise_id.eq(enterprise.as_str()),
            r::credentials.eq(i32::try_from(credentials).unwrap_or(i32::MAX)),
            r::at.eq(now.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// It speaks of these. The key is unique: one that is there already fails the whole look.
pub(super) fn remember(
    conn: &mut Conn,
    message: &VerificationId,
    nearing: &[Nearing],
) -> Result<(), StoreError> {
    for one in nearing {
        diesel::insert_into(d::table)
            .values((
                d::credential_id.eq(one.id.as_str()),
                d::expires_at.eq(one.expires_at.as_millisecond()),
                d::lead.eq(one.lead),
                d::message_id.eq(message.as_str()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// It was not said.
pub(super) fn forget(conn: &mut Conn, message: &VerificationId) -> Result<(), StoreError> {
    diesel::delete(d::table.filter(d::message_id.eq(message.as_str()))).execute(conn)?;
    Ok(())
}

/// The message of which nobody has looked what became of it.
pub(super) fn under_way(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
) -> Result<Option<VerificationId>, StoreError> {
    let id: Option<String> = r::table
        .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::ended_at.is_null()))
        .order((r::at.desc(), r::id.desc()))
        .select(r::id)
        .first(conn)
        .optional()?;
    Ok(id.and_then(|id| VerificationId::parse(&id)))
}

/// What became of it.
pub(super) fn end(
    conn: &mut Conn,
    message: &VerificationId,
    became: Result<(), Trouble>,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(r::table.find(message.as_str()))
        .set((
            r::ended_at.eq(now.as_millisecond()),
            r::trouble.eq(became.err().map(|trouble| trouble.as_str())),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn said(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<Said>, StoreError> {
    type Row = (i64, i32, Option<i64>, Option<String>);
    let rows: Vec<Row> = r::table
        .filter(r::enterprise_id.eq(enterprise.as_str()))
        .order((r::at.desc(), r::id.desc()))
        .limit(SHOWN)
        .select((r::at, r::credentials, r::ended_at, r::trouble))
        .load(conn)?;
    let read = |(at, credentials, ended, trouble): Row| Said {
        at: clock::from_millis(at),
        credentials,
        became: ended.map(|_| match trouble {
            None => Ok(()),
            Some(text) => Err(Trouble::parse(&text).unwrap_or(Trouble::Unclear)),
        }),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Forgets messages that ended long ago, and of what they were when that is over.
pub(super) fn purge(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    let before = before.as_millisecond();
    diesel::delete(d::table.filter(d::expires_at.lt(before))).execute(conn)?;
    diesel::delete(r::table.filter(r::at.lt(before).and(r::ended_at.is_not_null()))).execute(conn)?;
    Ok(())
}
