//! Rows that are still sealed to another key than the current one.

use diesel::prelude::*;

use super::{plain_fields, read_key_id};
use crate::credentials::reseal::Stale;
use crate::credentials::{Sealed, sealed};
use crate::db::{Conn, StoreError};
use crate::ids::CredentialId;
use crate::schema::{credential_versions as v, credentials as c, needed_keys, sealed_fields as f};
use crate::seal::{KeyId, Signature};

/// Enterprise, credential, type, number, variant, plain fields, signing key, signature.
type StaleRow = (String, String, String, i32, String, String, Vec<u8>, Vec<u8>);

/// The first versions with a field that is not sealed to `current`, or a manifest not signed by `signer`.
pub(in crate::credentials) fn stale(
    conn: &mut Conn,
    current: &KeyId,
    signer: &KeyId,
    most: i64,
) -> Result<Vec<Stale>, StoreError> {
    let sealed_elsewhere = diesel::dsl::exists(
        f::table
            .filter(f::credential_id.eq(v::credential_id))
            .filter(f::number.eq(v::number))
            .filter(f::key_id.ne(current.as_bytes().to_vec())),
    );
    let rows: Vec<StaleRow> = v::table
        .inner_join(c::table)
        .filter(sealed_elsewhere.or(v::signing_key_id.ne(signer.as_bytes().to_vec())))
        .order((v::credential_id.asc(), v::number.asc()))
        .limit(most)
        .select((
            c::enterprise_id,
            c::id,
            c::credential_type,
            v::number,
            v::variant,
            v::plain,
            v::signing_key_id,
            v::signature,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(enterprise, credential, credential_type, number, variant, plain, key_id, bytes)| {
            let id = CredentialId::parse(&credential)
                .ok_or_else(|| StoreError::Corrupt("credential id".to_owned()))?;
            let key_id = read_key_id(&key_id)?;
            Ok(Stale {
                enterprise,
                fields: sealed(conn, &id, number)?,
                credential,
                credential_type,
                number,
                variant,
                plain: plain_fields(&plain)?,
                signature: Signature { key_id, bytes },
            })
        })
        .collect()
}

/// Puts the new envelopes and the new signature in place of the old ones.
pub(in crate::credentials) fn replace(
    conn: &mut Conn,
    stale: &Stale,
    fields: &[Sealed],
    signature: &Signature,
) -> Result<(), StoreError> {
    for field in fields {
        diesel::update(
            f::table
                .filter(f::credential_id.eq(&stale.credential))
                .filter(f::number.eq(stale.number))
                .filter(f::field.eq(&field.field)),
        )
        .set((
            f::key_id.eq(field.key_id.as_bytes().to_vec()),
            f::envelope.eq(&field.envelope),
            f::fingerprint.eq(&field.fingerprint),
        ))
        .execute(conn)?;
    }
    diesel::update(
        v::table.filter(v::credential_id.eq(&stale.credential)).filter(v::number.eq(stale.number)),
    )
    .set((
        v::signing_key_id.eq(signature.key_id.as_bytes().to_vec()),
        v::signature.eq(signature.bytes.clone()),
    ))
    .execute(conn)?;
    Ok(())
}

/// The keys this database cannot be served without, with their purpose.
pub(in crate::credentials) fn needed(conn: &mut Conn) -> Result<Vec<(KeyId, String)>, StoreError> {
    let rows: Vec<(Vec<u8>, String)> =
        needed_keys::table.select((needed_keys::key_id, needed_keys::purpose)).load(conn)?;
    rows.into_iter().map(|(id, purpose)| read_key_id(&id).map(|id| (id, purpose))).collect()
}

/// Forgets every needed key but the two that everything is sealed and signed with by now.
pub(in crate::credentials) fn forget_all_but(
    conn: &mut Conn,
    current: &KeyId,
    signer: &KeyId,
) -> Result<(), StoreError> {
    diesel::delete(
        needed_keys::table
            .filter(needed_keys::key_id.ne(current.as_bytes().to_vec()))
            .filter(needed_keys::key_id.ne(signer.as_bytes().to_vec())),
    )
    .execute(conn)?;
    Ok(())
}
