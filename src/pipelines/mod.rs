//! How a pipeline proves who it is: access keys, tokens of trusted issuers, and the [`Caller`] that they prove.
//!
//! Used by the pages under "Access" and by the resolve line; knows nothing of credentials. Only `tasks`, the forms of
//! steps, name some by their tokens.

mod bounds;
mod caller;
mod change;
pub(crate) mod forms;
pub mod issuers;
mod key;
mod key_state;
pub(crate) mod pages;
mod pattern;
mod store;
pub mod tasks;

use std::net::IpAddr;

use jiff::Timestamp;

use crate::audit::{Actor, Object};
use crate::db::{Conn, StoreError};
use crate::ids::{AccessKeyId, EnterpriseId, MemberId, ProjectId, ProvisioningKeyId, RepositoryId};
use crate::permission::{self, Acting, Viewer, may_manage_access};
use crate::seal;

pub use crate::directory::Place;
pub use bounds::{BadList, MOST as MOST_LISTED, Sources, Tokens};
pub use caller::{Caller, CallerId, Identity, Proof, ProvedKey, Run};
pub use change::{AccessError, KeyFacts, NewAccessKey, Overlap, create, edit, end_old, revoke, rotate};
pub use key::{Family, NewKey, Presented, public_part};
pub use key_state::KeyState;
pub use pattern::fits;
pub use store::{count, ending, find, list, made_by, program_names, secrets_of};

/// Whose pipelines an access key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// Every pipeline of a project.
    Project(ProjectId),
    /// The pipelines of one repository, in its project.
    Repository(RepositoryId, ProjectId),
}

impl Binding {
    /// The project, in either case.
    pub fn project(&self) -> &ProjectId {
        match self {
            Self::Project(project) | Self::Repository(_, project) => project,
        }
    }

    /// The repository, if it is bound to one.
    pub fn repository(&self) -> Option<&RepositoryId> {
        match self {
            Self::Project(_) => None,
            Self::Repository(repository, _) => Some(repository),
        }
    }
}

/// An access key, without its secrets.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// Its id inside.
    pub id: AccessKeyId,
    /// Its owner.
    pub enterprise: EnterpriseId,
    /// The part of its text that is not secret.
    pub public_id: String,
    /// What people call it.
    pub name: String,
    /// Whose pipelines it stands for.
    pub binding: Binding,
    /// From where it works.
    pub sources: Sources,
    /// What it may ask for.
    pub tokens: Tokens,
    /// When it ends, if somebody said so.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Maker,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, and from where.
    pub last_use: Option<LastUse>,
}

/// The last time that somebody came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// When, to the minute.
    pub at: Timestamp,
    /// From which address, if that is known.
    pub address: Option<String>,
}

/// Who made a key, or a secret of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// The member; where a program did it, the one who made the program's provisioning key, and so could have.
    pub member: MemberId,
    /// The provisioning key that a program did it with.
    pub program: Option<ProvisioningKeyId>,
}

impl Maker {
    /// Whoever acts.
    fn of(acting: &Acting) -> Self {
        match &acting.proof {
            permission::Proof::SignIn => Self { member: acting.viewer.member.clone(), program: None },
            permission::Proof::Key(key) => {
                Self { member: key.made_by.clone(), program: Some(key.id.clone()) }
            }
        }
    }
}

/// One of the secrets that a key has or had, without the secret. The newest is the current one; while the one before
/// it has not ended, both work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySecret {
    /// Its number, from 1.
    pub number: i32,
    /// Who made it, and saw it.
    pub made_by: Maker,
    /// Since when it works.
    pub since: Timestamp,
    /// When it ends or ended; the current one ends with the key.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl KeySecret {
    /// A new one.
    fn new(number: i32, acting: &Acting) -> Self {
        let made_by = Maker::of(acting);
        Self { number, made_by, since: acting.now, ends_at: None, last_used_at: None }
    }
}

impl AccessKey {
    /// As an audit record names it.
    pub fn object(&self) -> Object {
        Object { object_type: "access_key", id: self.id.to_string(), name: self.name.clone() }
    }

    /// How it stands.
    pub fn state(&self, now: Timestamp) -> KeyState {
        KeyState::of(self.revoked_at, self.expires_at, now)
    }
}

/// Why somebody with a key is nobody. All of them get the same answer; the audit record says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproved {
    /// No `Authorization: Bearer` at all.
    Missing,
    /// Not an access key.
    Malformed,
    /// No such key, or another secret.
    Unknown,
    /// Taken back.
    Revoked,
    /// Over.
    Expired,
    /// The secret before the present one, and its time is over.
    Replaced,
    /// Not from this address.
    Elsewhere,
    /// Its answers are to be sealed to another key than its signed token names, or not at all.
    OtherKey,
}

impl Unproved {
    /// The reason in the audit record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Elsewhere => "address",
            Self::OtherKey => "sealing_key",
        }
    }

    /// Whether they have the right secret all the same, so that it is known whose key it is.
    pub fn knows_the_secret(self) -> bool {
        match self {
            Self::Missing | Self::Malformed | Self::Unknown => false,
            Self::Revoked | Self::Expired | Self::Replaced | Self::Elsewhere | Self::OtherKey => true,
        }
    }
}

/// What is stored of a key that was presented, to be judged at any time.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The key.
    pub key: AccessKey,
    /// Its secrets with the hashes to compare with, the newest first.
    pub secrets: Vec<(KeySecret, Vec<u8>)>,
}

/// As many secrets of a key as are kept.
const SECRETS: usize = 2;

/// Judges a presented key that came from there. Comparing is done first and in constant time, with as many secrets
/// whatever there is, so that time says nothing about a key whose secret one does not have.
pub fn prove(
    presented: &Presented,
    stored: Option<&Stored>,
    (from, now): (Option<IpAddr>, Timestamp),
) -> Result<Caller, Unproved> {
    let mut found = None;
    for slot in 0..SECRETS {
        let known = stored.and_then(|stored| Some((stored, stored.secrets.get(slot)?)));
        let hash = known.map_or([0_u8; 32].as_slice(), |(_, (_, hash))| hash.as_slice());
        if seal::same(hash, &presented.secret_hash) {
            found = found.or(known);
        }
    }
    let (Stored { key, .. }, (secret, _)) = found.ok_or(Unproved::Unknown)?;
    key.state(now).holds()?;
    if secret.ends_at.is_some_and(|end| end <= now) {
        return Err(Unproved::Replaced);
    }
    if !key.sources.admits(from) {
        return Err(Unproved::Elsewhere);
    }
    Ok(Caller {
        proof: Proof::AccessKey(ProvedKey {
            id: key.id.clone(),
            secret: secret.number,
            tokens: key.tokens.clone(),
        }),
        name: key.name.clone(),
        enterprise: key.enterprise.clone(),
        binding: key.binding.clone(),
    })
}

/// What is stored of whatever pipelines resolve with.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// Of an access key.
    Key(Box<Stored>),
    /// Of a token that was given for a signed one.
    Token(Box<issuers::StoredToken>),
}

impl Evidence {
    /// In which enterprise.
    pub fn enterprise(&self) -> &EnterpriseId {
        match self {
            Self::Key(stored) => &stored.key.enterprise,
            Self::Token(stored) => &stored.caller.enterprise,
        }
    }

    /// The access key, or the trusted issuer, as an audit record names it.
    pub fn object(&self) -> Object {
        match self {
            Self::Key(stored) => stored.key.object(),
            Self::Token(stored) => stored.object.clone(),
        }
    }

    /// Whose it is, as an audit record names them.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Key(stored) => Actor::AccessKey(stored.key.id.to_string(), stored.key.name.clone()),
            Self::Token(stored) => stored.caller.actor(),
        }
    }

    /// Judges what was presented, which came from there. A look-up that found nothing costs as much.
    pub fn prove(
        presented: &Presented,
        stored: Option<&Self>,
        (from, now): (Option<IpAddr>, Timestamp),
    ) -> Result<Caller, Unproved> {
        match (presented.family, stored) {
            (Family::Exchanged, Some(Self::Token(stored))) => issuers::prove(presented, Some(stored), now),
            (Family::Exchanged, _) => issuers::prove(presented, None, now),
            (_, Some(Self::Key(stored))) => prove(presented, Some(stored), (from, now)),
            (_, _) => prove(presented, None, (from, now)),
        }
    }
}

/// What is stored of what was presented, of whatever enterprise and in whatever state.
pub fn find_presented(conn: &mut Conn, presented: &Presented) -> Result<Option<Evidence>, StoreError> {
    Ok(match presented.family {
        Family::Access => store::presented(conn, &presented.public_id)?.map(|it| Evidence::Key(Box::new(it))),
        Family::Exchanged => {
            issuers::exchanged(conn, &presented.public_id)?.map(|it| Evidence::Token(Box::new(it)))
        }
        Family::Provisioning | Family::Calendar => None,
    })
}

/// Which keys a list shows.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// Words in the name or the public part.
    pub search: Option<String>,
    /// Of this project and its repositories, or of this repository alone.
    pub place: Option<Place>,
    /// In this state; those that end soon are active as well.
    pub state: Option<KeyState>,
    /// Behind this name and id.
    pub after: Option<(String, String)>,
    /// How many.
    pub size: i64,
}

/// Whether `viewer` sees this key in the list.
pub fn sees(viewer: &Viewer, key: &AccessKey) -> bool {
    viewer.sees_everything() || may_manage_access(viewer, key.binding.project(), key.binding.repository())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Random;

    fn secret_of(caller: Caller) -> i32 {
        match caller.proof {
            Proof::AccessKey(key) => key.secret,
            Proof::Identity(_) => 0,
        }
    }

    struct Table {
        random: Random,
        now: Timestamp,
        earlier: Timestamp,
        made: [NewKey; 2],
    }

    impl Table {
        fn new() -> Self {
            let random = Random::system();
            let made = [NewKey::generate(&random), NewKey::generate(&random)];
            let at = |second| Timestamp::from_second(second).unwrap();
            Self { random, now: at(1_800_000_000), earlier: at(1_700_000_000), made }
        }

        /// A key with one secret, and what is changed about it.
        fn stored(&self, change: impl FnOnce(&mut Stored)) -> Stored {
            let (now, random) = (self.now, &self.random);
            let member = MemberId::new(now, random);
            let mut stored = Stored {
                key: AccessKey {
                    id: AccessKeyId::new(now, random),
                    enterprise: EnterpriseId::new(now, random),
                    public_id: self.made[0].public_id.clone(),
                    name: "build".into(),
                    binding: Binding::Project(ProjectId::new(now, random)),
                    sources: Sources::Anywhere,
                    tokens: Tokens::All,
                    expires_at: None,
                    revoked_at: None,
                    created_by: Maker { member, program: None },
                    created_at: self.earlier,
                    last_use: None,
                },
                secrets: vec![(self.secret(2, None), self.made[0].secret_hash.to_vec())],
            };
            change(&mut stored);
            stored
        }

        fn secret(&self, number: i32, ends_at: Option<Timestamp>) -> KeySecret {
            let made_by = Maker { member: MemberId::new(self.now, &self.random), program: None };
            KeySecret { number, made_by, since: self.earlier, ends_at, last_used_at: None }
        }

        fn presented(&self, at: usize) -> Presented {
            let made = &self.made[at];
            Presented {
                family: Family::Access,
                public_id: made.public_id.clone(),
                secret_hash: made.secret_hash,
            }
        }
    }

    #[test]
    fn a_key_is_judged_by_secret_then_state_then_time_then_place() {
        let table = Table::new();
        let (now, earlier) = (table.now, table.earlier);
        let (right, wrong) = (table.presented(0), table.presented(1));
        let judge = |presented: &Presented, stored: Option<&Stored>, at: Timestamp| {
            prove(presented, stored, ("192.0.2.7".parse().ok(), at)).map(secret_of)
        };
        let revoked = table.stored(|stored| stored.key.revoked_at = Some(earlier));
        let expired = table.stored(|stored| stored.key.expires_at = Some(now));
        assert_eq!(judge(&right, Some(&table.stored(|_| ())), now), Ok(2));
        assert_eq!(judge(&right, None, now), Err(Unproved::Unknown));
        assert_eq!(judge(&wrong, Some(&revoked), now), Err(Unproved::Unknown));
        assert_eq!(judge(&right, Some(&revoked), now), Err(Unproved::Revoked));
        assert_eq!(judge(&right, Some(&expired), now), Err(Unproved::Expired));
        assert_eq!(judge(&right, Some(&expired), earlier), Ok(2));
        let none =
            Presented { family: Family::Access, public_id: right.public_id.clone(), secret_hash: [0; 32] };
        assert_eq!(
            judge(&none, Some(&table.stored(|_| ())), now),
            Err(Unproved::Unknown),
            "no secret is no secret"
        );
        assert_eq!(judge(&none, None, now), Err(Unproved::Unknown));
    }

    #[test]
    fn the_secret_before_works_until_its_time_is_over() {
        let table = Table::new();
        let (now, earlier) = (table.now, table.earlier);
        let rotated = table.stored(|stored| {
            stored.secrets.push((table.secret(1, Some(now)), table.made[1].secret_hash.to_vec()));
        });
        for (slot, at, expected) in
            [(0, now, Ok(2)), (0, earlier, Ok(2)), (1, earlier, Ok(1)), (1, now, Err(Unproved::Replaced))]
        {
            let judged = prove(&table.presented(slot), Some(&rotated), (None, at));
            assert_eq!(judged.map(secret_of), expected, "{slot} {at}");
        }
    }

    #[test]
    fn a_key_with_ranges_works_from_nowhere_else() {
        let table = Table::new();
        let bound =
            table.stored(|stored| stored.key.sources = Sources::these("10.0.0.0/8 2001:db8::/32").unwrap());
        for (from, expected) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("2001:db8::1", true),
            ("192.0.2.7", false),
            ("nowhere", false),
        ] {
            let judged = prove(&table.presented(0), Some(&bound), (from.parse().ok(), table.now));
            assert_eq!(judged.err(), (!expected).then_some(Unproved::Elsewhere), "{from}");
        }
    }
}
