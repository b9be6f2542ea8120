//! What the tests of this module and of `usage` stand on: a fresh database with a few rows, keys, drafts.
//!
//! `VOUCHER_TEST_POSTGRES` may name a database of a server (`postgres://…/postgres`) on which the same tests run too,
//! each in a database of its own.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use jiff::Timestamp;
use serde_json::json;

use super::{Actor, ChainId, Draft, Object, Origin, Outcome};
use crate::db::{Conn, DatabaseUrl, Db, StoreError, gate};
use crate::ids::{AccessKeyId, CredentialId, EnterpriseId};
use crate::seal::{AuditSigner, AuditVerifier, KeyPairFiles, Random};

/// A database of its own for one test.
pub(crate) struct Fixture {
    pub(crate) db: Db,
    pub(crate) enterprise: EnterpriseId,
    pub(crate) credentials: Vec<CredentialId>,
    pub(crate) access_key: AccessKeyId,
    _folder: tempfile::TempDir,
}

/// One on SQLite and, where there is a server, one on PostgreSQL.
pub(crate) fn databases() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let file = DatabaseUrl::Sqlite(folder.path().join("voucher.db"));
    let mut all = vec![Fixture::new(&file, folder)];
    #[expect(clippy::disallowed_methods, reason = "a test's only way to be told where a server is")]
    if let Ok(server) = std::env::var("VOUCHER_TEST_POSTGRES") {
        let random = Random::system();
        let name = format!("audit_{}", EnterpriseId::new(now(), &random).as_str().replace('-', ""));
        let mut conn = diesel::pg::PgConnection::establish(&server).unwrap();
        conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (address, _) = server.rsplit_once('/').unwrap();
        let url = DatabaseUrl::Postgres(format!("{address}/{name}"));
        all.push(Fixture::new(&url, tempfile::tempdir().unwrap()));
    }
    all
}

impl Fixture {
    fn new(url: &DatabaseUrl, folder: tempfile::TempDir) -> Self {
        let db = Db::open(url, 4).unwrap();
        db.migrate().unwrap();
        let random = Random::system();
        let enterprise = EnterpriseId::new(now(), &random);
        let credentials: Vec<_> = (0..5).map(|_| CredentialId::new(now(), &random)).collect();
        let access_key = AccessKeyId::new(now(), &random);
        db.write_here(|conn| {
            seed(conn, &enterprise, &credentials, &access_key);
            Ok::<_, StoreError>(())
        })
        .unwrap();
        Self { db, enterprise, credentials, access_key, _folder: folder }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.db.url(), DatabaseUrl::Postgres(_))
    }

    /// Runs SQL as somebody who has got hold of the database would.
    pub(crate) fn tamper(&self, sql: &str) {
        self.db.read_here(|conn| conn.batch_execute(sql).map_err(StoreError::from)).unwrap();
    }

    /// Appends `count` records to the chain `node`, each in its own transaction.
    pub(crate) fn append(&self, count: usize) {
        for number in 0..count {
            let draft = self.draft(&format!("record {number}"));
            self.db.write_here(|conn| super::append(conn, &node(), &[draft])).unwrap();
        }
    }

    pub(crate) fn draft(&self, name: &str) -> Draft {
        Draft {
            at: now(),
            enterprise: Some(self.enterprise.clone()),
            actor: Actor::AccessKey(self.access_key.to_string(), "build".to_owned()),
            action: "credential.resolve",
            object: Some(Object {
                object_type: "credential",
                id: self.credentials[0].to_string(),
                name: name.to_owned(),
            }),
            outcome: Outcome::Allowed,
            reason: None,
            origin: Origin { address: Some("192.0.2.7".to_owned()), ..Origin::default() },
            detail: json!({"version": 3, "format": "env"}),
        }
    }

    pub(crate) fn answer(&self, name: &str, epoch: i64) -> super::Answer {
        super::Answer {
            drafts: vec![self.draft(name)],
            epochs: vec![(self.enterprise.clone(), epoch)],
            uses: vec![crate::usage::Use {
                enterprise: self.enterprise.clone(),
                credential: self.credentials[0].clone(),
                caller_id: self.access_key.to_string(),
                day: 1,
            }],
            refusals: Vec::new(),
            would_refuse: Vec::new(),
            pins: Vec::new(),
            used_keys: vec![super::KeyUse {
                key: self.access_key.clone(),
                secret: 1,
                address: Some("192.0.2.7".to_owned()),
            }],
        }
    }

    /// What every change that can alter a decision does.
    pub(crate) fn raise_epoch(&self) -> i64 {
        use crate::schema::enterprises;
        self.db
            .write_here(|conn| {
                gate::enter_alone(conn, self.enterprise.as_str())?;
                diesel::update(enterprises::table)
                    .set(enterprises::policy_epoch.eq(enterprises::policy_epoch + 1))
                    .execute(conn)?;
                Ok::<i64, StoreError>(enterprises::table.select(enterprises::policy_epoch).first(conn)?)
            })
            .unwrap()
    }

    pub(crate) fn epoch(&self) -> i64 {
        use crate::schema::enterprises;
        self.db
            .read_here(|conn| {
                Ok::<i64, StoreError>(
                    enterprises::table.select(enterprises::policy_epoch).first(conn).unwrap(),
                )
            })
            .unwrap()
    }

    /// The one number that `sql` selects as `number`.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct One {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        self.db
            .read_here(|conn| Ok::<_, StoreError>(diesel::sql_query(sql).get_result::<One>(conn).unwrap()))
            .unwrap()
            .number
    }
}

fn seed(conn: &mut Conn, enterprise: &EnterpriseId, credentials: &[CredentialId], key: &AccessKeyId) {
    let member = "00000000-0000-7000-8000-000000000001";
    let project = "00000000-0000-7000-8000-000000000002";
    let mut sql = format!(
        "INSERT INTO enterprises (id, slug, name, policy_epoch, created_at) VALUES ('{enterprise}', 'acme', 'Acme', 1, 0);
         INSERT INTO projects (id, enterprise_id, slug, name, created_at) VALUES ('{project}', '{enterprise}', 'shop', 'Shop', 0);
         INSERT INTO members (id, enterprise_id, issuer, subject, name, email, role, state, created_at)
         VALUES ('{member}', '{enterprise}', 'i', 's', 'Lin', NULL, 'owner', 'active', 0);
         INSERT INTO access_keys (id, enterprise_id, public_id, name, project_id, submission,
           created_by, created_at) VALUES ('{key}', '{enterprise}', 'p', 'build', '{project}', 's', '{member}', 0);
         INSERT INTO access_key_secrets (key_id, number, hash, made_by, since) VALUES ('{key}', 1, '', '{member}', 0);"
    );
    for id in credentials {
        sql.push_str(&format!(
            "INSERT INTO credentials (id, enterprise_id, credential_type, name, token, description, responsible_id,
               state, state_changed_at, current_version, project_scope, repository_scope, summary, revision,
               submission, created_by, created_at, updated_at)
             VALUES ('{id}', '{enterprise}', 'generic', 'n', 't-{id}', '', '{member}', 'active', 0, 1, 'all', 'all',
               '', 1, 's-{id}', '{member}', 0, 0);"
        ));
    }
    conn.batch_execute(&sql).unwrap();
}

/// The chain that tests append to.
pub(crate) fn node() -> ChainId {
    ChainId::parse("node").unwrap()
}

/// A signer and the verifier that knows it.
pub(crate) fn keys() -> (AuditSigner, AuditVerifier) {
    let (console, resolver) = KeyPairFiles::generate(&Random::system());
    (console.audit_signer(), resolver.audit_verifier())
}

/// The time at which tests begin.
pub(crate) fn now() -> Timestamp {
    crate::clock::from_millis(1_800_000_000_000)
}
