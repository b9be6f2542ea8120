//! Signing in and out as a browser does it: a console, the development issuer, and real loopback ports between them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_session::Session;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::sync::Barrier;
use url::Url;

use super::dev_issuer::{DevIssuer, Persona};
use super::fixture::{Fixture, settings};
use super::{ManageAccess, Permit, Providers, SignedIn, cross_site, pages, session_middleware};
use crate::permission::EnterpriseRole;
use crate::web::{Proxies, Site, extractor_configs, headers, problems};

struct House {
    fixture: Fixture,
    url: String,
    began: Arc<Barrier>,
    over: Arc<Barrier>,
}

/// A console with its issuer; `na` is an administrator, `wei` a member, `mallory` nobody.
fn house() -> House {
    let mut fixture = Fixture::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    fixture.console.public_url = Arc::from(url.as_str());
    let (clock, random) = (fixture.console.clock.clone(), fixture.console.random.clone());

    let personas = ["na", "wei", "mallory"].map(|subject| Persona {
        subject: subject.to_owned(),
        name: format!("{subject} <i>"),
        email: format!("{subject}@aurora.example"),
        role: "member".to_owned(),
        description_en: "Somebody".to_owned(),
        description_zh: "某人".to_owned(),
    });
    let redirect = format!("{url}/auth/callback");
    let issuer =
        DevIssuer::new(personas.to_vec(), "voucher", &redirect, clock.clone(), random.clone()).unwrap();
    let (server, issuer) = issuer.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    actix_web::rt::spawn(server);
    fixture.add_member(&issuer, "na", EnterpriseRole::Administrator);
    fixture.add_member(&issuer, "wei", EnterpriseRole::Member);

    let console = web::Data::new(fixture.console.clone());
    let providers = web::Data::new(Providers::new(&[settings(&issuer)], &url, &clock).unwrap());
    let site = web::Data::new(Site { clock, random, https: false, proxies: Proxies::default() });
    let (began, over) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let gates = web::Data::new((Arc::clone(&began), Arc::clone(&over)));
    let server = HttpServer::new(move || {
        let key = console.sealer.derive("cookie");
        let session = session_middleware(
            console.db.clone(),
            console.clock.clone(),
            console.random.clone(),
            &key,
            false,
        );
        App::new()
            .app_data(console.clone())
            .app_data(providers.clone())
            .app_data(site.clone())
            .app_data(gates.clone())
            .configure(extractor_configs)
            .configure(routes)
            .route("/me", web::get().to(|who: SignedIn| async move { who.0.name }))
            .route("/access", web::get().to(|who: Permit<ManageAccess>| async move { who.name.clone() }))
            .route("/change", web::post().to(|_: SignedIn| async { "changed" }))
            .route("/slow", web::get().to(slow))
            .wrap(session)
            .wrap(from_fn(cross_site))
            .wrap(from_fn(problems))
            .wrap(from_fn(headers))
    })
    .workers(2)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    actix_web::rt::spawn(server);
    House { fixture, url, began, over }
}

/// The pages of this module, where the table of routes has them.
fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sign-in", web::get().to(pages::sign_in_page))
        .route("/sign-in/start", web::get().to(pages::start))
        .route("/auth/callback", web::get().to(pages::callback))
        .route("/sign-out", web::post().to(pages::sign_out))
        .route("/signed-out", web::get().to(pages::signed_out));
}

/// Begins signed in, and changes its session once it is told to go on.
async fn slow(_: SignedIn, session: Session, gates: web::Data<(Arc<Barrier>, Arc<Barrier>)>) -> HttpResponse {
    gates.0.wait().await;
    gates.1.wait().await;
    session.insert("left", "behind").unwrap();
    HttpResponse::Ok().finish()
}

/// Keeps cookies and follows nothing by itself.
struct Browser {
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
    at: String,
}

struct Page {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Browser {
    fn new(house: &House) -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { client, cookies: Mutex::default(), at: house.url.clone() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let cookie = actix_web::cookie::Cookie::parse(cookie.to_str().unwrap().to_owned()).unwrap();
            let gone = cookie.max_age().is_some_and(|age| age.is_zero());
            let mut cookies = self.cookies.lock().unwrap();
            cookies.remove(cookie.name());
            if !gone {
                cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        Page { status, headers, body: response.text().await.unwrap() }
    }

    fn absolute(&self, path: &str) -> String {
        Url::parse(&self.at).unwrap().join(path).unwrap().to_string()
    }

    async fn get(&self, path: &str) -> Page {
        self.send(self.client.get(self.absolute(path))).await
    }

    async fn post(&self, path: &str) -> Page {
        self.send(self.client.post(self.absolute(path)).header("sec-fetch-site", "same-origin")).await
    }

    /// Goes to the issuer, chooses, and stops before the answer is handed in: its address.
    async fn chosen(&self, persona: &str, return_to: &str) -> String {
        let start = self.get(&format!("/sign-in/start?return_to={return_to}")).await;
        assert_eq!(start.status, 303, "{}", start.body);
        let asked = Url::parse(start.header("location")).unwrap();
        let page = self.client.get(asked.clone()).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("value=\"{persona}\"")), "{page}");
        let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        form.push(("persona".to_owned(), persona.to_owned()));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let chosen = self
            .client
            .post(asked)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(chosen.status().as_u16(), 303);
        chosen.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn signs_in(&self, persona: &str) -> Page {
        let answer = self.chosen(persona, "/me").await;
        self.get(&answer).await
    }

    async fn is_signed_in(&self) -> bool {
        self.get("/me").await.status == 200
    }
}

#[actix_web::test]
async fn a_member_signs_in_and_out() {
    let house = house();
    let browser = Browser::new(&house);
    let asked = browser.get("/me").await;
    assert_eq!((asked.status, asked.header("location")), (303, "/sign-in?return_to=%2Fme"));
    let offered = browser.get(asked.header("location")).await;
    assert!(offered.body.contains("href=\"/sign-in/start?return_to=%2Fme\""), "{}", offered.body);

    let answer = browser.chosen("wei", "%2Fme%3Fa%3Db").await;
    let back = browser.get(&answer).await;
    assert_eq!((back.status, back.header("location")), (303, "/me?a=b"));
    let me = browser.get("/me").await;
    assert_eq!((me.status, me.body.as_str()), (200, "wei <i>"), "the name is the issuer's");
    assert_eq!(browser.get("/sign-in?return_to=/me").await.header("location"), "/me");
    assert_eq!(browser.cookies.lock().unwrap().keys().collect::<Vec<_>>(), ["voucher"]);

    let again = browser.get(&answer).await;
    assert_eq!(again.status, 400);
    assert!(again.body.contains("cannot be used any more"), "{}", again.body);
    assert!(browser.is_signed_in().await);

    let kept = browser.cookies.lock().unwrap()["voucher"].clone();
    let out = browser.post("/sign-out").await;
    assert_eq!((out.status, out.header("location")), (303, "/signed-out"));
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    browser.cookies.lock().unwrap().insert("voucher".to_owned(), kept);
    assert!(!browser.is_signed_in().await, "the old cookie is worth nothing");

    let leaving = browser.get("/signed-out").await;
    let provider = leaving.header("refresh").strip_prefix("0; url=").unwrap().to_owned();
    assert!(provider.contains("/end_session?"), "{provider}");
    let ended = browser.client.get(provider).send().await.unwrap();
    let back = ended.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with(&format!("{}/signed-out?state=", house.url)), "{back}");
    let last = browser.get(&back).await;
    assert_eq!((last.status, last.header("refresh")), (200, ""));
    let audit: Vec<_> =
        house.fixture.audit().into_iter().map(|(action, outcome, _)| (action, outcome)).collect();
    // The answer that was handed in again is on record as well.
    let expected = [("sign_in.begin", "allowed"), ("sign_in.begin", "refused"), ("sign_in.end", "allowed")];
    assert_eq!(audit, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[actix_web::test]
async fn only_members_come_in() {
    let house = house();
    let browser = Browser::new(&house);
    let page = browser.signs_in("mallory").await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("not a member of an enterprise here"), "{}", page.body);
    assert!(!browser.is_signed_in().await);
    house.fixture.disable("wei");
    assert_eq!(browser.signs_in("wei").await.status, 403);
    assert!(!browser.is_signed_in().await);
    let reasons: Vec<_> = house.fixture.audit().into_iter().map(|(_, _, reason)| reason.unwrap()).collect();
    assert_eq!(reasons, ["not_a_member", "member_disabled"]);
}

#[actix_web::test]
async fn a_permission_is_more_than_a_sign_in() {
    let house = house();
    for (persona, status) in [("wei", 403), ("na", 200)] {
        let browser = Browser::new(&house);
        browser.signs_in(persona).await;
        assert_eq!(browser.get("/access").await.status, status, "{persona}");
    }
    assert_eq!(Browser::new(&house).get("/access").await.status, 303);
}

#[actix_web::test]
async fn of_two_answers_at_once_one_signs_in() {
    let house = house();
    let browser = Browser::new(&house);
    for _ in 0..5 {
        let answer = browser.chosen("wei", "/me").await;
        let (one, other) = futures_util::future::join(browser.get(&answer), browser.get(&answer)).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 400]);
    }
}

#[actix_web::test]
async fn an_answer_is_good_only_in_the_browser_that_asked() {
    let house = house();
    let (victim, attacker) = (Browser::new(&house), Browser::new(&house));
    let answer = attacker.chosen("wei", "/me").await;
    assert_eq!(victim.get(&answer).await.status, 400);
    assert!(!victim.is_signed_in().await);
    assert_eq!(attacker.get(&answer).await.status, 400, "and is used up by the attempt");
}

#[actix_web::test]
async fn two_tabs_may_be_signing_in_at_once() {
    let house = house();
    let browser = Browser::new(&house);
    let _other_tab = browser.chosen("na", "/me").await;
    let answer = browser.chosen("wei", "/me").await;
    assert_eq!(browser.get(&answer).await.status, 303);
}

#[actix_web::test]
async fn a_new_sign_in_has_a_new_session_and_ends_the_old_one() {
    let house = house();
    let browser = Browser::new(&house);
    browser.signs_in("wei").await;
    let planted = browser.cookies.lock().unwrap()["voucher"].clone();
    browser.signs_in("na").await;
    assert_eq!(browser.get("/me").await.body, "na <i>");
    let thief = Browser::new(&house);
    thief.cookies.lock().unwrap().insert("voucher".to_owned(), planted);
    assert!(!thief.is_signed_in().await);
    let actions: Vec<_> = house.fixture.audit().into_iter().map(|(action, _, _)| action).collect();
    assert_eq!(actions, ["sign_in.begin", "sign_in.end", "sign_in.begin"]);
}

#[actix_web::test]
async fn a_slow_request_does_not_bring_an_ended_sign_in_back() {
    let house = house();
    let browser = Browser::new(&house);
    browser.signs_in("wei").await;
    let slow = Browser::new(&house);
    slow.cookies.lock().unwrap().clone_from(&browser.cookies.lock().unwrap());
    let out = async {
        house.began.wait().await;
        let out = browser.post("/sign-out").await;
        house.over.wait().await;
        out
    };
    let (ended, out) = futures_util::future::join(slow.get("/slow"), out).await;
    assert_eq!(out.status, 303);
    assert!(ended.headers.get("set-cookie").is_none(), "{:?}", ended.headers);
    assert!(!slow.is_signed_in().await);
    assert!(!browser.is_signed_in().await);
}

#[actix_web::test]
async fn what_the_provider_writes_is_never_shown() {
    let house = house();
    for (error, status, reason) in [
        ("access_denied", 403, "denied"),
        ("server_error", 502, "provider_refused"),
        ("<b>x</b>", 502, "provider_refused"),
    ] {
        let browser = Browser::new(&house);
        let start = browser.get("/sign-in/start").await;
        let asked = Url::parse(start.header("location")).unwrap();
        let state = asked.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let mut answer = Url::parse(&format!("{}/auth/callback", house.url)).unwrap();
        answer.query_pairs_mut().extend_pairs([
            ("error", error),
            ("error_description", "<script>alert('canary')</script>"),
            ("error_uri", "https://canary.example"),
            ("state", &state),
            ("iss", &asked.origin().ascii_serialization()),
        ]);
        let page = browser.get(answer.as_str()).await;
        assert_eq!(page.status, status, "{error}");
        // The address of the page itself is in it, for coming back after changing the language; encoded.
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>x</b>"), "{}", page.body);
        assert_eq!(house.fixture.audit().last().unwrap().2.as_deref(), Some(reason));
    }
}

#[actix_web::test]
async fn an_answer_of_another_issuer_is_refused() {
    let house = house();
    let browser = Browser::new(&house);
    let answer = browser.chosen("wei", "/me").await;
    let mut mixed = Url::parse(&answer).unwrap();
    let pairs: Vec<(String, String)> = mixed.query_pairs().into_owned().collect();
    mixed.query_pairs_mut().clear().extend_pairs(
        pairs
            .iter()
            .map(|(name, value)| (name.as_str(), if name == "iss" { "https://evil.example" } else { value })),
    );
    assert_eq!(browser.get(mixed.as_str()).await.status, 403);
    assert!(!browser.is_signed_in().await);
}

#[actix_web::test]
async fn other_sites_change_nothing() {
    let house = house();
    let browser = Browser::new(&house);
    browser.signs_in("wei").await;
    let sent = |name: &'static str, value: String| {
        browser.send(browser.client.post(browser.absolute("/change")).header(name, value))
    };
    assert_eq!(sent("sec-fetch-site", "cross-site".to_owned()).await.status, 403);
    assert_eq!(sent("origin", "https://evil.example".to_owned()).await.status, 403);
    assert_eq!(sent("x-nothing", "said".to_owned()).await.status, 403);
    assert_eq!(sent("origin", house.url.clone()).await.status, 200);
    assert_eq!(sent("sec-fetch-site", "same-origin".to_owned()).await.status, 200);
    // Whoever brings a key of their own is nobody's browser.
    assert_eq!(sent("authorization", "Bearer x".to_owned()).await.status, 303);
}

#[actix_web::test]
async fn htmx_is_led_to_the_sign_in_page() {
    let house = house();
    let browser = Browser::new(&house);
    let request = browser
        .client
        .get(browser.absolute("/me"))
        .header("hx-request", "true")
        .header("hx-current-url", format!("{}/credentials?page=2", house.url));
    let page = browser.send(request).await;
    assert_eq!(page.header("hx-redirect"), "/sign-in?return_to=%2Fcredentials%3Fpage%3D2");
}

#[actix_web::test]
async fn a_sign_in_lasts_as_long_as_somebody_comes() {
    let house = house();
    let browser = Browser::new(&house);
    browser.signs_in("wei").await;
    house.fixture.console.clock.advance(std::time::Duration::from_mins(29));
    assert!(browser.is_signed_in().await);
    house.fixture.console.clock.advance(std::time::Duration::from_mins(31));
    assert!(!browser.is_signed_in().await);
}

#[actix_web::test]
async fn a_provider_that_is_down_is_said_to_be_down() {
    let fixture = Fixture::new();
    let console = web::Data::new(fixture.console.clone());
    let clock = fixture.console.clock.clone();
    // Nobody listens on the port of the fixture's issuer.
    let providers = Providers::new(&[settings(super::fixture::ISSUER)], &console.public_url, &clock).unwrap();
    let site = web::Data::new(Site {
        clock,
        random: fixture.console.random.clone(),
        https: false,
        proxies: Proxies::default(),
    });
    let app = actix_web::test::init_service(
        App::new().app_data(console).app_data(site).app_data(web::Data::new(providers)).configure(routes),
    )
    .await;
    let request = actix_web::test::TestRequest::get().uri("/sign-in/start").to_request();
    let response = actix_web::test::call_service(&app, request).await;
    assert_eq!(response.status().as_u16(), 503);
    let body = actix_web::test::read_body(response).await;
    assert!(std::str::from_utf8(&body).unwrap().contains("not possible at the moment"));
}
