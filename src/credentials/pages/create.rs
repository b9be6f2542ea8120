//! A new credential, in two steps: `GET /credentials/new` offers the types, `/credentials/new/{type}` is the form.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::alike::alike;
use super::fields::{self, Help, SectionView, VariantView};
use super::scope::{self, Offered, Present};
use super::store;
use super::verdict::Banner;
use super::verify::{NotProposed, Tried, ask_about, verify_and_save};
use crate::catalogue::{self, CredentialType, Group, Variant, messages};
use crate::credentials::forms::{self, Submitter};
use crate::credentials::{self, CreateError, Scope};
use crate::ids::{CredentialId, EnterpriseId, RepositoryId, SubmissionId};
use crate::people::{CreateCredentials, Permit, ReturnTo};
use crate::permission::Viewer;
use crate::verify::AskError;
use crate::web::choices::is_search;
use crate::web::forms::FormState;
use crate::web::{Answer, Console, Problem, Shell, dates, see_other, see_other_saying};

#[derive(Template)]
#[template(path = "credentials/choose_type.html")]
struct ChooseTypePage<'a> {
    shell: &'a Shell,
    groups: Vec<(String, Vec<Card>)>,
}

struct Card {
    id: &'static str,
    icon: &'static str,
    label: String,
    help: String,
}

#[derive(Template)]
#[template(path = "credentials/new.html")]
struct NewPage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    type_id: &'static str,
    icon: &'static str,
    type_label: String,
    type_help: String,
    variant: &'static str,
    variants: Vec<VariantView>,
    sections: Vec<SectionView>,
    help: Vec<Help>,
    offered: Offered,
    today: String,
    /// What the addresses of the other kinds carry along.
    along: String,
    /// How the content verified that was not saved for it.
    banner: Option<Banner>,
}

/// What an address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    /// Which variant.
    pub(super) variant: String,
    /// Which credential it is to be like.
    pub(super) like: String,
    /// For which repository: its scope begins with it.
    repository: String,
    /// The form that the credential is made for, to go back to.
    return_to: String,
}

/// What the form carries along from one that it was opened from.
const RETURN_TO: &str = "return_to";

pub(crate) async fn choose_type(request: HttpRequest, viewer: Permit<CreateCredentials>) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    let card = |of: &'static CredentialType| Card {
        id: of.id,
        icon: of.icon,
        label: shell.t(messages::type_label(of)),
        help: shell.t(messages::type_help(of)),
    };
    let groups = Group::ALL
        .into_iter()
        .map(|group| (shell.t(group.label()), group.types().map(card).collect::<Vec<_>>()))
        .filter(|(_, cards)| !cards.is_empty())
        .collect();
    shell.answer(StatusCode::OK, &ChooseTypePage { shell: &shell, groups })
}

pub(crate) async fn new(
    request: HttpRequest,
    viewer: Permit<CreateCredentials>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let of = catalogue::find(&path).ok_or_else(Problem::not_found)?;
    let variant = variant(of, &asked.variant)?;
    let submission = SubmissionId::new(console.clock.now(), &console.random);
    let (mut state, variant) = match asked.like.as_str() {
        "" => (FormState::new(), variant),
        like => alike(&request, &console, &viewer, (of, like, &asked.variant)).await?,
    };
    state.set("submission", submission.as_str());
    if let Some(back) = ReturnTo::to_form(&asked.return_to) {
        state.set(RETURN_TO, back.as_str());
    }
    if let Some(repository) = RepositoryId::parse(&asked.repository) {
        state.set("for-repository", repository.as_str());
        scope::begin_with(&console, &viewer, repository, &mut state).await?;
    }
    form(&request, &console, &viewer, (of, variant, &state), (StatusCode::OK, None)).await
}

/// Leads on after a credential was made: to its page, or back to the form that it was made for, which then has it.
pub(super) async fn made(
    request: &HttpRequest,
    console: &Console,
    enterprise: &EnterpriseId,
    (id, return_to): (CredentialId, &str),
    say: &[&'static str],
) -> Answer {
    let Some(back) = ReturnTo::to_form(return_to) else {
        return Ok(see_other_saying(request, &super::address(&id), say));
    };
    let (enterprise, wanted) = (enterprise.clone(), id.clone());
    let found =
        console.db.read(move |conn| credentials::find(conn, &enterprise, &wanted)).await.map_err(store)?;
    let to = match found {
        Some(credential) => back.with("certificate", credential.token.as_str()),
        None => back,
    };
    Ok(see_other_saying(request, to.as_str(), say))
}

pub(crate) async fn create(
    request: HttpRequest,
    viewer: Permit<CreateCredentials>,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let of = catalogue::find(&path).ok_or_else(Problem::not_found)?;
    let submitted = super::submitted(&request, &body)?;
    let variant = variant(of, submitted.one("variant"))?;
    let shell = Shell::of(&request, Some(&viewer));
    let (now, private_hosts) = (console.clock.now(), &console.private_hosts);
    let by = Submitter { viewer: &viewer, language: shell.language, now, private_hosts };
    let (verifies, searches) = (submitted.has("verify"), is_search(&submitted));
    let (return_to, repository) =
        (submitted.one(RETURN_TO).to_owned(), submitted.one("for-repository").to_owned());
    let (new, mut state) = forms::new_credential(submitted, of, variant, &by);
    if let Some(back) = ReturnTo::to_form(&return_to) {
        state.set(RETURN_TO, back.as_str());
    }
    if let Some(repository) = RepositoryId::parse(&repository) {
        state.set("for-repository", repository.as_str());
    }
    if searches {
        state.forgive();
        return form(&request, &console, &viewer, (of, variant, &state), (StatusCode::OK, None)).await;
    }
    let invalid = (StatusCode::UNPROCESSABLE_ENTITY, None);
    let Some(new) = new else {
        return form(&request, &console, &viewer, (of, variant, &state), invalid).await;
    };
    let mut say = vec!["flash-credential-created"];
    say.extend(new.content.warnings.iter().map(|warning| warning.message));
    let (acting, sealer) = (console.acting(&request, viewer.clone()), console.sealer.clone());
    let warnings = say.get(1..).unwrap_or_default();
    let refused = if verifies {
        let proposed = console.db.write(move |conn| {
            let candidate = credentials::propose(conn, &acting, &sealer, new);
            ask_about(conn, &acting, candidate)
        });
        match proposed.await {
            Ok(asked) => {
                match verify_and_save(&request, &console, &viewer, asked, (warnings, &return_to)).await? {
                    Tried::Saved(response) => return Ok(response),
                    Tried::Look(mut banner) => {
                        state.value(RETURN_TO).clone_into(&mut banner.return_to);
                        let shown = (StatusCode::UNPROCESSABLE_ENTITY, Some(*banner));
                        return form(&request, &console, &viewer, (of, variant, &state), shown).await;
                    }
                }
            }
            Err(NotProposed::Ask(AskError::TooMany)) => {
                state.refuse("", shell.t("verify-too-many"));
                let shown = (StatusCode::UNPROCESSABLE_ENTITY, None);
                return form(&request, &console, &viewer, (of, variant, &state), shown).await;
            }
            Err(NotProposed::Ask(AskError::Store(error))) => return Err(error.into()),
            Err(NotProposed::Refused(error)) => error,
        }
    } else {
        match console.db.write(move |conn| credentials::create(conn, &acting, &sealer, new)).await {
            Ok(id) => return made(&request, &console, &viewer.enterprise, (id, &return_to), &say).await,
            Err(error) => error,
        }
    };
    let (field, sentence) = match refused {
        // Sent twice: it is there, once.
        CreateError::Already(id) if return_to.is_empty() => return Ok(see_other(&super::address(&id))),
        CreateError::Already(id) => {
            return made(&request, &console, &viewer.enterprise, (id, &return_to), &[]).await;
        }
        CreateError::NotAllowed => return Err(Problem::forbidden()),
        CreateError::Store(error) => return Err(error.into()),
        CreateError::TokenTaken => ("token", "form-token-taken"),
        CreateError::UnknownPlace => ("project", "form-unknown-place"),
        CreateError::UnknownResponsible => ("responsible", "form-unknown-responsible"),
    };
    state.refuse(field, shell.t(sentence));
    let status = if field == "token" { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    form(&request, &console, &viewer, (of, variant, &state), (status, None)).await
}

fn variant(of: &'static CredentialType, id: &str) -> Result<&'static Variant, Problem> {
    let found = if id.is_empty() { of.variants.first() } else { of.variant(id) };
    found.ok_or_else(Problem::not_found)
}

/// What leads back, for the addresses of the other kinds: `&name=value` for each.
fn along(state: &FormState) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, from) in [("repository", "for-repository"), (RETURN_TO, RETURN_TO)] {
        if !state.value(from).is_empty() {
            query.append_pair(name, state.value(from));
        }
    }
    let query = query.finish();
    if query.is_empty() { query } else { format!("&{query}") }
}

async fn form(
    request: &HttpRequest,
    console: &Console,
    viewer: &Viewer,
    (of, variant, state): (&'static CredentialType, &'static Variant, &FormState),
    (status, banner): (StatusCode, Option<Banner>),
) -> Result<HttpResponse, Problem> {
    let shell = Shell::of(request, Some(viewer));
    let present = Present {
        scope: Scope::none(),
        responsible: viewer.member.clone(),
        dispose: viewer.rules_everything(),
    };
    let (asker, filled) = (viewer.clone(), state.clone());
    let offered =
        console.db.read(move |conn| scope::read(conn, &asker, &present, &filled)).await.map_err(store)?;
    let page = NewPage {
        shell: &shell,
        state,
        type_id: of.id,
        icon: of.icon,
        type_label: shell.t(messages::type_label(of)),
        type_help: shell.t(messages::type_help(of)),
        variant: variant.id,
        variants: fields::variants(&shell, of, variant),
        sections: fields::inputs(&shell, of, variant, state, &[]),
        help: fields::guidance(&shell, of, variant),
        offered,
        today: dates::day(console.clock.now()),
        along: along(state),
        banner,
    };
    shell.answer(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::pages::fields::tests::refused;
    use crate::web::look;

    #[test]
    fn every_type_can_be_chosen_and_every_form_filled_and_refused() {
        for of in catalogue::all() {
            for variant in of.variants {
                for state in [FormState::new(), refused(variant)] {
                    look::in_every_shell(|shell| {
                        NewPage {
                            shell,
                            state: &state,
                            type_id: of.id,
                            icon: of.icon,
                            type_label: shell.t(messages::type_label(of)),
                            type_help: shell.t(messages::type_help(of)),
                            variant: variant.id,
                            variants: fields::variants(shell, of, variant),
                            sections: fields::inputs(shell, of, variant, &state, &[]),
                            help: fields::guidance(shell, of, variant),
                            offered: Offered::sample(12, &state),
                            today: "2026-11-23".into(),
                            along: String::new(),
                            banner: None,
                        }
                        .render()
                    });
                }
            }
        }
        look::in_every_shell(|shell| {
            let card = Card { id: "feishu", icon: "key", label: "Feishu".into(), help: "<help>".into() };
            ChooseTypePage { shell, groups: vec![("Others".into(), vec![card])] }.render()
        });
    }
}
