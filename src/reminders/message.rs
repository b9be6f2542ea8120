//! What a reminder says: how many, which, how long each still has, and where it is, in as much room as every chat has.

use jiff::Timestamp;

use crate::catalogue::CredentialType;
use crate::ids::CredentialId;
use crate::web::dates;
use crate::web::{Language, Value as _};

/// WeChat Work takes texts of 2,048 bytes, the others far longer ones.
const MOST: usize = 2000;

/// Room for the line that says how many more there are, with its link.
const REST: usize = 300;

/// A credential to be reminded of.
#[derive(Clone)]
pub(super) struct Nearing {
    pub(super) id: CredentialId,
    pub(super) name: String,
    pub(super) credential_type: &'static CredentialType,
    /// The name of who answers for it.
    pub(super) responsible: String,
    pub(super) expires_at: Timestamp,
    /// The lead time that it came closer than, in days.
    pub(super) lead: i32,
}

/// Writes it. What is first in `nearing` is first in the text; what has no room is counted.
pub(super) fn write(
    nearing: &[Nearing],
    (enterprise, language): (&str, Language),
    (url, now): (&str, Timestamp),
) -> String {
    let count = i64::try_from(nearing.len()).unwrap_or(i64::MAX);
    let mut text = language.t_args(
        "reminder-title",
        &[("enterprise", clean(enterprise).as_str().value()), ("count", count.into())],
    );
    let mut left = nearing.len();
    for one in nearing {
        let line = line(one, language, url, now);
        let room = if left == 1 { MOST } else { MOST.saturating_sub(REST) };
        if text.len() + line.len() > room {
            break;
        }
        text.push_str(&line);
        left -= 1;
    }
    if left > 0 {
        let more = i64::try_from(left).unwrap_or(i64::MAX);
        text.push('\n');
        text.push_str(&language.t_args("reminder-more", &[("count", more.into())]));
        text.push_str(&format!("\n{url}/credentials?state=expiring&sort=ends"));
    }
    text
}

fn line(one: &Nearing, language: Language, url: &str, now: Timestamp) -> String {
    let says = language.t_args(
        "reminder-line",
        &[
            ("name", clean(&one.name).as_str().value()),
            ("type", language.t(&one.credential_type.label()).as_str().value()),
            ("days", days_left(one.expires_at, now).into()),
            ("day", dates::last_day(one.expires_at).as_str().value()),
            ("responsible", clean(&one.responsible).as_str().value()),
        ],
    );
    format!("\n\n{says}\n{url}/credentials/{}", one.id)
}

/// A name on one line: it is said to a group, and must not look like more than a name.
fn clean(name: &str) -> String {
    name.chars().map(|one| if one.is_control() { ' ' } else { one }).take(64).collect()
}

/// How many days there still are; a begun one counts.
fn days_left(end: Timestamp, now: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let left = end.as_millisecond().saturating_sub(now.as_millisecond()).max(0);
    left.saturating_add(DAY - 1) / DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn nearing(name: &str, end: &str) -> Nearing {
        Nearing {
            id: CredentialId::parse("01930000-0000-7000-8000-000000000051").unwrap(),
            name: name.into(),
            credential_type: catalogue::find("kubernetes").unwrap(),
            responsible: "Li Na 李娜".into(),
            expires_at: at(end),
            lead: 7,
        }
    }

    fn written(all: &[Nearing], language: Language) -> String {
        write(all, ("Aurora", language), ("https://voucher.example", at("2026-11-24T00:00:00Z")))
    }

    #[test]
    fn days_are_counted_to_the_moment_at_which_the_last_day_ends() {
        let now = at("2026-11-24T00:00:00Z");
        for (end, days) in [
            ("2026-12-01T00:00:00Z", 7),
            ("2026-12-01T00:00:00.001Z", 8),
            ("2026-11-30T23:59:59Z", 7),
            ("2026-11-24T00:00:01Z", 1),
            ("2026-11-24T00:00:00Z", 0),
            ("2026-11-23T00:00:00Z", 0),
        ] {
            assert_eq!(days_left(at(end), now), days, "{end}");
        }
    }

    #[test]
    fn it_names_days_people_and_places_in_the_language_of_the_group() {
        let one = [nearing("k8s\n@all", "2026-12-01T00:00:00Z")];
        let text = written(&one, Language::En);
        for wanted in ["Aurora", "k8s @all (Kubernetes)", "7 days", "2026-11-30", "Li Na 李娜"] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        let address = "https://voucher.example/credentials/01930000-0000-7000-8000-000000000051";
        assert!(text.ends_with(address), "{text}");
        assert!(written(&one, Language::ZhCn).contains("还有 7 天"), "{}", written(&one, Language::ZhCn));
    }

    #[test]
    fn however_many_there_are_it_fits_and_says_how_many_more() {
        for language in Language::ALL {
            for (count, name) in [(1, 1), (3, 64), (9, 64), (400, 5), (100_000, 64)] {
                let name = "凭".repeat(name);
                let all = vec![nearing(&name, "2026-12-01T00:00:00Z"); count];
                let text = written(&all, language);
                assert!(text.len() <= MOST, "{} bytes", text.len());
                assert!(!text.contains('⟦'), "{text}");
                let named = text.matches("/credentials/").count();
                assert!(named >= 1);
                let more = count - named;
                let says = text.contains("state=expiring");
                assert_eq!(says, more > 0, "{text}");
            }
        }
    }
}
