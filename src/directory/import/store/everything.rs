//! Everything that an export writes.

use diesel::prelude::*;

use crate::db::{Conn, StoreError};
use crate::ids::EnterpriseId;
use crate::schema::{
    members as m, project_members as pm, projects as p, repositories as r, repository_members as rm,
};

/// The whole directory of an enterprise, in the texts of its rows.
pub(in crate::directory::import) struct Everything {
    /// Path and name.
    pub(in crate::directory::import) projects: Vec<(String, String)>,
    /// Path of the project, path, name.
    pub(in crate::directory::import) repositories: Vec<(String, String, String)>,
    /// Subject, issuer, e-mail address, name, role.
    pub(in crate::directory::import) members: Vec<(String, String, Option<String>, String, String)>,
    /// Path, subject and issuer, role.
    pub(in crate::directory::import) of_projects: Vec<(String, (String, String), String)>,
    /// The same for repositories.
    pub(in crate::directory::import) of_repositories: Vec<(String, (String, String), String)>,
}

/// Reads it, in the order of paths and subjects.
pub(in crate::directory::import) fn everything(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
) -> Result<Everything, StoreError> {
    let of = enterprise.as_str();
    Ok(Everything {
        projects: p::table
            .filter(p::enterprise_id.eq(of))
            .order(p::slug.asc())
            .select((p::slug, p::name))
            .load(conn)?,
        repositories: r::table
            .inner_join(p::table)
            .filter(r::enterprise_id.eq(of))
            .order(r::slug.asc())
            .select((p::slug, r::slug, r::name))
            .load(conn)?,
        members: m::table
            .filter(m::enterprise_id.eq(of))
            .order((m::subject.asc(), m::issuer.asc()))
            .select((m::subject, m::issuer, m::email, m::name, m::role))
            .load(conn)?,
        of_projects: pm::table
            .inner_join(p::table)
            .inner_join(m::table)
            .filter(p::enterprise_id.eq(of))
            .order((p::slug.asc(), m::subject.asc(), m::issuer.asc()))
            .select((p::slug, (m::subject, m::issuer), pm::role))
            .load(conn)?,
        of_repositories: rm::table
            .inner_join(r::table)
            .inner_join(m::table)
            .filter(r::enterprise_id.eq(of))
            .order((r::slug.asc(), m::subject.asc(), m::issuer.asc()))
            .select((r::slug, (m::subject, m::issuer), rm::role))
            .load(conn)?,
    })
}
