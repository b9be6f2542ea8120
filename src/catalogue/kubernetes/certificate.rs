//! Certificates and private keys in PEM: can they work, and until when.
//!
//! Used by the types that sign in with a client certificate. Compares the public halves of a pair and reads dates;
//! it neither signs nor builds chains of trust.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// What a client certificate says of itself.
pub(super) struct ClientCertificate {
    /// The name that it certifies, as the server will see it; may be empty.
    pub(super) common_name: String,
    /// The last moment at which it is valid.
    pub(super) not_after: Timestamp,
    /// What looks unusual.
    pub(super) warnings: Vec<&'static str>,
}

/// PEM text, or the base64 of it as kubeconfig files carry it.
pub(super) fn pem(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.contains("-----BEGIN ") {
        return Some(Zeroizing::new(text.as_bytes().to_vec()));
    }
    let packed: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let bytes = STANDARD.decode(packed.as_bytes()).ok().map(Zeroizing::new)?;
    bytes.windows(11).any(|part| part == b"-----BEGIN ").then_some(bytes)
}

/// Certificates to trust: at least one, and each of them well formed. Gives the warnings.
pub(super) fn authority(pem: &[u8], now: Timestamp) -> Result<Vec<&'static str>, &'static str> {
    let mut warnings = Vec::new();
    for der in chain(pem)? {
        if parsed(&der)?.1 < now {
            warnings.push("unusual-authority-expired");
        }
    }
    warnings.dedup();
    Ok(warnings)
}

/// A client certificate, followed by those of its issuers if any.
pub(super) fn client(pem: &[u8], now: Timestamp) -> Result<ClientCertificate, &'static str> {
    let chain = chain(pem)?;
    for der in &chain {
        parsed(der)?;
    }
    let leaf = chain.first().ok_or("check-certificate")?;
    let (not_before, not_after) = parsed(leaf)?;
    if not_after < now {
        return Err("check-certificate-expired");
    }
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| "check-certificate")?;
    // A server asks for this purpose, unless the certificate names none at all.
    let usage = certificate.extended_key_usage().map_err(|_| "check-certificate")?;
    if usage.is_some_and(|usage| !usage.value.client_auth && !usage.value.any) {
        return Err("check-certificate-not-for-clients");
    }
    let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let warnings = if not_before > now { vec!["unusual-certificate-not-yet-valid"] } else { Vec::new() };
    Ok(ClientCertificate { common_name: name.unwrap_or_default().to_owned(), not_after, warnings })
}

/// A private key that is not protected by a passphrase.
pub(super) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, &'static str> {
    let says = |text: &[u8]| pem.windows(text.len()).any(|part| part == text);
    if says(b"BEGIN ENCRYPTED PRIVATE KEY") || says(b"Proc-Type: 4,ENCRYPTED") {
        return Err("check-private-key-encrypted");
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| "check-private-key")
}

/// Refuses a key that belongs to another certificate. Kinds of keys that cannot be compared here pass.
pub(super) fn belong_together(certificate: &[u8], key: PrivateKeyDer<'static>) -> Result<(), &'static str> {
    use rustls::{Error, InconsistentKeys};
    let Ok(key) = any_supported_type(&key) else { return Ok(()) };
    match CertifiedKey::new(chain(certificate)?, key).keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err("check-private-key-of-another"),
        _ => Ok(()),
    }
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty()).ok_or("check-certificate")
}

/// The dates between which it is valid.
fn parsed(der: &CertificateDer<'_>) -> Result<(Timestamp, Timestamp), &'static str> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| "check-certificate")?;
    let validity = certificate.validity();
    let dates = (
        Timestamp::from_second(validity.not_before.timestamp()),
        Timestamp::from_second(validity.not_after.timestamp()),
    );
    match dates {
        (Ok(from), Ok(until)) if rest.is_empty() => Ok((from, until)),
        _ => Err("check-certificate"),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    /// PEM of a certificate and of its key.
    fn made(years: (i32, i32), purposes: &[ExtendedKeyUsagePurpose]) -> (String, String) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        params.extended_key_usages = purposes.to_vec();
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_is_for_clients_and_for_now() {
        use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
        for (years, purposes, wanted) in [
            ((2020, 2030), &[ClientAuth][..], None),
            ((2020, 2030), &[], None),
            ((2020, 2030), &[Any], None),
            ((2020, 2030), &[ServerAuth, ClientAuth], None),
            ((2020, 2030), &[ServerAuth], Some("check-certificate-not-for-clients")),
            ((2020, 2026), &[ClientAuth], Some("check-certificate-expired")),
        ] {
            let (pem, _) = made(years, purposes);
            assert_eq!(client(pem.as_bytes(), now()).err(), wanted, "{years:?} {purposes:?}");
        }
        let (pem, _) = made((2028, 2030), &[]);
        let read = client(pem.as_bytes(), now()).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!(read.warnings, ["unusual-certificate-not-yet-valid"]);
        assert_eq!(read.not_after, "2030-01-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_key_belongs_to_its_certificate() {
        let (one, key) = made((2020, 2030), &[]);
        let (other, _) = made((2020, 2030), &[]);
        let key = || private_key(key.as_bytes()).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!(belong_together(one.as_bytes(), key()), Ok(()));
        assert_eq!(belong_together(other.as_bytes(), key()), Err("check-private-key-of-another"));
    }

    #[test]
    fn damaged_pem_is_refused() {
        let (good, key) = made((2020, 2030), &[]);
        let cut = good.get(..good.len() / 2).unwrap_or_default().to_owned();
        let flipped = good.replacen("MII", "MIX", 1);
        for bad in ["", "-----BEGIN CERTIFICATE-----", &cut, &flipped, &key, &format!("{good}{flipped}")] {
            assert_eq!(client(bad.as_bytes(), now()).err(), Some("check-certificate"), "{bad}");
            assert!(authority(bad.as_bytes(), now()).is_err(), "{bad}");
        }
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        for (bad, wanted) in [
            ("", "check-private-key"),
            (good.as_str(), "check-private-key"),
            (locked, "check-private-key-encrypted"),
            (old, "check-private-key-encrypted"),
        ] {
            assert_eq!(private_key(bad.as_bytes()).err(), Some(wanted), "{bad}");
        }
    }

    #[test]
    fn an_expired_authority_is_a_warning() {
        let (pem, _) = made((2020, 2021), &[]);
        assert_eq!(authority(pem.repeat(2).as_bytes(), now()), Ok(vec!["unusual-authority-expired"]));
    }

    #[test]
    fn pem_is_taken_as_text_or_as_base64() {
        let text = "-----BEGIN X-----\n";
        let wrapped = STANDARD.encode(text).replace('J', "J\r\n ");
        for given in [text, &STANDARD.encode(text), &wrapped] {
            assert_eq!(pem(given).as_deref().map(Vec::as_slice), Some(text.as_bytes()), "{given}");
        }
        for bad in ["", "hello", "bm90IHBlbQ==", "密"] {
            assert!(pem(bad).is_none(), "{bad}");
        }
    }
}
