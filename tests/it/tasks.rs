//! The forms of pipeline tasks: the step says what was typed, whatever that is; a new credential comes back to the form;
//! and what is wrong is said where it is.

use serde_json::{Value, json};

use crate::credentials::Form;
use crate::support::app::{TestApp, on_both};
use crate::support::http::{Client, inputs};
use crate::support::world::Sample;

/// Each task with the type of credential it takes.
const TASKS: &[(&str, &str)] = &[
    ("k8s-deploy", "kubernetes"),
    ("helm-deploy", "kubernetes"),
    ("image-build", "docker-registry"),
    ("image-script", "docker-registry"),
    ("maven-build", "maven-settings"),
    ("host-deploy", "username-password"),
    ("jenkins-job", "jenkins"),
    ("feishu-message", "feishu"),
    ("dingtalk-message", "dingtalk"),
    ("wechat-work-message", "wechat-work"),
];

const HOSTILE: &[&str] = &[
    "plain",
    "a: b # c",
    "- x",
    "yes",
    "'\"`",
    "{{ secrets.x }} ${{ y }}",
    "\\n\\u0000",
    "凭证：生产 🦀",
    "%&*!|>@",
    "0x10",
    "12:30",
    "a' b\" c",
    "]}>,",
    "<script>alert(1)</script>",
];

fn path(app: &TestApp, task: &str) -> String {
    format!("/repositories/{}/tasks/{task}", app.world.repositories["shop/web"])
}

fn query(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The step that a page shows.
fn step(page: &str) -> Value {
    let text = page.split("<code id=\"step-text\">").nth(1).unwrap_or_else(|| panic!("no step: {page}"));
    let text = text.split("</code>").next().unwrap();
    let text = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&");
    let steps: Value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(steps.as_array().unwrap().len(), 1, "{text}");
    steps[0].clone()
}

fn make_one_of_each(app: &TestApp) {
    app.make(|world, conn, tools| {
        let mut made = Vec::new();
        for (_, credential_type) in TASKS {
            if !made.contains(credential_type) {
                let token = format!("{credential_type}-main");
                let scope = world.in_project("shop");
                let sample = Sample { credential_type, token: &token, scope, ..Sample::default() };
                world.credential(conn, tools, &sample);
                made.push(credential_type);
            }
        }
    });
}

/// The fields of a form as the page has them, before anybody typed.
async fn opened(client: &Client, path: &str) -> Vec<(String, String)> {
    let page = client.get(path).await.expect(200).text();
    let mut fields: Vec<(String, String)> = inputs(&page)
        .into_iter()
        .filter(|(name, _)| !["certificate", "certificate-q", "return_to"].contains(&name.as_str()))
        .collect();
    for text in page.split("<textarea").skip(1) {
        let name = text.split(" name=\"").nth(1).unwrap().split('"').next().unwrap();
        fields.push((name.to_owned(), String::new()));
    }
    for text in page.split("<select").skip(1) {
        let name = text.split(" name=\"").nth(1).unwrap().split('"').next().unwrap();
        let chosen = text.split("selected").next().unwrap().rsplit("value=\"").next().unwrap();
        fields.push((name.to_owned(), chosen.split('"').next().unwrap().to_owned()));
    }
    fields
}

#[test]
fn every_task_becomes_the_step_that_was_typed_whatever_that_is() {
    on_both(async |app| {
        make_one_of_each(app);
        let member = app.member("in-scope").await;
        for (task, credential_type) in TASKS {
            let token = format!("{credential_type}-main");
            let path = path(app, task);
            let form = opened(&member, &path).await;
            for hostile in HOSTILE {
                let free = [
                    "displayName",
                    "script",
                    "commands",
                    "jobName",
                    "title",
                    "content",
                    "hostGroup",
                    "target",
                ];
                let mut typed: Vec<(String, String)> = form
                    .iter()
                    .map(|(name, value)| {
                        let value = match (name.as_str(), value.as_str()) {
                            (name, _) if free.contains(&name) => (*hostile).to_owned(),
                            ("parameters" | "parameter", _) => format!("NAME={hostile}"),
                            ("artifactPath", _) => "./target".to_owned(),
                            ("appName" | "repository", "") => "app".to_owned(),
                            (_, value) => value.to_owned(),
                        };
                        (name.clone(), value)
                    })
                    .collect();
                if let Some((_, value)) = typed.iter_mut().find(|(name, _)| name == "content") {
                    *value = format!("{hostile}\r\n  second: line\n\nlast");
                }
                typed.push(("certificate".into(), token.clone()));
                typed.push(("make".into(), "1".into()));
                let page = member.get(&format!("{path}?{}", query(&typed))).await;
                assert_eq!(page.status.as_u16(), 200, "{task} {hostile}: {}", page.text());
                let step = step(&page.text());
                assert_eq!(step["certificate"], json!(token), "{task}");
                assert_eq!(step["displayName"], json!(hostile), "{task}");
                match *task {
                    "host-deploy" => {
                        assert_eq!(step["script"], json!([hostile]));
                        assert_eq!(step["hostGroupID"]["ID"], json!(hostile));
                        assert_eq!(step["deployArtifact"][0]["target"], json!(hostile));
                    }
                    "maven-build" | "image-script" => assert_eq!(step["commands"], json!([hostile])),
                    "jenkins-job" => {
                        assert_eq!(step["jobName"], json!(hostile));
                        assert_eq!(step["parameters"], json!({"NAME": hostile}));
                    }
                    "image-build" => assert_eq!(step["type"], json!("cert")),
                    "k8s-deploy" => {
                        let expected = json!({"step": "deploy@k8s", "name": "deploy_k8s", "displayName": hostile,
                            "certificate": token, "version": "v1.16.4", "namespace": "default",
                            "yaml": "./deployment.yaml", "isReplace": true});
                        assert_eq!(step, expected);
                    }
                    "helm-deploy" => assert_eq!(step["valuesPath"], json!("./values.yml")),
                    _ => {
                        assert_eq!(step["title"], json!(hostile));
                        assert_eq!(step["content"], json!(format!("{hostile}\n  second: line\n\nlast")));
                    }
                }
                // The same address says the same again, and shows what was typed.
                let again = member.get(&format!("{path}?{}", query(&typed))).await.text();
                assert_eq!(self::step(&again), step);
                assert!(inputs(&again).contains(&("displayName".to_owned(), (*hostile).to_owned())));
            }
        }
    });
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_keeps_what_was_typed() {
    on_both(async |app| {
        make_one_of_each(app);
        app.make(|world, conn, tools| {
            let sample =
                |token, scope| Sample { credential_type: "kubernetes", token, scope, ..Sample::default() };
            let off = world.credential(conn, tools, &sample("off", world.in_project("shop")));
            voucher::credentials::disable(conn, &world.acting("acme", tools), &off).unwrap();
            world.credential(conn, tools, &sample("concealed", world.in_project("plat")));
        });
        let member = app.member("in-scope").await;
        let path = path(app, "k8s-deploy");
        let asked = async |certificate: &str| {
            let query = format!(
                "make=1&displayName=My+step&name=Not+Right&namespace=-bad&version=1.2&yaml=%2Fetc&certificate={certificate}"
            );
            member.get(&format!("{path}?{query}")).await.expect(422).text()
        };
        let page = asked("").await;
        for field in ["name", "namespace", "yaml", "certificate"] {
            assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}: {page}");
        }
        assert!(!page.contains("version-error") && !page.contains("step-text"));
        assert!(inputs(&page).contains(&("namespace".into(), "-bad".into())));
        assert!(page.contains("Choose a credential."));
        assert!(asked("off").await.contains("Disabled: pipelines do not get it"));
        // What one may not use and what does not exist are the same.
        let (hidden, missing) = (asked("concealed").await, asked("nosuch").await);
        assert!(hidden.contains("no credential with this token"));
        assert_eq!(hidden.replace("concealed", "nosuch"), missing);
        // Another type of credential is none for this task.
        assert!(asked("jenkins-main").await.contains("no credential with this token"));
        // A form that is only opened, or searched in, complains about nothing.
        for quiet in ["", "?certificate-q=x&find=on&displayName=&name=&namespace=-bad"] {
            let page = member.get(&format!("{path}{quiet}")).await.expect(200).text();
            assert!(!page.contains("v-error"), "{quiet}");
        }
        member.get(&format!("{path}x")).await.expect(404);
    });
}

#[test]
fn a_credential_that_is_made_on_the_way_comes_back_to_everything_that_was_typed() {
    on_both(async |app| {
        for (person, verify) in [("in-scope", false), ("in-scope", true), ("manager", false), ("owner", true)]
        {
            let client = app.member(person).await;
            let path = path(app, "host-deploy");
            let typed = "displayName=Ship+%26+go+%E5%90%8D&name=ship&hostGroup=web&source=build&packageName=output&target=~%2Fx&dependArtifact=A&script=a%3A+b%0D%0Ac";
            let led = client.get(&format!("{path}?{typed}&add=username-password")).await.expect(303);
            let to = led.location().to_owned();
            assert!(to.starts_with("/credentials/new/username-password?"), "{to}");
            let page = client.get(&to).await.expect(200).text();
            let hidden: Vec<(String, String)> = inputs(&page)
                .into_iter()
                .filter(|(name, _)| ["return_to", "for-repository"].contains(&name.as_str()))
                .filter(|(_, value)| !value.starts_with("/credentials/new"))
                .collect();
            assert_eq!(hidden.len(), 2, "{hidden:?}");
            // The scope begins with the repository, or with its project where only that is theirs to give.
            let (reach, id) = if person == "manager" {
                ("project", app.world.projects["shop"].to_string())
            } else {
                ("repository", app.world.repositories["shop/web"].to_string())
            };
            let ticked = format!("name=\"{reach}\" value=\"{id}\" checked");
            assert!(page.contains(&ticked), "{person}: {ticked}: {page}");
            let mut form = Form::open(&client, &to)
                .await
                .fill("name", "Robot")
                .fill("field-username", "robot")
                .fill("field-password", "correct horse")
                .fill("project-reach", "chosen")
                .fill("repository-reach", "chosen")
                .fill(reach, &id);
            for (name, value) in &hidden {
                form = form.fill(name, value);
            }
            let made = if verify {
                // Nothing can be asked about it, so somebody has to say that it is saved all the same.
                let shown = form.fill("verify", "on").send().await.expect(422).text();
                let at = shown.split("/credentials/candidates/").nth(1).unwrap().split('/').next().unwrap();
                let back = hidden.iter().find(|(name, _)| name == "return_to").unwrap();
                let kept = inputs(&shown).into_iter().filter(|field| field == back).count();
                assert_eq!(kept, 2, "in the form and in what saves it anyway");
                client.post(&format!("/credentials/candidates/{at}/save"), &[("return_to", &back.1)]).await
            } else {
                // One that is refused on the way loses nothing either.
                let refused = form.clone().fill("name", "").send().await.expect(422).text();
                assert!(
                    inputs(&refused)
                        .iter()
                        .any(|(name, value)| name == "return_to" && value.starts_with(&path))
                );
                form.send().await
            };
            let back = made.expect(303).location().to_owned();
            assert!(back.starts_with(&format!("{path}?")), "{back}");
            let page = client.get(&format!("{back}&make=1")).await.expect(200).text();
            let step = step(&page);
            assert_eq!(step["displayName"], json!("Ship & go 名"));
            assert_eq!(step["script"], json!(["a: b", "c"]));
            assert!(step["certificate"].as_str().unwrap().starts_with("vch-"), "{step}");
        }
    });
}

#[test]
fn nobody_is_led_out_of_the_console_by_the_way_back() {
    on_both(async |app| {
        let owner = app.member("owner").await;
        for bad in
            ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out", "javascript:alert(1)"]
        {
            let there: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
            let page = owner
                .get(&format!("/credentials/new/username-password?return_to={there}"))
                .await
                .expect(200)
                .text();
            assert!(!inputs(&page).iter().any(|(name, value)| name == "return_to" && value == bad), "{bad}");
            let form = Form::open(&owner, "/credentials/new/username-password")
                .await
                .fill("name", "Robot")
                .fill("field-username", "robot")
                .fill("field-password", "correct horse")
                .fill("return_to", bad);
            let to = form.send().await.expect(303).location().to_owned();
            assert!(to.starts_with("/credentials/0"), "{bad} led to {to}");
        }
    });
}

#[test]
fn a_repository_without_the_right_credential_says_whom_to_ask_and_offers_to_add_one() {
    on_both(async |app| {
        let path = path(app, "jenkins-job");
        let member = app.member("in-scope").await.get(&path).await.expect(200).text();
        assert!(
            member.contains("People who can help: manager.") && member.contains("value=\"jenkins\""),
            "{member}"
        );
        let auditor = app.member("auditor").await.get(&path).await.expect(200).text();
        assert!(
            auditor.contains("People who can help: manager.") && !auditor.contains("name=\"add\""),
            "{auditor}"
        );
        // With one that is usable nobody has to be asked.
        make_one_of_each(app);
        let member = app.member("in-scope").await.get(&path).await.expect(200).text();
        assert!(!member.contains("People who can help") && member.contains("jenkins-main"), "{member}");
    });
}
