//! The pages of the audit log: the records that somebody may read, one record, and a download.
//!
//! Administrators and auditors read everything of their enterprise; everybody else what happened to the credentials
//! that they answer for. The rest is as if it were not there.

mod asked;
mod export;
mod record;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use self::asked::{Asked, KINDS, OUTCOMES};
use crate::audit::{self, Cursor, Entry, Outcome, Page, Standing};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::permission::Viewer;
use crate::web::dates::Moment;
use crate::web::lists::grouped;
use crate::web::{Answer, Console, Language, Shell};

pub(crate) use export::export;
pub(crate) use record::record;

const PAGE_SIZE: u16 = 50;

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage<'a> {
    shell: &'a Shell,
    asked: &'a Asked,
    /// Value, words, whether it is chosen.
    kinds: Vec<(&'static str, String, bool)>,
    outcomes: Vec<(&'static str, String, bool)>,
    lines: Vec<Line>,
    further: bool,
    first: String,
    next: Option<String>,
    /// Only what happened to one's own credentials is here.
    own: bool,
    chains: Vec<ChainView>,
}

/// A record in a line.
struct Line {
    href: String,
    at: Moment,
    who: String,
    /// What kind of actor, when it is no member.
    is: Option<&'static str>,
    /// Where the log of this actor is.
    of_actor: Option<String>,
    what: String,
    about: String,
    of_object: Option<String>,
    outcome: &'static str,
    colour: &'static str,
    reason: String,
}

/// How a chain stands.
struct ChainView {
    name: String,
    head: String,
    signed: Option<(String, Moment)>,
    /// How many records no signature covers yet.
    open: i64,
}

/// `GET /audit`
pub(crate) async fn list(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let asked = asked.into_inner().tidy();
    let (asker, wanted) = (viewer.clone(), asked.clone());
    let (page, chains) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let chains = if asker.sees_everything() { audit::chains(conn)? } else { Vec::new() };
            Ok((read(conn, &asker, &wanted)?, chains))
        })
        .await?;
    let page = ListPage {
        kinds: KINDS
            .into_iter()
            .map(|kind| (kind, shell.t(format!("audit-kind-{}", said(kind))), kind == asked.action))
            .collect(),
        outcomes: OUTCOMES
            .map(Outcome::as_str)
            .into_iter()
            .map(|one| (one, shell.t(format!("audit-outcome-{one}")), one == asked.outcome))
            .collect(),
        lines: page.entries.into_iter().map(|entry| line(shell.language, entry)).collect(),
        further: !asked.after.is_empty(),
        first: asked.href(""),
        next: page.next.map(|next| asked.href(&next.to_string())),
        own: !viewer.sees_everything(),
        chains: chains.into_iter().map(chain).collect(),
        asked: &asked,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn read(conn: &mut Conn, viewer: &Viewer, asked: &Asked) -> Result<Page, StoreError> {
    let after = Cursor::parse(&asked.after);
    match asked.filter(conn, viewer)? {
        Some(filter) => audit::list(conn, &viewer.enterprise, &filter, (after.as_ref(), PAGE_SIZE)),
        None => Ok(Page { entries: Vec::new(), next: None }),
    }
}

fn chain(of: Standing) -> ChainView {
    ChainView {
        open: of.head - of.signed.map_or(0, |(seq, _)| seq),
        head: grouped(of.head),
        signed: of.signed.map(|(seq, at)| (grouped(seq), Moment::of(at))),
        name: of.chain,
    }
}

fn line(language: Language, entry: Entry) -> Line {
    Line {
        href: address(&entry),
        at: Moment::of(entry.at),
        who: who(language, &entry),
        is: kind_of_actor(&entry.actor_type),
        of_actor: entry.actor_id.as_deref().map(|id| crate::web::lists::address("/audit", &[("who", id)])),
        what: what(language, &entry.action),
        of_object: entry
            .object_id
            .as_deref()
            .map(|id| crate::web::lists::address("/audit", &[("object", id)])),
        about: entry.object_name.clone().unwrap_or_default(),
        outcome: outcome(&entry.outcome).0,
        colour: outcome(&entry.outcome).1,
        reason: entry.reason.as_deref().map(|reason| why(language, reason)).unwrap_or_default(),
    }
}

/// Where one record is.
fn address(entry: &Entry) -> String {
    format!("/audit/{}~{}", entry.chain, entry.seq)
}

fn who(language: Language, entry: &Entry) -> String {
    let actor = format!("actor-{}", entry.actor_name);
    match entry.actor_type.as_str() {
        "system" if language.knows(&actor) => language.t(&actor),
        "anonymous" => language.t("audit-anonymous"),
        _ => entry.actor_name.clone(),
    }
}

fn kind_of_actor(actor_type: &str) -> Option<&'static str> {
    match actor_type {
        "access_key" => Some("audit-actor-access-key"),
        "provisioning_key" => Some("audit-actor-provisioning-key"),
        "system" => Some("audit-actor-system"),
        _ => None,
    }
}

/// An action, a kind of actions or a reason as message ids have it.
fn said(code: &str) -> String {
    code.trim_end_matches('.').replace(['.', '_'], "-")
}

/// An action in words; one that has none yet is said as it is stored.
fn what(language: Language, action: &str) -> String {
    let sentence = format!("did-{}", said(action));
    if language.knows(&sentence) { language.t(&sentence) } else { action.to_owned() }
}

fn why(language: Language, reason: &str) -> String {
    let sentence = format!("why-{}", said(reason));
    if language.knows(&sentence) { language.t(&sentence) } else { reason.to_owned() }
}

fn outcome(stored: &str) -> (&'static str, &'static str) {
    match stored {
        "allowed" => ("audit-outcome-allowed", "green"),
        "refused" => ("audit-outcome-refused", "yellow"),
        _ => ("audit-outcome-failed", "red"),
    }
}

#[cfg(test)]
fn sample(action: &str, stored: &str) -> Entry {
    Entry {
        at: jiff::Timestamp::UNIX_EPOCH,
        chain: "node".into(),
        seq: 7,
        actor_type: if stored == "failed" { "system" } else { "access_key" }.into(),
        actor_id: Some("k\"".into()),
        actor_name: "<b>".into(),
        action: action.into(),
        object_type: Some("credential".into()),
        object_id: Some("c".into()),
        object_name: Some("aliyun-prod".into()),
        outcome: stored.into(),
        reason: (stored != "allowed").then(|| "disabled".into()),
        address: Some("192.0.2.1".into()),
        request_id: Some("r".into()),
        detail: serde_json::json!({ "version": 3, "scope": { "projects": ["<i>"] } }),
        hash: "00ff".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_log_can_be_shown_full_and_empty() {
        for full in [false, true] {
            look::in_every_shell(|shell| {
                let asked = Asked { who: if full { "\"><script>" } else { "" }.into(), ..Asked::default() };
                let lines =
                    [("credential.resolve", "allowed"), ("sign_in.begin", "refused"), ("x.y", "failed")];
                let lines = lines.map(|(action, stored)| line(shell.language, sample(action, stored)));
                let at = jiff::Timestamp::UNIX_EPOCH;
                let chains = [Some((3, at)), None]
                    .map(|signed| chain(Standing { chain: "node".into(), head: 1007, signed }));
                ListPage {
                    shell,
                    kinds: vec![("credential.", "<k>".into(), full)],
                    outcomes: vec![("refused", "<o>".into(), full)],
                    lines: if full { lines.into() } else { Vec::new() },
                    further: full,
                    first: "/audit".into(),
                    next: full.then(|| "/audit?after=1".into()),
                    own: full,
                    chains: if full { chains.into() } else { Vec::new() },
                    asked: &asked,
                }
                .render()
            });
        }
    }

    #[test]
    fn every_kind_of_action_and_every_outcome_has_words() {
        for language in Language::ALL {
            for kind in KINDS {
                assert!(language.knows(&format!("audit-kind-{}", said(kind))), "{kind}");
            }
            for one in OUTCOMES {
                assert!(language.knows(outcome(one.as_str()).0), "{one:?}");
            }
        }
    }

    #[test]
    fn an_action_without_words_is_said_as_it_is_stored() {
        assert_eq!(what(Language::En, "credential.scope_lost"), Language::En.t("did-credential-scope-lost"));
        assert_eq!(what(Language::En, "new.thing"), "new.thing");
    }
}
