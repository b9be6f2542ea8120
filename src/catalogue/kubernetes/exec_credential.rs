//! What kubectl and client-go take from a plugin that signs in: a token, or a certificate with its key.
//!
//! The document names the cluster's server beside them, so that a plugin can refuse to give them to another one.

use serde::Serialize;

use super::access::Access;
use crate::catalogue::{Opened, Undeliverable};
use crate::secret::Secret;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential<'a> {
    api_version: &'a str,
    kind: &'a str,
    spec: Spec<'a>,
    status: Status<'a>,
}

#[derive(Serialize)]
struct Spec<'a> {
    cluster: Cluster<'a>,
    interactive: bool,
}

#[derive(Serialize)]
struct Cluster<'a> {
    server: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_certificate_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key_data: Option<&'a str>,
}

/// `ExecCredential` of `client.authentication.k8s.io/v1`.
pub(super) fn write(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let access = Access::of(opened).ok_or(Undeliverable::Unfit)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Undeliverable::Unfit);
    let (chain, key) = match &access.client {
        Some(client) => (Some(text(&client.chain)?), Some(text(client.key.expose())?)),
        None => (None, None),
    };
    let token = access.token.as_ref().map(|token| token.expose().as_str());
    let document = ExecCredential {
        api_version: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: Spec { cluster: Cluster { server: &access.server }, interactive: false },
        status: Status { token, client_certificate_data: chain, client_key_data: key },
    };
    // With room for everything from the start, so that growing leaves no copy behind in freed memory.
    let parts = [token, chain, key].into_iter().flatten().map(|part| 2 * part.len()).sum::<usize>();
    let mut out = Vec::with_capacity(parts + access.server.len() + 512);
    serde_json::to_writer(&mut out, &document).map_err(|_| Undeliverable::Unfit)?;
    Ok(Secret::new(out))
}

#[cfg(test)]
mod tests {
    use super::super::TYPE;
    use super::*;
    use crate::catalogue::Submitted;

    #[test]
    fn every_variant_signs_in_at_its_server_and_nowhere_else() {
        for (variant, status) in [
            ("kubeconfig", &["token"][..]),
            ("token", &["token"]),
            ("certificate", &["clientCertificateData", "clientKeyData"]),
        ] {
            let Submitted { plain, secret, .. } = TYPE.sample(variant);
            let opened = Opened { credential_type: &TYPE, variant: variant.to_owned(), plain, secret };
            let written: serde_json::Value =
                serde_json::from_slice(write(&opened).unwrap().expose()).unwrap();
            assert_eq!(written["kind"], "ExecCredential");
            assert_eq!(written["spec"]["cluster"]["server"], "https://k8s.example.com:6443", "{variant}");
            let given: Vec<&String> = written["status"].as_object().unwrap().keys().collect();
            assert_eq!(given, status, "{variant}");
        }
        let Submitted { plain, mut secret, .. } = TYPE.sample("kubeconfig");
        secret.insert("kubeconfig".into(), Secret::new(b"{}".to_vec()));
        let opened = Opened { credential_type: &TYPE, variant: "kubeconfig".to_owned(), plain, secret };
        assert_eq!(write(&opened).err(), Some(Undeliverable::Unfit));
    }
}
