//! `GET /picker/embed`: the picker in a frame of another origin's page, for the editors of other systems.
//!
//! The only page that may be framed, and only by origins that the settings name; each answer names the one that asked,
//! so that no other can frame it. In the frame nothing can be changed: it tells its parent which token was chosen,
//! which is no secret, and whatever makes something opens in a window of its own. The person's cookie comes along only
//! where both are of the same site; elsewhere, and when nobody is signed in, the frame says how to sign in.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{PickerView, Question};
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::permission::may_create;
use crate::picker::{self, Here};
use crate::web::lists::address;
use crate::web::{Answer, Console, Problem, Shell, framed_by};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Whose page it is in.
    origin: String,
    #[serde(flatten)]
    picker: super::fragment::Asked,
    /// What was chosen when the form of the frame was sent, without a script.
    certificate: Option<String>,
    #[serde(rename = "certificate-q")]
    sought: Option<String>,
}

#[derive(Template)]
#[template(path = "picker/embed.html")]
struct EmbedPage<'a> {
    shell: &'a Shell,
    /// To whom the choice is told.
    origin: &'a str,
    body: Body<'a>,
}

enum Body<'a> {
    /// Nobody is signed in here.
    SignedOut {
        again: String,
    },
    /// It was asked for what is not there.
    Nothing,
    Picker(Box<Form<'a>>),
}

struct Form<'a> {
    asked: &'a Asked,
    repository: String,
    picker: PickerView,
    /// What was chosen by the form itself.
    chosen: Option<String>,
    add: Vec<(String, String)>,
}

pub(crate) async fn embed(
    request: HttpRequest,
    viewer: Result<SignedIn, Problem>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    // Before anything else, so that an origin that is not named learns nothing at all.
    let origin = console.embedders.named(&asked.origin).ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&request, viewer.as_ref().ok().map(|SignedIn(viewer)| viewer));
    let page = |body| EmbedPage { shell: &shell, origin, body };
    let viewer = match viewer {
        Ok(SignedIn(viewer)) => viewer,
        Err(problem) if problem.code() == "unauthenticated" => {
            let again = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            return framed(&shell, StatusCode::UNAUTHORIZED, &page(Body::SignedOut { again }), origin);
        }
        Err(problem) => return Err(problem),
    };
    let Some(mut question) = asked.picker.question() else {
        return framed(&shell, StatusCode::UNPROCESSABLE_ENTITY, &page(Body::Nothing), origin);
    };
    question.name = "certificate".to_owned();
    if let Some(chosen) = &asked.certificate {
        chosen.trim().clone_into(&mut question.value);
    }
    if let Some(sought) = &asked.sought {
        question.sought = crate::web::forms::search_words(sought);
    }
    let (wanted, asker, now) = (question.clone(), viewer.clone(), console.clock.now());
    let found = console
        .db
        .read(move |conn: &mut Conn| -> Result<_, StoreError> {
            let Some(here) = picker::here(conn, &asker, &wanted.repository)? else { return Ok(None) };
            let found = super::read(conn, &asker, (&here, &wanted), now)?;
            Ok(Some((here, found)))
        })
        .await?;
    let Some((here, (chosen, found))) = found else {
        return framed(&shell, StatusCode::NOT_FOUND, &page(Body::Nothing), origin);
    };
    let told = chosen.as_ref().filter(|offer| offer.is_usable() && asked.certificate.is_some());
    let form = Form {
        asked: &asked,
        repository: here.repository.name.clone(),
        chosen: told.map(|offer| offer.credential.token.as_str().to_owned()),
        picker: PickerView::new(&shell, &question, chosen.as_ref(), &found),
        add: if may_create(&viewer) { add(&shell, &question, &here) } else { Vec::new() },
    };
    framed(&shell, StatusCode::OK, &page(Body::Picker(Box::new(form))), origin)
}

/// Where a credential of each type is made, for a window of its own.
fn add(shell: &Shell, question: &Question, here: &Here) -> Vec<(String, String)> {
    if question.types.len() > 4 {
        return vec![("/credentials/new".to_owned(), shell.t("credential-new"))];
    }
    let one = |of: &&'static crate::catalogue::CredentialType| {
        let to = format!("/credentials/new/{}", of.id);
        let to = address(&to, &[("repository", here.repository.id.as_str())]);
        (to, shell.t1("task-add", "type", shell.t(of.label())))
    };
    question.types.iter().map(one).collect()
}

fn framed(shell: &Shell, status: StatusCode, page: &EmbedPage<'_>, origin: &str) -> Answer {
    let mut response: HttpResponse = shell.answer(status, page)?;
    let policy = framed_by(origin).map_err(Problem::internal)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_frame_can_be_shown_with_and_without_anything_to_choose() {
        let asked = Asked { origin: "https://git.example.com".into(), ..Asked::default() };
        for number in 0..4 {
            look::in_every_shell(|shell| {
                let body = match number {
                    0 => Body::SignedOut { again: "/picker/embed?a=b&c=\"".into() },
                    1 => Body::Nothing,
                    _ => Body::Picker(Box::new(Form {
                        asked: &asked,
                        repository: "<b>".into(),
                        picker: PickerView::sample(number == 2, true),
                        chosen: (number == 2).then(|| "token.0".into()),
                        add: vec![("/credentials/new/x?repository=y".into(), "<add>".into())],
                    })),
                };
                let html = EmbedPage { shell, origin: &asked.origin, body }.render()?;
                // It is a document of its own, whoever asks.
                Ok(if shell.fragment { html.replace("<!doctype html>", "") } else { html })
            });
        }
    }
}
