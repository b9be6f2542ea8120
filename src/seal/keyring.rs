//! Which keys each side holds, and how they are renewed. Knows keys, not files.
//!
//! | | console | resolver |
//! |---|---|---|
//! | sealing (X25519) | public | **secret**, retired ones too |
//! | signing of manifests (Ed25519) | **secret** | public |
//! | signing of audit checkpoints (Ed25519) | secret | secret |
//! | fingerprint | secret | - |
//!
//! Retired keys still open and still verify; nothing new is made with them. Of a retired signing key only the
//! public half is kept anywhere.

use std::fmt;

use super::keys::{KeyId, SealingPublic, SealingSecret, SigningPublic, SigningSecret, Signs};
use super::opener::Opener;
use super::random::Random;
use super::sealer::Sealer;
use super::signature::{AuditSigner, AuditVerifier, ManifestSigners};
use crate::secret::Secret;

/// The key in use and the ones before it, newest first.
pub(super) struct Ring<C, R> {
    pub(super) current: C,
    pub(super) retired: Vec<R>,
}

/// What a console holds: enough to seal and to sign, nothing that opens.
pub struct ConsoleKeys {
    pub(super) fingerprint: Secret<[u8; 32]>,
    pub(super) sealing: Ring<SealingPublic, SealingPublic>,
    pub(super) signing: Ring<SigningSecret, SigningPublic>,
    pub(super) audit: Ring<SigningSecret, SigningPublic>,
}

/// What a resolver holds: enough to check and to open, nothing that makes a version.
pub struct ResolverKeys {
    pub(super) sealing: Ring<SealingSecret, SealingSecret>,
    pub(super) signing: Ring<SigningPublic, SigningPublic>,
    pub(super) audit: Ring<SigningSecret, SigningPublic>,
}

/// What a key pair is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Secret fields are sealed for it.
    Sealing,
    /// Versions are signed with it.
    Signing,
    /// Audit checkpoints are signed with it.
    Audit,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sealing => "sealing",
            Self::Signing => "signing",
            Self::Audit => "audit",
        })
    }
}

/// Whether new things are made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In use.
    Current,
    /// Kept for what was made with it before.
    Retired,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Current => "current",
            Self::Retired => "retired",
        })
    }
}

/// What may be shown of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it is in use.
    pub state: State,
}

/// The keys that a rotation took out of use and into use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The sealing key that versions should be moved away from.
    pub sealing_before: KeyId,
    /// The sealing key that new envelopes are for.
    pub sealing: KeyId,
    /// The key that new versions are signed with.
    pub signing: KeyId,
}

/// The resolver could not read what the console makes: their keys were not made together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resolver keys do not have the console's {0} key {1}")]
pub struct NotAPair(pub Purpose, pub KeyId);

impl ConsoleKeys {
    /// What the console works with.
    pub fn sealer(&self) -> Sealer {
        let signers = std::iter::once(&self.signing.current.half).chain(&self.signing.retired);
        Sealer {
            sealing: self.sealing.current.clone(),
            signing: self.signing.current.clone(),
            signers: ManifestSigners::new(signers.cloned().collect()),
            fingerprint: Secret::new(*self.fingerprint.expose()),
            audit: self.audit.current.clone(),
        }
    }

    /// What signs checkpoints of this node's audit chain.
    pub fn audit_signer(&self) -> AuditSigner {
        AuditSigner::new(self.audit.current.clone())
    }

    /// What verifies checkpoints of any node's audit chain.
    pub fn audit_verifier(&self) -> AuditVerifier {
        AuditVerifier::new(&self.audit)
    }

    /// The keys, without the keys.
    pub fn list(&self) -> Vec<KeyLine> {
        let mut lines = listed(Purpose::Sealing, &self.sealing, |key| key.id, |key| key.id);
        lines.extend(listed(Purpose::Signing, &self.signing, |key| key.half.id, |key| key.id));
        lines.extend(listed(Purpose::Audit, &self.audit, |key| key.half.id, |key| key.id));
        lines
    }

    /// Forgets the named keys where they are retired; a current key stays. Returns whether any was forgotten.
    pub fn drop_retired(&mut self, ids: &[KeyId]) -> bool {
        let before = self.list().len();
        self.sealing.retired.retain(|key| !ids.contains(&key.id));
        self.signing.retired.retain(|key| !ids.contains(&key.id));
        self.audit.retired.retain(|key| !ids.contains(&key.id));
        self.list().len() < before
    }

    /// Whether a resolver with those keys can read what a console with these makes.
    pub fn pairs_with(&self, resolver: &ResolverKeys) -> Result<(), NotAPair> {
        let theirs = resolver.list();
        let ours = self.list();
        let current = ours.iter().filter(|key| key.state == State::Current);
        for key in current {
            if !theirs.iter().any(|their| (their.id, their.purpose) == (key.id, key.purpose)) {
                return Err(NotAPair(key.purpose, key.id));
            }
        }
        Ok(())
    }
}

impl ResolverKeys {
    /// What the resolver works with.
    pub fn opener(&self) -> Opener {
        let sealing = std::iter::once(&self.sealing.current).chain(&self.sealing.retired);
        let signers = std::iter::once(&self.signing.current).chain(&self.signing.retired);
        Opener {
            sealing: sealing.cloned().collect(),
            signers: ManifestSigners::new(signers.cloned().collect()),
            audit: self.audit.current.clone(),
        }
    }

    /// What signs checkpoints of this node's audit chain.
    pub fn audit_signer(&self) -> AuditSigner {
        AuditSigner::new(self.audit.current.clone())
    }

    /// What verifies checkpoints of any node's audit chain.
    pub fn audit_verifier(&self) -> AuditVerifier {
        AuditVerifier::new(&self.audit)
    }

    /// The keys, without the keys.
    pub fn list(&self) -> Vec<KeyLine> {
        let mut lines = listed(Purpose::Sealing, &self.sealing, |key| key.half.id, |key| key.half.id);
        lines.extend(listed(Purpose::Signing, &self.signing, |key| key.id, |key| key.id));
        lines.extend(listed(Purpose::Audit, &self.audit, |key| key.half.id, |key| key.id));
        lines
    }

    /// Forgets the named keys where they are retired; a current key stays. What is still sealed for a forgotten
    /// key can never be opened again, so ask the database first. Returns whether any was forgotten.
    pub fn drop_retired(&mut self, ids: &[KeyId]) -> bool {
        let before = self.list().len();
        self.sealing.retired.retain(|key| !ids.contains(&key.half.id));
        self.signing.retired.retain(|key| !ids.contains(&key.id));
        self.audit.retired.retain(|key| !ids.contains(&key.id));
        self.list().len() < before
    }
}

/// A console's keys and the resolver's keys that go with them.
pub(super) fn generate(random: &Random) -> (ConsoleKeys, ResolverKeys) {
    let sealing = SealingSecret::generate(random);
    let signing = SigningSecret::generate(Signs::Manifests, random);
    let audit = SigningSecret::generate(Signs::Checkpoints, random);
    let console = ConsoleKeys {
        fingerprint: Secret::new(random.array()),
        sealing: Ring { current: sealing.half.clone(), retired: Vec::new() },
        signing: Ring { current: signing.clone(), retired: Vec::new() },
        audit: Ring { current: audit.clone(), retired: Vec::new() },
    };
    let resolver = ResolverKeys {
        sealing: Ring { current: sealing, retired: Vec::new() },
        signing: Ring { current: signing.half, retired: Vec::new() },
        audit: Ring { current: audit, retired: Vec::new() },
    };
    (console, resolver)
}

/// Renews every pair and retires the ones in use. The fingerprint key stays, or nothing would be recognised.
pub(super) fn rotate(
    console: &mut ConsoleKeys,
    resolver: &mut ResolverKeys,
    random: &Random,
) -> Result<Rotated, NotAPair> {
    console.pairs_with(resolver)?;
    let sealing = SealingSecret::generate(random);
    let signing = SigningSecret::generate(Signs::Manifests, random);
    let audit = SigningSecret::generate(Signs::Checkpoints, random);
    let rotated = Rotated {
        sealing_before: console.sealing.current.id,
        sealing: sealing.half.id,
        signing: signing.half.id,
    };

    let before = std::mem::replace(&mut console.sealing.current, sealing.half.clone());
    console.sealing.retired.insert(0, before);
    let before = std::mem::replace(&mut resolver.sealing.current, sealing);
    resolver.sealing.retired.insert(0, before);

    let before = std::mem::replace(&mut resolver.signing.current, signing.half.clone());
    resolver.signing.retired.insert(0, before);
    let before = std::mem::replace(&mut console.signing.current, signing);
    console.signing.retired.insert(0, before.half);

    let before = std::mem::replace(&mut resolver.audit.current, audit.clone());
    resolver.audit.retired.insert(0, before.half);
    let before = std::mem::replace(&mut console.audit.current, audit);
    console.audit.retired.insert(0, before.half);
    // A rotation that was cut off between the two files leaves a resolver whose audit key the console has
    // never seen; checkpoints may be signed with it, so both sides learn what the other knows.
    learn(&mut console.audit.retired, &resolver.audit.retired);
    learn(&mut resolver.audit.retired, &console.audit.retired);
    Ok(rotated)
}

fn learn(known: &mut Vec<SigningPublic>, others: &[SigningPublic]) {
    for other in others {
        if !known.iter().any(|key| key.id == other.id) {
            known.push(other.clone());
        }
    }
}

fn listed<C, R>(
    purpose: Purpose,
    ring: &Ring<C, R>,
    current: impl Fn(&C) -> KeyId,
    retired: impl Fn(&R) -> KeyId,
) -> Vec<KeyLine> {
    let first = KeyLine { id: current(&ring.current), purpose, state: State::Current };
    let rest = ring.retired.iter().map(|key| KeyLine { id: retired(key), purpose, state: State::Retired });
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Context;

    const PLACE: Context<'static> =
        Context { enterprise: "e", credential: "c", credential_type: "generic", field: "password" };

    fn sealed(console: &ConsoleKeys) -> Vec<u8> {
        console.sealer().seal(&Random::system(), &PLACE, &Secret::new(b"value".to_vec())).envelope
    }

    #[test]
    fn a_rotation_makes_new_keys_and_keeps_what_was_made_readable() {
        let random = Random::system();
        let (mut console, mut resolver) = generate(&random);
        let mut envelopes = vec![sealed(&console)];
        let mut checkpoints = vec![resolver.audit_signer().sign(b"checkpoint")];
        let fingerprint = console.sealer().fingerprint("e", &Secret::new(b"value".to_vec()));
        for times in 1..=3 {
            let before = console.list();
            let rotated = rotate(&mut console, &mut resolver, &random).unwrap();
            assert_eq!(rotated.sealing_before, before[0].id);
            assert_eq!(rotated.sealing, console.sealer().sealing_key_id());
            assert_eq!(rotated.signing, console.sealer().signing_key_id());
            envelopes.push(sealed(&console));
            checkpoints.push(console.audit_signer().sign(b"checkpoint"));
            assert_eq!(console.list(), resolver.list());
            for purpose in [Purpose::Sealing, Purpose::Signing, Purpose::Audit] {
                let states: Vec<State> =
                    console.list().iter().filter(|key| key.purpose == purpose).map(|key| key.state).collect();
                assert_eq!(states[0], State::Current);
                assert_eq!(states[1..], vec![State::Retired; times]);
            }
            for old in before {
                assert!(!console.list().iter().any(|key| key.id == old.id && key.state == State::Current));
            }
        }
        let opener = resolver.opener();
        assert!(envelopes.iter().all(|envelope| opener.open(&PLACE, envelope).is_ok()));
        for verifier in [console.audit_verifier(), resolver.audit_verifier()] {
            assert!(checkpoints.iter().all(|signature| verifier.verify(signature, b"checkpoint")));
        }
        assert_eq!(console.sealer().fingerprint("e", &Secret::new(b"value".to_vec())), fingerprint);
    }

    #[test]
    fn keys_that_were_not_made_together_are_told_apart() {
        let random = Random::system();
        let (mut console, _) = generate(&random);
        let (_, mut resolver) = generate(&random);
        let error = console.pairs_with(&resolver).unwrap_err();
        assert_eq!(error, NotAPair(Purpose::Sealing, console.sealing.current.id));
        let before = (console.list(), resolver.list());
        assert_eq!(rotate(&mut console, &mut resolver, &random), Err(error));
        assert_eq!((console.list(), resolver.list()), before);
    }

    #[test]
    fn a_rotation_that_reached_the_resolver_only_is_made_good_by_the_next() {
        let random = Random::system();
        let (mut console, mut resolver) = generate(&random);
        let text = console.to_text();
        rotate(&mut console, &mut resolver, &random).unwrap();
        let stray = resolver.audit_signer().sign(b"checkpoint");
        let mut console = ConsoleKeys::from_text("c", &text).unwrap();
        let envelope = sealed(&console);
        assert!(resolver.opener().open(&PLACE, &envelope).is_ok());
        assert!(!console.audit_verifier().verify(&stray, b"checkpoint"));

        rotate(&mut console, &mut resolver, &random).unwrap();
        assert!(resolver.opener().open(&PLACE, &envelope).is_ok());
        assert!(resolver.opener().open(&PLACE, &sealed(&console)).is_ok());
        for verifier in [console.audit_verifier(), resolver.audit_verifier()] {
            assert!(verifier.verify(&stray, b"checkpoint"));
        }
        assert!(console.pairs_with(&resolver).is_ok());
    }

    #[test]
    fn only_retired_keys_are_forgotten() {
        let random = Random::system();
        let (mut console, mut resolver) = generate(&random);
        let old = sealed(&console);
        rotate(&mut console, &mut resolver, &random).unwrap();
        let all = console.list();
        let ids: Vec<KeyId> = all.iter().map(|key| key.id).collect();
        assert!(!resolver.drop_retired(&[]));
        assert!(resolver.drop_retired(&ids));
        assert!(console.drop_retired(&ids));
        let current: Vec<KeyLine> = all.into_iter().filter(|key| key.state == State::Current).collect();
        assert_eq!(resolver.list(), current);
        assert_eq!(console.list(), current);
        assert!(!resolver.drop_retired(&ids));
        assert!(resolver.opener().open(&PLACE, &old).is_err());
        assert!(resolver.opener().open(&PLACE, &sealed(&console)).is_ok());
    }
}
