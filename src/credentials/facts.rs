//! The facts of a credential that people give it: name, token, description. Holding one of these types is the proof
//! that it was checked.

use crate::seal::Random;

/// Why a fact was refused; the message id of `credentials.ftl` is `fact-` and this in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFact {
    /// Nothing, or nothing but white space.
    #[error("empty")]
    Empty,
    /// Longer than allowed.
    #[error("too long")]
    TooLong,
    /// A character that cannot be shown, or that a token may not have.
    #[error("bad character")]
    BadCharacter,
}

/// A name for people: 1 to 64 characters of any script, without control characters or outer white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The longest name, in characters.
    pub const MAX: usize = 64;

    /// Reads a submitted name; outer white space is dropped.
    pub fn parse(text: &str) -> Result<Self, BadFact> {
        let text = text.trim();
        if text.chars().all(is_blank) {
            return Err(BadFact::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(BadFact::TooLong);
        }
        if text.chars().any(|c| c.is_control() || is_direction(c)) {
            return Err(BadFact::BadCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Invisible on its own: a name of only these looks like no name.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{3164}' | '\u{00AD}')
}

/// Turns the direction of the text around it, so that a name can look like another one.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The identifier that pipelines write. Not a secret; never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(String);

impl Token {
    /// Reads a chosen or a stored token: `^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`.
    pub fn parse(text: &str) -> Result<Self, BadFact> {
        let Some(first) = text.bytes().next() else {
            return Err(BadFact::Empty);
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if !first.is_ascii_alphanumeric() || !text.bytes().all(allowed) {
            return Err(BadFact::BadCharacter);
        }
        if text.len() > 64 {
            return Err(BadFact::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// A token nobody chose: `vch-` and 20 characters of lower-case base32, 100 random bits.
    pub fn generate(random: &Random) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut bytes = [0u8; 20];
        random.fill(&mut bytes);
        let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).copied());
        Self(format!("vch-{}", letters.map(char::from).collect::<String>()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a credential is for, at most 1,000 characters; may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// The longest description, in characters.
    pub const MAX: usize = 1000;

    /// Reads a submitted description; outer white space is dropped, line breaks stay.
    pub fn parse(text: &str) -> Result<Self, BadFact> {
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > Self::MAX {
            return Err(BadFact::TooLong);
        }
        if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_direction(c)) {
            return Err(BadFact::BadCharacter);
        }
        Ok(Self(text))
    }

    /// The description.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_and_length() {
        let long = "n".repeat(64);
        let too_long = "名".repeat(65);
        let table = [
            ("Production cluster", Ok("Production cluster")),
            ("  生产集群 ", Ok("生产集群")),
            ("🚀🔑", Ok("🚀🔑")),
            (long.as_str(), Ok(long.as_str())),
            (too_long.as_str(), Err(BadFact::TooLong)),
            ("", Err(BadFact::Empty)),
            ("   ", Err(BadFact::Empty)),
            ("\u{3000}\u{200B}", Err(BadFact::Empty)),
            ("a\u{0}b", Err(BadFact::BadCharacter)),
            ("a\nb", Err(BadFact::BadCharacter)),
            ("safe\u{202E}live", Err(BadFact::BadCharacter)),
        ];
        for (text, expected) in table {
            assert_eq!(Name::parse(text).as_ref().map(Name::as_str).map_err(|e| *e), expected, "{text:?}");
        }
    }

    #[test]
    fn tokens_are_what_the_pattern_says() {
        let long = "t".repeat(64);
        let too_long = "t".repeat(65);
        for good in ["a", "9", "aliyun-prod", "K8S_main.v2", &long] {
            assert!(Token::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "_a", "a b", "a/b", "é", "a\n", "令牌", &too_long] {
            assert!(Token::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_generated_token_is_a_token_and_not_the_last_one() {
        let random = Random::system();
        let token = Token::generate(&random);
        assert_eq!(token.as_str().len(), 24);
        assert_eq!(Token::parse(token.as_str()), Ok(token.clone()));
        assert_ne!(Token::generate(&random), token);
    }
}
