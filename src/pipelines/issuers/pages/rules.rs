//! Rules of an issuer: a new one, and taking one away.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::changes::{ConfirmPage, unsure};
use super::{address, read};
use crate::ids::{IssuerId, RuleId, SubmissionId};
use crate::people::{Permit, ReadAccess};
use crate::permission::{Viewer, may_make_access};
use crate::pipelines::issuers::{self, Issuer, IssuerError, forms};
use crate::pipelines::pages::places;
use crate::web::choices::{Choices, is_search};
use crate::web::forms::{FormState, Submitted};
use crate::web::{Answer, Console, Problem, Shell, see_other_saying};

#[derive(Template)]
#[template(path = "pipelines/issuers/rule.html")]
struct RulePage<'a> {
    shell: &'a Shell,
    href: String,
    issuer: String,
    ids: Vec<String>,
    /// Names of claims that are offered for the demands.
    offered: &'static [&'static str],
    rows: std::ops::RangeInclusive<usize>,
    /// What runs that work for somebody else's change say, where such runs are known.
    foreign: Option<String>,
    form: FormState,
    places: Choices,
}

/// The form of a new rule.
pub(crate) async fn new(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
) -> Answer {
    let viewer = may_add(viewer)?;
    let (issuer, _) = read(&viewer, &console, &path).await?;
    let mut form = FormState::new();
    form.set("submission", SubmissionId::new(console.clock.now(), &console.random).as_str());
    page(&request, (&viewer, &issuer), &console, (StatusCode::OK, form)).await
}

/// Adds a rule.
pub(crate) async fn add(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let viewer = may_add(viewer)?;
    let (issuer, _) = read(&viewer, &console, &path).await?;
    let submitted = Submitted::parse(&body);
    if is_search(&submitted) {
        let form = forms::rule_again(&submitted, &issuer);
        return page(&request, (&viewer, &issuer), &console, (StatusCode::OK, form)).await;
    }
    let shell = Shell::of(&request, Some(&viewer));
    let new = match forms::read_rule(&submitted, &shell, &issuer) {
        Ok(new) => new,
        Err(form) => {
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, form);
            return page(&request, (&viewer, &issuer), &console, refused).await;
        }
    };
    let broad = new.demands.broad().next().is_some();
    let acting = console.acting(&request, viewer);
    let to = address(&issuer.id);
    let added = console.db.write(move |conn| issuers::add_rule(conn, &acting, &issuer.id, &new)).await;
    added.map_err(|error: IssuerError| Problem::from(error))?;
    let said: &[&str] =
        if broad { &["flash-rule-added", "unusual-rule-broad"] } else { &["flash-rule-added"] };
    Ok(see_other_saying(&request, &to, said))
}

/// Asks before a rule is taken away.
pub(crate) async fn ask_remove(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
) -> Answer {
    confirm(&request, may_add(viewer)?, &console, (&path, &FormState::new())).await
}

/// Takes a rule away, when it is said twice.
pub(crate) async fn remove(
    request: HttpRequest,
    viewer: Permit<ReadAccess>,
    console: web::Data<Console>,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> Answer {
    let viewer = may_add(viewer)?;
    if !Submitted::parse(&body).has("sure") {
        let state = unsure(&request);
        return confirm(&request, viewer, &console, (&path, &state)).await;
    }
    let issuer = IssuerId::parse(&path.0).ok_or_else(Problem::not_found)?;
    let rule = RuleId::parse(&path.1).ok_or_else(Problem::not_found)?;
    let acting = console.acting(&request, viewer);
    let to = address(&issuer);
    let removed = console.db.write(move |conn| issuers::remove_rule(conn, &acting, (&issuer, &rule))).await;
    removed.map_err(|error: IssuerError| Problem::from(error))?;
    Ok(see_other_saying(&request, &to, &["flash-rule-removed"]))
}

async fn confirm(
    request: &HttpRequest,
    viewer: Viewer,
    console: &Console,
    (path, state): (&(String, String), &FormState),
) -> Answer {
    let (issuer, rules) = read(&viewer, console, &path.0).await?;
    let shell = Shell::of(request, Some(&viewer));
    let href = format!("{}/rules/{}", address(&issuer.id), path.1);
    let rule = rules.into_iter().find(|rule| rule.href == href).ok_or_else(Problem::not_found)?;
    if !rule.may_remove {
        return Err(Problem::forbidden());
    }
    let page = ConfirmPage {
        shell: &shell,
        title: "rule-remove-title",
        name: rule.name.clone(),
        effect: "rule-remove-effect",
        button: "rule-remove",
        action: format!("{href}/remove"),
        back: address(&issuer.id),
        rules: vec![rule],
        state,
    };
    let status = if state.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    shell.answer(status, &page)
}

/// Said before looking whether there is such an issuer, so it tells nothing.
fn may_add(viewer: Permit<ReadAccess>) -> Result<Viewer, Problem> {
    let viewer = viewer.into_viewer();
    if may_make_access(&viewer) { Ok(viewer) } else { Err(Problem::forbidden()) }
}

async fn page(
    request: &HttpRequest,
    (viewer, issuer): (&Viewer, &Issuer),
    console: &Console,
    (status, form): (StatusCode, FormState),
) -> Answer {
    let shell = Shell::of(request, Some(viewer));
    let (asking, filled) = (viewer.clone(), form.clone());
    let places = console.db.read(move |conn| places::read(conn, &asking, &filled)).await?;
    let page = RulePage {
        href: address(&issuer.id),
        issuer: issuer.name.clone(),
        ids: issuer.ids().into_iter().map(str::to_owned).collect(),
        offered: issuer.preset.usual_claims(),
        rows: 1..=forms::ROWS,
        foreign: issuer.preset.foreign_runs().map(|(_, events)| events.join(", ")),
        form,
        places,
        shell: &shell,
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
        for field in ["", "name", "place", "id-project_id", "claim-1", "values-1"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        refused.set("how-1", "pattern");
        refused.set("foreign_runs", "on");
        for (form, some) in [(FormState::new(), false), (FormState::new(), true), (refused, true)] {
            look::in_every_shell(|shell| {
                RulePage {
                    shell,
                    href: "/access/issuers/x".into(),
                    issuer: "<CI>".into(),
                    ids: vec!["project_id".into(), "namespace_id".into()],
                    offered: &["ref"],
                    rows: 1..=2,
                    foreign: some.then(|| "merge_request_event".into()),
                    form: form.clone(),
                    places: places::sample(some),
                }
                .render()
            });
        }
    }
}
