//! What a saved edit would do to others, said before it is saved: the pipelines that lose the credential, and who
//! answers for it from then on.
//!
//! An edit that takes the credential from nobody and leaves it with the same person is saved at once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::Timestamp;

use super::pipelines::Breaks;
use super::{address, store};
use crate::credentials::{self, Credential, Edit, Pipeline};
use crate::db::{Conn, StoreError};
use crate::directory::{self, MemberState};
use crate::ids::MemberId;
use crate::permission::{Action, Viewer, may, may_set_scope};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Console, Problem, Shell};

#[derive(Template)]
#[template(path = "credentials/edit_plan.html")]
struct PlanPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    /// The pipelines that lose it; none, when the scope is not what asks.
    breaks: Option<Breaks>,
    answers: Option<Answers>,
    /// What the form says again once this was read.
    confirmed: usize,
}

/// Who answers for it before and after.
struct Answers {
    from: String,
    to: String,
}

/// What an edit would do.
struct Plan {
    losing: Vec<Pipeline>,
    answers: Option<Answers>,
}

impl Plan {
    /// Whether whoever saved has seen this: `confirmed` is how many pipelines they were told of.
    fn is_known(&self, confirmed: Option<usize>) -> bool {
        let nothing = self.losing.is_empty() && self.answers.is_none();
        nothing || confirmed.is_some_and(|told| self.losing.len() <= told)
    }
}

/// The page that says what the edit would do, unless it does nothing to others or whoever saves has read it.
pub(super) async fn to_be_read(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, edit): (&Credential, &Edit),
    (submitted, state): (&Submitted, &FormState),
) -> Result<Option<HttpResponse>, Problem> {
    // What cannot be saved is told so, without a word of what it would have done.
    let dispose = may(viewer.role, Action::Dispose, credential.standing(viewer));
    let moves = credential.responsible != edit.responsible;
    if credential.revision != edit.revision
        || !may_set_scope(viewer, &credential.scope, &edit.scope)
        || (moves && !dispose)
    {
        return Ok(None);
    }
    let (asker, of, wanted) = (viewer.clone(), credential.clone(), edit.scope.clone());
    let (heir, now) = (moves.then(|| edit.responsible.clone()), console.clock.now());
    let plan = console
        .db
        .read(move |conn| read(conn, &asker, (&of, &wanted), (heir.as_ref(), now)))
        .await
        .map_err(store)?;
    if plan.is_known(submitted.one("confirmed").parse().ok()) {
        return Ok(None);
    }
    let shell = Shell::of(request, Some(viewer));
    let page = PlanPage {
        state,
        href: address(&credential.id),
        name: credential.name.as_str(),
        confirmed: plan.losing.len(),
        breaks: (!plan.losing.is_empty()).then(|| Breaks::of_one(&shell, viewer, &plan.losing)),
        answers: plan.answers,
        shell: &shell,
    };
    shell.answer(StatusCode::UNPROCESSABLE_ENTITY, &page).map(Some)
}

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    (credential, wanted): (&Credential, &credentials::Scope),
    (heir, now): (Option<&MemberId>, Timestamp),
) -> Result<Plan, StoreError> {
    let losing = credentials::losing(conn, viewer, (credential, wanted), now)?;
    let heir = match heir {
        Some(id) => directory::find_member(conn, &viewer.enterprise, id)?,
        None => None,
    };
    let answers = match heir.filter(|member| member.state == MemberState::Active) {
        Some(member) => {
            let ids = [credential.responsible.clone()];
            let mut names = directory::member_names(conn, &viewer.enterprise, &ids)?;
            let from = names.remove(&credential.responsible).unwrap_or_default();
            Some(Answers { from, to: member.name })
        }
        None => None,
    };
    Ok(Plan { losing, answers })
}

#[cfg(test)]
mod tests {
    use super::super::pipelines::tests::breaks;
    use super::*;
    use crate::web::look;

    #[test]
    fn the_plan_can_be_shown_for_pipelines_for_people_and_for_both() {
        let mut state = FormState::new();
        for field in ["name", "description", "expires", "responsible"] {
            state.set(field, "<b>\n\"x\"");
        }
        state.tick("project", ["a", "b"]);
        for (lose, moves) in [(true, false), (false, true), (true, true)] {
            look::in_every_shell(|shell| {
                PlanPage {
                    shell,
                    state: &state,
                    href: "/credentials/x".into(),
                    name: "<b>",
                    breaks: lose.then(|| breaks(3, false)),
                    answers: moves.then(|| Answers { from: "Li <Na>".into(), to: "Wang".into() }),
                    confirmed: 3,
                }
                .render()
            });
        }
    }

    #[test]
    fn what_was_told_has_to_be_at_least_what_there_is() {
        let (at, random) = (Timestamp::UNIX_EPOCH, crate::seal::Random::system());
        let pipeline = || Pipeline {
            credential: crate::ids::CredentialId::new(at, &random),
            proof: credentials::ProvedBy::Gone(String::new()),
            place: None,
            uses: 1,
            recent_uses: 1,
            refused: 0,
            last_day: None,
        };
        let answers = || Some(Answers { from: String::new(), to: String::new() });
        // pipelines, whether the person changes, what was told, whether that is enough
        for (count, moves, told, known) in [
            (0, false, None, true),
            (1, false, None, false),
            (1, false, Some(0), false),
            (1, false, Some(1), true),
            (1, false, Some(2), true),
            (0, true, None, false),
            (0, true, Some(0), true),
            (2, true, Some(0), false),
        ] {
            let losing = (0..count).map(|_| pipeline()).collect();
            let plan = Plan { losing, answers: if moves { answers() } else { None } };
            assert_eq!(plan.is_known(told), known, "{count} {moves} {told:?}");
        }
    }
}
