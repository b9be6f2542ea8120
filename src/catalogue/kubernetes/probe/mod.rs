//! Asks the cluster who we are.
//!
//! `SelfSubjectReview` names the user; clusters before 1.28 do not have it, and there a `SelfSubjectAccessReview` of
//! something harmless shows at least that we are somebody. Neither changes anything. An answer to anonymous requests
//! shows nothing, so the address alone (`/version`) is never asked.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::access::Access;
use crate::catalogue::finding::{Finding, Identity, Outcome};
use crate::catalogue::opened::Opened;
use crate::outbound::{Outbound, Reply};

const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const MAY_I: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// The user that clusters take everybody for who brings nothing, or nothing that they look at.
const ANONYMOUS: &str = "system:anonymous";

pub(super) fn probe<'a>(opened: &'a Opened, outbound: &'a Outbound) -> BoxFuture<'a, Finding> {
    Box::pin(async move {
        let Some(access) = Access::of(opened) else { return Finding::of(Outcome::Malformed) };
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let reply = match ask(&access, outbound, WHO_AM_I, &review).await {
            Ok(reply) => reply,
            Err(finding) => return finding,
        };
        match reply.status() {
            201 => who(&access, &reply),
            404 => ask_older(&access, outbound).await,
            _ => refused(&access, outbound, &reply),
        }
    })
}

async fn ask(access: &Access, outbound: &Outbound, path: &str, body: &Value) -> Result<Reply, Finding> {
    let request = access.post(path, body)?;
    Ok(outbound.ask(request).await?)
}

/// The user that the cluster names.
fn who(access: &Access, reply: &Reply) -> Finding {
    let body = reply.json().unwrap_or_default();
    let name = body.pointer("/status/userInfo/username").and_then(Value::as_str);
    match name.filter(|_| is(&body, "SelfSubjectReview")) {
        Some(ANONYMOUS) => anonymous(reply),
        Some(name) => match identity(access, name) {
            Some(identity) => by(Finding::works(Some(identity)), reply),
            None => by(Finding::of(Outcome::Indeterminate), reply),
        },
        None => by(Finding::of(Outcome::Indeterminate), reply),
    }
}

/// A cluster that cannot say who we are: either answer to whether we may do something shows that it knows us.
async fn ask_older(access: &Access, outbound: &Outbound) -> Finding {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": { "verb": "get", "resource": "pods" } },
    });
    let reply = match ask(access, outbound, MAY_I, &review).await {
        Ok(reply) => reply,
        Err(finding) => return finding,
    };
    if reply.status() != 201 {
        return refused(access, outbound, &reply);
    }
    let body = reply.json().unwrap_or_default();
    let decided = body.pointer("/status/allowed").is_some_and(Value::is_boolean);
    match decided && is(&body, "SelfSubjectAccessReview") {
        true => by(Finding::works(None), &reply).remark("remark-kubernetes-older"),
        false => by(Finding::of(Outcome::Indeterminate), &reply),
    }
}

/// What a status that is no answer means. The cluster's own words stay here; only its reason, which is one word, goes on.
fn refused(access: &Access, outbound: &Outbound, reply: &Reply) -> Finding {
    let body = reply.json().unwrap_or_default();
    let said = |name: &str| body.get(name).and_then(Value::as_str).filter(|_| is(&body, "Status"));
    let finding = match reply.status() {
        401 if access.is_past(outbound.now()) => {
            Finding::of(Outcome::InvalidCredential).remark("remark-kubernetes-past")
        }
        401 => Finding::of(Outcome::InvalidCredential),
        403 => match said("message").and_then(user_in) {
            Some(ANONYMOUS) => return anonymous(reply).code(said("reason").unwrap_or_default()),
            Some(user) => Finding::of(Outcome::PermissionDenied).identity(identity(access, user)),
            None => Finding::of(Outcome::Indeterminate),
        },
        429 => Finding::of(Outcome::RateLimited),
        500.. => Finding::of(Outcome::ServiceError),
        _ => Finding::of(Outcome::Indeterminate),
    };
    by(finding, reply).code(said("reason").unwrap_or_default())
}

/// With the status of the answer that decided, and the id by which the cluster's audit log knows it.
fn by(finding: Finding, reply: &Reply) -> Finding {
    finding.from(reply).request_id(reply.header("audit-id"))
}

/// The cluster did not look at what we brought, as happens with a client certificate when something in between ends TLS.
fn anonymous(reply: &Reply) -> Finding {
    by(Finding::of(Outcome::InvalidCredential), reply).remark("remark-kubernetes-anonymous")
}

/// The name in `… is forbidden: User "jane" cannot create resource …`.
fn user_in(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("User \"")?;
    rest.split_once('"').map(|(user, _)| user).filter(|user| !user.is_empty())
}

/// Whether an answer is of that kind; anybody can write JSON.
fn is(body: &Value, kind: &str) -> bool {
    body.get("kind").and_then(Value::as_str) == Some(kind)
}

fn identity(access: &Access, user: &str) -> Option<Identity> {
    let user = user.trim();
    (!user.is_empty()).then(|| Identity::named(&format!("{user} @ {}", access.server))).flatten()
}

#[cfg(test)]
mod tests;
