//! Giving a member another role, keeping them out, and letting them in again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::member::Head;
use super::{RuleDirectory, member_address, member_for, store};
use crate::credentials::{self, Filter};
use crate::db::StoreError;
use crate::directory::{self, MemberState};
use crate::people::{Fresh, Permit};
use crate::permission::{EnterpriseRole, may_change_member};
use crate::web::forms::Submitted;
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "directory/disable.html")]
struct DisablePage<'a> {
    shell: &'a Shell,
    head: Head,
    /// How many credentials they answer for.
    credentials: i64,
}

/// `POST …/role`.
pub(crate) async fn set_role(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer(&page(&path))?;
    let member = member_for(&console, &viewer, &path).await?;
    let submitted = Submitted::parse(&body);
    let role = EnterpriseRole::parse(submitted.one("role")).ok_or_else(Problem::invalid)?;
    let to = member_address(&member.id);
    let acting = console.acting(&request, viewer);
    console.db.write(move |conn| directory::set_role(conn, &acting, &member.id, role)).await?;
    Ok(see_other_saying(&request, &to, &["flash-member-role"]))
}

/// `GET …/disable`: what happens.
pub(crate) async fn disabling(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let member = member_for(&console, &viewer, &path).await?;
    if !may_change_member(viewer.role, member.role) {
        return Err(Problem::forbidden());
    }
    let (asker, of) = (viewer.clone(), member.id.clone());
    let credentials = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            let theirs = Filter { responsible: Some(of), ..Filter::default() };
            Ok(credentials::counts(conn, &asker, &theirs)?.all)
        })
        .await
        .map_err(store)?;
    let shell = Shell::of(&request, Some(&viewer));
    let page = DisablePage { shell: &shell, head: Head::of(&member, &viewer), credentials };
    shell.answer(StatusCode::OK, &page)
}

/// `POST …/disable`.
pub(crate) async fn disable(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    set_state(&request, viewer, &path, &console, MemberState::Disabled).await
}

/// `POST …/enable`.
pub(crate) async fn enable(
    request: HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    set_state(&request, viewer, &path, &console, MemberState::Active).await
}

async fn set_state(
    request: &HttpRequest,
    viewer: Fresh<RuleDirectory>,
    path: &web::Path<String>,
    console: &Console,
    state: MemberState,
) -> Answer {
    let viewer = viewer.into_viewer(&page(path))?;
    let member = member_for(console, &viewer, path).await?;
    let to = member_address(&member.id);
    let acting = console.acting(request, viewer);
    let sentence = match state {
        MemberState::Active => {
            console.db.write(move |conn| directory::enable(conn, &acting, &member.id)).await?;
            "flash-member-enabled"
        }
        MemberState::Disabled => {
            console.db.write(move |conn| directory::disable(conn, &acting, &member.id)).await?;
            "flash-member-disabled"
        }
    };
    Ok(see_other_saying(request, &to, &[sentence]))
}

/// The member's page, where all of it begins.
fn page(path: &str) -> String {
    format!("/members/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_confirmation_says_what_happens() {
        for (credentials, own) in [(0, true), (1, false), (7, false)] {
            look::in_every_shell(|shell| {
                let head = Head {
                    href: "/members/x".into(),
                    name: "Li <Na>".into(),
                    email: String::new(),
                    role: "role-member",
                    disabled: false,
                    own,
                };
                DisablePage { shell, head, credentials }.render()
            });
        }
    }
}
