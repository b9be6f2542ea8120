//! One field of a credential type: how it is typed in, what it must and what it usually does look like.

/// One field. Its label and help are the messages `field-<type>-<name>` and `field-<type>-<name>-help`.
pub struct Field {
    /// The name in rows, forms and answers; unique within the variant.
    pub name: &'static str,
    /// Whether it is sealed and never shown again.
    pub secret: bool,
    /// Whether it must be filled.
    pub required: bool,
    /// How it is typed in.
    pub input: Input,
    /// The most bytes it may have.
    pub max_bytes: usize,
    /// An example of its look, the same in every language; may be empty.
    pub placeholder: &'static str,
    /// Rules on this value alone.
    pub rules: &'static [Rule],
    /// The environment variables that carry it; several where tools disagree.
    pub env: &'static [&'static str],
    /// The environment variables that carry a part of it, where tools want no more than that.
    pub env_parts: &'static [(&'static str, Part)],
    /// Whether white space around it may be meant. If not, it is refused with an offer to strip it.
    pub outer_space: bool,
    /// Set for a fact that is read out of another field and never typed in.
    pub derived: Option<Derived>,
    /// Set where a variant has several of the same thing: which of them it belongs to.
    pub entry: Option<Entry>,
}

/// How a field is typed in.
#[derive(Clone, Copy)]
pub enum Input {
    /// One line.
    Line,
    /// One line that holds an address.
    Url,
    /// Text of several lines, kept byte for byte.
    Multiline,
    /// One of these; the first when nothing is chosen. Labels are `choice-<type>-<field>-<value>`.
    Choice(&'static [&'static str]),
}

/// Where a derived fact comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Derived {
    /// The field that it is read out of. When that is a secret which a rotation keeps, the fact is kept with it.
    pub from: &'static str,
}

/// One of several things of the same kind in a variant, such as the servers of a file. Forms show each in a section of its
/// own, the later ones folded. Sections are called by the message `entry-<type>`, their fields by the name that they have
/// in each of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which one, counted from 1.
    pub number: u8,
    /// The field's name within it.
    pub name: &'static str,
}

/// A rule on one value: what to ask, and the message for the value that fails.
pub enum Rule {
    /// Cannot work otherwise: refused.
    Must(fn(&str) -> bool, &'static str),
    /// Merely unusual otherwise: a warning.
    Usual(fn(&str) -> bool, &'static str),
}

/// Takes a part out of a value that passed the field's rules.
pub type Part = fn(&str) -> Option<&str>;

impl Field {
    const BLANK: Field = Field {
        name: "",
        secret: false,
        required: true,
        input: Input::Line,
        max_bytes: 256,
        placeholder: "",
        rules: &[],
        env: &[],
        env_parts: &[],
        outer_space: false,
        derived: None,
        entry: None,
    };

    /// A required plain line of at most 256 bytes; the type's file adds what differs.
    pub(crate) const fn plain(name: &'static str) -> Field {
        Field { name, ..Field::BLANK }
    }

    /// A required secret line of at most 256 bytes; the type's file adds what differs.
    pub(crate) const fn secret(name: &'static str) -> Field {
        Field { name, secret: true, ..Field::BLANK }
    }

    /// A plain fact that is read out of the field `from`.
    pub(crate) const fn derived(name: &'static str, from: &'static str) -> Field {
        Field { name, required: false, max_bytes: 1024, derived: Some(Derived { from }), ..Field::BLANK }
    }

    /// The name that its messages go by.
    pub(super) fn known_as(&self) -> &'static str {
        self.entry.map_or(self.name, |entry| entry.name)
    }

    /// Whether a form shows it.
    pub fn is_input(&self) -> bool {
        self.derived.is_none()
    }
}
