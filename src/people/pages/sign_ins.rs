//! Where somebody is signed in: their own list, and for administrators that of any member of their enterprise.
//!
//! The list of a member is at `/members/{id}/sign-ins`, for the pages of members to link to.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::{MemberId, SignInId};
use crate::people::browser::Browser;
use crate::people::sign_in::{self, Holding, NoSuchSignIn};
use crate::people::{EndSignIns, Permit, ReadSignIns, SignedIn};
use crate::permission::Viewer;
use crate::web::dates::Moment;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "people/sign_ins.html")]
struct SignInsPage<'a> {
    shell: &'a Shell,
    /// Whose, when they are somebody else's.
    of: Option<&'a str>,
    /// Where the forms are sent.
    base: String,
    lines: Vec<Line>,
    may_end: bool,
    /// Whether there is a sign-in besides the one that looks.
    others: bool,
}

/// A sign-in, as the list shows it.
struct Line {
    id: String,
    browser: Browser,
    /// All that the browser says of itself.
    user_agent: String,
    address: String,
    since: Moment,
    last_seen: Moment,
    /// Whether it is the one that looks.
    this_one: bool,
    /// The enterprise that it is in, for whoever is a member of several.
    enterprise: Option<String>,
}

fn line(holding: Holding, viewer: &Viewer) -> Line {
    Line {
        this_one: holding.id == viewer.sign_in,
        id: holding.id.to_string(),
        browser: Browser::of(&holding.user_agent),
        user_agent: holding.user_agent,
        address: holding.address,
        since: Moment::of(holding.created_at),
        last_seen: Moment::of(holding.last_seen_at),
        enterprise: Some(holding.enterprise_name).filter(|_| viewer.elsewhere),
    }
}

/// One's own sign-ins, in whatever enterprise.
pub(crate) async fn own_sign_ins(
    request: HttpRequest,
    viewer: SignedIn,
    console: web::Data<Console>,
) -> Answer {
    let SignedIn(viewer) = viewer;
    let (asking, now) = (viewer.clone(), console.clock.now());
    let holding = console
        .db
        .read(move |conn| {
            let members = sign_in::own_memberships(conn, &asking)?;
            sign_in::holding(conn, &members, now)
        })
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = SignInsPage {
        shell: &shell,
        of: None,
        base: "/sign-ins".to_owned(),
        others: holding.iter().any(|other| other.id != viewer.sign_in),
        lines: holding.into_iter().map(|holding| line(holding, &viewer)).collect(),
        may_end: true,
    };
    shell.answer(StatusCode::OK, &page)
}

/// Ends one of one's own sign-ins.
pub(crate) async fn end_own_sign_in(
    request: HttpRequest,
    viewer: SignedIn,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let id = SignInId::parse(&path).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer.0);
    console
        .db
        .write(move |conn| {
            let members = sign_in::own_memberships(conn, &acting.viewer)?;
            sign_in::end_one(conn, &acting, &members, &id)
        })
        .await?;
    Ok(see_other_saying(&request, "/sign-ins", &["flash-sign-in-ended"]))
}

/// Ends all of one's own sign-ins but the one that asks.
pub(crate) async fn end_other_sign_ins(
    request: HttpRequest,
    viewer: SignedIn,
    console: web::Data<Console>,
) -> Answer {
    let acting = console.acting(&request, viewer.0);
    console
        .db
        .write(move |conn| sign_in::end_others(conn, &acting))
        .await
        .map_err(|error: StoreError| Problem::from(error))?;
    Ok(see_other_saying(&request, "/sign-ins", &["flash-sign-ins-ended"]))
}

/// The sign-ins of a member.
pub(crate) async fn sign_ins_of_member(
    request: HttpRequest,
    viewer: Permit<ReadSignIns>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let member = MemberId::parse(&path).ok_or_else(Problem::not_found)?;
    let (asking, wanted, now) = (viewer.clone(), member.clone(), console.clock.now());
    let (name, holding) = console
        .db
        .read(move |conn| {
            let name = name_of(conn, &asking, &wanted)?;
            Ok::<_, NoSuchSignIn>((name, sign_in::holding(conn, &[wanted], now)?))
        })
        .await?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = SignInsPage {
        shell: &shell,
        of: Some(&name),
        base: format!("/members/{member}/sign-ins"),
        others: !holding.is_empty(),
        lines: holding.into_iter().map(|holding| line(holding, &viewer)).collect(),
        may_end: viewer.rules_everything(),
    };
    shell.answer(StatusCode::OK, &page)
}

/// Ends one sign-in of a member.
pub(crate) async fn end_sign_in_of_member(
    request: HttpRequest,
    viewer: Permit<EndSignIns>,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Answer {
    let (member, id) = path.into_inner();
    let (member, id) = MemberId::parse(&member).zip(SignInId::parse(&id)).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer.into_viewer());
    let back = format!("/members/{member}/sign-ins");
    console
        .db
        .write(move |conn| {
            name_of(conn, &acting.viewer, &member)?;
            sign_in::end_one(conn, &acting, &[member], &id)
        })
        .await?;
    Ok(see_other_saying(&request, &back, &["flash-sign-in-ended"]))
}

/// Ends all sign-ins of a member.
pub(crate) async fn end_sign_ins_of_member(
    request: HttpRequest,
    viewer: Permit<EndSignIns>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let member = MemberId::parse(&path).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer.into_viewer());
    let back = format!("/members/{member}/sign-ins");
    console
        .db
        .write(move |conn| {
            name_of(conn, &acting.viewer, &member)?;
            Ok::<_, NoSuchSignIn>(sign_in::end_all(conn, &acting, &member)?)
        })
        .await?;
    Ok(see_other_saying(&request, &back, &["flash-sign-ins-ended"]))
}

/// What a member of the viewer's enterprise is called.
fn name_of(conn: &mut Conn, viewer: &Viewer, member: &MemberId) -> Result<String, NoSuchSignIn> {
    directory::member_names(conn, &viewer.enterprise, std::slice::from_ref(member))?
        .remove(member)
        .ok_or(NoSuchSignIn::NotFound)
}

impl From<NoSuchSignIn> for Problem {
    fn from(error: NoSuchSignIn) -> Self {
        match error {
            NoSuchSignIn::NotFound => Self::not_found(),
            NoSuchSignIn::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::web::look;

    fn line(this_one: bool, user_agent: &str) -> Line {
        Line {
            id: "x".into(),
            browser: Browser::of(user_agent),
            user_agent: user_agent.into(),
            address: "2001:db8::1".into(),
            since: Moment::of(Timestamp::UNIX_EPOCH),
            last_seen: Moment::of(Timestamp::UNIX_EPOCH),
            this_one,
            enterprise: this_one.then(|| "Aurora & <Sons>".into()),
        }
    }

    #[test]
    fn the_list_can_be_shown_to_its_owner_and_to_others() {
        for (of, full, may_end) in [
            (None, true, true),
            (Some("Li <Na>"), true, true),
            (Some("Li <Na>"), true, false),
            (Some("Li <Na>"), false, true),
        ] {
            look::in_every_shell(|shell| {
                let all = ["Firefox/1 Windows", "Firefox/1", "Windows", "\"><b>", ""];
                let lines = all.map(|user_agent| line(user_agent.is_empty(), user_agent));
                let lines = if full { lines.into() } else { Vec::new() };
                let base = "/sign-ins".to_owned();
                SignInsPage { shell, of, base, lines, may_end, others: full }.render()
            });
        }
    }
}
