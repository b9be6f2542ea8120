//! Logins that were typed in one by one: their rules, and the settings file that they make.
//!
//! A repository with an address of its own is written into a profile that is always active, so that a build finds it
//! without anything in its pom.

use quick_xml::escape::escape;
use zeroize::Zeroizing;

use super::verbatim;
use super::{NAMES, Names};
use crate::catalogue::{Draft, Opened, Undeliverable, destination};
use crate::secret::Secret;

/// One login.
pub(super) struct Server<'o> {
    /// Which one, counted from 1.
    pub(super) number: u8,
    pub(super) id: &'o str,
    pub(super) username: &'o str,
    pub(super) password: &'o str,
    pub(super) release_url: Option<&'o str>,
    pub(super) snapshot_url: Option<&'o str>,
}

/// A repository of the profile.
struct Repository<'o> {
    id: String,
    url: &'o str,
    releases: bool,
    snapshots: bool,
}

pub(super) fn check(draft: &mut Draft<'_>) {
    let mut taken: Vec<String> = Vec::new();
    for names in NAMES {
        if !is_used(draft, names) {
            if draft.is_kept(names.password) {
                draft.refuse(names.id, "check-maven-leftover");
            }
            continue;
        }
        for field in [names.id, names.username, names.password] {
            if draft.plain(field).is_none() && draft.secret(field).is_none() && !draft.is_kept(field) {
                draft.refuse(field, "check-required");
            }
        }
        let ids: Vec<String> =
            draft.plain(names.id).map(|id| ids(id, urls(draft, names))).unwrap_or_default();
        if ids.iter().any(|id| taken.contains(id)) {
            draft.refuse(names.id, "check-maven-duplicate-server");
        }
        taken.extend(ids);
        if draft.plain(names.username).is_some_and(|name| name.contains(':')) {
            draft.warn(names.username, "unusual-maven-colon");
        }
        destination::hold(draft, &[names.release_url, names.snapshot_url], names.password);
        draft.warn_of_new_id(names.username, names.password);
    }
}

fn is_used(draft: &Draft<'_>, names: &Names) -> bool {
    let plain = [names.id, names.username, names.release_url, names.snapshot_url];
    plain.iter().any(|name| draft.plain(name).is_some()) || draft.secret(names.password).is_some()
}

fn urls<'d>(draft: &'d Draft<'_>, names: &Names) -> (Option<&'d str>, Option<&'d str>) {
    (draft.plain(names.release_url), draft.plain(names.snapshot_url))
}

/// The ids under which a login is written. Maven knows only one repository by an id, so a second one gets another, and
/// the login once more.
fn ids(id: &str, urls: (Option<&str>, Option<&str>)) -> Vec<String> {
    match urls {
        (Some(releases), Some(snapshots)) if releases != snapshots => vec![id.to_owned(), of_snapshots(id)],
        _ => vec![id.to_owned()],
    }
}

fn of_snapshots(id: &str) -> String {
    format!("{id}-snapshots")
}

/// The logins that were typed in.
pub(super) fn of(opened: &Opened) -> Result<Vec<Server<'_>>, Undeliverable> {
    let mut servers = Vec::new();
    for names in NAMES {
        let Some(id) = opened.text(names.id)? else { continue };
        servers.push(Server {
            number: names.number,
            id,
            username: opened.needed(names.username)?,
            password: opened.needed(names.password)?,
            release_url: opened.text(names.release_url)?,
            snapshot_url: opened.text(names.snapshot_url)?,
        });
    }
    if servers.is_empty() { Err(Undeliverable::Unfit) } else { Ok(servers) }
}

impl<'o> Server<'o> {
    fn urls(&self) -> (Option<&'o str>, Option<&'o str>) {
        (self.release_url, self.snapshot_url)
    }

    fn repositories(&self) -> Vec<Repository<'o>> {
        let one = |id: String, url, releases, snapshots| Repository { id, url, releases, snapshots };
        let id = self.id.to_owned();
        match self.urls() {
            (None, None) => Vec::new(),
            (Some(url), None) => vec![one(id, url, true, false)],
            (None, Some(url)) => vec![one(id, url, false, true)],
            (Some(releases), Some(snapshots)) if releases == snapshots => vec![one(id, releases, true, true)],
            (Some(releases), Some(snapshots)) => {
                vec![one(id, releases, true, false), one(of_snapshots(self.id), snapshots, false, true)]
            }
        }
    }

    /// What Maven would not take as it is.
    fn refusal(&self) -> Option<Undeliverable> {
        let names = [Some(self.id), Some(self.username), self.release_url, self.snapshot_url];
        let change = names.into_iter().flatten().find_map(verbatim::change);
        let change = change.or_else(|| verbatim::change_of_password(self.password))?;
        Some(Undeliverable::Altered { change, instead: "fields" })
    }
}

/// A settings file with these logins.
pub(super) fn write(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let servers = of(opened)?;
    if let Some(refusal) = servers.iter().find_map(Server::refusal) {
        return Err(refusal);
    }
    // An escaped character has at most six bytes, and each value is written at most twice: growing would leave copies.
    let values = |server: &Server<'_>| {
        let urls =
            [server.release_url, server.snapshot_url].into_iter().flatten().map(str::len).sum::<usize>();
        12 * (2 * server.id.len() + server.username.len() + server.password.len() + urls) + 1024
    };
    let mut out = Zeroizing::new(String::with_capacity(1024 + servers.iter().map(values).sum::<usize>()));
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\">\n  <servers>\n");
    for server in &servers {
        for id in ids(server.id, server.urls()) {
            out.push_str("    <server>\n");
            element(&mut out, 6, "id", &id);
            element(&mut out, 6, "username", server.username);
            element(&mut out, 6, "password", server.password);
            out.push_str("    </server>\n");
        }
    }
    out.push_str("  </servers>\n");
    profile(&mut out, &servers.iter().flat_map(Server::repositories).collect::<Vec<_>>());
    out.push_str("</settings>\n");
    Ok(Secret::new(std::mem::take(&mut *out).into_bytes()))
}

fn profile(out: &mut String, repositories: &[Repository<'_>]) {
    if repositories.is_empty() {
        return;
    }
    out.push_str("  <profiles>\n    <profile>\n      <id>voucher</id>\n      <repositories>\n");
    for repository in repositories {
        out.push_str("        <repository>\n");
        element(out, 10, "id", &repository.id);
        element(out, 10, "url", repository.url);
        for (name, enabled) in [("releases", repository.releases), ("snapshots", repository.snapshots)] {
            out.push_str(&format!("          <{name}><enabled>{enabled}</enabled></{name}>\n"));
        }
        out.push_str("        </repository>\n");
    }
    out.push_str("      </repositories>\n    </profile>\n  </profiles>\n");
    out.push_str("  <activeProfiles>\n    <activeProfile>voucher</activeProfile>\n  </activeProfiles>\n");
}

fn element(out: &mut String, indent: usize, name: &str, value: &str) {
    out.push_str(&format!("{:indent$}<{name}>", ""));
    match escape(value) {
        std::borrow::Cow::Borrowed(same) => out.push_str(same),
        std::borrow::Cow::Owned(escaped) => out.push_str(&Zeroizing::new(escaped)),
    }
    out.push_str(&format!("</{name}>\n"));
}
