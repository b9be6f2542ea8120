//! What actix-session keeps for a browser, in our own table.
//!
//! The cookie is encrypted and carries an opaque key; the table has only the key's hash. A session lives 12 hours and
//! is never prolonged. What a session holds is not what makes a request signed in: that is the sign-in's own row.
//! Above all, a session that ended stays ended: the stock stores answer an update of a missing row by inserting it
//! under a new key, and so hand a signed-in cookie to a slow request that outlives the sign-out. This one fails.

pub(super) mod store;

use std::collections::HashMap;

use actix_session::config::{BrowserSession, CookieContentSecurity, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time};
use actix_web::{HttpMessage as _, HttpRequest};

use crate::clock::Clock;
use crate::db::{Db, StoreError};
use crate::seal::Random;
use crate::secret::Secret;

use super::sign_in::SignInSecret;

/// How long a session lives, whatever happens to it.
const LIFETIME: time::Duration = time::Duration::hours(12);

/// Where the secret half of the sign-in is in a session's state; the only key that is ever used.
const SIGN_IN: &str = "sign_in";

/// The session store over our table.
pub struct Sessions {
    db: Db,
    clock: Clock,
    random: Random,
}

/// The name of the session cookie. The prefix makes browsers insist on `Secure` and on this very host; over plain http
/// (which only a development console speaks) such a cookie would not be kept.
pub(super) fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-voucher" } else { "voucher" }
}

/// Loads the session before a handler and keeps its changes after. `key` encrypts the cookie.
pub fn session_middleware(
    db: Db,
    clock: Clock,
    random: Random,
    key: &Secret<[u8; 64]>,
    https: bool,
) -> SessionMiddleware<Sessions> {
    SessionMiddleware::builder(Sessions { db, clock, random }, Key::from(key.expose()))
        .cookie_name(cookie_name(https).to_owned())
        .cookie_secure(https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(
            BrowserSession::default()
                .state_ttl(LIFETIME)
                .state_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges),
        )
        .build()
}

/// Marks a request whose cookies count for nothing. Taking the header away is not enough: actix keeps the cookies that
/// an outer middleware has read.
pub(super) struct NoCookies;

/// The secret half of the sign-in that this browser's session holds.
pub(super) fn sign_in_secret(request: &HttpRequest) -> Option<SignInSecret> {
    if request.extensions().contains::<NoCookies>() {
        return None;
    }
    let session = request.get_session();
    session.get::<String>(SIGN_IN).ok().flatten().as_deref().and_then(SignInSecret::parse)
}

/// Puts a new sign-in into the session, under a new key: whatever the browser held before is dead.
pub(super) fn begin(session: &Session, secret: &SignInSecret) {
    session.clear();
    session.renew();
    // It fails only for values that are not JSON; text is.
    let _ = session.insert(SIGN_IN, secret.expose());
}

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let (hash, now) = (store::key_hash(key.as_ref()), self.clock.now());
        let state = self
            .db
            .read(move |conn| store::load(conn, &hash, now))
            .await
            .map_err(|error| LoadError::Other(error.into()))?;
        state
            .map(|state| serde_json::from_str(&state))
            .transpose()
            .map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        ttl: &time::Duration,
    ) -> Result<SessionKey, SaveError> {
        let key = super::attempt::random_text(&self.random);
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        let (hash, now) = (store::key_hash(&key), self.clock.now());
        let expires_at = now.as_millisecond().saturating_add(millis(ttl));
        self.db
            .write(move |conn| {
                store::purge(conn, now)?;
                store::insert(conn, &hash, &state, expires_at)
            })
            .await
            .map_err(|error: StoreError| SaveError::Other(error.into()))?;
        SessionKey::try_from(key).map_err(|error| SaveError::Other(error.into()))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        _ttl: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        let state =
            serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let (hash, now) = (store::key_hash(key.as_ref()), self.clock.now());
        let updated = self
            .db
            .write(move |conn| store::update(conn, &hash, &state, now))
            .await
            .map_err(|error: StoreError| UpdateError::Other(error.into()))?;
        if updated { Ok(key) } else { Err(UpdateError::Other(SessionEnded.into())) }
    }

    /// A session is never prolonged.
    async fn update_ttl(&self, _key: &SessionKey, _ttl: &time::Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = store::key_hash(key.as_ref());
        Ok(self.db.write(move |conn| store::delete(conn, &hash)).await?)
    }
}

/// A request changed a session that had ended meanwhile.
#[derive(Debug, thiserror::Error)]
#[error("the session has ended")]
struct SessionEnded;

fn millis(duration: &time::Duration) -> i64 {
    i64::try_from(duration.whole_milliseconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::cookie::Cookie;
    use actix_web::{App, HttpResponse, test, web};
    use tokio::sync::Barrier;

    use super::*;
    use crate::people::fixture::Fixture;

    fn sessions(fixture: &Fixture) -> Sessions {
        let console = &fixture.console;
        Sessions { db: console.db.clone(), clock: console.clock.clone(), random: console.random.clone() }
    }

    fn state(value: &str) -> HashMap<String, String> {
        HashMap::from([("a".to_owned(), value.to_owned())])
    }

    fn rows(fixture: &Fixture) -> i64 {
        use diesel::prelude::*;
        fixture.write(|conn| Ok(crate::schema::sessions::table.count().get_result(conn)?))
    }

    fn same(key: &SessionKey) -> SessionKey {
        SessionKey::try_from(key.as_ref().to_owned()).unwrap()
    }

    #[actix_web::test]
    async fn an_update_of_a_session_that_ended_fails_and_brings_nothing_back() {
        let fixture = Fixture::new();
        let sessions = sessions(&fixture);
        let key = sessions.save(state("1"), &LIFETIME).await.unwrap();
        let key = sessions.update(key, state("2"), &LIFETIME).await.unwrap();
        assert_eq!(sessions.load(&key).await.unwrap(), Some(state("2")));
        sessions.delete(&key).await.unwrap();
        assert!(sessions.update(same(&key), state("3"), &LIFETIME).await.is_err());
        assert_eq!(sessions.load(&key).await.unwrap(), None);
        assert_eq!(rows(&fixture), 0);
    }

    #[actix_web::test]
    async fn a_session_lives_twelve_hours_and_no_longer() {
        let fixture = Fixture::new();
        let sessions = sessions(&fixture);
        let key = sessions.save(state("1"), &LIFETIME).await.unwrap();
        fixture.console.clock.advance(Duration::from_hours(11));
        sessions.update_ttl(&key, &LIFETIME).await.unwrap();
        let key = sessions.update(key, state("2"), &LIFETIME).await.unwrap();
        fixture.console.clock.advance(Duration::from_hours(1));
        assert_eq!(sessions.load(&key).await.unwrap(), None);
        assert!(sessions.update(key, state("3"), &LIFETIME).await.is_err());
        sessions.save(state("4"), &LIFETIME).await.unwrap();
        assert_eq!(rows(&fixture), 1);
    }

    #[actix_web::test]
    async fn the_table_does_not_hold_the_key() {
        use diesel::prelude::*;
        let fixture = Fixture::new();
        let key = sessions(&fixture).save(state("1"), &LIFETIME).await.unwrap();
        let stored: Vec<u8> = fixture.write(|conn| {
            Ok(crate::schema::sessions::table.select(crate::schema::sessions::id_hash).first(conn)?)
        });
        assert_eq!(stored.len(), 32);
        assert_ne!(stored, key.as_ref().as_bytes());
    }

    /// The race that the stock stores lose: a slow request changes its session and ends after the sign-out.
    #[actix_web::test]
    async fn a_slow_request_does_not_bring_an_ended_session_back() {
        let fixture = Fixture::new();
        let key = Secret::new([7; 64]);
        let (began, over) = (web::Data::new(Barrier::new(2)), web::Data::new(Barrier::new(2)));
        let console = fixture.console.clone();
        let (slow_began, slow_over) = (began.clone(), over.clone());
        let app = test::init_service(
            App::new()
                .wrap(session_middleware(console.db, console.clock, console.random, &key, true))
                .route(
                    "/in",
                    web::get().to(|session: Session| async move {
                        session.insert("a", "1").unwrap();
                        HttpResponse::Ok().finish()
                    }),
                )
                .route(
                    "/slow",
                    web::get().to(move |session: Session| {
                        let (began, over) = (slow_began.clone(), slow_over.clone());
                        async move {
                            began.wait().await;
                            over.wait().await;
                            session.insert("a", "2").unwrap();
                            HttpResponse::Ok().finish()
                        }
                    }),
                )
                .route(
                    "/out",
                    web::get().to(|session: Session| async move {
                        session.purge();
                        HttpResponse::Ok().finish()
                    }),
                ),
        )
        .await;
        let signed_in = test::call_service(&app, test::TestRequest::get().uri("/in").to_request()).await;
        let cookie: Cookie<'static> = signed_in.response().cookies().next().unwrap().into_owned();
        assert_eq!(cookie.name(), "__Host-voucher");
        assert_eq!(
            (cookie.secure(), cookie.http_only(), cookie.same_site(), cookie.path(), cookie.domain()),
            (Some(true), Some(true), Some(SameSite::Lax), Some("/"), None)
        );
        let with_cookie = |path: &str| test::TestRequest::get().uri(path).cookie(cookie.clone()).to_request();
        let slow = test::try_call_service(&app, with_cookie("/slow"));
        let out = async {
            began.wait().await;
            let out = test::call_service(&app, with_cookie("/out")).await;
            over.wait().await;
            out
        };
        let (slow, out) = futures_util::future::join(slow, out).await;
        assert!(out.status().is_success());
        let answered = match slow {
            Ok(response) => response.response().cookies().next().is_some(),
            Err(_) => false,
        };
        assert!(!answered, "the slow request was given a cookie");
        assert_eq!(rows(&fixture), 0);
    }
}
