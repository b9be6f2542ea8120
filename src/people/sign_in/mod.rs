//! A sign-in: the row that says who a browser is, read by every request.
//!
//! It is found by the hash of a secret that only the browser's session holds. It ends by sign-out, by its member or an
//! administrator from the list of sign-ins, by 30 minutes without a request, 12 hours after it began, or when the
//! member is disabled; no request, however slow, brings it back, because nothing ever writes `revoked_at` to null or
//! inserts a row but [`admit`].
//!
//! [`admit`] also decides who comes in: members of an enterprise, and the first administrator.

mod admit;
mod door;
mod end;
mod logout;
mod prepare;
mod store;
mod switch;

use jiff::{SignedDuration, Timestamp};

use super::attempt;
use crate::db::{Conn, StoreError};
use crate::permission::Viewer;
use crate::seal::Random;
use crate::secret::Secret;

pub(super) use admit::{Admission, Arrival, FailedSignIn, Identity, admit, record_failure};
pub(super) use door::Doors;
pub(super) use end::{NoSuchSignIn, end, end_all, end_one, end_others, own_memberships};
pub(super) use logout::{Logout, log_out};
pub(super) use store::{Holding, confirmation, holding};
pub(super) use switch::{NoSuchEnterprise, Switch, enterprises, switch};

/// How long a sign-in lasts without a request.
pub(super) const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How long a sign-in lasts at most.
pub(super) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// How exact "last seen" is; without it every request would write.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The half of a sign-in that only the browser's session holds.
pub(super) struct SignInSecret(Secret<String>);

impl SignInSecret {
    pub(super) fn new(random: &Random) -> Self {
        Self(Secret::new(attempt::random_text(random)))
    }

    /// Reads what a session holds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        attempt::is_random_text(text).then(|| Self(Secret::new(text.to_owned())))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// As stored.
    pub(super) fn hash(&self) -> Vec<u8> {
        crate::seal::digest("sign-in 1", &[self.0.expose().as_bytes()]).to_vec()
    }
}

/// Who is signed in with this secret, if anybody still is; notes that they were seen, unless their browser asks
/// `by_itself`.
pub(super) fn current(
    conn: &mut Conn,
    secret_hash: &[u8],
    now: Timestamp,
    by_itself: bool,
) -> Result<Option<Viewer>, StoreError> {
    let Some((viewer, last_seen_at)) = store::viewer(conn, secret_hash, &Limits::at(now))? else {
        return Ok(None);
    };
    if !by_itself && before(now, SEEN_EVERY) >= last_seen_at {
        // A request that only reads must not fail because this could not be written down.
        if let Err(error) = store::seen(conn, &viewer.sign_in, now) {
            tracing::warn!(error = %error, "could not note when a member was last seen");
        }
    }
    Ok(Some(viewer))
}

/// The gate that sign-ins by this issuer pass together, and whoever ends them in the issuer's name alone.
fn door_of(issuer: &str) -> String {
    format!("sign-ins of {issuer}")
}

/// The oldest times that still count.
pub(super) struct Limits {
    created_after: Timestamp,
    seen_after: Timestamp,
}

impl Limits {
    fn at(now: Timestamp) -> Self {
        Self { created_after: before(now, ABSOLUTE), seen_after: before(now, IDLE) }
    }
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
pub(super) use store::rows;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::Origin;
    use crate::people::fixture::{Fixture, ISSUER};
    use crate::permission::EnterpriseRole;

    fn seen(fixture: &Fixture, secret: &SignInSecret) -> Option<Viewer> {
        let (hash, now) = (secret.hash(), fixture.console.clock.now());
        fixture.console.db.read_here(move |conn| current(conn, &hash, now, false)).unwrap()
    }

    fn ended(fixture: &Fixture, secret: &SignInSecret) {
        let (hash, now, chain) = (secret.hash(), fixture.console.clock.now(), fixture.console.chain.clone());
        fixture.write(move |conn| end(conn, &hash, now, &chain, &Origin::default()));
    }

    #[test]
    fn a_sign_in_says_who_it_is() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        let viewer = seen(&fixture, &secret).unwrap();
        assert_eq!((viewer.name.as_str(), viewer.role), ("Li Na", EnterpriseRole::Administrator));
        assert_eq!(
            (viewer.enterprise, viewer.enterprise_name.as_str()),
            (fixture.enterprise.clone(), "Aurora")
        );
        assert!(seen(&fixture, &SignInSecret::new(&fixture.console.random)).is_none());
    }

    #[test]
    fn a_sign_in_ends_when_nobody_comes_for_half_an_hour() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        // Seen every 29 minutes it goes on; what counts is the last time.
        for _ in 0..4 {
            fixture.console.clock.advance(Duration::from_mins(29));
            assert!(seen(&fixture, &secret).is_some());
        }
        fixture.console.clock.advance(Duration::from_mins(30));
        assert!(seen(&fixture, &secret).is_none());
    }

    #[test]
    fn a_sign_in_ends_after_twelve_hours_however_busy() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        for minutes in 1..12 * 60 {
            fixture.console.clock.advance(Duration::from_mins(1));
            assert!(seen(&fixture, &secret).is_some(), "{minutes}");
        }
        fixture.console.clock.advance(Duration::from_mins(1));
        assert!(seen(&fixture, &secret).is_none());
    }

    #[test]
    fn being_seen_is_written_down_once_a_minute() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        let last_seen = |fixture: &Fixture| {
            let (hash, now) = (secret.hash(), fixture.console.clock.now());
            let read = fixture.console.db.read_here(move |conn| store::viewer(conn, &hash, &Limits::at(now)));
            read.map_err(|error: StoreError| error).unwrap().unwrap().1
        };
        let begun = last_seen(&fixture);
        fixture.console.clock.advance(Duration::from_secs(59));
        seen(&fixture, &secret);
        assert_eq!(last_seen(&fixture), begun);
        fixture.console.clock.advance(Duration::from_secs(1));
        seen(&fixture, &secret);
        assert_eq!(last_seen(&fixture), fixture.console.clock.now());
    }

    #[test]
    fn an_ended_sign_in_stays_ended() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        let viewer = seen(&fixture, &secret).unwrap();
        ended(&fixture, &secret);
        assert!(seen(&fixture, &secret).is_none());
        // What a slow request that began before still does at its end.
        let now = fixture.console.clock.now();
        fixture.write(move |conn| store::seen(conn, &viewer.sign_in, now));
        assert!(seen(&fixture, &secret).is_none());
        ended(&fixture, &secret);
        let actions: Vec<_> = fixture.audit().into_iter().map(|(action, _, _)| action).collect();
        assert_eq!(actions, ["sign_in.begin", "sign_in.end"]);
    }

    #[test]
    fn a_disabled_member_is_out_at_once() {
        let fixture = Fixture::new();
        let (_, secret) = fixture.sign_in("na", None);
        fixture.disable("na");
        assert!(seen(&fixture, &secret).is_none());
        assert_eq!(fixture.sign_in("na", None).0, Admission::Disabled);
        assert_eq!(
            fixture.audit()[1],
            ("sign_in.begin".into(), "refused".into(), Some("member_disabled".into()))
        );
    }

    #[test]
    fn a_stranger_does_not_come_in() {
        let fixture = Fixture::new();
        let (admission, secret) = fixture.sign_in("mallory", None);
        assert_eq!(admission, Admission::NotAMember);
        assert!(seen(&fixture, &secret).is_none());
        assert_eq!(
            fixture.audit(),
            [("sign_in.begin".into(), "refused".into(), Some("not_a_member".into()))]
        );
    }

    #[test]
    fn the_same_subject_of_another_issuer_is_somebody_else() {
        let fixture = Fixture::new();
        fixture.add_member("https://other.example", "wei", EnterpriseRole::Owner);
        assert_eq!(fixture.sign_in("wei", None).0, Admission::NotAMember);
    }

    #[test]
    fn a_member_of_several_enterprises_comes_into_the_configured_one() {
        let mut fixture = Fixture::new();
        let aurora = fixture.enterprise.clone();
        fixture.enterprise = fixture.add_enterprise("other");
        for subject in ["na", "wei"] {
            fixture.add_member(ISSUER, subject, EnterpriseRole::Owner);
        }
        let (_, secret) = fixture.sign_in("na", None);
        assert_eq!(seen(&fixture, &secret).unwrap().enterprise, aurora);
        let (_, secret) = fixture.sign_in("wei", None);
        assert_eq!(seen(&fixture, &secret).unwrap().enterprise, fixture.enterprise);
    }

    #[test]
    fn the_first_administrator_becomes_owner_once() {
        let fixture = Fixture::new();
        for _ in 0..2 {
            let (admission, secret) = fixture.sign_in("root", Some("root"));
            assert!(matches!(admission, Admission::Admitted { several: false, .. }));
            assert_eq!(seen(&fixture, &secret).unwrap().role, EnterpriseRole::Owner);
        }
        // A member stays what they are, and a disabled one is not let in by the setting.
        let (_, secret) = fixture.sign_in("na", Some("na"));
        assert_eq!(seen(&fixture, &secret).unwrap().role, EnterpriseRole::Administrator);
        fixture.disable("root");
        assert_eq!(fixture.sign_in("root", Some("root")).0, Admission::Disabled);
    }
}
