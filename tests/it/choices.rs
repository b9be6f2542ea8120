//! Choosing from more places and people than a form holds: searched with and without script, and nothing of others.

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::crowd::{Crowd, Size};
use crate::support::http::inputs;

/// More of everything than a form shows at once.
const MANY: Size = Size { projects: 60, repositories: 120, members: 70, memberships: 0, credentials: 0 };

fn crowd(app: &TestApp) -> Crowd {
    let mut crowd = Crowd::default();
    app.make(|world, conn, tools| crowd.grow(world, conn, tools, MANY));
    crowd
}

/// The values that a page offers under a name.
fn offered(page: &str, name: &str) -> Vec<String> {
    let all = inputs(page).into_iter().filter(|(given, _)| given == name);
    all.map(|(_, value)| value).collect()
}

/// Those of them that are ticked.
fn ticked(page: &str, name: &str) -> Vec<String> {
    let tags = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let tags = tags.filter(|tag| tag.contains(&format!(" name=\"{name}\"")) && tag.ends_with(" checked"));
    tags.map(|tag| tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn a_form_holds_a_stretch_and_a_search_finds_the_rest() {
    on_both(async |app| {
        let crowd = crowd(app);
        let owner = app.member("owner").await;
        let form = owner.get("/credentials/new/username-password").await.expect(200).text();
        for name in ["project", "repository", "responsible"] {
            let there = offered(&form, name).len();
            assert!((50..=51).contains(&there), "{name}: {there}");
            assert!(form.contains(&format!("id=\"{name}-q\"")), "{name} cannot be searched");
        }
        let (project, repository) = (crowd.projects[59].to_string(), crowd.repositories[119].to_string());
        assert!(!offered(&form, "project").contains(&project));
        let found = owner.get("/credentials/choices/projects?q=crowd+59").await.expect(200).text();
        assert_eq!(offered(&found, "project"), [project]);
        let found = owner.get("/credentials/choices/repositories?q=SERVICE-119").await.expect(200).text();
        assert_eq!(offered(&found, "repository"), std::slice::from_ref(&repository));
        let found = owner.get("/credentials/choices/people?q=person-69@").await.expect(200).text();
        assert_eq!(offered(&found, "responsible"), [crowd.members[69].to_string()]);
        let found = owner.get("/access/choices?q=crowd-59/").await.expect(200).text();
        assert_eq!(
            offered(&found, "place"),
            ["59", "119"]
                .map(|number| {
                    format!("repository:{}", crowd.repositories[number.parse::<usize>().unwrap()])
                })
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
        );
        let found = owner.get("/credentials/choices/projects?q=nothing-like-it").await.expect(200).text();
        assert!(found.contains("Nothing is called that"), "{found}");
    });
}

#[test]
fn a_search_finds_only_what_one_may_choose() {
    on_both(async |app| {
        crowd(app);
        for (who, projects, repositories) in [
            ("manager", vec!["shop"], vec![]),
            ("in-scope", vec![], vec!["shop/web"]),
            ("bystander", vec![], vec![]),
            ("auditor", vec![], vec![]),
            ("stranger", vec!["umbrella:shop"], vec!["umbrella:shop/web"]),
        ] {
            let client = app.member(who).await;
            let found = client.get("/credentials/choices/projects").await.expect(200).text();
            let ids = projects.iter().map(|name| app.world.projects[name].to_string());
            assert_eq!(offered(&found, "project"), ids.collect::<Vec<_>>(), "{who}");
            let found = client.get("/credentials/choices/repositories").await.expect(200).text();
            let ids = repositories.iter().map(|name| app.world.repositories[name].to_string());
            assert_eq!(offered(&found, "repository"), ids.collect::<Vec<_>>(), "{who}");
        }
        // A key may stand for the repositories of a project that one manages.
        let manager = app.member("manager").await;
        let found = manager.get("/access/choices").await.expect(200).text();
        let expected = [
            format!("project:{}", app.world.projects["shop"]),
            format!("repository:{}", app.world.repositories["shop/api"]),
            format!("repository:{}", app.world.repositories["shop/web"]),
        ];
        assert_eq!(offered(&found, "place"), expected);
        // People are named to those who may hand a credential on, with addresses only to those who see them anyway.
        let stranger = app.member("stranger").await;
        let found = stranger.get("/credentials/choices/people").await.expect(200).text();
        assert_eq!(offered(&found, "responsible"), [app.world.members["stranger"].to_string()]);
    });
}

#[test]
fn without_script_the_form_goes_round_and_saves_nothing() {
    on_both(async |app| {
        let crowd = crowd(app);
        let owner = app.member("owner").await;
        let (ticked_before, wanted) = (crowd.projects[58].to_string(), crowd.projects[59].to_string());
        let form = Form::open(&owner, "/credentials/new/username-password")
            .await
            .fill("name", "A login")
            .fill("field-username", "robot")
            .fill("field-password", "correct horse")
            .fill("project-reach", "chosen")
            .fill("project", &ticked_before)
            .fill("project-q", "Crowd 59")
            .fill("responsible", crowd.members[69].as_str())
            .fill("find", "on");
        let page = form.send().await.expect(200).text();
        assert!(page.contains("value=\"A login\"") && page.contains("value=\"robot\""), "{page}");
        assert!(!page.contains("correct horse") && !page.contains("aria-invalid"), "{page}");
        assert_eq!(offered(&page, "project"), [ticked_before.clone(), wanted.clone()]);
        assert_eq!(ticked(&page, "project"), std::slice::from_ref(&ticked_before));
        assert_eq!(ticked(&page, "responsible"), [crowd.members[69].to_string()]);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials"), 0);

        // What was found is saved, and offered first when the credential is edited.
        let mut form = form.fill("token", "login");
        form.fields.retain(|(name, _)| name != "find");
        form.fields.push(("project".to_owned(), wanted.clone()));
        let at = form.send().await.expect(303).location().to_owned();
        let edit = format!("{at}/edit");
        let page = owner.get(&edit).await.expect(200).text();
        let mut chosen = ticked(&page, "project");
        chosen.sort();
        let mut expected = [ticked_before, wanted];
        expected.sort();
        assert_eq!(chosen, expected);
        assert_eq!(ticked(&page, "responsible"), [crowd.members[69].to_string()]);
        let searched = Form::open(&owner, &edit)
            .await
            .fill("name", "")
            .fill("repository-q", "service-119")
            .fill("find", "on");
        let page = searched.send().await.expect(200).text();
        assert!(offered(&page, "repository").contains(&crowd.repositories[119].to_string()), "{page}");
        assert_eq!(app.database.count("SELECT COUNT(*) FROM credentials WHERE name = 'A login'"), 1);

        // The same for an access key.
        let form = Form::open(&owner, "/access/new").await.fill("name", "k").fill("place-q", "service-119");
        let page = form.fill("find", "on").send().await.expect(200).text();
        assert_eq!(offered(&page, "place"), [format!("repository:{}", crowd.repositories[119])]);
        assert_eq!(app.database.count("SELECT COUNT(*) FROM access_keys"), 0);
    });
}
