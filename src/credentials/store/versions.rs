//! The versions of a credential, and what is in them as far as it can be known without opening anything.

use diesel::prelude::*;

use super::plain_fields;
use crate::clock;
use crate::credentials::Version;
use crate::credentials::roll_back::{Contents, Trace};
use crate::db::{Conn, StoreError};
use crate::ids::{CredentialId, MemberId};
use crate::schema::{credential_versions as v, sealed_fields as f};

type VersionRow = (i32, String, String, Option<i64>, String, i64);

/// A credential's versions, newest first.
pub fn versions(conn: &mut Conn, id: &CredentialId) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<VersionRow> = v::table
        .filter(v::credential_id.eq(id.as_str()))
        .order(v::number.desc())
        .select((v::number, v::variant, v::plain, v::content_expires_at, v::created_by, v::created_at))
        .load(conn)?;
    let fields: Vec<(i32, String)> = f::table
        .filter(f::credential_id.eq(id.as_str()))
        .order((f::number.desc(), f::field.asc()))
        .select((f::number, f::field))
        .load(conn)?;
    rows.into_iter()
        .map(|(number, variant, plain, content_expires_at, created_by, created_at)| {
            Ok(Version {
                number,
                variant,
                plain: plain_fields(&plain)?,
                secret_fields: fields
                    .iter()
                    .filter(|(of, _)| *of == number)
                    .map(|(_, field)| field.clone())
                    .collect(),
                content_expires_at: content_expires_at.map(clock::from_millis),
                created_by: MemberId::parse(&created_by)
                    .ok_or_else(|| StoreError::Corrupt("creator".to_owned()))?,
                created_at: clock::from_millis(created_at),
            })
        })
        .collect()
}

/// One version.
pub fn version(conn: &mut Conn, id: &CredentialId, number: i32) -> Result<Option<Version>, StoreError> {
    Ok(versions(conn, id)?.into_iter().find(|version| version.number == number))
}

/// The versions of that stretch, both ends included. What the content is, its variant, is there under no name.
pub(in crate::credentials) fn contents(
    conn: &mut Conn,
    id: &CredentialId,
    (first, last): (i32, i32),
) -> Result<Contents, StoreError> {
    let rows: Vec<(i32, String, String)> = v::table
        .filter(v::credential_id.eq(id.as_str()).and(v::number.between(first, last)))
        .select((v::number, v::variant, v::plain))
        .load(conn)?;
    let mut contents = Contents::new();
    for (number, variant, plain) in rows {
        let content = contents.entry(number).or_default();
        content.insert(String::new(), Trace::Plain(variant));
        let plain = plain_fields(&plain)?.into_iter().filter(|(_, value)| !value.is_empty());
        content.extend(plain.map(|(field, value)| (field, Trace::Plain(value))));
    }
    let rows: Vec<(i32, String, Vec<u8>)> = f::table
        .filter(f::credential_id.eq(id.as_str()).and(f::number.between(first, last)))
        .select((f::number, f::field, f::fingerprint))
        .load(conn)?;
    for (number, field, fingerprint) in rows {
        contents.entry(number).or_default().insert(field, Trace::Fingerprint(fingerprint));
    }
    Ok(contents)
}
