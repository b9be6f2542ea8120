//! Large enterprises: a page of a list costs about the same, however much is behind it.

use std::time::{Duration, Instant};

use crate::support::app::{TestApp, on_both};
use crate::support::crowd::{Crowd, Size};
use crate::support::database::Database;
use crate::support::http::Client;

/// What pages must stay quick with.
const LARGE: Size =
    Size { projects: 200, repositories: 2_000, members: 5_000, memberships: 20_000, credentials: 200 };

/// How much smaller the enterprise is that pages are compared with. A page that does work for every row behind it
/// takes that many times as long.
const SMALLER: usize = 10;

/// What a page may take in the large enterprise, in times of the small one: a count reads every row of an index once,
/// which costs little beside the page.
const AT_MOST: f64 = 5.0;

/// The same for a search that finds little: it looks at every name there is, and at nothing else.
const SEARCH_AT_MOST: f64 = 8.0;

/// No page is heavier, in bytes before compression.
const WEIGHT: usize = 200_000;

/// The pages, from their lists' first stretch to a far one, searched and filtered.
fn pages(crowd: &Crowd) -> Vec<String> {
    let (project, repository) = (&crowd.projects[3], &crowd.repositories[3]);
    let (member, credential) = (&crowd.members[7], &crowd.credentials[5]);
    vec![
        "/credentials".to_owned(),
        "/credentials?q=crowd-1".to_owned(),
        format!("/credentials/{credential}"),
        format!("/credentials/{credential}/users"),
        format!("/credentials/{credential}/repositories"),
        format!("/credentials/{credential}/edit"),
        "/credentials/new/username-password".to_owned(),
        "/projects".to_owned(),
        "/projects?q=crowd-1".to_owned(),
        format!("/projects/{project}"),
        format!("/projects/{project}/members"),
        format!("/projects/{project}/members/add"),
        format!("/projects/{project}/delete"),
        format!("/repositories/{repository}"),
        format!("/repositories/{repository}/members/add?q=person"),
        "/members".to_owned(),
        "/members?q=person&role=member&state=active".to_owned(),
        "/members?q=nobody".to_owned(),
        format!("/members/{member}"),
        format!("/members/{member}/uses"),
        format!("/members/{member}/hand-over"),
        "/access".to_owned(),
        "/access/new".to_owned(),
        "/access/choices?q=service-1".to_owned(),
        "/credentials/choices/repositories?q=service-1".to_owned(),
        "/credentials/choices/people?q=person-1".to_owned(),
    ]
}

/// Adds to the enterprise, and has PostgreSQL look at it, which its autovacuum does a minute later by itself.
fn grow(app: &TestApp, crowd: &mut Crowd, to: Size) {
    app.make(|world, conn, tools| crowd.grow(world, conn, tools, to));
    if !matches!(app.database, Database::Sqlite(_)) {
        app.database.execute("ANALYZE");
    }
}

/// The quickest of several tries, which is what the work takes when nothing else is going on.
async fn quickest(client: &Client, path: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let from = Instant::now();
        let reply = client.get(path).await;
        best = best.min(from.elapsed());
        assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text());
        assert!(reply.body.len() <= WEIGHT, "{path} weighs {} bytes", reply.body.len());
    }
    best
}

async fn measure(app: &TestApp, paths: &[String]) -> Vec<Duration> {
    let owner = app.member("owner").await;
    let mut times = Vec::new();
    for path in paths {
        times.push(quickest(&owner, path).await);
    }
    times
}

#[test]
fn pages_of_a_large_enterprise_take_about_as_long_as_those_of_a_small_one() {
    on_both(async |app| {
        let mut crowd = Crowd::default();
        grow(app, &mut crowd, LARGE.divided_by(SMALLER));
        let paths = pages(&crowd);
        let small = measure(app, &paths).await;
        grow(app, &mut crowd, LARGE);
        let large = measure(app, &paths).await;
        let (owner, mut slow) = (app.member("owner").await, Vec::new());
        for ((path, small), mut large) in paths.iter().zip(small).zip(large) {
            let times = |large: Duration| large.as_secs_f64() / small.as_secs_f64();
            let most = if path.contains("q=") { SEARCH_AT_MOST } else { AT_MOST };
            // What something else on the machine has slowed down is not as slow each time.
            for _ in 0..3 {
                if times(large) > most {
                    large = large.min(quickest(&owner, path).await);
                }
            }
            println!("{:5.2} × {small:>10.1?} = {large:>10.1?}  {path}", times(large));
            if times(large) > most {
                slow.push(path);
            }
        }
        assert!(slow.is_empty(), "grow with what is behind them: {slow:#?}");
    });
}
