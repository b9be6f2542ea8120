//! A chart of what was delivered and what was refused, as a picture and as a table.
//!
//! Pages give the numbers of some stretches of time, usually days, and put the [`Chart`] into their template, which
//! draws it with the macro of `parts/chart.html`. Everything that needs arithmetic is done here; the template only
//! writes it out. What was delivered stands above the line, what was refused hangs below it, so that nobody has to tell
//! them apart by colour. Knows no feature and no database.

use super::language::{Language, Value};
use super::lists::grouped;

/// The picture's height. Its width is whatever the page has room for: only the bars are stretched, never a letter.
const HEIGHT: i64 = 160;
/// Room for half a letter above the highest line and below the lowest one.
const MARGIN: i64 = 8;
/// The width of one column in the units of the picture, and of its bar.
const COLUMN: i64 = 10;
const BAR: i64 = 7;
/// What happened at all is never too small to be seen.
const LEAST: i64 = 2;

/// One stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is called, `2026-11-23`.
    pub label: String,
    /// How much was delivered in it.
    pub delivered: i64,
    /// How much was refused in it.
    pub refused: i64,
}

/// A chart, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Begins every id in it; the page has no other chart that is called so.
    pub id: &'static str,
    /// What it shows, for those who do not see it.
    pub title: String,
    /// What is to be seen, in a sentence.
    pub summary: String,
    /// The picture's width in its own units.
    pub width: i64,
    /// Its height, in its own units and in pixels.
    pub height: i64,
    /// Where the line is that bars stand on and hang from.
    pub base: i64,
    /// The lines behind the bars.
    pub lines: Vec<Line>,
    /// How wide the numbers of the lines are, in pixels.
    pub numbers_width: usize,
    /// One for each stretch of time, also for an empty one.
    pub bars: Vec<Bar>,
    /// The names of a few of them, evenly spread, for below the picture.
    pub labels: Vec<String>,
    /// All that was delivered.
    pub delivered: String,
    /// All that was refused; `None` when nothing was.
    pub refused: Option<String>,
    /// What the table says: the stretches in which something happened, the latest first.
    pub rows: Vec<Row>,
    /// How many stretches are not in the table, because nothing happened.
    pub quiet: usize,
}

/// A line behind the bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where.
    pub y: i64,
    /// Its number.
    pub number: String,
}

/// The bars of one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Where its column begins.
    pub x: i64,
    /// Where its bars begin, and how wide they are.
    pub bar_x: i64,
    /// See [`Bar::bar_x`].
    pub bar_width: i64,
    /// How wide its column is.
    pub width: i64,
    /// The top of what was delivered, and its height.
    pub delivered: Option<(i64, i64)>,
    /// The height of what was refused.
    pub refused: Option<i64>,
    /// What a pointer that rests on it is told.
    pub said: String,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which stretch of time.
    pub label: String,
    /// How much was delivered.
    pub delivered: String,
    /// How much was refused.
    pub refused: String,
}

impl Chart {
    /// Draws `columns`, the oldest first. `title` says what is counted.
    pub fn of(language: Language, id: &'static str, title: String, columns: &[Column]) -> Self {
        let most = |number: fn(&Column) -> i64| columns.iter().map(number).max().unwrap_or_default().max(0);
        let step = step(most(|column| column.delivered).max(most(|column| column.refused)));
        // Both directions have the same scale; one in which nothing lies has no room.
        let up = rounded_up(most(|column| column.delivered), step).max(step);
        let down = rounded_up(most(|column| column.refused), step);
        let room = HEIGHT - 2 * MARGIN;
        let whole = i128::from(up) + i128::from(down);
        let scale = |number: i64| scaled(number, room, whole);
        let base = MARGIN + scale(up);
        let lines: Vec<Line> = (-(down / step)..=up / step)
            .map(|at| Line {
                y: base - scale(at.saturating_mul(step)),
                number: grouped(at.saturating_mul(step).saturating_abs()),
            })
            .collect();
        let bars = columns.iter().zip(0..).map(|(column, at)| Bar {
            x: at * COLUMN,
            bar_x: at * COLUMN + (COLUMN - BAR) / 2,
            bar_width: BAR,
            width: COLUMN,
            delivered: (column.delivered > 0).then(|| {
                let height = scale(column.delivered).max(LEAST);
                (base - height, height)
            }),
            refused: (column.refused > 0).then(|| scale(column.refused).max(LEAST)),
            said: said(language, column),
        });
        let sum = |number: fn(&Column) -> i64| {
            columns.iter().map(number).fold(0, |sum: i64, one| sum.saturating_add(one))
        };
        let (delivered, refused) = (sum(|column| column.delivered), sum(|column| column.refused));
        let happened = |column: &&Column| column.delivered > 0 || column.refused > 0;
        Self {
            id,
            title,
            summary: summary(language, columns, (delivered, refused)),
            width: COLUMN * i64::try_from(columns.len().max(1)).unwrap_or(1),
            height: HEIGHT,
            base,
            numbers_width: 8 + 7 * lines.iter().map(|line| line.number.len()).max().unwrap_or_default(),
            lines,
            bars: bars.collect(),
            labels: labels(columns),
            delivered: grouped(delivered),
            refused: (refused > 0).then(|| grouped(refused)),
            rows: columns
                .iter()
                .rev()
                .filter(happened)
                .map(|column| Row {
                    label: column.label.clone(),
                    delivered: grouped(column.delivered),
                    refused: grouped(column.refused),
                })
                .collect(),
            quiet: columns.iter().filter(|column| !happened(column)).count(),
        }
    }

    /// Whether there is anything to be seen.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn said(language: Language, column: &Column) -> String {
    let id = if column.refused > 0 { "chart-column-refused" } else { "chart-column" };
    let args = [
        ("label", column.label.value()),
        ("delivered", grouped(column.delivered).value()),
        ("refused", grouped(column.refused).value()),
    ];
    language.t_args(id, &args)
}

fn summary(language: Language, columns: &[Column], (delivered, refused): (i64, i64)) -> String {
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
        return language.t("chart-nothing");
    };
    if delivered == 0 && refused == 0 {
        return language.t("chart-nothing");
    }
    let busiest = columns.iter().max_by_key(|column| column.delivered).unwrap_or(first);
    let args = [
        ("from", first.label.value()),
        ("until", last.label.value()),
        ("delivered", grouped(delivered).value()),
        ("refused", grouped(refused).value()),
        ("busiest", busiest.label.value()),
        ("most", grouped(busiest.delivered).value()),
    ];
    language.t_args("chart-summary", &args)
}

/// The first, the last, and what lies evenly between them, as far as it fits under a narrow picture.
fn labels(columns: &[Column]) -> Vec<String> {
    let last = columns.len().saturating_sub(1);
    let at: &[usize] = if last < 4 { &[0, last] } else { &[0, last / 2, last] };
    let mut at = at.to_vec();
    at.dedup();
    at.into_iter().filter_map(|at| columns.get(at)).map(|column| column.label.clone()).collect()
}

/// How far apart the lines are: 1, 2 or 5 with zeros, so that up to `most` there are three or four of them.
fn step(most: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for times in [1, 2, 5] {
            let step = unit.saturating_mul(times);
            if most.saturating_sub(1) / step < 4 {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn rounded_up(number: i64, step: i64) -> i64 {
    let steps = number / step + i64::from(number % step > 0);
    steps.saturating_mul(step)
}

/// `number` of `whole`, in units of `room`.
fn scaled(number: i64, room: i64, whole: i128) -> i64 {
    let scaled = i128::from(number) * i128::from(room) / whole.max(1);
    i64::try_from(scaled).unwrap_or(room)
}

#[cfg(test)]
pub(crate) mod tests {
    use askama::Template;

    use super::*;
    use crate::web::{Shell, look};

    /// Columns of consecutive days, for the tests of pages.
    pub(crate) fn columns(numbers: &[(i64, i64)]) -> Vec<Column> {
        let day = |at: usize| {
            let at = i64::try_from(at).unwrap();
            crate::web::dates::day(jiff::Timestamp::from_second(1_800_000_000 + at * 86_400).unwrap())
        };
        numbers
            .iter()
            .enumerate()
            .map(|(at, (delivered, refused))| Column {
                label: day(at),
                delivered: *delivered,
                refused: *refused,
            })
            .collect()
    }

    fn drawn(numbers: &[(i64, i64)]) -> Chart {
        Chart::of(Language::En, "uses", "Uses".into(), &columns(numbers))
    }

    #[test]
    fn lines_have_round_numbers_and_there_are_never_many() {
        for (most, expected) in
            [(0, 1), (1, 1), (4, 1), (5, 2), (8, 2), (9, 5), (20, 5), (21, 10), (999, 500), (4000, 1000)]
        {
            assert_eq!(step(most), expected, "{most}");
        }
        assert!(step(i64::MAX) > 1_000_000_000);
    }

    #[test]
    fn delivered_stands_on_the_line_and_refused_hangs_below_it_on_the_same_scale() {
        let chart = drawn(&[(40, 0), (20, 20), (0, 0), (0, 10)]);
        let bars: Vec<_> = chart.bars.iter().map(|bar| (bar.delivered, bar.refused)).collect();
        // 60 in all over 144: 96 above the line, 48 below it.
        assert_eq!(chart.base, MARGIN + 96);
        assert_eq!(
            bars,
            [(Some((MARGIN, 96)), None), (Some((MARGIN + 48, 48)), Some(48)), (None, None), (None, Some(24))]
        );
        let lines: Vec<_> = chart.lines.iter().map(|line| (line.y, line.number.as_str())).collect();
        assert_eq!(lines.first(), Some(&(152, "20")));
        assert_eq!(lines.last(), Some(&(8, "40")));
        assert!(lines.contains(&(chart.base, "0")));
        assert_eq!((chart.delivered.as_str(), chart.refused.as_deref()), ("60", Some("30")));
    }

    #[test]
    fn what_is_little_beside_much_can_still_be_seen() {
        let chart = drawn(&[(1_000_000, 0), (1, 1)]);
        assert_eq!(chart.bars[1].delivered.map(|(_, height)| height), Some(LEAST));
        assert_eq!(chart.bars[1].refused, Some(LEAST));
        assert!(chart.base + LEAST <= HEIGHT);
    }

    #[test]
    fn the_table_leaves_out_what_is_empty_and_counts_it() {
        let chart = drawn(&[(1, 0), (0, 0), (0, 0), (0, 2_000)]);
        let rows: Vec<_> =
            chart.rows.iter().map(|row| (row.delivered.as_str(), row.refused.as_str())).collect();
        assert_eq!(rows, [("0", "2,000"), ("1", "0")]);
        assert_eq!(chart.quiet, 2);
    }

    #[test]
    fn the_summary_says_what_there_is_to_see() {
        let summary = drawn(&[(1, 0), (1_200, 3)]).summary;
        for part in ["2027-01-15", "2027-01-16", "1,201", "3", "1,200"] {
            assert!(summary.contains(part), "{summary}");
        }
        assert!(drawn(&[]).is_empty());
        assert!(drawn(&[(0, 0)]).is_empty());
    }

    #[test]
    fn no_number_is_too_large_and_no_chart_too_short() {
        for numbers in [&[][..], &[(0, 0)], &[(i64::MAX, i64::MAX), (i64::MAX, 0)], &[(3, 0)]] {
            let chart = drawn(numbers);
            for bar in &chart.bars {
                let (top, height) = bar.delivered.unwrap_or((chart.base, 0));
                assert!(top >= 0 && top + height == chart.base, "{bar:?}");
                assert!(chart.base + bar.refused.unwrap_or(0) <= HEIGHT, "{bar:?}");
            }
        }
    }

    #[derive(Template)]
    #[template(
        ext = "html",
        source = "{% extends \"layout.html\" %}{% import \"parts/chart.html\" as charts %}{% block title %}x{% endblock %}{% block main %}{% call charts::chart(shell, chart) %}{% endcall %}{% endblock %}"
    )]
    struct Page<'a> {
        shell: &'a Shell,
        chart: &'a Chart,
    }

    #[test]
    fn every_chart_can_be_shown() {
        for numbers in [vec![], vec![(0, 0); 90], vec![(3, 0); 3], vec![(12_345, 678); 90]] {
            look::in_every_shell(|shell| {
                let chart = Chart::of(shell.language, "uses", "<b>".into(), &columns(&numbers));
                Page { shell, chart: &chart }.render()
            });
        }
    }
}
