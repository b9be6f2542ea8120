//! Which enterprises the people of a provider may come into, and what is known of them beforehand.

use std::collections::BTreeSet;

use crate::people::claims::Rule;
use crate::people::settings::OidcSettings;

/// One enterprise, as the settings let people into it.
#[derive(Debug, Clone)]
pub(in crate::people) struct Door {
    /// Its slug.
    pub(in crate::people) enterprise: String,
    /// What it is called when it is made.
    pub(in crate::people) name: String,
    /// Who becomes its owner even when the directory does not know them yet.
    pub(in crate::people) first_administrator: Option<String>,
    /// What claims give in it.
    pub(in crate::people) rules: Vec<Rule>,
}

/// The enterprises of one provider's people.
#[derive(Debug, Clone, Default)]
pub(in crate::people) struct Doors {
    /// Those that the settings name, in their order.
    pub(in crate::people) open: Vec<Door>,
    /// The slugs of those that another provider's people come into: whatever the directory says, these do not.
    pub(in crate::people) closed: BTreeSet<String>,
}

impl Door {
    pub(in crate::people) fn of(settings: &OidcSettings) -> Self {
        Self {
            enterprise: settings.enterprise.clone(),
            name: settings.name.clone().unwrap_or_else(|| settings.enterprise.clone()),
            first_administrator: settings.first_administrator.clone().filter(|subject| !subject.is_empty()),
            rules: settings.rules.clone(),
        }
    }
}

impl Doors {
    /// Those of the provider at `issuer`, of all that the settings name.
    pub(in crate::people) fn of(all: &[OidcSettings], issuer: &str) -> Self {
        let (open, closed): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.issuer == issuer);
        Self {
            open: open.into_iter().map(Door::of).collect(),
            closed: closed.into_iter().map(|one| one.enterprise.clone()).collect(),
        }
    }

    /// The rules of all of them.
    pub(in crate::people) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.open.iter().flat_map(|door| &door.rules)
    }

    /// The enterprise that an attempt was for: the wanted one, else the first.
    pub(in crate::people) fn aimed_at(&self, wanted: Option<&str>) -> Option<&str> {
        let slugs = || self.open.iter().map(|door| door.enterprise.as_str());
        slugs().find(|slug| Some(*slug) == wanted).or_else(|| slugs().next())
    }
}
