//! Asks the repositories whether they let us in.
//!
//! A repository that answers everybody proves nothing, so it is asked without a login first, and with one only when that
//! is refused. Only reading is tried. Several servers are asked one after the other, until one of them refuses.

use futures_util::future::BoxFuture;
use url::Url;

use super::{is_repository, servers as logins, settings as file, verbatim};
use crate::catalogue::finding::{Answer, Finding, Identity, Outcome};
use crate::catalogue::opened::Opened;
use crate::outbound::{Method, Outbound, Reply, Request, Unanswered, basic};

/// One login and where it is for.
struct Login<'o> {
    url: &'o str,
    username: &'o str,
    password: &'o str,
}

/// Asks about each server that has an address.
pub(super) fn servers<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Ok(servers) = logins::of(opened) else { return Finding::of(Outcome::Malformed) };
        let mut found: Vec<(u8, Finding)> = Vec::new();
        for server in &servers {
            let Some(url) = server.release_url.or(server.snapshot_url) else { continue };
            let login = Login { url, username: server.username, password: server.password };
            let finding = ask(&login, outbound).await;
            let goes_on = matches!(finding.outcome.answer(), Answer::Works | Answer::Uncheckable);
            found.push((server.number, finding));
            if !goes_on {
                break;
            }
        }
        together(found, servers.len())
    })
}

/// Asks about the first server whose login and address both stand in the file.
pub(super) fn settings<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Ok(Some(text)) = opened.text("settings") else { return Finding::of(Outcome::Malformed) };
        let Ok(settings) = file::read(text) else { return Finding::of(Outcome::Malformed) };
        let servers: Vec<file::Server<'_>> = settings.servers().collect();
        let mut elsewhere = false;
        for server in &servers {
            let mut places = settings.mirrors().chain(settings.repositories());
            let Some((_, url)) = places.find(|(id, _)| *id == server.id) else { continue };
            let (Some(username), Some(password)) = (server.username, server.password) else { continue };
            let known = [username, password].into_iter().all(|value| !verbatim::is_replaced(value));
            if !known || verbatim::is_deciphered(password) || !is_repository(url) {
                elsewhere = true;
                continue;
            }
            let finding = ask(&Login { url, username, password }, outbound).await;
            let others = servers.len() > 1 && finding.outcome.proves_identity();
            return if others { finding.remark("remark-maven-some-unchecked") } else { finding };
        }
        Finding::of(Outcome::Unverifiable).remark(match elsewhere {
            true => "remark-maven-elsewhere",
            false => "remark-maven-no-address",
        })
    })
}

/// What several findings come to: the one that does not work, or else who works where.
fn together(mut found: Vec<(u8, Finding)>, servers: usize) -> Finding {
    let rank = |finding: &Finding| match finding.outcome.answer() {
        Answer::Refused => 0,
        Answer::NoVerdict => 1,
        Answer::Works => 2,
        Answer::Uncheckable => 3,
    };
    found.sort_by_key(|(_, finding)| rank(finding));
    let works = |finding: &Finding| finding.outcome.proves_identity();
    let mut labels: Vec<&str> = found
        .iter()
        .filter_map(|(_, finding)| finding.identity.as_ref())
        .map(|who| who.label.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    let identity = Identity::named(&labels.join(", "));
    let all = found.len() == servers && found.iter().all(|(_, finding)| works(finding));
    let Some((number, first)) = found.into_iter().next() else {
        return Finding::of(Outcome::Unverifiable).remark("remark-maven-no-address");
    };
    match first.outcome.answer() {
        Answer::Works if all => first.identity(identity),
        Answer::Works => first.identity(identity).remark("remark-maven-some-unchecked"),
        Answer::Refused | Answer::NoVerdict if servers > 1 => first.remark(about(number)),
        _ => first,
    }
}

/// Which server a finding is about.
fn about(number: u8) -> &'static str {
    match number {
        1 => "remark-maven-server-1",
        2 => "remark-maven-server-2",
        3 => "remark-maven-server-3",
        4 => "remark-maven-server-4",
        _ => "remark-maven-server-5",
    }
}

async fn ask(login: &Login<'_>, outbound: &Outbound) -> Finding {
    match compare(login, outbound).await {
        Ok(finding) => finding,
        Err(unanswered) => unanswered.into(),
    }
}

/// Asks as nobody and then as somebody, and compares.
async fn compare(login: &Login<'_>, outbound: &Outbound) -> Result<Finding, Unanswered> {
    let nobody = read(login, outbound, false).await?;
    match nobody.status() {
        200..=299 | 404 => {
            return Ok(Finding::of(Outcome::Unverifiable).from(&nobody).remark("remark-maven-open"));
        }
        401 if !offers_basic(&nobody) => {
            return Ok(Finding::of(Outcome::Indeterminate).from(&nobody).remark("remark-maven-no-basic"));
        }
        401 | 403 => {}
        status => return Ok(Finding::of(neither(status)).from(&nobody)),
    }
    let somebody = read(login, outbound, true).await?;
    let finding = match (nobody.status(), somebody.status()) {
        (_, 200..=299 | 404) => Finding::works(identity(login)),
        (_, 401) => Finding::of(Outcome::InvalidCredential),
        (401, 403) => {
            let refused = Finding::of(Outcome::PermissionDenied).identity(identity(login));
            refused.remark("remark-maven-forbidden")
        }
        (_, status) => Finding::of(neither(status)),
    };
    Ok(finding.from(&somebody))
}

/// What a status means that neither lets us in nor keeps us out.
fn neither(status: u16) -> Outcome {
    match status {
        429 => Outcome::RateLimited,
        500.. => Outcome::ServiceError,
        _ => Outcome::Indeterminate,
    }
}

/// Reads the headers of the repository's root; all of it where that is the only way.
async fn read(login: &Login<'_>, outbound: &Outbound, sign_in: bool) -> Result<Reply, Unanswered> {
    let url = format!("{}/", login.url.trim_end_matches('/'));
    let request = |method| {
        let request = Request::new(method, &url)?;
        Ok(match sign_in {
            true => request.header("authorization", basic(login.username, login.password)),
            false => request,
        })
    };
    let reply = outbound.ask(request(Method::Head)?).await?;
    match reply.status() {
        405 | 501 => outbound.ask(request(Method::Get)?).await,
        _ => Ok(reply),
    }
}

/// Whether it would take a name and a password at all; Maven sends none otherwise. One that does not say may.
fn offers_basic(reply: &Reply) -> bool {
    let mut challenges = reply.headers("www-authenticate").peekable();
    let is_basic = |part: &str| part.trim_start().to_ascii_lowercase().starts_with("basic");
    challenges.peek().is_none() || challenges.any(|challenge| challenge.split(',').any(is_basic))
}

/// A repository does not say who we are; it lets the name in that we gave.
fn identity(login: &Login<'_>) -> Option<Identity> {
    let system = Url::parse(login.url).ok()?.origin().ascii_serialization();
    Identity::named(&format!("{} @ {system}", login.username))
}

#[cfg(test)]
mod tests;
