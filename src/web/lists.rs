//! Lists in the order of names: what is searched for, and where their stretches are.

use super::forms::search_words;

/// A list's search and its stretches, as templates show them (`directory/lists.html`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Where the list is, without a query.
    pub path: String,
    /// What is searched for.
    pub q: String,
    /// Whether this is not the first stretch.
    pub further: bool,
    /// Where the first stretch is.
    pub first: String,
    /// Where the next one is, if there is one.
    pub next: Option<String>,
}

impl Listing {
    /// The list at `path`, of which `search` is wanted and, beside that, `more` of its query. `last` is the name and the
    /// id of the last line of this stretch, when there are more behind it.
    pub fn of(
        path: &str,
        search: Option<&str>,
        more: &[(&str, &str)],
        further: bool,
        last: Option<(&str, &str)>,
    ) -> Self {
        let q = search.unwrap_or_default();
        let after = last.map(|(name, id)| format!("{name}~{id}"));
        let mut query = vec![("q", q)];
        query.extend(more);
        Self {
            path: path.to_owned(),
            q: q.to_owned(),
            further,
            first: address(path, &query),
            next: after.as_deref().map(|after| {
                query.push(("after", after));
                address(path, &query)
            }),
        }
    }
}

/// An address with a query of what is not empty.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let given = query.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A number as people read it, in both languages: `12,345`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0 { format!("-{grouped}") } else { grouped }
}

/// Where a stretch ended, `name~id`. A name may have the sign in it, an id not.
pub fn cursor(text: &str) -> Option<(String, String)> {
    // PostgreSQL takes no zero byte, and nothing that is listed has one.
    if text.contains('\0') {
        return None;
    }
    let (name, id) = text.rsplit_once('~')?;
    Some((name.to_owned(), id.to_owned()))
}

/// What a list's address asks for; what cannot be read asks for nothing.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
}

impl Asked {
    /// What to search for.
    pub fn search(&self) -> Option<String> {
        search_words(&self.q)
    }

    /// Behind which line to begin: its name and its id.
    pub fn after(&self) -> Option<(String, String)> {
        cursor(&self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_is_searched_for_and_where_one_is() {
        let listing = Listing::of(
            "/members",
            Some("a&b 名"),
            &[("role", "owner"), ("state", "")],
            true,
            Some(("商~城", "7")),
        );
        assert_eq!(listing.first, "/members?q=a%26b+%E5%90%8D&role=owner");
        let next = "/members?q=a%26b+%E5%90%8D&role=owner&after=%E5%95%86%7E%E5%9F%8E%7E7";
        assert_eq!(listing.next.as_deref(), Some(next));
        assert_eq!(cursor("商~城~7"), Some(("商~城".into(), "7".into())));
        assert_eq!(Listing::of("/x", None, &[], false, None).first, "/x");
    }

    #[test]
    fn long_numbers_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn what_is_no_cursor_begins_at_the_beginning() {
        for nothing in ["", "nothing", "a\0b~7", "a~\0"] {
            assert_eq!(cursor(nothing), None, "{nothing:?}");
        }
    }
}
