//! Moving what is stored to the current keys, while the service runs; and which keys a database needs.
//!
//! The one place outside of resolving that opens: it runs from the command line, with both key files at hand.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Sealed, store};
use crate::audit::{self, Actor, ChainId, Draft, Origin, Outcome};
use crate::db::{Conn, StoreError};
use crate::seal::{Context, KeyId, Manifest, Opener, Random, Sealer, Signature, Unreadable};

/// A version that is sealed or signed with another key than the current one.
pub(super) struct Stale {
    pub(super) enterprise: String,
    pub(super) credential: String,
    pub(super) credential_type: String,
    pub(super) number: i32,
    pub(super) variant: String,
    pub(super) plain: BTreeMap<String, String>,
    pub(super) signature: Signature,
    pub(super) fields: Vec<Sealed>,
}

/// Why it stopped.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// A stored version cannot be read; it is left as it is.
    #[error("version {number} of credential {credential} cannot be read: {why}")]
    Unreadable {
        /// Which credential.
        credential: String,
        /// Which version of it.
        number: i32,
        /// Why.
        why: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Moves up to `most` versions to the current keys, in the transaction of `conn`; says how many. None left: 0, and
/// the database needs the older keys no more.
pub fn reseal_some(
    conn: &mut Conn,
    chain: &ChainId,
    keys: (&Opener, &Sealer),
    (now, random): (Timestamp, &Random),
    most: i64,
) -> Result<usize, ResealError> {
    let sealer = keys.1;
    let (current, signer) = (sealer.sealing_key_id(), sealer.signing_key_id());
    let stale = store::stale(conn, &current, &signer, most)?;
    for version in &stale {
        reseal_one(conn, version, keys, random).map_err(|error| match error {
            One::Store(error) => ResealError::Store(error),
            One::Unreadable(why) => ResealError::Unreadable {
                credential: version.credential.clone(),
                number: version.number,
                why: why.to_string(),
            },
        })?;
    }
    if stale.is_empty() {
        store::forget_all_but(conn, &current, &signer)?;
    } else {
        store::need_keys(conn, &current, &signer, now)?;
        audit::append(conn, chain, &[record(now, stale.len(), &current)])?;
    }
    Ok(stale.len())
}

enum One {
    Store(StoreError),
    Unreadable(Unreadable),
}

fn reseal_one(
    conn: &mut Conn,
    version: &Stale,
    keys: (&Opener, &Sealer),
    random: &Random,
) -> Result<(), One> {
    let (opener, sealer) = keys;
    let envelopes = |fields: &[Sealed]| -> BTreeMap<String, Vec<u8>> {
        fields.iter().map(|sealed| (sealed.field.clone(), sealed.envelope.clone())).collect()
    };
    fn manifest<'a>(version: &'a Stale, envelopes: &'a BTreeMap<String, Vec<u8>>) -> Manifest<'a> {
        Manifest {
            enterprise: &version.enterprise,
            credential: &version.credential,
            credential_type: &version.credential_type,
            number: version.number,
            variant: &version.variant,
            plain: &version.plain,
            envelopes,
        }
    }
    let before = envelopes(&version.fields);
    opener.check(&manifest(version, &before), &version.signature).map_err(One::Unreadable)?;
    let mut fields = Vec::with_capacity(version.fields.len());
    for sealed in &version.fields {
        let context = Context {
            enterprise: &version.enterprise,
            credential: &version.credential,
            credential_type: &version.credential_type,
            field: &sealed.field,
        };
        let moved = crate::seal::reseal(opener, sealer, random, &context, &sealed.envelope)
            .map_err(One::Unreadable)?;
        fields.push(Sealed {
            field: sealed.field.clone(),
            key_id: moved.key_id,
            envelope: moved.envelope,
            fingerprint: moved.fingerprint.to_vec(),
        });
    }
    let after = envelopes(&fields);
    let signature = sealer.sign(&manifest(version, &after));
    store::replace(conn, version, &fields, &signature).map_err(One::Store)
}

fn record(now: Timestamp, moved: usize, to: &KeyId) -> Draft {
    Draft {
        at: now,
        enterprise: None,
        actor: Actor::System("reseal"),
        action: "keys.reseal",
        object: None,
        outcome: Outcome::Allowed,
        reason: None,
        origin: Origin::default(),
        detail: serde_json::json!({ "versions": moved, "key": to.to_string() }),
    }
}

/// The keys a database cannot be served without that are missing from the key files: sealing keys the resolver cannot
/// open with, signing keys it cannot check by.
pub fn missing_keys(conn: &mut Conn, opener: &Opener) -> Result<Vec<KeyId>, StoreError> {
    let (opens, checks) = (opener.key_ids(), opener.signer_ids());
    let is_there = |id: &KeyId, purpose: &str| match purpose {
        "signing" => checks.contains(id),
        _ => opens.contains(id),
    };
    Ok(store::needed(conn)?
        .into_iter()
        .filter(|(id, purpose)| !is_there(id, purpose))
        .map(|(id, _)| id)
        .collect())
}
