//! `GET /repositories/{id}/tasks/{task}`: the form of a task, and the step that it makes.
//!
//! The address is the state: it can be kept, shared and come back to, and nothing is stored. A button of the form leads
//! to a new credential and takes the address along, so that what was typed is there when one comes back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{PlaceView, address, may_add};
use crate::catalogue;
use crate::db::{Conn, StoreError};
use crate::directory;
use crate::ids::RepositoryId;
use crate::people::SignedIn;
use crate::picker::pages::{PickerView, Question, read, sentence};
use crate::picker::{self, Here, Offer, Offers};
use crate::pipelines::tasks::forms::{self, Asked, CERTIFICATE, DISPLAY_NAME, NAME};
use crate::pipelines::tasks::{Field, Input, Task};
use crate::web::forms::{FormState, search_words};
use crate::web::lists;
use crate::web::{Answer, Console, Problem, Shell, see_other};

/// So many managers are named.
const MANAGERS: i64 = 5;

#[derive(Template)]
#[template(path = "pipelines/tasks/form.html")]
struct TaskPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    place: PlaceView,
    href: String,
    icon: &'static str,
    label: String,
    help: String,
    general: Vec<FieldView>,
    fields: Vec<FieldView>,
    picker: PickerView,
    /// Whether a credential has to be chosen.
    needed: bool,
    add: Vec<Add>,
    /// There is nothing to choose: whom to ask.
    managers: Option<String>,
    yaml: Option<String>,
}

/// A button that leads to a new credential.
struct Add {
    of: &'static str,
    label: String,
}

struct FieldView {
    name: &'static str,
    label: String,
    help: String,
    kind: &'static str,
    value: String,
    /// Values with whether they are chosen.
    choices: Vec<(&'static str, bool)>,
    required: bool,
    most: usize,
    error: Option<String>,
}

impl FieldView {
    fn of(shell: &Shell, field: &Field, state: &FormState) -> Self {
        let value = state.value(field.name).to_owned();
        let (kind, choices): (_, &[&'static str]) = match field.input {
            Input::Line => ("line", &[]),
            Input::Suggested(choices) => ("suggested", choices),
            Input::Choice(choices) => ("choice", choices),
            Input::Flag => ("flag", &[]),
            Input::Text | Input::List | Input::Pairs => ("lines", &[]),
        };
        Self {
            name: field.name,
            label: shell.t(field.label()),
            help: if field.input == Input::Flag {
                String::new()
            } else {
                shell.t(format!("{}.help", field.label()))
            },
            kind,
            choices: choices.iter().map(|choice| (*choice, *choice == value)).collect(),
            value,
            // What belongs to the other choice may be left empty.
            required: field.required && field.when.is_none(),
            most: field.most(),
            error: state.error(field.name).map(str::to_owned),
        }
    }

    /// A field that every task has.
    fn general(shell: &Shell, name: &'static str, most: usize, state: &FormState) -> Self {
        let label = format!("task-field-{name}");
        Self {
            name,
            help: shell.t(format!("{label}.help")),
            label: shell.t(label),
            kind: "line",
            value: state.value(name).to_owned(),
            choices: Vec::new(),
            required: true,
            most,
            error: state.error(name).map(str::to_owned),
        }
    }
}

/// What is read for the page, in one go.
struct Read {
    here: Here,
    chosen: Option<Offer>,
    found: Offers,
    managers: Vec<String>,
}

pub(crate) async fn show(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<(String, String)>,
    console: web::Data<Console>,
) -> Answer {
    let (id, task) = path.into_inner();
    let id = RepositoryId::parse(&id).ok_or_else(Problem::not_found)?;
    let task = Task::find(&task).ok_or_else(Problem::not_found)?;
    let asked = Asked::parse(request.query_string());
    let shell = Shell::of(&request, Some(&viewer));
    let (mut state, step) = forms::read(task, &asked, shell.language);
    let question = Question {
        repository: id.to_string(),
        types: task.types.iter().filter_map(|id| catalogue::find(id)).collect(),
        name: CERTIFICATE.to_owned(),
        value: state.value(CERTIFICATE).to_owned(),
        sought: asked.get("certificate-q").and_then(search_words),
        optional: !task.needs_credential,
    };
    let (asker, wanted, now) = (viewer.clone(), question.clone(), console.clock.now());
    let read = console
        .db
        .read(move |conn: &mut Conn| -> Result<_, StoreError> {
            let Some(here) = picker::here(conn, &asker, &wanted.repository)? else { return Ok(None) };
            let (chosen, found) = read(conn, &asker, (&here, &wanted), now)?;
            let managers = directory::managers(conn, &here.project.id, MANAGERS)?;
            Ok(Some(Read { here, chosen, found, managers }))
        })
        .await?;
    let Read { here, chosen, found, managers } = read.ok_or_else(Problem::not_found)?;
    let href = format!("{}/tasks/{}", address(&id), task.id);
    if let Some(of) = asked.get("add").filter(|of| task.types.contains(of)) {
        return Ok(see_other(&new_credential(of, &id, &href, &asked)));
    }
    judge(&shell, task, &mut state, chosen.as_ref());
    let yaml = match step.filter(|_| asked.is_filled() && !state.is_refused()) {
        Some(step) => Some(step.yaml().ok_or_else(|| Problem::internal("a step cannot be written"))?),
        None => None,
    };
    if !asked.wants_step() {
        state.forgive();
    }
    let adds = may_add(&viewer, &here);
    let usable = chosen.iter().chain(&found.offers).any(Offer::is_usable);
    let status = if state.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let add = question
        .types
        .iter()
        .filter(|_| adds)
        .map(|of| Add { of: of.id, label: shell.t1("task-add", "type", shell.t(of.label())) });
    let page = TaskPage {
        place: PlaceView::of(&here),
        href,
        icon: task.icon,
        label: shell.t(task.label()),
        help: shell.t(format!("{}.help", task.label())),
        general: vec![
            FieldView::general(&shell, DISPLAY_NAME, 128, &state),
            FieldView::general(&shell, NAME, 64, &state),
        ],
        fields: task.fields.iter().map(|field| FieldView::of(&shell, field, &state)).collect(),
        picker: PickerView::new(&shell, &question, chosen.as_ref(), &found),
        needed: task.needs_credential,
        add: add.collect(),
        managers: (!usable && question.sought.is_none()).then(|| whom_to_ask(&shell, &managers)),
        yaml,
        state: &state,
        shell: &shell,
    };
    shell.answer(status, &page)
}

/// Looks at the credential that was chosen.
fn judge(shell: &Shell, task: &Task, state: &mut FormState, chosen: Option<&Offer>) {
    let sentence = match chosen {
        Some(offer) => match offer.reason.filter(|reason| !reason.lets_it_be_used()) {
            Some(reason) => sentence(reason),
            None => return,
        },
        None if !state.value(CERTIFICATE).is_empty() => "task-credential-unknown",
        None if task.needs_credential => "task-credential-needed",
        None => return,
    };
    state.refuse_called(CERTIFICATE, shell.t("task-field-certificate"), shell.t(sentence));
}

/// Where a credential for this form is made, and the way back with everything that was typed.
fn new_credential(of: &str, id: &RepositoryId, href: &str, asked: &Asked) -> String {
    let typed = asked.typed();
    let back = if typed.is_empty() { href.to_owned() } else { format!("{href}?{typed}") };
    let query = [("repository", id.as_str()), ("return_to", &back)];
    lists::address(&format!("/credentials/new/{of}"), &query)
}

fn whom_to_ask(shell: &Shell, managers: &[String]) -> String {
    if managers.is_empty() {
        shell.t("task-ask-administrators")
    } else {
        shell.t1("task-ask", "people", managers.join(&shell.t("task-ask-and")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipelines::tasks::ALL;
    use crate::web::look;

    #[test]
    fn every_form_can_be_shown_empty_filled_and_refused() {
        for task in ALL {
            for (full, refused) in [(false, false), (true, false), (true, true)] {
                look::in_every_shell(|shell| {
                    let query = if full { "displayName=x&name=y&certificate=z" } else { "" };
                    let (mut state, _) = forms::read(task, &Asked::parse(query), shell.language);
                    judge(shell, task, &mut state, None);
                    if !refused {
                        state.forgive();
                    }
                    TaskPage {
                        shell,
                        state: &state,
                        place: PlaceView::sample(),
                        href: "/repositories/x/tasks/y".into(),
                        icon: task.icon,
                        label: shell.t(task.label()),
                        help: "<help>".into(),
                        general: vec![
                            FieldView::general(shell, DISPLAY_NAME, 128, &state),
                            FieldView::general(shell, NAME, 64, &state),
                        ],
                        fields: task.fields.iter().map(|field| FieldView::of(shell, field, &state)).collect(),
                        picker: PickerView::sample(full, !task.needs_credential),
                        needed: task.needs_credential,
                        add: if full {
                            vec![Add { of: "kubernetes", label: "<add>".into() }]
                        } else {
                            Vec::new()
                        },
                        managers: (!full).then(|| whom_to_ask(shell, &["<Wang>".into(), "Li".into()])),
                        yaml: (full && !refused).then(|| "- step: <x>\n".into()),
                    }
                    .render()
                });
            }
        }
    }

    #[test]
    fn the_way_to_a_new_credential_takes_everything_along_but_the_buttons() {
        let asked = Asked::parse("displayName=a%26b&yaml=%E5%90%8D&add=kubernetes&make=1");
        let id = RepositoryId::parse("01930000-0000-7000-8000-0000000000ff").unwrap();
        let to = new_credential("kubernetes", &id, "/repositories/x/tasks/y", &asked);
        let url = url::Url::parse(&format!("https://v.example{to}")).unwrap();
        let back = url.query_pairs().find(|(name, _)| name == "return_to").unwrap().1.into_owned();
        assert_eq!(back, "/repositories/x/tasks/y?displayName=a%26b&yaml=%E5%90%8D");
    }
}
