//! The lists of sign-ins: seeing where one is signed in, ending one, ending all, and that what ended stays ended
//! whatever is still under way.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use voucher::ids::SubmissionId;

use crate::support::app::{TestApp, on_both};
use crate::support::http::Client;

/// The page that offers to sign in sends whoever has done so onward.
async fn is_signed_in(client: &Client) -> bool {
    client.get("/sign-in").await.status.as_u16() == 303
}

/// The addresses that the forms of a page are sent to.
fn forms(html: &str) -> Vec<String> {
    html.split("action=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|action| action.contains("/sign-ins"))
        .map(ToOwned::to_owned)
        .collect()
}

fn ends(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT actor_name || '>' || object_name || '>' || detail AS it FROM audit_records \
         WHERE action = 'sign_in.end' ORDER BY seq",
    )
}

#[test]
fn a_member_sees_their_browsers_and_ends_one_or_all_others() {
    on_both(async |app| {
        let [here, there, third] = [
            app.anonymous().with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
            app.anonymous().with("user-agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"),
            app.anonymous().with("user-agent", "Mozilla/5.0 (iPhone) Version/18.5 Safari/604.1"),
        ];
        for client in [&here, &there, &third] {
            app.sign_in(client, "responsible").await;
        }
        let stranger_to_it = app.member("manager").await;
        let page = here.get("/sign-ins").await.expect(200).text();
        for shown in ["Firefox, Linux", "Chrome, Windows", "Safari, iOS", "127.0.0.1", "2026-11-23 09:00 UTC"]
        {
            assert!(page.contains(shown), "{shown} is not on the page");
        }
        assert_eq!(page.matches("This browser").count(), 1);
        let actions = forms(&page);
        assert_eq!(actions.len(), 3, "{actions:?}");
        let ending_there = actions.iter().find(|action| action.ends_with("/end")).unwrap();

        // Another member cannot end it, nor learn that it is there.
        stranger_to_it.post(ending_there, &[]).await.expect(404);
        assert!(is_signed_in(&there).await && is_signed_in(&third).await);

        here.post(ending_there, &[]).await.expect(303);
        let signed_in = (is_signed_in(&there).await, is_signed_in(&third).await);
        assert!(matches!(signed_in, (true, false) | (false, true)), "{signed_in:?}");
        here.post(ending_there, &[]).await.expect(303);
        assert_eq!(ends(app), ["responsible>responsible>null"], "ending it twice is ending it once");

        here.post("/sign-ins/end-others", &[]).await.expect(303);
        assert!(!is_signed_in(&there).await && !is_signed_in(&third).await);
        assert!(is_signed_in(&here).await && is_signed_in(&stranger_to_it).await);
        assert_eq!(ends(app).len(), 2);
        let page = here.get("/sign-ins").await.text();
        assert!(forms(&page).is_empty() && page.contains("This browser"), "{page}");
    });
}

#[test]
fn an_administrator_sees_and_ends_the_sign_ins_of_a_member() {
    on_both(async |app| {
        let member = &app.world.members["bystander"];
        let list = format!("/members/{member}/sign-ins");
        let (one, other) = (app.member("bystander").await, app.member("bystander").await);
        let administrator = app.member("administrator").await;
        let auditor = app.member("auditor").await;

        let page = auditor.get(&list).await.expect(200).text();
        assert!(page.contains("Sign-ins of bystander") && forms(&page).is_empty(), "{page}");
        auditor.post(&format!("{list}/end-all"), &[]).await.expect(403);

        let page = administrator.get(&list).await.expect(200).text();
        let actions = forms(&page);
        assert_eq!(actions.len(), 3, "{actions:?}");
        administrator.post(&actions[1], &[]).await.expect(303);
        assert!(is_signed_in(&one).await != is_signed_in(&other).await);
        administrator.post(&actions[0], &[]).await.expect(303);
        assert!(!is_signed_in(&one).await && !is_signed_in(&other).await);
        let expected = format!("administrator>bystander>{{\"member\":\"{member}\"}}");
        assert_eq!(ends(app), [expected.clone(), expected]);
        assert!(administrator.get(&list).await.text().contains("Not signed in anywhere"));

        // A sign-in is ended under the name of whose it is.
        let mine = administrator.get("/sign-ins").await;
        assert!(is_signed_in(&administrator).await, "{}", mine.text());
        let ids = app.database.texts("SELECT id AS it FROM sign_ins WHERE subject = 'administrator'");
        administrator.post(&format!("{list}/{}/end", ids[0]), &[]).await.expect(404);
        assert!(is_signed_in(&administrator).await);
    });
}

#[test]
fn a_sign_in_that_nobody_used_for_half_an_hour_is_not_in_the_list() {
    on_both(async |app| {
        let idle = app.member("responsible").await;
        let busy = app.member("responsible").await;
        app.advance(Duration::from_secs(20 * 60));
        assert!(is_signed_in(&busy).await);
        app.advance(Duration::from_secs(20 * 60));
        let page = busy.get("/sign-ins").await.expect(200).text();
        assert_eq!(page.matches("<th scope=\"row\"").count(), 1, "{page}");
        assert!(page.contains("2026-11-23 09:40 UTC"), "last seen is not shown: {page}");
        assert!(!is_signed_in(&idle).await);
        busy.post("/sign-ins/end-others", &[]).await.expect(303);
        assert_eq!(ends(app), Vec::<String>::new(), "what ended by itself is not ended again");
    });
}

/// A request whose body is still to come; the server has it in hand once this returns.
pub(crate) struct Slow {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Slow {
    pub(crate) async fn begin(url: &str, path: &str, client: &Client, fields: &[(String, String)]) -> Self {
        let host = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let cookies: Vec<String> =
            client.cookies().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {}\r\norigin: {}\r\nexpect: 100-continue\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            cookies.join("; "),
            url,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 25];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 100 Continue"), "{}", String::from_utf8_lossy(&answer));
        // Some of it, so that the handler has begun and waits.
        let (begin, rest) = body.as_bytes().split_at(10);
        stream.write_all(begin).await.unwrap();
        Self { stream, rest: rest.to_vec() }
    }

    pub(crate) async fn finish(mut self) -> String {
        self.stream.write_all(&self.rest).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// A form that would make a credential.
pub(crate) fn login(app: &TestApp, token: &str) -> Vec<(String, String)> {
    let submission = SubmissionId::new(app.now(), &app.random);
    [
        ("submission", submission.as_str()),
        ("name", token),
        ("token", token),
        ("field-username", "robot"),
        ("field-password", "correct horse"),
        ("project-reach", "all"),
        ("repository-reach", "all"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

#[test]
fn a_hundred_slow_requests_neither_bring_an_ended_sign_in_back_nor_change_anything() {
    const PATH: &str = "/credentials/new/username-password";
    on_both(async |app| {
        for way in ["sign-out", "from-another-browser", "by-an-administrator"] {
            let victim = app.member("administrator").await;
            let held = victim.cookies();
            // What they would do, had the sign-in not ended.
            let quick = Slow::begin(&app.url, PATH, &victim, &login(app, way)).await.finish().await;
            assert!(quick.starts_with("HTTP/1.1 303"), "{quick}");
            let mut slow = Vec::new();
            for at in 0..100 {
                let form = login(app, &format!("{way}-{at}"));
                slow.push(Slow::begin(&app.url, PATH, &victim, &form).await);
            }
            match way {
                "sign-out" => drop(victim.post("/sign-out", &[]).await.expect(303)),
                "from-another-browser" => {
                    let other = app.member("administrator").await;
                    other.post("/sign-ins/end-others", &[]).await.expect(303);
                    other.post("/sign-out", &[]).await.expect(303);
                }
                _ => {
                    let list = format!("/members/{}/sign-ins", app.world.members["administrator"]);
                    app.member("owner").await.post(&format!("{list}/end-all"), &[]).await.expect(303);
                }
            }
            for slow in slow {
                let answer = slow.finish().await;
                assert!(answer.contains("\r\nlocation: /sign-in?"), "{way}: {answer}");
                assert!(!answer.to_lowercase().contains("set-cookie: voucher="), "{way}: {answer}");
            }
            let thief = app.anonymous();
            for (name, value) in held {
                thief.set_cookie(&name, &value);
            }
            assert!(!is_signed_in(&thief).await, "{way}: it came back");
            let alive = app.database.count(
                "SELECT COUNT(*) FROM sign_ins WHERE subject = 'administrator' AND revoked_at IS NULL",
            );
            assert_eq!(alive, 0, "{way}");
        }
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials"), 3);
    });
}

#[test]
fn whoever_is_disabled_completes_nothing_that_was_under_way() {
    on_both(async |app| {
        let victim = app.member("administrator").await;
        let form = |name: &str| -> Vec<(String, String)> {
            let submission = SubmissionId::new(app.now(), &app.random);
            let place = format!("project:{}", app.world.projects["shop"]);
            [("submission", submission.as_str()), ("name", name), ("place", &place)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        };
        let quick = Slow::begin(&app.url, "/access/new", &victim, &form("quick")).await.finish().await;
        assert!(quick.starts_with("HTTP/1.1 201"), "{quick}");
        let slow = Slow::begin(&app.url, "/access/new", &victim, &form("slow")).await;
        app.database.execute("UPDATE members SET state = 'disabled' WHERE subject = 'administrator'");
        let answer = slow.finish().await;
        assert!(answer.contains("\r\nlocation: /sign-in?"), "{answer}");
        assert_eq!(app.database.texts("SELECT name AS it FROM access_keys"), ["quick"]);
    });
}

#[test]
fn ending_ones_own_sign_ins_from_the_list_of_members_ends_this_one_too() {
    on_both(async |app| {
        let (here, there) = (app.member("owner").await, app.member("owner").await);
        let list = format!("/members/{}/sign-ins", app.world.members["owner"]);
        here.post(&format!("{list}/end-all"), &[]).await.expect(303);
        assert!(!is_signed_in(&here).await && !is_signed_in(&there).await);
        assert_eq!(ends(app), ["owner>owner>null", "owner>owner>null"]);
    });
}
