//! The resolve line under load, beside an empty answer of the same server: every answer is right, whatever else is there
//! and however many ask. `tests/bench/resolve.sh` runs it longer and with more, and prints what it takes.

use std::process::Command;
use std::time::Duration;

use crate::support::app::{TestApp, on_both};
use crate::support::many::Many;
use crate::support::world::{Sample, everywhere};
use voucher::pipelines::Place;

/// How much of it.
struct Size {
    seconds: f64,
    /// How often each is measured.
    rounds: usize,
    connections: Vec<u32>,
    /// How many credentials there are beside those that are asked for.
    stored: Vec<usize>,
    /// How many are asked for in turn.
    spread: usize,
}

/// What one round of asking took.
#[derive(Clone, Copy)]
struct Took {
    per_second: f64,
    p99_ms: f64,
    /// Processor time of this process, which serves and otherwise waits: without what asks, and without PostgreSQL's.
    cpu_us: f64,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Ping,
    /// One credential, over and over.
    One,
    /// The same, without the strings that a runner must hide.
    Unmasked,
    /// The same, as the bare file.
    File,
    /// Each of many in turn.
    EachInTurn,
}

#[test]
fn every_answer_is_right_under_load() {
    let size = size();
    on_both(async |app| {
        let key = prepare(app, size.spread);
        let quick = (app.url.clone(), "kept open");
        let opening = app.opening_each_time();
        let servers = [quick, (opening.url.clone(), "opened each time")];
        println!(
            "one token, 4 KiB; against an empty ping at as many connections; processor time of the server"
        );
        println!(
            "{:18}{:>12}{:>12}{:>10}{:>10}{:>12}{:>8}",
            "", "connections", "requests/s", "of ping", "p99", "CPU", ""
        );
        for (url, how) in &servers {
            for connections in &size.connections {
                let ways = [(What::One, *how), (What::Unmasked, "  no mask"), (What::File, "  bare file")];
                for (what, said) in ways {
                    let (ping, one) = side_by_side(&size, (url, &key), what, *connections).await;
                    print(said, &connections.to_string(), ping, one);
                }
            }
        }
        println!("{:18}{:>12}", "", "credentials");
        let (mut many, usual) = (Many::default(), size.connections[size.connections.len() / 2]);
        for stored in &size.stored {
            many.grow_with_content(app, *stored);
            for (url, how) in &servers {
                let (ping, one) = side_by_side(&size, (url, &key), What::One, usual).await;
                print(how, &stored.to_string(), ping, one);
                let (what, count) = (What::EachInTurn, size.spread);
                let each = ask(&size, (url, &key), (what, count), usual).await;
                print("  each of many", &stored.to_string(), ping, each);
            }
        }
        opening.stop().await;
    });
}

/// Turn about, so that a machine that slows down slows both; the middle one of the rounds.
async fn side_by_side(size: &Size, at: (&str, &str), what: What, connections: u32) -> (Took, Took) {
    let (mut ping, mut one) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        ping.push(ask(size, at, (What::Ping, 0), connections).await);
        one.push(ask(size, at, (what, 0), connections).await);
    }
    (middle(ping), middle(one))
}

fn middle(mut rounds: Vec<Took>) -> Took {
    rounds.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    rounds[rounds.len() / 2]
}

fn print(how: &str, at: &str, ping: Took, took: Took) {
    println!(
        "{how:18}{at:>12}{:>12.0}{:>9.0}%{:>9.1}x{:>9.0} us{:>7.1}x",
        took.per_second,
        100.0 * took.per_second / ping.per_second,
        took.p99_ms / ping.p99_ms,
        took.cpu_us,
        took.cpu_us / ping.cpu_us,
    );
}

/// Asks for a while, and fails when one answer was not 200.
async fn ask(size: &Size, (url, key): (&str, &str), (what, count): (What, usize), connections: u32) -> Took {
    let script = tempfile::Builder::new().suffix(".lua").tempfile().unwrap();
    let token = if what == What::EachInTurn { "spread-' .. n .. '" } else { "bench" };
    let request = match what {
        What::Ping => String::new(),
        What::File => format!(
            "local headers = {{ ['Authorization'] = 'Bearer {key}' }}\n\
             request = function()\n  \
             return wrk.format('GET', '/api/v1/credentials/bench/kubeconfig', headers)\nend\n",
        ),
        What::One | What::Unmasked | What::EachInTurn => format!(
            "local n = 0\nlocal headers = {{ ['Content-Type'] = 'application/json', ['Authorization'] = 'Bearer {key}' }}\n\
             request = function()\n  n = n % {count} + 1\n  local body = '{{\"tokens\":[\"{token}\"],\"formats\":[\"kubeconfig\"]{mask}}}'\n  \
             return wrk.format('POST', '/api/v1/resolve', headers, body)\nend\n",
            count = count.max(1),
            mask = if what == What::Unmasked { ",\"mask\":false" } else { "" },
        ),
    };
    let report = "done = function(s, latency, requests)\n  local e = s.errors\n  \
        io.write(string.format('RESULT %d %d %d %d\\n', s.requests, s.duration, latency:percentile(99), \
        e.status + e.connect + e.read + e.write + e.timeout))\nend\n";
    std::fs::write(script.path(), request + report).unwrap();
    let before = processor_time();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{connections}"), &format!("-d{}s", size.seconds.ceil())])
        .arg("-s")
        .arg(script.path())
        .arg(format!("{url}/ping"));
    let out = tokio::task::spawn_blocking(move || wrk.output()).await.unwrap().expect("wrk is installed");
    let spent = processor_time() - before;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let line = said.lines().find_map(|line| line.strip_prefix("RESULT ")).unwrap_or_else(|| panic!("{said}"));
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let [requests, micros, p99, failed] = numbers[..] else { panic!("{said}") };
    assert!(failed == 0.0 && requests > 0.0, "{failed} of {requests} failed: {said}");
    Took {
        per_second: requests / (micros / 1e6),
        p99_ms: p99 / 1e3,
        cpu_us: spent.as_secs_f64() * 1e6 / requests,
    }
}

/// Of this process, since it started.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}

/// The credentials that are asked for, each a kubeconfig of 4 KiB, and a key for them.
fn prepare(app: &TestApp, spread: usize) -> String {
    let head = "apiVersion: v1\nkind: Config\ncurrent-context: bench\ncontexts:\n- name: bench\n  context: {cluster: bench, \
        user: bench}\nclusters:\n- name: bench\n  cluster: {server: \"https://192.0.2.1:6443\"}\nusers:\n- name: bench\n  \
        user: {token: \"";
    let kubeconfig = format!("{head}{}\"}}\n", "t".repeat(4096 - head.len() - 3));
    let tokens = (1..=spread).map(|n| format!("spread-{n}")).chain(["bench".to_owned()]);
    app.make(|world, conn, tools| {
        for token in tokens {
            let secret = &[("kubeconfig", kubeconfig.as_str())][..];
            let sample = Sample {
                credential_type: "kubernetes",
                token: &token,
                scope: everywhere(),
                secret,
                ..Sample::default()
            };
            world.credential(conn, tools, &sample);
        }
        world.access_key(conn, tools, ("acme", Place::Project(world.projects["shop"].clone())), None).1
    })
}

/// Little, unless `tests/bench/resolve.sh` says how much.
#[expect(clippy::disallowed_methods, reason = "tests/bench/resolve.sh says how much, and has no other way")]
fn size() -> Size {
    let said = |name: &str| std::env::var(name).ok();
    let numbers = |name: &str, otherwise: &str| -> Vec<usize> {
        let text = said(name).unwrap_or_else(|| otherwise.to_owned());
        text.split(',').map(|number| number.parse().unwrap()).collect()
    };
    Size {
        seconds: said("VOUCHER_BENCH_SECONDS").map_or(1.0, |seconds| seconds.parse().unwrap()),
        rounds: numbers("VOUCHER_BENCH_ROUNDS", "1")[0],
        connections: numbers("VOUCHER_BENCH_CONNECTIONS", "4").into_iter().map(|n| n as u32).collect(),
        stored: numbers("VOUCHER_BENCH_STORED", "500"),
        spread: numbers("VOUCHER_BENCH_SPREAD", "5")[0],
    }
}
