//! `/credentials/{id}/rotate`: new content under the same token. What is left empty stays, unseen.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::create::Asked;
use super::fields::{self, Help, SectionView, VariantView};
use super::verdict::Banner;
use super::verify::{NotProposed, Tried, ask_about, verify_and_save};
use super::{credential_for, id_in, store};
use crate::catalogue::Variant;
use crate::credentials::forms::{self, Submitter};
use crate::credentials::{self, Credential, RotateError, State, Version};
use crate::ids::SubmissionId;
use crate::people::SignedIn;
use crate::permission::{Action, Viewer};
use crate::verify::AskError;
use crate::web::forms::FormState;
use crate::web::{Answer, Console, Problem, Shell, see_other, see_other_saying};

#[derive(Template)]
#[template(path = "credentials/rotate.html")]
struct RotatePage<'a> {
    shell: &'a Shell,
    state: &'a FormState,
    href: String,
    name: &'a str,
    token: &'a str,
    version: i32,
    variant: &'static str,
    variants: Vec<VariantView>,
    sections: Vec<SectionView>,
    help: Vec<Help>,
    /// Somebody else rotated since the form was opened: sending again goes on top of that.
    conflict: bool,
    /// How the content verified that was not saved for it.
    banner: Option<Banner>,
}

pub(crate) async fn rotation(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let (credential, current) = rotatable(&console, &viewer, &path).await?;
    let wanted = if asked.variant.is_empty() { &current.variant } else { &asked.variant };
    let variant = credential.credential_type.variant(wanted).ok_or_else(Problem::not_found)?;
    let mut state = forms::rotation_state(&credential, variant, &current);
    let submission = SubmissionId::new(console.clock.now(), &console.random);
    state.set("submission", submission.as_str());
    let subject = Subject { credential: &credential, current: &current, variant };
    form(&request, &viewer, &subject, &state, (StatusCode::OK, None))
}

pub(crate) async fn rotate(
    request: HttpRequest,
    SignedIn(viewer): SignedIn,
    path: web::Path<String>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let (credential, current) = rotatable(&console, &viewer, &path).await?;
    let submitted = super::submitted(&request, &body)?;
    let variant =
        credential.credential_type.variant(submitted.one("variant")).ok_or_else(Problem::invalid)?;
    let shell = Shell::of(&request, Some(&viewer));
    let (now, private_hosts) = (console.clock.now(), &console.private_hosts);
    let by = Submitter { viewer: &viewer, language: shell.language, now, private_hosts };
    let subject = Subject { credential: &credential, current: &current, variant };
    let verifies = submitted.has("verify");
    let (rotation, mut state) = forms::rotation(submitted, &credential, &current, &by);
    let Some(rotation) = rotation else {
        return form(&request, &viewer, &subject, &state, (StatusCode::UNPROCESSABLE_ENTITY, None));
    };
    let mut say = vec!["flash-credential-rotated"];
    say.extend(rotation.content.warnings.iter().map(|warning| warning.message));
    let (acting, sealer) = (console.acting(&request, viewer.clone()), console.sealer.clone());
    let warnings = say.get(1..).unwrap_or_default();
    let refused = if verifies {
        let proposed = console.db.write(move |conn| {
            let candidate = credentials::propose_rotation(conn, &acting, &sealer, rotation);
            ask_about(conn, &acting, candidate)
        });
        match proposed.await {
            Ok(asked) => match verify_and_save(&request, &console, &viewer, asked, (warnings, "")).await? {
                Tried::Saved(response) => return Ok(response),
                Tried::Look(banner) => {
                    let shown = (StatusCode::UNPROCESSABLE_ENTITY, Some(*banner));
                    return form(&request, &viewer, &subject, &state, shown);
                }
            },
            Err(NotProposed::Ask(AskError::TooMany)) => {
                state.refuse("", shell.t("verify-too-many"));
                return form(&request, &viewer, &subject, &state, (StatusCode::UNPROCESSABLE_ENTITY, None));
            }
            Err(NotProposed::Ask(AskError::Store(error))) => return Err(error.into()),
            Err(NotProposed::Refused(error)) => error,
        }
    } else {
        match console.db.write(move |conn| credentials::rotate(conn, &acting, &sealer, rotation)).await {
            Ok(_) => return Ok(see_other_saying(&request, &super::address(&credential.id), &say)),
            Err(error) => error,
        }
    };
    match refused {
        RotateError::Conflict { current } => {
            // Plain values stay; secrets were never kept, and a form sent again rotates on top of the other change.
            state.set("based_on", current.to_string());
            form(&request, &viewer, &subject, &state, (StatusCode::CONFLICT, None))
        }
        // Sent twice: it is there, once.
        RotateError::Already(_) => Ok(see_other(&super::address(&credential.id))),
        RotateError::NotFound => Err(Problem::not_found()),
        RotateError::NotAllowed => Err(Problem::forbidden()),
        RotateError::Deleted => Err(Problem::conflict("problem-credential-deleted")),
        error @ RotateError::NotAsSigned => {
            tracing::error!(request_id = shell.request_id, credential = %credential.id, %error, "not rotated");
            state.refuse("", shell.t("rotate-not-as-signed"));
            form(&request, &viewer, &subject, &state, (StatusCode::UNPROCESSABLE_ENTITY, None))
        }
        RotateError::Store(error) => Err(error.into()),
    }
}

/// What is rotated, and into which variant.
struct Subject<'a> {
    credential: &'a Credential,
    current: &'a Version,
    variant: &'static Variant,
}

async fn rotatable(
    console: &Console,
    viewer: &Viewer,
    path: &web::Path<String>,
) -> Result<(Credential, Version), Problem> {
    let credential = credential_for(console, viewer, &id_in(path)?, Action::Edit).await?;
    if matches!(credential.state, State::Deleted { .. }) {
        return Err(Problem::conflict("problem-credential-deleted"));
    }
    let (id, number) = (credential.id.clone(), credential.current_version);
    let current =
        console.db.read(move |conn| credentials::version(conn, &id, number)).await.map_err(store)?;
    let current = current.ok_or_else(|| Problem::internal("a credential without its current version"))?;
    Ok((credential, current))
}

fn form(
    request: &HttpRequest,
    viewer: &Viewer,
    subject: &Subject<'_>,
    state: &FormState,
    (status, banner): (StatusCode, Option<Banner>),
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let Subject { credential, current, variant } = subject;
    let of = credential.credential_type;
    let stored: &[String] = if variant.id == current.variant { &current.secret_fields } else { &[] };
    let page = RotatePage {
        shell: &shell,
        state,
        href: super::address(&credential.id),
        name: credential.name.as_str(),
        token: credential.token.as_str(),
        version: credential.current_version,
        variant: variant.id,
        variants: fields::variants(&shell, of, variant),
        sections: fields::inputs(&shell, of, variant, state, stored),
        help: fields::guidance(&shell, of, variant),
        conflict: status == StatusCode::CONFLICT,
        banner,
    };
    shell.answer(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::credentials::pages::fields::tests::refused;
    use crate::web::look;

    #[test]
    fn every_variant_can_be_rotated_refused_and_in_conflict() {
        for of in catalogue::all() {
            for variant in of.variants {
                let stored: Vec<String> = variant
                    .fields
                    .iter()
                    .filter(|field| field.secret)
                    .map(|field| field.name.to_owned())
                    .collect();
                for (state, conflict) in [(FormState::new(), false), (refused(variant), true)] {
                    look::in_every_shell(|shell| {
                        RotatePage {
                            shell,
                            state: &state,
                            href: "/credentials/x".into(),
                            name: "<b>",
                            token: "aliyun-prod",
                            version: 3,
                            variant: variant.id,
                            variants: fields::variants(shell, of, variant),
                            sections: fields::inputs(shell, of, variant, &state, &stored),
                            help: fields::guidance(shell, of, variant),
                            conflict,
                            banner: None,
                        }
                        .render()
                    });
                }
            }
        }
    }
}
