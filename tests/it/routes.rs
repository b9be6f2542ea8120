//! Every route there is, tried by every kind of caller. A new route is in the table and so tried here; one whose path
//! or access this file does not know fails it.

use reqwest::Method;
use voucher::ids::{
    AccessKeyId, CandidateId, CredentialId, EnterpriseId, ImportId, IssuerId, MemberId, ProjectId,
    ProvisioningKeyId, RepositoryId, RuleId, SignInId,
};
use voucher::pipelines::Place;
use voucher::routes::{Access, Entry, ROUTES};

use crate::support::app::{EMBEDDER, TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::world::{CAST, Sample};

/// What a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gets {
    /// The handler's own answer, whatever it makes of an empty form.
    In,
    /// Told that they may not.
    Forbidden,
    /// Told that there is no such thing.
    NotFound,
    /// Sent to sign in.
    SignIn,
    /// Told to prove who they are.
    Unauthenticated,
}

/// DESIGN's table of who may do what, for one credential and one access key of the project `shop`. The responsible
/// person works nowhere, so disposing of what others use is not theirs.
fn expected(entry: &Entry, caller: &str) -> Gets {
    use Gets::{Forbidden, In, NotFound, SignIn, Unauthenticated};
    let names_a_thing = entry.path.contains("{id}");
    match (entry.access, caller) {
        (Access::Public, _) => In,
        (Access::Caller, "pipeline") => In,
        (Access::Provisions, "program" | "key program") | (Access::ProvisionsAccess, "key program") => In,
        // Said before looking whether there is such a key, so it tells nothing.
        (Access::ProvisionsAccess, "program") => Forbidden,
        // Neither kind of key is good for what the other is for.
        (Access::Caller | Access::Provisions | Access::ProvisionsAccess, _) => Unauthenticated,
        // A key opens no page.
        (_, "anonymous" | "pipeline" | "program" | "key program") => SignIn,
        (Access::SignedIn, _) => In,
        // Strangers own their enterprise, where nothing of ours exists.
        (_, "stranger") => {
            if names_a_thing {
                NotFound
            } else {
                In
            }
        }
        // A candidate is its maker's alone, whatever others may do.
        (Access::OwnsCandidate, "owner") => In,
        (Access::OwnsCandidate, _) => NotFound,
        // Where one is, one may go.
        (Access::BelongsThere, _) => In,
        // Somebody's own sign-in is not even an administrator's, who ends it from the list of the member.
        (Access::OwnsSignIn, "owner") => In,
        (Access::OwnsSignIn, _) => NotFound,
        // An import is shown to nobody else either.
        (Access::OwnsImport, "owner") => In,
        (Access::OwnsImport, "administrator") => NotFound,
        (Access::OwnsImport, _) => Forbidden,
        (_, "owner" | "administrator") => In,
        (Access::SeesSignIns, "auditor") => In,
        // Said before looking whether there is such a member, so it tells nothing.
        (Access::SeesSignIns | Access::EndsSignIns, _) => Forbidden,
        (Access::SeesCredential, "bystander") => NotFound,
        (Access::SeesCredential, _) => In,
        (Access::EditsCredential | Access::DisposesOfCredential, "bystander") => NotFound,
        (Access::EditsCredential, "responsible") => In,
        (Access::EditsCredential | Access::DisposesOfCredential, _) => Forbidden,
        (Access::NamesPeople, "responsible") => In,
        (Access::NamesPeople, _) => Forbidden,
        (Access::CreatesCredentials, "manager" | "in-scope") => In,
        (Access::CreatesCredentials, _) => Forbidden,
        (Access::SeesAccess, "manager" | "auditor") => In,
        (Access::SeesAccess, _) => Forbidden,
        (Access::ManagesAccess, "manager") => In,
        // Said before looking whether there is such a key, so it tells nothing.
        (Access::ManagesAccess, _) => Forbidden,
        (Access::SeesMembers, "auditor") => In,
        (Access::RulesDirectory | Access::SeesMembers, _) => Forbidden,
        // The first record is the owner's own sign-in, which is about no credential.
        (Access::ReadsRecord, "auditor") => In,
        (Access::ReadsRecord, _) => NotFound,
        (Access::AuditsCredential, "auditor" | "responsible") => In,
        (Access::AuditsCredential, "bystander") => NotFound,
        (Access::AuditsCredential, _) => Forbidden,
        // The project `shop` and its repository `shop/web`.
        (
            Access::SeesProject
            | Access::SeesInsideProject
            | Access::ManagesProject
            | Access::RulesProject
            | Access::SeesRepository
            | Access::ManagesRepository
            | Access::ManagesRepositoryMembers,
            "responsible" | "bystander",
        ) => NotFound,
        (Access::SeesProject | Access::SeesRepository, _) => In,
        (Access::SeesInsideProject, "in-scope") => NotFound,
        (Access::SeesInsideProject, _) => In,
        (
            Access::ManagesProject | Access::ManagesRepository | Access::ManagesRepositoryMembers,
            "manager",
        ) => In,
        (
            Access::ManagesProject
            | Access::RulesProject
            | Access::ManagesRepository
            | Access::ManagesRepositoryMembers,
            _,
        ) => Forbidden,
    }
}

fn got(reply: &Reply) -> Gets {
    match reply.status.as_u16() {
        401 if reply.header("www-authenticate").is_empty() => Gets::SignIn,
        401 => Gets::Unauthenticated,
        403 => Gets::Forbidden,
        404 => Gets::NotFound,
        303 if reply.location() == "/sign-in" || reply.location().starts_with("/sign-in?") => Gets::SignIn,
        status => {
            assert_ne!(status, 405, "the table says another method than the router");
            assert!(status < 500, "status {status}: {}", reply.text());
            Gets::In
        }
    }
}

struct Things {
    credential: CredentialId,
    candidate: CandidateId,
    access_key: AccessKeyId,
    key: String,
    member: MemberId,
    /// A sign-in of the owner.
    sign_in: SignInId,
    enterprise: EnterpriseId,
    project: ProjectId,
    repository: RepositoryId,
    /// Somebody whom nothing here needs.
    leaver: MemberId,
    /// A key that is revoked on the way, and the text of another.
    provisioning_key: ProvisioningKeyId,
    program: String,
    /// The text of one that may manage access keys.
    key_program: String,
    /// An import of the owner.
    import: ImportId,
    /// A trusted issuer, and a rule of it for the project `shop`.
    issuer: IssuerId,
    rule: RuleId,
}

impl Things {
    async fn make(app: &TestApp) -> Self {
        app.member("owner").await;
        let sign_ins = app.database.texts("SELECT id AS it FROM sign_ins");
        let sign_in = SignInId::parse(&sign_ins[0]).unwrap();
        app.make(|world, conn, tools| {
            let sample = Sample { scope: world.in_project("shop"), ..Sample::default() };
            let credential = world.credential(conn, tools, &sample);
            let candidate = world.candidate(conn, tools, &Sample { token: "candidate", ..Sample::default() });
            let place = Place::Project(world.projects["shop"].clone());
            let (access_key, _) = world.access_key(conn, tools, ("acme", place.clone()), None);
            // Another one, because the first is revoked on the way.
            let (_, key) = world.access_key(conn, tools, ("acme", place), None);
            let member = world.members["owner"].clone();
            let (project, repository) =
                (world.projects["shop"].clone(), world.repositories["shop/web"].clone());
            let leaver = world.another_member(conn, tools, "leaver");
            let (provisioning_key, _) = world.provisioning_key(conn, tools, None);
            let (_, program) = world.provisioning_key(conn, tools, None);
            let (_, key_program) = world.key_program(conn, tools);
            let import = world.import(conn, tools, "project,name\nimported,Imported\n");
            let enterprise = world.acme.clone();
            let (issuer, rule) = world.trusted_issuer(conn, tools);
            Self {
                credential,
                candidate,
                access_key,
                key,
                member,
                sign_in,
                enterprise,
                project,
                repository,
                leaver,
                provisioning_key,
                program,
                key_program,
                import,
                issuer,
                rule,
            }
        })
    }

    /// The id of what a path names.
    fn named_in(&self, path: &str) -> &str {
        match path.trim_start_matches("/api/v1") {
            path if path.starts_with("/enterprises") => self.enterprise.as_str(),
            path if path.starts_with("/projects") => self.project.as_str(),
            path if path.starts_with("/repositories") => self.repository.as_str(),
            path if path.starts_with("/import") => self.import.as_str(),
            path if path.starts_with("/access/issuers") => self.issuer.as_str(),
            path if path.starts_with("/access/provisioning") => self.provisioning_key.as_str(),
            path if path.starts_with("/access") => self.access_key.as_str(),
            path if path.starts_with("/audit") => "test~1",
            path if path.starts_with("/members") && path.contains("/sign-ins") => self.member.as_str(),
            path if path.starts_with("/members") => self.leaver.as_str(),
            path if path.starts_with("/sign-ins") => self.sign_in.as_str(),
            path if path.starts_with("/credentials/candidates/") => self.candidate.as_str(),
            _ => self.credential.as_str(),
        }
    }

    fn path(&self, entry: &Entry) -> String {
        let id = self.named_in(entry.path);
        let asset = voucher::web::asset_path("app.css");
        let asset: Vec<&str> = asset.trim_start_matches("/static/").split('/').collect();
        let path = entry
            .path
            .replace("/static/{hash}/{name}", &format!("/static/{}/{}", asset[0], asset[1]))
            .replace("{id}", id)
            .replace("{sign_in}", self.sign_in.as_str())
            .replace("{member}", self.leaver.as_str())
            .replace("{rule}", self.rule.as_str())
            .replace("{number}", "1")
            .replace("{task}", "k8s-deploy")
            .replace("{type}", "username-password")
            .replace("{token}", "login")
            .replace("{format}", "env")
            .replace("{secret}", "vcf_nobody");
        // Only an origin of the settings is told anything there.
        let origin = format!("/picker/embed?origin={EMBEDDER}");
        let path = if path == "/picker/embed" { origin } else { path };
        assert!(!path.contains('{'), "say here what to put into {}", entry.path);
        path
    }
}

async fn send(app: &TestApp, client: &Client, entry: &Entry, path: &str) -> Reply {
    match entry.method {
        "GET" => client.get(path).await,
        method if matches!(entry.access, Access::Provisions | Access::ProvisionsAccess) => {
            let headers = [("content-type", "application/json".to_owned())];
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            client.send(method, path, &headers, Some(b"{}".to_vec())).await
        }
        "POST" if entry.access == Access::Caller => {
            client.post_json(path, &serde_json::json!({"tokens": ["login"]})).await
        }
        "POST" => {
            let headers = [
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("origin", app.url.clone()),
                ("sec-fetch-site", "same-origin".to_owned()),
            ];
            client.send(Method::POST, path, &headers, Some(Vec::new())).await
        }
        other => panic!("say here how to send {other}"),
    }
}

async fn client(app: &TestApp, things: &Things, caller: &str) -> Client {
    match caller {
        "anonymous" => app.anonymous(),
        "pipeline" => app.caller(&things.key).with("accept-language", "en"),
        "program" => app.caller(&things.program).with("accept-language", "en"),
        "key program" => app.caller(&things.key_program).with("accept-language", "en"),
        member => app.member(member).await,
    }
}

#[test]
fn every_route_lets_in_whom_it_should_and_nobody_else() {
    on_both(async |app| {
        let things = Things::make(app).await;
        let callers: Vec<&str> = CAST
            .iter()
            .map(|(name, ..)| *name)
            .chain(["anonymous", "pipeline", "key program", "program"])
            .collect();
        let mut wrong = Vec::new();
        // Those who stay outside first: whatever they try changes nothing. Then those who come in.
        let before = app.database.rows();
        for outside in [true, false] {
            for caller in &callers {
                let mut somebody = client(app, &things, caller).await;
                for entry in ROUTES {
                    // What both programs may do is done by one: there is one project to delete.
                    if entry.access == Access::Provisions && *caller == "key program" {
                        continue;
                    }
                    let expected = expected(entry, caller);
                    if (expected == Gets::In) == outside {
                        continue;
                    }
                    let path = things.path(entry);
                    let reply = send(app, &somebody, entry, &path).await;
                    let got = if entry.access == Access::Public && reply.status.as_u16() < 500 {
                        Gets::In
                    } else {
                        got(&reply)
                    };
                    if got != expected {
                        wrong.push(format!(
                            "{} {path} by {caller}: {got:?} and not {expected:?} ({})",
                            entry.method, reply.status
                        ));
                    }
                    if ["/sign-out", "/members/{id}/sign-ins/end-all"].contains(&entry.path) {
                        somebody = client(app, &things, caller).await;
                    }
                }
            }
            if outside {
                assert_eq!(app.database.rows(), before, "somebody who was refused changed something");
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    });
}

#[test]
fn what_is_not_theirs_looks_like_what_does_not_exist() {
    on_both(async |app| {
        let things = Things::make(app).await;
        for caller in ["stranger", "bystander"] {
            let somebody = client(app, &things, caller).await;
            let shut = |entry: &&Entry| expected(entry, caller) != Gets::In;
            for entry in ROUTES.iter().filter(|entry| entry.path.contains("{id}")).filter(shut) {
                let path = things.path(entry);
                let id = things.named_in(&path);
                let unknown = path.replace(id, "01930000-0000-7000-8000-0000000000ff");
                let answer = |reply: Reply, path: &str| {
                    let id = reply.header("x-request-id").to_owned();
                    assert!(!id.is_empty());
                    (reply.status, reply.text().replace(&id, "").replace(path, ""))
                };
                let theirs = answer(send(app, &somebody, entry, &path).await, &path);
                let nobodys = answer(send(app, &somebody, entry, &unknown).await, &unknown);
                assert_eq!(theirs, nobodys, "{} {path} by {caller}", entry.method);
            }
        }
    });
}

#[test]
fn looking_changes_nothing() {
    on_both(async |app| {
        let things = Things::make(app).await;
        let owner = app.member("owner").await;
        let before = app.database.rows();
        for entry in ROUTES.iter().filter(|entry| entry.method == "GET") {
            let path = things.path(entry);
            owner.get(&path).await;
            owner.send(Method::HEAD, &path, &[], None).await;
        }
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn every_answer_has_its_headers() {
    on_both(async |app| {
        let things = Things::make(app).await;
        let owner = app.member("owner").await;
        let mut paths: Vec<String> =
            ROUTES.iter().filter(|entry| entry.method == "GET").map(|entry| things.path(entry)).collect();
        paths.push("/no-such-page".to_owned());
        for path in paths {
            let reply = owner.get(&path).await;
            let policy = reply.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
            assert!(!reply.header("x-request-id").is_empty(), "{path}");
            let kept = reply.header("cache-control");
            if path.starts_with("/static/") {
                assert!(kept.contains("immutable"), "{path}: {kept}");
            } else {
                assert!(kept.contains("no-store"), "{path}: {kept}");
            }
        }
        let headers = [("sec-fetch-site", "same-origin".to_owned())];
        let other_method = owner.send(Method::DELETE, "/credentials", &headers, None).await.expect(405);
        assert!(other_method.header("allow").contains("GET"));
    });
}
