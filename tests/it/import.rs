//! Importing tables: what is shown, what is applied, and what is refused.

use reqwest::Method;

use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, Reply, inputs};

const HEADER: &str = "kind,project,repository,subject,issuer,email,name,role\n";

/// Sends a table the way a browser sends a chosen file.
async fn upload(client: &Client, app: &TestApp, bytes: &[u8]) -> Reply {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
                     Content-Type: text/csv\r\n\r\n"
        .to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\r\n--b--\r\n");
    let headers = [
        ("content-type", "multipart/form-data; boundary=b".to_owned()),
        ("origin", app.url.clone()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    client.send(Method::POST, "/import", &headers, Some(body)).await
}

/// Uploads a table that can be read; where its preview is, and the preview.
async fn preview(client: &Client, app: &TestApp, table: &str) -> (String, String) {
    let reply = upload(client, app, table.as_bytes()).await.expect(303);
    let href = reply.location().to_owned();
    let page = client.get(&href).await.expect(200).text();
    (href, page)
}

/// Presses the button of a preview and waits until it is done.
async fn apply(client: &Client, href: &str, page: &str) -> String {
    let shown = inputs(page).into_iter().find(|(name, _)| name == "shown").expect("no button to apply").1;
    client.post(&format!("{href}/apply"), &[("shown", &shown)]).await.expect(303);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let page = client.get(href).await.expect(200).text();
        if !page.contains("is being applied") {
            return page;
        }
        assert!(std::time::Instant::now() < deadline, "it is never done");
        tokio::task::yield_now().await;
    }
}

/// The lines of a preview: number, and the first words of what becomes of it.
fn outcomes(page: &str) -> Vec<(i64, String)> {
    page.split("<td data-label=\"Line\">")
        .skip(1)
        .map(|rest| {
            let number = rest.split('<').next().unwrap().parse().unwrap();
            let badge = rest.split("<span class=\"badge").nth(1).unwrap();
            (number, badge.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned())
        })
        .collect()
}

fn all_are(page: &str, outcome: &str) -> bool {
    let outcomes = outcomes(page);
    !outcomes.is_empty() && outcomes.iter().all(|(_, found)| found == outcome)
}

fn records(app: &TestApp) -> Vec<String> {
    app.database.texts(
        "SELECT action || ' ' || object_name AS it FROM audit_records \
         WHERE detail LIKE '%import%' OR action = 'directory.import' ORDER BY chain, seq",
    )
}

#[test]
fn a_table_is_shown_first_then_applied_once() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        // Whatever the order: what a line names may come after it.
        let table = format!(
            "{HEADER}membership,,shop/docs,li.na,,,,manager\nmembership,books,,bystander,,,,\n\
             member,,,li.na,,li@acme.example,Li Na,auditor\nmember,,,bystander,,,,administrator\n\
             repository,books,shop/docs,,,,Docs 文档,\nrepository,books,shop/api,,,,,\nproject,books,,,,,,\n\
             project,shop,,,,,商城,\nproject,plat,,,,,,\nmembership,shop,,manager,,,,manager\n"
        );
        let before = app.database.rows();
        let (href, page) = preview(&owner, app, &table).await;
        let new = |line| (line, "New".to_owned());
        let changed = |line| (line, "Changed".to_owned());
        let same = |line| (line, "As it is".to_owned());
        assert_eq!(
            outcomes(&page),
            [new(2), new(3), new(4), changed(5), new(6), changed(7), new(8), changed(9), same(10), same(11)]
        );
        for said in
            ["<del>shop</del> → <ins>books</ins>", "<ins>商城</ins>", "Li Na (li.na)", "<ins>Auditor</ins>"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert_eq!(app.database.rows(), before, "looking changed something");

        let done = apply(&owner, &href, &page).await;
        assert!(done.contains("Applied: 5 new, 3 changed."), "{done}");
        let texts = |sql: &str| app.database.texts(sql);
        assert_eq!(
            texts(
                "SELECT p.slug || ' ' || p.name AS it FROM projects p JOIN enterprises e ON e.id = p.enterprise_id \
                   WHERE e.slug = 'acme' ORDER BY p.slug"
            ),
            ["books books", "plat plat", "shop 商城"]
        );
        assert_eq!(
            texts(
                "SELECT p.slug || ' ' || r.slug || ' ' || r.name AS it FROM repositories r \
                   JOIN projects p ON p.id = r.project_id JOIN enterprises e ON e.id = r.enterprise_id \
                   WHERE e.slug = 'acme' ORDER BY r.slug"
            ),
            [
                "plat plat/deploy plat/deploy",
                "books shop/api shop/api",
                "books shop/docs Docs 文档",
                "shop shop/web shop/web"
            ]
        );
        assert_eq!(
            texts(
                "SELECT m.name || ' ' || m.role || ' ' || m.email AS it FROM members m WHERE m.subject = 'li.na'"
            ),
            ["Li Na auditor li@acme.example"]
        );
        assert_eq!(texts("SELECT role AS it FROM members WHERE subject = 'bystander'"), ["administrator"]);
        let recorded = records(app);
        assert_eq!(
            recorded,
            [
                "project.create books",
                "project.rename shop",
                "repository.create shop/docs",
                "repository.move shop/api",
                "member.add Li Na",
                "member.role bystander",
                "repository.join shop/docs",
                "project.join books",
                "directory.import "
            ]
        );
        // Pressed again, in another window or by mistake, it does nothing more.
        let shown = inputs(&page).into_iter().find(|(name, _)| name == "shown").unwrap().1;
        let again = app.database.rows();
        owner.post(&format!("{href}/apply"), &[("shown", &shown)]).await.expect(303);
        assert_eq!(app.database.rows(), again);
        assert_eq!(records(app), recorded);
        // Uploaded again there is nothing left to do.
        let (_, page) = preview(&owner, app, &table).await;
        assert!(all_are(&page, "As it is") && !page.contains("name=\"shown\""), "{page}");
    });
}

#[test]
fn every_wrong_line_is_listed_and_nothing_can_be_applied() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            let gone = world.another_member(conn, tools, "gone");
            voucher::directory::disable(conn, &world.acting("acme", tools), &gone).unwrap();
        });
        let administrator = app.member("administrator").await;
        let issuer = &app.issuer;
        let cases = [
            ("project,books,,,,,Books,", "New"),
            ("project,b ooks,,,,,,", "“b ooks” is no path"),
            ("repository,,new/one,,,,,", "it needs a project"),
            ("repository,nowhere,shop/web,,,,,", "There is no project “nowhere”"),
            (&format!("member,,,li,{issuer},,,owner"), "Only an owner makes"),
            (&format!("member,,,owner,{issuer},,,member"), "Only an owner makes"),
            ("member,,,zoe,https://typo.example,,,", "Nobody here comes from"),
            ("member,,,zoe,,,,", "Write which one"),
            ("membership,nowhere,,bystander,@,,,", "There is no project “nowhere”"),
            ("membership,,shop/nowhere,bystander,@,,,", "There is no repository “shop/nowhere”"),
            ("membership,shop,,nobody,@,,,", "Nobody here is called “nobody”"),
            ("membership,shop,,gone,https://elsewhere.example,,,", "gone was disabled"),
            ("project,books,,,,,Other,", "Line 2 says something else"),
            ("king,books,,,,,,", "“king” is none"),
            ("membership,plat,shop/web,bystander,@,,,", "Fill either"),
            ("project,books,,,,,Books,", "As it is"),
        ];
        let lines: Vec<String> = cases.iter().map(|(line, _)| line.replace('@', issuer)).collect();
        let before = app.database.rows();
        let (href, _) = preview(&administrator, app, &format!("{HEADER}{}\n", lines.join("\n"))).await;
        let page = administrator.get(&format!("{href}?show=all")).await.expect(200).text();
        let rows: Vec<&str> = page.split("<td data-label=\"Line\">").skip(1).collect();
        assert_eq!(rows.len(), cases.len());
        for (row, (line, said)) in rows.iter().zip(cases) {
            assert!(row.contains(said), "{line}: {row}");
        }
        assert!(page.contains("14 lines are wrong") && !page.contains("name=\"shown\""), "{page}");
        // Whoever sends the form all the same changes nothing.
        let zeros = "0".repeat(64);
        administrator.post(&format!("{href}/apply"), &[("shown", &zeros)]).await.expect(303);
        administrator.post(&format!("{href}/apply"), &[("shown", "x")]).await.expect(400);
        assert_eq!(app.database.rows(), before);
    });
}

#[test]
fn an_address_makes_nobody_a_member_and_finds_only_whom_nobody_else_could_be() {
    on_both(async |app| {
        app.make(|world, conn, tools| {
            world.another_member(conn, tools, "ann");
            world.another_member(conn, tools, "bob");
        });
        // Somebody at a provider gave themselves Bob's address.
        app.database.execute("UPDATE members SET email = 'BOB@acme.example' WHERE subject = 'bystander'");
        let owner = app.member("owner").await;
        let table = "email,project,role\nAnn@acme.example,shop,member\nbob@acme.example,shop,manager\n\
                     new@acme.example,shop,member\nann@acme.example,shop,manager\n";
        let (href, _) = preview(&owner, app, table).await;
        let page = owner.get(&format!("{href}?show=all")).await.expect(200).text();
        let rows: Vec<&str> = page.split("<td data-label=\"Line\">").skip(1).collect();
        for (row, said) in rows.iter().zip([
            "ann (ann)",
            "Several members have the e-mail address",
            "Nobody here has the e-mail address",
            "Line 2 says something else",
        ]) {
            assert!(row.contains(said), "{said}: {row}");
        }
        let (_, page) = preview(&owner, app, "email,name,role\nnew@acme.example,New,member\n").await;
        assert!(page.contains("1 line is wrong"), "{page}");
    });
}

#[test]
fn an_enterprise_keeps_an_owner_who_has_been_seen() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let table = "subject,role\nowner,administrator\nsomebody.new,owner\n";
        let (_, page) = preview(&owner, app, table).await;
        assert!(page.contains("left without an owner"), "{page}");
        let (href, page) =
            preview(&owner, app, "subject,role\nowner,administrator\nadministrator,owner\n").await;
        apply_and_lose_sight(&owner, &href, &page).await;
        assert_eq!(
            app.database
                .texts("SELECT subject AS it FROM members WHERE role = 'owner' AND subject <> 'stranger'"),
            ["administrator"]
        );
    });
}

/// Like [`apply`]; whoever applies it may still look, because an administrator may.
async fn apply_and_lose_sight(client: &Client, href: &str, page: &str) {
    let page = apply(client, href, page).await;
    assert!(page.contains("Applied: 0 new, 2 changed."), "{page}");
}

#[test]
fn what_somebody_else_changed_meanwhile_is_shown_instead_of_applied() {
    on_both(async |app| {
        let (owner, administrator) = (app.member("owner").await, app.member("administrator").await);
        let table = format!("{HEADER}project,shop,,,,,商城,\nproject,books,,,,,,\n");
        let (href, page) = preview(&administrator, app, &table).await;
        let rename = format!("/projects/{}/rename", app.world.projects["shop"]);
        owner.post(&rename, &[("name", "Meanwhile"), ("path", "shop")]).await.expect(303);
        let before = app.database.rows();
        let moved = apply(&administrator, &href, &page).await;
        assert!(moved.contains("changed meanwhile") && moved.contains("<del>Meanwhile</del>"), "{moved}");
        let after = app.database.rows();
        for (table, rows) in &after {
            // The epoch alone has moved, for nothing.
            assert!(*table == "enterprises" || *rows == before[table], "{table}");
        }
        assert!(apply(&administrator, &href, &moved).await.contains("Applied: 1 new, 1 changed."));

        // Deleted meanwhile: what could be applied is wrong now.
        let (href, page) =
            preview(&administrator, app, "subject,project,role\nbystander,plat,member\n").await;
        let plat = format!("/projects/{}/delete", app.world.projects["plat"]);
        owner.post(&plat, &[("path", "plat")]).await.expect(303);
        let moved = apply(&administrator, &href, &page).await;
        assert!(moved.contains("There is no project “plat”"), "{moved}");
    });
}

#[test]
fn who_lost_their_role_or_signed_out_meanwhile_applies_nothing() {
    on_both(async |app| {
        let (owner, administrator) = (app.member("owner").await, app.member("administrator").await);
        let (href, page) = preview(&administrator, app, "project\nbooks\n").await;
        let shown = inputs(&page).into_iter().find(|(name, _)| name == "shown").unwrap().1;
        let member = format!("/members/{}/role", app.world.members["administrator"]);
        owner.post(&member, &[("role", "member")]).await.expect(303);
        administrator.post(&format!("{href}/apply"), &[("shown", &shown)]).await.expect(403);
        owner.post(&member, &[("role", "administrator")]).await.expect(303);
        administrator.post("/sign-out", &[]).await.expect(303);
        let away = administrator.post(&format!("{href}/apply"), &[("shown", &shown)]).await.expect(303);
        assert!(away.location().starts_with("/sign-in"), "{}", away.location());
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'books'"), 0);
    });
}

#[test]
fn a_file_that_cannot_be_read_says_what_to_do() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let gbk: &[u8] = b"project,name\nshop,\xC9\xCC\xB3\xC7\n";
        let large = vec![b'a'; 9 * 1024 * 1024];
        let cases: &[(&[u8], u16, &str)] = &[
            (b"", 422, "There is nothing in it"),
            (gbk, 422, "not text in UTF-8"),
            (b"shop,Shop\n", 422, "does not say what the columns are"),
            (b"project,nmae\nshop,x\n", 422, "no column “nmae”"),
            (b"project,name\n", 422, "only a header"),
            (&large, 413, "larger than 8 MiB"),
        ];
        for (bytes, status, said) in cases {
            let page = upload(&owner, app, bytes).await.expect(*status).text();
            assert!(page.contains(said) && page.contains("id=\"file-error\""), "{said}: {page}");
        }
        let chinese = upload(&owner, app, "\u{FEFF}项目;名称\r\nbooks;书\r\n".as_bytes()).await.expect(303);
        let page = owner.get(chinese.location()).await.expect(200).text();
        assert!(all_are(&page, "New"), "{page}");
        // Not even a form.
        let text = owner.post("/import", &[("text", "project\nx")]).await;
        text.expect(400);
    });
}

#[test]
fn the_directory_can_be_taken_out_and_put_back_without_changing_anything() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let rename = format!("/projects/{}/rename", app.world.projects["shop"]);
        owner.post(&rename, &[("name", "=1+1, \"商城\""), ("path", "shop")]).await.expect(303);
        let reply = owner.get("/import/directory.csv").await.expect(200);
        assert!(reply.header("content-disposition").contains("attachment"));
        let table = reply.text();
        assert!(table.contains("\"'=1+1, \"\"商城\"\"\""), "{table}");
        assert!(!table.contains("stranger") && !table.contains("umbrella"), "{table}");
        let (_, page) = preview(&owner, app, &table).await;
        assert!(all_are(&page, "As it is"), "{page}");
        let sample = owner.get("/import/sample.csv").await.expect(200).text();
        let (_, page) = preview(&owner, app, &sample).await;
        assert!(all_are(&page, "New"), "{page}");
    });
}

#[test]
fn a_page_shows_how_far_it_is_and_what_became_of_an_interrupted_one() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let (href, page) = preview(&owner, app, "project\nbooks\n").await;
        let until = app.now().as_millisecond() + 1000;
        app.database.execute(&format!("UPDATE imports SET state = 'applying', taken_until = {until}"));
        let applying = owner.get(&href).await.expect(200).text();
        assert!(applying.contains("http-equiv=\"refresh\"") && applying.contains("<progress"), "{applying}");
        let card = owner.get(&format!("{href}/progress")).await.expect(200).text();
        assert!(card.contains("hx-trigger") && !card.contains("<html"), "{card}");
        // Nobody else takes it while somebody is at it.
        let shown = inputs(&page).into_iter().find(|(name, _)| name == "shown").unwrap().1;
        owner.post(&format!("{href}/apply"), &[("shown", &shown)]).await.expect(303);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM projects WHERE slug = 'books'"), 0);
        app.advance(std::time::Duration::from_secs(2));
        let interrupted = owner.get(&href).await.expect(200).text();
        assert!(interrupted.contains("was interrupted"), "{interrupted}");
        assert!(apply(&owner, &href, &interrupted).await.contains("Applied: 1 new"));
        owner.get(&format!("{href}/progress")).await.expect(303);
        let headers = [("HX-Request", "true".to_owned())];
        let done = owner.send(Method::GET, &format!("{href}/progress"), &headers, None).await.expect(200);
        assert_eq!(done.header("hx-refresh"), "true");
    });
}

#[test]
fn a_table_of_thousands_of_lines_is_shown_page_by_page_and_applied_whole() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        let mut table = HEADER.to_owned();
        for project in 0..40 {
            table += &format!("project,p{project},,,,,Project {project},\n");
        }
        for repository in 0..400 {
            table += &format!("repository,p{},p/r{repository},,,,,\n", repository % 40);
        }
        for member in 0..800 {
            table += &format!("member,,,m{member},,m{member}@acme.example,Member {member},\n");
            table += &format!("membership,p{},,m{member},,,,manager\n", member % 40);
            table += &format!("membership,,p/r{},m{member},,,,\n", member % 400);
        }
        let (href, page) = preview(&owner, app, &table).await;
        assert!(page.contains("2840 lines add something"), "{page}");
        let first = outcomes(&page);
        assert_eq!((first.len(), first[0].0, first[99].0), (100, 2, 101));
        let further = owner.get(&format!("{href}?show=added&after=2740")).await.expect(200).text();
        let last = outcomes(&further);
        assert_eq!((last.len(), last[0].0, last[last.len() - 1].0), (100, 2741, 2840));
        let done = apply(&owner, &href, &page).await;
        assert!(done.contains("Applied: 2840 new, 0 changed."), "{done}");
        assert_eq!(records(app).len(), 2841);
        let memberships =
            "SELECT (SELECT COUNT(*) FROM project_members) + (SELECT COUNT(*) FROM repository_members)";
        assert_eq!(app.database.count(memberships), 1602);
        let (_, page) = preview(&owner, app, &table).await;
        assert!(page.contains("All of it is so already"), "{page}");
    });
}
