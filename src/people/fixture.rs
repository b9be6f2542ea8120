//! A console with a database of its own and one member, for the tests of this module.

use std::sync::Arc;

use jiff::Timestamp;

use super::settings::OidcSettings;
use super::sign_in::{Admission, Arrival, Doors, Identity, SignInSecret, admit, rows};
use crate::audit::{ChainId, Origin};
use crate::clock::Clock;
use crate::db::{DatabaseUrl, Db};
use crate::directory::{self, Enterprise, Member, MemberState};
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::EnterpriseRole;
use crate::seal::{KeyPairFiles, Random};
use crate::web::Console;

pub(super) const ISSUER: &str = "http://127.0.0.1:1";

/// A console; the directory goes away with it.
pub(super) struct Fixture {
    pub(super) console: Console,
    pub(super) enterprise: EnterpriseId,
    _directory: tempfile::TempDir,
}

impl Fixture {
    /// An enterprise `aurora` with one administrator, `na` of [`ISSUER`].
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("voucher.db"));
        let db = Db::open(&url, 4).unwrap();
        db.migrate().unwrap();
        let random = Random::system();
        let (keys, _) = KeyPairFiles::generate(&random);
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let console = Console {
            bell: std::sync::Arc::default(),
            db,
            clock: Clock::manual(now),
            random: random.clone(),
            sealer: Arc::new(keys.sealer()),
            chain: ChainId::parse("test").unwrap(),
            public_url: Arc::from("http://127.0.0.1:8700"),
            private_hosts: Arc::default(),
            embedders: crate::web::Origins::default(),
            step_up: Some(crate::config::STEP_UP),
        };
        let mut fixture =
            Self { console, enterprise: EnterpriseId::new(now, &random), _directory: directory };
        fixture.enterprise = fixture.add_enterprise("Aurora");
        fixture.add_member(ISSUER, "na", EnterpriseRole::Administrator);
        fixture
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut crate::db::Conn) -> Result<T, crate::db::StoreError> + Send + 'static,
    ) -> T {
        self.console.db.write_here(work).unwrap()
    }

    pub(super) fn add_enterprise(&self, name: &str) -> EnterpriseId {
        let (now, id) =
            (self.console.clock.now(), EnterpriseId::new(self.console.clock.now(), &self.console.random));
        let new = Enterprise { id: id.clone(), slug: name.to_lowercase(), name: name.to_owned() };
        self.write(move |conn| directory::add_enterprise(conn, &new, now));
        id
    }

    pub(super) fn add_member(&self, issuer: &str, subject: &str, role: EnterpriseRole) -> MemberId {
        let (now, id) =
            (self.console.clock.now(), MemberId::new(self.console.clock.now(), &self.console.random));
        let new = Member {
            id: id.clone(),
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: subject.to_owned(),
            email: None,
            role,
            state: MemberState::Active,
            created_at: now,
        };
        let enterprise = self.enterprise.clone();
        self.write(move |conn| directory::add_member(conn, &enterprise, &new));
        id
    }

    pub(super) fn disable(&self, subject: &'static str) {
        self.write(move |conn| rows::disable(conn, subject));
    }

    /// Signs in as `subject` of [`ISSUER`].
    pub(super) fn sign_in(
        &self,
        subject: &str,
        first_administrator: Option<&str>,
    ) -> (Admission, SignInSecret) {
        let secret = SignInSecret::new(&self.console.random);
        let arrival = Arrival {
            identity: Identity {
                authenticated_at: None,
                issuer: ISSUER.to_owned(),
                subject: subject.to_owned(),
                sid: None,
                name: Some("Li Na".to_owned()),
                email: Some("na@aurora.example".to_owned()),
                claims: serde_json::Map::new(),
            },
            secret_hash: secret.hash(),
            previous: None,
            wanted: None,
            user_agent: String::new(),
            origin: Origin::default(),
            now: self.console.clock.now(),
        };
        let settings = OidcSettings {
            first_administrator: first_administrator.map(ToOwned::to_owned),
            ..settings(ISSUER)
        };
        let doors = Doors::of(&[settings], ISSUER);
        let (chain, random) = (self.console.chain.clone(), self.console.random.clone());
        (self.write(move |conn| admit(conn, &doors, &arrival, &chain, &random)), secret)
    }

    /// Action, outcome and reason of every audit record, oldest first.
    pub(super) fn audit(&self) -> Vec<(String, String, Option<String>)> {
        self.write(rows::audit)
    }
}

pub(super) fn settings(issuer: &str) -> OidcSettings {
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "voucher".to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        draft_logout: false,
        logout_hint: false,
        enterprise: "aurora".to_owned(),
        name: None,
        first_administrator: None,
        rules: Vec::new(),
    }
}
