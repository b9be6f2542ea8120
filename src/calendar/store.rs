//! The rows of calendars' addresses.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Feed, Stored};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, MemberId, SubmissionId};
use crate::schema::{calendar_feeds as f, members as m};
use crate::web::Language;

/// Member, enterprise, public part, hash, language, created, last fetched.
type Row = (String, String, String, Vec<u8>, String, i64, Option<i64>);

fn stored(row: Row) -> Result<Stored, StoreError> {
    let (member, enterprise, public_id, secret_hash, language, created_at, last_fetched_at) = row;
    let bad = |what: &str| StoreError::Corrupt(format!("{what} of the calendar of {member}"));
    Ok(Stored {
        feed: Feed {
            member: MemberId::parse(&member).ok_or_else(|| bad("member"))?,
            enterprise: EnterpriseId::parse(&enterprise).ok_or_else(|| bad("enterprise"))?,
            language: Language::parse(&language).ok_or_else(|| bad("language"))?,
            public_id,
            created_at: clock::from_millis(created_at),
            last_fetched_at: last_fetched_at.map(clock::from_millis),
        },
        secret_hash,
    })
}

macro_rules! feeds {
    () => {
        f::table.inner_join(m::table.on(m::id.eq(f::member_id))).select((
            f::member_id,
            m::enterprise_id,
            f::public_id,
            f::secret_hash,
            f::language,
            f::created_at,
            f::last_fetched_at,
        ))
    };
}

/// The address with this public part, of whatever enterprise.
pub(super) fn presented(conn: &mut Conn, public_id: &str) -> Result<Option<Stored>, StoreError> {
    let row: Option<Row> = feeds!().filter(f::public_id.eq(public_id)).first(conn).optional()?;
    row.map(stored).transpose()
}

/// The address that a member has.
pub fn find(conn: &mut Conn, member: &MemberId) -> Result<Option<Feed>, StoreError> {
    let row: Option<Row> = feeds!().filter(f::member_id.eq(member.as_str())).first(conn).optional()?;
    Ok(row.map(stored).transpose()?.map(|stored| stored.feed))
}

/// Whether the address that they have was made by this form.
pub(super) fn is_submitted(
    conn: &mut Conn,
    member: &MemberId,
    submission: &SubmissionId,
) -> Result<bool, StoreError> {
    let row = f::table.filter(f::member_id.eq(member.as_str()).and(f::submission.eq(submission.as_str())));
    Ok(diesel::select(diesel::dsl::exists(row)).get_result(conn)?)
}

pub(super) fn insert(
    conn: &mut Conn,
    feed: &Feed,
    secret_hash: &[u8],
    submission: &SubmissionId,
) -> Result<(), StoreError> {
    diesel::insert_into(f::table)
        .values((
            f::member_id.eq(feed.member.as_str()),
            f::public_id.eq(&feed.public_id),
            f::secret_hash.eq(secret_hash),
            f::language.eq(feed.language.tag()),
            f::submission.eq(submission.as_str()),
            f::created_at.eq(feed.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether there was one.
pub(super) fn delete(conn: &mut Conn, member: &MemberId) -> Result<bool, StoreError> {
    Ok(diesel::delete(f::table.filter(f::member_id.eq(member.as_str()))).execute(conn)? == 1)
}

/// Notes a fetch.
pub(super) fn touch(conn: &mut Conn, member: &MemberId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(f::table.filter(f::member_id.eq(member.as_str())))
        .set(f::last_fetched_at.eq(Some(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}
