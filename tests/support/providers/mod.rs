//! Real OpenID providers that others wrote, each a process on loopback, and consoles whose people come by them.
//!
//! They agree about less than one should think, so whatever is tested with one is tested with the other.

mod glewlwyd;
mod oidc_provider;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use actix_web::rt::System;
use serde_json::Value;
use voucher::people::{OidcSettings, Rule, WrittenRule};
use voucher::secret::Secret;

use super::app::{OtherConsole, TestApp, free_address, settings};
use super::database::Kind;
use super::http::{Client, Reply};

pub(crate) use self::glewlwyd::Glewlwyd;
pub(crate) use self::oidc_provider::OidcProvider;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    OidcProvider,
    Glewlwyd,
}

impl Make {
    const ALL: &[Self] = &[Self::OidcProvider, Self::Glewlwyd];
}

/// One of them, running. In it are `alice` and `bob`, whose groups are `staff`.
pub(crate) enum Provider {
    OidcProvider(OidcProvider),
    Glewlwyd(Glewlwyd),
}

/// A program that people sign in to by the provider: its name there, where it is, and how its ID tokens are signed.
pub(crate) struct Registered {
    pub(crate) client_id: &'static str,
    pub(crate) url: String,
    pub(crate) algorithm: &'static str,
}

/// The provider's own pages, as far as a browser got through them.
pub(crate) struct Visit {
    /// Whether it wanted a password.
    pub(crate) asked: bool,
    /// Where it sends the browser back to.
    pub(crate) back: String,
}

impl Provider {
    async fn start(make: Make, registered: &[Registered]) -> Self {
        match make {
            Make::OidcProvider => Self::OidcProvider(OidcProvider::start(registered)),
            Make::Glewlwyd => Self::Glewlwyd(Glewlwyd::start(registered).await),
        }
    }

    pub(crate) fn issuer(&self) -> String {
        match self {
            Self::OidcProvider(provider) => provider.issuer().to_owned(),
            Self::Glewlwyd(provider) => provider.issuer(),
        }
    }

    /// Where its own pages are.
    fn origin(&self) -> String {
        let issuer = url::Url::parse(&self.issuer()).unwrap();
        issuer.origin().ascii_serialization()
    }

    /// Whether its discovery document promises the issuer's name in each answer. Both send it.
    pub(crate) fn promises_iss(&self) -> bool {
        match self {
            Self::OidcProvider(_) => true,
            Self::Glewlwyd(_) => false,
        }
    }

    /// What an installation has to set besides the address and the client.
    fn needs(&self, settings: &mut OidcSettings) {
        settings.scopes = vec!["groups".to_owned()];
        let glewlwyd = matches!(self, Self::Glewlwyd(_));
        (settings.draft_logout, settings.logout_hint) = (glewlwyd, glewlwyd);
    }

    /// Goes where a console sends its browser, and logs in as soon as a password is wanted.
    pub(crate) async fn visit(&self, browser: &Client, address: &str, name: &str) -> Visit {
        match self {
            Self::OidcProvider(provider) => provider.visit(browser, address, name).await,
            Self::Glewlwyd(provider) => provider.visit(browser, address, name).await,
        }
    }

    /// Goes where a console sends whoever signed out, and says yes; the address that the browser is sent back to.
    pub(crate) async fn leave_by(&self, browser: &Client, address: &str) -> String {
        match self {
            Self::OidcProvider(provider) => provider.leave_by(browser, address).await,
            Self::Glewlwyd(provider) => provider.leave_by(browser, address).await,
        }
    }

    /// Signs out on the provider's own pages.
    pub(crate) async fn leave(&self, browser: &Client) {
        match self {
            Self::OidcProvider(provider) => provider.leave(browser).await,
            Self::Glewlwyd(provider) => provider.leave(browser).await,
        }
    }

    /// Makes new keys and signs with them from now on; the old ones stay published, or do not.
    pub(crate) async fn roll_keys(&self, keep: bool) {
        match self {
            Self::OidcProvider(provider) => provider.roll_keys(keep),
            Self::Glewlwyd(provider) => provider.roll_keys(keep).await,
        }
    }

    pub(crate) async fn put_into_groups(&self, name: &str, groups: &[&str]) {
        match self {
            Self::OidcProvider(provider) => provider.put_into_groups(name, groups),
            Self::Glewlwyd(provider) => provider.put_into_groups(name, groups).await,
        }
    }
}

/// A provider, and two consoles over the database that the test has: the ID tokens of one are signed with RS256, those
/// of the other with ES256.
pub(crate) struct House {
    pub(crate) provider: Provider,
    pub(crate) rs256: OtherConsole,
    pub(crate) es256: OtherConsole,
}

/// What one browser keeps of a console and of the provider.
pub(crate) struct Browser {
    pub(crate) at_console: Client,
    pub(crate) at_provider: Client,
}

/// Runs a test with each provider and on each database, every time in a world of its own.
#[track_caller]
pub(crate) fn at_each(test: impl AsyncFn(&TestApp, &House)) {
    for make in Make::ALL {
        at(*make, &test);
    }
}

/// Runs a test with one of them, when the others cannot do what it is about.
#[track_caller]
pub(crate) fn at(make: Make, test: impl AsyncFn(&TestApp, &House)) {
    at_with(make, |_| {}, test);
}

/// The same with other settings than it needs.
#[track_caller]
pub(crate) fn at_with(make: Make, change: impl Fn(&mut OidcSettings), test: impl AsyncFn(&TestApp, &House)) {
    for kind in Kind::BOTH {
        println!("{make:?} on {kind}:");
        System::new().block_on(async {
            let app = TestApp::start_now(kind).await;
            let house = House::open(&app, make, &change).await;
            test(&app, &house).await;
            house.close().await;
            app.stop().await;
        });
    }
}

impl House {
    async fn open(app: &TestApp, make: Make, change: impl Fn(&mut OidcSettings)) -> Self {
        let addresses = [free_address(), free_address()];
        let registered = [("voucher", "RS256"), ("voucher-es256", "ES256")];
        let registered = std::iter::zip(registered, addresses)
            .map(|((client_id, algorithm), address)| Registered {
                client_id,
                url: format!("http://{address}"),
                algorithm,
            })
            .collect::<Vec<_>>();
        let provider = Provider::start(make, &registered).await;
        let console = |at: usize| {
            let mut settings = provider.settings(registered[at].client_id);
            change(&mut settings);
            app.console_at(addresses[at], settings)
        };
        Self { rs256: console(0), es256: console(1), provider }
    }

    async fn close(self) {
        self.rs256.stop().await;
        self.es256.stop().await;
    }

    /// The provider, where a test is [`at`] this one.
    pub(crate) fn oidc_provider(&self) -> &OidcProvider {
        match &self.provider {
            Provider::OidcProvider(provider) => provider,
            Provider::Glewlwyd(_) => panic!("the test is at another"),
        }
    }

    /// The same for the other.
    pub(crate) fn glewlwyd(&self) -> &Glewlwyd {
        match &self.provider {
            Provider::Glewlwyd(provider) => provider,
            Provider::OidcProvider(_) => panic!("the test is at another"),
        }
    }

    /// A browser that was nowhere yet.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_at(&self.rs256)
    }

    pub(crate) fn browser_at(&self, console: &OtherConsole) -> Browser {
        Browser { at_console: console.anonymous(), at_provider: Client::new(&self.provider.origin()) }
    }

    /// The way of a browser from the console's link up to the address that it comes back to.
    pub(crate) async fn up_to_the_callback(&self, browser: &Browser, name: &str) -> Visit {
        let start = browser.at_console.get("/sign-in/start").await.expect(303);
        self.provider.visit(&browser.at_provider, start.location(), name).await
    }

    /// Signs somebody in, or tries to: what the console says to the provider's answer.
    pub(crate) async fn comes(&self, browser: &Browser, name: &str) -> Reply {
        let visit = self.up_to_the_callback(browser, name).await;
        browser.at_console.get(&visit.back).await
    }

    /// Somebody, signed in.
    pub(crate) async fn member(&self, name: &str) -> Browser {
        let browser = self.browser();
        self.comes(&browser, name).await.expect(303);
        browser
    }
}

impl Browser {
    /// The page that offers to sign in sends whoever has done so onward.
    pub(crate) async fn is_signed_in(&self) -> bool {
        match self.at_console.get("/sign-in").await.status.as_u16() {
            200 => false,
            303 => true,
            other => panic!("status {other}"),
        }
    }

    /// Waits for what the provider tells the console behind the browser's back; Glewlwyd does so in its own time.
    pub(crate) async fn is_soon_signed_out(&self) -> bool {
        soon(async || !self.is_signed_in().await).await
    }
}

impl Provider {
    /// As an administrator writes them.
    pub(crate) fn settings(&self, client_id: &str) -> OidcSettings {
        let mut settings = settings("acme", &self.issuer());
        settings.client_id = client_id.to_owned();
        settings.client_secret = Some(Secret::new(format!("{client_id}-secret")));
        settings.rules = rules();
        self.needs(&mut settings);
        settings
    }
}

fn rules() -> Vec<Rule> {
    let rule = |has: &str, role: Option<&str>, project: Option<&str>| {
        let text = |text: &str| Some(text.to_owned());
        let written = WrittenRule {
            claim: "groups".to_owned(),
            has: text(has),
            role: role.and_then(text),
            project: project.and_then(text),
            ..WrittenRule::default()
        };
        Rule::parse(written).unwrap()
    };
    vec![
        rule("staff", Some("member"), None),
        rule("voucher-admins", Some("administrator"), None),
        rule("shop", None, Some("shop")),
    ]
}

/// Waits for what happens in somebody else's time.
async fn soon(condition: impl AsyncFn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition().await {
        if Instant::now() > deadline {
            return false;
        }
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

/// A program of ours for the Node.js that comes with the provider.
fn node(program: &str) -> Command {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/providers");
    let node = directory.join("node_modules/.bin/node");
    assert!(node.exists(), "npm ci --prefix tests/support/providers is needed; tests/run does it");
    let mut command = Command::new(node);
    command.arg(program).current_dir(directory);
    command
}

/// `{"alice": …, "bob": …}`, for whoever writes them down.
fn people() -> Value {
    serde_json::json!({ "alice": { "groups": ["staff"] }, "bob": { "groups": ["staff"] } })
}
