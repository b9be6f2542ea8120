//! Kubernetes: a kubeconfig file, or the parts of one: server and service-account token, or server and client
//! certificate.
//!
//! All three are delivered as a kubeconfig, and as what kubectl takes from a plugin that signs in. There are no environment variables: `KUBECONFIG` is the path of a file, which
//! only the runner that writes the file can know.

mod access;
mod certificate;
mod exec_credential;
mod kubeconfig;
mod probe;
mod yaml;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::catalogue::bearer;
use crate::catalogue::field::{Field, Input, Rule};
use crate::catalogue::kinds::{Copyable, CredentialType, FileFormat, Group, Guidance, GuidanceForm, Variant};
use crate::catalogue::{Draft, FieldError, Opened, Submitted, Undeliverable};
use crate::catalogue::{destination, rules};
use crate::secret::Secret;

pub(in crate::catalogue) static TYPE: CredentialType = CredentialType {
    id: "kubernetes",
    group: Group::Others,
    icon: "steering-wheel",
    variants: &[
        Variant {
            id: "kubeconfig",
            summary: &["server", "context", "namespace", "user"],
            probe: probe::probe,
            post: None,
            fields: &[
                Field {
                    input: Input::Multiline,
                    max_bytes: 1024 * 1024,
                    placeholder: "apiVersion: v1\nkind: Config\n…",
                    ..Field::secret("kubeconfig")
                },
                Field::derived("server", "kubeconfig"),
                Field::derived("context", "kubeconfig"),
                Field::derived("namespace", "kubeconfig"),
                Field::derived("user", "kubeconfig"),
            ],
        },
        Variant {
            id: "token",
            summary: &["server", "namespace"],
            probe: probe::probe,
            post: None,
            fields: &[
                SERVER,
                AUTHORITY,
                Field {
                    max_bytes: 16 * 1024,
                    rules: &[Rule::Must(rules::is_visible_ascii, "check-bearer")],
                    placeholder: "eyJhbGciOi…",
                    ..Field::secret("token")
                },
                NAMESPACE,
            ],
        },
        Variant {
            id: "certificate",
            summary: &["server", "namespace", "user"],
            probe: probe::probe,
            post: None,
            fields: &[
                SERVER,
                AUTHORITY,
                Field {
                    input: Input::Multiline,
                    max_bytes: 64 * 1024,
                    placeholder: "-----BEGIN CERTIFICATE-----",
                    ..Field::plain("client_certificate")
                },
                Field {
                    input: Input::Multiline,
                    max_bytes: 16 * 1024,
                    placeholder: "-----BEGIN PRIVATE KEY-----",
                    ..Field::secret("client_key")
                },
                NAMESPACE,
                Field::derived("user", "client_certificate"),
            ],
        },
    ],
    guidance: &[
        Guidance { form: GuidanceForm::Paragraph, only: None },
        Guidance {
            form: GuidanceForm::Copy(Copyable { file_name: "deployer.yaml", text: SERVICE_ACCOUNT }),
            only: None,
        },
        Guidance {
            form: GuidanceForm::Copy(Copyable { file_name: "kubeconfig.sh", text: MAKE_KUBECONFIG }),
            only: Some("kubeconfig"),
        },
        Guidance { form: GuidanceForm::Paragraph, only: Some("kubeconfig") },
        Guidance {
            form: GuidanceForm::Copy(Copyable { file_name: "parts.sh", text: SHOW_PARTS }),
            only: Some("token"),
        },
        Guidance { form: GuidanceForm::Paragraph, only: Some("certificate") },
    ],
    files: &[
        FileFormat { name: "kubeconfig", file_name: "kubeconfig", media_type: "application/yaml", write },
        FileFormat {
            name: "kube-credential",
            file_name: "kube-credential.json",
            media_type: "application/json",
            write: exec_credential::write,
        },
    ],
    rules: check,
    inner: |opened| match opened.text("kubeconfig") {
        Ok(Some(text)) => kubeconfig::secrets(text),
        _ => Vec::new(),
    },
    sample,
};

const SERVER: Field = Field {
    input: Input::Url,
    max_bytes: 512,
    rules: &[
        Rule::Must(rules::is_server, "check-server"),
        Rule::Usual(|text| !rules::is_loopback(text), "unusual-server-loopback"),
    ],
    placeholder: "https://203.0.113.7:6443",
    ..Field::plain("server")
};

/// Not required: servers with a certificate from a public authority need none.
const AUTHORITY: Field = Field {
    required: false,
    input: Input::Multiline,
    max_bytes: 64 * 1024,
    placeholder: "-----BEGIN CERTIFICATE-----",
    ..Field::plain("certificate_authority")
};

const NAMESPACE: Field = Field {
    required: false,
    max_bytes: 63,
    rules: &[Rule::Must(is_namespace, "check-namespace")],
    placeholder: "default",
    ..Field::plain("namespace")
};

const SERVICE_ACCOUNT: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: default}
---
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata:
  name: deployer-token
  namespace: default
  annotations: {kubernetes.io/service-account.name: deployer}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: deployer, namespace: default}]
";

const MAKE_KUBECONFIG: &str = r#"server=$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')
authority=$(kubectl get secret deployer-token -n default -o jsonpath='{.data.ca\.crt}')
token=$(kubectl get secret deployer-token -n default -o jsonpath='{.data.token}' | base64 -d)
cat <<END
apiVersion: v1
kind: Config
clusters: [{name: cluster, cluster: {server: "$server", certificate-authority-data: "$authority"}}]
users: [{name: deployer, user: {token: "$token"}}]
contexts: [{name: deployer, context: {cluster: cluster, user: deployer, namespace: default}}]
current-context: deployer
END
"#;

const SHOW_PARTS: &str = r#"kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'; echo
kubectl get secret deployer-token -n default -o jsonpath='{.data.ca\.crt}' | base64 -d; echo
kubectl get secret deployer-token -n default -o jsonpath='{.data.token}' | base64 -d; echo
"#;

fn check(draft: &mut Draft<'_>) {
    match draft.variant() {
        "kubeconfig" => check_kubeconfig(draft),
        "token" => {
            check_authority(draft);
            destination::hold(draft, &["server"], "token");
            match draft.secret("token").map(bearer::expiry) {
                Some(Some(at)) => draft.expires_at(at),
                Some(None) => {}
                None => draft.keep_expiry(),
            }
        }
        _ => {
            check_authority(draft);
            check_client_certificate(draft);
        }
    }
}

fn check_kubeconfig(draft: &mut Draft<'_>) {
    let Some(text) = draft.secret("kubeconfig") else {
        return draft.keep_expiry();
    };
    match kubeconfig::read(text, draft.now()) {
        Ok(facts) => {
            draft.derive("server", &facts.server);
            draft.derive("context", &facts.context);
            draft.derive("namespace", &facts.namespace);
            draft.derive("user", &facts.user);
            if let Some(at) = facts.expires_at {
                draft.expires_at(at);
            }
            for warning in facts.warnings {
                draft.warn("kubeconfig", warning);
            }
        }
        Err(reasons) => {
            for reason in reasons {
                draft.refuse_with(FieldError {
                    field: "kubeconfig",
                    message: reason.message,
                    args: reason.line.map(|line| ("line", line.to_string())).into_iter().collect(),
                    strip_helps: false,
                });
            }
        }
    }
}

fn check_authority(draft: &mut Draft<'_>) {
    let Some(text) = draft.plain("certificate_authority") else { return };
    let Some(pem) = certificate::pem(text) else {
        return draft.refuse("certificate_authority", "check-authority");
    };
    match certificate::authority(&pem, draft.now()) {
        Ok(warnings) => warnings.into_iter().for_each(|warning| draft.warn("certificate_authority", warning)),
        Err(_) => draft.refuse("certificate_authority", "check-authority"),
    }
}

fn check_client_certificate(draft: &mut Draft<'_>) {
    let Some(pem) = draft.plain("client_certificate").and_then(certificate::pem) else {
        return draft.refuse("client_certificate", "check-certificate");
    };
    match certificate::client(&pem, draft.now()) {
        Ok(client) => {
            draft.derive("user", &client.common_name);
            draft.expires_at(client.not_after);
            for warning in client.warnings {
                draft.warn("client_certificate", warning);
            }
        }
        Err(message) => return draft.refuse("client_certificate", message),
    }
    let Some(key) = draft.secret("client_key") else { return };
    let pair = certificate::pem(key)
        .ok_or("check-private-key")
        .and_then(|key| certificate::private_key(&key))
        .and_then(|key| certificate::belong_together(&pem, key));
    if let Err(message) = pair {
        draft.refuse("client_key", message);
    }
}

/// A DNS label, as Kubernetes names its namespaces.
fn is_namespace(text: &str) -> bool {
    rules::is_word(text, b"-", 1, 63)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn write(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    match opened.variant.as_str() {
        "kubeconfig" => Ok(Secret::new(opened.needed("kubeconfig")?.as_bytes().to_vec())),
        "token" => {
            let token = Zeroizing::new(format!("    token: {}\n", *quoted(opened.needed("token")?)?));
            assemble(opened, &token)
        }
        "certificate" => {
            let certificate = packed(opened.needed("client_certificate")?)?;
            let key = packed(opened.needed("client_key")?)?;
            let lines =
                format!("    client-certificate-data: {}\n    client-key-data: {}\n", *certificate, *key);
            assemble(opened, &Zeroizing::new(lines))
        }
        _ => Err(Undeliverable::Unfit),
    }
}

/// A kubeconfig with one cluster, one context and one user with those lines.
fn assemble(opened: &Opened, user: &str) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let server = quoted(opened.needed("server")?)?;
    let authority = match opened.text("certificate_authority")? {
        Some(text) => format!("    certificate-authority-data: {}\n", *packed(text)?),
        None => String::new(),
    };
    let namespace = match opened.text("namespace")? {
        Some(text) => format!("    namespace: {}\n", *quoted(text)?),
        None => String::new(),
    };
    let parts = [
        "apiVersion: v1\nkind: Config\nclusters:\n- name: cluster\n  cluster:\n    server: ",
        &server,
        "\n",
        &authority,
        "users:\n- name: voucher\n  user:\n",
        user,
        "contexts:\n- name: voucher\n  context:\n    cluster: cluster\n    user: voucher\n",
        &namespace,
        "current-context: voucher\n",
    ];
    Ok(Secret::new(parts.concat().into_bytes()))
}

/// As a YAML double-quoted scalar, of which JSON strings are a part.
fn quoted(text: &str) -> Result<Zeroizing<String>, Undeliverable> {
    serde_json::to_string(text).map(Zeroizing::new).map_err(|_| Undeliverable::Unfit)
}

/// As the base64 of PEM text.
fn packed(text: &str) -> Result<Zeroizing<String>, Undeliverable> {
    let pem = certificate::pem(text).ok_or(Undeliverable::Unfit)?;
    Ok(Zeroizing::new(STANDARD.encode(&*pem)))
}

fn sample(variant: &str) -> Submitted {
    const AUTHORITY: &str = include_str!("samples/authority.pem");
    let server = "https://k8s.example.com:6443".to_owned();
    let (plain, secret) = match variant {
        "kubeconfig" => {
            let file = format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: production\n\
                 clusters:\n- name: production\n  cluster:\n    server: {server}\n    \
                 certificate-authority-data: {}\n\
                 users:\n- name: deployer\n  user:\n    token: sample-token-that-opens-nothing\n\
                 contexts:\n- name: production\n  context:\n    cluster: production\n    user: deployer\n    \
                 namespace: web\n",
                STANDARD.encode(AUTHORITY)
            );
            (BTreeMap::new(), ("kubeconfig", file))
        }
        "token" => (
            BTreeMap::from([("server", server), ("certificate_authority", AUTHORITY.to_owned())]),
            ("token", "sample-token-that-opens-nothing".to_owned()),
        ),
        _ => (
            BTreeMap::from([
                ("server", server),
                ("certificate_authority", AUTHORITY.to_owned()),
                ("client_certificate", include_str!("samples/certificate.pem").to_owned()),
            ]),
            ("client_key", include_str!("samples/key.pem").to_owned()),
        ),
    };
    let plain: Vec<(&str, &str)> = plain.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Submitted::sample(variant, &plain, &[(secret.0, &secret.1)])
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::catalogue::{Content, Kept, Surroundings};

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    fn checked(submitted: Submitted) -> Result<Content, Vec<FieldError>> {
        TYPE.check(submitted, &Kept::nothing(), Surroundings::at(now()))
    }

    fn opened(content: Content) -> Opened {
        let secret = content.secret.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Opened { credential_type: &TYPE, variant: content.variant.to_owned(), plain: content.plain, secret }
    }

    #[test]
    fn every_variant_is_delivered_as_a_kubeconfig_that_we_would_accept() {
        for variant in TYPE.variants {
            let content = checked(sample(variant.id)).ok().unwrap();
            let expires_at = content.content_expires_at;
            let plain = content.plain.clone();
            let written = write(&opened(content)).ok().unwrap();
            let text = std::str::from_utf8(written.expose()).unwrap();
            let facts = kubeconfig::read(text, now()).unwrap_or_else(|refused| panic!("{refused:?}\n{text}"));
            assert_eq!(facts.server, plain["server"], "{text}");
            assert_eq!(facts.expires_at, expires_at, "{text}");
            assert!(!kubeconfig::secrets(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_kubeconfig_is_delivered_to_the_byte_and_its_facts_are_shown() {
        let Submitted { secret, .. } = sample("kubeconfig");
        let content = checked(sample("kubeconfig")).ok().unwrap();
        assert_eq!(
            TYPE.summary("kubeconfig", &content.plain),
            "https://k8s.example.com:6443 · production · web · deployer"
        );
        let written = write(&opened(content)).ok().unwrap();
        assert_eq!(written.expose(), secret["kubeconfig"].expose());
    }

    #[test]
    fn values_cannot_break_out_of_the_file_that_is_written() {
        let server = "https://a.example/\"'~{}";
        let token = "a\"b'c\\d#e:{}[]&*!|>%@`";
        let Submitted { variant, plain, secret, .. } =
            Submitted::sample("token", &[("server", server)], &[("token", token)]);
        let written = write(&Opened { credential_type: &TYPE, variant, plain, secret }).ok().unwrap();
        let text = std::str::from_utf8(written.expose()).unwrap();
        let found = kubeconfig::secrets(text);
        assert_eq!(found.first().map(|found| found.expose().as_slice()), Some(token.as_bytes()), "{text}");
        assert_eq!(
            kubeconfig::read(text, now()).ok().map(|facts| facts.server).as_deref(),
            Some(server),
            "{text}"
        );
    }

    #[test]
    fn the_parts_are_checked_one_by_one() {
        let pem = include_str!("samples/certificate.pem");
        let key = include_str!("samples/key.pem");
        let server = ("server", "https://a.example");
        let token = ("token", "t");
        let pair = ("client_certificate", pem);
        for (variant, plain, secret, wanted) in [
            ("token", &[server][..], token, &[][..]),
            ("token", &[("server", "https://127.0.0.1:6443")], token, &["unusual-server-loopback"]),
            ("token", &[("server", "http://a.example")], token, &["check-server"]),
            ("token", &[("server", "a.example:6443")], token, &["check-server"]),
            ("token", &[server, ("namespace", "Web")], token, &["check-namespace"]),
            ("token", &[server, ("namespace", "-web")], token, &["check-namespace"]),
            ("token", &[server, ("certificate_authority", "hello")], token, &["check-authority"]),
            ("token", &[server, ("certificate_authority", key)], token, &["check-authority"]),
            ("token", &[server, ("certificate_authority", pem)], token, &[]),
            ("token", &[server], ("token", "two words"), &["check-bearer"]),
            ("certificate", &[server, pair], ("client_key", key), &[]),
            ("certificate", &[server, pair], ("client_key", pem), &["check-private-key"]),
            ("certificate", &[server, pair], ("client_key", "hello"), &["check-private-key"]),
            (
                "certificate",
                &[server, ("client_certificate", "x")],
                ("client_key", key),
                &["check-certificate"],
            ),
            (
                "certificate",
                &[server, ("client_certificate", include_str!("samples/authority.pem"))],
                ("client_key", key),
                &["check-private-key-of-another"],
            ),
        ] {
            let said: Vec<_> = match checked(Submitted::sample(variant, plain, &[secret])) {
                Ok(content) => content.warnings.iter().map(|warning| warning.message).collect(),
                Err(errors) => errors.iter().map(|error| error.message).collect(),
            };
            assert_eq!(said, wanted, "{plain:?}");
        }
    }

    #[test]
    fn the_line_of_a_mistake_is_told() {
        let submitted = Submitted::sample("kubeconfig", &[], &[("kubeconfig", "apiVersion: v1\na: b: c\n")]);
        let errors = checked(submitted).err().unwrap();
        assert_eq!(
            (errors[0].message, &errors[0].args),
            ("check-yaml-at-line", &vec![("line", "2".to_owned())])
        );
    }

    #[test]
    fn a_kept_kubeconfig_keeps_its_facts_and_expiry() {
        let plain = BTreeMap::from([("server".to_owned(), "https://a.example".to_owned())]);
        let at = "2027-11-23T00:00:00Z".parse().ok();
        let kept = Kept { secret: &["kubeconfig"], plain: &plain, content_expires_at: at };
        let content = TYPE
            .check(Submitted::sample("kubeconfig", &[], &[]), &kept, Surroundings::at(now()))
            .ok()
            .unwrap();
        assert_eq!((content.plain, content.content_expires_at), (plain, at));
    }
}
