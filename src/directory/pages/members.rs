//! `GET /members`: everybody in the enterprise.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{PAGE_SIZE, ReadMembers, enterprise_role, member_address, store};
use crate::db::StoreError;
use crate::directory::{self, ListedMember, MemberFilter, MemberState, Page};
use crate::people::Permit;
use crate::permission::{EnterpriseRole, may_rule_directory};
use crate::web::forms::search_words;
use crate::web::lists::{Listing, cursor};
use crate::web::{Answer, Console, Shell};

/// What an address asks for; what cannot be read asks for nothing.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    role: String,
    state: String,
    after: String,
}

#[derive(Template)]
#[template(path = "directory/members.html")]
struct MembersPage<'a> {
    shell: &'a Shell,
    listing: Listing,
    /// Every role: its value, its message id, whether it is asked for.
    roles: Vec<(&'static str, &'static str, bool)>,
    /// Every state in the same way.
    states: Vec<(&'static str, &'static str, bool)>,
    lines: Vec<Line>,
    count: i64,
    may_rule: bool,
}

struct Line {
    href: String,
    name: String,
    email: String,
    /// The message id of the role.
    role: &'static str,
    disabled: bool,
    credentials: i64,
    /// Where their credentials are handed over, when they left with some.
    hand_over: Option<String>,
}

pub(crate) async fn list(
    request: HttpRequest,
    viewer: Permit<ReadMembers>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let filter = MemberFilter {
        role: EnterpriseRole::parse(&asked.role),
        state: state(&asked.state),
        ..MemberFilter::default()
    };
    let page = Page { search: search_words(&asked.q), after: cursor(&asked.after), size: PAGE_SIZE };
    let (of, wanted, enterprise) = (filter.clone(), page.clone(), viewer.enterprise.clone());
    let (listed, more, count) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let (listed, more) = directory::list_members(conn, &enterprise, &of, &wanted)?;
            let count = directory::count_members(conn, &enterprise, &of, wanted.search.as_deref())?;
            Ok((listed, more, count))
        })
        .await
        .map_err(store)?;
    let last = listed.last().filter(|_| more);
    let last = last.map(|last| (last.member.name.as_str(), last.member.id.as_str()));
    let more = [
        ("role", filter.role.map(EnterpriseRole::as_str).unwrap_or_default()),
        ("state", filter.state.map(MemberState::as_str).unwrap_or_default()),
    ];
    let may_rule = may_rule_directory(&viewer);
    let shell = Shell::of(&request, Some(&viewer));
    let page = MembersPage {
        shell: &shell,
        listing: Listing::of("/members", page.search.as_deref(), &more, page.after.is_some(), last),
        roles: EnterpriseRole::ALL
            .map(|role| (role.as_str(), enterprise_role(role), filter.role == Some(role)))
            .into(),
        states: [MemberState::Active, MemberState::Disabled]
            .map(|state| (state.as_str(), state_name(state), filter.state == Some(state)))
            .into(),
        lines: listed.iter().map(|listed| line(listed, may_rule)).collect(),
        count,
        may_rule,
    };
    shell.answer(StatusCode::OK, &page)
}

fn line(listed: &ListedMember, may_rule: bool) -> Line {
    let member = &listed.member;
    let href = member_address(&member.id);
    let disabled = member.state == MemberState::Disabled;
    Line {
        name: member.name.clone(),
        email: member.email.clone().unwrap_or_default(),
        role: enterprise_role(member.role),
        disabled,
        credentials: listed.credentials,
        hand_over: (may_rule && disabled && listed.credentials > 0).then(|| format!("{href}/hand-over")),
        href,
    }
}

/// Reads a state to filter by; an unknown one is none.
fn state(text: &str) -> Option<MemberState> {
    [MemberState::Active, MemberState::Disabled].into_iter().find(|state| state.as_str() == text)
}

fn state_name(state: MemberState) -> &'static str {
    match state {
        MemberState::Active => "member-state-active",
        MemberState::Disabled => "member-state-disabled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_list_can_be_shown_full_and_empty() {
        for (full, may_rule) in [(true, true), (true, false), (false, true)] {
            look::in_every_shell(|shell| {
                let line = |disabled: bool| Line {
                    href: "/members/x".into(),
                    name: "Li <Na>".into(),
                    email: if disabled { String::new() } else { "li@example.org".into() },
                    role: "role-owner",
                    disabled,
                    credentials: i64::from(disabled),
                    hand_over: disabled.then(|| "/members/x/hand-over".into()),
                };
                MembersPage {
                    shell,
                    listing: Listing::of("/members", Some("\"<"), &[], full, full.then_some(("a", "b"))),
                    roles: vec![("owner", "role-owner", full), ("member", "role-member", false)],
                    states: vec![("active", "member-state-active", full)],
                    lines: if full { vec![line(true), line(false)] } else { Vec::new() },
                    count: 2,
                    may_rule,
                }
                .render()
            });
        }
    }

    #[test]
    fn only_a_state_is_read_as_one() {
        assert_eq!(state("disabled"), Some(MemberState::Disabled));
        assert_eq!(state("active"), Some(MemberState::Active));
        for nothing in ["", "gone", "Active"] {
            assert_eq!(state(nothing), None, "{nothing}");
        }
    }
}
