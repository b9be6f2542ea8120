//! Credential Management's list: what every filter leaves, in which order, page by page; and how long it takes when there
//! are very many.

use std::time::{Duration, Instant};

use crate::support::app::on_both;
use crate::support::http::Client;
use crate::support::many::Many;

/// So many that a list may not be walked to its end.
const MANY: usize = 6_000;

/// How much longer a list of twenty thousand may take than one of a thousand, which is walked to its end: what walks all of
/// the longer one takes twenty times as long.
const AT_MOST: f64 = 6.0;

/// The tokens of a page's lines, in its order.
fn tokens(page: &str) -> Vec<String> {
    page.split("<th scope=\"row\"")
        .skip(1)
        .map(|line| line.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned())
        .collect()
}

/// Where the page says that it goes on.
fn next(page: &str) -> Option<String> {
    let link = page.split("class=\"v-pages\"").nth(1)?.split("ms-auto\" href=\"").nth(1)?;
    Some(link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&"))
}

/// What the tabs count: all, then each group.
fn tallies(page: &str) -> Vec<String> {
    let tabs = page.split("class=\"v-tabs\"").nth(1).unwrap().split("</nav>").next().unwrap();
    let count = |tab: &str| {
        tab.split("v-count\">").nth(1).map_or("", |rest| rest.split('<').next().unwrap()).to_owned()
    };
    tabs.split("<li>").skip(1).map(count).collect()
}

async fn all(client: &Client, query: &str) -> Vec<String> {
    let mut path = format!("/credentials?{query}");
    let mut found = Vec::new();
    loop {
        let page = client.get(&path).await.expect(200).text();
        found.extend(tokens(&page));
        match next(&page) {
            Some(next) => path = next,
            None => return found,
        }
    }
}

fn token(number: usize) -> String {
    format!("many-{number}")
}

fn those(fits: impl Fn(usize) -> bool) -> Vec<String> {
    let mut all: Vec<String> = (1..=MANY).filter(|number| fits(*number)).map(token).collect();
    all.sort();
    all
}

#[test]
fn each_filter_leaves_what_it_says_and_nothing_else_however_many_there_are() {
    on_both(async |app| {
        Many::default().grow(app, MANY);
        let owner = app.member("owner").await;
        let of_type = |id: &str| voucher::catalogue::all().iter().position(|of| of.id == id).unwrap();
        let (feishu, jenkins) = (of_type("feishu"), of_type("jenkins"));
        let cases: Vec<(&str, Vec<String>)> = vec![
            ("q=needle&size=100", those(|n| n % 1000 == 0)),
            ("q=针", those(|n| n % 1000 == 0)),
            ("q=NEEDLE+many-3000", those(|n| n == 3000)),
            // A word has its letters in this order, and the two others are nowhere.
            ("q=eedlen", Vec::new()),
            ("q=生产+5999", those(|n| n == 5998).into_iter().filter(|_| false).collect()),
            (
                "q=生产+many-598&size=100",
                those(|n| n % 3 == 1 && n % 1000 != 0 && token(n).contains("many-598")),
            ),
            ("q=m%25y", Vec::new()),
            ("health=refused&size=100", those(|n| n % 1000 == 0)),
            ("state=disabled&size=100", those(|n| n % 100 == 7)),
            ("state=expiring&size=100", those(|n| n % 100 == 8)),
            ("state=expired&size=100", those(|n| n % 100 == 9)),
            ("place=shop&size=100", those(|n| n % 1000 == 0 || n % 500 == 11)),
            ("place=shop/web&size=100", those(|n| n % 1000 == 0 || n % 500 == 11)),
            ("place=nowhere", Vec::new()),
            (
                "person=responsible&type=feishu&state=disabled&size=100",
                those(|n| n % 11 == feishu && n % 100 == 7),
            ),
            ("person=nobody-like-that", Vec::new()),
            ("group=others&type=feishu", Vec::new()),
            (
                "type=jenkins&health=unknown&state=expiring&size=100",
                those(|n| n % 11 == jenkins && n % 4 == 0 && n % 100 == 8),
            ),
            ("q=needle&state=disabled", Vec::new()),
        ];
        for (query, expected) in cases {
            let mut found = all(&owner, query).await;
            found.sort();
            assert_eq!(found, expected, "{query}");
        }
        let page = owner.get("/credentials?place=nowhere").await.expect(200).text();
        assert!(page.contains("no project or repository of this path"), "{page}");
    });
}

#[test]
fn every_order_goes_through_all_of_them_once_in_both_directions() {
    on_both(async |app| {
        Many::default().grow(app, 230);
        let owner = app.member("owner").await;
        for by in ["created", "name", "used", "ends"] {
            let up = all(&owner, &format!("sort={by}&size=50")).await;
            let mut down = all(&owner, &format!("sort=-{by}&size=50")).await;
            down.reverse();
            assert_eq!(up, down, "{by}");
            let mut once = up.clone();
            once.sort();
            once.dedup();
            assert_eq!((once.len(), up.len()), (231, 231), "{by}");
        }
        let first = |tokens: Vec<String>| tokens.into_iter().next().unwrap();
        assert_eq!(first(all(&owner, "sort=-created").await), token(230));
        // Used longest ago, of those that were used: those that never were come before.
        assert_eq!(all(&owner, "sort=-used&size=100").await[0], token(2));
        assert_eq!(first(all(&owner, "sort=ends&size=100").await), token(9));
        assert_eq!(first(all(&owner, "sort=name&size=100").await), token(102));
    });
}

#[test]
fn a_page_goes_on_where_it_ended_though_others_are_added() {
    on_both(async |app| {
        let mut many = Many::default();
        many.grow(app, 60);
        let owner = app.member("owner").await;
        let first = owner.get("/credentials").await.expect(200).text();
        let further = next(&first).unwrap();
        many.grow(app, 80);
        let second = owner.get(&further).await.expect(200).text();
        assert_eq!(tokens(&second).first(), Some(&token(35)));
        assert!(second.contains("aria-current=\"page\""), "{second}");
    });
}

#[test]
fn tabs_count_what_can_be_counted_in_time() {
    on_both(async |app| {
        let mut many = Many::default();
        many.grow(app, 110);
        let owner = app.member("owner").await;
        let count = async |query: &str| {
            tallies(&owner.get(&format!("/credentials?{query}")).await.expect(200).text())
        };
        assert_eq!(count("").await, ["111", "30", "30", "51"]);
        assert_eq!(count("group=others").await, ["111", "30", "30", "51"]);
        assert_eq!(count("state=disabled").await.first().unwrap(), "2");
        let sevens = those(|n| n <= 110 && n.to_string().contains('7'));
        assert_eq!(count("q=team+7").await.first().unwrap(), &sevens.len().to_string());
        many.grow(app, MANY);
        assert_eq!(count("").await, ["1,000+", "1,000+", "1,000+", "1,000+"]);
        assert_eq!(count("state=disabled").await.first().unwrap(), "60");
        assert_eq!(count("q=needle").await.first().unwrap(), "6");
        // A word that is everywhere is not counted.
        assert_eq!(count("q=many").await, ["", "", "", ""]);
    });
}

#[test]
fn a_member_finds_only_what_they_may_see_whatever_they_filter_by() {
    on_both(async |app| {
        Many::default().grow(app, MANY);
        let member = app.member("in-scope").await;
        let seen = those(|n| n % 1000 == 0 || n % 500 == 11);
        for query in ["size=100", "sort=name&size=100", "q=many&size=100", "sort=-used&size=100"] {
            let mut found = all(&member, query).await;
            found.sort();
            assert_eq!(found, seen, "{query}");
        }
        assert!(all(&member, "q=many-77").await.is_empty());
        // Another's project is not said to be there.
        let elsewhere = member.get("/credentials?place=plat").await.expect(200).text();
        assert!(elsewhere.contains("no project or repository of this path"), "{elsewhere}");
        assert!(
            app.member("bystander")
                .await
                .get("/credentials?q=many")
                .await
                .expect(200)
                .text()
                .contains("Nothing matches")
        );
    });
}

#[test]
fn what_is_edited_and_rotated_is_found_by_what_it_says_now() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let made = crate::credentials::Form::open(&owner, "/credentials/new/username-password")
            .await
            .fill("name", "Rosé Ölmühle")
            .fill("token", "wine")
            .fill("field-username", "Étienne")
            .fill("field-password", "correct horse")
            .send()
            .await
            .expect(303)
            .location()
            .to_owned();
        for words in ["rosé", "ÖLMÜ", "étienne", "e", "é", "win"] {
            assert_eq!(all(&owner, &format!("q={words}")).await, ["wine"], "{words}");
        }
        assert!(all(&owner, "q=horse").await.is_empty(), "a secret is not searched");
        crate::credentials::Form::open(&owner, &format!("{made}/edit"))
            .await
            .fill("name", "Other")
            .send()
            .await
            .expect(303);
        crate::credentials::Form::open(&owner, &format!("{made}/rotate"))
            .await
            .fill("field-username", "Zoë")
            .fill("field-password", "correct horse")
            .send()
            .await
            .expect(303);
        assert!(all(&owner, "q=rosé").await.is_empty() && all(&owner, "q=étienne").await.is_empty());
        assert_eq!(all(&owner, "q=other+zoë").await, ["wine"]);
    });
}

/// Everything that a list is asked for in practice, and what is worst for it.
const VIEWS: &[&str] = &[
    "",
    "group=im_communication",
    "type=kubernetes",
    "type=kubernetes&sort=name",
    "health=refused",
    "health=refused&sort=-used",
    "health=unknown",
    "health=works&sort=ends",
    "state=disabled",
    "state=expiring&sort=ends",
    "state=expired&sort=name",
    "state=deleted",
    "place=shop",
    "place=plat&sort=name",
    "place=shop/web&sort=-used",
    "person=responsible",
    "person=owner",
    "attention=responsible",
    "attention=unused",
    "q=many",
    "q=needle",
    "q=针",
    "q=生产",
    "q=team+77&sort=name",
    "q=no-such-thing",
    "q=zq",
    "q=7",
    "q=needle&state=disabled",
    "type=feishu&health=refused&place=shop&q=many",
    "sort=name",
    "sort=-name",
    "sort=used",
    "sort=-used",
    "sort=ends",
    "sort=-ends",
    "size=100",
    // What needs attention, counted over all of them.
    "/overview",
];

async fn times(client: &Client, query: &str, tries: usize) -> Vec<Duration> {
    let path = if query.starts_with('/') { query.to_owned() } else { format!("/credentials?{query}") };
    let mut times = Vec::new();
    for _ in 0..tries {
        let from = Instant::now();
        client.get(&path).await.expect(200);
        times.push(from.elapsed());
    }
    times.sort();
    times
}

/// How many there are at last; `tests/bench/list.sh` wants more.
#[expect(clippy::disallowed_methods, reason = "tests/bench/list.sh says how many, and has no other way")]
fn size() -> usize {
    std::env::var("VOUCHER_MANY").ok().and_then(|many| many.parse().ok()).unwrap_or(20_000)
}

#[test]
fn a_list_of_very_many_takes_about_as_long_as_one_of_a_thousand() {
    on_both(async |app| {
        let mut many = Many::default();
        many.grow(app, 1_000);
        let owner = app.member("owner").await;
        let tries = if size() > 20_000 { 100 } else { 8 };
        let mut small = Vec::new();
        for view in VIEWS {
            small.push(times(&owner, view, 8).await[0]);
        }
        many.grow(app, size());
        let mut slow = Vec::new();
        for (view, small) in VIEWS.iter().zip(small) {
            let mut large = times(&owner, view, tries).await;
            // What something else on the machine has slowed down is not as slow each time.
            for _ in 0..3 {
                if large[0].as_secs_f64() / small.as_secs_f64() > AT_MOST {
                    large = times(&owner, view, tries).await;
                }
            }
            let times = large[0].as_secs_f64() / small.as_secs_f64();
            println!(
                "{times:5.2} × {small:>9.1?}; p50 {:>9.1?}, p99 {:>9.1?}  {view}",
                large[tries / 2],
                large[tries * 99 / 100]
            );
            if times > AT_MOST {
                slow.push(view);
            }
        }
        assert!(slow.is_empty(), "grow with what is behind them: {slow:#?}");
    });
}
