//! `GET /access/{id}`: one access key: what it is good for, its secrets, and what it did lately.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use jiff::Timestamp;

use super::{Found, address, begins};
use crate::audit::{self, Entry, Filter, Objects, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{EnterpriseId, MemberId, ProvisioningKeyId};
use crate::people::{Permit, ReadAccess};
use crate::pipelines::{self, KeySecret, KeyState, Maker};
use crate::web::dates::{self, Moment};
use crate::web::{Answer, Console, Language, Shell, Value as _};

/// As many records are shown.
const LATELY: u16 = 20;

#[derive(Template)]
#[template(path = "pipelines/show.html")]
struct ShowPage<'a> {
    shell: &'a Shell,
    href: String,
    name: &'a str,
    begins: String,
    place: &'a str,
    is_repository: bool,
    state: KeyState,
    last_day: Option<String>,
    created: Moment,
    created_by: String,
    revoked: Option<Moment>,
    last_used: Option<Moment>,
    last_address: Option<String>,
    /// The networks that it works from; none: from anywhere.
    sources: Vec<String>,
    /// The tokens that it may ask for; none: whatever its place may use.
    tokens: Vec<String>,
    secrets: Vec<SecretView>,
    /// Whether an old secret still works and can be ended.
    old_works: bool,
    lately: Vec<Happened>,
    may_manage: bool,
}

struct SecretView {
    number: i32,
    /// The message id of how it stands.
    state: &'static str,
    works: bool,
    since: Moment,
    by: String,
    ends: Option<Moment>,
    last_used: Option<Moment>,
}

/// A record of what the key did, or of what was done to it.
struct Happened {
    at: Moment,
    who: String,
    what: String,
    address: Option<String>,
    refused: bool,
    reason: Option<String>,
}

pub(crate) async fn show(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let (viewer, now) = (viewer.into_viewer(), console.clock.now());
    let found = Found::read(&console, &viewer, &path).await?;
    let (enterprise, id) = (viewer.enterprise.clone(), found.key.id.to_string());
    let makers: Vec<Maker> = found
        .secrets
        .iter()
        .map(|secret| secret.made_by.clone())
        .chain([found.key.created_by.clone()])
        .collect();
    let (lately, names) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            // Two questions and not one with "or": each of them has an index.
            let by = Filter { actors: Some(vec![id.clone()]), ..Filter::default() };
            let about = Filter { objects: Objects::These(vec![id]), ..Filter::default() };
            let mut lately = audit::list(conn, &enterprise, &by, (None, LATELY))?.entries;
            lately.extend(audit::list(conn, &enterprise, &about, (None, LATELY))?.entries);
            Ok((lately, Names::read(conn, &enterprise, makers)?))
        })
        .await?;
    let shell = Shell::of(&request, Some(&viewer));
    let key = &found.key;
    let alive = key.revoked_at.is_none();
    let may_manage = alive && found.is_managed_by(&viewer);
    let last_use = key.last_use.as_ref();
    let page = ShowPage {
        href: address(&key.id),
        name: &key.name,
        begins: begins(key),
        place: &found.place,
        is_repository: key.binding.repository().is_some(),
        state: key.state(now),
        last_day: key.expires_at.map(dates::last_day),
        created: Moment::of(key.created_at),
        created_by: names.of(&shell, &key.created_by),
        revoked: key.revoked_at.map(Moment::of),
        last_used: last_use.map(|used| Moment::of(used.at)),
        last_address: last_use.and_then(|used| used.address.clone()),
        sources: key.sources.texts(),
        tokens: key.tokens.texts(),
        secrets: found
            .secrets
            .iter()
            .map(|one| secret(one, names.of(&shell, &one.made_by), (alive, now)))
            .collect(),
        old_works: may_manage && found.secrets.iter().any(|one| one.ends_at.is_some_and(|end| end > now)),
        lately: latest(lately).into_iter().map(|entry| happened(shell.language, entry)).collect(),
        may_manage,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

/// What those are called who made a key and its secrets.
struct Names {
    members: HashMap<MemberId, String>,
    programs: HashMap<ProvisioningKeyId, String>,
}

impl Names {
    fn read(conn: &mut Conn, enterprise: &EnterpriseId, makers: Vec<Maker>) -> Result<Self, StoreError> {
        let programs: Vec<ProvisioningKeyId> =
            makers.iter().filter_map(|maker| maker.program.clone()).collect();
        let members: Vec<MemberId> = makers.into_iter().map(|maker| maker.member).collect();
        Ok(Self {
            members: directory::member_names(conn, enterprise, &members)?,
            programs: pipelines::program_names(conn, enterprise, &programs)?,
        })
    }

    fn of(&self, shell: &Shell, maker: &Maker) -> String {
        let member = self.members.get(&maker.member).cloned().unwrap_or_default();
        match maker.program.as_ref().and_then(|id| self.programs.get(id)) {
            Some(program) => {
                shell.t2("access-by-program", &("program", program.as_str()), &("member", member.as_str()))
            }
            None => member,
        }
    }
}

fn secret(one: &KeySecret, by: String, (alive, now): (bool, Timestamp)) -> SecretView {
    let works = alive && one.ends_at.is_none_or(|end| end > now);
    SecretView {
        number: one.number,
        works,
        state: match one.ends_at {
            _ if !alive => "access-secret-over",
            None => "access-secret-current",
            Some(end) if end > now => "access-secret-old",
            Some(_) => "access-secret-over",
        },
        since: Moment::of(one.since),
        by,
        ends: one.ends_at.map(Moment::of),
        last_used: one.last_used_at.map(Moment::of),
    }
}

/// The latest of what was found in two ways, each once: a key that was refused is who did it and what it was about.
fn latest(mut entries: Vec<Entry>) -> Vec<Entry> {
    let place = |entry: &Entry| (entry.at, entry.chain.clone(), entry.seq);
    entries.sort_by_key(|entry| std::cmp::Reverse(place(entry)));
    entries.dedup_by_key(|entry| place(entry));
    entries.truncate(usize::from(LATELY));
    entries
}

fn happened(language: Language, entry: Entry) -> Happened {
    let sentence = format!("access-did-{}", entry.action.replace(['.', '_'], "-"));
    // Of credentials a key does these two things, and the sentences name which one.
    let named = matches!(entry.action.as_str(), "credential.resolve" | "credential.open");
    let what = match entry.object_name.filter(|_| named) {
        Some(token) => language.t_args(&sentence, &[("name", token.value())]),
        None if language.knows(&sentence) => language.t(&sentence),
        None => entry.action,
    };
    Happened {
        at: Moment::of(entry.at),
        who: entry.actor_name,
        what,
        address: entry.address,
        refused: entry.outcome != Outcome::Allowed.as_str(),
        reason: entry.reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn entry(action: &str, at: i64, seq: i64) -> Entry {
        Entry {
            at: Timestamp::from_second(at).unwrap(),
            chain: "a".into(),
            hash: String::new(),
            seq,
            actor_type: "access_key".into(),
            actor_id: None,
            actor_name: "<builds>".into(),
            action: action.into(),
            object_type: None,
            object_id: None,
            object_name: Some("aliyun-prod".into()),
            outcome: "refused".into(),
            reason: Some("<expired>".into()),
            address: Some("192.0.2.7".into()),
            request_id: None,
            detail: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_key_can_be_shown_in_every_state() {
        let moment = || Moment::of(Timestamp::UNIX_EPOCH);
        for state in KeyState::ALL {
            let full = state == KeyState::Active;
            look::in_every_shell(|shell| {
                let lately = ["credential.resolve", "access_key.rotate", "caller.prove", "new.thing"];
                let happened = lately.map(|action| happened(shell.language, entry(action, 1, 1)));
                let secret = |number: i32| SecretView {
                    number,
                    state: if number == 2 { "access-secret-current" } else { "access-secret-old" },
                    works: full,
                    since: moment(),
                    by: "Li <Na>".into(),
                    ends: (number == 1).then(moment),
                    last_used: full.then(moment),
                };
                ShowPage {
                    shell,
                    href: "/access/x".into(),
                    name: "<builds>",
                    begins: "vak_abc_…".into(),
                    place: "shop & web",
                    is_repository: full,
                    state,
                    last_day: (!full).then(|| "2026-12-31".into()),
                    created: moment(),
                    created_by: "Li <Na>".into(),
                    revoked: (!full).then(moment),
                    last_used: full.then(moment),
                    last_address: full.then(|| "192.0.2.7".into()),
                    sources: if full { vec!["10.0.0.0/8".into()] } else { Vec::new() },
                    tokens: if full { vec!["aliyun-prod".into()] } else { Vec::new() },
                    secrets: vec![secret(2), secret(1)],
                    old_works: full,
                    lately: if full { happened.into() } else { Vec::new() },
                    may_manage: full,
                }
                .render()
            });
        }
    }

    #[test]
    fn what_it_did_and_what_was_done_to_it_is_one_list() {
        let mut found = vec![entry("a", 3, 3), entry("b", 1, 1)];
        found.extend([entry("a", 3, 3), entry("c", 2, 2)]);
        let actions: Vec<String> = latest(found).into_iter().map(|entry| entry.action).collect();
        assert_eq!(actions, ["a", "c", "b"]);
        let said = happened(Language::En, entry("credential.resolve", 1, 1)).what;
        assert!(said.contains("aliyun-prod"), "{said}");
        assert_eq!(happened(Language::En, entry("new.thing", 1, 1)).what, "new.thing");
    }
}
