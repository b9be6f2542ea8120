//! More credentials than operations could make in a test's time: rows like those of one credential, made by the database.
//! They have no content that could be opened: none at all, or that of the one credential, which is signed for that one.

use voucher::ids::CredentialId;

use super::app::TestApp;
use super::database::Database;
use super::world::Sample;

/// Rows beside one credential, numbered from 1.
#[derive(Default)]
pub(crate) struct Many {
    template: Option<CredentialId>,
    there: usize,
}

/// Twelve digits of `i`.
const DIGITS: &str = "substr('000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1)";

impl Many {
    /// The same, each with rows of content.
    pub(crate) fn grow_with_content(&mut self, app: &TestApp, to: usize) {
        let from = self.there;
        self.grow(app, to);
        let id = format!("'01930000-0000-7000-8000-' || {DIGITS}");
        let series = format!(
            "WITH RECURSIVE n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {to})",
            from + 1
        );
        for (table, columns) in [
            (
                "credential_versions",
                "number, variant, plain, content_expires_at, signing_key_id, signature, submission, created_by, created_at",
            ),
            ("sealed_fields", "number, field, key_id, envelope, fingerprint"),
        ] {
            let template = self.template.as_ref().unwrap();
            app.database.execute(&format!(
                "INSERT INTO {table} (credential_id, {columns}) {series} SELECT {id}, {columns} FROM n, {table} t \
                 WHERE t.credential_id = '{template}'"
            ));
        }
    }

    /// Adds to Acme until there are so many. Of each hundred one is disabled, one expires soon, one has expired; every
    /// thousandth is refused by its system, is named `needle` and may be used in `shop`; every other was used.
    pub(crate) fn grow(&mut self, app: &TestApp, to: usize) {
        let template = self.template.get_or_insert_with(|| {
            app.make(|world, conn, tools| {
                let scope = voucher::credentials::Scope::none();
                world.credential(conn, tools, &Sample { token: "template", scope, ..Sample::default() })
            })
        });
        let now = app.now().as_millisecond();
        let types: Vec<String> = voucher::catalogue::all()
            .iter()
            .enumerate()
            .map(|(at, of)| format!("WHEN {at} THEN '{}'", of.id))
            .collect();
        let sqlite = matches!(app.database, Database::Sqlite(_));
        let gram = if sqlite {
            "lower(hex(substr(folded, n, 3)))"
        } else {
            "encode(convert_to(substr(folded, n, 3), 'UTF8'), 'hex')"
        };
        let grams = if sqlite {
            format!(
                "(WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length(folded)) \
                 SELECT group_concat(gram, ' ') FROM (SELECT DISTINCT {gram} AS gram FROM place))"
            )
        } else {
            format!(
                "array_to_tsvector(ARRAY(SELECT DISTINCT {gram} FROM generate_series(1, length(folded)) n))"
            )
        };
        let series = format!(
            "WITH RECURSIVE n (i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {to})",
            self.there + 1
        );
        let id = format!("'01930000-0000-7000-8000-' || {DIGITS}");
        let name = "CASE i % 1000 WHEN 0 THEN '针 Needle ' ELSE CASE i % 3 WHEN 0 THEN 'Aliyun ' WHEN 1 THEN '生产 ' ELSE 'Team ' END END || CAST(i AS TEXT)";
        let day = 86_400_000_i64;
        let mut sql = vec![format!(
            "INSERT INTO credentials (id, enterprise_id, credential_type, name, token, description, responsible_id, state, \
             state_changed_at, expires_at, current_version, project_scope, repository_scope, summary, revision, submission, \
             created_by, created_at, updated_at, last_used_at, sort_name) \
             {series} SELECT {id}, c.enterprise_id, CASE i % 11 {types} END, {name}, 'many-' || CAST(i AS TEXT), \
             'for the pipelines of team ' || CAST(i % 300 AS TEXT), c.responsible_id, \
             CASE i % 100 WHEN 7 THEN 'disabled' ELSE 'active' END, c.state_changed_at, \
             CASE i % 100 WHEN 8 THEN {now} + {day} WHEN 9 THEN {now} - {day} END, 1, \
             CASE i % 500 WHEN 11 THEN 'all' ELSE 'chosen' END, 'chosen', 'robot', 1, {id}, c.created_by, \
             c.created_at + i, c.created_at + i, CASE i % 2 WHEN 0 THEN {now} - i * 1000 END, lower({name}) \
             FROM n, credentials c WHERE c.id = '{template}'",
            types = types.join(" "),
        )];
        sql.push(format!(
            "INSERT INTO credential_texts (credential_id, folded, grams) SELECT id, folded, {grams} FROM (\
             SELECT id, lower(name || chr(10) || token || chr(10) || description || chr(10) || 'robot') AS folded \
             FROM credentials WHERE token LIKE 'many-%' AND id NOT IN (SELECT credential_id FROM credential_texts)) texts"
        ));
        if sqlite {
            sql[1] = sql[1].replace("chr(", "char(");
        }
        sql.push(format!(
            "INSERT INTO health (credential_id, version, outcome, due_at) {series} SELECT {id}, 1, \
             CASE i % 1000 WHEN 0 THEN 'invalid_secret' ELSE CASE i % 4 WHEN 0 THEN NULL ELSE 'ok' END END, {now} FROM n"
        ));
        sql.push(format!(
            "INSERT INTO credential_projects (credential_id, project_id) {series} SELECT {id}, p.id FROM n, projects p \
             WHERE p.enterprise_id = '{acme}' AND (p.slug = 'plat' AND i % 5 = 0 OR p.slug = 'shop' AND i % 1000 = 0)",
            acme = app.world.acme
        ));
        for sql in sql {
            app.database.execute(&sql);
        }
        if !sqlite {
            // Which its autovacuum does a minute later by itself.
            app.database.execute("VACUUM ANALYZE");
        }
        self.there = to;
    }
}
