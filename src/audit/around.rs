//! What readers of the log want to know beside the records: who is called so, and how the chains stand.

use diesel::dsl::max;
use diesel::prelude::*;
use jiff::Timestamp;

use crate::clock::from_millis;
use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::ids::EnterpriseId;
use crate::schema::{
    access_keys as k, audit_chains, audit_checkpoints, credentials as c, members as m, provisioning_keys as p,
};

/// No more of a kind are looked up by a name.
const MOST: i64 = 200;

/// The ids of the members and the keys of the enterprise that a few words name; an id names itself.
pub fn actors_called(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    search: &str,
) -> Result<Vec<String>, StoreError> {
    let of = enterprise.to_string();
    let mut ids = Vec::new();
    let mut members = m::table
        .filter(m::enterprise_id.eq(of.clone()))
        .select(m::id)
        .limit(MOST)
        .into_boxed::<MultiBackend>();
    let mut keys = k::table
        .filter(k::enterprise_id.eq(of.clone()))
        .select(k::id)
        .limit(MOST)
        .into_boxed::<MultiBackend>();
    let mut programs =
        p::table.filter(p::enterprise_id.eq(of)).select(p::id).limit(MOST).into_boxed::<MultiBackend>();
    for pattern in words::patterns(search) {
        members = members.filter(
            words::lower(m::name).like(pattern.clone()).escape('\\').or(m::email
                .is_not_null()
                .and(words::lower(m::email.assume_not_null()).like(pattern.clone()).escape('\\'))),
        );
        keys = keys.filter(words::lower(k::name).like(pattern.clone()).escape('\\'));
        programs = programs.filter(words::lower(p::name).like(pattern).escape('\\'));
    }
    ids.extend(members.load::<String>(conn)?);
    ids.extend(keys.load::<String>(conn)?);
    ids.extend(programs.load::<String>(conn)?);
    if ids.is_empty() {
        ids.push(search.trim().to_owned());
    }
    Ok(ids)
}

/// The id of the credential with this token, whatever its state.
pub fn credential_called(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    token: &str,
) -> Result<Option<String>, StoreError> {
    Ok(c::table
        .filter(c::enterprise_id.eq(enterprise.as_str()).and(c::token.eq(token)))
        .select(c::id)
        .first(conn)
        .optional()?)
}

/// How a chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub chain: String,
    /// The number of its last record.
    pub head: i64,
    /// The number of the last record that a signature covers, and when it was signed; none yet.
    pub signed: Option<(i64, Timestamp)>,
}

/// How every chain stands.
pub fn chains(conn: &mut Conn) -> Result<Vec<Standing>, StoreError> {
    let heads: Vec<(String, i64)> = audit_chains::table
        .order(audit_chains::chain)
        .select((audit_chains::chain, audit_chains::seq))
        .load(conn)?;
    heads
        .into_iter()
        .map(|(chain, head)| {
            let last: Option<i64> = audit_checkpoints::table
                .filter(audit_checkpoints::chain.eq(&chain))
                .select(max(audit_checkpoints::seq))
                .first(conn)?;
            let signed = match last {
                Some(seq) => {
                    let at: i64 = audit_checkpoints::table
                        .find((&chain, seq))
                        .select(audit_checkpoints::at)
                        .first(conn)?;
                    Some((seq, from_millis(at)))
                }
                None => None,
            };
            Ok(Standing { chain, head, signed })
        })
        .collect()
}

/// When the signature was made that covers a record, if one does.
pub fn signed_at(conn: &mut Conn, chain: &str, seq: i64) -> Result<Option<(i64, Timestamp)>, StoreError> {
    let found: Option<(i64, i64)> = audit_checkpoints::table
        .filter(audit_checkpoints::chain.eq(chain).and(audit_checkpoints::seq.ge(seq)))
        .order(audit_checkpoints::seq)
        .select((audit_checkpoints::seq, audit_checkpoints::at))
        .first(conn)
        .optional()?;
    Ok(found.map(|(seq, at)| (seq, from_millis(at))))
}
