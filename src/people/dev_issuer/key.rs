//! The development issuer's signing key: Ed25519, made at start, gone at the end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreIdToken, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, EmptyAdditionalClaims, IdTokenClaims, JsonWebKeyId, JsonWebKeySet, PrivateSigningKey as _,
};

use crate::people::attempt::random_text;
use crate::seal::Random;

/// What comes before the 32 bytes of an Ed25519 secret key in PKCS #8 (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub(super) struct SigningKey(CoreEdDsaPrivateSigningKey);

impl SigningKey {
    pub(super) fn new(random: &Random) -> Result<Self, String> {
        let mut seed = [0; 32];
        random.fill(&mut seed);
        let document = STANDARD.encode([PKCS8_ED25519.as_slice(), &seed].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{document}\n-----END PRIVATE KEY-----\n");
        // A name of its own each time, so that a console that knew an earlier key asks for this one.
        let kid = JsonWebKeyId::new(random_text(random));
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(kid)).map(Self)
    }

    /// What others verify with.
    pub(super) fn public(&self) -> CoreJsonWebKeySet {
        JsonWebKeySet::new(vec![self.0.as_verification_key()])
    }

    /// A signed token; `at_hash` is that of `access_token`.
    pub(super) fn sign(
        &self,
        claims: IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>,
        access_token: &AccessToken,
    ) -> Result<CoreIdToken, String> {
        CoreIdToken::new(claims, &self.0, CoreJwsSigningAlgorithm::EdDsa, Some(access_token), None)
            .map_err(|error| error.to_string())
    }
}
