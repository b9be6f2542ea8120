//! The form of a new credential, filled in with the facts of one that there is: `/credentials/new/{type}?like=ID`.
//!
//! What may be seen of it is filled in, as far as the viewer may give it to a new one. Its secrets are not, nor is its
//! token: both are this one's own.

use actix_web::HttpRequest;

use super::store;
use crate::catalogue::{CredentialType, Variant};
use crate::credentials::{self, Credential, Name, Reach, Scope, State, Version, forms};
use crate::db::StoreError;
use crate::ids::{CredentialId, ProjectId, RepositoryId};
use crate::permission::Viewer;
use crate::web::forms::FormState;
use crate::web::{Console, Problem, Shell, dates};

/// The form filled in like `like`, and its variant; `wanted` is another variant, for which the facts do as well.
pub(super) async fn alike(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (of, like, wanted): (&'static CredentialType, &str, &str),
) -> Result<(FormState, &'static Variant), Problem> {
    let id = CredentialId::parse(like).ok_or_else(Problem::not_found)?;
    let asker = viewer.clone();
    let found = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let Some(credential) = credentials::seen_by(conn, &asker, &id)? else { return Ok(None) };
            let version = credentials::version(conn, &id, credential.current_version)?;
            let conditions = credentials::conditions(conn, &id)?.in_force;
            Ok(version.map(|version| (credential, version, !conditions.is_none())))
        })
        .await
        .map_err(store)?;
    let (credential, version, has_conditions) = found
        .filter(|(credential, ..)| credential.credential_type.id == of.id)
        .filter(|(credential, ..)| !matches!(credential.state, State::Deleted { .. }))
        .ok_or_else(Problem::not_found)?;
    let variant = of.variant(if wanted.is_empty() { &version.variant } else { wanted });
    let variant = variant.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(request, Some(viewer));
    let mut state = filled(viewer, (&credential, &version, variant), console.clock.now());
    state.set("name", copied(&shell, &credential.name));
    state.set("like", credential.id.as_str());
    state.set("like-name", credential.name.as_str());
    state.set("like-conditions", if has_conditions { "on" } else { "" });
    Ok((state, variant))
}

fn filled(
    viewer: &Viewer,
    (credential, version, variant): (&Credential, &Version, &Variant),
    now: jiff::Timestamp,
) -> FormState {
    let mut state = FormState::new();
    state.set("description", credential.description.as_str());
    let end = credential.expires_at.filter(|end| *end > now);
    state.set("expires", end.map(dates::last_day).unwrap_or_default());
    let scope = theirs_to_give(viewer, &credential.scope);
    state.set("project-reach", scope.projects.as_str());
    state.tick("project", scope.projects.chosen().map(ProjectId::as_str));
    state.set("repository-reach", scope.repositories.as_str());
    state.tick("repository", scope.repositories.chosen().map(RepositoryId::as_str));
    for field in variant.fields.iter().filter(|field| field.is_input() && !field.secret) {
        if let Some(value) = version.plain.get(field.name) {
            state.set(&forms::input_name(field), value.as_str());
        }
    }
    state
}

/// Of a scope what `viewer` may give to a new credential.
fn theirs_to_give(viewer: &Viewer, scope: &Scope) -> Scope {
    if viewer.rules_everything() {
        return scope.clone();
    }
    let own = |id: &&ProjectId| viewer.projects.iter().any(|(own, _)| own == *id);
    let projects = scope.projects.chosen().filter(own).cloned().collect();
    let own = |id: &&RepositoryId| viewer.repositories.iter().any(|(own, _, _)| own == *id);
    let repositories = scope.repositories.chosen().filter(own).cloned().collect();
    Scope { projects: Reach::Chosen(projects), repositories: Reach::Chosen(repositories) }
}

/// The name of a copy, as long as a name may be.
fn copied(shell: &Shell, name: &Name) -> String {
    let rest = shell.t1("copy-of", "name", "").chars().count();
    let kept: String = name.as_str().chars().take(Name::MAX.saturating_sub(rest)).collect();
    shell.t1("copy-of", "name", kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_name_of_a_copy_is_a_name_however_long_the_first_one_is() {
        look::in_every_shell(|shell| {
            for name in ["Cluster", &"名".repeat(64), &"a b ".repeat(16)] {
                let copy = copied(shell, &Name::parse(name).unwrap());
                assert_eq!(Name::parse(&copy).map(|name| name.as_str().to_owned()), Ok(copy));
            }
            Ok(String::from("<!doctype html>").repeat(usize::from(!shell.fragment)))
        });
    }

    #[test]
    fn a_member_gets_of_the_scope_what_is_theirs() {
        let administrator = look::an_administrator();
        let (at, random) = (jiff::Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let (project, other) = (ProjectId::new(at, &random), ProjectId::new(at, &random));
        let member = Viewer {
            role: crate::permission::EnterpriseRole::Member,
            projects: vec![(project.clone(), crate::permission::LocalRole::Member)],
            ..administrator.clone()
        };
        let scope =
            Scope { projects: Reach::Chosen([project.clone(), other].into()), repositories: Reach::All };
        assert_eq!(theirs_to_give(&administrator, &scope), scope);
        let expected = Scope { projects: Reach::Chosen([project].into()), repositories: Reach::none() };
        assert_eq!(theirs_to_give(&member, &scope), expected);
    }
}
