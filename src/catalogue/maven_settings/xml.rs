//! XML of strangers → a tree of elements and text.
//!
//! Used for uploaded settings. A document that could make its reader fetch, include or multiply something is refused:
//! document types, entities beyond the five that every XML has, and XInclude. So are documents that readers would not
//! agree on, such as one whose declared encoding is another than its bytes. Attributes mean nothing in the files that we
//! read; they only have to be well formed. The tree has no `Debug` and its text is wiped: such files hold secrets.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use zeroize::Zeroizing;

/// Deeper than any settings file goes.
const DEEPEST: usize = 32;
/// More elements than any settings file has.
const MOST: usize = 20_000;

/// The namespaces by which a processor would know XInclude.
const XINCLUDE: [&str; 2] = ["http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude"];

/// One element.
pub(super) struct Element {
    name: String,
    text: Zeroizing<String>,
    children: Vec<Element>,
}

/// Why a text was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// Not well formed; the line, counted from 1, where that showed.
    Malformed(u64),
    /// Too deep, or too much of it.
    TooComplex,
    /// It has a document type.
    Doctype,
    /// It uses an entity that is not one of the five.
    Entity,
    /// Its bytes are not in the encoding that it says.
    Encoding,
    /// It may include other documents.
    Include,
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Element, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut tree = Tree { open: Vec::new(), root: None, elements: 0 };
    loop {
        let before = reader.buffer_position();
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(_) => return Err(Unreadable::Malformed(line(text, reader.error_position()))),
        };
        tree.take(event, text, before).map_err(|wrong| match wrong {
            Wrong::Malformed => Unreadable::Malformed(line(text, before)),
            Wrong::Because(why) => why,
        })?;
    }
    match tree {
        Tree { root: Some(root), open, .. } if open.is_empty() => Ok(root),
        _ => Err(Unreadable::Malformed(line(text, u64::MAX))),
    }
}

/// Whether XML 1.0 lets the character stand in a document at all, even written as a number.
pub(super) fn may_hold(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The line of a byte, counted from 1.
fn line(text: &str, at: u64) -> u64 {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().fold(1, |lines, byte| lines + u64::from(*byte == b'\n'))
}

enum Wrong {
    Malformed,
    Because(Unreadable),
}

/// What is read so far: the elements that are not closed yet, outermost first.
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, text: &str, at: u64) -> Result<(), Wrong> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::Empty(start) => {
                self.start(&start)?;
                self.end();
                Ok(())
            }
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(part) if part.contains("]]>") => Err(Wrong::Malformed),
            Event::Text(part) => self.text(&part.xml10_content()),
            Event::CData(part) if self.open.is_empty() || part.is_empty() => {
                if self.open.is_empty() {
                    Err(Wrong::Malformed)
                } else {
                    Ok(())
                }
            }
            Event::CData(part) => self.text(&part.xml10_content()),
            Event::GeneralRef(reference) => self.reference(&reference),
            Event::Decl(decl) if at == 0 => declared(&decl, text),
            Event::Decl(_) => Err(Wrong::Malformed),
            Event::DocType(_) => Err(Wrong::Because(Unreadable::Doctype)),
            Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Wrong> {
        self.elements += 1;
        if self.elements > MOST || self.open.len() >= DEEPEST {
            return Err(Wrong::Because(Unreadable::TooComplex));
        }
        let name = start.name().as_ref().to_owned();
        if !is_name(&name) || (self.open.is_empty() && self.root.is_some()) {
            return Err(Wrong::Malformed);
        }
        attributes(start)?;
        self.open.push(Element { name, text: Zeroizing::new(String::new()), children: Vec::new() });
        Ok(())
    }

    /// The reader has seen to it that the names fit.
    fn end(&mut self) {
        let Some(done) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
    }

    fn text(&mut self, part: &str) -> Result<(), Wrong> {
        if !part.chars().all(may_hold) {
            return Err(Wrong::Malformed);
        }
        match self.open.last_mut() {
            Some(element) => append(&mut element.text, part),
            None if part.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err(Wrong::Malformed),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Wrong> {
        let resolved = match &**reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => match reference.resolve_char_ref() {
                Ok(Some(resolved)) => resolved,
                Ok(None) => return Err(Wrong::Because(Unreadable::Entity)),
                Err(_) => return Err(Wrong::Malformed),
            },
        };
        match self.open.is_empty() {
            true => Err(Wrong::Malformed),
            false => self.text(resolved.encode_utf8(&mut [0; 4])),
        }
    }
}

/// Grown by hand, because a string that grows by itself leaves its former bytes behind.
fn append(text: &mut Zeroizing<String>, part: &str) {
    if text.capacity() - text.len() < part.len() {
        let mut roomier = Zeroizing::new(String::with_capacity(2 * text.len() + part.len()));
        roomier.push_str(text);
        *text = roomier;
    }
    text.push_str(part);
}

/// A tool decodes the bytes as the document says; we have read them as UTF-8.
fn declared(decl: &BytesDecl<'_>, text: &str) -> Result<(), Wrong> {
    if decl.version().ok().as_deref() != Some("1.0") {
        return Err(Wrong::Malformed);
    }
    let encoding = match decl.encoding() {
        None => return Ok(()),
        Some(Ok(encoding)) => encoding.to_ascii_lowercase(),
        Some(Err(_)) => return Err(Wrong::Malformed),
    };
    let same = match encoding.as_str() {
        "utf-8" | "utf8" => true,
        // These have ASCII as a part of them.
        "us-ascii" | "ascii" | "gbk" | "gb2312" | "gb18030" | "big5" => text.is_ascii(),
        other => text.is_ascii() && (other.starts_with("iso-8859-") || other.starts_with("windows-125")),
    };
    same.then_some(()).ok_or(Wrong::Because(Unreadable::Encoding))
}

fn attributes(start: &BytesStart<'_>) -> Result<(), Wrong> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Wrong::Malformed)?;
        let value = attribute.value.as_ref();
        if !is_name(attribute.key.as_ref()) || value.contains('<') {
            return Err(Wrong::Malformed);
        }
        let value = unescape(value).map_err(|_| Wrong::Because(Unreadable::Entity))?;
        if XINCLUDE.contains(&value.trim()) {
            return Err(Wrong::Because(Unreadable::Include));
        }
    }
    Ok(())
}

/// Readers that end a name elsewhere would see another document.
fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

impl Element {
    /// Its name, with its prefix if it has one.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The elements in it.
    pub(super) fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first element in it of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every element in it of that name.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Its own text, as it stands there.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_put_together_from_its_parts() {
        for (document, wanted) in [
            ("<a>x</a>", "x"),
            ("<?xml version=\"1.0\" encoding='UTF-8'?>\n<!-- c --><a>x</a>\n<!-- d -->\n", "x"),
            ("\u{feff}<?xml version='1.0'?><a b='c' xmlns='urn:x'>x</a>", "x"),
            ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</a>", "<&>\"'A😀"),
            ("<a>x<!-- hidden -->y<![CDATA[<b>&amp;]]>z</a>", "xy<b>&amp;z"),
            ("<a>x<![CDATA[]]></a>", "x"),
            ("<a>\r\n x \r</a>", "\n x \n"),
            ("<a/>", ""),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><a>x</a>", "x"),
            ("<a>密钥</a>", "密钥"),
        ] {
            let read = read(document).unwrap_or_else(|why| panic!("{document}: {why:?}"));
            assert_eq!(read.text(), wanted, "{document}");
        }
        let Ok(root) = read("<a><b>1</b>x<c><b>2</b></c>y<b>3</b></a>") else { panic!() };
        assert_eq!((root.name(), root.text()), ("a", "xy"));
        assert_eq!(root.all("b").map(Element::text).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(root.child("c").and_then(|c| c.child("b")).map(Element::text), Some("2"));
    }

    #[test]
    fn each_document_that_is_not_for_us_has_its_reason() {
        use Unreadable::{Doctype, Encoding, Entity, Include, Malformed};
        let bomb = "<!DOCTYPE a [<!ENTITY b \"hunter2\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        for (document, wanted) in [
            ("", Malformed(1)),
            ("hunter2", Malformed(1)),
            ("<a>", Malformed(1)),
            ("<a>\n\n</b>", Malformed(3)),
            ("<a></a><b></b>", Malformed(1)),
            ("<a/>\nx", Malformed(1)),
            ("<a/>&amp;", Malformed(1)),
            ("<a>x</a><![CDATA[ ]]>", Malformed(1)),
            ("<a>]]></a>", Malformed(1)),
            ("<a>\n& b</a>", Malformed(2)),
            ("<a>&#0;</a>", Malformed(1)),
            ("<a>&#x1;</a>", Malformed(1)),
            ("<a>\u{1}</a>", Malformed(1)),
            ("<a>\u{fffe}</a>", Malformed(1)),
            ("<a b=c/>", Malformed(1)),
            ("<a b='1' b='2'/>", Malformed(1)),
            ("<a b='<'/>", Malformed(1)),
            ("<a<b/>", Malformed(1)),
            ("<1/>", Malformed(1)),
            ("<!-- a -- b --><a/>", Malformed(1)),
            ("<a><?xml version='1.0'?></a>", Malformed(1)),
            ("<?xml version='1.1'?><a/>", Malformed(1)),
            (bomb, Doctype),
            ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", Doctype),
            ("<a>&nbsp;</a>", Entity),
            ("<a b='&nbsp;'/>", Entity),
            ("<?xml version='1.0' encoding='GBK'?><a>密</a>", Encoding),
            ("<?xml version='1.0' encoding='UTF-16'?><a>x</a>", Encoding),
            ("<?xml version='1.0' encoding='UTF-7'?><a>x</a>", Encoding),
            ("<a><i:include xmlns:i='http://www.w3.org/2001/XInclude' href='/etc/passwd'/></a>", Include),
            ("<a xmlns='http://www.w3.org/2001/XInclud&#101;'/>", Include),
        ] {
            assert_eq!(read(document).err(), Some(wanted), "{document}");
        }
    }

    #[test]
    fn bombs_are_refused_quickly() {
        let deep = "<a>".repeat(300_000);
        let many = format!("<a>{}</a>", "<b/>".repeat(250_000));
        let wide = format!("<a {}/>", (0..60_000).map(|at| format!("b{at}='' ")).collect::<String>());
        let open = format!("<a b='{}", "x".repeat(1024 * 1024));
        let references = format!("<a>{}</a>", "&amp;".repeat(200_000));
        for (document, refused) in
            [(deep, true), (many, true), (wide, false), (open, true), (references, false)]
        {
            let start = std::time::Instant::now();
            assert_eq!(read(&document).is_err(), refused, "{document:.40}");
            assert!(start.elapsed().as_secs() < 10, "{document:.40} took {:?}", start.elapsed());
        }
    }
}
