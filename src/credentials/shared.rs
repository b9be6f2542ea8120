//! Secret values that more than one credential holds.
//!
//! They are found by the fingerprints that were made when they were sealed: nothing is opened. Who could see such a pair
//! without answering for both could guess a content: they would make a credential of the guess, and look whether it is
//! named beside the one that they may not read. So a pair is told only to those who answer for both, and to those who
//! see everything, whose every attempt is in the audit log. The overview shows them.

use super::{Name, Token, store};
use crate::db::{Conn, StoreError};
use crate::ids::CredentialId;
use crate::permission::Viewer;

/// One value, and who holds it.
#[derive(Clone)]
pub struct SharedValue {
    /// Some of them by name, at least two.
    pub holders: Vec<Holder>,
    /// Whether there are more.
    pub more: bool,
}

/// A credential that holds a value in its current version.
#[derive(Clone)]
pub struct Holder {
    /// Which.
    pub id: CredentialId,
    /// What it is called.
    pub name: Name,
    /// What pipelines call it.
    pub token: Token,
}

/// The values that are shared, as far as it was looked.
#[derive(Clone)]
pub struct SharedValues {
    /// A few, those of the credentials first that were made last.
    pub values: Vec<SharedValue>,
    /// Whether there are more.
    pub more: bool,
    /// Whether only values of those credentials that were made last were looked for elsewhere.
    pub only_newest: bool,
}

/// As many values are told of.
pub(super) const SHOWN: i64 = 10;

/// As many credentials are told of for each.
pub(super) const HOLDERS: i64 = 5;

/// The values of as many credentials, those made last, are looked for in all others.
pub(super) const LOOKED_AT: i64 = 5000;

/// Values that two or more credentials hold which are not deleted, as far as `viewer` may know.
pub fn shared_values(conn: &mut Conn, viewer: &Viewer) -> Result<SharedValues, StoreError> {
    let member = (!viewer.sees_everything()).then_some(&viewer.member);
    store::shared_values(conn, &store::Among { enterprise: &viewer.enterprise, member })
}
