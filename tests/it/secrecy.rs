//! The canary: a value that can be recognised goes in through every door of the console, and is looked for in
//! everything that ever comes out: pages, headers, problem documents, the log, the audit log, the database. Raw, in
//! base64 at each of its three alignments, in hex, and as addresses write it.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;
use voucher::pipelines::Place;

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply};
use crate::support::stand_in::{Answered, StandIn};

const CANARY: &str = "cAnArY~7f3a91/QzX+kW";
/// What goes into addresses, which are logged and lead back to themselves: nobody should put a secret there.
const ADDRESS: &str = "aDdReSs~51c0/e2";

/// Every way in which the canary could be written.
fn disguises(canary: &str) -> Vec<String> {
    let mut all = vec![canary.to_owned()];
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for pad in 0..3 {
            let padded = [vec![0; pad], canary.as_bytes().to_vec()].concat();
            let text = engine.encode(padded);
            // The first and the last characters depend on the neighbours.
            all.push(text[if pad == 0 { 0 } else { 4 }..text.len() - 3].to_owned());
        }
    }
    let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
    all.push(hex.to_uppercase());
    all.push(hex);
    all.push(url::form_urlencoded::byte_serialize(canary.as_bytes()).collect());
    all.push(canary.replace('/', "\\/"));
    all.push(canary.chars().rev().collect());
    all
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    assert_without(CANARY, what, bytes);
}

/// Fails when a text is in there, in whichever disguise.
#[track_caller]
pub(crate) fn assert_without(canary: &str, what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for disguise in disguises(canary) {
        if let Some(at) = text.find(&disguise) {
            let around: String = text[at..].chars().take(120).collect();
            let before: String = text[..at].chars().rev().take(120).collect();
            let before: String = before.chars().rev().collect();
            panic!("the canary, as {disguise}, is in {what}: …{before}{around}…");
        }
    }
}

#[track_caller]
fn assert_clean_reply(what: &str, reply: &Reply) {
    assert_clean(what, &reply.body);
    assert_clean(what, format!("{:?}", reply.headers).as_bytes());
}

/// The log of this process at its most talkative.
fn log() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Sink(Arc::clone(&log));
        // reqwest and hyper are this test's own client; what they say they send is no leak.
        let filter = "trace,hyper=off,hyper_util=off,reqwest=off,h2=off,mio=off,want=off";
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(move || sink.clone())
            .try_init();
        tracing::info!("the log is heard");
        log
    })
}

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for disguise in disguises(CANARY) {
        let found = std::panic::catch_unwind(|| assert_clean("here", format!("xx{disguise}yy").as_bytes()));
        assert!(found.is_err(), "{disguise}");
    }
    for (before, engine) in [("", &STANDARD_NO_PAD), ("a", &STANDARD_NO_PAD), ("ab", &URL_SAFE_NO_PAD)] {
        let text = engine.encode(format!("{before}{CANARY}and more"));
        let found = std::panic::catch_unwind(|| assert_clean("here", text.as_bytes()));
        assert!(found.is_err(), "behind {before:?}");
    }
}

/// Signs in, creates with the canary, fails to create with it, rotates with it, fails to rotate, edits, disables, and
/// looks at every page on the way.
async fn every_way_through_the_console(app: &TestApp, client: &Client) -> String {
    let open = "/credentials/new/username-password";
    let form = |name: &'static str| async move {
        Form::open(client, open)
            .await
            .fill("name", name)
            .fill("token", "canary")
            .fill("field-username", "robot")
            .fill("field-password", CANARY)
            .fill("project-reach", "all")
            .fill("repository-reach", "all")
    };
    let refused = form(" ").await.send().await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_clean_reply("a refused form", &refused);
    let created = form("Canary").await.send().await;
    assert_clean_reply("a redirect", &created);
    let at = created.expect(303).location().to_owned();
    let taken = form("Canary again").await.fill("submission", "").send().await;
    assert_clean_reply("a refused form", &taken);
    let taken = form("Canary again").await.send().await;
    assert_eq!(taken.status.as_u16(), 409);
    assert_clean_reply("a taken token", &taken);

    let stripped =
        form("Spaces").await.fill("token", "s").fill("field-password", &format!(" {CANARY} ")).send().await;
    assert_clean_reply("content with white space around it", &stripped);
    for (credential_type, field) in [
        ("kubernetes", "field-kubeconfig"),
        ("alibaba-cloud", "field-access_key_secret"),
        ("alibaba-cloud", "field-access_key_id"),
        ("feishu", "field-webhook_url"),
        ("maven-settings", "field-server_1_password"),
        ("maven-settings?variant=settings", "field-settings"),
    ] {
        let text = format!("users: [{{user: {{token: {CANARY}}}}}]\n{CANARY}");
        let path = format!("/credentials/new/{credential_type}");
        let reply = Form::open(client, &path).await.fill("name", "x").fill(field, &text).send().await;
        assert!(reply.status.is_client_error(), "{credential_type} took it: {}", reply.status);
        // A plain field is shown again, that is what plain means; the canary is in none of these.
        if field != "field-access_key_id" {
            assert_clean_reply(credential_type, &reply);
        }
    }

    for page in ["", "/edit", "/rotate", "/delete"] {
        assert_clean_reply(page, &client.get(&format!("{at}{page}")).await.expect(200));
    }
    let rotate = async || Form::open(client, &format!("{at}/rotate")).await.fill("field-username", "robot");
    let stale =
        rotate().await.fill("field-password", &format!("{CANARY}2")).fill("field-username", "conflict");
    assert_clean_reply(
        "a rotation",
        &rotate().await.fill("field-password", &format!("{CANARY}1")).send().await.expect(303),
    );
    assert_clean_reply("a conflict", &stale.send().await.expect(409));
    let bad = rotate().await.fill("field-username", "").fill("field-password", CANARY).send().await;
    assert_clean_reply("a refused rotation", &bad);
    for action in ["disable", "enable"] {
        assert_clean_reply(action, &client.post(&format!("{at}/{action}"), &[]).await.expect(303));
    }
    a_system_that_repeats_what_it_hears(client, &at).await;
    for page in ["/", "/credentials", "/credentials?q=canary", "/credentials/new", "/access", &at] {
        assert_clean_reply(page, &client.get(page).await);
    }
    let repository = &app.world.repositories["shop/web"];
    for page in ["api/v1/picker", "picker"] {
        let page = format!("/{page}?repository={repository}&q=canary");
        assert_clean_reply(&page, &client.get(&page).await.expect(200));
    }
    for page in ["credentials", "tasks", "tasks/host-deploy?displayName=x&certificate=canary"] {
        let page = format!("/repositories/{repository}/{page}");
        assert_clean_reply(&page, &client.get(&page).await.expect(200));
    }
    at
}

/// Verified against a system that puts whatever it was sent into its answers: as a body, as an error code, as a header.
async fn a_system_that_repeats_what_it_hears(client: &Client, at: &str) {
    let system = StandIn::start(|received| {
        let heard = received.header("authorization").unwrap_or("Basic Og==").to_owned();
        let pair = STANDARD.decode(heard.trim_start_matches("Basic ")).unwrap_or_default();
        let pair = String::from_utf8_lossy(&pair).into_owned();
        let password = pair.split_once(':').map(|(_, password)| password.to_owned()).unwrap_or_default();
        let status = if received.path.contains("good") && !password.is_empty() { 200 } else { 401 };
        let body = json!({"code": password, "Code": password, "errors": [{"code": password, "message": pair}],
            "error_code": password, "request_id": password, "name": password, "RequestId": pair});
        Answered::json(status, body)
            .header("www-authenticate", &format!("Basic realm=\"{password}\""))
            .header("x-request-id", &password)
            .header("x-jenkins", &password)
            .header("location", &format!("http://127.0.0.1/{password}"))
    });
    for path in ["/bad", "/good"] {
        let form = Form::open(client, &format!("{at}/rotate"))
            .await
            .fill("field-username", "robot")
            .fill("field-password", CANARY)
            .fill("field-check_url", &system.url(path))
            .fill("verify", "on");
        assert_clean_reply("a verified rotation", &form.send().await);
        let jenkins = Form::open(client, "/credentials/new/jenkins")
            .await
            .fill("name", "x")
            .fill("field-url", &system.url(path))
            .fill("field-username", "robot")
            .fill("field-api_token", CANARY)
            .fill("verify", "on");
        assert_clean_reply("a verified Jenkins", &jenkins.send().await);
        let registry = Form::open(client, "/credentials/new/docker-registry")
            .await
            .fill("name", "x")
            .fill("field-registry", system.authority())
            .fill("field-username", "robot")
            .fill("field-password", CANARY)
            .fill("verify", "on");
        assert_clean_reply("a verified registry", &registry.send().await);
    }
    assert!(system.received().len() > 6, "nobody asked");
    assert_clean_reply("its health", &client.get(&format!("{at}/health")).await);
}

#[test]
fn no_door_lets_the_canary_out() {
    let log = log();
    on_both(async |app| {
        let owner = app.member("owner").await;
        let at = every_way_through_the_console(app, &owner).await;
        let fragments = app.member("owner").await.with("hx-request", "true");
        every_extractor_is_given_the_canary(app, &fragments, &at).await;
        every_extractor_is_given_the_canary(app, &owner, &at).await;

        let key = app.make(|world, conn, tools| {
            world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
        });
        let caller = app.caller(&key);
        // The one door that may; it proves that the canary was there to be found.
        let got = caller.post_json("/api/v1/resolve", &json!({"tokens": ["canary"]})).await.expect(200);
        assert!(got.text().contains(CANARY), "{}", got.text());
        assert_clean("headers of a resolve", format!("{:?}", got.headers).as_bytes());
        app.database.execute("UPDATE credential_versions SET plain = '{}'");
        app.database.execute("UPDATE enterprises SET policy_epoch = policy_epoch + 1");
        let broken = caller.post_json("/api/v1/resolve", &json!({"tokens": ["canary"]})).await;
        assert_clean_reply("an answer about damaged content", &broken.expect(500));
        assert_clean_reply("the page of damaged content", &owner.get(&at).await);

        assert_clean("the database", &app.database.dump());
        let audit = app
            .database
            .texts("SELECT detail || actor_name || COALESCE(object_name, '') AS it FROM audit_records");
        assert!(audit.len() > 5);
        assert_clean("the audit log", audit.join("\n").as_bytes());
        assert_clean("the database", app.database.dump().to_ascii_lowercase().as_slice());
        assert!(
            !app.database.dump().windows(key.len()).any(|window| window == key.as_bytes()),
            "an access key is stored"
        );
    });
    let log = log.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    assert!(log.len() > 1_000, "nothing was logged, so nothing was looked at");
    assert_clean("the log", &log);
}

/// Values of the wrong type, in every place where a request carries one: actix's own answers repeat them.
async fn every_extractor_is_given_the_canary(app: &TestApp, client: &Client, at: &str) {
    let escaped: String = url::form_urlencoded::byte_serialize(ADDRESS.as_bytes()).collect();
    // The switch of languages leads back to the page's own address, so that may be there; whatever else an answer
    // repeats of what it was given is what error messages do.
    for path in [
        format!("/credentials/{escaped}"),
        format!("/credentials/{escaped}/edit"),
        format!("/credentials/new/{escaped}"),
        format!("/credentials/new/username-password?variant={escaped}"),
        format!("/access/{escaped}/revoke"),
        format!("/auth/callback?state={escaped}&code={escaped}&error={escaped}"),
        format!("/static/{escaped}/{escaped}"),
        format!("/api/v1/picker?repository={escaped}&type={escaped}&after={escaped}"),
        format!("/picker?repository={escaped}&name={escaped}"),
        format!("/{escaped}"),
        format!("{at}?x={escaped}"),
    ] {
        let text = client.get(&path).await.text().replace(&path, "").replace(&path.replace('&', "&#38;"), "");
        assert_without(ADDRESS, &path, text.as_bytes());
    }
    let json = json!({"tokens": {"a": CANARY}, "run": CANARY}).to_string();
    for (media_type, body) in [
        ("application/json", json.as_str()),
        ("application/json", CANARY),
        ("application/x-www-form-urlencoded", "name=%FF&field-password=cAnArY~7f3a91/QzX+kW"),
        ("application/x-www-form-urlencoded", CANARY),
        ("text/plain", CANARY),
        ("multipart/form-data; boundary=x", CANARY),
    ] {
        for entry in voucher::routes::ROUTES.iter().filter(|entry| entry.method == "POST") {
            let path = entry
                .path
                .replace("{id}", at.rsplit('/').next().unwrap())
                .replace("{type}", "username-password");
            if path.contains("sign-out") {
                continue;
            }
            let headers = [
                ("content-type", media_type.to_owned()),
                ("origin", app.url.clone()),
                ("sec-fetch-site", "same-origin".to_owned()),
            ];
            let reply = client.send(Method::POST, &path, &headers, Some(body.into())).await;
            assert_clean_reply(&format!("{path} given {media_type}"), &reply);
        }
    }
    for header in
        ["authorization", "cookie", "accept-language", "hx-current-url", "referer", "x-request-id", "origin"]
    {
        let reply = Client::new(&app.url).with(header, CANARY).get("/credentials").await;
        assert_clean_reply(header, &reply);
    }
}
