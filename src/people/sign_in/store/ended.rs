//! Sign-ins that have just ended, and whose they were: what their records need.

use std::collections::HashMap;

use diesel::prelude::*;

use super::corrupt;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, MemberId, SignInId};
use crate::schema::members as m;

/// A sign-in that has just ended, and whose it was.
pub(in crate::people::sign_in) struct Ended {
    pub(in crate::people::sign_in) id: SignInId,
    pub(in crate::people::sign_in) member: MemberId,
    pub(in crate::people::sign_in) name: String,
    pub(in crate::people::sign_in) enterprise: EnterpriseId,
}

/// Adds to ids of sign-ins and of their members what the members are called, and where they are members.
pub(super) fn with_members(conn: &mut Conn, ended: Vec<(String, String)>) -> Result<Vec<Ended>, StoreError> {
    let ids: Vec<&str> = ended.iter().map(|(_, member)| member.as_str()).collect();
    let members: Vec<(String, String, String)> =
        m::table.filter(m::id.eq_any(ids)).select((m::id, m::name, m::enterprise_id)).load(conn)?;
    let members: HashMap<String, (String, String)> =
        members.into_iter().map(|(id, name, enterprise)| (id, (name, enterprise))).collect();
    ended
        .into_iter()
        .map(|(id, member)| {
            let (name, enterprise) = members.get(&member).ok_or_else(|| corrupt("member"))?;
            Ok(Ended {
                id: SignInId::parse(&id).ok_or_else(|| corrupt("sign-in id"))?,
                member: MemberId::parse(&member).ok_or_else(|| corrupt("member id"))?,
                name: name.clone(),
                enterprise: EnterpriseId::parse(enterprise).ok_or_else(|| corrupt("enterprise id"))?,
            })
        })
        .collect()
}
