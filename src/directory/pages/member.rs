//! `GET /members/{id}`: one member, where they belong, what they answer for, what they can use and why.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{ReadMembers, enterprise_role, local_role, member_address, member_for, store};
use crate::credentials::pages::ways::{PlaceNames, say};
use crate::credentials::{self, Credential, Filter};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Member, MemberState, Membership};
use crate::people::Permit;
use crate::permission::{EnterpriseRole, Viewer, Way, may_change_member, may_rule_directory, may_set_role};
use crate::web::dates::Moment;
use crate::web::lists::{Asked, Listing};
use crate::web::{Answer, Console, Shell};

/// As many credentials of each kind are on the page.
const FIRST: i64 = 20;
/// As many are on the page of all that somebody can use.
const PAGE_SIZE: i64 = 50;
/// As many memberships are on the page.
const PLACES: usize = 50;

#[derive(Template)]
#[template(path = "directory/member.html")]
struct MemberPage<'a> {
    shell: &'a Shell,
    head: Head,
    issuer: &'a str,
    subject: &'a str,
    since: Moment,
    /// The roles that the viewer may give: value, message id, whether it is the present one.
    roles: Vec<(&'static str, &'static str, bool)>,
    by_claim: bool,
    places: Vec<PlaceLine>,
    more_places: usize,
    answers_for: Vec<CredentialLine>,
    count_answers_for: i64,
    uses: Vec<UseLine>,
    count_uses: i64,
    may_change: bool,
    may_rule: bool,
}

#[derive(Template)]
#[template(path = "directory/member_uses.html")]
struct MemberUsesPage<'a> {
    shell: &'a Shell,
    head: Head,
    listing: Listing,
    uses: Vec<UseLine>,
    count: i64,
}

/// A member, as the head of their pages shows them.
pub(super) struct Head {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) email: String,
    /// The message id of the role.
    pub(super) role: &'static str,
    pub(super) disabled: bool,
    /// The viewer.
    pub(super) own: bool,
}

impl Head {
    pub(super) fn of(member: &Member, viewer: &Viewer) -> Self {
        Self {
            href: member_address(&member.id),
            name: member.name.clone(),
            email: member.email.clone().unwrap_or_default(),
            role: enterprise_role(member.role),
            disabled: member.state == MemberState::Disabled,
            own: member.id == viewer.member,
        }
    }
}

struct PlaceLine {
    href: String,
    name: String,
    slug: String,
    is_repository: bool,
    role: &'static str,
}

pub(super) struct CredentialLine {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) token: String,
}

impl CredentialLine {
    pub(super) fn of(credential: &Credential) -> Self {
        Self {
            href: format!("/credentials/{}", credential.id),
            name: credential.name.as_str().to_owned(),
            token: credential.token.as_str().to_owned(),
        }
    }
}

struct UseLine {
    credential: CredentialLine,
    ways: Vec<String>,
}

struct Read {
    by_claim: bool,
    memberships: Vec<Membership>,
    answers_for: Vec<Credential>,
    count_answers_for: i64,
    uses: Uses,
    count_uses: i64,
}

struct Uses {
    credentials: Vec<(Credential, Vec<Way>)>,
    more: bool,
    names: PlaceNames,
}

impl Uses {
    /// What a member can use; nothing when they may not even sign in.
    fn read(
        conn: &mut Conn,
        asker: &Viewer,
        member: &Member,
        page: &credentials::Page,
    ) -> Result<(Self, i64), StoreError> {
        let who = directory::viewers(conn, asker, std::slice::from_ref(member))?.pop();
        let Some(who) = who.filter(|_| member.state == MemberState::Active) else {
            return Ok((Self { credentials: Vec::new(), more: false, names: PlaceNames::default() }, 0));
        };
        let (credentials, more) = credentials::usable_by(conn, &who, page)?;
        let ways = credentials.iter().map(|(_, ways)| ways);
        let names = PlaceNames::of_people(conn, &asker.enterprise, ways)?;
        let count = credentials::count_usable_by(conn, &who)?;
        Ok((Self { credentials, more, names }, count))
    }

    fn lines(&self, shell: &Shell) -> Vec<UseLine> {
        let line = |(credential, ways): &(Credential, Vec<Way>)| UseLine {
            credential: CredentialLine::of(credential),
            ways: say(shell, ways, &self.names),
        };
        self.credentials.iter().map(line).collect()
    }
}

pub(crate) async fn show(
    request: HttpRequest,
    viewer: Permit<ReadMembers>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let member = member_for(&console, &viewer, &path).await?;
    let (asker, of) = (viewer.clone(), member.clone());
    let read = console.db.read(move |conn| read(conn, &asker, &of)).await.map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = MemberPage {
        head: Head::of(&member, &viewer),
        issuer: &member.issuer,
        subject: &member.subject,
        since: Moment::of(member.created_at),
        roles: EnterpriseRole::ALL
            .into_iter()
            .filter(|role| may_set_role(viewer.role, member.role, *role))
            .map(|role| (role.as_str(), enterprise_role(role), role == member.role))
            .collect(),
        by_claim: read.by_claim,
        more_places: read.memberships.len().saturating_sub(PLACES),
        places: read.memberships.iter().take(PLACES).map(place).collect(),
        answers_for: read.answers_for.iter().map(CredentialLine::of).collect(),
        count_answers_for: read.count_answers_for,
        uses: read.uses.lines(&shell),
        count_uses: read.count_uses,
        may_change: may_change_member(viewer.role, member.role),
        may_rule: may_rule_directory(&viewer),
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn read(conn: &mut Conn, asker: &Viewer, member: &Member) -> Result<Read, StoreError> {
    let theirs = Filter { responsible: Some(member.id.clone()), ..Filter::default() };
    let first = credentials::Page::newest(FIRST, None);
    let (listed, _) = credentials::list(conn, asker, &theirs, &first)?;
    let (uses, count_uses) = Uses::read(conn, asker, member, &first)?;
    Ok(Read {
        by_claim: directory::has_role_by_claim(conn, &member.id)?,
        memberships: directory::memberships(conn, &member.id)?,
        answers_for: listed.into_iter().map(|listed| listed.credential).collect(),
        count_answers_for: credentials::counts(conn, asker, &theirs)?.all,
        uses,
        count_uses,
    })
}

/// `GET …/uses`: all credentials that they can use.
pub(crate) async fn uses(
    request: HttpRequest,
    viewer: Permit<ReadMembers>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let member = member_for(&console, &viewer, &path).await?;
    let after = asked.after().and_then(|(at, id)| credentials::Cursor::parse(&format!("{at}~{id}")));
    let page = credentials::Page::newest(PAGE_SIZE, after);
    let further = page.after.is_some();
    let (asker, of) = (viewer.clone(), member.clone());
    let (uses, count) =
        console.db.read(move |conn| Uses::read(conn, &asker, &of, &page)).await.map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let last = uses.credentials.last().filter(|_| uses.more).map(|(last, _)| last);
    let at = last.map(|last| last.created_at.as_millisecond().to_string());
    let last = at.as_deref().zip(last.map(|last| last.id.as_str()));
    let head = Head::of(&member, &viewer);
    let page = MemberUsesPage {
        listing: Listing::of(&format!("{}/uses", head.href), None, &[], further, last),
        head,
        uses: uses.lines(&shell),
        count,
        shell: &shell,
    };
    shell.answer(StatusCode::OK, &page)
}

fn place(membership: &Membership) -> PlaceLine {
    match membership {
        Membership::Project(project, role) => PlaceLine {
            href: super::project_address(&project.id),
            name: project.name.clone(),
            slug: project.slug.clone(),
            is_repository: false,
            role: local_role(*role),
        },
        Membership::Repository(repository, role) => PlaceLine {
            href: super::repository_address(&repository.id),
            name: repository.name.clone(),
            slug: repository.slug.clone(),
            is_repository: true,
            role: local_role(*role),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn head(disabled: bool) -> Head {
        Head {
            href: "/members/x".into(),
            name: "Li <Na>".into(),
            email: if disabled { String::new() } else { "li@example.org".into() },
            role: "role-member",
            disabled,
            own: !disabled,
        }
    }

    fn credential() -> CredentialLine {
        CredentialLine { href: "/credentials/x".into(), name: "<b>".into(), token: "aliyun-prod".into() }
    }

    fn line() -> UseLine {
        UseLine { credential: credential(), ways: vec!["Member of <b>".into(), "Owner".into()] }
    }

    #[test]
    fn a_member_can_be_shown_by_everybody_who_may() {
        let place = |is_repository| PlaceLine {
            href: "/projects/x".into(),
            name: "<b>".into(),
            slug: "shop".into(),
            is_repository,
            role: "local-role-manager",
        };
        for (full, may, disabled) in
            [(true, true, true), (true, true, false), (true, false, false), (false, true, false)]
        {
            look::in_every_shell(|shell| {
                MemberPage {
                    shell,
                    head: head(disabled),
                    issuer: "https://id.example",
                    subject: "<x>",
                    since: Moment::of(jiff::Timestamp::UNIX_EPOCH),
                    roles: if may { vec![("owner", "role-owner", true)] } else { Vec::new() },
                    by_claim: full,
                    places: if full { vec![place(true), place(false)] } else { Vec::new() },
                    more_places: usize::from(full),
                    answers_for: if full { vec![credential()] } else { Vec::new() },
                    count_answers_for: if full { 30 } else { 0 },
                    uses: if full { vec![line()] } else { Vec::new() },
                    count_uses: if full { 30 } else { 0 },
                    may_change: may,
                    may_rule: may,
                }
                .render()
            });
        }
        for full in [true, false] {
            look::in_every_shell(|shell| {
                MemberUsesPage {
                    shell,
                    head: head(false),
                    listing: Listing::of("/members/x/uses", None, &[], full, full.then_some(("a", "b"))),
                    uses: if full { vec![line()] } else { Vec::new() },
                    count: i64::from(full),
                }
                .render()
            });
        }
    }
}
