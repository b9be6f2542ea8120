//! A step of a pipeline as YAML.
//!
//! The text is made by a library that quotes whatever some reader of YAML, old or new, might take for something else. So
//! what was typed is what a pipeline reads, and nothing that is typed can add a line of its own.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// Something in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Text; a number is text as well.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A list.
    List(Vec<Node>),
    /// Names with values, in this order.
    Map(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(nodes) => {
                let mut list = serializer.serialize_seq(Some(nodes.len()))?;
                nodes.iter().try_for_each(|node| list.serialize_element(node))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(name, node)| map.serialize_entry(name, node))?;
                map.end()
            }
        }
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step(Vec<(String, Node)>);

impl Step {
    /// Puts something where [`super::Field::at`] says.
    pub fn put(&mut self, at: &str, node: Node) {
        put(&mut self.0, at, node);
    }

    /// As a list of one step, to be put under `steps:`; `None` when it cannot be written.
    pub fn yaml(&self) -> Option<String> {
        let options = serde_saphyr::ser_options! {
            // A long line stays one line: whoever reads it again should find the command that was typed.
            folded_wrap_chars: usize::MAX,
        };
        let steps = Node::List(vec![Node::Map(self.0.clone())]);
        serde_saphyr::to_string_with_options(&steps, options).ok()
    }
}

fn put(entries: &mut Vec<(String, Node)>, at: &str, node: Node) {
    let Some((first, rest)) = at.split_once('.') else {
        entries.push((at.to_owned(), node));
        return;
    };
    let (name, is_list) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    if !entries.iter().any(|(known, _)| known == name) {
        let empty = Node::Map(Vec::new());
        entries.push((name.to_owned(), if is_list { Node::List(vec![empty]) } else { empty }));
    }
    let inside = entries.iter_mut().find(|(known, _)| known == name).map(|(_, node)| node);
    match inside {
        Some(Node::Map(inside)) => put(inside, rest, node),
        Some(Node::List(list)) => {
            if let Some(Node::Map(inside)) = list.first_mut() {
                put(inside, rest, node);
            }
        }
        Some(Node::Text(_) | Node::Flag(_)) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    #[test]
    fn a_step_is_written_in_the_order_in_which_it_was_put_together() {
        let mut step = Step::default();
        step.put("step", text("deploy@agent"));
        step.put("hostGroupID.ID", text("web"));
        step.put("hostGroupID.hostID", Node::List(vec![text("a"), text("b")]));
        step.put("deployArtifact[].source", text("build"));
        step.put("deployArtifact[].name", text("yes"));
        step.put("isReplace", Node::Flag(false));
        let expected = "- step: deploy@agent\n  hostGroupID:\n    ID: web\n    hostID:\n    - a\n    - b\n  deployArtifact:\n  - source: build\n    name: \"yes\"\n  isReplace: false\n";
        let written = step.yaml().unwrap();
        assert_eq!(
            serde_saphyr::from_str::<serde_json::Value>(&written).unwrap(),
            serde_saphyr::from_str::<serde_json::Value>(expected).unwrap()
        );
        assert_eq!(written, expected);
    }

    #[test]
    fn whatever_is_typed_is_what_is_read_and_adds_no_line_of_its_own() {
        let long = "mvn -B ".repeat(40);
        let hostile = [
            "a: b",
            "# not a comment",
            "a # b",
            "- x",
            "yes",
            "no",
            "on",
            "NULL",
            "~",
            "1.0",
            "0x1F",
            "012",
            "1_000",
            "12:30:45",
            "2026-11-23",
            "{{ x }}",
            "${X}",
            "*a",
            "&a",
            "!tag",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "'",
            "\"",
            "\\",
            "\\n",
            " lead",
            "trail ",
            "",
            "---",
            "...",
            "? a",
            "[a, b]",
            "{a: b}",
            "a\nb",
            "a\n  b\n",
            "\na",
            "a\n\n\nb\n\n",
            "\ttab",
            "凭证：名 # 一",
            "\u{85}",
            "\u{2028}x",
            "\u{feff}x",
            "=",
            "<<",
            "a:",
            ":a",
            "a\n- step: evil",
            "a\n\nstages:\n  - x",
            &long,
            "🦀 {{secrets}}",
        ];
        for value in hostile {
            let mut step = Step::default();
            step.put("step", text("shell@agent"));
            step.put("script", Node::List(vec![text(value), text("after")]));
            step.put("map", Node::Map(vec![(value.to_owned(), text(value))]));
            step.put("last", text("end"));
            let yaml = step.yaml().unwrap();
            let read: serde_json::Value =
                serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
            let expected = serde_json::json!([{
                "step": "shell@agent", "script": [value, "after"], "map": {value: value}, "last": "end",
            }]);
            assert_eq!(read, expected, "{yaml}");
        }
    }
}
