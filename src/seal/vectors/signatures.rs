//! A version or a checkpoint is believed as it was signed, by a key that may sign it, and in no other case.

use super::*;

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
