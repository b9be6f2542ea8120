//! `GET /picker`: the picker by itself, for pages of the console to put into their forms.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{PickerView, Question};
use crate::catalogue;
use crate::db::{Conn, StoreError};
use crate::people::SignedIn;
use crate::picker;
use crate::web::forms::search_words;
use crate::web::{Answer, Console, Problem, Shell};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The id or the path of the repository.
    pub(super) repository: String,
    /// Ids of credential types, separated by commas; empty: any.
    #[serde(rename = "type")]
    pub(super) types: String,
    /// What the input is called.
    name: String,
    /// The token that is chosen.
    value: String,
    q: String,
    /// Whether none may be chosen.
    pub(super) optional: String,
}

#[derive(Template)]
#[template(path = "picker/fragment.html")]
struct Fragment<'a> {
    shell: &'a Shell,
    picker: PickerView,
}

impl Asked {
    /// What is asked for, when it makes sense.
    pub(super) fn question(&self) -> Option<Question> {
        if self.repository.is_empty() {
            return None;
        }
        let types = picker::types(&self.types)?;
        let is_name = |name: &str| {
            name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        Some(Question {
            repository: self.repository.clone(),
            types: if types.is_empty() { catalogue::all().to_vec() } else { types },
            name: match self.name.as_str() {
                "" => "certificate".to_owned(),
                name if is_name(name) => name.to_owned(),
                _ => return None,
            },
            value: self.value.trim().to_owned(),
            sought: search_words(&self.q),
            optional: self.optional == "1",
        })
    }
}

/// `GET /picker?repository=&type=&name=&value=&q=`.
pub(crate) async fn fragment(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let question = asked.question().ok_or_else(|| Problem::unprocessable("picker-invalid"))?;
    let (wanted, now) = (question.clone(), console.clock.now());
    let found = console
        .db
        .read(move |conn: &mut Conn| -> Result<_, StoreError> {
            let Some(here) = picker::here(conn, &viewer, &wanted.repository)? else { return Ok(None) };
            super::read(conn, &viewer, (&here, &wanted), now).map(Some)
        })
        .await?;
    let (chosen, found) = found.ok_or_else(Problem::not_found)?;
    let picker = PickerView::new(&shell, &question, chosen.as_ref(), &found);
    shell.answer(StatusCode::OK, &Fragment { shell: &shell, picker })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn a_picker_can_be_shown_full_and_empty() {
        for (full, optional) in [(true, true), (true, false), (false, true), (false, false)] {
            look::in_every_shell(|shell| {
                let html = Fragment { shell, picker: PickerView::sample(full, optional) }.render()?;
                Ok(if shell.fragment { html } else { format!("<!doctype html>{html}") })
            });
        }
    }

    #[test]
    fn a_name_for_an_input_is_a_word() {
        let asked = |name: &str| {
            Asked { repository: "shop/web".into(), name: name.into(), ..Asked::default() }.question()
        };
        assert_eq!(asked("").unwrap().name, "certificate");
        assert_eq!(asked("my-token").unwrap().name, "my-token");
        for bad in ["a b", "\"><", "A", &"a".repeat(33)] {
            assert!(asked(bad).is_none(), "{bad}");
        }
        assert!(Asked::default().question().is_none(), "of no repository");
    }
}
