//! What ends, written as a calendar (RFC 5545, with the names and the refreshing of RFC 7986).
//!
//! Each thing is an event of the whole day on which it can last be used, in UTC as everywhere in the console, so that it
//! stands on the same day whatever zone a reader is in. Nothing is written that changes by itself: the same rows make the
//! same bytes.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use icalendar::{Alarm, Calendar, Class, Component as _, Event, EventLike as _, Property, Trigger};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::{Ending, What};
use crate::web::dates::{self, Moment};
use crate::web::{Language, Value as _};

/// So many days before the last one a calendar program reminds.
const LEADS: [i64; 4] = [30, 14, 7, 1];

/// At this hour of that day, wherever the reader is.
const HOUR: i64 = 9;

/// How often a program should come again.
const REFRESH: &str = "PT6H";

/// Writes the calendar of an enterprise. `url` is where the console is reached.
pub(super) fn write(
    endings: &[Ending],
    (enterprise, language): (&str, Language),
    (url, now): (&str, Timestamp),
) -> String {
    let name = language.t_args("calendar-name", &[("enterprise", enterprise.value())]);
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", format!("-//Voucher//Voucher//{}", language.tag())));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(text("NAME", &name));
    calendar.append_property(text("X-WR-CALNAME", &name));
    calendar.append_property(text("X-WR-CALDESC", &language.t("calendar-description")));
    calendar.append_property(
        Property::new("REFRESH-INTERVAL", REFRESH).add_parameter("VALUE", "DURATION").done(),
    );
    calendar.append_property(Property::new("X-PUBLISHED-TTL", REFRESH));
    for ending in endings {
        if let Some(event) = event(ending, language, url, now) {
            calendar.push(event);
        }
    }
    calendar.to_string()
}

/// A property whose text may hold anything; names that the library does not know as text have to say so.
fn text(name: &str, value: &str) -> Property {
    // A name has no control characters; should one get here, it must not end a line.
    let value: String = value.chars().filter(|one| *one == '\n' || !one.is_control()).collect();
    match name {
        "NAME" => Property::new(name, value).add_parameter("VALUE", "TEXT").done(),
        _ => Property::new(name, value),
    }
}

/// `None` for a day that no calendar has.
fn event(ending: &Ending, language: Language, url: &str, now: Timestamp) -> Option<Event> {
    let last = ending.at.checked_sub(1.millisecond()).ok()?.to_zoned(TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        NaiveDate::from_ymd_opt(
            date.year().into(),
            u32::try_from(date.month()).ok()?,
            u32::try_from(date.day()).ok()?,
        )
    };
    let what = kind(ending.what, language);
    let named = |id: &str| {
        language.t_args(id, &[("name", ending.name.as_str().value()), ("type", what.as_str().value())])
    };
    let link = format!("{url}{}", path(ending));
    let about = [
        language.t_args("calendar-event.type", &[("type", what.as_str().value())]),
        language.t_args("calendar-event.responsible", &[("name", ending.responsible.as_str().value())]),
        language.t_args(
            "calendar-event.ends",
            &[
                ("day", dates::last_day(ending.at).as_str().value()),
                ("moment", Moment::of(ending.at).text.as_str().value()),
            ],
        ),
        link.clone(),
    ];
    let changed = moment(ending.changed_at)?;
    let mut event = Event::new();
    event
        .uid(&ending.id)
        .append_property(text("SUMMARY", &named("calendar-event")))
        .append_property(text("DESCRIPTION", &about.join("\n")))
        .append_property(Property::new("CATEGORIES", language.t("calendar-category")))
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .class(Class::Private)
        .url(&link)
        .timestamp(changed)
        .last_modified(changed)
        .starts(day(last)?)
        .ends(day(last.checked_add(1.day()).ok()?)?);
    if let Some(revision) = ending.revision {
        event.sequence(revision);
    }
    if ending.at > now {
        for lead in LEADS {
            let before = Duration::days(lead) - Duration::hours(HOUR);
            let mut alarm = Alarm::display(&named("calendar-event"), Trigger::before_start(before));
            // Without these the library would make up others each time.
            alarm.uid(&format!("{}-{lead}", ending.id)).timestamp(changed);
            event.alarm(alarm);
        }
    }
    Some(event.done())
}

fn kind(what: What, language: Language) -> String {
    match what {
        What::Credential(of) => language.t(&of.label()),
        What::AccessKey => language.t("calendar-access-key"),
        What::ProvisioningKey => language.t("calendar-provisioning-key"),
    }
}

fn path(ending: &Ending) -> String {
    match ending.what {
        What::Credential(_) => format!("/credentials/{}", ending.id),
        What::AccessKey => format!("/access/{}", ending.id),
        What::ProvisioningKey => "/access/provisioning".to_owned(),
    }
}

fn moment(at: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ending(name: &str, end: &str) -> Ending {
        Ending {
            what: What::Credential(catalogue::find("feishu").unwrap()),
            id: "01930000-0000-7000-8000-000000000051".into(),
            name: name.into(),
            responsible: "Li, Na; \\".into(),
            at: at(end),
            changed_at: at("2026-11-20T08:00:00Z"),
            revision: Some(3),
        }
    }

    fn written(endings: &[Ending], language: Language) -> String {
        write(endings, ("Aurora, Inc.", language), ("https://voucher.example", at("2026-11-23T09:00:00Z")))
    }

    /// The content lines, unfolded.
    fn lines(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn every_line_is_short_enough_and_ends_as_it_should() {
        let name = "凭证📜, with; commas\\ and a long name".repeat(4);
        for language in Language::ALL {
            let text = written(&[ending(&name, "2026-12-01T00:00:00Z")], language);
            assert!(text.ends_with("END:VCALENDAR\r\n"));
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "a bare line end");
            for line in text.split("\r\n") {
                assert!(line.len() <= 75, "{} octets: {line}", line.len());
                assert!(!line.contains('⟦'), "{line}");
            }
            let summary = lines(&text).into_iter().find(|line| line.starts_with("SUMMARY:")).unwrap();
            let escaped = name.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
            assert!(summary.contains(&escaped), "{summary}");
        }
    }

    #[test]
    fn an_event_is_the_last_day_and_reminds_before_it() {
        let lines = lines(&written(&[ending("Alerts", "2026-12-01T00:00:00Z")], Language::En));
        for wanted in [
            "VERSION:2.0",
            "X-WR-CALNAME:Expiry dates of Aurora\\, Inc.",
            "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
            "X-PUBLISHED-TTL:PT6H",
            "UID:01930000-0000-7000-8000-000000000051",
            "DTSTAMP:20261120T080000Z",
            "LAST-MODIFIED:20261120T080000Z",
            "SEQUENCE:3",
            "DTSTART;VALUE=DATE:20261130",
            "DTEND;VALUE=DATE:20261201",
            "URL:https://voucher.example/credentials/01930000-0000-7000-8000-000000000051",
            // 30, 14, 7 days and a day before, at nine.
            "TRIGGER;RELATED=START:-PT2559600S",
            "TRIGGER;RELATED=START:-PT1177200S",
            "TRIGGER;RELATED=START:-PT572400S",
            "TRIGGER;RELATED=START:-PT54000S",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted} is not in {lines:#?}");
        }
        let about = lines.iter().find(|line| line.starts_with("DESCRIPTION:Type")).unwrap();
        assert!(about.contains("\\nResponsible: Li\\, Na\\; \\\\\\n"), "{about}");
        for once in ["VERSION:", "PRODID:", "UID:01930000-0000-7000-8000-000000000051", "BEGIN:VEVENT"] {
            let found = lines.iter().filter(|line| line.starts_with(once) && !line.ends_with("-1")).count();
            assert!(found == 1 || once.starts_with("UID"), "{once}: {found}");
        }
        assert_eq!(lines.iter().filter(|line| *line == "BEGIN:VALARM").count(), LEADS.len());
    }

    #[test]
    fn what_has_ended_reminds_nobody_and_the_same_is_written_twice_alike() {
        let over = [ending("Alerts", "2026-11-23T09:00:00Z"), ending("Others", "2026-11-23T00:00:00Z")];
        let text = written(&over, Language::ZhCn);
        assert!(!text.contains("VALARM"), "{text}");
        assert!(text.contains("DTSTART;VALUE=DATE:20261123") && text.contains("DTSTART;VALUE=DATE:20261122"));
        let coming = [ending("Alerts", "2026-12-24T12:00:00Z")];
        assert_eq!(written(&coming, Language::En), written(&coming, Language::En));
    }
}
