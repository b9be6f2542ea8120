//! Every recorded request of Alibaba Cloud's own clients, signed again; also with the two older schemes that nothing
//! else here uses.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Map, Value};

use super::sign::sign;
use crate::catalogue::cloud::trials::{compare, escaped, plain, said, vectors};
use crate::catalogue::cloud::{Signable, sha256_hex};

#[test]
fn every_vector_of_alibaba_cloud_is_signed_alike() {
    for vector in vectors("alibaba") {
        match said(&vector, "scheme") {
            "ACS3-HMAC-SHA256" => acs3(&vector),
            "RPC-HMAC-SHA1" => rpc(&vector),
            "ROA-HMAC-SHA1" => roa(&vector),
            scheme => panic!("{}: {scheme} is not known here", vector["id"]),
        }
    }
}

fn acs3(vector: &Value) {
    let inputs = &vector["inputs"];
    let query = joined(pairs(&inputs["query_decoded"]).iter().map(|(n, v)| (escaped(n), escaped(v))));
    let headers = pairs(&inputs["signed_header_values"]);
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let hash = sha256_hex(said(inputs, "body_utf8").as_bytes());
    let request = Signable {
        method: said(inputs, "method"),
        path: said(inputs, "path"),
        query: &query,
        headers: &headers,
        payload_hash: &hash,
    };
    let (canonical, signed) = (
        request.canonical(),
        sign(said(inputs, "access_key_id"), said(inputs, "access_key_secret"), &request),
    );
    let authorization = signed.authorization.expose();
    compare(
        vector,
        &[
            ("payload_hash", &hash),
            ("canonical_query", &query),
            ("signed_headers", &canonical.signed_headers),
            ("canonical_request", &canonical.text),
            ("canonical_request_sha256", &canonical.hash()),
            ("string_to_sign", &signed.string_to_sign),
            ("signature", authorization.rsplit_once('=').unwrap().1),
            ("authorization", authorization),
        ],
        &[],
    );
}

/// Version 1 for RPC: all parameters, wherever they are sent, under the key with an `&` behind it.
fn rpc(vector: &Value) {
    let inputs = &vector["inputs"];
    let mut all = pairs(&inputs["query_params_without_signature"]);
    all.extend(pairs(&inputs["form_params"]));
    let query = joined(all.iter().map(|(name, value)| (escaped(name), escaped(value))));
    let string_to_sign = format!("{}&%2F&{}", said(inputs, "method"), escaped(&query));
    let key = format!("{}&", said(inputs, "access_key_secret"));
    let signature = hmac_sha1(&key, &string_to_sign);
    compare(
        vector,
        &[("string_to_sign", &string_to_sign), ("signing_key", &key), ("signature", &signature)],
        &[],
    );
}

/// Version 1 for ROA: four headers by themselves, the vendor's own by name, and the address as it reads unescaped.
fn roa(vector: &Value) {
    let inputs = &vector["inputs"];
    let headers = pairs(&inputs["headers"]);
    let mut string_to_sign = format!("{}\n", said(inputs, "method"));
    for name in ["accept", "content-md5", "content-type", "date"] {
        string_to_sign += headers.get(name).map_or("", String::as_str);
        string_to_sign.push('\n');
    }
    for (name, value) in headers.iter().filter(|(name, _)| name.starts_with("x-acs-")) {
        string_to_sign += &format!("{name}:{value}\n");
    }
    string_to_sign += said(inputs, "path");
    let query = joined(pairs(&inputs["query_decoded"]).into_iter());
    if !query.is_empty() {
        string_to_sign += &format!("?{query}");
    }
    let signature = hmac_sha1(said(inputs, "access_key_secret"), &string_to_sign);
    let authorization = format!("acs {}:{signature}", said(inputs, "access_key_id"));
    compare(
        vector,
        &[("string_to_sign", &string_to_sign), ("signature", &signature), ("authorization", &authorization)],
        &[],
    );
}

fn pairs(of: &Value) -> BTreeMap<String, String> {
    let nothing = Map::new();
    let members = of.as_object().unwrap_or(&nothing);
    members.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn joined(pairs: impl Iterator<Item = (String, String)>) -> String {
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn hmac_sha1(key: &str, message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, message.as_bytes()))
}
