//! Making, renaming, moving and deleting projects and repositories.

use super::{
    DirectoryError, Place, Project, Repository, Slug, add_project, add_repository, begin, project,
    repository, stakes, store,
};
use crate::audit::{self, Draft, Object, Outcome};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::ids::{ProjectId, RepositoryId};
use crate::permission::{
    Acting, may_manage_project, may_rule_directory, may_see_project, may_see_repository,
};

/// What the form of a new project or repository says, checked.
#[derive(Debug)]
pub struct NewPlace<Id> {
    /// Its id, which the form was given when it was shown: sent twice, it makes one.
    pub id: Id,
    /// What people call it.
    pub name: Name,
    /// What CI systems call it.
    pub slug: Slug,
}

/// Makes a project. The same form sent again does nothing.
pub fn create_project(
    conn: &mut Conn,
    acting: &Acting,
    new: &NewPlace<ProjectId>,
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let enterprise = &acting.viewer.enterprise;
    if !may_rule_directory(&acting.viewer) {
        return Err(DirectoryError::NotAllowed);
    }
    if project(conn, enterprise, &new.id)?.is_some() {
        return Ok(());
    }
    let made = Project {
        id: new.id.clone(),
        slug: new.slug.as_str().to_owned(),
        name: new.name.as_str().to_owned(),
    };
    taken("projects", add_project(conn, enterprise, &made, acting.now))?;
    let mut draft = acting.draft("project.create", Some(made.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "name": made.name });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Makes a repository in a project. The same form sent again does nothing.
pub fn create_repository(
    conn: &mut Conn,
    acting: &Acting,
    of: &ProjectId,
    new: &NewPlace<RepositoryId>,
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let enterprise = &acting.viewer.enterprise;
    project(conn, enterprise, of)?
        .filter(|project| may_see_project(&acting.viewer, &project.id))
        .ok_or(DirectoryError::NotFound)?;
    if !may_manage_project(&acting.viewer, of) {
        return Err(DirectoryError::NotAllowed);
    }
    if repository(conn, enterprise, &new.id)?.is_some() {
        return Ok(());
    }
    let made = Repository {
        id: new.id.clone(),
        project: of.clone(),
        slug: new.slug.as_str().to_owned(),
        name: new.name.as_str().to_owned(),
    };
    taken("repositories", add_repository(conn, enterprise, &made, acting.now))?;
    let mut draft = acting.draft("repository.create", Some(made.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "name": made.name, "project": of });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Gives a place another name and path. Everything else goes by its id, so nothing else changes.
pub fn rename(
    conn: &mut Conn,
    acting: &Acting,
    place: &Place,
    (name, slug): (&Name, &Slug),
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let before = changeable(conn, &acting, place)?;
    let (table, action) = match place {
        Place::Project(_) => ("projects", "project.rename"),
        Place::Repository(_) => ("repositories", "repository.rename"),
    };
    if (before.slug.as_str(), before.name.as_str()) == (slug.as_str(), name.as_str()) {
        return Ok(());
    }
    taken(table, store::rename(conn, place, name.as_str(), slug))?;
    let mut draft = acting.draft(action, Some(before.object), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "path": { "from": before.slug, "to": slug.as_str() },
        "name": { "from": before.name, "to": name.as_str() },
    });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Moves a repository to another project: from this moment its pipelines get what the new project may use.
pub fn move_repository(
    conn: &mut Conn,
    acting: &Acting,
    id: &RepositoryId,
    to: &ProjectId,
) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let viewer = &acting.viewer;
    let found = repository(conn, &viewer.enterprise, id)?
        .filter(|found| may_see_repository(viewer, &found.project, id))
        .ok_or(DirectoryError::NotFound)?;
    if found.project == *to {
        return Ok(());
    }
    if !may_manage_project(viewer, &found.project) {
        return Err(DirectoryError::NotAllowed);
    }
    let target = project(conn, &viewer.enterprise, to)?
        .filter(|target| may_see_project(viewer, &target.id))
        .ok_or(DirectoryError::UnknownProject)?;
    if !may_manage_project(viewer, &target.id) {
        return Err(DirectoryError::NotAllowed);
    }
    store::set_project(conn, id, to)?;
    let mut draft = acting.draft("repository.move", Some(found.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({ "from": found.project, "to": to });
    audit::append(conn, &acting.chain, &[draft])?;
    Ok(())
}

/// Deletes a place with its repositories, memberships and access keys; scopes lose it. Recorded for the place, for each
/// credential whose scope named it, and for each access key that ends with it.
pub fn delete(conn: &mut Conn, acting: &Acting, place: &Place) -> Result<(), DirectoryError> {
    let acting = begin(conn, acting)?;
    let before = changeable(conn, &acting, place)?;
    // Uses do not matter here, so the day does not either.
    let stakes = stakes(conn, place, i32::MAX)?;
    store::delete(conn, place, acting.now.as_millisecond())?;
    let because = serde_json::json!({ "deleted": before.object.object_type, "path": before.slug });
    let record = |action, object_type, id: String, name: String| Draft {
        detail: because.clone(),
        ..acting.draft(action, Some(Object { object_type, id, name }), Outcome::Allowed)
    };
    let mut drafts: Vec<Draft> = Vec::with_capacity(1 + stakes.credentials.len() + stakes.keys.len());
    for stake in &stakes.credentials {
        drafts.push(record(
            "credential.scope_lost",
            "credential",
            stake.credential.to_string(),
            stake.token.clone(),
        ));
    }
    for (id, name) in &stakes.keys {
        drafts.push(record("access_key.delete", "access_key", id.to_string(), name.clone()));
    }
    let action = match place {
        Place::Project(_) => "project.delete",
        Place::Repository(_) => "repository.delete",
    };
    let mut draft = acting.draft(action, Some(before.object), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "name": before.name,
        "credentials": stakes.credentials.len(),
        "access_keys": stakes.keys.len(),
        "repositories": stakes.repositories,
    });
    drafts.push(draft);
    audit::append(conn, &acting.chain, &drafts)?;
    Ok(())
}

/// A place as it was before a change.
struct Before {
    name: String,
    slug: String,
    object: Object,
}

/// The place, when the acting member may rename and delete it: a project is the administrators', a repository also
/// the managers' of its project.
fn changeable(conn: &mut Conn, acting: &Acting, place: &Place) -> Result<Before, DirectoryError> {
    let viewer = &acting.viewer;
    let (before, may) = match place {
        Place::Project(id) => {
            let found = project(conn, &viewer.enterprise, id)?
                .filter(|found| may_see_project(viewer, &found.id))
                .ok_or(DirectoryError::NotFound)?;
            let object = found.object();
            (Before { name: found.name, slug: found.slug, object }, may_rule_directory(viewer))
        }
        Place::Repository(id) => {
            let found = repository(conn, &viewer.enterprise, id)?
                .filter(|found| may_see_repository(viewer, &found.project, id))
                .ok_or(DirectoryError::NotFound)?;
            let (object, may) = (found.object(), may_manage_project(viewer, &found.project));
            (Before { name: found.name, slug: found.slug, object }, may)
        }
    };
    if may { Ok(before) } else { Err(DirectoryError::NotAllowed) }
}

/// Tells a path that is taken from a database that fails.
fn taken(table: &str, done: Result<(), StoreError>) -> Result<(), DirectoryError> {
    done.map_err(|error| {
        if error.conflicts_on(table, &["enterprise_id", "slug"]) {
            DirectoryError::Taken
        } else {
            error.into()
        }
    })
}
