//! What an access key is good for, beside its place: from which addresses, and for which tokens.
//!
//! "Everything" is a value of its own in both, never an absent or an empty list.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::credentials::Token;
use crate::network::Networks;

/// The most networks, and the most tokens, that one key has.
pub const MOST: usize = 100;

/// From where a key works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sources {
    /// From every address.
    #[default]
    Anywhere,
    /// From these, at least one.
    These(Networks),
}

/// What a key may ask for, of what its place may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tokens {
    /// Whatever its place may use.
    #[default]
    All,
    /// Nothing but these, at least one. Shared, because every caller carries it.
    These(Arc<BTreeSet<Token>>),
}

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadList {
    /// Nothing is in it.
    Empty,
    /// Too much is in it.
    TooLong,
    /// This in it is not one.
    Not(String),
}

impl Sources {
    /// Reads networks with blanks, commas or line ends between.
    pub fn these(text: &str) -> Result<Self, BadList> {
        Self::listed(&parts(text))
    }

    /// Reads a list of networks, at least one.
    pub fn listed(texts: &[&str]) -> Result<Self, BadList> {
        let networks = Networks::parse(bounded(texts)?.iter().copied()).map_err(|bad| BadList::Not(bad.0))?;
        Ok(Self::These(networks))
    }

    /// Whether a key works from there. Nobody knows where an absent address is.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::These(networks) => address.is_some_and(|address| networks.contains(address)),
        }
    }

    /// The networks; none for anywhere.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Anywhere => Vec::new(),
            Self::These(networks) => networks.texts().collect(),
        }
    }
}

impl Tokens {
    /// Reads tokens with blanks, commas or line ends between.
    pub fn these(text: &str) -> Result<Self, BadList> {
        Self::listed(&parts(text))
    }

    /// Reads a list of tokens, at least one.
    pub fn listed(texts: &[&str]) -> Result<Self, BadList> {
        let read = |part: &&str| Token::parse(part).map_err(|_| BadList::Not((*part).to_owned()));
        let tokens = bounded(texts)?.iter().map(read).collect::<Result<BTreeSet<_>, _>>()?;
        Ok(Self::These(Arc::new(tokens)))
    }

    /// Whether a key may ask for it.
    pub fn admits(&self, token: &Token) -> bool {
        match self {
            Self::All => true,
            Self::These(tokens) => tokens.contains(token),
        }
    }

    /// The tokens; none for all.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::All => Vec::new(),
            Self::These(tokens) => tokens.iter().map(|token| token.as_str().to_owned()).collect(),
        }
    }
}

fn parts(text: &str) -> Vec<&str> {
    text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '，' | '；' | '、'))
        .filter(|part| !part.is_empty())
        .collect()
}

fn bounded<'a>(parts: &'a [&'a str]) -> Result<&'a [&'a str], BadList> {
    match parts.len() {
        0 => Err(BadList::Empty),
        many if many > MOST => Err(BadList::TooLong),
        _ => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_however_it_is_separated() {
        let expected = vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()];
        for text in
            ["10.0.0.0/8 2001:db8::/32", "10.0.0.0/8,\r\n2001:db8::/32\n", "10.0.0.0/8；2001:db8::/32"]
        {
            assert_eq!(Sources::these(text).map(|sources| sources.texts()), Ok(expected.clone()), "{text}");
        }
        assert_eq!(
            Tokens::these("b a\nb").map(|tokens| tokens.texts()),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
    }

    #[test]
    fn an_empty_list_is_refused_and_never_means_everything() {
        for nothing in ["", " \n", ",,"] {
            assert_eq!(Sources::these(nothing), Err(BadList::Empty), "{nothing:?}");
            assert_eq!(Tokens::these(nothing), Err(BadList::Empty), "{nothing:?}");
        }
        assert!(!Sources::These(Networks::default()).admits("10.0.0.1".parse().ok()));
        assert!(!Tokens::These(Arc::default()).admits(&Token::parse("a").unwrap()));
    }

    #[test]
    fn what_is_not_one_is_named() {
        assert_eq!(Sources::these("10.0.0.0/8 10.0.0.0/40"), Err(BadList::Not("10.0.0.0/40".into())));
        assert_eq!(Tokens::these("a -b"), Err(BadList::Not("-b".into())));
        assert_eq!(Tokens::these(&"a ".repeat(MOST + 1)), Err(BadList::TooLong));
    }

    #[test]
    fn an_address_that_nobody_knows_is_in_no_range() {
        let sources = Sources::these("0.0.0.0/0 ::/0").unwrap();
        assert!(sources.admits("203.0.113.7".parse().ok()));
        assert!(!sources.admits(None));
        assert!(Sources::Anywhere.admits(None));
    }
}
