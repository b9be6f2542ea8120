//! Known answers, and every wrong way to ask for them.
//!
//! `tests/data/sealed/v1.json` was written once and is never written again: what it holds must open for ever. Each
//! test runs on it and on a document of the same shape that this code makes afresh, so that sealing is held to
//! the same rules as what was sealed. The keys in it protect nothing else.

mod envelopes;
mod signatures;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::keys::{SealingSecret, SigningSecret, Signs};
use super::*;
use crate::secret::Secret;

const V1: &str = include_str!("../../../tests/data/sealed/v1.json");

#[derive(Serialize, Deserialize)]
struct Document {
    console_keys: String,
    resolver_keys: String,
    versions: Vec<Version>,
    checkpoint: Checkpoint,
    /// `Sealer::derive("vectors")`
    derived: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Version {
    enterprise: String,
    credential: String,
    credential_type: String,
    number: i32,
    variant: String,
    plain: BTreeMap<String, String>,
    fields: BTreeMap<String, Field>,
    manifest_digest: String,
    signing_key_id: String,
    signature: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Field {
    value: String,
    sealing_key_id: String,
    envelope: String,
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    bytes: String,
    audit_key_id: String,
    signature: String,
}

impl Document {
    fn fixed() -> Self {
        serde_json::from_str(V1).unwrap()
    }

    /// How the fixed one was made: one version before a rotation of keys, one after.
    fn fresh() -> Self {
        let random = Random::system();
        let (mut console, mut resolver) = KeyPairFiles::generate(&random);
        let kubeconfig = "apiVersion: v1\nkind: Config\nclusters: []\n".repeat(40);
        let first = Version::made(
            &console,
            ("enterprise-1", "credential-1", "kubernetes", 1, ""),
            &[("cluster", "prod"), ("命名空间", "默认")],
            &[("kubeconfig", kubeconfig.as_bytes()), ("passphrase", b"")],
        );
        KeyPairFiles::renew(&mut console, &mut resolver, &random).unwrap();
        let second = Version::made(
            &console,
            ("enterprise-2", "credential-2", "generic", 7, "basic"),
            &[],
            &[("password", "密码 hunter2".as_bytes()), ("username", &[0, 255, 10, 13])],
        );
        let bytes = b"chain node-1, record 1000";
        let signature = console.audit_signer().sign(bytes);
        Self {
            console_keys: console.to_text().expose().clone(),
            resolver_keys: resolver.to_text().expose().clone(),
            versions: vec![first, second],
            checkpoint: Checkpoint {
                bytes: BASE64.encode(bytes),
                audit_key_id: signature.key_id.to_string(),
                signature: BASE64.encode(signature.bytes),
            },
            derived: BASE64.encode(console.sealer().derive("vectors").expose()),
        }
    }

    fn both() -> [Self; 2] {
        [Self::fixed(), Self::fresh()]
    }

    fn console(&self) -> ConsoleKeys {
        ConsoleKeys::from_text("v1", &Secret::new(self.console_keys.clone())).unwrap()
    }

    fn resolver(&self) -> ResolverKeys {
        ResolverKeys::from_text("v1", &Secret::new(self.resolver_keys.clone())).unwrap()
    }

    fn sealer(&self) -> Sealer {
        self.console().sealer()
    }

    fn opener(&self) -> Opener {
        self.resolver().opener()
    }
}

impl Version {
    fn made(
        console: &ConsoleKeys,
        (enterprise, credential, credential_type, number, variant): (&str, &str, &str, i32, &str),
        plain: &[(&str, &str)],
        values: &[(&str, &[u8])],
    ) -> Self {
        let (random, sealer) = (Random::system(), console.sealer());
        let seal = |(field, value): &(&str, &[u8])| {
            let context = Context { enterprise, credential, credential_type, field };
            let sealed = sealer.seal(&random, &context, &Secret::new(value.to_vec()));
            let field = Field {
                value: BASE64.encode(value),
                sealing_key_id: sealed.key_id.to_string(),
                envelope: BASE64.encode(sealed.envelope),
                fingerprint: BASE64.encode(sealed.fingerprint),
            };
            (context.field.to_owned(), field)
        };
        let mut version = Self {
            enterprise: enterprise.into(),
            credential: credential.into(),
            credential_type: credential_type.into(),
            number,
            variant: variant.into(),
            plain: plain.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            fields: values.iter().map(seal).collect(),
            manifest_digest: String::new(),
            signing_key_id: String::new(),
            signature: String::new(),
        };
        let (digest, signature) =
            version.with_manifest(|manifest| (manifest.digest(), sealer.sign(manifest)));
        version.manifest_digest = BASE64.encode(digest);
        version.signing_key_id = signature.key_id.to_string();
        version.signature = BASE64.encode(signature.bytes);
        version
    }

    fn with_manifest<T>(&self, ask: impl FnOnce(&Manifest<'_>) -> T) -> T {
        let envelopes =
            self.fields.iter().map(|(field, sealed)| (field.clone(), bytes(&sealed.envelope))).collect();
        ask(&Manifest {
            enterprise: &self.enterprise,
            credential: &self.credential,
            credential_type: &self.credential_type,
            number: self.number,
            variant: &self.variant,
            plain: &self.plain,
            envelopes: &envelopes,
        })
    }

    fn context<'a>(&'a self, field: &'a str) -> Context<'a> {
        let Self { enterprise, credential, credential_type, .. } = self;
        Context { enterprise, credential, credential_type, field }
    }

    fn signature(&self) -> Signature {
        Signature { key_id: KeyId::parse(&self.signing_key_id).unwrap(), bytes: bytes(&self.signature) }
    }
}

fn bytes(base64: &str) -> Vec<u8> {
    BASE64.decode(base64).unwrap()
}

#[test]
fn what_was_sealed_is_checked_opened_and_recognised() {
    for document in Document::both() {
        let (opener, sealer) = (document.opener(), document.sealer());
        for version in &document.versions {
            version.with_manifest(|manifest| {
                assert_eq!(opener.check(manifest, &version.signature()), Ok(()));
                assert_eq!(sealer.check(manifest, &version.signature()), Ok(()));
                assert_eq!(manifest.digest().as_slice(), bytes(&version.manifest_digest));
            });
            for (field, sealed) in &version.fields {
                let opened = opener.open(&version.context(field), &bytes(&sealed.envelope)).unwrap();
                assert_eq!(opened.expose(), &bytes(&sealed.value));
                assert_eq!(
                    sealer.fingerprint(&version.enterprise, &opened).as_slice(),
                    bytes(&sealed.fingerprint)
                );
            }
        }
        assert_eq!(sealer.derive("vectors").expose().as_slice(), bytes(&document.derived));
        // Signing is deterministic, so the newer version's signature is made again to the byte.
        let newest = document.versions.last().unwrap();
        assert_eq!(newest.with_manifest(|manifest| sealer.sign(manifest)), newest.signature());
    }
}

#[test]
fn the_fixed_document_covers_a_current_and_a_retired_key() {
    let document = Document::fixed();
    let lines = document.resolver().list();
    for (version, state) in document.versions.iter().zip([State::Retired, State::Current]) {
        let mut ids: Vec<&str> = version.fields.values().map(|field| field.sealing_key_id.as_str()).collect();
        ids.push(&version.signing_key_id);
        for id in ids {
            assert!(lines.iter().any(|line| line.id.to_string() == id && line.state == state), "{id}");
        }
    }
}

#[test]
fn nothing_a_resolver_holds_signs_a_version_and_nothing_a_console_holds_opens() {
    // Each side's 32-byte secrets, tried as the key that the other side alone should have.
    for document in Document::both() {
        let secrets = |text: &str| -> Vec<Secret<[u8; 32]>> {
            let quoted = text.split('"').filter_map(|part| BASE64.decode(part).ok()?.try_into().ok());
            quoted.map(Secret::new).collect()
        };
        let ids = document.opener();
        let console = secrets(&document.console_keys);
        assert!(console.len() >= 6);
        for secret in &console {
            assert!(!ids.key_ids().contains(&SealingSecret::from_bytes(secret).half.id));
        }
        let resolver = secrets(&document.resolver_keys);
        assert!(resolver.len() >= 6);
        for secret in &resolver {
            let id = SigningSecret::from_bytes(Signs::Manifests, secret).half.id;
            assert!(!ids.signer_ids().contains(&id));
        }
        assert!(ids.signer_ids().contains(&document.console().signing.current.half.id));
    }
}

#[test]
fn equal_values_of_two_enterprises_or_under_two_keys_have_different_fingerprints() {
    let [one, two] = Document::both().map(|document| document.sealer());
    let value = Secret::new(b"hunter2".to_vec());
    assert_eq!(one.fingerprint("a", &value), one.fingerprint("a", &value));
    assert_ne!(one.fingerprint("a", &value), one.fingerprint("b", &value));
    assert_ne!(one.fingerprint("a", &value), two.fingerprint("a", &value));
    assert_ne!(one.fingerprint("a", &value), one.fingerprint("ah", &Secret::new(b"unter2".to_vec())));
    assert_ne!(one.derive("cookies").expose(), one.derive("others").expose());
    assert_ne!(one.derive("cookies").expose(), two.derive("cookies").expose());
}
