//! The pages of pipeline tasks: which there are, and the form of one with the step that it makes.

mod form;
mod list;

pub(crate) use form::show;
pub(crate) use list::list;

use crate::ids::RepositoryId;
use crate::permission::{Viewer, may_create};
use crate::picker::Here;

/// As the heads of these pages show a repository.
pub(super) struct PlaceView {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) project: String,
    pub(super) project_href: String,
}

impl PlaceView {
    fn of(here: &Here) -> Self {
        Self {
            href: address(&here.repository.id),
            name: here.repository.name.clone(),
            slug: here.repository.slug.clone(),
            project: here.project.name.clone(),
            project_href: format!("/projects/{}", here.project.id),
        }
    }
}

#[cfg(test)]
impl PlaceView {
    fn sample() -> Self {
        Self {
            href: "/repositories/x".into(),
            name: "<b>".into(),
            slug: "shop/web".into(),
            project: "<i>".into(),
            project_href: "/projects/x".into(),
        }
    }
}

fn address(id: &RepositoryId) -> String {
    format!("/repositories/{id}")
}

/// Whether `viewer` may create a credential that this repository's pipelines can use.
fn may_add(viewer: &Viewer, here: &Here) -> bool {
    let works_here = viewer.projects.iter().any(|(id, _)| *id == here.project.id)
        || viewer.repositories.iter().any(|(id, _, _)| *id == here.repository.id);
    may_create(viewer) && (viewer.rules_everything() || works_here)
}
