//! `/members/{id}/hand-over`: giving somebody's credentials to somebody else, and what they could still know.
//!
//! First the person who takes over is looked for, then the credentials are chosen. Afterwards the page stays useful: it
//! lists what the person entered and what is still in use, until it is rotated.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::member::{CredentialLine, Head};
use super::{PAGE_SIZE, RuleDirectory, member_address, member_for, store};
use crate::credentials::{self, ChangeError, Credential, Filter, HandOver, Which};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Member, MemberFilter, MemberState, Page};
use crate::ids::{CredentialId, EnterpriseId, MemberId};
use crate::people::Fresh;
use crate::permission::Viewer;
use crate::pipelines;
use crate::provisioning;
use crate::web::forms::{FormState, Submitted, search_words};
use crate::web::lists::{Listing, cursor};
use crate::web::{Answer, Console, Shell, see_other_saying};

/// As many credentials can be chosen one by one; beyond that, all or those.
const SHOWN: i64 = 200;

/// Who takes over, once they are chosen; before that, what to look for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    to: String,
    q: String,
    after: String,
}

#[derive(Template)]
#[template(path = "directory/hand_over.html")]
struct HandOverPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    head: Head,
    count: i64,
    /// Those that can be chosen: id, line, whether it is ticked.
    credentials: Vec<(String, CredentialLine, bool)>,
    /// Who takes over: id and name.
    to: Option<(String, String)>,
    listing: Listing,
    /// Who could take over.
    people: Vec<Person>,
    /// What they entered and what is still in use.
    entered: Vec<CredentialLine>,
    more_entered: bool,
    /// Keys that they made and that still work: where each is revoked, and its name.
    keys: Vec<(String, String)>,
    more_keys: usize,
}

struct Person {
    href: String,
    name: String,
    email: String,
}

/// As many keys and contents that the person knows are listed.
const KNOWN: usize = 50;

struct Read {
    count: i64,
    credentials: Vec<Credential>,
    to: Option<Member>,
    people: Vec<Member>,
    more_people: bool,
    entered: Vec<Credential>,
    /// Where each is revoked, and its name.
    keys: Vec<(String, String)>,
}

pub(crate) async fn choose(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer(&format!("/members/{path}/hand-over"))?;
    let member = member_for(&console, &viewer, &path).await?;
    let mut state = FormState::new();
    state.set("which", "all");
    form(&request, &viewer, &console, (&member, &asked, &state), StatusCode::OK).await
}

pub(crate) async fn hand_over(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer(&format!("/members/{path}/hand-over"))?;
    let member = member_for(&console, &viewer, &path).await?;
    let submitted = Submitted::parse(&body);
    let asked = Asked { to: submitted.one("to").to_owned(), ..Asked::default() };
    let shell = Shell::of(&request, Some(&viewer));
    let mut state = FormState::new();
    state.set("which", submitted.one("which"));
    state.tick("credential", submitted.all("credential"));
    let chosen: BTreeSet<CredentialId> =
        submitted.all("credential").filter_map(CredentialId::parse).collect();
    let which = match submitted.one("which") {
        "all" => Which::All,
        _ => Which::These(chosen),
    };
    if which == Which::These(BTreeSet::new()) {
        state.refuse("which", shell.t("hand-over-choose"));
    }
    let to = MemberId::parse(submitted.one("to"));
    let Some(to) = to.filter(|_| !state.is_refused()) else {
        if !state.is_refused() {
            state.refuse("q", shell.t("hand-over-to-nobody"));
        }
        let again = (&member, &asked, &state);
        return form(&request, &viewer, &console, again, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let hand = HandOver { from: member.id.clone(), to, which };
    let acting = console.acting(&request, viewer.clone());
    match console.db.write(move |conn| credentials::hand_over(conn, &acting, &hand)).await {
        Ok(_) => {
            let to = format!("{}/hand-over", member_address(&member.id));
            Ok(see_other_saying(&request, &to, &["flash-handed-over"]))
        }
        Err(ChangeError::UnknownResponsible) => {
            state.refuse("q", shell.t("form-unknown-responsible"));
            let again = (&member, &Asked::default(), &state);
            form(&request, &viewer, &console, again, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn form(
    request: &HttpRequest,
    viewer: &Viewer,
    console: &Console,
    (member, asked, state): (&Member, &Asked, &FormState),
    status: StatusCode,
) -> Answer {
    let page = Page { search: search_words(&asked.q), after: cursor(&asked.after), size: PAGE_SIZE };
    let (asker, of, wanted, now) = (viewer.clone(), member.clone(), page.clone(), console.clock.now());
    let to = MemberId::parse(&asked.to);
    let read =
        console.db.read(move |conn| read(conn, &asker, &of, (to, &wanted), now)).await.map_err(store)?;
    let shell = Shell::of(request, Some(viewer));
    let head = Head::of(member, viewer);
    let here = format!("{}/hand-over", head.href);
    let last = read.people.last().filter(|_| read.more_people);
    let last = last.map(|last| (last.name.as_str(), last.id.as_str()));
    let page = HandOverPage {
        shell: &shell,
        state,
        count: read.count,
        credentials: read
            .credentials
            .iter()
            .map(|one| (one.id.to_string(), CredentialLine::of(one), state.is("credential", one.id.as_str())))
            .collect(),
        to: read.to.map(|to| (to.id.to_string(), to.name)),
        listing: Listing::of(&here, page.search.as_deref(), &[], page.after.is_some(), last),
        people: read
            .people
            .iter()
            .map(|person| Person {
                href: format!("{here}?to={}", person.id),
                name: person.name.clone(),
                email: person.email.clone().unwrap_or_default(),
            })
            .collect(),
        more_entered: read.entered.len() > KNOWN,
        entered: read.entered.iter().take(KNOWN).map(CredentialLine::of).collect(),
        more_keys: read.keys.len().saturating_sub(KNOWN),
        keys: read.keys.into_iter().take(KNOWN).collect(),
        head,
    };
    shell.answer(status, &page)
}

fn read(
    conn: &mut Conn,
    asker: &Viewer,
    member: &Member,
    (to, people): (Option<MemberId>, &Page),
    now: jiff::Timestamp,
) -> Result<Read, StoreError> {
    let enterprise = &asker.enterprise;
    let theirs = Filter { responsible: Some(member.id.clone()), ..Filter::default() };
    let count = credentials::counts(conn, asker, &theirs)?.all;
    let (listed, _) = credentials::list(conn, asker, &theirs, &credentials::Page::newest(SHOWN, None))?;
    let to = match to.filter(|to| *to != member.id) {
        Some(to) => directory::find_member(conn, enterprise, &to)?,
        None => None,
    };
    let to = to.filter(|to| to.state == MemberState::Active);
    let (found, more_people) = if to.is_none() && count > 0 {
        let active = MemberFilter { state: Some(MemberState::Active), ..MemberFilter::default() };
        directory::list_members(conn, enterprise, &active, people)?
    } else {
        (Vec::new(), false)
    };
    let known = i64::try_from(KNOWN + 1).unwrap_or(i64::MAX);
    Ok(Read {
        count,
        credentials: listed.into_iter().map(|listed| listed.credential).collect(),
        to,
        people: found.into_iter().map(|found| found.member).filter(|one| one.id != member.id).collect(),
        more_people,
        entered: credentials::entered_by(conn, enterprise, &member.id, known)?,
        keys: keys_made_by(conn, enterprise, &member.id, now)?,
    })
}

/// Keys whose text a member has seen; first those that reach furthest.
fn keys_made_by(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    member: &MemberId,
    now: jiff::Timestamp,
) -> Result<Vec<(String, String)>, StoreError> {
    let provisioning = provisioning::made_by(conn, enterprise, member, now)?;
    let access = pipelines::made_by(conn, enterprise, member, now)?;
    let provisioning =
        provisioning.into_iter().map(|key| (format!("/access/provisioning/{}/revoke", key.id), key.name));
    let access = access.into_iter().map(|key| (format!("/access/{}/revoke", key.id), key.name));
    Ok(provisioning.chain(access).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_page_can_be_shown_before_while_and_after_choosing() {
        let mut refused = FormState::new();
        for field in ["which", "q"] {
            refused.refuse(field, "<wrong>");
        }
        for (state, to, count) in [
            (FormState::new(), false, 0),
            (FormState::new(), false, 2),
            (refused.clone(), false, 2),
            (FormState::new(), true, 2),
            (refused, true, 300),
        ] {
            look::in_every_shell(|shell| {
                let credential = || CredentialLine {
                    href: "/credentials/x".into(),
                    name: "<b>".into(),
                    token: "aliyun-prod".into(),
                };
                let person = Person {
                    href: "/members/x/hand-over?to=y".into(),
                    name: "Li <Na>".into(),
                    email: "li@example.org".into(),
                };
                HandOverPage {
                    shell,
                    state: &state,
                    head: Head {
                        href: "/members/x".into(),
                        name: "Li <Na>".into(),
                        email: String::new(),
                        role: "role-member",
                        disabled: count > 0,
                        own: false,
                    },
                    count,
                    credentials: if count > 0 { vec![("x".into(), credential(), true)] } else { Vec::new() },
                    to: to.then(|| ("y".into(), "<i>".into())),
                    listing: Listing::of("/members/x/hand-over", Some("\"<"), &[], to, None),
                    people: if to || count == 0 { Vec::new() } else { vec![person] },
                    entered: if count > 0 { vec![credential()] } else { Vec::new() },
                    more_entered: to,
                    keys: if count > 0 {
                        vec![("/access/x/revoke".into(), "<key>".into())]
                    } else {
                        Vec::new()
                    },
                    more_keys: usize::from(to),
                }
                .render()
            });
        }
    }
}
