//! What the tokens of each CI system say, and in which claims.
//!
//! Sources: GitLab "ID token authentication" (payload), GitHub "OpenID Connect reference". Gitee and others that follow
//! GitHub's or GitLab's names are read by either. Knows neither keys nor rows.

use serde_json::{Map, Value};
use url::Url;

use crate::pipelines::Run;

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// Whose claims these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// GitLab, of the vendor or one's own.
    GitLab,
    /// GitHub Actions, of the vendor or one's own.
    GitHub,
    /// Gitee's pipelines.
    Gitee,
    /// Any other; the administrator names the claim with an immutable id.
    Generic,
}

impl Preset {
    /// All of them, as a form offers them.
    pub const ALL: [Self; 4] = [Self::GitLab, Self::GitHub, Self::Gitee, Self::Generic];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitLab => "gitlab",
            Self::GitHub => "github",
            Self::Gitee => "gitee",
            Self::Generic => "generic",
        }
    }

    /// Reads what [`Preset::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == text)
    }

    /// Its own name, which is the same in every language; nothing for any other system.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitLab => "GitLab",
            Self::GitHub => "GitHub Actions",
            Self::Gitee => "Gitee",
            Self::Generic => "",
        }
    }

    /// The issuer that most people mean.
    pub fn usual_url(self) -> &'static str {
        match self {
            Self::GitLab => "https://gitlab.com",
            Self::GitHub => "https://token.actions.githubusercontent.com",
            Self::Gitee | Self::Generic => "",
        }
    }

    /// The claims with ids that are never given to anybody else. Names can be: a project that is deleted or renamed
    /// leaves its name to whoever takes it next.
    pub fn ids(self) -> &'static [&'static str] {
        match self {
            Self::GitLab => &["project_id", "namespace_id"],
            Self::GitHub => &["repository_id", "repository_owner_id"],
            Self::Gitee => &["repository_id", "enterprise_id"],
            Self::Generic => &[],
        }
    }

    /// Claims that rules are often narrowed by.
    pub fn usual_claims(self) -> &'static [&'static str] {
        match self {
            Self::GitLab => {
                &["ref_path", "ref_protected", "environment", "pipeline_source", "ci_config_ref_uri"]
            }
            Self::GitHub => &["ref", "ref_protected", "environment", "event_name", "job_workflow_ref"],
            Self::Gitee | Self::Generic => &["ref", "ref_protected", "event"],
        }
    }

    /// The claim that says what set a run off, and the values with which a run may work for somebody else's change while
    /// it speaks for this project.
    pub fn foreign_runs(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::GitLab => {
                Some(("pipeline_source", &["merge_request_event", "external_pull_request_event"]))
            }
            Self::GitHub => Some(("event_name", &["pull_request_target", "workflow_run"])),
            Self::Gitee | Self::Generic => None,
        }
    }

    /// The facts of the run. `subject` and `jti` were checked before.
    pub fn run(self, issuer: &str, claims: &Claims, (subject, jti): (&str, &str)) -> Run {
        let text = |names: &[&str]| names.iter().find_map(|name| told(claims, name)).map(str::to_owned);
        let (event, pipeline, url, commit) = match self {
            Self::GitLab => (
                text(&["pipeline_source"]),
                gitlab_pipeline(issuer, claims),
                gitlab_url(issuer, claims),
                text(&["sha"]),
            ),
            Self::GitHub => {
                (text(&["event_name"]), github_pipeline(claims), github_url(issuer, claims), text(&["sha"]))
            }
            Self::Gitee | Self::Generic => (
                text(&["event", "event_name", "pipeline_source"]),
                text(&["pipeline", "pipeline_path", "workflow"]),
                text(&["run_url", "pipeline_url", "build_url"]).filter(|url| is_web(url)),
                text(&["sha", "commit", "commit_sha"]),
            ),
        };
        Run {
            git_ref: git_ref(claims),
            protected: protected(claims),
            event,
            pipeline,
            url,
            commit,
            subject: subject.to_owned(),
            jti: jti.to_owned(),
        }
    }
}

/// A claim that is text, and not empty.
pub(super) fn told<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The ref in its full form. A short name says nothing without `ref_type`: a tag may be called like a branch.
fn git_ref(claims: &Claims) -> Option<String> {
    let full = |text: &str| text.starts_with("refs/").then(|| text.to_owned());
    if let Some(path) = told(claims, "ref_path").and_then(full) {
        return Some(path);
    }
    let name = told(claims, "ref")?;
    match told(claims, "ref_type") {
        _ if name.starts_with("refs/") => Some(name.to_owned()),
        Some("branch") => Some(format!("refs/heads/{name}")),
        Some("tag") => Some(format!("refs/tags/{name}")),
        _ => None,
    }
}

/// GitLab and GitHub say it in a text.
fn protected(claims: &Claims) -> Option<bool> {
    match claims.get("ref_protected")? {
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        Value::Bool(protected) => Some(*protected),
        _ => None,
    }
}

/// `gitlab.example.com/group/project//.gitlab-ci.yml@refs/heads/main`: the path alone where it is the project's own.
fn gitlab_pipeline(issuer: &str, claims: &Claims) -> Option<String> {
    let whole = told(claims, "ci_config_ref_uri")?;
    let (place, _) = whole.rsplit_once('@')?;
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    let own = told(claims, "project_path").map(|path| format!("{host}/{path}//"));
    Some(own.and_then(|own| place.strip_prefix(own.as_str())).unwrap_or(place).to_owned())
}

fn gitlab_url(issuer: &str, claims: &Claims) -> Option<String> {
    let (path, pipeline) = (told(claims, "project_path")?, told(claims, "pipeline_id")?);
    Some(format!("{issuer}/{path}/-/pipelines/{pipeline}")).filter(|url| is_web(url))
}

/// `owner/name/.github/workflows/build.yml@refs/heads/main`, likewise.
fn github_pipeline(claims: &Claims) -> Option<String> {
    let whole = told(claims, "workflow_ref")?;
    let (place, _) = whole.rsplit_once('@')?;
    let own = told(claims, "repository").map(|name| format!("{name}/"));
    Some(own.and_then(|own| place.strip_prefix(own.as_str())).unwrap_or(place).to_owned())
}

fn github_url(issuer: &str, claims: &Claims) -> Option<String> {
    let (repository, run) = (told(claims, "repository")?, told(claims, "run_id")?);
    let host = match issuer {
        "https://token.actions.githubusercontent.com" => "https://github.com".to_owned(),
        other => Url::parse(other).ok()?.origin().ascii_serialization(),
    };
    let attempt = told(claims, "run_attempt").map(|attempt| format!("/attempts/{attempt}"));
    let url = format!("{host}/{repository}/actions/runs/{run}{}", attempt.unwrap_or_default());
    Some(url).filter(|url| is_web(url))
}

/// Whether a page may link to it.
fn is_web(url: &str) -> bool {
    url.len() <= 2000 && Url::parse(url).is_ok_and(|url| ["https", "http"].contains(&url.scheme()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(preset: Preset, issuer: &str, claims: Value) -> Run {
        preset.run(issuer, claims.as_object().unwrap(), ("s", "j"))
    }

    #[test]
    fn gitlabs_claims_become_facts_of_a_run() {
        let claims = json!({
            "project_path": "shop/web", "pipeline_id": "81", "ref": "main", "ref_type": "branch",
            "ref_path": "refs/heads/main", "ref_protected": "true", "pipeline_source": "push", "sha": "abc",
            "ci_config_ref_uri": "gitlab.example.com/shop/web//.gitlab-ci.yml@refs/heads/main",
        });
        let run = run(Preset::GitLab, "https://gitlab.example.com", claims);
        assert_eq!(run.git_ref.as_deref(), Some("refs/heads/main"));
        assert_eq!((run.protected, run.event.as_deref()), (Some(true), Some("push")));
        assert_eq!(run.pipeline.as_deref(), Some(".gitlab-ci.yml"));
        assert_eq!(run.url.as_deref(), Some("https://gitlab.example.com/shop/web/-/pipelines/81"));
        assert_eq!(run.commit.as_deref(), Some("abc"));
    }

    #[test]
    fn a_configuration_of_another_project_keeps_its_place() {
        let claims = json!({
            "project_path": "shop/web",
            "ci_config_ref_uri": "gitlab.example.com/evil/ci//.gitlab-ci.yml@refs/heads/main",
        });
        let run = run(Preset::GitLab, "https://gitlab.example.com", claims);
        assert_eq!(run.pipeline.as_deref(), Some("gitlab.example.com/evil/ci//.gitlab-ci.yml"));
    }

    #[test]
    fn githubs_claims_become_facts_of_a_run() {
        let claims = json!({
            "repository": "octo/app", "run_id": "7", "run_attempt": "2", "ref": "refs/heads/main", "ref_type": "branch",
            "ref_protected": "false", "event_name": "push", "sha": "abc",
            "workflow_ref": "octo/app/.github/workflows/build.yml@refs/heads/main",
        });
        let run = run(Preset::GitHub, "https://token.actions.githubusercontent.com", claims);
        assert_eq!(run.git_ref.as_deref(), Some("refs/heads/main"));
        assert_eq!(run.protected, Some(false));
        assert_eq!(run.pipeline.as_deref(), Some(".github/workflows/build.yml"));
        assert_eq!(run.url.as_deref(), Some("https://github.com/octo/app/actions/runs/7/attempts/2"));
    }

    #[test]
    fn what_is_not_said_clearly_is_not_known() {
        let table = [
            (json!({"ref": "main"}), None),
            (json!({"ref": "v1", "ref_type": "tag"}), Some("refs/tags/v1")),
            (json!({"ref": "main", "ref_type": "other"}), None),
            (json!({"ref": 7, "ref_type": "branch"}), None),
            (json!({"ref_path": "main", "ref": "main", "ref_type": "branch"}), Some("refs/heads/main")),
        ];
        for (claims, expected) in table {
            assert_eq!(git_ref(claims.as_object().unwrap()).as_deref(), expected, "{claims}");
        }
        for (claims, expected) in [
            (json!({"ref_protected": "TRUE"}), None),
            (json!({"ref_protected": 1}), None),
            (json!({"ref_protected": true}), Some(true)),
            (json!({}), None),
        ] {
            assert_eq!(protected(claims.as_object().unwrap()), expected, "{claims}");
        }
    }
}
