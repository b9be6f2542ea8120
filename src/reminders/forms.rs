//! The form of reminders: what was submitted, and what it means.

use super::{Leads, Settings, Wanted};
use crate::ids::CredentialId;
use crate::web::forms::{FormState, Submitted};
use crate::web::{Language, Shell};

/// The form as it was sent, to be shown again.
pub(super) fn again(form: &Submitted) -> FormState {
    let mut state = FormState::new();
    for field in ["bot", "leads", "language"] {
        state.set(field, form.one(field));
    }
    crate::web::choices::remember(form, &mut state, "bot");
    state
}

/// The form as it is opened.
pub(super) fn filled(settings: Option<&Settings>, here: Language) -> FormState {
    let mut state = FormState::new();
    state.set("bot", settings.map_or("", |settings| settings.bot.as_str()));
    state.set("leads", settings.map_or_else(Leads::default, |settings| settings.leads.clone()).to_string());
    state.set("language", settings.map_or(here, |settings| settings.language).tag());
    state
}

/// Reads the form.
pub(super) fn read(form: &Submitted, shell: &Shell) -> Result<Wanted, FormState> {
    let mut state = again(form);
    let bot = CredentialId::parse(form.one("bot"));
    if bot.is_none() {
        refuse_bot(&mut state, shell);
    }
    let leads = Leads::parse(form.one("leads"));
    if let Err(bad) = leads {
        state.refuse_called("leads", shell.t("reminders-leads"), shell.t(bad.sentence()));
    }
    let language = Language::parse(form.one("language"));
    if language.is_none() {
        state.refuse_called("language", shell.t("reminders-language"), shell.t("reminders-language-none"));
    }
    match (bot, leads, language) {
        (Some(bot), Ok(leads), Some(language)) => Ok(Wanted { bot, leads, language }),
        _ => Err(state),
    }
}

/// Says that what was chosen is no bot that can say something.
pub(super) fn refuse_bot(state: &mut FormState, shell: &Shell) {
    state.refuse_called("bot", shell.t("reminders-bot"), shell.t("reminders-bot-none"));
}
