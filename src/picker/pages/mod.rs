//! The picker as people see it: radio buttons in a form, with a search that works without a script.

mod embed;
mod fragment;

pub(crate) use embed::embed;
pub(crate) use fragment::fragment;

use super::{Offer, Offers, Reason, Wanted};
use crate::catalogue::CredentialType;
use crate::db::{Conn, StoreError};
use crate::permission::Viewer;
use crate::web::Shell;
use crate::web::dates::last_day;
use crate::web::lists::address;

/// As many are shown at once; of more, one searches.
pub(crate) const SHOWN: i64 = 30;

/// What a picker in a form is asked for.
#[derive(Clone)]
pub(crate) struct Question {
    /// The id of the repository.
    pub(crate) repository: String,
    pub(crate) types: Vec<&'static CredentialType>,
    /// What the input is called; ids begin with it.
    pub(crate) name: String,
    /// The token that is chosen.
    pub(crate) value: String,
    /// What is looked for.
    pub(crate) sought: Option<String>,
    /// Whether none may be chosen.
    pub(crate) optional: bool,
}

/// A picker in a form.
pub(crate) struct PickerView {
    pub(crate) name: String,
    /// Where a script searches.
    pub(crate) search: String,
    pub(crate) sought: String,
    pub(crate) options: Vec<OptionView>,
    /// Whether there are more than are shown.
    pub(crate) more: bool,
    pub(crate) optional: bool,
    /// Whether none is chosen.
    pub(crate) none_chosen: bool,
}

/// A credential in a picker.
pub(crate) struct OptionView {
    pub(crate) token: String,
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) icon: &'static str,
    pub(crate) type_label: String,
    pub(crate) usable: bool,
    pub(crate) chosen: bool,
    /// Why it cannot be used, or what to look after.
    pub(crate) why: Option<String>,
    /// A run has to prove something.
    pub(crate) conditional: bool,
    /// The message id of the health badge, and its colour.
    pub(crate) health: (String, &'static str),
    /// On which day it ends.
    pub(crate) ends: Option<String>,
}

impl OptionView {
    pub(crate) fn of(shell: &Shell, offer: &Offer, chosen: bool) -> Self {
        let credential = &offer.credential;
        Self {
            token: credential.token.as_str().to_owned(),
            name: credential.name.as_str().to_owned(),
            summary: credential.summary.clone(),
            icon: credential.credential_type.icon,
            type_label: shell.t(credential.credential_type.label()),
            usable: offer.is_usable(),
            chosen,
            why: offer.reason.map(|reason| shell.t(sentence(reason))),
            conditional: offer.conditional,
            health: health(offer),
            ends: credential.expires_at.map(last_day),
        }
    }
}

/// The message id of what is remarkable.
pub(crate) fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::NotInScope => "picker-not-in-scope",
        Reason::Disabled => "picker-disabled",
        Reason::Expired => "picker-expired",
        Reason::Failing => "picker-failing",
    }
}

/// The message id of a health badge, and its colour.
pub(crate) fn health(offer: &Offer) -> (String, &'static str) {
    let state = offer.health_is().as_str();
    let colour = match state {
        "works" => "green",
        "refused" => "red",
        "no-verdict" => "yellow",
        _ => "secondary",
    };
    (format!("health-{state}"), colour)
}

impl PickerView {
    pub(crate) fn new(shell: &Shell, question: &Question, chosen: Option<&Offer>, found: &Offers) -> Self {
        let is_chosen = |offer: &Offer| chosen.is_some_and(|one| one.credential.id == offer.credential.id);
        let first = chosen.map(|offer| OptionView::of(shell, offer, true));
        let rest = found.offers.iter().filter(|offer| !is_chosen(offer));
        let types: Vec<&str> = question.types.iter().map(|of| of.id).collect();
        let search = [
            ("repository", question.repository.as_str()),
            ("type", &types.join(",")),
            ("name", &question.name),
            ("value", &question.value),
            ("optional", if question.optional { "1" } else { "" }),
        ];
        Self {
            search: address("/picker", &search),
            name: question.name.clone(),
            sought: question.sought.clone().unwrap_or_default(),
            options: first.into_iter().chain(rest.map(|offer| OptionView::of(shell, offer, false))).collect(),
            more: found.next.is_some(),
            optional: question.optional,
            none_chosen: chosen.is_none(),
        }
    }
}

/// What a picker shows: the chosen one, whatever is looked for, and the first stretch of what is.
pub(crate) fn read(
    conn: &mut Conn,
    viewer: &Viewer,
    (here, question): (&super::Here, &Question),
    now: jiff::Timestamp,
) -> Result<(Option<Offer>, Offers), StoreError> {
    let place = here.scope();
    let chosen = if question.value.is_empty() {
        None
    } else {
        super::offer(conn, viewer, (&place, &question.value), now)?
    };
    let chosen =
        chosen.filter(|offer| question.types.iter().any(|of| of.id == offer.credential.credential_type.id));
    let wanted = Wanted {
        place,
        types: question.types.clone(),
        search: question.sought.clone(),
        elsewhere: true,
        after: None,
        size: SHOWN,
    };
    Ok((chosen, super::offers(conn, viewer, &wanted, now)?))
}

#[cfg(test)]
impl PickerView {
    /// One of each kind.
    pub(crate) fn sample(full: bool, optional: bool) -> Self {
        let kinds = [(None, true), (Some("<why>"), false), (Some("why"), true)];
        let option = |(at, (why, usable)): (usize, &(Option<&str>, bool))| OptionView {
            token: format!("token.{at}"),
            name: "<b>&\"名".into(),
            summary: "a · b".into(),
            icon: "key",
            type_label: "Type".into(),
            usable: *usable,
            chosen: at == 0,
            why: why.map(str::to_owned),
            conditional: at == 2,
            health: ("health-works".into(), "green"),
            ends: (at == 1).then(|| "2026-11-23".into()),
        };
        Self {
            name: "certificate".into(),
            search: "/picker?repository=x&type=y".into(),
            sought: if full { "\"<".into() } else { String::new() },
            options: if full { kinds.iter().enumerate().map(option).collect() } else { Vec::new() },
            more: full,
            optional,
            none_chosen: !full,
        }
    }
}
