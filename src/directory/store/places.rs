//! Projects and repositories: lists that a viewer may see, filtered and counted in the database, and their changes.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::{Conn, MultiBackend, StoreError, words};
use crate::directory::{ListedProject, ListedRepository, Page, Place, Project, Repository, Slug};
use crate::ids::{EnterpriseId, ProjectId, RepositoryId};
use crate::permission::{Viewer, may_see_inside};
use crate::schema::{
    credential_projects as cp, credential_repositories as cr, credentials as c, project_members as pm,
    projects as p, repositories as r, repository_members as rm,
};

type OfProjects = Box<dyn BoxableExpression<p::table, MultiBackend, SqlType = Bool>>;
type OfRepositories = Box<dyn BoxableExpression<r::table, MultiBackend, SqlType = Bool>>;

/// What every list of projects asks: this enterprise, visible to this viewer, matching the words.
fn project_conditions(viewer: &Viewer, search: Option<&str>) -> Vec<OfProjects> {
    let mut all: Vec<OfProjects> = vec![Box::new(p::enterprise_id.eq(viewer.enterprise.to_string()))];
    if !viewer.sees_everything() {
        let through_repositories = viewer.repositories.iter().map(|(_, project, _)| project);
        let own: Vec<String> = viewer
            .projects
            .iter()
            .map(|(project, _)| project)
            .chain(through_repositories)
            .map(ToString::to_string)
            .collect();
        all.push(Box::new(p::id.eq_any(own)));
    }
    for pattern in search.into_iter().flat_map(words::patterns) {
        all.push(Box::new(
            words::lower(p::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(p::slug).like(pattern).escape('\\')),
        ));
    }
    all
}

/// A stretch of the projects that `viewer` sees, by name; and whether there are more behind.
pub fn list_projects(
    conn: &mut Conn,
    viewer: &Viewer,
    page: &Page,
) -> Result<(Vec<ListedProject>, bool), StoreError> {
    let mut query = p::table.select((p::id, p::slug, p::name)).into_boxed::<MultiBackend>();
    for condition in project_conditions(viewer, page.search.as_deref()) {
        query = query.filter(condition);
    }
    if let Some((name, id)) = page.after.clone() {
        query = query.filter(p::name.gt(name.clone()).or(p::name.eq(name).and(p::id.gt(id))));
    }
    let mut rows: Vec<(String, String, String)> =
        query.order((p::name.asc(), p::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut rows);
    let ids: Vec<String> = rows.iter().map(|(id, _, _)| id.clone()).collect();
    let members: HashMap<String, i64> = pm::table
        .filter(pm::project_id.eq_any(ids.clone()))
        .group_by(pm::project_id)
        .select((pm::project_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let repositories: HashMap<String, i64> = r::table
        .filter(r::project_id.eq_any(ids))
        .group_by(r::project_id)
        .select((r::project_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let listed = rows.into_iter().map(|(id, slug, name)| {
        let project = Project { id: id!(ProjectId, id), slug, name };
        let inside = may_see_inside(viewer, &project.id);
        let own = || viewer.repositories.iter().filter(|(_, of, _)| *of == project.id).count();
        Ok(ListedProject {
            repositories: if inside {
                repositories.get(project.id.as_str()).copied().unwrap_or_default()
            } else {
                i64::try_from(own()).unwrap_or(i64::MAX)
            },
            members: inside.then(|| members.get(project.id.as_str()).copied().unwrap_or_default()),
            project,
        })
    });
    Ok((listed.collect::<Result<_, StoreError>>()?, more))
}

/// How many projects `viewer` sees under this search.
pub fn count_projects(conn: &mut Conn, viewer: &Viewer, search: Option<&str>) -> Result<i64, StoreError> {
    let mut query = p::table.select(count_star()).into_boxed::<MultiBackend>();
    for condition in project_conditions(viewer, search) {
        query = query.filter(condition);
    }
    Ok(query.first(conn)?)
}

fn repository_conditions(
    viewer: &Viewer,
    project: Option<&ProjectId>,
    search: Option<&str>,
) -> Vec<OfRepositories> {
    let mut all: Vec<OfRepositories> = vec![Box::new(r::enterprise_id.eq(viewer.enterprise.to_string()))];
    if let Some(project) = project {
        all.push(Box::new(r::project_id.eq(project.to_string())));
    }
    if !viewer.sees_everything() {
        let projects: Vec<String> = viewer.projects.iter().map(|(id, _)| id.to_string()).collect();
        let own: Vec<String> = viewer.repositories.iter().map(|(id, _, _)| id.to_string()).collect();
        all.push(Box::new(r::project_id.eq_any(projects).or(r::id.eq_any(own))));
    }
    for pattern in search.into_iter().flat_map(words::patterns) {
        all.push(Box::new(
            words::lower(r::name)
                .like(pattern.clone())
                .escape('\\')
                .or(words::lower(r::slug).like(pattern).escape('\\')),
        ));
    }
    all
}

/// A stretch of the repositories that `viewer` sees, of one project or of all, by path; and whether there are more behind.
pub fn list_repositories(
    conn: &mut Conn,
    viewer: &Viewer,
    project: Option<&ProjectId>,
    page: &Page,
) -> Result<(Vec<ListedRepository>, bool), StoreError> {
    let mut query = r::table.select((r::id, r::project_id, r::slug, r::name)).into_boxed::<MultiBackend>();
    for condition in repository_conditions(viewer, project, page.search.as_deref()) {
        query = query.filter(condition);
    }
    if let Some((slug, id)) = page.after.clone() {
        query = query.filter(r::slug.gt(slug.clone()).or(r::slug.eq(slug).and(r::id.gt(id))));
    }
    let mut rows: Vec<(String, String, String, String)> =
        query.order((r::slug.asc(), r::id.asc())).limit(page.size.saturating_add(1)).load(conn)?;
    let more = page.cut(&mut rows);
    let ids: Vec<String> = rows.iter().map(|(id, ..)| id.clone()).collect();
    let members: HashMap<String, i64> = rm::table
        .filter(rm::repository_id.eq_any(ids))
        .group_by(rm::repository_id)
        .select((rm::repository_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let listed = rows.into_iter().map(|(id, project, slug, name)| {
        Ok(ListedRepository {
            members: members.get(&id).copied().unwrap_or_default(),
            repository: Repository {
                id: id!(RepositoryId, id),
                project: id!(ProjectId, project),
                slug,
                name,
            },
        })
    });
    Ok((listed.collect::<Result<_, StoreError>>()?, more))
}

/// How many repositories `viewer` sees, of one project or of all, under this search.
pub fn count_repositories(
    conn: &mut Conn,
    viewer: &Viewer,
    project: Option<&ProjectId>,
    search: Option<&str>,
) -> Result<i64, StoreError> {
    let mut query = r::table.select(count_star()).into_boxed::<MultiBackend>();
    for condition in repository_conditions(viewer, project, search) {
        query = query.filter(condition);
    }
    Ok(query.first(conn)?)
}

/// The project with this id, when it is this enterprise's.
pub fn project(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &ProjectId,
) -> Result<Option<Project>, StoreError> {
    let row: Option<(String, String)> = p::table
        .filter(p::id.eq(id.as_str()).and(p::enterprise_id.eq(enterprise.as_str())))
        .select((p::slug, p::name))
        .first(conn)
        .optional()?;
    Ok(row.map(|(slug, name)| Project { id: id.clone(), slug, name }))
}

/// The repository with this id, when it is this enterprise's.
pub fn repository(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    id: &RepositoryId,
) -> Result<Option<Repository>, StoreError> {
    let row: Option<(String, String, String)> = r::table
        .filter(r::id.eq(id.as_str()).and(r::enterprise_id.eq(enterprise.as_str())))
        .select((r::project_id, r::slug, r::name))
        .first(conn)
        .optional()?;
    row.map(|(project, slug, name)| {
        Ok(Repository { id: id.clone(), project: id!(ProjectId, project), slug, name })
    })
    .transpose()
}

/// The names of some projects. For lists.
pub fn project_names(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: &[ProjectId],
) -> Result<HashMap<ProjectId, String>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(ProjectId::as_str).collect();
    let rows: Vec<(String, String)> = p::table
        .filter(p::enterprise_id.eq(enterprise.as_str()).and(p::id.eq_any(ids)))
        .select((p::id, p::name))
        .load(conn)?;
    rows.into_iter().map(|(id, name)| Ok((id!(ProjectId, id), name))).collect()
}

/// The names of some repositories. For lists.
pub fn repository_names(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: &[RepositoryId],
) -> Result<HashMap<RepositoryId, String>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(RepositoryId::as_str).collect();
    let rows: Vec<(String, String)> = r::table
        .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::id.eq_any(ids)))
        .select((r::id, r::name))
        .load(conn)?;
    rows.into_iter().map(|(id, name)| Ok((id!(RepositoryId, id), name))).collect()
}

/// The repositories with these ids, by path, as far as they are this enterprise's.
pub fn repositories_by_id(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    ids: Vec<String>,
) -> Result<Vec<Repository>, StoreError> {
    let rows: Vec<(String, String, String, String)> = r::table
        .filter(r::enterprise_id.eq(enterprise.as_str()).and(r::id.eq_any(ids)))
        .order((r::slug.asc(), r::id.asc()))
        .select((r::id, r::project_id, r::slug, r::name))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, project, slug, name)| {
            Ok(Repository { id: id!(RepositoryId, id), project: id!(ProjectId, project), slug, name })
        })
        .collect()
}

pub(in crate::directory) fn rename(
    conn: &mut Conn,
    place: &Place,
    name: &str,
    slug: &Slug,
) -> Result<(), StoreError> {
    match place {
        Place::Project(id) => diesel::update(p::table.filter(p::id.eq(id.as_str())))
            .set((p::name.eq(name), p::slug.eq(slug.as_str())))
            .execute(conn)?,
        Place::Repository(id) => diesel::update(r::table.filter(r::id.eq(id.as_str())))
            .set((r::name.eq(name), r::slug.eq(slug.as_str())))
            .execute(conn)?,
    };
    Ok(())
}

pub(in crate::directory) fn set_project(
    conn: &mut Conn,
    repository: &RepositoryId,
    project: &ProjectId,
) -> Result<(), StoreError> {
    diesel::update(r::table.filter(r::id.eq(repository.as_str())))
        .set(r::project_id.eq(project.as_str()))
        .execute(conn)?;
    Ok(())
}

/// Removes a place with what hangs on it: repositories, memberships, access keys, and its lines in scopes. The
/// credentials that lose a line count as changed, so that a form opened before is not saved over it.
pub(in crate::directory) fn delete(conn: &mut Conn, place: &Place, now: i64) -> Result<(), StoreError> {
    let touched = |conn: &mut Conn, ids: Vec<String>| -> Result<(), StoreError> {
        for some in ids.chunks(500) {
            diesel::update(c::table.filter(c::id.eq_any(some)))
                .set((c::revision.eq(c::revision + 1), c::updated_at.eq(now)))
                .execute(conn)?;
        }
        Ok(())
    };
    match place {
        Place::Project(id) => {
            let mut ids: Vec<String> =
                cp::table.filter(cp::project_id.eq(id.as_str())).select(cp::credential_id).load(conn)?;
            ids.extend(
                cr::table
                    .inner_join(r::table)
                    .filter(r::project_id.eq(id.as_str()))
                    .select(cr::credential_id)
                    .load::<String>(conn)?,
            );
            ids.sort();
            ids.dedup();
            touched(conn, ids)?;
            diesel::delete(p::table.filter(p::id.eq(id.as_str()))).execute(conn)?;
        }
        Place::Repository(id) => {
            let mut ids: Vec<String> =
                cr::table.filter(cr::repository_id.eq(id.as_str())).select(cr::credential_id).load(conn)?;
            ids.sort();
            touched(conn, ids)?;
            diesel::delete(r::table.filter(r::id.eq(id.as_str()))).execute(conn)?;
        }
    }
    Ok(())
}
