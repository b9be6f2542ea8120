//! A console whose people come from a provider of ours, which says whatever a test wants.

use serde_json::{Value, json};
use voucher::people::OidcSettings;

use super::app::{OtherConsole, TestApp, settings};
use super::hostile::Hostile;
use super::http::{Client, Reply};

/// The provider, and a console of its own over the database that the test has.
pub(crate) struct Door {
    pub(crate) provider: Hostile,
    pub(crate) console: OtherConsole,
}

impl Door {
    /// With settings of the enterprise `acme`, after a change.
    pub(crate) fn of(app: &TestApp, change: impl FnOnce(&mut OidcSettings)) -> Self {
        let provider = Hostile::start(app.now().as_second(), "");
        provider.change(|script| script.repeats_nonce = true);
        let mut settings = settings("acme", &provider.url);
        change(&mut settings);
        Self { console: app.console(settings), provider }
    }

    /// Members whom the world knows come by this provider from now on.
    pub(crate) fn moves_in(&self, app: &TestApp) {
        app.database.execute(&format!(
            "UPDATE members SET issuer = '{}' WHERE issuer = '{}'",
            self.provider.url, app.issuer
        ));
    }

    /// Says who comes next, and what is claimed of them.
    pub(crate) fn announces(&self, subject: &str, claims: Value) {
        self.provider.change(|script| {
            script.claims["sub"] = json!(subject);
            script.claims["name"] = json!(subject);
            for name in ["groups", "department"] {
                script.claims.as_object_mut().unwrap().remove(name);
            }
            for (name, value) in claims.as_object().unwrap() {
                script.claims[name] = value.clone();
            }
        });
    }

    /// Goes to the provider and comes back with its answer, which is not handed in yet.
    pub(crate) async fn up_to_the_callback(&self, client: &Client) -> String {
        let start = client.get("/sign-in/start").await.expect(303);
        let asked = Client::new(&self.provider.url).get(start.location()).await.expect(303);
        asked.location().to_owned()
    }

    /// Goes to the provider and hands its answer in.
    pub(crate) async fn comes(&self, client: &Client) -> Reply {
        let back = self.up_to_the_callback(client).await;
        client.get(&back).await
    }

    /// Signs somebody in, or tries to.
    pub(crate) async fn signs_in(&self, subject: &str, groups: Value) -> (Client, u16) {
        let client = self.console.anonymous();
        self.announces(subject, json!({ "groups": groups }));
        let status = self.comes(&client).await.status.as_u16();
        (client, status)
    }

    pub(crate) async fn close(self) {
        self.console.stop().await;
        self.provider.stop().await;
    }
}
