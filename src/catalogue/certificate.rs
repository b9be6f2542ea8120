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
