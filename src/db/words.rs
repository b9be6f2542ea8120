//! Searching rows by words.

use diesel::sql_types::Text;

diesel::define_sql_function! {
    /// Lower case, of ASCII letters at least.
    fn lower(text: Text) -> Text;
}

/// More words than anybody looks for.
pub(crate) const MOST: usize = 8;

/// The words of a search, each as a pattern for `lower(column).like(pattern).escape('\\')`.
pub fn patterns(search: &str) -> impl Iterator<Item = String> {
    search.split_whitespace().take(MOST).map(pattern)
}

/// `%word%` in lower case, with the pattern's own signs taken literally.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for letter in word.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_the_pattern_language_are_taken_literally() {
        assert_eq!(patterns(" 100%_A\\  名 ").collect::<Vec<_>>(), ["%100\\%\\_a\\\\%", "%名%"]);
    }
}
