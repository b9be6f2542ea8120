//! A CI system that signs tokens for its runs, with the claims of GitLab's and of GitHub's documentation, and a server
//! that trusts it.

use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use serde_json::{Value, json};
use voucher::credentials::Name;
use voucher::ids::{IssuerId, RuleId, SubmissionId};
use voucher::pipelines::Place;
use voucher::pipelines::issuers::{
    self, Algorithm, Change, Demand, Demands, How, KeySource, NewIssuer, NewRule, Preset,
};

use super::app::TestApp;
use super::hostile::Hostile;
use super::http::{Client, Reply};
use super::world::Sample;

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
pub(crate) const AUDIENCE: &str = "https://voucher.example/acme";

/// A CI system, trusted by Acme, with a rule that binds a project of it to `shop/web`.
pub(crate) struct Ci {
    pub(crate) server: Hostile,
    pub(crate) issuer: IssuerId,
    pub(crate) rule: RuleId,
}

impl Ci {
    pub(crate) async fn start(app: &TestApp) -> Self {
        let server = Hostile::start(app.now().as_second(), "");
        let (issuer, rule) = app.make(|world, conn, tools| {
            let acting = world.acting("acme", tools);
            let submission = || SubmissionId::new(tools.now, tools.random);
            world.credential(conn, tools, &Sample { scope: world.in_project("shop"), ..Sample::default() });
            let new = new_issuer(&server.url, Preset::GitLab, AUDIENCE, submission());
            let issuer = issuers::trust(conn, &acting, &new).unwrap();
            let new = NewRule {
                name: Name::parse("web on main").unwrap(),
                place: Place::Repository(world.repositories["shop/web"].clone()),
                demands: demands("project_id", "42", &[("ref_path", How::Pattern, "refs/heads/*")]),
                submission: submission(),
            };
            let rule = issuers::add_rule(conn, &acting, &issuer, &new).unwrap();
            (issuer, rule)
        });
        Self { server, issuer, rule }
    }

    /// A token of a run, with some claims changed and those that are null left out.
    pub(crate) fn token(&self, app: &TestApp, changes: Value) -> String {
        self.odd_token(app, header(), changes)
    }

    pub(crate) fn odd_token(&self, app: &TestApp, header: Value, changes: Value) -> String {
        let claims = gitlab(&self.server.url, app.now().as_second());
        self.server.token(&header, &changed(claims, changes))
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.server.jwks_hits.load(Ordering::SeqCst)
    }
}

pub(crate) fn new_issuer(url: &str, preset: Preset, audience: &str, submission: SubmissionId) -> NewIssuer {
    NewIssuer {
        name: Name::parse("our CI").unwrap(),
        preset,
        url: url.to_owned(),
        audience: audience.to_owned(),
        bound_claim: None,
        algorithms: vec![Algorithm::Rs256, Algorithm::EdDsa],
        keys: KeySource::Issuer,
        token_minutes: 15,
        key_bound: false,
        submission,
    }
}

pub(crate) fn demands(id: &str, value: &str, more: &[(&str, How, &str)]) -> Demands {
    let demand =
        |claim: &str, how, value: &str| Demand { claim: claim.into(), how, values: vec![value.into()] };
    Demands {
        ids: vec![demand(id, How::Exact, value)],
        more: more.iter().map(|(claim, how, value)| demand(claim, *how, value)).collect(),
        foreign_runs: false,
    }
}

pub(crate) fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" })
}

/// The payload of GitLab's documentation, "ID token authentication".
pub(crate) fn gitlab(issuer: &str, now: i64) -> Value {
    json!({
        "namespace_id": "72", "namespace_path": "my-group", "project_id": "42", "project_path": "my-group/my-project",
        "user_id": "1", "user_login": "sample-user", "user_email": "sample-user@example.com",
        "user_identities": [{"provider": "github", "extern_uid": "2435223452345"}],
        "pipeline_id": "574", "pipeline_source": "push", "job_id": "302", "ref": "feature-branch-1",
        "ref_type": "branch", "ref_path": "refs/heads/feature-branch-1", "ref_protected": "false",
        "groups_direct": ["mygroup/mysubgroup", "myothergroup/myothersubgroup"],
        "environment": "test-environment2", "environment_protected": "false", "deployment_tier": "testing",
        "environment_action": "start", "runner_id": 1, "runner_environment": "self-hosted",
        "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc", "project_visibility": "public",
        "ci_config_ref_uri": "gitlab.example.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main",
        "ci_config_sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
        "jti": format!("jti-{now}"), "iss": issuer, "iat": now, "nbf": now - 5, "exp": now + 3600 - 5,
        "sub": "project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1", "aud": AUDIENCE,
    })
}

/// The payload of GitHub's documentation, "OpenID Connect reference".
pub(crate) fn github(issuer: &str, now: i64) -> Value {
    json!({
        "jti": format!("example-id-{now}"), "sub": "repo:octo-org/octo-repo:environment:prod", "environment": "prod",
        "aud": AUDIENCE, "ref": "refs/heads/main", "sha": "example-sha", "repository": "octo-org/octo-repo",
        "repository_owner": "octo-org", "actor_id": "12", "repository_visibility": "private",
        "repository_id": "74", "repository_owner_id": "65", "run_id": "example-run-id", "run_number": "10",
        "run_attempt": "2", "runner_environment": "github-hosted", "actor": "octocat",
        "workflow": "example-workflow", "head_ref": "", "base_ref": "", "event_name": "workflow_dispatch",
        "ref_type": "branch", "ref_protected": "true",
        "workflow_ref": "octo-org/octo-repo/.github/workflows/example.yml@refs/heads/main",
        "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
        "iss": issuer, "nbf": now, "exp": now + 900, "iat": now,
    })
}

pub(crate) fn changed(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}

pub(crate) async fn post(app: &TestApp, pairs: &[(&str, &str)]) -> Reply {
    app.anonymous().post_bytes("/oauth/token", "application/x-www-form-urlencoded", form(pairs)).await
}

pub(crate) async fn exchange(app: &TestApp, token: &str) -> Reply {
    post(app, &[("grant_type", GRANT), ("subject_token_type", ID_TOKEN), ("subject_token", token)]).await
}

/// What was given, as a caller.
pub(crate) fn given(app: &TestApp, reply: &Reply) -> Client {
    app.caller(reply.json()["access_token"].as_str().unwrap())
}

pub(crate) async fn resolve(caller: &Client) -> Reply {
    caller.post_json("/api/v1/resolve", &json!({ "tokens": ["login"] })).await
}

/// The reasons of the exchanges that were refused since the last time.
pub(crate) fn reasons(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT coalesce(reason, 'allowed') AS it FROM audit_records WHERE action = 'identity.exchange' ORDER BY chain, seq",
    )
}

/// Each of these is refused, for that reason.
pub(crate) async fn all_refused(app: &TestApp, tokens: Vec<(String, String, &str)>) {
    for (what, token, reason) in tokens {
        let before = reasons(app).len();
        let reply = exchange(app, &token).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.text());
        assert_eq!(reply.json()["error"], "invalid_grant", "{what}");
        assert_eq!(reply.header("cache-control"), "no-store", "{what}");
        let now = reasons(app);
        assert_eq!((now.len() - before, now.last().map(String::as_str)), (1, Some(reason)), "{what}");
    }
}

/// Changes what is trusted, as the owner.
pub(crate) fn change(app: &TestApp, ci: &Ci, change: &Change) {
    app.make(|world, conn, tools| {
        issuers::change(conn, &world.acting("acme", tools), &ci.issuer, change).unwrap();
    });
}
