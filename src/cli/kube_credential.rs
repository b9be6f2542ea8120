//! `voucher kube-credential`: a plugin by which kubectl, and what else is built on client-go, signs in to a cluster.
//!
//! A kubeconfig with this in place of a token holds no secret, and a rotated one is used within minutes.

use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Code, Error, client};
use crate::clock::Clock;

/// How long a client may go on with what it was given before it asks again.
const GOOD_FOR: Duration = Duration::from_secs(10 * 60);

/// The versions of the protocol; what is written differs in nothing but the name.
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// Arguments of `voucher kube-credential`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The credential's token.
    token: String,
    /// What kubectl says about itself and the cluster.
    #[arg(long, env = "KUBERNETES_EXEC_INFO", hide = true, value_name = "JSON")]
    info: Option<String>,
    #[command(flatten)]
    server: client::Server,
}

/// The part of kubectl's `ExecCredential` that matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    api_version: String,
    #[serde(default)]
    spec: Spec,
}

#[derive(Deserialize, Default)]
struct Spec {
    cluster: Option<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    server: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let info = arguments.info.as_deref().filter(|text| !text.is_empty()).map(read).transpose()?;
    let client = arguments.server.client()?;
    let body = super::block_on(client.file(&arguments.token, "kube-credential"))?;
    let written = answer(body.expose(), info.as_ref(), Clock::System.now() + GOOD_FOR)?;
    println!("{written}");
    Ok(ExitCode::SUCCESS)
}

fn read(text: &str) -> Result<Info, Error> {
    let info: Option<Info> = serde_json::from_str(text).ok();
    info.filter(|info| VERSIONS.contains(&info.api_version.as_str())).ok_or_else(|| {
        Error::setup(
            "KUBERNETES_EXEC_INFO asks in a way that is not known here",
            format!("Set apiVersion in the kubeconfig's exec section to {}.", VERSIONS.join(" or ")),
        )
    })
}

/// What is printed: the server's document in the version that was asked for, with an end.
fn answer(body: &[u8], info: Option<&Info>, until: jiff::Timestamp) -> Result<Value, Error> {
    let strange = || {
        Error::new(
            Code::Unavailable,
            "the server's answer is not what signs in to a cluster",
            "Check that the server is as new as this command.",
        )
    };
    let mut document: Value = serde_json::from_slice(body).map_err(|_| strange())?;
    let of = document.pointer("/spec/cluster/server").and_then(Value::as_str).ok_or_else(strange)?;
    let asked = info.and_then(|info| info.spec.cluster.as_ref());
    if let Some(cluster) = asked.filter(|cluster| cluster.server.trim_end_matches('/') != of) {
        return Err(Error::new(
            Code::Refused,
            format!("the credential is for {of}, not for {}", cluster.server),
            "It was given to nobody. Check the token in the kubeconfig's exec section.",
        ));
    }
    if let (Some(info), Some(version)) = (info, document.get_mut("apiVersion")) {
        *version = json!(info.api_version);
    }
    let status = document.get_mut("status").and_then(Value::as_object_mut).ok_or_else(strange)?;
    let until = until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    status.insert("expirationTimestamp".to_owned(), json!(until));
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
        "spec":{"cluster":{"server":"https://k8s.example"},"interactive":false},"status":{"token":"t"}}"#;

    fn asked(version: &str, server: Option<&str>) -> Result<Info, Error> {
        let cluster = server.map(|server| json!({ "server": server }));
        read(&json!({ "apiVersion": version, "spec": { "cluster": cluster } }).to_string())
    }

    #[test]
    fn it_answers_in_the_version_that_was_asked_for_and_for_ten_minutes() {
        let until = "2026-11-23T09:10:00.5Z".parse().unwrap();
        for version in VERSIONS {
            for server in [None, Some("https://k8s.example"), Some("https://k8s.example/")] {
                let answer = answer(BODY, Some(&asked(version, server).ok().unwrap()), until).ok().unwrap();
                assert_eq!(answer["apiVersion"], version);
                assert_eq!(answer["status"]["expirationTimestamp"], "2026-11-23T09:10:00Z");
                assert_eq!(answer["status"]["token"], "t");
            }
        }
        assert!(answer(BODY, None, until).is_ok(), "asked by hand");
    }

    #[test]
    fn another_cluster_and_another_protocol_get_nothing() {
        let until = "2026-11-23T09:10:00Z".parse().unwrap();
        for server in ["https://other.example", "https://k8s.example:6443", "https://k8s.example.org", ""] {
            let info = asked(VERSIONS[0], Some(server)).ok().unwrap();
            let error = answer(BODY, Some(&info), until).err().unwrap();
            assert_eq!(error.code, Code::Refused, "{server}");
        }
        assert!(asked("client.authentication.k8s.io/v1alpha1", None).is_err());
        assert!(read("{").is_err());
        for body in ["", "{}", "[]", r#"{"spec":{"cluster":{"server":"https://k8s.example"}}}"#] {
            assert!(answer(body.as_bytes(), None, until).is_err(), "{body}");
        }
    }
}
