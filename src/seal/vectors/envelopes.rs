//! An envelope opens in its own place, whole, for its own key, and in no other case.

use super::*;

/// Why an envelope did not open; the value itself has no printable form.
fn refused(opener: &Opener, context: &Context<'_>, envelope: &[u8]) -> Unreadable {
    opener.open(context, envelope).err().expect("opened what it must not open")
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
