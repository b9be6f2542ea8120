//! Every recorded request of Tencent Cloud's own clients, signed again; also with the older scheme that nothing else
//! here uses.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;
use serde_json::Value;

use super::sign::sign;
use crate::catalogue::cloud::trials::{compare, plain, said, vectors};
use crate::catalogue::cloud::{Signable, sha256_hex};

#[test]
fn every_vector_of_tencent_cloud_is_signed_alike() {
    for vector in vectors("tencent") {
        match said(&vector, "scheme") {
            "TC3-HMAC-SHA256" => tc3(&vector),
            "TC-V1-HmacSHA1" => first_version(&vector, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            "TC-V1-HmacSHA256" => first_version(&vector, hmac::HMAC_SHA256),
            scheme => panic!("{}: {scheme} is not known here", vector["id"]),
        }
    }
}

fn tc3(vector: &Value) {
    let inputs = &vector["inputs"];
    let body =
        if inputs["unsigned_payload"] == true { "UNSIGNED-PAYLOAD" } else { said(inputs, "body_utf8") };
    let hash = sha256_hex(body.as_bytes());
    let named: BTreeMap<&str, &str> = match inputs["signed_header_values"].as_object() {
        Some(named) => named.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect(),
        None => BTreeMap::from(["content_type", "host"].map(|name| (name, said(inputs, name)))),
    };
    let headers: Vec<(String, &str)> =
        named.into_iter().map(|(name, value)| (name.replace('_', "-"), value)).collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let request = Signable {
        method: said(inputs, "method"),
        path: said(inputs, "path"),
        query: said(inputs, "query_string"),
        headers: &headers,
        payload_hash: &hash,
    };
    let at = Timestamp::from_second(inputs["timestamp_unix"].as_i64().unwrap()).unwrap();
    let canonical = request.canonical();
    let signed =
        sign(said(inputs, "secret_id"), said(inputs, "secret_key"), at, said(inputs, "service"), &request);
    let authorization = signed.authorization.expose();
    let scope = signed.string_to_sign.split('\n').nth(2).unwrap();
    compare(
        vector,
        &[
            ("payload_sha256", &hash),
            ("signed_headers", &canonical.signed_headers),
            ("canonical_request", &canonical.text),
            ("canonical_request_sha256", &canonical.hash()),
            ("credential_scope", scope),
            ("string_to_sign", &signed.string_to_sign),
            ("signature", authorization.rsplit_once('=').unwrap().1),
            ("authorization", authorization),
        ],
        // Sent beside the signature and not part of it.
        &["x_tc_headers"],
    );
}

/// Version 1: all parameters by name, as they read unescaped, an underscore in a name read as a dot.
fn first_version(vector: &Value, algorithm: hmac::Algorithm) {
    let inputs = &vector["inputs"];
    let parameters: BTreeMap<String, String> = inputs["all_params_without_signature"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.replace('_', "."), plain(value)))
        .collect();
    let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let [method, host, path] = ["method", "host", "path"].map(|name| said(inputs, name));
    let string_to_sign = format!("{method}{host}{path}?{}", query.join("&"));
    let key = hmac::Key::new(algorithm, said(inputs, "secret_key").as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, string_to_sign.as_bytes()));
    compare(vector, &[("string_to_sign", &string_to_sign), ("signature", &signature)], &[]);
}
