//! Projects and repositories to choose from in a form: a stretch of those that may be chosen, or of what was looked for.

use diesel::prelude::*;

use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::directory::{Among, Page, Project, Repository};
use crate::ids::{EnterpriseId, ProjectId, RepositoryId};
use crate::schema::{projects as p, repositories as r};

/// A stretch of the projects among these, by name, and whether there are more. Always the first one.
pub fn some_projects(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    among: &Among<ProjectId>,
    page: &Page,
) -> Result<(Vec<Project>, bool), StoreError> {
    let mut query = p::table
        .filter(p::enterprise_id.eq(enterprise.to_string()))
        .select((p::id, p::slug, p::name))
        .into_boxed::<MultiBackend>();
    if let Among::These(ids) = among {
        query = query.filter(p::id.eq_any(ids.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    for pattern in page.search.as_deref().into_iter().flat_map(words::patterns) {
        query = query.filter(
            words::lower(p::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(p::slug).like(pattern).escape('\\')),
        );
    }
    let mut rows: Vec<(String, String, String)> =
        query.order((p::name.asc(), p::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut rows);
    let read =
        |(id, slug, name): (String, String, String)| Ok(Project { id: id!(ProjectId, id), slug, name });
    Ok((rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, more))
}

/// A stretch of the repositories among these and of those of these projects, by path, and whether there are more. Always the first one.
pub fn some_repositories(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (among, of_projects): (&Among<RepositoryId>, &[ProjectId]),
    page: &Page,
) -> Result<(Vec<Repository>, bool), StoreError> {
    let mut query = r::table
        .filter(r::enterprise_id.eq(enterprise.to_string()))
        .select((r::id, r::project_id, r::slug, r::name))
        .into_boxed::<MultiBackend>();
    if let Among::These(ids) = among {
        let projects: Vec<String> = of_projects.iter().map(ToString::to_string).collect();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        query = query.filter(r::id.eq_any(ids).or(r::project_id.eq_any(projects)));
    }
    for pattern in page.search.as_deref().into_iter().flat_map(words::patterns) {
        query = query.filter(
            words::lower(r::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(r::slug).like(pattern).escape('\\')),
        );
    }
    let mut rows: Vec<(String, String, String, String)> =
        query.order((r::slug.asc(), r::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut rows);
    let read = |(id, project, slug, name): (String, String, String, String)| {
        Ok(Repository { id: id!(RepositoryId, id), project: id!(ProjectId, project), slug, name })
    };
    Ok((rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, more))
}

/// The project or the repository of the enterprise that is called exactly so.
pub fn place_called(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    slug: &str,
) -> Result<Option<PlaceCalled>, StoreError> {
    let project: Option<String> = p::table
        .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::slug.eq(slug)))
        .select(p::id)
        .first(conn)
        .optional()?;
    if let Some(id) = project {
        return Ok(Some(PlaceCalled::Project(id!(ProjectId, id))));
    }
    let repository: Option<(String, String)> = r::table
        .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::slug.eq(slug)))
        .select((r::id, r::project_id))
        .first(conn)
        .optional()?;
    repository
        .map(|(id, project)| Ok(PlaceCalled::Repository(id!(RepositoryId, id), id!(ProjectId, project))))
        .transpose()
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceCalled {
    /// A project.
    Project(ProjectId),
    /// A repository, with its project.
    Repository(RepositoryId, ProjectId),
}
