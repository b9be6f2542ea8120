//! `/import`: a table of projects, repositories, members and memberships, and how it has to look.

mod preview;
mod words;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::RuleDirectory;
use crate::directory::DirectoryError;
use crate::directory::import::{self, BadFile, Column, MOST_BYTES, MOST_LINES};
use crate::people::Permit;
use crate::permission::Viewer;
use crate::web::forms::FormState;
use crate::web::upload::{self, BadUpload};
use crate::web::{Answer, Console, Language, Problem, Shell, see_other};

pub(crate) use preview::{apply, progress, show};

/// What a form may have besides the file.
const REST: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "directory/import/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    /// Every column: its name, its name in Chinese, its message id.
    columns: Vec<(&'static str, &'static str, String)>,
    most_lines: usize,
    most_mebibytes: usize,
}

/// `GET /import`.
pub(crate) async fn new(request: HttpRequest, viewer: Permit<RuleDirectory>) -> Answer {
    form(&request, &viewer, &FormState::new(), StatusCode::OK)
}

/// `POST /import`: reads the table and leads to what it would do.
pub(crate) async fn upload(
    request: HttpRequest,
    viewer: Permit<RuleDirectory>,
    payload: web::Payload,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let refuse = |field: &str, sentence: String, status| {
        let mut state = FormState::new();
        state.refuse(field, sentence);
        form(&request, &viewer, &state, status)
    };
    let (field, file) = match table_of(&request, payload).await {
        Ok(found) => found,
        Err(BadUpload::TooLarge) => {
            let sentence = words::bad_file(&shell, &BadFile::TooLarge);
            return refuse("file", sentence, StatusCode::PAYLOAD_TOO_LARGE);
        }
        Err(BadUpload::Broken) => return Err(Problem::invalid()),
    };
    let acting = console.acting(&request, viewer.clone());
    let looked = console
        .db
        .read(move |conn| -> Result<_, DirectoryError> {
            match import::read(&file) {
                Ok(file) => import::look(conn, &acting, &file).map(Ok),
                Err(bad) => Ok(Err(bad)),
            }
        })
        .await?;
    let shown = match looked {
        Ok(shown) => shown,
        Err(bad) => {
            return refuse(field, words::bad_file(&shell, &bad), StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let (owner, now) = (viewer.clone(), console.clock.now());
    let id =
        console.db.write(move |conn| import::keep(conn, &owner, now, &shown)).await.map_err(super::store)?;
    Ok(see_other(&preview::address(&id)))
}

/// What was chosen or, when no file was, pasted; and in which field.
async fn table_of(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(&'static str, Vec<u8>), BadUpload> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = upload::body(payload, MOST_BYTES + REST).await?;
    let mut parts = upload::parts(content_type, &body)?;
    let mut take = |name: &str| {
        let found = parts.iter_mut().find(|part| part.name == name);
        found.map(|part| std::mem::take(&mut part.content)).unwrap_or_default()
    };
    let (file, text) = (take("file"), take("text"));
    Ok(if file.is_empty() && !text.is_empty() { ("text", text) } else { ("file", file) })
}

fn form(request: &HttpRequest, viewer: &Viewer, state: &FormState, status: StatusCode) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let page = NewPage {
        shell: &shell,
        state,
        columns: Column::ALL
            .map(|column| {
                let name = column.as_str();
                (name, column.in_chinese(), format!("import-column-{name}"))
            })
            .into(),
        most_lines: MOST_LINES,
        most_mebibytes: MOST_BYTES / (1024 * 1024),
    };
    shell.answer(status, &page)
}

/// `GET /import/sample.csv`: a table to begin with, in the reader's language.
pub(crate) async fn sample(request: HttpRequest, viewer: Permit<RuleDirectory>) -> Answer {
    let sample = match Shell::of(&request, Some(&viewer)).language {
        Language::En => import::SAMPLE,
        Language::ZhCn => import::SAMPLE_IN_CHINESE,
    };
    Ok(csv("sample.csv", sample.to_owned()))
}

/// `GET /import/directory.csv`: everything there is, to be edited and imported again.
pub(crate) async fn export(viewer: Permit<RuleDirectory>, console: web::Data<Console>) -> Answer {
    let enterprise = viewer.enterprise.clone();
    let text = console.db.read(move |conn| import::export(conn, &enterprise)).await.map_err(super::store)?;
    Ok(csv("directory.csv", text))
}

fn csv(name: &str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_shown_and_refused() {
        let mut refused = FormState::new();
        refused.refuse("file", "<wrong>");
        refused.refuse("text", "<wrong>");
        for state in [FormState::new(), refused] {
            look::in_every_shell(|shell| {
                NewPage {
                    shell,
                    state: &state,
                    columns: Column::ALL
                        .map(|column| {
                            let name = column.as_str();
                            (name, column.in_chinese(), format!("import-column-{name}"))
                        })
                        .into(),
                    most_lines: MOST_LINES,
                    most_mebibytes: 8,
                }
                .render()
            });
        }
    }
}
