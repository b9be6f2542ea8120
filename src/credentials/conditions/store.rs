//! The rows of conditions.

use std::collections::HashSet;

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Conditions, Demanded, Trial};
use crate::clock;
use crate::db::{Conn, StoreError};
use crate::ids::CredentialId;
use crate::schema::{credential_conditions as cc, credentials as c};

/// What is asked for and what is tried.
pub fn conditions(conn: &mut Conn, id: &CredentialId) -> Result<Demanded, StoreError> {
    let rows: Vec<(String, String, i64)> = cc::table
        .filter(cc::credential_id.eq(id.as_str()))
        .select((cc::standing, cc::conditions, cc::since))
        .load(conn)?;
    let mut demanded = Demanded::default();
    for (standing, text, since) in rows {
        let corrupt = || StoreError::Corrupt(format!("conditions of credential {id}"));
        let conditions: Conditions = serde_json::from_str(&text).map_err(|_| corrupt())?;
        match standing.as_str() {
            "in_force" => demanded.in_force = conditions,
            "trial" => demanded.trial = Some(Trial { conditions, since: clock::from_millis(since) }),
            _ => return Err(corrupt()),
        }
    }
    Ok(demanded)
}

/// Which of these credentials ask a run to prove something, as it is in force now.
pub fn conditional(
    conn: &mut Conn,
    credentials: &[CredentialId],
) -> Result<HashSet<CredentialId>, StoreError> {
    let ids: Vec<String> = credentials.iter().map(ToString::to_string).collect();
    let rows: Vec<String> = cc::table
        .filter(cc::credential_id.eq_any(ids).and(cc::standing.eq("in_force")))
        .select(cc::credential_id)
        .load(conn)?;
    Ok(rows.iter().filter_map(|id| CredentialId::parse(id)).collect())
}

/// Writes what is asked for or tried; nothing is no row.
pub(super) fn put(
    conn: &mut Conn,
    id: &CredentialId,
    (standing, conditions): (&str, &Conditions),
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::delete(cc::table.find((id.as_str(), standing))).execute(conn)?;
    if !conditions.is_none() {
        let text =
            serde_json::to_string(conditions).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        diesel::insert_into(cc::table)
            .values((
                cc::credential_id.eq(id.as_str()),
                cc::standing.eq(standing),
                cc::conditions.eq(text),
                cc::since.eq(now.as_millisecond()),
            ))
            .execute(conn)?;
    }
    diesel::update(c::table.find(id.as_str()))
        .set((c::revision.eq(c::revision + 1), c::updated_at.eq(now.as_millisecond())))
        .execute(conn)?;
    Ok(())
}
