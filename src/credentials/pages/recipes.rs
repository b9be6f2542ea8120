//! Text to copy into pipelines: how a credential's token is used where. It works as it is pasted, once the runner has the
//! command and a way to prove who it is. The same in every language.

use crate::catalogue::CredentialType;

/// A piece of text to copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The message id of its title.
    pub(super) title: &'static str,
    pub(super) text: String,
    /// Its id on the page.
    pub(super) id: &'static str,
}

/// What recipes are made of.
pub(super) struct Ingredients<'a> {
    pub(super) of: &'static CredentialType,
    pub(super) token: &'a str,
    /// Where browsers and runners reach this console.
    pub(super) url: &'a str,
    /// What an ID token for this enterprise names as its audience.
    pub(super) audience: &'a str,
}

/// The ways to use it: first those of its own tools, then those of every CI system.
pub(super) fn recipes(with: &Ingredients<'_>) -> Vec<Recipe> {
    let Ingredients { of, token, url, audience } = with;
    let exec = exec_of(of, token, "./deploy.sh");
    let mut recipes = vec![recipe("recipe-exec", format!("export VOUCHER_URL={url}\n{exec}"))];
    recipes.extend(of_its_tools(with));
    let format = of.files.first().map_or("dotenv", |file| file.name);
    recipes.extend([
        recipe(
            "recipe-curl",
            format!(
                "curl -fsS -H \"Authorization: Bearer $VOUCHER_ACCESS_KEY\" \\\n  {url}/api/v1/credentials/{token}/{format}"
            ),
        ),
        recipe("recipe-gitee-go", format!("- step: deploy\n  name: deploy\n  certificate: {token}")),
        recipe(
            "recipe-gitlab",
            format!(
                "deploy:\n  id_tokens:\n    VOUCHER_ID_TOKEN:\n      aud: {audience}\n  variables:\n    VOUCHER_URL: {url}\n  script:\n    - {exec}"
            ),
        ),
        recipe("recipe-github", github(url, audience, &exec)),
        recipe(
            "recipe-jenkins",
            format!(
                "pipeline {{\n  agent any\n  environment {{ VOUCHER_URL = '{url}' }}\n  stages {{\n    stage('Deploy') {{\n      steps {{\n        withCredentials([string(credentialsId: 'voucher-access-key', variable: 'VOUCHER_ACCESS_KEY')]) {{\n          sh '{exec}'\n        }}\n      }}\n    }}\n  }}\n}}"
            ),
        ),
        recipe(
            "recipe-systemd",
            format!(
                "[Service]\nEnvironment=VOUCHER_URL={url}\nLoadCredential=access-key:/etc/voucher/access-key\nEnvironment=VOUCHER_ACCESS_KEY_FILE=%d/access-key\nExecStart=/usr/local/bin/{}",
                exec_of(of, token, "/usr/local/bin/app")
            ),
        ),
    ]);
    recipes
}

/// With the tools that read what the type delivers.
fn of_its_tools(with: &Ingredients<'_>) -> Vec<Recipe> {
    let Ingredients { of, token, url, .. } = with;
    let run = |command: &str| format!("export VOUCHER_URL={url}\n{}", exec_of(of, token, command));
    match of.id {
        "kubernetes" => vec![
            recipe("recipe-kubectl", run("kubectl apply -f deployment.yaml")),
            recipe("recipe-helm", run("helm upgrade --install app ./chart")),
        ],
        "docker-registry" => vec![recipe(
            "recipe-docker",
            format!(
                "export VOUCHER_URL={url} DOCKER_CONFIG=$(mktemp -d)\nvoucher resolve {token} --format docker-config --output \"$DOCKER_CONFIG/config.json\"\ndocker build --tag \"$IMAGE\" .\ndocker push \"$IMAGE\"\nrm -r \"$DOCKER_CONFIG\""
            ),
        )],
        "maven-settings" => vec![recipe(
            "recipe-maven",
            format!(
                "export VOUCHER_URL={url}\nvoucher exec --file SETTINGS={token}:maven-settings -- sh -c 'mvn -s \"$SETTINGS\" deploy'"
            ),
        )],
        _ => Vec::new(),
    }
}

fn github(url: &str, audience: &str, exec: &str) -> String {
    format!(
        "jobs:\n  deploy:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n      contents: read\n    env:\n      VOUCHER_URL: {url}\n      VOUCHER_AUDIENCE: {audience}\n    steps:\n      - uses: actions/checkout@v4\n      - run: {exec}"
    )
}

/// The command with this credential: its file where it has one and no variables, else its variables.
fn exec_of(of: &CredentialType, token: &str, command: &str) -> String {
    let has_variables =
        of.variants.iter().any(|variant| variant.fields.iter().any(|field| !field.env.is_empty()));
    match of.files.first().filter(|_| !has_variables) {
        Some(file) => {
            let variable = file.name.to_uppercase().replace('-', "_");
            format!("voucher exec --file {variable}={token}:{} -- {command}", file.name)
        }
        None => format!("voucher exec --env {token} -- {command}"),
    }
}

fn recipe(id: &'static str, text: String) -> Recipe {
    Recipe { title: id, text, id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::web::Language;

    fn of(id: &str) -> Vec<Recipe> {
        let of = catalogue::find(id).unwrap();
        let audience = "https://voucher.example/acme";
        recipes(&Ingredients { of, token: "the-token", url: "https://voucher.example", audience })
    }

    fn text(id: &str, recipe: &str) -> String {
        of(id).into_iter().find(|one| one.id == recipe).unwrap().text
    }

    #[test]
    fn every_type_can_be_copied_from_and_names_its_token() {
        for one in catalogue::all() {
            for recipe in of(one.id) {
                assert!(recipe.text.contains("the-token"), "{} {}", one.id, recipe.id);
                assert!(
                    Language::ALL.iter().all(|language| language.knows(recipe.title)),
                    "{}",
                    recipe.title
                );
            }
        }
        assert!(
            text("kubernetes", "recipe-curl")
                .ends_with("https://voucher.example/api/v1/credentials/the-token/kubeconfig")
        );
        let kubectl = text("kubernetes", "recipe-kubectl");
        assert!(kubectl.contains("--file KUBECONFIG=the-token:kubeconfig -- kubectl"), "{kubectl}");
        assert!(text("alibaba-cloud", "recipe-exec").contains("--env the-token"));
    }

    #[test]
    fn what_is_yaml_can_be_read_as_yaml() {
        for one in catalogue::all() {
            for id in ["recipe-gitlab", "recipe-github", "recipe-gitee-go"] {
                let text = text(one.id, id);
                let read: Result<serde_json::Value, _> = serde_saphyr::from_str(&text);
                assert!(read.is_ok(), "{} {id}: {text}", one.id);
            }
        }
        let read: serde_json::Value = serde_saphyr::from_str(&text("kubernetes", "recipe-gitlab")).unwrap();
        assert_eq!(read["deploy"]["id_tokens"]["VOUCHER_ID_TOKEN"]["aud"], "https://voucher.example/acme");
        let read: serde_json::Value = serde_saphyr::from_str(&text("kubernetes", "recipe-github")).unwrap();
        let job = &read["jobs"]["deploy"];
        assert_eq!(job["env"]["VOUCHER_AUDIENCE"], "https://voucher.example/acme");
        assert!(job["steps"][1]["run"].as_str().unwrap().starts_with("voucher exec "), "{job}");
    }
}
