//! What can be searched of a credential, beside its row: `credential_texts`.
//!
//! Every three letters of the text are indexed, in hexadecimal, so that a word of three letters or more is found by all
//! of its threes and a shorter one by what begins with it, in any script. SQLite has the index as a table of words,
//! PostgreSQL as one of lexemes; neither needs an extension. What the index finds may have the letters in another
//! order, so the text itself is compared as well.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::db::{Conn, StoreError, words};
use crate::ids::{CredentialId, EnterpriseId};
use crate::schema::{credential_versions as v, credentials as c};

/// Longer texts are searched as far as this, in characters.
const SEARCHED: usize = 4000;

/// So many threes of one word are looked up: they leave little to compare, and each is one more list to go through.
const MOST_GRAMS: usize = 6;

/// Writes down what can be searched of a credential, after its row or its current version changed.
pub(super) fn note(conn: &mut Conn, id: &CredentialId) -> Result<(), StoreError> {
    let (name, token, description, plain): (String, String, String, String) = c::table
        .inner_join(v::table.on(v::credential_id.eq(c::id).and(v::number.eq(c::current_version))))
        .filter(c::id.eq(id.as_str()))
        .select((c::name, c::token, c::description, v::plain))
        .first(conn)?;
    let plain = super::plain_fields(&plain)?;
    let parts = [name, token, description].into_iter().chain(plain.into_values());
    let folded = folded(parts.collect::<Vec<_>>().join("\n").as_str());
    let grams = grams(&folded);
    match conn {
        Conn::Sqlite(c) => diesel::sql_query(
            "INSERT INTO credential_texts (credential_id, folded, grams) VALUES (?, ?, ?) \
             ON CONFLICT (credential_id) DO UPDATE SET folded = excluded.folded, grams = excluded.grams",
        )
        .bind::<Text, _>(id.as_str())
        .bind::<Text, _>(folded)
        .bind::<Text, _>(grams)
        .execute(c)?,
        Conn::Postgres(c) => diesel::sql_query(
            "INSERT INTO credential_texts (credential_id, folded, grams) \
             VALUES ($1, $2, array_to_tsvector(string_to_array($3, ' '))) \
             ON CONFLICT (credential_id) DO UPDATE SET folded = excluded.folded, grams = excluded.grams",
        )
        .bind::<Text, _>(id.as_str())
        .bind::<Text, _>(folded)
        .bind::<Text, _>(grams)
        .execute(c)?,
    };
    Ok(())
}

fn folded(text: &str) -> String {
    text.chars().take(SEARCHED).filter(|letter| *letter != '\0').collect::<String>().to_lowercase()
}

fn hex(letters: &[char]) -> String {
    letters.iter().collect::<String>().bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Every three letters of a text, and the two and the one that it ends with, once each.
fn grams(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let grams: BTreeSet<String> = (0..letters.len())
        .filter_map(|at| letters.get(at..letters.len().min(at + 3)))
        .filter(|gram| gram.first().is_some_and(|first| !first.is_whitespace()))
        .map(hex)
        .collect();
    grams.into_iter().collect::<Vec<_>>().join(" ")
}

/// What a word is looked up by: all of these, or what begins with the one.
enum LookUp {
    All(BTreeSet<String>),
    Beginning(String),
}

fn look_up(word: &str) -> LookUp {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    if letters.len() < 3 {
        return LookUp::Beginning(hex(&letters));
    }
    let all: Vec<&[char]> = letters.windows(3).collect();
    let step = all.len().div_ceil(MOST_GRAMS).max(1);
    LookUp::All(all.iter().step_by(step).chain(all.last()).map(|gram| hex(gram)).collect())
}

/// As SQLite's index reads it.
fn for_sqlite(search: &str) -> String {
    let words = search.split_whitespace().take(words::MOST).map(|word| match look_up(word) {
        LookUp::All(grams) => {
            grams.into_iter().map(|gram| format!("\"{gram}\"")).collect::<Vec<_>>().join(" AND ")
        }
        LookUp::Beginning(gram) => format!("\"{gram}\" *"),
    });
    words.collect::<Vec<_>>().join(" AND ")
}

/// As PostgreSQL reads it.
fn for_postgres(search: &str) -> String {
    let words = search.split_whitespace().take(words::MOST).map(|word| match look_up(word) {
        LookUp::All(grams) => {
            grams.into_iter().map(|gram| format!("'{gram}'")).collect::<Vec<_>>().join(" & ")
        }
        LookUp::Beginning(gram) => format!("'{gram}':*"),
    });
    words.collect::<Vec<_>>().join(" & ")
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    id: String,
}

/// The credentials of the enterprise, the deleted ones or the others, that a search finds; at most `most`.
pub(super) fn find(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    (search, deleted): (&str, bool),
    most: i64,
) -> Result<Vec<String>, StoreError> {
    let patterns: Vec<String> = words::patterns(search).collect();
    let found: Vec<Found> = match conn {
        Conn::Sqlite(c) => {
            // In this order: what the index finds, then its text, then its row; and no more than are wanted.
            let mut sql = "SELECT t.credential_id AS id FROM credential_grams g \
                 CROSS JOIN credential_texts t ON t.number = g.rowid CROSS JOIN credentials c ON c.id = t.credential_id \
                 WHERE credential_grams MATCH ? AND +c.enterprise_id = ? AND (c.state = 'deleted') = ?"
                .to_owned();
            sql.extend(patterns.iter().map(|_| " AND t.folded LIKE ? ESCAPE '\\'"));
            sql.push_str(" LIMIT ?");
            let mut query = diesel::sql_query(sql)
                .into_boxed()
                .bind::<Text, _>(for_sqlite(search))
                .bind::<Text, _>(enterprise.as_str())
                .bind::<Bool, _>(deleted);
            for pattern in patterns {
                query = query.bind::<Text, _>(pattern);
            }
            query.bind::<BigInt, _>(most).load(c)?
        }
        Conn::Postgres(c) => {
            let mut sql = "SELECT t.credential_id AS id FROM credential_texts t \
                 JOIN credentials c ON c.id = t.credential_id \
                 WHERE t.grams @@ CAST($1 AS tsquery) AND c.enterprise_id = $2 AND (c.state = 'deleted') = $3"
                .to_owned();
            sql.extend((0..patterns.len()).map(|at| format!(" AND t.folded LIKE ${} ESCAPE '\\'", at + 4)));
            sql.push_str(&format!(" LIMIT ${}", patterns.len() + 4));
            let mut query = diesel::sql_query(sql)
                .into_boxed()
                .bind::<Text, _>(for_postgres(search))
                .bind::<Text, _>(enterprise.as_str())
                .bind::<Bool, _>(deleted);
            for pattern in patterns {
                query = query.bind::<Text, _>(pattern);
            }
            query.bind::<BigInt, _>(most).load(c)?
        }
    };
    Ok(found.into_iter().map(|found| found.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_every_three_letters_of_it_and_its_end() {
        assert_eq!(grams("ab c"), "612062 622063 63".replace("612062 622063", "616220 622063"));
        assert_eq!(grams("名字"), format!("{} {}", hex(&['名', '字']), hex(&['字'])));
        assert_eq!(grams(""), "");
    }

    #[test]
    fn a_word_is_looked_up_by_its_threes_and_a_short_one_by_its_beginning() {
        assert_eq!(for_sqlite("Prod 名"), "\"70726f\" AND \"726f64\" AND \"e5908d\" *");
        assert_eq!(for_postgres("Prod 名"), "'70726f' & '726f64' & 'e5908d':*");
        let LookUp::All(long) = look_up(&"abcdefghijklmnop".repeat(4)) else { panic!() };
        assert!(long.len() <= MOST_GRAMS + 1, "{long:?}");
    }
}
