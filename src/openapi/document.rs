//! The description of what programs can ask (OpenAPI 3.1), put together from the handlers and the types that they read
//! and write, so that it cannot say anything else than the code does.
//!
//! What holds for all addresses is added here: who may use one is read from the table of routes, and the headers are
//! those that every answer has.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{Modify, OpenApi};

use crate::picker::api as picking;
use crate::provisioning::api::{access_keys, members, memberships, projects, repositories};
use crate::resolve::api as resolving;
use crate::resolve::exchange::api as exchanging;
use crate::routes::{Access, ROUTES};
use crate::web::{self, Problem, ProblemDocument};

/// The security scheme of an access key.
pub(super) const ACCESS_KEY: &str = "accessKey";
/// The security scheme of a token that was exchanged.
const EXCHANGED: &str = "exchangedToken";
/// The security scheme of a provisioning key.
pub(super) const PROVISIONING_KEY: &str = "provisioningKey";
/// The security scheme of a person who is signed in.
pub(super) const SIGN_IN: &str = "signIn";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Voucher",
        description = "Pipelines exchange tokens for secrets here, and programs look after projects, repositories, members and access keys. \
            Bodies are JSON in UTF-8. What goes wrong is a problem (RFC 9457) with a stable `code`; \
            nothing may be kept by caches. A path with another method is answered 405 with `Allow`."
    ),
    paths(
        resolving::resolve,
        resolving::file,
        exchanging::exchange,
        picking::pick,
        projects::list,
        projects::create,
        projects::show,
        projects::rename,
        projects::delete,
        repositories::list,
        repositories::create,
        repositories::show,
        repositories::change,
        repositories::delete,
        access_keys::list,
        access_keys::create,
        access_keys::show,
        access_keys::change,
        access_keys::rotate,
        access_keys::end_old,
        access_keys::revoke,
        members::list,
        members::create,
        members::show,
        members::change,
        memberships::of_project,
        memberships::set_in_project,
        memberships::remove_from_project,
        memberships::of_repository,
        memberships::set_in_repository,
        memberships::remove_from_repository,
        memberships::of_member,
        web::ping,
        web::healthz
    ),
    components(schemas(ProblemDocument<'static>, resolving::Resolved, exchanging::ExchangeError<'static>)),
    tags(
        (name = "resolve", description = "Pipelines: prove who you are, and exchange tokens for secrets."),
        (name = "picker", description = "Editors: what the signed-in person may pick."),
        (name = "projects", description = "Programs with a provisioning key: projects."),
        (name = "repositories", description = "Programs with a provisioning key: repositories."),
        (name = "members", description = "Programs with a provisioning key: members, and who is a member where."),
        (name = "access-keys", description = "Programs with a provisioning key that may manage access keys."),
        (name = "health", description = "Whether the process answers.")
    ),
    modifiers(&Everywhere)
)]
struct Document;

/// The document, as it is served.
static JSON: LazyLock<String> = LazyLock::new(|| Document::openapi().to_json().unwrap_or_default());

/// The document, as JSON for programs.
pub fn json() -> &'static str {
    &JSON
}

/// The document, as JSON for people.
pub fn pretty() -> Result<String, serde_json::Error> {
    Document::openapi().to_pretty_json()
}

/// What no handler says for itself.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, format, description) in [
            (
                ACCESS_KEY,
                "vak_…",
                "An access key of a project or a repository, made on the page *Access keys*.",
            ),
            (EXCHANGED, "vst_…", "What `POST /oauth/token` gave for the token of a CI system."),
            (PROVISIONING_KEY, "vpk_…", "A provisioning key, made on the page *Provisioning keys*."),
        ] {
            let scheme = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format(format)
                .description(Some(description));
            components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
        }
        let cookie = ApiKeyValue::with_description(
            "__Host-voucher",
            "The cookie of somebody who is signed in to the console.",
        );
        components.add_security_scheme(SIGN_IN, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        if let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut("Problem")
            && let Some(RefOr::T(Schema::Object(code))) = problem.properties.get_mut("code")
        {
            code.enum_values = Some(codes().into_iter().map(Value::from).collect());
        }
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                operation.security = security(method, path);
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        response.headers.extend(headers());
                    }
                }
            }
        }
    }
}

/// Every code that a problem may have.
fn codes() -> BTreeSet<&'static str> {
    Problem::ALL_CODES.into_iter().chain(resolving::codes()).collect()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Who may use an address, as the table of routes says.
fn security(method: &str, path: &str) -> Option<Vec<SecurityRequirement>> {
    let entry = ROUTES.iter().find(|entry| entry.method == method && entry.path == path)?;
    let with = |names: &[&str]| {
        let one = |name: &&str| SecurityRequirement::new(*name, [] as [&str; 0]);
        Some(names.iter().map(one).collect())
    };
    match entry.access {
        Access::Caller => with(&[ACCESS_KEY, EXCHANGED]),
        Access::Provisions | Access::ProvisionsAccess => with(&[PROVISIONING_KEY]),
        Access::SignedIn => with(&[SIGN_IN]),
        _ => None,
    }
}

/// The headers of every answer.
fn headers() -> [(String, RefOr<Header>); 2] {
    let header = |name: &str, description: &str| {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = HeaderBuilder::new().schema(Some(text)).description(Some(description)).build();
        (name.to_owned(), header.into())
    };
    [
        header("Cache-Control", "Always `no-store`."),
        header("X-Request-Id", "The request, as the server's log names it."),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        serde_json::from_str(json()).unwrap()
    }

    #[test]
    fn the_document_and_the_table_of_routes_name_the_same_addresses() {
        let for_programs = |path: &str| path.starts_with("/api/v1/") || path == "/oauth/token";
        let routed: BTreeSet<(String, String)> = ROUTES
            .iter()
            .filter(|entry| for_programs(entry.path))
            .map(|entry| (entry.method.to_lowercase(), entry.path.to_owned()))
            .collect();
        let document = document();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path}");
                described.insert((method.clone(), path.clone()));
            }
        }
        for public in ["/ping", "/healthz"] {
            assert!(described.remove(&("get".to_owned(), public.to_owned())), "{public}");
        }
        assert_eq!(described, routed);
    }

    #[test]
    fn every_code_of_the_code_is_in_the_document_and_nothing_else_is() {
        let document = document();
        let listed = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
        assert_eq!(listed, json!(codes()));
        let mut met = BTreeSet::new();
        for operation in document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
        {
            for (status, response) in operation["responses"].as_object().unwrap() {
                if response["content"].get(web::PROBLEM).is_some() {
                    let with = response[web::CODES].as_array().unwrap();
                    assert!(!with.is_empty(), "{status}");
                    met.extend(with.iter().map(|code| code.as_str().unwrap().to_owned()));
                }
            }
        }
        let unknown: Vec<&String> = met.iter().filter(|code| !codes().contains(code.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn who_may_use_an_address_is_what_the_table_says() {
        let document = document();
        let of = |method: &str, path: &str| document["paths"][path][method]["security"].clone();
        assert_eq!(of("post", "/api/v1/resolve"), json!([{ "accessKey": [] }, { "exchangedToken": [] }]));
        assert_eq!(of("put", "/api/v1/projects/{id}/members/{member}"), json!([{ "provisioningKey": [] }]));
        assert_eq!(of("post", "/oauth/token"), Value::Null);
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        let names: Vec<&Value> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| &operation["operationId"])
            .collect();
        let different: BTreeSet<&str> = names.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(different.len(), names.len());
    }
}
