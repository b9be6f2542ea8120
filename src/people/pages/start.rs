//! The way to the provider: a page that offers it, and a link that leads there.
//!
//! With one provider it is one button. With several, the enterprises that the settings give a name are offered to
//! everybody; the others have to be known, and are asked for.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Deserializer};

use super::callback::record;
use super::cookies::{Cookies, set_cookie};
use super::lead_away;
use super::not_signed_in::NotSignedIn;
use crate::audit::Outcome;
use crate::people::attempt::{self, Attempt};
use crate::people::oidc::{Failure, Prompt, Unusable};
use crate::people::return_to::ReturnTo;
use crate::people::{Providers, signed_in};
use crate::web::{Answer, Console, Shell, see_other};

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignInPage<'a> {
    shell: &'a Shell,
    /// Where to go; without a name it is the only one.
    ways: Vec<Way>,
    asking: Option<Asking<'a>>,
}

/// A way in.
struct Way {
    name: Option<String>,
    start: String,
}

/// A form for an enterprise that is not offered.
struct Asking<'a> {
    return_to: &'a str,
    again: bool,
    /// What was typed and is not the name of any.
    unknown: Option<&'a str>,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    return_to: String,
    /// To be asked by the provider even when it remembers somebody.
    #[serde(default, deserialize_with = "is_true")]
    again: bool,
    /// To confirm that it is still them, by a proof that the provider dates.
    #[serde(default, deserialize_with = "is_true")]
    confirm: bool,
    /// The slug of an enterprise.
    enterprise: Option<String>,
}

/// What is not `true` is not wished; a link that somebody bent is no reason to let nobody in.
fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    String::deserialize(deserializer).map(|text| text == "true")
}

impl Wanted {
    fn prompt(&self) -> Prompt {
        match (self.confirm, self.again) {
            (true, _) => Prompt::Confirm,
            (false, true) => Prompt::Again,
            (false, false) => Prompt::AsItLikes,
        }
    }

    /// An address with the same wishes, for the enterprise with this slug or for any.
    fn address(&self, path: &str, enterprise: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return_to", ReturnTo::or_home(&self.return_to).as_str());
        if self.again {
            query.append_pair("again", "true");
        }
        if self.confirm {
            query.append_pair("confirm", "true");
        }
        if let Some(enterprise) = enterprise {
            query.append_pair("enterprise", enterprise);
        }
        format!("{path}?{}", query.finish())
    }

    /// The slug that was asked for, as typed.
    fn typed(&self) -> Option<&str> {
        self.enterprise.as_deref().map(str::trim).filter(|slug| !slug.is_empty())
    }
}

pub(crate) async fn sign_in_page(
    request: HttpRequest,
    wanted: web::Query<Wanted>,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let return_to = ReturnTo::or_home(&wanted.return_to);
    if signed_in::viewer(&request).await?.is_some() {
        return Ok(see_other(return_to.as_str()));
    }
    let shell = Shell::of(&request, None);
    let remembered = Cookies::of(&console).remembered(&request);
    let (status, ways, asking) = offer(&providers, &wanted, remembered.as_deref());
    shell.answer(status, &SignInPage { shell: &shell, ways, asking })
}

fn offer<'a>(
    providers: &Providers,
    wanted: &'a Wanted,
    remembered: Option<&str>,
) -> (StatusCode, Vec<Way>, Option<Asking<'a>>) {
    let start = |slug: Option<&str>| wanted.address("/sign-in/start", slug);
    if providers.only().is_some() {
        // It lets people into several enterprises perhaps; which one, they say when they are known.
        return (StatusCode::OK, vec![Way { name: None, start: start(wanted.typed()) }], None);
    }
    let unknown = wanted.typed().filter(|slug| providers.of_enterprise(slug).is_none());
    let listed: Vec<(&str, &str)> = providers.listed().collect();
    // First where they want to or were last, then what is offered to everybody.
    let known = wanted
        .typed()
        .into_iter()
        .chain(remembered)
        .filter(|slug| providers.of_enterprise(slug).is_some())
        .map(|slug| (slug, listed.iter().find(|(known, _)| *known == slug).map_or(slug, |(_, name)| *name)));
    let mut ways: Vec<(&str, &str)> = Vec::new();
    for way in known.chain(listed.iter().copied()) {
        if !ways.iter().any(|(slug, _)| *slug == way.0) {
            ways.push(way);
        }
    }
    let ways = ways
        .into_iter()
        .map(|(slug, name)| Way { name: Some(name.to_owned()), start: start(Some(slug)) })
        .collect();
    let asking = providers.some_are_unlisted().then_some(Asking {
        return_to: &wanted.return_to,
        again: wanted.again,
        unknown,
    });
    let status = if unknown.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, ways, asking)
}

pub(crate) async fn start(
    request: HttpRequest,
    wanted: web::Query<Wanted>,
    console: web::Data<Console>,
    providers: web::Data<Providers>,
) -> Answer {
    let cookies = Cookies::of(&console);
    let provider = match (wanted.typed(), providers.only()) {
        (_, Some(only)) => only,
        (Some(slug), None) => match providers.of_enterprise(slug) {
            Some(provider) => provider,
            None => return Ok(see_other(&wanted.address("/sign-in", Some(slug)))),
        },
        (None, None) => return Ok(see_other(&wanted.address("/sign-in", None))),
    };
    let question = match provider.ask(&console.random, wanted.prompt()).await {
        Ok(question) => question,
        Err(failure) => {
            tracing::warn!(%failure, "nobody can sign in");
            let typed = wanted.typed();
            // Once for each time that the provider was asked, not for every visitor.
            if !matches!(failure, Failure::Unusable(Unusable::CoolingDown)) {
                let reason = NotSignedIn::ProviderDown.reason();
                let failed = (Outcome::Failed, reason, typed.map(ToOwned::to_owned));
                record(&request, &console, provider, failed).await?;
            }
            return NotSignedIn::ProviderDown.page(&request, None, typed);
        }
    };
    // One name for a browser, however many attempts it makes at once.
    let browser = cookies.attempt(&request).unwrap_or_else(|| attempt::random_text(&console.random));
    let now = console.clock.now();
    let attempt = Attempt {
        issuer: provider.issuer().to_owned(),
        nonce: question.nonce,
        verifier: question.verifier,
        return_to: ReturnTo::or_home(&wanted.return_to),
        wanted: wanted.typed().map(ToOwned::to_owned).or_else(|| cookies.remembered(&request)),
        fresh_since: wanted.confirm.then_some(now),
    };
    let name = browser.clone();
    console.db.write(move |conn| attempt::keep(conn, &question.state, &name, &attempt, now)).await?;
    let mut response = lead_away(&request, question.address.as_str());
    set_cookie(&mut response, &cookies.keep(cookies.attempt_name(), browser));
    Ok(response)
}

/// Whether people could sign in, for whoever watches it. Pipelines do not depend on it. Which provider fails is in the log.
pub(crate) async fn health(providers: web::Data<Providers>) -> HttpResponse {
    let (status, said) = match providers.are_usable().await {
        true => (StatusCode::OK, "available"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    HttpResponse::build(status).json(serde_json::json!({ "sign_in": said }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::people::OidcSettings;
    use crate::people::fixture::settings;
    use crate::web::look;

    #[test]
    fn the_sign_in_page_can_be_shown() {
        let start = || "/sign-in/start?return_to=%2F&\"x\"".to_owned();
        let way = |name: Option<&str>| Way { name: name.map(ToOwned::to_owned), start: start() };
        look::in_every_shell(|shell| SignInPage { shell, ways: vec![way(None)], asking: None }.render());
        for unknown in [None, Some("\"><b>")] {
            for again in [false, true] {
                look::in_every_shell(|shell| {
                    let asking = Some(Asking { return_to: "/\"x", again, unknown });
                    SignInPage { shell, ways: vec![way(Some("<b>")), way(Some("b"))], asking }.render()
                });
            }
        }
        look::in_every_shell(|shell| {
            let asking = Some(Asking { return_to: "/", again: false, unknown: None });
            SignInPage { shell, ways: Vec::new(), asking }.render()
        });
    }

    fn offered(
        blocks: &[(&str, Option<&str>, &str)],
        typed: Option<&str>,
        remembered: Option<&str>,
    ) -> (u16, Vec<String>, Option<Option<String>>) {
        let settings: Vec<OidcSettings> = blocks
            .iter()
            .map(|(enterprise, name, issuer)| OidcSettings {
                enterprise: (*enterprise).to_owned(),
                name: name.map(ToOwned::to_owned),
                ..settings(issuer)
            })
            .collect();
        let providers = Providers::new(&settings, "https://voucher.example", &Clock::System).unwrap();
        let enterprise = typed.map(ToOwned::to_owned);
        let wanted = Wanted { return_to: "/a".to_owned(), again: false, confirm: false, enterprise };
        let (status, ways, asking) = offer(&providers, &wanted, remembered);
        let ways = ways.into_iter().map(|way| way.name.unwrap_or(way.start)).collect();
        (status.as_u16(), ways, asking.map(|asking| asking.unknown.map(ToOwned::to_owned)))
    }

    #[test]
    fn nobody_is_shown_an_enterprise_that_the_settings_do_not_name_to_everybody() {
        let (one, other) = ("https://one.example", "https://other.example");
        let alone = [("acme", None, one), ("aurora", Some("Aurora"), one)];
        let start = "/sign-in/start?return_to=%2Fa".to_owned();
        assert_eq!(offered(&alone, None, Some("aurora")), (200, vec![start], None));

        let hidden = [("acme", None, one), ("umbrella", None, other)];
        assert_eq!(offered(&hidden, None, None), (200, vec![], Some(None)));
        assert_eq!(
            offered(&hidden, Some(" umbrella "), None),
            (200, vec!["umbrella".to_owned()], Some(None))
        );
        assert_eq!(offered(&hidden, None, Some("acme")), (200, vec!["acme".to_owned()], Some(None)));
        assert_eq!(offered(&hidden, Some("nobody"), None), (422, vec![], Some(Some("nobody".to_owned()))));
        assert_eq!(offered(&hidden, None, Some("nobody")), (200, vec![], Some(None)));

        let named = [("acme", Some("Acme"), one), ("umbrella", Some("Umbrella"), other)];
        let both = |first: &str, then: &str| vec![first.to_owned(), then.to_owned()];
        assert_eq!(offered(&named, None, None), (200, both("Acme", "Umbrella"), None));
        assert_eq!(offered(&named, None, Some("umbrella")), (200, both("Umbrella", "Acme"), None));
    }
}
