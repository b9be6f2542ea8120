//! `GET /credentials/{id}`: everything about one credential but its content.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::conditions::{Asked, asked};
use super::list::Status;
use super::recipes::{Ingredients, Recipe, recipes};
use super::usage::chart as usage_chart;
use super::verdict::HealthView;
use super::who::{WhoCan, WhoView};
use super::{address, id_in, store, verify};
use crate::audit;
use crate::catalogue::{CredentialType, Variant, messages};
use crate::credentials::forms;
use crate::credentials::{self, Credential, DELETED_FOR, Demanded, LATELY, Reach, State, Version};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{CredentialId, MemberId};
use crate::people::SignedIn;
use crate::permission::{Action, Viewer, may, may_create};
use crate::usage::{self, Day};
use crate::verify::Health;
use crate::web::chart::Chart;
use crate::web::dates::{self, Moment};
use crate::web::{Answer, Console, Language, Problem, Shell};

const ACTIVITY: u16 = 20;

#[derive(Template)]
#[template(path = "credentials/show.html")]
struct ShowPage<'a> {
    shell: &'a Shell,
    id: &'a str,
    href: String,
    name: &'a str,
    token: &'a str,
    icon: &'static str,
    type_id: &'static str,
    type_label: String,
    description: &'a str,
    status: Status,
    deleted: bool,
    disabled: bool,
    /// Until when it can be restored.
    restorable_until: String,
    health: HealthView,
    facts: Vec<Fact>,
    projects: PlacesView,
    repositories: PlacesView,
    /// What a run has to prove.
    conditions: Vec<Asked>,
    /// Whether other conditions are tried.
    on_trial: bool,
    responsible: String,
    created_by: String,
    created: Moment,
    updated: Moment,
    last_used: Option<Moment>,
    /// Its use over the last days.
    chart: Chart,
    recipes: Vec<Recipe>,
    versions: Vec<VersionView>,
    /// Versions before the current one, and how many runs still keep each.
    behind: Vec<(i32, i64)>,
    /// What happened to it; `None` when it is not theirs to know.
    activity: Option<Vec<Happened>>,
    who: WhoView,
    may_edit: bool,
    may_dispose: bool,
    /// Whether they may make one like it.
    may_create: bool,
}

/// A field of the current version.
struct Fact {
    label: String,
    /// A plain value; a secret one is only said to be there.
    value: Option<String>,
    long: bool,
}

/// Where it may be used.
struct PlacesView {
    all: bool,
    names: Vec<String>,
}

struct VersionView {
    number: i32,
    current: bool,
    variant: Option<String>,
    at: Moment,
    by: String,
    content_expires: Option<String>,
}

struct Happened {
    at: Moment,
    who: String,
    what: String,
    refused: bool,
    reason: Option<String>,
}

/// What is read for the page, in one go.
struct Read {
    credential: Credential,
    versions: Vec<Version>,
    behind: Vec<(i32, i64)>,
    names: HashMap<MemberId, String>,
    projects: PlacesView,
    repositories: PlacesView,
    days: Vec<Day>,
    activity: Option<Vec<audit::Entry>>,
    health: Health,
    who: WhoCan,
    demanded: Demanded,
    enterprise: directory::Enterprise,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let id = id_in(&path)?;
    let now = console.clock.now();
    let asker = viewer.clone();
    let found = console.db.read(move |conn| read(conn, &asker, &id, now)).await.map_err(store)?;
    let read = found.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&request, Some(&viewer));
    let Read {
        credential,
        versions,
        behind,
        names,
        projects,
        repositories,
        days,
        activity,
        health,
        who,
        demanded,
        enterprise,
    } = read;
    let of = credential.credential_type;
    let standing = credential.standing(&viewer);
    let name_of = |id: &MemberId| names.get(id).cloned().unwrap_or_default();
    let deleted_at = match credential.state {
        State::Deleted { since } => Some(since),
        State::Active | State::Disabled { .. } => None,
    };
    let current = versions.iter().find(|version| version.number == credential.current_version);
    let page = ShowPage {
        id: credential.id.as_str(),
        href: address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        icon: of.icon,
        type_id: of.id,
        type_label: shell.t(messages::type_label(of)),
        description: credential.description.as_str(),
        status: Status::of(credential.state, credential.expires_at, now),
        deleted: deleted_at.is_some(),
        disabled: matches!(credential.state, State::Disabled { .. }),
        restorable_until: deleted_at
            .and_then(|since| since.checked_add(DELETED_FOR).ok())
            .map(dates::day)
            .unwrap_or_default(),
        health: {
            let variant = current.and_then(|version| of.variant(&version.variant));
            let sends_messages = variant.is_some_and(|variant| variant.post.is_some());
            verify::view(&shell, &viewer, &credential, &health, sends_messages)
        },
        facts: current.map(|version| facts(&shell, of, version)).unwrap_or_default(),
        projects,
        repositories,
        conditions: asked(&demanded.in_force),
        on_trial: demanded.trial.is_some(),
        responsible: name_of(&credential.responsible),
        created_by: name_of(&credential.created_by),
        created: Moment::of(credential.created_at),
        updated: Moment::of(credential.updated_at),
        last_used: credential.last_used_at.map(Moment::of),
        chart: usage_chart(&shell, &days),
        recipes: recipes(&Ingredients {
            of,
            token: credential.token.as_str(),
            url: &console.public_url,
            audience: &enterprise.audience(&console.public_url),
        }),
        versions: versions
            .iter()
            .map(|version| VersionView {
                number: version.number,
                current: version.number == credential.current_version,
                variant: variant_label(&shell, of, version),
                at: Moment::of(version.created_at),
                by: name_of(&version.created_by),
                content_expires: version.content_expires_at.map(dates::day),
            })
            .collect(),
        behind,
        activity: activity
            .map(|entries| entries.into_iter().map(|entry| happened(shell.language, entry)).collect()),
        who: WhoView::of(&shell, &viewer, &credential, &who),
        may_edit: may(viewer.role, Action::Edit, standing),
        may_dispose: may(viewer.role, Action::Dispose, standing),
        may_create: may_create(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    id: &CredentialId,
    now: Timestamp,
) -> Result<Option<Read>, StoreError> {
    let Some(credential) = credentials::seen_by(conn, viewer, id)? else { return Ok(None) };
    let versions = credentials::versions(conn, id)?;
    let mut people: Vec<MemberId> = versions.iter().map(|version| version.created_by.clone()).collect();
    people.extend([credential.responsible.clone(), credential.created_by.clone()]);
    let names = directory::member_names(conn, &viewer.enterprise, &people)?;
    let activity = if may(viewer.role, Action::ReadAudit, credential.standing(viewer)) {
        let objects = audit::Objects::These(vec![credential.id.to_string()]);
        let filter = audit::Filter { objects, ..audit::Filter::default() };
        Some(audit::list(conn, &viewer.enterprise, &filter, (None, ACTIVITY))?.entries)
    } else {
        None
    };
    Ok(Some(Read {
        projects: places(&credential.scope.projects, |ids| {
            directory::project_names(conn, &viewer.enterprise, ids).map(HashMap::into_values)
        })?,
        repositories: places(&credential.scope.repositories, |ids| {
            directory::repository_names(conn, &viewer.enterprise, ids).map(HashMap::into_values)
        })?,
        days: usage::daily(conn, id, usage::day(now), LATELY)?,
        health: crate::verify::health(conn, id)?,
        who: super::who::read(conn, viewer, &credential)?,
        demanded: credentials::conditions(conn, id)?,
        behind: usage::behind(conn, id, credential.current_version, now)?,
        enterprise: directory::find_enterprise(conn, &viewer.enterprise)?,
        credential,
        versions,
        names,
        activity,
    }))
}

/// The chosen places by name.
fn places<T: Ord + Clone, Names: Iterator<Item = String>>(
    reach: &Reach<T>,
    names: impl FnOnce(&[T]) -> Result<Names, StoreError>,
) -> Result<PlacesView, StoreError> {
    Ok(match reach {
        Reach::All => PlacesView { all: true, names: Vec::new() },
        Reach::Chosen(ids) => {
            let ids: Vec<T> = ids.iter().cloned().collect();
            let mut names: Vec<String> = names(&ids)?.collect();
            names.sort();
            PlacesView { all: false, names }
        }
    })
}

/// The fields of a version in the order of the form; a secret is only said to be stored.
fn facts(shell: &Shell, of: &CredentialType, version: &Version) -> Vec<Fact> {
    let fields = of.variant(&version.variant).map_or(&[][..], |variant: &Variant| variant.fields);
    let facts = fields.iter().filter_map(|field| {
        let stored = version.secret_fields.iter().any(|name| name == field.name);
        let value = version.plain.get(field.name).filter(|value| !value.is_empty());
        (stored || value.is_some()).then(|| Fact {
            label: forms::called(shell.language, of, field),
            value: value.cloned(),
            long: value.is_some_and(|value| value.contains('\n')),
        })
    });
    let variant = variant_label(shell, of, version).map(|label| Fact {
        label: shell.t("credential-variant"),
        value: Some(label),
        long: false,
    });
    variant.into_iter().chain(facts).collect()
}

fn variant_label(shell: &Shell, of: &CredentialType, version: &Version) -> Option<String> {
    let variant = of.variant(&version.variant).filter(|_| of.variants.len() > 1)?;
    Some(shell.t(messages::variant_label(of, variant)))
}

fn happened(language: Language, entry: audit::Entry) -> Happened {
    let sentence = format!("action-{}", entry.action.replace(['.', '_'], "-"));
    let what = if language.knows(&sentence) { language.t(&sentence) } else { entry.action };
    let actor = format!("actor-{}", entry.actor_name);
    let who = match entry.actor_type == "system" && language.knows(&actor) {
        true => language.t(&actor),
        false => entry.actor_name,
    };
    Happened {
        at: Moment::of(entry.at),
        who,
        what,
        refused: entry.outcome != audit::Outcome::Allowed.as_str(),
        reason: entry.reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::credentials::Conditions;
    use crate::web::look;

    fn version(of: &CredentialType, variant: &Variant, secrets: &[&str]) -> Version {
        Version {
            number: 2,
            variant: variant.id.to_owned(),
            plain: variant
                .fields
                .iter()
                .filter(|field| !field.secret)
                .map(|field| (field.name.to_owned(), format!("{}\n<value>", of.id)))
                .collect(),
            secret_fields: secrets.iter().map(|name| (*name).to_owned()).collect(),
            content_expires_at: Some(jiff::Timestamp::UNIX_EPOCH),
            created_by: look::an_administrator().member,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_credential_of_every_type_can_be_shown_in_every_state() {
        let moment = || Moment::of(jiff::Timestamp::UNIX_EPOCH);
        let since = jiff::Timestamp::UNIX_EPOCH;
        let states = [State::Active, State::Disabled { since }, State::Deleted { since }];
        for (of, state) in catalogue::all().iter().flat_map(|of| states.map(|state| (*of, state))) {
            let variant = &of.variants[0];
            let secrets: Vec<&str> =
                variant.fields.iter().filter(|field| field.secret).map(|field| field.name).collect();
            let version = version(of, variant, &secrets);
            let alive = state == State::Active;
            let names = || if alive { vec!["Storefront <b>".to_owned()] } else { Vec::new() };
            look::in_every_shell(|shell| {
                let entry = Happened {
                    at: moment(),
                    who: "Li".into(),
                    what: "changed it".into(),
                    refused: !alive,
                    reason: Some("<expired>".into()),
                };
                ShowPage {
                    shell,
                    id: "x",
                    href: "/credentials/x".into(),
                    name: "<b>&",
                    token: "aliyun-prod",
                    icon: of.icon,
                    type_id: of.id,
                    type_label: shell.t(messages::type_label(of)),
                    description: "two\nlines",
                    status: Status::of(state, None, since),
                    deleted: matches!(state, State::Deleted { .. }),
                    disabled: matches!(state, State::Disabled { .. }),
                    restorable_until: "2026-12-23".into(),
                    health: HealthView::of(shell, &Health::default(), 2, (alive, alive)),
                    facts: facts(shell, of, &version),
                    projects: PlacesView { all: false, names: names() },
                    repositories: PlacesView { all: alive, names: names() },
                    conditions: asked(&Conditions { protected: alive, ..Conditions::default() }),
                    on_trial: alive,
                    responsible: "Li".into(),
                    created_by: "Li".into(),
                    created: moment(),
                    updated: moment(),
                    last_used: alive.then(moment),
                    chart: usage_chart(
                        shell,
                        &[Day { day: 20_780, delivered: 3, refused: i64::from(alive) }],
                    ),
                    recipes: recipes(&Ingredients {
                        of,
                        token: "aliyun-prod",
                        url: "https://voucher.example",
                        audience: "https://voucher.example/acme",
                    }),
                    versions: vec![VersionView {
                        number: 2,
                        current: true,
                        variant: variant_label(shell, of, &version),
                        at: moment(),
                        by: "Li".into(),
                        content_expires: alive.then(|| "2026-12-01".into()),
                    }],
                    behind: if alive { vec![(1, 3)] } else { Vec::new() },
                    activity: alive.then(|| vec![entry]),
                    who: WhoView::sample(alive, alive),
                    may_edit: true,
                    may_dispose: true,
                    may_create: true,
                }
                .render()
            });
        }
    }

    #[test]
    fn what_happened_is_said_in_words_or_as_it_was_recorded() {
        let entry = |action: &str| audit::Entry {
            hash: String::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            chain: "a".into(),
            seq: 1,
            actor_type: "member".into(),
            actor_id: None,
            actor_name: "Li".into(),
            action: action.into(),
            object_type: None,
            object_id: None,
            object_name: None,
            outcome: "refused".into(),
            reason: Some("expired".into()),
            address: None,
            request_id: None,
            detail: serde_json::Value::Null,
        };
        assert_eq!(happened(Language::En, entry("credential.rotate")).what, "rotated it");
        assert_eq!(happened(Language::En, entry("credential.new_thing")).what, "credential.new_thing");
        assert!(happened(Language::En, entry("credential.resolve")).refused);
    }
}
