//! Every recorded request of Huawei Cloud's own clients, signed again; also with the derived key that nothing else here
//! uses.

use ring::hkdf;
use serde_json::Value;

use super::sign::{canonical, sign};
use crate::catalogue::cloud::trials::{compare, escaped, plain, said, vectors};
use crate::catalogue::cloud::{Signable, hex, hmac_sha256, sha256_hex};

#[test]
fn every_vector_of_huawei_cloud_is_signed_alike() {
    for vector in vectors("huawei") {
        let inputs = &vector["inputs"];
        let headers: Vec<(&str, &str)> = inputs["signed_header_values"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let method = said(inputs, "method").to_uppercase();
        let (path, query) = (path(said(inputs, "path")), query(&inputs["query"]));
        let hash = payload_hash(said(inputs, "body_utf8"), &headers);
        let request =
            Signable { method: &method, path: &path, query: &query, headers: &headers, payload_hash: &hash };
        let canonical = canonical(&request);
        let [access_key, secret_key, date] =
            ["access_key", "secret_key", "x_sdk_date"].map(|name| said(inputs, name));
        let (string_to_sign, authorization) = match said(&vector, "scheme") {
            "SDK-HMAC-SHA256" => {
                let signed = sign(access_key, secret_key, date, &request);
                (signed.string_to_sign.clone(), signed.authorization.expose().clone())
            }
            "V11-HMAC-SHA256" => {
                let of = ["region_id", "derived_auth_service_name"].map(|name| said(inputs, name));
                let info = [&date[..8], of[0], of[1]].join("/");
                let string = ["V11-HMAC-SHA256", date, &info, &canonical.hash()].join("\n");
                let signature =
                    hex(hmac_sha256(derived(access_key, secret_key, &info).as_bytes(), &string).as_ref());
                let names = &canonical.signed_headers;
                let authorization = format!(
                    "V11-HMAC-SHA256 Credential={access_key}/{info}, SignedHeaders={names}, Signature={signature}"
                );
                (string, authorization)
            }
            scheme => panic!("{}: {scheme} is not known here", vector["id"]),
        };
        let target = match query.as_str() {
            "" => said(inputs, "path").to_owned(),
            query => format!("{}?{query}", said(inputs, "path")),
        };
        compare(
            &vector,
            &[
                ("payload_sha256", &hash),
                ("canonical_uri", canonical.text.split('\n').nth(1).unwrap()),
                ("canonical_query", &query),
                ("signed_headers", &canonical.signed_headers),
                ("canonical_request", &canonical.text),
                ("canonical_request_sha256", &canonical.hash()),
                ("string_to_sign", &string_to_sign),
                ("signature", authorization.rsplit_once('=').unwrap().1),
                ("authorization", &authorization),
                ("request_target", &target),
            ],
            &[],
        );
    }
}

fn path(path: &str) -> String {
    path.split('/').map(escaped).collect::<Vec<_>>().join("/")
}

/// Pairs by name; a list is as many pairs, by value.
fn query(of: &Value) -> String {
    let mut pairs = Vec::new();
    for pair in of.as_array().unwrap() {
        match &pair[1] {
            Value::Array(values) => pairs.extend(values.iter().map(|value| (plain(&pair[0]), plain(value)))),
            value => pairs.push((plain(&pair[0]), plain(value))),
        }
    }
    pairs.sort();
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

/// A body that is not JSON goes unsigned, and a header says so; no body is hashed all the same.
fn payload_hash(body: &str, headers: &[(&str, &str)]) -> String {
    match headers.iter().find(|(name, _)| *name == "x-sdk-content-sha256" && !body.is_empty()) {
        Some((_, stand_in)) => (*stand_in).to_owned(),
        None => sha256_hex(body.as_bytes()),
    }
}

fn derived(access_key: &str, secret_key: &str, info: &str) -> String {
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, access_key.as_bytes()).extract(secret_key.as_bytes());
    let mut key = [0_u8; 32];
    extracted.expand(&[info.as_bytes()], hkdf::HKDF_SHA256).unwrap().fill(&mut key).unwrap();
    hex(&key)
}
