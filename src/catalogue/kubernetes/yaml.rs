//! YAML of strangers → a tree of text, lists and maps.
//!
//! Used for uploaded configuration files. Budgets bound the work whatever the input is: aliases that multiply, deep
//! nesting and many documents are refused while they are read. Duplicate keys and merge keys are refused, because tools
//! disagree on what they mean. The tree has no `Debug` and its text is wiped: such files hold secrets.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use crate::secret::Secret;

/// One node.
pub(super) enum Node {
    /// Nothing was written.
    Null,
    /// A yes or no.
    Bool(bool),
    /// Text, quoted or not.
    Text(Secret<String>),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document; keys are unique.
    Map(Vec<(String, Node)>),
    /// A number. No field that we read holds one.
    Number,
}

/// Why a text was not read.
pub(super) enum Unreadable {
    /// Not YAML; the line, counted from 1, where that showed.
    Malformed(Option<u64>),
    /// A budget ran out.
    TooComplex,
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 50_000,
            max_nodes: 25_000,
            max_aliases: 64,
            max_anchors: 64,
            max_depth: 16,
            max_documents: 1,
            max_merge_keys: 0,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 5_000,
            max_replay_stack_depth: 4,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_saphyr::Error) -> Unreadable {
    use serde_saphyr::Error;
    match error.without_snippet() {
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => Unreadable::TooComplex,
        other => Unreadable::Malformed(other.location().map(|at| at.line())),
    }
}

impl Node {
    /// The value of that key; `None` when this is no map, or the key is absent or empty.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value).filter(|value| !value.is_blank())
    }

    /// The text, if it is text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.expose()),
            _ => None,
        }
    }

    /// The entries, if it is a list.
    pub(super) fn list(&self) -> Option<&[Node]> {
        match self {
            Self::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// The keys that say something; none when this is no map.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = if let Self::Map(entries) = self { entries.as_slice() } else { &[] };
        entries.iter().filter(|(_, value)| !value.is_blank()).map(|(name, _)| name.as_str())
    }

    /// Nothing, or an empty text, list or map: what generators write for "not set".
    fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.expose().is_empty(),
            Self::List(entries) => entries.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Bool(_) | Self::Number => false,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a list or a map")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(Secret::new(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(Secret::new(value)))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Node>()? {
            match key {
                Node::Text(key) => map.push((key.expose().clone(), entries.next_value()?)),
                // Keys that are no text mean nothing to the tools that read such files.
                _ => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_refused_quickly() {
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = format!("*a{},", level - 1).repeat(10);
            laughs.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        let aliases = format!("a: &a [x]\nb: [{}]", "*a,".repeat(340_000));
        let nested = "[".repeat(1024 * 1024);
        let maps = "{a: ".repeat(256 * 1024);
        let dashes = "- ".repeat(512 * 1024);
        let many = "- x\n".repeat(256 * 1024);
        let documents = "--- a\n".repeat(170 * 1024);
        let anchors: String = (0..70_000).map(|at| format!("- &a{at} x\n")).collect();
        let keys: String = (0..100_000).map(|at| format!("k{at}: x\n")).collect();
        for bomb in [laughs, aliases, nested, maps, dashes, many, documents, anchors, keys] {
            let start = std::time::Instant::now();
            assert!(read(&bomb).is_err(), "{bomb:.40}");
            assert!(start.elapsed().as_secs() < 10, "{bomb:.40} took {:?}", start.elapsed());
        }
    }

    #[test]
    fn text_numbers_and_nothing_are_told_apart() {
        let Ok(root) = read("a: '1'\nb: 1\nc: yes\nd:\ne: ''\nf: 1.5\ng: x y\n1: z\nh: {}\ni: []\n") else {
            panic!()
        };
        let of = |key: &str| root.get(key).map(|node| node.text().unwrap_or("-"));
        let found: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "1", "h", "i"].map(of).into();
        assert_eq!(
            found,
            [Some("1"), Some("-"), Some("-"), None, None, Some("-"), Some("x y"), None, None, None]
        );
        assert_eq!(root.keys().collect::<Vec<_>>(), ["a", "b", "c", "f", "g"]);
    }

    #[test]
    fn few_aliases_are_let_pass() {
        let Ok(root) = read("a: &x {k: v}\nb: *x\n") else { panic!() };
        assert_eq!(root.get("b").and_then(|node| node.get("k")).and_then(Node::text), Some("v"));
    }
}
