//! The document, read back for the page: addresses in groups, what each takes and answers as lines of a table, and a
//! command that asks it. Only what the document says; nothing is known here of any address.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{ACCESS_KEY, PROVISIONING_KEY, SIGN_IN};
use crate::web::{CODES, PROBLEM};

/// How deep the members of a body are listed.
const DEEPEST: usize = 4;

/// The addresses of one area.
pub(super) struct Group {
    /// Its tag.
    pub(super) name: String,
    /// Its addresses.
    pub(super) endpoints: Vec<Endpoint>,
}

/// One address with one method.
pub(super) struct Endpoint {
    /// Its name, which is also its anchor.
    pub(super) id: String,
    /// The method.
    pub(super) method: String,
    /// The path.
    pub(super) path: String,
    /// What it does, in a few words.
    pub(super) summary: String,
    /// What else there is to know.
    pub(super) description: String,
    /// The message id of the key that it asks for.
    pub(super) key: &'static str,
    /// What is said in path, query and headers.
    pub(super) parameters: Vec<Line>,
    /// What is sent.
    pub(super) body: Option<Body>,
    /// What is answered when it goes well.
    pub(super) answers: Vec<Reply>,
    /// What is answered when it does not.
    pub(super) refusals: Vec<Refused>,
    /// A command that asks.
    pub(super) curl: String,
}

/// A parameter, or a member of a body.
pub(super) struct Line {
    /// Its name; of a member inside of others, the way to it.
    pub(super) name: String,
    /// Where it is said: `path`, `query`, `header`; empty for members.
    pub(super) place: String,
    /// Its type and bounds.
    pub(super) kind: String,
    /// Whether it must be there.
    pub(super) required: bool,
    /// What it is.
    pub(super) description: String,
}

/// A document that is sent or answered.
pub(super) struct Body {
    /// Its media types.
    pub(super) media_types: Vec<String>,
    /// Its members.
    pub(super) members: Vec<Line>,
    /// One such.
    pub(super) example: String,
}

/// An answer when it goes well.
pub(super) struct Reply {
    /// The status.
    pub(super) status: String,
    /// What it means.
    pub(super) description: String,
    /// What comes with it.
    pub(super) body: Option<Body>,
}

/// An answer when it does not.
pub(super) struct Refused {
    /// The status.
    pub(super) status: String,
    /// The codes that come with it.
    pub(super) codes: Vec<Code>,
}

/// A code, and where it is explained.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Code {
    /// The code.
    pub(super) code: String,
    /// Whether it is one of OAuth, which has codes of its own.
    pub(super) oauth: bool,
}

impl Code {
    /// Where it is explained.
    pub(super) fn anchor(&self) -> String {
        format!("{}-{}", if self.oauth { "oauth" } else { "code" }, self.code)
    }

    /// The message id of what to do about it.
    pub(super) fn message(&self) -> String {
        format!("api-code-{}", self.code)
    }
}

/// The document as groups, in the order of its tags.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    let read = Reading { document };
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.map(|tag| Group {
        name: text(tag, "name"),
        endpoints: read.endpoints(tag["name"].as_str().unwrap_or_default()),
    })
    .collect()
}

/// Every code that some address answers, with the statuses that it comes with.
pub(super) fn codes(groups: &[Group]) -> Vec<(Code, Vec<String>)> {
    let mut found: BTreeMap<Code, BTreeSet<String>> = BTreeMap::new();
    for refused in groups.iter().flat_map(|group| &group.endpoints).flat_map(|endpoint| &endpoint.refusals) {
        for code in &refused.codes {
            found.entry(code.clone()).or_default().insert(refused.status.clone());
        }
    }
    found.into_iter().map(|(code, statuses)| (code, statuses.into_iter().collect())).collect()
}

struct Reading<'a> {
    document: &'a Value,
}

impl<'a> Reading<'a> {
    fn endpoints(&self, tag: &str) -> Vec<Endpoint> {
        let mut found = Vec::new();
        for (path, item) in members(&self.document["paths"]) {
            for (method, operation) in members(item) {
                let tags = operation["tags"].as_array().into_iter().flatten();
                if tags.into_iter().any(|one| one == tag) {
                    found.push(self.endpoint(&method.to_uppercase(), path, operation));
                }
            }
        }
        found
    }

    fn endpoint(&self, method: &str, path: &str, operation: &'a Value) -> Endpoint {
        let schemes: Vec<&str> = operation["security"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|one| members(one).map(|(name, _)| name.as_str()))
            .collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let sent = operation.pointer("/requestBody/content").unwrap_or(&Value::Null);
        let body =
            members(sent).next().map(|(media_type, content)| self.body(&[media_type.as_str()], content));
        let (mut answers, mut refusals) = (Vec::new(), Vec::new());
        for (status, response) in members(&operation["responses"]) {
            match response[CODES].as_array() {
                Some(codes) => refusals.push(Refused {
                    status: status.clone(),
                    codes: codes
                        .iter()
                        .filter_map(Value::as_str)
                        .map(|code| Code {
                            code: code.to_owned(),
                            oauth: response["content"].get(PROBLEM).is_none(),
                        })
                        .collect(),
                }),
                None => answers.push(self.reply(status, response)),
            }
        }
        Endpoint {
            id: text(operation, "operationId"),
            method: method.to_owned(),
            path: path.to_owned(),
            summary: text(operation, "summary"),
            description: text(operation, "description"),
            key: match schemes.first() {
                Some(&ACCESS_KEY) => "api-key-access",
                Some(&PROVISIONING_KEY) => "api-key-provisioning",
                Some(&SIGN_IN) => "api-key-sign-in",
                _ => "api-key-none",
            },
            parameters: parameters.iter().map(|parameter| self.parameter(parameter)).collect(),
            curl: self.curl((method, path), &schemes, (parameters, body.as_ref())),
            body,
            answers,
            refusals,
        }
    }

    fn parameter(&self, parameter: &'a Value) -> Line {
        Line {
            name: text(parameter, "name"),
            place: text(parameter, "in"),
            kind: self.kind(&parameter["schema"]),
            required: parameter["required"] == true,
            description: text(parameter, "description"),
        }
    }

    fn reply(&self, status: &str, response: &'a Value) -> Reply {
        let media_types: Vec<&str> = members(&response["content"]).map(|(name, _)| name.as_str()).collect();
        let first = members(&response["content"]).next();
        Reply {
            status: status.to_owned(),
            description: text(response, "description"),
            body: first.map(|(_, content)| self.body(&media_types, content)),
        }
    }

    fn body(&self, media_types: &[&str], content: &'a Value) -> Body {
        let mut members = Vec::new();
        self.list(&content["schema"], "", DEEPEST, &mut members);
        let example = match &content["example"] {
            Value::Null => self.example(&content["schema"], DEEPEST),
            given => given.clone(),
        };
        Body {
            media_types: media_types.iter().map(|media_type| (*media_type).to_owned()).collect(),
            members,
            example: match &example {
                Value::Null => String::new(),
                Value::String(text) => text.trim_end().to_owned(),
                example => serde_json::to_string_pretty(example).unwrap_or_default(),
            },
        }
    }

    /// The schema that a reference leads to.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(schema)
    }

    /// The members of an object, of what it is put together from, and of the things in a list.
    fn list(&self, schema: &'a Value, way: &str, deepest: usize, lines: &mut Vec<Line>) {
        let schema = self.resolved(schema);
        if deepest == 0 {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.list(part, way, deepest, lines);
        }
        if schema["items"].is_object() {
            self.list(&schema["items"], &format!("{way}[]"), deepest, lines);
        }
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, member) in members(&schema["properties"]) {
            let name = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
            let last = name.rsplit('.').next().unwrap_or_default();
            lines.push(Line {
                place: String::new(),
                kind: self.kind(member),
                required: required.iter().any(|one| one == last),
                description: text(member, "description"),
                name: name.clone(),
            });
            self.list(member, &name, deepest - 1, lines);
        }
    }

    /// The type and the bounds, as people write them.
    fn kind(&self, schema: &'a Value) -> String {
        let schema = self.resolved(schema);
        if let Some(either) = schema["oneOf"].as_array() {
            let kinds: Vec<String> = either.iter().map(|one| self.kind(one)).collect();
            return kinds.join(" | ");
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec!["object"],
        };
        let mut kind = match schema["items"].is_object() {
            true => format!("array of {}", self.kind(&schema["items"])),
            false => types.first().copied().unwrap_or("object").to_owned(),
        };
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            kind = words.join(" | ");
        } else if let Some(format) =
            schema["format"].as_str().filter(|format| !["int32", "int64"].contains(format))
        {
            kind = format!("{kind} ({format})");
        }
        for (least, most) in [("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum")] {
            match (schema[least].as_i64(), schema[most].as_i64()) {
                (Some(least), Some(most)) => kind.push_str(&format!(", {least}–{most}")),
                (Some(least), None) => kind.push_str(&format!(", ≥ {least}")),
                (None, Some(most)) => kind.push_str(&format!(", ≤ {most}")),
                (None, None) => {}
            }
        }
        if types.contains(&"null") {
            kind.push_str(" | null");
        }
        kind
    }

    /// Made up from the examples of the members.
    fn example(&self, schema: &'a Value, deepest: usize) -> Value {
        let schema = self.resolved(schema);
        let given = ["/example", "/examples/0", "/enum/0"].map(|pointer| schema.pointer(pointer));
        if let Some(given) = given.into_iter().flatten().find(|given| !given.is_null()) {
            return given.clone();
        }
        if schema["items"].is_object() && deepest > 0 {
            return Value::Array(vec![self.example(&schema["items"], deepest - 1)]);
        }
        let object: Map<String, Value> = members(&schema["properties"])
            .filter(|_| deepest > 0)
            .map(|(name, member)| (name.clone(), self.example(member, deepest - 1)))
            .filter(|(_, value)| !value.is_null())
            .collect();
        match &schema["type"] {
            _ if !object.is_empty() => Value::Object(object),
            Value::String(one) if one == "string" => Value::from("…"),
            _ => Value::Null,
        }
    }

    fn curl(
        &self,
        (method, path): (&str, &str),
        schemes: &[&str],
        (parameters, body): (&'a [Value], Option<&Body>),
    ) -> String {
        let mut path = path.to_owned();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let example = match self.example(&parameter["schema"], DEEPEST) {
                Value::String(example) if example != "…" => example,
                _ => "019300d2-6f0a-7c3e-9b1f-0242ac120002".to_owned(),
            };
            path = path.replace(&format!("{{{}}}", text(parameter, "name")), &example);
        }
        let mut command = match method {
            "GET" => format!("curl \"$VOUCHER_URL{path}\""),
            _ => format!("curl -X {method} \"$VOUCHER_URL{path}\""),
        };
        match schemes.first() {
            Some(&ACCESS_KEY) => command.push_str(" \\\n  -H \"Authorization: Bearer $VOUCHER_ACCESS_KEY\""),
            Some(&SIGN_IN) => command.push_str(" \\\n  -H \"Cookie: $VOUCHER_COOKIE\""),
            Some(_) => command.push_str(" \\\n  -H \"Authorization: Bearer $VOUCHER_PROVISIONING_KEY\""),
            None => {}
        }
        match body.map(|body| (body.media_types.first().map(String::as_str), &body.example)) {
            Some((Some("application/json"), example)) => {
                let compact = serde_json::from_str::<Value>(example).map(|value| value.to_string());
                let compact = compact.unwrap_or_default().replace('\'', "'\\''");
                command.push_str(&format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{compact}'"));
            }
            Some((Some(_), example)) => {
                let form: Value = serde_json::from_str(example).unwrap_or_default();
                for (name, value) in members(&form) {
                    command.push_str(&format!(" \\\n  -d {name}={}", value.as_str().unwrap_or_default()));
                }
            }
            Some((None, _)) | None => {}
        }
        command
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        serde_json::from_str(super::super::json()).unwrap()
    }

    #[test]
    fn every_operation_is_in_one_group() {
        let document = document();
        let all: usize =
            document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
        let grouped: Vec<usize> = groups(&document).iter().map(|group| group.endpoints.len()).collect();
        assert_eq!(grouped.iter().sum::<usize>(), all);
        assert!(grouped.iter().all(|endpoints| *endpoints > 0), "{grouped:?}");
    }

    #[test]
    fn a_body_is_listed_with_bounds_and_all_that_is_inside() {
        let document = document();
        let groups = groups(&document);
        let find =
            |id: &str| groups.iter().flat_map(|group| &group.endpoints).find(|one| one.id == id).unwrap();
        let resolve = find("resolve");
        let lines: Vec<(&str, &str, bool)> = resolve
            .body
            .as_ref()
            .unwrap()
            .members
            .iter()
            .map(|line| (line.name.as_str(), line.kind.as_str(), line.required))
            .collect();
        assert!(lines.contains(&("tokens", "array of string, 1–64, 1–50", true)), "{lines:?}");
        assert!(lines.contains(&("run", "string, 1–128 | null", false)), "{lines:?}");
        let answered = &resolve.answers[0].body.as_ref().unwrap();
        for inside in [
            "credentials[].mask",
            "credentials[].token",
            "credentials[].undeliverable[].format",
            "refusals[].code",
        ] {
            assert!(answered.members.iter().any(|line| line.name == inside), "{inside}");
        }
        let set = find("setProjectMember");
        assert_eq!(set.body.as_ref().unwrap().members[0].kind, "manager | member");
        assert!(
            set.curl.contains("-X PUT") && set.curl.contains(r#"-d '{"role":"manager"}'"#),
            "{}",
            set.curl
        );
        assert!(find("exchangeToken").curl.contains("-d subject_token="));
        assert!(find("resolveFile").curl.contains("/api/v1/credentials/k8s-main/kubeconfig\""));
    }

    #[test]
    fn every_code_says_where_it_comes_from() {
        let document = document();
        let codes = codes(&groups(&document));
        let statuses = |code: &str, oauth| {
            let found = codes.iter().find(|(known, _)| known.code == code && known.oauth == oauth);
            found.map(|(_, statuses)| statuses.join(" ")).unwrap_or_default()
        };
        assert_eq!(statuses("invalid_request", false), "400 413 422");
        assert_eq!(statuses("temporarily_unavailable", true), "429 503");
        assert_eq!(statuses("sealed_unreadable", false), "500");
    }
}
