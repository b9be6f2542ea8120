//! What an ID token must satisfy before anybody is believed.
//!
//! The library checks issuer, audience, signature, expiry and nonce. It takes the list of algorithms from the provider
//! and leaves out `azp`, `iat`, `nbf`, an empty `sub` and `at_hash`; those are here (OpenID Connect Core, sections
//! 3.1.3.7 and 3.1.3.8).

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce,
    SignatureVerificationError,
};

use super::types::{Claims, Token};

/// How far the provider's clock may be off where a token's lifetime is concerned.
pub(super) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// How far from now a token may say that it was issued.
pub(super) const ISSUED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// As many characters as a subject may have (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// Signatures that we accept, whatever the provider advertises or the token claims.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why a token is not believed. The texts are ours, so that a log line cannot be written by a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::people) enum Distrust {
    /// No key of the set fits, or the signature is wrong; the provider may have new keys.
    #[error("the signature is not by a known key")]
    Signature,
    /// An algorithm that we do not accept, or none.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// From another issuer.
    #[error("the issuer is another")]
    Issuer,
    /// For another audience, or for others as well.
    #[error("the audience is another")]
    Audience,
    /// Of another sign-in.
    #[error("the nonce is another")]
    Nonce,
    /// Expired, not valid yet, or issued at an unlikely time.
    #[error("the time is not right")]
    Time,
    /// Issued to another client.
    #[error("the authorised party is another")]
    AuthorizedParty,
    /// Names nobody.
    #[error("the subject is empty or too long")]
    Subject,
    /// Not issued together with the access token.
    #[error("the access token is another")]
    AccessTokenHash,
    /// Nobody confirmed who they are, although that was asked for.
    #[error("it does not say that the person was asked")]
    NotConfirmed,
    /// Not a logout token, where one is expected.
    #[error("it is not a logout token")]
    Kind,
    /// Anything else.
    #[error("the token cannot be read")]
    Unreadable,
}

impl Distrust {
    /// The stable code, for providers who read what we answer them.
    pub(in crate::people) fn code(self) -> &'static str {
        match self {
            Self::Signature => "bad_signature",
            Self::Algorithm => "bad_algorithm",
            Self::Issuer => "wrong_issuer",
            Self::Audience | Self::AuthorizedParty => "wrong_audience",
            Self::Nonce => "nonce",
            Self::Time => "wrong_time",
            Self::Subject => "bad_subject",
            Self::AccessTokenHash => "wrong_access_token",
            Self::NotConfirmed => "not_confirmed",
            Self::Kind => "not_a_logout_token",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What a token is held against.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a ClientId,
    pub(super) nonce: &'a str,
    pub(super) keys: &'a CoreJsonWebKeySet,
    pub(super) now: Timestamp,
}

/// The claims, when every one of them is as it must be.
pub(super) fn check<'t>(
    token: &'t Token,
    access_token: &AccessToken,
    expected: &Expected<'_>,
) -> Result<&'t Claims, Distrust> {
    let lenient = chrono(expected.now.saturating_sub(LEEWAY).unwrap_or(Timestamp::MIN))?;
    // A verifier for a public client never takes the client secret for a key, whatever the algorithm says.
    let verifier = CoreIdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        expected.issuer.clone(),
        expected.keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || lenient);
    let claims = token.claims(&verifier, &Nonce::new(expected.nonce.to_owned())).map_err(distrust)?;

    let issued_at = claims.issue_time().timestamp();
    let now = expected.now.as_second();
    if now.abs_diff(issued_at) > ISSUED_WITHIN.unsigned_abs().as_secs() {
        return Err(Distrust::Time);
    }
    if claims.additional_claims().nbf.is_some_and(|nbf| nbf > (now + LEEWAY.as_secs()) as f64) {
        return Err(Distrust::Time);
    }
    if claims.authorized_party().is_some_and(|party| party != expected.client_id) {
        return Err(Distrust::AuthorizedParty);
    }
    if !is_subject(claims.subject()) {
        return Err(Distrust::Subject);
    }
    if let Some(stated) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|_| Distrust::Algorithm)?;
        let key = token.signing_key(&verifier).map_err(|_| Distrust::Signature)?;
        let actual = AccessTokenHash::from_token(access_token, algorithm, key)
            .map_err(|_| Distrust::AccessTokenHash)?;
        if actual != *stated {
            return Err(Distrust::AccessTokenHash);
        }
    }
    Ok(claims)
}

pub(super) fn is_subject(subject: &str) -> bool {
    !subject.trim().is_empty() && subject.len() <= LONGEST_SUBJECT && !subject.chars().any(char::is_control)
}

fn distrust(error: ClaimsVerificationError) -> Distrust {
    use SignatureVerificationError as S;
    match error {
        ClaimsVerificationError::Expired(_) => Distrust::Time,
        ClaimsVerificationError::InvalidAudience(_) => Distrust::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Distrust::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Distrust::Nonce,
        ClaimsVerificationError::SignatureVerification(
            S::NoMatchingKey | S::CryptoError(_) | S::AmbiguousKeyId(_),
        ) => Distrust::Signature,
        ClaimsVerificationError::SignatureVerification(
            S::DisallowedAlg(_) | S::UnsupportedAlg(_) | S::NoSignature,
        ) => Distrust::Algorithm,
        _ => Distrust::Unreadable,
    }
}

fn chrono(at: Timestamp) -> Result<chrono::DateTime<chrono::Utc>, Distrust> {
    chrono::DateTime::from_timestamp_millis(at.as_millisecond()).ok_or(Distrust::Time)
}
