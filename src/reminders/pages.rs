//! `/reminders`: which bot reminds of what expires, how long before, and how that goes.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{ReminderError, Said, Settings, Trouble, forms};
use crate::catalogue::{Answer as Answered, Finding, Group};
use crate::credentials::{self, Credential, Filter, Page, Stands};
use crate::db::{Conn, StoreError};
use crate::people::{Permission, Permit};
use crate::permission::{Viewer, may_rule_directory};
use crate::verify::{self, Cause, Subject};
use crate::web::choices::{Choice, Choices, Found, List, Pick, SHOWN, is_search, sought};
use crate::web::dates::Moment;
use crate::web::forms::{FormState, Submitted, search_words};
use crate::web::{Answer, Console, Language, Problem, Shell, see_other_saying};

/// How long a page waits for the answer to a test message.
const WAITS: Duration = Duration::from_secs(3);

const BOTS: List =
    List { name: "bot", pick: Pick::One, search: "/reminders/choices", empty: "reminders-no-bots" };

/// Set who reminds of what.
pub(crate) enum Rule {}

impl Permission for Rule {
    fn granted(viewer: &Viewer) -> bool {
        may_rule_directory(viewer)
    }
}

#[derive(Template)]
#[template(path = "reminders/show.html")]
struct RemindersPage<'a> {
    shell: &'a Shell,
    form: FormState,
    bots: Choices,
    languages: [(&'static str, &'static str); 2],
    standing: Option<Standing>,
    said: Vec<Line>,
}

/// How the reminders fare.
struct Standing {
    /// What is wrong: a part of message ids, and since when.
    trouble: Option<(&'static str, Moment)>,
    gave_up: bool,
    /// When it is looked next.
    next: Option<Moment>,
    /// Where the bot's credential is, and what it is called, while it is there.
    bot: Option<(String, String)>,
}

/// A message that was handed over.
struct Line {
    at: Moment,
    credentials: i32,
    /// The message id of what became of it, and its colour.
    became: (String, &'static str),
}

/// What is read for the page, in one go.
struct Read {
    settings: Option<Settings>,
    bot: Option<Credential>,
    said: Vec<Said>,
    bots: Choices,
}

pub(crate) async fn show(request: HttpRequest, viewer: Permit<Rule>, console: web::Data<Console>) -> Answer {
    let shell = Shell::of(&request, Some(&viewer));
    page(&shell, viewer.into_viewer(), &console, (StatusCode::OK, None)).await
}

/// Sets who reminds of what. Sent twice it is the same.
pub(crate) async fn save(
    request: HttpRequest,
    viewer: Permit<Rule>,
    body: web::Bytes,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let (shell, submitted) = (Shell::of(&request, Some(&viewer)), Submitted::parse(&body));
    if is_search(&submitted) {
        let form = forms::again(&submitted);
        return page(&shell, viewer, &console, (StatusCode::OK, Some(form))).await;
    }
    let refused =
        |form| page(&shell, viewer.clone(), &console, (StatusCode::UNPROCESSABLE_ENTITY, Some(form)));
    let wanted = match forms::read(&submitted, &shell) {
        Ok(wanted) => wanted,
        Err(form) => return refused(form).await,
    };
    let acting = console.acting(&request, viewer.clone());
    match console.db.write(move |conn| super::set(conn, &acting, &wanted)).await {
        Ok(()) => Ok(see_other_saying(&request, "/reminders", &["flash-reminders-set"])),
        Err(ReminderError::NoSuchBot) => {
            let mut form = forms::again(&submitted);
            forms::refuse_bot(&mut form, &shell);
            refused(form).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn stop(request: HttpRequest, viewer: Permit<Rule>, console: web::Data<Console>) -> Answer {
    let acting = console.acting(&request, viewer.into_viewer());
    console.db.write(move |conn| super::stop(conn, &acting)).await?;
    Ok(see_other_saying(&request, "/reminders", &["flash-reminders-stopped"]))
}

/// Sends a test message by the bot that is set. When it arrives, what failed before is tried again.
pub(crate) async fn test(request: HttpRequest, viewer: Permit<Rule>, console: web::Data<Console>) -> Answer {
    let viewer = viewer.into_viewer();
    let (enterprise, now) = (viewer.enterprise.clone(), console.clock.now());
    let bot = console.db.read(move |conn| usable_bot(conn, &enterprise, now)).await.map_err(store)?;
    let Some(bot) = bot else { return Err(Problem::conflict("reminders-cannot-test")) };
    let enterprise = viewer.enterprise.clone();
    let acting = console.acting(&request, viewer);
    let asked = console.db.write(move |conn| {
        let subject = Subject::Stored(&bot.id, bot.object());
        verify::ask(conn, &acting, subject, Cause::Message)
    });
    let question = asked.await?;
    console.bell.notify_one();
    let found = verify::found_within(&console.db, &question, WAITS).await.map_err(store)?;
    let posted = found.as_ref().map(super::was_posted);
    if posted == Some(true) {
        console.db.write(move |conn| super::works_again(conn, &enterprise, now)).await.map_err(store)?;
    }
    let keyword = |found: &Finding| found.outcome.answer() == Answered::Works;
    let say = match (posted, found.as_ref().is_some_and(keyword)) {
        (None, _) => "flash-reminders-testing",
        (Some(true), _) => "flash-message-sent",
        (Some(false), true) => "unusual-message-keyword",
        (Some(false), false) => "unusual-reminders-test",
    };
    Ok(see_other_saying(&request, "/reminders", &[say]))
}

/// What a script looks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
}

/// `GET /reminders/choices`: the bots of the enterprise.
pub(crate) async fn search(
    request: HttpRequest,
    viewer: Permit<Rule>,
    asked: web::Query<Asked>,
    console: web::Data<Console>,
) -> Answer {
    let viewer = viewer.into_viewer();
    let shell = Shell::of(&request, Some(&viewer));
    let (sought, now) = (search_words(&asked.q), console.clock.now());
    let wanted = sought.clone();
    let found = console.db.read(move |conn| find(conn, &viewer, wanted, now)).await.map_err(store)?;
    let choices = Choices::new(BOTS, sought, Vec::new(), found);
    shell.answer(StatusCode::OK, &Found { shell: &shell, choices: &choices })
}

async fn page(
    shell: &Shell,
    viewer: Viewer,
    console: &Console,
    (status, form): (StatusCode, Option<FormState>),
) -> Answer {
    let (now, here, typed) = (console.clock.now(), shell.language, form.clone());
    let read = console.db.read(move |conn| read(conn, &viewer, (typed, here), now)).await.map_err(store)?;
    let form = form.unwrap_or_else(|| forms::filled(read.settings.as_ref(), here));
    let standing = read.settings.map(|settings| Standing {
        trouble: settings.trouble.map(|(trouble, since)| (trouble.as_str(), Moment::of(since))),
        gave_up: settings.gave_up(),
        next: (!settings.gave_up()).then(|| Moment::of(settings.due_at.max(now))),
        bot: read.bot.map(|bot| (format!("/credentials/{}", bot.id), bot.name.as_str().to_owned())),
    });
    let page = RemindersPage {
        shell,
        form,
        bots: read.bots,
        languages: Language::ALL.map(|language| (language.tag(), language.own_name())),
        standing,
        said: read.said.into_iter().map(line).collect(),
    };
    shell.answer(status, &page)
}

fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    (typed, here): (Option<FormState>, Language),
    now: jiff::Timestamp,
) -> Result<Read, StoreError> {
    let settings = super::settings(conn, &viewer.enterprise)?;
    let form = typed.unwrap_or_else(|| forms::filled(settings.as_ref(), here));
    let bot = match &settings {
        Some(settings) => credentials::find(conn, &viewer.enterprise, &settings.bot)?,
        None => None,
    };
    let chosen = match crate::ids::CredentialId::parse(form.value("bot")) {
        Some(id) => credentials::find(conn, &viewer.enterprise, &id)?,
        None => None,
    };
    let chosen = match chosen {
        Some(one) if super::trouble_of(conn, &one, now)?.is_none() => vec![choice(one)],
        _ => Vec::new(),
    };
    let sought = sought(&form, BOTS.name);
    let found = find(conn, viewer, sought.clone(), now)?;
    let bots = Choices::new(BOTS, sought, chosen, found);
    Ok(Read { settings, bot, said: super::said(conn, &viewer.enterprise)?, bots })
}

/// Credentials that can say something, and whether there are more.
fn find(
    conn: &mut Conn,
    viewer: &Viewer,
    search: Option<String>,
    now: jiff::Timestamp,
) -> Result<(Vec<Choice>, bool), StoreError> {
    let filter = Filter {
        group: Some(Group::ImCommunication),
        stands: Some((Stands::Active, now)),
        search,
        ..Filter::default()
    };
    let (listed, more) = credentials::list(conn, viewer, &filter, &Page::newest(SHOWN, None))?;
    let mut found = Vec::new();
    for one in listed {
        // The same types also have applications, which speak to nobody.
        if super::trouble_of(conn, &one.credential, now)?.is_none() {
            found.push(choice(one.credential));
        }
    }
    Ok((found, more))
}

fn choice(of: Credential) -> Choice {
    Choice {
        value: of.id.to_string(),
        name: of.name.as_str().to_owned(),
        detail: of.token.as_str().to_owned(),
        is: Some((of.credential_type.icon, "reminders-bot-icon")),
        chosen: false,
    }
}

fn usable_bot(
    conn: &mut Conn,
    enterprise: &crate::ids::EnterpriseId,
    now: jiff::Timestamp,
) -> Result<Option<Credential>, StoreError> {
    let Some(settings) = super::settings(conn, enterprise)? else { return Ok(None) };
    let Some(bot) = credentials::find(conn, enterprise, &settings.bot)? else { return Ok(None) };
    Ok(super::trouble_of(conn, &bot, now)?.is_none().then_some(bot))
}

fn line(said: Said) -> Line {
    let trouble = |trouble: Trouble| format!("reminders-trouble-{}", trouble.as_str());
    Line {
        at: Moment::of(said.at),
        credentials: said.credentials,
        became: match said.became {
            None => ("reminders-under-way".to_owned(), "secondary"),
            Some(Ok(())) => ("reminders-said".to_owned(), "green"),
            Some(Err(Trouble::Unknown)) => (trouble(Trouble::Unknown), "yellow"),
            Some(Err(why)) => (trouble(why), "red"),
        },
    }
}

fn store(error: StoreError) -> Problem {
    error.into()
}

impl From<ReminderError> for Problem {
    fn from(error: ReminderError) -> Self {
        match error {
            ReminderError::NotAllowed => Self::forbidden(),
            ReminderError::NoSuchBot => Self::invalid(),
            ReminderError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    fn bots(some: bool) -> Choices {
        let one = |value: &str| Choice {
            value: value.into(),
            name: "<b>".into(),
            detail: "alerts".into(),
            is: Some(("message-chatbot", "reminders-bot-icon")),
            chosen: false,
        };
        let found = if some { vec![one("x"), one("y")] } else { Vec::new() };
        Choices::new(BOTS, None, Vec::new(), (found, some))
    }

    #[test]
    fn the_page_can_be_shown_however_they_fare() {
        let at = || Moment::of(jiff::Timestamp::UNIX_EPOCH);
        let mut refused = FormState::new();
        for field in ["bot", "leads", "language"] {
            refused.set(field, "\"><b>");
            refused.refuse(field, "<wrong>");
        }
        let filled = forms::filled(None, Language::En);
        let mut troubles: Vec<Option<Option<Trouble>>> = vec![None, Some(None)];
        troubles.extend(Trouble::ALL.map(|trouble| Some(Some(trouble))));
        for (number, standing) in troubles.into_iter().enumerate() {
            let (some, gave_up) = (number > 0, number % 2 == 0);
            for form in [&filled, &refused] {
                look::in_every_shell(|shell| {
                    let standing = standing.map(|trouble| Standing {
                        trouble: trouble.map(|trouble| (trouble.as_str(), at())),
                        gave_up,
                        next: (!gave_up).then(at),
                        bot: gave_up.then(|| ("/credentials/x".to_owned(), "<b>".to_owned())),
                    });
                    let said =
                        |became| line(Said { at: jiff::Timestamp::UNIX_EPOCH, credentials: 2, became });
                    let said = match some {
                        true => vec![said(None), said(Some(Ok(()))), said(Some(Err(Trouble::Refused)))],
                        false => Vec::new(),
                    };
                    let languages = Language::ALL.map(|language| (language.tag(), language.own_name()));
                    let bots = bots(some);
                    RemindersPage { shell, form: form.clone(), bots, languages, standing, said }.render()
                });
            }
        }
    }
}
