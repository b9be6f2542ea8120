//! `/access/issuers/new`: trusting an issuer.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::address;
use crate::directory;
use crate::ids::SubmissionId;
use crate::people::{Fresh, ManageAccess};
use crate::permission::Viewer;
use crate::pipelines::issuers::{self, Algorithm, IssuerError, Preset, forms};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/issuers/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    presets: Vec<(&'static str, &'static str)>,
    algorithms: Vec<&'static str>,
}

/// Which system the form is for.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    preset: Option<String>,
}

/// Where the form is.
const NEW: &str = "/access/issuers/new";

/// The form of a new issuer, filled for one of the known systems.
pub(crate) async fn new(
    request: HttpRequest,
    viewer: Fresh<ManageAccess>,
    console: web::Data<Console>,
    wanted: web::Query<Wanted>,
) -> Answer {
    let viewer = viewer.into_viewer(NEW)?;
    let preset = wanted.preset.as_deref().and_then(Preset::parse).unwrap_or(Preset::GitLab);
    let mut state = FormState::new();
    state.set("submission", SubmissionId::new(console.clock.now(), &console.random).as_str());
    state.set("preset", preset.as_str());
    state.set("name", preset.name());
    state.set("url", preset.usual_url());
    state.set("audience", audience(&viewer, &console).await?);
    state.set("token_minutes", "15");
    state.tick("algorithms", [Algorithm::Rs256.as_str()]);
    page(&Shell::of(&request, Some(&viewer)), &state, StatusCode::OK)
}

/// Trusts an issuer.
pub(crate) async fn create(
    request: HttpRequest,
    viewer: Fresh<ManageAccess>,
    console: web::Data<Console>,
    body: web::Bytes,
) -> Answer {
    let viewer = viewer.into_viewer(NEW)?;
    let shell = Shell::of(&request, Some(&viewer));
    let ours = audience(&viewer, &console).await?;
    let submitted = Submitted::parse(&body);
    let new = match forms::read_issuer(&submitted, &shell, &ours) {
        Ok(new) => new,
        Err(state) => return page(&shell, &state, StatusCode::UNPROCESSABLE_ENTITY),
    };
    let acting = console.acting(&request, viewer);
    let id = console.db.write(move |conn| issuers::trust(conn, &acting, &new)).await;
    let id = id.map_err(|error: IssuerError| Problem::from(error))?;
    Ok(see_other_saying(&request, &address(&id), &["flash-issuer-trusted"]))
}

/// What every audience of the viewer's enterprise begins with.
async fn audience(viewer: &Viewer, console: &Console) -> Result<String, Problem> {
    let enterprise = viewer.enterprise.clone();
    let ours = console.db.read(move |conn| directory::find_enterprise(conn, &enterprise)).await?;
    Ok(ours.audience(&console.public_url))
}

fn page(shell: &Shell, state: &FormState, status: StatusCode) -> Answer {
    let page = NewPage {
        shell,
        state,
        presets: Preset::ALL.iter().map(|preset| (preset.as_str(), super::preset_name(*preset))).collect(),
        algorithms: Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect(),
    };
    shell.answer(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn the_form_can_be_filled_and_refused() {
        let mut refused = FormState::new();
        for field in ["", "name", "url", "audience", "bound_claim", "token_minutes", "key_set", "algorithms"]
        {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        for preset in ["gitlab", "generic"] {
            for mut state in [FormState::new(), refused.clone()] {
                state.set("preset", preset);
                look::in_every_shell(|shell| {
                    let presets = vec![("gitlab", "preset-gitlab"), ("generic", "preset-generic")];
                    NewPage { shell, state: &state, presets, algorithms: vec!["RS256"] }.render()
                });
            }
        }
    }
}
