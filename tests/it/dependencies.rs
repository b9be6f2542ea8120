//! What may become part of the program: licences, sources and bans of `.deny.toml`, held without any tool beside
//! cargo. Advisories need a list that changes daily; `cargo deny check` looks at those.

use std::process::Command;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::Deserialize;

#[derive(Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

#[test]
fn every_dependency_is_one_that_we_may_ship() {
    let rules: Rules = Figment::from(Toml::file_exact(at(".deny.toml"))).extract().unwrap();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(source) = &package.source else { continue };
        if !rules.sources.allow_registry.iter().any(|allowed| *source == format!("registry+{allowed}")) {
            wrong.push(format!("{} comes from {source}", package.name));
        }
        let licence = package.license.as_deref().unwrap_or("no licence");
        if !permitted(licence, &rules.licenses.allow) {
            wrong.push(format!("{} is under {licence}", package.name));
        }
        if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == package.name) {
            wrong.push(format!("{} is banned: {}", package.name, ban.reason));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_licence_is_permitted_when_each_of_its_parts_offers_one_that_is() {
    let allow = ["MIT".to_owned(), "Zlib".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for (licence, expected) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0", false),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("(MIT OR GPL-3.0) AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("", false),
    ] {
        assert_eq!(permitted(licence, &allow), expected, "{licence}");
    }
}

/// Reads the expressions that crates write: alternatives, perhaps in brackets, joined by AND.
fn permitted(licence: &str, allow: &[String]) -> bool {
    licence.replace('/', " OR ").split(" AND ").all(|part| {
        part.trim_matches(['(', ')', ' '])
            .split(" OR ")
            .any(|choice| allow.iter().any(|allowed| allowed == choice.trim()))
    })
}

fn packages() -> Vec<Package> {
    let said = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--manifest-path"])
        .arg(at("Cargo.toml"))
        // What other systems would need was not downloaded here and is not looked at.
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice::<Metadata>(&said.stdout).unwrap().packages
}

fn at(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}
