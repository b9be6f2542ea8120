//! `/credentials/{id}/conditions`: what a run has to prove, what is tried, and whom that would refuse.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::conditions_plan::to_be_read;
use super::edit::editable;
use super::{address, credential_for, id_in, store};
use crate::credentials::{
    self, BadValue, ChangeError, Conditions, Credential, Demanded, NewConditions, State, Verdict, read_lines,
    read_refs,
};
use crate::db::StoreError;
use crate::people::SignedIn;
use crate::permission::{Action, Viewer, may};
use crate::usage::{self, Tried};
use crate::web::dates::Moment;
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

/// As many callers are listed that a trial would refuse.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "credentials/conditions.html")]
struct ConditionsPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    in_force: Vec<Asked>,
    trial: Option<TrialView>,
    /// Whether they may change them, and how to undo that is theirs to decide.
    may_edit: bool,
    /// Somebody else changed the credential since the form was opened.
    conflict: bool,
}

/// One thing that is asked for.
pub(super) struct Asked {
    /// The message id of what it is.
    pub(super) what: &'static str,
    /// Of these, one is enough; none: it is a yes or no.
    pub(super) values: Vec<String>,
}

struct TrialView {
    asked: Vec<Asked>,
    since: Moment,
    /// The same as the forms send it back.
    shown: i64,
    times: i64,
    callers: Vec<Refused>,
}

struct Refused {
    name: String,
    /// The message id of what it did not prove.
    unmet: String,
    times: i64,
    last: Moment,
}

/// What conditions ask for, in the order of the form.
pub(super) fn asked(conditions: &Conditions) -> Vec<Asked> {
    let lists = [
        ("condition-refs", &conditions.refs),
        ("condition-events", &conditions.events),
        ("condition-pipelines", &conditions.pipelines),
    ];
    let protected = conditions.protected.then_some(Asked { what: "condition-protected", values: Vec::new() });
    let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
    lists.map(|(what, values)| Asked { what, values: values.clone() }).chain(protected).collect()
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    console: web::Data<Console>,
) -> Answer {
    let credential = credential_for(&console, &viewer, &id_in(&path)?, Action::See).await?;
    page(&request, &console, &viewer, (&credential, None), StatusCode::OK).await
}

/// `POST …`: asks for something, at once or on trial.
pub(crate) async fn set(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let credential = editable(&console, &viewer, &path).await?;
    let submitted = super::submitted(&request, &body)?;
    let shell = Shell::of(&request, Some(&viewer));
    let (conditions, on_trial, mut state) = read(&shell, &submitted);
    let revision = submitted.one("revision").parse().map_err(|_| Problem::invalid())?;
    let Some(conditions) = conditions else {
        let again = (&credential, Some(&state));
        return page(&request, &console, &viewer, again, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let confirmed = submitted.one("confirmed").parse().ok();
    if !on_trial && !conditions.is_none() && revision == credential.revision {
        let mut fields = vec![("how", "in-force".to_owned())];
        for field in ["revision", "refs", "events", "pipelines"] {
            fields.push((field, state.value(field).to_owned()));
        }
        if conditions.protected {
            fields.push(("protected", "on".to_owned()));
        }
        let of = (&credential, None, confirmed);
        if let Some(plan) = to_be_read(&request, &console, &viewer, of, ("conditions", fields)).await? {
            return Ok(plan);
        }
    }
    let new = NewConditions { credential: credential.id.clone(), revision, conditions, on_trial };
    let acting = console.acting(&request, viewer.clone());
    match console.db.write(move |conn| credentials::set_conditions(conn, &acting, &new)).await {
        Ok(()) => {
            let to = format!("{}/conditions", address(&credential.id));
            let sentence = if on_trial { "flash-conditions-tried" } else { "flash-conditions-set" };
            Ok(see_other_saying(&request, &to, &[sentence]))
        }
        Err(ChangeError::Conflict) => {
            state.set("revision", credential.revision.to_string());
            page(&request, &console, &viewer, (&credential, Some(&state)), StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST …/trial`: what was tried is put in force or forgotten.
pub(crate) async fn end_trial(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let credential = editable(&console, &viewer, &path).await?;
    let submitted = super::submitted(&request, &body)?;
    let shown: i64 = submitted.one("shown").parse().map_err(|_| Problem::invalid())?;
    let shown = jiff::Timestamp::from_millisecond(shown).map_err(|_| Problem::invalid())?;
    let (verdict, sentence) = match submitted.one("verdict") {
        "put-in-force" => (Verdict::PutInForce, "flash-conditions-set"),
        "discard" => (Verdict::Discard, "flash-conditions-discarded"),
        _ => return Err(Problem::invalid()),
    };
    if verdict == Verdict::PutInForce {
        let fields =
            vec![("shown", submitted.one("shown").to_owned()), ("verdict", "put-in-force".to_owned())];
        let of = (&credential, Some(shown), submitted.one("confirmed").parse().ok());
        if let Some(plan) = to_be_read(&request, &console, &viewer, of, ("conditions/trial", fields)).await? {
            return Ok(plan);
        }
    }
    let (acting, id) = (console.acting(&request, viewer), credential.id.clone());
    console.db.write(move |conn| credentials::end_trial(conn, &acting, (&id, shown), verdict)).await?;
    Ok(see_other_saying(&request, &format!("{}/conditions", address(&credential.id)), &[sentence]))
}

/// What was submitted: the conditions when they can be read, whether on trial, and the form to show again.
fn read(shell: &Shell, submitted: &Submitted) -> (Option<Conditions>, bool, FormState) {
    let mut state = FormState::new();
    let on_trial = submitted.one("how") != "in-force";
    for field in ["refs", "events", "pipelines", "protected", "revision"] {
        state.set(field, submitted.raw(field).unwrap_or_default());
    }
    state.set("how", if on_trial { "trial" } else { "in-force" });
    let mut list = |field: &str, read: fn(&str) -> Result<Vec<String>, BadValue>| {
        read(submitted.raw(field).unwrap_or_default()).unwrap_or_else(|bad| {
            let sentence = match bad {
                BadValue::TooMany => "condition-too-many",
                BadValue::TooLong => "condition-too-long",
                BadValue::Strange => "condition-strange",
            };
            state.refuse_called(field, shell.t(format!("condition-{field}")), shell.t(sentence));
            Vec::new()
        })
    };
    let conditions = Conditions {
        refs: list("refs", read_refs),
        protected: submitted.has("protected"),
        events: list("events", read_lines),
        pipelines: list("pipelines", read_lines),
    };
    if on_trial && conditions.is_none() && !state.is_refused() {
        state.refuse("refs", shell.t("condition-nothing-to-try"));
    }
    ((!state.is_refused()).then_some(conditions), on_trial, state)
}

/// The form as it is opened: on what is tried, else on what is in force.
fn opened(credential: &Credential, demanded: &Demanded) -> FormState {
    let mut state = FormState::new();
    let from = demanded.trial.as_ref().map_or(&demanded.in_force, |trial| &trial.conditions);
    for (field, values) in [("refs", &from.refs), ("events", &from.events), ("pipelines", &from.pipelines)] {
        state.set(field, values.join("\n"));
    }
    state.set("protected", if from.protected { "on" } else { "" });
    state.set("how", "trial");
    state.set("revision", credential.revision.to_string());
    state
}

async fn page(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (credential, again): (&Credential, Option<&FormState>),
    status: StatusCode,
) -> Answer {
    let id = credential.id.clone();
    let (demanded, tried) = console
        .db
        .read(move |conn| -> Result<_, StoreError> {
            Ok((credentials::conditions(conn, &id)?, usage::tried(conn, &id, usize::MAX)?))
        })
        .await
        .map_err(store)?;
    let fresh = opened(credential, &demanded);
    let shell = Shell::of(request, Some(viewer));
    let may_edit = may(viewer.role, Action::Edit, credential.standing(viewer))
        && !matches!(credential.state, State::Deleted { .. });
    let page = ConditionsPage {
        state: again.unwrap_or(&fresh),
        href: address(&credential.id),
        name: credential.name.as_str(),
        in_force: asked(&demanded.in_force),
        trial: demanded.trial.map(|trial| TrialView {
            asked: asked(&trial.conditions),
            since: Moment::of(trial.since),
            shown: trial.since.as_millisecond(),
            times: tried.iter().map(|one| one.times).sum(),
            callers: tried.into_iter().take(SHOWN).map(refused).collect(),
        }),
        may_edit,
        conflict: status == StatusCode::CONFLICT,
        shell: &shell,
    };
    shell.answer(status, &page)
}

fn refused(tried: Tried) -> Refused {
    Refused {
        name: tried.caller_name,
        unmet: format!("unmet-{}", tried.unmet.replace('_', "-")),
        times: tried.times,
        last: Moment::of(tried.last_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{Language, look};

    #[test]
    fn what_is_asked_for_and_tried_can_be_shown() {
        let all = Conditions {
            refs: vec!["refs/heads/<b>".into()],
            protected: true,
            events: vec!["push".into()],
            pipelines: vec![".gitlab-ci.yml".into()],
        };
        let mut wrong = FormState::new();
        for field in ["", "refs", "events", "pipelines"] {
            wrong.refuse(field, "<wrong>");
        }
        for (conditions, state, times) in [
            (Conditions::default(), FormState::new(), 0),
            (all.clone(), wrong, 1),
            (all, FormState::new(), 9),
        ] {
            for may_edit in [true, false] {
                look::in_every_shell(|shell| {
                    let caller = |unmet: &str| Refused {
                        name: "<key>".into(),
                        unmet: format!("unmet-{unmet}"),
                        times,
                        last: Moment::of(jiff::Timestamp::UNIX_EPOCH),
                    };
                    ConditionsPage {
                        shell,
                        state: &state,
                        href: "/credentials/x".into(),
                        name: "<b>",
                        in_force: asked(&conditions),
                        trial: (!conditions.is_none()).then(|| TrialView {
                            asked: asked(&conditions),
                            since: Moment::of(jiff::Timestamp::UNIX_EPOCH),
                            shown: 0,
                            times,
                            callers: if times > 1 { vec![caller("condition-run")] } else { Vec::new() },
                        }),
                        may_edit,
                        conflict: times > 1,
                    }
                    .render()
                });
            }
        }
    }

    #[test]
    fn everything_that_a_run_can_fail_to_prove_has_words() {
        for language in Language::ALL {
            for unmet in ["run", "ref", "protected", "event", "pipeline"] {
                assert!(language.knows(&format!("unmet-condition-{unmet}")), "{unmet}");
            }
        }
    }
}
