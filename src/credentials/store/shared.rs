//! Values that more than one credential holds, by the index of their fingerprints.

use diesel::dsl::{IntoBoxed, max, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::credentials::shared::{HOLDERS, Holder, LOOKED_AT, SHOWN, SharedValue, SharedValues};
use crate::credentials::{Name, Token};
use crate::db::{Conn, MultiBackend, StoreError};
use crate::ids::{CredentialId, EnterpriseId, MemberId};
use crate::schema::{credentials as c, sealed_fields as f};

/// Among which credentials one looks: those of an enterprise, or those that one member of it answers for.
pub(in crate::credentials) struct Among<'a> {
    pub(in crate::credentials) enterprise: &'a EnterpriseId,
    pub(in crate::credentials) member: Option<&'a MemberId>,
}

/// As many of those who hold a value are sorted by name.
const SORTED: i64 = 100;

/// That it is one of the newest, of which enterprise and of whom is yet to be said.
const NEWEST: &str = "credentials.id IN (SELECT newest.id FROM credentials AS newest \
    WHERE newest.state <> 'deleted' AND newest.enterprise_id = ";

/// That another credential holds the same value in its current version; of which enterprise and of whom is yet to be
/// said.
const ELSEWHERE: &str = "EXISTS (SELECT 1 FROM sealed_fields AS other \
    INNER JOIN credentials AS theirs ON theirs.id = other.credential_id AND theirs.current_version = other.number \
    WHERE other.fingerprint = sealed_fields.fingerprint AND other.credential_id <> sealed_fields.credential_id \
    AND theirs.state <> 'deleted' AND theirs.enterprise_id = ";

impl Among<'_> {
    /// Their credentials that are not deleted.
    fn credentials(&self) -> IntoBoxed<'static, c::table, MultiBackend> {
        let mut query = c::table.into_boxed::<MultiBackend>();
        query = query.filter(c::enterprise_id.eq(self.enterprise.to_string()).and(c::state.ne("deleted")));
        if let Some(member) = self.member {
            query = query.filter(c::responsible_id.eq(member.to_string()));
        }
        query
    }

    /// The fingerprints of values that two or more of them hold, of the newest first; one more than are shown.
    fn fingerprints(&self, conn: &mut Conn) -> Result<Vec<Vec<u8>>, StoreError> {
        let enterprise = self.enterprise.to_string();
        let (column, whose) = match self.member {
            Some(member) => ("responsible_id", member.to_string()),
            None => ("enterprise_id", enterprise.clone()),
        };
        let newest = sql::<Bool>(NEWEST)
            .bind::<Text, _>(enterprise.clone())
            .sql(&format!(" AND newest.{column} = "))
            .bind::<Text, _>(whose.clone())
            .sql(&format!(" ORDER BY newest.created_at DESC, newest.id DESC LIMIT {LOOKED_AT})"));
        let elsewhere = sql::<Bool>(ELSEWHERE)
            .bind::<Text, _>(enterprise)
            .sql(&format!(" AND theirs.{column} = "))
            .bind::<Text, _>(whose)
            .sql(")");
        Ok(c::table
            .inner_join(f::table.on(f::credential_id.eq(c::id).and(f::number.eq(c::current_version))))
            .filter(newest)
            .filter(elsewhere)
            .group_by(f::fingerprint)
            .select(f::fingerprint)
            .order((max(c::created_at).desc(), f::fingerprint.asc()))
            .limit(SHOWN + 1)
            .load(conn)?)
    }

    /// Which of very many are named is up to the database: it need not look at all of them.
    fn holders(&self, conn: &mut Conn, fingerprint: &[u8]) -> Result<SharedValue, StoreError> {
        let mut query = c::table
            .inner_join(f::table.on(f::credential_id.eq(c::id).and(f::number.eq(c::current_version))))
            .filter(f::fingerprint.eq(fingerprint.to_vec()))
            .filter(c::enterprise_id.eq(self.enterprise.to_string()).and(c::state.ne("deleted")))
            .select((c::sort_name, c::id, c::name, c::token))
            .limit(SORTED)
            .into_boxed::<MultiBackend>();
        if let Some(member) = self.member {
            query = query.filter(c::responsible_id.eq(member.to_string()));
        }
        let mut rows: Vec<(String, String, String, String)> = query.load(conn)?;
        rows.sort();
        // One credential may hold it in two fields.
        rows.dedup();
        let wanted = usize::try_from(HOLDERS).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        let holders = rows.into_iter().take(wanted).map(|(_, id, name, token)| {
            let corrupt = |what: &str| StoreError::Corrupt(what.to_owned());
            Ok(Holder {
                id: CredentialId::parse(&id).ok_or_else(|| corrupt("id of a credential"))?,
                name: Name::parse(&name).map_err(|_| corrupt("name of a credential"))?,
                token: Token::parse(&token).map_err(|_| corrupt("token of a credential"))?,
            })
        });
        Ok(SharedValue { holders: holders.collect::<Result<_, StoreError>>()?, more })
    }
}

pub(in crate::credentials) fn shared_values(
    conn: &mut Conn,
    among: &Among<'_>,
) -> Result<SharedValues, StoreError> {
    let beyond: Option<String> = among
        .credentials()
        .select(c::id)
        .order((c::created_at.desc(), c::id.desc()))
        .offset(LOOKED_AT)
        .first(conn)
        .optional()?;
    let found = among.fingerprints(conn)?;
    let wanted = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let values = found.iter().take(wanted).map(|fingerprint| among.holders(conn, fingerprint));
    Ok(SharedValues {
        values: values.collect::<Result<_, StoreError>>()?,
        more: found.len() > wanted,
        only_newest: beyond.is_some(),
    })
}
