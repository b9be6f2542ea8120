//! Reads the form of a task out of an address, and makes the step of it.
//!
//! Plain values all of them, so everything that was typed is shown again.

use super::{Field, Input, Node, Rule, Step, Task};
use crate::web::Language;
use crate::web::forms::FormState;

/// Fields that every task has.
pub(super) const NAME: &str = "name";
pub(super) const DISPLAY_NAME: &str = "displayName";
pub(super) const CERTIFICATE: &str = "certificate";

/// The query of a form.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(super) fn parse(query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether the form was filled in, and not only opened.
    pub(super) fn is_filled(&self) -> bool {
        self.get(DISPLAY_NAME).is_some()
    }

    /// Whether its step is wanted, so that what is wrong has to be said.
    pub(super) fn wants_step(&self) -> bool {
        self.get("make").is_some()
    }

    /// The query again without the buttons that were pressed.
    pub(super) fn typed(&self) -> String {
        let kept = self.0.iter().filter(|(name, _)| !["make", "find", "add"].contains(&name.as_str()));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
    }
}

/// The form as it stands, and the step it makes when nothing is wrong with it. The credential is not looked at here.
pub(super) fn read(task: &'static Task, asked: &Asked, language: Language) -> (FormState, Option<Step>) {
    let mut state = FormState::new();
    let filled = asked.is_filled();
    let label = language.t(&task.label());
    let value = |name: &str, default: &str| match asked.get(name) {
        Some(value) => value.to_owned(),
        None if filled => String::new(),
        None => default.to_owned(),
    };
    let mut step = Step::default();
    step.put("step", Node::Text(task.step.to_owned()));
    for (name, default, rule, most) in
        [(NAME, task.name, Rule::Name, 64), (DISPLAY_NAME, label.as_str(), Rule::Any, 128)]
    {
        let typed = value(name, default).trim().to_owned();
        let lines = typed.contains('\n').then_some("task-invisible");
        if let Some(wrong) = lines.or_else(|| wrong(&typed, rule, most, true)) {
            state.refuse_called(name, language.t(&format!("task-field-{name}")), language.t(wrong));
        }
        state.set(name, typed.clone());
        step.put(name, Node::Text(typed));
    }
    for (name, constant) in task.constants {
        step.put(name, Node::Text((*constant).to_owned()));
    }
    let certificate = value(CERTIFICATE, "").trim().to_owned();
    if !certificate.is_empty() {
        step.put(CERTIFICATE, Node::Text(certificate.clone()));
    }
    state.set(CERTIFICATE, certificate);
    for field in task.fields {
        state.set(field.name, value(field.name, field.default));
    }
    for field in task.fields {
        if !is_meant(field, &state) {
            continue;
        }
        match node(field, state.value(field.name)) {
            Ok(Some(node)) => step.put(field.at, node),
            Ok(None) => {}
            Err(sentence) => {
                state.refuse_called(field.name, language.t(&field.label()), language.t(sentence));
            }
        }
    }
    let made = !state.is_refused();
    (state, made.then_some(step))
}

fn is_meant(field: &Field, state: &FormState) -> bool {
    field.when.is_none_or(|(other, wanted)| state.value(other) == wanted)
}

/// What stands in the step, or the message id of what is wrong.
fn node(field: &Field, typed: &str) -> Result<Option<Node>, &'static str> {
    if typed.chars().count() > field.most() {
        return Err("task-too-long");
    }
    let lines = || typed.lines().filter(|line| !line.trim().is_empty());
    let required = |empty: bool| if empty && field.required { Err("task-required") } else { Ok(()) };
    match field.input {
        Input::Flag => Ok(Some(Node::Flag(typed == "on"))),
        Input::Line | Input::Suggested(_) => {
            let typed = typed.trim();
            if typed.contains('\n') {
                return Err("task-invisible");
            }
            check(typed, field)?;
            Ok((!typed.is_empty()).then(|| Node::Text(typed.to_owned())))
        }
        Input::Choice(choices) => {
            let chosen = choices.iter().find(|choice| **choice == typed).ok_or("task-bad-choice")?;
            Ok(Some(Node::Text((*chosen).to_owned())))
        }
        Input::Text => {
            let text = typed.trim_end();
            check(text, field)?;
            Ok((!text.is_empty()).then(|| Node::Text(text.to_owned())))
        }
        Input::List => {
            required(lines().next().is_none())?;
            let mut list = Vec::new();
            for line in lines() {
                let line = line.trim_end();
                let line = if field.rule == Rule::Any { line } else { line.trim() };
                check(line, field)?;
                list.push(Node::Text(line.to_owned()));
            }
            Ok((!list.is_empty()).then_some(Node::List(list)))
        }
        Input::Pairs => {
            let mut pairs: Vec<(String, Node)> = Vec::new();
            for line in lines() {
                let (name, value) = line.split_once('=').ok_or("task-bad-pair")?;
                let name = name.trim();
                let twice = pairs.iter().any(|(known, _)| known == name);
                if name.is_empty() || name.contains(char::is_whitespace) || twice {
                    return Err(if twice { "task-pair-twice" } else { "task-bad-pair" });
                }
                check(value, &Field { required: false, ..*field })?;
                pairs.push((name.to_owned(), Node::Text(value.trim().to_owned())));
            }
            Ok((!pairs.is_empty()).then_some(Node::Map(pairs)))
        }
    }
}

fn check(text: &str, field: &Field) -> Result<(), &'static str> {
    wrong(text, field.rule, field.most(), field.required).map_or(Ok(()), Err)
}

/// The message id of what is wrong with a value, if anything is.
fn wrong(text: &str, rule: Rule, most: usize, required: bool) -> Option<&'static str> {
    if text.is_empty() {
        return required.then_some("task-required");
    }
    if text.chars().count() > most {
        return Some("task-too-long");
    }
    if text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
        return Some("task-invisible");
    }
    (!is_right(rule, text)).then_some(match rule {
        Rule::Any => "task-invisible",
        Rule::Name => "task-bad-name",
        Rule::Label => "task-bad-label",
        Rule::Version => "task-bad-version",
        Rule::Path => "task-bad-path",
        Rule::Word => "task-bad-word",
        Rule::Phone => "task-bad-phone",
    })
}

/// Whether a value that is there fits a rule.
pub(super) fn is_right(rule: Rule, text: &str) -> bool {
    let only = |fits: fn(u8) -> bool| text.bytes().all(fits);
    let bytes = text.as_bytes();
    match rule {
        Rule::Any => true,
        Rule::Name => {
            only(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
        }
        _ if text.contains("${") => !text.contains(char::is_whitespace),
        Rule::Label => {
            let end = |byte: Option<&u8>| {
                byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            text.len() <= 63
                && only(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && end(bytes.first())
                && end(bytes.last())
        }
        Rule::Version => {
            let parts: Vec<&str> = text.strip_prefix('v').unwrap_or(text).split('.').collect();
            let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            parts.len() <= 4 && parts.iter().all(number)
        }
        Rule::Path => !text.starts_with('/') && !text.split('/').any(|step| step == ".."),
        Rule::Word => !text.contains(char::is_whitespace),
        Rule::Phone => text.len() >= 5 && only(|byte| byte.is_ascii_digit() || b"+-".contains(&byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str) -> &'static Task {
        Task::find(id).unwrap()
    }

    fn made(id: &str, query: &[(&str, &str)]) -> (FormState, Option<serde_json::Value>) {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let (state, step) = read(task(id), &Asked::parse(&query), Language::En);
        let yaml = step.map(|step| step.yaml().unwrap());
        (state, yaml.map(|yaml| serde_saphyr::from_str::<serde_json::Value>(&yaml).unwrap()[0].clone()))
    }

    #[test]
    fn a_form_that_is_only_opened_has_what_it_begins_with() {
        let (state, _) = made("k8s-deploy", &[("certificate", "k8s-main")]);
        assert_eq!(state.value("namespace"), "default");
        assert_eq!(state.value("displayName"), "K8S deployment");
        assert_eq!(state.value("certificate"), "k8s-main");
        let (state, _) = made("k8s-deploy", &[("displayName", "x")]);
        assert_eq!(state.value("namespace"), "", "what somebody emptied stays empty");
    }

    #[test]
    fn every_task_becomes_a_step_from_what_it_begins_with_once_the_rest_is_said() {
        for task in super::super::ALL {
            let mut query = vec![("name", task.name), ("displayName", "X"), ("certificate", "token")];
            for field in task.fields {
                let sample = match (field.default, field.rule, field.input) {
                    ("", _, Input::Flag) => "on",
                    ("", _, Input::Pairs) => "A=b: c\nD= # e",
                    ("", Rule::Phone, _) => "13800000000",
                    ("", Rule::Label | Rule::Word | Rule::Path, _) => "abc",
                    ("", ..) => "{{ a: 'b' }} # \"名\"",
                    (default, ..) => default,
                };
                query.push((field.name, sample));
            }
            let (state, step) = made(task.id, &query);
            let step = step.unwrap_or_else(|| panic!("{}: {:?}", task.id, state.errors()));
            assert_eq!(step["step"], task.step);
            assert_eq!(step["certificate"], "token");
        }
    }

    #[test]
    fn each_rule_lets_through_what_is_right() {
        let cases: [(Rule, &[&str], &[&str]); 6] = [
            (Rule::Name, &["deploy_k8s", "a-1"], &["A", "a b", "名", "${x}"]),
            (
                Rule::Label,
                &["default", "a-1", "${NS}"],
                &["A", "-a", "a-", "a_b", "${a b}", &"a".repeat(64)[..1].repeat(64)],
            ),
            (Rule::Version, &["8", "v1.16.4", "3.4.0", "${V}"], &["v", "1.", "latest", "1 2"]),
            (Rule::Path, &["./a.yaml", "a b/名.yaml", "."], &["/etc", "../x", "a/../../b"]),
            (Rule::Word, &["a/b:c@sha256:0"], &["a b", "a\tb"]),
            (Rule::Phone, &["+8613800000000", "13800000000"], &["1", "abc", "138 0000"]),
        ];
        for (rule, good, bad) in cases {
            assert!(good.iter().all(|text| is_right(rule, text)), "{rule:?}");
            for text in bad {
                assert!(!is_right(rule, text), "{rule:?} {text}");
            }
        }
    }

    #[test]
    fn what_belongs_to_the_other_choice_is_neither_asked_nor_written() {
        let query = [
            ("name", "deploy"),
            ("displayName", "X"),
            ("hostGroup", "web"),
            ("source", "artifact"),
            ("packageName", "output"),
            ("target", "~/x"),
            ("artifactRepository", "release"),
            ("artifactName", "output"),
            ("artifactVersion", "latest"),
            ("script", "  a: b\n\n# c\r\n"),
        ];
        let (state, step) = made("host-deploy", &query);
        let step = step.unwrap_or_else(|| panic!("{:?}", state.errors()));
        assert_eq!(step["deployArtifact"][0].get("dependArtifact"), None);
        assert_eq!(step["script"], serde_json::json!(["  a: b", "# c"]));
        assert_eq!(step.get("certificate"), None);
        assert_eq!(step["hostGroupID"], serde_json::json!({"ID": "web"}));
    }

    #[test]
    fn what_is_wrong_is_said_at_the_field_and_nothing_is_made() {
        let (state, step) = made(
            "jenkins-job",
            &[("name", "A b"), ("displayName", ""), ("jobName", "a\u{0}b"), ("parameters", "no-sign")],
        );
        assert!(step.is_none());
        let wrong: Vec<&str> = state.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(wrong, ["name", "displayName", "jobName", "parameters"]);
        let long = "x".repeat(5000);
        let (state, _) = made(
            "feishu-message",
            &[("name", "a"), ("displayName", "x"), ("title", "t"), ("content", &long)],
        );
        assert!(state.error("content").is_some());
        let (state, _) = made(
            "jenkins-job",
            &[("name", "a"), ("displayName", "x"), ("jobName", "j"), ("parameters", "A=1\nA=2")],
        );
        assert!(state.error("parameters").unwrap().contains("twice"));
    }
}
