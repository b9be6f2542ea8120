//! Known answers, and every wrong way to ask for them.
//!
//! `tests/data/sealed/v1.json` was written once and is never written again: what it holds must open for ever. Each
//! test runs on it and on a document of the same shape that this code makes afresh, so that sealing is held to
//! the same rules as what was sealed. The keys in it protect nothing else.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::keys::{SealingSecret, SigningSecret, Signs};
use super::*;
use crate::secret::Secret;

const V1: &str = include_str!("../../tests/data/sealed/v1.json");

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

/// Why an envelope did not open; the value itself has no printable form.
fn refused(opener: &Opener, context: &Context<'_>, envelope: &[u8]) -> Unreadable {
    opener.open(context, envelope).err().expect("opened what it must not open")
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
fn an_envelope_opens_in_its_own_place_only() {
    for document in Document::both() {
        let opener = document.opener();
        for version in &document.versions {
            for (field, sealed) in &version.fields {
                let envelope = bytes(&sealed.envelope);
                let right = version.context(field);
                // The last two only move the border between two parts.
                let credential = format!("{}{}", version.credential, version.credential_type);
                let (shorter, last) = version.enterprise.split_at(version.enterprise.len() - 1);
                let moved = format!("{last}{}", version.credential);
                for wrong in [
                    Context { enterprise: "enterprise-9", ..right },
                    Context { credential: "credential-9", ..right },
                    Context { credential_type: "feishu", ..right },
                    Context { field: "another", ..right },
                    Context { field: "", ..right },
                    Context { credential: &credential, credential_type: "", ..right },
                    Context { enterprise: shorter, credential: &moved, ..right },
                ] {
                    let broken = Unreadable::Broken("the content was changed or belongs elsewhere");
                    assert_eq!(refused(&opener, &wrong, &envelope), broken, "{wrong:?}");
                }
            }
        }
    }
}

#[test]
fn envelopes_that_change_places_do_not_open() {
    for document in Document::both() {
        let opener = document.opener();
        let places: Vec<_> = document
            .versions
            .iter()
            .flat_map(|version| {
                version.fields.iter().map(move |(field, sealed)| (version.context(field), sealed))
            })
            .collect();
        for (at, (context, _)) in places.iter().enumerate() {
            for (from, (_, sealed)) in places.iter().enumerate() {
                assert_eq!(opener.open(context, &bytes(&sealed.envelope)).is_ok(), at == from);
            }
        }
    }
}

#[test]
fn an_envelope_with_any_bit_flipped_does_not_open() {
    for document in Document::both() {
        let opener = document.opener();
        for version in &document.versions {
            for (field, sealed) in &version.fields {
                let good = bytes(&sealed.envelope);
                // Every bit of what has a structure, then one bit of each byte.
                for bit in (0..good.len() * 8).filter(|bit| *bit < 140 * 8 || bit % 8 == bit / 8 % 8) {
                    let mut bad = good.clone();
                    bad[bit / 8] ^= 1 << (bit % 8);
                    let error = refused(&opener, &version.context(field), &bad);
                    match (bit / 8, error) {
                        (0..4, Unreadable::Broken("not an envelope of a known format"))
                        | (4..12, Unreadable::NotMine(_))
                        | (12..92, Unreadable::Broken("the data key does not open"))
                        | (92.., Unreadable::Broken("the content was changed or belongs elsewhere")) => {}
                        (byte, error) => panic!("byte {byte}: {error:?}"),
                    }
                }
            }
        }
    }
}

#[test]
fn an_envelope_that_is_cut_or_continued_does_not_open() {
    for document in Document::both() {
        let opener = document.opener();
        for version in &document.versions {
            for (field, sealed) in &version.fields {
                let context = version.context(field);
                let good = bytes(&sealed.envelope);
                for length in 0..good.len() {
                    assert!(matches!(refused(&opener, &context, &good[..length]), Unreadable::Broken(_)));
                }
                for tail in [&[0][..], b"VCH1", &good] {
                    assert!(matches!(
                        refused(&opener, &context, &[&good, tail].concat()),
                        Unreadable::Broken(_)
                    ));
                }
                assert!(matches!(refused(&opener, &context, &good[1..]), Unreadable::Broken(_)));
            }
        }
    }
}

#[test]
fn parts_of_two_envelopes_do_not_make_a_third() {
    let document = Document::fresh();
    let (opener, sealer, random) = (document.opener(), document.sealer(), Random::system());
    let context = document.versions[1].context("password");
    let [one, two] = ["one", "two"].map(|v| sealer.seal(&random, &context, &Secret::new(v.into())).envelope);
    for (from, to) in [(12, 92), (92, 116), (116, one.len()), (12, 116), (92, one.len())] {
        let mut mixed = one.clone();
        mixed[from..to].copy_from_slice(&two[from..to]);
        assert!(matches!(refused(&opener, &context, &mixed), Unreadable::Broken(_)), "{from}..{to}");
    }
}

#[test]
fn other_keys_say_not_mine_and_a_forged_id_says_broken() {
    for document in Document::both() {
        let mut stranger = Document::fresh().opener();
        let version = &document.versions[0];
        let (field, sealed) = version.fields.first_key_value().unwrap();
        let (context, envelope) = (version.context(field), bytes(&sealed.envelope));
        let id = KeyId::parse(&sealed.sealing_key_id).unwrap();
        assert_eq!(refused(&stranger, &context, &envelope), Unreadable::NotMine(id));
        stranger.sealing[0].half.id = id;
        assert_eq!(refused(&stranger, &context, &envelope), Unreadable::Broken("the data key does not open"));
    }
}

#[test]
fn sealing_the_same_twice_gives_different_envelopes_and_one_fingerprint() {
    let document = Document::fresh();
    let (sealer, random) = (document.sealer(), Random::system());
    let context = document.versions[0].context("kubeconfig");
    let [one, two] = [(); 2].map(|()| sealer.seal(&random, &context, &Secret::new(b"same".to_vec())));
    assert_eq!(one.fingerprint, two.fingerprint);
    assert_eq!(one.envelope.len(), 132 + 4);
    for (from, to) in [(12, 92), (92, 116), (116, 136)] {
        assert_ne!(one.envelope[from..to], two.envelope[from..to]);
    }
}

#[test]
fn a_version_that_was_changed_anywhere_does_not_match_its_signature() {
    type Change = fn(&mut Version);
    let changes: [(&str, Change); 18] = [
        ("enterprise", |v| v.enterprise = "enterprise-9".into()),
        ("credential", |v| v.credential = "credential-9".into()),
        ("type", |v| v.credential_type = "feishu".into()),
        ("number", |v| v.number += 1),
        ("number far away", |v| v.number += 1 << 24),
        ("variant", |v| v.variant.push('x')),
        ("border of two parts", |v| {
            let first = v.credential_type.remove(0);
            v.credential.push(first);
        }),
        ("plain value", |v| *v.plain.get_mut("cluster").unwrap() = "test".into()),
        ("plain field gone", |v| drop(v.plain.remove("cluster"))),
        ("plain field more", |v| drop(v.plain.insert("more".into(), String::new()))),
        ("plain field renamed", |v| {
            let value = v.plain.remove("cluster").unwrap();
            v.plain.insert("clusters".into(), value);
        }),
        ("border of name and value", |v| {
            let value = v.plain.remove("cluster").unwrap();
            v.plain.insert("clusterp".into(), value[1..].into());
        }),
        ("values swapped", |v| {
            let [a, b] = ["cluster", "命名空间"].map(|name| v.plain[name].clone());
            v.plain = [("cluster".into(), b), ("命名空间".into(), a)].into();
        }),
        ("plain field said to be sealed", |v| {
            let value = v.plain.remove("cluster").unwrap();
            let mut field = v.fields["passphrase"].clone();
            field.envelope = BASE64.encode(value);
            v.fields.insert("cluster".into(), field);
        }),
        ("envelope gone", |v| drop(v.fields.remove("passphrase"))),
        ("envelope more", |v| {
            let field = v.fields["passphrase"].clone();
            v.fields.insert("more".into(), field);
        }),
        ("envelopes swapped", |v| {
            let [a, b] = ["kubeconfig", "passphrase"].map(|name| v.fields[name].clone());
            v.fields = [("kubeconfig".into(), b), ("passphrase".into(), a)].into();
        }),
        ("last bit of an envelope", |v| {
            let mut envelope = bytes(&v.fields["kubeconfig"].envelope);
            *envelope.last_mut().unwrap() ^= 1;
            v.fields.get_mut("kubeconfig").unwrap().envelope = BASE64.encode(envelope);
        }),
    ];
    for document in Document::both() {
        let (opener, sealer) = (document.opener(), document.sealer());
        let good = &document.versions[0];
        for (what, change) in changes {
            let mut bad = good.clone();
            change(&mut bad);
            bad.with_manifest(|manifest| {
                let broken = Err(Unreadable::Broken("the version does not match its signature"));
                assert_eq!(opener.check(manifest, &good.signature()), broken, "{what}");
                assert_eq!(sealer.check(manifest, &good.signature()), broken, "{what}");
                assert_ne!(manifest.digest().as_slice(), bytes(&good.manifest_digest), "{what}");
            });
        }
    }
}

#[test]
fn a_version_without_an_envelope_of_its_own_takes_none_from_another_value() {
    // An older envelope of the same field opens in its place; that it is not this version's only the manifest says.
    let document = Document::fresh();
    let (opener, sealer, random) = (document.opener(), document.sealer(), Random::system());
    let mut version = document.versions[1].clone();
    let older = sealer.seal(&random, &version.context("password"), &Secret::new(b"older".to_vec()));
    assert!(opener.open(&version.context("password"), &older.envelope).is_ok());
    version.fields.get_mut("password").unwrap().envelope = BASE64.encode(older.envelope);
    version.with_manifest(|manifest| assert!(opener.check(manifest, &version.signature()).is_err()));
}

#[test]
fn a_signature_of_another_key_is_refused() {
    for document in Document::both() {
        let opener = document.opener();
        let version = &document.versions[0];
        let good = version.signature();
        version.with_manifest(|manifest| {
            let strange = Document::fresh().sealer().sign(manifest);
            assert_eq!(opener.check(manifest, &strange), Err(Unreadable::UnknownSigner(strange.key_id)));
            let broken = Err(Unreadable::Broken("the version does not match its signature"));
            assert_eq!(opener.check(manifest, &Signature { key_id: good.key_id, ..strange }), broken);
            // The audit key is on every resolver; it must not make a version, under its own id or another.
            let audit = document.resolver().audit_signer().sign(&manifest.to_bytes());
            assert_eq!(opener.check(manifest, &audit), Err(Unreadable::UnknownSigner(audit.key_id)));
            assert_eq!(opener.check(manifest, &Signature { key_id: good.key_id, ..audit }), broken);
            for bit in 0..512 {
                let mut bytes = good.bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(opener.check(manifest, &Signature { bytes, ..good.clone() }), broken, "{bit}");
            }
            for length in [0, 1, 63, 65] {
                let mut bytes = good.bytes.clone();
                bytes.resize(length, 0);
                assert_eq!(opener.check(manifest, &Signature { bytes, ..good.clone() }), broken, "{length}");
            }
        });
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

#[test]
fn both_sides_sign_checkpoints_that_both_sides_verify() {
    for document in Document::both() {
        let (console, resolver) = (document.console(), document.resolver());
        let Checkpoint { bytes: checkpoint, audit_key_id, signature } = &document.checkpoint;
        let checkpoint = bytes(checkpoint);
        let fixed = Signature { key_id: KeyId::parse(audit_key_id).unwrap(), bytes: bytes(signature) };
        for signer in [
            console.audit_signer(),
            resolver.audit_signer(),
            document.sealer().audit_signer(),
            document.opener().audit_signer(),
        ] {
            assert_eq!(signer.sign(&checkpoint), fixed);
            assert_eq!(signer.key_id(), fixed.key_id);
        }
        for verifier in [console.audit_verifier(), resolver.audit_verifier()] {
            assert!(verifier.verify(&fixed, &checkpoint));
            assert!(!verifier.verify(&fixed, b"another"));
            assert!(verifier.knows(fixed.key_id));
            let stranger = Document::fresh().console().audit_signer().sign(&checkpoint);
            assert!(!verifier.knows(stranger.key_id));
            assert!(!verifier.verify(&stranger, &checkpoint));
            assert!(!verifier.verify(&Signature { key_id: fixed.key_id, ..stranger }, &checkpoint));
        }
    }
}

#[test]
fn what_is_sealed_again_is_for_the_current_key_and_the_same_value() {
    let document = Document::fixed();
    let (opener, sealer, random) = (document.opener(), document.sealer(), Random::system());
    let version = &document.versions[0];
    for (field, sealed) in &version.fields {
        let context = version.context(field);
        let again = reseal(&opener, &sealer, &random, &context, &bytes(&sealed.envelope)).unwrap();
        assert_ne!(again.key_id.to_string(), sealed.sealing_key_id);
        assert_eq!(again.key_id, sealer.sealing_key_id());
        assert_eq!(again.fingerprint.as_slice(), bytes(&sealed.fingerprint));
        assert_eq!(opener.open(&context, &again.envelope).unwrap().expose(), &bytes(&sealed.value));
        let elsewhere = Context { credential: "credential-9", ..context };
        assert!(reseal(&opener, &sealer, &random, &elsewhere, &bytes(&sealed.envelope)).is_err());
    }
}
