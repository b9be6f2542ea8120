//! A file as a table: which columns it has, and the cells of each line.
//!
//! Spreadsheets write tables in many ways. A byte order mark, either line end, quotation marks, and semicolons or
//! tabulators in place of commas are understood; text that is not UTF-8 is not, because guessing would turn names
//! into others.

use super::{Column, Kind, MOST_BYTES, MOST_LINES};

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Nothing in it.
    #[error("empty")]
    Empty,
    /// More than [`MOST_BYTES`].
    #[error("too large")]
    TooLarge,
    /// Not text in UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// More than [`MOST_LINES`].
    #[error("too many lines")]
    TooManyLines,
    /// A column that nobody knows; as it is written there.
    #[error("unknown column")]
    UnknownColumn(String),
    /// The same column twice.
    #[error("a column is there twice")]
    ColumnTwice(Column),
    /// The first line names no column, or not enough to tell what the lines are about.
    #[error("no header")]
    NoHeader,
    /// Only a header.
    #[error("no lines")]
    NoLines,
}

/// The cells of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the file; the header's is 1.
    pub(super) number: i64,
    /// In the order of the header's columns.
    pub(super) cells: Vec<String>,
    /// Filled cells beyond the header's columns.
    pub(super) beyond: bool,
}

/// A file that can be read.
#[derive(Debug, Clone)]
pub struct Table {
    text: String,
    columns: Vec<Column>,
    /// What every line is about, when there is no column that says so.
    pub(super) kind: Option<Kind>,
    pub(super) lines: Vec<Line>,
}

impl Table {
    /// What was read.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The cell of a line in a column, without white space around it; empty when there is no such column.
    pub(super) fn cell<'a>(&self, line: &'a Line, column: Column) -> &'a str {
        let at = self.columns.iter().position(|one| *one == column);
        at.and_then(|at| line.cells.get(at)).map_or("", |cell| unguarded(cell.trim()))
    }
}

/// Signs with which a cell is a formula for spreadsheets.
const FORMULA: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'];

/// A cell as it is written so that no spreadsheet takes it for a formula.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was before [`guarded`].
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest,
        _ => cell,
    }
}

/// Reads a file.
pub fn read(bytes: &[u8]) -> Result<Table, BadFile> {
    if bytes.len() > MOST_BYTES {
        return Err(BadFile::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadFile::NotUtf8)?;
    // Sixteen bits a letter, mostly; and PostgreSQL keeps no such byte.
    if text.contains('\0') {
        return Err(BadFile::NotUtf8);
    }
    let text = text.trim_start_matches('\u{FEFF}');
    if text.trim().is_empty() {
        return Err(BadFile::Empty);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records().filter(|record| !record.as_ref().is_ok_and(is_blank));
    let header = records.next().and_then(Result::ok).ok_or(BadFile::NoHeader)?;
    let columns = columns(&header)?;
    let kind = if columns.contains(&Column::Kind) { None } else { Some(kind_of(&columns)?) };
    let (mut lines, mut counted) = (Vec::new(), Counted::default());
    for record in records {
        // It reads from memory, and flexibly: what is text can be read.
        let record = record.map_err(|_| BadFile::NotUtf8)?;
        if lines.len() == MOST_LINES {
            return Err(BadFile::TooManyLines);
        }
        lines.push(Line {
            number: counted.line_of(text, &record),
            cells: record.iter().take(columns.len()).map(str::to_owned).collect(),
            beyond: record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()),
        });
    }
    if lines.is_empty() {
        return Err(BadFile::NoLines);
    }
    Ok(Table { text: text.to_owned(), columns, kind, lines })
}

/// Counts lines as editors do. The reader's own count forgets empty lines and the second half of a line end.
#[derive(Default)]
struct Counted {
    bytes: usize,
    line_ends: i64,
}

impl Counted {
    /// The number of the line on which a record begins; records are asked for in order.
    fn line_of(&mut self, text: &str, record: &csv::StringRecord) -> i64 {
        let from = record.position().map_or(0, csv::Position::byte);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let begins = from + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = text.as_bytes().get(self.bytes..begins).unwrap_or_default();
        let line_ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line_ends += i64::try_from(line_ends).unwrap_or_default();
        self.bytes = begins;
        self.line_ends + 1
    }
}

/// Lines of nothing but delimiters, as spreadsheets leave them behind.
fn is_blank(record: &csv::StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// What separates the cells: whichever the first line has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

fn columns(header: &csv::StringRecord) -> Result<Vec<Column>, BadFile> {
    let written: Vec<&str> = header.iter().map(str::trim).collect();
    // Cells at the end without a name are left over from a wider table.
    let used = written.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    let named: Vec<Option<Column>> = written.iter().take(used).map(|name| column(name)).collect();
    if named.iter().all(Option::is_none) {
        return Err(BadFile::NoHeader);
    }
    let mut columns = Vec::with_capacity(used);
    for (name, column) in written.iter().zip(named) {
        let column = column.ok_or_else(|| BadFile::UnknownColumn(name.chars().take(40).collect()))?;
        if columns.contains(&column) {
            return Err(BadFile::ColumnTwice(column));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn column(name: &str) -> Option<Column> {
    let name = name.to_ascii_lowercase();
    Column::ALL.into_iter().find(|column| column.as_str() == name || column.in_chinese() == name)
}

/// What the lines are about, by the columns there are.
fn kind_of(columns: &[Column]) -> Result<Kind, BadFile> {
    let has = |column| columns.contains(&column);
    let person = has(Column::Subject) || has(Column::Email);
    match (person, has(Column::Repository), has(Column::Project)) {
        (true, false, false) => Ok(Kind::Member),
        (true, _, _) => Ok(Kind::Membership),
        (false, true, _) => Ok(Kind::Repository),
        (false, false, true) => Ok(Kind::Project),
        (false, false, false) => Err(BadFile::NoHeader),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<(i64, String, String)> {
        let table = read(text.as_bytes()).unwrap();
        let cell = |line: &Line, column| table.cell(line, column).to_owned();
        table
            .lines
            .iter()
            .map(|line| (line.number, cell(line, Column::Project), cell(line, Column::Name)))
            .collect()
    }

    #[test]
    fn tables_of_every_spreadsheet_are_read_alike() {
        let expected =
            [(2, "shop".to_owned(), "Shop, 商城".to_owned()), (3, "plat".into(), "a \"b\"".into())];
        for text in [
            "project,name\nshop,\"Shop, 商城\"\nplat,\"a \"\"b\"\"\"\n",
            "\u{FEFF}project,name\r\nshop,\"Shop, 商城\"\r\nplat,\"a \"\"b\"\"\"\r\n",
            "Project;NAME\nshop;Shop, 商城\nplat;\"a \"\"b\"\"\"",
            "项目\t名称\n shop \tShop, 商城\nplat\t\"a \"\"b\"\"\"\n\n",
            "name,project,,\n\"Shop, 商城\",shop,,\n\"a \"\"b\"\"\",plat\n,,,\n",
        ] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let text = "\r\nproject,name\r\n\r\nshop,\"two\r\nlines\"\r\nplat,x\r\n";
        let numbers: Vec<i64> = cells(text).into_iter().map(|(number, ..)| number).collect();
        assert_eq!(numbers, [4, 6]);
    }

    #[test]
    fn a_file_that_is_none_says_what_is_wrong_with_it() {
        let unknown = |name: &str| BadFile::UnknownColumn(name.to_owned());
        let table: &[(&[u8], BadFile)] = &[
            (b"", BadFile::Empty),
            (b"\xEF\xBB\xBF \r\n", BadFile::Empty),
            (b"project,name\nshop,\xC9\xCC\xB3\xC7", BadFile::NotUtf8),
            (b"\xFF\xFEp\0r\0o\0", BadFile::NotUtf8),
            (b"p\0r\0o\0j\0", BadFile::NotUtf8),
            (b"shop,Shop\nplat,Plat", BadFile::NoHeader),
            (b"name,role\nx,member", BadFile::NoHeader),
            (b"project,nmae\nx,y", unknown("nmae")),
            (b"project,,name\nx,,y", unknown("")),
            (b"project,name,Name\nx,y,z", BadFile::ColumnTwice(Column::Name)),
            (b"project,name\n\n,,\n", BadFile::NoLines),
        ];
        for (bytes, expected) in table {
            let found = read(bytes).map(|_| ()).unwrap_err();
            assert_eq!(&found, expected, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(read(&vec![b'a'; MOST_BYTES + 1]).unwrap_err(), BadFile::TooLarge);
        let long = format!("project\n{}", "p\n".repeat(MOST_LINES + 1));
        assert_eq!(read(long.as_bytes()).unwrap_err(), BadFile::TooManyLines);
    }

    #[test]
    fn a_file_without_kinds_is_about_one() {
        for (header, kind) in [
            ("project", Kind::Project),
            ("repository,project", Kind::Repository),
            ("subject,role", Kind::Member),
            ("email,project,role", Kind::Membership),
            ("登录标识,仓库", Kind::Membership),
        ] {
            assert_eq!(read(format!("{header}\nx").as_bytes()).unwrap().kind, Some(kind), "{header}");
        }
        assert_eq!(read(b"kind,project\nproject,x").unwrap().kind, None);
    }

    #[test]
    fn no_cell_is_a_formula_and_each_comes_back_as_it_was() {
        for cell in ["=1+1", "+x", "-x", "@x", "＝x", "'=x", "''", "'x", "x", "", "商城"] {
            let written = guarded(cell);
            assert!(!written.starts_with(FORMULA), "{written}");
            assert_eq!(unguarded(&written), cell);
        }
        // Typed by hand.
        assert_eq!(unguarded("'tis"), "'tis");
    }
}
