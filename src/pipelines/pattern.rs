//! Patterns of refs and paths: `*` stands for anything but `/`.
//!
//! Used for what signed tokens say, by rules and by conditions; ids are never compared with one.

/// Whether `text` fits `pattern`, step by step between slashes.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (mut patterns, mut texts) = (pattern.split('/'), text.split('/'));
    loop {
        match (patterns.next(), texts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(text)) if fits_step(pattern, text) => {}
            _ => return false,
        }
    }
}

/// Whether one step fits: what stands between the stars, in order, the first at the beginning and the last at the end.
fn fits_step(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_prefix(first) else { return false };
    let Some(mut text) = text.strip_suffix(last) else { return false };
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_but_a_slash() {
        let table = [
            ("refs/heads/main", "refs/heads/main", true),
            ("refs/heads/main", "refs/heads/Main", false),
            ("refs/heads/*", "refs/heads/main", true),
            ("refs/heads/*", "refs/heads/feature/x", false),
            ("refs/heads/*", "refs/heads", false),
            ("refs/heads/release/*", "refs/heads/release/1.0", true),
            ("refs/heads/release/*", "refs/heads/release", false),
            ("refs/heads/release-*", "refs/heads/release-", true),
            ("refs/*/main", "refs/heads/main", true),
            ("*", "anything", true),
            ("*", "any/thing", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("ab*ba", "aba", false),
            ("a*a", "a", false),
            ("*-prod-*", "eu-prod-1", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
